//! `cargo xtask mutants`: puts small faults into the code, one at a time, and sees which check
//! notices.
//!
//! A copy of the repository below `target/mutants` gets every fault, each behind a switch that an
//! environment variable chooses, and is built once. Each check runs once without a fault, and notes
//! which places it comes by: a fault is run only against checks that reach it. Those come first
//! that noticed most faults of the file for the time that they take, and the first that notices
//! ends it.
//!
//! Checks are the cases of the conformance suite, one by one, the flaws of `flawed-driver`, each of
//! which has to turn its case, and the tests of the workspace, one by one. The score of the suite
//! alone, which is what other drivers get, is that of the parts that a client of the driver meets.
//!
//! Findings are written as they come, so that `--resume` goes on with a run that was ended.
//!
//! | file | what is in it |
//! |---|---|
//! | [`source`] | finds places for faults in a source file, and writes them in |
//! | [`list`] | `crates/xtask/mutants.toml`: faults that were thought of, those that change nothing, the scores that are expected |
//! | [`tree`] | the copy, and the faults that compile |
//! | [`checks`] | the checks, and how one is run |
//! | [`run`](mod@run) | each fault against its checks |
//! | [`score`] | what was noticed, and whether that is enough |

mod checks;
mod list;
mod run;
mod score;
mod source;
mod tree;

use std::path::Path;

use self::list::List;
use self::tree::Tree;

/// The crates that get faults, and where their source is.
const PARTS: [(&str, &str); 5] = [
    ("vdma", "crates/vdma/src"),
    ("driver", "src"),
    ("acx", "crates/acx/src"),
    ("host", "crates/acx-host/src"),
    ("suite", "crates/acx-conform/src"),
];

/// The part that a file belongs to.
fn part_of(file: &str) -> &'static str {
    let is_below = |below: &str| file.strip_prefix(below).is_some_and(|rest| rest.starts_with('/'));
    PARTS.iter().find(|(_, below)| is_below(below)).map_or("", |(part, _)| part)
}

/// Whether a client of the driver meets what is in the part.
fn has_suite_score(part: &str) -> bool {
    ["vdma", "driver"].contains(&part)
}

#[derive(clap::Args)]
pub(crate) struct Options {
    /// Only this part: vdma, driver, acx, host, suite; may be repeated
    #[arg(long)]
    part: Vec<String>,
    /// How many of the generated faults of each part, drawn by --seed [default: all of them]. Only
    /// these are built, so that build and checks are quick
    #[arg(long)]
    sample: Option<usize>,
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Only those whose name contains this
    #[arg(long)]
    only: Option<String>,
    /// The engine's faults of the list and a fixed sample of its others, against the engine's
    /// tests; fails if fewer are noticed than the list expects
    #[arg(long)]
    short: bool,
    /// Only the faults of the list, against the suite and the engine's tests
    #[arg(long, conflicts_with = "short")]
    listed: bool,
    /// Processor seconds that a check may take without a fault
    #[arg(long, value_name = "SECONDS", default_value_t = 300)]
    longest: u64,
    /// Seconds that are spent on a fault that goes unnoticed
    #[arg(long, value_name = "SECONDS", default_value_t = 120)]
    budget: u64,
    /// Go on with a run that was ended; what it found stays
    #[arg(long)]
    resume: bool,
    /// With --resume: ask again about what went unnoticed
    #[arg(long, requires = "resume")]
    again: bool,
    /// Write each fault with what noticed it to this file, as JSON
    #[arg(long, value_name = "FILE")]
    json: Option<std::path::PathBuf>,
}

pub(crate) fn run(root: &Path, options: &Options) -> Result<(), String> {
    let root = root.canonicalize().map_err(|why| format!("{}: {why}", root.display()))?;
    let list = List::read(&root.join("crates/xtask/mutants.toml"))?;
    let is_known = |part: &String| PARTS.iter().any(|(name, _)| name == part);
    if let Some(part) = options.part.iter().find(|part| !is_known(part)) {
        let names: Vec<_> = PARTS.iter().map(|(name, _)| *name).collect();
        return Err(format!("there is no part `{part}`: there are {}", names.join(", ")));
    }
    let mut tree = Tree::copy(&root, &list, options)?;
    tree.build()?;
    let results = run::run(&tree, &list, &root.join("target/mutants"), options)?;
    results.print();
    if let Some(file) = &options.json {
        cargo_acx::files::write(file, results.json()?)?;
    }
    results.verdict(&list, options.short)
}
