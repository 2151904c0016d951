//! The rights of programs without administrator's rights.

mod variants;

use acx_client::endpoint::{Endpoint, WaveFormat};
use acx_client::event::EventStream;
use acx_client::request::{descriptor, get, get_sized, node, number, pin, set, set_state};
use acx_client::{Direction, File, System};
use acx_conform::analysis::compare;
use acx_conform::melody::{STEREO, melody};
use acx_conform::play::{Options, play};
use acx_host::security::Token;
use acx_host::{Client, Machine};
use acx_sys::*;
use acxvad::keyword_stream::PIN as KEYWORD;
use acxvad::properties::{
    CABLES, CIRCUIT, CLOCK_TRIM, DEFAULT_FORMAT, JACK_CONNECTED, PROPERTY_SET, STREAMS,
};

variants::test_each_form!(
    a_user_changes_nothing_that_others_have,
    an_administrator_and_the_system_may_change_everything,
    everybody_may_read,
    a_server_that_impersonates_a_user_may_no_more_than_the_user,
    where_requests_come_in_does_not_matter,
    streams_opened_by_a_user_are_as_good_as_any,
    a_user_may_do_what_windows_lets_everybody_do,
    a_user_may_not_change_a_cable_that_came_later,
    a_change_returns_nothing,
    a_hidden_end_is_for_who_is_logged_on,
    a_hidden_end_may_be_for_administrators_alone,
    a_hidden_end_may_be_for_everyone,
    every_pin_of_a_hidden_end_is_guarded,
);

/// Properties that change the device, with a value that each would take.
const CHANGES: [(u32, &[u8]); 4] = [
    (JACK_CONNECTED, &[0, 0, 0, 0]),
    (DEFAULT_FORMAT, &[0x44, 0xAC, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0]),
    (CABLES, &[3, 0, 0, 0]),
    (CLOCK_TRIM, &[0x40, 0x42, 0x0F, 0]),
];

#[track_caller]
fn with(test: impl FnOnce(&Machine)) {
    variants::with::<u32>(&[], |machine, _| test(machine));
}

/// The filters that have the driver's own properties, opened by a program.
fn filters(system: &dyn System) -> Vec<(String, File)> {
    let links = system.interfaces(&KSCATEGORY_AUDIO);
    let open = |link: &String| (link.clone(), system.open(link).unwrap());
    let has_them = |(_, file): &(String, File)| {
        get_sized(file, &PROPERTY_SET, JACK_CONNECTED, &[], 4).0.status == STATUS_SUCCESS
    };
    links.iter().map(open).filter(has_them).collect()
}

fn change(file: &File, id: u32, value: &[u8]) -> Result<(), NTSTATUS> {
    set(file, "a property", &PROPERTY_SET, id, &[], value).map_err(|failed| failed.status)
}

/// The device's shape and defaults, as any client sees them.
fn state(machine: &Machine) -> Vec<(String, Vec<Vec<u8>>)> {
    let read = |file: &File| {
        let read = |(id, _): &(u32, &[u8])| get(file, "a property", &PROPERTY_SET, *id, &[]);
        CHANGES.iter().map(|change| read(change).unwrap()).collect()
    };
    filters(machine).into_iter().map(|(link, file)| (link, read(&file))).collect()
}

/// An event that is signalled when a pin's jack or formats change.
fn listen(machine: &Machine, file: &File, id: u32, of: u32) -> (u64, Vec<u8>) {
    let input = descriptor(&KSEVENTSETID_PinCapsChange, id, KSEVENT_TYPE_ENABLE, &pin(of));
    let event = machine.create_event();
    let mut data = [KSEVENTF_EVENT_HANDLE.to_le_bytes(), [0; 4]].concat();
    data.extend(event.to_le_bytes());
    data.extend([0; 16]);
    let status = file.ioctl(IOCTL_KS_ENABLE_EVENT, &input, Some(&mut data)).status;
    assert_eq!(status, STATUS_SUCCESS);
    (event, data)
}

fn a_user_changes_nothing_that_others_have() {
    with(|machine| {
        let before = state(machine);
        assert_eq!(before.len(), 4, "two ends of a cable and two composite endpoints");
        let own = Endpoint::find(machine, Direction::Capture).unwrap();
        let events = [(KSEVENT_PINCAPS_JACKINFOCHANGE, 1), (KSEVENT_PINCAPS_FORMATCHANGE, 0)]
            .map(|(id, pin)| listen(machine, &own.filter, id, pin));
        for token in [Token::user(), Token::not_elevated()] {
            let client = machine.as_client(token);
            for (link, file) in filters(&client) {
                for (id, value) in CHANGES {
                    assert_eq!(change(&file, id, value), Err(STATUS_ACCESS_DENIED), "{link}: {id}");
                    // What is wrong besides is not told to it.
                    for wrong in [&[9; 12][..], &[1]] {
                        assert_eq!(change(&file, id, wrong), Err(STATUS_ACCESS_DENIED));
                    }
                }
            }
        }
        assert_eq!(state(machine), before);
        let events = events.map(|(event, _data)| event);
        assert_eq!(machine.wait_any(&events, std::time::Duration::from_secs(1)), None);
    });
}

/// [`CHANGES`] must contain every settable property: a new one needs a value here.
#[test]
fn every_property_that_can_be_set_is_tried() {
    let settable: Vec<u32> = CIRCUIT.iter().filter(|own| own.set_value).map(|own| own.id).collect();
    assert_eq!(settable, CHANGES.map(|(id, _)| id));
}

fn an_administrator_and_the_system_may_change_everything() {
    for token in [Token::administrator(), Token::system()] {
        with(|machine| {
            let client = machine.as_client(token);
            let before = state(machine);
            for (link, file) in filters(&client) {
                for (id, value) in CHANGES {
                    assert_eq!(change(&file, id, value), Ok(()), "{link}: {id}");
                }
            }
            let after = state(machine);
            assert_eq!(after.len(), before.len() + 4, "two more cables");
            for (link, values) in &before {
                let (_, now) = after.iter().find(|(own, _)| own == link).unwrap();
                assert!(values.iter().zip(now).all(|(before, now)| before != now), "{link}");
            }
        });
    }
}

fn a_change_returns_nothing() {
    with(|machine| {
        let (_, file) = filters(machine).remove(0);
        for (id, value) in CHANGES {
            let input = descriptor(&PROPERTY_SET, id, KSPROPERTY_TYPE_SET, &[]);
            let reply = file.ioctl(IOCTL_KS_PROPERTY, &input, Some(&mut value.to_vec()));
            assert_eq!((reply.status, reply.information), (STATUS_SUCCESS, 0), "{id}");
        }
    });
}

fn everybody_may_read() {
    with(|machine| {
        let client = machine.as_client(Token::user());
        for (link, file) in filters(&client) {
            for id in [STREAMS, JACK_CONNECTED, DEFAULT_FORMAT, CABLES, CLOCK_TRIM] {
                let read = get(&file, "a property", &PROPERTY_SET, id, &[]);
                assert!(read.is_ok(), "{link}: {id}");
            }
        }
    });
}

fn a_server_that_impersonates_a_user_may_no_more_than_the_user() {
    with(|machine| {
        let server = machine.as_client(Token::system());
        let (_, file) = filters(&server).remove(0);
        let (id, value) = CHANGES[0];
        server.impersonate(Some(Token::user()));
        assert_eq!(change(&file, id, value), Err(STATUS_ACCESS_DENIED));
        server.impersonate(None);
        assert_eq!(change(&file, id, value), Ok(()));
        // A user's program with an administrator's token.
        let client = machine.as_client(Token::user());
        let (_, file) = filters(&client).remove(0);
        client.impersonate(Some(Token::administrator()));
        assert_eq!(change(&file, id, value), Ok(()));
    });
}

fn where_requests_come_in_does_not_matter() {
    with(|machine| {
        machine.dispatch_in_system(true);
        let try_as = |client: &Client<'_>| {
            let (_, file) = filters(client).remove(0);
            let (id, value) = CHANGES[0];
            change(&file, id, value)
        };
        assert_eq!(try_as(&machine.as_client(Token::user())), Err(STATUS_ACCESS_DENIED));
        assert_eq!(try_as(&machine.as_client(Token::not_elevated())), Err(STATUS_ACCESS_DENIED));
        assert_eq!(try_as(&machine.as_client(Token::administrator())), Ok(()));
        // Impersonation is not visible there.
        let server = machine.as_client(Token::user());
        server.impersonate(Some(Token::administrator()));
        assert_eq!(try_as(&server), Err(STATUS_ACCESS_DENIED));
    });
}

fn streams_opened_by_a_user_are_as_good_as_any() {
    with(|machine| {
        let client = machine.as_client(Token::user());
        let tune = melody();
        let outcome = play(&client, STEREO, &tune, Options::default(), &mut |_| {}).unwrap();
        assert_eq!((outcome.glitches, outcome.drift), (0, 0));
        assert!(compare(&tune, &outcome.recording, STEREO.block_align()).bit_exact);
        // A pin has its filter's client: the same changes are refused through both.
        let (_, file) = filters(&client).remove(0);
        let format = WaveFormat { rate: 44_100, ..STEREO };
        let endpoint = Endpoint::find(&client, Direction::Render).unwrap();
        let raw = &AUDIO_SIGNALPROCESSINGMODE_RAW;
        let stream = EventStream::open(&client, &endpoint, format, raw, 441).unwrap();
        let (id, value) = CHANGES[0];
        assert!(change(stream.pin(), id, value).is_err());
        assert_eq!(change(&file, id, value), Err(STATUS_ACCESS_DENIED));
        let jack = get(&file, "the jack", &PROPERTY_SET, JACK_CONNECTED, &[]).unwrap();
        assert_eq!(jack, [1, 0, 0, 0]);
    });
}

fn a_user_may_not_change_a_cable_that_came_later() {
    with(|machine| {
        let (_, file) = filters(machine).remove(0);
        change(&file, CABLES, &[2, 0, 0, 0]).unwrap();
        let client = machine.as_client(Token::user());
        let before = state(machine);
        let all = filters(&client);
        assert_eq!(all.len(), 6);
        for (link, file) in all {
            for (id, value) in CHANGES {
                assert_eq!(change(&file, id, value), Err(STATUS_ACCESS_DENIED), "{link}: {id}");
            }
            assert_eq!(change(&file, CABLES, &[1, 0, 0, 0]), Err(STATUS_ACCESS_DENIED));
        }
        assert_eq!(state(machine), before);
    });
}

fn a_user_may_do_what_windows_lets_everybody_do() {
    with(|machine| {
        let client = machine.as_client(Token::user());
        let microphone = Endpoint::find(&client, Direction::Capture).unwrap();
        let file = &microphone.filter;
        for (node_id, id) in [(0, KSPROPERTY_AUDIO_VOLUMELEVEL), (1, KSPROPERTY_AUDIO_MUTE)] {
            let input =
                descriptor(&KSPROPSETID_Audio, id, KSPROPERTY_TYPE_SET, &node(node_id, None));
            let status = file.ioctl(IOCTL_KS_PROPERTY, &input, Some(&mut [1, 0, 0, 0])).status;
            assert_eq!(status, STATUS_SUCCESS, "{id}");
        }
        let id = KSPROPERTY_SOUNDDETECTOR_ARMED;
        let armed = set(file, "arming", &KSPROPSETID_SoundDetector, id, &[], &[1, 0, 0, 0]);
        assert!(armed.is_ok(), "{armed:?}");
    });
}

/// Asks for packets of both kinds at the end of a direction of the first cable, as a client; the
/// answers are the same.
fn ask_for_packets(client: &dyn System, direction: Direction, link: &str) -> NTSTATUS {
    let endpoint = Endpoint::open(client, link).unwrap();
    assert_eq!(endpoint.direction, direction);
    let raw = &AUDIO_SIGNALPROCESSINGMODE_RAW;
    let pin = endpoint.open_stream(STEREO, raw).unwrap();
    let with_event = EventStream::on(client, pin, STEREO, 480);
    let with_event = with_event.map_or_else(|failed| failed.status, |_| STATUS_SUCCESS);
    let pin = endpoint.open_stream(STEREO, raw).unwrap();
    let instance = [[0; 4], [0; 4], 8192_u32.to_le_bytes(), [0; 4]].concat();
    let id = KSPROPERTY_RTAUDIO_BUFFER;
    let without = get_sized(&pin, &KSPROPSETID_RtAudio, id, &instance, 16).0.status;
    assert_eq!(with_event, without);
    without
}

/// The clients that get packets at a hidden speaker, and at the visible microphone of its cable.
fn who_gets_packets(settings: &[(&str, u32)]) -> Vec<(NTSTATUS, NTSTATUS)> {
    let hidden = [("Speaker0Hidden", 1), ("Microphone0JackFollows", 1)];
    let mut answers = Vec::new();
    variants::with(&[&hidden[..], settings].concat(), |machine, _| {
        let speaker = machine.interfaces(&acx_client::hidden::CATEGORY).remove(0);
        let microphone = machine.interfaces(&KSCATEGORY_AUDIO);
        let microphone = microphone.into_iter().find(|own| own.ends_with("Microphone0")).unwrap();
        for in_system in [false, true] {
            machine.dispatch_in_system(in_system);
            let before = answers.len();
            for token in TOKENS {
                let client = machine.as_client(token());
                let held = machine.allocations();
                let at_speaker = ask_for_packets(&client, Direction::Render, &speaker);
                let at_microphone = ask_for_packets(&client, Direction::Capture, &microphone);
                answers.push((at_speaker, at_microphone));
                assert_eq!(machine.allocations().mdls, held.mdls, "nothing is kept");
            }
            if in_system {
                let again = answers.split_off(before);
                assert_eq!(again, answers, "where requests come in does not matter");
            }
        }
    });
    answers
}

/// A service under a standard account, a user, an administrator without and with elevation, the
/// system.
const TOKENS: [fn() -> Token; 5] =
    [Token::service, Token::user, Token::not_elevated, Token::administrator, Token::system];

fn a_hidden_end_is_for_who_is_logged_on() {
    let (yes, no) = ((STATUS_SUCCESS, STATUS_SUCCESS), (STATUS_ACCESS_DENIED, STATUS_SUCCESS));
    assert_eq!(who_gets_packets(&[]), [no, yes, yes, yes, yes]);
    // A service acts for the client that it impersonates.
    variants::with(&[("Speaker0Hidden", 1)], |machine, _| {
        let speaker = machine.interfaces(&acx_client::hidden::CATEGORY).remove(0);
        let service = machine.as_client(Token::service());
        let ask = || ask_for_packets(&service, Direction::Render, &speaker);
        service.impersonate(Some(Token::user()));
        assert_eq!(ask(), STATUS_SUCCESS);
        service.impersonate(None);
        assert_eq!(ask(), STATUS_ACCESS_DENIED);
        // A stream without packets does not run, so that the jack of the other end does not follow
        // it.
        let endpoint = Endpoint::open(&service, &speaker).unwrap();
        let raw = &AUDIO_SIGNALPROCESSINGMODE_RAW;
        let pin = endpoint.open_stream(STEREO, raw).unwrap();
        for state in [KSSTATE::KSSTATE_ACQUIRE, KSSTATE::KSSTATE_PAUSE, KSSTATE::KSSTATE_RUN] {
            let _ = set_state(&pin, state);
        }
        assert_ne!(state_of(&pin), KSSTATE::KSSTATE_RUN as u32);
    });
}

fn state_of(pin: &File) -> u32 {
    let (set, id) = (&KSPROPSETID_Connection, KSPROPERTY_CONNECTION_STATE);
    number(&get(pin, "the state", set, id, &[]).unwrap(), 0)
}

fn a_hidden_end_may_be_for_administrators_alone() {
    let (yes, no) = ((STATUS_SUCCESS, STATUS_SUCCESS), (STATUS_ACCESS_DENIED, STATUS_SUCCESS));
    assert_eq!(who_gets_packets(&[("HiddenEndsFor", 1)]), [no, no, no, yes, yes]);
}

fn a_hidden_end_may_be_for_everyone() {
    let yes = (STATUS_SUCCESS, STATUS_SUCCESS);
    assert_eq!(who_gets_packets(&[("HiddenEndsFor", 2)]), [yes; 5]);
    // An invalid value counts as the first, and the driver reports it.
    let hidden = [("Speaker0Hidden", 1), ("HiddenEndsFor", 3)];
    let warnings = variants::with(&hidden, |machine, _| {
        let speaker = machine.interfaces(&acx_client::hidden::CATEGORY).remove(0);
        let service = machine.as_client(Token::service());
        let answer = ask_for_packets(&service, Direction::Render, &speaker);
        assert_eq!(answer, STATUS_ACCESS_DENIED);
    });
    assert!(warnings.iter().any(|event| event.name == "BadSetting"), "{warnings:?}");
}

/// A format of the keyword pin.
const SPEECH: WaveFormat =
    WaveFormat { float: false, channels: 1, mask: 4, rate: 16_000, bits: 16, valid_bits: 16 };

fn every_pin_of_a_hidden_end_is_guarded() {
    let both = [("Speaker0Hidden", 1), ("Microphone0Hidden", 1)];
    variants::with(&both, |machine, _| {
        let mut pins = Vec::new();
        for link in machine.interfaces(&acx_client::hidden::CATEGORY) {
            for (token, wanted) in
                [(Token::service(), STATUS_ACCESS_DENIED), (Token::user(), STATUS_SUCCESS)]
            {
                let client = machine.as_client(token);
                let endpoint = Endpoint::open(&client, &link).unwrap();
                for own in endpoint.pins.iter().filter(|own| own.is_streaming) {
                    let is_keyword = endpoint.direction == Direction::Capture && own.id == KEYWORD;
                    let format = if is_keyword { SPEECH } else { STEREO };
                    let raw = &AUDIO_SIGNALPROCESSINGMODE_RAW;
                    let pin = endpoint.open_stream_at(own.id, format, raw).unwrap();
                    let stream = EventStream::on(&client, pin, format, format.rate);
                    let answer = stream.map_or_else(|failed| failed.status, |_| STATUS_SUCCESS);
                    assert_eq!(answer, wanted, "{link}, pin {}", own.id);
                    pins.push((own.id, wanted));
                }
            }
        }
        // The speaker's host, offload and loopback pins, the microphone's host and keyword pins.
        assert_eq!(pins.len(), 2 * 5, "{pins:?}");
    });
}

/// The tests that a page's tables name: file and function of each row.
fn named(page: &str) -> Vec<Result<(String, String), String>> {
    let rows = page.lines().filter(|line| line.starts_with("| ") && !line.contains("shown by"));
    let of = |row: &str| {
        let shown_by = row.trim_end_matches(" |").rsplit(" | ").next()?;
        let (file, name) = shown_by.split_once(": ")?;
        let plain = |text: &str| text.strip_prefix('`')?.strip_suffix('`').map(str::to_owned);
        Some((plain(file)?, plain(name)?))
    };
    rows.map(|row| of(row).ok_or_else(|| row.to_owned())).collect()
}

#[test]
fn each_line_of_the_security_page_names_a_test_that_exists() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let named = named(&std::fs::read_to_string(root.join("SECURITY.md")).unwrap());
    assert!(named.len() > 15, "the tables were not found");
    for row in named {
        let (file, name) = row.unwrap_or_else(|row| panic!("without a test: {row}"));
        let text = std::fs::read_to_string(root.join(&file)).unwrap_or_default();
        assert!(text.contains(&format!("fn {name}()")), "{file} has no {name}");
    }
}

#[test]
fn a_line_without_a_test_is_found() {
    let rows = named("| it can | shown by |\n|---|---|\n| sing | nothing |\n| run | `a.rs`: `b` |");
    assert_eq!(rows, [Err("| sing | nothing |".to_owned()), Ok(("a.rs".into(), "b".into()))]);
}
