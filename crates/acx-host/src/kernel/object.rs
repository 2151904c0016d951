//! Framework objects of KMDF and ACX, in one tree, with handles that are never reused.
//!
//! Deleting disposes of the whole tree first: children before parents, oldest first, each with its
//! EvtCleanupCallback. Only then the children are released, oldest first, and each
//! EvtDestroyCallback runs with the last reference; contexts live until then. So in an
//! EvtCleanupCallback every child is still there. Source: KMDF's public source,
//! fxobjectstatemachine.cpp.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::ffi::c_void;
use std::rc::{Rc, Weak};

use acx_sys::*;

use super::abi::read;
use super::attributes::{self, Constraints, Limits};
use super::base::{DISPATCH, Kernel};
use super::call::invoke;
use super::callback;
use super::loaded;
use super::locks::Locks;
use super::report::Rule;
use super::thread::this_thread;

/// The first handle value; the rest follow in steps, so that a handle is never a plausible address
/// or number.
const BASE: usize = 0x0ACE_0000_0000;
const STEP: usize = 0x10;

/// The host's action when an object is deleted.
type Hook = Box<dyn FnOnce(&Kernel)>;

/// The state of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Alive,
    /// Deletion has begun; the handle is still good inside its cleanup.
    Deleting,
    /// Cleaned up, as part of its parent's deletion, which releases it when it is done.
    Disposed,
    /// Cleaned up and released; waits for references.
    Deleted,
    Destroyed,
}

/// A typed context: zeroed memory, with the callbacks it came with.
struct Context {
    info: usize,
    memory: Box<[u128]>,
    cleanup: PFN_WDF_OBJECT_CONTEXT_CLEANUP,
    destroy: PFN_WDF_OBJECT_CONTEXT_DESTROY,
}

/// An object.
pub(crate) struct Object {
    handle: usize,
    kind: &'static str,
    /// The number of the driver that it belongs to.
    owner: u32,
    body: Box<dyn Any>,
    parent: RefCell<Weak<Object>>,
    children: RefCell<Vec<Rc<Object>>>,
    contexts: RefCell<Vec<Context>>,
    /// The host's action when the object is disposed of: after the children, before the driver's
    /// cleanup.
    hooks: RefCell<Vec<Hook>>,
    /// The host's action when the last reference is released.
    last: RefCell<Vec<Hook>>,
    /// The lock of WdfObjectAcquireLock and automatic synchronization.
    pub(crate) lock: CallbackLock,
    /// The execution level and the synchronization scope of its callbacks.
    constraints: Constraints,
    references: Cell<u32>,
    phase: Cell<Phase>,
    /// The thread that deletes it.
    deleter: Cell<usize>,
    /// Its cleanup callbacks run at PASSIVE_LEVEL, at whatever IRQL it is deleted.
    is_passive: bool,
    /// Drivers may not delete it: the framework does.
    is_protected: Cell<bool>,
}

/// The state of an object's callback lock.
#[derive(Default)]
pub(crate) struct CallbackLock {
    /// The holder's previous IRQL.
    pub(crate) irql: Cell<u8>,
    /// Whether the mutex is held.
    pub(crate) held: Cell<bool>,
    /// The number of recursive acquisitions by its holder, which are errors.
    pub(crate) depth: Cell<u32>,
}

/// The types whose disposal KMDF moves to PASSIVE_LEVEL.
const PASSIVE_KINDS: &[&str] = &[
    "WDFDEVICE",
    "WDFQUEUE",
    "WDFTIMER",
    "WDFDPC",
    "WDFWORKITEM",
    "WDFIOTARGET",
    "WDFSTRING",
    "WDFKEY",
];

/// All objects of a machine, including deleted ones.
#[derive(Default)]
struct Objects {
    slots: RefCell<Vec<Slot>>,
    /// How many there are.
    count: Cell<usize>,
}

struct Slot {
    kind: &'static str,
    object: Option<Rc<Object>>,
}

impl Object {
    pub(crate) fn handle(&self) -> usize {
        self.handle
    }

    /// The handle as the ABI passes it, whatever its type.
    pub(crate) fn as_ptr<T>(&self) -> *mut T {
        self.handle as *mut T
    }

    pub(crate) fn body<T: 'static>(&self) -> Option<&T> {
        self.body.downcast_ref()
    }

    /// The number of its driver: its parent's, else the creator's.
    pub(crate) fn owner(&self) -> u32 {
        self.owner
    }

    pub(crate) fn parent(&self) -> Option<Rc<Object>> {
        self.parent.borrow().upgrade()
    }

    pub(crate) fn is_alive(&self) -> bool {
        self.phase.get() == Phase::Alive
    }

    pub(crate) fn on_delete(&self, hook: impl FnOnce(&Kernel) + 'static) {
        self.hooks.borrow_mut().push(Box::new(hook));
    }

    /// Like [`on_delete`](Self::on_delete), after the last use of the object.
    pub(crate) fn on_destroy(&self, hook: impl FnOnce(&Kernel) + 'static) {
        self.last.borrow_mut().push(Box::new(hook));
    }

    /// The execution level and the synchronization scope of its callbacks.
    pub(crate) fn constraints(&self) -> Constraints {
        self.constraints
    }

    /// Drivers may not delete it from now on.
    pub(crate) fn protect(&self) {
        self.is_protected.set(true);
    }

    /// Drivers may delete it again.
    pub(crate) fn unprotect(&self) {
        self.is_protected.set(false);
    }

    /// Whether drivers may not delete it.
    pub(crate) fn is_protected(&self) -> bool {
        self.is_protected.get()
    }

    pub(crate) fn kind(&self) -> &'static str {
        self.kind
    }

    /// Returns whether it or a descendant is disposed of only at PASSIVE_LEVEL.
    fn needs_passive(&self) -> bool {
        self.is_passive || self.children.borrow().iter().any(|child| child.needs_passive())
    }

    /// The object whose context this is.
    fn has_context(&self, address: usize) -> bool {
        self.contexts.borrow().iter().any(|context| context.memory.as_ptr() as usize == address)
    }

    /// The context that has this type information.
    pub(crate) fn context(&self, info: usize) -> *mut c_void {
        let contexts = self.contexts.borrow();
        contexts
            .iter()
            .find(|context| context.info == info)
            .map_or(std::ptr::null_mut(), |context| context.memory.as_ptr().cast_mut().cast())
    }
}

fn objects(kernel: &Kernel) -> &Objects {
    kernel.part()
}

/// A new object. Its parent is the one of the attributes, else `parent`.
pub(crate) fn create(
    kernel: &Kernel,
    kind: &'static str,
    body: impl Any,
    attributes: PWDF_OBJECT_ATTRIBUTES,
    parent: Option<&Rc<Object>>,
) -> Result<Rc<Object>, NTSTATUS> {
    let mut parent = parent.cloned();
    attributes::check(kernel, kind, attributes, Limits::of(kind))?;
    let constraints =
        Constraints::of(kind, read(attributes), parent.as_ref().map(|parent| parent.constraints));
    if let Some(given) = read(attributes).filter(|given| !given.ParentObject.is_null()) {
        parent = Some(any(kernel, given.ParentObject as usize)?);
    }
    if parent.as_ref().is_some_and(|parent| !parent.is_alive()) {
        return Err(STATUS_DELETE_PENDING);
    }
    let mut slots = objects(kernel).slots.borrow_mut();
    let handle = BASE + slots.len() * STEP;
    let object = Rc::new(Object {
        handle,
        kind,
        owner: parent.as_ref().map_or_else(|| loaded::number(kernel), |parent| parent.owner),
        body: Box::new(body),
        parent: RefCell::new(parent.as_ref().map_or_else(Weak::new, Rc::downgrade)),
        children: RefCell::default(),
        contexts: RefCell::default(),
        hooks: RefCell::default(),
        last: RefCell::default(),
        lock: CallbackLock::default(),
        constraints,
        references: Cell::new(1),
        phase: Cell::new(Phase::Alive),
        deleter: Cell::default(),
        is_passive: constraints.passive || PASSIVE_KINDS.contains(&kind),
        is_protected: Cell::default(),
    });
    slots.push(Slot { kind, object: Some(object.clone()) });
    objects(kernel).count.set(objects(kernel).count.get() + 1);
    if let Some(parent) = parent {
        parent.children.borrow_mut().push(object.clone());
    }
    if !attributes.is_null() {
        add_context(&object, attributes);
    }
    Ok(object)
}

/// Gives `object` the context and the callbacks that `attributes` describe.
pub(crate) fn add_context(object: &Object, attributes: PWDF_OBJECT_ATTRIBUTES) -> *mut c_void {
    let Some(attributes) = read(attributes) else { return std::ptr::null_mut() };
    let info = read(attributes.ContextTypeInfo);
    let size = info.map_or(0, |info| info.ContextSize).max(attributes.ContextSizeOverride);
    let address = attributes.ContextTypeInfo as usize;
    object.contexts.borrow_mut().push(Context {
        info: address,
        memory: vec![0; size.div_ceil(16)].into_boxed_slice(),
        cleanup: attributes.EvtCleanupCallback,
        destroy: attributes.EvtDestroyCallback,
    });
    object.context(address)
}

/// The object of a handle, of any kind.
pub(crate) fn any(kernel: &Kernel, handle: usize) -> Result<Rc<Object>, NTSTATUS> {
    let index = handle.wrapping_sub(BASE) / STEP;
    let slots = objects(kernel).slots.borrow();
    let slot = slots.get(index).filter(|_| handle >= BASE && handle.is_multiple_of(STEP));
    match slot {
        Some(Slot { object: Some(object), .. }) => Ok(object.clone()),
        Some(Slot { kind, object: None }) => {
            let what = format!("handle {handle:#x} of a {kind} that is gone");
            kernel.violate(Rule::FreedObject, what);
            Err(STATUS_INVALID_HANDLE)
        }
        None => {
            kernel.violate(Rule::WrongHandle, format!("{handle:#x} is no handle"));
            Err(STATUS_INVALID_HANDLE)
        }
    }
}

/// Like [`get`], for a handle that may be null.
pub(crate) fn optional<T: 'static>(
    kernel: &Kernel,
    handle: usize,
) -> Result<Option<Ref<T>>, NTSTATUS> {
    if handle == 0 { Ok(None) } else { get(kernel, handle).map(Some) }
}

/// The object of a handle whose body is a `T`.
pub(crate) fn get<T: 'static>(kernel: &Kernel, handle: usize) -> Result<Ref<T>, NTSTATUS> {
    let object = any(kernel, handle)?;
    if object.body.is::<T>() {
        return Ok(Ref { object, body: std::marker::PhantomData });
    }
    let name = std::any::type_name::<T>().rsplit("::").next().unwrap_or_default();
    let what = format!("handle {handle:#x} is a {}, not a {name}", object.kind);
    kernel.violate(Rule::WrongHandle, what);
    Err(STATUS_INVALID_HANDLE)
}

/// Like [`get`], for a handle of the host; None if the object is deleted or being deleted.
pub(crate) fn get_alive<T: 'static>(kernel: &Kernel, handle: usize) -> Option<Ref<T>> {
    let slots = objects(kernel).slots.borrow();
    let object = slots.get(handle.wrapping_sub(BASE) / STEP)?.object.clone()?;
    Ref::of(object).filter(|found| found.object.is_alive())
}

/// The object of a handle of the host, while it exists.
pub(crate) fn find(kernel: &Kernel, handle: usize) -> Option<Rc<Object>> {
    let index = handle.checked_sub(BASE)? / STEP;
    objects(kernel).slots.borrow().get(index)?.object.clone()
}

/// Finds the object with a context at an address.
pub(crate) fn of_context(kernel: &Kernel, address: usize) -> Option<Rc<Object>> {
    let slots = objects(kernel).slots.borrow();
    let mut objects = slots.iter().filter_map(|slot| slot.object.as_ref());
    objects.find(|object| object.has_context(address)).cloned()
}

/// The size of all contexts in bytes.
pub(crate) fn context_bytes(kernel: &Kernel) -> usize {
    let slots = objects(kernel).slots.borrow();
    let objects = slots.iter().filter_map(|slot| slot.object.as_ref());
    let bytes = |object: &Rc<Object>| -> usize {
        object.contexts.borrow().iter().map(|context| 16 * context.memory.len()).sum()
    };
    objects.map(bytes).sum()
}

/// Returns whether a handle belonged to a deleted object of that type.
pub(crate) fn is_gone(kernel: &Kernel, handle: usize, kind: &str) -> bool {
    let slots = objects(kernel).slots.borrow();
    let slot = handle.checked_sub(BASE).and_then(|offset| slots.get(offset / STEP));
    slot.is_some_and(|slot| slot.object.is_none() && slot.kind == kind)
}

/// Whether a child of this kind has more references than that of its creation.
pub(crate) fn has_referenced_child(object: &Object, kind: &str) -> bool {
    let children = object.children.borrow();
    children.iter().any(|child| child.kind == kind && child.references.get() > 1)
}

/// Finds the child with a body of type `T` for which `is` returns true.
pub(crate) fn child<T: 'static>(object: &Object, is: impl Fn(&T) -> bool) -> Option<Rc<Object>> {
    let children = object.children.borrow();
    children.iter().find(|child| child.body::<T>().is_some_and(&is)).cloned()
}

/// Returns the type of a handle's object, also of a deleted one.
pub(crate) fn kind_of(kernel: &Kernel, handle: usize) -> Option<&'static str> {
    let index = handle.checked_sub(BASE)? / STEP;
    objects(kernel).slots.borrow().get(index).map(|slot| slot.kind)
}

pub(crate) fn reference(object: &Object) {
    object.references.set(object.references.get() + 1);
}

pub(crate) fn dereference(kernel: &Kernel, object: &Rc<Object>) {
    match object.references.get() {
        0 => {
            kernel.violate(Rule::References, format!("too many dereferences of a {}", object.kind));
        }
        count => {
            object.references.set(count - 1);
            if count == 1 && object.phase.get() == Phase::Alive {
                let what = format!(
                    "too many dereferences of a {}: its last reference is gone, and it was not \
                     deleted (bug check 0x10d (7, ...))",
                    object.kind
                );
                kernel.violate(Rule::References, what);
            }
            destroy_if_unused(kernel, object);
        }
    }
}

/// WdfObjectDelete: the whole tree below `object`. Above PASSIVE_LEVEL, objects that need that
/// level are deleted soon on a system thread.
pub(crate) fn delete(kernel: &Kernel, object: &Rc<Object>) {
    match object.phase.get() {
        Phase::Alive => {}
        // Its parent's deletion has cleaned it up, and has not released it yet.
        Phase::Disposed => {
            release(kernel, object);
            return;
        }
        Phase::Deleting | Phase::Deleted | Phase::Destroyed => {
            wait_for_other_thread(kernel, object);
            return;
        }
    }
    if kernel.irql() >= DISPATCH && object.needs_passive() {
        leave_parent(object);
        object.phase.set(Phase::Deleting);
        let object = object.clone();
        kernel.queue_work(move |kernel| {
            dispose(kernel, &object);
            release(kernel, &object);
        });
        return;
    }
    dispose(kernel, object);
    leave_parent(object);
    release(kernel, object);
}

/// The deletion of a parent waits for a child whose deletion another thread has begun.
fn wait_for_other_thread(kernel: &Kernel, object: &Rc<Object>) {
    if object.deleter.get() != this_thread() {
        kernel.wait_for("the deletion of a child", || object.phase.get() != Phase::Deleting);
    }
}

fn leave_parent(object: &Rc<Object>) {
    if let Some(parent) = object.parent() {
        // A device has thousands of children, and the newest is usually deleted first.
        let mut children = parent.children.borrow_mut();
        if let Some(at) = children.iter().rposition(|other| Rc::ptr_eq(other, object)) {
            children.remove(at);
        }
    }
}

/// Cleans up `object` and everything below it: children first, the oldest first. All of them still
/// exist afterwards.
fn dispose(kernel: &Kernel, object: &Rc<Object>) {
    object.phase.set(Phase::Deleting);
    object.deleter.set(this_thread());
    // A callback may delete other children.
    let is_left = |child: &&Rc<Object>| {
        !matches!(child.phase.get(), Phase::Disposed | Phase::Deleted | Phase::Destroyed)
    };
    loop {
        let child = object.children.borrow().iter().find(is_left).cloned();
        let Some(child) = child else { break };
        if child.phase.get() == Phase::Alive {
            dispose(kernel, &child);
        } else {
            wait_for_other_thread(kernel, &child);
            // A child whose cleanup is in progress completes its own deletion.
            if child.phase.get() == Phase::Deleting {
                leave_parent(&child);
            }
        }
    }
    for hook in std::mem::take(&mut *object.hooks.borrow_mut()) {
        hook(kernel);
    }
    let cleanups: Vec<_> =
        object.contexts.borrow().iter().filter_map(|context| context.cleanup).collect();
    for cleanup in cleanups {
        invoke(kernel, &callback::EvtCleanupCallback, object.handle, cleanup, (object.as_ptr(),));
    }
    object.phase.set(Phase::Disposed);
    kernel.wake();
}

/// Releases what [`dispose`] has cleaned up: children first, the oldest first, then the reference
/// that creation gave.
fn release(kernel: &Kernel, object: &Rc<Object>) {
    object.phase.set(Phase::Deleted);
    for child in object.children.take() {
        if child.phase.get() == Phase::Disposed {
            release(kernel, &child);
        }
    }
    dereference(kernel, object);
}

/// The last reference of a deleted object was released: its EvtDestroyCallback runs, at
/// PASSIVE_LEVEL if required.
fn destroy_if_unused(kernel: &Kernel, object: &Rc<Object>) {
    if object.references.get() > 0 || object.phase.get() != Phase::Deleted {
        return;
    }
    object.phase.set(Phase::Destroyed);
    if kernel.irql() >= DISPATCH && object.is_passive {
        let object = object.clone();
        kernel.queue_work(move |kernel| destroy(kernel, &object));
    } else {
        destroy(kernel, object);
    }
}

fn destroy(kernel: &Kernel, object: &Rc<Object>) {
    let destroys: Vec<_> =
        object.contexts.borrow().iter().filter_map(|context| context.destroy).collect();
    for destroy in destroys {
        invoke(kernel, &callback::EvtDestroyCallback, object.handle, destroy, (object.as_ptr(),));
    }
    for hook in std::mem::take(&mut *object.last.borrow_mut()) {
        hook(kernel);
    }
    for context in object.contexts.borrow().iter() {
        let start = context.memory.as_ptr() as usize;
        kernel.part::<Locks>().forget(start, start + size_of_val(&*context.memory));
    }
    let index = (object.handle - BASE) / STEP;
    if let Some(slot) = objects(kernel).slots.borrow_mut().get_mut(index) {
        slot.object = None;
        objects(kernel).count.set(objects(kernel).count.get() - 1);
    }
}

/// The number of live objects.
pub(crate) fn count(kernel: &Kernel) -> usize {
    objects(kernel).count.get()
}

/// At unload of a driver all its objects must be deleted.
pub(crate) fn check_empty(kernel: &Kernel, driver: u32) {
    let slots = objects(kernel).slots.borrow();
    let all = slots.iter().filter_map(|slot| slot.object.clone());
    let left: Vec<Rc<Object>> = all.filter(|object| object.owner == driver).collect();
    for object in left {
        let cleaned =
            matches!(object.phase.get(), Phase::Disposed | Phase::Deleted | Phase::Destroyed);
        let state = if cleaned { "deleted, but still referenced" } else { "never deleted" };
        let what = format!("a {} ({:#x}) is {state}", object.kind, object.handle);
        kernel.violate(Rule::ObjectLeak, what);
    }
}

/// Counts the live objects below `ancestor` with a body of type `T`.
pub(crate) fn live_bodies<T: 'static>(kernel: &Kernel, ancestor: usize) -> usize {
    let below = |object: &Rc<Object>| {
        std::iter::successors(object.parent(), |parent| parent.parent())
            .any(|parent| parent.handle == ancestor)
    };
    let slots = objects(kernel).slots.borrow();
    let objects = slots.iter().filter_map(|slot| slot.object.as_ref());
    objects.filter(|object| object.body.is::<T>() && object.is_alive() && below(object)).count()
}

/// An object together with the type of its body.
pub(crate) struct Ref<T> {
    object: Rc<Object>,
    body: std::marker::PhantomData<T>,
}

impl<T: 'static> std::ops::Deref for Ref<T> {
    type Target = T;
    fn deref(&self) -> &T {
        self.object.body().expect("the type was compared when the reference was made")
    }
}

impl<T> Clone for Ref<T> {
    fn clone(&self) -> Self {
        Self { object: self.object.clone(), body: std::marker::PhantomData }
    }
}

impl<T: 'static> Ref<T> {
    /// `object`, whose body is a `T`.
    pub(crate) fn of(object: Rc<Object>) -> Option<Self> {
        object.body.is::<T>().then(|| Self { object, body: std::marker::PhantomData })
    }

    pub(crate) fn object(&self) -> &Rc<Object> {
        &self.object
    }

    pub(crate) fn handle(&self) -> usize {
        self.object.handle
    }
}
