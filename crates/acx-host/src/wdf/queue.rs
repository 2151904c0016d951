//! I/O queues: requests wait in them until the driver may have them. Source: wdfio.h pages.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
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
use crate::wdf::callback;
use crate::wdf::device::{Device, Power, PowerManaged};
use crate::wdf::power;
use crate::wdf::request::{Presented, Request};
use acx_client::Reply;

/// Source: wdfstatus.h.
const STATUS_WDF_PAUSED: NTSTATUS = 0xC020_0203_u32.cast_signed();
/// As above.
const STATUS_WDF_BUSY: NTSTATUS = 0xC020_0204_u32.cast_signed();

type Ready = (PFN_WDF_IO_QUEUE_STATE, usize);

/// A queue.
pub(crate) struct Queue {
    config: WDF_IO_QUEUE_CONFIG,
    device: usize,
    power_managed: bool,
    waiting: RefCell<VecDeque<Rc<Object>>>,
    /// What the driver has and has not completed.
    presented: RefCell<Vec<Rc<Object>>>,
    /// The driver stopped it.
    stopped: Cell<bool>,
    /// It takes no requests any more.
    purged: Cell<bool>,
    ready: Cell<Ready>,
}

/// Queues, as a device's power states see them.
struct Managed;

impl PowerManaged for Managed {
    fn start(&self, kernel: &Kernel, own: &Rc<Object>) {
        dispatch(kernel, own);
    }

    fn stop(&self, kernel: &Kernel, own: &Rc<Object>) {
        stop(kernel, own);
    }

    fn purge(&self, kernel: &Kernel, own: &Rc<Object>) {
        purge(kernel, own);
    }
}

/// A request comes to a queue.
pub(crate) fn deliver(kernel: &Kernel, queue: &Rc<Object>, request: Rc<Object>) {
    let Some(own) = Ref::<Queue>::of(queue.clone()) else { return };
    if own.purged.get() {
        finish(kernel, &request, STATUS_INVALID_DEVICE_STATE);
        return;
    }
    let was_empty = own.waiting.borrow().is_empty();
    own.waiting.borrow_mut().push_back(request);
    if own.power_managed
        && let Ok(device) = object::any(kernel, own.device)
    {
        power::touch(kernel, &device);
    }
    dispatch(kernel, queue);
    if let (true, (Some(ready), context)) =
        (was_empty && !own.waiting.borrow().is_empty(), own.ready.get())
    {
        invoke(
            kernel,
            &callback::EvtIoQueueState,
            queue.handle(),
            ready,
            (queue.as_ptr(), context as WDFCONTEXT),
        );
    }
}

fn finish(kernel: &Kernel, request: &Rc<Object>, status: NTSTATUS) {
    if let Some(request) = Ref::<Request>::of(request.clone()) {
        request.finish(kernel, Reply { status, information: 0 });
    }
}

/// Gives the driver what it may have now.
fn dispatch(kernel: &Kernel, queue: &Rc<Object>) {
    let Some(own) = Ref::<Queue>::of(queue.clone()) else { return };
    loop {
        let powered = !own.power_managed
            || object::get::<Device>(kernel, own.device)
                .is_ok_and(|device| device.power() == Power::D0);
        let one_at_a_time =
            own.config.DispatchType == _WDF_IO_QUEUE_DISPATCH_TYPE::WdfIoQueueDispatchSequential;
        let manual =
            own.config.DispatchType == _WDF_IO_QUEUE_DISPATCH_TYPE::WdfIoQueueDispatchManual;
        let busy = one_at_a_time && !own.presented.borrow().is_empty();
        if !powered || own.stopped.get() || manual || busy {
            return;
        }
        let next = own.waiting.borrow_mut().pop_front();
        let Some(request) = next else { return };
        present(kernel, &own, &request);
    }
}

fn present(kernel: &Kernel, queue: &Ref<Queue>, object: &Rc<Object>) {
    let Some(request) = Ref::<Request>::of(object.clone()) else { return };
    queue.presented.borrow_mut().push(object.clone());
    request.queue.set(Some(Presented { queue: queue.handle(), completed }));
    let handles = (queue.object().as_ptr(), object.as_ptr());
    let (code, input, output) = request.lengths();
    if let Some(control) = queue.config.EvtIoDeviceControl {
        let arguments = (handles.0, handles.1, output, input, code);
        invoke(kernel, &callback::EvtIoDeviceControl, queue.handle(), control, arguments);
    } else if let Some(default) = queue.config.EvtIoDefault {
        invoke(kernel, &callback::EvtIoDefault, queue.handle(), default, handles);
    } else {
        request.finish(kernel, Reply { status: STATUS_INVALID_DEVICE_REQUEST, information: 0 });
    }
}

/// A request of the queue's is complete: the next may come.
fn completed(kernel: &Kernel, queue: usize, request: usize) {
    if let Ok(queue) = object::get::<Queue>(kernel, queue) {
        queue.presented.borrow_mut().retain(|other| other.handle() != request);
        if !queue.waiting.borrow().is_empty() {
            let queue = queue.object().clone();
            kernel.queue_work(move |kernel| dispatch(kernel, &queue));
        }
    }
}

/// The device leaves D0: EvtIoStop for what the driver has.
fn stop(kernel: &Kernel, queue: &Rc<Object>) {
    let Some(own) = Ref::<Queue>::of(queue.clone()).filter(|own| own.power_managed) else { return };
    // Taken out first: what is called may change the list.
    let requests = own.presented.borrow().clone();
    for request in requests {
        if let Some(stop) = own.config.EvtIoStop {
            // WdfRequestStopActionSuspend.
            invoke(
                kernel,
                &callback::EvtIoStop,
                queue.handle(),
                stop,
                (queue.as_ptr(), request.as_ptr(), 1),
            );
        }
    }
}

/// The device goes: what waits is cancelled, and nothing more is taken.
fn purge(kernel: &Kernel, queue: &Rc<Object>) {
    let Some(own) = Ref::<Queue>::of(queue.clone()) else { return };
    own.purged.set(true);
    for request in own.waiting.take() {
        if let Some(canceled) = own.config.EvtIoCanceledOnQueue {
            invoke(
                kernel,
                &callback::EvtIoCanceledOnQueue,
                queue.handle(),
                canceled,
                (queue.as_ptr(), request.as_ptr()),
            );
        } else {
            finish(kernel, &request, STATUS_CANCELLED);
        }
    }
    // Taken out first: what is called may change the list.
    let requests = own.presented.borrow().clone();
    for request in requests {
        if let Some(request) = Ref::<Request>::of(request) {
            request.cancel(kernel);
        }
    }
}

use _WDF_IO_QUEUE_DISPATCH_TYPE as D;

fn create(
    kernel: &Kernel,
    device: WDFDEVICE,
    config: PWDF_IO_QUEUE_CONFIG,
    attributes: PWDF_OBJECT_ATTRIBUTES,
) -> Result<Rc<Object>, NTSTATUS> {
    let device = object::get::<Device>(kernel, device as usize)?;
    let config = read(config).ok_or(STATUS_INVALID_PARAMETER)?;
    let known =
        (D::WdfIoQueueDispatchSequential..D::WdfIoQueueDispatchMax).contains(&config.DispatchType);
    if config.Size != size_of::<WDF_IO_QUEUE_CONFIG>() as u32 || !known {
        kernel.violate(Rule::Uninitialized, "WDF_IO_QUEUE_CONFIG was not initialized".to_owned());
        return Err(STATUS_INFO_LENGTH_MISMATCH);
    }
    let is_default = config.DefaultQueue != 0;
    if is_default && device.default_queue.borrow().is_some() {
        return Err(STATUS_UNSUCCESSFUL);
    }
    let queue = Queue {
        config,
        device: device.handle(),
        power_managed: config.PowerManaged != _WDF_TRI_STATE::WdfFalse,
        waiting: RefCell::default(),
        presented: RefCell::default(),
        stopped: Cell::default(),
        purged: Cell::default(),
        ready: Cell::new((None, 0)),
    };
    let object = object::create(kernel, "WDFQUEUE", queue, attributes, Some(device.object()))?;
    if is_default {
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
                device.default_queue.borrow_mut().take_if(|other| Rc::ptr_eq(other, &queue));
            }
        }
    });
    Ok(object)
}

fn get(kernel: &Kernel, queue: WDFQUEUE) -> Result<Ref<Queue>, NTSTATUS> {
    object::get::<Queue>(kernel, queue as usize)
}

/// Notifies the driver that its queue is in the state that it asked for.
fn notify(
    kernel: &Kernel,
    queue: &Ref<Queue>,
    callback: PFN_WDF_IO_QUEUE_STATE,
    context: WDFCONTEXT,
) {
    if let Some(callback) = callback {
        invoke(
            kernel,
            &callback::EvtIoQueueState,
            queue.handle(),
            callback,
            (queue.object().as_ptr(), context),
        );
    }
}

fn WdfIoQueueCreate(
    kernel: &Kernel,
    device: WDFDEVICE,
    config: PWDF_IO_QUEUE_CONFIG,
    attributes: PWDF_OBJECT_ATTRIBUTES,
    handle: *mut WDFQUEUE,
) -> NTSTATUS {
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
    flag(!queue.purged.get(), S::WdfIoQueueAcceptRequests)
        | flag(!queue.stopped.get(), S::WdfIoQueueDispatchRequests)
        | flag(in_queue == 0, S::WdfIoQueueNoRequests)
        | flag(with_driver == 0, S::WdfIoQueueDriverNoRequests)
}

fn WdfIoQueueStart(kernel: &Kernel, queue: WDFQUEUE) {
    if let Ok(queue) = get(kernel, queue) {
        queue.stopped.set(false);
        queue.purged.set(false);
        dispatch(kernel, queue.object());
    }
}

fn WdfIoQueueStop(
    kernel: &Kernel,
    queue: WDFQUEUE,
    complete: PFN_WDF_IO_QUEUE_STATE,
    context: WDFCONTEXT,
) {
    if let Ok(queue) = get(kernel, queue) {
        queue.stopped.set(true);
        notify(kernel, &queue, complete, context);
    }
}

fn WdfIoQueueStopSynchronously(kernel: &Kernel, queue: WDFQUEUE) {
    if let Ok(queue) = get(kernel, queue) {
        queue.stopped.set(true);
    }
}

fn WdfIoQueueDrain(
    kernel: &Kernel,
    queue: WDFQUEUE,
    complete: PFN_WDF_IO_QUEUE_STATE,
    context: WDFCONTEXT,
) {
    if let Ok(queue) = get(kernel, queue) {
        dispatch(kernel, queue.object());
        queue.purged.set(true);
        notify(kernel, &queue, complete, context);
    }
}

fn WdfIoQueueDrainSynchronously(kernel: &Kernel, queue: WDFQUEUE) {
    if let Ok(queue) = get(kernel, queue) {
        dispatch(kernel, queue.object());
        queue.purged.set(true);
    }
}

fn WdfIoQueuePurge(
    kernel: &Kernel,
    queue: WDFQUEUE,
    complete: PFN_WDF_IO_QUEUE_STATE,
    context: WDFCONTEXT,
) {
    if let Ok(queue) = get(kernel, queue) {
        purge(kernel, queue.object());
        notify(kernel, &queue, complete, context);
    }
}

fn WdfIoQueuePurgeSynchronously(kernel: &Kernel, queue: WDFQUEUE) {
    if let Ok(queue) = get(kernel, queue) {
        purge(kernel, queue.object());
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
        purge(kernel, queue.object());
        queue.purged.set(false);
        notify(kernel, &queue, complete, context);
    }
}

fn WdfIoQueueStopAndPurgeSynchronously(kernel: &Kernel, queue: WDFQUEUE) {
    if let Ok(queue) = get(kernel, queue) {
        queue.stopped.set(true);
        purge(kernel, queue.object());
        queue.purged.set(false);
    }
}

fn WdfIoQueueReadyNotify(
    kernel: &Kernel,
    queue: WDFQUEUE,
    ready: PFN_WDF_IO_QUEUE_STATE,
    context: WDFCONTEXT,
) -> NTSTATUS {
    status(get(kernel, queue).map(|queue| queue.ready.set((ready, context as usize))))
}

fn WdfIoQueueRetrieveNextRequest(
    kernel: &Kernel,
    queue: WDFQUEUE,
    place: *mut WDFREQUEST,
) -> NTSTATUS {
    let Ok(queue) = get(kernel, queue) else { return STATUS_INVALID_HANDLE };
    if queue.stopped.get() {
        return STATUS_WDF_PAUSED;
    }
    let next = queue.waiting.borrow_mut().pop_front();
    match next {
        Some(object) => {
            if let Some(request) = Ref::<Request>::of(object.clone()) {
                request.queue.set(Some(Presented { queue: queue.handle(), completed }));
            }
            write(place, object.as_ptr());
            queue.presented.borrow_mut().push(object);
            STATUS_SUCCESS
        }
        None => STATUS_NO_MORE_ENTRIES,
    }
}

/// The request stays in the queue, with a reference for the driver.
fn WdfIoQueueFindRequest(
    kernel: &Kernel,
    queue: WDFQUEUE,
    after: WDFREQUEST,
    _file: WDFFILEOBJECT,
    _parameters: PWDF_REQUEST_PARAMETERS,
    place: *mut WDFREQUEST,
) -> NTSTATUS {
    let Ok(queue) = get(kernel, queue) else { return STATUS_INVALID_HANDLE };
    let waiting = queue.waiting.borrow();
    let start = if after.is_null() {
        0
    } else {
        match waiting.iter().position(|own| own.handle() == after as usize) {
            Some(at) => at + 1,
            None => return STATUS_NOT_FOUND,
        }
    };
    match waiting.get(start) {
        Some(object) => {
            object::reference(object);
            write(place, object.as_ptr());
            STATUS_SUCCESS
        }
        None => STATUS_NO_MORE_ENTRIES,
    }
}

fn WdfIoQueueRetrieveFoundRequest(
    kernel: &Kernel,
    queue: WDFQUEUE,
    found: WDFREQUEST,
    place: *mut WDFREQUEST,
) -> NTSTATUS {
    let Ok(queue) = get(kernel, queue) else { return STATUS_INVALID_HANDLE };
    let at = queue.waiting.borrow().iter().position(|own| own.handle() == found as usize);
    match at.and_then(|at| queue.waiting.borrow_mut().remove(at)) {
        Some(object) => {
            write(place, object.as_ptr());
            queue.presented.borrow_mut().push(object);
            STATUS_SUCCESS
        }
        None => STATUS_NOT_FOUND,
    }
}

fn WdfRequestForwardToIoQueue(kernel: &Kernel, request: WDFREQUEST, queue: WDFQUEUE) -> NTSTATUS {
    let moved = object::get::<Request>(kernel, request as usize)
        .and_then(|request| Ok((request, get(kernel, queue)?)));
    match moved {
        Ok((request, queue)) => {
            if queue.purged.get() {
                return STATUS_WDF_BUSY;
            }
            completed(kernel, request.queue.take().map_or(0, |own| own.queue), request.handle());
            deliver(kernel, queue.object(), request.object().clone());
            STATUS_SUCCESS
        }
        Err(status) => status,
    }
}

fn WdfRequestRequeue(kernel: &Kernel, request: WDFREQUEST) -> NTSTATUS {
    let Ok(request) = object::get::<Request>(kernel, request as usize) else {
        return STATUS_INVALID_HANDLE;
    };
    let Ok(queue) = object::get::<Queue>(kernel, request.queue_handle()) else {
        return STATUS_INVALID_DEVICE_REQUEST;
    };
    queue.presented.borrow_mut().retain(|other| other.handle() != request.handle());
    queue.waiting.borrow_mut().push_front(request.object().clone());
    STATUS_SUCCESS
}

fn WdfRequestGetIoQueue(kernel: &Kernel, request: WDFREQUEST) -> WDFQUEUE {
    object::get::<Request>(kernel, request as usize)
        .map_or(std::ptr::null_mut(), |request| request.queue_handle() as WDFQUEUE)
}

fn WdfRequestStopAcknowledge(kernel: &Kernel, request: WDFREQUEST, requeue: BOOLEAN) {
    if requeue != 0 {
        WdfRequestRequeue(kernel, request);
    }
}

fn WdfDeviceEnqueueRequest(kernel: &Kernel, device: WDFDEVICE, request: WDFREQUEST) -> NTSTATUS {
    let Ok(device) = object::get::<Device>(kernel, device as usize) else {
        return STATUS_INVALID_HANDLE;
    };
    let queue = device.default_queue.borrow().clone();
    match (queue, object::any(kernel, request as usize)) {
        (Some(queue), Ok(request)) => {
            deliver(kernel, &queue, request);
            STATUS_SUCCESS
        }
        _ => STATUS_INVALID_DEVICE_REQUEST,
    }
}

/// Requests of these kinds go to that queue; in a machine clients send device-control requests only, which the default queue gets.
fn WdfDeviceConfigureRequestDispatching(
    kernel: &Kernel,
    device: WDFDEVICE,
    queue: WDFQUEUE,
    _kind: WDF_REQUEST_TYPE,
) -> NTSTATUS {
    status(object::get::<Device>(kernel, device as usize).and_then(|device| {
        let queue = object::get::<Queue>(kernel, queue as usize)?;
        let mut default = device.default_queue.borrow_mut();
        if default.is_none() {
            *default = Some(queue.object().clone());
        }
        Ok(())
    }))
}

entries! {
    /// Queues.
    entries:
    WdfDeviceConfigureRequestDispatching: PASSIVE;
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
    WdfIoQueueFindRequest: DISPATCH, fallible;
    WdfIoQueueRetrieveFoundRequest: DISPATCH, fallible;
    WdfRequestForwardToIoQueue: DISPATCH, fallible;
    WdfRequestRequeue: DISPATCH, fallible;
    WdfRequestGetIoQueue: DISPATCH;
    WdfRequestStopAcknowledge: DISPATCH;
    WdfDeviceEnqueueRequest: DISPATCH, fallible;
}
