//! Every fallible call of the driver fails in turn, scenario by scenario: nothing leaks, no rule is
//! broken, the status is documented, and a retry succeeds. `ACXVAD_LONG=1` includes every call.

mod variants;

use std::collections::BTreeSet;

use acx_conform::faults::{Options, run};
use acx_host::machine::Setting;

variants::test_each!(
    every_failure_unwinds_and_a_second_try_succeeds,
    a_reservation_is_given_back_however_a_stream_fails
);

/// The calls that the scenarios must reach.
const IMPORTANT: [&str; 22] = [
    "AcxAudioEngineCreate",
    "AcxAudioModuleCreate",
    "AcxCircuitCreate",
    "AcxCompositeTemplateCreate",
    "AcxDataFormatCreate",
    "AcxDeviceAddCircuit",
    "AcxDeviceAddCircuitDevice",
    "AcxJackCreate",
    "AcxKeywordSpotterCreate",
    "AcxMicArrayGeometryCreate",
    "AcxPinCreate",
    "AcxRtStreamCreate",
    "AcxStreamAudioEngineCreate",
    "AcxStreamBridgeCreate",
    "AcxStreamCreate",
    "AcxTargetStreamFormatRequestForProperty",
    "ExAllocatePool2",
    "IoAllocateMdl",
    "WdfDeviceCreate",
    "WdfDriverCreate",
    "WdfPdoInitAllocate",
    "WdfTimerCreate",
];

fn every_failure_unwinds_and_a_second_try_succeeds() {
    let long = Options { each: None, pairs: 100, ..Options::default() };
    let is_long = std::env::var_os("ACXVAD_LONG").is_some();
    let options = if is_long { long } else { Options::default() };
    println!("{options:?}");
    let scenarios = run(&variants::subject(), &options, &mut |_, _, _| {}).unwrap();
    for scenario in &scenarios {
        println!("{scenario}");
        for why in &scenario.violations {
            println!("    {why}");
        }
    }
    assert!(scenarios.iter().all(|own| own.violations.is_empty()));
    assert!(scenarios.iter().all(|own| own.does_not_apply.is_none()), "acxvad has everything");
    let failed: BTreeSet<&str> =
        scenarios.iter().flat_map(|own| own.failed.keys()).copied().collect();
    for call in IMPORTANT {
        assert!(failed.contains(call), "{call} never failed");
    }
}

/// A megabyte for all packets: what a failure kept of it, the scenario would lack the next time.
fn a_reservation_is_given_back_however_a_stream_fails() {
    let options = Options { each: Some(2), pairs: 2, ..Options::default() };
    let subject = variants::subject().with_settings([("PacketMegabytes", Setting::Number(1))]);
    let scenarios = run(&subject, &options, &mut |_, _, _| {}).unwrap();
    let found: Vec<&String> = scenarios.iter().flat_map(|own| &own.violations).collect();
    assert!(found.is_empty(), "{found:?}");
    assert!(scenarios.iter().any(|own| own.failed.contains_key("IoAllocateMdl")));
}
