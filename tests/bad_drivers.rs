//! For each rule of the verifier a driver that breaks only this rule: tests/bad-drivers, compiled
//! like Windows drivers. Each must be caught by its rule, once or more, and by no other.
//!
//! `cargo xtask c-driver` builds them. Rules that are checked without faults are also tested with
//! linked-in drivers, in acx-host's own tests.

#![cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]

mod variants;

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use acx_client::endpoint::{Endpoint, WaveFormat};
use acx_client::event::EventStream;
use acx_client::request;
use acx_client::{Direction, System};
use acx_host::{Image, Machine, Rule};
use acx_sys::{AUDIO_SIGNALPROCESSINGMODE_RAW as RAW, GUID};

const STEREO: WaveFormat =
    WaveFormat { float: false, channels: 2, mask: 3, rate: 48_000, bits: 16, valid_bits: 16 };

/// The property of bad.h's circuit.
const SET: GUID = GUID { Data1: 0x0ACE_0BAD, Data2: 2, Data3: 2, Data4: [3, 0, 0, 0, 0, 0, 0, 0] };

/// Names of the sources.
fn names() -> BTreeSet<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/bad-drivers");
    let files = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    let sources = files.filter(|path| path.extension().is_some_and(|extension| extension == "c"));
    sources.map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned()).collect()
}

/// Runs all client and PnP operations that the driver allows. Returns the broken rules and the
/// messages.
fn broken_by(image: &Image) -> (BTreeSet<&'static str>, Vec<String>) {
    let machine = Machine::builder().build();
    if let Ok(driver) = machine.load_image(image) {
        if let Ok(device) = driver.add_device() {
            machine.sleep(Duration::from_millis(20));
            use_stream(&machine);
            if let Ok(endpoint) = Endpoint::find(&machine, Direction::Render) {
                let _ = request::get_known(&endpoint.filter, "its own", &SET, 1, &[], 4);
            }
            device.power_down();
            let _ = device.power_up();
            let _ = device.rebalance();
            // And with a client that keeps its stream.
            let open = Endpoint::find(&machine, Direction::Render).ok().and_then(|endpoint| {
                EventStream::open(&machine, &endpoint, STEREO, &RAW, 480).ok()
            });
            if let Some(stream) = &open {
                let _ = stream.prepare();
            }
            device.surprise_remove();
            drop(open);
        }
        machine.sleep(Duration::from_millis(20));
    }
    let found = machine.report().violations();
    assert_eq!(machine.report().gaps(), Vec::<&str>::new());
    (
        found.iter().map(|violation| violation.rule.name()).collect(),
        found.iter().map(ToString::to_string).collect(),
    )
}

fn use_stream(machine: &Machine) {
    let Ok(endpoint) = Endpoint::find(machine, Direction::Render) else { return };
    let Ok(mut stream) = EventStream::open(machine, &endpoint, STEREO, &RAW, 480) else { return };
    let packet = vec![1; stream.packet_bytes()];
    let _ = stream.write(0, &packet, None);
    if stream.prepare().is_ok() && stream.run().is_ok() {
        for _ in 0..3 {
            machine.sleep(Duration::from_millis(15));
            let _ = stream.position();
            let _ = stream.write(stream.completed().0 + 1, &packet, None);
        }
        let _ = stream.pause();
    }
    let _ = stream.stop();
}

fn image(name: &str) -> Option<Image> {
    let file = variants::built(&format!("c-driver/bad/{name}.sys"), "cargo xtask c-driver")?;
    Some(Image::read(&file).unwrap())
}

#[test]
fn every_rule_has_its_bad_driver() {
    let rules: BTreeSet<String> = Rule::ALL.iter().map(|rule| rule.name().to_owned()).collect();
    let mut names = names();
    for good in ["Keeps", "KeepsQuiet"] {
        assert!(names.remove(good), "{good} shows that the rest of bad.h breaks nothing");
    }
    assert_eq!(names, rules);
    for rule in Rule::ALL {
        assert!(rule.explanation().len() > 20, "{rule:?}");
    }
}

#[test]
fn each_bad_driver_is_caught_by_its_rule_and_no_other() {
    let mut wrong = Vec::new();
    // A bug check ends the process: it has a test of its own.
    for name in names().iter().filter(|name| *name != "BugCheck") {
        let Some(image) = image(name) else { return };
        let (rules, said) = broken_by(&image);
        println!(
            "{name}: {}",
            said.first().map_or("nothing", |first| first.lines().next().unwrap())
        );
        let expected: BTreeSet<&str> =
            Some(name.as_str()).filter(|name| !name.starts_with("Keeps")).into_iter().collect();
        if rules != expected {
            wrong.push(format!("{name}: {said:#?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// As a machine ends.
#[test]
fn a_bug_check_ends_the_process_and_says_why() {
    const CHILD: &str = "ACXVAD_BUG_CHECK";
    let Some(image) = image("BugCheck") else { return };
    if std::env::var_os(CHILD).is_some() {
        broken_by(&image);
        unreachable!("a bug check does not return");
    }
    let mut child = Command::new(std::env::current_exe().unwrap());
    child.args(["--exact", "a_bug_check_ends_the_process_and_says_why", "--nocapture"]);
    let output = child.env(CHILD, "1").output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success());
    assert!(said.contains("BugCheck: bug check 0xbad (0x1, 0x2, 0x3, 0x4)"), "{said}");
    assert!(said.contains("EvtDeviceD0Entry"), "{said}");
}
