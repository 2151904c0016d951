//! Decides which party deletes a timer and which one releases its state. It never waits, because a
//! handle may be dropped at `DISPATCH_LEVEL` or inside the timer's own callback.
//!
//! Three parties act in any order and on any thread: the callback, the handle's drop, and the
//! framework's cleanup of the timer object. One word counts the callbacks in progress, and records
//! the other events:
//!
//! | party | finds no callback in progress | finds one |
//! |---|---|---|
//! | the handle's drop ([`close`](Life::close)) | deletes the object | the callback deletes it |
//! | the cleanup ([`go`](Life::go)) | releases the state | the callback releases it |
//!
//! More than one callback can be in progress for a short time: a callback re-arms the timer as its
//! last step, and the timer may expire on another processor before the callback has returned.

use crate::sync::{AtomicUsize, Ordering};

/// The handle was dropped.
const CLOSED: usize = 1;
/// The object is being deleted, or has been.
const DELETED: usize = 2;
/// The framework has cleaned the object up, or is doing so.
const GONE: usize = 4;
/// The state is being released, or has been.
const RELEASED: usize = 8;
/// One callback.
const CALLBACK: usize = 16;

/// The life of a timer object.
#[derive(Debug)]
pub struct Life(AtomicUsize);

/// The clean-up that a callback must do when it ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cleanup {
    /// Nothing.
    Nothing,
    /// Delete the object.
    Delete,
    /// Release the object's state.
    Release,
}

const fn is_idle(word: usize) -> bool {
    word < CALLBACK
}

impl Life {
    /// The life of an object with a handle.
    #[expect(clippy::new_without_default, reason = "there is no life without an object")]
    pub fn new() -> Self {
        Self(AtomicUsize::new(0))
    }

    /// Changes the word. Returns its value before and after.
    fn change(&self, to: impl Fn(usize) -> usize) -> (usize, usize) {
        let mut before = self.0.load(Ordering::Relaxed);
        loop {
            let after = to(before);
            // Acquire and Release: a callback's accesses to the state happen before it is released.
            match self.0.compare_exchange(before, after, Ordering::AcqRel, Ordering::Relaxed) {
                Ok(_) => return (before, after),
                Err(found) => before = found,
            }
        }
    }

    /// Runs a callback's `act`, which may use the state, unless the timer is being deleted. Returns
    /// what the caller must do then.
    pub fn callback(&self, act: impl FnOnce()) -> Cleanup {
        if self.begin() {
            act();
        }
        self.end()
    }

    // These two are not generic, so the image has each once.

    #[inline(never)]
    fn begin(&self) -> bool {
        let (before, _) = self.change(|word| word.wrapping_add(CALLBACK));
        before & (CLOSED | GONE) == 0
    }

    #[inline(never)]
    fn end(&self) -> Cleanup {
        let (before, after) = self.change(|word| {
            let left = word.wrapping_sub(CALLBACK);
            if !is_idle(left) || left & RELEASED != 0 {
                left
            } else if left & GONE != 0 {
                left | RELEASED
            } else if left & CLOSED != 0 {
                left | DELETED
            } else {
                left
            }
        });
        if before & RELEASED != after & RELEASED {
            Cleanup::Release
        } else if before & DELETED != after & DELETED {
            Cleanup::Delete
        } else {
            Cleanup::Nothing
        }
    }

    /// Called when the handle is dropped. Returns whether the caller must delete the object.
    #[must_use]
    #[inline(never)]
    pub fn close(&self) -> bool {
        let (before, after) = self.change(|word| {
            if is_idle(word) && word & GONE == 0 { word | CLOSED | DELETED } else { word | CLOSED }
        });
        before & DELETED != after & DELETED
    }

    /// Called once when the framework cleans the object up. Returns whether the caller must release
    /// the state.
    #[must_use]
    #[inline(never)]
    pub fn go(&self) -> bool {
        let (before, after) =
            self.change(|word| if is_idle(word) { word | GONE | RELEASED } else { word | GONE });
        before & RELEASED != after & RELEASED
    }

    /// Whether the handle was dropped.
    pub fn is_closed(&self) -> bool {
        self.0.load(Ordering::Acquire) & CLOSED != 0
    }

    /// Whether the framework has cleaned the object up, or is doing so.
    pub fn is_gone(&self) -> bool {
        self.0.load(Ordering::Acquire) & GONE != 0
    }
}
