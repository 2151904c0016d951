//! Clauses of rows about callbacks that run on one thread while another one waits for them.

use std::ptr::null_mut;
use std::sync::MutexGuard;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use _WDF_EXECUTION_LEVEL as L;
use acx_host::Rule;
use acx_sys::*;

use crate::clauses::{MAKERS, set_deed};
use crate::driver::{Plan, Run, child_of, keep, kept, note, notes, wait_for};

static RUNS: AtomicBool = AtomicBool::new(false);
static GOES_ON: AtomicBool = AtomicBool::new(false);

/// What the timer or DPC does, for one test after the other.
fn deed(own: fn()) -> MutexGuard<'static, ()> {
    let turn = set_deed(own);
    RUNS.store(false, Ordering::SeqCst);
    GOES_ON.store(false, Ordering::SeqCst);
    turn
}

/// A callback that runs until the test releases it.
fn runs_on() {
    RUNS.store(true, Ordering::SeqCst);
    wait_for(&GOES_ON);
    note("the callback ends");
}

/// Runs a callback that `begin` starts on another thread; `meanwhile` runs at the same time, and
/// must release the callback.
fn while_a_callback_runs(plan: Plan, begin: fn(), meanwhile: fn()) -> Run {
    let _turn = deed(runs_on);
    plan.threaded().run(|machine, device| {
        let device = device.expect("it starts");
        std::thread::scope(|scope| {
            scope.spawn(|| machine.inside(begin));
            wait_for(&RUNS);
            machine.inside(meanwhile);
        });
        drop(device);
    })
}

/// The same with a DPC, which is kept in slot 1.
fn while_a_dpc_runs(plan: Plan, meanwhile: fn()) -> Run {
    let plan = plan.on("EvtDeviceD0Entry", |device| {
        keep(1, (MAKERS[2].1)(device, &mut child_of(device.cast())).1);
    });
    let begin = || {
        // SAFETY: a live DPC.
        unsafe { WdfDpcEnqueue(kept(1)) };
    };
    while_a_callback_runs(plan, begin, meanwhile)
}

/// Releases the callback while the calling thread waits for it.
fn goes_on_soon() {
    std::thread::spawn(|| {
        std::thread::sleep(Duration::from_millis(20));
        GOES_ON.store(true, Ordering::SeqCst);
    });
}

#[test]
fn also_kmdf_m11_a_cancel_waits_for_a_dpc_that_runs() {
    while_a_dpc_runs(Plan::new(), || {
        // SAFETY: a live DPC.
        assert_eq!(unsafe { WdfDpcCancel(kept(1), 0) }, 0);
        assert!(!notes().iter().any(|note| note == "the callback ends"));
        goes_on_soon();
        // SAFETY: a live DPC.
        assert_eq!(unsafe { WdfDpcCancel(kept(1), 1) }, 0);
        assert!(notes().iter().any(|note| note == "the callback ends"));
    })
    .keeps_every_rule();
}

#[test]
fn a_flush_waits_for_a_work_item_that_runs() {
    let plan = Plan::new().on("EvtDeviceD0Entry", |device| {
        keep(1, (MAKERS[3].1)(device, &mut child_of(device.cast())).1);
    });
    let begin = || {
        // SAFETY: a live work item.
        unsafe { WdfWorkItemEnqueue(kept(1)) };
    };
    while_a_callback_runs(plan, begin, || {
        goes_on_soon();
        // SAFETY: a live work item.
        unsafe { WdfWorkItemFlush(kept(1)) };
        assert!(notes().iter().any(|note| note == "the callback ends"));
        // One that is over is not waited for, and one that is queued is.
        // SAFETY: a live work item.
        unsafe {
            WdfWorkItemFlush(kept(1));
            WdfWorkItemEnqueue(kept(1));
            WdfWorkItemFlush(kept(1));
        }
        let ends = notes().iter().filter(|note| *note == "the callback ends").count();
        assert_eq!(ends, 2);
    })
    .keeps_every_rule();
}

/// The time after which a wait counts as a deadlock.
const PATIENCE: Duration = Duration::from_millis(100);

#[test]
fn a_wait_for_a_callback_that_does_not_end_is_a_deadlock() {
    while_a_dpc_runs(Plan::new().patience(PATIENCE), || {
        // SAFETY: a live DPC.
        unsafe { WdfDpcCancel(kept(1), 1) };
        GOES_ON.store(true, Ordering::SeqCst);
    })
    .breaks(&[Rule::Deadlock])
    .saying("EvtDpcFunc is not over after 100ms: a deadlock");
}

#[test]
fn a_callback_lock_that_is_never_released_is_a_deadlock() {
    let _turn = deed(|| {});
    let plan = Plan::new().patience(PATIENCE).attributes(|attributes| {
        attributes.ExecutionLevel = L::WdfExecutionLevelPassive;
    });
    let acquire = || {
        // SAFETY: a live device.
        unsafe { WdfObjectAcquireLock(kept(6)) };
    };
    let release = || {
        // SAFETY: the lock that this thread has acquired.
        unsafe { WdfObjectReleaseLock(kept(6)) };
    };
    plan.created(|device| keep(6, device))
        .threaded()
        .run(|machine, device| {
            let device = device.expect("it starts");
            std::thread::scope(|scope| {
                scope.spawn(|| {
                    machine.inside(|| {
                        acquire();
                        RUNS.store(true, Ordering::SeqCst);
                        wait_for(&GOES_ON);
                        release();
                    });
                });
                wait_for(&RUNS);
                machine.inside(|| {
                    acquire();
                    GOES_ON.store(true, Ordering::SeqCst);
                    release();
                });
            });
            drop(device);
        })
        .breaks(&[Rule::Deadlock])
        .saying("a callback lock is never released");
}

/// A thread waits for a lock that another one holds, and has it soon after its release.
fn waits_for_a_lock(plan: Plan, acquire: fn(), release: fn()) {
    let _turn = deed(|| {});
    plan.threaded()
        .run(|machine, device| {
            let device = device.expect("it starts");
            let begin = Instant::now();
            std::thread::scope(|scope| {
                scope.spawn(|| {
                    machine.inside(|| {
                        acquire();
                        RUNS.store(true, Ordering::SeqCst);
                        // The other one waits by then.
                        std::thread::sleep(Duration::from_millis(20));
                        note("released");
                        release();
                    });
                });
                wait_for(&RUNS);
                machine.inside(|| {
                    acquire();
                    assert!(notes().iter().any(|note| note == "released"));
                    release();
                });
            });
            assert!(begin.elapsed() < Duration::from_secs(30), "nobody woke it");
            drop(device);
        })
        .keeps_every_rule();
}

#[test]
fn a_lock_that_is_released_wakes_the_thread_that_waits() {
    let plan = Plan::new().on("EvtDeviceD0Entry", |device| {
        let (name, make) = MAKERS[6];
        assert_eq!(name, "wait lock");
        keep(1, make(device, &mut child_of(device.cast())).1);
    });
    waits_for_a_lock(
        plan,
        || {
            // SAFETY: a live lock.
            assert_eq!(unsafe { WdfWaitLockAcquire(kept(1), null_mut()) }, STATUS_SUCCESS);
        },
        || {
            // SAFETY: the lock that this thread has acquired.
            unsafe { WdfWaitLockRelease(kept(1)) };
        },
    );
    for passive in [false, true] {
        let mut plan = Plan::new().created(|device| keep(6, device));
        if passive {
            plan = plan.attributes(|attributes| {
                attributes.ExecutionLevel = L::WdfExecutionLevelPassive;
            });
        }
        waits_for_a_lock(
            plan,
            || {
                // SAFETY: a live device.
                unsafe { WdfObjectAcquireLock(kept(6)) };
            },
            || {
                // SAFETY: the lock that this thread has acquired.
                unsafe { WdfObjectReleaseLock(kept(6)) };
            },
        );
    }
}

#[test]
fn also_kmdf_m6_a_start_while_a_stop_waits_has_no_effect() {
    let plan = Plan::new().on("EvtDeviceD0Entry", |device| {
        keep(1, (MAKERS[1].1)(device, &mut child_of(device.cast())).1);
    });
    let _turn = deed(|| {
        RUNS.store(true, Ordering::SeqCst);
        // The other thread waits in its stop by then.
        std::thread::sleep(Duration::from_millis(50));
        // SAFETY: a live timer.
        assert_eq!(unsafe { WdfTimerStart(kept(1), -1) }, 0);
        note("the callback ends");
    });
    let run = plan.threaded().run(|machine, device| {
        let device = device.expect("it starts");
        // SAFETY: a live timer.
        machine.inside(|| unsafe { WdfTimerStart(kept(1), -1) });
        wait_for(&RUNS);
        // SAFETY: a live timer. The start is what it found.
        assert_eq!(machine.inside(|| unsafe { WdfTimerStop(kept(1), 1) }), 1);
        drop(device);
    });
    run.keeps_every_rule().counts("the callback ends", 1);
}

#[test]
fn also_kmdf_m6_two_threads_do_not_wait_for_one_timer() {
    let plan = Plan::new().on("EvtDeviceD0Entry", |device| {
        keep(1, (MAKERS[1].1)(device, &mut child_of(device.cast())).1);
    });
    while_a_callback_runs(
        plan,
        || {
            // SAFETY: a live timer.
            unsafe {
                WdfTimerStart(kept(1), -1);
                wait_for(&RUNS);
                WdfTimerStop(kept(1), 1);
            }
        },
        || {
            // The other thread is in its stop by then.
            std::thread::sleep(Duration::from_millis(50));
            goes_on_soon();
            // SAFETY: a live timer.
            unsafe { WdfTimerStop(kept(1), 1) };
        },
    )
    .breaks(&[Rule::Deadlock])
    .saying("two threads wait in WdfTimerStop");
}

unsafe extern "C" fn expired(_timer: WDFTIMER) {
    RUNS.store(true, Ordering::SeqCst);
}

/// A machine's threads sleep for up to a second while no timer is set.
#[test]
fn a_timer_that_is_set_while_the_threads_sleep_does_not_wait_for_them() {
    let _turn = deed(|| {});
    Plan::new()
        .on("EvtDeviceD0Entry", |device| {
            let mut config = WDF_TIMER_CONFIG::default();
            WDF_TIMER_CONFIG_INIT(&mut config, Some(expired));
            (config.AutomaticSerialization, config.UseHighResolutionTimer) = (0, 1);
            let (mut attributes, mut timer) = (child_of(device.cast()), null_mut());
            // SAFETY: structures that outlive the call.
            unsafe { WdfTimerCreate(&raw mut config, &raw mut attributes, &raw mut timer) };
            keep(1, timer);
        })
        .threaded()
        .run(|machine, device| {
            let device = device.expect("it starts");
            let before = Instant::now();
            // When one has expired the threads have just fallen asleep.
            for _ in 0..6 {
                RUNS.store(false, Ordering::SeqCst);
                // SAFETY: a live timer: a millisecond.
                machine.inside(|| unsafe { WdfTimerStart(kept(1), -10_000) });
                wait_for(&RUNS);
            }
            let waited = before.elapsed();
            assert!(waited < Duration::from_millis(1500), "{waited:?}");
            drop(device);
        })
        .keeps_every_rule();
}

static LOCK: AtomicU64 = AtomicU64::new(0);

/// The driver does this while it holds a spin lock.
fn under_the_lock(deed: impl FnOnce()) {
    // SAFETY: a word of the process; the level goes back.
    unsafe {
        let before = ntddk::KeAcquireSpinLockRaiseToDpc(LOCK.as_ptr());
        deed();
        ntddk::KeReleaseSpinLock(LOCK.as_ptr(), before);
    }
}

#[test]
fn a_spin_lock_is_one_threads_at_a_time() {
    let _turn = deed(|| {});
    let patience = Duration::from_secs(8);
    Plan::new()
        .threaded()
        .patience(patience)
        .run(|machine, device| {
            let device = device.expect("it starts");
            std::thread::scope(|scope| {
                scope.spawn(|| machine.inside(|| under_the_lock(runs_on)));
                wait_for(&RUNS);
                goes_on_soon();
                let before = Instant::now();
                let ended = || notes().iter().any(|note| note == "the callback ends");
                assert!(machine.inside(|| {
                    let mut is_over = false;
                    under_the_lock(|| is_over = ended());
                    is_over
                }));
                assert!(before.elapsed() < patience / 2, "it was not woken");
            });
            drop(device);
        })
        .keeps_every_rule();
}

#[test]
fn a_spin_lock_that_a_callback_forgets_is_nobodys() {
    fn forgets(_device: WDFDEVICE) {
        // SAFETY: a word of the process.
        unsafe { ntddk::KeAcquireSpinLockRaiseToDpc(LOCK.as_ptr()) };
    }
    let _turn = deed(|| {});
    Plan::new()
        .on("EvtDeviceD0Entry", forgets)
        .threaded()
        .patience(PATIENCE)
        .run(|machine, device| {
            let device = device.expect("it starts");
            std::thread::scope(|scope| {
                scope.spawn(|| machine.inside(|| under_the_lock(|| {})));
            });
            machine.inside(|| under_the_lock(|| {}));
            drop(device);
        })
        .breaks(&[Rule::IrqlChange, Rule::LockHeldOnReturn]);
}

#[test]
fn a_power_event_waits_for_the_one_before_it() {
    let _turn = deed(|| {});
    Plan::new()
        .on("EvtDeviceD0Exit", |_| {
            if !RUNS.load(Ordering::SeqCst) {
                runs_on();
            }
        })
        .threaded()
        .run(|_machine, device| {
            let device = device.expect("it starts");
            std::thread::scope(|scope| {
                scope.spawn(|| device.power_down());
                wait_for(&RUNS);
                goes_on_soon();
                device.power_up().expect("it is powered again");
                assert!(device.is_powered());
            });
            drop(device);
        })
        .keeps_every_rule()
        .counts("EvtDeviceD0Entry", 2);
}

/// A parent in slot 0 whose child, in slot 1, does something in its cleanup.
fn family(device: WDFDEVICE, cleanup: unsafe extern "C" fn(WDFOBJECT)) {
    unsafe extern "C" fn parent_goes(_object: WDFOBJECT) {
        note("the parent goes");
    }
    let mut above = device.cast();
    let cleanups: [unsafe extern "C" fn(WDFOBJECT); 2] = [parent_goes, cleanup];
    for (slot, cleanup) in cleanups.into_iter().enumerate() {
        let mut attributes = child_of(above);
        attributes.EvtCleanupCallback = Some(cleanup);
        // SAFETY: filled structures that outlive the call.
        unsafe { WdfObjectCreate(&raw mut attributes, &raw mut above) };
        keep(slot, above);
    }
}

fn delete(slot: usize) {
    // SAFETY: an object that is there, or that another thread deletes right now.
    unsafe { WdfObjectDelete(kept(slot)) };
}

#[test]
fn the_deletion_of_a_parent_waits_for_a_child_that_another_thread_deletes() {
    unsafe extern "C" fn goes_slowly(_object: WDFOBJECT) {
        runs_on();
    }
    // Nor does a second deletion of the child come before the end of the first.
    let deletions: [(fn(), &str); 2] =
        [(|| delete(0), "the parent goes"), (|| delete(1), "deleted")];
    for (meanwhile, last) in deletions {
        static MEANWHILE: std::sync::Mutex<fn()> = std::sync::Mutex::new(|| {});
        *MEANWHILE.lock().unwrap() = meanwhile;
        let plan = Plan::new().on("EvtDeviceD0Entry", |device| family(device, goes_slowly));
        let run = while_a_callback_runs(
            plan,
            || delete(1),
            || {
                goes_on_soon();
                let meanwhile = *MEANWHILE.lock().unwrap();
                meanwhile();
                note("deleted");
            },
        )
        .keeps_every_rule();
        let at = |what: &str| run.notes.iter().position(|note| note == what);
        assert!(at("the callback ends") < at(last), "{:?}", run.notes);
    }
}

#[test]
fn a_deletion_in_a_cleanup_does_not_wait_for_itself() {
    unsafe extern "C" fn deletes_its_parent(_object: WDFOBJECT) {
        delete(0);
        note("the child goes");
    }
    Plan::new()
        .patience(PATIENCE)
        .threaded()
        .on("EvtDeviceD0Entry", |device| {
            family(device, deletes_its_parent);
            delete(1);
            note("deleted");
            assert!(
                notes()
                    .ends_with(&["the parent goes", "the child goes", "deleted"].map(String::from))
            );
        })
        .start()
        .keeps_every_rule();
}
