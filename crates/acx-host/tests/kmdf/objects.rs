//! Objects: their life cycle, attributes, contexts, locks.

use std::ptr::null_mut;

use acx_host::Rule;
use acx_sys::ntddk::*;
use acx_sys::*;

use crate::driver::{Plan, at_dispatch_level, child_of, in_d0, keep, kept, note, notes};

/// wdfstatus.h.
const OBJECT_ATTRIBUTES_INVALID: NTSTATUS = 0xC020_0209_u32.cast_signed();
const PARENT_ASSIGNMENT_NOT_ALLOWED: NTSTATUS = 0xC020_020F_u32.cast_signed();
const SYNCHRONIZATION_SCOPE_INVALID: NTSTATUS = 0xC020_0210_u32.cast_signed();
const EXECUTION_LEVEL_INVALID: NTSTATUS = 0xC020_0211_u32.cast_signed();
const PARENT_NOT_SPECIFIED: NTSTATUS = 0xC020_0212_u32.cast_signed();

static NAME: ContextTypeInfo = ContextTypeInfo::new(c"NAME", size_of::<u64>(), &NAME);
static OTHER: ContextTypeInfo = ContextTypeInfo::new(c"OTHER", size_of::<u64>(), &OTHER);

fn context(object: WDFOBJECT) -> *mut u64 {
    // SAFETY: any object may be asked.
    unsafe { WdfObjectGetTypedContextWorker(object, NAME.as_ptr()) }.cast()
}

fn name(object: WDFOBJECT) -> u64 {
    // SAFETY: the objects that are asked have the context until they are destroyed.
    unsafe { context(object).read() }
}

unsafe extern "C" fn cleaned(object: WDFOBJECT) {
    note(format!("cleanup {}", name(object)));
}

unsafe extern "C" fn destroyed(object: WDFOBJECT) {
    note(format!("destroy {}", name(object)));
}

/// An object below `parent` whose context is a number, and that records its deletion.
fn named(parent: WDFOBJECT, number: u64) -> WDFOBJECT {
    let mut attributes = child_of(parent);
    attributes.ContextTypeInfo = NAME.as_ptr();
    attributes.EvtCleanupCallback = Some(cleaned);
    attributes.EvtDestroyCallback = Some(destroyed);
    let mut object: WDFOBJECT = null_mut();
    // SAFETY: filled structures that outlive the call, and the context of the object.
    unsafe {
        assert_eq!(WdfObjectCreate(&raw mut attributes, &raw mut object), STATUS_SUCCESS);
        context(object).write(number);
    }
    object
}

fn lines_of(what: &[&str]) -> bool {
    notes().iter().filter(|line| !line.starts_with("Evt")).eq(what.iter())
}

unsafe extern "C" fn uses_its_children(_object: WDFOBJECT) {
    // SAFETY: the children of an object are there in its cleanup.
    unsafe {
        WdfSpinLockAcquire(kept(0));
        WdfSpinLockRelease(kept(0));
        WdfWaitLockAcquire(kept(1), null_mut());
        WdfWaitLockRelease(kept(1));
        let mut size = 0;
        let buffer = WdfMemoryGetBuffer(kept(2), &raw mut size);
        note(format!("{size} bytes, the first is {}", buffer.cast::<u8>().read()));
    }
    note(format!("child {}", name(kept(3))));
}

#[test]
fn kmdf_o1_children_are_there_in_their_parents_cleanup() {
    in_d0(|device| {
        let mut attributes = child_of(device.cast());
        attributes.EvtCleanupCallback = Some(uses_its_children);
        let mut parent: WDFOBJECT = null_mut();
        // SAFETY: filled structures that outlive the calls.
        unsafe {
            WdfObjectCreate(&raw mut attributes, &raw mut parent);
            let mut child = child_of(parent);
            let (mut spin, mut wait): (WDFSPINLOCK, WDFWAITLOCK) = (null_mut(), null_mut());
            WdfSpinLockCreate(&raw mut child, &raw mut spin);
            WdfWaitLockCreate(&raw mut child, &raw mut wait);
            let (mut memory, mut buffer): (WDFMEMORY, PVOID) = (null_mut(), null_mut());
            let pool = _POOL_TYPE::NonPagedPoolNx;
            WdfMemoryCreate(&raw mut child, pool, 1, 8, &raw mut memory, &raw mut buffer);
            buffer.cast::<u8>().write(7);
            keep(0, spin);
            keep(1, wait);
            keep(2, memory);
            keep(3, named(parent, 5));
            WdfObjectDelete(parent);
        }
        assert!(lines_of(&["cleanup 5", "8 bytes, the first is 7", "child 5", "destroy 5"]));
    })
    .keeps_every_rule();
}

#[test]
fn kmdf_o2_siblings_go_oldest_first_and_every_cleanup_precedes_every_destroy() {
    in_d0(|device| {
        let first = named(device.cast(), 1);
        let second = named(first, 2);
        named(second, 3);
        named(first, 4);
        // SAFETY: a live object.
        unsafe { WdfObjectDelete(first) };
        assert!(lines_of(&[
            "cleanup 3",
            "cleanup 2",
            "cleanup 4",
            "cleanup 1",
            "destroy 3",
            "destroy 2",
            "destroy 4",
            "destroy 1",
        ]));
    })
    .keeps_every_rule();
}

#[test]
fn a_referenced_object_is_destroyed_with_its_last_reference() {
    in_d0(|device| {
        assert!(context(device.cast()).is_null(), "no context of that type");
        let first = named(device.cast(), 1);
        let second = named(first, 2);
        named(second, 3);
        // SAFETY: live objects; the reference is given back.
        unsafe {
            WdfObjectReferenceActual(second, null_mut(), 0, null_mut());
            WdfObjectDelete(first);
            assert!(lines_of(&["cleanup 3", "cleanup 2", "cleanup 1", "destroy 3", "destroy 1"]));
            assert_eq!(name(second), 2, "a referenced object keeps its context");
            WdfObjectDereferenceActual(second, null_mut(), 0, null_mut());
        }
    })
    .keeps_every_rule()
    .has("destroy 2");
}

#[test]
fn kmdf_o3_nothing_is_created_below_an_object_that_is_being_deleted() {
    unsafe extern "C" fn creates(object: WDFOBJECT) {
        let mut attributes = child_of(object);
        let mut child: WDFOBJECT = null_mut();
        // SAFETY: filled structures that outlive the call.
        let status = unsafe { WdfObjectCreate(&raw mut attributes, &raw mut child) };
        assert_eq!(status, STATUS_DELETE_PENDING);
    }
    in_d0(|device| {
        let mut attributes = child_of(device.cast());
        attributes.EvtCleanupCallback = Some(creates);
        let mut object: WDFOBJECT = null_mut();
        // SAFETY: filled structures that outlive the calls.
        unsafe {
            WdfObjectCreate(&raw mut attributes, &raw mut object);
            WdfObjectDelete(object);
        }
    })
    .keeps_every_rule();
}

/// The result of WdfSpinLockCreate with changed attributes.
fn spin_lock(device: WDFDEVICE, change: fn(&mut WDF_OBJECT_ATTRIBUTES)) -> NTSTATUS {
    let mut attributes = child_of(device.cast());
    change(&mut attributes);
    let mut lock: WDFSPINLOCK = null_mut();
    // SAFETY: structures that outlive the call.
    unsafe { WdfSpinLockCreate(&raw mut attributes, &raw mut lock) }
}

#[test]
fn kmdf_o4_attributes_are_checked_in_order() {
    use _WDF_EXECUTION_LEVEL as L;
    use _WDF_SYNCHRONIZATION_SCOPE as S;
    in_d0(|device| {
        static NAMELESS: TypeInformation = TypeInformation::nameless(1);
        // Only a context needs a name.
        static EMPTY: TypeInformation = TypeInformation::nameless(0);
        assert_eq!(spin_lock(device, |a| a.Size = 4), STATUS_INFO_LENGTH_MISMATCH);
        assert_eq!(
            spin_lock(device, |a| a.ContextTypeInfo = NAMELESS.as_ptr()),
            OBJECT_ATTRIBUTES_INVALID
        );
        assert_eq!(spin_lock(device, |a| a.ContextTypeInfo = EMPTY.as_ptr()), STATUS_SUCCESS);
        assert_eq!(spin_lock(device, |a| a.ContextSizeOverride = 1), OBJECT_ATTRIBUTES_INVALID);
        assert_eq!(
            spin_lock(device, |a| {
                a.ContextTypeInfo = NAME.as_ptr();
                a.ContextSizeOverride = 4;
            }),
            OBJECT_ATTRIBUTES_INVALID
        );
        assert_eq!(
            spin_lock(device, |a| {
                a.ContextTypeInfo = NAME.as_ptr();
                a.ContextSizeOverride = size_of::<u64>();
            }),
            STATUS_SUCCESS
        );
        assert_eq!(spin_lock(device, |a| a.ExecutionLevel = 0), OBJECT_ATTRIBUTES_INVALID);
        assert_eq!(spin_lock(device, |a| a.ExecutionLevel = 4), OBJECT_ATTRIBUTES_INVALID);
        assert_eq!(spin_lock(device, |a| a.SynchronizationScope = 0), OBJECT_ATTRIBUTES_INVALID);
        assert_eq!(spin_lock(device, |a| a.SynchronizationScope = 5), OBJECT_ATTRIBUTES_INVALID);
        // The scope is checked before the level.
        assert_eq!(
            spin_lock(device, |a| {
                a.SynchronizationScope = S::WdfSynchronizationScopeQueue;
                a.ExecutionLevel = L::WdfExecutionLevelPassive;
            }),
            SYNCHRONIZATION_SCOPE_INVALID
        );
        assert_eq!(
            spin_lock(device, |a| a.ExecutionLevel = L::WdfExecutionLevelPassive),
            EXECUTION_LEVEL_INVALID
        );
        assert_eq!(
            spin_lock(device, |a| a.SynchronizationScope = S::WdfSynchronizationScopeNone),
            STATUS_SUCCESS
        );
    })
    .breaks(&[
        Rule::Uninitialized,
        Rule::BadArgument,
        Rule::BadArgument,
        Rule::BadArgument,
        Rule::Uninitialized,
        Rule::Uninitialized,
        Rule::Uninitialized,
        Rule::Uninitialized,
        Rule::BadArgument,
        Rule::BadArgument,
    ]);
}

/// Type information with an error.
struct TypeInformation(WDF_OBJECT_CONTEXT_TYPE_INFO);

// SAFETY: nothing writes it.
unsafe impl Sync for TypeInformation {}

impl TypeInformation {
    const fn nameless(size: usize) -> Self {
        Self(WDF_OBJECT_CONTEXT_TYPE_INFO {
            Size: 40,
            ContextName: std::ptr::null(),
            ContextSize: size,
            UniqueType: std::ptr::null(),
            EvtDriverGetUniqueContextType: None,
        })
    }

    const fn as_ptr(&'static self) -> *const WDF_OBJECT_CONTEXT_TYPE_INFO {
        &raw const self.0
    }
}

#[test]
fn kmdf_o5_a_device_has_no_parent_of_the_drivers_choice() {
    let run = Plan::new()
        .created(|device| keep(0, device))
        .on("EvtDeviceD0Entry", |_| {
            // SAFETY: a control device's init object, of a driver that is there.
            unsafe {
                let driver = WdfDeviceGetDriver(kept(0));
                let mut init = WdfControlDeviceInitAllocate(driver, &raw const SDDL.0);
                let mut attributes = child_of(kept(0));
                let mut device: WDFDEVICE = null_mut();
                let status = WdfDeviceCreate(&raw mut init, &raw mut attributes, &raw mut device);
                assert_eq!(status, PARENT_ASSIGNMENT_NOT_ALLOWED);
                assert!(!init.is_null());
                WdfDeviceInitFree(init);
            }
        })
        .start();
    run.breaks(&[Rule::WrongParent]);
}

/// A security descriptor's text.
pub(crate) struct Text(pub(crate) UNICODE_STRING);
// SAFETY: nothing writes it.
unsafe impl Sync for Text {}
static SDDL_UNITS: [u16; 2] = [b'D' as u16, b':' as u16];
pub(crate) static SDDL: Text =
    Text(UNICODE_STRING { Length: 4, MaximumLength: 4, Buffer: SDDL_UNITS.as_ptr().cast_mut() });

#[test]
fn kmdf_o6_contexts_that_are_added_later_are_checked() {
    use _WDF_EXECUTION_LEVEL as L;
    unsafe extern "C" fn adds(object: WDFOBJECT) {
        let mut attributes = child_of(null_mut());
        attributes.ContextTypeInfo = OTHER.as_ptr();
        // SAFETY: an object in its cleanup.
        let status = unsafe { WdfObjectAllocateContext(object, &raw mut attributes, null_mut()) };
        assert_eq!(status, STATUS_DELETE_PENDING);
    }
    in_d0(|device| {
        let object = named(device.cast(), 1);
        let add = |change: &dyn Fn(&mut WDF_OBJECT_ATTRIBUTES)| {
            let mut attributes = child_of(null_mut());
            attributes.ContextTypeInfo = OTHER.as_ptr();
            change(&mut attributes);
            let mut context: PVOID = null_mut();
            // SAFETY: a live object, structures that outlive the call.
            let status =
                unsafe { WdfObjectAllocateContext(object, &raw mut attributes, &raw mut context) };
            (status, context)
        };
        // SAFETY: a live object.
        let none = unsafe { WdfObjectAllocateContext(object, null_mut(), null_mut()) };
        assert_eq!(none, PARENT_NOT_SPECIFIED);
        let no_type = add(&|attributes| attributes.ContextTypeInfo = std::ptr::null());
        assert_eq!(no_type, (STATUS_OBJECT_NAME_INVALID, null_mut()));
        let parent = add(&|attributes| attributes.ParentObject = object);
        assert_eq!(parent.0, PARENT_ASSIGNMENT_NOT_ALLOWED);
        let level = add(&|a| a.ExecutionLevel = L::WdfExecutionLevelPassive);
        assert_eq!(level.0, EXECUTION_LEVEL_INVALID);
        let (status, context) = add(&|a| a.EvtCleanupCallback = Some(adds));
        assert_eq!(status, STATUS_SUCCESS);
        assert!(!context.is_null());
        let again = add(&|a| a.EvtCleanupCallback = Some(cleaned));
        assert_eq!(again, (STATUS_OBJECT_NAME_EXISTS, context));
        // SAFETY: a live object. Its cleanups: that of its creation, and the first that was added.
        unsafe { WdfObjectDelete(object) };
        assert!(lines_of(&["cleanup 1", "destroy 1"]));
    })
    .breaks(&[Rule::WrongParent, Rule::BadArgument]);
}

#[test]
fn kmdf_o7_a_context_type_is_known_by_its_pointer() {
    unsafe extern "C" fn count(_object: WDFOBJECT) {
        note("counted");
    }
    in_d0(|device| {
        // Callbacks without a type: the object has no context, and each of them is called.
        let mut attributes = child_of(device.cast());
        attributes.EvtCleanupCallback = Some(count);
        let mut object: WDFOBJECT = null_mut();
        // SAFETY: structures that outlive the calls.
        unsafe {
            WdfObjectCreate(&raw mut attributes, &raw mut object);
            attributes = child_of(null_mut());
            attributes.ContextTypeInfo = OTHER.as_ptr();
            attributes.EvtCleanupCallback = Some(count);
            WdfObjectAllocateContext(object, &raw mut attributes, null_mut());
            assert!(context(object).is_null());
            WdfObjectDelete(object);
        }
        assert!(lines_of(&["counted", "counted"]));
    })
    .keeps_every_rule();
}

#[test]
fn a_machine_says_how_many_objects_there_are_and_how_long_their_contexts_are() {
    static WIDE: ContextTypeInfo = ContextTypeInfo::new(c"WIDE", 32, &WIDE);
    Plan::new()
        .created(|device| keep(0, device))
        .run(|machine, device| {
            let device = device.expect("it starts");
            let found = || (machine.allocations().objects, machine.context_bytes());
            let before = found();
            let mut objects: Vec<WDFOBJECT> = Vec::new();
            for (info, longer, sum) in [
                (std::ptr::null(), 0, (1, 0)),
                (WIDE.as_ptr(), 0, (2, 32)),
                (WIDE.as_ptr(), 48, (3, 80)),
            ] {
                let mut attributes = child_of(kept(0));
                (attributes.ContextTypeInfo, attributes.ContextSizeOverride) = (info, longer);
                let mut object: WDFOBJECT = null_mut();
                // SAFETY: filled structures that outlive the call.
                machine.inside(|| unsafe {
                    WdfObjectCreate(&raw mut attributes, &raw mut object);
                });
                objects.push(object);
                assert_eq!(found(), (before.0 + sum.0, before.1 + sum.1));
            }
            // SAFETY: live objects.
            machine.inside(|| objects.iter().for_each(|own| unsafe { WdfObjectDelete(*own) }));
            assert_eq!(found(), before);
            drop(device);
        })
        .keeps_every_rule();
}

#[test]
fn a_cleanup_may_delete_the_parent() {
    unsafe extern "C" fn deletes_its_parent(object: WDFOBJECT) {
        note(format!("cleanup {} begins", name(object)));
        // SAFETY: its parent, which is alive.
        unsafe { WdfObjectDelete(kept(0)) };
        note(format!("cleanup {} ends", name(object)));
    }
    in_d0(|device| {
        let parent = named(device.cast(), 1);
        keep(0, parent);
        let mut attributes = child_of(parent);
        attributes.ContextTypeInfo = NAME.as_ptr();
        attributes.EvtCleanupCallback = Some(deletes_its_parent);
        attributes.EvtDestroyCallback = Some(destroyed);
        let mut child: WDFOBJECT = null_mut();
        // SAFETY: filled structures that outlive the calls, and the context of the object.
        unsafe {
            WdfObjectCreate(&raw mut attributes, &raw mut child);
            context(child).write(2);
            WdfObjectDelete(child);
        }
        let order = ["cleanup 2 begins", "cleanup 1", "destroy 1", "cleanup 2 ends", "destroy 2"];
        assert!(lines_of(&order), "{:?}", notes());
    })
    .keeps_every_rule();
}

#[test]
fn what_is_deleted_at_dispatch_level_has_no_new_children() {
    in_d0(|device| {
        let mut attributes = child_of(device.cast());
        let mut string: WDFSTRING = null_mut();
        // SAFETY: structures that outlive the calls, live objects.
        unsafe {
            WdfStringCreate(null_mut(), &raw mut attributes, &raw mut string);
            at_dispatch_level(|| {
                WdfObjectDelete(string.cast());
                let (mut child, mut object) = (child_of(string.cast()), null_mut());
                let status = WdfObjectCreate(&raw mut child, &raw mut object);
                assert_eq!(status, STATUS_DELETE_PENDING);
            });
        }
    })
    .keeps_every_rule();
}

#[test]
fn an_object_is_destroyed_once() {
    in_d0(|device| {
        let mut attributes = child_of(device.cast());
        attributes.ContextTypeInfo = NAME.as_ptr();
        attributes.EvtDestroyCallback = Some(destroyed);
        let mut string: WDFSTRING = null_mut();
        // SAFETY: structures that outlive the calls; the host counts, and destroys it later.
        unsafe {
            WdfStringCreate(null_mut(), &raw mut attributes, &raw mut string);
            let object: WDFOBJECT = string.cast();
            WdfObjectReferenceActual(object, null_mut(), 0, null_mut());
            WdfObjectDelete(object);
            at_dispatch_level(|| {
                WdfObjectDereferenceActual(object, null_mut(), 0, null_mut());
                // Too late.
                WdfObjectReferenceActual(object, null_mut(), 0, null_mut());
                WdfObjectDereferenceActual(object, null_mut(), 0, null_mut());
            });
        }
    })
    .counts("destroy 0", 1);
}

#[test]
fn kmdf_o8_what_the_framework_owns_is_not_deleted() {
    Plan::new()
        .created(|device| {
            let mut config = WDF_IO_QUEUE_CONFIG::default();
            let sequential = _WDF_IO_QUEUE_DISPATCH_TYPE::WdfIoQueueDispatchManual;
            WDF_IO_QUEUE_CONFIG_INIT_DEFAULT_QUEUE(&mut config, sequential);
            let mut queue: WDFQUEUE = null_mut();
            // SAFETY: a live device, structures that outlive the call.
            unsafe { WdfIoQueueCreate(device, &raw mut config, null_mut(), &raw mut queue) };
            keep(0, queue);
        })
        .on("EvtDeviceD0Entry", |device| {
            // SAFETY: live objects, that the framework keeps.
            unsafe {
                WdfObjectDelete(device.cast());
                WdfObjectDelete(WdfDeviceGetDriver(device).cast());
                WdfObjectDelete(kept(0));
                assert_eq!(WdfDeviceGetDefaultQueue(device), kept(0));
            }
        })
        .start()
        .breaks(&[Rule::BadArgument, Rule::BadArgument, Rule::BadArgument])
        .saying("WdfObjectDelete of a WDFDEVICE that the framework deletes");
}

#[test]
fn kmdf_o9_what_is_deleted_at_dispatch_level_goes_at_passive_level() {
    unsafe extern "C" fn level(_object: WDFOBJECT) {
        // SAFETY: any IRQL.
        let level = unsafe { KeGetCurrentIrql() };
        note(format!("IRQL {level}"));
    }
    let run = Plan::new()
        .on("EvtDeviceD0Entry", |device| {
            let mut attributes = child_of(device.cast());
            attributes.EvtCleanupCallback = Some(level);
            attributes.EvtDestroyCallback = Some(level);
            let mut plain: WDFOBJECT = null_mut();
            // SAFETY: structures that outlive the calls, live objects.
            unsafe {
                WdfObjectCreate(&raw mut attributes, &raw mut plain);
                at_dispatch_level(|| WdfObjectDelete(plain));
                // One with a child that is disposed of at PASSIVE_LEVEL.
                let mut parent: WDFOBJECT = null_mut();
                WdfObjectCreate(&raw mut attributes, &raw mut parent);
                let (mut child, mut string) = (child_of(parent), null_mut());
                WdfStringCreate(null_mut(), &raw mut child, &raw mut string);
                at_dispatch_level(|| WdfObjectDelete(parent));
                // Such a child that was deleted before matters no more.
                WdfObjectCreate(&raw mut attributes, &raw mut parent);
                child = child_of(parent);
                WdfStringCreate(null_mut(), &raw mut child, &raw mut string);
                WdfObjectDelete(string.cast());
                at_dispatch_level(|| WdfObjectDelete(parent));
                // Nor does one that waits for PASSIVE_LEVEL by itself.
                WdfObjectCreate(&raw mut attributes, &raw mut parent);
                child = child_of(parent);
                WdfStringCreate(null_mut(), &raw mut child, &raw mut string);
                at_dispatch_level(|| {
                    WdfObjectDelete(string.cast());
                    WdfObjectDelete(parent);
                });
            }
            note("deleted");
        })
        .start()
        .keeps_every_rule();
    let lines: Vec<String> =
        run.notes.iter().filter(|line| !line.starts_with("Evt")).cloned().collect();
    let now = ["IRQL 2"; 6];
    assert_eq!(lines, [&now[..], &["deleted", "IRQL 0", "IRQL 0"]].concat());
}

#[test]
fn kmdf_o10_the_last_reference_of_an_object_that_was_not_deleted() {
    in_d0(|device| {
        let object = named(device.cast(), 1);
        // SAFETY: a live object; the host counts.
        unsafe {
            WdfObjectDereferenceActual(object, null_mut(), 0, null_mut());
            WdfObjectReferenceActual(object, null_mut(), 0, null_mut());
        }
    })
    .breaks(&[Rule::References])
    .saying("bug check 0x10d (7, ...)");
}

#[test]
fn kmdf_o11_a_required_pointer_that_is_null() {
    in_d0(|device| {
        let mut attributes = child_of(device.cast());
        let mut config = WDF_TIMER_CONFIG::default();
        WDF_TIMER_CONFIG_INIT(&mut config, None);
        // SAFETY: the host looks at the pointers.
        unsafe {
            WdfTimerCreate(null_mut(), &raw mut attributes, null_mut());
            WdfSpinLockCreate(null_mut(), null_mut());
        }
    })
    .breaks(&[Rule::WdfViolation, Rule::WdfViolation])
    .saying("bug check 0x10d (4, ...): argument 1 of WdfTimerCreate is null");
}

#[test]
fn kmdf_o12_objects_without_a_lock() {
    in_d0(|device| {
        let object = named(device.cast(), 1);
        // SAFETY: live objects.
        unsafe {
            WdfObjectAcquireLock(device.cast());
            WdfObjectReleaseLock(device.cast());
            WdfObjectAcquireLock(object);
            WdfObjectReleaseLock(object);
        }
    })
    .breaks(&[Rule::WdfViolation, Rule::WdfViolation])
    .saying("bug check 0x10d (0xb, ...)");
}

#[test]
fn kmdf_d1_a_driver_object_is_made_once() {
    in_d0(|device| {
        let mut config = WDF_DRIVER_CONFIG::default();
        WDF_DRIVER_CONFIG_INIT(&mut config, None);
        let mut path = UNICODE_STRING::default();
        // SAFETY: the driver's own object, structures that outlive the call.
        let status = unsafe {
            let object = WdfDriverWdmGetDriverObject(WdfDeviceGetDriver(device));
            WdfDriverCreate(object, &raw mut path, null_mut(), &raw mut config, null_mut())
        };
        assert_eq!(status, STATUS_DRIVER_INTERNAL_ERROR);
    })
    .keeps_every_rule();
}

unsafe extern "C" fn expired(_timer: WDFTIMER) {}

/// The result of WdfTimerCreate with changed configuration and attributes.
fn timer(
    device: WDFDEVICE,
    change: fn(&mut WDF_TIMER_CONFIG, &mut WDF_OBJECT_ATTRIBUTES),
) -> NTSTATUS {
    let mut attributes = child_of(device.cast());
    let mut config = WDF_TIMER_CONFIG::default();
    WDF_TIMER_CONFIG_INIT(&mut config, Some(expired));
    change(&mut config, &mut attributes);
    let mut timer: WDFTIMER = null_mut();
    // SAFETY: structures that outlive the call.
    unsafe { WdfTimerCreate(&raw mut config, &raw mut attributes, &raw mut timer) }
}

#[test]
fn kmdf_m1_a_timer_without_a_parent() {
    in_d0(|device| {
        // The parent is checked before the configuration.
        let status = timer(device, |config, attributes| {
            config.Size = 1;
            attributes.ParentObject = null_mut();
        });
        assert_eq!(status, PARENT_NOT_SPECIFIED);
    })
    .breaks(&[Rule::WrongParent]);
}

#[test]
fn kmdf_m2_a_timer_dpc_or_work_item_needs_a_device_above_it() {
    unsafe extern "C" fn deferred(_dpc: WDFDPC) {}
    unsafe extern "C" fn works(_item: WDFWORKITEM) {}
    in_d0(|device| {
        // SAFETY: structures that outlive the calls.
        unsafe {
            let mut attributes = child_of(WdfDeviceGetDriver(device).cast());
            let mut config = WDF_TIMER_CONFIG::default();
            WDF_TIMER_CONFIG_INIT(&mut config, Some(expired));
            let mut timer: WDFTIMER = null_mut();
            let status = WdfTimerCreate(&raw mut config, &raw mut attributes, &raw mut timer);
            assert_eq!(status, STATUS_INVALID_DEVICE_REQUEST);
            let mut config = WDF_DPC_CONFIG::default();
            WDF_DPC_CONFIG_INIT(&mut config, Some(deferred));
            let mut dpc: WDFDPC = null_mut();
            let status = WdfDpcCreate(&raw mut config, &raw mut attributes, &raw mut dpc);
            assert_eq!(status, STATUS_INVALID_DEVICE_REQUEST);
            let mut config = WDF_WORKITEM_CONFIG::default();
            WDF_WORKITEM_CONFIG_INIT(&mut config, Some(works));
            let mut item: WDFWORKITEM = null_mut();
            let status = WdfWorkItemCreate(&raw mut config, &raw mut attributes, &raw mut item);
            assert_eq!(status, STATUS_INVALID_DEVICE_REQUEST);
        }
    })
    .breaks(&[Rule::WrongParent, Rule::WrongParent, Rule::WrongParent]);
}

#[test]
fn kmdf_m3_a_passive_timer_has_no_period() {
    in_d0(|device| {
        let status = timer(device, |config, attributes| {
            config.Period = 10;
            attributes.ExecutionLevel = _WDF_EXECUTION_LEVEL::WdfExecutionLevelPassive;
        });
        assert_eq!(status, STATUS_NOT_SUPPORTED);
        let status = timer(device, |_, attributes| {
            attributes.ExecutionLevel = _WDF_EXECUTION_LEVEL::WdfExecutionLevelPassive;
        });
        assert_eq!(status, STATUS_SUCCESS);
    })
    .breaks(&[Rule::BadArgument]);
}

#[test]
fn kmdf_m4_limits_of_a_timers_configuration() {
    in_d0(|device| {
        let long = timer(device, |config, _| config.Period = 0x8000_0000);
        assert_eq!(long, STATUS_INVALID_PARAMETER);
        let both = timer(device, |config, _| {
            config.TolerableDelay = 1;
            config.UseHighResolutionTimer = 1;
        });
        assert_eq!(both, STATUS_INVALID_PARAMETER);
        // The structure of older versions.
        assert_eq!(timer(device, |config, _| config.Size = 24), STATUS_SUCCESS);
        assert_eq!(timer(device, |config, _| config.Size = 32), STATUS_SUCCESS);
        assert_eq!(timer(device, |config, _| config.Size = 36), STATUS_INFO_LENGTH_MISMATCH);
    })
    .breaks(&[Rule::BadArgument, Rule::BadArgument, Rule::Uninitialized]);
}

#[test]
fn kmdf_m9_a_dpcs_parent_is_looked_at_before_its_configuration() {
    in_d0(|_| {
        let mut config = WDF_DPC_CONFIG::default();
        let mut attributes = child_of(null_mut());
        let mut dpc: WDFDPC = null_mut();
        // SAFETY: structures that outlive the call.
        let status = unsafe { WdfDpcCreate(&raw mut config, &raw mut attributes, &raw mut dpc) };
        assert_eq!(status, PARENT_NOT_SPECIFIED);
    })
    .breaks(&[Rule::WrongParent]);
}

#[test]
fn kmdf_m12_a_work_item_has_a_function() {
    in_d0(|device| {
        let mut config = WDF_WORKITEM_CONFIG::default();
        WDF_WORKITEM_CONFIG_INIT(&mut config, None);
        let mut attributes = child_of(device.cast());
        let mut item: WDFWORKITEM = null_mut();
        // SAFETY: structures that outlive the call.
        let status =
            unsafe { WdfWorkItemCreate(&raw mut config, &raw mut attributes, &raw mut item) };
        assert_eq!(status, STATUS_INVALID_PARAMETER);
    })
    .breaks(&[Rule::BadArgument]);
}
