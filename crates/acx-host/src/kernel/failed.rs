//! The last failed calls, to show a driver's author why the device does not start.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::fmt;

use acx_sys::{NTSTATUS, status_name};

use super::base::Kernel;

/// The number of recorded calls.
const MOST: usize = 8;

/// A call of the driver, or a callback, that returned an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FailedCall {
    /// The function or callback.
    pub name: &'static str,
    /// The status that it returned.
    pub status: NTSTATUS,
    /// The callback that it was called in.
    pub inside: Option<&'static str>,
}

impl fmt::Display for FailedCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} answered {}", self.name, Status(self.status))?;
        self.inside.map_or(Ok(()), |callback| write!(f, ", in {callback}"))
    }
}

/// A status as text: its name, if it has one, and its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Status(pub NTSTATUS);

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match status_name(self.0) {
            Some(name) => write!(f, "{name} ({:#010x})", self.0),
            None => write!(f, "status {:#010x}", self.0),
        }
    }
}

/// The last calls of a machine that failed.
#[derive(Default)]
pub(crate) struct FailedCalls(RefCell<VecDeque<FailedCall>>);

impl FailedCalls {
    /// The calls, oldest first.
    pub(crate) fn all(&self) -> Vec<FailedCall> {
        self.0.borrow().iter().copied().collect()
    }
}

/// A call has returned `status`: it is recorded if that is an error.
pub(crate) fn note(kernel: &Kernel, name: &'static str, status: NTSTATUS) {
    if status.cast_unsigned() >> 30 != 3 {
        return;
    }
    let inside = kernel.callback().map(|(callback, _)| callback.name);
    let mut calls = kernel.part::<FailedCalls>().0.borrow_mut();
    if calls.len() == MOST {
        calls.pop_front();
    }
    calls.push_back(FailedCall { name, status, inside });
}
