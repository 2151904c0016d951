//! Installs acxvad on a Windows test machine without WDK tools, and reports its status.
//!
//! | module | contents |
//! |---|---|
//! | [`system`] | the Windows functions that an installation needs, as a trait |
//! | [`install`] | the steps of installing and uninstalling, and the rollback |
//! | [`status`] | the installation's status, and the reasons for missing endpoints |
//! | [`ends`] | hidden ends: programs that stream there, and jacks that follow |
//! | [`settings`] | the driver's settings: names and allowed values |
//! | [`follow`], [`trim`] | a cable's clock, and its synchronization with a device: of `acx-client` |
//! | `playing` | a playback device whose clock is followed, over WASAPI |
//! | `windows` | the trait over SetupAPI, the configuration manager and MMDevice |
//!
//! Everything but the last module runs on any system, and is tested on a simulated system that
//! fails at each step in turn. The program never changes the default device. Windows may choose
//! another one when endpoints appear, which is reported.

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

/// The exit statuses, for scripts.
pub mod exit {
    /// Success.
    pub const DONE: i32 = 0;
    /// Something failed; see the message. From `status`: something is missing.
    pub const FAILED: i32 = 1;
    /// The command line is wrong, or something that it names.
    pub const USAGE: i32 = 2;
    /// It is installed, but an endpoint is missing. Nothing was undone.
    pub const INCOMPLETE: i32 = 3;
    /// Nothing was installed: Windows would have asked the user, which `--quiet` forbids.
    pub const WOULD_ASK: i32 = 4;
    /// Success, but Windows must restart before it takes effect: ERROR_SUCCESS_REBOOT_REQUIRED, the
    /// status of Windows' own installers.
    pub const RESTART: i32 = 3010;
}

/// The hardware id of the root-enumerated device, as in the INF.
pub const HARDWARE_ID: &str = r"ROOT\acxvad";

/// The driver's service, as in the INF.
pub const SERVICE: &str = "acxvad";
