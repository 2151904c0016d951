//! Requests that wait in a queue, and what a queue does with them when its device sleeps or goes.

use std::ptr::null_mut;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use _WDF_IO_QUEUE_DISPATCH_TYPE as D;
use acx_client::System;
use acx_host::Rule;
use acx_sys::*;

use crate::driver::{Plan, keep, kept, note, notes, wait_for};
use crate::io::{
    BUFFERED, NEITHER, complete, config, create, default, keeps, prepare, sequential, succeeds,
    with_file, with_plan,
};

/// A queue that is no default queue, in this slot.
fn other(device: WDFDEVICE, slot: usize, mut config: WDF_IO_QUEUE_CONFIG) {
    config.DefaultQueue = 0;
    let (status, queue) = create(device, &mut config);
    assert_eq!(status, STATUS_SUCCESS);
    keep(slot, queue);
}

/// Does not follow the power of its device.
fn unmanaged(kind: WDF_IO_QUEUE_DISPATCH_TYPE) -> WDF_IO_QUEUE_CONFIG {
    let mut own = config(kind);
    own.PowerManaged = _WDF_TRI_STATE::WdfFalse;
    own
}

fn forward(request: WDFREQUEST, queue: WDFQUEUE) {
    // SAFETY: a request that the driver has, a live queue.
    let moved = unsafe { WdfRequestForwardToIoQueue(request, queue) };
    assert_eq!(moved, STATUS_SUCCESS);
}

#[test]
fn what_a_queue_has_no_callback_for() {
    unsafe extern "C" fn reads(_queue: WDFQUEUE, _request: WDFREQUEST, _length: usize) {}
    // EvtIoDefault is for whatever has none of its own.
    let only_default = |device| {
        let mut own = config(D::WdfIoQueueDispatchSequential);
        own.EvtIoDeviceControl = None;
        own.EvtIoDefault = Some(default);
        prepare(device, own);
    };
    with_file(only_default, succeeds, |_, _, file| {
        let reply = file.ioctl(BUFFERED, &[], &mut []);
        assert_eq!((reply.status, reply.information), (STATUS_SUCCESS, 0));
        assert_eq!(*notes(), ["EvtIoDefault"]);
    })
    .keeps_every_rule();
    let only_reads = |device| {
        let mut own = config(D::WdfIoQueueDispatchSequential);
        own.EvtIoDeviceControl = None;
        own.EvtIoRead = Some(reads);
        prepare(device, own);
    };
    with_file(only_reads, succeeds, |machine, _, file| {
        let reply = file.ioctl(BUFFERED, &[], &mut []);
        assert_eq!((reply.status, reply.information), (STATUS_INVALID_DEVICE_REQUEST, 0));
        // SAFETY: a live queue.
        machine.inside(|| unsafe { WdfIoQueuePurgeSynchronously(kept(0)) });
        let reply = file.ioctl(BUFFERED, &[], &mut []);
        assert_eq!((reply.status, reply.information), (STATUS_INVALID_DEVICE_STATE, 0));
    })
    .keeps_every_rule();
}

#[test]
fn a_request_that_is_queued_has_left_its_callers_context() {
    unsafe extern "C" fn in_context(device: WDFDEVICE, request: WDFREQUEST) {
        // SAFETY: a live device, a request that the driver has.
        assert_eq!(unsafe { WdfDeviceEnqueueRequest(device, request) }, STATUS_SUCCESS);
    }
    let deed = |_, request| {
        let mut place: PVOID = null_mut();
        // SAFETY: a request that the driver has, a place for the answer.
        let late = unsafe {
            WdfRequestRetrieveUnsafeUserInputBuffer(request, 0, &raw mut place, null_mut())
        };
        complete(request, late);
    };
    let plan = Plan::new().created(sequential).request(deed).init(|init| {
        // SAFETY: the init object of EvtDriverDeviceAdd.
        unsafe { WdfDeviceInitSetIoInCallerContextCallback(init, Some(in_context)) };
    });
    with_plan(plan, |_, _, file| {
        let late = file.ioctl(NEITHER, &[1], &mut [0; 8]).status;
        assert_eq!(late, STATUS_INVALID_DEVICE_REQUEST);
    })
    .breaks(&[Rule::RequestMisuse])
    .saying("outside EvtIoInCallerContext");
}

#[test]
fn a_request_that_is_kept_has_left_its_callers_context() {
    unsafe extern "C" fn in_context(_device: WDFDEVICE, request: WDFREQUEST) {
        keep(1, request);
    }
    let plan = Plan::new().created(sequential).init(|init| {
        // SAFETY: the init object of EvtDriverDeviceAdd.
        unsafe { WdfDeviceInitSetIoInCallerContextCallback(init, Some(in_context)) };
    });
    with_plan(plan, |machine, _, file| {
        let sent = file.send(NEITHER, &[1], &[0; 8]).expect("it is sent");
        machine.inside(|| {
            let mut place: PVOID = null_mut();
            // SAFETY: a request that the driver has, a place for the answer.
            let late = unsafe {
                WdfRequestRetrieveUnsafeUserInputBuffer(kept(1), 0, &raw mut place, null_mut())
            };
            complete(kept(1), late);
        });
        let status = sent.reply().map(|reply| reply.status);
        assert_eq!(status, Some(STATUS_INVALID_DEVICE_REQUEST));
    })
    .breaks(&[Rule::RequestMisuse])
    .saying("outside EvtIoInCallerContext");
}

#[test]
fn irps_are_preprocessed() {
    unsafe extern "C" fn preprocess(device: WDFDEVICE, irp: PIRP) -> NTSTATUS {
        note("EvtDeviceWdmIrpPreprocess");
        // SAFETY: an IRP that the driver preprocesses.
        unsafe {
            if notes().len() < 3 {
                WdfDeviceWdmDispatchPreprocessedIrp(device, irp)
            } else {
                WdfDeviceWdmDispatchIrpToIoQueue(device, irp, kept(0), 0)
            }
        }
    }
    let plan = Plan::new().created(sequential).request(succeeds).init(|init| {
        let major = IRP_MJ_DEVICE_CONTROL as u8;
        let function = Some(preprocess as unsafe extern "C" fn(WDFDEVICE, PIRP) -> NTSTATUS);
        // SAFETY: the init object of EvtDriverDeviceAdd.
        unsafe {
            let none = null_mut();
            let set = WdfDeviceInitAssignWdmIrpPreprocessCallback(init, function, major, none, 0);
            assert_eq!(set, STATUS_SUCCESS);
            let pnp = WdfDeviceInitAssignWdmIrpPreprocessCallback(init, function, 0x1B, none, 0);
            assert_eq!(pnp, STATUS_SUCCESS);
            let wrong = WdfDeviceInitAssignWdmIrpPreprocessCallback(init, function, 0x1C, none, 0);
            assert_eq!(wrong, STATUS_INVALID_PARAMETER);
        }
    });
    with_plan(plan, |machine, _, file| {
        for _ in 0..2 {
            assert_eq!(file.ioctl(BUFFERED, &[], &mut []).status, STATUS_SUCCESS);
        }
        let both = ["EvtDeviceWdmIrpPreprocess", "EvtIoDeviceControl"];
        assert_eq!(*notes(), [both, both].concat());
        // SAFETY: the host checks addresses.
        let other = machine
            .inside(|| unsafe { WdfDeviceWdmDispatchPreprocessedIrp(kept(7), 0x1230 as PIRP) });
        assert_eq!(other, STATUS_INVALID_PARAMETER);
    })
    .breaks(&[Rule::BadArgument]);
}

/// An idle time of a second.
fn idles(device: WDFDEVICE) {
    let mut settings = WDF_DEVICE_POWER_POLICY_IDLE_SETTINGS::default();
    let cannot_wake = _WDF_POWER_POLICY_S0_IDLE_CAPABILITIES::IdleCannotWakeFromS0;
    WDF_DEVICE_POWER_POLICY_IDLE_SETTINGS_INIT(&mut settings, cannot_wake);
    settings.IdleTimeout = 1000;
    // SAFETY: a live device, a structure that outlives the call.
    let status = unsafe { WdfDeviceAssignS0IdleSettings(device, &raw mut settings) };
    assert_eq!(status, STATUS_SUCCESS);
}

#[test]
fn only_what_goes_to_a_power_managed_queue_needs_the_device() {
    let created = |device| {
        prepare(device, unmanaged(D::WdfIoQueueDispatchSequential));
        other(device, 1, config(D::WdfIoQueueDispatchSequential));
        idles(device);
    };
    let deed = |queue, request| {
        if queue == kept(0) && !kept::<()>(2).is_null() {
            forward(request, kept(1));
        } else {
            complete(request, STATUS_SUCCESS);
        }
    };
    with_file(created, deed, |machine, device, file| {
        machine.sleep(Duration::from_millis(900));
        assert!(device.is_powered());
        // It does not begin the idle time anew.
        assert_eq!(file.ioctl(BUFFERED, &[], &mut []).status, STATUS_SUCCESS);
        machine.sleep(Duration::from_millis(200));
        assert!(!device.is_powered());
        assert_eq!(file.ioctl(BUFFERED, &[], &mut []).status, STATUS_SUCCESS);
        assert!(!device.is_powered());
        keep(2, kept::<()>(0));
        assert_eq!(file.ioctl(BUFFERED, &[], &mut []).status, STATUS_SUCCESS);
        assert!(device.is_powered());
    })
    .keeps_every_rule();
}

unsafe extern "C" fn keeps_on(_queue: WDFQUEUE, request: WDFREQUEST, _flags: u32) {
    note("EvtIoStop");
    // SAFETY: a request that the driver has, in EvtIoStop.
    unsafe { WdfRequestStopAcknowledge(request, 0) };
}

unsafe extern "C" fn resumes(_queue: WDFQUEUE, _request: WDFREQUEST) {
    note("EvtIoResume");
}

#[test]
fn only_a_request_that_its_queue_has_stopped_is_resumed() {
    // One of a queue that does not follow the device's power.
    let created = |device| {
        let mut own = unmanaged(D::WdfIoQueueDispatchSequential);
        own.EvtIoStop = Some(keeps_on);
        own.EvtIoResume = Some(resumes);
        prepare(device, own);
    };
    with_file(created, keeps, |machine, device, file| {
        let sent = file.send(BUFFERED, &[], &[]).expect("it is sent");
        device.power_down();
        device.power_up().expect("it comes back");
        assert!(!notes().iter().any(|note| note == "EvtIoStop" || note == "EvtIoResume"));
        machine.inside(|| complete(kept(1), STATUS_SUCCESS));
        assert!(sent.reply().is_some());
    })
    .keeps_every_rule();
    // One that was kept, and went to another queue meanwhile.
    let created = |device| {
        let mut own = config(D::WdfIoQueueDispatchSequential);
        own.EvtIoStop = Some(keeps_on);
        own.EvtIoResume = Some(resumes);
        prepare(device, own);
        let mut own = unmanaged(D::WdfIoQueueDispatchSequential);
        own.EvtIoResume = Some(resumes);
        other(device, 2, own);
    };
    with_file(created, keeps, |machine, device, file| {
        let sent = file.send(BUFFERED, &[], &[]).expect("it is sent");
        device.power_down();
        machine.inside(|| forward(kept(1), kept(2)));
        device.power_up().expect("it comes back");
        let about = |name: &str| notes().iter().filter(|note| *note == name).count();
        assert_eq!((about("EvtIoStop"), about("EvtIoResume")), (1, 0));
        assert_eq!(about("EvtIoDeviceControl"), 2);
        machine.inside(|| complete(kept(1), STATUS_SUCCESS));
        assert!(sent.reply().is_some());
    })
    .keeps_every_rule();
}

#[test]
fn a_drain_is_complete_when_the_last_request_is_cancelled() {
    unsafe extern "C" fn drained(_queue: WDFQUEUE, _context: WDFCONTEXT) {
        note("drained");
    }
    let manual = |device| prepare(device, config(D::WdfIoQueueDispatchManual));
    with_file(manual, keeps, |machine, _, file| {
        let sent = file.send(BUFFERED, &[], &[]).expect("it is sent");
        // SAFETY: a live queue.
        machine.inside(|| unsafe { WdfIoQueueDrain(kept(0), Some(drained), null_mut()) });
        assert!(notes().is_empty());
        sent.cancel();
        assert_eq!(*notes(), ["drained"]);
        assert_eq!(sent.reply().map(|reply| reply.status), Some(STATUS_CANCELLED));
    })
    .keeps_every_rule();
}

#[test]
fn a_request_that_is_cancelled_on_its_queue_is_the_drivers() {
    unsafe extern "C" fn cancelled(_queue: WDFQUEUE, request: WDFREQUEST) {
        let mut parameters = WDF_REQUEST_PARAMETERS::default();
        WDF_REQUEST_PARAMETERS_INIT(&mut parameters);
        // SAFETY: a request that the driver has.
        unsafe {
            WdfRequestGetParameters(request, &raw mut parameters);
            note(format!("code {:#x}", parameters.Parameters.DeviceIoControl.IoControlCode));
        }
        complete(request, STATUS_CANCELLED);
    }
    let manual = |device| {
        let mut own = config(D::WdfIoQueueDispatchManual);
        own.EvtIoCanceledOnQueue = Some(cancelled);
        prepare(device, own);
    };
    with_file(manual, keeps, |machine, _, file| {
        let sent = file.send(BUFFERED, &[], &[]).expect("it is sent");
        machine.inside(|| {
            let mut request: WDFREQUEST = null_mut();
            // SAFETY: a live queue, a place for the answer.
            unsafe {
                WdfIoQueueRetrieveNextRequest(kept(0), &raw mut request);
                assert_eq!(WdfRequestRequeue(request), STATUS_SUCCESS);
            }
        });
        sent.cancel();
        assert_eq!(*notes(), [format!("code {BUFFERED:#x}")]);
    })
    .keeps_every_rule();
}

#[test]
fn queues_that_do_not_follow_the_power_are_purged_before_the_cleanup() {
    unsafe extern "C" fn stop(_queue: WDFQUEUE, request: WDFREQUEST, flags: u32) {
        note(format!("EvtIoStop {flags:#x}"));
        complete(request, STATUS_CANCELLED);
    }
    let created = |device| {
        let mut own = unmanaged(D::WdfIoQueueDispatchSequential);
        own.EvtIoStop = Some(stop);
        prepare(device, own);
    };
    with_file(created, keeps, |_, device, file| {
        let sent = file.send(BUFFERED, &[], &[]).expect("it is sent");
        drop(file);
        device.surprise_remove();
        assert_eq!(sent.reply().map(|reply| reply.status), Some(STATUS_CANCELLED));
        let all = notes().clone();
        let at = |what: &str| all.iter().position(|note| note == what).expect("it was called");
        assert!(at("EvtDeviceSelfManagedIoFlush") < at("EvtIoStop 0x2"));
        assert!(at("EvtIoStop 0x2") < at("EvtDeviceSelfManagedIoCleanup"));
    })
    .keeps_every_rule();
}

#[test]
fn a_power_down_goes_on_when_its_last_request_goes_elsewhere() {
    static STOPS: AtomicBool = AtomicBool::new(false);
    unsafe extern "C" fn stop(_queue: WDFQUEUE, _request: WDFREQUEST, _flags: u32) {
        STOPS.store(true, Ordering::SeqCst);
    }
    let created = |device| {
        let mut own = config(D::WdfIoQueueDispatchSequential);
        own.EvtIoStop = Some(stop);
        prepare(device, own);
        other(device, 2, unmanaged(D::WdfIoQueueDispatchManual));
    };
    let plan = Plan::new().created(created).request(keeps).threaded();
    with_plan(plan, |machine, device, file| {
        let sent = file.send(BUFFERED, &[], &[]).expect("it is sent");
        STOPS.store(false, Ordering::SeqCst);
        let before = std::time::Instant::now();
        std::thread::scope(|scope| {
            scope.spawn(|| device.power_down());
            wait_for(&STOPS);
            std::thread::sleep(Duration::from_millis(30));
            machine.inside(|| forward(kept(1), kept(2)));
        });
        assert!(before.elapsed() < Duration::from_secs(10), "it slept");
        sent.cancel();
        assert_eq!(sent.reply().map(|reply| reply.status), Some(STATUS_CANCELLED));
    })
    .keeps_every_rule();
}
