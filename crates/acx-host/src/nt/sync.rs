//! Dispatcher objects in a driver's memory, waits on them, DPCs, timers.
//!
//! On one thread a wait lets time pass and runs what can run, until what is waited for is there:
//! timers and their DPCs, work items, system threads. In a threaded machine others do that
//! meanwhile. A wait that nothing can end is reported.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use acx_sys::*;

use crate::kernel::Kernel;
use crate::kernel::abi::{read, write};
use crate::kernel::call::invoke;
use crate::kernel::function::services;
use crate::kernel::loaded;
use crate::kernel::pool::Pool;
use crate::kernel::report::Rule;
use crate::nt::callback;
use crate::os::processor;

const APC: u8 = 1;

/// What the Type byte of a dispatcher header says. Source: the public headers' KOBJECTS order.
mod kind {
    pub(super) const NOTIFICATION_EVENT: u8 = 0;
    pub(super) const SYNCHRONIZATION_EVENT: u8 = 1;
    pub(super) const MUTANT: u8 = 2;
    pub(super) const SEMAPHORE: u8 = 5;
    pub(crate) const THREAD: u8 = 6;
    pub(super) const NOTIFICATION_TIMER: u8 = 8;
    pub(super) const SYNCHRONIZATION_TIMER: u8 = 9;
}
pub(crate) use kind::THREAD;

/// A dispatcher object: Type at 0, SignalState at 4; a mutant's owner at 40, a semaphore's limit at
/// 24.
#[derive(Clone, Copy)]
pub(crate) struct Header(pub(crate) usize);

impl Header {
    pub(crate) fn initialize(self, kind: u8, state: i32) {
        write(self.0 as *mut u64, u64::from(kind));
        self.set(state);
        // An empty list of waiters.
        write((self.0 + 8) as *mut usize, self.0 + 8);
        write((self.0 + 16) as *mut usize, self.0 + 8);
    }

    fn kind(self) -> u8 {
        read(self.0 as *const u8).unwrap_or(u8::MAX)
    }

    fn state(self) -> i32 {
        read((self.0 + 4) as *const i32).unwrap_or_default()
    }

    fn set(self, state: i32) -> i32 {
        let before = self.state();
        write((self.0 + 4) as *mut i32, state);
        before
    }

    /// Sets a state that waits may wait for, and ends those of them that it is enough for, the
    /// oldest first: they have ended even if the object is reset before their threads run.
    pub(crate) fn signal(self, kernel: &Kernel, state: i32) -> i32 {
        let before = self.set(state);
        for waiter in kernel.part::<Waiters>().0.borrow().iter() {
            waiter.try_end();
        }
        kernel.wake();
        before
    }

    fn owner(self) -> usize {
        read((self.0 + 40) as *const usize).unwrap_or_default()
    }

    fn set_owner(self, thread: usize) {
        write((self.0 + 40) as *mut usize, thread);
    }

    /// Whether a wait of `thread` would end now.
    fn is_signalled(self, thread: usize) -> bool {
        match self.kind() {
            kind::MUTANT => self.state() > 0 || self.owner() == thread,
            _ => self.state() > 0,
        }
    }

    /// A wait of `thread` ends: what that does to the object.
    fn take(self, thread: usize) {
        match self.kind() {
            kind::SYNCHRONIZATION_EVENT | kind::SYNCHRONIZATION_TIMER => {
                self.set(0);
            }
            kind::SEMAPHORE => {
                self.set(self.state() - 1);
            }
            kind::MUTANT => {
                self.set(self.state() - 1);
                self.set_owner(thread);
            }
            _ => {}
        }
    }
}

/// A wait of a thread.
struct Waiter {
    thread: usize,
    objects: Vec<usize>,
    /// For all of them, or for one.
    all: bool,
    /// The answer, when it has ended.
    answer: Cell<Option<NTSTATUS>>,
}

impl Waiter {
    /// Ends the wait if what it waits for is there. Whether it has ended.
    fn try_end(&self) -> bool {
        if self.answer.get().is_none() {
            self.answer.set(self.take());
        }
        self.answer.get().is_some()
    }

    /// Takes what it waits for, if that is there: the wait's answer.
    fn take(&self) -> Option<NTSTATUS> {
        let take = |object: &usize| Header(*object).take(self.thread);
        let is_ready = |object: &usize| Header(*object).is_signalled(self.thread);
        if self.all {
            self.objects.iter().all(is_ready).then(|| {
                self.objects.iter().for_each(take);
                STATUS_SUCCESS
            })
        } else {
            let found = self.objects.iter().enumerate().find(|(_, object)| is_ready(object));
            found.map(|(at, object)| {
                take(object);
                at as NTSTATUS
            })
        }
    }
}

/// The waits under way, the oldest first.
#[derive(Default)]
pub(crate) struct Waiters(RefCell<Vec<Rc<Waiter>>>);

impl Waiters {
    /// A thread never goes on.
    pub(crate) fn forget(&self, thread: usize) {
        self.0.borrow_mut().retain(|waiter| waiter.thread != thread);
    }
}

/// The timers and DPCs of drivers that wait, by address.
#[derive(Default)]
pub(crate) struct Timers {
    /// With the kernel's own timer, and the number of the driver whose it is.
    set: RefCell<Vec<(usize, u64, u32)>>,
    queued: RefCell<Vec<usize>>,
}

impl Timers {
    /// At unload no timer may be set: its memory is gone.
    pub(crate) fn check_empty(&self, kernel: &Kernel, driver: u32) {
        for (timer, id, _) in loaded::take(&self.set, |(.., owner)| *owner == driver) {
            kernel.cancel(id);
            kernel.violate(
                Rule::TimerLeak,
                format!("the timer at {timer:#x} is still set at unload"),
            );
        }
    }
}

/// How long a driver may wait before the host says that it waits for ever: five minutes of the
/// machine's time.
pub(super) const PATIENCE: u64 = 5 * 60 * 10_000_000;

/// Waits for one or all of `objects`.
fn wait(kernel: &Kernel, objects: &[usize], all: bool, timeout: Option<i64>) -> NTSTATUS {
    if timeout != Some(0) && kernel.irql() > APC {
        kernel.violate(
            Rule::WaitAtDispatch,
            "a wait at DISPATCH_LEVEL: the processor would hang".to_owned(),
        );
        return STATUS_UNSUCCESSFUL;
    }
    let thread = processor::current_thread();
    let answer = Cell::new(None);
    let waiter = Rc::new(Waiter { thread, objects: objects.to_vec(), all, answer });
    if !waiter.try_end() {
        let until = match timeout {
            Some(time) => kernel.due(time),
            None => kernel.qpc().saturating_add(kernel.ticks_of(PATIENCE)),
        };
        let waiters = &kernel.part::<Waiters>().0;
        waiters.borrow_mut().push(waiter.clone());
        kernel.block(until, &|| waiter.answer.get().is_some());
        waiters.borrow_mut().retain(|other| !Rc::ptr_eq(other, &waiter));
    }
    if let Some(answer) = waiter.answer.get() {
        return answer;
    }
    // A PnP callback that waits is reported when it comes back.
    if timeout.is_none() && !kernel.is_in_pnp() {
        let what = "a wait without a timeout that nothing ends: a deadlock".to_owned();
        kernel.violate(Rule::Deadlock, what);
    }
    STATUS_TIMEOUT
}

/// A KDPC in a driver's memory: its routine at 24, its context at 32.
fn call_dpc(kernel: &Kernel, dpc: usize, one: usize, two: usize) {
    type Routine = unsafe extern "C" fn(*mut KDPC, PVOID, PVOID, PVOID);
    let routine = read((dpc + 24) as *const Option<Routine>).flatten();
    let context = read((dpc + 32) as *const PVOID).unwrap_or(std::ptr::null_mut());
    if let Some(routine) = routine {
        let arguments = (dpc as *mut KDPC, context, one as PVOID, two as PVOID);
        invoke(kernel, &callback::KDEFERRED_ROUTINE, dpc, routine, arguments);
    }
}

fn queue_dpc(kernel: &Kernel, dpc: usize, one: usize, two: usize) -> bool {
    let mut queued = kernel.part::<Timers>().queued.borrow_mut();
    if queued.contains(&dpc) {
        return false;
    }
    queued.push(dpc);
    drop(queued);
    kernel.queue_dpc(Box::new(move |kernel| {
        if unqueue_dpc(kernel, dpc) {
            call_dpc(kernel, dpc, one, two);
        }
    }));
    true
}

/// Takes a DPC back; whether it waited.
fn unqueue_dpc(kernel: &Kernel, dpc: usize) -> bool {
    let mut queued = kernel.part::<Timers>().queued.borrow_mut();
    let before = queued.len();
    queued.retain(|other| *other != dpc);
    queued.len() < before
}

/// Sets a KTIMER; whether it was set before.
fn set_timer(kernel: &Kernel, timer: usize, at: u64, period: u32, dpc: usize) -> bool {
    let was_set = cancel_timer(kernel, timer);
    Header(timer).set(0);
    let expiry = Rc::new(move |kernel: &Kernel| {
        kernel.part::<Timers>().set.borrow_mut().retain(|(other, ..)| *other != timer);
        if period > 0 {
            let next = at + kernel.ticks_of(u64::from(period) * 10_000);
            set_timer(kernel, timer, next, period, dpc);
        }
        Header(timer).signal(kernel, 1);
        if dpc != 0 {
            call_dpc(kernel, dpc, 0, 0);
        }
    });
    let id = kernel.schedule(kernel.on_tick(at), expiry);
    kernel.part::<Timers>().set.borrow_mut().push((timer, id, loaded::number(kernel)));
    was_set
}

fn cancel_timer(kernel: &Kernel, timer: usize) -> bool {
    let mut timers = kernel.part::<Timers>().set.borrow_mut();
    let Some(at) = timers.iter().position(|(other, ..)| *other == timer) else { return false };
    let (_, id, _) = timers.swap_remove(at);
    drop(timers);
    kernel.cancel(id)
}

/// An EX_TIMER, which the kernel allocates: a dispatcher object, and its callback.
#[repr(C)]
struct ExTimer {
    header: [u64; 8],
    callback: Option<unsafe extern "C" fn(PVOID, PVOID)>,
    context: PVOID,
    /// EX_TIMER_HIGH_RESOLUTION.
    precise: bool,
}

fn set_ex_timer(kernel: &Kernel, timer: usize, at: u64, period: u64) -> bool {
    let was_set = cancel_timer(kernel, timer);
    let expiry = Rc::new(move |kernel: &Kernel| {
        kernel.part::<Timers>().set.borrow_mut().retain(|(other, ..)| *other != timer);
        if period > 0 {
            set_ex_timer(kernel, timer, at + kernel.ticks_of(period), period);
        }
        // SAFETY: the timer is deleted only after it was cancelled, which takes this expiry away.
        let (callback, context) = unsafe {
            ((*(timer as *const ExTimer)).callback, (*(timer as *const ExTimer)).context)
        };
        Header(timer).signal(kernel, 1);
        if let Some(callback) = callback {
            invoke(kernel, &callback::EXT_CALLBACK, timer, callback, (timer as PVOID, context));
        }
    });
    // SAFETY: a timer that the caller is setting is not deleted yet.
    let precise = unsafe { (*(timer as *const ExTimer)).precise };
    let id = kernel.schedule(if precise { at } else { kernel.on_tick(at) }, expiry);
    kernel.part::<Timers>().set.borrow_mut().push((timer, id, loaded::number(kernel)));
    was_set
}

fn KeInitializeEvent(_kernel: &Kernel, Event: PVOID, Type: i32, State: BOOLEAN) {
    let kind = if Type == 0 { kind::NOTIFICATION_EVENT } else { kind::SYNCHRONIZATION_EVENT };
    Header(Event as usize).initialize(kind, i32::from(State != 0));
}

fn KeSetEvent(kernel: &Kernel, Event: PVOID, _increment: LONG, _wait: BOOLEAN) -> LONG {
    Header(Event as usize).signal(kernel, 1)
}

fn KePulseEvent(kernel: &Kernel, Event: PVOID, _increment: LONG, _wait: BOOLEAN) -> LONG {
    let before = Header(Event as usize).signal(kernel, 1);
    Header(Event as usize).set(0);
    before
}

fn KeClearEvent(_kernel: &Kernel, Event: PVOID) {
    Header(Event as usize).set(0);
}

fn KeResetEvent(_kernel: &Kernel, Event: PVOID) -> LONG {
    Header(Event as usize).set(0)
}

fn KeReadStateEvent(_kernel: &Kernel, Event: PVOID) -> LONG {
    Header(Event as usize).state()
}

fn KeInitializeMutex(_kernel: &Kernel, Mutex: PVOID, _level: ULONG) {
    Header(Mutex as usize).initialize(kind::MUTANT, 1);
    Header(Mutex as usize).set_owner(0);
}

fn KeReleaseMutex(kernel: &Kernel, Mutex: PVOID, _wait: BOOLEAN) -> LONG {
    let mutex = Header(Mutex as usize);
    if mutex.owner() != processor::current_thread() {
        kernel.violate(
            Rule::LockNotHeld,
            "a mutex released by a thread that does not hold it".to_owned(),
        );
        return 0;
    }
    let state = mutex.state() + 1;
    if state > 0 {
        mutex.set_owner(0);
    }
    mutex.signal(kernel, state)
}

fn KeReadStateMutex(_kernel: &Kernel, Mutex: PVOID) -> LONG {
    Header(Mutex as usize).state()
}

fn KeInitializeSemaphore(_kernel: &Kernel, Semaphore: PVOID, Count: LONG, Limit: LONG) {
    Header(Semaphore as usize).initialize(kind::SEMAPHORE, Count);
    write((Semaphore as usize + 24) as *mut LONG, Limit);
}

fn KeReleaseSemaphore(
    kernel: &Kernel,
    Semaphore: PVOID,
    _increment: LONG,
    Adjustment: LONG,
    _wait: BOOLEAN,
) -> LONG {
    let semaphore = Header(Semaphore as usize);
    let limit = read((Semaphore as usize + 24) as *const LONG).unwrap_or_default();
    let count = semaphore.state().saturating_add(Adjustment);
    if count > limit {
        kernel.violate(
            Rule::BadArgument,
            format!("a semaphore of limit {limit} released to {count}"),
        );
    }
    semaphore.signal(kernel, count.min(limit))
}

fn KeReadStateSemaphore(_kernel: &Kernel, Semaphore: PVOID) -> LONG {
    Header(Semaphore as usize).state()
}

fn KeWaitForSingleObject(
    kernel: &Kernel,
    Object: PVOID,
    _reason: i32,
    _mode: KPROCESSOR_MODE,
    _alertable: BOOLEAN,
    Timeout: *const i64,
) -> NTSTATUS {
    wait(kernel, &[Object as usize], false, read(Timeout))
}

fn KeWaitForMultipleObjects(
    kernel: &Kernel,
    Count: ULONG,
    Objects: *const usize,
    WaitType: i32,
    _reason: i32,
    _mode: KPROCESSOR_MODE,
    _alertable: BOOLEAN,
    Timeout: *const i64,
    _blocks: PVOID,
) -> NTSTATUS {
    let objects: Vec<usize> =
        (0..Count as usize).filter_map(|at| read(Objects.wrapping_add(at))).collect();
    // WaitAll is 0, WaitAny 1.
    wait(kernel, &objects, WaitType == 0, read(Timeout))
}

fn KeDelayExecutionThread(
    kernel: &Kernel,
    _mode: KPROCESSOR_MODE,
    _alertable: BOOLEAN,
    Interval: *const i64,
) -> NTSTATUS {
    let until = kernel.due(read(Interval).unwrap_or_default());
    // Nothing ends it but the time: a timer of its own makes that a moment at which things happen.
    kernel.block(until, &|| false);
    STATUS_SUCCESS
}

fn KeStallExecutionProcessor(kernel: &Kernel, MicroSeconds: ULONG) {
    kernel.stall(std::time::Duration::from_micros(u64::from(MicroSeconds)));
}

fn KeInitializeDpc(_kernel: &Kernel, Dpc: PVOID, Routine: PVOID, Context: PVOID) {
    write(Dpc.cast::<[usize; 8]>(), [0x13, 0, 0, Routine as usize, Context as usize, 0, 0, 0]);
}

fn KeInsertQueueDpc(kernel: &Kernel, Dpc: PVOID, One: PVOID, Two: PVOID) -> BOOLEAN {
    BOOLEAN::from(queue_dpc(kernel, Dpc as usize, One as usize, Two as usize))
}

fn KeRemoveQueueDpc(kernel: &Kernel, Dpc: PVOID) -> BOOLEAN {
    BOOLEAN::from(unqueue_dpc(kernel, Dpc as usize))
}

fn KeFlushQueuedDpcs(kernel: &Kernel) {
    kernel.lower_irql(kernel.irql());
}

fn KeSetImportanceDpc(_kernel: &Kernel, _dpc: PVOID, _importance: i32) {}

fn KeSetTargetProcessorDpc(_kernel: &Kernel, _dpc: PVOID, _number: i8) {}

fn KeInitializeTimer(_kernel: &Kernel, Timer: PVOID) {
    Header(Timer as usize).initialize(kind::NOTIFICATION_TIMER, 0);
}

fn KeInitializeTimerEx(_kernel: &Kernel, Timer: PVOID, Type: i32) {
    let kind = if Type == 0 { kind::NOTIFICATION_TIMER } else { kind::SYNCHRONIZATION_TIMER };
    Header(Timer as usize).initialize(kind, 0);
}

fn KeSetTimer(kernel: &Kernel, Timer: PVOID, DueTime: i64, Dpc: PVOID) -> BOOLEAN {
    BOOLEAN::from(set_timer(kernel, Timer as usize, kernel.due(DueTime), 0, Dpc as usize))
}

fn KeSetTimerEx(kernel: &Kernel, Timer: PVOID, DueTime: i64, Period: LONG, Dpc: PVOID) -> BOOLEAN {
    BOOLEAN::from(set_timer(
        kernel,
        Timer as usize,
        kernel.due(DueTime),
        Period.unsigned_abs(),
        Dpc as usize,
    ))
}

fn KeSetCoalescableTimer(
    kernel: &Kernel,
    Timer: PVOID,
    DueTime: i64,
    Period: ULONG,
    _delay: ULONG,
    Dpc: PVOID,
) -> BOOLEAN {
    BOOLEAN::from(set_timer(kernel, Timer as usize, kernel.due(DueTime), Period, Dpc as usize))
}

fn KeCancelTimer(kernel: &Kernel, Timer: PVOID) -> BOOLEAN {
    BOOLEAN::from(cancel_timer(kernel, Timer as usize))
}

fn KeReadStateTimer(_kernel: &Kernel, Timer: PVOID) -> BOOLEAN {
    BOOLEAN::from(Header(Timer as usize).state() > 0)
}

/// EX_TIMER_HIGH_RESOLUTION.
const HIGH_RESOLUTION: ULONG = 4;

fn ExAllocateTimer(kernel: &Kernel, Callback: PVOID, Context: PVOID, Attributes: ULONG) -> PVOID {
    let address = kernel.part::<Pool>().allocate(
        kernel,
        size_of::<ExTimer>(),
        u32::from_le_bytes(*b"ExTm"),
        false,
    );
    if address != 0 {
        Header(address).initialize(kind::NOTIFICATION_TIMER, 0);
        // SAFETY: the caller passes an EXT_CALLBACK or null, both of which the option holds.
        let callback = unsafe {
            std::mem::transmute::<PVOID, Option<unsafe extern "C" fn(PVOID, PVOID)>>(Callback)
        };
        let timer = address as *mut ExTimer;
        // SAFETY: just allocated, with room for one.
        unsafe {
            ((*timer).callback, (*timer).context) = (callback, Context);
            (*timer).precise = Attributes & HIGH_RESOLUTION != 0;
        }
    }
    address as PVOID
}

fn ExSetTimer(
    kernel: &Kernel,
    Timer: PVOID,
    DueTime: i64,
    Period: i64,
    _parameters: PVOID,
) -> BOOLEAN {
    BOOLEAN::from(set_ex_timer(kernel, Timer as usize, kernel.due(DueTime), Period.unsigned_abs()))
}

fn ExCancelTimer(kernel: &Kernel, Timer: PVOID, _parameters: PVOID) -> BOOLEAN {
    BOOLEAN::from(cancel_timer(kernel, Timer as usize))
}

fn ExDeleteTimer(
    kernel: &Kernel,
    Timer: PVOID,
    _cancel: BOOLEAN,
    _wait: BOOLEAN,
    _parameters: PVOID,
) -> BOOLEAN {
    let was_set = cancel_timer(kernel, Timer as usize);
    kernel.part::<Pool>().free(kernel, Timer as usize, None);
    BOOLEAN::from(was_set)
}

services! {
    /// Waits and what they wait for.
    services:
    KeInitializeEvent: ANY;
    KeSetEvent: DISPATCH;
    KePulseEvent: DISPATCH;
    KeClearEvent: DISPATCH;
    KeResetEvent: DISPATCH;
    KeReadStateEvent: DISPATCH;
    KeInitializeMutex: ANY;
    KeReleaseMutex: DISPATCH;
    KeReadStateMutex: DISPATCH;
    KeInitializeSemaphore: ANY;
    KeReleaseSemaphore: DISPATCH;
    KeReadStateSemaphore: DISPATCH;
    KeWaitForSingleObject: DISPATCH;
    KeWaitForMultipleObjects: DISPATCH;
    KeDelayExecutionThread: APC;
    KeStallExecutionProcessor: ANY;
    KeInitializeDpc: ANY;
    KeInsertQueueDpc: ANY;
    KeRemoveQueueDpc: ANY;
    KeFlushQueuedDpcs: PASSIVE;
    KeSetImportanceDpc: ANY;
    KeSetTargetProcessorDpc: ANY;
    KeInitializeTimer: ANY;
    KeInitializeTimerEx: ANY;
    KeSetTimer: DISPATCH;
    KeSetTimerEx: DISPATCH;
    KeSetCoalescableTimer: DISPATCH;
    KeCancelTimer: DISPATCH;
    KeReadStateTimer: DISPATCH;
    ExAllocateTimer: DISPATCH;
    ExSetTimer: DISPATCH;
    ExCancelTimer: DISPATCH;
    ExDeleteTimer: DISPATCH;
}
