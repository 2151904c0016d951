//! When a device is idle, and for how long.

use std::ptr::null_mut;
use std::time::Duration;

use acx_client::System;
use acx_host::machine::{DeviceNode, HostError};
use acx_host::{Machine, Rule};
use acx_sys::*;

use crate::devices::{child_with, new_child};
use crate::driver::{Plan, Run, at_dispatch_level, keep, kept, note, notes};
use crate::io::{BUFFERED, complete, keeps, prepare, sequential, succeeds, with_file, with_plan};

fn assign(
    device: WDFDEVICE,
    change: impl FnOnce(&mut WDF_DEVICE_POWER_POLICY_IDLE_SETTINGS),
) -> NTSTATUS {
    let mut settings = WDF_DEVICE_POWER_POLICY_IDLE_SETTINGS::default();
    let cannot_wake = _WDF_POWER_POLICY_S0_IDLE_CAPABILITIES::IdleCannotWakeFromS0;
    WDF_DEVICE_POWER_POLICY_IDLE_SETTINGS_INIT(&mut settings, cannot_wake);
    change(&mut settings);
    // SAFETY: a live device, a structure that outlives the call.
    unsafe { WdfDeviceAssignS0IdleSettings(device, &raw mut settings) }
}

/// A driver that does this when its device is made, in slot 0.
fn with_device(created: fn(WDFDEVICE), client: impl FnOnce(&Machine, DeviceNode<'_>)) -> Run {
    Plan::new().created(created).run(|machine, device| {
        client(machine, device.expect("it starts"));
    })
}

#[test]
fn a_timeout_of_zero_is_five_seconds() {
    for (created, milliseconds) in [
        (
            (|device| {
                assign(device, |own| own.IdleTimeout = 0);
            }) as fn(WDFDEVICE),
            5000,
        ),
        (
            |device| {
                assign(device, |own| own.IdleTimeout = 1);
            },
            1,
        ),
    ] {
        with_device(created, |machine, device| {
            machine.sleep(Duration::from_micros(milliseconds * 1000 - 500));
            assert!(device.is_powered());
            machine.sleep(Duration::from_millis(1));
            assert!(!device.is_powered());
            drop(device);
        })
        .keeps_every_rule();
    }
}

#[test]
fn idle_settings_are_as_long_as_their_version_of_kmdf() {
    use _WDF_POWER_POLICY_IDLE_TIMEOUT_TYPE as T;
    // The last value that there is.
    with_device(
        |device| {
            let hint = T::SystemManagedIdleTimeoutWithHint;
            assert_eq!(assign(device, |own| own.IdleTimeoutType = hint), STATUS_SUCCESS);
        },
        |_, device| drop(device),
    )
    .keeps_every_rule();
    // KMDF 1.9 had no IdleTimeoutType, and KMDF 1.7 no PowerUpIdleDeviceOnSystemWake.
    with_device(
        |device| {
            let old = assign(device, |own| (own.Size, own.IdleTimeoutType) = (28, 9));
            assert_eq!(old, STATUS_SUCCESS);
            let old = assign(device, |own| {
                (own.Size, own.PowerUpIdleDeviceOnSystemWake) = (24, 9);
            });
            assert_eq!(old, STATUS_SUCCESS);
        },
        |_, device| drop(device),
    )
    .keeps_every_rule();
}

#[test]
fn a_driver_may_manage_the_time_of_a_device_that_runs() {
    with_device(
        |device| keep(0, device),
        |machine, device| {
            machine.inside(|| assert_eq!(assign(kept(0), |_| {}), STATUS_SUCCESS));
            machine.sleep(Duration::from_secs(6));
            assert!(!device.is_powered());
            drop(device);
        },
    )
    .keeps_every_rule();
}

#[test]
fn each_reference_keeps_the_device_awake() {
    with_device(
        |device| {
            keep(0, device);
            assign(device, |own| own.IdleTimeout = 1000);
        },
        |machine, device| {
            // SAFETY: a live device.
            machine.inside(|| unsafe {
                WdfDeviceStopIdleActual(kept(0), 0, null_mut(), 0, null_mut());
                WdfDeviceStopIdleActual(kept(0), 0, null_mut(), 0, null_mut());
                WdfDeviceResumeIdleActual(kept(0), null_mut(), 0, null_mut());
            });
            machine.sleep(Duration::from_secs(2));
            assert!(device.is_powered());
            // SAFETY: a live device.
            machine.inside(|| unsafe {
                WdfDeviceResumeIdleActual(kept(0), null_mut(), 0, null_mut());
            });
            machine.sleep(Duration::from_secs(2));
            assert!(!device.is_powered());
            drop(device);
        },
    )
    .keeps_every_rule();
}

#[test]
fn a_parent_is_awake_as_long_as_its_child() {
    with_device(
        |device| {
            assign(device, |own| own.IdleTimeout = 1000);
            let child = new_child(device, "0");
            keep(1, child);
            // SAFETY: live devices.
            unsafe { WdfFdoAddStaticChild(device, child) };
        },
        |machine, device| {
            machine.sleep(Duration::from_millis(5500));
            assert!(device.is_powered());
            // SAFETY: a live child.
            machine.inside(|| unsafe { WdfPdoMarkMissing(kept(1)) });
            machine.sleep(Duration::from_millis(1500));
            assert!(!device.is_powered());
            drop(device);
        },
    )
    .keeps_every_rule();
}

#[test]
fn a_device_may_be_stopped_when_the_last_no_was_taken_back() {
    fn stoppable(yes: u8) {
        // SAFETY: a live device.
        unsafe { WdfDeviceSetStaticStopRemove(kept(0), yes) };
    }
    with_device(
        |device| keep(0, device),
        |machine, device| {
            let refused = Err(HostError::Refused { status: STATUS_INVALID_DEVICE_STATE });
            machine.inside(|| [0, 0, 0, 1].map(stoppable));
            assert_eq!(device.query_remove(), refused);
            machine.inside(|| stoppable(1));
            assert_eq!(device.query_remove(), refused);
            machine.inside(|| stoppable(1));
            assert_eq!(device.query_remove(), Ok(()));
            drop(device);
        },
    )
    .keeps_every_rule();
}

#[test]
fn a_queue_that_was_purged_refuses_requests() {
    with_file(sequential, succeeds, |machine, _, file| {
        // SAFETY: a live queue.
        machine.inside(|| unsafe { WdfIoQueuePurgeSynchronously(kept(0)) });
        let reply = file.ioctl(BUFFERED, &[], &mut []);
        assert_eq!(reply.status, STATUS_INVALID_DEVICE_STATE);
        // SAFETY: a live queue.
        machine.inside(|| unsafe { WdfIoQueueStart(kept(0)) });
        assert_eq!(file.ioctl(BUFFERED, &[], &mut []).status, STATUS_SUCCESS);
    })
    .keeps_every_rule();
}

#[test]
fn the_next_request_comes_when_the_lock_of_its_device_is_free() {
    let plan = Plan::new()
        .attributes(|own| {
            own.SynchronizationScope = _WDF_SYNCHRONIZATION_SCOPE::WdfSynchronizationScopeDevice;
        })
        .created(sequential)
        .request(keeps);
    with_plan(plan, |machine, _, file| {
        let sent = [(); 2].map(|()| file.send(BUFFERED, &[], &[]).expect("it is sent"));
        machine.inside(|| {
            // SAFETY: a live device.
            unsafe { WdfObjectAcquireLock(kept(7)) };
            complete(kept(1), STATUS_SUCCESS);
            note("completed");
            // SAFETY: the lock is held.
            unsafe { WdfObjectReleaseLock(kept(7)) };
        });
        machine.sleep(Duration::from_millis(1));
        assert_eq!(*notes(), ["EvtIoDeviceControl", "completed", "EvtIoDeviceControl"]);
        machine.inside(|| complete(kept(1), STATUS_SUCCESS));
        assert!(sent.iter().all(|sent| sent.reply().is_some()));
    })
    .keeps_every_rule();
}

#[test]
fn a_manual_queue_tells_when_it_is_no_longer_empty() {
    unsafe extern "C" fn ready(_queue: WDFQUEUE, _context: WDFCONTEXT) {
        note("ready");
    }
    let manual = |device: WDFDEVICE| {
        let kind = _WDF_IO_QUEUE_DISPATCH_TYPE::WdfIoQueueDispatchManual;
        prepare(device, crate::io::config(kind));
    };
    with_file(manual, succeeds, |machine, _, file| {
        machine.inside(|| {
            // SAFETY: a live queue.
            let told = unsafe { WdfIoQueueReadyNotify(kept(0), Some(ready), null_mut()) };
            assert_eq!(told, STATUS_SUCCESS);
        });
        let first = file.send(BUFFERED, &[], &[]).expect("it is sent");
        assert_eq!(*notes(), ["ready"]);
        let sent = [first, file.send(BUFFERED, &[], &[]).expect("it is sent")];
        assert_eq!(*notes(), ["ready"]);
        machine.inside(|| {
            let mut next: WDFREQUEST = null_mut();
            // SAFETY: a live queue, a place for the answer.
            while unsafe { WdfIoQueueRetrieveNextRequest(kept(0), &raw mut next) } == 0 {
                complete(next, STATUS_SUCCESS);
            }
        });
        assert!(sent.iter().all(|sent| sent.reply().is_some()));
    })
    .keeps_every_rule();
}

#[test]
fn a_timer_of_high_resolution_tolerates_no_delay() {
    unsafe extern "C" fn expires(_timer: WDFTIMER) {}
    crate::driver::in_d0(|device| {
        let create = |delay, precise| {
            let mut config = WDF_TIMER_CONFIG::default();
            WDF_TIMER_CONFIG_INIT(&mut config, Some(expires));
            (config.TolerableDelay, config.UseHighResolutionTimer) = (delay, precise);
            let mut attributes = crate::driver::child_of(device.cast());
            let mut timer: WDFTIMER = null_mut();
            // SAFETY: structures that outlive the call.
            unsafe { WdfTimerCreate(&raw mut config, &raw mut attributes, &raw mut timer) }
        };
        assert_eq!((create(0, 1), create(1, 0)), (STATUS_SUCCESS, STATUS_SUCCESS));
        assert_eq!(at_dispatch_level(|| create(1, 1)), STATUS_INVALID_PARAMETER);
    })
    .breaks(&[Rule::BadArgument]);
}

/// However long the device was off.
#[test]
fn a_device_that_is_powered_up_again_has_its_whole_idle_time() {
    for off in [10, 150] {
        with_device(
            |device| {
                assign(device, |own| own.IdleTimeout = 100);
            },
            |machine, device| {
                machine.sleep(Duration::from_millis(50));
                device.power_down();
                machine.sleep(Duration::from_millis(off));
                device.power_up().unwrap();
                machine.sleep(Duration::from_micros(99_500));
                assert!(device.is_powered(), "{off} ms off");
                machine.sleep(Duration::from_millis(1));
                assert!(!device.is_powered(), "{off} ms off");
            },
        )
        .keeps_every_rule();
    }
}

/// The device's reference of WdfDeviceStopIdle.
fn stop_idle(wait: u8) -> NTSTATUS {
    // SAFETY: a live device.
    unsafe { WdfDeviceStopIdleNoTrack(kept(0), wait) }
}

fn resume_idle() {
    // SAFETY: a live device.
    unsafe { WdfDeviceResumeIdleNoTrack(kept(0)) };
}

/// Keeps the device, whose idle time is a second.
fn one_second(device: WDFDEVICE) {
    keep(0, device);
    assert_eq!(assign(device, |own| own.IdleTimeout = 1000), STATUS_SUCCESS);
}

#[test]
fn a_device_with_one_reference_does_not_even_try_to_sleep() {
    with_device(one_second, |machine, device| {
        machine.inside(|| assert_eq!(stop_idle(0), STATUS_SUCCESS));
        machine.sleep(Duration::from_millis(2500));
        assert!(device.is_powered());
        assert!(!notes().iter().any(|note| note == "EvtDeviceD0Exit"));
        machine.inside(resume_idle);
        machine.sleep(Duration::from_millis(1500));
        assert!(!device.is_powered());
        drop(device);
    })
    .keeps_every_rule();
}

#[test]
fn a_wait_for_d0_that_fails_takes_no_reference() {
    Plan::new()
        .created(|device| keep(0, device))
        .on("EvtDeviceD0Exit", |_| {
            if kept::<()>(1).is_null() {
                assert_eq!(stop_idle(1), STATUS_POWER_STATE_INVALID);
                keep(1, kept::<()>(0));
            }
        })
        .run(|machine, device| {
            let device = device.expect("it starts");
            machine.inside(|| assert_eq!(stop_idle(0), STATUS_SUCCESS));
            device.power_down();
            device.power_up().expect("it comes back");
            // The one that was taken before is there, and no other.
            machine.inside(|| [resume_idle(), resume_idle()]);
            drop(device);
        })
        .breaks(&[Rule::Deadlock, Rule::Unpaired]);
}

#[test]
fn a_device_that_has_failed_has_no_power_policy() {
    for failing in ["EvtDeviceD0Entry", "EvtDeviceD0Exit"] {
        Plan::new()
            .created(|device| keep(0, device))
            .answer(failing, STATUS_UNSUCCESSFUL)
            .on("EvtDeviceReleaseHardware", |_| {
                assert_eq!(stop_idle(0), STATUS_POWER_STATE_INVALID);
                note("released");
            })
            .run(|machine, device| {
                if let Ok(device) = device {
                    device.power_down();
                    machine.sleep(Duration::from_millis(1));
                    drop(device);
                }
            })
            .keeps_every_rule()
            .counts("released", 1);
    }
}

#[test]
fn settings_that_forbid_it_keep_a_device_awake() {
    with_device(one_second, |machine, device| {
        machine.sleep(Duration::from_millis(500));
        let off = |own: &mut WDF_DEVICE_POWER_POLICY_IDLE_SETTINGS| {
            own.Enabled = _WDF_TRI_STATE::WdfFalse;
        };
        machine.inside(|| assert_eq!(assign(kept(0), off), STATUS_SUCCESS));
        machine.sleep(Duration::from_secs(2));
        assert!(device.is_powered());
        machine.inside(|| one_second(kept(0)));
        machine.sleep(Duration::from_millis(900));
        assert!(device.is_powered());
        machine.sleep(Duration::from_millis(200));
        assert!(!device.is_powered());
        // To assign them does not wake it.
        machine.inside(|| one_second(kept(0)));
        machine.sleep(Duration::from_millis(10));
        assert!(!device.is_powered());
        drop(device);
    })
    .keeps_every_rule();
}

#[test]
fn a_parents_idle_time_begins_when_its_last_child_sleeps() {
    with_device(
        |device| {
            one_second(device);
            // SAFETY: the child's init object.
            let child = child_with(device, "0", |init| unsafe {
                WdfDeviceInitSetPowerPolicyOwnership(init, 1);
            });
            assert_eq!(assign(child, |own| own.IdleTimeout = 1500), STATUS_SUCCESS);
            // SAFETY: live devices.
            unsafe { WdfFdoAddStaticChild(device, child) };
        },
        |machine, device| {
            machine.sleep(Duration::from_millis(2300));
            assert!(device.is_powered());
            machine.sleep(Duration::from_millis(300));
            assert!(!device.is_powered());
            drop(device);
        },
    )
    .keeps_every_rule();
}

#[test]
fn a_device_comes_back_from_the_state_that_it_went_to() {
    unsafe extern "C" fn enters(_device: WDFDEVICE, from: WDF_POWER_DEVICE_STATE) -> NTSTATUS {
        note(format!("from {from}"));
        STATUS_SUCCESS
    }
    let init = |init| {
        let mut callbacks = WDF_PNPPOWER_EVENT_CALLBACKS::default();
        WDF_PNPPOWER_EVENT_CALLBACKS_INIT(&mut callbacks);
        callbacks.EvtDeviceD0Entry = Some(enters);
        // SAFETY: the init object of EvtDriverDeviceAdd.
        unsafe { WdfDeviceInitSetPnpPowerEventCallbacks(init, &raw mut callbacks) };
    };
    let created = |device| {
        keep(0, device);
        let idle = assign(device, |own| {
            (own.IdleTimeout, own.DxState) = (1000, _DEVICE_POWER_STATE::PowerDeviceD1);
        });
        assert_eq!(idle, STATUS_SUCCESS);
    };
    Plan::new()
        .init(init)
        .created(created)
        .run(|machine, device| {
            let device = device.expect("it starts");
            machine.sleep(Duration::from_millis(1500));
            machine.inside(|| assert_eq!(stop_idle(1), STATUS_SUCCESS));
            machine.leave_s0(acx_host::machine::SystemPower::Sleep);
            machine.return_to_s0().expect("it comes back");
            machine.inside(resume_idle);
            machine.sleep(Duration::from_millis(1500));
            machine.inside(|| assert_eq!(stop_idle(1), STATUS_SUCCESS));
            device.power_down();
            device.power_up().expect("it comes back");
            device.rebalance().expect("the driver agrees");
            // D3 (final), D1, D3, D1, D3, D3 (final).
            assert_eq!(*notes(), ["from 5", "from 2", "from 4", "from 2", "from 4", "from 5"]);
            drop(device);
        })
        .keeps_every_rule();
}
