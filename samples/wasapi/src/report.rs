//! What a sample has to say: a table for people or one JSON object for programs.

use std::fmt::Display;
use std::io::{self, Write};
use std::process::ExitCode;

use serde_json::{Value, json};
use wasapi_client::choose::Endpoint;

use crate::error::Failure;
use crate::options::Common;

/// The result of a sample.
#[derive(Clone, Debug)]
pub struct Report {
    value: Value,
    lines: Vec<String>,
    /// The exit status.
    pub status: u8,
}

impl Report {
    /// A report whose JSON form is `value`.
    pub const fn new(value: Value) -> Self {
        Self { value, lines: Vec::new(), status: 0 }
    }

    /// The endpoints, one on a line.
    pub fn list(endpoints: &[Endpoint]) -> Self {
        let value: Vec<Value> = endpoints.iter().map(Endpoint::json).collect();
        let mut report = Self::new(json!({ "endpoints": value }));
        report.lines.extend(endpoints.iter().map(Endpoint::line));
        if endpoints.is_empty() {
            report.lines.push("no audio devices".to_owned());
        }
        report
    }

    /// One line of the table.
    pub fn row(&mut self, name: &str, value: impl Display) {
        self.lines.push(format!("{name:<9}  {value}"));
    }

    /// Prints it. A reader that went away is no error.
    fn print(&self, json: bool) {
        if json {
            print_line(&self.value.to_string());
        } else {
            self.lines.iter().for_each(|line| print_line(line));
        }
    }
}

fn print_line(line: &str) {
    let _ = writeln!(io::stdout(), "{line}");
}

/// The whole of a sample's `main`: reads the command line, works, prints, and says how it went.
pub fn run<Arguments: Common>(
    program: &str,
    work: impl FnOnce(&Arguments) -> Result<Report, Failure>,
) -> ExitCode {
    let arguments = Arguments::parse();
    match work(&arguments) {
        Ok(report) => {
            report.print(arguments.json());
            ExitCode::from(report.status)
        }
        Err(failure) => {
            let _ = writeln!(io::stderr(), "{program}: {failure}");
            if arguments.json() {
                print_line(&json!({ "error": failure.to_string() }).to_string());
            }
            ExitCode::from(failure.status())
        }
    }
}
