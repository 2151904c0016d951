//! Windows as a system, as far as it can be tested without an audio driver: events, time, and files
//! that are not filters.

#![cfg(windows)]

use std::time::Duration;

use acx_client::{System, Windows, audio_interfaces};
use acx_sys::{IOCTL_KS_PROPERTY, KSCATEGORY_AUDIO, NT_SUCCESS, STATUS_OBJECT_NAME_NOT_FOUND};
use windows_sys::Win32::Foundation::HANDLE;
use windows_sys::Win32::System::Threading::SetEvent;

#[test]
fn events_are_waited_for_in_any_order_and_reset_themselves() {
    let system = Windows::new("acxvad");
    let events = [system.create_event(), system.create_event()];
    let moment = Duration::from_millis(20);
    assert_eq!(system.wait_any(&events, moment), None);
    // SAFETY: an event of this process, which the system keeps.
    assert_ne!(unsafe { SetEvent(events[1] as HANDLE) }, 0);
    assert_eq!(system.wait_any(&events, moment), Some(1));
    assert_eq!(system.wait_any(&events, moment), None, "it has reset itself");
    assert_eq!(system.wait_any(&[], moment), None);
}

#[test]
fn time_passes_by_the_performance_counter() {
    let system = Windows::all();
    let before = system.qpc();
    system.sleep(Duration::from_millis(30));
    let passed = (system.qpc() - before) * 1000 / system.qpc_frequency();
    // No upper bound: machines are busy.
    assert!(passed >= 29, "{passed} ms");
}

#[test]
fn what_is_not_there_is_not_found() {
    let system = Windows::new("no such service");
    assert!(system.interfaces(&KSCATEGORY_AUDIO).is_empty());
    assert!(audio_interfaces(r"ROOT\NOSUCH\0000").is_empty());
    let link = r"\\?\root#nosuch#0000#{6994ad04-93ef-11d0-a3cc-00a0c9223196}\speaker0";
    assert_eq!(system.open(link).err(), Some(STATUS_OBJECT_NAME_NOT_FOUND));
}

#[test]
fn a_device_that_is_no_filter_refuses() {
    let system = Windows::all();
    let null = system.open(r"\\.\NUL").ok().expect("every Windows has it");
    let reply = null.ioctl(IOCTL_KS_PROPERTY, &[0; 24], Some(&mut [0; 64]));
    assert!(!NT_SUCCESS(reply.status), "{reply:x?}");
    let reply = null.ioctl(IOCTL_KS_PROPERTY, &[0; 24], None);
    assert!(!NT_SUCCESS(reply.status), "{reply:x?}");
    // Opening a pin is not tried: Wine has no KsCreatePin.
}
