//! The checks and how they run: once without a fault, to measure the time and the places that they
//! reach; then with one.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Output, Stdio};
use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use super::Options;
use super::list::{List, is_like};
use super::tree::Tree;

/// A case of the suite that takes longer is asked when nothing else has noticed.
const LONG_CASE: Duration = Duration::from_secs(10);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A case of the conformance suite, on the driver.
    Case,
    /// The case that a flaw has to turn, on the driver with that flaw.
    Flaw,
    /// One test of a test program.
    Test,
    /// The examples in a crate's documentation, together.
    Examples,
}

#[derive(Clone, Debug)]
pub(crate) struct Check {
    pub(crate) name: String,
    pub(crate) kind: Kind,
    pub(crate) program: PathBuf,
    pub(crate) arguments: Vec<String>,
    pub(crate) variables: Vec<(&'static str, String)>,
    pub(crate) folder: PathBuf,
    pub(crate) takes: Duration,
    pub(crate) reaches: BTreeSet<u32>,
}

impl Check {
    pub(crate) fn is_case(&self) -> bool {
        self.kind == Kind::Case
    }

    pub(crate) fn is_long_case(&self) -> bool {
        self.is_case() && self.takes > LONG_CASE
    }
}

/// The result of a check.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    Passed,
    /// It passed, since there was nothing to run.
    RanNothing,
    /// It failed, with its message.
    Noticed(String),
}

/// The time limits.
#[derive(Clone, Copy)]
pub(crate) struct Limit {
    pub(crate) processor: Duration,
    pub(crate) clock: Duration,
}

impl Limit {
    /// For a check that takes so long without a fault. The machine may have other work.
    pub(crate) fn for_takes(takes: Duration) -> Self {
        Self {
            processor: takes * 4 + Duration::from_secs(2),
            clock: takes * 10 + Duration::from_secs(20),
        }
    }
}

/// More memory than a check needs: a fault must not take all of the machine's.
#[cfg(unix)]
const KILOBYTES: u32 = 8 << 20;

/// The program, limited by a shell where there is one.
#[cfg(unix)]
fn limited(check: &Check, limit: Limit) -> Command {
    let seconds = limit.processor.as_secs() + 1;
    // One limit at a time: some shells take no more.
    let limits = format!("ulimit -c 0; ulimit -t {seconds}; ulimit -v {KILOBYTES}");
    let script = format!("{limits}; exec \"$0\" \"$@\"");
    let mut command = Command::new("/bin/sh");
    command.arg("-c").arg(script).arg(&check.program);
    command
}

#[cfg(not(unix))]
fn limited(check: &Check, _: Limit) -> Command {
    Command::new(&check.program)
}

/// Runs a check with the fault of that number, or with `reach`.
pub(crate) fn run_check(
    check: &Check,
    fault: &str,
    reached: Option<&Path>,
    limit: Limit,
) -> Ending {
    let no_file = || Ending::Noticed("no temporary file".to_owned());
    let Ok(output) = tempfile::NamedTempFile::new() else { return no_file() };
    let (Ok(first), Ok(second)) = (output.reopen(), output.reopen()) else { return no_file() };
    let mut command = limited(check, limit);
    command
        .args(&check.arguments)
        .current_dir(&check.folder)
        .env("CARGO_MANIFEST_DIR", &check.folder)
        .env("ACXVAD_MUTANT", fault)
        .env("RUST_BACKTRACE", "0")
        // The same random inputs in each run, and none that an earlier fault left.
        .env("PROPTEST_RNG_SEED", "1")
        .env("PROPTEST_DISABLE_FAILURE_PERSISTENCE", "true")
        // Not every image has to be there.
        .env_remove("ACXVAD_IMAGE")
        .stdin(Stdio::null())
        .stdout(first)
        .stderr(second);
    command.envs(check.variables.iter().map(|(name, value)| (name, value)));
    if let Some(reached) = reached {
        command.env("ACXVAD_MUTANTS_REACHED", reached);
    }
    let started = Instant::now();
    let mut child = match command.spawn() {
        Ok(child) => child,
        Err(why) => return Ending::Noticed(format!("{}: {why}", check.program.display())),
    };
    let mut pause = Duration::from_millis(1);
    loop {
        match child.try_wait() {
            Ok(Some(status)) => {
                let text = fs::read(output.path()).unwrap_or_default();
                let text = String::from_utf8_lossy(&text);
                return ending(check, status, &text);
            }
            Ok(None) if started.elapsed() > limit.clock => {
                let _ = child.kill();
                let _ = child.wait();
                return Ending::Noticed("it does not end".to_owned());
            }
            Ok(None) => {
                thread::sleep(pause);
                pause = (pause * 2).min(Duration::from_millis(20));
            }
            Err(why) => return Ending::Noticed(format!("{why}")),
        }
    }
}

fn ending(check: &Check, status: ExitStatus, text: &str) -> Ending {
    if !status.success() {
        return Ending::Noticed(format!("{status}"));
    }
    // A test that is ignored, or has another name by now.
    let none = match check.kind {
        Kind::Test => !text.contains("test result: ok. 1 passed"),
        Kind::Examples => !text
            .lines()
            .any(|line| line.starts_with("test result: ok. ") && !line.contains(". 0 passed")),
        Kind::Case | Kind::Flaw => false,
    };
    if none {
        return Ending::RanNothing;
    }
    Ending::Passed
}

/// Runs `work` on each item, on every processor.
pub(crate) fn in_parallel<T: Send, R: Send>(
    items: Vec<T>,
    word: &str,
    work: impl Fn(T) -> R + Sync,
) -> Vec<R> {
    let count = items.len();
    let queue = Mutex::new(items.into_iter().enumerate());
    let done = Mutex::new(Vec::new());
    let next = || queue.lock().ok().and_then(|mut queue| queue.next());
    let started = Instant::now();
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                while let Some((at, item)) = next() {
                    let result = work(item);
                    if let Ok(mut done) = done.lock() {
                        done.push((at, result));
                        if done.len() % 25 == 0 || done.len() == count {
                            let seconds = started.elapsed().as_secs();
                            eprintln!("{word}: {} of {count} after {seconds} s", done.len());
                        }
                    }
                }
            });
        }
    });
    let mut done = done.into_inner().unwrap_or_default();
    done.sort_by_key(|(at, _)| *at);
    done.into_iter().map(|(_, result)| result).collect()
}

/// Returns a program's output, without a fault.
fn output(program: &Path, words: &[&str], flaw: Option<&str>) -> Result<Output, String> {
    let mut command = Command::new(program);
    command.args(words).env("ACXVAD_MUTANT", "0").stdin(Stdio::null());
    if let Some(flaw) = flaw {
        command.env("ACXVAD_FLAW", flaw);
    }
    command.output().map_err(|why| format!("{}: {why}", program.display()))
}

/// The table of the suite's cases.
pub(crate) const CASES: &str = "crates/acx-conform/src/suite/cases.rs";

/// The cases of the suite, by `acxhost`.
fn cases(tree: &Tree) -> Result<Vec<Check>, String> {
    let program =
        tree.target.join("debug").join(format!("acxhost{}", std::env::consts::EXE_SUFFIX));
    let table = cargo_acx::files::read(&tree.folder.join(CASES))?;
    // A "Q1" "the sentence" => ...
    let names: Vec<_> = table
        .lines()
        .filter_map(|line| line.trim().strip_prefix(['A', 'B'])?.strip_prefix(" \""))
        .filter_map(|line| Some(line.split_once('"')?.0.to_owned()))
        .collect();
    if names.is_empty() {
        return Err(format!("{CASES} names no case"));
    }
    let check = |case: String| Check {
        arguments: ["conform", "--case", &case, "--set", "Profile=showcase"]
            .map(str::to_owned)
            .to_vec(),
        name: case,
        kind: Kind::Case,
        program: program.clone(),
        variables: Vec::new(),
        folder: tree.folder.clone(),
        takes: Duration::ZERO,
        reaches: BTreeSet::new(),
    };
    Ok(names.into_iter().map(check).collect())
}

/// The tests of the drivers with flaws that are about the one flaw in `ACXVAD_FLAW`.
const FLAW_TESTS: [&str; 2] = ["flawed-driver/one", "flawed-cable/one"];

/// The tests of one program, each for itself.
fn tests(package: &str, name: &str, folder: &Path, program: &Path) -> Result<Vec<Check>, String> {
    let listed = output(program, &["--list", "--format", "terse"], None)?;
    if !listed.status.success() {
        return Err(format!("{}: it does not list its tests", program.display()));
    }
    let text = String::from_utf8_lossy(&listed.stdout).into_owned();
    let names = text.lines().filter_map(|line| line.strip_suffix(": test"));
    let check = |test: &str| Check {
        name: format!("{package}/{name}: {test}"),
        kind: Kind::Test,
        program: program.to_owned(),
        arguments: [test, "--exact", "--test-threads=1"].map(str::to_owned).to_vec(),
        variables: Vec::new(),
        folder: folder.to_owned(),
        takes: Duration::ZERO,
        reaches: BTreeSet::new(),
    };
    let program_name = format!("{package}/{name}");
    if !FLAW_TESTS.contains(&program_name.as_str()) {
        return Ok(names.map(check).collect());
    }
    let printed = output(program, &["--nocapture"], Some("list"))?;
    let printed = String::from_utf8_lossy(&printed.stdout).into_owned();
    let flaws: Vec<_> = printed.lines().filter_map(|line| line.strip_prefix("flaw ")).collect();
    if flaws.is_empty() {
        return Err(format!("{program_name} names no flaw"));
    }
    let mut all = Vec::new();
    for test in names {
        all.extend(flaws.iter().map(|flaw| Check {
            name: format!("{package}: {flaw}"),
            kind: Kind::Flaw,
            variables: vec![("ACXVAD_FLAW", (*flaw).to_owned())],
            ..check(test)
        }));
    }
    Ok(all)
}

/// The crates whose documentation has examples that run.
const WITH_EXAMPLES: [&str; 2] = ["acx", "vdma"];

fn examples(tree: &Tree, package: &str) -> Check {
    Check {
        name: format!("{package}: examples"),
        kind: Kind::Examples,
        program: env!("CARGO").into(),
        arguments: ["test", "--doc", "--package", package].map(str::to_owned).to_vec(),
        variables: tree.variables(),
        folder: tree.folder.clone(),
        takes: Duration::ZERO,
        reaches: BTreeSet::new(),
    }
}

/// Every check that was built and that the list does not leave out.
pub(crate) fn all(tree: &Tree, list: &List, options: &Options) -> Result<Vec<Check>, String> {
    let mut checks = if options.short { Vec::new() } else { cases(tree)? };
    for (name, folder, program) in &tree.tests {
        let package = folder.strip_prefix(&tree.folder).unwrap_or(folder);
        let package = package.file_name().map_or("acxvad".into(), |own| own.to_string_lossy());
        checks.extend(tests(&package, name, folder, program)?);
    }
    if !options.short && !options.listed {
        checks.extend(WITH_EXAMPLES.iter().map(|package| examples(tree, package)));
    }
    let left_out = |check: &Check, pattern: &str| is_like(&check.name, pattern);
    let is_all = !options.short && !options.listed;
    if let Some(stale) = list
        .not_asked
        .iter()
        .find(|own| is_all && !checks.iter().any(|check| left_out(check, &own.check)))
    {
        return Err(format!(
            "there is no check `{}` any more, which is not to be asked",
            stale.check
        ));
    }
    checks.retain(|check| !list.not_asked.iter().any(|own| left_out(check, &own.check)));
    checks.retain(|check| is_all || !list.is_too_long(&check.name));
    Ok(checks)
}

/// What was found out of a check, kept while its program is the same.
#[derive(Serialize, Deserialize)]
struct Kept {
    name: String,
    program: (u64, u64),
    takes: Duration,
    reaches: BTreeSet<u32>,
    ran_nothing: bool,
}

/// What tells one build of a program from another.
fn stamp(program: &Path) -> (u64, u64) {
    let Ok(about) = fs::metadata(program) else { return (0, 0) };
    let changed = about.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    (about.len(), changed.map_or(0, |time| time.as_nanos() as u64))
}

/// Each check without a fault. Those that have nothing to run here are left out; one that fails, or
/// takes longer than `longest`, is an error, for a fault that it should notice would go unnoticed.
/// Each that passes is recorded in the file `kept`: a run that was ended continues with the rest.
pub(crate) fn baseline(
    checks: Vec<Check>,
    longest: Duration,
    kept: &Path,
) -> Result<Vec<Check>, String> {
    let known: BTreeMap<String, Kept> = fs::read_to_string(kept)
        .unwrap_or_default()
        .lines()
        .filter_map(|line| serde_json::from_str::<Kept>(line).ok())
        .map(|own| (own.name.clone(), own))
        .collect();
    let log = fs::OpenOptions::new().create(true).append(true).open(kept);
    let log = Mutex::new(log.map_err(|why| format!("{}: {why}", kept.display()))?);
    let limit = Limit { processor: longest, clock: longest * 3 };
    let ran = in_parallel(checks, "checks without a fault", |mut check| {
        let program = stamp(&check.program);
        // Examples are compiled when they run: nothing tells whether they are the same.
        let is_kept = |own: &&Kept| own.program == program && check.kind != Kind::Examples;
        if let Some(own) = known.get(&check.name).filter(is_kept) {
            check.takes = own.takes;
            check.reaches.clone_from(&own.reaches);
            let ending = if own.ran_nothing { Ending::RanNothing } else { Ending::Passed };
            return (check, ending);
        }
        let mut ending = Ending::RanNothing;
        // What depends on real time may fail once beside other work.
        for _ in 0..2 {
            let Ok(reached) = tempfile::NamedTempFile::new() else { continue };
            let started = Instant::now();
            ending = run_check(&check, "reach", Some(reached.path()), limit);
            check.takes = started.elapsed();
            let text = fs::read_to_string(reached.path()).unwrap_or_default();
            check.reaches = text.lines().filter_map(|line| line.parse().ok()).collect();
            if !matches!(ending, Ending::Noticed(_)) {
                let own = Kept {
                    name: check.name.clone(),
                    program,
                    takes: check.takes,
                    reaches: check.reaches.clone(),
                    ran_nothing: ending == Ending::RanNothing,
                };
                if let (Ok(line), Ok(mut log)) = (serde_json::to_string(&own), log.lock()) {
                    let _ = writeln!(log, "{line}");
                }
                break;
            }
        }
        (check, ending)
    });
    let (mut failed, mut good) = (Vec::new(), Vec::new());
    for (check, ending) in ran {
        match ending {
            Ending::Noticed(what) => failed.push(format!("{}: {what}", check.name)),
            Ending::Passed => good.push(check),
            Ending::RanNothing => (),
        }
    }
    if !failed.is_empty() {
        return Err(format!(
            "these checks fail without a fault (`not_asked` of the list leaves one out):\n{}",
            failed.join("\n")
        ));
    }
    if good.is_empty() {
        return Err("no check has anything to run".to_owned());
    }
    Ok(good)
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn check(script: &str) -> Check {
        Check {
            name: "check".to_owned(),
            kind: Kind::Case,
            program: "/bin/sh".into(),
            arguments: vec!["-c".to_owned(), script.to_owned()],
            variables: Vec::new(),
            folder: ".".into(),
            takes: Duration::ZERO,
            reaches: BTreeSet::new(),
        }
    }

    fn run(script: &str, milliseconds: u64) -> Ending {
        let limit = Limit { processor: Duration::ZERO, clock: Duration::from_millis(milliseconds) };
        run_check(&check(script), "7", None, limit)
    }

    #[test]
    fn a_check_that_fails_or_hangs_has_noticed() {
        assert_eq!(run("test \"$ACXVAD_MUTANT\" = 7", 10_000), Ending::Passed);
        assert_eq!(run("exit 3", 10_000), Ending::Noticed("exit status: 3".to_owned()));
        assert_eq!(run("sleep 30", 50), Ending::Noticed("it does not end".to_owned()));
        // It would work for ever.
        let Ending::Noticed(why) = run("while :; do :; done", 60_000) else { panic!("it ended") };
        assert!(why.starts_with("signal: "), "{why}");
    }

    #[test]
    fn a_test_that_ran_nothing_is_no_check() {
        let status = ExitStatus::default();
        let test = Check { kind: Kind::Test, ..check("") };
        let says = |text| ending(&test, status, text);
        assert_eq!(says("test result: ok. 1 passed; 0 failed"), Ending::Passed);
        assert_eq!(says("test result: ok. 0 passed; 0 failed; 1 ignored"), Ending::RanNothing);
        let examples = Check { kind: Kind::Examples, ..check("") };
        let says = |text| ending(&examples, status, text);
        assert_eq!(says("running 40 tests\ntest result: ok. 40 passed; 0 failed"), Ending::Passed);
        assert_eq!(says("test result: ok. 0 passed; 0 failed; 1 ignored"), Ending::RanNothing);
    }

    #[test]
    fn a_baseline_that_fails_is_an_error_and_the_next_asks_only_the_rest() {
        let folder = tempfile::tempdir().unwrap();
        let kept = folder.path().join("kept.jsonl");
        let outcome = |scripts: &[(&str, &str)]| {
            let named =
                |(name, script): &(&str, &str)| Check { name: (*name).to_owned(), ..check(script) };
            let checks = scripts.iter().map(named).collect();
            baseline(checks, Duration::from_secs(5), &kept).map(|good| good.len())
        };
        let why = outcome(&[("a", "exit 0"), ("b", "exit 1")]).unwrap_err();
        assert!(why.ends_with("b: exit status: 1"), "{why}");
        // `a` passed, so it is not asked again; `b` is.
        assert_eq!(outcome(&[("a", "exit 1"), ("b", "exit 0")]), Ok(2));
        assert_eq!(outcome(&[("a", "exit 1"), ("b", "exit 1")]), Ok(2));
        assert_eq!(outcome(&[]), Err("no check has anything to run".to_owned()));
    }
}
