//! What a machine does with the calls of its driver: it counts them, makes some fail, and tells
//! which have failed.

use std::ptr::null_mut;

use acx_host::Machine;
use acx_sys::ntddk::*;
use acx_sys::*;

use crate::driver::{Plan, child_of, keep, kept};

/// A device that is in slot 0, with a machine that does this.
fn with_machine(deed: impl FnOnce(&Machine)) {
    Plan::new()
        .created(|device| keep(0, device))
        .run(|machine, device| {
            let device = device.expect("it starts");
            deed(machine);
            drop(device);
        })
        .keeps_every_rule();
}

/// Whether there is pool, five times.
fn allocations(machine: &Machine) -> [bool; 5] {
    // SAFETY: at most DISPATCH_LEVEL; each block is freed once.
    machine.inside(|| unsafe {
        [(); 5].map(|()| {
            let block = ExAllocatePool2(POOL_FLAG_NON_PAGED, 8, u32::from_le_bytes(*b"test"));
            if !block.is_null() {
                ExFreePool(block);
            }
            !block.is_null()
        })
    })
}

#[test]
fn the_calls_that_were_named_fail_and_are_told() {
    const NAME: &str = "ExAllocatePool2";
    with_machine(|machine| {
        assert_eq!(allocations(machine), [true; 5]);
        machine.fail_at(&[3, 1, 1]);
        assert_eq!(allocations(machine), [true, false, true, false, true]);
        assert_eq!(machine.failed_calls(), [NAME, NAME]);
        machine.fail_after(Some(4));
        assert_eq!(machine.without_failures(|| allocations(machine)), [true; 5]);
        assert_eq!(machine.failed_call(), None);
        assert_eq!(allocations(machine), [true, true, true, true, false]);
        assert_eq!(machine.failed_call(), Some(NAME));
        machine.fail_after(Some(0));
        machine.fail_after(None);
        assert_eq!(allocations(machine), [true; 5]);
    });
}

#[test]
fn fallible_calls_are_recorded_while_a_test_wants_them() {
    with_machine(|machine| {
        machine.record_fallible_calls();
        allocations(machine);
        machine.inside(|| {
            let (mut attributes, mut lock) = (child_of(kept(0)), null_mut());
            // SAFETY: structures that outlive the call.
            unsafe { WdfSpinLockCreate(&raw mut attributes, &raw mut lock) };
        });
        let calls = machine.take_fallible_calls();
        assert_eq!(calls[..5], ["ExAllocatePool2"; 5]);
        assert_eq!(calls[5..], ["WdfSpinLockCreate"]);
        allocations(machine);
        assert!(machine.take_fallible_calls().is_empty());
    });
}

#[test]
fn every_call_of_the_driver_counts() {
    with_machine(|machine| {
        let before = machine.driver_calls();
        // SAFETY: any IRQL.
        machine.inside(|| unsafe {
            KeGetCurrentIrql();
            KeQueryPerformanceCounter(null_mut());
            WdfDeviceGetDriver(kept(0));
        });
        assert_eq!(machine.driver_calls() - before, 3);
    });
}

/// A call that fails: there is no such interface.
fn no_alias() {
    let (mut name, mut alias) = (UNICODE_STRING::default(), UNICODE_STRING::default());
    // SAFETY: structures that outlive the call.
    let status =
        unsafe { IoGetDeviceInterfaceAlias(&raw mut name, &KSCATEGORY_AUDIO, &raw mut alias) };
    assert_eq!(status, STATUS_OBJECT_NAME_NOT_FOUND);
}

/// A call that fails: the device has no such name.
fn no_name(device: WDFDEVICE) {
    let (mut length, property) = (0, DEVICE_REGISTRY_PROPERTY::DevicePropertyFriendlyName);
    // SAFETY: a live device and a place for the length.
    unsafe { WdfDeviceQueryProperty(device, property, 0, null_mut(), &raw mut length) };
}

#[test]
fn the_last_eight_calls_that_failed_are_told_with_their_callbacks() {
    const ALIAS: &str = "IoGetDeviceInterfaceAlias answered STATUS_OBJECT_NAME_NOT_FOUND";
    const NAME: &str = "WdfDeviceQueryProperty answered STATUS_OBJECT_NAME_NOT_FOUND";
    const ENTRY: &str = "EvtDeviceD0Entry answered STATUS_UNSUCCESSFUL";
    let check = |machine: &Machine, expected: &[(&str, &str)]| {
        let calls = machine.last_failed_calls();
        let told: Vec<String> = calls.iter().map(ToString::to_string).collect();
        assert_eq!(told.len(), expected.len(), "{told:#?}");
        for (told, (call, inside)) in told.iter().zip(expected) {
            assert!(told.starts_with(call) && told.ends_with(inside), "{told}");
        }
    };
    let d0 = ", in EvtDeviceD0Entry";
    Plan::new()
        .on("EvtDeviceD0Entry", |device| {
            no_alias();
            no_name(device);
        })
        .answer("EvtDeviceD0Entry", STATUS_UNSUCCESSFUL)
        .run(|machine, device| {
            assert!(device.is_err());
            check(machine, &[(ALIAS, d0), (NAME, d0), (ENTRY, ")")]);
            machine.inside(|| [(); 4].map(|()| no_alias()));
            let last = [&[(ALIAS, d0), (NAME, d0), (ENTRY, ")")][..], &[(ALIAS, ")"); 4]].concat();
            check(machine, &last);
            machine.inside(|| [(); 2].map(|()| no_alias()));
            check(machine, &[&last[1..], &[(ALIAS, ")"); 2]].concat());
        })
        .keeps_every_rule();
    // What is no error is not told.
    with_machine(|machine| check(machine, &[]));
}
