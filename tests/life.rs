//! The driver's life in the host: load, start, stream, power, removal, unload, without leaks.

mod variants;

use std::time::Duration;

use acx_client::endpoint::{Endpoint, WaveFormat, preferred_format};
use acx_client::event::EventStream;
use acx_client::{Direction, System, request};
use acx_host::Machine;
use acx_host::machine::{DeviceNode, HostError};
use acx_sys::{
    AUDIO_SIGNALPROCESSINGMODE_RAW as RAW, IOCTL_KS_ENABLE_EVENT, IOCTL_KS_PROPERTY,
    KSEVENT_PINCAPS_FORMATCHANGE, KSEVENT_PINCAPS_JACKINFOCHANGE, KSEVENT_TYPE_ENABLE,
    KSEVENTSETID_PinCapsChange, KSPROPERTY_AUDIO_MIC_ARRAY_GEOMETRY, KSPROPERTY_JACK_DESCRIPTION,
    KSPROPERTY_TYPE_SET, KSPROPSETID_Audio, KSPROPSETID_Jack, STATUS_BUFFER_TOO_SMALL,
    STATUS_INVALID_PARAMETER, STATUS_NOT_SUPPORTED, STATUS_SUCCESS,
};

variants::test_each_form!(
    loads_starts_and_leaves_nothing_behind,
    loads_again_after_unload,
    a_jack_that_is_pulled_notifies_and_the_stream_goes_on,
    a_new_default_format_notifies_and_is_proposed,
    a_stream_goes_through_every_state_again_and_again,
    the_microphone_says_where_it_is,
    a_jack_has_two_channels_and_no_color,
    what_is_played_is_recorded,
    power_down_while_running_pauses_and_power_up_goes_on,
    query_remove_is_refused_while_running_and_works_in_pause,
    rebalance_builds_the_circuits_again,
    a_rebalance_keeps_the_default_format_as_it_keeps_volume_and_mute,
    the_circuits_before_a_rebalance_are_freed_after_it,
    surprise_removal_while_running_leaves_the_client_its_handles,
    handles_that_outlive_their_circuit_are_answered_device_removed,
    streams_are_released_when_their_device_goes_from_low_power
);

const STEREO: WaveFormat =
    WaveFormat { float: false, channels: 2, mask: 3, rate: 48_000, bits: 16, valid_bits: 16 };

/// Runs `test` with a started device, and checks that nothing leaks and no rule is broken.
fn with_device(test: impl FnOnce(&Machine, &DeviceNode<'_>)) {
    let machine = Machine::builder().build();
    {
        let driver = variants::load(&machine).unwrap();
        let device = driver.add_device().unwrap();
        test(&machine, &device);
    }
    let report = machine.report();
    for violation in report.violations() {
        println!("{violation}");
    }
    assert_eq!(report.violations().len(), 0);
    assert_eq!(report.gaps(), Vec::<&str>::new());
}

fn open(machine: &Machine, direction: Direction) -> EventStream {
    let endpoint = Endpoint::find(machine, direction).unwrap();
    EventStream::open(machine, &endpoint, STEREO, &RAW, 480).unwrap()
}

fn loads_starts_and_leaves_nothing_behind() {
    with_device(|machine, device| {
        assert!(device.is_powered());
        for direction in [Direction::Render, Direction::Capture] {
            let endpoint = Endpoint::find(machine, direction).unwrap();
            assert_eq!(endpoint.direction, direction);
            // Host, offload, loopback and bridge with an engine; host, bridge and keyword pin with
            // volume, mute, meter and spotter; each with a module.
            let there = (endpoint.pins.len(), endpoint.nodes.len());
            assert_eq!(there, if direction == Direction::Render { (4, 2) } else { (3, 5) });
        }
    });
}

/// KSAUDIO_MIC_ARRAY_GEOMETRY of one microphone that hears all around; no other pin has any.
fn the_microphone_says_where_it_is() {
    with_device(|machine, _| {
        let (set, id) = (&KSPROPSETID_Audio, KSPROPERTY_AUDIO_MIC_ARRAY_GEOMETRY);
        for direction in [Direction::Render, Direction::Capture] {
            let endpoint = Endpoint::find(machine, direction).unwrap();
            for own in &endpoint.pins {
                let instance = request::pin(own.id);
                let found = request::get(&endpoint.filter, "the geometry", set, id, &instance);
                if direction == Direction::Render || own.is_streaming {
                    assert_eq!(found.unwrap_err().status, STATUS_NOT_SUPPORTED, "pin {}", own.id);
                    continue;
                }
                let bytes = found.unwrap();
                assert_eq!(bytes.len(), 30);
                let word = |at: usize| i16::from_le_bytes([bytes[at], bytes[at + 1]]);
                assert_eq!([word(0), word(2)], [0x100, 0], "version, a line");
                assert_eq!([4, 6, 8, 10].map(word), [-31_415, 31_415, -31_415, 31_415]);
                assert_eq!([word(12), word(14), word(16)], [20, 20_000, 1]);
            }
        }
    });
}

/// KSJACK_DESCRIPTION: two channels, left and right, and no color.
fn a_jack_has_two_channels_and_no_color() {
    with_device(|machine, _| {
        let (set, id) = (&KSPROPSETID_Jack, KSPROPERTY_JACK_DESCRIPTION);
        for direction in [Direction::Render, Direction::Capture] {
            let endpoint = Endpoint::find(machine, direction).unwrap();
            let bridge = endpoint.pins.iter().find(|pin| pin.jacks > 0).unwrap();
            let instance = request::pin(bridge.id);
            let value = request::get(&endpoint.filter, "the jack", set, id, &instance).unwrap();
            // Behind the KSMULTIPLE_ITEM.
            assert_eq!([8, 12].map(|at| request::number(&value, at)), [0x3, 0]);
        }
    });
}

fn loads_again_after_unload() {
    for _ in 0..3 {
        with_device(|_, _| {});
    }
}

fn what_is_played_is_recorded() {
    with_device(|machine, _| {
        let mut speaker = open(machine, Direction::Render);
        let microphone = open(machine, Direction::Capture);
        let packets: Vec<Vec<u8>> =
            (1..=20u8).map(|number| vec![number; speaker.packet_bytes()]).collect();
        speaker.prepare().unwrap();
        microphone.prepare().unwrap();
        speaker.write(0, &packets[0], None).unwrap();
        speaker.write(1, &packets[1], None).unwrap();
        microphone.run().unwrap();
        speaker.run().unwrap();
        let mut heard = Vec::new();
        let mut packet = vec![0; speaker.packet_bytes()];
        while heard.len() < 15 * packet.len() {
            let events = [speaker.event(), microphone.event()];
            match machine.wait_any(&events, Duration::from_secs(1)) {
                Some(0) => {
                    let next = speaker.completed().0 + 1;
                    if let Some(bytes) = packets.get(next as usize) {
                        speaker.write(next, bytes, None).unwrap();
                    }
                }
                Some(_) => {
                    let read = microphone.read_packet().unwrap();
                    microphone.copy(read.packet, &mut packet);
                    heard.extend_from_slice(&packet);
                }
                None => panic!("no packet in a second"),
            }
        }
        let played = packets.concat();
        let start = heard.iter().position(|byte| *byte == 1).unwrap();
        assert!(start < 2 * packet.len(), "{start}");
        assert_eq!(heard[start..], played[..heard.len() - start]);
    });
}

fn power_down_while_running_pauses_and_power_up_goes_on() {
    with_device(|machine, device| {
        let mut speaker = open(machine, Direction::Render);
        speaker.prepare().unwrap();
        speaker.write(0, &vec![1; 1920], None).unwrap();
        speaker.run().unwrap();
        machine.sleep(Duration::from_millis(25));
        let (before, _) = speaker.position().unwrap();
        assert_eq!(before, 25 * 48);
        device.power_down();
        machine.sleep(Duration::from_millis(100));
        device.power_up().unwrap();
        machine.sleep(Duration::from_millis(15));
        let (after, _) = speaker.position().unwrap();
        assert_eq!(after, 40 * 48, "frozen in D3, continuous over it");
        assert_eq!(speaker.completed().0, 4);
    });
}

fn query_remove_is_refused_while_running_and_works_in_pause() {
    with_device(|machine, device| {
        let speaker = open(machine, Direction::Render);
        speaker.prepare().unwrap();
        speaker.run().unwrap();
        assert_eq!(device.query_remove(), Err(HostError::Streaming));
        assert_eq!(device.rebalance(), Err(HostError::Streaming));
        speaker.pause().unwrap();
        assert_eq!(device.query_remove(), Ok(()));
    });
}

/// A circuit that was removed stays until another one takes its name.
fn the_circuits_before_a_rebalance_are_freed_after_it() {
    with_device(|machine, device| {
        device.rebalance().unwrap();
        let once = machine.allocations();
        for _ in 0..3 {
            device.rebalance().unwrap();
        }
        let often = machine.allocations();
        assert_eq!((often.blocks, often.bytes), (once.blocks, once.bytes));
    });
}

fn a_rebalance_keeps_the_default_format_as_it_keeps_volume_and_mute() {
    with_device(|machine, device| {
        let (set, id) = (&acxvad::properties::PROPERTY_SET, acxvad::properties::DEFAULT_FORMAT);
        let of = |direction| {
            let endpoint = Endpoint::find(machine, direction).unwrap();
            let value = request::get(&endpoint.filter, "the default", set, id, &[]).unwrap();
            let host = endpoint.host_pin().unwrap();
            let formats: Vec<_> = host.modes.iter().map(|(_, formats)| formats[0]).collect();
            ([0, 4, 8].map(|at| request::number(&value, at)), formats)
        };
        let [usual, capture] = [Direction::Render, Direction::Capture].map(of);
        let speaker = Endpoint::find(machine, Direction::Render).unwrap();
        let value = [96_000, 6, 3].map(u32::to_le_bytes).concat();
        request::set(&speaker.filter, "the default", set, id, &[], &value).unwrap();
        let chosen = of(Direction::Render);
        assert_eq!(chosen.0, [96_000, 6, 3]);
        assert!(chosen.1.iter().all(|format| format.rate == 96_000 && format.channels == 6));
        drop(speaker);
        for _ in 0..2 {
            device.rebalance().unwrap();
            assert_eq!(of(Direction::Render), chosen);
            assert_eq!(of(Direction::Capture), capture, "each end has its own");
        }
        assert_ne!(usual, chosen);
    });
    // A start restores the settings.
    with_device(|machine, _| {
        let speaker = Endpoint::find(machine, Direction::Render).unwrap();
        let format = speaker.host_pin().unwrap().modes[0].1[0];
        assert_eq!(u32::from(format.channels), variants::default_channels());
        assert_eq!(format.rate, 48_000);
    });
}

fn rebalance_builds_the_circuits_again() {
    with_device(|machine, device| {
        device.rebalance().unwrap();
        let speaker = open(machine, Direction::Render);
        speaker.prepare().unwrap();
    });
}

fn surprise_removal_while_running_leaves_the_client_its_handles() {
    with_device(|machine, device| {
        let speaker = open(machine, Direction::Render);
        speaker.prepare().unwrap();
        speaker.run().unwrap();
        machine.sleep(Duration::from_millis(13));
        device.surprise_remove();
        machine.sleep(Duration::from_millis(50));
        assert_eq!(speaker.run().unwrap_err().status, acx_sys::STATUS_DEVICE_REMOVED);
        // Still mapped: the packets are the client's until it closes.
        let mut packet = vec![0; speaker.packet_bytes()];
        speaker.copy(0, &mut packet);
    });
}

/// Found by random lives: a filter of a removed device was looked up by a handle that was gone,
/// which counted against the driver.
fn handles_that_outlive_their_circuit_are_answered_device_removed() {
    with_device(|machine, device| {
        let old = Endpoint::find(machine, Direction::Render).unwrap();
        let stream = EventStream::open(machine, &old, STEREO, &RAW, 480).unwrap();
        device.rebalance().unwrap();
        let gone = |endpoint: &Endpoint| {
            let set = &acx_sys::KSPROPSETID_Pin;
            let failed = request::get(&endpoint.filter, "the pins", set, 1, &[]).unwrap_err();
            assert_eq!(failed.status, acx_sys::STATUS_DEVICE_REMOVED);
            let opened = endpoint.open_stream(STEREO, &RAW).map(drop);
            assert_eq!(opened.unwrap_err().status, acx_sys::STATUS_DEVICE_REMOVED);
        };
        gone(&old);
        assert_eq!(stream.position().unwrap_err().status, acx_sys::STATUS_DEVICE_REMOVED);
        let new = Endpoint::find(machine, Direction::Render).unwrap();
        drop(stream);
        device.surprise_remove();
        gone(&old);
        gone(&new);
    });
}

/// Found by random lives: only a device that left D0 on its way out had its streams release their
/// hardware.
fn streams_are_released_when_their_device_goes_from_low_power() {
    with_device(|machine, device| {
        let stream = open(machine, Direction::Render);
        stream.prepare().unwrap();
        stream.run().unwrap();
        machine.record_state_calls();
        device.power_down();
        // A query-remove would wake it first.
        device.surprise_remove();
        let calls: Vec<_> = machine.take_state_calls().iter().map(|call| call.callback).collect();
        assert_eq!(calls, ["EvtAcxStreamPause", "EvtAcxStreamReleaseHardware"]);
    });
}

/// KSPROPERTY_JACK_DESCRIPTION of the bridge pin: whether something is plugged in.
fn is_connected(endpoint: &Endpoint) -> bool {
    let bridge = endpoint.pins.iter().find(|own| !own.is_streaming).unwrap();
    let (set, id) = (&KSPROPSETID_Jack, KSPROPERTY_JACK_DESCRIPTION);
    let value =
        request::get(&endpoint.filter, "the jack", set, id, &request::pin(bridge.id)).unwrap();
    // The last field of the one KSJACK_DESCRIPTION behind the KSMULTIPLE_ITEM.
    request::number(&value, 8 + 24) != 0
}

/// A client that waits for a pin to change.
fn listen(machine: &Machine, endpoint: &Endpoint, id: u32, pin: u32) -> u64 {
    let event = machine.create_event();
    let set = &KSEVENTSETID_PinCapsChange;
    let input = request::descriptor(set, id, KSEVENT_TYPE_ENABLE, &request::pin(pin));
    let mut data = [1u32.to_le_bytes(), [0; 4]].concat();
    data.extend(event.to_le_bytes());
    data.extend([0; 16]);
    let reply = endpoint.filter.ioctl(IOCTL_KS_ENABLE_EVENT, &input, Some(&mut data));
    assert_eq!(reply.status, STATUS_SUCCESS);
    event
}

fn a_new_default_format_notifies_and_is_proposed() {
    with_device(|machine, _| {
        for direction in [Direction::Render, Direction::Capture] {
            let endpoint = Endpoint::find(machine, direction).unwrap();
            let host = endpoint.host_pin().unwrap();
            let event = listen(machine, &endpoint, KSEVENT_PINCAPS_FORMATCHANGE, host.id);
            let notified = || machine.wait_any(&[event], Duration::ZERO).is_some();
            let proposed = |mode: usize| {
                preferred_format(&endpoint.filter, host.id, &host.modes[mode].0).unwrap()
            };
            let before = proposed(0);
            let stream = open(machine, direction);
            stream.prepare().unwrap();
            stream.run().unwrap();
            let (set, id) = (&acxvad::properties::PROPERTY_SET, acxvad::properties::DEFAULT_FORMAT);
            let change = |numbers: [u32; 3]| {
                let value: Vec<u8> = numbers.into_iter().flat_map(u32::to_le_bytes).collect();
                request::set(&endpoint.filter, "the default", set, id, &[], &value)
            };
            let many = variants::max_channels() + 1;
            for wrong in [[47_999, 2, 0], [48_000, 0, 0], [48_000, many, 0], [48_000, 2, 5]] {
                assert_eq!(change(wrong).unwrap_err().status, STATUS_INVALID_PARAMETER);
                assert!(!notified());
                assert_eq!(proposed(0), before, "{wrong:?} changes nothing");
            }
            change([96_000, 2, 3]).unwrap();
            assert!(notified());
            let float = WaveFormat {
                float: true,
                channels: 2,
                mask: 3,
                rate: 96_000,
                bits: 32,
                valid_bits: 32,
            };
            for mode in 0..host.modes.len() {
                assert_eq!(proposed(mode), float, "mode {mode}");
            }
            let value = request::get(&endpoint.filter, "the default", set, id, &[]).unwrap();
            assert_eq!([0, 4, 8].map(|at| request::number(&value, at)), [96_000, 2, 3]);
            // A format that no pin lists.
            assert_eq!(change([16_000, 7, 0]).unwrap_err().status, STATUS_INVALID_PARAMETER);
            assert_eq!(proposed(0), float);
            // Each end has a default of its own.
            let other = Endpoint::find(
                machine,
                match direction {
                    Direction::Render => Direction::Capture,
                    Direction::Capture => Direction::Render,
                },
            );
            let listed = other.unwrap().host_pin().unwrap().modes[0].1[0];
            assert_eq!(listed == before, direction == Direction::Render, "{listed:?}");
            change([48_000, 6, 0]).unwrap();
            assert_eq!((proposed(0).channels, proposed(0).rate), (6, 48_000));
            machine.sleep(Duration::from_millis(50));
            assert_eq!(stream.position().unwrap().0, 2400, "streams go on as they are");
        }
    });
}

fn plug(endpoint: &Endpoint, value: &[u8]) -> i32 {
    let (set, id) = (&acxvad::properties::PROPERTY_SET, acxvad::properties::JACK_CONNECTED);
    let input = request::descriptor(set, id, KSPROPERTY_TYPE_SET, &[]);
    let reply = endpoint.filter.ioctl(IOCTL_KS_PROPERTY, &input, Some(&mut value.to_vec()));
    assert_eq!(reply.information, 0, "a SET gives no bytes back");
    reply.status
}

fn a_jack_that_is_pulled_notifies_and_the_stream_goes_on() {
    with_device(|machine, _| {
        for direction in [Direction::Render, Direction::Capture] {
            let endpoint = Endpoint::find(machine, direction).unwrap();
            let bridge = endpoint.pins.iter().find(|own| !own.is_streaming).unwrap().id;
            let event = listen(machine, &endpoint, KSEVENT_PINCAPS_JACKINFOCHANGE, bridge);

            let stream = open(machine, direction);
            stream.prepare().unwrap();
            stream.run().unwrap();
            machine.sleep(Duration::from_millis(25));
            assert!(is_connected(&endpoint));
            let notified = || machine.wait_any(&[event], Duration::ZERO).is_some();
            for (value, status) in [
                (&[2, 0, 0, 0][..], STATUS_INVALID_PARAMETER),
                (&[0, 0, 0], STATUS_BUFFER_TOO_SMALL),
                (&[1, 0, 0, 0], STATUS_SUCCESS),
            ] {
                assert_eq!(plug(&endpoint, value), status, "{value:?}");
                assert!(is_connected(&endpoint) && !notified(), "{value:?} changes nothing");
            }
            assert_eq!(plug(&endpoint, &[0; 4]), STATUS_SUCCESS);
            assert!(notified() && !is_connected(&endpoint), "pulled out");
            machine.sleep(Duration::from_millis(25));
            assert_eq!(stream.position().unwrap().0, 2400, "the clock does not care");
            assert_eq!(plug(&endpoint, &[1, 0, 0, 0]), STATUS_SUCCESS);
            assert!(notified() && is_connected(&endpoint), "plugged in again");
        }
    });
}

/// Stop, prepare again, run again, on one open stream; through a rebalance's refusal and a power
/// cycle in between.
fn a_stream_goes_through_every_state_again_and_again() {
    with_device(|machine, device| {
        let mut speaker = open(machine, Direction::Render);
        for round in 0..5 {
            speaker.prepare().unwrap();
            speaker.run().unwrap();
            machine.sleep(Duration::from_millis(35));
            assert_eq!(speaker.position().unwrap().0, 1680, "round {round}");
            assert_eq!(speaker.completed().0, 3, "round {round}");
            assert_eq!(device.rebalance(), Err(HostError::Streaming));
            device.power_down();
            machine.sleep(Duration::from_millis(100));
            device.power_up().unwrap();
            machine.sleep(Duration::from_millis(5));
            assert_eq!(speaker.position().unwrap().0, 1920, "round {round}");
            speaker.pause().unwrap();
            speaker.stop().unwrap();
            assert_eq!((speaker.position().unwrap().0, speaker.completed().0), (0, 0));
        }
    });
}
