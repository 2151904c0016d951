//! Structured exceptions of images: the search for a handler, and the unwinding of frames. The
//! functions that raise them are in [`super::doors`], the handler of C functions is in
//! [`super::specific`], and the frames are in [`super::walk`].
//!
//! # How
//!
//! Sources: "x64 exception handling", "ARM64 exception handling" and the DDI pages. A host function
//! or a fault raises an exception. The search calls the handler of each frame, from the innermost
//! outwards, up to the host's call of the driver: no exception crosses that border. A C function's
//! handler runs the filters of its `__try` blocks. If one accepts, the frames in between are
//! unwound, which runs their `__finally` blocks, and the thread continues in the `__except` block.
//!
//! A filter or a `__finally` block can raise an exception itself. The walk then meets the host's
//! frames ([`super::engine`]): it skips those that search for a handler, and continues the work of
//! those that unwind frames.

use super::engine::{Action, Kind, Record, State};
use super::walk::{Place, Run, Stop, or_end};

/// EXCEPTION_RECORD's flags.
pub(super) const NONCONTINUABLE: u32 = 1;
const UNWINDING: u32 = 2;
const EXIT_UNWIND: u32 = 4;
const NESTED_CALL: u32 = 0x10;
pub(super) const TARGET_UNWIND: u32 = 0x20;
const COLLIDED_UNWIND: u32 = 0x40;
pub(super) const UNWIND: u32 = UNWINDING | EXIT_UNWIND | TARGET_UNWIND | COLLIDED_UNWIND;

/// EXCEPTION_DISPOSITION.
pub(super) const CONTINUE_EXECUTION: u64 = 0;
pub(super) const CONTINUE_SEARCH: u64 = 1;

const STATUS_UNWIND: u32 = 0xC000_0027;

/// The limit of exception functions nested through the driver. A kernel stack of Windows has room
/// for fewer.
const DEEPEST: usize = 16;

/// Begins the search for a handler of the exception in the state's record.
pub(super) fn dispatch(run: &Run) -> Action {
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

/// Begins to unwind frames, from the caller of this function to `frame`; the record is the
/// driver's, or null.
pub(super) fn leave(run: &Run, frame: u64, target: u64, record: *mut Record, value: u64) -> Action {
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

/// The frame is the target of the unwind.
fn arrive(run: &Run) -> Action {
    let own = run.own();
    own.work.general[0] = own.value;
    own.work.set_pc(own.target);
    own.work.clear_flags();
    run.go_on(&raw const own.work)
}
