//! Creates a device from its init object. Source: WdfDeviceCreate.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use acx_sys::*;

use crate::kernel::Kernel;
use crate::kernel::abi::{read, status, write};
use crate::kernel::device;
use crate::kernel::function::entries;
use crate::kernel::loaded;
use crate::kernel::object::{self, Object};
use crate::kernel::registry;
use crate::kernel::report::Rule;
use crate::wdf::child;
use crate::wdf::device::{Device, Devices, Power, body};
use crate::wdf::framework;
use crate::wdf::init::{self, DeviceInit, DeviceKind};

fn create(
    kernel: &Kernel,
    init: &DeviceInit,
    attributes: PWDF_OBJECT_ATTRIBUTES,
) -> Result<Rc<Object>, NTSTATUS> {
    check(kernel, init)?;
    let identity = init.identity.borrow().clone();
    let below = init.below.get().map(|own| object::get::<Device>(kernel, own)).transpose()?;
    let number = kernel.next_number();
    let service = loaded::service(kernel);
    let instance = match (&init.kind, &below) {
        (DeviceKind::Function, Some(below)) => below.instance.clone(),
        (DeviceKind::Function, None) => {
            format!(r"ROOT\{service}\{:04}", framework::next_instance(kernel))
        }
        (DeviceKind::Child(_), _) if identity.device_id.is_empty() => {
            kernel.violate(Rule::BadArgument, "a child needs a device id".to_owned());
            return Err(STATUS_INVALID_DEVICE_STATE);
        }
        (DeviceKind::Child(_), _) => format!(r"{}\{}", identity.device_id, identity.instance_id),
        (DeviceKind::Control, _) => init.name.borrow().clone().unwrap_or_default(),
    };
    if init.kind == DeviceKind::Function && below.is_none() {
        registry::apply_settings(kernel, &device::hardware_key(&instance));
    }
    let mut wdm = Box::<DEVICE_OBJECT>::default();
    wdm.Type = 3;
    wdm.Size = size_of::<DEVICE_OBJECT>() as u16;
    wdm.DriverObject = loaded::current(kernel).map_or(0, |code| code.object) as PDRIVER_OBJECT;
    let device = Device {
        callbacks: init.callbacks.get().unwrap_or_default(),
        kind: init.kind.clone(),
        below: init.below.get(),
        identity,
        instance,
        number,
        name: init.name.borrow().clone(),
        has_made_name: init.has_made_name.get(),
        is_linked: Cell::default(),
        alignment: Cell::default(),
        characteristics: Cell::default(),
        state: Cell::default(),
        leaving: RefCell::default(),
        is_leaving: Cell::default(),
        slept: Cell::default(),
        preprocess: init.preprocess.borrow().clone(),
        in_caller_context: init.in_caller_context.get(),
        irps: RefCell::default(),
        acx: Cell::new(init.acx.get()),
        settled: Cell::default(),
        rebalances: Cell::default(),
        calls: Cell::default(),
        power: Cell::new(Power::Stopped),
        io: Cell::default(),
        policy_started: Cell::default(),
        has_powered_up: Cell::default(),
        target: Cell::new(_WDF_POWER_DEVICE_STATE::WdfPowerDeviceD3),
        stays: Cell::default(),
        files_open: Cell::default(),
        resources: RefCell::default(),
        idled: Cell::default(),
        idle: Cell::default(),
        alarm: Cell::default(),
        has_failed: Cell::default(),
        owns_power_policy: init.owns_power_policy.get(),
        stays_awake: Cell::default(),
        children: RefCell::default(),
        default_queue: RefCell::default(),
        queues: RefCell::default(),
        files: init.files.get(),
        file_attributes: init.file_attributes.get(),
        request_attributes: init.request_attributes.get(),
        is_filter: init.is_filter.get(),
        dispatching: RefCell::default(),
        child_list: RefCell::default(),
        io_target: RefCell::default(),
        offers: RefCell::default(),
        system_action: Cell::new(POWER_ACTION::PowerActionNone),
        wdm,
    };
    let driver = framework::driver(kernel);
    let object = object::create(kernel, "WDFDEVICE", device, attributes, driver.as_ref())?;
    if init.kind == DeviceKind::Function {
        object.protect();
    }
    if let Some((config, mut attributes)) = init.child_list.get() {
        let attributes = attributes.as_mut().map_or(std::ptr::null_mut(), std::ptr::from_mut);
        let list = child::create(kernel, &object, &config, attributes)?;
        *body(&object).child_list.borrow_mut() = Some(list);
    }
    kernel.part::<Devices>().add(kernel, &object);
    let weak = Rc::downgrade(&object);
    object.on_delete(move |kernel| {
        if let Some(device) = weak.upgrade() {
            kernel.part::<Devices>().remove(kernel, &device);
            if let Some(alarm) = body(&device).alarm.take() {
                kernel.cancel(alarm);
            }
        }
    });
    Ok(object)
}

/// Checks an init object before the device is created. Source: fxdeviceapi.cpp, WdfDeviceCreate;
/// fxdevicekm.cpp, FdoInitialize.
fn check(kernel: &Kernel, init: &DeviceInit) -> Result<(), NTSTATUS> {
    let name = init.name.borrow();
    if init.is_secured.get() && name.is_none() && !init.has_made_name.get() {
        let what = "a device has a security descriptor or class, and no name".to_owned();
        kernel.violate(Rule::BadArgument, what);
        return Err(STATUS_INVALID_SECURITY_DESCR);
    }
    let has_name = |other: &Rc<Object>| match (&body(other).name, &*name) {
        (Some(own), Some(name)) => own.eq_ignore_ascii_case(name),
        _ => false,
    };
    if kernel.part::<Devices>().all.borrow().iter().any(has_name) {
        return Err(STATUS_OBJECT_NAME_COLLISION);
    }
    Ok(())
}

/// Source: WdfDeviceCreate: a success uses the init object up and clears the pointer.
fn WdfDeviceCreate(
    kernel: &Kernel,
    out: *mut PWDFDEVICE_INIT,
    attributes: PWDF_OBJECT_ATTRIBUTES,
    handle: *mut WDFDEVICE,
) -> NTSTATUS {
    let Some(address) = read(out) else { return STATUS_INVALID_PARAMETER };
    status(init::find(kernel, address).and_then(|init| {
        let device = create(kernel, &init, attributes)?;
        init.becomes(kernel, &device);
        write(out, std::ptr::null_mut());
        write(handle, device.as_ptr());
        Ok(())
    }))
}

entries! {
    /// Creation.
    entries:
    WdfDeviceCreate: PASSIVE, fallible;
}
