//! Class extensions: libraries that drivers bind beside KMDF, and what they do when a device's
//! power changes. ACX is one.
//!
//! KMDF knows them by what they register, as on Windows: the loader finds a class by its name, and
//! a class that is bound registers as a client of the PnP and power states of devices.

use std::cell::RefCell;
use std::ffi::c_void;
use std::rc::Rc;

use acx_sys::*;

use crate::kernel::Kernel;
use crate::kernel::object::Object;

/// A class extension's library.
pub(crate) trait ClassLibrary {
    /// What drivers call the class.
    fn name(&self) -> &'static str;

    /// Its major version, and how many functions its table has.
    fn version(&self) -> (ULONG, ULONG);

    /// A driver binds it: the functions, for a driver of the machine's convention, and what its
    /// globals point at.
    fn bind(&self, kernel: &Kernel) -> (Vec<*const c_void>, PVOID);
}

/// What a class extension does in the PnP and power states of a device.
pub(crate) trait PowerClient {
    /// After EvtDevicePrepareHardware.
    fn prepare_hardware(&self, kernel: &Kernel, device: &Rc<Object>);

    /// After EvtDeviceD0Entry.
    fn power_up(&self, kernel: &Kernel, device: &Rc<Object>, previous: WDF_POWER_DEVICE_STATE);

    /// Before EvtDeviceD0Exit.
    fn power_down(&self, kernel: &Kernel, device: &Rc<Object>, target: WDF_POWER_DEVICE_STATE);

    /// Before EvtDeviceReleaseHardware.
    fn release_hardware(&self, kernel: &Kernel, device: &Rc<Object>);

    /// Does `work` while no request of a client to the device is under way.
    fn while_quiet(&self, kernel: &Kernel, device: &Rc<Object>, work: &mut dyn FnMut());

    /// Whether a client uses the device, which then does not idle.
    fn is_in_use(&self, kernel: &Kernel, device: &Rc<Object>) -> bool;

    /// The device was removed, though clients may still have handles of it.
    fn removed(&self, kernel: &Kernel, device: &Rc<Object>);

    /// The device was removed: whether nothing of the class needs its object any more.
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

/// Does `work` while no request of a client to the device is under way.
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
