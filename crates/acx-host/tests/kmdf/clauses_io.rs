//! The clauses of the table's rows after their first sentence: power, queues, requests, targets,
//! the registry.

use std::ptr::null_mut;
use std::sync::Mutex;
use std::time::Duration;

use _WDF_IO_QUEUE_DISPATCH_TYPE as D;
use acx_client::System;
use acx_host::Rule;
use acx_host::machine::HostError;
use acx_sys::*;

use crate::devices::{counted, wide};
use crate::driver::{Plan, Run, child_of, in_d0, keep, kept, note, notes};
use crate::io::{
    BUFFERED, BUSY, NEITHER, cancelled, complete, config, create, in_a_request, keeps, prepare,
    sequential, succeeds, with_file, with_plan,
};

const FAILURE: NTSTATUS = STATUS_INSUFFICIENT_RESOURCES;

/// The states that a device was sent to, and came from with a minus. They are a test's own as long
/// as it has its [`Run`](crate::driver::Run).
static STATES: Mutex<Vec<i32>> = Mutex::new(Vec::new());

unsafe extern "C" fn exits(_device: WDFDEVICE, to: WDF_POWER_DEVICE_STATE) -> NTSTATUS {
    STATES.lock().unwrap().push(to);
    STATUS_SUCCESS
}

unsafe extern "C" fn enters(_device: WDFDEVICE, from: WDF_POWER_DEVICE_STATE) -> NTSTATUS {
    STATES.lock().unwrap().push(-from);
    STATUS_SUCCESS
}

unsafe extern "C" fn fails(_device: WDFDEVICE, _from: WDF_POWER_DEVICE_STATE) -> NTSTATUS {
    FAILURE
}

const LAST: i32 = _WDF_POWER_DEVICE_STATE::WdfPowerDeviceD3Final;
const D3: i32 = _WDF_POWER_DEVICE_STATE::WdfPowerDeviceD3;

fn callbacks(init: PWDFDEVICE_INIT, set: fn(&mut WDF_PNPPOWER_EVENT_CALLBACKS)) {
    let mut callbacks = WDF_PNPPOWER_EVENT_CALLBACKS::default();
    WDF_PNPPOWER_EVENT_CALLBACKS_INIT(&mut callbacks);
    set(&mut callbacks);
    STATES.lock().unwrap().clear();
    // SAFETY: the init object of EvtDriverDeviceAdd.
    unsafe { WdfDeviceInitSetPnpPowerEventCallbacks(init, &raw mut callbacks) };
}

#[test]
fn also_kmdf_p2_p3_a_failed_start_goes_to_d3_final() {
    for set in [
        (|own| {
            own.EvtDeviceD0Exit = Some(exits);
            own.EvtDeviceD0EntryPostInterruptsEnabled = Some(fails);
        }) as fn(&mut WDF_PNPPOWER_EVENT_CALLBACKS),
        |own| {
            unsafe extern "C" fn refuses(_device: WDFDEVICE) -> NTSTATUS {
                FAILURE
            }
            own.EvtDeviceD0Exit = Some(exits);
            own.EvtDeviceSelfManagedIoInit = Some(refuses);
        },
    ] {
        static SET: Mutex<fn(&mut WDF_PNPPOWER_EVENT_CALLBACKS)> = Mutex::new(|_| {});
        *SET.lock().unwrap() = set;
        let run =
            Plan::new().init(|init| callbacks(init, *SET.lock().unwrap())).run(|_, device| {
                let failed = HostError::Start { status: STATUS_DEVICE_POWER_FAILURE };
                assert_eq!(device.err(), Some(failed));
            });
        assert_eq!(*STATES.lock().unwrap(), [LAST]);
        run.keeps_every_rule();
    }
}

/// A device whose D0 entry fails at its next power-up.
fn does_not_come_back(client: fn(&acx_host::Machine)) -> Run {
    static ENTRIES: Mutex<u32> = Mutex::new(0);
    unsafe extern "C" fn enters_once(
        _device: WDFDEVICE,
        _from: WDF_POWER_DEVICE_STATE,
    ) -> NTSTATUS {
        note("EvtDeviceD0Entry");
        let mut entries = ENTRIES.lock().unwrap();
        *entries += 1;
        if *entries == 1 { STATUS_SUCCESS } else { FAILURE }
    }
    unsafe extern "C" fn leaves(_device: WDFDEVICE, _to: WDF_POWER_DEVICE_STATE) -> NTSTATUS {
        note("EvtDeviceD0Exit");
        STATUS_SUCCESS
    }
    unsafe extern "C" fn releases(_device: WDFDEVICE, _list: WDFCMRESLIST) -> NTSTATUS {
        note("EvtDeviceReleaseHardware");
        STATUS_SUCCESS
    }
    unsafe extern "C" fn surprise(_device: WDFDEVICE) {
        note("EvtDeviceSurpriseRemoval");
    }
    *ENTRIES.lock().unwrap() = 0;
    Plan::new()
        .init(|init| {
            callbacks(init, |own| {
                own.EvtDeviceD0Entry = Some(enters_once);
                own.EvtDeviceD0Exit = Some(leaves);
                own.EvtDeviceReleaseHardware = Some(releases);
                own.EvtDeviceSurpriseRemoval = Some(surprise);
            });
        })
        .created(|device| {
            keep(0, device);
            let mut settings = WDF_DEVICE_POWER_POLICY_IDLE_SETTINGS::default();
            let cannot_wake = _WDF_POWER_POLICY_S0_IDLE_CAPABILITIES::IdleCannotWakeFromS0;
            WDF_DEVICE_POWER_POLICY_IDLE_SETTINGS_INIT(&mut settings, cannot_wake);
            settings.IdleTimeout = 1000;
            // SAFETY: a live device, a structure that outlives the call.
            unsafe { WdfDeviceAssignS0IdleSettings(device, &raw mut settings) };
        })
        .run(|machine, device| {
            let device = device.expect("it starts");
            machine.sleep(Duration::from_secs(2));
            assert!(!device.is_powered());
            client(machine);
            machine.sleep(Duration::from_millis(1));
            drop(device);
        })
        .notes(&[
            "EvtDeviceD0Entry",
            "EvtDeviceD0Exit",
            "EvtDeviceD0Entry",
            "EvtDeviceReleaseHardware",
            "EvtDeviceSurpriseRemoval",
            "EvtCleanupCallback of the device",
        ])
}

#[test]
fn also_kmdf_p9_s4_a_device_whose_d0_entry_fails_is_taken_out() {
    fn stop_idle(machine: &acx_host::Machine, wait: u8) -> NTSTATUS {
        // SAFETY: a live device.
        machine.inside(|| unsafe { WdfDeviceStopIdleNoTrack(kept(0), wait) })
    }
    // One that waits is told, and has no reference.
    does_not_come_back(|machine| {
        assert_eq!(stop_idle(machine, 1), STATUS_POWER_STATE_INVALID);
        // SAFETY: a live device.
        machine.inside(|| unsafe { WdfDeviceResumeIdleNoTrack(kept(0)) });
    })
    .breaks(&[Rule::Unpaired]);
    does_not_come_back(|machine| {
        assert_eq!(stop_idle(machine, 0), STATUS_PENDING);
    })
    .keeps_every_rule();
}

#[test]
fn also_kmdf_s4_a_stop_that_waits_in_evt_io_stop_never_returns() {
    unsafe extern "C" fn stops(_queue: WDFQUEUE, request: WDFREQUEST, _flags: u32) {
        // SAFETY: a live device, and its request.
        unsafe {
            WdfDeviceStopIdleNoTrack(kept(7), 1);
            WdfRequestStopAcknowledge(request, 0);
        }
    }
    with_file(
        |device| {
            let mut own = config(D::WdfIoQueueDispatchSequential);
            own.EvtIoStop = Some(stops);
            prepare(device, own);
        },
        keeps,
        |machine, device, file| {
            let sent = file.send(BUFFERED, &[], &[]).expect("it is sent");
            device.power_down();
            device.power_up().expect("it comes back");
            machine.inside(|| complete(kept(1), STATUS_SUCCESS));
            assert!(sent.reply().is_some());
        },
    )
    .breaks(&[Rule::Deadlock]);
    // Before the device is in Dx, too.
    Plan::new()
        .on("EvtDeviceSelfManagedIoSuspend", |device| {
            // SAFETY: a live device.
            let status = unsafe { WdfDeviceStopIdleNoTrack(device, 1) };
            assert_eq!(status, STATUS_POWER_STATE_INVALID);
        })
        .run(|_, device| device.expect("it starts").power_down())
        .breaks(&[Rule::Deadlock]);
}

#[test]
fn also_kmdf_s3_a_stop_on_the_way_down_brings_the_device_back() {
    Plan::new()
        .created(|device| {
            let mut settings = WDF_DEVICE_POWER_POLICY_IDLE_SETTINGS::default();
            let cannot_wake = _WDF_POWER_POLICY_S0_IDLE_CAPABILITIES::IdleCannotWakeFromS0;
            WDF_DEVICE_POWER_POLICY_IDLE_SETTINGS_INIT(&mut settings, cannot_wake);
            settings.IdleTimeout = 1000;
            // SAFETY: a live device, a structure that outlives the call.
            unsafe { WdfDeviceAssignS0IdleSettings(device, &raw mut settings) };
        })
        .on("EvtDeviceSelfManagedIoSuspend", |device| {
            // SAFETY: a live device.
            let status = unsafe { WdfDeviceStopIdleNoTrack(device, 0) };
            note(format!("{status:#x}"));
        })
        .run(|machine, device| {
            let device = device.expect("it starts");
            machine.sleep(Duration::from_millis(1500));
            assert!(device.is_powered());
            assert!(notes().iter().any(|note| note == "0x103"));
        })
        .keeps_every_rule()
        .counts("EvtDeviceD0Entry", 2);
}

#[test]
fn also_kmdf_p13_the_other_callbacks_that_support_what_pnp_asks() {
    let refusal = STATUS_NOT_SUPPORTED;
    for callback in ["EvtDevicePrepareHardware", "EvtDeviceReleaseHardware"] {
        Plan::new()
            .answer(callback, refusal)
            .run(|_, device| drop(device))
            .breaks(&[Rule::UndocumentedStatus])
            .saying(&format!("{callback} answered STATUS_NOT_SUPPORTED"));
    }
    Plan::new()
        .answer("EvtDeviceQueryRemove", refusal)
        .run(|_, device| {
            let refused = device.expect("it starts").query_remove();
            assert_eq!(refused, Err(HostError::Refused { status: refusal }));
        })
        .breaks(&[Rule::UndocumentedStatus])
        .saying("EvtDeviceQueryRemove answered STATUS_NOT_SUPPORTED");
}

#[test]
fn also_kmdf_p14_the_lowest_state_is_d3() {
    let run = Plan::new()
        .init(|init| {
            callbacks(init, |own| {
                own.EvtDeviceD0Entry = Some(enters);
                own.EvtDeviceD0Exit = Some(exits);
            });
        })
        .created(|device| {
            let mut settings = WDF_DEVICE_POWER_POLICY_IDLE_SETTINGS::default();
            let cannot_wake = _WDF_POWER_POLICY_S0_IDLE_CAPABILITIES::IdleCannotWakeFromS0;
            WDF_DEVICE_POWER_POLICY_IDLE_SETTINGS_INIT(&mut settings, cannot_wake);
            settings.DxState = _DEVICE_POWER_STATE::PowerDeviceMaximum;
            settings.IdleTimeout = 1000;
            // SAFETY: a live device, a structure that outlives the call.
            unsafe { WdfDeviceAssignS0IdleSettings(device, &raw mut settings) };
        })
        .run(|machine, device| {
            machine.sleep(Duration::from_secs(2));
            drop(device);
        });
    assert_eq!(STATES.lock().unwrap()[..2], [-LAST, D3]);
    run.keeps_every_rule();
}

#[test]
fn also_kmdf_s10_only_the_power_policy_owner_has_wake_settings() {
    Plan::new()
        // SAFETY: the init object of EvtDriverDeviceAdd.
        .init(|init| unsafe { WdfDeviceInitSetPowerPolicyOwnership(init, 0) })
        .created(|device| {
            let mut wake = WDF_DEVICE_POWER_POLICY_WAKE_SETTINGS::default();
            // SAFETY: a live device, a structure that outlives the call.
            let status = unsafe { WdfDeviceAssignSxWakeSettings(device, &raw mut wake) };
            assert_eq!(status, STATUS_INVALID_DEVICE_REQUEST, "the owner comes before the size");
        })
        .start()
        .keeps_every_rule();
}

#[test]
fn also_kmdf_q1_q3_only_a_parallel_queue_says_how_many_requests_it_presents() {
    Plan::new()
        .created(|device| {
            for kind in [D::WdfIoQueueDispatchSequential, D::WdfIoQueueDispatchManual] {
                let mut own = config(kind);
                own.Settings.Parallel.NumberOfPresentedRequests = 1;
                assert_eq!(create(device, &mut own).0, STATUS_INVALID_PARAMETER);
            }
        })
        .start()
        .breaks(&[Rule::BadArgument, Rule::BadArgument]);
    // None at a time; and, in the structure of KMDF 1.7, which has no number, as many as come.
    for (size, presented) in [(96, 0), (88, 0), (80, 2)] {
        static SIZE: Mutex<u32> = Mutex::new(0);
        *SIZE.lock().unwrap() = size;
        with_file(
            |device| {
                let mut own = config(D::WdfIoQueueDispatchParallel);
                own.Size = *SIZE.lock().unwrap();
                own.Settings.Parallel.NumberOfPresentedRequests = 0;
                prepare(device, own);
            },
            succeeds,
            |_, _, file| {
                let sent = [(); 2].map(|()| file.send(BUFFERED, &[], &[]).expect("it is sent"));
                assert_eq!(notes().len(), presented);
                sent.iter().for_each(acx_host::control::Sent::cancel);
            },
        )
        .keeps_every_rule();
    }
}

/// The result of WdfIoQueueCreate for the attributes of a queue that is not the default one.
fn queue_with(device: WDFDEVICE, change: impl Fn(&mut WDF_OBJECT_ATTRIBUTES)) -> NTSTATUS {
    let mut own = config(D::WdfIoQueueDispatchSequential);
    own.DefaultQueue = 0;
    let mut attributes = child_of(null_mut());
    change(&mut attributes);
    let mut queue: WDFQUEUE = null_mut();
    // SAFETY: a live device, structures that outlive the call.
    unsafe { WdfIoQueueCreate(device, &raw mut own, &raw mut attributes, &raw mut queue) }
}

#[test]
fn also_kmdf_q2_a_queue_is_below_its_device_and_at_its_level() {
    use _WDF_EXECUTION_LEVEL as L;
    use _WDF_SYNCHRONIZATION_SCOPE as S;
    in_d0(|device| {
        let sddl = wide("D:P");
        let sddl = counted(&sddl);
        // SAFETY: live objects, a string that outlives the call.
        let (driver, control) = unsafe {
            let driver = WdfDeviceGetDriver(device);
            let init = WdfControlDeviceInitAllocate(driver, &raw const sddl);
            (driver, crate::devices::create(init).1)
        };
        let refused = STATUS_INVALID_DEVICE_REQUEST;
        assert_eq!(queue_with(device, |own| own.ParentObject = driver.cast()), refused);
        assert_eq!(queue_with(device, |own| own.ParentObject = control.cast()), refused);
        assert_eq!(queue_with(device, |own| own.ParentObject = device.cast()), STATUS_SUCCESS);
        let level = queue_with(device, |own| {
            own.ExecutionLevel = L::WdfExecutionLevelPassive;
            own.SynchronizationScope = S::WdfSynchronizationScopeDevice;
        });
        assert_eq!(level, STATUS_INVALID_PARAMETER);
        let level = queue_with(device, |own| {
            own.ExecutionLevel = L::WdfExecutionLevelPassive;
            own.SynchronizationScope = S::WdfSynchronizationScopeQueue;
        });
        assert_eq!(level, STATUS_SUCCESS);
        // SAFETY: the driver's own control device.
        unsafe { WdfObjectDelete(control.cast()) };
    })
    .breaks(&[Rule::WrongParent, Rule::WrongParent, Rule::BadArgument]);
}

#[test]
fn also_kmdf_q5_q6_a_cancelable_request_is_named_and_may_be_kept() {
    unsafe extern "C" fn stops(_queue: WDFQUEUE, request: WDFREQUEST, flags: u32) {
        note(format!("EvtIoStop {flags:#x}"));
        let requeue = kept::<u8>(4).is_null();
        // SAFETY: a request of the driver's, in EvtIoStop.
        unsafe {
            if requeue {
                // It cannot go back to the queue so.
                WdfRequestStopAcknowledge(request, 1);
            }
            WdfRequestStopAcknowledge(request, 0);
        }
    }
    let run = |keeps_it: usize| {
        static KEEPS: Mutex<usize> = Mutex::new(0);
        *KEEPS.lock().unwrap() = keeps_it;
        with_file(
            |device| {
                keep(4, *KEEPS.lock().unwrap() as *mut u8);
                let mut own = config(D::WdfIoQueueDispatchSequential);
                own.EvtIoStop = Some(stops);
                prepare(device, own);
            },
            |_, request| {
                // SAFETY: a request that the driver has.
                unsafe { WdfRequestMarkCancelable(request, Some(cancelled)) };
            },
            |_, device, file| {
                let sent = file.send(BUFFERED, &[], &[]).expect("it is sent");
                device.power_down();
                device.power_up().expect("it comes back");
                assert!(notes().iter().any(|note| note == "EvtIoStop 0x10000001"));
                sent.cancel();
                assert_eq!(sent.reply().map(|reply| reply.status), Some(STATUS_CANCELLED));
            },
        )
    };
    run(1).keeps_every_rule();
    run(0).breaks(&[Rule::RequestMisuse]).saying("goes back to its queue");
}

unsafe extern "C" fn state(_queue: WDFQUEUE, _context: WDFCONTEXT) {
    note("EvtIoQueueState");
}

#[test]
fn also_kmdf_q8_q10_a_drain_waits_for_the_queue_and_stop_and_purge_accepts_again() {
    with_file(sequential, keeps, |machine, _, file| {
        let sent = [(); 2].map(|()| file.send(BUFFERED, &[], &[]).expect("it is sent"));
        // SAFETY: a live queue.
        machine.inside(|| unsafe { WdfIoQueueDrain(kept(0), Some(state), null_mut()) });
        machine.inside(|| complete(kept(1), STATUS_SUCCESS));
        assert!(!notes().iter().any(|note| note == "EvtIoQueueState"), "one waits in the queue");
        machine.inside(|| complete(kept(1), STATUS_SUCCESS));
        assert_eq!(notes().last().map(String::as_str), Some("EvtIoQueueState"));
        assert!(sent.iter().all(|sent| sent.reply().is_some()));
        let accepts = || {
            // SAFETY: a live queue.
            let state =
                machine.inside(|| unsafe { WdfIoQueueGetState(kept(0), null_mut(), null_mut()) });
            state & _WDF_IO_QUEUE_STATE::WdfIoQueueAcceptRequests != 0
        };
        assert!(!accepts());
        // SAFETY: a live queue.
        machine.inside(|| unsafe { WdfIoQueueStopAndPurge(kept(0), None, null_mut()) });
        assert!(accepts());
    })
    .keeps_every_rule();
}

#[test]
fn also_kmdf_q14_only_a_manual_queue_tells_and_does_so_at_a_power_up() {
    with_file(
        |device| prepare(device, config(D::WdfIoQueueDispatchManual)),
        keeps,
        |machine, device, file| {
            // SAFETY: a live queue.
            let ready = machine
                .inside(|| unsafe { WdfIoQueueReadyNotify(kept(0), Some(state), null_mut()) });
            assert_eq!(ready, STATUS_SUCCESS);
            device.power_down();
            let sent = file.send(BUFFERED, &[], &[]).expect("it is sent");
            assert!(!notes().iter().any(|note| note == "EvtIoQueueState"));
            device.power_up().expect("it comes back");
            assert!(notes().iter().any(|note| note == "EvtIoQueueState"));
            sent.cancel();
        },
    )
    .keeps_every_rule();
    with_file(sequential, keeps, |machine, _, _| {
        // SAFETY: a live queue.
        let ready =
            machine.inside(|| unsafe { WdfIoQueueReadyNotify(kept(0), Some(state), null_mut()) });
        assert_eq!(ready, STATUS_INVALID_DEVICE_REQUEST);
    })
    .keeps_every_rule();
}

/// A queue that is not the default one, of this device, in slot 3.
fn second_queue(device: WDFDEVICE) {
    let mut own = config(D::WdfIoQueueDispatchSequential);
    own.DefaultQueue = 0;
    let (status, queue) = create(device, &mut own);
    assert_eq!(status, STATUS_SUCCESS);
    keep(3, queue);
}

fn forward(request: WDFREQUEST, queue: WDFQUEUE) -> NTSTATUS {
    // SAFETY: live objects.
    unsafe { WdfRequestForwardToIoQueue(request, queue) }
}

#[test]
fn also_kmdf_q16_a_request_is_forwarded_to_a_queue_of_its_device_that_takes_it() {
    let run = |deed: crate::io::Deed| {
        with_file(
            |device| {
                sequential(device);
                second_queue(device);
            },
            deed,
            |_, _, file| {
                file.ioctl(BUFFERED, &[], &mut []);
            },
        )
    };
    run(|_, request| {
        // SAFETY: a live queue. It takes nothing: the request stays with the driver.
        unsafe { WdfIoQueuePurge(kept(3), None, null_mut()) };
        assert_eq!(forward(request, kept(3)), BUSY);
        complete(request, STATUS_SUCCESS);
    })
    .keeps_every_rule();
    run(|_, request| {
        // SAFETY: a request that the driver has.
        unsafe { WdfRequestMarkCancelable(request, Some(cancelled)) };
        assert_eq!(forward(request, kept(3)), STATUS_INVALID_DEVICE_REQUEST);
        // SAFETY: as before.
        unsafe { WdfRequestUnmarkCancelable(request) };
        complete(request, STATUS_SUCCESS);
    })
    .breaks(&[Rule::RequestMisuse])
    .saying("forwarded that is marked cancelable");
    run(|_, request| {
        let sddl = wide("D:P");
        let sddl = counted(&sddl);
        // SAFETY: live objects, a string that outlives the call.
        unsafe {
            let driver = WdfDeviceGetDriver(kept(7));
            let init = WdfControlDeviceInitAllocate(driver, &raw const sddl);
            let control = crate::devices::create(init).1;
            let mut own = config(D::WdfIoQueueDispatchSequential);
            let other = create(control, &mut own).1;
            assert_eq!(forward(request, other), STATUS_INVALID_DEVICE_REQUEST);
            // Nor do requests of a type of this device's go there.
            let control_type = _WDF_REQUEST_TYPE::WdfRequestTypeDeviceControl;
            let status = WdfDeviceConfigureRequestDispatching(kept(7), other, control_type);
            assert_eq!(status, STATUS_INVALID_DEVICE_REQUEST);
            WdfObjectDelete(control.cast());
        }
        complete(request, STATUS_SUCCESS);
    })
    .breaks(&[Rule::RequestMisuse])
    .saying("another device's queue");
}

#[test]
fn also_kmdf_q13_q15_requests_of_a_manual_queue() {
    /// What is in the place of an answer before it is there.
    const NONE: WDFREQUEST = 0x10 as WDFREQUEST;
    with_file(
        |device| prepare(device, config(D::WdfIoQueueDispatchManual)),
        keeps,
        |machine, device, file| {
            let sent = file.send(BUFFERED, &[], &[]).expect("it is sent");
            let mut found: WDFREQUEST = null_mut();
            let mut own = NONE;
            machine.inside(|| {
                let none = null_mut();
                // SAFETY: a live queue, a place for the answer; the reference is given back.
                unsafe {
                    WdfIoQueueFindRequest(kept(0), none, null_mut(), null_mut(), &raw mut found);
                    WdfObjectDereferenceActual(found.cast(), null_mut(), 0, null_mut());
                }
            });
            device.power_down();
            let retrieve = |own: &mut WDFREQUEST| {
                // SAFETY: a live queue, a place for the answer.
                machine.inside(|| unsafe { WdfIoQueueRetrieveFoundRequest(kept(0), found, own) })
            };
            // A failure stores a null handle.
            assert_eq!((retrieve(&mut own), own), (crate::io::PAUSED, null_mut()));
            device.power_up().expect("it comes back");
            assert_eq!(retrieve(&mut own), STATUS_SUCCESS);
            machine.inside(|| {
                // SAFETY: a request that the driver has.
                unsafe {
                    WdfRequestMarkCancelable(own, Some(cancelled));
                    // Neither of these is for a request that is marked cancelable.
                    assert_eq!(WdfRequestRequeue(own), STATUS_INVALID_DEVICE_REQUEST);
                    assert_eq!(WdfRequestIsCanceled(own), 0);
                    assert_eq!(WdfRequestUnmarkCancelable(own), STATUS_SUCCESS);
                    assert_eq!(WdfRequestIsCanceled(own), 0);
                }
                complete(own, STATUS_SUCCESS);
            });
            assert!(sent.reply().is_some());
            machine.inside(|| {
                let fails = |call: &dyn Fn(*mut WDFREQUEST) -> NTSTATUS| {
                    let mut own = NONE;
                    let status = call(&raw mut own);
                    assert!(own.is_null() && status < 0, "{status:#x}");
                };
                let (queue, none) = (kept(0), null_mut());
                // SAFETY: the host checks handles: a tag is a request, a file a file object.
                unsafe {
                    let tag = kept::<u8>(0).cast();
                    fails(&|own| WdfIoQueueFindRequest(queue, tag, none, null_mut(), own));
                    fails(&|own| {
                        WdfIoQueueFindRequest(queue, null_mut(), kept(0), null_mut(), own)
                    });
                    fails(&|own| WdfIoQueueRetrieveFoundRequest(queue, tag, own));
                    fails(&|own| WdfIoQueueRetrieveRequestByFileObject(queue, kept(0), own));
                    // Nothing waits.
                    fails(&|own| WdfIoQueueRetrieveNextRequest(queue, own));
                    fails(&|own| WdfIoQueueFindRequest(queue, null_mut(), none, null_mut(), own));
                }
            });
        },
    )
    .breaks(&[
        Rule::RequestMisuse,
        Rule::RequestMisuse,
        Rule::WrongHandle,
        Rule::WrongHandle,
        Rule::WrongHandle,
        Rule::WrongHandle,
    ]);
}

#[test]
fn also_kmdf_r9_a_request_that_was_cancelled_is_neither_marked_nor_unmarked() {
    with_file(sequential, keeps, |machine, _, file| {
        let sent = file.send(BUFFERED, &[], &[]).expect("it is sent");
        sent.cancel();
        machine.inside(|| {
            // SAFETY: a request that the driver has.
            unsafe {
                assert_eq!(WdfRequestIsCanceled(kept(1)), 1);
                let mark = WdfRequestMarkCancelableEx(kept(1), Some(cancelled));
                assert_eq!(mark, STATUS_CANCELLED);
                assert_eq!(WdfRequestUnmarkCancelable(kept(1)), STATUS_CANCELLED);
            }
            complete(kept(1), STATUS_CANCELLED);
        });
        assert!(sent.reply().is_some());
    })
    .keeps_every_rule();
    // The routine of one that is cancelled already is called at once.
    with_file(sequential, keeps, |machine, _, file| {
        let sent = file.send(BUFFERED, &[], &[]).expect("it is sent");
        sent.cancel();
        // SAFETY: a request that the driver has.
        machine.inside(|| unsafe { WdfRequestMarkCancelable(kept(1), Some(cancelled)) });
        assert_eq!(notes().last().map(String::as_str), Some("EvtRequestCancel"));
        assert!(sent.reply().is_some());
    })
    .keeps_every_rule();
}

#[test]
fn also_kmdf_r12_the_parameters_of_a_reuse_are_checked() {
    in_a_request(|_, request| {
        let reuse = |size: usize, flags| {
            let mut parameters =
                WDF_REQUEST_REUSE_PARAMS { Size: size as u32, Flags: flags, ..Default::default() };
            // SAFETY: a request that the driver has, a structure that outlives the call.
            unsafe { WdfRequestReuse(request, &raw mut parameters) }
        };
        let size = size_of::<WDF_REQUEST_REUSE_PARAMS>();
        assert_eq!(reuse(8, 0), STATUS_INVALID_PARAMETER);
        assert_eq!(reuse(size, 4), STATUS_INVALID_PARAMETER);
        assert_eq!(reuse(size, 0), STATUS_SUCCESS);
        let mut parameters = WDF_REQUEST_COMPLETION_PARAMS::default();
        // SAFETY: as before.
        unsafe { WdfRequestGetCompletionParams(request, &raw mut parameters) };
        complete(request, STATUS_SUCCESS);
    })
    .breaks(&[Rule::Uninitialized])
    .saying("WDF_REQUEST_COMPLETION_PARAMS");
}

#[test]
fn also_kmdf_t1_callbacks_of_a_target_need_its_file_object() {
    unsafe extern "C" fn gone(_target: WDFIOTARGET) {}
    in_d0(|device| {
        let mut target: WDFIOTARGET = null_mut();
        let mut attributes = child_of(device.cast());
        let mut parameters = WDF_IO_TARGET_OPEN_PARAMS {
            Size: size_of::<WDF_IO_TARGET_OPEN_PARAMS>() as u32,
            Type: _WDF_IO_TARGET_OPEN_TYPE::WdfIoTargetOpenUseExistingDevice,
            EvtIoTargetRemoveComplete: Some(gone),
            ..Default::default()
        };
        // SAFETY: live objects, structures that outlive the calls.
        unsafe {
            parameters.TargetDeviceObject = WdfDeviceWdmGetDeviceObject(device);
            WdfIoTargetCreate(device, &raw mut attributes, &raw mut target);
            let status = WdfIoTargetOpen(target, &raw mut parameters);
            assert_eq!(status, STATUS_INVALID_PARAMETER);
            parameters.EvtIoTargetRemoveComplete = None;
            assert_eq!(WdfIoTargetOpen(target, &raw mut parameters), STATUS_SUCCESS);
        }
    })
    .keeps_every_rule();
}

#[test]
fn also_kmdf_k1_k3_strings_that_are_none_or_too_long() {
    in_d0(|device| {
        let name = wide("Long");
        let name = counted(&name);
        let long = vec![u16::from(b'a'); 0x8000];
        let mut attributes = child_of(device.cast());
        let (mut key, mut string): (WDFKEY, WDFSTRING) = (null_mut(), null_mut());
        // SAFETY: live objects, structures that outlive the calls.
        unsafe {
            let (kind, access) = (PLUGPLAY_REGKEY_DEVICE, KEY_ALL_ACCESS);
            WdfDeviceOpenRegistryKey(device, kind, access, &raw mut attributes, &raw mut key);
            let bytes = size_of_val(&*long) as u32;
            let from = long.as_ptr().cast_mut().cast();
            WdfRegistryAssignValue(key, &raw const name, REG_SZ, bytes, from);
            WdfStringCreate(std::ptr::null(), &raw mut attributes, &raw mut string);
            let status = WdfRegistryQueryString(key, &raw const name, string);
            assert_eq!(status, STATUS_INVALID_BUFFER_SIZE);
            let mut units = [0_u16; 4];
            let mut text =
                UNICODE_STRING { Length: 3, MaximumLength: 8, Buffer: units.as_mut_ptr() };
            let status =
                WdfRegistryQueryUnicodeString(key, &raw const name, null_mut(), &raw mut text);
            assert_eq!(status, STATUS_INVALID_PARAMETER);
        }
    })
    .breaks(&[Rule::BadArgument]);
}

#[test]
fn also_kmdf_r5_a_requests_parameters_are_those_of_its_function() {
    let deed: crate::io::Deed = |_, request| {
        let mut parameters = WDF_REQUEST_PARAMETERS::default();
        WDF_REQUEST_PARAMETERS_INIT(&mut parameters);
        // SAFETY: a request that the driver has, a device-control request.
        unsafe {
            WdfRequestGetParameters(request, &raw mut parameters);
            assert_eq!(parameters.Parameters.DeviceIoControl.IoControlCode, NEITHER);
        }
        complete(request, STATUS_SUCCESS);
    };
    let plan = Plan::new().created(sequential).request(deed);
    with_plan(plan, |_, _, file| {
        file.ioctl(NEITHER, &[], &mut []);
    })
    .keeps_every_rule();
}
