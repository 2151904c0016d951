//! The engine as a whole: a render stream, the wire, a capture stream, and a clock that the test
//! moves.

#![cfg(not(loom))]

mod ahead;
mod ends;
mod late;
#[path = "../memory/mod.rs"]
mod memory;
mod peaks;
mod rates;
mod second;
mod sleep;
mod streams;

use std::cell::Cell;

use vdma::PacketMemory;
use vdma::Qpc;
use vdma::channel::Channel;
use vdma::format::{Format, SampleType};
use vdma::packets::Layout;
use vdma::source::Source;
use vdma::telemetry::Event;

use crate::streams::*;

const SAMPLES: [SampleType; 5] = SampleType::ALL;

#[test]
fn the_cable_is_exact_to_the_bit_in_every_format() {
    for sample in SAMPLES {
        for channels in 1..=16 {
            for rate in [8_000, 44_100, 48_000, 96_000, 192_000, 352_800, 384_000] {
                // The largest ring of a test.
                if rate * u32::from(channels) > 384_000 * 8 {
                    continue;
                }
                let format = Format::new(sample, channels, 0, rate).unwrap();
                let cable = Cable::new();
                let packet = rate as usize / 100 * format.block_align();
                let mut speaker = Stream::new(&cable, format, true, 2, packet);
                let mut microphone = Stream::new(&cable, format, false, 2, packet);
                let played = audio(format, rate as usize / 100 * 7 + 13, 7);
                speaker.audio = played.clone();
                speaker.write();
                speaker.write();
                let now = Cell::new(3600 * FREQUENCY + 12_345);
                microphone.run(Qpc(now.get()));
                speaker.run(Qpc(now.get()));
                let end = now.get() + 150 * MILLISECOND;
                drive(&mut [&mut speaker, &mut microphone], &now, end, 0);
                let lag = delay(format) * format.block_align();
                let heard = &microphone.audio;
                assert!(heard[..lag].iter().all(|byte| *byte == 0));
                assert!(heard.len() > lag + played.len() + packet, "{}", heard.len());
                let same = heard[lag..lag + played.len()] == played[..];
                assert!(same, "{sample:?}, {channels} channels, {rate} Hz");
                assert!(
                    heard[lag + played.len()..].iter().all(|byte| *byte == 0),
                    "EOS is silence"
                );
                assert_eq!(speaker.shared.telemetry().total(Event::Underrun), 0);
                assert_eq!(microphone.shared.telemetry().total(Event::WireSilence), 0);
            }
        }
    }
}

#[test]
fn late_timers_leave_the_audio_and_the_clock_alone() {
    let format = Format::new(SampleType::Int16, 2, 3, 48_000).unwrap();
    let cable = Cable::new();
    let mut speaker = Stream::new(&cable, format, true, 2, 1920);
    let mut microphone = Stream::new(&cable, format, false, 2, 1920);
    speaker.audio = audio(format, 48_000, 9);
    speaker.write();
    speaker.write();
    let now = Cell::new(FREQUENCY);
    speaker.run(Qpc(now.get()));
    microphone.run(Qpc(now.get()));
    drive(&mut [&mut speaker, &mut microphone], &now, FREQUENCY * 3 / 2, 3 * MILLISECOND);
    let lag = delay(format) * 4;
    let heard = &microphone.audio;
    assert_eq!(heard[lag..], speaker.audio[..heard.len() - lag]);
    for (index, completion) in speaker.completions.iter().enumerate() {
        let ideal = FREQUENCY + (index as u64 + 1) * 10 * MILLISECOND;
        assert_eq!((completion.packet, completion.at.0), (index as u64, ideal));
    }
    assert!(speaker.shared.telemetry().total(Event::LateTick) > 50);
}

#[test]
fn pausing_anywhere_in_a_packet_keeps_the_cadence_and_every_frame() {
    let format = Format::new(SampleType::Int16, 1, 4, 48_000).unwrap();
    let packet_ticks = 10 * MILLISECOND;
    for part in 0..=40u64 {
        let cable = Cable::new();
        let mut speaker = Stream::new(&cable, format, true, 2, 960);
        let mut microphone = Stream::new(&cable, format, false, 2, 960);
        // No zeros, so that silence differs from audio.
        speaker.audio = audio(format, 9_600, part).into_iter().map(|byte| byte | 1).collect();
        speaker.write();
        speaker.write();
        let now = Cell::new(FREQUENCY);
        speaker.run(Qpc(FREQUENCY));
        microphone.run(Qpc(FREQUENCY));
        let pause = FREQUENCY + 5 * packet_ticks + part * packet_ticks / 40;
        drive(&mut [&mut speaker, &mut microphone], &now, pause, 0);
        speaker.pause(Qpc(pause));
        let frozen = speaker.position(Qpc(pause));
        assert_eq!(frozen, (pause - FREQUENCY) * 48_000 / FREQUENCY);
        drive(&mut [&mut microphone], &now, pause + 7 * packet_ticks + 3, 0);
        assert_eq!(speaker.position(Qpc(now.get())), frozen, "frozen in pause");
        let resume = now.get();
        speaker.run(Qpc(resume));
        drive(&mut [&mut speaker, &mut microphone], &now, resume + 8 * packet_ticks, 0);
        assert_eq!(
            speaker.position(Qpc(now.get())),
            frozen + 8 * 480,
            "continuous over pause and run"
        );
        let numbers: Vec<u64> = speaker.completions.iter().map(|c| c.packet).collect();
        assert!(numbers.iter().copied().eq(0..numbers.len() as u64), "{numbers:?}");
        let heard: Vec<u8> = microphone
            .audio
            .chunks_exact(2)
            .filter(|sample| *sample != [0, 0])
            .flatten()
            .copied()
            .collect();
        assert_eq!(heard[..], speaker.audio[..heard.len()], "paused {part}/40 into a packet");
        let silence = microphone.shared.telemetry().total(Event::WireSilence);
        assert_eq!(silence, 0, "nobody waits for a speaker in pause");
    }
}

#[test]
fn positions_lie_on_the_line_while_a_tick_is_late() {
    for rate in [44_100, 48_000] {
        let format = Format::new(SampleType::Int16, 2, 3, rate).unwrap();
        let cable = Cable::new();
        let mut speaker = Stream::new(&cable, format, true, 2, rate as usize / 25);
        let now = Cell::new(FREQUENCY);
        speaker.run(Qpc(FREQUENCY));
        let began = cable.clock.frame(rate, Qpc(FREQUENCY)).0;
        drive(&mut [&mut speaker], &now, FREQUENCY + 25 * MILLISECOND, 0);
        let mut answers = Vec::new();
        // Several queries in one frame: times do not go back, either.
        for step in 0..4000 {
            let at = FREQUENCY + 25 * MILLISECOND + step * MILLISECOND / 200;
            if step == 3000 {
                speaker.tick(Qpc(at));
            }
            let (frames, stamp) = speaker.shared.position(&cable.clock, || Qpc(at));
            assert_eq!(frames.0, cable.clock.frame(rate, stamp).0 - began, "step {step}");
            assert!(stamp.0 <= at);
            answers.push((frames, stamp));
        }
        assert!(answers.is_sorted());
        assert_eq!(answers[2000], answers[2999], "nothing has been moved since");
        assert!(answers[3000] > answers[2999]);
    }
}

#[test]
fn stalls_do_bounded_work_and_never_move_the_clock() {
    let format = Format::new(SampleType::Int16, 2, 3, 48_000).unwrap();
    for packets in [1u64, 2, 3, 1_000, 60_000] {
        let cable = Cable::new();
        let mut speaker = Stream::new(&cable, format, true, 2, 1920);
        speaker.audio = audio(format, 4_800, 3);
        speaker.write();
        speaker.write();
        let now = Cell::new(FREQUENCY);
        speaker.run(Qpc(FREQUENCY));
        drive(&mut [&mut speaker], &now, FREQUENCY + 25 * MILLISECOND, 0);
        let before = speaker.completions.len();
        let stalled = FREQUENCY + (25 + packets * 10) * MILLISECOND;
        speaker.audio.clear();
        speaker.tick(Qpc(stalled));
        assert!(speaker.completions.len() - before <= 2, "a bounded number of completions");
        assert_eq!(speaker.completions[before].packet, 2, "the packet that was playing");
        let skipped = speaker.shared.telemetry().total(Event::PacketSkipped);
        assert_eq!(skipped, packets.saturating_sub(2));
        let last = speaker.completions.last().unwrap();
        assert_eq!(last.packet, 2 + packets - 1);
        assert_eq!(last.at.0, FREQUENCY + (3 + packets - 1) * 10 * MILLISECOND, "no clock shift");
        assert_eq!(speaker.position(Qpc(stalled)), (stalled - FREQUENCY) * 48_000 / FREQUENCY);
        assert!(speaker.next.unwrap().0 > stalled);
    }
}

#[test]
fn a_packet_that_was_not_written_is_silence_once_and_counted() {
    let format = Format::new(SampleType::Int16, 1, 4, 48_000).unwrap();
    let cable = Cable::new();
    let mut speaker = Stream::new(&cable, format, true, 2, 960);
    let mut microphone = Stream::new(&cable, format, false, 2, 960);
    speaker.audio = vec![0x11; 960 * 3];
    speaker.write();
    speaker.write();
    let now = Cell::new(FREQUENCY);
    speaker.run(Qpc(FREQUENCY));
    microphone.run(Qpc(FREQUENCY));
    drive(&mut [&mut speaker, &mut microphone], &now, FREQUENCY + 105 * MILLISECOND, 0);
    let sounding = microphone.audio.chunks_exact(2).filter(|sample| *sample == [0x11; 2]).count();
    assert_eq!(sounding, 480 * 3, "each packet once");
    assert_eq!(speaker.shared.current_packet(), 10, "the counter keeps the rate");
    // Packets 3 to 10: the last one has begun.
    assert_eq!(speaker.shared.telemetry().total(Event::Underrun), 8);
}

/// A packet whose mark was refused as late is not played, not even in part: whether or not the
/// client has marked packets before, and at every position in the packet.
#[test]
fn a_packet_that_was_refused_as_late_is_not_half_heard() {
    let format = Format::new(SampleType::Int16, 1, 4, 48_000).unwrap();
    for (marked, part) in
        [false, true].into_iter().flat_map(|marked| (0..10).map(move |p| (marked, p)))
    {
        let cable = Cable::new();
        let mut speaker = Stream::new(&cable, format, true, 2, 960);
        let mut microphone = Stream::new(&cable, format, false, 2, 960);
        if marked {
            speaker.shared.set_render_packet(0, None).unwrap();
        }
        let now = Cell::new(FREQUENCY);
        speaker.run(Qpc(FREQUENCY));
        microphone.run(Qpc(FREQUENCY));
        let late = FREQUENCY + 10 * MILLISECOND + part * MILLISECOND;
        drive(&mut [&mut speaker, &mut microphone], &now, late, 0);
        speaker.memory.write(960, &[0x11; 960]);
        assert_eq!(speaker.shared.set_render_packet(1, None), Err(vdma::Error::Late));
        // Later packets in time are played in full.
        speaker.memory.write(0, &[0x22; 960]);
        assert_eq!(speaker.shared.set_render_packet(2, None), Ok(()));
        drive(&mut [&mut speaker, &mut microphone], &now, FREQUENCY + 100 * MILLISECOND, 0);
        let samples = microphone.audio.as_chunks::<2>().0;
        let count = |byte: u8| samples.iter().filter(|heard| **heard == [byte; 2]).count();
        assert_eq!(count(0x11), 0, "marked before: {marked}, {part} ms late");
        assert_eq!(count(0x22), 480, "marked before: {marked}, {part} ms late");
        assert_eq!(speaker.shared.telemetry().total(Event::LateAnswer), 1);
    }
}

/// An accepted packet plays to its end, whatever is refused meanwhile; so does one that began
/// before the client's first mark, unless its mark is refused.
#[test]
fn a_refused_mark_does_not_touch_a_packet_that_plays() {
    let format = Format::new(SampleType::Int16, 1, 4, 48_000).unwrap();
    for marked in [false, true] {
        let cable = Cable::new();
        let mut speaker = Stream::new(&cable, format, true, 2, 960);
        let mut microphone = Stream::new(&cable, format, false, 2, 960);
        speaker.memory.write(0, &[0x11; 960]);
        if marked {
            speaker.shared.set_render_packet(0, None).unwrap();
        }
        let now = Cell::new(FREQUENCY);
        speaker.run(Qpc(FREQUENCY));
        microphone.run(Qpc(FREQUENCY));
        drive(&mut [&mut speaker, &mut microphone], &now, FREQUENCY + 3 * MILLISECOND, 0);
        if marked {
            assert_eq!(speaker.shared.set_render_packet(0, None), Err(vdma::Error::Late));
        }
        assert_eq!(speaker.shared.set_render_packet(2, None), Err(vdma::Error::Overrun));
        drive(&mut [&mut speaker, &mut microphone], &now, FREQUENCY + 100 * MILLISECOND, 0);
        let samples = microphone.audio.as_chunks::<2>().0;
        assert_eq!(samples.iter().filter(|heard| **heard == [0x11; 2]).count(), 480);
    }
}

#[test]
fn a_client_that_never_marks_is_played_as_the_buffer_stands_and_never_repeated() {
    let format = Format::new(SampleType::Int16, 2, 3, 48_000).unwrap();
    for (count, packet) in [(1u32, 8192usize), (2, 1920)] {
        let cable = Cable::new();
        let mut speaker = Stream::new(&cable, format, true, count, packet);
        let mut microphone = Stream::new(&cable, format, false, 2, 1920);
        speaker.marks = false;
        speaker.audio = audio(format, packet * count as usize / 4, 5);
        for _ in 0..count {
            speaker.write();
        }
        let now = Cell::new(FREQUENCY);
        speaker.run(Qpc(FREQUENCY));
        microphone.run(Qpc(FREQUENCY));
        drive(&mut [&mut speaker, &mut microphone], &now, FREQUENCY + 400 * MILLISECOND, 0);
        let lag = delay(format) * 4;
        let played = &speaker.audio;
        assert_eq!(microphone.audio[lag..lag + played.len()], played[..]);
        assert!(microphone.audio[lag + played.len()..].iter().all(|byte| *byte == 0));
        assert!(speaker.memory.0.borrow().iter().all(|byte| *byte == 0), "consumed and cleared");
    }
}

#[test]
fn a_timer_driven_client_may_write_right_behind_the_position() {
    let format = Format::new(SampleType::Int16, 2, 3, 48_000).unwrap();
    let cable = Cable::new();
    let mut speaker = Stream::new(&cable, format, true, 1, 8192);
    let mut microphone = Stream::new(&cable, format, false, 2, 1920);
    speaker.marks = false;
    let whole = audio(format, 48_000, 21);
    speaker.memory.write(0, &whole[..8192]);
    let now = Cell::new(FREQUENCY);
    speaker.run(Qpc(FREQUENCY));
    microphone.run(Qpc(FREQUENCY));
    let mut written = 8192;
    for poll in 1..500 {
        drive(&mut [&mut speaker, &mut microphone], &now, FREQUENCY + poll * 7_001, 0);
        // The client owns everything up to the reported position again.
        let free_to = speaker.position(Qpc(now.get())) as usize * 4 + 8192;
        while written < free_to {
            let at = written % 8192;
            let length = (free_to - written).min(8192 - at);
            speaker.memory.write(at, &whole[written..written + length]);
            written += length;
        }
    }
    let lag = delay(format) * 4;
    let heard = &microphone.audio[lag..];
    assert!(heard.len() > 40_000);
    assert_eq!(heard, &whole[..heard.len()]);
}

#[test]
fn two_speakers_mix_with_saturation_in_equal_and_unequal_formats() {
    let format = Format::new(SampleType::Int16, 1, 4, 48_000).unwrap();
    let wide = Format::new(SampleType::Int24In32, 1, 4, 48_000).unwrap();
    let samples = |bytes: &[u8]| -> Vec<i16> {
        bytes.as_chunks::<2>().0.iter().map(|sample| i16::from_le_bytes(*sample)).collect()
    };
    let [one, other] = [1, 2].map(|seed| audio(format, 4_800, seed));
    let sum: Vec<i16> =
        samples(&one).into_iter().zip(samples(&other)).map(|(a, b)| a.saturating_add(b)).collect();
    // The same samples in the upper bits of a wider one.
    let widened = other.as_chunks::<2>().0.iter().flat_map(|[low, high]| [0, 0, *low, *high]);
    let widened: Vec<u8> = widened.collect();
    for (own, audio) in [(format, other), (wide, widened)] {
        let cable = Cable::new();
        let mut microphone = Stream::new(&cable, format, false, 2, 960);
        let mut first = Stream::new(&cable, format, true, 2, 960);
        let mut second = Stream::new(&cable, own, true, 2, 480 * own.block_align());
        (first.audio, second.audio) = (one.clone(), audio);
        for stream in [&mut first, &mut second] {
            stream.write();
            stream.write();
            assert_eq!(stream.shared.telemetry().anomalies(), 0);
        }
        let now = Cell::new(FREQUENCY);
        first.run(Qpc(FREQUENCY));
        second.run(Qpc(FREQUENCY));
        microphone.run(Qpc(FREQUENCY));
        let end = FREQUENCY + 100 * MILLISECOND;
        drive(&mut [&mut first, &mut second, &mut microphone], &now, end, 0);
        let heard = samples(&microphone.audio[delay(format) * 2..]);
        assert!(heard[..] == sum[..heard.len()], "{own:?}");
    }
}

#[test]
fn unequal_formats_are_converted() {
    let wide = Format::new(SampleType::Float32, 2, 3, 48_000).unwrap();
    let narrow = Format::new(SampleType::Int16, 1, 4, 48_000).unwrap();
    let cable = Cable::new();
    let mut speaker = Stream::new(&cable, narrow, true, 2, 960);
    let mut microphone = Stream::new(&cable, wide, false, 2, 3840);
    speaker.audio = audio(narrow, 4_800, 1);
    speaker.write();
    speaker.write();
    let now = Cell::new(FREQUENCY);
    speaker.run(Qpc(FREQUENCY));
    microphone.run(Qpc(FREQUENCY));
    drive(&mut [&mut speaker, &mut microphone], &now, FREQUENCY + 100 * MILLISECOND, 0);
    let heard = microphone.audio[delay(wide) * 8..].as_chunks::<4>().0;
    let heard: Vec<f32> = heard.iter().map(|sample| f32::from_le_bytes(*sample)).collect();
    for (index, pair) in heard.chunks_exact(2).enumerate() {
        let sample = i16::from_le_bytes([speaker.audio[2 * index], speaker.audio[2 * index + 1]]);
        let expected = f32::from(sample) / 32768.0;
        assert_eq!(pair, [expected, expected], "frame {index}");
    }
}

#[test]
fn the_tone_has_the_volume_and_the_peak_of_its_end() {
    let format = Format::new(SampleType::Int16, 2, 3, 48_000).unwrap();
    let loudest = |level| {
        let cable = Cable::new();
        cable.volume.set_level(None, level);
        let channel = Channel::capture(format, 5_000, Source::Tone);
        let mut microphone = Stream::of(&cable, channel, format, false, 2, 1_920);
        let now = Cell::new(FREQUENCY);
        microphone.run(Qpc(FREQUENCY));
        drive(&mut [&mut microphone], &now, FREQUENCY + 100 * MILLISECOND, 0);
        let samples = microphone.audio.as_chunks().0.iter();
        let peak = samples.map(|bytes| i16::from_le_bytes(*bytes).unsigned_abs()).max().unwrap();
        (i32::from(peak), cable.meter.take(None) >> 16)
    };
    let (whole, metered) = loudest(0);
    assert!(whole > 1_000 && metered.abs_diff(whole) < 10, "{metered} for {whole}");
    // Half, in decibels.
    let (half, metered) = loudest(-394_566);
    assert!((2 * half).abs_diff(whole) < 5, "{half} of {whole}");
    assert!(metered.abs_diff(half) < 10, "{metered} for {half}");
}

/// The tone is a sine of whole periods to a packet: every period is as the one before, where steps
/// and packets meet too.
#[test]
fn the_tone_goes_on_over_steps_and_packets() {
    for (channels, packet) in [(2, 480), (2, 495), (16, 481)] {
        let format = Format::new(SampleType::Int16, channels, 0, 48_000).unwrap();
        let (block, cable) = (format.block_align(), Cable::new());
        let channel = Channel::capture(format, 5_000, Source::Tone);
        let mut microphone = Stream::of(&cable, channel, format, false, 2, packet * block);
        // Not where the sine is zero.
        let begin = FREQUENCY + MILLISECOND / 3;
        let now = Cell::new(begin);
        microphone.run(Qpc(begin));
        drive(&mut [&mut microphone], &now, begin + 100 * MILLISECOND, 0);
        let heard: Vec<_> = microphone.audio.chunks(block).collect();
        assert!(heard.len() >= 9 * packet);
        assert!(
            heard[..48].iter().filter(|frame| frame.iter().all(|byte| *byte == 0)).count() <= 2
        );
        assert!(heard.windows(49).all(|period| period[0] == period[48]), "{packet}");
    }
}

/// The tone is there whether or not a speaker plays, and whether it is in time.
#[test]
fn the_tone_does_not_wait_for_a_speaker() {
    let format = Format::new(SampleType::Int16, 2, 3, 48_000).unwrap();
    let cable = Cable::new();
    let channel = Channel::capture(format, 5_000, Source::Tone);
    let mut microphone = Stream::of(&cable, channel, format, false, 2, 1_920);
    let mut speaker = Stream::new(&cable, format, true, 2, 1_920);
    // Its timer never expires again.
    speaker.run(Qpc(FREQUENCY));
    microphone.run(Qpc(FREQUENCY));
    let now = Cell::new(FREQUENCY);
    drive(&mut [&mut microphone], &now, FREQUENCY + 100 * MILLISECOND, 0);
    let telemetry = microphone.shared.telemetry();
    assert_eq!((telemetry.anomalies(), telemetry.total(Event::WakeUp)), (0, 21));
    assert_eq!(microphone.completions.len(), 10);
}

#[test]
fn a_tick_is_late_after_more_than_a_millisecond() {
    let format = Format::new(SampleType::Int16, 2, 3, 48_000).unwrap();
    let cable = Cable::new();
    let mut speaker = Stream::new(&cable, format, true, 2, 1_920);
    speaker.run(Qpc(FREQUENCY));
    let (mut worst, mut wake_ups) = (0, 1);
    for (lateness, late) in
        [(7, 0), (0, 0), (MILLISECOND, 0), (MILLISECOND + 1, 1), (2 * MILLISECOND, 2), (3, 2)]
    {
        let due = speaker.next.unwrap().0;
        // One before its time does nothing.
        speaker.tick(Qpc(due - 1));
        assert_eq!(speaker.next, Some(Qpc(due)));
        speaker.tick(Qpc(due + lateness));
        (worst, wake_ups) = (lateness.max(worst), wake_ups + 2);
        let telemetry = speaker.shared.telemetry();
        let counts = [Event::LateTick, Event::WakeUp].map(|event| telemetry.total(event));
        assert_eq!((counts, telemetry.worst_lateness()), ([late, wake_ups], worst));
    }
}

/// It is counted for each packet that its client has not read by the time at which the one after
/// the next begins to take its place.
#[test]
fn a_packet_that_nobody_read_is_overwritten_and_counted() {
    let format = Format::new(SampleType::Int16, 2, 3, 48_000).unwrap();
    let cable = Cable::new();
    let mut microphone = Stream::new(&cable, format, false, 2, 1_920);
    let now = Cell::new(FREQUENCY);
    microphone.run(Qpc(FREQUENCY));
    // Packets of 10 ms. The client reads the first three, none until the sixth, and each from then
    // on.
    for (milliseconds, reads, overwritten) in [
        (35, true, 0),
        (45, false, 0),
        (55, false, 1),
        (65, false, 2),
        (75, true, 3),
        (95, true, 3),
    ] {
        microphone.writes = reads;
        drive(&mut [&mut microphone], &now, FREQUENCY + milliseconds * MILLISECOND, 0);
        let telemetry = microphone.shared.telemetry();
        let found = (telemetry.total(Event::Overwrite), telemetry.anomalies());
        assert_eq!(found, (overwritten, overwritten), "after {milliseconds} ms");
        assert_eq!(telemetry.total(Event::PacketDone), milliseconds / 10);
    }
    assert_eq!(microphone.completions.len(), 9);
}

/// A step, but at most half a packet, and a frame at least.
#[test]
fn what_is_moved_ahead_is_a_step_or_half_a_packet() {
    for (microseconds, packet, frames) in [
        (5_000, 48_000, 240),
        (5_000, 480, 240),
        (5_000, 479, 239),
        (5_000, 96, 48),
        (1_000, 480, 48),
        (5_000, 3, 1),
        (5_000, 2, 1),
        (5_000, 1, 1),
    ] {
        let format = Format::new(SampleType::Int16, 2, 3, 48_000).unwrap();
        let mut channel = Channel::<Vec<u8>>::render(format, microseconds);
        let layout = Layout::new(2, packet * 4, 4).unwrap();
        channel.set_packets(layout, &vdma::position::Shared::new(format));
        assert_eq!(channel.fifo_bytes(), frames * 4, "{microseconds} us, {packet} frames");
    }
}

/// Between the start and the first expiry of its timer.
#[test]
fn a_stream_runs_from_its_start_on() {
    let format = Format::new(SampleType::Int16, 2, 3, 48_000).unwrap();
    let cable = Cable::new();
    let mut speaker = Stream::new(&cable, format, true, 2, 1_920);
    assert!(!speaker.shared.is_running());
    let start = Qpc(FREQUENCY);
    let first = speaker.channel.run(|| start, &speaker.shared, &cable.clock, &cable.shared);
    assert_eq!((first, speaker.shared.is_running()), (start, true));
    assert_eq!(speaker.shared.set_render_packet(0, None), Err(vdma::Error::Late));
    speaker.pause(Qpc(FREQUENCY + 1));
    assert!(!speaker.shared.is_running());
}

#[test]
fn a_day_of_duplex_has_no_drift_and_no_glitch() {
    let format = Format::new(SampleType::Int16, 1, 4, 8_000).unwrap();
    let cable = Cable::new();
    // Packets of a second keep the number of steps down; the arithmetic is that of any other.
    let mut speaker = Stream::new(&cable, format, true, 2, 16_000);
    speaker.channel = Channel::render(format, 1_000_000);
    let layout = Layout::new(2, 16_000, 2).unwrap();
    speaker.channel.set_packets(layout, &speaker.shared);
    speaker.marks = false;
    let start = 987_654_321;
    let now = Cell::new(start);
    speaker.run(Qpc(start));
    drive(&mut [&mut speaker], &now, start + 86_400 * FREQUENCY, 1);
    let position = speaker.position(Qpc(now.get()));
    assert!(position.abs_diff(86_400 * 8_000) <= 1, "{position}");
    assert_eq!(speaker.shared.telemetry().total(Event::PacketSkipped), 0);
}
