//! Sixteen cables, 256 streams, packets of a millisecond: in time, and with an overload and
//! recovery. `ACXVAD_LONG=1` runs an hour.

mod variants;

use std::time::Duration;

use acx_conform::load::{Options, PHASES, load, overload};

variants::test_each_form!(
    streams_on_every_cable_are_in_time_and_memory_is_flat,
    past_the_limit_audio_goes_silent_and_comes_back
);

/// If memory cannot be mapped twice, as under Wine, the host copies every stream's packets at each
/// call, so fewer streams are used.
const STREAMS: u32 = if cfg!(windows) { 16 } else { 256 };

fn span(short: Duration, long: Duration) -> Duration {
    if std::env::var_os("ACXVAD_LONG").is_some() { long } else { short }
}

fn streams_on_every_cable_are_in_time_and_memory_is_flat() {
    let span = span(Duration::from_secs(1), Duration::from_secs(3600));
    let found = load(
        &variants::subject(),
        Options { span, streams: STREAMS, ..Options::default() },
        &mut |_| {},
    )
    .unwrap();
    for (name, value) in found.rows() {
        println!("{name}: {value}");
    }
    assert_eq!(found.violations, Vec::<String>::new());
    assert_eq!(found.glitches(), 0, "{:?}", found.counters);
    assert_eq!(found.counters["late_ticks"], 0);
    assert_eq!(found.packets, u64::from(STREAMS) * span.as_millis() as u64);
    // Virtual time waits; a due time is rounded up to a tick of the counter.
    assert!(found.worst_tick_us <= 0.1 && found.worst_client_us <= 0.1, "{found:?}");
    assert!(found.is_flat(), "{:?}", found.memory);
    let recorded = found.recorded.unwrap();
    assert_eq!((recorded.part, recorded.silence, recorded.wrong), (0, 0, 0));
    // Half of them microphones, less the latency at the beginning.
    let frames = u64::from(STREAMS / 2) * 48 * span.as_millis() as u64;
    assert!((frames * 9 / 10..=frames).contains(&recorded.whole), "{} of {frames}", recorded.whole);
}

fn past_the_limit_audio_goes_silent_and_comes_back() {
    let span = span(Duration::from_millis(200), Duration::from_secs(600));
    let found = overload(
        &variants::subject(),
        Options { span, streams: STREAMS, ..Options::default() },
        &mut |_| {},
    )
    .unwrap();
    for phase in &found.phases {
        println!("{phase}");
    }
    assert_eq!(found.violations, Vec::<String>::new());
    assert_eq!(found.phases.len(), PHASES.len());
    let [normal, late, unwritten, stalled, _, again] = &found.phases[..] else { unreachable!() };
    assert_eq!(found.wrong(), 0, "old audio is never heard");
    let recorded = normal.recorded.unwrap();
    assert!(recorded.whole > 0 && recorded.part + recorded.silence == 0);
    for phase in [late, stalled] {
        assert!(phase.counters["late_ticks"] > 0, "{phase}");
        assert!(phase.counters["packets_skipped"] > 0, "{phase}");
    }
    // A timer that is late by three packets and a half comes with every fourth, and in time again
    // in the next part.
    assert_eq!(late.counters["late_ticks"] * 4, late.packets, "{late}");
    assert_eq!(unwritten.counters["late_ticks"], 0, "{unwritten}");
    // Audio in flight is recorded, and then silence.
    assert!(unwritten.counters["underruns"] > 0, "{unwritten}");
    let recorded = unwritten.recorded.unwrap();
    assert!(recorded.silence > 5 * recorded.whole, "{unwritten}");
    // Each packet of a speaker's that is left out is late when it is due, and never again.
    assert!(unwritten.late * 2 >= unwritten.packets - u64::from(STREAMS), "{unwritten}");
    assert!(stalled.late * 4 < stalled.packets, "{stalled}");
    assert!(found.recovered, "{again}");
    assert!(found.is_orderly());
}
