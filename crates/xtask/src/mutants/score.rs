//! The faults found, by part and by check, and whether they are enough.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::{Deserialize, Serialize};

use super::list::List;
use super::{PARTS, has_suite_score};

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Finding {
    pub(crate) name: String,
    pub(crate) part: String,
    pub(crate) file: String,
    pub(crate) line: usize,
    pub(crate) function: String,
    pub(crate) original: String,
    pub(crate) fault: String,
    /// By the suite alone.
    pub(crate) case: Option<String>,
    /// By the first of all checks.
    pub(crate) noticed_by: Option<String>,
    /// The number of checks that reach the place.
    pub(crate) reached_by: usize,
    /// The number of checks that ran.
    pub(crate) asked: usize,
    pub(crate) is_listed: bool,
    pub(crate) is_client: bool,
}

pub(crate) struct Results {
    pub(crate) findings: Vec<Finding>,
    pub(crate) not_compiling: usize,
    pub(crate) equivalent: usize,
    pub(crate) checks: usize,
}

/// Among the expected scores, that of the suite alone.
const CASES: &str = "cases";

/// Of a hundred.
fn share(part: usize, whole: usize) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 * 100.0 / whole as f64 }
}

/// With one digit behind the point, rounded down.
fn percent(part: usize, whole: usize) -> String {
    if whole == 0 {
        return "-".to_owned();
    }
    let tenths = part * 1000 / whole;
    format!("{}.{} %", tenths / 10, tenths % 10)
}

/// What notices, without how: a case, a flaw, or a test program.
fn noticing(by: &str) -> &str {
    by.split_once(": ").map_or(by, |(name, _)| name)
}

impl Results {
    /// How many of those for which `all` holds were noticed by what `by` gives.
    fn count(&self, all: impl Fn(&Finding) -> bool) -> Count {
        let mut count = Count::default();
        for one in self.findings.iter().filter(|one| all(one)) {
            count.faults += 1;
            count.reached += usize::from(one.reached_by > 0);
            count.suite += usize::from(one.case.is_some());
            count.noticed += usize::from(one.noticed_by.is_some());
        }
        count
    }

    pub(crate) fn print(&self) {
        for one in self.findings.iter().filter(|one| one.noticed_by.is_none()) {
            let asked = match (one.reached_by, one.asked) {
                (0, _) => ", which no check comes by".to_owned(),
                (all, asked) if asked < all => format!(" by {asked} of {all} checks"),
                (all, _) => format!(" by {all} checks"),
            };
            println!("{}:{}: not noticed{asked}: {}", one.file, one.line, one.name);
        }
        for one in self.findings.iter().filter(|one| one.is_client && one.case.is_none()) {
            let by = one.noticed_by.as_deref().unwrap_or("nothing");
            println!("{}:{}: no case notices, only {by}: {}", one.file, one.line, one.name);
        }
        println!("{}", self.table());
        println!(
            "{} checks. {} more faults do not compile; the list has {} that change nothing.",
            self.checks, self.not_compiling, self.equivalent
        );
        let mut by = BTreeMap::<&str, usize>::new();
        for what in self.findings.iter().filter_map(|one| one.noticed_by.as_deref()) {
            *by.entry(noticing(what)).or_default() += 1;
        }
        let mut by: Vec<_> = by.into_iter().collect();
        by.sort_by_key(|(name, count)| (std::cmp::Reverse(*count), *name));
        for (name, count) in by {
            println!("{count:5}  {name}");
        }
    }

    fn table(&self) -> String {
        let mut text = "| part | faults | reached | noticed by the suite | noticed \
                        | score of the suite | score |\n|---|---|---|---|---|---|---|"
            .to_owned();
        let mut row = |name: &str, has_suite: bool, count: &Count| {
            if count.faults == 0 {
                return;
            }
            let suite = if has_suite { count.suite.to_string() } else { "-".to_owned() };
            let of_suite = percent(count.suite, if has_suite { count.faults } else { 0 });
            let _ = write!(
                text,
                "\n| {name} | {} | {} | {suite} | {} | {of_suite} | {} |",
                count.faults,
                count.reached,
                count.noticed,
                percent(count.noticed, count.faults)
            );
        };
        for (part, _) in PARTS {
            row(part, has_suite_score(part), &self.count(|one| one.part == part));
        }
        row("of the list", true, &self.count(|one| one.is_listed));
        row("that a client can see", true, &self.count(|one| one.is_client));
        row("in all", false, &self.count(|_| true));
        text
    }

    pub(crate) fn json(&self) -> Result<String, String> {
        serde_json::to_string_pretty(&self.findings).map_err(|why| why.to_string())
    }

    /// Whether as many are noticed as the list expects of the short form, or of each part.
    pub(crate) fn verdict(&self, list: &List, is_short: bool) -> Result<(), String> {
        let mut wrong = Vec::new();
        let mut expect = |what: &str, is: f64, least: f64| {
            if is < least {
                wrong.push(format!("{what}: {is:.1}, not the {least} that are expected"));
            }
        };
        let all = self.count(|_| true);
        if all.reached == 0 {
            return Err("no check came by any of the faults".to_owned());
        }
        if is_short {
            expect("faults", all.faults as f64, list.short.faults as f64);
            expect("score", share(all.noticed, all.faults), list.short.score);
            return if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n")) };
        }
        for (part, least) in &list.expected {
            let (own, is_cases) = (self.count(|one| one.part == *part), part == CASES);
            let client = self.count(|one| is_cases && one.is_client);
            if own.faults > 0 {
                expect(&format!("score of {part}"), share(own.noticed, own.faults), *least);
            }
            if client.faults > 0 {
                expect("score of the suite", share(client.suite, client.faults), *least);
            }
        }
        if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n")) }
    }
}

#[derive(Default)]
struct Count {
    faults: usize,
    reached: usize,
    suite: usize,
    noticed: usize,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finding(case: Option<&str>, noticed_by: Option<&str>) -> Finding {
        Finding {
            name: "vdma.sign".to_owned(),
            part: "vdma".to_owned(),
            file: "crates/vdma/src/clock.rs".to_owned(),
            line: 1,
            function: String::new(),
            original: "a".to_owned(),
            fault: "b".to_owned(),
            case: case.map(str::to_owned),
            noticed_by: noticed_by.map(str::to_owned),
            reached_by: 1,
            asked: 1,
            is_listed: true,
            is_client: true,
        }
    }

    fn verdict(findings: Vec<Finding>, is_short: bool) -> Result<(), String> {
        let list = "short = { one_in = 9, score = 90, faults = 2 }\n\
                    expected = { vdma = 60, cases = 50 }";
        let list: List = toml::from_str(list).expect("a list");
        let results = Results { findings, not_compiling: 0, equivalent: 0, checks: 1 };
        results.verdict(&list, is_short)
    }

    #[test]
    fn a_score_below_the_expected_fails() {
        let case = || finding(Some("B14"), Some("B14: exit status: 1"));
        let test = || finding(None, Some("vdma/engine: a_test: exit status: 101"));
        let nothing = || finding(None, None);
        assert_eq!(verdict(vec![case(), case()], true), Ok(()));
        assert_eq!(verdict(vec![test(), test()], true), Ok(()));
        let why = verdict(vec![test(), test()], false).unwrap_err();
        assert_eq!(why, "score of the suite: 0.0, not the 50 that are expected");
        let why = verdict(vec![case(), nothing()], true).unwrap_err();
        assert_eq!(why, "score: 50.0, not the 90 that are expected");
        let why = verdict(vec![case(), nothing()], false).unwrap_err();
        assert_eq!(why, "score of vdma: 50.0, not the 60 that are expected");
        assert_eq!(verdict(vec![case(), test()], false), Ok(()));
    }

    #[test]
    fn a_run_of_nothing_fails() {
        assert_eq!(verdict(vec![], false), Err("no check came by any of the faults".to_owned()));
        let apart = || Finding { reached_by: 0, ..finding(None, None) };
        assert!(verdict(vec![apart(), apart()], true).is_err());
        let one = finding(Some("B14"), Some("B14: exit status: 1"));
        let why = verdict(vec![one], true).unwrap_err();
        assert_eq!(why, "faults: 1.0, not the 2 that are expected");
    }

    #[test]
    fn a_part_has_the_score_of_its_faults() {
        let all = vec![finding(Some("B14"), Some("B14: 1")), finding(None, None)];
        let results = Results { findings: all, not_compiling: 0, equivalent: 0, checks: 1 };
        let table = results.table();
        assert!(table.contains("\n| vdma | 2 | 2 | 1 | 1 | 50.0 % | 50.0 % |"), "{table}");
        assert_eq!(noticing("vdma/engine: a: exit status: 101"), "vdma/engine");
    }
}
