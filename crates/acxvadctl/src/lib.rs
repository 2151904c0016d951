//! Installing acxvad on a Windows test machine, without tools of the WDK, and saying what became of
//! it.
//!
//! | module | what is in it |
//! |---|---|
//! | [`system`] | what an installation asks of Windows, as a trait, and what it learns |
//! | [`install`] | the steps of installing and uninstalling, and the way back when one fails |
//! | [`status`] | what is there, and why an endpoint is not |
//! | [`ends`] | hidden ends: programs that stream there, and jacks that follow |
//! | [`settings`] | the driver's settings: names, what is allowed |
//! | [`follow`], [`trim`] | a cable in step with a real device, and its clock: of `acx-client` |
//! | `playing` | a playback device whose clock is followed, over WASAPI |
//! | `windows` | the trait over SetupAPI, the configuration manager and MMDevice |
//!
//! Everything but the last module runs anywhere, and is tested there on a system that fails at each
//! step in turn. The default device is never changed: Windows may choose another one when endpoints
//! appear, and that is said.

pub mod ends;
pub mod install;
pub mod settings;
pub mod status;
pub mod system;

pub use acx_client::{follow, trim};

#[cfg(windows)]
pub mod playing;
#[cfg(windows)]
pub mod windows;

/// What the program ends with, for scripts.
pub mod exit {
    /// All was done.
    pub const DONE: i32 = 0;
    /// Something failed; the message says what. From `status`: something is missing.
    pub const FAILED: i32 = 1;
    /// The command line was wrong, or what it names.
    pub const USAGE: i32 = 2;
    /// It is installed, but an endpoint is missing. Nothing was taken back.
    pub const INCOMPLETE: i32 = 3;
    /// Nothing was installed: Windows would have asked somebody, and `--quiet` forbids it.
    pub const WOULD_ASK: i32 = 4;
    /// All was done, and Windows has to restart before it takes effect:
    /// ERROR_SUCCESS_REBOOT_REQUIRED, as Windows' own installers end.
    pub const RESTART: i32 = 3010;
}

/// The hardware id of the root-enumerated device, as in the INF.
pub const HARDWARE_ID: &str = r"ROOT\acxvad";

/// The driver's service, as in the INF.
pub const SERVICE: &str = "acxvad";
