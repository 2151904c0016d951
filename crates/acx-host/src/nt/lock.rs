//! Spin locks, and interlocked lists.

use acx_sys::*;

use crate::kernel::abi::{read, write};
use crate::kernel::function::services;
use crate::kernel::report::Rule;
use crate::kernel::{DISPATCH, Kernel, locks};

fn release(kernel: &Kernel, lock: usize, irql: u8) {
    locks::release_spin_lock(kernel, lock);
    kernel.lower_irql(irql);
}

/// A LIST_ENTRY's two links.
fn links(entry: usize) -> [usize; 2] {
    read(entry as *const [usize; 2]).unwrap_or_default()
}

/// Puts `entry` between two neighbours.
fn link(entry: usize, before: usize, behind: usize) {
    write(entry as *mut [usize; 2], [behind, before]);
    write(before as *mut usize, entry);
    write((behind + 8) as *mut usize, entry);
}

/// Takes the first entry of a list; 0 if it is empty.
fn unlink_first(head: usize) -> usize {
    let [first, _] = links(head);
    if first == head {
        return 0;
    }
    let [second, _] = links(first);
    write(head as *mut usize, second);
    write((second + 8) as *mut usize, head);
    first
}

fn pop(head: usize) -> usize {
    let first = read(head as *const usize).unwrap_or_default();
    write(head as *mut usize, read(first as *const usize).unwrap_or_default());
    first
}

fn push(head: usize, entry: usize) -> usize {
    let first = read(head as *const usize).unwrap_or_default();
    write(entry as *mut usize, first);
    write(head as *mut usize, entry);
    first
}

fn KeInitializeSpinLock(_kernel: &Kernel, SpinLock: PKSPIN_LOCK) {
    write(SpinLock, 0);
}

fn KeAcquireSpinLockAtDpcLevel(kernel: &Kernel, SpinLock: PKSPIN_LOCK) {
    if kernel.irql() < DISPATCH {
        kernel.violate(Rule::Irql, "KeAcquireSpinLockAtDpcLevel below DISPATCH_LEVEL".to_owned());
    }
    locks::acquire_spin_lock(kernel, SpinLock as usize);
}

fn KeReleaseSpinLockFromDpcLevel(kernel: &Kernel, SpinLock: PKSPIN_LOCK) {
    locks::release_spin_lock(kernel, SpinLock as usize);
}

fn KeTryToAcquireSpinLockAtDpcLevel(kernel: &Kernel, SpinLock: PKSPIN_LOCK) -> BOOLEAN {
    if locks::is_taken_by_another(kernel, SpinLock as usize) {
        return 0;
    }
    locks::acquire_spin_lock(kernel, SpinLock as usize);
    1
}

/// The handle keeps the lock's address at 8 and the level at 16.
fn KeAcquireInStackQueuedSpinLock(kernel: &Kernel, SpinLock: PKSPIN_LOCK, Handle: PVOID) {
    let irql = kernel.set_irql(DISPATCH);
    locks::acquire_spin_lock(kernel, SpinLock as usize);
    write(Handle.cast::<[usize; 3]>(), [0, SpinLock as usize, usize::from(irql)]);
}

fn KeReleaseInStackQueuedSpinLock(kernel: &Kernel, Handle: PVOID) {
    let [_, lock, irql] = read(Handle.cast::<[usize; 3]>()).unwrap_or_default();
    release(kernel, lock, irql as u8);
}

fn KeAcquireInStackQueuedSpinLockAtDpcLevel(kernel: &Kernel, SpinLock: PKSPIN_LOCK, Handle: PVOID) {
    locks::acquire_spin_lock(kernel, SpinLock as usize);
    write(Handle.cast::<[usize; 3]>(), [0, SpinLock as usize, usize::from(kernel.irql())]);
}

fn KeReleaseInStackQueuedSpinLockFromDpcLevel(kernel: &Kernel, Handle: PVOID) {
    let [_, lock, _] = read(Handle.cast::<[usize; 3]>()).unwrap_or_default();
    locks::release_spin_lock(kernel, lock);
}

fn KeEnterCriticalRegion(kernel: &Kernel) {
    locks::enter_region(kernel);
}

fn KeLeaveCriticalRegion(kernel: &Kernel) {
    locks::leave_region(kernel);
}

fn KeEnterGuardedRegion(_kernel: &Kernel) {}

fn KeLeaveGuardedRegion(_kernel: &Kernel) {}

fn ExInterlockedInsertHeadList(
    _kernel: &Kernel,
    ListHead: PVOID,
    ListEntry: PVOID,
    _lock: PKSPIN_LOCK,
) -> PVOID {
    let [first, _] = links(ListHead as usize);
    link(ListEntry as usize, ListHead as usize, first);
    if first == ListHead as usize { std::ptr::null_mut() } else { first as PVOID }
}

fn ExInterlockedInsertTailList(
    _kernel: &Kernel,
    ListHead: PVOID,
    ListEntry: PVOID,
    _lock: PKSPIN_LOCK,
) -> PVOID {
    let [_, last] = links(ListHead as usize);
    link(ListEntry as usize, last, ListHead as usize);
    if last == ListHead as usize { std::ptr::null_mut() } else { last as PVOID }
}

fn ExInterlockedRemoveHeadList(_kernel: &Kernel, ListHead: PVOID, _lock: PKSPIN_LOCK) -> PVOID {
    unlink_first(ListHead as usize) as PVOID
}

fn ExInterlockedPushEntryList(
    _kernel: &Kernel,
    ListHead: PVOID,
    ListEntry: PVOID,
    _lock: PKSPIN_LOCK,
) -> PVOID {
    push(ListHead as usize, ListEntry as usize) as PVOID
}

fn ExInterlockedPopEntryList(_kernel: &Kernel, ListHead: PVOID, _lock: PKSPIN_LOCK) -> PVOID {
    pop(ListHead as usize) as PVOID
}

fn ExInterlockedAddLargeInteger(
    _kernel: &Kernel,
    Addend: *mut i64,
    Increment: i64,
    _lock: PKSPIN_LOCK,
) -> i64 {
    let before = read(Addend).unwrap_or_default();
    write(Addend, before.wrapping_add(Increment));
    before
}

fn ExInterlockedAddUlong(
    _kernel: &Kernel,
    Addend: *mut u32,
    Increment: u32,
    _lock: PKSPIN_LOCK,
) -> u32 {
    let before = read(Addend).unwrap_or_default();
    write(Addend, before.wrapping_add(Increment));
    before
}

/// The header of a sequenced list: the host keeps the first entry at 8 and the depth at 0.
fn InitializeSListHead(_kernel: &Kernel, ListHead: PVOID) {
    write(ListHead.cast::<[usize; 2]>(), [0, 0]);
}

fn ExpInterlockedPushEntrySList(_kernel: &Kernel, ListHead: PVOID, ListEntry: PVOID) -> PVOID {
    let depth = read(ListHead.cast::<u64>()).unwrap_or_default();
    write(ListHead.cast::<u64>(), depth + 1);
    push(ListHead as usize + 8, ListEntry as usize) as PVOID
}

fn ExpInterlockedPopEntrySList(_kernel: &Kernel, ListHead: PVOID) -> PVOID {
    let first = pop(ListHead as usize + 8);
    if first != 0
        && let Some(depth) = read(ListHead.cast::<u64>())
    {
        write(ListHead.cast::<u64>(), depth - 1);
    }
    first as PVOID
}

fn ExpInterlockedFlushSList(_kernel: &Kernel, ListHead: PVOID) -> PVOID {
    let first = read((ListHead as usize + 8) as *const usize).unwrap_or_default();
    write(ListHead.cast::<[usize; 2]>(), [0, 0]);
    first as PVOID
}

fn ExQueryDepthSList(_kernel: &Kernel, ListHead: PVOID) -> USHORT {
    read(ListHead.cast::<u64>()).unwrap_or_default() as u16
}

services! {
    /// Locks and lists.
    services:
    KeInitializeSpinLock: ANY;
    KeAcquireSpinLockAtDpcLevel: DISPATCH;
    KeReleaseSpinLockFromDpcLevel: DISPATCH;
    KeTryToAcquireSpinLockAtDpcLevel: DISPATCH;
    KeAcquireInStackQueuedSpinLock: DISPATCH;
    KeReleaseInStackQueuedSpinLock: DISPATCH;
    KeAcquireInStackQueuedSpinLockAtDpcLevel: DISPATCH;
    KeReleaseInStackQueuedSpinLockFromDpcLevel: DISPATCH;
    KeEnterCriticalRegion: APC;
    KeLeaveCriticalRegion: APC;
    KeEnterGuardedRegion: APC;
    KeLeaveGuardedRegion: APC;
    ExInterlockedInsertHeadList: ANY;
    ExInterlockedInsertTailList: ANY;
    ExInterlockedRemoveHeadList: ANY;
    ExInterlockedPushEntryList: ANY;
    ExInterlockedPopEntryList: ANY;
    ExInterlockedAddLargeInteger: ANY;
    ExInterlockedAddUlong: ANY;
    InitializeSListHead: DISPATCH;
    ExpInterlockedPushEntrySList: DISPATCH;
    ExpInterlockedPopEntrySList: DISPATCH;
    ExpInterlockedFlushSList: DISPATCH;
    ExQueryDepthSList: DISPATCH;
}
