//! `cargo run -p acx-fuzz -- seeds DIR` writes initial inputs.
//! `cargo run -p acx-fuzz -- run TARGET FILE...` runs files through a target, without a fuzzer.

use std::path::PathBuf;
use std::process::ExitCode;

use acx_fuzz::{Body, TARGETS, seeds, session::Session, several};
use clap::{Parser, Subcommand};

/// Seeds and single inputs of the fuzz targets.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Writes the seeds of every target to the folder DIR/TARGET
    Seeds {
        /// The folder
        dir: PathBuf,
    },
    /// Runs a target on files; a broken contract ends in a panic that names it
    Run {
        /// The target
        #[arg(value_parser = TARGETS.map(|target| target.name))]
        target: String,
        /// The input files
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
}

fn write_seeds(dir: &std::path::Path) -> std::io::Result<()> {
    for target in &TARGETS {
        let all = seeds::of(target.name);
        let folder = dir.join(target.name);
        if !all.is_empty() {
            std::fs::create_dir_all(&folder)?;
        }
        for (name, bytes) in &all {
            std::fs::write(folder.join(name), bytes)?;
        }
        println!("{}: {} seeds", target.name, all.len());
    }
    Ok(())
}

fn run(target: &str, files: &[PathBuf]) -> Result<(), String> {
    let target = acx_fuzz::target(target).ok_or("no such target")?;
    // All of them are read before any is run.
    let mut inputs = Vec::new();
    for file in files {
        inputs.push(std::fs::read(file).map_err(|error| format!("{}: {error}", file.display()))?);
    }
    for (file, bytes) in files.iter().zip(inputs) {
        match target.body {
            Body::Alone(body) => body(&bytes),
            Body::OnDriver(body) => {
                body(&acxhost::subject::showcase(acxhost::subject::linked()), &bytes);
            }
            Body::OnFiles(body) => {
                body(&several::Files::of(&several::Files::folder())?, &bytes);
            }
            // A machine for each, as a fuzzer has that is given one file.
            Body::OnMachine(body) => {
                let mut session = Session::new(body, None);
                session.run(&bytes);
                session.end();
            }
        }
        println!("{}: {} holds", file.display(), target.name);
    }
    Ok(())
}

fn main() -> ExitCode {
    let done = match Arguments::parse().command {
        Command::Seeds { dir } => {
            write_seeds(&dir).map_err(|error| format!("{}: {error}", dir.display()))
        }
        Command::Run { target, files } => run(&target, &files),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("error: {why}");
            ExitCode::from(2)
        }
    }
}
