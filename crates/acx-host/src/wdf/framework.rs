//! What KMDF keeps of a machine's driver.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use acx_sys::*;

use crate::kernel::Kernel;
use crate::kernel::driver::service;
use crate::kernel::object::Object;

/// KMDF's state in one machine.
#[derive(Default)]
pub(crate) struct Framework {
    pub(crate) globals: RefCell<Box<WDF_DRIVER_GLOBALS>>,
    pub(crate) driver: RefCell<Option<Rc<Object>>>,
    pub(crate) device_add: Cell<PFN_WDF_DRIVER_DEVICE_ADD>,
    pub(crate) driver_unload: Cell<PFN_WDF_DRIVER_UNLOAD>,
    instances: Cell<u32>,
    /// What lies below every function device: the bus driver's own object, of which drivers see the address.
    physical: RefCell<Box<DEVICE_OBJECT>>,
}

/// The driver object, which is the parent of what has no other.
pub(crate) fn driver(kernel: &Kernel) -> Option<Rc<Object>> {
    kernel.part::<Framework>().driver.borrow().clone()
}

pub(crate) fn physical_device(kernel: &Kernel) -> PDEVICE_OBJECT {
    &raw mut **kernel.part::<Framework>().physical.borrow_mut()
}

/// The number of the next root-enumerated device.
pub(crate) fn next_instance(kernel: &Kernel) -> u32 {
    let instances = &kernel.part::<Framework>().instances;
    instances.replace(instances.get() + 1)
}

/// The instance path of the next root-enumerated device.
pub(crate) fn coming_instance(kernel: &Kernel) -> String {
    format!(r"ROOT\{}\{:04}", service(kernel), kernel.part::<Framework>().instances.get())
}

/// The tag of what a driver allocates without one: that of its configuration, else the beginning of
/// its name. Source: fxdriver.cpp, `_InitializeTag`.
pub(crate) fn tag(kernel: &Kernel) -> u32 {
    let configured = kernel.part::<Framework>().globals.borrow().DriverTag;
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
