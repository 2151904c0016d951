//! Every verdict can fail: each flaw of the driver makes the verdict that it names fail, and no
//! other.
//!
//! `ACXVAD_LONG=1` runs every case for every flaw; otherwise those that take seconds run only for
//! their own flaws.

mod figures;
mod says;
mod vendor;

use std::collections::BTreeSet;

use acx_conform::faults::{self, Check, Options, ScenarioFaults};
use acx_conform::run::Time;
use acx_conform::suite::{self, Outcome, Results, Selection, Transport};
use acx_conform::{Driver, Subject};
use flawed_driver::Flaw;
use vendor::{LINKED, VENDOR};

/// Cases that take seconds.
const SLOW: [&str; 4] = ["B2", "B3", "B24", "B31"];

/// Cases whose flaws are those of `samples/flawed-cable`.
const IN_THE_CABLE: [&str; 13] =
    ["B23", "B27", "B28", "B29", "B32", "B33", "B37", "B38", "B39", "B40", "B41", "B43", "B44"];

/// Cases about what the driver does not have, and those about its parts.
const APART: [&str; 9] = ["B28", "B29", "B33", "B38", "B39", "B40", "B41", "B43", "B44"];
const OTHER_ENDPOINTS: &str = "B37";

/// What is not asked of the parts: their volume steps, and only streams at 48 kHz are mixed.
const GAIN: &str = "B27";

fn subject(flaw: Flaw) -> Subject {
    let number = Flaw::ALL.iter().position(|own| *own == flaw).map_or(0, |place| place + 1);
    Subject::new(Driver::Linked(LINKED)).with_settings([("Flaw", (number as u32).into())])
}

fn results(flaw: Flaw, without: &[&str]) -> Results {
    let selection = Selection { without, ..Selection::default() };
    let transport = Transport::Host(Time::Virtual);
    let subject = subject(flaw);
    let subject = if flaw.needs_parts() { subject.with_vendor(&VENDOR) } else { subject };
    suite::run_over(transport, &subject, selection, &mut |_, _| {}).unwrap()
}

fn results_of(flaw: Flaw, case: &str) -> Results {
    let selection = Selection { case: Some(case), ..Selection::default() };
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
fn without_a_flaw_every_case_passes_with_its_figure() {
    for parts in [0_u32, 1] {
        let subject = Subject::new(Driver::Linked(LINKED));
        let subject = subject.with_settings([("Parts", parts.into())]);
        let subject = if parts == 0 { subject } else { subject.with_vendor(&VENDOR) };
        let simple = [&SLOW[..], &[GAIN]].concat();
        let without: &[&str] = if parts == 0 { &[] } else { &simple };
        let selection = Selection { without, ..Selection::default() };
        let transport = Transport::Host(Time::Virtual);
        let found = suite::run_over(transport, &subject, selection, &mut |_, _| {}).unwrap();
        assert_eq!(found.failures(), Vec::<String>::new());
        let apart = found.verdicts.iter().filter(|verdict| verdict.outcome.is_not_applicable());
        let apart: Vec<_> = apart.map(|verdict| verdict.id).collect();
        let of_parts = |id: &&str| Flaw::OF_PARTS.contains(id) || *id == OTHER_ENDPOINTS;
        let is_asked = |id: &&str| !without.contains(id);
        let is_apart = |id: &&str| APART.contains(id) || parts == 0 && of_parts(id);
        let expected: Vec<_> = suite::ids().filter(is_asked).filter(is_apart).collect();
        assert_eq!(apart, expected);
        for verdict in found.verdicts.iter().filter(|verdict| verdict.id != "B2") {
            if let Outcome::Passed(said) = &verdict.outcome {
                let figure = figures::figure(verdict.id, parts);
                assert_eq!(Some(said.as_str()), figure, "{verdict}");
            }
        }
    }
}

#[test]
fn the_figure_of_racing_threads_is_in_its_form() {
    // The time that real threads take is another one each time.
    let found = suite::run_case(&Subject::new(Driver::Linked(LINKED)), "B2").unwrap().outcome;
    let Outcome::Passed(figure) = &found else { panic!("{found:?}") };
    let numbers: Vec<u64> = figure.split(' ').filter_map(|word| word.parse().ok()).collect();
    let [50_000, 4, speaker, microphone] = numbers[..] else { panic!("{figure}") };
    assert!([speaker, microphone].iter().all(|span| (1..20_000).contains(span)), "{figure}");
}

#[test]
fn each_flaw_turns_its_verdict_and_no_other() {
    let is_long = std::env::var_os("ACXVAD_LONG").is_some();
    let mut wrong = Vec::new();
    for flaw in Flaw::ALL.iter().filter(|flaw| !flaw.verdict().starts_with("faults")) {
        let expected = flaw.verdict();
        let mut without: Vec<_> =
            SLOW.into_iter().filter(|case| !is_long && *case != expected).collect();
        if flaw.needs_parts() {
            without.extend(["B3", GAIN]);
        }
        // Each of its 2,000 streams does what such a flaw says.
        if matches!(flaw, Flaw::StartsLate | Flaw::RunsAhead | Flaw::Leaks) {
            without.push("B31");
        }
        let found = results(*flaw, &without);
        let turned = turned(&found);
        println!("{flaw:?}: {turned:?}, {:#?}", found.failures());
        let sentence = found.failures().join("\n");
        if turned != [expected] || !sentence.contains(says::says(*flaw)) {
            wrong.push(format!("{flaw:?}: {turned:?}: {:#?}", found.failures()));
        }
        // A leak that each stream makes is told once.
        assert!(found.breaches.len() <= 1, "{:#?}", found.breaches);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn flaws_of_one_case_are_told_apart() {
    assert_eq!(says::unsaid(), []);
}

#[test]
fn every_case_has_a_flaw() {
    let has = |case: &&str| Flaw::ALL.iter().any(|flaw| flaw.verdict() == *case);
    let without: Vec<_> = suite::ids().filter(|case| !has(case)).collect();
    let expected: Vec<_> = suite::ids().filter(|id| IN_THE_CABLE.contains(id)).collect();
    assert_eq!(without, expected);
}

/// The scenario in which a flaw of this check shows.
fn scenario(check: Check, flaw: Flaw) -> &'static str {
    match (check, flaw) {
        (_, Flaw::KeepsRecording | Flaw::ReadsNoMore) => "record-event",
        (Check::Hears, _) => "cable",
        (Check::Signals, _) => "play-legacy",
        (Check::Describes, _) => "ask",
        (Check::Starts, _) => "start",
        (Check::Limit, _) => "many",
        _ => "play-event",
    }
}

/// The checks that this driver cannot fail: the end of a device is the system's own; what a vendor
/// describes, it does not have.
const BY_OTHERS: [Check; 2] = [Check::Removal, Check::Vendor];

/// What the checks of fault injection find in a scenario.
fn injected(flaw: Flaw, scenario: &str) -> (BTreeSet<Check>, Vec<String>) {
    let scenario = Some(scenario.to_owned());
    let options = Options { scenario, each: Some(2), pairs: 2, seed: 1 };
    let mut found = faults::run(&subject(flaw), &options, &mut |_, _, _| {}).unwrap();
    let own = found.pop().unwrap();
    assert!(own.failed() > 0 || own.name == "ask" || !own.violations.is_empty(), "{own}");
    (own.checks, own.violations)
}

#[test]
fn each_check_of_fault_injection_can_fail() {
    let mut wrong = Vec::new();
    for check in Check::ALL {
        let verdict = format!("faults: {}", check.name());
        let flaws: Vec<_> = Flaw::ALL.iter().filter(|flaw| flaw.verdict() == verdict).collect();
        assert_eq!(flaws.is_empty(), BY_OTHERS.contains(check), "{check:?}");
        for flaw in flaws {
            let scenario = scenario(*check, *flaw);
            let sound = injected(Flaw::Nothing, scenario);
            assert_eq!(sound, (BTreeSet::new(), Vec::new()), "{scenario}");
            let (mut checks, violations) = injected(*flaw, scenario);
            println!("{flaw:?}: {checks:?}, {}", flaw.sentence());
            // What is lost is missing at the unload as well. Nothing of a stream comes again that
            // is refused before it.
            match check {
                Check::Memory => _ = checks.remove(&Check::Rules),
                Check::Retry => _ = checks.remove(&Check::Repeats),
                _ => {}
            }
            if !checks.iter().eq([check]) {
                wrong.push(format!("{flaw:?}: {checks:?}: {violations:#?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What every scenario finds in the driver with its parts.
fn in_each_scenario(flaw: Flaw, (each, pairs): (usize, usize)) -> Vec<ScenarioFaults> {
    let subject = subject(flaw).with_settings([("Parts", 1.into())]).with_vendor(&VENDOR);
    let options = Options { scenario: None, each: Some(each), pairs, seed: 1 };
    let found = faults::run(&subject, &options, &mut |_, _, _| {}).unwrap();
    found.into_iter().filter(|own| own.does_not_apply.is_none()).collect()
}

#[test]
fn fault_injection_finds_nothing_in_a_driver_with_every_part() {
    let found = in_each_scenario(Flaw::Nothing, (4, 2));
    for own in &found {
        assert_eq!(own.violations, [""; 0], "{own}");
        // What fails once goes on to the end, so the second call of a pair always comes.
        let pairs = if own.calls == 0 { 0 } else { 2 };
        assert_eq!((own.pairs, own.both_failed), (pairs, pairs), "{own}");
        // Each call is counted once, in however many ways its failure is met.
        assert!(own.failed() <= own.calls && (own.failed() > 0) == (own.calls > 0), "{own}");
    }
    assert!(found.iter().map(ScenarioFaults::failed).sum::<usize>() > 300);
}

/// The scenarios that find a flaw, and no other does.
const FOUND_IN: &[(Flaw, Check, &[&str])] = &[
    (
        Flaw::StandsStill,
        Check::Moves,
        &[
            "power",
            "play-event",
            "play-timer",
            "record-event",
            "record-timer",
            "states",
            "modes",
            "formats",
            "composite",
            "offload",
            "keyword-stream",
            "controls",
        ],
    ),
    (
        Flaw::KeepsPlaying,
        Check::Retry,
        &[
            "query-remove",
            "play-event",
            "play-timer",
            "play-legacy",
            "cable",
            "states",
            "composite",
            "offload",
            "loopback",
            "keyword",
            "controls",
        ],
    ),
    (
        Flaw::KeepsRecording,
        Check::Retry,
        &[
            "query-remove",
            "record-event",
            "record-timer",
            "cable",
            "states",
            "loopback",
            "keyword",
            "keyword-stream",
            "controls",
        ],
    ),
    (Flaw::ReadsNoMore, Check::Retry, &["record-event", "cable", "loopback", "keyword"]),
    (Flaw::Deaf, Check::Hears, &["cable", "loopback"]),
    (Flaw::ForgetsPin, Check::Describes, &["ask", "keyword", "keyword-stream"]),
    (Flaw::SmallerLimit, Check::Limit, &["many"]),
    (Flaw::SilentLegacy, Check::Signals, &["play-legacy"]),
    (Flaw::KeywordTwice, Check::Vendor, &["keyword"]),
    (Flaw::KeywordStops, Check::Vendor, &["keyword"]),
];

#[test]
fn a_flaw_is_found_in_each_scenario_that_meets_it() {
    for (flaw, check, wanted) in FOUND_IN {
        let found = in_each_scenario(*flaw, (1, 0));
        let has = |own: &&ScenarioFaults| own.checks.contains(check);
        let names: Vec<_> = found.iter().filter(has).map(|own| own.name).collect();
        assert_eq!(names, *wanted, "{flaw:?}");
    }
}

/// A client that gives up closes its stream, and the next one is prepared.
#[test]
fn what_cannot_be_tried_again_is_found_where_the_client_asks_again() {
    let (_, violations) = injected(Flaw::RefusesRetry, "play-event");
    assert!(!violations.is_empty());
    assert!(violations.iter().all(|why| why.contains(", asked again: ")), "{violations:#?}");
}

#[test]
fn a_scenario_that_stops_at_what_is_wrong_has_no_second_failure() {
    let scenario = Some("play-event".to_owned());
    let options = Options { scenario, each: Some(1), pairs: 8, seed: 1 };
    let found = faults::run(&subject(Flaw::StaysFailed), &options, &mut |_, _, _| {}).unwrap();
    let own = &found[0];
    assert!(own.both_failed < own.pairs, "{own}");
}

#[test]
fn a_scenario_is_abandoned_when_enough_is_wrong() {
    let scenario = Some("play-event".to_owned());
    let options = Options { scenario, each: None, pairs: 100, seed: 1 };
    let found = faults::run(&subject(Flaw::StaysFailed), &options, &mut |_, _, _| {}).unwrap();
    let own = &found[0];
    assert!((20..25).contains(&own.violations.len()), "{own}");
    assert!(own.pairs < 100, "{own}");
}

#[test]
fn the_progress_of_fault_injection_ends_with_all_of_it() {
    let told = |flaw, name: &str| {
        let options = Options { scenario: Some(name.to_owned()), each: Some(2), pairs: 3, seed: 1 };
        let mut told = Vec::new();
        let mut progress = |own: &'static str, done, all| {
            assert_eq!(own, name);
            told.push((done, all));
        };
        faults::run(&subject(flaw), &options, &mut progress).unwrap();
        told
    };
    let all = told(Flaw::Nothing, "play-event");
    let count = all.len() - 1;
    let wanted: Vec<_> = (0..=count).map(|done| (done, count)).collect();
    assert!(count > 10 && all == wanted, "{all:?}");
    // What does not work while nothing fails is not gone on with.
    assert_eq!(told(Flaw::SilentLegacy, "play-legacy"), [(0, 0)]);
}

#[test]
fn the_suite_tells_how_many_of_its_cases_are_done() {
    let without: Vec<_> = suite::ids().filter(|id| !["Q1", "Q2", "Q3"].contains(id)).collect();
    let selection = Selection { without: &without, ..Selection::default() };
    let (transport, mut told) = (Transport::Host(Time::Virtual), Vec::new());
    let mut progress = |done, all| told.push((done, all));
    suite::run_over(transport, &subject(Flaw::Nothing), selection, &mut progress).unwrap();
    assert_eq!(told, [(0, 3), (1, 3), (2, 3)]);
}

#[test]
fn what_cannot_be_tried_again_turns_the_case_of_every_edge_as_well() {
    let found = results_of(Flaw::RefusesRetry, "B8");
    assert_eq!(turned(&found), ["B8"], "{:#?}", found.failures());
}

#[test]
fn what_the_verifier_saw_is_there_once() {
    let subject = subject(Flaw::Leaks);
    let selection = Selection { case: Some("S3"), ..Selection::default() };
    let transport = Transport::Host(Time::Virtual);
    suite::run_over(transport, &subject, selection, &mut |_, _| {}).unwrap();
    let seen = subject.take_seen();
    let first = seen.violations.first().map(ToString::to_string).unwrap_or_default();
    // One for the start, one for the features, one for the case.
    assert!(seen.machines == 3 && first.starts_with("PoolLeak"), "{seen:?}");
    let again = subject.take_seen();
    assert_eq!((again.machines, again.violations.len()), (0, 0));
}

#[test]
fn a_rule_that_a_case_broke_is_told_with_the_first_case() {
    let found = results_of(Flaw::Leaks, "S3");
    let told: Vec<_> = found.breaches.iter().map(|own| (own.first, own.cases)).collect();
    assert_eq!(told, [("S3", 1)], "{:?}", found.failures());
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
