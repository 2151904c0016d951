//! Behaviour when an allocation fails, and leaks after it: flaws that fault injection finds.

use core::sync::atomic::{AtomicBool, AtomicU32, Ordering::Relaxed};

use acx::lock::SpinLock;
use acx::pool::{Arc, Vec};
use acx::{Error, Passive, Result};

use crate::Flaw;

/// Devices that this process has made with the flaw [`Flaw::RefusesNextDevice`].
static DEVICES: AtomicU32 = AtomicU32::new(0);

/// What failed allocations leave.
pub(crate) struct Failing {
    flaw: Flaw,
    /// Whether a buffer could not be allocated.
    has_failed: AtomicBool,
    /// Whether the device has slept.
    has_slept: AtomicBool,
    /// Which device of this process it is, counted from 1; 0 without the flaw that counts them.
    device: u32,
    /// How often the device has started.
    starts: AtomicU32,
    /// Blocks of pool that are kept until the unload.
    kept: SpinLock<Vec<Arc<[u32; 5]>>>,
}

impl Failing {
    pub(crate) fn new(flaw: Flaw) -> Self {
        let device = match flaw {
            Flaw::RefusesNextDevice => DEVICES.fetch_add(1, Relaxed).saturating_add(1),
            _ => 0,
        };
        let kept = SpinLock::new(Vec::new());
        let starts = AtomicU32::new(0);
        let [has_failed, has_slept] = [const { AtomicBool::new(false) }; 2];
        Self { flaw, has_failed, has_slept, device, starts, kept }
    }

    fn is_left(&self, flaw: Flaw) -> bool {
        self.flaw == flaw && self.has_failed.load(Relaxed)
    }

    /// What a buffer that cannot be allocated is answered with.
    pub(crate) fn refused(&self, why: Error) -> Error {
        self.has_failed.store(true, Relaxed);
        match self.flaw {
            Flaw::WrongFailure | Flaw::UndocumentedFailure => return Error::NotFound,
            Flaw::LeaksOnFailure => {
                if let Ok(lost) = Arc::new([0_u32; 5]) {
                    core::mem::forget(lost);
                }
            }
            _ => {}
        }
        why
    }

    /// Whether a stream is opened.
    pub(crate) fn is_open(&self) -> Result<()> {
        if self.device > 2 { Err(Error::InvalidState) } else { Ok(()) }
    }

    /// What is done before the stream with this number.
    pub(crate) fn before(&self, number: u32, passive: &mut Passive) -> Result<()> {
        if self.flaw != Flaw::KeepsBlocks || number < 1000 {
            return Ok(());
        }
        let block = Arc::new([0_u32; 5])?;
        self.kept.with(passive, |kept, _| kept.push(block))
    }

    /// What is done when the device starts.
    pub(crate) fn on_start(&self, passive: &mut Passive) -> Result<()> {
        self.starts.fetch_add(1, Relaxed);
        if self.flaw != Flaw::KeepsOnRebalance {
            return Ok(());
        }
        let block = Arc::new([0_u32; 5])?;
        self.kept.with(passive, |kept, _| kept.push(block))
    }

    /// What is done for the stream with this number.
    pub(crate) fn on_open(&self, number: u32) -> Result<()> {
        if self.flaw == Flaw::ChangesCalls && number < 2 {
            drop(Arc::new([0_u32; 5])?);
        }
        if self.flaw == Flaw::LeaksOnce && number == 0 {
            core::mem::forget(Arc::new([0_u32; 5])?);
        }
        Ok(())
    }

    /// Whether a stream gets a buffer.
    pub(crate) fn is_stuck(&self) -> Result<()> {
        if self.is_left(Flaw::StaysFailed) { Err(Error::OutOfMemory) } else { Ok(()) }
    }

    /// Whether a packet can be read.
    pub(crate) fn is_readable(&self) -> Result<()> {
        if self.is_left(Flaw::ReadsNoMore) { Err(Error::InvalidState) } else { Ok(()) }
    }

    /// Whether the device was stopped and started again.
    pub(crate) fn was_rebalanced(&self) -> bool {
        self.starts.load(Relaxed) > 1
    }

    /// The device goes to sleep.
    pub(crate) fn sleeps(&self) {
        self.has_slept.store(true, Relaxed);
    }

    pub(crate) fn stands_still(&self) -> bool {
        let has_slept = self.flaw == Flaw::StandsStill && self.has_slept.load(Relaxed);
        has_slept || self.is_left(Flaw::StandsStill)
    }

    pub(crate) fn is_deaf(&self) -> bool {
        self.is_left(Flaw::Deaf)
    }
}
