//! Fault injection: driver calls that fail for lack of resources.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;

use super::base::Kernel;

/// The calls that fail, and the fallible calls.
#[derive(Debug, Default)]
pub(crate) struct Failures {
    /// Numbers of calls that are to fail, ascending.
    ahead: RefCell<VecDeque<u64>>,
    /// Calls since they were given.
    counted: Cell<u64>,
    failed: RefCell<Vec<&'static str>>,
    recorded: RefCell<Option<Vec<&'static str>>>,
    /// Counting is suspended.
    is_quiet: Cell<bool>,
}

impl Failures {
    /// From now on, the calls with the numbers `calls`, from 0, fail.
    pub(crate) fn fail_at(&self, calls: &[u64]) {
        let mut calls = calls.to_vec();
        calls.sort_unstable();
        calls.dedup();
        self.ahead.replace(calls.into());
        self.counted.set(0);
        self.failed.borrow_mut().clear();
    }

    /// The calls that were made to fail since then.
    pub(crate) fn failed(&self) -> Vec<&'static str> {
        self.failed.borrow().clone()
    }

    /// Starts recording the fallible calls.
    pub(crate) fn record(&self) {
        self.recorded.replace(Some(Vec::new()));
    }

    /// Returns the calls since then in order, and stops recording.
    pub(crate) fn take_recorded(&self) -> Vec<&'static str> {
        self.recorded.take().unwrap_or_default()
    }

    /// Suspends or resumes counting, and returns the previous state.
    pub(crate) fn set_quiet(&self, is_quiet: bool) -> bool {
        self.is_quiet.replace(is_quiet)
    }

    /// Returns whether this call must fail.
    fn fail_next(&self, name: &'static str) -> bool {
        if self.is_quiet.get() {
            return false;
        }
        if let Some(calls) = &mut *self.recorded.borrow_mut() {
            calls.push(name);
        }
        let number = self.counted.replace(self.counted.get() + 1);
        let mut ahead = self.ahead.borrow_mut();
        if ahead.front() != Some(&number) {
            return false;
        }
        ahead.pop_front();
        self.failed.borrow_mut().push(name);
        true
    }
}

/// Returns whether this call of the driver must fail.
pub(crate) fn fails(kernel: &Kernel, name: &'static str) -> bool {
    kernel.part::<Failures>().fail_next(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_calls_that_were_named_fail_and_no_other() {
        let failures = Failures::default();
        failures.record();
        failures.fail_at(&[3, 1, 1]);
        let struck: Vec<bool> =
            ["a", "b", "c", "d", "e"].into_iter().map(|name| failures.fail_next(name)).collect();
        assert_eq!(struck, [false, true, false, true, false]);
        assert_eq!(failures.failed(), ["b", "d"]);
        assert_eq!(failures.take_recorded(), ["a", "b", "c", "d", "e"]);
        failures.fail_at(&[0]);
        assert!(!failures.set_quiet(true));
        assert!(!failures.fail_next("f"), "a quiet call does not count");
        assert!(failures.set_quiet(false));
        assert!(failures.fail_next("g"));
        assert_eq!((failures.failed(), failures.take_recorded()), (vec!["g"], vec![]));
    }
}
