//! Services of the operating system: memory that can be mapped more than once, and memory for
//! images.
//!
//! | module | where | shared memory |
//! |---|---|---|
//! | `unix` | Linux, macOS | an anonymous shared-memory file |
//! | `windows` | Windows | a section, mapped over placeholders; on a system without them, synchronized copies |

#[cfg_attr(unix, path = "os/unix.rs")]
#[cfg_attr(windows, path = "os/windows.rs")]
mod sys;

#[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
pub(crate) mod memory;
#[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
pub(crate) mod processor;

pub(crate) use sys::{Mapping, Region, SharedPages, arrive, leave};

/// The page size that drivers see, in bytes.
pub(crate) const PAGE: usize = 4096;

/// Memory protection. No memory is ever both writable and executable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Protection {
    /// No access.
    None,
    /// Read.
    Read,
    /// Read and written.
    ReadWrite,
    /// Read and run.
    ReadExecute,
}
