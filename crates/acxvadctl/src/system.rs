//! The Windows functions that an installation needs.

use std::path::Path;
use std::time::Duration;

use crate::ends::HiddenEnd;

/// A Windows call failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what}: {why} (error {code:#x}){}", remedy(*.code))]
pub struct Failed {
    /// The operation.
    pub what: String,
    /// Windows' message.
    pub why: String,
    /// Windows' error code: of Win32 or SetupAPI, or an HRESULT.
    pub code: u32,
}

/// ERROR_REQUIRES_INTERACTIVE_WINDOWSTATION: the user must be asked, which is not allowed.
pub const WOULD_ASK: u32 = 1459;

/// The remedy for a common error.
fn remedy(code: u32) -> &'static str {
    // An HRESULT with a Win32 error means the same.
    match if code >> 16 == 0x8007 { code & 0xFFFF } else { code } {
        5 | 0xE000_0236 => ": run this from an administrator's prompt",
        0xE000_0242 | 0x800B_0109 => {
            ": the certificate is not trusted here: certutil -addstore Root acxvad.cer, \
             certutil -addstore TrustedPublisher acxvad.cer"
        }
        WOULD_ASK => {
            ": Windows would ask whether to trust the publisher: trust its certificate before \
             (certutil -addstore TrustedPublisher acxvad.cer), or leave --quiet out"
        }
        0xE000_0247 => ": Windows does not trust the signature: turn test signing on, and restart",
        0xE000_022F | 0xE000_0100 => {
            ": the package is not consistent: build it again with `cargo xtask package`"
        }
        0xE000_020B => ": there is no such device",
        _ => "",
    }
}

/// Whether Windows requires a restart before a change takes effect.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Restart(pub bool);

impl Restart {
    /// The exit status of an otherwise successful run.
    #[must_use]
    pub fn exit(self) -> i32 {
        if self.0 { crate::exit::RESTART } else { crate::exit::DONE }
    }
}

/// The end of a message if Windows requires a restart.
impl std::fmt::Display for Restart {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if self.0 { "; restart Windows before you try again" } else { "" })
    }
}

/// A device with acxvad's hardware id.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Device {
    /// Its instance id, such as `ROOT\MEDIA\0000`.
    pub id: String,
    /// The version of its driver; None before there is one.
    pub version: Option<String>,
    /// The INF in the driver store that it was installed from, such as `oem7.inf`.
    pub inf: Option<String>,
    /// Its problem code (CM_PROB_...); 0 is none.
    pub problem: u32,
    /// Reference strings of its enabled audio interfaces: the circuits.
    pub circuits: Vec<String>,
}

/// An audio endpoint of such a device.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Endpoint {
    /// The name that users see.
    pub name: String,
    /// Whether audio goes to it.
    pub is_render: bool,
    /// DEVICE_STATE_...: 1 active, 2 disabled, 4 not present, 8 unplugged.
    pub state: u32,
}

/// The default endpoints by role, in a fixed order: names, or nothing.
pub type Defaults = Vec<Option<String>>;

/// Windows' functions for an installation.
pub trait System {
    /// The devices with acxvad's hardware id.
    ///
    /// # Errors
    ///
    /// [`Failed`] with Windows' error; the same for all functions.
    fn devices(&self) -> Result<Vec<Device>, Failed>;

    /// Creates a root-enumerated device of class MEDIA with acxvad's hardware id. Returns its
    /// instance id.
    fn create_device(&self) -> Result<String, Failed>;

    /// Stages the package of an INF and installs its driver on every device with acxvad's hardware
    /// id. Unless Windows `may_ask`, it fails with [`WOULD_ASK`] where Windows would ask.
    fn bind_driver(&self, inf: &Path, may_ask: bool) -> Result<Restart, Failed>;

    /// Removes a device.
    fn remove_device(&self, id: &str) -> Result<Restart, Failed>;

    /// Stops and starts a device.
    fn restart_device(&self, id: &str) -> Result<Restart, Failed>;

    /// Removes a package from the driver store by its INF there, with its files. A device that
    /// still uses it gets another driver, or none.
    fn remove_package(&self, inf: &str) -> Result<Restart, Failed>;

    /// acxvad's packages in the driver store, by their INFs there.
    fn packages(&self) -> Result<Vec<String>, Failed>;

    /// The audio endpoints of a device.
    fn endpoints(&self, device: &str) -> Result<Vec<Endpoint>, Failed>;

    /// The hidden ends of all cables.
    fn hidden_ends(&self) -> Result<Vec<HiddenEnd>, Failed>;

    /// The default endpoints.
    fn defaults(&self) -> Result<Defaults, Failed>;

    /// Whether a service runs.
    fn is_running(&self, service: &str) -> bool;

    /// A number or text in a device's hardware key.
    fn setting(&self, device: &str, name: &str) -> Result<Option<Value>, Failed>;

    /// Sets a number or text in a device's hardware key.
    fn set_setting(&self, device: &str, name: &str, value: &Value) -> Result<(), Failed>;

    /// Lets time pass.
    fn sleep(&self, span: Duration);
}

/// A value of the registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// REG_DWORD.
    Number(u32),
    /// REG_SZ.
    Text(String),
}

impl std::fmt::Display for Value {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Number(number) => write!(f, "{number}"),
            Self::Text(text) => write!(f, "{text:?}"),
        }
    }
}
