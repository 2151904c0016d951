//! The sample in the host, linked in and as the file that Windows loads: it records its tone
//! exactly, at the current volume.

#[path = "../../../tests/variants/built.rs"]
mod built;

use std::time::Duration;

use acx_client::endpoint::{Endpoint, WaveFormat};
use acx_client::event::EventStream;
use acx_client::request::{node, set};
use acx_client::timer::TimerStream;
use acx_client::{Direction, System};
use acx_conform::melody::STEREO;
use acx_conform::{Subject, faults, suite};
use acx_host::machine::{Driver, HostError};
use acx_host::{Image, LinkedImage, Machine};
use acx_sys::*;
use microphone_driver::tone;

const LINKED: LinkedImage =
    LinkedImage { name: "microphone-driver", entry: microphone_driver::FxDriverEntry };
const MONO: WaveFormat = WaveFormat { channels: 1, mask: 4, ..STEREO };
const MODE: &GUID = &AUDIO_SIGNALPROCESSINGMODE_RAW;
const MADE_BY: &str = "cargo xtask build --release --package microphone-driver";
const FILE: &str = "image/x64/microphone-driver.sys";

#[test]
fn it_records_its_tone() {
    records(|machine| machine.load(LINKED));
}

#[test]
fn as_a_file_it_records_it_as_well() {
    if let Some(file) = built::built(FILE, MADE_BY) {
        let image = Image::read(&file).unwrap();
        records(|machine| machine.load_image(&image));
    }
}

/// Frames from `first` on, each sample halved `halvings` times.
fn expected(first: u64, frames: u64, halvings: u32) -> Vec<u8> {
    (first..first + frames).flat_map(|frame| (tone(frame) >> halvings).to_le_bytes()).collect()
}

fn records(load: impl FnOnce(&Machine) -> Result<Driver<'_>, HostError>) {
    let machine = Machine::builder().build();
    {
        let driver = load(&machine).unwrap();
        let _device = driver.add_device().unwrap();
        let endpoint = Endpoint::find(&machine, Direction::Capture).unwrap();
        event_driven(&machine, &endpoint);
        timer_driven(&machine, &endpoint);
    }
    for violation in machine.report().violations() {
        println!("{violation}");
    }
    assert_eq!(machine.report().count(), 0, "{:?}", machine.report().gaps());
}

fn event_driven(machine: &Machine, endpoint: &Endpoint) {
    let mut stream = EventStream::open(machine, endpoint, MONO, MODE, 480).unwrap();
    stream.prepare().unwrap();
    stream.run().unwrap();
    assert_eq!(stream.read_packet().unwrap_err().status, STATUS_DEVICE_NOT_READY);
    let next = |first: u64, count: u64, halvings| {
        for packet in first..first + count {
            let event = machine.wait_any(&[stream.event()], Duration::from_millis(11));
            assert_eq!(event, Some(0), "packet {packet} is announced");
            assert_eq!(u64::from(stream.read_packet().unwrap().packet), packet);
            let bytes = stream.newest().unwrap();
            assert!(bytes == expected(packet * 480, 480, halvings), "packet {packet}");
        }
    };
    next(0, 50, 0);
    set_level(endpoint, -12);
    // A part of the current packet was written before.
    assert_eq!(machine.wait_any(&[stream.event()], Duration::from_millis(11)), Some(0));
    next(51, 50, 2);
    set_level(endpoint, 0);
    stream.pause().unwrap();
    stream.stop().unwrap();
    assert_eq!(stream.position().unwrap().0, 0);
}

fn timer_driven(machine: &Machine, endpoint: &Endpoint) {
    let mut stream = TimerStream::open(endpoint, MONO, MODE, 4800).unwrap();
    for state in [KSSTATE::KSSTATE_PAUSE, KSSTATE::KSSTATE_RUN] {
        stream.set_state(state).unwrap();
    }
    let mut heard = Vec::new();
    for milliseconds in [1, 7, 3, 20, 60, 11, 2].into_iter().cycle().take(70) {
        machine.sleep(Duration::from_millis(milliseconds));
        stream.read(&mut heard).unwrap();
    }
    assert_eq!(heard.len(), 1040 * 48 * 2);
    assert!(heard == expected(0, 1040 * 48, 0));
    stream.set_state(KSSTATE::KSSTATE_PAUSE).unwrap();
    stream.set_state(KSSTATE::KSSTATE_STOP).unwrap();
}

/// Sets the volume, in decibels.
fn set_level(endpoint: &Endpoint, decibels: i32) {
    let level = (decibels * 65_536).to_le_bytes();
    let id = KSPROPERTY_AUDIO_VOLUMELEVEL;
    let instance = node(0, Some(0));
    set(&endpoint.filter, "the volume", &KSPROPSETID_Audio, id, &instance, &level).unwrap();
}

#[test]
fn it_conforms_and_survives_every_injected_failure() {
    let subject = Subject::new(acx_conform::Driver::Linked(LINKED));
    let found = suite::run(&subject, &mut |_, _| {}).unwrap();
    assert_eq!(found.failures(), Vec::<String>::new());
    let scenarios = faults::run(&subject, &faults::Options::default(), &mut |_, _, _| {}).unwrap();
    let violations: Vec<_> = scenarios.iter().flat_map(|own| &own.violations).collect();
    assert!(violations.is_empty(), "{violations:#?}");
}

#[test]
fn as_a_file_it_conforms() {
    let Some(file) = built::built(FILE, MADE_BY) else { return };
    let subject = Subject::new(acx_conform::Driver::Image(Image::read(&file).unwrap()));
    let found = suite::run(&subject, &mut |_, _| {}).unwrap();
    assert_eq!(found.failures(), Vec::<String>::new());
}
