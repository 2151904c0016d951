//! Children of a device: static ones, and those of child lists. Source: wdffdo.h, wdfpdo.h, wdfchildlist.h pages.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use acx_sys::*;

use crate::kernel::Kernel;
use crate::kernel::abi::status;
use crate::kernel::abi::{read, read_bytes, write, write_bytes};
use crate::kernel::call::invoke;
use crate::kernel::function::entries;
use crate::kernel::gate;
use crate::kernel::object;
use crate::kernel::object::{Object, Ref};
use crate::kernel::report::Rule;
use crate::wdf::callback;
use crate::wdf::device::{self, Device, Devices};
use crate::wdf::init::{self, DeviceInit, Inits, Kind};
use crate::wdf::pnp;

/// A child that a list knows, by its description.
struct Described {
    description: Vec<u8>,
    device: Option<Rc<Object>>,
    present: bool,
}

/// A list of children that the framework keeps by their descriptions.
pub(crate) struct ChildList {
    device: usize,
    config: WDF_CHILD_LIST_CONFIG,
    children: RefCell<Vec<Described>>,
    scanning: Cell<u32>,
}

/// A new list of a device's.
pub(crate) fn create(
    kernel: &Kernel,
    device: &Rc<Object>,
    config: &WDF_CHILD_LIST_CONFIG,
    attributes: PWDF_OBJECT_ATTRIBUTES,
) -> Result<Rc<Object>, NTSTATUS> {
    let sized = config.Size == size_of::<WDF_CHILD_LIST_CONFIG>() as u32;
    if !sized
        || config.EvtChildListCreateDevice.is_none()
        || config.IdentificationDescriptionSize < 4
    {
        kernel.violate(Rule::Uninitialized, "WDF_CHILD_LIST_CONFIG was not initialized".to_owned());
        return Err(STATUS_INVALID_PARAMETER);
    }
    let list = ChildList {
        device: device.handle(),
        config: *config,
        children: RefCell::default(),
        scanning: Cell::default(),
    };
    object::create(kernel, "WDFCHILDLIST", list, attributes, Some(device))
}

impl Ref<ChildList> {
    fn describe(
        &self,
        header: PWDF_CHILD_IDENTIFICATION_DESCRIPTION_HEADER,
    ) -> Result<Vec<u8>, NTSTATUS> {
        let size = self.config.IdentificationDescriptionSize;
        let own = read(header.cast::<u32>().cast_const()).ok_or(STATUS_INVALID_PARAMETER)?;
        if own != size {
            return Err(STATUS_INVALID_PARAMETER);
        }
        Ok(read_bytes(header, size as usize))
    }

    /// Whether two descriptions are of one child: by the driver's own comparison, else by their bytes.
    fn same(&self, kernel: &Kernel, one: &[u8], other: &[u8]) -> bool {
        match self.config.EvtChildListIdentificationDescriptionCompare {
            Some(compare) => {
                let arguments = (
                    self.object().as_ptr(),
                    one.as_ptr().cast_mut().cast(),
                    other.as_ptr().cast_mut().cast(),
                );
                invoke(
                    kernel,
                    &callback::EvtChildListIdentificationDescriptionCompare,
                    self.handle(),
                    compare,
                    arguments,
                ) != 0
            }
            None => one == other,
        }
    }

    fn find(&self, kernel: &Kernel, description: &[u8]) -> Option<usize> {
        let all: Vec<Vec<u8>> =
            self.children.borrow().iter().map(|child| child.description.clone()).collect();
        all.iter().position(|own| self.same(kernel, own, description))
    }

    /// EvtChildListCreateDevice for each child that is there and has no device; those that are missing go.
    fn update(&self, kernel: &Kernel) {
        if self.scanning.get() > 0 {
            return;
        }
        loop {
            let next = self
                .children
                .borrow()
                .iter()
                .find(|child| child.present && child.device.is_none())
                .map(|child| child.description.clone());
            let Some(description) = next else { break };
            let device = self.make(kernel, &description);
            let Some(at) = self.find(kernel, &description) else { break };
            match device {
                Some(device) => self.children.borrow_mut()[at].device = Some(device),
                None => {
                    self.children.borrow_mut().remove(at);
                }
            }
        }
        loop {
            let mut children = self.children.borrow_mut();
            let Some(at) = children.iter().position(|child| !child.present) else { break };
            let gone = children.remove(at).device;
            drop(children);
            if let Some(gone) = gone {
                pnp::surprise_remove(kernel, &gone);
            }
        }
    }

    fn make(&self, kernel: &Kernel, description: &[u8]) -> Option<Rc<Object>> {
        let create = self.config.EvtChildListCreateDevice?;
        let init = DeviceInit::new(Kind::Child(self.device));
        kernel.part::<Inits>().all.borrow_mut().push(init.clone());
        let arguments =
            (self.object().as_ptr(), description.as_ptr().cast_mut().cast(), init.address());
        let answer =
            invoke(kernel, &callback::EvtChildListCreateDevice, self.handle(), create, arguments);
        kernel.part::<Inits>().all.borrow_mut().retain(|own| !Rc::ptr_eq(own, &init));
        let made = init.created.borrow_mut().take()?;
        if !NT_SUCCESS(answer) {
            object::delete(kernel, &made);
            return None;
        }
        let _ = pnp::adopt(kernel, self.device as WDFDEVICE, made.as_ptr());
        Some(made)
    }

    /// Brings the list up to date when PnP asks for it.
    fn queue_update(&self, kernel: &Kernel) {
        let weak = Rc::downgrade(self.object());
        gate::queue_pnp(kernel, move |kernel| {
            if let Some(list) =
                weak.upgrade().filter(|list| list.is_alive()).and_then(Ref::<ChildList>::of)
            {
                list.update(kernel);
            }
        });
    }
}

fn get(kernel: &Kernel, list: WDFCHILDLIST) -> Result<Ref<ChildList>, NTSTATUS> {
    object::get::<ChildList>(kernel, list as usize)
}

fn parent(kernel: &Kernel, device: WDFDEVICE) -> Option<Ref<Device>> {
    object::get::<Device>(kernel, device as usize).ok()
}

fn WdfPdoInitAllocate(kernel: &Kernel, parent: WDFDEVICE) -> PWDFDEVICE_INIT {
    match object::get::<Device>(kernel, parent as usize) {
        Ok(parent) => init::allocate(kernel, "WdfPdoInitAllocate", Kind::Child(parent.handle())),
        Err(_) => std::ptr::null_mut(),
    }
}

fn WdfFdoAddStaticChild(kernel: &Kernel, parent: WDFDEVICE, child: WDFDEVICE) -> NTSTATUS {
    status(pnp::adopt(kernel, parent, child))
}

fn WdfFdoLockStaticChildListForIteration(kernel: &Kernel, device: WDFDEVICE) {
    let _ = parent(kernel, device);
}

fn WdfFdoUnlockStaticChildListFromIteration(kernel: &Kernel, device: WDFDEVICE) {
    let _ = parent(kernel, device);
}

fn WdfFdoRetrieveNextStaticChild(
    kernel: &Kernel,
    device: WDFDEVICE,
    previous: WDFDEVICE,
    _flags: ULONG,
) -> WDFDEVICE {
    let Some(parent) = parent(kernel, device) else { return std::ptr::null_mut() };
    let children = parent.children.borrow();
    let next = if previous.is_null() {
        0
    } else {
        children
            .iter()
            .position(|child| child.handle() == previous as usize)
            .map_or(children.len(), |at| at + 1)
    };
    children.get(next).map_or(std::ptr::null_mut(), |child| child.as_ptr())
}

fn WdfFdoGetDefaultChildList(kernel: &Kernel, device: WDFDEVICE) -> WDFCHILDLIST {
    parent(kernel, device)
        .and_then(|device| device.child_list.borrow().as_ref().map(|list| list.as_ptr()))
        .unwrap_or(std::ptr::null_mut())
}

fn WdfPdoMarkMissing(kernel: &Kernel, child: WDFDEVICE) -> NTSTATUS {
    status(pnp::disown(kernel, child))
}

fn WdfPdoGetParent(kernel: &Kernel, child: WDFDEVICE) -> WDFDEVICE {
    match parent(kernel, child).map(|child| child.kind.clone()) {
        Some(Kind::Child(parent)) => parent as WDFDEVICE,
        _ => std::ptr::null_mut(),
    }
}

fn WdfPdoRetrieveIdentificationDescription(
    kernel: &Kernel,
    child: WDFDEVICE,
    header: PWDF_CHILD_IDENTIFICATION_DESCRIPTION_HEADER,
) -> NTSTATUS {
    let lists = kernel
        .part::<Devices>()
        .all
        .borrow()
        .iter()
        .filter_map(|device| device::body(device).child_list.borrow().clone())
        .collect::<Vec<_>>();
    for list in lists.into_iter().filter_map(Ref::<ChildList>::of) {
        let children = list.children.borrow();
        let found = children.iter().find(|own| {
            own.device.as_ref().is_some_and(|device| device.handle() == child as usize)
        });
        if let Some(found) = found {
            write_bytes(header, &found.description);
            return STATUS_SUCCESS;
        }
    }
    STATUS_INVALID_DEVICE_REQUEST
}

fn WdfChildListCreate(
    kernel: &Kernel,
    device: WDFDEVICE,
    config: PWDF_CHILD_LIST_CONFIG,
    attributes: PWDF_OBJECT_ATTRIBUTES,
    handle: *mut WDFCHILDLIST,
) -> NTSTATUS {
    let Some(config) = read(config) else { return STATUS_INVALID_PARAMETER };
    let made = object::any(kernel, device as usize)
        .and_then(|device| create(kernel, &device, &config, attributes));
    status(made.map(|list| write(handle, list.as_ptr())))
}

fn WdfChildListGetDevice(kernel: &Kernel, list: WDFCHILDLIST) -> WDFDEVICE {
    get(kernel, list).map_or(std::ptr::null_mut(), |list| list.device as WDFDEVICE)
}

fn WdfChildListAddOrUpdateChildDescriptionAsPresent(
    kernel: &Kernel,
    list: WDFCHILDLIST,
    description: PWDF_CHILD_IDENTIFICATION_DESCRIPTION_HEADER,
    _address: PWDF_CHILD_ADDRESS_DESCRIPTION_HEADER,
) -> NTSTATUS {
    let added = get(kernel, list).and_then(|list| Ok((list.describe(description)?, list)));
    match added {
        Ok((description, list)) => match list.find(kernel, &description) {
            Some(at) => {
                list.children.borrow_mut()[at].present = true;
                STATUS_OBJECT_NAME_EXISTS
            }
            None => {
                list.children.borrow_mut().push(Described {
                    description,
                    device: None,
                    present: true,
                });
                list.queue_update(kernel);
                STATUS_SUCCESS
            }
        },
        Err(status) => status,
    }
}

fn WdfChildListUpdateChildDescriptionAsMissing(
    kernel: &Kernel,
    list: WDFCHILDLIST,
    description: PWDF_CHILD_IDENTIFICATION_DESCRIPTION_HEADER,
) -> NTSTATUS {
    let missing = get(kernel, list).and_then(|list| {
        let description = list.describe(description)?;
        let at = list.find(kernel, &description).ok_or(STATUS_NO_SUCH_DEVICE)?;
        list.children.borrow_mut()[at].present = false;
        list.queue_update(kernel);
        Ok(())
    });
    status(missing)
}

fn WdfChildListUpdateAllChildDescriptionsAsPresent(kernel: &Kernel, list: WDFCHILDLIST) {
    if let Ok(list) = get(kernel, list) {
        list.children.borrow_mut().iter_mut().for_each(|child| child.present = true);
    }
}

fn WdfChildListBeginScan(kernel: &Kernel, list: WDFCHILDLIST) {
    if let Ok(list) = get(kernel, list) {
        list.scanning.set(list.scanning.get() + 1);
        list.children.borrow_mut().iter_mut().for_each(|child| child.present = false);
    }
}

fn WdfChildListEndScan(kernel: &Kernel, list: WDFCHILDLIST) {
    if let Ok(list) = get(kernel, list) {
        match list.scanning.get().checked_sub(1) {
            Some(left) => list.scanning.set(left),
            None => kernel.violate(
                Rule::Unpaired,
                "WdfChildListEndScan without WdfChildListBeginScan".to_owned(),
            ),
        }
        list.queue_update(kernel);
    }
}

/// The iterator's first reserved word is where it stands.
fn WdfChildListBeginIteration(
    kernel: &Kernel,
    list: WDFCHILDLIST,
    iterator: PWDF_CHILD_LIST_ITERATOR,
) {
    if let (Ok(_), Some(mut own)) = (get(kernel, list), read(iterator)) {
        own.Reserved[0] = std::ptr::null_mut();
        write(iterator, own);
    }
}

fn WdfChildListEndIteration(
    kernel: &Kernel,
    list: WDFCHILDLIST,
    _iterator: PWDF_CHILD_LIST_ITERATOR,
) {
    let _ = get(kernel, list);
}

fn WdfChildListRetrieveNextDevice(
    kernel: &Kernel,
    list: WDFCHILDLIST,
    iterator: PWDF_CHILD_LIST_ITERATOR,
    place: *mut WDFDEVICE,
    _info: PWDF_CHILD_RETRIEVE_INFO,
) -> NTSTATUS {
    let (Ok(list), Some(mut own)) = (get(kernel, list), read(iterator)) else {
        return STATUS_INVALID_PARAMETER;
    };
    let at = own.Reserved[0] as usize;
    let children = list.children.borrow();
    let Some(child) = children.get(at) else { return STATUS_NO_MORE_ENTRIES };
    own.Reserved[0] = (at + 1) as PVOID;
    write(iterator, own);
    write(place, child.device.as_ref().map_or(std::ptr::null_mut(), |device| device.as_ptr()));
    STATUS_SUCCESS
}

fn WdfChildListRetrievePdo(
    kernel: &Kernel,
    list: WDFCHILDLIST,
    info: PWDF_CHILD_RETRIEVE_INFO,
) -> WDFDEVICE {
    let (Ok(list), Some(info)) = (get(kernel, list), read(info)) else {
        return std::ptr::null_mut();
    };
    let found = list
        .describe(info.IdentificationDescription)
        .ok()
        .and_then(|description| list.find(kernel, &description));
    found
        .and_then(|at| list.children.borrow()[at].device.as_ref().map(|device| device.as_ptr()))
        .unwrap_or(std::ptr::null_mut())
}

entries! {
    /// Children.
    entries:
    WdfPdoInitAllocate: PASSIVE;
    WdfFdoAddStaticChild: DISPATCH, fallible;
    WdfFdoLockStaticChildListForIteration: DISPATCH;
    WdfFdoUnlockStaticChildListFromIteration: DISPATCH;
    WdfFdoRetrieveNextStaticChild: DISPATCH;
    WdfFdoGetDefaultChildList: DISPATCH;
    WdfPdoMarkMissing: DISPATCH, fallible;
    WdfPdoGetParent: DISPATCH;
    WdfPdoRetrieveIdentificationDescription: DISPATCH, fallible;
    WdfChildListCreate: PASSIVE, fallible;
    WdfChildListGetDevice: DISPATCH;
    WdfChildListAddOrUpdateChildDescriptionAsPresent: DISPATCH, fallible;
    WdfChildListUpdateChildDescriptionAsMissing: DISPATCH, fallible;
    WdfChildListUpdateAllChildDescriptionsAsPresent: DISPATCH;
    WdfChildListBeginScan: DISPATCH;
    WdfChildListEndScan: DISPATCH;
    WdfChildListBeginIteration: DISPATCH;
    WdfChildListEndIteration: DISPATCH;
    WdfChildListRetrieveNextDevice: DISPATCH, fallible;
    WdfChildListRetrievePdo: DISPATCH;
}
