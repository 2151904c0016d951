//! Offload streams sleep through their packets while nobody needs more. Whoever needs more wakes
//! them: a stream that listens, a gain that changes, a client that asks for peaks.

use acx::lock::SpinLock;
use acx::pool::{Arc, Vec};
use acx::work::{Work, WorkItem};
use acx::{Dispatch, Result};
use vdma::position::Shared;

/// A stream that may sleep.
#[derive(Clone)]
pub struct Sleeper {
    /// What the stream publishes.
    pub shared: Arc<Shared>,
    /// Has the stream's timer expire at once.
    pub alarm: Arc<WorkItem<dyn Work>>,
}

/// The streams of a cable that may sleep.
pub struct Sleepers(SpinLock<Vec<Sleeper>>);

/// No stream.
impl Default for Sleepers {
    fn default() -> Self {
        Self(SpinLock::new(Vec::default()))
    }
}

impl Sleepers {
    /// Adds a stream that is not there. It is to be removed before it is closed.
    ///
    /// # Errors
    ///
    /// [`acx::Error::OutOfMemory`].
    pub fn add(&self, sleeper: &Sleeper, level: &mut Dispatch) -> Result<()> {
        self.0.with(level, |sleepers, _| sleepers.push(sleeper.clone()))
    }

    /// Removes a stream, if it is there.
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

    /// Wakes every stream. Not those alone that are asleep: one may be about to fall asleep without
    /// having seen what the caller did.
    pub fn wake(&self, level: &mut Dispatch) {
        self.wake_if(level, |_| true);
    }

    /// Wakes the streams that are asleep, for what is asked again and again.
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
