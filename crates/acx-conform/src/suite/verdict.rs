//! Verdicts of cases, and broken rules: two lists, so that neither hides the other.

use std::fmt;

use acx_host::ks::Requests;
use serde_json::{Value, json};

/// The origin of a case's condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// Microsoft's published tests.
    A,
    /// The documented contracts beyond those tests.
    B,
}

/// The outcome of a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The condition holds; the figure that shows it.
    Passed(String),
    /// It does not hold; the reason.
    Failed(String),
    /// The driver lacks what the case tests; the missing feature.
    NotApplicable(String),
    /// The suite does not implement the case yet.
    NotCovered,
}

impl Outcome {
    /// Whether it holds.
    pub fn is_passed(&self) -> bool {
        matches!(self, Self::Passed(_))
    }

    /// Whether the driver does not conform.
    pub fn is_failure(&self) -> bool {
        matches!(self, Self::Failed(_))
    }

    /// Whether the case does not apply to the driver.
    pub fn is_not_applicable(&self) -> bool {
        matches!(self, Self::NotApplicable(_))
    }

    /// The feature that the driver lacks, if the case does not apply.
    pub fn why_apart(&self) -> Option<&str> {
        match self {
            Self::NotApplicable(why) => Some(why),
            _ => None,
        }
    }

    /// Whether the suite does not cover the case.
    pub fn is_uncovered(&self) -> bool {
        matches!(self, Self::NotCovered)
    }

    /// The verdict in one or two words, and its figure or reason.
    fn words(&self) -> (&'static str, &str) {
        match self {
            Self::Passed(figure) => ("ok", figure),
            Self::Failed(why) => ("FAILED", why),
            Self::NotApplicable(why) => ("does not apply", why),
            Self::NotCovered => ("not covered yet", ""),
        }
    }
}

/// A case and its outcome.
#[derive(Clone, Debug)]
pub struct Verdict {
    /// Its id, as in the conformance document; ids of level B begin with B.
    pub id: &'static str,
    /// Its level.
    pub level: Level,
    /// Its sentence.
    pub sentence: &'static str,
    /// Its outcome.
    pub outcome: Outcome,
    /// What it asked for, in the host.
    pub requests: Requests,
}

impl Verdict {
    /// As JSON.
    pub fn value(&self) -> Value {
        let (word, figure) = self.outcome.words();
        let result = match word {
            "ok" => "passed",
            "FAILED" => "failed",
            other => other,
        };
        json!({
            "id": self.id, "level": format!("{:?}", self.level), "sentence": self.sentence,
            "result": result, "figure": figure,
        })
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (word, figure) = self.outcome.words();
        write!(f, "{:<4} {word:<16} {}", self.id, self.sentence)?;
        if figure.is_empty() { Ok(()) } else { write!(f, "\n     {:<16} {figure}", "") }
    }
}

/// A broken rule of the verifier, or a framework function that the host lacks: reported once, with
/// the first case that showed it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Breach {
    /// The verifier's message.
    pub what: String,
    /// The first case that showed it; [`START`](Self::START) if a start without clients does.
    pub first: &'static str,
    /// The number of cases that showed it.
    pub cases: usize,
}

impl Breach {
    /// The place of a breach that occurs without clients.
    pub const START: &'static str = "start";

    /// As JSON.
    pub fn value(&self) -> Value {
        json!({ "what": self.what, "first_seen_in": self.first, "cases": self.cases })
    }
}

impl fmt::Display for Breach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = &self.what;
        match (self.first, self.cases) {
            (Self::START, _) => write!(f, "from load to unload, without a client: {what}"),
            (first, 1) => write!(f, "in {first}: {what}"),
            (first, cases) => write!(f, "first in {first}, in {cases} cases: {what}"),
        }
    }
}

/// The results of a run of the suite.
#[derive(Clone, Debug, Default)]
pub struct Results {
    /// The verdict of each case, in order.
    pub verdicts: Vec<Verdict>,
    /// Broken rules, each once.
    pub breaches: Vec<Breach>,
    /// What the suite asked for before the cases, to know the device's features, in the host.
    pub start: Requests,
}

impl Results {
    /// Failed cases and then broken rules, as text.
    pub fn failures(&self) -> Vec<String> {
        let failed = self.verdicts.iter().filter(|verdict| verdict.outcome.is_failure());
        let broken = self.breaches.iter().map(ToString::to_string);
        failed.map(ToString::to_string).chain(broken).collect()
    }

    /// Adds the verifier's messages in a case.
    pub(crate) fn note(&mut self, case: &'static str, said: impl IntoIterator<Item = String>) {
        let mut counted = Vec::new();
        for what in said {
            let kind = kind(&what);
            if counted.contains(&kind) {
                continue;
            }
            match self.breaches.iter_mut().find(|known| self::kind(&known.what) == kind) {
                Some(known) => known.cases += 1,
                None => self.breaches.push(Breach { what, first: case, cases: 1 }),
            }
            counted.push(kind);
        }
    }
}

/// A violation without run-dependent parts, such as addresses and counts. Its first line names the
/// rule, the function and the event; the other lines name the callbacks that led to it.
pub(crate) fn kind(what: &str) -> String {
    let first = what.lines().next().unwrap_or_default();
    let mut kind = String::new();
    let mut is_number = false;
    for letter in first.chars() {
        let continues = is_number && (letter.is_ascii_alphanumeric() || letter == '_');
        if continues {
            continue;
        }
        let begins_word =
            !kind.chars().last().is_some_and(|last| last.is_ascii_alphanumeric() || last == '_');
        is_number = letter.is_ascii_digit() && begins_word;
        kind.push(if is_number { '#' } else { letter });
    }
    kind
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_breach_is_told_once_with_the_case_that_met_it_first() {
        let mut results = Results::default();
        let leak = |bytes: u32| format!("PoolLeak: {bytes} bytes at 0x7f{bytes}a0 (of Speaker0)");
        results.note(Breach::START, []);
        results.note("S1", [leak(16), leak(32)]);
        results.note("S3", [leak(48), "Irql: KeDelay (x)".to_owned()]);
        let found: Vec<_> = results.breaches.iter().map(|own| (own.first, own.cases)).collect();
        assert_eq!(found, [("S1", 2), ("S3", 1)]);
        assert!(results.breaches[0].to_string().starts_with("first in S1, in 2 cases: PoolLeak"));
        assert_eq!(results.failures().len(), 2);
    }

    #[test]
    fn names_keep_their_digits() {
        assert_eq!(
            kind("Speaker0: 12 at 0x1f, ExAllocatePool2\nin x"),
            "Speaker0: # at #, ExAllocatePool2"
        );
    }
}
