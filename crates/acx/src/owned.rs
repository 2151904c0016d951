//! Objects that a Rust value owns: deleted when it is dropped. DDI: WdfObjectDelete.

use core::mem::ManuallyDrop;

use acx_sys::WDFOBJECT;

use crate::context;
use crate::reference::Reference;

/// A framework object that the driver owns, deleted when dropped. If its parent was deleted before,
/// nothing is left to delete.
pub(crate) struct Owned(Reference);

impl Owned {
    /// # Safety
    ///
    /// `object` is alive, was created with [`context::attributes`], and belongs to the caller, who
    /// may delete it.
    #[inline(never)]
    pub(crate) unsafe fn new(object: WDFOBJECT) -> Self {
        // SAFETY: alive, by the caller's contract.
        Self(unsafe { Reference::new(object) })
    }

    /// The handle, valid even if the object was deleted.
    pub(crate) fn object(&self) -> WDFOBJECT {
        self.0.object()
    }

    /// The handle, unless the framework has cleaned the object up.
    pub(crate) fn alive(&self) -> Option<WDFOBJECT> {
        self.0.alive()
    }

    /// Leaves the object to its parent, which deletes it.
    pub(crate) fn leave_to_parent(self) {
        let this = ManuallyDrop::new(self);
        // SAFETY: read once, from a value that is not dropped.
        drop(unsafe { core::ptr::read(&raw const this.0) });
    }
}

impl Drop for Owned {
    fn drop(&mut self) {
        if let Some(object) = self.0.alive() {
            // SAFETY: owned, by `new`'s contract. The reference keeps the handle valid if the
            // parent deletes the object at the same time.
            unsafe { context::delete(object) };
        }
    }
}
