//! `cargo acx`: an ACX driver from its first line to the file that Windows loads.

mod commands;
mod report;

use std::process::ExitCode;

use clap::Parser;

use crate::commands::Arguments;
use crate::report::Report;

fn main() -> ExitCode {
    // Cargo passes its subcommand's name: `cargo acx build` runs `cargo-acx acx build`.
    let mut words: Vec<_> = std::env::args_os().collect();
    if words.get(1).is_some_and(|word| word == "acx") {
        words.remove(1);
    }
    let arguments = Arguments::parse_from(words);
    let json = arguments.json;
    let report = commands::run(arguments).unwrap_or_else(|why| Report::error(&why));
    report.print(json);
    if report.is_good { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
