//! A bus and its children, in the host.

#![deny(unsafe_code)]

use std::sync::Mutex;
use std::time::Duration;

use acx::children::{Bus, Children, NewChild};
use acx::circuit_device::ChildId;
use acx::device::{Device, DeviceInit, PrepareHardware};
use acx::driver::Driver;
use acx::{Error, Passive, Result, wide};
use acx_client::System;
use acx_host::{LinkedImage, Machine};

const DRIVER: LinkedImage = LinkedImage { name: "bus", entry: FxDriverEntry };

/// The children that were started, by their numbers.
static STARTED: Mutex<Vec<u64>> = Mutex::new(Vec::new());

/// What the bus does while its device is created.
static DEED: Mutex<fn(&Children, &Passive) -> Result<()>> = Mutex::new(|_, _| Ok(()));

struct BusDriver;
struct Link;
struct Codec(u64);

impl Driver for BusDriver {
    fn device_add(init: DeviceInit<'_>, passive: &mut Passive) -> Result<()> {
        let deed = *DEED.lock().unwrap();
        let make = |device: &mut acx::device::NewDevice<'_>, children: Children| {
            deed(&children, device.passive()).map(|()| Link)
        };
        init.create_bus(make, passive)
    }
}

acx::driver!(BusDriver);

impl Device for Link {
    fn prepare_hardware(&self, _hardware: &mut PrepareHardware<'_>) -> Result<()> {
        Ok(())
    }
}

impl Bus for Link {
    fn create_child(&self, number: u64, child: NewChild<'_>, passive: &mut Passive) -> Result<()> {
        let (device, text) = (wide!("TEST\\Codec"), wide!("Codec"));
        let instance: &[u16] = if number == 1 { wide!("1") } else { wide!("2") };
        child.create(&ChildId { device, instance, text }, Codec(number), passive)
    }
}

impl Device for Codec {
    fn prepare_hardware(&self, _hardware: &mut PrepareHardware<'_>) -> Result<()> {
        STARTED.lock().unwrap().push(self.0);
        Ok(())
    }
}

/// Starts the bus; `plan` may make calls of it fail. Returns the children, and whether the device
/// was created.
fn starts(
    deed: fn(&Children, &Passive) -> Result<()>,
    plan: impl FnOnce(&Machine),
) -> (Vec<u64>, bool, Vec<&'static str>) {
    static TURN: Mutex<()> = Mutex::new(());
    let _turn = TURN.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    STARTED.lock().unwrap().clear();
    *DEED.lock().unwrap() = deed;
    let machine = Machine::builder().build();
    machine.record_fallible_calls();
    plan(&machine);
    let is_created = {
        let driver = machine.load(DRIVER).unwrap();
        let is_created = driver.add_device().is_ok();
        machine.sleep(Duration::from_millis(1));
        is_created
    };
    assert_eq!(machine.report().count(), 0, "{:#?}", machine.report().violations());
    let mut started = STARTED.lock().unwrap().clone();
    started.sort_unstable();
    (started, is_created, machine.take_fallible_calls())
}

fn two(children: &Children, passive: &Passive) -> Result<()> {
    for number in [1, 2] {
        assert!(children.add(number, passive)?, "{number} is new");
    }
    Ok(())
}

#[test]
fn children_that_are_reported_are_started_once() {
    let (started, is_created, _) = starts(two, |_| ());
    assert_eq!((started, is_created), (vec![1, 2], true));
    let (started, _, _) = starts(
        |children, passive| {
            two(children, passive)?;
            assert_eq!(children.add(1, passive), Ok(false), "it is there already");
            children.remove(1, passive)?;
            let Err(Error::Framework(_)) = children.remove(7, passive) else {
                panic!("there is no such child");
            };
            Ok(())
        },
        |_| (),
    );
    assert_eq!(started, [2]);
}

#[test]
fn a_report_that_fails_is_an_error() {
    const ADD: &str = "WdfChildListAddOrUpdateChildDescriptionAsPresent";
    let (_, _, calls) = starts(two, |_| ());
    let places = (0_u64..).zip(&calls).filter(|(_, call)| **call == ADD);
    let places: Vec<_> = places.map(|(place, _)| place).collect();
    assert_eq!(places.len(), 2, "{calls:?}");
    for place in places {
        let (started, is_created, _) = starts(two, |machine| machine.fail_at(&[place]));
        assert_eq!((started, is_created), (vec![], false), "call {place}");
    }
}

/// What a child's object needs before it is created; without any of these the host has a default.
#[test]
fn a_child_gets_its_names_and_its_security() {
    let (_, _, calls) = starts(two, |_| ());
    for call in [
        "WdfPdoInitAssignDeviceID",
        "WdfPdoInitAddHardwareID",
        "WdfPdoInitAssignInstanceID",
        "WdfPdoInitAddDeviceText",
        "WdfPdoInitAssignRawDevice",
        "WdfDeviceInitAssignSDDLString",
    ] {
        let times = calls.iter().filter(|own| **own == call).count();
        assert_eq!(times, 2, "{call}: {calls:?}");
    }
}
