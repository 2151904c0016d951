//! Real threads in one machine: its lock, the state of each thread, and waiting.
//!
//! # How
//!
//! A threaded machine has one lock around all of the host's state. A thread takes it when it enters
//! the machine or when the driver calls in, and releases it while it is in the driver's code and
//! while it waits. So the driver's code runs on many threads at once, and the host's state needs
//! only the rule that re-entrancy requires anyway: no borrow is held across a call into the driver.
//!
//! The state of a thread (its IRQL, its callbacks in progress, its spin locks) is in the kernel
//! structure while the thread has the lock, and saved elsewhere otherwise. A machine without
//! threads has no lock: it is used by one thread, which is checked.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use parking_lot::lock_api::RawMutex as _;
use parking_lot::{Condvar, Mutex, RawMutex};

use super::callback::Frame;

/// The state of a thread while it is in a machine.
#[derive(Default)]
pub(crate) struct ThreadContext {
    pub(crate) irql: u8,
    /// The driver that runs: see [`Kernel::driver`](super::base::Kernel::driver).
    pub(crate) driver: u32,
    /// Framework calls and callbacks in progress, with their objects.
    pub(crate) stack: Vec<Frame>,
    pub(crate) spin_locks: Vec<(usize, u64)>,
    pub(crate) wait_locks: Vec<usize>,
    pub(crate) regions: u32,
}

/// The position of a thread. Its address identifies the thread.
pub(super) struct ThreadState {
    /// The machine that it is in; null if in none.
    pub(super) kernel: Cell<*const ()>,
    /// Its lock count in that machine; 0 while it has released the lock.
    pub(super) depth: Cell<u32>,
    /// Its saved state while it does not have the lock.
    pub(super) context: RefCell<ThreadContext>,
    /// The generator of its delays, once it has one, and the seed that it is of.
    pub(super) random: RefCell<Option<(u64, fastrand::Rng)>>,
}

thread_local! {
    pub(super) static STATE: ThreadState = const {
        ThreadState {
            kernel: Cell::new(std::ptr::null()),
            depth: Cell::new(0),
            context: RefCell::new(ThreadContext {
                irql: 0,
                driver: 0,
                stack: Vec::new(),
                spin_locks: Vec::new(),
                wait_locks: Vec::new(),
                regions: 0,
            }),
            random: RefCell::new(None),
        }
    };
}

/// The identity of this thread: not 0, and unique among live threads.
pub(crate) fn this_thread() -> usize {
    STATE.with(|state| std::ptr::from_ref(state) as usize)
}

/// The threads of one machine.
pub(crate) struct Threads {
    /// Whether any thread may use the machine.
    on: bool,
    /// The thread that made a threaded machine, or the only one that uses another: it runs the
    /// system threads of images.
    home: AtomicUsize,
    /// The seed of the threads' delays; 0 for none.
    delays: u64,
    /// How many threads have drawn delays.
    drawn: AtomicU64,
    /// The machine's lock. Like all locks of this crate it is not one of the standard library's:
    /// those are not compiled for a thread sanitizer, which then misses the order of the threads.
    lock: RawMutex,
    /// Counts the changes that threads wait for; it changes under the machine's lock.
    pub(super) changes: Mutex<u64>,
    pub(super) changed: Condvar,
    /// The thread that holds each spin lock.
    pub(super) spin_locks: RefCell<HashMap<usize, usize>>,
    /// The machine is being dropped: its threads end.
    pub(super) ending: Cell<bool>,
    /// The number of work items in progress.
    pub(super) working: Cell<u32>,
}

impl Threads {
    pub(crate) fn new(on: bool, delays: u64) -> Self {
        Self {
            on,
            home: AtomicUsize::new(if on { this_thread() } else { 0 }),
            delays,
            drawn: AtomicU64::default(),
            lock: RawMutex::INIT,
            changes: Mutex::default(),
            changed: Condvar::new(),
            spin_locks: RefCell::default(),
            ending: Cell::new(false),
            working: Cell::new(0),
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
    pub(super) fn check_home(&self) {
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
    pub(super) fn take(&self) {
        self.delay();
        self.lock.lock();
    }

    /// # Safety
    ///
    /// This thread has taken the machine's lock.
    pub(super) unsafe fn give_back(&self) {
        // SAFETY: the caller's contract.
        unsafe { self.lock.unlock() };
        self.delay();
    }

    /// Lets other threads run first at random, so that rare orders occur.
    fn delay(&self) {
        if self.delays == 0 {
            return;
        }
        STATE.with(|thread| {
            let mut random = thread.random.borrow_mut();
            let random = match &mut *random {
                Some((seed, random)) if *seed == self.delays => random,
                // Each thread has its own sequence.
                other => {
                    let number = self.drawn.fetch_add(1, Ordering::Relaxed);
                    let seed = self.delays ^ number.wrapping_mul(0x9E37_79B9_7F4A_7C15);
                    &mut other.insert((self.delays, fastrand::Rng::with_seed(seed))).1
                }
            };
            match random.u32(..1024) {
                0 => std::thread::sleep(Duration::from_micros(200)),
                1..=4 => std::thread::sleep(Duration::from_micros(random.u64(..64))),
                5..=60 => std::thread::yield_now(),
                _ => {}
            }
        });
    }
}
