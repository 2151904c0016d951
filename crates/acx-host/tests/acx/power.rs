//! ACX's part when a device comes to D0, leaves it, or fails on the way.

use std::ptr::{self, null_mut};
use std::sync::atomic::{AtomicPtr, Ordering};
use std::time::Duration;

use acx_client::endpoint::Endpoint;
use acx_client::event::EventStream;
use acx_client::{Direction, System};
use acx_host::Machine;
use acx_host::machine::DeviceNode;
use acx_sys::*;

use crate::driver::*;
use crate::streams::{ask, endpoint};

/// The machine of the test that runs, which the driver's callbacks use as a client does.
static MACHINE: AtomicPtr<Machine> = AtomicPtr::new(null_mut());

fn with_machine(deed: impl FnOnce(&Machine)) {
    let machine = MACHINE.load(Ordering::SeqCst);
    // SAFETY: null, or the machine of the test that runs, which outlives its device's callbacks.
    if let Some(machine) = unsafe { machine.as_ref() } {
        deed(machine);
    }
}

/// What a client is told that opens a stream now.
fn opens(machine: &Machine) -> &'static str {
    let found = Endpoint::find(machine, Direction::Render).ok();
    let opened = found.map(|found| EventStream::open(machine, &found, STEREO, &RAW, 480).is_ok());
    if opened == Some(true) { "opened" } else { "refused" }
}

unsafe extern "C" fn up(
    _device: WDFDEVICE,
    _circuit: ACXCIRCUIT,
    _from: WDF_POWER_DEVICE_STATE,
) -> NTSTATUS {
    with_machine(|machine| note(format!("up: {}", opens(machine))));
    STATUS_SUCCESS
}

unsafe extern "C" fn down(
    _device: WDFDEVICE,
    _circuit: ACXCIRCUIT,
    _to: WDF_POWER_DEVICE_STATE,
) -> NTSTATUS {
    with_machine(|machine| note(format!("down: {}", opens(machine))));
    STATUS_SUCCESS
}

unsafe extern "C" fn releases(
    _device: WDFDEVICE,
    _circuit: ACXCIRCUIT,
    _list: WDFCMRESLIST,
) -> NTSTATUS {
    note("EvtAcxCircuitReleaseHardware");
    STATUS_SUCCESS
}

/// A speaker with callbacks of its power, unless it has one from before.
fn powered(device: WDFDEVICE) {
    if !kept::<()>("circuit").is_null() {
        return;
    }
    let mut power = init!(ACX_CIRCUIT_PNPPOWER_CALLBACKS, ACX_CIRCUIT_PNPPOWER_CALLBACKS_INIT);
    power.EvtAcxCircuitReleaseHardware = Some(releases);
    power.EvtAcxCircuitPowerUp = Some(up);
    power.EvtAcxCircuitPowerDown = Some(down);
    speaker_with(device, |description| {
        acx!(AcxCircuitInitSetAcxCircuitPnpPowerCallbacks(description, &raw mut power));
    });
}

fn run(plan: Plan, client: impl FnOnce(&Machine, &DeviceNode<'_>)) -> Run {
    let run = plan.run(|machine, device| {
        MACHINE.store(ptr::from_ref(machine).cast_mut(), Ordering::SeqCst);
        notes().clear();
        client(machine, device);
        MACHINE.store(null_mut(), Ordering::SeqCst);
    });
    run.keeps_every_rule()
}

#[test]
fn a_stream_is_opened_neither_on_the_way_to_d0_nor_back() {
    run(Plan::new(powered), |machine, device| {
        assert_eq!(opens(machine), "opened");
        notes().clear();
        device.power_down();
        assert_eq!(
            (notes().clone(), opens(machine)),
            (vec!["down: refused".to_owned()], "refused")
        );
        notes().clear();
        device.power_up().expect("it comes back");
        assert_eq!(*notes(), ["up: refused"]);
        assert_eq!(opens(machine), "opened");
    });
}

#[test]
fn a_circuits_interface_is_disabled_when_its_hardware_is_released() {
    let plan = Plan::new(powered).release(|_| {
        with_machine(|machine| {
            note(format!("{} interfaces", machine.interfaces(&KSCATEGORY_AUDIO).len()));
        });
    });
    run(plan, |machine, device| {
        assert_eq!(machine.interfaces(&KSCATEGORY_AUDIO).len(), 1);
        device.rebalance().expect("it comes back");
        assert_eq!(machine.interfaces(&KSCATEGORY_AUDIO).len(), 1);
        assert!(notes().iter().any(|note| note == "0 interfaces"));
    });
}

/// EvtDeviceD0Entry of a device that starts, and does not come back.
fn comes_once() -> NTSTATUS {
    let before = kept::<()>("comes");
    keep("comes", ptr::without_provenance_mut::<()>(1));
    if before.is_null() { STATUS_SUCCESS } else { STATUS_UNSUCCESSFUL }
}

#[test]
fn a_device_that_does_not_come_back_releases_its_circuits() {
    let plan = || {
        let released = |_| note("EvtDeviceReleaseHardware");
        Plan::new(powered).d0_entry(comes_once).release(released)
    };
    let released = ["EvtAcxCircuitReleaseHardware", "EvtDeviceReleaseHardware"];
    // Woken, and dealt new resources, which releases it once before.
    run(plan(), |machine, device| {
        MACHINE.store(null_mut(), Ordering::SeqCst);
        device.power_down();
        assert!(device.power_up().is_err());
        assert_eq!(*notes(), released);
        machine.sleep(Duration::from_millis(1));
    });
    run(plan(), |_, device| {
        MACHINE.store(null_mut(), Ordering::SeqCst);
        assert!(device.rebalance().is_err());
        assert_eq!(*notes(), [released, released].concat());
    });
}

#[test]
fn a_device_goes_while_another_one_has_a_stream() {
    let run = Plan::new(powered).run_with(|machine, driver, _| {
        let found = Endpoint::find(machine, Direction::Render).expect("there is one");
        let stream = EventStream::open(machine, &found, STEREO, &RAW, 480).expect("it opens");
        let objects = machine.allocations().objects;
        let other = driver.add_device().expect("it starts");
        assert!(machine.allocations().objects > objects);
        drop(other);
        assert_eq!(machine.allocations().objects, objects);
        drop(stream);
    });
    run.keeps_every_rule();
}

#[test]
fn a_client_wakes_a_device_that_sleeps() {
    Plan::new(|device| {
        speaker(device);
        let mut settings = WDF_DEVICE_POWER_POLICY_IDLE_SETTINGS::default();
        let cannot_wake = _WDF_POWER_POLICY_S0_IDLE_CAPABILITIES::IdleCannotWakeFromS0;
        WDF_DEVICE_POWER_POLICY_IDLE_SETTINGS_INIT(&mut settings, cannot_wake);
        settings.IdleTimeout = 1000;
        // SAFETY: a live device, and a structure that outlives the call.
        let assigned = unsafe { WdfDeviceAssignS0IdleSettings(device, &raw mut settings) };
        assert_eq!(assigned, STATUS_SUCCESS);
    })
    .run(|machine, device| {
        let endpoint = endpoint(machine);
        let sleeps = || {
            machine.sleep(Duration::from_secs(2));
            assert!(!device.is_powered());
        };
        sleeps();
        assert_eq!(ask(&endpoint.filter), STATUS_SUCCESS);
        assert!(device.is_powered());
        sleeps();
        let stream = endpoint.open_stream(STEREO, &RAW).expect("it opens");
        assert!(device.is_powered());
        drop(stream);
        sleeps();
    })
    .keeps_every_rule();
}
