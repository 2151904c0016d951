//! The libraries that images import from.

use crate::kernel::function::Export;

/// The exports of one of the host's libraries; None if the host has no such library.
#[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
pub(crate) fn exports(library: &str) -> Option<Vec<Export>> {
    match library.to_ascii_lowercase().as_str() {
        "ntoskrnl.exe" | "hal.dll" => Some(crate::nt::library::ntoskrnl()),
        "wdfldr.sys" => Some(crate::wdf::loader::exports()),
        "wpprecorder.sys" => Some(crate::nt::trace::recorder()),
        _ => None,
    }
}

/// As above: images load on x86-64 and AArch64 Linux only.
#[cfg(not(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64"))))]
pub(crate) fn exports(_library: &str) -> Option<Vec<Export>> {
    None
}
