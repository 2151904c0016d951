//! KMDF's state of a machine's drivers.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::ffi::c_void;
use std::rc::Rc;

use acx_sys::*;

use crate::kernel::Kernel;
use crate::kernel::loaded::{self, service};
use crate::kernel::object::Object;

/// KMDF's state in one machine.
#[derive(Default)]
struct Framework {
    /// By the driver's number.
    drivers: RefCell<HashMap<u32, Rc<Own>>>,
    /// How many root-enumerated devices there were, by their service.
    instances: RefCell<HashMap<String, u32>>,
    /// What lies below every function device: the bus driver's own object, of which drivers see the
    /// address.
    physical: RefCell<Box<DEVICE_OBJECT>>,
}

/// What KMDF keeps of one driver.
#[derive(Default)]
pub(crate) struct Own {
    pub(crate) globals: RefCell<Box<WDF_DRIVER_GLOBALS>>,
    pub(crate) driver: RefCell<Option<Rc<Object>>>,
    pub(crate) device_add: Cell<PFN_WDF_DRIVER_DEVICE_ADD>,
    pub(crate) driver_unload: Cell<PFN_WDF_DRIVER_UNLOAD>,
    /// What WdfFunctions points at while it is bound.
    pub(crate) table: RefCell<Vec<*const c_void>>,
    /// How many functions the version has that it is bound to.
    pub(crate) count: Cell<usize>,
}

/// What KMDF keeps of the driver of this number.
pub(crate) fn of(kernel: &Kernel, number: u32) -> Rc<Own> {
    kernel.part::<Framework>().drivers.borrow_mut().entry(number).or_default().clone()
}

/// What KMDF keeps of the driver that runs.
pub(crate) fn own(kernel: &Kernel) -> Rc<Own> {
    of(kernel, loaded::number(kernel))
}

/// The driver object, which is the parent of what has no other.
pub(crate) fn driver(kernel: &Kernel) -> Option<Rc<Object>> {
    own(kernel).driver.borrow().clone()
}

/// The driver object of the driver that an object belongs to.
pub(crate) fn driver_of(kernel: &Kernel, object: &Object) -> Option<Rc<Object>> {
    of(kernel, object.owner()).driver.borrow().clone()
}

pub(crate) fn physical_device(kernel: &Kernel) -> PDEVICE_OBJECT {
    &raw mut **kernel.part::<Framework>().physical.borrow_mut()
}

/// The number of the driver's next root-enumerated device.
pub(crate) fn next_instance(kernel: &Kernel) -> u32 {
    let mut instances = kernel.part::<Framework>().instances.borrow_mut();
    let next = instances.entry(service(kernel)).or_default();
    *next += 1;
    *next - 1
}

/// The instance path of the driver's next root-enumerated device.
pub(crate) fn coming_instance(kernel: &Kernel) -> String {
    let service = service(kernel);
    let instances = kernel.part::<Framework>().instances.borrow();
    format!(r"ROOT\{service}\{:04}", instances.get(&service).copied().unwrap_or(0))
}

/// The tag of what a driver allocates without one: that of its configuration, else the beginning of
/// its name. Source: fxdriver.cpp, `_InitializeTag`.
pub(crate) fn tag(kernel: &Kernel) -> u32 {
    let configured = own(kernel).globals.borrow().DriverTag;
    if configured != 0 {
        return configured;
    }
    let name = service(kernel);
    let name = name.as_bytes();
    let is_prefixed = name.len() >= 3 && name[..3].eq_ignore_ascii_case(b"wdf");
    let name = if is_prefixed { &name[3..] } else { name };
    if name.len() <= 2 {
        return u32::from_le_bytes(*b"FxDr");
    }
    let mut tag = [0; 4];
    let length = name.len().min(4);
    tag[..length].copy_from_slice(&name[..length]);
    u32::from_le_bytes(tag)
}
