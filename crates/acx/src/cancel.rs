//! Decides, without waiting, whether the holder of a request or the framework completes it.
//!
//! A request that is marked cancelable has two parties: the driver's holder, which takes it back
//! once, and the framework's cancel callback, which comes at most once. Each sets its bits, and
//! what it finds says what to do:
//!
//! | party | finds | does |
//! |---|---|---|
//! | the callback ([`canceled`](Cancel::canceled)) | nothing, or that the holder has left | completes |
//! | the callback | that the holder is taking the request back | leaves it to the holder |
//! | the holder ([`take`](Cancel::take)) | the callback | leaves it to the callback |
//! | the holder | nothing | asks the framework: [`Cancel::lost`] says what if it was too late |
//!
//! The framework may answer the holder that the request is cancelled before the callback has come:
//! then whoever comes second completes, so the request is there for as long as either uses it.

use crate::sync::{AtomicUsize, Ordering};

/// The cancel callback has come.
const CANCELED: usize = 1;
/// The holder takes the request back.
const TAKING: usize = 2;
/// The holder could not, and has left.
const LEFT: usize = 4;

/// The end of a request that is marked cancelable.
#[derive(Debug)]
pub struct Cancel(AtomicUsize);

impl Cancel {
    /// A request that has not ended.
    #[expect(clippy::new_without_default, reason = "there is none without a request")]
    pub fn new() -> Self {
        Self(AtomicUsize::new(0))
    }

    fn set(&self, bits: usize) -> usize {
        // Acquire and Release: what one party did to the request happens before the other
        // completes it.
        self.0.fetch_or(bits, Ordering::AcqRel)
    }

    /// The cancel callback comes. Whether it has to complete the request.
    #[must_use]
    pub fn canceled(&self) -> bool {
        let found = self.set(CANCELED);
        found & TAKING == 0 || found & LEFT != 0
    }

    /// The holder takes the request back. Whether it may ask the framework for it: otherwise the
    /// callback has come, and completes.
    #[must_use]
    pub fn take(&self) -> bool {
        self.set(TAKING) & CANCELED == 0
    }

    /// The framework answered the holder that the request is cancelled. Whether the holder has to
    /// complete it: otherwise the callback is still to come, and completes.
    #[must_use]
    pub fn lost(&self) -> bool {
        self.set(LEFT) & CANCELED != 0
    }
}
