//! Output of debug builds with the WDK for the kernel debugger: loading and binding, every
//! callback, every failure status.
//!
//! It is for a first run on Windows with WinDbg or DebugView, and uses Microsoft's `wdk::println!`.
//! Release builds and builds without the WDK print nothing: users of a driver have its trace events
//! (`trace`).
//!
//! Lines are printed at any IRQL, from a buffer on the stack. Only the line at load, at
//! `PASSIVE_LEVEL`, allocates memory: it formats text through `alloc`, with the allocator of
//! `wdk-alloc`.

use core::ffi::CStr;

/// The level of a line. Lines up to `acx_debug_level` are printed; a debugger may set it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(
    not(all(feature = "wdk", debug_assertions)),
    expect(dead_code, reason = "printed only there")
)]
pub(crate) enum Level {
    /// A failure status.
    Warning = 1,
    /// Callbacks once per stream, device or setting.
    Info = 2,
    /// Callbacks for each packet or position, and timer expiry.
    Verbose = 3,
}

/// Prints that a callback begins. Any IRQL. `name` is its DDI name. `trace::callback` calls this
/// and also writes a trace event; timers, which expire with every packet, are only printed.
#[inline]
pub(crate) fn callback(level: Level, name: &'static CStr) {
    #[cfg(all(feature = "wdk", debug_assertions))]
    printing::callback(level, name);
    #[cfg(not(all(feature = "wdk", debug_assertions)))]
    let _ = (level, name);
}

/// Prints that a call or callback at `place` failed with `status`. Any IRQL.
#[cfg(all(feature = "wdk", debug_assertions))]
pub(crate) fn failed(status: acx_sys::NTSTATUS, place: &core::panic::Location<'_>) {
    printing::failed(status, place);
}

/// Prints that Microsoft's stub bound the driver, and where its settings are.
///
/// # Safety
///
/// From `DriverEntry`, with its registry path.
pub(crate) unsafe fn loaded(registry_path: acx_sys::PUNICODE_STRING) {
    #[cfg(all(feature = "wdk", debug_assertions))]
    // SAFETY: the caller's registry path is DriverEntry's.
    unsafe {
        printing::loaded(registry_path);
    }
    #[cfg(not(all(feature = "wdk", debug_assertions)))]
    let _ = registry_path;
}

#[cfg(all(feature = "wdk", debug_assertions))]
mod printing {
    extern crate alloc;

    use alloc::format;
    use alloc::string::String;
    use core::ffi::CStr;
    use core::panic::Location;
    use core::sync::atomic::{AtomicU32, Ordering};

    use acx_sys::{NTSTATUS, PUNICODE_STRING};

    use crate::debug::Level;

    /// For the line formatted at load; nothing else allocates through it.
    #[global_allocator]
    static ALLOCATOR: wdk_alloc::WdkAllocator = wdk_alloc::WdkAllocator;

    /// The highest level that is printed, under a name that a debugger finds: `ed
    /// acxvad!acx_debug_level 3`.
    #[unsafe(no_mangle)]
    static acx_debug_level: AtomicU32 = AtomicU32::new(Level::Info as u32);

    fn is_on(level: Level) -> bool {
        level as u32 <= acx_debug_level.load(Ordering::Relaxed)
    }

    pub(super) fn callback(level: Level, name: &'static CStr) {
        if is_on(level) {
            wdk::println!("acx: {}", name.to_str().unwrap_or_default());
        }
    }

    pub(super) fn failed(status: NTSTATUS, place: &Location<'_>) {
        if is_on(Level::Warning) {
            wdk::println!("acx: status {status:#010X} at {}:{}", place.file(), place.line());
        }
    }

    /// # Safety
    ///
    /// As of [`loaded`](super::loaded).
    pub(super) unsafe fn loaded(registry_path: PUNICODE_STRING) {
        // SAFETY: DriverEntry's registry path is a valid counted string during the call.
        let path = unsafe {
            let path = &*registry_path;
            core::slice::from_raw_parts(path.Buffer, usize::from(path.Length) / 2)
        };
        let text = format!(
            "acx: loaded and bound: KMDF 1.{}, ACX 1.{}, {}",
            acx_sys::entry::KMDF_MINOR,
            acx_sys::entry::AcxMinimumVersionRequired,
            String::from_utf16_lossy(path)
        );
        wdk::println!("{text}");
    }
}
