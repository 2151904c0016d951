//! When timers expire, and what a timer that expires again finds.

use std::ptr::null_mut;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use acx_client::System;
use acx_host::{Machine, Rule};
use acx_sys::*;

use crate::driver::{Plan, Run, child_of, in_d0, keep, kept, note, notes, wait_for};

/// What WdfTimerCreate answers with this configuration; the timer is in slot 1.
fn create(
    device: WDFDEVICE,
    passive: bool,
    change: impl FnOnce(&mut WDF_TIMER_CONFIG),
) -> NTSTATUS {
    let mut config = WDF_TIMER_CONFIG::default();
    WDF_TIMER_CONFIG_INIT(&mut config, Some(expires));
    config.AutomaticSerialization = 0;
    change(&mut config);
    let (mut attributes, mut timer) = (child_of(device.cast()), null_mut());
    if passive {
        attributes.ExecutionLevel = _WDF_EXECUTION_LEVEL::WdfExecutionLevelPassive;
    }
    // SAFETY: structures that outlive the call.
    let status = unsafe { WdfTimerCreate(&raw mut config, &raw mut attributes, &raw mut timer) };
    keep(1, timer);
    status
}

static RUNS: AtomicBool = AtomicBool::new(false);
static GOES_ON: AtomicBool = AtomicBool::new(true);

/// Runs until the test lets it go on.
unsafe extern "C" fn expires(_timer: WDFTIMER) {
    note("begins");
    RUNS.store(true, Ordering::SeqCst);
    wait_for(&GOES_ON);
    note("ends");
}

fn start(milliseconds: i64) -> BOOLEAN {
    // SAFETY: a live timer.
    unsafe { WdfTimerStart(kept(1), -milliseconds * 10_000) }
}

fn stop(wait: BOOLEAN) -> BOOLEAN {
    // SAFETY: a live timer.
    unsafe { WdfTimerStop(kept(1), wait) }
}

#[test]
fn a_period_is_a_millisecond_or_longer_and_for_timers_at_dispatch_level() {
    in_d0(|device| {
        let max = i32::MAX.cast_unsigned();
        assert_eq!(create(device, false, |own| own.Period = max), STATUS_SUCCESS);
        assert_eq!(create(device, false, |own| own.Period = max + 1), STATUS_INVALID_PARAMETER);
        assert_eq!(create(device, true, |own| own.Period = 1), STATUS_NOT_SUPPORTED);
        // Older versions of KMDF had no TolerableDelay, and what is in its place does not count.
        let old = create(device, false, |own| (own.Size, own.TolerableDelay) = (24, 5));
        assert_eq!(old, STATUS_SUCCESS);
    })
    .breaks(&[Rule::BadArgument; 2]);
    let created = |device| {
        create(device, false, |own| (own.Period, own.UseHighResolutionTimer) = (1, 1));
    };
    Plan::new()
        .created(created)
        .run(|machine, device| {
            let device = device.expect("it starts");
            notes().clear();
            machine.inside(|| start(1));
            machine.sleep(Duration::from_micros(4500));
            assert_eq!(machine.inside(|| (stop(1), stop(1))), (1, 0));
            assert_eq!(notes().len(), 2 * 4);
            drop(device);
        })
        .keeps_every_rule();
}

/// A timer that was started, and whose callback runs until `GOES_ON`.
fn while_it_runs(meanwhile: fn(&Machine)) -> Run {
    let created = |device| {
        create(device, false, |own| own.UseHighResolutionTimer = 1);
    };
    Plan::new().created(created).threaded().run(|machine, device| {
        let device = device.expect("it starts");
        notes().clear();
        RUNS.store(false, Ordering::SeqCst);
        GOES_ON.store(false, Ordering::SeqCst);
        machine.inside(|| start(1));
        wait_for(&RUNS);
        meanwhile(machine);
        GOES_ON.store(true, Ordering::SeqCst);
        drop(device);
    })
}

/// Longer than another thread needs to come to its wait.
const SHORT: Duration = Duration::from_millis(30);

#[test]
fn a_timer_that_expires_again_waits_for_its_callback() {
    while_it_runs(|machine| {
        machine.inside(|| start(1));
        std::thread::sleep(SHORT);
        assert_eq!(*notes(), ["begins"]);
        GOES_ON.store(true, Ordering::SeqCst);
        let before = Instant::now();
        while notes().len() < 4 {
            assert!(before.elapsed() < Duration::from_secs(10), "{:?}", notes());
            std::thread::yield_now();
        }
        assert_eq!(*notes(), ["begins", "ends", "begins", "ends"]);
    })
    .keeps_every_rule();
}

#[test]
fn a_timer_that_has_expired_and_waits_is_taken_back() {
    while_it_runs(|machine| {
        machine.inside(|| start(1));
        std::thread::sleep(SHORT);
        assert_eq!(machine.inside(|| (stop(0), stop(0))), (1, 0));
        GOES_ON.store(true, Ordering::SeqCst);
        std::thread::sleep(SHORT);
        assert_eq!(*notes(), ["begins", "ends"]);
    })
    .keeps_every_rule();
}

#[test]
fn a_stop_goes_on_when_the_callback_has_ended() {
    while_it_runs(|machine| {
        let before = Instant::now();
        std::thread::spawn(|| {
            std::thread::sleep(SHORT);
            GOES_ON.store(true, Ordering::SeqCst);
        });
        assert_eq!(machine.inside(|| stop(1)), 0);
        assert_eq!(*notes(), ["begins", "ends"]);
        assert!(before.elapsed() < Duration::from_secs(10), "it slept");
    })
    .keeps_every_rule();
}

#[test]
fn a_start_that_a_stop_has_undone_is_forgotten() {
    while_it_runs(|machine| {
        std::thread::scope(|scope| {
            scope.spawn(|| {
                std::thread::sleep(SHORT);
                machine.inside(|| assert_eq!(start(1), 0));
                GOES_ON.store(true, Ordering::SeqCst);
            });
            // The start is what it found.
            assert_eq!(machine.inside(|| stop(1)), 1);
        });
        assert_eq!(machine.inside(|| stop(1)), 0);
    })
    .keeps_every_rule();
}
