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

/// What the cables of a device share.
pub struct Common {
    /// What the clock of each cable begins with, in parts per billion.
    trim: i32,
    /// The resampler's table.
    pub kernel: Vec<f32>,
    /// The memory of all packets.
    pub packets: Arc<Budget>,
    /// Bytes of a cable's ring, without what mixing takes.
    ring: usize,
}

impl Common {
    /// Clocks that are off by `trim` parts per million, a table, `packets` bytes for packets, and
    /// `ring` bytes for the ring of each cable.
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
    /// What the device's cables share.
    pub common: Arc<Common>,
    /// The clock of both ends.
    pub clock: CableClock,
    /// The lock-free part of the wire; an allocation of its own, for a cable is made on the stack.
    pub wire: Box<WireShared>,
    ring: SpinLock<RingMemory<Buffer>>,
    /// Its offload streams, while they are prepared.
    pub sleepers: Sleepers,
    /// The end that plays. Controls of 16 channels are large, and a cable is made on the stack.
    pub speaker: Box<Controls>,
    /// The end that records.
    pub microphone: Box<Controls>,
    /// The loopback pin's end, which captures the speaker's mix.
    pub loopback: Box<Controls>,
    /// The default formats that were chosen for the speaker and for the microphone.
    pub chosen: [Chosen; 2],
    /// The keyword spotter's end: no client changes its volume.
    pub spotter: Box<Controls>,
}

/// The ring as a tick uses it, with the token of the tick's level.
pub struct RingAtLevel<'a> {
    cable: &'a Cable,
    /// Lent to one user of the ring at a time.
    level: Cell<Option<&'a mut Dispatch>>,
}

/// Controls that nobody has touched.
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
    /// The end of the cable that has `controls`, for a stream that may have controls of its `own`
    /// as well.
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
        // A tick has one token: while it uses the ring there is none left to use it again.
        let Some(level) = self.level.take() else { return };
        self.cable.ring.with(level, |ring, _| use_ring(&mut ring.ring()));
        self.level.set(Some(level));
    }
}
