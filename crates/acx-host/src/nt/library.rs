//! The exports of ntoskrnl.exe for images, and the checks for leaks when a driver is unloaded.

use acx_sys::*;

use crate::kernel::Kernel;
use crate::kernel::abi::text;
use crate::kernel::function::{Export, services};
use crate::kernel::security;
use crate::kernel::{exports, trace as etw};
use crate::nt::feature::{self, Registrations};
use crate::nt::handle::{self, Handles};
use crate::nt::sync::{self, Timers};
use crate::nt::thread::{self, SystemThreads};
use crate::nt::{exception, file, io, lock, memory, mutex, print, registry, string, time, trace};

/// Every function of the kernel.
pub(crate) fn ntoskrnl() -> Vec<Export> {
    // First: an image gets the form that can raise.
    let mut all = exception::all();
    all.extend(exports::exports());
    all.extend(exports::for_images());
    all.extend(etw::exports());
    all.extend(security::exports());
    all.extend(memory::services());
    all.extend(memory::runtime());
    all.extend(sync::services());
    all.extend(lock::services());
    all.extend(mutex::services());
    all.extend(thread::services());
    all.extend(time::services());
    all.extend(string::services());
    all.extend(registry::services());
    all.extend(file::services());
    all.extend(io::services());
    all.extend(print::services());
    all.extend(print::printing());
    all.extend(trace::services());
    all.extend(handle::services());
    all.extend(feature::services());
    all.extend(services());
    all
}

/// The names of what the kernel exports.
#[cfg(test)]
pub(super) fn names() -> Vec<&'static str> {
    ntoskrnl().iter().map(|export| export.name).collect()
}

/// At unload of a driver nothing of its own may be left.
pub(crate) fn check_empty(kernel: &Kernel, driver: u32) {
    kernel.part::<SystemThreads>().check_empty(kernel, driver);
    kernel.part::<Timers>().check_empty(kernel, driver);
    kernel.part::<Handles>().check_empty(kernel, driver);
    kernel.part::<Registrations>().check_empty(kernel, driver);
}

/// The address of a function of the kernel.
fn routine(name: &str) -> Option<usize> {
    ntoskrnl().iter().find(|export| export.name == name).map(|export| export.windows as usize)
}

fn MmGetSystemRoutineAddress(_kernel: &Kernel, SystemRoutineName: PCUNICODE_STRING) -> PVOID {
    text(SystemRoutineName).and_then(|name| routine(&name)).unwrap_or(0) as PVOID
}

services! {
    /// What looks functions up.
    services:
    MmGetSystemRoutineAddress: PASSIVE;
}
