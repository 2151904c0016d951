//! The tables of calls when Microsoft's stubs bind the driver.

use crate::{ACXFUNC, PACX_DRIVER_GLOBALS, PWDF_DRIVER_GLOBALS, ULONG, WDFFUNC};

/// The least ACX minor version that the driver runs on; `acxstub.lib` requires its client to define
/// it.
// SAFETY: the stub library names this symbol and no other object defines it.
#[unsafe(no_mangle)]
pub static AcxMinimumVersionRequired: ULONG = 1;

/// The least minor version of KMDF 1 that the driver runs on, from the version that its manifest
/// names.
pub const KMDF_MINOR: ULONG = wdk_sys::WdfMinimumVersionRequired;

/// Entry `index` of the KMDF table.
///
/// # Safety
///
/// The driver is bound to KMDF, and the table has an entry `index`.
#[inline]
pub(crate) unsafe fn wdf_function(index: usize) -> WDFFUNC {
    // SAFETY: the loader sets the pointer before DriverEntry and never changes it; the index is
    // valid by the caller's contract.
    unsafe { *wdk_sys::WdfFunctions.add(index) }
}

/// The first argument of every KMDF entry.
///
/// # Safety
///
/// The driver is bound to KMDF.
#[inline]
pub(crate) unsafe fn wdf_globals() -> PWDF_DRIVER_GLOBALS {
    // SAFETY: set before DriverEntry, and never after.
    unsafe { wdk_sys::WdfDriverGlobals }
}

/// Entry `index` of the ACX table.
///
/// # Safety
///
/// The driver is bound to ACX, and the table has an entry `index`.
#[inline]
pub(crate) unsafe fn acx_function(index: usize) -> ACXFUNC {
    // A symbol of unknown length: the address is the first entry's.
    let table = (&raw const super::acx::AcxFunctions).cast::<ACXFUNC>();
    // SAFETY: the loader filled the table before DriverEntry; the caller vouches for the index.
    unsafe { *table.add(index) }
}

/// The first argument of every ACX entry.
///
/// # Safety
///
/// The driver is bound to ACX.
#[inline]
pub(crate) unsafe fn acx_globals() -> PACX_DRIVER_GLOBALS {
    // SAFETY: set before DriverEntry, and never after.
    unsafe { super::acx::AcxDriverGlobals }
}

/// A call through an empty entry, which cannot return.
#[cold]
pub(crate) fn not_bound() -> ! {
    // SAFETY: KeBugCheckEx may be called at any IRQL and does not return.
    unsafe {
        // DRIVER_VIOLATION (0x121), with a first parameter that identifies this crate: "ACXS".
        wdk_sys::ntddk::KeBugCheckEx(0x121, 0x4143_5853, 0, 0, 0)
    }
}
