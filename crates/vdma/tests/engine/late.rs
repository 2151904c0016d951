//! A speaker whose timer is late, and the microphone that waits for it.

use std::cell::Cell;
use std::ops::Range;

use vdma::Qpc;
use vdma::channel::Channel;
use vdma::format::{Format, SampleType};
use vdma::source::Source;
use vdma::telemetry::Event;

use crate::streams::*;

/// Packets of 40 ms, of 5 ms steps. The microphone hears what was played 10 ms before, so it lacks
/// something when the speaker is two steps late.
const PACKET: usize = 1_920 * 4;
const MICROSECOND: u64 = MILLISECOND / 1000;

fn stereo() -> Format {
    Format::new(SampleType::Int16, 2, 3, 48_000).unwrap()
}

/// Times are in microseconds since the microphone began.
struct Case {
    speaker_begins: u64,
    /// While the speaker's timer does not expire.
    stalled: Range<u64>,
    /// The microphone's ticks from the first one that finds too little on.
    ticks: &'static [u64],
    /// The frames that are recorded as silence.
    lost: Range<usize>,
    /// How often that is counted.
    silences: u64,
}

const CASES: [Case; 7] = [
    // In time: nothing is lost. It looks again after a quarter of a step.
    Case {
        speaker_begins: 0,
        stalled: 21_000..36_000,
        ticks: &[35_000, 36_250, 40_000, 45_000],
        lost: 0..0,
        silences: 0,
    },
    // Later than that: what is due is silence, and nothing else.
    Case {
        speaker_begins: 0,
        stalled: 21_000..37_000,
        ticks: &[35_000, 36_250, 37_500, 40_000],
        lost: 1_680..1_740,
        silences: 1,
    },
    // Up to the end of the packet.
    Case {
        speaker_begins: 0,
        stalled: 21_000..39_900,
        ticks: &[35_000, 36_250, 37_500, 38_750, 40_000, 45_000],
        lost: 1_680..1_860,
        silences: 3,
    },
    // Within a packet, and beyond a step.
    Case {
        speaker_begins: 0,
        stalled: 11_000..32_000,
        ticks: &[25_000, 26_250, 27_500, 28_750, 30_000, 31_250, 32_500, 35_000],
        lost: 1_200..1_500,
        silences: 5,
    },
    // A part of the step is there, and is heard first.
    Case {
        speaker_begins: 2_000,
        stalled: 23_000..38_000,
        ticks: &[35_000, 37_000, 38_250, 40_000, 45_000],
        lost: 0..0,
        silences: 0,
    },
    Case {
        speaker_begins: 2_000,
        stalled: 23_000..39_000,
        ticks: &[35_000, 37_000, 38_250, 39_500, 40_000],
        lost: 1_776..1_836,
        silences: 1,
    },
    // It has begun, but its timer has not expired yet.
    Case {
        speaker_begins: 20_000,
        stalled: 19_000..31_000,
        ticks: &[30_000, 31_250, 35_000],
        lost: 0..0,
        silences: 0,
    },
];

/// A speaker with both packets written, and a microphone.
fn ends(cable: &Cable) -> (Stream<'_>, Stream<'_>) {
    let mut speaker = Stream::new(cable, stereo(), true, 2, PACKET);
    // No zeros, so that silence differs from audio.
    speaker.audio = audio(stereo(), 24_000, 3).into_iter().map(|byte| byte | 1).collect();
    speaker.write();
    speaker.write();
    (speaker, Stream::new(cable, stereo(), false, 2, PACKET))
}

/// Runs a case. With `is_long`, the first tick that finds too little takes the slow path.
fn check(case: &Case, is_long: bool) {
    let cable = Cable::new();
    let (mut speaker, mut microphone) = ends(&cable);
    let time = |microseconds: u64| FREQUENCY + microseconds * MICROSECOND;
    microphone.run(Qpc(FREQUENCY));
    let begins = Qpc(time(case.speaker_begins));
    speaker.next = Some(begins);
    let mut ticks = Vec::new();
    loop {
        let due = speaker.next.unwrap().0;
        let is_stalled = (time(case.stalled.start)..time(case.stalled.end)).contains(&due);
        let due = if is_stalled { time(case.stalled.end) } else { due };
        let now = microphone.next.unwrap().0;
        if due > time(300_000) {
            break;
        }
        // It starts in time, whatever its timer does.
        if !speaker.shared.is_running() && now >= begins.0 {
            speaker.channel.run(|| begins, &speaker.shared, &cable.clock, &cable.shared);
        }
        if due <= now {
            if !speaker.shared.is_running() {
                speaker.channel.run(|| begins, &speaker.shared, &cable.clock, &cable.shared);
            }
            speaker.tick(Qpc(due));
        } else {
            ticks.push((now - FREQUENCY) / MICROSECOND);
            if is_long && ticks.last() == case.ticks.first() {
                cable.clock.set_trim(0, || Qpc(now));
            }
            microphone.tick(Qpc(now));
        }
    }
    let from = ticks.iter().position(|at| Some(at) == case.ticks.first()).expect("the first one");
    assert_eq!(ticks[from..from + case.ticks.len()], *case.ticks);
    let telemetry = microphone.shared.telemetry();
    assert_eq!(telemetry.total(Event::WireSilence), case.silences);
    let lag = delay(stereo()) + case.speaker_begins as usize * 48 / 1_000;
    let frames = microphone.audio.as_chunks::<4>().0.iter().enumerate();
    assert!(frames.len() > 10_000);
    for (index, frame) in frames {
        let is_lost = index < lag || case.lost.contains(&index);
        let played = index.saturating_sub(lag) * 4;
        let wanted = if is_lost { &[0; 4] } else { &speaker.audio[played..played + 4] };
        assert_eq!(frame, wanted, "frame {index}");
    }
}

#[test]
fn a_microphone_waits_for_its_speaker_as_long_as_it_can() {
    for case in &CASES {
        for is_long in [false, true] {
            check(case, is_long);
        }
    }
}

/// Steps of four frames have quarters of one.
#[test]
fn a_microphone_that_waits_looks_again_after_a_frame_at_least() {
    let cable = Cable::new();
    let mut speaker = Stream::new(&cable, stereo(), true, 2, PACKET);
    let mut microphone = Stream::new(&cable, stereo(), false, 2, 8 * 4);
    speaker.run(Qpc(FREQUENCY));
    microphone.run(Qpc(FREQUENCY));
    let now = Cell::new(FREQUENCY);
    let began = cable.clock.frame(48_000, Qpc(FREQUENCY)).0;
    let due = |frame: u64| cable.clock.time_of(48_000, vdma::Frames(began + frame));
    // What the speaker has moved, and the delay.
    let end = 240 + 480;
    drive(&mut [&mut microphone], &now, due(end).0, 0);
    for frame in end + 1..end + 20 {
        assert_eq!(microphone.next, Some(due(frame)));
        microphone.tick(due(frame));
    }
    // The first quarter of each step finds that there is time.
    assert!(microphone.shared.telemetry().total(Event::WireSilence) >= 15);
}

/// A microphone whose own timer is late moves all that is due, and nothing beyond its packet.
#[test]
fn a_late_microphone_of_a_late_speaker_records_silence_for_what_is_due() {
    let cable = Cable::new();
    let (mut speaker, mut microphone) = ends(&cable);
    speaker.run(Qpc(FREQUENCY));
    microphone.run(Qpc(FREQUENCY));
    // The speaker has moved its first step alone.
    for milliseconds in [52, 85] {
        microphone.tick(Qpc(FREQUENCY + milliseconds * MILLISECOND));
    }
    let heard = &microphone.audio;
    assert_eq!(heard.len(), 2 * PACKET);
    let (lag, step) = (480 * 4, 240 * 4);
    assert!(heard[..lag].iter().all(|byte| *byte == 0));
    assert_eq!(heard[lag..lag + step], speaker.audio[..step]);
    assert!(heard[lag + step..].iter().all(|byte| *byte == 0));
    assert_eq!(microphone.shared.telemetry().total(Event::PacketSkipped), 0);
}

/// It would only make silence of silence.
#[test]
fn a_microphone_of_silence_does_not_wait() {
    let cable = Cable::new();
    let channel = Channel::capture(stereo(), 5_000, Source::Silence);
    let mut microphone = Stream::of(&cable, channel, stereo(), false, 2, PACKET);
    microphone.memory.0.borrow_mut().fill(0xAA);
    let mut speaker = Stream::new(&cable, stereo(), true, 2, PACKET);
    speaker.run(Qpc(FREQUENCY));
    microphone.run(Qpc(FREQUENCY));
    let now = Cell::new(FREQUENCY);
    drive(&mut [&mut microphone], &now, FREQUENCY + 120 * MILLISECOND, 0);
    assert_eq!(microphone.audio, vec![0; 3 * PACKET]);
    assert_eq!(microphone.shared.telemetry().anomalies(), 0);
}
