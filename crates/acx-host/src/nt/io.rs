//! Device interfaces and their properties, device objects, notifications, power settings.

use acx_sys::*;

use crate::kernel::Kernel;
use crate::kernel::abi::status;
use crate::kernel::abi::{read, text, write, write_bytes};
use crate::kernel::device;
use crate::kernel::function::services;
use crate::kernel::interface::Interfaces;
use crate::kernel::interface::{Enabling, Interface, check_property, kernel_form, link};
use crate::kernel::loaded;
use crate::kernel::pool::Pool;
use crate::kernel::registry::Registry;
use crate::kernel::report::Rule;
use crate::kernel::string::allocate;
use crate::nt::handle::HandleObject;
use crate::nt::handle::Handles;
use acx_client::bytes::guid_bytes;

const TAG: u32 = u32::from_le_bytes(*b"IoIf");

fn copy_out(bytes: &[u8], out: PVOID, room: ULONG, required: *mut ULONG) -> NTSTATUS {
    write(required, bytes.len() as u32);
    if (room as usize) < bytes.len() {
        return STATUS_BUFFER_TOO_SMALL;
    }
    write_bytes(out, bytes);
    STATUS_SUCCESS
}

fn wide_bytes(text: &str) -> Vec<u8> {
    text.encode_utf16().chain([0]).flat_map(u16::to_le_bytes).collect()
}

/// Returns a property of IoGetDeviceProperty by its number; the list of properties is wdm.h's
/// DEVICE_REGISTRY_PROPERTY.
fn registry_property(
    kernel: &Kernel,
    device: PDEVICE_OBJECT,
    property: i32,
) -> Result<Vec<u8>, NTSTATUS> {
    let device = device::of_object(kernel, device).ok_or(STATUS_INVALID_DEVICE_REQUEST)?;
    match property {
        0 | 0xC => Ok(wide_bytes(&loaded::service(kernel))),
        1 => {
            let (id, _) = device.instance.rsplit_once('\\').unwrap_or((&device.instance, ""));
            Ok([wide_bytes(id), vec![0, 0]].concat())
        }
        5 => Ok(wide_bytes("MEDIA")),
        6 => Ok(wide_bytes("{4d36e96c-e325-11ce-bfc1-08002be10318}")),
        0xB => Ok(wide_bytes(&device.name)),
        0x10 => Ok(wide_bytes(device.instance.split('\\').next().unwrap_or_default())),
        // Bus type, number, resources: a root-enumerated device has none.
        2..=0x17 => Err(STATUS_OBJECT_NAME_NOT_FOUND),
        _ => Err(STATUS_INVALID_PARAMETER_2),
    }
}

fn IoRegisterDeviceInterface(
    kernel: &Kernel,
    PhysicalDeviceObject: PDEVICE_OBJECT,
    InterfaceClassGuid: *const GUID,
    ReferenceString: PCUNICODE_STRING,
    SymbolicLinkName: PUNICODE_STRING,
) -> NTSTATUS {
    let (Some(device), Some(class)) =
        (device::of_object(kernel, PhysicalDeviceObject), read(InterfaceClassGuid))
    else {
        return STATUS_INVALID_DEVICE_REQUEST;
    };
    let class = guid_bytes(&class);
    let link = link(&device.instance, class, &text(ReferenceString).unwrap_or_default());
    kernel.part::<Interfaces>().register(Interface {
        link: link.clone(),
        class,
        device: device.handle,
        enabled: false,
        enabling: Enabling::Explicit,
    });
    allocate(kernel, SymbolicLinkName, &kernel_form(&link).encode_utf16().collect::<Vec<_>>())
}

fn IoSetDeviceInterfaceState(
    kernel: &Kernel,
    SymbolicLinkName: PCUNICODE_STRING,
    Enable: BOOLEAN,
) -> NTSTATUS {
    let name = text(SymbolicLinkName).unwrap_or_default();
    if kernel.part::<Interfaces>().enable(&name, Enable != 0) {
        STATUS_SUCCESS
    } else {
        STATUS_OBJECT_NAME_NOT_FOUND
    }
}

/// A list of null-terminated strings in pool, with a final null.
fn IoGetDeviceInterfaces(
    kernel: &Kernel,
    InterfaceClassGuid: *const GUID,
    _device: PDEVICE_OBJECT,
    Flags: ULONG,
    SymbolicLinkList: *mut *mut u16,
) -> NTSTATUS {
    let Some(class) = read(InterfaceClassGuid) else { return STATUS_INVALID_PARAMETER };
    let links = kernel.part::<Interfaces>().of_class(guid_bytes(&class), Flags & 1 != 0);
    let mut units: Vec<u16> = links
        .iter()
        .flat_map(|link| kernel_form(link).encode_utf16().chain([0]).collect::<Vec<_>>())
        .collect();
    units.push(0);
    let place =
        kernel.part::<Pool>().allocate(kernel, size_of_val(&*units), TAG, false) as *mut u16;
    if place.is_null() {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    units.iter().enumerate().for_each(|(at, unit)| write(place.wrapping_add(at), *unit));
    write(SymbolicLinkList, place);
    STATUS_SUCCESS
}

fn IoGetDeviceInterfacePropertyData(
    kernel: &Kernel,
    SymbolicLinkName: PCUNICODE_STRING,
    PropertyKey: *const DEVPROPKEY,
    _lcid: ULONG,
    _flags: ULONG,
    Size: ULONG,
    Data: PVOID,
    RequiredSize: *mut ULONG,
    Type: *mut ULONG,
) -> NTSTATUS {
    let (Some(name), Some(key)) = (text(SymbolicLinkName), read(PropertyKey)) else {
        return STATUS_INVALID_PARAMETER;
    };
    match kernel.part::<Interfaces>().property(&name, &key) {
        Some((kind, bytes)) => {
            write(Type, kind);
            copy_out(&bytes, Data, Size, RequiredSize)
        }
        None => STATUS_OBJECT_NAME_NOT_FOUND,
    }
}

fn IoOpenDeviceInterfaceRegistryKey(
    kernel: &Kernel,
    SymbolicLinkName: PCUNICODE_STRING,
    _access: ACCESS_MASK,
    DeviceInterfaceRegKey: *mut HANDLE,
) -> NTSTATUS {
    let name = text(SymbolicLinkName).unwrap_or_default();
    let Some(interface) = kernel.part::<Interfaces>().find(&name) else {
        return STATUS_OBJECT_NAME_NOT_FOUND;
    };
    let class = crate::kernel::interface::guid_text(interface.class);
    let path = format!(
        r"\Registry\Machine\System\CurrentControlSet\Control\DeviceClasses\{class}\{}\Device Parameters",
        interface.link.replace('\\', "#")
    );
    kernel.part::<Registry>().create(&path);
    write(DeviceInterfaceRegKey, kernel.part::<Handles>().open(kernel, HandleObject::Key(path)));
    STATUS_SUCCESS
}

fn IoGetDeviceProperty(
    kernel: &Kernel,
    DeviceObject: PDEVICE_OBJECT,
    DeviceProperty: i32,
    BufferLength: ULONG,
    PropertyBuffer: PVOID,
    ResultLength: *mut ULONG,
) -> NTSTATUS {
    registry_property(kernel, DeviceObject, DeviceProperty).map_or_else(
        |status| status,
        |bytes| copy_out(&bytes, PropertyBuffer, BufferLength, ResultLength),
    )
}

fn IoGetDevicePropertyData(
    kernel: &Kernel,
    Pdo: PDEVICE_OBJECT,
    PropertyKey: *const DEVPROPKEY,
    _lcid: ULONG,
    _flags: ULONG,
    Size: ULONG,
    Data: PVOID,
    RequiredSize: *mut ULONG,
    Type: *mut ULONG,
) -> NTSTATUS {
    let (Some(device), Some(key)) = (device::of_object(kernel, Pdo), read(PropertyKey)) else {
        return STATUS_INVALID_PARAMETER;
    };
    match kernel.part::<Interfaces>().property(&device.instance, &key) {
        Some((kind, bytes)) => {
            write(Type, kind);
            copy_out(&bytes, Data, Size, RequiredSize)
        }
        None => STATUS_OBJECT_NAME_NOT_FOUND,
    }
}

fn IoSetDevicePropertyData(
    kernel: &Kernel,
    Pdo: PDEVICE_OBJECT,
    PropertyKey: *const DEVPROPKEY,
    Lcid: LCID,
    Flags: ULONG,
    Type: ULONG,
    Size: ULONG,
    Data: PVOID,
) -> NTSTATUS {
    let (Some(device), Some(key)) = (device::of_object(kernel, Pdo), read(PropertyKey)) else {
        return STATUS_INVALID_PARAMETER;
    };
    if let Err(status) = check_property(kernel, Lcid, Flags, Type) {
        return status;
    }
    kernel.part::<Interfaces>().assign_property(&device.instance, &key, Type, Size, Data);
    STATUS_SUCCESS
}

fn IoGetAttachedDeviceReference(kernel: &Kernel, DeviceObject: PDEVICE_OBJECT) -> PDEVICE_OBJECT {
    device::top(kernel, DeviceObject)
}

fn IoGetAttachedDevice(kernel: &Kernel, DeviceObject: PDEVICE_OBJECT) -> PDEVICE_OBJECT {
    device::top(kernel, DeviceObject)
}

fn IoInvalidateDeviceState(_kernel: &Kernel, _device: PDEVICE_OBJECT) {}

fn IoInvalidateDeviceRelations(_kernel: &Kernel, _device: PDEVICE_OBJECT, _kind: i32) {}

fn IoReportTargetDeviceChange(
    _kernel: &Kernel,
    _device: PDEVICE_OBJECT,
    _notification: PVOID,
) -> NTSTATUS {
    STATUS_SUCCESS
}

fn IoReportTargetDeviceChangeAsynchronous(
    _kernel: &Kernel,
    _device: PDEVICE_OBJECT,
    _notification: PVOID,
    _callback: PVOID,
    _context: PVOID,
) -> NTSTATUS {
    STATUS_PENDING
}

fn IoGetDeviceObjectPointer(
    _kernel: &Kernel,
    _name: PCUNICODE_STRING,
    _access: ACCESS_MASK,
    _file: PVOID,
    _device: PVOID,
) -> NTSTATUS {
    STATUS_OBJECT_NAME_NOT_FOUND
}

fn IoRegisterPlugPlayNotification(
    kernel: &Kernel,
    _category: i32,
    _flags: ULONG,
    _data: PVOID,
    _driver: PDRIVER_OBJECT,
    _callback: PVOID,
    _context: PVOID,
    NotificationEntry: *mut PVOID,
) -> NTSTATUS {
    write(NotificationEntry, kernel.part::<Handles>().open(kernel, HandleObject::Registration));
    STATUS_SUCCESS
}

fn IoUnregisterPlugPlayNotification(kernel: &Kernel, NotificationEntry: PVOID) -> NTSTATUS {
    status(kernel.part::<Handles>().close(kernel, NotificationEntry))
}

fn IoUnregisterPlugPlayNotificationEx(kernel: &Kernel, NotificationEntry: PVOID) -> NTSTATUS {
    status(kernel.part::<Handles>().close(kernel, NotificationEntry))
}

fn PoRegisterPowerSettingCallback(
    kernel: &Kernel,
    _device: PDEVICE_OBJECT,
    _setting: *const GUID,
    _callback: PVOID,
    _context: PVOID,
    Handle: *mut PVOID,
) -> NTSTATUS {
    write(Handle, kernel.part::<Handles>().open(kernel, HandleObject::Registration));
    STATUS_SUCCESS
}

fn PoUnregisterPowerSettingCallback(kernel: &Kernel, Handle: PVOID) -> NTSTATUS {
    status(kernel.part::<Handles>().close(kernel, Handle))
}

fn IoIs32bitProcess(_kernel: &Kernel, _irp: PIRP) -> BOOLEAN {
    0
}

fn IoGetRequestorProcessId(_kernel: &Kernel, _irp: PIRP) -> ULONG {
    4
}

fn ExUuidCreate(kernel: &Kernel, Uuid: *mut GUID) -> NTSTATUS {
    // Repeatable, and never the same twice: made from the time and a counter.
    let number = kernel.next_number();
    write(
        Uuid,
        GUID { Data1: kernel.qpc() as u32, Data2: 0, Data3: 0x4000, Data4: number.to_be_bytes() },
    );
    STATUS_SUCCESS
}

fn IoBuildPartialMdl(
    kernel: &Kernel,
    SourceMdl: PMDL,
    TargetMdl: PMDL,
    VirtualAddress: PVOID,
    Length: ULONG,
) {
    let (Some(source), Some(mut target)) = (read(SourceMdl), read(TargetMdl)) else { return };
    let start = source.StartVa as usize + source.ByteOffset as usize;
    let rest = (start + source.ByteCount as usize).saturating_sub(VirtualAddress as usize);
    target.ByteCount = if Length == 0 { rest as u32 } else { Length };
    if target.ByteCount as usize > rest {
        kernel.violate(Rule::MdlMisuse, "a partial MDL that is longer than its source".to_owned());
    }
    target.StartVa = (VirtualAddress as usize & !0xFFF) as PVOID;
    target.ByteOffset = (VirtualAddress as usize & 0xFFF) as u32;
    target.MappedSystemVa = VirtualAddress;
    target.MdlFlags |= source.MdlFlags;
    write(TargetMdl, target);
}

fn IoWriteErrorLogEntry(_kernel: &Kernel, _entry: PVOID) {}

services! {
    /// I/O manager and PnP.
    services:
    IoRegisterDeviceInterface: PASSIVE, fallible;
    IoSetDeviceInterfaceState: PASSIVE;
    IoGetDeviceInterfaces: PASSIVE;
    IoGetDeviceInterfacePropertyData: PASSIVE;
    IoOpenDeviceInterfaceRegistryKey: PASSIVE, fallible;
    IoGetDeviceProperty: PASSIVE;
    IoGetDevicePropertyData: PASSIVE;
    IoSetDevicePropertyData: PASSIVE;
    IoGetAttachedDeviceReference: DISPATCH;
    IoGetAttachedDevice: DISPATCH;
    IoInvalidateDeviceState: DISPATCH;
    IoInvalidateDeviceRelations: DISPATCH;
    IoReportTargetDeviceChange: PASSIVE;
    IoReportTargetDeviceChangeAsynchronous: DISPATCH;
    IoGetDeviceObjectPointer: PASSIVE;
    IoRegisterPlugPlayNotification: PASSIVE, fallible;
    IoUnregisterPlugPlayNotification: PASSIVE;
    IoUnregisterPlugPlayNotificationEx: PASSIVE;
    PoRegisterPowerSettingCallback: PASSIVE;
    PoUnregisterPowerSettingCallback: PASSIVE;
    IoIs32bitProcess: DISPATCH;
    IoGetRequestorProcessId: DISPATCH;
    ExUuidCreate: PASSIVE;
    IoBuildPartialMdl: DISPATCH;
    IoWriteErrorLogEntry: ANY;
}
