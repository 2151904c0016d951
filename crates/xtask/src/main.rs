//! `cargo xtask`: what the people who change the project run.
//!
//! | command | what it does |
//! |---|---|
//! | `bindings` | writes the generated parts of `acx-sys` from the fact tables; `--check` only compares |

mod bindings;
mod inits;
mod measure;
mod source;
mod table;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Tasks for those who change acxvad")]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Write the generated parts of acx-sys and of its tests from crates/acx-sys/facts
    Bindings {
        /// Write nothing; fail if the committed files differ
        #[arg(long)]
        check: bool,
    },
}

fn main() -> ExitCode {
    let Arguments { task } = Arguments::parse();
    let acx_sys = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../acx-sys");
    let outcome = match task {
        Task::Bindings { check } => bindings::run(&acx_sys, check),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("{why}");
            ExitCode::FAILURE
        }
    }
}
