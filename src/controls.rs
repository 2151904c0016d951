//! Volume, mute and peak meter of one end of a cable, or of one offload stream.

use acx::element::{Fade, VolumeRange};
use vdma::gain::Volume;
use vdma::meter::Meter;

/// -96 dB to 0 dB in steps of half a decibel.
pub const VOLUME: VolumeRange = VolumeRange { minimum: -96 * 65_536, maximum: 0, step: 32_768 };

/// Volume, mute and peak meter.
#[derive(Debug, Default)]
pub struct Controls {
    /// Volume and mute.
    pub volume: Volume,
    /// Peak meter.
    pub meter: Meter,
}

/// The engine's channel number.
fn index(channel: Option<u32>) -> Option<usize> {
    channel.and_then(|channel| usize::try_from(channel).ok())
}

impl Controls {
    /// Fades a channel, or all of them, to `level`. A level outside the range is limited to the
    /// nearest one inside.
    #[inline(never)]
    pub fn set_level(&self, channel: Option<u32>, level: i32, fade: Fade) {
        let level = level.clamp(VOLUME.minimum, VOLUME.maximum);
        self.volume.fade_to_level(index(channel), level, fade.duration);
    }

    /// The level of a channel, or the master's.
    pub fn level(&self, channel: Option<u32>) -> i32 {
        self.volume.level(index(channel))
    }

    /// Mutes a channel, or all of them.
    #[inline(never)]
    pub fn set_muted(&self, channel: Option<u32>, muted: bool) {
        self.volume.set_muted(index(channel), muted);
    }

    /// Whether a channel, or the master, is muted.
    pub fn muted(&self, channel: Option<u32>) -> bool {
        self.volume.muted(index(channel))
    }

    /// The peak of a channel since the last query.
    #[inline(never)]
    pub fn take_peak(&self, channel: Option<u32>) -> i32 {
        self.meter.take(index(channel))
    }
}
