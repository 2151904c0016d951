//! What the two ends of a cable share: the clock, the wire, and each end's controls.

use acx::lock::SpinLock;
use acx::pool::{Arc, Bytes};
use acx::time::Qpc;
use acx::{Dispatch, Result};
use vdma::channel::Endpoint;
use vdma::clock::Clock;
use vdma::gain::Volume;
use vdma::meter::Meter;
use vdma::wire::{Ring, RingLock, WireShared};

/// Bytes of the ring: 42 ms of the widest format (192 kHz, 8 channels of 32 bits), and 1.3 s of stereo 16 bit at 48 kHz.
const RING: usize = 256 * 1024;

/// Volume, mute and peak meter of one end.
#[derive(Debug, Default)]
pub struct Controls {
    /// Volume and mute.
    pub volume: Volume,
    /// Peak meter.
    pub meter: Meter,
}

/// A cable.
pub struct Cable {
    /// The device's clock, one for all of its cables.
    pub clock: Arc<Clock>,
    /// The lock-free part of the wire.
    pub wire: WireShared,
    ring: SpinLock<Ring<Bytes>>,
    /// The end that plays.
    pub speaker: Controls,
    /// The end that records.
    pub microphone: Controls,
}

/// The ring as a tick comes to it: with the proof of its level.
pub struct AtLevel<'a> {
    cable: &'a Cable,
    level: Dispatch<'a>,
}

impl Cable {
    /// A silent cable of a device that runs on `clock`.
    ///
    /// # Errors
    ///
    /// [`acx::Error::OutOfMemory`].
    pub fn new(clock: Arc<Clock>) -> Result<Arc<Self>> {
        Arc::new(Self {
            clock,
            wire: WireShared::default(),
            ring: SpinLock::new(Ring::new(Bytes::zeroed(RING)?)),
            speaker: Controls::default(),
            microphone: Controls::default(),
        })
    }

    /// The ring for a tick at `level`.
    pub fn at<'a>(&'a self, level: Dispatch<'a>) -> AtLevel<'a> {
        AtLevel { cable: self, level }
    }
}

impl<'a> AtLevel<'a> {
    /// The end of the cable that has `controls`.
    pub fn endpoint<'b>(&'b self, controls: &'b Controls) -> Endpoint<'b, AtLevel<'a>> {
        Endpoint {
            clock: &self.cable.clock,
            wire: &self.cable.wire,
            ring: self,
            volume: &controls.volume,
            meter: &controls.meter,
        }
    }
}

impl RingLock for AtLevel<'_> {
    type Storage = Bytes;

    fn with<R>(&self, use_ring: impl FnOnce(&mut Ring<Bytes>) -> R) -> R {
        use_ring(&mut self.cable.ring.lock(self.level))
    }
}

/// A device's clock, off by `trim` parts per million.
///
/// # Errors
///
/// [`acx::Error::OutOfMemory`].
pub fn clock(trim: i32) -> Result<Arc<Clock>> {
    let clock = Clock::new(Qpc::frequency());
    if trim != 0 {
        clock.set_trim(trim, now);
    }
    Arc::new(clock)
}

/// Now, as the engine counts it.
pub fn now() -> vdma::Qpc {
    vdma::Qpc(Qpc::now().0)
}
