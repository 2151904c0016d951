//! Dispatcher objects and waits, DPCs, timers, locks and lists.

use std::time::Duration;

use acx_client::System;
use acx_host::{Machine, Rule};
use acx_sys::*;

use super::{Nt, breaks, drive, drive_in, of, out};

/// A dispatcher object, a DPC or a lock in the driver's memory.
type Object = [u64; 8];

const TIMEOUT: i32 = STATUS_TIMEOUT;
const DONE: i32 = STATUS_SUCCESS;

/// Milliseconds from now, as a due time.
fn after(milliseconds: i64) -> u64 {
    (-10_000 * milliseconds).cast_unsigned()
}

/// Waits for an object for so many milliseconds.
fn wait_for(nt: Nt, object: u64, milliseconds: i64) -> i32 {
    let timeout = after(milliseconds);
    nt.status("KeWaitForSingleObject", &[object, 0, 0, 0, of(&timeout)])
}

fn delay(nt: Nt, milliseconds: i64) {
    let time = after(milliseconds);
    assert_eq!(nt.status("KeDelayExecutionThread", &[0, 0, of(&time)]), DONE);
}

/// The first words of an object.
fn words<const COUNT: usize>(object: u64) -> [u64; COUNT] {
    // SAFETY: an object of a test's, of eight words.
    unsafe { (object as *const [u64; COUNT]).read_volatile() }
}

/// Leaves nothing in an object that an initialization could rely on.
fn spoil(object: u64) {
    // SAFETY: an object of a test's, of eight words.
    unsafe { (object as *mut Object).write_volatile([u64::MAX; 8]) };
}

/// Milliseconds since boot.
fn now(nt: Nt) -> u64 {
    nt.call("KeQueryInterruptTime", &[]) / 10_000
}

/// What DPCs and timers record of their calls.
type Calls = Vec<[u64; 3]>;

unsafe extern "win64" fn record(_object: u64, calls: *mut Calls, one: u64, two: u64) {
    // SAFETY: the context that the test gave, which lives until it has waited.
    unsafe { (*calls).push([0, one, two]) };
}

/// An EXT_CALLBACK: it records the timer.
unsafe extern "win64" fn expire(timer: u64, calls: *mut Calls) {
    // SAFETY: as in `record`.
    unsafe { (*calls).push([timer, 0, 0]) };
}

#[test]
fn events_are_set_until_somebody_takes_them_or_resets_them() {
    drive(|nt| {
        let mut event: Object = [0; 8];
        let at = out(&mut event);
        let state = || nt.status("KeReadStateEvent", &[at]);
        for (kind, left) in [(0, 1), (1, 0)] {
            spoil(at);
            nt.call("KeInitializeEvent", &[at, kind, 0]);
            // Its kind and state, and an empty list of those who wait.
            assert_eq!(words(at), [kind, at + 8, at + 8]);
            assert_eq!((state(), wait_for(nt, at, 0), wait_for(nt, at, 5)), (0, TIMEOUT, TIMEOUT));
            assert_eq!(nt.status("KeSetEvent", &[at, 0, 0]), 0);
            assert_eq!(nt.status("KeSetEvent", &[at, 0, 0]), 1);
            assert_eq!(state(), 1);
            assert_eq!(wait_for(nt, at, 0), DONE);
            // A notification stays, a synchronization event is taken.
            assert_eq!(state(), left);
            nt.call("KeInitializeEvent", &[at, kind, 1]);
            assert_eq!((state(), nt.status("KeResetEvent", &[at]), state()), (1, 1, 0));
            assert_eq!(nt.status("KeResetEvent", &[at]), 0);
            nt.call("KeSetEvent", &[at, 0, 0]);
            nt.call("KeClearEvent", &[at]);
            assert_eq!(state(), 0);
            nt.call("KeSetEvent", &[at, 0, 0]);
            assert_eq!((nt.status("KePulseEvent", &[at, 0, 0]), state()), (1, 0));
        }
    });
}

#[test]
fn mutexes_and_semaphores_count() {
    drive(|nt| {
        let mut mutex: Object = [u64::MAX; 8];
        let at = out(&mut mutex);
        let state = || nt.status("KeReadStateMutex", &[at]);
        nt.call("KeInitializeMutex", &[at, 0]);
        assert_eq!(state(), 1);
        // Its owner may take it again, and gives it back as often.
        for left in [0, -1, -2] {
            assert_eq!((wait_for(nt, at, 0), state()), (DONE, left));
        }
        for before in [-2, -1, 0] {
            assert_eq!((nt.status("KeReleaseMutex", &[at, 0]), state()), (before, before + 1));
        }
        let mut semaphore: Object = [0; 8];
        let at = out(&mut semaphore);
        let state = || nt.status("KeReadStateSemaphore", &[at]);
        nt.call("KeInitializeSemaphore", &[at, 1, 3]);
        assert_eq!((wait_for(nt, at, 0), state()), (DONE, 0));
        assert_eq!(wait_for(nt, at, 5), TIMEOUT);
        assert_eq!(nt.status("KeReleaseSemaphore", &[at, 0, 2, 0]), 0);
        assert_eq!(nt.status("KeReleaseSemaphore", &[at, 0, 1, 0]), 2);
        assert_eq!((wait_for(nt, at, 0), state()), (DONE, 2));
    });
    breaks(&[Rule::LockNotHeld], |nt| {
        let mut mutex: Object = [0; 8];
        let at = out(&mut mutex);
        nt.call("KeInitializeMutex", &[at, 0]);
        wait_for(nt, at, 0);
        nt.call("KeReleaseMutex", &[at, 0]);
        assert_eq!(nt.status("KeReleaseMutex", &[at, 0]), 0);
        assert_eq!(nt.status("KeReadStateMutex", &[at]), 1);
    });
    // One that is initialized again has no owner.
    breaks(&[Rule::LockNotHeld], |nt| {
        let mut mutex: Object = [0; 8];
        let at = out(&mut mutex);
        nt.call("KeInitializeMutex", &[at, 0]);
        wait_for(nt, at, 0);
        nt.call("KeInitializeMutex", &[at, 0]);
        nt.call("KeReleaseMutex", &[at, 0]);
    });
    breaks(&[Rule::BadArgument], |nt| {
        let mut semaphore: Object = [0; 8];
        let at = out(&mut semaphore);
        nt.call("KeInitializeSemaphore", &[at, 1, 2]);
        nt.call("KeReleaseSemaphore", &[at, 0, 2, 0]);
        assert_eq!(nt.status("KeReadStateSemaphore", &[at]), 2);
    });
}

#[test]
fn a_wait_for_several_objects_is_for_one_or_for_all() {
    drive(|nt| {
        let (mut event, mut semaphore, mut mutex): (Object, Object, Object) = Default::default();
        let all = [out(&mut event), out(&mut semaphore), out(&mut mutex)];
        nt.call("KeInitializeEvent", &[all[0], 1, 0]);
        nt.call("KeInitializeSemaphore", &[all[1], 0, 9]);
        nt.call("KeInitializeMutex", &[all[2], 0]);
        let states = || {
            let functions = ["KeReadStateEvent", "KeReadStateSemaphore", "KeReadStateMutex"];
            [0, 1, 2].map(|at| nt.status(functions[at], &[all[at]]))
        };
        let (wait_all, wait_any) = (0, 1);
        let wait = |count: u64, kind: u64| {
            let timeout = after(5);
            let arguments = [count, of(&all), kind, 0, 0, 0, of(&timeout), 0];
            nt.status("KeWaitForMultipleObjects", &arguments)
        };
        assert_eq!(wait(2, wait_any), TIMEOUT);
        // The index of the one that is there; the others stay.
        assert_eq!((wait(3, wait_any), states()), (2, [0, 0, 0]));
        nt.call("KeReleaseMutex", &[all[2], 0]);
        nt.call("KeSetEvent", &[all[0], 0, 0]);
        assert_eq!((wait(3, wait_all), states()), (TIMEOUT, [1, 0, 1]));
        nt.call("KeReleaseSemaphore", &[all[1], 0, 2, 0]);
        assert_eq!((wait(3, wait_all), states()), (DONE, [0, 1, 0]));
        assert_eq!((wait(2, wait_any), states()), (1, [0, 0, 0]));
        nt.call("KeReleaseMutex", &[all[2], 0]);
    });
}

#[test]
fn time_passes_in_waits_and_stalls() {
    drive(|nt| {
        let start = now(nt);
        delay(nt, 30);
        assert_eq!(now(nt), start + 30);
        let mut event: Object = [0; 8];
        let at = out(&mut event);
        nt.call("KeInitializeEvent", &[at, 0, 0]);
        assert_eq!(wait_for(nt, at, 20), TIMEOUT);
        assert_eq!(now(nt), start + 50);
        // A timeout may be a system time.
        let mut time = 0_u64;
        nt.call("KeQuerySystemTimePrecise", &[out(&mut time)]);
        let until = time + 50_000;
        let arguments = [at, 0, 0, 0, of(&until)];
        assert_eq!(nt.status("KeWaitForSingleObject", &arguments), TIMEOUT);
        assert_eq!(now(nt), start + 55);
        nt.call("KeStallExecutionProcessor", &[2_000]);
        assert_eq!(now(nt), start + 57);
    });
}

#[test]
fn a_dpc_is_queued_once_and_runs_when_the_level_falls() {
    drive(|nt| {
        let (mut dpc, mut calls): (Object, Calls) = ([u64::MAX; 8], Vec::new());
        let (at, routine, context) = (out(&mut dpc), record as *const () as u64, out(&mut calls));
        nt.call("KeInitializeDpc", &[at, routine, context]);
        assert_eq!(words(at), [0x13, 0, 0, routine, context, 0, 0, 0]);
        assert!(nt.is("KeInsertQueueDpc", &[at, 1, 2]));
        assert_eq!(calls, [[0, 1, 2]]);
        assert!(!nt.is("KeRemoveQueueDpc", &[at]));
        nt.call("KfRaiseIrql", &[2]);
        assert!(nt.is("KeInsertQueueDpc", &[at, 3, 4]));
        assert!(!nt.is("KeInsertQueueDpc", &[at, 5, 6]));
        assert_eq!(calls.len(), 1);
        nt.call("KeLowerIrql", &[0]);
        assert_eq!(calls, [[0, 1, 2], [0, 3, 4]]);
        nt.call("KfRaiseIrql", &[2]);
        assert!(nt.is("KeInsertQueueDpc", &[at, 7, 8]));
        assert!(nt.is("KeRemoveQueueDpc", &[at]));
        assert!(!nt.is("KeRemoveQueueDpc", &[at]));
        nt.call("KeLowerIrql", &[0]);
        nt.call("KeFlushQueuedDpcs", &[]);
        assert_eq!(calls.len(), 2);
    });
}

#[test]
fn timers_expire_at_the_next_tick_once_or_again_and_again() {
    drive(|nt| {
        let (mut timer, mut dpc, mut calls): (Object, Object, Calls) =
            ([u64::MAX; 8], [0; 8], Vec::new());
        let (at, deferred) = (out(&mut timer), out(&mut dpc));
        nt.call("KeInitializeDpc", &[deferred, record as *const () as u64, out(&mut calls)]);
        let state = || nt.is("KeReadStateTimer", &[at]);
        nt.call("KeInitializeTimer", &[at]);
        assert_eq!(words(at), [8, at + 8, at + 8]);
        // The tick is 15.625 ms, so that 20 ms are up to 31.25.
        assert!(!state());
        assert!(!nt.is("KeSetTimer", &[at, after(20), deferred]));
        assert!(nt.is("KeSetTimer", &[at, after(20), deferred]));
        delay(nt, 19);
        assert!(!state() && calls.is_empty());
        assert_eq!(wait_for(nt, at, 20), DONE);
        assert_eq!(words(at), [8 | 1 << 32, at + 8, at + 8]);
        // A notification timer stays, and calls its DPC once.
        assert!(state() && calls == [[0, 0, 0]]);
        assert!(!nt.is("KeCancelTimer", &[at]));
        assert!(!nt.is("KeSetTimer", &[at, after(20), 0]));
        assert!(!state());
        assert!(nt.is("KeCancelTimer", &[at]) && !nt.is("KeCancelTimer", &[at]));
        delay(nt, 100);
        assert!(!state() && calls.len() == 1);
        for (kind, stays) in [(0, true), (1, false)] {
            spoil(at);
            nt.call("KeInitializeTimerEx", &[at, kind]);
            assert!(!state());
            assert!(!nt.is("KeSetTimer", &[at, after(1), 0]));
            assert_eq!((wait_for(nt, at, 20), state()), (DONE, stays));
        }
        for (function, arguments) in [
            ("KeSetTimerEx", &[at, after(100), 100, deferred][..]),
            ("KeSetCoalescableTimer", &[at, after(100), 100, 0, deferred]),
        ] {
            calls.clear();
            assert!(!nt.is(function, arguments));
            delay(nt, 350);
            assert!(state() && calls.len() == 3, "{function}");
            assert!(nt.is("KeCancelTimer", &[at]));
            delay(nt, 200);
            assert_eq!(calls.len(), 3);
        }
        // The shortest period.
        calls.clear();
        nt.call("KeSetTimerEx", &[at, after(1), 1, deferred]);
        delay(nt, 100);
        assert!(calls.len() > 3 && nt.is("KeCancelTimer", &[at]));
    });
}

#[test]
fn timers_of_the_kernels_own_call_back() {
    drive(|nt| {
        let mut calls: Calls = Vec::new();
        let context = out(&mut calls);
        // EX_TIMER_HIGH_RESOLUTION is due when it says, another one at the next tick.
        for (attributes, early, late) in [(4, 3, 4), (0, 3, 16)] {
            calls.clear();
            let arguments = [expire as *const () as u64, context, attributes];
            let timer = nt.call("ExAllocateTimer", &arguments);
            // A notification timer.
            assert_eq!(words(timer), [8, timer + 8, timer + 8]);
            // Align with the tick.
            delay(nt, 0);
            assert!(!nt.is("ExSetTimer", &[timer, after(4), 0, 0]));
            assert!(nt.is("ExSetTimer", &[timer, after(4), 0, 0]));
            delay(nt, early);
            assert!(calls.is_empty());
            assert_eq!(wait_for(nt, timer, late), DONE);
            assert_eq!(calls, [[timer, 0, 0]]);
            assert_eq!(words(timer), [8 | 1 << 32, timer + 8, timer + 8]);
            let is_tick = nt.call("KeQueryInterruptTime", &[]).is_multiple_of(156_250);
            assert_eq!(is_tick, attributes == 0);
            assert!(!nt.is("ExCancelTimer", &[timer, 0]));
            // Again and again, until it is cancelled.
            assert!(!nt.is("ExSetTimer", &[timer, after(100), 1_000_000, 0]));
            delay(nt, 350);
            assert_eq!(calls.len(), 4);
            assert!(nt.is("ExCancelTimer", &[timer, 0]));
            delay(nt, 200);
            assert_eq!(calls.len(), 4);
            assert!(!nt.is("ExSetTimer", &[timer, after(100), 0, 0]));
            assert!(nt.is("ExDeleteTimer", &[timer, 1, 0, 0]));
            delay(nt, 200);
            assert_eq!(calls.len(), 4);
        }
        // One that expires leaves the others set.
        let [first, second] = [(); 2].map(|()| nt.call("ExAllocateTimer", &[0, 0, 4]));
        nt.call("ExSetTimer", &[second, after(50), 0, 0]);
        nt.call("ExSetTimer", &[first, after(1), 0, 0]);
        assert_eq!(wait_for(nt, first, 5), DONE);
        assert!(!nt.is("ExDeleteTimer", &[first, 1, 0, 0]));
        assert!(nt.is("ExDeleteTimer", &[second, 1, 0, 0]));
        // Without a callback it is only waited for.
        let timer = nt.call("ExAllocateTimer", &[0, 0, 4]);
        nt.call("ExSetTimer", &[timer, after(1), 0, 0]);
        assert_eq!(wait_for(nt, timer, 5), DONE);
        assert!(!nt.is("ExDeleteTimer", &[timer, 0, 0, 0]));
    });
}

#[test]
fn the_tick_is_as_short_as_a_driver_asks_for() {
    drive(|nt| {
        let mut timer: Object = [0; 8];
        let at = out(&mut timer);
        nt.call("KeInitializeTimer", &[at]);
        // In units of 100 ns, from one tick to the next.
        let expires_in = |milliseconds| {
            let start = nt.call("KeQueryInterruptTime", &[]);
            nt.call("KeSetTimer", &[at, after(milliseconds), 0]);
            assert_eq!(wait_for(nt, at, 50), DONE);
            nt.call("KeQueryInterruptTime", &[]) - start
        };
        expires_in(1);
        assert_eq!(expires_in(1), 156_250);
        assert_eq!(nt.call("ExSetTimerResolution", &[10_000, 1]) as u32, 10_000);
        expires_in(1);
        assert_eq!(expires_in(3), 30_000);
        nt.call("ExSetTimerResolution", &[0, 0]);
        expires_in(1);
        assert_eq!(expires_in(1), 156_250);
        assert_eq!(nt.call("KeQueryTimeIncrement", &[]) as u32, 156_250);
    });
}

#[test]
fn clocks_and_processors_are_told_alike() {
    drive(|nt| {
        let (mut time, mut local, mut counter) = (0_u64, 0_u64, 0_u64);
        nt.call("KeQuerySystemTimePrecise", &[out(&mut time)]);
        nt.call("ExSystemTimeToLocalTime", &[of(&time), out(&mut local)]);
        assert_eq!(time, local);
        let start = now(nt);
        delay(nt, 7);
        nt.call("KeQuerySystemTimePrecise", &[out(&mut local)]);
        assert_eq!(local - time, 70_000);
        for clock in ["KeQueryInterruptTime", "KeQueryUnbiasedInterruptTime"] {
            assert_eq!(nt.call(clock, &[]) / 10_000, start + 7, "{clock}");
        }
        let precise = nt.call("KeQueryInterruptTimePrecise", &[out(&mut counter)]);
        assert_eq!(precise / 10_000, start + 7);
        assert_eq!(counter, nt.call("KeQueryPerformanceCounter", &[0]));
        let (mut number, mut affinity) = (7_u32, 0_u64);
        assert_eq!(nt.call("KeGetCurrentProcessorNumberEx", &[out(&mut number)]) as u32, 0);
        assert_eq!(number, 0);
        assert_eq!(nt.call("KeQueryActiveProcessorCount", &[out(&mut affinity)]) as u32, 1);
        assert_eq!(affinity, 1);
        for count in ["KeQueryActiveProcessorCountEx", "KeQueryMaximumProcessorCountEx"] {
            assert_eq!(nt.call(count, &[0xFFFF]) as u32, 1);
        }
        for function in [
            "KeSaveFloatingPointState",
            "KeRestoreFloatingPointState",
            "KeSaveExtendedProcessorState",
        ] {
            assert_eq!(nt.status(function, &[0, 0]), DONE);
        }
    });
}

#[test]
fn spin_locks_raise_the_level_and_give_it_back() {
    drive(|nt| {
        let (mut lock, mut handle) = (7_u64, [0_u64; 3]);
        let (at, queue) = (out(&mut lock), out(&mut handle));
        let level = || nt.call("KeGetCurrentIrql", &[]) as u8;
        nt.call("KeInitializeSpinLock", &[at]);
        // SAFETY: the lock above.
        assert_eq!(unsafe { (at as *const u64).read_volatile() }, 0);
        nt.call("KfRaiseIrql", &[1]);
        nt.call("KeAcquireInStackQueuedSpinLock", &[at, queue]);
        // Nobody is behind it in the queue.
        assert_eq!((level(), words(queue)), (2, [0, at]));
        nt.call("KeReleaseInStackQueuedSpinLock", &[queue]);
        assert_eq!(level(), 1);
        nt.call("KfRaiseIrql", &[2]);
        let mut other = [0_u64; 3];
        let queue = out(&mut other);
        nt.call("KeAcquireInStackQueuedSpinLockAtDpcLevel", &[at, queue]);
        assert_eq!(words(queue), [0, at]);
        nt.call("KeReleaseInStackQueuedSpinLockFromDpcLevel", &[queue]);
        nt.call("KeAcquireSpinLockAtDpcLevel", &[at]);
        nt.call("KeReleaseSpinLockFromDpcLevel", &[at]);
        assert!(nt.is("KeTryToAcquireSpinLockAtDpcLevel", &[at]));
        nt.call("KeReleaseSpinLockFromDpcLevel", &[at]);
        assert_eq!(level(), 2);
        nt.call("KeLowerIrql", &[0]);
    });
    // Each of them is one lock.
    breaks(&[Rule::Deadlock], |nt| {
        let (lock, mut handle) = (0_u64, [0_u64; 3]);
        let (at, queue) = (of(&lock), out(&mut handle));
        nt.call("KeAcquireInStackQueuedSpinLock", &[at, queue]);
        nt.call("KeAcquireSpinLockAtDpcLevel", &[at]);
        nt.call("KeReleaseSpinLockFromDpcLevel", &[at]);
        nt.call("KeReleaseInStackQueuedSpinLock", &[queue]);
    });
    breaks(&[Rule::LockHeldOnReturn], |nt| {
        let lock = 0_u64;
        nt.call("KfRaiseIrql", &[2]);
        nt.call("KeTryToAcquireSpinLockAtDpcLevel", &[of(&lock)]);
        nt.call("KeLowerIrql", &[0]);
    });
}

#[test]
fn mutexes_of_other_kinds_are_free_or_taken() {
    drive(|nt| {
        let level = || nt.call("KeGetCurrentIrql", &[]) as u8;
        let is_off = || nt.is("KeAreApcsDisabled", &[]);
        let are_all_off = || nt.is("KeAreAllApcsDisabled", &[]);
        let mut mutex: Object = [0; 8];
        let at = out(&mut mutex);
        spoil(at);
        nt.call("KeInitializeGuardedMutex", &[at]);
        // Its count, and nothing else.
        assert_eq!(words(at), [1, 0, 0, 0, 0, 0, 0]);
        // The level at which it is taken, where wdm.h has it.
        nt.call("KfRaiseIrql", &[1]);
        nt.call("ExTryToAcquireFastMutex", &[at]);
        assert_eq!(words::<7>(at)[6], 1);
        nt.call("ExReleaseFastMutex", &[at]);
        nt.call("KeLowerIrql", &[0]);
        nt.call("ExAcquireFastMutex", &[at]);
        assert!(level() == 1 && are_all_off() && !is_off());
        assert!(!nt.is("ExTryToAcquireFastMutex", &[at]));
        assert!(!nt.is("KeTryToAcquireGuardedMutex", &[at]));
        nt.call("ExReleaseFastMutex", &[at]);
        assert_eq!(words(at), [1]);
        assert!(level() == 0 && !are_all_off());
        assert!(nt.is("ExTryToAcquireFastMutex", &[at]));
        assert_eq!(level(), 1);
        nt.call("ExReleaseFastMutex", &[at]);
        nt.call("KeAcquireGuardedMutex", &[at]);
        assert!(level() == 0 && is_off());
        nt.call("KeReleaseGuardedMutex", &[at]);
        assert!(!is_off());
        assert!(nt.is("KeTryToAcquireGuardedMutex", &[at]) && is_off());
        nt.call("KeReleaseGuardedMutex", &[at]);
        assert!(!is_off());
        nt.call("KeEnterCriticalRegion", &[]);
        assert!(is_off());
        for _ in 0..2 {
            nt.call("ExAcquireFastMutexUnsafe", &[at]);
            nt.call("ExReleaseFastMutexUnsafe", &[at]);
        }
        // Readers share a push lock, and a writer has it alone.
        let mut lock = 0_u64;
        let at = out(&mut lock);
        for _ in 0..2 {
            nt.call("ExAcquirePushLockSharedEx", &[at, 0]);
        }
        for _ in 0..2 {
            nt.call("ExReleasePushLockSharedEx", &[at, 0]);
        }
        nt.call("ExAcquirePushLockExclusiveEx", &[at, 0]);
        nt.call("ExReleasePushLockExclusiveEx", &[at, 0]);
        nt.call("ExAcquirePushLockSharedEx", &[at, 0]);
        nt.call("ExReleasePushLockSharedEx", &[at, 0]);
        nt.call("KeLeaveCriticalRegion", &[]);
        assert!(!is_off());
    });
    for (first, second) in [
        ("ExAcquirePushLockSharedEx", "ExAcquirePushLockExclusiveEx"),
        ("ExAcquirePushLockExclusiveEx", "ExAcquirePushLockSharedEx"),
        ("ExAcquirePushLockExclusiveEx", "ExAcquirePushLockExclusiveEx"),
    ] {
        breaks(&[Rule::Deadlock], |nt| {
            let mut lock = 0_u64;
            nt.call("KeEnterCriticalRegion", &[]);
            nt.call(first, &[out(&mut lock), 0]);
            nt.call(second, &[out(&mut lock), 0]);
            nt.call("KeLeaveCriticalRegion", &[]);
        });
    }
    // One reader of two remains.
    breaks(&[Rule::Deadlock], |nt| {
        let mut lock = 0_u64;
        let at = out(&mut lock);
        nt.call("KeEnterCriticalRegion", &[]);
        nt.call("ExAcquirePushLockSharedEx", &[at, 0]);
        nt.call("ExAcquirePushLockSharedEx", &[at, 0]);
        nt.call("ExReleasePushLockSharedEx", &[at, 0]);
        nt.call("ExAcquirePushLockExclusiveEx", &[at, 0]);
        nt.call("KeLeaveCriticalRegion", &[]);
    });
    // Each has its place in the order of locks, while it is held.
    for (take, give_back) in [
        ("ExAcquireFastMutex", "ExReleaseFastMutex"),
        ("ExAcquirePushLockExclusiveEx", "ExReleasePushLockExclusiveEx"),
    ] {
        for (nested, rules) in [(false, &[][..]), (true, &[Rule::LockOrder])] {
            breaks(rules, |nt| {
                let mut locks: [Object; 2] = [[0; 8]; 2];
                if take == "ExAcquireFastMutex" {
                    (locks[0][0], locks[1][0]) = (1, 1);
                }
                let at = [out(&mut locks[0]), out(&mut locks[1])];
                let apc = |function, lock| nt.call(function, &[lock, 0]);
                nt.call("KeEnterCriticalRegion", &[]);
                for [first, second] in [at, [at[1], at[0]]] {
                    apc(take, first);
                    if nested {
                        apc(take, second);
                        apc(give_back, second);
                    }
                    apc(give_back, first);
                    apc(take, second);
                    apc(give_back, second);
                }
                nt.call("KeLeaveCriticalRegion", &[]);
            });
        }
    }
    breaks(&[Rule::OutOfPlace; 2], |nt| {
        let mut lock = 0_u64;
        let at = out(&mut lock);
        nt.call("ExAcquirePushLockSharedEx", &[at, 0]);
        nt.call("ExReleasePushLockSharedEx", &[at, 0]);
        nt.call("ExAcquirePushLockExclusiveEx", &[at, 0]);
        nt.call("ExReleasePushLockExclusiveEx", &[at, 0]);
        // Above PASSIVE_LEVEL no APC comes.
        nt.call("KfRaiseIrql", &[1]);
        nt.call("ExAcquirePushLockSharedEx", &[at, 0]);
        nt.call("ExReleasePushLockSharedEx", &[at, 0]);
        nt.call("KeLowerIrql", &[0]);
    });
}

#[test]
fn a_rundown_refuses_new_holders() {
    drive(|nt| {
        let mut rundown = 9_u64;
        let at = out(&mut rundown);
        let take = || nt.is("ExAcquireRundownProtection", &[at]);
        nt.call("ExInitializeRundownProtection", &[at]);
        assert!(take() && take());
        nt.call("ExReleaseRundownProtection", &[at]);
        nt.call("ExReleaseRundownProtection", &[at]);
        nt.call("ExWaitForRundownProtectionRelease", &[at]);
        assert!(!take());
        nt.call("ExRundownCompleted", &[at]);
        assert!(!take());
        nt.call("ExReInitializeRundownProtection", &[at]);
        assert!(take());
        nt.call("ExReleaseRundownProtection", &[at]);
        nt.call("ExRundownCompleted", &[at]);
        assert!(!take());
    });
}

#[test]
fn interlocked_lists_give_back_what_they_were_given() {
    drive(|nt| {
        let mut entries = [[0_u64; 2]; 4];
        let at: Vec<u64> = entries.iter_mut().map(out).collect();
        let (head, lock) = (at[0], 0_u64);
        // SAFETY: the head above: an empty list is linked to itself.
        unsafe { (head as *mut [u64; 2]).write([head, head]) };
        let call = |function, entry: u64| nt.call(function, &[head, entry, of(&lock)]);
        let remove = || nt.call("ExInterlockedRemoveHeadList", &[head, of(&lock)]);
        let (head_list, tail_list) = ("ExInterlockedInsertHeadList", "ExInterlockedInsertTailList");
        // What was first, or last; 0 of an empty list.
        assert_eq!(remove(), 0);
        assert_eq!(call(head_list, at[1]), 0);
        assert_eq!(call(head_list, at[2]), at[1]);
        assert_eq!(call(tail_list, at[3]), at[1]);
        assert_eq!([remove(), remove(), remove(), remove()], [at[2], at[1], at[3], 0]);
        assert_eq!(call(tail_list, at[1]), 0);
        assert_eq!(call(tail_list, at[2]), at[1]);
        assert_eq!(call(head_list, at[3]), at[1]);
        // SAFETY: the entries above. They are linked both ways.
        let links = |entry: u64| unsafe { (entry as *const [u64; 2]).read() };
        assert_eq!(links(head), [at[3], at[2]]);
        assert_eq!([links(at[3]), links(at[2])], [[at[1], head], [head, at[1]]]);
        assert_eq!(remove(), at[3]);
        assert_eq!([links(head), links(at[1])], [[at[1], at[2]], [at[2], head]]);
        assert_eq!([remove(), remove()], [at[1], at[2]]);
        // Stacks, with and without a depth.
        let mut list = [5_u64; 2];
        let list = out(&mut list);
        // SAFETY: the list above.
        unsafe { (list as *mut [u64; 2]).write([0, 0]) };
        let push = |entry: u64| nt.call("ExInterlockedPushEntryList", &[list, entry, of(&lock)]);
        let pop = || nt.call("ExInterlockedPopEntryList", &[list, of(&lock)]);
        assert_eq!([pop(), push(at[1]), push(at[2])], [0, 0, at[1]]);
        assert_eq!([pop(), pop(), pop()], [at[2], at[1], 0]);
        let depth = || nt.call("ExQueryDepthSList", &[list]) as u16;
        let push = |entry: u64| nt.call("ExpInterlockedPushEntrySList", &[list, entry]);
        let pop = || nt.call("ExpInterlockedPopEntrySList", &[list]);
        // SAFETY: the list above.
        unsafe { (list as *mut [u64; 2]).write([5, at[1]]) };
        nt.call("InitializeSListHead", &[list]);
        assert_eq!((pop(), depth()), (0, 0));
        assert_eq!((push(at[1]), push(at[2]), depth()), (0, at[1], 2));
        assert_eq!((pop(), depth()), (at[2], 1));
        assert_eq!((push(at[3]), depth()), (at[1], 2));
        let flush = || nt.call("ExpInterlockedFlushSList", &[list]);
        assert_eq!((flush(), depth(), flush(), pop()), (at[3], 0, 0, 0));
        let (mut small, mut large) = (u32::MAX, u64::MAX);
        let (at_small, at_large) = (out(&mut small), out(&mut large));
        let before = nt.call("ExInterlockedAddUlong", &[at_small, 3, of(&lock)]);
        assert_eq!((before as u32, small), (u32::MAX, 2));
        let before = nt.call("ExInterlockedAddLargeInteger", &[at_large, 3, of(&lock)]);
        assert_eq!((before, large), (u64::MAX, 2));
    });
}

#[test]
fn a_timer_that_a_driver_leaves_set_does_not_expire() {
    let mut timer: Object = [0; 8];
    let machine = Machine::builder().build();
    drive_in(&machine, |nt| {
        nt.call("KeInitializeTimer", &[out(&mut timer)]);
        nt.call("KeSetTimer", &[out(&mut timer), after(10), 0]);
    });
    let state = words::<1>(of(&timer));
    machine.sleep(Duration::from_secs(1));
    assert_eq!(words::<1>(of(&timer)), state);
    assert_eq!(machine.report().violations()[0].rule, Rule::TimerLeak);
}

#[test]
fn what_waits_in_vain_hangs() {
    // A wait that nothing ends is over after five minutes.
    let machine = Machine::builder().build();
    drive_in(&machine, |nt| {
        let mut event: Object = [0; 8];
        let at = out(&mut event);
        nt.call("KeInitializeEvent", &[at, 0, 0]);
        let start = now(nt);
        assert_eq!(nt.status("KeWaitForSingleObject", &[at, 0, 0, 0, 0]), TIMEOUT);
        assert_eq!(now(nt) - start, 300_000);
        // At DISPATCH_LEVEL it may look, and not wait.
        nt.call("KfRaiseIrql", &[2]);
        assert_eq!(wait_for(nt, at, 0), TIMEOUT);
        assert_eq!(wait_for(nt, at, 1), STATUS_UNSUCCESSFUL);
        nt.call("KeLowerIrql", &[0]);
        // At APC_LEVEL it may.
        nt.call("KfRaiseIrql", &[1]);
        assert_eq!(wait_for(nt, at, 1), TIMEOUT);
        nt.call("KeLowerIrql", &[0]);
    });
    let rules: Vec<Rule> = machine.report().violations().iter().map(|own| own.rule).collect();
    assert_eq!(rules, [Rule::Deadlock, Rule::WaitAtDispatch]);
}
