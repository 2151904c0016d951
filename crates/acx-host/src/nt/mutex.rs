//! Fast and guarded mutexes, push locks and rundown protection: what drivers that are built with
//! Microsoft's C++ libraries for the kernel import. Source: their DDI pages.

use acx_sys::*;

use crate::kernel::Kernel;
use crate::kernel::abi::{read, write};
use crate::kernel::function::services;
use crate::kernel::locks;
use crate::kernel::report::Rule;
use crate::nt::sync::PATIENCE;

const APC: u8 = 1;

/// Waits until `free`; a violation if that never comes.
fn wait(kernel: &Kernel, what: &str, free: &dyn Fn() -> bool) {
    kernel.block(kernel.qpc().saturating_add(kernel.ticks_of(PATIENCE)), free);
    if !free() {
        kernel.violate(Rule::Deadlock, format!("{what} is never released: a deadlock"));
    }
}

/// A FAST_MUTEX, or a KGUARDED_MUTEX, which is the same: its count at 0 is 1 when it is free.
fn take(kernel: &Kernel, mutex: PVOID) {
    let count = mutex.cast::<i32>();
    wait(kernel, "a fast mutex", &|| read(count).is_some_and(|count| count > 0));
    write(count, 0);
    locks::acquire_mutex(kernel, mutex as usize);
}

fn give_back(kernel: &Kernel, mutex: PVOID) {
    if read(mutex.cast::<i32>()).is_none_or(|count| count > 0) {
        kernel.violate(Rule::LockNotHeld, "a fast mutex released that nobody holds".to_owned());
    }
    locks::release_mutex(kernel, mutex as usize);
    write(mutex.cast::<i32>(), 1);
    kernel.wake();
}

/// OldIrql follows the event.
fn old_irql(mutex: PVOID) -> *mut u32 {
    (mutex as usize + 48) as *mut u32
}

/// Holding it raises to APC_LEVEL.
fn ExAcquireFastMutex(kernel: &Kernel, Mutex: PVOID) {
    take(kernel, Mutex);
    write(old_irql(Mutex), u32::from(kernel.set_irql(APC)));
}

fn ExReleaseFastMutex(kernel: &Kernel, Mutex: PVOID) {
    let irql = read(old_irql(Mutex).cast_const()).unwrap_or_default();
    give_back(kernel, Mutex);
    kernel.set_irql(irql as u8);
}

fn ExTryToAcquireFastMutex(kernel: &Kernel, Mutex: PVOID) -> BOOLEAN {
    let free = read(Mutex.cast::<i32>()).is_some_and(|count| count > 0);
    if free {
        ExAcquireFastMutex(kernel, Mutex);
    }
    BOOLEAN::from(free)
}

/// The caller is in a critical region, or at APC_LEVEL: no APC may come while it is held.
fn check_region(kernel: &Kernel, name: &str) {
    if kernel.regions.get() == 0 && kernel.irql() < APC {
        let what = format!("{name} outside a critical region and below APC_LEVEL");
        kernel.violate(Rule::OutOfPlace, what);
    }
}

fn ExAcquireFastMutexUnsafe(kernel: &Kernel, Mutex: PVOID) {
    check_region(kernel, "ExAcquireFastMutexUnsafe");
    take(kernel, Mutex);
}

fn ExReleaseFastMutexUnsafe(kernel: &Kernel, Mutex: PVOID) {
    give_back(kernel, Mutex);
}

fn KeInitializeGuardedMutex(_kernel: &Kernel, Mutex: PVOID) {
    write(Mutex.cast::<[u64; 7]>(), [1, 0, 0, 0, 0, 0, 0]);
}

/// Holding it is a guarded region; the level stays.
fn KeAcquireGuardedMutex(kernel: &Kernel, Mutex: PVOID) {
    locks::enter_region(kernel);
    take(kernel, Mutex);
}

fn KeReleaseGuardedMutex(kernel: &Kernel, Mutex: PVOID) {
    give_back(kernel, Mutex);
    locks::leave_region(kernel);
}

fn KeTryToAcquireGuardedMutex(kernel: &Kernel, Mutex: PVOID) -> BOOLEAN {
    let free = read(Mutex.cast::<i32>()).is_some_and(|count| count > 0);
    if free {
        KeAcquireGuardedMutex(kernel, Mutex);
    }
    BOOLEAN::from(free)
}

/// An EX_PUSH_LOCK as the host has it: 0 is free, all ones held for writing, else how many read.
const WRITER: u64 = u64::MAX;

fn ExAcquirePushLockExclusiveEx(kernel: &Kernel, PushLock: PVOID, _flags: ULONG) {
    check_region(kernel, "ExAcquirePushLockExclusive");
    let state = PushLock.cast::<u64>().cast_const();
    wait(kernel, "a push lock", &|| read(state) == Some(0));
    write(PushLock.cast(), WRITER);
    locks::acquire_mutex(kernel, PushLock as usize);
}

fn ExReleasePushLockExclusiveEx(kernel: &Kernel, PushLock: PVOID, _flags: ULONG) {
    locks::release_mutex(kernel, PushLock as usize);
    write(PushLock.cast::<u64>(), 0);
    kernel.wake();
}

fn ExAcquirePushLockSharedEx(kernel: &Kernel, PushLock: PVOID, _flags: ULONG) {
    check_region(kernel, "ExAcquirePushLockShared");
    let state = PushLock.cast::<u64>().cast_const();
    wait(kernel, "a push lock", &|| read(state) != Some(WRITER));
    write(PushLock.cast(), read(state).unwrap_or_default().saturating_add(1));
}

fn ExReleasePushLockSharedEx(kernel: &Kernel, PushLock: PVOID, _flags: ULONG) {
    let readers = read(PushLock.cast::<u64>().cast_const()).unwrap_or_default();
    write(PushLock.cast(), readers.saturating_sub(1));
    kernel.wake();
}

/// An EX_RUNDOWN_REF: twice the count of holders, and 1 when it is run down.
fn ExInitializeRundownProtection(_kernel: &Kernel, RunRef: PVOID) {
    write(RunRef.cast::<u64>(), 0);
}

fn ExAcquireRundownProtection(_kernel: &Kernel, RunRef: PVOID) -> BOOLEAN {
    let count = read(RunRef.cast::<u64>().cast_const()).unwrap_or(1);
    let may = count & 1 == 0;
    if may {
        write(RunRef.cast(), count + 2);
    }
    BOOLEAN::from(may)
}

fn ExReleaseRundownProtection(kernel: &Kernel, RunRef: PVOID) {
    let count = read(RunRef.cast::<u64>().cast_const()).unwrap_or_default();
    if count < 2 {
        let what = "ExReleaseRundownProtection without ExAcquireRundownProtection".to_owned();
        kernel.violate(Rule::Unpaired, what);
        return;
    }
    write(RunRef.cast(), count - 2);
    kernel.wake();
}

fn ExWaitForRundownProtectionRelease(kernel: &Kernel, RunRef: PVOID) {
    let state = RunRef.cast::<u64>();
    write(state, read(state.cast_const()).unwrap_or_default() | 1);
    wait(kernel, "a rundown protection", &|| read(state.cast_const()) == Some(1));
}

fn ExReInitializeRundownProtection(_kernel: &Kernel, RunRef: PVOID) {
    write(RunRef.cast::<u64>(), 0);
}

fn ExRundownCompleted(_kernel: &Kernel, RunRef: PVOID) {
    write(RunRef.cast::<u64>(), 1);
}

fn KeAreApcsDisabled(kernel: &Kernel) -> BOOLEAN {
    BOOLEAN::from(kernel.regions.get() > 0)
}

fn KeAreAllApcsDisabled(kernel: &Kernel) -> BOOLEAN {
    BOOLEAN::from(kernel.irql() >= APC)
}

services! {
    /// Mutexes, push locks, rundown protection.
    services:
    ExAcquireFastMutex: APC;
    ExReleaseFastMutex: APC;
    ExTryToAcquireFastMutex: APC;
    ExAcquireFastMutexUnsafe: APC;
    ExReleaseFastMutexUnsafe: APC;
    KeInitializeGuardedMutex: DISPATCH;
    KeAcquireGuardedMutex: APC;
    KeReleaseGuardedMutex: APC;
    KeTryToAcquireGuardedMutex: APC;
    ExAcquirePushLockExclusiveEx: APC;
    ExReleasePushLockExclusiveEx: APC;
    ExAcquirePushLockSharedEx: APC;
    ExReleasePushLockSharedEx: APC;
    ExInitializeRundownProtection: ANY;
    ExAcquireRundownProtection: ANY;
    ExReleaseRundownProtection: ANY;
    ExWaitForRundownProtectionRelease: APC;
    ExReInitializeRundownProtection: APC;
    ExRundownCompleted: APC;
    KeAreApcsDisabled: ANY;
    KeAreAllApcsDisabled: ANY;
}

#[cfg(test)]
mod tests {
    use crate::nt::library;

    /// What drivers import that are built with Microsoft's C++ libraries for the kernel.
    #[test]
    fn what_such_drivers_import_is_there() {
        let names = library::names();
        for name in [
            "ExAcquireFastMutex",
            "ExAcquireFastMutexUnsafe",
            "ExReleaseFastMutexUnsafe",
            "KeAcquireGuardedMutex",
            "ExAcquirePushLockExclusiveEx",
            "ExAcquireRundownProtection",
            "ObReferenceObjectByHandleWithTag",
            "ObfDereferenceObjectWithTag",
        ] {
            assert!(names.contains(&name), "{name}");
        }
    }
}
