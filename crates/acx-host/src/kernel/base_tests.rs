//! Tests of the kernel's base: time, levels, work, and threads.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::*;

const SETTINGS: Configuration = Configuration {
    pace: Pace::Virtual,
    frequency: 3_000_000,
    ticks: 3_000_000,
    seed: 0,
    patience: Duration::from_secs(60),
};

/// A second after its start, three ticks are a microsecond.
pub(in crate::kernel) fn kernel() -> Arc<Kernel> {
    kernel_of(Pace::Virtual, 0, Threads::new(false, 0))
}

/// For many threads, in real time.
pub(in crate::kernel) fn threaded(patience: Duration) -> Arc<Kernel> {
    let configuration = Configuration { pace: Pace::Real(Instant::now()), patience, ..SETTINGS };
    Kernel::new(configuration, Threads::new(true, 0))
}

fn kernel_of(pace: Pace, seed: u64, threads: Threads) -> Arc<Kernel> {
    Kernel::new(Configuration { pace, seed, ..SETTINGS }, threads)
}

#[test]
fn spans_are_rounded_up_to_ticks_and_ticks_down_to_time() {
    let kernel = kernel();
    let hour = 36_000_000_000;
    for (hundreds, ticks) in
        [(0, 0), (1, 1), (3, 1), (4, 2), (10, 3), (11, 4), (hour, 10_800_000_000)]
    {
        assert_eq!(kernel.ticks_of(hundreds), ticks, "{hundreds}");
    }
    for (nanoseconds, ticks) in
        [(0, 0), (333, 1), (334, 2), (1_000, 3), (1_001, 4), (100 * hour, 10_800_000_000)]
    {
        assert_eq!(kernel.ticks_of_duration(Duration::from_nanos(nanoseconds)), ticks);
    }
    for (ticks, nanoseconds) in [(0, 0), (1, 333), (3, 1_000), (3_000_001, 1_000_000_333)] {
        assert_eq!(kernel.span_of(ticks), Duration::from_nanos(nanoseconds));
    }
    assert_eq!(kernel.end_of_patience(), 183_000_000);
    assert_eq!((kernel.qpc(), kernel.interrupt_time()), (3_000_000, 10_000_000));
    kernel.stall(Duration::from_micros(1));
    assert_eq!((kernel.qpc(), kernel.interrupt_time()), (3_000_003, 10_000_010));
}

#[test]
fn a_due_time_is_relative_or_the_systems_and_never_past() {
    let kernel = kernel();
    let now = kernel.qpc();
    let boot = BOOT.cast_signed();
    for (time, due) in [
        (0, now),
        (-10, now + 3),
        (1, now),
        (boot, now),
        (boot + 10_000_010, now + 3),
        (boot + 20_000_000, 6_000_000),
    ] {
        assert_eq!(kernel.due(time), due, "{time}");
    }
}

#[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
#[test]
fn the_systems_tick_is_15_625_ms_or_what_a_driver_asked_for_within_limits() {
    let kernel = kernel();
    assert_eq!(kernel.system_time(), BOOT.cast_signed() + 10_000_000);
    let ticks = || [0, 1, 46_875, 46_876].map(|due| kernel.on_tick(due));
    assert_eq!(ticks(), [0, 46_875, 46_875, 93_750]);
    for (grain, one) in [(10_000, 3_000), (5_000, 1_500), (1, 1_500), (u64::MAX, 46_875)] {
        kernel.set_grain(grain);
        assert_eq!(kernel.on_tick(1), one, "{grain}");
    }
}

#[test]
fn timers_expire_when_they_are_due_and_later_if_they_are_late() {
    let kernel = kernel();
    let _inside = kernel.enter();
    let now = kernel.qpc();
    let seen = Rc::new(RefCell::new(Vec::new()));
    let set = |due: u64| {
        let seen = seen.clone();
        kernel.schedule(
            now + due,
            Rc::new(move |kernel: &Kernel| {
                assert_eq!(kernel.irql(), DISPATCH);
                seen.borrow_mut().push((due, kernel.qpc() - now));
            }),
        )
    };
    let microseconds = Duration::from_micros;
    assert!(!kernel.delay_next(microseconds(1)), "none is set");
    set(10);
    let cancelled = set(11);
    assert!(kernel.cancel(cancelled) && !kernel.cancel(cancelled));
    set(12);
    assert!(!kernel.pass(now + 11, || false));
    assert_eq!((seen.take(), kernel.qpc()), (vec![(10, 10)], now + 11));
    assert!(kernel.delay_next(microseconds(2)), "one is set");
    set(14);
    assert!(!kernel.pass(now + 18, || false));
    assert_eq!(seen.take(), [(14, 14), (12, 18)]);
    kernel.set_lateness(microseconds(1));
    set(20);
    set(20);
    assert!(!kernel.pass(now + 22, || false));
    assert!(seen.borrow().is_empty());
    // A wait is over as soon as what it waits for is there.
    assert!(kernel.pass(now + 100, || !seen.borrow().is_empty()));
    assert_eq!((seen.take(), kernel.qpc()), (vec![(20, 23)], now + 23));
    assert_eq!((kernel.wake_ups(), kernel.irql()), (4, PASSIVE));
}

#[test]
fn memory_is_paged_out_when_the_level_crosses_dispatch_and_not_else() {
    let kernel = kernel();
    assert_eq!((kernel.set_irql(DISPATCH), kernel.page_changes()), (PASSIVE, 0));
    kernel.set_irql(PASSIVE);
    // What is out is told by the count of regions, which nothing else here uses.
    let page_out = |kernel: &Kernel, out: bool| kernel.regions.set(u32::from(out));
    kernel.hook(|hooks| hooks.page_out = Some(page_out));
    for (level, changes, out) in [(1, 0, 0), (2, 1, 1), (3, 1, 1), (1, 2, 0), (0, 2, 0)] {
        kernel.set_irql(level);
        assert_eq!((kernel.page_changes(), kernel.regions.get()), (changes, out), "{level}");
    }
}

#[test]
fn a_dpc_waits_for_a_level_below_its_own_and_runs_for_its_driver() {
    let kernel = kernel();
    let ran = Rc::new(Cell::new(0));
    kernel.set_driver(5);
    kernel.set_irql(DISPATCH);
    for _ in 0..2 {
        let ran = ran.clone();
        kernel.queue_dpc(Box::new(move |kernel: &Kernel| {
            assert_eq!((kernel.irql(), kernel.driver()), (DISPATCH, 5));
            ran.set(ran.get() + 1);
        }));
    }
    assert_eq!((kernel.set_driver(6), ran.get()), (5, 0));
    kernel.lower_irql(1);
    assert_eq!((ran.get(), kernel.irql(), kernel.driver()), (2, 1, 6));
}

#[test]
fn timers_of_one_tick_expire_as_they_were_set_or_in_an_order_of_the_seed() {
    let order = |seed| {
        let kernel = kernel_of(Pace::Virtual, seed, Threads::new(false, 0));
        let seen = Rc::new(RefCell::new(Vec::new()));
        for number in 0..10 {
            let seen = seen.clone();
            let expiry = move |_: &Kernel| seen.borrow_mut().push(number);
            kernel.schedule(kernel.qpc() + 5, Rc::new(expiry));
        }
        kernel.pass(kernel.qpc() + 5, || false);
        seen.take()
    };
    assert_eq!(order(0), (0..10).collect::<Vec<_>>());
    assert_eq!(order(7), order(7));
    assert!(order(1) != order(0) && order(7) != order(0) && order(7) != order(1));
}

#[test]
fn a_timer_and_work_run_for_the_driver_that_set_them() {
    let kernel = kernel();
    let _inside = kernel.enter();
    let drivers = Rc::new(RefCell::new(Vec::new()));
    for driver in [5, 6] {
        kernel.set_driver(driver);
        let (timers, works) = (drivers.clone(), drivers.clone());
        let expiry = move |kernel: &Kernel| timers.borrow_mut().push(kernel.driver());
        kernel.schedule(kernel.qpc() + 1, Rc::new(expiry));
        kernel.queue_work(move |kernel| works.borrow_mut().push(kernel.driver()));
    }
    kernel.set_driver(7);
    kernel.settle();
    assert_eq!((drivers.take(), kernel.driver()), (vec![5, 6], 7));
    kernel.pass(kernel.qpc() + 1, || false);
    assert_eq!((drivers.take(), kernel.driver()), (vec![5, 6], 7));
}

#[test]
fn calls_are_counted_and_their_names_recorded_on_demand() {
    let kernel = kernel();
    let call = |name| {
        kernel.count_call();
        kernel.push(Frame { name, callback: None });
        kernel.pop();
    };
    call("before");
    kernel.record_calls();
    call("one");
    call("one");
    assert_eq!(kernel.take_calls(), BTreeSet::from(["one"]));
    call("after");
    assert_eq!((kernel.take_calls(), kernel.calls_entered()), (BTreeSet::new(), 4));
    assert_ne!(kernel.next_number(), kernel.next_number());
}

/// The clock goes on by itself: a timer that expires does not move it.
#[test]
fn real_time_passes_by_itself_and_a_thread_sleeps_until_a_timer_is_due() {
    // A machine that is a hundred seconds old.
    let start = Instant::now().checked_sub(Duration::from_secs(100)).expect("the clock is older");
    let kernel = kernel_of(Pace::Real(start), 0, Threads::new(false, 0));
    let _inside = kernel.enter();
    let (begin, second) = (kernel.qpc(), 3_000_000);
    assert!((101 * second..150 * second).contains(&begin), "{begin}");
    let expired = Rc::new(Cell::new(false));
    let expiry = expired.clone();
    kernel.schedule(begin + second / 50, Rc::new(move |_: &Kernel| expiry.set(true)));
    let asked = Cell::new(0);
    let is_over = || {
        asked.set(asked.get() + 1);
        expired.get()
    };
    assert!(kernel.pass(begin + 20 * second, is_over));
    assert!(kernel.qpc() < begin + 10 * second, "the timer ends the wait");
    assert!(asked.get() < 100, "it slept: {}", asked.get());
    assert!(!kernel.pass(kernel.qpc() + second / 50, || false));
    kernel.stall(Duration::from_millis(20));
    assert!(kernel.qpc() >= begin + second / 50 * 3);
}

#[test]
fn a_thread_that_waits_for_others_sleeps_and_is_woken() {
    let kernel = threaded(SETTINGS.patience);
    let inside = kernel.enter();
    let second = 3_000_000;
    let asked = Cell::new(0);
    let never = || {
        asked.set(asked.get() + 1);
        false
    };
    assert!(!kernel.pass(kernel.qpc() + second / 50, never));
    assert!(asked.get() < 100, "it slept: {}", asked.get());
    // A timer that is due before those that its thread sleeps for, work, and their ends.
    let timers = kernel.clone();
    let timers = std::thread::spawn(move || timers.run_timers());
    let works = kernel.clone();
    let works = std::thread::spawn(move || works.run_work());
    kernel.schedule(kernel.qpc() + 100 * second, Rc::new(|_: &Kernel| {}));
    kernel.stall(Duration::from_millis(20));
    let expired = Rc::new(Cell::new(false));
    let expiry = expired.clone();
    let expiry = move |kernel: &Kernel| {
        expiry.set(true);
        kernel.wake();
    };
    kernel.schedule(kernel.qpc() + 1, Rc::new(expiry));
    kernel.wait_for("the timer", || expired.get());
    let done = Rc::new(Cell::new(0));
    for _ in 0..2 {
        let done = done.clone();
        kernel.queue_work(move |kernel| {
            kernel.stall(Duration::from_millis(20));
            done.set(done.get() + 1);
        });
    }
    let begin = kernel.qpc();
    kernel.settle();
    assert_eq!((expired.get(), done.get()), (true, 2));
    assert!(kernel.qpc() < begin + 30 * second, "its end ends the wait");
    assert!(kernel.report().violations().is_empty(), "{:?}", kernel.report().violations());
    kernel.end_threads();
    drop(inside);
    timers.join().expect("it ends");
    works.join().expect("it ends");
}

#[test]
fn each_thread_has_a_state_of_its_own_in_each_machine() {
    const NAMES: [&str; 5] = ["none", "one", "two", "three", "four"];
    let (one, other) = (threaded(SETTINGS.patience), threaded(SETTINGS.patience));
    let set = |kernel: &Kernel, number: u32| {
        kernel.set_irql(number as u8);
        kernel.set_driver(number);
        kernel.regions.set(number);
        kernel.spin_locks.borrow_mut().push((number as usize, 0));
        kernel.wait_locks.borrow_mut().push(number as usize);
        kernel.push(Frame { name: NAMES[number as usize], callback: None });
    };
    let state = |kernel: &Kernel| {
        let calls: Vec<&str> = kernel.stack.borrow().iter().map(|frame| frame.name).collect();
        (
            (kernel.irql(), kernel.driver(), kernel.regions.get(), calls),
            (kernel.spin_locks.borrow().clone(), kernel.wait_locks.borrow().clone()),
        )
    };
    let depth = || STATE.with(|state| state.depth.get());
    let fresh = ((PASSIVE, 0, 0, vec![]), (vec![], vec![]));
    let of = |number: u32| {
        let at = number as usize;
        ((number as u8, number, number, vec![NAMES[at]]), (vec![(at, 0)], vec![at]))
    };
    let inside = one.enter();
    set(&one, 1);
    std::thread::scope(|scope| {
        one.outside(|| {
            scope
                .spawn(|| {
                    let inside = one.enter();
                    assert_eq!(state(&one), fresh);
                    set(&one, 2);
                    one.outside(|| ());
                    assert_eq!(state(&one), of(2));
                    drop(inside);
                })
                .join()
                .expect("as it says");
        });
    });
    assert_eq!(state(&one), of(1));
    // The other machine, twice, and back; from inside and from the driver's code.
    let visit = |number| {
        let outer = other.enter();
        assert_eq!((state(&other), depth()), (fresh.clone(), 1));
        set(&other, number);
        let again = other.enter();
        assert_eq!((state(&other), depth()), (of(number), 2));
        drop(again);
        other.swap_context(&mut ThreadContext::default());
        drop(outer);
    };
    visit(3);
    assert_eq!((state(&one), depth()), (of(1), 1));
    one.outside(|| {
        assert_eq!(depth(), 0);
        visit(4);
    });
    assert_eq!(state(&one), of(1));
    one.outside(|| ());
    assert_eq!(state(&one), of(1));
    assert!(std::ptr::eq(&raw const *current(), Arc::as_ptr(&one)));
    drop(inside);
    assert!(STATE.with(|state| state.kernel.get()).is_null());
}

#[test]
fn a_machine_without_threads_belongs_to_the_first_thread_that_uses_it() {
    let kernel = kernel();
    std::thread::scope(|scope| {
        let first = scope.spawn(|| drop(kernel.enter()));
        first.join().expect("nobody has used it before");
    });
    let second = catch_unwind(AssertUnwindSafe(|| drop(kernel.enter())));
    let what = second.expect_err("another thread's").downcast::<&str>().expect("a text");
    assert!(what.contains("build it with threaded()"), "{what}");
}

/// The state of this thread's generator, and the seed that it is of.
fn random() -> Option<(u64, u64)> {
    STATE.with(|thread| {
        thread.random.borrow().as_ref().map(|(seed, random)| (*seed, random.get_seed()))
    })
}

#[test]
fn system_threads_of_images_run_on_one_thread_of_a_threaded_machine() {
    let (threaded, plain) = (threaded(SETTINGS.patience), kernel());
    assert!(threaded.is_at_home() && plain.is_at_home());
    std::thread::scope(|scope| {
        let other = scope.spawn(|| (threaded.is_at_home(), plain.is_at_home()));
        assert_eq!(other.join().expect("as it says"), (false, true));
    });
}

#[test]
fn each_thread_and_each_seed_has_delays_of_its_own_and_none_has_none() {
    let machine = |delays| kernel_of(Pace::Real(Instant::now()), 0, Threads::new(true, delays));
    let pass = |kernel: &Kernel| drop(kernel.enter());
    // Another test's may have run on this thread.
    std::thread::spawn(move || {
        pass(&machine(0));
        assert_eq!(random(), None);
        let (one, other) = (machine(1), machine(2));
        let inside = one.enter();
        let (first, took) = random().expect("it has one");
        drop(inside);
        assert_ne!(random(), Some((first, took)), "both ends are delayed");
        pass(&other);
        let (seed, here) = random().expect("it has one");
        assert_eq!((first, seed), (1, 2));
        let there = std::thread::scope(|scope| {
            let own = || {
                pass(&other);
                random()
            };
            scope.spawn(own).join().expect("as it says").expect("it has one")
        });
        assert!(there.0 == 2 && there.1 != here, "another thread has another order");
        // A new machine of the same seed begins alike, on a new thread.
        let again = move || {
            pass(&machine(2));
            random().expect("it has one").1
        };
        let again = std::thread::spawn(again).join().expect("as it says");
        assert_eq!(again, here);
    })
    .join()
    .expect("as it says");
}
