//! Memory, strings, the registry, and the IRQLs of functions.

use std::ptr::null_mut;

use acx_host::Rule;
use acx_sys::*;

use crate::driver::{Plan, at_dispatch_level, child_of, in_d0};

/// A memory object of eight bytes below the device.
fn memory(device: WDFDEVICE) -> WDFMEMORY {
    let mut attributes = child_of(device.cast());
    let (mut memory, mut buffer): (WDFMEMORY, PVOID) = (null_mut(), null_mut());
    let pool = _POOL_TYPE::NonPagedPoolNx;
    // SAFETY: structures that outlive the call.
    unsafe {
        WdfMemoryCreate(&raw mut attributes, pool, 1, 8, &raw mut memory, &raw mut buffer);
    };
    memory
}

#[test]
fn kmdf_x1_copies_past_the_end_of_memory() {
    in_d0(|device| {
        let memory = memory(device);
        let mut bytes = [0_u8; 8];
        let place: PVOID = bytes.as_mut_ptr().cast();
        // SAFETY: a live object, a buffer of eight bytes.
        unsafe {
            let from = |offset, length| WdfMemoryCopyFromBuffer(memory, offset, place, length);
            let to = |offset, length| WdfMemoryCopyToBuffer(memory, offset, place, length);
            assert_eq!(from(1, 8), STATUS_INVALID_BUFFER_SIZE);
            assert_eq!(to(1, 8), STATUS_BUFFER_TOO_SMALL);
            assert_eq!(
                (from(0, 0), to(0, 0)),
                (STATUS_INVALID_PARAMETER, STATUS_INVALID_PARAMETER)
            );
            assert_eq!((from(0, 8), to(0, 8)), (STATUS_SUCCESS, STATUS_SUCCESS));
        }
    })
    .keeps_every_rule();
    crate::io::in_a_request(|_, request| {
        let mut memory: WDFMEMORY = null_mut();
        let mut bytes = [0_u8; 4];
        // SAFETY: a request that the driver has, its memory, a buffer of four bytes.
        let status = unsafe {
            WdfRequestRetrieveInputMemory(request, &raw mut memory);
            WdfMemoryCopyFromBuffer(memory, 0, bytes.as_mut_ptr().cast(), 4)
        };
        assert_eq!(status, STATUS_ACCESS_VIOLATION);
        // SAFETY: a request that the driver has.
        unsafe { WdfRequestComplete(request, STATUS_SUCCESS) };
    })
    .keeps_every_rule();
}

#[test]
fn kmdf_x2_only_preallocated_memory_gets_another_buffer() {
    in_d0(|device| {
        let mut bytes = [0_u8; 8];
        let place: PVOID = bytes.as_mut_ptr().cast();
        let mut attributes = child_of(device.cast());
        let mut own: WDFMEMORY = null_mut();
        // SAFETY: live objects, buffers that outlive them.
        unsafe {
            WdfMemoryCreatePreallocated(&raw mut attributes, place, 8, &raw mut own);
            assert_eq!(WdfMemoryAssignBuffer(own, place, 0), STATUS_INVALID_PARAMETER);
            assert_eq!(WdfMemoryAssignBuffer(own, place, 4), STATUS_SUCCESS);
            WdfMemoryAssignBuffer(memory(device), place, 8);
        }
    })
    .breaks(&[Rule::WdfViolation])
    .saying("bug check 0x10d (5, ...)");
}

/// A counted string over `units`, so many bytes of it.
fn counted(units: &[u16], bytes: u16) -> UNICODE_STRING {
    let whole = size_of_val(units) as u16;
    UNICODE_STRING { Length: bytes, MaximumLength: whole, Buffer: units.as_ptr().cast_mut() }
}

#[test]
fn kmdf_x4_a_string_is_made_of_a_real_one() {
    in_d0(|device| {
        let units = [b'a'.into(), b'b'.into()];
        let create = |text: UNICODE_STRING| {
            let mut attributes = child_of(device.cast());
            let mut string: WDFSTRING = null_mut();
            // SAFETY: structures that outlive the call.
            unsafe { WdfStringCreate(&raw const text, &raw mut attributes, &raw mut string) }
        };
        assert_eq!(create(counted(&units, 4)), STATUS_SUCCESS);
        assert_eq!(create(UNICODE_STRING::default()), STATUS_SUCCESS, "an empty one has no buffer");
        assert_eq!(create(counted(&units, 3)), STATUS_INVALID_PARAMETER);
        assert_eq!(create(counted(&units, 6)), STATUS_INVALID_PARAMETER);
        let nothing = UNICODE_STRING { Length: 2, MaximumLength: 2, Buffer: null_mut() };
        assert_eq!(create(nothing), STATUS_INVALID_PARAMETER);
    })
    .breaks(&[Rule::BadArgument, Rule::BadArgument, Rule::BadArgument]);
    in_d0(|device| {
        let mut attributes = child_of(device.cast());
        let (mut string, mut text) = (null_mut(), UNICODE_STRING::default());
        // SAFETY: structures that outlive the calls.
        unsafe {
            WdfStringCreate(std::ptr::null(), &raw mut attributes, &raw mut string);
            at_dispatch_level(|| WdfStringGetUnicodeString(string, &raw mut text));
        }
    })
    .breaks(&[Rule::Irql]);
}

#[test]
fn kmdf_x6_what_may_be_created_at_dispatch_level() {
    in_d0(|device| {
        at_dispatch_level(|| {
            let mut attributes = child_of(device.cast());
            let (mut collection, mut lock, mut list) = (null_mut(), null_mut(), null_mut());
            let pool = _POOL_TYPE::NonPagedPoolNx;
            // SAFETY: structures that outlive the calls.
            unsafe {
                let made = WdfCollectionCreate(&raw mut attributes, &raw mut collection);
                assert_eq!(made, STATUS_SUCCESS);
                let made = WdfWaitLockCreate(&raw mut attributes, &raw mut lock);
                assert_eq!(made, STATUS_SUCCESS);
                let made = WdfLookasideListCreate(
                    &raw mut attributes,
                    8,
                    pool,
                    null_mut(),
                    1,
                    &raw mut list,
                );
                assert_eq!(made, STATUS_SUCCESS);
            }
        });
    })
    .keeps_every_rule();
}

#[test]
fn kmdf_x7_functions_for_passive_level() {
    Plan::new()
        // SAFETY: the init object of EvtDriverDeviceAdd.
        .init(|init| at_dispatch_level(|| unsafe { WdfFdoInitSetFilter(init) }))
        .start()
        .breaks(&[Rule::Irql])
        .saying("WdfFdoInitSetFilter called at IRQL 2");
}

const NAME: [u16; 1] = [b'v' as u16];

/// The device's key with a value of this kind.
fn with_value(device: WDFDEVICE, kind: u32, bytes: &[u8]) -> WDFKEY {
    let name = counted(&NAME, 2);
    let mut attributes = child_of(device.cast());
    let mut key: WDFKEY = null_mut();
    // SAFETY: structures that outlive the calls.
    unsafe {
        let device_key = PLUGPLAY_REGKEY_DEVICE;
        let access = 0x000F_003F;
        let opened =
            WdfDeviceOpenRegistryKey(device, device_key, access, &raw mut attributes, &raw mut key);
        assert_eq!(opened, STATUS_SUCCESS);
        let place = bytes.as_ptr().cast_mut().cast();
        let length = bytes.len() as u32;
        assert_eq!(
            WdfRegistryAssignValue(key, &raw const name, kind, length, place),
            STATUS_SUCCESS
        );
    }
    key
}

const REG_SZ: u32 = 1;
const REG_DWORD: u32 = 4;
const REG_MULTI_SZ: u32 = 7;

#[test]
fn kmdf_k1_a_string_value_with_its_terminating_zero() {
    in_d0(|device| {
        let name = counted(&NAME, 2);
        let key = with_value(device, REG_SZ, &[b'a', 0, b'b', 0, 0, 0]);
        let mut units = [0_u16; 3];
        let mut query = |bytes: u16, is_null: bool| {
            let mut text =
                UNICODE_STRING { Length: 0, MaximumLength: bytes, Buffer: units.as_mut_ptr() };
            let place = if is_null { null_mut() } else { &raw mut text };
            let mut needed = 0;
            // SAFETY: a live key, structures that outlive the call.
            let status = unsafe {
                WdfRegistryQueryUnicodeString(key, &raw const name, &raw mut needed, place)
            };
            (status, needed, text.Length)
        };
        assert_eq!(query(0, true), (STATUS_BUFFER_OVERFLOW, 6, 0));
        assert_eq!(query(0, false).0, STATUS_INVALID_PARAMETER);
        assert_eq!(query(4, false), (STATUS_BUFFER_OVERFLOW, 6, 0));
        assert_eq!(query(6, false), (STATUS_SUCCESS, 6, 4));
    })
    .keeps_every_rule();
}

#[test]
fn kmdf_k2_a_number_of_the_wrong_type_or_length() {
    in_d0(|device| {
        let name = counted(&NAME, 2);
        let number = |kind, bytes: &[u8]| {
            let key = with_value(device, kind, bytes);
            let mut value = 0;
            // SAFETY: a live key, structures that outlive the call.
            (unsafe { WdfRegistryQueryULong(key, &raw const name, &raw mut value) }, value)
        };
        assert_eq!(number(REG_SZ, &[1, 0, 0, 0]).0, STATUS_OBJECT_TYPE_MISMATCH);
        assert_eq!(number(REG_DWORD, &[1, 0, 0, 0, 0]).0, STATUS_BUFFER_OVERFLOW);
        assert_eq!(number(REG_DWORD, &[1, 0, 0, 0]), (STATUS_SUCCESS, 1));
    })
    .keeps_every_rule();
}

#[test]
fn kmdf_k3_values_that_are_empty_or_have_no_end() {
    in_d0(|device| {
        let name = counted(&NAME, 2);
        let (mut length, mut kind) = (0, 0);
        let mut attributes = child_of(device.cast());
        let (mut memory, mut strings) = (null_mut(), null_mut());
        // SAFETY: live keys, structures that outlive the calls.
        unsafe {
            let key = with_value(device, REG_DWORD, &[1, 0, 0, 0]);
            let status = WdfRegistryQueryValue(
                key,
                &raw const name,
                4,
                null_mut(),
                &raw mut length,
                &raw mut kind,
            );
            assert_eq!((status, length, kind), (STATUS_BUFFER_OVERFLOW, 4, REG_DWORD));
            let key = with_value(device, REG_SZ, &[]);
            let pool = _POOL_TYPE::PagedPool;
            let status = WdfRegistryQueryMemory(
                key,
                &raw const name,
                pool,
                &raw mut attributes,
                &raw mut memory,
                &raw mut kind,
            );
            assert_eq!(status, STATUS_RESOURCE_DATA_NOT_FOUND);
            WdfCollectionCreate(&raw mut attributes, &raw mut strings);
            let key = with_value(device, REG_MULTI_SZ, &[b'a', 0, 0, 0]);
            let status =
                WdfRegistryQueryMultiString(key, &raw const name, &raw mut attributes, strings);
            assert_eq!(status, STATUS_OBJECT_TYPE_MISMATCH);
            let key = with_value(device, REG_MULTI_SZ, &[b'a', 0, 0, 0, 0, 0]);
            let status =
                WdfRegistryQueryMultiString(key, &raw const name, &raw mut attributes, strings);
            assert_eq!((status, WdfCollectionGetCount(strings)), (STATUS_SUCCESS, 1));
        }
    })
    .keeps_every_rule();
}

#[test]
fn kmdf_x3_memory_without_a_tag_has_the_drivers() {
    in_d0(|device| {
        let mut attributes = child_of(device.cast());
        let (mut memory, mut buffer): (WDFMEMORY, PVOID) = (null_mut(), null_mut());
        let pool = _POOL_TYPE::NonPagedPoolNx;
        // SAFETY: structures that outlive the calls; the block is freed once too often on purpose.
        unsafe {
            WdfMemoryCreate(&raw mut attributes, pool, 0, 8, &raw mut memory, &raw mut buffer);
            ntddk::ExFreePoolWithTag(buffer, u32::from_le_bytes(*b"none"));
        }
    })
    .breaks(&[Rule::WrongTag, Rule::DoubleFree])
    .saying("tag 'kmdf'");
}

#[test]
fn kmdf_x5_a_collection_keeps_its_items_until_it_is_destroyed() {
    unsafe extern "C" fn last(collection: WDFOBJECT) {
        // SAFETY: a collection in its cleanup.
        unsafe {
            assert_eq!(WdfCollectionGetCount(collection.cast()), 1);
            let item = WdfCollectionGetItem(collection.cast(), 0);
            assert!(!item.is_null());
        }
        crate::driver::note("cleanup");
    }
    in_d0(|device| {
        let mut attributes = child_of(device.cast());
        attributes.EvtCleanupCallback = Some(last);
        let mut collection: WDFCOLLECTION = null_mut();
        // SAFETY: structures that outlive the calls, live objects.
        unsafe {
            WdfCollectionCreate(&raw mut attributes, &raw mut collection);
            let item = memory(device);
            WdfCollectionAdd(collection, item.cast());
            assert!(WdfCollectionGetItem(collection, 1).is_null());
            WdfCollectionRemoveItem(collection, 1);
            WdfObjectDelete(collection.cast());
            WdfObjectDelete(item.cast());
        }
    })
    .breaks(&[Rule::BadArgument])
    .has("cleanup");
}

#[test]
fn a_collection_has_a_first_and_a_last_item_or_none() {
    in_d0(|device| {
        let mut attributes = child_of(device.cast());
        let mut own: WDFCOLLECTION = null_mut();
        let first_and_last = |own| {
            // SAFETY: a live collection.
            unsafe { (WdfCollectionGetFirstItem(own), WdfCollectionGetLastItem(own)) }
        };
        // SAFETY: a structure that outlives the call, live objects.
        unsafe {
            WdfCollectionCreate(&raw mut attributes, &raw mut own);
            assert_eq!(first_and_last(own), (null_mut(), null_mut()));
            let items = [memory(device).cast(), memory(device).cast(), memory(device).cast()];
            for item in items {
                assert_eq!(WdfCollectionAdd(own, item), STATUS_SUCCESS);
            }
            assert_eq!(first_and_last(own), (items[0], items[2]));
            WdfCollectionRemove(own, items[0]);
            assert_eq!(first_and_last(own), (items[1], items[2]));
        }
    })
    .keeps_every_rule();
}

#[test]
fn memory_has_bytes_and_a_place() {
    in_d0(|device| {
        let mut attributes = child_of(device.cast());
        let (mut made, mut buffer): (WDFMEMORY, PVOID) = (null_mut(), null_mut());
        let mut bytes = [0_u8; 8];
        let place: PVOID = bytes.as_mut_ptr().cast();
        let pool = _POOL_TYPE::NonPagedPoolNx;
        let (attributes, memory) = (&raw mut attributes, &raw mut made);
        // SAFETY: structures and a buffer that outlive the calls.
        unsafe {
            let status = WdfMemoryCreatePreallocated(attributes, place, 0, memory);
            assert_eq!((status, made), (STATUS_INVALID_PARAMETER, null_mut()));
            let status = WdfMemoryCreatePreallocated(attributes, place, 1, memory);
            assert_eq!(status, STATUS_SUCCESS);
            let size = &raw mut buffer;
            let status = WdfMemoryCreate(attributes, pool, 1, 0, memory, size);
            assert_eq!(status, STATUS_INVALID_PARAMETER);
            for pool in [pool, _POOL_TYPE::PagedPool] {
                let status = WdfMemoryCreate(attributes, pool, 1, 1, memory, size);
                assert_eq!(status, STATUS_SUCCESS);
            }
            let mut list: WDFLOOKASIDE = null_mut();
            for (size, status) in [(0, STATUS_INVALID_PARAMETER), (1, STATUS_SUCCESS)] {
                let found =
                    WdfLookasideListCreate(attributes, size, pool, attributes, 1, &raw mut list);
                assert_eq!(found, status, "{size}");
            }
        }
    })
    .keeps_every_rule();
}

#[test]
fn kmdf_k4_a_key_grants_what_it_was_opened_with() {
    use crate::devices::{counted, wide};
    in_d0(|device| {
        let named = |name: &str| {
            let units = wide(name);
            let text = counted(&units);
            (units, text)
        };
        let (mut reads, mut all, mut sub) = (null_mut(), null_mut(), null_mut());
        let none = null_mut();
        // SAFETY: a live device, structures that outlive the calls.
        unsafe {
            WdfDeviceOpenRegistryKey(
                device,
                PLUGPLAY_REGKEY_DEVICE,
                KEY_READ,
                none,
                &raw mut reads,
            );
            WdfDeviceOpenRegistryKey(
                device,
                PLUGPLAY_REGKEY_DEVICE,
                KEY_ALL_ACCESS,
                none,
                &raw mut all,
            );
            let (_units, name) = named("Gain");
            assert_eq!(WdfRegistryAssignULong(reads, &raw const name, 1), STATUS_ACCESS_DENIED);
            assert_eq!(WdfRegistryAssignULong(all, &raw const name, 1), STATUS_SUCCESS);
            let odd = UNICODE_STRING { Length: 3, ..name };
            assert_eq!(WdfRegistryAssignULong(all, &raw const odd, 1), STATUS_INVALID_PARAMETER);
            let mut value = 0;
            let read = WdfRegistryQueryULong(reads, &raw const name, &raw mut value);
            assert_eq!((read, value), (STATUS_SUCCESS, 1));
            assert_eq!(WdfRegistryRemoveValue(reads, &raw const name), STATUS_ACCESS_DENIED);
            let create = |parent, path: &str, place: *mut WDFKEY| {
                let (_units, path) = named(path);
                let access = KEY_ALL_ACCESS;
                WdfRegistryCreateKey(
                    parent,
                    &raw const path,
                    access,
                    0,
                    null_mut(),
                    null_mut(),
                    place,
                )
            };
            assert_eq!(create(reads, "Below", &raw mut sub), STATUS_ACCESS_DENIED);
            assert_eq!(create(all, r"Missing\Below", &raw mut sub), STATUS_OBJECT_NAME_NOT_FOUND);
            assert_eq!(create(all, "Below", &raw mut sub), STATUS_SUCCESS);
            assert_eq!(WdfRegistryRemoveKey(reads), STATUS_ACCESS_DENIED);
            assert_eq!(WdfRegistryRemoveKey(all), STATUS_CANNOT_DELETE);
            assert_eq!(WdfRegistryRemoveKey(sub), STATUS_SUCCESS);
            assert_eq!(WdfRegistryRemoveKey(all), STATUS_SUCCESS);
        }
    })
    .breaks(&[Rule::BadArgument]);
}
