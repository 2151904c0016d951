//! Volume, mute and ramps, on the real samples.
//!
//! Control calls set targets (atomics, any thread); the moving half of a stream ramps from the gain it last used to the target, over
//! one step, so that a change never clicks. Unity leaves every bit as it is.

use core::array;
use core::num::NonZeroU64;

use crate::divisor;
use crate::format::MAX_CHANNELS;
use crate::sync::{AtomicBool, AtomicI32, AtomicU32, AtomicU64, Ordering};

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

/// The gain of a level in 1/65536 dB (KSPROPERTY_AUDIO_VOLUMELEVEL). Levels above 0 dB count as 0 dB; the lowest is silence.
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

/// The volume and mute of an endpoint: what control calls set and what streams follow.
#[derive(Debug)]
pub struct Volume {
    levels: [AtomicI32; MAX_CHANNELS],
    muted: [AtomicBool; MAX_CHANNELS],
    /// How long the way to the last level takes, in 100 ns.
    duration: AtomicU64,
    /// How many want nothing to be heard, whatever the levels say.
    blocked: AtomicU32,
}

impl Default for Volume {
    fn default() -> Self {
        Self {
            levels: array::from_fn(|_| AtomicI32::new(0)),
            muted: array::from_fn(|_| AtomicBool::new(false)),
            duration: AtomicU64::new(0),
            blocked: AtomicU32::new(0),
        }
    }
}

impl Volume {
    /// As [`set_level`](Self::set_level), to be reached over `duration` in 100 ns, evenly. A stream that does not run is there at once.
    pub fn fade_to_level(&self, channel: Option<usize>, level: i32, duration: u64) {
        self.duration.store(duration, Ordering::Relaxed);
        self.store_level(channel, level);
    }

    /// Sets the level of `channel`, or of all with `None`, in 1/65536 dB.
    pub fn set_level(&self, channel: Option<usize>, level: i32) {
        self.fade_to_level(channel, level, 0);
    }

    /// One more, or one less, wants nothing to be let through. When nobody does, what the levels say is heard again.
    pub fn block(&self, blocked: bool) {
        if blocked {
            self.blocked.fetch_add(1, Ordering::Relaxed);
        } else {
            self.blocked.fetch_sub(1, Ordering::Relaxed);
        }
    }

    fn store_level(&self, channel: Option<usize>, level: i32) {
        for (index, place) in self.levels.iter().enumerate() {
            if channel.is_none_or(|channel| channel == index) {
                // After the duration: who sees the level sees how long the way to it is.
                place.store(level, Ordering::Release);
            }
        }
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

/// The gain that a stream is at, and where it is going.
#[derive(Debug, Default)]
pub struct Ramp {
    current: Option<[u32; MAX_CHANNELS]>,
    /// Where the way began, where it ends, how many frames it has, and how many lie behind.
    start: [u32; MAX_CHANNELS],
    target: [u32; MAX_CHANNELS],
    length: u64,
    done: u64,
}

/// The gain over one move of frames: from where the ramp was to where the volume is.
#[derive(Clone, Copy, Debug)]
pub struct Slope {
    from: [u32; MAX_CHANNELS],
    to: [u32; MAX_CHANNELS],
    frames: NonZeroU64,
    /// Frames of the move that lie behind.
    begun: u64,
}

impl Ramp {
    /// The slope over the next `frames` of a stream of `rate`. A stream that starts, starts at its volume. A change without a duration of
    /// its own takes these frames, so that it does not click.
    pub fn next(&mut self, volume: &Volume, frames: u64, rate: u32) -> Slope {
        let targets = volume.targets();
        let from = self.current.unwrap_or(targets);
        if self.current.is_none() {
            (self.start, self.target, self.length, self.done) = (targets, targets, 0, 0);
        } else if targets != self.target {
            let duration = volume.duration.load(Ordering::Relaxed);
            let length = duration.saturating_mul(u64::from(rate)) / 10_000_000;
            (self.start, self.target, self.length, self.done) =
                (from, targets, length.max(frames), 0);
        }
        self.done = self.done.saturating_add(frames).min(self.length);
        let to = if self.done == self.length {
            self.target
        } else {
            let way =
                Slope { from: self.start, to: self.target, frames: divisor(self.length), begun: 0 };
            array::from_fn(|channel| way.at(channel, self.done))
        };
        self.current = Some(to);
        Slope { from, to, frames: divisor(frames), begun: 0 }
    }

    /// Forgets where the gain was, so that the next start does not ramp.
    pub fn reset(&mut self) {
        self.current = None;
    }
}

impl Slope {
    /// The slope that leaves every sample as it is.
    pub(crate) const fn unity() -> Self {
        Self {
            from: [UNITY; MAX_CHANNELS],
            to: [UNITY; MAX_CHANNELS],
            frames: NonZeroU64::MIN,
            begun: 0,
        }
    }

    /// The slope from frame `index` of its move on.
    pub(crate) fn from(&self, index: u64) -> Self {
        Self { begun: self.begun.saturating_add(index), ..*self }
    }

    /// Whether it leaves every sample as it is.
    pub fn is_unity(&self) -> bool {
        self.from == [UNITY; MAX_CHANNELS] && self.to == self.from
    }

    /// One slope after the other.
    pub(crate) fn times(&self, other: &Self) -> Self {
        let product = |one: [u32; MAX_CHANNELS], other: [u32; MAX_CHANNELS]| {
            let mut gains = one.into_iter().zip(other).map(|(one, other)| {
                let gain = u64::from(one).saturating_mul(u64::from(other)) >> 31;
                u32::try_from(gain).unwrap_or(UNITY)
            });
            array::from_fn(|_| gains.next().unwrap_or(0))
        };
        Self { from: product(self.from, other.from), to: product(self.to, other.to), ..*self }
    }

    /// The gain of `channel` after `position` frames of the move.
    fn at(&self, channel: usize, position: u64) -> u32 {
        let (from, to) = (self.from.get(channel), self.to.get(channel));
        self.between(from.copied().unwrap_or(0), to.copied().unwrap_or(0), position)
    }

    /// Applies the gain to whole frames of `channels` channels, the first of which is frame `index` of the move.
    pub(crate) fn apply(&self, index: u64, channels: usize, samples: &mut [i32]) {
        let frames = samples.chunks_exact_mut(channels.max(1));
        if self.from == self.to {
            for frame in frames {
                for (sample, gain) in frame.iter_mut().zip(self.to) {
                    *sample = scale(*sample, gain);
                }
            }
            return;
        }
        let index = index.saturating_add(self.begun);
        for (position, frame) in (index.saturating_add(1)..).zip(frames) {
            let gains = self.from.into_iter().zip(self.to);
            for (sample, (from, to)) in frame.iter_mut().zip(gains) {
                *sample = scale(*sample, self.between(from, to, position));
            }
        }
    }

    /// The gain after `position` frames of the move.
    fn between(&self, from: u32, to: u32, position: u64) -> u32 {
        let position = position.min(self.frames.get());
        let way = u64::from(from.abs_diff(to)).saturating_mul(position) / self.frames;
        let way = u32::try_from(way).unwrap_or(u32::MAX);
        if to > from { from.saturating_add(way) } else { from.saturating_sub(way) }
    }
}

/// A sample times a gain: at most 2^31 * 2^31. Rounds toward zero, so that silence stays silence.
fn scale(sample: i32, gain: u32) -> i32 {
    let scaled = i64::from(sample).saturating_mul(i64::from(gain)) / (1 << 31);
    i32::try_from(scaled).unwrap_or(sample)
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn gain_follows_the_decibel_scale() {
        for tenth in 0..1200 {
            let decibel = -f64::from(tenth) / 10.0;
            let gain =
                f64::from(gain_of_level((decibel * 65536.0).round() as i32)) / f64::from(UNITY);
            let exact = 10f64.powf(decibel / 20.0);
            assert!((gain - exact).abs() < 3e-5 * exact + 1e-9, "{decibel} dB: {gain} for {exact}");
        }
        assert_eq!(gain_of_level(0), UNITY);
        assert_eq!(gain_of_level(i32::MIN), 0);
        assert_eq!(gain_of_level(65536), UNITY);
    }

    #[test]
    fn unity_leaves_every_sample() {
        let slope = Ramp::default().next(&Volume::default(), 10, 48_000);
        assert!(slope.is_unity());
        for value in [i32::MIN, -1, 0, 1, i32::MAX] {
            let mut frame = [value; MAX_CHANNELS];
            slope.apply(3, MAX_CHANNELS, &mut frame);
            assert_eq!(frame, [value; MAX_CHANNELS]);
        }
    }

    #[test]
    fn a_change_ramps_over_the_move_and_ends_at_the_target() {
        let volume = Volume::default();
        let mut ramp = Ramp::default();
        ramp.next(&volume, 10, 48_000);
        volume.set_muted(Some(0), true);
        let slope = ramp.next(&volume, 10, 48_000);
        let heard: Vec<i32> = (0..10)
            .map(|index| {
                let mut frame = [1 << 30; MAX_CHANNELS];
                slope.apply(index, MAX_CHANNELS, &mut frame);
                assert_eq!(frame[1], 1 << 30, "the other channel is not touched");
                frame[0]
            })
            .collect();
        assert!(heard.is_sorted_by(|a, b| a > b), "{heard:?}");
        assert_eq!(heard[9], 0);
    }

    /// A fade of 100 ms in moves of 5 ms is one straight way, and a new one begins where the last had come to.
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

    #[test]
    fn what_is_blocked_is_silent_whatever_its_level() {
        let volume = Volume::default();
        volume.block(true);
        volume.block(true);
        volume.block(false);
        assert_eq!(Ramp::default().next(&volume, 1, 48_000).to, [0; MAX_CHANNELS]);
        assert_eq!(volume.level(None), 0);
        volume.block(false);
        assert!(Ramp::default().next(&volume, 1, 48_000).is_unity());
    }
}
