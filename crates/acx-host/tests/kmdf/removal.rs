//! What is left of a device that fails or is removed, and of its children.

use std::ptr::{null, null_mut};
use std::time::Duration;

use acx_client::System;
use acx_host::Machine;
use acx_host::machine::HostError;
use acx_sys::*;

use crate::devices::{child_with, create};
use crate::driver::{Plan, keep, kept, note, notes};
use crate::io::CLASS;

fn create_interface(device: WDFDEVICE) {
    // SAFETY: a live device, a class that outlives the call.
    let status = unsafe { WdfDeviceCreateDeviceInterface(device, &raw const CLASS, null()) };
    assert_eq!(status, STATUS_SUCCESS);
}

unsafe extern "C" fn enters(child: WDFDEVICE, _from: WDF_POWER_DEVICE_STATE) -> NTSTATUS {
    note("child: EvtDeviceD0Entry");
    if child == kept(2) { STATUS_UNSUCCESSFUL } else { STATUS_SUCCESS }
}

unsafe extern "C" fn removed_by_surprise(_child: WDFDEVICE) {
    note("child: EvtDeviceSurpriseRemoval");
}

unsafe extern "C" fn refuses(_child: WDFDEVICE) -> NTSTATUS {
    STATUS_UNSUCCESSFUL
}

unsafe extern "C" fn cleans_up(_child: WDFDEVICE) {
    note("child: EvtDeviceSelfManagedIoCleanup");
}

/// Adds a child with an interface and these callbacks to the device; it is in this slot. The one of
/// slot 2 fails to start.
fn add_child(
    device: WDFDEVICE,
    slot: usize,
    change: impl FnOnce(&mut WDF_PNPPOWER_EVENT_CALLBACKS),
) {
    let mut callbacks = WDF_PNPPOWER_EVENT_CALLBACKS::default();
    WDF_PNPPOWER_EVENT_CALLBACKS_INIT(&mut callbacks);
    callbacks.EvtDeviceD0Entry = Some(enters);
    callbacks.EvtDeviceSurpriseRemoval = Some(removed_by_surprise);
    callbacks.EvtDeviceSelfManagedIoCleanup = Some(cleans_up);
    change(&mut callbacks);
    let child = child_with(device, &slot.to_string(), |init| {
        // SAFETY: the child's init object, a structure that outlives the call.
        unsafe { WdfDeviceInitSetPnpPowerEventCallbacks(init, &raw mut callbacks) };
    });
    keep(slot, child);
    create_interface(child);
    // SAFETY: live devices.
    assert_eq!(unsafe { WdfFdoAddStaticChild(device, child) }, STATUS_SUCCESS);
}

fn mark_missing(slot: usize) {
    // SAFETY: a live child.
    assert_eq!(unsafe { WdfPdoMarkMissing(kept(slot)) }, STATUS_SUCCESS);
}

/// Until PnP has done what it was asked for.
fn soon(machine: &Machine) {
    machine.sleep(Duration::from_millis(1));
}

/// A driver whose device, in slot 0, has a child, in slot 1.
fn with_child(plan: Plan) -> Plan {
    plan.created(|device| {
        keep(0, device);
        add_child(device, 1, |_| {});
    })
}

#[test]
fn a_device_whose_add_failed_leaves_its_interfaces_to_the_next_one() {
    Plan::new()
        .add(|init| {
            let (status, device) = create(init);
            let number = (0..3).find(|slot| kept::<()>(*slot).is_null()).expect("three devices");
            keep(number, device);
            if number > 0 {
                create_interface(device);
            }
            if number == 1 { STATUS_UNSUCCESSFUL } else { status }
        })
        .run_with(|machine, driver, lower| {
            let lower = lower.expect("it starts");
            assert!(driver.add_device_on(&lower.instance()).is_err());
            let upper = driver.add_device_on(&lower.instance()).expect("it starts");
            assert_eq!(machine.interfaces(&CLASS).len(), 1);
            drop(upper);
            drop(lower);
        })
        .keeps_every_rule();
}

#[test]
fn a_child_that_comes_again_has_its_interface_again() {
    with_child(Plan::new())
        .run(|machine, device| {
            let device = device.expect("it starts");
            soon(machine);
            assert_eq!(machine.interfaces(&CLASS).len(), 1);
            machine.inside(|| mark_missing(1));
            soon(machine);
            assert_eq!(machine.interfaces(&CLASS).len(), 0);
            machine.inside(|| add_child(kept(0), 1, |_| {}));
            soon(machine);
            assert_eq!(machine.interfaces(&CLASS).len(), 1);
            drop(device);
        })
        .keeps_every_rule();
}

#[test]
fn a_child_that_does_not_start_is_not_tried_again() {
    let run = Plan::new()
        .created(|device| {
            keep(0, device);
            add_child(device, 2, |_| {});
        })
        .run(|machine, device| {
            let device = device.expect("it starts");
            soon(machine);
            machine.inside(|| add_child(kept(0), 3, |_| {}));
            soon(machine);
            assert_eq!(notes().iter().filter(|note| note.starts_with("child")).count(), 2);
            assert_eq!(machine.interfaces(&CLASS).len(), 1);
            // It is there until it is reported missing.
            machine.inside(|| {
                // SAFETY: a live child.
                assert_eq!(unsafe { WdfPdoGetParent(kept(2)) }, kept(0));
                mark_missing(2);
            });
            soon(machine);
            // SAFETY: the host knows whether it is live.
            machine.inside(|| assert!(unsafe { WdfPdoGetParent(kept(2)) }.is_null()));
            drop(device);
        });
    run.breaks(&[acx_host::Rule::FreedObject]);
}

#[test]
fn a_child_can_keep_its_parent() {
    Plan::new()
        .created(|device| {
            keep(0, device);
            add_child(device, 1, |own| {
                own.EvtDeviceQueryRemove = Some(refuses);
                own.EvtDeviceQueryStop = Some(refuses);
            });
        })
        .run(|machine, device| {
            let device = device.expect("it starts");
            soon(machine);
            let refused = Err(HostError::Refused { status: STATUS_UNSUCCESSFUL });
            assert_eq!(device.query_remove(), refused);
            assert_eq!(device.rebalance(), refused);
            assert!(!notes().iter().any(|note| note.contains("Query")));
            drop(device);
        })
        .keeps_every_rule();
}

#[test]
fn a_child_that_is_missing_goes_before_its_parent() {
    with_child(Plan::new())
        .run(|machine, device| {
            let device = device.expect("it starts");
            soon(machine);
            notes().clear();
            machine.inside(|| mark_missing(1));
            device.surprise_remove();
            let all = notes().clone();
            let at = |what: &str| all.iter().position(|note| note == what).expect("it was called");
            assert_eq!(at("child: EvtDeviceSurpriseRemoval"), 0);
            assert_eq!(at("EvtDeviceSurpriseRemoval"), 1);
            let cleanup = at("EvtDeviceSelfManagedIoCleanup");
            assert!(at("child: EvtDeviceSelfManagedIoCleanup") < cleanup);
        })
        .keeps_every_rule();
}

#[test]
fn a_parent_waits_for_the_last_handle_of_its_child() {
    with_child(Plan::new())
        .run(|machine, device| {
            let device = device.expect("it starts");
            soon(machine);
            let file = machine.open_device(&machine.interfaces(&CLASS)[0]).expect("it opens");
            device.surprise_remove();
            note("pulled out");
            soon(machine);
            drop(file);
            drop(device);
        })
        .keeps_every_rule()
        .ends_with(&[
            "pulled out",
            "child: EvtDeviceSelfManagedIoCleanup",
            "EvtDeviceSelfManagedIoCleanup",
            "EvtCleanupCallback of the device",
        ]);
}

#[test]
fn a_child_that_fails_is_no_longer_its_parents() {
    fn first() -> WDFDEVICE {
        // SAFETY: a live device; WdfRetrievePresentChildren.
        unsafe {
            WdfFdoLockStaticChildListForIteration(kept(0));
            let child = WdfFdoRetrieveNextStaticChild(kept(0), null_mut(), 1);
            WdfFdoUnlockStaticChildListFromIteration(kept(0));
            child
        }
    }
    with_child(Plan::new())
        .run(|machine, device| {
            let device = device.expect("it starts");
            soon(machine);
            machine.inside(|| {
                assert_eq!(first(), kept(1));
                let action = _WDF_DEVICE_FAILED_ACTION::WdfDeviceFailedNoRestart;
                // SAFETY: a live child.
                unsafe { WdfDeviceSetFailed(kept(1), action) };
            });
            soon(machine);
            machine.inside(|| assert!(first().is_null()));
            drop(device);
        })
        .keeps_every_rule();
}

#[test]
fn the_lists_of_resources_are_the_frameworks_until_the_release() {
    unsafe extern "C" fn prepares(
        _device: WDFDEVICE,
        raw: WDFCMRESLIST,
        translated: WDFCMRESLIST,
    ) -> NTSTATUS {
        keep(0, raw);
        keep(1, translated);
        STATUS_SUCCESS
    }
    unsafe extern "C" fn releases(_device: WDFDEVICE, translated: WDFCMRESLIST) -> NTSTATUS {
        assert_eq!(translated, kept(1));
        for slot in 0..2 {
            // SAFETY: a live list, which the host keeps.
            unsafe { WdfObjectDelete(kept(slot)) };
        }
        STATUS_SUCCESS
    }
    Plan::new()
        .init(|init| {
            let mut callbacks = WDF_PNPPOWER_EVENT_CALLBACKS::default();
            WDF_PNPPOWER_EVENT_CALLBACKS_INIT(&mut callbacks);
            callbacks.EvtDevicePrepareHardware = Some(prepares);
            callbacks.EvtDeviceReleaseHardware = Some(releases);
            // SAFETY: the init object of EvtDriverDeviceAdd.
            unsafe { WdfDeviceInitSetPnpPowerEventCallbacks(init, &raw mut callbacks) };
        })
        .start()
        .breaks(&[acx_host::Rule::BadArgument; 2]);
}
