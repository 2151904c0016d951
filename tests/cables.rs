//! Cables that are added and removed while the device runs, each on a child device.

mod variants;

use std::time::Duration;

use acx_client::endpoint::Endpoint;
use acx_client::event::EventStream;
use acx_client::request::{get, get_sized, number, set};
use acx_client::{Direction, System};
use acx_conform::analysis::compare;
use acx_conform::melody::{STEREO, melody};
use acx_conform::play::{Options, play};
use acx_host::Machine;
use acx_host::machine::{DeviceNode, HostError};
use acx_sys::*;
use acxvad::properties::{CABLES, PROPERTY_SET};

variants::test_each_form!(
    cables_come_and_go,
    each_circuit_has_a_component_id_of_its_own,
    numbers_that_are_not_allowed_change_nothing,
    a_cable_that_goes_takes_its_streams_along,
    children_go_with_their_device,
    a_stream_of_a_child_keeps_its_parent
);

#[track_caller]
fn with(
    settings: &[(&str, acx_host::machine::Setting)],
    test: impl FnOnce(&Machine, &DeviceNode<'_>),
) {
    variants::with(&[settings, &[("Composite", 0.into())]].concat(), test);
}

/// The speakers' names, in the order in which they came.
fn speakers(machine: &Machine) -> Vec<String> {
    let all = Endpoint::all(machine, Direction::Render).unwrap();
    all.iter().map(|end| end.name().to_owned()).collect()
}

fn count(machine: &Machine) -> u32 {
    let any = Endpoint::find(machine, Direction::Capture).unwrap();
    number(&get(&any.filter, "the cables", &PROPERTY_SET, CABLES, &[]).unwrap(), 0)
}

fn change(machine: &Machine, cables: u32) -> Result<(), NTSTATUS> {
    let any = Endpoint::find(machine, Direction::Render).unwrap();
    let value = cables.to_le_bytes();
    set(&any.filter, "the cables", &PROPERTY_SET, CABLES, &[], &value)
        .map_err(|failed| failed.status)
}

#[track_caller]
fn plays(machine: &Machine, cable: usize) {
    let tune = melody();
    let options = Options { cable, ..Options::default() };
    let outcome = play(machine, STEREO, &tune, options, &mut |_| {}).unwrap();
    assert_eq!((outcome.glitches, outcome.drift), (0, 0));
    assert!(compare(&tune, &outcome.recording, STEREO.block_align()).bit_exact);
}

fn cables_come_and_go() {
    with(&[("Speaker2Name", "The third".into())], |machine, _| {
        assert_eq!((count(machine), speakers(machine)), (1, vec!["Speaker0".to_owned()]));
        for cables in [3, 2, 16, 1, 4] {
            change(machine, cables).unwrap();
            assert_eq!(count(machine), cables);
            let wanted: Vec<_> = (0..cables).map(|index| format!("Speaker{index}")).collect();
            assert_eq!(speakers(machine), wanted);
        }
        let third = Endpoint::nth(machine, Direction::Render, 2).unwrap();
        assert_eq!(third.pins.iter().find(|pin| pin.jacks == 1).unwrap().name, "The third");
        plays(machine, 3);
    });
}

/// The first 32 bits count the cables.
fn each_circuit_has_a_component_id_of_its_own() {
    with(&[("Cables", 2.into())], |machine, _| {
        change(machine, 3).unwrap();
        for (direction, end) in [(Direction::Render, 1), (Direction::Capture, 2)] {
            let ends = Endpoint::all(machine, direction).unwrap();
            let ids = ends.iter().map(|own| {
                let (set, id) = (&KSPROPSETID_General, KSPROPERTY_GENERAL_COMPONENTID);
                let value = get(&own.filter, "its component", set, id, &[]).unwrap();
                (number(&value, 32), number(&value, 44).swap_bytes() & 0xF)
            });
            let wanted = [0, 1, 2].map(|cable| (0x6C1F_1A3E + cable, end));
            assert_eq!(ids.collect::<Vec<_>>(), wanted);
        }
    });
}

fn numbers_that_are_not_allowed_change_nothing() {
    with(&[("Cables", 2.into())], |machine, _| {
        // The setting's cables are the device's own.
        for wrong in [0, 1, 17, u32::MAX] {
            assert_eq!(change(machine, wrong), Err(STATUS_INVALID_PARAMETER), "{wrong}");
        }
        let any = Endpoint::find(machine, Direction::Render).unwrap();
        let short = set(&any.filter, "the cables", &PROPERTY_SET, CABLES, &[], &[3, 0, 0]);
        assert_eq!(short.unwrap_err().status, STATUS_BUFFER_TOO_SMALL);
        let (size, _) = get_sized(&any.filter, &PROPERTY_SET, CABLES, &[], 0);
        assert_eq!((size.status, size.information), (STATUS_BUFFER_OVERFLOW, 4));
        assert_eq!((count(machine), speakers(machine).len()), (2, 2));
    });
}

fn a_cable_that_goes_takes_its_streams_along() {
    with(&[], |machine, _| {
        change(machine, 3).unwrap();
        let open = |index| {
            let endpoint = Endpoint::nth(machine, Direction::Render, index).unwrap();
            let mode = &AUDIO_SIGNALPROCESSINGMODE_RAW;
            let stream = EventStream::open(machine, &endpoint, STEREO, mode, 480).unwrap();
            stream.prepare().unwrap();
            stream.run().unwrap();
            stream
        };
        let streams = [open(0), open(1), open(2)];
        machine.sleep(Duration::from_millis(25));
        change(machine, 2).unwrap();
        machine.sleep(Duration::from_millis(25));
        assert_eq!(streams[2].pause().unwrap_err().status, STATUS_DEVICE_REMOVED);
        assert_eq!(streams.each_ref().map(|stream| stream.completed().0)[..2], [5, 5]);
        // The name is free again, while a client still has the old one open.
        change(machine, 3).unwrap();
        assert_eq!(speakers(machine), ["Speaker0", "Speaker1", "Speaker2"]);
        drop(streams);
        machine.sleep(Duration::from_millis(50));
        plays(machine, 2);
    });
}

fn children_go_with_their_device() {
    let machine = Machine::builder().build();
    let driver = variants::load(&machine).unwrap();
    for surprise in [false, true] {
        let device = driver.add_device().unwrap();
        change(&machine, 3).unwrap();
        if surprise {
            device.surprise_remove();
        } else {
            device.rebalance().unwrap();
            assert_eq!(speakers(&machine).len(), 4, "with the composite one");
        }
        drop(device);
        assert_eq!(machine.interfaces(&KSCATEGORY_AUDIO), Vec::<String>::new());
    }
    drop(driver);
    assert_eq!(machine.report().count(), 0, "{:?}", machine.report().violations());
}

/// Found by random lives: only streams of the device itself were asked whether it may go.
fn a_stream_of_a_child_keeps_its_parent() {
    with(&[], |machine, device| {
        change(machine, 2).unwrap();
        let endpoint = Endpoint::nth(machine, Direction::Render, 1).unwrap();
        let mode = &AUDIO_SIGNALPROCESSINGMODE_RAW;
        let stream = EventStream::open(machine, &endpoint, STEREO, mode, 480).unwrap();
        stream.prepare().unwrap();
        stream.run().unwrap();
        assert_eq!(device.rebalance(), Err(HostError::Streaming));
        assert_eq!(device.query_remove(), Err(HostError::Streaming));
        stream.pause().unwrap();
        assert_eq!(device.query_remove(), Ok(()));
    });
}
