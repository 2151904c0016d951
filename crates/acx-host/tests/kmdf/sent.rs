//! What a driver sends to a target, and what comes back.

use std::ptr::null_mut;
use std::time::Duration;

use acx_client::System;
use acx_host::{Machine, Rule};
use acx_sys::*;

use _WDF_IO_TARGET_OPEN_TYPE as T;

use crate::driver::{Plan, Run, child_of, keep, kept, note, notes};
use crate::io::{BUFFERED, files, sequential, with_file, with_plan};
use crate::targets::{new_target, open, own_name, parameters};

/// Options of WdfRequestSend.
const TIMEOUT: u32 = 1;
const SYNCHRONOUS: u32 = 2;

fn options(flags: u32, timeout: i64) -> WDF_REQUEST_SEND_OPTIONS {
    let size = size_of::<WDF_REQUEST_SEND_OPTIONS>() as u32;
    WDF_REQUEST_SEND_OPTIONS { Size: size, Flags: flags, Timeout: timeout }
}

/// Notes the lengths of a request, and answers with a byte of its output where it has one.
fn measures(_queue: WDFQUEUE, request: WDFREQUEST) {
    let mut parameters = WDF_REQUEST_PARAMETERS::default();
    WDF_REQUEST_PARAMETERS_INIT(&mut parameters);
    let (mut input, mut output): (PVOID, PVOID) = (null_mut(), null_mut());
    // SAFETY: a device-control request that the driver has, and its buffers.
    unsafe {
        WdfRequestGetParameters(request, &raw mut parameters);
        let own = parameters.Parameters.DeviceIoControl;
        let (sent, room) = (own.InputBufferLength, own.OutputBufferLength);
        let first = match WdfRequestRetrieveInputBuffer(request, 1, &raw mut input, null_mut()) {
            STATUS_SUCCESS => format!(", {} first", *input.cast::<u8>()),
            _ => String::new(),
        };
        note(format!("{sent} in, {room} out{first}"));
        let mut information = 0;
        if WdfRequestRetrieveOutputBuffer(request, 1, &raw mut output, null_mut()) == STATUS_SUCCESS
        {
            output.cast::<u8>().write(77);
            information = 1;
        }
        WdfRequestCompleteWithInformation(request, STATUS_SUCCESS, information);
    }
}

/// A driver with a target that is open on its own device.
fn with_target(client: fn(&Machine, WDFIOTARGET)) -> Run {
    with_file(sequential, measures, |machine, _, file| {
        let name = own_name(machine);
        machine.inside(|| {
            let target = new_target();
            assert_eq!(open(target, parameters(T::WdfIoTargetOpenByName, &name)), STATUS_SUCCESS);
            client(machine, target);
            // SAFETY: the driver's own object.
            unsafe { WdfObjectDelete(target.cast()) };
        });
        drop(file);
    })
}

/// Sends this input and room for an answer; returns the status and the bytes of the answer.
fn ioctl(
    target: WDFIOTARGET,
    input: PWDF_MEMORY_DESCRIPTOR,
    output: PWDF_MEMORY_DESCRIPTOR,
    options: PWDF_REQUEST_SEND_OPTIONS,
) -> (NTSTATUS, u64) {
    let mut returned: ULONG_PTR = 99;
    let (none, place) = (null_mut(), &raw mut returned);
    // SAFETY: a live target, structures that outlive the call.
    let status = unsafe {
        WdfIoTargetSendIoctlSynchronously(target, none, BUFFERED, input, output, options, place)
    };
    (status, returned as u64)
}

/// Memory of the driver's with these bytes.
fn memory_of(bytes: &[u8]) -> (WDFMEMORY, *mut u8) {
    let (mut memory, mut buffer) = (null_mut(), null_mut());
    let (mut attributes, pool) = (child_of(kept(7)), _POOL_TYPE::NonPagedPoolNx);
    let size = bytes.len();
    // SAFETY: structures that outlive the calls, a buffer of this size.
    unsafe {
        WdfMemoryCreate(&raw mut attributes, pool, 1, size, &raw mut memory, &raw mut buffer);
        buffer.cast::<u8>().copy_from(bytes.as_ptr(), size);
    }
    (memory, buffer.cast())
}

#[test]
fn a_part_of_memory_is_sent_and_answered() {
    with_target(|_, target| {
        let (memory, place) = memory_of(&[1, 2, 3, 4, 5, 6, 7, 8]);
        let send = |part: Option<(usize, usize)>| {
            let mut offsets = WDFMEMORY_OFFSET::default();
            (offsets.BufferOffset, offsets.BufferLength) = part.unwrap_or_default();
            let own = if part.is_some() { &raw mut offsets } else { null_mut() };
            let mut both = WDF_MEMORY_DESCRIPTOR::default();
            WDF_MEMORY_DESCRIPTOR_INIT_HANDLE(&mut both, memory, own);
            notes().clear();
            let answer = ioctl(target, &raw mut both, &raw mut both, null_mut());
            (answer, notes().last().cloned().unwrap_or_default())
        };
        let ok = (STATUS_SUCCESS, 1);
        assert_eq!(send(None), (ok, "8 in, 8 out, 1 first".to_owned()));
        assert_eq!(send(Some((2, 3))), (ok, "3 in, 3 out, 3 first".to_owned()));
        // Up to the end, also without a length, and no further.
        assert_eq!(send(Some((5, 3))), (ok, "3 in, 3 out, 6 first".to_owned()));
        assert_eq!(send(Some((6, 0))), (ok, "2 in, 2 out, 7 first".to_owned()));
        assert_eq!(send(Some((6, 3))).0, (STATUS_BUFFER_TOO_SMALL, 99));
        assert_eq!(send(Some((usize::MAX, 2))).0, (STATUS_INTEGER_OVERFLOW, 99));
        // SAFETY: the buffer of eight bytes.
        let bytes = unsafe { place.cast::<[u8; 8]>().read() };
        assert_eq!(bytes, [77, 2, 77, 4, 5, 77, 77, 8]);
        // Neither input nor output.
        notes().clear();
        assert_eq!(ioctl(target, null_mut(), null_mut(), null_mut()), (STATUS_SUCCESS, 0));
        assert_eq!(notes().last().map(String::as_str), Some("0 in, 0 out"));
    })
    .keeps_every_rule();
}

unsafe extern "C" fn came_back(
    request: WDFREQUEST,
    _target: WDFIOTARGET,
    parameters: PWDF_REQUEST_COMPLETION_PARAMS,
    _context: WDFCONTEXT,
) {
    // SAFETY: the framework's structure, of a device-control request that the driver made.
    unsafe {
        let own = parameters.read();
        let control = own.Parameters.Ioctl;
        let (status, bytes) = (own.IoStatus.__bindgen_anon_1.Status, own.IoStatus.Information);
        assert_eq!((control.Output.Length as u64, WdfRequestGetStatus(request)), (bytes, status));
        assert_eq!(own.Type, _WDF_REQUEST_TYPE::WdfRequestTypeDeviceControl);
        note(format!("{status:#x}, {bytes}, {:#x}", control.IoControlCode));
    }
}

/// A request of the driver's for this target, with eight bytes of output or without any.
fn own_request(target: WDFIOTARGET, has_output: bool) -> WDFREQUEST {
    let mut request: WDFREQUEST = null_mut();
    let mut attributes = child_of(kept(7));
    let output = if has_output { memory_of(&[0; 8]).0 } else { null_mut() };
    // SAFETY: live objects, structures that outlive the calls.
    unsafe {
        WdfRequestCreate(&raw mut attributes, target, &raw mut request);
        format(target, request, output);
    }
    request
}

fn format(target: WDFIOTARGET, request: WDFREQUEST, output: WDFMEMORY) {
    let none = null_mut();
    // SAFETY: live objects.
    unsafe {
        let status = WdfIoTargetFormatRequestForIoctl(
            target,
            request,
            BUFFERED,
            null_mut(),
            none,
            output,
            none,
        );
        assert_eq!(status, STATUS_SUCCESS);
        WdfRequestSetCompletionRoutine(request, Some(came_back), null_mut());
    }
}

fn stop(target: WDFIOTARGET) {
    let action = _WDF_IO_TARGET_SENT_IO_ACTION::WdfIoTargetLeaveSentIoPending;
    // SAFETY: a live target.
    unsafe { WdfIoTargetStop(target, action) };
}

#[test]
fn a_request_comes_back_with_its_answer_and_is_reused_without_it() {
    with_target(|_, target| {
        let request = own_request(target, true);
        let mut parameters = WDF_REQUEST_COMPLETION_PARAMS::default();
        WDF_REQUEST_COMPLETION_PARAMS_INIT(&mut parameters);
        let mut result = |is_sent| {
            // SAFETY: a live request, a structure that outlives the call.
            unsafe {
                WdfRequestGetCompletionParams(request, &raw mut parameters);
                let status = parameters.IoStatus.__bindgen_anon_1.Status;
                assert_eq!(parameters.Type, _WDF_REQUEST_TYPE::WdfRequestTypeDeviceControl);
                let code = parameters.Parameters.Ioctl.IoControlCode;
                assert_eq!(code, if is_sent { BUFFERED } else { 0 });
                (WdfRequestGetStatus(request), WdfRequestGetInformation(request) as u64, status)
            }
        };
        // SAFETY: live objects, structures that outlive the calls.
        unsafe {
            assert_eq!(result(false), (STATUS_SUCCESS, 0, STATUS_SUCCESS));
            assert_eq!(WdfRequestSend(request, target, null_mut()), 1);
            assert_eq!(*notes(), ["EvtIoDeviceControl", "0 in, 8 out", "0x0, 1, 0x80000004"]);
            assert_eq!(result(true), (STATUS_SUCCESS, 1, STATUS_SUCCESS));
            // One that is cancelled while it waits.
            format(target, request, null_mut());
            stop(target);
            assert_eq!(WdfRequestCancelSentRequest(request), 0, "it was not sent again");
            WdfRequestSend(request, target, null_mut());
            assert_eq!(WdfRequestCancelSentRequest(request), 1);
            assert_eq!(result(true), (STATUS_CANCELLED, 0, STATUS_CANCELLED));
            let mut reuse = WDF_REQUEST_REUSE_PARAMS {
                Size: size_of::<WDF_REQUEST_REUSE_PARAMS>() as u32,
                ..Default::default()
            };
            WdfRequestSetInformation(request, 5);
            assert_eq!(WdfRequestReuse(request, &raw mut reuse), STATUS_SUCCESS);
            assert_eq!(result(true), (STATUS_SUCCESS, 0, STATUS_SUCCESS));
        }
        assert_eq!(notes().last().map(String::as_str), Some("0xc0000120, 0, 0x80000004"));
    })
    .keeps_every_rule();
}

#[test]
fn only_a_timeout_that_is_given_ends_a_wait() {
    with_target(|machine, target| {
        stop(target);
        let request = own_request(target, false);
        // Without the flag, the time does not count.
        let mut without = options(0, -10_000);
        // SAFETY: live objects, a structure that outlives the call.
        assert_eq!(unsafe { WdfRequestSend(request, target, &raw mut without) }, 1);
        machine.sleep(Duration::from_millis(5));
        assert!(notes().is_empty());
        // SAFETY: a live request.
        assert_eq!(unsafe { WdfRequestCancelSentRequest(request) }, 1);
        format(target, request, null_mut());
        let mut none = options(TIMEOUT, 0);
        // SAFETY: live objects, a structure that outlives the call.
        assert_eq!(unsafe { WdfRequestSend(request, target, &raw mut none) }, 1);
        machine.sleep(Duration::from_millis(5));
        // SAFETY: a live request.
        assert_eq!(unsafe { WdfRequestCancelSentRequest(request) }, 1);
        // And with the flag, a time has to be there.
        for mut own in [without, options(TIMEOUT, 0)] {
            let before = machine.qpc();
            let answer = ioctl(target, null_mut(), null_mut(), &raw mut own);
            assert_eq!(answer, (STATUS_CANCELLED, 99));
            assert_eq!(machine.qpc() - before, 60 * 10_000_000, "a minute");
        }
    })
    .breaks(&[Rule::Deadlock; 2]);
}

#[test]
fn a_target_that_is_closed_gives_back_what_waits_and_its_handle() {
    let plan = Plan::new().init(files).created(sequential).request(measures);
    with_plan(plan, |machine, _, file| {
        let name = own_name(machine);
        machine.inside(|| {
            let target = new_target();
            assert_eq!(open(target, parameters(T::WdfIoTargetOpenByName, &name)), STATUS_SUCCESS);
            notes().clear();
            stop(target);
            let request = own_request(target, false);
            // SAFETY: live objects, structures that outlive the calls.
            unsafe {
                WdfRequestSend(request, target, null_mut());
                WdfIoTargetClose(target);
                assert_eq!(*notes(), ["0xc0000120, 0, 0x80000004", "file of 42"]);
                assert_eq!(
                    ioctl(target, null_mut(), null_mut(), null_mut()).0,
                    STATUS_INVALID_DEVICE_STATE
                );
                let mut interface = INTERFACE::default();
                let (class, place) = (&raw const crate::io::CLASS, &raw mut interface);
                let asked = WdfIoTargetQueryForInterface(target, class, place, 32, 1, null_mut());
                assert_eq!(asked, STATUS_INVALID_DEVICE_STATE);
            }
        });
        drop(file);
    })
    .breaks(&[Rule::BadArgument]);
}

#[test]
fn a_device_has_one_target_below_it() {
    crate::driver::in_d0(|device| {
        // SAFETY: a live device.
        let targets = [(); 2].map(|()| unsafe { WdfDeviceGetIoTarget(device) });
        assert_eq!(targets[0], targets[1]);
    })
    .keeps_every_rule();
}

#[test]
fn the_request_of_a_create_came_through_no_queue() {
    unsafe extern "C" fn cancels(_request: WDFREQUEST) {}
    unsafe extern "C" fn opens(_device: WDFDEVICE, request: WDFREQUEST, _file: WDFFILEOBJECT) {
        // SAFETY: the request of a create.
        unsafe {
            let marked = WdfRequestMarkCancelableEx(request, Some(cancels));
            assert_eq!(marked, STATUS_INVALID_DEVICE_REQUEST);
            assert_eq!(WdfRequestUnmarkCancelable(request), STATUS_INVALID_DEVICE_REQUEST);
        }
        keep(1, request);
        crate::io::complete(request, STATUS_SUCCESS);
    }
    let plan = Plan::new().created(sequential).init(|init| {
        let mut config = WDF_FILEOBJECT_CONFIG::default();
        WDF_FILEOBJECT_CONFIG_INIT(&mut config, Some(opens), None, None);
        // SAFETY: the init object of EvtDriverDeviceAdd.
        unsafe { WdfDeviceInitSetFileObjectConfig(init, &raw mut config, null_mut()) };
    });
    with_plan(plan, |_, _, file| drop(file))
        .breaks(&[Rule::RequestMisuse])
        .saying("came through no queue");
}

/// The result of WdfRequestSend with these options, and the request's status.
fn send(request: WDFREQUEST, target: WDFIOTARGET, flags: u32, timeout: i64) -> (u8, NTSTATUS) {
    let mut options = options(flags, timeout);
    // SAFETY: live objects, a structure that outlives the call.
    unsafe { (WdfRequestSend(request, target, &raw mut options), WdfRequestGetStatus(request)) }
}

#[test]
fn a_request_that_is_sent_synchronously_has_no_completion_routine() {
    with_target(|_, target| {
        let request = own_request(target, true);
        assert_eq!(send(request, target, SYNCHRONOUS, 0), (1, STATUS_SUCCESS));
        assert_eq!(*notes(), ["EvtIoDeviceControl", "0 in, 8 out"]);
        // It waits for its target, too.
        stop(target);
        format(target, request, null_mut());
        let late = send(request, target, SYNCHRONOUS | TIMEOUT, -10_000);
        assert_eq!(late, (0, STATUS_IO_TIMEOUT));
        assert_eq!(notes().len(), 2);
    })
    .keeps_every_rule();
}

#[test]
fn a_request_that_waits_too_long_comes_back_with_its_code_and_nothing_else() {
    with_target(|machine, target| {
        stop(target);
        let request = own_request(target, true);
        send(request, target, TIMEOUT, -10_000);
        machine.sleep(Duration::from_millis(2));
        assert_eq!(*notes(), ["0xc00000b5, 0, 0x80000004"]);
    })
    .keeps_every_rule();
}

#[test]
fn a_request_that_was_reused_is_formatted_anew() {
    with_target(|_, target| {
        let request = own_request(target, false);
        let mut reuse = WDF_REQUEST_REUSE_PARAMS {
            Size: size_of::<WDF_REQUEST_REUSE_PARAMS>() as u32,
            ..Default::default()
        };
        // SAFETY: a live request, a structure that outlives the call.
        assert_eq!(unsafe { WdfRequestReuse(request, &raw mut reuse) }, STATUS_SUCCESS);
        assert_eq!(send(request, target, 0, 0), (0, STATUS_REQUEST_NOT_ACCEPTED));
        assert!(notes().is_empty());
    })
    .breaks(&[Rule::RequestMisuse])
    .saying("without being formatted");
}

#[test]
fn what_is_no_target_gets_no_request() {
    with_target(|_, target| {
        let request = own_request(target, false);
        // SAFETY: a live request.
        assert!(unsafe { WdfRequestGetIoQueue(request) }.is_null(), "it came from no queue");
        assert_eq!(send(request, request.cast(), 0, 0).0, 0);
    })
    .breaks(&[Rule::WrongHandle]);
}

#[test]
fn a_request_that_is_with_its_target_is_not_cancelled() {
    let deed = |_, request| {
        // SAFETY: the request that the driver has sent to itself.
        let cancelled = unsafe { WdfRequestCancelSentRequest(kept(3)) };
        note(format!("cancelled: {cancelled}"));
        crate::io::complete(request, STATUS_SUCCESS);
    };
    with_file(sequential, deed, |machine, _, file| {
        let name = own_name(machine);
        machine.inside(|| {
            let target = new_target();
            assert_eq!(open(target, parameters(T::WdfIoTargetOpenByName, &name)), STATUS_SUCCESS);
            stop(target);
            let request = own_request(target, false);
            keep(3, request);
            send(request, target, 0, 0);
            // SAFETY: live objects.
            unsafe {
                WdfIoTargetStart(target);
                WdfObjectDelete(target.cast());
            }
        });
        let told = ["EvtIoDeviceControl", "cancelled: 0", "0x0, 0, 0x80000004"];
        assert_eq!(*notes(), told);
        drop(file);
    })
    .keeps_every_rule();
}

#[test]
fn the_status_of_a_clients_request_is_its_targets() {
    let deed = |_, request| {
        // SAFETY: a live device; nothing is below it.
        let target = unsafe { WdfDeviceGetIoTarget(kept(7)) };
        let answer = send(request, target, SYNCHRONOUS, 0);
        assert_eq!(answer, (1, STATUS_INVALID_DEVICE_REQUEST));
        assert_eq!(ioctl(target, null_mut(), null_mut(), null_mut()), (answer.1, 0));
        crate::io::complete(request, STATUS_SUCCESS);
    };
    with_file(sequential, deed, |_, _, file| {
        assert_eq!(file.ioctl(BUFFERED, &[], &mut []).status, STATUS_SUCCESS);
    })
    .keeps_every_rule();
}

#[test]
fn a_target_that_is_deleted_gives_back_what_waits() {
    with_file(sequential, measures, |machine, _, file| {
        let name = own_name(machine);
        machine.inside(|| {
            let target = new_target();
            assert_eq!(open(target, parameters(T::WdfIoTargetOpenByName, &name)), STATUS_SUCCESS);
            notes().clear();
            stop(target);
            send(own_request(target, false), target, 0, 0);
            // SAFETY: the driver's own object.
            unsafe { WdfObjectDelete(target.cast()) };
            assert_eq!(*notes(), ["0xc0000120, 0, 0x80000004"]);
        });
        drop(file);
    })
    .keeps_every_rule();
}

/// Callbacks of a target's removal are registered by its file object.
#[test]
fn each_callback_of_a_removal_needs_a_file_object() {
    unsafe extern "C" fn asked(_target: WDFIOTARGET) -> NTSTATUS {
        STATUS_SUCCESS
    }
    unsafe extern "C" fn told(_target: WDFIOTARGET) {}
    with_target(|_, _| {
        let set: [fn(&mut WDF_IO_TARGET_OPEN_PARAMS); 4] = [
            |_| {},
            |own| own.EvtIoTargetQueryRemove = Some(asked),
            |own| own.EvtIoTargetRemoveCanceled = Some(told),
            |own| own.EvtIoTargetRemoveComplete = Some(told),
        ];
        for (number, set) in set.into_iter().enumerate() {
            let mut own = parameters(T::WdfIoTargetOpenUseExistingDevice, &[]);
            // SAFETY: a live device.
            own.TargetDeviceObject = unsafe { WdfDeviceWdmGetDeviceObject(kept(7)) };
            set(&mut own);
            let wanted = if number == 0 { STATUS_SUCCESS } else { STATUS_INVALID_PARAMETER };
            assert_eq!(open(new_target(), own), wanted, "callback {number}");
        }
    })
    .keeps_every_rule();
}

#[test]
fn a_start_of_a_target_wakes_who_waits_for_it() {
    let plan = Plan::new().created(sequential).request(crate::io::succeeds).threaded();
    with_plan(plan, |machine, _, file| {
        let name = own_name(machine);
        let target = machine.inside(|| {
            let target = new_target();
            assert_eq!(open(target, parameters(T::WdfIoTargetOpenByName, &name)), STATUS_SUCCESS);
            stop(target);
            keep(3, target);
            target as usize
        });
        let before = std::time::Instant::now();
        std::thread::scope(|scope| {
            scope.spawn(|| {
                std::thread::sleep(Duration::from_millis(30));
                // SAFETY: a live target.
                machine.inside(|| unsafe { WdfIoTargetStart(kept(3)) });
            });
            let sent =
                machine.inside(|| ioctl(target as WDFIOTARGET, null_mut(), null_mut(), null_mut()));
            assert_eq!(sent, (STATUS_SUCCESS, 0));
        });
        assert!(before.elapsed() < Duration::from_secs(10), "it slept");
        // SAFETY: the driver's own object.
        machine.inside(|| unsafe { WdfObjectDelete(kept(3)) });
        drop(file);
    })
    .keeps_every_rule();
}
