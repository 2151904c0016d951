//! Typed contexts of framework objects.
//!
//! # Invariants
//!
//! KMDF finds a context by the *address* of its type information, and a generic static has no
//! single address. So this crate has one type information for all contexts, a [`Slot`] that records
//! which Rust type it holds, and each object that this crate makes has exactly one slot. Framework
//! memory is zeroed, which is the state of a slot without a value, so a half-made object is
//! recognized. The value is written once, after create, and published by the state: a callback that
//! ran too early would find no value. The value is dropped once, in EvtCleanupCallback, and the
//! state records that, so the owner of a reference can ask whether the object was cleaned up. The
//! memory stays as long as the object is referenced.

use core::any::TypeId;
use core::ptr::{NonNull, null_mut};
use core::sync::atomic::{AtomicU32, Ordering};

use acx_sys::*;

use crate::debug::Level;
use crate::error::check;
use crate::trace;
use crate::{Error, Result};

/// Zeroed memory: no value yet.
const EMPTY: u32 = 0;
/// `release` and `kind` are set, and the value after them.
const SET: u32 = 1;
/// The framework has cleaned the object up, or is doing so.
const GONE: u32 = 2;

#[repr(C)]
struct Header {
    /// One of the three, in this order.
    state: AtomicU32,
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
#[inline(never)]
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

/// The header of `object`'s context; null if the object has none of ours.
///
/// # Safety
///
/// A valid handle: of an object that is alive, or referenced.
unsafe fn header(object: WDFOBJECT) -> *mut Header {
    // SAFETY: the call takes any valid handle, and returns null for one without our context.
    unsafe { WdfObjectGetTypedContextWorker(object, TYPE_INFO.as_ptr()) }.cast()
}

/// Gives `object`, which was created with [`attributes`] of `T`, its context.
///
/// # Safety
///
/// `object` is alive, was just created with these attributes, and has no context value yet.
pub(crate) unsafe fn set<T: 'static>(object: WDFOBJECT, value: T) -> Result<()> {
    unsafe fn release<T>(header: *mut Header) {
        // SAFETY: `set` put this function next to a value of T, which begins at the field's offset
        // in the slot.
        let value = unsafe { &raw mut (*header.cast::<Slot<T>>()).value };
        // SAFETY: `cleanup` calls this once, after every callback that could have a reference.
        unsafe { value.drop_in_place() };
    }
    // SAFETY: alive, by the caller's contract.
    let header = unsafe { header(object) };
    if header.is_null() {
        return Err(Error::InvalidState);
    }
    // SAFETY: the attributes requested memory for a slot of T, aligned for it.
    let place = unsafe { &raw mut (*header.cast::<Slot<T>>()).value };
    // SAFETY: memory for a T; no value is there yet, and it is not read before the state says so.
    unsafe { place.write(value) };
    // SAFETY: a T was written there.
    unsafe { publish(header, release::<T>, TypeId::of::<T>()) };
    Ok(())
}

/// Publishes the content of a slot. Not generic, so the image has it once.
///
/// # Safety
///
/// The header of a slot that is not read yet, and in which a value of `kind` was written, which
/// `release` drops.
#[inline(never)]
unsafe fn publish(header: *mut Header, release: unsafe fn(*mut Header), kind: TypeId) {
    // SAFETY: the header is zeroed memory, in which no release is a None; it is not read yet.
    unsafe { (*header).release = Some(release) };
    // SAFETY: the same for the kind.
    unsafe { (*header).kind = Some(kind) };
    // SAFETY: zeroed memory is an atomic.
    let state = unsafe { &(*header).state };
    state.store(SET, Ordering::Release);
}

/// The address of `object`'s context, if it is a `T`; also after the object's cleanup, which drops
/// it.
///
/// # Safety
///
/// A valid handle: of an object that is alive, or referenced.
pub(crate) unsafe fn place<T: 'static>(object: WDFOBJECT) -> Option<NonNull<T>> {
    // SAFETY: valid, by the caller's contract.
    let header = unsafe { find(object, TypeId::of::<T>()) }?;
    // SAFETY: the kind says that this is a slot of T.
    NonNull::new(unsafe { &raw mut (*header.as_ptr().cast::<Slot<T>>()).value })
}

/// The header of `object`'s context, if that is of `kind`. Not generic, so the image has it once.
///
/// # Safety
///
/// A valid handle: of an object that is alive, or referenced.
#[inline(never)]
unsafe fn find(object: WDFOBJECT, kind: TypeId) -> Option<NonNull<Header>> {
    // SAFETY: valid, by the caller's contract.
    let header = NonNull::new(unsafe { header(object) })?;
    // SAFETY: zeroed memory or what `set` wrote.
    if unsafe { &(*header.as_ptr()).state }.load(Ordering::Acquire) == EMPTY {
        return None;
    }
    // SAFETY: the state says that `set` has written it.
    (unsafe { (*header.as_ptr()).kind } == Some(kind)).then_some(header)
}

/// The context of `object`, if it is a `T`, and the object's cleanup has not begun.
///
/// # Safety
///
/// `object` is a live handle, and stays alive and before its cleanup for `'a`: true inside a
/// callback that the framework makes for it.
pub(crate) unsafe fn get<'a, T: 'static>(object: WDFOBJECT) -> Option<&'a T> {
    // SAFETY: alive, by the caller's contract.
    if unsafe { is_gone(object) } {
        return None;
    }
    // SAFETY: alive, by the caller's contract.
    let place = unsafe { place::<T>(object) }?;
    // SAFETY: a T was written there, and the caller keeps the object before its cleanup.
    Some(unsafe { place.as_ref() })
}

/// Whether the framework has cleaned `object` up, or is doing so. False for an object that this
/// crate did not make.
///
/// # Safety
///
/// A valid handle: of an object that is alive, or referenced.
#[inline(never)]
pub(crate) unsafe fn is_gone(object: WDFOBJECT) -> bool {
    // SAFETY: valid, by the caller's contract.
    let header = unsafe { header(object) };
    // SAFETY: zeroed memory or what `set` wrote.
    !header.is_null() && unsafe { &(*header).state }.load(Ordering::Acquire) == GONE
}

/// Gives `object`, which the framework made, a context. It is dropped with the object.
///
/// # Errors
///
/// [`Error::InvalidState`] if the object has a context of this crate, or the framework's errors;
/// `value` is dropped then.
///
/// # Safety
///
/// `object` is alive, and only the caller uses it.
pub(crate) unsafe fn add<T: 'static>(object: WDFOBJECT, value: T) -> Result<()> {
    let mut attributes = attributes::<T>(null_mut());
    let mut memory = null_mut();
    // SAFETY: alive, by the caller's contract; filled attributes without a parent, and an output
    // parameter.
    let status = unsafe { WdfObjectAllocateContext(object, &raw mut attributes, &raw mut memory) };
    check(status)?;
    if status == STATUS_OBJECT_NAME_EXISTS {
        // A success status: the object already had a context.
        return Err(Error::InvalidState);
    }
    // SAFETY: the object has just got a context with these attributes, and no value is there.
    unsafe { set(object, value) }
}

unsafe extern "C" fn cleanup(object: WDFOBJECT) {
    trace::callback(Level::Verbose, c"EvtCleanupCallback", object, [0, 0]);
    // SAFETY: the framework calls for a valid object, whose memory still exists.
    let header = unsafe { header(object) };
    if header.is_null() {
        return;
    }
    // SAFETY: zeroed memory or what `set` wrote.
    let state = unsafe { &(*header).state };
    if state.swap(GONE, Ordering::AcqRel) != SET {
        return;
    }
    // SAFETY: the state said that `set` has written it.
    if let Some(release) = unsafe { (*header).release } {
        // SAFETY: the value is there. The framework calls cleanup after every other callback, and
        // the swap makes sure that the value is dropped once.
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
