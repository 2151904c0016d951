//! Counted strings in a driver's memory.

use acx_sys::*;

use crate::kernel::Kernel;
use crate::kernel::abi::{read, write, write_bytes};
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
    let bytes: Vec<u8> = units.iter().chain(&[0]).flat_map(|unit| unit.to_le_bytes()).collect();
    let Ok(maximum) = u16::try_from(bytes.len()) else { return STATUS_BUFFER_TOO_SMALL };
    let buffer = kernel.part::<Pool>().allocate(kernel, bytes.len(), TAG, false) as *mut u16;
    if buffer.is_null() {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    write_bytes(buffer, &bytes);
    let own = UNICODE_STRING { Length: maximum - 2, MaximumLength: maximum, Buffer: buffer };
    write(string, own);
    STATUS_SUCCESS
}
