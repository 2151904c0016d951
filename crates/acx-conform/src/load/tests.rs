//! The verdicts of a load and of an overload: each condition alone turns them.

use super::clients::{
    expect_cables, first_sound, gained, missed, pause, resident_in, span, summed, ticks,
};
use super::noise::Noise;
use super::*;
use crate::vendor::Counters;

#[test]
fn the_usual_load_is_all_streams_of_many_cables_for_ten_seconds() {
    let span = Duration::from_secs(10);
    let wanted = Options { cables: 16, streams: 16 * 16, period_ms: 1, realtime: false, span };
    assert_eq!(Options::default(), wanted);
}

#[test]
fn every_frame_is_told_from_every_other() {
    let noise = Noise::new(3, 4 * 48);
    let mut recorded = Recorded::default();
    for (count, frame) in [(3, 0), (3, 65_530), (2, 100), (0, 100)] {
        let packet = noise.at(count, frame).to_vec();
        noise.judge(&packet, frame, &mut recorded);
    }
    // Behind its end is its begin, for a reader whose packets lie elsewhere than the player's.
    assert_eq!(noise.at(1, 65_530)[4 * 7..], noise.at(1, 0)[..4 * 41]);
    assert_eq!(recorded, Recorded { whole: 96, part: 48, silence: 48, wrong: 0 });
    noise.judge(noise.at(3, 48), 0, &mut recorded);
    assert_eq!(recorded.wrong, 48, "what was played a packet later");
}

/// A load of two streams for ten seconds, in which nothing is wrong.
fn sound() -> Load {
    let at = |seconds: f64, resident: u64| Holding {
        seconds,
        blocks: 8,
        bytes: 4000,
        objects: 20,
        resident: Some(resident),
    };
    let counters = [
        (counter::PACKETS, 19_998),
        (counter::LATE_TICKS, 0),
        (counter::SKIPPED, 0),
        (counter::UNDERRUNS, 0),
        (counter::OVERWRITES, 0),
    ];
    Load {
        options: Options { cables: 1, streams: 2, ..Options::default() },
        streams_asked: 2,
        place: "on 1 cable".to_owned(),
        audio_seconds: 10.0,
        wall_seconds: 1.0,
        cpu_seconds: Some(0.5),
        packets: 19_998,
        packets_due: 20_000,
        late: 0,
        lost: 0,
        recorded: Some(Recorded { whole: 470_000, ..Recorded::default() }),
        not_compared: None,
        counters: BTreeMap::from(counters),
        worst_tick_us: 0.1,
        worst_client_us: 20.0,
        memory: vec![at(1.0, 1 << 20), at(5.0, 3 << 20), at(10.0, (1 << 20) - 4096)],
        violations: Vec::new(),
        requests: Requests::default(),
    }
}

fn changed(change: impl FnOnce(&mut Load)) -> Load {
    let mut load = sound();
    change(&mut load);
    load
}

fn of(recorded: &mut Option<Recorded>) -> &mut Recorded {
    recorded.as_mut().unwrap()
}

#[test]
fn each_error_alone_makes_a_load_unclean() {
    assert!(sound().is_clean());
    let changes: [fn(&mut Load); 13] = [
        |load| load.packets -= 1,
        |load| load.late = 1,
        |load| load.lost = 1,
        |load| of(&mut load.recorded).part = 1,
        |load| of(&mut load.recorded).silence = 1,
        |load| of(&mut load.recorded).wrong = 1,
        |load| _ = load.counters.insert(counter::SKIPPED, 1),
        |load| _ = load.counters.insert(counter::UNDERRUNS, 1),
        |load| _ = load.counters.insert(counter::OVERWRITES, 1),
        |load| load.memory[2].blocks += 1,
        |load| load.memory[1].bytes -= 1,
        |load| load.memory[2].objects += 1,
        |load| load.violations.push("Irql".to_owned()),
    ];
    for (number, change) in changes.into_iter().enumerate() {
        assert!(!changed(change).is_clean(), "change {number}");
    }
}

#[test]
fn what_is_no_error_leaves_a_load_clean() {
    let changes: [fn(&mut Load); 6] = [
        |load| load.packets = 20_000,
        |load| _ = load.counters.insert(counter::LATE_TICKS, 7),
        |load| load.recorded = None,
        |load| (load.packets, load.packets_due) = (0, 0),
        |load| (load.options.realtime, load.packets, load.late, load.lost) = (true, 1, 9, 9),
        |load| load.memory[2].resident = None,
    ];
    for (number, change) in changes.into_iter().enumerate() {
        assert!(changed(change).is_clean(), "change {number}");
    }
    // In real time the machine may be slow. Nothing at all is wrong there as well.
    assert!(!changed(|load| (load.options.realtime, load.packets) = (true, 0)).is_clean());
    // As many packets in progress as were due: one at least has to come.
    assert!(!changed(|load| (load.packets, load.packets_due) = (0, 2)).is_clean());
}

#[test]
fn glitches_are_those_of_clients_and_of_the_driver() {
    let load = changed(|load| {
        (load.late, load.lost) = (1, 10);
        for (name, count) in [
            (counter::SKIPPED, 100),
            (counter::UNDERRUNS, 1000),
            (counter::OVERWRITES, 10_000),
            (counter::LATE_TICKS, 100_000),
        ] {
            load.counters.insert(name, count);
        }
    });
    assert_eq!(load.glitches(), 11_111);
}

/// What is the same in the tables of loads.
fn lines(load: &Load) -> Vec<String> {
    load.rows().iter().map(|(name, value)| format!("{name}: {value}")).collect()
}

#[test]
fn the_table_of_a_load_has_its_figures() {
    let wanted = [
        "Streams: 2 on 1 cable, packets of 1 ms",
        "Audio: 10.0 s in 1.0 s",
        "Packets completed: 19998",
        "Packets late: 0",
        "Packets lost: 0",
        "Driver's counters: all 0",
        "Recorded: 470000 frames whole, 0 of some streams, 0 silent, 0 wrong",
        "Worst tick: 0.1 us late",
        "Worst client: 20.0 us after the packet",
        "Processor: 5.0 % of a processor; 25000.0 us for a second of a stream",
        "Pool at first: 4000 bytes in 8 blocks",
        "Pool at last: 4000 bytes in 8 blocks",
        "Process grew by: -4096 bytes",
        "Violations: 0",
    ];
    assert_eq!(lines(&sound()), wanted);
    let few = changed(|load| {
        (load.streams_asked, load.packets, load.cpu_seconds) = (3, 9, Some(0.0));
        (load.late, load.lost, load.recorded) = (4, 5, None);
        load.not_compared = Some("no cable".to_owned());
        load.counters.insert(counter::LATE_TICKS, 4);
        load.memory.clear();
        load.violations.push("Irql".to_owned());
    });
    let wanted = [
        "Streams: 2 on 1 cable, packets of 1 ms",
        "Asked for: 3: the pins take no more",
        "Audio: 10.0 s in 1.0 s",
        "Packets completed: 9 of 20000 that were due",
        "Packets late: 4",
        "Packets lost: 5",
        "Driver's counters: late_ticks 4",
        "Not compared: no cable",
        "Worst tick: 0.1 us late",
        "Worst client: 20.0 us after the packet",
        "Pool at first: ",
        "Pool at last: ",
        "Violations: 1",
    ];
    assert_eq!(lines(&few), wanted);
    let said =
        |load: &Load, begin: &str| lines(load).into_iter().find(|own| own.starts_with(begin));
    let worked = changed(|load| load.counters = BTreeMap::from([(counter::PACKETS, 9)]));
    assert_eq!(said(&worked, "Driver's counters"), None);
    let uncounted = changed(|load| (load.packets, load.packets_due) = (0, 0));
    let wanted = "Packets completed: not counted: the streams have no packet register";
    assert_eq!(said(&uncounted, "Packets completed").as_deref(), Some(wanted));
}

#[test]
fn a_row_says_how_much_more_a_stream_costs_than_in_the_first() {
    let words = |load: &Load, first: &Load| -> Vec<String> {
        load.line(first).split_whitespace().map(str::to_owned).collect()
    };
    let first = changed(|load| (load.options.streams, load.cpu_seconds) = (1, Some(0.1)));
    let load = changed(|load| {
        load.late = 3;
        load.counters.insert(counter::LATE_TICKS, 6);
    });
    let wanted = ["2", "5.00", "25000.0", "2.50", "4000", "19998", "3", "6", "0.1", "20.0"];
    assert_eq!(words(&load, &first), wanted);
    let bare = changed(|load| {
        load.counters.clear();
        load.memory.clear();
        load.cpu_seconds = None;
    });
    let wanted = ["2", "-", "-", "-", "0", "19998", "0", "0", "0.1", "20.0"];
    assert_eq!(words(&bare, &first), wanted);
}

#[test]
fn a_cable_that_is_not_there_is_refused() {
    let why = |asked, speakers, microphones| {
        expect_cables(asked, speakers, microphones).err().map(|why| why.to_string())
    };
    let wanted = "there is no cable 2: the driver has 1, counted from 0";
    assert_eq!(why(3, 1, 2).as_deref(), Some(wanted));
    assert_eq!(why(3, 2, 1).as_deref(), Some(wanted));
    // What a driver without one end is asked for is as many ends as it has.
    assert_eq!([why(2, 2, 3), why(3, 0, 2), why(1, 2, 2)], [None, None, None]);
}

#[test]
fn counters_of_streams_are_added_and_the_worst_delay_is_kept() {
    let of = |counts: &[(&'static str, u64)], worst_lateness| {
        let counts = counts.to_vec();
        Counters { counts, worst_lateness }
    };
    let (before, worst) = summed([
        of(&[(counter::UNDERRUNS, 2), (counter::PACKETS, 10)], 30),
        of(&[(counter::UNDERRUNS, 3)], 20),
    ]);
    assert_eq!(before, BTreeMap::from([(counter::UNDERRUNS, 5), (counter::PACKETS, 10)]));
    assert_eq!((worst, summed([]).1), (30, 0));
    let (after, _) = summed([of(&[(counter::UNDERRUNS, 9), (counter::SKIPPED, 1)], 0)]);
    let wanted = BTreeMap::from([(counter::UNDERRUNS, 4), (counter::SKIPPED, 1)]);
    assert_eq!(gained(&before, &after), wanted);
}

#[test]
fn a_packet_that_is_left_out_is_late_when_it_is_due() {
    // Up to date, and two packets behind.
    assert_eq!((missed(5, 5, true), missed(6, 5, true), missed(3, 5, true)), (0, 0, 2));
    assert_eq!((missed(5, 5, false), missed(6, 5, false), missed(7, 5, false)), (1, 0, 0));
}

#[test]
fn sound_is_found_in_the_middle_of_a_packet() {
    let packet = [[0; 4], [0; 4], [0, 0, 1, 0], [0; 4]].concat();
    assert_eq!(first_sound(&packet, 40), Some(42));
    assert_eq!(first_sound(&packet[..8], 40), None);
}

#[test]
fn times_of_a_load_are_in_their_units() {
    let second = Duration::from_secs(1);
    assert_eq!((pause(second, false), pause(second, true)), (second, second / 4));
    // Exact over a thousand seconds of a counter of 10 MHz.
    assert_eq!(ticks(second * 1000, 10_000_000), 10_000_000_000);
    assert_eq!(span(10_000_000_000, 10_000_000), second * 1000);
    assert!((microseconds(300, 20_000_000) - 15.0).abs() < 1e-9);
    assert!((seconds_between(500_000_000, 2_000_000_000) - 1.5).abs() < 1e-9);
    assert_eq!(resident_in("100 25 3 4 0 6 0\n"), Some(25 * 4096));
    assert_eq!(resident_in("100"), None);
}

#[test]
fn noise_is_loud_and_never_silent() {
    let noise = Noise::new(1, 4 * 48);
    let samples = (0..60_000).step_by(48).flat_map(|frame| noise.at(1, frame).as_chunks::<2>().0);
    let samples: Vec<i16> = samples.map(|bytes| i16::from_le_bytes(*bytes)).collect();
    assert!(samples.iter().all(|own| own % 2 != 0));
    for range in [-4000..-3000, 3000..4000] {
        assert!(samples.iter().filter(|own| range.contains(*own)).count() > 1000);
    }
}

/// An overload from which the driver recovered.
fn survived() -> Overload {
    let phase = |name| Phase {
        name,
        seconds: 1.0,
        packets: 2000,
        late: 0,
        lost: 0,
        counters: BTreeMap::from([(counter::LATE_TICKS, 1), (counter::UNDERRUNS, 1)]),
        recorded: Some(Recorded { whole: 40_000, part: 5, silence: 5, wrong: 0 }),
    };
    Overload {
        options: Options { cables: 1, streams: 2, ..Options::default() },
        phases: PHASES.into_iter().map(phase).collect(),
        not_compared: None,
        recovered: true,
        violations: Vec::new(),
        requests: Requests::default(),
    }
}

#[test]
fn each_error_alone_makes_an_overload_disorderly() {
    assert!(survived().is_orderly());
    let changes: [fn(&mut Overload); 6] = [
        |found| _ = found.phases[1].counters.insert(counter::LATE_TICKS, 0),
        |found| _ = found.phases[2].counters.insert(counter::UNDERRUNS, 0),
        |found| _ = found.phases[3].counters.insert(counter::LATE_TICKS, 0),
        |found| of(&mut found.phases[1].recorded).wrong = 1,
        |found| found.recovered = false,
        |found| found.violations.push("Irql".to_owned()),
    ];
    for (number, change) in changes.into_iter().enumerate() {
        let mut found = survived();
        change(&mut found);
        assert!(!found.is_orderly(), "change {number}");
    }
    // Most drivers do not count.
    let mut found = survived();
    found.phases.iter_mut().for_each(|phase| phase.counters.clear());
    assert!(found.is_orderly());
}

#[test]
fn each_error_alone_says_that_a_driver_did_not_recover() {
    let last = || Phase {
        name: PHASES[5],
        seconds: 1.0,
        packets: 2000,
        late: 0,
        lost: 0,
        counters: BTreeMap::from([(counter::PACKETS, 2000), (counter::LATE_TICKS, 0)]),
        recorded: Some(Recorded { whole: 40_000, ..Recorded::default() }),
    };
    assert!(last().is_in_time(2000));
    assert!(Phase { recorded: None, ..last() }.is_in_time(2000));
    let changes: [fn(&mut Phase); 9] = [
        |last| last.packets += 1,
        |last| last.packets -= 1,
        |last| last.late = 1,
        |last| last.lost = 1,
        |last| _ = last.counters.insert(counter::LATE_TICKS, 1),
        |last| last.recorded = Some(Recorded::default()),
        |last| of(&mut last.recorded).part = 1,
        |last| of(&mut last.recorded).silence = 1,
        |last| of(&mut last.recorded).wrong = 1,
    ];
    for (number, change) in changes.into_iter().enumerate() {
        let mut last = last();
        change(&mut last);
        assert!(!last.is_in_time(2000), "change {number}");
    }
}
