//! `cargo xtask mutants`: puts small faults into the code, one at a time, and sees which check notices.
//!
//! A copy of the repository below `target/mutants` gets every fault, each behind a switch that an
//! environment variable chooses, and is built once. Each check runs once without a fault, and notes which
//! places it comes by: a fault is run only against checks that reach it, the quickest first.
//!
//! Checks are the cases of the conformance suite, one by one, then the test programs of the workspace.
//! So the score is told twice: for the suite alone, which is what other drivers get, and for all.
//!
//! | file | what is in it |
//! |---|---|
//! | [`source`] | finds places for faults in a source file, and writes them in |
//! | [`list`] | `crates/xtask/mutants.toml`: faults that were thought of, and those that change nothing |
//! | [`tree`] | the copy, and the faults that compile |
//! | [`run`](mod@run) | the checks, and what they notice |

mod list;
mod run;
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

#[derive(clap::Args)]
pub(crate) struct Options {
    /// Only this part: vdma, driver, acx, host, suite
    #[arg(long)]
    part: Option<String>,
    /// How many of the generated faults of each part, drawn by --seed [default: all of them]
    #[arg(long)]
    sample: Option<usize>,
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Only those whose name contains this
    #[arg(long)]
    only: Option<String>,
    /// Only the faults of the list, against the suite and the engine's tests; fails if one goes unnoticed
    #[arg(long)]
    short: bool,
    /// Leave checks out that take longer than this without a fault
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    longest: u64,
    /// Write each fault with what noticed it to this file, as JSON
    #[arg(long, value_name = "FILE")]
    json: Option<std::path::PathBuf>,
}

pub(crate) fn run(root: &Path, options: &Options) -> Result<(), String> {
    let root = root.canonicalize().map_err(|why| format!("{}: {why}", root.display()))?;
    let list = List::read(&root.join("crates/xtask/mutants.toml"))?;
    if let Some(part) = &options.part
        && !PARTS.iter().any(|(name, _)| name == part)
    {
        let names: Vec<_> = PARTS.iter().map(|(name, _)| *name).collect();
        return Err(format!("there is no part `{part}`: there are {}", names.join(", ")));
    }
    let mut tree = Tree::copy(&root, &list, options)?;
    tree.build()?;
    let results = run::run(&tree, &list, options)?;
    results.print();
    if let Some(file) = &options.json {
        cargo_acx::files::write(file, results.json()?)?;
    }
    results.verdict(options.short)
}
