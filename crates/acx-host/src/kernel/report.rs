//! What a run found: violations by the driver, gaps of the host.

use std::fmt;

use parking_lot::Mutex;

pub use super::rule::Rule;

/// A broken rule.
#[derive(Clone, Debug)]
pub struct Violation {
    /// Which rule.
    pub rule: Rule,
    /// A sentence that says what happened.
    pub what: String,
    /// The service of the driver that broke it, where the machine has had several drivers and one
    /// of them ran.
    pub driver: Option<String>,
    /// The callbacks and framework calls under way, outermost first.
    pub callbacks: Vec<String>,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(driver) = &self.driver {
            write!(f, "{driver}: ")?;
        }
        write!(f, "{}: {} ({})", self.rule.name(), self.what, self.rule.explanation())?;
        for frame in self.callbacks.iter().rev() {
            write!(f, "\n    in {frame}")?;
        }
        Ok(())
    }
}

/// Everything a run found.
#[derive(Debug, Default)]
pub struct Report {
    violations: Mutex<Vec<Violation>>,
    gaps: Mutex<Vec<&'static str>>,
}

impl Report {
    pub(crate) fn violate(&self, violation: Violation) {
        self.violations.lock().push(violation);
    }

    pub(crate) fn gap(&self, entry: &'static str) {
        let mut gaps = self.gaps.lock();
        if !gaps.contains(&entry) {
            gaps.push(entry);
        }
    }

    /// The violations so far.
    pub fn violations(&self) -> Vec<Violation> {
        self.violations.lock().clone()
    }

    /// Framework entries that were called and that the host does not have.
    pub fn gaps(&self) -> Vec<&'static str> {
        self.gaps.lock().clone()
    }

    /// How many violations and gaps there are.
    pub fn count(&self) -> usize {
        self.violations.lock().len() + self.gaps.lock().len()
    }
}
