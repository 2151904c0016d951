//! Calls into images, which may fault and raise exceptions: an unhandled one ends the call, and is
//! reported.

use super::base::{Kernel, current};
use super::loaded::Loaded;
use super::pool::Pool;
use super::report::Rule;
use crate::image::outcome::{Cause, Fault};
use crate::image::standing::{self, Processor};
use crate::kernel::DISPATCH;

/// What the instructions that are emulated read and write of the machine that the thread is in.
struct Current;

impl Processor for Current {
    fn irql(&self) -> u8 {
        current().irql()
    }

    fn set_irql(&self, irql: u8) {
        current().set_irql(irql);
    }

    fn times(&self) -> (u64, i64) {
        let kernel = current();
        (kernel.interrupt_time(), kernel.system_time())
    }

    /// Windows stops for an invalid address of the kernel's, whatever handlers there are (bug
    /// checks 0x50, 0xD5, 0xBE), and for any page fault at DISPATCH_LEVEL (0xD1). The kernel's are:
    /// the image, pool, and the upper half of the address space.
    fn may_be_handled(&self, fault: &Fault) -> bool {
        let kernel = current();
        if fault.code != acx_sys::STATUS_ACCESS_VIOLATION.cast_unsigned()
            || fault.address == usize::MAX
        {
            return true;
        }
        kernel.irql() < DISPATCH
            && fault.address.cast_signed() >= 0
            && !kernel.part::<Loaded>().is_image(fault.address)
            && kernel.part::<Pool>().blame(fault.address).is_none()
    }
}

/// Calls into an image; None if a fault ended the call.
pub(super) fn call<T: Copy>(
    kernel: &Kernel,
    name: &'static str,
    driver: impl Fn() -> T,
) -> Option<T> {
    match kernel.outside(|| standing::call(&Current, driver)) {
        Ok(answer) => Some(answer),
        Err(fault) => {
            report(kernel, name, &fault);
            None
        }
    }
}

fn report(kernel: &Kernel, name: &str, fault: &Fault) {
    let image = kernel.part::<Loaded>().image_at(fault.instruction);
    let place = image.as_ref().and_then(|image| image.places.as_ref()).map_or_else(
        || format!("{:#x}", fault.instruction),
        |image| image.place(fault.instruction),
    );
    let place = fault.service.map_or(place, str::to_owned);
    let code = fault.code;
    let what = match fault.cause {
        Cause::Fault if code == acx_sys::STATUS_ACCESS_VIOLATION.cast_unsigned() => {
            return report_access(kernel, name, fault, &place);
        }
        Cause::Fault => format!("exception {code:#010x} at {place}, which no handler wants"),
        Cause::FastFail(code) => {
            let what = format!("{name}: fast fail {code} at {place}");
            return kernel.violate(Rule::AccessViolation, what);
        }
        Cause::Exhausted => format!("exception {code:#010x} at {place}: no stack for handlers"),
        Cause::Raised => {
            format!("exception {code:#010x} raised at {place}, which no handler wants")
        }
        Cause::Noncontinuable => format!(
            "EXCEPTION_CONTINUE_EXECUTION for exception {code:#010x} of {place}, which cannot be continued"
        ),
        Cause::Disposition(answer) => format!(
            "a handler answered {answer} to exception {code:#010x} of {place}: no EXCEPTION_DISPOSITION"
        ),
        Cause::Target => format!(
            "an unwind for exception {code:#010x} of {place} goes to a frame that is not on the stack"
        ),
        Cause::Data(problem) => {
            let what =
                format!("{name}: {problem}; exception {code:#010x} of {place} got no further");
            return kernel.violate(Rule::UnwindData, what);
        }
    };
    kernel.violate(Rule::Exception, format!("{name}: {what} (bug check 0x1e)"));
}

fn report_access(kernel: &Kernel, name: &str, fault: &Fault, place: &str) {
    let image = kernel.part::<Loaded>().image_at(fault.address);
    let way = if fault.writes { "write to" } else { "read of" };
    let what = format!("{name}: {way} {:#x} by {place}", fault.address);
    let places = image.as_ref().and_then(|image| image.places.as_ref());
    let is_paged_out =
        kernel.irql() >= DISPATCH && places.is_some_and(|places| places.is_paged(fault.address));
    let (rule, what) = if is_paged_out {
        (Rule::PagedCode, format!("{what}, which is pageable"))
    } else if let Some((rule, whose)) = kernel.part::<Pool>().blame(fault.address) {
        (rule, format!("{what}: {whose}"))
    } else {
        (Rule::AccessViolation, what)
    };
    kernel.violate(rule, what);
}
