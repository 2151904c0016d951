//! Threads that wait for one another: what ends a wait wakes the thread that waits. It does not
//! look for itself from time to time, so a wake that is forgotten hangs the test.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use acx_host::Machine;

use super::{Nt, drive_in, out};

/// What the test's thread gets ready, what the other one does before and after the wait has begun,
/// and what the test's thread does meanwhile. Each is given an object of the driver's.
struct Meeting {
    what: &'static str,
    ready: fn(Nt, u64),
    hold: fn(Nt, u64),
    release: fn(Nt, u64),
    wait: fn(Nt, u64),
}

/// Waits on a test's thread until another thread sets `flag`.
fn wait_for(flag: &AtomicBool) {
    while !flag.load(Ordering::SeqCst) {
        std::thread::yield_now();
    }
}

fn nothing(_nt: Nt, _object: u64) {}

fn event(nt: Nt, at: u64) {
    nt.call("KeInitializeEvent", &[at, 1, 0]);
}

/// Waits without a timeout.
fn wait(nt: Nt, at: u64) {
    assert_eq!(nt.status("KeWaitForSingleObject", &[at, 0, 0, 0, 0]), 0);
}

fn fast_mutex(_nt: Nt, at: u64) {
    // SAFETY: an object of the test's, of eight words: a FAST_MUTEX begins with a count of 1.
    unsafe { *(at as *mut u64) = 1 };
}

fn acquire_exclusive(nt: Nt, at: u64) {
    nt.call("KeEnterCriticalRegion", &[]);
    nt.call("ExAcquirePushLockExclusiveEx", &[at, 0]);
}

fn release_exclusive(nt: Nt, at: u64) {
    nt.call("ExReleasePushLockExclusiveEx", &[at, 0]);
    nt.call("KeLeaveCriticalRegion", &[]);
}

fn acquire_shared(nt: Nt, at: u64) {
    nt.call("KeEnterCriticalRegion", &[]);
    nt.call("ExAcquirePushLockSharedEx", &[at, 0]);
}

fn release_shared(nt: Nt, at: u64) {
    nt.call("ExReleasePushLockSharedEx", &[at, 0]);
    nt.call("KeLeaveCriticalRegion", &[]);
}

fn own_timer(at: u64) -> u64 {
    // SAFETY: the object that the timer's address was left in.
    unsafe { *(at as *const u64) }
}

const MEETINGS: [Meeting; 9] = [
    Meeting {
        what: "an event",
        ready: event,
        hold: nothing,
        release: |nt, at| assert_eq!(nt.status("KeSetEvent", &[at, 0, 0]), 0),
        wait,
    },
    Meeting {
        what: "a semaphore",
        ready: |nt, at| {
            nt.call("KeInitializeSemaphore", &[at, 0, 1]);
        },
        hold: nothing,
        release: |nt, at| assert_eq!(nt.status("KeReleaseSemaphore", &[at, 0, 1, 0]), 0),
        wait,
    },
    Meeting {
        what: "a mutex",
        ready: |nt, at| {
            nt.call("KeInitializeMutex", &[at, 0]);
        },
        hold: wait,
        release: |nt, at| assert_eq!(nt.status("KeReleaseMutex", &[at, 0]), 0),
        wait: |nt, at| {
            wait(nt, at);
            nt.call("KeReleaseMutex", &[at, 0]);
        },
    },
    Meeting {
        what: "a timer",
        ready: |nt, at| {
            nt.call("KeInitializeTimerEx", &[at, 0]);
        },
        hold: nothing,
        release: |nt, at| {
            let due = (-10_000_i64).cast_unsigned();
            nt.call("KeSetTimer", &[at, due, 0]);
        },
        wait,
    },
    Meeting {
        what: "a timer of the kernel's own",
        // Its address is in the object.
        ready: |nt, at| {
            let timer = nt.call("ExAllocateTimer", &[0, 0, 4]);
            // SAFETY: an object of the test's.
            unsafe { *(at as *mut u64) = timer };
        },
        hold: nothing,
        release: |nt, at| {
            let due = (-10_000_i64).cast_unsigned();
            nt.call("ExSetTimer", &[own_timer(at), due, 0, 0]);
        },
        wait: |nt, at| {
            wait(nt, own_timer(at));
            nt.call("ExDeleteTimer", &[own_timer(at), 1, 1, 0]);
        },
    },
    Meeting {
        what: "a fast mutex",
        ready: fast_mutex,
        hold: |nt, at| {
            nt.call("ExAcquireFastMutex", &[at]);
        },
        release: |nt, at| {
            nt.call("ExReleaseFastMutex", &[at]);
        },
        wait: |nt, at| {
            nt.call("ExAcquireFastMutex", &[at]);
            nt.call("ExReleaseFastMutex", &[at]);
        },
    },
    Meeting {
        what: "a push lock held for writing",
        ready: nothing,
        hold: acquire_exclusive,
        release: release_exclusive,
        wait: |nt, at| {
            acquire_shared(nt, at);
            release_shared(nt, at);
        },
    },
    Meeting {
        what: "a push lock held for reading",
        ready: nothing,
        hold: acquire_shared,
        release: release_shared,
        wait: |nt, at| {
            acquire_exclusive(nt, at);
            release_exclusive(nt, at);
        },
    },
    Meeting {
        what: "a rundown protection",
        ready: |nt, at| {
            nt.call("ExInitializeRundownProtection", &[at]);
        },
        hold: |nt, at| assert_eq!(nt.call("ExAcquireRundownProtection", &[at]) as u8, 1),
        release: |nt, at| {
            nt.call("ExReleaseRundownProtection", &[at]);
        },
        wait: |nt, at| {
            nt.call("ExWaitForRundownProtectionRelease", &[at]);
        },
    },
];

#[test]
fn what_ends_a_wait_wakes_the_thread_that_waits() {
    for meeting in MEETINGS {
        let machine = Machine::builder().threaded(true).build();
        drive_in(&machine, |nt| {
            let mut object = [0_u64; 8];
            let at = out(&mut object);
            (meeting.ready)(nt, at);
            let held = AtomicBool::new(false);
            std::thread::scope(|scope| {
                scope.spawn(|| {
                    machine.inside(|| {
                        (meeting.hold)(nt, at);
                        held.store(true, Ordering::SeqCst);
                        // The other one waits by then.
                        std::thread::sleep(Duration::from_millis(20));
                        (meeting.release)(nt, at);
                    });
                });
                wait_for(&held);
                (meeting.wait)(nt, at);
            });
        });
        let found = machine.report().violations();
        assert!(found.is_empty(), "{}: {found:#?}", meeting.what);
    }
}

#[test]
fn a_spin_lock_that_another_processor_holds_is_not_taken_in_a_try() {
    let machine = Machine::builder().threaded(true).build();
    drive_in(&machine, |nt| {
        let mut lock = 0_u64;
        let at = out(&mut lock);
        let (is_held, is_tried) = (AtomicBool::new(false), AtomicBool::new(false));
        let mut tried = true;
        std::thread::scope(|scope| {
            scope.spawn(|| {
                machine.inside(|| {
                    nt.call("KfRaiseIrql", &[2]);
                    nt.call("KeAcquireSpinLockAtDpcLevel", &[at]);
                    is_held.store(true, Ordering::SeqCst);
                    wait_for(&is_tried);
                    nt.call("KeReleaseSpinLockFromDpcLevel", &[at]);
                    nt.call("KeLowerIrql", &[0]);
                });
            });
            wait_for(&is_held);
            nt.call("KfRaiseIrql", &[2]);
            tried = nt.is("KeTryToAcquireSpinLockAtDpcLevel", &[at]);
            nt.call("KeLowerIrql", &[0]);
            is_tried.store(true, Ordering::SeqCst);
        });
        assert!(!tried);
    });
    assert_eq!(machine.report().count(), 0, "{:#?}", machine.report().violations());
}
