//! The rest of ETW, WMI, and WPP, which no session of a machine listens to.

use acx_sys::*;

use crate::kernel::Kernel;
use crate::kernel::abi::write;
use crate::kernel::function::{Export, services};
use crate::kernel::trace::Session;
use crate::nt::string::wide;

fn EtwWrite(
    kernel: &Kernel,
    RegHandle: REGHANDLE,
    EventDescriptor: PCEVENT_DESCRIPTOR,
    _activity: LPCGUID,
    UserDataCount: ULONG,
    UserData: PEVENT_DATA_DESCRIPTOR,
) -> NTSTATUS {
    kernel.part::<Session>().write(kernel, RegHandle, EventDescriptor, UserDataCount, UserData)
}

fn EtwWriteEx(
    kernel: &Kernel,
    RegHandle: REGHANDLE,
    EventDescriptor: PCEVENT_DESCRIPTOR,
    _filter: u64,
    _flags: ULONG,
    _activity: LPCGUID,
    _related: LPCGUID,
    UserDataCount: ULONG,
    UserData: PEVENT_DATA_DESCRIPTOR,
) -> NTSTATUS {
    kernel.part::<Session>().write(kernel, RegHandle, EventDescriptor, UserDataCount, UserData)
}

fn EtwWriteString(
    kernel: &Kernel,
    RegHandle: REGHANDLE,
    Level: UCHAR,
    _keyword: u64,
    _activity: LPCGUID,
    String: PCWSTR,
) -> NTSTATUS {
    let text: Vec<u8> = wide(String).into_iter().flat_map(u16::to_le_bytes).collect();
    let descriptor = EVENT_DESCRIPTOR { Level, ..Default::default() };
    let mut data = EVENT_DATA_DESCRIPTOR {
        Ptr: text.as_ptr() as u64,
        Size: text.len() as u32,
        ..Default::default()
    };
    kernel.part::<Session>().write(kernel, RegHandle, &raw const descriptor, 1, &raw mut data)
}

fn EtwProviderEnabled(
    kernel: &Kernel,
    RegHandle: REGHANDLE,
    _level: UCHAR,
    _keyword: u64,
) -> BOOLEAN {
    BOOLEAN::from(kernel.part::<Session>().is_open(RegHandle))
}

fn EtwEventEnabled(
    kernel: &Kernel,
    RegHandle: REGHANDLE,
    _descriptor: PCEVENT_DESCRIPTOR,
) -> BOOLEAN {
    BOOLEAN::from(kernel.part::<Session>().is_open(RegHandle))
}

fn EtwActivityIdControl(_kernel: &Kernel, _code: ULONG, ActivityId: *mut GUID) -> NTSTATUS {
    write(ActivityId, GUID::default());
    STATUS_SUCCESS
}

fn IoWMIRegistrationControl(_kernel: &Kernel, _device: PVOID, _action: ULONG) -> NTSTATUS {
    STATUS_SUCCESS
}

fn IoWMIWriteEvent(_kernel: &Kernel, _data: PVOID) -> NTSTATUS {
    STATUS_UNSUCCESSFUL
}

fn WmiQueryTraceInformation(
    _kernel: &Kernel,
    _class: i32,
    _information: PVOID,
    _length: ULONG,
    _required: PVOID,
    _buffer: PVOID,
) -> NTSTATUS {
    STATUS_UNSUCCESSFUL
}

services! {
    /// ETW, WMI.
    services:
    EtwWrite: ANY;
    EtwWriteEx: ANY;
    EtwWriteString: ANY;
    EtwProviderEnabled: ANY;
    EtwEventEnabled: ANY;
    EtwActivityIdControl: ANY;
    IoWMIRegistrationControl: PASSIVE;
    IoWMIWriteEvent: ANY;
    WmiQueryTraceInformation: ANY;
}

/// What WppRecorder.sys exports: a recorder that keeps nothing.
pub(crate) fn recorder() -> Vec<Export> {
    let mut all = recorder_functions();
    // The import library knows most of them under this prefix.
    for export in recorder_functions() {
        let prefixed: &'static str = match export.name {
            "WppRecorderReplay" => "imp_WppRecorderReplay",
            "WppRecorderConfigure" => "imp_WppRecorderConfigure",
            "WppRecorderLogCreate" => "imp_WppRecorderLogCreate",
            "WppRecorderLogDelete" => "imp_WppRecorderLogDelete",
            "WppRecorderLogGetDefault" => "imp_WppRecorderLogGetDefault",
            "WppRecorderLogSetIdentifier" => "imp_WppRecorderLogSetIdentifier",
            "WppRecorderIsDefaultLogAvailable" => "imp_WppRecorderIsDefaultLogAvailable",
            "WppRecorderLogDumpLiveData" => "imp_WppRecorderLogDumpLiveData",
            "WppRecorderDumpLiveDriverData" => "imp_WppRecorderDumpLiveDriverData",
            "WppRecorderLinkCounters" => "imp_WppRecorderLinkCounters",
            _ => continue,
        };
        all.push(Export { name: prefixed, windows: export.windows });
    }
    all
}

fn WppAutoLogStart(
    _kernel: &Kernel,
    _control: PVOID,
    _driver: PVOID,
    _path: PCUNICODE_STRING,
) -> NTSTATUS {
    STATUS_SUCCESS
}

fn WppAutoLogStop(_kernel: &Kernel, _control: PVOID, _driver: PVOID) {}

/// Variadic; what it is given stays unread.
fn WppAutoLogTrace(
    _kernel: &Kernel,
    _log: PVOID,
    _level: UCHAR,
    _flags: ULONG,
    _guid: PVOID,
) -> NTSTATUS {
    STATUS_SUCCESS
}

fn WppRecorderReplay(
    _kernel: &Kernel,
    _control: PVOID,
    _handle: u64,
    _flags: ULONG,
    _level: UCHAR,
) {
}

fn WppRecorderConfigure(_kernel: &Kernel, _control: PVOID, _configuration: PVOID) {}

fn WppRecorderLogCreate(
    _kernel: &Kernel,
    _control: PVOID,
    _parameters: PVOID,
    Handle: *mut PVOID,
) -> NTSTATUS {
    write(Handle, std::ptr::without_provenance_mut(1));
    STATUS_SUCCESS
}

fn WppRecorderLogDelete(_kernel: &Kernel, _control: PVOID, _handle: PVOID) -> NTSTATUS {
    STATUS_SUCCESS
}

fn WppRecorderLogGetDefault(_kernel: &Kernel, _control: PVOID) -> PVOID {
    std::ptr::null_mut()
}

fn WppRecorderLogSetIdentifier(
    _kernel: &Kernel,
    _control: PVOID,
    _handle: PVOID,
    _identifier: PVOID,
) -> NTSTATUS {
    STATUS_SUCCESS
}

fn WppRecorderIsDefaultLogAvailable(_kernel: &Kernel, _control: PVOID) -> BOOLEAN {
    0
}

fn WppRecorderLogDumpLiveData(
    _kernel: &Kernel,
    _control: PVOID,
    _handle: PVOID,
    _buffer: PVOID,
    _length: PVOID,
) -> NTSTATUS {
    STATUS_NOT_SUPPORTED
}

fn WppRecorderDumpLiveDriverData(
    _kernel: &Kernel,
    _control: PVOID,
    _buffer: PVOID,
    _length: PVOID,
    _guid: PVOID,
) -> NTSTATUS {
    STATUS_NOT_SUPPORTED
}

fn WppRecorderLinkCounters(_kernel: &Kernel, _control: PVOID, _counters: PVOID) {}

services! {
    /// See [`recorder`].
    recorder_functions:
    WppAutoLogStart: PASSIVE;
    WppAutoLogStop: PASSIVE;
    WppAutoLogTrace: ANY;
    WppRecorderReplay: ANY;
    WppRecorderConfigure: PASSIVE;
    WppRecorderLogCreate: PASSIVE;
    WppRecorderLogDelete: PASSIVE;
    WppRecorderLogGetDefault: ANY;
    WppRecorderLogSetIdentifier: PASSIVE;
    WppRecorderIsDefaultLogAvailable: ANY;
    WppRecorderLogDumpLiveData: PASSIVE;
    WppRecorderDumpLiveDriverData: PASSIVE;
    WppRecorderLinkCounters: PASSIVE;
}
