//! The clauses of the table's rows after their first sentence: objects, locks, init objects, IRQLs.

use std::ptr::null_mut;
use std::sync::{Mutex, MutexGuard, PoisonError};

use _WDF_EXECUTION_LEVEL as L;
use _WDF_SYNCHRONIZATION_SCOPE as S;
use acx_host::Rule;
use acx_sys::ntddk::*;
use acx_sys::*;

use crate::devices::{counted, create, new_child, wide};
use crate::driver::{Plan, at_dispatch_level, child_of, in_d0, keep, kept, note, notes};
use crate::io::{BUFFERED, complete, config, keeps, sequential, with_file, with_plan};

fn irql() -> u8 {
    // SAFETY: any level.
    unsafe { KeGetCurrentIrql() }
}

unsafe extern "C" fn expires(_timer: WDFTIMER) {
    callback();
}

unsafe extern "C" fn defers(_dpc: WDFDPC) {
    callback();
}

unsafe extern "C" fn works(_item: WDFWORKITEM) {
    callback();
}

/// The action of the timer, DPC or work item.
static DEED: Mutex<fn()> = Mutex::new(|| {});

/// Sets it, for one test at a time.
pub(crate) fn set_deed(own: fn()) -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    *DEED.lock().unwrap() = own;
    turn
}

fn callback() {
    let deed = *DEED.lock().unwrap();
    deed();
}

pub(crate) type Make = fn(WDFDEVICE, &mut WDF_OBJECT_ATTRIBUTES) -> (NTSTATUS, WDFOBJECT);

/// The functions that create objects below a device, by what they create.
pub(crate) const MAKERS: [(&str, Make); 11] = [
    ("object", |_, attributes| {
        let mut made: WDFOBJECT = null_mut();
        // SAFETY: here and below, structures that outlive the call.
        (unsafe { WdfObjectCreate(attributes, &raw mut made) }, made)
    }),
    ("timer", |_, attributes| {
        let mut config = WDF_TIMER_CONFIG::default();
        WDF_TIMER_CONFIG_INIT(&mut config, Some(expires));
        config.AutomaticSerialization = 0;
        let mut made: WDFTIMER = null_mut();
        // SAFETY: as before.
        (unsafe { WdfTimerCreate(&raw mut config, attributes, &raw mut made) }, made.cast())
    }),
    ("DPC", |_, attributes| {
        let mut config = WDF_DPC_CONFIG::default();
        WDF_DPC_CONFIG_INIT(&mut config, Some(defers));
        let mut made: WDFDPC = null_mut();
        // SAFETY: as before.
        (unsafe { WdfDpcCreate(&raw mut config, attributes, &raw mut made) }, made.cast())
    }),
    ("work item", |_, attributes| {
        let mut config = WDF_WORKITEM_CONFIG::default();
        WDF_WORKITEM_CONFIG_INIT(&mut config, Some(works));
        let mut made: WDFWORKITEM = null_mut();
        // SAFETY: as before.
        (unsafe { WdfWorkItemCreate(&raw mut config, attributes, &raw mut made) }, made.cast())
    }),
    ("string", |_, attributes| {
        let mut made: WDFSTRING = null_mut();
        // SAFETY: as before.
        (unsafe { WdfStringCreate(null_mut(), attributes, &raw mut made) }, made.cast())
    }),
    ("collection", |_, attributes| {
        let mut made: WDFCOLLECTION = null_mut();
        // SAFETY: as before.
        (unsafe { WdfCollectionCreate(attributes, &raw mut made) }, made.cast())
    }),
    ("wait lock", |_, attributes| {
        let mut made: WDFWAITLOCK = null_mut();
        // SAFETY: as before.
        (unsafe { WdfWaitLockCreate(attributes, &raw mut made) }, made.cast())
    }),
    ("memory", |_, attributes| {
        let (mut made, mut place): (WDFMEMORY, PVOID) = (null_mut(), null_mut());
        let (handle, pool) = (&raw mut made, _POOL_TYPE::NonPagedPoolNx);
        // SAFETY: as before.
        (unsafe { WdfMemoryCreate(attributes, pool, 1, 8, handle, &raw mut place) }, made.cast())
    }),
    ("lookaside list", |_, attributes| {
        let mut made: WDFLOOKASIDE = null_mut();
        let (handle, pool) = (&raw mut made, _POOL_TYPE::NonPagedPoolNx);
        // SAFETY: as before.
        let status = unsafe { WdfLookasideListCreate(attributes, 8, pool, null_mut(), 1, handle) };
        (status, made.cast())
    }),
    ("key", |device, attributes| {
        let mut made: WDFKEY = null_mut();
        let (kind, access, handle) = (PLUGPLAY_REGKEY_DEVICE, KEY_READ, &raw mut made);
        // SAFETY: as before.
        let status = unsafe { WdfDeviceOpenRegistryKey(device, kind, access, attributes, handle) };
        (status, made.cast())
    }),
    ("I/O target", |device, attributes| {
        let mut made: WDFIOTARGET = null_mut();
        // SAFETY: as before.
        (unsafe { WdfIoTargetCreate(device, attributes, &raw mut made) }, made.cast())
    }),
];

#[test]
fn also_kmdf_o3_below_an_object_that_was_deleted_nothing_is_created() {
    in_d0(|device| {
        let mut attributes = child_of(device.cast());
        let (mut object, mut child): (WDFOBJECT, WDFOBJECT) = (null_mut(), null_mut());
        // SAFETY: filled structures that outlive the calls; the reference is given back.
        unsafe {
            WdfObjectCreate(&raw mut attributes, &raw mut object);
            WdfObjectReferenceActual(object, null_mut(), 0, null_mut());
            WdfObjectDelete(object);
            let mut below = child_of(object);
            let status = WdfObjectCreate(&raw mut below, &raw mut child);
            assert_eq!(status, STATUS_DELETE_PENDING);
            WdfObjectDereferenceActual(object, null_mut(), 0, null_mut());
        }
    })
    .keeps_every_rule();
}

#[test]
fn also_kmdf_o4_each_kind_of_object_has_its_limits() {
    const SCOPE: NTSTATUS = 0xC020_0210_u32.cast_signed();
    const LEVEL: NTSTATUS = 0xC020_0211_u32.cast_signed();
    in_d0(|device| {
        for (name, make) in MAKERS {
            let with = |change: &dyn Fn(&mut WDF_OBJECT_ATTRIBUTES)| {
                let mut attributes = child_of(device.cast());
                change(&mut attributes);
                make(device, &mut attributes).0
            };
            assert_eq!(with(&|_| {}), STATUS_SUCCESS, "{name}");
            for scope in [S::WdfSynchronizationScopeDevice, S::WdfSynchronizationScopeQueue] {
                assert_eq!(with(&|own| own.SynchronizationScope = scope), SCOPE, "{name}");
            }
            let level = with(&|own| own.ExecutionLevel = L::WdfExecutionLevelPassive);
            let expected = if ["object", "timer"].contains(&name) { STATUS_SUCCESS } else { LEVEL };
            assert_eq!(level, expected, "{name}");
        }
        // The size of the type information: today's, or that of KMDF 1.0.
        for (information, status) in
            [(&TYPES[0], STATUS_SUCCESS), (&TYPES[1], STATUS_INFO_LENGTH_MISMATCH)]
        {
            let mut attributes = child_of(device.cast());
            attributes.ContextTypeInfo = &raw const information.0;
            assert_eq!((MAKERS[0].1)(device, &mut attributes).0, status);
        }
    })
    .breaks(&[[Rule::BadArgument; 31].as_slice(), &[Rule::Uninitialized]].concat());
}

/// That of KMDF 1.0, and of no version.
static TYPES: [Information; 2] = [Information::of_size(24), Information::of_size(32)];

/// Type information with a Size.
struct Information(WDF_OBJECT_CONTEXT_TYPE_INFO);
// SAFETY: nothing writes it.
unsafe impl Sync for Information {}
impl Information {
    const fn of_size(size: u32) -> Self {
        Self(WDF_OBJECT_CONTEXT_TYPE_INFO {
            Size: size,
            ContextName: c"INFORMATION".as_ptr().cast(),
            ContextSize: 8,
            UniqueType: std::ptr::null(),
            EvtDriverGetUniqueContextType: None,
        })
    }
}

#[test]
fn also_kmdf_o7_two_types_of_one_unique_type_are_two() {
    static ONE: ContextTypeInfo = ContextTypeInfo::new(c"ONE", 8, &ONE);
    static SAME: ContextTypeInfo = ContextTypeInfo::new(c"ONE", 8, &ONE);
    in_d0(|device| {
        let mut attributes = child_of(device.cast());
        attributes.ContextTypeInfo = ONE.as_ptr();
        let mut object: WDFOBJECT = null_mut();
        let mut context: PVOID = null_mut();
        // SAFETY: structures that outlive the calls.
        unsafe {
            WdfObjectCreate(&raw mut attributes, &raw mut object);
            attributes = child_of(null_mut());
            attributes.ContextTypeInfo = SAME.as_ptr();
            let added = WdfObjectAllocateContext(object, &raw mut attributes, &raw mut context);
            assert_eq!(added, STATUS_SUCCESS);
            assert_ne!(context, WdfObjectGetTypedContextWorker(object, ONE.as_ptr()));
            assert_eq!(context, WdfObjectGetTypedContextWorker(object, SAME.as_ptr()));
        }
    })
    .keeps_every_rule();
}

#[test]
fn also_kmdf_o8_files_children_lists_and_named_queues_are_the_frameworks() {
    unsafe extern "C" fn deletes_its_list(
        _device: WDFDEVICE,
        raw: WDFCMRESLIST,
        _translated: WDFCMRESLIST,
    ) -> NTSTATUS {
        // SAFETY: a list of the framework's, which stays.
        unsafe { WdfObjectDelete(raw.cast()) };
        STATUS_SUCCESS
    }
    fn delete<T>(object: *mut T) {
        // SAFETY: the host checks whether the driver may delete it.
        unsafe { WdfObjectDelete(object.cast()) };
    }
    let plan = Plan::new()
        .init(|init| {
            crate::io::files(init);
            let mut callbacks = WDF_PNPPOWER_EVENT_CALLBACKS::default();
            WDF_PNPPOWER_EVENT_CALLBACKS_INIT(&mut callbacks);
            callbacks.EvtDevicePrepareHardware = Some(deletes_its_list);
            // SAFETY: the init object of EvtDriverDeviceAdd.
            unsafe { WdfDeviceInitSetPnpPowerEventCallbacks(init, &raw mut callbacks) };
        })
        .created(|device| {
            sequential(device);
            let mut own = config(_WDF_IO_QUEUE_DISPATCH_TYPE::WdfIoQueueDispatchSequential);
            own.DefaultQueue = 0;
            let queue = crate::io::create(device, &mut own).1;
            let control = _WDF_REQUEST_TYPE::WdfRequestTypeDeviceControl;
            // SAFETY: live objects.
            unsafe { WdfDeviceConfigureRequestDispatching(device, queue, control) };
            delete(queue);
            // Those that the driver may delete.
            delete(crate::io::create(device, &mut own).1);
            delete(new_child(device, "0"));
            let child = new_child(device, "1");
            // SAFETY: live devices.
            unsafe { WdfFdoAddStaticChild(device, child) };
            delete(child);
        });
    with_plan(plan, |machine, _, _| machine.inside(|| delete::<u8>(kept(2))))
        .breaks(&[Rule::BadArgument; 4]);
}

#[test]
fn also_kmdf_o9_these_kinds_are_disposed_of_at_passive_level() {
    static MAKE: Mutex<Make> = Mutex::new(MAKERS[0].1);
    unsafe extern "C" fn level(_object: WDFOBJECT) {
        note(format!("IRQL {}", irql()));
    }
    let kinds = ["timer", "DPC", "work item", "string", "key", "I/O target"];
    for (name, make) in MAKERS {
        *MAKE.lock().unwrap() = make;
        let run = in_d0(|device| {
            let mut attributes = child_of(device.cast());
            attributes.EvtCleanupCallback = Some(level);
            let object = (*MAKE.lock().unwrap())(device, &mut attributes).1;
            // SAFETY: a live object of the driver's.
            at_dispatch_level(|| unsafe { WdfObjectDelete(object) });
        });
        let expected = if kinds.contains(&name) { "IRQL 0" } else { "IRQL 2" };
        run.keeps_every_rule().counts(expected, 1);
    }
    // An object of the passive level, whose last reference goes at DISPATCH_LEVEL.
    let run = in_d0(|device| {
        let mut attributes = child_of(device.cast());
        attributes.ExecutionLevel = L::WdfExecutionLevelPassive;
        attributes.EvtDestroyCallback = Some(level);
        let object = (MAKERS[0].1)(device, &mut attributes).1;
        // SAFETY: a live object; the reference is given back.
        unsafe {
            WdfObjectReferenceActual(object, null_mut(), 0, null_mut());
            WdfObjectDelete(object);
            at_dispatch_level(|| {
                WdfObjectDereferenceActual(object, null_mut(), 0, null_mut());
                note("dereferenced");
            });
        }
    });
    run.keeps_every_rule().has("dereferenced").counts("IRQL 0", 1);
}

#[test]
fn also_kmdf_o11_more_pointers_that_are_required() {
    in_d0(|device| {
        // SAFETY: the host looks at the pointers.
        unsafe {
            WdfDeviceCreateDeviceInterface(device, std::ptr::null(), std::ptr::null());
            WdfDeviceGetDeviceState(device, null_mut());
            let init = WdfPdoInitAllocate(device);
            WdfDeviceInitSetDeviceClass(init, std::ptr::null());
            WdfDeviceInitSetIoInCallerContextCallback(init, None);
            WdfPdoInitAssignRawDevice(init, std::ptr::null());
            WdfDeviceInitFree(init);
            WdfDeviceInitSetExclusive(null_mut(), 1);
        }
    })
    .breaks(&[Rule::WdfViolation; 6]);
    with_file(
        sequential,
        |_, request| {
            // SAFETY: as before.
            unsafe { WdfRequestRetrieveInputWdmMdl(request, null_mut()) };
            complete(request, STATUS_SUCCESS);
        },
        |_, _, file| {
            file.ioctl(BUFFERED, &[1], &mut []);
        },
    )
    .breaks(&[Rule::WdfViolation])
    .saying("argument 2 of WdfRequestRetrieveInputWdmMdl is null");
}

/// Takes the lock that the callback is synchronized by: the thread has it already.
fn takes_the_lock_in_slot_6() {
    note(format!("callback at IRQL {}", irql()));
    // SAFETY: a live object.
    unsafe {
        WdfObjectAcquireLock(kept(6));
        WdfObjectReleaseLock(kept(6));
    }
}

/// Attributes of a synchronized device.
fn with_scope(attributes: &mut WDF_OBJECT_ATTRIBUTES) {
    attributes.SynchronizationScope = S::WdfSynchronizationScopeDevice;
}

#[test]
fn also_kmdf_o14_timers_dpcs_and_work_items_run_under_the_lock() {
    let _turn = set_deed(takes_the_lock_in_slot_6);
    let under = |plan: Plan, deed: fn(WDFDEVICE), level: &str| {
        plan.created(|device| keep(6, device))
            .on("EvtDeviceD0Entry", deed)
            .start()
            .breaks(&[Rule::WdfViolation])
            .saying("bug check 0x10d (2, ...)")
            .counts(level, 1);
    };
    let dispatch = || Plan::new().attributes(with_scope);
    let passive = || {
        Plan::new().attributes(|attributes| {
            with_scope(attributes);
            attributes.ExecutionLevel = L::WdfExecutionLevelPassive;
        })
    };
    let timer = |device: WDFDEVICE| {
        let mut config = WDF_TIMER_CONFIG::default();
        WDF_TIMER_CONFIG_INIT(&mut config, Some(expires));
        let mut attributes = child_of(device.cast());
        let mut timer: WDFTIMER = null_mut();
        // SAFETY: filled structures that outlive the calls.
        unsafe {
            WdfTimerCreate(&raw mut config, &raw mut attributes, &raw mut timer);
            WdfTimerStart(timer, -10_000);
        }
    };
    under(dispatch(), timer, "callback at IRQL 2");
    let dpc = |device: WDFDEVICE| {
        let dpc = (MAKERS[2].1)(device, &mut child_of(device.cast())).1;
        // SAFETY: a live DPC.
        unsafe { WdfDpcEnqueue(dpc.cast()) };
    };
    under(dispatch(), dpc, "callback at IRQL 2");
    let item = |device: WDFDEVICE| {
        let item = (MAKERS[3].1)(device, &mut child_of(device.cast())).1;
        // SAFETY: a live work item.
        unsafe { WdfWorkItemEnqueue(item.cast()) };
    };
    under(passive(), item, "callback at IRQL 0");
}

#[test]
fn also_kmdf_o14_cancel_routines_run_under_the_lock_and_a_queue_has_its_own() {
    unsafe extern "C" fn cancelled(request: WDFREQUEST) {
        takes_the_lock_in_slot_6();
        complete(request, STATUS_CANCELLED);
    }
    let marks = |_: WDFQUEUE, request: WDFREQUEST| {
        // SAFETY: a request that the driver has.
        unsafe { WdfRequestMarkCancelable(request, Some(cancelled)) };
    };
    let plan = Plan::new().attributes(with_scope).request(marks).created(|device| {
        keep(6, device);
        sequential(device);
    });
    with_plan(plan, |_, _, file| {
        file.send(BUFFERED, &[], &[]).expect("it is sent").cancel();
        assert_eq!(notes().last().map(String::as_str), Some("callback at IRQL 2"));
    })
    .breaks(&[Rule::WdfViolation])
    .saying("bug check 0x10d (2, ...)");
    // WdfSynchronizationScopeQueue: the queue's lock, and not the device's.
    let locks = |queue: WDFQUEUE, request: WDFREQUEST| {
        // SAFETY: live objects, locks that are given back.
        unsafe {
            WdfObjectAcquireLock(kept(7));
            WdfObjectReleaseLock(kept(7));
        }
        keep(6, queue);
        takes_the_lock_in_slot_6();
        complete(request, STATUS_SUCCESS);
    };
    let with_queues = |attributes: &mut WDF_OBJECT_ATTRIBUTES| {
        attributes.SynchronizationScope = S::WdfSynchronizationScopeQueue;
    };
    let plan = Plan::new().attributes(with_queues).request(locks).created(sequential);
    with_plan(plan, |_, _, file| {
        file.ioctl(BUFFERED, &[], &mut []);
    })
    .breaks(&[Rule::WdfViolation])
    .saying("the lock of a WDFQUEUE");
}

#[test]
fn also_kmdf_d4_what_an_init_object_is_passed_wrongly_has_no_effect() {
    unsafe extern "C" fn usage(_: WDFDEVICE, _: WDF_SPECIAL_FILE_TYPE, _: BOOLEAN) {}
    unsafe extern "C" fn usage_ex(_: WDFDEVICE, _: WDF_SPECIAL_FILE_TYPE, _: BOOLEAN) -> NTSTATUS {
        STATUS_SUCCESS
    }
    unsafe extern "C" fn arm(_: WDFDEVICE) -> NTSTATUS {
        STATUS_SUCCESS
    }
    unsafe extern "C" fn arm_ex(_: WDFDEVICE, _: BOOLEAN, _: BOOLEAN) -> NTSTATUS {
        STATUS_SUCCESS
    }
    unsafe extern "C" fn closed(_: WDFFILEOBJECT) {
        note("closed");
    }
    let plan = Plan::new().created(sequential).init(|init| {
        let mut pnp = WDF_PNPPOWER_EVENT_CALLBACKS::default();
        WDF_PNPPOWER_EVENT_CALLBACKS_INIT(&mut pnp);
        pnp.EvtDeviceUsageNotification = Some(usage);
        pnp.EvtDeviceUsageNotificationEx = Some(usage_ex);
        let mut policy = WDF_POWER_POLICY_EVENT_CALLBACKS::default();
        let mut files = WDF_FILEOBJECT_CONFIG::default();
        WDF_FILEOBJECT_CONFIG_INIT(&mut files, None, Some(closed), None);
        let mut list = WDF_CHILD_LIST_CONFIG::default();
        // SAFETY: the init object of EvtDriverDeviceAdd, structures that outlive the calls.
        unsafe {
            WdfDeviceInitSetPnpPowerEventCallbacks(init, &raw mut pnp);
            WdfDeviceInitSetPowerPolicyEventCallbacks(init, &raw mut policy);
            WDF_POWER_POLICY_EVENT_CALLBACKS_INIT(&mut policy);
            policy.EvtDeviceArmWakeFromSx = Some(arm);
            WdfDeviceInitSetPowerPolicyEventCallbacks(init, &raw mut policy);
            policy.EvtDeviceArmWakeFromSxWithReason = Some(arm_ex);
            WdfDeviceInitSetPowerPolicyEventCallbacks(init, &raw mut policy);
            for class in [0, 5, _WDF_FILEOBJECT_CLASS::WdfFileObjectCanBeOptional | 1] {
                files.FileObjectClass = class;
                WdfDeviceInitSetFileObjectConfig(init, &raw mut files, null_mut());
            }
            files.FileObjectClass = 4;
            files.AutoForwardCleanupClose = 3;
            WdfDeviceInitSetFileObjectConfig(init, &raw mut files, null_mut());
            let mut attributes = child_of(init.cast());
            WdfDeviceInitSetRequestAttributes(init, &raw mut attributes);
            WdfFdoInitSetDefaultChildListConfig(init, &raw mut list, null_mut());
            WdfPdoInitSetDefaultLocale(init, 0x409);
        }
    });
    // The PnP callbacks are those of before, and the files have none.
    with_plan(plan, |_, device, file| {
        drop(file);
        device.power_down();
        assert_eq!(notes().last().map(String::as_str), Some("EvtDeviceD0Exit"));
        assert!(!notes().iter().any(|note| note == "closed"));
    })
    .breaks(&[
        Rule::BadArgument,
        Rule::Uninitialized,
        Rule::BadArgument,
        Rule::BadArgument,
        Rule::BadArgument,
        Rule::BadArgument,
        Rule::BadArgument,
        Rule::WrongParent,
        Rule::Uninitialized,
        Rule::BadArgument,
    ]);
    in_d0(|device| {
        // SAFETY: live objects, structures that outlive the calls.
        unsafe {
            let init = WdfPdoInitAllocate(device);
            WdfFdoInitSetFilter(init);
            let mut callbacks = WDF_FDO_EVENT_CALLBACKS::default();
            WdfFdoInitSetEventCallbacks(init, &raw mut callbacks);
            WdfControlDeviceInitSetShutdownNotification(init, None, 0);
            WdfDeviceInitFree(init);
        }
    })
    .breaks(&[Rule::BadArgument, Rule::BadArgument, Rule::WdfViolation, Rule::BadArgument]);
}

#[test]
fn also_kmdf_x6_children_and_dispatching_are_for_dispatch_level_too() {
    Plan::new()
        .created(|device| {
            let mut own = config(_WDF_IO_QUEUE_DISPATCH_TYPE::WdfIoQueueDispatchSequential);
            own.DefaultQueue = 0;
            let queue = crate::io::create(device, &mut own).1;
            let child = new_child(device, "0");
            let control = _WDF_REQUEST_TYPE::WdfRequestTypeDeviceControl;
            // SAFETY: live objects.
            at_dispatch_level(|| unsafe {
                assert_eq!(WdfFdoAddStaticChild(device, child), STATUS_SUCCESS);
                let status = WdfDeviceConfigureRequestDispatching(device, queue, control);
                assert_eq!(status, STATUS_SUCCESS);
            });
        })
        .start()
        .keeps_every_rule();
}

#[test]
fn also_kmdf_x7_each_of_the_functions_for_passive_level() {
    unsafe extern "C" fn shuts_down(_: WDFDEVICE) {}
    Plan::new()
        .init(|init| {
            let mut callbacks = WDF_FDO_EVENT_CALLBACKS {
                Size: size_of::<WDF_FDO_EVENT_CALLBACKS>() as u32,
                ..Default::default()
            };
            let mut io = WDF_IO_TYPE_CONFIG {
                Size: size_of::<WDF_IO_TYPE_CONFIG>() as u32,
                ..Default::default()
            };
            // SAFETY: the init object of EvtDriverDeviceAdd, structures that outlive the calls.
            at_dispatch_level(|| unsafe {
                WdfFdoInitSetEventCallbacks(init, &raw mut callbacks);
                WdfDeviceInitSetIoTypeEx(init, &raw mut io);
            });
        })
        .on("EvtDeviceD0Entry", |device| {
            let sddl = wide("D:P");
            let sddl = counted(&sddl);
            let mut callbacks = WDF_PDO_EVENT_CALLBACKS {
                Size: size_of::<WDF_PDO_EVENT_CALLBACKS>() as u32,
                ..Default::default()
            };
            // SAFETY: live objects, structures that outlive the calls.
            unsafe {
                let init = WdfPdoInitAllocate(device);
                at_dispatch_level(|| {
                    WdfPdoInitSetDefaultLocale(init, 0x409);
                    WdfPdoInitSetEventCallbacks(init, &raw mut callbacks);
                    WdfPdoInitAllowForwardingRequestToParent(init);
                    WdfPdoInitRemovePowerDependencyOnParent(init);
                });
                WdfDeviceInitFree(init);
                let driver = WdfDeviceGetDriver(device);
                let init = WdfControlDeviceInitAllocate(driver, &raw const sddl);
                at_dispatch_level(|| {
                    WdfControlDeviceInitSetShutdownNotification(init, Some(shuts_down), 1);
                });
                WdfDeviceInitFree(init);
            }
        })
        .start()
        .breaks(&[Rule::Irql; 7]);
    // At APC_LEVEL, but not above it.
    with_file(sequential, keeps, |machine, _, file| {
        let sent = file.send(BUFFERED, &[], &[]).expect("it is sent");
        machine.inside(|| {
            // SAFETY: a request that the driver has; the level is put back.
            unsafe {
                let before = KfRaiseIrql(1);
                WdfRequestIsFrom32BitProcess(kept(1));
                KeLowerIrql(before);
                at_dispatch_level(|| WdfRequestIsFrom32BitProcess(kept(1)));
            }
            complete(kept(1), STATUS_SUCCESS);
        });
        assert!(sent.reply().is_some());
    })
    .breaks(&[Rule::Irql])
    .saying("WdfRequestIsFrom32BitProcess called at IRQL 2");
}

#[test]
fn also_kmdf_x8_an_io_callback_gives_its_wait_lock_back() {
    with_file(
        |device| {
            sequential(device);
            keep(1, (MAKERS[6].1)(device, &mut child_of(device.cast())).1);
        },
        |_, request| {
            // SAFETY: a live lock.
            unsafe { WdfWaitLockAcquire(kept(1), null_mut()) };
            complete(request, STATUS_SUCCESS);
        },
        |machine, _, file| {
            file.ioctl(BUFFERED, &[], &mut []);
            // SAFETY: the lock that was acquired.
            machine.inside(|| unsafe { WdfWaitLockRelease(kept(1)) });
        },
    )
    .breaks(&[Rule::LockHeldOnReturn])
    .saying("bug check 0x10d (0xf, ...)");
}

#[test]
fn also_kmdf_q4_a_control_devices_queue_is_not_power_managed() {
    in_d0(|device| {
        let sddl = wide("D:P");
        let sddl = counted(&sddl);
        let held = _WDF_IO_QUEUE_STATE::WdfIoQueuePnpHeld;
        // SAFETY: live objects, structures that outlive the calls.
        unsafe {
            let driver = WdfDeviceGetDriver(device);
            let control = create(WdfControlDeviceInitAllocate(driver, &raw const sddl)).1;
            let mut own = config(_WDF_IO_QUEUE_DISPATCH_TYPE::WdfIoQueueDispatchSequential);
            let queue = crate::io::create(control, &mut own).1;
            assert_eq!(WdfIoQueueGetState(queue, null_mut(), null_mut()) & held, 0);
            own.PowerManaged = _WDF_TRI_STATE::WdfTrue;
            own.DefaultQueue = 0;
            let queue = crate::io::create(control, &mut own).1;
            assert_ne!(WdfIoQueueGetState(queue, null_mut(), null_mut()) & held, 0);
            WdfObjectDelete(control.cast());
        }
    })
    .keeps_every_rule();
}
