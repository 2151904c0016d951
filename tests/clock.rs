//! The clock of a cable, trimmed while it runs.

mod variants;

use std::time::Duration;

use acx_client::endpoint::Endpoint;
use acx_client::event::EventStream;
use acx_client::request::{get, get_sized, set};
use acx_client::telemetry::counters;
use acx_client::{Direction, System};
use acx_conform::analysis::compare;
use acx_conform::melody::{STEREO, melody};
use acx_conform::play::{Options, play};
use acx_host::Machine;
use acx_sys::*;
use acxvad::properties::{CLOCK_TRIM, PROPERTY_SET};
use acxvad_abi::properties::LARGEST_TRIM;

variants::test_each_form!(
    a_trim_is_what_was_set_and_begins_with_the_setting,
    a_trim_that_is_not_allowed_changes_nothing,
    a_thousand_parts_per_million_are_ahead_from_one_end_to_the_other,
    a_part_of_a_part_per_million_counts,
    each_cable_has_a_clock_of_its_own,
    no_position_jumps,
    a_cable_that_is_trimmed_all_the_time_is_bit_exact,
    a_stream_that_sleeps_wakes_by_the_new_trim
);

const PPM: i32 = 1000;

#[track_caller]
fn with(settings: &[(&str, u32)], test: impl FnOnce(&Machine)) {
    variants::with(settings, |machine, _| test(machine));
}

fn end(machine: &Machine, direction: Direction, cable: usize) -> Endpoint {
    Endpoint::nth(machine, direction, cable).unwrap()
}

fn trim_of(endpoint: &Endpoint) -> i32 {
    let value = get(&endpoint.filter, "the trim", &PROPERTY_SET, CLOCK_TRIM, &[]).unwrap();
    i32::from_le_bytes(value.try_into().unwrap())
}

fn trim(endpoint: &Endpoint, value: i32) -> Result<(), NTSTATUS> {
    let bytes = value.to_le_bytes();
    set(&endpoint.filter, "the trim", &PROPERTY_SET, CLOCK_TRIM, &[], &bytes)
        .map_err(|failed| failed.status)
}

/// A stream that runs, with packets of 10 ms.
fn running(machine: &Machine, endpoint: &Endpoint) -> EventStream {
    let mode = &AUDIO_SIGNALPROCESSINGMODE_RAW;
    let stream = EventStream::open(machine, endpoint, STEREO, mode, 480).unwrap();
    stream.prepare().unwrap();
    stream.run().unwrap();
    stream
}

fn a_trim_is_what_was_set_and_begins_with_the_setting() {
    with(&[("ClockTrim", (-40_i32).cast_unsigned()), ("Cables", 2)], |machine| {
        let [speaker, microphone] =
            [Direction::Render, Direction::Capture].map(|d| end(machine, d, 1));
        assert_eq!((trim_of(&speaker), trim_of(&microphone)), (-40 * PPM, -40 * PPM));
        for value in [LARGEST_TRIM, -LARGEST_TRIM, 1, -1, 0] {
            trim(&microphone, value).unwrap();
            assert_eq!((trim_of(&speaker), trim_of(&microphone)), (value, value));
            let stream = running(machine, &speaker);
            assert_eq!(counters(&speaker).unwrap()[0].trim, value);
            drop(stream);
        }
        // The composite endpoints have a cable, and so a clock, of their own.
        let composite = end(machine, Direction::Render, 2);
        assert_eq!((composite.name(), trim_of(&composite)), ("SpeakerDsp", -40 * PPM));
        trim(&composite, 7).unwrap();
        assert_eq!((trim_of(&composite), trim_of(&speaker)), (7, 0));
    });
}

fn a_trim_that_is_not_allowed_changes_nothing() {
    with(&[], |machine| {
        let speaker = end(machine, Direction::Render, 0);
        trim(&speaker, 5).unwrap();
        for wrong in [LARGEST_TRIM + 1, -LARGEST_TRIM - 1, i32::MIN, i32::MAX] {
            assert_eq!(trim(&speaker, wrong), Err(STATUS_INVALID_PARAMETER), "{wrong}");
        }
        let short = set(&speaker.filter, "the trim", &PROPERTY_SET, CLOCK_TRIM, &[], &[3, 0, 0]);
        assert_eq!(short.unwrap_err().status, STATUS_BUFFER_TOO_SMALL);
        let (size, _) = get_sized(&speaker.filter, &PROPERTY_SET, CLOCK_TRIM, &[], 0);
        assert_eq!((size.status, size.information), (STATUS_BUFFER_OVERFLOW, 4));
        assert_eq!(trim_of(&speaker), 5);
    });
}

/// The sign at both ends: in the position, in the register's packet count, and in the counters.
fn a_thousand_parts_per_million_are_ahead_from_one_end_to_the_other() {
    for (value, wanted) in [(LARGEST_TRIM, 480_528), (0, 480_048), (-LARGEST_TRIM, 479_568)] {
        with(&[], |machine| {
            let ends = [Direction::Render, Direction::Capture].map(|d| end(machine, d, 0));
            trim(&ends[0], value).unwrap();
            let streams = ends.each_ref().map(|end| running(machine, end));
            machine.sleep(Duration::from_millis(10_001));
            for (stream, end) in streams.iter().zip(&ends) {
                let (position, _) = stream.position().unwrap();
                assert!(position.abs_diff(wanted) <= 1, "{value}: {position}");
                assert_eq!(stream.completed().0, wanted / 480, "{value}");
                assert!(counters(end).unwrap()[0].position.abs_diff(wanted) <= 1);
            }
        });
    }
}

fn a_part_of_a_part_per_million_counts() {
    with(&[], |machine| {
        let speaker = end(machine, Direction::Render, 0);
        trim(&speaker, 500).unwrap();
        let stream = running(machine, &speaker);
        machine.sleep(Duration::from_secs(200));
        // 4.8 frames.
        assert_eq!(stream.position().unwrap().0, 9_600_004);
    });
}

fn each_cable_has_a_clock_of_its_own() {
    with(&[("Cables", 2)], |machine| {
        let cables = [0, 1].map(|cable| end(machine, Direction::Capture, cable));
        trim(&cables[0], LARGEST_TRIM).unwrap();
        let streams = cables.each_ref().map(|end| running(machine, end));
        machine.sleep(Duration::from_secs(1));
        let positions = streams.each_ref().map(|stream| stream.position().unwrap().0);
        assert_eq!(positions, [48_048, 48_000]);
    });
}

/// At a trim the position continues without a jump, and is never ahead of time.
fn no_position_jumps() {
    with(&[], |machine| {
        let speaker = end(machine, Direction::Render, 0);
        let stream = running(machine, &speaker);
        let (start, frequency) = (machine.qpc(), machine.qpc_frequency() as f64);
        let (mut wanted, mut last, mut trims) = (0.0, start, 0);
        for step in 0..1_000_u32 {
            let value = [LARGEST_TRIM, -LARGEST_TRIM, 333, 0][step as usize % 4];
            machine.sleep(Duration::from_micros(1_000 + u64::from(step * 7_919 % 13_000)));
            let now = machine.qpc();
            wanted += (now - last) as f64 / frequency * 48_000.0 * (1.0 + f64::from(trims) * 1e-9);
            (last, trims) = (now, value);
            let (before, at) = stream.position().unwrap();
            trim(&speaker, value).unwrap();
            assert_eq!(stream.position().unwrap(), (before, at), "step {step}");
            // Each change may lose a part of a tick of the counter: 100 ns.
            let lost = f64::from(step) * 0.0048;
            let off = wanted - before as f64;
            assert!((-1.0..=1.0 + lost).contains(&off), "step {step}: {off}");
        }
    });
}

fn a_cable_that_is_trimmed_all_the_time_is_bit_exact() {
    with(&[], |machine| {
        let tune = melody();
        let speaker = end(machine, Direction::Render, 0);
        let mut step = 0;
        let outcome = play(machine, STEREO, &tune, Options::default(), &mut |_| {
            step += 1;
            trim(&speaker, [LARGEST_TRIM, 0, -LARGEST_TRIM][step % 3]).unwrap();
        })
        .unwrap();
        assert!(step > 10, "{step}");
        assert_eq!(outcome.glitches, 0);
        assert!(compare(&tune, &outcome.recording, STEREO.block_align()).bit_exact);
    });
}

/// An offload stream alone sleeps through its packet: the packet is over by the clock as it is now.
fn a_stream_that_sleeps_wakes_by_the_new_trim() {
    with(&[], |machine| {
        let speaker = end(machine, Direction::Render, 0);
        let pin = speaker.engine.unwrap().offload;
        let file = speaker.open_stream_at(pin, STEREO, &AUDIO_SIGNALPROCESSINGMODE_RAW).unwrap();
        let stream = EventStream::on(machine, file, STEREO, 48_000).unwrap();
        stream.prepare().unwrap();
        stream.run().unwrap();
        machine.sleep(Duration::from_millis(10));
        trim(&speaker, LARGEST_TRIM).unwrap();
        // At a thousand parts per million the packet of a second is over 0.99 ms sooner.
        machine.sleep(Duration::from_micros(989_500));
        assert_eq!(stream.completed().0, 1);
    });
}
