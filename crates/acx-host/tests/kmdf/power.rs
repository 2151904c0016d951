//! PnP and power: the order of callbacks, failures of each step, idle power-down, interfaces.

use std::ptr::{self, null_mut};
use std::sync::atomic::{AtomicPtr, Ordering};
use std::time::Duration;

use acx_client::System;
use acx_host::machine::HostError;
use acx_host::{Machine, Rule};
use acx_sys::*;

use crate::driver::{Plan, at_dispatch_level, keep, kept, note, notes};

/// The callbacks of a start that succeeds.
const START: [&str; 4] = [
    "EvtDevicePrepareHardware",
    "EvtDeviceD0Entry",
    "EvtDeviceD0EntryPostInterruptsEnabled",
    "EvtDeviceSelfManagedIoInit",
];
/// Those of a power-down.
const DOWN: [&str; 3] =
    ["EvtDeviceSelfManagedIoSuspend", "EvtDeviceD0ExitPreInterruptsDisabled", "EvtDeviceD0Exit"];
/// Those of a power-up after it.
const UP: [&str; 3] =
    ["EvtDeviceD0Entry", "EvtDeviceD0EntryPostInterruptsEnabled", "EvtDeviceSelfManagedIoRestart"];
/// Those of a removal, after the power-down.
const GONE: [&str; 4] = [
    "EvtDeviceReleaseHardware",
    "EvtDeviceSelfManagedIoFlush",
    "EvtDeviceSelfManagedIoCleanup",
    "EvtCleanupCallback of the device",
];
const FAILURE: NTSTATUS = STATUS_INSUFFICIENT_RESOURCES;

/// The device fails to start with this status, after these callbacks.
#[track_caller]
fn fails_to_start(callback: &'static str, status: NTSTATUS, callbacks: &[&str]) {
    Plan::new()
        .answer(callback, FAILURE)
        .run(|_, device| assert_eq!(device.err(), Some(HostError::Start { status })))
        .keeps_every_rule()
        .notes(callbacks);
}

#[test]
fn kmdf_p1_resource_lists_are_real_and_empty() {
    use std::sync::Mutex;
    static COUNTS: Mutex<Vec<u32>> = Mutex::new(Vec::new());
    unsafe extern "C" fn prepare(
        _device: WDFDEVICE,
        raw: WDFCMRESLIST,
        translated: WDFCMRESLIST,
    ) -> NTSTATUS {
        for list in [raw, translated] {
            // SAFETY: a list of the framework's, in the callback that it is passed to.
            unsafe {
                COUNTS.lock().unwrap().push(WdfCmResourceListGetCount(list));
                assert!(WdfCmResourceListGetDescriptor(list, 0).is_null());
            }
        }
        assert_ne!(raw, translated);
        STATUS_SUCCESS
    }
    Plan::new()
        .init(|init| {
            let mut callbacks = WDF_PNPPOWER_EVENT_CALLBACKS::default();
            WDF_PNPPOWER_EVENT_CALLBACKS_INIT(&mut callbacks);
            callbacks.EvtDevicePrepareHardware = Some(prepare);
            // SAFETY: the init object of EvtDriverDeviceAdd.
            unsafe { WdfDeviceInitSetPnpPowerEventCallbacks(init, &raw mut callbacks) };
        })
        .start()
        .keeps_every_rule();
    assert_eq!(*COUNTS.lock().unwrap(), [0, 0]);
}

#[test]
fn kmdf_p2_a_failure_after_d0_entry_is_undone_with_d0_exit() {
    fails_to_start(
        "EvtDeviceD0EntryPostInterruptsEnabled",
        STATUS_DEVICE_POWER_FAILURE,
        &[
            START[0],
            START[1],
            START[2],
            "EvtDeviceD0Exit",
            "EvtDeviceReleaseHardware",
            "EvtCleanupCallback of the device",
        ],
    );
}

#[test]
fn kmdf_p3_a_failure_of_self_managed_io_is_undone_step_by_step() {
    let mut callbacks = START.to_vec();
    callbacks.extend(&DOWN[1..]);
    callbacks.extend(GONE);
    fails_to_start("EvtDeviceSelfManagedIoInit", STATUS_DEVICE_POWER_FAILURE, &callbacks);
}

#[test]
fn kmdf_p4_flush_and_cleanup_follow_an_init_only() {
    fails_to_start(
        "EvtDeviceD0Entry",
        STATUS_DEVICE_POWER_FAILURE,
        &[START[0], START[1], "EvtDeviceReleaseHardware", "EvtCleanupCallback of the device"],
    );
}

/// The device fails if `callback` of a power-down fails: it is removed, and self-managed I/O is
/// only flushed and cleaned up.
fn fails_to_power_down(callback: &'static str) {
    let mut callbacks = START.to_vec();
    callbacks.extend(DOWN);
    callbacks.extend(&GONE[..2]);
    callbacks.push("EvtDeviceSurpriseRemoval");
    callbacks.extend(&GONE[2..]);
    Plan::new()
        .answer(callback, FAILURE)
        .run(|machine, device| {
            let device = device.expect("it starts");
            device.power_down();
            let removed =
                |status| matches!(status, HostError::Start { status: STATUS_DEVICE_REMOVED });
            assert!(device.power_up().is_err_and(removed));
            machine.sleep(Duration::from_secs(1));
            assert!(device.power_up().is_err_and(removed));
            drop(device);
        })
        .keeps_every_rule()
        .notes(&callbacks);
}

#[test]
fn kmdf_p5_a_failed_suspension_is_not_followed_by_a_restart() {
    fails_to_power_down("EvtDeviceSelfManagedIoSuspend");
}

#[test]
fn kmdf_p7_a_failed_start_has_the_status_of_its_phase() {
    fails_to_start(
        "EvtDevicePrepareHardware",
        FAILURE,
        &[START[0], "EvtDeviceReleaseHardware", "EvtCleanupCallback of the device"],
    );
}

#[test]
fn kmdf_p8_a_failed_power_down_is_finished_and_the_device_removed() {
    fails_to_power_down("EvtDeviceD0ExitPreInterruptsDisabled");
    fails_to_power_down("EvtDeviceD0Exit");
}

#[test]
fn kmdf_p9_a_device_that_does_not_resume_is_removed() {
    let mut callbacks = START.to_vec();
    callbacks.extend(DOWN);
    callbacks.extend(UP);
    callbacks.extend(&DOWN[1..]);
    callbacks.extend(&GONE[..2]);
    callbacks.push("EvtDeviceSurpriseRemoval");
    callbacks.extend(&GONE[2..]);
    Plan::new()
        .answer("EvtDeviceSelfManagedIoRestart", FAILURE)
        .run(|machine, device| {
            let device = device.expect("it starts");
            device.power_down();
            assert!(device.power_up().is_err());
            machine.sleep(Duration::from_secs(1));
            drop(device);
        })
        .keeps_every_rule()
        .notes(&callbacks);
}

#[test]
fn kmdf_p10_a_sleeping_device_is_woken_to_be_stopped_or_removed() {
    let mut callbacks = START.to_vec();
    callbacks.extend(DOWN);
    callbacks.push("EvtDeviceQueryStop");
    callbacks.extend(UP);
    callbacks.extend(DOWN);
    callbacks.extend(["EvtDeviceReleaseHardware", "EvtDevicePrepareHardware"]);
    callbacks.extend(UP);
    callbacks.extend(DOWN);
    callbacks.push("EvtDeviceQueryRemove");
    callbacks.extend(UP);
    callbacks.extend(DOWN);
    callbacks.extend(GONE);
    Plan::new()
        .run(|_, device| {
            let device = device.expect("it starts");
            device.power_down();
            device.rebalance().expect("the driver agrees");
            device.power_down();
            device.query_remove().expect("the driver agrees");
        })
        .keeps_every_rule()
        .notes(&callbacks);
}

#[test]
fn kmdf_p13_what_pnp_asks_is_supported() {
    Plan::new()
        .answer("EvtDeviceQueryStop", STATUS_NOT_SUPPORTED)
        .run(|_, device| {
            let refused = device.expect("it starts").rebalance();
            assert_eq!(refused, Err(HostError::Refused { status: STATUS_NOT_SUPPORTED }));
        })
        .breaks(&[Rule::UndocumentedStatus])
        .saying("EvtDeviceQueryStop answered STATUS_NOT_SUPPORTED");
}

#[test]
fn kmdf_d9_a_device_that_stays_is_not_asked() {
    Plan::new()
        .on("EvtDeviceD0Entry", |device| {
            // SAFETY: a live device.
            unsafe {
                WdfDeviceSetStaticStopRemove(device, 0);
                WdfDeviceSetStaticStopRemove(device, 0);
                WdfDeviceSetStaticStopRemove(device, 1);
            }
        })
        .run(|_, device| {
            let device = device.expect("it starts");
            let refused = Err(HostError::Refused { status: STATUS_INVALID_DEVICE_STATE });
            assert_eq!(device.query_remove(), refused);
            assert_eq!(device.rebalance(), refused);
            assert!(!notes().iter().any(|note| note.contains("Query")));
        })
        .keeps_every_rule();
}

/// The interface of these tests.
static CLASS: GUID = GUID { Data1: 0xACE0_0D15, Data2: 1, Data3: 2, Data4: [3; 8] };

fn create_interface(device: WDFDEVICE) {
    // SAFETY: a live device, a class that outlives the call.
    let status = unsafe { WdfDeviceCreateDeviceInterface(device, &raw const CLASS, ptr::null()) };
    assert_eq!(status, STATUS_SUCCESS);
}

fn set_interface(device: WDFDEVICE, enabled: u8) {
    // SAFETY: a live device, a class that outlives the call.
    unsafe {
        WdfDeviceSetDeviceInterfaceState(device, &raw const CLASS, ptr::null(), enabled);
    };
}

/// Like [`set_interface`], and for good.
fn set_interface_ex(device: WDFDEVICE, enabled: u8) {
    // SAFETY: a live device, a class that outlives the call.
    unsafe {
        WdfDeviceSetDeviceInterfaceStateEx(device, &raw const CLASS, ptr::null(), enabled);
    };
}

#[test]
fn kmdf_d15_an_interface_that_is_created_late_waits_for_the_driver() {
    Plan::new()
        .created(|device| keep(0, device))
        .run(|machine, device| {
            let device = device.expect("it starts");
            machine.inside(|| create_interface(kept(0)));
            assert_eq!(machine.interfaces(&CLASS), Vec::<String>::new());
            machine.inside(|| set_interface(kept(0), 1));
            assert_eq!(machine.interfaces(&CLASS).len(), 1);
            drop(device);
            assert_eq!(machine.interfaces(&CLASS).len(), 0);
        })
        .keeps_every_rule();
}

#[test]
fn kmdf_d16_an_interface_whose_state_was_set_is_not_enabled_by_the_start() {
    Plan::new()
        .created(|device| {
            create_interface(device);
            set_interface_ex(device, 0);
            keep(0, device);
        })
        .run(|machine, device| {
            let device = device.expect("it starts");
            assert_eq!(machine.interfaces(&CLASS).len(), 0);
            for enabled in [1, 0] {
                machine.inside(|| set_interface_ex(kept(0), enabled));
                assert_eq!(machine.interfaces(&CLASS).len(), usize::from(enabled));
            }
            drop(device);
        })
        .keeps_every_rule();
    // An interface that was not created.
    Plan::new()
        .created(|device| set_interface_ex(device, 1))
        .start()
        .breaks(&[Rule::BadArgument])
        .saying("to enable or disable");
}

#[test]
fn kmdf_d17_a_rebalance_leaves_interfaces_alone() {
    Plan::new()
        .created(create_interface)
        .on("EvtDeviceD0Exit", |device| keep(0, device))
        .run(|machine, device| {
            let device = device.expect("it starts");
            assert_eq!(machine.interfaces(&CLASS).len(), 1);
            device.power_down();
            device.power_up().expect("it comes back");
            machine.inside(|| set_interface(kept(0), 0));
            device.rebalance().expect("the driver agrees");
            // Disabled by the driver, and not enabled by the second start.
            assert_eq!(machine.interfaces(&CLASS).len(), 0);
            drop(device);
        })
        .keeps_every_rule();
}

/// The machine of the test below, whose interfaces the driver's callbacks check.
static MACHINE: AtomicPtr<Machine> = AtomicPtr::new(null_mut());

/// Records whether the interface of these tests is enabled.
fn note_interface(_device: WDFDEVICE) {
    let machine = MACHINE.load(Ordering::SeqCst);
    // SAFETY: null, or the machine of the test that runs, which outlives its device's callbacks.
    let Some(machine) = (unsafe { machine.as_ref() }) else { return };
    note(if machine.interfaces(&CLASS).is_empty() { "disabled" } else { "enabled" });
}

/// A removal disables interfaces when EvtDeviceReleaseHardware has returned, and before the rest of
/// the removal.
#[test]
fn also_kmdf_d17_a_removal_disables_interfaces_after_the_release() {
    let is_told = |note: &String| note.ends_with("abled") && !note.contains("Evt");
    let run = Plan::new()
        .created(create_interface)
        .on("EvtDeviceSelfManagedIoSuspend", note_interface)
        .on("EvtDeviceD0Exit", note_interface)
        .on("EvtDeviceReleaseHardware", note_interface)
        .on("EvtDeviceSelfManagedIoFlush", note_interface)
        .run(|machine, device| {
            MACHINE.store(ptr::from_ref(machine).cast_mut(), Ordering::SeqCst);
            drop(device.expect("it starts"));
            MACHINE.store(null_mut(), Ordering::SeqCst);
        })
        .keeps_every_rule();
    let told: Vec<_> = run.notes.iter().filter(|note| is_told(note)).collect();
    assert_eq!(told, ["enabled", "enabled", "enabled", "disabled"]);
}

/// A program's handle on a device that is pulled out: the rest of the removal waits for it.
#[test]
fn kmdf_p12_the_end_of_a_removal_waits_for_the_last_handle() {
    unsafe extern "C" fn closed(_file: WDFFILEOBJECT) {
        note("EvtFileClose");
    }
    let mut callbacks = START.to_vec();
    callbacks.push("EvtDeviceSurpriseRemoval");
    callbacks.extend(DOWN);
    callbacks.extend(&GONE[..2]);
    callbacks.extend(["pulled out", "EvtFileClose"]);
    callbacks.extend(&GONE[2..]);
    Plan::new()
        .init(|init| {
            let mut config = WDF_FILEOBJECT_CONFIG::default();
            WDF_FILEOBJECT_CONFIG_INIT(&mut config, None, Some(closed), None);
            // SAFETY: the init object of EvtDriverDeviceAdd.
            unsafe { WdfDeviceInitSetFileObjectConfig(init, &raw mut config, null_mut()) };
        })
        .created(create_interface)
        .run(|machine, device| {
            let device = device.expect("it starts");
            let file = machine.open_device(&machine.interfaces(&CLASS)[0]).expect("it opens");
            device.surprise_remove();
            drop(device);
            note("pulled out");
            drop(file);
        })
        .keeps_every_rule()
        .notes(&callbacks);
}

/// A child's part of a surprise removal comes before its parent's begins.
#[test]
fn kmdf_p11_a_childs_surprise_removal_precedes_its_parents() {
    unsafe extern "C" fn child_surprise(_device: WDFDEVICE) {
        note("child: EvtDeviceSurpriseRemoval");
    }
    unsafe extern "C" fn child_exit(_device: WDFDEVICE, _to: WDF_POWER_DEVICE_STATE) -> NTSTATUS {
        note("child: EvtDeviceD0Exit");
        STATUS_SUCCESS
    }
    unsafe extern "C" fn child_release(_device: WDFDEVICE, _list: WDFCMRESLIST) -> NTSTATUS {
        note("child: EvtDeviceReleaseHardware");
        STATUS_SUCCESS
    }
    let mut callbacks = vec![
        "child: EvtDeviceSurpriseRemoval",
        "child: EvtDeviceD0Exit",
        "child: EvtDeviceReleaseHardware",
        "EvtDeviceSurpriseRemoval",
    ];
    callbacks.extend(DOWN);
    callbacks.extend(GONE);
    let run = Plan::new()
        .on("EvtDeviceSelfManagedIoInit", |device| {
            let id: Vec<u16> = r"KMDF\Child".encode_utf16().collect();
            let bytes = id.len() as u16 * 2;
            let text = UNICODE_STRING {
                Length: bytes,
                MaximumLength: bytes,
                Buffer: id.as_ptr().cast_mut(),
            };
            let mut power = WDF_PNPPOWER_EVENT_CALLBACKS::default();
            WDF_PNPPOWER_EVENT_CALLBACKS_INIT(&mut power);
            power.EvtDeviceSurpriseRemoval = Some(child_surprise);
            power.EvtDeviceD0Exit = Some(child_exit);
            power.EvtDeviceReleaseHardware = Some(child_release);
            let mut child: WDFDEVICE = null_mut();
            // SAFETY: a live parent, structures that outlive the calls.
            unsafe {
                let mut init = WdfPdoInitAllocate(device);
                WdfPdoInitAssignDeviceID(init, &raw const text);
                WdfPdoInitAssignInstanceID(init, &raw const text);
                WdfDeviceInitSetPnpPowerEventCallbacks(init, &raw mut power);
                let status = WdfDeviceCreate(&raw mut init, null_mut(), &raw mut child);
                assert_eq!(status, STATUS_SUCCESS);
                assert_eq!(WdfFdoAddStaticChild(device, child), STATUS_SUCCESS);
            }
        })
        .run(|machine, device| {
            let device = device.expect("it starts");
            machine.sleep(Duration::from_millis(1));
            notes().clear();
            device.surprise_remove();
        })
        .keeps_every_rule();
    run.notes(&callbacks);
}

/// The result of WdfDeviceStopIdle.
fn stop_idle(device: WDFDEVICE, wait: u8) -> NTSTATUS {
    // SAFETY: a live device.
    unsafe { WdfDeviceStopIdleNoTrack(device, wait) }
}

fn resume_idle(device: WDFDEVICE) {
    // SAFETY: a live device.
    unsafe { WdfDeviceResumeIdleNoTrack(device) };
}

/// Idle settings of so many milliseconds, changed so.
fn idle(
    device: WDFDEVICE,
    milliseconds: u32,
    change: impl FnOnce(&mut WDF_DEVICE_POWER_POLICY_IDLE_SETTINGS),
) -> NTSTATUS {
    let mut settings = WDF_DEVICE_POWER_POLICY_IDLE_SETTINGS::default();
    let cannot_wake = _WDF_POWER_POLICY_S0_IDLE_CAPABILITIES::IdleCannotWakeFromS0;
    WDF_DEVICE_POWER_POLICY_IDLE_SETTINGS_INIT(&mut settings, cannot_wake);
    settings.IdleTimeout = milliseconds;
    change(&mut settings);
    // SAFETY: a live device, a structure that outlives the call.
    unsafe { WdfDeviceAssignS0IdleSettings(device, &raw mut settings) }
}

#[test]
fn kmdf_s1_only_the_power_policy_owner_stops_idling() {
    Plan::new()
        // SAFETY: the init object of EvtDriverDeviceAdd.
        .init(|init| unsafe { WdfDeviceInitSetPowerPolicyOwnership(init, 0) })
        .on("EvtDeviceSelfManagedIoInit", |device| {
            assert_eq!(stop_idle(device, 0), STATUS_INVALID_DEVICE_STATE);
        })
        .start()
        .keeps_every_rule();
}

#[test]
fn kmdf_s2_before_the_power_policy_starts_there_is_nothing_to_stop() {
    Plan::new()
        .created(|device| assert_eq!(stop_idle(device, 0), STATUS_POWER_STATE_INVALID))
        .on("EvtDevicePrepareHardware", |device| {
            assert_eq!(stop_idle(device, 0), STATUS_POWER_STATE_INVALID);
            // No reference was taken.
            resume_idle(device);
        })
        .on("EvtDeviceReleaseHardware", |device| {
            assert_eq!(stop_idle(device, 0), STATUS_POWER_STATE_INVALID);
        })
        .start()
        .breaks(&[Rule::Unpaired]);
}

/// Lets a device with an idle timeout of a second power down, and runs a function inside the
/// machine.
fn asleep(deed: fn(WDFDEVICE)) -> crate::driver::Run {
    Plan::new()
        .created(|device| {
            keep(0, device);
            assert_eq!(idle(device, 1000, |_| {}), STATUS_SUCCESS);
        })
        .run(|machine, device| {
            let device = device.expect("it starts");
            machine.sleep(Duration::from_secs(2));
            assert!(!device.is_powered());
            machine.inside(|| deed(kept(0)));
            note("asked");
            machine.sleep(Duration::from_millis(500));
            drop(device);
        })
}

#[test]
fn kmdf_s3_stop_idle_without_waiting_is_pending_until_d0() {
    let deeds: [fn(WDFDEVICE); 2] = [
        |device| assert_eq!(stop_idle(device, 0), STATUS_PENDING),
        |device| at_dispatch_level(|| assert_eq!(stop_idle(device, 0), STATUS_PENDING)),
    ];
    for deed in deeds {
        let all = asleep(deed).keeps_every_rule().notes;
        let at = all.iter().position(|note| note == "asked").expect("it was asked");
        assert_eq!(all[at + 1..at + 4], UP);
    }
}

#[test]
fn kmdf_s4_stop_idle_that_waits() {
    let all =
        asleep(|device| assert_eq!(stop_idle(device, 1), STATUS_SUCCESS)).keeps_every_rule().notes;
    let at = all.iter().position(|note| note == "asked").expect("it was asked");
    assert_eq!(all[at - 3..at], UP);
    asleep(|device| {
        at_dispatch_level(|| assert_eq!(stop_idle(device, 1), STATUS_INVALID_DEVICE_REQUEST));
    })
    .breaks(&[Rule::WaitAtDispatch]);
    Plan::new()
        .on("EvtDeviceD0Exit", |device| {
            stop_idle(device, 1);
        })
        .run(|_, device| device.expect("it starts").power_down())
        .breaks(&[Rule::Deadlock])
        .saying("waits for D0 in a callback that D0 waits for");
}

#[test]
fn kmdf_s5_the_last_reference_starts_the_idle_time_anew() {
    Plan::new()
        .created(|device| {
            keep(0, device);
            assert_eq!(idle(device, 1000, |_| {}), STATUS_SUCCESS);
        })
        .run(|machine, device| {
            let device = device.expect("it starts");
            machine.inside(|| assert_eq!(stop_idle(kept(0), 0), STATUS_SUCCESS));
            machine.sleep(Duration::from_millis(2900));
            assert!(device.is_powered());
            machine.inside(|| resume_idle(kept(0)));
            machine.sleep(Duration::from_millis(900));
            assert!(device.is_powered(), "a whole idle time has to pass");
            machine.sleep(Duration::from_millis(200));
            assert!(!device.is_powered());
        })
        .keeps_every_rule();
}

#[test]
fn kmdf_s7_idle_settings_are_checked() {
    Plan::new()
        .on("EvtDevicePrepareHardware", |device| {
            let invalid = STATUS_INVALID_PARAMETER;
            assert_eq!(idle(device, 1, |s| s.Size = 20), STATUS_INFO_LENGTH_MISMATCH);
            assert_eq!(idle(device, 1, |s| s.DxState = 1), invalid);
            assert_eq!(idle(device, 1, |s| s.DxState = 6), invalid);
            assert_eq!(idle(device, 1, |s| s.IdleCaps = 0), invalid);
            assert_eq!(idle(device, 1, |s| s.IdleCaps = 4), invalid);
            assert_eq!(idle(device, 1, |s| s.UserControlOfIdleSettings = 0), invalid);
            assert_eq!(idle(device, 1, |s| s.Enabled = 3), invalid);
            assert_eq!(idle(device, 1, |s| s.IdleTimeoutType = 4), invalid);
            let wakes = _WDF_POWER_POLICY_S0_IDLE_CAPABILITIES::IdleCanWakeFromS0;
            let both = idle(device, 1, |s| {
                s.IdleCaps = wakes;
                s.PowerUpIdleDeviceOnSystemWake = 1;
            });
            assert_eq!(both, invalid);
            let wakes = idle(device, 1, |s| s.IdleCaps = wakes);
            assert_eq!(wakes, STATUS_POWER_STATE_INVALID);
            assert_eq!(idle(device, 1, |s| s.Size = 24), STATUS_SUCCESS);
        })
        .start()
        .breaks(&[
            Rule::Uninitialized,
            Rule::BadArgument,
            Rule::BadArgument,
            Rule::BadArgument,
            Rule::BadArgument,
            Rule::BadArgument,
            Rule::BadArgument,
            Rule::BadArgument,
            Rule::BadArgument,
        ]);
    Plan::new()
        // SAFETY: the init object of EvtDriverDeviceAdd.
        .init(|init| unsafe { WdfDeviceInitSetPowerPolicyOwnership(init, 0) })
        .created(|device| {
            // The owner is checked before the size.
            assert_eq!(idle(device, 1, |s| s.Size = 0), STATUS_INVALID_DEVICE_REQUEST);
        })
        .start()
        .keeps_every_rule();
}

#[test]
fn kmdf_s8_who_manages_the_idle_time_is_settled_once() {
    Plan::new()
        .created(|device| {
            assert_eq!(idle(device, 1000, |_| {}), STATUS_SUCCESS);
            let change = idle(device, 1000, |settings| settings.IdleTimeoutType = 1);
            assert_eq!(change, STATUS_INVALID_DEVICE_REQUEST);
        })
        .start()
        .breaks(&[Rule::OutOfPlace]);
    Plan::new()
        .on("EvtDeviceD0Exit", |device| {
            let late = idle(device, 1000, |settings| settings.IdleTimeoutType = 1);
            assert_eq!(late, STATUS_INVALID_DEVICE_REQUEST);
        })
        .start()
        .breaks(&[Rule::OutOfPlace]);
}

#[test]
fn kmdf_s9_settings_may_be_assigned_at_dispatch_level() {
    Plan::new()
        .created(|device| {
            at_dispatch_level(|| {
                assert_eq!(idle(device, 1000, |_| {}), STATUS_SUCCESS);
                let mut wake = WDF_DEVICE_POWER_POLICY_WAKE_SETTINGS::default();
                WDF_DEVICE_POWER_POLICY_WAKE_SETTINGS_INIT(&mut wake);
                // SAFETY: a live device, a structure that outlives the call.
                let status = unsafe { WdfDeviceAssignSxWakeSettings(device, &raw mut wake) };
                assert_eq!(status, STATUS_POWER_STATE_INVALID);
            });
        })
        .start()
        .keeps_every_rule();
}

#[test]
fn kmdf_s10_wake_settings_are_checked_before_they_are_refused() {
    fn wake(device: WDFDEVICE, change: fn(&mut WDF_DEVICE_POWER_POLICY_WAKE_SETTINGS)) -> NTSTATUS {
        let mut settings = WDF_DEVICE_POWER_POLICY_WAKE_SETTINGS::default();
        WDF_DEVICE_POWER_POLICY_WAKE_SETTINGS_INIT(&mut settings);
        change(&mut settings);
        // SAFETY: a live device, a structure that outlives the call.
        unsafe { WdfDeviceAssignSxWakeSettings(device, &raw mut settings) }
    }
    Plan::new()
        .created(|device| {
            assert_eq!(wake(device, |s| s.Size = 1), STATUS_INFO_LENGTH_MISMATCH);
            assert_eq!(wake(device, |s| s.DxState = 0), STATUS_INVALID_PARAMETER);
            assert_eq!(wake(device, |_| {}), STATUS_POWER_STATE_INVALID);
        })
        .start()
        .breaks(&[Rule::Uninitialized, Rule::BadArgument]);
}

#[test]
fn kmdf_p14_an_idle_device_goes_to_the_state_of_its_settings() {
    use std::sync::Mutex;
    static STATES: Mutex<Vec<i32>> = Mutex::new(Vec::new());
    unsafe extern "C" fn exit(_device: WDFDEVICE, to: WDF_POWER_DEVICE_STATE) -> NTSTATUS {
        STATES.lock().unwrap().push(to);
        STATUS_SUCCESS
    }
    unsafe extern "C" fn enter(_device: WDFDEVICE, from: WDF_POWER_DEVICE_STATE) -> NTSTATUS {
        STATES.lock().unwrap().push(-from);
        STATUS_SUCCESS
    }
    Plan::new()
        .init(|init| {
            let mut callbacks = WDF_PNPPOWER_EVENT_CALLBACKS::default();
            WDF_PNPPOWER_EVENT_CALLBACKS_INIT(&mut callbacks);
            callbacks.EvtDeviceD0Entry = Some(enter);
            callbacks.EvtDeviceD0Exit = Some(exit);
            // SAFETY: the init object of EvtDriverDeviceAdd.
            unsafe { WdfDeviceInitSetPnpPowerEventCallbacks(init, &raw mut callbacks) };
        })
        .created(|device| {
            keep(0, device);
            let state = _DEVICE_POWER_STATE::PowerDeviceD2;
            assert_eq!(idle(device, 1000, |s| s.DxState = state), STATUS_SUCCESS);
        })
        .run(|machine, device| {
            let device = device.expect("it starts");
            machine.sleep(Duration::from_secs(2));
            machine.inside(|| assert_eq!(stop_idle(kept(0), 1), STATUS_SUCCESS));
            drop(device);
        })
        .keeps_every_rule();
    // From D3Final (5), to D2 (3), from D2, to D3Final.
    let d2 = _WDF_POWER_DEVICE_STATE::WdfPowerDeviceD2;
    let last = _WDF_POWER_DEVICE_STATE::WdfPowerDeviceD3Final;
    assert_eq!(*STATES.lock().unwrap(), [-last, d2, -d2, last]);
}

#[test]
fn two_owners_of_a_power_policy() {
    let goes_down = |plan: Plan| {
        plan.run(|_, device| {
            let device = device.expect("it starts");
            device.power_down_by_another_owner();
            assert!(!device.is_powered());
        })
    };
    goes_down(Plan::new()).breaks(&[Rule::WdfViolation]).saying("0x10d (0xd");
    // SAFETY: the init object of EvtDriverDeviceAdd.
    let gives_it_up = |init| unsafe { WdfDeviceInitSetPowerPolicyOwnership(init, 0) };
    goes_down(Plan::new().init(gives_it_up)).keeps_every_rule();
    // The function driver owns the policy of a stack with filters.
    // SAFETY: as before.
    let is_filter = |init| unsafe { WdfFdoInitSetFilter(init) };
    goes_down(Plan::new().init(is_filter)).keeps_every_rule();
}
