//! The driver under test.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fmt;
use std::rc::Rc;

use acx_client::endpoint::Endpoint;
use acx_client::{Direction, Failed, System};
use acx_host::assumptions::Assumptions;
use acx_host::machine::{self, DeviceNode, Setting};
use acx_host::trace::TraceEvent;
use acx_host::{Image, LinkedImage, Machine, Rule, Violation};
use acx_sys::{STATUS_INVALID_PARAMETER, STATUS_OBJECT_NAME_NOT_FOUND};

use crate::run::{Findings, RunError, Time};
use crate::vendor::Vendor;

/// The code of a driver, and where it runs.
#[derive(Clone)]
pub enum Driver {
    /// Linked into this process; it runs in the host.
    Linked(LinkedImage),
    /// A file, as Windows loads it; it runs in the host.
    Image(Image),
    /// Installed on this system.
    Installed {
        /// Its service.
        service: String,
        /// The system.
        system: Rc<dyn System>,
    },
}

impl Driver {
    /// Its name: its file's without `.sys`, or its service's.
    fn name(&self) -> String {
        match self {
            Self::Linked(linked) => linked.name.to_owned(),
            Self::Image(image) => image.service(),
            Self::Installed { service, .. } => service.clone(),
        }
    }

    /// Its name with the form that it has.
    fn label(&self) -> String {
        let name = self.name();
        match self {
            Self::Linked(_) => format!("{name} (linked in)"),
            Self::Image(_) => format!("{name}.sys"),
            Self::Installed { .. } => format!("{name} (installed)"),
        }
    }

    fn load<'m>(&self, machine: &'m Machine) -> Result<machine::Driver<'m>, RunError> {
        match self {
            Self::Linked(linked) => Ok(machine.load(*linked)?),
            Self::Image(image) => Ok(machine.load_image(image)?),
            Self::Installed { service, .. } => Err(RunError::Installed(service.clone())),
        }
    }
}

/// The driver under test, with everything that a run of it depends on.
#[derive(Clone)]
pub struct Subject {
    /// Its code.
    pub driver: Driver,
    /// Drivers that make endpoints together with it: loaded after it, in this order, and used as
    /// one.
    pub beside: Vec<Driver>,
    /// Values that the device's registry key has before the driver loads. An installed driver keeps
    /// the ones it has.
    pub settings: Vec<(String, Setting)>,
    /// The names of the endpoints that are tested, as [`Endpoint::name`] gives them. None: the
    /// first one of the direction.
    pub endpoints: EndpointNames,
    /// What it may have in addition to what ACX defines.
    pub vendor: Option<&'static Vendor>,
    /// What the host assumes where ACX's documentation is silent, in every machine that runs it.
    pub assumptions: Assumptions,
    /// Factories that are asked for a circuit each when the device has started.
    pub asked_factories: Vec<String>,
    /// Rules of the verifier that it may break.
    pub allowed: Vec<Rule>,
    seen: Rc<RefCell<Seen>>,
    ignored: Rc<RefCell<BTreeSet<String>>>,
}

/// The names of two endpoints.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EndpointNames {
    /// The one that plays.
    pub render: Option<String>,
    /// The one that records.
    pub capture: Option<String>,
}

/// What the verifier saw in many runs.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    /// Machines that it watched from load to unload.
    pub machines: usize,
    /// Violations of its rules.
    pub violations: Vec<Violation>,
}

impl Subject {
    /// A driver of which nothing is known but that it is an ACX driver.
    pub fn new(driver: Driver) -> Self {
        Self {
            driver,
            beside: Vec::new(),
            settings: Vec::new(),
            endpoints: EndpointNames::default(),
            vendor: None,
            assumptions: Assumptions::default(),
            asked_factories: Vec::new(),
            allowed: Vec::new(),
            seen: Rc::default(),
            ignored: Rc::default(),
        }
    }

    /// With additions that it may have.
    #[must_use]
    pub fn with_vendor(mut self, vendor: &'static Vendor) -> Self {
        self.vendor = Some(vendor);
        self
    }

    /// With drivers that make endpoints together with it.
    #[must_use]
    pub fn with_drivers(mut self, others: impl IntoIterator<Item = Driver>) -> Self {
        self.beside.extend(others);
        self
    }

    /// With factories that are asked for a circuit each.
    #[must_use]
    pub fn asking(mut self, factories: impl IntoIterator<Item = String>) -> Self {
        self.asked_factories.extend(factories);
        self
    }

    /// With rules that it may break.
    #[must_use]
    pub fn allowing(mut self, rules: impl IntoIterator<Item = Rule>) -> Self {
        self.allowed.extend(rules);
        self
    }

    /// With more values in the device's registry key.
    #[must_use]
    pub fn with_settings<N: Into<String>>(
        mut self,
        settings: impl IntoIterator<Item = (N, Setting)>,
    ) -> Self {
        self.settings.extend(settings.into_iter().map(|(name, value)| (name.into(), value)));
        self
    }

    /// On machines that assume this.
    #[must_use]
    pub fn assuming(mut self, assumptions: Assumptions) -> Self {
        self.assumptions = assumptions;
        self
    }

    /// A builder of machines for it.
    pub fn builder(&self) -> machine::Builder {
        Machine::builder().assumptions(self.assumptions)
    }

    /// Its name: its file's without `.sys`, or its service's. Of several drivers all names, with
    /// `+` between them.
    pub fn name(&self) -> String {
        self.of_each(Driver::name)
    }

    /// Its name with the form that it has.
    pub fn label(&self) -> String {
        self.of_each(Driver::label)
    }

    fn of_each(&self, text: impl Fn(&Driver) -> String) -> String {
        let all = std::iter::once(&self.driver).chain(&self.beside);
        all.map(text).collect::<Vec<_>>().join("+")
    }

    /// Its file, if it is one.
    pub fn image(&self) -> Option<&Image> {
        match &self.driver {
            Driver::Image(image) => Some(image),
            _ => None,
        }
    }

    /// The system that it is installed on, if it is.
    pub fn installed_on(&self) -> Option<&dyn System> {
        match &self.driver {
            Driver::Installed { system, .. } => Some(&**system),
            _ => None,
        }
    }

    /// The endpoint that is tested.
    ///
    /// # Errors
    ///
    /// [`Failed`]: there is none, or a request failed.
    pub fn endpoint(&self, system: &dyn System, direction: Direction) -> Result<Endpoint, Failed> {
        let name = match direction {
            Direction::Render => &self.endpoints.render,
            Direction::Capture => &self.endpoints.capture,
        };
        let Some(name) = name else { return Endpoint::find(system, direction) };
        let found = Endpoint::all(system, direction)?.into_iter().find(|own| own.name() == name);
        let what = "finding an endpoint by its name";
        found.ok_or(Failed { what, status: STATUS_OBJECT_NAME_NOT_FOUND })
    }

    /// Loads it into a machine, with its settings.
    ///
    /// # Errors
    ///
    /// The driver does not load, or is installed on this system and not to be loaded at all.
    pub fn load<'m>(&self, machine: &'m Machine) -> Result<machine::Driver<'m>, RunError> {
        for (name, value) in &self.settings {
            machine.set_registry(name, value.clone());
        }
        let first = self.driver.load(machine)?;
        self.beside.iter().try_fold(first, |all, other| Ok(all.with(other.load(machine)?)))
    }

    /// Does `work` on the system that it is installed on, else as [`on_device`](Self::on_device).
    ///
    /// # Errors
    ///
    /// As [`on_device`](Self::on_device).
    pub fn on_system<T>(
        &self,
        time: Time,
        work: impl FnOnce(&dyn System) -> Result<T, RunError>,
    ) -> Result<(T, Findings), RunError> {
        match self.installed_on() {
            Some(system) => Ok((work(system)?, Findings::default())),
            None => self.on_device(time, |machine, _| work(machine)),
        }
    }

    /// Loads the driver, starts its device, does `work`, and tears everything down.
    ///
    /// # Errors
    ///
    /// Why the driver did not start, or the error of `work`.
    pub fn on_device<T>(
        &self,
        time: Time,
        work: impl FnOnce(&Machine, &DeviceNode<'_>) -> Result<T, RunError>,
    ) -> Result<(T, Findings), RunError> {
        let machine = self.builder().real_time(time == Time::Real).build();
        self.on_machine(&machine, work)
    }

    /// As [`on_device`](Self::on_device), on a machine that the caller built.
    ///
    /// # Errors
    ///
    /// As [`on_device`](Self::on_device).
    pub fn on_machine<T>(
        &self,
        machine: &Machine,
        work: impl FnOnce(&Machine, &DeviceNode<'_>) -> Result<T, RunError>,
    ) -> Result<(T, Findings), RunError> {
        let done = {
            let more = |why| RunError::not_started(why, machine);
            let driver = self.load(machine).map_err(more)?;
            let device = driver.add_device().map_err(|why| more(why.into()))?;
            // Now: a long run has more events than the host keeps.
            self.ignored.borrow_mut().extend(ignored_settings(&machine.trace()));
            for name in &self.asked_factories {
                let asked = machine.ask_factory(name);
                asked.map_err(|status| RunError::Factory { name: name.clone(), status })?;
            }
            work(machine, &device)?
        };
        Ok((done, self.findings(machine)))
    }

    /// What the machine's verifier has seen so far. It counts as a run in
    /// [`take_seen`](Self::take_seen).
    pub fn findings(&self, machine: &Machine) -> Findings {
        let violations = self.violations(machine);
        let mut seen = self.seen.borrow_mut();
        seen.machines += 1;
        seen.violations.extend(violations.iter().cloned());
        Findings {
            violations: violations.iter().map(ToString::to_string).collect(),
            gaps: machine.report().gaps().into_iter().map(str::to_owned).collect(),
        }
    }

    /// The settings that the driver ignored when its device started, in runs of this subject and
    /// its clones, in words. A driver reports each with a trace event `BadSetting`.
    pub fn ignored_settings(&self) -> Vec<String> {
        self.ignored.borrow().iter().cloned().collect()
    }

    /// Violations on the machine so far, without those of rules that the driver may break.
    pub fn violations(&self, machine: &Machine) -> Vec<Violation> {
        let all = machine.report().violations().into_iter();
        all.filter(|violation| !self.allowed.contains(&violation.rule)).collect()
    }

    /// Takes what the verifier saw in runs of this subject and its clones since the last call.
    pub fn take_seen(&self) -> Seen {
        self.seen.take()
    }
}

/// What the events `BadSetting` among these say.
fn ignored_settings(events: &[TraceEvent]) -> impl Iterator<Item = String> {
    events.iter().filter(|event| event.is_warning() && event.name == "BadSetting").map(|event| {
        let field = |name: &str| {
            let found = event.fields.iter().find(|(own, _)| own == name);
            found.map_or("", |(_, value)| value.trim_matches('"'))
        };
        let number = |name| field(name).parse::<u32>().ok();
        match (number("Value"), number("Least"), number("Most")) {
            (Some(value), Some(least), Some(most)) => {
                // A range that begins below 0 is in two's complement.
                let is_signed = least > most;
                let shown = |own: u32| {
                    if is_signed { own.cast_signed().to_string() } else { own.to_string() }
                };
                let [value, least, most] = [value, least, most].map(shown);
                let name = field("Name");
                if field("Status").parse() == Ok(STATUS_INVALID_PARAMETER) {
                    format!("the driver ignores {name}={value}: it takes {least} to {most} here")
                } else {
                    format!("the driver ignores {name}: it takes a REG_DWORD, {least} to {most}")
                }
            }
            _ => format!("the driver ignores a setting: {event}"),
        }
    })
}

impl fmt::Debug for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Subject").field(&self.label()).finish()
    }
}
