//! What drivers read at addresses of the framework's, and limits at the limit.

use std::ptr::null_mut;

use acx_host::Rule;
use acx_sys::*;

use crate::devices::{counted, wide};
use crate::driver::{Plan, in_d0, keep, kept};
use crate::io::{
    BUFFERED, CLASS, complete, files, keeps, prepare, sequential, with_file, with_plan,
};
use _WDF_IO_QUEUE_DISPATCH_TYPE as D;

/// The eight bytes with this offset in an IRP.
fn field(irp: PIRP, offset: usize) -> u64 {
    // SAFETY: an IRP of 208 bytes, with one stack location of 72.
    unsafe { irp.byte_add(offset).cast::<u64>().read() }
}

#[test]
fn an_irp_has_the_fields_that_drivers_read() {
    // CTL_CODE of a direct request: input and output are in two buffers.
    let direct = BUFFERED | 2;
    let code = u64::from(direct);
    static CODE: std::sync::Mutex<u64> = std::sync::Mutex::new(0);
    *CODE.lock().unwrap() = code;
    with_file(
        sequential,
        |_, request| {
            let (mut input, mut output): (PVOID, PVOID) = (null_mut(), null_mut());
            // SAFETY: a request that the driver has, places for the answers.
            let irp = unsafe {
                WdfRequestRetrieveInputBuffer(request, 4, &raw mut input, null_mut());
                WdfRequestRetrieveOutputBuffer(request, 8, &raw mut output, null_mut());
                WdfRequestWdmGetIrp(request)
            };
            assert_ne!(input, output);
            let (input, output) = (input as u64, output as u64);
            let stack = irp as u64 + 208;
            // Type and Size, AssociatedIrp, RequestorMode to CurrentLocation, UserBuffer, the
            // current stack location.
            assert_eq!(field(irp, 0), 6 | 208 << 16);
            assert_eq!(field(irp, 24), input);
            assert_eq!(field(irp, 64), 0x1_0101);
            assert_eq!(field(irp, 112), output);
            assert_ne!(field(irp, 152), 0, "a program's thread");
            assert_eq!(field(irp, 184), stack);
            // MajorFunction, OutputBufferLength, InputBufferLength, IoControlCode, and
            // Type3InputBuffer.
            let location = [208, 216, 224, 232, 240].map(|offset| field(irp, offset));
            let major = u64::from(IRP_MJ_DEVICE_CONTROL);
            assert_eq!(location, [major, 8, 4, *CODE.lock().unwrap(), input]);
            complete(request, STATUS_SUCCESS);
        },
        |_, _, file| {
            let reply = file.ioctl(direct, &[1, 2, 3, 4], &mut [0; 8]);
            assert_eq!(reply.status, STATUS_SUCCESS);
        },
    )
    .keeps_every_rule();
    // A driver's own has no program behind it.
    in_d0(|device| {
        let mut attributes = crate::driver::child_of(device.cast());
        let mut request: WDFREQUEST = null_mut();
        // SAFETY: a live device, structures that outlive the calls.
        let irp = unsafe {
            WdfRequestCreate(&raw mut attributes, null_mut(), &raw mut request);
            WdfRequestWdmGetIrp(request)
        };
        assert_eq!((field(irp, 64), field(irp, 152)), (0x1_0100, 0));
    })
    .keeps_every_rule();
}

#[test]
fn a_file_object_has_the_device_and_the_name_of_its_handle() {
    let plan = Plan::new().init(files).created(|device| {
        let (units, mut config) = (wide("part"), crate::io::config(D::WdfIoQueueDispatchManual));
        let reference = counted(&units);
        let (status, _) = crate::io::create(device, &mut config);
        assert_eq!(status, STATUS_SUCCESS);
        keep(7, device);
        let reference = &raw const reference;
        // SAFETY: a live device, structures that outlive the call.
        unsafe { WdfDeviceCreateDeviceInterface(device, &raw const CLASS, reference) };
    });
    with_plan(plan, |machine, _, file| {
        machine.inside(|| {
            // SAFETY: the file object of a handle that is open; its FILE_OBJECT has 216 bytes.
            unsafe {
                let name = WdfFileObjectGetFileName(kept(2)).read();
                assert_eq!((name.Length, name.MaximumLength), (10, 10));
                let units = std::slice::from_raw_parts(name.Buffer, 5);
                assert_eq!(String::from_utf16_lossy(units), r"\part");
                let wdm = WdfFileObjectWdmGetFileObject(kept(2)).cast::<u64>();
                assert_eq!(wdm.read(), 5 | 216 << 16);
                assert_eq!(wdm.add(1).read(), WdfDeviceWdmGetDeviceObject(kept(7)) as u64);
                let own = wdm.add(11).cast::<UNICODE_STRING>().read();
                assert_eq!((own.Length, own.MaximumLength), (10, 10));
                assert_eq!(own.Buffer, name.Buffer);
            }
        });
        drop(file);
    })
    .keeps_every_rule();
}

#[test]
fn a_buffer_of_exactly_the_least_length_is_given() {
    with_file(
        sequential,
        |_, request| {
            let (mut place, mut length): (PVOID, usize) = (null_mut(), 0);
            let mut input = |least| {
                // SAFETY: a request that the driver has, places for the answers.
                unsafe {
                    WdfRequestRetrieveInputBuffer(request, least, &raw mut place, &raw mut length)
                }
            };
            assert_eq!(input(4), STATUS_SUCCESS);
            assert_eq!(input(5), STATUS_BUFFER_TOO_SMALL);
            complete(request, STATUS_SUCCESS);
        },
        |_, _, file| {
            file.ioctl(BUFFERED, &[1, 2, 3, 4], &mut []);
        },
    )
    .keeps_every_rule();
}

#[test]
fn what_is_asked_of_a_request_in_a_queue_comes_to_nothing() {
    with_file(
        |device| prepare(device, crate::io::config(D::WdfIoQueueDispatchManual)),
        keeps,
        |machine, _, file| {
            let sent = file.send(BUFFERED, &[1, 2, 3, 4], &[0; 4]).expect("it is sent");
            machine.inside(|| {
                let mut found: WDFREQUEST = null_mut();
                let (mut memory, mut mdl) = (0x10 as WDFMEMORY, 0x10 as PMDL);
                let refused = STATUS_INVALID_DEVICE_REQUEST;
                // SAFETY: a live queue and its request, places for the answers.
                unsafe {
                    let (after, of, none) = (null_mut(), null_mut(), null_mut());
                    WdfIoQueueFindRequest(kept(0), after, of, none, &raw mut found);
                    let input = WdfRequestRetrieveInputMemory(found, &raw mut memory);
                    assert_eq!((input, memory), (refused, null_mut()));
                    let input = WdfRequestRetrieveInputWdmMdl(found, &raw mut mdl);
                    assert_eq!((input, mdl), (refused, null_mut()));
                    let mut parameters = WDF_REQUEST_PARAMETERS::default();
                    WDF_REQUEST_PARAMETERS_INIT(&mut parameters);
                    parameters.Type = 9;
                    WdfRequestGetParameters(found, &raw mut parameters);
                    assert_eq!(parameters.Type, 9);
                    WdfObjectDereferenceActual(found.cast(), null_mut(), 0, null_mut());
                    let mut taken: WDFREQUEST = null_mut();
                    WdfIoQueueRetrieveNextRequest(kept(0), &raw mut taken);
                    complete(taken, STATUS_SUCCESS);
                }
            });
            assert!(sent.reply().is_some());
        },
    )
    .breaks(&[Rule::RequestMisuse; 3]);
}
