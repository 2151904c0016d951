//! Queues: creation, presentation, and waits.

use std::ptr::null_mut;
use std::time::Duration;

use _WDF_IO_QUEUE_DISPATCH_TYPE as D;
use acx_client::System;
use acx_host::Rule;
use acx_sys::*;

use crate::driver::{Plan, child_of, in_d0, keep, kept, note, notes};
use crate::io::{
    BUFFERED, BUSY, CLASS, NO_CALLBACK, PAUSED, cancelled, complete, config, control, create,
    default, keeps, prepare, sequential, succeeds, with_file, with_plan,
};

#[test]
fn kmdf_q1_a_queues_callbacks_fit_its_kind() {
    Plan::new()
        .created(|device| {
            let mut none = config(D::WdfIoQueueDispatchSequential);
            none.EvtIoDeviceControl = None;
            assert_eq!(create(device, &mut none).0, NO_CALLBACK);
            let mut manual = config(D::WdfIoQueueDispatchManual);
            manual.EvtIoDefault = Some(default);
            assert_eq!(create(device, &mut manual).0, STATUS_INVALID_PARAMETER);
            let mut unknown = config(D::WdfIoQueueDispatchSequential);
            unknown.DispatchType = 9;
            assert_eq!(create(device, &mut unknown).0, STATUS_INVALID_PARAMETER);
        })
        .start()
        .breaks(&[Rule::BadArgument, Rule::BadArgument, Rule::BadArgument]);
}

#[test]
fn kmdf_q2_when_and_how_often_a_default_queue_is_made() {
    Plan::new()
        .created(|device| {
            let mut one = config(D::WdfIoQueueDispatchSequential);
            assert_eq!(create(device, &mut one).0, STATUS_SUCCESS);
            assert_eq!(create(device, &mut one).0, STATUS_UNSUCCESSFUL);
            let mut other = config(D::WdfIoQueueDispatchSequential);
            other.DefaultQueue = 0;
            // SAFETY: a live device, a structure that outlives the call.
            let nowhere =
                unsafe { WdfIoQueueCreate(device, &raw mut other, null_mut(), null_mut()) };
            assert_eq!(nowhere, STATUS_INVALID_PARAMETER_4);
        })
        .on("EvtDeviceSelfManagedIoInit", |device| {
            let mut late = config(D::WdfIoQueueDispatchSequential);
            assert_eq!(create(device, &mut late).0, STATUS_INVALID_DEVICE_STATE);
        })
        .start()
        .keeps_every_rule();
}

#[test]
fn kmdf_q3_a_parallel_queue_presents_so_many_requests() {
    with_file(
        |device| {
            let mut parallel = config(D::WdfIoQueueDispatchParallel);
            parallel.Settings.Parallel.NumberOfPresentedRequests = 2;
            prepare(device, parallel);
        },
        |_, request| {
            let free = (1..4).find(|slot| kept::<u8>(*slot).is_null()).expect("a slot is free");
            keep(free, request);
        },
        |machine, _, file| {
            let sent = [(); 3].map(|()| file.send(BUFFERED, &[], &[]).expect("it is sent"));
            assert_eq!(*notes(), ["EvtIoDeviceControl", "EvtIoDeviceControl"]);
            machine.inside(|| complete(kept(1), STATUS_SUCCESS));
            machine.sleep(Duration::from_millis(1));
            assert_eq!(notes().len(), 3);
            machine.inside(|| (2..4).for_each(|slot| complete(kept(slot), STATUS_SUCCESS)));
            assert!(sent.iter().all(|sent| sent.reply().is_some()));
        },
    )
    .keeps_every_rule();
}

static ACTION: std::sync::Mutex<fn(WDFREQUEST)> = std::sync::Mutex::new(|_| {});

unsafe extern "C" fn stop(_queue: WDFQUEUE, request: WDFREQUEST, flags: u32) {
    note(format!("EvtIoStop {flags:#x}"));
    let action = *ACTION.lock().unwrap();
    action(request);
}

unsafe extern "C" fn resume(_queue: WDFQUEUE, _request: WDFREQUEST) {
    note("EvtIoResume");
}

/// A queue whose EvtIoStop does this with the request.
fn stops(action: fn(WDFREQUEST)) -> WDF_IO_QUEUE_CONFIG {
    *ACTION.lock().unwrap() = action;
    let mut config = config(D::WdfIoQueueDispatchParallel);
    config.EvtIoStop = Some(stop);
    config.EvtIoResume = Some(resume);
    config
}

/// The recorded events about I/O.
fn io_notes() -> Vec<String> {
    let about = |note: &&String| note.starts_with("EvtIo") || note.starts_with("EvtRequest");
    notes().iter().filter(about).cloned().collect()
}

unsafe extern "C" fn expired(_timer: WDFTIMER) {
    note("EvtIo completes");
    complete(kept(1), STATUS_SUCCESS);
}

/// EvtRequestCancel of a driver that completes the request later.
unsafe extern "C" fn cancels_later(request: WDFREQUEST) {
    note("EvtRequestCancel");
    keep(1, request);
}

#[test]
fn a_request_whose_cancel_routine_was_called_is_not_stopped_but_waited_for() {
    with_file(
        |device| prepare(device, stops(|_| {})),
        // SAFETY: a request that the driver has.
        |_, request| unsafe { WdfRequestMarkCancelable(request, Some(cancels_later)) },
        |machine, device, file| {
            let sent = file.send(BUFFERED, &[], &[]).expect("it is sent");
            sent.cancel();
            device.power_down();
            assert_eq!(io_notes(), ["EvtIoDeviceControl", "EvtRequestCancel"]);
            machine.inside(|| complete(kept(1), STATUS_CANCELLED));
            assert_eq!(sent.reply().map(|reply| reply.status), Some(STATUS_CANCELLED));
        },
    )
    .breaks(&[Rule::RequestLost])
    .saying("a power-down waits for 1 requests");
}

/// A timer completes the request after 100 ms.
fn completes_soon(request: WDFREQUEST) {
    keep(1, request);
    let mut config = WDF_TIMER_CONFIG::default();
    WDF_TIMER_CONFIG_INIT(&mut config, Some(expired));
    let mut attributes = child_of(kept(7));
    let mut timer: WDFTIMER = null_mut();
    // SAFETY: structures that outlive the calls.
    unsafe {
        WdfTimerCreate(&raw mut config, &raw mut attributes, &raw mut timer);
        WdfTimerStart(timer, -1_000_000);
    }
}

#[test]
fn a_program_waits_for_the_answer() {
    let soon = |_, request| completes_soon(request);
    with_file(sequential, soon, |machine, _, file| {
        let before = machine.qpc();
        assert_eq!(file.ioctl(BUFFERED, &[], &mut []).status, STATUS_SUCCESS);
        assert!(machine.qpc() - before >= 1_000_000);
    })
    .keeps_every_rule();
}

#[test]
fn kmdf_q5_a_power_down_waits_for_the_drivers_requests() {
    // Without EvtIoStop it waits until the request is completed: here, forever.
    with_file(sequential, keeps, |machine, device, file| {
        let sent = file.send(BUFFERED, &[], &[]).expect("it is sent");
        device.power_down();
        machine.inside(|| complete(kept(1), STATUS_SUCCESS));
        assert!(sent.reply().is_some());
    })
    .breaks(&[Rule::RequestLost])
    .saying("a power-down waits for 1 requests");
    // A timer completes it soon, and the power-down continues.
    with_file(
        |device| {
            prepare(device, stops(completes_soon));
        },
        keeps,
        |_, device, file| {
            let sent = file.send(BUFFERED, &[], &[]).expect("it is sent");
            device.power_down();
            assert!(sent.reply().is_some());
            let all = notes().clone();
            let at = |what: &str| all.iter().position(|note| note == what).expect("it was called");
            assert!(at("EvtIoStop 0x1") < at("EvtIo completes"));
            assert!(at("EvtIo completes") < at("EvtDeviceD0Exit"));
        },
    )
    .keeps_every_rule();
}

#[test]
fn kmdf_q6_an_acknowledged_request_is_resumed_or_presented_anew() {
    with_file(
        // SAFETY: a request of the driver's, in EvtIoStop.
        |device| prepare(device, stops(|request| unsafe { WdfRequestStopAcknowledge(request, 0) })),
        keeps,
        |machine, device, file| {
            let sent = file.send(BUFFERED, &[], &[]).expect("it is sent");
            device.power_down();
            let second = file.send(BUFFERED, &[], &[]).expect("it is sent");
            let first: WDFREQUEST = kept(1);
            device.power_up().expect("it comes back");
            assert_eq!(
                io_notes(),
                ["EvtIoDeviceControl", "EvtIoStop 0x1", "EvtIoResume", "EvtIoDeviceControl"]
            );
            machine.inside(|| {
                complete(first, STATUS_SUCCESS);
                complete(kept(1), STATUS_SUCCESS);
            });
            assert!(sent.reply().is_some() && second.reply().is_some());
        },
    )
    .keeps_every_rule();
    with_file(
        // SAFETY: the request that EvtIoStop was called for, which the driver owns.
        |device| prepare(device, stops(|request| unsafe { WdfRequestStopAcknowledge(request, 1) })),
        keeps,
        |machine, device, file| {
            let sent = file.send(BUFFERED, &[], &[]).expect("it is sent");
            device.power_down();
            device.power_up().expect("it comes back");
            machine.sleep(Duration::from_millis(1));
            assert_eq!(io_notes(), ["EvtIoDeviceControl", "EvtIoStop 0x1", "EvtIoDeviceControl"]);
            machine.inside(|| complete(kept(1), STATUS_SUCCESS));
            assert!(sent.reply().is_some());
        },
    )
    .keeps_every_rule();
    with_file(
        sequential,
        |_, request| {
            // SAFETY: a request that the driver has.
            unsafe { WdfRequestStopAcknowledge(request, 0) };
            complete(request, STATUS_SUCCESS);
        },
        |_, _, file| {
            file.ioctl(BUFFERED, &[], &mut []);
        },
    )
    .breaks(&[Rule::RequestMisuse])
    .saying("belongs into EvtIoStop");
}

/// EvtIoStop of a driver that keeps requests while the device is powered down, and returns them
/// when it is removed.
fn keeps_until_purge(device: WDFDEVICE) {
    unsafe extern "C" fn stop(_queue: WDFQUEUE, request: WDFREQUEST, flags: u32) {
        note(format!("EvtIoStop {flags:#x}"));
        if flags & 2 == 0 {
            // SAFETY: a request of the driver's, in EvtIoStop.
            unsafe { WdfRequestStopAcknowledge(request, 0) };
        } else {
            complete(request, STATUS_CANCELLED);
        }
    }
    let mut config = config(D::WdfIoQueueDispatchSequential);
    config.EvtIoStop = Some(stop);
    prepare(device, config);
}

#[test]
fn kmdf_q7_a_removal_stops_with_purge_and_waits() {
    with_file(keeps_until_purge, keeps, |_, device, file| {
        let sent = file.send(BUFFERED, &[], &[]).expect("it is sent");
        let waiting = file.send(BUFFERED, &[], &[]).expect("it is sent");
        device.surprise_remove();
        for sent in [&sent, &waiting] {
            assert_eq!(sent.reply().map(|reply| reply.status), Some(STATUS_CANCELLED));
        }
        assert_eq!(io_notes(), ["EvtIoDeviceControl", "EvtIoStop 0x1", "EvtIoStop 0x2"]);
    })
    .keeps_every_rule();
    // One that returns none: the removal would wait forever.
    with_file(
        // SAFETY: a request of the driver's, in EvtIoStop.
        |device| prepare(device, stops(|request| unsafe { WdfRequestStopAcknowledge(request, 0) })),
        keeps,
        |machine, device, file| {
            let sent = file.send(BUFFERED, &[], &[]).expect("it is sent");
            device.surprise_remove();
            machine.inside(|| complete(kept(1), STATUS_CANCELLED));
            assert!(sent.reply().is_some());
        },
    )
    .breaks(&[Rule::RequestLost])
    .saying("a removal waits for 1 requests");
}

#[test]
fn kmdf_r13_a_handle_that_is_closed_takes_its_waiting_requests_along() {
    unsafe extern "C" fn cleanup(_file: WDFFILEOBJECT) {
        note("EvtFileCleanup");
    }
    unsafe extern "C" fn on_queue(_queue: WDFQUEUE, request: WDFREQUEST) {
        note("EvtIoCanceledOnQueue");
        complete(request, STATUS_CANCELLED);
    }
    let plan = Plan::new()
        .init(|init| {
            let mut config = WDF_FILEOBJECT_CONFIG::default();
            WDF_FILEOBJECT_CONFIG_INIT(&mut config, None, None, Some(cleanup));
            // SAFETY: the init object of EvtDriverDeviceAdd.
            unsafe { WdfDeviceInitSetFileObjectConfig(init, &raw mut config, null_mut()) };
        })
        .created(|device| {
            let mut manual = config(D::WdfIoQueueDispatchManual);
            manual.EvtIoCanceledOnQueue = Some(on_queue);
            prepare(device, manual);
        });
    with_plan(plan, |machine, _, file| {
        let other = machine.open_device(&machine.interfaces(&CLASS)[0]).expect("it opens");
        let sent = file.send(BUFFERED, &[], &[]).expect("it is sent");
        let others = other.send(BUFFERED, &[], &[]).expect("it is sent");
        machine.inside(|| {
            let (_, request) = next(kept(0));
            // SAFETY: a request that the driver has.
            unsafe { WdfRequestRequeue(request) };
        });
        drop(file);
        assert_eq!(*notes(), ["EvtIoCanceledOnQueue", "EvtFileCleanup"]);
        assert_eq!(sent.reply().map(|reply| reply.status), Some(STATUS_CANCELLED));
        assert!(others.reply().is_none());
        drop(other);
        assert!(others.reply().is_some());
    })
    .keeps_every_rule();
}

unsafe extern "C" fn state(_queue: WDFQUEUE, _context: WDFCONTEXT) {
    note("EvtIoQueueState");
}

#[test]
fn kmdf_q8_a_stop_is_complete_when_the_driver_has_no_request() {
    with_file(sequential, keeps, |machine, _, file| {
        let sent = file.send(BUFFERED, &[], &[]).expect("it is sent");
        // SAFETY: a live queue.
        machine.inside(|| unsafe { WdfIoQueueStop(kept(0), Some(state), null_mut()) });
        assert_eq!(*notes(), ["EvtIoDeviceControl"]);
        machine.inside(|| complete(kept(1), STATUS_SUCCESS));
        machine.sleep(Duration::from_millis(1));
        assert_eq!(*notes(), ["EvtIoDeviceControl", "EvtIoQueueState"]);
        assert!(sent.reply().is_some());
        // A purge waits on its thread for requests that the driver completes on cancellation.
        // SAFETY: a live queue.
        machine.inside(|| unsafe { WdfIoQueueStart(kept(0)) });
        let sent = file.send(BUFFERED, &[], &[]).expect("it is sent");
        machine.inside(|| {
            // SAFETY: a request that the driver has, a live queue.
            unsafe {
                WdfRequestMarkCancelable(kept(1), Some(cancelled));
                WdfIoQueuePurgeSynchronously(kept(0));
            }
        });
        assert_eq!(sent.reply().map(|reply| reply.status), Some(STATUS_CANCELLED));
        // One that has nothing to wait for is complete soon.
        for way in [WdfIoQueuePurge, WdfIoQueueDrain, WdfIoQueueStop] {
            notes().clear();
            // SAFETY: a live queue.
            machine.inside(|| unsafe { way(kept(0), Some(state), null_mut()) });
            machine.sleep(Duration::from_millis(1));
            assert_eq!(*notes(), ["EvtIoQueueState"]);
        }
    })
    .keeps_every_rule();
}

unsafe extern "C" fn stops_it(queue: WDFOBJECT) {
    // SAFETY: a queue in its cleanup.
    unsafe { WdfIoQueueStop(queue.cast(), Some(state), null_mut()) };
}

#[test]
fn kmdf_q9_a_second_stop_while_one_is_pending() {
    with_file(sequential, keeps, |machine, _, file| {
        let sent = file.send(BUFFERED, &[], &[]).expect("it is sent");
        machine.inside(|| {
            // SAFETY: a live queue, a request that the driver has.
            unsafe {
                WdfIoQueueStop(kept(0), Some(state), null_mut());
                WdfIoQueueDrain(kept(0), Some(state), null_mut());
            }
            complete(kept(1), STATUS_SUCCESS);
        });
        assert!(sent.reply().is_some());
    })
    .breaks(&[Rule::WdfViolation])
    .saying("bug check 0x10d (0xa, ...)");
    // One that is being deleted.
    in_d0(|device| {
        let mut own = config(D::WdfIoQueueDispatchSequential);
        own.DefaultQueue = 0;
        let mut attributes = child_of(device.cast());
        attributes.EvtCleanupCallback = Some(stops_it);
        let mut queue: WDFQUEUE = null_mut();
        // SAFETY: a live device, structures that outlive the calls.
        unsafe {
            WdfIoQueueCreate(device, &raw mut own, &raw mut attributes, &raw mut queue);
            WdfObjectDelete(queue.cast());
        }
    })
    .breaks(&[Rule::WdfViolation]);
}

#[test]
fn kmdf_q10_a_stop_lets_a_purged_queue_accept_again() {
    with_file(sequential, keeps, |machine, _, file| {
        machine.inside(|| {
            // SAFETY: a live queue.
            unsafe {
                let accepts = || {
                    let state = WdfIoQueueGetState(kept(0), null_mut(), null_mut());
                    state & _WDF_IO_QUEUE_STATE::WdfIoQueueAcceptRequests != 0
                };
                let ways: [fn(WDFQUEUE); 4] = [
                    |queue| WdfIoQueuePurge(queue, None, null_mut()),
                    |queue| WdfIoQueuePurgeSynchronously(queue),
                    |queue| WdfIoQueueDrain(queue, None, null_mut()),
                    |queue| WdfIoQueueDrainSynchronously(queue),
                ];
                for (number, way) in ways.into_iter().enumerate() {
                    way(kept(0));
                    assert!(!accepts(), "way {number}");
                    WdfIoQueueStop(kept(0), None, null_mut());
                    assert!(accepts(), "way {number}");
                }
            }
        });
        let sent = file.send(BUFFERED, &[], &[]).expect("it is sent");
        assert!(sent.reply().is_none());
        // SAFETY: a live queue.
        machine.inside(|| unsafe { WdfIoQueueStart(kept(0)) });
        machine.inside(|| complete(kept(1), STATUS_SUCCESS));
        assert!(sent.reply().is_some());
    })
    .keeps_every_rule();
}

#[test]
fn kmdf_q11_only_requests_that_the_driver_has_had_are_cancelled_with_it() {
    unsafe extern "C" fn on_queue(_queue: WDFQUEUE, request: WDFREQUEST) {
        note("EvtIoCanceledOnQueue");
        complete(request, STATUS_CANCELLED);
    }
    with_file(
        |device| {
            let mut manual = config(D::WdfIoQueueDispatchManual);
            manual.EvtIoCanceledOnQueue = Some(on_queue);
            prepare(device, manual);
        },
        keeps,
        |machine, _, file| {
            let first = file.send(BUFFERED, &[], &[]).expect("it is sent");
            first.cancel();
            assert!(first.reply().is_some());
            assert!(notes().is_empty(), "the driver never had it");
            let second = file.send(BUFFERED, &[], &[]).expect("it is sent");
            machine.inside(|| {
                let mut request: WDFREQUEST = null_mut();
                // SAFETY: a live queue, a place for the answer.
                unsafe {
                    let status = WdfIoQueueRetrieveNextRequest(kept(0), &raw mut request);
                    assert_eq!(status, STATUS_SUCCESS);
                    assert_eq!(WdfRequestRequeue(request), STATUS_SUCCESS);
                }
            });
            second.cancel();
            assert_eq!(*notes(), ["EvtIoCanceledOnQueue"]);
            assert!(second.reply().is_some());
        },
    )
    .keeps_every_rule();
}

/// The result and the request of WdfIoQueueRetrieveNextRequest.
fn next(queue: WDFQUEUE) -> (NTSTATUS, WDFREQUEST) {
    let mut request: WDFREQUEST = 0x10 as WDFREQUEST;
    // SAFETY: a live queue, a place for the answer.
    let status = unsafe { WdfIoQueueRetrieveNextRequest(queue, &raw mut request) };
    (status, request)
}

#[test]
fn kmdf_q12_requests_are_taken_in_d0_and_from_queues_that_run() {
    with_file(
        |device| prepare(device, config(D::WdfIoQueueDispatchManual)),
        keeps,
        |machine, device, file| {
            assert_eq!(machine.inside(|| next(kept(0))), (STATUS_NO_MORE_ENTRIES, null_mut()));
            device.power_down();
            let sent = file.send(BUFFERED, &[], &[]).expect("it is sent");
            assert_eq!(machine.inside(|| next(kept(0))), (PAUSED, null_mut()));
            device.power_up().expect("it comes back");
            // SAFETY: a live queue.
            machine.inside(|| unsafe { WdfIoQueueStop(kept(0), None, null_mut()) });
            assert_eq!(machine.inside(|| next(kept(0))), (PAUSED, null_mut()));
            // SAFETY: a live queue.
            machine.inside(|| unsafe { WdfIoQueueStart(kept(0)) });
            let (status, request) = machine.inside(|| next(kept(0)));
            assert_eq!(status, STATUS_SUCCESS);
            machine.inside(|| complete(request, STATUS_SUCCESS));
            assert!(sent.reply().is_some());
        },
    )
    .keeps_every_rule();
    with_file(
        |device| prepare(device, config(D::WdfIoQueueDispatchParallel)),
        keeps,
        |machine, _, _| {
            let answer = machine.inside(|| next(kept(0)));
            assert_eq!(answer, (STATUS_INVALID_DEVICE_STATE, null_mut()));
        },
    )
    .keeps_every_rule();
}

#[test]
fn kmdf_q14_a_manual_queue_tells_once_registered() {
    with_file(
        |device| prepare(device, config(D::WdfIoQueueDispatchManual)),
        keeps,
        |machine, _, file| {
            let ready = |ready| {
                // SAFETY: a live queue.
                machine.inside(|| unsafe { WdfIoQueueReadyNotify(kept(0), ready, null_mut()) })
            };
            assert_eq!(ready(None), STATUS_INVALID_DEVICE_REQUEST);
            let sent = file.send(BUFFERED, &[], &[]).expect("it is sent");
            // A request is already queued: the callback is called at once.
            assert_eq!(ready(Some(state)), STATUS_SUCCESS);
            assert_eq!(*notes(), ["EvtIoQueueState"]);
            assert_eq!(ready(Some(state)), STATUS_INVALID_DEVICE_REQUEST);
            machine.inside(|| complete(next(kept(0)).1, STATUS_SUCCESS));
            assert!(sent.reply().is_some());
            // The queue is empty: the callback is called for the first request, and not for the
            // next one.
            notes().clear();
            let first = file.send(BUFFERED, &[], &[]).expect("it is sent");
            let second = file.send(BUFFERED, &[], &[]).expect("it is sent");
            assert_eq!(*notes(), ["EvtIoQueueState"]);
            let take = || machine.inside(|| complete(next(kept(0)).1, STATUS_SUCCESS));
            (0..2).for_each(|_| take());
            assert!(first.reply().is_some() && second.reply().is_some());
            // The callback is not called while the queue is stopped; at its start it is called for
            // the queued requests.
            notes().clear();
            // SAFETY: a live queue.
            machine.inside(|| unsafe { WdfIoQueueStop(kept(0), None, null_mut()) });
            let third = file.send(BUFFERED, &[], &[]).expect("it is sent");
            assert!(notes().is_empty());
            // SAFETY: as before.
            machine.inside(|| unsafe { WdfIoQueueStart(kept(0)) });
            assert_eq!(*notes(), ["EvtIoQueueState"]);
            take();
            assert!(third.reply().is_some());
        },
    )
    .keeps_every_rule();
}

#[test]
fn kmdf_q15_only_a_manual_queues_request_is_requeued() {
    with_file(
        sequential,
        |_, request| {
            // SAFETY: a request that the driver has.
            let status = unsafe { WdfRequestRequeue(request) };
            complete(request, status);
        },
        |_, _, file| {
            let status = file.ioctl(BUFFERED, &[], &mut []).status;
            assert_eq!(status, STATUS_INVALID_DEVICE_REQUEST);
        },
    )
    .breaks(&[Rule::RequestMisuse]);
}

#[test]
fn kmdf_q16_a_request_is_not_forwarded_to_its_own_queue() {
    with_file(
        sequential,
        |queue, request| {
            // SAFETY: a request that the driver has, a live queue.
            let status = unsafe { WdfRequestForwardToIoQueue(request, queue) };
            complete(request, status);
        },
        |_, _, file| {
            let status = file.ioctl(BUFFERED, &[], &mut []).status;
            assert_eq!(status, STATUS_INVALID_DEVICE_REQUEST);
        },
    )
    .breaks(&[Rule::RequestMisuse]);
}

/// A queue for requests that control the device, beside the default queue for others.
fn queue_for_controls(device: WDFDEVICE) -> WDFQUEUE {
    let mut others = config(D::WdfIoQueueDispatchSequential);
    others.EvtIoDeviceControl = None;
    others.EvtIoDefault = Some(default);
    prepare(device, others);
    let mut controls = config(D::WdfIoQueueDispatchSequential);
    controls.DefaultQueue = 0;
    let (status, queue) = create(device, &mut controls);
    assert_eq!(status, STATUS_SUCCESS);
    queue
}

#[test]
fn kmdf_d11_requests_of_a_type_go_to_their_queue() {
    with_file(
        |device| {
            let queue = queue_for_controls(device);
            // SAFETY: live objects.
            unsafe {
                let configure =
                    |queue, kind| WdfDeviceConfigureRequestDispatching(device, queue, kind);
                let control = _WDF_REQUEST_TYPE::WdfRequestTypeDeviceControl;
                let read = _WDF_REQUEST_TYPE::WdfRequestTypeRead;
                assert_eq!(configure(queue, 0x77), STATUS_INVALID_PARAMETER);
                assert_eq!(configure(queue, read), STATUS_INVALID_DEVICE_REQUEST);
                assert_eq!(configure(kept(0), control), STATUS_INVALID_DEVICE_REQUEST);
                assert_eq!(configure(queue, control), STATUS_SUCCESS);
                assert_eq!(configure(queue, control), BUSY);
            }
            keep(3, queue);
        },
        succeeds,
        |machine, _, file| {
            file.ioctl(BUFFERED, &[], &mut []);
            assert_eq!(*notes(), ["EvtIoDeviceControl"]);
            let control = _WDF_REQUEST_TYPE::WdfRequestTypeDeviceControl;
            // SAFETY: live objects, of a device that has started.
            let late = machine.inside(|| unsafe {
                WdfDeviceConfigureRequestDispatching(kept(7), kept(3), control)
            });
            assert_eq!(late, STATUS_INVALID_DEVICE_STATE);
        },
    )
    .keeps_every_rule();
}

#[test]
fn a_queue_that_requests_go_to_is_not_deleted() {
    with_file(
        |device| {
            let queue = queue_for_controls(device);
            let control = _WDF_REQUEST_TYPE::WdfRequestTypeDeviceControl;
            // SAFETY: live objects, which stay.
            unsafe {
                let configured = WdfDeviceConfigureRequestDispatching(device, queue, control);
                assert_eq!(configured, STATUS_SUCCESS);
                WdfObjectDelete(queue.cast());
                WdfObjectDelete(kept(0));
            }
        },
        succeeds,
        |_, _, file| {
            file.ioctl(BUFFERED, &[], &mut []);
            assert_eq!(*notes(), ["EvtIoDeviceControl"]);
        },
    )
    .breaks(&[Rule::BadArgument; 2])
    .saying("WdfObjectDelete of a WDFQUEUE that the framework deletes");
}

#[test]
fn requests_go_to_a_queue_that_has_a_callback_for_their_type() {
    unsafe extern "C" fn moves(_queue: WDFQUEUE, _request: WDFREQUEST, _length: usize) {}
    use _WDF_REQUEST_TYPE as T;
    type Set = fn(&mut WDF_IO_QUEUE_CONFIG);
    const SETS: [(WDF_REQUEST_TYPE, Set); 4] = [
        (T::WdfRequestTypeRead, |own| own.EvtIoRead = Some(moves)),
        (T::WdfRequestTypeWrite, |own| own.EvtIoWrite = Some(moves)),
        (T::WdfRequestTypeDeviceControl, |own| own.EvtIoDeviceControl = Some(control)),
        (T::WdfRequestTypeDeviceControlInternal, |own| {
            own.EvtIoInternalDeviceControl = Some(control);
        }),
    ];
    let created = |device: WDFDEVICE| {
        for (own, set) in SETS {
            let mut config = config(D::WdfIoQueueDispatchSequential);
            (config.DefaultQueue, config.EvtIoDeviceControl) = (0, None);
            set(&mut config);
            let (_, queue) = create(device, &mut config);
            for (other, _) in SETS.into_iter().filter(|(other, _)| *other != own) {
                // SAFETY: live objects.
                let refused = unsafe { WdfDeviceConfigureRequestDispatching(device, queue, other) };
                assert_eq!(refused, STATUS_INVALID_DEVICE_REQUEST, "{own} {other}");
            }
            // SAFETY: live objects.
            let configured = unsafe { WdfDeviceConfigureRequestDispatching(device, queue, own) };
            assert_eq!(configured, STATUS_SUCCESS, "{own}");
        }
    };
    Plan::new().created(created).start().keeps_every_rule();
}

#[test]
fn a_queue_that_is_stopped_and_purged_presents_nothing_on_the_way() {
    for purge in [
        // SAFETY: a live queue.
        || unsafe { WdfIoQueueStopAndPurge(kept(0), None, null_mut()) },
        // SAFETY: a live queue.
        || unsafe { WdfIoQueueStopAndPurgeSynchronously(kept(0)) },
    ] {
        with_file(
            sequential,
            // SAFETY: a request that the driver has.
            |_, request| unsafe {
                WdfRequestMarkCancelable(request, Some(cancelled));
            },
            |machine, _, file| {
                let sent = [(); 3].map(|()| file.send(BUFFERED, &[], &[]).expect("it is sent"));
                machine.inside(purge);
                let presented =
                    || notes().iter().filter(|note| *note == "EvtIoDeviceControl").count();
                assert_eq!(presented(), 1);
                let status = sent.each_ref().map(|sent| sent.reply().map(|reply| reply.status));
                assert_eq!(status, [Some(STATUS_CANCELLED); 3]);
                // What comes now waits for the start.
                let next = file.send(BUFFERED, &[], &[]).expect("it is sent");
                assert_eq!(presented(), 1);
                // SAFETY: a live queue.
                machine.inside(|| unsafe { WdfIoQueueStart(kept(0)) });
                assert_eq!(presented(), 2);
                next.cancel();
            },
        )
        .keeps_every_rule();
    }
}

#[test]
fn kmdf_s6_a_request_with_the_driver_keeps_the_device_awake() {
    with_file(
        |device| {
            sequential(device);
            let mut settings = WDF_DEVICE_POWER_POLICY_IDLE_SETTINGS::default();
            let cannot_wake = _WDF_POWER_POLICY_S0_IDLE_CAPABILITIES::IdleCannotWakeFromS0;
            WDF_DEVICE_POWER_POLICY_IDLE_SETTINGS_INIT(&mut settings, cannot_wake);
            settings.IdleTimeout = 1000;
            // SAFETY: a live device, a structure that outlives the call.
            unsafe { WdfDeviceAssignS0IdleSettings(device, &raw mut settings) };
        },
        keeps,
        |machine, device, file| {
            let sent = file.send(BUFFERED, &[], &[]).expect("it is sent");
            machine.sleep(Duration::from_millis(2500));
            assert!(device.is_powered());
            machine.inside(|| complete(kept(1), STATUS_SUCCESS));
            assert!(sent.reply().is_some());
            machine.sleep(Duration::from_millis(900));
            assert!(device.is_powered(), "the idle time begins with the last completion");
            machine.sleep(Duration::from_millis(200));
            assert!(!device.is_powered());
        },
    )
    .keeps_every_rule();
}

#[test]
fn kmdf_p6_power_managed_queues_are_purged_before_the_flush() {
    with_file(keeps_until_purge, keeps, |_, device, file| {
        let sent = file.send(BUFFERED, &[], &[]).expect("it is sent");
        device.surprise_remove();
        drop(file);
        assert!(sent.reply().is_some());
        let all = notes().clone();
        let at = |what: &str| all.iter().position(|note| note == what).expect("it was called");
        assert!(at("EvtDeviceReleaseHardware") < at("EvtIoStop 0x2"));
        assert!(at("EvtIoStop 0x2") < at("EvtDeviceSelfManagedIoFlush"));
        assert!(at("EvtDeviceSelfManagedIoFlush") < at("EvtDeviceSelfManagedIoCleanup"));
    })
    .keeps_every_rule();
}
