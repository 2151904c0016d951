//! Peaks of the audio, found during the copy or after it.

use std::cell::{Cell, RefCell};

use vdma::format::{Format, SampleType};
use vdma::{Lanes, PacketMemory, Qpc};

use crate::memory::Memory;
use crate::streams::*;

/// Noise with a different loudest sample in each channel, positive or negative.
fn noise(channels: usize, frames: usize, seed: u64) -> Vec<i16> {
    let mut random = fastrand::Rng::with_seed(seed);
    let mut sample = |at: usize| {
        let most = 1_000 * (at % channels + 1) as i16;
        random.i16(-most..=most)
    };
    (0..frames * channels).map(&mut sample).collect()
}

/// A memory need not find peaks: the engine does then.
#[test]
fn a_memory_that_finds_no_peaks_is_read_all_the_same() {
    let memory = Memory(RefCell::new((0..64).collect()));
    let (mut into, mut high, mut low) = ([0; 32], Lanes::default(), Lanes::default());
    assert!(!memory.read_with_peaks(8, &mut into, &mut high, &mut low));
    assert!(into.iter().copied().eq(8..40));
    assert_eq!((high, low), Default::default());
}

/// Of one stream, and of two that are mixed: the meter has seen each sample of each channel, where
/// the ring wraps as well, and whatever a step's length is.
#[test]
fn peaks_are_those_of_every_sample_that_was_played() {
    const MILLISECONDS: usize = 600;
    for channels in [1, 2, 3, 4, 8] {
        for (rate, streams) in [(8_000, 1), (44_100, 1), (48_000, 2), (192_000, 1)] {
            let format = Format::new(SampleType::Int16, channels as u8, 0, rate).unwrap();
            let cable = Cable::new();
            let packet = rate as usize / 100 * format.block_align();
            let now = Cell::new(FREQUENCY);
            let mut all: Vec<_> =
                (0..streams).map(|_| Stream::new(&cable, format, true, 2, packet)).collect();
            let mut played = Vec::new();
            for (seed, stream) in all.iter_mut().enumerate() {
                // Silence until the first query.
                stream.audio = vec![0; 2 * packet];
                let frames = rate as usize * (MILLISECONDS - 100) / 1000;
                let own = noise(channels, frames, seed as u64 + u64::from(rate));
                stream.audio.extend(own.iter().flat_map(|sample| sample.to_le_bytes()));
                played.extend(own);
                stream.write();
                stream.write();
                stream.run(Qpc(FREQUENCY));
            }
            assert_eq!(cable.meter.take(None), 0);
            let mut running: Vec<_> = all.iter_mut().collect();
            let end = FREQUENCY + MILLISECONDS as u64 * MILLISECOND;
            drive(&mut running, &now, end, 0);
            for channel in 0..channels {
                let own = played.iter().skip(channel).step_by(channels);
                let peak = own.map(|sample| i32::from(sample.unsigned_abs()) << 16).max();
                let what = format!("channel {channel} of {channels}, {rate} Hz, {streams} streams");
                assert_eq!(Some(cable.meter.take(Some(channel))), peak, "{what}");
            }
        }
    }
}
