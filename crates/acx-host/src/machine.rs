//! The public face of the host: build a machine, load a driver, plug a device, open what it offers, move time.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use acx_sys::{
    _ACX_CIRCUIT_TYPE, _WDF_POWER_DEVICE_STATE, DRIVER_OBJECT, GUID, KSCATEGORY_AUDIO,
    KSCATEGORY_CAPTURE, KSCATEGORY_REALTIME, KSCATEGORY_RENDER, KSCATEGORY_TOPOLOGY, NT_SUCCESS,
    NTSTATUS, PDRIVER_OBJECT, PUNICODE_STRING, STATUS_OBJECT_NAME_NOT_FOUND, UNICODE_STRING,
};

use crate::abi::Convention;
use crate::acx::circuit::Circuit;
use crate::acx::same;
use crate::image::{Image, ImageError, Loaded};
use crate::kernel::object::{Object, Ref};
use crate::kernel::{Kernel, Pace};
use crate::ks;
use crate::report::Report;
use crate::switches::Switches;
use crate::wdf::device::{self, Device, Power};

/// Why the host could not do what a test asked for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HostError {
    /// The image cannot be loaded.
    #[error(transparent)]
    Image(#[from] ImageError),
    /// DriverEntry, or the binding before it, failed.
    #[error("the driver {name} did not load: status {status:#010x}")]
    Load {
        /// The driver.
        name: String,
        /// What it answered.
        status: NTSTATUS,
    },
    /// EvtDriverDeviceAdd or the device's start failed.
    #[error("the device did not start: status {status:#010x}")]
    Start {
        /// What the driver answered.
        status: NTSTATUS,
    },
    /// ACX refuses query-stop and query-remove while a stream runs.
    #[error("a stream is running, so the device cannot be stopped")]
    Streaming,
}

/// A driver that is linked into this process.
#[derive(Clone, Copy, Debug)]
pub struct LinkedImage {
    /// Its name, for reports.
    pub name: &'static str,
    /// Its `FxDriverEntry`.
    pub entry: EntryPoint,
}

/// `FxDriverEntry`: of a linked-in driver in the process's convention.
pub type EntryPoint = unsafe extern "C" fn(PDRIVER_OBJECT, PUNICODE_STRING) -> NTSTATUS;

/// How a machine is made.
#[derive(Clone, Copy, Debug)]
pub struct Builder {
    real: bool,
    frequency: u64,
    uptime: Duration,
    seed: u64,
    switches: Switches,
}

impl Default for Builder {
    fn default() -> Self {
        Self {
            real: false,
            frequency: 10_000_000,
            uptime: Duration::from_secs(3600),
            seed: 0,
            switches: Switches::default(),
        }
    }
}

impl Builder {
    /// Time passes as it does, from the monotonic clock; otherwise it is virtual.
    #[must_use]
    pub fn real_time(mut self, real: bool) -> Self {
        self.real = real;
        self
    }

    /// Ticks of the performance counter in a second (10 MHz).
    #[must_use]
    pub fn qpc_frequency(mut self, frequency: u64) -> Self {
        self.frequency = frequency.max(1);
        self
    }

    /// How long the machine has been up when the test begins (an hour).
    #[must_use]
    pub fn uptime(mut self, uptime: Duration) -> Self {
        self.uptime = uptime;
        self
    }

    /// Timers that are due at the same tick expire in an order that this number makes, the same for the same number; 0 (the default) is
    /// the order in which they were set.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// What is not public about ACX, turned another way.
    #[must_use]
    pub fn switches(mut self, switches: Switches) -> Self {
        self.switches = switches;
        self
    }

    /// The machine.
    pub fn build(self) -> Machine {
        let pace = if self.real { Pace::Real(Instant::now()) } else { Pace::Virtual };
        let ticks = self.uptime.as_nanos() * u128::from(self.frequency) / 1_000_000_000;
        Machine {
            kernel: Kernel::new(pace, self.frequency, ticks as u64, self.seed, self.switches),
        }
    }
}

/// One simulated PC. Lives on one thread.
#[derive(Debug)]
pub struct Machine {
    kernel: Rc<Kernel>,
}

/// Drivers that are linked in have one set of globals per process: they take turns.
static TURN: Mutex<()> = Mutex::new(());

/// A loaded driver. Unloaded when dropped.
pub struct Driver<'machine> {
    machine: &'machine Machine,
    object: Box<DRIVER_OBJECT>,
    /// Last, so that they go when nothing of the driver can run any more.
    _image: Option<Loaded>,
    _turn: Option<MutexGuard<'static, ()>>,
}

/// A device of a loaded driver. Removed when dropped.
pub struct DeviceNode<'driver> {
    kernel: &'driver Rc<Kernel>,
    device: Rc<Object>,
}

impl Machine {
    /// A builder with virtual time, a counter of 10 MHz and an hour of uptime.
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// What the run found so far.
    pub fn report(&self) -> &Report {
        self.kernel.report()
    }

    /// Sets a REG_DWORD value of the device's key.
    pub fn set_registry(&self, name: &str, value: u32) {
        self.kernel.registry.borrow_mut().insert(name.to_owned(), value);
    }

    /// The values of the device's key.
    pub fn registry(&self) -> BTreeMap<String, u32> {
        self.kernel.registry.borrow().clone()
    }

    /// Loads a driver. Waits while another thread has one loaded.
    ///
    /// # Errors
    ///
    /// [`HostError::Load`].
    pub fn load(&self, image: LinkedImage) -> Result<Driver<'_>, HostError> {
        // A test that panicked with a driver loaded leaves globals that the next bind writes anew.
        let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
        self.kernel.set_convention(Convention::C);
        self.enter_driver(image.name, image.entry, None, Some(turn))
    }

    /// Loads a driver from a .sys file. Each machine has its own copy of it, so images of different machines do not wait for each other.
    ///
    /// # Errors
    ///
    /// [`HostError::Image`], [`HostError::Load`].
    #[cfg(target_arch = "x86_64")]
    pub fn load_image(&self, image: &Image) -> Result<Driver<'_>, HostError> {
        let mut exports = crate::kernel::exports::exports();
        exports.extend(crate::kernel::exports::for_images());
        let of_frameworks = crate::wdf::loader::exports();
        let find = |library: &str, function: &str| {
            let list = match library.to_ascii_lowercase().as_str() {
                "ntoskrnl.exe" | "hal.dll" => &exports,
                "wdfldr.sys" => &of_frameworks,
                _ => return None,
            };
            list.iter().find(|own| own.name == function).map(|own| own.win64 as usize)
        };
        let mut loaded = image.load(find)?;
        *self.kernel.image.borrow_mut() = loaded.places.take();
        self.kernel.set_convention(Convention::Win64);
        // SAFETY: the entry point of a driver image has this shape, in the convention that was just set.
        let entry = unsafe { std::mem::transmute::<usize, EntryPoint>(loaded.entry) };
        self.enter_driver(&image.service(), entry, Some(loaded), None)
    }

    fn enter_driver(
        &self,
        name: &str,
        entry: EntryPoint,
        image: Option<Loaded>,
        turn: Option<MutexGuard<'static, ()>>,
    ) -> Result<Driver<'_>, HostError> {
        let _inside = self.kernel.enter();
        name.clone_into(&mut self.kernel.service.borrow_mut());
        let mut object = Box::<DRIVER_OBJECT>::default();
        let path = format!("\\Registry\\Machine\\System\\CurrentControlSet\\Services\\{name}");
        let mut path: Vec<u16> = path.encode_utf16().chain([0]).collect();
        let bytes = (path.len() as u16 - 1) * 2;
        let mut path =
            UNICODE_STRING { Length: bytes, MaximumLength: bytes + 2, Buffer: path.as_mut_ptr() };
        let arguments = (&raw mut *object, &raw mut path);
        let status = self.kernel.invoke("FxDriverEntry", 0, entry, arguments);
        if NT_SUCCESS(status) {
            Ok(Driver { machine: self, object, _image: image, _turn: turn })
        } else {
            Err(HostError::Load { name: name.to_owned(), status })
        }
    }

    /// Symbolic links of the enabled interfaces of a category.
    pub fn interfaces(&self, category: &GUID) -> Vec<String> {
        let circuits = self.kernel.acx.circuits.borrow();
        let circuits = circuits.iter().filter_map(|object| Ref::<Circuit>::of(object.clone()));
        circuits
            .filter(|circuit| in_category(circuit, category))
            .map(|circuit| link(&self.kernel, &circuit))
            .collect()
    }

    /// Opens a filter by its symbolic link.
    ///
    /// # Errors
    ///
    /// STATUS_OBJECT_NAME_NOT_FOUND if there is none.
    pub fn open(&self, name: &str) -> Result<ks::File, NTSTATUS> {
        let circuits = self.kernel.acx.circuits.borrow();
        let mut circuits = circuits.iter().filter_map(|object| Ref::<Circuit>::of(object.clone()));
        let circuit = circuits.find(|circuit| link(&self.kernel, circuit) == name);
        let circuit = circuit.ok_or(STATUS_OBJECT_NAME_NOT_FOUND)?;
        Ok(ks::File::filter(self.kernel.clone(), circuit))
    }

    /// A new auto-reset event; the value of its handle.
    pub fn create_event(&self) -> u64 {
        self.kernel.create_event()
    }

    /// Waits until one of `events` is signalled, or for `timeout`; which one it was.
    pub fn wait_any(&self, events: &[u64], timeout: Duration) -> Option<usize> {
        let _inside = self.kernel.enter();
        let kernel = &self.kernel;
        let until = kernel.qpc() + kernel.ticks_of_duration(timeout);
        let mut signalled = None;
        kernel.pass(until, || {
            signalled = events.iter().position(|event| kernel.take_event(*event));
            signalled.is_some()
        });
        signalled
    }

    /// Lets time pass, running what comes due.
    pub fn sleep(&self, span: Duration) {
        self.wait_any(&[], span);
    }

    /// Moves time without running what comes due: a stall of the whole machine.
    pub fn stall(&self, span: Duration) {
        self.kernel.stall(span);
    }

    /// Timers run this much after their due time from now on.
    pub fn set_timer_lateness(&self, late: Duration) {
        self.kernel.set_lateness(late);
    }

    /// Of the driver's calls that can fail (allocations, and framework functions that answer a status), lets `calls` succeed and makes
    /// the next one fail for want of resources, once. None: all succeed.
    pub fn fail_after(&self, calls: Option<u64>) {
        self.kernel.fail_after(calls);
    }

    /// The call that [`fail_after`](Self::fail_after) made fail, if the driver has come to it.
    pub fn failed_call(&self) -> Option<&'static str> {
        self.kernel.failed()
    }

    /// The performance counter.
    pub fn qpc(&self) -> u64 {
        self.kernel.qpc()
    }

    /// Ticks of the performance counter in a second.
    pub fn qpc_frequency(&self) -> u64 {
        self.kernel.qpc_frequency()
    }
}

/// The interface's name, as PnP would write it.
fn link(kernel: &Kernel, circuit: &Circuit) -> String {
    let service = kernel.service.borrow();
    format!(r"\\?\ROOT#{service}#0000#{{6994ad04-93ef-11d0-a3cc-00a0c9223196}}\{}", circuit.name)
}

fn in_category(circuit: &Circuit, category: &GUID) -> bool {
    let side = if circuit.kind == _ACX_CIRCUIT_TYPE::AcxCircuitTypeCapture {
        KSCATEGORY_CAPTURE
    } else {
        KSCATEGORY_RENDER
    };
    [KSCATEGORY_AUDIO, KSCATEGORY_REALTIME, KSCATEGORY_TOPOLOGY, side]
        .iter()
        .any(|own| same(own, category))
}

impl Driver<'_> {
    /// Plugs a device: EvtDriverDeviceAdd, then its start.
    ///
    /// # Errors
    ///
    /// [`HostError::Start`]; the device is gone then.
    pub fn add_device(&self) -> Result<DeviceNode<'_>, HostError> {
        let kernel = &self.machine.kernel;
        let _inside = kernel.enter();
        let device = device::add(kernel).map_err(|status| HostError::Start { status })?;
        let node = DeviceNode { kernel, device };
        device::start(kernel, &node.device).map_err(|status| HostError::Start { status })?;
        Ok(node)
    }
}

impl Drop for Driver<'_> {
    /// EvtDriverUnload, unbinding, and then nothing of the driver may be left.
    fn drop(&mut self) {
        let kernel = &self.machine.kernel;
        let _inside = kernel.enter();
        let driver = kernel.wdf.driver.borrow().as_ref().map(|driver| driver.handle());
        if let (Some(driver), Some(unload)) = (driver, kernel.wdf.driver_unload.get()) {
            kernel.invoke("EvtDriverUnload", driver, unload, (driver as acx_sys::WDFDRIVER,));
        }
        if let Some(unload) = self.object.DriverUnload {
            kernel.invoke("DriverUnload", 0, unload, (&raw mut *self.object,));
        }
        crate::acx::circuit::check_inits(kernel);
        kernel.objects.check_empty(kernel);
        kernel.pool.check_empty(kernel);
    }
}

impl DeviceNode<'_> {
    fn state(&self) -> Ref<Device> {
        Ref::of(self.device.clone()).expect("a node holds a device")
    }

    /// Whether the device is in D0.
    pub fn is_powered(&self) -> bool {
        self.state().power() == Power::D0
    }

    /// D0 to D3 and its streams paused, as an idle device goes.
    pub fn power_down(&self) {
        let _inside = self.kernel.enter();
        device::power_down(self.kernel, &self.device, _WDF_POWER_DEVICE_STATE::WdfPowerDeviceD3);
    }

    /// D3 to D0; streams go on where they were.
    ///
    /// # Errors
    ///
    /// [`HostError::Start`].
    pub fn power_up(&self) -> Result<(), HostError> {
        let _inside = self.kernel.enter();
        device::power_up(self.kernel, &self.device, _WDF_POWER_DEVICE_STATE::WdfPowerDeviceD3)
            .map_err(|status| HostError::Start { status })
    }

    /// Query-stop, stop, start: resources are dealt anew.
    ///
    /// # Errors
    ///
    /// [`HostError::Streaming`], [`HostError::Start`].
    pub fn rebalance(&self) -> Result<(), HostError> {
        let _inside = self.kernel.enter();
        if crate::acx::power::is_streaming(self.kernel, &self.device) {
            return Err(HostError::Streaming);
        }
        device::stop(self.kernel, &self.device);
        device::start(self.kernel, &self.device).map_err(|status| HostError::Start { status })
    }

    /// Query-remove, then remove.
    ///
    /// # Errors
    ///
    /// [`HostError::Streaming`]; the device goes on then.
    pub fn query_remove(&self) -> Result<(), HostError> {
        let _inside = self.kernel.enter();
        if crate::acx::power::is_streaming(self.kernel, &self.device) {
            return Err(HostError::Streaming);
        }
        device::remove(self.kernel, &self.device);
        Ok(())
    }

    /// The hardware is pulled out.
    pub fn surprise_remove(&self) {
        let _inside = self.kernel.enter();
        if self.state().power() != Power::Removed {
            device::surprise_remove(self.kernel, &self.device);
        }
    }
}

impl Drop for DeviceNode<'_> {
    fn drop(&mut self) {
        let _inside = self.kernel.enter();
        if self.state().power() != Power::Removed {
            device::remove(self.kernel, &self.device);
        }
    }
}
