//! Registry keys as framework objects. Source: wdfregistry.h, and WdfDeviceOpenRegistryKey,
//! WdfDriverOpenParametersRegistryKey.

use acx_sys::*;

use crate::kernel::Kernel;
use crate::kernel::abi::status;
use crate::kernel::abi::{self, read, read_bytes, write, write_bytes};
use crate::kernel::driver;
use crate::kernel::function::entries;
use crate::kernel::loaded;
use crate::kernel::object;
use crate::kernel::object::{Object, Ref};
use crate::kernel::registry::Registry;
use crate::kernel::registry::{Value, join};
use crate::wdf::data::{self, Collection, Memory, Text};
use crate::wdf::device::Device;
use crate::wdf::framework;
use crate::wdf::init;
use std::rc::Rc;

/// An open key.
pub(crate) struct Key {
    pub(crate) path: String,
    /// The granted access rights.
    access: ACCESS_MASK,
}

impl Key {
    /// Returns whether the granted access contains all of `rights`.
    fn grants(&self, rights: ACCESS_MASK) -> Result<(), NTSTATUS> {
        let generic = [
            (GENERIC_READ, KEY_READ),
            (GENERIC_WRITE, KEY_WRITE),
            (GENERIC_ALL | MAXIMUM_ALLOWED, KEY_ALL_ACCESS),
        ];
        let granted = generic
            .iter()
            .filter(|(asked, _)| self.access & asked != 0)
            .fold(self.access, |all, (_, rights)| all | rights);
        if granted & rights == rights { Ok(()) } else { Err(STATUS_ACCESS_DENIED) }
    }
}

/// Rights that winnt.h names.
const GENERIC_READ: ACCESS_MASK = 0x8000_0000;
const GENERIC_WRITE: ACCESS_MASK = 0x4000_0000;
const GENERIC_ALL: ACCESS_MASK = 0x1000_0000;
const MAXIMUM_ALLOWED: ACCESS_MASK = 0x0200_0000;
const DELETE: ACCESS_MASK = 0x0001_0000;

/// The path of an open key.
pub(crate) fn path_of(kernel: &Kernel, handle: WDFKEY) -> Result<String, NTSTATUS> {
    key(kernel, handle).map(|key| key.path.clone())
}

fn open(
    kernel: &Kernel,
    (path, access): (String, ACCESS_MASK),
    parent: Option<&Rc<Object>>,
    attributes: PWDF_OBJECT_ATTRIBUTES,
    out: *mut WDFKEY,
) -> Result<(), NTSTATUS> {
    let driver = framework::driver(kernel);
    let key = Key { path, access };
    let key = object::create(kernel, "WDFKEY", key, attributes, parent.or(driver.as_ref()))?;
    write(out, key.as_ptr());
    Ok(())
}

fn key(kernel: &Kernel, handle: WDFKEY) -> Result<Ref<Key>, NTSTATUS> {
    object::get::<Key>(kernel, handle as usize)
}

fn value(kernel: &Kernel, handle: WDFKEY, name: PCUNICODE_STRING) -> Result<Value, NTSTATUS> {
    let name = data::counted(kernel, name)?;
    let key = key(kernel, handle)?;
    key.grants(KEY_QUERY_VALUE)?;
    kernel.part::<Registry>().get(&key.path, &name)
}

fn assign(
    kernel: &Kernel,
    handle: WDFKEY,
    name: PCUNICODE_STRING,
    kind: u32,
    bytes: &[u8],
) -> NTSTATUS {
    status(key(kernel, handle).and_then(|key| {
        let name = data::counted(kernel, name)?;
        key.grants(KEY_SET_VALUE)?;
        kernel.part::<Registry>().set(&key.path, &name, kind, bytes);
        Ok(())
    }))
}

fn units(bytes: &[u8]) -> Vec<u16> {
    let (pairs, _) = bytes.as_chunks::<2>();
    pairs.iter().map(|pair| u16::from_le_bytes(*pair)).collect()
}

/// A value's text without terminating nulls.
fn text(value: &Value) -> Result<String, NTSTATUS> {
    if !matches!(value.kind, REG_SZ | REG_EXPAND_SZ) {
        return Err(STATUS_OBJECT_TYPE_MISMATCH);
    }
    let text = String::from_utf16_lossy(&units(&value.bytes));
    Ok(text.trim_end_matches('\0').to_owned())
}

/// A string as a value, with its terminating null.
pub(crate) fn bytes_of(text: &str) -> Vec<u8> {
    text.encode_utf16().chain([0]).flat_map(u16::to_le_bytes).collect()
}

/// The key that a PLUGPLAY_REGKEY_* flag means.
fn device_key(device: &Ref<Device>, kind: u32) -> String {
    if kind & PLUGPLAY_REGKEY_DRIVER != 0 {
        driver::software_key(device.object().owner())
    } else {
        device.hardware_key()
    }
}

fn WdfDeviceOpenRegistryKey(
    kernel: &Kernel,
    device: WDFDEVICE,
    kind: ULONG,
    access: ACCESS_MASK,
    attributes: PWDF_OBJECT_ATTRIBUTES,
    out: *mut WDFKEY,
) -> NTSTATUS {
    status(object::get::<Device>(kernel, device as usize).and_then(|device| {
        let path = device_key(&device, kind);
        kernel.part::<Registry>().create(&path);
        open(kernel, (path, access), Some(device.object()), attributes, out)
    }))
}

fn WdfFdoInitOpenRegistryKey(
    kernel: &Kernel,
    init: PWDFDEVICE_INIT,
    kind: ULONG,
    access: ACCESS_MASK,
    attributes: PWDF_OBJECT_ATTRIBUTES,
    out: *mut WDFKEY,
) -> NTSTATUS {
    status(init::find(kernel, init).and_then(|_| {
        let path = if kind & PLUGPLAY_REGKEY_DRIVER != 0 {
            driver::software_key(loaded::number(kernel))
        } else {
            driver::hardware_key(kernel)
        };
        kernel.part::<Registry>().create(&path);
        open(kernel, (path, access), None, attributes, out)
    }))
}

fn WdfDriverOpenParametersRegistryKey(
    kernel: &Kernel,
    driver: WDFDRIVER,
    access: ACCESS_MASK,
    attributes: PWDF_OBJECT_ATTRIBUTES,
    out: *mut WDFKEY,
) -> NTSTATUS {
    status(object::any(kernel, driver as usize).and_then(|driver| {
        let path = driver::parameters_key(kernel);
        kernel.part::<Registry>().create(&path);
        open(kernel, (path, access), Some(&driver), attributes, out)
    }))
}

fn WdfDriverOpenPersistentStateRegistryKey(
    kernel: &Kernel,
    driver: WDFDRIVER,
    access: ACCESS_MASK,
    attributes: PWDF_OBJECT_ATTRIBUTES,
    out: *mut WDFKEY,
) -> NTSTATUS {
    status(object::any(kernel, driver as usize).and_then(|driver| {
        let path = format!(r"{}\PersistentState", driver::parameters_key(kernel));
        kernel.part::<Registry>().create(&path);
        open(kernel, (path, access), Some(&driver), attributes, out)
    }))
}

/// The path of a key below `parent`, or its absolute path.
fn below(
    kernel: &Kernel,
    parent: WDFKEY,
    name: PCUNICODE_STRING,
    rights: ACCESS_MASK,
) -> Result<String, NTSTATUS> {
    let name = data::counted(kernel, name)?;
    if parent.is_null() {
        return Ok(join("", &name));
    }
    let parent = key(kernel, parent)?;
    parent.grants(rights)?;
    Ok(join(&parent.path, &name))
}

fn WdfRegistryOpenKey(
    kernel: &Kernel,
    parent: WDFKEY,
    name: PCUNICODE_STRING,
    access: ACCESS_MASK,
    attributes: PWDF_OBJECT_ATTRIBUTES,
    out: *mut WDFKEY,
) -> NTSTATUS {
    status(below(kernel, parent, name, 0).and_then(|path| {
        if !kernel.part::<Registry>().exists(&path) {
            return Err(STATUS_OBJECT_NAME_NOT_FOUND);
        }
        open(kernel, (path, access), None, attributes, out)
    }))
}

/// Opens or creates a key below another, which must exist. Source: ZwCreateKey.
fn WdfRegistryCreateKey(
    kernel: &Kernel,
    parent: WDFKEY,
    name: PCUNICODE_STRING,
    access: ACCESS_MASK,
    _options: ULONG,
    disposition: PULONG,
    attributes: PWDF_OBJECT_ATTRIBUTES,
    out: *mut WDFKEY,
) -> NTSTATUS {
    status(below(kernel, parent, name, KEY_CREATE_SUB_KEY).and_then(|path| {
        let registry = kernel.part::<Registry>();
        let above = path.trim_end_matches('\\').rsplit_once('\\').map_or("", |(above, _)| above);
        if !registry.exists(&path) && !registry.exists(above) {
            return Err(STATUS_OBJECT_NAME_NOT_FOUND);
        }
        // REG_CREATED_NEW_KEY or REG_OPENED_EXISTING_KEY.
        write(disposition, if registry.create(&path) { 2 } else { 1 });
        open(kernel, (path, access), None, attributes, out)
    }))
}

fn WdfRegistryClose(kernel: &Kernel, handle: WDFKEY) {
    if let Ok(key) = key(kernel, handle) {
        object::delete(kernel, key.object());
    }
}

fn WdfRegistryRemoveKey(kernel: &Kernel, handle: WDFKEY) -> NTSTATUS {
    status(key(kernel, handle).and_then(|key| {
        key.grants(DELETE)?;
        if !kernel.part::<Registry>().subkeys(&key.path).is_empty() {
            return Err(STATUS_CANNOT_DELETE);
        }
        kernel.part::<Registry>().remove(&key.path);
        object::delete(kernel, key.object());
        Ok(())
    }))
}

fn WdfRegistryRemoveValue(kernel: &Kernel, handle: WDFKEY, name: PCUNICODE_STRING) -> NTSTATUS {
    status(key(kernel, handle).and_then(|key| {
        let name = data::counted(kernel, name)?;
        key.grants(KEY_SET_VALUE)?;
        kernel.part::<Registry>().remove_value(&key.path, &name)
    }))
}

/// A handle to a key; it exists as long as the key's object.
#[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
fn handle_of(kernel: &Kernel, key: &Ref<Key>) -> HANDLE {
    use crate::nt::handle::{HandleObject, Handles};

    let handle = kernel.part::<Handles>().open(kernel, HandleObject::Key(key.path.clone()));
    key.object().on_delete(move |kernel| {
        let _ = kernel.part::<Handles>().close(kernel, handle);
    });
    handle
}

/// Handles exist only for images.
#[cfg(not(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64"))))]
fn handle_of(kernel: &Kernel, _key: &Ref<Key>) -> HANDLE {
    kernel.report().gap("WdfRegistryWdmGetHandle");
    std::ptr::null_mut()
}

fn WdfRegistryWdmGetHandle(kernel: &Kernel, handle: WDFKEY) -> HANDLE {
    let Ok(key) = key(kernel, handle) else { return std::ptr::null_mut() };
    handle_of(kernel, &key)
}

fn WdfRegistryQueryValue(
    kernel: &Kernel,
    handle: WDFKEY,
    name: PCUNICODE_STRING,
    length: ULONG,
    out: PVOID,
    queried: PULONG,
    kind: PULONG,
) -> NTSTATUS {
    match value(kernel, handle, name) {
        Ok(value) => {
            write(queried, value.bytes.len() as u32);
            write(kind, value.kind);
            let room = if out.is_null() { 0 } else { length as usize };
            if room < value.bytes.len() {
                return STATUS_BUFFER_OVERFLOW;
            }
            write_bytes(out, &value.bytes);
            STATUS_SUCCESS
        }
        Err(status) => status,
    }
}

/// A value that is not empty. Source: fxregistryapi.cpp.
fn filled(kernel: &Kernel, handle: WDFKEY, name: PCUNICODE_STRING) -> Result<Value, NTSTATUS> {
    let value = value(kernel, handle, name)?;
    if value.bytes.is_empty() { Err(STATUS_RESOURCE_DATA_NOT_FOUND) } else { Ok(value) }
}

fn WdfRegistryQueryMemory(
    kernel: &Kernel,
    handle: WDFKEY,
    name: PCUNICODE_STRING,
    _pool: POOL_TYPE,
    attributes: PWDF_OBJECT_ATTRIBUTES,
    out: *mut WDFMEMORY,
    kind: PULONG,
) -> NTSTATUS {
    status(filled(kernel, handle, name).and_then(|value| {
        let memory = data::memory_of(kernel, attributes, &value.bytes)?;
        write(kind, value.kind);
        write(out, memory.object().as_ptr());
        Ok(())
    }))
}

fn WdfRegistryQueryMultiString(
    kernel: &Kernel,
    handle: WDFKEY,
    name: PCUNICODE_STRING,
    attributes: PWDF_OBJECT_ATTRIBUTES,
    collection: WDFCOLLECTION,
) -> NTSTATUS {
    status(filled(kernel, handle, name).and_then(|value| {
        if value.kind != REG_MULTI_SZ || !value.bytes.ends_with(&[0; 4]) {
            return Err(STATUS_OBJECT_TYPE_MISMATCH);
        }
        let collection = object::get::<Collection>(kernel, collection as usize)?;
        let text = String::from_utf16_lossy(&units(&value.bytes));
        for text in text.split('\0').filter(|text| !text.is_empty()) {
            let string = data::new_text(kernel, attributes, Some(collection.object()), text)?;
            collection.add(kernel, string.handle())?;
        }
        Ok(())
    }))
}

/// The buffer has to hold what is stored, with its terminating zero. Source: fxregistryapi.cpp.
fn WdfRegistryQueryUnicodeString(
    kernel: &Kernel,
    handle: WDFKEY,
    name: PCUNICODE_STRING,
    length: PUSHORT,
    out: PUNICODE_STRING,
) -> NTSTATUS {
    let own = read(out);
    let checked = data::counted(kernel, name).and_then(|_| data::counted(kernel, out));
    if let Err(status) = checked {
        return status;
    }
    if own.is_some_and(|own| own.MaximumLength == 0) {
        return STATUS_INVALID_PARAMETER;
    }
    let value = match value(kernel, handle, name) {
        Ok(value) => value,
        Err(status) => return status,
    };
    let room = own.map_or(0, |own| usize::from(own.MaximumLength));
    let status = if room < value.bytes.len() {
        STATUS_BUFFER_OVERFLOW
    } else if [REG_SZ, REG_EXPAND_SZ].contains(&value.kind) {
        STATUS_SUCCESS
    } else {
        return STATUS_OBJECT_TYPE_MISMATCH;
    };
    write(length, value.bytes.len() as u16);
    if let Some(own) = own
        && status == STATUS_SUCCESS
    {
        write_bytes(own.Buffer, &value.bytes);
        let ends = value.bytes.ends_with(&[0, 0]);
        let bytes = value.bytes.len() - if ends { 2 } else { 0 };
        write(out, UNICODE_STRING { Length: bytes as u16, ..own });
    }
    status
}

fn WdfRegistryQueryString(
    kernel: &Kernel,
    handle: WDFKEY,
    name: PCUNICODE_STRING,
    string: WDFSTRING,
) -> NTSTATUS {
    // A UNICODE_STRING has less than 64 KiB.
    let short = |value: Value| {
        let text = text(&value)?;
        if u16::try_from(value.bytes.len()).is_ok() {
            Ok(text)
        } else {
            Err(STATUS_INVALID_BUFFER_SIZE)
        }
    };
    status(filled(kernel, handle, name).and_then(short).and_then(|text| {
        object::get::<Text>(kernel, string as usize).map(|string| string.set(&text))
    }))
}

fn WdfRegistryQueryULong(
    kernel: &Kernel,
    handle: WDFKEY,
    name: PCUNICODE_STRING,
    out: PULONG,
) -> NTSTATUS {
    status(value(kernel, handle, name).and_then(|value| {
        if value.kind != REG_DWORD {
            return Err(STATUS_OBJECT_TYPE_MISMATCH);
        }
        if value.bytes.len() > size_of::<ULONG>() {
            return Err(STATUS_BUFFER_OVERFLOW);
        }
        let number = value.bytes.try_into().map_err(|_| STATUS_OBJECT_TYPE_MISMATCH)?;
        write(out, u32::from_le_bytes(number));
        Ok(())
    }))
}

fn WdfRegistryAssignValue(
    kernel: &Kernel,
    handle: WDFKEY,
    name: PCUNICODE_STRING,
    kind: ULONG,
    length: ULONG,
    from: PVOID,
) -> NTSTATUS {
    assign(kernel, handle, name, kind, &read_bytes(from, length as usize))
}

fn WdfRegistryAssignMemory(
    kernel: &Kernel,
    handle: WDFKEY,
    name: PCUNICODE_STRING,
    kind: ULONG,
    memory: WDFMEMORY,
    offsets: PWDFMEMORY_OFFSET,
) -> NTSTATUS {
    let bytes = match object::get::<Memory>(kernel, memory as usize) {
        Ok(memory) => memory.bytes(),
        Err(status) => return status,
    };
    let range = read(offsets).map_or(0..bytes.len(), |range| {
        range.BufferOffset..range.BufferOffset.saturating_add(range.BufferLength)
    });
    bytes
        .get(range)
        .map_or(STATUS_INVALID_PARAMETER, |bytes| assign(kernel, handle, name, kind, bytes))
}

fn WdfRegistryAssignMultiString(
    kernel: &Kernel,
    handle: WDFKEY,
    name: PCUNICODE_STRING,
    collection: WDFCOLLECTION,
) -> NTSTATUS {
    let strings = object::get::<Collection>(kernel, collection as usize).map(|own| own.items());
    match strings {
        Ok(strings) => {
            let mut bytes = Vec::new();
            for string in strings {
                match object::get::<Text>(kernel, string) {
                    Ok(string) => bytes.extend(bytes_of(&string.text())),
                    Err(status) => return status,
                }
            }
            bytes.extend([0, 0]);
            assign(kernel, handle, name, REG_MULTI_SZ, &bytes)
        }
        Err(status) => status,
    }
}

fn WdfRegistryAssignUnicodeString(
    kernel: &Kernel,
    handle: WDFKEY,
    name: PCUNICODE_STRING,
    value: PCUNICODE_STRING,
) -> NTSTATUS {
    abi::text(value).map_or(STATUS_INVALID_PARAMETER, |text| {
        assign(kernel, handle, name, REG_SZ, &bytes_of(&text))
    })
}

fn WdfRegistryAssignString(
    kernel: &Kernel,
    handle: WDFKEY,
    name: PCUNICODE_STRING,
    string: WDFSTRING,
) -> NTSTATUS {
    object::get::<Text>(kernel, string as usize).map_or_else(
        |status| status,
        |string| assign(kernel, handle, name, REG_SZ, &bytes_of(&string.text())),
    )
}

fn WdfRegistryAssignULong(
    kernel: &Kernel,
    handle: WDFKEY,
    name: PCUNICODE_STRING,
    value: ULONG,
) -> NTSTATUS {
    assign(kernel, handle, name, REG_DWORD, &value.to_le_bytes())
}

entries! {
    /// Keys.
    entries:
    WdfDeviceOpenRegistryKey: PASSIVE, fallible;
    WdfFdoInitOpenRegistryKey: PASSIVE, fallible;
    WdfDriverOpenParametersRegistryKey: PASSIVE, fallible;
    WdfDriverOpenPersistentStateRegistryKey: PASSIVE, fallible;
    WdfRegistryOpenKey: PASSIVE, fallible;
    WdfRegistryCreateKey: PASSIVE, fallible;
    WdfRegistryClose: PASSIVE;
    WdfRegistryRemoveKey: PASSIVE;
    WdfRegistryRemoveValue: PASSIVE;
    WdfRegistryWdmGetHandle: PASSIVE;
    WdfRegistryQueryValue: PASSIVE, fallible;
    WdfRegistryQueryMemory: PASSIVE, fallible;
    WdfRegistryQueryMultiString: PASSIVE, fallible;
    WdfRegistryQueryUnicodeString: PASSIVE, fallible;
    WdfRegistryQueryString: PASSIVE, fallible;
    WdfRegistryQueryULong: PASSIVE, fallible;
    WdfRegistryAssignValue: PASSIVE, fallible;
    WdfRegistryAssignMemory: PASSIVE, fallible;
    WdfRegistryAssignMultiString: PASSIVE, fallible;
    WdfRegistryAssignUnicodeString: PASSIVE, fallible;
    WdfRegistryAssignString: PASSIVE, fallible;
    WdfRegistryAssignULong: PASSIVE, fallible;
}
