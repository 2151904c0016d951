//! DPCs and work items of the framework. Source: wdfdpc.h, wdfworkitem.h pages.

use std::cell::Cell;
use std::rc::Rc;

use acx_sys::*;

use crate::kernel::abi::status;
use crate::kernel::abi::{read, write};
use crate::kernel::call::invoke;
use crate::kernel::function::entries;
use crate::kernel::object;
use crate::kernel::object::Ref;
use crate::kernel::report::Rule;
use crate::kernel::thread::this_thread;
use crate::kernel::{DISPATCH, Kernel};
use crate::wdf::{callback, timer};

struct Dpc {
    function: PFN_WDF_DPC,
    queued: Cell<bool>,
}

struct WorkItem {
    function: PFN_WDF_WORKITEM,
    queued: Cell<bool>,
    /// The thread that its callback runs on, or 0.
    running: Cell<usize>,
}

fn parent_of(kernel: &Kernel, handle: usize) -> WDFOBJECT {
    let object = object::any(kernel, handle).ok();
    object.and_then(|object| object.parent()).map_or(std::ptr::null_mut(), |parent| parent.as_ptr())
}

/// Runs an item, if it waits. One that runs on another thread comes to its end first.
fn work(kernel: &Kernel, item: &Ref<WorkItem>) {
    kernel.wait_for("EvtWorkItem", || [0, this_thread()].contains(&item.running.get()));
    if item.queued.replace(false)
        && let Some(function) = item.function
    {
        let outer = item.running.replace(this_thread());
        invoke(kernel, &callback::EvtWorkItem, item.handle(), function, (item.object().as_ptr(),));
        item.running.set(outer);
        kernel.wake();
    }
}

fn WdfDpcCreate(
    kernel: &Kernel,
    config: PWDF_DPC_CONFIG,
    attributes: PWDF_OBJECT_ATTRIBUTES,
    handle: *mut WDFDPC,
) -> NTSTATUS {
    if let Err(status) = timer::parent_with_device(kernel, "WDFDPC", attributes) {
        return status;
    }
    let Some(config) =
        read(config).filter(|config| config.Size == size_of::<WDF_DPC_CONFIG>() as u32)
    else {
        kernel.violate(Rule::Uninitialized, "WDF_DPC_CONFIG was not initialized".to_owned());
        return STATUS_INFO_LENGTH_MISMATCH;
    };
    let dpc = Dpc { function: config.EvtDpcFunc, queued: Cell::default() };
    status(
        object::create(kernel, "WDFDPC", dpc, attributes, None)
            .map(|object| write(handle, object.as_ptr())),
    )
}

fn WdfDpcEnqueue(kernel: &Kernel, dpc: WDFDPC) -> BOOLEAN {
    let Ok(dpc) = object::get::<Dpc>(kernel, dpc as usize) else { return 0 };
    if dpc.queued.replace(true) {
        return 0;
    }
    let weak = Rc::downgrade(dpc.object());
    kernel.queue_dpc(Box::new(move |kernel| {
        let Some(dpc) = weak.upgrade().filter(|object| object.is_alive()).and_then(Ref::<Dpc>::of)
        else {
            return;
        };
        if dpc.queued.replace(false)
            && let Some(function) = dpc.function
        {
            invoke(kernel, &callback::EvtDpcFunc, dpc.handle(), function, (dpc.object().as_ptr(),));
        }
    }));
    1
}

fn WdfDpcCancel(kernel: &Kernel, dpc: WDFDPC, wait: BOOLEAN) -> BOOLEAN {
    if wait != 0 && kernel.irql() >= DISPATCH {
        kernel.violate(Rule::WaitAtDispatch, "WdfDpcCancel waits at DISPATCH_LEVEL".to_owned());
    }
    object::get::<Dpc>(kernel, dpc as usize)
        .map_or(0, |dpc| BOOLEAN::from(dpc.queued.replace(false)))
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
    if let Err(status) = timer::parent_with_device(kernel, "WDFWORKITEM", attributes) {
        return status;
    }
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
    let item = WorkItem {
        function: config.EvtWorkItemFunc,
        queued: Cell::default(),
        running: Cell::default(),
    };
    status(object::create(kernel, "WDFWORKITEM", item, attributes, None).map(|object| {
        // Deleting waits for an item that is queued.
        let weak = Rc::downgrade(&object);
        object.on_delete(move |kernel| {
            if let Some(item) = weak.upgrade().and_then(Ref::<WorkItem>::of) {
                work(kernel, &item);
            }
        });
        write(handle, object.as_ptr());
    }))
}

fn WdfWorkItemEnqueue(kernel: &Kernel, item: WDFWORKITEM) {
    let Ok(item) = object::get::<WorkItem>(kernel, item as usize) else { return };
    if item.queued.replace(true) {
        return;
    }
    let weak = Rc::downgrade(item.object());
    kernel.queue_work(move |kernel| {
        if let Some(item) =
            weak.upgrade().filter(|object| object.is_alive()).and_then(Ref::<WorkItem>::of)
        {
            work(kernel, &item);
        }
    });
}

fn WdfWorkItemGetParentObject(kernel: &Kernel, item: WDFWORKITEM) -> WDFOBJECT {
    parent_of(kernel, item as usize)
}

fn WdfWorkItemFlush(kernel: &Kernel, item: WDFWORKITEM) {
    if let Ok(item) = object::get::<WorkItem>(kernel, item as usize) {
        work(kernel, &item);
    }
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
