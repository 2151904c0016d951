//! Work items: from `DISPATCH_LEVEL` to `PASSIVE_LEVEL`. DDI: WdfWorkItemCreate,
//! WdfWorkItemEnqueue.
//!
//! There is no flush: a work item that flushes another one could wait for itself. The framework
//! waits for the callback when the owner is deleted.
//!
//! ```
//! # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/example/host.rs"));
//! use std::sync::atomic::{AtomicU32, Ordering};
//!
//! use acx::Passive;
//! use acx::work::{Work, WorkItem};
//!
//! /// Saves a setting.
//! struct Save;
//!
//! static SAVED: AtomicU32 = AtomicU32::new(0);
//!
//! impl Work for Save {
//!     fn work(&self, _passive: &mut Passive) {
//!         SAVED.fetch_add(1, Ordering::Relaxed);
//!     }
//! }
//!
//! # fn main() { host::create_and(|device| {
//! let save = WorkItem::new(device, Save)?;
//! save.enqueue(device.passive());
//! # Ok(())
//! # }, |machine| {
//! #     acx_client::System::sleep(machine, std::time::Duration::from_millis(1));
//! #     assert_eq!(SAVED.load(Ordering::Relaxed), 1);
//! # }); }
//! ```

use core::marker::PhantomData;
use core::ptr::null_mut;

use acx_sys::*;

use crate::debug::Level;
use crate::owner::Owner;
use crate::reference::Reference;
use crate::trace;
use crate::{Dispatch, Passive, Result, context};

/// The callback of a work item.
pub trait Work: Send + Sync + 'static {
    /// EvtWorkItem: runs once, however often it was enqueued before it starts.
    fn work(&self, passive: &mut Passive);
}

/// A work item, which is deleted with its owner. Enqueue it from something that ends before it,
/// such as a timer of the same owner.
pub struct WorkItem<W: ?Sized> {
    item: Reference,
    work: PhantomData<W>,
}

impl<W: Work> WorkItem<W> {
    /// A work item of `owner`.
    ///
    /// # Errors
    ///
    /// The framework's errors.
    #[doc(alias = "WdfWorkItemCreate")]
    #[inline(never)]
    pub fn new(owner: &impl Owner, work: W) -> Result<Self> {
        let mut config = WDF_WORKITEM_CONFIG::default();
        WDF_WORKITEM_CONFIG_INIT(&mut config, Some(run::<W>));
        // No synchronization scope: the framework takes no lock for the callback.
        config.AutomaticSerialization = BOOLEAN::from(false);
        let create = |attributes: &mut WDF_OBJECT_ATTRIBUTES, handle: &mut WDFWORKITEM| {
            // SAFETY: filled configuration and attributes with a live parent.
            unsafe { WdfWorkItemCreate(&raw mut config, attributes, handle) }
        };
        let parent = owner.object();
        // SAFETY: `create` makes a new work item with the attributes it gets.
        let handle = unsafe {
            context::create(parent, work, null_mut(), <*mut WDFWORKITEM__>::cast, create)
        }?;
        // SAFETY: created just now.
        Ok(Self { item: unsafe { Reference::new(handle.cast()) }, work: PhantomData })
    }

    /// Erases the type of the work, for lists of different work items.
    pub fn into_dyn(self) -> WorkItem<dyn Work> {
        WorkItem { item: self.item, work: PhantomData }
    }
}

impl<W: Work + ?Sized> WorkItem<W> {
    /// Queues the work item, unless the owner is gone. At most `DISPATCH_LEVEL`.
    #[doc(alias = "WdfWorkItemEnqueue")]
    pub fn enqueue(&self, _level: &Dispatch) {
        if let Some(item) = self.item.alive() {
            // SAFETY: a work item, by `new`'s contract; the reference keeps its handle valid. At
            // most DISPATCH_LEVEL by the token.
            unsafe { WdfWorkItemEnqueue(item.cast()) };
        }
    }
}

unsafe extern "C" fn run<W: Work>(item: WDFWORKITEM) {
    trace::callback(Level::Info, c"EvtWorkItem", item, [0, 0]);
    // SAFETY: the framework calls for a live work item, before its cleanup.
    if let Some(work) = unsafe { context::get::<W>(item.cast()) } {
        // SAFETY: EvtWorkItem runs at PASSIVE_LEVEL.
        let mut passive = unsafe { Passive::assume() };
        work.work(&mut passive);
    }
}
