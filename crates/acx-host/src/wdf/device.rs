//! Devices and their PnP and power states. Order of callbacks: KMDF's documented sequences, with ACX's between them (the fact
//! collection's `acx/semantics.md`, section 1).

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use acx_sys::*;

use super::status;
use crate::abi::{entries, read, write};
use crate::kernel::Kernel;
use crate::kernel::object::{Object, Ref};
use crate::report::Rule;

/// What EvtDriverDeviceAdd gets to describe the device that it creates.
#[derive(Default)]
pub(crate) struct DeviceInit {
    callbacks: Cell<Option<WDF_PNPPOWER_EVENT_CALLBACKS>>,
    /// AcxDeviceInitInitialize was called.
    pub(crate) acx: Cell<bool>,
    used: Cell<bool>,
    created: RefCell<Option<Rc<Object>>>,
}

/// Where a device is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Power {
    /// Hardware not prepared, or released.
    Stopped,
    D0,
    D3,
    /// Gone; only handles are left.
    Removed,
}

/// A device.
pub(crate) struct Device {
    callbacks: Option<WDF_PNPPOWER_EVENT_CALLBACKS>,
    pub(crate) acx: Cell<bool>,
    power: Cell<Power>,
}

impl DeviceInit {
    fn address(&self) -> PWDFDEVICE_INIT {
        std::ptr::from_ref(self).cast_mut().cast()
    }
}

/// The init object at an address that a driver passes.
pub(crate) fn with_init<R>(
    kernel: &Kernel,
    init: PWDFDEVICE_INIT,
    use_it: impl FnOnce(&DeviceInit) -> R,
) -> Result<R, NTSTATUS> {
    let inits = kernel.wdf.device_inits.borrow();
    let own = inits.iter().find(|own| own.address() == init && !own.used.get()).cloned();
    drop(inits);
    let Some(own) = own else {
        kernel.violate(Rule::WrongHandle, "a device init that is none (any more)".to_owned());
        return Err(STATUS_INVALID_PARAMETER);
    };
    Ok(use_it(&own))
}

impl Device {
    pub(crate) fn power(&self) -> Power {
        self.power.get()
    }
}

/// EvtDriverDeviceAdd; the device it created.
pub(crate) fn add(kernel: &Kernel) -> Result<Rc<Object>, NTSTATUS> {
    let init = Rc::new(DeviceInit::default());
    let address = init.address();
    kernel.wdf.device_inits.borrow_mut().push(init);
    let driver = kernel.wdf.driver.borrow().as_ref().map(|driver| driver.handle());
    let (Some(driver), Some(callback)) = (driver, kernel.wdf.device_add.get()) else {
        return Err(STATUS_INVALID_DEVICE_STATE);
    };
    let answer = kernel.invoke(
        "EvtDriverDeviceAdd",
        driver,
        callback,
        (driver as WDFDRIVER, address.cast()),
    );
    let init = kernel.wdf.device_inits.borrow_mut().pop();
    let device = init.and_then(|init| init.created.borrow_mut().take());
    match (NT_SUCCESS(answer), device) {
        (true, Some(device)) => {
            kernel.wdf.devices.borrow_mut().push(device.clone());
            Ok(device)
        }
        (true, None) => Err(STATUS_INVALID_DEVICE_STATE),
        (false, device) => {
            if let Some(device) = device {
                kernel.objects.delete(kernel, &device);
            }
            Err(answer)
        }
    }
}

fn body(device: &Rc<Object>) -> Ref<Device> {
    Ref::of(device.clone()).expect("devices are made here")
}

/// Prepare hardware, D0 entry, and ACX's part of both.
pub(crate) fn start(kernel: &Kernel, device: &Rc<Object>) -> Result<(), NTSTATUS> {
    let state = body(device);
    let handle = device.handle();
    let none: WDFCMRESLIST = std::ptr::null_mut();
    if let Some(prepare) = state.callbacks.and_then(|callbacks| callbacks.EvtDevicePrepareHardware)
    {
        let arguments = (device.as_ptr(), none, none);
        let answer = kernel.invoke("EvtDevicePrepareHardware", handle, prepare, arguments);
        if !NT_SUCCESS(answer) {
            release(kernel, device);
            return Err(answer);
        }
    }
    crate::acx::power::prepare(kernel, device);
    if let Err(answer) = power_up(kernel, device, _WDF_POWER_DEVICE_STATE::WdfPowerDeviceD3Final) {
        crate::acx::power::release(kernel, device);
        release(kernel, device);
        return Err(answer);
    }
    Ok(())
}

/// D0 entry, circuits, streams.
pub(crate) fn power_up(
    kernel: &Kernel,
    device: &Rc<Object>,
    previous: WDF_POWER_DEVICE_STATE,
) -> Result<(), NTSTATUS> {
    let state = body(device);
    if let Some(entry) = state.callbacks.and_then(|callbacks| callbacks.EvtDeviceD0Entry) {
        let arguments = (device.as_ptr(), previous);
        let answer = kernel.invoke("EvtDeviceD0Entry", device.handle(), entry, arguments);
        if !NT_SUCCESS(answer) {
            return Err(answer);
        }
    }
    state.power.set(Power::D0);
    crate::acx::power::up(kernel, device, previous);
    Ok(())
}

/// Streams, circuits, D0 exit.
pub(crate) fn power_down(kernel: &Kernel, device: &Rc<Object>, target: WDF_POWER_DEVICE_STATE) {
    let state = body(device);
    if state.power.get() != Power::D0 {
        return;
    }
    crate::acx::power::down(kernel, device, target);
    state.power.set(Power::D3);
    if let Some(exit) = state.callbacks.and_then(|callbacks| callbacks.EvtDeviceD0Exit) {
        kernel.invoke("EvtDeviceD0Exit", device.handle(), exit, (device.as_ptr(), target));
    }
}

fn release(kernel: &Kernel, device: &Rc<Object>) {
    let state = body(device);
    state.power.set(Power::Stopped);
    if let Some(release) = state.callbacks.and_then(|callbacks| callbacks.EvtDeviceReleaseHardware)
    {
        let arguments = (device.as_ptr(), std::ptr::null_mut());
        kernel.invoke("EvtDeviceReleaseHardware", device.handle(), release, arguments);
    }
}

/// Power down and release hardware: for a rebalance, or on the way out.
pub(crate) fn stop(kernel: &Kernel, device: &Rc<Object>) {
    power_down(kernel, device, _WDF_POWER_DEVICE_STATE::WdfPowerDeviceD3Final);
    if body(device).power.get() == Power::D3 {
        crate::acx::power::release(kernel, device);
        release(kernel, device);
    }
}

/// The hardware is gone: EvtDeviceSurpriseRemoval, then out.
pub(crate) fn surprise_remove(kernel: &Kernel, device: &Rc<Object>) {
    let state = body(device);
    if let Some(gone) = state.callbacks.and_then(|callbacks| callbacks.EvtDeviceSurpriseRemoval) {
        kernel.invoke("EvtDeviceSurpriseRemoval", device.handle(), gone, (device.as_ptr(),));
    }
    remove(kernel, device);
}

/// Stop and delete. Streams that clients still hold stay until they are closed.
pub(crate) fn remove(kernel: &Kernel, device: &Rc<Object>) {
    stop(kernel, device);
    body(device).power.set(Power::Removed);
    kernel.wdf.devices.borrow_mut().retain(|other| !Rc::ptr_eq(other, device));
    crate::acx::power::delete_when_closed(kernel, device);
}

entries! {
    /// Devices.
    entries:

    /// Source: WdfDeviceInitSetPnpPowerEventCallbacks.
    [2] fn WdfDeviceInitSetPnpPowerEventCallbacks(kernel, init: PWDFDEVICE_INIT, callbacks: PWDF_PNPPOWER_EVENT_CALLBACKS) {
        let copy = read(callbacks);
        let _ = with_init(kernel, init, |init| init.callbacks.set(copy));
    }

    /// Source: WdfDeviceCreate: a success uses the init object up and clears the pointer.
    [0] fn WdfDeviceCreate(kernel, place: *mut PWDFDEVICE_INIT, attributes: PWDF_OBJECT_ATTRIBUTES, handle: *mut WDFDEVICE) -> NTSTATUS {
        let Some(init) = read(place) else { return STATUS_INVALID_PARAMETER };
        let described = with_init(kernel, init, |init| (init.callbacks.get(), init.acx.get()));
        let created = described.and_then(|(callbacks, acx)| {
            let device = Device { callbacks, acx: Cell::new(acx), power: Cell::new(Power::Stopped) };
            let driver = kernel.wdf.driver.borrow().clone();
            kernel.objects.create(kernel, "WDFDEVICE", device, attributes, driver.as_ref())
        });
        status(created.map(|device| {
            let _ = with_init(kernel, init, |init| {
                *init.created.borrow_mut() = Some(device.clone());
                init.used.set(true);
            });
            write(place, std::ptr::null_mut());
            write(handle, device.as_ptr());
        }))
    }
}
