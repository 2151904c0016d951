//! I/O targets, and the requests that a driver sends.

use std::ptr::null_mut;
use std::time::Duration;

use _WDF_IO_TARGET_OPEN_TYPE as T;
use _WDF_IO_TARGET_STATE as S;
use acx_client::System;
use acx_host::{Machine, Rule};
use acx_sys::ntddk::*;
use acx_sys::*;

use crate::driver::{Run, at_dispatch_level, child_of, keep, kept, note, notes};
use crate::io::{BUFFERED, CLASS, complete, sequential, succeeds, with_file};

/// Options of WdfRequestSend.
const SYNCHRONOUS: u32 = 2;
const TIMEOUT: u32 = 1;
const FORGET: u32 = 8;

fn options(flags: u32, timeout: i64) -> WDF_REQUEST_SEND_OPTIONS {
    let size = size_of::<WDF_REQUEST_SEND_OPTIONS>() as u32;
    WDF_REQUEST_SEND_OPTIONS { Size: size, Flags: flags, Timeout: timeout }
}

/// The name of the device's interface in a driver.
pub(crate) fn own_name(machine: &Machine) -> Vec<u16> {
    let link = machine.interfaces(&CLASS)[0].replacen(r"\\?\", r"\??\", 1);
    link.encode_utf16().collect()
}

fn counted(units: &[u16]) -> UNICODE_STRING {
    let bytes = size_of_val(units) as u16;
    UNICODE_STRING { Length: bytes, MaximumLength: bytes, Buffer: units.as_ptr().cast_mut() }
}

pub(crate) fn parameters(kind: WDF_IO_TARGET_OPEN_TYPE, name: &[u16]) -> WDF_IO_TARGET_OPEN_PARAMS {
    WDF_IO_TARGET_OPEN_PARAMS {
        Size: size_of::<WDF_IO_TARGET_OPEN_PARAMS>() as u32,
        Type: kind,
        TargetDeviceName: counted(name),
        ..Default::default()
    }
}

pub(crate) fn open(target: WDFIOTARGET, mut parameters: WDF_IO_TARGET_OPEN_PARAMS) -> NTSTATUS {
    // SAFETY: a live target, a structure that outlives the call.
    unsafe { WdfIoTargetOpen(target, &raw mut parameters) }
}

fn state(target: WDFIOTARGET) -> WDF_IO_TARGET_STATE {
    // SAFETY: a live target.
    unsafe { WdfIoTargetGetState(target) }
}

pub(crate) fn new_target() -> WDFIOTARGET {
    let mut target: WDFIOTARGET = null_mut();
    let mut attributes = child_of(kept(7));
    // SAFETY: a live device, structures that outlive the call.
    unsafe { WdfIoTargetCreate(kept(7), &raw mut attributes, &raw mut target) };
    target
}

/// A driver-created request, formatted as a device-control request of four bytes.
fn own_request(target: WDFIOTARGET) -> WDFREQUEST {
    let (mut request, mut memory): (WDFREQUEST, WDFMEMORY) = (null_mut(), null_mut());
    let (mut attributes, mut buffer) = (child_of(kept(7)), null_mut());
    // SAFETY: live objects, structures that outlive the calls.
    unsafe {
        WdfRequestCreate(&raw mut attributes, target, &raw mut request);
        let mut below = child_of(request.cast());
        let pool = _POOL_TYPE::NonPagedPoolNx;
        WdfMemoryCreate(&raw mut below, pool, 1, 4, &raw mut memory, &raw mut buffer);
        format(target, request, memory);
        WdfRequestSetCompletionRoutine(request, Some(came_back), null_mut());
    }
    keep(4, memory);
    request
}

fn format(target: WDFIOTARGET, request: WDFREQUEST, memory: WDFMEMORY) {
    let none = null_mut();
    // SAFETY: live objects.
    let status = unsafe {
        WdfIoTargetFormatRequestForIoctl(target, request, BUFFERED, memory, none, memory, none)
    };
    assert_eq!(status, STATUS_SUCCESS);
}

unsafe extern "C" fn came_back(
    _request: WDFREQUEST,
    _target: WDFIOTARGET,
    parameters: PWDF_REQUEST_COMPLETION_PARAMS,
    _context: WDFCONTEXT,
) {
    // SAFETY: the framework's structure.
    let status = unsafe { (*parameters).IoStatus.__bindgen_anon_1.Status };
    note(format!("came back {status:#x}"));
}

/// The result of WdfRequestSend, and the request's status.
fn send(request: WDFREQUEST, target: WDFIOTARGET, flags: u32) -> (BOOLEAN, NTSTATUS) {
    let mut options = options(flags, 0);
    let options = if flags == 0 { null_mut() } else { &raw mut options };
    // SAFETY: live objects, a structure that outlives the call.
    unsafe { (WdfRequestSend(request, target, options), WdfRequestGetStatus(request)) }
}

/// A driver with a target that is open on its own device, whose requests succeed.
fn with_target(client: fn(&Machine, WDFIOTARGET)) -> Run {
    with_file(sequential, succeeds, |machine, _, file| {
        let name = own_name(machine);
        let target = machine.inside(|| {
            let target = new_target();
            let opened = open(target, parameters(T::WdfIoTargetOpenByName, &name));
            assert_eq!(opened, STATUS_SUCCESS);
            target
        });
        notes().clear();
        machine.inside(|| client(machine, target));
        machine.inside(|| {
            // SAFETY: the driver's own object.
            unsafe { WdfObjectDelete(target.cast()) };
        });
        drop(file);
    })
}

fn stop(target: WDFIOTARGET) {
    let action = _WDF_IO_TARGET_SENT_IO_ACTION::WdfIoTargetLeaveSentIoPending;
    // SAFETY: a live target.
    unsafe { WdfIoTargetStop(target, action) };
}

#[test]
fn kmdf_r10_a_request_is_sent_by_its_rules() {
    with_target(|_, target| {
        let request = own_request(target);
        let refused = STATUS_INVALID_PARAMETER;
        assert_eq!(send(request, target, 0x100), (0, refused));
        assert_eq!(send(request, target, FORGET | SYNCHRONOUS), (0, refused));
        assert_eq!(send(request, target, FORGET), (0, STATUS_INVALID_DEVICE_STATE));
        assert!(notes().is_empty());
        // One that waits for its target.
        stop(target);
        assert_eq!(send(request, target, 0).0, 1);
        assert!(notes().is_empty());
        // SAFETY: a live target.
        unsafe { WdfIoTargetStart(target) };
        assert_eq!(*notes(), ["EvtIoDeviceControl", "came back 0x0"]);
        // One whose target is closed: no completion routine.
        let other = own_request(target);
        // SAFETY: a live target.
        unsafe { WdfIoTargetClose(target) };
        assert_eq!(send(other, target, 0), (0, STATUS_INVALID_DEVICE_STATE));
        assert_eq!(notes().len(), 2);
    })
    .breaks(&[Rule::BadArgument, Rule::BadArgument, Rule::RequestMisuse]);
    // A client's request.
    with_file(
        sequential,
        |_, request| {
            // SAFETY: a live device.
            let target = unsafe { WdfDeviceGetIoTarget(kept(7)) };
            assert_eq!(send(request, target, 0), (0, STATUS_INVALID_DEVICE_REQUEST));
            assert_eq!(send(request, target, SYNCHRONOUS), (1, STATUS_INVALID_DEVICE_REQUEST));
            assert_eq!(send(request, target, FORGET).0, 1);
        },
        |_, _, file| {
            let reply = file.ioctl(BUFFERED, &[], &mut []).status;
            assert_eq!(reply, STATUS_INVALID_DEVICE_REQUEST);
        },
    )
    .breaks(&[Rule::RequestMisuse, Rule::FreedObject])
    .saying("without a completion routine");
}

#[test]
fn kmdf_r11_a_request_is_not_sent_twice_at_once() {
    with_target(|_, target| {
        let request = own_request(target);
        stop(target);
        send(request, target, 0);
        send(request, target, 0);
        // SAFETY: a live request that was sent.
        assert_eq!(unsafe { WdfRequestCancelSentRequest(request) }, 1);
        assert_eq!(*notes(), ["came back 0xc0000120"]);
    })
    .breaks(&[Rule::WdfViolation])
    .saying("bug check 0x10d (6, 3, ...)");
}

#[test]
fn kmdf_r12_a_request_is_reused_when_it_has_come_back() {
    fn reuse(request: WDFREQUEST, flags: u32) -> NTSTATUS {
        let mut parameters = WDF_REQUEST_REUSE_PARAMS {
            Size: size_of::<WDF_REQUEST_REUSE_PARAMS>() as u32,
            Flags: flags,
            ..Default::default()
        };
        // SAFETY: a live request, a structure that outlives the call.
        unsafe { WdfRequestReuse(request, &raw mut parameters) }
    }
    with_target(|_, target| {
        let request = own_request(target);
        stop(target);
        send(request, target, 0);
        reuse(request, 0);
        // SAFETY: a live target.
        unsafe { WdfIoTargetStart(target) };
        // SAFETY: a live request.
        unsafe { WdfRequestSetCompletionRoutine(request, Some(came_back), null_mut()) };
        assert_eq!(reuse(request, 0), STATUS_SUCCESS);
        // It no longer has a completion routine.
        format(target, request, kept(4));
        notes().clear();
        assert_eq!(send(request, target, 0).0, 1);
        assert_eq!(*notes(), ["EvtIoDeviceControl"]);
    })
    .breaks(&[Rule::RequestMisuse])
    .saying("reused");
    crate::io::in_a_request(|_, request| {
        assert_eq!(reuse(request, 0), STATUS_SUCCESS);
        assert_eq!(reuse(request, 1), 0xC020_0208_u32.cast_signed());
        complete(request, STATUS_SUCCESS);
    })
    .keeps_every_rule();
}

#[test]
fn kmdf_t1_a_target_is_opened_once_and_by_a_name() {
    with_target(|machine, target| {
        let name = own_name(machine);
        let by_name = |name| parameters(T::WdfIoTargetOpenByName, name);
        assert_eq!(open(target, by_name(&name)), STATUS_INVALID_DEVICE_STATE);
        let other = new_target();
        let reopen = parameters(T::WdfIoTargetOpenReopen, &[]);
        assert_eq!(open(other, reopen), STATUS_INVALID_DEVICE_REQUEST);
        assert_eq!(open(other, by_name(&[])), STATUS_INVALID_PARAMETER);
        let existing = parameters(T::WdfIoTargetOpenUseExistingDevice, &[]);
        assert_eq!(open(other, existing), STATUS_INVALID_PARAMETER);
        assert_eq!(open(other, parameters(9, &name)), STATUS_INVALID_PARAMETER);
        // One that was closed for a query-remove is opened again as it was.
        // SAFETY: a live target.
        unsafe { WdfIoTargetCloseForQueryRemove(target) };
        assert_eq!(state(target), S::WdfIoTargetClosedForQueryRemove);
        assert_eq!(open(target, reopen), STATUS_SUCCESS);
        assert_eq!(send(own_request(target), target, 0).0, 1);
    })
    .keeps_every_rule();
}

#[test]
fn kmdf_t2_a_synchronous_request_waits_and_times_out() {
    with_target(|machine, target| {
        stop(target);
        let ioctl = |timeout: i64| {
            let mut options = options(TIMEOUT, timeout);
            let none: PWDF_MEMORY_DESCRIPTOR = null_mut();
            let options = &raw mut options;
            // SAFETY: a live target, structures that outlive the call.
            unsafe {
                WdfIoTargetSendIoctlSynchronously(
                    target,
                    none.cast(),
                    BUFFERED,
                    none,
                    none,
                    options,
                    null_mut(),
                )
            }
        };
        let before = machine.qpc();
        assert_eq!(ioctl(-10_000), STATUS_IO_TIMEOUT);
        assert_eq!(machine.qpc() - before, 10_000, "it waited a millisecond");
        // Above PASSIVE_LEVEL nothing waits.
        let request = own_request(target);
        let sent = at_dispatch_level(|| send(request, target, SYNCHRONOUS));
        assert_eq!(sent, (0, STATUS_INVALID_DEVICE_REQUEST));
        // SAFETY: a live target.
        unsafe { WdfIoTargetStart(target) };
        assert_eq!(ioctl(-10_000), STATUS_SUCCESS);
        // An asynchronous one that waits for its target comes back in time.
        stop(target);
        notes().clear();
        let mut options = options(TIMEOUT, -10_000);
        // SAFETY: live objects, a structure that outlives the call.
        assert_eq!(unsafe { WdfRequestSend(request, target, &raw mut options) }, 1);
        machine.sleep(Duration::from_millis(2));
        assert_eq!(*notes(), ["came back 0xc00000b5"]);
    })
    .breaks(&[Rule::WaitAtDispatch]);
}

#[test]
fn kmdf_t3_stopping_and_purging_that_wait_are_for_passive_level() {
    use _WDF_IO_TARGET_PURGE_IO_ACTION as P;
    use _WDF_IO_TARGET_SENT_IO_ACTION as A;
    with_target(|_, target| {
        let stop = |action| {
            // SAFETY: a live target.
            at_dispatch_level(|| unsafe { WdfIoTargetStop(target, action) });
            state(target)
        };
        let purge = |action| {
            // SAFETY: a live target.
            at_dispatch_level(|| unsafe { WdfIoTargetPurge(target, action) });
            state(target)
        };
        assert_eq!(stop(A::WdfIoTargetWaitForSentIoToComplete), S::WdfIoTargetStarted);
        assert_eq!(stop(A::WdfIoTargetSentIoUndefined), S::WdfIoTargetStarted);
        assert_eq!(stop(A::WdfIoTargetLeaveSentIoPending), S::WdfIoTargetStopped);
        // A purge cancels waiting requests.
        send(own_request(target), target, 0);
        assert_eq!(purge(P::WdfIoTargetPurgeIoAndWait), S::WdfIoTargetStopped);
        assert_eq!(purge(P::WdfIoTargetPurgeIo), S::WdfIoTargetPurged);
        assert_eq!(*notes(), ["came back 0xc0000120"]);
    })
    .breaks(&[Rule::WaitAtDispatch, Rule::BadArgument, Rule::WaitAtDispatch]);
}

/// Copies the input of a request to its output.
fn echoes(_queue: WDFQUEUE, request: WDFREQUEST) {
    let (mut input, mut output): (PVOID, PVOID) = (null_mut(), null_mut());
    let (mut sent, mut room) = (0, 0);
    // SAFETY: a request that the driver has, places for the answers; the buffers are one.
    unsafe {
        WdfRequestRetrieveInputBuffer(request, 1, &raw mut input, &raw mut sent);
        WdfRequestRetrieveOutputBuffer(request, 1, &raw mut output, &raw mut room);
        note(format!("{sent} bytes in, room for {room}, the first is {}", *input.cast::<u8>()));
        *output.cast::<u8>() += 1;
        WdfRequestCompleteWithInformation(request, STATUS_SUCCESS, 1);
    }
}

#[test]
fn an_mdl_describes_its_memory_or_the_beginning_of_it() {
    with_file(sequential, echoes, |machine, _, file| {
        let name = own_name(machine);
        machine.inside(|| {
            let target = new_target();
            assert_eq!(open(target, parameters(T::WdfIoTargetOpenByName, &name)), STATUS_SUCCESS);
            notes().clear();
            let mut bytes = [5_u8; 16];
            // SAFETY: memory that outlives the MDL.
            let mdl = unsafe { IoAllocateMdl((&raw mut bytes[3]).cast(), 8, 0, 0, null_mut()) };
            let send = |mdl: PMDL, length: u32| {
                let mut descriptor = WDF_MEMORY_DESCRIPTOR::default();
                WDF_MEMORY_DESCRIPTOR_INIT_MDL(&mut descriptor, mdl, length);
                let (place, none) = (&raw mut descriptor, null_mut());
                // SAFETY: a live target, structures that outlive the call.
                unsafe {
                    WdfIoTargetSendIoctlSynchronously(
                        target,
                        null_mut(),
                        BUFFERED,
                        place,
                        place,
                        none,
                        null_mut(),
                    )
                }
            };
            // Without a length, all of it.
            assert_eq!(send(mdl, 0), STATUS_SUCCESS);
            assert_eq!(send(mdl, 2), STATUS_SUCCESS);
            assert_eq!((bytes[2], bytes[3], bytes[4]), (5, 7, 5));
            assert_eq!(send(null_mut(), 2), STATUS_INVALID_PARAMETER);
            let said = [
                "8 bytes in, room for 8, the first is 5",
                "2 bytes in, room for 2, the first is 6",
            ];
            let echoes: Vec<String> =
                notes().iter().filter(|note| note.contains("bytes")).cloned().collect();
            assert_eq!(echoes, said);
            // SAFETY: the driver's own objects.
            unsafe {
                IoFreeMdl(mdl);
                WdfObjectDelete(target.cast());
            }
        });
        drop(file);
    })
    .keeps_every_rule();
}

#[test]
fn a_request_that_was_not_sent_has_come_to_nothing() {
    with_target(|_, target| {
        let request = own_request(target);
        let mut parameters = WDF_REQUEST_COMPLETION_PARAMS {
            Size: size_of::<WDF_REQUEST_COMPLETION_PARAMS>() as u32,
            ..Default::default()
        };
        parameters.IoStatus.Information = 9;
        // SAFETY: a live request, a structure that outlives the call.
        let status = unsafe {
            WdfRequestGetCompletionParams(request, &raw mut parameters);
            parameters.IoStatus.__bindgen_anon_1.Status
        };
        assert_eq!((status, parameters.IoStatus.Information), (STATUS_SUCCESS, 0));
    })
    .keeps_every_rule();
}
