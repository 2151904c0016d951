//! I/O targets: the stack below a device, circuits, and devices that are opened by name. Source: wdfiotarget.h pages.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use acx_client::Handle;
use acx_sys::*;

use super::status;
use crate::abi::{self, entries, read, read_bytes, write, write_bytes};
use crate::acx::factory::Factory;
use crate::kernel::Kernel;
use crate::kernel::object::{Object, Ref};
use crate::ks::{self, Reply};
use crate::report::Rule;
use crate::wdf::data::Memory;
use crate::wdf::device::Device;
use crate::wdf::request::{Formatted, Request, part};

/// A target.
pub(crate) struct Target {
    device: usize,
    /// What is open there; nothing lies below a root-enumerated device.
    file: RefCell<Option<ks::File>>,
    factory: RefCell<Option<Ref<Factory>>>,
    state: Cell<WDF_IO_TARGET_STATE>,
    /// The status of what was sent last.
    pub(crate) last: Cell<NTSTATUS>,
}

/// A new target object below `parent`, with `file` open.
pub(crate) fn new(
    kernel: &Kernel,
    device: usize,
    parent: &Rc<Object>,
    attributes: PWDF_OBJECT_ATTRIBUTES,
    file: Option<ks::File>,
) -> Result<Rc<Object>, NTSTATUS> {
    let open = file.is_some();
    let state = if open {
        _WDF_IO_TARGET_STATE::WdfIoTargetStarted
    } else {
        _WDF_IO_TARGET_STATE::WdfIoTargetClosed
    };
    let target = Target {
        device,
        file: RefCell::new(file),
        factory: RefCell::default(),
        state: Cell::new(state),
        last: Cell::new(STATUS_SUCCESS),
    };
    let object = kernel.objects.create(kernel, "WDFIOTARGET", target, attributes, Some(parent))?;
    let weak = Rc::downgrade(&object);
    object.on_delete(move |_| {
        if let Some(target) = weak.upgrade().and_then(Ref::<Target>::of) {
            target.close();
        }
    });
    Ok(object)
}

/// A new target for a factory.
pub(crate) fn of_factory(
    kernel: &Kernel,
    device: usize,
    parent: &Rc<Object>,
    factory: &Ref<Factory>,
) -> Result<Rc<Object>, NTSTATUS> {
    let object = new(kernel, device, parent, std::ptr::null_mut(), None)?;
    if let Some(target) = Ref::<Target>::of(object.clone()) {
        target.state.set(_WDF_IO_TARGET_STATE::WdfIoTargetStarted);
        *target.factory.borrow_mut() = Some(factory.clone());
    }
    Ok(object)
}

impl Target {
    fn close(&self) {
        self.state.set(_WDF_IO_TARGET_STATE::WdfIoTargetClosed);
        drop(self.file.borrow_mut().take());
    }

    /// Sends a device-control request, and has the answer.
    pub(crate) fn control(&self, kernel: &Kernel, request: &Formatted) -> Reply {
        let started = self.state.get() == _WDF_IO_TARGET_STATE::WdfIoTargetStarted;
        let reply = match &*self.file.borrow() {
            _ if !started => Reply { status: STATUS_INVALID_DEVICE_STATE, information: 0 },
            _ if self.factory.borrow().is_some() => {
                let factory = self.factory.borrow().clone();
                let (place, length) = request.output;
                factory.map_or(
                    Reply { status: STATUS_INVALID_DEVICE_STATE, information: 0 },
                    |factory| factory.method(kernel, &request.input, place, length),
                )
            }
            Some(file) => {
                let (place, length) = request.output;
                // A copy, so that nobody reads the driver's memory while it is borrowed.
                let mut value: Vec<u8> = read_bytes(place as *const u8, length);
                let reply = file.ioctl(request.code, &request.input, Some(&mut value));
                write_bytes(place as *mut u8, &value);
                reply
            }
            None => Reply { status: STATUS_INVALID_DEVICE_REQUEST, information: 0 },
        };
        self.last.set(reply.status);
        reply
    }
}

/// `length` bytes at `place`, or the part of them that an offset names.
pub(crate) fn inside(
    place: usize,
    length: usize,
    part: Option<WDFMEMORY_OFFSET>,
) -> Result<(usize, usize), NTSTATUS> {
    let Some(part) = part else { return Ok((place, length)) };
    let end = part.BufferOffset.checked_add(part.BufferLength).ok_or(STATUS_INTEGER_OVERFLOW)?;
    if end > length {
        return Err(STATUS_BUFFER_TOO_SMALL);
    }
    Ok((
        place + part.BufferOffset,
        if part.BufferLength == 0 { length - part.BufferOffset } else { part.BufferLength },
    ))
}

/// What a memory descriptor describes; nothing, if there is none.
fn described(
    kernel: &Kernel,
    descriptor: PWDF_MEMORY_DESCRIPTOR,
) -> Result<(usize, usize), NTSTATUS> {
    let Some(descriptor) = read(descriptor) else { return Ok((0, 0)) };
    // SAFETY: the type says which variant it is.
    unsafe {
        match descriptor.Type {
            _WDF_MEMORY_DESCRIPTOR_TYPE::WdfMemoryDescriptorTypeBuffer => {
                let buffer = descriptor.u.BufferType;
                Ok((buffer.Buffer as usize, buffer.Length as usize))
            }
            _WDF_MEMORY_DESCRIPTOR_TYPE::WdfMemoryDescriptorTypeMdl => {
                let mdl = descriptor.u.MdlType;
                let (start, offset, bytes, _) =
                    kernel.pool.mdl(mdl.Mdl).ok_or(STATUS_INVALID_PARAMETER)?;
                Ok((
                    start + offset,
                    if mdl.BufferLength == 0 { bytes } else { mdl.BufferLength as usize },
                ))
            }
            _WDF_MEMORY_DESCRIPTOR_TYPE::WdfMemoryDescriptorTypeHandle => {
                let handle = descriptor.u.HandleType;
                let memory = kernel.objects.get::<Memory>(kernel, handle.Memory as usize)?;
                inside(memory.address(), memory.length(), read(handle.Offsets))
            }
            _ => Err(STATUS_INVALID_PARAMETER),
        }
    }
}

fn bytes((place, length): (usize, usize)) -> Vec<u8> {
    read_bytes(place as *const u8, length)
}

fn get(kernel: &Kernel, target: WDFIOTARGET) -> Result<Ref<Target>, NTSTATUS> {
    kernel.objects.get::<Target>(kernel, target as usize)
}

fn open(
    kernel: &Kernel,
    target: &Ref<Target>,
    parameters: &WDF_IO_TARGET_OPEN_PARAMS,
) -> Result<(), NTSTATUS> {
    if parameters.Size != size_of::<WDF_IO_TARGET_OPEN_PARAMS>() as u32 {
        kernel.violate(
            Rule::Uninitialized,
            "WDF_IO_TARGET_OPEN_PARAMS was not initialized".to_owned(),
        );
        return Err(STATUS_INFO_LENGTH_MISMATCH);
    }
    let file = match parameters.Type {
        _WDF_IO_TARGET_OPEN_TYPE::WdfIoTargetOpenByName => {
            let name = abi::text(&raw const parameters.TargetDeviceName)
                .ok_or(STATUS_INVALID_PARAMETER)?;
            Some(crate::acx::circuit::open(kernel, &name)?)
        }
        _WDF_IO_TARGET_OPEN_TYPE::WdfIoTargetOpenReopen
        | _WDF_IO_TARGET_OPEN_TYPE::WdfIoTargetOpenUseExistingDevice => None,
        _ => return Err(STATUS_NOT_SUPPORTED),
    };
    *target.file.borrow_mut() = file;
    target.state.set(_WDF_IO_TARGET_STATE::WdfIoTargetStarted);
    Ok(())
}

fn send(
    kernel: &Kernel,
    target: WDFIOTARGET,
    code: ULONG,
    input: PWDF_MEMORY_DESCRIPTOR,
    output: PWDF_MEMORY_DESCRIPTOR,
    returned: PULONG_PTR,
) -> NTSTATUS {
    let made = get(kernel, target)
        .and_then(|target| Ok((target, described(kernel, input)?, described(kernel, output)?)));
    match made {
        Ok((target, input, output)) => {
            let reply = target.control(kernel, &Formatted { code, input: bytes(input), output });
            write(returned, reply.information as ULONG_PTR);
            reply.status
        }
        Err(status) => status,
    }
}

fn format(
    kernel: &Kernel,
    target: WDFIOTARGET,
    request: WDFREQUEST,
    code: ULONG,
    input: (WDFMEMORY, PWDFMEMORY_OFFSET),
    output: (WDFMEMORY, PWDFMEMORY_OFFSET),
) -> NTSTATUS {
    status(get(kernel, target).and_then(|_| {
        let request = kernel.objects.get::<Request>(kernel, request as usize)?;
        let input = bytes(part(kernel, input.0, input.1)?);
        request.format(kernel, Formatted { code, input, output: part(kernel, output.0, output.1)? })
    }))
}

/// The stack below the device: a root-enumerated device has nothing there that answers.
fn WdfDeviceGetIoTarget(kernel: &Kernel, device: WDFDEVICE) -> WDFIOTARGET {
    let Ok(device) = kernel.objects.get::<Device>(kernel, device as usize) else {
        return std::ptr::null_mut();
    };
    let known = device.io_target.borrow().clone();
    let target = known.or_else(|| {
        let made =
            new(kernel, device.handle(), device.object(), std::ptr::null_mut(), None).ok()?;
        if let Some(target) = Ref::<Target>::of(made.clone()) {
            target.state.set(_WDF_IO_TARGET_STATE::WdfIoTargetStarted);
        }
        *device.io_target.borrow_mut() = Some(made.clone());
        Some(made)
    });
    target.map_or(std::ptr::null_mut(), |target| target.as_ptr())
}

fn WdfIoTargetCreate(
    kernel: &Kernel,
    device: WDFDEVICE,
    attributes: PWDF_OBJECT_ATTRIBUTES,
    handle: *mut WDFIOTARGET,
) -> NTSTATUS {
    let made = kernel
        .objects
        .get::<Device>(kernel, device as usize)
        .and_then(|device| new(kernel, device.handle(), device.object(), attributes, None));
    status(made.map(|target| write(handle, target.as_ptr())))
}

fn WdfIoTargetOpen(
    kernel: &Kernel,
    target: WDFIOTARGET,
    parameters: PWDF_IO_TARGET_OPEN_PARAMS,
) -> NTSTATUS {
    let Some(parameters) = read(parameters) else { return STATUS_INVALID_PARAMETER };
    status(get(kernel, target).and_then(|target| open(kernel, &target, &parameters)))
}

fn WdfIoTargetClose(kernel: &Kernel, target: WDFIOTARGET) {
    if let Ok(target) = get(kernel, target) {
        target.close();
    }
}

fn WdfIoTargetCloseForQueryRemove(kernel: &Kernel, target: WDFIOTARGET) {
    if let Ok(target) = get(kernel, target) {
        target.close();
        target.state.set(_WDF_IO_TARGET_STATE::WdfIoTargetClosedForQueryRemove);
    }
}

fn WdfIoTargetStart(kernel: &Kernel, target: WDFIOTARGET) -> NTSTATUS {
    status(
        get(kernel, target)
            .map(|target| target.state.set(_WDF_IO_TARGET_STATE::WdfIoTargetStarted)),
    )
}

fn WdfIoTargetStop(kernel: &Kernel, target: WDFIOTARGET, _action: WDF_IO_TARGET_SENT_IO_ACTION) {
    if let Ok(target) = get(kernel, target) {
        target.state.set(_WDF_IO_TARGET_STATE::WdfIoTargetStopped);
    }
}

fn WdfIoTargetPurge(kernel: &Kernel, target: WDFIOTARGET, _action: WDF_IO_TARGET_PURGE_IO_ACTION) {
    if let Ok(target) = get(kernel, target) {
        target.state.set(_WDF_IO_TARGET_STATE::WdfIoTargetPurged);
    }
}

fn WdfIoTargetGetState(kernel: &Kernel, target: WDFIOTARGET) -> WDF_IO_TARGET_STATE {
    get(kernel, target).map_or(0, |target| target.state.get())
}

fn WdfIoTargetGetDevice(kernel: &Kernel, target: WDFIOTARGET) -> WDFDEVICE {
    get(kernel, target).map_or(std::ptr::null_mut(), |target| target.device as WDFDEVICE)
}

fn WdfIoTargetWdmGetTargetDeviceObject(kernel: &Kernel, target: WDFIOTARGET) -> PDEVICE_OBJECT {
    get(kernel, target).map_or(std::ptr::null_mut(), |_| kernel.wdf.physical_device())
}

fn WdfIoTargetWdmGetTargetPhysicalDevice(kernel: &Kernel, target: WDFIOTARGET) -> PDEVICE_OBJECT {
    get(kernel, target).map_or(std::ptr::null_mut(), |_| kernel.wdf.physical_device())
}

fn WdfIoTargetWdmGetTargetFileObject(kernel: &Kernel, target: WDFIOTARGET) -> PFILE_OBJECT {
    let _ = get(kernel, target);
    std::ptr::null_mut()
}

/// Nothing in a machine offers interfaces of direct calls.
fn WdfIoTargetQueryForInterface(
    kernel: &Kernel,
    target: WDFIOTARGET,
    _kind: LPCGUID,
    _interface: PINTERFACE,
    _size: USHORT,
    _version: USHORT,
    _data: PVOID,
) -> NTSTATUS {
    status(get(kernel, target).and(Err(STATUS_NOT_SUPPORTED)))
}

fn WdfFdoQueryForInterface(
    kernel: &Kernel,
    device: WDFDEVICE,
    _kind: LPCGUID,
    _interface: PINTERFACE,
    _size: USHORT,
    _version: USHORT,
    _data: PVOID,
) -> NTSTATUS {
    status(kernel.objects.any(kernel, device as usize).and(Err(STATUS_NOT_SUPPORTED)))
}

fn WdfIoTargetSendIoctlSynchronously(
    kernel: &Kernel,
    target: WDFIOTARGET,
    _request: WDFREQUEST,
    code: ULONG,
    input: PWDF_MEMORY_DESCRIPTOR,
    output: PWDF_MEMORY_DESCRIPTOR,
    _options: PWDF_REQUEST_SEND_OPTIONS,
    returned: PULONG_PTR,
) -> NTSTATUS {
    send(kernel, target, code, input, output, returned)
}

fn WdfIoTargetSendInternalIoctlSynchronously(
    kernel: &Kernel,
    target: WDFIOTARGET,
    _request: WDFREQUEST,
    code: ULONG,
    input: PWDF_MEMORY_DESCRIPTOR,
    output: PWDF_MEMORY_DESCRIPTOR,
    _options: PWDF_REQUEST_SEND_OPTIONS,
    returned: PULONG_PTR,
) -> NTSTATUS {
    send(kernel, target, code, input, output, returned)
}

fn WdfIoTargetFormatRequestForIoctl(
    kernel: &Kernel,
    target: WDFIOTARGET,
    request: WDFREQUEST,
    code: ULONG,
    input: WDFMEMORY,
    input_offset: PWDFMEMORY_OFFSET,
    output: WDFMEMORY,
    output_offset: PWDFMEMORY_OFFSET,
) -> NTSTATUS {
    format(kernel, target, request, code, (input, input_offset), (output, output_offset))
}

fn WdfIoTargetFormatRequestForInternalIoctl(
    kernel: &Kernel,
    target: WDFIOTARGET,
    request: WDFREQUEST,
    code: ULONG,
    input: WDFMEMORY,
    input_offset: PWDFMEMORY_OFFSET,
    output: WDFMEMORY,
    output_offset: PWDFMEMORY_OFFSET,
) -> NTSTATUS {
    format(kernel, target, request, code, (input, input_offset), (output, output_offset))
}

entries! {
    /// Targets.
    entries:
    WdfDeviceGetIoTarget: DISPATCH;
    WdfIoTargetCreate: PASSIVE, fallible;
    WdfIoTargetOpen: PASSIVE, fallible;
    WdfIoTargetClose: PASSIVE;
    WdfIoTargetCloseForQueryRemove: PASSIVE;
    WdfIoTargetStart: DISPATCH, fallible;
    WdfIoTargetStop: DISPATCH;
    WdfIoTargetPurge: DISPATCH;
    WdfIoTargetGetState: DISPATCH;
    WdfIoTargetGetDevice: DISPATCH;
    WdfIoTargetWdmGetTargetDeviceObject: DISPATCH;
    WdfIoTargetWdmGetTargetPhysicalDevice: DISPATCH;
    WdfIoTargetWdmGetTargetFileObject: DISPATCH;
    WdfIoTargetQueryForInterface: PASSIVE, fallible;
    WdfFdoQueryForInterface: PASSIVE, fallible;
    WdfIoTargetSendIoctlSynchronously: PASSIVE, fallible;
    WdfIoTargetSendInternalIoctlSynchronously: PASSIVE, fallible;
    WdfIoTargetFormatRequestForIoctl: DISPATCH, fallible;
    WdfIoTargetFormatRequestForInternalIoctl: DISPATCH, fallible;
}
