//! Mixes channels where two formats differ: each source channel goes to the same position of the
//! target. If the target has no such position, it is mixed by ITU-R BS.775: centre and surrounds at
//! -3 dB, the low-frequency channel omitted. Height channels, which it does not cover, go to the
//! channel below. docs/channels.md has the table. All gains are divided by the largest sum of a
//! target channel, so that full scale never clips; ffmpeg's resampler does the same.
//!
//! Positions are the mask's, in the order of its bits; without a mask they are numbered from front
//! left on. Equal counts are mapped one to one unless two masks differ. A single channel goes to
//! both front left and front right.

use core::iter::repeat;

use crate::convert::{load_all, load_floats, store_all, store_floats};
use crate::format::{Format, MAX_CHANNELS, SampleType};
use crate::size;

// ksmedia.h: SPEAKER_*.
const FRONT_LEFT: u32 = 0x1;
const FRONT_RIGHT: u32 = 0x2;
const FRONT_CENTER: u32 = 0x4;
const BACK_LEFT: u32 = 0x10;
const BACK_RIGHT: u32 = 0x20;
const FRONT_LEFT_OF_CENTER: u32 = 0x40;
const FRONT_RIGHT_OF_CENTER: u32 = 0x80;
const BACK_CENTER: u32 = 0x100;
const SIDE_LEFT: u32 = 0x200;
const SIDE_RIGHT: u32 = 0x400;
const TOP_CENTER: u32 = 0x800;
const TOP_FRONT_LEFT: u32 = 0x1000;
const TOP_FRONT_CENTER: u32 = 0x2000;
const TOP_FRONT_RIGHT: u32 = 0x4000;
const TOP_BACK_LEFT: u32 = 0x8000;
const TOP_BACK_CENTER: u32 = 0x1_0000;
const TOP_BACK_RIGHT: u32 = 0x2_0000;

/// -3 dB.
const HALF_POWER: f32 = core::f32::consts::FRAC_1_SQRT_2;

/// -9 dB.
const QUARTER_POWER: f32 = 0.5 * HALF_POWER;

/// The replacement of a position that the target lacks: the first line whose positions the target
/// all has. LFE has none.
const INSTEAD: [(u32, u32, f32); 48] = [
    (FRONT_LEFT, FRONT_CENTER, HALF_POWER),
    (FRONT_RIGHT, FRONT_CENTER, HALF_POWER),
    (FRONT_CENTER, FRONT_LEFT | FRONT_RIGHT, HALF_POWER),
    (BACK_LEFT, SIDE_LEFT, 1.0),
    (BACK_LEFT, BACK_CENTER, HALF_POWER),
    (BACK_LEFT, FRONT_LEFT, HALF_POWER),
    (BACK_LEFT, FRONT_CENTER, 0.5),
    (BACK_RIGHT, SIDE_RIGHT, 1.0),
    (BACK_RIGHT, BACK_CENTER, HALF_POWER),
    (BACK_RIGHT, FRONT_RIGHT, HALF_POWER),
    (BACK_RIGHT, FRONT_CENTER, 0.5),
    (FRONT_LEFT_OF_CENTER, FRONT_LEFT, 1.0),
    (FRONT_LEFT_OF_CENTER, FRONT_CENTER, HALF_POWER),
    (FRONT_RIGHT_OF_CENTER, FRONT_RIGHT, 1.0),
    (FRONT_RIGHT_OF_CENTER, FRONT_CENTER, HALF_POWER),
    (BACK_CENTER, BACK_LEFT | BACK_RIGHT, HALF_POWER),
    (BACK_CENTER, SIDE_LEFT | SIDE_RIGHT, HALF_POWER),
    (BACK_CENTER, FRONT_LEFT | FRONT_RIGHT, 0.5),
    (BACK_CENTER, FRONT_CENTER, 0.5),
    (SIDE_LEFT, BACK_LEFT, 1.0),
    (SIDE_LEFT, BACK_CENTER, HALF_POWER),
    (SIDE_LEFT, FRONT_LEFT, HALF_POWER),
    (SIDE_LEFT, FRONT_CENTER, 0.5),
    (SIDE_RIGHT, BACK_RIGHT, 1.0),
    (SIDE_RIGHT, BACK_CENTER, HALF_POWER),
    (SIDE_RIGHT, FRONT_RIGHT, HALF_POWER),
    (SIDE_RIGHT, FRONT_CENTER, 0.5),
    (TOP_CENTER, FRONT_LEFT | FRONT_RIGHT, 0.5),
    (TOP_CENTER, FRONT_CENTER, HALF_POWER),
    (TOP_FRONT_LEFT, FRONT_LEFT, HALF_POWER),
    (TOP_FRONT_LEFT, FRONT_CENTER, 0.5),
    (TOP_FRONT_CENTER, FRONT_CENTER, HALF_POWER),
    (TOP_FRONT_CENTER, FRONT_LEFT | FRONT_RIGHT, 0.5),
    (TOP_FRONT_RIGHT, FRONT_RIGHT, HALF_POWER),
    (TOP_FRONT_RIGHT, FRONT_CENTER, 0.5),
    (TOP_BACK_LEFT, BACK_LEFT, HALF_POWER),
    (TOP_BACK_LEFT, SIDE_LEFT, HALF_POWER),
    (TOP_BACK_LEFT, FRONT_LEFT, 0.5),
    (TOP_BACK_LEFT, FRONT_CENTER, QUARTER_POWER),
    (TOP_BACK_CENTER, BACK_CENTER, HALF_POWER),
    (TOP_BACK_CENTER, BACK_LEFT | BACK_RIGHT, 0.5),
    (TOP_BACK_CENTER, SIDE_LEFT | SIDE_RIGHT, 0.5),
    (TOP_BACK_CENTER, FRONT_LEFT | FRONT_RIGHT, QUARTER_POWER),
    (TOP_BACK_CENTER, FRONT_CENTER, QUARTER_POWER),
    (TOP_BACK_RIGHT, BACK_RIGHT, HALF_POWER),
    (TOP_BACK_RIGHT, SIDE_RIGHT, HALF_POWER),
    (TOP_BACK_RIGHT, FRONT_RIGHT, 0.5),
    (TOP_BACK_RIGHT, FRONT_CENTER, QUARTER_POWER),
];

/// The position of each channel: one bit, or none if the mask has too few.
fn positions(format: Format) -> [u32; MAX_CHANNELS] {
    let mut positions = [0; MAX_CHANNELS];
    let mut mask = if format.mask() == 0 { u32::MAX } else { format.mask() };
    for place in positions.iter_mut().take(format.channels()) {
        // The lowest bit, and the mask without it.
        *place = mask & mask.wrapping_neg();
        mask ^= *place;
    }
    if format.channels() == 1
        && let Some(only) = positions.first_mut()
    {
        *only = FRONT_CENTER;
    }
    positions
}

/// The conversion of one format's channels to another's.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Mix {
    from: Format,
    to: Format,
    /// For each target channel the one source channel that is copied unchanged, or [`NOTHING`];
    /// None if a channel is mixed.
    order: Option<[u8; MAX_CHANNELS]>,
    /// The targets of each source channel, with their gain.
    ways: [Way; MAX_CHANNELS],
}

/// The targets of a source channel. All targets have the same gain, so no full matrix is needed.
#[derive(Clone, Copy, Debug)]
struct Way {
    /// A bit for each target channel.
    targets: u16,
    gain: f32,
}

impl Way {
    const NOWHERE: Self = Self { targets: 0, gain: 0.0 };

    /// The gain to a target channel.
    fn to(self, target: usize) -> f32 {
        if u32::from(self.targets) >> (target & 31) & 1 == 0 { 0.0 } else { self.gain }
    }
}

/// A target channel without a source.
const NOTHING: u8 = 16;

/// The number of samples converted at a time.
const SAMPLES: usize = 64;

impl Mix {
    pub(crate) fn new(from: Format, to: Format) -> Self {
        let mut mix = Self { from, to, order: None, ways: [Way::NOWHERE; MAX_CHANNELS] };
        mix.renew(from, to);
        mix
    }

    /// The mix of these formats; recomputed if they changed.
    pub(crate) fn follow(&mut self, from: Format, to: Format) -> &Self {
        if self.from != from || self.to != to {
            self.renew(from, to);
        }
        self
    }

    /// Computed in place, because it is large and stacks are small.
    #[inline(never)]
    fn renew(&mut self, from: Format, to: Format) {
        (self.from, self.to) = (from, to);
        self.ways = [Way::NOWHERE; MAX_CHANNELS];
        ways(from, to, &mut self.ways);
        self.order = order(&self.ways);
    }

    /// Whether each channel is copied to the one with the same number, and there are no others.
    fn keeps_channels(&self) -> bool {
        self.order.is_some_and(|order| {
            let mut kept = order.iter().take(self.to.channels()).enumerate();
            self.from.channels() == self.to.channels()
                && kept.all(|(index, from)| index == usize::from(*from))
        })
    }

    /// Whether a target frame is an unchanged source frame followed by silent channels.
    fn only_adds_channels(&self) -> bool {
        let (from, to) = (self.from, self.to);
        // The low bits of 24 in 32 are cleared by the conversion.
        from.sample() == to.sample()
            && from.sample() != SampleType::Int24In32
            && self.order.is_some_and(|order| {
                let mut order = order.iter().enumerate();
                order.all(|(index, source)| {
                    let source = usize::from(*source);
                    if index < from.channels() {
                        source == index
                    } else {
                        source == usize::from(NOTHING)
                    }
                })
            })
    }

    /// Converts as many whole frames as both hold.
    pub(crate) fn convert(&self, source: &[u8], target: &mut [u8]) {
        let (from, to) = (self.from, self.to);
        if self.keeps_channels() {
            crate::convert::convert(from.sample(), to.sample(), source, target);
            return;
        }
        if self.only_adds_channels() {
            add_channels(from.block_align(), to.block_align(), source, target);
            return;
        }
        let frames = SAMPLES / size(from.channels().max(to.channels()));
        let source = source.chunks(frames.saturating_mul(from.block_align()).max(1));
        let target = target.chunks_mut(frames.saturating_mul(to.block_align()).max(1));
        let float = from.sample() == SampleType::Float32 || to.sample() == SampleType::Float32;
        for (source, target) in source.zip(target) {
            match self.order {
                Some(order) if !float => self.pick(order, source, target),
                _ => self.blend(source, target),
            }
        }
    }

    /// [`convert`](Self::convert) through floats, for any type of source.
    #[inline(never)]
    pub(crate) fn convert_floats(&self, source: &[f32], target: &mut [u8]) {
        if self.keeps_channels() {
            store_floats(self.to.sample(), source, target);
            return;
        }
        let (from, to) = (self.from.channels(), self.to.channels());
        let frames = SAMPLES / size(from.max(to));
        let source = source.chunks(frames.saturating_mul(from).max(1));
        let block = frames.saturating_mul(self.to.block_align());
        for (source, target) in source.zip(target.chunks_mut(block.max(1))) {
            let mut mapped = [0.0; SAMPLES];
            self.floats(source, &mut mapped);
            store_floats(self.to.sample(), &mapped, target);
        }
    }

    /// Integers that are copied unchanged.
    #[inline(never)]
    fn pick(&self, order: [u8; MAX_CHANNELS], source: &[u8], target: &mut [u8]) {
        let (mut values, mut mapped) = ([0; SAMPLES], [0; SAMPLES]);
        load_all(self.from.sample(), source, &mut values);
        let to = self.to.channels().max(1);
        let frames = values.chunks_exact(self.from.channels().max(1));
        for (frame, target) in frames.zip(mapped.chunks_exact_mut(to)) {
            for (place, index) in target.iter_mut().zip(order) {
                *place = frame.get(usize::from(index)).copied().unwrap_or(0);
            }
        }
        store_all(self.to.sample(), &mapped, target);
    }

    #[inline(never)]
    fn blend(&self, source: &[u8], target: &mut [u8]) {
        let (mut values, mut mapped) = ([0.0; SAMPLES], [0.0; SAMPLES]);
        load_floats(self.from.sample(), source, &mut values);
        self.floats(&values, &mut mapped);
        store_floats(self.to.sample(), &mapped, target);
    }

    /// Mixes as many whole frames as both hold.
    #[inline(never)]
    pub(crate) fn floats(&self, source: &[f32], target: &mut [f32]) {
        match (self.from.channels(), self.to.channels()) {
            // The common channel counts, which the compiler unrolls.
            (1, 2) => self.shape::<1, 2>(source, target),
            (2, 1) => self.shape::<2, 1>(source, target),
            (2, 6) => self.shape::<2, 6>(source, target),
            (2, 8) => self.shape::<2, 8>(source, target),
            (6, 2) => self.shape::<6, 2>(source, target),
            (8, 2) => self.shape::<8, 2>(source, target),
            (from, to) => {
                let frames = source.chunks_exact(from.max(1));
                for (frame, target) in frames.zip(target.chunks_exact_mut(to.max(1))) {
                    target.fill(0.0);
                    for (value, way) in frame.iter().zip(&self.ways) {
                        let (mut targets, value) = (way.targets, value * way.gain);
                        // Each has at most two targets.
                        while targets != 0 {
                            let index = usize::try_from(targets.trailing_zeros()).unwrap_or(0);
                            if let Some(place) = target.get_mut(index) {
                                *place += value;
                            }
                            targets &= targets.wrapping_sub(1);
                        }
                    }
                }
            }
        }
    }

    fn shape<const FROM: usize, const TO: usize>(&self, source: &[f32], target: &mut [f32]) {
        let mut gains = [[0.0; TO]; FROM];
        for (row, way) in gains.iter_mut().zip(&self.ways) {
            for (target, place) in row.iter_mut().enumerate() {
                *place = way.to(target);
            }
        }
        let frames = source.as_chunks::<FROM>().0.iter().zip(target.as_chunks_mut::<TO>().0);
        for (frame, target) in frames {
            let mut sums = [0.0; TO];
            for (value, gains) in frame.iter().zip(&gains) {
                for (sum, gain) in sums.iter_mut().zip(gains) {
                    *sum += value * gain;
                }
            }
            *target = sums;
        }
    }
}

/// Copies frames of `from` bytes to the beginnings of frames of `to` bytes, and zeroes the rest.
#[inline(never)]
fn add_channels(from: usize, to: usize, source: &[u8], target: &mut [u8]) {
    match (from, to) {
        // Stereo to 7.1 and 5.1, which the compiler unrolls.
        (8, 32) => add_channels_of::<8, 32>(source, target),
        (8, 24) => add_channels_of::<8, 24>(source, target),
        (4, 16) => add_channels_of::<4, 16>(source, target),
        (4, 12) => add_channels_of::<4, 12>(source, target),
        _ => {
            let frames = source.chunks_exact(from.max(1)).zip(target.chunks_exact_mut(to.max(1)));
            for (frame, target) in frames {
                // By bytes: `copy_from_slice` can panic, and the image would contain that code.
                for (place, byte) in target.iter_mut().zip(frame.iter().chain(repeat(&0))) {
                    *place = *byte;
                }
            }
        }
    }
}

fn add_channels_of<const FROM: usize, const TO: usize>(source: &[u8], target: &mut [u8]) {
    let frames = source.as_chunks::<FROM>().0.iter().zip(target.as_chunks_mut::<TO>().0);
    for (frame, target) in frames {
        let mut wide = [0; TO];
        for (place, byte) in wide.iter_mut().zip(frame) {
            *place = *byte;
        }
        *target = wide;
    }
}

/// The only source channel of each target channel, if all are copied unchanged.
#[inline(never)]
fn order(ways: &[Way; MAX_CHANNELS]) -> Option<[u8; MAX_CHANNELS]> {
    let mut order = [NOTHING; MAX_CHANNELS];
    for (source, way) in (0..).zip(ways) {
        for (target, place) in order.iter_mut().enumerate() {
            let gain = way.to(target);
            if gain > 0.0 {
                if gain < 1.0 || *place != NOTHING {
                    return None;
                }
                *place = source;
            }
        }
    }
    Some(order)
}

/// The sum of the gains to a target channel.
#[inline(never)]
fn sum_to(ways: &[Way; MAX_CHANNELS], target: usize) -> f32 {
    ways.iter().fold(0.0, |sum, way| sum + way.to(target))
}

/// Fills the empty `ways` with the targets of each source channel.
#[inline(never)]
fn ways(from: Format, to: Format, ways: &mut [Way; MAX_CHANNELS]) {
    let masks_differ = from.mask() != to.mask() && from.mask() != 0 && to.mask() != 0;
    if from.channels() == to.channels() && !masks_differ
        || from.channels() == 1 && to.channels() == 1
    {
        for (index, way) in ways.iter_mut().enumerate().take(from.channels()) {
            *way = Way { targets: 1 << (index & 15), gain: 1.0 };
        }
        return;
    }
    let (sources, targets) = (positions(from), positions(to));
    let there = targets.iter().fold(0, |all, position| all | position);
    for (way, position) in ways.iter_mut().zip(sources).take(from.channels()) {
        let (to, gain) = if from.channels() == 1
            && there & (FRONT_LEFT | FRONT_RIGHT) == FRONT_LEFT | FRONT_RIGHT
            && (from.mask() != FRONT_CENTER || there & FRONT_CENTER == 0)
        {
            (FRONT_LEFT | FRONT_RIGHT, 1.0)
        } else if there & position != 0 {
            (position, 1.0)
        } else {
            let lines = INSTEAD.iter().filter(|(own, to, _)| *own == position && there & to == *to);
            lines.map(|(_, to, gain)| (*to, *gain)).next().unwrap_or((0, 0.0))
        };
        way.gain = gain;
        for (index, target) in targets.iter().enumerate() {
            if target & to != 0 {
                way.targets |= 1 << (index & 15);
            }
        }
    }
    let mut most = 1.0_f32;
    for target in 0..to.channels() {
        most = most.max(sum_to(ways, target));
    }
    for way in ways {
        way.gain /= most;
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const STEREO: u32 = 0x3;
    const SURROUND: u32 = 0x3F;
    const SURROUND_SIDE: u32 = 0x60F;
    const SEVEN_ONE: u32 = 0x63F;

    fn format(sample: SampleType, channels: u8, mask: u32) -> Format {
        Format::new(sample, channels, mask, 48_000).unwrap()
    }

    /// One float frame, mixed.
    fn mixed(frame: &[f32], from: u32, to: u32) -> Vec<f32> {
        let sample = SampleType::Float32;
        let from = format(sample, frame.len() as u8, from);
        let to = format(sample, to.count_ones() as u8, to);
        let mut target = vec![9.0; to.channels()];
        Mix::new(from, to).floats(frame, &mut target);
        target
    }

    fn near(found: &[f32], wanted: &[f32]) {
        assert_eq!(found.len(), wanted.len());
        let off = found.iter().zip(wanted).map(|(one, other)| (one - other).abs());
        assert!(off.fold(0.0, f32::max) < 1e-6, "{found:?} for {wanted:?}");
    }

    #[test]
    fn surround_becomes_stereo_as_bs_775_says() {
        // L = FL + 0.707 FC + 0.707 BL, over the sum of the three.
        let sum = 1.0 + 2.0 * HALF_POWER;
        near(&mixed(&[1.0, 0.0, 0.0, 0.0, 0.0, 0.0], SURROUND, STEREO), &[1.0 / sum, 0.0]);
        let half = HALF_POWER / sum;
        near(&mixed(&[0.0, 0.0, 1.0, 0.0, 0.0, 0.0], SURROUND, STEREO), &[half, half]);
        near(&mixed(&[0.0, 0.0, 0.0, 1.0, 0.0, 0.0], SURROUND, STEREO), &[0.0, 0.0]);
        near(&mixed(&[0.0, 0.0, 0.0, 0.0, 1.0, 0.0], SURROUND, STEREO), &[half, 0.0]);
        near(&mixed(&[1.0; 6], SURROUND, STEREO), &[1.0, 1.0]);
        // The same without low frequencies.
        near(&mixed(&[1.0, 0.0, 0.0, 0.0, 0.0], 0x37, STEREO), &[1.0 / sum, 0.0]);
        near(&mixed(&[0.0, 0.0, 1.0, 0.0, 0.0], 0x37, STEREO), &[half, half]);
        near(&mixed(&[0.0, 0.0, 0.0, 0.0, 1.0], 0x37, STEREO), &[0.0, half]);
    }

    #[test]
    fn integers_of_one_channel_go_to_both_of_two() {
        let sample = SampleType::Int16;
        let source = [1i16, -2, 3].map(i16::to_le_bytes).concat();
        let mut target = [9; 12];
        let mix = Mix::new(format(sample, 1, FRONT_CENTER), format(sample, 2, STEREO));
        mix.convert(&source, &mut target);
        assert_eq!(target.to_vec(), [1i16, 1, -2, -2, 3, 3].map(i16::to_le_bytes).concat());
    }

    /// The centre alone is heard left and right at half of its power each: not one to one, although
    /// each of them has one source.
    #[test]
    fn integers_that_become_quieter_are_not_copied() {
        let sample = SampleType::Int16;
        let (from, to) = (format(sample, 2, FRONT_CENTER | 0x8), format(sample, 2, STEREO));
        let source = [10_000i16, 5, -10_000, 5].map(i16::to_le_bytes).concat();
        let mut target = [9; 8];
        Mix::new(from, to).convert(&source, &mut target);
        let wanted = [7_071i16, 7_071, -7_071, -7_071];
        assert_eq!(target.to_vec(), wanted.map(i16::to_le_bytes).concat());
    }

    /// The low frequencies of 2.1 go nowhere in stereo: each frame loses its last sample.
    #[test]
    fn a_channel_that_goes_nowhere_is_left_out_of_each_frame() {
        let sample = SampleType::Int16;
        let source: Vec<u8> = (1..=9i16).flat_map(i16::to_le_bytes).collect();
        let (from, to) = (format(sample, 3, STEREO | 0x8), format(sample, 2, STEREO));
        let mix = Mix::new(from, to);
        let wanted = [1i16, 2, 4, 5, 7, 8];
        let mut target = [9; 12];
        mix.convert(&source, &mut target);
        assert_eq!(target.to_vec(), wanted.map(i16::to_le_bytes).concat());
        let floats: Vec<f32> = (1..=9u8).map(|value| f32::from(value) / 32_768.0).collect();
        mix.convert_floats(&floats, &mut target);
        assert_eq!(target.to_vec(), wanted.map(i16::to_le_bytes).concat());
    }

    #[test]
    fn positions_are_the_masks_and_not_the_order() {
        let frame = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
        near(&mixed(&frame, SURROUND, SURROUND_SIDE), &frame);
        // Without back speakers of its own, 5.1 with sides goes to the sides of 7.1.
        near(&mixed(&frame, SURROUND_SIDE, SEVEN_ONE), &[1.0, 2.0, 3.0, 4.0, 0.0, 0.0, 5.0, 6.0]);
        near(&mixed(&frame, SURROUND, SEVEN_ONE), &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 0.0, 0.0]);
        near(&mixed(&[1.0, 2.0], STEREO, SEVEN_ONE), &[1.0, 2.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]);
        // Centre and side of an unusual set.
        near(
            &mixed(&[0.5, 0.25], FRONT_CENTER | SIDE_LEFT, SURROUND),
            &[0.0, 0.0, 0.5, 0.0, 0.25, 0.0],
        );
    }

    /// Sound is converted in blocks; its place in a block makes no difference to a frame.
    #[test]
    fn a_long_piece_becomes_what_its_frames_become() {
        let shapes = [
            ((3, STEREO | 0x8), (2, STEREO)),
            ((2, STEREO), (3, STEREO | 0x8)),
            ((6, SURROUND), (2, STEREO)),
            ((1, FRONT_CENTER), (5, 0x37)),
            ((16, 0), (5, 0)),
            ((5, 0), (16, 0)),
        ];
        let types = [SampleType::Int16, SampleType::Int24, SampleType::Float32];
        for ((from, mask), (to, other)) in shapes {
            for (sample, wanted) in
                types.into_iter().flat_map(|one| types.map(|other| (one, other)))
            {
                let (from, to) = (format(sample, from, mask), format(wanted, to, other));
                let mix = Mix::new(from, to);
                let floats: Vec<f32> =
                    (0..100 * from.channels()).map(|at| (at * 37 % 256) as f32 / 512.0).collect();
                let mut source = vec![0; 100 * from.block_align()];
                store_floats(sample, &floats, &mut source);
                let (block, target) = (from.block_align(), vec![9; 100 * to.block_align()]);
                let (mut whole, mut single, mut through) = (target.clone(), target.clone(), target);
                mix.convert(&source, &mut whole);
                mix.convert_floats(&floats, &mut through);
                for (frame, target) in source.chunks(block).zip(single.chunks_mut(to.block_align()))
                {
                    mix.convert(frame, target);
                }
                assert_eq!(whole, single, "{from:?} to {to:?}");
                assert_eq!(whole, through, "{from:?} to {to:?}, through floats");
            }
        }
    }

    #[test]
    fn equal_counts_go_one_to_one_unless_two_masks_differ() {
        let frame = [1.0, 2.0, 3.0, 4.0];
        let float = |mask| format(SampleType::Float32, 4, mask);
        for (from, to) in [(0x33, 0), (0, 0x33), (0, 0), (0x33, 0x33), (0x33, 0x603)] {
            let mix = Mix::new(float(from), float(to));
            let mut target = [9.0; 4];
            mix.floats(&frame, &mut target);
            near(&target, &frame);
            assert!(mix.keeps_channels(), "{from:#x} to {to:#x}");
        }
        assert!(!Mix::new(float(0x33), float(0x0F)).keeps_channels());
    }

    #[test]
    fn one_channel_is_heard_left_and_right_and_two_are_their_mean() {
        near(&mixed(&[0.5], 0, STEREO), &[0.5, 0.5]);
        near(&mixed(&[0.5], FRONT_CENTER, STEREO), &[0.5, 0.5]);
        near(&mixed(&[0.5], FRONT_CENTER, SURROUND), &[0.0, 0.0, 0.5, 0.0, 0.0, 0.0]);
        near(&mixed(&[0.5], 0, SURROUND), &[0.5, 0.5, 0.0, 0.0, 0.0, 0.0]);
        // Without a left and a right, to the centre.
        near(&mixed(&[0.5, 0.25], STEREO, FRONT_CENTER | 0x8), &[0.375, 0.0]);
        near(&mixed(&[0.5, 0.25], STEREO, FRONT_CENTER), &[0.375]);
    }

    /// Frames that get additional channels: the samples unchanged, and zeros.
    #[test]
    fn channels_that_are_added_are_silent_and_the_others_are_untouched() {
        for sample in [SampleType::Int16, SampleType::Int32, SampleType::Float32] {
            for (from, to) in [(STEREO, SEVEN_ONE), (STEREO, SURROUND), (SURROUND, SEVEN_ONE)] {
                let count = |mask: u32| mask.count_ones() as u8;
                let (one, other) =
                    (format(sample, count(from), from), format(sample, count(to), to));
                let mix = Mix::new(one, other);
                assert!(mix.only_adds_channels());
                let source: Vec<u8> = (1..=250).cycle().take(17 * one.block_align()).collect();
                let mut target = vec![9; 17 * other.block_align()];
                mix.convert(&source, &mut target);
                let frames =
                    source.chunks(one.block_align()).zip(target.chunks(other.block_align()));
                for (source, target) in frames {
                    let (begin, rest) = target.split_at(source.len());
                    assert!(begin == source && rest.iter().all(|byte| *byte == 0));
                }
            }
        }
        // Other positions, other types, and gains below one take another path.
        let float = |mask: u32| format(SampleType::Float32, mask.count_ones() as u8, mask);
        assert!(!Mix::new(float(SURROUND_SIDE), float(SEVEN_ONE)).only_adds_channels());
        assert!(!Mix::new(float(SURROUND), float(STEREO)).only_adds_channels());
        assert!(
            !Mix::new(format(SampleType::Int16, 2, STEREO), float(SEVEN_ONE)).only_adds_channels()
        );
    }

    /// One to sixteen positions.
    fn masks() -> impl Strategy<Value = u32> {
        (1u32..1 << 18).prop_map(|mut mask| {
            while mask.count_ones() > 16 {
                mask &= mask - 1;
            }
            mask
        })
    }

    proptest! {
        /// For all masks full scale stays within full scale, and common positions are copied.
        #[test]
        fn no_mix_clips_and_common_positions_go_over(from in masks(), to in masks()) {
            let count = |mask: u32| mask.count_ones() as u8;
            let sample = SampleType::Float32;
            let (one, other) = (format(sample, count(from), from), format(sample, count(to), to));
            let mut all = [Way::NOWHERE; MAX_CHANNELS];
            ways(one, other, &mut all);
            for target in 0..other.channels() {
                let sum: f32 = all.iter().map(|way| way.to(target)).sum();
                prop_assert!(sum <= 1.0 + 1e-6, "{sum}");
            }
            if one.channels() > 1 && other.channels() > 1 {
                let targets = positions(other);
                for (source, position) in positions(one).into_iter().enumerate() {
                    if let Some(target) = targets.iter().position(|to| *to == position && position != 0) {
                        prop_assert!(all[source].to(target) > 0.0);
                    }
                }
            }
        }

        /// Only the low-frequency channel is lost at ends with a front.
        #[test]
        fn at_an_end_with_a_front_every_channel_is_heard(from in masks(), to in masks(), mono in any::<bool>()) {
            let count = |mask: u32| mask.count_ones() as u8;
            let sample = SampleType::Float32;
            let to = if mono { FRONT_CENTER } else { to | FRONT_LEFT | FRONT_RIGHT };
            prop_assume!(count(to) <= 16);
            let (one, other) = (format(sample, count(from), from), format(sample, count(to), to));
            let mut all = [Way::NOWHERE; MAX_CHANNELS];
            ways(one, other, &mut all);
            for (way, position) in all.iter().zip(positions(one)).take(one.channels()) {
                let is_heard = way.targets != 0 && way.gain > 0.0;
                // Equal numbers of channels are mapped by order if one end has no mask.
                prop_assert!(is_heard || position & to == 0 && position == 8, "{position:#x}");
            }
        }

        /// Integers that are only reordered keep every bit.
        #[test]
        fn what_only_changes_places_is_exact(values in proptest::collection::vec(any::<i32>(), 96)) {
            let sample = SampleType::Int32;
            let (from, to) = (format(sample, 6, SURROUND_SIDE), format(sample, 8, SEVEN_ONE));
            let (mut source, mut target) = (vec![0; 96 * 4], vec![7; 128 * 4]);
            store_all(sample, &values, &mut source);
            Mix::new(from, to).convert(&source, &mut target);
            let mut found = vec![0; 128];
            load_all(sample, &target, &mut found);
            for (frame, found) in values.chunks(6).zip(found.chunks(8)) {
                prop_assert_eq!(&frame[..4], &found[..4]);
                prop_assert_eq!(&found[4..], &[0, 0, frame[4], frame[5]]);
            }
        }
    }
}
