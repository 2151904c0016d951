//! `watch` and `report` of drivers with missing features: they do what is possible, or name the
//! missing feature in one sentence. The other commands are tested in `samples/flawed-driver`.

use std::time::Duration;

use acx_conform::run::{RunError, Time};
use acx_conform::{Driver, Subject};
use acx_host::LinkedImage;
use acxhost::report::{Depth, Report, collect};
use acxhost::topology::{Inside, tree};
use acxhost::watch::{Watch, watch};
use flawed_driver::Shape;

const LINKED: LinkedImage =
    LinkedImage { name: "flawed-driver", entry: flawed_driver::FxDriverEntry };

fn shaped(shape: Shape) -> Subject {
    let number = Shape::ALL.iter().position(|own| *own == shape).unwrap() as u32;
    Subject::new(Driver::Linked(LINKED)).with_settings([("Shape", number.into())])
}

fn report(shape: Shape) -> Report {
    let report = collect(&shaped(shape), Depth::Quick, &mut |_, _, _| {});
    assert_eq!(report.drivers.len(), 1, "{:?}", report.missing);
    assert_eq!(report.about.driver, "flawed-driver");
    report
}

/// The summary's line for a claim that begins so.
fn line(report: &Report, claim: &str) -> String {
    let found = report.summary().into_iter().find(|(own, _)| own.starts_with(claim));
    found.unwrap_or_else(|| panic!("no line {claim}")).1.concat()
}

#[test]
fn a_report_says_what_was_not_tried_and_why() {
    for (shape, passes, null, growth) in [
        (Shape::Cable, true, "0 of", "times, with"),
        (Shape::Speaker, true, "the driver has no microphone", "times, with"),
        (Shape::OtherRates, true, "no cable", "times, with"),
        (Shape::NoFormats, false, "not measured: ", "takes no stream"),
        (Shape::NoEndpoint, false, "–", "–"),
        (Shape::DoesNotStart, false, "–", "–"),
    ] {
        let report = report(shape);
        let lines: Vec<_> = report.summary();
        println!("{shape:?}: {}: {lines:#?}", report.verdict());
        assert_eq!(report.passes(), passes, "{shape:?}: {}", report.verdict());
        for (claim, wanted) in [("Frames of a recording", null), ("Time of a stream", growth)] {
            let found = line(&report, claim);
            assert!(found.contains(wanted), "{shape:?}, {claim}: {found:?}, not {wanted:?}");
        }
        assert!(report.verdict().len() > 20);
        assert!(report.markdown().lines().count() > 10);
    }
    let why = line(&report(Shape::DoesNotStart), "Conformance cases");
    assert!(why.contains("the device did not start: STATUS_INVALID_DEVICE_STATE"), "{why}");
}

#[test]
fn a_reason_is_given_once_in_a_report() {
    let lines = report(Shape::NoFormats).summary();
    let reason = "not measured: Speaker0: the pin lists no format";
    let given = lines.iter().filter(|(_, own)| own.iter().any(|figure| figure == reason));
    assert_eq!(given.count(), 1, "{lines:#?}");
    assert!(lines.iter().any(|(_, own)| own[..] == ["not measured"]), "{lines:#?}");
}

#[test]
fn the_tree_of_a_device_says_what_is_not_there() {
    let tree = |shape| {
        let subject = shaped(shape);
        let found = subject
            .on_device(Time::Virtual, |system, _| tree("driver", system, &Inside::default()));
        found.unwrap().0
    };
    assert_eq!(tree(Shape::NoEndpoint), "driver\n└─ no circuit: the device has added none");
    let bare = tree(Shape::NoFormats);
    assert!(bare.contains("└─ no mode, and no format"), "{bare}");
    assert!(bare.contains("└─ elements: none"), "{bare}");
}

#[test]
fn a_driver_that_counts_nothing_is_not_watched() {
    for (shape, wanted) in [
        (Shape::Cable, "has no counters"),
        (Shape::Speaker, "has no counters"),
        (Shape::NoEndpoint, "has no endpoint that streams"),
        (Shape::DoesNotStart, "the device did not start"),
    ] {
        let subject = shaped(shape);
        let found = subject.on_device(Time::Virtual, |system, _| {
            let options = Watch { seconds: 0.5, stall: Duration::ZERO };
            watch(&subject, system, options, &|_| {}, &mut |_, _| {})
        });
        let why = found.map_err(|why: RunError| why.to_string()).expect_err("a driver counts");
        assert!(why.contains(wanted), "{shape:?}: {why}");
    }
}
