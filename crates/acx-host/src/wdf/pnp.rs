//! The PnP states of devices: added, started, stopped, removed. Order of callbacks: KMDF's public
//! source, pnpstatemachine.cpp.
//!
//! As in PnP, a child is started after its parent and removed before it.

use std::rc::Rc;

use acx_sys::*;

use crate::kernel::Kernel;
use crate::kernel::call::invoke;
use crate::kernel::callback::Callback;
use crate::kernel::function::entries;
use crate::kernel::gate;
use crate::kernel::interface::Interfaces;
use crate::kernel::object::{self, Object, Ref};
use crate::kernel::report::Rule;
use crate::wdf::callback;
use crate::wdf::device::{Device, Devices, Power, SelfManagedIo, body, over};
use crate::wdf::extension;
use crate::wdf::framework;
use crate::wdf::init::{DeviceInit, DeviceKind, Inits};
use crate::wdf::power::{FINAL, ask, power_back, power_down, power_up, touch};
use crate::wdf::resource;

/// Calls EvtDriverDeviceAdd for a device that PnP has found, or for a stack with a device at its
/// top. Returns the device if it created one. A filter's failure without a device is ignored.
/// Source: fxdriverkm.cpp, AddDevice.
pub(crate) fn add(
    kernel: &Kernel,
    below: Option<&Rc<Object>>,
) -> Result<Option<Rc<Object>>, NTSTATUS> {
    kernel.part::<Devices>().failed.set(Some(failed));
    let init = DeviceInit::new(kernel, DeviceKind::Function);
    init.below.set(below.map(|below| below.handle()));
    let address = init.address();
    kernel.part::<Inits>().all.borrow_mut().push(init.clone());
    let own = framework::own(kernel);
    let driver = own.driver.borrow().as_ref().map(|driver| driver.handle());
    let (Some(driver), Some(callback)) = (driver, own.device_add.get()) else {
        return Err(STATUS_INVALID_DEVICE_STATE);
    };
    let answer = invoke(
        kernel,
        &callback::EvtDriverDeviceAdd,
        driver,
        callback,
        (driver as WDFDRIVER, address.cast()),
    );
    kernel.part::<Inits>().all.borrow_mut().retain(|own| !Rc::ptr_eq(own, &init));
    let device = init.created.borrow_mut().take();
    match (NT_SUCCESS(answer), device) {
        (true, device) => Ok(device),
        (false, None) if init.is_filter.get() => Ok(None),
        (false, device) => {
            if let Some(device) = device {
                discard(kernel, &device);
            }
            Err(answer)
        }
    }
}

/// Deletes a device that was never started.
fn discard(kernel: &Kernel, device: &Rc<Object>) {
    kernel.part::<Interfaces>().forget(device.handle());
    object::delete(kernel, device);
}

/// Calls a callback without a result.
fn notify(
    kernel: &Kernel,
    device: &Rc<Object>,
    name: &'static Callback,
    callback: Option<unsafe extern "C" fn(WDFDEVICE)>,
) {
    if let Some(callback) = callback {
        invoke(kernel, name, device.handle(), callback, (device.as_ptr(),));
    }
}

/// KMDF's verifier breaks if one of these callbacks returns STATUS_NOT_SUPPORTED.
fn check_supported(kernel: &Kernel, name: &Callback, status: NTSTATUS) {
    if status == STATUS_NOT_SUPPORTED {
        let what = format!("{name} answered STATUS_NOT_SUPPORTED");
        kernel.violate(Rule::UndocumentedStatus, what);
    }
}

/// Prepare hardware, D0 entry, and the part of class extensions in both; then the children.
///
/// # Errors
///
/// The status of EvtDevicePrepareHardware; STATUS_DEVICE_POWER_FAILURE for everything after it.
pub(crate) fn start(kernel: &Kernel, device: &Rc<Object>) -> Result<(), NTSTATUS> {
    let state = body(device);
    let handle = device.handle();
    let (raw, translated) = resource::lists(kernel, device);
    if let Some(prepare) = state.callbacks.EvtDevicePrepareHardware {
        let arguments = (device.as_ptr(), raw, translated);
        let name = &callback::EvtDevicePrepareHardware;
        let answer = invoke(kernel, name, handle, prepare, arguments);
        check_supported(kernel, name, answer);
        if !NT_SUCCESS(answer) {
            release(kernel, device);
            return Err(answer);
        }
    }
    for client in extension::clients(kernel) {
        client.prepare_hardware(kernel, device);
    }
    state.policy_started.set(state.owns_power_policy);
    if power_up(kernel, device, FINAL).is_err() {
        state.policy_started.set(false);
        release_clients(kernel, device);
        release(kernel, device);
        return Err(STATUS_DEVICE_POWER_FAILURE);
    }
    kernel.part::<Interfaces>().started(handle, !state.has_powered_up.replace(true));
    start_children(kernel, device);
    touch(kernel, device);
    Ok(())
}

/// Starts the children of the device that are not started yet. A child that fails to start is
/// removed; its object exists until its driver reports it missing, or until its parent is removed.
pub(crate) fn start_children(kernel: &Kernel, device: &Rc<Object>) {
    if body(device).power() != Power::D0 {
        return;
    }
    for child in over(kernel, device) {
        if body(&child).power() == Power::Stopped && start(kernel, &child).is_err() {
            take_down(kernel, &child, false);
        }
    }
}

/// The part of class extensions in [`release`], before it.
fn release_clients(kernel: &Kernel, device: &Rc<Object>) {
    for client in extension::clients(kernel) {
        client.release_hardware(kernel, device);
    }
}

fn release(kernel: &Kernel, device: &Rc<Object>) {
    let state = body(device);
    state.power.set(Power::Stopped);
    if let Some(release) = state.callbacks.EvtDeviceReleaseHardware {
        let arguments = (device.as_ptr(), resource::lists(kernel, device).1);
        let name = &callback::EvtDeviceReleaseHardware;
        let answer = invoke(kernel, name, device.handle(), release, arguments);
        check_supported(kernel, name, answer);
    }
}

/// Powers down and releases the hardware, for a rebalance or a removal. Interfaces stay enabled.
pub(crate) fn stop(kernel: &Kernel, device: &Rc<Object>) {
    for child in over(kernel, device) {
        stop(kernel, &child);
    }
    power_down(kernel, device, FINAL);
    body(device).policy_started.set(false);
    if body(device).power.get() == Power::D3 {
        kernel.part::<Interfaces>().stopped(device.handle());
        release_clients(kernel, device);
        release(kernel, device);
    }
}

/// EvtDeviceQueryStop or EvtDeviceQueryRemove: whether the driver agrees, and its children do. A
/// sleeping device is woken first, and stays in D0 until it is stopped or removed.
pub(crate) fn query(kernel: &Kernel, device: &Rc<Object>, removes: bool) -> Result<(), NTSTATUS> {
    let state = body(device);
    for child in over(kernel, device) {
        query(kernel, &child, removes)?;
    }
    if state.stays.get() > 0 {
        return Err(STATUS_INVALID_DEVICE_STATE);
    }
    let calls = &state.callbacks;
    let (name, callback) = if removes {
        (&callback::EvtDeviceQueryRemove, calls.EvtDeviceQueryRemove)
    } else {
        (&callback::EvtDeviceQueryStop, calls.EvtDeviceQueryStop)
    };
    if let Err(status) = ask(kernel, device, name, callback) {
        check_supported(kernel, name, status);
        return Err(status);
    }
    if state.power() == Power::D3 {
        power_back(kernel, device)?;
    }
    Ok(())
}

/// The hardware is gone: EvtDeviceSurpriseRemoval, then the removal, children first.
pub(crate) fn surprise_remove(kernel: &Kernel, device: &Rc<Object>) {
    take_down(kernel, device, true);
    finish_removal(kernel, device);
}

/// Stop and delete, as after a query-remove.
pub(crate) fn remove(kernel: &Kernel, device: &Rc<Object>) {
    if body(device).power.get() != Power::Removed {
        take_down(kernel, device, false);
        finish_removal(kernel, device);
    }
}

/// The device has failed: its hardware is released at once, and PnP removes it by surprise soon.
fn failed(kernel: &Kernel, device: &Rc<Object>) {
    if body(device).power() == Power::Removed {
        return;
    }
    release_clients(kernel, device);
    release(kernel, device);
    flush(kernel, device);
    let weak = Rc::downgrade(device);
    gate::queue_pnp(kernel, move |kernel| {
        if let Some(device) = weak.upgrade().filter(|device| device.is_alive()) {
            surprise_remove(kernel, &device);
        }
    });
}

/// The steps after a final release of the hardware: interfaces, power-managed queues, self-managed
/// I/O.
fn flush(kernel: &Kernel, device: &Rc<Object>) {
    let state = body(device);
    kernel.part::<Interfaces>().enable_all(device.handle(), false);
    purge(kernel, device, true);
    if [SelfManagedIo::Started, SelfManagedIo::Suspended, SelfManagedIo::Failed]
        .contains(&state.io.get())
    {
        state.io.set(SelfManagedIo::Flushed);
        let flush = state.callbacks.EvtDeviceSelfManagedIoFlush;
        notify(kernel, device, &callback::EvtDeviceSelfManagedIoFlush, flush);
    }
}

/// Purges the device's queues that are power-managed, or those that are not.
fn purge(kernel: &Kernel, device: &Rc<Object>, power_managed: bool) {
    // A copy, since callbacks may change the list.
    let queues = body(device).queues.borrow().clone();
    for (queue, managed) in queues {
        if managed.is_power_managed(&queue) == power_managed {
            managed.purge(kernel, &queue);
        }
    }
}

/// The devices that are removed before a device: its children, including missing ones that still
/// exist.
fn going_first(kernel: &Kernel, device: &Rc<Object>) -> Vec<Rc<Object>> {
    let mut all = over(kernel, device);
    all.extend(body(device).leaving.borrow().iter().filter(|child| child.is_alive()).cloned());
    all
}

/// The callbacks of a removal up to EvtDeviceSelfManagedIoFlush, children first. Their objects stay
/// for their parent's callbacks: a child that was not reported missing is there until its parent is
/// gone.
fn take_down(kernel: &Kernel, device: &Rc<Object>, by_surprise: bool) {
    let state = body(device);
    if state.power.get() == Power::Removed {
        return;
    }
    for child in going_first(kernel, device) {
        take_down(kernel, &child, by_surprise);
    }
    if by_surprise {
        let surprise = state.callbacks.EvtDeviceSurpriseRemoval;
        notify(kernel, device, &callback::EvtDeviceSurpriseRemoval, surprise);
    }
    stop(kernel, device);
    flush(kernel, device);
    state.power.set(Power::Removed);
    for client in extension::clients(kernel) {
        client.removed(kernel, device);
    }
    kernel.part::<Interfaces>().forget(device.handle());
}

/// Removes the device from its parent, and deletes it as soon as its last handle is closed.
fn finish_removal(kernel: &Kernel, device: &Rc<Object>) {
    let state = body(device);
    for child in going_first(kernel, device) {
        finish_removal(kernel, &child);
    }
    kernel.part::<Devices>().remove(kernel, device);
    if let Some(parent) = parent(kernel, &state) {
        parent.children.borrow_mut().retain(|other| !Rc::ptr_eq(other, device));
        leave(&parent, device);
    }
    delete_if_unused(kernel, device);
}

/// PnP removes the parent after this child.
fn leave(parent: &Device, child: &Rc<Object>) {
    let mut leaving = parent.leaving.borrow_mut();
    if !leaving.iter().any(|other| Rc::ptr_eq(other, child)) {
        leaving.push(child.clone());
    }
}

/// PnP sends REMOVE when the last handle of a removed device is closed, no client is in a call to
/// it, and no class extension needs it: then the remaining callbacks are called, and its object is
/// deleted.
pub(crate) fn delete_if_unused(kernel: &Kernel, device: &Rc<Object>) {
    let Some(state) = Ref::<Device>::of(device.clone()) else { return };
    if state.power() != Power::Removed
        || state.calls.get() > 0
        || state.files_open.get() > 0
        || !device.is_alive()
        || state.leaving.borrow().iter().any(|child| child.is_alive())
        || !extension::clients(kernel).iter().all(|client| client.is_done(kernel, device))
    {
        return;
    }
    purge(kernel, device, false);
    if state.io.get() == SelfManagedIo::Flushed {
        let cleanup = state.callbacks.EvtDeviceSelfManagedIoCleanup;
        notify(kernel, device, &callback::EvtDeviceSelfManagedIoCleanup, cleanup);
    }
    object::delete(kernel, device);
    if let Some(parent) = parent(kernel, &state) {
        parent.leaving.borrow_mut().retain(|child| !Rc::ptr_eq(child, device));
        delete_if_unused(kernel, parent.object());
    }
}

/// Returns the parent of a device while it exists.
fn parent(kernel: &Kernel, device: &Device) -> Option<Ref<Device>> {
    device.stands_on().and_then(|parent| object::get_alive::<Device>(kernel, parent))
}

/// A child that the driver has created joins its parent: PnP finds it soon.
pub(crate) fn adopt(kernel: &Kernel, parent: WDFDEVICE, child: WDFDEVICE) -> Result<(), NTSTATUS> {
    let parent = object::get::<Device>(kernel, parent as usize)?;
    let child = object::get::<Device>(kernel, child as usize)?;
    if parent.kind != DeviceKind::Function || child.kind != DeviceKind::Child(parent.handle()) {
        kernel.violate(Rule::WrongParent, "a child was added to another parent".to_owned());
        return Err(STATUS_INVALID_PARAMETER);
    }
    child.object().protect();
    parent.children.borrow_mut().push(child.object().clone());
    let weak = Rc::downgrade(parent.object());
    gate::queue_pnp(kernel, move |kernel| {
        if let Some(parent) = weak.upgrade().filter(|parent| parent.is_alive()) {
            start_children(kernel, &parent);
        }
    });
    Ok(())
}

/// A child is reported missing: it leaves its parent, and PnP removes it soon.
pub(crate) fn disown(kernel: &Kernel, child: WDFDEVICE) -> Result<(), NTSTATUS> {
    let child = object::get::<Device>(kernel, child as usize)?;
    let is_child = |other: &Rc<Object>| Rc::ptr_eq(other, child.object());
    let parent = parent(kernel, &child).ok_or(STATUS_NO_SUCH_DEVICE)?;
    if !parent.children.borrow().iter().any(is_child) {
        return Err(STATUS_NO_SUCH_DEVICE);
    }
    parent.children.borrow_mut().retain(|other| !is_child(other));
    // The parent may be in its own removal, and is not deleted before the child.
    leave(&parent, child.object());
    let weak = Rc::downgrade(child.object());
    gate::queue_pnp(kernel, move |kernel| {
        let Some(child) = weak.upgrade().filter(|child| child.is_alive()) else { return };
        // Its parent's removal may have removed it already.
        if body(&child).power.get() == Power::Removed {
            finish_removal(kernel, &child);
        } else {
            surprise_remove(kernel, &child);
        }
    });
    Ok(())
}

/// The framework removes a failed device; the host reports a violation, since nothing in a virtual
/// device fails by itself.
fn WdfDeviceSetFailed(kernel: &Kernel, device: WDFDEVICE, action: WDF_DEVICE_FAILED_ACTION) {
    use _WDF_DEVICE_FAILED_ACTION as A;
    if ![A::WdfDeviceFailedAttemptRestart, A::WdfDeviceFailedNoRestart].contains(&action) {
        let what = format!("WdfDeviceSetFailed with the action {action}, which is none");
        kernel.violate(Rule::BadArgument, what);
        return;
    }
    if let Ok(device) = object::get::<Device>(kernel, device as usize) {
        let weak = Rc::downgrade(device.object());
        gate::queue_pnp(kernel, move |kernel| {
            if let Some(device) = weak.upgrade().filter(|device| device.is_alive()) {
                surprise_remove(kernel, &device);
            }
        });
    }
}

/// Source: pnpstatemachine.cpp: calls are counted, and the driver is not queried while there are
/// more with FALSE than with TRUE.
fn WdfDeviceSetStaticStopRemove(kernel: &Kernel, device: WDFDEVICE, stoppable: BOOLEAN) {
    if let Ok(device) = object::get::<Device>(kernel, device as usize) {
        let stays = device.stays.get();
        device.stays.set(if stoppable == 0 { stays + 1 } else { stays.saturating_sub(1) });
    }
}

entries! {
    /// PnP.
    entries:
    WdfDeviceSetFailed: DISPATCH;
    WdfDeviceSetStaticStopRemove: DISPATCH;
}
