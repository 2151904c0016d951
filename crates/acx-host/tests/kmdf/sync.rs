//! Callback locks and automatic synchronization, also of timers, DPCs and work items.

use std::ptr::null_mut;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use _WDF_EXECUTION_LEVEL as L;
use _WDF_IO_QUEUE_DISPATCH_TYPE as D;
use _WDF_SYNCHRONIZATION_SCOPE as S;
use acx_client::System;
use acx_host::Rule;
use acx_sys::ntddk::*;
use acx_sys::*;

use crate::driver::{Plan, at_dispatch_level, child_of, in_d0, keep, kept, note, notes, wait_for};
use crate::io::{BUFFERED, complete, config, create, prepare, sequential, with_file, with_plan};

/// wdfstatus.h.
const INCOMPATIBLE_EXECUTION_LEVEL: NTSTATUS = 0xC020_020C_u32.cast_signed();

fn irql() -> u8 {
    // SAFETY: any level.
    unsafe { KeGetCurrentIrql() }
}

/// A device whose callbacks are at PASSIVE_LEVEL.
fn passive(attributes: &mut WDF_OBJECT_ATTRIBUTES) {
    attributes.ExecutionLevel = L::WdfExecutionLevelPassive;
}

/// A device whose callbacks are synchronized with each other.
fn synchronized(attributes: &mut WDF_OBJECT_ATTRIBUTES) {
    attributes.SynchronizationScope = S::WdfSynchronizationScopeDevice;
}

fn both(attributes: &mut WDF_OBJECT_ATTRIBUTES) {
    passive(attributes);
    synchronized(attributes);
}

#[test]
fn kmdf_o13_the_lock_of_a_passive_device_is_a_mutex() {
    Plan::new()
        .attributes(passive)
        .on("EvtDeviceD0Entry", |device| {
            // SAFETY: a live device.
            unsafe {
                WdfObjectAcquireLock(device.cast());
                assert_eq!(irql(), 0);
                WdfObjectReleaseLock(device.cast());
            }
        })
        .start()
        .keeps_every_rule();
    in_d0(|device| {
        // SAFETY: a live device.
        unsafe {
            WdfObjectAcquireLock(device.cast());
            assert_eq!(irql(), 2);
            WdfObjectAcquireLock(device.cast());
            WdfObjectReleaseLock(device.cast());
            assert_eq!(irql(), 2);
            WdfObjectReleaseLock(device.cast());
            assert_eq!(irql(), 0);
        }
    })
    .breaks(&[Rule::WdfViolation])
    .saying("bug check 0x10d (2, ...)");
}

/// The lock of the device is taken by an EvtIo callback.
fn takes_the_devices_lock(_queue: WDFQUEUE, request: WDFREQUEST) {
    note(format!("IRQL {}", irql()));
    // SAFETY: a live device.
    unsafe {
        WdfObjectAcquireLock(kept(7));
        WdfObjectReleaseLock(kept(7));
    }
    complete(request, STATUS_SUCCESS);
}

#[test]
fn kmdf_o14_callbacks_of_a_synchronized_device_run_under_its_lock() {
    let plan = || Plan::new().created(sequential).request(takes_the_devices_lock);
    with_plan(plan().attributes(synchronized), |_, _, file| {
        file.ioctl(BUFFERED, &[], &mut []);
        assert_eq!(*notes(), ["EvtIoDeviceControl", "IRQL 2"]);
    })
    .breaks(&[Rule::WdfViolation])
    .saying("bug check 0x10d (2, ...)");
    with_plan(plan().attributes(both), |_, _, file| {
        file.ioctl(BUFFERED, &[], &mut []);
        assert_eq!(*notes(), ["EvtIoDeviceControl", "IRQL 0"]);
    })
    .breaks(&[Rule::WdfViolation]);
    with_plan(plan(), |_, _, file| {
        file.ioctl(BUFFERED, &[], &mut []);
        assert_eq!(*notes(), ["EvtIoDeviceControl", "IRQL 0"]);
    })
    .keeps_every_rule();
}

unsafe extern "C" fn ticks(timer: WDFTIMER) {
    note(format!("timer at IRQL {}", irql()));
    let deed = *DEED.lock().unwrap();
    deed(timer);
}

/// The action of the timer. A test sets it in a callback, where no other test runs.
static DEED: std::sync::Mutex<fn(WDFTIMER)> = std::sync::Mutex::new(|_| {});

/// The result of WdfTimerCreate below this parent; the timer is in slot 0.
fn timer(parent: WDFOBJECT, is_passive: bool, serialized: bool) -> NTSTATUS {
    let mut config = WDF_TIMER_CONFIG::default();
    WDF_TIMER_CONFIG_INIT(&mut config, Some(ticks));
    config.AutomaticSerialization = serialized.into();
    let mut attributes = child_of(parent);
    if is_passive {
        passive(&mut attributes);
    }
    let mut timer: WDFTIMER = null_mut();
    // SAFETY: filled structures that outlive the call.
    let status = unsafe { WdfTimerCreate(&raw mut config, &raw mut attributes, &raw mut timer) };
    keep(0, timer);
    status
}

#[test]
fn kmdf_m5_serialization_needs_one_execution_level() {
    let deed = |device: WDFDEVICE| {
        assert_eq!(timer(device.cast(), true, true), INCOMPATIBLE_EXECUTION_LEVEL);
        assert_eq!(timer(device.cast(), true, false), STATUS_SUCCESS);
        assert_eq!(timer(device.cast(), false, true), STATUS_SUCCESS);
        assert_eq!(work_item(device, idles, true), INCOMPATIBLE_EXECUTION_LEVEL);
        assert_eq!(work_item(device, idles, false), STATUS_SUCCESS);
    };
    Plan::new()
        .attributes(synchronized)
        .on("EvtDeviceD0Entry", deed)
        .start()
        .breaks(&[Rule::BadArgument, Rule::BadArgument]);
    Plan::new()
        .attributes(both)
        .on("EvtDeviceD0Entry", |device| {
            assert_eq!(timer(device.cast(), false, true), INCOMPATIBLE_EXECUTION_LEVEL);
            assert_eq!(work_item(device, idles, true), STATUS_SUCCESS);
            assert_eq!(dpc(device, true), INCOMPATIBLE_EXECUTION_LEVEL);
            assert_eq!(dpc(device, false), STATUS_SUCCESS);
        })
        .start()
        .breaks(&[Rule::BadArgument, Rule::BadArgument]);
}

fn start(timer: WDFTIMER, milliseconds: i64) -> BOOLEAN {
    // SAFETY: a live timer.
    unsafe { WdfTimerStart(timer, -milliseconds * 10_000) }
}

#[test]
fn kmdf_m6_a_stop_that_would_wait_for_ever_does_not_stop() {
    Plan::new()
        .on("EvtDeviceD0Entry", |device| {
            *DEED.lock().unwrap() = |_| {};
            assert_eq!(timer(device.cast(), false, true), STATUS_SUCCESS);
            start(kept(0), 100);
            // SAFETY: a live timer.
            assert_eq!(at_dispatch_level(|| unsafe { WdfTimerStop(kept(0), 1) }), 0);
        })
        .start()
        .breaks(&[Rule::WaitAtDispatch])
        .has("timer at IRQL 2");
    Plan::new()
        .on("EvtDeviceD0Entry", |device| {
            *DEED.lock().unwrap() = |timer| {
                start(timer, 100);
                // SAFETY: a live timer, in its callback at PASSIVE_LEVEL.
                assert_eq!(unsafe { WdfTimerStop(timer, 1) }, 0);
                *DEED.lock().unwrap() = |_| {};
            };
            assert_eq!(timer(device.cast(), true, false), STATUS_SUCCESS);
            start(kept(0), 100);
        })
        .start()
        .breaks(&[Rule::Deadlock])
        .counts("timer at IRQL 0", 2);
}

#[test]
fn kmdf_m7_a_timer_that_is_being_deleted_is_not_started() {
    unsafe extern "C" fn starts(timer: WDFOBJECT) {
        assert_eq!(start(timer.cast(), 1), 0);
    }
    in_d0(|device| {
        let mut config = WDF_TIMER_CONFIG::default();
        WDF_TIMER_CONFIG_INIT(&mut config, Some(ticks));
        let mut attributes = child_of(device.cast());
        attributes.EvtCleanupCallback = Some(starts);
        let mut timer: WDFTIMER = null_mut();
        // SAFETY: filled structures that outlive the calls.
        unsafe {
            WdfTimerCreate(&raw mut config, &raw mut attributes, &raw mut timer);
            WdfObjectDelete(timer.cast());
        }
    })
    .breaks(&[Rule::FreedObject])
    .saying("WdfTimerStart");
}

unsafe extern "C" fn runs(dpc: WDFDPC) {
    note("DPC");
    let _ = dpc;
}

/// The result of WdfDpcCreate; the DPC is in slot 1.
fn dpc(device: WDFDEVICE, serialized: bool) -> NTSTATUS {
    let mut config = WDF_DPC_CONFIG::default();
    WDF_DPC_CONFIG_INIT(&mut config, Some(runs));
    config.AutomaticSerialization = serialized.into();
    let mut attributes = child_of(device.cast());
    let mut dpc: WDFDPC = null_mut();
    // SAFETY: filled structures that outlive the call.
    let status = unsafe { WdfDpcCreate(&raw mut config, &raw mut attributes, &raw mut dpc) };
    keep(1, dpc);
    status
}

/// The number of runs of the DPC.
fn runs_so_far() -> usize {
    notes().iter().filter(|note| *note == "DPC").count()
}

#[test]
fn kmdf_m10_a_dpc_that_is_deleted_runs_first() {
    // A queued DPC runs when the IRQL is lowered.
    in_d0(|device| {
        assert_eq!(dpc(device, false), STATUS_SUCCESS);
        at_dispatch_level(|| {
            // SAFETY: a live DPC.
            assert_eq!(unsafe { WdfDpcEnqueue(kept(1)) }, 1);
            assert_eq!(runs_so_far(), 0);
        });
        assert_eq!(runs_so_far(), 1);
    })
    .keeps_every_rule();
    // At DISPATCH_LEVEL the deletion is deferred until after the DPC.
    in_d0(|device| {
        assert_eq!(dpc(device, false), STATUS_SUCCESS);
        at_dispatch_level(|| {
            // SAFETY: a live DPC.
            unsafe {
                assert_eq!(WdfDpcEnqueue(kept(1)), 1);
                WdfObjectDelete(kept(1));
            }
            assert_eq!(runs_so_far(), 0);
        });
        assert_eq!(runs_so_far(), 1);
    })
    .keeps_every_rule();
}

/// The delete itself runs what another processor has queued and cannot run yet.
#[test]
fn a_delete_runs_the_dpc_that_another_thread_has_queued() {
    Plan::new()
        .on("EvtDeviceD0Entry", |device| assert_eq!(dpc(device, false), STATUS_SUCCESS))
        .threaded()
        .run(|machine, device| {
            let device = device.expect("it starts");
            let (queued, deleted) = (AtomicBool::new(false), AtomicBool::new(false));
            std::thread::scope(|scope| {
                scope.spawn(|| {
                    machine.inside(|| {
                        at_dispatch_level(|| {
                            // SAFETY: a live DPC.
                            assert_eq!(unsafe { WdfDpcEnqueue(kept(1)) }, 1);
                            queued.store(true, Ordering::SeqCst);
                            wait_for(&deleted);
                        });
                    });
                });
                wait_for(&queued);
                // SAFETY: a live DPC.
                machine.inside(|| unsafe { WdfObjectDelete(kept(1)) });
                let ran = runs_so_far();
                deleted.store(true, Ordering::SeqCst);
                assert_eq!(ran, 1);
            });
            assert_eq!(runs_so_far(), 1, "once");
            drop(device);
        })
        .keeps_every_rule();
}

#[test]
fn kmdf_m11_a_cancel_that_waits_is_for_passive_level() {
    in_d0(|device| {
        assert_eq!(dpc(device, false), STATUS_SUCCESS);
        at_dispatch_level(|| {
            // SAFETY: a live DPC.
            unsafe {
                WdfDpcEnqueue(kept(1));
                assert_eq!(WdfDpcCancel(kept(1), 1), 0);
            }
        });
        // It was not cancelled.
        assert!(notes().iter().any(|note| note == "DPC"));
        // SAFETY: a live DPC.
        assert_eq!(unsafe { WdfDpcCancel(kept(1), 1) }, 0);
    })
    .breaks(&[Rule::WaitAtDispatch]);
}

unsafe extern "C" fn idles(_item: WDFWORKITEM) {}

type Work = unsafe extern "C" fn(WDFWORKITEM);

/// The result of WdfWorkItemCreate; the item is in slot 2.
fn work_item(device: WDFDEVICE, work: Work, serialized: bool) -> NTSTATUS {
    let mut config = WDF_WORKITEM_CONFIG::default();
    WDF_WORKITEM_CONFIG_INIT(&mut config, Some(work));
    config.AutomaticSerialization = serialized.into();
    let mut attributes = child_of(device.cast());
    let mut item: WDFWORKITEM = null_mut();
    // SAFETY: filled structures that outlive the call.
    let status = unsafe { WdfWorkItemCreate(&raw mut config, &raw mut attributes, &raw mut item) };
    keep(2, item);
    status
}

fn enqueue() {
    // SAFETY: a live work item.
    unsafe { WdfWorkItemEnqueue(kept(2)) };
}

#[test]
fn kmdf_m13_a_work_item_runs_beside_itself() {
    unsafe extern "C" fn works(_item: WDFWORKITEM) {
        if notes().iter().any(|note| note == "first begins") {
            note("second");
            return;
        }
        note("first begins");
        enqueue();
        // A wait: others run meanwhile.
        let mut wait: WDFWAITLOCK = null_mut();
        let mut attributes = child_of(kept(7));
        let mut timeout = -10_000;
        // SAFETY: structures that outlive the calls; the lock is taken twice on purpose.
        unsafe {
            WdfWaitLockCreate(&raw mut attributes, &raw mut wait);
            WdfWaitLockAcquire(wait, null_mut());
            assert_eq!(WdfWaitLockAcquire(wait, &raw mut timeout), STATUS_TIMEOUT);
            WdfWaitLockRelease(wait);
        }
        note("first ends");
    }
    Plan::new()
        .created(|device| {
            keep(7, device);
            assert_eq!(work_item(device, works, false), STATUS_SUCCESS);
        })
        .run(|machine, device| {
            notes().clear();
            machine.inside(enqueue);
            machine.sleep(Duration::from_millis(10));
            assert_eq!(*notes(), ["first begins", "second", "first ends"]);
            drop(device);
        })
        .keeps_every_rule();
}

#[test]
fn kmdf_m14_a_work_item_does_not_wait_for_itself() {
    unsafe extern "C" fn again(_item: WDFOBJECT) {
        enqueue();
    }
    unsafe extern "C" fn flushes(item: WDFWORKITEM) {
        // SAFETY: a live work item.
        unsafe { WdfWorkItemFlush(item) };
        note("worked");
    }
    in_d0(|device| {
        assert_eq!(work_item(device, flushes, false), STATUS_SUCCESS);
        enqueue();
    })
    .breaks(&[Rule::Deadlock])
    .has("worked");
    in_d0(|device| {
        let mut config = WDF_WORKITEM_CONFIG::default();
        WDF_WORKITEM_CONFIG_INIT(&mut config, Some(idles));
        let mut attributes = child_of(device.cast());
        attributes.EvtCleanupCallback = Some(again);
        let mut item: WDFWORKITEM = null_mut();
        // SAFETY: filled structures that outlive the calls.
        unsafe {
            WdfWorkItemCreate(&raw mut config, &raw mut attributes, &raw mut item);
            keep(2, item);
            WdfObjectDelete(item.cast());
        }
    })
    .breaks(&[Rule::FreedObject])
    .saying("WdfWorkItemEnqueue");
}

#[test]
fn a_work_item_waits_for_others_and_its_deletion_waits_for_it() {
    unsafe extern "C" fn works(_item: WDFWORKITEM) {
        note("worked");
    }
    unsafe extern "C" fn flushes(_item: WDFWORKITEM) {
        // SAFETY: a live work item, of another callback.
        unsafe {
            WdfWorkItemEnqueue(kept(3));
            WdfWorkItemFlush(kept(3));
        }
        note("flushed");
    }
    in_d0(|device| {
        assert_eq!(work_item(device, works, false), STATUS_SUCCESS);
        let other: WDFWORKITEM = kept(2);
        keep(3, other);
        assert_eq!(work_item(device, flushes, false), STATUS_SUCCESS);
        notes().clear();
        enqueue();
        // SAFETY: a live work item.
        unsafe { WdfWorkItemFlush(kept(2)) };
        assert_eq!(*notes(), ["worked", "flushed"]);
        // SAFETY: live until it is deleted here.
        unsafe {
            WdfWorkItemEnqueue(other);
            WdfObjectDelete(other.cast());
        }
        assert_eq!(*notes(), ["worked", "flushed", "worked"]);
    })
    .keeps_every_rule();
}

#[test]
fn a_cancel_that_does_not_wait_may_be_in_the_callback_itself() {
    unsafe extern "C" fn cancels(dpc: WDFDPC) {
        // SAFETY: a live DPC.
        unsafe {
            assert_eq!(WdfDpcCancel(dpc, 0), 0);
            WdfDpcEnqueue(dpc);
            assert_eq!(WdfDpcCancel(dpc, 0), 1);
        }
        note("cancelled");
    }
    in_d0(|device| {
        let mut config = WDF_DPC_CONFIG::default();
        WDF_DPC_CONFIG_INIT(&mut config, Some(cancels));
        let mut attributes = child_of(device.cast());
        let mut dpc: WDFDPC = null_mut();
        // SAFETY: filled structures that outlive the calls.
        unsafe {
            WdfDpcCreate(&raw mut config, &raw mut attributes, &raw mut dpc);
            WdfDpcEnqueue(dpc);
        }
    })
    .keeps_every_rule()
    .has("cancelled");
}

#[test]
fn kmdf_q17_the_next_request_comes_where_the_last_was_completed() {
    with_file(
        sequential,
        |_, request| {
            note(format!("IRQL {}", irql()));
            keep(1, request);
        },
        |machine, _, file| {
            let sent = [(); 2].map(|()| file.send(BUFFERED, &[], &[]).expect("it is sent"));
            machine.inside(|| {
                at_dispatch_level(|| {
                    complete(kept(1), STATUS_SUCCESS);
                    note("completed");
                });
                complete(kept(1), STATUS_SUCCESS);
            });
            let here =
                ["EvtIoDeviceControl", "IRQL 0", "EvtIoDeviceControl", "IRQL 2", "completed"];
            assert_eq!(*notes(), here);
            assert!(sent.iter().all(|sent| sent.reply().is_some()));
        },
    )
    .keeps_every_rule();
    // Callbacks that are at PASSIVE_LEVEL come there.
    let plan = Plan::new().attributes(passive).created(sequential).request(|_, request| {
        note(format!("IRQL {}", irql()));
        keep(1, request);
    });
    with_plan(plan, |machine, _, file| {
        let sent = [(); 4].map(|()| file.send(BUFFERED, &[], &[]).expect("it is sent"));
        machine.inside(|| at_dispatch_level(|| complete(kept(1), STATUS_SUCCESS)));
        machine.sleep(Duration::from_millis(1));
        assert_eq!(*notes(), ["EvtIoDeviceControl", "IRQL 0", "EvtIoDeviceControl", "IRQL 0"]);
        // At PASSIVE_LEVEL at once.
        machine.inside(|| {
            complete(kept(1), STATUS_SUCCESS);
            note("completed");
        });
        assert_eq!(notes()[4..], ["EvtIoDeviceControl", "IRQL 0", "completed"]);
        machine.inside(|| {
            // SAFETY: the level is restored below.
            let before = unsafe { KfRaiseIrql(1) };
            complete(kept(1), STATUS_SUCCESS);
            // SAFETY: the level that `KfRaiseIrql` returned, on the same thread.
            unsafe { KeLowerIrql(before) };
        });
        machine.sleep(Duration::from_millis(1));
        assert_eq!(notes()[7..], ["EvtIoDeviceControl", "IRQL 0"]);
        machine.inside(|| complete(kept(1), STATUS_SUCCESS));
        assert!(sent.iter().all(|sent| sent.reply().is_some()));
    })
    .keeps_every_rule();
}

#[test]
fn kmdf_x8_wait_locks_are_given_back_and_wait_until_a_time() {
    Plan::new()
        .on("EvtDeviceD0Entry", |device| {
            let mut attributes = child_of(device.cast());
            let mut lock: WDFWAITLOCK = null_mut();
            // SAFETY: structures that outlive the calls.
            unsafe {
                WdfWaitLockCreate(&raw mut attributes, &raw mut lock);
                WdfWaitLockAcquire(lock, null_mut());
            }
            keep(0, lock);
        })
        .on("EvtDeviceD0Exit", |_| {
            // SAFETY: a live lock.
            unsafe { WdfWaitLockRelease(kept(0)) };
        })
        .start()
        .breaks(&[Rule::LockHeldOnReturn])
        .saying("bug check 0x10d (0xf, ...)");
    in_d0(|device| {
        let mut attributes = child_of(device.cast());
        let mut lock: WDFWAITLOCK = null_mut();
        // A system time in the past.
        let mut timeout = 1;
        let mut before = LARGE_INTEGER::default();
        let mut after = LARGE_INTEGER::default();
        // SAFETY: structures that outlive the calls; the lock is taken twice on purpose.
        unsafe {
            before.QuadPart = KeQueryPerformanceCounter(null_mut()).QuadPart;
            WdfWaitLockCreate(&raw mut attributes, &raw mut lock);
            WdfWaitLockAcquire(lock, null_mut());
            assert_eq!(WdfWaitLockAcquire(lock, &raw mut timeout), STATUS_TIMEOUT);
            WdfWaitLockRelease(lock);
            after.QuadPart = KeQueryPerformanceCounter(null_mut()).QuadPart;
            assert_eq!(before.QuadPart, after.QuadPart, "it does not wait");
        }
    })
    .keeps_every_rule();
}

#[test]
fn kmdf_q4_the_queues_of_filters_are_not_power_managed() {
    Plan::new()
        .init(|init| {
            // SAFETY: the init object of EvtDriverDeviceAdd.
            unsafe { WdfFdoInitSetFilter(init) };
        })
        .created(|device| prepare(device, config(D::WdfIoQueueDispatchManual)))
        .run(|machine, device| {
            let device = device.expect("it starts");
            let file =
                machine.open_device(&machine.interfaces(&crate::io::CLASS)[0]).expect("opens");
            device.power_down();
            let sent = file.send(BUFFERED, &[], &[]).expect("it is sent");
            machine.inside(|| {
                let mut request: WDFREQUEST = null_mut();
                // SAFETY: a live queue, a place for the answer.
                let next = unsafe { WdfIoQueueRetrieveNextRequest(kept(0), &raw mut request) };
                assert_eq!(next, STATUS_SUCCESS);
                complete(request, STATUS_SUCCESS);
            });
            assert!(sent.reply().is_some());
        })
        .keeps_every_rule();
}

#[test]
fn kmdf_q13_requests_are_found_by_their_file() {
    with_file(
        |device| prepare(device, config(D::WdfIoQueueDispatchManual)),
        |_, _| {},
        |machine, _, file| {
            let other =
                machine.open_device(&machine.interfaces(&crate::io::CLASS)[0]).expect("opens");
            let first = file.send(BUFFERED, &[], &[]).expect("it is sent");
            let second = other.send(BUFFERED, &[1, 2], &[]).expect("it is sent");
            machine.inside(|| {
                let find = |after: WDFREQUEST, parameters: PWDF_REQUEST_PARAMETERS| {
                    let mut request: WDFREQUEST = null_mut();
                    let place = &raw mut request;
                    // SAFETY: a live queue, places for the answers.
                    let status = unsafe {
                        WdfIoQueueFindRequest(kept(0), after, null_mut(), parameters, place)
                    };
                    (status, request)
                };
                let drop_reference = |request: WDFREQUEST| {
                    // SAFETY: a reference of the search's.
                    unsafe {
                        WdfObjectDereferenceActual(request.cast(), null_mut(), 0, null_mut());
                    }
                };
                let mut parameters = WDF_REQUEST_PARAMETERS::default();
                assert_eq!(find(null_mut(), &raw mut parameters).0, STATUS_INVALID_PARAMETER_4);
                let (status, one) = find(null_mut(), null_mut());
                assert_eq!(status, STATUS_SUCCESS);
                WDF_REQUEST_PARAMETERS_INIT(&mut parameters);
                let (status, two) = find(one, &raw mut parameters);
                assert_eq!(status, STATUS_SUCCESS);
                // SAFETY: a device-control request.
                let length = unsafe { parameters.Parameters.DeviceIoControl.InputBufferLength };
                assert_eq!(length, 2);
                assert_eq!(find(two, null_mut()).0, STATUS_NO_MORE_ENTRIES);
                let mut found: WDFREQUEST = null_mut();
                // SAFETY: live objects, a place for the answer.
                unsafe {
                    WdfIoQueueRetrieveFoundRequest(kept(0), two, &raw mut found);
                }
                assert_eq!(find(two, null_mut()).0, STATUS_NOT_FOUND);
                drop_reference(one);
                drop_reference(two);
                complete(found, STATUS_SUCCESS);
            });
            assert!(second.reply().is_some() && first.reply().is_none());
            first.cancel();
        },
    )
    .breaks(&[Rule::Uninitialized]);
    // The file object of a handle.
    let plan = Plan::new().init(crate::io::files).created(|device| {
        prepare(device, config(D::WdfIoQueueDispatchManual));
    });
    with_plan(plan, |machine, _, file| {
        let other = machine.open_device(&machine.interfaces(&crate::io::CLASS)[0]).expect("opens");
        let first = file.send(BUFFERED, &[], &[]).expect("it is sent");
        let second = other.send(BUFFERED, &[], &[]).expect("it is sent");
        machine.inside(|| {
            let mut request: WDFREQUEST = null_mut();
            // SAFETY: a live queue; slot 2 has the file object that was opened last.
            unsafe {
                let place = &raw mut request;
                let found = WdfIoQueueFindRequest(kept(0), null_mut(), kept(2), null_mut(), place);
                assert_eq!(found, STATUS_SUCCESS);
                let mut own: WDFREQUEST = null_mut();
                WdfIoQueueRetrieveFoundRequest(kept(0), request, &raw mut own);
                WdfObjectDereferenceActual(request.cast(), null_mut(), 0, null_mut());
                complete(own, STATUS_SUCCESS);
            }
        });
        assert!(second.reply().is_some() && first.reply().is_none());
        first.cancel();
    })
    .keeps_every_rule();
}

#[test]
fn kmdf_q18_a_queue_that_is_deleted_waits_for_its_requests() {
    fn state_of(queue: WDFQUEUE) -> WDF_IO_QUEUE_STATE {
        // SAFETY: a live queue.
        unsafe { WdfIoQueueGetState(queue, null_mut(), null_mut()) }
    }
    const HELD: WDF_IO_QUEUE_STATE = _WDF_IO_QUEUE_STATE::WdfIoQueuePnpHeld;
    unsafe extern "C" fn stop(_queue: WDFQUEUE, request: WDFREQUEST, flags: u32) {
        note(format!("EvtIoStop {flags:#x}"));
        complete(request, STATUS_CANCELLED);
    }
    with_file(
        |device| {
            sequential(device);
            let mut own = config(D::WdfIoQueueDispatchSequential);
            own.DefaultQueue = 0;
            own.EvtIoStop = Some(stop);
            let (status, queue) = create(device, &mut own);
            assert_eq!(status, STATUS_SUCCESS);
            keep(3, queue);
        },
        |queue, request| {
            if queue == kept(0) {
                // SAFETY: a request that the driver has, a live queue.
                let status = unsafe { WdfRequestForwardToIoQueue(request, kept(3)) };
                assert_eq!(status, STATUS_SUCCESS);
            }
        },
        |machine, device, file| {
            let sent = file.send(BUFFERED, &[], &[]).expect("it is sent");
            assert_eq!(machine.inside(|| state_of(kept(0))) & HELD, 0);
            machine.inside(|| {
                // SAFETY: a queue of the driver's own.
                unsafe { WdfObjectDelete(kept(3)) };
            });
            assert!(sent.reply().is_some());
            assert_eq!(notes().last().map(String::as_str), Some("EvtIoStop 0x2"));
            device.power_down();
            assert_ne!(machine.inside(|| state_of(kept(0))) & HELD, 0);
            device.power_up().expect("it comes back");
        },
    )
    .keeps_every_rule();
}
