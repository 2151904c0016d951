//! High-resolution timers. DDI: WdfTimerCreate, WdfTimerStart, WdfTimerStop (KMDF timers with UseHighResolutionTimer).
//!
//! # States
//!
//! ```text
//!            start(at)                 the callback answers None
//!   stopped -----------> armed --------------------------------+
//!      ^                   |  ^                                |
//!      |                   |  | the callback answers Some(at)  |
//!      |     stop(): cancels, waits for a callback under way   |
//!      +-------------------+<----------------------------------+
//! ```
//!
//! # Invariants
//!
//! The state `T` belongs to the callback while the timer is armed, and to the [`Timer`]'s owner while it is stopped: `start` takes
//! `&mut self` and gives nothing back, `stop` waits and then lends `&mut T`. One-shot timers do not overlap themselves: the next due time is
//! set at the callback's end. So the two never meet, without a lock. Dropping stops and waits; the framework deletes a timer with its
//! parent, after it has stopped and waited itself, and then there is nothing left to stop.

use core::cell::UnsafeCell;
use core::ptr::null_mut;
use core::sync::atomic::{AtomicBool, Ordering};

use acx_sys::*;

use crate::owner::Owner;
use crate::pool::Arc;
use crate::time::Qpc;
use crate::{Dispatch, Passive, Result, context};

/// What happens when a timer expires.
pub trait Expire: Send + 'static {
    /// At `DISPATCH_LEVEL`. Answers when to expire next, if at all: an absolute time, so lateness does not add up.
    fn expire(&mut self, level: &mut Dispatch) -> Option<Qpc>;
}

struct Inner<T> {
    state: UnsafeCell<T>,
    /// The framework has deleted the timer, or is about to.
    gone: AtomicBool,
}

// SAFETY: the module's invariants hand the state to one thread at a time.
unsafe impl<T: Send> Sync for Inner<T> {}
// SAFETY: it owns its state.
unsafe impl<T: Send> Send for Inner<T> {}

/// The context of the timer object.
struct Context<T>(Arc<Inner<T>>);

impl<T> Drop for Context<T> {
    fn drop(&mut self) {
        // In the timer's EvtCleanupCallback: the framework has stopped the timer for good.
        self.0.gone.store(true, Ordering::Release);
    }
}

/// A timer and the state that its callback works on.
pub struct Timer<T: Expire> {
    inner: Arc<Inner<T>>,
    handle: WDFTIMER,
    /// Started since the last stop. A second start would let two callbacks overlap.
    armed: bool,
}

// SAFETY: the handle belongs to no thread, and the state is Send.
unsafe impl<T: Expire> Send for Timer<T> {}

impl<T: Expire> Timer<T> {
    /// A stopped timer, child of `owner`.
    ///
    /// # Errors
    ///
    /// [`OutOfMemory`](crate::Error::OutOfMemory), or what the framework answers.
    #[doc(alias = "WdfTimerCreate")]
    pub fn new(owner: &impl Owner, state: T) -> Result<Self> {
        let inner =
            Arc::new(Inner { state: UnsafeCell::new(state), gone: AtomicBool::new(false) })?;
        let mut config = WDF_TIMER_CONFIG::default();
        WDF_TIMER_CONFIG_INIT(&mut config, Some(expired::<T>));
        // No synchronization scope: the callback takes part in nobody's lock.
        config.AutomaticSerialization = BOOLEAN::from(false);
        config.UseHighResolutionTimer = BOOLEAN::from(true);
        let create = |attributes: &mut WDF_OBJECT_ATTRIBUTES, handle: &mut WDFTIMER| {
            // SAFETY: filled configuration and attributes with a live parent.
            unsafe { WdfTimerCreate(&raw mut config, attributes, handle) }
        };
        let parent = owner.object();
        let value = Context(inner.clone());
        // SAFETY: `create` makes a new timer with the attributes it gets.
        let handle =
            unsafe { context::create(parent, value, null_mut(), <*mut WDFTIMER__>::cast, create) }?;
        Ok(Self { inner, handle, armed: false })
    }

    /// Arms the timer for `at`; a time that has passed is due at once. Does nothing if it was started already and not stopped since.
    #[doc(alias = "WdfTimerStart")]
    pub fn start(&mut self, at: Qpc, _level: &Dispatch) {
        if !self.armed && !self.inner.gone.load(Ordering::Acquire) {
            self.armed = true;
            arm(self.handle, at);
        }
    }

    /// Cancels the timer, waits for a callback under way, and lends the state.
    #[doc(alias = "WdfTimerStop")]
    pub fn stop(&mut self, _passive: &Passive) -> &mut T {
        if !self.inner.gone.load(Ordering::Acquire) {
            // SAFETY: the timer is alive: its cleanup, which would set `gone`, cannot run inside a callback of its parent. PASSIVE_LEVEL
            // by the token, so waiting is allowed.
            unsafe { WdfTimerStop(self.handle, BOOLEAN::from(true)) };
        }
        self.armed = false;
        // SAFETY: stopped, and nothing starts it while `self` is borrowed, so no callback runs until the loan ends.
        unsafe { &mut *self.inner.state.get() }
    }
}

impl<T: Expire> Drop for Timer<T> {
    fn drop(&mut self) {
        if !self.inner.gone.load(Ordering::Acquire) {
            // SAFETY: alive, as in `stop`; owners of timers are dropped in callbacks at PASSIVE_LEVEL.
            unsafe { WdfTimerStop(self.handle, BOOLEAN::from(true)) };
            // SAFETY: created by `new`, stopped, and used no more.
            unsafe { context::delete(self.handle.cast()) };
        }
    }
}

/// Starts the one-shot timer for an absolute time.
fn arm(handle: WDFTIMER, at: Qpc) {
    let ticks = at.0.saturating_sub(Qpc::now().0);
    // Rounded up, so that the timer is never early.
    let hundreds =
        u128::from(ticks).saturating_mul(10_000_000).div_ceil(u128::from(Qpc::frequency()));
    // Negative is relative; zero would be an absolute time long past, so at least one.
    let due = i64::try_from(hundreds).unwrap_or(i64::MAX).max(1).saturating_neg();
    // SAFETY: the caller's timer is alive.
    unsafe { WdfTimerStart(handle, due) };
}

unsafe extern "C" fn expired<T: Expire>(handle: WDFTIMER) {
    // SAFETY: the framework calls for a live timer, before its cleanup.
    let Some(Context(inner)) = (unsafe { context::get::<Context<T>>(handle.cast()) }) else {
        return;
    };
    // SAFETY: EvtTimerFunc runs at DISPATCH_LEVEL.
    let mut level = unsafe { Dispatch::assume() };
    // SAFETY: armed, so the state is the callback's.
    let state = unsafe { &mut *inner.state.get() };
    if let Some(at) = state.expire(&mut level) {
        arm(handle, at);
    }
}
