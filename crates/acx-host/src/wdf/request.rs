//! Requests: those of clients, which a driver owns until it completes them, and those that a driver
//! creates and sends. Source: wdfrequest.h pages.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::rc::Rc;

use acx_sys::*;

use crate::kernel::Kernel;
use crate::kernel::abi::status;
use crate::kernel::abi::{read, write};
use crate::kernel::call::invoke;
use crate::kernel::function::entries;
use crate::kernel::object;
use crate::kernel::object::{Object, Ref};
use crate::kernel::report::Rule;
use crate::kernel::security::Client;
use crate::wdf::callback;
use crate::wdf::device::Device;
use crate::wdf::framework;
use crate::wdf::lock;
use acx_client::Reply;

/// A client's device-control request.
pub(crate) trait ClientRequest: Any {
    fn code(&self) -> u32;

    fn input(&self) -> &[u8];

    /// The client that sent it; None: a driver.
    fn sender(&self) -> Option<Client>;
}

/// The state of a request that a power-down waits for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Stop {
    /// Nothing yet.
    #[default]
    Open,
    /// The driver keeps it while the device is down.
    Kept,
}

/// The origin of a request.
pub(crate) enum Origin {
    /// A client's.
    Client(Box<dyn ClientRequest>),
    /// The driver made it.
    Driver,
}

/// The buffers of a request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Method {
    /// Each in a buffer of its own.
    #[default]
    Direct,
    /// METHOD_BUFFERED: both in one buffer, of these lengths.
    Buffered { input: usize, output: usize },
    /// METHOD_NEITHER: at the client's addresses, which KMDF does not check.
    Neither,
}

/// The queue that presented a request, and its action at the completion.
#[derive(Clone, Copy)]
pub(crate) struct Presented {
    pub(crate) queue: usize,
    pub(crate) completed: fn(&Kernel, usize, usize),
}

/// The operation of a driver's formatted request.
#[derive(Clone)]
pub(crate) struct Formatted {
    pub(crate) code: u32,
    pub(crate) input: Vec<u8>,
    /// The driver's buffer and its length.
    pub(crate) output: (usize, usize),
}

type Completion = (PFN_WDF_REQUEST_COMPLETION_ROUTINE, usize);

/// A request.
pub(crate) struct Request {
    pub(super) origin: Origin,
    /// The value: in on SET, out on GET.
    pub(crate) value: RefCell<Vec<u8>>,
    pub(super) information: Cell<usize>,
    pub(super) reply: Cell<Option<Reply>>,
    pub(crate) queue: Cell<Option<Presented>>,
    pub(super) formatted: RefCell<Option<Formatted>>,
    pub(super) completion: Cell<Completion>,
    /// The control code that it was last sent with.
    pub(super) code: Cell<u32>,
    pub(crate) method: Cell<Method>,
    /// The WDFFILEOBJECT of the handle that it came through, or 0.
    pub(crate) file: Cell<usize>,
    /// The driver uses file objects, so this one is visible to it.
    pub(crate) shows_file: Cell<bool>,
    pub(crate) kind: Cell<WDF_REQUEST_TYPE>,
    /// It waits in a queue: the driver does not own it.
    pub(crate) is_queued: Cell<bool>,
    /// The handle of the queue that it waits or waited in.
    pub(crate) in_queue: Cell<usize>,
    /// EvtIoInCallerContext has it.
    pub(crate) is_in_callers_context: Cell<bool>,
    /// The driver has owned it.
    pub(crate) was_presented: Cell<bool>,
    /// What WdfRequestStopAcknowledge said since the queue's last EvtIoStop.
    pub(crate) stop: Cell<Stop>,
    cancel: Cell<PFN_WDF_REQUEST_CANCEL>,
    cancelled: Cell<bool>,
    cancel_called: Cell<bool>,
    /// The target that it was sent to and has not come back from, or 0.
    pub(super) sent: Cell<usize>,
    /// The result of sending it, or of its completion.
    pub(super) status: Cell<NTSTATUS>,
    irp: RefCell<Option<Box<[u64; IRP_WORDS]>>>,
}

/// An IRP of 208 bytes and one stack location of 72.
const IRP_WORDS: usize = (208 + 72) / 8;

impl Request {
    pub(crate) fn new(origin: Origin, value: Vec<u8>) -> Self {
        Self {
            origin,
            value: RefCell::new(value),
            information: Cell::default(),
            reply: Cell::default(),
            queue: Cell::default(),
            formatted: RefCell::default(),
            completion: Cell::default(),
            code: Cell::default(),
            method: Cell::default(),
            file: Cell::default(),
            shows_file: Cell::default(),
            kind: Cell::new(_WDF_REQUEST_TYPE::WdfRequestTypeDeviceControl),
            is_queued: Cell::default(),
            in_queue: Cell::default(),
            is_in_callers_context: Cell::default(),
            was_presented: Cell::default(),
            stop: Cell::default(),
            cancel: Cell::default(),
            cancelled: Cell::default(),
            cancel_called: Cell::default(),
            sent: Cell::default(),
            status: Cell::default(),
            irp: RefCell::default(),
        }
    }

    pub(crate) fn reply(&self) -> Option<Reply> {
        self.reply.get()
    }

    /// The client's request, if it is of this type.
    pub(crate) fn client<T: ClientRequest>(&self) -> Result<&T, NTSTATUS> {
        match &self.origin {
            Origin::Client(request) => (&**request as &dyn Any).downcast_ref(),
            Origin::Driver => None,
        }
        .ok_or(STATUS_INVALID_DEVICE_REQUEST)
    }

    /// The handle of the queue that it was presented from, or 0.
    pub(crate) fn queue_handle(&self) -> usize {
        self.queue.get().map_or(0, |own| own.queue)
    }

    /// The program that sent it; None: a driver.
    fn sender(&self) -> Option<Client> {
        match &self.origin {
            Origin::Client(request) => request.sender(),
            Origin::Driver => None,
        }
    }

    /// The client's input, if it has its own buffer.
    fn sent(&self) -> &[u8] {
        match &self.origin {
            Origin::Client(request) => request.input(),
            Origin::Driver => &[],
        }
    }

    /// The address and length of the input.
    pub(super) fn input(&self) -> (usize, usize) {
        match self.method.get() {
            Method::Buffered { input, .. } => (self.value.borrow().as_ptr() as usize, input),
            Method::Direct | Method::Neither => (self.sent().as_ptr() as usize, self.sent().len()),
        }
    }

    /// The address and largest length of the output.
    pub(super) fn output(&self) -> (usize, usize) {
        let value = self.value.borrow();
        let length = match self.method.get() {
            Method::Buffered { output, .. } => output,
            Method::Direct | Method::Neither => value.len(),
        };
        (value.as_ptr() as usize, length)
    }

    /// A copy of the input.
    pub(super) fn input_bytes(&self) -> Vec<u8> {
        match self.method.get() {
            Method::Buffered { input, .. } => self.value.borrow()[..input].to_vec(),
            Method::Direct | Method::Neither => self.sent().to_vec(),
        }
    }

    /// Code, input and output lengths, as a queue passes them.
    pub(crate) fn lengths(&self) -> (u32, usize, usize) {
        let code = match &self.origin {
            Origin::Client(request) => request.code(),
            Origin::Driver => 0,
        };
        (code, self.input().1, self.output().1)
    }

    /// Whether it came through a queue: a client's does, unless it opens a handle. Those that ACX
    /// presents come through its own queue.
    fn has_queue(&self) -> bool {
        matches!(self.origin, Origin::Client(_))
            && (self.queue.get().is_some()
                || self.kind.get() != _WDF_REQUEST_TYPE::WdfRequestTypeCreate)
    }

    /// Whether a cancel routine is set.
    pub(crate) fn is_cancelable(&self) -> bool {
        self.cancel.get().is_some()
    }

    /// Whether its cancel routine was called, which completes it.
    pub(crate) fn is_with_cancel_routine(&self) -> bool {
        self.cancel_called.get()
    }
}

/// wdfstatus.h.
const STATUS_WDF_INTERNAL_ERROR: NTSTATUS = 0xC020_0201_u32.cast_signed();
const STATUS_WDF_PAUSED: NTSTATUS = 0xC020_0203_u32.cast_signed();
const STATUS_WDF_BUSY: NTSTATUS = 0xC020_0204_u32.cast_signed();

const STATUS_WDF_REQUEST_INVALID_STATE: NTSTATUS = 0xC020_0208_u32.cast_signed();

/// The client's status: codes of KMDF's facility are mapped. Source: fxrequest.cpp,
/// CompleteInternal.
fn for_client(status: NTSTATUS) -> NTSTATUS {
    match status {
        STATUS_WDF_PAUSED | STATUS_WDF_BUSY => STATUS_DEVICE_BUSY,
        STATUS_WDF_INTERNAL_ERROR => STATUS_INTERNAL_ERROR,
        other if other.cast_unsigned() & 0xFFFF_0000 == 0xC020_0000 => {
            STATUS_INVALID_DEVICE_REQUEST
        }
        other => other,
    }
}

impl Ref<Request> {
    /// Completes the request once.
    pub(crate) fn finish(&self, kernel: &Kernel, reply: Reply) {
        if self.reply.get().is_some() {
            kernel.violate(Rule::RequestTwice, "a request was completed twice".to_owned());
            return;
        }
        let room = self.output().1;
        if NT_SUCCESS(reply.status) && reply.information > room {
            let what = format!("{} bytes of answer in {room}", reply.information);
            kernel.violate(Rule::RequestMisuse, what);
        }
        if matches!(self.origin, Origin::Driver) {
            kernel.violate(
                Rule::RequestMisuse,
                "a request of the driver's own was completed".to_owned(),
            );
        }
        if reply.status == STATUS_PENDING {
            kernel.violate(Rule::RequestMisuse, "a request was completed as pending".to_owned());
        }
        let is_clients = matches!(self.origin, Origin::Client(_));
        if is_clients && self.is_cancelable() && !self.cancelled.get() {
            let what = "a request was completed that is still marked cancelable".to_owned();
            kernel.violate(Rule::RequestMisuse, what);
        }
        if is_clients && object::has_referenced_child(self.object(), "WDFMEMORY") {
            let what =
                "bug check 0x10d (3, ...): a request was completed whose memory is referenced";
            kernel.violate(Rule::WdfViolation, what.to_owned());
        }
        let status = for_client(reply.status);
        self.reply.set(Some(Reply { status, ..reply }));
        self.status.set(status);
        if is_clients {
            // Disposed of before the client has the result; that wakes it.
            object::delete(kernel, self.object());
        }
        if let Some(own) = self.queue.take() {
            (own.completed)(kernel, own.queue, self.handle());
        }
    }

    /// Checks that the driver owns the request: it does not wait in a queue.
    pub(super) fn owned(&self, kernel: &Kernel) -> Result<(), NTSTATUS> {
        if self.is_queued.get() {
            let what = "a request was used that waits in a queue: the driver does not own it";
            kernel.violate(Rule::RequestMisuse, what.to_owned());
            return Err(STATUS_INVALID_DEVICE_REQUEST);
        }
        Ok(())
    }

    /// Cancels the request.
    pub(crate) fn cancel(&self, kernel: &Kernel) {
        self.cancelled.set(true);
        if let Some(cancel) = self.cancel.take() {
            self.cancel_called.set(true);
            let lock = object::find(kernel, self.queue_handle())
                .and_then(|queue| lock::of_callbacks(&queue));
            lock::synchronized(kernel, lock.as_ref(), || {
                let arguments = (self.object().as_ptr(),);
                let name = &callback::EvtRequestCancel;
                invoke(kernel, name, self.handle(), cancel, arguments);
            });
        }
    }

    /// Formats it for a target: a driver's request, or a client's that the driver owns.
    pub(crate) fn format(&self, kernel: &Kernel, formatted: Formatted) -> Result<(), NTSTATUS> {
        self.owned(kernel)?;
        *self.formatted.borrow_mut() = Some(formatted);
        Ok(())
    }

    /// An IRP with the fields that the public headers' macros read.
    pub(super) fn irp(&self) -> usize {
        let mut irp = self.irp.borrow_mut();
        let words = irp.get_or_insert_with(|| Box::new([0; IRP_WORDS]));
        let start = words.as_ptr() as usize;
        let stack = start + 208;
        let (code, input, output) = self.lengths();
        let (value, _) = self.output();
        let (sent, _) = self.input();
        // In words. Type 6, size; AssociatedIrp at 3, RequestorMode at 8, UserBuffer at 14,
        // Tail.Overlay.Thread at 19, CurrentStackLocation at 23.
        words[0] = 6 | (208 << 16);
        words[3] = sent as u64;
        words[8] = u64::from(self.sender().is_some()) | (1 << 8) | (1 << 16);
        words[14] = value as u64;
        words[19] = self.sender().map_or(0, Client::thread) as u64;
        words[23] = stack as u64;
        // The stack location at 26: major function, output length, input length, code,
        // Type3InputBuffer.
        words[26] = u64::from(IRP_MJ_DEVICE_CONTROL);
        words[27] = output as u64;
        words[28] = input as u64;
        words[29] = u64::from(code);
        words[30] = sent as u64;
        start
    }
}

fn get(kernel: &Kernel, request: WDFREQUEST) -> Result<Ref<Request>, NTSTATUS> {
    object::get::<Request>(kernel, request as usize)
}

fn complete(kernel: &Kernel, request: WDFREQUEST, status: NTSTATUS, information: Option<usize>) {
    // The handle became invalid with the first completion.
    if object::is_gone(kernel, request as usize, "WDFREQUEST") {
        kernel.violate(Rule::RequestTwice, "a request was completed twice".to_owned());
        return;
    }
    if let Ok(request) = get(kernel, request) {
        let information = information.unwrap_or(request.information.get());
        request.finish(kernel, Reply { status, information });
    }
}

/// A request object of the client's, with the context that WdfDeviceInitSetRequestAttributes gives
/// all requests of its device.
pub(crate) fn new(
    kernel: &Kernel,
    origin: Origin,
    value: Vec<u8>,
    parent: &Rc<Object>,
) -> Result<Ref<Request>, NTSTATUS> {
    let device = std::iter::successors(Some(parent.clone()), |object| object.parent())
        .find_map(Ref::<Device>::of);
    let mut attributes = device.and_then(|device| device.request_attributes);
    let attributes = attributes.as_mut().map_or(std::ptr::null_mut(), std::ptr::from_mut);
    let request = Request::new(origin, value);
    let object = object::create(kernel, "WDFREQUEST", request, attributes, Some(parent))?;
    Ref::of(object).ok_or(STATUS_UNSUCCESSFUL)
}

/// Source: WdfRequestComplete.
fn WdfRequestComplete(kernel: &Kernel, request: WDFREQUEST, status: NTSTATUS) {
    complete(kernel, request, status, None);
}

/// Source: WdfRequestCompleteWithInformation.
fn WdfRequestCompleteWithInformation(
    kernel: &Kernel,
    request: WDFREQUEST,
    status: NTSTATUS,
    information: ULONG_PTR,
) {
    complete(kernel, request, status, Some(information as usize));
}

fn WdfRequestCompleteWithPriorityBoost(
    kernel: &Kernel,
    request: WDFREQUEST,
    status: NTSTATUS,
    _boost: CCHAR,
) {
    complete(kernel, request, status, None);
}

/// Source: WdfRequestSetInformation.
fn WdfRequestSetInformation(kernel: &Kernel, request: WDFREQUEST, information: ULONG_PTR) {
    if let Ok(request) = get(kernel, request) {
        request.information.set(information as usize);
    }
}

fn WdfRequestGetInformation(kernel: &Kernel, request: WDFREQUEST) -> ULONG_PTR {
    get(kernel, request).map_or(0, |request| request.information.get()) as ULONG_PTR
}

fn WdfRequestGetStatus(kernel: &Kernel, request: WDFREQUEST) -> NTSTATUS {
    get(kernel, request).map_or_else(|status| status, |request| request.status.get())
}

fn WdfRequestGetRequestorMode(kernel: &Kernel, request: WDFREQUEST) -> KPROCESSOR_MODE {
    // UserMode for a program's, KernelMode for a driver's.
    get(kernel, request)
        .map_or(0, |request| i8::from(request.sender().is_some()) as KPROCESSOR_MODE)
}

fn WdfRequestIsFrom32BitProcess(kernel: &Kernel, request: WDFREQUEST) -> BOOLEAN {
    let _ = get(kernel, request);
    0
}

fn WdfRequestIsReserved(kernel: &Kernel, request: WDFREQUEST) -> BOOLEAN {
    let _ = get(kernel, request);
    0
}

fn WdfRequestGetRequestorProcessId(kernel: &Kernel, request: WDFREQUEST) -> ULONG {
    let _ = get(kernel, request);
    0x1000
}

fn WdfRequestGetFileObject(kernel: &Kernel, request: WDFREQUEST) -> WDFFILEOBJECT {
    get(kernel, request).map_or(std::ptr::null_mut(), |request| {
        let _ = request.owned(kernel);
        let file = if request.shows_file.get() { request.file.get() } else { 0 };
        file as WDFFILEOBJECT
    })
}

fn WdfRequestWdmGetIrp(kernel: &Kernel, request: WDFREQUEST) -> PIRP {
    get(kernel, request).map_or(std::ptr::null_mut(), |request| request.irp() as PIRP)
}

impl Request {
    /// Fills in the parameters of a completion routine.
    pub(super) fn fill(&self, parameters: &mut WDF_REQUEST_COMPLETION_PARAMS, reply: Reply) {
        parameters.Type = _WDF_REQUEST_TYPE::WdfRequestTypeDeviceControl;
        parameters.IoStatus.__bindgen_anon_1.Status = reply.status;
        parameters.IoStatus.Information = reply.information as ULONG_PTR;
        parameters.Parameters.Ioctl.IoControlCode = self.code.get();
        parameters.Parameters.Ioctl.Output.Length = reply.information;
    }

    /// The parameters of a request, as a driver reads them.
    pub(super) fn parameters(
        &self,
        mut parameters: WDF_REQUEST_PARAMETERS,
    ) -> WDF_REQUEST_PARAMETERS {
        let (code, input, output) = self.lengths();
        parameters.Type = self.kind.get();
        parameters.Parameters.DeviceIoControl =
            _WDF_REQUEST_PARAMETERS__bindgen_ty_1__bindgen_ty_4 {
                OutputBufferLength: output,
                InputBufferLength: input,
                IoControlCode: code,
                // KMDF's verifier clears it: the framework's functions retrieve the buffers.
                Type3InputBuffer: std::ptr::null_mut(),
            };
        parameters
    }
}

fn WdfRequestGetParameters(kernel: &Kernel, request: WDFREQUEST, out: PWDF_REQUEST_PARAMETERS) {
    let (Ok(request), Some(parameters)) = (get(kernel, request), read(out)) else { return };
    if usize::from(parameters.Size) != size_of::<WDF_REQUEST_PARAMETERS>() {
        kernel.violate(
            Rule::Uninitialized,
            "WDF_REQUEST_PARAMETERS was not initialized: wrong Size".to_owned(),
        );
        return;
    }
    if request.owned(kernel).is_ok() {
        write(out, request.parameters(parameters));
    }
}

/// Sets a request's cancel routine. Source: fxioqueue.cpp, RequestCancelable.
fn mark_cancelable(
    kernel: &Kernel,
    request: &Ref<Request>,
    cancel: PFN_WDF_REQUEST_CANCEL,
) -> Result<(), NTSTATUS> {
    request.owned(kernel)?;
    let wrong = if !request.has_queue() {
        Some("a request that came through no queue was marked cancelable")
    } else if request.is_cancelable() {
        Some("a request was marked cancelable twice")
    } else {
        None
    };
    if let Some(wrong) = wrong {
        kernel.violate(Rule::RequestMisuse, wrong.to_owned());
        return Err(STATUS_INVALID_DEVICE_REQUEST);
    }
    if request.cancelled.get() {
        return Err(STATUS_CANCELLED);
    }
    request.cancel.set(cancel);
    Ok(())
}

/// If a request is already cancelled, its routine is called.
fn WdfRequestMarkCancelable(kernel: &Kernel, request: WDFREQUEST, cancel: PFN_WDF_REQUEST_CANCEL) {
    if let Ok(request) = get(kernel, request)
        && mark_cancelable(kernel, &request, cancel) == Err(STATUS_CANCELLED)
    {
        request.cancel.set(cancel);
        request.cancel(kernel);
    }
}

fn WdfRequestMarkCancelableEx(
    kernel: &Kernel,
    request: WDFREQUEST,
    cancel: PFN_WDF_REQUEST_CANCEL,
) -> NTSTATUS {
    status(get(kernel, request).and_then(|request| mark_cancelable(kernel, &request, cancel)))
}

fn WdfRequestUnmarkCancelable(kernel: &Kernel, request: WDFREQUEST) -> NTSTATUS {
    status(get(kernel, request).and_then(|request| {
        if !request.has_queue() {
            return Err(STATUS_INVALID_DEVICE_REQUEST);
        }
        match (request.cancelled.get(), request.cancel.take()) {
            (true, _) => Err(STATUS_CANCELLED),
            (false, Some(_)) => Ok(()),
            (false, None) => {
                let what = "a request was unmarked that is not marked cancelable".to_owned();
                kernel.violate(Rule::RequestMisuse, what);
                Err(STATUS_INVALID_PARAMETER)
            }
        }
    }))
}

/// Source: fxrequestapi.cpp, VerifyWdfRequestIsCanceled: of a request that the driver has, and that
/// is not marked cancelable.
fn WdfRequestIsCanceled(kernel: &Kernel, request: WDFREQUEST) -> BOOLEAN {
    let Ok(request) = get(kernel, request) else { return 0 };
    if request.owned(kernel).is_err() {
        return 0;
    }
    if request.is_cancelable() {
        let what = "WdfRequestIsCanceled of a request that is marked cancelable".to_owned();
        kernel.violate(Rule::RequestMisuse, what);
        return 0;
    }
    BOOLEAN::from(request.cancelled.get())
}

fn WdfRequestCreate(
    kernel: &Kernel,
    attributes: PWDF_OBJECT_ATTRIBUTES,
    _target: WDFIOTARGET,
    handle: *mut WDFREQUEST,
) -> NTSTATUS {
    let driver = framework::driver(kernel);
    let request = Request::new(Origin::Driver, Vec::new());
    status(
        object::create(kernel, "WDFREQUEST", request, attributes, driver.as_ref())
            .map(|object| write(handle, object.as_ptr())),
    )
}

fn WdfRequestReuse(
    kernel: &Kernel,
    request: WDFREQUEST,
    parameters: PWDF_REQUEST_REUSE_PARAMS,
) -> NTSTATUS {
    // WDF_REQUEST_REUSE_SET_NEW_IRP, WDF_REQUEST_REUSE_MUST_COMPLETE.
    let is_right = |own: WDF_REQUEST_REUSE_PARAMS| {
        own.Size == size_of::<WDF_REQUEST_REUSE_PARAMS>() as u32 && own.Flags & !3 == 0
    };
    let Some(own) = read(parameters).filter(|own| is_right(*own)) else {
        return STATUS_INVALID_PARAMETER;
    };
    let has_irp = own.Flags & 1 != 0;
    status(get(kernel, request).and_then(|request| {
        if request.sent.get() != 0 {
            let what = "a request was reused that was sent and has not come back".to_owned();
            kernel.violate(Rule::RequestMisuse, what);
            return Err(STATUS_INVALID_DEVICE_STATE);
        }
        request.completion.set(Completion::default());
        *request.formatted.borrow_mut() = None;
        if matches!(request.origin, Origin::Client(_)) {
            return if has_irp { Err(STATUS_WDF_REQUEST_INVALID_STATE) } else { Ok(()) };
        }
        request.reply.set(None);
        request.status.set(STATUS_SUCCESS);
        request.information.set(0);
        Ok(())
    }))
}

fn WdfRequestFormatRequestUsingCurrentType(kernel: &Kernel, request: WDFREQUEST) {
    let _ = get(kernel, request);
}

fn WdfRequestSetCompletionRoutine(
    kernel: &Kernel,
    request: WDFREQUEST,
    routine: PFN_WDF_REQUEST_COMPLETION_ROUTINE,
    context: WDFCONTEXT,
) {
    if let Ok(request) = get(kernel, request) {
        request.completion.set((routine, context as usize));
    }
}

fn WdfRequestGetCompletionParams(
    kernel: &Kernel,
    request: WDFREQUEST,
    out: PWDF_REQUEST_COMPLETION_PARAMS,
) {
    if let (Ok(request), Some(mut parameters)) = (get(kernel, request), read(out)) {
        if parameters.Size != size_of::<WDF_REQUEST_COMPLETION_PARAMS>() as u32 {
            let what = "WDF_REQUEST_COMPLETION_PARAMS was not initialized: wrong Size".to_owned();
            kernel.violate(Rule::Uninitialized, what);
            return;
        }
        let reply = request.reply().unwrap_or(Reply { status: STATUS_SUCCESS, information: 0 });
        request.fill(&mut parameters, reply);
        write(out, parameters);
    }
}

fn WdfRequestAllocateTimer(kernel: &Kernel, request: WDFREQUEST) -> NTSTATUS {
    status(get(kernel, request).map(drop))
}

entries! {
    /// Requests.
    entries:
    WdfRequestComplete: DISPATCH;
    WdfRequestCompleteWithInformation: DISPATCH;
    WdfRequestCompleteWithPriorityBoost: DISPATCH;
    WdfRequestSetInformation: DISPATCH;
    WdfRequestGetInformation: DISPATCH;
    WdfRequestGetStatus: DISPATCH, fallible;
    WdfRequestGetRequestorMode: DISPATCH;
    WdfRequestIsFrom32BitProcess: APC;
    WdfRequestIsReserved: DISPATCH;
    WdfRequestGetRequestorProcessId: DISPATCH;
    WdfRequestGetFileObject: DISPATCH;
    WdfRequestWdmGetIrp: DISPATCH;
    WdfRequestGetParameters: DISPATCH;
    WdfRequestMarkCancelable: DISPATCH;
    WdfRequestMarkCancelableEx: DISPATCH, fallible;
    WdfRequestUnmarkCancelable: DISPATCH, fallible;
    WdfRequestIsCanceled: DISPATCH;
    WdfRequestCreate: DISPATCH, fallible;
    WdfRequestReuse: DISPATCH, fallible;
    WdfRequestFormatRequestUsingCurrentType: DISPATCH;
    WdfRequestSetCompletionRoutine: DISPATCH;
    WdfRequestGetCompletionParams: DISPATCH;
    WdfRequestAllocateTimer: DISPATCH, fallible;
}
