//! Framework objects: KMDF's and ACX's, in one tree, known by handles that are never used twice.
//!
//! Deleting takes children before parents; every EvtCleanupCallback of an object runs before its EvtDestroyCallback, which waits for the last
//! reference; contexts live until then. Source: KMDF's documented object life cycle.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::ffi::c_void;
use std::rc::{Rc, Weak};

use acx_sys::*;

use super::abi::read;
use super::base::Kernel;
use super::call::invoke;
use super::callback;
use super::locks::Locks;
use super::report::Rule;
use super::thread::this_thread;

/// The first handle value; the rest follow in steps, so that a handle is never a plausible address or number.
const BASE: usize = 0x0ACE_0000_0000;
const STEP: usize = 0x10;

/// What the host does when an object goes.
type Hook = Box<dyn FnOnce(&Kernel)>;

/// Where an object is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Alive,
    /// Deletion has begun; the handle is still good inside its cleanup.
    Deleting,
    /// Cleaned up; waits for references.
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
    body: Box<dyn Any>,
    parent: RefCell<Weak<Object>>,
    children: RefCell<Vec<Rc<Object>>>,
    contexts: RefCell<Vec<Context>>,
    /// What the host itself does when the object goes: after the children, before the driver's cleanup.
    hooks: RefCell<Vec<Hook>>,
    /// What the host does when the last reference is gone.
    last: RefCell<Vec<Hook>>,
    /// The level that the holder of its presentation lock came from.
    pub(crate) lock_irql: Cell<u8>,
    references: Cell<u32>,
    phase: Cell<Phase>,
    /// The thread that deletes it.
    deleter: Cell<usize>,
}

/// Every object that a machine ever had.
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

    pub(crate) fn parent(&self) -> Option<Rc<Object>> {
        self.parent.borrow().upgrade()
    }

    pub(crate) fn is_alive(&self) -> bool {
        self.phase.get() == Phase::Alive
    }

    pub(crate) fn on_delete(&self, hook: impl FnOnce(&Kernel) + 'static) {
        self.hooks.borrow_mut().push(Box::new(hook));
    }

    /// As [`on_delete`](Self::on_delete), when nobody can use the object any more.
    pub(crate) fn on_destroy(&self, hook: impl FnOnce(&Kernel) + 'static) {
        self.last.borrow_mut().push(Box::new(hook));
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
    if let Some(given) = read(attributes) {
        check_attributes(kernel, kind, &given)?;
        if !given.ParentObject.is_null() {
            parent = Some(any(kernel, given.ParentObject as usize)?);
        }
    }
    let mut slots = objects(kernel).slots.borrow_mut();
    let handle = BASE + slots.len() * STEP;
    let object = Rc::new(Object {
        handle,
        kind,
        body: Box::new(body),
        parent: RefCell::new(parent.as_ref().map_or_else(Weak::new, Rc::downgrade)),
        children: RefCell::default(),
        contexts: RefCell::default(),
        hooks: RefCell::default(),
        last: RefCell::default(),
        lock_irql: Cell::default(),
        references: Cell::new(1),
        phase: Cell::new(Phase::Alive),
        deleter: Cell::default(),
    });
    slots.push(Slot { kind, object: Some(object.clone()) });
    drop(slots);
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
    let address = info.map_or(0, |info| info.UniqueType as usize);
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
            drop(slots);
            kernel.violate(Rule::FreedObject, what);
            Err(STATUS_INVALID_HANDLE)
        }
        None => {
            drop(slots);
            kernel.violate(Rule::WrongHandle, format!("{handle:#x} is no handle"));
            Err(STATUS_INVALID_HANDLE)
        }
    }
}

/// As [`get`], of a handle that may be null.
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

/// As [`get`], of a handle of the host's own; none if the object is gone or goes.
pub(crate) fn get_alive<T: 'static>(kernel: &Kernel, handle: usize) -> Option<Ref<T>> {
    let slots = objects(kernel).slots.borrow();
    let object = slots.get(handle.wrapping_sub(BASE) / STEP)?.object.clone()?;
    Ref::of(object).filter(|found| found.object.is_alive())
}

/// The object whose context lies at an address.
pub(crate) fn of_context(kernel: &Kernel, address: usize) -> Option<Rc<Object>> {
    let slots = objects(kernel).slots.borrow();
    let mut objects = slots.iter().filter_map(|slot| slot.object.as_ref());
    objects.find(|object| object.has_context(address)).cloned()
}

/// Bytes of all contexts.
pub(crate) fn context_bytes(kernel: &Kernel) -> usize {
    let slots = objects(kernel).slots.borrow();
    let objects = slots.iter().filter_map(|slot| slot.object.as_ref());
    let bytes = |object: &Rc<Object>| -> usize {
        object.contexts.borrow().iter().map(|context| 16 * context.memory.len()).sum()
    };
    objects.map(bytes).sum()
}

/// What kind of object a handle is or was of.
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
            destroy_if_unused(kernel, object);
        }
    }
}

/// WdfObjectDelete: the whole tree below `object`.
pub(crate) fn delete(kernel: &Kernel, object: &Rc<Object>) {
    if object.phase.get() != Phase::Alive {
        // Who deletes a parent waits for the child that another thread is at.
        if object.deleter.get() != this_thread() {
            kernel.wait_for("the deletion of a child", || object.phase.get() != Phase::Deleting);
        }
        return;
    }
    object.phase.set(Phase::Deleting);
    object.deleter.set(this_thread());
    // The newest child first.
    loop {
        let child = object.children.borrow().last().cloned();
        let Some(child) = child else { break };
        delete(kernel, &child);
        // Gone already, unless its deletion had begun before.
        let mut children = object.children.borrow_mut();
        if children.last().is_some_and(|last| Rc::ptr_eq(last, &child)) {
            children.pop();
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
    object.phase.set(Phase::Deleted);
    kernel.wake();
    if let Some(parent) = object.parent() {
        // A device has thousands, and the newest goes first.
        let mut children = parent.children.borrow_mut();
        if let Some(at) = children.iter().rposition(|other| Rc::ptr_eq(other, object)) {
            children.remove(at);
        }
    }
    // The reference that creation gave.
    dereference(kernel, object);
}

fn destroy_if_unused(kernel: &Kernel, object: &Rc<Object>) {
    if object.references.get() > 0 || object.phase.get() != Phase::Deleted {
        return;
    }
    object.phase.set(Phase::Destroyed);
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

/// Objects that are there.
pub(crate) fn count(kernel: &Kernel) -> usize {
    objects(kernel).count.get()
}

/// At unload every object must be gone.
pub(crate) fn check_empty(kernel: &Kernel) {
    let left: Vec<Rc<Object>> =
        objects(kernel).slots.borrow().iter().filter_map(|slot| slot.object.clone()).collect();
    for object in left {
        let cleaned = matches!(object.phase.get(), Phase::Deleted | Phase::Destroyed);
        let state = if cleaned { "deleted, but still referenced" } else { "never deleted" };
        let what = format!("a {} ({:#x}) is {state}", object.kind, object.handle);
        kernel.violate(Rule::ObjectLeak, what);
    }
}

/// How many live objects below `ancestor` have a body of type `T`.
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

/// What KMDF refuses in WDF_OBJECT_ATTRIBUTES.
fn check_attributes(
    kernel: &Kernel,
    kind: &'static str,
    attributes: &WDF_OBJECT_ATTRIBUTES,
) -> Result<(), NTSTATUS> {
    let size = size_of::<WDF_OBJECT_ATTRIBUTES>() as u32;
    let level = attributes.ExecutionLevel;
    let scope = attributes.SynchronizationScope;
    if attributes.Size != size
        || level == _WDF_EXECUTION_LEVEL::WdfExecutionLevelInvalid
        || scope == _WDF_SYNCHRONIZATION_SCOPE::WdfSynchronizationScopeInvalid
    {
        kernel.violate(Rule::Uninitialized, format!("attributes of a {kind} were not initialized"));
        return Err(STATUS_INVALID_PARAMETER);
    }
    let size = read(attributes.ContextTypeInfo).map_or(0, |info| info.ContextSize);
    if attributes.ContextSizeOverride != 0 && attributes.ContextSizeOverride < size {
        kernel.violate(Rule::BadArgument, format!("context size of a {kind} overridden by less"));
        return Err(STATUS_INVALID_PARAMETER);
    }
    Ok(())
}
