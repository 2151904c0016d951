//! KMDF's state for a machine's drivers.

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
    /// The number of root-enumerated devices created, by service.
    instances: RefCell<HashMap<String, u32>>,
    /// The bus driver's device object below every function device; drivers see its address.
    physical: RefCell<Box<DEVICE_OBJECT>>,
}

/// KMDF's state for one driver.
#[derive(Default)]
pub(crate) struct Own {
    pub(crate) globals: RefCell<Box<WDF_DRIVER_GLOBALS>>,
    pub(crate) driver: RefCell<Option<Rc<Object>>>,
    pub(crate) device_add: Cell<PFN_WDF_DRIVER_DEVICE_ADD>,
    pub(crate) driver_unload: Cell<PFN_WDF_DRIVER_UNLOAD>,
    /// The table that WdfFunctions points to while the driver is bound.
    pub(crate) table: RefCell<Vec<*const c_void>>,
    /// The number of functions in the bound version.
    pub(crate) count: Cell<usize>,
}

/// Returns KMDF's state for the driver with this number.
pub(crate) fn of(kernel: &Kernel, number: u32) -> Rc<Own> {
    kernel.part::<Framework>().drivers.borrow_mut().entry(number).or_default().clone()
}

/// Returns KMDF's state for the running driver.
pub(crate) fn own(kernel: &Kernel) -> Rc<Own> {
    of(kernel, loaded::number(kernel))
}

/// The driver object, which is the parent of objects without another one.
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

/// The pool tag of a driver's objects: that of its configuration, else one by its name.
pub(crate) fn tag(kernel: &Kernel) -> u32 {
    let configured = own(kernel).globals.borrow().DriverTag;
    if configured == 0 { tag_of(&service(kernel)) } else { configured }
}

/// The beginning of a driver's name. Source: fxdriver.cpp, `_InitializeTag`.
fn tag_of(name: &str) -> u32 {
    let name = name.as_bytes();
    let name = match name {
        [b'w' | b'W', b'd' | b'D', b'f' | b'F', rest @ ..] => rest,
        name => name,
    };
    u32::from_le_bytes(match *name {
        [] | [_] | [_, _] => *b"FxDr",
        [one, two, three] => [one, two, three, 0],
        [one, two, three, four, ..] => [one, two, three, four],
    })
}

#[cfg(test)]
mod tests {
    use super::tag_of;

    #[test]
    fn a_tag_is_the_beginning_of_a_name_without_wdf() {
        let tag = |name: &str| tag_of(name).to_le_bytes();
        assert_eq!(tag("cables"), *b"cabl");
        assert_eq!((tag("wdfabc"), tag("WdFcable")), (*b"abc\0", *b"cabl"));
        assert_eq!((tag("wdfab"), tag("ab"), tag("")), (*b"FxDr", *b"FxDr", *b"FxDr"));
    }
}
