//! Spin locks that own their data. DDI: KeAcquireSpinLockRaiseToDpc, KeReleaseSpinLock.

use core::cell::UnsafeCell;
use core::marker::PhantomData;
use core::ops::{Deref, DerefMut};

use acx_sys::ntddk::{KeAcquireSpinLockRaiseToDpc, KeReleaseSpinLock};
use acx_sys::{KIRQL, KSPIN_LOCK};

use crate::Dispatch;

/// A value behind a spin lock. While a guard lives the thread is at `DISPATCH_LEVEL`.
pub struct SpinLock<T> {
    lock: UnsafeCell<KSPIN_LOCK>,
    value: UnsafeCell<T>,
}

// SAFETY: the lock hands the value to one thread at a time.
unsafe impl<T: Send> Sync for SpinLock<T> {}

/// The right to use the value.
pub struct Guard<'lock, T> {
    lock: &'lock SpinLock<T>,
    before: KIRQL,
    /// A guard stays on its thread: the IRQL is the thread's.
    on_this_thread: PhantomData<*const ()>,
}

impl<T> SpinLock<T> {
    /// An open lock (KeInitializeSpinLock: a zeroed word).
    pub const fn new(value: T) -> Self {
        Self { lock: UnsafeCell::new(0), value: UnsafeCell::new(value) }
    }

    /// Waits for the lock. Not for a thread that holds it already.
    ///
    /// # IRQL
    ///
    /// At most `DISPATCH_LEVEL`; the token says so.
    pub fn lock(&self, _level: Dispatch<'_>) -> Guard<'_, T> {
        // SAFETY: at most DISPATCH_LEVEL by the token, and the word lives in `self`.
        let before = unsafe { KeAcquireSpinLockRaiseToDpc(self.lock.get()) };
        Guard { lock: self, before, on_this_thread: PhantomData }
    }
}

impl<T> Deref for Guard<'_, T> {
    type Target = T;
    fn deref(&self) -> &T {
        // SAFETY: the guard is the right to use the value.
        unsafe { &*self.lock.value.get() }
    }
}

impl<T> DerefMut for Guard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: the guard is the right to use the value, and it is borrowed alone.
        unsafe { &mut *self.lock.value.get() }
    }
}

impl<T> Drop for Guard<'_, T> {
    fn drop(&mut self) {
        // SAFETY: this thread took the lock and has not given it back; `before` is what the acquisition returned.
        unsafe { KeReleaseSpinLock(self.lock.lock.get(), self.before) };
    }
}
