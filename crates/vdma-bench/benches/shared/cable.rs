//! What the two ends of a cable share.

use std::cell::RefCell;

use vdma::channel::Endpoint;
use vdma::clock::Clock;
use vdma::gain::Volume;
use vdma::meter::Meter;
use vdma::resample::{KERNEL, fill_kernel};
use vdma::wire::{MIXING, Ring, RingLock, RingMemory, WireShared};

/// Ticks of the performance counter per second.
pub(crate) const FREQUENCY: u64 = 10_000_000;

struct Lock<'a>(&'a RefCell<RingMemory<Vec<u8>>>);

impl RingLock for Lock<'_> {
    fn with(&self, use_ring: &mut dyn FnMut(&mut Ring<'_>)) {
        use_ring(&mut self.0.borrow_mut().ring());
    }
}

pub(crate) struct Cable {
    pub(crate) clock: Clock,
    pub(crate) wire: WireShared,
    pub(crate) volume: Volume,
    pub(crate) meter: Meter,
    ring: RefCell<RingMemory<Vec<u8>>>,
    kernel: Vec<f32>,
}

impl Cable {
    /// With a ring of so many bytes.
    pub(crate) fn new(ring: usize) -> Self {
        let mut kernel = vec![0.0; KERNEL];
        fill_kernel(&mut kernel);
        Self {
            clock: Clock::new(FREQUENCY),
            wire: WireShared::default(),
            volume: Volume::default(),
            meter: Meter::default(),
            ring: RefCell::new(RingMemory::new(vec![0; ring + MIXING])),
            kernel,
        }
    }

    /// Calls `work` with what a tick of an end needs.
    pub(crate) fn with(&self, work: impl FnOnce(&Endpoint<'_>)) {
        work(&Endpoint {
            clock: &self.clock,
            wire: &self.wire,
            ring: &Lock(&self.ring),
            volume: &self.volume,
            meter: &self.meter,
            own: None,
            kernel: &self.kernel,
        });
    }
}
