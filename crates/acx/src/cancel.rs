//! Decides, without waiting, whether the holder of a request or the framework completes it.
//!
//! Two parties can end a cancelable request: its holder in the driver, which takes it back once,
//! and the framework's cancel callback, which runs at most once. Each sets its own bits, and the
//! bits that it finds decide the next step:
//!
//! | party | finds | does |
//! |---|---|---|
//! | the callback ([`canceled`](Cancel::canceled)) | nothing, or `LEFT` | completes |
//! | the callback | `TAKING` without `LEFT` | leaves it to the holder |
//! | the holder ([`take`](Cancel::take)) | `CANCELED` | leaves it to the callback |
//! | the holder | nothing | asks the framework; if it is too late, [`Cancel::lost`] decides |
//!
//! The framework may tell the holder that the request is cancelled before the callback has run.
//! Then the second of the two completes the request, so it stays valid while either uses it.

use crate::sync::{AtomicUsize, Ordering};

/// The cancel callback has run.
const CANCELED: usize = 1;
/// The holder is taking the request back.
const TAKING: usize = 2;
/// The holder could not take it back, and no longer uses it.
const LEFT: usize = 4;

/// The state that decides who completes a cancelable request.
#[derive(Debug)]
pub struct Cancel(AtomicUsize);

impl Cancel {
    /// The state of a request that has not ended.
    #[expect(clippy::new_without_default, reason = "there is none without a request")]
    pub fn new() -> Self {
        Self(AtomicUsize::new(0))
    }

    fn set(&self, bits: usize) -> usize {
        // Acquire and Release: one party's accesses to the request happen before the other
        // completes it.
        self.0.fetch_or(bits, Ordering::AcqRel)
    }

    /// Called by the cancel callback. Returns whether the callback must complete the request.
    #[must_use]
    pub fn canceled(&self) -> bool {
        let found = self.set(CANCELED);
        found & TAKING == 0 || found & LEFT != 0
    }

    /// Called by the holder to take the request back. Returns whether it may ask the framework for
    /// it; otherwise the callback has run and completes the request.
    #[must_use]
    pub fn take(&self) -> bool {
        self.set(TAKING) & CANCELED == 0
    }

    /// Called by the holder when the framework reports that the request is cancelled. Returns
    /// whether the holder must complete it; otherwise the callback is yet to run and completes it.
    #[must_use]
    pub fn lost(&self) -> bool {
        self.set(LEFT) & CANCELED != 0
    }
}
