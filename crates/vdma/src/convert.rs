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

/// Loads as many samples as `bytes` and `into` both hold. One loop for each type, so that compilers make vector instructions of them.
pub(crate) fn load_all(sample: SampleType, bytes: &[u8], into: &mut [i32]) {
    let words = bytes.as_chunks::<4>().0;
    match sample {
        SampleType::Int16 => {
            for (value, bytes) in into.iter_mut().zip(bytes.as_chunks::<2>().0) {
                *value = i32::from(i16::from_le_bytes(*bytes)) << 16;
            }
        }
        SampleType::Int24In32 => {
            for (value, word) in into.iter_mut().zip(words) {
                *value = i32::from_le_bytes(*word) & !0xFF;
            }
        }
        SampleType::Int32 => {
            for (value, word) in into.iter_mut().zip(words) {
                *value = i32::from_le_bytes(*word);
            }
        }
        SampleType::Float32 => {
            for (value, word) in into.iter_mut().zip(words) {
                *value = float_to_int(f32::from_le_bytes(*word));
            }
        }
    }
}

/// As [`load_all`], as floats of full scale 1.0, rounded.
pub(crate) fn load_floats(sample: SampleType, bytes: &[u8], into: &mut [f32]) {
    let words = bytes.as_chunks::<4>().0;
    match sample {
        SampleType::Int16 => {
            for (value, bytes) in into.iter_mut().zip(bytes.as_chunks::<2>().0) {
                *value = f32::from(i16::from_le_bytes(*bytes)) * (1.0 / 32_768.0);
            }
        }
        SampleType::Int24In32 => {
            for (value, word) in into.iter_mut().zip(words) {
                *value = int_to_float(i32::from_le_bytes(*word) & !0xFF);
            }
        }
        SampleType::Int32 => {
            for (value, word) in into.iter_mut().zip(words) {
                *value = int_to_float(i32::from_le_bytes(*word));
            }
        }
        SampleType::Float32 => {
            for (value, word) in into.iter_mut().zip(words) {
                *value = f32::from_le_bytes(*word);
            }
        }
    }
}

/// Stores as many samples as `values` and `bytes` both hold, cut to the type's width.
pub(crate) fn store_all(sample: SampleType, values: &[i32], bytes: &mut [u8]) {
    if sample == SampleType::Int16 {
        for (value, place) in values.iter().zip(bytes.as_chunks_mut::<2>().0) {
            let [_, _, low, high] = value.to_le_bytes();
            *place = [low, high];
        }
        return;
    }
    let words = values.iter().zip(bytes.as_chunks_mut::<4>().0);
    match sample {
        SampleType::Float32 => {
            words.for_each(|(value, place)| *place = int_to_float(*value).to_le_bytes());
        }
        SampleType::Int24In32 => {
            words.for_each(|(value, place)| *place = (value & !0xFF).to_le_bytes());
        }
        _ => words.for_each(|(value, place)| *place = value.to_le_bytes()),
    }
}

/// Adds samples to those in `bytes`, with saturation. Float adds as float: it has room beyond full scale.
pub(crate) fn mix_all(sample: SampleType, values: &[i32], bytes: &mut [u8]) {
    match sample {
        SampleType::Int16 => {
            for (value, place) in values.iter().zip(bytes.as_chunks_mut::<2>().0) {
                let there = i32::from(i16::from_le_bytes(*place)) << 16;
                let [_, _, low, high] = there.saturating_add(*value).to_le_bytes();
                *place = [low, high];
            }
        }
        SampleType::Int24In32 => {
            for (value, place) in values.iter().zip(bytes.as_chunks_mut::<4>().0) {
                let there = i32::from_le_bytes(*place) & !0xFF;
                *place = (there.saturating_add(*value) & !0xFF).to_le_bytes();
            }
        }
        SampleType::Int32 => {
            for (value, place) in values.iter().zip(bytes.as_chunks_mut::<4>().0) {
                *place = i32::from_le_bytes(*place).saturating_add(*value).to_le_bytes();
            }
        }
        SampleType::Float32 => {
            for (value, place) in values.iter().zip(bytes.as_chunks_mut::<4>().0) {
                *place = (f32::from_le_bytes(*place) + int_to_float(*value)).to_le_bytes();
            }
        }
    }
}

/// Adds the samples of one format to others of the same, with saturation: what [`load_all`] and [`mix_all`] do, without the way through
/// the common ground. Float adds as float.
pub(crate) fn add_all(sample: SampleType, from: &[u8], to: &mut [u8]) {
    if sample == SampleType::Int16 {
        for (value, place) in from.as_chunks::<2>().0.iter().zip(to.as_chunks_mut::<2>().0) {
            let sum = i16::from_le_bytes(*place).saturating_add(i16::from_le_bytes(*value));
            *place = sum.to_le_bytes();
        }
        return;
    }
    let words = from.as_chunks::<4>().0.iter().zip(to.as_chunks_mut::<4>().0);
    match sample {
        SampleType::Float32 => words.for_each(|(value, place)| {
            *place = (f32::from_le_bytes(*place) + f32::from_le_bytes(*value)).to_le_bytes();
        }),
        SampleType::Int24In32 => words.for_each(|(value, place)| {
            let (there, value) = (i32::from_le_bytes(*place), i32::from_le_bytes(*value));
            *place = ((there & !0xFF).saturating_add(value & !0xFF) & !0xFF).to_le_bytes();
        }),
        _ => words.for_each(|(value, place)| {
            let (there, value) = (i32::from_le_bytes(*place), i32::from_le_bytes(*value));
            *place = there.saturating_add(value).to_le_bytes();
        }),
    }
}

/// The frame at the start of `bytes`; channels beyond the format's are silent.
pub(crate) fn load_frame(format: Format, bytes: &[u8]) -> Frame {
    let mut frame = Frame::default();
    if let Some(channels) = frame.get_mut(..format.channels()) {
        load_all(format.sample(), bytes, channels);
    }
    frame
}

/// Maps whole frames of `from` channels to frames of `to` channels, as the module says: as many as `into` holds.
pub(crate) fn map_all(values: &[i32], from: usize, into: &mut [i32], to: usize) {
    for (source, target) in values.chunks_exact(from.max(1)).zip(into.chunks_exact_mut(to.max(1))) {
        match (source, &mut *target) {
            ([one], [first, second, rest @ ..]) => {
                (*first, *second) = (*one, *one);
                rest.fill(0);
            }
            ([first, second, ..], [one]) => *one = first.midpoint(*second),
            _ => {
                target.fill(0);
                for (value, place) in source.iter().zip(target) {
                    *place = *value;
                }
            }
        }
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const TYPES: [SampleType; 4] =
        [SampleType::Int16, SampleType::Int24In32, SampleType::Int32, SampleType::Float32];

    fn load(sample: SampleType, bytes: &[u8]) -> i32 {
        let mut value = [0];
        load_all(sample, bytes, &mut value);
        value[0]
    }

    proptest! {
        #[test]
        fn integers_survive_the_common_ground(value in any::<i32>()) {
            for (sample, kept) in [
                (SampleType::Int16, value & !0xFFFF),
                (SampleType::Int24In32, value & !0xFF),
                (SampleType::Int32, value),
            ] {
                let mut bytes = [0; 4];
                store_all(sample, &[value], &mut bytes);
                prop_assert_eq!(load(sample, &bytes), kept);
            }
        }

        #[test]
        fn sixteen_bit_survives_a_trip_through_float(value in any::<i16>()) {
            let mut bytes = [0; 4];
            store_all(SampleType::Float32, &[i32::from(value) << 16], &mut bytes);
            prop_assert_eq!(load(SampleType::Float32, &bytes), i32::from(value) << 16);
        }

        #[test]
        fn mixing_saturates_and_never_wraps(first in any::<i16>(), second in any::<i16>()) {
            let mut bytes = first.to_le_bytes();
            mix_all(SampleType::Int16, &[i32::from(second) << 16], &mut bytes);
            prop_assert_eq!(i16::from_le_bytes(bytes), first.saturating_add(second));
        }

        /// The short way of adding equal formats is the long way.
        #[test]
        fn adding_is_loading_and_mixing(
            from in proptest::collection::vec(any::<i32>(), 17), to in proptest::collection::vec(any::<i32>(), 17)
        ) {
            for sample in TYPES {
                let mut source = vec![0; 17 * sample.bytes()];
                let mut target = source.clone();
                store_all(sample, &from, &mut source);
                store_all(sample, &to, &mut target);
                let mut mixed = target.clone();
                add_all(sample, &source, &mut target);
                let mut values = vec![0; 17];
                load_all(sample, &source, &mut values);
                mix_all(sample, &values, &mut mixed);
                prop_assert_eq!(&target, &mixed, "{:?}", sample);
            }
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
        let map = |values: &[i32], from, to| {
            let mut into = vec![-1; values.len() / from * to];
            map_all(values, from, &mut into, to);
            into
        };
        assert_eq!(map(&[10, 20, 30, 40], 4, 4), [10, 20, 30, 40]);
        assert_eq!(map(&[10, 20, 1, 2], 2, 1), [15, 1]);
        assert_eq!(map(&[7, 8], 1, 3), [7, 7, 0, 8, 8, 0]);
        assert_eq!(map(&[1, 2, 3, 4], 4, 2), [1, 2]);
        assert_eq!(map(&[1, 2], 2, 4), [1, 2, 0, 0]);
    }
}
