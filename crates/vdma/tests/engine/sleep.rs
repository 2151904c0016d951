//! Streams that sleep through their packets.

use std::cell::Cell;

use vdma::format::{Format, SampleType};
use vdma::telemetry::Event;
use vdma::{Error, PacketMemory, Qpc};

use crate::streams::*;

/// Packets of a second, and when the streams begin.
const SECOND: usize = 48_000;
const START: u64 = 7 * FREQUENCY + 12_345;

fn stereo(rate: u32) -> Format {
    Format::new(SampleType::Int16, 2, 3, rate).unwrap()
}

/// A speaker with packets of a second, `seconds` of audio to play, which has begun.
fn speaker(cable: &Cable, seconds: usize, sleeps: bool) -> Stream<'_> {
    let format = stereo(48_000);
    let mut speaker = Stream::new(cable, format, true, 2, SECOND * 4);
    if sleeps {
        speaker.channel.let_sleep();
    }
    speaker.audio = audio(format, seconds * SECOND, 11);
    speaker.write();
    speaker.write();
    speaker.run(Qpc(START));
    speaker
}

fn wake_ups(stream: &Stream<'_>) -> u64 {
    stream.shared.telemetry().total(Event::WakeUp)
}

#[test]
fn a_stream_that_nobody_needs_wakes_up_once_a_packet() {
    let cable = Cable::new();
    let mut speaker = speaker(&cable, 12, true);
    assert!(speaker.shared.is_asleep());
    let now = Cell::new(START);
    let mut last = 0;
    for step in 1..=1000 {
        let at = START + step * 10 * MILLISECOND + step * 77;
        drive(&mut [&mut speaker], &now, at, 0);
        let position = speaker.position(Qpc(at));
        let clock = cable.clock.frame(48_000, Qpc(at)).0 - cable.clock.frame(48_000, Qpc(START)).0;
        assert_eq!(position, clock, "after {step} hundredths of a second");
        let taken = speaker.shared.taken(&cable.clock, || Qpc(at)).0;
        assert!(taken >= position && taken >= last, "{taken} taken at {position}");
        last = taken;
    }
    let packets = speaker.completions.len() as u64;
    assert_eq!((packets, wake_ups(&speaker)), (10, 11), "one at the start, one for each packet");
    for (index, completion) in speaker.completions.iter().enumerate() {
        let frame = cable.clock.frame(48_000, Qpc(START)).0 + (index as u64 + 1) * 48_000;
        assert_eq!(completion.at, cable.clock.time_of(48_000, vdma::Frames(frame)));
    }
    let telemetry = speaker.shared.telemetry();
    assert_eq!((telemetry.anomalies(), telemetry.total(Event::Underrun)), (0, 0));
}

/// Records from `after` milliseconds on for 1.5 s; `change` is applied to the cable and its speaker
/// at `changed` milliseconds. Returns the number of the speaker's wake-ups until then.
fn heard(
    sleeps: bool,
    changed: u64,
    change: &dyn Fn(&Cable),
    after: u64,
    rate: u32,
) -> (Vec<u8>, u64) {
    let cable = Cable::new();
    let mut speaker = speaker(&cable, 6, sleeps);
    let now = Cell::new(START);
    for (at, what) in [(changed, true), (after, false)] {
        let at = START + at * MILLISECOND;
        drive(&mut [&mut speaker], &now, at, 0);
        if what {
            change(&cable);
            speaker.tick(Qpc(at));
        }
    }
    let woken = wake_ups(&speaker);
    let format = stereo(rate);
    let mut microphone = Stream::new(&cable, format, false, 2, rate as usize / 100 * 4);
    speaker.tick(Qpc(now.get()));
    microphone.run(Qpc(now.get()));
    drive(&mut [&mut speaker, &mut microphone], &now, now.get() + 1500 * MILLISECOND, 0);
    assert_eq!(microphone.shared.telemetry().total(Event::WireSilence), 0);
    assert!(!speaker.shared.is_asleep(), "somebody listens");
    (microphone.audio, woken)
}

#[test]
fn a_listener_hears_what_it_would_had_the_stream_never_slept() {
    for rate in [48_000, 44_100, 8_000] {
        for after in [0, 1, 3, 7, 40, 333, 990, 999, 1000, 1001, 1009, 1020, 1500, 2003] {
            let (found, woken) = heard(true, 0, &|_| {}, after, rate);
            let (wanted, never_slept) = heard(false, 0, &|_| {}, after, rate);
            assert!(found == wanted, "{after} ms, {rate} Hz");
            assert!(after < 333 || woken < 6 && never_slept > 60, "{woken} of {never_slept}");
        }
    }
}

#[test]
fn a_fade_that_nobody_hears_goes_on_and_is_heard_from_where_it_is() {
    let fade = |cable: &Cable| cable.volume.fade_to_level(None, -20 * 65_536, 2_000_000);
    for (changed, after) in [(100, 150), (100, 250), (100, 900), (995, 1002), (995, 1100)] {
        let (found, woken) = heard(true, changed, &fade, after, 48_000);
        let (wanted, never_slept) = heard(false, changed, &fade, after, 48_000);
        // The stream that never slept begins its fade at its next step, 5 ms later at most: that is
        // a fortieth of the way, which is 0.9 of full scale.
        let value = |bytes: &[u8]| f64::from(i16::from_le_bytes(bytes.try_into().unwrap()));
        let pairs = found.chunks_exact(2).zip(wanted.chunks_exact(2));
        let near = pairs.map(|(one, other)| (value(one) - value(other)).abs());
        let near = near.fold(0.0, f64::max) <= 0.9 / 40.0 * 32_768.0 + 2.0;
        assert!(near, "a change at {changed} ms, heard from {after} ms on");
        let steps = (after - changed).min(200) / 5;
        assert!((steps..steps + 6).contains(&woken), "{woken} for {steps} steps, {never_slept}");
    }
}

#[test]
fn peaks_of_what_was_played_in_sleep_are_known() {
    for channels in [2, 3, 5] {
        let cable = Cable::new();
        let format = Format::new(SampleType::Int16, channels, 0, 48_000).unwrap();
        let block = format.block_align();
        let mut speaker = Stream::new(&cable, format, true, 2, SECOND * block);
        speaker.channel.let_sleep();
        speaker.audio = vec![0; 3 * SECOND * block];
        // One loud sample in the middle of the first packet.
        speaker.audio[block * 10_000 + 3] = 0x40;
        speaker.write();
        speaker.write();
        speaker.run(Qpc(START));
        let now = Cell::new(START);
        drive(&mut [&mut speaker], &now, START + 600 * MILLISECOND, 0);
        assert_eq!(cable.meter.take(None), 0, "it looks back when it wakes up");
        speaker.tick(Qpc(now.get()));
        assert_eq!(cable.meter.take(Some(1)), 1 << 30);
        assert!(!speaker.shared.is_asleep(), "somebody asks");
        // A second after the last query it sleeps again.
        drive(&mut [&mut speaker], &now, START + 1700 * MILLISECOND, 0);
        assert!(speaker.shared.is_asleep());
    }
}

/// The audio before the pause is consumed; the next frame is the first one after it.
#[test]
fn a_pause_in_sleep_keeps_the_position_and_every_frame() {
    for part in [0, 1, 250, 999, 1000, 1001, 1700] {
        let cable = Cable::new();
        let mut speaker = speaker(&cable, 6, true);
        let now = Cell::new(START);
        let pause = START + part * MILLISECOND;
        drive(&mut [&mut speaker], &now, pause, 0);
        speaker.pause(Qpc(pause));
        let frozen = speaker.position(Qpc(pause));
        assert_eq!(frozen, part * 48);
        let taken = speaker.shared.taken(&cable.clock, || Qpc(pause)).0;
        assert_eq!(taken, frozen, "and what was taken does not go back");
        let mut microphone = Stream::new(&cable, stereo(48_000), false, 2, 1920);
        let resume = pause + 30 * MILLISECOND;
        microphone.run(Qpc(resume));
        speaker.run(Qpc(resume));
        now.set(resume);
        drive(&mut [&mut speaker, &mut microphone], &now, resume + 1500 * MILLISECOND, 0);
        let lag = delay(stereo(48_000)) * 4;
        let (heard, played) = (&microphone.audio[lag..], &speaker.audio[frozen as usize * 4..]);
        assert!(heard == &played[..heard.len()], "paused after {part} ms");
    }
}

#[test]
fn a_packet_that_comes_late_is_silence_also_for_a_stream_that_sleeps() {
    let cable = Cable::new();
    let mut speaker = speaker(&cable, 1, true);
    let now = Cell::new(START);
    // Packet 1 was never written.
    drive(&mut [&mut speaker], &now, START + 1100 * MILLISECOND, 0);
    assert!(speaker.shared.is_asleep());
    speaker.memory.write(SECOND * 4, &vec![0x11; SECOND * 4]);
    assert_eq!(speaker.shared.set_render_packet(1, None), Err(Error::Late));
    let mut microphone = Stream::new(&cable, stereo(48_000), false, 2, 1920);
    speaker.tick(Qpc(now.get()));
    microphone.run(Qpc(now.get()));
    drive(&mut [&mut speaker, &mut microphone], &now, START + 1900 * MILLISECOND, 0);
    assert!(microphone.audio.iter().all(|byte| *byte == 0));
    assert_eq!(speaker.shared.telemetry().total(Event::Underrun), 1);
}

/// Without marks the client may write right after the position, so such a stream does not sleep.
#[test]
fn a_client_without_marks_is_served_step_by_step() {
    let cable = Cable::new();
    let mut speaker = Stream::new(&cable, stereo(48_000), true, 2, SECOND * 4);
    speaker.channel.let_sleep();
    speaker.run(Qpc(START));
    let now = Cell::new(START);
    drive(&mut [&mut speaker], &now, START + 1000 * MILLISECOND, 0);
    assert!(!speaker.shared.is_asleep());
    assert!(wake_ups(&speaker) >= 200);
}

/// Only a stream whose packets are moved as they are, two in turn, may pass over one.
#[test]
fn a_stream_that_is_resampled_or_has_one_packet_does_not_sleep() {
    let cable = Cable::new();
    let mut leader = Stream::new(&cable, stereo(44_100), true, 2, 4_410 * 4);
    let mut resampled = Stream::new(&cable, stereo(48_000), true, 2, 4_800 * 4);
    let single_cable = Cable::new();
    let mut single = Stream::new(&single_cable, stereo(48_000), true, 1, 16_384);
    for stream in [&mut leader, &mut resampled, &mut single] {
        stream.channel.let_sleep();
        stream.audio = audio(stereo(48_000), 48_000, 3);
        stream.write();
        stream.run(Qpc(START));
    }
    let now = Cell::new(START);
    for at in 1..100 {
        let end = START + at * 3 * MILLISECOND;
        drive(&mut [&mut leader, &mut resampled, &mut single], &now, end, 0);
        assert!(!resampled.shared.is_asleep() && !single.shared.is_asleep());
    }
    assert!(leader.shared.is_asleep());
}

/// The part of the other such test that takes less than a second.
#[test]
fn what_is_heard_soon_after_a_packet_began_was_played_once() {
    for after in [1, 3, 1_001, 1_009] {
        let (found, _) = heard(true, 0, &|_| {}, after, 48_000);
        let (wanted, _) = heard(false, 0, &|_| {}, after, 48_000);
        assert!(found == wanted, "{after} ms");
    }
}

/// A speaker that has slept for 1.5 s: the peak of what it played by then, and what its own volume
/// makes of it.
#[test]
fn a_stream_that_sleeps_has_its_own_volume_and_meter() {
    let (cable, own) = (Cable::new(), Controls::default());
    // Half, in decibels.
    own.volume.set_level(None, -394_566);
    let mut speaker = Stream::new(&cable, stereo(48_000), true, 2, SECOND * 4);
    speaker.channel.let_sleep();
    speaker.own = Some(&own);
    speaker.audio = 0x4000_i16.to_le_bytes().repeat(6 * SECOND * 2);
    speaker.write();
    speaker.write();
    speaker.run(Qpc(START));
    let now = Cell::new(START);
    let until = |milliseconds, streams: &mut [&mut Stream<'_>]| {
        drive(streams, &now, START + milliseconds * MILLISECOND, 0);
        Qpc(now.get())
    };
    let is_half = |peak: i32| (peak >> 16).abs_diff(0x2000) <= 1;
    assert!(speaker.shared.is_asleep());
    // A query of its meter keeps it awake for a second.
    own.meter.take(None);
    let at = until(1_500, &mut [&mut speaker]);
    assert!(!speaker.shared.is_asleep());
    assert!(is_half(own.meter.take(Some(0))) && is_half(cable.meter.take(Some(0))));
    speaker.tick(at);
    until(3_500, &mut [&mut speaker]);
    assert!(speaker.shared.is_asleep());
    // So does a fade, as long as it lasts.
    own.volume.fade_to_level(None, -20 * 65_536, 2_000_000);
    let at = until(3_600, &mut [&mut speaker]);
    speaker.tick(at);
    assert!(!speaker.shared.is_asleep());
    until(3_790, &mut [&mut speaker]);
    assert!(!speaker.shared.is_asleep());
    own.volume.set_level(None, -394_566);
    until(4_100, &mut [&mut speaker]);
    assert!(speaker.shared.is_asleep());
    // What was played in sleep is measured, and heard, at that volume.
    own.meter.take(None);
    cable.meter.take(None);
    let at = until(4_500, &mut [&mut speaker]);
    let mut microphone = Stream::new(&cable, stereo(48_000), false, 2, 1_920);
    let end = Controls::default();
    microphone.end = Some(&end);
    speaker.tick(at);
    assert!(is_half(own.meter.take(Some(0))) && is_half(cable.meter.take(Some(0))));
    microphone.run(at);
    until(4_600, &mut [&mut speaker, &mut microphone]);
    let heard = microphone.audio.as_chunks().0.iter().map(|bytes| i16::from_le_bytes(*bytes));
    assert!(heard.len() > 8_000);
    for sample in heard {
        assert!(sample.abs_diff(0x2000) <= 1, "{sample:#x}");
    }
}

/// Not what it has yet to play, and not what lies behind the end of the stream.
#[test]
fn peaks_of_a_stream_that_sleeps_are_of_what_was_played_alone() {
    for (asked, woken, peak) in [
        // The loudest so far; the louder one behind it is yet to come.
        (None, 600, 0x1000),
        (None, 1_000, 0x2000),
        (None, 1_300, 0x2000),
        // A second after a query it sleeps in the middle of the last packet.
        (Some(300), 1_900, 0x3000),
        (None, 1_900, 0x3000),
    ] {
        let cable = Cable::new();
        let mut speaker = Stream::new(&cable, stereo(48_000), true, 2, SECOND * 4);
        speaker.channel.let_sleep();
        let mut samples = vec![0_i16; (SECOND + SECOND / 2 + 33) * 2];
        samples[10_000 * 2] = 0x1000;
        samples[40_000 * 2] = 0x2000;
        samples[(SECOND + 24_000) * 2] = 0x3000;
        speaker.audio = samples.into_iter().flat_map(i16::to_le_bytes).collect();
        // The client's memory is loud behind it.
        speaker.write();
        speaker.write();
        speaker.run(Qpc(START));
        let now = Cell::new(START);
        if let Some(asked) = asked {
            drive(&mut [&mut speaker], &now, START + asked * MILLISECOND, 0);
            cable.meter.take(None);
            speaker.tick(Qpc(now.get()));
            drive(&mut [&mut speaker], &now, START + 1_450 * MILLISECOND, 0);
            assert!(speaker.shared.is_asleep());
            cable.meter.take(None);
        }
        drive(&mut [&mut speaker], &now, START + woken * MILLISECOND, 0);
        // Somebody asks, which wakes it.
        let at = Qpc(now.get());
        let before = cable.meter.take(None) >> 16;
        speaker.tick(at);
        let found = before.max(cable.meter.take(None) >> 16);
        let case = format!("asked at {asked:?}, woken at {woken} ms");
        assert_eq!(found, peak, "{case}");
    }
}
