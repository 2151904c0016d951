//! Volume, mute and ramps, applied to the samples.
//!
//! Control calls set targets (atomics, any thread). The moving half of a stream ramps from its last
//! gain to the target over one step, so a change never clicks. Unity gain preserves every bit.

use core::array;
use core::num::NonZeroU64;

use crate::convert::{ROUNDING, UNPACKED_BYTES, nearest_16, pack, unpack};
use crate::format::{MAX_CHANNELS, SampleType};
use crate::sync::{AtomicBool, AtomicI32, AtomicU32, AtomicU64, Ordering};
use crate::{divisor, size};

/// Gain 1.0: fixed point with 31 bits after the point.
pub const UNITY: u32 = 1 << 31;

/// `2^(-1/2^k)` for k = 1 to 16, with 31 bits after the point.
const ROOTS: [u32; 16] = [
    1_518_500_250,
    1_805_811_301,
    1_969_251_188,
    2_056_437_387,
    2_101_467_502,
    2_124_350_982,
    2_135_885_998,
    2_141_676_973,
    2_144_578_345,
    2_146_030_505,
    2_146_756_953,
    2_147_120_270,
    2_147_301_951,
    2_147_392_798,
    2_147_438_222,
    2_147_460_935,
];

/// The gain of a level in 1/65536 dB (KSPROPERTY_AUDIO_VOLUMELEVEL). Levels above 0 dB count as 0
/// dB; the lowest is silence.
pub fn gain_of_level(level: i32) -> u32 {
    // log2(10) / 20, with 32 bits after the point: decibels to halvings.
    const HALVINGS_PER_DECIBEL: u64 = 713_378_626;
    if level >= 0 {
        return UNITY;
    }
    let halvings = u64::from(level.unsigned_abs()).saturating_mul(HALVINGS_PER_DECIBEL) >> 16;
    let Ok(whole @ 0..31) = u32::try_from(halvings >> 32) else { return 0 };
    let mut gain = u64::from(UNITY);
    for (bit, root) in (16..32).rev().zip(ROOTS) {
        if halvings >> bit & 1 == 1 {
            gain = gain.saturating_mul(u64::from(root)) >> 31;
        }
    }
    u32::try_from(gain >> whole).unwrap_or(UNITY)
}

/// The volume and mute of an endpoint, set by control calls and followed by streams.
#[derive(Debug)]
pub struct Volume {
    levels: [AtomicI32; MAX_CHANNELS],
    muted: [AtomicBool; MAX_CHANNELS],
    /// The duration of the fade to the last level, in units of 100 ns.
    duration: AtomicU64,
    /// The number of users that block all sound, whatever the levels are.
    blocked: AtomicU32,
    /// Changes with everything above: a stream reads the levels only after a change.
    generation: AtomicU32,
}

impl Default for Volume {
    fn default() -> Self {
        Self {
            levels: array::from_fn(|_| AtomicI32::new(0)),
            muted: array::from_fn(|_| AtomicBool::new(false)),
            duration: AtomicU64::new(0),
            blocked: AtomicU32::new(0),
            generation: AtomicU32::new(0),
        }
    }
}

impl Volume {
    /// Like [`set_level`](Self::set_level), with a linear fade over `duration` in units of 100 ns.
    /// A stream that does not run gets the level at once.
    pub fn fade_to_level(&self, channel: Option<usize>, level: i32, duration: u64) {
        self.duration.store(duration, Ordering::Relaxed);
        self.store_level(channel, level);
    }

    /// Sets the level of `channel`, or of all with `None`, in 1/65536 dB.
    pub fn set_level(&self, channel: Option<usize>, level: i32) {
        self.fade_to_level(channel, level, 0);
    }

    /// Adds or removes one user that blocks all sound. Without such users, the levels apply again.
    pub fn block(&self, blocked: bool) {
        if blocked {
            self.blocked.fetch_add(1, Ordering::Relaxed);
        } else {
            self.blocked.fetch_sub(1, Ordering::Relaxed);
        }
        self.changed();
    }

    /// Release: the tick that sees the new number sees the new settings.
    fn changed(&self) {
        self.generation.fetch_add(1, Ordering::Release);
    }

    fn store_level(&self, channel: Option<usize>, level: i32) {
        for (index, place) in self.levels.iter().enumerate() {
            if channel.is_none_or(|channel| channel == index) {
                // After the duration: a reader that sees the level also sees its duration.
                place.store(level, Ordering::Release);
            }
        }
        self.changed();
    }

    /// The level of `channel` (the first with `None`) in 1/65536 dB.
    pub fn level(&self, channel: Option<usize>) -> i32 {
        self.levels.get(channel.unwrap_or(0)).map_or(0, |level| level.load(Ordering::Relaxed))
    }

    /// Mutes or opens `channel`, or all with `None`.
    pub fn set_muted(&self, channel: Option<usize>, muted: bool) {
        for (index, place) in self.muted.iter().enumerate() {
            if channel.is_none_or(|channel| channel == index) {
                place.store(muted, Ordering::Relaxed);
            }
        }
        self.changed();
    }

    /// Whether `channel` (the first with `None`) is muted.
    pub fn muted(&self, channel: Option<usize>) -> bool {
        self.muted.get(channel.unwrap_or(0)).is_some_and(|muted| muted.load(Ordering::Relaxed))
    }

    fn targets(&self) -> [u32; MAX_CHANNELS] {
        let mut gains = [0; MAX_CHANNELS];
        if self.blocked.load(Ordering::Relaxed) > 0 {
            return gains;
        }
        for ((gain, level), muted) in gains.iter_mut().zip(&self.levels).zip(&self.muted) {
            if !muted.load(Ordering::Relaxed) {
                let level = level.load(Ordering::Acquire);
                *gain = if level == 0 { UNITY } else { gain_of_level(level) };
            }
        }
        gains
    }
}

/// A stream's current gain, and its target.
#[derive(Debug, Default)]
pub struct Ramp {
    /// The stream has started, so it has a gain.
    has_begun: bool,
    /// The gain has reached the volume, which is unity.
    is_unity: bool,
    /// The volume's generation of `target`.
    generation: u32,
    /// The fade's start and target gain, its length in frames, and the frames done.
    start: [u32; MAX_CHANNELS],
    target: [u32; MAX_CHANNELS],
    length: u32,
    done: u32,
}

/// The gain over one move of frames: from the ramp's value to the volume.
#[derive(Clone, Copy, Debug)]
pub struct Slope {
    kind: Kind,
    from: [u32; MAX_CHANNELS],
    to: [u32; MAX_CHANNELS],
    frames: NonZeroU64,
    /// The frames of the fade done before this move.
    begun: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// Leaves every sample unchanged.
    Unity,
    /// A constant gain.
    Steady,
    Changing,
}

/// Leaves every sample unchanged.
pub(crate) const LEVEL: Slope = Slope {
    kind: Kind::Unity,
    from: [UNITY; MAX_CHANNELS],
    to: [UNITY; MAX_CHANNELS],
    frames: NonZeroU64::MIN,
    begun: 0,
};

impl Ramp {
    /// Whether [`next`](Self::next) is known to be unity without reading the levels.
    pub(crate) fn stays_at_unity(&self, volume: &Volume) -> bool {
        self.is_unity && self.generation == volume.generation.load(Ordering::Acquire)
    }

    /// The slope over the next `frames` of a stream of `rate`. A stream starts at its volume. A
    /// change without its own duration takes these frames, so that it does not click.
    pub fn next(&mut self, volume: &Volume, frames: u64, rate: u32) -> Slope {
        let generation = volume.generation.load(Ordering::Acquire);
        if self.has_begun && generation == self.generation && self.done == self.length {
            return Slope::new(self.target, self.target, frames);
        }
        let targets = volume.targets();
        self.generation = generation;
        let cut = |frames: u64| u32::try_from(frames).unwrap_or(u32::MAX);
        let from = if self.has_begun { self.current() } else { targets };
        if !self.has_begun {
            (self.start, self.target, self.length, self.done) = (targets, targets, 0, 0);
        } else if targets != self.target {
            let duration = volume.duration.load(Ordering::Relaxed);
            let length = duration.saturating_mul(u64::from(rate)) / 10_000_000;
            (self.start, self.target, self.length, self.done) =
                (from, targets, cut(length.max(frames)), 0);
        }
        self.done = self.done.saturating_add(cut(frames)).min(self.length);
        let to = self.current();
        self.has_begun = true;
        self.is_unity = self.done == self.length && to == [UNITY; MAX_CHANNELS];
        Slope::new(from, to, frames)
    }

    /// The gain reached during a fade.
    #[inline(never)]
    fn current(&self) -> [u32; MAX_CHANNELS] {
        if self.done == self.length {
            return self.target;
        }
        let way = Slope::new(self.start, self.target, self.length.into());
        array::from_fn(|channel| way.at(channel, self.done.into()))
    }

    /// Whether the gain equals the volume. A stream that has not started is at its volume.
    pub(crate) fn is_settled(&mut self, volume: &Volume, rate: u32) -> bool {
        if !self.has_begun {
            self.next(volume, 0, rate);
        }
        self.done == self.length && self.generation == volume.generation.load(Ordering::Acquire)
    }

    /// The current gain, whatever has been set since.
    #[inline(never)]
    pub(crate) fn as_it_is(&self) -> Slope {
        let current = if self.has_begun { self.current() } else { [UNITY; MAX_CHANNELS] };
        Slope::new(current, current, 1)
    }

    /// Forgets the gain, so that the next start does not ramp.
    pub fn reset(&mut self) {
        (self.has_begun, self.is_unity) = (false, false);
    }
}

/// The number of samples whose gains are computed at a time.
const SAMPLES: usize = 64;

/// The number of whole frames in [`SAMPLES`], by the number of channels.
pub(crate) fn frames_in_block(channels: usize) -> usize {
    SAMPLES / size(channels)
}

impl Slope {
    fn new(from: [u32; MAX_CHANNELS], to: [u32; MAX_CHANNELS], frames: u64) -> Self {
        let kind = match (from == to, to == [UNITY; MAX_CHANNELS]) {
            (true, true) => Kind::Unity,
            (true, false) => Kind::Steady,
            _ => Kind::Changing,
        };
        Self { kind, from, to, frames: divisor(frames), begun: 0 }
    }

    /// The slope from frame `index` of its move on.
    pub(crate) fn from(&self, index: u64) -> Self {
        Self { begun: self.begun.saturating_add(index), ..*self }
    }

    /// Whether it leaves every sample unchanged.
    pub fn is_unity(&self) -> bool {
        self.kind == Kind::Unity
    }

    /// Applies several slopes in sequence.
    #[inline(never)]
    pub(crate) fn times(&self, other: &Self) -> Self {
        if other.is_unity() {
            return *self;
        }
        let (from, to) = (product(&self.from, &other.from), product(&self.to, &other.to));
        Self { frames: self.frames, begun: self.begun, ..Self::new(from, to, 1) }
    }

    /// The gain of `channel` after `position` frames of the move.
    fn at(&self, channel: usize, position: u64) -> u32 {
        let (from, to) = (self.from.get(channel), self.to.get(channel));
        self.between(from.copied().unwrap_or(0), to.copied().unwrap_or(0), position)
    }

    /// The gain after `position` frames of the move.
    fn between(&self, from: u32, to: u32, position: u64) -> u32 {
        let position = position.min(self.frames.get());
        let way = u64::from(from.abs_diff(to)).saturating_mul(position) / self.frames;
        let way = u32::try_from(way).unwrap_or(u32::MAX);
        if to > from { from.saturating_add(way) } else { from.saturating_sub(way) }
    }

    /// Applies the gain in place to whole frames of `channels` channels of `sample`; the first is
    /// frame `index` of the move. Rounds to the nearest.
    #[inline(never)]
    pub(crate) fn apply(&self, index: u64, sample: SampleType, channels: usize, bytes: &mut [u8]) {
        if self.is_unity() {
            return;
        }
        if sample == SampleType::Int32 {
            return self.apply_exactly(index, channels, bytes);
        }
        let frames = frames_in_block(channels);
        let block = frames.saturating_mul(channels).saturating_mul(sample.bytes());
        let (mut index, frames) = (index, u64::try_from(frames).unwrap_or(1));
        let (mut gains, mut words) = ([0.0; SAMPLES], [0; UNPACKED_BYTES]);
        let is_packed = sample == SampleType::Int24;
        self.fill(index, channels, &mut gains);
        for (number, bytes) in bytes.chunks_mut(block.max(1)).enumerate() {
            if number > 0 && self.kind == Kind::Changing {
                self.fill(index, channels, &mut gains);
            }
            // Three-byte samples are processed as four bytes.
            if is_packed {
                unpack(bytes, &mut words);
            }
            scale(sample, if is_packed { &mut words } else { &mut *bytes }, &gains);
            if is_packed {
                pack(&words, bytes);
            }
            index = index.saturating_add(frames);
        }
    }

    /// The gains of whole frames, from frame `index` of the move on, one for each sample.
    fn fill(&self, index: u64, channels: usize, gains: &mut [f32; SAMPLES]) {
        let frames = gains.chunks_exact_mut(channels.max(1));
        if self.kind == Kind::Changing {
            let first = self.begun.saturating_add(index).saturating_add(1);
            for (position, frame) in (first..).zip(frames) {
                for (channel, place) in frame.iter_mut().enumerate() {
                    *place = gain(self.at(channel, position));
                }
            }
        } else {
            let to = self.to.map(gain);
            for frame in frames {
                for (place, gain) in frame.iter_mut().zip(to) {
                    *place = gain;
                }
            }
        }
    }

    /// 32 bits do not fit a float: computed exactly, then rounded.
    fn apply_exactly(&self, index: u64, channels: usize, bytes: &mut [u8]) {
        let first = self.begun.saturating_add(index).saturating_add(1);
        let frames = bytes.as_chunks_mut::<4>().0.chunks_exact_mut(channels.max(1));
        if self.kind == Kind::Changing {
            for (position, frame) in (first..).zip(frames) {
                for (channel, place) in frame.iter_mut().enumerate() {
                    *place = scale_32(*place, self.at(channel, position));
                }
            }
        } else {
            for frame in frames {
                for (place, gain) in frame.iter_mut().zip(self.to) {
                    *place = scale_32(*place, gain);
                }
            }
        }
    }
}

/// The gains in order. Not inlined, because it would be unrolled at each call.
#[inline(never)]
fn product(one: &[u32; MAX_CHANNELS], other: &[u32; MAX_CHANNELS]) -> [u32; MAX_CHANNELS] {
    let mut gains = *one;
    for (gain, other) in gains.iter_mut().zip(other) {
        let both = u64::from(*gain).saturating_mul(u64::from(*other)) >> 31;
        *gain = u32::try_from(both).unwrap_or(UNITY);
    }
    gains
}

fn scale_32(sample: [u8; 4], gain: u32) -> [u8; 4] {
    let product = i64::from(i32::from_le_bytes(sample)).wrapping_mul(i64::from(gain));
    // The gain is at most one, so it fits.
    let [low, second, third, high, ..] = (product.wrapping_add(1 << 30) >> 31).to_le_bytes();
    [low, second, third, high]
}

/// A gain as a float; one bit is lost, because processors convert only signed numbers.
#[expect(clippy::as_conversions, reason = "the rounding cast is the conversion that is wanted")]
fn gain(fixed: u32) -> f32 {
    (fixed >> 1).cast_signed() as f32 * (1.0 / 1_073_741_824.0)
}

/// Samples times their gains, none of which is above one.
fn scale(sample: SampleType, bytes: &mut [u8], gains: &[f32; SAMPLES]) {
    match sample {
        SampleType::Int16 => {
            for (place, gain) in bytes.as_chunks_mut::<2>().0.iter_mut().zip(gains) {
                *place = nearest_16(f32::from(i16::from_le_bytes(*place)) * gain);
            }
        }
        SampleType::Float32 => {
            for (place, gain) in bytes.as_chunks_mut::<4>().0.iter_mut().zip(gains) {
                *place = (f32::from_le_bytes(*place) * gain).to_le_bytes();
            }
        }
        SampleType::Int24 | SampleType::Int24In32 | SampleType::Int32 => {
            for (place, gain) in bytes.as_chunks_mut::<4>().0.iter_mut().zip(gains) {
                *place = scale_24(i32::from_le_bytes(*place) >> 8, *gain);
            }
        }
    }
}

/// 24 bits times a gain of at most one, rounded, and left-justified again.
#[expect(clippy::as_conversions, reason = "24 bits fit a float")]
fn scale_24(sample: i32, gain: f32) -> [u8; 4] {
    const HIGH: f32 = 4096.0;
    let scaled = sample as f32 * gain;
    // In two halves, because the rounding constant has 22 bits. Its addition to the bits of the
    // first is shifted out.
    let high = scaled * (1.0 / HIGH) + ROUNDING;
    let low = (scaled - (high - ROUNDING) * HIGH) + ROUNDING;
    let low = low.to_bits().wrapping_sub(ROUNDING.to_bits());
    ((high.to_bits() << 12).wrapping_add(low) << 8).to_le_bytes()
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use crate::convert::{load_all, store_all};
    use proptest::prelude::*;

    const TYPES: [SampleType; 5] = SampleType::ALL;

    #[test]
    fn each_channel_has_its_mute_and_the_master_is_the_first() {
        for channel in 0..MAX_CHANNELS {
            let volume = Volume::default();
            volume.set_muted(Some(channel), true);
            for other in 0..MAX_CHANNELS {
                assert_eq!(volume.muted(Some(other)), other == channel);
            }
            assert_eq!(volume.muted(None), channel == 0);
            volume.set_muted(None, true);
            assert!((0..MAX_CHANNELS).all(|channel| volume.muted(Some(channel))));
        }
    }

    #[test]
    fn gain_follows_the_decibel_scale() {
        for tenth in 0..1200 {
            let level = -tenth * 65_536 / 10;
            let gain = f64::from(gain_of_level(level)) / f64::from(UNITY);
            let exact = 10f64.powf(f64::from(level) / 65_536.0 / 20.0);
            // 16 binary digits of the exponent: 2 ^ (2 ^ -16) is 1 + 1.06e-5.
            assert!((gain - exact).abs() < 1.1e-5 * exact + 1e-9, "{level}: {gain} for {exact}");
        }
        assert_eq!(gain_of_level(0), UNITY);
        assert_eq!(gain_of_level(i32::MIN), 0);
        assert_eq!(gain_of_level(65536), UNITY);
    }

    #[test]
    fn unity_leaves_every_sample() {
        let slope = Ramp::default().next(&Volume::default(), 10, 48_000);
        assert!(slope.is_unity());
        for sample in TYPES {
            let bytes: Vec<u8> = (0..=255).collect();
            let mut kept = bytes.clone();
            slope.apply(3, sample, MAX_CHANNELS, &mut kept);
            assert_eq!(kept, bytes, "{sample:?}");
        }
    }

    #[test]
    fn a_change_ramps_over_the_move_and_ends_at_the_target() {
        let volume = Volume::default();
        let mut ramp = Ramp::default();
        ramp.next(&volume, 10, 48_000);
        volume.set_muted(Some(0), true);
        let slope = ramp.next(&volume, 10, 48_000);
        for sample in TYPES {
            let heard: Vec<i32> = (0..10)
                .map(|index| {
                    let mut bytes = vec![0; MAX_CHANNELS * sample.bytes()];
                    store_all(sample, &[1 << 30; MAX_CHANNELS], &mut bytes);
                    slope.apply(index, sample, MAX_CHANNELS, &mut bytes);
                    let mut frame = [0; MAX_CHANNELS];
                    load_all(sample, &bytes, &mut frame);
                    assert_eq!(frame[1], 1 << 30, "the other channel is not touched");
                    frame[0]
                })
                .collect();
            assert!(heard.is_sorted_by(|a, b| a > b), "{sample:?}: {heard:?}");
            assert_eq!(heard[9], 0);
        }
    }

    proptest! {
        /// In every type a sample times a constant gain is the nearest one, to half a step and a
        /// float's rounding.
        #[test]
        fn a_steady_gain_rounds_to_the_nearest(
            values in proptest::collection::vec(any::<i32>(), 24), level in -96 * 65_536..0i32, channels in 1usize..=16
        ) {
            let volume = Volume::default();
            volume.set_level(None, level);
            let slope = Ramp::default().next(&volume, 24, 48_000);
            let gain = f64::from(gain_of_level(level)) / f64::from(UNITY);
            for sample in TYPES {
                let mut bytes = vec![0; 24 / channels * channels * sample.bytes()];
                store_all(sample, &values, &mut bytes);
                let mut before = vec![0; 24 / channels * channels];
                let mut after = before.clone();
                load_all(sample, &bytes, &mut before);
                slope.apply(0, sample, channels, &mut bytes);
                load_all(sample, &bytes, &mut after);
                let half = match sample {
                    SampleType::Int16 => 32_768.0,
                    SampleType::Int24In32 | SampleType::Int24 => 128.0,
                    _ => 0.5,
                };
                for (before, after) in before.into_iter().zip(after) {
                    let exact = f64::from(before) * gain;
                    let lost = if sample == SampleType::Int32 { 0.0 } else { 1.0 + exact.abs() * 2f64.powi(-22) };
                    prop_assert!((f64::from(after) - exact).abs() <= half + lost,
                        "{:?}: {} became {} for {}", sample, before, after, exact);
                }
            }
        }
    }

    /// A fade of 100 ms in moves of 5 ms is one straight line, and a new one begins at the value
    /// that the last one reached.
    #[test]
    fn a_fade_takes_its_time_and_a_new_one_begins_where_it_is() {
        let volume = Volume::default();
        let mut ramp = Ramp::default();
        ramp.next(&volume, 240, 48_000);
        volume.fade_to_level(None, i32::MIN, 1_000_000);
        let gains: Vec<u32> = (0..20).map(|_| ramp.next(&volume, 240, 48_000).to[0]).collect();
        for (step, gain) in gains.iter().enumerate() {
            let exact = f64::from(UNITY) * (19 - step) as f64 / 20.0;
            assert!((f64::from(*gain) - exact).abs() < 2.0, "{step}: {gain}");
        }
        volume.fade_to_level(None, 0, 500_000);
        for _ in 0..5 {
            ramp.next(&volume, 240, 48_000);
        }
        let halfway = ramp.next(&volume, 0, 48_000).to[0];
        assert!(halfway.abs_diff(UNITY / 2) < 2, "{halfway}");
        volume.fade_to_level(None, i32::MIN, 0);
        let down = ramp.next(&volume, 240, 48_000);
        assert_eq!((down.from[0], down.to[0]), (halfway, 0));
    }

    /// A volume with a level of its own for each channel, in whole decibels below zero.
    fn volume_of(decibels: impl Fn(usize) -> i32) -> Volume {
        let volume = Volume::default();
        for channel in 0..MAX_CHANNELS {
            volume.set_level(Some(channel), -decibels(channel) * 65_536);
        }
        volume
    }

    #[test]
    fn a_channel_has_its_own_level_and_the_master_is_the_first() {
        let volume = volume_of(|channel| channel as i32 + 1);
        for channel in 0..MAX_CHANNELS {
            assert_eq!(volume.level(Some(channel)), -(channel as i32 + 1) * 65_536);
        }
        assert_eq!(volume.level(None), -65_536);
        assert_eq!(volume.level(Some(MAX_CHANNELS)), 0, "there is none");
    }

    /// Blocks of 64 samples or fewer, with several numbers of channels, from the middle of a move
    /// on: each sample has the gain of its own frame and channel.
    #[test]
    fn each_sample_has_the_gain_of_its_frame_and_channel() {
        const FRAMES: usize = 100;
        let volume = Volume::default();
        let mut ramp = Ramp::default();
        ramp.next(&volume, 2 * FRAMES as u64, 48_000);
        let decibels = |channel| channel as i32 * 2 + 1;
        for channel in 0..MAX_CHANNELS {
            volume.set_level(Some(channel), -decibels(channel) * 65_536);
        }
        let changing = ramp.next(&volume, 2 * FRAMES as u64, 48_000);
        let steady = ramp.next(&volume, 2 * FRAMES as u64, 48_000);
        for (slope, begun) in [(changing, 0), (changing.from(30), 30), (steady, 2 * FRAMES)] {
            for index in [0, 7] {
                for (channels, sample) in [1, 2, 5, 16]
                    .into_iter()
                    .flat_map(|channels| TYPES.map(|sample| (channels, sample)))
                {
                    let mut values = vec![1 << 30; FRAMES * channels];
                    let mut bytes = vec![0; values.len() * sample.bytes()];
                    store_all(sample, &values, &mut bytes);
                    slope.apply(index as u64, sample, channels, &mut bytes);
                    load_all(sample, &bytes, &mut values);
                    for (at, value) in values.into_iter().enumerate() {
                        let (frame, channel) = (at / channels, at % channels);
                        let done = (begun + index + frame + 1).min(2 * FRAMES) as f64;
                        let target = 10f64.powf(f64::from(-decibels(channel)) / 20.0);
                        let gain = 1.0 + (target - 1.0) * done / (2 * FRAMES) as f64;
                        let off = f64::from(value) / f64::from(1 << 30) - gain;
                        assert!(off.abs() < 4e-5, "{sample:?} {channels} {index} {at}: {off}");
                    }
                }
            }
        }
    }

    /// The endpoint's volume and the stream's own: decibels are added, channel by channel.
    #[test]
    fn gains_in_sequence_are_multiplied() {
        let slope = |volume: &Volume| Ramp::default().next(volume, 10, 48_000);
        let (one, other) = (volume_of(|channel| channel as i32 + 1), volume_of(|_| 6));
        let both = slope(&one).times(&slope(&other));
        for (channel, gain) in both.to.into_iter().enumerate() {
            let exact = f64::from(UNITY) * 10f64.powf(-(channel as f64 + 7.0) / 20.0);
            assert!((f64::from(gain) / exact - 1.0).abs() < 1e-4, "{channel}: {gain}");
        }
        assert_eq!(both.from, both.to);
        let unity = slope(&Volume::default());
        assert_eq!(slope(&one).times(&unity).to, slope(&one).to);
        // Unity twice is not rounded.
        assert!(unity.times(&unity).is_unity());
        for (channel, gain) in unity.times(&slope(&one)).to.into_iter().enumerate() {
            assert!(gain.abs_diff(slope(&one).to[channel]) <= 1);
        }
        // What is halfway stays there.
        let mut ramp = Ramp::default();
        ramp.next(&Volume::default(), 10, 48_000);
        let fading = Volume::default();
        fading.set_level(None, i32::MIN);
        let fade = ramp.next(&fading, 10, 48_000).from(4).times(&slope(&other));
        let half = f64::from(UNITY) * 10f64.powf(-6.0 / 20.0);
        let found = f64::from(fade.at(0, 5)) / half;
        assert!((found - 0.5).abs() < 1e-4, "{found}");
        assert_eq!((fade.begun, fade.frames.get()), (4, 10));
    }

    #[test]
    fn what_is_blocked_is_silent_whatever_its_level() {
        let volume = Volume::default();
        volume.block(true);
        volume.block(true);
        volume.block(false);
        assert_eq!(Ramp::default().next(&volume, 1, 48_000).to, [0; MAX_CHANNELS]);
        assert_eq!(volume.level(None), 0);
        // A stream that plays hears of each change.
        let mut ramp = Ramp::default();
        ramp.next(&volume, 1, 48_000);
        volume.block(false);
        assert!(!ramp.stays_at_unity(&volume));
        assert_eq!(ramp.next(&volume, 1, 48_000).to, [UNITY; MAX_CHANNELS]);
        assert!(ramp.stays_at_unity(&volume));
        volume.block(true);
        assert!(!ramp.stays_at_unity(&volume));
        assert_eq!(ramp.next(&volume, 1, 48_000).to, [0; MAX_CHANNELS]);
        assert!(!ramp.stays_at_unity(&volume));
    }
}
