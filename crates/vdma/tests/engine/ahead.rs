//! The fast path of a tick against the slow path: both always do the same.

use std::ops::Range;

use vdma::channel::Completion;
use vdma::format::{Format, SampleType};
use vdma::telemetry::EVENTS;
use vdma::{Frames, PacketMemory, Qpc};

use crate::streams::*;

/// An operation on the streams, or a tick of one.
#[derive(Clone, Copy, Debug)]
enum Action {
    Tick(usize),
    Pause(usize),
    Run(usize),
    Volume(i32),
    /// A peak query.
    Peak,
    Trim(i32),
    /// The client stops or resumes writing.
    Write(bool),
}

/// One of two equal setups.
struct World<'a> {
    cable: &'a Cable,
    streams: Vec<Stream<'a>>,
    runs: Vec<bool>,
    /// Whether the clock is trimmed before each tick, even to the same value, so that the tick
    /// takes the slow path.
    is_long: bool,
    /// The clock's trim and when it was set.
    trim: (i32, Qpc),
    peaks: Vec<i32>,
    ticks: Vec<Option<Qpc>>,
}

impl<'a> World<'a> {
    fn new(cable: &'a Cable, is_long: bool, seed: u64) -> Self {
        let mut random = fastrand::Rng::with_seed(seed);
        let sample = [SampleType::Int16, SampleType::Float32][random.usize(..2)];
        let rate = [44_100, 48_000][random.usize(..2)];
        let format = Format::new(sample, 2, 3, rate).unwrap();
        let other = [rate, 48_000][random.usize(..2)];
        let heard = Format::new(SampleType::Int16, 2, 3, other).unwrap();
        let mut streams = Vec::new();
        for (format, render) in [(format, true), (format, true), (heard, false)] {
            let milliseconds = [3, 10, 10, 21][random.usize(..4)];
            let (count, packet) = if random.u32(..4) == 0 {
                (1, 4096)
            } else {
                (2, format.rate() as usize * milliseconds / 1000 * format.block_align())
            };
            let mut stream = Stream::new(cable, format, render, count, packet);
            stream.marks = count == 2 && random.u32(..4) > 0;
            stream.audio = audio(format, rate as usize * 3 + random.usize(..100), seed);
            if render {
                stream.write();
                stream.write();
            }
            streams.push(stream);
        }
        let (runs, trim) = (vec![false; 3], (0, Qpc(0)));
        Self { cable, streams, runs, is_long, trim, peaks: Vec::new(), ticks: Vec::new() }
    }

    /// Sets the same trim again.
    fn trim_again(&self) {
        if self.is_long {
            let (trim, at) = self.trim;
            self.cable.clock.set_trim(trim, || at);
        }
    }

    fn act(&mut self, action: Action, now: Qpc) {
        match action {
            Action::Tick(index) => {
                self.trim_again();
                if self.runs[index] {
                    self.streams[index].tick(now);
                    self.ticks.push(self.streams[index].next);
                }
            }
            Action::Pause(index) => {
                if std::mem::take(&mut self.runs[index]) {
                    self.streams[index].pause(now);
                }
            }
            Action::Run(index) => {
                self.trim_again();
                if !std::mem::replace(&mut self.runs[index], true) {
                    self.streams[index].run(now);
                }
            }
            Action::Volume(level) => self.cable.volume.set_level(None, level),
            Action::Peak => self.peaks.push(self.cable.meter.take(None)),
            Action::Trim(trim) => {
                self.trim = (trim, now);
                self.cable.clock.set_trim(trim, || now);
            }
            Action::Write(writes) => {
                for stream in self.streams.iter_mut().filter(|stream| stream.render) {
                    stream.writes = writes;
                }
            }
        }
    }

    fn counts(&self) -> Vec<u64> {
        let telemetry = self.streams.iter().map(|stream| stream.shared.telemetry());
        telemetry
            .flat_map(|telemetry| {
                EVENTS
                    .map(|event| telemetry.total(event))
                    .into_iter()
                    .chain([telemetry.worst_lateness(), telemetry.anomalies()])
            })
            .collect()
    }

    fn completions(&self) -> Vec<&[Completion]> {
        self.streams.iter().map(|stream| &stream.completions[..]).collect()
    }
}

fn some_action(random: &mut fastrand::Rng) -> Action {
    match random.u32(..400) {
        0..=5 => Action::Pause(random.usize(..3)),
        6..=20 => Action::Run(random.usize(..3)),
        21 => Action::Volume(-65_536 * random.i32(0..20)),
        22..=24 => Action::Volume(0),
        25..=30 => Action::Peak,
        31 => Action::Trim(random.i32(-900_000..900_000)),
        32..=34 => Action::Trim(0),
        35 => Action::Write(false),
        36..=40 => Action::Write(true),
        _ => Action::Tick(random.usize(..3)),
    }
}

/// Ticks on time, too early, late by less than a step and by many packets; pauses; gains; clients
/// that stop writing; trims. After each, both setups agree in every byte and every counter.
fn both_ways_agree(seeds: Range<u64>) {
    for seed in seeds {
        let cables = [Cable::new(), Cable::new()];
        let [mut short, mut long] = [(&cables[0], false), (&cables[1], true)]
            .map(|(cable, is_long)| World::new(cable, is_long, seed));
        let mut random = fastrand::Rng::with_seed(seed ^ 0xF00D);
        let mut now = 3 * FREQUENCY + random.u64(..FREQUENCY);
        for index in 0..3 {
            let action = Action::Run(index);
            short.act(action, Qpc(now));
            long.act(action, Qpc(now));
        }
        for _ in 0..400 {
            let action = some_action(&mut random);
            if let Action::Tick(index) = action {
                let due = short.streams[index].next.map_or(now, |next| next.0);
                now = now.max(match random.u32(..20) {
                    0 => now,
                    1 => due.saturating_sub(random.u64(..MILLISECOND)),
                    2 => due + random.u64(..4 * MILLISECOND),
                    3 => due + random.u64(..60 * MILLISECOND),
                    _ => due,
                });
            }
            short.act(action, Qpc(now));
            long.act(action, Qpc(now));
            for (own, other) in short.streams.iter().zip(&long.streams) {
                assert_eq!(own.next, other.next, "seed {seed}: {action:?}");
                let at = Qpc(now + random.u64(..10 * MILLISECOND));
                assert_eq!(own.position(at), other.position(at), "seed {seed}: {action:?}");
                let memory = |stream: &Stream<'_>| {
                    let mut bytes = vec![0; stream.packet * stream.count];
                    stream.memory.read(0, &mut bytes);
                    bytes
                };
                assert!(memory(own) == memory(other), "seed {seed}: {action:?}");
            }
            assert_eq!(short.counts(), long.counts(), "seed {seed}: {action:?}");
            assert_eq!(short.completions(), long.completions(), "seed {seed}: {action:?}");
        }
        assert_eq!((&short.peaks, &short.ticks), (&long.peaks, &long.ticks), "seed {seed}");
    }
}

#[test]
fn the_usual_tick_does_what_the_long_way_does() {
    both_ways_agree(6..60);
}

/// Those that take less than a second.
#[test]
fn some_usual_ticks_do_what_the_long_way_does() {
    both_ways_agree(0..6);
}

/// Also where a packet is no whole number of steps, nor a step of ticks.
#[test]
fn ticks_are_due_at_the_end_of_each_step_and_packet() {
    for (rate, packet) in
        [(48_000, 480), (44_100, 441), (44_100, 1_000), (48_000, 1), (48_000, 700)]
    {
        let cable = Cable::new();
        let format = Format::new(SampleType::Int16, 2, 3, rate).unwrap();
        let mut speaker = Stream::new(&cable, format, true, 2, packet * 4);
        speaker.run(Qpc(FREQUENCY));
        let began = cable.clock.frame(rate, Qpc(FREQUENCY)).0;
        let step = (rate as usize / 200).min((packet / 2).max(1));
        let ends = (0..20).flat_map(|index| {
            let steps = (0..packet).step_by(step).map(move |begin| (begin + step).min(packet));
            steps.map(move |end| index * packet + end)
        });
        for end in ends {
            let due = cable.clock.time_of(rate, Frames(began + end as u64));
            assert_eq!(speaker.next, Some(due), "frame {end} of packets of {packet}, {rate} Hz");
            speaker.tick(due);
        }
        assert_eq!(speaker.completions.len(), 20);
    }
}

/// A trim of the clock invalidates the values that a tick has precomputed.
#[test]
fn a_trim_counts_from_the_next_tick_on() {
    let cable = Cable::new();
    let format = Format::new(SampleType::Int16, 2, 3, 48_000).unwrap();
    let mut speaker = Stream::new(&cable, format, true, 2, 1920);
    speaker.audio = audio(format, 48_000, 5);
    speaker.write();
    speaker.write();
    speaker.run(Qpc(FREQUENCY));
    let began = cable.clock.frame(48_000, Qpc(FREQUENCY)).0;
    for step in 1..=20 {
        let due = speaker.next.unwrap();
        assert_eq!(due, cable.clock.time_of(48_000, Frames(began + step * 240)), "step {step}");
        if step % 3 == 0 {
            cable.clock.set_trim(if step % 2 == 0 { 900_000 } else { -900_000 }, || due);
        }
        speaker.tick(due);
    }
}
