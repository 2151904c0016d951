//! Structured exceptions of images: raising, looking for a handler, `__C_specific_handler`, leaving frames.
//!
//! # How
//!
//! As "x64 exception handling", "ARM64 exception handling" and the DDI pages have it. An exception is raised by a function of the host's or by a fault. It asks the
//! handler of each frame, from the innermost out, and runs no further than to where the host called the driver: no exception crosses
//! that border. A C function's handler runs the filters of its `__try` blocks; one that accepts makes it leave the frames in between,
//! whose `__finally` blocks run on the way, and go on in the `__except` block.
//!
//! A filter or a `__finally` block can raise an exception itself. The walk then meets the host's own frames ([`super::engine`]): it passes
//! those that look for a handler, and takes over from those that leave frames.

use super::engine::{Action, Dispatcher, Kept, Kind, Own, Record, State, stepping};
use super::native::{ALIGNMENT, CALLS_PUSH};
use super::outcome::{Cause, Fault};
use super::standing::{self, Standing};
use super::unwind::{Context, Frame, Problem, Stack, Table};

/// EXCEPTION_RECORD's flags.
const NONCONTINUABLE: u32 = 1;
const UNWINDING: u32 = 2;
const EXIT_UNWIND: u32 = 4;
const NESTED_CALL: u32 = 0x10;
const TARGET_UNWIND: u32 = 0x20;
const COLLIDED_UNWIND: u32 = 0x40;
const UNWIND: u32 = UNWINDING | EXIT_UNWIND | TARGET_UNWIND | COLLIDED_UNWIND;

/// EXCEPTION_DISPOSITION.
const CONTINUE_EXECUTION: u64 = 0;
const CONTINUE_SEARCH: u64 = 1;

const STATUS_UNWIND: u32 = 0xC000_0027;
const STATUS_ACCESS_VIOLATION: u32 = 0xC000_0005;
const STATUS_DATATYPE_MISALIGNMENT: u32 = 0x8000_0002;

/// How many functions for exceptions may call each other through the driver. A kernel stack of Windows has room for fewer.
const DEEPEST: usize = 16;

/// How far the host's own functions may lie from each other: the code model of its compiler.
const HOST_CODE: u64 = 1 << 31;

/// The part of the stack that belongs to the call of the driver that is under way.
struct Part {
    low: u64,
    high: u64,
}

impl Stack for Part {
    fn word(&self, address: u64) -> Option<u64> {
        let fits = address >= self.low && address.checked_add(8)? <= self.high;
        // SAFETY: between this frame and the one that called the driver the stack is mapped.
        (fits && address.is_multiple_of(8)).then(|| unsafe { (address as *const u64).read() })
    }
}

/// What the walk came to.
enum Place {
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
struct Run {
    state: *mut State,
    standing: *mut Standing,
}

/// What keeps an exception from going its way.
#[derive(Clone, Copy)]
enum Stop {
    Data(Problem),
    NotHandled,
    /// A filter went on after an exception that cannot be continued.
    Noncontinuable,
    /// A handler answered something that no handler answers.
    Disposition(u64),
    /// The frame that an unwind goes to is not there.
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
    fn resume(state: *mut State) -> Self {
        Self { state, standing: standing::standing() }
    }

    /// For a first step: makes the state's own part, which links nothing yet.
    fn begin(state: *mut State) -> Self {
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
    fn state(&self) -> &mut State {
        // SAFETY: the state lies on this thread's stack; the frame that called this step owns it, and waits.
        unsafe { &mut *self.state }
    }

    #[expect(clippy::mut_from_ref, reason = "as above")]
    fn own(&self) -> &mut Own {
        // SAFETY: the first step has written it.
        unsafe { self.state().own.assume_init_mut() }
    }

    #[expect(clippy::mut_from_ref, reason = "as above")]
    fn standing(&self) -> &mut Standing {
        // SAFETY: the innermost call of this thread is under way, for the driver was called by it.
        unsafe { &mut *self.standing }
    }

    /// What the record says of the exception that this is about.
    #[expect(clippy::mut_from_ref, reason = "as above")]
    fn subject(&self) -> &mut Record {
        // SAFETY: a record of this state or of one further out, or the driver's own that it gave.
        unsafe { &mut *self.own().subject }
    }

    fn stack(&self) -> Part {
        Part { low: self.state as u64, high: self.standing().saved.sp() }
    }

    /// Those who walk the stack meet this state from now on.
    fn link(&self, kind: Kind) {
        let own = self.own();
        own.kind = kind;
        own.outer = std::mem::replace(&mut self.standing().links, self.state);
        own.walk = own.outer;
    }

    /// Back to the driver.
    fn answer(&self, answer: u64) -> Action {
        self.state().answer = answer;
        let standing = self.standing();
        if standing.links == self.state {
            standing.links = self.own().outer;
        }
        Action::Return
    }

    /// How many of the host's functions for exceptions are under way in this call.
    fn depth(&self) -> usize {
        let (mut count, mut link) = (0, self.standing().links);
        while !link.is_null() {
            // SAFETY: a link is a state on this stack that calls into the driver.
            link = unsafe { (*link).own.assume_init_ref().outer };
            count += 1;
        }
        count
    }

    fn call(&self, function: u64, arguments: [u64; 4], then: super::engine::Step) -> Action {
        let state = self.state();
        (state.function, state.arguments, state.step) = (function, arguments, then);
        self.own().kept = Kept::of(&state.context);
        state.registers = &raw const self.own().kept;
        Action::Call
    }

    /// Calls a filter or a `__finally` block of the frame that was asked, with its registers.
    fn call_block(&self, function: u64, first: u64, then: super::engine::Step) -> Action {
        let [_, establisher, ..] = arguments(self);
        // SAFETY: on the stack, where the walk that asks has its own.
        let kept = Dispatcher::kept(unsafe { &*self.own().asked });
        let action = self.call(function, [first, Kept::frame(kept, establisher), 0, 0], then);
        self.state().registers = kept;
        action
    }

    /// Goes on with these registers; what lies further in than their stack pointer is over.
    fn go_on(&self, context: *const Context) -> Action {
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
    fn end(&self, stop: Stop) -> Action {
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
    fn look(&self) -> Result<Place, Stop> {
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
        // SAFETY: a link is a state on this stack that calls into the driver, further out than this one.
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

    /// A call that led to where no code is has no frame: its caller is what is looked at. The host's code is somewhere: a function that jumps
    /// to the one that raises leaves the host as its caller.
    fn leave_nowhere(&self) {
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
        // Frames lie one behind the other: whoever walks them arrives.
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
    fn ask(
        &self,
        frame: &Frame,
        context: *mut Context,
        then: super::engine::Step,
    ) -> Option<Action> {
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
    fn ask_again(&self, context: *mut Context, then: super::engine::Step) -> Action {
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
    fn take_over(&self, link: *mut State) -> Result<(), Stop> {
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
fn or_end(run: &Run, result: Result<Action, Stop>) -> Action {
    result.unwrap_or_else(|stop| run.end(stop))
}

/// Begins the search for a handler of what the state's own record says.
fn dispatch(run: &Run) -> Action {
    let own = run.own();
    own.subject = &raw mut own.record;
    own.work = run.state().context;
    run.link(Kind::Dispatch);
    if run.depth() > DEEPEST {
        return run.end(Stop::Exhausted);
    }
    run.leave_nowhere();
    search(run)
}

fn search(run: &Run) -> Action {
    or_end(run, try_search(run))
}

fn try_search(run: &Run) -> Result<Action, Stop> {
    let context = &raw mut run.state().context;
    loop {
        match run.look()? {
            Place::Frame(frame) => {
                let handles = frame.handler.is_some_and(|handler| handler.handles);
                if handles && let Some(action) = run.ask(&frame, context, after_search) {
                    return Ok(action);
                }
                run.own().work = run.own().next;
            }
            Place::Passed(Kind::Dispatch) => run.subject().flags |= NESTED_CALL,
            Place::Passed(_) => {}
            Place::Leaving(link) => {
                run.take_over(link)?;
                return Ok(run.ask_again(context, after_search));
            }
            Place::Border => return Err(Stop::NotHandled),
        }
    }
}

unsafe extern "C" fn after_search(state: *mut State) -> Action {
    let run = Run::resume(state);
    match run.state().result & 0xFFFF_FFFF {
        CONTINUE_EXECUTION if run.subject().flags & NONCONTINUABLE != 0 => {
            run.end(Stop::Noncontinuable)
        }
        CONTINUE_EXECUTION => run.go_on(&raw const run.state().context),
        CONTINUE_SEARCH => {
            run.own().work = run.own().next;
            search(&run)
        }
        answer => run.end(Stop::Disposition(answer)),
    }
}

/// Begins to leave frames, from the one that called this function on, to `frame`; what the driver gave for a record, or null.
fn leave(run: &Run, frame: u64, target: u64, record: *mut Record, value: u64) -> Action {
    let own = run.own();
    if record.is_null() {
        own.record.code = STATUS_UNWIND;
        own.subject = &raw mut own.record;
    } else {
        own.subject = record;
    }
    (own.target_frame, own.target, own.value) = (frame, target, value);
    own.work = run.state().context;
    own.kind = Kind::Unwind;
    let exits = if frame == 0 { EXIT_UNWIND } else { 0 };
    let subject = run.subject();
    subject.flags = subject.flags & !UNWIND | UNWINDING | exits;
    next_frame(run)
}

fn next_frame(run: &Run) -> Action {
    or_end(run, try_next_frame(run))
}

fn try_next_frame(run: &Run) -> Result<Action, Stop> {
    loop {
        let own = run.own();
        match run.look()? {
            Place::Frame(frame) => {
                if own.target_frame != 0 && frame.establisher > own.target_frame {
                    return Err(Stop::Target);
                }
                let is_target = frame.establisher == own.target_frame;
                let unwinds = frame.handler.is_some_and(|handler| handler.unwinds);
                own.dispatcher.establisher = frame.establisher;
                if unwinds {
                    if is_target {
                        run.subject().flags |= TARGET_UNWIND;
                    }
                    own.work.general[0] = own.value;
                    let context = &raw mut own.work;
                    if let Some(action) = run.ask(&frame, context, after_frame) {
                        return Ok(action);
                    }
                }
                if is_target {
                    return Ok(arrive(run));
                }
                own.work = own.next;
            }
            Place::Passed(_) => {}
            Place::Leaving(link) => {
                run.take_over(link)?;
                if own.dispatcher.establisher == own.target_frame {
                    run.subject().flags |= TARGET_UNWIND;
                }
                run.subject().flags |= COLLIDED_UNWIND;
                return Ok(run.ask_again(&raw mut own.work, after_frame));
            }
            Place::Border => return Err(Stop::Target),
        }
    }
}

unsafe extern "C" fn after_frame(state: *mut State) -> Action {
    let run = Run::resume(state);
    let own = run.own();
    run.subject().flags &= !(TARGET_UNWIND | COLLIDED_UNWIND);
    match run.state().result & 0xFFFF_FFFF {
        CONTINUE_SEARCH if own.dispatcher.establisher == own.target_frame => arrive(&run),
        CONTINUE_SEARCH => {
            own.work = own.next;
            next_frame(&run)
        }
        answer => run.end(Stop::Disposition(answer)),
    }
}

/// The frame is the one that the unwind goes to.
fn arrive(run: &Run) -> Action {
    let own = run.own();
    own.work.general[0] = own.value;
    own.work.set_pc(own.target);
    own.work.clear_flags();
    run.go_on(&raw const own.work)
}

/// `__C_specific_handler(ExceptionRecord, EstablisherFrame, ContextRecord, DispatcherContext)`.
unsafe extern "C" fn c_specific_handler(state: *mut State) -> Action {
    let run = Run::begin(state);
    let [record, _, _, dispatcher] = arguments(&run);
    let stack = run.stack();
    let on_stack = |at: u64| at.is_multiple_of(8) && (stack.low..stack.high - 0x100).contains(&at);
    // SAFETY: on the stack, which is looked at first.
    let kept = || Dispatcher::kept(unsafe { &*(dispatcher as *const Dispatcher) });
    let has_registers =
        || kept().is_null() == CALLS_PUSH && (CALLS_PUSH || on_stack(kept() as u64));
    if !on_stack(dispatcher) || !on_stack(record) || !has_registers() {
        // The driver made the call up.
        return run.answer(CONTINUE_SEARCH);
    }
    let own = run.own();
    own.subject = record as *mut Record;
    own.asked = dispatcher as *mut Dispatcher;
    // SAFETY: on the stack, where the walk that asks has its own.
    own.index = unsafe { (*own.asked).scope };
    run.link(Kind::Handler);
    next_scope(&run)
}

fn next_scope(run: &Run) -> Action {
    or_end(run, try_next_scope(run))
}

fn try_next_scope(run: &Run) -> Result<Action, Stop> {
    let own = run.own();
    // SAFETY: it was looked at in the first step.
    let asked = unsafe { &mut *own.asked };
    let Some(table) = standing::table(asked.place()) else {
        return Ok(run.answer(CONTINUE_SEARCH));
    };
    let offset = |address: u64| table.offset(address);
    let (Some(control), Some(data)) = (offset(asked.place()), offset(asked.data)) else {
        return Err(Problem::CutOff { at: 0 }.into());
    };
    let flags = run.subject().flags;
    let count = table.scopes(data)?;
    while own.index < count {
        let scope = table.scope(data, own.index)?;
        own.index += 1;
        if !scope.has(control) {
            continue;
        }
        let function = table.base() + u64::from(scope.handler);
        if flags & UNWIND == 0 {
            match (scope.target, scope.handler) {
                (0, _) => {}
                (target, 1) => return Ok(accept(run, table.base() + u64::from(target))),
                (target, _) => {
                    own.target = table.base() + u64::from(target);
                    let [record, _, context, _] = arguments(run);
                    own.pointers = [record, context];
                    let pointers = &raw const own.pointers as u64;
                    return Ok(run.call_block(function, pointers, after_filter));
                }
            }
        } else {
            // An unwind that ends in this frame leaves only the blocks that its target is not in.
            let target = offset(asked.target).filter(|_| flags & TARGET_UNWIND != 0);
            if let Some(target) = target {
                let stays = (0..count).any(|other| {
                    table.scope(data, other).is_ok_and(|other| {
                        let same = (other.handler, other.target) == (scope.handler, scope.target);
                        same && other.has(target)
                    })
                });
                if stays || scope.target != 0 && scope.target == target {
                    break;
                }
            }
            if scope.target == 0 {
                // Whoever takes over goes on behind it.
                asked.scope = own.index;
                return Ok(run.call_block(function, 1, after_finally));
            }
        }
    }
    Ok(run.answer(CONTINUE_SEARCH))
}

/// A filter has answered: EXCEPTION_CONTINUE_EXECUTION (negative), EXCEPTION_CONTINUE_SEARCH (0) or EXCEPTION_EXECUTE_HANDLER.
unsafe extern "C" fn after_filter(state: *mut State) -> Action {
    let run = Run::resume(state);
    match run.state().result as u32 as i32 {
        0 => next_scope(&run),
        ..0 => run.answer(CONTINUE_EXECUTION),
        1.. => accept(&run, run.own().target),
    }
}

unsafe extern "C" fn after_finally(state: *mut State) -> Action {
    next_scope(&Run::resume(state))
}

/// Leaves the frames up to the one that was asked, for its `__except` block.
fn accept(run: &Run, target: u64) -> Action {
    let record = run.own().subject;
    let code = u64::from(run.subject().code);
    let [_, frame, ..] = arguments(run);
    run.own().walk = run.own().outer;
    leave(run, frame, target, record, code)
}

/// The first four arguments of a function that the driver called.
fn arguments(run: &Run) -> [u64; 4] {
    run.state().context.arguments()
}

fn raise(run: &Run, code: u32, flags: u32) -> Action {
    let record = &mut run.own().record;
    (record.code, record.flags) = (code, flags);
    dispatch(run)
}

/// `ExRaiseStatus(Status)`, `RtlRaiseStatus(Status)`.
unsafe extern "C" fn raise_status(state: *mut State) -> Action {
    let run = Run::begin(state);
    let [status, ..] = arguments(&run);
    raise(&run, status as u32, NONCONTINUABLE)
}

/// `ExRaiseAccessViolation()`.
unsafe extern "C" fn raise_access_violation(state: *mut State) -> Action {
    raise(&Run::begin(state), STATUS_ACCESS_VIOLATION, NONCONTINUABLE)
}

/// `ExRaiseDatatypeMisalignment()`.
unsafe extern "C" fn raise_misalignment(state: *mut State) -> Action {
    raise(&Run::begin(state), STATUS_DATATYPE_MISALIGNMENT, NONCONTINUABLE)
}

/// `RtlRaiseException(ExceptionRecord)`: of a copy, whose address is that of the call.
unsafe extern "C" fn raise_exception(state: *mut State) -> Action {
    let run = Run::begin(state);
    let [record, ..] = arguments(&run);
    // SAFETY: the driver's pointer, which its contract says is valid.
    let given = unsafe { (record as *const Record).read_unaligned() };
    run.own().record = Record { address: run.state().context.pc(), ..given };
    dispatch(&run)
}

/// `RtlUnwindEx(TargetFrame, TargetIp, ExceptionRecord, ReturnValue, ContextRecord, HistoryTable)`, and `RtlUnwind` without the last two.
unsafe extern "C" fn unwind(state: *mut State) -> Action {
    let run = Run::begin(state);
    let [frame, target, record, value] = arguments(&run);
    run.link(Kind::Unwind);
    leave(&run, frame, target, record as *mut Record, value)
}

/// `_local_unwind(TargetFrame, TargetIp)`.
unsafe extern "C" fn local_unwind(state: *mut State) -> Action {
    let run = Run::begin(state);
    let [frame, target, ..] = arguments(&run);
    run.link(Kind::Unwind);
    leave(&run, frame, target, std::ptr::null_mut(), 0)
}

/// `RtlCaptureContext(ContextRecord)`.
unsafe extern "C" fn capture_context(state: *mut State) -> Action {
    let run = Run::begin(state);
    let [place, ..] = arguments(&run);
    // SAFETY: the driver's pointer, which its contract says is valid.
    unsafe { (place as *mut Context).write_unaligned(run.state().context) };
    run.answer(0)
}

/// `RtlRestoreContext(ContextRecord, ExceptionRecord)`.
unsafe extern "C" fn restore_context(state: *mut State) -> Action {
    let run = Run::begin(state);
    let [place, ..] = arguments(&run);
    // SAFETY: the driver's pointer, which its contract says is valid.
    run.own().work = unsafe { (place as *const Context).read_unaligned() };
    run.go_on(&raw const run.own().work)
}

/// The first step after a fault, which the signal handler has noted.
pub(super) unsafe extern "C" fn begin_fault(state: *mut State) -> Action {
    let run = Run::resume(state);
    let standing = run.standing();
    let context = &mut run.state().context;
    standing.enters = false;
    context.set_pc(standing.faulted[0]);
    context.set_sp(standing.faulted[1]);
    if standing.fault.service.is_some() {
        context.set_unwound();
    }
    let run = Run::begin(state);
    let fault = standing.fault;
    run.own().fault = fault;
    let record = &mut run.own().record;
    record.code = fault.code;
    if fault.code == STATUS_ACCESS_VIOLATION {
        let fetched = fault.address == fault.instruction && fault.service.is_none();
        let way = if fetched { 8 } else { u64::from(fault.writes) };
        (record.count, record.information[0]) = (2, way);
        record.information[1] = fault.address as u64;
    }
    // SAFETY: the processor lives as long as the call.
    let processor = unsafe { &*standing.processor };
    if !processor.may_be_handled(&fault) {
        run.own().subject = &raw mut run.own().record;
        return run.end(Stop::NotHandled);
    }
    dispatch(&run)
}

/// A function that images import, which does its work and answers, or raises what it cannot do.
pub(crate) fn checked(
    state: *mut State,
    body: impl FnOnce([u64; 4]) -> Result<u64, u32>,
) -> Action {
    let run = Run::begin(state);
    match body(arguments(&run)) {
        Ok(answer) => run.answer(answer),
        Err(status) => raise(&run, status, NONCONTINUABLE),
    }
}

/// What images import of this, by name.
pub(crate) fn exports() -> Vec<(&'static str, *const std::ffi::c_void)> {
    vec![
        ("ExRaiseStatus", stepping!(raise_status)),
        ("RtlRaiseStatus", stepping!(raise_status)),
        ("ExRaiseAccessViolation", stepping!(raise_access_violation)),
        ("ExRaiseDatatypeMisalignment", stepping!(raise_misalignment)),
        ("RtlRaiseException", stepping!(raise_exception)),
        ("RtlUnwindEx", stepping!(unwind)),
        ("RtlUnwind", stepping!(unwind)),
        ("_local_unwind", stepping!(local_unwind)),
        ("RtlCaptureContext", stepping!(capture_context)),
        ("RtlRestoreContext", stepping!(restore_context)),
        ("__C_specific_handler", stepping!(c_specific_handler)),
    ]
}

/// The function that an address is in: where its image lies, and its entry.
///
/// # Errors
///
/// What is wrong with the image's table.
pub(crate) fn lookup(address: u64) -> Result<Option<(u64, u64)>, Problem> {
    let Some(table) = standing::table(address) else { return Ok(None) };
    let Some(offset) = table.offset(address) else { return Ok(None) };
    let function = table.function(offset)?;
    Ok(function.map(|function| (table.base(), table.base() + u64::from(function.entry))))
}

/// A caller's registers, from those of a function on the stack of the call of the driver that is under way; and where its image lies.
///
/// # Errors
///
/// What is wrong with the unwind data, or the registers.
pub(crate) fn virtual_unwind(context: &mut Context) -> Result<(u64, Frame), Problem> {
    let place = standing::standing();
    let here = 0_u64;
    // SAFETY: the innermost call of this thread is under way, for the driver calls this.
    let high = unsafe { place.as_ref() }.map_or(0, |standing| standing.saved.sp());
    let stack = Part { low: &raw const here as u64, high };
    let table =
        standing::table(context.control()).ok_or(Problem::Stack { address: context.control() })?;
    Ok((table.base(), table.unwind(context, &stack)?))
}
