//! Work items, system threads and their objects.

use acx_host::{Machine, Rule};
use acx_sys::*;

use super::{Nt, breaks, drive, drive_in, of, out};

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
        // One that terminates itself goes no further.
        let mut steps = 0;
        let mut deed: Option<Deed<'_>> = Some(Box::new(|| {
            steps += 1;
            nt.call("PsTerminateSystemThread", &[0]);
            steps += 1;
        }));
        let thread = begin(nt, &mut deed);
        // SAFETY: a thread's object begins with its type.
        assert_eq!(unsafe { (thread as *const u8).read() }, 6);
        join(nt, thread);
        drop(deed);
        assert_eq!(steps, 1);
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

/// What another thread does.
type Deed<'a> = Box<dyn FnOnce() + 'a>;

unsafe extern "win64" fn perform(deed: *mut Option<Deed<'_>>) {
    // SAFETY: the context that the test gave, which lives until it has joined the thread.
    if let Some(deed) = unsafe { (*deed).take() } {
        deed();
    }
}

/// A system thread that does this, by its object.
fn begin(nt: Nt, deed: &mut Option<Deed<'_>>) -> u64 {
    let handle = create(nt, perform as *const () as u64, out(deed)).unwrap();
    let mut object = 0_u64;
    nt.call("ObReferenceObjectByHandle", &[handle, 0, 0, 0, out(&mut object), 0]);
    nt.call("ZwClose", &[handle]);
    object
}

fn join(nt: Nt, object: u64) {
    assert_eq!(nt.status("KeWaitForSingleObject", &[object, 0, 0, 0, 0]), STATUS_SUCCESS);
    nt.call("ObfDereferenceObject", &[object]);
}

/// Units of 100 ns in a millisecond.
const MILLISECOND: u64 = 10_000;

fn delay(nt: Nt, milliseconds: u64) {
    let time = -((milliseconds * MILLISECOND) as i64);
    nt.call("KeDelayExecutionThread", &[0, 0, of(&time)]);
}

fn now(nt: Nt) -> u64 {
    nt.call("KeQueryInterruptTime", &[])
}

#[test]
fn a_thread_has_an_identity_and_a_level_of_its_own() {
    drive(|nt| {
        let own = nt.call("PsGetCurrentThreadId", &[]);
        let (mut ids, mut levels) = ((0, 0), (9, 9, 9));
        let level = || nt.call("KeGetCurrentIrql", &[]) as u8;
        let mut deed: Option<Deed<'_>> = Some(Box::new(|| {
            ids.0 = nt.call("PsGetCurrentThreadId", &[]);
            levels.0 = level();
            nt.call("KeEnterCriticalRegion", &[]);
            nt.call("KfRaiseIrql", &[1]);
            delay(nt, 2);
            levels.1 = level();
            nt.call("KeLowerIrql", &[0]);
            levels.2 = nt.call("KeAreApcsDisabled", &[]) as u8;
            nt.call("KeLeaveCriticalRegion", &[]);
            ids.1 = nt.call("PsGetCurrentThreadId", &[]);
        }));
        let thread = begin(nt, &mut deed);
        delay(nt, 1);
        assert_eq!(nt.call("PsGetCurrentThreadId", &[]), own);
        // It is at APC_LEVEL and in its region, and this one is not.
        assert!(level() == 0 && !nt.is("KeAreApcsDisabled", &[]));
        join(nt, thread);
        drop(deed);
        assert_eq!((ids, levels), ((thread, thread), (0, 1, 1)));
    });
}

#[test]
fn a_thread_goes_on_when_what_it_waits_for_is_there_or_in_time() {
    drive(|nt| {
        let mut event = [0_u64; 8];
        let at = out(&mut event);
        nt.call("KeInitializeEvent", &[at, 1, 0]);
        let start = now(nt);
        let mut times = [0_u64; 3];
        let mut statuses = [9_i32; 2];
        let mut deed: Option<Deed<'_>> = Some(Box::new(|| {
            delay(nt, 5);
            times[0] = now(nt) - start;
            let timeout = -50 * MILLISECOND as i64;
            let wait = [at, 0, 0, 0, of(&timeout)];
            statuses[0] = nt.status("KeWaitForSingleObject", &wait);
            times[1] = now(nt) - start;
            statuses[1] = nt.status("KeWaitForSingleObject", &wait);
            times[2] = now(nt) - start;
        }));
        let thread = begin(nt, &mut deed);
        delay(nt, 20);
        nt.call("KeSetEvent", &[at, 0, 0]);
        delay(nt, 80);
        join(nt, thread);
        drop(deed);
        assert_eq!(times, [5, 20, 70].map(|time| time * MILLISECOND));
        assert_eq!(statuses, [STATUS_SUCCESS, STATUS_TIMEOUT]);
    });
}

/// Waits for a mutex and has it for 5 ms.
fn takes_mutex<'a>(nt: Nt, mutex: u64) -> Deed<'a> {
    Box::new(move || {
        nt.call("KeWaitForSingleObject", &[mutex, 0, 0, 0, 0]);
        delay(nt, 5);
        nt.call("KeReleaseMutex", &[mutex, 0]);
    })
}

#[test]
fn a_lock_that_another_thread_has_is_waited_for() {
    drive(|nt| {
        let mut mutex = [0_u64; 8];
        let at = out(&mut mutex);
        nt.call("KeInitializeMutex", &[at, 0]);
        let mut deed = Some(takes_mutex(nt, at));
        let thread = begin(nt, &mut deed);
        delay(nt, 1);
        let start = now(nt);
        let timeout = -2 * MILLISECOND as i64;
        let wait = [at, 0, 0, 0, of(&timeout)];
        assert_eq!(nt.status("KeWaitForSingleObject", &wait), STATUS_TIMEOUT);
        assert_eq!(nt.status("KeWaitForSingleObject", &[at, 0, 0, 0, 0]), STATUS_SUCCESS);
        assert_eq!(now(nt) - start, 4 * MILLISECOND);
        nt.call("KeReleaseMutex", &[at, 0]);
        join(nt, thread);
        // The mutexes of the kernel's other kinds.
        for (initialize, take, give_back) in [
            ("KeInitializeGuardedMutex", "KeAcquireGuardedMutex", "KeReleaseGuardedMutex"),
            (
                "ExInitializeRundownProtection",
                "ExAcquirePushLockExclusiveEx",
                "ExReleasePushLockExclusiveEx",
            ),
        ] {
            nt.call(initialize, &[at]);
            nt.call("KeEnterCriticalRegion", &[]);
            let mut deed: Option<Deed<'_>> = Some(Box::new(|| {
                nt.call("KeEnterCriticalRegion", &[]);
                nt.call(take, &[at, 0]);
                delay(nt, 5);
                nt.call(give_back, &[at, 0]);
                nt.call("KeLeaveCriticalRegion", &[]);
            }));
            let thread = begin(nt, &mut deed);
            delay(nt, 1);
            let start = now(nt);
            nt.call(take, &[at, 0]);
            assert_eq!(now(nt) - start, 4 * MILLISECOND, "{take}");
            nt.call(give_back, &[at, 0]);
            nt.call("KeLeaveCriticalRegion", &[]);
            join(nt, thread);
        }
    });
}

#[test]
fn what_is_signalled_ends_waits_at_once_whatever_comes_before_their_threads_run() {
    const NOTIFICATION: u64 = 0;
    const SYNCHRONIZATION: u64 = 1;
    type Signal = fn(Nt, u64);
    let set_and_clear: Signal = |nt, event| {
        assert_eq!(nt.status("KeSetEvent", &[event, 0, 0]), 0);
        nt.call("KeClearEvent", &[event]);
    };
    let pulse: Signal = |nt, event| {
        assert_eq!(nt.status("KePulseEvent", &[event, 0, 0]), 0);
    };
    for (kind, signal, expected) in [
        (NOTIFICATION, set_and_clear, [STATUS_SUCCESS; 2]),
        (NOTIFICATION, pulse, [STATUS_SUCCESS; 2]),
        // The oldest wait takes the event.
        (SYNCHRONIZATION, set_and_clear, [STATUS_SUCCESS, STATUS_TIMEOUT]),
        (SYNCHRONIZATION, pulse, [STATUS_SUCCESS, STATUS_TIMEOUT]),
    ] {
        drive(|nt| {
            let mut event = [0_u64; 8];
            let at = out(&mut event);
            nt.call("KeInitializeEvent", &[at, kind, 0]);
            let timeout = -10 * MILLISECOND as i64;
            let (mut first, mut second) = (0, 0);
            {
                let wait = |status: &mut i32| {
                    *status = nt.status("KeWaitForSingleObject", &[at, 0, 0, 0, of(&timeout)]);
                };
                let mut deeds: [Option<Deed<'_>>; 2] =
                    [Some(Box::new(|| wait(&mut first))), Some(Box::new(|| wait(&mut second)))];
                let threads = deeds.each_mut().map(|deed| begin(nt, deed));
                delay(nt, 1);
                signal(nt, at);
                assert_eq!(nt.status("KeReadStateEvent", &[at]), 0);
                for thread in threads {
                    join(nt, thread);
                }
            }
            assert_eq!([first, second], expected);
            // A wait that is over takes nothing any more.
            nt.call("KeSetEvent", &[at, 0, 0]);
            assert_eq!(nt.status("KeReadStateEvent", &[at]), 1);
        });
    }
}

#[test]
fn a_mutex_that_is_released_goes_to_the_thread_that_waits() {
    drive(|nt| {
        let mut mutex = [0_u64; 8];
        let at = out(&mut mutex);
        nt.call("KeInitializeMutex", &[at, 0]);
        nt.call("KeWaitForSingleObject", &[at, 0, 0, 0, 0]);
        let mut deed = Some(takes_mutex(nt, at));
        let thread = begin(nt, &mut deed);
        delay(nt, 1);
        let start = now(nt);
        nt.call("KeReleaseMutex", &[at, 0]);
        nt.call("KeWaitForSingleObject", &[at, 0, 0, 0, 0]);
        assert_eq!(now(nt) - start, 5 * MILLISECOND);
        nt.call("KeReleaseMutex", &[at, 0]);
        join(nt, thread);
    });
}

#[test]
fn a_wait_for_all_takes_nothing_before_all_are_there() {
    drive(|nt| {
        let mut events = [[0_u64; 8]; 2];
        let places = events.each_mut().map(out);
        for at in places {
            nt.call("KeInitializeEvent", &[at, 1, 0]);
        }
        let mut status = 9;
        {
            let mut deed: Option<Deed<'_>> = Some(Box::new(|| {
                let wait = [2, of(&places), 0, 0, 0, 0, 0, 0];
                status = nt.status("KeWaitForMultipleObjects", &wait);
            }));
            let thread = begin(nt, &mut deed);
            delay(nt, 1);
            let state = |at| nt.status("KeReadStateEvent", &[at]);
            nt.call("KeSetEvent", &[places[0], 0, 0]);
            delay(nt, 1);
            assert_eq!(places.map(state), [1, 0]);
            nt.call("KeSetEvent", &[places[1], 0, 0]);
            assert_eq!(places.map(state), [0, 0]);
            join(nt, thread);
        }
        assert_eq!(status, STATUS_SUCCESS);
    });
}

#[test]
fn a_thread_that_never_ended_takes_nothing() {
    let machine = Machine::builder().build();
    let mut event = [0_u64; 8];
    let at = out(&mut event);
    let mut deed: Option<Deed<'_>> = None;
    drive_in(&machine, |nt| {
        nt.call("KeInitializeEvent", &[at, 1, 0]);
        deed = Some(Box::new(move || {
            nt.call("KeWaitForSingleObject", &[at, 0, 0, 0, 0]);
        }));
        let handle = create(nt, perform as *const () as u64, out(&mut deed)).unwrap();
        nt.call("ZwClose", &[handle]);
        delay(nt, 1);
    });
    drive_in(&machine, |nt| {
        nt.call("KeSetEvent", &[at, 0, 0]);
        assert_eq!(nt.status("KeReadStateEvent", &[at]), 1);
    });
    let found = machine.report().violations();
    assert!(found.len() == 1 && found[0].rule == Rule::ThreadLeak, "{found:#?}");
}

#[test]
fn a_wait_that_is_over_wakes_nobody_any_more() {
    let machine = Machine::builder().build();
    drive_in(&machine, |nt| {
        let mut event = [0_u64; 8];
        let at = out(&mut event);
        nt.call("KeInitializeEvent", &[at, 1, 0]);
        let wakes = || {
            let before = machine.wake_ups();
            delay(nt, 100);
            machine.wake_ups() - before
        };
        let quiet = wakes();
        let mut deed: Option<Deed<'_>> = Some(Box::new(|| {
            let timeout = -50 * MILLISECOND as i64;
            nt.call("KeWaitForSingleObject", &[at, 0, 0, 0, of(&timeout)]);
        }));
        let thread = begin(nt, &mut deed);
        delay(nt, 1);
        nt.call("KeSetEvent", &[at, 0, 0]);
        join(nt, thread);
        assert_eq!(wakes(), quiet);
    });
    assert_eq!(machine.report().count(), 0, "{:#?}", machine.report().violations());
}
