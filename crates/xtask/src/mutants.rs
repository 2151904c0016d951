//! `cargo xtask mutants`: puts small faults into the code, one at a time, and reports which check
//! finds each.
//!
//! A copy of the repository below `target/mutants` gets every fault, each behind a switch that an
//! environment variable turns on, and is built once. Each check runs once without a fault, and
//! records the places that it reaches: a fault is run only against checks that reach it. The checks
//! that found most faults of the file per time run first, and the first one that finds the fault
//! ends its turn.
//!
//! The checks are the cases of the conformance suite, the flaws of `flawed-driver` and
//! `flawed-cable`, each of which must make its case fail, the tests of the workspace, each on its
//! own, and the examples of the documentation. Tests that run images find those that were built.
//! The score of the suite alone, which is all that other drivers have, covers the parts that a
//! client of the driver can reach.
//!
//! Results are written as they are found, so that `--resume` continues an interrupted run.
//!
//! | file | what is in it |
//! |---|---|
//! | [`source`] | finds places for faults in a source file, and inserts the faults |
//! | [`list`] | `crates/xtask/mutants.toml`: handwritten faults, generated faults that change nothing, expected scores |
//! | [`tree`] | the copy, and the faults that compile |
//! | [`checks`] | the checks, and how one is run |
//! | [`run`](mod@run) | each fault against its checks |
//! | [`score`] | the faults found, and whether they are enough |

mod checks;
mod list;
mod run;
mod score;
mod source;
mod tree;

use std::path::Path;

use self::list::List;
use self::tree::Tree;

/// The crates that get faults, and the folders of their sources.
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

/// Whether a client of the driver can reach the part.
fn has_suite_score(part: &str) -> bool {
    ["vdma", "driver"].contains(&part)
}

#[derive(clap::Args)]
pub(crate) struct Options {
    /// Only this part: vdma, driver, acx, host, suite; may be repeated
    #[arg(long)]
    part: Vec<String>,
    /// The number of generated faults of each part, drawn by --seed [default: all]. Only these are
    /// built, so that build and checks are quick
    #[arg(long)]
    sample: Option<usize>,
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Only those whose name contains this
    #[arg(long)]
    only: Option<String>,
    /// The engine's faults of the list and a fixed sample of its others, against the engine's
    /// tests; fails if fewer are found than the list expects
    #[arg(long)]
    short: bool,
    /// Only the faults of the list, against the suite and the engine's tests
    #[arg(long, conflicts_with = "short")]
    listed: bool,
    /// The limit of a check without a fault, in seconds of processor time
    #[arg(long, value_name = "SECONDS", default_value_t = 300)]
    longest: u64,
    /// The limit of a fault that no check finds, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 120)]
    budget: u64,
    /// Continue an interrupted run and keep its results
    #[arg(long)]
    resume: bool,
    /// With --resume: test again the faults that no check found
    #[arg(long, requires = "resume")]
    again: bool,
    /// Write each fault and the check that found it to this file, as JSON
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
