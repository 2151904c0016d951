//! Resource lists: the hardware resources of a device. A machine's devices have none, so every list
//! is empty, but its handle is valid.

use std::rc::Rc;

use acx_sys::*;

use crate::kernel::Kernel;
use crate::kernel::function::entries;
use crate::kernel::object::{self, Object};
use crate::kernel::report::Rule;
use crate::wdf::device::body;

/// A WDFCMRESLIST.
struct ResourceList;

/// The raw and the translated list of a device; both exist as long as it.
pub(crate) fn lists(kernel: &Kernel, device: &Rc<Object>) -> (WDFCMRESLIST, WDFCMRESLIST) {
    let state = body(device);
    let known = state.resources.borrow().clone();
    let made = known.or_else(|| {
        let none = std::ptr::null_mut();
        let new = || object::create(kernel, "WDFCMRESLIST", ResourceList, none, Some(device)).ok();
        let made = (new()?, new()?);
        made.0.protect();
        made.1.protect();
        *state.resources.borrow_mut() = Some(made.clone());
        Some(made)
    });
    made.map_or((std::ptr::null_mut(), std::ptr::null_mut()), |(raw, translated)| {
        (raw.as_ptr(), translated.as_ptr())
    })
}

fn WdfCmResourceListGetCount(kernel: &Kernel, list: WDFCMRESLIST) -> ULONG {
    let _ = object::get::<ResourceList>(kernel, list as usize);
    0
}

fn WdfCmResourceListGetDescriptor(
    kernel: &Kernel,
    list: WDFCMRESLIST,
    _index: ULONG,
) -> PCM_PARTIAL_RESOURCE_DESCRIPTOR {
    let _ = object::get::<ResourceList>(kernel, list as usize);
    std::ptr::null_mut()
}

/// The lists that a driver is passed are the framework's: nothing is added. Source:
/// fxresourceapi.cpp.
fn WdfCmResourceListAppendDescriptor(
    kernel: &Kernel,
    list: WDFCMRESLIST,
    _descriptor: PCM_PARTIAL_RESOURCE_DESCRIPTOR,
) -> NTSTATUS {
    refuse(kernel, list, "WdfCmResourceListAppendDescriptor")
}

fn WdfCmResourceListInsertDescriptor(
    kernel: &Kernel,
    list: WDFCMRESLIST,
    _descriptor: PCM_PARTIAL_RESOURCE_DESCRIPTOR,
    _index: ULONG,
) -> NTSTATUS {
    refuse(kernel, list, "WdfCmResourceListInsertDescriptor")
}

fn WdfCmResourceListRemove(kernel: &Kernel, list: WDFCMRESLIST, _index: ULONG) {
    let _ = refuse(kernel, list, "WdfCmResourceListRemove");
}

fn WdfCmResourceListRemoveByDescriptor(
    kernel: &Kernel,
    list: WDFCMRESLIST,
    _descriptor: PCM_PARTIAL_RESOURCE_DESCRIPTOR,
) {
    let _ = refuse(kernel, list, "WdfCmResourceListRemoveByDescriptor");
}

fn refuse(kernel: &Kernel, list: WDFCMRESLIST, name: &str) -> NTSTATUS {
    if object::get::<ResourceList>(kernel, list as usize).is_err() {
        return STATUS_INVALID_HANDLE;
    }
    let what = format!("{name} of a list that the framework passed: it is not to be changed");
    kernel.violate(Rule::BadArgument, what);
    STATUS_ACCESS_DENIED
}

entries! {
    /// Resource lists.
    entries:
    WdfCmResourceListGetCount: DISPATCH;
    WdfCmResourceListGetDescriptor: DISPATCH;
    WdfCmResourceListAppendDescriptor: DISPATCH;
    WdfCmResourceListInsertDescriptor: DISPATCH;
    WdfCmResourceListRemove: DISPATCH;
    WdfCmResourceListRemoveByDescriptor: DISPATCH;
}
