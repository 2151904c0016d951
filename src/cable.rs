//! What the two ends of a cable share: the clock, the wire, and each end's controls.

use core::cell::Cell;

use acx::lock::SpinLock;
use acx::pool::{Arc, Box, Bytes, Vec};
use acx::time::Qpc;
use acx::{Dispatch, Result};
use vdma::channel::Endpoint;
use vdma::clock::Clock;
use vdma::gain::Volume;
use vdma::meter::Meter;
use vdma::resample::{KERNEL, fill_kernel};
use vdma::wire::{Ring, RingLock, RingMemory, WireShared};

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

/// What the cables of a device share.
pub struct Common {
    /// The device's clock.
    pub clock: Clock,
    /// The resampler's table.
    pub kernel: Vec<f32>,
}

impl Common {
    /// A clock that is off by `trim` parts per million, and a table.
    ///
    /// # Errors
    ///
    /// [`acx::Error::OutOfMemory`].
    pub fn new(trim: i32) -> Result<Arc<Self>> {
        let mut kernel = Vec::filled(0.0, KERNEL)?;
        fill_kernel(&mut kernel);
        let clock = Clock::new(Qpc::frequency());
        if trim != 0 {
            clock.set_trim(trim, now);
        }
        Arc::new(Self { clock, kernel })
    }
}

/// A cable.
pub struct Cable {
    /// What the device's cables share.
    pub common: Arc<Common>,
    /// The lock-free part of the wire; an allocation of its own, for a cable is made on the stack.
    pub wire: Box<WireShared>,
    ring: SpinLock<RingMemory<Bytes>>,
    /// The end that plays.
    pub speaker: Controls,
    /// The end that records.
    pub microphone: Controls,
    /// Where the speaker's mix is heard.
    pub loopback: Controls,
    /// What the keyword spotter hears with: nobody's volume but its own.
    pub ears: Controls,
}

/// The ring as a tick comes to it: with the proof of its level.
pub struct AtLevel<'a> {
    cable: &'a Cable,
    /// Lent to one use of the ring at a time.
    level: Cell<Option<&'a mut Dispatch>>,
}

impl Cable {
    /// A silent cable.
    ///
    /// # Errors
    ///
    /// [`acx::Error::OutOfMemory`].
    pub fn new(common: Arc<Common>) -> Result<Arc<Self>> {
        Arc::new(Self {
            common,
            wire: Box::new(WireShared::default())?,
            ring: SpinLock::new(RingMemory::new(Bytes::zeroed(RING)?)),
            speaker: Controls::default(),
            microphone: Controls::default(),
            loopback: Controls::default(),
            ears: Controls::default(),
        })
    }

    /// The ring for a tick at `level`.
    pub fn at<'a>(&'a self, level: &'a mut Dispatch) -> AtLevel<'a> {
        AtLevel { cable: self, level: Cell::new(Some(level)) }
    }
}

impl AtLevel<'_> {
    /// The end of the cable that has `controls`, for a stream that has `own` ones beside them.
    pub fn endpoint<'b>(
        &'b self,
        controls: &'b Controls,
        own: Option<&'b Controls>,
    ) -> Endpoint<'b> {
        Endpoint {
            clock: &self.cable.common.clock,
            wire: &self.cable.wire,
            ring: self,
            volume: &controls.volume,
            meter: &controls.meter,
            own: own.map(|own| (&own.volume, &own.meter)),
            kernel: &self.cable.common.kernel,
        }
    }
}

impl RingLock for AtLevel<'_> {
    fn with(&self, use_ring: &mut dyn FnMut(&mut Ring<'_>)) {
        // A tick that uses the ring has no second token to use it with.
        let Some(level) = self.level.take() else { return };
        self.cable.ring.with(level, |ring, _| use_ring(&mut ring.ring()));
        self.level.set(Some(level));
    }
}

/// Now, as the engine counts it.
pub fn now() -> vdma::Qpc {
    vdma::Qpc(Qpc::now().0)
}
