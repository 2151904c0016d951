//! The loader of frameworks: a driver's entry stub binds through it. Source: the import libraries
//! of WDFLDR.SYS, and the public fxlibrarycommon.h and fxldr.h of the framework's source.

use std::ffi::c_void;

use acx_sys::entry::*;
use acx_sys::*;

use crate::kernel::abi::{read, write};
use crate::kernel::function::{self, Entry, exports, thunks};
use crate::kernel::loaded;
use crate::kernel::object;
use crate::kernel::report::Rule;
use crate::kernel::{Kernel, current};
use crate::wdf::extension;
use crate::wdf::framework;
use crate::wdf::missing;
use crate::wdf::{
    buffer, child, create, data, deferred, device, dispatch, driver, file, init, interface, io,
    lock, pnp, power, query, registry, request, resource, target, timer,
};

/// A driver calls an entry that the host lacks, or one that its version of KMDF does not have. The
/// result is 0 or NULL if it is not a status.
fn lacks(index: usize) -> u64 {
    let name = WDF_FUNCTION_NAMES.get(index).copied().unwrap_or("?");
    let kernel = current();
    let count = framework::own(&kernel).count.get();
    if index >= count {
        let what = format!(
            "bug check 0x10d (0x10, ...): {name} is called, and the version that the driver is \
             bound to has {count} functions"
        );
        kernel.violate(Rule::WdfViolation, what);
    } else {
        function::missing(name);
    }
    if missing::ANSWERS_STATUS.contains(&name) {
        u64::from(STATUS_NOT_IMPLEMENTED.cast_unsigned())
    } else {
        0
    }
}

/// Every KMDF function that the host has; calls of the others are reported by name.
fn entries() -> Vec<Entry> {
    let mut entries = Vec::new();
    for list in [
        driver::entries,
        init::entries,
        device::entries,
        create::entries,
        power::entries,
        pnp::entries,
        resource::entries,
        child::entries,
        interface::entries,
        query::entries,
        io::entries,
        dispatch::entries,
        file::entries,
        request::entries,
        buffer::entries,
        target::entries,
        timer::entries,
        deferred::entries,
        data::entries,
        lock::entries,
        registry::entries,
    ] {
        entries.extend(list());
    }
    entries
}

/// The names of the KMDF functions that the host has.
pub(crate) fn names() -> Vec<&'static str> {
    entries().iter().map(|entry| entry.name).collect()
}

/// The table that WdfFunctions points to.
fn table(kernel: &Kernel) -> Vec<*const c_void> {
    // The answer is in a register and the arguments are the caller's to drop, in both conventions.
    unsafe extern "C" fn thunk<const INDEX: usize>() -> u64 {
        lacks(INDEX)
    }
    let missing = thunks!(thunk: 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25
        26 27 28 29 30 31 32 33 34 35 36 37 38 39 40 41 42 43 44 45);
    let mut table =
        function::table(&WDF_FUNCTION_NAMES, &entries(), &missing, loaded::convention(kernel));
    let count = framework::own(kernel).count.get().min(table.len());
    table[count..].copy_from_slice(&missing[count..WDF_FUNCTION_NAMES.len()]);
    table
}

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
    let own = framework::own(kernel);
    own.count.set(info.FuncCount as usize);
    *own.table.borrow_mut() = table(kernel);
    let mut place = own.globals.borrow_mut();
    **place = WDF_DRIVER_GLOBALS { DisplaceDriverUnload: 1, ..Default::default() };
    write(info.FuncTable.cast::<*const c_void>(), own.table.borrow().as_ptr().cast());
    write(globals, (&raw mut **place).cast());
    STATUS_SUCCESS
}

fn WdfVersionUnbind(
    kernel: &Kernel,
    _path: PUNICODE_STRING,
    _info: *mut WDF_BIND_INFO,
    _globals: PVOID,
) {
    // The framework deletes the objects that EvtDriverUnload leaves.
    let driver = framework::own(kernel).driver.borrow_mut().take();
    if let Some(driver) = driver {
        object::delete(kernel, &driver);
    }
}

fn WdfVersionBindClass(
    kernel: &Kernel,
    _info: *mut WDF_BIND_INFO,
    _globals: PVOID,
    class: *mut WDF_CLASS_BIND_INFO,
) -> NTSTATUS {
    let Some(class) = read(class) else { return STATUS_INVALID_PARAMETER };
    let library = extension::find(kernel, &wide(class.ClassName));
    let Some(library) = library.filter(|_| matches!(class.Size, 80 | 120)) else {
        return STATUS_INVALID_PARAMETER;
    };
    let (major, count) = library.version();
    if class.Version.Major != major || class.FunctionTableCount > count {
        return STATUS_NOT_SUPPORTED;
    }
    let (table, globals) = library.bind(kernel);
    for (index, entry) in table.iter().take(class.FunctionTableCount as usize).enumerate() {
        write(class.FunctionTable.cast::<*const c_void>().wrapping_add(index), *entry);
    }
    write(class.ClassBindInfo.cast::<PVOID>(), globals);
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
    /// The exports of WDFLDR.SYS.
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
