//! The checks: once without a fault, to see what they come by and how long they take; then each fault
//! against the checks that come by it, the quickest first, until one notices.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

use serde::Serialize;

use super::list::List;
use super::source::Mutant;
use super::tree::Tree;
use super::{Options, PARTS};

struct Check {
    name: String,
    is_case: bool,
    program: PathBuf,
    arguments: Vec<String>,
    folder: PathBuf,
    takes: Duration,
    reaches: BTreeSet<u32>,
}

/// How one run of a check ended.
enum Ending {
    Passed,
    /// What it says failed.
    Noticed(String),
}

#[derive(Serialize)]
struct Finding {
    name: String,
    part: String,
    file: String,
    line: usize,
    function: String,
    original: String,
    fault: String,
    /// By the suite alone.
    case: Option<String>,
    /// By the first of all checks.
    noticed_by: Option<String>,
    /// How many checks come by the place.
    reached_by: usize,
    #[serde(skip)]
    is_listed: bool,
    #[serde(skip)]
    is_client: bool,
}

pub(crate) struct Results {
    findings: Vec<Finding>,
    not_compiling: usize,
    equivalent: usize,
    left_out: Vec<String>,
}

/// `acxhost`, which runs a case.
fn command_line(tree: &Tree) -> Result<PathBuf, String> {
    let program =
        tree.target.join("debug").join(format!("acxhost{}", std::env::consts::EXE_SUFFIX));
    if program.exists() { Ok(program) } else { Err(format!("{} was not built", program.display())) }
}

fn cases(program: &Path) -> Result<Vec<String>, String> {
    let output = Command::new(program)
        .args(["conform", "--json"])
        .output()
        .map_err(|why| format!("{}: {why}", program.display()))?;
    let answer: serde_json::Value = serde_json::from_slice(&output.stdout)
        .map_err(|why| format!("`acxhost conform --json`: {why}"))?;
    let cases = answer.get("cases").and_then(|cases| cases.as_array());
    let names: Vec<_> = cases
        .into_iter()
        .flatten()
        .filter_map(|case| Some(case.get("id")?.as_str()?.to_owned()))
        .collect();
    if names.is_empty() {
        Err("`acxhost conform --json` names no case".to_owned())
    } else {
        Ok(names)
    }
}

fn run_check(check: &Check, fault: &str, reached: Option<&Path>, limit: Duration) -> Ending {
    let output = match tempfile::NamedTempFile::new() {
        Ok(file) => file,
        Err(why) => return Ending::Noticed(format!("no temporary file: {why}")),
    };
    let (Ok(first), Ok(second)) = (output.reopen(), output.reopen()) else {
        return Ending::Noticed("no temporary file".to_owned());
    };
    let mut command = Command::new(&check.program);
    command
        .args(&check.arguments)
        .current_dir(&check.folder)
        .env("CARGO_MANIFEST_DIR", &check.folder)
        .env("ACXVAD_MUTANT", fault)
        .env("RUST_BACKTRACE", "0")
        .stdin(Stdio::null())
        .stdout(first)
        .stderr(second);
    if let Some(reached) = reached {
        command.env("ACXVAD_MUTANTS_REACHED", reached);
    }
    let started = Instant::now();
    let mut child = match command.spawn() {
        Ok(child) => child,
        Err(why) => return Ending::Noticed(format!("{}: {why}", check.program.display())),
    };
    loop {
        match child.try_wait() {
            Ok(Some(status)) if status.success() => return Ending::Passed,
            Ok(Some(status)) => {
                let text = fs::read(output.path()).unwrap_or_default();
                let text = String::from_utf8_lossy(&text);
                let failed = text
                    .lines()
                    .find_map(|line| line.strip_prefix("test ")?.strip_suffix(" ... FAILED"));
                return Ending::Noticed(failed.map_or(format!("{status}"), str::to_owned));
            }
            Ok(None) if started.elapsed() > limit => {
                let _ = child.kill();
                let _ = child.wait();
                return Ending::Noticed("it does not end".to_owned());
            }
            Ok(None) => thread::sleep(Duration::from_millis(20)),
            Err(why) => return Ending::Noticed(format!("{why}")),
        }
    }
}

/// Runs `work` on each item, on every processor.
fn in_parallel<T: Send, R: Send>(
    items: Vec<T>,
    word: &str,
    work: impl Fn(T) -> R + Sync,
) -> Vec<R> {
    let count = items.len();
    let queue = Mutex::new(items.into_iter().enumerate());
    let done = Mutex::new(Vec::new());
    let next = || queue.lock().ok().and_then(|mut queue| queue.next());
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                while let Some((at, item)) = next() {
                    let result = work(item);
                    if let Ok(mut done) = done.lock() {
                        done.push((at, result));
                        eprint!("\r{word}: {} of {count} ", done.len());
                    }
                }
            });
        }
    });
    eprintln!();
    let mut done = done.into_inner().unwrap_or_default();
    done.sort_by_key(|(at, _)| *at);
    done.into_iter().map(|(_, result)| result).collect()
}

/// Each check without a fault; those that fail or take too long are left out.
fn baseline(tree: &Tree, longest: Duration) -> Result<(Vec<Check>, Vec<String>), String> {
    let acxhost = command_line(tree)?;
    let check = |name: String, is_case, program: PathBuf, arguments, folder| Check {
        name,
        is_case,
        program,
        arguments,
        folder,
        takes: Duration::ZERO,
        reaches: BTreeSet::new(),
    };
    let mut checks: Vec<_> = cases(&acxhost)?
        .into_iter()
        .map(|case| {
            let arguments = vec!["conform".to_owned(), "--case".to_owned(), case.clone()];
            check(case, true, acxhost.clone(), arguments, tree.folder.clone())
        })
        .collect();
    for (name, folder, program) in &tree.tests {
        let package = folder.file_name().map_or(String::new(), |own| own.to_string_lossy().into());
        let name = format!("{package}/{name}");
        checks.push(check(name, false, program.clone(), Vec::new(), folder.clone()));
    }
    let ran = in_parallel(checks, "checks without a fault", |mut check| {
        let Ok(reached) = tempfile::NamedTempFile::new() else { return (check, false) };
        let started = Instant::now();
        let ending = run_check(&check, "reach", Some(reached.path()), longest);
        check.takes = started.elapsed();
        let text = fs::read_to_string(reached.path()).unwrap_or_default();
        check.reaches = text.lines().filter_map(|line| line.parse().ok()).collect();
        (check, matches!(ending, Ending::Passed))
    });
    let (good, bad): (Vec<_>, Vec<_>) = ran.into_iter().partition(|(_, passed)| *passed);
    let mut good: Vec<_> = good.into_iter().map(|(check, _)| check).collect();
    good.sort_by_key(|check| (!check.is_case, check.takes));
    Ok((good, bad.into_iter().map(|(check, _)| check.name).collect()))
}

pub(crate) fn run(tree: &Tree, list: &List, options: &Options) -> Result<Results, String> {
    let (checks, left_out) = baseline(tree, Duration::from_secs(options.longest))?;
    if !checks.iter().any(|check| check.is_case) {
        return Err("no case of the conformance suite passes without a fault".to_owned());
    }
    let listed: BTreeMap<_, _> =
        list.fault.iter().map(|fault| (fault.name.as_str(), fault)).collect();
    let mutants: Vec<(u32, &Mutant)> =
        tree.mutants.iter().map(|(number, mutant)| (*number, mutant)).collect();
    let findings = in_parallel(mutants, "faults", |(number, mutant)| {
        let reaching: Vec<_> =
            checks.iter().filter(|check| check.reaches.contains(&number)).collect();
        let (mut case, mut noticed_by) = (None, None);
        for check in &reaching {
            let limit = check.takes * 5 + Duration::from_secs(10);
            if let Ending::Noticed(what) = run_check(check, &number.to_string(), None, limit) {
                if check.is_case {
                    case = Some(check.name.clone());
                }
                noticed_by = Some(format!("{}: {what}", check.name));
                break;
            }
        }
        let fault = listed.get(mutant.key.as_str());
        let part = PARTS.iter().find(|(_, below)| mutant.file.starts_with(&format!("{below}/")));
        Finding {
            name: mutant.key.clone(),
            part: part.map_or(String::new(), |(part, _)| (*part).to_owned()),
            file: mutant.file.clone(),
            line: mutant.line,
            function: mutant.function.clone(),
            original: mutant.original.clone(),
            fault: mutant.fault.clone(),
            case,
            noticed_by,
            reached_by: reaching.len(),
            is_listed: fault.is_some(),
            is_client: fault.is_some_and(|fault| fault.client),
        }
    });
    Ok(Results {
        findings,
        not_compiling: tree.not_compiling,
        equivalent: list.equivalent.len(),
        left_out,
    })
}

/// Of a hundred, one digit behind the point.
fn percent(part: usize, whole: usize) -> String {
    if whole == 0 {
        return "-".to_owned();
    }
    let tenths = part * 1000 / whole;
    format!("{}.{} %", tenths / 10, tenths % 10)
}

impl Results {
    pub(crate) fn print(&self) {
        let unnoticed = |one: &&Finding| one.noticed_by.is_none();
        for one in self.findings.iter().filter(unnoticed) {
            let place = if one.reached_by == 0 { ", which no check comes by" } else { "" };
            println!("{}:{}: not noticed{place}: {}", one.file, one.line, one.name);
        }
        for one in self.findings.iter().filter(|one| one.is_client && one.case.is_none()) {
            let by = one.noticed_by.as_deref().unwrap_or("nothing");
            println!("{}:{}: no case notices, only {by}: {}", one.file, one.line, one.name);
        }
        println!(
            "| part | faults | reached | noticed by the suite | noticed | score of the suite | score |"
        );
        println!("|---|---|---|---|---|---|---|");
        let rows = PARTS.iter().map(|(part, _)| (*part, Some(*part)));
        let kinds = [("of the list", None), ("in all", None)];
        for (name, part) in rows.chain(kinds) {
            let own = |one: &&Finding| match (part, name) {
                (Some(part), _) => one.part == part,
                (None, "of the list") => one.is_listed,
                _ => true,
            };
            let all: Vec<_> = self.findings.iter().filter(own).collect();
            if all.is_empty() {
                continue;
            }
            let count =
                |test: &dyn Fn(&Finding) -> bool| all.iter().filter(|one| test(one)).count();
            let (suite, noticed) =
                (count(&|one| one.case.is_some()), count(&|one| one.noticed_by.is_some()));
            let mut row = String::new();
            let _ = write!(
                row,
                "| {name} | {} | {} | {suite} | {noticed} | {} | {} |",
                all.len(),
                count(&|one| one.reached_by > 0),
                percent(suite, all.len()),
                percent(noticed, all.len())
            );
            println!("{row}");
        }
        println!(
            "{} more do not compile; {} change nothing, each with its reason in the list.",
            self.not_compiling, self.equivalent
        );
        if !self.left_out.is_empty() {
            println!(
                "Not asked, for they fail here or take too long: {}.",
                self.left_out.join(", ")
            );
        }
        let mut by = BTreeMap::<&str, usize>::new();
        for one in &self.findings {
            if let Some(what) = &one.noticed_by {
                *by.entry(what).or_default() += 1;
            }
        }
        let mut by: Vec<_> = by.into_iter().collect();
        by.sort_by_key(|(name, count)| (std::cmp::Reverse(*count), *name));
        for (name, count) in by.iter().take(20) {
            println!("{count:5}  {name}");
        }
    }

    pub(crate) fn json(&self) -> Result<String, String> {
        serde_json::to_string_pretty(&self.findings).map_err(|why| why.to_string())
    }

    /// The faults of the list are all noticed; in the short form nothing else is asked for.
    pub(crate) fn verdict(&self, is_short: bool) -> Result<(), String> {
        let missed: Vec<_> = self
            .findings
            .iter()
            .filter(|one| one.is_listed)
            .filter(|one| one.noticed_by.is_none() || (one.is_client && one.case.is_none()))
            .map(|one| one.name.as_str())
            .collect();
        if missed.is_empty() || !is_short {
            return Ok(());
        }
        Err(format!("{} faults of the list go unnoticed: {}", missed.len(), missed.join(", ")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finding(case: Option<&str>, noticed_by: Option<&str>, is_client: bool) -> Finding {
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
            is_listed: true,
            is_client,
        }
    }

    fn verdict(finding: Finding) -> Result<(), String> {
        let results = Results {
            findings: vec![finding],
            not_compiling: 0,
            equivalent: 0,
            left_out: Vec::new(),
        };
        results.verdict(true)
    }

    #[test]
    fn a_fault_that_goes_unnoticed_fails_the_run() {
        assert!(verdict(finding(Some("B14"), Some("B14: exit status: 1"), true)).is_ok());
        assert!(verdict(finding(None, Some("vdma/engine: a_test"), false)).is_ok());
        let suite = verdict(finding(None, Some("vdma/engine: a_test"), true));
        assert_eq!(suite, Err("1 faults of the list go unnoticed: vdma.sign".to_owned()));
        assert!(verdict(finding(None, None, false)).is_err());
    }

    #[cfg(unix)]
    #[test]
    fn a_check_that_fails_or_hangs_has_noticed() {
        let check = |script: &str| Check {
            name: "check".to_owned(),
            is_case: false,
            program: "/bin/sh".into(),
            arguments: vec!["-c".to_owned(), script.to_owned()],
            folder: ".".into(),
            takes: Duration::ZERO,
            reaches: BTreeSet::new(),
        };
        let run = |script, limit| match run_check(
            &check(script),
            "7",
            None,
            Duration::from_millis(limit),
        ) {
            Ending::Passed => None,
            Ending::Noticed(what) => Some(what),
        };
        assert_eq!(run("test \"$ACXVAD_MUTANT\" = 7", 10_000), None);
        assert_eq!(run("echo 'test a::b ... FAILED'; exit 1", 10_000), Some("a::b".to_owned()));
        assert_eq!(run("sleep 30", 50), Some("it does not end".to_owned()));
    }
}
