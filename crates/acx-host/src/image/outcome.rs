//! The outcome of a call into an image that did not return.

use super::unwind::Problem;

/// The fault of an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    /// The instruction's address.
    pub(crate) instruction: usize,
    /// The address that it accessed.
    pub(crate) address: usize,
    /// Whether it was a write.
    pub(crate) writes: bool,
    /// The host function that accessed the memory for it, such as memcpy.
    pub(crate) service: Option<&'static str>,
    /// Its status on Windows, such as STATUS_ACCESS_VIOLATION.
    pub(crate) code: u32,
    pub(crate) cause: Cause,
}

/// Why a call could not continue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cause {
    /// The instruction faulted, and no handler accepted the exception.
    Fault,
    /// `__fastfail` and its code, such as a stack cookie that was overwritten.
    FastFail(u32),
    /// The driver raised an exception that no handler accepted.
    Raised,
    /// The unwind data is wrong.
    Data(Problem),
    /// A filter returned EXCEPTION_CONTINUE_EXECUTION for a noncontinuable exception.
    Noncontinuable,
    /// A handler returned an invalid disposition.
    Disposition(u64),
    /// The target frame of an unwind is not on the stack.
    Target,
    /// There is no stack left for handlers.
    Exhausted,
}
