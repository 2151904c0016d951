//! The kernel's functions that linked-in drivers call beside KMDF's, by their pages.

use std::ptr::null_mut;

use acx_client::System;
use acx_host::{Machine, Rule};
use acx_sys::ntddk::*;
use acx_sys::*;

use crate::driver::{Plan, Run};

const TAG: u32 = u32::from_le_bytes(*b"test");

/// The driver does this while its device is there.
fn in_driver(deed: impl FnOnce(&Machine)) -> Run {
    Plan::new().run(|machine, device| {
        let device = device.expect("it starts");
        machine.inside(|| deed(machine));
        drop(device);
    })
}

#[test]
fn pool_is_asked_for_by_its_rules() {
    use POOL_FLAG_NON_PAGED as NON_PAGED;
    use POOL_FLAG_PAGED as PAGED;
    for (flags, bytes, tag, irql, rule) in [
        (NON_PAGED, 1, TAG, 0, None),
        (NON_PAGED, 1, TAG, 2, None),
        (PAGED, 1, TAG, 1, None),
        (PAGED, 1, TAG, 2, Some(Rule::PagedPool)),
        (NON_PAGED, 0, TAG, 0, Some(Rule::PoolRequest)),
        (NON_PAGED, 1, 0, 0, Some(Rule::PoolRequest)),
        (POOL_FLAG_NON_PAGED_EXECUTE, 1, TAG, 0, Some(Rule::PoolRequest)),
    ] {
        in_driver(|_| {
            // SAFETY: the level goes back; the block, if there is one, is freed once.
            unsafe {
                let before = KfRaiseIrql(irql);
                let block = ExAllocatePool2(flags, bytes, tag);
                assert!(!block.is_null());
                ExFreePool(block);
                KeLowerIrql(before);
            }
        })
        .breaks(rule.as_slice());
    }
}

#[test]
fn what_is_asked_for_between_callbacks_is_the_drivers_own() {
    in_driver(|_| {
        // SAFETY: at most DISPATCH_LEVEL.
        unsafe { ExAllocatePool2(POOL_FLAG_NON_PAGED, 8, TAG) };
    })
    .breaks(&[Rule::PoolLeak]);
}

/// What RtlInitUnicodeString says of a text of so many units, or of none.
fn lengths(units: Option<usize>) -> (u16, u16) {
    let text = units.map(|units| [vec![u16::from(b'x'); units], vec![0, 1]].concat());
    let source = text.as_ref().map_or(std::ptr::null(), Vec::as_ptr);
    let mut string =
        UNICODE_STRING { Length: 9, MaximumLength: 9, Buffer: std::ptr::dangling_mut() };
    // SAFETY: a text that ends with a zero, or none.
    unsafe { RtlInitUnicodeString(&raw mut string, source) };
    assert_eq!(string.Buffer.cast_const(), source);
    (string.Length, string.MaximumLength)
}

#[test]
fn a_string_is_measured_up_to_its_zero() {
    in_driver(|_| {
        assert_eq!(lengths(None), (0, 0));
        for (units, length) in [(0, 0), (1, 2), (5, 10)] {
            assert_eq!(lengths(Some(units)), (length, length + 2));
        }
    })
    .keeps_every_rule();
}

#[test]
fn a_string_is_as_long_as_it_can_tell() {
    in_driver(|_| {
        for units in [0x7FFE, 0x7FFF, 0x9000] {
            assert_eq!(lengths(Some(units)), (0xFFFC, 0xFFFE), "{units:#x}");
        }
    })
    .keeps_every_rule();
}

#[test]
fn a_string_without_a_buffer_is_empty_or_none() {
    in_driver(|_| {
        for (length, status) in [(0, STATUS_OBJECT_NAME_NOT_FOUND), (2, STATUS_INVALID_PARAMETER)] {
            let mut name =
                UNICODE_STRING { Length: length, MaximumLength: length, Buffer: null_mut() };
            let mut alias = UNICODE_STRING::default();
            // SAFETY: structures that outlive the call.
            let found = unsafe {
                IoGetDeviceInterfaceAlias(&raw mut name, &KSCATEGORY_AUDIO, &raw mut alias)
            };
            assert_eq!(found, status, "{length}");
        }
    })
    .keeps_every_rule();
}

#[test]
fn the_counter_tells_its_frequency_to_whom_asks() {
    in_driver(|machine| {
        let mut frequency = LARGE_INTEGER { QuadPart: 0 };
        // SAFETY: any IRQL; the frequency has a place, or is not asked for.
        unsafe {
            let now = KeQueryPerformanceCounter(&raw mut frequency).QuadPart;
            assert_eq!(now, KeQueryPerformanceCounter(null_mut()).QuadPart);
            assert_eq!(now.cast_unsigned(), machine.qpc());
            assert_eq!(frequency.QuadPart.cast_unsigned(), machine.qpc_frequency());
        }
    })
    .keeps_every_rule();
}
