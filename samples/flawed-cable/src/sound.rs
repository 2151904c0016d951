//! Sample processing: gain, meter, mix, and the ring between the two ends.

use core::sync::atomic::{AtomicBool, AtomicI32, AtomicU32, AtomicU64, Ordering::Relaxed};

use acx::element::{Fade, MuteControl, PeakMeter, VolumeControl, VolumeRange};
use acx::pool::Arc;
use acx::{Error, Passive, Result};

use crate::Flaw;

/// Channels of every format.
pub(crate) const CHANNELS: usize = 2;

/// A frame: a sample for each channel.
pub(crate) type Frame = [i16; CHANNELS];

/// Frames of the ring.
const RING: usize = 4096;

/// A gain of 1.
const UNITY: u64 = 1 << 31;

/// A gain of -0.5 dB.
const HALF_DECIBEL_DOWN: u64 = 2_027_355_295;

/// The maximum change of a gain per sample, so that a change does not click.
const FADE: u32 = 1 << 23;

/// The gain of half a decibel up.
const HALF_DECIBEL_UP: u64 = 2_274_730_053;

pub(crate) const RANGE: VolumeRange =
    VolumeRange { minimum: -96 << 16, maximum: 6 << 16, step: 1 << 15 };

/// Volume, mute and meter of an end.
pub(crate) struct Controls {
    flaw: Flaw,
    is_render: bool,
    level: [AtomicI32; CHANNELS],
    muted: [AtomicBool; CHANNELS],
    gain: [AtomicU32; CHANNELS],
    peak: [AtomicU32; CHANNELS],
}

impl Controls {
    /// A device that starts muted is at its lowest volume as well.
    pub(crate) fn new(flaw: Flaw, is_render: bool, is_muted: bool) -> Self {
        let level = if is_muted { RANGE.minimum } else { 0 };
        let new = Self {
            flaw,
            is_render,
            level: [AtomicI32::new(level), AtomicI32::new(level)],
            muted: [AtomicBool::new(is_muted), AtomicBool::new(is_muted)],
            gain: [const { AtomicU32::new(0) }; CHANNELS],
            peak: [const { AtomicU32::new(0) }; CHANNELS],
        };
        new.change();
        new
    }

    /// The target of each channel's gain.
    pub(crate) fn targets(&self) -> [u32; CHANNELS] {
        self.gain.each_ref().map(|gain| gain.load(Relaxed))
    }

    fn change(&self) {
        let all = self.level.iter().zip(&self.muted).zip(&self.gain);
        for ((level, muted), gain) in all {
            let level = level.load(Relaxed);
            let is_ignored =
                matches!(self.flaw, Flaw::IgnoresVolume | Flaw::OwnVolume) && !self.is_render;
            let mut found = gain_of(if is_ignored { 0 } else { level });
            if self.flaw == Flaw::Inexact && self.is_render && level == -1 << 16 {
                found = found.saturating_add(found / 434);
            }
            let is_whole = self.muted.iter().all(|muted| muted.load(Relaxed));
            let is_heard = match self.flaw {
                Flaw::IgnoresMute => self.is_render && is_whole,
                Flaw::OwnMute => !self.is_render,
                _ => false,
            };
            let is_muted = muted.load(Relaxed) && !is_heard;
            gain.store(if is_muted { 0 } else { found }, Relaxed);
        }
    }

    /// Whether the right channel alone of a speaker is muted.
    fn is_half_muted(&self) -> bool {
        let muted = self.muted.each_ref().map(|muted| muted.load(Relaxed));
        self.is_render && muted == [false, true]
    }

    /// Notes how loud a frame is.
    pub(crate) fn measure(&self, frame: Frame) {
        for (peak, sample) in self.peak.iter().zip(frame) {
            let is_blind = match self.flaw {
                Flaw::NoNegativePeaks => self.is_render,
                Flaw::NoNegativeSound => !self.is_render,
                _ => false,
            };
            let is_seen = sample > 0 || !is_blind;
            let loudness = if is_seen { u32::from(sample.unsigned_abs()) } else { 0 };
            let loudness = match self.flaw {
                Flaw::MeterOfMuted if self.is_half_muted() => {
                    loudness.saturating_sub(loudness / 100)
                }
                Flaw::MeterBeforeMute if self.is_half_muted() => loudness.max(1),
                _ => loudness,
            };
            peak.fetch_max(loudness << 16, Relaxed);
        }
    }
}

/// The gain of a level: half decibels, one after the other.
fn gain_of(level: i32) -> u32 {
    let step = if level < 0 { HALF_DECIBEL_DOWN } else { HALF_DECIBEL_UP };
    let mut gain = UNITY;
    for _ in 0..level.unsigned_abs() >> 15 {
        gain = gain.saturating_mul(step).saturating_add(UNITY / 2) >> 31;
    }
    u32::try_from(gain).unwrap_or(u32::MAX)
}

/// The elements of an end's circuit.
pub(crate) struct Elements(pub(crate) Arc<Controls>);

fn is_own(channel: Option<u32>, own: usize) -> bool {
    channel.is_none_or(|channel| usize::try_from(channel) == Ok(own))
}

fn place(channel: Option<u32>) -> usize {
    usize::try_from(channel.unwrap_or(0)).unwrap_or(usize::MAX)
}

impl VolumeControl for Elements {
    fn set_level(
        &self,
        channel: Option<u32>,
        level: i32,
        _fade: Fade,
        _passive: &mut Passive,
    ) -> Result<()> {
        for (own, kept) in self.0.level.iter().enumerate() {
            if is_own(channel, own) {
                kept.store(level.clamp(RANGE.minimum, RANGE.maximum), Relaxed);
            }
        }
        self.0.change();
        Ok(())
    }

    fn level(&self, channel: Option<u32>) -> Result<i32> {
        let kept = self.0.level.get(place(channel)).ok_or(Error::InvalidParameter)?;
        Ok(kept.load(Relaxed))
    }
}

impl MuteControl for Elements {
    fn set_muted(&self, channel: Option<u32>, muted: bool, _passive: &mut Passive) -> Result<()> {
        let is_other = self.0.flaw == Flaw::MutesOther && !self.0.is_render;
        for (own, kept) in self.0.muted.iter().enumerate() {
            let own = if is_other { usize::from(own == 0) } else { own };
            if is_own(channel, own) {
                kept.store(muted, Relaxed);
            }
        }
        self.0.change();
        Ok(())
    }

    fn muted(&self, channel: Option<u32>) -> Result<bool> {
        let kept = self.0.muted.get(place(channel)).ok_or(Error::InvalidParameter)?;
        let is_stuck = self.0.flaw == Flaw::StuckMute && self.0.is_render && channel == Some(0);
        Ok(kept.load(Relaxed) && !is_stuck)
    }
}

impl PeakMeter for Elements {
    fn peak(&self, channel: Option<u32>, _passive: &mut Passive) -> Result<i32> {
        let keeps = self.0.flaw == Flaw::KeepsPeak && self.0.is_half_muted();
        let take =
            |peak: &AtomicU32| if keeps { peak.load(Relaxed) } else { peak.swap(0, Relaxed) };
        let peak = match channel {
            None => self.0.peak.iter().map(take).max().unwrap_or(0),
            Some(_) => take(self.0.peak.get(place(channel)).ok_or(Error::InvalidParameter)?),
        };
        Ok(i32::try_from(peak).unwrap_or(i32::MAX))
    }
}

/// The gain of a stream, on its way to what the controls say.
#[derive(Default)]
pub(crate) struct Gain {
    has_begun: bool,
    is_frozen: bool,
    current: [u32; CHANNELS],
}

impl Gain {
    /// The next frame, at the gain that it has.
    pub(crate) fn apply(&mut self, controls: &Controls, frame: Frame) -> Frame {
        let clicks = match controls.flaw {
            Flaw::Clicks => controls.is_render,
            Flaw::ClicksToo => !controls.is_render,
            _ => false,
        };
        let mut result = frame;
        let all = self.current.iter_mut().zip(controls.targets()).zip(&mut result);
        for ((current, target), sample) in all {
            if !self.has_begun || clicks {
                *current = target;
            } else if !self.is_frozen {
                let step = target.abs_diff(*current).min(FADE);
                let up = target > *current;
                *current =
                    if up { current.saturating_add(step) } else { current.saturating_sub(step) };
            }
            let product = i64::from(*sample).saturating_mul((*current).into());
            let rounded = product.saturating_add(1 << 30) >> 31;
            let limited = rounded.clamp(i16::MIN.into(), i16::MAX.into());
            *sample = i16::try_from(limited).unwrap_or(0);
        }
        self.has_begun = true;
        result
    }

    /// A fade stops where it is.
    pub(crate) fn freeze(&mut self, controls: &Controls) {
        self.is_frozen |= self.has_begun && self.current != controls.targets();
    }

    /// The next stream begins at its volume.
    pub(crate) fn reset(&mut self) {
        *self = Self::default();
    }
}

/// The ring between the ends: each frame with the time at which it sounds.
pub(crate) struct Ring {
    flaw: Flaw,
    times: [AtomicU64; RING],
    frames: [AtomicU32; RING],
}

impl Ring {
    #[expect(clippy::large_stack_arrays, reason = "it is made once, in the host's process")]
    pub(crate) const fn new(flaw: Flaw) -> Self {
        Self {
            flaw,
            times: [const { AtomicU64::new(0) }; RING],
            frames: [const { AtomicU32::new(0) }; RING],
        }
    }

    fn place(&self, time: u64) -> Option<(&AtomicU64, &AtomicU32)> {
        let place = usize::try_from(time).unwrap_or(0) % RING;
        self.times.get(place).zip(self.frames.get(place))
    }

    /// Adds a frame to what sounds at a time.
    pub(crate) fn add(&self, time: u64, frame: Frame) {
        let Some((kept_time, kept)) = self.place(time) else { return };
        let before = if kept_time.load(Relaxed) == time {
            unpack(kept.load(Relaxed))
        } else {
            [0; CHANNELS]
        };
        let mut sum = frame;
        for (channel, (sample, other)) in sum.iter_mut().zip(before).enumerate() {
            *sample = match self.flaw {
                Flaw::Wraps if channel == 0 => sample.wrapping_add(other),
                _ => sample.saturating_add(other),
            };
        }
        kept.store(pack(sum), Relaxed);
        kept_time.store(time, Relaxed);
    }

    /// Has a frame sound at a time, whatever else did.
    pub(crate) fn put(&self, time: u64, frame: Frame) {
        let Some((kept_time, kept)) = self.place(time) else { return };
        kept.store(pack(frame), Relaxed);
        kept_time.store(time, Relaxed);
    }

    /// The frame at a time.
    pub(crate) fn at(&self, time: u64) -> Frame {
        match self.place(time) {
            Some((kept_time, kept)) if kept_time.load(Relaxed) == time => {
                unpack(kept.load(Relaxed))
            }
            _ => [0; CHANNELS],
        }
    }
}

/// The encoding of a frame in a packet.
pub(crate) fn unpack(frame: u32) -> Frame {
    let [a, b, c, d] = frame.to_le_bytes();
    [i16::from_le_bytes([a, b]), i16::from_le_bytes([c, d])]
}

pub(crate) fn pack([left, right]: Frame) -> u32 {
    let ([a, b], [c, d]) = (left.to_le_bytes(), right.to_le_bytes());
    u32::from_le_bytes([a, b, c, d])
}
