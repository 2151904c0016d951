//! A memory budget that clients share. A stream reserves the memory of its packets before they are
//! allocated, and returns it when they are freed.

use core::sync::atomic::{AtomicUsize, Ordering};

use acx::pool::Arc;
use acx::{Error, Result};

/// The longest packet of any stream, in seconds: that of offload streams.
pub const LONGEST_SECONDS: u32 = 2;

/// A number of bytes that several streams share.
pub struct Budget {
    most: usize,
    used: AtomicUsize,
}

impl Budget {
    /// A budget of `most` bytes, all free.
    ///
    /// # Errors
    ///
    /// [`Error::OutOfMemory`].
    pub fn new(most: usize) -> Result<Arc<Self>> {
        Arc::new(Self { most, used: AtomicUsize::new(0) })
    }

    /// The number of free bytes.
    pub fn left(&self) -> usize {
        self.most.saturating_sub(self.used.load(Ordering::Relaxed))
    }

    /// Reserves `bytes`.
    ///
    /// # Errors
    ///
    /// [`Error::OutOfMemory`] if fewer are free.
    #[inline(never)]
    pub fn reserve(this: &Arc<Self>, bytes: usize) -> Result<Reservation> {
        let take = |used: usize| used.checked_add(bytes).filter(|used| *used <= this.most);
        this.used
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, take)
            .map_err(|_| Error::OutOfMemory)?;
        Ok(Reservation { budget: this.clone(), bytes })
    }
}

/// Reserved bytes, returned when dropped.
pub struct Reservation {
    budget: Arc<Budget>,
    bytes: usize,
}

impl Drop for Reservation {
    fn drop(&mut self) {
        self.budget.used.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}
