//! I/O targets: the stack below a device, circuits, and devices opened by name. Source:
//! wdfiotarget.h pages.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;

use acx_client::{Handle, Reply};
use acx_sys::*;

use crate::kernel::Kernel;
use crate::kernel::abi::status;
use crate::kernel::abi::{self, read, read_bytes, write, write_bytes};
use crate::kernel::call::invoke;
use crate::kernel::function::entries;
use crate::kernel::interface::Interfaces;
use crate::kernel::namespace;
use crate::kernel::object;
use crate::kernel::object::{Object, Ref};
use crate::kernel::pool::Pool;
use crate::kernel::report::Rule;
use crate::wdf::callback;
use crate::wdf::data::{self, Memory, inside, part};
use crate::wdf::device::{self, Device};
use crate::wdf::framework;
use crate::wdf::interface;
use crate::wdf::request::{Formatted, Origin, Request};

/// A target.
pub(crate) struct IoTarget {
    device: usize,
    /// The open object; a root-enumerated device has none below it.
    file: RefCell<Option<Box<dyn Handle>>>,
    /// The device of the open object.
    end: Cell<Option<usize>>,
    state: Cell<WDF_IO_TARGET_STATE>,
    /// The name that it was opened by, for opening it again.
    name: RefCell<Option<String>>,
    /// Requests that wait until it is started.
    waiting: RefCell<VecDeque<Rc<Object>>>,
}

use _WDF_IO_TARGET_STATE as S;

/// Creates a target object below `parent`, optionally with an open object of a device.
pub(crate) fn new(
    kernel: &Kernel,
    device: usize,
    parent: &Rc<Object>,
    attributes: PWDF_OBJECT_ATTRIBUTES,
    open: Option<(Box<dyn Handle>, usize)>,
) -> Result<Rc<Object>, NTSTATUS> {
    let (file, end) = open.unzip();
    let open = file.is_some();
    let state = if open { S::WdfIoTargetStarted } else { S::WdfIoTargetClosed };
    let target = IoTarget {
        device,
        file: RefCell::new(file),
        end: Cell::new(end),
        state: Cell::new(state),
        name: RefCell::default(),
        waiting: RefCell::default(),
    };
    let object = object::create(kernel, "WDFIOTARGET", target, attributes, Some(parent))?;
    let weak = Rc::downgrade(&object);
    object.on_delete(move |kernel| {
        if let Some(target) = weak.upgrade().and_then(Ref::<IoTarget>::of) {
            target.close(kernel, S::WdfIoTargetDeleted);
        }
    });
    Ok(object)
}

impl IoTarget {
    /// The handle of the device at its end, while it is open.
    pub(super) fn end(&self) -> Option<usize> {
        self.end.get()
    }

    /// Sends a device-control request, and returns its result.
    fn control(&self, request: &Formatted) -> Reply {
        match &*self.file.borrow() {
            Some(file) => {
                let (place, length) = request.output;
                // A copy, so that the driver's memory is not borrowed during the call.
                let mut value: Vec<u8> = read_bytes(place as *const u8, length);
                let reply = file.ioctl(request.code, &request.input, Some(&mut value));
                write_bytes(place as *mut u8, &value);
                reply
            }
            None => Reply { status: STATUS_INVALID_DEVICE_REQUEST, information: 0 },
        }
    }

    /// Whether a request can be sent now, or has to wait until the target is started. Source:
    /// fxiotarget.cpp, SubmitLocked.
    fn admits(&self, ignores_state: bool) -> Result<bool, NTSTATUS> {
        match self.state.get() {
            S::WdfIoTargetStarted => Ok(true),
            S::WdfIoTargetStopped => Ok(ignores_state),
            S::WdfIoTargetPurged if ignores_state => Ok(true),
            _ => Err(STATUS_INVALID_DEVICE_STATE),
        }
    }

    /// Waits until requests can be sent: a synchronous one does.
    fn wait_until_started(
        &self,
        kernel: &Kernel,
        options: &WDF_REQUEST_SEND_OPTIONS,
    ) -> Result<(), NTSTATUS> {
        let ignores = options.Flags & IGNORE_STATE != 0;
        if self.admits(ignores)? {
            return Ok(());
        }
        let timeout = options.Flags & TIMEOUT != 0 && options.Timeout != 0;
        let due = kernel.due(if timeout { options.Timeout } else { -LONGEST });
        kernel.block(due, &|| self.admits(ignores) != Ok(false));
        if self.admits(ignores)? {
            return Ok(());
        }
        if timeout {
            return Err(STATUS_IO_TIMEOUT);
        }
        let what = "a request that is sent synchronously waits for a target that is stopped";
        kernel.violate(Rule::Deadlock, what.to_owned());
        Err(STATUS_CANCELLED)
    }
}

impl Ref<IoTarget> {
    /// Closes the target; its waiting requests are cancelled.
    fn close(&self, kernel: &Kernel, state: WDF_IO_TARGET_STATE) {
        self.state.set(state);
        self.cancel_waiting(kernel);
        self.end.set(None);
        drop(self.file.borrow_mut().take());
    }

    fn cancel_waiting(&self, kernel: &Kernel) {
        while let Some(request) = self.next_waiting() {
            come_back(kernel, &request, self, cancelled());
        }
    }

    fn next_waiting(&self) -> Option<Ref<Request>> {
        let next = self.waiting.borrow_mut().pop_front();
        next.and_then(Ref::of)
    }

    /// Removes a waiting request, and returns whether it waited.
    fn take_back(&self, request: &Rc<Object>) -> bool {
        let mut waiting = self.waiting.borrow_mut();
        let at = waiting.iter().position(|other| Rc::ptr_eq(other, request));
        at.and_then(|at| waiting.remove(at)).is_some()
    }
}

fn cancelled() -> Reply {
    Reply { status: STATUS_CANCELLED, information: 0 }
}

/// The time that a synchronous request waits before the host reports an endless wait: a minute, in
/// units of 100 ns.
const LONGEST: i64 = 60 * 10_000_000;

/// WDF_REQUEST_SEND_OPTIONS_FLAGS.
const TIMEOUT: u32 = 1;
const SYNCHRONOUS: u32 = 2;
const IGNORE_STATE: u32 = 4;
const FORGET: u32 = 8;
const KNOWN: u32 = TIMEOUT | SYNCHRONOUS | IGNORE_STATE | FORGET | 0x3_0000;

/// Options as a driver passes them, or none. Source: fxrequestapi.cpp, FxValidateRequestOptions.
fn options_of(
    kernel: &Kernel,
    options: PWDF_REQUEST_SEND_OPTIONS,
) -> Result<WDF_REQUEST_SEND_OPTIONS, NTSTATUS> {
    let Some(own) = read(options) else { return Ok(WDF_REQUEST_SEND_OPTIONS::default()) };
    let wrong = if own.Size != size_of::<WDF_REQUEST_SEND_OPTIONS>() as u32 {
        "WDF_REQUEST_SEND_OPTIONS was not initialized"
    } else if own.Flags & !KNOWN != 0 {
        "unknown flags in WDF_REQUEST_SEND_OPTIONS"
    } else if own.Flags & FORGET != 0 && own.Flags != FORGET {
        "a request that is sent and forgotten has no other options"
    } else {
        return Ok(own);
    };
    kernel.violate(Rule::BadArgument, wrong.to_owned());
    Err(STATUS_INVALID_PARAMETER)
}

/// Returns the memory of a descriptor; empty without one.
fn described(
    kernel: &Kernel,
    descriptor: PWDF_MEMORY_DESCRIPTOR,
) -> Result<(usize, usize), NTSTATUS> {
    let Some(descriptor) = read(descriptor) else { return Ok(Default::default()) };
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

fn get(kernel: &Kernel, target: WDFIOTARGET) -> Result<Ref<IoTarget>, NTSTATUS> {
    object::get::<IoTarget>(kernel, target as usize)
}

/// Source: fxiotargetapi.cpp, FxIoTargetValidateOpenParams; fxiotargetremote.cpp, Open.
fn open(
    kernel: &Kernel,
    target: &Ref<IoTarget>,
    parameters: &WDF_IO_TARGET_OPEN_PARAMS,
) -> Result<(), NTSTATUS> {
    use _WDF_IO_TARGET_OPEN_TYPE as T;
    if ![size_of::<WDF_IO_TARGET_OPEN_PARAMS>() as u32, PARAMETERS_V1_11].contains(&parameters.Size)
    {
        kernel.violate(
            Rule::Uninitialized,
            "WDF_IO_TARGET_OPEN_PARAMS was not initialized".to_owned(),
        );
        return Err(STATUS_INFO_LENGTH_MISMATCH);
    }
    let name = match parameters.Type {
        T::WdfIoTargetOpenByName => abi::text(&raw const parameters.TargetDeviceName)
            .filter(|name| !name.is_empty())
            .map(Some)
            .ok_or(STATUS_INVALID_PARAMETER)?,
        // Callbacks of the target's removal are registered by its file object.
        T::WdfIoTargetOpenUseExistingDevice
            if parameters.TargetDeviceObject.is_null()
                || parameters.TargetFileObject.is_null()
                    && (parameters.EvtIoTargetQueryRemove.is_some()
                        || parameters.EvtIoTargetRemoveCanceled.is_some()
                        || parameters.EvtIoTargetRemoveComplete.is_some()) =>
        {
            return Err(STATUS_INVALID_PARAMETER);
        }
        T::WdfIoTargetOpenUseExistingDevice => None,
        T::WdfIoTargetOpenReopen => {
            let name = target.name.borrow().clone().ok_or(STATUS_INVALID_DEVICE_REQUEST)?;
            Some(name)
        }
        _ => return Err(STATUS_INVALID_PARAMETER),
    };
    let is_closed =
        [S::WdfIoTargetClosed, S::WdfIoTargetClosedForQueryRemove].contains(&target.state.get());
    if !is_closed {
        return Err(STATUS_INVALID_DEVICE_STATE);
    }
    let file = name.as_ref().map(|name| namespace::open(kernel, name)).transpose()?;
    let end = match &name {
        Some(name) => kernel.part::<Interfaces>().find(name).map(|own| own.device),
        None => device::of_wdm(kernel, parameters.TargetDeviceObject).map(|own| own.handle()),
    };
    target.end.set(end);
    *target.name.borrow_mut() = name;
    *target.file.borrow_mut() = file;
    target.state.set(S::WdfIoTargetStarted);
    Ok(())
}

/// The size of WDF_IO_TARGET_OPEN_PARAMS up to KMDF 1.11, without FileName.
const PARAMETERS_V1_11: u32 = size_of::<WDF_IO_TARGET_OPEN_PARAMS>() as u32 - 16;

/// A request that is sent synchronously. Source: fxiotarget.cpp, SubmitSync.
fn send(
    kernel: &Kernel,
    target: WDFIOTARGET,
    (code, input, output): (ULONG, PWDF_MEMORY_DESCRIPTOR, PWDF_MEMORY_DESCRIPTOR),
    options: PWDF_REQUEST_SEND_OPTIONS,
    returned: PULONG_PTR,
) -> NTSTATUS {
    let reply = get(kernel, target).and_then(|target| {
        let options = options_of(kernel, options)?;
        let (input, output) = (described(kernel, input)?, described(kernel, output)?);
        target.wait_until_started(kernel, &options)?;
        Ok(target.control(&Formatted { code, input: bytes(input), output }))
    });
    reply.map_or_else(
        |status| status,
        |reply| {
            write(returned, reply.information as ULONG_PTR);
            reply.status
        },
    )
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

/// The stack below the device: below a root-enumerated device, nothing handles requests.
fn WdfDeviceGetIoTarget(kernel: &Kernel, device: WDFDEVICE) -> WDFIOTARGET {
    let Ok(device) = object::get::<Device>(kernel, device as usize) else {
        return std::ptr::null_mut();
    };
    let known = device.io_target.borrow().clone();
    let target = known.or_else(|| {
        let made =
            new(kernel, device.handle(), device.object(), std::ptr::null_mut(), None).ok()?;
        if let Some(target) = Ref::<IoTarget>::of(made.clone()) {
            target.state.set(S::WdfIoTargetStarted);
            target.end.set(Some(device.handle()));
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
        target.close(kernel, S::WdfIoTargetClosed);
    }
}

fn WdfIoTargetCloseForQueryRemove(kernel: &Kernel, target: WDFIOTARGET) {
    if let Ok(target) = get(kernel, target) {
        target.close(kernel, S::WdfIoTargetClosedForQueryRemove);
    }
}

/// Sends the waiting requests.
fn WdfIoTargetStart(kernel: &Kernel, target: WDFIOTARGET) -> NTSTATUS {
    status(get(kernel, target).map(|target| {
        target.state.set(S::WdfIoTargetStarted);
        kernel.wake();
        while let Some(request) = target.next_waiting() {
            carry_out(kernel, &request, &target, false);
        }
    }))
}

/// Whether an action that waits comes at PASSIVE_LEVEL.
fn may_wait(kernel: &Kernel, name: &str, waits: bool) -> bool {
    if waits && kernel.irql() > 0 {
        let what = format!("{name} waits above PASSIVE_LEVEL");
        kernel.violate(Rule::WaitAtDispatch, what);
        return false;
    }
    true
}

/// Sent requests are already complete; new ones wait. Source: fxiotargetapi.cpp.
fn WdfIoTargetStop(kernel: &Kernel, target: WDFIOTARGET, action: WDF_IO_TARGET_SENT_IO_ACTION) {
    use _WDF_IO_TARGET_SENT_IO_ACTION as A;
    let Ok(target) = get(kernel, target) else { return };
    if !(A::WdfIoTargetCancelSentIo..=A::WdfIoTargetLeaveSentIoPending).contains(&action) {
        kernel.violate(Rule::BadArgument, format!("WdfIoTargetStop with the action {action}"));
    } else if may_wait(kernel, "WdfIoTargetStop", action != A::WdfIoTargetLeaveSentIoPending) {
        target.state.set(S::WdfIoTargetStopped);
    }
}

/// Waiting requests are cancelled; new ones are refused. Source: fxiotargetapi.cpp.
fn WdfIoTargetPurge(kernel: &Kernel, target: WDFIOTARGET, action: WDF_IO_TARGET_PURGE_IO_ACTION) {
    use _WDF_IO_TARGET_PURGE_IO_ACTION as A;
    let Ok(target) = get(kernel, target) else { return };
    if ![A::WdfIoTargetPurgeIoAndWait, A::WdfIoTargetPurgeIo].contains(&action) {
        kernel.violate(Rule::BadArgument, format!("WdfIoTargetPurge with the action {action}"));
    } else if may_wait(kernel, "WdfIoTargetPurge", action == A::WdfIoTargetPurgeIoAndWait) {
        target.state.set(S::WdfIoTargetPurged);
        target.cancel_waiting(kernel);
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

/// A property of the device at the target's end: the device's own.
fn property(
    kernel: &Kernel,
    target: WDFIOTARGET,
    kind: DEVICE_REGISTRY_PROPERTY::Type,
) -> Result<Vec<u8>, NTSTATUS> {
    let target = get(kernel, target)?;
    let device = object::get::<Device>(kernel, target.device)?;
    interface::property(kernel, &device, kind)
}

fn WdfIoTargetQueryTargetProperty(
    kernel: &Kernel,
    target: WDFIOTARGET,
    kind: DEVICE_REGISTRY_PROPERTY::Type,
    room: ULONG,
    out: PVOID,
    needed: PULONG,
) -> NTSTATUS {
    property(kernel, target, kind)
        .map_or_else(|status| status, |bytes| interface::copy_out(&bytes, out, room, needed))
}

fn WdfIoTargetAllocAndQueryTargetProperty(
    kernel: &Kernel,
    target: WDFIOTARGET,
    kind: DEVICE_REGISTRY_PROPERTY::Type,
    _pool: POOL_TYPE,
    attributes: PWDF_OBJECT_ATTRIBUTES,
    handle: *mut WDFMEMORY,
) -> NTSTATUS {
    let made = property(kernel, target, kind)
        .and_then(|bytes| data::memory_of(kernel, attributes, &bytes));
    status(made.map(|memory| write(handle, memory.object().as_ptr())))
}

fn WdfIoTargetSendIoctlSynchronously(
    kernel: &Kernel,
    target: WDFIOTARGET,
    _request: WDFREQUEST,
    code: ULONG,
    input: PWDF_MEMORY_DESCRIPTOR,
    output: PWDF_MEMORY_DESCRIPTOR,
    options: PWDF_REQUEST_SEND_OPTIONS,
    returned: PULONG_PTR,
) -> NTSTATUS {
    send(kernel, target, (code, input, output), options, returned)
}

fn WdfIoTargetSendInternalIoctlSynchronously(
    kernel: &Kernel,
    target: WDFIOTARGET,
    _request: WDFREQUEST,
    code: ULONG,
    input: PWDF_MEMORY_DESCRIPTOR,
    output: PWDF_MEMORY_DESCRIPTOR,
    options: PWDF_REQUEST_SEND_OPTIONS,
    returned: PULONG_PTR,
) -> NTSTATUS {
    send(kernel, target, (code, input, output), options, returned)
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

/// What a request asks of its target: what it is formatted for, or, of a client's, what that asks.
fn question(request: &Request) -> Option<Formatted> {
    let formatted = request.formatted.borrow_mut().take();
    formatted.or_else(|| match &request.origin {
        Origin::Driver => None,
        Origin::Client(_) => {
            let (code, ..) = request.lengths();
            Some(Formatted { code, input: request.input_bytes(), output: request.output() })
        }
    })
}

/// Sends a request to its target, which completes it.
fn carry_out(kernel: &Kernel, request: &Ref<Request>, target: &Ref<IoTarget>, synchronous: bool) {
    let Some(question) = question(request) else { return };
    let reply = target.control(&question);
    if synchronous {
        request.completion.take();
    }
    come_back(kernel, request, target, reply);
}

/// A request that was sent is complete: its completion routine runs.
fn come_back(kernel: &Kernel, request: &Ref<Request>, target: &Ref<IoTarget>, reply: Reply) {
    request.sent.set(0);
    request.status.set(reply.status);
    if matches!(request.origin, Origin::Driver) {
        request.reply.set(Some(reply));
    }
    request.information.set(reply.information);
    let (routine, context) = request.completion.take();
    let Some(routine) = routine else { return };
    let mut parameters = WDF_REQUEST_COMPLETION_PARAMS {
        Size: size_of::<WDF_REQUEST_COMPLETION_PARAMS>() as u32,
        ..Default::default()
    };
    request.fill(&mut parameters, reply);
    let arguments = (
        request.object().as_ptr(),
        target.object().as_ptr(),
        &raw mut parameters,
        context as WDFCONTEXT,
    );
    let name = &callback::EvtRequestCompletionRoutine;
    invoke(kernel, name, request.handle(), routine, arguments);
}

/// The reason why a request cannot be sent this way: the verifier's message, and the status.
/// Source: fxrequestapi.cpp, WdfRequestSend.
fn refusal(request: &Request, flags: u32) -> Option<(&'static str, NTSTATUS)> {
    let is_clients = matches!(request.origin, Origin::Client(_));
    let is_formatted = request.formatted.borrow().is_some();
    if flags & FORGET != 0 && !is_clients {
        let what = "a request of the driver's own was sent to be forgotten";
        Some((what, STATUS_INVALID_DEVICE_STATE))
    } else if flags & FORGET != 0 && is_formatted {
        let what = "a request was sent to be forgotten that is formatted";
        Some((what, STATUS_INVALID_DEVICE_REQUEST))
    } else if flags & (FORGET | SYNCHRONOUS) == 0
        && is_clients
        && request.completion.get().0.is_none()
    {
        let what = "a client's request was sent without a completion routine";
        Some((what, STATUS_INVALID_DEVICE_REQUEST))
    } else if !is_clients && !is_formatted {
        Some(("a request was sent without being formatted", STATUS_REQUEST_NOT_ACCEPTED))
    } else {
        None
    }
}

/// Sends a request, or has it wait for its target to be started. Sent requests complete before this
/// returns, which the asynchronous contract allows.
fn submit(
    kernel: &Kernel,
    request: &Ref<Request>,
    target: &Ref<IoTarget>,
    options: PWDF_REQUEST_SEND_OPTIONS,
) -> Result<(), NTSTATUS> {
    let options = options_of(kernel, options)?;
    let synchronous = options.Flags & SYNCHRONOUS != 0;
    if request.sent.get() != 0 {
        let what = "bug check 0x10d (6, 3, ...): a request was sent again before it came back";
        kernel.violate(Rule::WdfViolation, what.to_owned());
        return Err(STATUS_INVALID_DEVICE_STATE);
    }
    if let Some((what, status)) = refusal(request, options.Flags) {
        kernel.violate(Rule::RequestMisuse, what.to_owned());
        return Err(status);
    }
    if synchronous && !may_wait(kernel, "WdfRequestSend", true) {
        return Err(STATUS_INVALID_DEVICE_REQUEST);
    }
    if options.Flags & FORGET != 0 {
        let reply = question(request).map_or_else(cancelled, |question| target.control(&question));
        request.finish(kernel, reply);
        return Ok(());
    }
    let formatted = request.formatted.borrow().as_ref().map(|own| own.code);
    request.code.set(formatted.unwrap_or(request.lengths().0));
    if synchronous {
        target.wait_until_started(kernel, &options)?;
    } else if !target.admits(options.Flags & IGNORE_STATE != 0)? {
        request.sent.set(target.handle());
        target.waiting.borrow_mut().push_back(request.object().clone());
        if options.Flags & TIMEOUT != 0 && options.Timeout != 0 {
            expire(kernel, request, target, options.Timeout);
        }
        return Ok(());
    }
    carry_out(kernel, request, target, synchronous);
    Ok(())
}

/// A request that still waits at that time comes back with STATUS_IO_TIMEOUT.
fn expire(kernel: &Kernel, request: &Ref<Request>, target: &Ref<IoTarget>, timeout: i64) {
    let both = (Rc::downgrade(request.object()), Rc::downgrade(target.object()));
    let expiry = Rc::new(move |kernel: &Kernel| {
        if let (Some(request), Some(target)) = (both.0.upgrade(), both.1.upgrade())
            && let (Some(request), Some(target)) =
                (Ref::<Request>::of(request), Ref::<IoTarget>::of(target))
            && target.take_back(request.object())
        {
            let reply = Reply { status: STATUS_IO_TIMEOUT, information: 0 };
            come_back(kernel, &request, &target, reply);
        }
    });
    kernel.schedule(kernel.due(timeout), expiry);
}

/// Cancels a sent request that waits for its target; any other is already complete.
fn WdfRequestCancelSentRequest(kernel: &Kernel, request: WDFREQUEST) -> BOOLEAN {
    let Ok(request) = object::get::<Request>(kernel, request as usize) else { return 0 };
    let Some(target) = object::get_alive::<IoTarget>(kernel, request.sent.get()) else { return 0 };
    if !target.take_back(request.object()) {
        return 0;
    }
    come_back(kernel, &request, &target, cancelled());
    1
}

fn WdfRequestChangeTarget(kernel: &Kernel, request: WDFREQUEST, target: WDFIOTARGET) -> NTSTATUS {
    status(
        object::get::<Request>(kernel, request as usize)
            .and(object::get::<IoTarget>(kernel, target as usize))
            .map(drop),
    )
}

/// A failure is the request's status, and its completion routine does not run.
fn WdfRequestSend(
    kernel: &Kernel,
    request: WDFREQUEST,
    target: WDFIOTARGET,
    options: PWDF_REQUEST_SEND_OPTIONS,
) -> BOOLEAN {
    let Ok(request) = object::get::<Request>(kernel, request as usize) else { return 0 };
    let Ok(target) = get(kernel, target) else { return 0 };
    match submit(kernel, &request, &target, options) {
        Ok(()) => 1,
        Err(status) => {
            request.status.set(status);
            0
        }
    }
}

entries! {
    /// Targets.
    entries:
    WdfRequestChangeTarget: DISPATCH, fallible;
    WdfRequestSend: DISPATCH;
    WdfRequestCancelSentRequest: DISPATCH;
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
    WdfIoTargetQueryTargetProperty: PASSIVE, fallible;
    WdfIoTargetAllocAndQueryTargetProperty: PASSIVE, fallible;
    WdfIoTargetSendIoctlSynchronously: PASSIVE, fallible;
    WdfIoTargetSendInternalIoctlSynchronously: PASSIVE, fallible;
    WdfIoTargetFormatRequestForIoctl: DISPATCH, fallible;
    WdfIoTargetFormatRequestForInternalIoctl: DISPATCH, fallible;
}
