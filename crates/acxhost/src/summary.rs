//! The summary of a command: a table for people, or one JSON object for programs.

use std::cell::RefCell;
use std::fmt::Display;
use std::io::{self, Write};
use std::process;
use std::time::Duration;

use acx_conform::run::{Findings, RunError};
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::Value;

/// The result of a command.
pub(crate) struct Summary {
    value: Value,
    rows: Vec<(&'static str, String)>,
    notes: Vec<String>,
    /// Lines below the table, not in JSON.
    remarks: Vec<String>,
    /// Text before the table.
    pub(crate) text: String,
    /// The exit status.
    pub(crate) status: u8,
    /// Whether it is printed on standard error, because standard output is audio.
    pub(crate) aside: bool,
}

impl Summary {
    /// A summary with this JSON value.
    pub(crate) fn new(value: Value) -> Self {
        Self {
            value,
            rows: Vec::new(),
            notes: Vec::new(),
            remarks: Vec::new(),
            text: String::new(),
            status: 0,
            aside: false,
        }
    }

    /// One line of the table.
    pub(crate) fn row(&mut self, name: &'static str, value: impl Display) {
        self.rows.push((name, value.to_string()));
    }

    /// Lines of the table.
    pub(crate) fn rows(&mut self, rows: Vec<(&'static str, String)>) {
        self.rows.extend(rows);
    }

    /// The verifier's findings: a count in the table, the details below it.
    pub(crate) fn findings(&mut self, findings: &Findings) {
        self.row("Violations", findings.count());
        self.notes.extend(findings.violations.iter().cloned());
        let gaps = findings.gaps.iter();
        self.notes.extend(gaps.map(|gap| format!("the host does not have {gap} yet")));
    }

    /// The settings that the driver ignored, as text.
    pub(crate) fn ignored_settings(&mut self, ignored: &[String]) {
        if ignored.is_empty() {
            return;
        }
        if let Value::Object(fields) = &mut self.value {
            fields.insert("ignored_settings".to_owned(), ignored.into());
        }
        self.remarks(ignored.iter().cloned());
    }

    /// The exit status of a command that tries something: 1 if something is wrong, 2 if nothing was
    /// tried.
    pub(crate) fn judge(&mut self, is_wrong: bool, is_tried: bool) {
        self.status = match (is_wrong, is_tried) {
            (true, _) => WRONG,
            (false, false) => NOTHING_TRIED,
            (false, true) => 0,
        };
    }

    /// What people see below the table; the JSON object has it already.
    pub(crate) fn remarks(&mut self, remarks: impl Iterator<Item = String>) {
        self.remarks.extend(remarks);
    }

    /// Prints it.
    pub(crate) fn print(&self, json: bool) {
        let line = |line: &str| {
            if self.aside {
                let _ = writeln!(io::stderr(), "{line}");
            } else {
                print_line(line);
            }
        };
        if json {
            line(&self.value.to_string());
            for note in &self.notes {
                complain(note);
            }
            return;
        }
        if !self.text.is_empty() {
            line(&self.text);
        }
        let width = self.rows.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
        for (name, value) in &self.rows {
            let columns = COLUMNS.saturating_sub(width + 2).max(NARROWEST);
            for (index, part) in wrapped(value, columns).enumerate() {
                let name = if index == 0 { name } else { "" };
                line(&format!("{name:<width$}  {part}"));
            }
        }
        for note in self.notes.iter().chain(&self.remarks) {
            line(note);
        }
    }
}

/// Something is wrong with the driver.
const WRONG: u8 = 1;

/// Nothing could be tried.
const NOTHING_TRIED: u8 = 2;

/// The exit status of a run that could not be finished.
pub(crate) fn status_of(why: &RunError) -> u8 {
    if why.is_lack() { NOTHING_TRIED } else { WRONG }
}

/// What a terminal shows in a line.
const COLUMNS: usize = 80;

/// The narrowest that a table's second column is, however wide the first one is.
const NARROWEST: usize = 40;

/// A list in lines of at most so many columns. Nothing but a list is broken: a path can be copied.
fn wrapped(list: &str, columns: usize) -> impl Iterator<Item = String> {
    let mut lines = vec![String::new()];
    for part in list.split_inclusive([',', ';']) {
        match lines.last_mut() {
            Some(line) if line.is_empty() || line.len() + part.len() <= columns => {
                line.push_str(part);
            }
            _ => lines.push(part.trim_start().to_owned()),
        }
    }
    lines.into_iter()
}

/// What was not tried, by the reason: each reason once, with all that it is about. `what` begins
/// each line.
pub(crate) fn apart<'a>(what: &str, all: impl Iterator<Item = (&'a str, &'a str)>) -> Vec<String> {
    let mut reasons: Vec<(&str, Vec<&str>)> = Vec::new();
    for (name, reason) in all {
        match reasons.iter_mut().find(|(own, _)| *own == reason) {
            Some((_, names)) => names.push(name),
            None => reasons.push((reason, vec![name])),
        }
    }
    let mut lines = Vec::new();
    for (reason, names) in reasons {
        let list = format!("{what}, {reason}: {}", names.join(", "));
        let first = |at: usize| if at == 0 { "" } else { "  " };
        let parts = wrapped(&list, COLUMNS - 2).enumerate();
        lines.extend(parts.map(|(at, part)| format!("{}{part}", first(at))));
    }
    lines
}

/// Prints a line on standard output. A closed pipe is not an error; a full disk ends the program.
pub(crate) fn print_line(line: &str) {
    let mut out = io::stdout();
    match writeln!(out, "{line}").and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            complain(&format!("standard output: {error}: the result was not written"));
            process::exit(1);
        }
        _ => {}
    }
}

/// Prints a line on standard error.
pub(crate) fn complain(line: &str) {
    let _ = writeln!(io::stderr(), "acxhost: {line}");
}

/// A progress bar on standard error, if that is a terminal.
pub(crate) fn bar(length: u64, unit: &str, hidden: bool) -> ProgressBar {
    let bar = ProgressBar::new(length);
    if hidden {
        bar.set_draw_target(ProgressDrawTarget::hidden());
    }
    let template = format!("{{msg}} {{wide_bar}} {{pos}}/{{len}} {unit}");
    if let Ok(style) = ProgressStyle::with_template(&template) {
        bar.set_style(style);
    }
    // Show it before the first piece is done.
    bar.enable_steady_tick(Duration::from_millis(250));
    bar
}

/// Changing lines on standard error, if that is a terminal.
pub(crate) struct Lines {
    all: MultiProgress,
    lines: RefCell<Vec<ProgressBar>>,
}

impl Lines {
    /// No lines yet.
    pub(crate) fn new(hidden: bool) -> Self {
        let target =
            if hidden { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() };
        Self { all: MultiProgress::with_draw_target(target), lines: RefCell::default() }
    }

    /// Shows these lines in the place of those before.
    pub(crate) fn show(&self, texts: impl Iterator<Item = String>) {
        let mut lines = self.lines.borrow_mut();
        for (index, text) in texts.enumerate() {
            if index == lines.len() {
                let line = self.all.add(ProgressBar::new_spinner());
                if let Ok(style) = ProgressStyle::with_template("{msg}") {
                    line.set_style(style);
                }
                lines.push(line);
            }
            lines[index].set_message(text);
        }
    }

    /// Removes the lines.
    pub(crate) fn clear(&self) {
        self.lines.borrow().iter().for_each(ProgressBar::finish_and_clear);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_broken_into_lines_between_its_parts_and_a_path_is_not() {
        let lines = |text: &str| wrapped(text, 12).collect::<Vec<_>>();
        assert_eq!(lines("late 1, lost 2, skipped 3"), ["late 1,", "lost 2,", "skipped 3"]);
        assert_eq!(lines("a 1, b 2, c 3"), ["a 1, b 2,", "c 3"]);
        assert_eq!(lines("/a path/of its own/to a file"), ["/a path/of its own/to a file"]);
        assert_eq!(lines(""), [""]);
    }

    #[test]
    fn a_reason_is_told_once_with_all_that_it_is_about() {
        let all = [("Q4", "no audio engine"), ("B6", "no microphone"), ("W6", "no audio engine")];
        let told = ["does not apply, no audio engine: Q4, W6", "does not apply, no microphone: B6"];
        assert_eq!(apart("does not apply", all.into_iter()), told);
        let names: Vec<String> = (0..60).map(|at| format!("B{at}")).collect();
        let all = names.iter().map(|name| (name.as_str(), "no pin lists a format"));
        let lines = apart("not asked", all);
        assert!(lines.len() > 2 && lines.iter().all(|line| line.len() <= COLUMNS), "{lines:#?}");
        assert!(lines.iter().skip(1).all(|line| line.starts_with("  B")), "{lines:#?}");
        let words = lines.concat();
        assert!(names.iter().all(|name| words.contains(name.as_str())), "{words}");
        assert!(apart("not asked", std::iter::empty()).is_empty());
    }
}
