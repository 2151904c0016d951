//! The outcome of a call into an image that did not return.

use super::unwind::Problem;

/// What an image did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    /// The instruction's address.
    pub(crate) instruction: usize,
    /// The address that it wanted.
    pub(crate) address: usize,
    /// Whether it wanted to write there.
    pub(crate) writes: bool,
    /// The host's own function that touched the memory for it, such as memcpy.
    pub(crate) service: Option<&'static str>,
    /// What Windows calls it: STATUS_ACCESS_VIOLATION, or another.
    pub(crate) code: u32,
    pub(crate) cause: Cause,
}

/// Why a call could not go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cause {
    /// The instruction faulted, and no handler wanted it.
    Fault,
    /// `__fastfail` and its code, such as a stack cookie that was overwritten.
    FastFail(u32),
    /// The driver raised an exception, and no handler wanted it.
    Raised,
    /// The unwind data is wrong.
    Data(Problem),
    /// A filter answered EXCEPTION_CONTINUE_EXECUTION, and the exception cannot be continued.
    Noncontinuable,
    /// A handler answered something that is no disposition.
    Disposition(u64),
    /// An unwind goes to a frame that is not on the stack.
    Target,
    /// There is no stack left for handlers.
    Exhausted,
}
