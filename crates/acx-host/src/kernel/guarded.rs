//! Calls into images, which may fault: a fault ends the call, and is reported.

use super::base::{Kernel, current};
use super::driver::Loaded;
use super::pool::Pool;
use super::report::Rule;
use crate::image::Places;
use crate::image::fault::{self, Fault, Processor};

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
}

/// Calls into an image; None if a fault ended the call.
pub(super) fn call<T: Copy>(
    kernel: &Kernel,
    name: &'static str,
    driver: impl Fn() -> T,
) -> Option<T> {
    match kernel.outside(|| fault::call(&Current, driver)) {
        Ok(answer) => Some(answer),
        Err(fault) => {
            report(kernel, name, &fault);
            None
        }
    }
}

fn report(kernel: &Kernel, name: &str, fault: &Fault) {
    let image = kernel.part::<Loaded>().places.borrow();
    let way = if fault.writes { "write to" } else { "read of" };
    let place = image.as_ref().map_or_else(
        || format!("{:#x}", fault.instruction),
        |image| image.place(fault.instruction),
    );
    let place = fault.service.map_or(place, str::to_owned);
    let what = match fault.fast_fail {
        Some(code) => format!("{name}: fast fail {code} at {place}"),
        None => format!("{name}: {way} {:#x} by {place}", fault.address),
    };
    let pageable = |image: &Places| fault.fast_fail.is_none() && image.is_paged(fault.address);
    let (rule, what) = if image.as_ref().is_some_and(pageable) {
        (Rule::PagedCode, format!("{what}, which is pageable"))
    } else if let Some((rule, whose)) = kernel.part::<Pool>().blame(fault.address) {
        (rule, format!("{what}: {whose}"))
    } else {
        (Rule::AccessViolation, what)
    };
    drop(image);
    kernel.violate(rule, what);
}
