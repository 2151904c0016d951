//! A playback device whose clock is followed: it plays silence, so that IAudioClock counts.
//!
//! Compiled, and not run on Windows yet.

use std::time::Duration;

use wasapi_client::buffer::Buffer;
use wasapi_client::choose::Direction;
use wasapi_client::com::Com;
use wasapi_client::device::{self, Device};
use wasapi_client::error::Failure;
use wasapi_client::format::WaveFormat;
use wasapi_client::stream::{How, Player};

use crate::follow;

/// As long as a pause of this program may be before the silence has a gap, which would do no harm.
const BUFFER: Duration = Duration::from_millis(200);

/// What a device plays whose mix format has no name here.
const USUAL: WaveFormat =
    WaveFormat { float: true, channels: 2, mask: 3, rate: 48_000, bits: 32, valid_bits: 32 };

/// A device that plays silence.
pub struct Playing<'com> {
    player: Player<'com>,
    device: Device<'com>,
    rate: f64,
}

impl<'com> Playing<'com> {
    /// Has the default playback device, or the one with `part` in its name, play silence.
    ///
    /// # Errors
    ///
    /// [`Failure`] of WASAPI.
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
        // A device that was taken away does not come back in this stream: the trim stays as it is.
        self.player.fill(|_| 0).ok()?;
        let (frames, at) = self.player.position().ok()?;
        Some((frames as f64 / self.rate, at as f64 / 1e7))
    }
}
