//! Three drivers of one speaker: samples/stack, and its codec once more in C. The template is the DSP's, and names circuits of
//! the other two; a factory of the DSP makes the first circuit.
//!
//! `cargo xtask build --release --package stack-dsp --arch x64` makes the first image, and so on; `cargo xtask c-driver` that in C.

#![cfg(all(target_os = "linux", target_arch = "x86_64"))]

mod variants;

use std::time::Duration;

use acx_client::endpoint::Endpoint;
use acx_client::event::EventStream;
use acx_client::{Direction, System};
use acx_conform::faults::{self, Options};
use acx_conform::melody::STEREO;
use acx_conform::suite::{self, Outcome};
use acx_conform::{Driver as Form, Subject};
use acx_host::machine::{DeviceNode, Driver, SystemPower};
use acx_host::{Image, Machine};
use acx_sys::AUDIO_SIGNALPROCESSINGMODE_DEFAULT as MODE;

/// Each of the six orders of three.
const ORDERS: [[usize; 3]; 6] = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];

const PATH: [&str; 3] = ["SpeakerDsp0", "SpeakerCodec0", "SpeakerAmp0"];

fn rust(name: &str) -> Option<Image> {
    let made_by = format!("cargo xtask build --release --arch x64 --package {name}");
    variants::built(&format!("image/x64/{name}.sys"), &made_by)
        .map(|path| Image::read(&path).unwrap())
}

/// DSP, codec, amplifier: all in Rust, and with the codec in C.
fn stacks() -> Vec<[Image; 3]> {
    let all = ["stack-dsp", "stack-codec", "stack-amp"].map(rust);
    let [Some(dsp), Some(codec), Some(amp)] = all else { return Vec::new() };
    let in_c = variants::built("c-driver/codec.sys", "cargo xtask c-driver");
    let in_c = in_c.map(|path| [dsp.clone(), Image::read(&path).unwrap(), amp.clone()]);
    std::iter::once([dsp, codec, amp]).chain(in_c).collect()
}

fn subject([dsp, codec, amp]: &[Image; 3]) -> Subject {
    Subject::new(Form::Image(dsp.clone()))
        .with_drivers([codec, amp].map(|image| Form::Image(image.clone())))
}

fn path(machine: &Machine) -> Vec<String> {
    match &Endpoint::all(machine, Direction::Render).unwrap()[..] {
        [] => Vec::new(),
        [only] => only.path(machine).unwrap(),
        more => panic!("{} endpoints", more.len()),
    }
}

#[track_caller]
fn nothing_wrong(machine: &Machine, what: &str) {
    let violations: Vec<String> =
        machine.report().violations().iter().map(ToString::to_string).collect();
    assert!(violations.is_empty(), "{what}: {}", violations.join("\n"));
    assert_eq!(machine.report().gaps(), Vec::<&str>::new(), "{what}");
}

fn streaming(machine: &Machine) -> EventStream {
    let endpoint = Endpoint::find(machine, Direction::Render).unwrap();
    let mut stream = EventStream::open(machine, &endpoint, STEREO, &MODE, 480).unwrap();
    let packet = vec![1; stream.packet_bytes()];
    stream.write(0, &packet, None).unwrap();
    stream.prepare().unwrap();
    stream.run().unwrap();
    machine.sleep(Duration::from_millis(15));
    assert!(stream.position().unwrap().0 > 0);
    stream
}

fn play(machine: &Machine) {
    let mut stream = streaming(machine);
    stream.pause().unwrap();
    stream.stop().unwrap();
}

/// Loads the drivers in an order and plugs their devices; each slot is a driver's place in the stack.
fn loaded<'m>(machine: &'m Machine, images: &[Image; 3], order: [usize; 3]) -> [Driver<'m>; 3] {
    let mut drivers = [const { None }; 3];
    for at in order {
        drivers[at] = Some(machine.load_image(&images[at]).unwrap());
    }
    drivers.map(Option::unwrap)
}

/// Plugs the devices in an order: nothing is to be seen before the last, and everything then.
fn plugged<'d>(
    machine: &Machine,
    drivers: &'d [Driver<'_>; 3],
    order: [usize; 3],
) -> [Option<DeviceNode<'d>>; 3] {
    let mut nodes = [const { None }; 3];
    for at in order {
        assert_eq!(path(machine), Vec::<String>::new());
        nodes[at] = Some(drivers[at].add_device().unwrap());
    }
    assert_eq!(path(machine), PATH);
    nodes
}

#[test]
fn any_order_of_loading_will_do() {
    for images in stacks() {
        for order in ORDERS {
            let machine = Machine::builder().build();
            {
                let drivers = loaded(&machine, &images, order);
                let _nodes = plugged(&machine, &drivers, order);
                play(&machine);
            }
            nothing_wrong(&machine, &format!("{order:?}"));
        }
    }
}

/// A device goes, and the others stay; the endpoint is there again when its device is.
#[test]
fn any_order_of_removal_will_do() {
    for images in stacks() {
        for order in ORDERS {
            let machine = Machine::builder().build();
            {
                let drivers = loaded(&machine, &images, [0, 1, 2]);
                let mut nodes = plugged(&machine, &drivers, [0, 1, 2]);
                let [first, second, third] = order;
                nodes[first] = None;
                assert_eq!(path(&machine), Vec::<String>::new());
                assert!([second, third].iter().all(|at| nodes[*at].as_ref().unwrap().is_powered()));
                nodes[first] = Some(drivers[first].add_device().unwrap());
                assert_eq!(path(&machine), PATH);
                play(&machine);
                for at in order {
                    nodes[at] = None;
                    assert_eq!(path(&machine), Vec::<String>::new());
                }
            }
            nothing_wrong(&machine, &format!("{order:?}"));
        }
    }
}

/// Drivers are unloaded in any order, and one alone can come back.
#[test]
fn any_order_of_unloading_will_do() {
    for images in stacks() {
        for order in ORDERS {
            let machine = Machine::builder().build();
            let mut drivers = loaded(&machine, &images, [0, 1, 2]).map(Some);
            for at in order {
                let driver = drivers[at].take().unwrap();
                drop(driver.add_device().unwrap());
                drop(driver);
                nothing_wrong(&machine, &format!("{order:?}, {at}"));
            }
        }
    }
}

#[test]
fn each_may_be_pulled_out_while_a_stream_runs() {
    for images in stacks() {
        for pulled in 0..3 {
            let machine = Machine::builder().build();
            {
                let drivers = loaded(&machine, &images, [0, 1, 2]);
                let mut nodes = plugged(&machine, &drivers, [0, 1, 2]);
                let mut stream = streaming(&machine);
                nodes[pulled].as_ref().unwrap().surprise_remove();
                machine.sleep(Duration::from_millis(30));
                let _ = stream.pause();
                let _ = stream.stop();
                drop(stream);
                assert_eq!(path(&machine), Vec::<String>::new());
                nodes[pulled] = None;
                nodes[pulled] = Some(drivers[pulled].add_device().unwrap());
                assert_eq!(path(&machine), PATH);
                play(&machine);
            }
            nothing_wrong(&machine, PATH[pulled]);
        }
    }
}

#[test]
fn power_and_rebalance_go_through_all() {
    for images in stacks() {
        let subject = subject(&images);
        let machine = subject.builder().build();
        let ((), findings) = subject
            .on_machine(&machine, |machine, node| {
                for to in [SystemPower::Sleep, SystemPower::Hibernate] {
                    let mut stream = streaming(machine);
                    machine.leave_s0(to);
                    assert!(!node.is_powered());
                    machine.return_to_s0()?;
                    machine.sleep(Duration::from_millis(15));
                    stream.pause().unwrap();
                    stream.stop().unwrap();
                }
                node.power_down();
                node.power_up()?;
                play(machine);
                node.rebalance()?;
                assert_eq!(path(machine), PATH);
                play(machine);
                Ok(())
            })
            .unwrap();
        assert_eq!(findings.count(), 0, "{findings:?}");
    }
}

#[test]
fn it_conforms() {
    for images in stacks() {
        let found = suite::run(&subject(&images), &mut |_, _| {}).unwrap();
        assert_eq!(found.failures(), Vec::<String>::new());
        let order = found.verdicts.iter().find(|verdict| verdict.id == "B16").unwrap();
        let Outcome::Passed(figures) = &order.outcome else { panic!("{order:?}") };
        assert!(figures.starts_with(&PATH.join(" - ")), "{figures}");
    }
}

#[test]
fn each_call_that_can_fail_may_fail() {
    for images in stacks() {
        for scenario in ["load", "start", "composite"] {
            let options = Options { scenario: Some(scenario.to_owned()), ..Options::default() };
            let found = faults::run(&subject(&images), &options, &mut |_, _, _| {}).unwrap();
            for scenario in found {
                let name = scenario.name;
                assert_eq!(scenario.does_not_apply, None, "{name}");
                assert!(scenario.violations.is_empty(), "{name}: {:?}", scenario.violations);
            }
        }
    }
}

/// Devices come, go and are pulled out in a made-up order, and clients stream meanwhile.
#[test]
fn random_lives() {
    for images in stacks() {
        for seed in 1..=12 {
            let mut random = fastrand::Rng::with_seed(seed);
            let machine = Machine::builder().seed(seed).build();
            {
                let drivers = loaded(&machine, &images, ORDERS[random.usize(..6)]);
                let mut nodes = [const { None }; 3];
                let mut stream: Option<EventStream> = None;
                for _ in 0..40 {
                    let at = random.usize(..3);
                    match (random.u32(..6), nodes[at].take()) {
                        (0..2, Some(node)) => drop::<DeviceNode<'_>>(node),
                        (2, Some(node)) => {
                            node.surprise_remove();
                            drop(node);
                        }
                        (3, Some(node)) => {
                            node.power_down();
                            node.power_up().unwrap();
                            nodes[at] = Some(node);
                        }
                        (4, Some(node)) => {
                            let _ = node.rebalance();
                            nodes[at] = Some(node);
                        }
                        (_, Some(node)) => nodes[at] = Some(node),
                        (_, None) => nodes[at] = Some(drivers[at].add_device().unwrap()),
                    }
                    machine.sleep(Duration::from_millis(random.u64(..20)));
                    let is_whole = nodes.iter().all(Option::is_some);
                    assert_eq!(!path(&machine).is_empty(), is_whole, "seed {seed}");
                    if random.bool() {
                        stream = None;
                    }
                    if is_whole && stream.is_none() {
                        stream = Some(streaming(&machine));
                    }
                }
                drop(stream);
            }
            nothing_wrong(&machine, &format!("seed {seed}"));
        }
    }
}
