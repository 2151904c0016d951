//! The speaker's audio engine: refused requests, and protected content.

mod variants;

use std::time::Duration;

use acx_client::File;
use acx_client::endpoint::{Endpoint, EnginePins, WaveFormat};
use acx_client::event::EventStream;
use acx_client::request::{descriptor, get_sized, node, number};
use acx_client::{Direction, System};
use acx_conform::analysis::peak;
use acx_host::Machine;
use acx_sys::*;

variants::test_each_form!(
    packets_outside_the_limits_are_refused,
    limits_follow_what_is_left_of_the_memory,
    bad_values_change_nothing,
    effects_and_device_format_are_what_was_set,
    each_pin_is_connected_to_the_engine_at_its_place,
    protected_content_reaches_neither_cable_nor_loopback,
    a_stream_ends_where_the_client_says,
    a_meter_that_is_asked_is_not_asleep,
    a_stream_that_could_not_be_prepared_leaves_its_place_on_the_cable,
    the_loopback_pin_hears_the_speaker_whatever_the_microphone_does,
    without_an_engine_there_are_no_such_pins
);

const STEREO: WaveFormat =
    WaveFormat { float: false, channels: 2, mask: 3, rate: 48_000, bits: 16, valid_bits: 16 };
const RAW: &GUID = &AUDIO_SIGNALPROCESSINGMODE_RAW;

#[track_caller]
fn with(test: impl FnOnce(&Machine, &Endpoint, EnginePins)) {
    let machine = Machine::builder().build();
    let ((), findings) = variants::on_machine(&machine, |machine, _| {
        let endpoint = Endpoint::find(machine, Direction::Render)?;
        let pins = endpoint.engine.unwrap();
        test(machine, &endpoint, pins);
        Ok(())
    })
    .unwrap();
    assert_eq!(findings.count(), 0, "{findings:?}");
}

fn open(
    machine: &Machine,
    endpoint: &Endpoint,
    pin: u32,
    frames: u32,
) -> Result<EventStream, NTSTATUS> {
    let pin = endpoint.open_stream_at(pin, STEREO, RAW).unwrap();
    EventStream::on(machine, pin, STEREO, frames).map_err(|failed| failed.status)
}

/// Plays one value from both packets.
fn play(stream: &mut EventStream, value: i16) {
    stream.prepare().unwrap();
    let bytes = value.to_le_bytes().into_iter().cycle();
    let packet: Vec<u8> = bytes.take(stream.packet_bytes()).collect();
    stream.write(0, &packet, None).unwrap();
    stream.write(1, &packet, None).unwrap();
    stream.run().unwrap();
}

fn listen(stream: &EventStream) {
    stream.prepare().unwrap();
    stream.run().unwrap();
}

/// The loudest sample of the newest packet, a while from now.
fn loudest(machine: &Machine, stream: &EventStream) -> u16 {
    machine.sleep(Duration::from_millis(50));
    peak(&stream.newest().unwrap())
}

/// SET of a property of the engine's node.
fn set(file: &File, set: &GUID, id: u32, node_id: u32, value: &[u8]) -> NTSTATUS {
    let instance = [node_id.to_le_bytes(), [0; 4]].concat();
    let input = descriptor(set, id, KSPROPERTY_TYPE_SET, &instance);
    file.ioctl(IOCTL_KS_PROPERTY, &input, Some(&mut value.to_vec())).status
}

fn get(file: &File, set: &GUID, id: u32, node_id: u32, length: usize) -> (NTSTATUS, Vec<u8>) {
    let instance = [node_id.to_le_bytes(), [0; 4]].concat();
    let (reply, value) = get_sized(file, set, id, &instance, length);
    (reply.status, value)
}

fn packets_outside_the_limits_are_refused() {
    with(|machine, endpoint, pins| {
        for (frames, wanted) in [
            (480, Err(STATUS_INVALID_PARAMETER)),
            (47_999, Err(STATUS_INVALID_PARAMETER)),
            (48_000, Ok(())),
            (96_000, Ok(())),
            (96_001, Err(STATUS_INVALID_PARAMETER)),
        ] {
            let opened = open(machine, endpoint, pins.offload, frames);
            assert_eq!(opened.map(drop), wanted, "{frames} frames");
        }
        // Memory that all streams share: 16 MiB are 21 times two packets of 2 s.
        let mut streams: Vec<_> =
            (0..21).map(|_| open(machine, endpoint, pins.offload, 96_000).unwrap()).collect();
        let refused = open(machine, endpoint, pins.offload, 96_000).map(drop);
        assert_eq!(refused, Err(STATUS_INSUFFICIENT_RESOURCES));
        streams.pop();
        assert!(open(machine, endpoint, pins.offload, 96_000).is_ok());
        // The limits of a format that no pin has.
        let mut instance = pins.node.to_le_bytes().to_vec();
        instance.extend([0; 4]);
        instance.extend(WaveFormat { rate: 47_999, ..STEREO }.to_ks());
        let id = KSPROPERTY_AUDIOENGINE_BUFFER_SIZE_RANGE;
        let (reply, _) = get_sized(&endpoint.filter, &KSPROPSETID_AudioEngine, id, &instance, 8);
        assert_eq!(reply.status, STATUS_NO_MATCH);
    });
}

/// The list of those that may sleep has no memory. The cable has places for 64 streams.
fn a_stream_that_could_not_be_prepared_leaves_its_place_on_the_cable() {
    with(|machine, endpoint, pins| {
        for _ in 0..64 {
            let stream = open(machine, endpoint, pins.offload, 48_000).unwrap();
            machine.fail_after(Some(0));
            let refused = stream.prepare().map_err(|failed| failed.status);
            assert_eq!(machine.failed_calls(), ["ExAllocatePool2"]);
            assert_eq!(refused, Err(STATUS_INSUFFICIENT_RESOURCES));
        }
        machine.fail_after(None);
        open(machine, endpoint, pins.offload, 48_000).unwrap().prepare().unwrap();
    });
}

/// The longest packet is one of two that fit what is left, in whole frames, and not over 2 s.
fn limits_follow_what_is_left_of_the_memory() {
    with(|machine, endpoint, pins| {
        let limits = |format: WaveFormat| {
            let mut instance = pins.node.to_le_bytes().to_vec();
            instance.extend([0; 4]);
            instance.extend(format.to_ks());
            let id = KSPROPERTY_AUDIOENGINE_BUFFER_SIZE_RANGE;
            let set = &KSPROPSETID_AudioEngine;
            let (reply, value) = get_sized(&endpoint.filter, set, id, &instance, 8);
            assert_eq!(reply.status, STATUS_SUCCESS);
            (number(&value, 0), number(&value, 4))
        };
        let wide = WaveFormat { bits: 32, valid_bits: 24, ..STEREO };
        assert_eq!(limits(STEREO), (4 * 48_000, 2 * 4 * 48_000));
        assert_eq!(limits(wide), (8 * 48_000, 2 * 8 * 48_000));
        let mut streams: Vec<_> =
            (0..20).map(|_| open(machine, endpoint, pins.offload, 96_000).unwrap()).collect();
        streams.push(open(machine, endpoint, pins.offload, 48_001).unwrap());
        let left = (16 << 20) - 2 * 4 * (20 * 96_000 + 48_001);
        assert_eq!((left, left / 2 % 8), (1_033_208, 4));
        assert_eq!(limits(wide), (8 * 48_000, left / 2 - 4));
    });
}

fn bad_values_change_nothing() {
    with(|machine, endpoint, pins| {
        let mut stream = open(machine, endpoint, pins.offload, 48_000).unwrap();
        let loopback = open(machine, endpoint, pins.loopback, 480).unwrap();
        listen(&loopback);
        play(&mut stream, 1000);
        let (engine, audio) = (&KSPROPSETID_AudioEngine, &KSPROPSETID_Audio);
        let beyond = 2 * 4 * 48_000_u32 + 1;
        let cases: [(&GUID, u32, &[u8], NTSTATUS); 4] = [
            (
                engine,
                KSPROPERTY_AUDIOENGINE_LOOPBACK_PROTECTION,
                &[2, 0, 0, 0],
                STATUS_INVALID_PARAMETER,
            ),
            (engine, KSPROPERTY_AUDIOENGINE_LOOPBACK_PROTECTION, &[1], STATUS_BUFFER_TOO_SMALL),
            (
                audio,
                KSPROPERTY_AUDIO_WAVERT_CURRENT_WRITE_POSITION,
                &beyond.to_le_bytes(),
                STATUS_INVALID_PARAMETER,
            ),
            (
                audio,
                KSPROPERTY_AUDIO_WAVERT_CURRENT_WRITE_LASTBUFFER_POSITION,
                &beyond.to_le_bytes(),
                STATUS_INVALID_PARAMETER,
            ),
        ];
        for (own, id, value, wanted) in cases {
            let status = set(stream.pin(), own, id, pins.node, value);
            assert_eq!(status, wanted, "{id}: {status:#x}");
        }
        // The end of the buffer is the last position there is.
        let id = KSPROPERTY_AUDIO_WAVERT_CURRENT_WRITE_POSITION;
        let end = (beyond - 1).to_le_bytes();
        assert_eq!(set(stream.pin(), audio, id, pins.node, &end), STATUS_SUCCESS);
        // A stream's property asked of the filter, a node that is not there, and a channel too
        // many.
        let id = KSPROPERTY_AUDIOENGINE_LOOPBACK_PROTECTION;
        assert!(set(&endpoint.filter, engine, id, pins.node, &[1, 0, 0, 0]) < 0);
        assert!(set(stream.pin(), engine, id, pins.node + 1, &[1, 0, 0, 0]) < 0);
        let input = descriptor(
            engine,
            KSPROPERTY_AUDIOENGINE_VOLUMELEVEL,
            KSPROPERTY_TYPE_SET,
            &node(pins.node, Some(variants::max_channels())),
        );
        assert!(stream.pin().ioctl(IOCTL_KS_PROPERTY, &input, Some(&mut [0; 16])).status < 0);
        let id = KSPROPERTY_AUDIOENGINE_VOLUMELEVEL;
        let input = descriptor(engine, id, KSPROPERTY_TYPE_SET, &node(pins.node, None));
        let short = stream.pin().ioctl(IOCTL_KS_PROPERTY, &input, Some(&mut [0; 8])).status;
        assert_eq!(short, STATUS_BUFFER_TOO_SMALL);
        assert_eq!(loudest(machine, &loopback), 1000, "it plays as before");
    });
}

/// In at 1 from the host pin and at 2 from the offload pin; out at 0 to the bridge and at 3 to the
/// loopback pin, as the host numbers them.
fn each_pin_is_connected_to_the_engine_at_its_place() {
    with(|_, endpoint, pins| {
        let (set, id) = (&KSPROPSETID_Topology, KSPROPERTY_TOPOLOGY_CONNECTIONS);
        let list = acx_client::request::get(&endpoint.filter, "", set, id, &[]).unwrap();
        let rows = list[8..].as_chunks::<16>().0.iter();
        let rows: Vec<_> = rows.map(|row| [0, 4, 8, 12].map(|at| number(row, at))).collect();
        let (host, filter) = (endpoint.host_pin().unwrap().id, u32::MAX);
        let of = |place: u32| {
            let at_engine =
                |row: &&[u32; 4]| row[..2] == [pins.node, place] || row[2..] == [pins.node, place];
            let row = rows.iter().find(at_engine).copied().unwrap();
            if row[0] == filter { (true, row[1]) } else { (false, row[3]) }
        };
        assert_eq!([of(1), of(2)], [(true, host), (true, pins.offload)]);
        assert_eq!(of(3), (false, pins.loopback));
        assert!(!of(0).0 && rows.len() == 4, "{rows:?}");
    });
}

fn effects_and_device_format_are_what_was_set() {
    with(|machine, endpoint, pins| {
        let stream = open(machine, endpoint, pins.offload, 48_000).unwrap();
        let own = &KSPROPSETID_AudioEngine;
        for (file, id) in [
            (&endpoint.filter, KSPROPERTY_AUDIOENGINE_GFXENABLE),
            (stream.pin(), KSPROPERTY_AUDIOENGINE_LFXENABLE),
        ] {
            let (status, value) = get(file, own, id, pins.node, 4);
            assert_eq!((status, number(&value, 0)), (STATUS_SUCCESS, 0), "before it is set");
            for state in [1u32, 0] {
                assert_eq!(set(file, own, id, pins.node, &state.to_le_bytes()), STATUS_SUCCESS);
                let (status, value) = get(file, own, id, pins.node, 4);
                assert_eq!((status, number(&value, 0)), (STATUS_SUCCESS, state));
            }
        }
        let read = |id| {
            let (status, value) = get(&endpoint.filter, own, id, pins.node, 104);
            assert_eq!(status, STATUS_SUCCESS);
            WaveFormat::from_ks(&value).unwrap()
        };
        assert_eq!(read(KSPROPERTY_AUDIOENGINE_MIXFORMAT), STEREO);
        assert_eq!(read(KSPROPERTY_AUDIOENGINE_DEVICEFORMAT), STEREO);
        let other = WaveFormat { rate: 96_000, ..STEREO };
        let id = KSPROPERTY_AUDIOENGINE_DEVICEFORMAT;
        assert_eq!(set(&endpoint.filter, own, id, pins.node, &other.to_ks()), STATUS_SUCCESS);
        assert_eq!(read(id), other);
        let wrong = WaveFormat { rate: 47_999, ..STEREO };
        assert!(set(&endpoint.filter, own, id, pins.node, &wrong.to_ks()) < 0);
        assert_eq!(read(id), other, "a format that is not in the list changes nothing");
    });
}

fn protected_content_reaches_neither_cable_nor_loopback() {
    with(|machine, endpoint, pins| {
        let capture = Endpoint::find(machine, Direction::Capture).unwrap();
        let microphone = EventStream::open(machine, &capture, STEREO, RAW, 480).unwrap();
        let loopback = open(machine, endpoint, pins.loopback, 480).unwrap();
        listen(&microphone);
        listen(&loopback);
        let mut film = open(machine, endpoint, pins.offload, 96_000).unwrap();
        play(&mut film, 3000);
        let hear = || (loudest(machine, &microphone), loudest(machine, &loopback));
        assert_eq!(hear(), (3000, 3000));
        film.pin().assign_content(true, false).unwrap();
        assert_eq!(hear(), (0, 0));
        film.pin().assign_content(false, false).unwrap();
        assert_eq!(hear(), (3000, 3000));
        // Content that may not leave as a digital signal is not recorded either.
        film.pin().assign_content(false, true).unwrap();
        let mut music = open(machine, endpoint, pins.host, 24_000).unwrap();
        play(&mut music, 500);
        assert_eq!(hear(), (0, 0), "nobody hears what is mixed with it either");
        drop(film);
        assert_eq!(hear(), (500, 500));
        // Protection from loopback alone ends with its stream, too.
        let mut film = open(machine, endpoint, pins.offload, 96_000).unwrap();
        play(&mut film, 3000);
        let id = KSPROPERTY_AUDIOENGINE_LOOPBACK_PROTECTION;
        let protected = set(film.pin(), &KSPROPSETID_AudioEngine, id, pins.node, &[1, 0, 0, 0]);
        assert_eq!((protected, hear()), (STATUS_SUCCESS, (3500, 0)));
        drop(film);
        assert_eq!(hear(), (500, 500));
    });
}

/// Without a mark of its own the last byte is a position in the buffer; what lies behind it is
/// silence.
fn a_stream_ends_where_the_client_says() {
    with(|machine, endpoint, pins| {
        let loopback = open(machine, endpoint, pins.loopback, 480).unwrap();
        listen(&loopback);
        let mut stream = open(machine, endpoint, pins.offload, 48_000).unwrap();
        stream.prepare().unwrap();
        let packet: Vec<u8> = 900i16.to_le_bytes().into_iter().cycle().take(4 * 48_000).collect();
        stream.write(0, &packet, None).unwrap();
        stream.run().unwrap();
        // Half of the second packet.
        let last = (4 * 48_000 + 4 * 24_000_u32).to_le_bytes();
        stream.fill(1, &packet);
        let id = KSPROPERTY_AUDIO_WAVERT_CURRENT_WRITE_LASTBUFFER_POSITION;
        assert_eq!(set(stream.pin(), &KSPROPSETID_Audio, id, pins.node, &last), STATUS_SUCCESS);
        machine.sleep(Duration::from_millis(1300));
        assert_eq!(loudest(machine, &loopback), 900);
        machine.sleep(Duration::from_millis(300));
        assert_eq!(loudest(machine, &loopback), 0);
        drop(stream);
        // All of both, which a client may say before the stream runs or after.
        let end = (2 * 4 * 48_000_u32).to_le_bytes();
        let beyond = (2 * 4 * 48_000_u32 + 4).to_le_bytes();
        for runs in [false, true] {
            let mut stream = open(machine, endpoint, pins.offload, 48_000).unwrap();
            stream.prepare().unwrap();
            stream.write(0, &packet, None).unwrap();
            stream.fill(1, &packet);
            if runs {
                stream.run().unwrap();
            }
            let at = |end| set(stream.pin(), &KSPROPSETID_Audio, id, pins.node, end);
            assert_eq!((at(&beyond), at(&end)), (STATUS_INVALID_PARAMETER, STATUS_SUCCESS));
            if !runs {
                stream.run().unwrap();
            }
            machine.sleep(Duration::from_millis(1800));
            assert_eq!(loudest(machine, &loopback), 900, "runs: {runs}");
            machine.sleep(Duration::from_millis(300));
            assert_eq!(loudest(machine, &loopback), 0, "runs: {runs}");
        }
    });
}

/// Nobody listens, so the stream sleeps through its packet of a second; who looks at its meter, or
/// at the endpoint's, wakes it.
fn a_meter_that_is_asked_is_not_asleep() {
    with(|machine, endpoint, pins| {
        let meter = |file: &File| {
            machine.sleep(Duration::from_millis(50));
            let id = KSPROPERTY_AUDIO_PEAKMETER2;
            let instance = node(pins.node, Some(0));
            let (reply, value) = get_sized(file, &KSPROPSETID_Audio, id, &instance, 4);
            assert_eq!(reply.status, STATUS_SUCCESS);
            number(&value, 0) >> 16
        };
        for is_streams in [true, false] {
            let mut stream = open(machine, endpoint, pins.offload, 48_000).unwrap();
            play(&mut stream, 1000);
            let file = if is_streams { stream.pin() } else { &endpoint.filter };
            // All in the middle of the first packet.
            machine.sleep(Duration::from_millis(300));
            meter(file);
            let followed: Vec<_> = (0..3).map(|_| meter(file)).collect();
            assert!(followed.iter().all(|peak| peak.abs_diff(1000) < 8), "{followed:?}");
        }
    });
}

/// Whatever the microphone hears, the loopback pin records what is played.
fn the_loopback_pin_hears_the_speaker_whatever_the_microphone_does() {
    for source in [1, 2] {
        let machine = Machine::builder().build();
        machine.set_registry("CaptureSource", source);
        let ((), findings) = variants::on_machine(&machine, |machine, _| {
            let endpoint = Endpoint::find(machine, Direction::Render)?;
            let pins = endpoint.engine.unwrap();
            let loopback = open(machine, &endpoint, pins.loopback, 480).unwrap();
            listen(&loopback);
            assert_eq!(loudest(machine, &loopback), 0, "source {source}: nothing plays");
            let mut music = open(machine, &endpoint, pins.host, 24_000).unwrap();
            play(&mut music, 500);
            assert_eq!(loudest(machine, &loopback), 500, "source {source}");
            Ok(())
        })
        .unwrap();
        assert_eq!(findings.count(), 0, "{findings:?}");
    }
}

fn without_an_engine_there_are_no_such_pins() {
    let machine = Machine::builder().build();
    machine.set_registry("AudioEngine", 0);
    let ((), findings) = variants::on_machine(&machine, |machine, _| {
        let endpoint = Endpoint::find(machine, Direction::Render)?;
        assert_eq!(endpoint.engine, None);
        assert_eq!((endpoint.pins.len(), endpoint.nodes.len()), (2, 4));
        Ok(())
    })
    .unwrap();
    assert_eq!(findings.count(), 0, "{findings:?}");
}
