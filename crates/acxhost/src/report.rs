//! What a command has to say: a table for people or one JSON object for programs.

use std::fmt::Display;
use std::io::{self, Write};

use acxhost::run::Findings;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::Value;

/// The result of a command.
pub(crate) struct Report {
    value: Value,
    rows: Vec<(&'static str, String)>,
    notes: Vec<String>,
    /// What stands before the table.
    pub(crate) text: String,
    /// The exit status.
    pub(crate) status: u8,
}

impl Report {
    /// A report whose JSON form is `value`.
    pub(crate) fn new(value: Value) -> Self {
        Self { value, rows: Vec::new(), notes: Vec::new(), text: String::new(), status: 0 }
    }

    /// One line of the table.
    pub(crate) fn row(&mut self, name: &'static str, value: impl Display) {
        self.rows.push((name, value.to_string()));
    }

    /// What the verifier saw: a count in the table, the details below it.
    pub(crate) fn findings(&mut self, findings: &Findings) {
        self.row("Violations", findings.count());
        self.notes.extend(findings.violations.iter().cloned());
        let gaps = findings.gaps.iter();
        self.notes.extend(gaps.map(|gap| format!("the host does not have {gap} yet")));
    }

    /// Prints it. A reader that went away is no error.
    pub(crate) fn print(&self, json: bool) {
        if json {
            print_line(&self.value.to_string());
            for note in &self.notes {
                complain(note);
            }
            return;
        }
        if !self.text.is_empty() {
            print_line(&self.text);
        }
        let width = self.rows.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
        for (name, value) in &self.rows {
            print_line(&format!("{name:<width$}  {value}"));
        }
        for note in &self.notes {
            print_line(note);
        }
    }
}

/// A line on standard output.
pub(crate) fn print_line(line: &str) {
    let _ = writeln!(io::stdout(), "{line}");
}

/// A line on standard error.
pub(crate) fn complain(line: &str) {
    let _ = writeln!(io::stderr(), "acxhost: {line}");
}

/// A progress bar on standard error, where a person watches.
pub(crate) fn bar(length: u64, unit: &str, hidden: bool) -> ProgressBar {
    let bar = ProgressBar::new(length);
    if hidden {
        bar.set_draw_target(ProgressDrawTarget::hidden());
    }
    let template = format!("{{wide_bar}} {{pos}}/{{len}} {unit}");
    if let Ok(style) = ProgressStyle::with_template(&template) {
        bar.set_style(style);
    }
    bar
}
