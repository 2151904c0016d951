//! The speaker's audio engine: offload streams with a volume of their own, and the loopback pin that hears the mix.

use core::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering};

use acx::element::{Fade, MuteControl, PeakMeter, VolumeControl};
use acx::engine::{AudioEngine, EngineControls, StreamAudioEngine};
use acx::format::WaveFormat;
use acx::pool::Arc;
use acx::stream::NewStream;
use acx::time::Qpc;
use acx::{Error, Result};
use vdma::position::Shared;

use crate::cable::{Cable, Controls, now};
use crate::endpoint::{CHANNELS, VOLUME, channel};
use crate::{formats, status_of};

/// Packets of offload streams, in seconds.
const SHORTEST: u32 = 1;
const LONGEST: u32 = 2;

/// Bytes that the packets of all offload streams of a speaker may take together: what makes the limits change.
const BUDGET: usize = 16 * 1024 * 1024;

/// What all offload streams of a speaker share.
pub struct Offload {
    used: AtomicUsize,
    /// There is no effect to switch; what the system sets, it finds again.
    effects: AtomicU32,
}

impl Offload {
    /// Nothing in use.
    ///
    /// # Errors
    ///
    /// [`Error::OutOfMemory`].
    pub fn new() -> Result<Arc<Self>> {
        Arc::new(Self { used: AtomicUsize::new(0), effects: AtomicU32::new(0) })
    }

    /// The smallest and the largest packet of a stream of `format`, in bytes, as things are now.
    ///
    /// # Errors
    ///
    /// [`Error::NoMatch`] for a format that the offload pin does not list.
    pub fn limits(&self, format: WaveFormat) -> Result<(u32, u32)> {
        if !formats::is_offloaded(&format) {
            return Err(Error::NoMatch);
        }
        let format = formats::engine_format(format)?;
        let block = u32::try_from(format.block_align()).map_err(|_| Error::InvalidParameter)?;
        let second = format.rate().saturating_mul(block);
        let left = BUDGET.saturating_sub(self.used.load(Ordering::Relaxed)) / 2;
        let left = u32::try_from(left).unwrap_or(u32::MAX);
        let left = left.saturating_sub(left.checked_rem(block).unwrap_or(0));
        Ok((second.saturating_mul(SHORTEST), second.saturating_mul(LONGEST).min(left)))
    }

    /// Takes the memory of `count` packets of `bytes` bytes.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] for packets that are never possible, [`Error::OutOfMemory`] for those that are not possible now.
    pub fn reserve(
        this: &Arc<Self>,
        format: WaveFormat,
        count: u32,
        bytes: u32,
    ) -> Result<Reserved> {
        let (least, _) = this.limits(format)?;
        if bytes < least || bytes > least.saturating_mul(LONGEST) {
            return Err(Error::InvalidParameter);
        }
        let total = usize::try_from(bytes.saturating_mul(count)).unwrap_or(usize::MAX);
        let take = |used: usize| used.checked_add(total).filter(|used| *used <= BUDGET);
        this.used
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, take)
            .map_err(|_| Error::OutOfMemory)?;
        Ok(Reserved { offload: this.clone(), bytes: total })
    }
}

/// Memory of a stream's packets, given back when dropped.
pub struct Reserved {
    offload: Arc<Offload>,
    bytes: usize,
}

impl Drop for Reserved {
    fn drop(&mut self) {
        self.offload.used.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

/// The engine element.
pub struct Engine(pub Arc<Offload>);

impl AudioEngine for Engine {
    fn buffer_limits(&self, format: WaveFormat) -> Result<(u32, u32)> {
        self.0.limits(format)
    }

    fn effects(&self) -> Result<u32> {
        Ok(self.0.effects.load(Ordering::Relaxed))
    }

    fn set_effects(&self, state: u32) -> Result<()> {
        self.0.effects.store(state, Ordering::Relaxed);
        Ok(())
    }

    fn set_device_format(&self, format: WaveFormat) -> Result<()> {
        // The wire follows its streams, so every format of the list is as good as another.
        if formats::is_offloaded(&format) { Ok(()) } else { Err(Error::NoMatch) }
    }
}

/// What a stream keeps from being heard: its own content from loopback streams, or from everybody who could copy it.
pub struct Protection {
    cable: Arc<Cable>,
    loopback: AtomicBool,
    copies: AtomicBool,
}

impl Protection {
    /// A stream of `cable` that keeps nothing.
    pub const fn new(cable: Arc<Cable>) -> Self {
        Self { cable, loopback: AtomicBool::new(false), copies: AtomicBool::new(false) }
    }

    /// Whether loopback streams hear nothing.
    pub fn set_loopback(&self, protected: bool) {
        if self.loopback.swap(protected, Ordering::AcqRel) != protected {
            self.cable.loopback.volume.block(protected);
        }
    }

    /// Whether neither loopback streams nor the microphone hear anything.
    pub fn set_copies(&self, protected: bool) {
        if self.copies.swap(protected, Ordering::AcqRel) != protected {
            self.cable.loopback.volume.block(protected);
            self.cable.microphone.volume.block(protected);
            self.cable.ears.volume.block(protected);
        }
    }
}

impl Drop for Protection {
    fn drop(&mut self) {
        self.set_loopback(false);
        self.set_copies(false);
    }
}

/// An offload stream's own volume, mute and meter.
#[derive(Clone)]
pub struct Own(pub Arc<Controls>);

impl VolumeControl for Own {
    fn set_level(&self, index: Option<u32>, level: i32, fade: Fade) -> Result<()> {
        let level = level.clamp(VOLUME.minimum, VOLUME.maximum);
        self.0.volume.fade_to_level(channel(index), level, fade.duration);
        Ok(())
    }

    fn level(&self, index: Option<u32>) -> Result<i32> {
        Ok(self.0.volume.level(channel(index)))
    }
}

impl MuteControl for Own {
    fn set_muted(&self, index: Option<u32>, muted: bool) -> Result<()> {
        self.0.volume.set_muted(channel(index), muted);
        Ok(())
    }

    fn muted(&self, index: Option<u32>) -> Result<bool> {
        Ok(self.0.volume.muted(channel(index)))
    }
}

impl PeakMeter for Own {
    fn peak(&self, index: Option<u32>) -> Result<i32> {
        Ok(self.0.meter.take(channel(index)))
    }
}

/// An offload stream's part of the engine.
pub struct Part {
    shared: Arc<Shared>,
    protection: Arc<Protection>,
    effects: AtomicU32,
}

impl Part {
    fn buffer_bytes(&self) -> u32 {
        u32::try_from(self.shared.packet_bytes()).unwrap_or(u32::MAX).saturating_mul(2)
    }
}

impl StreamAudioEngine for Part {
    fn effects(&self) -> Result<u32> {
        Ok(self.effects.load(Ordering::Relaxed))
    }

    fn set_effects(&self, state: u32) -> Result<()> {
        self.effects.store(state, Ordering::Relaxed);
        Ok(())
    }

    fn presentation_position(&self) -> Result<(u64, Qpc)> {
        let clock = &self.protection.cable.common.clock;
        let (frames, at) = self.shared.position(clock, now);
        Ok((frames.0, Qpc(at.0)))
    }

    fn linear_position(&self) -> Result<u64> {
        let block = u64::try_from(self.shared.format().block_align()).unwrap_or(0);
        Ok(self.shared.fetched().0.saturating_mul(block))
    }

    fn set_write_position(&self, position: u32) -> Result<()> {
        // Packets that are handed over carry marks, others play as they stand: the position itself has nothing to add.
        if position > self.buffer_bytes() { Err(Error::InvalidParameter) } else { Ok(()) }
    }

    fn set_last_buffer_position(&self, position: u32) -> Result<()> {
        if position > self.buffer_bytes() {
            return Err(Error::InvalidParameter);
        }
        match self.shared.end_at(position) {
            // Said with the last packet already.
            Err(vdma::Error::AfterEndOfStream) => Ok(()),
            other => other.map_err(status_of),
        }
    }

    fn set_loopback_protection(&self, protected: bool) -> Result<()> {
        self.protection.set_loopback(protected);
        Ok(())
    }
}

/// Gives a stream its volume, mute, meter and its part of the engine.
///
/// # Errors
///
/// What ACX answers.
#[inline(never)]
pub fn equip(
    stream: &mut NewStream<'_>,
    own: &Arc<Controls>,
    shared: &Arc<Shared>,
    protection: &Arc<Protection>,
) -> Result<()> {
    let part =
        Part { shared: shared.clone(), protection: protection.clone(), effects: AtomicU32::new(0) };
    stream.add_audio_engine(controls(&Own(own.clone())), part)
}

/// The volume, mute and peak meter of an engine or of a stream's part of it.
pub fn controls<C>(of: &C) -> EngineControls<C, C, C>
where
    C: VolumeControl + MuteControl + PeakMeter + Clone,
{
    EngineControls {
        channels: CHANNELS,
        range: VOLUME,
        volume: of.clone(),
        mute: of.clone(),
        meter: of.clone(),
    }
}
