//! The functions of I/O queues. Source: wdfio.h pages, and fxioqueueapi.cpp of KMDF's public
//! source.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use _WDF_IO_QUEUE_DISPATCH_TYPE as D;
use acx_sys::*;

use crate::kernel::Kernel;
use crate::kernel::abi::{read, status, write};
use crate::kernel::attributes::{self, Constraints, Limits, Scope};
use crate::kernel::function::entries;
use crate::kernel::object::{self, Object, Ref};
use crate::kernel::report::Rule;
use crate::wdf::callback;
use crate::wdf::device::{Device, Power};
use crate::wdf::file::FileObject;
use crate::wdf::init::DeviceKind;
use crate::wdf::queue::{
    Managed, QUEUE_CONFIG_V1_7, QUEUE_CONFIG_V1_9, Queue, cancel_all, deliver, dispatch, hand_over,
    is_on, leave, presented_at_once, purge, tell_ready, wait_later, wait_now,
};
use crate::wdf::request::{Request, Stop};

/// wdfstatus.h.
const STATUS_WDF_PAUSED: NTSTATUS = 0xC020_0203_u32.cast_signed();
const STATUS_WDF_BUSY: NTSTATUS = 0xC020_0204_u32.cast_signed();
const STATUS_WDF_NO_CALLBACK: NTSTATUS = 0xC020_020B_u32.cast_signed();

/// Checks a WDF_IO_QUEUE_CONFIG. Source: fxioqueueapi.cpp, fxioqueue.cpp Initialize.
fn check_config(kernel: &Kernel, config: &WDF_IO_QUEUE_CONFIG) -> Result<(), NTSTATUS> {
    let sizes = [size_of::<WDF_IO_QUEUE_CONFIG>() as u32, QUEUE_CONFIG_V1_9, QUEUE_CONFIG_V1_7];
    if !sizes.contains(&config.Size) {
        kernel.violate(Rule::Uninitialized, "WDF_IO_QUEUE_CONFIG was not initialized".to_owned());
        return Err(STATUS_INFO_LENGTH_MISMATCH);
    }
    let has_callback = config.EvtIoDefault.is_some()
        || config.EvtIoRead.is_some()
        || config.EvtIoWrite.is_some()
        || config.EvtIoDeviceControl.is_some()
        || config.EvtIoInternalDeviceControl.is_some();
    let refuse = |what: &str, status| {
        kernel.violate(Rule::BadArgument, what.to_owned());
        Err(status)
    };
    match config.DispatchType {
        D::WdfIoQueueDispatchSequential | D::WdfIoQueueDispatchParallel if !has_callback => {
            refuse("a queue that presents requests has no EvtIo callback", STATUS_WDF_NO_CALLBACK)
        }
        D::WdfIoQueueDispatchManual if has_callback => {
            refuse("a manual queue has an EvtIo callback", STATUS_INVALID_PARAMETER)
        }
        D::WdfIoQueueDispatchSequential | D::WdfIoQueueDispatchManual
            if presented_at_once(config).is_some_and(|count| count != 0) =>
        {
            let what = "NumberOfPresentedRequests of a queue that is not parallel";
            refuse(what, STATUS_INVALID_PARAMETER)
        }
        D::WdfIoQueueDispatchSequential
        | D::WdfIoQueueDispatchParallel
        | D::WdfIoQueueDispatchManual => Ok(()),
        _ => refuse("a queue's DispatchType is out of range", STATUS_INVALID_PARAMETER),
    }
}

/// Checks the attributes of a queue: its parent is its device, and it shares the device's lock only
/// if both run at the same level. Source: fxpkgio.cpp, CreateQueue; fxioqueue.cpp,
/// ConfigureConstraints.
fn check_attributes(
    kernel: &Kernel,
    device: &Ref<Device>,
    attributes: PWDF_OBJECT_ATTRIBUTES,
) -> Result<(), NTSTATUS> {
    let own = read(attributes);
    let parent = own.map_or(0, |own| own.ParentObject as usize);
    if parent != 0 {
        let given = object::any(kernel, parent)?;
        let above = std::iter::successors(Some(given), |object| object.parent())
            .find(|object| object.body::<Device>().is_some());
        if !above.is_some_and(|above| Rc::ptr_eq(&above, device.object())) {
            let what = "a queue's parent is below no device, or below another one".to_owned();
            kernel.violate(Rule::WrongParent, what);
            return Err(STATUS_INVALID_DEVICE_REQUEST);
        }
    }
    let devices = device.object().constraints();
    let queues = Constraints::of("WDFQUEUE", own, Some(devices));
    if queues.scope == Scope::Device && queues.passive != devices.passive {
        let what = "a queue is synchronized with its device and has another execution level";
        kernel.violate(Rule::BadArgument, what.to_owned());
        return Err(STATUS_INVALID_PARAMETER);
    }
    Ok(())
}

fn create(
    kernel: &Kernel,
    device: WDFDEVICE,
    config: PWDF_IO_QUEUE_CONFIG,
    attributes: PWDF_OBJECT_ATTRIBUTES,
) -> Result<Rc<Object>, NTSTATUS> {
    let device = object::get::<Device>(kernel, device as usize)?;
    let config = read(config).ok_or(STATUS_INVALID_PARAMETER)?;
    attributes::check(kernel, "WDFQUEUE", attributes, Limits::of("WDFQUEUE"))?;
    check_config(kernel, &config)?;
    check_attributes(kernel, &device, attributes)?;
    let is_default = config.DefaultQueue != 0;
    if is_default && device.power() == Power::D0 {
        return Err(STATUS_INVALID_DEVICE_STATE);
    }
    if is_default && device.default_queue.borrow().is_some() {
        return Err(STATUS_UNSUCCESSFUL);
    }
    let follows_power = device.kind != DeviceKind::Control && !device.is_filter;
    let queue = Queue {
        config,
        device: device.handle(),
        power_managed: match config.PowerManaged {
            _WDF_TRI_STATE::WdfTrue => true,
            _WDF_TRI_STATE::WdfFalse => false,
            _ => follows_power,
        },
        waiting: RefCell::default(),
        presented: RefCell::default(),
        stopped: Cell::default(),
        suspended: Cell::default(),
        pending: Cell::default(),
        purged: Cell::default(),
        ready: Cell::default(),
    };
    let object = object::create(kernel, "WDFQUEUE", queue, attributes, Some(device.object()))?;
    if is_default {
        object.protect();
        *device.default_queue.borrow_mut() = Some(object.clone());
    }
    device.queues.borrow_mut().push((object.clone(), &Managed));
    let weak = Rc::downgrade(&object);
    object.on_delete(move |kernel| {
        if let Some(queue) = weak.upgrade() {
            purge(kernel, &queue);
            if let Some(own) = Ref::<Queue>::of(queue.clone())
                && let Ok(device) = object::get::<Device>(kernel, own.device)
            {
                device.queues.borrow_mut().retain(|(other, _)| !Rc::ptr_eq(other, &queue));
            }
        }
    });
    Ok(object)
}

fn get(kernel: &Kernel, queue: WDFQUEUE) -> Result<Ref<Queue>, NTSTATUS> {
    object::get::<Queue>(kernel, queue as usize)
}

fn WdfIoQueueCreate(
    kernel: &Kernel,
    device: WDFDEVICE,
    config: PWDF_IO_QUEUE_CONFIG,
    attributes: PWDF_OBJECT_ATTRIBUTES,
    handle: *mut WDFQUEUE,
) -> NTSTATUS {
    if handle.is_null() && read(config).is_some_and(|config| config.DefaultQueue == 0) {
        return STATUS_INVALID_PARAMETER_4;
    }
    status(create(kernel, device, config, attributes).map(|queue| write(handle, queue.as_ptr())))
}

fn WdfIoQueueGetDevice(kernel: &Kernel, queue: WDFQUEUE) -> WDFDEVICE {
    get(kernel, queue).map_or(std::ptr::null_mut(), |queue| queue.device as WDFDEVICE)
}

fn WdfIoQueueGetState(
    kernel: &Kernel,
    queue: WDFQUEUE,
    waiting: PULONG,
    presented: PULONG,
) -> WDF_IO_QUEUE_STATE {
    use _WDF_IO_QUEUE_STATE as S;
    let Ok(queue) = get(kernel, queue) else { return 0 };
    let (in_queue, with_driver) =
        (queue.waiting.borrow().len() as u32, queue.presented.borrow().len() as u32);
    write(waiting, in_queue);
    write(presented, with_driver);
    let flag = |has: bool, flag: WDF_IO_QUEUE_STATE| if has { flag } else { 0 };
    let is_awake = |device: Ref<Device>| device.power() == Power::D0 && !queue.suspended.get();
    let is_on = object::get_alive::<Device>(kernel, queue.device).is_some_and(is_awake);
    flag(queue.power_managed && !is_on, S::WdfIoQueuePnpHeld)
        | flag(!queue.purged.get(), S::WdfIoQueueAcceptRequests)
        | flag(!queue.stopped.get(), S::WdfIoQueueDispatchRequests)
        | flag(in_queue == 0, S::WdfIoQueueNoRequests)
        | flag(with_driver == 0, S::WdfIoQueueDriverNoRequests)
}

fn WdfIoQueueStart(kernel: &Kernel, queue: WDFQUEUE) {
    if let Ok(queue) = get(kernel, queue) {
        queue.stopped.set(false);
        queue.purged.set(false);
        dispatch(kernel, queue.object());
        tell_ready(kernel, &queue);
    }
}

/// No more requests are presented; new ones are accepted, also by a purged queue.
fn stop_queue(queue: &Queue) {
    queue.stopped.set(true);
    queue.purged.set(false);
}

fn WdfIoQueueStop(
    kernel: &Kernel,
    queue: WDFQUEUE,
    complete: PFN_WDF_IO_QUEUE_STATE,
    context: WDFCONTEXT,
) {
    if let Ok(queue) = get(kernel, queue) {
        stop_queue(&queue);
        wait_later(kernel, &queue, false, complete, context);
    }
}

fn WdfIoQueueStopSynchronously(kernel: &Kernel, queue: WDFQUEUE) {
    if let Ok(queue) = get(kernel, queue) {
        stop_queue(&queue);
        wait_now(kernel, &queue, false);
    }
}

fn WdfIoQueueDrain(
    kernel: &Kernel,
    queue: WDFQUEUE,
    complete: PFN_WDF_IO_QUEUE_STATE,
    context: WDFCONTEXT,
) {
    if let Ok(queue) = get(kernel, queue) {
        queue.purged.set(true);
        wait_later(kernel, &queue, true, complete, context);
    }
}

fn WdfIoQueueDrainSynchronously(kernel: &Kernel, queue: WDFQUEUE) {
    if let Ok(queue) = get(kernel, queue) {
        queue.purged.set(true);
        wait_now(kernel, &queue, true);
    }
}

fn WdfIoQueuePurge(
    kernel: &Kernel,
    queue: WDFQUEUE,
    complete: PFN_WDF_IO_QUEUE_STATE,
    context: WDFCONTEXT,
) {
    if let Ok(queue) = get(kernel, queue) {
        cancel_all(kernel, &queue);
        wait_later(kernel, &queue, true, complete, context);
    }
}

fn WdfIoQueuePurgeSynchronously(kernel: &Kernel, queue: WDFQUEUE) {
    if let Ok(queue) = get(kernel, queue) {
        cancel_all(kernel, &queue);
        wait_now(kernel, &queue, true);
    }
}

fn WdfIoQueueStopAndPurge(
    kernel: &Kernel,
    queue: WDFQUEUE,
    complete: PFN_WDF_IO_QUEUE_STATE,
    context: WDFCONTEXT,
) {
    if let Ok(queue) = get(kernel, queue) {
        queue.stopped.set(true);
        cancel_all(kernel, &queue);
        stop_queue(&queue);
        wait_later(kernel, &queue, true, complete, context);
    }
}

fn WdfIoQueueStopAndPurgeSynchronously(kernel: &Kernel, queue: WDFQUEUE) {
    if let Ok(queue) = get(kernel, queue) {
        queue.stopped.set(true);
        cancel_all(kernel, &queue);
        stop_queue(&queue);
        wait_now(kernel, &queue, true);
    }
}

/// Source: fxioqueue.cpp, ReadyNotify: a manual queue's, one at a time.
fn WdfIoQueueReadyNotify(
    kernel: &Kernel,
    queue: WDFQUEUE,
    ready: PFN_WDF_IO_QUEUE_STATE,
    context: WDFCONTEXT,
) -> NTSTATUS {
    let queue = match get(kernel, queue) {
        Ok(queue) => queue,
        Err(status) => return status,
    };
    if queue.config.DispatchType != D::WdfIoQueueDispatchManual
        || ready.is_some() == queue.ready.get().0.is_some()
    {
        return STATUS_INVALID_DEVICE_REQUEST;
    }
    queue.ready.set((ready, context as usize));
    tell_ready(kernel, &queue);
    STATUS_SUCCESS
}

/// A queue whose requests the driver may retrieve now. Source: fxioqueue.cpp, GetRequest.
fn retrievable(kernel: &Kernel, queue: WDFQUEUE) -> Result<Ref<Queue>, NTSTATUS> {
    let queue = get(kernel, queue).map_err(|_| STATUS_INVALID_HANDLE)?;
    if queue.config.DispatchType == D::WdfIoQueueDispatchParallel {
        return Err(STATUS_INVALID_DEVICE_STATE);
    }
    if is_on(kernel, &queue) { Ok(queue) } else { Err(STATUS_WDF_PAUSED) }
}

/// Source: fxioqueue.cpp, GetRequest. A failure stores a null handle.
fn WdfIoQueueRetrieveNextRequest(
    kernel: &Kernel,
    queue: WDFQUEUE,
    out: *mut WDFREQUEST,
) -> NTSTATUS {
    write(out, std::ptr::null_mut());
    let queue = match retrievable(kernel, queue) {
        Ok(queue) => queue,
        Err(status) => return status,
    };
    let next = queue.waiting.borrow_mut().pop_front();
    let Some(object) = next else { return STATUS_NO_MORE_ENTRIES };
    hand_over(&queue, &object);
    write(out, object.as_ptr());
    STATUS_SUCCESS
}

/// The first request from that handle. Source: fxioqueue.cpp, GetRequest.
fn WdfIoQueueRetrieveRequestByFileObject(
    kernel: &Kernel,
    queue: WDFQUEUE,
    file: WDFFILEOBJECT,
    out: *mut WDFREQUEST,
) -> NTSTATUS {
    write(out, std::ptr::null_mut());
    let found =
        object::get::<FileObject>(kernel, file as usize).and_then(|_| retrievable(kernel, queue));
    let queue = match found {
        Ok(queue) => queue,
        Err(status) => return status,
    };
    let is_of = |object: &Rc<Object>| {
        object.body::<Request>().is_some_and(|request| request.file.get() == file as usize)
    };
    let at = queue.waiting.borrow().iter().position(is_of);
    let taken = at.and_then(|at| queue.waiting.borrow_mut().remove(at));
    let Some(object) = taken else { return STATUS_NO_MORE_ENTRIES };
    hand_over(&queue, &object);
    write(out, object.as_ptr());
    STATUS_SUCCESS
}

/// The request stays in the queue, with a reference for the driver. Source: fxioqueue.cpp,
/// PeekRequest.
fn WdfIoQueueFindRequest(
    kernel: &Kernel,
    queue: WDFQUEUE,
    after: WDFREQUEST,
    file: WDFFILEOBJECT,
    parameters: PWDF_REQUEST_PARAMETERS,
    out: *mut WDFREQUEST,
) -> NTSTATUS {
    write(out, std::ptr::null_mut());
    let handles = get(kernel, queue).and_then(|queue| {
        object::optional::<Request>(kernel, after as usize)?;
        object::optional::<FileObject>(kernel, file as usize)?;
        Ok(queue)
    });
    let Ok(queue) = handles else { return STATUS_INVALID_HANDLE };
    let wanted = read(parameters);
    if wanted.is_some_and(|own| usize::from(own.Size) < size_of::<WDF_REQUEST_PARAMETERS>()) {
        let what = "WDF_REQUEST_PARAMETERS was not initialized: wrong Size".to_owned();
        kernel.violate(Rule::Uninitialized, what);
        return STATUS_INVALID_PARAMETER_4;
    }
    let waiting = queue.waiting.borrow();
    let tag = waiting.iter().position(|own| own.handle() == after as usize);
    let start = match (after.is_null(), tag) {
        (true, _) => 0,
        (false, Some(at)) => at + 1,
        (false, None) => return STATUS_NOT_FOUND,
    };
    let is_of = |object: &&Rc<Object>| {
        let request = object.body::<Request>();
        file.is_null() || request.is_some_and(|own| own.file.get() == file as usize)
    };
    let Some(object) = waiting.iter().skip(start).find(is_of) else {
        return STATUS_NO_MORE_ENTRIES;
    };
    object::reference(object);
    write(out, object.as_ptr());
    if let (Some(own), Some(request)) = (wanted, object.body::<Request>()) {
        write(parameters, request.parameters(own));
    }
    STATUS_SUCCESS
}

/// Source: fxioqueue.cpp, GetRequest: a manual queue's. A failure stores a null handle.
fn WdfIoQueueRetrieveFoundRequest(
    kernel: &Kernel,
    queue: WDFQUEUE,
    found: WDFREQUEST,
    out: *mut WDFREQUEST,
) -> NTSTATUS {
    write(out, std::ptr::null_mut());
    let handles = get(kernel, queue)
        .and_then(|queue| object::get::<Request>(kernel, found as usize).map(|_| queue));
    let Ok(queue) = handles else { return STATUS_INVALID_HANDLE };
    if queue.config.DispatchType != D::WdfIoQueueDispatchManual {
        let what = "a found request was taken from a queue that is not manual".to_owned();
        kernel.violate(Rule::BadArgument, what);
        return STATUS_INVALID_DEVICE_REQUEST;
    }
    if !is_on(kernel, &queue) {
        return STATUS_WDF_PAUSED;
    }
    let at = queue.waiting.borrow().iter().position(|own| own.handle() == found as usize);
    let taken = at.and_then(|at| queue.waiting.borrow_mut().remove(at));
    let Some(object) = taken else { return STATUS_NOT_FOUND };
    hand_over(&queue, &object);
    write(out, object.as_ptr());
    STATUS_SUCCESS
}

/// Source: fxioqueue.cpp, ForwardRequest. If a queue accepts no requests, the driver keeps the
/// request.
fn WdfRequestForwardToIoQueue(kernel: &Kernel, request: WDFREQUEST, queue: WDFQUEUE) -> NTSTATUS {
    let moved = object::get::<Request>(kernel, request as usize)
        .and_then(|request| Ok((request, get(kernel, queue)?)));
    let (request, queue) = match moved {
        Ok(both) => both,
        Err(status) => return status,
    };
    let from = object::get_alive::<Queue>(kernel, request.queue_handle());
    let wrong = if request.is_queued.get() {
        Some("a request was forwarded that the driver does not own")
    } else if request.is_cancelable() {
        Some("a request was forwarded that is marked cancelable")
    } else if request.queue_handle() == queue.handle() {
        Some("a request was forwarded to the queue that it came from")
    } else if from.as_ref().is_some_and(|from| from.device != queue.device) {
        Some("a request was forwarded to another device's queue")
    } else {
        None
    };
    if let Some(wrong) = wrong {
        kernel.violate(Rule::RequestMisuse, wrong.to_owned());
        return STATUS_INVALID_DEVICE_REQUEST;
    }
    if queue.purged.get() {
        return STATUS_WDF_BUSY;
    }
    request.queue.set(None);
    if let Some(from) = from {
        leave(kernel, &from, request.handle());
    }
    deliver(kernel, queue.object(), request.object().clone());
    STATUS_SUCCESS
}

/// The request becomes the first of its queue again.
fn put_back(kernel: &Kernel, queue: &Ref<Queue>, request: &Ref<Request>) {
    request.queue.set(None);
    request.is_queued.set(true);
    queue.waiting.borrow_mut().push_front(request.object().clone());
    leave(kernel, queue, request.handle());
}

/// Source: fxioqueue.cpp, Requeue: of a manual queue.
fn WdfRequestRequeue(kernel: &Kernel, request: WDFREQUEST) -> NTSTATUS {
    let Ok(request) = object::get::<Request>(kernel, request as usize) else {
        return STATUS_INVALID_HANDLE;
    };
    let queue = object::get_alive::<Queue>(kernel, request.queue_handle());
    let is_manual = |queue: &Ref<Queue>| queue.config.DispatchType == D::WdfIoQueueDispatchManual;
    let Some(queue) = queue.filter(is_manual) else {
        let what = "a request was requeued that came from no manual queue".to_owned();
        kernel.violate(Rule::RequestMisuse, what);
        return STATUS_INVALID_DEVICE_REQUEST;
    };
    if request.is_cancelable() {
        let what = "a request was requeued that is marked cancelable".to_owned();
        kernel.violate(Rule::RequestMisuse, what);
        return STATUS_INVALID_DEVICE_REQUEST;
    }
    put_back(kernel, &queue, &request);
    STATUS_SUCCESS
}

fn WdfRequestGetIoQueue(kernel: &Kernel, request: WDFREQUEST) -> WDFQUEUE {
    object::get::<Request>(kernel, request as usize)
        .map_or(std::ptr::null_mut(), |request| request.queue_handle() as WDFQUEUE)
}

/// Source: fxrequest.cpp, VerifyStopAcknowledge: in EvtIoStop; a request that goes back to its
/// queue is not cancelable.
fn WdfRequestStopAcknowledge(kernel: &Kernel, request: WDFREQUEST, requeue: BOOLEAN) {
    let Ok(request) = object::get::<Request>(kernel, request as usize) else { return };
    let Some(queue) = object::get_alive::<Queue>(kernel, request.queue_handle()) else { return };
    let wrong = if !kernel.is_inside(&callback::EvtIoStop) {
        Some("WdfRequestStopAcknowledge belongs into EvtIoStop")
    } else if requeue != 0 && request.is_cancelable() {
        Some("a request goes back to its queue that is marked cancelable")
    } else {
        None
    };
    if let Some(wrong) = wrong {
        kernel.violate(Rule::RequestMisuse, wrong.to_owned());
        return;
    }
    if requeue == 0 {
        request.stop.set(Stop::Kept);
    } else {
        put_back(kernel, &queue, &request);
    }
}

fn WdfDeviceEnqueueRequest(kernel: &Kernel, device: WDFDEVICE, request: WDFREQUEST) -> NTSTATUS {
    let Ok(device) = object::get::<Device>(kernel, device as usize) else {
        return STATUS_INVALID_HANDLE;
    };
    match (device.control_queue(), object::any(kernel, request as usize)) {
        (Some(queue), Ok(request)) => {
            deliver(kernel, &queue, request);
            STATUS_SUCCESS
        }
        _ => STATUS_INVALID_DEVICE_REQUEST,
    }
}

/// Requests of this type go to that queue, also where there is a default queue. Source:
/// fxpkgio.cpp, ConfigureForwarding.
fn WdfDeviceConfigureRequestDispatching(
    kernel: &Kernel,
    device: WDFDEVICE,
    queue: WDFQUEUE,
    kind: WDF_REQUEST_TYPE,
) -> NTSTATUS {
    use _WDF_REQUEST_TYPE as T;
    status(object::get::<Device>(kernel, device as usize).and_then(|device| {
        let queue = object::get::<Queue>(kernel, queue as usize)?;
        let config = &queue.config;
        let handler = match kind {
            T::WdfRequestTypeCreate => false,
            T::WdfRequestTypeRead => config.EvtIoRead.is_some(),
            T::WdfRequestTypeWrite => config.EvtIoWrite.is_some(),
            T::WdfRequestTypeDeviceControl => config.EvtIoDeviceControl.is_some(),
            T::WdfRequestTypeDeviceControlInternal => config.EvtIoInternalDeviceControl.is_some(),
            _ => return Err(STATUS_INVALID_PARAMETER),
        };
        let is_manual = config.DispatchType == D::WdfIoQueueDispatchManual;
        let handles = handler || config.EvtIoDefault.is_some() || is_manual;
        let is_default = config.DefaultQueue != 0;
        if queue.device != device.handle() || !handles || is_default {
            return Err(STATUS_INVALID_DEVICE_REQUEST);
        }
        if device.power() == Power::D0 {
            return Err(STATUS_INVALID_DEVICE_STATE);
        }
        let mut dispatching = device.dispatching.borrow_mut();
        if dispatching.iter().any(|(own, _)| *own == kind) {
            return Err(STATUS_WDF_BUSY);
        }
        queue.object().protect();
        dispatching.push((kind, queue.object().clone()));
        Ok(())
    }))
}

entries! {
    /// Queues.
    entries:
    WdfDeviceConfigureRequestDispatching: DISPATCH;
    WdfIoQueueCreate: DISPATCH, fallible;
    WdfIoQueueGetDevice: DISPATCH;
    WdfIoQueueGetState: DISPATCH;
    WdfIoQueueStart: DISPATCH;
    WdfIoQueueStop: DISPATCH;
    WdfIoQueueStopSynchronously: PASSIVE;
    WdfIoQueueDrain: DISPATCH;
    WdfIoQueueDrainSynchronously: PASSIVE;
    WdfIoQueuePurge: DISPATCH;
    WdfIoQueuePurgeSynchronously: PASSIVE;
    WdfIoQueueStopAndPurge: DISPATCH;
    WdfIoQueueStopAndPurgeSynchronously: PASSIVE;
    WdfIoQueueReadyNotify: DISPATCH;
    WdfIoQueueRetrieveNextRequest: DISPATCH, fallible;
    WdfIoQueueRetrieveRequestByFileObject: DISPATCH, fallible;
    WdfIoQueueFindRequest: DISPATCH, fallible;
    WdfIoQueueRetrieveFoundRequest: DISPATCH, fallible;
    WdfRequestForwardToIoQueue: DISPATCH, fallible;
    WdfRequestRequeue: DISPATCH, fallible;
    WdfRequestGetIoQueue: DISPATCH;
    WdfRequestStopAcknowledge: DISPATCH;
    WdfDeviceEnqueueRequest: DISPATCH, fallible;
}
