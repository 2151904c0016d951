//! The NT kernel of one machine: IRQL, clock, timers, events, and what hangs on them.

mod answer;
pub(crate) mod callback;
pub(crate) mod exports;
pub(crate) mod failure;
pub(crate) mod interface;
pub(crate) mod locks;
pub(crate) mod object;
pub(crate) mod pool;
pub(crate) mod registry;
pub(crate) mod string;
pub(crate) mod thread;

use std::cell::{Cell, OnceCell, RefCell};
use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, VecDeque};
use std::rc::Rc;
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use callback::Callback;

use crate::abi::{Convention, Ended, Pointer};
use crate::report::{Report, Rule};
use crate::switches::Switches;

pub(crate) use thread::current;

pub(crate) const PASSIVE: u8 = 0;
pub(crate) const DISPATCH: u8 = 2;

/// The system time at which every machine was booted: the first second of 2026, so that runs repeat.
const BOOT: u64 = 134_116_992_000_000_000;

/// How time passes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pace {
    /// Only when somebody waits.
    Virtual,
    /// With the monotonic clock.
    Real(Instant),
}

/// How long a spin lock may be held, in 100 ns: 25 us (KeAcquireSpinLock's page).
const LONGEST_HOLD: u64 = 250;

/// A framework call or callback that is under way.
#[derive(Clone, Copy)]
pub(crate) struct Frame {
    name: &'static str,
    /// None for a call of the driver's.
    callback: Option<&'static Callback>,
    /// The handle of the object that it is for, or 0.
    object: usize,
}

/// What happens when a timer expires, at `DISPATCH_LEVEL`.
type Expiry = Rc<dyn Fn(&Kernel)>;

/// What waits until it can run: work at PASSIVE_LEVEL, or a DPC.
type Work = Box<dyn FnOnce(&Kernel)>;

/// The kernel of one machine. One thread at a time is in it: see `thread`.
pub struct Kernel {
    pub(crate) threads: thread::Threads,
    pace: Pace,
    frequency: u64,
    /// Ticks since boot: now in virtual time, at the machine's start in real time.
    ticks: Cell<u64>,
    irql: Cell<u8>,
    /// Framework calls and callbacks under way, with the object they are for.
    stack: RefCell<Vec<Frame>>,
    /// The spin locks that are held, and the counter when each was taken.
    spin_locks: RefCell<Vec<(usize, u64)>>,
    /// The wait locks that are held.
    wait_locks: RefCell<Vec<usize>>,
    /// Due time, order among equals, id.
    timers: RefCell<BinaryHeap<Reverse<(u64, u64, u64)>>>,
    expiries: RefCell<HashMap<u64, Expiry>>,
    next_timer: Cell<u64>,
    /// How late timers run, in ticks: what a test injects.
    lateness: Cell<u64>,
    /// What orders timers that are due at the same tick; 0 keeps the order in which they were set.
    seed: Cell<u64>,
    events: RefCell<Vec<bool>>,
    report: Report,
    pub(crate) objects: object::Objects,
    pub(crate) pool: pool::Pool,
    pub(crate) locks: locks::Locks,
    pub(crate) registry: registry::Registry,
    /// What a test set of the device's key: each device that comes finds it in its own.
    pub(crate) settings: RefCell<Vec<(String, registry::Setting)>>,
    pub(crate) interfaces: interface::Interfaces,
    /// What drivers trace.
    pub(crate) session: crate::trace::Session,
    /// Work items, and what PnP does on threads of its own.
    work: RefCell<VecDeque<Work>>,
    dpcs: RefCell<VecDeque<Work>>,
    numbers: Cell<u64>,
    /// What the driver printed for a debugger.
    pub(crate) debug_output: RefCell<String>,
    /// The address of the loaded driver's DRIVER_OBJECT.
    pub(crate) driver_object: Cell<usize>,
    #[cfg(all(target_os = "linux", target_arch = "x86_64"))]
    pub(crate) nt: crate::nt::State,
    pub(crate) failures: failure::Failures,
    /// The name of the loaded driver's service.
    pub(crate) service: RefCell<String>,
    pub(crate) wdf: crate::wdf::Framework,
    pub(crate) acx: crate::acx::Framework,
    pub(crate) switches: Switches,
    /// What the loaded driver is, if it is an image: to name places in it.
    pub(crate) image: RefCell<Option<crate::image::Places>>,
    convention: Cell<Convention>,
    this: OnceCell<Weak<Kernel>>,
}

// SAFETY: a thread touches what is not made for many threads only while it is in the machine. In a threaded machine it has the machine's
// lock then; another machine is entered by one thread only, which `enter` checks.
unsafe impl Send for Kernel {}
// SAFETY: as above.
unsafe impl Sync for Kernel {}

impl Kernel {
    pub(crate) fn new(
        pace: Pace,
        frequency: u64,
        ticks: u64,
        seed: u64,
        switches: Switches,
        threads: thread::Threads,
    ) -> Arc<Self> {
        let kernel = Arc::new(Self {
            threads,
            pace,
            frequency,
            ticks: Cell::new(ticks),
            irql: Cell::new(PASSIVE),
            stack: RefCell::default(),
            spin_locks: RefCell::default(),
            wait_locks: RefCell::default(),
            timers: RefCell::default(),
            expiries: RefCell::default(),
            next_timer: Cell::new(0),
            lateness: Cell::new(0),
            seed: Cell::new(seed),
            events: RefCell::default(),
            report: Report::default(),
            objects: object::Objects::default(),
            pool: pool::Pool::default(),
            locks: locks::Locks::default(),
            registry: registry::Registry::default(),
            settings: RefCell::default(),
            interfaces: interface::Interfaces::default(),
            session: crate::trace::Session::default(),
            work: RefCell::default(),
            dpcs: RefCell::default(),
            numbers: Cell::new(1),
            debug_output: RefCell::default(),
            driver_object: Cell::default(),
            #[cfg(all(target_os = "linux", target_arch = "x86_64"))]
            nt: crate::nt::State::default(),
            failures: failure::Failures::default(),
            service: RefCell::default(),
            wdf: crate::wdf::Framework::default(),
            acx: crate::acx::Framework::default(),
            switches,
            image: RefCell::default(),
            convention: Cell::new(Convention::C),
            this: OnceCell::new(),
        });
        let _ = kernel.this.set(Arc::downgrade(&kernel));
        kernel
    }

    /// A count of its own.
    pub(crate) fn this(&self) -> Arc<Self> {
        self.this.get().and_then(Weak::upgrade).expect("kernels live in an Arc")
    }

    pub(crate) fn convention(&self) -> Convention {
        self.convention.get()
    }

    /// How the driver that is about to be loaded calls and is called.
    pub(crate) fn set_convention(&self, convention: Convention) {
        self.convention.set(convention);
    }

    /// What the run found so far.
    pub fn report(&self) -> &Report {
        &self.report
    }

    pub(crate) fn violate(&self, rule: Rule, what: String) {
        let callbacks = self
            .stack
            .borrow()
            .iter()
            .map(|Frame { name, object, .. }| match self.objects.kind_of(*object) {
                Some(kind) => format!("{name} ({kind} {object:#x})"),
                None => (*name).to_owned(),
            })
            .collect();
        self.report.violate(rule, what, callbacks);
    }

    /// A call of the driver's begins.
    pub(crate) fn push_call(&self, name: &'static str) {
        self.stack.borrow_mut().push(Frame { name, callback: None, object: 0 });
    }

    pub(crate) fn pop(&self) {
        self.stack.borrow_mut().pop();
    }

    /// Whether this call is one that has to fail.
    pub(crate) fn fails(&self, name: &'static str) -> bool {
        self.failures.strike(name)
    }

    /// Whether `callback` is under way.
    pub(crate) fn is_inside(&self, callback: &Callback) -> bool {
        let is = |frame: &Frame| frame.callback.is_some_and(|own| std::ptr::eq(own, callback));
        self.stack.borrow().iter().any(is)
    }

    /// Whether a PnP or power callback is under way.
    #[cfg(all(target_os = "linux", target_arch = "x86_64"))]
    pub(crate) fn is_in_pnp(&self) -> bool {
        self.stack.borrow().iter().any(|frame| frame.callback.is_some_and(|own| own.is_pnp))
    }

    /// Makes a callback into the driver, and checks that it comes back as it went.
    pub(crate) fn invoke<F: Pointer>(
        &self,
        callback: &'static Callback,
        object: usize,
        function: F,
        arguments: F::Arguments,
    ) -> F::Answer {
        let irql = self.irql.get();
        let locks = self.spin_locks.borrow().len();
        let name = callback.name;
        let since = callback.is_pnp.then(|| self.qpc());
        self.stack.borrow_mut().push(Frame { name, callback: Some(callback), object });
        let answer = self.call(name, function, arguments).unwrap_or_else(|| {
            // The callback's locks and level went with it.
            self.set_irql(irql);
            self.drop_spin_locks(locks);
            F::Answer::ended()
        });
        if self.irql.get() != irql {
            let now = self.set_irql(irql);
            self.violate(
                Rule::IrqlChange,
                format!("{name} was called at IRQL {irql} and returned at {now}"),
            );
        }
        if self.spin_locks.borrow().len() > locks {
            self.violate(Rule::LockHeldOnReturn, format!("{name} returned with a spin lock held"));
            self.drop_spin_locks(locks);
        }
        if let Some(status) = answer.status() {
            self.check_status(callback, status);
        }
        if let Some(since) = since {
            self.check_pnp(callback, since);
        }
        self.pop();
        answer
    }

    /// Calls the driver; None if a fault ended the call, which is reported then.
    fn call<F: Pointer>(
        &self,
        name: &'static str,
        function: F,
        arguments: F::Arguments,
    ) -> Option<F::Answer> {
        let convention = self.convention.get();
        // SAFETY: the driver registered the pointer for this callback, and the frameworks keep the callback's contract.
        let driver = move || unsafe { function.call(convention, arguments) };
        #[cfg(all(target_os = "linux", target_arch = "x86_64"))]
        if convention == Convention::Win64 {
            return self.guarded(name, driver);
        }
        #[cfg(not(all(target_os = "linux", target_arch = "x86_64")))]
        let _ = name;
        Some(self.outside(driver))
    }

    /// Calls into an image; None if a fault ended the call.
    #[cfg(all(target_os = "linux", target_arch = "x86_64"))]
    fn guarded<T: Copy>(&self, name: &'static str, driver: impl Fn() -> T) -> Option<T> {
        match self.outside(|| crate::fault::call(driver)) {
            Ok(answer) => Some(answer),
            Err(fault) => {
                let way = if fault.writes { "write to" } else { "read of" };
                let place = self.image.borrow().as_ref().map_or_else(
                    || format!("{:#x}", fault.instruction),
                    |image| image.place(fault.instruction),
                );
                let place = fault.service.map_or(place, str::to_owned);
                let what = match fault.fast_fail {
                    Some(code) => format!("{name}: fast fail {code} at {place}"),
                    None => format!("{name}: {way} {:#x} by {place}", fault.address),
                };
                let pageable = |image: &crate::image::Places| {
                    fault.fast_fail.is_none() && image.is_paged(fault.address)
                };
                let (rule, what) = if self.image.borrow().as_ref().is_some_and(pageable) {
                    (Rule::PagedCode, format!("{what}, which is pageable"))
                } else if let Some((rule, whose)) = self.pool.blame(fault.address) {
                    (rule, format!("{what}: {whose}"))
                } else {
                    (Rule::AccessViolation, what)
                };
                self.violate(rule, what);
                None
            }
        }
    }

    pub(crate) fn irql(&self) -> u8 {
        self.irql.get()
    }

    pub(crate) fn set_irql(&self, irql: u8) -> u8 {
        let before = self.irql.replace(irql);
        // With many threads some are at PASSIVE_LEVEL meanwhile.
        if (before < DISPATCH) != (irql < DISPATCH) && !self.threads.are_on() {
            self.page_out(irql >= DISPATCH);
        }
        before
    }

    /// Of an image, takes what is pageable out of reach, or back.
    fn page_out(&self, out: bool) {
        self.pool.page_out(out);
        if let Some(image) = &*self.image.borrow() {
            image.page_out(out);
        }
    }

    /// What this thread holds beyond the first `count` spin locks is nobody's any more.
    fn drop_spin_locks(&self, count: usize) {
        let left = self.spin_locks.borrow_mut().split_off(count);
        for (address, _) in left {
            self.spin_down(address);
        }
    }

    pub(crate) fn spin_lock(&self, address: usize) {
        self.spin(address);
        let is_held = self.spin_locks.borrow().iter().any(|(lock, _)| *lock == address);
        if is_held {
            self.violate(Rule::Deadlock, format!("spin lock {address:#x} taken twice: a deadlock"));
        } else {
            self.taken(address);
        }
        self.spin_locks.borrow_mut().push((address, self.qpc()));
    }

    /// A wait lock is taken.
    pub(crate) fn wait_lock(&self, address: usize) {
        self.taken(address);
        self.wait_locks.borrow_mut().push(address);
    }

    pub(crate) fn wait_unlock(&self, address: usize) {
        self.wait_locks.borrow_mut().retain(|lock| *lock != address);
    }

    fn taken(&self, lock: usize) {
        let mut held = self.wait_locks.borrow().clone();
        held.extend(self.spin_locks.borrow().iter().map(|(lock, _)| lock));
        self.locks.taken(self, lock, &held, self.callback());
    }

    /// The innermost callback that is under way, with its object.
    pub(crate) fn callback(&self) -> Option<(&'static Callback, usize)> {
        let callback = |frame: &Frame| frame.callback.map(|own| (own, frame.object));
        self.stack.borrow().iter().rev().find_map(callback)
    }

    pub(crate) fn spin_unlock(&self, address: usize) {
        let held = self.spin_locks.borrow().iter().rposition(|(lock, _)| *lock == address);
        if let Some(at) = held {
            let (_, since) = self.spin_locks.borrow_mut().remove(at);
            self.spin_down(address);
            let held = self.qpc() - since;
            // In real time the system may take the processor away meanwhile, which is no fault of the driver's.
            if self.pace == Pace::Virtual && held > self.ticks_of(LONGEST_HOLD) {
                let microseconds = u128::from(held) * 1_000_000 / u128::from(self.frequency);
                let what = format!("spin lock {address:#x} was held for {microseconds} us");
                self.violate(Rule::LockHoldTime, what);
            }
        } else {
            self.violate(Rule::LockNotHeld, format!("spin lock {address:#x} released, not held"));
        }
    }

    /// Ticks of the performance counter in a second.
    pub fn qpc_frequency(&self) -> u64 {
        self.frequency
    }

    /// The performance counter.
    pub fn qpc(&self) -> u64 {
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

    /// How long so many ticks are.
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

    /// 100 ns since boot.
    pub(crate) fn interrupt_time(&self) -> u64 {
        (u128::from(self.qpc()) * 10_000_000 / u128::from(self.frequency)) as u64
    }

    /// 100 ns since 1601.
    #[cfg(all(target_os = "linux", target_arch = "x86_64"))]
    pub(crate) fn system_time(&self) -> i64 {
        (BOOT + self.interrupt_time()).cast_signed()
    }

    /// Timers run `late` after their due time from now on.
    pub(crate) fn set_lateness(&self, late: Duration) {
        self.lateness.set(self.ticks_of_duration(late));
    }

    /// The next pseudo-random number (xorshift), or 0 without a seed.
    fn shuffle(&self) -> u64 {
        let mut state = self.seed.get();
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        self.seed.set(state);
        state
    }

    /// Asks for `expiry` when the counter reaches `due`. Timers that are due at the same tick expire in the order they were set, or in
    /// one that the seed makes.
    pub(crate) fn schedule(&self, due: u64, expiry: Expiry) -> u64 {
        let id = self.next_timer.get();
        self.next_timer.set(id + 1);
        let is_first = self.threads.are_on() && self.next_due().is_none_or(|next| due < next);
        self.timers.borrow_mut().push(Reverse((due, self.shuffle(), id)));
        self.expiries.borrow_mut().insert(id, expiry);
        if is_first {
            self.wake();
        }
        id
    }

    /// Takes a timer back; whether it was still waiting.
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

    /// Runs the first timer, if it is due by `until`. Virtual time moves to its due time.
    fn expire_one(&self, until: u64) -> bool {
        let Some(due) = self.next_due().filter(|due| *due <= until) else { return false };
        let Some(Reverse((_, _, id))) = self.timers.borrow_mut().pop() else { return false };
        if self.pace == Pace::Virtual && due > self.ticks.get() {
            self.ticks.set(due);
        }
        let expiry = self.expiries.borrow_mut().remove(&id);
        if let Some(expiry) = expiry {
            let irql = self.set_irql(DISPATCH);
            expiry(self);
            self.lower_irql(irql);
        }
        true
    }

    /// A number that nobody else gets.
    pub(crate) fn next_number(&self) -> u64 {
        self.numbers.replace(self.numbers.get() + 1)
    }

    /// Runs `work` soon, at PASSIVE_LEVEL, on a thread of the system's.
    pub(crate) fn later(&self, work: impl FnOnce(&Self) + 'static) {
        self.work.borrow_mut().push_back(Box::new(work));
        self.wake();
    }

    /// As [`later`](Self::later), in turn with other PnP and power events.
    pub(crate) fn pnp_later(&self, work: impl FnOnce(&Self) + 'static) {
        self.later(|kernel| {
            let _turn = kernel.wdf.pnp.pass(kernel);
            work(kernel);
        });
    }

    /// Runs `dpc` as soon as the level is below `DISPATCH_LEVEL`.
    pub(crate) fn queue_dpc(&self, dpc: Work) {
        self.dpcs.borrow_mut().push_back(dpc);
        self.lower_irql(self.irql.get());
    }

    /// The level falls to `irql`: what waited for that runs.
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

    /// Runs one piece of work that can run at PASSIVE_LEVEL now, if that is where we are. Whether there was one.
    fn run_one(&self) -> bool {
        if self.irql.get() != PASSIVE {
            return false;
        }
        // In a threaded machine a thread of its own does this.
        if !self.threads.are_on() {
            let next = self.work.borrow_mut().pop_front();
            if let Some(work) = next {
                work(self);
                return true;
            }
        }
        #[cfg(all(target_os = "linux", target_arch = "x86_64"))]
        return self.threads.are_at_home() && crate::nt::thread::run(self);
        #[cfg(not(all(target_os = "linux", target_arch = "x86_64")))]
        false
    }

    /// Runs all work that can run at PASSIVE_LEVEL now.
    pub(crate) fn settle(&self) {
        while self.run_one() {}
        self.wait_for("a work item", || {
            self.work.borrow().is_empty() && !self.threads.working.get()
        });
    }

    /// Waits until `done` or the tick `until`: a system thread gives way to others, anybody else lets time pass.
    pub(crate) fn block(&self, until: u64, done: &dyn Fn() -> bool) {
        if done() {
            return;
        }
        #[cfg(all(target_os = "linux", target_arch = "x86_64"))]
        if crate::nt::thread::give_way(self, until, done) {
            return;
        }
        self.pass(until, done);
    }

    /// The driver's own key below its service's.
    pub(crate) fn parameters_key(&self) -> String {
        format!(r"{}\{}\Parameters", registry::SERVICES, self.service.borrow())
    }

    /// Puts the settings of a test into a device's key.
    pub(crate) fn apply_settings(&self, key: &str) {
        for (name, value) in self.settings.borrow().iter() {
            let (kind, bytes) = value.parts();
            self.registry.set(key, name, kind, &bytes);
        }
    }

    /// A handle on the key of a framework object, which lives as long as that.
    pub(crate) fn handle_of_key(&self, key: &Rc<object::Object>, path: &str) -> acx_sys::HANDLE {
        #[cfg(all(target_os = "linux", target_arch = "x86_64"))]
        {
            let handle = self.nt.handles.open(crate::nt::handle::Target::Key(path.to_owned()));
            key.on_delete(move |kernel| {
                let _ = kernel.nt.handles.close(kernel, handle);
            });
            handle
        }
        #[cfg(not(all(target_os = "linux", target_arch = "x86_64")))]
        {
            let _ = (key, path);
            self.report.gap("WdfRegistryWdmGetHandle");
            std::ptr::null_mut()
        }
    }

    /// The hardware key of the first device: what settings of a test go to.
    pub(crate) fn hardware_key(&self) -> String {
        let service = self.service.borrow();
        format!(
            r"\Registry\Machine\System\CurrentControlSet\Enum\ROOT\{service}\0000\Device Parameters"
        )
    }

    /// Lets time pass up to `until`, running what comes due, or until `done` says so.
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

    /// Moves virtual time without running what comes due: a stall.
    pub(crate) fn stall(&self, span: Duration) {
        let ticks = self.ticks_of_duration(span);
        match self.pace {
            Pace::Virtual => self.ticks.set(self.ticks.get() + ticks),
            Pace::Real(_) => self.outside(|| std::thread::sleep(span)),
        }
    }

    /// A new auto-reset event for a client; its handle value is not zero.
    pub(crate) fn create_event(&self) -> u64 {
        let mut events = self.events.borrow_mut();
        events.push(false);
        events.len() as u64 * 4
    }

    fn event_index(handle: u64) -> Option<usize> {
        usize::try_from(handle / 4).ok()?.checked_sub(1)
    }

    pub(crate) fn event_exists(&self, handle: u64) -> bool {
        Self::event_index(handle).is_some_and(|index| index < self.events.borrow().len())
    }

    pub(crate) fn set_event(&self, handle: u64) {
        if let Some(index) = Self::event_index(handle)
            && let Some(event) = self.events.borrow_mut().get_mut(index)
        {
            *event = true;
        }
        self.wake();
    }

    /// Whether the event was signalled; it is not any more.
    pub(crate) fn take_event(&self, handle: u64) -> bool {
        Self::event_index(handle).is_some_and(|index| {
            self.events.borrow_mut().get_mut(index).is_some_and(std::mem::take)
        })
    }
}

impl std::fmt::Debug for Kernel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Kernel").field("pace", &self.pace).finish_non_exhaustive()
    }
}
