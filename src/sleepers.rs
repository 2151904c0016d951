//! Offload streams sleep through their packets while nothing needs smaller steps. They are woken by
//! a capture stream that listens, a gain that changes, or a client that queries peaks.

use acx::lock::SpinLock;
use acx::pool::{Arc, Vec};
use acx::work::{Work, WorkItem};
use acx::{Dispatch, Result};
use vdma::position::Shared;

/// A stream that may sleep.
#[derive(Clone)]
pub struct Sleeper {
    /// The stream's published state.
    pub shared: Arc<Shared>,
    /// Makes the stream's timer expire at once.
    pub alarm: Arc<WorkItem<dyn Work>>,
}

/// The streams of a cable that may sleep.
pub struct Sleepers(SpinLock<Vec<Sleeper>>);

impl Default for Sleepers {
    fn default() -> Self {
        Self(SpinLock::new(Vec::default()))
    }
}

impl Sleepers {
    /// Adds a stream that is not in the list. It must be removed before it is closed.
    ///
    /// # Errors
    ///
    /// [`acx::Error::OutOfMemory`].
    pub fn add(&self, sleeper: &Sleeper, level: &mut Dispatch) -> Result<()> {
        self.0.with(level, |sleepers, _| sleepers.push(sleeper.clone()))
    }

    /// Removes a stream, if it is in the list.
    pub fn remove(&self, sleeper: &Sleeper, level: &mut Dispatch) {
        self.0.with(level, |sleepers, _| {
            let is_it = |other: &Sleeper| {
                core::ptr::eq(&raw const *other.shared, &raw const *sleeper.shared)
            };
            if let Some(index) = sleepers.iter().position(is_it) {
                sleepers.swap_remove(index);
            }
        });
    }

    /// Wakes every stream, not only sleeping ones: a stream may be about to sleep without having
    /// seen the caller's change.
    pub fn wake(&self, level: &mut Dispatch) {
        self.wake_if(level, |_| true);
    }

    /// Wakes the sleeping streams, for repeated queries.
    pub fn wake_those_asleep(&self, level: &mut Dispatch) {
        self.wake_if(level, |sleeper| sleeper.shared.is_asleep());
    }

    #[inline(never)]
    fn wake_if(&self, level: &mut Dispatch, is_wanted: fn(&Sleeper) -> bool) {
        self.0.with(level, |sleepers, level| {
            let wanted = sleepers.iter().filter(|sleeper| is_wanted(sleeper));
            wanted.for_each(|sleeper| sleeper.alarm.enqueue(level));
        });
    }
}
