//! Mistakes of a driver with KMDF's objects and the kernel's functions beyond the rows of the
//! table: each is found by its own rule, with a message that names it.

use std::ptr::null_mut;
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicUsize, Ordering};

use acx_host::Rule;
use acx_sys::ntddk::*;
use acx_sys::*;

use crate::driver::{Plan, at_dispatch_level, child_of, in_d0, keep, kept};
use crate::io::{BUFFERED, cancelled, complete, config, keeps, prepare, sequential, with_file};

/// `deed`, in EvtDeviceD0Entry, breaks one rule.
#[track_caller]
fn wrong(rule: Rule, words: &str, deed: fn(WDFDEVICE)) {
    in_d0(deed).breaks(&[rule]).saying(words);
}

/// `deed`, with the init object of EvtDriverDeviceAdd, breaks one rule.
#[track_caller]
fn wrong_init(rule: Rule, words: &str, deed: fn(PWDFDEVICE_INIT)) {
    Plan::new().init(deed).start().breaks(&[rule]).saying(words);
}

#[test]
fn what_is_for_the_init_object_of_a_child_is_for_no_other() {
    let deeds: [fn(PWDFDEVICE_INIT); 4] = [
        |init| {
            // SAFETY: the init object of EvtDriverDeviceAdd, a number.
            unsafe { WdfPdoInitSetDefaultLocale(init, 0x409) };
        },
        |init| {
            let mut callbacks = WDF_PDO_EVENT_CALLBACKS {
                Size: size_of::<WDF_PDO_EVENT_CALLBACKS>() as u32,
                ..Default::default()
            };
            // SAFETY: the init object of EvtDriverDeviceAdd, a structure that outlives the call.
            unsafe { WdfPdoInitSetEventCallbacks(init, &raw mut callbacks) };
        },
        |init| {
            // SAFETY: its only argument is the init object of EvtDriverDeviceAdd.
            unsafe { WdfPdoInitAllowForwardingRequestToParent(init) };
        },
        |init| {
            // SAFETY: its only argument is the init object of EvtDriverDeviceAdd.
            unsafe { WdfPdoInitRemovePowerDependencyOnParent(init) };
        },
    ];
    for deed in deeds {
        wrong_init(Rule::BadArgument, "the init object of a", deed);
    }
}

#[test]
fn a_child_list_has_a_place_for_the_header_of_a_description() {
    unsafe extern "C" fn creates(
        _: WDFCHILDLIST,
        _: PWDF_CHILD_IDENTIFICATION_DESCRIPTION_HEADER,
        _: PWDFDEVICE_INIT,
    ) -> NTSTATUS {
        STATUS_SUCCESS
    }
    fn set(init: PWDFDEVICE_INIT, less: u32) {
        let mut list = WDF_CHILD_LIST_CONFIG {
            Size: size_of::<WDF_CHILD_LIST_CONFIG>() as u32,
            EvtChildListCreateDevice: Some(creates),
            IdentificationDescriptionSize: size_of::<WDF_CHILD_IDENTIFICATION_DESCRIPTION_HEADER>()
                as u32
                - less,
            ..Default::default()
        };
        // SAFETY: the init object of EvtDriverDeviceAdd, a structure that outlives the call.
        unsafe { WdfFdoInitSetDefaultChildListConfig(init, &raw mut list, null_mut()) };
    }
    Plan::new().init(|init| set(init, 0)).start().keeps_every_rule();
    wrong_init(Rule::Uninitialized, "the header of a description", |init| set(init, 1));
}

fn wait_lock(device: WDFDEVICE) -> WDFWAITLOCK {
    let mut lock: WDFWAITLOCK = null_mut();
    let mut attributes = child_of(device.cast());
    // SAFETY: structures that outlive the call.
    unsafe { WdfWaitLockCreate(&raw mut attributes, &raw mut lock) };
    lock
}

fn collection(device: WDFDEVICE) -> WDFCOLLECTION {
    let mut own: WDFCOLLECTION = null_mut();
    let mut attributes = child_of(device.cast());
    // SAFETY: structures that outlive the call.
    unsafe { WdfCollectionCreate(&raw mut attributes, &raw mut own) };
    own
}

#[test]
fn levels_are_raised_and_lowered() {
    wrong(Rule::IrqlChange, "KfRaiseIrql lowers", |_| {
        at_dispatch_level(|| {
            // SAFETY: the level is put back.
            unsafe {
                KfRaiseIrql(0);
                KfRaiseIrql(2);
            }
        });
    });
    wrong(Rule::IrqlChange, "KeLowerIrql raises", |_| {
        // SAFETY: the level is put back.
        unsafe {
            KeLowerIrql(2);
            KeLowerIrql(0);
        }
    });
    wrong(Rule::WaitAtDispatch, "WdfWaitLockAcquire waits above PASSIVE_LEVEL", |device| {
        let lock = wait_lock(device);
        at_dispatch_level(|| {
            // SAFETY: a live lock.
            unsafe {
                WdfWaitLockAcquire(lock, null_mut());
                WdfWaitLockRelease(lock);
            }
        });
    });
    wrong(Rule::PagedPool, "paged memory above APC_LEVEL", |device| {
        let mut memory: WDFMEMORY = null_mut();
        let mut attributes = child_of(device.cast());
        let (pool, handle) = (_POOL_TYPE::PagedPool, &raw mut memory);
        at_dispatch_level(|| {
            // SAFETY: structures that outlive the call.
            unsafe { WdfMemoryCreate(&raw mut attributes, pool, 1, 4, handle, null_mut()) };
        });
    });
}

#[test]
fn locks_are_released_by_who_has_them() {
    wrong(Rule::LockNotHeld, "a wait lock released that nobody holds", |device| {
        // SAFETY: a live lock.
        unsafe { WdfWaitLockRelease(wait_lock(device)) };
    });
    wrong(Rule::Deadlock, "a wait lock taken twice", |device| {
        let lock = wait_lock(device);
        // SAFETY: a live lock.
        unsafe {
            WdfWaitLockAcquire(lock, null_mut());
            assert_eq!(WdfWaitLockAcquire(lock, null_mut()), STATUS_TIMEOUT);
            WdfWaitLockRelease(lock);
        }
    });
    wrong(Rule::Deadlock, "taken twice: a deadlock", |_| {
        static LOCK: AtomicUsize = AtomicUsize::new(0);
        // SAFETY: a lock of the driver's own.
        unsafe {
            let irql = KeAcquireSpinLockRaiseToDpc(LOCK.as_ptr().cast());
            let own = KeAcquireSpinLockRaiseToDpc(LOCK.as_ptr().cast());
            KeReleaseSpinLock(LOCK.as_ptr().cast(), own);
            KeReleaseSpinLock(LOCK.as_ptr().cast(), irql);
        }
    });
    for level in [
        _WDF_EXECUTION_LEVEL::WdfExecutionLevelPassive,
        _WDF_EXECUTION_LEVEL::WdfExecutionLevelDispatch,
    ] {
        static LEVEL: AtomicI32 = AtomicI32::new(0);
        LEVEL.store(level, Ordering::SeqCst);
        Plan::new()
            .attributes(|attributes| {
                attributes.ExecutionLevel = LEVEL.load(Ordering::SeqCst);
            })
            .on("EvtDeviceD0Entry", |device| {
                // SAFETY: a live device.
                unsafe { WdfObjectReleaseLock(device.cast()) };
            })
            .start()
            .breaks(&[Rule::LockNotHeld])
            .saying("a callback lock released that nobody holds");
    }
}

#[test]
fn pool_and_mdls_are_what_their_pages_say() {
    wrong(Rule::PoolRequest, "executable pool", |_| {
        // SAFETY: allocated and freed.
        unsafe {
            let block = ExAllocatePool2(POOL_FLAG_NON_PAGED_EXECUTE, 8, 1);
            ExFreePoolWithTag(block, 1);
        }
    });
    wrong(Rule::MdlMisuse, "an MDL that was never allocated", |_| {
        let mut own = MDL::default();
        // SAFETY: the host knows its MDLs.
        unsafe { MmBuildMdlForNonPagedPool(&raw mut own) };
    });
    wrong(Rule::MdlMisuse, "an MDL freed that is none", |_| {
        let mut own = MDL::default();
        // SAFETY: the host knows its MDLs.
        unsafe { IoFreeMdl(&raw mut own) };
    });
    in_d0(|device| {
        let lock = wait_lock(device);
        let dereference = || {
            // SAFETY: a live object; the host counts.
            unsafe { WdfObjectDereferenceActual(lock.cast(), null_mut(), 0, null_mut()) };
        };
        (0..2).for_each(|_| dereference());
        // SAFETY: as before.
        unsafe { WdfObjectReferenceActual(lock.cast(), null_mut(), 0, null_mut()) };
    })
    .breaks(&[Rule::References, Rule::References])
    .saying("too many dereferences of a WDFWAITLOCK");
}

#[test]
fn collections_give_back_what_they_have() {
    wrong(Rule::BadArgument, "an item that is not in the collection", |device| {
        // SAFETY: live objects.
        unsafe { WdfCollectionRemove(collection(device), device.cast()) };
    });
    wrong(Rule::BadArgument, "item 0 of a collection of 0", |device| {
        // SAFETY: a live object.
        unsafe { WdfCollectionRemoveItem(collection(device), 0) };
    });
}

#[test]
fn init_objects_are_for_one_device_of_their_kind() {
    wrong_init(Rule::BadArgument, "the framework's own device init was freed", |init| {
        // SAFETY: the framework's init object.
        unsafe { WdfDeviceInitFree(init) };
    });
    wrong_init(Rule::BadArgument, "an id of a child, given to another device", |init| {
        let id: Vec<u16> = "Wrong".encode_utf16().collect();
        let id = UNICODE_STRING { Length: 10, MaximumLength: 10, Buffer: id.as_ptr().cast_mut() };
        // SAFETY: the framework's init object, a string that outlives the call.
        let status = unsafe { WdfPdoInitAssignDeviceID(init, &raw const id) };
        assert_eq!(status, STATUS_INVALID_DEVICE_REQUEST);
    });
    wrong_init(Rule::Uninitialized, "WDF_PNPPOWER_EVENT_CALLBACKS was not initialized", |init| {
        let mut callbacks = WDF_PNPPOWER_EVENT_CALLBACKS::default();
        // SAFETY: the framework's init object, a structure that outlives the call.
        unsafe { WdfDeviceInitSetPnpPowerEventCallbacks(init, &raw mut callbacks) };
    });
    wrong(Rule::ObjectLeak, "a PWDFDEVICE_INIT was neither used up nor freed", |device| {
        // SAFETY: a live device.
        let _left = unsafe { WdfPdoInitAllocate(device) };
    });
    wrong(Rule::WrongHandle, "a device init that is none", |device| {
        // SAFETY: a live device; the host knows its init objects.
        unsafe {
            let init = WdfPdoInitAllocate(device);
            WdfDeviceInitFree(init);
            WdfDeviceInitFree(init);
        }
    });
    wrong(Rule::BadArgument, "a child needs a device id", |device| {
        let mut child: WDFDEVICE = null_mut();
        // SAFETY: a live device, structures that outlive the calls.
        unsafe {
            let mut init = WdfPdoInitAllocate(device);
            let made = WdfDeviceCreate(&raw mut init, null_mut(), &raw mut child);
            assert_eq!(made, STATUS_INVALID_DEVICE_STATE);
            WdfDeviceInitFree(init);
        }
    });
    wrong(Rule::BadArgument, "a property of an init object of no FDO", |device| {
        let (mut bytes, mut needed) = ([0_u8; 8], 0);
        // SAFETY: a live device, places for the answer.
        unsafe {
            let init = WdfPdoInitAllocate(device);
            let place = bytes.as_mut_ptr().cast();
            let status = WdfFdoInitQueryProperty(init, 0, 8, place, &raw mut needed);
            assert_eq!(status, STATUS_INVALID_DEVICE_REQUEST);
            WdfDeviceInitFree(init);
        }
    });
}

#[test]
fn children_join_their_own_parent() {
    wrong(Rule::WrongParent, "a child was added to another parent", |device| {
        // SAFETY: a live device.
        let status = unsafe { WdfFdoAddStaticChild(device, device) };
        assert_eq!(status, STATUS_INVALID_PARAMETER);
    });
    for (words, spoil) in [
        ("wrong Size", (|config| config.Size = 4) as fn(&mut WDF_CHILD_LIST_CONFIG)),
        ("no EvtChildListCreateDevice", |config| config.EvtChildListCreateDevice = None),
        ("no place for the header", |config| config.IdentificationDescriptionSize = 3),
    ] {
        static SPOIL: std::sync::Mutex<fn(&mut WDF_CHILD_LIST_CONFIG)> =
            std::sync::Mutex::new(|_| {});
        *SPOIL.lock().unwrap() = spoil;
        wrong(Rule::Uninitialized, words, |device| {
            let mut config = WDF_CHILD_LIST_CONFIG::default();
            WDF_CHILD_LIST_CONFIG_INIT(&mut config, 8, Some(creates_nothing));
            (*SPOIL.lock().unwrap())(&mut config);
            let mut list: WDFCHILDLIST = null_mut();
            let handle = &raw mut list;
            // SAFETY: a live device, structures that outlive the call.
            let made = unsafe { WdfChildListCreate(device, &raw mut config, null_mut(), handle) };
            assert!(made < 0, "{made:#x}");
        });
    }
    let listed = |words: &str, deed: fn(WDFCHILDLIST)| {
        static DEED: std::sync::Mutex<fn(WDFCHILDLIST)> = std::sync::Mutex::new(|_| {});
        *DEED.lock().unwrap() = deed;
        Plan::new()
            .init(|init| {
                let mut config = WDF_CHILD_LIST_CONFIG {
                    Size: size_of::<WDF_CHILD_LIST_CONFIG>() as u32,
                    IdentificationDescriptionSize: 8,
                    EvtChildListCreateDevice: Some(creates_nothing),
                    ..Default::default()
                };
                // SAFETY: the framework's init object, a structure that outlives the call.
                unsafe { WdfFdoInitSetDefaultChildListConfig(init, &raw mut config, null_mut()) };
            })
            .created(|device| {
                // SAFETY: a live device.
                (*DEED.lock().unwrap())(unsafe { WdfFdoGetDefaultChildList(device) });
            })
            .start()
            .breaks(&[Rule::Unpaired])
            .saying(words);
    };
    // SAFETY: a live list.
    listed("EndScan without WdfChildListBeginScan", |list| unsafe { WdfChildListEndScan(list) });
    listed("EndIteration without WdfChildListBeginIteration", |list| {
        let mut own = WDF_CHILD_LIST_ITERATOR::default();
        // SAFETY: a live list, a structure that outlives the call.
        unsafe { WdfChildListEndIteration(list, &raw mut own) };
    });
}

unsafe extern "C" fn creates_nothing(
    _list: WDFCHILDLIST,
    _description: PWDF_CHILD_IDENTIFICATION_DESCRIPTION_HEADER,
    _init: PWDFDEVICE_INIT,
) -> NTSTATUS {
    STATUS_UNSUCCESSFUL
}

#[test]
fn devices_are_told_what_there_is() {
    wrong(Rule::Unpaired, "WdfDeviceResumeIdle without WdfDeviceStopIdle", |device| {
        // SAFETY: a live device.
        unsafe { WdfDeviceResumeIdleNoTrack(device) };
    });
    wrong(Rule::BadArgument, "WdfDeviceSetFailed with the action 9", |device| {
        // SAFETY: a live device.
        unsafe { WdfDeviceSetFailed(device, 9) };
    });
    wrong(Rule::BadArgument, "to enable or disable", |device| {
        // SAFETY: a live device, a class that outlives the call.
        unsafe { WdfDeviceSetDeviceInterfaceState(device, &KSCATEGORY_AUDIO, null_mut(), 1) };
    });
    wrong(Rule::Uninitialized, "WDF_IO_QUEUE_CONFIG was not initialized", |device| {
        let mut config = WDF_IO_QUEUE_CONFIG::default();
        let mut queue: WDFQUEUE = null_mut();
        // SAFETY: a live device, structures that outlive the call.
        let status =
            unsafe { WdfIoQueueCreate(device, &raw mut config, null_mut(), &raw mut queue) };
        assert_eq!(status, STATUS_INFO_LENGTH_MISMATCH);
    });
    wrong(Rule::Uninitialized, "WDF_WORKITEM_CONFIG was not initialized", |device| {
        let mut config = WDF_WORKITEM_CONFIG::default();
        let mut item: WDFWORKITEM = null_mut();
        let mut attributes = child_of(device.cast());
        let handle = &raw mut item;
        // SAFETY: structures that outlive the call.
        let status = unsafe { WdfWorkItemCreate(&raw mut config, &raw mut attributes, handle) };
        assert_eq!(status, STATUS_INFO_LENGTH_MISMATCH);
    });
    with_file(
        sequential,
        |_, request| {
            let mut parameters = WDF_REQUEST_PARAMETERS::default();
            // SAFETY: a request that the driver has, a structure that outlives the call.
            unsafe { WdfRequestGetParameters(request, &raw mut parameters) };
            complete(request, STATUS_SUCCESS);
        },
        |_, _, file| {
            assert_eq!(file.ioctl(BUFFERED, &[], &mut []).status, STATUS_SUCCESS);
        },
    )
    .breaks(&[Rule::Uninitialized])
    .saying("WDF_REQUEST_PARAMETERS was not initialized");
}

#[test]
fn timers_and_dpcs_are_initialized() {
    wrong(Rule::Uninitialized, "WDF_DPC_CONFIG was not initialized", |device| {
        let (mut config, mut dpc) = (WDF_DPC_CONFIG::default(), null_mut());
        let mut attributes = child_of(device.cast());
        let handle = &raw mut dpc;
        // SAFETY: structures that outlive the call.
        let status = unsafe { WdfDpcCreate(&raw mut config, &raw mut attributes, handle) };
        assert_eq!(status, STATUS_INFO_LENGTH_MISMATCH);
    });
    wrong(Rule::WrongParent, "a WDFTIMER needs a parent", |_| {
        let (mut config, mut timer) = (WDF_TIMER_CONFIG::default(), null_mut());
        // SAFETY: structures that outlive the call.
        let status = unsafe { WdfTimerCreate(&raw mut config, null_mut(), &raw mut timer) };
        assert_eq!(status, 0xC020_0212_u32.cast_signed());
    });
    let status = STATUS_PENDING;
    Plan::new()
        .answer("EvtDeviceSelfManagedIoInit", status)
        .start()
        .breaks(&[Rule::UndocumentedStatus])
        .saying("EvtDeviceSelfManagedIoInit answered 0x00000103");
}

/// A request that the driver has created.
fn own_request(device: WDFDEVICE) -> WDFREQUEST {
    let mut request: WDFREQUEST = null_mut();
    let mut attributes = child_of(device.cast());
    // SAFETY: a live device, structures that outlive the call.
    unsafe { WdfRequestCreate(&raw mut attributes, null_mut(), &raw mut request) };
    request
}

#[test]
fn requests_are_completed_by_who_has_them() {
    in_d0(|device| {
        let request = own_request(device);
        (0..2).for_each(|_| complete(request, STATUS_SUCCESS));
    })
    .breaks(&[Rule::RequestMisuse, Rule::RequestTwice])
    .saying("a request of the driver's own was completed");
    with_file(
        sequential,
        |_, request| complete(request, STATUS_PENDING),
        |_, _, file| {
            file.ioctl(BUFFERED, &[], &mut []);
        },
    )
    .breaks(&[Rule::RequestMisuse])
    .saying("a request was completed as pending");
    // Ten seconds later the client has the result; the device does not power down without the
    // request.
    with_file(sequential, keeps, |_, _, file| {
        let reply = file.ioctl(BUFFERED, &[], &mut []);
        assert_eq!((reply.status, reply.information), (STATUS_CANCELLED, 0));
    })
    .breaks(&[Rule::RequestLost; 4])
    .saying("a request was never completed");
    with_file(sequential, keeps, |machine, _, file| {
        let sent = file.send(BUFFERED, &[], &[]).expect("it is sent");
        let mut out: WDFREQUEST = null_mut();
        // SAFETY: a live queue, a request that the driver has, a place for the answer.
        let status = machine
            .inside(|| unsafe { WdfIoQueueRetrieveFoundRequest(kept(0), kept(1), &raw mut out) });
        assert_eq!(status, STATUS_INVALID_DEVICE_REQUEST);
        machine.inside(|| complete(kept(1), STATUS_SUCCESS));
        assert!(sent.reply().is_some());
    })
    .breaks(&[Rule::BadArgument])
    .saying("a found request was taken from a queue that is not manual");
    // One that waits in a queue is not the driver's.
    with_file(
        |device| prepare(device, config(_WDF_IO_QUEUE_DISPATCH_TYPE::WdfIoQueueDispatchManual)),
        keeps,
        |machine, _, file| {
            let sent = file.send(BUFFERED, &[1], &[]).expect("it is sent");
            machine.inside(|| {
                let (mut found, mut place): (WDFREQUEST, PVOID) = (null_mut(), null_mut());
                // SAFETY: a live queue, places for the answers; the found request's reference is
                // given back.
                unsafe {
                    let none = null_mut();
                    let queue = kept(0);
                    WdfIoQueueFindRequest(queue, none, null_mut(), null_mut(), &raw mut found);
                    let status =
                        WdfRequestRetrieveInputBuffer(found, 0, &raw mut place, null_mut());
                    assert_eq!(status, STATUS_INVALID_DEVICE_REQUEST);
                    let (target, nothing) = (WdfDeviceGetIoTarget(kept(7)), null_mut());
                    let status = WdfIoTargetFormatRequestForIoctl(
                        target,
                        found,
                        BUFFERED,
                        nothing,
                        null_mut(),
                        nothing,
                        null_mut(),
                    );
                    assert_eq!(status, STATUS_INVALID_DEVICE_REQUEST);
                    let status = WdfRequestMarkCancelableEx(found, Some(cancelled));
                    assert_eq!(status, STATUS_INVALID_DEVICE_REQUEST);
                    let mut parameters = WDF_REQUEST_PARAMETERS::default();
                    WDF_REQUEST_PARAMETERS_INIT(&mut parameters);
                    let before = parameters.Type;
                    WdfRequestGetParameters(found, &raw mut parameters);
                    assert_eq!(parameters.Type, before);
                    assert_eq!(WdfRequestIsCanceled(found), 0);
                    WdfRequestGetFileObject(found);
                    WdfObjectDereferenceActual(found.cast(), null_mut(), 0, null_mut());
                    WdfIoQueueRetrieveNextRequest(queue, &raw mut found);
                }
                complete(found, STATUS_SUCCESS);
            });
            assert!(sent.reply().is_some());
        },
    )
    .breaks(&[Rule::RequestMisuse; 6])
    .saying("a request was used that waits in a queue");
}

#[test]
fn requests_are_marked_and_passed_on_by_who_has_them() {
    unsafe extern "C" fn cancelled(_request: WDFREQUEST) {}
    wrong(Rule::RequestMisuse, "came through no queue was marked cancelable", |device| {
        // SAFETY: a request of the driver's own.
        let marked = unsafe { WdfRequestMarkCancelableEx(own_request(device), Some(cancelled)) };
        assert_eq!(marked, STATUS_INVALID_DEVICE_REQUEST);
    });
    wrong(Rule::RequestMisuse, "a request was sent without being formatted", |device| {
        let request = own_request(device);
        // SAFETY: live objects; no options.
        let sent = unsafe { WdfRequestSend(request, WdfDeviceGetIoTarget(device), null_mut()) };
        assert_eq!(sent, 0);
    });
    wrong(Rule::BadArgument, "WDF_REQUEST_SEND_OPTIONS was not initialized", |device| {
        let (request, mut none) = (own_request(device), WDF_REQUEST_SEND_OPTIONS::default());
        // SAFETY: live objects, a structure that outlives the call.
        let sent = unsafe { WdfRequestSend(request, WdfDeviceGetIoTarget(device), &raw mut none) };
        assert_eq!(sent, 0);
    });
    // WDF_REQUEST_SEND_OPTION_SEND_AND_FORGET: as it came.
    with_file(
        |device| {
            sequential(device);
            keep(2, device);
        },
        |_, request| {
            let size = size_of::<WDF_REQUEST_SEND_OPTIONS>() as u32;
            let mut options = WDF_REQUEST_SEND_OPTIONS { Size: size, Flags: 8, Timeout: 0 };
            // SAFETY: live objects, a structure that outlives the call.
            unsafe {
                let (target, none) = (WdfDeviceGetIoTarget(kept(2)), null_mut());
                let formatted = WdfIoTargetFormatRequestForIoctl(
                    target,
                    request,
                    BUFFERED,
                    none,
                    null_mut(),
                    none,
                    null_mut(),
                );
                assert_eq!(formatted, STATUS_SUCCESS);
                assert_eq!(WdfRequestSend(request, target, &raw mut options), 0);
            }
            complete(request, STATUS_SUCCESS);
        },
        |_, _, file| {
            file.ioctl(BUFFERED, &[], &mut []);
        },
    )
    .breaks(&[Rule::RequestMisuse])
    .saying("a request was sent to be forgotten that is formatted");
    // One that waits in a queue is not the driver's to forward.
    with_file(
        |device| {
            prepare(device, config(_WDF_IO_QUEUE_DISPATCH_TYPE::WdfIoQueueDispatchManual));
            let mut config = config(_WDF_IO_QUEUE_DISPATCH_TYPE::WdfIoQueueDispatchManual);
            config.DefaultQueue = 0;
            let mut other: WDFQUEUE = null_mut();
            // SAFETY: a live device, structures that outlive the call.
            unsafe { WdfIoQueueCreate(device, &raw mut config, null_mut(), &raw mut other) };
            keep(2, other);
        },
        keeps,
        |machine, _, file| {
            let sent = file.send(BUFFERED, &[1], &[]).expect("it is sent");
            machine.inside(|| {
                let (none, mut found): (WDFFILEOBJECT, WDFREQUEST) = (null_mut(), null_mut());
                // SAFETY: live queues, a place for the answer; the found request's reference is
                // given back.
                unsafe {
                    let queue = kept(0);
                    WdfIoQueueFindRequest(queue, null_mut(), none, null_mut(), &raw mut found);
                    let forwarded = WdfRequestForwardToIoQueue(found, kept(2));
                    assert_eq!(forwarded, STATUS_INVALID_DEVICE_REQUEST);
                    WdfObjectDereferenceActual(found.cast(), null_mut(), 0, null_mut());
                    WdfIoQueueRetrieveNextRequest(queue, &raw mut found);
                }
                complete(found, STATUS_SUCCESS);
            });
            assert!(sent.reply().is_some());
        },
    )
    .breaks(&[Rule::RequestMisuse])
    .saying("a request was forwarded that the driver does not own");
}

#[test]
fn the_context_of_a_client_is_captured_while_it_is_asked_about() {
    fn captured() -> SECURITY_SUBJECT_CONTEXT {
        let mut context = SECURITY_SUBJECT_CONTEXT::default();
        // SAFETY: a place for the answer.
        unsafe { SeCaptureSubjectContext(&raw mut context) };
        context
    }
    fn access(context: &mut SECURITY_SUBJECT_CONTEXT, wanted: u32, has_mapping: bool) {
        let mut mapping = GENERIC_MAPPING::default();
        let mapping = if has_mapping { &raw mut mapping } else { null_mut() };
        let (mut granted, mut answer, none) = (0, 0, null_mut());
        // SAFETY: places for the answers; kernel mode, which needs no descriptor.
        unsafe {
            let granted = &raw mut granted;
            SeAccessCheck(
                none,
                context,
                0,
                wanted,
                0,
                null_mut(),
                mapping,
                0,
                granted,
                &raw mut answer,
            );
        }
    }
    fn release(context: &mut SECURITY_SUBJECT_CONTEXT) {
        // SAFETY: the host knows what was captured.
        unsafe { SeReleaseSubjectContext(context) };
    }
    in_d0(|_| {
        let mut context = captured();
        access(&mut context, 1, true);
        release(&mut context);
    })
    .keeps_every_rule();
    wrong(Rule::HandleLeak, "a captured security context was never released", |_| {
        captured();
    });
    wrong(Rule::BadHandle, "SeReleaseSubjectContext of a context that is not captured", |_| {
        let mut context = captured();
        (0..2).for_each(|_| release(&mut context));
    });
    wrong(Rule::BadHandle, "SeAccessCheck of a context that is not captured", |_| {
        access(&mut SECURITY_SUBJECT_CONTEXT::default(), 1, true);
    });
    // GENERIC_READ; and no mapping.
    for (wanted, has_mapping) in [(0x8000_0000, true), (1, false)] {
        static ASKED: std::sync::Mutex<(u32, bool)> = std::sync::Mutex::new((0, false));
        *ASKED.lock().unwrap() = (wanted, has_mapping);
        wrong(Rule::BadArgument, "SeAccessCheck of generic rights, or without a mapping", |_| {
            let (wanted, has_mapping) = *ASKED.lock().unwrap();
            let mut context = captured();
            access(&mut context, wanted, has_mapping);
            release(&mut context);
        });
    }
    wrong(Rule::BadArgument, "SeCaptureSubjectContextEx of what is no process", |device| {
        let mut context = SECURITY_SUBJECT_CONTEXT::default();
        // SAFETY: a place for the answer.
        unsafe { SeCaptureSubjectContextEx(null_mut(), device.cast(), &raw mut context) };
        release(&mut context);
    });
}

#[test]
fn targets_are_opened_and_purged_as_their_pages_say() {
    fn target(device: WDFDEVICE) -> WDFIOTARGET {
        let mut target: WDFIOTARGET = null_mut();
        let mut attributes = child_of(device.cast());
        // SAFETY: a live device, structures that outlive the call.
        unsafe { WdfIoTargetCreate(device, &raw mut attributes, &raw mut target) };
        target
    }
    wrong(Rule::Uninitialized, "WDF_IO_TARGET_OPEN_PARAMS was not initialized", |device| {
        let mut none = WDF_IO_TARGET_OPEN_PARAMS::default();
        // SAFETY: a live target, a structure that outlives the call.
        let status = unsafe { WdfIoTargetOpen(target(device), &raw mut none) };
        assert_eq!(status, STATUS_INFO_LENGTH_MISMATCH);
    });
    wrong(Rule::BadArgument, "WdfIoTargetPurge with the action 9", |device| {
        // SAFETY: a live target.
        unsafe { WdfIoTargetPurge(target(device), 9) };
    });
    wrong(Rule::Deadlock, "waits for a target that is stopped", |device| {
        let action = _WDF_IO_TARGET_SENT_IO_ACTION::WdfIoTargetLeaveSentIoPending;
        let none: PWDF_MEMORY_DESCRIPTOR = null_mut();
        // SAFETY: a live target.
        unsafe {
            let own = WdfDeviceGetIoTarget(device);
            WdfIoTargetStop(own, action);
            let status = WdfIoTargetSendIoctlSynchronously(
                own,
                null_mut(),
                BUFFERED,
                none,
                none,
                null_mut(),
                null_mut(),
            );
            assert_eq!(status, STATUS_CANCELLED);
        }
        keep(0, device);
    });
}

/// The driver's entry: first a WDFDRIVER with every error.
unsafe extern "C" fn tries_every_mistake(
    driver: PDRIVER_OBJECT,
    path: PUNICODE_STRING,
) -> NTSTATUS {
    unsafe extern "C" fn adds(_driver: WDFDRIVER, _init: PWDFDEVICE_INIT) -> NTSTATUS {
        STATUS_UNSUCCESSFUL
    }
    let create = |config: &mut WDF_DRIVER_CONFIG, attributes: PWDF_OBJECT_ATTRIBUTES| {
        // SAFETY: DriverEntry's own arguments, structures that outlive the call.
        unsafe { WdfDriverCreate(driver, path, attributes, config, null_mut()) }
    };
    let mut config = WDF_DRIVER_CONFIG::default();
    assert_eq!(create(&mut config, null_mut()), STATUS_INFO_LENGTH_MISMATCH);
    WDF_DRIVER_CONFIG_INIT(&mut config, Some(adds));
    for flags in [0x100, _WDF_DRIVER_INIT_FLAGS::WdfDriverInitNonPnpDriver as u32] {
        config.DriverInitFlags = flags;
        assert_eq!(create(&mut config, null_mut()), STATUS_INVALID_PARAMETER);
    }
    config.DriverInitFlags = _WDF_DRIVER_INIT_FLAGS::WdfDriverInitNoDispatchOverride as u32;
    config.EvtDriverUnload = Some(unloads);
    // A parent is not allowed, whatever it is.
    let mut attributes = child_of(0x10 as WDFOBJECT);
    assert_eq!(create(&mut config, &raw mut attributes), 0xC020_020F_u32.cast_signed());
    create(&mut config, null_mut())
}

static UNLOADED: AtomicBool = AtomicBool::new(false);

unsafe extern "C" fn unloads(_driver: WDFDRIVER) {
    UNLOADED.store(true, Ordering::Relaxed);
}

unsafe extern "C" fn fx_tries_every_mistake(
    driver: PDRIVER_OBJECT,
    path: PUNICODE_STRING,
) -> NTSTATUS {
    // SAFETY: the host calls once per load.
    unsafe { entry::driver_entry(driver, path, tries_every_mistake) }
}

#[test]
fn a_driver_object_is_described_as_its_page_says() {
    let machine = acx_host::Machine::builder().build();
    let image = acx_host::LinkedImage { name: "wrong", entry: fx_tries_every_mistake };
    drop(machine.load(image).expect("the last call makes it"));
    assert!(UNLOADED.load(Ordering::Relaxed));
    let found = machine.report().violations();
    let broken: Vec<Rule> = found.iter().map(|violation| violation.rule).collect();
    let mistakes = [Rule::Uninitialized, Rule::BadArgument, Rule::BadArgument, Rule::WrongParent];
    assert_eq!(broken, mistakes, "{found:#?}");
}
