//! The steps of installing and uninstalling, and the rollback when one fails.

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::exit;
use crate::status::{self, Status};
use crate::system::{Failed, Restart, System, WOULD_ASK};

/// The files of a signed package.
const FILES: [&str; 3] = ["acxvad.inf", "acxvad.sys", "acxvad.cat"];

/// The maximum wait for endpoints: the endpoint builder works in the background.
const PATIENCE: Duration = Duration::from_secs(15);
const LOOK: Duration = Duration::from_millis(250);

/// The reason why nothing was installed, or not everything was removed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The folder is not a package.
    #[error(
        "{}: there is no {file} in it: give the folder that `cargo xtask package` made, such as target/package/x64",
        folder.display()
    )]
    Package {
        /// The folder given.
        folder: PathBuf,
        /// The missing file.
        file: &'static str,
    },
    /// A step failed, and the steps before it were undone.
    #[error("{cause}; nothing was installed{restart}")]
    TakenBack {
        /// The failures.
        cause: Failed,
        /// Whether a restart completes the rollback.
        restart: Restart,
    },
    /// A step failed, and so did the rollback.
    #[error("{cause}; and undoing the earlier steps failed: {}{restart}", join(left))]
    Left {
        /// The failures.
        cause: Failed,
        /// The failures of the rollback.
        left: Vec<Failed>,
        /// Whether Windows requires a restart for the rollback.
        restart: Restart,
    },
    /// A part of the installation could not be removed.
    #[error("{}{restart}", join(left))]
    Remains {
        /// The failures.
        left: Vec<Failed>,
        /// Whether Windows requires a restart for the removals: failed ones may succeed after it.
        restart: Restart,
    },
    /// A query of Windows failed.
    #[error(transparent)]
    Asking(#[from] Failed),
}

impl Error {
    /// Whether Windows requires a restart all the same.
    #[must_use]
    pub fn restart(&self) -> Restart {
        match self {
            Self::TakenBack { restart, .. }
            | Self::Left { restart, .. }
            | Self::Remains { restart, .. } => *restart,
            Self::Package { .. } | Self::Asking(_) => Restart::default(),
        }
    }
}

impl Error {
    /// The exit status.
    #[must_use]
    pub fn exit(&self) -> i32 {
        match self {
            Self::Package { .. } => exit::USAGE,
            Self::TakenBack { cause, .. } if cause.code == WOULD_ASK => exit::WOULD_ASK,
            _ => exit::FAILED,
        }
    }
}

fn join(failures: &[Failed]) -> String {
    failures.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

/// Whether an INF of the driver store, in any encoding, is acxvad's: it names our catalog and our
/// hardware id.
pub fn is_ours(inf: &[u8]) -> bool {
    // UTF-16 or one byte per character: the words searched for are ASCII.
    let text: String = inf
        .iter()
        .filter(|byte| byte.is_ascii() && **byte != 0)
        .map(|byte| char::from(*byte).to_ascii_lowercase())
        .collect();
    let has = |left: &str, right: &str| {
        text.lines().any(|line| {
            let line: String = line.split(';').next().unwrap_or("").split_whitespace().collect();
            line.split_once('=').is_some_and(|(key, value)| {
                (left.is_empty() || key == left) && value.split(',').any(|part| part == right)
            })
        })
    };
    has("catalogfile", "acxvad.cat") && has("", &crate::HARDWARE_ID.to_ascii_lowercase())
}

/// One step, reported before it is executed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Create the device.
    CreateDevice,
    /// Install the driver of this INF on it.
    BindDriver(PathBuf),
    /// Wait for its endpoints.
    AwaitEndpoints,
    /// Remove this device.
    RemoveDevice(String),
    /// Remove the package of this INF from the driver store.
    RemovePackage(String),
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CreateDevice => write!(f, "make the device {}", crate::HARDWARE_ID),
            Self::BindDriver(inf) => write!(f, "install {} for it", inf.display()),
            Self::AwaitEndpoints => f.write_str("wait until its endpoints are there"),
            Self::RemoveDevice(id) => write!(f, "remove the device {id}"),
            Self::RemovePackage(inf) => {
                write!(f, "remove the package {inf} from the driver store")
            }
        }
    }
}

/// The result of an installation.
#[derive(Debug)]
pub struct Installed {
    /// The status after it.
    pub status: Status,
    /// Whether Windows requires a restart.
    pub restart: Restart,
    /// Whether the default endpoint of a role has changed. Windows chose it.
    pub default_moved: bool,
}

impl Installed {
    /// The exit status: a restart takes precedence, since endpoints may be missing until then.
    #[must_use]
    pub fn exit(&self) -> i32 {
        match (self.restart.0, self.status.is_complete()) {
            (true, _) => exit::RESTART,
            (false, true) => exit::DONE,
            (false, false) => exit::INCOMPLETE,
        }
    }
}

/// The INF of a package's folder, if all its files exist.
///
/// # Errors
///
/// [`Error::Package`] with the first missing file.
pub fn package(folder: &Path) -> Result<PathBuf, Error> {
    let lacks = FILES.into_iter().find(|file| !folder.join(file).is_file());
    match lacks {
        Some(file) => Err(Error::Package { folder: folder.to_owned(), file }),
        // Windows requires the full path.
        None => {
            Ok(std::path::absolute(folder.join(FILES[0])).unwrap_or_else(|_| folder.join(FILES[0])))
        }
    }
}

/// The package that came with the program: the folder `package` beside it.
///
/// # Errors
///
/// The same as [`package`].
pub fn package_beside(program: &Path) -> Result<PathBuf, Error> {
    package(&program.parent().unwrap_or(Path::new("")).join("package"))
}

/// The steps of installing a package on this system.
///
/// # Errors
///
/// [`Error::Asking`].
pub fn plan(system: &dyn System, inf: &Path) -> Result<Vec<Step>, Error> {
    let mut steps = Vec::new();
    if system.devices()?.is_empty() {
        steps.push(Step::CreateDevice);
    }
    steps.extend([Step::BindDriver(inf.to_owned()), Step::AwaitEndpoints]);
    Ok(steps)
}

/// Installs a package: creates the device if there is none, installs the driver on it, and waits
/// for its endpoints. `report` gets each step before it is executed. Unless Windows `may_ask` the
/// user, it fails where Windows would. A failed installation is rolled back: the device and the
/// package in the driver store are removed.
///
/// # Errors
///
/// [`Error`]. Missing endpoints are not an error: the status gives the reason.
pub fn install(
    system: &dyn System,
    inf: &Path,
    may_ask: bool,
    report: &mut dyn FnMut(&Step),
) -> Result<Installed, Error> {
    let defaults = system.defaults().unwrap_or_default();
    let packages = system.packages()?;
    let mut made = None;
    let mut restart = Restart::default();
    for step in plan(system, inf)? {
        report(&step);
        let done = match &step {
            Step::CreateDevice => system.create_device().map(|id| made = Some(id)),
            Step::BindDriver(inf) => {
                system.bind_driver(inf, may_ask).map(|wanted| restart = wanted)
            }
            _ => {
                await_endpoints(system);
                Ok(())
            }
        };
        if let Err(cause) = done {
            return Err(take_back(system, cause, made.as_deref(), &packages));
        }
    }
    let status = status::ask(system)?;
    let default_moved = system.defaults().is_ok_and(|now| now != defaults);
    Ok(Installed { status, restart, default_moved })
}

/// The result of several removals.
#[derive(Default)]
struct Removed {
    left: Vec<Failed>,
    restart: Restart,
}

impl Removed {
    fn add(&mut self, done: Result<Restart, Failed>) {
        match done {
            Ok(restart) => self.restart.0 |= restart.0,
            Err(why) => self.left.push(why),
        }
    }
}

/// Rolls an installation back: removes the device `made`, and packages that did not exist before.
fn take_back(system: &dyn System, cause: Failed, made: Option<&str>, before: &[String]) -> Error {
    let mut removed = Removed::default();
    // The device first: Windows keeps a package that a device uses.
    if let Some(id) = made {
        removed.add(system.remove_device(id));
    }
    match system.packages() {
        Ok(packages) => {
            for package in packages.iter().filter(|package| !before.contains(package)) {
                removed.add(system.remove_package(package));
            }
        }
        Err(why) => removed.left.push(why),
    }
    let Removed { left, restart } = removed;
    if left.is_empty() {
        Error::TakenBack { cause, restart }
    } else {
        Error::Left { cause, left, restart }
    }
}

/// Waits until every circuit with an endpoint shows it, or until the timeout.
fn await_endpoints(system: &dyn System) {
    let mut waited = Duration::ZERO;
    while waited < PATIENCE {
        if status::ask(system).is_ok_and(|status| status.is_complete()) {
            return;
        }
        system.sleep(LOOK);
        waited += LOOK;
    }
}

/// The steps of uninstalling on this system.
///
/// # Errors
///
/// [`Error::Asking`].
pub fn removal(system: &dyn System) -> Result<Vec<Step>, Error> {
    let devices = system.devices()?.into_iter().map(|device| Step::RemoveDevice(device.id));
    let packages = system.packages()?.into_iter().map(Step::RemovePackage);
    Ok(devices.chain(packages).collect())
}

/// Removes every device with its settings, and then every package of acxvad in the driver store. A
/// failed step does not prevent the others.
///
/// # Errors
///
/// [`Error::Remains`] with all failures.
pub fn uninstall(system: &dyn System, report: &mut dyn FnMut(&Step)) -> Result<Restart, Error> {
    let mut removed = Removed::default();
    for step in removal(system)? {
        report(&step);
        match &step {
            Step::RemoveDevice(id) => removed.add(system.remove_device(id)),
            Step::RemovePackage(inf) => removed.add(system.remove_package(inf)),
            _ => {}
        }
    }
    let Removed { left, restart } = removed;
    if left.is_empty() { Ok(restart) } else { Err(Error::Remains { left, restart }) }
}
