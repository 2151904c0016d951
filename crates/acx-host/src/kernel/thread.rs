//! Real threads in one machine: its lock, what belongs to each thread, and waiting.
//!
//! # How
//!
//! A threaded machine has one lock around everything that is the host's. A thread takes it when it enters the machine or when the driver
//! calls in, and gives it up while it is in the driver's code and while it waits. So the driver's code runs on many threads at once, and
//! the host's own state needs no other care than re-entry always demanded: nothing of it is borrowed over a call into the driver.
//!
//! What belongs to a thread (its IRQL, the callbacks it is in, the spin locks it holds) lies in the kernel while the thread has the lock,
//! and beside it while it has not. A machine without threads has no lock: it is used by one thread, which is checked.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::ops::Deref;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use parking_lot::lock_api::RawMutex as _;
use parking_lot::{Condvar, Mutex, RawMutex};

use super::{Frame, Kernel};
use crate::report::Rule;

/// Seconds after which what a thread waits for counts as a deadlock.
const PATIENCE: u64 = 60;

/// What belongs to a thread while it is in a machine.
#[derive(Default)]
pub(crate) struct Own {
    pub(crate) irql: u8,
    /// Framework calls and callbacks under way, with the object they are for.
    pub(crate) stack: Vec<Frame>,
    pub(crate) spin_locks: Vec<(usize, u64)>,
    pub(crate) wait_locks: Vec<usize>,
}

/// Where a thread is. Its address is what the thread is known by.
struct Seat {
    /// The machine that it is in; null if in none.
    kernel: Cell<*const Kernel>,
    /// How often it has taken that machine's lock and not given it back; 0 while it has given it up.
    depth: Cell<u32>,
    /// What belongs to it while it does not have the lock.
    own: RefCell<Own>,
    /// The state of its delays.
    random: Cell<u64>,
}

thread_local! {
    static SEAT: Seat = const {
        Seat {
            kernel: Cell::new(std::ptr::null()),
            depth: Cell::new(0),
            own: RefCell::new(Own { irql: 0, stack: Vec::new(), spin_locks: Vec::new(), wait_locks: Vec::new() }),
            random: Cell::new(0),
        }
    };
}

/// What this thread is known by: never 0, and of no other thread that lives.
pub(crate) fn this_thread() -> usize {
    SEAT.with(|seat| std::ptr::from_ref(seat) as usize)
}

/// The threads of one machine.
pub(crate) struct Threads {
    /// Whether any thread may use the machine.
    on: bool,
    /// The thread that made a threaded machine, or the only one that uses another: it runs the system threads of images.
    home: AtomicUsize,
    /// What the threads' delays are made of; 0 for none.
    delays: u64,
    /// How many threads have drawn delays.
    drawn: AtomicU64,
    /// The machine's lock. Like all locks of this crate none of the standard library's: those are not compiled for a thread sanitizer,
    /// which then misses who waited for whom.
    lock: RawMutex,
    /// Counts what threads wait for; changes under the machine's lock.
    changes: AtomicU64,
    sleepers: AtomicUsize,
    asleep: Mutex<()>,
    changed: Condvar,
    /// Which thread holds a spin lock.
    spin_locks: RefCell<HashMap<usize, usize>>,
    /// The machine goes: its own threads end.
    ending: Cell<bool>,
    /// A piece of work is under way.
    pub(super) working: Cell<bool>,
}

impl Threads {
    pub(crate) fn new(on: bool, delays: u64) -> Self {
        Self {
            on,
            home: AtomicUsize::new(if on { this_thread() } else { 0 }),
            delays: if on { delays } else { 0 },
            drawn: AtomicU64::new(0),
            lock: RawMutex::INIT,
            changes: AtomicU64::new(0),
            sleepers: AtomicUsize::new(0),
            asleep: Mutex::new(()),
            changed: Condvar::new(),
            spin_locks: RefCell::default(),
            ending: Cell::new(false),
            working: Cell::new(false),
        }
    }

    /// Whether any thread may use the machine.
    pub(crate) fn are_on(&self) -> bool {
        self.on
    }

    /// Whether this is the thread that system threads of images run on.
    pub(crate) fn are_at_home(&self) -> bool {
        !self.on || self.home.load(Ordering::Relaxed) == this_thread()
    }

    /// A machine without threads is used by one thread.
    fn check_home(&self) {
        let this = this_thread();
        let home = self.home.load(Ordering::Relaxed);
        if home != this {
            let first =
                self.home.compare_exchange(0, this, Ordering::Relaxed, Ordering::Relaxed).is_ok();
            assert!(
                first,
                "a machine that is not threaded is used by one thread: build it with threaded()"
            );
        }
    }

    /// Takes the machine's lock.
    fn take(&self) {
        self.delay();
        self.lock.lock();
    }

    /// # Safety
    ///
    /// This thread has taken the machine's lock.
    unsafe fn give_back(&self) {
        // SAFETY: the caller's word.
        unsafe { self.lock.unlock() };
        self.delay();
    }

    /// Now and then lets other threads go first, so that they meet in orders that they would seldom meet in.
    fn delay(&self) {
        if self.delays == 0 {
            return;
        }
        let mut state = SEAT.with(|seat| seat.random.get());
        if state == 0 {
            let number = self.drawn.fetch_add(1, Ordering::Relaxed) + 1;
            state = (self.delays ^ number.wrapping_mul(0x9E37_79B9_7F4A_7C15)).max(1);
        }
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        SEAT.with(|seat| seat.random.set(state));
        match state >> 32 & 0x3FF {
            0 => std::thread::sleep(Duration::from_micros(200)),
            1..=4 => std::thread::sleep(Duration::from_micros(state >> 42 & 0x3F)),
            5..=60 => std::thread::yield_now(),
            _ => {}
        }
    }
}

/// While it lives, the thread is in a machine, and has its lock whenever it is not in the driver's code and does not wait.
pub(crate) struct Inside<'kernel> {
    kernel: &'kernel Kernel,
    /// The machine that the thread was in before, and what belonged to it there.
    outer: *const Kernel,
    before: Option<(u32, Own)>,
}

/// The machine that this thread is in, with its lock.
pub(crate) struct Here(*const Kernel);

impl Deref for Here {
    type Target = Kernel;

    fn deref(&self) -> &Kernel {
        // SAFETY: the thread is in the machine, whose `Inside` borrows the kernel and lies further out on the stack.
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
/// If the thread is in none: a driver was called from outside its machine.
pub(crate) fn current() -> Here {
    let kernel = SEAT.with(|seat| seat.kernel.get());
    assert!(!kernel.is_null(), "the driver runs inside a machine: call it through one");
    let here = Here(kernel);
    here.step_in();
    here
}

impl Kernel {
    /// Puts the thread into this machine.
    pub(crate) fn enter(&self) -> Inside<'_> {
        if !self.threads.on {
            self.threads.check_home();
        }
        let outer = SEAT.with(|seat| seat.kernel.replace(self));
        let mut before = None;
        if self.threads.on && !std::ptr::eq(outer, self) {
            before = Some(SEAT.with(|seat| (seat.depth.take(), seat.own.take())));
        }
        self.step_in();
        if outer.is_null() {
            #[cfg(all(target_os = "linux", target_arch = "x86_64"))]
            {
                crate::nt::processor::install();
                let thread = if self.threads.on { this_thread() } else { 0 };
                crate::nt::processor::set_current_thread(thread);
            }
            crate::os::arrive();
        }
        Inside { kernel: self, outer, before }
    }

    /// The lock is the thread's, once more.
    fn step_in(&self) {
        if self.threads.on {
            SEAT.with(|seat| {
                if seat.depth.get() == 0 {
                    self.threads.take();
                    self.swap_own(&mut seat.own.borrow_mut());
                }
                seat.depth.set(seat.depth.get() + 1);
            });
        }
    }

    /// Once less.
    fn step_out(&self) {
        if self.threads.on {
            SEAT.with(|seat| {
                seat.depth.set(seat.depth.get() - 1);
                if seat.depth.get() == 0 {
                    self.swap_own(&mut seat.own.borrow_mut());
                    // SAFETY: the depth was 1: taken and not given back.
                    unsafe { self.threads.give_back() };
                }
            });
        }
    }

    /// What belongs to one thread, for what belongs to another.
    pub(crate) fn swap_own(&self, own: &mut Own) {
        own.irql = self.irql.replace(own.irql);
        std::mem::swap(&mut *self.stack.borrow_mut(), &mut own.stack);
        std::mem::swap(&mut *self.spin_locks.borrow_mut(), &mut own.spin_locks);
        std::mem::swap(&mut *self.wait_locks.borrow_mut(), &mut own.wait_locks);
    }

    /// Does something while other threads may have the machine: the driver's code, or nothing.
    pub(crate) fn outside<T>(&self, work: impl FnOnce() -> T) -> T {
        if !self.threads.on {
            return work();
        }
        let depth = SEAT.with(|seat| {
            let depth = seat.depth.take();
            if depth > 0 {
                self.swap_own(&mut seat.own.borrow_mut());
                // SAFETY: a depth says that it was taken, and not given back.
                unsafe { self.threads.give_back() };
            }
            depth
        });
        let answer = work();
        if depth > 0 {
            SEAT.with(|seat| {
                self.threads.take();
                self.swap_own(&mut seat.own.borrow_mut());
                seat.depth.set(depth);
            });
        }
        answer
    }

    /// How often this thread has the lock, for that of another stack that runs on it from now on.
    #[cfg(all(target_os = "linux", target_arch = "x86_64"))]
    pub(crate) fn swap_depth(depth: u32) -> u32 {
        SEAT.with(|seat| seat.depth.replace(depth))
    }

    /// Something happened that threads may wait for.
    pub(crate) fn wake(&self) {
        if self.threads.on {
            self.threads.changes.fetch_add(1, Ordering::SeqCst);
            if self.threads.sleepers.load(Ordering::SeqCst) > 0 {
                drop(self.threads.asleep.lock());
                self.threads.changed.notify_all();
            }
        }
    }

    /// Sleeps until something happens, or the tick `until`; perhaps shorter. Only in threaded machines.
    pub(super) fn doze(&self, until: u64) {
        let threads = &self.threads;
        let seen = threads.changes.load(Ordering::SeqCst);
        let span = self.span_of(until.saturating_sub(self.qpc())).min(Duration::from_secs(1));
        self.outside(|| {
            let mut asleep = threads.asleep.lock();
            threads.sleepers.fetch_add(1, Ordering::SeqCst);
            let nothing = |(): &mut ()| threads.changes.load(Ordering::SeqCst) == seen;
            threads.changed.wait_while_for(&mut asleep, nothing, span);
            threads.sleepers.fetch_sub(1, Ordering::SeqCst);
        });
    }

    /// Sleeps until `done`: until `what` is over, on another thread. In a machine without threads nothing else could bring it about: not at
    /// all. What is never over is a deadlock of the driver's, which is reported; the thread goes on then, so that the run comes to an end.
    pub(crate) fn wait_for(&self, what: &str, done: impl Fn() -> bool) {
        if !self.threads.on {
            return;
        }
        let until = self.qpc() + PATIENCE * self.frequency;
        while !done() {
            if self.qpc() >= until {
                let what = format!("{what} is not over after {PATIENCE} s: a deadlock");
                self.violate(Rule::Deadlock, what);
                return;
            }
            self.doze(until);
        }
    }

    /// The lock at `address` is this thread's, before others.
    pub(super) fn spin(&self, address: usize) {
        if self.threads.on {
            let this = this_thread();
            let free = || {
                let locks = self.threads.spin_locks.borrow();
                locks.get(&address).is_none_or(|holder| *holder == this)
            };
            self.wait_for("another thread's hold of a spin lock", free);
            self.threads.spin_locks.borrow_mut().insert(address, this);
        }
    }

    /// Whether another thread has the lock at `address`.
    #[cfg(all(target_os = "linux", target_arch = "x86_64"))]
    pub(crate) fn is_spun(&self, address: usize) -> bool {
        let this = this_thread();
        self.threads.spin_locks.borrow().get(&address).is_some_and(|holder| *holder != this)
    }

    /// The lock at `address` is nobody's any more.
    pub(super) fn spin_down(&self, address: usize) {
        if self.threads.on {
            self.threads.spin_locks.borrow_mut().remove(&address);
            self.wake();
        }
    }

    /// What one of the machine's own threads does at DISPATCH_LEVEL: timers that are due. Two of them stand for two processors.
    pub(crate) fn run_timers(&self) {
        let _inside = self.enter();
        while !self.threads.ending.get() {
            if !self.expire_one(self.qpc()) {
                let next = self.next_due().unwrap_or(u64::MAX);
                self.doze(next);
            }
        }
    }

    /// What another of them does at PASSIVE_LEVEL: work items, and what PnP does on threads of its own.
    pub(crate) fn run_work(&self) {
        let _inside = self.enter();
        while !self.threads.ending.get() {
            let next = self.work.borrow_mut().pop_front();
            match next {
                Some(work) => {
                    self.threads.working.set(true);
                    work(self);
                    self.threads.working.set(false);
                    self.wake();
                }
                None => self.doze(u64::MAX),
            }
        }
    }

    /// The machine's own threads end soon.
    pub(crate) fn end_threads(&self) {
        let _inside = self.enter();
        self.threads.ending.set(true);
        self.wake();
    }
}

impl Drop for Inside<'_> {
    fn drop(&mut self) {
        if self.outer.is_null() {
            crate::os::leave();
        }
        self.kernel.step_out();
        SEAT.with(|seat| {
            seat.kernel.set(self.outer);
            if let Some((depth, own)) = self.before.take() {
                seat.depth.set(depth);
                seat.own.replace(own);
            }
        });
    }
}

/// Lets one thread after the other through, each as often as it likes while it is inside: a request queue, or the power and PnP states of a
/// device. Who waits gives up the machine's lock.
#[derive(Default)]
pub(crate) struct Gate {
    holder: Cell<usize>,
    depth: Cell<u32>,
}

/// While it lives, the gate is this thread's.
pub(crate) struct Passage<'a> {
    kernel: &'a Kernel,
    gate: Option<&'a Gate>,
}

impl Gate {
    /// Waits until no other thread is inside.
    pub(crate) fn pass<'a>(&'a self, kernel: &'a Kernel) -> Passage<'a> {
        if !kernel.threads.on {
            return Passage { kernel, gate: None };
        }
        let this = this_thread();
        kernel.wait_for("another request, or PnP or power event", || {
            [0, this].contains(&self.holder.get())
        });
        self.holder.set(this);
        self.depth.set(self.depth.get() + 1);
        Passage { kernel, gate: Some(self) }
    }
}

impl Drop for Passage<'_> {
    fn drop(&mut self) {
        let Some(gate) = self.gate else { return };
        gate.depth.set(gate.depth.get() - 1);
        if gate.depth.get() == 0 {
            gate.holder.set(0);
            self.kernel.wake();
        }
    }
}
