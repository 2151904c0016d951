//! The machine's trace session, as a driver that writes events sees it and as a test reads it.

use std::ptr::null_mut;

use acx_client::System;
use acx_host::Machine;
use acx_host::trace::TraceEvent;
use acx_sys::ntddk::*;
use acx_sys::*;

use crate::driver::{Plan, Run, note};

static PROVIDER: GUID = GUID { Data1: 0x0403_0201, Data2: 0x0605, Data3: 0x0807, Data4: [9; 8] };

/// The driver does this while its device is there.
fn in_driver(deed: impl FnOnce(&Machine)) -> Run {
    Plan::new().run(|machine, device| {
        let device = device.expect("it starts");
        machine.inside(|| deed(machine));
        drop(device);
    })
}

/// Its context is what it adds to the note.
unsafe extern "C" fn enabled(
    provider: LPCGUID,
    code: ULONG,
    level: UCHAR,
    any: ULONGLONG,
    all: ULONGLONG,
    filter: PEVENT_FILTER_DESCRIPTOR,
    context: PVOID,
) {
    // SAFETY: the session passes the provider's own id.
    let id = unsafe { (*provider).Data1 };
    // A callback may ask for what only PASSIVE_LEVEL allows.
    // SAFETY: any IRQL.
    let irql = unsafe { KeGetCurrentIrql() };
    let context = context as usize;
    note(format!("{id:x} {code} {level} {any:x} {all} {} {context} {irql}", filter.is_null()));
}

fn register(callback: PETWENABLECALLBACK) -> REGHANDLE {
    let mut handle = 0;
    let context = std::ptr::without_provenance_mut(7);
    // SAFETY: structures that outlive the call.
    let status = unsafe { EtwRegister(&raw const PROVIDER, callback, context, &raw mut handle) };
    assert_eq!(status, STATUS_SUCCESS);
    handle
}

fn unregister(handle: REGHANDLE) {
    // SAFETY: a handle of `register`.
    assert_eq!(unsafe { EtwUnregister(handle) }, STATUS_SUCCESS);
}

fn inform(handle: REGHANDLE, class: EVENT_INFO_CLASS, bytes: &[u8]) -> NTSTATUS {
    let length = bytes.len() as u32;
    // SAFETY: bytes that outlive the call, which only reads them.
    unsafe { EtwSetInformation(handle, class, bytes.as_ptr().cast_mut().cast(), length) }
}

/// Writes an event of this id with these blocks: their types and bytes.
fn write(handle: REGHANDLE, id: u16, blocks: &[(u32, &[u8])]) -> NTSTATUS {
    let descriptor = EVENT_DESCRIPTOR { Id: id, Level: 2, ..Default::default() };
    let mut blocks: Vec<_> = blocks
        .iter()
        .map(|(kind, bytes)| {
            let (at, length) = (bytes.as_ptr() as u64, bytes.len() as u32);
            let mut block = EVENT_DATA_DESCRIPTOR { Ptr: at, Size: length, ..Default::default() };
            block.__bindgen_anon_1.Reserved = *kind;
            block
        })
        .collect();
    let (count, blocks) = (blocks.len() as u32, blocks.as_mut_ptr());
    let (activity, related) = (std::ptr::null(), std::ptr::null());
    // SAFETY: structures that outlive the call.
    unsafe { EtwWriteTransfer(handle, &raw const descriptor, activity, related, count, blocks) }
}

fn texts(events: impl IntoIterator<Item = TraceEvent>) -> Vec<String> {
    events.into_iter().map(|event| event.to_string()).collect()
}

#[test]
fn a_provider_is_enabled_with_every_level_and_keyword_when_it_registers() {
    in_driver(|_| unregister(register(Some(enabled))))
        .has("4030201 1 255 ffffffffffffffff 0 true 7 0")
        .keeps_every_rule();
}

#[test]
fn a_provider_has_its_id_as_its_name_until_its_traits_name_it() {
    const TRAITS: EVENT_INFO_CLASS = _EVENT_INFO_CLASS::EventProviderSetTraits;
    const OTHER: EVENT_INFO_CLASS = _EVENT_INFO_CLASS::EventProviderUseDescriptorType;
    in_driver(|machine| {
        let handle = register(None);
        let id = "01020304050607080909090909090909";
        // Their length, the name and its zero.
        for (class, bytes, name) in [
            (OTHER, &b"\x08\0Other\0"[..], id),
            (TRAITS, b"\x02\0", id),
            (TRAITS, b"\x03\0N", "N"),
            (TRAITS, b"\x07\0Name\0", "Name"),
            (OTHER, b"\x08\0Other\0", "Name"),
            (TRAITS, b"\x03\0\0", ""),
        ] {
            assert_eq!(inform(handle, class, bytes), STATUS_SUCCESS);
            assert_eq!(write(handle, 1, &[]), STATUS_SUCCESS);
            let found: Vec<_> = machine.take_trace().map(|event| event.provider).collect();
            assert_eq!(found, [name], "{class} {bytes:x?}");
        }
        unregister(handle);
        assert_eq!(inform(handle, TRAITS, b"\x07\0Name\0"), STATUS_INVALID_HANDLE);
        assert_eq!(inform(0, TRAITS, b"\x07\0Name\0"), STATUS_INVALID_HANDLE);
    })
    .keeps_every_rule();
}

#[test]
fn an_event_is_read_from_the_blocks_that_the_driver_wrote() {
    let (traits, metadata, data) = (
        EVENT_DATA_DESCRIPTOR_TYPE_PROVIDER_METADATA,
        EVENT_DATA_DESCRIPTOR_TYPE_EVENT_METADATA,
        EVENT_DATA_DESCRIPTOR_TYPE_NONE,
    );
    in_driver(|machine| {
        let handle = register(None);
        let described = [
            (traits, &b"\x07\0Own\0\0"[..]),
            (metadata, b"\x0C\0\0Went\0A\0\x06B\0\x04"),
            (data, &[1, 2]),
            (data, &[3]),
        ];
        assert_eq!(write(handle, 5, &described), STATUS_SUCCESS);
        // Only the lowest byte is the block's type.
        assert_eq!(write(handle, 6, &[(data | 0x100, &[0xAB]), (data, &[1])]), STATUS_SUCCESS);
        let id = "01020304050607080909090909090909";
        let wanted =
            ["error: Own: Went A=513 B=3".to_owned(), format!("error: {id}: event 6 bytes=0xab01")];
        assert_eq!(texts(machine.trace()), wanted);
        assert!(machine.trace().iter().all(|event| event.qpc == machine.qpc()));
        assert_eq!(texts(machine.take_trace()), wanted);
        assert!(machine.trace().is_empty());
        // Without a descriptor there is no event.
        // SAFETY: the session looks for the descriptor first.
        let status = unsafe {
            EtwWriteTransfer(
                handle,
                std::ptr::null(),
                std::ptr::null(),
                std::ptr::null(),
                0,
                null_mut(),
            )
        };
        assert_eq!(status, STATUS_INVALID_PARAMETER);
        unregister(handle);
        assert_eq!(write(handle, 7, &[]), STATUS_INVALID_HANDLE);
        assert!(machine.trace().is_empty());
    })
    .keeps_every_rule();
}

#[test]
fn of_very_many_events_the_newest_are_kept() {
    in_driver(|machine| {
        let handle = register(None);
        for id in 0..=u16::MAX {
            write(handle, id, &[]);
        }
        write(handle, 7, &[]);
        unregister(handle);
        let names: Vec<_> = machine.take_trace().map(|event| event.name).collect();
        let (first, last) = (names.first().map(String::as_str), names.last().map(String::as_str));
        assert_eq!((names.len(), first, last), (0x1_0000, Some("event 1"), Some("event 7")));
    })
    .keeps_every_rule();
}
