//! The device nodes of PnP: what the kernel's own functions know of a device.

use std::cell::RefCell;

use super::base::Kernel;

/// A device.
#[derive(Clone, Debug)]
pub(crate) struct DeviceNode {
    /// The address of its DEVICE_OBJECT.
    pub(crate) object: usize,
    /// The handle of the framework's device.
    pub(crate) handle: usize,
    /// Its instance path.
    pub(crate) instance: String,
    /// The name that the object manager would have.
    pub(crate) name: String,
    /// The address of the DEVICE_OBJECT below it in its stack, if a driver has one there.
    pub(crate) below: usize,
}

/// The devices of a machine.
#[derive(Default)]
struct DeviceNodes {
    all: RefCell<Vec<DeviceNode>>,
}

impl DeviceNode {
    /// The key that PLUGPLAY_REGKEY_DEVICE opens.
    pub(crate) fn hardware_key(&self) -> String {
        hardware_key(&self.instance)
    }
}

/// The hardware key of the device with this instance path.
pub(crate) fn hardware_key(instance: &str) -> String {
    format!(r"\Registry\Machine\System\CurrentControlSet\Enum\{instance}\Device Parameters")
}

/// PnP knows the device from now on.
pub(crate) fn add(kernel: &Kernel, node: DeviceNode) {
    kernel.part::<DeviceNodes>().all.borrow_mut().push(node);
}

/// PnP does not know the device any more.
pub(crate) fn remove(kernel: &Kernel, handle: usize) {
    kernel.part::<DeviceNodes>().all.borrow_mut().retain(|node| node.handle != handle);
}

/// The device whose WDM object this is.
#[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
pub(crate) fn of_object(kernel: &Kernel, object: acx_sys::PDEVICE_OBJECT) -> Option<DeviceNode> {
    let nodes = kernel.part::<DeviceNodes>().all.borrow();
    nodes.iter().find(|node| node.object == object as usize).cloned()
}

/// The DEVICE_OBJECT at the top of the stack that this one is in.
#[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
pub(crate) fn top(kernel: &Kernel, object: acx_sys::PDEVICE_OBJECT) -> acx_sys::PDEVICE_OBJECT {
    let nodes = kernel.part::<DeviceNodes>().all.borrow();
    let mut top = object as usize;
    while let Some(above) = nodes.iter().find(|node| node.below == top && top != 0) {
        top = above.object;
    }
    top as acx_sys::PDEVICE_OBJECT
}
