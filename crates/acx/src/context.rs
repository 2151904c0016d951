//! Typed contexts of framework objects.
//!
//! # Invariants
//!
//! KMDF finds a context by the *address* of its type information, and a generic static has no single address. So this crate has one
//! type information for every context, a [`Slot`] that says which Rust type it holds, and an object that this crate makes has exactly
//! one. Framework memory is zeroed, so a slot without a value has `release == None`: that is how an object that failed half-way is
//! told. The value is written once, after create, and dropped once, in EvtCleanupCallback; nothing is called on the object after that.

use core::any::TypeId;

use acx_sys::*;

use crate::error::check;
use crate::{Error, Result};

#[repr(C)]
struct Header {
    release: Option<unsafe fn(*mut Header)>,
    kind: Option<TypeId>,
}

#[repr(C)]
struct Slot<T> {
    header: Header,
    value: T,
}

static TYPE_INFO: ContextTypeInfo = ContextTypeInfo::new(c"acx", size_of::<Header>(), &TYPE_INFO);

/// Attributes of an object whose context will be a `T`.
pub(crate) fn attributes<T: 'static>(parent: WDFOBJECT) -> WDF_OBJECT_ATTRIBUTES {
    const { assert!(align_of::<Slot<T>>() <= 16, "the framework aligns contexts to 16 bytes") };
    let mut attributes = WDF_OBJECT_ATTRIBUTES::default();
    WDF_OBJECT_ATTRIBUTES_INIT(&mut attributes);
    attributes.ParentObject = parent;
    attributes.ContextTypeInfo = TYPE_INFO.as_ptr();
    attributes.ContextSizeOverride = size_of::<Slot<T>>();
    attributes.EvtCleanupCallback = Some(cleanup);
    attributes
}

fn header(object: WDFOBJECT) -> *mut Header {
    // SAFETY: any object handle may be asked; one without our context answers null.
    unsafe { WdfObjectGetTypedContextWorker(object, TYPE_INFO.as_ptr()) }.cast()
}

/// Gives `object`, which was created with [`attributes`] of `T`, its context.
///
/// # Safety
///
/// `object` is alive, was just created with these attributes, and has no context value yet.
pub(crate) unsafe fn set<T: 'static>(object: WDFOBJECT, value: T) -> Result<()> {
    unsafe fn release<T>(header: *mut Header) {
        // SAFETY: `set` put this function next to a value of T, which begins at the field's offset in the slot.
        let value = unsafe { &raw mut (*header.cast::<Slot<T>>()).value };
        // SAFETY: `cleanup` calls this once.
        unsafe { value.drop_in_place() };
    }
    let slot = header(object).cast::<Slot<T>>();
    if slot.is_null() {
        return Err(Error::InvalidState);
    }
    let header = Header { release: Some(release::<T>), kind: Some(TypeId::of::<T>()) };
    // SAFETY: the attributes asked for room for a slot of T; no value is there yet, and no callback that reads it has been let in.
    unsafe { slot.write(Slot { header, value }) };
    Ok(())
}

/// The context of `object`, if it is a `T`.
///
/// # Safety
///
/// `object` is a live handle, and stays alive and before its cleanup for `'a`: true inside a callback that the framework makes for it.
pub(crate) unsafe fn get<'a, T: 'static>(object: WDFOBJECT) -> Option<&'a T> {
    let header = header(object);
    if header.is_null() {
        return None;
    }
    // SAFETY: the context is zeroed memory or a header that `set` wrote.
    let kind = unsafe { (*header).kind };
    if kind != Some(TypeId::of::<T>()) {
        return None;
    }
    // SAFETY: the kind says that a T was written; the caller keeps the object before its cleanup.
    Some(unsafe { &(*header.cast::<Slot<T>>()).value })
}

unsafe extern "C" fn cleanup(object: WDFOBJECT) {
    let header = header(object);
    if header.is_null() {
        return;
    }
    // SAFETY: zeroed memory or what `set` wrote; the framework calls cleanup once, after every other callback.
    let release = unsafe { (*header).release.take() };
    if let Some(release) = release {
        // SAFETY: the value is there, and `take` made sure that it is dropped once.
        unsafe { release(header) };
    }
}

/// Deletes an object that this crate made and could not finish.
///
/// # Safety
///
/// `object` is alive and its creator's to delete.
pub(crate) unsafe fn delete(object: WDFOBJECT) {
    // SAFETY: the caller owns the object.
    unsafe { WdfObjectDelete(object) };
}

/// Creates an object through `create`, which stores its handle, and gives it its context.
///
/// # Safety
///
/// When `create` succeeds, its handle is that of a new object with the attributes it was given.
pub(crate) unsafe fn create<H: Copy, T: 'static>(
    parent: WDFOBJECT,
    value: T,
    empty: H,
    as_object: impl FnOnce(H) -> WDFOBJECT,
    create: impl FnOnce(&mut WDF_OBJECT_ATTRIBUTES, &mut H) -> NTSTATUS,
) -> Result<H> {
    let mut attributes = attributes::<T>(parent);
    let mut handle = empty;
    check(create(&mut attributes, &mut handle))?;
    // SAFETY: just created with these attributes.
    unsafe { set(as_object(handle), value) }?;
    Ok(handle)
}
