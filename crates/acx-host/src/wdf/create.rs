//! How a device comes of its init object. Source: WdfDeviceCreate.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use acx_sys::*;

use crate::kernel::Kernel;
use crate::kernel::abi::{read, status, write};
use crate::kernel::device;
use crate::kernel::driver::{self, Loaded};
use crate::kernel::function::entries;
use crate::kernel::object::{self, Object};
use crate::kernel::registry;
use crate::kernel::report::Rule;
use crate::wdf::child;
use crate::wdf::device::{Device, Devices, Power, body};
use crate::wdf::framework;
use crate::wdf::init::{self, DeviceInit, Kind};

fn create(
    kernel: &Kernel,
    init: &DeviceInit,
    attributes: PWDF_OBJECT_ATTRIBUTES,
) -> Result<Rc<Object>, NTSTATUS> {
    let identity = init.identity.borrow().clone();
    let number = kernel.next_number();
    let service = driver::service(kernel);
    let instance = match &init.kind {
        Kind::Function => format!(r"ROOT\{service}\{:04}", framework::next_instance(kernel)),
        Kind::Child(_) if identity.device_id.is_empty() => {
            kernel.violate(Rule::BadArgument, "a child needs a device id".to_owned());
            return Err(STATUS_INVALID_DEVICE_STATE);
        }
        Kind::Child(_) => format!(r"{}\{}", identity.device_id, identity.instance_id),
        Kind::Control => init.name.borrow().clone(),
    };
    if init.kind == Kind::Function {
        registry::apply_settings(kernel, &device::hardware_key(&instance));
    }
    let mut wdm = Box::<DEVICE_OBJECT>::default();
    wdm.Type = 3;
    wdm.Size = size_of::<DEVICE_OBJECT>() as u16;
    wdm.DriverObject = kernel.part::<Loaded>().object.get() as PDRIVER_OBJECT;
    let device = Device {
        callbacks: init.callbacks.get().unwrap_or_default(),
        kind: init.kind.clone(),
        identity,
        instance,
        number,
        acx: Cell::new(init.acx.get()),
        moving: Cell::default(),
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
        queries: RefCell::default(),
        system_action: Cell::new(POWER_ACTION::PowerActionNone),
        wdm,
    };
    let parent = match init.kind {
        Kind::Child(parent) => Some(object::any(kernel, parent)?),
        _ => framework::driver(kernel),
    };
    let object = object::create(kernel, "WDFDEVICE", device, attributes, parent.as_ref())?;
    if init.kind == Kind::Function {
        object.protect();
    }
    if let Some(config) = init.child_list.get() {
        let list = child::create(kernel, &object, &config, std::ptr::null_mut())?;
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

/// Source: WdfDeviceCreate: a success uses the init object up and clears the pointer.
fn WdfDeviceCreate(
    kernel: &Kernel,
    place: *mut PWDFDEVICE_INIT,
    attributes: PWDF_OBJECT_ATTRIBUTES,
    handle: *mut WDFDEVICE,
) -> NTSTATUS {
    let Some(address) = read(place) else { return STATUS_INVALID_PARAMETER };
    status(init::find(kernel, address).and_then(|init| {
        let device = create(kernel, &init, attributes)?;
        init.becomes(kernel, &device);
        write(place, std::ptr::null_mut());
        write(handle, device.as_ptr());
        Ok(())
    }))
}

entries! {
    /// Creation.
    entries:
    WdfDeviceCreate: PASSIVE, fallible;
}
