//! Spin locks that own their data. DDI: KeAcquireSpinLockRaiseToDpc, KeReleaseSpinLock.
//!
//! A lock is held for the time of a closure. A guard that the caller owns would not do: it can be
//! leaked (`core::mem::forget`), which ends its borrow of the token and leaves the thread at
//! `DISPATCH_LEVEL`. A closure returns before its caller goes on, so locks end in the order of a
//! stack.

use core::cell::UnsafeCell;

use acx_sys::ntddk::{KeAcquireSpinLockRaiseToDpc, KeReleaseSpinLock};
use acx_sys::{KIRQL, KSPIN_LOCK};

use crate::Dispatch;

/// A value behind a spin lock. While the lock is held the thread is at `DISPATCH_LEVEL`.
pub struct SpinLock<T> {
    lock: UnsafeCell<KSPIN_LOCK>,
    value: UnsafeCell<T>,
}

// SAFETY: the lock hands the value to one thread at a time, which may move it out or in: T is Send.
unsafe impl<T: Send> Sync for SpinLock<T> {}

/// A lock that is held. It stays in this module, so that it is dropped: also by a panic that
/// unwinds, where panics unwind.
struct Held<'lock> {
    lock: &'lock UnsafeCell<KSPIN_LOCK>,
    before: KIRQL,
}

impl<T> SpinLock<T> {
    /// An open lock (KeInitializeSpinLock: a zeroed word).
    pub const fn new(value: T) -> Self {
        Self { lock: UnsafeCell::new(0), value: UnsafeCell::new(value) }
    }

    /// Waits for the lock, and calls `use_it` with the value and the proof of the level while it is
    /// held.
    ///
    /// The token is borrowed meanwhile: a thread that holds a lock takes no second one, so it can
    /// wait neither for itself nor for a thread that waits for it.
    ///
    /// # IRQL
    ///
    /// At most `DISPATCH_LEVEL`, with no lock held: the token says both.
    #[doc(alias = "KeAcquireSpinLockRaiseToDpc")]
    pub fn with<R>(&self, _level: &mut Dispatch, use_it: impl FnOnce(&mut T, &Dispatch) -> R) -> R {
        // SAFETY: at most DISPATCH_LEVEL by the token. The word lives in `self`, which outlives the
        // call. This thread does not hold the lock: a holder's token is borrowed.
        let before = unsafe { KeAcquireSpinLockRaiseToDpc(self.lock.get()) };
        let _held = Held { lock: &self.lock, before };
        // SAFETY: the thread is at DISPATCH_LEVEL until `_held` is dropped, after `use_it`. The
        // callback's own token is borrowed for as long.
        let level = unsafe { Dispatch::assume() };
        // SAFETY: the lock is held until after `use_it`, so nobody else has a reference to the
        // value, and none of this call's outlives it.
        use_it(unsafe { &mut *self.value.get() }, &level)
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        // SAFETY: `with` took the lock on this thread and has not given it back, and `before` is the
        // level that the acquisition found. No lock was taken since that is still held.
        unsafe { KeReleaseSpinLock(self.lock.get(), self.before) };
    }
}
