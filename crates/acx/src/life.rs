//! Who deletes a timer, and who releases its state: decided without waiting, because a handle may
//! be dropped at `DISPATCH_LEVEL` or inside the timer's own callback.
//!
//! Three parties meet here, in any order and on any thread: the callback, the handle's drop, and
//! the framework's cleanup of the timer object. One word counts the callbacks in progress, and
//! remembers what has come:
//!
//! | party | finds no callback in progress | finds one |
//! |---|---|---|
//! | the handle's drop ([`close`](Life::close)) | deletes the object | the callback deletes it |
//! | the cleanup ([`go`](Life::go)) | gives the state up | the callback gives it up |
//!
//! More than one callback can be in progress for a moment: a callback arms the timer as its last
//! act, and the next expiry may come on another processor before it has returned.

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

/// The clean-up that a callback has to do when it ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cleanup {
    /// Nothing.
    Nothing,
    /// To delete the object.
    Delete,
    /// To release the state that the object had.
    Release,
}

const fn is_idle(word: usize) -> bool {
    word < CALLBACK
}

impl Life {
    /// An object that has a handle.
    #[expect(clippy::new_without_default, reason = "there is no life without an object")]
    pub fn new() -> Self {
        Self(AtomicUsize::new(0))
    }

    /// Changes the word; what it was, and what it has become.
    fn change(&self, to: impl Fn(usize) -> usize) -> (usize, usize) {
        let mut before = self.0.load(Ordering::Relaxed);
        loop {
            let after = to(before);
            // Acquire and Release: what a callback did to the state happens before it is given up.
            match self.0.compare_exchange(before, after, Ordering::AcqRel, Ordering::Relaxed) {
                Ok(_) => return (before, after),
                Err(found) => before = found,
            }
        }
    }

    /// A callback: runs `act`, which may use the state, unless the timer is on its way out. What
    /// the caller has to do then.
    pub fn callback(&self, act: impl FnOnce()) -> Cleanup {
        if self.begin() {
            act();
        }
        self.end()
    }

    // These two are not generic: the image has each once.

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

    /// The handle is dropped. Whether the caller has to delete the object.
    #[must_use]
    #[inline(never)]
    pub fn close(&self) -> bool {
        let (before, after) = self.change(|word| {
            if is_idle(word) && word & GONE == 0 { word | CLOSED | DELETED } else { word | CLOSED }
        });
        before & DELETED != after & DELETED
    }

    /// The framework cleans the object up, once. Whether the caller has to give the state up.
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
