//! The findings of a run: violations by the driver, gaps of the host.

use std::fmt;

use parking_lot::Mutex;

pub use super::rule::Rule;

/// A broken rule.
#[derive(Clone, Debug)]
pub struct Violation {
    /// The rule.
    pub rule: Rule,
    /// A sentence that describes the violation.
    pub what: String,
    /// The service of the driver that broke it, if the machine has had several drivers and one of
    /// them was running.
    pub driver: Option<String>,
    /// The callbacks and framework calls in progress, outermost first.
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

/// All findings of a run.
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

    /// Framework functions that were called and that the host does not have.
    pub fn gaps(&self) -> Vec<&'static str> {
        self.gaps.lock().clone()
    }

    /// The number of violations and gaps.
    pub fn count(&self) -> usize {
        self.violations.lock().len() + self.gaps.lock().len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_violation_names_its_driver_its_rule_and_its_callbacks_the_innermost_first() {
        let report = Report::default();
        let rule = Rule::Deadlock;
        let callbacks = vec!["Outer".to_owned(), "Inner".to_owned()];
        report.violate(Violation { rule, what: "it hangs".to_owned(), driver: None, callbacks });
        report.gap("WdfNone");
        report.gap("WdfNone");
        let mut violation = report.violations().remove(0);
        let tail = format!("{}: it hangs ({})", rule.name(), rule.explanation());
        assert_eq!(violation.to_string(), format!("{tail}\n    in Inner\n    in Outer"));
        violation.driver = Some("own".to_owned());
        violation.callbacks.clear();
        assert_eq!(violation.to_string(), format!("own: {tail}"));
        assert_eq!((report.count(), report.gaps()), (2, vec!["WdfNone"]));
    }
}
