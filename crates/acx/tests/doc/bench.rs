// What the examples of the documentation run in: a driver whose device does what the example says,
// in the host. Included with `include!` by each example.

use std::any::Any;
use std::sync::Mutex;

use acx::device::{Device, DeviceInit, NewDevice, PrepareHardware};
use acx::{Passive, Result};
use acx_host::machine::DeviceNode;
use acx_host::{LinkedImage, Machine};

type Kept = Box<dyn Any + Send>;
type Create = Box<dyn FnOnce(&mut NewDevice<'_>) -> Result<Kept> + Send>;
type Prepare = Box<dyn FnOnce(&mut PrepareHardware<'_>) -> Result<()> + Send>;

static CREATE: Mutex<Option<Create>> = Mutex::new(None);
type Add = fn(DeviceInit<'_>, &mut Passive) -> Result<()>;

static ADD: Mutex<Option<Add>> = Mutex::new(None);
static PREPARE: Mutex<Option<Prepare>> = Mutex::new(None);

fn take<T>(of: &Mutex<Option<T>>) -> Option<T> {
    of.lock().unwrap().take()
}

struct BenchDriver;

/// The device, and what the example keeps until it goes.
struct Bench(#[expect(dead_code, reason = "dropped with the device")] Mutex<Option<Kept>>);

impl acx::driver::Driver for BenchDriver {
    fn device_add(init: DeviceInit<'_>, passive: &mut Passive) -> Result<()> {
        if let Some(add) = take(&ADD) {
            return add(init, passive);
        }
        init.create_with(
            |device| {
                let kept = take(&CREATE).map(|create| create(device)).transpose()?;
                Ok(Bench(Mutex::new(kept)))
            },
            passive,
        )
    }
}

impl Device for Bench {
    fn prepare_hardware(&self, hardware: &mut PrepareHardware<'_>) -> Result<()> {
        take(&PREPARE).map_or(Ok(()), |prepare| prepare(hardware))
    }
}

acx::driver!(BenchDriver);

fn run(during: impl FnOnce(&Machine, DeviceNode<'_>)) {
    let machine = Machine::builder().build();
    {
        let driver = machine.load(LinkedImage { name: "bench", entry: FxDriverEntry }).unwrap();
        let device = driver.add_device().expect("the example succeeds");
        during(&machine, device);
    }
    assert_eq!(machine.report().count(), 0, "{:#?}", machine.report().violations());
}

/// Creates a device that does `create` before it starts and keeps what that answers, runs `during`,
/// and removes the device. No rule may be broken and nothing may be left.
#[allow(dead_code, reason = "an example uses one of them")]
pub(crate) fn create_and<K: Send + 'static>(
    create: impl FnOnce(&mut NewDevice<'_>) -> Result<K> + Send + 'static,
    during: impl FnOnce(&Machine),
) {
    create_then(create, |machine, _device| during(machine));
}

/// As [`create_and`], with the device as well.
#[allow(dead_code, reason = "an example uses one of them")]
pub(crate) fn create_then<K: Send + 'static>(
    create: impl FnOnce(&mut NewDevice<'_>) -> Result<K> + Send + 'static,
    during: impl FnOnce(&Machine, DeviceNode<'_>),
) {
    *CREATE.lock().unwrap() =
        Some(Box::new(|device| create(device).map(|kept| -> Kept { Box::new(kept) })));
    run(during);
}

/// As [`create_and`], with nothing meanwhile.
#[allow(dead_code, reason = "an example uses one of them")]
pub(crate) fn create(create: impl FnOnce(&mut NewDevice<'_>) -> Result<()> + Send + 'static) {
    create_and(create, |_| {});
}

/// As [`create`], while the hardware is prepared: where circuits are built.
#[allow(dead_code, reason = "an example uses one of them")]
pub(crate) fn prepare(prepare: impl FnOnce(&mut PrepareHardware<'_>) -> Result<()> + Send + 'static) {
    *PREPARE.lock().unwrap() = Some(Box::new(prepare));
    run(|_, _| {});
}

/// As [`create_and`], for a whole EvtDriverDeviceAdd.
#[allow(dead_code, reason = "an example uses one of them")]
pub(crate) fn add(add: Add, during: impl FnOnce(&Machine)) {
    *ADD.lock().unwrap() = Some(add);
    run(|machine, _device| during(machine));
}
