//! Streams with different rates.

use std::cell::Cell;

use vdma::Qpc;
use vdma::channel::{Channel, capture_delay};
use vdma::format::{Format, SampleType};
use vdma::resample;
use vdma::source::Source;
use vdma::telemetry::Event;
use vdma::wire::WireShared;

use crate::streams::*;

/// A sine of full scale a half, as 32-bit stereo: left the sine, right the cosine.
fn sine(rate: u32, hertz: f64, frames: usize) -> Vec<u8> {
    let sample = |value: f64| ((value * 1_073_741_824.0).round() as i32).to_le_bytes();
    (0..frames)
        .flat_map(|frame| {
            let phase = frame as f64 * hertz / f64::from(rate) * std::f64::consts::TAU;
            [sample(phase.sin()), sample(phase.cos())].concat()
        })
        .collect()
}

fn stereo(rate: u32) -> Format {
    Format::new(SampleType::Int32, 2, 3, rate).unwrap()
}

/// Plays `audio` at one rate and returns the recording at another, as halves of full scale, without
/// the silence of the delay.
fn through(from: u32, to: u32, audio: &[u8], milliseconds: u64) -> Vec<[f64; 2]> {
    through_as(SampleType::Int32, from, to, audio, milliseconds)
}

/// 32-bit samples in another type, rounded.
fn stored(sample: SampleType, audio: &[u8]) -> Vec<u8> {
    let words = audio.chunks_exact(4).map(|word| i32::from_le_bytes(word.try_into().unwrap()));
    words
        .flat_map(|word| match sample {
            SampleType::Int16 => {
                ((f64::from(word) / 65_536.0).round() as i16).to_le_bytes().to_vec()
            }
            SampleType::Int24In32 => {
                (((f64::from(word) / 256.0).round() as i32) << 8).to_le_bytes().to_vec()
            }
            SampleType::Int24 => {
                ((f64::from(word) / 256.0).round() as i32).to_le_bytes()[..3].to_vec()
            }
            SampleType::Int32 => word.to_le_bytes().to_vec(),
            SampleType::Float32 => {
                ((f64::from(word) / 2_147_483_648.0) as f32).to_le_bytes().to_vec()
            }
        })
        .collect()
}

/// Like [`through`], with both ends in `sample`.
fn through_as(
    sample: SampleType,
    from: u32,
    to: u32,
    audio: &[u8],
    milliseconds: u64,
) -> Vec<[f64; 2]> {
    let cable = Cable::new();
    let format = |rate| Format::new(sample, 2, 3, rate).unwrap();
    let bytes = sample.bytes();
    let packet = |rate: u32| rate.div_ceil(100) as usize * 2 * bytes;
    let mut speaker = Stream::new(&cable, format(from), true, 2, packet(from));
    let mut microphone = Stream::new(&cable, format(to), false, 2, packet(to));
    speaker.audio = stored(sample, audio);
    speaker.write();
    speaker.write();
    let now = Cell::new(FREQUENCY);
    microphone.run(Qpc(FREQUENCY));
    speaker.run(Qpc(FREQUENCY));
    let end = FREQUENCY + milliseconds * MILLISECOND;
    drive(&mut [&mut speaker, &mut microphone], &now, end, 0);
    assert_eq!(microphone.shared.telemetry().total(Event::WireSilence), 0);
    let lag = delay(stereo(to)) + resample::delay(from, to) as usize;
    let value = |bytes: &[u8]| match sample {
        SampleType::Int16 => f64::from(i16::from_le_bytes(bytes.try_into().unwrap())) / 16_384.0,
        SampleType::Float32 => f64::from(f32::from_le_bytes(bytes.try_into().unwrap())) * 2.0,
        SampleType::Int24 => {
            f64::from(i32::from_le_bytes([0, bytes[0], bytes[1], bytes[2]])) / 1_073_741_824.0
        }
        _ => f64::from(i32::from_le_bytes(bytes.try_into().unwrap())) / 1_073_741_824.0,
    };
    let frames = microphone.audio.chunks_exact(2 * bytes).skip(lag);
    frames.map(|frame| [value(&frame[..bytes]), value(&frame[bytes..])]).collect()
}

fn decibel(ratio: f64) -> f64 {
    20.0 * ratio.log10()
}

const RATES: [(u32, u32); 14] = [
    (44_100, 48_000),
    (48_000, 44_100),
    (48_000, 96_000),
    (96_000, 48_000),
    (192_000, 44_100),
    (44_100, 192_000),
    (8_000, 48_000),
    (48_000, 8_000),
    (192_000, 8_000),
    (8_000, 192_000),
    (352_800, 384_000),
    (384_000, 352_800),
    (384_000, 44_100),
    (44_100, 384_000),
];

/// Pass band: the recording is the same sine, later by exactly the published delay. In every sample
/// type; 16 bits within two roundings.
#[test]
fn in_the_pass_band_a_resampled_sine_is_the_sine() {
    for sample in crate::SAMPLES {
        let limit = if sample == SampleType::Int16 { -80.0 } else { -88.0 };
        for (from, to) in RATES {
            let lower = f64::from(from.min(to));
            for part in [0.01, 0.1, 0.25, 0.4, 0.47] {
                let hertz = lower * part;
                let played = sine(from, hertz, from as usize / 4);
                let heard = through_as(sample, from, to, &played, 200);
                // Steady: away from the beginning, where the kernel still sees the silence before
                // it.
                let steady = 2 * resample::delay(from, to) as usize + 8;
                let worst = heard[steady..].iter().enumerate().map(|(index, [left, right])| {
                    let turns = (index + steady) as f64 * hertz / f64::from(to);
                    let phase = turns * std::f64::consts::TAU;
                    (left - phase.sin()).abs().max((right - phase.cos()).abs())
                });
                let worst = decibel(worst.fold(1e-12, f64::max));
                assert!(heard.len() > steady + to as usize / 50);
                assert!(
                    worst < limit,
                    "{sample:?}, {from} -> {to}, {part} of the lower rate: off by {worst:.1} dB"
                );
            }
        }
    }
}

/// Stop band: frequencies above the lower rate's limit are removed, without aliases. In every
/// sample type; 16 bits within two roundings.
#[test]
fn beyond_the_stop_band_nothing_is_heard() {
    let pairs = RATES.into_iter().filter(|(from, to)| from > to);
    let samples = crate::SAMPLES.into_iter();
    for (sample, (from, to)) in samples.flat_map(|s| pairs.clone().map(move |p| (s, p))) {
        let limit = if sample == SampleType::Int16 { -84.0 } else { -95.0 };
        for part in [0.53, 0.7, 0.9] {
            let hertz = f64::from(to) * part;
            if hertz >= f64::from(from) / 2.0 {
                continue;
            }
            let heard = through_as(sample, from, to, &sine(from, hertz, from as usize / 4), 200);
            let steady = 2 * resample::delay(from, to) as usize + 8;
            let loudest = heard[steady..]
                .iter()
                .flatten()
                .fold(1e-12, |most: f64, value| most.max(value.abs()));
            let loudest = decibel(loudest);
            assert!(loudest < limit, "{sample:?}, {from} -> {to}, {part}: {loudest:.1} dB");
        }
    }
}

/// Six channels, each with a value of its own: pieces of the resampled sound are whole frames.
#[test]
fn each_channel_of_six_is_resampled_to_itself() {
    let cable = Cable::new();
    let format = |rate| Format::new(SampleType::Int16, 6, 0x3F, rate).unwrap();
    let mut speaker = Stream::new(&cable, format(44_100), true, 2, 441 * 12);
    let mut microphone = Stream::new(&cable, format(48_000), false, 2, 480 * 12);
    let values = [1_000_i16, -2_000, 3_000, -4_000, 5_000, -6_000];
    speaker.audio = values.map(i16::to_le_bytes).concat().repeat(11_025);
    speaker.write();
    speaker.write();
    let now = Cell::new(FREQUENCY);
    microphone.run(Qpc(FREQUENCY));
    speaker.run(Qpc(FREQUENCY));
    drive(&mut [&mut speaker, &mut microphone], &now, FREQUENCY + 200 * MILLISECOND, 0);
    let steady = delay(format(48_000)) + 3 * resample::delay(44_100, 48_000) as usize;
    let frames = microphone.audio.chunks_exact(12).enumerate().skip(steady);
    assert!(frames.len() > 4_800);
    for (index, frame) in frames {
        let samples = frame.as_chunks().0.iter().map(|bytes| i16::from_le_bytes(*bytes));
        for (found, wanted) in samples.zip(values) {
            assert!(found.abs_diff(wanted) <= 2, "frame {index}: {found} for {wanted}");
        }
    }
}

/// The pieces of the resampled sound fit the wider of the two formats.
#[test]
fn one_channel_is_resampled_to_eight_and_eight_to_one() {
    for (played, recorded) in [((1, 4), (8, 0x63F)), ((8, 0x63F), (1, 4))] {
        let cable = Cable::new();
        let format =
            |(channels, mask), rate| Format::new(SampleType::Int32, channels, mask, rate).unwrap();
        let (from, to) = (format(played, 44_100), format(recorded, 48_000));
        let mut speaker = Stream::new(&cable, from, true, 2, 441 * from.block_align());
        let mut microphone = Stream::new(&cable, to, false, 2, 480 * to.block_align());
        let value = 0x1000_0000_i32;
        speaker.audio = value.to_le_bytes().repeat(11_025 * from.channels());
        speaker.write();
        speaker.write();
        let now = Cell::new(FREQUENCY);
        microphone.run(Qpc(FREQUENCY));
        speaker.run(Qpc(FREQUENCY));
        drive(&mut [&mut speaker, &mut microphone], &now, FREQUENCY + 100 * MILLISECOND, 0);
        let steady = delay(to) + 3 * resample::delay(44_100, 48_000) as usize;
        let frames = microphone.audio.chunks_exact(to.block_align()).skip(steady);
        assert!(frames.len() > 2_400);
        for (index, frame) in frames.enumerate() {
            let samples = frame.as_chunks().0.iter().map(|bytes| i32::from_le_bytes(*bytes));
            let loudest = samples.map(i32::unsigned_abs).max().unwrap();
            assert!(loudest > 0x0800_0000, "{played:?} to {recorded:?}, frame {index}: {loudest}");
        }
    }
}

/// A second speaker at another rate is resampled onto the wire, and both are recorded.
#[test]
fn speakers_of_unequal_rates_are_mixed() {
    let cable = Cable::new();
    let (first, second) = (48_000, 44_100);
    let mut one = Stream::new(&cable, stereo(first), true, 2, 480 * 8);
    let mut two = Stream::new(&cable, stereo(second), true, 2, 441 * 8);
    let mut microphone = Stream::new(&cable, stereo(first), false, 2, 480 * 8);
    let quiet = |bytes: Vec<u8>| -> Vec<u8> {
        let half =
            |sample: &[u8]| (i32::from_le_bytes(sample.try_into().unwrap()) / 2).to_le_bytes();
        bytes.chunks_exact(4).flat_map(half).collect()
    };
    one.audio = quiet(sine(first, 1_000.0, 12_000));
    two.audio = quiet(sine(second, 3_000.0, 11_025));
    for stream in [&mut one, &mut two] {
        stream.write();
        stream.write();
    }
    let now = Cell::new(FREQUENCY);
    microphone.run(Qpc(FREQUENCY));
    one.run(Qpc(FREQUENCY));
    two.run(Qpc(FREQUENCY));
    drive(&mut [&mut one, &mut two, &mut microphone], &now, FREQUENCY + 200 * MILLISECOND, 0);
    let lag = delay(stereo(first));
    let later = resample::delay(second, first) as usize;
    let wave =
        |frame: f64, hertz: f64| (frame * hertz / 48_000.0 * std::f64::consts::TAU).sin() / 2.0;
    let heard = microphone.audio.chunks_exact(8).skip(lag).enumerate().skip(3 * later);
    let mut worst: f64 = 0.0;
    for (index, frame) in heard {
        let left = f64::from(i32::from_le_bytes(frame[..4].try_into().unwrap())) / 1_073_741_824.0;
        let expected = wave(index as f64, 1_000.0) + wave(index as f64 - later as f64, 3_000.0);
        worst = worst.max((left - expected).abs());
    }
    assert!(decibel(worst) < -80.0, "off by {:.1} dB", decibel(worst));
    assert_eq!(microphone.shared.telemetry().total(Event::WireSilence), 0);
}

/// A speaker that joins a wire with a fraction of its rate keeps all frames that its resampler
/// needs.
#[test]
fn a_fast_speaker_is_heard_on_a_slow_wire() {
    for (slow, fast) in [(8_000, 384_000), (11_025, 176_400), (8_000, 192_000), (8_000, 96_000)] {
        let cable = Cable::new();
        let packet = |rate: u32| rate.div_ceil(100) as usize * 8;
        let mut first = Stream::new(&cable, stereo(slow), true, 2, packet(slow));
        let mut speaker = Stream::new(&cable, stereo(fast), true, 2, packet(fast));
        let mut microphone = Stream::new(&cable, stereo(slow), false, 2, packet(slow));
        speaker.audio = sine(fast, 500.0, fast as usize / 4);
        speaker.write();
        speaker.write();
        let now = Cell::new(FREQUENCY);
        for stream in [&mut microphone, &mut first, &mut speaker] {
            stream.run(Qpc(FREQUENCY));
        }
        let end = FREQUENCY + 200 * MILLISECOND;
        drive(&mut [&mut first, &mut speaker, &mut microphone], &now, end, 0);
        let later = resample::delay(fast, slow) as usize;
        let heard = microphone.audio.chunks_exact(8).skip(delay(stereo(slow))).enumerate();
        let mut worst: f64 = 0.0;
        for (index, frame) in heard.skip(3 * later) {
            let left = f64::from(i32::from_le_bytes(frame[..4].try_into().unwrap()));
            let turns = (index as f64 - later as f64) * 500.0 / f64::from(slow);
            let expected = (turns * std::f64::consts::TAU).sin() / 2.0;
            worst = worst.max((left / 2_147_483_648.0 - expected).abs());
        }
        assert!(decibel(worst) < -80.0, "{fast} to {slow}: off by {:.1} dB", decibel(worst));
    }
}

/// A microphone that was opened first records at any rate that the wire then gets, with its
/// existing memory.
#[test]
fn a_wire_that_gets_another_rate_while_it_is_heard_is_heard_on() {
    for (from, to) in RATES {
        let cable = Cable::new();
        let packet = |rate: u32| rate.div_ceil(100) as usize * 8;
        let mut microphone = Stream::new(&cable, stereo(to), false, 2, packet(to));
        let now = Cell::new(FREQUENCY);
        microphone.run(Qpc(FREQUENCY));
        drive(&mut [&mut microphone], &now, FREQUENCY + 35 * MILLISECOND, 0);
        let mut speaker = Stream::new(&cable, stereo(from), true, 2, packet(from));
        let hertz = f64::from(from.min(to)) / 10.0;
        speaker.audio = sine(from, hertz, from as usize / 4);
        speaker.write();
        speaker.write();
        speaker.run(Qpc(now.get()));
        drive(&mut [&mut speaker, &mut microphone], &now, FREQUENCY + 200 * MILLISECOND, 0);
        let words = microphone.audio.chunks_exact(4);
        let end =
            words.skip(to as usize / 5).map(|word| i32::from_le_bytes(word.try_into().unwrap()));
        let loudest = f64::from(end.max().unwrap()) / 1_073_741_824.0;
        assert!((loudest - 1.0).abs() < 0.03, "{from} -> {to}: {loudest}");
    }
}

/// Frames are numbered at every rate: after a day the delay is unchanged.
#[test]
fn unequal_rates_never_drift() {
    for (from, to) in [(44_100, 48_000), (48_000, 44_100)] {
        let first = through(from, to, &sine(from, 1_000.0, from as usize / 10), 80);
        let cable = Cable::new();
        let day = 86_400 * FREQUENCY + FREQUENCY;
        let mut speaker =
            Stream::new(&cable, stereo(from), true, 2, from.div_ceil(100) as usize * 8);
        let mut microphone =
            Stream::new(&cable, stereo(to), false, 2, to.div_ceil(100) as usize * 8);
        speaker.audio = sine(from, 1_000.0, from as usize / 10);
        speaker.write();
        speaker.write();
        let now = Cell::new(day);
        microphone.run(Qpc(day));
        speaker.run(Qpc(day));
        drive(&mut [&mut speaker, &mut microphone], &now, day + 80 * MILLISECOND, 0);
        let lag = delay(stereo(to)) + resample::delay(from, to) as usize;
        for (index, frame) in microphone.audio.chunks_exact(8).skip(lag).enumerate() {
            let left =
                f64::from(i32::from_le_bytes(frame[..4].try_into().unwrap())) / 1_073_741_824.0;
            // Sums of floats depend on where the ring wraps, by a few of the last bits.
            let off = (left - first[index][0]).abs();
            assert!(off < 1e-6, "{from} -> {to}: frame {index} is off by {off}");
        }
    }
}

/// Of one pair of rates; the tests of the pass band have all.
#[test]
fn a_resampled_frame_is_heard_after_the_published_delay() {
    for (from, to) in [(44_100, 48_000), (48_000, 44_100)] {
        let heard = through(from, to, &sine(from, 1_000.0, from as usize / 4), 100);
        let steady = 3 * resample::delay(from, to) as usize;
        assert!(heard.len() > steady + 1_000);
        for (index, [left, right]) in heard.into_iter().enumerate().skip(steady) {
            let phase = index as f64 * 1_000.0 / f64::from(to) * std::f64::consts::TAU;
            let off = (left - phase.sin()).abs().max((right - phase.cos()).abs());
            assert!(off < 1e-4, "{from} -> {to}: frame {index} is off by {off}");
        }
    }
}

/// The cable's 10 ms, and those of the resampler, in units of 100 ns.
#[test]
fn the_published_delay_is_that_of_cable_and_resampler() {
    for (bus, rate) in [(None, 48_000), (Some(48_000), 48_000), (Some(44_100), 48_000)]
        .into_iter()
        .chain(RATES.map(|(from, to)| (Some(from), to)))
    {
        let wire = WireShared::default();
        let _writer = bus.map(|bus| wire.attach_writer(stereo(bus)).unwrap());
        let frames = bus.map_or(0, |bus| resample::delay(bus, rate));
        let wanted = 100_000 + (frames * 10_000_000).div_ceil(rate.into());
        assert_eq!(capture_delay(stereo(rate), &wire), wanted, "{bus:?} -> {rate}");
    }
}

/// The resampler's words, for the rows of its phases if they fit, and, of a render stream, its
/// newest frames. A driver takes it from memory that is never paged out.
#[test]
fn a_stream_takes_no_more_memory_than_its_resampler_needs() {
    let asked = |rate, bus, is_render: bool| {
        let wire = WireShared::default();
        let _writer = wire.attach_writer(stereo(bus)).unwrap();
        let source = (!is_render).then_some(Source::Cable);
        let mut channel = Channel::<Vec<u8>>::new(stereo(rate), 5_000, source);
        let mut asked = None;
        let memory = |bytes| {
            asked = Some(bytes);
            Ok::<_, vdma::Error>(vec![0; bytes])
        };
        channel.prepare(&wire, memory).unwrap();
        // Once only.
        channel.prepare(&wire, |_| Err(vdma::Error::NotReady)).unwrap();
        asked
    };
    // Without a resampler it may yet need the smallest: 1280 words and 768.
    assert_eq!(asked(48_000, 48_000, false), Some(2_048 * 4));
    assert_eq!(asked(48_000, 48_000, true), None);
    for (from, to, words, frames) in [
        // 160 phases of 128 words, and a bit for each of 1280.
        (44_100, 48_000, 1_280 + 160 * 128 + 40, 1_024),
        (96_000, 48_000, 1_280 + 768, 1_024),
        (192_000, 8_000, 2 * (3_072 + 32) + 3_072 + 40, 4_096),
    ] {
        assert_eq!(asked(to, from, false), Some(words * 4), "recorded at {to} from {from}");
        assert_eq!(asked(from, to, true), Some(words * 4 + frames * 8), "played at {from} to {to}");
    }
}

/// A microphone is at one rate of the wire, then at another.
#[test]
fn a_microphone_follows_its_wire_from_rate_to_rate() {
    let cable = Cable::new();
    let packet = |rate: u32| rate.div_ceil(100) as usize * 8;
    let mut microphone = Stream::new(&cable, stereo(48_000), false, 2, packet(48_000));
    let now = Cell::new(FREQUENCY);
    microphone.run(Qpc(FREQUENCY));
    for rate in [44_100, 32_000, 48_000, 96_000] {
        let mut speaker = Stream::new(&cable, stereo(rate), true, 2, packet(rate));
        speaker.audio = sine(rate, 1_000.0, rate as usize / 2);
        speaker.write();
        speaker.write();
        speaker.run(Qpc(now.get()));
        microphone.audio.clear();
        let end = now.get() + 100 * MILLISECOND;
        drive(&mut [&mut speaker, &mut microphone], &now, end, 0);
        speaker.pause(Qpc(end));
        speaker.channel.release(&cable.shared, &speaker.shared);
        // A wave is 48 frames.
        let words = microphone.audio.chunks_exact(8).skip(1_500);
        let left = words.map(|frame| i32::from_le_bytes(frame[..4].try_into().unwrap()));
        let left: Vec<_> = left.map(|sample| f64::from(sample) / 1_073_741_824.0).collect();
        assert!(left.len() > 2_400);
        assert!(left.iter().any(|value| *value > 0.99));
        for wave in left.windows(49) {
            let off = (wave[48] - wave[0]).abs();
            assert!(off < 1e-4, "{rate}: {off}");
        }
    }
}
