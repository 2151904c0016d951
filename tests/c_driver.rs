//! Drivers in C, compiled like Windows drivers, in the same suite.
//!
//! `cargo xtask c-driver` builds them from tests/c-driver, with clang and a header generated from
//! the fact tables.

#![cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]

#[path = "c_driver/every.rs"]
mod every;
#[path = "c_driver/exceptions.rs"]
mod exceptions;
#[path = "c_driver/habits.rs"]
mod habits;
mod variants;

use acx_client::System;
use std::time::Duration;

use acx_conform::faults::{self, Options};
use acx_conform::suite::{self, Outcome, Verdict};
use acx_conform::{Driver, Subject};
use acx_host::{Image, Machine};

fn driver(name: &str) -> Option<Image> {
    let file = variants::built(&format!("c-driver/{name}.sys"), "cargo xtask c-driver");
    file.map(|path| Image::read(&path).unwrap())
}

#[test]
fn the_cable_in_c_conforms() {
    let Some(image) = driver("cable") else { return };
    let subject = Subject::new(Driver::Image(image));
    assert_eq!(subject.name(), "cable");
    let found = suite::run(&subject, &mut |_, _| {}).unwrap();
    // An emulated processor is too slow for the one case that has a limit in real time.
    let is_slow = |failure: &String| {
        failure.starts_with("B32 ") && std::env::var_os("ACXVAD_EMULATED").is_some()
    };
    let (slow, failures): (Vec<_>, Vec<_>) = found.failures().into_iter().partition(is_slow);
    assert_eq!(failures, Vec::<String>::new());
    let verdicts = found.verdicts;
    // It has no audio engine, no keyword spotter, no endpoint of several circuits, no third
    // endpoint; takes no protected content, has jacks that nothing pulls, and converts no rates.
    let apart = verdicts.iter().filter(|verdict| verdict.outcome.is_not_applicable());
    assert_eq!(
        apart.map(|verdict| verdict.id).collect::<Vec<_>>(),
        [
            "Q4", "W6", "W7", "B16", "B17", "B18", "B28", "B29", "B37", "B38", "B39", "B40", "B41",
            "B43", "B44"
        ]
    );
    let passed = |verdict: &&Verdict| matches!(verdict.outcome, Outcome::Passed(_));
    assert_eq!(verdicts.iter().filter(passed).count() + slow.len(), 49);
}

/// The driver that `docs/comparison.md` compares with `samples/minimal-driver`, whose own test runs
/// the suite.
#[test]
fn the_minimal_driver_in_c_conforms() {
    let Some(image) = driver("minimal") else { return };
    let found = suite::run(&Subject::new(Driver::Image(image)), &mut |_, _| {}).unwrap();
    assert_eq!(found.failures(), Vec::<String>::new());
    let passed = |verdict: &&Verdict| matches!(verdict.outcome, Outcome::Passed(_));
    assert_eq!(found.verdicts.iter().filter(passed).count(), 37);
}

/// The description of acxvad may be given with any driver: it is used only with acxvad's devices.
#[test]
fn a_vendors_additions_are_not_used_with_other_drivers() {
    let Some(image) = driver("cable") else { return };
    let subject = acxhost::subject::image(image);
    for (scenario, missing) in [
        ("jack", "its jacks cannot be unplugged"),
        ("cables", "its cables cannot be changed"),
        ("telemetry", "it has no counters"),
    ] {
        let options = Options { scenario: Some(scenario.to_owned()), ..Options::default() };
        let found = faults::run(&subject, &options, &mut |_, _, _| {}).unwrap();
        assert_eq!(found[0].does_not_apply.as_deref(), Some(missing), "{scenario}");
    }
}

/// The board's checks run in the driver; each answers 0, or the line of board.c whose condition
/// does not hold.
#[test]
fn the_board_in_c_finds_the_kernel_that_it_expects() {
    let Some(image) = driver("board") else { return };
    let control =
        acx_sys::GUID { Data1: 0xACE0_B0A2, Data2: 0, Data3: 0, Data4: [1, 0, 0, 0, 0, 0, 0, 0] };
    let machine = Machine::builder().build();
    let driver = machine.load_image(&image).unwrap();
    let device = driver.add_device().unwrap();
    let names = machine.interfaces(&control);
    let file = machine.open_device(&names[0]).unwrap();
    for (index, name) in
        ["objects", "lists", "text", "registry", "threads", "timers", "files", "the rest"]
            .iter()
            .enumerate()
    {
        let mut line = [0; 4];
        let reply = file.ioctl(0x8000_2000 | (index as u32) << 2, &[], &mut line);
        let found = machine.report().violations();
        assert_eq!((reply.status, reply.information), (0, 4), "{name}: {found:#?}");
        assert_eq!(u32::from_le_bytes(line), 0, "{name}: that line of board.c");
    }
    // Nothing of the kind; and no room for the answer.
    let unknown = file.ioctl(0x8000_2000 | 99 << 2, &[], &mut [0; 4]);
    assert_eq!(unknown.status, acx_sys::STATUS_INVALID_DEVICE_REQUEST);
    let short = file.ioctl(0x8000_2000, &[], &mut [0; 3]);
    assert_eq!(short.status, acx_sys::STATUS_BUFFER_TOO_SMALL);
    assert!(machine.debug_output().contains("a line for the debugger"));
    drop(file);
    // The child has its circuit, with an audio interface.
    let audio = machine.interfaces(&acx_sys::KSCATEGORY_AUDIO);
    assert!(audio.len() == 1 && audio[0].ends_with("Amp0"), "{audio:?}");
    // Nobody uses it: the child sleeps after 5 s, the board 5 s later, for it is not idle before;
    // and it wakes for a request.
    machine.sleep(Duration::from_secs(6));
    assert!(device.is_powered());
    machine.sleep(Duration::from_secs(6));
    assert!(!device.is_powered());
    let file = machine.open_device(&names[0]).unwrap();
    file.ioctl(0x8000_2000, &[], &mut [0; 4]);
    assert!(device.is_powered());
    drop(file);
    // The child goes and comes with its parent's hardware, and the whole thing can start over.
    device.rebalance().unwrap();
    assert_eq!(machine.interfaces(&acx_sys::KSCATEGORY_AUDIO).len(), 1);
    device.surprise_remove();
    assert_eq!(machine.interfaces(&acx_sys::KSCATEGORY_AUDIO).len(), 0);
    drop(device);
    let again = driver.add_device().unwrap();
    assert_eq!(machine.interfaces(&acx_sys::KSCATEGORY_AUDIO).len(), 1);
    drop(again);
    drop(driver);
    let report = machine.report();
    assert_eq!(report.count(), 0, "{:#?} {:?}", report.violations(), report.gaps());
}

/// What a driver said to the debugger since `from`, by line.
fn said(machine: &Machine, from: &mut usize) -> Vec<String> {
    let all = machine.debug_output();
    let new = all[*from..].lines().map(str::to_owned).collect();
    *from = all.len();
    new
}

/// The board has a speaker that lists no format, and no microphone: cases about one, and those
/// about streams, do not apply; the one about its list fails.
#[test]
fn what_a_driver_does_not_have_does_not_apply() {
    let Some(image) = driver("board") else { return };
    let subject = Subject::new(Driver::Image(image));
    let outcome = |case| suite::run_case(&subject, case).unwrap().outcome;
    assert_eq!(outcome("B14"), Outcome::NotApplicable("no microphone".to_owned()));
    for case in ["S3", "Q5"] {
        assert_eq!(outcome(case), Outcome::NotApplicable("no pin lists a format".to_owned()));
    }
    assert!(outcome("Q3").is_failure());
}

/// `every` answers nonsense where a client streams, and compares what a call that failed left NULL.
#[test]
fn answers_that_make_no_sense_end_no_run() {
    let Some(image) = driver("every") else { return };
    let subject = Subject::new(Driver::Image(image));
    let Outcome::Failed(why) = suite::run_case(&subject, "K2").unwrap().outcome else { panic!() };
    assert!(why.contains("before the stream ran at"), "{why}");
    for case in ["K1", "B11"] {
        assert!(suite::run_case(&subject, case).unwrap().outcome.is_failure(), "{case}");
    }
    let scenario = Some("start".to_owned());
    let options = Options { scenario, each: Some(1), pairs: 0, seed: 1 };
    let found = faults::run(&subject, &options, &mut |_, _, _| {}).unwrap();
    let all = found[0].violations.join("\n");
    let words = "AccessViolation: EvtDevicePrepareHardware: read of 0x0 by memcmp";
    assert!(all.contains(words), "{all}");
}

#[test]
fn composites_in_c_conform() {
    let Some(image) = driver("composite") else { return };
    let subject = Subject::new(Driver::Image(image));
    // Its bridge pins have no jack, and nothing is heard of what it plays.
    for case in ["Q6", "S3", "W1", "K1", "B5", "B6", "B9", "B20", "B22", "B35"] {
        let verdict = suite::run_case(&subject, case).unwrap();
        assert!(matches!(verdict.outcome, Outcome::Passed(_)), "{verdict}");
    }
    let verdict = suite::run_case(&subject, "B16").unwrap();
    let Outcome::Passed(figure) = verdict.outcome else { panic!("{verdict}") };
    assert_eq!(
        figure,
        "Dsp0 - Amp0: 1 mode in the usual order, 0 inverted; DspIn0 - Codec0: 0 modes in the usual order, 1 inverted"
    );
}

#[test]
fn composites_and_boards_in_c_bear_every_failure() {
    use acx_conform::faults;

    for name in ["composite", "board"] {
        let Some(image) = driver(name) else { return };
        let subject = Subject::new(Driver::Image(image));
        let options = Options { each: Some(2), pairs: 1, ..Options::default() };
        let found = faults::run(&subject, &options, &mut |_, _, _| {}).unwrap();
        for scenario in found {
            assert!(
                scenario.violations.is_empty(),
                "{name}, {}: {:#?}",
                scenario.name,
                scenario.violations
            );
        }
    }
}

#[test]
fn composites_in_c_change_states_in_their_order() {
    use acx_client::Direction;
    use acx_client::endpoint::{Endpoint, WaveFormat};
    use acx_client::event::EventStream;
    use acx_sys::AUDIO_SIGNALPROCESSINGMODE_RAW as RAW;

    let Some(image) = driver("composite") else { return };
    let machine = Machine::builder().build();
    let driver = machine.load_image(&image).unwrap();
    let device = driver.add_device().unwrap();
    let mut read = 0;
    let mut put = said(&machine, &mut read);
    put.sort();
    assert_eq!(
        put,
        [
            "amp is in a composite",
            "codec is in a composite",
            "connected to pin 0 of a target",
            "connected to pin 0 of a target",
            "dsp is in a composite",
            "dsp-in is in a composite",
        ]
    );
    let stereo =
        WaveFormat { float: false, channels: 2, mask: 3, rate: 48_000, bits: 16, valid_bits: 16 };
    // Rendering goes as ACX goes by default: the streaming circuit first on the way up, last on the
    // way down. The capturing endpoint's bridge inverts its default, so that the order is the same;
    // streams are made in the inverted order too.
    for (direction, near, far) in
        [(Direction::Render, "dsp", "amp"), (Direction::Capture, "dsp-in", "codec")]
    {
        let both = |one: &str, what: &str, other: &str| {
            [format!("{one} {what}"), format!("{other} {what}")]
        };
        let endpoint = Endpoint::find(&machine, direction).unwrap();
        let mut stream = EventStream::open(&machine, &endpoint, stereo, &RAW, 480).unwrap();
        let (first, last) = if near == "dsp" { (near, far) } else { (far, near) };
        assert_eq!(said(&machine, &mut read), both(first, "create", last));
        stream.prepare().unwrap();
        assert_eq!(said(&machine, &mut read), both(near, "prepare", far));
        stream.run().unwrap();
        assert_eq!(said(&machine, &mut read), both(near, "run", far));
        // A bridge has one stream out: a second one in joins it, and it goes no further down than
        // the furthest of them.
        let second = EventStream::open(&machine, &endpoint, stereo, &RAW, 480).unwrap();
        second.prepare().unwrap();
        second.run().unwrap();
        let alone = |what: &str| format!("{near} {what}");
        let made = ["create", "prepare", "run"].map(alone);
        assert_eq!(said(&machine, &mut read), made);
        stream.pause().unwrap();
        assert_eq!(said(&machine, &mut read), [alone("pause")]);
        stream.run().unwrap();
        assert_eq!(said(&machine, &mut read), [alone("run")]);
        drop(second);
        assert_eq!(said(&machine, &mut read), ["pause", "release"].map(alone));
        stream.pause().unwrap();
        assert_eq!(said(&machine, &mut read), both(far, "pause", near));
        stream.stop().unwrap();
        assert_eq!(said(&machine, &mut read), both(far, "release", near));
    }
    drop(device);
    let parted = said(&machine, &mut read);
    assert_eq!(parted, ["disconnected from pin 0", "disconnected from pin 0"]);
    drop(driver);
    let report = machine.report();
    assert_eq!(report.count(), 0, "{:#?} {:?}", report.violations(), report.gaps());
}
