//! Sample types and channel counts, for when two formats differ, and the arithmetic of mixing.
//!
//! The common ground is a left-justified 32-bit integer: 16 and 24 bit go there and back exactly; float is scaled by 2^31, rounded
//! toward zero and clipped at full scale. Channels map by order: equal counts one to one; mono feeds the first two; many to one take the
//! mean of the first two; otherwise the common channels are kept and the rest is silent.

use crate::format::{Format, MAX_CHANNELS, SampleType};

/// One frame, left-justified.
pub type Frame = [i32; MAX_CHANNELS];

const FULL_SCALE: f32 = 2_147_483_648.0;

/// Float of full scale 1.0 to left-justified integer; clips, and NaN is silence.
#[expect(clippy::as_conversions, reason = "the saturating cast is the conversion that is wanted")]
pub(crate) fn float_to_int(value: f32) -> i32 {
    (value * FULL_SCALE) as i32
}

#[expect(clippy::as_conversions, reason = "the rounding cast is the conversion that is wanted")]
pub(crate) fn int_to_float(value: i32) -> f32 {
    value as f32 * (1.0 / FULL_SCALE)
}

/// The sample at the start of `bytes`.
pub(crate) fn load(sample: SampleType, bytes: &[u8]) -> i32 {
    match sample {
        SampleType::Int16 => match bytes {
            [low, high, ..] => i32::from(i16::from_le_bytes([*low, *high])) << 16,
            _ => 0,
        },
        SampleType::Int24In32 => word(bytes) & !0xFF,
        SampleType::Int32 => word(bytes),
        SampleType::Float32 => float_to_int(f32::from_bits(word(bytes).cast_unsigned())),
    }
}

/// Writes a sample to the start of `bytes`, cut to the type's width.
pub(crate) fn store(sample: SampleType, value: i32, bytes: &mut [u8]) {
    let word = match sample {
        SampleType::Int16 => {
            if let [_, _, low, high] = value.to_le_bytes()
                && let [first, second, ..] = bytes
            {
                *first = low;
                *second = high;
            }
            return;
        }
        SampleType::Int24In32 => value & !0xFF,
        SampleType::Int32 => value,
        SampleType::Float32 => int_to_float(value).to_bits().cast_signed(),
    };
    if let Some(place) = bytes.first_chunk_mut::<4>() {
        *place = word.to_le_bytes();
    }
}

fn word(bytes: &[u8]) -> i32 {
    bytes.first_chunk::<4>().map_or(0, |word| i32::from_le_bytes(*word))
}

/// The frame at the start of `bytes`; channels beyond the format's are silent.
pub(crate) fn load_frame(format: Format, bytes: &[u8]) -> Frame {
    let mut frame = Frame::default();
    let samples = bytes.chunks_exact(format.sample().bytes());
    for (value, sample) in frame.iter_mut().zip(samples).take(format.channels()) {
        *value = load(format.sample(), sample);
    }
    frame
}

/// Writes a frame to the start of `bytes`.
pub(crate) fn store_frame(format: Format, frame: &Frame, bytes: &mut [u8]) {
    let samples = bytes.chunks_exact_mut(format.sample().bytes());
    for (value, sample) in frame.iter().zip(samples).take(format.channels()) {
        store(format.sample(), *value, sample);
    }
}

/// Maps channels from a count to another, as the module says.
pub(crate) fn map_channels(frame: Frame, from: usize, to: usize) -> Frame {
    let [first, second, ..] = frame;
    match (from, to) {
        (1, 2..) => [first, first, 0, 0, 0, 0, 0, 0],
        (2.., 1) => [first.midpoint(second), 0, 0, 0, 0, 0, 0, 0],
        // Channels past the source's are silent already, those past the target's are not stored.
        _ => frame,
    }
}

/// Adds `frame` to the frame at the start of `bytes`, with saturation. Float adds as float: it has room beyond full scale.
pub(crate) fn mix_frame(format: Format, frame: &Frame, bytes: &mut [u8]) {
    let samples = bytes.chunks_exact_mut(format.sample().bytes());
    for (value, sample) in frame.iter().zip(samples).take(format.channels()) {
        if format.sample() == SampleType::Float32 {
            let there = f32::from_bits(word(sample).cast_unsigned());
            let sum = (there + int_to_float(*value)).to_bits();
            if let Some(place) = sample.first_chunk_mut::<4>() {
                *place = sum.to_le_bytes();
            }
        } else {
            let sum = load(format.sample(), sample).saturating_add(*value);
            store(format.sample(), sum, sample);
        }
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn integers_survive_the_common_ground(value in any::<i32>()) {
            for (sample, kept) in [
                (SampleType::Int16, value & !0xFFFF),
                (SampleType::Int24In32, value & !0xFF),
                (SampleType::Int32, value),
            ] {
                let mut bytes = [0; 4];
                store(sample, value, &mut bytes);
                prop_assert_eq!(load(sample, &bytes), kept);
            }
        }

        #[test]
        fn sixteen_bit_survives_a_trip_through_float(value in any::<i16>()) {
            let mut bytes = [0; 4];
            store(SampleType::Float32, i32::from(value) << 16, &mut bytes);
            prop_assert_eq!(load(SampleType::Float32, &bytes), i32::from(value) << 16);
        }

        #[test]
        fn mixing_saturates_and_never_wraps(first in any::<i16>(), second in any::<i16>()) {
            let format = Format::new(SampleType::Int16, 1, 0, 48_000).unwrap();
            let mut bytes = first.to_le_bytes();
            let mut frame = Frame::default();
            frame[0] = i32::from(second) << 16;
            mix_frame(format, &frame, &mut bytes);
            prop_assert_eq!(i16::from_le_bytes(bytes), first.saturating_add(second));
        }
    }

    #[test]
    fn float_beyond_full_scale_clips_and_nan_is_silence() {
        assert_eq!(float_to_int(1.5), i32::MAX);
        assert_eq!(float_to_int(-1.5), i32::MIN);
        assert_eq!(float_to_int(f32::NAN), 0);
    }

    #[test]
    fn channels_map_by_order() {
        let frame = [10, 20, 30, 40, 0, 0, 0, 0];
        assert_eq!(map_channels(frame, 4, 4), frame);
        assert_eq!(map_channels(frame, 2, 1)[0], 15);
        assert_eq!(map_channels([7, 0, 0, 0, 0, 0, 0, 0], 1, 6)[..3], [7, 7, 0]);
    }
}
