//! Objects that a Rust value owns: deleted when it is dropped. DDI: WdfObjectDelete.

use core::mem::ManuallyDrop;

use acx_sys::WDFOBJECT;

use crate::context;
use crate::reference::Reference;

/// A framework object of the driver's own, deleted when dropped. Its parent may have taken it along
/// before; then nothing is left to delete.
pub(crate) struct Owned(Reference);

impl Owned {
    /// # Safety
    ///
    /// `object` is alive, was created with [`context::attributes`], and is the caller's to delete.
    #[inline(never)]
    pub(crate) unsafe fn new(object: WDFOBJECT) -> Self {
        // SAFETY: alive, says the caller.
        Self(unsafe { Reference::new(object) })
    }

    /// The handle: valid, whatever became of the object.
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
            // SAFETY: the owner's to delete, says `new`'s caller. The reference keeps the handle
            // valid, should the parent delete the object at this moment.
            unsafe { context::delete(object) };
        }
    }
}
