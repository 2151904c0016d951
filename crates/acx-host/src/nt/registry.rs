//! Registry keys through handles, and RtlQueryRegistryValues.

use acx_sys::*;

use crate::kernel::Kernel;
use crate::kernel::abi::status;
use crate::kernel::abi::{read, read_bytes, text, write, write_bytes};
use crate::kernel::call::invoke;
use crate::kernel::device;
use crate::kernel::driver;
use crate::kernel::function::services;
use crate::kernel::loaded;
use crate::kernel::pool::Pool;
use crate::kernel::registry::Registry;
use crate::kernel::registry::{SERVICES, Value, join};
use crate::kernel::report::Rule;
use crate::kernel::string::{allocate, put};
use crate::nt::callback;
use crate::nt::handle::Handles;
use crate::nt::handle::{HandleObject, path};
use crate::nt::string::{narrow, wide};

const TAG: u32 = u32::from_le_bytes(*b"RtlQ");

/// The path that RTL_REGISTRY_* and a string or handle name.
fn relative(kernel: &Kernel, relative_to: ULONG, from: PCWSTR) -> Result<String, NTSTATUS> {
    // RTL_REGISTRY_HANDLE and RTL_REGISTRY_OPTIONAL.
    if relative_to & 0x4000_0000 != 0 {
        return kernel.part::<Handles>().key(kernel, from.cast_mut().cast());
    }
    let name = String::from_utf16_lossy(&wide(from));
    let root = match relative_to & 0xFF {
        0 => return Ok(name),
        1 => SERVICES,
        2 => r"\Registry\Machine\System\CurrentControlSet\Control",
        3 => r"\Registry\Machine\Software\Microsoft\Windows NT\CurrentVersion",
        4 => r"\Registry\Machine\Hardware\DeviceMap",
        5 => r"\Registry\User\.Default",
        _ => return Err(STATUS_INVALID_PARAMETER),
    };
    Ok(join(root, &name))
}

/// Flags of RTL_QUERY_REGISTRY_TABLE.
mod flag {
    pub(super) const SUBKEY: u32 = 1;
    pub(super) const TOPKEY: u32 = 2;
    pub(super) const REQUIRED: u32 = 4;
    pub(super) const NOVALUE: u32 = 8;
    pub(super) const DIRECT: u32 = 0x20;
    pub(super) const DELETE: u32 = 0x40;
    pub(super) const TYPECHECK: u32 = 0x100;
}

/// An entry of the table that a driver passes: 56 bytes.
#[repr(C)]
#[derive(Clone, Copy)]
struct Entry {
    routine: Option<QueryRoutine>,
    flags: u32,
    name: PCWSTR,
    context: PVOID,
    default_kind: u32,
    default: PVOID,
    default_length: u32,
}

type QueryRoutine = unsafe extern "C" fn(PCWSTR, ULONG, PVOID, ULONG, PVOID, PVOID) -> NTSTATUS;

fn units(bytes: &[u8]) -> Vec<u16> {
    let (pairs, _) = bytes.as_chunks::<2>();
    let mut units: Vec<u16> = pairs.iter().map(|pair| u16::from_le_bytes(*pair)).collect();
    while units.last() == Some(&0) {
        units.pop();
    }
    units
}

/// Stores a value where the entry says. Source: RtlQueryRegistryValues, RTL_QUERY_REGISTRY_DIRECT.
fn direct(kernel: &Kernel, entry: &Entry, value: &Value) -> NTSTATUS {
    let wanted = entry.default_kind >> 24;
    if entry.flags & flag::TYPECHECK != 0 && wanted != value.kind {
        return STATUS_OBJECT_TYPE_MISMATCH;
    }
    match value.kind {
        REG_SZ | REG_EXPAND_SZ | REG_MULTI_SZ => {
            let place = entry.context.cast::<UNICODE_STRING>();
            let units = units(&value.bytes);
            match read(place) {
                Some(own) if own.Buffer.is_null() => allocate(kernel, place, &units),
                _ => put(place, 0, &units),
            }
        }
        _ if value.bytes.len() <= size_of::<ULONG>() => {
            write_bytes(entry.context, &value.bytes);
            STATUS_SUCCESS
        }
        _ => {
            // The buffer begins with its size: negative, it takes the data alone, else length, type
            // and data.
            let size = read(entry.context.cast::<i32>()).unwrap_or_default();
            let head = [value.bytes.len() as u32, value.kind].map(u32::to_le_bytes).concat();
            let bytes =
                if size < 0 { value.bytes.clone() } else { [&head, &*value.bytes].concat() };
            if (size.unsigned_abs() as usize) < bytes.len() {
                return STATUS_BUFFER_TOO_SMALL;
            }
            write_bytes(entry.context, &bytes);
            STATUS_SUCCESS
        }
    }
}

fn call(
    kernel: &Kernel,
    routine: QueryRoutine,
    entry: &Entry,
    value: &Value,
    context: PVOID,
) -> NTSTATUS {
    let name: Vec<u16> = value.name.encode_utf16().chain([0]).collect();
    let data = match entry.flags & flag::NOVALUE {
        0 => kernel.part::<Pool>().allocate(kernel, value.bytes.len().max(1), TAG, false),
        _ => 0,
    };
    write_bytes(data as *mut u8, &value.bytes);
    let arguments = (
        name.as_ptr(),
        value.kind,
        data as PVOID,
        value.bytes.len() as u32,
        context,
        entry.context,
    );
    let answer = invoke(kernel, &callback::RTL_QUERY_REGISTRY_ROUTINE, 0, routine, arguments);
    if data != 0 {
        kernel.part::<Pool>().free(kernel, data, None);
    }
    // Its routine says so to try again with more room, which is not an error.
    if answer == STATUS_BUFFER_TOO_SMALL { STATUS_SUCCESS } else { answer }
}

/// What an entry's own default gives.
fn default(entry: &Entry, name: &str) -> Option<Value> {
    let kind = entry.default_kind & 0x00FF_FFFF;
    if kind == 0 {
        return None;
    }
    let bytes = |length: usize| read_bytes(entry.default, length);
    let length = match (entry.default_length, kind) {
        (0, REG_SZ | REG_EXPAND_SZ) => (wide(entry.default.cast()).len() + 1) * 2,
        (0, REG_DWORD) => 4,
        (length, _) => length as usize,
    };
    Some(Value { name: name.to_owned(), kind, bytes: bytes(length) })
}

fn query_values(kernel: &Kernel, base: &str, table: *const Entry, context: PVOID) -> NTSTATUS {
    if !kernel.part::<Registry>().exists(base) {
        return STATUS_OBJECT_NAME_NOT_FOUND;
    }
    let mut key = base.to_owned();
    for at in 0.. {
        let Some(entry) = read(table.wrapping_add(at)) else { break };
        let is_end = entry.routine.is_none() && entry.flags & (flag::SUBKEY | flag::DIRECT) == 0;
        if is_end {
            break;
        }
        if entry.flags & flag::TOPKEY != 0 {
            base.clone_into(&mut key);
        }
        let name = if entry.name.is_null() {
            String::new()
        } else {
            String::from_utf16_lossy(&wide(entry.name))
        };
        if entry.flags & flag::SUBKEY != 0 {
            key = join(base, &name);
            if !kernel.part::<Registry>().exists(&key) {
                return STATUS_OBJECT_NAME_NOT_FOUND;
            }
            continue;
        }
        if entry.flags & flag::DIRECT != 0 && entry.name.is_null() {
            return STATUS_INVALID_PARAMETER;
        }
        if entry.flags & flag::DIRECT != 0 && entry.flags & flag::TYPECHECK == 0 {
            let what = "RtlQueryRegistryValues with DIRECT and without TYPECHECK can overrun the driver's memory";
            kernel.violate(Rule::BadArgument, what.to_owned());
        }
        let values = if entry.flags & flag::NOVALUE != 0 {
            vec![Value { name, kind: 0, bytes: Vec::new() }]
        } else if entry.name.is_null() {
            kernel.part::<Registry>().values(&key)
        } else {
            match kernel.part::<Registry>().get(&key, &name) {
                Ok(value) => vec![value],
                Err(status) if entry.flags & flag::REQUIRED != 0 => return status,
                // Without a default there is nothing to say.
                Err(_) => default(&entry, &name).into_iter().collect(),
            }
        };
        for value in values {
            let answer = match entry.routine {
                _ if entry.flags & flag::DIRECT != 0 => direct(kernel, &entry, &value),
                Some(routine) => call(kernel, routine, &entry, &value, context),
                None => STATUS_INVALID_PARAMETER,
            };
            if !NT_SUCCESS(answer) {
                return answer;
            }
            if entry.flags & flag::DELETE != 0 {
                let _ = kernel.part::<Registry>().remove_value(&key, &value.name);
            }
        }
    }
    STATUS_SUCCESS
}

/// KEY_VALUE_*_INFORMATION as bytes, and how many of them are the head.
fn value_information(class: i32, value: &Value) -> Option<(Vec<u8>, usize)> {
    let name: Vec<u8> = value.name.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let length = (value.bytes.len() as u32).to_le_bytes();
    let mut bytes = 0u32.to_le_bytes().to_vec();
    bytes.extend(value.kind.to_le_bytes());
    match class {
        // Basic: title, type, name.
        0 => {
            bytes.extend((name.len() as u32).to_le_bytes());
            bytes.extend(&name);
            Some((bytes, 12))
        }
        // Full: title, type, where the data is, its length, name, data.
        1 => {
            let at = (20 + name.len()).next_multiple_of(4);
            bytes.extend((at as u32).to_le_bytes());
            bytes.extend(length);
            bytes.extend((name.len() as u32).to_le_bytes());
            bytes.extend(&name);
            bytes.resize(at, 0);
            bytes.extend(&value.bytes);
            Some((bytes, 20))
        }
        // Partial: title, type, length, data.
        2 => {
            bytes.extend(length);
            bytes.extend(&value.bytes);
            Some((bytes, 12))
        }
        _ => None,
    }
}

/// Copies out what fits, by the rules of ZwQueryValueKey.
fn copy_out(bytes: &[u8], head: usize, out: PVOID, length: ULONG, result: *mut ULONG) -> NTSTATUS {
    write(result, bytes.len() as u32);
    let room = length as usize;
    let fits = bytes.len().min(room);
    if room < head {
        return STATUS_BUFFER_TOO_SMALL;
    }
    write_bytes(out, &bytes[..fits]);
    if fits < bytes.len() { STATUS_BUFFER_OVERFLOW } else { STATUS_SUCCESS }
}

fn open(kernel: &Kernel, out: *mut HANDLE, path: String) -> NTSTATUS {
    if !kernel.part::<Registry>().exists(&path) {
        return STATUS_OBJECT_NAME_NOT_FOUND;
    }
    write(out, kernel.part::<Handles>().open(kernel, HandleObject::Key(path)));
    STATUS_SUCCESS
}

fn ZwOpenKey(
    kernel: &Kernel,
    KeyHandle: *mut HANDLE,
    _access: ACCESS_MASK,
    ObjectAttributes: *const OBJECT_ATTRIBUTES,
) -> NTSTATUS {
    path(kernel, ObjectAttributes)
        .map_or_else(|status| status, |path| open(kernel, KeyHandle, path))
}

fn ZwOpenKeyEx(
    kernel: &Kernel,
    KeyHandle: *mut HANDLE,
    _access: ACCESS_MASK,
    ObjectAttributes: *const OBJECT_ATTRIBUTES,
    _options: ULONG,
) -> NTSTATUS {
    path(kernel, ObjectAttributes)
        .map_or_else(|status| status, |path| open(kernel, KeyHandle, path))
}

fn ZwCreateKey(
    kernel: &Kernel,
    KeyHandle: *mut HANDLE,
    _access: ACCESS_MASK,
    ObjectAttributes: *const OBJECT_ATTRIBUTES,
    _title: ULONG,
    _class: PUNICODE_STRING,
    _options: ULONG,
    Disposition: *mut ULONG,
) -> NTSTATUS {
    match path(kernel, ObjectAttributes) {
        Ok(path) => {
            // REG_CREATED_NEW_KEY or REG_OPENED_EXISTING_KEY.
            write(Disposition, if kernel.part::<Registry>().create(&path) { 2 } else { 1 });
            open(kernel, KeyHandle, path)
        }
        Err(status) => status,
    }
}

fn ZwDeleteKey(kernel: &Kernel, KeyHandle: HANDLE) -> NTSTATUS {
    status(
        kernel
            .part::<Handles>()
            .key(kernel, KeyHandle)
            .map(|path| kernel.part::<Registry>().remove(&path)),
    )
}

fn ZwFlushKey(kernel: &Kernel, KeyHandle: HANDLE) -> NTSTATUS {
    status(kernel.part::<Handles>().key(kernel, KeyHandle).map(drop))
}

fn ZwQueryValueKey(
    kernel: &Kernel,
    KeyHandle: HANDLE,
    ValueName: PCUNICODE_STRING,
    KeyValueInformationClass: i32,
    KeyValueInformation: PVOID,
    Length: ULONG,
    ResultLength: *mut ULONG,
) -> NTSTATUS {
    let name = text(ValueName).unwrap_or_default();
    let value = kernel
        .part::<Handles>()
        .key(kernel, KeyHandle)
        .and_then(|path| kernel.part::<Registry>().get(&path, &name));
    match value {
        Ok(value) => match value_information(KeyValueInformationClass, &value) {
            Some((bytes, head)) => {
                copy_out(&bytes, head, KeyValueInformation, Length, ResultLength)
            }
            None => STATUS_INVALID_PARAMETER,
        },
        Err(status) => status,
    }
}

fn ZwEnumerateValueKey(
    kernel: &Kernel,
    KeyHandle: HANDLE,
    Index: ULONG,
    KeyValueInformationClass: i32,
    KeyValueInformation: PVOID,
    Length: ULONG,
    ResultLength: *mut ULONG,
) -> NTSTATUS {
    match kernel.part::<Handles>().key(kernel, KeyHandle) {
        Ok(path) => match kernel.part::<Registry>().values(&path).get(Index as usize) {
            Some(value) => match value_information(KeyValueInformationClass, value) {
                Some((bytes, head)) => {
                    copy_out(&bytes, head, KeyValueInformation, Length, ResultLength)
                }
                None => STATUS_INVALID_PARAMETER,
            },
            None => STATUS_NO_MORE_ENTRIES,
        },
        Err(status) => status,
    }
}

/// KeyBasicInformation only: time, title, name.
fn ZwEnumerateKey(
    kernel: &Kernel,
    KeyHandle: HANDLE,
    Index: ULONG,
    KeyInformationClass: i32,
    KeyInformation: PVOID,
    Length: ULONG,
    ResultLength: *mut ULONG,
) -> NTSTATUS {
    if KeyInformationClass != 0 {
        return STATUS_NOT_SUPPORTED;
    }
    match kernel.part::<Handles>().key(kernel, KeyHandle) {
        Ok(path) => match kernel.part::<Registry>().subkeys(&path).get(Index as usize) {
            Some(name) => {
                let name: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
                let mut bytes = vec![0; 12];
                bytes.extend((name.len() as u32).to_le_bytes());
                bytes.extend(name);
                copy_out(&bytes, 16, KeyInformation, Length, ResultLength)
            }
            None => STATUS_NO_MORE_ENTRIES,
        },
        Err(status) => status,
    }
}

fn ZwSetValueKey(
    kernel: &Kernel,
    KeyHandle: HANDLE,
    ValueName: PCUNICODE_STRING,
    _title: ULONG,
    Type: ULONG,
    Data: PVOID,
    DataSize: ULONG,
) -> NTSTATUS {
    let name = text(ValueName).unwrap_or_default();
    status(kernel.part::<Handles>().key(kernel, KeyHandle).map(|path| {
        kernel.part::<Registry>().set(&path, &name, Type, &read_bytes(Data, DataSize as usize));
    }))
}

fn ZwDeleteValueKey(kernel: &Kernel, KeyHandle: HANDLE, ValueName: PCUNICODE_STRING) -> NTSTATUS {
    let name = text(ValueName).unwrap_or_default();
    status(
        kernel
            .part::<Handles>()
            .key(kernel, KeyHandle)
            .and_then(|path| kernel.part::<Registry>().remove_value(&path, &name)),
    )
}

/// PLUGPLAY_REGKEY_DEVICE is the hardware key, PLUGPLAY_REGKEY_DRIVER the software key.
fn IoOpenDeviceRegistryKey(
    kernel: &Kernel,
    DeviceObject: PDEVICE_OBJECT,
    DevInstKeyType: ULONG,
    _access: ACCESS_MASK,
    DeviceRegKey: *mut HANDLE,
) -> NTSTATUS {
    let path = device::of_object(kernel, DeviceObject).map(|device| {
        if DevInstKeyType & PLUGPLAY_REGKEY_DRIVER != 0 {
            driver::software_key(loaded::number(kernel))
        } else {
            device.hardware_key()
        }
    });
    let Some(path) = path else { return STATUS_INVALID_DEVICE_REQUEST };
    kernel.part::<Registry>().create(&path);
    open(kernel, DeviceRegKey, path)
}

/// DriverRegKeyParameters is 0.
fn IoOpenDriverRegistryKey(
    kernel: &Kernel,
    _driver: PDRIVER_OBJECT,
    RegKeyType: i32,
    _access: ACCESS_MASK,
    _flags: ULONG,
    DriverRegKey: *mut HANDLE,
) -> NTSTATUS {
    if !(0..=2).contains(&RegKeyType) {
        return STATUS_INVALID_PARAMETER;
    }
    let path = driver::parameters_key(kernel);
    kernel.part::<Registry>().create(&path);
    open(kernel, DriverRegKey, path)
}

fn RtlQueryRegistryValues(
    kernel: &Kernel,
    RelativeTo: ULONG,
    Path: PCWSTR,
    QueryTable: PVOID,
    Context: PVOID,
    _environment: PVOID,
) -> NTSTATUS {
    relative(kernel, RelativeTo, Path).map_or_else(
        |status| status,
        |path| query_values(kernel, &path, QueryTable.cast(), Context),
    )
}

fn RtlQueryRegistryValuesEx(
    kernel: &Kernel,
    RelativeTo: ULONG,
    Path: PCWSTR,
    QueryTable: PVOID,
    Context: PVOID,
    _environment: PVOID,
) -> NTSTATUS {
    relative(kernel, RelativeTo, Path).map_or_else(
        |status| status,
        |path| query_values(kernel, &path, QueryTable.cast(), Context),
    )
}

fn RtlWriteRegistryValue(
    kernel: &Kernel,
    RelativeTo: ULONG,
    Path: PCWSTR,
    ValueName: PCWSTR,
    ValueType: ULONG,
    ValueData: PVOID,
    ValueLength: ULONG,
) -> NTSTATUS {
    let name = String::from_utf16_lossy(&wide(ValueName));
    status(relative(kernel, RelativeTo, Path).map(|path| {
        kernel.part::<Registry>().set(
            &path,
            &name,
            ValueType,
            &read_bytes(ValueData, ValueLength as usize),
        );
    }))
}

fn RtlDeleteRegistryValue(
    kernel: &Kernel,
    RelativeTo: ULONG,
    Path: PCWSTR,
    ValueName: PCWSTR,
) -> NTSTATUS {
    let name = String::from_utf16_lossy(&wide(ValueName));
    status(
        relative(kernel, RelativeTo, Path)
            .and_then(|path| kernel.part::<Registry>().remove_value(&path, &name)),
    )
}

fn RtlCheckRegistryKey(kernel: &Kernel, RelativeTo: ULONG, Path: PCWSTR) -> NTSTATUS {
    match relative(kernel, RelativeTo, Path) {
        Ok(path) if kernel.part::<Registry>().exists(&path) => STATUS_SUCCESS,
        Ok(_) => STATUS_OBJECT_NAME_NOT_FOUND,
        Err(status) => status,
    }
}

fn RtlCreateRegistryKey(kernel: &Kernel, RelativeTo: ULONG, Path: PCWSTR) -> NTSTATUS {
    status(relative(kernel, RelativeTo, Path).map(|path| {
        kernel.part::<Registry>().create(&path);
    }))
}

fn DbgPrompt(_kernel: &Kernel, Prompt: *const u8, Response: *mut u8, Length: ULONG) -> ULONG {
    let _ = (narrow(Prompt), Length);
    write(Response, 0);
    0
}

services! {
    /// Keys and values.
    services:
    ZwOpenKey: PASSIVE, fallible;
    ZwOpenKeyEx: PASSIVE, fallible;
    ZwCreateKey: PASSIVE, fallible;
    ZwDeleteKey: PASSIVE;
    ZwFlushKey: PASSIVE;
    ZwQueryValueKey: PASSIVE;
    ZwEnumerateValueKey: PASSIVE;
    ZwEnumerateKey: PASSIVE;
    ZwSetValueKey: PASSIVE;
    ZwDeleteValueKey: PASSIVE;
    IoOpenDeviceRegistryKey: PASSIVE, fallible;
    IoOpenDriverRegistryKey: PASSIVE, fallible;
    RtlQueryRegistryValues: PASSIVE;
    RtlQueryRegistryValuesEx: PASSIVE;
    RtlWriteRegistryValue: PASSIVE;
    RtlDeleteRegistryValue: PASSIVE;
    RtlCheckRegistryKey: PASSIVE;
    RtlCreateRegistryKey: PASSIVE;
    DbgPrompt: DISPATCH;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_data_behind_a_name_begins_at_a_multiple_of_four() {
        for (name, at) in [("", 20_usize), ("a", 24), ("ab", 24), ("abc", 28), ("abcd", 28)] {
            let value = Value { name: name.to_owned(), kind: REG_BINARY, bytes: vec![7] };
            let (bytes, head) = value_information(1, &value).unwrap();
            assert_eq!((head, bytes.len(), bytes[at]), (20, at + 1, 7), "{name}");
            assert_eq!(bytes[8..12], (at as u32).to_le_bytes(), "{name}");
        }
    }
}
