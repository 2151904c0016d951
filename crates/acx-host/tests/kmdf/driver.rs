//! The driver of these tests: over the raw ABI, with every PnP and power callback, each of which
//! records its name and runs the function that the test planned for it.

use std::ptr::null_mut;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use acx_client::System;
use acx_host::machine::{DeviceNode, Driver, HostError};
use acx_host::{LinkedImage, Machine, Rule};
use acx_sys::ntddk::*;
use acx_sys::*;

/// The action of a device callback.
type Deed = fn(WDFDEVICE);

/// A test's plan for its driver.
#[derive(Clone)]
pub(crate) struct Plan {
    init: fn(PWDFDEVICE_INIT),
    created: fn(WDFDEVICE),
    /// The action and the result of each callback.
    deeds: Vec<(&'static str, Deed)>,
    answers: Vec<(&'static str, NTSTATUS)>,
    request: fn(WDFQUEUE, WDFREQUEST),
    /// What EvtDriverDeviceAdd does with the device's attributes.
    attributes: fn(&mut WDF_OBJECT_ATTRIBUTES),
    /// What EvtDriverDeviceAdd does instead of all that.
    add: Option<fn(PWDFDEVICE_INIT) -> NTSTATUS>,
    is_threaded: bool,
    patience: Duration,
}

impl Plan {
    pub(crate) const fn new() -> Self {
        Self {
            init: |_| {},
            created: |_| {},
            deeds: Vec::new(),
            answers: Vec::new(),
            request: |_, _| {},
            attributes: |_| {},
            add: None,
            is_threaded: false,
            patience: Duration::from_secs(60),
        }
    }

    /// Before WdfDeviceCreate.
    pub(crate) fn init(mut self, deed: fn(PWDFDEVICE_INIT)) -> Self {
        self.init = deed;
        self
    }

    /// After WdfDeviceCreate, in EvtDriverDeviceAdd.
    pub(crate) fn created(mut self, deed: fn(WDFDEVICE)) -> Self {
        self.created = deed;
        self
    }

    /// In the device's callback of this name.
    pub(crate) fn on(mut self, callback: &'static str, deed: fn(WDFDEVICE)) -> Self {
        self.deeds.push((callback, deed));
        self
    }

    /// What the callback answers.
    pub(crate) fn answer(mut self, callback: &'static str, status: NTSTATUS) -> Self {
        self.answers.push((callback, status));
        self
    }

    /// With the attributes of the device.
    pub(crate) fn attributes(mut self, deed: fn(&mut WDF_OBJECT_ATTRIBUTES)) -> Self {
        self.attributes = deed;
        self
    }

    /// What EvtDriverDeviceAdd does and answers, instead of what it usually does.
    pub(crate) fn add(mut self, deed: fn(PWDFDEVICE_INIT) -> NTSTATUS) -> Self {
        self.add = Some(deed);
        self
    }

    /// With each request that a queue presents.
    pub(crate) fn request(mut self, deed: fn(WDFQUEUE, WDFREQUEST)) -> Self {
        self.request = deed;
        self
    }

    /// In a machine of several threads.
    pub(crate) fn threaded(mut self) -> Self {
        self.is_threaded = true;
        self
    }

    /// A wait for another thread counts as a deadlock after so long.
    pub(crate) fn patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// Loads the driver, plugs its device, lets `client` use it, and unloads it.
    pub(crate) fn run(
        self,
        client: impl FnOnce(&Machine, Result<DeviceNode<'_>, HostError>),
    ) -> Run {
        self.run_with(|machine, _, device| client(machine, device))
    }

    /// Like [`run`](Self::run), for a client that plugs more devices.
    pub(crate) fn run_with(
        self,
        client: impl FnOnce(&Machine, &Driver<'_>, Result<DeviceNode<'_>, HostError>),
    ) -> Run {
        static TURN: Mutex<()> = Mutex::new(());
        let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
        notes().clear();
        let (is_threaded, patience) = (self.is_threaded, self.patience);
        *PLAN.lock().unwrap_or_else(PoisonError::into_inner) = self;
        *slots() = [0; 8];
        let machine = Machine::builder().threaded(is_threaded).patience(patience).build();
        {
            let image = LinkedImage { name: "kmdf", entry: fx_driver_entry };
            let driver = machine.load(image).expect("the driver loads");
            let device = driver.add_device();
            client(&machine, &driver, device);
            if !is_threaded {
                machine.sleep(Duration::from_secs(1));
            }
        }
        Run { notes: notes().clone(), machine, _turn: turn }
    }

    /// Like [`run`](Self::run), with a started device without clients.
    pub(crate) fn start(self) -> Run {
        self.run(|machine, device| {
            let device = device.expect("the device starts");
            machine.sleep(Duration::from_secs(1));
            drop(device);
        })
    }
}

/// Waits on a test's thread until another thread sets `flag`.
pub(crate) fn wait_for(flag: &AtomicBool) {
    while !flag.load(Ordering::SeqCst) {
        std::thread::yield_now();
    }
}

/// `deed` is done in EvtDeviceD0Entry of a device that starts.
pub(crate) fn in_d0(deed: fn(WDFDEVICE)) -> Run {
    Plan::new().on("EvtDeviceD0Entry", deed).start()
}

/// The result of a run.
pub(crate) struct Run {
    machine: Machine,
    pub(crate) notes: Vec<String>,
    _turn: MutexGuard<'static, ()>,
}

impl Run {
    /// No rule was broken.
    #[track_caller]
    pub(crate) fn keeps_every_rule(self) -> Self {
        self.breaks(&[])
    }

    /// These rules were broken, in this order, and no other.
    #[track_caller]
    pub(crate) fn breaks(self, rules: &[Rule]) -> Self {
        let found = self.machine.report().violations();
        let broken: Vec<Rule> = found.iter().map(|violation| violation.rule).collect();
        assert_eq!(broken, rules, "{found:#?}");
        assert_eq!(self.machine.report().gaps(), Vec::<&str>::new());
        self
    }

    /// The first violation says this.
    #[track_caller]
    pub(crate) fn saying(self, words: &str) -> Self {
        let found = self.machine.report().violations();
        assert!(found[0].what.contains(words), "'{}' does not say '{words}'", found[0].what);
        self
    }

    /// The entries that the host lacks.
    pub(crate) fn gaps(&self) -> Vec<&'static str> {
        self.machine.report().gaps()
    }

    /// This happened.
    #[track_caller]
    pub(crate) fn has(self, what: &str) -> Self {
        assert!(self.notes.iter().any(|note| note == what), "{what}: {:?}", self.notes);
        self
    }

    /// This happened so often.
    #[track_caller]
    pub(crate) fn counts(self, what: &str, count: usize) -> Self {
        let found = self.notes.iter().filter(|note| *note == what).count();
        assert_eq!(found, count, "{what}: {:?}", self.notes);
        self
    }

    /// These came last, in this order.
    #[track_caller]
    pub(crate) fn ends_with(self, notes: &[&str]) -> Self {
        let start = self.notes.len().saturating_sub(notes.len());
        assert_eq!(&self.notes[start..], notes, "{:?}", self.notes);
        self
    }

    /// The callbacks were these, in this order.
    #[track_caller]
    pub(crate) fn notes(self, notes: &[&str]) -> Self {
        assert_eq!(self.notes, notes);
        self
    }
}

static PLAN: Mutex<Plan> = Mutex::new(Plan::new());
static NOTES: Mutex<Vec<String>> = Mutex::new(Vec::new());
static SLOTS: Mutex<[usize; 8]> = Mutex::new([0; 8]);

/// What happened, in order.
pub(crate) fn notes() -> MutexGuard<'static, Vec<String>> {
    NOTES.lock().unwrap_or_else(PoisonError::into_inner)
}

pub(crate) fn note(what: impl Into<String>) {
    notes().push(what.into());
}

/// Handles that one part of a test leaves for another.
pub(crate) fn slots() -> MutexGuard<'static, [usize; 8]> {
    SLOTS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Stores a handle in a slot.
pub(crate) fn keep<T>(slot: usize, handle: *mut T) {
    slots()[slot] = handle as usize;
}

/// The handle of a slot.
pub(crate) fn kept<T>(slot: usize) -> *mut T {
    slots()[slot] as *mut T
}

/// A queue has presented a request.
pub(crate) fn presented(callback: &str, queue: WDFQUEUE, request: WDFREQUEST) {
    note(callback);
    let deed = plan().request;
    deed(queue, request);
}

fn plan() -> Plan {
    PLAN.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

/// A callback of the device: it records its name, runs its action, and returns its result.
fn called(name: &'static str, device: WDFDEVICE) -> NTSTATUS {
    note(name);
    let plan = plan();
    for (_, deed) in plan.deeds.iter().filter(|(own, _)| *own == name) {
        deed(device);
    }
    let answer = plan.answers.iter().find(|(own, _)| *own == name);
    answer.map_or(STATUS_SUCCESS, |(_, status)| *status)
}

macro_rules! callbacks {
    ($($function:ident = $name:literal ($($argument:ident: $kind:ty),*) $(-> $answer:ty)?;)*) => {
        $(
            unsafe extern "C" fn $function(device: WDFDEVICE $(, $argument: $kind)*) $(-> $answer)? {
                $(let _ = $argument;)*
                let answer = called($name, device);
                callbacks!(@answer answer $($answer)?)
            }
        )*
    };
    (@answer $value:ident $answer:ty) => { $value };
    (@answer $value:ident) => {{ let _ = $value; }};
}

callbacks! {
    d0_entry = "EvtDeviceD0Entry"(previous: WDF_POWER_DEVICE_STATE) -> NTSTATUS;
    d0_entry_late = "EvtDeviceD0EntryPostInterruptsEnabled"(previous: WDF_POWER_DEVICE_STATE)
        -> NTSTATUS;
    d0_exit = "EvtDeviceD0Exit"(target: WDF_POWER_DEVICE_STATE) -> NTSTATUS;
    d0_exit_early = "EvtDeviceD0ExitPreInterruptsDisabled"(target: WDF_POWER_DEVICE_STATE)
        -> NTSTATUS;
    prepare = "EvtDevicePrepareHardware"(raw: WDFCMRESLIST, translated: WDFCMRESLIST) -> NTSTATUS;
    release = "EvtDeviceReleaseHardware"(translated: WDFCMRESLIST) -> NTSTATUS;
    io_cleanup = "EvtDeviceSelfManagedIoCleanup"();
    io_flush = "EvtDeviceSelfManagedIoFlush"();
    io_init = "EvtDeviceSelfManagedIoInit"() -> NTSTATUS;
    io_suspend = "EvtDeviceSelfManagedIoSuspend"() -> NTSTATUS;
    io_restart = "EvtDeviceSelfManagedIoRestart"() -> NTSTATUS;
    surprise = "EvtDeviceSurpriseRemoval"();
    query_remove = "EvtDeviceQueryRemove"() -> NTSTATUS;
    query_stop = "EvtDeviceQueryStop"() -> NTSTATUS;
}

unsafe extern "C" fn device_gone(_device: WDFOBJECT) {
    note("EvtCleanupCallback of the device");
}

unsafe extern "C" fn device_add(_driver: WDFDRIVER, mut init: PWDFDEVICE_INIT) -> NTSTATUS {
    if let Some(add) = plan().add {
        return add(init);
    }
    let mut callbacks = WDF_PNPPOWER_EVENT_CALLBACKS::default();
    WDF_PNPPOWER_EVENT_CALLBACKS_INIT(&mut callbacks);
    callbacks.EvtDeviceD0Entry = Some(d0_entry);
    callbacks.EvtDeviceD0EntryPostInterruptsEnabled = Some(d0_entry_late);
    callbacks.EvtDeviceD0Exit = Some(d0_exit);
    callbacks.EvtDeviceD0ExitPreInterruptsDisabled = Some(d0_exit_early);
    callbacks.EvtDevicePrepareHardware = Some(prepare);
    callbacks.EvtDeviceReleaseHardware = Some(release);
    callbacks.EvtDeviceSelfManagedIoCleanup = Some(io_cleanup);
    callbacks.EvtDeviceSelfManagedIoFlush = Some(io_flush);
    callbacks.EvtDeviceSelfManagedIoInit = Some(io_init);
    callbacks.EvtDeviceSelfManagedIoSuspend = Some(io_suspend);
    callbacks.EvtDeviceSelfManagedIoRestart = Some(io_restart);
    callbacks.EvtDeviceSurpriseRemoval = Some(surprise);
    callbacks.EvtDeviceQueryRemove = Some(query_remove);
    callbacks.EvtDeviceQueryStop = Some(query_stop);
    let mut attributes = WDF_OBJECT_ATTRIBUTES::default();
    WDF_OBJECT_ATTRIBUTES_INIT(&mut attributes);
    attributes.EvtCleanupCallback = Some(device_gone);
    (plan().attributes)(&mut attributes);
    let mut device: WDFDEVICE = null_mut();
    // SAFETY: the framework's init object, in EvtDriverDeviceAdd.
    let status = unsafe {
        WdfDeviceInitSetPnpPowerEventCallbacks(init, &raw mut callbacks);
        (plan().init)(init);
        WdfDeviceCreate(&raw mut init, &raw mut attributes, &raw mut device)
    };
    if NT_SUCCESS(status) {
        (plan().created)(device);
    }
    status
}

fx_driver_entry!(without_acx device_add);

/// Initialized attributes with a parent.
pub(crate) fn child_of(parent: WDFOBJECT) -> WDF_OBJECT_ATTRIBUTES {
    let mut attributes = WDF_OBJECT_ATTRIBUTES::default();
    WDF_OBJECT_ATTRIBUTES_INIT(&mut attributes);
    attributes.ParentObject = parent;
    attributes
}

/// Runs `work` at DISPATCH_LEVEL, and restores the IRQL.
pub(crate) fn at_dispatch_level<T>(work: impl FnOnce() -> T) -> T {
    // SAFETY: any IRQL; it is restored below.
    let before = unsafe { KfRaiseIrql(2) };
    let answer = work();
    // SAFETY: the IRQL that `KfRaiseIrql` returned, on the same thread.
    unsafe { KeLowerIrql(before) };
    answer
}
