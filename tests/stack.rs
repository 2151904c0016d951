//! Three drivers of one speaker: samples/stack, and its codec once more in C. The template is the
//! DSP's, and names circuits of the other two; a factory of the DSP makes the first circuit.
//!
//! `cargo xtask build --release --package stack-dsp --arch x64` makes the first image, and so on;
//! `cargo xtask c-driver` that in C.

#![cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]

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

fn in_c(name: &str) -> Option<Image> {
    let file = variants::built(&format!("c-driver/{name}.sys"), "cargo xtask c-driver");
    file.map(|path| Image::read(&path).unwrap())
}

/// What a case says of the stack with a codec.
fn asked(codec: &str, case: &str) -> Option<Outcome> {
    let images = with_codecs([in_c(codec)]).pop()?;
    Some(suite::run_case(&subject(&images), case).unwrap().outcome)
}

/// The DSP has no element and no jack: the codec has the volume, and the amplifier the jack.
#[test]
fn elements_of_an_endpoint_are_asked_in_the_circuit_that_has_them() {
    let apart = |why: &str| Some(Outcome::NotApplicable(why.to_owned()));
    let (Some(b13), b36) = (asked("codec-volume", "B13"), asked("codec-volume", "B36")) else {
        return;
    };
    let words = "SpeakerDsp0: 2 channels, -48 dB to 0 dB, in SpeakerCodec0";
    assert!(matches!(&b13, Outcome::Passed(figure) if figure.starts_with(words)), "{b13:?}");
    let words = "SpeakerCodec0: 2 channels, -48 dB to 0 dB in steps of 0.5 dB";
    assert_eq!(b36, Some(Outcome::Passed(words.to_owned())));
    let wrong = "channel 1: -1 dB, not -2 dB";
    assert_eq!(asked("codec-volume-off", "B13"), Some(Outcome::Failed(wrong.to_owned())));
    assert!(asked("codec-volume-off", "B36").unwrap().is_failure());
    assert_eq!(asked("codec", "B13"), apart("no volume and no mute"));
    let pulled = "nothing plugs or pulls the jacks of this driver";
    assert_eq!(asked("codec", "B29"), apart(pulled));
}

/// DSP, codec, amplifier, with each of the codecs.
fn with_codecs(codecs: impl IntoIterator<Item = Option<Image>>) -> Vec<[Image; 3]> {
    let [Some(dsp), Some(amp)] = ["stack-dsp", "stack-amp"].map(rust) else { return Vec::new() };
    codecs.into_iter().flatten().map(|codec| [dsp.clone(), codec, amp.clone()]).collect()
}

/// All in Rust, and with the codec in C.
fn stacks() -> Vec<[Image; 3]> {
    with_codecs([rust("stack-codec"), in_c("codec")])
}

/// As well with a codec that leaves its circuit to ACX: it never calls AcxDeviceRemoveCircuit.
fn all_stacks() -> Vec<[Image; 3]> {
    with_codecs([rust("stack-codec"), in_c("codec"), in_c("codec-keeps")])
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

/// Loads the drivers in an order and plugs their devices; each slot is a driver's place in the
/// stack.
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
    for images in all_stacks() {
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
    for images in all_stacks() {
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
    for images in all_stacks() {
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
fn each_may_be_removed_or_pulled_out_while_a_stream_runs() {
    for images in all_stacks() {
        for (pulled, by_surprise) in (0..3).flat_map(|at| [(at, true), (at, false)]) {
            let machine = Machine::builder().build();
            {
                let drivers = loaded(&machine, &images, [0, 1, 2]);
                let mut nodes = plugged(&machine, &drivers, [0, 1, 2]);
                let mut stream = streaming(&machine);
                if by_surprise {
                    nodes[pulled].as_ref().unwrap().surprise_remove();
                } else {
                    nodes[pulled] = None;
                }
                machine.sleep(Duration::from_millis(30));
                // The endpoint is apart, although a client still has what is gone.
                assert_eq!(path(&machine), Vec::<String>::new());
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

/// Circuit and callback of each state callback since they were last asked for.
fn state_calls(machine: &Machine) -> Vec<(String, &'static str)> {
    let calls = machine.take_state_calls().into_iter();
    calls.map(|call| (call.circuit, call.callback.trim_start_matches("EvtAcxStream"))).collect()
}

/// These circuits in this order, each with the callback.
fn through(order: [usize; 3], callback: &'static str) -> Vec<(String, &'static str)> {
    order.map(|at| (PATH[at].to_owned(), callback)).to_vec()
}

/// A stream's states go through all three drivers: away from the client on the way up, back on the
/// way down. A second stream, in another mode, joins the first behind the DSP.
#[test]
fn states_go_through_all() {
    for images in all_stacks() {
        let machine = Machine::builder().build();
        {
            let drivers = loaded(&machine, &images, [2, 0, 1]);
            let _nodes = plugged(&machine, &drivers, [1, 2, 0]);
            machine.record_state_calls();
            let mut stream = streaming(&machine);
            let (down, up) = ([0, 1, 2], [2, 1, 0]);
            assert_eq!(
                state_calls(&machine),
                [through(down, "PrepareHardware"), through(down, "Run")].concat()
            );
            let endpoint = Endpoint::find(&machine, Direction::Render).unwrap();
            let raw = &acx_sys::AUDIO_SIGNALPROCESSINGMODE_RAW;
            // The DSP has one pin for one stream.
            assert!(EventStream::open(&machine, &endpoint, STEREO, raw, 480).is_err());
            stream.pause().unwrap();
            stream.stop().unwrap();
            assert_eq!(
                state_calls(&machine),
                [through(up, "Pause"), through(up, "ReleaseHardware")].concat()
            );
        }
        nothing_wrong(&machine, "states");
    }
}

/// What a client opens at the DSP is what the codec's stream is asked for, in the mode that the
/// DSP's bridge gives. A codec that takes another rate refuses, and the stream is not made.
#[test]
fn a_format_and_a_mode_go_through_all() {
    for images in with_codecs([in_c("codec")]) {
        let machine = Machine::builder().build();
        {
            let drivers = loaded(&machine, &images, [0, 1, 2]);
            let _nodes = plugged(&machine, &drivers, [0, 1, 2]);
            play(&machine);
        }
        assert_eq!(machine.debug_output(), "codec: a stream of 48000 Hz in mode 9E90EA20\n");
        nothing_wrong(&machine, "formats");
    }
    for images in with_codecs([in_c("codec-44100")]) {
        let machine = Machine::builder().build();
        {
            let drivers = loaded(&machine, &images, [0, 1, 2]);
            let _nodes = plugged(&machine, &drivers, [0, 1, 2]);
            let endpoint = Endpoint::find(&machine, Direction::Render).unwrap();
            let refused = EventStream::open(&machine, &endpoint, STEREO, &MODE, 480).err();
            assert_eq!(refused.map(|why| why.status), Some(acx_sys::STATUS_NO_MATCH));
        }
        assert_eq!(machine.debug_output(), "");
        nothing_wrong(&machine, "another rate");
    }
}

/// Content rights go to the stream of each driver, and content that one of them cannot protect is
/// refused.
#[test]
fn content_rights_go_through_all() {
    for (images, prints) in stacks().into_iter().zip([false, true]) {
        let machine = Machine::builder().build();
        {
            let drivers = loaded(&machine, &images, [0, 1, 2]);
            let _nodes = plugged(&machine, &drivers, [0, 1, 2]);
            let stream = streaming(&machine);
            stream.pin().assign_content(true, false).unwrap();
            let refused = stream.pin().assign_content(true, true).unwrap_err();
            assert_eq!(refused, acx_sys::STATUS_NOT_SUPPORTED);
            stream.pin().assign_content(false, false).unwrap();
        }
        let said = machine.debug_output();
        let said: Vec<&str> = said.lines().filter(|line| line.contains("protect")).collect();
        let rights = [
            "1, digital output disable 0",
            "1, digital output disable 1",
            "0, digital output disable 0",
        ];
        let wanted = rights.map(|rights| format!("codec: copy protect {rights}"));
        assert_eq!(said, if prints { wanted.to_vec() } else { Vec::new() });
        nothing_wrong(&machine, "content");
    }
}

/// A codec that is wrong in one way is noticed by what the tests above look at, and named.
#[test]
fn a_wrong_codec_is_noticed() {
    let with = |name: &str, look: &dyn Fn(&Machine)| {
        with_codecs([in_c(name)]).pop().map(|images| {
            let machine = Machine::builder().build();
            {
                let drivers = loaded(&machine, &images, [0, 1, 2]);
                let _nodes = drivers.each_ref().map(|driver| driver.add_device().unwrap());
                look(&machine);
            }
            let found = machine.report().violations();
            found.iter().map(|own| (own.rule, own.driver.clone())).collect::<Vec<_>>()
        })
    };
    // Its circuit is none of the template's: there is no endpoint.
    let found = with("codec-stranger", &|machine| assert_eq!(path(machine), Vec::<String>::new()));
    assert!(found.is_none_or(|found| found.is_empty()));
    // Its streams do not run: no stream of the endpoint does.
    let found = with("codec-stops", &|machine| {
        let endpoint = Endpoint::find(machine, Direction::Render).unwrap();
        let stream = EventStream::open(machine, &endpoint, STEREO, &MODE, 480).unwrap();
        stream.prepare().unwrap();
        assert_eq!(stream.run().unwrap_err().status, acx_sys::STATUS_INVALID_DEVICE_STATE);
    });
    assert!(found.is_none_or(|found| found.is_empty()));
    // It leaves pool behind, and not its neighbours.
    let found = with("codec-leaks", &play);
    let leak = (acx_host::Rule::PoolLeak, Some("codec-leaks".to_owned()));
    assert!(found.is_none_or(|found| found == [leak]));
}

/// The INF of each driver names the circuit that it has.
#[test]
fn each_inf_names_its_circuit() {
    let all = [
        include_str!("../samples/stack/dsp/stack-dsp.inx"),
        include_str!("../samples/stack/codec/stack-codec.inx"),
        include_str!("../samples/stack/amp/stack-amp.inx"),
    ];
    for (inx, own) in all.iter().zip(PATH) {
        for name in PATH {
            assert_eq!(inx.contains(&format!("\"{name}\"")), name == own, "{name}");
        }
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

/// The circuits that a template waits for are named as it names them, until they are there.
#[test]
fn what_an_endpoint_waits_for_is_named() {
    let Some(images) = stacks().into_iter().next() else { return };
    let machine = Machine::builder().build();
    {
        let drivers = loaded(&machine, &images, [0, 1, 2]);
        let waits_for = |parts: &[u8]| {
            let id = |part| {
                format!("circuit of component {{5b0b6e0a-2f61-4c0c-9d0a-6d1d3c1e7a0{part}}}")
            };
            assert_eq!(machine.missing_circuits(), parts.iter().map(id).collect::<Vec<_>>());
        };
        // DSP, codec, amplifier. Without one of them nothing waits.
        waits_for(&[]);
        let _dsp = drivers[0].add_device().unwrap();
        waits_for(&[2, 3]);
        let _codec = drivers[1].add_device().unwrap();
        waits_for(&[3]);
        let amplifier = drivers[2].add_device().unwrap();
        waits_for(&[]);
        drop(amplifier);
        waits_for(&[3]);
    }
    nothing_wrong(&machine, "waiting");
}

/// Where ACX makes no composites, nobody asks the factory but a person.
#[test]
fn a_factory_may_be_asked_by_hand() {
    let Some([dsp, ..]) = stacks().into_iter().next() else { return };
    let subject = Subject::new(Form::Image(dsp)).assuming(acx_host::assumptions::Assumptions {
        composites: acx_host::assumptions::Composites::Refused,
        ..Default::default()
    });
    let machine = subject.builder().build();
    {
        let driver = subject.load(&machine).unwrap();
        let _node = driver.add_device().unwrap();
        assert_eq!(machine.idle_factories(), ["Dsps0"]);
        assert_eq!(machine.ask_factory("Amps0"), Err(acx_sys::STATUS_OBJECT_NAME_NOT_FOUND));
        machine.ask_factory("dsps0").unwrap();
        assert_eq!(machine.idle_factories(), Vec::<String>::new());
        let endpoint = Endpoint::find(&machine, Direction::Render).unwrap();
        assert_eq!(endpoint.name(), "SpeakerDsp0");
    }
    nothing_wrong(&machine, "asked by hand");
}

/// Numbers that a seed makes: xorshift.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 33) as usize % bound
    }
}

/// Devices come, go and are pulled out in a made-up order, and clients stream meanwhile. There are
/// three codecs, whose circuits have the same id and name: the endpoint is whole while one of them
/// is there. `ACXVAD_LONG=1` runs a hundred times as many.
#[test]
fn random_lives() {
    let codecs = [in_c("codec"), in_c("codec-keeps")];
    let (Some([dsp, codec, amp]), [Some(in_c), Some(keeps)]) =
        (stacks().into_iter().next(), codecs)
    else {
        return;
    };
    let images = [dsp, codec, amp, in_c, keeps];
    let lives = if std::env::var_os("ACXVAD_LONG").is_some() { 2_400 } else { 24 };
    for seed in 1..=lives {
        let mut random = Random(seed);
        let machine = Machine::builder().seed(seed).build();
        {
            let mut order = [0, 1, 2, 3, 4];
            (1..5).for_each(|at| order.swap(at, random.below(at + 1)));
            let mut drivers = [const { None }; 5];
            for at in order {
                drivers[at] = Some(machine.load_image(&images[at]).unwrap());
            }
            let drivers = drivers.map(Option::unwrap);
            {
                let mut nodes = [const { None }; 5];
                let mut stream: Option<EventStream> = None;
                for _ in 0..40 {
                    let at = random.below(5);
                    match (random.below(6), nodes[at].take()) {
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
                        // A circuit that was never removed cannot be added again.
                        (4, Some(node)) if at != 4 => {
                            let _ = node.rebalance();
                            nodes[at] = Some(node);
                        }
                        (_, Some(node)) => nodes[at] = Some(node),
                        (_, None) => nodes[at] = Some(drivers[at].add_device().unwrap()),
                    }
                    machine.sleep(Duration::from_millis(random.below(20) as u64));
                    let is_there = |at: usize| nodes[at].is_some();
                    let is_whole =
                        is_there(0) && is_there(2) && [1, 3, 4].into_iter().any(is_there);
                    assert_eq!(!path(&machine).is_empty(), is_whole, "seed {seed}");
                    if random.below(2) == 0 {
                        stream = None;
                    }
                    if is_whole && stream.is_none() {
                        stream = Some(streaming(&machine));
                    }
                }
                drop(stream);
            }
        }
        nothing_wrong(&machine, &format!("seed {seed}"));
    }
}
