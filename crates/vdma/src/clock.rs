//! The clock of a cable, shared by all its streams, so that its two ends can never drift.
//!
//! `frame(t) = floor(ticks(t) * rate / frequency)` where `ticks` is the performance counter itself,
//! or, with a trim, the counter scaled from the time at which the trim was set. All computations
//! use integers: any frequency, no overflow for centuries. Only a trim moves the anchor, never a
//! late timer or a debugger.

use core::num::NonZeroU128;

use crate::divide::Divisor;
use crate::snapshot::Snapshot;
use crate::{Frames, Qpc};

const BILLION: u64 = 1_000_000_000;
const HALF_A_BILLION: i32 = 500_000_000;

/// A clock. Any number of threads may read it; one at a time may set its trim.
#[derive(Debug)]
pub struct Clock {
    /// Ticks of the performance counter per second.
    frequency: Divisor,
    /// Ticks per millisecond, rounded down.
    millisecond: u64,
    /// The performance counter and the scaled ticks at which the trim was set, and the scale in
    /// parts per billion.
    trim: Snapshot<3>,
}

/// `floor(value * multiplier / divisor)`, exactly; saturates if the result exceeds 64 bits.
fn scale_down(value: u64, multiplier: u64, divisor: Divisor) -> u64 {
    let (whole, rest) = divisor.divide(value);
    let rest = match rest.checked_mul(multiplier) {
        Some(product) => divisor.divide(product).0,
        // Only with a counter above 10 THz.
        None => narrow(widen(rest, multiplier) / wide(divisor)),
    };
    whole.saturating_mul(multiplier).saturating_add(rest)
}

/// `ceil(value * multiplier / divisor)`, exactly; saturates if the result exceeds 64 bits.
fn scale_up(value: u64, multiplier: u64, divisor: Divisor) -> u64 {
    let (whole, rest) = divisor.divide(value);
    let rest = match rest.checked_mul(multiplier) {
        Some(product) => divisor.divide_up(product),
        None => narrow(widen(rest, multiplier).div_ceil(wide(divisor).get())),
    };
    whole.saturating_mul(multiplier).saturating_add(rest)
}

/// A product of 64-bit numbers fits in 128 bits.
fn widen(value: u64, multiplier: u64) -> u128 {
    u128::from(value).saturating_mul(u128::from(multiplier))
}

fn wide(divisor: Divisor) -> NonZeroU128 {
    NonZeroU128::new(u128::from(divisor.get())).unwrap_or(NonZeroU128::MIN)
}

fn narrow(value: u128) -> u64 {
    u64::try_from(value).unwrap_or(u64::MAX)
}

impl Clock {
    /// A clock over a performance counter of `frequency` ticks a second (not zero), without trim.
    pub fn new(frequency: u64) -> Self {
        let trim = Snapshot::new();
        trim.publish(|| [0, 0, BILLION]);
        let millisecond = frequency / 1000;
        Self { frequency: Divisor::new(frequency), millisecond, trim }
    }

    /// Ticks of the performance counter per second.
    pub fn frequency(&self) -> u64 {
        self.frequency.get()
    }

    /// Makes the clock run `parts_per_billion` faster (or slower, if negative) than the performance
    /// counter, to simulate a device that drifts or to follow one. The frame number does not jump:
    /// the new rate applies from the result of `now` on. At most half a billion in either
    /// direction.
    ///
    /// One caller at a time, at DISPATCH_LEVEL: code that reads the clock must not interrupt it,
    /// because it would wait for the caller.
    pub fn set_trim(&self, parts_per_billion: i32, now: impl FnOnce() -> Qpc) {
        let trim = i64::from(parts_per_billion.clamp(-HALF_A_BILLION, HALF_A_BILLION));
        let scale = BILLION.saturating_add_signed(trim);
        let old = self.trim.load();
        self.trim.publish(|| {
            let now = now();
            [now.0, ticks(old, now), scale]
        });
    }

    /// The trim, in parts per billion.
    pub fn trim(&self) -> i32 {
        let [.., scale] = self.trim.load();
        i32::try_from(scale.cast_signed().wrapping_sub(BILLION.cast_signed())).unwrap_or(0)
    }

    /// The number of the current trim, which changes with each [`set_trim`](Self::set_trim).
    pub(crate) fn trim_number(&self) -> u64 {
        self.trim.number()
    }

    /// The device frame number for `rate` (frames per second) at the time `at`; rounds down.
    pub fn frame(&self, rate: u32, at: Qpc) -> Frames {
        let ticks = ticks(self.trim.load(), at);
        Frames(scale_down(ticks, u64::from(rate), self.frequency))
    }

    /// The first time at which [`frame`](Self::frame) is `frame` or more; the inverse, so it rounds
    /// up.
    pub fn time_of(&self, rate: u32, frame: Frames) -> Qpc {
        self.time_at(Divisor::new(u64::from(rate)), frame)
    }

    /// Like [`time_of`](Self::time_of), for a rate as a divisor.
    pub(crate) fn time_at(&self, rate: Divisor, frame: Frames) -> Qpc {
        let wanted = scale_up(frame.0, self.frequency.get(), rate);
        let [anchor, anchor_ticks, scale] = self.trim.load();
        let beyond = wanted.saturating_sub(anchor_ticks);
        let elapsed =
            if scale == BILLION { beyond } else { scale_up(beyond, BILLION, Divisor::new(scale)) };
        Qpc(anchor.saturating_add(elapsed))
    }

    /// Like [`time_at`](Self::time_at), with the state to continue from there.
    pub(crate) fn moment(&self, rate: Divisor, frame: Frames) -> Moment {
        let at = self.time_at(rate, frame);
        let [.., scale] = self.trim.load();
        let (_, rest) = rate.divide(frame.0);
        let beyond = rest.checked_mul(self.frequency.get()).map(|product| {
            let (_, over) = rate.divide(product);
            if over == 0 { 0 } else { rate.get().wrapping_sub(over) }
        });
        Moment { at, beyond: beyond.filter(|_| scale == BILLION) }
    }

    /// The distance in time of `frames` frames.
    pub(crate) fn pace(&self, rate: Divisor, frames: u64) -> Pace {
        let (ticks, over) = rate.divide(frames.saturating_mul(self.frequency.get()));
        Pace { ticks, over }
    }

    /// Ticks of the performance counter in a millisecond; rounds down.
    pub(crate) fn millisecond(&self) -> u64 {
        self.millisecond
    }

    /// A span of ticks of the performance counter in 100 ns; rounds down.
    pub fn hundreds_of_nanoseconds(&self, ticks: u64) -> u64 {
        scale_down(ticks, 10_000_000, self.frequency)
    }

    /// A span of `microseconds` in ticks of the performance counter; rounds down.
    pub fn span(&self, microseconds: u64) -> u64 {
        scale_down(microseconds, self.frequency.get(), Divisor::new(1_000_000))
    }
}

/// The first time of a frame. The next one takes an addition instead of the clock's division.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Moment {
    pub(crate) at: Qpc,
    /// The distance beyond the exact time, in units of 1 / rate of a tick. None if the clock is
    /// trimmed.
    beyond: Option<u64>,
}

/// A distance in time: ticks, and a fraction of a tick.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Pace {
    ticks: u64,
    over: u64,
}

impl Moment {
    /// The time `pace` later, if known.
    pub(crate) fn after(self, pace: Pace, rate: Divisor) -> Option<Self> {
        let beyond = self.beyond?;
        let (more, beyond) = if pace.over > beyond {
            (1, beyond.wrapping_add(rate.get()).wrapping_sub(pace.over))
        } else {
            (0, beyond.wrapping_sub(pace.over))
        };
        let at = Qpc(self.at.0.saturating_add(pace.ticks).saturating_add(more));
        Some(Self { at, beyond: Some(beyond) })
    }
}

/// The scaled ticks at `at`. A time before the anchor counts as the anchor: a trim never moves the
/// clock back.
fn ticks([anchor, anchor_ticks, scale]: [u64; 3], at: Qpc) -> u64 {
    let elapsed = at.0.saturating_sub(anchor);
    let scaled =
        if scale == BILLION { elapsed } else { scale_down(elapsed, scale, Divisor::new(BILLION)) };
    anchor_ticks.saturating_add(scaled)
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A hundred years of uptime.
    const CENTURY: u64 = 100 * 366 * 24 * 3600;

    fn frequencies() -> impl Strategy<Value = u64> {
        prop_oneof![
            Just(10_000_000u64),
            Just(3_579_545),
            Just(19_200_000),
            Just(24_000_000),
            1u64..5_000_000_000
        ]
    }

    proptest! {
        #[test]
        fn frame_is_the_exact_quotient(
            frequency in frequencies(), rate in 8_000u32..=768_000, seconds in 0..CENTURY, part in any::<u64>()
        ) {
            let at = seconds * frequency + part % frequency;
            let exact = u128::from(at) * u128::from(rate) / u128::from(frequency);
            prop_assert_eq!(u128::from(Clock::new(frequency).frame(rate, Qpc(at)).0), exact);
        }

        #[test]
        fn time_of_is_the_first_moment_of_a_frame(
            frequency in frequencies(), rate in 8_000u32..=768_000, seconds in 0..CENTURY, part in any::<u64>(),
            trim in -1_000_000i32..=1_000_000
        ) {
            let clock = Clock::new(frequency);
            let at = seconds * frequency + part % frequency;
            clock.set_trim(trim, || Qpc(at / 2));
            let frame = clock.frame(rate, Qpc(at));
            let first = clock.time_of(rate, frame);
            prop_assert!(first.0 <= at);
            prop_assert!(clock.frame(rate, first) >= frame);
            if first.0 > at / 2 {
                prop_assert!(clock.frame(rate, Qpc(first.0 - 1)) < frame);
            }
        }

        /// Step by step gives the same as at once.
        #[test]
        fn a_moment_after_another_is_that_of_its_frame(
            frequency in frequencies(), rate in prop_oneof![Just(48_000u32), Just(44_100), 8_000u32..=768_000],
            seconds in 0..CENTURY / 100, step in prop_oneof![Just(240u64), Just(441), 1u64..10_000],
            trim in prop_oneof![Just(0i32), -1_000_000i32..=1_000_000]
        ) {
            let clock = Clock::new(frequency);
            clock.set_trim(trim, || Qpc(seconds * frequency / 2));
            let (divisor, first) = (Divisor::new(u64::from(rate)), seconds * u64::from(rate));
            let pace = clock.pace(divisor, step);
            let mut moment = clock.moment(divisor, Frames(first));
            for index in 1..20 {
                let frame = Frames(first + index * step);
                let exact = clock.moment(divisor, frame);
                prop_assert_eq!(exact.at, clock.time_of(rate, frame));
                let after = moment.after(pace, divisor);
                prop_assert_eq!(after, (trim == 0).then_some(exact));
                moment = exact;
            }
        }

        #[test]
        fn a_trim_never_makes_the_frame_number_jump(
            frequency in frequencies(), rate in 8_000u32..=768_000, at in 0u64..1 << 50,
            first in -1_000_000i32..=1_000_000, second in -1_000_000i32..=1_000_000
        ) {
            let clock = Clock::new(frequency);
            clock.set_trim(first, || Qpc(at / 3));
            let before = clock.frame(rate, Qpc(at));
            clock.set_trim(second, || Qpc(at));
            let after = clock.frame(rate, Qpc(at));
            prop_assert_eq!(before, after);
            prop_assert_eq!(clock.trim(), second);
        }
    }

    /// Also where products of a rest no longer fit 64 bits.
    #[test]
    fn a_counter_of_any_frequency_is_exact() {
        for frequency in [(1 << 46) + 9, 1 << 60, u64::MAX / 3, u64::MAX] {
            let clock = Clock::new(frequency);
            for (rate, at) in [8_000, 44_100, 384_000].into_iter().flat_map(|rate| {
                let times = [0, 1, frequency / 7 * 5 + 3, frequency - 1, frequency, u64::MAX];
                times.map(|at| (rate, at))
            }) {
                let (of, wide) = (u128::from(frequency), u128::from(rate));
                let frame = u128::from(at) * wide / of;
                assert_eq!(u128::from(clock.frame(rate, Qpc(at)).0), frame, "{at} of {frequency}");
                let first = clock.time_of(rate, Frames(frame.try_into().unwrap()));
                assert_eq!(u128::from(first.0), (frame * of).div_ceil(wide), "{at} of {frequency}");
            }
        }
    }

    #[test]
    fn a_trim_of_parts_per_billion_is_faster_and_a_negative_one_slower() {
        for (trim, frames) in
            [(1_000_000, 48_048), (-1_000_000, 47_952), (1, 48_000), (i32::MAX, 72_000)]
        {
            let clock = Clock::new(10_000_000);
            clock.set_trim(trim, || Qpc(70_000_000));
            // The time before the trim is not affected.
            let second = clock.frame(48_000, Qpc(80_000_000)).0 - 7 * 48_000;
            assert_eq!(second, frames, "{trim}");
        }
    }

    #[test]
    fn a_day_at_every_common_rate_is_a_whole_number_of_frames() {
        for frequency in [10_000_000, 3_579_545, 19_200_000, 24_000_000] {
            for rate in [8_000, 44_100, 48_000, 96_000, 192_000, 352_800, 384_000] {
                let clock = Clock::new(frequency);
                let day = Qpc(frequency * 86_400);
                assert_eq!(clock.frame(rate, day).0, u64::from(rate) * 86_400);
            }
        }
    }
}
