//! Volume, mute and peak meter: of the speaker, and of each offload stream.
//!
//! Without an audio engine the volume is kept and not applied.

use core::sync::atomic::{AtomicBool, AtomicI32, AtomicU32, AtomicU64, Ordering::Relaxed};

use acx::element::{Fade, MuteControl, PeakMeter, VolumeControl, VolumeRange};
use acx::engine::EngineControls;
use acx::pool::Arc;
use acx::time::Qpc;
use acx::{Error, Passive, Result};

use crate::Flaw;

/// The range of a volume: from -96 dB in steps of half a decibel.
pub(crate) const RANGE: VolumeRange = VolumeRange { minimum: -96 << 16, maximum: 0, step: HALF };
const HALF: u32 = 1 << 15;

/// A gain of 1.
const UNITY: u32 = 1 << 16;

/// The gain of a level: half a decibel less each step.
fn gain_of(level: i32) -> u32 {
    // 10 to the power of -0.5 / 20, of which 1 is 2 to the power of 32.
    const STEP: u64 = 4_054_710_589;
    let steps = level.unsigned_abs() / HALF;
    let gain = (0..steps).fold(1_u64 << 32, |gain, _| gain.saturating_mul(STEP) >> 32);
    u32::try_from(gain >> 16).unwrap_or(UNITY)
}

/// One channel.
struct Channel {
    level: AtomicI32,
    /// The gain before the last change, and after it.
    before: AtomicU32,
    gain: AtomicU32,
    is_muted: AtomicBool,
    /// The loudest sample since the meter was read.
    peak: AtomicI32,
}

/// The controls of two channels.
pub(crate) struct Controls {
    flaw: Flaw,
    channels: [Channel; 2],
    /// When the last change of the volume began, and how long it takes, in ticks.
    begin: AtomicU64,
    length: AtomicU64,
}

impl Controls {
    pub(crate) const fn new(flaw: Flaw) -> Self {
        let channels = [const {
            Channel {
                level: AtomicI32::new(0),
                before: AtomicU32::new(UNITY),
                gain: AtomicU32::new(UNITY),
                is_muted: AtomicBool::new(false),
                peak: AtomicI32::new(0),
            }
        }; 2];
        Self { flaw, channels, begin: AtomicU64::new(0), length: AtomicU64::new(0) }
    }

    /// The channels that a client means.
    fn chosen(&self, channel: Option<u32>) -> impl Iterator<Item = &Channel> {
        let is_meant =
            move |own: usize| channel.is_none_or(|channel| usize::try_from(channel) == Ok(own));
        self.channels.iter().enumerate().filter(move |(own, _)| is_meant(*own)).map(|own| own.1)
    }

    /// The one that a client asks for.
    fn one(&self, channel: Option<u32>) -> Result<&Channel> {
        self.chosen(channel).next().ok_or(Error::InvalidParameter)
    }

    /// A sample of a channel as it sounds at `at`.
    pub(crate) fn apply(&self, channel: usize, sample: i16, at: Qpc) -> i16 {
        let Some(own) = self.channels.get(channel) else { return 0 };
        if own.is_muted.load(Relaxed) {
            return 0;
        }
        let (from, to) = (i64::from(own.before.load(Relaxed)), i64::from(own.gain.load(Relaxed)));
        let (begin, length) = (self.begin.load(Relaxed), self.length.load(Relaxed));
        let done = at.0.saturating_sub(begin);
        let gain = if done >= length {
            to
        } else {
            let [done, length] = [done, length].map(|ticks| i64::try_from(ticks).unwrap_or(0));
            let part = to.saturating_sub(from).saturating_mul(done).checked_div(length);
            from.saturating_add(part.unwrap_or(0))
        };
        i16::try_from(i64::from(sample).saturating_mul(gain) >> 16).unwrap_or(0)
    }

    /// Shows what a channel plays to its meter.
    pub(crate) fn meter(&self, channel: usize, sample: i16) {
        if let Some(own) = self.channels.get(channel) {
            own.peak.fetch_max(i32::from(sample.saturating_abs()) << 16, Relaxed);
        }
    }
}

/// The elements of some controls.
#[derive(Clone)]
pub(crate) struct Elements(pub(crate) Arc<Controls>);

impl Elements {
    /// All of an audio engine's.
    pub(crate) fn of_engine(&self) -> EngineControls<Self, Self, Self> {
        let [volume, mute, meter] = [self, self, self].map(Clone::clone);
        EngineControls { channels: 2, range: RANGE, volume, mute, meter }
    }
}

impl VolumeControl for Elements {
    fn set_level(
        &self,
        channel: Option<u32>,
        level: i32,
        fade: Fade,
        _passive: &mut Passive,
    ) -> Result<()> {
        let flaw = self.0.flaw;
        let is_narrow = flaw == Flaw::NarrowRange
            || flaw == Flaw::NarrowSecond && channel.is_some_and(|channel| channel > 0);
        let is_whole = flaw == Flaw::Unclamped && channel.is_none();
        let least = if is_narrow { -90 << 16 } else { RANGE.minimum };
        let level = if is_whole { level } else { level.clamp(least, 0) };
        for own in self.0.chosen(channel) {
            let gain = own.gain.load(Relaxed);
            let next = match flaw {
                Flaw::FadesToHalf => gain_of(level.max(-6 << 16)),
                Flaw::StaysQuiet => gain_of(level).min(gain),
                _ => gain_of(level),
            };
            own.level.store(level, Relaxed);
            own.before.store(gain, Relaxed);
            own.gain.store(next, Relaxed);
        }
        let duration = if flaw == Flaw::NoFade { 0 } else { fade.duration };
        let ticks = u128::from(duration).saturating_mul(Qpc::frequency().into()) / 10_000_000;
        self.0.length.store(u64::try_from(ticks).unwrap_or(0), Relaxed);
        self.0.begin.store(Qpc::now().0, Relaxed);
        Ok(())
    }

    fn level(&self, channel: Option<u32>) -> Result<i32> {
        let level = self.0.one(channel)?.level.load(Relaxed);
        let is_wrong = self.0.flaw == Flaw::WrongLevel && channel == Some(1) && level == -2 << 16;
        Ok(if is_wrong { level.saturating_add_unsigned(HALF) } else { level })
    }
}

impl MuteControl for Elements {
    fn set_muted(&self, channel: Option<u32>, muted: bool, _passive: &mut Passive) -> Result<()> {
        self.0.chosen(channel).for_each(|own| own.is_muted.store(muted, Relaxed));
        Ok(())
    }

    fn muted(&self, channel: Option<u32>) -> Result<bool> {
        Ok(self.0.one(channel)?.is_muted.load(Relaxed))
    }
}

impl PeakMeter for Elements {
    fn peak(&self, channel: Option<u32>, _passive: &mut Passive) -> Result<i32> {
        let peaks = self.0.chosen(channel).map(|own| own.peak.swap(0, Relaxed));
        peaks.max().ok_or(Error::InvalidParameter)
    }
}
