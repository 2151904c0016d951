//! The structures that a driver and the loader (`WDFLDR.SYS`) exchange at binding time.
//!
//! Source: Microsoft's MIT `fxldr.h`, as `facts/wdf-layouts.tsv` (group WDF-bind) has it; sizes and
//! offsets are compared with it.

use crate::*;

/// `WdfVersionBindClass` and the class's own way of binding, which gets it to call. PASSIVE_LEVEL.
pub type PFN_WDF_VERSION_BIND_CLASS = Option<
    unsafe extern "C" fn(
        BindInfo: *mut WDF_BIND_INFO,
        Globals: PVOID,
        ClassBindInfo: *mut WDF_CLASS_BIND_INFO,
    ) -> NTSTATUS,
>;
pub type PFN_WDF_VERSION_UNBIND_CLASS = Option<
    unsafe extern "C" fn(
        BindInfo: *mut WDF_BIND_INFO,
        Globals: PVOID,
        ClassBindInfo: *mut WDF_CLASS_BIND_INFO,
    ),
>;
pub type PFN_CLIENT_BIND_CLASS = Option<
    unsafe extern "C" fn(
        BindFunction: PFN_WDF_VERSION_BIND_CLASS,
        BindInfo: *mut WDF_BIND_INFO,
        Globals: PVOID,
        ClassBindInfo: *mut WDF_CLASS_BIND_INFO,
    ) -> NTSTATUS,
>;
pub type PFN_CLIENT_UNBIND_CLASS = Option<
    unsafe extern "C" fn(
        UnbindFunction: PFN_WDF_VERSION_UNBIND_CLASS,
        BindInfo: *mut WDF_BIND_INFO,
        Globals: PVOID,
        ClassBindInfo: *mut WDF_CLASS_BIND_INFO,
    ),
>;

/// The framework's table of structure sizes.
pub type WDF_STRUCT_INFO = *const usize;

#[repr(C)]
#[derive(Copy, Clone, Debug)]
pub struct VERSION {
    pub Major: ULONG,
    pub Minor: ULONG,
    pub Build: ULONG,
}

pub type WDF_CLASS_VERSION = VERSION;

#[repr(C)]
#[derive(Copy, Clone, Debug)]
pub struct WDF_BIND_INFO {
    pub Size: ULONG,
    pub Component: *const WCHAR,
    pub Version: VERSION,
    pub FuncCount: ULONG,
    pub FuncTable: *mut *const WDFFUNC,
    pub Module: PVOID,
}

#[repr(C)]
#[derive(Copy, Clone, Debug)]
pub struct WDF_BIND_INFO2 {
    pub V1: WDF_BIND_INFO,
    pub MinimumVersionRequired: *mut ULONG,
    pub ClientVersionHigherThanFramework: *mut BOOLEAN,
    pub FuncCountPtr: *mut ULONG,
    pub StructCountPtr: *mut ULONG,
    pub StructTable: *mut WDF_STRUCT_INFO,
}

#[repr(C)]
#[derive(Copy, Clone, Debug)]
pub struct WDF_CLASS_BIND_INFO {
    pub Size: ULONG,
    pub ClassName: *const WCHAR,
    pub Version: VERSION,
    pub FunctionTable: *mut ACXFUNC,
    pub FunctionTableCount: ULONG,
    pub ClassBindInfo: PVOID,
    pub ClientBindClass: PFN_CLIENT_BIND_CLASS,
    pub ClientUnbindClass: PFN_CLIENT_UNBIND_CLASS,
    pub ClassModule: PVOID,
}

#[repr(C)]
#[derive(Copy, Clone, Debug)]
pub struct WDF_CLASS_BIND_INFO2 {
    pub V1: WDF_CLASS_BIND_INFO,
    pub MinimumVersionRequired: *mut ULONG,
    pub ClientVersionHigherThanFramework: *mut BOOLEAN,
    pub FuncCountPtr: *mut ULONG,
    pub StructCountPtr: *mut ULONG,
    pub StructTable: *mut WDF_STRUCT_INFO,
}

/// The loader's interface to a class extension such as ACX.
#[repr(C)]
#[derive(Copy, Clone, Debug)]
pub struct WDF_CLASS_LIBRARY_INFO {
    pub Size: ULONG,
    pub Version: VERSION,
    pub ClassLibraryInitialize: PVOID,
    pub ClassLibraryDeinitialize: PVOID,
    pub ClassLibraryBindClient: PVOID,
    pub ClassLibraryUnbindClient: PVOID,
}

/// The loader's interface to the framework.
#[repr(C)]
#[derive(Copy, Clone, Debug)]
pub struct WDF_LIBRARY_INFO {
    pub Size: ULONG,
    pub LibraryCommission: PVOID,
    pub LibraryDecommission: PVOID,
    pub LibraryRegisterClient: PVOID,
    pub LibraryUnregisterClient: PVOID,
    pub Version: VERSION,
}

#[repr(C)]
#[derive(Copy, Clone, Debug)]
pub struct WDF_INTERFACE_HEADER {
    pub InterfaceType: *const GUID,
    pub InterfaceSize: ULONG,
}

#[repr(C)]
#[derive(Copy, Clone, Debug)]
pub struct WDF_LOADER_INTERFACE {
    pub Header: WDF_INTERFACE_HEADER,
    pub RegisterLibrary: PVOID,
    pub VersionBind: PVOID,
    pub VersionUnbind: PVOID,
    pub DiagnosticsValueByNameAsULONG: PVOID,
}

#[repr(C)]
#[derive(Copy, Clone, Debug)]
pub struct CLIENT_INFO {
    pub Size: ULONG,
    pub RegistryPath: PUNICODE_STRING,
    pub DriverObject: PDRIVER_OBJECT,
}

/// The mark at the start of `.kmdfclassbind` and `.kmdftypeinit`.
#[repr(C, align(16))]
#[derive(Copy, Clone, Debug)]
pub struct MARKER_TYPE {
    pub Pad: [UCHAR; 16],
}
