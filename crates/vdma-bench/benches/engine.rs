//! The cost of the engine, compared in one run with `memcpy` of the same bytes.
//!
//! `cargo bench -p vdma-bench`. Read the groups as ratios; the machine's speed cancels out.

#![expect(missing_docs, reason = "criterion's macro makes an undocumented function")]

#[path = "shared/cable.rs"]
mod cable;
#[path = "shared/growth.rs"]
mod growth;
#[path = "../../vdma/tests/memory/mod.rs"]
mod memory;
#[path = "shared/rig.rs"]
mod rig;
#[path = "shared/turns.rs"]
mod turns;

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group};
use vdma::format::{Format, SampleType};

use crate::rig::{Rig, STEP};

fn format(sample: SampleType, channels: u8) -> Format {
    Format::new(sample, channels, 0, 192_000).unwrap()
}

/// A step against copies of the same bytes: one that stays in the first cache, and one between the
/// same places as the step, two packets and a ring of 256 KiB. At 192 kHz, so that the bytes count.
fn step_against_memcpy(criterion: &mut Criterion) {
    for (name, sample, channels) in [
        ("16 bit stereo", SampleType::Int16, 2),
        ("24 in 32 bit stereo", SampleType::Int24In32, 2),
        ("32 bit 7.1", SampleType::Int32, 8),
        ("float 7.1", SampleType::Float32, 8),
    ] {
        let format = format(sample, channels);
        let bytes = 960 * format.block_align();
        let mut group = criterion.benchmark_group(format!("step of 5 ms, {name}"));
        group.throughput(Throughput::Bytes(bytes as u64));
        let (from, mut to) = (vec![1u8; bytes], vec![0u8; bytes]);
        group.bench_function("memcpy, cached", |bencher| {
            bencher.iter(|| black_box(&mut to).copy_from_slice(black_box(&from)));
        });
        let (packets, mut ring) = (vec![1u8; 4 * bytes], vec![0u8; 256 * 1024]);
        let mut step = 0;
        group.bench_function("memcpy, packets to ring", |bencher| {
            bencher.iter(|| {
                step += 1;
                let (from, to) = (step % 4 * bytes, step % (ring.len() / bytes) * bytes);
                black_box(&mut ring[to..to + bytes]).copy_from_slice(&packets[from..from + bytes]);
            });
        });
        let mut render = Rig::new(format, 1, 0);
        group.bench_function("render", |bencher| bencher.iter(|| render.tick(STEP)));
        let mut legacy = Rig::with_marks(format, 1, 0, false);
        group.bench_function("render, then zeroed", |bencher| bencher.iter(|| legacy.tick(STEP)));
        let mut both = Rig::new(format, 1, 1);
        group.bench_function("render and capture", |bencher| bencher.iter(|| both.tick(STEP)));
        let mut quieter = Rig::new(format, 1, 0);
        quieter.cable.volume.set_level(None, -6 * 65_536);
        group.bench_function("render at -6 dB", |bencher| bencher.iter(|| quieter.tick(STEP)));
        group.finish();
    }
}

fn tick_with_nothing_due(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("tick with nothing due");
    group.bench_function("two reads of the clock", |bencher| {
        bencher.iter(|| (std::time::Instant::now(), std::time::Instant::now()));
    });
    let mut rig = Rig::with_marks(format(SampleType::Int16, 2), 1, 0, false);
    group.bench_function("tick", |bencher| bencher.iter(|| rig.tick(0)));
    group.finish();
}

/// A step of n render streams that are mixed.
fn mixed(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("step of n mixed streams");
    for count in [1usize, 2, 4, 8, 16, 32, 64] {
        let mut rig = Rig::new(format(SampleType::Int16, 2), count, 0);
        group.throughput(Throughput::Elements(count as u64));
        group.bench_function(BenchmarkId::from_parameter(count), |bencher| {
            bencher.iter(|| rig.tick(STEP));
        });
    }
    group.finish();
}

/// What it costs when the ends differ: conversion of samples and channels, mixing of two streams,
/// resampling. Each against the copy of the bytes that are heard.
fn unequal_ends(criterion: &mut Criterion) {
    let stereo = |sample, rate| Format::new(sample, 2, 3, rate).unwrap();
    let played = stereo(SampleType::Float32, 48_000);
    let mut group = criterion.benchmark_group("5 ms of stereo float at 48 kHz, played and heard");
    let bytes = 240 * played.block_align();
    let (from, mut to) = (vec![1u8; bytes], vec![0u8; bytes]);
    group.bench_function("memcpy", |bencher| {
        bencher.iter(|| black_box(&mut to).copy_from_slice(black_box(&from)));
    });
    for (name, heard, renders) in [
        ("as it is", played, 1),
        ("as 16 bit", stereo(SampleType::Int16, 48_000), 1),
        ("as 7.1", Format::new(SampleType::Float32, 8, 0x63F, 48_000).unwrap(), 1),
        ("two streams mixed", played, 2),
        ("at 44.1 kHz", stereo(SampleType::Float32, 44_100), 1),
        ("at 96 kHz", stereo(SampleType::Float32, 96_000), 1),
        ("at 8 kHz", stereo(SampleType::Float32, 8_000), 1),
    ] {
        let mut rig = Rig::heard_as(played, heard, renders, 1, true);
        group.bench_function(name, |bencher| bencher.iter(|| rig.tick(STEP)));
    }
    group.finish();
}

criterion_group!(benches, unequal_ends, step_against_memcpy, tick_with_nothing_due, mixed);

fn main() {
    benches();
    Criterion::default().configure_from_args().final_summary();
    // Not when somebody asks for a group by its name.
    if std::env::args().skip(1).all(|argument| argument == "--bench") {
        growth::compare();
    }
}
