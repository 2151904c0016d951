//! The dispatch of a request to its queue, after the driver's IRP preprocessing and
//! EvtIoInCallerContext. Source: WdfDeviceInitAssignWdmIrpPreprocessCallback,
//! WdfDeviceInitSetIoInCallerContextCallback.

use std::rc::Rc;

use acx_sys::*;

use crate::kernel::Kernel;
use crate::kernel::abi::{read_bytes, status};
use crate::kernel::call::invoke;
use crate::kernel::function::entries;
use crate::kernel::object::{self, Object, Ref};
use crate::kernel::report::Rule;
use crate::wdf::callback;
use crate::wdf::device::Device;
use crate::wdf::init;
use crate::wdf::queue::{Queue, deliver};
use crate::wdf::request::Request;

/// A program's request reaches the device.
pub(crate) fn arrive(
    kernel: &Kernel,
    device: &Ref<Device>,
    queue: &Rc<Object>,
    request: &Ref<Request>,
) {
    let major = IRP_MJ_DEVICE_CONTROL as u8;
    let found = device.preprocess.iter().find(|(own, _)| *own == major);
    let Some((_, Some(preprocess))) = found else {
        go_on(kernel, device, queue, request.object());
        return;
    };
    let irp = request.irp();
    device.irps.borrow_mut().push((irp, queue.clone(), request.object().clone()));
    let arguments = (device.object().as_ptr(), irp as PIRP);
    let name = &callback::EvtDeviceWdmIrpPreprocess;
    invoke(kernel, name, device.handle(), *preprocess, arguments);
}

/// A request that is not, or no longer, preprocessed.
fn go_on(kernel: &Kernel, device: &Ref<Device>, queue: &Rc<Object>, request: &Rc<Object>) {
    match device.in_caller_context {
        Some(callback) => {
            let own = request.body::<Request>();
            if let Some(own) = own {
                own.is_in_callers_context.set(true);
            }
            let arguments = (device.object().as_ptr(), request.as_ptr());
            let name = &callback::EvtIoInCallerContext;
            invoke(kernel, name, device.handle(), callback, arguments);
            if let Some(own) = own {
                own.is_in_callers_context.set(false);
            }
        }
        None => deliver(kernel, queue, request.clone()),
    }
}

/// A device, the queue that an IRP would go to, and its request.
type Taken = (Ref<Device>, Rc<Object>, Rc<Object>);

/// The request of an IRP that the driver preprocesses, and the queue that it would go to.
fn taken(kernel: &Kernel, device: WDFDEVICE, irp: PIRP) -> Result<Taken, NTSTATUS> {
    let device = object::get::<Device>(kernel, device as usize)?;
    let mut irps = device.irps.borrow_mut();
    let at = irps.iter().position(|(own, ..)| *own == irp as usize);
    let found = at.map(|at| irps.swap_remove(at));
    drop(irps);
    let (_, queue, request) = found.ok_or_else(|| {
        let what = "an IRP was dispatched that the driver does not preprocess".to_owned();
        kernel.violate(Rule::BadArgument, what);
        STATUS_INVALID_PARAMETER
    })?;
    Ok((device, queue, request))
}

fn WdfDeviceWdmDispatchPreprocessedIrp(kernel: &Kernel, device: WDFDEVICE, irp: PIRP) -> NTSTATUS {
    taken(kernel, device, irp).map_or_else(
        |status| status,
        |(device, queue, request)| {
            go_on(kernel, &device, &queue, &request);
            STATUS_PENDING
        },
    )
}

/// The IRP goes to that queue.
fn WdfDeviceWdmDispatchIrpToIoQueue(
    kernel: &Kernel,
    device: WDFDEVICE,
    irp: PIRP,
    queue: WDFQUEUE,
    _flags: ULONG,
) -> NTSTATUS {
    let made = object::get::<Queue>(kernel, queue as usize)
        .and_then(|queue| Ok((queue, taken(kernel, device, irp)?)));
    made.map_or_else(
        |status| status,
        |(queue, (_, _, request))| {
            deliver(kernel, queue.object(), request);
            STATUS_PENDING
        },
    )
}

/// Requests of one major function; no sender uses a minor function.
fn WdfDeviceInitAssignWdmIrpPreprocessCallback(
    kernel: &Kernel,
    init: PWDFDEVICE_INIT,
    preprocess: PFN_WDFDEVICE_WDM_IRP_PREPROCESS,
    major: UCHAR,
    minors: PUCHAR,
    count: ULONG,
) -> NTSTATUS {
    let minors = read_bytes(minors.cast_const(), count as usize);
    status(init::find(kernel, init).and_then(|init| {
        if preprocess.is_none() || major > 0x1B {
            return Err(STATUS_INVALID_PARAMETER);
        }
        if minors.is_empty() {
            init.preprocess.borrow_mut().push((major, preprocess));
        }
        Ok(())
    }))
}

fn WdfDeviceInitSetIoInCallerContextCallback(
    kernel: &Kernel,
    init: PWDFDEVICE_INIT,
    callback: PFN_WDF_IO_IN_CALLER_CONTEXT,
) {
    if let Ok(init) = init::find(kernel, init) {
        init.in_caller_context.set(callback);
    }
}

entries! {
    /// The way to a queue.
    entries:
    WdfDeviceWdmDispatchPreprocessedIrp: DISPATCH;
    WdfDeviceWdmDispatchIrpToIoQueue: DISPATCH;
    WdfDeviceInitAssignWdmIrpPreprocessCallback: DISPATCH, fallible;
    WdfDeviceInitSetIoInCallerContextCallback: DISPATCH;
}
