//! Counted strings in a driver's memory.

use acx_sys::*;

use crate::kernel::Kernel;
use crate::kernel::abi::{read, write};
use crate::kernel::pool::Pool;

const TAG: u32 = u32::from_le_bytes(*b"Strg");

/// Puts units after `used` bytes of a string's buffer, with a zero where there is room.
pub(crate) fn put(string: PUNICODE_STRING, used: u16, units: &[u16]) -> NTSTATUS {
    let Some(own) = read(string) else { return STATUS_INVALID_PARAMETER };
    let end = usize::from(used) + units.len() * 2;
    if end > usize::from(own.MaximumLength) {
        return STATUS_BUFFER_TOO_SMALL;
    }
    for (at, unit) in units.iter().enumerate() {
        write(own.Buffer.wrapping_add(usize::from(used / 2) + at), *unit);
    }
    if end + 2 <= usize::from(own.MaximumLength) {
        write(own.Buffer.wrapping_add(end / 2), 0);
    }
    write(string, UNICODE_STRING { Length: end as u16, ..own });
    STATUS_SUCCESS
}

/// A string in pool of the host's, which RtlFreeUnicodeString frees.
pub(crate) fn allocate(kernel: &Kernel, string: PUNICODE_STRING, units: &[u16]) -> NTSTATUS {
    let bytes = (units.len() + 1) * 2;
    let buffer = kernel.part::<Pool>().allocate(kernel, bytes, TAG, false);
    if buffer == 0 {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    let empty =
        UNICODE_STRING { Length: 0, MaximumLength: bytes as u16, Buffer: buffer as *mut u16 };
    write(string, empty);
    put(string, 0, units)
}
