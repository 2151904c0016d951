//! The speaker's audio engine: offload streams with their own volume, and the protection of content
//! from loopback and capture.

use core::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use acx::element::{Fade, MuteControl, PeakMeter, VolumeControl};
use acx::engine::{AudioEngine, BufferLimits, EngineControls, StreamAudioEngine};
use acx::format::WaveFormat;
use acx::pool::Arc;
use acx::stream::{NewStream, Position};
use acx::time::Qpc;
use acx::units::{Bytes, Frames};
use acx::{Error, Passive, Result};
use vdma::position::Shared;

use crate::budget::{Budget, LONGEST_SECONDS, Reservation};
use crate::cable::Cable;
use crate::clock::now;
use crate::controls::{Controls, VOLUME};
use crate::error::engine_error;
use crate::formats;

/// The shortest packet of an offload stream, in seconds.
const SHORTEST: u32 = 1;

/// The memory budget for the packets of all offload streams of a speaker, in bytes. The buffer
/// limits follow the free part.
const BUDGET: usize = 16 * 1024 * 1024;

/// The state that all offload streams of a speaker share.
pub struct Offload {
    budget: Arc<Budget>,
    /// There are no effects; the system reads back the state that it set.
    effects: AtomicU32,
}

impl Offload {
    /// No memory in use.
    ///
    /// # Errors
    ///
    /// [`Error::OutOfMemory`].
    pub fn new() -> Result<Arc<Self>> {
        Arc::new(Self { budget: Budget::new(BUDGET)?, effects: AtomicU32::new(0) })
    }

    /// The current smallest and largest packet of a stream of `format`.
    ///
    /// # Errors
    ///
    /// [`Error::NoMatch`] for a format that the offload pin does not list.
    pub fn limits(&self, format: WaveFormat) -> Result<BufferLimits> {
        if !formats::is_offloaded(&format) {
            return Err(Error::NoMatch);
        }
        let format = formats::engine_format(format)?;
        let block = u32::try_from(format.block_align()).map_err(|_| Error::InvalidParameter)?;
        let second = format.rate().saturating_mul(block);
        let left = u32::try_from(self.budget.left() / 2).unwrap_or(u32::MAX);
        let left = left.saturating_sub(left.checked_rem(block).unwrap_or(0));
        Ok(BufferLimits {
            least: Bytes(second.saturating_mul(SHORTEST)),
            most: Bytes(second.saturating_mul(LONGEST_SECONDS).min(left)),
        })
    }

    /// Reserves the memory of `count` packets of `size`.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] for packets that are never possible; [`Error::OutOfMemory`] for
    /// those that do not fit now.
    pub fn reserve(&self, format: WaveFormat, count: u32, size: Bytes) -> Result<Reservation> {
        let least = self.limits(format)?.least.0;
        if size.0 < least || size.0 > least.saturating_mul(LONGEST_SECONDS) {
            return Err(Error::InvalidParameter);
        }
        let total = usize::try_from(size.0.saturating_mul(count)).unwrap_or(usize::MAX);
        Budget::reserve(&self.budget, total)
    }
}

/// The engine element.
pub struct Engine(pub Arc<Offload>);

impl AudioEngine for Engine {
    fn buffer_limits(&self, format: WaveFormat) -> Result<BufferLimits> {
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
        // The wire follows its streams, so every format of the list works.
        if formats::is_offloaded(&format) { Ok(()) } else { Err(Error::NoMatch) }
    }
}

/// The protection of a stream's content: from loopback streams, or from every stream that could
/// copy it.
pub struct Protection {
    cable: Arc<Cable>,
    loopback: AtomicBool,
    copies: AtomicBool,
}

impl Protection {
    /// A stream of `cable` whose content is not protected.
    pub const fn new(cable: Arc<Cable>) -> Self {
        Self { cable, loopback: AtomicBool::new(false), copies: AtomicBool::new(false) }
    }

    /// Whether loopback streams capture silence.
    pub fn set_loopback(&self, protected: bool) {
        if self.loopback.swap(protected, Ordering::AcqRel) != protected {
            self.cable.loopback.volume.block(protected);
        }
    }

    /// Whether loopback streams, the microphone and the keyword spotter capture silence.
    pub fn set_copies(&self, protected: bool) {
        if self.copies.swap(protected, Ordering::AcqRel) != protected {
            self.cable.loopback.volume.block(protected);
            self.cable.microphone.volume.block(protected);
            self.cable.spotter.volume.block(protected);
        }
    }
}

impl Drop for Protection {
    fn drop(&mut self) {
        self.set_loopback(false);
        self.set_copies(false);
    }
}

/// An offload stream's own volume, mute and meter, and its cable.
#[derive(Clone)]
pub struct StreamControls {
    own: Arc<Controls>,
    cable: Arc<Cable>,
}

impl VolumeControl for StreamControls {
    fn set_level(
        &self,
        channel: Option<u32>,
        level: i32,
        fade: Fade,
        passive: &mut Passive,
    ) -> Result<()> {
        self.own.set_level(channel, level, fade);
        self.cable.sleepers.wake(passive);
        Ok(())
    }

    fn level(&self, channel: Option<u32>) -> Result<i32> {
        Ok(self.own.level(channel))
    }
}

impl MuteControl for StreamControls {
    fn set_muted(&self, channel: Option<u32>, muted: bool, passive: &mut Passive) -> Result<()> {
        self.own.set_muted(channel, muted);
        self.cable.sleepers.wake(passive);
        Ok(())
    }

    fn muted(&self, channel: Option<u32>) -> Result<bool> {
        Ok(self.own.muted(channel))
    }
}

impl PeakMeter for StreamControls {
    fn peak(&self, channel: Option<u32>, passive: &mut Passive) -> Result<i32> {
        let peak = self.own.take_peak(channel);
        self.cable.sleepers.wake_those_asleep(passive);
        Ok(peak)
    }
}

/// The stream audio engine of an offload stream.
pub struct StreamEngine {
    shared: Arc<Shared>,
    protection: Arc<Protection>,
    effects: AtomicU32,
}

impl StreamEngine {
    fn buffer_bytes(&self) -> u32 {
        u32::try_from(self.shared.packet_bytes()).unwrap_or(u32::MAX).saturating_mul(2)
    }
}

impl StreamAudioEngine for StreamEngine {
    fn effects(&self) -> Result<u32> {
        Ok(self.effects.load(Ordering::Relaxed))
    }

    fn set_effects(&self, state: u32) -> Result<()> {
        self.effects.store(state, Ordering::Relaxed);
        Ok(())
    }

    fn presentation_position(&self) -> Result<Position> {
        let clock = &self.protection.cable.clock;
        let (frames, at) = self.shared.position(clock, now);
        Ok(Position { frames: Frames(frames.0), at: Qpc(at.0) })
    }

    fn linear_position(&self) -> Result<u64> {
        let block = u64::try_from(self.shared.format().block_align()).unwrap_or(0);
        let taken = self.shared.taken(&self.protection.cable.clock, now);
        Ok(taken.0.saturating_mul(block))
    }

    fn set_write_position(&self, position: Bytes) -> Result<()> {
        // The engine plays packets by their numbers, and does not need the position.
        if position.0 > self.buffer_bytes() { Err(Error::InvalidParameter) } else { Ok(()) }
    }

    fn set_last_buffer_position(&self, position: Bytes) -> Result<()> {
        if position.0 > self.buffer_bytes() {
            return Err(Error::InvalidParameter);
        }
        match self.shared.end_at(position.0) {
            // The last packet has already ended the stream.
            Err(vdma::Error::AfterEndOfStream) => Ok(()),
            other => other.map_err(engine_error),
        }
    }

    fn set_loopback_protection(&self, protected: bool) -> Result<()> {
        self.protection.set_loopback(protected);
        Ok(())
    }
}

/// Adds volume, mute, meter and stream audio engine to a stream.
///
/// # Errors
///
/// ACX's errors.
#[inline(never)]
pub fn add_stream_engine(
    stream: &mut NewStream<'_>,
    own: &Arc<Controls>,
    shared: &Arc<Shared>,
    protection: &Arc<Protection>,
    channels: u32,
) -> Result<()> {
    let (shared, protection) = (shared.clone(), protection.clone());
    let controls = StreamControls { own: own.clone(), cable: protection.cable.clone() };
    let controls = self::controls(&controls, channels);
    let engine = StreamEngine { shared, protection, effects: AtomicU32::new(0) };
    stream.add_audio_engine(controls, engine)
}

/// The volume, mute and peak meter of an audio engine or of a stream audio engine.
pub fn controls<C>(of: &C, channels: u32) -> EngineControls<C, C, C>
where
    C: VolumeControl + MuteControl + PeakMeter + Clone,
{
    EngineControls {
        channels,
        range: VOLUME,
        volume: of.clone(),
        mute: of.clone(),
        meter: of.clone(),
    }
}
