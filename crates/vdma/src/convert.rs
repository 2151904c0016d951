//! Conversion of sample types between formats, and the arithmetic of mixing.
//!
//! Integers are converted to wider integers exactly and to narrower ones with rounding. Float has
//! full scale 1.0: integers are converted to it exactly (32 bits rounded to the 24 of a float), and
//! back with rounding to the nearest, clipped at full scale. Each pair of types has its own loop,
//! in a form that compilers vectorize. `mix` handles channel counts.

use crate::format::SampleType;
use crate::size;

const FULL_SCALE: f32 = 2_147_483_648.0;

/// 1.5 * 2^23. Added to a float within 2^22 of zero, it leaves the nearest integer in the low bits:
/// rounding in one instruction, while a cast needs several on processors without a rounding
/// instruction.
pub(crate) const ROUNDING: f32 = 12_582_912.0;

/// NaN is silence.
fn number(value: f32) -> f32 {
    if value.is_nan() { 0.0 } else { value }
}

/// Not `clamp`, which must preserve NaN: this takes two instructions.
fn between(value: f32, low: f32, high: f32) -> f32 {
    let value = if value > low { value } else { low };
    if value < high { value } else { high }
}

/// Float of full scale 1.0 to left-justified integer; rounds, clips, and NaN is silence.
pub(crate) fn float_to_int(value: f32) -> i32 {
    const HIGH: f32 = 65_536.0;
    // The greatest float below full scale.
    let scaled = between(number(value) * FULL_SCALE, -FULL_SCALE, 2_147_483_520.0);
    // In two halves, because the rounding constant has 22 bits.
    let high = scaled * (1.0 / HIGH) + ROUNDING;
    let low = (scaled - (high - ROUNDING) * HIGH) + ROUNDING;
    let low = low.to_bits().wrapping_sub(ROUNDING.to_bits());
    let whole = (high.to_bits() << 16).wrapping_add(low).cast_signed();
    if value >= 1.0 { i32::MAX } else { whole }
}

#[expect(clippy::as_conversions, reason = "the rounding cast is the conversion that is wanted")]
pub(crate) fn int_to_float(value: i32) -> f32 {
    value as f32 * (1.0 / FULL_SCALE)
}

/// The nearest 16-bit integer of a float within 32,768 of zero.
pub(crate) fn nearest_16(value: f32) -> [u8; 2] {
    let [low, high, ..] = (value + ROUNDING).to_bits().to_le_bytes();
    [low, high]
}

fn float_to_16(value: f32) -> [u8; 2] {
    nearest_16(between(number(value) * 32_768.0, -32_768.0, 32_767.0))
}

/// 16 bits, left-justified.
fn int_16(bytes: [u8; 2]) -> i32 {
    i32::from(i16::from_le_bytes(bytes)) << 16
}

/// 24 bits, left-justified: the low eight bits do not belong to the sample.
fn int_24(bytes: [u8; 4]) -> i32 {
    i32::from_le_bytes(bytes) & !0xFF
}

/// Rounded to 16 bits. Adding before the last place is shifted out cannot overflow.
fn to_16(value: i32) -> [u8; 2] {
    let rounded = (value >> 15).wrapping_add(1) >> 1;
    let [low, high, ..] = rounded.min(0x7FFF).to_le_bytes();
    [low, high]
}

/// Rounded to 24 bits.
fn to_24(value: i32) -> [u8; 4] {
    let rounded = (value >> 7).wrapping_add(1) >> 1;
    (rounded.min(0x7F_FFFF) << 8).to_le_bytes()
}

fn each<const FROM: usize, const TO: usize>(
    from: &[u8],
    to: &mut [u8],
    convert: impl Fn([u8; FROM]) -> [u8; TO],
) {
    let from = from.as_chunks::<FROM>().0;
    for (bytes, place) in from.iter().zip(to.as_chunks_mut::<TO>().0) {
        *place = convert(*bytes);
    }
}

fn load<const FROM: usize, T>(from: &[u8], to: &mut [T], convert: impl Fn([u8; FROM]) -> T) {
    for (bytes, place) in from.as_chunks::<FROM>().0.iter().zip(to) {
        *place = convert(*bytes);
    }
}

fn store<T: Copy, const TO: usize>(from: &[T], to: &mut [u8], convert: impl Fn(T) -> [u8; TO]) {
    for (value, place) in from.iter().zip(to.as_chunks_mut::<TO>().0) {
        *place = convert(*value);
    }
}

/// Four contiguous samples of 24 bits, left-justified in 32. By words: three loads, not twelve.
fn four_of_24(bytes: [u8; 12]) -> [u8; 16] {
    let [first, second, third] = words(&bytes);
    let samples = [first << 8, first >> 16 | second << 16, second >> 8 | third << 24, third];
    bytes_of(samples.map(|sample| sample & !0xFF))
}

/// The reverse: the upper 24 bits of left-justified samples.
fn twelve_of(bytes: [u8; 16]) -> [u8; 12] {
    let [first, second, third, fourth] = words::<4>(&bytes).map(|sample| sample >> 8);
    bytes_of([first | second << 24, second >> 8 | third << 16, third >> 16 | fourth << 8])
}

fn words<const COUNT: usize>(bytes: &[u8]) -> [u32; COUNT] {
    let mut words = [0; COUNT];
    for (word, bytes) in words.iter_mut().zip(bytes.as_chunks().0) {
        *word = u32::from_le_bytes(*bytes);
    }
    words
}

fn bytes_of<const WORDS: usize, const BYTES: usize>(words: [u32; WORDS]) -> [u8; BYTES] {
    let mut bytes = [0; BYTES];
    for (bytes, word) in bytes.as_chunks_mut().0.iter_mut().zip(words) {
        *bytes = word.to_le_bytes();
    }
    bytes
}

/// The number of three-byte samples that are processed as 32 bits at a time, by the loops of
/// [`Int24In32`](SampleType::Int24In32).
const PACKED: usize = 64;

/// Their sizes in bytes, three bytes each and four.
const PACKED_BYTES: usize = PACKED * 3;
pub(crate) const UNPACKED_BYTES: usize = PACKED * 4;

/// Widens as many samples as both hold to four bytes, left-justified.
#[inline(never)]
pub(crate) fn unpack(packed: &[u8], unpacked: &mut [u8]) {
    let count = (packed.len() / 3).min(unpacked.len() / 4);
    // Groups of four, and the rest.
    let fours = count / 4;
    let (packed, rest) = packed.split_at_checked(fours.wrapping_mul(12)).unwrap_or_default();
    let halves = unpacked.split_at_mut_checked(fours.wrapping_mul(16));
    let (unpacked, places) = halves.unwrap_or_default();
    each(packed, unpacked, four_of_24);
    each(rest, places, |[low, middle, high]| [0, low, middle, high]);
}

/// Narrows as many left-justified samples as both hold to three bytes: their upper bits, unchanged.
#[inline(never)]
pub(crate) fn pack(unpacked: &[u8], packed: &mut [u8]) {
    let count = (packed.len() / 3).min(unpacked.len() / 4);
    let fours = count / 4;
    let (unpacked, rest) = unpacked.split_at_checked(fours.wrapping_mul(16)).unwrap_or_default();
    let halves = packed.split_at_mut_checked(fours.wrapping_mul(12));
    let (packed, places) = halves.unwrap_or_default();
    each(unpacked, packed, twelve_of);
    each(rest, places, |[_, low, middle, high]| [low, middle, high]);
}

/// Passes on three-byte samples as four-byte ones in blocks, with the number of samples before each
/// block.
pub(crate) fn unpacked(packed: &[u8], mut use_words: impl FnMut(usize, &[u8])) {
    let mut words = [0; UNPACKED_BYTES];
    for (number, packed) in packed.chunks(PACKED_BYTES).enumerate() {
        unpack(packed, &mut words);
        let words = words.get(..(packed.len() / 3).wrapping_mul(4)).unwrap_or_default();
        use_words(number.wrapping_mul(PACKED), words);
    }
}

/// Stores four-byte samples from `make` as three bytes, in blocks. `make` gets the number of
/// samples before the block, fills at most the block, and returns the number filled.
fn packed(packed: &mut [u8], mut make: impl FnMut(usize, &mut [u8]) -> usize) {
    let mut words = [0; UNPACKED_BYTES];
    for (number, packed) in packed.chunks_mut(PACKED_BYTES).enumerate() {
        let count = make(number.wrapping_mul(PACKED), &mut words);
        pack(words.get(..count.wrapping_mul(4)).unwrap_or_default(), packed);
    }
}

/// The block of `values` that is processed at a time, after `before` values.
fn some<T>(values: &[T], before: usize) -> &[T] {
    let values = values.get(before..).unwrap_or_default();
    values.get(..PACKED).unwrap_or(values)
}

/// Converts samples of three bytes to another type.
#[inline(never)]
fn convert_from_packed(to: SampleType, source: &[u8], target: &mut [u8]) {
    unpacked(source, |before, words| {
        let begin = before.wrapping_mul(to.bytes());
        let target = target.get_mut(begin..).unwrap_or_default();
        convert(SampleType::Int24In32, to, words, target);
    });
}

/// Converts samples of another type to three bytes.
#[inline(never)]
fn convert_to_packed(from: SampleType, source: &[u8], target: &mut [u8]) {
    packed(target, |before, words| {
        let source = source.get(before.wrapping_mul(from.bytes())..).unwrap_or_default();
        convert(from, SampleType::Int24In32, source, words);
        PACKED.min(source.len() / size(from.bytes()))
    });
}

/// Converts as many samples as both hold.
#[inline(never)]
pub(crate) fn convert(from: SampleType, to: SampleType, source: &[u8], target: &mut [u8]) {
    use SampleType::{Float32, Int16, Int24, Int24In32, Int32};
    let float = |value: i32| int_to_float(value).to_le_bytes();
    let number = f32::from_le_bytes;
    match (from, to) {
        (Int16, Int16) => each::<2, 2>(source, target, |bytes| bytes),
        (Int16, Int24In32 | Int32) => each(source, target, |bytes| int_16(bytes).to_le_bytes()),
        (Int16, Float32) => each(source, target, |bytes| float(int_16(bytes))),
        (Int24In32, Int16) => each(source, target, |bytes| to_16(int_24(bytes))),
        (Int24In32, Int24In32 | Int32) => {
            each(source, target, |bytes| int_24(bytes).to_le_bytes());
        }
        (Int24In32, Float32) => each(source, target, |bytes| float(int_24(bytes))),
        (Int32, Int16) => each(source, target, |bytes| to_16(i32::from_le_bytes(bytes))),
        (Int32, Int24In32) => each(source, target, |bytes| to_24(i32::from_le_bytes(bytes))),
        (Int32, Float32) => each(source, target, |bytes| float(i32::from_le_bytes(bytes))),
        (Int32, Int32) | (Float32, Float32) => each::<4, 4>(source, target, |bytes| bytes),
        (Float32, Int16) => each(source, target, |bytes| float_to_16(number(bytes))),
        (Float32, Int24In32) => {
            each(source, target, |bytes| to_24(float_to_int(number(bytes))));
        }
        (Float32, Int32) => {
            each(source, target, |bytes| float_to_int(number(bytes)).to_le_bytes());
        }
        (Int24, Int24) => each::<1, 1>(source, target, |bytes| bytes),
        (Int24, _) => convert_from_packed(to, source, target),
        (_, Int24) => convert_to_packed(from, source, target),
    }
}

/// [`load_all`] for three-byte samples.
#[inline(never)]
fn load_packed(bytes: &[u8], into: &mut [i32]) {
    unpacked(bytes, |before, words| {
        let into = into.get_mut(before..).unwrap_or_default();
        load_all(SampleType::Int24In32, words, into);
    });
}

/// [`load_floats`] for three-byte samples.
#[inline(never)]
fn load_packed_floats(bytes: &[u8], into: &mut [f32]) {
    unpacked(bytes, |before, words| {
        let into = into.get_mut(before..).unwrap_or_default();
        load_floats(SampleType::Int24In32, words, into);
    });
}

/// [`store_all`] for three-byte samples.
#[inline(never)]
fn store_packed(values: &[i32], bytes: &mut [u8]) {
    packed(bytes, |before, words| {
        let values = some(values, before);
        store_all(SampleType::Int24In32, values, words);
        values.len()
    });
}

/// [`store_floats`] for three-byte samples.
#[inline(never)]
fn store_packed_floats(values: &[f32], bytes: &mut [u8]) {
    packed(bytes, |before, words| {
        let values = some(values, before);
        store_floats(SampleType::Int24In32, values, words);
        values.len()
    });
}

/// Loads as many samples as both hold, left-justified.
#[inline(never)]
pub(crate) fn load_all(sample: SampleType, bytes: &[u8], into: &mut [i32]) {
    match sample {
        SampleType::Int16 => load(bytes, into, int_16),
        SampleType::Int24In32 => load(bytes, into, int_24),
        SampleType::Int32 => load(bytes, into, i32::from_le_bytes),
        SampleType::Float32 => {
            load(bytes, into, |bytes| float_to_int(f32::from_le_bytes(bytes)));
        }
        SampleType::Int24 => load_packed(bytes, into),
    }
}

/// Like [`load_all`], as floats of full scale 1.0.
pub(crate) fn load_floats(sample: SampleType, bytes: &[u8], into: &mut [f32]) {
    match sample {
        SampleType::Int16 => load(bytes, into, |bytes| int_to_float(int_16(bytes))),
        SampleType::Int24In32 => load(bytes, into, |bytes| int_to_float(int_24(bytes))),
        SampleType::Int32 => load(bytes, into, |bytes| int_to_float(i32::from_le_bytes(bytes))),
        SampleType::Float32 => load(bytes, into, f32::from_le_bytes),
        SampleType::Int24 => load_packed_floats(bytes, into),
    }
}

/// Stores as many samples as both hold.
#[inline(never)]
pub(crate) fn store_all(sample: SampleType, values: &[i32], bytes: &mut [u8]) {
    match sample {
        SampleType::Int16 => store(values, bytes, to_16),
        SampleType::Int24In32 => store(values, bytes, to_24),
        SampleType::Int32 => store(values, bytes, i32::to_le_bytes),
        SampleType::Float32 => store(values, bytes, |value| int_to_float(value).to_le_bytes()),
        SampleType::Int24 => store_packed(values, bytes),
    }
}

/// Like [`store_all`], for floats.
#[inline(never)]
pub(crate) fn store_floats(sample: SampleType, values: &[f32], bytes: &mut [u8]) {
    match sample {
        SampleType::Int16 => store(values, bytes, float_to_16),
        SampleType::Int24In32 => store(values, bytes, |value| to_24(float_to_int(value))),
        SampleType::Int32 => store(values, bytes, |value| float_to_int(value).to_le_bytes()),
        SampleType::Float32 => store(values, bytes, f32::to_le_bytes),
        SampleType::Int24 => store_packed_floats(values, bytes),
    }
}

/// Adds samples to others of the same type, with saturation. Floats are not saturated: they have
/// headroom beyond full scale.
#[inline(never)]
pub(crate) fn add_all(sample: SampleType, from: &[u8], to: &mut [u8]) {
    if sample == SampleType::Int16 {
        for (value, place) in from.as_chunks::<2>().0.iter().zip(to.as_chunks_mut::<2>().0) {
            let sum = i16::from_le_bytes(*place).saturating_add(i16::from_le_bytes(*value));
            *place = sum.to_le_bytes();
        }
        return;
    }
    if sample == SampleType::Int24 {
        return add_packed(from, to);
    }
    let words = from.as_chunks::<4>().0.iter().zip(to.as_chunks_mut::<4>().0);
    match sample {
        SampleType::Float32 => words.for_each(|(value, place)| {
            *place = (f32::from_le_bytes(*place) + f32::from_le_bytes(*value)).to_le_bytes();
        }),
        SampleType::Int24In32 => words.for_each(|(value, place)| {
            *place = (int_24(*place).saturating_add(int_24(*value)) & !0xFF).to_le_bytes();
        }),
        _ => words.for_each(|(value, place)| {
            let (there, value) = (i32::from_le_bytes(*place), i32::from_le_bytes(*value));
            *place = there.saturating_add(value).to_le_bytes();
        }),
    }
}

/// [`add_all`] for three-byte samples: as 32 bits, where a sum saturates in the same way.
#[inline(never)]
fn add_packed(from: &[u8], to: &mut [u8]) {
    let mut sums = [0; UNPACKED_BYTES];
    unpacked(from, |before, words| {
        let Some(there) = to.get_mut(before.wrapping_mul(3)..) else { return };
        unpack(there, &mut sums);
        add_all(SampleType::Int24In32, words, &mut sums);
        pack(sums.get(..words.len()).unwrap_or_default(), there);
    });
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const TYPES: [SampleType; 5] = SampleType::ALL;

    /// The exact value of a sample, with full scale 1.0.
    fn value(sample: SampleType, bytes: &[u8]) -> f64 {
        let word = |bytes: &[u8]| i32::from_le_bytes(bytes.try_into().unwrap());
        match sample {
            SampleType::Int16 => {
                f64::from(i16::from_le_bytes(bytes.try_into().unwrap())) / 32_768.0
            }
            SampleType::Int24In32 => f64::from(word(bytes) >> 8) / 8_388_608.0,
            SampleType::Int24 => {
                f64::from(word(&[0, bytes[0], bytes[1], bytes[2]]) >> 8) / 8_388_608.0
            }
            SampleType::Int32 => f64::from(word(bytes)) / 2_147_483_648.0,
            SampleType::Float32 => f64::from(f32::from_le_bytes(bytes.try_into().unwrap())),
        }
    }

    /// The distance between neighbouring values near `value`.
    fn step(sample: SampleType, value: f64) -> f64 {
        match sample {
            SampleType::Int16 => 1.0 / 32_768.0,
            SampleType::Int24In32 | SampleType::Int24 => 1.0 / 8_388_608.0,
            SampleType::Int32 => 1.0 / 2_147_483_648.0,
            SampleType::Float32 => (value.abs() * 2f64.powi(-23)).max(2f64.powi(-40)),
        }
    }

    proptest! {
        /// Every pair of types: the nearest sample of the other type, or its limit.
        #[test]
        fn a_sample_becomes_the_nearest_of_the_other_type(
            values in proptest::collection::vec(any::<i32>(), 1..40), louder in any::<bool>()
        ) {
            for from in TYPES {
                let mut source = vec![0; values.len() * from.bytes()];
                store_all(from, &values, &mut source);
                if louder && from == SampleType::Float32 {
                    for place in source.as_chunks_mut::<4>().0 {
                        *place = (f32::from_le_bytes(*place) * 3.0).to_le_bytes();
                    }
                }
                for to in TYPES {
                    let mut target = vec![0; values.len() * to.bytes()];
                    convert(from, to, &source, &mut target);
                    for (source, target) in
                        source.chunks(from.bytes()).zip(target.chunks(to.bytes()))
                    {
                        let (value, found) = (value(from, source), value(to, target));
                        let top = 1.0 - step(to, 1.0);
                        let wanted = if to == SampleType::Float32 { value } else { value.clamp(-1.0, top) };
                        prop_assert!(
                            (found - wanted).abs() <= step(to, value) / 2.0,
                            "{:?} to {:?}: {} became {}", from, to, value, found
                        );
                    }
                }
            }
        }

        #[test]
        fn loading_and_storing_is_converting(values in proptest::collection::vec(any::<i32>(), 40)) {
            for from in TYPES {
                let mut source = vec![0; 40 * from.bytes()];
                store_all(from, &values, &mut source);
                for to in TYPES {
                    let (mut direct, mut floats) = (vec![0; 40 * to.bytes()], vec![0.0; 40]);
                    let mut stored = direct.clone();
                    convert(from, to, &source, &mut direct);
                    if from == SampleType::Float32 || to == SampleType::Float32 {
                        load_floats(from, &source, &mut floats);
                        store_floats(to, &floats, &mut stored);
                    } else {
                        let mut ints = vec![0; 40];
                        load_all(from, &source, &mut ints);
                        store_all(to, &ints, &mut stored);
                    }
                    prop_assert_eq!(&direct, &stored, "{:?} to {:?}", from, to);
                }
            }
        }

        #[test]
        fn sixteen_and_24_bits_survive_a_trip_through_float(word in any::<i32>()) {
            for sample in [SampleType::Int16, SampleType::Int24In32, SampleType::Int24] {
                let mut bytes = vec![0; sample.bytes()];
                store_all(sample, &[word], &mut bytes);
                let (mut float, mut back) = ([0; 4], bytes.clone());
                convert(sample, SampleType::Float32, &bytes, &mut float);
                convert(SampleType::Float32, sample, &float, &mut back);
                prop_assert_eq!(bytes, back);
            }
        }

        #[test]
        fn adding_saturates_and_never_wraps(first in any::<i32>(), second in any::<i32>()) {
            for sample in TYPES {
                let (mut one, mut other) = (vec![0; sample.bytes()], vec![0; sample.bytes()]);
                store_all(sample, &[first], &mut one);
                store_all(sample, &[second], &mut other);
                let sum = value(sample, &one) + value(sample, &other);
                add_all(sample, &one, &mut other);
                let found = value(sample, &other);
                let wanted = match sample {
                    SampleType::Float32 => sum,
                    _ => sum.clamp(-1.0, 1.0 - step(sample, 1.0)),
                };
                // Integers exactly.
                let off = if sample == SampleType::Float32 { step(sample, 1.0) } else { 0.0 };
                prop_assert!((found - wanted).abs() <= off,
                    "{:?}: {} for {}", sample, found, sum);
            }
        }
    }

    /// Groups of four and the rest, with either side shorter.
    #[test]
    fn three_bytes_a_sample_go_where_they_belong() {
        let bytes: Vec<u8> = (1..=120).collect();
        for (count, room) in (0..40).flat_map(|count| (0..40).map(move |room| (count, room))) {
            let mut words = [7; 160];
            unpack(&bytes[..count * 3], &mut words[..room * 4]);
            let moved = count.min(room);
            for (index, word) in words.chunks(4).enumerate() {
                let three = &bytes[index * 3..index * 3 + 3];
                let wanted = [0, three[0], three[1], three[2]];
                assert_eq!(*word, if index < moved { wanted } else { [7; 4] }, "{count} {room}");
            }
            let mut stored = [9; 120];
            unpack(&bytes, &mut words);
            pack(&words[..count * 4], &mut stored[..room * 3]);
            let (there, behind) = stored.split_at(moved * 3);
            assert!(there == &bytes[..moved * 3] && behind.iter().all(|byte| *byte == 9));
        }
    }

    /// More than one block, and unequal lengths: exactly as many as both hold.
    #[test]
    fn many_samples_of_three_bytes_are_converted_as_few_are() {
        for (count, room) in [(64, 64), (150, 150), (150, 70), (70, 150), (129, 128)] {
            let values: Vec<i32> =
                (0..count).map(|n: i32| n.wrapping_mul(123_456_789) & !0xFF).collect();
            let room = usize::try_from(room).unwrap();
            for to in TYPES {
                let (mut packed, mut wanted) =
                    (vec![0; values.len() * 3], vec![9; room * to.bytes()]);
                let mut found = wanted.clone();
                store_all(SampleType::Int24, &values, &mut packed);
                convert(SampleType::Int24, to, &packed, &mut found);
                store_all(to, &values, &mut wanted);
                assert_eq!(found, wanted, "{to:?}: {count} to {room}");
                let (mut back, mut source) =
                    (vec![9; room * 3], vec![0; values.len() * to.bytes()]);
                let mut before = back.clone();
                store_all(to, &values, &mut source);
                convert(to, SampleType::Int24, &source, &mut back);
                let mut kept = vec![0; values.len()];
                load_all(to, &source, &mut kept);
                store_all(SampleType::Int24, &kept, &mut before);
                assert_eq!(back, before, "{to:?}: {count} to {room}");
                if to == SampleType::Int24 {
                    let mut sum = vec![0; room * 3];
                    add_all(to, &packed, &mut sum);
                    add_all(to, &packed, &mut sum);
                    let doubled: Vec<i32> =
                        values.iter().map(|value| value.saturating_add(*value)).collect();
                    let mut wanted = vec![0; room * 3];
                    store_all(to, &doubled, &mut wanted);
                    // Rounding exceeds the largest 24-bit value.
                    assert_eq!(sum, wanted, "{count} to {room}");
                }
            }
        }
    }

    #[test]
    fn float_beyond_full_scale_clips_and_nan_is_silence() {
        for (value, word, half) in [
            (1.5, i32::MAX, i16::MAX),
            (f32::INFINITY, i32::MAX, i16::MAX),
            (1.0, i32::MAX, i16::MAX),
            (-1.0, i32::MIN, i16::MIN),
            (-1.5, i32::MIN, i16::MIN),
            (f32::NEG_INFINITY, i32::MIN, i16::MIN),
            (f32::NAN, 0, 0),
        ] {
            assert_eq!(float_to_int(value), word, "{value}");
            assert_eq!(i16::from_le_bytes(float_to_16(value)), half, "{value}");
        }
    }
}
