//! The panic handler of an image. No callback in this workspace panics by design; if one does, the
//! system stops at that place instead of continuing with broken state.

use core::panic::PanicInfo;

use acx_sys::ULONG_PTR;
use acx_sys::ntddk::KeBugCheckEx;

/// The bug check code of a panic: `ACX` in the range of codes that drivers may define.
const PANIC: u32 = 0xE0AC_0001;

/// Bug check [`PANIC`] with the address and length of the file's name, the line and the column.
#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    let (file, length, line, column) = info.location().map_or((0, 0, 0, 0), |location| {
        let file = location.file();
        (file.as_ptr().addr(), file.len(), location.line(), location.column())
    });
    let word = |value: usize| ULONG_PTR::try_from(value).unwrap_or(0);
    // SAFETY: any IRQL; it does not return.
    unsafe { KeBugCheckEx(PANIC, word(file), word(length), line.into(), column.into()) }
}
