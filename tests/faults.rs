//! Every fallible call of the driver fails in turn, scenario by scenario: nothing leaks, no rule is
//! broken, the status is documented, and a retry succeeds. `ACXVAD_LONG=1` includes every call.

mod variants;

use std::collections::BTreeSet;
use std::time::Duration;

use acx_client::Failed;
use acx_conform::faults::{Options, run};
use acx_conform::vendor::{Cables, DefaultFormat, Hidden, Vendor};
use acx_host::machine::Setting;

variants::test_each!(
    every_failure_unwinds_and_a_second_try_succeeds,
    a_reservation_is_given_back_however_a_stream_fails
);

/// A description with one mistake, the scenario that finds it, and what it says.
type Mistake = (fn(&mut Vendor), &'static str, &'static str);

#[test]
fn what_a_vendor_describes_and_the_driver_does_not_do_is_found() {
    let mistakes: [Mistake; 6] = [
        (
            |own| own.cables = own.cables.map(|own| Cables { set: |_, _| Ok(()), ..own }),
            "cables",
            "there is no Speaker1",
        ),
        (
            |own| {
                own.default_format =
                    own.default_format.map(|own| DefaultFormat { set: |_, _| Ok(()), ..own });
            },
            "default-format",
            "48000 Hz are proposed",
        ),
        (|own| own.set_jack = Some(|_, _| Ok(())), "jack", "no client was notified of the jack"),
        (|own| own.counters = Some(|_| Ok(Vec::new())), "telemetry", "0 streams, not 1"),
        (
            |own| own.read_stream = Some(|_| Err(Failed { what: "reading", status: 1 })),
            "composite",
            "reading failed",
        ),
        (
            |own| own.hidden = own.hidden.map(|own| Hidden { hold: Duration::ZERO, ..own }),
            "hidden",
            "the jack is to be plugged in: false, and is not so",
        ),
    ];
    for (make, scenario, said) in mistakes {
        let subject = variants::subject();
        let mut vendor = *subject.vendor.unwrap();
        make(&mut vendor);
        // It recognizes its driver by what may be wrong here.
        vendor.is_present = |_| true;
        let subject = subject.with_vendor(Box::leak(Box::new(vendor)));
        let scenario = Some(scenario.to_owned());
        let options = Options { scenario, each: Some(0), pairs: 0, ..Options::default() };
        let found = run(&subject, &options, &mut |_, _, _| {}).unwrap();
        let [why] = &found[0].violations[..] else { panic!("{found:#?}") };
        assert!(why.starts_with("nothing fails: ") && why.contains(said), "{why}");
    }
}

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
