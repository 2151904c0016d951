//! Spin locks and wait locks that own their data. DDI: KeAcquireSpinLockRaiseToDpc,
//! KeReleaseSpinLock, WdfWaitLockCreate, WdfWaitLockAcquire, WdfWaitLockRelease.
//!
//! A lock is held while a closure runs. A guard owned by the caller would not be sound: it can be
//! leaked (`core::mem::forget`), which ends its borrow of the token and leaves the thread at
//! `DISPATCH_LEVEL`. A closure returns before its caller continues, so locks are released in stack
//! order.
//!
//! ```
//! # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/example/host.rs"));
//! use acx::lock::{SpinLock, WaitLock};
//!
//! # fn main() { host::create(|device| {
//! let peak = SpinLock::new(0_u32);
//! peak.with(device.passive(), |peak, _at_dispatch_level| *peak = 7);
//!
//! let bank = WaitLock::new([0_u8; 4], device.passive())?;
//! bank.with(device.passive(), |bank, _still_passive| bank[0] = 1)?;
//! assert_eq!(bank.try_with(device.passive(), |bank, _| bank[0])?, 1);
//! # Ok(())
//! # }); }
//! ```

use core::cell::UnsafeCell;
use core::ptr::null_mut;

use acx_sys::ntddk::{KeAcquireSpinLockRaiseToDpc, KeReleaseSpinLock};
use acx_sys::{
    KIRQL, KSPIN_LOCK, STATUS_TIMEOUT, WDFWAITLOCK, WdfWaitLockAcquire, WdfWaitLockCreate,
    WdfWaitLockRelease,
};

use crate::error::check;
use crate::reference::Reference;
use crate::{Dispatch, Error, Passive, Result, context};

/// A value in a spin lock. While the lock is held the thread is at `DISPATCH_LEVEL`.
pub struct SpinLock<T> {
    lock: UnsafeCell<KSPIN_LOCK>,
    value: UnsafeCell<T>,
}

// SAFETY: the lock gives access to one thread at a time, which may move the value out or in: T is
// Send.
unsafe impl<T: Send> Sync for SpinLock<T> {}

/// A held lock. It is private to this module, so it is always dropped, also by an unwinding panic.
struct SpinLockGuard<'lock> {
    lock: &'lock UnsafeCell<KSPIN_LOCK>,
    before: KIRQL,
}

impl<T> SpinLock<T> {
    /// A free lock (KeInitializeSpinLock: a zeroed word).
    pub const fn new(value: T) -> Self {
        Self { lock: UnsafeCell::new(0), value: UnsafeCell::new(value) }
    }

    /// Waits for the lock, and calls `use_it` with the value and the proof of the level while it is
    /// held.
    ///
    /// The token is borrowed meanwhile: a thread that holds a lock cannot take a second one, so
    /// there are no deadlocks.
    ///
    /// # IRQL
    ///
    /// At most `DISPATCH_LEVEL`, with no lock held: the token proves both.
    #[doc(alias = "KeAcquireSpinLockRaiseToDpc")]
    pub fn with<R>(&self, _level: &mut Dispatch, use_it: impl FnOnce(&mut T, &Dispatch) -> R) -> R {
        // SAFETY: at most DISPATCH_LEVEL by the token. The word lives in `self`, which outlives the
        // call. This thread does not hold the lock: a holder's token is borrowed.
        let before = unsafe { KeAcquireSpinLockRaiseToDpc(self.lock.get()) };
        let _guard = SpinLockGuard { lock: &self.lock, before };
        // SAFETY: the thread is at DISPATCH_LEVEL until `_guard` is dropped, after `use_it`. The
        // callback's own token is borrowed for as long.
        let level = unsafe { Dispatch::assume() };
        // SAFETY: the lock is held until after `use_it`, so there is no other reference to the
        // value, and this call's reference does not outlive it.
        use_it(unsafe { &mut *self.value.get() }, &level)
    }
}

impl Drop for SpinLockGuard<'_> {
    fn drop(&mut self) {
        // SAFETY: `with` took the lock on this thread and has not released it, and `before` is the
        // level that the acquisition found. No lock was taken since that is still held.
        unsafe { KeReleaseSpinLock(self.lock.get(), self.before) };
    }
}

/// A value in a lock that waits at `PASSIVE_LEVEL`. The holder may wait too, for example for a
/// timer to stop.
pub struct WaitLock<T> {
    /// A child of the driver object, which may be deleted before this when the driver is unloaded.
    lock: Reference,
    value: UnsafeCell<T>,
}

// SAFETY: the lock gives access to one thread at a time, which may move the value out or in: T is
// Send.
unsafe impl<T: Send> Sync for WaitLock<T> {}

/// A held wait lock.
struct WaitLockGuard(WDFWAITLOCK);

impl<T> WaitLock<T> {
    /// Creates a free lock.
    ///
    /// # Errors
    ///
    /// The framework's errors.
    #[doc(alias = "WdfWaitLockCreate")]
    #[inline(never)]
    pub fn new(value: T, _passive: &Passive) -> Result<Self> {
        let mut attributes = context::attributes::<()>(null_mut());
        let mut lock: WDFWAITLOCK = null_mut();
        // SAFETY: filled attributes and an output parameter for the handle. Without a parent it is
        // the driver's.
        check(unsafe { WdfWaitLockCreate(&raw mut attributes, &raw mut lock) })?;
        // SAFETY: created just now.
        let lock = unsafe { Reference::new(lock.cast()) };
        Ok(Self { lock, value: UnsafeCell::new(value) })
    }

    /// Waits for the lock, and calls `use_it` with the value while it is held.
    ///
    /// The token is borrowed meanwhile: a thread that holds a lock cannot take a second one.
    ///
    /// # Errors
    ///
    /// The framework's errors; `use_it` is then not called. KMDF returns success if there is no
    /// timeout.
    #[doc(alias = "WdfWaitLockAcquire")]
    pub fn with<R>(
        &self,
        passive: &mut Passive,
        use_it: impl FnOnce(&mut T, &Passive) -> R,
    ) -> Result<R> {
        let lock = self.lock.object().cast();
        // SAFETY: the reference keeps the lock. At PASSIVE_LEVEL by the token, so waiting is
        // allowed. This thread does not hold it: a holder's token is borrowed.
        check(unsafe { WdfWaitLockAcquire(lock, null_mut()) })?;
        // SAFETY: acquired just now.
        Ok(unsafe { self.use_held(passive, use_it) })
    }

    /// Like [`with`](Self::with), without waiting.
    ///
    /// # Errors
    ///
    /// [`Error::Busy`] if another thread holds the lock; `use_it` is then not called.
    pub fn try_with<R>(
        &self,
        passive: &mut Passive,
        use_it: impl FnOnce(&mut T, &Passive) -> R,
    ) -> Result<R> {
        let lock = self.lock.object().cast();
        // A timeout of zero does not wait.
        let mut timeout = 0;
        // SAFETY: the reference keeps the lock, and the timeout is ours. This thread does not hold
        // the lock: a holder's token is borrowed.
        let status = unsafe { WdfWaitLockAcquire(lock, &raw mut timeout) };
        check(status)?;
        if status == STATUS_TIMEOUT {
            // A success status, although the lock was not acquired.
            return Err(Error::Busy);
        }
        // SAFETY: acquired just now.
        Ok(unsafe { self.use_held(passive, use_it) })
    }

    /// # Safety
    ///
    /// The calling thread has just acquired the lock.
    unsafe fn use_held<R>(
        &self,
        passive: &mut Passive,
        use_it: impl FnOnce(&mut T, &Passive) -> R,
    ) -> R {
        let _guard = WaitLockGuard(self.lock.object().cast());
        // SAFETY: the lock is held until after `use_it`, so there is no other reference to the
        // value, and this call's reference does not outlive it.
        use_it(unsafe { &mut *self.value.get() }, passive)
    }
}

impl Drop for WaitLockGuard {
    fn drop(&mut self) {
        // SAFETY: `use_held` is called with the lock taken on this thread, and makes one guard.
        unsafe { WdfWaitLockRelease(self.0) };
    }
}

impl<T> Drop for WaitLock<T> {
    fn drop(&mut self) {
        if let Some(lock) = self.lock.alive() {
            // SAFETY: created by `new`, and not held: `with` borrows the lock. KMDF allows a child
            // to be deleted while its parent is being deleted.
            unsafe { context::delete(lock) };
        }
    }
}
