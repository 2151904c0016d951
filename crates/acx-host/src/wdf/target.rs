//! I/O targets: the stack below a device, circuits, and devices that are opened by name. Source: wdfiotarget.h pages.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use acx_client::{Handle, Reply};
use acx_sys::*;

use crate::kernel::Kernel;
use crate::kernel::abi::status;
use crate::kernel::abi::{self, read, read_bytes, write, write_bytes};
use crate::kernel::call::invoke;
use crate::kernel::function::entries;
use crate::kernel::namespace;
use crate::kernel::object;
use crate::kernel::object::{Object, Ref};
use crate::kernel::pool::Pool;
use crate::kernel::report::Rule;
use crate::wdf::callback;
use crate::wdf::data::{Memory, inside, part};
use crate::wdf::device::Device;
use crate::wdf::framework;
use crate::wdf::request::{Formatted, Origin, Request, fill};

/// A target.
pub(crate) struct Target {
    device: usize,
    /// What is open there; nothing lies below a root-enumerated device.
    file: RefCell<Option<Box<dyn Handle>>>,
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
    file: Option<Box<dyn Handle>>,
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
        state: Cell::new(state),
        last: Cell::new(STATUS_SUCCESS),
    };
    let object = object::create(kernel, "WDFIOTARGET", target, attributes, Some(parent))?;
    let weak = Rc::downgrade(&object);
    object.on_delete(move |_| {
        if let Some(target) = weak.upgrade().and_then(Ref::<Target>::of) {
            target.close();
        }
    });
    Ok(object)
}

impl Target {
    fn close(&self) {
        self.state.set(_WDF_IO_TARGET_STATE::WdfIoTargetClosed);
        drop(self.file.borrow_mut().take());
    }

    /// Sends a device-control request, and has the answer.
    pub(crate) fn control(&self, request: &Formatted) -> Reply {
        let started = self.state.get() == _WDF_IO_TARGET_STATE::WdfIoTargetStarted;
        let reply = match &*self.file.borrow() {
            _ if !started => Reply { status: STATUS_INVALID_DEVICE_STATE, information: 0 },
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
                    kernel.part::<Pool>().mdl(mdl.Mdl).ok_or(STATUS_INVALID_PARAMETER)?;
                Ok((
                    start + offset,
                    if mdl.BufferLength == 0 { bytes } else { mdl.BufferLength as usize },
                ))
            }
            _WDF_MEMORY_DESCRIPTOR_TYPE::WdfMemoryDescriptorTypeHandle => {
                let handle = descriptor.u.HandleType;
                let memory = object::get::<Memory>(kernel, handle.Memory as usize)?;
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
    object::get::<Target>(kernel, target as usize)
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
            Some(namespace::open(kernel, &name)?)
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
            let reply = target.control(&Formatted { code, input: bytes(input), output });
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
        let request = object::get::<Request>(kernel, request as usize)?;
        let input = bytes(part(kernel, input.0, input.1)?);
        request.format(kernel, Formatted { code, input, output: part(kernel, output.0, output.1)? })
    }))
}

/// The stack below the device: a root-enumerated device has nothing there that answers.
fn WdfDeviceGetIoTarget(kernel: &Kernel, device: WDFDEVICE) -> WDFIOTARGET {
    let Ok(device) = object::get::<Device>(kernel, device as usize) else {
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
    let made = object::get::<Device>(kernel, device as usize)
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
    get(kernel, target).map_or(std::ptr::null_mut(), |_| framework::physical_device(kernel))
}

fn WdfIoTargetWdmGetTargetPhysicalDevice(kernel: &Kernel, target: WDFIOTARGET) -> PDEVICE_OBJECT {
    get(kernel, target).map_or(std::ptr::null_mut(), |_| framework::physical_device(kernel))
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
    status(object::any(kernel, device as usize).and(Err(STATUS_NOT_SUPPORTED)))
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

/// Sends it to a target and has the answer; its completion routine runs.
fn send_to(
    kernel: &Kernel,
    request: &Ref<Request>,
    target: &Ref<Target>,
    synchronous: bool,
) -> bool {
    let (formatted, forwards) = match &request.origin {
        Origin::Driver => (request.formatted.borrow_mut().take(), false),
        // A client's request goes on as it is.
        Origin::Client(_) => {
            let (code, ..) = request.lengths();
            let input = request.input_bytes();
            (Some(Formatted { code, input, output: request.output() }), true)
        }
    };
    let Some(formatted) = formatted else {
        kernel
            .violate(Rule::RequestMisuse, "a request was sent without being formatted".to_owned());
        request.reply.set(Some(Reply { status: STATUS_REQUEST_NOT_ACCEPTED, information: 0 }));
        return false;
    };
    let reply = target.control(&formatted);
    if !forwards {
        request.reply.set(Some(reply));
    }
    request.information.set(reply.information);
    let (routine, context) = request.completion.replace((None, 0));
    if let (Some(routine), false) = (routine, synchronous) {
        let mut parameters = WDF_REQUEST_COMPLETION_PARAMS {
            Size: size_of::<WDF_REQUEST_COMPLETION_PARAMS>() as u32,
            ..Default::default()
        };
        fill(&mut parameters, reply, formatted.code);
        let arguments = (
            request.object().as_ptr(),
            target.object().as_ptr(),
            &raw mut parameters,
            context as WDFCONTEXT,
        );
        invoke(
            kernel,
            &callback::EvtRequestCompletionRoutine,
            request.handle(),
            routine,
            arguments,
        );
    }
    true
}

fn WdfRequestChangeTarget(kernel: &Kernel, request: WDFREQUEST, target: WDFIOTARGET) -> NTSTATUS {
    status(
        object::get::<Request>(kernel, request as usize)
            .and(object::get::<Target>(kernel, target as usize))
            .map(drop),
    )
}

/// Sent requests complete before this returns, which the asynchronous contract allows.
fn WdfRequestSend(
    kernel: &Kernel,
    request: WDFREQUEST,
    target: WDFIOTARGET,
    options: PWDF_REQUEST_SEND_OPTIONS,
) -> BOOLEAN {
    use _WDF_REQUEST_SEND_OPTIONS_FLAGS as F;
    let flags = read(options).map_or(0, |options| options.Flags);
    let synchronous = flags & F::WDF_REQUEST_SEND_OPTION_SYNCHRONOUS as u32 != 0;
    let forgets = flags & F::WDF_REQUEST_SEND_OPTION_SEND_AND_FORGET as u32 != 0;
    let Ok(request) = object::get::<Request>(kernel, request as usize) else { return 0 };
    match object::get::<Target>(kernel, target as usize) {
        Ok(target) => {
            let sent = send_to(kernel, &request, &target, synchronous);
            if forgets && request.reply().is_none() {
                let information = request.information.get();
                request.finish(kernel, Reply { status: target.last.get(), information });
            }
            BOOLEAN::from(sent)
        }
        Err(_) => 0,
    }
}

entries! {
    /// Targets.
    entries:
    WdfRequestChangeTarget: DISPATCH, fallible;
    WdfRequestSend: DISPATCH;
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
