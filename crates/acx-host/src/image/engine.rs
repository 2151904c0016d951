//! Runs the host's exception functions on the driver's stack, one step at a time.
//!
//! # How
//!
//! A driver that calls one of them, or faults, enters a few instructions that store every register
//! in a [`State`] on its own stack. They then carry out the results of [`State::step`] in a loop:
//! call a function of the driver, return, or continue with other registers. A step is a Rust
//! function that has returned before any driver code runs. So when an exception jumps over this
//! frame, it owns nothing.
//!
//! A state that calls into the driver is a *link*: a stack walk from an inner frame finds the
//! host's frame there, which has no unwind data, and continues with the link's registers.

use super::outcome::Fault;
use super::unwind::Context;

pub(crate) use super::native::{Caller, enter, service, stepping};
pub(super) use super::native::{Dispatcher, HOME, Kept};

/// EXCEPTION_RECORD of winnt.h.
#[repr(C)]
#[derive(Clone, Copy)]
pub(super) struct Record {
    pub(super) code: u32,
    pub(super) flags: u32,
    pub(super) outer: *mut Record,
    pub(super) address: u64,
    pub(super) count: u32,
    pub(super) information: [u64; 15],
}

const _: () = assert!(size_of::<Record>() == 0x98);

/// The next action of the instructions.
#[repr(u32)]
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Action {
    /// Returns `answer` to the driver that called.
    Return = 0,
    /// Calls `function` with `arguments`, then takes the next step.
    Call = 1,
    /// Continues with the registers at `restore`.
    Restore = 2,
}

/// The role of a state in a stack walk.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// It searches for a handler of the exception that `context` raised.
    Dispatch,
    /// It is `__C_specific_handler`, called by `context`.
    Handler,
    /// It unwinds frames; `work` is the current one.
    Unwind,
}

pub(super) type Step = unsafe extern "C" fn(*mut State) -> Action;

/// A host function in progress on the driver's stack.
#[repr(C, align(16))]
pub(crate) struct State {
    /// The registers of the driver that called, as the function returns to it; or of the one that
    /// faulted.
    pub(super) context: Context,
    pub(super) step: Step,
    pub(super) function: u64,
    pub(super) arguments: [u64; 4],
    pub(super) result: u64,
    pub(super) answer: u64,
    /// The registers that a function keeps for its caller, as `function` finds them.
    pub(super) registers: *const Kept,
    pub(super) restore: *const Context,
    /// What a step has stored; nothing of it before the first one has run.
    pub(super) own: std::mem::MaybeUninit<Own>,
    /// What `restore` writes beside the driver's stack pointer must not be this.
    _reserve: [u64; 8],
}

/// What steps keep.
#[repr(C)]
pub(super) struct Own {
    /// The registers in the frame that is looked at.
    pub(super) work: Context,
    /// And in its caller.
    pub(super) next: Context,
    pub(super) record: Record,
    pub(super) dispatcher: Dispatcher,
    /// The registers that a handler finds.
    pub(super) kept: Kept,
    /// What the dispatcher context says of the registers in the frame.
    pub(super) asked_kept: Kept,
    /// EXCEPTION_POINTERS.
    pub(super) pointers: [u64; 2],
    pub(super) kind: Kind,
    /// The next link further out.
    pub(super) outer: *mut State,
    /// The next one that the walk will meet.
    pub(super) walk: *mut State,
    /// The exception that a handler is asked about.
    pub(super) subject: *mut Record,
    /// Where an unwind goes, and what it answers there.
    pub(super) target_frame: u64,
    pub(super) target: u64,
    pub(super) value: u64,
    /// The frame's handler's own dispatcher context.
    pub(super) asked: *mut Dispatcher,
    /// The scope that is asked next.
    pub(super) index: u32,
    /// What is reported if no handler wants the exception.
    pub(super) fault: Fault,
}

impl State {
    /// The stack pointer of a driver's function that returns to this frame.
    pub(super) fn returns_at(state: *const Self) -> u64 {
        state as u64 - HOME as u64
    }
}
