//! The driver object, and the functions of all objects. Source: wdfdriver.h, wdfobject.h pages.

use acx_sys::*;

use super::data;
use super::framework;
use crate::kernel::Kernel;
use crate::kernel::abi::{self, read, status, write};
use crate::kernel::attributes::{self, Limits};
use crate::kernel::function::entries;
use crate::kernel::loaded::Loaded;
use crate::kernel::object;
use crate::kernel::report::Rule;

/// The driver object's body.
struct Driver {
    path: String,
}

/// A driver-defined object: WdfObjectCreate.
struct General;

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
    // Older versions of the structure, without the tag, have the same size.
    if config.Size != size_of::<WDF_DRIVER_CONFIG>() as u32 {
        kernel.violate(Rule::Uninitialized, "WDF_DRIVER_CONFIG was not initialized".to_owned());
        return STATUS_INFO_LENGTH_MISMATCH;
    }
    let own = framework::own(kernel);
    if own.driver.borrow().is_some() {
        return STATUS_DRIVER_INTERNAL_ERROR;
    }
    let flags = config.DriverInitFlags;
    let non_pnp = _WDF_DRIVER_INIT_FLAGS::WdfDriverInitNonPnpDriver as ULONG;
    let known = non_pnp | _WDF_DRIVER_INIT_FLAGS::WdfDriverInitNoDispatchOverride as ULONG;
    if flags & !known != 0 || flags & non_pnp != 0 && config.EvtDriverDeviceAdd.is_some() {
        kernel.violate(Rule::BadArgument, format!("DriverInitFlags {flags:#x}"));
        return STATUS_INVALID_PARAMETER;
    }
    let body = Driver { path: abi::text(path).unwrap_or_default() };
    status(object::create(kernel, "WDFDRIVER", body, attributes, None).map(|driver| {
        own.device_add.set(config.EvtDriverDeviceAdd);
        own.driver_unload.set(config.EvtDriverUnload);
        own.globals.borrow_mut().Driver = driver.as_ptr();
        own.globals.borrow_mut().DriverTag = config.DriverPoolTag;
        write(handle, driver.as_ptr());
        *own.driver.borrow_mut() = Some(driver);
    }))
}

/// The string is the framework's; it lives as long as the driver.
fn WdfDriverGetRegistryPath(kernel: &Kernel, handle: WDFDRIVER) -> *mut u16 {
    let Ok(driver) = object::get::<Driver>(kernel, handle as usize) else {
        return std::ptr::null_mut();
    };
    let path: Box<[u16]> = driver.path.encode_utf16().chain([0]).collect();
    let place = path.as_ptr().cast_mut();
    // Kept by the object's own end.
    driver.object().on_destroy(move |_| drop(path));
    place
}

fn WdfDriverWdmGetDriverObject(kernel: &Kernel, handle: WDFDRIVER) -> PDRIVER_OBJECT {
    let number = object::get::<Driver>(kernel, handle as usize).map(|own| own.object().owner());
    let code = number.ok().and_then(|number| kernel.part::<Loaded>().numbered(number));
    code.map_or(std::ptr::null_mut(), |code| code.object as PDRIVER_OBJECT)
}

fn WdfWdmDriverGetWdfDriverHandle(kernel: &Kernel, object: PDRIVER_OBJECT) -> WDFDRIVER {
    let code = kernel.part::<Loaded>().of_object(object as usize);
    let driver = code.and_then(|code| framework::of(kernel, code.number).driver.borrow().clone());
    driver.map_or(std::ptr::null_mut(), |driver| driver.as_ptr())
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
    status(object::any(kernel, handle as usize).and_then(|_| {
        object::get::<data::Text>(kernel, string as usize)
            .map(|string| string.set("Kernel Mode Driver Framework 1.33"))
    }))
}

fn WdfDriverIsVersionAvailable(
    kernel: &Kernel,
    handle: WDFDRIVER,
    parameters: PWDF_DRIVER_VERSION_AVAILABLE_PARAMS,
) -> BOOLEAN {
    let _ = object::any(kernel, handle as usize);
    let has = |wanted: WDF_DRIVER_VERSION_AVAILABLE_PARAMS| {
        wanted.MajorVersion == 1 && wanted.MinorVersion <= 33
    };
    BOOLEAN::from(read(parameters).is_some_and(has))
}

/// Source: wdfobject.h, WdfObjectGetTypedContext. Any IRQL.
fn WdfObjectGetTypedContextWorker(
    kernel: &Kernel,
    object: WDFOBJECT,
    info: PCWDF_OBJECT_CONTEXT_TYPE_INFO,
) -> PVOID {
    object::any(kernel, object as usize)
        .map_or(std::ptr::null_mut(), |object| object.context(info as usize))
}

/// Source: wdfobject.h, WdfObjectAllocateContext; handleapi.cpp, FxObjectAllocateContext. If the
/// context exists, the result is STATUS_OBJECT_NAME_EXISTS.
fn WdfObjectAllocateContext(
    kernel: &Kernel,
    object: WDFOBJECT,
    attributes: PWDF_OBJECT_ATTRIBUTES,
    context: *mut PVOID,
) -> NTSTATUS {
    let Ok(object) = object::any(kernel, object as usize) else {
        return STATUS_INVALID_HANDLE;
    };
    let Some(given) = read(attributes) else {
        return attributes::STATUS_WDF_PARENT_NOT_SPECIFIED;
    };
    if let Err(status) = attributes::check(kernel, "context", attributes, Limits::CONTEXT) {
        return status;
    }
    if given.ContextTypeInfo.is_null() {
        return STATUS_OBJECT_NAME_INVALID;
    }
    if !object.is_alive() {
        return STATUS_DELETE_PENDING;
    }
    let known = object.context(given.ContextTypeInfo as usize);
    if !known.is_null() {
        write(context, known);
        return STATUS_OBJECT_NAME_EXISTS;
    }
    write(context, object::add_context(&object, attributes));
    STATUS_SUCCESS
}

fn WdfObjectContextGetObject(kernel: &Kernel, context: PVOID) -> WDFOBJECT {
    object::of_context(kernel, context as usize)
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
    if let Ok(object) = object::any(kernel, object as usize) {
        object::reference(&object);
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
    if let Ok(object) = object::any(kernel, object as usize) {
        object::dereference(kernel, &object);
    }
}

fn WdfObjectCreate(
    kernel: &Kernel,
    attributes: PWDF_OBJECT_ATTRIBUTES,
    handle: *mut WDFOBJECT,
) -> NTSTATUS {
    let parent = framework::driver(kernel);
    status(
        object::create(kernel, "WDFOBJECT", General, attributes, parent.as_ref())
            .map(|object| write(handle, object.as_ptr())),
    )
}

/// Source: fxobjectapi.cpp, WdfObjectDelete: an object that the framework owns is not deleted, and
/// the verifier breaks.
fn WdfObjectDelete(kernel: &Kernel, object: WDFOBJECT) {
    let Ok(object) = object::any(kernel, object as usize) else { return };
    let is_frameworks = ["WDFDRIVER", "WDFFILEOBJECT"].contains(&object.kind());
    if is_frameworks || object.is_protected() {
        let what = format!("WdfObjectDelete of a {} that the framework deletes", object.kind());
        kernel.violate(Rule::BadArgument, what);
        return;
    }
    object::delete(kernel, &object);
}

fn WdfObjectQuery(
    kernel: &Kernel,
    object: WDFOBJECT,
    _guid: *const GUID,
    _length: ULONG,
    _buffer: PVOID,
) -> NTSTATUS {
    status(object::any(kernel, object as usize).and(Err(STATUS_NOT_FOUND)))
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
    entries:
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
