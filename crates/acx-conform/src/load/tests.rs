//! The verdicts of a load and of an overload: each condition alone turns them.

use super::*;

#[test]
fn every_frame_is_told_from_every_other() {
    let noise = Noise::new(3, 4 * 48);
    let mut recorded = Recorded::default();
    for (count, frame) in [(3, 0), (3, 65_530), (2, 100), (0, 100)] {
        let packet = noise.at(count, frame).to_vec();
        noise.judge(&packet, frame, &mut recorded);
    }
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

#[test]
fn the_table_of_a_load_has_its_figures() {
    let said = |load: &Load, name: &str| {
        let rows = load.rows();
        rows.iter().find(|row| row.0 == name).map(|row| row.1.clone())
    };
    let load = sound();
    for (name, text) in [
        ("Streams", "2 on 1 cable, packets of 1 ms"),
        ("Packets completed", "19998"),
        ("Driver's counters", "all 0"),
        ("Processor", "5.0 % of a processor; 25000.0 us for a second of a stream"),
        ("Pool at first", "4000 bytes in 8 blocks"),
        ("Pool at last", "4000 bytes in 8 blocks"),
        ("Process grew by", "-4096 bytes"),
        ("Violations", "0"),
    ] {
        assert_eq!(said(&load, name).as_deref(), Some(text));
    }
    for name in ["Asked for", "Not compared"] {
        assert_eq!(said(&load, name), None);
    }
    let few = changed(|load| {
        (load.streams_asked, load.packets, load.cpu_seconds) = (3, 9, Some(0.0));
        load.counters.insert(counter::LATE_TICKS, 4);
    });
    for (name, text) in [
        ("Asked for", Some("3: the pins take no more")),
        ("Packets completed", Some("9 of 20000 that were due")),
        ("Driver's counters", Some("late_ticks 4")),
        ("Processor", None),
    ] {
        assert_eq!(said(&few, name).as_deref(), text);
    }
    let worked = changed(|load| load.counters = BTreeMap::from([(counter::PACKETS, 9)]));
    assert_eq!(said(&worked, "Driver's counters"), None);
}

#[test]
fn a_row_says_how_much_more_a_stream_costs_than_in_the_first() {
    let first = changed(|load| (load.options.streams, load.cpu_seconds) = (1, Some(0.1)));
    let load = changed(|load| load.late = 3);
    let words: Vec<String> = load.line(&first).split_whitespace().map(str::to_owned).collect();
    assert_eq!(words, ["2", "5.00", "25000.0", "2.50", "4000", "19998", "3", "0", "0.1", "20.0"]);
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
