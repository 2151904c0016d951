//! The conformance suite on the driver linked in: each case prints its id, and one that fails fails the test.

use acxhost::conform;

#[test]
fn the_driver_conforms() {
    let verdicts = conform::run(None, None);
    for verdict in &verdicts {
        println!("{verdict}");
    }
    let failed: Vec<_> = verdicts
        .iter()
        .filter(|verdict| verdict.outcome.is_failure())
        .map(|verdict| verdict.id)
        .collect();
    assert!(failed.is_empty(), "failed: {failed:?}");
    assert!(verdicts.iter().any(|verdict| !verdict.outcome.is_uncovered()), "nothing was checked");
}
