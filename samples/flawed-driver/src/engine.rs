//! The speaker's audio engine, if the device has one: offload streams with a volume of their own
//! and long packets, and a loopback pin that delivers the mix.

use core::sync::atomic::{AtomicBool, AtomicU32, Ordering::Relaxed};

use acx::circuit::NewCircuit;
use acx::engine::{AudioEngine, BufferLimits, StreamAudioEngine};
use acx::format::WaveFormat;
use acx::pin::Mode;
use acx::pool::Arc;
use acx::stream::{NewStream, Position};
use acx::time::Qpc;
use acx::units::{Bytes, Frames};
use acx::{Error, Result};

use crate::controls::{Controls, Elements};
use crate::line::Line;
use crate::{Flaw, NARROW, STEREO, STREAMS, Shared};

/// Pins of the speaker's circuit; the host pin is 0.
pub(crate) const OFFLOAD: u32 = 1;
pub(crate) const LOOPBACK: u32 = 2;

/// Rates of the offload pin.
const RATES: [u32; 4] = [48_000, 44_100, 88_200, 96_000];

/// Bytes of a second in a format.
fn second(format: WaveFormat) -> u32 {
    format.rate.saturating_mul(format.block().0)
}

/// What all offload streams share.
pub(crate) struct Offload {
    flaw: Flaw,
    /// Bytes of their packets.
    used: AtomicU32,
    /// Streams whose content loopback streams must not get.
    pub(crate) protected: AtomicU32,
}

impl Offload {
    pub(crate) const fn new(flaw: Flaw) -> Self {
        Self { flaw, used: AtomicU32::new(0), protected: AtomicU32::new(0) }
    }

    /// Bytes that packets may take together: each stream's longest two.
    const fn budget() -> u32 {
        48_000 * 4 * 2 * 2 * STREAMS
    }

    /// Takes memory for `bytes` of packets.
    pub(crate) fn reserve(&self, format: WaveFormat, size: Bytes, bytes: u32) -> Result<()> {
        let second = second(format);
        if !(second..=second.saturating_mul(2)).contains(&size.0) {
            return Err(Error::InvalidParameter);
        }
        let take = |used: u32| used.checked_add(bytes).filter(|used| *used <= Self::budget());
        self.used.fetch_update(Relaxed, Relaxed, take).map_err(|_| Error::OutOfMemory)?;
        Ok(())
    }

    /// Returns it.
    pub(crate) fn release(&self, bytes: u32) {
        if self.flaw != Flaw::KeepsLimits {
            self.used.fetch_sub(bytes, Relaxed);
        }
    }
}

/// Gives the speaker's circuit the pins.
pub(crate) fn add_pins(circuit: &mut NewCircuit<'_>, card: &Shared) -> Result<()> {
    let is_listed = |rate: &u32| card.flaw != Flaw::NoHighRate || *rate != 88_200;
    let formats = RATES.into_iter().filter(is_listed).map(|rate| WaveFormat { rate, ..STEREO });
    let formats = || formats.clone();
    circuit
        .offload_pin(STREAMS)?
        .formats(Mode::Raw, formats())?
        .formats(Mode::Default, formats())?;
    circuit.loopback_pin(STREAMS)?.formats(Mode::Raw, [STEREO, NARROW])?;
    Ok(())
}

/// Puts the engine between them and the bridge pin.
pub(crate) fn add(
    circuit: &mut NewCircuit<'_>,
    card: &Arc<Shared>,
    formats: &acx::format_list::DataFormats,
) -> Result<()> {
    let controls = Elements(card.controls.clone()).of_engine();
    let engine = Engine { card: card.clone(), effects: AtomicU32::new(0) };
    circuit.audio_engine(controls, STEREO, engine)?.device_formats(formats, &|_| true)
}

/// The engine element.
struct Engine {
    card: Arc<Shared>,
    effects: AtomicU32,
}

impl AudioEngine for Engine {
    fn buffer_limits(&self, format: WaveFormat) -> Result<BufferLimits> {
        let used = match self.card.flaw {
            Flaw::FixedLimits => 0,
            _ => self.card.offload.used.load(Relaxed),
        };
        let all = match self.card.flaw {
            Flaw::TakesMore => Offload::budget() / 2,
            _ => Offload::budget(),
        };
        let left = all.saturating_sub(used) / 2;
        let second = second(format);
        let most = second.saturating_mul(2).min(left);
        let most = if self.card.flaw == Flaw::WrongLimits { most / 2 } else { most };
        Ok(BufferLimits { least: Bytes(second.min(most)), most: Bytes(most) })
    }

    fn effects(&self) -> Result<u32> {
        Ok(self.effects.load(Relaxed))
    }

    fn set_effects(&self, state: u32) -> Result<()> {
        self.effects.store(state, Relaxed);
        Ok(())
    }

    fn set_device_format(&self, _format: WaveFormat) -> Result<()> {
        Ok(())
    }
}

/// What an offload stream has of its own.
pub(crate) struct Own {
    pub(crate) controls: Arc<Controls>,
    is_protected: AtomicBool,
}

impl Own {
    pub(crate) fn new(flaw: Flaw) -> Result<Self> {
        let controls = Arc::new(Controls::new(flaw))?;
        Ok(Self { controls, is_protected: AtomicBool::new(false) })
    }

    /// Keeps the stream's content from loopback streams, or no longer.
    pub(crate) fn protect(&self, offload: &Offload, protected: bool) {
        match (self.is_protected.swap(protected, Relaxed), protected) {
            (false, true) => _ = offload.protected.fetch_add(1, Relaxed),
            (true, false) => _ = offload.protected.fetch_sub(1, Relaxed),
            _ => {}
        }
    }
}

/// The stream audio engine.
struct StreamEngine {
    line: Arc<Line>,
    effects: AtomicU32,
}

/// Gives an offload stream its volume, mute, meter and engine.
pub(crate) fn add_to(stream: &mut NewStream<'_>, line: &Arc<Line>) -> Result<()> {
    let Some(own) = line.own() else { return Ok(()) };
    let controls = match line.flaw() {
        Flaw::MutesAll => line.card().controls.clone(),
        _ => own.controls.clone(),
    };
    let mut elements = Elements(own.controls.clone()).of_engine();
    elements.mute = Elements(controls);
    let engine = StreamEngine { line: line.clone(), effects: AtomicU32::new(0) };
    stream.add_audio_engine(elements, engine)
}

impl StreamAudioEngine for StreamEngine {
    fn effects(&self) -> Result<u32> {
        Ok(self.effects.load(Relaxed))
    }

    fn set_effects(&self, state: u32) -> Result<()> {
        self.effects.store(state, Relaxed);
        Ok(())
    }

    fn presentation_position(&self) -> Result<Position> {
        let Position { frames, at } = self.line.position(Qpc::now());
        let half = if self.line.flaw() == Flaw::HalfPresented { 2 } else { 1 };
        Ok(Position { frames: Frames(frames.0 / half), at })
    }

    fn linear_position(&self) -> Result<u64> {
        let frames = match self.line.flaw() {
            Flaw::NothingTaken => 0,
            _ => self.line.position(Qpc::now()).frames.0,
        };
        Ok(frames.saturating_mul(STEREO.block().0.into()))
    }

    fn set_write_position(&self, _position: Bytes) -> Result<()> {
        Ok(())
    }

    fn set_last_buffer_position(&self, position: Bytes) -> Result<()> {
        match self.line.flaw() {
            Flaw::PlaysOn => self.line.end_at(position.0.saturating_add(position.0 / 3)),
            Flaw::EndsSoon => self.line.end_at(position.0 / 2),
            _ => self.line.end_at(position.0),
        }
        Ok(())
    }

    fn set_loopback_protection(&self, protected: bool) -> Result<()> {
        let is_heeded = match self.line.flaw() {
            Flaw::CopiesProtected => !protected,
            Flaw::KeepsProtection => protected,
            _ => true,
        };
        if let Some(own) = self.line.own().filter(|_| is_heeded) {
            own.protect(&self.line.card().offload, protected);
        }
        Ok(())
    }
}
