//! The effect of settings: every topology, and the handling of invalid values.

mod variants;

use acx_client::bytes::guid_bytes;
use acx_client::endpoint::{Endpoint, WaveFormat};
use acx_client::{Direction, System};
use acx_conform::analysis::compare;
use acx_conform::melody::{STEREO, melody};
use acx_conform::play::{Options, play};
use acx_conform::run::Time;
use acx_host::Machine;
use acx_host::machine::{DeviceNode, Setting};
use acx_host::trace::TraceEvent;
use acx_sys::{
    KSCATEGORY_AUDIO, KSNODETYPE_LINE_CONNECTOR, KSNODETYPE_MICROPHONE, KSNODETYPE_SPEAKER,
};
use acxvad_abi::settings::{Allowed, DEFAULT_RATE, SETTINGS};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

variants::test_each!(
    default_channels_are_no_more_than_there_are,
    any_settings_make_their_topology,
    a_profile_is_the_default_of_what_few_want,
    each_of_sixteen_cables_carries_its_own,
    a_bad_value_means_the_default_and_says_so,
    names_are_the_registrys_or_the_cables_number,
    a_speaker_with_a_name_is_a_line_connector,
    circuits_come_and_go_with_a_restart,
    a_trimmed_device_runs_fast_and_stays_exact
);

/// Starts a device with these settings. Returns the result of `look`, and the trace.
#[track_caller]
fn with<T>(settings: &[(&str, Setting)], look: impl FnOnce(&Machine) -> T) -> (T, Vec<TraceEvent>) {
    let machine = Machine::builder().build();
    for (name, value) in settings {
        machine.set_registry(name, value.clone());
    }
    let (seen, findings) = variants::on_machine(&machine, |machine, _| Ok(look(machine))).unwrap();
    assert_eq!(findings.count(), 0, "{findings:?}");
    (seen, machine.take_trace().filter(TraceEvent::is_warning).collect())
}

/// Circuits.
fn ends(machine: &Machine) -> Vec<Endpoint> {
    let links = machine.interfaces(&KSCATEGORY_AUDIO);
    links.iter().map(|link| Endpoint::open(machine, link).unwrap()).collect()
}

/// The circuits of the composite endpoints.
const COMPOSITE: [&str; 5] =
    ["SpeakerDsp", "SpeakerCodec", "SpeakerAmp", "MicrophoneDsp", "MicrophoneCodec"];

fn any_settings_make_their_topology() {
    let Allowed::OneOf(rates) = DEFAULT_RATE.allowed else { unreachable!("a list of rates") };
    let settings = (
        1..=16_u32,
        0..=2_u32,
        prop::sample::select(rates),
        (2..=16_u32).prop_flat_map(|most| (Just(most), 1..=most)),
        0..=4_u32,
        1_000..=5_000_u32,
        any::<[bool; 7]>(),
    );
    let mut runner = TestRunner::new_with_rng(
        Config { cases: 24, failure_persistence: None, ..Config::default() },
        proptest::test_runner::TestRng::deterministic_rng(
            proptest::test_runner::RngAlgorithm::ChaCha,
        ),
    );
    let check = |(cables, source, rate, (most, channels), sample, step, elements): (
        u32,
        u32,
        u32,
        (u32, u32),
        u32,
        u32,
        [bool; 7],
    )| {
        // What a ring has no room for at the rate is refused.
        let room = if most > 8 { 16 } else { 8 } * 192_000 / rate;
        let channels = channels.min(room);
        let [volume, mute, meter, engine, module, spotter, composite] = elements.map(u32::from);
        let values = [
            ("Cables", cables),
            ("CaptureSource", source),
            ("DefaultRate", rate),
            ("MaxChannels", most),
            ("DefaultChannels", channels),
            ("DefaultSample", sample),
            ("StepMicroseconds", step),
            ("Volume", volume),
            ("Mute", mute),
            ("PeakMeter", meter),
            ("AudioEngine", engine),
            ("AudioModule", module),
            ("KeywordSpotter", spotter),
            ("Composite", composite),
        ]
        .map(|(name, value)| (name, Setting::Number(value)));
        let (ends, trace) = with(&values, |machine| -> Vec<_> {
            let of = |end: &Endpoint| {
                let modes = end.host_pin().map(|pin| pin.modes.clone()).unwrap_or_default();
                (end.name().to_owned(), end.nodes.len(), modes)
            };
            ends(machine).iter().map(of).collect()
        });
        prop_assert_eq!(trace, vec![]);
        let names: Vec<_> = ends.iter().map(|(name, ..)| name.clone()).collect();
        let wanted: Vec<_> = (0..cables)
            .flat_map(|index| [format!("Speaker{index}"), format!("Microphone{index}")])
            .chain(COMPOSITE.into_iter().filter(|_| elements[6]).map(str::to_owned))
            .collect();
        prop_assert_eq!(names, wanted);
        for (name, nodes, modes) in &ends {
            // An audio engine is one element and has the others inside.
            let apart = elements[..3].iter().filter(|element| **element).count();
            let mixed = elements[3] && name.starts_with("Speaker");
            let listens = elements[5] && name.starts_with("Microphone");
            let of = |which: &[usize]| which.iter().filter(|at| elements[**at]).count();
            let wanted = match name.as_str() {
                "SpeakerDsp" | "MicrophoneDsp" => of(&[2, 4]),
                "SpeakerCodec" => of(&[0]),
                "SpeakerAmp" => of(&[1]),
                "MicrophoneCodec" => of(&[0, 1]),
                _ if mixed => 1 + of(&[4]),
                _ => apart + of(&[4]) + usize::from(listens),
            };
            prop_assert_eq!(*nodes, wanted, "{}", name);
            for (_, formats) in modes {
                let is_default = |format: &WaveFormat| {
                    let coding = match sample {
                        0 => (false, 16, 16),
                        1 => (false, 32, 24),
                        2 => (false, 32, 32),
                        3 => (true, 32, 32),
                        _ => (false, 24, 24),
                    };
                    format.rate == rate
                        && u32::from(format.channels) == channels
                        && (format.float, format.bits, format.valid_bits) == coding
                };
                // In a list that has it, the default is first.
                let at = formats.iter().position(is_default);
                prop_assert!(at.is_none_or(|at| at == 0), "{:?}", at);
                prop_assert!(formats.iter().all(|own| u32::from(own.channels) <= most));
            }
        }
        Ok(())
    };
    runner.run(&settings, check).unwrap();
}

/// Two incompatible settings: the default applies, and the event has the allowed values.
fn default_channels_are_no_more_than_there_are() {
    let first = |machine: &Machine| {
        let end = Endpoint::find(machine, Direction::Render).unwrap();
        let format = end.host_pin().unwrap().modes[0].1[0];
        (u32::from(format.channels), format.rate)
    };
    for (most, channels, rate, room) in [
        (8, 9, 48_000, Some(8)),
        (2, 3, 48_000, Some(2)),
        (8, 5, 384_000, Some(4)),
        (16, 9, 352_800, Some(8)),
        (16, 16, 192_000, None),
        (16, 8, 384_000, None),
        (8, 4, 384_000, None),
    ] {
        let values = [("MaxChannels", most), ("DefaultChannels", channels), ("DefaultRate", rate)];
        let settings = values.map(|(name, value)| (name, Setting::Number(value)));
        let (found, trace) = with(&settings, first);
        let Some(room) = room else {
            assert_eq!((found, trace), ((channels, rate), vec![]));
            continue;
        };
        assert_eq!(found, (2, rate));
        let [event] = &trace[..] else { panic!("{values:?}: {trace:?}") };
        assert_eq!(event.name, "BadSetting");
        let field = |name: &str| {
            let found = event.fields.iter().find(|(own, _)| own == name);
            found.map(|(_, value)| value.clone()).unwrap_or_default()
        };
        assert_eq!(field("Name"), "DefaultChannels");
        assert_eq!(
            [field("Value"), field("Most")],
            [channels.to_string(), room.to_string()],
            "{values:?}"
        );
    }
}

/// A plain device has its cables and nothing else; the showcase, and each explicit setting, has
/// more.
fn a_profile_is_the_default_of_what_few_want() {
    let showcase = |spotter, composite| (2 + if composite { 5 } else { 0 }, spotter);
    for (settings, wanted) in [
        (&[("Profile", 0)][..], showcase(false, false)),
        (&[("Profile", 1)], showcase(true, true)),
        (&[("Profile", 1), ("Composite", 0)], showcase(true, false)),
        (&[("Profile", 1), ("KeywordSpotter", 0)], showcase(false, true)),
        (&[("Profile", 0), ("Composite", 1)], showcase(false, true)),
        (&[("Profile", 0), ("KeywordSpotter", 1)], showcase(true, false)),
    ] {
        let machine = Machine::builder().build();
        for (name, value) in settings {
            machine.set_registry(name, Setting::Number(*value));
        }
        let look = |machine: &Machine, _: &DeviceNode<'_>| {
            let microphone = Endpoint::find(machine, Direction::Capture)?;
            Ok((ends(machine).len(), microphone.pins.len() > 2))
        };
        let (seen, findings) = variants::plain().on_machine(&machine, look).unwrap();
        assert_eq!((seen, findings.count()), (wanted, 0), "{settings:?}");
    }
    let (seen, _) =
        variants::plain().on_device(Time::Virtual, |machine, _| Ok(ends(machine).len())).unwrap();
    assert_eq!(seen, 2, "without a setting");
}

/// Sixteen cables at once are sixteen wires: what one plays no other hears.
fn each_of_sixteen_cables_carries_its_own() {
    let tune = melody();
    with(&[("Cables", 16.into())], |machine| {
        for cable in 0..16 {
            let options = Options { cable, ..Options::default() };
            let outcome = play(machine, STEREO, &tune, options, &mut |_| {}).unwrap();
            assert_eq!(outcome.glitches, 0, "cable {cable}");
            let comparison = compare(&tune, &outcome.recording, STEREO.block_align());
            assert!(comparison.bit_exact, "cable {cable}");
            let other = Options { cable: (cable + 1) % 16, ..Options::default() };
            let (heard, _) =
                acx_conform::play::record(machine, STEREO, 960, other, &mut |_| {}).unwrap();
            assert!(heard.iter().all(|byte| *byte == 0), "cable {cable} is heard by the next");
        }
    });
}

fn a_bad_value_means_the_default_and_says_so() {
    let bad: [(&str, Setting); 18] = [
        ("Cables", 0.into()),
        ("Cables", 17.into()),
        ("Cables", "two".into()),
        ("CaptureSource", 3.into()),
        ("DefaultRate", 47_999.into()),
        ("DefaultChannels", 17.into()),
        ("DefaultSample", 5.into()),
        ("MaxChannels", 1.into()),
        ("MaxChannels", 17.into()),
        ("StepMicroseconds", 999.into()),
        ("StepMicroseconds", 5_001.into()),
        ("ClockTrim", 1_001.into()),
        ("ClockTrim", (-1_001_i32).cast_unsigned().into()),
        ("PacketMegabytes", 0.into()),
        ("PacketMegabytes", 1_025.into()),
        ("Volume", 2.into()),
        ("Mute", u32::MAX.into()),
        ("PeakMeter", "".into()),
    ];
    let describe = |machine: &Machine| {
        let of = |end: &Endpoint| (end.name().to_owned(), end.pins.clone(), end.nodes.clone());
        format!("{:?}", ends(machine).iter().map(of).collect::<Vec<_>>())
    };
    let (usual, quiet) = with(&[], describe);
    assert_eq!(quiet, []);
    for (name, value) in bad {
        let (found, trace) = with(&[(name, value.clone())], describe);
        assert_eq!(found, usual, "{name} = {value:?}");
        let [event] = &trace[..] else { panic!("{name} = {value:?}: {trace:?}") };
        assert_eq!(
            (event.provider.as_str(), event.name.as_str(), event.level),
            ("acxvad", "BadSetting", 3)
        );
        assert_eq!(event.fields[0], ("Name".to_owned(), name.to_owned()));
        // A text is no number; there is only its status.
        let number = if let Setting::Number(number) = value { number } else { 0 };
        assert_eq!(event.fields[1], ("Value".to_owned(), number.to_string()));
    }
}

fn names_are_the_registrys_or_the_cables_number() {
    let shown = |machine: &Machine| -> Vec<String> {
        let bridge =
            |end: &Endpoint| end.pins.iter().find(|pin| !pin.is_streaming).unwrap().name.clone();
        ends(machine).iter().filter(|end| !COMPOSITE.contains(&end.name())).map(bridge).collect()
    };
    let (names, trace) = with(&[("Cables", 2.into())], shown);
    assert_eq!(names[2..], ["Cable 2 playback", "Cable 2 recording"]);
    assert_eq!(trace, []);
    let settings = [
        ("Cables", 2.into()),
        ("Speaker0Name", "To the stream".into()),
        ("Microphone0Name", "\u{97f3}\u{697d}".into()),
        ("Speaker1Name", "x".repeat(63).as_str().into()),
        ("Microphone1Name", "x".repeat(64).as_str().into()),
    ];
    let (names, trace) = with(&settings, shown);
    assert_eq!(names, ["To the stream", "\u{97f3}\u{697d}", &"x".repeat(63), "Cable 2 recording"]);
    assert_eq!(trace.len(), 1, "{trace:?}");
    for bad in [Setting::from(""), "a\tb".into(), 7.into()] {
        let (names, trace) = with(&[("Speaker0Name", bad)], shown);
        assert_eq!(names.len(), 2);
        assert_eq!(trace.len(), 1, "{trace:?}");
        assert_eq!(trace[0].name, "BadName");
    }
}

/// Windows names an end without a name by its type: only then does it have to be a speaker.
fn a_speaker_with_a_name_is_a_line_connector() {
    let kinds = |machine: &Machine| -> Vec<[u8; 16]> {
        let bridge =
            |end: &Endpoint| end.pins.iter().find(|pin| !pin.is_streaming).unwrap().category;
        ends(machine).iter().filter(|end| !COMPOSITE.contains(&end.name())).map(bridge).collect()
    };
    let [speaker, line, microphone] =
        [KSNODETYPE_SPEAKER, KSNODETYPE_LINE_CONNECTOR, KSNODETYPE_MICROPHONE]
            .map(|kind| guid_bytes(&kind));
    let (found, _) = with(&[("Cables", 2.into())], kinds);
    assert_eq!(found, [speaker, microphone, line, microphone]);
    let (found, _) = with(
        &[("Speaker0Name", "To the stream".into()), ("Microphone0Name", "From it".into())],
        kinds,
    );
    assert_eq!(found, [line, microphone]);
}

/// Nothing is installed anew: the next start of the device finds the new number.
fn circuits_come_and_go_with_a_restart() {
    let machine = Machine::builder().build();
    let driver = variants::load(&machine).unwrap();
    for cables in [1, 3, 16, 2] {
        machine.set_registry("Cables", cables);
        let device = driver.add_device().unwrap();
        assert_eq!(ends(&machine).len(), 2 * cables as usize + COMPOSITE.len());
        drop(device);
        assert_eq!(machine.interfaces(&KSCATEGORY_AUDIO), Vec::<String>::new());
    }
    drop(driver);
    assert_eq!(machine.report().violations().len(), 0, "{:?}", machine.report().violations());
}

fn a_trimmed_device_runs_fast_and_stays_exact() {
    let tune = melody();
    for trim in [1_000_i32, -1_000] {
        let (outcome, trace) = with(&[("ClockTrim", trim.cast_unsigned().into())], |machine| {
            play(machine, STEREO, &tune, Options::default(), &mut |_| {}).unwrap()
        });
        assert_eq!(trace, []);
        assert_eq!(outcome.glitches, 0);
        assert!(compare(&tune, &outcome.recording, STEREO.block_align()).bit_exact);
        // Off the ideal line by a thousandth of what was played.
        let off = outcome.max_position_error / outcome.frames_played as f64;
        assert!((0.0009..0.0012).contains(&off), "{off}");
    }
}

/// The ends that there are, by direction: the client's own way to the nth.
#[test]
fn the_nth_end_is_the_nth_cables() {
    with(&[("Cables", 3.into())], |machine| {
        for index in 0..3 {
            let end = Endpoint::nth(machine, Direction::Capture, index).unwrap();
            assert_eq!(end.name(), format!("Microphone{index}"));
        }
        // The composite endpoint comes last.
        assert_eq!(Endpoint::nth(machine, Direction::Render, 3).unwrap().name(), "SpeakerDsp");
        assert!(Endpoint::nth(machine, Direction::Render, 4).is_err());
    });
}

/// The documentation and the INF have every setting that the driver reads.
#[test]
fn every_setting_is_documented_and_in_the_inf() {
    for setting in SETTINGS {
        let name = setting.number.name();
        assert!(include_str!("../docs/settings.md").contains(&format!("`{name}`")), "{name}");
        // The INF does not set the settings that the profile determines.
        let is_set = include_str!("../wdk/acxvad.inx").contains(&format!("HKR,, {name},"));
        assert_eq!(is_set, !setting.by_profile, "{name}");
    }
}
