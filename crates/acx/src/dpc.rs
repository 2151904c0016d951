//! Deferred procedure calls: one call at `DISPATCH_LEVEL`, soon. DDI: WdfDpcCreate, WdfDpcEnqueue,
//! WdfDpcCancel.
//!
//! ```
//! # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/example/host.rs"));
//! use std::sync::atomic::{AtomicU32, Ordering};
//!
//! use acx::Dispatch;
//! use acx::dpc::{Deferred, Dpc};
//!
//! /// Counts its calls.
//! struct Meter;
//!
//! static CALLS: AtomicU32 = AtomicU32::new(0);
//!
//! impl Deferred for Meter {
//!     fn run(&self, _level: &mut Dispatch) {
//!         CALLS.fetch_add(1, Ordering::Relaxed);
//!     }
//! }
//!
//! # fn main() { host::create_and(|device| {
//! let dpc = Dpc::new(device, Meter)?;
//! dpc.enqueue(device.passive());
//! // One that nobody has queued cannot be taken back.
//! assert!(!Dpc::new(device, Meter)?.cancel(device.passive()));
//! # Ok(dpc)
//! # }, |machine| {
//! #     acx_client::System::sleep(machine, std::time::Duration::from_millis(1));
//! #     assert_eq!(CALLS.load(Ordering::Relaxed), 1);
//! # }); }
//! ```

use core::marker::PhantomData;
use core::ptr::null_mut;

use acx_sys::*;

use crate::debug::{self, Level};
use crate::owner::Owner;
use crate::reference::Reference;
use crate::{Dispatch, Passive, Result, context};

/// The callback of a DPC.
pub trait Deferred: Send + Sync + 'static {
    /// EvtDpcFunc, at `DISPATCH_LEVEL`. Runs once for each time the DPC is queued. It may run on
    /// several processors at once: a DPC that is enqueued while it runs can start again on another
    /// processor.
    fn run(&self, level: &mut Dispatch);
}

/// A DPC. Deleted when dropped, or with its owner. A queued DPC runs before that, and a drop at
/// `PASSIVE_LEVEL` waits for it. Above that level KMDF defers the rest of the deletion.
pub struct Dpc<D: Deferred> {
    dpc: Reference,
    callback: PhantomData<D>,
}

impl<D: Deferred> Dpc<D> {
    /// A DPC of `owner`.
    ///
    /// # Errors
    ///
    /// The framework's errors.
    #[doc(alias = "WdfDpcCreate")]
    #[inline(never)]
    pub fn new(owner: &impl Owner, callback: D) -> Result<Self> {
        let mut config = WDF_DPC_CONFIG::default();
        WDF_DPC_CONFIG_INIT(&mut config, Some(deferred::<D>));
        // No synchronization scope: the framework takes no lock for the callback.
        config.AutomaticSerialization = BOOLEAN::from(false);
        let create = |attributes: &mut WDF_OBJECT_ATTRIBUTES, handle: &mut WDFDPC| {
            // SAFETY: filled configuration and attributes with a live parent.
            unsafe { WdfDpcCreate(&raw mut config, attributes, handle) }
        };
        let parent = owner.object();
        // SAFETY: `create` makes a new DPC with the attributes it gets.
        let handle = unsafe {
            context::create(parent, callback, null_mut(), <*mut WDFDPC__>::cast, create)
        }?;
        // SAFETY: created just now.
        Ok(Self { dpc: unsafe { Reference::new(handle.cast()) }, callback: PhantomData })
    }

    /// Queues the DPC, unless it is queued or the owner is gone. Returns whether this call queued
    /// it.
    ///
    /// # IRQL
    ///
    /// At most `DISPATCH_LEVEL`.
    #[doc(alias = "WdfDpcEnqueue")]
    pub fn enqueue(&self, _level: &Dispatch) -> bool {
        self.dpc.alive().is_some_and(|dpc| {
            // SAFETY: a DPC, by `new`'s contract; the reference keeps its handle valid.
            unsafe { WdfDpcEnqueue(dpc.cast()) != 0 }
        })
    }

    /// Removes the DPC from its queue, and waits for a callback in progress. Returns whether it was
    /// queued.
    ///
    /// # IRQL
    ///
    /// `PASSIVE_LEVEL`: the callback never waits, so this cannot wait for itself.
    #[doc(alias = "WdfDpcCancel")]
    pub fn cancel(&self, _passive: &Passive) -> bool {
        self.dpc.alive().is_some_and(|dpc| {
            // SAFETY: a DPC, by `new`'s contract; the reference keeps its handle valid. At
            // PASSIVE_LEVEL by the token, so waiting is allowed.
            unsafe { WdfDpcCancel(dpc.cast(), BOOLEAN::from(true)) != 0 }
        })
    }
}

impl<D: Deferred> Drop for Dpc<D> {
    fn drop(&mut self) {
        if let Some(dpc) = self.dpc.alive() {
            // SAFETY: created by `new`; nothing enqueues it from now on. KMDF allows a child to be
            // deleted while its parent is being deleted, and runs a queued DPC before the cleanup.
            unsafe { context::delete(dpc) };
        }
    }
}

unsafe extern "C" fn deferred<D: Deferred>(dpc: WDFDPC) {
    debug::callback(Level::Verbose, c"EvtDpcFunc");
    // SAFETY: the framework calls back for a live DPC, before its cleanup.
    if let Some(callback) = unsafe { context::get::<D>(dpc.cast()) } {
        // SAFETY: EvtDpcFunc runs at DISPATCH_LEVEL; this is its one token.
        let mut level = unsafe { Dispatch::assume() };
        callback.run(&mut level);
    }
}
