//! Runs each fault against the checks that reach it, until one finds it.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use super::checks::{self, Check, Ending, Limit, in_parallel, run_check};
use super::list::List;
use super::score::{Finding, Results};
use super::source::Mutant;
use super::tree::Tree;
use super::{Options, has_suite_score, part_of};

/// The number of faults of a file that a check found, and the number of its runs.
#[derive(Default)]
struct History(Mutex<BTreeMap<(String, String), (u32, u32)>>);

impl History {
    fn add(&self, file: &str, check: &str, noticed: bool) {
        if let Ok(mut all) = self.0.lock() {
            for file in [file, ""] {
                let own = all.entry((file.to_owned(), check.to_owned())).or_default();
                own.0 += u32::from(noticed);
                own.1 += 1;
            }
        }
    }

    /// Sorts the checks by the faults that they find per time.
    fn sort(&self, file: &str, checks: &mut [&Check]) {
        let Ok(all) = self.0.lock() else { return };
        let rate = |file: &str, check: &Check, before: f64| {
            let own = all.get(&(file.to_owned(), check.name.clone()));
            let (noticed, asked) = own.copied().unwrap_or_default();
            (f64::from(noticed) + before) / (f64::from(asked) + 1.0)
        };
        // Microseconds for each fault that is noticed.
        checks.sort_by_cached_key(|check| {
            let rate = rate(file, check, rate("", check, 0.1));
            let takes = check.takes.max(Duration::from_millis(5)).as_secs_f64();
            (takes / rate * 1e6) as u64
        });
    }
}

/// What one fault is asked for, in turn.
fn rounds<'a>(checks: &[&'a Check], is_suites: bool, is_client: bool) -> Vec<Vec<&'a Check>> {
    if !is_suites {
        return vec![checks.to_vec()];
    }
    let with = |test: &dyn Fn(&Check) -> bool| {
        checks.iter().copied().filter(|check| test(check)).collect::<Vec<_>>()
    };
    let cases = with(&|check| check.is_case() && !check.is_long_case());
    let long = with(&Check::is_long_case);
    let others = with(&|check| !check.is_case());
    // Of what a client can see the suite is asked wholly; else what takes long comes last.
    if is_client { vec![cases, long, others] } else { vec![cases, others, long] }
}

/// Faults of an earlier run, by their names.
fn earlier(file: &Path, options: &Options) -> BTreeMap<String, Finding> {
    fs::read_to_string(file)
        .unwrap_or_default()
        .lines()
        .filter_map(|line| serde_json::from_str::<Finding>(line).ok())
        .map(|finding| (finding.name.clone(), finding))
        .filter(|(_, finding)| finding.noticed_by.is_some() || !options.again)
        .collect()
}

struct Run<'a> {
    checks: &'a [Check],
    list: &'a List,
    budget: Duration,
    history: History,
}

impl Run<'_> {
    fn look(&self, number: u32, mutant: &Mutant) -> Finding {
        let reaching: Vec<_> =
            self.checks.iter().filter(|check| check.reaches.contains(&number)).collect();
        let listed = self.list.fault.iter().find(|fault| fault.name == mutant.key);
        let is_client = listed.is_some_and(|fault| fault.client);
        let part = part_of(&mutant.file);
        let (mut case, mut noticed_by) = (None, None);
        let mut asked = 0;
        let rounds = rounds(&reaching, has_suite_score(part), is_client);
        let is_known = |check: &Check| listed.is_some_and(|own| own.is_noticed_by(&check.name));
        'rounds: for (nth, mut round) in rounds.into_iter().enumerate() {
            self.history.sort(&mutant.file, &mut round);
            round.sort_by_key(|check| !is_known(check));
            // What the suite has spent is not missing for the tests.
            let mut spent = Duration::ZERO;
            for check in round {
                // The suite is asked of what a client can see, whatever it takes.
                let is_within = spent + check.takes <= self.budget;
                if !is_within && (!is_client || nth == 2) {
                    continue;
                }
                asked += 1;
                let started = Instant::now();
                let ending =
                    run_check(check, &number.to_string(), None, Limit::for_takes(check.takes));
                spent += started.elapsed();
                self.history.add(&mutant.file, &check.name, ending != Ending::Passed);
                let what = match ending {
                    Ending::Passed => continue,
                    Ending::RanNothing => "it runs nothing".to_owned(),
                    Ending::Noticed(what) => what,
                };
                if check.is_case() {
                    case = Some(check.name.clone());
                }
                noticed_by = Some(format!("{}: {what}", check.name));
                break 'rounds;
            }
        }
        Finding {
            name: mutant.key.clone(),
            part: part.to_owned(),
            file: mutant.file.clone(),
            line: mutant.line,
            function: mutant.function.clone(),
            original: mutant.original.clone(),
            fault: mutant.fault.clone(),
            case,
            noticed_by,
            reached_by: reaching.len(),
            asked,
            is_listed: listed.is_some(),
            is_client,
        }
    }
}

pub(crate) fn run(
    tree: &Tree,
    list: &List,
    work: &Path,
    options: &Options,
) -> Result<Results, String> {
    // The short form asks fewer checks: what it found does not stand for what the long form finds.
    let form = if options.short { "short" } else { "long" };
    let [kept, file] =
        ["baseline", "findings"].map(|what| work.join(format!("{what}-{form}.jsonl")));
    if !options.resume {
        for file in [&kept, &file] {
            let _ = fs::remove_file(file);
        }
    }
    let checks = checks::all(tree, list, options)?;
    let checks = checks::baseline(checks, Duration::from_secs(options.longest), &kept)?;
    if !options.short && !checks.iter().any(Check::is_case) {
        return Err("no case of the conformance suite ran".to_owned());
    }
    let mut earlier = earlier(&file, options);
    let mutants = tree.mutants.iter().filter(|(number, _)| tree.chosen.contains(number));
    let (done, left): (Vec<_>, Vec<_>) =
        mutants.partition(|(_, mutant)| earlier.contains_key(&mutant.key));
    let mut findings: Vec<_> =
        done.iter().filter_map(|(_, mutant)| earlier.remove(&mutant.key)).collect();
    let budget = Duration::from_secs(options.budget);
    let run = Run { checks: &checks, list, budget, history: History::default() };
    let log = fs::OpenOptions::new().create(true).append(true).open(&file);
    let log = Mutex::new(log.map_err(|why| format!("{}: {why}", file.display()))?);
    findings.extend(in_parallel(left, "faults", |(number, mutant)| {
        let finding = run.look(*number, mutant);
        if let (Ok(line), Ok(mut log)) = (serde_json::to_string(&finding), log.lock()) {
            let _ = writeln!(log, "{line}");
        }
        finding
    }));
    Ok(Results {
        findings,
        not_compiling: tree.not_compiling,
        equivalent: list.equivalent.len(),
        checks: checks.len(),
    })
}

#[cfg(test)]
mod tests {
    use super::super::checks::Kind;
    use super::*;

    fn check(name: &str, kind: Kind, seconds: u64) -> Check {
        Check {
            name: name.to_owned(),
            kind,
            program: "x".into(),
            arguments: Vec::new(),
            variables: Vec::new(),
            folder: ".".into(),
            takes: Duration::from_secs(seconds),
            reaches: [7].into(),
        }
    }

    #[test]
    fn what_notices_most_for_its_time_comes_first() {
        let history = History::default();
        let (slow, quick) = (check("slow", Kind::Case, 5), check("quick", Kind::Case, 1));
        let mut both = [&slow, &quick];
        history.sort("a.rs", &mut both);
        assert_eq!(both[0].name, "quick");
        for _ in 0..9 {
            history.add("a.rs", "slow", true);
            history.add("a.rs", "quick", false);
        }
        history.sort("a.rs", &mut both);
        assert_eq!(both[0].name, "slow");
    }

    #[test]
    fn a_long_case_is_asked_last_but_of_what_a_client_can_see() {
        let all = [
            check("B3", Kind::Case, 60),
            check("Q1", Kind::Case, 0),
            check("vdma/engine: a", Kind::Test, 1),
        ];
        let all: Vec<_> = all.iter().collect();
        let names = |is_suites, is_client| {
            let rounds = rounds(&all, is_suites, is_client);
            let names = |round: Vec<&Check>| round.iter().map(|own| own.name.clone()).collect();
            rounds.into_iter().map(names).collect::<Vec<Vec<String>>>()
        };
        assert_eq!(names(true, true), [["Q1"], ["B3"], ["vdma/engine: a"]]);
        assert_eq!(names(true, false), [["Q1"], ["vdma/engine: a"], ["B3"]]);
        assert_eq!(names(false, false).len(), 1);
    }
}
