//! Requests and file objects, and the parts shared with the tests of queues.

use std::ptr::null_mut;

use acx_client::System;
use acx_host::control::DeviceFile;
use acx_host::machine::DeviceNode;
use acx_host::{Machine, Rule};
use acx_sys::*;

use crate::devices;
use crate::driver::{Plan, Run, child_of, keep, kept, note, notes, presented};

/// wdfstatus.h.
pub(crate) const PAUSED: NTSTATUS = 0xC020_0203_u32.cast_signed();
pub(crate) const BUSY: NTSTATUS = 0xC020_0204_u32.cast_signed();
pub(crate) const NO_CALLBACK: NTSTATUS = 0xC020_020B_u32.cast_signed();

/// The interface that programs open.
pub(crate) static CLASS: GUID = GUID { Data1: 0xACE0_0C10, Data2: 1, Data3: 2, Data4: [3; 8] };

/// CTL_CODE(0x8000, `function`, `method`, FILE_ANY_ACCESS).
const fn code(function: u32, method: u32) -> u32 {
    0x8000_0000 | function << 2 | method
}
pub(crate) const BUFFERED: u32 = code(1, 0);
pub(crate) const DIRECT: u32 = code(1, 2);
pub(crate) const NEITHER: u32 = code(1, 3);

/// The driver's action on a request.
pub(crate) type Deed = fn(WDFQUEUE, WDFREQUEST);

pub(crate) unsafe extern "C" fn control(
    queue: WDFQUEUE,
    request: WDFREQUEST,
    _output: usize,
    _input: usize,
    _code: u32,
) {
    presented("EvtIoDeviceControl", queue, request);
}

pub(crate) unsafe extern "C" fn default(queue: WDFQUEUE, request: WDFREQUEST) {
    presented("EvtIoDefault", queue, request);
}

pub(crate) fn complete(request: WDFREQUEST, status: NTSTATUS) {
    // SAFETY: a request that the driver has.
    unsafe { WdfRequestComplete(request, status) };
}

/// Completes a request at once with success.
pub(crate) fn succeeds(_queue: WDFQUEUE, request: WDFREQUEST) {
    complete(request, STATUS_SUCCESS);
}

use _WDF_IO_QUEUE_DISPATCH_TYPE as D;

/// The configuration of a default queue of this kind.
pub(crate) fn config(kind: WDF_IO_QUEUE_DISPATCH_TYPE) -> WDF_IO_QUEUE_CONFIG {
    let mut config = WDF_IO_QUEUE_CONFIG::default();
    WDF_IO_QUEUE_CONFIG_INIT_DEFAULT_QUEUE(&mut config, kind);
    if kind != D::WdfIoQueueDispatchManual {
        config.EvtIoDeviceControl = Some(control);
    }
    config
}

pub(crate) fn create(device: WDFDEVICE, config: &mut WDF_IO_QUEUE_CONFIG) -> (NTSTATUS, WDFQUEUE) {
    let mut queue: WDFQUEUE = null_mut();
    // SAFETY: a live device, structures that outlive the call.
    let status = unsafe { WdfIoQueueCreate(device, config, null_mut(), &raw mut queue) };
    (status, queue)
}

/// A default queue in slot 0, and an interface.
pub(crate) fn prepare(device: WDFDEVICE, mut config: WDF_IO_QUEUE_CONFIG) {
    let (status, queue) = create(device, &mut config);
    assert_eq!(status, STATUS_SUCCESS);
    keep(0, queue);
    keep(7, device);
    // SAFETY: a live device, a class that outlives the call.
    unsafe { WdfDeviceCreateDeviceInterface(device, &raw const CLASS, std::ptr::null()) };
}

/// The device with its queue, and a program that has it open.
pub(crate) fn with_file(
    created: fn(WDFDEVICE),
    deed: Deed,
    client: impl FnOnce(&Machine, &DeviceNode<'_>, DeviceFile),
) -> Run {
    with_plan(Plan::new().created(created).request(deed), client)
}

pub(crate) fn with_plan(
    plan: Plan,
    client: impl FnOnce(&Machine, &DeviceNode<'_>, DeviceFile),
) -> Run {
    plan.run(|machine, device| {
        let device = device.expect("it starts");
        let file = machine.open_device(&machine.interfaces(&CLASS)[0]).expect("it opens");
        notes().clear();
        client(machine, &device, file);
    })
}

pub(crate) fn sequential(device: WDFDEVICE) {
    prepare(device, config(D::WdfIoQueueDispatchSequential));
}

/// A driver that does this with a request that has four bytes of input.
pub(crate) fn in_a_request(deed: Deed) -> Run {
    with_file(sequential, deed, |_, _, file| {
        file.ioctl(BUFFERED, &[1, 2, 3, 4], &mut []);
    })
}

pub(crate) fn keeps(_queue: WDFQUEUE, request: WDFREQUEST) {
    keep(1, request);
}

#[test]
fn kmdf_r1_a_buffer_of_no_bytes_is_too_small() {
    with_file(
        sequential,
        |_, request| {
            let (mut place, mut length): (PVOID, usize) = (0x10 as PVOID, 7);
            // SAFETY: a request that the driver has, places for the answers.
            unsafe {
                let input =
                    WdfRequestRetrieveInputBuffer(request, 0, &raw mut place, &raw mut length);
                assert_eq!((input, place, length), (STATUS_BUFFER_TOO_SMALL, null_mut(), 0));
                (place, length) = (0x10 as PVOID, 7);
                let output =
                    WdfRequestRetrieveOutputBuffer(request, 9, &raw mut place, &raw mut length);
                assert_eq!((output, place, length), (STATUS_BUFFER_TOO_SMALL, null_mut(), 0));
            }
            complete(request, STATUS_SUCCESS);
        },
        |_, _, file| {
            assert_eq!(file.ioctl(BUFFERED, &[], &mut [0; 8]).status, STATUS_SUCCESS);
        },
    )
    .keeps_every_rule();
}

#[test]
fn kmdf_r2_a_buffered_request_has_one_buffer() {
    with_file(
        sequential,
        |_, request| {
            let (mut input, mut output): (PVOID, PVOID) = (null_mut(), null_mut());
            let mut length = 0;
            // SAFETY: a request that the driver has, places for the answers; its buffers.
            unsafe {
                WdfRequestRetrieveInputBuffer(request, 4, &raw mut input, &raw mut length);
                WdfRequestRetrieveOutputBuffer(request, 8, &raw mut output, &raw mut length);
                assert_eq!(input, output);
                output.cast::<u8>().write_bytes(9, 8);
                assert_eq!(input.cast::<u8>().read(), 9, "the answer overwrites the question");
                WdfRequestCompleteWithInformation(request, STATUS_SUCCESS, 8);
            }
        },
        |_, _, file| {
            let mut output = [0; 8];
            file.ioctl(BUFFERED, &[1, 2, 3, 4], &mut output);
            assert_eq!(output, [9; 8]);
        },
    )
    .keeps_every_rule();
    with_file(
        sequential,
        |_, request| {
            let mut place: PVOID = null_mut();
            // SAFETY: a request that the driver has, a place for the answer.
            unsafe {
                let status = WdfRequestRetrieveInputBuffer(request, 0, &raw mut place, null_mut());
                assert_eq!(status, STATUS_INVALID_DEVICE_REQUEST);
            }
            complete(request, STATUS_SUCCESS);
        },
        |_, _, file| {
            file.ioctl(NEITHER, &[1], &mut [0; 8]);
        },
    )
    .keeps_every_rule();
}

#[test]
fn kmdf_r3_unsafe_user_buffers_are_for_neither() {
    fn unsafe_input(request: WDFREQUEST) -> NTSTATUS {
        let mut place: PVOID = null_mut();
        // SAFETY: a request that the driver has, a place for the answer.
        unsafe { WdfRequestRetrieveUnsafeUserInputBuffer(request, 0, &raw mut place, null_mut()) }
    }
    unsafe extern "C" fn in_context(_device: WDFDEVICE, request: WDFREQUEST) {
        complete(request, unsafe_input(request));
    }
    let plan = Plan::new().created(sequential).init(|init| {
        // SAFETY: the init object of EvtDriverDeviceAdd.
        unsafe { WdfDeviceInitSetIoInCallerContextCallback(init, Some(in_context)) };
    });
    with_plan(plan, |_, _, file| {
        let direct = file.ioctl(DIRECT, &[1], &mut [0; 8]).status;
        assert_eq!(direct, STATUS_INVALID_DEVICE_REQUEST);
        assert_eq!(file.ioctl(NEITHER, &[1], &mut [0; 8]).status, STATUS_SUCCESS);
    })
    .keeps_every_rule();
    // Elsewhere the caller's addresses may be another process's.
    with_file(
        sequential,
        |_, request| complete(request, unsafe_input(request)),
        |_, _, file| {
            let late = file.ioctl(NEITHER, &[1], &mut [0; 8]).status;
            assert_eq!(late, STATUS_INVALID_DEVICE_REQUEST);
        },
    )
    .breaks(&[Rule::RequestMisuse])
    .saying("outside EvtIoInCallerContext");
}

/// A file object with a context.
static OWNER: ContextTypeInfo = ContextTypeInfo::new(c"OWNER", size_of::<u64>(), &OWNER);

pub(crate) fn files(init: PWDFDEVICE_INIT) {
    unsafe extern "C" fn opens(_device: WDFDEVICE, request: WDFREQUEST, file: WDFFILEOBJECT) {
        keep(2, file);
        // SAFETY: the request of a create, and the context of its file object.
        unsafe {
            let mut parameters = WDF_REQUEST_PARAMETERS::default();
            WDF_REQUEST_PARAMETERS_INIT(&mut parameters);
            WdfRequestGetParameters(request, &raw mut parameters);
            assert_eq!(parameters.Type, _WDF_REQUEST_TYPE::WdfRequestTypeCreate);
            assert_eq!(WdfRequestGetFileObject(request), file);
            let context = WdfObjectGetTypedContextWorker(file.cast(), OWNER.as_ptr());
            context.cast::<u64>().write(42);
        }
        complete(request, STATUS_SUCCESS);
    }
    unsafe extern "C" fn gone(file: WDFOBJECT) {
        // SAFETY: the context of a file object, in its cleanup.
        let owner =
            unsafe { WdfObjectGetTypedContextWorker(file, OWNER.as_ptr()).cast::<u64>().read() };
        note(format!("file of {owner}"));
    }
    let mut config = WDF_FILEOBJECT_CONFIG::default();
    WDF_FILEOBJECT_CONFIG_INIT(&mut config, Some(opens), None, None);
    let mut attributes = child_of(null_mut());
    attributes.ContextTypeInfo = OWNER.as_ptr();
    attributes.EvtCleanupCallback = Some(gone);
    // SAFETY: the init object of EvtDriverDeviceAdd.
    unsafe { WdfDeviceInitSetFileObjectConfig(init, &raw mut config, &raw mut attributes) };
}

#[test]
fn kmdf_r4_a_request_has_the_file_object_of_its_handle() {
    let deed: Deed = |_, request| {
        // SAFETY: a request that the driver has.
        assert_eq!(unsafe { WdfRequestGetFileObject(request) }, kept(2));
        complete(request, STATUS_SUCCESS);
    };
    with_plan(Plan::new().init(files).created(sequential).request(deed), |_, _, file| {
        assert_eq!(file.ioctl(BUFFERED, &[], &mut []).status, STATUS_SUCCESS);
    })
    .keeps_every_rule();
}

#[test]
fn kmdf_r5_the_parameters_of_a_create() {
    let deed: Deed = |_, request| {
        let mut parameters = WDF_REQUEST_PARAMETERS::default();
        WDF_REQUEST_PARAMETERS_INIT(&mut parameters);
        // SAFETY: a request that the driver has, whose type says which of the parameters these are.
        unsafe {
            WdfRequestGetParameters(request, &raw mut parameters);
            assert_eq!(parameters.Type, _WDF_REQUEST_TYPE::WdfRequestTypeDeviceControl);
            let control = parameters.Parameters.DeviceIoControl;
            assert_eq!((control.InputBufferLength, control.OutputBufferLength), (3, 8));
            assert!(control.Type3InputBuffer.is_null());
        }
        complete(request, STATUS_SUCCESS);
    };
    with_plan(Plan::new().init(files).created(sequential).request(deed), |_, _, file| {
        for code in [BUFFERED, NEITHER] {
            assert_eq!(file.ioctl(code, &[1, 2, 3], &mut [0; 8]).status, STATUS_SUCCESS);
        }
    })
    .keeps_every_rule();
}

#[test]
fn kmdf_d6_file_objects_have_their_attributes() {
    with_plan(Plan::new().init(files).created(sequential), |_, _, file| {
        drop(file);
        assert_eq!(*notes(), ["file of 42"]);
    })
    .keeps_every_rule();
}

#[test]
fn kmdf_d4_a_file_configuration_that_is_wrong_has_no_effect() {
    unsafe extern "C" fn closed(_file: WDFFILEOBJECT) {
        note("closed");
    }
    let plan = Plan::new().created(sequential).init(|init| {
        let mut config = WDF_FILEOBJECT_CONFIG { EvtFileClose: Some(closed), ..Default::default() };
        // SAFETY: the init object of EvtDriverDeviceAdd.
        unsafe { WdfDeviceInitSetFileObjectConfig(init, &raw mut config, null_mut()) };
    });
    with_plan(plan, |_, _, file| {
        drop(file);
        assert!(notes().is_empty());
    })
    .breaks(&[Rule::Uninitialized]);
}

/// A request's context.
static COUNT: ContextTypeInfo = ContextTypeInfo::new(c"COUNT", size_of::<u64>(), &COUNT);

#[test]
fn kmdf_d5_every_request_has_the_devices_request_context() {
    unsafe extern "C" fn gone(_request: WDFOBJECT) {
        note("request cleaned up");
    }
    let deed: Deed = |_, request| {
        // SAFETY: a request that the driver has, and its context.
        unsafe {
            let context = WdfObjectGetTypedContextWorker(request.cast(), COUNT.as_ptr());
            assert_eq!(context.cast::<u64>().read(), 0);
        }
        complete(request, STATUS_SUCCESS);
        note("completed");
    };
    let plan = Plan::new().created(sequential).request(deed).init(|init| {
        let mut attributes = child_of(null_mut());
        attributes.ContextTypeInfo = COUNT.as_ptr();
        attributes.EvtCleanupCallback = Some(gone);
        // SAFETY: the init object of EvtDriverDeviceAdd.
        unsafe { WdfDeviceInitSetRequestAttributes(init, &raw mut attributes) };
    });
    with_plan(plan, |_, _, file| {
        file.ioctl(BUFFERED, &[], &mut []);
        assert_eq!(*notes(), ["EvtIoDeviceControl", "request cleaned up", "completed"]);
    })
    .keeps_every_rule();
}

#[test]
fn kmdf_r6_a_completed_request_is_gone() {
    with_file(
        sequential,
        |_, request| {
            complete(request, STATUS_SUCCESS);
            // SAFETY: the host checks handles.
            unsafe { WdfRequestSetInformation(request, 4) };
        },
        |_, _, file| {
            file.ioctl(BUFFERED, &[], &mut []);
        },
    )
    .breaks(&[Rule::FreedObject]);
}

pub(crate) unsafe extern "C" fn cancelled(request: WDFREQUEST) {
    note("EvtRequestCancel");
    complete(request, STATUS_CANCELLED);
}

#[test]
fn kmdf_r7_a_request_is_completed_by_who_owns_it() {
    with_file(
        sequential,
        |_, request| {
            // SAFETY: a request that the driver has.
            unsafe { WdfRequestMarkCancelable(request, Some(cancelled)) };
            complete(request, STATUS_SUCCESS);
        },
        |_, _, file| {
            file.ioctl(BUFFERED, &[], &mut []);
        },
    )
    .breaks(&[Rule::RequestMisuse])
    .saying("still marked cancelable");
    with_file(
        sequential,
        |_, request| {
            let mut memory: WDFMEMORY = null_mut();
            // SAFETY: a request that the driver has, and its memory.
            unsafe {
                WdfRequestRetrieveInputMemory(request, &raw mut memory);
                WdfObjectReferenceActual(memory.cast(), null_mut(), 0, null_mut());
                complete(request, STATUS_SUCCESS);
                WdfObjectDereferenceActual(memory.cast(), null_mut(), 0, null_mut());
            }
        },
        |_, _, file| {
            file.ioctl(BUFFERED, &[1], &mut []);
        },
    )
    .breaks(&[Rule::WdfViolation])
    .saying("bug check 0x10d (3, ...)");
}

#[test]
fn kmdf_r8_statuses_of_the_framework_are_mapped_for_the_client() {
    for (status, mapped) in [
        (PAUSED, STATUS_DEVICE_BUSY),
        (BUSY, STATUS_DEVICE_BUSY),
        (0xC020_0201_u32.cast_signed(), STATUS_INTERNAL_ERROR),
        (NO_CALLBACK, STATUS_INVALID_DEVICE_REQUEST),
    ] {
        static STATUS: std::sync::atomic::AtomicI32 = std::sync::atomic::AtomicI32::new(0);
        STATUS.store(status, std::sync::atomic::Ordering::SeqCst);
        with_file(
            sequential,
            |_, request| complete(request, STATUS.load(std::sync::atomic::Ordering::SeqCst)),
            move |_, _, file| {
                assert_eq!(file.ioctl(BUFFERED, &[], &mut []).status, mapped);
            },
        )
        .keeps_every_rule();
    }
}

#[test]
fn kmdf_r9_requests_are_marked_and_unmarked_once() {
    with_file(
        sequential,
        |_, request| {
            // SAFETY: a request that the driver has.
            unsafe {
                assert_eq!(WdfRequestUnmarkCancelable(request), STATUS_INVALID_PARAMETER);
                let mark = || WdfRequestMarkCancelableEx(request, Some(cancelled));
                assert_eq!(mark(), STATUS_SUCCESS);
                assert_eq!(mark(), STATUS_INVALID_DEVICE_REQUEST);
                assert_eq!(WdfRequestUnmarkCancelable(request), STATUS_SUCCESS);
            }
            complete(request, STATUS_SUCCESS);
        },
        |_, _, file| {
            file.ioctl(BUFFERED, &[], &mut []);
        },
    )
    .breaks(&[Rule::RequestMisuse, Rule::RequestMisuse]);
}

#[test]
fn a_device_without_file_objects_shows_none() {
    in_a_request(|_, request| {
        // SAFETY: a request that the driver has.
        assert!(unsafe { WdfRequestGetFileObject(request) }.is_null());
        complete(request, STATUS_SUCCESS);
    })
    .keeps_every_rule();
}

#[test]
fn a_device_without_a_queue_has_no_requests() {
    with_file(
        |device| {
            // SAFETY: a live device, a class that outlives the call.
            let made = unsafe {
                WdfDeviceCreateDeviceInterface(device, &raw const CLASS, std::ptr::null())
            };
            assert_eq!(made, STATUS_SUCCESS);
        },
        succeeds,
        |_, _, file| {
            let reply = file.ioctl(BUFFERED, &[1], &mut [0; 4]);
            assert_eq!((reply.status, reply.information), (STATUS_INVALID_DEVICE_REQUEST, 0));
        },
    )
    .keeps_every_rule();
}

#[test]
fn a_program_opens_a_control_device_by_its_symbolic_link() {
    const LINK: &str = r"\DosDevices\AcxControl";
    Plan::new()
        .request(succeeds)
        .on("EvtDeviceD0Entry", |device| {
            let (sddl, link) = (devices::wide("D:P"), devices::wide(LINK));
            let (sddl, link) = (devices::counted(&sddl), devices::counted(&link));
            // SAFETY: live objects, structures that outlive the calls.
            unsafe {
                let driver = WdfDeviceGetDriver(device);
                let init = WdfControlDeviceInitAllocate(driver, &raw const sddl);
                let (status, control) = devices::create(init);
                assert_eq!(status, STATUS_SUCCESS);
                keep(1, control);
                let made = WdfDeviceCreateSymbolicLink(control, &raw const link);
                assert_eq!(made, STATUS_SUCCESS);
                let kind = D::WdfIoQueueDispatchSequential;
                let (queue, _) = create(control, &mut config(kind));
                assert_eq!(queue, STATUS_SUCCESS);
                WdfControlFinishInitializing(control);
                // It is a device that runs now.
                let (late, _) = create(control, &mut config(kind));
                assert_eq!(late, STATUS_INVALID_DEVICE_STATE);
            }
        })
        .run(|machine, device| {
            let device = device.expect("it starts");
            let file = machine.open_device(LINK).expect("it opens");
            let reply = file.ioctl(BUFFERED, &[], &mut []);
            assert_eq!(reply.status, STATUS_SUCCESS);
            drop(file);
            // SAFETY: the driver's own control device.
            machine.inside(|| unsafe { WdfObjectDelete(kept(1)) });
            drop(device);
        })
        .keeps_every_rule();
}
