//! Several drivers in one machine: what each has of its own, and what they share.

#![cfg(all(target_os = "linux", target_arch = "x86_64"))]

mod variants;

use std::time::Duration;

use acx_client::endpoint::Endpoint;
use acx_client::event::EventStream;
use acx_client::{Direction, System};
use acx_conform::melody::STEREO;
use acx_host::machine::{Driver, HostError};
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

/// What one driver leaves behind is its own, even while others are there.
#[test]
fn a_violation_names_its_driver() {
    let Some([minimal, _]) = in_c() else { return };
    let Some(leaks) = image("c-driver/bad/PoolLeak.sys", C) else { return };
    for bad_first in [true, false] {
        let machine = Machine::builder().build();
        let load = |image| -> Driver<'_> { machine.load_image(image).unwrap() };
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

/// Where there is one driver, nothing is said of it: reports are what they were.
#[test]
fn a_violation_of_the_only_driver_has_no_name() {
    let Some(leaks) = image("c-driver/bad/PoolLeak.sys", C) else { return };
    let machine = Machine::builder().build();
    let driver = machine.load_image(&leaks).unwrap();
    drop(driver.add_device().unwrap());
    drop(driver);
    let found = machine.report().violations();
    assert!(!found.is_empty() && found.iter().all(|own| own.driver.is_none()), "{found:?}");
}
