//! Context type information: KMDF identifies typed contexts by it.

use crate::{PVOID, WDF_OBJECT_CONTEXT_TYPE_INFO, WDFOBJECT, WdfObjectGetTypedContextWorker};

/// A `WDF_OBJECT_CONTEXT_TYPE_INFO` that can be a `static`.
///
/// KMDF finds a typed context by the *address* of its type information, so there must be exactly
/// one `static` per context type; `UniqueType` points back at it.
#[repr(transparent)]
pub struct ContextTypeInfo(WDF_OBJECT_CONTEXT_TYPE_INFO);

// SAFETY: the framework only reads it, and nothing ever writes it after it is built.
unsafe impl Sync for ContextTypeInfo {}

impl ContextTypeInfo {
    /// Type information for a context of `size` bytes; `this` is the address of the static that
    /// holds the result.
    pub const fn new(name: &'static core::ffi::CStr, size: usize, this: &'static Self) -> Self {
        Self(WDF_OBJECT_CONTEXT_TYPE_INFO {
            // Size of the structure, not of the context: 40 on x64.
            Size: 40,
            ContextName: name.as_ptr().cast(),
            ContextSize: size,
            UniqueType: &raw const this.0,
            EvtDriverGetUniqueContextType: None,
        })
    }

    /// What `WDF_OBJECT_ATTRIBUTES::ContextTypeInfo` and `WdfObjectGetTypedContextWorker` take.
    pub const fn as_ptr(&'static self) -> *const WDF_OBJECT_CONTEXT_TYPE_INFO {
        &raw const self.0
    }

    /// `WdfObjectGetTypedContext`: this type's context of `object`; null if the object has none.
    /// Any IRQL.
    ///
    /// # Safety
    ///
    /// `object` is a live framework object of a driver that is bound to KMDF.
    #[inline]
    pub unsafe fn context_of(&'static self, object: WDFOBJECT) -> PVOID {
        // SAFETY: the caller vouches for the object; `UniqueType` is what it was given its context
        // under.
        unsafe { WdfObjectGetTypedContextWorker(object, self.0.UniqueType) }
    }
}

const _: () = assert!(size_of::<WDF_OBJECT_CONTEXT_TYPE_INFO>() == 40);
