//! The volume and the meter of each end of the cable, and those of a stream.

use std::cell::Cell;

use vdma::Qpc;
use vdma::format::{Format, SampleType};
use vdma::resample;

use crate::streams::*;

/// Half, in decibels.
const HALF: i32 = -394_566;

fn stereo(sample: SampleType, rate: u32) -> Format {
    Format::new(sample, 2, 3, rate).unwrap()
}

/// The left samples of 16 or 32 bits, as the upper 16.
fn left(format: Format, bytes: &[u8]) -> Vec<i16> {
    let frames = bytes.chunks_exact(format.block_align());
    let upper = format.sample().bytes() - 2;
    frames.map(|frame| i16::from_le_bytes([frame[upper], frame[upper + 1]])).collect()
}

/// A speaker with packets of 10 ms that plays frames of `left` and half of it.
fn speaker(cable: &Cable, left: i16) -> Stream<'_> {
    let mut speaker = Stream::new(cable, stereo(SampleType::Int16, 48_000), true, 2, 480 * 4);
    let frame = [left.to_le_bytes(), (left / 2).to_le_bytes()].concat();
    speaker.audio = frame.repeat(96_000);
    speaker.write();
    speaker.write();
    speaker
}

/// Of a microphone with the wire's format, with another, and at another rate.
#[test]
fn a_microphone_has_the_volume_and_the_meter_of_its_own_end() {
    for (sample, rate) in
        [(SampleType::Int16, 48_000), (SampleType::Int32, 48_000), (SampleType::Int16, 44_100)]
    {
        for (level, wanted) in [(0, 0x2000_i16), (HALF, 0x1000)] {
            let (cable, end) = (Cable::new(), Controls::default());
            let format = stereo(sample, rate);
            end.volume.set_level(None, level);
            let packet = rate as usize / 100 * format.block_align();
            let mut microphone = Stream::new(&cable, format, false, 2, packet);
            microphone.end = Some(&end);
            let mut speaker = speaker(&cable, 0x2000);
            let now = Cell::new(FREQUENCY);
            speaker.run(Qpc(FREQUENCY));
            microphone.run(Qpc(FREQUENCY));
            let mut until = |milliseconds| {
                let end = FREQUENCY + milliseconds * MILLISECOND;
                drive(&mut [&mut speaker, &mut microphone], &now, end, 0);
            };
            let near = |found: i16| found.abs_diff(wanted) <= 8;
            // A query before the measured one, and no more than a second before it.
            until(100);
            for milliseconds in [150, 300, 600, 1_000] {
                end.meter.take(None);
                until(milliseconds);
                for (channel, part) in [(0, 1), (1, 2)] {
                    let peak = (end.meter.take(Some(channel)) >> 16) * part;
                    assert!(near(peak as i16), "{format:?}: {peak:#x} for {wanted:#x}");
                }
            }
            let steady = delay(format) + 3 * resample::delay(48_000, rate) as usize;
            let heard = left(format, &microphone.audio);
            assert!(heard[steady..].iter().all(|sample| near(*sample)), "{format:?}, {level}");
            assert_eq!(cable.meter.take(Some(0)) >> 16, 0x2000, "the speaker has its own");
        }
    }
}

/// As the end's does: the stream begins at its volume, follows it, and is measured behind it.
#[test]
fn a_stream_has_a_volume_and_a_meter_of_its_own() {
    let format = stereo(SampleType::Int16, 48_000);
    let (cable, own) = (Cable::new(), Controls::default());
    cable.volume.set_level(None, HALF);
    let mut microphone = Stream::new(&cable, format, false, 2, 480 * 4);
    let mut other = speaker(&cable, 0x0100);
    let mut speaker = speaker(&cable, 0x4000);
    let end = Controls::default();
    microphone.end = Some(&end);
    speaker.own = Some(&own);
    own.volume.set_level(None, HALF);
    let now = Cell::new(FREQUENCY);
    speaker.run(Qpc(FREQUENCY));
    microphone.run(Qpc(FREQUENCY));
    own.meter.take(None);
    drive(&mut [&mut speaker, &mut microphone], &now, FREQUENCY + 100 * MILLISECOND, 0);
    let heard = left(format, &microphone.audio);
    assert!(heard[480..].iter().all(|sample| sample.abs_diff(0x1000) <= 2));
    let peak = own.meter.take(Some(0)) >> 16;
    assert!(peak.abs_diff(0x1000) <= 2, "{peak:#x}");
    // Another stream of that end has not.
    microphone.audio.clear();
    other.run(Qpc(now.get()));
    let later = now.get() + 100 * MILLISECOND;
    drive(&mut [&mut speaker, &mut other, &mut microphone], &now, later, 0);
    let heard = *left(format, &microphone.audio).last().unwrap();
    assert!(heard.abs_diff(0x1080) <= 3, "{heard:#x}");
}

/// A pause is silent anyway: the stream goes on at its volume.
#[test]
fn a_pause_ends_the_fade_of_a_streams_own_volume() {
    let format = stereo(SampleType::Int16, 48_000);
    let (cable, own) = (Cable::new(), Controls::default());
    let mut microphone = Stream::new(&cable, format, false, 2, 480 * 4);
    let mut speaker = speaker(&cable, 0x4000);
    speaker.own = Some(&own);
    let now = Cell::new(FREQUENCY);
    speaker.run(Qpc(FREQUENCY));
    microphone.run(Qpc(FREQUENCY));
    drive(&mut [&mut speaker, &mut microphone], &now, FREQUENCY + 50 * MILLISECOND, 0);
    // Ten seconds, of which it has half of one.
    own.volume.fade_to_level(None, HALF, 100_000_000);
    drive(&mut [&mut speaker, &mut microphone], &now, FREQUENCY + 550 * MILLISECOND, 0);
    let fading = *left(format, &microphone.audio).last().unwrap();
    assert!((0x3C00..0x3FF0).contains(&fading), "{fading:#x}");
    speaker.pause(Qpc(now.get()));
    speaker.run(Qpc(now.get()));
    microphone.audio.clear();
    drive(&mut [&mut speaker, &mut microphone], &now, FREQUENCY + 650 * MILLISECOND, 0);
    let heard = left(format, &microphone.audio);
    // The delay of the cable, and the packet that was being recorded.
    assert!(heard.len() > 4_000);
    assert!(heard[1_000..].iter().all(|sample| sample.abs_diff(0x2000) <= 2));
}
