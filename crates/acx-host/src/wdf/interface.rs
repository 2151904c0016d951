//! Device interfaces, device properties. Source: wdfdevice.h pages.

use acx_sys::*;

use crate::kernel::Kernel;
use crate::kernel::abi::status;
use crate::kernel::abi::{self, read, write, write_bytes};
use crate::kernel::function::entries;
use crate::kernel::interface::Interfaces;
use crate::kernel::interface::{Enabling, Interface, check_property, kernel_form, link};
use crate::kernel::loaded;
use crate::kernel::object;
use crate::kernel::object::Ref;
use crate::kernel::report::Rule;
use crate::wdf::data::{self, Text};
use crate::wdf::device::Device;
use crate::wdf::framework;
use crate::wdf::init::{self, DeviceInit, DeviceKind, Identity};
use crate::wdf::registry;
use acx_client::bytes::guid_bytes;

fn get(kernel: &Kernel, device: WDFDEVICE) -> Result<Ref<Device>, NTSTATUS> {
    object::get::<Device>(kernel, device as usize)
}

fn link_of(
    kernel: &Kernel,
    device: WDFDEVICE,
    class: *const GUID,
    reference: PCUNICODE_STRING,
) -> Result<(Ref<Device>, [u8; 16], String), NTSTATUS> {
    let device = get(kernel, device)?;
    let class = guid_bytes(&read(class).ok_or(STATUS_INVALID_PARAMETER)?);
    let link = link(&device.instance, class, &abi::text(reference).unwrap_or_default());
    Ok((device, class, link))
}

/// A device property that KMDF queries from the PnP manager.
pub(super) fn property(
    kernel: &Kernel,
    device: &Device,
    property: DEVICE_REGISTRY_PROPERTY::Type,
) -> Result<Vec<u8>, NTSTATUS> {
    if device.kind == DeviceKind::Control {
        return Err(STATUS_INVALID_DEVICE_REQUEST);
    }
    let name = device.object_name();
    known(kernel, &device.identity, (&device.instance, &name), property)
}

/// The PnP manager's data about a device: its instance path and the name of its object.
pub(super) fn known(
    kernel: &Kernel,
    identity: &Identity,
    (instance, name): (&str, &str),
    property: DEVICE_REGISTRY_PROPERTY::Type,
) -> Result<Vec<u8>, NTSTATUS> {
    let wide = |text: &str| -> Vec<u8> { registry::bytes_of(text) };
    let list = |texts: &[String]| -> Vec<u8> {
        let texts: Vec<u8> = texts.iter().flat_map(|text| wide(text)).collect();
        [texts, vec![0, 0]].concat()
    };
    let id = instance.rsplit_once('\\').map_or(instance, |(id, _)| id);
    match property {
        0 | 0xC if !identity.description.is_empty() => Ok(wide(&identity.description)),
        0 | 0xC => Ok(wide(&loaded::service(kernel))),
        1 if identity.hardware_ids.is_empty() => Ok(list(&[id.to_owned()])),
        1 => Ok(list(&identity.hardware_ids)),
        2 if !identity.compatible_ids.is_empty() => Ok(list(&identity.compatible_ids)),
        5 => Ok(wide("MEDIA")),
        6 => Ok(wide("{4d36e96c-e325-11ce-bfc1-08002be10318}")),
        0xB => Ok(wide(name)),
        0x10 => Ok(wide(instance.split('\\').next().unwrap_or_default())),
        0x17 if !identity.container_id.is_empty() => Ok(wide(&identity.container_id)),
        2..=0x17 => Err(STATUS_OBJECT_NAME_NOT_FOUND),
        _ => Err(STATUS_INVALID_PARAMETER_2),
    }
}

/// The instance path of the device that an init object is for.
fn coming_instance(kernel: &Kernel, init: &DeviceInit) -> String {
    let below = init.below.get().and_then(|own| object::get_alive::<Device>(kernel, own));
    below.map_or_else(|| framework::coming_instance(kernel), |below| below.instance.clone())
}

/// A property of the device that an init object is for, before it is created.
fn coming(
    kernel: &Kernel,
    init: PWDFDEVICE_INIT,
    property: DEVICE_REGISTRY_PROPERTY::Type,
) -> Result<Vec<u8>, NTSTATUS> {
    let init = init::find(kernel, init)?;
    if init.kind != DeviceKind::Function {
        kernel.violate(Rule::BadArgument, "a property of an init object of no FDO".to_owned());
        return Err(STATUS_INVALID_DEVICE_REQUEST);
    }
    let instance = coming_instance(kernel, &init);
    known(kernel, &init.identity.borrow(), (&instance, r"\Device\00000000"), property)
}

fn WdfFdoInitQueryProperty(
    kernel: &Kernel,
    init: PWDFDEVICE_INIT,
    kind: DEVICE_REGISTRY_PROPERTY::Type,
    room: ULONG,
    out: PVOID,
    needed: PULONG,
) -> NTSTATUS {
    coming(kernel, init, kind)
        .map_or_else(|status| status, |bytes| copy_out(&bytes, out, room, needed))
}

fn WdfFdoInitAllocAndQueryProperty(
    kernel: &Kernel,
    init: PWDFDEVICE_INIT,
    kind: DEVICE_REGISTRY_PROPERTY::Type,
    _pool: POOL_TYPE,
    attributes: PWDF_OBJECT_ATTRIBUTES,
    handle: *mut WDFMEMORY,
) -> NTSTATUS {
    let made =
        coming(kernel, init, kind).and_then(|bytes| data::memory_of(kernel, attributes, &bytes));
    status(made.map(|memory| write(handle, memory.object().as_ptr())))
}

/// A property by its key, of the device that an init object is for.
fn coming_by_key(
    kernel: &Kernel,
    init: PWDFDEVICE_INIT,
    data: PWDF_DEVICE_PROPERTY_DATA,
) -> Result<(u32, Vec<u8>), NTSTATUS> {
    let init = init::find(kernel, init)?;
    let key = property_key(kernel, data)?;
    let instance = coming_instance(kernel, &init);
    let found = kernel.part::<Interfaces>().property(&instance, &key);
    found.ok_or(STATUS_OBJECT_NAME_NOT_FOUND)
}

fn WdfFdoInitQueryPropertyEx(
    kernel: &Kernel,
    init: PWDFDEVICE_INIT,
    data: PWDF_DEVICE_PROPERTY_DATA,
    room: ULONG,
    out: PVOID,
    needed: PULONG,
    kind: PDEVPROPTYPE,
) -> NTSTATUS {
    coming_by_key(kernel, init, data).map_or_else(
        |status| status,
        |(own, bytes)| {
            write(kind, own);
            copy_out(&bytes, out, room, needed)
        },
    )
}

fn WdfFdoInitAllocAndQueryPropertyEx(
    kernel: &Kernel,
    init: PWDFDEVICE_INIT,
    key: PWDF_DEVICE_PROPERTY_DATA,
    _pool: POOL_TYPE,
    attributes: PWDF_OBJECT_ATTRIBUTES,
    handle: *mut WDFMEMORY,
    kind: PDEVPROPTYPE,
) -> NTSTATUS {
    status(coming_by_key(kernel, init, key).and_then(|(own, bytes)| {
        let memory = data::memory_of(kernel, attributes, &bytes)?;
        write(kind, own);
        write(handle, memory.object().as_ptr());
        Ok(())
    }))
}

pub(super) fn copy_out(bytes: &[u8], out: PVOID, room: ULONG, needed: PULONG) -> NTSTATUS {
    write(needed, bytes.len() as u32);
    if (room as usize) < bytes.len() {
        return STATUS_BUFFER_TOO_SMALL;
    }
    write_bytes(out, bytes);
    STATUS_SUCCESS
}

/// Enabled by the framework when the device has started for the first time; one that is created
/// later waits for WdfDeviceSetDeviceInterfaceState.
fn WdfDeviceCreateDeviceInterface(
    kernel: &Kernel,
    device: WDFDEVICE,
    class: *const GUID,
    reference: PCUNICODE_STRING,
) -> NTSTATUS {
    status(link_of(kernel, device, class, reference).and_then(|(device, class, link)| {
        if device.kind == DeviceKind::Control {
            return Err(STATUS_INVALID_DEVICE_REQUEST);
        }
        kernel.part::<Interfaces>().register(Interface {
            link,
            class,
            device: device.handle(),
            enabled: false,
            enabling: Enabling::FirstStart,
        });
        Ok(())
    }))
}

fn WdfDeviceSetDeviceInterfaceState(
    kernel: &Kernel,
    device: WDFDEVICE,
    class: *const GUID,
    reference: PCUNICODE_STRING,
    enabled: BOOLEAN,
) {
    if let Ok((_, _, link)) = link_of(kernel, device, class, reference)
        && !kernel.part::<Interfaces>().enable(&link, enabled != 0)
    {
        kernel.violate(Rule::BadArgument, format!("no interface {link} to enable or disable"));
    }
}

/// The same as [`WdfDeviceSetDeviceInterfaceState`]; the framework does not enable the interface by
/// itself any more.
fn WdfDeviceSetDeviceInterfaceStateEx(
    kernel: &Kernel,
    device: WDFDEVICE,
    class: *const GUID,
    reference: PCUNICODE_STRING,
    enabled: BOOLEAN,
) {
    WdfDeviceSetDeviceInterfaceState(kernel, device, class, reference, enabled);
    if let Ok((_, _, link)) = link_of(kernel, device, class, reference) {
        kernel.part::<Interfaces>().make_explicit(&link);
    }
}

fn WdfDeviceRetrieveDeviceInterfaceString(
    kernel: &Kernel,
    device: WDFDEVICE,
    class: *const GUID,
    reference: PCUNICODE_STRING,
    string: WDFSTRING,
) -> NTSTATUS {
    status(link_of(kernel, device, class, reference).and_then(|(_, _, link)| {
        let string = object::get::<Text>(kernel, string as usize)?;
        if kernel.part::<Interfaces>().find(&link).is_none() {
            return Err(STATUS_OBJECT_NAME_NOT_FOUND);
        }
        string.set(&kernel_form(&link));
        Ok(())
    }))
}

fn WdfDeviceCreateSymbolicLink(
    kernel: &Kernel,
    device: WDFDEVICE,
    name: PCUNICODE_STRING,
) -> NTSTATUS {
    let name = abi::text(name).unwrap_or_default();
    status(get(kernel, device).and_then(|device| {
        if name.is_empty() || device.is_linked.get() {
            let what = if name.is_empty() {
                "a symbolic link without a name"
            } else {
                "a second symbolic link of a device"
            };
            kernel.violate(Rule::BadArgument, what.to_owned());
            return Err(STATUS_INVALID_DEVICE_REQUEST);
        }
        if kernel.part::<Interfaces>().find(&name).is_some() {
            return Err(STATUS_OBJECT_NAME_COLLISION);
        }
        device.is_linked.set(true);
        kernel.part::<Interfaces>().register(Interface {
            link: name,
            class: [0; 16],
            device: device.handle(),
            enabled: true,
            enabling: Enabling::Explicit,
        });
        Ok(())
    }))
}

fn WdfDeviceRetrieveDeviceName(kernel: &Kernel, device: WDFDEVICE, string: WDFSTRING) -> NTSTATUS {
    status(get(kernel, device).and_then(|device| {
        let name = device.name().ok_or(STATUS_INVALID_PARAMETER)?;
        object::get::<Text>(kernel, string as usize).map(|string| string.set(&name))
    }))
}

fn WdfDeviceQueryProperty(
    kernel: &Kernel,
    device: WDFDEVICE,
    kind: DEVICE_REGISTRY_PROPERTY::Type,
    room: ULONG,
    out: PVOID,
    needed: PULONG,
) -> NTSTATUS {
    get(kernel, device)
        .and_then(|device| property(kernel, &device, kind))
        .map_or_else(|status| status, |bytes| copy_out(&bytes, out, room, needed))
}

fn WdfDeviceAllocAndQueryProperty(
    kernel: &Kernel,
    device: WDFDEVICE,
    kind: DEVICE_REGISTRY_PROPERTY::Type,
    _pool: POOL_TYPE,
    attributes: PWDF_OBJECT_ATTRIBUTES,
    handle: *mut WDFMEMORY,
) -> NTSTATUS {
    let made = get(kernel, device)
        .and_then(|device| property(kernel, &device, kind))
        .and_then(|bytes| data::memory_of(kernel, attributes, &bytes));
    status(made.map(|memory| write(handle, memory.object().as_ptr())))
}

/// The key of a property. Source: fxdeviceapi.cpp.
fn property_key(kernel: &Kernel, data: PWDF_DEVICE_PROPERTY_DATA) -> Result<DEVPROPKEY, NTSTATUS> {
    let data = read(data).ok_or(STATUS_INVALID_PARAMETER)?;
    if data.Size != size_of::<WDF_DEVICE_PROPERTY_DATA>() as u32 {
        let what = "WDF_DEVICE_PROPERTY_DATA was not initialized".to_owned();
        kernel.violate(Rule::Uninitialized, what);
        return Err(STATUS_INFO_LENGTH_MISMATCH);
    }
    read(data.PropertyKey).ok_or(STATUS_INVALID_PARAMETER)
}

/// A device, and the key of a property of its.
fn key_of(
    kernel: &Kernel,
    device: WDFDEVICE,
    data: PWDF_DEVICE_PROPERTY_DATA,
) -> Result<(Ref<Device>, DEVPROPKEY), NTSTATUS> {
    Ok((get(kernel, device)?, property_key(kernel, data)?))
}

fn WdfDeviceQueryPropertyEx(
    kernel: &Kernel,
    device: WDFDEVICE,
    data: PWDF_DEVICE_PROPERTY_DATA,
    room: ULONG,
    out: PVOID,
    needed: PULONG,
    kind: PDEVPROPTYPE,
) -> NTSTATUS {
    let (device, key) = match key_of(kernel, device, data) {
        Ok(found) => found,
        Err(status) => return status,
    };
    if room == 0 && !out.is_null() {
        return STATUS_INVALID_PARAMETER;
    }
    match kernel.part::<Interfaces>().property(&device.instance, &key) {
        Some((own, bytes)) => {
            write(kind, own);
            copy_out(&bytes, out, room, needed)
        }
        None => STATUS_OBJECT_NAME_NOT_FOUND,
    }
}

fn WdfDeviceAllocAndQueryPropertyEx(
    kernel: &Kernel,
    device: WDFDEVICE,
    data: PWDF_DEVICE_PROPERTY_DATA,
    _pool: POOL_TYPE,
    attributes: PWDF_OBJECT_ATTRIBUTES,
    handle: *mut WDFMEMORY,
    kind: PDEVPROPTYPE,
) -> NTSTATUS {
    let (device, key) = match key_of(kernel, device, data) {
        Ok(found) => found,
        Err(status) => return status,
    };
    status(
        kernel
            .part::<Interfaces>()
            .property(&device.instance, &key)
            .ok_or(STATUS_OBJECT_NAME_NOT_FOUND)
            .and_then(|(own, bytes)| {
                let memory = data::memory_of(kernel, attributes, &bytes)?;
                write(kind, own);
                write(handle, memory.object().as_ptr());
                Ok(())
            }),
    )
}

fn WdfDeviceAssignProperty(
    kernel: &Kernel,
    device: WDFDEVICE,
    data: PWDF_DEVICE_PROPERTY_DATA,
    kind: DEVPROPTYPE,
    size: ULONG,
    from: PVOID,
) -> NTSTATUS {
    let (device, key) = match key_of(kernel, device, data) {
        Ok(found) => found,
        Err(status) => return status,
    };
    // IoSetDevicePropertyData gets both.
    let own = read(data).unwrap_or_default();
    if let Err(status) = check_property(kernel, own.Lcid, own.Flags, kind) {
        return status;
    }
    kernel.part::<Interfaces>().assign_property(&device.instance, &key, kind, size, from);
    STATUS_SUCCESS
}

entries! {
    /// Interfaces and properties.
    entries:
    WdfDeviceCreateDeviceInterface: PASSIVE, fallible;
    WdfDeviceSetDeviceInterfaceState: PASSIVE;
    WdfDeviceSetDeviceInterfaceStateEx: PASSIVE;
    WdfDeviceRetrieveDeviceInterfaceString: PASSIVE, fallible;
    WdfDeviceCreateSymbolicLink: PASSIVE, fallible;
    WdfDeviceRetrieveDeviceName: PASSIVE, fallible;
    WdfFdoInitQueryProperty: PASSIVE, fallible;
    WdfFdoInitAllocAndQueryProperty: PASSIVE, fallible;
    WdfFdoInitQueryPropertyEx: PASSIVE, fallible;
    WdfFdoInitAllocAndQueryPropertyEx: PASSIVE, fallible;
    WdfDeviceQueryProperty: PASSIVE, fallible;
    WdfDeviceAllocAndQueryProperty: PASSIVE, fallible;
    WdfDeviceQueryPropertyEx: APC, fallible;
    WdfDeviceAllocAndQueryPropertyEx: APC, fallible;
    WdfDeviceAssignProperty: APC, fallible;
}
