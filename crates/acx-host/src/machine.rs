//! The public interface of the host: build a machine, load a driver, plug a device, open its
//! interfaces, move time.

mod client;
pub mod control;
mod error;
mod library;
mod node;

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use acx_client::{File, System};
use acx_sys::{
    DEVPROPKEY, DRIVER_OBJECT, GUID, NT_SUCCESS, NTSTATUS, PDRIVER_OBJECT, POWER_ACTION,
    PUNICODE_STRING, UNICODE_STRING,
};
use parking_lot::{Mutex, MutexGuard};

use crate::acx::assumptions::{self, Assumptions};
use crate::acx::circuit;
use crate::acx::event::PnpEvents;
use crate::acx::factory;
use crate::acx::manager;
pub use crate::acx::stream::StateCall;
use crate::acx::stream::Streams;
use crate::image::{Image, Loaded as LoadedImage};
use crate::kernel::abi::Convention;
use crate::kernel::call::invoke;
use crate::kernel::callback as kernel_callback;
use crate::kernel::driver;
use crate::kernel::failed::FailedCalls;
pub use crate::kernel::failed::{FailedCall, Status};
use crate::kernel::failure::Failures;
use crate::kernel::function::Export;
use crate::kernel::loaded::{self, Loaded};
use crate::kernel::object::{self, Object};
use crate::kernel::pool::Pool;
pub use crate::kernel::registry::Setting;
use crate::kernel::registry::{self, Registry};
use crate::kernel::report::Report;
use crate::kernel::security::{Clients, Token};
use crate::kernel::thread::Threads;
use crate::kernel::trace::{Session, TraceEvent};
use crate::kernel::{self, Configuration, Kernel, Pace, gate, namespace};
use crate::ks::{self, Requests};
use crate::wdf::callback;
use crate::wdf::device::{self, Devices, Power};
use crate::wdf::framework;
use crate::wdf::{init, loader, pnp, power};
pub use client::Client;
pub use control::{DeviceFile, Sent};
pub use error::HostError;
pub use node::DeviceNode;

/// A driver linked into this process.
#[derive(Clone, Copy, Debug)]
pub struct LinkedImage {
    /// Its name, for reports.
    pub name: &'static str,
    /// Its `FxDriverEntry`.
    pub entry: EntryPoint,
}

/// `FxDriverEntry` of a linked-in driver, in the process's calling convention.
pub type EntryPoint = unsafe extern "C" fn(PDRIVER_OBJECT, PUNICODE_STRING) -> NTSTATUS;

/// Builds a machine.
#[derive(Clone, Copy, Debug)]
pub struct Builder {
    real: bool,
    threaded: bool,
    delays: u64,
    frequency: u64,
    uptime: Duration,
    seed: u64,
    page_protection: bool,
    patience: Duration,
    assumptions: Assumptions,
}

impl Default for Builder {
    fn default() -> Self {
        Self {
            real: false,
            threaded: false,
            delays: 0,
            frequency: 10_000_000,
            uptime: Duration::from_secs(3600),
            seed: 0,
            page_protection: true,
            patience: Duration::from_secs(60),
            assumptions: Assumptions::default(),
        }
    }
}

impl Builder {
    /// Uses real time, from the monotonic clock; otherwise time is virtual.
    #[must_use]
    pub fn real_time(mut self, real: bool) -> Self {
        self.real = real;
        self
    }

    /// Lets any thread use the machine. The driver's code then runs on many threads at once: on
    /// those of clients, on two of the machine's own that run timers at `DISPATCH_LEVEL` like two
    /// processors, and on two that run work items. Time is then real. Otherwise one thread uses a
    /// machine, and everything runs on it.
    #[must_use]
    pub fn threaded(mut self, threaded: bool) -> Self {
        self.threaded = threaded;
        self
    }

    /// The seed of random delays in a threaded machine, at calls into the driver, returns from it,
    /// and its calls of the system. They produce rare interleavings of threads. 0 (the default) for
    /// none.
    #[must_use]
    pub fn delays(mut self, seed: u64) -> Self {
        self.delays = seed;
        self
    }

    /// Ticks of the performance counter per second (10 MHz).
    #[must_use]
    pub fn qpc_frequency(mut self, frequency: u64) -> Self {
        self.frequency = frequency.max(1);
        self
    }

    /// The machine's uptime at the start of the test (an hour).
    #[must_use]
    pub fn uptime(mut self, uptime: Duration) -> Self {
        self.uptime = uptime;
        self
    }

    /// The seed of the order in which timers due at the same tick expire. 0 (the default) for the
    /// order in which they were set.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Whether pageable code and paged pool are inaccessible at `DISPATCH_LEVEL` (the default).
    /// Each change of the level then takes two system calls, which a benchmark of the driver must
    /// not count. Without it, uses of paged memory at that level are not detected.
    #[must_use]
    pub fn page_protection(mut self, page_protection: bool) -> Self {
        self.page_protection = page_protection;
        self
    }

    /// The wait of a thread for another one in a threaded machine after which it counts as a
    /// deadlock (a minute).
    #[must_use]
    pub fn patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// The host's behaviour where ACX's documentation is silent.
    #[must_use]
    pub fn assumptions(mut self, assumptions: Assumptions) -> Self {
        self.assumptions = assumptions;
        self
    }

    /// The machine.
    pub fn build(self) -> Machine {
        let pace =
            if self.real || self.threaded { Pace::Real(Instant::now()) } else { Pace::Virtual };
        let ticks = self.uptime.as_nanos() * u128::from(self.frequency) / 1_000_000_000;
        let threads = Threads::new(self.threaded, self.delays);
        let configuration = Configuration {
            pace,
            frequency: self.frequency,
            ticks: ticks as u64,
            seed: self.seed,
            patience: self.patience,
        };
        let kernel = kernel::boot(configuration, threads, self.page_protection);
        assumptions::set(&kernel, self.assumptions);
        #[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
        crate::nt::thread::install(&kernel);
        crate::acx::library::install(&kernel);
        namespace::register(&kernel, control::open_target);
        let run = |work: fn(&Kernel)| {
            let kernel = kernel.clone();
            std::thread::spawn(move || work(&kernel))
        };
        let jobs: [fn(&Kernel); 4] =
            [Kernel::run_timers, Kernel::run_timers, Kernel::run_work, Kernel::run_work];
        let jobs = if self.threaded { &jobs[..] } else { &[] };
        Machine { threads: jobs.iter().map(|job| run(*job)).collect(), kernel }
    }
}

/// The power state that the system enters from S0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SystemPower {
    /// S1 to S3.
    Sleep,
    /// S4.
    Hibernate,
    /// S5. Devices do not come back.
    Shutdown,
}

/// The names of the KMDF functions that the host has. A call of another one is reported as a gap.
pub fn kmdf_functions() -> Vec<&'static str> {
    loader::names()
}

/// Memory that a driver has allocated and not freed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Allocations {
    /// Blocks of pool.
    pub blocks: usize,
    /// Their size in bytes, as requested by the driver.
    pub bytes: usize,
    /// MDLs.
    pub mdls: usize,
    /// Framework objects.
    pub objects: usize,
}

/// One simulated PC. One thread uses it, unless it is [threaded](Builder::threaded).
#[derive(Debug)]
pub struct Machine {
    kernel: Arc<Kernel>,
    /// Its own threads.
    threads: Vec<JoinHandle<()>>,
}

impl Drop for Machine {
    fn drop(&mut self) {
        if !self.threads.is_empty() {
            self.kernel.end_threads();
        }
        for thread in self.threads.drain(..) {
            if let Err(panic) = thread.join()
                && !std::thread::panicking()
            {
                std::panic::resume_unwind(panic);
            }
        }
    }
}

/// The form of a driver: an image, or linked in.
fn convention_of(image: Option<&LoadedImage>) -> Convention {
    if image.is_some() { Convention::Windows } else { Convention::C }
}

/// Linked-in drivers have one set of globals per process, so they take turns.
static TURN: Mutex<()> = Mutex::new(());

/// A loaded driver. Unloaded when dropped.
pub struct Driver<'machine> {
    machine: &'machine Machine,
    /// See [`loaded`].
    number: u32,
    object: Box<DRIVER_OBJECT>,
    /// Drivers that are used together with it as one.
    beside: Vec<Self>,
    /// Last, so that they are dropped when no code of the driver can run any more.
    _image: Option<LoadedImage>,
    _turn: Option<MutexGuard<'static, ()>>,
}

impl Machine {
    /// A builder with virtual time, a counter of 10 MHz and an hour of uptime.
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// The findings of the run so far.
    pub fn report(&self) -> &Report {
        self.kernel.report()
    }

    /// The requests of all clients so far.
    pub fn requests(&self) -> Requests {
        let _inside = self.kernel.enter();
        ks::requests(&self.kernel)
    }

    /// Sets a value of the device's key: a number (REG_DWORD) or text (REG_SZ).
    pub fn set_registry(&self, name: &str, value: impl Into<Setting>) {
        let _inside = self.kernel.enter();
        self.kernel.part::<Registry>().settings.borrow_mut().push((name.to_owned(), value.into()));
        let keys: Vec<String> = self
            .kernel
            .part::<Devices>()
            .all
            .borrow()
            .iter()
            .map(|device| device::body(device).hardware_key())
            .collect();
        for key in keys {
            registry::apply_settings(&self.kernel, &key);
        }
    }

    /// The text that the driver printed for a debugger so far.
    pub fn debug_output(&self) -> String {
        let _inside = self.kernel.enter();
        self.kernel.part::<Loaded>().debug_output.borrow().clone()
    }

    /// The size of all contexts of the driver's objects in bytes.
    pub fn context_bytes(&self) -> usize {
        let _inside = self.kernel.enter();
        object::context_bytes(&self.kernel)
    }

    /// Takes the driver's trace events since the last call, oldest first. The buffer is bounded:
    /// the oldest events are dropped. Events are decoded lazily.
    pub fn take_trace(&self) -> impl Iterator<Item = TraceEvent> + use<> {
        let _inside = self.kernel.enter();
        self.kernel.part::<Session>().take()
    }

    /// The driver's trace events since the last [`take_trace`](Self::take_trace), without taking
    /// them.
    pub fn trace(&self) -> Vec<TraceEvent> {
        let _inside = self.kernel.enter();
        self.kernel.part::<Session>().events()
    }

    /// Keeps the files that drivers write in `folder`, instead of a temporary folder.
    #[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
    pub fn keep_files_in(&self, folder: &std::path::Path) {
        let _inside = self.kernel.enter();
        self.kernel.part::<crate::nt::sandbox::Sandbox>().keep_in(folder);
    }

    /// Loads a linked-in driver, beside loaded images. Waits while another thread has such a driver
    /// loaded.
    ///
    /// # Errors
    ///
    /// [`HostError::Load`], [`HostError::LoadedTwice`], [`HostError::LinkedTwice`].
    pub fn load(&self, image: LinkedImage) -> Result<Driver<'_>, HostError> {
        let linked = {
            let _inside = self.kernel.enter();
            self.kernel.part::<Loaded>().linked()
        };
        if let Some(other) = linked {
            let other = other.service.clone();
            return Err(HostError::LinkedTwice { name: image.name.to_owned(), other });
        }
        // A test that panicked with a driver loaded leaves globals that the next bind overwrites.
        let turn = TURN.lock();
        self.enter_driver(image.name, image.entry, None, Some(turn))
    }

    /// Loads a driver from a .sys file, beside other loaded drivers. Each machine has its own copy,
    /// so images of different machines do not wait for each other.
    ///
    /// # Errors
    ///
    /// [`HostError::Image`], [`HostError::Load`], [`HostError::LoadedTwice`].
    pub fn load_image(&self, image: &Image) -> Result<Driver<'_>, HostError> {
        let libraries = RefCell::new(HashMap::new());
        let find = |name: &str, function: &str| {
            let mut libraries = libraries.borrow_mut();
            let known: &mut Option<Vec<Export>> =
                libraries.entry(name.to_owned()).or_insert_with(|| library::exports(name));
            let found = known.iter().flatten().find(|own| own.name == function);
            found.map(|own| own.windows as usize)
        };
        let loaded = image.load(find)?;
        // SAFETY: the entry point of a driver image has this shape, in the convention of images.
        let entry = unsafe { std::mem::transmute::<usize, EntryPoint>(loaded.entry) };
        self.enter_driver(&image.service(), entry, Some(loaded), None)
    }

    fn enter_driver(
        &self,
        name: &str,
        entry: EntryPoint,
        mut image: Option<LoadedImage>,
        turn: Option<MutexGuard<'static, ()>>,
    ) -> Result<Driver<'_>, HostError> {
        let _inside = self.kernel.enter();
        if self.kernel.part::<Loaded>().find(name).is_some() {
            return Err(HostError::LoadedTwice { name: name.to_owned() });
        }
        let mut object = Box::<DRIVER_OBJECT>::default();
        let address = &raw const *object as usize;
        let places = image.as_mut().and_then(|image| image.places.take());
        let convention = convention_of(image.as_ref());
        let number = loaded::add(&self.kernel, name, address, convention, places);
        loaded::on_behalf(&self.kernel, number, || {
            self.kernel.part::<Registry>().create(&driver::parameters_key(&self.kernel));
            registry::apply_settings(&self.kernel, &driver::hardware_key(&self.kernel));
        });
        let path = format!("\\Registry\\Machine\\System\\CurrentControlSet\\Services\\{name}");
        let mut path: Vec<u16> = path.encode_utf16().chain([0]).collect();
        let bytes = (path.len() as u16 - 1) * 2;
        let mut path =
            UNICODE_STRING { Length: bytes, MaximumLength: bytes + 2, Buffer: path.as_mut_ptr() };
        let arguments = (&raw mut *object, &raw mut path);
        let status = invoke(&self.kernel, &kernel_callback::FxDriverEntry, 0, entry, arguments);
        if NT_SUCCESS(status) {
            Ok(Driver {
                machine: self,
                number,
                object,
                beside: Vec::new(),
                _image: image,
                _turn: turn,
            })
        } else {
            loaded::remove(&self.kernel, number);
            Err(HostError::Load { name: name.to_owned(), status })
        }
    }

    /// Creates a program that runs with this token. The machine itself opens files as an elevated
    /// administrator.
    pub fn as_client(&self, token: Token) -> Client<'_> {
        Client::new(&self.kernel, token)
    }

    fn first_client(&self) -> Client<'_> {
        Client::first(&self.kernel)
    }

    /// Whether drivers get requests in a system thread, instead of the client's own thread (the
    /// default). Windows' behaviour is not documented.
    pub fn dispatch_in_system(&self, in_system: bool) {
        let _inside = self.kernel.enter();
        self.kernel.part::<Clients>().dispatch_in_system(in_system);
    }

    /// The same as [`Client::open_device`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn open_device(&self, name: &str) -> Result<DeviceFile, NTSTATUS> {
        self.first_client().open_device(name)
    }

    /// The names of factories without a circuit: no template requests one, or the template is not
    /// complete.
    pub fn idle_factories(&self) -> Vec<String> {
        let _inside = self.kernel.enter();
        let all = factory::all(&self.kernel).into_iter().filter(|(_, has_made)| !has_made);
        all.map(|(factory, _)| factory.name.clone()).collect()
    }

    /// The circuits that composite endpoints wait for: each endpoint has at least one of its
    /// circuits, and is made when it has all.
    pub fn missing_circuits(&self) -> Vec<String> {
        let _inside = self.kernel.enter();
        manager::missing(&self.kernel)
    }

    /// Requests a circuit from the factory of this name, like another driver. The circuit exists
    /// when PnP has started its device.
    ///
    /// # Errors
    ///
    /// The driver's status; STATUS_OBJECT_NAME_NOT_FOUND if there is no such factory.
    pub fn ask_factory(&self, name: &str) -> Result<(), NTSTATUS> {
        let _inside = self.kernel.enter();
        let turn = gate::pnp(&self.kernel);
        factory::ask(&self.kernel, name)?;
        drop(turn);
        self.kernel.settle();
        Ok(())
    }

    /// Calls the driver's code like a system thread: its framework calls go to this machine.
    pub fn inside<T>(&self, work: impl FnOnce() -> T) -> T {
        let _inside = self.kernel.enter();
        self.kernel.outside(work)
    }

    /// Advances time without running due timers: a stall of the whole machine.
    pub fn stall(&self, span: Duration) {
        let _inside = self.kernel.enter();
        self.kernel.stall(span);
    }

    /// The number of framework and kernel functions that the driver has called so far, including
    /// locks, timers, notifications and clock readings.
    pub fn driver_calls(&self) -> u64 {
        let _inside = self.kernel.enter();
        self.kernel.calls_entered()
    }

    /// The number of changes of the page protection: at each change of the IRQL to and from
    /// DISPATCH_LEVEL, [if enabled](Builder::page_protection).
    pub fn page_changes(&self) -> u64 {
        let _inside = self.kernel.enter();
        self.kernel.page_changes()
    }

    /// Delays all timers by this much from now on.
    pub fn set_timer_lateness(&self, late: Duration) {
        let _inside = self.kernel.enter();
        self.kernel.set_lateness(late);
    }

    /// Delays the next timer by this much, once; all others keep their time. Returns whether one is
    /// set.
    pub fn delay_next_timer(&self, late: Duration) -> bool {
        let _inside = self.kernel.enter();
        self.kernel.delay_next(late)
    }

    /// Fault injection: of the driver's fallible calls (allocations, and framework functions that
    /// return a status), lets `calls` succeed and makes the next one fail for lack of resources,
    /// once. None lets all succeed.
    pub fn fail_after(&self, calls: Option<u64>) {
        self.fail_at(calls.as_slice());
    }

    /// Like [`fail_after`](Self::fail_after), for several calls: those at these numbers fail,
    /// counted from 0 from now on.
    pub fn fail_at(&self, calls: &[u64]) {
        let _inside = self.kernel.enter();
        self.kernel.part::<Failures>().fail_at(calls);
    }

    /// Runs `work`, whose calls neither fail nor count.
    pub fn without_failures<T>(&self, work: impl FnOnce() -> T) -> T {
        let quiet = |is_quiet| {
            let _inside = self.kernel.enter();
            self.kernel.part::<Failures>().set_quiet(is_quiet)
        };
        let outer = quiet(true);
        let done = work();
        quiet(outer);
        done
    }

    /// The last calls and callbacks of the driver that returned an error, oldest first.
    pub fn last_failed_calls(&self) -> Vec<FailedCall> {
        let _inside = self.kernel.enter();
        self.kernel.part::<FailedCalls>().all()
    }

    /// The number of times that a timer of the driver has woken the processor.
    pub fn wake_ups(&self) -> u64 {
        let _inside = self.kernel.enter();
        self.kernel.wake_ups()
    }

    /// Takes the custom PnP events that the driver has raised since the last call: their ids and
    /// payloads.
    pub fn take_pnp_events(&self) -> Vec<(GUID, Vec<u8>)> {
        let _inside = self.kernel.enter();
        self.kernel.part::<PnpEvents>().raised.take()
    }

    /// Starts recording the driver's fallible calls, for
    /// [`take_fallible_calls`](Self::take_fallible_calls).
    pub fn record_fallible_calls(&self) {
        let _inside = self.kernel.enter();
        self.kernel.part::<Failures>().record();
    }

    /// The calls since [`record_fallible_calls`](Self::record_fallible_calls), in order;
    /// [`fail_after`](Self::fail_after) takes an index into them. Ends the recording.
    pub fn take_fallible_calls(&self) -> Vec<&'static str> {
        let _inside = self.kernel.enter();
        self.kernel.part::<Failures>().take_recorded()
    }

    /// Starts recording the functions that the driver calls, and its callbacks.
    pub fn record_calls(&self) {
        let _inside = self.kernel.enter();
        self.kernel.record_calls();
    }

    /// Their names since [`record_calls`](Self::record_calls). Ends the recording. Very frequent
    /// functions are not included.
    pub fn take_calls(&self) -> BTreeSet<&'static str> {
        let _inside = self.kernel.enter();
        self.kernel.take_calls()
    }

    /// The injected failures so far, in order.
    pub fn failed_calls(&self) -> Vec<&'static str> {
        let _inside = self.kernel.enter();
        self.kernel.part::<Failures>().failed()
    }

    /// The first of [`failed_calls`](Self::failed_calls), if it has occurred.
    pub fn failed_call(&self) -> Option<&'static str> {
        self.failed_calls().first().copied()
    }

    /// The driver's current allocations.
    pub fn allocations(&self) -> Allocations {
        let _inside = self.kernel.enter();
        let (blocks, bytes) = self.kernel.part::<Pool>().allocated();
        Allocations {
            blocks,
            bytes,
            mdls: self.kernel.part::<Pool>().mdls(),
            objects: object::count(&self.kernel),
        }
    }

    /// The driver's peak use of pool in bytes.
    pub fn pool_peak(&self) -> usize {
        let _inside = self.kernel.enter();
        self.kernel.part::<Pool>().peak()
    }

    /// The system leaves S0: every device enters D3, and WdfDeviceGetSystemPowerAction returns the
    /// action.
    pub fn leave_s0(&self, to: SystemPower) {
        let _inside = self.kernel.enter();
        let _turn = gate::pnp(&self.kernel);
        power::system_down(
            &self.kernel,
            match to {
                SystemPower::Sleep => POWER_ACTION::PowerActionSleep,
                SystemPower::Hibernate => POWER_ACTION::PowerActionHibernate,
                SystemPower::Shutdown => POWER_ACTION::PowerActionShutdown,
            },
        );
    }

    /// The system returns to S0: the devices that were powered down with it are powered up.
    ///
    /// # Errors
    ///
    /// [`HostError::Start`].
    pub fn return_to_s0(&self) -> Result<(), HostError> {
        let _inside = self.kernel.enter();
        let _turn = gate::pnp(&self.kernel);
        power::system_up(&self.kernel).map_err(|status| HostError::Start { status })
    }

    /// Starts recording the streams' state callbacks, for
    /// [`take_state_calls`](Self::take_state_calls).
    pub fn record_state_calls(&self) {
        let _inside = self.kernel.enter();
        *self.kernel.part::<Streams>().state_calls.borrow_mut() = Some(Vec::new());
    }

    /// The state callbacks since the last call, in order.
    pub fn take_state_calls(&self) -> Vec<StateCall> {
        let _inside = self.kernel.enter();
        self.kernel
            .part::<Streams>()
            .state_calls
            .borrow_mut()
            .as_mut()
            .map(std::mem::take)
            .unwrap_or_default()
    }
}

/// As the machine's initial program, an elevated administrator's.
impl System for Machine {
    fn interfaces(&self, category: &GUID) -> Vec<String> {
        self.first_client().interfaces(category)
    }

    fn open(&self, name: &str) -> Result<File, NTSTATUS> {
        self.first_client().open(name)
    }

    fn interface_property(&self, link: &str, key: &DEVPROPKEY) -> Option<Vec<u8>> {
        self.first_client().interface_property(link, key)
    }

    fn create_event(&self) -> u64 {
        self.first_client().create_event()
    }

    fn wait_any(&self, events: &[u64], timeout: Duration) -> Option<usize> {
        self.first_client().wait_any(events, timeout)
    }

    fn sleep(&self, span: Duration) {
        self.first_client().sleep(span);
    }

    fn qpc(&self) -> u64 {
        self.kernel.qpc()
    }

    fn qpc_frequency(&self) -> u64 {
        self.kernel.qpc_frequency()
    }
}

impl<'machine> Driver<'machine> {
    /// Treats both as one: [`add_device`](Self::add_device) plugs a device of each, in this order,
    /// and operations on the node apply to all of them. This one is unloaded first.
    #[must_use]
    pub fn with(mut self, other: Driver<'machine>) -> Self {
        self.beside.push(other);
        self
    }

    /// Plugs a device: EvtDriverDeviceAdd, then its start.
    ///
    /// # Errors
    ///
    /// [`HostError::Start`]; the device is gone then. [`HostError::NoDevice`].
    pub fn add_device(&self) -> Result<DeviceNode<'_>, HostError> {
        let kernel = &self.machine.kernel;
        let _inside = kernel.enter();
        let mut node = self.add(None)?;
        for other in &self.beside {
            node.join(other.add_device()?);
        }
        Ok(node)
    }

    /// Plugs a device of this driver on top of the stack at an instance path: a filter above
    /// another driver's device, or the function device of a child that another driver has created.
    /// It is removed with that device, or before.
    ///
    /// # Errors
    ///
    /// [`HostError::NoStack`], and as [`add_device`](Self::add_device).
    pub fn add_device_on(&self, instance: &str) -> Result<DeviceNode<'_>, HostError> {
        let kernel = &self.machine.kernel;
        let _inside = kernel.enter();
        let below = device::top_of(kernel, instance)
            .filter(|below| matches!(device::body(below).power(), Power::D0 | Power::D3))
            .ok_or_else(|| HostError::NoStack { instance: instance.to_owned() })?;
        self.add(Some(&below))
    }

    fn add(&self, below: Option<&Rc<Object>>) -> Result<DeviceNode<'_>, HostError> {
        let kernel = &self.machine.kernel;
        let device = loaded::on_behalf(kernel, self.number, || pnp::add(kernel, below))
            .map_err(|status| HostError::Start { status })?;
        let node = DeviceNode::new(kernel, device.ok_or(HostError::NoDevice)?);
        node.start()?;
        kernel.settle();
        Ok(node)
    }
}

impl Drop for Driver<'_> {
    /// EvtDriverUnload, unbinding, and then nothing of the driver may be left.
    fn drop(&mut self) {
        let kernel = &self.machine.kernel;
        let _inside = kernel.enter();
        let number = self.number;
        let before = kernel.set_driver(number);
        let own = framework::of(kernel, number);
        let driver = own.driver.borrow().as_ref().map(|driver| driver.handle());
        if let (Some(driver), Some(unload)) = (driver, own.driver_unload.get()) {
            invoke(
                kernel,
                &callback::EvtDriverUnload,
                driver,
                unload,
                (driver as acx_sys::WDFDRIVER,),
            );
        }
        if let Some(unload) = self.object.DriverUnload {
            invoke(kernel, &kernel_callback::DriverUnload, 0, unload, (&raw mut *self.object,));
        }
        kernel.settle();
        circuit::check_inits(kernel, number);
        factory::check_inits(kernel, number);
        init::check(kernel, number);
        #[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
        crate::nt::library::check_empty(kernel, number);
        kernel.part::<Session>().check_empty(kernel, number);
        kernel.part::<Clients>().check_empty(kernel, number);
        object::check_empty(kernel, number);
        kernel.part::<Pool>().check_empty(kernel, number);
        kernel.set_driver(before);
        loaded::remove(kernel, number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_has_been_up_for_an_hour_at_10_mhz_unless_its_builder_says_otherwise() {
        let machine = Machine::builder().build();
        assert_eq!((machine.qpc(), machine.qpc_frequency()), (36_000_000_000, 10_000_000));
        let uptime = Duration::from_millis(2_500);
        let machine = Machine::builder().qpc_frequency(3_000_000).uptime(uptime).build();
        assert_eq!((machine.qpc(), machine.qpc_frequency()), (7_500_000, 3_000_000));
        // No counter stands still.
        let machine = Machine::builder().qpc_frequency(0).uptime(uptime).build();
        assert_eq!((machine.qpc(), machine.qpc_frequency()), (2, 1));
        machine.sleep(Duration::from_millis(1_500));
        assert_eq!(machine.qpc(), 4);
    }
}
