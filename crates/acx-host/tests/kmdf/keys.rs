//! Registry keys: what they grant, where they are, and values in memory.

use std::ptr::null_mut;

use acx_host::Rule;
use acx_sys::*;

use crate::devices::{counted, wide};
use crate::driver::{Plan, child_of, in_d0};

/// Calls a function with a counted string.
fn named<T>(name: &str, deed: impl FnOnce(PCUNICODE_STRING) -> T) -> T {
    let units = wide(name);
    let text = counted(&units);
    deed(&raw const text)
}

fn key_of(device: WDFDEVICE, kind: u32, access: ACCESS_MASK) -> WDFKEY {
    let (mut key, mut attributes) = (null_mut(), child_of(device.cast()));
    let attributes = &raw mut attributes;
    // SAFETY: a live device, structures that outlive the call.
    let opened =
        unsafe { WdfDeviceOpenRegistryKey(device, kind, access, attributes, &raw mut key) };
    assert_eq!(opened, STATUS_SUCCESS);
    key
}

fn set(key: WDFKEY, name: &str, value: u32) -> NTSTATUS {
    // SAFETY: a live key, a string that outlives the call.
    named(name, |name| unsafe { WdfRegistryAssignULong(key, name, value) })
}

fn get(key: WDFKEY, name: &str) -> Result<u32, NTSTATUS> {
    let mut value = 0;
    // SAFETY: a live key, structures that outlive the call.
    let status = named(name, |name| unsafe { WdfRegistryQueryULong(key, name, &raw mut value) });
    if status == STATUS_SUCCESS { Ok(value) } else { Err(status) }
}

/// Creates a key below another; returns what was done, 1 for created and 2 for opened.
fn create(key: WDFKEY, name: &str) -> Result<(u32, WDFKEY), NTSTATUS> {
    let (mut made, mut done) = (null_mut(), 0);
    let place = &raw mut made;
    // SAFETY: a live key, structures that outlive the call.
    let status = named(name, |name| unsafe {
        let none = null_mut();
        WdfRegistryCreateKey(key, name, KEY_ALL_ACCESS, 0, &raw mut done, none, place)
    });
    if status == STATUS_SUCCESS { Ok((done, made)) } else { Err(status) }
}

#[test]
fn generic_rights_are_those_of_keys() {
    const DENIED: NTSTATUS = STATUS_ACCESS_DENIED;
    in_d0(|device| {
        let all = key_of(device, PLUGPLAY_REGKEY_DEVICE, KEY_ALL_ACCESS);
        assert_eq!(set(all, "Gain", 3), STATUS_SUCCESS);
        // GENERIC_READ, GENERIC_WRITE, both, GENERIC_ALL, MAXIMUM_ALLOWED, and two of a key's own.
        for (access, reads, writes) in [
            (0x8000_0000, true, false),
            (0x4000_0000, false, true),
            (0xC000_0000, true, true),
            (0x1000_0000, true, true),
            (0x0200_0000, true, true),
            (KEY_QUERY_VALUE, true, false),
            (KEY_SET_VALUE, false, true),
        ] {
            let key = key_of(device, PLUGPLAY_REGKEY_DEVICE, access);
            let (read, written) = (get(key, "Gain"), set(key, "Gain", 3));
            assert_eq!(read, if reads { Ok(3) } else { Err(DENIED) }, "{access:#x}");
            let expected = if writes { STATUS_SUCCESS } else { DENIED };
            assert_eq!(written, expected, "{access:#x}");
        }
    })
    .keeps_every_rule();
}

#[test]
fn the_device_and_its_driver_have_a_key_each() {
    Plan::new()
        .init(|init| {
            for (kind, value) in [(PLUGPLAY_REGKEY_DEVICE, 1), (PLUGPLAY_REGKEY_DRIVER, 2)] {
                let mut key: WDFKEY = null_mut();
                let (access, none) = (KEY_ALL_ACCESS, null_mut());
                // SAFETY: the init object of EvtDriverDeviceAdd, a place for the answer.
                let opened =
                    unsafe { WdfFdoInitOpenRegistryKey(init, kind, access, none, &raw mut key) };
                assert_eq!(opened, STATUS_SUCCESS);
                // A key that is there can have others below it.
                assert_eq!(create(key, "Below").map(|(done, _)| done), Ok(1));
                assert_eq!(create(key, "Below").map(|(done, _)| done), Ok(2));
                assert_eq!(set(key, "Which", value), STATUS_SUCCESS);
            }
        })
        .created(|device| {
            let which = |kind| get(key_of(device, kind, KEY_READ), "Which");
            let both = (which(PLUGPLAY_REGKEY_DEVICE), which(PLUGPLAY_REGKEY_DRIVER));
            assert_eq!(both, (Ok(1), Ok(2)));
            let mut key: WDFKEY = null_mut();
            let (access, none) = (KEY_ALL_ACCESS, null_mut());
            // SAFETY: a live driver, a place for the answer.
            unsafe {
                let driver = WdfDeviceGetDriver(device);
                WdfDriverOpenParametersRegistryKey(driver, access, none, &raw mut key);
            }
            assert_eq!(create(key, "Below").map(|(done, _)| done), Ok(1));
        })
        .start()
        .keeps_every_rule();
}

#[test]
fn a_key_that_is_closed_or_removed_has_no_handle() {
    in_d0(|device| {
        let all = key_of(device, PLUGPLAY_REGKEY_DEVICE, KEY_ALL_ACCESS);
        let (_, below) = create(all, "Below").expect("it is created");
        // SAFETY: live keys; the host checks handles.
        unsafe {
            assert_eq!(WdfRegistryRemoveKey(below), STATUS_SUCCESS);
            assert_eq!(set(below, "Gain", 3), STATUS_INVALID_HANDLE);
            WdfRegistryClose(all);
            assert_eq!(set(all, "Gain", 3), STATUS_INVALID_HANDLE);
        }
    })
    .breaks(&[Rule::FreedObject; 2]);
}

#[test]
fn a_value_goes_to_memory_and_a_part_of_memory_to_a_value() {
    in_d0(|device| {
        let all = key_of(device, PLUGPLAY_REGKEY_DEVICE, KEY_ALL_ACCESS);
        let mut attributes = child_of(device.cast());
        let (attributes, pool) = (&raw mut attributes, _POOL_TYPE::NonPagedPoolNx);
        let (mut memory, mut buffer) = (null_mut(), null_mut());
        // SAFETY: structures that outlive the calls, a buffer of four bytes.
        unsafe {
            WdfMemoryCreate(attributes, pool, 1, 4, &raw mut memory, &raw mut buffer);
            buffer.cast::<[u8; 4]>().write([1, 2, 3, 4]);
        }
        let assign = |offset, length| {
            let mut part = WDFMEMORY_OFFSET { BufferOffset: offset, BufferLength: length };
            named("Part", |name| {
                // SAFETY: live objects, structures that outlive the call.
                unsafe { WdfRegistryAssignMemory(all, name, 3, memory, &raw mut part) }
            })
        };
        let value = || {
            let (mut own, mut kind, mut length) = (null_mut(), 0, 0);
            named("Part", |name| {
                // SAFETY: live objects, structures that outlive the calls; memory of that length.
                unsafe {
                    let place = &raw mut own;
                    WdfRegistryQueryMemory(all, name, pool, attributes, place, &raw mut kind);
                    let bytes = WdfMemoryGetBuffer(own, &raw mut length).cast::<u8>();
                    (kind, std::slice::from_raw_parts(bytes, length).to_vec())
                }
            })
        };
        assert_eq!(assign(1, 2), STATUS_SUCCESS);
        assert_eq!(value(), (3, vec![2, 3]));
        assert_eq!(assign(2, 2), STATUS_SUCCESS);
        assert_eq!(assign(3, 2), STATUS_INVALID_PARAMETER);
        assert_eq!(value(), (3, vec![3, 4]));
        // Without a part, all of it.
        named("Part", |name| {
            // SAFETY: live objects.
            let all = unsafe { WdfRegistryAssignMemory(all, name, 3, memory, null_mut()) };
            assert_eq!(all, STATUS_SUCCESS);
        });
        assert_eq!(value(), (3, vec![1, 2, 3, 4]));
    })
    .keeps_every_rule();
}

#[test]
fn the_keys_of_a_driver_are_made_when_they_are_opened() {
    in_d0(|device| {
        // SAFETY: a live device.
        let driver = unsafe { WdfDeviceGetDriver(device) };
        // The first is below the second.
        for open in [WdfDriverOpenPersistentStateRegistryKey, WdfDriverOpenParametersRegistryKey] {
            for _ in 0..2 {
                let mut key: WDFKEY = null_mut();
                let (access, none) = (KEY_ALL_ACCESS, null_mut());
                // SAFETY: a live driver, a place for the answer.
                let opened = unsafe { open(driver, access, none, &raw mut key) };
                assert_eq!(opened, STATUS_SUCCESS);
                let (done, below) = create(key, "Below").expect("the key is there");
                assert_eq!(done, 1);
                // SAFETY: live keys.
                unsafe {
                    assert_eq!(WdfRegistryRemoveKey(below), STATUS_SUCCESS);
                    assert_eq!(WdfRegistryRemoveKey(key), STATUS_SUCCESS);
                }
            }
        }
    })
    .keeps_every_rule();
}

#[test]
fn a_key_below_another_is_opened_without_rights_on_that() {
    in_d0(|device| {
        let all = key_of(device, PLUGPLAY_REGKEY_DEVICE, KEY_ALL_ACCESS);
        create(all, "Below").expect("it is created");
        let above = key_of(device, PLUGPLAY_REGKEY_DEVICE, KEY_NOTIFY);
        let mut key: WDFKEY = null_mut();
        let none = null_mut();
        // SAFETY: a live key, structures that outlive the call.
        let opened = named("Below", |name| unsafe {
            WdfRegistryOpenKey(above, name, KEY_READ, none, &raw mut key)
        });
        assert_eq!(opened, STATUS_SUCCESS);
        assert_eq!(create(above, "Other").err(), Some(STATUS_ACCESS_DENIED));
    })
    .keeps_every_rule();
}

const KEY_NOTIFY: ACCESS_MASK = 0x10;

#[test]
fn a_value_needs_room_for_all_of_it() {
    const SHORT: NTSTATUS = STATUS_BUFFER_OVERFLOW;
    in_d0(|device| {
        let all = key_of(device, PLUGPLAY_REGKEY_DEVICE, KEY_ALL_ACCESS);
        let assign = |name, kind, bytes: &[u8]| {
            let (length, from) = (bytes.len() as u32, bytes.as_ptr().cast_mut().cast());
            // SAFETY: a live key, bytes that outlive the call.
            let status = unsafe { WdfRegistryAssignValue(all, name, kind, length, from) };
            assert_eq!(status, STATUS_SUCCESS);
        };
        let raw = |bytes: &[u8], room: Option<u32>| {
            let (mut place, mut needed) = ([9_u8; 4], 0);
            let out = if room.is_some() { place.as_mut_ptr().cast() } else { null_mut() };
            let room = room.unwrap_or(4);
            let status = named("Raw", |name| {
                assign(name, 3, bytes);
                let (needed, none) = (&raw mut needed, null_mut());
                // SAFETY: a live key, structures that outlive the call.
                unsafe { WdfRegistryQueryValue(all, name, room, out, needed, none) }
            });
            (status, needed, place)
        };
        assert_eq!(raw(&[1], None), (SHORT, 1, [9; 4]));
        assert_eq!(raw(&[1, 2], Some(1)), (SHORT, 2, [9; 4]));
        assert_eq!(raw(&[1, 2], Some(2)), (STATUS_SUCCESS, 2, [1, 2, 9, 9]));
        assert_eq!(raw(&[1, 2], Some(4)), (STATUS_SUCCESS, 2, [1, 2, 9, 9]));
        // As a string, with and without its terminating zero.
        let string = |bytes: &[u8], room: Option<u16>| {
            let (mut place, mut needed) = ([9_u16; 2], 0);
            let room_for = room.unwrap_or(4);
            let mut text =
                UNICODE_STRING { Length: 0, MaximumLength: room_for, Buffer: place.as_mut_ptr() };
            let out = if room.is_some() { &raw mut text } else { null_mut() };
            let status = named("Text", |name| {
                assign(name, 1, bytes);
                // SAFETY: a live key, structures that outlive the call.
                unsafe { WdfRegistryQueryUnicodeString(all, name, &raw mut needed, out) }
            });
            (status, needed, text.Length, place)
        };
        assert_eq!(string(&[65], None), (SHORT, 1, 0, [9; 2]));
        assert_eq!(string(&[65, 0, 0, 0], Some(2)), (SHORT, 4, 0, [9; 2]));
        assert_eq!(string(&[65, 0, 0, 0], Some(4)), (STATUS_SUCCESS, 4, 2, [65, 0]));
        assert_eq!(string(&[65, 0], Some(2)), (STATUS_SUCCESS, 2, 2, [65, 9]));
    })
    .keeps_every_rule();
}

#[test]
fn a_driver_reads_what_a_test_sets() {
    use acx_client::System;

    Plan::new()
        .created(|device| crate::driver::keep(0, device))
        .run(|machine, device| {
            let device = device.expect("it starts");
            machine.set_registry("Gain", 7);
            machine.set_registry("Name", "Mix");
            machine.inside(|| {
                let key = key_of(crate::driver::kept(0), PLUGPLAY_REGKEY_DEVICE, KEY_READ);
                assert_eq!(get(key, "Gain"), Ok(7));
                let (mut text, mut length, mut kind) = ([0xFFFF_u16; 5], 0, 0);
                let place = text.as_mut_ptr().cast();
                // SAFETY: a live key, structures that outlive the call.
                let status = named("Name", |name| unsafe {
                    WdfRegistryQueryValue(key, name, 10, place, &raw mut length, &raw mut kind)
                });
                assert_eq!((status, length, kind), (STATUS_SUCCESS, 8, REG_SZ));
                assert_eq!(text, [77, 105, 120, 0, 0xFFFF]);
            });
            machine.sleep(std::time::Duration::from_millis(1));
            drop(device);
        })
        .keeps_every_rule();
}
