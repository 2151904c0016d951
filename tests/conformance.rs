//! The conformance suite on each variant of the driver: each case prints its id, and one that fails
//! fails the test.

mod variants;

use acx_client::Direction;
use acx_conform::Subject;
use acx_conform::run::Time;
use acx_conform::subject::EndpointNames;
use acx_conform::suite::{self, Outcome, Selection, Transport};

variants::test_each!(
    the_driver_conforms,
    a_plain_installation_conforms,
    a_speaker_that_is_hidden_is_in_no_cable_of_the_suite,
    a_keyword_is_played_at_the_speaker_of_its_own_cable
);

#[test]
fn the_driver_that_microsofts_tools_build_conforms() {
    variants::on_wdk(the_driver_conforms);
}

#[test]
fn the_driver_with_sixteen_channels_conforms() {
    variants::on_sixteen_channels(the_driver_conforms);
}

#[test]
fn what_an_installed_driver_is_asked_holds_in_real_time() {
    // A few cases of every kind that ask little of the machine: `acxhost conform --realtime` runs
    // them all.
    let (subject, transport) = (variants::subject(), Transport::Host(Time::Real));
    for (case, passes) in
        [("Q1", true), ("Q7", true), ("S3", true), ("B7", true), ("B20", true), ("B10", false)]
    {
        let selection = Selection { case: Some(case), ..Selection::default() };
        let found = suite::run_over(transport, &subject, selection, &mut |_, _| {}).unwrap();
        let outcome = &found.verdicts[0].outcome;
        let applies = !outcome.is_not_applicable();
        assert!(!outcome.is_failure() && applies == passes, "{case}: {outcome:?}");
    }
}

/// The driver with two cables, tested at these endpoints.
fn at(render: &str, capture: &str) -> Subject {
    let mut subject = variants::subject().with_settings([("Cables", 2.into())]);
    subject.endpoints =
        EndpointNames { render: Some(render.to_owned()), capture: Some(capture.to_owned()) };
    subject
}

#[test]
fn endpoints_are_tested_by_their_names() {
    let outcome = |subject: &Subject, case| suite::run_case(subject, case).unwrap().outcome;
    let second = at("Speaker1", "Microphone1");
    let ((), _) = second
        .on_device(Time::Virtual, |machine, _| {
            let names = [Direction::Render, Direction::Capture]
                .map(|direction| second.endpoint(machine, direction).unwrap().name().to_owned());
            assert_eq!(names, ["Speaker1", "Microphone1"]);
            Ok(())
        })
        .unwrap();
    assert!(matches!(outcome(&second, "B14"), Outcome::Passed(_)));
    // Not the two ends of one cable: nothing of what is played is recorded.
    assert!(outcome(&at("Speaker0", "Microphone1"), "B14").is_failure());
    let absent = at("Speaker7", "Microphone7");
    let why = suite::run(&absent, &mut |_, _| {}).unwrap_err().to_string();
    assert!(why.contains("no endpoint"), "{why}");
}

/// With the default settings: cases about missing features do not apply, and the others pass.
fn a_plain_installation_conforms() {
    let found = suite::run(&variants::plain(), &mut |_, _| {}).unwrap();
    assert_eq!(found.failures(), Vec::<String>::new());
    let apart = found.verdicts.iter().filter(|verdict| verdict.outcome.is_not_applicable());
    let apart: Vec<_> = apart.map(|verdict| verdict.id).collect();
    assert_eq!(apart, ["B16", "B18", "B37"]);
}

/// A microphone that records an unlisted speaker is not a failure.
fn a_speaker_that_is_hidden_is_in_no_cable_of_the_suite() {
    let subject = variants::plain().with_settings([("Speaker0Hidden", 1.into())]);
    for (case, applies) in
        [("B14", false), ("B22", true), ("B27", false), ("B33", false), ("W1", true)]
    {
        let selection = Selection { case: Some(case), ..Selection::default() };
        let transport = Transport::Host(Time::Virtual);
        let found = suite::run_over(transport, &subject, selection, &mut |_, _| {}).unwrap();
        let outcome = &found.verdicts[0].outcome;
        let is_applicable = !outcome.is_not_applicable();
        assert!(!outcome.is_failure() && is_applicable == applies, "{case}: {outcome:?}");
    }
}

/// The speaker that people see is on another cable then.
fn a_keyword_is_played_at_the_speaker_of_its_own_cable() {
    let with_one = [("Speaker0Hidden", 1)];
    let with_two = [("Cables", 2), ("Microphone0Hidden", 1)];
    for settings in [&with_one[..], &with_two] {
        let settings = settings.iter().map(|(name, value)| (*name, (*value).into()));
        let subject = variants::subject().with_settings(settings);
        let outcome = suite::run_case(&subject, "B18").unwrap().outcome;
        // A burst without a sound to begin with has no packet.
        let is_heard = matches!(&outcome, Outcome::Passed(figure) if !figure.starts_with("0 "));
        assert!(is_heard, "{:?}: {outcome:?}", subject.settings);
    }
}

fn the_driver_conforms() {
    let found = suite::run(&variants::subject(), &mut |_, _| {}).unwrap();
    let verdicts = &found.verdicts;
    for verdict in verdicts {
        println!("{verdict}");
    }
    assert_eq!(found.failures(), Vec::<String>::new());
    // This driver has everything that a case is about.
    assert!(verdicts.iter().all(|verdict| !verdict.outcome.is_not_applicable()));
    assert!(verdicts.iter().all(|verdict| !verdict.outcome.is_uncovered()));
    let rights = verdicts.iter().find(|verdict| verdict.id == "B28").unwrap();
    assert!(rights.to_string().contains("at the microphone and on the loopback pin"), "{rights}");
}
