//! References to framework objects: a handle that stays valid.

use core::ptr::null_mut;

use acx_sys::*;

use crate::context;

/// A reference to a framework object, released when dropped. The object may be deleted meanwhile;
/// its handle and its context stay.
pub(crate) struct Reference(WDFOBJECT);

// SAFETY: a referenced handle is a number that belongs to no thread.
unsafe impl Send for Reference {}
// SAFETY: sharing it gives out that number only.
unsafe impl Sync for Reference {}

impl Reference {
    /// # Safety
    ///
    /// `object` is a live handle.
    #[inline(never)]
    pub(crate) unsafe fn new(object: WDFOBJECT) -> Self {
        // SAFETY: alive, by the caller's contract. No tag and no source line: they are for
        // debuggers only.
        unsafe { WdfObjectReferenceActual(object, null_mut(), 0, c"acx".as_ptr().cast()) };
        Self(object)
    }

    /// The handle, valid even if the object was deleted.
    pub(crate) fn object(&self) -> WDFOBJECT {
        self.0
    }

    /// The handle, unless the framework has cleaned the object up. Cleanup may begin at any time: a
    /// call with the handle then gets an object that is deleted but still referenced.
    #[inline(never)]
    pub(crate) fn alive(&self) -> Option<WDFOBJECT> {
        // SAFETY: this reference keeps the handle valid.
        (!unsafe { context::is_gone(self.0) }).then_some(self.0)
    }
}

impl Clone for Reference {
    fn clone(&self) -> Self {
        // SAFETY: this reference keeps the handle valid.
        unsafe { Self::new(self.0) }
    }
}

impl Drop for Reference {
    #[inline(never)]
    fn drop(&mut self) {
        // SAFETY: releases the reference that `new` took.
        unsafe { WdfObjectDereferenceActual(self.0, null_mut(), 0, c"acx".as_ptr().cast()) };
    }
}
