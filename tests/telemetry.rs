//! The driver's reports of glitches: each has its counter, and an event.

mod variants;

use std::time::Duration;

use acx_client::endpoint::{Endpoint, WaveFormat};
use acx_client::event::EventStream;
use acx_client::request::{descriptor, get, get_sized, number};
use acx_client::{Direction, System};
use acx_host::Machine;
use acx_host::trace::TraceEvent;
use acx_sys::{
    AUDIO_SIGNALPROCESSINGMODE_RAW as RAW, IOCTL_KS_PROPERTY, KSPROPERTY_AUDIOMODULE_COMMAND,
    KSPROPERTY_AUDIOMODULE_DESCRIPTORS, KSPROPERTY_TYPE_BASICSUPPORT, KSPROPERTY_TYPE_GET,
    KSPROPERTY_TYPE_SET, KSPROPSETID_AudioModule, STATUS_BUFFER_OVERFLOW, STATUS_BUFFER_TOO_SMALL,
    STATUS_INVALID_PARAMETER, STATUS_SUCCESS,
};
use acxhost::watch::{Counters, Watch, counters, watch};
use acxvad::properties::{MODULE_CLASS, PROPERTY_SET, STREAMS};
use acxvad::telemetry::{ENTRY_BYTES, HEADER_BYTES};

variants::test_each_form!(
    streams_that_are_served_have_nothing_to_tell,
    each_glitch_has_its_counter_and_its_event,
    streams_come_and_go_and_numbers_are_never_used_again,
    requests_of_the_wrong_shape_are_refused,
    a_stall_is_seen_at_both_ends,
    the_audio_module_tells_the_same
);

const STEREO: WaveFormat =
    WaveFormat { float: false, channels: 2, mask: 3, rate: 48_000, bits: 16, valid_bits: 16 };

#[track_caller]
fn with(test: impl FnOnce(&Machine)) -> Vec<TraceEvent> {
    variants::with::<u32>(&[], |machine, _| test(machine))
}

fn open(machine: &Machine, endpoint: &Endpoint) -> EventStream {
    EventStream::open(machine, endpoint, STEREO, &RAW, 480).unwrap()
}

#[track_caller]
fn one(endpoint: &Endpoint) -> Counters {
    let mut found = counters(endpoint).unwrap();
    assert_eq!(found.len(), 1, "{found:?}");
    found.remove(0)
}

fn field(event: &TraceEvent, name: &str) -> u64 {
    let found = event.fields.iter().find(|(own, _)| own == name);
    found.unwrap_or_else(|| panic!("{name}: {event}")).1.parse().unwrap()
}

fn streams_that_are_served_have_nothing_to_tell() {
    let trace = with(|machine| {
        let how = Watch { seconds: 2.0, stall: Duration::ZERO };
        let mut looks = 0;
        let stall = |span| machine.stall(span);
        let last = watch(&variants::subject(), machine, how, &stall, &mut |_, streams| {
            assert_eq!(streams.len(), 4, "a cable, and that of the composite endpoints");
            looks += 1;
        })
        .unwrap();
        assert!(looks >= 7, "{looks}");
        for stream in last {
            assert_eq!(stream.anomalies(), 0, "{stream:?}");
            assert!((198..=200).contains(&stream.counts[0]), "{stream:?}");
            assert!(stream.running);
        }
    });
    assert_eq!(trace, []);
}

/// Packets: 0 and 1 are written, 2 is not; 3 too early, then 1 again, too late.
fn each_glitch_has_its_counter_and_its_event() {
    let trace = with(|machine| {
        let endpoint = Endpoint::find(machine, Direction::Render).unwrap();
        let mut stream = open(machine, &endpoint);
        stream.prepare().unwrap();
        let packet = vec![1; stream.packet_bytes()];
        stream.write(0, &packet, None).unwrap();
        stream.write(1, &packet, None).unwrap();
        stream.run().unwrap();
        machine.sleep(Duration::from_millis(25));
        assert!(stream.write(5, &packet, None).is_err());
        assert!(stream.write(1, &packet, None).is_err());
        machine.sleep(Duration::from_millis(10));
        let seen = one(&endpoint);
        assert!(seen.running);
        assert_eq!(seen.rate, 48_000);
        assert_eq!(seen.position, 1680);
        // Done, late ticks, skipped, underruns, overwrites, late answers, early answers, ends, wire
        // silence; and a tick every 5 ms from 0 to 35.
        assert_eq!(seen.counts, [3, 0, 0, 2, 0, 1, 1, 0, 0, 8]);
        stream.pause().unwrap();
        assert!(!one(&endpoint).running);
        stream.stop().unwrap();
    });
    assert!(!trace.is_empty());
    for event in &trace {
        let own = (event.provider.as_str(), event.name.as_str(), event.level);
        assert_eq!(own, ("acxvad", "Glitch", 3));
        assert_eq!(
            (field(event, "Cable"), field(event, "Render"), field(event, "Stream")),
            (0, 1, 1)
        );
    }
    let last = trace.last().unwrap();
    let found = ["Underruns", "LateAnswers", "OverrunAnswers"].map(|name| field(last, name));
    assert_eq!(found, [2, 1, 1]);
}

fn streams_come_and_go_and_numbers_are_never_used_again() {
    with(|machine| {
        let endpoint = Endpoint::find(machine, Direction::Capture).unwrap();
        assert_eq!(counters(&endpoint).unwrap(), []);
        let first = open(machine, &endpoint);
        let second = open(machine, &endpoint);
        let numbers = |endpoint: &Endpoint| -> Vec<u64> {
            let mut all: Vec<_> =
                counters(endpoint).unwrap().iter().map(|own| own.stream).collect();
            all.sort_unstable();
            all
        };
        assert_eq!(numbers(&endpoint), [1, 2]);
        drop(first);
        assert_eq!(numbers(&endpoint), [2]);
        let third = open(machine, &endpoint);
        assert_eq!(numbers(&endpoint), [2, 3]);
        // The one that goes is behind one that stays.
        drop(third);
        assert_eq!(numbers(&endpoint), [2]);
        drop(second);
        assert_eq!(counters(&endpoint).unwrap(), []);
    });
}

fn requests_of_the_wrong_shape_are_refused() {
    with(|machine| {
        let endpoint = Endpoint::find(machine, Direction::Render).unwrap();
        let stream = open(machine, &endpoint);
        let filter = &endpoint.filter;
        let size = HEADER_BYTES + ENTRY_BYTES;
        let empty =
            filter.ioctl(IOCTL_KS_PROPERTY, &descriptor(&PROPERTY_SET, STREAMS, 1, &[]), None);
        assert_eq!((empty.status, empty.information), (STATUS_BUFFER_OVERFLOW, size));
        for short in [1, HEADER_BYTES, size - 1] {
            let (reply, _) = get_sized(filter, &PROPERTY_SET, STREAMS, &[], short);
            assert_eq!((reply.status, reply.information), (STATUS_BUFFER_TOO_SMALL, 0), "{short}");
        }
        let (reply, value) = get_sized(filter, &PROPERTY_SET, STREAMS, &[], size + 100);
        assert_eq!((reply.status, value.len()), (STATUS_SUCCESS, size));
        for (id, flags) in [(STREAMS, KSPROPERTY_TYPE_SET), (99, 1)] {
            let input = descriptor(&PROPERTY_SET, id, flags, &[]);
            let reply = filter.ioctl(IOCTL_KS_PROPERTY, &input, Some(&mut vec![0; size]));
            assert!(reply.status < 0, "{id} {flags}: {:#x}", reply.status);
        }
        let mut access = [0; 4];
        let input = descriptor(&PROPERTY_SET, STREAMS, KSPROPERTY_TYPE_BASICSUPPORT, &[]);
        let reply = filter.ioctl(IOCTL_KS_PROPERTY, &input, Some(&mut access));
        assert_eq!((reply.status, access[0] & 3), (STATUS_SUCCESS, 1), "read only");
        // Nothing of it changed anything.
        assert_eq!(one(&endpoint).anomalies(), 0);
        drop(stream);
    });
}

fn a_stall_is_seen_at_both_ends() {
    let trace = with(|machine| {
        let how = Watch { seconds: 2.5, stall: Duration::from_millis(100) };
        let stall = |span| machine.stall(span);
        let last = watch(&variants::subject(), machine, how, &stall, &mut |_, _| {});
        for stream in last.unwrap() {
            let [_, late, skipped, ..] = stream.counts;
            assert_eq!(late, 2, "{stream:?}");
            assert!((14..=18).contains(&skipped), "{stream:?}");
            assert!((900_000..=1_000_000).contains(&stream.worst_lateness), "{stream:?}");
        }
    });
    let ends: std::collections::BTreeSet<u64> =
        trace.iter().map(|event| field(event, "Render")).collect();
    assert_eq!(ends.len(), 2, "{trace:?}");
}

/// KSAUDIOMODULE_PROPERTY: the class and the instance behind the descriptor, and then what is
/// asked.
fn ask_module(endpoint: &Endpoint, instance: u32, command: &[u8], length: usize) -> (i32, Vec<u8>) {
    let class = MODULE_CLASS;
    let mut data =
        [class.Data1.to_le_bytes().to_vec(), class.Data2.to_le_bytes().to_vec()].concat();
    data.extend(class.Data3.to_le_bytes());
    data.extend(class.Data4);
    data.extend(instance.to_le_bytes());
    data.extend([0; 4]);
    data.extend(command);
    let id = KSPROPERTY_AUDIOMODULE_COMMAND;
    let input = descriptor(&KSPROPSETID_AudioModule, id, KSPROPERTY_TYPE_GET, &data);
    let mut output = vec![0; length];
    let place = (length > 0).then_some(&mut output[..]);
    let reply = endpoint.filter.ioctl(IOCTL_KS_PROPERTY, &input, place);
    output.resize(reply.information, 0);
    (reply.status, output)
}

fn the_audio_module_tells_the_same() {
    with(|machine| {
        for direction in [Direction::Render, Direction::Capture] {
            let endpoint = Endpoint::find(machine, direction).unwrap();
            let (set, id) = (&KSPROPSETID_AudioModule, KSPROPERTY_AUDIOMODULE_DESCRIPTORS);
            let list = get(&endpoint.filter, "the modules", set, id, &[]).unwrap();
            assert_eq!((number(&list, 0), number(&list, 4)), (8 + 284, 1));
            let (instance, version) = (number(&list, 24), [28, 32].map(|at| number(&list, at)));
            assert_eq!((instance, version), (0, [acxvad::telemetry::VERSION, 0]));
            let name: Vec<u16> = list[36..]
                .as_chunks::<2>()
                .0
                .iter()
                .map(|unit| u16::from_le_bytes(*unit))
                .collect();
            assert!(String::from_utf16_lossy(&name).starts_with("acxvad telemetry\0"));

            let stream = open(machine, &endpoint);
            let size = HEADER_BYTES + ENTRY_BYTES;
            let (status, room) = ask_module(&endpoint, 0, &[], 0);
            assert_eq!((status, room.len()), (STATUS_BUFFER_OVERFLOW, size));
            let (status, _) = ask_module(&endpoint, 0, &[], size - 1);
            assert_eq!(status, STATUS_BUFFER_OVERFLOW);
            let (_, asked) = get_sized(&endpoint.filter, &PROPERTY_SET, STREAMS, &[], size);
            for room in [size, size + 8] {
                let (status, answered) = ask_module(&endpoint, 0, &[], room);
                assert_eq!(status, STATUS_SUCCESS);
                assert_eq!(answered, asked);
            }
            assert_eq!(ask_module(&endpoint, 0, &[1], size).0, STATUS_INVALID_PARAMETER);
            assert_eq!(ask_module(&endpoint, 1, &[], size).0, STATUS_INVALID_PARAMETER);
            drop(stream);
        }
    });
}
