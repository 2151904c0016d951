//! The entry points of exceptions: the kernel's functions that raise them, unwind frames or read
//! registers, and the first step after a fault.

use super::engine::{Action, Kind, Record, State, stepping};
use super::exception::{NONCONTINUABLE, dispatch, leave};
use super::specific::c_specific_handler;
use super::standing;
use super::unwind::{Context, Frame, Problem};
use super::walk::{Part, Run, Stop, arguments};

const STATUS_ACCESS_VIOLATION: u32 = 0xC000_0005;

fn raise(run: &Run, code: u32, flags: u32) -> Action {
    let record = &mut run.own().record;
    (record.code, record.flags) = (code, flags);
    dispatch(run)
}

/// `RtlRaiseStatus(Status)`.
unsafe extern "C" fn raise_status(state: *mut State) -> Action {
    let run = Run::begin(state);
    let [status, ..] = arguments(&run);
    raise(&run, status as u32, NONCONTINUABLE)
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

/// `RtlUnwindEx(TargetFrame, TargetIp, ExceptionRecord, ReturnValue, ContextRecord,
/// HistoryTable)`, and `RtlUnwind` without the last two.
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

/// An imported function that returns a result, or raises an exception if it fails.
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

/// The imports of images, by name.
pub(crate) fn exports() -> Vec<(&'static str, *const std::ffi::c_void)> {
    vec![
        ("RtlRaiseStatus", stepping!(raise_status)),
        ("RtlRaiseException", stepping!(raise_exception)),
        ("RtlUnwindEx", stepping!(unwind)),
        ("RtlUnwind", stepping!(unwind)),
        ("_local_unwind", stepping!(local_unwind)),
        ("RtlCaptureContext", stepping!(capture_context)),
        ("RtlRestoreContext", stepping!(restore_context)),
        ("__C_specific_handler", stepping!(c_specific_handler)),
    ]
}

/// Returns the function that contains an address: its image's base, and its entry.
///
/// # Errors
///
/// The error in the image's table.
pub(crate) fn lookup(address: u64) -> Result<Option<(u64, u64)>, Problem> {
    let Some(table) = standing::table(address) else { return Ok(None) };
    let Some(offset) = table.offset(address) else { return Ok(None) };
    let function = table.function(offset)?;
    Ok(function.map(|function| (table.base(), table.base() + u64::from(function.entry))))
}

/// Returns a caller's registers, from those of a function on the stack of the driver call in
/// progress; and its image's base.
///
/// # Errors
///
/// The error in the unwind data or the registers.
pub(crate) fn virtual_unwind(context: &mut Context) -> Result<(u64, Frame), Problem> {
    let here = 0_u64;
    // SAFETY: the innermost call of this thread is under way, for the driver calls this.
    let high = unsafe { (*standing::standing()).saved.sp() };
    let stack = Part { low: &raw const here as u64, high };
    let table =
        standing::table(context.control()).ok_or(Problem::Stack { address: context.control() })?;
    Ok((table.base(), table.unwind(context, &stack)?))
}
