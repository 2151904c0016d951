//! The limit of memory that programs can take through the driver, and its return.

mod variants;

use acx_client::endpoint::{Endpoint, WaveFormat};
use acx_client::request::{get_sized, set};
use acx_client::{File, System};
use acx_host::Machine;
use acx_host::machine::DeviceNode;
use acx_sys::*;
use acxvad::properties::{CABLES, PROPERTY_SET};

variants::test_each_form!(
    a_packet_lasts_two_seconds_at_most,
    packets_beyond_the_budget_are_refused_at_once_and_given_back,
    all_cables_of_a_device_share_the_budget,
    the_budget_outlives_a_rebalance,
    offload_streams_share_two_budgets,
    a_pin_takes_so_many_streams_and_no_more,
    the_driver_keeps_nothing_for_a_handle,
);

const STEREO: WaveFormat =
    WaveFormat { float: false, channels: 2, mask: 3, rate: 48_000, bits: 16, valid_bits: 16 };
const WIDE: WaveFormat =
    WaveFormat { float: false, channels: 2, mask: 3, rate: 192_000, bits: 32, valid_bits: 32 };
const KEYWORD: WaveFormat =
    WaveFormat { float: false, channels: 1, mask: 4, rate: 16_000, bits: 16, valid_bits: 16 };
const RAW: &GUID = &AUDIO_SIGNALPROCESSINGMODE_RAW;
const SECOND: u32 = 48_000;

#[track_caller]
fn with(megabytes: u32, test: impl FnOnce(&Machine, &DeviceNode<'_>)) {
    variants::with(&[("PacketMegabytes", megabytes)], test);
}

fn endpoint(machine: &Machine, name: &str) -> Endpoint {
    let links = machine.interfaces(&KSCATEGORY_AUDIO);
    let link = links.iter().find(|link| link.ends_with(&format!("\\{name}"))).unwrap();
    Endpoint::open(machine, link).unwrap()
}

/// Asks a stream for `count` packets of `bytes` each.
fn packets(stream: &File, count: u32, bytes: u32) -> NTSTATUS {
    let instance = [[0; 4], [0; 4], (count * bytes).to_le_bytes(), count.to_le_bytes()].concat();
    let id = KSPROPERTY_RTAUDIO_BUFFER_WITH_NOTIFICATION;
    get_sized(stream, &KSPROPSETID_RtAudio, id, &instance, 16).0.status
}

fn a_packet_lasts_two_seconds_at_most() {
    with(64, |machine, _| {
        for (name, pin, format) in [
            ("Speaker0", 0, STEREO),
            ("Speaker0", 1, STEREO),
            ("Speaker0", 2, STEREO),
            ("Microphone0", 0, STEREO),
            ("Microphone0", 2, KEYWORD),
            ("SpeakerDsp", 0, STEREO),
            ("MicrophoneDsp", 0, STEREO),
        ] {
            let endpoint = endpoint(machine, name);
            let block = format.block_align() as u32;
            let longest = 2 * format.rate * block;
            // The request of 256 MB from before there was a limit.
            for bytes in [longest + block, longest + 4096 * block, 1 << 28] {
                let stream = endpoint.open_stream_at(pin, format, RAW).unwrap();
                let before = machine.allocations();
                let status = packets(&stream, 2, bytes);
                assert_eq!(status, STATUS_INVALID_PARAMETER, "{name} {pin}: {bytes} bytes");
                assert_eq!(machine.allocations(), before, "{name} {pin}: {bytes} bytes");
            }
            // The keyword detector's packets are shorter.
            let longest = if format == KEYWORD { longest / 2 } else { longest };
            let stream = endpoint.open_stream_at(pin, format, RAW).unwrap();
            assert_eq!(packets(&stream, 2, longest), STATUS_SUCCESS, "{name} {pin}");
        }
        // One packet, which a client sees twice: two seconds, rounded up to whole pages.
        let speaker = endpoint(machine, "Speaker0");
        let surround = WaveFormat { channels: 6, mask: 0x3F, bits: 32, valid_bits: 32, ..STEREO };
        for (format, pages) in [(STEREO, 94), (surround, 563_u32.next_multiple_of(3))] {
            assert!(pages * 4096 >= 2 * SECOND * format.block_align() as u32);
            for (pages, wanted) in [(pages + 3, STATUS_INVALID_PARAMETER), (pages, STATUS_SUCCESS)]
            {
                let stream = speaker.open_stream_at(0, format, RAW).unwrap();
                assert_eq!(packets(&stream, 1, pages * 4096), wanted, "{pages} pages, {format}");
            }
        }
    });
}

/// 31 pages: a megabyte has room for four streams of two such packets, and eight pages more.
const BYTES: u32 = 31 * 4096;

fn packets_beyond_the_budget_are_refused_at_once_and_given_back() {
    with(1, |machine, _| {
        let speaker = endpoint(machine, "Speaker0");
        let microphone = endpoint(machine, "Microphone0");
        let before = machine.allocations();
        let open = |endpoint: &Endpoint| endpoint.open_stream_at(0, STEREO, RAW).unwrap();
        let streams: Vec<File> =
            (0..6).map(|at| open(if at % 2 == 0 { &speaker } else { &microphone })).collect();
        for stream in &streams[..4] {
            assert_eq!(packets(stream, 2, BYTES), STATUS_SUCCESS);
        }
        let held = machine.allocations();
        let peak = machine.pool_peak();
        for stream in &streams[4..] {
            assert_eq!(packets(stream, 2, BYTES), STATUS_INSUFFICIENT_RESOURCES);
        }
        assert_eq!(machine.allocations(), held, "nothing was allocated for them");
        assert_eq!(machine.pool_peak(), peak, "not even for a moment");
        // What still fits is given: to the keyword detector's stream as well.
        let keyword = microphone.open_stream_at(2, KEYWORD, RAW).unwrap();
        assert_eq!(packets(&keyword, 2, 5 * 4096 - 2), STATUS_INSUFFICIENT_RESOURCES);
        assert_eq!(packets(&keyword, 2, 4 * 4096 - 2), STATUS_SUCCESS);
        assert_eq!(packets(&streams[4], 2, 480 * 4), STATUS_INSUFFICIENT_RESOURCES);
        drop(keyword);
        assert_eq!(packets(&streams[4], 2, 480 * 4), STATUS_SUCCESS);
        drop(streams);
        let after = machine.allocations();
        // A stream's counters are shown until the next one opens: 210 bytes each.
        let is_back = after.bytes < before.bytes + 4096 && after.mdls == before.mdls;
        assert!(is_back, "everything was given back: {after:?}, {before:?} before");
        let streams: Vec<File> = (0..4).map(|_| open(&speaker)).collect();
        for stream in &streams {
            assert_eq!(packets(stream, 2, BYTES), STATUS_SUCCESS);
        }
    });
}

fn all_cables_of_a_device_share_the_budget() {
    with(1, |machine, _| {
        let speaker = endpoint(machine, "Speaker0");
        let value = 2_u32.to_le_bytes();
        set(&speaker.filter, "the cables", &PROPERTY_SET, CABLES, &[], &value).unwrap();
        // The device's own cable, one on a child device, and the composite endpoints' one.
        let ends = ["Speaker0", "Microphone1", "SpeakerDsp", "MicrophoneDsp", "Speaker1"];
        let streams =
            ends.map(|name| endpoint(machine, name).open_stream_at(0, STEREO, RAW).unwrap());
        let answers = streams.each_ref().map(|stream| packets(stream, 2, BYTES));
        let refused = STATUS_INSUFFICIENT_RESOURCES;
        assert_eq!(answers, [0, 0, 0, 0, refused]);
        // A cable that goes has streams whose clients have not closed them: their memory is there.
        let value = 1_u32.to_le_bytes();
        set(&speaker.filter, "the cables", &PROPERTY_SET, CABLES, &[], &value).unwrap();
        let more = speaker.open_stream_at(0, STEREO, RAW).unwrap();
        assert_eq!(packets(&more, 2, BYTES), refused);
        let [_, gone, ..] = streams;
        drop(gone);
        assert_eq!(packets(&more, 2, BYTES), STATUS_SUCCESS);
    });
}

fn the_budget_outlives_a_rebalance() {
    with(1, |machine, device| {
        let open = || endpoint(machine, "Speaker0").open_stream_at(0, STEREO, RAW).unwrap();
        let before = [open(), open(), open()];
        for stream in &before {
            assert_eq!(packets(stream, 2, BYTES), STATUS_SUCCESS);
        }
        device.rebalance().unwrap();
        let after = [open(), open()];
        let answers = after.each_ref().map(|stream| packets(stream, 2, BYTES));
        assert_eq!(answers, [STATUS_SUCCESS, STATUS_INSUFFICIENT_RESOURCES]);
        drop(before);
        assert_eq!(packets(&after[1], 2, BYTES), STATUS_SUCCESS);
    });
}

fn offload_streams_share_two_budgets() {
    // Two packets of 2 s of the widest format of the pin are 6 MB: an engine has 16, the device 8.
    with(8, |machine, _| {
        let speaker = endpoint(machine, "Speaker0");
        let longest = 2 * WIDE.rate * WIDE.block_align() as u32;
        let open = || speaker.open_stream_at(1, WIDE, RAW).unwrap();
        let (first, second) = (open(), open());
        assert_eq!(packets(&first, 2, longest), STATUS_SUCCESS);
        assert_eq!(packets(&second, 2, longest), STATUS_INSUFFICIENT_RESOURCES);
        // What the engine had reserved for the refused one is free again.
        drop(first);
        assert_eq!(packets(&second, 2, longest), STATUS_SUCCESS);
    });
}

fn a_pin_takes_so_many_streams_and_no_more() {
    with(64, |machine, _| {
        for (name, pin, format, most) in [
            ("Speaker0", 0, STEREO, 32),
            ("Speaker0", 1, STEREO, 32),
            ("Speaker0", 2, STEREO, 32),
            ("Microphone0", 0, STEREO, 32),
            ("Microphone0", 2, KEYWORD, 1),
            ("SpeakerDsp", 0, STEREO, 32),
            ("MicrophoneDsp", 0, STEREO, 32),
        ] {
            let endpoint = endpoint(machine, name);
            let open = || endpoint.open_stream_at(pin, format, RAW).map_err(|failed| failed.status);
            let streams: Vec<File> = (0..most).map(|_| open().unwrap()).collect();
            let held = machine.allocations();
            assert_eq!(open().err(), Some(STATUS_INSUFFICIENT_RESOURCES), "{name} {pin}");
            assert_eq!(machine.allocations(), held, "{name} {pin}");
            drop(streams);
            assert!(open().is_ok(), "{name} {pin}");
        }
    });
}

fn the_driver_keeps_nothing_for_a_handle() {
    with(64, |machine, _| {
        let link = machine.interfaces(&KSCATEGORY_AUDIO).remove(0);
        let held = |machine: &Machine| {
            let held = machine.allocations();
            (held.blocks, held.bytes, held.mdls)
        };
        let before = held(machine);
        let files: Vec<File> = (0..2_000).map(|_| machine.open(&link).unwrap()).collect();
        assert_eq!(held(machine), before, "{} handles are open", files.len());
    });
}
