//! What KMDF keeps of a machine's driver.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use acx_sys::*;

use crate::kernel::Kernel;
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
