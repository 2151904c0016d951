//! The output of a command: text, or one JSON object.

use std::io::{self, Write};

use cargo_acx::check::Check;
use serde_json::{Value, json};

/// The result of a command.
pub(crate) struct Report {
    /// As JSON.
    pub(crate) value: Value,
    /// As text.
    pub(crate) text: String,
    /// Whether it is a success.
    pub(crate) is_good: bool,
    is_error: bool,
}

impl Report {
    pub(crate) fn new(value: Value, text: String) -> Self {
        Self { value, text, is_good: true, is_error: false }
    }

    /// The reason why a command failed.
    pub(crate) fn error(why: &str) -> Self {
        let value = json!({ "error": why });
        Self { value, text: format!("error: {why}"), is_good: false, is_error: true }
    }

    /// Prints it; errors as text go to standard error. A closed pipe is not an error.
    pub(crate) fn print(&self, json: bool) {
        let _ = match (json, self.is_error) {
            (true, _) => writeln!(io::stdout(), "{}", self.value),
            (false, true) => writeln!(io::stderr(), "{}", self.text),
            (false, false) => writeln!(io::stdout(), "{}", self.text),
        };
    }
}

/// Checks as JSON.
pub(crate) fn values(checks: &[Check]) -> Vec<Value> {
    let value = |check: &Check| {
        let (Ok(found) | Err(found)) = &check.found;
        json!({ "name": check.name, "passed": check.found.is_ok(), "found": found })
    };
    checks.iter().map(value).collect()
}
