//! Child devices: static ones, and those of child lists. Source: wdffdo.h, wdfpdo.h, wdfchildlist.h
//! pages.

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
use crate::wdf::device::{self, Device, Power};
use crate::wdf::init::{self, DeviceInit, DeviceKind, Inits};
use crate::wdf::pnp;

/// A child in a list, by its description.
struct Described {
    description: Vec<u8>,
    device: Option<Rc<Object>>,
    present: bool,
}

/// A list of children, by their descriptions.
pub(crate) struct ChildList {
    device: usize,
    config: WDF_CHILD_LIST_CONFIG,
    children: RefCell<Vec<Described>>,
    scanning: Cell<u32>,
    /// Iterations in progress, during which the list does not change.
    iterating: Cell<u32>,
}

/// Creates a list of a device.
pub(crate) fn create(
    kernel: &Kernel,
    device: &Rc<Object>,
    config: &WDF_CHILD_LIST_CONFIG,
    attributes: PWDF_OBJECT_ATTRIBUTES,
) -> Result<Rc<Object>, NTSTATUS> {
    init::check_child_config(kernel, config)?;
    let list = ChildList {
        device: device.handle(),
        config: *config,
        children: RefCell::default(),
        scanning: Cell::default(),
        iterating: Cell::default(),
    };
    object::create(kernel, "WDFCHILDLIST", list, attributes, Some(device))
}

/// The result of EvtChildListCreateDevice.
enum Made {
    Device(Rc<Object>),
    Nothing,
    /// STATUS_RETRY.
    Later,
}

/// ntstatus.h.
const STATUS_RETRY: NTSTATUS = 0xC000_022D_u32.cast_signed();

impl Ref<ChildList> {
    fn describe(
        &self,
        kernel: &Kernel,
        header: PWDF_CHILD_IDENTIFICATION_DESCRIPTION_HEADER,
    ) -> Result<Vec<u8>, NTSTATUS> {
        let size = self.config.IdentificationDescriptionSize;
        let own = read(header.cast::<u32>().cast_const()).ok_or(STATUS_INVALID_PARAMETER)?;
        if own != size {
            let what = "a child's identification description has another size".to_owned();
            kernel.violate(Rule::Uninitialized, what);
            return Err(STATUS_INVALID_DEVICE_REQUEST);
        }
        Ok(read_bytes(header, size as usize))
    }

    /// Returns whether two descriptions are of the same child: by the driver's comparison callback,
    /// else by their bytes.
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

    /// Calls EvtChildListCreateDevice for each present child without a device, and removes the
    /// missing ones.
    fn update(&self, kernel: &Kernel) {
        if self.scanning.get() > 0 || self.iterating.get() > 0 {
            return;
        }
        let mut later = Vec::new();
        loop {
            let next = self
                .children
                .borrow()
                .iter()
                .find(|child| {
                    child.present && child.device.is_none() && !later.contains(&child.description)
                })
                .map(|child| child.description.clone());
            let Some(description) = next else { break };
            let device = match self.make(kernel, &description) {
                Made::Device(device) => Some(device),
                Made::Nothing => None,
                // The callback is called again when the list changes.
                Made::Later => {
                    later.push(description);
                    continue;
                }
            };
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

    fn make(&self, kernel: &Kernel, description: &[u8]) -> Made {
        let Some(create) = self.config.EvtChildListCreateDevice else { return Made::Nothing };
        let init = DeviceInit::new(kernel, DeviceKind::Child(self.device));
        init.is_lent.set(true);
        kernel.part::<Inits>().all.borrow_mut().push(init.clone());
        let arguments =
            (self.object().as_ptr(), description.as_ptr().cast_mut().cast(), init.address());
        let answer =
            invoke(kernel, &callback::EvtChildListCreateDevice, self.handle(), create, arguments);
        kernel.part::<Inits>().all.borrow_mut().retain(|own| !Rc::ptr_eq(own, &init));
        match init.created.borrow_mut().take() {
            Some(made) if NT_SUCCESS(answer) => {
                let _ = pnp::adopt(kernel, self.device as WDFDEVICE, made.as_ptr());
                Made::Device(made)
            }
            Some(made) => {
                object::delete(kernel, &made);
                Made::Nothing
            }
            None if answer == STATUS_RETRY => Made::Later,
            None => Made::Nothing,
        }
    }

    /// Updates the list when PnP queries it.
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
        Ok(parent) if parent.kind != DeviceKind::Function => {
            let what = "WdfPdoInitAllocate below a device that is no function device".to_owned();
            kernel.violate(Rule::BadArgument, what);
            std::ptr::null_mut()
        }
        Ok(parent) => {
            init::allocate(kernel, "WdfPdoInitAllocate", DeviceKind::Child(parent.handle()))
        }
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

/// WDF_RETRIEVE_CHILD_FLAGS.
const PRESENT: ULONG = 1;
const MISSING: ULONG = 2;
const PENDING: ULONG = 4;

/// Returns whether the flags select a device. Missing devices are no longer in the list.
fn is_wanted(child: &Device, flags: ULONG) -> bool {
    let flag = if child.power() == Power::Stopped { PENDING } else { PRESENT };
    flags & flag != 0
}

/// Source: fxdevicefdoapi.cpp.
fn WdfFdoRetrieveNextStaticChild(
    kernel: &Kernel,
    device: WDFDEVICE,
    previous: WDFDEVICE,
    flags: ULONG,
) -> WDFDEVICE {
    let Some(parent) = parent(kernel, device) else { return std::ptr::null_mut() };
    if flags == 0 || flags & !(PRESENT | MISSING | PENDING) != 0 {
        let what = format!("WdfFdoRetrieveNextStaticChild with the flags {flags:#x}");
        kernel.violate(Rule::BadArgument, what);
        return std::ptr::null_mut();
    }
    let children = parent.children.borrow();
    let before = children.iter().position(|child| child.handle() == previous as usize);
    let next = match (previous.is_null(), before) {
        (true, _) => 0,
        (false, Some(at)) => at + 1,
        (false, None) => children.len(),
    };
    children[next..]
        .iter()
        .find(|child| is_wanted(&device::body(child), flags))
        .map_or(std::ptr::null_mut(), |child| child.as_ptr())
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
        Some(DeviceKind::Child(parent)) => parent as WDFDEVICE,
        _ => std::ptr::null_mut(),
    }
}

fn WdfPdoRetrieveIdentificationDescription(
    kernel: &Kernel,
    child: WDFDEVICE,
    header: PWDF_CHILD_IDENTIFICATION_DESCRIPTION_HEADER,
) -> NTSTATUS {
    let parent = object::find(kernel, WdfPdoGetParent(kernel, child) as usize);
    let is_in = |own: &Described| {
        own.device.as_ref().is_some_and(|device| device.handle() == child as usize)
    };
    let has = |list: &ChildList| list.children.borrow().iter().any(is_in);
    let list = parent.and_then(|parent| object::child(&parent, has)).and_then(Ref::of);
    let Some(list): Option<Ref<ChildList>> = list else { return STATUS_INVALID_DEVICE_REQUEST };
    if let Some(found) = list.children.borrow().iter().find(|own| is_in(own)) {
        write_bytes(header, &found.description);
    }
    STATUS_SUCCESS
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
    let added = get(kernel, list).and_then(|list| Ok((list.describe(kernel, description)?, list)));
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
        let description = list.describe(kernel, description)?;
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

/// An iterator that a driver passes. Source: fxchildlistapi.cpp.
fn iterator_of(
    kernel: &Kernel,
    pointer: PWDF_CHILD_LIST_ITERATOR,
) -> Result<WDF_CHILD_LIST_ITERATOR, NTSTATUS> {
    let own = read(pointer).ok_or(STATUS_INVALID_PARAMETER)?;
    if own.Size != size_of::<WDF_CHILD_LIST_ITERATOR>() as u32 {
        let what = "WDF_CHILD_LIST_ITERATOR was not initialized".to_owned();
        kernel.violate(Rule::Uninitialized, what);
        return Err(STATUS_INFO_LENGTH_MISMATCH);
    }
    if own.Flags == 0 || own.Flags & !(PRESENT | MISSING | PENDING) != 0 {
        let what = format!("a child list's iterator with the flags {:#x}", own.Flags);
        kernel.violate(Rule::BadArgument, what);
        return Err(STATUS_INVALID_PARAMETER);
    }
    Ok(own)
}

/// The list does not change until the iteration ends. The iterator's first reserved word is its
/// position.
fn WdfChildListBeginIteration(
    kernel: &Kernel,
    list: WDFCHILDLIST,
    iterator: PWDF_CHILD_LIST_ITERATOR,
) {
    if let (Ok(list), Ok(mut own)) = (get(kernel, list), iterator_of(kernel, iterator)) {
        own.Reserved[0] = std::ptr::null_mut();
        list.iterating.set(list.iterating.get() + 1);
        write(iterator, own);
    }
}

fn WdfChildListEndIteration(
    kernel: &Kernel,
    list: WDFCHILDLIST,
    _iterator: PWDF_CHILD_LIST_ITERATOR,
) {
    let Ok(list) = get(kernel, list) else { return };
    match list.iterating.get().checked_sub(1) {
        Some(left) => list.iterating.set(left),
        None => kernel.violate(
            Rule::Unpaired,
            "WdfChildListEndIteration without WdfChildListBeginIteration".to_owned(),
        ),
    }
    list.queue_update(kernel);
}

fn WdfChildListRetrieveNextDevice(
    kernel: &Kernel,
    list: WDFCHILDLIST,
    iterator: PWDF_CHILD_LIST_ITERATOR,
    out: *mut WDFDEVICE,
    info: PWDF_CHILD_RETRIEVE_INFO,
) -> NTSTATUS {
    use _WDF_CHILD_LIST_RETRIEVE_DEVICE_STATUS as S;
    let (list, mut own) =
        match get(kernel, list).and_then(|list| Ok((list, iterator_of(kernel, iterator)?))) {
            Ok(both) => both,
            Err(status) => return status,
        };
    let is_wanted = |child: &Described| {
        let flag = match (child.present, &child.device) {
            (false, _) => MISSING,
            (true, None) => PENDING,
            (true, Some(_)) => PRESENT,
        };
        own.Flags & flag != 0
    };
    let start = own.Reserved[0] as usize;
    let children = list.children.borrow();
    let found = children.iter().enumerate().skip(start).find(|(_, child)| is_wanted(child));
    let Some((at, child)) = found else { return STATUS_NO_MORE_ENTRIES };
    own.Reserved[0] = (at + 1) as PVOID;
    write(iterator, own);
    write(out, child.device.as_ref().map_or(std::ptr::null_mut(), |device| device.as_ptr()));
    if let Some(mut own) = read(info) {
        if !own.IdentificationDescription.is_null() {
            write_bytes(own.IdentificationDescription, &child.description);
        }
        own.Status = match child.device {
            Some(_) => S::WdfChildListRetrieveDeviceSuccess,
            None => S::WdfChildListRetrieveDeviceNotYetCreated,
        };
        write(info, own);
    }
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
        .describe(kernel, info.IdentificationDescription)
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
