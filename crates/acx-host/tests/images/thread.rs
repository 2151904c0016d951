//! Work items, system threads and their objects.

use acx_host::Rule;
use acx_sys::*;

use super::{Nt, breaks, drive, of, out};

/// The arguments of each call of a routine.
type Calls = Vec<Vec<u64>>;

unsafe extern "win64" fn work(object: u64, calls: *mut Calls) {
    // SAFETY: the context that the test gave, which lives until it has waited.
    unsafe { (*calls).push(vec![object]) };
}

unsafe extern "win64" fn work_ex(object: u64, calls: *mut Calls, item: u64) {
    // SAFETY: as in `work`.
    unsafe { (*calls).push(vec![object, item]) };
}

/// A WORKER_THREAD_ROUTINE, or a thread's.
unsafe extern "win64" fn routine(calls: *mut Calls) {
    // SAFETY: as in `work`.
    unsafe { (*calls).push(Vec::new()) };
}

/// Lets time pass, in which work items and threads run.
fn rest(nt: Nt) {
    let time = -10_000_i64;
    nt.call("KeDelayExecutionThread", &[0, 0, of(&time)]);
}

#[test]
fn work_items_run_once_for_each_time_that_they_are_queued() {
    drive(|nt| {
        let mut calls: Calls = Vec::new();
        let context = out(&mut calls);
        let (work, work_ex) = (work as *const () as u64, work_ex as *const () as u64);
        let item = nt.call("IoAllocateWorkItem", &[0x1234]);
        for _ in 0..2 {
            nt.call("IoQueueWorkItem", &[item, work, 1, context]);
            assert!(calls.is_empty());
            rest(nt);
            assert_eq!(std::mem::take(&mut calls), [[0x1234]]);
        }
        nt.call("IoQueueWorkItemEx", &[item, work_ex, 1, context]);
        rest(nt);
        assert_eq!(std::mem::take(&mut calls), [[0x1234, item]]);
        nt.call("IoFreeWorkItem", &[item]);
        // One in the driver's own memory.
        let mut own = vec![9_u8; nt.call("IoSizeofWorkItem", &[]) as u32 as usize];
        let item = out(&mut own[0]);
        nt.call("IoInitializeWorkItem", &[0x5678, item]);
        nt.call("IoQueueWorkItemEx", &[item, work_ex, 1, context]);
        rest(nt);
        assert_eq!(std::mem::take(&mut calls), [[0x5678, item]]);
        nt.call("IoUninitializeWorkItem", &[item]);
        // A WORK_QUEUE_ITEM: its links, routine and parameter.
        let item = [0, 0, routine as *const () as u64, context];
        nt.call("ExQueueWorkItem", &[of(&item), 1]);
        assert!(calls.is_empty());
        rest(nt);
        assert_eq!(calls.len(), 1);
    });
    breaks(&[Rule::BadArgument], |nt| {
        let mut calls: Calls = Vec::new();
        let work = work as *const () as u64;
        let item = nt.call("IoAllocateWorkItem", &[0]);
        for _ in 0..2 {
            nt.call("IoQueueWorkItem", &[item, work, 1, out(&mut calls)]);
        }
        rest(nt);
        assert_eq!(calls.len(), 1);
        nt.call("IoFreeWorkItem", &[item]);
    });
}

/// Creates a thread with this start routine.
fn create(nt: Nt, routine: u64, context: u64) -> Result<u64, i32> {
    let mut handle = 0_u64;
    match nt.status("PsCreateSystemThread", &[out(&mut handle), 0, 0, 0, 0, routine, context]) {
        STATUS_SUCCESS => Ok(handle),
        status => Err(status),
    }
}

#[test]
fn a_thread_runs_beside_its_maker_and_is_signalled_when_it_has_ended() {
    drive(|nt| {
        assert_eq!(create(nt, 0, 0), Err(STATUS_INVALID_PARAMETER));
        let mut calls: Calls = Vec::new();
        for function in ["ObReferenceObjectByHandle", "ObReferenceObjectByHandleWithTag"] {
            let handle = create(nt, routine as *const () as u64, out(&mut calls)).unwrap();
            let mut object = 0_u64;
            let arguments = match function {
                "ObReferenceObjectByHandle" => vec![handle, 0, 0, 0, out(&mut object), 0],
                _ => vec![handle, 0, 0, 0, 7, out(&mut object), 0],
            };
            assert_eq!(nt.status(function, &arguments), STATUS_SUCCESS);
            assert_eq!(nt.status("ZwClose", &[handle]), STATUS_SUCCESS);
            assert!(calls.is_empty());
            let wait = [object, 0, 0, 0, 0];
            assert_eq!(nt.status("KeWaitForSingleObject", &wait), STATUS_SUCCESS);
            assert_eq!(std::mem::take(&mut calls).len(), 1);
            // It stays so.
            assert_eq!(nt.status("KeWaitForSingleObject", &wait), STATUS_SUCCESS);
            nt.call("ObfReferenceObjectWithTag", &[object, 7]);
            nt.call("ObfDereferenceObjectWithTag", &[object, 7]);
            nt.call("ObfReferenceObject", &[object]);
            nt.call("ObfDereferenceObject", &[object]);
            nt.call("ObDereferenceObjectDeferDelete", &[object]);
        }
        // Another handle's object.
        let mut registration = 0_u64;
        nt.call("PoRegisterPowerSettingCallback", &[0, 0, 0, 0, out(&mut registration)]);
        let mut object = 0_u64;
        let arguments = [registration, 0, 0, 0, out(&mut object), 0];
        assert_eq!(nt.status("ObReferenceObjectByHandle", &arguments), STATUS_NOT_SUPPORTED);
        nt.call("PoUnregisterPowerSettingCallback", &[registration]);
        // What a driver asks of the thread that it is on.
        let thread = nt.call("PsGetCurrentThreadId", &[]);
        assert!(thread != 0 && thread == nt.call("PsGetCurrentThreadId", &[]));
        assert_eq!(nt.call("PsGetCurrentProcessId", &[]), 4);
        assert_ne!(nt.call("IoGetCurrentProcess", &[]), 0);
        assert_eq!(nt.call("ExGetPreviousMode", &[]) as u8, 0);
        assert_eq!(nt.status("KeSetPriorityThread", &[0, 16]), 8);
        assert_eq!(nt.status("KeSetBasePriorityThread", &[0, 1]), 0);
    });
    for (function, more) in [
        ("ObfDereferenceObject", 0),
        ("ObfDereferenceObjectWithTag", 0),
        ("ObDereferenceObjectDeferDelete", 0),
        ("ObfReferenceObject", 1),
        ("ObfReferenceObjectWithTag", 1),
    ] {
        // One reference remains: of two, one is given back, or of one, none.
        breaks(&[Rule::ThreadLeak], |nt| {
            let mut calls: Calls = Vec::new();
            let handle = create(nt, routine as *const () as u64, out(&mut calls)).unwrap();
            let mut object = 0_u64;
            for _ in more..2 {
                nt.call("ObReferenceObjectByHandle", &[handle, 0, 0, 0, out(&mut object), 0]);
            }
            nt.call("ZwClose", &[handle]);
            nt.call("KeWaitForSingleObject", &[object, 0, 0, 0, 0]);
            nt.call(function, &[object, 0]);
            if more == 1 {
                nt.call("ObfDereferenceObject", &[object]);
            }
        });
    }
}
