//! What drivers read at addresses of the framework's, and limits at the limit.

use std::ptr::null_mut;

use acx_client::System;
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

/// A direct request: input and output are in two buffers.
const DIRECT: u32 = BUFFERED | 2;

#[test]
fn an_irp_has_the_fields_that_drivers_read() {
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
            // No MDL, no result yet.
            assert_eq!([8, 48, 56].map(|offset| field(irp, offset)), [0; 3]);
            assert_eq!(field(irp, 24), input);
            assert_eq!(field(irp, 64), 0x1_0101);
            assert_eq!(field(irp, 112), output);
            assert_ne!(field(irp, 152), 0, "a program's thread");
            assert_eq!(field(irp, 184), stack);
            // MajorFunction, OutputBufferLength, InputBufferLength, IoControlCode, and
            // Type3InputBuffer.
            let location = [208, 216, 224, 232, 240].map(|offset| field(irp, offset));
            let major = u64::from(IRP_MJ_DEVICE_CONTROL);
            assert_eq!(location, [major, 8, 4, u64::from(DIRECT), input]);
            complete(request, STATUS_SUCCESS);
        },
        |_, _, file| {
            let reply = file.ioctl(DIRECT, &[1, 2, 3, 4], &mut [0; 8]);
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
        assert_eq!((field(irp, 64), field(irp, 152), field(irp, 232)), (0x1_0100, 0, 0));
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

#[test]
fn an_init_object_that_was_used_up_describes_nothing() {
    Plan::new()
        .init(|init| keep(3, init))
        .created(|_| {
            let init: PWDFDEVICE_INIT = kept(3);
            let mut policy = WDF_POWER_POLICY_EVENT_CALLBACKS::default();
            WDF_POWER_POLICY_EVENT_CALLBACKS_INIT(&mut policy);
            let mut io = WDF_IO_TYPE_CONFIG::default();
            WDF_IO_TYPE_CONFIG_INIT(&mut io);
            let mut lock = WDF_REMOVE_LOCK_OPTIONS::default();
            WDF_REMOVE_LOCK_OPTIONS_INIT(&mut lock, 0);
            let order =
                _WDF_RELEASE_HARDWARE_ORDER_ON_FAILURE::WdfReleaseHardwareOrderOnFailureEarly;
            // SAFETY: the host knows whether it is live; structures that outlive the calls.
            unsafe {
                WdfDeviceInitSetPowerPolicyEventCallbacks(init, &raw mut policy);
                WdfDeviceInitSetIoType(init, _WDF_DEVICE_IO_TYPE::WdfDeviceIoDirect);
                WdfDeviceInitSetIoTypeEx(init, &raw mut io);
                WdfDeviceInitSetExclusive(init, 0);
                WdfDeviceInitSetPowerNotPageable(init);
                WdfDeviceInitSetPowerPageable(init);
                WdfDeviceInitSetPowerInrush(init);
                WdfDeviceInitSetDeviceType(init, 0x1D);
                WdfDeviceInitSetRemoveLockOptions(init, &raw mut lock);
                WdfDeviceInitSetReleaseHardwareOrderOnFailure(init, order);
                WdfFdoInitSetFilter(init);
                WdfPdoInitSetDefaultLocale(init, 0x409);
                WdfFdoInitWdmGetPhysicalDevice(init);
            }
        })
        .start()
        .breaks(&[Rule::WrongHandle; 13]);
}

#[test]
fn one_of_two_callbacks_for_the_same_thing_is_enough() {
    unsafe extern "C" fn in_use(
        _device: WDFDEVICE,
        _kind: WDF_SPECIAL_FILE_TYPE,
        _is_in_path: BOOLEAN,
    ) -> NTSTATUS {
        STATUS_SUCCESS
    }
    unsafe extern "C" fn used(
        _device: WDFDEVICE,
        _kind: WDF_SPECIAL_FILE_TYPE,
        _is_in_path: BOOLEAN,
    ) {
    }
    unsafe extern "C" fn arm(_device: WDFDEVICE) -> NTSTATUS {
        STATUS_SUCCESS
    }
    unsafe extern "C" fn arm_with_reason(
        _device: WDFDEVICE,
        _is_device: BOOLEAN,
        _is_children: BOOLEAN,
    ) -> NTSTATUS {
        STATUS_SUCCESS
    }
    fn pnp(init: PWDFDEVICE_INIT, set: fn(&mut WDF_PNPPOWER_EVENT_CALLBACKS)) {
        let mut own = WDF_PNPPOWER_EVENT_CALLBACKS::default();
        WDF_PNPPOWER_EVENT_CALLBACKS_INIT(&mut own);
        set(&mut own);
        // SAFETY: the init object of EvtDriverDeviceAdd.
        unsafe { WdfDeviceInitSetPnpPowerEventCallbacks(init, &raw mut own) };
    }
    fn policy(init: PWDFDEVICE_INIT, set: fn(&mut WDF_POWER_POLICY_EVENT_CALLBACKS)) {
        let mut own = WDF_POWER_POLICY_EVENT_CALLBACKS::default();
        WDF_POWER_POLICY_EVENT_CALLBACKS_INIT(&mut own);
        set(&mut own);
        // SAFETY: the init object of EvtDriverDeviceAdd.
        unsafe { WdfDeviceInitSetPowerPolicyEventCallbacks(init, &raw mut own) };
    }
    Plan::new()
        .init(|init| {
            pnp(init, |own| own.EvtDeviceUsageNotification = Some(used));
            pnp(init, |own| own.EvtDeviceUsageNotificationEx = Some(in_use));
            policy(init, |own| own.EvtDeviceArmWakeFromSx = Some(arm));
            policy(init, |own| own.EvtDeviceArmWakeFromSxWithReason = Some(arm_with_reason));
        })
        .start()
        .keeps_every_rule();
    Plan::new()
        .init(|init| {
            pnp(init, |own| {
                own.EvtDeviceUsageNotification = Some(used);
                own.EvtDeviceUsageNotificationEx = Some(in_use);
            });
            policy(init, |own| {
                own.EvtDeviceArmWakeFromSx = Some(arm);
                own.EvtDeviceArmWakeFromSxWithReason = Some(arm_with_reason);
            });
        })
        .start()
        .breaks(&[Rule::BadArgument; 2]);
}

#[test]
fn a_device_has_its_driver_object_and_a_driver_its_path() {
    let plan = Plan::new().add(|mut init| {
        let mut device: WDFDEVICE = null_mut();
        // SAFETY: the init object of EvtDriverDeviceAdd, places for the answers; the objects of
        // the device and its driver.
        unsafe {
            let status = WdfDeviceCreate(&raw mut init, null_mut(), &raw mut device);
            assert!(init.is_null(), "the device has used it up");
            let own = WdfDeviceWdmGetDeviceObject(device).read();
            let (kind, size) = (own.Type, usize::from(own.Size));
            assert_eq!((kind, size), (3, size_of::<DEVICE_OBJECT>()));
            let driver = WdfDeviceGetDriver(device);
            assert_eq!(own.DriverObject, WdfDriverWdmGetDriverObject(driver));
            assert_eq!(entry::WdfGetDriver(), driver);
            let path = WdfDriverGetRegistryPath(driver);
            let length = (0..80).take_while(|at| path.add(*at).read() != 0).count();
            let path = String::from_utf16_lossy(std::slice::from_raw_parts(path, length));
            assert_eq!(path, r"\Registry\Machine\System\CurrentControlSet\Services\kmdf");
            status
        }
    });
    plan.start().keeps_every_rule();
}

fn string_of(device: WDFDEVICE) -> WDFMEMORY {
    let (mut memory, mut attributes) = (null_mut(), crate::driver::child_of(device.cast()));
    let (mut buffer, pool) = (null_mut(), _POOL_TYPE::NonPagedPoolNx);
    // SAFETY: structures that outlive the call.
    unsafe {
        WdfMemoryCreate(&raw mut attributes, pool, 1, 1, &raw mut memory, &raw mut buffer);
    }
    memory
}

#[test]
fn memory_has_the_bytes_and_the_place_that_it_was_given() {
    in_d0(|device| {
        let mut attributes = crate::driver::child_of(device.cast());
        let (mut memory, mut buffer): (WDFMEMORY, PVOID) = (null_mut(), null_mut());
        let (mut from, mut to) = ([1_u8, 2, 3, 4], [0_u8; 4]);
        let (from, to): (PVOID, PVOID) = (from.as_mut_ptr().cast(), to.as_mut_ptr().cast());
        let pool = _POOL_TYPE::NonPagedPoolNx;
        let attributes = &raw mut attributes;
        // SAFETY: structures that outlive the calls, buffers of four bytes.
        unsafe {
            let mut create =
                |size| WdfMemoryCreate(attributes, pool, 1, size, &raw mut memory, &raw mut buffer);
            assert_eq!(create(0), STATUS_INVALID_PARAMETER);
            assert_eq!(create(1), STATUS_SUCCESS);
            assert_eq!(create(4), STATUS_SUCCESS);
            assert_eq!(WdfMemoryCopyFromBuffer(memory, 0, from, 4), STATUS_SUCCESS);
            assert_eq!(WdfMemoryCopyToBuffer(memory, 1, to, 3), STATUS_SUCCESS);
            assert_eq!(to.cast::<[u8; 4]>().read(), [2, 3, 4, 0]);
            assert_eq!(WdfMemoryCopyFromBuffer(memory, 3, from, 1), STATUS_SUCCESS);
            assert_eq!(buffer.cast::<[u8; 4]>().read(), [1, 2, 3, 1]);
            // One byte in another place.
            let mut own: WDFMEMORY = null_mut();
            let mut size = 0;
            WdfMemoryCreatePreallocated(attributes, from, 4, &raw mut own);
            assert_eq!(WdfMemoryGetBuffer(own, &raw mut size), from);
            assert_eq!(size, 4);
            assert_eq!(WdfMemoryAssignBuffer(own, to, 1), STATUS_SUCCESS);
            assert_eq!(WdfMemoryGetBuffer(own, &raw mut size), to);
            assert_eq!(size, 1);
        }
    })
    .keeps_every_rule();
}

#[test]
fn paged_memory_is_for_levels_below_dispatch() {
    fn create(device: WDFDEVICE, irql: u8, pool: POOL_TYPE) {
        let mut attributes = crate::driver::child_of(device.cast());
        let (mut memory, mut buffer): (WDFMEMORY, PVOID) = (null_mut(), null_mut());
        // SAFETY: structures that outlive the call; the level is restored.
        unsafe {
            let before = ntddk::KfRaiseIrql(irql);
            WdfMemoryCreate(&raw mut attributes, pool, 1, 8, &raw mut memory, &raw mut buffer);
            ntddk::KeLowerIrql(before);
        }
    }
    in_d0(|device| {
        create(device, 2, _POOL_TYPE::NonPagedPoolNx);
        create(device, 1, _POOL_TYPE::PagedPool);
    })
    .keeps_every_rule();
    in_d0(|device| create(device, 2, _POOL_TYPE::PagedPool)).breaks(&[Rule::PagedPool]);
}

#[test]
fn a_collection_loses_the_item_that_is_removed() {
    in_d0(|device| {
        let mut attributes = crate::driver::child_of(device.cast());
        let mut collection: WDFCOLLECTION = null_mut();
        let items = [(); 4].map(|()| string_of(device));
        // SAFETY: structures that outlive the calls, live objects.
        unsafe {
            WdfCollectionCreate(&raw mut attributes, &raw mut collection);
            for item in items {
                WdfCollectionAdd(collection, item.cast());
            }
            WdfCollectionRemove(collection, items[1].cast());
            assert_eq!(WdfCollectionGetCount(collection), 3);
            assert_eq!(WdfCollectionGetItem(collection, 1), items[2].cast());
            WdfCollectionRemoveItem(collection, 1);
            assert_eq!(WdfCollectionGetCount(collection), 2);
            assert_eq!(WdfCollectionGetFirstItem(collection), items[0].cast());
            assert_eq!(WdfCollectionGetLastItem(collection), items[3].cast());
            WdfCollectionRemoveItem(collection, 2);
            WdfCollectionRemove(collection, items[1].cast());
            assert_eq!(WdfCollectionGetCount(collection), 2);
        }
    })
    .breaks(&[Rule::BadArgument; 2]);
}

#[test]
fn a_handle_of_another_kind_has_no_numbers() {
    in_d0(|device| {
        let other = string_of(device);
        // SAFETY: the host checks handles.
        let answers = unsafe {
            [
                WdfCollectionGetCount(other.cast()),
                WdfDeviceGetAlignmentRequirement(other.cast()),
                WdfDeviceGetCharacteristics(other.cast()),
                WdfFileObjectGetInitiatorProcessId(other.cast()),
                WdfRequestGetInformation(other.cast()) as u32,
                WdfIoQueueGetState(other.cast(), null_mut(), null_mut()) as u32,
                WdfIoTargetGetState(other.cast()) as u32,
                u32::from(WdfDpcEnqueue(other.cast())),
                u32::from(WdfDpcCancel(other.cast(), 0)),
                u32::from(WdfTimerStart(other.cast(), -1)),
                u32::from(WdfTimerStop(other.cast(), 0)),
                u32::from(WdfRequestIsCanceled(other.cast())),
                u32::from(WdfRequestCancelSentRequest(other.cast())),
                u32::from(WdfRequestSend(other.cast(), other.cast(), null_mut())),
                u32::from(WdfRequestGetRequestorMode(other.cast()).cast_unsigned()),
            ]
        };
        assert_eq!(answers, [0; 15]);
    })
    .breaks(&[Rule::WrongHandle; 15]);
}

#[test]
fn a_wait_lock_is_waited_for_at_passive_level() {
    fn acquire(device: WDFDEVICE, irql: u8, timeout: Option<i64>) {
        let mut attributes = crate::driver::child_of(device.cast());
        let mut lock: WDFWAITLOCK = null_mut();
        let mut own = timeout.unwrap_or(0);
        let place = if timeout.is_some() { &raw mut own } else { null_mut() };
        // SAFETY: structures that outlive the calls; the level is restored.
        unsafe {
            WdfWaitLockCreate(&raw mut attributes, &raw mut lock);
            let before = ntddk::KfRaiseIrql(irql);
            assert_eq!(WdfWaitLockAcquire(lock, place), STATUS_SUCCESS);
            WdfWaitLockRelease(lock);
            ntddk::KeLowerIrql(before);
        }
    }
    in_d0(|device| {
        acquire(device, 0, None);
        acquire(device, 2, Some(0));
    })
    .keeps_every_rule();
    in_d0(|device| acquire(device, 1, None)).breaks(&[Rule::WaitAtDispatch]);
    in_d0(|device| acquire(device, 2, Some(1))).breaks(&[Rule::WaitAtDispatch]);
}

#[test]
fn a_spin_lock_restores_the_level_of_its_holder() {
    in_d0(|device| {
        let mut attributes = crate::driver::child_of(device.cast());
        let mut lock: WDFSPINLOCK = null_mut();
        // SAFETY: structures that outlive the calls; levels are restored.
        unsafe {
            WdfSpinLockCreate(&raw mut attributes, &raw mut lock);
            for level in [2, 1, 0] {
                let before = ntddk::KfRaiseIrql(level);
                WdfSpinLockAcquire(lock);
                assert_eq!(ntddk::KeGetCurrentIrql(), 2);
                WdfSpinLockRelease(lock);
                assert_eq!(ntddk::KeGetCurrentIrql(), level);
                ntddk::KeLowerIrql(before);
            }
        }
    })
    .keeps_every_rule();
}

/// The state of the queue in slot 0, and how many requests wait and are with the driver.
fn state() -> (WDF_IO_QUEUE_STATE, u32, u32) {
    let (mut waiting, mut presented) = (9, 9);
    // SAFETY: a live queue, places for the answers.
    let state = unsafe { WdfIoQueueGetState(kept(0), &raw mut waiting, &raw mut presented) };
    (state, waiting, presented)
}

use _WDF_IO_QUEUE_STATE as S;

#[test]
fn a_queue_says_what_it_does() {
    let (accepts, presents) = (S::WdfIoQueueAcceptRequests, S::WdfIoQueueDispatchRequests);
    let (empty, idle) = (S::WdfIoQueueNoRequests, S::WdfIoQueueDriverNoRequests);
    with_file(sequential, keeps, |machine, _, file| {
        let send = || file.send(BUFFERED, &[], &[]).expect("it is sent");
        let state = || machine.inside(state);
        assert_eq!(state(), (accepts | presents | empty | idle, 0, 0));
        let first = send();
        assert_eq!(state(), (accepts | presents | empty, 0, 1));
        let second = send();
        assert_eq!(state(), (accepts | presents, 1, 1));
        machine.inside(|| complete(kept(1), STATUS_SUCCESS));
        machine.inside(|| complete(kept(1), STATUS_SUCCESS));
        assert!(first.reply().is_some() && second.reply().is_some());
        let deeds: [(unsafe fn(WDFQUEUE), WDF_IO_QUEUE_STATE); 4] = [
            (WdfIoQueueStopSynchronously, accepts),
            (WdfIoQueueDrainSynchronously, presents),
            (WdfIoQueuePurgeSynchronously, presents),
            (WdfIoQueueStopAndPurgeSynchronously, accepts),
        ];
        for (deed, left) in deeds {
            machine.inside(|| {
                // SAFETY: a live queue.
                unsafe { deed(kept(0)) }
            });
            assert_eq!(state(), (left | empty | idle, 0, 0));
            // SAFETY: a live queue.
            machine.inside(|| unsafe { WdfIoQueueStart(kept(0)) });
            assert_eq!(state(), (accepts | presents | empty | idle, 0, 0));
        }
    })
    .keeps_every_rule();
}

#[test]
fn what_waits_for_a_request_that_is_never_completed_waits_for_ever() {
    let deeds: [fn(); 4] = [
        // SAFETY: a live queue.
        || unsafe { WdfIoQueueStopSynchronously(kept(0)) },
        // SAFETY: a live queue.
        || unsafe { WdfIoQueueDrainSynchronously(kept(0)) },
        // SAFETY: a live queue.
        || unsafe { WdfIoQueuePurgeSynchronously(kept(0)) },
        // SAFETY: a live queue.
        || unsafe { WdfIoQueueStopAndPurgeSynchronously(kept(0)) },
    ];
    for deed in deeds {
        with_file(sequential, keeps, |machine, _, file| {
            let sent = file.send(BUFFERED, &[], &[]).expect("it is sent");
            let before = machine.qpc();
            machine.inside(deed);
            assert_eq!(machine.qpc() - before, 60 * 10_000_000, "a minute");
            machine.inside(|| complete(kept(1), STATUS_SUCCESS));
            assert!(sent.reply().is_some());
        })
        .breaks(&[Rule::RequestLost])
        .saying("a queue's stop, drain or purge waits for 1 requests");
    }
}

/// Runs `deed` at APC_LEVEL.
fn at_apc_level<T>(deed: impl FnOnce() -> T) -> T {
    // SAFETY: the level is restored below.
    let before = unsafe { ntddk::KfRaiseIrql(1) };
    let answer = deed();
    // SAFETY: the level that `KfRaiseIrql` returned, on the same thread.
    unsafe { ntddk::KeLowerIrql(before) };
    answer
}

#[test]
fn what_waits_does_so_at_passive_level_only() {
    use crate::clauses::MAKERS;
    in_d0(|device| {
        let make = |at: usize| (MAKERS[at].1)(device, &mut crate::driver::child_of(device.cast()));
        let ((_, timer), (_, dpc)) = (make(1), make(2));
        // SAFETY: live objects.
        at_apc_level(|| unsafe {
            assert_eq!(WdfTimerStop(timer.cast(), 1), 0);
            assert_eq!(WdfDpcCancel(dpc.cast(), 1), 0);
            assert_eq!(WdfDeviceStopIdleNoTrack(device, 1), STATUS_INVALID_DEVICE_REQUEST);
            let target = WdfDeviceGetIoTarget(device);
            let wait = _WDF_IO_TARGET_SENT_IO_ACTION::WdfIoTargetWaitForSentIoToComplete;
            WdfIoTargetStop(target, wait);
            let state = WdfIoTargetGetState(target);
            assert_eq!(state, _WDF_IO_TARGET_STATE::WdfIoTargetStarted);
        });
    })
    .breaks(&[Rule::WaitAtDispatch; 4]);
}

#[test]
fn a_dpc_is_queued_once() {
    use crate::clauses::MAKERS;
    in_d0(|device| {
        let made = (MAKERS[2].1)(device, &mut crate::driver::child_of(device.cast())).1;
        // SAFETY: a live DPC.
        crate::driver::at_dispatch_level(|| unsafe {
            let enqueued = [(); 2].map(|()| WdfDpcEnqueue(made.cast()));
            assert_eq!(enqueued, [1, 0]);
            let cancelled = [(); 2].map(|()| WdfDpcCancel(made.cast(), 0));
            assert_eq!(cancelled, [1, 0]);
        });
    })
    .keeps_every_rule();
}

#[test]
fn a_child_list_with_wrong_attributes_is_not_made() {
    unsafe extern "C" fn creates(
        _list: WDFCHILDLIST,
        _description: PWDF_CHILD_IDENTIFICATION_DESCRIPTION_HEADER,
        _init: PWDFDEVICE_INIT,
    ) -> NTSTATUS {
        STATUS_UNSUCCESSFUL
    }
    Plan::new()
        .init(|init| {
            let mut config = WDF_CHILD_LIST_CONFIG::default();
            WDF_CHILD_LIST_CONFIG_INIT(&mut config, 8, Some(creates));
            let mut attributes = WDF_OBJECT_ATTRIBUTES::default();
            let attributes = &raw mut attributes;
            // SAFETY: the init object of EvtDriverDeviceAdd, structures that outlive the call.
            unsafe { WdfFdoInitSetDefaultChildListConfig(init, &raw mut config, attributes) };
        })
        .created(|device| {
            // SAFETY: a live device.
            assert!(unsafe { WdfFdoGetDefaultChildList(device) }.is_null());
        })
        .start()
        .breaks(&[Rule::Uninitialized]);
}

#[test]
fn a_raw_child_owns_its_power_policy() {
    in_d0(|device| {
        let (id, instance) = (wide(r"ACX\Raw"), wide("0"));
        let (id, instance) = (counted(&id), counted(&instance));
        // SAFETY: live devices, structures that outlive the calls.
        unsafe {
            let init = WdfPdoInitAllocate(device);
            WdfPdoInitAssignDeviceID(init, &raw const id);
            WdfPdoInitAssignInstanceID(init, &raw const instance);
            assert_eq!(WdfPdoInitAssignRawDevice(init, &raw const CLASS), STATUS_SUCCESS);
            let (_, raw) = crate::devices::create(init);
            assert_eq!(WdfDeviceStopIdleNoTrack(raw, 0), STATUS_POWER_STATE_INVALID);
            let other = crate::devices::new_child(device, "1");
            assert_eq!(WdfDeviceStopIdleNoTrack(other, 0), STATUS_INVALID_DEVICE_STATE);
        }
    })
    .keeps_every_rule();
}
