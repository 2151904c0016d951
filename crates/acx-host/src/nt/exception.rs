//! Structured exceptions: the functions that raise them, and those that walk and unwind frames. The
//! mechanism is in `image::exception`.

use acx_sys::*;

use crate::image::doors::{self, checked};
use crate::image::engine::{Action, State, stepping};
use crate::image::unwind::Context;
use crate::kernel::Kernel;
use crate::kernel::abi::{read, write};
use crate::kernel::exports;
use crate::kernel::function::{Answer, Export, Function, enter, function, services};
use crate::kernel::loaded::Loaded;
use crate::kernel::pool::Pool;
use crate::kernel::report::Rule;
use crate::nt::memory;
use crate::os::memory::is_mapped;

/// MmUserProbeAddress: client memory ends here.
const USER_END: usize = 0x7FFF_FFFF_0000;

/// POOL_FLAG_RAISE_ON_FAILURE.
const RAISES: u64 = 0x20;
/// POOL_QUOTA_FAIL_INSTEAD_OF_RAISE.
const FAILS: u64 = 8;

/// IoReadAccess: the pages are read only.
const READ_ACCESS: u64 = 0;

/// Checks a client's buffer by the pages of ProbeForRead and ProbeForWrite. The image and pool
/// belong to the kernel.
fn probe(
    kernel: &Kernel,
    address: usize,
    length: usize,
    alignment: usize,
    writes: bool,
) -> NTSTATUS {
    if length == 0 {
        return STATUS_SUCCESS;
    }
    if !matches!(alignment, 1 | 2 | 4 | 8 | 16) {
        kernel.violate(Rule::BadArgument, format!("a probe for an alignment of {alignment}"));
    } else if !address.is_multiple_of(alignment) {
        return STATUS_DATATYPE_MISALIGNMENT;
    }
    let end = address.checked_add(length).filter(|end| *end <= USER_END);
    let is_the_kernels =
        kernel.part::<Loaded>().is_image(address) || kernel.part::<Pool>().has(address);
    // Only a write is probed; a read shows by itself whether the memory is readable.
    if end.is_none() || is_the_kernels || writes && !is_mapped(address, length, true) {
        return STATUS_ACCESS_VIOLATION;
    }
    STATUS_SUCCESS
}

/// A function that answers, or raises `status` of its answer.
fn or_raise<F: Function, R: Answer>(
    body: impl FnOnce(&Kernel) -> R,
    value: impl FnOnce(R) -> Result<u64, NTSTATUS>,
) -> Result<u64, u32> {
    value(enter::<F, R>(&[], body)).map_err(NTSTATUS::cast_unsigned)
}

fn success(status: NTSTATUS) -> Result<u64, NTSTATUS> {
    if status == STATUS_SUCCESS { Ok(0) } else { Err(status) }
}

/// A block, or STATUS_INSUFFICIENT_RESOURCES if `raises`.
fn block(raises: bool) -> impl FnOnce(PVOID) -> Result<u64, NTSTATUS> {
    move |block| match block as u64 {
        0 if raises => Err(STATUS_INSUFFICIENT_RESOURCES),
        block => Ok(block),
    }
}

/// The functions that raise an exception when they fail: the first step of each, with its highest
/// IRQL.
macro_rules! raising {
    ($($name:ident: $irql:ident, |$arguments:ident| $body:expr, $value:expr;)*) => {
        $(unsafe extern "C" fn $name(state: *mut State) -> Action {
            struct Row;
            function!(Row = $name: $irql);
            checked(state, |$arguments| or_raise::<Row, _>($body, $value))
        })*
    };
}

#[expect(non_snake_case, reason = "the functions' own names")]
mod steps {
    use super::*;

    raising! {
        ExRaiseStatus: APC, |a| |_kernel| a[0] as NTSTATUS, Err;
        ExRaiseAccessViolation: PASSIVE, |_a| |_kernel| STATUS_ACCESS_VIOLATION, Err;
        ExRaiseDatatypeMisalignment: PASSIVE, |_a| |_kernel| STATUS_DATATYPE_MISALIGNMENT, Err;
        ProbeForRead: APC, |a| |kernel| {
            probe(kernel, a[0] as usize, a[1] as usize, a[2] as u32 as usize, false)
        }, success;
        ProbeForWrite: APC, |a| |kernel| {
            probe(kernel, a[0] as usize, a[1] as usize, a[2] as u32 as usize, true)
        }, success;
        ExAllocatePool2: DISPATCH, |a| |kernel| {
            exports::ExAllocatePool2(kernel, a[0], a[1], a[2] as ULONG)
        }, block(a[0] & RAISES != 0);
        ExAllocatePoolWithQuotaTag: DISPATCH, |a| |kernel| {
            memory::ExAllocatePoolWithQuotaTag(kernel, a[0] as i32, a[1] as usize, a[2] as ULONG)
        }, block(a[0] & FAILS == 0);
        MmProbeAndLockPages: DISPATCH, |a| |kernel| {
            lock_pages(kernel, a[0] as PMDL, a[1], a[2])
        }, success;
    }

    pub(super) fn all() -> Vec<Export> {
        let export = |name, windows| Export { name, windows };
        vec![
            export("ExRaiseStatus", stepping!(ExRaiseStatus)),
            export("ExRaiseAccessViolation", stepping!(ExRaiseAccessViolation)),
            export("ExRaiseDatatypeMisalignment", stepping!(ExRaiseDatatypeMisalignment)),
            export("ProbeForRead", stepping!(ProbeForRead)),
            export("ProbeForWrite", stepping!(ProbeForWrite)),
            export("ExAllocatePool2", stepping!(ExAllocatePool2)),
            export("ExAllocatePoolWithQuotaTag", stepping!(ExAllocatePoolWithQuotaTag)),
            export("MmProbeAndLockPages", stepping!(MmProbeAndLockPages)),
        ]
    }
}

fn lock_pages(kernel: &Kernel, mdl: PMDL, mode: u64, operation: u64) -> NTSTATUS {
    if let Some(mdl) = read(mdl) {
        let (address, length) =
            (mdl.StartVa as usize + mdl.ByteOffset as usize, mdl.ByteCount as usize);
        if !is_mapped(address, length, operation & 0xFFFF_FFFF != READ_ACCESS) {
            return STATUS_ACCESS_VIOLATION;
        }
    }
    memory::MmProbeAndLockPages(kernel, mdl, mode as KPROCESSOR_MODE, operation as i32);
    STATUS_SUCCESS
}

/// The entry of the function that an address is in. The history table is a cache and is not needed.
fn RtlLookupFunctionEntry(
    kernel: &Kernel,
    ControlPc: u64,
    ImageBase: *mut u64,
    _HistoryTable: PVOID,
) -> PVOID {
    match doors::lookup(ControlPc) {
        Ok(Some((base, entry))) => {
            write(ImageBase, base);
            entry as PVOID
        }
        Ok(None) => std::ptr::null_mut(),
        Err(problem) => {
            kernel.violate(Rule::UnwindData, problem.to_string());
            std::ptr::null_mut()
        }
    }
}

/// The kind of handler that is asked for: bit 0 of exceptions, bit 1 of unwinds.
fn RtlVirtualUnwind(
    kernel: &Kernel,
    HandlerType: ULONG,
    _ImageBase: u64,
    ControlPc: u64,
    _FunctionEntry: PVOID,
    ContextRecord: *mut Context,
    HandlerData: *mut u64,
    EstablisherFrame: *mut u64,
    _ContextPointers: PVOID,
) -> PVOID {
    let Some(mut context) = read(ContextRecord) else { return std::ptr::null_mut() };
    context.set_pc(ControlPc);
    match doors::virtual_unwind(&mut context) {
        Ok((base, frame)) => {
            write(ContextRecord, context);
            write(EstablisherFrame, frame.establisher);
            let asked = frame.handler.filter(|own| {
                HandlerType & 1 != 0 && own.handles || HandlerType & 2 != 0 && own.unwinds
            });
            asked.map_or(0, |own| {
                write(HandlerData, base + u64::from(own.data));
                base + u64::from(own.address)
            }) as PVOID
        }
        Err(problem) => {
            kernel.violate(Rule::UnwindData, problem.to_string());
            std::ptr::null_mut()
        }
    }
}

services! {
    /// The functions that walk frames.
    services:
    RtlLookupFunctionEntry: ANY;
    RtlVirtualUnwind: ANY;
}

/// Imports of images that run on the images' frames. Some replace functions that cannot raise
/// exceptions in linked-in drivers.
pub(crate) fn all() -> Vec<Export> {
    let mut all = steps::all();
    let own = doors::exports().into_iter();
    all.extend(own.map(|(name, windows)| Export { name, windows }));
    all.extend(services());
    all
}
