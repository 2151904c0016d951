//! `__C_specific_handler`: the filters and `__finally` blocks of C functions.

use super::engine::{Action, Dispatcher, Kind, Record, State};
use super::exception::{CONTINUE_EXECUTION, CONTINUE_SEARCH, TARGET_UNWIND, UNWIND, leave};
use super::native::CALLS_PUSH;
use super::standing;
use super::unwind::Problem;
use super::walk::{Run, Stop, arguments, or_end};

/// `__C_specific_handler(ExceptionRecord, EstablisherFrame, ContextRecord, DispatcherContext)`.
pub(super) unsafe extern "C" fn c_specific_handler(state: *mut State) -> Action {
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
                if stays || scope.target == target {
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

/// A filter has answered: EXCEPTION_CONTINUE_EXECUTION (negative), EXCEPTION_CONTINUE_SEARCH (0) or
/// EXCEPTION_EXECUTE_HANDLER.
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
