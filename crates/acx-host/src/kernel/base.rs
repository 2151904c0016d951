//! The base of a machine's kernel: IRQL, the clock and its timers, work, the call stack, the
//! machine's lock, and the slots for higher modules.
//!
//! Modules above the base register functions for it to call: see [`Hooks`].

use std::cell::{Cell, OnceCell, RefCell};
use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap, VecDeque};
use std::ops::Deref;
use std::rc::Rc;
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use super::callback::{Callback, Frame};
use super::parts::Parts;
use super::report::{Report, Rule, Violation};
use super::table::Table;
use super::thread::{STATE, ThreadContext, Threads};

pub(crate) const PASSIVE: u8 = 0;
pub(crate) const DISPATCH: u8 = 2;

/// The system time at which every machine boots: the first second of 2026, so that runs are
/// repeatable.
const BOOT: u64 = 134_116_992_000_000_000;

/// The period of the system's clock tick, in units of 100 ns.
const GRAIN: u64 = 156_250;

/// The kind of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pace {
    /// Virtual: it passes only while a client waits.
    Virtual,
    /// Real: the monotonic clock.
    Real(Instant),
}

/// The callback of a timer, at `DISPATCH_LEVEL`.
type Expiry = Rc<dyn Fn(&Kernel)>;

/// Pending work: at PASSIVE_LEVEL, or a DPC.
type Work = Box<dyn FnOnce(&Kernel)>;

/// See [`Hooks::driver_name`].
type DriverName = fn(&Kernel) -> Option<String>;

/// See [`Hooks::kind_of`].
type KindOf = fn(&Kernel, usize) -> Option<&'static str>;

/// See [`Hooks::wait_thread`].
type WaitThread = fn(&Kernel, u64, &dyn Fn() -> bool) -> bool;

/// The base's hooks into higher modules.
#[derive(Clone, Copy, Default)]
pub(crate) struct Hooks {
    /// The type of a handle's object, for reports.
    pub(crate) kind_of: Option<KindOf>,
    /// The running driver's name, for reports, if a machine has had several.
    pub(crate) driver_name: Option<DriverName>,
    /// Called when the level crosses DISPATCH_LEVEL: makes pageable memory inaccessible, or
    /// accessible again.
    pub(crate) page_out: Option<fn(&Kernel, bool)>,
    /// Runs a system thread whose wait is over, and returns whether there was one.
    pub(crate) run_thread: Option<fn(&Kernel) -> bool>,
    /// If a system thread is running, it waits until `done` or the tick. Returns whether one is
    /// running.
    pub(crate) wait_thread: Option<WaitThread>,
}

/// The parameters of a machine.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Configuration {
    pub(crate) pace: Pace,
    /// Ticks of the performance counter per second.
    pub(crate) frequency: u64,
    /// Ticks since boot.
    pub(crate) ticks: u64,
    /// The seed for the order of timers that are due at the same tick; 0 keeps the order in which
    /// they were set.
    pub(crate) seed: u64,
    /// The wait of a thread for another one after which it counts as a deadlock.
    pub(crate) patience: Duration,
}

/// The kernel of one machine. One thread at a time is in it: see `thread`.
pub(crate) struct Kernel {
    pub(super) threads: Threads,
    pace: Pace,
    patience: Duration,
    /// Functions that the driver has called.
    entered: Cell<u64>,
    /// The number of times that pageable memory was made inaccessible or accessible.
    page_changes: Cell<u64>,
    frequency: u64,
    /// Ticks since boot: now in virtual time, at the machine's start in real time.
    ticks: Cell<u64>,
    irql: Cell<u8>,
    /// The number of the driver that runs on this thread or that the host acts for; 0 for none.
    driver: Cell<u32>,
    /// Framework calls and callbacks in progress.
    stack: RefCell<Vec<Frame>>,
    /// The functions and callbacks called, while a test records them.
    calls: RefCell<Option<BTreeSet<&'static str>>>,
    /// The spin locks that this thread holds, and the counter when each was taken.
    pub(super) spin_locks: RefCell<Vec<(usize, u64)>>,
    /// The wait locks that this thread holds.
    pub(super) wait_locks: RefCell<Vec<usize>>,
    /// The number of critical regions that this thread is in.
    pub(crate) regions: Cell<u32>,
    /// Due time, order among equals, id.
    timers: RefCell<BinaryHeap<Reverse<(u64, u64, u64)>>>,
    /// The callback and its driver.
    expiries: RefCell<Table<u64, (u32, Expiry)>>,
    next_timer: Cell<u64>,
    /// The number of expired timers.
    expired: Cell<u64>,
    /// The injected delay of timers, in ticks.
    lateness: Cell<u64>,
    /// The period of the system's clock tick, in units of 100 ns.
    grain: Cell<u64>,
    /// The generator for the order of timers that are due at the same tick; None keeps the order in
    /// which they were set.
    random: RefCell<Option<fastrand::Rng>>,
    report: Report,
    /// Work items, and the work of PnP's threads.
    work: RefCell<VecDeque<Work>>,
    dpcs: RefCell<VecDeque<Work>>,
    numbers: Cell<u64>,
    hooks: Cell<Hooks>,
    parts: Parts,
    this: OnceCell<Weak<Kernel>>,
}

// SAFETY: a thread touches what is not made for many threads only while it is in the machine. In a
// threaded machine it has the machine's lock then; another machine is entered by one thread only,
// which `enter` checks.
unsafe impl Send for Kernel {}
// SAFETY: a shared reference reaches those fields in the machine only, one thread at a time.
unsafe impl Sync for Kernel {}

impl Kernel {
    pub(super) fn new(configuration: Configuration, threads: Threads) -> Arc<Self> {
        let kernel = Arc::new(Self {
            threads,
            pace: configuration.pace,
            patience: configuration.patience,
            entered: Cell::default(),
            page_changes: Cell::default(),
            frequency: configuration.frequency,
            ticks: Cell::new(configuration.ticks),
            irql: Cell::new(PASSIVE),
            driver: Cell::default(),
            stack: RefCell::default(),
            calls: RefCell::default(),
            spin_locks: RefCell::default(),
            wait_locks: RefCell::default(),
            regions: Cell::default(),
            timers: RefCell::default(),
            expiries: RefCell::default(),
            next_timer: Cell::default(),
            expired: Cell::default(),
            lateness: Cell::new(0),
            grain: Cell::new(GRAIN),
            random: RefCell::new(
                (configuration.seed != 0).then(|| fastrand::Rng::with_seed(configuration.seed)),
            ),
            report: Report::default(),
            work: RefCell::default(),
            dpcs: RefCell::default(),
            numbers: Cell::default(),
            hooks: Cell::default(),
            parts: Parts::default(),
            this: OnceCell::new(),
        });
        let _ = kernel.this.set(Arc::downgrade(&kernel));
        kernel
    }

    /// The state of a module above the base in this machine.
    pub(crate) fn part<T: Default + 'static>(&self) -> &T {
        self.parts.get()
    }

    /// Whether any thread may use the machine.
    pub(crate) fn are_threaded(&self) -> bool {
        self.threads.are_on()
    }

    /// Whether this is the thread that system threads of images run on.
    pub(crate) fn is_at_home(&self) -> bool {
        self.threads.are_at_home()
    }

    /// Sets hooks into higher modules.
    pub(crate) fn hook(&self, add: impl FnOnce(&mut Hooks)) {
        let mut hooks = self.hooks.get();
        add(&mut hooks);
        self.hooks.set(hooks);
    }

    /// A count of its own.
    pub(crate) fn this(&self) -> Arc<Self> {
        self.this.get().and_then(Weak::upgrade).expect("kernels live in an Arc")
    }

    /// The number of the driver that runs on this thread or that the host acts for; 0 for none.
    pub(crate) fn driver(&self) -> u32 {
        self.driver.get()
    }

    /// Sets the running driver, and returns the previous one.
    pub(crate) fn set_driver(&self, number: u32) -> u32 {
        self.driver.replace(number)
    }

    /// The findings so far.
    pub(crate) fn report(&self) -> &Report {
        &self.report
    }

    pub(crate) fn violate(&self, rule: Rule, what: String) {
        let kind_of = |object| self.hooks.get().kind_of.and_then(|kind_of| kind_of(self, object));
        let callbacks = self
            .stack
            .borrow()
            .iter()
            .map(|Frame { name, callback }| {
                let object = callback.and_then(|(_, own)| kind_of(own).map(|kind| (kind, own)));
                match object {
                    Some((kind, object)) => format!("{name} ({kind} {object:#x})"),
                    None => (*name).to_owned(),
                }
            })
            .collect();
        let driver = self.hooks.get().driver_name.and_then(|name| name(self));
        self.report.violate(Violation { rule, what, driver, callbacks });
    }

    /// Begins a call of the driver or a callback.
    pub(crate) fn push(&self, frame: Frame) {
        if let Some(calls) = &mut *self.calls.borrow_mut() {
            calls.insert(frame.name);
        }
        self.stack.borrow_mut().push(frame);
    }

    /// Starts recording the functions and callbacks called.
    pub(crate) fn record_calls(&self) {
        self.calls.replace(Some(BTreeSet::new()));
    }

    /// Returns those called since then, and stops recording.
    pub(crate) fn take_calls(&self) -> BTreeSet<&'static str> {
        self.calls.take().unwrap_or_default()
    }

    pub(crate) fn pop(&self) {
        self.stack.borrow_mut().pop();
    }

    /// Returns whether `callback` is in progress.
    pub(crate) fn is_inside(&self, callback: &Callback) -> bool {
        let is = |frame: &Frame| frame.callback.is_some_and(|(own, _)| std::ptr::eq(own, callback));
        self.stack.borrow().iter().any(is)
    }

    /// Returns whether a PnP or power callback is in progress.
    pub(crate) fn is_in_pnp(&self) -> bool {
        self.stack.borrow().iter().any(|frame| frame.callback.is_some_and(|(own, _)| own.is_pnp))
    }

    /// Returns the innermost callback in progress, with its object.
    pub(crate) fn callback(&self) -> Option<(&'static Callback, usize)> {
        self.stack.borrow().iter().rev().find_map(|frame| frame.callback)
    }

    pub(crate) fn irql(&self) -> u8 {
        self.irql.get()
    }

    pub(crate) fn set_irql(&self, irql: u8) -> u8 {
        let before = self.irql.replace(irql);
        // With many threads some are at PASSIVE_LEVEL meanwhile.
        if (before < DISPATCH) != (irql < DISPATCH)
            && !self.threads.are_on()
            && let Some(page_out) = self.hooks.get().page_out
        {
            self.page_changes.set(self.page_changes.get() + 1);
            page_out(self, irql >= DISPATCH);
        }
        before
    }

    /// The driver calls a function of the host.
    pub(crate) fn count_call(&self) {
        self.entered.set(self.entered.get() + 1);
    }

    /// Returns the number of the driver's calls of host functions.
    pub(crate) fn calls_entered(&self) -> u64 {
        self.entered.get()
    }

    /// Returns how often pageable memory was made inaccessible or accessible.
    pub(crate) fn page_changes(&self) -> u64 {
        self.page_changes.get()
    }

    /// Returns the tick at which a wait that begins now counts as a deadlock.
    pub(crate) fn end_of_patience(&self) -> u64 {
        self.qpc() + self.ticks_of_duration(self.patience)
    }

    /// Whether time is virtual.
    pub(crate) fn is_virtual(&self) -> bool {
        self.pace == Pace::Virtual
    }

    /// Ticks of the performance counter per second.
    pub(crate) fn qpc_frequency(&self) -> u64 {
        self.frequency
    }

    /// The performance counter.
    pub(crate) fn qpc(&self) -> u64 {
        match self.pace {
            Pace::Virtual => self.ticks.get(),
            Pace::Real(start) => {
                let nanoseconds = start.elapsed().as_nanos();
                let ticks = nanoseconds * u128::from(self.frequency) / 1_000_000_000;
                self.ticks.get() + ticks as u64
            }
        }
    }

    /// A span of 100 ns units in ticks, rounded up.
    pub(crate) fn ticks_of(&self, hundreds: u64) -> u64 {
        (u128::from(hundreds) * u128::from(self.frequency)).div_ceil(10_000_000) as u64
    }

    pub(crate) fn ticks_of_duration(&self, span: Duration) -> u64 {
        (span.as_nanos() * u128::from(self.frequency)).div_ceil(1_000_000_000) as u64
    }

    /// Converts ticks to time.
    fn span_of(&self, ticks: u64) -> Duration {
        let nanoseconds = u128::from(ticks) * 1_000_000_000 / u128::from(self.frequency);
        Duration::from_nanos(u64::try_from(nanoseconds).unwrap_or(u64::MAX))
    }

    /// A due time in 100 ns: negative is relative; the rest is a system time.
    pub(crate) fn due(&self, time: i64) -> u64 {
        if time <= 0 {
            return self.qpc() + self.ticks_of(time.unsigned_abs());
        }
        self.ticks_of(time.unsigned_abs().saturating_sub(BOOT)).max(self.qpc())
    }

    /// Returns the first system clock tick at or after `due`: timers of normal resolution expire
    /// there.
    pub(crate) fn on_tick(&self, due: u64) -> u64 {
        let hundreds = (u128::from(due) * 10_000_000).div_ceil(u128::from(self.frequency)) as u64;
        self.ticks_of(hundreds.next_multiple_of(self.grain.get()))
    }

    /// Sets the period of the system's clock tick, in units of 100 ns: 15.625 ms unless a driver
    /// requests less.
    #[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
    pub(crate) fn set_grain(&self, hundreds: u64) {
        self.grain.set(hundreds.clamp(5_000, GRAIN));
    }

    /// 100 ns since boot.
    pub(crate) fn interrupt_time(&self) -> u64 {
        (u128::from(self.qpc()) * 10_000_000 / u128::from(self.frequency)) as u64
    }

    /// 100 ns since 1601.
    #[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
    pub(crate) fn system_time(&self) -> i64 {
        (BOOT + self.interrupt_time()).cast_signed()
    }

    /// From now on, timers run `late` after their due time.
    pub(crate) fn set_lateness(&self, late: Duration) {
        self.lateness.set(self.ticks_of_duration(late));
    }

    /// The next pseudo-random number, or 0 without a seed.
    fn shuffle(&self) -> u64 {
        self.random.borrow_mut().as_mut().map_or(0, |random| random.u64(..))
    }

    /// Sets a timer that calls `expiry` when the counter reaches `due`. Timers that are due at the
    /// same tick expire in the order they were set, or in an order by the seed.
    pub(crate) fn schedule(&self, due: u64, expiry: Expiry) -> u64 {
        let id = self.next_timer.get();
        self.next_timer.set(id + 1);
        let is_first = self.next_due().is_none_or(|next| due < next);
        self.timers.borrow_mut().push(Reverse((due, self.shuffle(), id)));
        self.expiries.borrow_mut().insert(id, (self.driver.get(), expiry));
        if is_first {
            self.wake();
        }
        id
    }

    /// Cancels a timer, and returns whether it was still set.
    pub(crate) fn cancel(&self, id: u64) -> bool {
        self.expiries.borrow_mut().remove(&id).is_some()
    }

    fn next_due(&self) -> Option<u64> {
        let mut timers = self.timers.borrow_mut();
        while let Some(Reverse((due, _, id))) = timers.peek() {
            if self.expiries.borrow().contains_key(id) {
                return Some(due + self.lateness.get());
            }
            timers.pop();
        }
        None
    }

    /// Delays the next expiry by `late`, once. Returns whether a timer is set.
    pub(crate) fn delay_next(&self, late: Duration) -> bool {
        if self.next_due().is_none() {
            return false;
        }
        let mut timers = self.timers.borrow_mut();
        let Some(Reverse((due, order, id))) = timers.pop() else { return false };
        timers.push(Reverse((due + self.ticks_of_duration(late), order, id)));
        true
    }

    /// Runs the first timer, if it is due by `until`. Virtual time moves to its due time.
    fn expire_one(&self, until: u64) -> bool {
        let Some(due) = self.next_due().filter(|due| *due <= until) else { return false };
        let Some(Reverse((_, _, id))) = self.timers.borrow_mut().pop() else { return false };
        if self.pace == Pace::Virtual {
            self.ticks.set(due.max(self.ticks.get()));
        }
        let expiry = self.expiries.borrow_mut().remove(&id);
        if let Some((driver, expiry)) = expiry {
            self.expired.set(self.expired.get() + 1);
            let irql = self.set_irql(DISPATCH);
            let before = self.set_driver(driver);
            expiry(self);
            self.set_driver(before);
            self.lower_irql(irql);
        }
        true
    }

    /// Returns the number of timers that have expired.
    pub(crate) fn wake_ups(&self) -> u64 {
        self.expired.get()
    }

    /// Returns a unique number.
    pub(crate) fn next_number(&self) -> u64 {
        self.numbers.set(self.numbers.get() + 1);
        self.numbers.get()
    }

    /// Wraps `work` so that it runs for the current driver.
    fn for_this_driver(&self, work: impl FnOnce(&Self) + 'static) -> Work {
        let driver = self.driver.get();
        Box::new(move |kernel: &Self| {
            let before = kernel.set_driver(driver);
            work(kernel);
            kernel.set_driver(before);
        })
    }

    /// Runs `work` soon, at PASSIVE_LEVEL, on a system thread.
    pub(crate) fn queue_work(&self, work: impl FnOnce(&Self) + 'static) {
        let work = self.for_this_driver(work);
        self.work.borrow_mut().push_back(work);
        self.wake();
    }

    /// Runs `dpc` as soon as the level is below `DISPATCH_LEVEL`.
    pub(crate) fn queue_dpc(&self, dpc: Work) {
        let dpc = self.for_this_driver(dpc);
        self.dpcs.borrow_mut().push_back(dpc);
        self.lower_irql(self.irql.get());
    }

    /// Lowers the IRQL to `irql`, and runs the work that waited for it.
    pub(crate) fn lower_irql(&self, irql: u8) {
        self.set_irql(irql);
        while self.irql.get() < DISPATCH {
            let next = self.dpcs.borrow_mut().pop_front();
            let Some(dpc) = next else { return };
            let irql = self.set_irql(DISPATCH);
            dpc(self);
            self.set_irql(irql);
        }
    }

    /// Runs one queued item of work if the IRQL is PASSIVE_LEVEL. Returns whether there was one.
    fn run_one(&self) -> bool {
        if self.irql.get() != PASSIVE {
            return false;
        }
        // In a threaded machine a separate thread does this.
        if !self.threads.are_on() {
            let next = self.work.borrow_mut().pop_front();
            if let Some(work) = next {
                work(self);
                return true;
            }
        }
        self.threads.are_at_home() && self.hooks.get().run_thread.is_some_and(|run| run(self))
    }

    /// Runs all queued work for PASSIVE_LEVEL.
    pub(crate) fn settle(&self) {
        while self.run_one() {}
        self.wait_for("a work item", || {
            self.work.borrow().is_empty() && self.threads.working.get() == 0
        });
    }

    /// Waits until `done` or the tick `until`: a system thread lets others run, any other thread
    /// lets time pass.
    pub(crate) fn block(&self, until: u64, done: &dyn Fn() -> bool) {
        if done() {
            return;
        }
        if !self.hooks.get().wait_thread.is_some_and(|wait| wait(self, until, done)) {
            self.pass(until, done);
        }
    }

    /// Lets time pass up to `until` or until `done` returns true, and runs the timers that are due.
    pub(crate) fn pass(&self, until: u64, mut done: impl FnMut() -> bool) -> bool {
        loop {
            if done() {
                return true;
            }
            if self.run_one() {
                continue;
            }
            let now = self.qpc();
            if self.threads.are_on() {
                if now >= until {
                    return false;
                }
                self.doze(until);
                continue;
            }
            let reach = if self.pace == Pace::Virtual { until } else { now };
            if self.expire_one(reach) {
                continue;
            }
            if now >= until {
                return false;
            }
            match self.pace {
                Pace::Virtual => self.ticks.set(until),
                Pace::Real(_) => {
                    let next = self.next_due().map_or(until, |due| due.min(until));
                    std::thread::sleep(self.span_of(next.saturating_sub(now)));
                }
            }
        }
    }

    /// Advances virtual time without running timers: a stall.
    pub(crate) fn stall(&self, span: Duration) {
        let ticks = self.ticks_of_duration(span);
        match self.pace {
            Pace::Virtual => self.ticks.set(self.ticks.get() + ticks),
            Pace::Real(_) => self.outside(|| std::thread::sleep(span)),
        }
    }

    /// Puts the thread into this machine.
    pub(crate) fn enter(&self) -> Inside<'_> {
        if !self.threads.are_on() {
            self.threads.check_home();
        }
        let own = std::ptr::from_ref(self);
        let outer = STATE.with(|state| state.kernel.replace(own.cast())).cast::<Self>();
        let mut before = None;
        if self.threads.are_on() && !std::ptr::eq(outer, own) {
            before = Some(STATE.with(|state| (state.depth.take(), state.context.take())));
        }
        self.step_in();
        if outer.is_null() {
            #[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
            {
                crate::os::processor::install();
                crate::os::processor::set_current_thread(super::thread::this_thread());
            }
            crate::os::arrive();
        }
        Inside { kernel: self, outer, before }
    }

    /// The thread acquires the lock once more.
    fn step_in(&self) {
        if self.threads.are_on() {
            STATE.with(|state| {
                if state.depth.get() == 0 {
                    self.threads.take();
                    self.swap_context(&mut state.context.borrow_mut());
                }
                state.depth.set(state.depth.get() + 1);
            });
        }
    }

    /// Releases it once.
    fn step_out(&self) {
        if self.threads.are_on() {
            STATE.with(|state| {
                state.depth.set(state.depth.get() - 1);
                if state.depth.get() == 0 {
                    self.swap_context(&mut state.context.borrow_mut());
                    // SAFETY: the depth was 1: taken and not given back.
                    unsafe { self.threads.give_back() };
                }
            });
        }
    }

    /// Replaces the state of one thread by that of another.
    pub(crate) fn swap_context(&self, context: &mut ThreadContext) {
        context.irql = self.irql.replace(context.irql);
        context.driver = self.driver.replace(context.driver);
        std::mem::swap(&mut *self.stack.borrow_mut(), &mut context.stack);
        std::mem::swap(&mut *self.spin_locks.borrow_mut(), &mut context.spin_locks);
        std::mem::swap(&mut *self.wait_locks.borrow_mut(), &mut context.wait_locks);
        context.regions = self.regions.replace(context.regions);
    }

    /// Runs `work` without the machine's lock: the driver's code, or nothing.
    pub(crate) fn outside<T>(&self, work: impl FnOnce() -> T) -> T {
        if !self.threads.are_on() {
            return work();
        }
        let depth = STATE.with(|state| {
            let depth = state.depth.take();
            assert_ne!(depth, 0, "outside the machine already");
            self.swap_context(&mut state.context.borrow_mut());
            // SAFETY: a depth says that it was taken, and not given back.
            unsafe { self.threads.give_back() };
            depth
        });
        let answer = work();
        STATE.with(|state| {
            self.threads.take();
            self.swap_context(&mut state.context.borrow_mut());
            state.depth.set(depth);
        });
        answer
    }

    /// Exchanges this thread's lock count for that of another stack that runs on it from now on.
    #[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
    pub(crate) fn swap_depth(depth: u32) -> u32 {
        STATE.with(|state| state.depth.replace(depth))
    }

    /// Wakes the waiting threads after a change.
    pub(crate) fn wake(&self) {
        if self.threads.are_on() {
            *self.threads.changes.lock() += 1;
            self.threads.changed.notify_all();
        }
    }

    /// Sleeps until a change or the tick `until`, perhaps shorter. Only in threaded machines. No
    /// sleeper looks up from time to time: a change that forgets [`wake`](Self::wake) shall hang,
    /// not be slow.
    fn doze(&self, until: u64) {
        let threads = &self.threads;
        let seen = *threads.changes.lock();
        let span = self.span_of(until.saturating_sub(self.qpc()));
        self.outside(|| {
            let mut changes = threads.changes.lock();
            threads.changed.wait_while_for(&mut changes, |changes| *changes == seen, span);
        });
    }

    /// Sleeps until `done`: until `what` has ended on another thread. In a machine without threads
    /// it does not wait, since no other thread could end it. An endless wait is a deadlock of the
    /// driver, which is reported; the thread then continues, so that the run ends.
    pub(crate) fn wait_for(&self, what: &str, done: impl Fn() -> bool) {
        if !self.threads.are_on() {
            return;
        }
        let until = self.end_of_patience();
        while !done() {
            if self.qpc() >= until {
                let what = format!("{what} is not over after {:?}: a deadlock", self.patience);
                self.violate(Rule::Deadlock, what);
                return;
            }
            self.doze(until);
        }
    }

    /// The body of a machine thread at DISPATCH_LEVEL: it runs the timers that are due. Two of them
    /// represent two processors.
    pub(crate) fn run_timers(&self) {
        let _inside = self.enter();
        while !self.threads.ending.get() {
            if !self.expire_one(self.qpc()) {
                let next = self.next_due().unwrap_or(u64::MAX);
                self.doze(next);
            }
        }
    }

    /// The body of a machine thread at PASSIVE_LEVEL: it runs work items, and the work of PnP's
    /// threads.
    pub(crate) fn run_work(&self) {
        let _inside = self.enter();
        while !self.threads.ending.get() {
            let next = self.work.borrow_mut().pop_front();
            match next {
                Some(work) => {
                    self.threads.working.set(self.threads.working.get() + 1);
                    work(self);
                    self.threads.working.set(self.threads.working.get() - 1);
                    self.wake();
                }
                None => self.doze(u64::MAX),
            }
        }
    }

    /// Tells the machine's threads to end.
    pub(crate) fn end_threads(&self) {
        let _inside = self.enter();
        self.threads.ending.set(true);
        self.wake();
    }
}

impl std::fmt::Debug for Kernel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Kernel").field("pace", &self.pace).finish_non_exhaustive()
    }
}

/// While it lives, the thread is in a machine, and has its lock whenever it is not in the driver's
/// code and does not wait.
pub(crate) struct Inside<'kernel> {
    kernel: &'kernel Kernel,
    /// The thread's previous machine, and its state there.
    outer: *const Kernel,
    before: Option<(u32, ThreadContext)>,
}

/// The machine that this thread is in, with its lock.
pub(crate) struct Here(*const Kernel);

impl Deref for Here {
    type Target = Kernel;

    fn deref(&self) -> &Kernel {
        // SAFETY: the thread is in the machine, whose `Inside` borrows the kernel and lies further
        // out on the stack.
        unsafe { &*self.0 }
    }
}

impl Drop for Here {
    fn drop(&mut self) {
        self.step_out();
    }
}

/// The machine that this thread is in.
///
/// # Panics
///
/// If the thread is in none: a driver was called outside its machine.
pub(crate) fn current() -> Here {
    let kernel = STATE.with(|state| state.kernel.get()).cast::<Kernel>();
    assert!(!kernel.is_null(), "the driver runs inside a machine: call it through one");
    let here = Here(kernel);
    here.step_in();
    here
}

impl Drop for Inside<'_> {
    fn drop(&mut self) {
        if self.outer.is_null() {
            crate::os::leave();
        }
        self.kernel.step_out();
        STATE.with(|state| {
            state.kernel.set(self.outer.cast());
            if let Some((depth, context)) = self.before.take() {
                state.depth.set(depth);
                state.context.replace(context);
            }
        });
    }
}

#[cfg(test)]
#[path = "base_tests.rs"]
pub(super) mod tests;
