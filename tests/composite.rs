//! The composite endpoints: a speaker of three circuits and a microphone of two. Their state-change
//! order is conformance case B16.

mod variants;

use std::time::Duration;

use acx_client::endpoint::{Endpoint, WaveFormat, node_value};
use acx_client::event::EventStream;
use acx_client::request::{self, get, get_sized, node, number};
use acx_client::{Direction, System};
use acx_conform::analysis::{compare, peak};
use acx_conform::melody::{STEREO, melody};
use acx_conform::play::{Options, play};
use acx_host::Machine;
use acx_host::assumptions::{Assumptions, Creation};
use acx_host::machine::DeviceNode;
use acx_sys::*;
use acxvad::properties::{JACK_CONNECTED, OUTPUT_FORMAT, PROPERTY_SET};

variants::test_each_form!(
    what_is_played_is_recorded,
    circuits_are_joined_and_told,
    what_streams_are_changed_to_is_asked_of_the_next_circuit,
    a_bridge_has_one_stream_out,
    volume_mute_and_jack_are_where_the_circuits_have_them,
    protected_content_stays_inside,
    either_order_of_creation_will_do,
    it_comes_apart_and_together_again
);

const RAW: &GUID = &AUDIO_SIGNALPROCESSINGMODE_RAW;
const COMMUNICATIONS: &GUID = &AUDIO_SIGNALPROCESSINGMODE_COMMUNICATIONS;

/// The composite cable comes after the only other one.
const CABLE: Options = Options { period_ms: 10, timer_driven: false, cable: 1 };

#[track_caller]
fn on(machine: &Machine, test: impl FnOnce(&Machine, &DeviceNode<'_>)) {
    let ((), findings) = variants::on_machine(machine, |machine, device| {
        test(machine, device);
        Ok(())
    })
    .unwrap();
    assert_eq!(findings.count(), 0, "{findings:?}");
}

#[track_caller]
fn with(test: impl FnOnce(&Machine, &DeviceNode<'_>)) {
    on(&Machine::builder().build(), test);
}

fn composite(machine: &Machine, direction: Direction) -> Endpoint {
    Endpoint::nth(machine, direction, 1).unwrap()
}

/// A circuit by its name.
fn circuit(machine: &Machine, name: &str) -> Endpoint {
    let links = machine.interfaces(&KSCATEGORY_AUDIO);
    let link = links.iter().find(|link| link.ends_with(&format!("\\{name}")));
    Endpoint::open(machine, link.unwrap_or_else(|| panic!("no {name}: {links:?}"))).unwrap()
}

/// Events of this name that were traced since the last look: the values of their fields.
fn traced(machine: &Machine, name: &str) -> Vec<String> {
    let events = machine.take_trace().filter(|event| event.name == name);
    let values = events.map(|event| {
        let values = event.fields.into_iter().map(|(_, value)| value);
        values.collect::<Vec<_>>().join(" ")
    });
    values.collect()
}

#[track_caller]
fn plays(machine: &Machine) {
    let tune = melody();
    let outcome = play(machine, STEREO, &tune, CABLE, &mut |_| {}).unwrap();
    assert_eq!((outcome.glitches, outcome.drift), (0, 0));
    assert!(compare(&tune, &outcome.recording, STEREO.block_align()).bit_exact);
}

fn what_is_played_is_recorded() {
    with(|machine, _| plays(machine));
}

fn circuits_are_joined_and_told() {
    let machine = Machine::builder().build();
    on(&machine, |machine, _| {
        let paths = [Direction::Render, Direction::Capture]
            .map(|direction| composite(machine, direction).path(machine).unwrap());
        assert_eq!(paths[0], ["SpeakerDsp", "SpeakerCodec", "SpeakerAmp"]);
        assert_eq!(paths[1], ["MicrophoneDsp", "MicrophoneCodec"]);
        let mut connected = traced(machine, "CircuitConnected");
        connected.sort();
        // The circuit, the pin behind, and how many elements are there.
        assert_eq!(
            connected,
            [
                "MicrophoneCodec 1 2",
                "MicrophoneDsp 0 2",
                "SpeakerAmp 1 1",
                "SpeakerCodec 0 1",
                "SpeakerCodec 1 2",
                "SpeakerDsp 0 1",
            ]
        );
        for name in ["SpeakerDsp", "MicrophoneDsp"] {
            let key = &DEVPKEY_KsAudio_PacketSize_Constraints2;
            let link = circuit(machine, name).link;
            let own = machine.interface_property(&link, key).unwrap();
            assert_eq!(number(&own, 0), 10_000, "{name}: a millisecond");
        }
        // Only what the DSP converts to comes to the codec; the amplifier takes what comes.
        let stereo = [48_000, variants::default_channels(), 16];
        assert_eq!(ranges(&circuit(machine, "SpeakerDsp"), 1), [stereo]);
        assert_eq!(ranges(&circuit(machine, "SpeakerCodec"), 0), [stereo]);
        assert_eq!(ranges(&circuit(machine, "SpeakerAmp"), 0), [[0; 3]; 0]);
    });
    assert_eq!(traced(&machine, "CircuitDisconnected").len(), 6);
}

/// Rate, channels and bits of each format that a pin lists.
fn ranges(circuit: &Endpoint, pin: u32) -> Vec<[u32; 3]> {
    let (set, id) = (&KSPROPSETID_Pin, KSPROPERTY_PIN_DATARANGES);
    let list = get(&circuit.filter, "the ranges", set, id, &request::pin(pin)).unwrap();
    // KSDATARANGE_AUDIO, 88 bytes each.
    let ranges = list[8..].as_chunks::<88>().0.iter();
    ranges.map(|range| [76, 64, 68].map(|at| number(range, at))).collect()
}

fn output_format(stream: &EventStream) -> [u32; 3] {
    let value = get(stream.pin(), "the output format", &PROPERTY_SET, OUTPUT_FORMAT, &[]).unwrap();
    [0, 4, 8].map(|at| number(&value, at))
}

fn what_streams_are_changed_to_is_asked_of_the_next_circuit() {
    let machine = Machine::builder().build();
    for (name, value) in [("DefaultRate", 96_000_u32), ("DefaultSample", 1)] {
        machine.set_registry(name, value);
    }
    on(&machine, |machine, _| {
        let float = WaveFormat {
            float: true,
            channels: 1,
            mask: 4,
            rate: 44_100,
            bits: 32,
            valid_bits: 32,
        };
        for direction in [Direction::Render, Direction::Capture] {
            let endpoint = composite(machine, direction);
            for mode in [RAW, COMMUNICATIONS] {
                let stream = EventStream::open(machine, &endpoint, float, mode, 441).unwrap();
                assert_eq!(output_format(&stream), [96_000, variants::default_channels(), 1]);
                for (length, status) in
                    [(0, STATUS_BUFFER_OVERFLOW), (11, STATUS_BUFFER_TOO_SMALL), (13, 0)]
                {
                    let (reply, _) =
                        get_sized(stream.pin(), &PROPERTY_SET, OUTPUT_FORMAT, &[], length);
                    assert_eq!(reply.status, status, "{length} bytes");
                    assert_eq!(reply.information, if length == 11 { 0 } else { 12 });
                }
                let set = request::set(
                    stream.pin(),
                    "the format",
                    &PROPERTY_SET,
                    OUTPUT_FORMAT,
                    &[],
                    &[0; 12],
                );
                assert_eq!(set.unwrap_err().status, STATUS_INVALID_DEVICE_REQUEST);
            }
            // A circuit without a next one returns its own format.
            let simple = Endpoint::find(machine, direction).unwrap();
            let stream = EventStream::open(machine, &simple, float, RAW, 441).unwrap();
            assert_eq!(output_format(&stream), [44_100, 1, 3]);
        }
    });
}

/// States of the circuits behind a DSP, as they were traced: KSSTATE, 0 stop, 2 pause, 3 run.
fn a_bridge_has_one_stream_out() {
    with(|machine, _| {
        let endpoint = composite(machine, Direction::Render);
        let states = || traced(machine, "CircuitState");
        let open = |mode| EventStream::open(machine, &endpoint, STEREO, mode, 480).unwrap();
        let streams = [open(RAW), open(&AUDIO_SIGNALPROCESSINGMODE_MEDIA)];
        for (index, stream) in streams.iter().enumerate() {
            stream.prepare().unwrap();
            stream.run().unwrap();
            let wanted: &[_] = if index == 0 {
                &["SpeakerCodec 2", "SpeakerAmp 2", "SpeakerCodec 3", "SpeakerAmp 3"]
            } else {
                &[]
            };
            assert_eq!(states(), wanted);
        }
        // A call goes through the DSP's other bridge, and so has a stream of its own at the codec,
        // but not behind the codec's one.
        let call = open(COMMUNICATIONS);
        call.prepare().unwrap();
        assert_eq!(states(), ["SpeakerCodec 2"]);
        drop(call);
        assert_eq!(states(), ["SpeakerCodec 0"]);
        let [first, second] = streams;
        drop(first);
        assert_eq!(states(), Vec::<String>::new(), "the second still runs");
        drop(second);
        let down = ["SpeakerAmp 2", "SpeakerCodec 2", "SpeakerAmp 0", "SpeakerCodec 0"];
        assert_eq!(states(), down);
    });
}

/// The loudest sample of the newest packet, a while from now.
fn loudest(machine: &Machine, stream: &EventStream) -> u16 {
    machine.sleep(Duration::from_millis(50));
    peak(&stream.newest().unwrap())
}

/// A speaker that plays one value, and a microphone that listens.
fn cable(machine: &Machine) -> [EventStream; 2] {
    let open = |direction, frames| {
        EventStream::open(machine, &composite(machine, direction), STEREO, RAW, frames).unwrap()
    };
    // Long packets, so that two of them last for the test.
    let (mut speaker, microphone) =
        (open(Direction::Render, 48_000), open(Direction::Capture, 480));
    let packet: Vec<u8> =
        1000_i16.to_le_bytes().into_iter().cycle().take(speaker.packet_bytes()).collect();
    microphone.prepare().unwrap();
    speaker.prepare().unwrap();
    for number in 0..2 {
        speaker.write(number, &packet, None).unwrap();
    }
    microphone.run().unwrap();
    speaker.run().unwrap();
    [speaker, microphone]
}

fn volume_mute_and_jack_are_where_the_circuits_have_them() {
    with(|machine, _| {
        let [_speaker, microphone] = cable(machine);
        assert_eq!(loudest(machine, &microphone), 1000);
        let (codec, amp) = (circuit(machine, "SpeakerCodec"), circuit(machine, "SpeakerAmp"));
        let set = |own: &Endpoint, id, value: i32| {
            let instance = node(0, None);
            let value = value.to_le_bytes();
            request::set(&own.filter, "a control", &KSPROPSETID_Audio, id, &instance, &value)
                .unwrap();
        };
        set(&amp, KSPROPERTY_AUDIO_MUTE, 1);
        assert_eq!(loudest(machine, &microphone), 0);
        set(&amp, KSPROPERTY_AUDIO_MUTE, 0);
        assert_eq!(loudest(machine, &microphone), 1000);
        set(&codec, KSPROPERTY_AUDIO_VOLUMELEVEL, -20 * 65_536);
        let level = node_value(&codec.filter, KSPROPERTY_AUDIO_VOLUMELEVEL, 0, None);
        assert_eq!(level.unwrap(), -20 * 65_536);
        assert_eq!(loudest(machine, &microphone), 100);
        // The last circuit, not the DSP, has the jack; the endpoint's property unplugs it.
        let dsp = composite(machine, Direction::Render);
        assert!(dsp.pins.iter().all(|pin| pin.jacks == 0));
        let jack = amp.pins.iter().find(|pin| pin.jacks == 1).unwrap();
        assert_eq!(jack.name, "Composite playback");
        let is_connected = || {
            let (set, id) = (&KSPROPSETID_Jack, KSPROPERTY_JACK_DESCRIPTION);
            let value = get(&amp.filter, "the jack", set, id, &request::pin(jack.id)).unwrap();
            // The last field of the one KSJACK_DESCRIPTION behind the KSMULTIPLE_ITEM.
            number(&value, 8 + 24) != 0
        };
        assert!(is_connected());
        request::set(&dsp.filter, "the plug", &PROPERTY_SET, JACK_CONNECTED, &[], &[0; 4]).unwrap();
        assert!(!is_connected());
    });
}

fn protected_content_stays_inside() {
    with(|machine, _| {
        let [speaker, microphone] = cable(machine);
        assert_eq!(loudest(machine, &microphone), 1000);
        speaker.pin().assign_content(true, false).unwrap();
        assert_eq!(loudest(machine, &microphone), 0);
        speaker.pin().assign_content(false, false).unwrap();
        assert_eq!(loudest(machine, &microphone), 1000);
    });
}

/// Whether an inverted bridge has the streams made in the inverted order too is not quite clear
/// from the pages.
fn either_order_of_creation_will_do() {
    for creation in [Creation::AsStates, Creation::StreamingCircuitFirst] {
        let assumptions = Assumptions { creation, ..Assumptions::default() };
        on(&Machine::builder().assumptions(assumptions).build(), |machine, _| {
            let endpoint = composite(machine, Direction::Render);
            let stream = EventStream::open(machine, &endpoint, STEREO, COMMUNICATIONS, 480);
            let stream = stream.unwrap();
            stream.prepare().unwrap();
            stream.run().unwrap();
            machine.sleep(Duration::from_millis(35));
            assert_eq!(stream.completed().0, 3);
            plays(machine);
        });
    }
}

fn it_comes_apart_and_together_again() {
    with(|machine, device| {
        let [speaker, microphone] = cable(machine);
        // A power cycle pauses the whole chain and lets it go on.
        traced(machine, "CircuitState");
        device.power_down();
        let paused = ["SpeakerAmp 2", "SpeakerCodec 2", "MicrophoneCodec 2"];
        let mut states = traced(machine, "CircuitState");
        states.sort();
        let mut wanted = paused.map(str::to_owned);
        wanted.sort();
        assert_eq!(states, wanted);
        device.power_up().unwrap();
        assert_eq!(loudest(machine, &microphone), 1000);
        drop((speaker, microphone));
        device.rebalance().unwrap();
        // Audio already on the wire is recorded to its end.
        machine.sleep(Duration::from_millis(50));
        plays(machine);
        let [speaker, _microphone] = cable(machine);
        device.surprise_remove();
        assert_eq!(speaker.run().unwrap_err().status, STATUS_DEVICE_REMOVED);
    });
}
