//! A cable: the clock, the wire, and the controls of each end, which its streams share.

use core::cell::Cell;

use acx::lock::SpinLock;
use acx::pool::{Arc, Box, Buffer, Vec};
use acx::{Dispatch, Result};
use vdma::channel::Endpoint;
use vdma::resample::{KERNEL, fill_kernel};
use vdma::wire::{MIXING, Ring, RingLock, RingMemory, WireShared};

use crate::budget::Budget;
use crate::clock::CableClock;
use crate::controls::Controls;
use crate::default_format::Chosen;
use crate::sleepers::Sleepers;

/// The state that the cables of a device share.
pub struct Common {
    /// The initial trim of each cable's clock, in parts per billion.
    trim: i32,
    /// The resampler's table.
    pub kernel: Vec<f32>,
    /// The memory budget of all packets.
    pub packets: Arc<Budget>,
    /// The size of a cable's ring in bytes, without the mixing buffer.
    ring: usize,
}

impl Common {
    /// The shared state: clocks trimmed by `trim` parts per million, the table, `packets` bytes for
    /// packets, and `ring` bytes for the ring of each cable.
    ///
    /// # Errors
    ///
    /// [`acx::Error::OutOfMemory`].
    pub fn new(trim: i32, packets: usize, ring: usize) -> Result<Arc<Self>> {
        let mut kernel = Vec::filled(0.0, KERNEL)?;
        fill_kernel(&mut kernel);
        let trim = trim.saturating_mul(1000);
        Arc::new(Self { trim, kernel, packets: Budget::new(packets)?, ring })
    }
}

/// A cable.
pub struct Cable {
    /// The state that the device's cables share.
    pub common: Arc<Common>,
    /// The clock of both ends.
    pub clock: CableClock,
    /// The lock-free part of the wire. Allocated separately, because a cable is built on the stack.
    pub wire: Box<WireShared>,
    ring: SpinLock<RingMemory<Buffer>>,
    /// Its offload streams, while they are prepared.
    pub sleepers: Sleepers,
    /// The speaker's controls. Allocated separately: controls of 16 channels are large, and a cable
    /// is built on the stack.
    pub speaker: Box<Controls>,
    /// The microphone's controls.
    pub microphone: Box<Controls>,
    /// The controls of the loopback pin, which captures the speaker's mix.
    pub loopback: Box<Controls>,
    /// The default formats chosen for the speaker and for the microphone.
    pub chosen: [Chosen; 2],
    /// The keyword spotter's controls, which no client changes.
    pub spotter: Box<Controls>,
}

/// The ring for a tick, with the token of the tick's level.
pub struct RingAtLevel<'a> {
    cable: &'a Cable,
    /// Lent to one user of the ring at a time.
    level: Cell<Option<&'a mut Dispatch>>,
}

/// Controls with their initial values.
#[inline(never)]
fn silent() -> Result<Box<Controls>> {
    Box::new(Controls::default())
}

impl Cable {
    /// A silent cable.
    ///
    /// # Errors
    ///
    /// [`acx::Error::OutOfMemory`].
    pub fn new(common: Arc<Common>) -> Result<Arc<Self>> {
        let bytes = common.ring.saturating_add(MIXING);
        Arc::new(Self {
            clock: CableClock::new(common.trim),
            common,
            wire: Box::new(WireShared::default())?,
            ring: SpinLock::new(RingMemory::new(Buffer::zeroed(bytes)?)),
            sleepers: Sleepers::default(),
            speaker: silent()?,
            microphone: silent()?,
            loopback: silent()?,
            chosen: [SpinLock::new(None), SpinLock::new(None)],
            spotter: silent()?,
        })
    }

    /// The ring for a tick at `level`.
    pub fn ring_at<'a>(&'a self, level: &'a mut Dispatch) -> RingAtLevel<'a> {
        RingAtLevel { cable: self, level: Cell::new(Some(level)) }
    }
}

impl RingAtLevel<'_> {
    /// The end of the cable with `controls`, for a stream that may also have its `own` controls.
    pub fn endpoint<'b>(
        &'b self,
        controls: &'b Controls,
        own: Option<&'b Controls>,
    ) -> Endpoint<'b> {
        Endpoint {
            clock: &self.cable.clock,
            wire: &self.cable.wire,
            ring: self,
            volume: &controls.volume,
            meter: &controls.meter,
            own: own.map(|own| (&own.volume, &own.meter)),
            kernel: &self.cable.common.kernel,
        }
    }
}

impl RingLock for RingAtLevel<'_> {
    fn with(&self, use_ring: &mut dyn FnMut(&mut Ring<'_>)) {
        // A tick has one token, so it cannot use the ring again while it uses it.
        let Some(level) = self.level.take() else { return };
        self.cable.ring.with(level, |ring, _| use_ring(&mut ring.ring()));
        self.level.set(Some(level));
    }
}
