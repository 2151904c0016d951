//! A value for one callback at a time, where callbacks do not meet, or may be told to come again: checked, not assumed.

use crate::sync::{AtomicBool, Ordering, UnsafeCell};
use crate::{Error, Result};

/// A value that one callback uses at a time. Nobody waits for it.
pub struct Exclusive<T> {
    taken: AtomicBool,
    value: UnsafeCell<T>,
}

// SAFETY: `enter` hands the value to one thread at a time.
unsafe impl<T: Send> Sync for Exclusive<T> {}

impl<T> Exclusive<T> {
    /// A value that nobody uses.
    pub fn new(value: T) -> Self {
        Self { taken: AtomicBool::new(false), value: UnsafeCell::new(value) }
    }

    /// Calls `use_it` with the value.
    ///
    /// # Errors
    ///
    /// [`Error::Busy`] if another callback is inside, or what `use_it` answers.
    pub fn enter<R>(&self, use_it: impl FnOnce(&mut T) -> Result<R>) -> Result<R> {
        if self.taken.swap(true, Ordering::Acquire) {
            return Err(Error::Busy);
        }
        let result = self.value.with_mut(|value| {
            // SAFETY: the flag was open and is now closed by this call, so nobody else is here until it opens again.
            use_it(unsafe { &mut *value })
        });
        self.taken.store(false, Ordering::Release);
        result
    }
}
