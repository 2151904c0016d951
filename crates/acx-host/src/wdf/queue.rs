//! I/O queues: requests wait in them until they are presented to the driver. Source: wdfio.h pages,
//! and fxioqueue.cpp of KMDF's public source. Their functions are in `io`.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;

use _WDF_IO_QUEUE_DISPATCH_TYPE as D;
use acx_sys::*;

use crate::kernel::Kernel;
use crate::kernel::abi::Pointer;
use crate::kernel::call::invoke;
use crate::kernel::callback::Callback;
use crate::kernel::locks;
use crate::kernel::object;
use crate::kernel::object::{Object, Ref};
use crate::kernel::report::Rule;
use crate::wdf::callback;
use crate::wdf::device::{Device, Power, PowerManaged};
use crate::wdf::lock;
use crate::wdf::power;
use crate::wdf::request::{Presented, Request, Stop};
use acx_client::Reply;

type Ready = (PFN_WDF_IO_QUEUE_STATE, usize);

/// A queue.
pub(crate) struct Queue {
    pub(super) config: WDF_IO_QUEUE_CONFIG,
    pub(super) device: usize,
    pub(super) power_managed: bool,
    pub(super) waiting: RefCell<VecDeque<Rc<Object>>>,
    /// The requests that the driver owns.
    pub(super) presented: RefCell<Vec<Rc<Object>>>,
    /// The driver stopped it.
    pub(super) stopped: Cell<bool>,
    /// Its device has left D0, or is about to.
    pub(super) suspended: Cell<bool>,
    /// It no longer accepts requests.
    pub(super) purged: Cell<bool>,
    pub(super) ready: Cell<Ready>,
    /// The callback at the end of a stop, drain or purge.
    pub(super) pending: Cell<Option<Pending>>,
}

/// A stop, drain or purge that waits for requests.
#[derive(Clone, Copy)]
pub(super) struct Pending {
    /// Also for queued requests.
    drains: bool,
    callback: PFN_WDF_IO_QUEUE_STATE,
    context: usize,
}

/// Actions of EvtIoStop: WDF_REQUEST_STOP_ACTION_FLAGS.
const SUSPEND: ULONG = 1;
const PURGE: ULONG = 2;
const CANCELABLE: ULONG = 0x1000_0000;

/// The time that a power-down or removal waits for a request before the host reports an endless
/// wait: a minute, in units of 100 ns.
const LONGEST: u64 = 60 * 10_000_000;

/// Queues, as a device's power states see them.
pub(super) struct Managed;

impl PowerManaged for Managed {
    fn start(&self, kernel: &Kernel, own: &Rc<Object>) {
        resume(kernel, own);
        dispatch(kernel, own);
    }

    fn stop(&self, kernel: &Kernel, own: &Rc<Object>) {
        stop(kernel, own);
    }

    fn purge(&self, kernel: &Kernel, own: &Rc<Object>) {
        purge(kernel, own);
    }

    fn is_power_managed(&self, own: &Rc<Object>) -> bool {
        own.body::<Queue>().is_some_and(|queue| queue.power_managed)
    }

    fn flush(&self, kernel: &Kernel, own: &Rc<Object>, file: usize) {
        let Some(own) = Ref::<Queue>::of(own.clone()) else { return };
        let is_of = |object: &Rc<Object>| {
            object.body::<Request>().is_some_and(|request| request.file.get() == file)
        };
        let of_file: Vec<_> =
            own.waiting.borrow().iter().filter(|request| is_of(request)).cloned().collect();
        own.waiting.borrow_mut().retain(|request| !is_of(request));
        for request in of_file {
            cancel_waiting(kernel, &own, &request);
        }
    }

    fn is_busy(&self, own: &Rc<Object>) -> bool {
        own.body::<Queue>().is_some_and(|queue| !queue.is_empty())
    }
}

impl Queue {
    /// Returns whether neither the queue nor the driver has a request.
    fn is_empty(&self) -> bool {
        self.waiting.borrow().is_empty() && self.presented.borrow().is_empty()
    }

    /// The number of requests that the driver may own at once.
    fn limit(&self) -> usize {
        match self.config.DispatchType {
            D::WdfIoQueueDispatchSequential => 1,
            D::WdfIoQueueDispatchManual => 0,
            // Before KMDF 1.9 there was no limit.
            _ => presented_at_once(&self.config).map_or(usize::MAX, |count| count as usize),
        }
    }
}

/// The sizes of WDF_IO_QUEUE_CONFIG up to KMDF 1.9, without Driver, and up to 1.7, without
/// Settings.
pub(super) const QUEUE_CONFIG_V1_9: u32 = 88;
pub(super) const QUEUE_CONFIG_V1_7: u32 = 80;

/// NumberOfPresentedRequests, where the structure has it.
pub(super) fn presented_at_once(config: &WDF_IO_QUEUE_CONFIG) -> Option<u32> {
    // SAFETY: the member of every dispatch type; its bits mean something for a parallel queue only.
    let count = unsafe { config.Settings.Parallel.NumberOfPresentedRequests };
    (config.Size > QUEUE_CONFIG_V1_7).then_some(count)
}

/// A request arrives at a queue.
pub(crate) fn deliver(kernel: &Kernel, queue: &Rc<Object>, request: Rc<Object>) {
    let Some(own) = Ref::<Queue>::of(queue.clone()) else { return };
    if own.purged.get() {
        finish(kernel, &request, STATUS_INVALID_DEVICE_STATE);
        return;
    }
    if let Some(request) = request.body::<Request>() {
        request.is_queued.set(true);
        request.is_in_callers_context.set(false);
        request.in_queue.set(queue.handle());
    }
    let was_empty = own.waiting.borrow().is_empty();
    own.waiting.borrow_mut().push_back(request);
    if own.power_managed
        && let Ok(device) = object::any(kernel, own.device)
    {
        power::touch(kernel, &device);
    }
    dispatch(kernel, queue);
    if was_empty {
        tell_ready(kernel, &own);
    }
}

/// Calls what WdfIoQueueReadyNotify registered, if requests wait and may be taken.
pub(super) fn tell_ready(kernel: &Kernel, queue: &Ref<Queue>) {
    let (Some(ready), context) = queue.ready.get() else { return };
    if !queue.waiting.borrow().is_empty() && is_on(kernel, queue) {
        let arguments = (queue.object().as_ptr(), context as WDFCONTEXT);
        queue.call(kernel, &callback::EvtIoQueueState, ready, arguments);
    }
}

fn finish(kernel: &Kernel, request: &Rc<Object>, status: NTSTATUS) {
    if let Some(request) = Ref::<Request>::of(request.clone()) {
        request.finish(kernel, Reply { status, information: 0 });
    }
}

/// Returns whether the queue can present requests: it is not stopped, and its device is in D0.
pub(super) fn is_on(kernel: &Kernel, queue: &Ref<Queue>) -> bool {
    let powered = || {
        object::get_alive::<Device>(kernel, queue.device)
            .is_some_and(|device| device.power() == Power::D0 && !queue.suspended.get())
    };
    !queue.stopped.get() && (!queue.power_managed || powered())
}

/// Presents the requests that the driver may have now.
pub(super) fn dispatch(kernel: &Kernel, queue: &Rc<Object>) {
    let Some(own) = Ref::<Queue>::of(queue.clone()) else { return };
    loop {
        let is_full = own.presented.borrow().len() >= own.limit();
        if !is_on(kernel, &own) || is_full {
            return;
        }
        let next = own.waiting.borrow_mut().pop_front();
        let Some(request) = next else { return };
        present(kernel, &own, &request);
    }
}

/// The driver has the request from now on.
pub(super) fn hand_over(queue: &Ref<Queue>, object: &Rc<Object>) {
    queue.presented.borrow_mut().push(object.clone());
    if let Some(request) = object.body::<Request>() {
        request.is_queued.set(false);
        request.was_presented.set(true);
        request.stop.set(Stop::Open);
        request.queue.set(Some(Presented { queue: queue.handle(), completed }));
    }
}

impl Ref<Queue> {
    /// Calls a callback of the queue under the lock of its synchronization scope.
    fn call<F: Pointer>(
        &self,
        kernel: &Kernel,
        name: &'static Callback,
        function: F,
        arguments: F::Arguments,
    ) -> F::Answer {
        let lock = lock::of_callbacks(self.object());
        lock::synchronized(kernel, lock.as_ref(), || {
            invoke(kernel, name, self.handle(), function, arguments)
        })
    }
}

fn present(kernel: &Kernel, queue: &Ref<Queue>, object: &Rc<Object>) {
    let Some(request) = Ref::<Request>::of(object.clone()) else { return };
    hand_over(queue, object);
    let handles = (queue.object().as_ptr(), object.as_ptr());
    let (code, input, output) = request.lengths();
    if let Some(control) = queue.config.EvtIoDeviceControl {
        let arguments = (handles.0, handles.1, output, input, code);
        queue.call(kernel, &callback::EvtIoDeviceControl, control, arguments);
    } else if let Some(default) = queue.config.EvtIoDefault {
        queue.call(kernel, &callback::EvtIoDefault, default, handles);
    } else {
        request.finish(kernel, Reply { status: STATUS_INVALID_DEVICE_REQUEST, information: 0 });
    }
}

/// The driver no longer owns the request: the next one can be presented, and pending operations are
/// notified.
pub(super) fn leave(kernel: &Kernel, queue: &Ref<Queue>, request: usize) {
    queue.presented.borrow_mut().retain(|other| other.handle() != request);
    kernel.wake();
    // On this thread, also at DISPATCH_LEVEL, unless the queue's execution level or lock forbids
    // it.
    let handle = queue.handle();
    let events = move |kernel: &Kernel| {
        if let Some(queue) = object::get_alive::<Queue>(kernel, handle) {
            dispatch(kernel, queue.object());
            complete_pending(kernel, &queue);
        }
    };
    let is_passive = queue.object().constraints().passive;
    let lock = lock::of_callbacks(queue.object());
    let is_locked = lock.is_some_and(|lock| locks::holds(kernel, lock.handle()));
    if is_passive && (kernel.irql() > 0 || is_locked) {
        kernel.queue_work(events);
    } else if is_locked {
        kernel.queue_dpc(Box::new(events));
    } else {
        events(kernel);
    }
    if queue.power_managed
        && queue.is_empty()
        && let Some(device) = object::get_alive::<Device>(kernel, queue.device)
    {
        power::restart_idle_time(kernel, device.object());
    }
}

/// A request of the queue is complete.
fn completed(kernel: &Kernel, queue: usize, request: usize) {
    if let Some(queue) = object::get_alive::<Queue>(kernel, queue) {
        leave(kernel, &queue, request);
    } else if let Ok(queue) = object::get::<Queue>(kernel, queue) {
        // The queue is deleted after its requests.
        queue.presented.borrow_mut().retain(|other| other.handle() != request);
    }
}

/// Whether a stop, or a drain or purge, is complete.
fn is_done(queue: &Queue, drains: bool) -> bool {
    queue.presented.borrow().is_empty() && (!drains || queue.waiting.borrow().is_empty())
}

/// Calls the callback of a stop, drain or purge that is complete.
fn complete_pending(kernel: &Kernel, queue: &Ref<Queue>) {
    let Some(pending) = queue.pending.get() else { return };
    if is_done(queue, pending.drains) {
        queue.pending.set(None);
        if let Some(callback) = pending.callback {
            let arguments = (queue.object().as_ptr(), pending.context as WDFCONTEXT);
            queue.call(kernel, &callback::EvtIoQueueState, callback, arguments);
        }
    }
}

/// A stop, drain or purge: its callback comes when it is complete. Source: fxioqueue.cpp,
/// QueueIdle, QueuePurge.
pub(super) fn wait_later(
    kernel: &Kernel,
    queue: &Ref<Queue>,
    drains: bool,
    callback: PFN_WDF_IO_QUEUE_STATE,
    context: WDFCONTEXT,
) {
    if callback.is_some() && (queue.pending.get().is_some() || !queue.object().is_alive()) {
        let what = "bug check 0x10d (0xa, ...): a queue is stopped, drained or purged once more \
                    while it still waits for that, or is deleted";
        kernel.violate(Rule::WdfViolation, what.to_owned());
        return;
    }
    if callback.is_some() {
        queue.pending.set(Some(Pending { drains, callback, context: context as usize }));
    }
    complete_pending(kernel, queue);
}

/// Like [`wait_later`], on this thread.
pub(super) fn wait_now(kernel: &Kernel, queue: &Ref<Queue>, drains: bool) {
    wait(kernel, queue, "a queue's stop, drain or purge", || is_done(queue, drains));
}

/// Waits until `done`. With a driver that never completes its requests, the wait would be endless.
fn wait(kernel: &Kernel, queue: &Queue, what: &str, done: impl Fn() -> bool) {
    let until = kernel.qpc() + kernel.ticks_of(LONGEST);
    kernel.block(until, &done);
    if !done() {
        let count = queue.presented.borrow().len();
        let what = format!(
            "{what} waits for {count} requests that the driver has: each has to be completed, \
             requeued, or acknowledged in EvtIoStop (bug check 0x9f)"
        );
        kernel.violate(Rule::RequestLost, what);
    }
}

/// EvtIoStop for each request that the driver has; then waits until it has given all of them back,
/// or acknowledged that it keeps them. Source: fxioqueue.cpp, ProcessPowerEvents.
fn stop_requests(kernel: &Kernel, own: &Ref<Queue>, action: ULONG, what: &str) {
    // A copy, since callbacks may change the list.
    let requests = own.presented.borrow().clone();
    for object in &requests {
        let Some(request) = Ref::<Request>::of(object.clone()) else { continue };
        if request.is_with_cancel_routine() || !own.has(object) {
            continue;
        }
        if let Some(stop) = own.config.EvtIoStop {
            let flags = action | if request.is_cancelable() { CANCELABLE } else { 0 };
            let arguments = (own.object().as_ptr(), object.as_ptr(), flags);
            own.call(kernel, &callback::EvtIoStop, stop, arguments);
        }
    }
    let keeps = |object: &Rc<Object>| {
        action == SUSPEND
            && object.body::<Request>().is_some_and(|request| request.stop.get() == Stop::Kept)
    };
    wait(kernel, own, what, || own.presented.borrow().iter().all(keeps));
}

impl Queue {
    /// Whether the driver has this request of the queue's.
    fn has(&self, request: &Rc<Object>) -> bool {
        self.presented.borrow().iter().any(|other| Rc::ptr_eq(other, request))
    }
}

/// The device leaves D0.
fn stop(kernel: &Kernel, queue: &Rc<Object>) {
    let Some(own) = Ref::<Queue>::of(queue.clone()).filter(|own| own.power_managed) else { return };
    own.suspended.set(true);
    stop_requests(kernel, &own, SUSPEND, "a power-down");
}

/// The device is in D0: EvtIoResume for what the driver has kept, before new requests come.
fn resume(kernel: &Kernel, queue: &Rc<Object>) {
    let Some(own) = Ref::<Queue>::of(queue.clone()) else { return };
    own.suspended.set(false);
    // A copy, since callbacks may change the list.
    let requests = own.presented.borrow().clone();
    for object in requests {
        let Some(request) = Ref::<Request>::of(object.clone()) else { continue };
        if request.stop.replace(Stop::Open) == Stop::Kept
            && own.has(&object)
            && let Some(resume) = own.config.EvtIoResume
        {
            let arguments = (queue.as_ptr(), object.as_ptr());
            own.call(kernel, &callback::EvtIoResume, resume, arguments);
        }
    }
    tell_ready(kernel, &own);
}

/// A client cancels its request.
pub(crate) fn cancel(kernel: &Kernel, request: &Ref<Request>) {
    let queue = object::get_alive::<Queue>(kernel, request.in_queue.get());
    let Some(queue) = queue.filter(|_| request.is_queued.get()) else {
        request.cancel(kernel);
        return;
    };
    queue.waiting.borrow_mut().retain(|other| !Rc::ptr_eq(other, request.object()));
    cancel_waiting(kernel, &queue, request.object());
    complete_pending(kernel, &queue);
}

/// Cancels a queued request. The driver is notified if it has owned the request before.
fn cancel_waiting(kernel: &Kernel, own: &Ref<Queue>, request: &Rc<Object>) {
    let Some(body) = Ref::<Request>::of(request.clone()) else { return };
    body.is_queued.set(false);
    if let Some(canceled) = own.config.EvtIoCanceledOnQueue
        && body.was_presented.get()
    {
        let arguments = (own.object().as_ptr(), request.as_ptr());
        own.call(kernel, &callback::EvtIoCanceledOnQueue, canceled, arguments);
    } else {
        finish(kernel, request, STATUS_CANCELLED);
    }
}

/// Cancels queued requests, and accepts no more.
pub(super) fn cancel_all(kernel: &Kernel, own: &Ref<Queue>) {
    own.purged.set(true);
    for request in own.waiting.take() {
        cancel_waiting(kernel, own, &request);
    }
    // A copy, since callbacks may change the list.
    let requests = own.presented.borrow().clone();
    for request in requests {
        if let Some(request) = Ref::<Request>::of(request) {
            request.cancel(kernel);
        }
    }
}

/// The queue or its device is deleted: queued requests are cancelled, and the driver's requests are
/// waited for.
pub(super) fn purge(kernel: &Kernel, queue: &Rc<Object>) {
    let Some(own) = Ref::<Queue>::of(queue.clone()) else { return };
    cancel_all(kernel, &own);
    if !own.presented.borrow().is_empty() {
        stop_requests(kernel, &own, PURGE, "a removal");
    }
}
