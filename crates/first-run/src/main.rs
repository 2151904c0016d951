//! `first-run`: see the library.

use std::path::PathBuf;

use clap::{Parser, Subcommand};
use first_run::record::Record;
use first_run::setup::Setup;
use first_run::{exit, run};

const AFTER: &str = "\
Exit status:
  0     every step passed, or does not apply to this machine and says why
  1     a step failed, or the driver was never there
  2     the command line, or a file that is missing; nothing was done
  3010  Windows has to restart; the run continues after the next logon";

/// The first run of acxvad on a Windows test machine: installs the driver, runs every test,
/// continues after each restart, uninstalls, and leaves one zip. Not tried on Windows yet.
#[derive(Parser)]
#[command(name = "first-run", version, arg_required_else_help = true, after_help = AFTER)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Start a run
    #[command(
        after_help = "Example:\n  first-run run --package package --results C:\\acxvad-first-run"
    )]
    Run {
        /// The folder that `cargo xtask package` made
        #[arg(long, value_name = "FOLDER")]
        package: PathBuf,
        /// Where logs, the page and the zip go; a folder without a run in it
        #[arg(long, value_name = "FOLDER")]
        results: PathBuf,
        /// The folder with acxhost and acxvadctl [default: where this program is]
        #[arg(long, value_name = "FOLDER")]
        tools: Option<PathBuf>,
        /// The folder with the PowerShell scripts [default: `scripts` beside this program]
        #[arg(long, value_name = "FOLDER")]
        scripts: Option<PathBuf>,
        /// The folder with the Device Fundamentals tests [default: where the WDK puts them]
        #[arg(long, value_name = "FOLDER")]
        kit: Option<PathBuf>,
        /// Send the zip there at the end, with `curl -T`
        #[arg(long, value_name = "URL")]
        upload: Option<String>,
        /// Do not restart Windows: end with 3010, and wait for `resume`
        #[arg(long)]
        no_restart: bool,
        /// Only show the steps and their programs
        #[arg(long)]
        what_if: bool,
    },
    /// Continue after a restart
    #[command(after_help = "Example:\n  first-run resume C:\\acxvad-first-run")]
    Resume {
        /// The folder of results
        results: PathBuf,
    },
}

fn main() {
    let status = match go(Arguments::parse().command) {
        Ok(status) => status,
        Err((status, why)) => {
            eprintln!("first-run: {why}");
            status
        }
    };
    // Not ExitCode, which is a byte: the status for a restart is larger.
    std::process::exit(status);
}

fn go(command: Command) -> Result<i32, (i32, String)> {
    let usage = |why: &dyn std::fmt::Display| (exit::USAGE, why.to_string());
    let failed = |why: std::io::Error| (exit::FAILED, why.to_string());
    let mut tell = |line: &str| println!("{line}");
    match command {
        Command::Run { package, results, tools, scripts, kit, upload, no_restart, what_if } => {
            let own = std::env::current_exe().map_err(|why| usage(&why))?;
            let beside = own.parent().map(PathBuf::from).unwrap_or_default();
            let whole = |path: PathBuf| std::path::absolute(&path).unwrap_or(path);
            let setup = Setup {
                package: whole(package),
                tools: whole(tools.unwrap_or_else(|| beside.clone())),
                scripts: whole(scripts.unwrap_or_else(|| beside.join("scripts"))),
                results: whole(results),
                kit: kit.map(whole),
                upload,
                no_restart,
            };
            setup.check().map_err(|why| usage(&why))?;
            if what_if {
                run::show(setup, &mut tell);
                return Ok(exit::DONE);
            }
            if setup.has_run() {
                let name = setup.results.display();
                return Err(usage(&format!(
                    "there is a run in {name}: continue it with `first-run resume {name}`, or give another folder"
                )));
            }
            run::begin(setup, &mut tell).map_err(failed)
        }
        Command::Resume { results } => {
            let record = Record::read(&results).map_err(|why| usage(&why))?;
            run::go_on(record, &mut tell).map_err(failed)
        }
    }
}
