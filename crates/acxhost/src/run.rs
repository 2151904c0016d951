//! A machine with the driver loaded and its device started.

use std::cell::RefCell;
use std::rc::Rc;

use acx_client::{Failed, System};
use acx_host::machine::{DeviceNode, Driver, HostError, Setting};
use acx_host::{Image, LinkedImage, Machine, Violation};
use clap::ValueEnum;
use serde::Serialize;

/// The driver, linked into this process.
const DRIVER: LinkedImage = LinkedImage { name: "acxvad", entry: acxvad::FxDriverEntry };

thread_local! {
    /// What this thread runs instead, if it was told to.
    static IMAGE: RefCell<Option<Image>> = const { RefCell::new(None) };
    /// The system that it uses instead of the host, if it was told to.
    static LIVE: RefCell<Option<Live>> = const { RefCell::new(None) };
    /// What the verifier saw in its runs.
    static SEEN: RefCell<Seen> = RefCell::default();
    /// What it puts into the device's key.
    static SETTINGS: RefCell<Vec<(String, Setting)>> = const { RefCell::new(Vec::new()) };
}

/// An installed driver.
struct Live {
    service: String,
    system: Rc<dyn System>,
}

/// Does `work` with every run of this thread using the driver of an image, else the one that is linked in.
pub fn with_form<T>(image: Option<&Image>, work: impl FnOnce() -> T) -> T {
    let before = IMAGE.replace(image.cloned());
    let done = work();
    IMAGE.set(before);
    done
}

/// Makes every run of this thread use the driver of an image instead of the one that is linked in.
pub fn use_image(image: Image) {
    IMAGE.set(Some(image));
}

/// Makes every run of this thread begin with these values in the device's key.
pub fn use_settings(settings: Vec<(String, Setting)>) {
    SETTINGS.set(settings);
}

/// The driver's name: its file's without `.sys`, or its service's.
pub fn driver_name() -> String {
    if let Some(service) = LIVE.with_borrow(|live| live.as_ref().map(|live| live.service.clone())) {
        return service;
    }
    let named = |image: &Option<Image>| image.as_ref().map(Image::service);
    IMAGE.with_borrow(named).unwrap_or_else(|| DRIVER.name.to_owned())
}

/// The name of the driver that is linked in.
pub const fn linked_name() -> &'static str {
    DRIVER.name
}

/// The image that this thread runs; none if it runs the driver that is linked in.
pub fn image() -> Option<Image> {
    IMAGE.with_borrow(Clone::clone)
}

/// Loads the driver of this thread.
pub fn load(machine: &Machine) -> Result<Driver<'_>, HostError> {
    load_form(machine, image().as_ref())
}

/// Loads the driver of an image, else the one that is linked in, with the settings of this thread.
pub fn load_form<'m>(machine: &'m Machine, image: Option<&Image>) -> Result<Driver<'m>, HostError> {
    SETTINGS.with_borrow(|settings| {
        for (name, value) in settings {
            machine.set_registry(name, value.clone());
        }
    });
    match image {
        Some(image) => machine.load_image(image),
        None => machine.load(DRIVER),
    }
}

/// What the microphone hears.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Source {
    /// What the speaker plays.
    #[default]
    Cable,
    /// A tone.
    Tone,
    /// Silence.
    Silence,
}

/// How to run.
#[derive(Clone, Copy, Debug, Default)]
pub struct Setup {
    /// In real time, else in virtual time.
    pub realtime: bool,
    /// What the microphone hears.
    pub source: Source,
}

/// What the verifier saw, up to and including unload.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Findings {
    /// Rules that the driver broke.
    pub violations: Vec<String>,
    /// Framework entries that the host lacks.
    pub gaps: Vec<String>,
}

impl Findings {
    /// How many there are.
    pub fn count(&self) -> usize {
        self.violations.len() + self.gaps.len()
    }
}

/// Why a run could not be finished.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The driver did not load or its device did not start.
    #[error(transparent)]
    Host(#[from] HostError),
    /// A request of a client failed.
    #[error(transparent)]
    Client(#[from] Failed),
    /// There is no installed driver to use.
    #[error("--live {service}: {why}")]
    NotLive {
        /// The driver's service.
        service: String,
        /// Why not, and what to do.
        why: &'static str,
    },
    /// The driver stopped signalling.
    #[error("the driver completed no packet for {0} ms")]
    Silent(u64),
    /// The device has fewer cables.
    #[error(
        "there is no cable {cable}: the driver has {there}, counted from 0; choose another one, or give it more (acxvad: --set Cables=N)"
    )]
    NoCable {
        /// Which was asked for.
        cable: usize,
        /// How many there are.
        there: usize,
    },
    /// There is nothing to stream at.
    #[error("{driver} has no endpoint that streams: give a driver that has one")]
    NoEndpoint {
        /// The driver.
        driver: String,
    },
    /// Two drivers that are to be compared have nothing in common.
    #[error("{one} and {other} have no format in common: there is nothing to compare")]
    NothingInCommon {
        /// The one driver.
        one: String,
        /// The other.
        other: String,
    },
    /// No pin takes the format.
    #[error("{wanted} is not a format of {endpoint}; it has {has}: convert the file")]
    Format {
        /// What was asked for.
        wanted: String,
        /// Of which endpoint.
        endpoint: String,
        /// What there is instead.
        has: String,
    },
}

/// Makes every run of this thread that can use the driver of this service, installed on this system, instead of one in the host.
///
/// # Errors
///
/// [`RunError::NotLive`] on a system other than Windows, and where no interface of such a driver is there.
pub fn use_live(service: &str) -> Result<(), RunError> {
    let system = live::find(service)?;
    LIVE.set(Some(Live { service: service.to_owned(), system }));
    Ok(())
}

/// The system with the installed driver, if this thread uses it.
pub fn live() -> Option<Rc<dyn System>> {
    LIVE.with_borrow(|live| live.as_ref().map(|live| live.system.clone()))
}

#[cfg(windows)]
mod live {
    use std::rc::Rc;

    use acx_client::{System, Windows};
    use acx_sys::KSCATEGORY_AUDIO;

    use super::RunError;

    pub(super) fn find(service: &str) -> Result<Rc<dyn System>, RunError> {
        let system = Windows::new(service);
        if system.interfaces(&KSCATEGORY_AUDIO).is_empty() {
            return Err(RunError::NotLive {
                service: service.to_owned(),
                why: "no audio interface of it is there: `acxvadctl status` says why",
            });
        }
        Ok(Rc::new(system))
    }
}

#[cfg(not(windows))]
mod live {
    use std::rc::Rc;

    use acx_client::System;

    use super::RunError;

    pub(super) fn find(service: &str) -> Result<Rc<dyn System>, RunError> {
        let why = "this is not Windows: leave --live out to run the driver in the host";
        Err(RunError::NotLive { service: service.to_owned(), why })
    }
}

/// Does `work` on the installed driver if [`use_live`] said so, else as [`on_device`].
///
/// # Errors
///
/// As [`on_device`].
pub fn on_system<T>(
    setup: Setup,
    work: impl FnOnce(&dyn System) -> Result<T, RunError>,
) -> Result<(T, Findings), RunError> {
    match live() {
        Some(system) => Ok((work(&*system)?, Findings::default())),
        None => on_device(setup, |machine, _| work(machine)),
    }
}

/// Loads the driver, starts its device, does `work`, and takes everything down again.
///
/// # Errors
///
/// Why the driver did not start, or what `work` answers.
pub fn on_device<T>(
    setup: Setup,
    work: impl FnOnce(&Machine, &DeviceNode<'_>) -> Result<T, RunError>,
) -> Result<(T, Findings), RunError> {
    let machine = Machine::builder().real_time(setup.realtime).build();
    let source = match setup.source {
        Source::Cable => None,
        Source::Tone => Some(1),
        Source::Silence => Some(2),
    };
    if let Some(source) = source {
        machine.set_registry("CaptureSource", source);
    }
    on_machine(&machine, work)
}

/// As [`on_device`], in a machine of the caller's making.
///
/// # Errors
///
/// As [`on_device`].
pub fn on_machine<T>(
    machine: &Machine,
    work: impl FnOnce(&Machine, &DeviceNode<'_>) -> Result<T, RunError>,
) -> Result<(T, Findings), RunError> {
    let done = {
        let driver = load(machine)?;
        let device = driver.add_device()?;
        work(machine, &device)?
    };
    Ok((done, findings(machine)))
}

/// What the verifier saw in many runs.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    /// Machines that it watched from load to unload.
    pub machines: usize,
    /// Rules that the driver broke.
    pub violations: Vec<Violation>,
}

/// Takes what the verifier saw in the runs of this thread since this was last asked.
pub fn take_seen() -> Seen {
    SEEN.take()
}

/// What the machine's verifier has seen so far.
pub fn findings(machine: &Machine) -> Findings {
    let report = machine.report();
    SEEN.with_borrow_mut(|seen| {
        seen.machines += 1;
        seen.violations.extend(report.violations());
    });
    Findings {
        violations: report.violations().iter().map(ToString::to_string).collect(),
        gaps: report.gaps().into_iter().map(str::to_owned).collect(),
    }
}
