//! A machine with the driver loaded and its device started.

use std::cell::RefCell;

use acx_client::Failed;
use acx_host::machine::{DeviceNode, Driver, HostError, Setting};
use acx_host::{Image, LinkedImage, Machine};
use clap::ValueEnum;

/// The driver, linked into this process.
const DRIVER: LinkedImage = LinkedImage { name: "acxvad", entry: acxvad::FxDriverEntry };

thread_local! {
    /// What this thread runs instead, if it was told to.
    static IMAGE: RefCell<Option<Image>> = const { RefCell::new(None) };
    /// What it puts into the device's key.
    static SETTINGS: RefCell<Vec<(String, Setting)>> = const { RefCell::new(Vec::new()) };
}

/// Makes every run of this thread use the driver of an image instead of the one that is linked in.
pub fn use_image(image: Image) {
    IMAGE.set(Some(image));
}

/// Makes every run of this thread begin with these values in the device's key.
pub fn use_settings(settings: Vec<(String, Setting)>) {
    SETTINGS.set(settings);
}

/// The driver's name: its file's, without `.sys`.
pub fn driver_name() -> String {
    let named = |image: &Option<Image>| image.as_ref().map(Image::service);
    IMAGE.with_borrow(named).unwrap_or_else(|| DRIVER.name.to_owned())
}

/// Loads the driver of this thread.
pub fn load(machine: &Machine) -> Result<Driver<'_>, HostError> {
    SETTINGS.with_borrow(|settings| {
        for (name, value) in settings {
            machine.set_registry(name, value.clone());
        }
    });
    IMAGE.with_borrow(|image| match image {
        Some(image) => machine.load_image(image),
        None => machine.load(DRIVER),
    })
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
#[derive(Clone, Debug, Default, PartialEq, Eq)]
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

/// What the machine's verifier has seen so far.
pub fn findings(machine: &Machine) -> Findings {
    let report = machine.report();
    Findings {
        violations: report.violations().iter().map(ToString::to_string).collect(),
        gaps: report.gaps().into_iter().map(str::to_owned).collect(),
    }
}
