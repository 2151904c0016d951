//! Hidden ends: circuits for which Windows creates no endpoint and at which programs stream, and
//! the jacks that follow them.

mod variants;

use std::time::Duration;

use acx_client::endpoint::Endpoint;
use acx_client::event::EventStream;
use acx_client::hidden::{self, HiddenEnd, Which};
use acx_client::request::{get, number, set};
use acx_client::{Direction, System, telemetry};
use acx_conform::analysis::compare;
use acx_conform::melody::{STEREO, melody};
use acx_conform::play::{Options, Player, Recorder, end_of, open_event_at, play};
use acx_conform::run::RunError;
use acx_host::Machine;
use acx_host::machine::{DeviceNode, HostError, Setting};
use acx_sys::*;
use acxvad::properties::{CABLES, JACK_CONNECTED, PROPERTY_SET};
use acxvad_abi::settings::{ENDS, HIDDEN, JACK_FOLLOWS, MAX_CABLES, MAX_NUMBER_NAME, OF_ENDS};

variants::test_each_form!(
    a_hidden_end_is_in_no_list_of_endpoints,
    a_hidden_end_is_found_by_name_and_by_number,
    cables_are_counted_by_number,
    a_program_feeds_a_microphone_bit_exact,
    a_program_reads_a_speaker_bit_exact,
    two_programs_are_mixed,
    with_both_ends_hidden_programs_talk_to_each_other,
    a_cable_that_is_added_has_its_hidden_ends,
    a_jack_follows_the_program_with_hysteresis,
    a_jack_keeps_its_state_through_sleep,
    a_program_survives_removal_and_rebalance,
    a_program_that_dies_or_stalls_leaves_the_cable_whole,
);

#[test]
fn what_microsofts_tools_build_has_hidden_ends() {
    for test in [
        a_hidden_end_is_in_no_list_of_endpoints,
        a_program_feeds_a_microphone_bit_exact,
        a_jack_follows_the_program_with_hysteresis,
        a_program_survives_removal_and_rebalance,
    ] {
        variants::on_wdk(test);
    }
}

type Settings<'a> = &'a [(&'a str, u32)];

#[track_caller]
fn with(settings: Settings<'_>, test: impl FnOnce(&Machine, &DeviceNode<'_>)) {
    let plain = [("Composite", 0), ("KeywordSpotter", 0)];
    let warnings = variants::with(&[settings, &plain].concat(), test);
    assert!(warnings.iter().all(|event| event.name != "BadSetting"), "{warnings:?}");
}

const FED: Settings<'_> = &[("Speaker0Hidden", 1), ("Microphone0JackFollows", 1)];

fn names(machine: &Machine, category: &GUID) -> Vec<String> {
    let name = |link: &String| link.rsplit('\\').next().unwrap().to_owned();
    let mut all: Vec<_> = machine.interfaces(category).iter().map(name).collect();
    all.sort();
    all
}

#[track_caller]
fn hidden(machine: &Machine, direction: Direction, cable: u32) -> Endpoint {
    HiddenEnd::find(machine, direction, Which::Cable(cable)).unwrap().endpoint
}

fn microphone(machine: &Machine) -> Endpoint {
    Endpoint::find(machine, Direction::Capture).unwrap()
}

/// The jack state that clients of an endpoint see.
fn is_plugged(machine: &Machine, direction: Direction) -> bool {
    let endpoint = Endpoint::find(machine, direction).unwrap();
    let bridge = endpoint.pins.iter().find(|pin| pin.jacks > 0).unwrap().id;
    let pin = acx_client::request::pin(bridge);
    let id = KSPROPERTY_JACK_DESCRIPTION;
    let value = get(&endpoint.filter, "the jack", &KSPROPSETID_Jack, id, &pin).unwrap();
    let own = get(&endpoint.filter, "the jack", &PROPERTY_SET, JACK_CONNECTED, &[]).unwrap();
    let plugged = number(&value, 32) != 0;
    assert_eq!(number(&own, 0) != 0, plugged);
    plugged
}

fn feed(machine: &Machine) -> EventStream {
    let end = hidden(machine, Direction::Render, 0);
    let stream = open_event_at(machine, &end, STEREO, 10).unwrap();
    stream.prepare().unwrap();
    stream
}

/// Plays at one endpoint what another records.
#[track_caller]
fn carries(machine: &Machine, from: &Endpoint, to: &Endpoint) {
    let tune = melody();
    let mut recorder = Recorder::prepare(open_event_at(machine, to, STEREO, 10).unwrap()).unwrap();
    let mut player =
        Player::prepare(open_event_at(machine, from, STEREO, 10).unwrap(), &tune[..]).unwrap();
    recorder.stream.run().unwrap();
    player.stream.run().unwrap();
    let events = [player.stream.event(), recorder.stream.event()];
    let mut heard = Vec::new();
    while heard.len() < tune.len() + 48_000 {
        match machine.wait_any(&events, Duration::from_secs(1)) {
            Some(0) => player.service().unwrap(),
            Some(_) => recorder.service(|bytes| heard.extend_from_slice(bytes)).unwrap(),
            None => panic!("no packet for a second"),
        }
    }
    player.stream.pause().unwrap();
    recorder.stream.pause().unwrap();
    let found = compare(&tune, &heard, STEREO.block_align());
    assert!(found.bit_exact, "{found:?}");
}

fn a_hidden_end_is_in_no_list_of_endpoints() {
    with(FED, |machine, _| {
        assert_eq!(names(machine, &hidden::CATEGORY), ["Speaker0"]);
        for category in
            [KSCATEGORY_AUDIO, KSCATEGORY_RENDER, KSCATEGORY_CAPTURE, KSCATEGORY_REALTIME]
        {
            assert!(!names(machine, &category).contains(&"Speaker0".to_owned()));
        }
        assert_eq!(names(machine, &KSCATEGORY_AUDIO), ["Microphone0"]);
        assert!(Endpoint::all(machine, Direction::Render).unwrap().is_empty());
        // Nothing tells Windows how long its packets are: it has no endpoint that would ask.
        let link = machine.interfaces(&hidden::CATEGORY).remove(0);
        let key = &DEVPKEY_KsAudio_PacketSize_Constraints2;
        assert_eq!(machine.interface_property(&link, key), None);
    });
    with(&[], |machine, _| assert_eq!(names(machine, &hidden::CATEGORY), Vec::<String>::new()));
}

fn a_hidden_end_is_found_by_name_and_by_number() {
    let machine = variants::subject().builder().build();
    for (name, value) in [
        ("Cables", Setting::from(2)),
        ("Speaker1Hidden", 1.into()),
        ("Microphone0Hidden", 1.into()),
        ("Speaker1Name", "Feed of the camera".into()),
        ("Microphone1Name", "Camera microphone".into()),
    ] {
        machine.set_registry(name, value);
    }
    variants::on_machine(&machine, |machine, _| {
        let found = |direction, which| {
            HiddenEnd::find(machine, direction, which)
                .ok()
                .map(|end| end.endpoint.name().to_owned())
        };
        let speaker = Some("Speaker1".to_owned());
        for name in ["speaker1", "feed of the CAMERA", "Camera microphone", "Microphone1"] {
            assert_eq!(found(Direction::Render, Which::Named(name)), speaker, "{name}");
        }
        assert_eq!(found(Direction::Render, Which::Cable(1)), speaker);
        assert_eq!(found(Direction::Render, Which::Cable(0)), None);
        assert_eq!(found(Direction::Render, Which::Named("Microphone0")), None);
        assert_eq!(found(Direction::Render, Which::Named("")), None);
        let microphone = Some("Microphone0".to_owned());
        assert_eq!(found(Direction::Capture, Which::Named("Speaker0")), microphone);
        assert_eq!(found(Direction::Capture, Which::Cable(0)), microphone);
        Ok(())
    })
    .unwrap();
}

fn cables_are_counted_by_number() {
    with(&[("Cables", 3), ("Speaker0Hidden", 1), ("Microphone1Hidden", 1)], |machine, _| {
        let name =
            |direction, cable| end_of(machine, direction, cable).map(|end| end.name().to_owned());
        assert_eq!(name(Direction::Render, 2).unwrap(), "Speaker2");
        assert_eq!(name(Direction::Capture, 2).unwrap(), "Microphone2");
        assert_eq!(name(Direction::Render, 1).unwrap(), "Speaker1");
        let why = name(Direction::Render, 0).unwrap_err();
        assert!(matches!(&why, RunError::Hidden { end } if end == "Speaker0"), "{why}");
        let why = name(Direction::Capture, 3).unwrap_err();
        assert!(matches!(why, RunError::NoCable { cable: 3, present: 2 }), "{why}");
        let options = Options { cable: 2, ..Options::default() };
        let tune = melody();
        let outcome = play(machine, STEREO, &tune, options, &mut |_| {}).unwrap();
        assert!(compare(&tune, &outcome.recording, STEREO.block_align()).bit_exact);
    });
}

fn a_program_feeds_a_microphone_bit_exact() {
    with(FED, |machine, _| {
        let speaker = hidden(machine, Direction::Render, 0);
        carries(machine, &speaker, &microphone(machine));
        // It is counted like any stream.
        let stream = feed(machine);
        stream.run().unwrap();
        machine.sleep(Duration::from_millis(25));
        let counters = telemetry::counters(&speaker).unwrap();
        assert_eq!((counters.len(), counters[0].counts[0]), (1, 2));
        assert_eq!(counters[0].circuit, "Speaker0");
        stream.pause().unwrap();
    });
}

fn a_program_reads_a_speaker_bit_exact() {
    with(&[("Microphone0Hidden", 1), ("Speaker0JackFollows", 1)], |machine, _| {
        assert!(!is_plugged(machine, Direction::Render));
        let speaker = Endpoint::find(machine, Direction::Render).unwrap();
        carries(machine, &speaker, &hidden(machine, Direction::Capture, 0));
        assert!(is_plugged(machine, Direction::Render), "for two seconds");
    });
}

fn two_programs_are_mixed() {
    with(FED, |machine, _| {
        let end = hidden(machine, Direction::Render, 0);
        // One packet of 10 ms whose frames are all `level`.
        let constant = |level: i16| level.to_le_bytes().repeat(2 * 48_000);
        let sounds = [constant(1_000), constant(300)];
        let open =
            |sound: &[u8]| open_event_at(machine, &end, STEREO, 10).map(|s| (s, sound.len()));
        let mut players = Vec::new();
        for sound in &sounds {
            let (stream, _) = open(sound).unwrap();
            players.push(Player::prepare(stream, &sound[..]).unwrap());
        }
        let stream = open_event_at(machine, &microphone(machine), STEREO, 10).unwrap();
        let mut recorder = Recorder::prepare(stream).unwrap();
        recorder.stream.run().unwrap();
        for player in &players {
            player.stream.run().unwrap();
        }
        let events =
            [players[0].stream.event(), players[1].stream.event(), recorder.stream.event()];
        let mut heard = Vec::new();
        while heard.len() < 48_000 {
            match machine.wait_any(&events, Duration::from_secs(1)).unwrap() {
                2 => recorder.service(|bytes| heard.extend_from_slice(bytes)).unwrap(),
                player => players[player].service().unwrap(),
            }
        }
        let last = heard.last_chunk::<2>().map(|sample| i16::from_le_bytes(*sample));
        assert_eq!(last, Some(1_300));
        assert!(is_plugged(machine, Direction::Capture));
        // The jack follows the last of them.
        players[0].stream.pause().unwrap();
        machine.sleep(Duration::from_secs(5));
        assert!(is_plugged(machine, Direction::Capture));
        players[1].stream.pause().unwrap();
        machine.sleep(Duration::from_secs(5));
        assert!(!is_plugged(machine, Direction::Capture));
        recorder.stream.pause().unwrap();
    });
}

fn with_both_ends_hidden_programs_talk_to_each_other() {
    let both = &[
        ("Speaker0Hidden", 1),
        ("Microphone0Hidden", 1),
        ("Speaker0JackFollows", 1),
        ("Microphone0JackFollows", 1),
    ];
    with(both, |machine, _| {
        assert_eq!(names(machine, &KSCATEGORY_AUDIO), Vec::<String>::new());
        let speaker = hidden(machine, Direction::Render, 0);
        carries(machine, &speaker, &hidden(machine, Direction::Capture, 0));
    });
}

fn a_cable_that_is_added_has_its_hidden_ends() {
    let two = &[("Speaker1Hidden", 1), ("Microphone1JackFollows", 1)];
    with(two, |machine, _| {
        let any = Endpoint::find(machine, Direction::Render).unwrap();
        let change = |cables: u32| {
            set(&any.filter, "cables", &PROPERTY_SET, CABLES, &[], &cables.to_le_bytes()).unwrap();
        };
        assert_eq!(names(machine, &hidden::CATEGORY), Vec::<String>::new());
        change(2);
        assert_eq!(names(machine, &hidden::CATEGORY), ["Speaker1"]);
        let speaker = hidden(machine, Direction::Render, 1);
        let microphone = end_of(machine, Direction::Capture, 1).unwrap();
        carries(machine, &speaker, &microphone);
        // The device is removed with a program attached.
        let stream = open_event_at(machine, &speaker, STEREO, 10).unwrap();
        stream.prepare().unwrap();
        stream.run().unwrap();
        machine.sleep(Duration::from_millis(25));
        drop(microphone);
        change(1);
        assert_eq!(names(machine, &hidden::CATEGORY), Vec::<String>::new());
        assert_eq!(stream.pause().unwrap_err().status, STATUS_DEVICE_REMOVED);
        machine.sleep(Duration::from_secs(5));
    });
}

fn a_jack_follows_the_program_with_hysteresis() {
    with(FED, |machine, _| {
        let is_plugged = || is_plugged(machine, Direction::Capture);
        assert!(!is_plugged(), "nobody streams yet");
        let stream = feed(machine);
        assert!(!is_plugged(), "it does not run yet");
        stream.run().unwrap();
        assert!(is_plugged());
        stream.pause().unwrap();
        machine.sleep(Duration::from_millis(1_990));
        assert!(is_plugged(), "the program may come back");
        drop(stream);
        let stream = feed(machine);
        stream.run().unwrap();
        machine.sleep(Duration::from_secs(5));
        assert!(is_plugged(), "it came back in time");
        stream.pause().unwrap();
        machine.sleep(Duration::from_millis(2_010));
        assert!(!is_plugged());
        // A program may unplug and plug it; the next change of the streams sets it again.
        let end = microphone(machine);
        let plug = |state: u32| {
            let value = state.to_le_bytes();
            set(&end.filter, "the jack", &PROPERTY_SET, JACK_CONNECTED, &[], &value).unwrap();
        };
        plug(1);
        assert!(is_plugged());
        drop(stream);
        let stream = feed(machine);
        plug(0);
        stream.run().unwrap();
        assert!(is_plugged());
        drop(stream);
        machine.sleep(Duration::from_millis(2_010));
        assert!(!is_plugged());
    });
    // Where the other end is not hidden, or nothing is to follow, the jack is as it was.
    for settings in [&[("Microphone0JackFollows", 1)][..], &[("Speaker0Hidden", 1)], &[]] {
        with(settings, |machine, _| assert!(is_plugged(machine, Direction::Capture)));
    }
}

fn a_jack_keeps_its_state_through_sleep() {
    with(FED, |machine, device| {
        let is_plugged = || is_plugged(machine, Direction::Capture);
        let goes_after_two_seconds = || {
            machine.sleep(Duration::from_millis(1_990));
            assert!(is_plugged());
            machine.sleep(Duration::from_millis(20));
            assert!(!is_plugged());
        };
        let stream = feed(machine);
        stream.run().unwrap();
        machine.sleep(Duration::from_millis(25));
        device.power_down();
        machine.sleep(Duration::from_secs(10));
        device.power_up().unwrap();
        assert!(is_plugged());
        machine.sleep(Duration::from_secs(10));
        assert!(is_plugged(), "the stream runs again");
        stream.pause().unwrap();
        machine.sleep(Duration::from_secs(1));
        device.power_down();
        machine.sleep(Duration::from_secs(10));
        device.power_up().unwrap();
        goes_after_two_seconds();
        // The program ends while the device sleeps: the two seconds begin when it wakes up.
        stream.run().unwrap();
        device.power_down();
        drop(stream);
        machine.sleep(Duration::from_secs(1));
        device.power_up().unwrap();
        goes_after_two_seconds();
    });
}

fn a_program_survives_removal_and_rebalance() {
    with(FED, |machine, device| {
        let stream = feed(machine);
        stream.run().unwrap();
        machine.sleep(Duration::from_millis(25));
        drop(stream);
        device.rebalance().unwrap();
        assert!(!is_plugged(machine, Direction::Capture), "its circuits are new");
        // ACX refuses the query while a stream runs, and it goes on.
        let stream = feed(machine);
        stream.run().unwrap();
        machine.sleep(Duration::from_millis(25));
        assert!(matches!(device.rebalance(), Err(HostError::Streaming)));
        let before = stream.position().unwrap().0;
        machine.sleep(Duration::from_millis(25));
        assert_eq!(stream.position().unwrap().0, before + 1_200);
        assert!(is_plugged(machine, Direction::Capture));
        // One that stands keeps its handle; its circuit is gone.
        stream.pause().unwrap();
        device.rebalance().unwrap();
        assert_eq!(stream.run().unwrap_err().status, STATUS_DEVICE_REMOVED);
        assert!(!is_plugged(machine, Direction::Capture));
        drop(stream);
        let speaker = hidden(machine, Direction::Render, 0);
        carries(machine, &speaker, &microphone(machine));
        let stream = feed(machine);
        stream.run().unwrap();
        machine.sleep(Duration::from_millis(25));
        device.surprise_remove();
        assert_eq!(stream.pause().unwrap_err().status, STATUS_DEVICE_REMOVED);
        assert_eq!(names(machine, &hidden::CATEGORY), Vec::<String>::new());
        machine.sleep(Duration::from_secs(5));
    });
}

fn a_program_that_dies_or_stalls_leaves_the_cable_whole() {
    with(FED, |machine, _| {
        // It stalls: it runs, and writes nothing more. The microphone records silence.
        let stalled = feed(machine);
        stalled.run().unwrap();
        machine.sleep(Duration::from_secs(1));
        let listener = open_event_at(machine, &microphone(machine), STEREO, 10).unwrap();
        let mut recorder = Recorder::prepare(listener).unwrap();
        recorder.stream.run().unwrap();
        let mut heard = Vec::new();
        while heard.len() < 48_000 {
            machine.wait_any(&[recorder.stream.event()], Duration::from_secs(1)).unwrap();
            recorder.service(|bytes| heard.extend_from_slice(bytes)).unwrap();
        }
        assert!(heard.iter().all(|byte| *byte == 0));
        recorder.stream.pause().unwrap();
        drop(recorder);
        // The program is killed: Windows closes its handles, in Run.
        drop(stalled);
        machine.sleep(Duration::from_millis(2_010));
        assert!(!is_plugged(machine, Direction::Capture));
        let speaker = hidden(machine, Direction::Render, 0);
        carries(machine, &speaker, &microphone(machine));
    });
}

/// The documentation has every switch of an end, and the driver reads each.
#[test]
fn every_switch_of_an_end_is_documented() {
    let longest = OF_ENDS.map(|(suffix, _)| suffix.len()).into_iter().max().unwrap();
    assert!(ENDS[1].len() + 2 + longest <= MAX_NUMBER_NAME);
    for switch in [HIDDEN, JACK_FOLLOWS] {
        for end in ENDS {
            for index in [0, 9, MAX_CABLES - 1] {
                let mut label = [0; MAX_NUMBER_NAME + 1];
                let name = switch.name_in(end, index, &mut label).unwrap();
                assert_eq!(name.to_str().unwrap(), format!("{end}{index}{}", switch.suffix));
            }
            let first = format!("`{end}0{}`", switch.suffix);
            assert!(include_str!("../docs/settings.md").contains(&first), "{first}");
        }
    }
}
