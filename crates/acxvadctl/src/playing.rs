//! A playback device whose clock is followed. It plays silence, so that IAudioClock counts.
//!
//! Compiled, but not run on Windows yet.

use std::time::Duration;

use wasapi_client::buffer::Buffer;
use wasapi_client::choose::Direction;
use wasapi_client::com::Com;
use wasapi_client::device::{self, Device};
use wasapi_client::error::Failure;
use wasapi_client::format::WaveFormat;
use wasapi_client::stream::{How, Player};

use crate::follow;

/// The maximum pause of this program before the silence has a gap, which would be harmless.
const BUFFER: Duration = Duration::from_millis(200);

/// The format for a device whose mix format is not supported here.
const USUAL: WaveFormat =
    WaveFormat { float: true, channels: 2, mask: 3, rate: 48_000, bits: 32, valid_bits: 32 };

/// A device that plays silence.
pub struct Playing<'com> {
    player: Player<'com>,
    device: Device<'com>,
    rate: f64,
}

impl<'com> Playing<'com> {
    /// Plays silence on the default playback device, or on the one with `part` in its name.
    ///
    /// # Errors
    ///
    /// WASAPI's [`Failure`].
    pub fn open(com: &'com Com, part: Option<&str>) -> Result<Self, Failure> {
        let device = device::pick(com, Direction::Render, part)?;
        let format = device.mix_format()?.unwrap_or(USUAL);
        let how =
            How { exclusive: false, timer: true, buffer: Buffer::Lasts(BUFFER), loopback: false };
        let mut player = Player::open(&device, format, how)?;
        player.fill(|_| 0)?;
        player.start()?;
        Ok(Self { player, device, rate: f64::from(format.rate) })
    }

    /// The device's name.
    pub fn name(&self) -> &str {
        self.device.name()
    }
}

impl follow::Device for Playing<'_> {
    fn read(&mut self) -> Option<(f64, f64)> {
        // A removed device does not return in this stream: the trim does not change.
        self.player.fill(|_| 0).ok()?;
        let (frames, at) = self.player.position().ok()?;
        Some((frames as f64 / self.rate, at as f64 / 1e7))
    }
}
