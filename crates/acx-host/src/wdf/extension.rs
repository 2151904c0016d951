//! Class extensions: libraries that drivers bind in addition to KMDF, and their part in a device's
//! power states. ACX is one.
//!
//! They register with KMDF as on Windows: the loader finds a class by its name, and a bound class
//! registers as a client of the PnP and power states of devices.

use std::cell::RefCell;
use std::ffi::c_void;
use std::rc::Rc;

use acx_sys::*;

use crate::kernel::Kernel;
use crate::kernel::object::Object;

/// A class extension's library.
pub(crate) trait ClassLibrary {
    /// The name of the class.
    fn name(&self) -> &'static str;

    /// Its major version, and the number of functions in its table.
    fn version(&self) -> (ULONG, ULONG);

    /// A driver binds it: the functions, for a driver of the machine's convention, and what its
    /// globals point at.
    fn bind(&self, kernel: &Kernel) -> (Vec<*const c_void>, PVOID);
}

/// The part of a class extension in the PnP and power states of a device.
pub(crate) trait PowerClient {
    /// After EvtDevicePrepareHardware.
    fn prepare_hardware(&self, kernel: &Kernel, device: &Rc<Object>);

    /// After EvtDeviceD0Entry.
    fn power_up(&self, kernel: &Kernel, device: &Rc<Object>, previous: WDF_POWER_DEVICE_STATE);

    /// Before EvtDeviceD0Exit.
    fn power_down(&self, kernel: &Kernel, device: &Rc<Object>, target: WDF_POWER_DEVICE_STATE);

    /// Before EvtDeviceReleaseHardware.
    fn release_hardware(&self, kernel: &Kernel, device: &Rc<Object>);

    /// Runs `work` while no client's request to the device is in progress.
    fn while_quiet(&self, kernel: &Kernel, device: &Rc<Object>, work: &mut dyn FnMut());

    /// Returns whether a client uses the device, which then is not idle.
    fn is_in_use(&self, kernel: &Kernel, device: &Rc<Object>) -> bool;

    /// The device was removed, although clients may still have handles to it.
    fn removed(&self, kernel: &Kernel, device: &Rc<Object>);

    /// Returns whether the class no longer needs the object of a removed device.
    fn is_done(&self, kernel: &Kernel, device: &Rc<Object>) -> bool;
}

/// The class extensions of a machine.
#[derive(Default)]
struct Extensions {
    libraries: RefCell<Vec<&'static dyn ClassLibrary>>,
    clients: RefCell<Vec<&'static dyn PowerClient>>,
}

/// The machine has this class extension.
pub(crate) fn install(kernel: &Kernel, library: &'static dyn ClassLibrary) {
    kernel.part::<Extensions>().libraries.borrow_mut().push(library);
}

/// The class extension of this name.
pub(crate) fn find(kernel: &Kernel, name: &str) -> Option<&'static dyn ClassLibrary> {
    let libraries = kernel.part::<Extensions>().libraries.borrow();
    libraries.iter().find(|library| library.name() == name).copied()
}

/// A class extension takes part in the PnP and power states of devices from now on.
pub(crate) fn register(kernel: &Kernel, client: &'static dyn PowerClient) {
    let mut clients = kernel.part::<Extensions>().clients.borrow_mut();
    if !clients.iter().any(|own| std::ptr::addr_eq(*own, client)) {
        clients.push(client);
    }
}

/// The clients, in the order in which they registered.
pub(crate) fn clients(kernel: &Kernel) -> Vec<&'static dyn PowerClient> {
    kernel.part::<Extensions>().clients.borrow().clone()
}

/// Runs `work` while no client's request to the device is in progress.
pub(crate) fn while_quiet(kernel: &Kernel, device: &Rc<Object>, mut work: impl FnMut()) {
    fn nest(
        kernel: &Kernel,
        device: &Rc<Object>,
        clients: &[&'static dyn PowerClient],
        work: &mut dyn FnMut(),
    ) {
        match clients.split_first() {
            Some((first, rest)) => {
                first.while_quiet(kernel, device, &mut || nest(kernel, device, rest, work));
            }
            None => work(),
        }
    }
    nest(kernel, device, &clients(kernel), &mut work);
}
