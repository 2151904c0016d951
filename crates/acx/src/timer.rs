//! High-resolution timers. DDI: WdfTimerCreate, WdfTimerStart, WdfTimerStop (KMDF timers with
//! UseHighResolutionTimer).
//!
//! # States
//!
//! ```text
//!            start(at)                  the callback answers None
//! stopped ------------> armed ------------------------------------> stopped
//!    ^                  |   ^
//!    |                  |   | the callback answers Some(at)
//!    |                  v   |
//!    +---------- callback in progress
//!    stop(): cancels, waits for a callback in progress
//! ```
//!
//! # Invariants
//!
//! The state `T` belongs to the callback while the timer is armed, and to the [`Timer`]'s owner
//! while it is stopped: `start` takes `&mut self` and returns nothing, `stop` waits and then lends
//! `&mut T`. One-shot timers do not overlap: the next due time is set at the callback's end. So
//! owner and callback never use the state at the same time, without a lock.
//!
//! # The end
//!
//! A [`Timer`] may be dropped anywhere. At `PASSIVE_LEVEL` it stops, waits for a callback in
//! progress, and is deleted. Above that level, which includes its own callback, it cannot wait: it
//! is cancelled, and deleted either at once or by the callback in progress, which does not re-arm
//! it ([`life`](crate::life) decides which). KMDF defers the rest of a deletion above
//! `PASSIVE_LEVEL` until it can wait.
//!
//! The framework also deletes a timer with its parent. The [`Timer`] holds a reference, so its
//! handle stays valid; KMDF allows a child to be deleted while its parent is being deleted.

use core::cell::UnsafeCell;
use core::mem::ManuallyDrop;
use core::ptr::{NonNull, null_mut};

use acx_sys::ntddk::KeGetCurrentIrql;
use acx_sys::*;

use crate::debug::{self, Level};
use crate::life::{Cleanup, Life};
use crate::owner::Owner;
use crate::pool::Arc;
use crate::reference::Reference;
use crate::time::Qpc;
use crate::{Dispatch, Passive, Result, context};

/// The callback of a timer.
pub trait Expire: Send + 'static {
    /// EvtTimerFunc, at `DISPATCH_LEVEL`. Returns the next due time, if any: an absolute time, so
    /// delays do not accumulate.
    fn expire(&mut self, level: &mut Dispatch) -> Option<Qpc>;
}

struct Inner<T>(UnsafeCell<T>);

// SAFETY: the module's invariants give the state to one thread at a time.
unsafe impl<T: Send> Sync for Inner<T> {}

/// The context of the timer object. Its memory stays as long as the object is referenced.
struct TimerContext<T> {
    life: Life,
    /// Released once, by the party that [`Life`] decides.
    inner: ManuallyDrop<Arc<Inner<T>>>,
}

impl<T> Drop for TimerContext<T> {
    /// In the timer's EvtCleanupCallback: the framework has stopped the timer.
    fn drop(&mut self) {
        if self.life.go() {
            // SAFETY: `go` returns true once, and the callbacks do not release it then.
            unsafe { ManuallyDrop::drop(&mut self.inner) };
        }
    }
}

/// A timer and its callback's state.
pub struct Timer<T: Expire> {
    inner: Arc<Inner<T>>,
    object: Reference,
    context: NonNull<TimerContext<T>>,
    /// Whether it was started since the last stop. A second start would let two callbacks overlap.
    armed: bool,
}

// SAFETY: a referenced handle and the address of its context belong to no thread; the state is
// Send.
unsafe impl<T: Expire> Send for Timer<T> {}

impl<T: Expire> Timer<T> {
    /// A stopped timer, child of `owner`.
    ///
    /// # Errors
    ///
    /// [`OutOfMemory`](crate::Error::OutOfMemory), or the framework's errors.
    #[doc(alias = "WdfTimerCreate")]
    pub fn new(owner: &impl Owner, state: T) -> Result<Self> {
        let inner = Arc::new(Inner(UnsafeCell::new(state)))?;
        let mut config = WDF_TIMER_CONFIG::default();
        WDF_TIMER_CONFIG_INIT(&mut config, Some(expired::<T>));
        // No synchronization scope: the framework takes no lock for the callback.
        config.AutomaticSerialization = BOOLEAN::from(false);
        config.UseHighResolutionTimer = BOOLEAN::from(true);
        let create = |attributes: &mut WDF_OBJECT_ATTRIBUTES, handle: &mut WDFTIMER| {
            // SAFETY: filled configuration and attributes; their parent is the owner's object,
            // which is alive while the owner is borrowed.
            unsafe { WdfTimerCreate(&raw mut config, attributes, handle) }
        };
        let value = TimerContext { life: Life::new(), inner: ManuallyDrop::new(inner.clone()) };
        // SAFETY: `create` makes a new timer with the attributes it gets.
        let handle = unsafe {
            let empty = null_mut();
            context::create(owner.object(), value, empty, <*mut WDFTIMER__>::cast, create)
        }?;
        // SAFETY: created just now; its owner, and so its parent, is alive.
        let object = unsafe { Reference::new(handle.cast()) };
        // SAFETY: created just now with a context of this type; the owner is alive.
        let context = unsafe { context::get::<TimerContext<T>>(object.object()) };
        let context = NonNull::from(context.ok_or(crate::Error::InvalidState)?);
        Ok(Self { inner, object, context, armed: false })
    }

    fn handle(&self) -> WDFTIMER {
        self.object.object().cast()
    }

    fn life(&self) -> &Life {
        // SAFETY: the reference keeps the context's memory. `create` has set it, and `life` is only
        // accessed through shared references: dropping the context does not change it.
        unsafe { &(*self.context.as_ptr()).life }
    }

    /// Arms the timer for `at`; a time in the past is due at once. Does nothing if it was started
    /// and not stopped since. At most `DISPATCH_LEVEL`.
    #[doc(alias = "WdfTimerStart")]
    pub fn start(&mut self, at: Qpc, _level: &Dispatch) {
        if !self.armed && !self.life().is_gone() {
            self.armed = true;
            // SAFETY: the reference keeps the handle valid; at most DISPATCH_LEVEL by the token.
            unsafe { arm(self.handle(), at) };
        }
    }

    /// Cancels the timer, waits for a callback in progress, and lends the state. `PASSIVE_LEVEL`.
    #[doc(alias = "WdfTimerStop")]
    #[inline(never)]
    pub fn stop(&mut self, _passive: &Passive) -> &mut T {
        if !self.life().is_gone() {
            // SAFETY: the reference keeps the handle valid, also if the framework cleans the timer
            // up meanwhile. At PASSIVE_LEVEL by the token, so waiting is allowed; and this is not
            // the timer's own callback, which has no such token.
            unsafe { WdfTimerStop(self.handle(), BOOLEAN::from(true)) };
        }
        self.armed = false;
        // SAFETY: stopped, here or by the framework for good, and nothing starts it while `self` is
        // borrowed: no callback uses the state until the loan ends. The `Arc` keeps it.
        unsafe { &mut *self.inner.0.get() }
    }
}

impl<T: Expire> Drop for Timer<T> {
    fn drop(&mut self) {
        // SAFETY: a timer that `new` made, with its life; the handle is being dropped.
        unsafe { end(&self.object, self.life()) };
    }
}

/// Ends a timer whose handle is dropped. Not generic, so the image has it once.
///
/// # Safety
///
/// A timer of [`Timer::new`] and its life. Call it once, at most at `DISPATCH_LEVEL`.
#[inline(never)]
unsafe fn end(timer: &Reference, life: &Life) {
    if life.is_gone() {
        return;
    }
    // SAFETY: any IRQL.
    let may_wait = unsafe { KeGetCurrentIrql() } == 0;
    // SAFETY: the reference keeps the handle valid. It waits at PASSIVE_LEVEL only, where the
    // timer's own callback never runs.
    unsafe { WdfTimerStop(timer.object().cast(), BOOLEAN::from(may_wait)) };
    if life.close() {
        // SAFETY: created by `new`, and no other code deletes it: `close` returns true once. At
        // most DISPATCH_LEVEL, by the caller's contract.
        unsafe { context::delete(timer.object()) };
    }
}

/// Starts the one-shot timer for an absolute time.
///
/// # Safety
///
/// A valid handle, at most `DISPATCH_LEVEL`.
#[inline(never)]
unsafe fn arm(handle: WDFTIMER, at: Qpc) {
    let ticks = at.0.saturating_sub(Qpc::now().0);
    // Rounded up, so that the timer is never early.
    let hundreds =
        u128::from(ticks).saturating_mul(10_000_000).div_ceil(u128::from(Qpc::frequency()));
    // A negative value is relative. Zero would be an absolute time in the past, so at least one.
    let due = i64::try_from(hundreds).unwrap_or(i64::MAX).max(1).saturating_neg();
    // SAFETY: valid, and the level is right, by the caller's contract.
    unsafe { WdfTimerStart(handle, due) };
}

unsafe extern "C" fn expired<T: Expire>(handle: WDFTIMER) {
    debug::callback(Level::Verbose, c"EvtTimerFunc");
    // SAFETY: the framework calls with a valid handle, whose context memory is there.
    let Some(place) = (unsafe { context::place::<TimerContext<T>>(handle.cast()) }) else { return };
    let place = place.as_ptr();
    // SAFETY: set before the timer could be started; `life` is only accessed through shared
    // references.
    let life = unsafe { &(*place).life };
    let end = life.callback(|| {
        // SAFETY: EvtTimerFunc runs at DISPATCH_LEVEL; this is its one token.
        let mut level = unsafe { Dispatch::assume() };
        // SAFETY: the state is not released while a callback is in progress.
        let inner = unsafe { &(*place).inner };
        // SAFETY: the timer is armed, so the state belongs to the callback.
        let state = unsafe { &mut *inner.0.get() };
        let next = state.expire(&mut level);
        if let Some(at) = next.filter(|_| !life.is_closed()) {
            // SAFETY: a valid handle, at DISPATCH_LEVEL. This is the last step: the next callback
            // may run before this one has returned.
            unsafe { arm(handle, at) };
        }
    });
    match end {
        Cleanup::Nothing => {}
        // SAFETY: created by `Timer::new`, and the life decides once that it is deleted here.
        Cleanup::Delete => unsafe { context::delete(handle.cast()) },
        Cleanup::Release => {
            // SAFETY: only the last callback uses it: the cleanup has left it to this one.
            let inner = unsafe { &mut (*place).inner };
            // SAFETY: the life decides once that it is released here, and it is not used after
            // that.
            unsafe { ManuallyDrop::drop(inner) };
        }
    }
}
