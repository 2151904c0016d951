//! Each flaw of the driver makes the case that it names fail, and no other.
//!
//! `ACXVAD_LONG=1` runs every case for every flaw; otherwise only the audio cases run.

mod says;
mod vendor;

use std::collections::BTreeSet;

use acx_conform::faults::{self, Check};
use acx_conform::run::Time;
use acx_conform::suite::{self, Results, Selection, Transport};
use flawed_cable::Flaw;
use vendor::subject;

fn results(flaw: Flaw, without: &[&str]) -> Results {
    let selection = Selection { without, ..Selection::default() };
    let transport = Transport::Host(Time::Virtual);
    suite::run_over(transport, &subject(flaw), selection, &mut |_, _| {}).unwrap()
}

/// Cases about what the driver does not have.
const APART: [&str; 6] = ["Q4", "W6", "W7", "B16", "B17", "B18"];

/// What hears a flaw, or shows one: cases about audio, and those whose flaws are here.
const ASKED: [&str; 24] = [
    "B4", "B13", "B14", "B19", "B21", "B22", "B23", "B26", "B27", "B28", "B29", "B32", "B33",
    "B35", "B36", "B37", "B38", "B39", "B40", "B41", "B43", "B44", "B45", "S3",
];

/// A day of audio: this driver looks at each frame.
const DAY: &str = "B3";

#[test]
fn without_a_flaw_every_case_passes() {
    let found = results(Flaw::Nothing, &[DAY]);
    assert_eq!(found.failures(), Vec::<String>::new());
    let apart = found.verdicts.iter().filter(|verdict| verdict.outcome.is_not_applicable());
    assert_eq!(apart.map(|verdict| verdict.id).collect::<Vec<_>>(), APART);
}

#[test]
fn each_flaw_turns_its_verdict_and_no_other() {
    let is_long = std::env::var_os("ACXVAD_LONG").is_some();
    let is_left_out = |id: &&str| *id == DAY || !is_long && !ASKED.contains(id);
    let without: Vec<_> = suite::ids().filter(is_left_out).collect();
    let mut wrong = Vec::new();
    for flaw in Flaw::ALL.iter().filter(|flaw| !flaw.verdict().starts_with("faults")) {
        let found = results(*flaw, &without);
        let failed = found.verdicts.iter().filter(|verdict| verdict.outcome.is_failure());
        let turned: Vec<_> = failed.map(|verdict| verdict.id).collect();
        println!("{flaw:?}: {turned:?}, {:#?}", found.failures());
        let sentence = found.failures().join("\n");
        let is_told = sentence.contains(says::says(*flaw));
        if turned != [flaw.verdict()] || !found.breaches.is_empty() || !is_told {
            wrong.push(format!("{flaw:?}: {turned:?}: {:#?}", found.failures()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What fault injection finds in a scenario.
fn injected(flaw: Flaw, scenario: &str) -> (BTreeSet<Check>, Vec<String>) {
    let scenario = Some(scenario.to_owned());
    let options = faults::Options { scenario, each: None, pairs: 0, seed: 1 };
    let mut found = faults::run(&subject(flaw), &options, &mut |_, _, _| {}).unwrap();
    let own = found.pop().unwrap();
    // A scenario that does not work while nothing fails is not gone on with.
    let is_broken = own.violations.iter().any(|why| why.starts_with("nothing fails: "));
    assert!(own.calls > 0 && (own.failed() > 0 || is_broken), "{own}");
    (own.checks, own.violations)
}

#[test]
fn fault_injection_finds_what_fails_at_a_hidden_end() {
    for (scenario, flaw) in [("hidden", Flaw::LosesJack), ("hidden-device", Flaw::StandsStill)] {
        assert_eq!(injected(Flaw::Nothing, scenario), (BTreeSet::new(), Vec::new()), "{scenario}");
        let (checks, violations) = injected(flaw, scenario);
        let names: Vec<_> =
            checks.iter().map(|check| format!("faults: {}", check.name())).collect();
        assert_eq!(names, [flaw.verdict()], "{violations:#?}");
    }
}

#[test]
fn flaws_of_one_case_are_told_apart() {
    assert_eq!(says::unsaid(), []);
}

#[test]
fn the_table_of_the_documentation_has_these_flaws() {
    let text = include_str!("../../../docs/conformance.md");
    for flaw in Flaw::ALL {
        let begin = format!("| {} |", flaw.verdict());
        let mut rows = text.lines().filter(|line| line.starts_with(&begin));
        assert!(rows.any(|row| row.contains(flaw.sentence())), "{flaw:?}");
    }
}
