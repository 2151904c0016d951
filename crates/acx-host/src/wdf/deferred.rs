//! DPCs and work items of the framework. Source: wdfdpc.h, wdfworkitem.h pages.

use std::cell::Cell;
use std::rc::{Rc, Weak};

use acx_sys::*;

use crate::kernel::Kernel;
use crate::kernel::abi::status;
use crate::kernel::abi::{read, write};
use crate::kernel::call::invoke;
use crate::kernel::callback::Callback;
use crate::kernel::function::entries;
use crate::kernel::object;
use crate::kernel::object::{Object, Ref};
use crate::kernel::report::Rule;
use crate::wdf::{callback, lock, timer};

struct Dpc {
    function: PFN_WDF_DPC,
    /// The lock that its callback runs under.
    lock: Option<Weak<Object>>,
    queued: Cell<bool>,
    /// Callbacks under way.
    running: Cell<u32>,
}

struct WorkItem {
    function: PFN_WDF_WORKITEM,
    /// The lock that its callback runs under.
    lock: Option<Weak<Object>>,
    queued: Cell<bool>,
    /// Callbacks in progress: an item that is enqueued while it runs can run concurrently with
    /// itself.
    running: Cell<u32>,
}

fn parent_of(kernel: &Kernel, handle: usize) -> WDFOBJECT {
    let object = object::any(kernel, handle).ok();
    object.and_then(|object| object.parent()).map_or(std::ptr::null_mut(), |parent| parent.as_ptr())
}

/// Runs an item if it is queued.
fn work(kernel: &Kernel, item: &Ref<WorkItem>) {
    let Some(function) = item.function.filter(|_| item.queued.replace(false)) else { return };
    item.running.set(item.running.get() + 1);
    let lock = item.lock.as_ref().and_then(Weak::upgrade);
    lock::synchronized(kernel, lock.as_ref(), || {
        let arguments = (item.object().as_ptr(),);
        invoke(kernel, &callback::EvtWorkItem, item.handle(), function, arguments);
    });
    item.running.set(item.running.get() - 1);
    kernel.wake();
}

/// Runs a queued item, here or on another thread, and waits for its callbacks.
fn flush(kernel: &Kernel, item: &Ref<WorkItem>) {
    if kernel.are_threaded() {
        let done = || !item.queued.get() && item.running.get() == 0;
        kernel.wait_for("EvtWorkItem", done);
    } else {
        work(kernel, item);
    }
}

/// Runs a DPC at DISPATCH_LEVEL if it is queued.
fn run(kernel: &Kernel, dpc: &Ref<Dpc>) {
    let Some(function) = dpc.function.filter(|_| dpc.queued.replace(false)) else { return };
    dpc.running.set(dpc.running.get() + 1);
    let lock = dpc.lock.as_ref().and_then(Weak::upgrade);
    lock::synchronized(kernel, lock.as_ref(), || {
        let arguments = (dpc.object().as_ptr(),);
        invoke(kernel, &callback::EvtDpcFunc, dpc.handle(), function, arguments);
    });
    dpc.running.set(dpc.running.get() - 1);
    kernel.wake();
}

fn WdfDpcCreate(
    kernel: &Kernel,
    config: PWDF_DPC_CONFIG,
    attributes: PWDF_OBJECT_ATTRIBUTES,
    handle: *mut WDFDPC,
) -> NTSTATUS {
    let parent = match timer::parent_with_device(kernel, "WDFDPC", attributes) {
        Ok(parent) => parent,
        Err(status) => return status,
    };
    let Some(config) =
        read(config).filter(|config| config.Size == size_of::<WDF_DPC_CONFIG>() as u32)
    else {
        kernel.violate(Rule::Uninitialized, "WDF_DPC_CONFIG was not initialized".to_owned());
        return STATUS_INFO_LENGTH_MISMATCH;
    };
    let automatic = config.AutomaticSerialization;
    let lock = match timer::serialization(kernel, &parent, automatic, false) {
        Ok(lock) => lock,
        Err(status) => return status,
    };
    let function = config.EvtDpcFunc;
    let dpc = Dpc { function, lock, queued: Cell::default(), running: Cell::default() };
    status(object::create(kernel, "WDFDPC", dpc, attributes, None).map(|object| {
        // Deletion runs queued DPCs first: KeFlushQueuedDpcs.
        object.on_delete(|kernel| kernel.lower_irql(kernel.irql()));
        write(handle, object.as_ptr());
    }))
}

fn WdfDpcEnqueue(kernel: &Kernel, dpc: WDFDPC) -> BOOLEAN {
    let Ok(dpc) = object::get::<Dpc>(kernel, dpc as usize) else { return 0 };
    if dpc.queued.replace(true) {
        return 0;
    }
    let weak = Rc::downgrade(dpc.object());
    kernel.queue_dpc(Box::new(move |kernel| {
        if let Some(dpc) = weak.upgrade().and_then(Ref::<Dpc>::of) {
            run(kernel, &dpc);
        }
    }));
    1
}

/// Source: fxdpc.cpp, Cancel: one that waits is for PASSIVE_LEVEL, and waits for a DPC that runs.
fn WdfDpcCancel(kernel: &Kernel, dpc: WDFDPC, wait: BOOLEAN) -> BOOLEAN {
    let Ok(dpc) = object::get::<Dpc>(kernel, dpc as usize) else { return 0 };
    if wait != 0 && kernel.irql() > 0 {
        let what = "WdfDpcCancel waits above PASSIVE_LEVEL".to_owned();
        kernel.violate(Rule::WaitAtDispatch, what);
        return 0;
    }
    let was_queued = dpc.queued.replace(false);
    if wait != 0 && !was_queued {
        kernel.wait_for("EvtDpcFunc", || dpc.running.get() == 0);
    }
    BOOLEAN::from(was_queued)
}

fn WdfDpcGetParentObject(kernel: &Kernel, dpc: WDFDPC) -> WDFOBJECT {
    parent_of(kernel, dpc as usize)
}

fn WdfWorkItemCreate(
    kernel: &Kernel,
    config: PWDF_WORKITEM_CONFIG,
    attributes: PWDF_OBJECT_ATTRIBUTES,
    handle: *mut WDFWORKITEM,
) -> NTSTATUS {
    let parent = match timer::parent_with_device(kernel, "WDFWORKITEM", attributes) {
        Ok(parent) => parent,
        Err(status) => return status,
    };
    let Some(config) =
        read(config).filter(|config| config.Size == size_of::<WDF_WORKITEM_CONFIG>() as u32)
    else {
        kernel.violate(Rule::Uninitialized, "WDF_WORKITEM_CONFIG was not initialized".to_owned());
        return STATUS_INFO_LENGTH_MISMATCH;
    };
    if config.EvtWorkItemFunc.is_none() {
        kernel.violate(Rule::BadArgument, "a work item without EvtWorkItemFunc".to_owned());
        return STATUS_INVALID_PARAMETER;
    }
    let automatic = config.AutomaticSerialization;
    let lock = match timer::serialization(kernel, &parent, automatic, true) {
        Ok(lock) => lock,
        Err(status) => return status,
    };
    let item = WorkItem {
        function: config.EvtWorkItemFunc,
        lock,
        queued: Cell::default(),
        running: Cell::default(),
    };
    status(object::create(kernel, "WDFWORKITEM", item, attributes, None).map(|object| {
        // Deletion waits for a queued item.
        let weak = Rc::downgrade(&object);
        object.on_delete(move |kernel| {
            if let Some(item) = weak.upgrade().and_then(Ref::<WorkItem>::of) {
                flush(kernel, &item);
            }
        });
        write(handle, object.as_ptr());
    }))
}

fn WdfWorkItemEnqueue(kernel: &Kernel, item: WDFWORKITEM) {
    let Ok(item) = object::get::<WorkItem>(kernel, item as usize) else { return };
    if item.queued.get() {
        return;
    }
    if !item.object().is_alive() {
        let what = "WdfWorkItemEnqueue of a work item that is being deleted".to_owned();
        kernel.violate(Rule::FreedObject, what);
        return;
    }
    item.queued.set(true);
    let weak = Rc::downgrade(item.object());
    kernel.queue_work(move |kernel| {
        if let Some(item) = weak.upgrade().and_then(Ref::<WorkItem>::of) {
            work(kernel, &item);
        }
    });
}

fn WdfWorkItemGetParentObject(kernel: &Kernel, item: WDFWORKITEM) -> WDFOBJECT {
    parent_of(kernel, item as usize)
}

fn WdfWorkItemFlush(kernel: &Kernel, item: WDFWORKITEM) {
    let Ok(item) = object::get::<WorkItem>(kernel, item as usize) else { return };
    let is_own = |(callback, object): (&Callback, usize)| {
        std::ptr::eq(callback, &raw const callback::EvtWorkItem) && object == item.handle()
    };
    if kernel.callback().is_some_and(is_own) {
        let what = "WdfWorkItemFlush waits for the callback it is called from: a deadlock";
        kernel.violate(Rule::Deadlock, what.to_owned());
        return;
    }
    flush(kernel, &item);
}

fn WdfTimerGetParentObject(kernel: &Kernel, timer: WDFTIMER) -> WDFOBJECT {
    parent_of(kernel, timer as usize)
}

entries! {
    /// DPCs, work items.
    entries:
    WdfDpcCreate: DISPATCH, fallible;
    WdfDpcEnqueue: ANY;
    WdfDpcCancel: DISPATCH;
    WdfDpcGetParentObject: DISPATCH;
    WdfWorkItemCreate: DISPATCH, fallible;
    WdfWorkItemEnqueue: DISPATCH;
    WdfWorkItemGetParentObject: DISPATCH;
    WdfWorkItemFlush: PASSIVE;
    WdfTimerGetParentObject: DISPATCH;
}
