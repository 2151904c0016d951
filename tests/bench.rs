//! The results of `acxhost bench` for the driver in virtual time, where they are exact.

mod variants;

use acx_conform::bench::{Load, bench};

variants::test_each!(completion_stamps_are_exact_however_late_timers_are);

fn completion_stamps_are_exact_however_late_timers_are() {
    let load = Load { rounds: 3, streams: 2 };
    let found = bench(&variants::subject(), None, load, &mut |_| {}).unwrap();
    let (on_time, late) = (found.driver.completions, found.driver.completions_when_late);
    let (on_time, late) = (on_time.unwrap(), late.unwrap());
    // Streams begin at a whole frame of the device's clock: 20.8 us at 48 kHz.
    assert!(on_time.stamp_off_ns < 20_834.0 && late.stamp_off_ns < 20_834.0, "{found:?}");
    // They do so after the client did, which began off that grid.
    assert!(on_time.stamp_off_ns >= 100.0 && late.stamp_off_ns >= 100.0, "{found:?}");
    // Stamps are whole ticks of 100 ns.
    assert!(on_time.stamp_jitter_ns <= 100.0 && late.stamp_jitter_ns <= 100.0, "{found:?}");
    assert!(late.notified_late_ns >= 1e6 - 20_834.0, "{found:?}");
    // At most 8 KiB per stream beside its packets.
    let memory = found.driver.memory_per_stream;
    assert!(memory.packets > 0.0 && memory.total() - memory.packets <= 8192.0, "{found:?}");
    assert_eq!(found.driver.findings.count(), 0, "{found:?}");
    // No time includes the host's page protection: it is off while the driver is timed, including
    // starts, and on in the checked run.
    assert_eq!(found.driver.page_changes_timed, 0, "{found:?}");
    assert!(found.driver.page_changes_checked > 100, "{found:?}");
    // As installed, and with the fewest and the most cables.
    let vendor = variants::subject().vendor.and_then(|vendor| vendor.cables).unwrap();
    let starts = &found.driver.starts;
    let cables: Vec<_> = starts.iter().map(|start| start.cables).collect();
    assert_eq!(cables, [None, Some(1), Some(vendor.most)]);
    assert!(starts[1].objects < starts[2].objects && starts[1].calls < starts[2].calls);
    let said = found.to_string();
    let charged = "Times include the host's timers, events, requests and checks, and the client; its \
                   page protection is off.";
    assert!(said.ends_with(charged), "{said}");
}
