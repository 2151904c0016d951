//! KMDF timers, at `DISPATCH_LEVEL`, or on a system thread if their execution level is passive.
//! Source: wdftimer.h pages.

use std::cell::Cell;
use std::rc::{Rc, Weak};

use acx_sys::*;

use crate::kernel::Kernel;
use crate::kernel::abi::status;
use crate::kernel::abi::{read, write};
use crate::kernel::attributes::{self, Limits};
use crate::kernel::call::invoke;
use crate::kernel::function::entries;
use crate::kernel::object;
use crate::kernel::object::{Object, Ref};
use crate::kernel::report::Rule;
use crate::kernel::thread::this_thread;
use crate::wdf::callback;
use crate::wdf::device::Device;
use crate::wdf::lock;

struct Timer {
    function: PFN_WDF_TIMER,
    period: u32,
    /// The kernel's timer that it was last queued with, unless it was taken back.
    queued: Cell<Option<u64>>,
    /// It has expired, and its callback has not been called yet.
    waiting: Cell<bool>,
    /// The thread that its callback runs on, or 0.
    running: Cell<usize>,
    passive: bool,
    /// UseHighResolutionTimer: it expires independently of the system's clock tick.
    precise: bool,
    /// The lock that its callback runs under.
    lock: Option<Weak<Object>>,
    /// A thread waits in WdfTimerStop.
    stopping: Cell<bool>,
    /// It was started during the wait, which had no effect.
    start_aborted: Cell<bool>,
}

impl Ref<Timer> {
    fn run(&self, kernel: &Kernel) {
        if let Some(function) = self.function {
            // One after the other, unless it is taken back meanwhile.
            kernel.wait_for("EvtTimerFunc", || self.running.get() == 0);
            if !self.waiting.take() || !self.object().is_alive() {
                return;
            }
            self.running.set(this_thread());
            let lock = self.lock.as_ref().and_then(Weak::upgrade);
            lock::synchronized(kernel, lock.as_ref(), || {
                let arguments = (self.object().as_ptr(),);
                invoke(kernel, &callback::EvtTimerFunc, self.handle(), function, arguments);
            });
            self.running.set(0);
            kernel.wake();
        }
    }

    /// Cancels it, and returns whether it was queued.
    fn take_back(&self, kernel: &Kernel) -> bool {
        let waited = self.waiting.take();
        self.queued.take().is_some_and(|id| kernel.cancel(id)) || waited
    }

    /// Cancels it, and waits for a callback in progress on another thread. A start during the wait
    /// has no effect. Returns whether it was queued, or started during the wait. Source:
    /// fxtimer.cpp, Stop, Start.
    fn stop(&self, kernel: &Kernel) -> bool {
        if self.stopping.replace(true) {
            let what = "two threads wait in WdfTimerStop for the same timer".to_owned();
            kernel.violate(Rule::Deadlock, what);
        }
        self.start_aborted.set(false);
        let was_queued = self.take_back(kernel);
        if self.running.get() != this_thread() {
            kernel.wait_for("EvtTimerFunc", || self.running.get() == 0);
        }
        self.stopping.set(false);
        was_queued || self.start_aborted.get()
    }
}

/// The object of a weak count, while it lives.
fn alive(weak: &Weak<Object>) -> Option<Ref<Timer>> {
    weak.upgrade().filter(|object| object.is_alive()).and_then(Ref::of)
}

fn queue(kernel: &Kernel, timer: &Ref<Timer>, due: u64) {
    let weak = Rc::downgrade(timer.object());
    let expiry = Rc::new(move |kernel: &Kernel| {
        let Some(timer) = alive(&weak) else { return };
        if timer.period > 0 {
            queue(kernel, &timer, due + kernel.ticks_of(u64::from(timer.period) * 10_000));
        }
        timer.waiting.set(true);
        if timer.passive {
            let weak = weak.clone();
            kernel.queue_work(move |kernel| {
                if let Some(timer) = alive(&weak) {
                    timer.run(kernel);
                }
            });
        } else {
            timer.run(kernel);
        }
    });
    let due = if timer.precise { due } else { kernel.on_tick(due) };
    timer.queued.set(Some(kernel.schedule(due, expiry)));
}

/// Returns whether `object` or an ancestor is a device: a timer, DPC or work item needs one.
pub(super) fn has_device(object: &Rc<Object>) -> bool {
    std::iter::successors(Some(object.clone()), |object| object.parent())
        .any(|object| object.body::<Device>().is_some())
}

/// Returns the parent of a timer, DPC or work item: it is given, and leads to a device. Source:
/// fxtimer.cpp, fxdpc.cpp, fxworkitem.cpp, `Initialize`.
pub(super) fn parent_with_device(
    kernel: &Kernel,
    kind: &'static str,
    attributes: PWDF_OBJECT_ATTRIBUTES,
) -> Result<Rc<Object>, NTSTATUS> {
    attributes::check(kernel, kind, attributes, Limits::of(kind))?;
    let given = read(attributes).ok_or(STATUS_INVALID_PARAMETER)?;
    let parent = object::any(kernel, given.ParentObject as usize)?;
    if has_device(&parent) {
        return Ok(parent);
    }
    kernel.violate(Rule::WrongParent, format!("no device is above a {kind}"));
    Err(STATUS_INVALID_DEVICE_REQUEST)
}

/// wdfstatus.h.
const STATUS_WDF_INCOMPATIBLE_EXECUTION_LEVEL: NTSTATUS = 0xC020_020C_u32.cast_signed();

/// The lock that the callbacks of a timer, DPC or work item are made under, if it is serialized
/// with its parent's: the levels of both have to be the same. Source: fxobject.cpp,
/// `_GetEffectiveLock`.
pub(super) fn serialization(
    kernel: &Kernel,
    parent: &Rc<Object>,
    automatic: BOOLEAN,
    passive: bool,
) -> Result<Option<Weak<Object>>, NTSTATUS> {
    let Some(lock) = lock::of_callbacks(parent).filter(|_| automatic != 0) else {
        return Ok(None);
    };
    if parent.constraints().passive != passive {
        let what = format!(
            "AutomaticSerialization with a {} of another execution level: clear it, or give both \
             the same level",
            parent.kind()
        );
        kernel.violate(Rule::BadArgument, what);
        return Err(STATUS_WDF_INCOMPATIBLE_EXECUTION_LEVEL);
    }
    Ok(Some(Rc::downgrade(&lock)))
}

/// Checks a WDF_TIMER_CONFIG; returns whether it is for a timer of high resolution. Source:
/// fxtimerapi.cpp, WdfTimerCreate.
fn check_config(
    kernel: &Kernel,
    config: &WDF_TIMER_CONFIG,
    passive: bool,
) -> Result<bool, NTSTATUS> {
    // Older versions of KMDF had no UseHighResolutionTimer, and before that no TolerableDelay.
    if ![40, 32, 24].contains(&config.Size) {
        kernel.violate(Rule::Uninitialized, "WDF_TIMER_CONFIG was not initialized".to_owned());
        return Err(STATUS_INFO_LENGTH_MISMATCH);
    }
    if config.Period > i32::MAX.cast_unsigned() {
        kernel.violate(Rule::BadArgument, "a timer's Period is above MAXLONG".to_owned());
        return Err(STATUS_INVALID_PARAMETER);
    }
    let precise = config.Size == 40 && config.UseHighResolutionTimer != 0;
    if precise && config.TolerableDelay > 0 {
        let what = "a timer of high resolution has a TolerableDelay".to_owned();
        kernel.violate(Rule::BadArgument, what);
        return Err(STATUS_INVALID_PARAMETER);
    }
    if passive && config.Period > 0 {
        let what = "a timer whose execution level is passive has a Period".to_owned();
        kernel.violate(Rule::BadArgument, what);
        return Err(STATUS_NOT_SUPPORTED);
    }
    Ok(precise)
}

/// Source: WdfTimerCreate; fxtimerapi.cpp for the order of the checks.
fn WdfTimerCreate(
    kernel: &Kernel,
    config: PWDF_TIMER_CONFIG,
    attributes: PWDF_OBJECT_ATTRIBUTES,
    handle: *mut WDFTIMER,
) -> NTSTATUS {
    let parent = match parent_with_device(kernel, "WDFTIMER", attributes) {
        Ok(parent) => parent,
        Err(status) => return status,
    };
    let passive = read(attributes).is_some_and(|attributes| {
        attributes.ExecutionLevel == _WDF_EXECUTION_LEVEL::WdfExecutionLevelPassive
    });
    let Some(config) = read(config) else { return STATUS_INVALID_PARAMETER };
    let precise = match check_config(kernel, &config, passive) {
        Ok(precise) => precise,
        Err(status) => return status,
    };
    let lock = match serialization(kernel, &parent, config.AutomaticSerialization, passive) {
        Ok(lock) => lock,
        Err(status) => return status,
    };
    let timer = Timer {
        lock,
        stopping: Cell::default(),
        start_aborted: Cell::default(),
        function: config.EvtTimerFunc,
        period: config.Period,
        queued: Cell::new(None),
        waiting: Cell::default(),
        running: Cell::default(),
        passive,
        precise,
    };
    status(object::create(kernel, "WDFTIMER", timer, attributes, None).map(|object| {
        if let Some(timer) = Ref::<Timer>::of(object.clone()) {
            let weak = Rc::downgrade(timer.object());
            object.on_delete(move |kernel| {
                if let Some(timer) = weak.upgrade().and_then(Ref::<Timer>::of) {
                    timer.stop(kernel);
                }
            });
        }
        write(handle, object.as_ptr());
    }))
}

/// Source: WdfTimerStart: a negative due time is relative, in 100 ns; a positive one is a system
/// time. Returns whether the timer was queued before.
fn WdfTimerStart(kernel: &Kernel, timer: WDFTIMER, due: LONGLONG) -> BOOLEAN {
    let Ok(timer) = object::get::<Timer>(kernel, timer as usize) else { return 0 };
    if !timer.object().is_alive() {
        let what = "WdfTimerStart of a timer that is being deleted".to_owned();
        kernel.violate(Rule::FreedObject, what);
        return 0;
    }
    if timer.stopping.get() {
        timer.start_aborted.set(true);
        return 0;
    }
    let was_queued = timer.take_back(kernel);
    queue(kernel, &timer, kernel.due(due));
    BOOLEAN::from(was_queued)
}

/// Source: WdfTimerStop: PASSIVE_LEVEL to wait. Returns whether the timer was queued. An endless
/// wait is refused, and the timer continues.
fn WdfTimerStop(kernel: &Kernel, timer: WDFTIMER, wait: BOOLEAN) -> BOOLEAN {
    let Ok(timer) = object::get::<Timer>(kernel, timer as usize) else { return 0 };
    let is_high = wait != 0 && kernel.irql() > 0;
    if is_high {
        kernel.violate(Rule::WaitAtDispatch, "WdfTimerStop waits above PASSIVE_LEVEL".to_owned());
    }
    let is_own = wait != 0 && timer.running.get() == this_thread();
    if is_own {
        kernel.violate(
            Rule::Deadlock,
            "WdfTimerStop waits for the callback it is called from: a deadlock".to_owned(),
        );
    }
    if is_high || is_own {
        return 0;
    }
    BOOLEAN::from(if wait != 0 { timer.stop(kernel) } else { timer.take_back(kernel) })
}

entries! {
    /// Timers.
    entries:
    WdfTimerCreate: DISPATCH, fallible;
    WdfTimerStart: DISPATCH;
    WdfTimerStop: DISPATCH;
}
