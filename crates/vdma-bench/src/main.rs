//! The engine against `memcpy` of the same bytes: one table, with the goals of each row.
//!
//! ```text
//! cargo run -p vdma-bench --profile bench-image             the engine as it is in acxvad.sys
//! cargo run -p vdma-bench --release                         the engine as it is linked in
//! cargo run -p vdma-bench --profile bench-image -- --check  the smoke test of `.ci/run`
//! ```
//!
//! Packets are copied as the driver copies them. `--only=TEXT` measures the rows whose names
//! contain it. `--json` prints one object per row; `--write` writes the ratios to `ratios.tsv`.
//! `--check` compares the ratios to each row's yardstick with that file. A yardstick is a copy or a
//! product with instructions that every processor has; `memcpy` uses the widest of this processor.
//! `cargo xtask bench` runs both forms and writes the tables of docs/benchmarks.md. `--calls=N`
//! calls each row N times and measures nothing: for tools that count instructions, which compare
//! two runs.

#[path = "../benches/shared/cable.rs"]
mod cable;
#[path = "../../acx/src/copy.rs"]
mod copy;
mod measure;
mod memory;
mod ratios;
#[path = "../benches/shared/rig.rs"]
mod rig;
mod rows;

use std::process::ExitCode;
use std::thread::sleep;
use std::time::Duration;

use measure::{Measured, measure};
use ratios::{Reference, judge};
use rows::{Row, Unit, Yardstick, rows};

/// The rounds of a row, for figures and for the smoke test.
const ROUNDS: usize = 401;
const FEW: usize = 101;

/// The number of repetitions before a row counts as off, and the growth of the pause before each:
/// other load may have ended by then.
const TRIES: u32 = 6;
const PAUSE: Duration = Duration::from_millis(500);

/// The figure of a row, in its unit.
fn figure(row: &Row, measured: &Measured) -> f64 {
    match row.unit {
        Unit::Ratio => measured.ratio,
        Unit::Nanoseconds => measured.nanoseconds,
        // A second is 200 steps.
        Unit::MillisecondsPerSecond => measured.nanoseconds * 200.0 / 1e6,
    }
}

fn unit(row: &Row) -> &'static str {
    match row.unit {
        Unit::Ratio => "",
        Unit::Nanoseconds => " ns",
        Unit::MillisecondsPerSecond => " ms per s",
    }
}

/// The measurements of a row so far. Noise makes a row or its yardstick slow sometimes, but not
/// each time: the best of each counts.
struct Trial<'a> {
    row: &'a Row,
    reference: &'a Reference,
    nanoseconds: f64,
    yardstick: f64,
}

impl Trial<'_> {
    /// Measures once more, and returns whether the row is as expected.
    fn go(&mut self) -> Result<(), String> {
        let measured = measure(self.row, FEW);
        self.nanoseconds = self.nanoseconds.min(measured.nanoseconds);
        self.yardstick = self.yardstick.min(measured.yardstick);
        judge(self.row.name, self.nanoseconds / self.yardstick, self.reference.ratio)
    }
}

/// Measures all rows, repeats those that are off in several passes, and returns the rows that are
/// still off.
fn check(rows: &[Row], reference: &[Reference]) -> Result<(), String> {
    let (mut missing, mut trials) = (Vec::new(), Vec::new());
    for row in rows {
        match reference.iter().find(|own| own.name == row.name) {
            Some(reference) => {
                let (nanoseconds, yardstick) = (f64::INFINITY, f64::INFINITY);
                trials.push(Trial { row, reference, nanoseconds, yardstick });
            }
            None => missing.push(format!("{}: ratios.tsv does not have it", row.name)),
        }
    }
    let mut wrong = Vec::new();
    for pass in 0..TRIES {
        sleep(PAUSE * pass);
        wrong.clear();
        trials.retain_mut(|trial| {
            let why = trial.go().err();
            let again = why.is_some();
            wrong.extend(why);
            again
        });
        if trials.is_empty() {
            break;
        }
    }
    println!("{} rows measured, {} off by a factor of two", rows.len(), wrong.len());
    missing.append(&mut wrong);
    if missing.is_empty() { Ok(()) } else { Err(missing.join("\n")) }
}

fn print(only: &str, is_json: bool, writes: bool) -> Result<(), String> {
    let mut ratios = Vec::new();
    for row in rows().into_iter().filter(|row| row.name.contains(only)) {
        let measured = measure(&row, ROUNDS);
        let (figure, ratio) = (figure(&row, &measured), measured.ratio);
        let (lower, upper) = measured.quartiles;
        let yards = measured.nanoseconds / measured.yardstick;
        let peer = row.peer.as_ref().zip(measured.peer);
        let peer = peer.map(|(peer, ratio)| format!("{ratio:.2} ({})", peer.name));
        if is_json {
            println!(
                r#"{{"name":"{}","unit":"{}","figure":{figure:.3},"ratio":{ratio:.3},"lower_quartile":{lower:.3},"upper_quartile":{upper:.3},"yardstick":"{}","yards":{yards:.3}}}"#,
                row.name,
                unit(&row).trim(),
                row.yardstick.name(),
            );
        } else {
            let unit = unit(&row);
            print!(
                "{:<48} {figure:>9.2}{unit:<9} {ratio:>8.2} ({lower:.2} to {upper:.2}) to memcpy",
                row.name
            );
            if row.yardstick == Yardstick::Copy {
                print!(", {yards:.2} to a copy of 16 bytes at a time");
            }
            println!("{}", peer.as_ref().map_or(String::new(), |peer| format!("; {peer}")));
        }
        ratios.push((row.name, [ratio, yards], peer));
    }
    if writes { ratios::write(&ratios) } else { Ok(()) }
}

/// Calls the measured code of each row `times` times.
fn call(only: &str, times: &str) -> Result<(), String> {
    let times: u64 = times.parse().map_err(|why| format!("--calls={times}: {why}"))?;
    for row in rows().into_iter().filter(|row| row.name.contains(only)) {
        let mut work = (row.work)();
        (0..times).for_each(|_| work());
    }
    Ok(())
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let has = |flag: &str| arguments.iter().any(|argument| argument == flag);
    let only = arguments.iter().find_map(|argument| argument.strip_prefix("--only="));
    let calls = arguments.iter().find_map(|argument| argument.strip_prefix("--calls="));
    let known = ["--json", "--write", "--check"];
    let is_known = |argument: &str| {
        known.contains(&argument)
            || ["--only=", "--calls="].iter().any(|known| argument.starts_with(known))
    };
    let done = match arguments.iter().find(|argument| !is_known(argument)) {
        Some(unknown) => {
            Err(format!("{unknown}: expected --only=TEXT, --calls=N, --json, --write or --check"))
        }
        None if only.is_some() && (has("--write") || has("--check")) => {
            Err("--only=TEXT goes with --json or alone: the table needs every row".to_owned())
        }
        None if calls.is_some() => call(only.unwrap_or_default(), calls.unwrap_or_default()),
        None if has("--check") => ratios::read().and_then(|known| check(&rows(), &known)),
        None => print(only.unwrap_or_default(), has("--json"), has("--write")),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("{why}");
            ExitCode::FAILURE
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_in_the_table_of_ratios_and_no_other() {
        let names: Vec<&str> = rows().iter().map(|row| row.name).collect();
        let table = ratios::read().unwrap();
        assert_eq!(table.iter().map(|row| row.name.as_str()).collect::<Vec<_>>(), names);
    }

    /// A test of the smoke test: a row passes with its own ratio, and fails with others.
    #[test]
    fn a_row_with_a_wrong_reference_fails() {
        let mut rows = rows();
        rows.retain(|row| row.name == "render, float 7.1 192 kHz");
        let measured = measure(&rows[0], FEW);
        let is = measured.nanoseconds / measured.yardstick;
        let reference = |ratio| {
            let name = rows[0].name.to_owned();
            [Reference { name, ratio, rest: String::new() }]
        };
        assert_eq!(check(&rows, &reference(is)), Ok(()));
        for wrong in [is * 6.0, is / 6.0] {
            let why = check(&rows, &reference(wrong)).unwrap_err();
            assert!(why.contains(rows[0].name), "{why}");
        }
        let none = check(&rows, &[]).unwrap_err();
        assert!(none.contains("ratios.tsv does not have it"), "{none}");
    }
}
