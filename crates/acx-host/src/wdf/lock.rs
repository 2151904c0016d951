//! Wait locks, spin locks, and the presentation lock of objects. Source: wdfsync.h pages.

use std::cell::Cell;
use std::rc::Rc;

use acx_sys::*;

use crate::kernel::Kernel;
use crate::kernel::abi::status;
use crate::kernel::abi::{read, write};
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

/// A spin lock, with the level that the holder came from.
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
        let span = timeout.map_or(60 * 10_000_000, i64::unsigned_abs);
        kernel.block(kernel.qpc() + kernel.ticks_of(span), &|| !lock.held.get());
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

/// The object, if it is of a kind that has a lock for the driver. Source: fxobjectapi.cpp,
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

/// With no synchronization scope, which ACX asks for, it is a spin lock.
fn WdfObjectAcquireLock(kernel: &Kernel, object: WDFOBJECT) {
    if let Some(object) = with_lock(kernel, object) {
        object::reference(&object);
        let irql = kernel.set_irql(crate::kernel::DISPATCH);
        locks::acquire_spin_lock(kernel, object.handle());
        object.lock_irql.set(irql);
    }
}

fn WdfObjectReleaseLock(kernel: &Kernel, object: WDFOBJECT) {
    if let Some(object) = with_lock(kernel, object) {
        locks::release_spin_lock(kernel, object.handle());
        kernel.lower_irql(object.lock_irql.get());
        object::dereference(kernel, &object);
    }
}

entries! {
    /// Locks.
    entries:
    WdfWaitLockCreate: DISPATCH, fallible;
    // Without a timeout it waits until it has the lock, and with one STATUS_TIMEOUT is a success: no call of it fails.
    WdfWaitLockAcquire: DISPATCH;
    WdfWaitLockRelease: DISPATCH;
    WdfSpinLockCreate: DISPATCH, fallible;
    WdfSpinLockAcquire: DISPATCH;
    WdfSpinLockRelease: DISPATCH;
    WdfObjectAcquireLock: DISPATCH;
    WdfObjectReleaseLock: DISPATCH;
}
