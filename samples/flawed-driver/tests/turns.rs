//! Every verdict can fail: each flaw of the driver turns the verdict that it names, and no other.
//!
//! `ACXVAD_LONG=1` asks every case of every flaw; else those that take seconds are asked of their
//! own flaws alone.

use acx_conform::faults::{self, Options};
use acx_conform::run::Time;
use acx_conform::suite::{self, Results, Selection, Transport};
use acx_conform::{Driver, Subject};
use acx_host::LinkedImage;
use flawed_driver::Flaw;

const LINKED: LinkedImage =
    LinkedImage { name: "flawed-driver", entry: flawed_driver::FxDriverEntry };

/// Cases that take seconds.
const SLOW: [&str; 4] = ["B2", "B3", "B24", "B31"];

/// Cases about what the driver does not have.
const APART: [&str; 11] =
    ["Q4", "W6", "W7", "B16", "B17", "B18", "B28", "B29", "B33", "B37", "B38"];

/// Cases whose flaws are those of `samples/flawed-cable`.
const IN_THE_CABLE: [&str; 5] = ["B23", "B26", "B27", "B32", "B35"];

fn subject(flaw: Flaw) -> Subject {
    let number = Flaw::ALL.iter().position(|own| *own == flaw).map_or(0, |place| place + 1);
    Subject::new(Driver::Linked(LINKED)).with_settings([("Flaw", (number as u32).into())])
}

fn results(flaw: Flaw, without: &[&str]) -> Results {
    let selection = Selection { without, ..Selection::default() };
    let transport = Transport::Host(Time::Virtual);
    suite::run_over(transport, &subject(flaw), selection, &mut |_, _| {}).unwrap()
}

/// What is wrong: failed cases, and whether rules were broken.
fn turned(found: &Results) -> Vec<&'static str> {
    let failed = found.verdicts.iter().filter(|verdict| verdict.outcome.is_failure());
    let mut turned: Vec<_> = failed.map(|verdict| verdict.id).collect();
    if !found.breaches.is_empty() {
        turned.push("violations");
    }
    turned
}

#[test]
fn without_a_flaw_every_case_passes() {
    let found = results(Flaw::Nothing, &[]);
    assert_eq!(found.failures(), Vec::<String>::new());
    let apart = found.verdicts.iter().filter(|verdict| verdict.outcome.is_not_applicable());
    assert_eq!(apart.map(|verdict| verdict.id).collect::<Vec<_>>(), APART);
}

#[test]
fn each_flaw_turns_its_verdict_and_no_other() {
    let is_long = std::env::var_os("ACXVAD_LONG").is_some();
    let mut wrong = Vec::new();
    for flaw in Flaw::ALL.iter().filter(|flaw| !flaw.verdict().starts_with("faults")) {
        let expected = flaw.verdict();
        let without: Vec<_> =
            SLOW.into_iter().filter(|case| !is_long && *case != expected).collect();
        let found = results(*flaw, &without);
        let turned = turned(&found);
        println!("{flaw:?}: {turned:?}, {}", flaw.sentence());
        if turned != [expected] {
            wrong.push(format!("{flaw:?}: {turned:?}: {:#?}", found.failures()));
        }
        // A leak that each stream makes is told once.
        assert!(found.breaches.len() <= 1, "{:#?}", found.breaches);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The cases that no driver can fail in the host: ACX answers them, not the driver.
const BY_ACX: [&str; 6] = ["Q1", "Q2", "Q5", "Q9", "S2", "B20"];

#[test]
fn every_case_that_a_driver_can_fail_has_a_flaw() {
    let has = |case: &&str| Flaw::ALL.iter().any(|flaw| flaw.verdict() == *case);
    let without: Vec<_> = suite::ids().filter(|case| !has(case)).collect();
    let elsewhere =
        |case: &&str| BY_ACX.contains(case) || APART.contains(case) || IN_THE_CABLE.contains(case);
    let expected: Vec<_> = suite::ids().filter(elsewhere).collect();
    assert_eq!(without, expected);
}

/// What a scenario of fault injection finds wrong.
fn injected(flaw: Flaw) -> Vec<String> {
    let options = Options { scenario: Some("play-event".to_owned()), ..Options::default() };
    let found = faults::run(&subject(flaw), &options, &mut |_, _, _| {}).unwrap();
    found.into_iter().flat_map(|own| own.violations).collect()
}

#[test]
fn each_check_of_fault_injection_can_fail() {
    assert_eq!(injected(Flaw::Nothing), Vec::<String>::new());
    for (flaw, said) in [
        (Flaw::UndocumentedFailure, "which is not documented"),
        (Flaw::LeaksOnFailure, "the driver holds"),
        (Flaw::StaysFailed, "though nothing was made to fail"),
    ] {
        let found = injected(flaw);
        println!("{flaw:?}: {found:#?}");
        assert!(!found.is_empty(), "{flaw:?}");
        // What is lost is missing at the unload as well, which is told once.
        let (leaks, others): (Vec<_>, Vec<_>) =
            found.iter().partition(|why| why.contains("PoolLeak"));
        // Nothing of a stream comes again that is refused before it.
        let repeats = |why: &&&String| !why.contains("the scenario does not repeat");
        let others: Vec<_> = others.iter().filter(repeats).collect();
        assert!(!others.is_empty(), "{flaw:?}: {found:#?}");
        assert!(others.iter().all(|why| why.contains(said)), "{flaw:?}: {found:#?}");
        assert_eq!(leaks.len(), usize::from(flaw == Flaw::LeaksOnFailure), "{found:#?}");
    }
}

#[test]
fn a_rule_that_may_be_broken_is_not_counted() {
    let rule = acx_host::Rule::ALL.iter().find(|rule| rule.name() == "PoolLeak").copied();
    let subject = subject(Flaw::Leaks).allowing(rule);
    let selection = Selection { case: Some("S3"), ..Selection::default() };
    let transport = Transport::Host(Time::Virtual);
    let found = suite::run_over(transport, &subject, selection, &mut |_, _| {}).unwrap();
    assert_eq!(found.failures(), Vec::<String>::new());
}

#[test]
fn the_tables_of_the_documentation_are_the_suites() {
    let text = include_str!("../../../docs/conformance.md");
    let cells = |line: &str| -> Vec<String> {
        line.trim_matches('|').split(" | ").map(|cell| cell.trim().to_owned()).collect()
    };
    let rows: Vec<Vec<String>> =
        text.lines().filter(|line| line.starts_with("| ")).map(cells).collect();
    let sentences = |verdict: &str| {
        let own = Flaw::ALL.iter().filter(|flaw| flaw.verdict() == verdict);
        own.map(|flaw| flaw.sentence()).collect::<Vec<_>>().join("; ")
    };
    let cases: Vec<_> = rows.iter().filter(|row| row.len() == 5).skip(1).collect();
    assert_eq!(cases.len(), suite::ids().count());
    for ((id, sentence), row) in suite::sentences().zip(&cases) {
        assert_eq!((row[0].as_str(), row[1].as_str()), (id, sentence));
        let flaws = sentences(id);
        // Those of `samples/flawed-cable` follow.
        assert!(row[4].starts_with(&flaws), "{id}: {flaws}");
    }
    for flaw in Flaw::ALL.iter().filter(|flaw| !suite::ids().any(|id| id == flaw.verdict())) {
        let row = [flaw.verdict(), flaw.sentence()];
        assert!(rows.iter().any(|own| *own == row), "{row:?} is missing");
    }
}
