//! Several drivers in one machine: their separate and their shared state.

#![cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]

mod variants;

use std::time::Duration;

use acx_client::endpoint::Endpoint;
use acx_client::event::EventStream;
use acx_client::{Direction, System};
use acx_conform::melody::STEREO;
use acx_host::machine::HostError;
use acx_host::{Image, LinkedImage, Machine};
use acx_sys::AUDIO_SIGNALPROCESSINGMODE_RAW as RAW;

const C: &str = "cargo xtask c-driver";
const LINKED: LinkedImage = LinkedImage { name: "acxvad", entry: acxvad::FxDriverEntry };

fn image(file: &str, made_by: &str) -> Option<Image> {
    variants::built(file, made_by).map(|path| Image::read(&path).unwrap())
}

/// Two drivers in C.
fn in_c() -> Option<[Image; 2]> {
    Some([image("c-driver/minimal.sys", C)?, image("c-driver/composite.sys", C)?])
}

fn names(machine: &Machine) -> Vec<String> {
    let all = Endpoint::all(machine, Direction::Render).unwrap();
    let mut names: Vec<String> = all.iter().map(|own| own.name().to_owned()).collect();
    names.sort();
    names
}

/// Plays some packets at each speaker at once.
fn play_all(machine: &Machine) {
    let endpoints = Endpoint::all(machine, Direction::Render).unwrap();
    let mut streams: Vec<EventStream> = endpoints
        .iter()
        .map(|own| EventStream::open(machine, own, STEREO, &RAW, 480).unwrap())
        .collect();
    for stream in &mut streams {
        let packet = vec![1; stream.packet_bytes()];
        stream.write(0, &packet, None).unwrap();
        stream.prepare().unwrap();
        stream.run().unwrap();
    }
    machine.sleep(Duration::from_millis(15));
    for stream in &mut streams {
        assert!(stream.position().unwrap().0 > 0);
        stream.pause().unwrap();
        stream.stop().unwrap();
    }
}

#[track_caller]
fn nothing_wrong(machine: &Machine) {
    let violations: Vec<String> =
        machine.report().violations().iter().map(ToString::to_string).collect();
    assert_eq!((violations, machine.report().gaps()), (Vec::new(), Vec::new()));
}

/// A driver that is linked in and two images stand side by side, and go in any order.
#[test]
fn three_drivers_have_their_own_devices_and_go_in_any_order() {
    let Some([minimal, composite]) = in_c() else { return };
    for first in 0..3 {
        let machine = Machine::builder().build();
        {
            let linked = machine.load(LINKED).unwrap();
            let others = [&minimal, &composite].map(|image| machine.load_image(image).unwrap());
            let [a, b] = &others;
            let mut nodes = [&linked, a, b].map(|driver| Some(driver.add_device().unwrap()));
            assert_eq!(names(&machine), ["Dsp0", "Speaker0", "Speaker0"]);
            play_all(&machine);
            nodes[first] = None;
            assert_eq!(names(&machine).len(), 2);
            play_all(&machine);
            nodes[(first + 1) % 3] = None;
            assert_eq!(names(&machine).len(), 1);
        }
        assert_eq!(machine.allocations(), acx_host::machine::Allocations::default());
        nothing_wrong(&machine);
    }
}

/// Each driver has its own keys and instance paths.
#[test]
fn devices_are_named_by_their_drivers() {
    let Some([minimal, composite]) = in_c() else { return };
    let machine = Machine::builder().build();
    let drivers = [&minimal, &composite].map(|image| machine.load_image(image).unwrap());
    let _nodes = drivers.each_ref().map(|driver| driver.add_device().unwrap());
    let links: Vec<String> = Endpoint::all(&machine, Direction::Render)
        .unwrap()
        .iter()
        .map(|own| own.link.to_lowercase())
        .collect();
    for service in ["minimal", "composite"] {
        let own = format!("root#{service}#0000");
        assert!(links.iter().any(|link| link.contains(&own)), "{own}: {links:?}");
    }
}

#[test]
fn a_driver_is_loaded_once() {
    let Some([minimal, _]) = in_c() else { return };
    let machine = Machine::builder().build();
    let _driver = machine.load_image(&minimal).unwrap();
    let again = machine.load_image(&minimal).err();
    assert_eq!(again, Some(HostError::LoadedTwice { name: "minimal".to_owned() }));
    let _linked = machine.load(LINKED).unwrap();
    let another = LinkedImage { name: "another", ..LINKED };
    let refused = machine.load(another).err().unwrap();
    let other = "acxvad".to_owned();
    assert_eq!(refused, HostError::LinkedTwice { name: "another".to_owned(), other });
}

/// Drivers that break a rule are built for x64 only.
///
/// Leaks are attributed to the driver that caused them, even with other drivers loaded.
#[test]
#[cfg(target_arch = "x86_64")]
fn a_violation_names_its_driver() {
    let Some([minimal, _]) = in_c() else { return };
    let Some(leaks) = image("c-driver/bad/PoolLeak.sys", C) else { return };
    for bad_first in [true, false] {
        let machine = Machine::builder().build();
        let load = |image| -> acx_host::machine::Driver<'_> { machine.load_image(image).unwrap() };
        let (bad, good) = if bad_first {
            let bad = load(&leaks);
            (bad, load(&minimal))
        } else {
            let good = load(&minimal);
            (load(&leaks), good)
        };
        let nodes = [bad.add_device().unwrap(), good.add_device().unwrap()];
        drop(nodes);
        if bad_first {
            drop(bad);
            drop(good);
        } else {
            drop(good);
            nothing_wrong(&machine);
            drop(bad);
        }
        let found = machine.report().violations();
        assert!(!found.is_empty());
        for violation in found {
            assert_eq!(violation.driver.as_deref(), Some("PoolLeak"), "{violation}");
            assert!(violation.to_string().starts_with("PoolLeak: PoolLeak: "), "{violation}");
        }
    }
}

/// With only one driver, reports do not name it.
#[test]
#[cfg(target_arch = "x86_64")]
fn a_violation_of_the_only_driver_has_no_name() {
    let Some(leaks) = image("c-driver/bad/PoolLeak.sys", C) else { return };
    let machine = Machine::builder().build();
    let driver = machine.load_image(&leaks).unwrap();
    drop(driver.add_device().unwrap());
    drop(driver);
    let found = machine.report().violations();
    assert!(!found.is_empty() && found.iter().all(|own| own.driver.is_none()), "{found:?}");
}

/// The output of both drivers.
fn printed(machine: &Machine) -> Vec<String> {
    machine.debug_output().lines().map(str::to_owned).collect()
}

fn offers_and_asks() -> Option<[Image; 2]> {
    Some([image("c-driver/offers.sys", C)?, image("c-driver/asks.sys", C)?])
}

/// A driver asks the one below it in its device's stack for an interface, and calls it directly.
#[test]
fn a_driver_calls_the_one_below_it_directly() {
    let Some([offers, asks]) = offers_and_asks() else { return };
    for asks_first in [false, true] {
        let machine = Machine::builder().build();
        {
            // Whichever was loaded first.
            let early = asks_first.then(|| machine.load_image(&asks).unwrap());
            let below = machine.load_image(&offers).unwrap();
            let above = early.unwrap_or_else(|| machine.load_image(&asks).unwrap());
            let lower = below.add_device().unwrap();
            let upper = above.add_device_on(&lower.instance()).unwrap();
            let said = printed(&machine);
            let expected = [
                "offers: level 5, 1 references, of offers",
                "offers: level 6, 1 references, of offers",
                "asks: stack version 2, it was 5",
                "asks: old 0xC00000BB",
                "asks: password 0xC0000022",
                "offers: level 5, 1 references, of offers",
                "offers: level 6, 1 references, of offers",
                "asks: target version 2, it was 5",
                "asks: target 0x00000000",
            ];
            assert_eq!(said, expected);
            drop(upper);
        }
        assert_eq!(printed(&machine).last().unwrap(), "offers: 0 references are left");
        nothing_wrong(&machine);
    }
}

/// A target reaches the device of a driver in another stack; what nobody offers, nobody answers.
#[test]
fn a_driver_calls_one_in_another_stack_through_a_target() {
    let Some([offers, asks]) = offers_and_asks() else { return };
    let machine = Machine::builder().build();
    {
        let asker = machine.load_image(&asks).unwrap();
        drop(asker.add_device().unwrap());
        let none = "0xC00000BB";
        let refused =
            ["stack", "old", "password", "target"].map(|way| format!("asks: {way} {none}"));
        assert_eq!(printed(&machine), refused);
        let other = machine.load_image(&offers).unwrap();
        let _node = other.add_device().unwrap();
        drop(asker.add_device().unwrap());
        let said = printed(&machine).split_off(7);
        assert_eq!(
            said[said.len() - 2..],
            ["asks: target version 2, it was 5", "asks: target 0x00000000"]
        );
    }
    nothing_wrong(&machine);
}

/// A driver that is linked in and offers the interface of tests/c-driver/offers.c.
#[cfg(target_arch = "x86_64")]
mod offers {
    use acx_sys::*;

    static LEVEL: GUID = GUID { Data1: 0xACE0_0C20, Data2: 1, Data3: 2, Data4: [3; 8] };

    unsafe extern "C" fn device_add(_driver: WDFDRIVER, mut init: PWDFDEVICE_INIT) -> NTSTATUS {
        let mut device: WDFDEVICE = std::ptr::null_mut();
        let mut offered = INTERFACE { Size: size_of::<INTERFACE>() as u16, ..Default::default() };
        let mut config = WDF_QUERY_INTERFACE_CONFIG::default();
        WDF_QUERY_INTERFACE_CONFIG_INIT(&mut config, &raw mut offered, &raw const LEVEL, None);
        // SAFETY: the framework's init object, in EvtDriverDeviceAdd.
        let made = unsafe { WdfDeviceCreate(&raw mut init, std::ptr::null_mut(), &raw mut device) };
        assert_eq!(made, STATUS_SUCCESS);
        // SAFETY: the device that was just made, and structures that outlive the call.
        unsafe { WdfDeviceAddQueryInterface(device, &raw mut config) }
    }

    unsafe extern "C" fn driver_entry(driver: PDRIVER_OBJECT, path: PUNICODE_STRING) -> NTSTATUS {
        let mut config = WDF_DRIVER_CONFIG::default();
        WDF_DRIVER_CONFIG_INIT(&mut config, Some(device_add));
        let none = std::ptr::null_mut();
        // SAFETY: DriverEntry's own arguments.
        unsafe { WdfDriverCreate(driver, path, none, &raw mut config, none.cast()) }
    }

    pub(crate) unsafe extern "C" fn entry(
        driver: PDRIVER_OBJECT,
        path: PUNICODE_STRING,
    ) -> NTSTATUS {
        // SAFETY: the host calls once per load.
        unsafe { entry::driver_entry(driver, path, driver_entry) }
    }
}

/// An image and a driver that is linked in call in different ways on x86-64: the host says that it
/// does not join them.
#[test]
#[cfg(target_arch = "x86_64")]
fn an_interface_between_a_linked_in_driver_and_an_image_is_a_gap() {
    let Some([_, asks]) = offers_and_asks() else { return };
    let machine = Machine::builder().build();
    {
        let linked = machine.load(LinkedImage { name: "offers", entry: offers::entry }).unwrap();
        let lower = linked.add_device().unwrap();
        let above = machine.load_image(&asks).unwrap();
        let _upper = above.add_device_on(&lower.instance()).unwrap();
        assert!(printed(&machine).contains(&"asks: stack 0xC00000BB".to_owned()));
    }
    let gaps = machine.report().gaps();
    assert_eq!(gaps, ["an interface between a driver that is linked in and an image"]);
    assert_eq!(machine.report().violations().len(), 0);
}
