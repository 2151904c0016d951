//! Benchmarks: their figures, and how they are shown.

use super::*;

/// The figures of a driver.
fn figures(driver: &str, factor: f64) -> Figures {
    let spread =
        |median: f64| Spread { lower_quartile: median - 1.0, median, upper_quartile: median + 2.0 };
    let completions = |stamp_off_ns| Completions {
        stamp_off_ns,
        stamp_jitter_ns: stamp_off_ns / 2.0,
        notified_late_ns: stamp_off_ns * 2.0,
    };
    let start = |cables| Start {
        cables,
        milliseconds: spread(3.0),
        calls: 10,
        objects: 20,
        context_bytes: 30,
        pool_bytes: 40,
    };
    Figures {
        driver: driver.to_owned(),
        image_bytes: Some(1000),
        ends: vec!["speaker", "microphone"],
        packet_ns: spread(2000.0 * factor),
        position_ns: spread(500.0 * factor),
        completions: Some(completions(100.0)),
        completions_when_late: Some(completions(300.0)),
        memory_per_stream: StreamMemory { pool: 9000.0, contexts: 500.0, packets: 8192.0 },
        starts: vec![start(None), start(Some(1)), start(Some(16))],
        page_changes_timed: 0,
        page_changes_checked: 0,
        findings: Findings::default(),
    }
}

const TABLE: &str = "\
48000 Hz, packets of 10 ms, 2 streams at each end, 1 round
                         one                       other                     ratio (quartiles)
Streams at               speaker, microphone       speaker, microphone
Completed packet         2.00 us                   4.00 us                   2.00 (1.00 to 4.00)
Position query           500 ns                    1.00 us                   3.00 (2.00 to 5.00)
Stamp off the boundary   100 ns                    no register
  from stamp to stamp    50 ns                     no register
  timers 1 ms late       300 ns                    300 ns
Client notified late by  200 ns                    no register
Memory of a stream       9500 bytes                9500 bytes                0.50
  packets                8192 bytes                8192 bytes
  pool beside them       808 bytes                 808 bytes
  contexts               500 bytes                 500 bytes
Image                    1000 bytes                linked in                 0.25
Start, as installed      3.00 ms (2.00 to 5.00)    3.00 ms (2.00 to 5.00)
  calls that can fail    10                        10
  framework objects      20, 30 bytes of contexts  20, 30 bytes of contexts
  pool                   40 bytes                  40 bytes
Start, one cable         3.00 ms (2.00 to 5.00)
  calls that can fail    10
  framework objects      20, 30 bytes of contexts
  pool                   40 bytes
Start, 16 cables         3.00 ms (2.00 to 5.00)
  calls that can fail    10
  framework objects      20, 30 bytes of contexts
  pool                   40 bytes

Times include the host's timers, events, requests and checks, and the client; its page protection";

#[test]
fn two_drivers_are_compared_in_a_table() {
    let mut against = figures("other", 2.0);
    (against.image_bytes, against.completions) = (None, None);
    against.starts.truncate(1);
    let spread =
        |median: f64| Spread { lower_quartile: median - 1.0, median, upper_quartile: median + 2.0 };
    let (packet, position) = (spread(2.0), spread(3.0));
    let ratios = Ratios { packet, position, memory_per_stream: 0.5, image: Some(0.25) };
    let mut bench = Bench {
        format: "48000 Hz".to_owned(),
        period_ms: 10,
        streams: 2,
        rounds: 1,
        driver: figures("one", 1.0),
        against: Some(against),
        ratios: Some(ratios),
    };
    assert_eq!(bench.to_string(), format!("{TABLE} is off."));
    bench.driver.page_changes_timed = 5;
    let changed = format!("{TABLE}, which changed 5 times, is part of them.");
    assert_eq!(bench.to_string(), changed);
}

#[test]
fn a_ratio_is_the_second_drivers_figure_by_the_firsts() {
    let wanted = Spread { lower_quartile: 2.0, median: 2.0, upper_quartile: 2.0 };
    assert_eq!(ratio(&[4.0, 8.0, 2.0], &[2.0, 4.0, 1.0]), wanted);
    assert!((size_ratio((3, 2)) - 1.5).abs() < 1e-9);
}

#[test]
fn the_second_driver_is_compared_round_by_round_and_every_other_round_it_is_first() {
    let turns = |round| [0, 1].map(|turn| whose_turn(round, turn, 2));
    assert_eq!([turns(0), turns(1), turns(2)], [[0, 1], [1, 0], [0, 1]]);
    assert_eq!([whose_turn(0, 0, 1), whose_turn(7, 0, 1)], [0, 0]);
    let (one, mut other) = (figures("one", 1.0), figures("other", 2.0));
    other.memory_per_stream.pool = 18_500.0;
    other.image_bytes = Some(3000);
    let found = |of: &[Vec<f64>]| {
        ratios(&one, &other, of, &[vec![1.0, 1.0], vec![8.0, 8.0]]).map(|found| {
            let Ratios { packet, position, memory_per_stream, image } = found;
            [packet.median, position.median, memory_per_stream, image.unwrap_or_default()]
        })
    };
    assert_eq!(found(&[vec![2.0, 4.0], vec![4.0, 8.0]]), Some([2.0, 8.0, 2.0, 3.0]));
    assert_eq!(found(&[vec![2.0, 4.0]]), None);
}

#[test]
fn what_all_streams_take_is_shared_out() {
    let memory = memory_of_each((1000, 100), (41_000, 500), 4, 1920);
    assert_eq!(memory, StreamMemory { pool: 10_000.0, contexts: 100.0, packets: 8192.0 });
    assert!((memory.total() - 10_100.0).abs() < 1e-9);
    assert_eq!(
        [(200, 1), (200, 3), (200, 300)].map(|(all, of)| shared_out(all, of)),
        [200, 198, 300]
    );
    assert!((nanoseconds_each(Duration::from_micros(3), 2) - 1500.0).abs() < 1e-9);
}

#[test]
fn the_format_that_two_drivers_share_is_the_usual_one_or_the_first_that_both_list() {
    use crate::melody::STEREO;
    let [low, high] = [44_100, 96_000].map(|rate| WaveFormat { rate, ..STEREO });
    let shared = |lists: &[&[WaveFormat]]| {
        let lists: Vec<Vec<WaveFormat>> = lists.iter().map(|own| own.to_vec()).collect();
        shared_format(STEREO, &lists)
    };
    assert_eq!(shared(&[&[low, STEREO], &[low, STEREO]]), Some(STEREO));
    assert_eq!(shared(&[&[STEREO, high, low], &[low, high]]), Some(high));
    assert_eq!(shared(&[&[STEREO], &[low]]), None);
    assert_eq!(shared(&[]), None);
}

#[test]
fn packets_that_share_a_page_leave_no_negative_rest() {
    let pages = |packet, pool| pages_of(packet, pool) as u64;
    assert_eq!(pages(960, 4_400.0), 4096);
    assert_eq!(pages(1920, 8_432.0), 8192);
    assert_eq!(pages(5000, 12_400.0), 12_288);
    assert_eq!(pages(1920, 8192.0), 8192);
}

#[test]
fn spans_are_told_in_units_that_fit() {
    for (nanoseconds, text) in [
        (0.0, "0 ns"),
        (999.4, "999 ns"),
        (1000.0, "1.00 us"),
        (20_833.0, "20.83 us"),
        (1e6, "1.00 ms"),
        (1.25e9, "1250.00 ms"),
    ] {
        assert_eq!(span(nanoseconds), text);
    }
}

#[test]
fn a_spread_has_its_quartiles() {
    let spread = Spread::of([5.0, 1.0, 4.0, 2.0, 3.0]);
    let wanted = Spread { lower_quartile: 2.0, median: 3.0, upper_quartile: 4.0 };
    assert_eq!(spread, wanted);
}
