//! The conformance suite: every case has an id, a sentence and a figure. Each runs on a machine of its own, on both packet modes where it
//! applies. What is not covered yet says so.

mod level_a;
mod level_b;

use std::fmt;

use acx_host::Machine;
use acx_host::machine::DeviceNode;
use clap::ValueEnum;
use serde_json::{Value, json};

use crate::run::{RunError, Setup, on_device};

/// Whose conditions a case holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Level {
    /// Those of Microsoft's published tests.
    A,
    /// What the written contracts promise beyond.
    B,
}

/// What a case found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It holds; the figure that shows it.
    Passed(String),
    /// It does not; why.
    Failed(String),
    /// The suite does not have it yet.
    NotCovered,
}

impl Outcome {
    /// Whether the driver does not conform.
    pub fn is_failure(&self) -> bool {
        matches!(self, Self::Failed(_))
    }

    /// Whether nothing was checked.
    pub fn is_uncovered(&self) -> bool {
        matches!(self, Self::NotCovered)
    }
}

/// Why a case does not hold.
#[derive(Debug)]
pub(crate) struct Broken(String);

impl<E: Into<RunError>> From<E> for Broken {
    fn from(error: E) -> Self {
        Self(error.into().to_string())
    }
}

/// A figure, or why there is none.
type Checked = Result<String, Broken>;

/// Fails the case with a sentence.
fn fail<T>(why: impl Into<String>) -> Result<T, Broken> {
    Err(Broken(why.into()))
}

/// Fails the case unless `holds`.
fn ensure(holds: bool, why: impl FnOnce() -> String) -> Result<(), Broken> {
    if holds { Ok(()) } else { fail(why()) }
}

/// A GUID as it lies in memory.
fn guid_bytes(guid: &acx_sys::GUID) -> [u8; 16] {
    crate::topology::bytes(guid)
}

/// A case.
struct Case {
    id: &'static str,
    level: Level,
    sentence: &'static str,
    check: Option<fn(&Machine, &DeviceNode<'_>) -> Checked>,
}

/// A case and what it found.
#[derive(Clone, Debug)]
pub struct Verdict {
    /// Its id, as in the conformance document; those of level B begin with a B.
    pub id: &'static str,
    /// Whose condition it is.
    pub level: Level,
    /// What it says.
    pub sentence: &'static str,
    /// What was found.
    pub outcome: Outcome,
}

impl Verdict {
    /// For programs.
    pub fn value(&self) -> Value {
        let (result, figure) = match &self.outcome {
            Outcome::Passed(figure) => ("passed", figure.as_str()),
            Outcome::Failed(why) => ("failed", why.as_str()),
            Outcome::NotCovered => ("not covered yet", ""),
        };
        json!({
            "id": self.id, "level": format!("{:?}", self.level), "sentence": self.sentence,
            "result": result, "figure": figure,
        })
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (word, figure) = match &self.outcome {
            Outcome::Passed(figure) => ("ok", figure.as_str()),
            Outcome::Failed(why) => ("FAILED", why.as_str()),
            Outcome::NotCovered => ("not covered yet", ""),
        };
        write!(f, "{:<4} {word:<16} {}", self.id, self.sentence)?;
        if figure.is_empty() { Ok(()) } else { write!(f, "\n     {:<16} {figure}", "") }
    }
}

/// Runs the suite, or one level, or one case of it.
pub fn run(level: Option<Level>, case: Option<&str>) -> Vec<Verdict> {
    let all = level_a::CASES.iter().chain(level_b::CASES);
    all.filter(|entry| level.is_none_or(|level| entry.level == level))
        .filter(|entry| case.is_none_or(|case| entry.id.eq_ignore_ascii_case(case)))
        .map(|entry| Verdict {
            id: entry.id,
            level: entry.level,
            sentence: entry.sentence,
            outcome: entry.check.map_or(Outcome::NotCovered, judge),
        })
        .collect()
}

/// Runs a case on a device of its own; a violation of any rule fails it as well.
fn judge(check: fn(&Machine, &DeviceNode<'_>) -> Checked) -> Outcome {
    let run = on_device(Setup::default(), |machine, device| Ok(check(machine, device)));
    match run {
        Err(error) => Outcome::Failed(error.to_string()),
        Ok((Err(Broken(why)), _)) => Outcome::Failed(why),
        Ok((Ok(_), findings)) if findings.count() > 0 => {
            let first = findings.violations.iter().chain(&findings.gaps).next();
            Outcome::Failed(first.cloned().unwrap_or_default())
        }
        Ok((Ok(figure), _)) => Outcome::Passed(figure),
    }
}
