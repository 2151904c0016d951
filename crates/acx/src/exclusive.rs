//! A try-lock: exclusive access to a value, or [`Error::Busy`]; it never waits.

use crate::sync::{AtomicBool, Ordering, UnsafeCell};
use crate::{Error, Result};

/// A value that one callback uses at a time. Others get an error instead of waiting. Any IRQL.
pub struct Exclusive<T> {
    taken: AtomicBool,
    value: UnsafeCell<T>,
}

// SAFETY: `enter` gives the value to one thread at a time.
unsafe impl<T: Send> Sync for Exclusive<T> {}

impl<T> Exclusive<T> {
    /// A value that is not in use.
    pub fn new(value: T) -> Self {
        Self { taken: AtomicBool::new(false), value: UnsafeCell::new(value) }
    }

    /// Calls `use_it` with the value.
    ///
    /// # Errors
    ///
    /// [`Error::Busy`] if another callback is using the value; the errors of `use_it`.
    pub fn enter<R>(&self, use_it: impl FnOnce(&mut T) -> Result<R>) -> Result<R> {
        if self.taken.swap(true, Ordering::Acquire) {
            return Err(Error::Busy);
        }
        let result = self.value.with_mut(|value| {
            // SAFETY: this call set the flag, which was clear, so no other call has the value until
            // the flag is clear again.
            use_it(unsafe { &mut *value })
        });
        self.taken.store(false, Ordering::Release);
        result
    }
}
