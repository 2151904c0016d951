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

/// The code of a driver, and its location.
#[derive(Clone)]
pub enum Driver {
    /// Linked into this process; it runs in the host.
    Linked(LinkedImage),
    /// An image file like the one that Windows loads; it runs in the host.
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
    /// Its name: the file's without `.sys`, or the service's.
    fn name(&self) -> String {
        match self {
            Self::Linked(linked) => linked.name.to_owned(),
            Self::Image(image) => image.service(),
            Self::Installed { service, .. } => service.clone(),
        }
    }

    /// Its name with its form.
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

/// The driver under test, with everything that its runs depend on.
#[derive(Clone)]
pub struct Subject {
    /// Its code.
    pub driver: Driver,
    /// Drivers that form endpoints together with it. They are loaded after it, in this order, and
    /// treated as one driver.
    pub beside: Vec<Driver>,
    /// Values of the device's registry key, set before the driver loads. An installed driver keeps
    /// its own values.
    pub settings: Vec<(String, Setting)>,
    /// The names of the tested endpoints, as in [`Endpoint::name`]. None for the first one of the
    /// direction.
    pub endpoints: EndpointNames,
    /// Its possible additions to ACX.
    pub vendor: Option<&'static Vendor>,
    /// The host's assumptions where ACX's documentation is silent, in every machine that runs it.
    pub assumptions: Assumptions,
    /// Factories from which one circuit each is requested when the device has started.
    pub asked_factories: Vec<String>,
    /// Rules of the verifier that it may break.
    pub allowed: Vec<Rule>,
    seen: Rc<RefCell<Seen>>,
    ignored: Rc<RefCell<BTreeSet<String>>>,
}

/// The names of two endpoints.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EndpointNames {
    /// The endpoint that plays.
    pub render: Option<String>,
    /// The endpoint that records.
    pub capture: Option<String>,
}

/// The verifier's findings in several runs.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    /// The number of machines that it watched from load to unload.
    pub machines: usize,
    /// Violations of its rules.
    pub violations: Vec<Violation>,
}

impl Subject {
    /// An ACX driver without any other information.
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

    /// Sets its possible additions.
    #[must_use]
    pub fn with_vendor(mut self, vendor: &'static Vendor) -> Self {
        self.vendor = Some(vendor);
        self
    }

    /// Adds drivers that form endpoints together with it.
    #[must_use]
    pub fn with_drivers(mut self, others: impl IntoIterator<Item = Driver>) -> Self {
        self.beside.extend(others);
        self
    }

    /// Adds factories from which one circuit each is requested.
    #[must_use]
    pub fn asking(mut self, factories: impl IntoIterator<Item = String>) -> Self {
        self.asked_factories.extend(factories);
        self
    }

    /// Adds rules that it may break.
    #[must_use]
    pub fn allowing(mut self, rules: impl IntoIterator<Item = Rule>) -> Self {
        self.allowed.extend(rules);
        self
    }

    /// Adds values to the device's registry key.
    #[must_use]
    pub fn with_settings<N: Into<String>>(
        mut self,
        settings: impl IntoIterator<Item = (N, Setting)>,
    ) -> Self {
        self.settings.extend(settings.into_iter().map(|(name, value)| (name.into(), value)));
        self
    }

    /// Sets the host's assumptions.
    #[must_use]
    pub fn assuming(mut self, assumptions: Assumptions) -> Self {
        self.assumptions = assumptions;
        self
    }

    /// A builder of machines for it.
    pub fn builder(&self) -> machine::Builder {
        Machine::builder().assumptions(self.assumptions)
    }

    /// Its name: the file's without `.sys`, or the service's. For several drivers all names, joined
    /// with `+`.
    pub fn name(&self) -> String {
        self.of_each(Driver::name)
    }

    /// Its name with its form.
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

    /// The system on which it is installed, if any.
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
    /// The driver does not load, or it is installed on this system and cannot be loaded by the
    /// host.
    pub fn load<'m>(&self, machine: &'m Machine) -> Result<machine::Driver<'m>, RunError> {
        for (name, value) in &self.settings {
            machine.set_registry(name, value.clone());
        }
        let first = self.driver.load(machine)?;
        self.beside.iter().try_fold(first, |all, other| Ok(all.with(other.load(machine)?)))
    }

    /// Runs `work` on the system on which it is installed, or otherwise like
    /// [`on_device`](Self::on_device).
    ///
    /// # Errors
    ///
    /// The same as [`on_device`](Self::on_device).
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

    /// Loads the driver, starts its device, runs `work`, and tears everything down.
    ///
    /// # Errors
    ///
    /// The reason why the driver did not start, or the error of `work`.
    pub fn on_device<T>(
        &self,
        time: Time,
        work: impl FnOnce(&Machine, &DeviceNode<'_>) -> Result<T, RunError>,
    ) -> Result<(T, Findings), RunError> {
        let machine = self.builder().real_time(time == Time::Real).build();
        self.on_machine(&machine, work)
    }

    /// Like [`on_device`](Self::on_device), on a machine that the caller built.
    ///
    /// # Errors
    ///
    /// The same as [`on_device`](Self::on_device).
    pub fn on_machine<T>(
        &self,
        machine: &Machine,
        work: impl FnOnce(&Machine, &DeviceNode<'_>) -> Result<T, RunError>,
    ) -> Result<(T, Findings), RunError> {
        let done = {
            let more = |why| RunError::not_started(why, machine);
            let driver = self.load(machine).map_err(more)?;
            let device = driver.add_device().map_err(|why| more(why.into()))?;
            // Read them now: a long run has more events than the host keeps.
            self.ignored.borrow_mut().extend(ignored_settings(&machine.trace()));
            for name in &self.asked_factories {
                let asked = machine.ask_factory(name);
                asked.map_err(|status| RunError::Factory { name: name.clone(), status })?;
            }
            work(machine, &device)?
        };
        Ok((done, self.findings(machine)))
    }

    /// The findings of the machine's verifier so far. It counts as a run in
    /// [`take_seen`](Self::take_seen).
    pub fn findings(&self, machine: &Machine) -> Findings {
        let violations = self.violations(machine);
        let mut seen = self.seen.borrow_mut();
        seen.machines += 1;
        seen.violations.extend(violations.iter().cloned());
        Findings {
            violations: violations.iter().map(ToString::to_string).collect(),
            gaps: machine.report().gaps().into_iter().map(str::to_owned).collect(),
            requests: machine.requests(),
        }
    }

    /// The settings that the driver ignored when its device started, in runs of this subject and
    /// its clones, as text. A driver reports each with a trace event `BadSetting`.
    pub fn ignored_settings(&self) -> Vec<String> {
        self.ignored.borrow().iter().cloned().collect()
    }

    /// The machine's violations so far, without those of rules that the driver may break.
    pub fn violations(&self, machine: &Machine) -> Vec<Violation> {
        let all = machine.report().violations().into_iter();
        all.filter(|violation| !self.allowed.contains(&violation.rule)).collect()
    }

    /// Takes the verifier's findings in runs of this subject and its clones since the last call.
    pub fn take_seen(&self) -> Seen {
        self.seen.take()
    }
}

/// The texts of the events `BadSetting` among `events`.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_that_a_driver_ignores_are_told_with_what_it_takes() {
        let event = |level, name: &str, numbers: [u32; 3], status: i32| {
            let [value, least, most] = numbers.map(|own| own.to_string());
            let fields = [
                ("Name", "\"Cables\"".to_owned()),
                ("Value", value),
                ("Least", least),
                ("Most", most),
                ("Status", status.to_string()),
            ];
            TraceEvent {
                qpc: 0,
                provider: "driver".to_owned(),
                name: name.to_owned(),
                level,
                fields: fields.map(|(name, value)| (name.to_owned(), value)).into(),
            }
        };
        let bad = |numbers, status| event(3, "BadSetting", numbers, status);
        let wrong = STATUS_INVALID_PARAMETER;
        let without = TraceEvent { fields: Vec::new(), ..bad([0; 3], 0) };
        let told: Vec<_> = ignored_settings(&[
            bad([16, 1, 8], wrong),
            bad([200, 100u32.wrapping_neg(), 100], wrong),
            // A range of one number has no sign.
            bad([u32::MAX, 5, 5], wrong),
            bad([0, 1, 8], STATUS_OBJECT_NAME_NOT_FOUND),
            event(4, "BadSetting", [16, 1, 8], wrong),
            event(3, "GoodSetting", [16, 1, 8], wrong),
            without,
        ])
        .collect();
        assert_eq!(
            told[..4],
            [
                "the driver ignores Cables=16: it takes 1 to 8 here",
                "the driver ignores Cables=200: it takes -100 to 100 here",
                "the driver ignores Cables=4294967295: it takes 5 to 5 here",
                "the driver ignores Cables: it takes a REG_DWORD, 1 to 8",
            ]
        );
        assert!(told[4].starts_with("the driver ignores a setting: "), "{told:?}");
        assert_eq!(told.len(), 5);
    }
}
