//! The walk over the frames of a driver call: its position, the frames that it meets, and the calls
//! of the image's handlers.
//!
//! It meets functions of images, the host's frames between them ([`super::engine`]), and at the end
//! the host's call of the driver, where it stops.

use super::engine::{Action, Dispatcher, Kept, Kind, Own, Record, State, Step};
use super::native::{ALIGNMENT, CALLS_PUSH};
use super::outcome::{Cause, Fault};
use super::standing::{self, Standing};
use super::unwind::{Context, Frame, Problem, Stack, Table};

/// How far the host's own functions may lie from each other: the code model of its compiler.
const HOST_CODE: u64 = 1 << 31;

/// The part of the stack of the driver call in progress.
pub(super) struct Part {
    pub(super) low: u64,
    pub(super) high: u64,
}

impl Stack for Part {
    fn word(&self, address: u64) -> Option<u64> {
        let fits = address >= self.low && address.checked_add(8)? <= self.high;
        // SAFETY: between this frame and the one that called the driver the stack is mapped.
        (fits && address.is_multiple_of(8)).then(|| unsafe { (address as *const u64).read() })
    }
}

/// A frame that the walk has met.
pub(super) enum Place {
    /// A function of an image; `next` has its caller.
    Frame(Frame),
    /// A frame of the host's that goes on here; whether it looked for a handler.
    Passed(Kind),
    /// One that was leaving frames.
    Leaving(*mut State),
    /// Where the host called the driver.
    Border,
}

/// A state, as its steps use it.
pub(super) struct Run {
    state: *mut State,
    standing: *mut Standing,
}

/// Why an exception cannot be dispatched.
#[derive(Clone, Copy)]
pub(super) enum Stop {
    Data(Problem),
    NotHandled,
    /// A filter continued a noncontinuable exception.
    Noncontinuable,
    /// A handler returned an invalid disposition.
    Disposition(u64),
    /// The target frame of an unwind does not exist.
    Target,
    /// Exceptions in handlers of exceptions, without an end.
    Exhausted,
}

impl From<Problem> for Stop {
    fn from(problem: Problem) -> Self {
        Self::Data(problem)
    }
}

impl Run {
    /// For a step after the first.
    pub(super) fn resume(state: *mut State) -> Self {
        Self { state, standing: standing::standing() }
    }

    /// For a first step: makes the state's own part, which links nothing yet.
    pub(super) fn begin(state: *mut State) -> Self {
        let run = Self::resume(state);
        let own = Own {
            work: Context::ZERO,
            next: Context::ZERO,
            record: Record {
                code: 0,
                flags: 0,
                outer: std::ptr::null_mut(),
                address: run.state().context.pc(),
                count: 0,
                information: [0; 15],
            },
            dispatcher: Dispatcher::ZERO,
            kept: Kept::NONE,
            asked_kept: Kept::NONE,
            pointers: [0; 2],
            kind: Kind::Dispatch,
            outer: std::ptr::null_mut(),
            walk: std::ptr::null_mut(),
            subject: std::ptr::null_mut(),
            target_frame: 0,
            target: 0,
            value: 0,
            asked: std::ptr::null_mut(),
            index: 0,
            fault: Fault {
                instruction: run.state().context.pc() as usize,
                address: 0,
                writes: false,
                service: None,
                code: 0,
                cause: Cause::Raised,
            },
        };
        // SAFETY: the state lies on this thread's stack, under way, and no reference to it lives.
        unsafe { (*state).own.write(own) };
        run
    }

    #[expect(
        clippy::mut_from_ref,
        reason = "the state is this step's alone, and no two references live at once"
    )]
    pub(super) fn state(&self) -> &mut State {
        // SAFETY: the state lies on this thread's stack; the frame that called this step owns it,
        // and waits.
        unsafe { &mut *self.state }
    }

    #[expect(clippy::mut_from_ref, reason = "as above")]
    pub(super) fn own(&self) -> &mut Own {
        // SAFETY: the first step has written it.
        unsafe { self.state().own.assume_init_mut() }
    }

    #[expect(clippy::mut_from_ref, reason = "as above")]
    pub(super) fn standing(&self) -> &mut Standing {
        // SAFETY: the innermost call of this thread is under way, for the driver was called by it.
        unsafe { &mut *self.standing }
    }

    /// What the record says of the exception that this is about.
    #[expect(clippy::mut_from_ref, reason = "as above")]
    pub(super) fn subject(&self) -> &mut Record {
        // SAFETY: a record of this state or of one further out, or the driver's own that it gave.
        unsafe { &mut *self.own().subject }
    }

    pub(super) fn stack(&self) -> Part {
        Part { low: self.state as u64, high: self.standing().saved.sp() }
    }

    /// Those who walk the stack meet this state from now on.
    pub(super) fn link(&self, kind: Kind) {
        let own = self.own();
        own.kind = kind;
        own.outer = std::mem::replace(&mut self.standing().links, self.state);
        own.walk = own.outer;
    }

    /// Back to the driver.
    pub(super) fn answer(&self, answer: u64) -> Action {
        self.state().answer = answer;
        let standing = self.standing();
        if standing.links == self.state {
            standing.links = self.own().outer;
        }
        Action::Return
    }

    /// How many of the host's functions for exceptions are under way in this call.
    pub(super) fn depth(&self) -> usize {
        let (mut count, mut link) = (0, self.standing().links);
        while !link.is_null() {
            // SAFETY: a link is a state on this stack that calls into the driver.
            link = unsafe { (*link).own.assume_init_ref().outer };
            count += 1;
        }
        count
    }

    fn call(&self, function: u64, arguments: [u64; 4], then: Step) -> Action {
        let state = self.state();
        (state.function, state.arguments, state.step) = (function, arguments, then);
        self.own().kept = Kept::of(&state.context);
        state.registers = &raw const self.own().kept;
        Action::Call
    }

    /// Calls a filter or a `__finally` block of the frame that was asked, with its registers.
    pub(super) fn call_block(&self, function: u64, first: u64, then: Step) -> Action {
        let [_, establisher, ..] = arguments(self);
        // SAFETY: on the stack, where the walk that asks has its own.
        let kept = Dispatcher::kept(unsafe { &*self.own().asked });
        let action = self.call(function, [first, Kept::frame(kept, establisher), 0, 0], then);
        self.state().registers = kept;
        action
    }

    /// Goes on with these registers; what lies further in than their stack pointer is over.
    pub(super) fn go_on(&self, context: *const Context) -> Action {
        // SAFETY: a context of this state, or the driver's own.
        let sp = unsafe { (*context).sp() };
        let standing = self.standing();
        while !standing.links.is_null() && (standing.links as u64) < sp {
            // SAFETY: a link is a state on this stack that calls into the driver.
            standing.links = unsafe { (*standing.links).own.assume_init_ref().outer };
        }
        self.state().restore = context;
        Action::Restore
    }

    /// Ends the call of the driver.
    pub(super) fn end(&self, stop: Stop) -> Action {
        let own = self.own();
        let record = *self.subject();
        let standing = self.standing();
        let cause = match stop {
            Stop::NotHandled => own.fault.cause,
            Stop::Data(problem) => Cause::Data(problem),
            Stop::Noncontinuable => Cause::Noncontinuable,
            Stop::Disposition(answer) => Cause::Disposition(answer),
            Stop::Target => Cause::Target,
            Stop::Exhausted => Cause::Exhausted,
        };
        standing.fault = Fault { cause, code: record.code, ..own.fault };
        if own.kind != Kind::Dispatch {
            standing.fault.instruction = record.address as usize;
        }
        own.work = self.state().context;
        standing.saved.put_back(&mut own.work);
        self.state().restore = &raw const own.work;
        Action::Restore
    }

    /// Looks at the frame that `work` is in.
    pub(super) fn look(&self) -> Result<Place, Stop> {
        let own = self.own();
        if let Some(table) = standing::table(own.work.control()) {
            return self.unwind(table).map(Place::Frame);
        }
        let link = own.walk;
        if link.is_null() {
            return match own.work.pc().abs_diff(standing::host_code()) {
                0..HOST_CODE => Ok(Place::Border),
                _ => Err(Problem::Return { address: own.work.pc() }.into()),
            };
        }
        if own.work.sp() != State::returns_at(link) {
            return Err(Problem::Stack { address: own.work.sp() }.into());
        }
        // SAFETY: a link is a state on this stack that calls into the driver, further out than this
        // one.
        let (other, context) = unsafe { ((*link).own.assume_init_ref(), (*link).context) };
        own.walk = other.outer;
        if other.kind == Kind::Unwind {
            return Ok(Place::Leaving(link));
        }
        own.work = context;
        if other.kind == Kind::Dispatch {
            self.leave_nowhere();
        }
        Ok(Place::Passed(other.kind))
    }

    /// A call that led to where no code is has no frame: its caller is what is looked at. The
    /// host's code is somewhere: a function that jumps to the one that raises leaves the host as
    /// its caller.
    pub(super) fn leave_nowhere(&self) {
        let own = self.own();
        if standing::table(own.work.control()).is_none()
            && own.work.pc().abs_diff(standing::host_code()) >= HOST_CODE
        {
            own.work.return_at_once(&self.stack());
        }
    }

    fn unwind(&self, table: &Table) -> Result<Frame, Stop> {
        let (own, stack) = (self.own(), self.stack());
        own.next = own.work;
        let frame = table.unwind(&mut own.next, &stack)?;
        // Frames are consecutive, so the walk ends.
        let is_there = |address: u64| address.is_multiple_of(ALIGNMENT) && address <= stack.high;
        let address = own.next.sp();
        // Only the innermost function can have no frame at all.
        let needs_frame = CALLS_PUSH || own.work.is_unwound();
        if !is_there(address) || address < own.work.sp() || needs_frame && address == own.work.sp()
        {
            return Err(Problem::Stack { address }.into());
        }
        let address = frame.establisher;
        if frame.handler.is_some() && !(is_there(address) && address >= own.work.sp()) {
            return Err(Problem::Stack { address }.into());
        }
        Ok(frame)
    }

    /// Fills the dispatcher context for a frame, and asks its handler.
    pub(super) fn ask(&self, frame: &Frame, context: *mut Context, then: Step) -> Option<Action> {
        let handler = frame.handler?;
        let own = self.own();
        let base = standing::table(own.work.control())?.base();
        let work = &raw mut own.work;
        own.dispatcher = Dispatcher {
            base,
            function: base + u64::from(frame.function?.entry),
            establisher: frame.establisher,
            target: own.target,
            context: work,
            handler: base + u64::from(handler.address),
            data: base + u64::from(handler.data),
            ..Dispatcher::ZERO
        };
        own.asked_kept = Kept::of(&own.work);
        own.dispatcher.set_frame(&own.work, &raw const own.asked_kept);
        Some(self.ask_again(context, then))
    }

    /// Asks the handler of the frame that the dispatcher context names.
    pub(super) fn ask_again(&self, context: *mut Context, then: Step) -> Action {
        let own = self.own();
        let arguments = [
            own.subject as u64,
            own.dispatcher.establisher,
            context as u64,
            &raw mut own.dispatcher as u64,
        ];
        self.call(own.dispatcher.handler, arguments, then)
    }

    /// Takes over where another unwind is: its frame, and what its handler has done there.
    pub(super) fn take_over(&self, link: *mut State) -> Result<(), Stop> {
        let own = self.own();
        // SAFETY: as in `look`.
        let other = unsafe { (*link).own.assume_init_ref() };
        (own.work, own.dispatcher, own.walk) = (other.work, other.dispatcher, other.walk);
        own.dispatcher.context = &raw mut own.work;
        own.dispatcher.target = own.target;
        let table = standing::table(own.work.control()).ok_or(Stop::Target)?;
        self.unwind(table).map(drop)
    }
}

/// Turns what stops an exception into the end of the call.
pub(super) fn or_end(run: &Run, result: Result<Action, Stop>) -> Action {
    result.unwrap_or_else(|stop| run.end(stop))
}

/// The first four arguments of a function that the driver called.
pub(super) fn arguments(run: &Run) -> [u64; 4] {
    run.state().context.arguments()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_of_the_stack_lies_in_it_as_a_whole() {
        let words: [u64; 4] = [10, 11, 12, 13];
        let first = (&raw const words).expose_provenance() as u64;
        let part = Part { low: first + 8, high: first + 24 };
        let found = [0, 7, 8, 12, 16, 17, 24, 32].map(|offset| part.word(first + offset));
        assert_eq!(found, [None, None, Some(11), None, Some(12), None, None, None]);
        assert_eq!(Part { low: 0, high: u64::MAX }.word(u64::MAX - 7), None);
    }
}
