//! Events that a driver writes, as a trace session gets them: EtwRegister, EtwSetInformation,
//! EtwWriteTransfer.

use acx_sys::ntddk::*;
use acx_sys::*;

use super::driver::{Plan, note};

unsafe extern "C" fn enabled(
    _source: LPCGUID,
    code: ULONG,
    level: UCHAR,
    any: ULONGLONG,
    all: ULONGLONG,
    _filter: PEVENT_FILTER_DESCRIPTOR,
    context: PVOID,
) {
    note(format!("{code} {level} {any:x} {all} {}", context as usize));
}

#[test]
fn a_session_gets_a_providers_events_under_its_name() {
    let run = Plan::new().on("EvtDeviceD0Entry", |_| {
        let guid = GUID { Data1: 0xAB, ..Default::default() };
        let mut handle = 0;
        // SAFETY: a callback of this form; the buffers are as long as the calls say.
        unsafe {
            let context = std::ptr::without_provenance_mut(7);
            let status = EtwRegister(&raw const guid, Some(enabled), context, &raw mut handle);
            assert_eq!(status, STATUS_SUCCESS);
            let set = |class, handle, mut traits: Vec<u8>| {
                EtwSetInformation(handle, class, traits.as_mut_ptr().cast(), traits.len() as u32)
            };
            let traits = _EVENT_INFO_CLASS::EventProviderSetTraits;
            let other = _EVENT_INFO_CLASS::EventProviderUseDescriptorType;
            assert_eq!(set(traits, 1, b"\x05\0No\0".to_vec()), STATUS_INVALID_HANDLE);
            let bytes = [1_u8, 2, 3];
            let block = |ptr: &[u8]| EVENT_DATA_DESCRIPTOR {
                Ptr: ptr.as_ptr() as u64,
                Size: ptr.len() as u32,
                ..Default::default()
            };
            let event = EVENT_DESCRIPTOR { Id: 9, Level: 4, ..Default::default() };
            let mut data = [block(&bytes[..2]), block(&bytes[2..])];
            for (class, name) in
                [(traits, &b"\x04\0P\0"[..]), (traits, b"\x02\0"), (other, b"\x04\0Q\0")]
            {
                assert_eq!(set(class, handle, name.to_vec()), STATUS_SUCCESS);
                let (data, none) = (data.as_mut_ptr(), std::ptr::null());
                EtwWriteTransfer(handle, &raw const event, none, none, 2, data);
            }
            assert_eq!(EtwUnregister(handle), STATUS_SUCCESS);
        }
    });
    let run = run.run(|machine, device| {
        drop(device);
        let events: Vec<_> = machine.trace().iter().map(ToString::to_string).collect();
        assert_eq!(events, ["information: P: event 9 bytes=0x010203"; 3]);
    });
    run.keeps_every_rule().has("1 255 ffffffffffffffff 0 7");
}
