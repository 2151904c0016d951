//! The conformance suite on each form of the driver: each case prints its id, and one that fails fails the test.

mod form;

use acx_conform::run::Time;
use acx_conform::suite::{self, Selection, Transport};

form::on_both_forms!(the_driver_conforms);

#[test]
fn the_driver_that_microsofts_tools_build_conforms() {
    form::on_wdk(the_driver_conforms);
}

#[test]
fn what_an_installed_driver_is_asked_holds_in_real_time() {
    // A few cases of every kind that ask little of the machine: `acxhost conform --realtime` runs them all.
    let (subject, transport) = (form::subject(), Transport::Host(Time::Real));
    for (case, passes) in
        [("Q1", true), ("Q7", true), ("S3", true), ("B7", true), ("B20", true), ("B10", false)]
    {
        let selection = Selection { level: None, case: Some(case) };
        let verdicts = suite::run_over(transport, &subject, selection, &mut |_, _| {});
        let outcome = &verdicts[0].outcome;
        let applies = !outcome.is_not_applicable();
        assert!(!outcome.is_failure() && applies == passes, "{case}: {outcome:?}");
    }
}

fn the_driver_conforms() {
    let verdicts = suite::run(&form::subject(), &mut |_, _| {});
    for verdict in &verdicts {
        println!("{verdict}");
    }
    let failed: Vec<_> = verdicts
        .iter()
        .filter(|verdict| verdict.outcome.is_failure())
        .map(|verdict| verdict.id)
        .collect();
    assert!(failed.is_empty(), "failed: {failed:?}");
    // This driver has everything that a case is about.
    assert!(verdicts.iter().all(|verdict| !verdict.outcome.is_not_applicable()));
    assert!(verdicts.iter().all(|verdict| !verdict.outcome.is_uncovered()));
}
