//! The PnP and power states of devices. Order of callbacks: KMDF's documented sequences ("Power-Up Sequence for a
//! Function or Filter Driver", "Power-Down and Removal Sequence for a Function or Filter Driver"), with those of class extensions between
//! them.
//!
//! A child is started when its parent has started and goes before it, as PnP does it.

use std::rc::Rc;

use acx_sys::*;

use crate::kernel::Kernel;
use crate::kernel::abi::{read, status};
use crate::kernel::call::invoke;
use crate::kernel::callback::Callback;
use crate::kernel::function::entries;
use crate::kernel::gate;
use crate::kernel::interface::Interfaces;
use crate::kernel::object::{self, Object, Ref};
use crate::kernel::report::Rule;
use crate::wdf::callback;
use crate::wdf::device::{Device, Devices, Idle, Power, body};
use crate::wdf::extension;
use crate::wdf::framework::Framework;
use crate::wdf::init::{DeviceInit, Inits, Kind};

/// KMDF's own timeout where a driver gives none.
const IDLE_DEFAULT: u32 = 5000;

/// EvtDriverDeviceAdd; the device it created.
pub(crate) fn add(kernel: &Kernel) -> Result<Rc<Object>, NTSTATUS> {
    let init = DeviceInit::new(Kind::Function);
    let address = init.address();
    kernel.part::<Inits>().all.borrow_mut().push(init.clone());
    let driver = kernel.part::<Framework>().driver.borrow().as_ref().map(|driver| driver.handle());
    let (Some(driver), Some(callback)) = (driver, kernel.part::<Framework>().device_add.get())
    else {
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
        (true, Some(device)) => Ok(device),
        (true, None) => Err(STATUS_INVALID_DEVICE_STATE),
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
    kernel.part::<Devices>().remove(kernel, device);
    kernel.part::<Interfaces>().forget(device.handle());
    object::delete(kernel, device);
}

/// A callback that answers a status; success where there is none.
fn ask(
    kernel: &Kernel,
    device: &Rc<Object>,
    name: &'static Callback,
    callback: Option<unsafe extern "C" fn(WDFDEVICE) -> NTSTATUS>,
) -> Result<(), NTSTATUS> {
    let Some(callback) = callback else { return Ok(()) };
    let answer = invoke(kernel, name, device.handle(), callback, (device.as_ptr(),));
    if NT_SUCCESS(answer) { Ok(()) } else { Err(answer) }
}

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

/// Prepare hardware, D0 entry, and ACX's part of both; then the children.
pub(crate) fn start(kernel: &Kernel, device: &Rc<Object>) -> Result<(), NTSTATUS> {
    let state = body(device);
    let handle = device.handle();
    let none: WDFCMRESLIST = std::ptr::null_mut();
    if let Some(prepare) = state.callbacks.EvtDevicePrepareHardware {
        let arguments = (device.as_ptr(), none, none);
        let answer =
            invoke(kernel, &callback::EvtDevicePrepareHardware, handle, prepare, arguments);
        if !NT_SUCCESS(answer) {
            release(kernel, device);
            return Err(answer);
        }
    }
    for client in extension::clients(kernel) {
        client.prepare_hardware(kernel, device);
    }
    if let Err(answer) = power_up(kernel, device, _WDF_POWER_DEVICE_STATE::WdfPowerDeviceD3Final) {
        release_clients(kernel, device);
        release(kernel, device);
        return Err(answer);
    }
    kernel.part::<Interfaces>().enable_all(handle, true);
    start_children(kernel, device);
    touch(kernel, device);
    Ok(())
}

/// Starts the children that are not started yet. One that does not start is gone.
pub(crate) fn start_children(kernel: &Kernel, device: &Rc<Object>) {
    if body(device).power() != Power::D0 {
        return;
    }
    let children = body(device).children.borrow().clone();
    for child in children {
        if body(&child).power() == Power::Stopped && start(kernel, &child).is_err() {
            remove(kernel, &child);
        }
    }
}

/// D0 entry, circuits, streams, queues.
pub(crate) fn power_up(
    kernel: &Kernel,
    device: &Rc<Object>,
    previous: WDF_POWER_DEVICE_STATE,
) -> Result<(), NTSTATUS> {
    let state = body(device);
    let callbacks = &state.callbacks;
    let arguments = (device.as_ptr(), previous);
    let enter = |name,
                 callback: Option<
        unsafe extern "C" fn(WDFDEVICE, WDF_POWER_DEVICE_STATE) -> NTSTATUS,
    >| {
        let answer = callback.map_or(STATUS_SUCCESS, |callback| {
            invoke(kernel, name, device.handle(), callback, arguments)
        });
        if NT_SUCCESS(answer) { Ok(()) } else { Err(answer) }
    };
    enter(&callback::EvtDeviceD0Entry, callbacks.EvtDeviceD0Entry)?;
    enter(
        &callback::EvtDeviceD0EntryPostInterruptsEnabled,
        callbacks.EvtDeviceD0EntryPostInterruptsEnabled,
    )?;
    extension::while_quiet(kernel, device, || {
        state.moving.set(true);
        state.power.set(Power::D0);
        state.idled.set(false);
        state.system_action.set(POWER_ACTION::PowerActionNone);
        for client in extension::clients(kernel) {
            client.power_up(kernel, device, previous);
        }
        state.moving.set(false);
    });
    // Taken out first: what is called may change the list.
    let queues = state.queues.borrow().clone();
    for (queue, managed) in queues {
        managed.start(kernel, &queue);
    }
    if state.managed.replace(true) {
        ask(
            kernel,
            device,
            &callback::EvtDeviceSelfManagedIoRestart,
            callbacks.EvtDeviceSelfManagedIoRestart,
        )?;
    } else {
        ask(
            kernel,
            device,
            &callback::EvtDeviceSelfManagedIoInit,
            callbacks.EvtDeviceSelfManagedIoInit,
        )?;
    }
    Ok(())
}

/// Streams, circuits, D0 exit. A parent goes to sleep after its children.
pub(crate) fn power_down(kernel: &Kernel, device: &Rc<Object>, target: WDF_POWER_DEVICE_STATE) {
    let state = body(device);
    if state.power.get() != Power::D0 {
        return;
    }
    if let Some(alarm) = state.alarm.take() {
        kernel.cancel(alarm);
    }
    // Taken out first: what is called may change the list.
    let children = state.children.borrow().clone();
    for child in children {
        power_down(kernel, &child, target);
    }
    let callbacks = &state.callbacks;
    if state.managed.get() {
        let _ = ask(
            kernel,
            device,
            &callback::EvtDeviceSelfManagedIoSuspend,
            callbacks.EvtDeviceSelfManagedIoSuspend,
        );
    }
    // Taken out first: what is called may change the list.
    let queues = state.queues.borrow().clone();
    for (queue, managed) in queues {
        managed.stop(kernel, &queue);
    }
    // Whatever is under way comes to its end first.
    extension::while_quiet(kernel, device, || {
        state.moving.set(true);
        for client in extension::clients(kernel) {
            client.power_down(kernel, device, target);
        }
        state.power.set(Power::D3);
        state.moving.set(false);
    });
    let arguments = (device.as_ptr(), target);
    for (name, callback) in [
        (
            &callback::EvtDeviceD0ExitPreInterruptsDisabled,
            callbacks.EvtDeviceD0ExitPreInterruptsDisabled,
        ),
        (&callback::EvtDeviceD0Exit, callbacks.EvtDeviceD0Exit),
    ] {
        if let Some(callback) = callback {
            invoke(kernel, name, device.handle(), callback, arguments);
        }
    }
}

/// The device and the children that went down with it.
pub(crate) fn power_back(kernel: &Kernel, device: &Rc<Object>) -> Result<(), NTSTATUS> {
    power_up(kernel, device, _WDF_POWER_DEVICE_STATE::WdfPowerDeviceD3)?;
    // Taken out first: what is called may change the list.
    let children = body(device).children.borrow().clone();
    for child in children {
        if body(&child).power() == Power::D3 {
            power_back(kernel, &child)?;
        }
    }
    touch(kernel, device);
    Ok(())
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
        let arguments = (device.as_ptr(), std::ptr::null_mut());
        invoke(kernel, &callback::EvtDeviceReleaseHardware, device.handle(), release, arguments);
    }
}

/// Power down and release hardware: for a rebalance, or on the way out.
pub(crate) fn stop(kernel: &Kernel, device: &Rc<Object>) {
    // Taken out first: what is called may change the list.
    let children = body(device).children.borrow().clone();
    for child in children {
        stop(kernel, &child);
    }
    power_down(kernel, device, _WDF_POWER_DEVICE_STATE::WdfPowerDeviceD3Final);
    if body(device).power.get() == Power::D3 {
        kernel.part::<Interfaces>().enable_all(device.handle(), false);
        release_clients(kernel, device);
        release(kernel, device);
    }
}

/// EvtDeviceQueryStop or EvtDeviceQueryRemove: whether the driver agrees, and its children do.
pub(crate) fn query(kernel: &Kernel, device: &Rc<Object>, removes: bool) -> Result<(), NTSTATUS> {
    let state = body(device);
    // Taken out first: what is called may change the list.
    let children = state.children.borrow().clone();
    for child in children {
        query(kernel, &child, removes)?;
    }
    if removes {
        ask(kernel, device, &callback::EvtDeviceQueryRemove, state.callbacks.EvtDeviceQueryRemove)
    } else {
        ask(kernel, device, &callback::EvtDeviceQueryStop, state.callbacks.EvtDeviceQueryStop)
    }
}

/// The hardware is gone: EvtDeviceSurpriseRemoval, then out.
pub(crate) fn surprise_remove(kernel: &Kernel, device: &Rc<Object>) {
    notify_surprise(kernel, device);
    remove(kernel, device);
}

fn notify_surprise(kernel: &Kernel, device: &Rc<Object>) {
    let state = body(device);
    // Taken out first: what is called may change the list.
    let children = state.children.borrow().clone();
    for child in children {
        notify_surprise(kernel, &child);
    }
    notify(
        kernel,
        device,
        &callback::EvtDeviceSurpriseRemoval,
        state.callbacks.EvtDeviceSurpriseRemoval,
    );
}

/// Stop and delete. Streams that clients still hold stay until they are closed.
pub(crate) fn remove(kernel: &Kernel, device: &Rc<Object>) {
    if body(device).power.get() != Power::Removed {
        take_down(kernel, device);
        delete(kernel, device);
    }
}

/// Every callback of a removal, children first. Their objects stay for their parent's callbacks: a child that was not reported missing is
/// there until its parent is gone.
fn take_down(kernel: &Kernel, device: &Rc<Object>) {
    let state = body(device);
    if state.power.get() == Power::Removed {
        return;
    }
    // Taken out first: what is called may change the list.
    let children = state.children.borrow().clone();
    for child in children {
        take_down(kernel, &child);
    }
    stop(kernel, device);
    let callbacks = &state.callbacks;
    notify(
        kernel,
        device,
        &callback::EvtDeviceSelfManagedIoFlush,
        callbacks.EvtDeviceSelfManagedIoFlush,
    );
    notify(
        kernel,
        device,
        &callback::EvtDeviceSelfManagedIoCleanup,
        callbacks.EvtDeviceSelfManagedIoCleanup,
    );
    let queues = state.queues.borrow().clone();
    for (queue, managed) in queues {
        managed.purge(kernel, &queue);
    }
    state.power.set(Power::Removed);
    kernel.part::<Interfaces>().forget(device.handle());
}

fn delete(kernel: &Kernel, device: &Rc<Object>) {
    let state = body(device);
    let children = state.children.take();
    for child in children {
        delete(kernel, &child);
    }
    kernel.part::<Devices>().remove(kernel, device);
    if let Kind::Child(parent) = state.kind
        && let Ok(parent) = object::get::<Device>(kernel, parent)
    {
        parent.children.borrow_mut().retain(|other| !Rc::ptr_eq(other, device));
    }
    delete_if_unused(kernel, device);
}

/// A removed device goes when no client is in a call to it, and nothing of a class extension needs it.
pub(crate) fn delete_if_unused(kernel: &Kernel, device: &Rc<Object>) {
    let Some(state) = Ref::<Device>::of(device.clone()) else { return };
    if state.power() != Power::Removed || state.calls.get() > 0 || !device.is_alive() {
        return;
    }
    if extension::clients(kernel).iter().all(|client| client.is_done(kernel, device)) {
        object::delete(kernel, device);
    }
}

/// A child that the driver has made joins its parent: PnP finds it soon.
pub(crate) fn adopt(kernel: &Kernel, parent: WDFDEVICE, child: WDFDEVICE) -> Result<(), NTSTATUS> {
    let parent = object::get::<Device>(kernel, parent as usize)?;
    let child = object::get::<Device>(kernel, child as usize)?;
    if child.kind != Kind::Child(parent.handle()) {
        kernel.violate(Rule::WrongParent, "a child was added to another parent".to_owned());
        return Err(STATUS_INVALID_PARAMETER);
    }
    parent.children.borrow_mut().push(child.object().clone());
    let weak = Rc::downgrade(parent.object());
    gate::queue_pnp(kernel, move |kernel| {
        if let Some(parent) = weak.upgrade().filter(|parent| parent.is_alive()) {
            start_children(kernel, &parent);
        }
    });
    Ok(())
}

/// A child is reported missing: it is none of its parent's any more, and PnP removes it soon.
pub(crate) fn disown(kernel: &Kernel, child: WDFDEVICE) -> Result<(), NTSTATUS> {
    let child = object::get::<Device>(kernel, child as usize)?;
    if let Kind::Child(parent) = child.kind
        && let Ok(parent) = object::get::<Device>(kernel, parent)
    {
        parent.children.borrow_mut().retain(|other| !Rc::ptr_eq(other, child.object()));
    }
    let weak = Rc::downgrade(child.object());
    gate::queue_pnp(kernel, move |kernel| {
        let Some(child) = weak.upgrade().filter(|child| child.is_alive()) else { return };
        // Its parent may have taken it along on its own way out.
        if body(&child).power.get() == Power::Removed {
            delete(kernel, &child);
        } else {
            surprise_remove(kernel, &child);
        }
    });
    Ok(())
}

/// Somebody uses the device: it is awake, and its idle time begins anew. Power-managed queues do this.
pub(crate) fn touch(kernel: &Kernel, device: &Rc<Object>) {
    let state = body(device);
    if state.idled.get() {
        let _turn = gate::pnp(kernel);
        // Another client may have come first.
        if state.idled.get() && power_back(kernel, device).is_err() {
            return;
        }
    }
    let Some(idle) = state.idle.get().filter(|idle| idle.enabled) else { return };
    if let Some(alarm) = state.alarm.take() {
        kernel.cancel(alarm);
    }
    let weak = Rc::downgrade(device);
    let due = kernel.qpc() + kernel.ticks_of(u64::from(idle.milliseconds) * 10_000);
    let expiry = Rc::new(move |kernel: &Kernel| {
        let weak = weak.clone();
        gate::queue_pnp(kernel, move |kernel| {
            if let Some(device) = weak.upgrade().filter(|device| device.is_alive()) {
                idle_out(kernel, &device);
            }
        });
    });
    state.alarm.set(Some(kernel.schedule(due, expiry)));
}

/// The idle time is over: down, unless somebody holds the device.
fn idle_out(kernel: &Kernel, device: &Rc<Object>) {
    let state = body(device);
    state.alarm.set(None);
    let awake = |child: &Rc<Object>| body(child).power() == Power::D0;
    let in_use = state.power() != Power::D0
        || state.stays_awake.get() > 0
        || state.children.borrow().iter().any(awake)
        || extension::clients(kernel).iter().any(|client| client.is_in_use(kernel, device));
    if in_use {
        touch(kernel, device);
        return;
    }
    power_down(kernel, device, _WDF_POWER_DEVICE_STATE::WdfPowerDeviceD3);
    state.idled.set(true);
    if let Kind::Child(parent) = state.kind
        && let Ok(parent) = object::get::<Device>(kernel, parent)
    {
        touch(kernel, parent.object());
    }
}

fn get(kernel: &Kernel, device: WDFDEVICE) -> Result<Ref<Device>, NTSTATUS> {
    object::get::<Device>(kernel, device as usize)
}

/// WdfUseDefault is 2, WdfTrue 1.
fn tri(value: WDF_TRI_STATE, default: bool) -> bool {
    match value {
        _WDF_TRI_STATE::WdfTrue => true,
        _WDF_TRI_STATE::WdfFalse => false,
        _ => default,
    }
}

/// Source: WdfDeviceAssignS0IdleSettings: only the owner of the power policy, with a D-state below D0.
fn WdfDeviceAssignS0IdleSettings(
    kernel: &Kernel,
    device: WDFDEVICE,
    settings: PWDF_DEVICE_POWER_POLICY_IDLE_SETTINGS,
) -> NTSTATUS {
    let device = match get(kernel, device) {
        Ok(device) => device,
        Err(status) => return status,
    };
    let Some(settings) = read(settings) else { return STATUS_INVALID_PARAMETER };
    if settings.Size != size_of::<WDF_DEVICE_POWER_POLICY_IDLE_SETTINGS>() as u32 {
        kernel.violate(
            Rule::Uninitialized,
            "WDF_DEVICE_POWER_POLICY_IDLE_SETTINGS was not initialized".to_owned(),
        );
        return STATUS_INFO_LENGTH_MISMATCH;
    }
    if !device.owns_power_policy {
        return STATUS_INVALID_DEVICE_REQUEST;
    }
    // IdleCannotWakeFromS0 is 1; a root-enumerated device has nothing to wake with, which is IdleCanWakeFromS0.
    if settings.IdleCaps != _WDF_POWER_POLICY_S0_IDLE_CAPABILITIES::IdleCannotWakeFromS0 {
        return STATUS_POWER_STATE_INVALID;
    }
    let milliseconds = if settings.IdleTimeout == 0 { IDLE_DEFAULT } else { settings.IdleTimeout };
    device.idle.set(Some(Idle { enabled: tri(settings.Enabled, true), milliseconds }));
    // Called from a callback on the way down it changes what comes next only.
    if device.power() == Power::D0 && !kernel.is_inside(&callback::EvtDeviceD0Exit) {
        touch(kernel, device.object());
    }
    STATUS_SUCCESS
}

fn WdfDeviceAssignSxWakeSettings(
    kernel: &Kernel,
    device: WDFDEVICE,
    _settings: PWDF_DEVICE_POWER_POLICY_WAKE_SETTINGS,
) -> NTSTATUS {
    status(get(kernel, device).and(Err(STATUS_POWER_STATE_INVALID)))
}

fn WdfDeviceStopIdleNoTrack(kernel: &Kernel, device: WDFDEVICE, _wait: BOOLEAN) -> NTSTATUS {
    status(get(kernel, device).map(|device| {
        device.stays_awake.set(device.stays_awake.get() + 1);
        if device.idled.get() && kernel.irql() == 0 {
            touch(kernel, device.object());
        }
    }))
}

fn WdfDeviceStopIdleActual(
    kernel: &Kernel,
    device: WDFDEVICE,
    wait: BOOLEAN,
    _tag: PVOID,
    _line: LONG,
    _file: PCCH,
) -> NTSTATUS {
    WdfDeviceStopIdleNoTrack(kernel, device, wait)
}

fn WdfDeviceResumeIdleNoTrack(kernel: &Kernel, device: WDFDEVICE) {
    if let Ok(device) = get(kernel, device) {
        match device.stays_awake.get().checked_sub(1) {
            Some(left) => device.stays_awake.set(left),
            None => kernel.violate(
                Rule::Unpaired,
                "WdfDeviceResumeIdle without WdfDeviceStopIdle".to_owned(),
            ),
        }
    }
}

fn WdfDeviceResumeIdleActual(
    kernel: &Kernel,
    device: WDFDEVICE,
    _tag: PVOID,
    _line: LONG,
    _file: PCCH,
) {
    WdfDeviceResumeIdleNoTrack(kernel, device);
}

/// The framework removes a device that failed; the host reports it, for nothing in a virtual device fails by itself.
fn WdfDeviceSetFailed(kernel: &Kernel, device: WDFDEVICE, _action: WDF_DEVICE_FAILED_ACTION) {
    if let Ok(device) = get(kernel, device) {
        device.failed.set(true);
        let weak = Rc::downgrade(device.object());
        gate::queue_pnp(kernel, move |kernel| {
            if let Some(device) = weak.upgrade().filter(|device| device.is_alive()) {
                surprise_remove(kernel, &device);
            }
        });
    }
}

entries! {
    /// Power policy.
    entries:
    WdfDeviceAssignS0IdleSettings: PASSIVE, fallible;
    WdfDeviceAssignSxWakeSettings: PASSIVE, fallible;
    WdfDeviceStopIdleNoTrack: DISPATCH, fallible;
    WdfDeviceStopIdleActual: DISPATCH, fallible;
    WdfDeviceResumeIdleNoTrack: DISPATCH;
    WdfDeviceResumeIdleActual: DISPATCH;
    WdfDeviceSetFailed: DISPATCH;
}
