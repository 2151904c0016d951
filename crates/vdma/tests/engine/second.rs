//! A stopped stream starts anew: nothing of its first run is left, also on the wire.

use std::cell::Cell;
use std::rc::Rc;

use vdma::channel::Channel;
use vdma::format::{Format, SampleType};
use vdma::position::Shared;
use vdma::source::Source;
use vdma::telemetry::Event;
use vdma::{Error, Qpc};

use crate::streams::*;

const PACKET: usize = 1920;
const TICKS: u64 = 10 * MILLISECOND;

fn stereo() -> Format {
    Format::new(SampleType::Int16, 2, 3, 48_000).unwrap()
}

/// From run to stop, and to pause again; the client starts anew as well.
fn stop(stream: &mut Stream<'_>, now: Qpc) {
    stream.pause(now);
    stream.channel.release(&stream.cable.shared, &stream.shared);
    let memory = |bytes| Ok::<_, Error>(vec![0; bytes]);
    stream.channel.prepare(&stream.cable.shared, memory).unwrap();
    stream.written = 0;
    stream.audio.clear();
    stream.completions.clear();
}

/// Audio without zeros, so that it differs from silence.
fn loud(frames: usize, seed: u64) -> Vec<u8> {
    audio(stereo(), frames, seed).into_iter().map(|byte| byte | 1).collect()
}

#[test]
fn a_second_run_is_as_the_first() {
    // The time at which the first run is stopped; with a number of frames, it had an end.
    for (stopped, frames) in [
        (5 * TICKS, 48_000),
        (5 * TICKS + 3_333, 48_000),
        (9 * TICKS, 1_300),
        // Within the first packet, which was cut short.
        (5 * MILLISECOND, 100),
    ] {
        let cable = Cable::new();
        let mut speaker = Stream::new(&cable, stereo(), true, 2, PACKET);
        let mut microphone = Stream::new(&cable, stereo(), false, 2, PACKET);
        let now = Cell::new(FREQUENCY);
        speaker.audio = loud(frames, 1);
        cable.volume.set_level(None, -20 << 16);
        speaker.write();
        speaker.write();
        speaker.run(Qpc(now.get()));
        microphone.run(Qpc(now.get()));
        drive(&mut [&mut speaker, &mut microphone], &now, FREQUENCY + stopped, 0);
        stop(&mut speaker, Qpc(now.get()));
        stop(&mut microphone, Qpc(now.get()));
        // The volume of the second run applies at once, without a fade from that of the first.
        cable.volume.fade_to_level(None, 0, 500_000);
        assert_eq!(microphone.shared.capture_packet(), Err(Error::NotReady));
        assert_eq!(speaker.shared.set_render_packet(2, None), Err(Error::Overrun));
        assert_eq!(speaker.position(Qpc(now.get())), 0);
        let (underruns, silence) = (
            speaker.shared.telemetry().total(Event::Underrun),
            microphone.shared.telemetry().total(Event::WireSilence),
        );

        let begin = now.get() + 7 * TICKS + 17;
        now.set(begin);
        let played = loud(4_800 + 77, 2);
        speaker.audio.clone_from(&played);
        speaker.write();
        speaker.write();
        speaker.run(Qpc(begin));
        microphone.run(Qpc(begin));
        drive(&mut [&mut speaker, &mut microphone], &now, begin + 15 * TICKS, 0);
        let lag = delay(stereo()) * 4;
        let heard = &microphone.audio;
        assert!(heard[..lag].iter().all(|byte| *byte == 0), "silence comes first");
        assert!(heard[lag..lag + played.len()] == played[..], "stopped after {stopped} ticks");
        assert!(heard[lag + played.len()..].iter().all(|byte| *byte == 0), "the end is silence");
        for stream in [&speaker, &microphone] {
            for (index, completion) in stream.completions.iter().enumerate() {
                let ideal = begin + (index as u64 + 1) * TICKS;
                // The run began within a frame.
                let off = completion.at.0.abs_diff(ideal);
                assert!(completion.packet == index as u64 && off <= FREQUENCY / 48_000);
            }
            assert!((14..=15).contains(&stream.completions.len()));
        }
        assert_eq!(speaker.shared.telemetry().total(Event::Underrun), underruns);
        assert_eq!(microphone.shared.telemetry().total(Event::WireSilence), silence);
    }
}

/// The queries of the first run do not make the second one measure everything.
#[test]
fn a_second_run_measures_nothing_that_nobody_asks_for() {
    let cable = Cable::new();
    let mut speaker = Stream::new(&cable, stereo(), true, 2, PACKET);
    let now = Cell::new(FREQUENCY);
    speaker.run(Qpc(now.get()));
    for _ in 0..10 {
        cable.meter.take(None);
        drive(&mut [&mut speaker], &now, now.get() + TICKS, 0);
    }
    stop(&mut speaker, Qpc(now.get()));
    // The first move is measured in any case, and is silent.
    speaker.audio = [vec![0; PACKET], loud(480, 2), vec![0; 4 * PACKET]].concat();
    speaker.write();
    speaker.write();
    speaker.run(Qpc(now.get()));
    drive(&mut [&mut speaker], &now, now.get() + 5 * TICKS, 0);
    assert_eq!(cable.meter.take(None), 0);
}

#[test]
fn marks_of_the_first_run_do_not_count_in_the_second() {
    let cable = Cable::new();
    let mut speaker = Stream::new(&cable, stereo(), true, 2, PACKET);
    let mut microphone = Stream::new(&cable, stereo(), false, 2, PACKET);
    let now = Cell::new(FREQUENCY);
    speaker.audio = loud(4_800, 1);
    speaker.write();
    speaker.write();
    // It never ran. The second time packet 0 is written alone.
    stop(&mut speaker, Qpc(now.get()));
    let played = loud(480, 2);
    speaker.audio.clone_from(&played);
    speaker.write();
    speaker.run(Qpc(now.get()));
    microphone.run(Qpc(now.get()));
    drive(&mut [&mut speaker, &mut microphone], &now, FREQUENCY + 6 * TICKS, 0);
    let lag = delay(stereo()) * 4;
    assert!(microphone.audio[lag..lag + PACKET] == played[..]);
    assert!(microphone.audio[lag + PACKET..].iter().all(|byte| *byte == 0));
    assert!(speaker.shared.telemetry().total(Event::Underrun) > 0);
}

/// A stream that was resampled and no longer is, and the other way round.
#[test]
fn a_second_run_is_at_the_rate_that_the_wire_has_then() {
    let other = Format::new(SampleType::Int16, 2, 3, 44_100).unwrap();
    for first in [true, false] {
        let cable = Cable::new();
        let mut leader = Stream::new(&cable, other, true, 2, 441 * 4);
        let now = Cell::new(FREQUENCY);
        if !first {
            leader.channel.release(&cable.shared, &leader.shared);
        }
        let mut speaker = Stream::new(&cable, stereo(), true, 2, PACKET);
        speaker.run(Qpc(now.get()));
        drive(&mut [&mut speaker], &now, FREQUENCY + 3 * TICKS, 0);
        speaker.pause(Qpc(now.get()));
        speaker.channel.release(&cable.shared, &speaker.shared);
        let memory = |bytes| Ok::<_, Error>(vec![0; bytes]);
        if first {
            leader.channel.release(&cable.shared, &leader.shared);
        } else {
            leader.channel.prepare(&cable.shared, memory).unwrap();
        }
        speaker.channel.prepare(&cable.shared, memory).unwrap();
        let mut microphone = Stream::new(&cable, stereo(), false, 2, PACKET);
        (speaker.audio, speaker.written) = (loud(4_800, 3), 0);
        speaker.write();
        speaker.write();
        speaker.run(Qpc(now.get()));
        microphone.run(Qpc(now.get()));
        let end = now.get() + 10 * TICKS;
        drive(&mut [&mut speaker, &mut microphone], &now, end, 0);
        let lag = delay(stereo()) * 4;
        let heard = &microphone.audio[lag..];
        let is_same = heard == &speaker.audio[..heard.len()];
        assert_eq!(is_same, first, "resampled at first: {first}");
        let is_loud = |bytes: &[u8]| bytes.iter().any(|byte| *byte != 0);
        assert!(heard.chunks(PACKET).skip(1).all(is_loud));
    }
}

/// What a stream has joined and taken before its memory is refused.
#[test]
fn a_stream_that_gets_no_memory_has_joined_nothing() {
    let other = Format::new(SampleType::Int16, 2, 3, 44_100).unwrap();
    for render in [true, false] {
        let cable = Cable::new();
        // Its rate makes a render stream need memory.
        let leader = cable.shared.attach_writer(other).unwrap();
        let mut channel =
            Channel::<Vec<u8>>::new(stereo(), 5_000, (!render).then_some(Source::Cable));
        for _ in 0..100 {
            let refused = channel.prepare(&cable.shared, |_| Err(Error::NotReady));
            assert_eq!(refused, Err(Error::NotReady));
        }
        assert!(!cable.shared.is_heard());
        channel.prepare(&cable.shared, |bytes| Ok::<_, Error>(vec![0; bytes])).unwrap();
        assert_eq!(cable.shared.is_heard(), !render);
        cable.shared.detach_writer(&leader);
        // Rendered sound keeps a wire's format, recorded sound too.
        assert_eq!(cable.shared.format(), Some(other));
        channel.release(&cable.shared, &Shared::new(stereo()));
        assert_eq!(cable.shared.format(), None);
    }
}

/// Memory that knows whether it is still there.
struct Lent(Vec<u8>, #[expect(dead_code, reason = "it is counted")] Rc<()>);

impl AsMut<[u8]> for Lent {
    fn as_mut(&mut self) -> &mut [u8] {
        &mut self.0
    }
}

#[test]
fn a_stopped_stream_gives_its_memory_back() {
    let (cable, count) = (Cable::new(), Rc::new(()));
    let mut channel = Channel::capture(stereo(), 5_000, Source::Cable);
    let shared = Shared::new(stereo());
    for _ in 0..2 {
        let lend = |bytes| Ok::<_, Error>(Lent(vec![0; bytes], Rc::clone(&count)));
        channel.prepare(&cable.shared, lend).unwrap();
        assert_eq!(Rc::strong_count(&count), 2);
        channel.release(&cable.shared, &shared);
        assert_eq!(Rc::strong_count(&count), 1);
    }
}

#[test]
fn places_on_the_wire_are_given_back() {
    let cable = Cable::new();
    for round in 0..2_100 {
        let mut stream = Stream::new(&cable, stereo(), round % 2 == 0, 2, PACKET);
        stream.channel.release(&cable.shared, &stream.shared);
        assert!(!cable.shared.is_heard() && cable.shared.format().is_none(), "round {round}");
    }
}

#[test]
fn a_capture_packet_began_where_the_one_before_it_ended_or_the_run_did() {
    let cable = Cable::new();
    let mut microphone = Stream::new(&cable, stereo(), false, 2, PACKET);
    let now = Cell::new(FREQUENCY);
    microphone.run(Qpc(FREQUENCY));
    drive(&mut [&mut microphone], &now, FREQUENCY + TICKS + MILLISECOND, 0);
    assert_eq!(microphone.shared.capture_packet(), Ok((0, Qpc(FREQUENCY))));
    // A pause within packet 1, which began at the end of packet 0.
    microphone.pause(Qpc(FREQUENCY + TICKS + 4 * MILLISECOND));
    now.set(FREQUENCY + 9 * TICKS);
    microphone.run(Qpc(now.get()));
    drive(&mut [&mut microphone], &now, FREQUENCY + 10 * TICKS, 0);
    assert_eq!(microphone.shared.capture_packet(), Ok((1, Qpc(FREQUENCY + TICKS))));
    // A stop, after which the first packet begins with the run.
    stop(&mut microphone, Qpc(now.get()));
    let begin = FREQUENCY + 20 * TICKS;
    now.set(begin);
    microphone.run(Qpc(begin));
    drive(&mut [&mut microphone], &now, begin + TICKS + MILLISECOND, 0);
    assert_eq!(microphone.shared.capture_packet(), Ok((0, Qpc(begin))));
}

#[test]
fn after_a_pause_too_a_late_tick_holds_the_position_at_what_was_moved() {
    let cable = Cable::new();
    let mut speaker = Stream::new(&cable, stereo(), true, 2, PACKET);
    let now = Cell::new(FREQUENCY);
    speaker.run(Qpc(FREQUENCY));
    drive(&mut [&mut speaker], &now, FREQUENCY + 3 * TICKS, 0);
    speaker.pause(Qpc(now.get()));
    let frozen = speaker.position(Qpc(now.get()));
    let resume = FREQUENCY + 7 * TICKS;
    speaker.run(Qpc(resume));
    // No tick comes: a step of 5 ms was moved, and the position stays there.
    let held = frozen + 240;
    for late in [5, 6, 40, 600] {
        let at = resume + late * MILLISECOND;
        let (frames, stamp) = speaker.shared.position(&cable.clock, || Qpc(at));
        assert_eq!(frames.0, held, "{late} ms");
        // The last moment at which the clock stood there.
        let frame = |at| cable.clock.frame(48_000, at).0;
        if late > 5 {
            assert_eq!(frame(Qpc(stamp.0 + 1)), frame(stamp) + 1);
        }
        assert_eq!(frame(stamp) - frame(Qpc(resume)), 240);
    }
}

#[test]
fn frames_and_packets_are_counted_beyond_32_bits() {
    let cable = Cable::new();
    let mut speaker = Stream::new(&cable, stereo(), true, 2, PACKET);
    speaker.run(Qpc(FREQUENCY));
    let packets = (1 << 32) + 7;
    let at = Qpc(FREQUENCY + packets * TICKS + MILLISECOND);
    speaker.tick(at);
    assert_eq!(speaker.position(at), packets * 480 + 48);
    let newest = speaker.completions.last().expect("a packet");
    assert_eq!((newest.packet, newest.at), (packets - 1, Qpc(FREQUENCY + packets * TICKS)));
    assert_eq!(speaker.shared.current_packet(), 7);
}
