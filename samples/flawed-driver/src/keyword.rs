//! The microphone's keyword pin, if the device has one. It has no history: a stream there begins
//! with what is recorded from now on.

use core::sync::atomic::{AtomicBool, Ordering::Relaxed};

use acx::circuit::NewCircuit;
use acx::format::WaveFormat;
use acx::guid::GUID;
use acx::keyword::{KeywordSpotter, Patterns};
use acx::pin::Mode;
use acx::{Passive, Result};

/// The pin, after the host and the bridge pin.
pub(crate) const PIN: u32 = 2;

/// The pin's format.
pub(crate) const FORMAT: WaveFormat = WaveFormat::mono(16_000, 16);

/// The kind of pattern that the spotter takes.
const PATTERN: GUID = acx::guid!("2F0B8F0C-8F8B-4E5B-9C5C-0D1F5A3C1E10");

/// Gives the microphone's circuit spotter and pin.
pub(crate) fn add(circuit: &mut NewCircuit<'_>) -> Result<()> {
    circuit.keyword_spotter(&PATTERN, Spotter(AtomicBool::new(false)))?;
    circuit.keyword_pin(1)?.formats(Mode::Raw, [FORMAT])?;
    Ok(())
}

/// A spotter that never detects anything.
struct Spotter(AtomicBool);

impl KeywordSpotter for Spotter {
    fn set_patterns(&self, _patterns: &Patterns<'_>, _passive: &mut Passive) -> Result<()> {
        self.0.store(false, Relaxed);
        Ok(())
    }

    fn arm(&self, armed: bool, _passive: &mut Passive) -> Result<()> {
        self.0.store(armed, Relaxed);
        Ok(())
    }

    fn is_armed(&self) -> Result<bool> {
        Ok(self.0.load(Relaxed))
    }

    fn reset(&self, _passive: &mut Passive) -> Result<()> {
        self.0.store(false, Relaxed);
        Ok(())
    }
}
