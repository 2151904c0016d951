//! Wait locks, spin locks, and the callback lock of objects, which automatic synchronization uses.
//! Source: wdfsync.h pages; KMDF's public source for callback locks.

use std::cell::Cell;
use std::rc::Rc;

use acx_sys::*;

use crate::kernel::Kernel;
use crate::kernel::abi::status;
use crate::kernel::abi::{read, write};
use crate::kernel::attributes::Scope;
use crate::kernel::function::entries;
use crate::kernel::locks;
use crate::kernel::object::{self, Object};
use crate::kernel::report::Rule;
use crate::wdf::framework;

/// A wait lock.
#[derive(Default)]
struct WaitLock {
    held: Cell<bool>,
}

/// A spin lock, with the holder's previous IRQL.
#[derive(Default)]
struct SpinLock {
    irql: Cell<u8>,
}

fn WdfWaitLockCreate(
    kernel: &Kernel,
    attributes: PWDF_OBJECT_ATTRIBUTES,
    handle: *mut WDFWAITLOCK,
) -> NTSTATUS {
    let driver = framework::driver(kernel);
    status(
        object::create(kernel, "WDFWAITLOCK", WaitLock::default(), attributes, driver.as_ref())
            .map(|object| write(handle, object.as_ptr())),
    )
}

/// PASSIVE_LEVEL, unless the timeout is zero.
fn WdfWaitLockAcquire(kernel: &Kernel, lock: WDFWAITLOCK, timeout: PLONGLONG) -> NTSTATUS {
    let Ok(lock) = object::get::<WaitLock>(kernel, lock as usize) else {
        return STATUS_INVALID_HANDLE;
    };
    let timeout = read(timeout);
    if kernel.irql() > 0 && timeout != Some(0) {
        kernel.violate(
            Rule::WaitAtDispatch,
            "WdfWaitLockAcquire waits above PASSIVE_LEVEL".to_owned(),
        );
    }
    if lock.held.get() {
        // A negative timeout is relative, a positive one a system time.
        let until = timeout.map_or_else(|| kernel.end_of_patience(), |timeout| kernel.due(timeout));
        kernel.block(until, &|| !lock.held.get());
    }
    if lock.held.get() {
        if timeout.is_none() {
            kernel.violate(Rule::Deadlock, "a wait lock taken twice: a deadlock".to_owned());
        }
        return STATUS_TIMEOUT;
    }
    lock.held.set(true);
    locks::acquire_wait_lock(kernel, lock.handle());
    STATUS_SUCCESS
}

fn WdfWaitLockRelease(kernel: &Kernel, lock: WDFWAITLOCK) {
    if let Ok(lock) = object::get::<WaitLock>(kernel, lock as usize)
        && {
            locks::release_wait_lock(kernel, lock.handle());
            !lock.held.replace(false)
        }
    {
        kernel.violate(Rule::LockNotHeld, "a wait lock released that nobody holds".to_owned());
    }
    kernel.wake();
}

fn WdfSpinLockCreate(
    kernel: &Kernel,
    attributes: PWDF_OBJECT_ATTRIBUTES,
    handle: *mut WDFSPINLOCK,
) -> NTSTATUS {
    let driver = framework::driver(kernel);
    status(
        object::create(kernel, "WDFSPINLOCK", SpinLock::default(), attributes, driver.as_ref())
            .map(|object| write(handle, object.as_ptr())),
    )
}

fn WdfSpinLockAcquire(kernel: &Kernel, lock: WDFSPINLOCK) {
    if let Ok(lock) = object::get::<SpinLock>(kernel, lock as usize) {
        let irql = kernel.set_irql(crate::kernel::DISPATCH);
        locks::acquire_spin_lock(kernel, lock.handle());
        lock.irql.set(irql);
    }
}

fn WdfSpinLockRelease(kernel: &Kernel, lock: WDFSPINLOCK) {
    if let Ok(lock) = object::get::<SpinLock>(kernel, lock as usize) {
        locks::release_spin_lock(kernel, lock.handle());
        kernel.lower_irql(lock.irql.get());
    }
}

/// Returns the object if its type has a lock for the driver. Source: fxobjectapi.cpp,
/// `FxGetCallbackLock`.
fn with_lock(kernel: &Kernel, object: WDFOBJECT) -> Option<Rc<Object>> {
    let object = object::any(kernel, object as usize).ok()?;
    if ["WDFDEVICE", "WDFQUEUE", "WDFFILEOBJECT"].contains(&object.kind()) {
        return Some(object);
    }
    let what = format!("bug check 0x10d (0xb, ...): a {} has no lock to acquire", object.kind());
    kernel.violate(Rule::WdfViolation, what);
    None
}

/// Takes the callback lock of a device, queue or file object: a mutex if the object's callbacks are
/// at PASSIVE_LEVEL, else a spin lock. Source: fxcallbackmutexlock.hpp, fxcallbackspinlock.hpp.
pub(super) fn acquire(kernel: &Kernel, object: &Rc<Object>) {
    let lock = &object.lock;
    if locks::holds(kernel, object.handle()) {
        lock.depth.set(lock.depth.get() + 1);
        let what = format!(
            "bug check 0x10d (2, ...): the lock of a {} is acquired by the thread that has it",
            object.kind()
        );
        kernel.violate(Rule::WdfViolation, what);
        return;
    }
    if object.constraints().passive {
        kernel.block(kernel.end_of_patience(), &|| !lock.held.get());
        if lock.held.replace(true) {
            kernel.violate(Rule::Deadlock, "a callback lock is never released".to_owned());
        }
        locks::acquire_wait_lock(kernel, object.handle());
    } else {
        let irql = kernel.set_irql(crate::kernel::DISPATCH);
        locks::acquire_spin_lock(kernel, object.handle());
        lock.irql.set(irql);
    }
}

/// Releases the lock of [`acquire`]. Returns whether there was one.
pub(super) fn release(kernel: &Kernel, object: &Rc<Object>) -> bool {
    let lock = &object.lock;
    if !locks::holds(kernel, object.handle()) {
        let what = "a callback lock released that nobody holds".to_owned();
        kernel.violate(Rule::LockNotHeld, what);
        return false;
    }
    if let Some(depth) = lock.depth.get().checked_sub(1) {
        lock.depth.set(depth);
    } else if object.constraints().passive {
        lock.held.set(false);
        locks::release_wait_lock(kernel, object.handle());
        kernel.wake();
    } else {
        locks::release_spin_lock(kernel, object.handle());
        kernel.lower_irql(lock.irql.get());
    }
    true
}

/// Returns the object whose lock serializes callbacks of `object` or its children.
pub(super) fn of_callbacks(object: &Rc<Object>) -> Option<Rc<Object>> {
    let mut chain = std::iter::successors(Some(object.clone()), |object| object.parent());
    let own = chain.find(|object| ["WDFQUEUE", "WDFDEVICE"].contains(&object.kind()))?;
    match own.constraints().scope {
        Scope::None => None,
        Scope::Device if own.kind() == "WDFQUEUE" => {
            chain.find(|object| object.kind() == "WDFDEVICE")
        }
        Scope::Queue | Scope::Device => Some(own),
    }
}

/// Calls a callback under a lock, if there is one.
pub(super) fn synchronized<T>(
    kernel: &Kernel,
    lock: Option<&Rc<Object>>,
    callback: impl FnOnce() -> T,
) -> T {
    let Some(lock) = lock else { return callback() };
    acquire(kernel, lock);
    let answer = callback();
    release(kernel, lock);
    answer
}

fn WdfObjectAcquireLock(kernel: &Kernel, object: WDFOBJECT) {
    if let Some(object) = with_lock(kernel, object) {
        object::reference(&object);
        acquire(kernel, &object);
    }
}

fn WdfObjectReleaseLock(kernel: &Kernel, object: WDFOBJECT) {
    if let Some(object) = with_lock(kernel, object)
        && release(kernel, &object)
    {
        object::dereference(kernel, &object);
    }
}

entries! {
    /// Locks.
    entries:
    WdfWaitLockCreate: DISPATCH, fallible;
    // Without a timeout it waits for the lock, and with one STATUS_TIMEOUT is a success: no call
    // fails.
    WdfWaitLockAcquire: DISPATCH;
    WdfWaitLockRelease: DISPATCH;
    WdfSpinLockCreate: DISPATCH, fallible;
    WdfSpinLockAcquire: DISPATCH;
    WdfSpinLockRelease: DISPATCH;
    WdfObjectAcquireLock: DISPATCH;
    WdfObjectReleaseLock: DISPATCH;
}
