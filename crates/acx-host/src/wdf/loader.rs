//! The loader of frameworks: what a driver's entry stub binds through. Source: the fact collection's `binding.md`, "Loader exports".

use std::ffi::c_void;

use acx_sys::entry::*;
use acx_sys::*;

use crate::abi::{exports, read, write};
use crate::kernel::Kernel;

/// UTF-16 up to its terminating zero.
fn wide(text: *const u16) -> String {
    let units: Vec<u16> =
        (0..64).map_while(|at| read(text.wrapping_add(at)).filter(|unit| *unit != 0)).collect();
    String::from_utf16_lossy(&units)
}

fn WdfVersionBind(
    kernel: &Kernel,
    _driver: PDRIVER_OBJECT,
    _path: PUNICODE_STRING,
    info: *mut WDF_BIND_INFO,
    globals: *mut PVOID,
) -> NTSTATUS {
    let Some(info) = read(info) else { return STATUS_INVALID_PARAMETER };
    if !matches!(info.Size, 48 | 88) || wide(info.Component) != "KmdfLibrary" {
        return STATUS_INVALID_PARAMETER;
    }
    if info.Version.Major != 1 || info.Version.Minor > 33 || info.FuncCount > 458 {
        return STATUS_NOT_SUPPORTED;
    }
    *kernel.wdf.table.borrow_mut() = super::table(kernel);
    let mut own = kernel.wdf.globals.borrow_mut();
    **own = WDF_DRIVER_GLOBALS { DisplaceDriverUnload: 1, ..Default::default() };
    write(info.FuncTable.cast::<*const c_void>(), kernel.wdf.table.borrow().as_ptr().cast());
    write(globals, (&raw mut **own).cast());
    STATUS_SUCCESS
}

fn WdfVersionUnbind(
    kernel: &Kernel,
    _path: PUNICODE_STRING,
    _info: *mut WDF_BIND_INFO,
    _globals: PVOID,
) {
    // What EvtDriverUnload leaves, the framework deletes.
    let driver = kernel.wdf.driver.borrow_mut().take();
    if let Some(driver) = driver {
        kernel.objects.delete(kernel, &driver);
    }
}

fn WdfVersionBindClass(
    kernel: &Kernel,
    _info: *mut WDF_BIND_INFO,
    _globals: PVOID,
    class: *mut WDF_CLASS_BIND_INFO,
) -> NTSTATUS {
    let Some(class) = read(class) else { return STATUS_INVALID_PARAMETER };
    if !matches!(class.Size, 80 | 120) || wide(class.ClassName) != "Acx" {
        return STATUS_INVALID_PARAMETER;
    }
    if class.Version.Major != 1 || class.FunctionTableCount > 221 {
        return STATUS_NOT_SUPPORTED;
    }
    let table = crate::acx::table(kernel);
    for (index, entry) in table.iter().take(class.FunctionTableCount as usize).enumerate() {
        write(class.FunctionTable.cast::<*const c_void>().wrapping_add(index), *entry);
    }
    write(class.ClassBindInfo.cast::<PVOID>(), kernel.acx.globals_address());
    STATUS_SUCCESS
}

fn WdfVersionUnbindClass(
    _kernel: &Kernel,
    _info: *mut WDF_BIND_INFO,
    _globals: PVOID,
    _class: *mut WDF_CLASS_BIND_INFO,
) {
}

exports! {
    /// What WDFLDR.SYS exports.
    exports:
    WdfVersionBind(
        _driver: PDRIVER_OBJECT, _path: PUNICODE_STRING, info: *mut WDF_BIND_INFO,
        globals: *mut PVOID
    ) -> NTSTATUS: PASSIVE, fallible;
    WdfVersionUnbind(_path: PUNICODE_STRING, _info: *mut WDF_BIND_INFO, _globals: PVOID): PASSIVE;
    WdfVersionBindClass(
        _info: *mut WDF_BIND_INFO, _globals: PVOID, class: *mut WDF_CLASS_BIND_INFO
    ) -> NTSTATUS: PASSIVE, fallible;
    WdfVersionUnbindClass(
        _info: *mut WDF_BIND_INFO, _globals: PVOID, _class: *mut WDF_CLASS_BIND_INFO
    ): PASSIVE;
}
