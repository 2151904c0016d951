//! KMDF: binding, driver, device and its PnP and power states, and the objects that drivers use.
//!
//! | module | what is in it |
//! |---|---|
//! | `loader` | what a driver's entry stub binds through |
//! | `init`, `device`, `child` | devices: described, created, started, asleep, gone; children |
//! | `interface` | device interfaces and properties |
//! | `queue`, `request`, `target` | I/O: what comes in, and what a driver sends |
//! | `timer`, `later` | timers; DPCs and work items |
//! | `data`, `lock`, `registry` | memory, strings, collections; locks; keys |
//!
//! What is not here names itself when it is called: DMA, interrupts, hardware resources, USB, WMI.

pub(crate) mod callback;
pub(crate) mod child;
pub(crate) mod data;
pub(crate) mod device;
pub(crate) mod init;
mod interface;
mod later;
pub(crate) mod loader;
mod lock;
pub(crate) mod queue;
mod registry;
pub(crate) mod request;
pub(crate) mod target;
mod timer;

use std::cell::{Cell, RefCell};
use std::ffi::c_void;
use std::rc::Rc;

use acx_sys::*;

use crate::abi::{self, entries, read, write};
use crate::kernel::Kernel;
use crate::kernel::object::{Object, Objects};
use crate::kernel::thread::Gate;
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
    pub(crate) device_inits: RefCell<Vec<Rc<init::DeviceInit>>>,
    pub(crate) devices: RefCell<Vec<Rc<Object>>>,
    instances: Cell<u32>,
    /// PnP and power events go one after the other, of all devices: a parent's take its children's along.
    pub(crate) pnp: Gate,
    /// What lies below every function device: the bus driver's own object, of which drivers see the address.
    physical: RefCell<Box<DEVICE_OBJECT>>,
}

impl Framework {
    pub(crate) fn physical_device(&self) -> PDEVICE_OBJECT {
        &raw mut **self.physical.borrow_mut()
    }

    /// The number of the next root-enumerated device.
    fn next_instance(&self) -> u32 {
        self.instances.replace(self.instances.get() + 1)
    }
}

/// The driver object's body.
struct Driver {
    path: String,
}

/// An object of the driver's own: WdfObjectCreate.
struct General;

/// Every KMDF entry that the host has.
pub(crate) fn table(kernel: &Kernel) -> Vec<*const c_void> {
    let mut entries = general();
    for list in [
        init::entries,
        device::entries,
        child::entries,
        interface::entries,
        queue::entries,
        request::entries,
        target::entries,
        timer::entries,
        later::entries,
        data::entries,
        lock::entries,
        registry::entries,
    ] {
        entries.extend(list());
    }
    abi::wdf_table(&entries, kernel.convention())
}

/// The path of an open key.
pub(crate) fn key_path(kernel: &Kernel, key: WDFKEY) -> Result<String, NTSTATUS> {
    kernel.objects.get::<registry::Key>(kernel, key as usize).map(|key| key.path.clone())
}

/// The status of a result.
pub(crate) fn status(result: Result<(), NTSTATUS>) -> NTSTATUS {
    result.err().unwrap_or(STATUS_SUCCESS)
}

fn driver(kernel: &Kernel) -> WDFDRIVER {
    kernel.wdf.driver.borrow().as_ref().map_or(std::ptr::null_mut(), |driver| driver.as_ptr())
}

/// Source: wdfdriver.h, WdfDriverCreate.
fn WdfDriverCreate(
    kernel: &Kernel,
    _driver: PDRIVER_OBJECT,
    path: PCUNICODE_STRING,
    attributes: PWDF_OBJECT_ATTRIBUTES,
    config: PWDF_DRIVER_CONFIG,
    handle: *mut WDFDRIVER,
) -> NTSTATUS {
    let Some(config) = read(config) else { return STATUS_INVALID_PARAMETER };
    if config.Size != size_of::<WDF_DRIVER_CONFIG>() as u32 {
        kernel.violate(Rule::Uninitialized, "WDF_DRIVER_CONFIG was not initialized".to_owned());
        return STATUS_INFO_LENGTH_MISMATCH;
    }
    if kernel.wdf.driver.borrow().is_some() {
        return STATUS_INVALID_DEVICE_STATE;
    }
    let body = Driver { path: abi::text(path).unwrap_or_default() };
    status(kernel.objects.create(kernel, "WDFDRIVER", body, attributes, None).map(|driver| {
        kernel.wdf.device_add.set(config.EvtDriverDeviceAdd);
        kernel.wdf.driver_unload.set(config.EvtDriverUnload);
        kernel.wdf.globals.borrow_mut().Driver = driver.as_ptr();
        kernel.wdf.globals.borrow_mut().DriverTag = config.DriverPoolTag;
        write(handle, driver.as_ptr());
        *kernel.wdf.driver.borrow_mut() = Some(driver);
    }))
}

/// The string is the framework's; it lives as long as the driver.
fn WdfDriverGetRegistryPath(kernel: &Kernel, handle: WDFDRIVER) -> *mut u16 {
    let Ok(driver) = kernel.objects.get::<Driver>(kernel, handle as usize) else {
        return std::ptr::null_mut();
    };
    let path: Box<[u16]> = driver.path.encode_utf16().chain([0]).collect();
    let place = path.as_ptr().cast_mut();
    // Kept by the object's own end.
    driver.object().on_destroy(move |_| drop(path));
    place
}

fn WdfDriverWdmGetDriverObject(kernel: &Kernel, handle: WDFDRIVER) -> PDRIVER_OBJECT {
    let _ = kernel.objects.get::<Driver>(kernel, handle as usize);
    kernel.driver_object.get() as PDRIVER_OBJECT
}

fn WdfWdmDriverGetWdfDriverHandle(kernel: &Kernel, _object: PDRIVER_OBJECT) -> WDFDRIVER {
    driver(kernel)
}

fn WdfDriverRegisterTraceInfo(
    _kernel: &Kernel,
    _object: PDRIVER_OBJECT,
    _callback: PFN_WDF_TRACE_CALLBACK,
    _control: PVOID,
) -> NTSTATUS {
    STATUS_SUCCESS
}

fn WdfDriverRetrieveVersionString(
    kernel: &Kernel,
    handle: WDFDRIVER,
    string: WDFSTRING,
) -> NTSTATUS {
    status(kernel.objects.any(kernel, handle as usize).and_then(|_| {
        kernel
            .objects
            .get::<data::Text>(kernel, string as usize)
            .map(|string| string.set("Kernel Mode Driver Framework 1.33"))
    }))
}

fn WdfDriverIsVersionAvailable(
    kernel: &Kernel,
    handle: WDFDRIVER,
    parameters: PWDF_DRIVER_VERSION_AVAILABLE_PARAMS,
) -> BOOLEAN {
    let _ = kernel.objects.any(kernel, handle as usize);
    read(parameters)
        .map_or(0, |wanted| BOOLEAN::from(wanted.MajorVersion == 1 && wanted.MinorVersion <= 33))
}

/// Source: wdfobject.h, WdfObjectGetTypedContext. Any IRQL.
fn WdfObjectGetTypedContextWorker(
    kernel: &Kernel,
    object: WDFOBJECT,
    info: PCWDF_OBJECT_CONTEXT_TYPE_INFO,
) -> PVOID {
    kernel
        .objects
        .any(kernel, object as usize)
        .map_or(std::ptr::null_mut(), |object| object.context(info as usize))
}

/// Source: wdfobject.h, WdfObjectAllocateContext: a context that is there already is answered with STATUS_OBJECT_NAME_EXISTS.
fn WdfObjectAllocateContext(
    kernel: &Kernel,
    object: WDFOBJECT,
    attributes: PWDF_OBJECT_ATTRIBUTES,
    context: *mut PVOID,
) -> NTSTATUS {
    let Ok(object) = kernel.objects.any(kernel, object as usize) else {
        return STATUS_INVALID_HANDLE;
    };
    let info = read(attributes).map_or(0, |attributes| {
        read(attributes.ContextTypeInfo).map_or(0, |info| info.UniqueType as usize)
    });
    let known = object.context(info);
    if !known.is_null() {
        write(context, known);
        return STATUS_OBJECT_NAME_EXISTS;
    }
    write(context, Objects::add_context(&object, attributes));
    STATUS_SUCCESS
}

fn WdfObjectContextGetObject(kernel: &Kernel, context: PVOID) -> WDFOBJECT {
    kernel
        .objects
        .of_context(context as usize)
        .map_or(std::ptr::null_mut(), |object| object.as_ptr())
}

/// Source: wdfobject.h, WdfObjectReference.
fn WdfObjectReferenceActual(
    kernel: &Kernel,
    object: WDFOBJECT,
    _tag: PVOID,
    _line: LONG,
    _file: PCCH,
) {
    if let Ok(object) = kernel.objects.any(kernel, object as usize) {
        Objects::reference(&object);
    }
}

/// Source: wdfobject.h, WdfObjectDereference.
fn WdfObjectDereferenceActual(
    kernel: &Kernel,
    object: WDFOBJECT,
    _tag: PVOID,
    _line: LONG,
    _file: PCCH,
) {
    if let Ok(object) = kernel.objects.any(kernel, object as usize) {
        kernel.objects.dereference(kernel, &object);
    }
}

fn WdfObjectCreate(
    kernel: &Kernel,
    attributes: PWDF_OBJECT_ATTRIBUTES,
    handle: *mut WDFOBJECT,
) -> NTSTATUS {
    let parent = kernel.wdf.driver.borrow().clone();
    status(
        kernel
            .objects
            .create(kernel, "WDFOBJECT", General, attributes, parent.as_ref())
            .map(|object| write(handle, object.as_ptr())),
    )
}

/// Source: wdfobject.h, WdfObjectDelete.
fn WdfObjectDelete(kernel: &Kernel, object: WDFOBJECT) {
    if let Ok(object) = kernel.objects.any(kernel, object as usize) {
        kernel.objects.delete(kernel, &object);
    }
}

fn WdfObjectQuery(
    kernel: &Kernel,
    object: WDFOBJECT,
    _guid: *const GUID,
    _length: ULONG,
    _buffer: PVOID,
) -> NTSTATUS {
    status(kernel.objects.any(kernel, object as usize).and(Err(STATUS_NOT_FOUND)))
}

fn WdfVerifierDbgBreakPoint(kernel: &Kernel) {
    kernel.violate(
        Rule::Assertion,
        "WdfVerifierDbgBreakPoint without a debugger stops the system".to_owned(),
    );
}

fn WdfVerifierKeBugCheck(
    kernel: &Kernel,
    code: ULONG,
    _one: ULONG_PTR,
    _two: ULONG_PTR,
    _three: ULONG_PTR,
    _four: ULONG_PTR,
) {
    kernel.violate(Rule::BugCheck, format!("WdfVerifierKeBugCheck({code:#x})"));
}

entries! {
    /// Driver, objects.
    general:
    WdfDriverCreate: PASSIVE, fallible;
    WdfDriverGetRegistryPath: PASSIVE;
    WdfDriverWdmGetDriverObject: DISPATCH;
    WdfWdmDriverGetWdfDriverHandle: DISPATCH;
    WdfDriverRegisterTraceInfo: PASSIVE, fallible;
    WdfDriverRetrieveVersionString: PASSIVE, fallible;
    WdfDriverIsVersionAvailable: PASSIVE;
    WdfObjectGetTypedContextWorker: ANY;
    WdfObjectAllocateContext: DISPATCH, fallible;
    WdfObjectContextGetObject: ANY;
    WdfObjectReferenceActual: DISPATCH;
    WdfObjectDereferenceActual: DISPATCH;
    WdfObjectCreate: DISPATCH, fallible;
    WdfObjectDelete: DISPATCH;
    WdfObjectQuery: DISPATCH, fallible;
    WdfVerifierDbgBreakPoint: DISPATCH;
    WdfVerifierKeBugCheck: DISPATCH;
}
