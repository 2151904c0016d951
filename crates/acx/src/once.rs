//! A value that is set once and then shared without a lock: a control callback sets it and the
//! real-time path reads it. Any IRQL.

use crate::sync::{AtomicUsize, Ordering, UnsafeCell};
use crate::{Error, Result};

const EMPTY: usize = 0;
const WRITING: usize = 1;
const SET: usize = 2;

/// A cell for a value.
pub struct Once<T> {
    state: AtomicUsize,
    value: UnsafeCell<Option<T>>,
}

// SAFETY: one thread writes the value before any thread reads it. Then threads only share it, and
// the cell's last owner drops it.
unsafe impl<T: Send + Sync> Sync for Once<T> {}

impl<T> Default for Once<T> {
    fn default() -> Self {
        Self { state: AtomicUsize::new(EMPTY), value: UnsafeCell::new(None) }
    }
}

impl<T> Once<T> {
    /// Sets the value.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidState`] if the value is already set.
    pub fn set(&self, value: T) -> Result<()> {
        self.state
            .compare_exchange(EMPTY, WRITING, Ordering::Acquire, Ordering::Relaxed)
            .map_err(|_| Error::InvalidState)?;
        self.value.with_mut(|place| {
            // SAFETY: the exchange succeeds once, and no thread reads before the state is SET.
            unsafe { *place = Some(value) };
        });
        self.state.store(SET, Ordering::Release);
        Ok(())
    }

    /// The value, if it was set.
    pub fn get(&self) -> Option<&T> {
        if self.state.load(Ordering::Acquire) != SET {
            return None;
        }
        self.value.with(|place| {
            // SAFETY: the state says that it was written, and no thread writes again while the cell
            // is shared.
            unsafe { (*place).as_ref() }
        })
    }
}
