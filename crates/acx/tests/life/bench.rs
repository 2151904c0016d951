//! A driver whose device runs a test's closure, once, in EvtDevicePrepareHardware.

use std::any::Any;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use acx::device::{Device, DeviceInit, PrepareHardware};
use acx::guid::GUID;
use acx::{Passive, Result};
use acx_client::System;
use acx_host::assumptions::{Assumptions, RemovedCircuits};
use acx_host::machine::Driver;
use acx_host::{LinkedImage, Machine};

/// The component ID of a test's circuit.
pub(crate) const COMPONENT: GUID =
    GUID { Data1: 0x1234_5678, Data2: 1, Data3: 2, Data4: [3, 4, 5, 6, 7, 8, 9, 10] };

type Prepare = Box<dyn FnOnce(&mut PrepareHardware<'_>, &mut Later) -> Result<()> + Send>;
type Release = Box<dyn FnOnce(&mut Passive) + Send>;

/// Values for later stages of the device.
#[derive(Default)]
pub(crate) struct Later {
    /// Run when the hardware is released; the circuits still exist.
    pub(crate) release: Vec<Release>,
    /// Dropped with the device, after the circuits.
    pub(crate) kept: Vec<Box<dyn Any + Send>>,
}

static PREPARE: Mutex<Option<Prepare>> = Mutex::new(None);

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

struct BenchDriver;

struct BenchDevice(Mutex<Later>);

impl acx::driver::Driver for BenchDriver {
    fn device_add(init: DeviceInit<'_>, passive: &mut Passive) -> Result<()> {
        init.create(|_, _| Ok(BenchDevice(Mutex::default())), passive)
    }
}

acx::driver!(BenchDriver);

impl Device for BenchDevice {
    fn prepare_hardware(&self, hardware: &mut PrepareHardware<'_>) -> Result<()> {
        let Some(prepare) = lock(&PREPARE).take() else { return Ok(()) };
        prepare(hardware, &mut lock(&self.0))
    }

    fn release_hardware(&self, passive: &mut Passive) {
        let release = std::mem::take(&mut lock(&self.0).release);
        for act in release {
            act(passive);
        }
    }
}

/// Starts a device that runs `first`, removes it a second later, and starts one that runs `second`.
#[track_caller]
pub(crate) fn run_after(
    first: impl FnOnce(&mut PrepareHardware<'_>) -> Result<()> + Send + 'static,
    second: impl FnOnce(&mut PrepareHardware<'_>) -> Result<()> + Send + 'static,
) {
    drive(Box::new(|hardware, _| first(hardware)), |machine, driver| {
        let device = driver.add_device().unwrap();
        machine.sleep(Duration::from_secs(1));
        drop(device);
        *lock(&PREPARE) = Some(Box::new(|hardware, _| second(hardware)));
        drop(driver.add_device().unwrap());
    });
}

/// Starts a device that runs `prepare`, runs `during`, and removes the device. Checks that no rule
/// is broken and nothing leaks. One at a time: the driver's globals are shared in the process.
#[track_caller]
pub(crate) fn run(
    prepare: impl FnOnce(&mut PrepareHardware<'_>, &mut Later) -> Result<()> + Send + 'static,
    during: impl FnOnce(&Machine),
) {
    run_on(&Machine::builder().build(), prepare, during);
}

/// Starts a device that runs `prepare`, which has to fail, where ACX deletes a circuit as soon as
/// it is removed. Checks like [`run`].
#[track_caller]
pub(crate) fn fail(
    prepare: impl FnOnce(&mut PrepareHardware<'_>, &mut Later) -> Result<()> + Send + 'static,
) {
    let removed_circuits = RemovedCircuits::Deleted;
    let assumptions = Assumptions { removed_circuits, ..Assumptions::default() };
    let machine = Machine::builder().assumptions(assumptions).build();
    drive_on(&machine, Box::new(prepare), |_, driver| assert!(driver.add_device().is_err()));
}

/// Like [`run`], on `machine`.
#[track_caller]
pub(crate) fn run_on(
    machine: &Machine,
    prepare: impl FnOnce(&mut PrepareHardware<'_>, &mut Later) -> Result<()> + Send + 'static,
    during: impl FnOnce(&Machine),
) {
    drive_on(machine, Box::new(prepare), |machine, driver| {
        let _device = driver.add_device().unwrap();
        during(machine);
    });
}

#[track_caller]
fn drive(prepare: Prepare, during: impl FnOnce(&Machine, &Driver<'_>)) {
    drive_on(&Machine::builder().build(), prepare, during);
}

#[track_caller]
fn drive_on(machine: &Machine, prepare: Prepare, during: impl FnOnce(&Machine, &Driver<'_>)) {
    static TURN: Mutex<()> = Mutex::new(());
    let _turn = lock(&TURN);
    *lock(&PREPARE) = Some(prepare);
    {
        let driver = machine.load(LinkedImage { name: "bench", entry: FxDriverEntry }).unwrap();
        during(machine, &driver);
    }
    assert_eq!(machine.report().count(), 0, "{:#?}", machine.report().violations());
}
