//! KMDF: binding, driver, device and its PnP and power states, timers, requests, registry.
//!
//! What a driver does not use yet is not here: its entry names itself when it is called.

pub(crate) mod device;
pub(crate) mod loader;
pub(crate) mod request;
mod timer;

use std::cell::{Cell, RefCell};
use std::ffi::c_void;
use std::rc::Rc;

use acx_sys::*;

use crate::abi::{self, entries, read, write};
use crate::kernel::Kernel;
use crate::kernel::object::{Object, Objects};
use crate::report::Rule;

/// KMDF's state in one machine.
#[derive(Default)]
pub(crate) struct Framework {
    /// What WdfFunctions points at while a driver is bound.
    pub(crate) table: RefCell<Vec<*const c_void>>,
    pub(crate) globals: RefCell<Box<WDF_DRIVER_GLOBALS>>,
    pub(crate) driver: RefCell<Option<Rc<Object>>>,
    pub(crate) device_add: Cell<PFN_WDF_DRIVER_DEVICE_ADD>,
    pub(crate) driver_unload: Cell<PFN_WDF_DRIVER_UNLOAD>,
    /// Init objects that drivers hold: by address.
    pub(crate) device_inits: RefCell<Vec<Rc<device::DeviceInit>>>,
    pub(crate) devices: RefCell<Vec<Rc<Object>>>,
}

/// The driver object's body.
struct Driver;

/// A registry key.
struct Key;

/// Every KMDF entry that the host has.
pub(crate) fn table(kernel: &Kernel) -> Vec<*const c_void> {
    let mut entries = general();
    entries.extend(device::entries());
    entries.extend(timer::entries());
    entries.extend(request::entries());
    abi::wdf_table(&entries, kernel.convention())
}

/// The status of a result.
pub(crate) fn status(result: Result<(), NTSTATUS>) -> NTSTATUS {
    result.err().unwrap_or(STATUS_SUCCESS)
}

entries! {
    /// Driver, objects, registry.
    general:

    /// Source: wdfdriver.h, WdfDriverCreate.
    [0] fn WdfDriverCreate(kernel, _driver: PDRIVER_OBJECT, _path: PCUNICODE_STRING, attributes: PWDF_OBJECT_ATTRIBUTES, config: PWDF_DRIVER_CONFIG, handle: *mut WDFDRIVER) -> NTSTATUS {
        let Some(config) = read(config) else { return STATUS_INVALID_PARAMETER };
        if config.Size != size_of::<WDF_DRIVER_CONFIG>() as u32 {
            kernel.violate(Rule::Contract, "WDF_DRIVER_CONFIG was not initialized".to_owned());
            return STATUS_INFO_LENGTH_MISMATCH;
        }
        if kernel.wdf.driver.borrow().is_some() {
            return STATUS_INVALID_DEVICE_STATE;
        }
        status(kernel.objects.create(kernel, "WDFDRIVER", Driver, attributes, None).map(|driver| {
            kernel.wdf.device_add.set(config.EvtDriverDeviceAdd);
            kernel.wdf.driver_unload.set(config.EvtDriverUnload);
            kernel.wdf.globals.borrow_mut().Driver = driver.as_ptr();
            write(handle, driver.as_ptr());
            *kernel.wdf.driver.borrow_mut() = Some(driver);
        }))
    }

    /// Source: wdfobject.h, WdfObjectGetTypedContext. Any IRQL.
    [255] fn WdfObjectGetTypedContextWorker(kernel, object: WDFOBJECT, info: PCWDF_OBJECT_CONTEXT_TYPE_INFO) -> PVOID {
        kernel.objects.any(kernel, object as usize).map_or(std::ptr::null_mut(), |object| object.context(info as usize))
    }

    /// Source: wdfobject.h, WdfObjectAllocateContext.
    [2] fn WdfObjectAllocateContext(kernel, object: WDFOBJECT, attributes: PWDF_OBJECT_ATTRIBUTES, context: *mut PVOID) -> NTSTATUS {
        status(kernel.objects.any(kernel, object as usize).map(|object| {
            write(context, Objects::add_context(&object, attributes));
        }))
    }

    /// Source: wdfobject.h, WdfObjectReference.
    [2] fn WdfObjectReferenceActual(kernel, object: WDFOBJECT, _tag: PVOID, _line: LONG, _file: PCCH) {
        if let Ok(object) = kernel.objects.any(kernel, object as usize) {
            Objects::reference(&object);
        }
    }

    /// Source: wdfobject.h, WdfObjectDereference.
    [2] fn WdfObjectDereferenceActual(kernel, object: WDFOBJECT, _tag: PVOID, _line: LONG, _file: PCCH) {
        if let Ok(object) = kernel.objects.any(kernel, object as usize) {
            kernel.objects.dereference(kernel, &object);
        }
    }

    /// Source: wdfobject.h, WdfObjectDelete.
    [2] fn WdfObjectDelete(kernel, object: WDFOBJECT) {
        if let Ok(object) = kernel.objects.any(kernel, object as usize) {
            kernel.objects.delete(kernel, &object);
        }
    }

    /// Source: wdfdevice.h, WdfDeviceOpenRegistryKey. The host has one key for a device.
    [0] fn WdfDeviceOpenRegistryKey(kernel, device: WDFDEVICE, _kind: ULONG, _access: ACCESS_MASK, attributes: PWDF_OBJECT_ATTRIBUTES, key: *mut WDFKEY) -> NTSTATUS {
        let created = kernel.objects.any(kernel, device as usize)
            .and_then(|device| kernel.objects.create(kernel, "WDFKEY", Key, attributes, Some(&device)));
        status(created.map(|object| write(key, object.as_ptr())))
    }

    /// Source: wdfregistry.h, WdfRegistryQueryULong.
    [0] fn WdfRegistryQueryULong(kernel, key: WDFKEY, name: PCUNICODE_STRING, value: PULONG) -> NTSTATUS {
        let Some(name) = abi::text(name) else { return STATUS_INVALID_PARAMETER };
        if let Err(status) = kernel.objects.get::<Key>(kernel, key as usize) {
            return status;
        }
        match kernel.registry.borrow().get(&name) {
            Some(number) => { write(value, *number); STATUS_SUCCESS }
            None => STATUS_OBJECT_NAME_NOT_FOUND,
        }
    }

    /// Source: wdfregistry.h, WdfRegistryClose.
    [0] fn WdfRegistryClose(kernel, key: WDFKEY) {
        if let Ok(key) = kernel.objects.get::<Key>(kernel, key as usize) {
            kernel.objects.delete(kernel, key.object());
        }
    }
}
