//! The keyword spotter: refused requests, its history, and protected content.

mod variants;

use std::time::Duration;

use acx_client::endpoint::{Endpoint, WaveFormat};
use acx_client::event::EventStream;
use acx_client::request::{self, get, number};
use acx_client::{Direction, System};
use acx_host::Machine;
use acx_host::machine::DeviceNode;
use acx_sys::*;
use acxhost::watch::counters;
use acxvad::keyword_stream::PIN;
use acxvad::properties::KEYWORD_PATTERN as PATTERN;

variants::test_each_form!(
    patterns_that_are_none_are_refused,
    without_a_pattern_there_is_nothing_to_arm,
    what_was_loud_before_it_was_armed_does_not_count,
    a_sound_counts_that_is_louder_than_the_pattern,
    a_sound_with_pauses_is_counted_anew_after_each,
    arming_again_changes_nothing,
    without_a_pattern_it_is_not_armed,
    the_speaker_sleeps_again_when_nobody_listens,
    what_is_kept_no_longer_is_a_visible_jump,
    six_seconds_are_kept_whole,
    six_seconds_and_no_frame_less_are_kept,
    the_history_is_in_order_where_it_wraps,
    the_history_begins_a_second_before_the_detection,
    without_a_detection_a_stream_begins_now,
    a_packet_is_given_when_it_is_captured,
    a_stream_that_pauses_wakes_nobody,
    protected_content_is_not_heard,
    packets_and_formats_of_the_pin_are_its_own,
    a_device_that_goes_while_it_listens_leaves_nothing
);

const STEREO: WaveFormat =
    WaveFormat { float: false, channels: 2, mask: 3, rate: 48_000, bits: 16, valid_bits: 16 };
const HEARD: WaveFormat =
    WaveFormat { float: false, channels: 1, mask: 4, rate: 16_000, bits: 16, valid_bits: 16 };
const RAW: &GUID = &AUDIO_SIGNALPROCESSINGMODE_RAW;

#[track_caller]
fn with(test: impl FnOnce(&Machine, &DeviceNode<'_>, Endpoint)) {
    let machine = Machine::builder().build();
    let ((), findings) = variants::on_machine(&machine, |machine, device| {
        test(machine, device, Endpoint::find(machine, Direction::Capture)?);
        Ok(())
    })
    .unwrap();
    assert_eq!(findings.count(), 0, "{findings:?}");
}

fn change(endpoint: &Endpoint, id: u32, value: &[u8]) -> Result<(), NTSTATUS> {
    let set = &KSPROPSETID_SoundDetector;
    request::set(&endpoint.filter, "the detector", set, id, &[], value).map_err(|why| why.status)
}

fn arm(endpoint: &Endpoint, armed: u32) {
    change(endpoint, KSPROPERTY_SOUNDDETECTOR_ARMED, &armed.to_le_bytes()).unwrap();
}

fn is_armed(endpoint: &Endpoint) -> bool {
    let (set, id) = (&KSPROPSETID_SoundDetector, KSPROPERTY_SOUNDDETECTOR_ARMED);
    number(&get(&endpoint.filter, "armed", set, id, &[]).unwrap(), 0) != 0
}

fn kind() -> Vec<u8> {
    let mut bytes = PATTERN.Data1.to_le_bytes().to_vec();
    bytes.extend(PATTERN.Data2.to_le_bytes());
    bytes.extend(PATTERN.Data3.to_le_bytes());
    bytes.extend(PATTERN.Data4);
    bytes
}

/// A list of one pattern.
fn pattern(level: i32, milliseconds: u32) -> Vec<u8> {
    let mut list = [36u32, 1, 28].map(u32::to_le_bytes).concat();
    list.extend(kind());
    list.extend(level.to_le_bytes());
    list.extend(milliseconds.to_le_bytes());
    list
}

fn listen_for_sound(endpoint: &Endpoint) {
    change(endpoint, KSPROPERTY_SOUNDDETECTOR_PATTERNS, &pattern(-20 * 65_536, 50)).unwrap();
    arm(endpoint, 1);
    assert!(is_armed(endpoint));
}

fn open(machine: &Machine, endpoint: &Endpoint, frames: u32) -> Result<EventStream, NTSTATUS> {
    let pin = endpoint.open_stream_at(PIN, HEARD, RAW).map_err(|why| why.status)?;
    EventStream::on(machine, pin, HEARD, frames).map_err(|why| why.status)
}

/// The packets that a new stream gets at once.
fn history(machine: &Machine, endpoint: &Endpoint, frames: u32) -> Vec<Vec<i16>> {
    let stream = open(machine, endpoint, frames).unwrap();
    stream.prepare().unwrap();
    stream.run().unwrap();
    let mut packets = Vec::new();
    loop {
        let packet = stream.read_packet().unwrap();
        let mut audio = vec![0; stream.packet_bytes()];
        stream.copy(packet.packet, &mut audio);
        let samples = audio.as_chunks::<2>().0.iter().map(|bytes| i16::from_le_bytes(*bytes));
        packets.push(samples.collect());
        if !packet.more {
            return packets;
        }
    }
}

/// Half a second of a loud value on the speaker.
fn play(machine: &Machine) -> EventStream {
    play_value(machine, STEREO, 8000)
}

fn play_value(machine: &Machine, format: WaveFormat, value: i16) -> EventStream {
    let speaker = Endpoint::find(machine, Direction::Render).unwrap();
    let mut stream = EventStream::open(machine, &speaker, format, RAW, format.rate / 2).unwrap();
    stream.prepare().unwrap();
    let bytes = value.to_le_bytes().into_iter().cycle();
    let loud: Vec<u8> = bytes.take(stream.packet_bytes()).collect();
    stream.write(0, &loud, None).unwrap();
    stream.run().unwrap();
    stream
}

fn patterns_that_are_none_are_refused() {
    with(|_, _, endpoint| {
        let good = pattern(-65_536, 100);
        let with = |at: usize, bytes: &[u8]| {
            let mut list = good.clone();
            list[at..at + bytes.len()].copy_from_slice(bytes);
            list
        };
        for (what, list) in [
            ("another size", with(0, &[35, 0, 0, 0])),
            ("no pattern", with(4, &[0; 4])),
            ("two patterns", with(4, &[2, 0, 0, 0])),
            ("another length", with(8, &[27, 0, 0, 0])),
            ("another kind", with(12, &[0])),
            ("louder than full scale", pattern(1, 100)),
            ("no time", pattern(-65_536, 0)),
            ("too much time", pattern(-65_536, 5_001)),
            ("cut off", good[..35].to_vec()),
        ] {
            let answer = change(&endpoint, KSPROPERTY_SOUNDDETECTOR_PATTERNS, &list);
            assert_eq!(answer, Err(STATUS_INVALID_PARAMETER), "{what}");
        }
        change(&endpoint, KSPROPERTY_SOUNDDETECTOR_PATTERNS, &good).unwrap();
        arm(&endpoint, 1);
        change(&endpoint, KSPROPERTY_SOUNDDETECTOR_PATTERNS, &good).unwrap();
        assert!(!is_armed(&endpoint), "new patterns disarm");
    });
}

fn without_a_pattern_there_is_nothing_to_arm() {
    with(|machine, _, endpoint| {
        arm(&endpoint, 1);
        assert!(!is_armed(&endpoint));
        let _speaker = play(machine);
        machine.sleep(Duration::from_secs(1));
        assert_eq!(machine.take_pnp_events().len(), 0);
    });
}

fn what_was_loud_before_it_was_armed_does_not_count() {
    with(|machine, _, endpoint| {
        listen_for_sound(&endpoint);
        // A reader: it goes on listening while the pattern changes.
        let stream = open(machine, &endpoint, 160).unwrap();
        stream.prepare().unwrap();
        let _speaker = play(machine);
        machine.sleep(Duration::from_millis(100));
        assert_eq!(machine.take_pnp_events().len(), 1);
        // Loud for 100 ms already, which is more than that, and for 400 more.
        change(&endpoint, KSPROPERTY_SOUNDDETECTOR_PATTERNS, &pattern(-20 * 65_536, 80)).unwrap();
        arm(&endpoint, 1);
        machine.sleep(Duration::from_millis(60));
        assert_eq!(machine.take_pnp_events().len(), 0, "counted from before");
        machine.sleep(Duration::from_millis(60));
        assert_eq!(machine.take_pnp_events().len(), 1);
    });
}

/// -20 dB of full scale is 3276; at the spotter's own rate no sample is changed on its way.
fn a_sound_counts_that_is_louder_than_the_pattern() {
    for (value, heard) in [(3276, 0), (-3276, 0), (3277, 1), (-3277, 1)] {
        with(|machine, _, endpoint| {
            let _speaker = play_value(machine, WaveFormat { rate: 16_000, ..STEREO }, value);
            listen_for_sound(&endpoint);
            machine.sleep(Duration::from_millis(400));
            assert_eq!(machine.take_pnp_events().len(), heard, "{value}");
        });
    }
}

/// The pattern is 50 ms of sound, 800 frames: not 799 frames again and again.
fn a_sound_with_pauses_is_counted_anew_after_each() {
    for (frames, heard) in [(799, 0), (800, 1)] {
        with(|machine, _, endpoint| {
            let speaker = Endpoint::find(machine, Direction::Render).unwrap();
            let format = WaveFormat { rate: 16_000, ..STEREO };
            let mut stream = EventStream::open(machine, &speaker, format, RAW, 8_000).unwrap();
            stream.prepare().unwrap();
            let sound = 8000i16.to_le_bytes().repeat(2 * frames);
            let pause = vec![0; 4 * 16];
            let audio: Vec<u8> = [sound, pause].concat();
            let audio: Vec<u8> = audio.into_iter().cycle().take(stream.packet_bytes()).collect();
            stream.write(0, &audio, None).unwrap();
            listen_for_sound(&endpoint);
            stream.run().unwrap();
            machine.sleep(Duration::from_millis(100));
            assert_eq!(machine.take_pnp_events().len(), heard, "{frames} frames");
        });
    }
}

fn arming_again_changes_nothing() {
    with(|machine, _, endpoint| {
        listen_for_sound(&endpoint);
        let _speaker = play(machine);
        for _ in 0..10 {
            machine.sleep(Duration::from_millis(20));
            arm(&endpoint, 1);
        }
        assert_eq!(machine.take_pnp_events().len(), 1);
    });
}

fn without_a_pattern_it_is_not_armed() {
    with(|machine, _, endpoint| {
        arm(&endpoint, 1);
        assert!(!is_armed(&endpoint));
        listen_for_sound(&endpoint);
        change(&endpoint, KSPROPERTY_SOUNDDETECTOR_RESET, &1_u32.to_le_bytes()).unwrap();
        assert!(!is_armed(&endpoint));
        arm(&endpoint, 1);
        assert!(!is_armed(&endpoint));
        let _speaker = play(machine);
        machine.sleep(Duration::from_millis(200));
        assert_eq!(machine.take_pnp_events().len(), 0);
    });
}

/// An offload stream, which sleeps through its packet unless somebody hears it.
fn the_speaker_sleeps_again_when_nobody_listens() {
    with(|machine, _, endpoint| {
        let speaker = Endpoint::find(machine, Direction::Render).unwrap();
        let pin = speaker.engine.unwrap().offload;
        let file = speaker.open_stream_at(pin, STEREO, RAW).unwrap();
        let mut stream = EventStream::on(machine, file, STEREO, 96_000).unwrap();
        stream.prepare().unwrap();
        stream.write(0, &vec![0; stream.packet_bytes()], None).unwrap();
        stream.run().unwrap();
        let steps = |machine: &Machine| {
            let wake_ups = || counters(&speaker).unwrap()[0].counts[9];
            let before = wake_ups();
            machine.sleep(Duration::from_millis(200));
            wake_ups() - before
        };
        machine.sleep(Duration::from_millis(100));
        assert_eq!(steps(machine), 0);
        listen_for_sound(&endpoint);
        machine.sleep(Duration::from_millis(100));
        assert!((39..=41).contains(&steps(machine)), "a step each 5 ms");
        arm(&endpoint, 0);
        machine.sleep(Duration::from_millis(100));
        assert_eq!(steps(machine), 0);
    });
}

/// Its timer stops too: what is paused costs nothing.
fn a_stream_that_pauses_wakes_nobody() {
    with(|machine, _, endpoint| {
        let wake_ups = || {
            let before = machine.wake_ups();
            machine.sleep(Duration::from_millis(200));
            machine.wake_ups() - before
        };
        let stream = open(machine, &endpoint, 160).unwrap();
        stream.prepare().unwrap();
        let prepared = wake_ups();
        stream.run().unwrap();
        assert!(wake_ups() > prepared, "a stream that runs looks for its packets");
        stream.pause().unwrap();
        assert!(wake_ups() <= prepared);
    });
}

/// Six seconds are kept; a client after ten seconds gets the newest of them, with a gap in the
/// packet numbers.
fn what_is_kept_no_longer_is_a_visible_jump() {
    with(|machine, _, endpoint| {
        listen_for_sound(&endpoint);
        let _speaker = play(machine);
        machine.sleep(Duration::from_secs(10));
        assert_eq!(machine.take_pnp_events().len(), 1);
        let stream = open(machine, &endpoint, 160).unwrap();
        stream.prepare().unwrap();
        stream.run().unwrap();
        let first = stream.read_packet().unwrap();
        // Heard 60 ms after the start, a second before that, 10 s of waiting less the 6 s that are
        // kept.
        assert!((300..=520).contains(&first.packet), "{first:?}");
        let age = machine.qpc() - first.start;
        assert!((50_000_000..=60_500_000).contains(&age), "{age} ticks old");
        let mut burst = 1;
        while stream.read_packet().unwrap().more {
            burst += 1;
        }
        assert!((550..=600).contains(&burst), "{burst}");
    });
}

fn six_seconds_are_kept_whole() {
    with(|machine, _, endpoint| {
        listen_for_sound(&endpoint);
        let mut speaker = play(machine);
        let loud = 8000i16.to_le_bytes().repeat(speaker.packet_bytes() / 2);
        for packet in 1..20 {
            speaker.write(packet, &loud, None).unwrap();
            machine.sleep(Duration::from_millis(500));
        }
        let history = history(machine, &endpoint, 1_600);
        for (number, packet) in history.iter().enumerate() {
            let quietest = packet.iter().min().unwrap();
            assert!(*quietest > 7_900, "{quietest} in packet {number} of the burst");
        }
        let packets = history.len();
        assert!((58..=60).contains(&packets), "{packets} packets of 100 ms");
    });
}

/// A sound of which each sample differs from the one before, read in packets that do not divide the
/// history.
fn the_history_is_in_order_where_it_wraps() {
    const PERIOD: i16 = 20_000;
    with(|machine, _, endpoint| {
        let speaker = Endpoint::find(machine, Direction::Render).unwrap();
        let format = WaveFormat { rate: 16_000, ..STEREO };
        let mut stream = EventStream::open(machine, &speaker, format, RAW, 8_000).unwrap();
        stream.prepare().unwrap();
        listen_for_sound(&endpoint);
        let mut rising = (0..PERIOD).cycle();
        for packet in 0..20 {
            let frame = |value: i16| [(value + 8_000).to_le_bytes(); 2].concat();
            let audio: Vec<u8> = rising.by_ref().take(8_000).flat_map(frame).collect();
            stream.write(packet, &audio, None).unwrap();
            if packet == 0 {
                stream.run().unwrap();
            } else {
                machine.sleep(Duration::from_millis(500));
            }
        }
        let samples = history(machine, &endpoint, 1_700).concat();
        assert!(samples.len() > 90_000, "{} frames", samples.len());
        for (at, pair) in samples.windows(2).enumerate() {
            let next = (pair[0] - 8_000 + 1) % PERIOD + 8_000;
            assert_eq!(pair[1], next, "frame {at} of {} has {}", samples.len(), pair[0]);
        }
    });
}

/// The oldest packet that is whole in the history is the first one; a frame later it is not.
fn six_seconds_and_no_frame_less_are_kept() {
    // Six seconds less the packet that a reader may be at, and then a frame more. Half a frame
    // keeps the clock's rounding out of it.
    for (frames, first) in [(95_840, 0), (95_841, 1)] {
        with(|machine, _, endpoint| {
            let stream = open(machine, &endpoint, 160).unwrap();
            stream.prepare().unwrap();
            machine.sleep(Duration::from_nanos(frames * 62_500 + 31_250));
            stream.run().unwrap();
            assert_eq!(stream.read_packet().unwrap().packet, first, "after {frames} frames");
        });
    }
}

fn the_history_begins_a_second_before_the_detection() {
    with(|machine, _, endpoint| {
        listen_for_sound(&endpoint);
        machine.sleep(Duration::from_secs(2));
        let _speaker = play(machine);
        let sounded = machine.qpc();
        machine.sleep(Duration::from_millis(200));
        let stream = open(machine, &endpoint, 160).unwrap();
        stream.prepare().unwrap();
        stream.run().unwrap();
        let first = stream.read_packet().unwrap();
        let (_, delay) = request::hw_latency(stream.pin()).unwrap();
        // The pattern is 50 ms of sound.
        let detected = sounded + u64::from(delay) + 500_000;
        let before = detected - first.start;
        assert!(before.abs_diff(10_000_000) < 20_000, "{before} ticks before the detection");
    });
}

/// Neither what was heard before, nor what an earlier arming detected.
fn without_a_detection_a_stream_begins_now() {
    let begins_now = |machine: &Machine, endpoint: &Endpoint| {
        let stream = open(machine, endpoint, 160).unwrap();
        stream.prepare().unwrap();
        stream.run().unwrap();
        let begun = machine.qpc();
        assert!(stream.read_packet().is_err(), "a packet from before");
        machine.sleep(Duration::from_millis(15));
        let start = stream.read_packet().expect("a packet of 10 ms").start;
        assert!(start.abs_diff(begun) < 1_000, "{start}, and not {begun}");
    };
    with(|machine, _, endpoint| {
        listen_for_sound(&endpoint);
        machine.sleep(Duration::from_secs(3));
        begins_now(machine, &endpoint);
        let _speaker = play(machine);
        machine.sleep(Duration::from_millis(200));
        assert_eq!(machine.take_pnp_events().len(), 1);
        arm(&endpoint, 0);
        begins_now(machine, &endpoint);
    });
}

/// Not before its last frame was captured, and not a poll later than that.
fn a_packet_is_given_when_it_is_captured() {
    with(|machine, _, endpoint| {
        let stream = open(machine, &endpoint, 160).unwrap();
        stream.prepare().unwrap();
        stream.run().unwrap();
        let mut last = None;
        for _ in 0..1_000 {
            machine.sleep(Duration::from_micros(250));
            let Ok(packet) = stream.read_packet() else { continue };
            if last.replace(packet.packet) != Some(packet.packet) {
                let age = machine.qpc() - packet.start;
                assert!((100_000..=102_500).contains(&age), "{packet:?}, {age} ticks old");
            }
        }
        assert_eq!(last, Some(24));
    });
}

fn protected_content_is_not_heard() {
    with(|machine, _, endpoint| {
        listen_for_sound(&endpoint);
        let speaker = play(machine);
        speaker.pin().assign_content(true, false).unwrap();
        machine.sleep(Duration::from_secs(1));
        assert_eq!(machine.take_pnp_events().len(), 0);
        drop(speaker);
        let _speaker = play(machine);
        machine.sleep(Duration::from_secs(1));
        assert_eq!(machine.take_pnp_events().len(), 1);
    });
}

fn packets_and_formats_of_the_pin_are_its_own() {
    with(|machine, _, endpoint| {
        assert!(endpoint.open_stream_at(PIN, STEREO, RAW).is_err());
        for frames in [15, 16_001] {
            assert_eq!(open(machine, &endpoint, frames).map(drop), Err(STATUS_INVALID_PARAMETER));
        }
        for frames in [16, 16_000] {
            assert_eq!(open(machine, &endpoint, frames).map(drop), Ok(()));
        }
        let stream = open(machine, &endpoint, 160).unwrap();
        assert_eq!(request::hw_latency(stream.pin()).unwrap().0, 0, "it has no FIFO");
        assert_eq!(open(machine, &endpoint, 160).map(drop), Err(STATUS_INSUFFICIENT_RESOURCES));
        stream.prepare().unwrap();
        stream.run().unwrap();
        assert!(stream.read_packet().is_err(), "nothing has been heard yet");
        machine.sleep(Duration::from_millis(100));
        assert_eq!(stream.read_packet().unwrap().packet, 0);
    });
}

fn a_device_that_goes_while_it_listens_leaves_nothing() {
    with(|machine, device, endpoint| {
        listen_for_sound(&endpoint);
        let stream = open(machine, &endpoint, 160).unwrap();
        stream.prepare().unwrap();
        stream.run().unwrap();
        let _speaker = play(machine);
        machine.sleep(Duration::from_millis(45));
        device.surprise_remove();
        machine.sleep(Duration::from_millis(100));
    });
}
