//! The status of an installation, and the reasons for missing endpoints.

use std::fmt;

use serde_json::{Value, json};

use crate::ends::HiddenEnd;
use crate::settings;
use crate::system::{Device, Endpoint, Failed, System};

/// Every device with its endpoints.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Status {
    /// Devices with acxvad's hardware id and their endpoints.
    pub devices: Vec<(Device, Vec<Endpoint>)>,
    /// Hidden ends of cables, for which Windows creates no endpoint.
    pub hidden: Vec<HiddenEnd>,
    /// The reason why the hidden ends are not known.
    pub hidden_failed: Option<String>,
    /// The values in devices' keys that the driver ignores, as text.
    pub ignored: Vec<String>,
    /// Packages in the driver store.
    pub packages: Vec<String>,
    /// Windows services that endpoints need and that do not run.
    pub stopped: Vec<&'static str>,
}

/// Windows services without which there are no endpoints.
const SERVICES: [&str; 2] = ["AudioEndpointBuilder", "Audiosrv"];

/// Queries Windows for the status.
///
/// # Errors
///
/// [`Failed`] of the first query that failed.
pub fn ask(system: &dyn System) -> Result<Status, Failed> {
    let (mut devices, mut ignored) = (Vec::new(), Vec::new());
    for device in system.devices()? {
        let endpoints = system.endpoints(&device.id)?;
        ignored.extend(settings::ignored(&settings::read(system, &device.id)?));
        devices.push((device, endpoints));
    }
    let (hidden, hidden_failed) = match system.hidden_ends() {
        Ok(hidden) => (hidden, None),
        Err(why) => (Vec::new(), Some(why.to_string())),
    };
    let stopped = SERVICES.into_iter().filter(|service| !system.is_running(service)).collect();
    let packages = system.packages()?;
    Ok(Status { devices, hidden, hidden_failed, ignored, packages, stopped })
}

/// Whether programs open streams on a circuit: the codecs and the amplifier of the composite
/// endpoints come after their DSPs.
fn has_endpoint(circuit: &str) -> bool {
    let circuit = circuit.to_ascii_lowercase();
    !circuit.ends_with("codec") && !circuit.ends_with("amp")
}

/// The meaning of a problem code for this driver, and the remedy. The codes are documented in
/// "Device Manager error messages".
fn problem(code: u32) -> &'static str {
    match code {
        1 | 18 | 28 => "it has no driver yet: acxvadctl install FOLDER",
        10 => "the driver loaded, but its device did not start: see docs/debugging.md",
        14 => "Windows has to restart first",
        22 => "it is disabled: pnputil /enable-device",
        24 | 45 => "it is gone: `acxvadctl uninstall` removes what is left of it",
        31 | 37 | 39 => {
            "the driver could not be loaded: build the package again for this processor"
        }
        43 => "the driver reported a failure: see docs/debugging.md",
        52 => {
            "Windows does not accept the signature: turn test signing on (bcdedit /set testsigning on, Secure Boot off) and \
             trust the certificate, as docs/signing.md says"
        }
        _ => "look the code up on Microsoft's page of Device Manager error messages",
    }
}

impl Status {
    /// Whether every device works and each circuit with an endpoint shows one.
    pub fn is_complete(&self) -> bool {
        !self.devices.is_empty() && self.reasons().is_empty()
    }

    /// The reasons for everything that is missing, with remedies; empty if nothing is.
    pub fn reasons(&self) -> Vec<String> {
        let mut reasons = Vec::new();
        if self.devices.is_empty() {
            reasons.push("there is no device: acxvadctl install FOLDER".to_owned());
        }
        for (device, endpoints) in &self.devices {
            let id = &device.id;
            if device.problem != 0 {
                let (code, why) = (device.problem, problem(device.problem));
                reasons.push(format!("{id} has problem {code}: {why}"));
                continue;
            }
            if device.inf.is_none() {
                reasons.push(format!("{id}: {}", problem(28)));
                continue;
            }
            let ends = device.circuits.iter().filter(|circuit| has_endpoint(circuit)).count();
            if ends == 0 && self.hidden.is_empty() {
                reasons.push(format!(
                    "{id} works, but has no circuit: an INF that does not name its circuits, or a driver of another version; \
                     compare the AddInterface lines with the events of the trace provider acxvad (docs/telemetry.md)"
                ));
            }
            if endpoints.len() < ends {
                let why = if self.stopped.is_empty() {
                    "the endpoint builder refused some: restart the service AudioEndpointBuilder, and see docs/debugging.md"
                        .to_owned()
                } else {
                    format!("start {}", self.stopped.join(" and "))
                };
                reasons.push(format!(
                    "{id} has {ends} circuits for programs and {} endpoints: {why}",
                    endpoints.len()
                ));
            }
            for endpoint in endpoints {
                let waits = |end: &HiddenEnd| end.unplugs(endpoint.is_render);
                let why = match endpoint.state {
                    1 => continue,
                    // It appears with the program; the line of the hidden end tells so.
                    8 if self.hidden.iter().any(waits) => continue,
                    2 => "it is disabled in the sound settings",
                    8 => {
                        "its jack is unplugged: property 2 of its circuit plugs it in (docs/settings.md)"
                    }
                    _ => "Windows remembers it, but it is not present",
                };
                reasons.push(format!("{}: {why}", endpoint.name));
            }
        }
        if let Some(why) = &self.hidden_failed {
            reasons.push(format!("hidden ends: {why}"));
        }
        reasons
    }

    /// As JSON.
    pub fn value(&self) -> Value {
        let endpoint = |endpoint: &Endpoint| json!({ "name": endpoint.name, "render": endpoint.is_render, "state": endpoint.state });
        let device = |(device, endpoints): &(Device, Vec<Endpoint>)| {
            json!({
                "id": device.id, "version": device.version, "inf": device.inf,
                "problem": device.problem, "circuits": device.circuits,
                "endpoints": endpoints.iter().map(endpoint).collect::<Vec<_>>(),
            })
        };
        json!({
            "devices": self.devices.iter().map(device).collect::<Vec<_>>(),
            "hidden_ends": self.hidden.iter().map(HiddenEnd::value).collect::<Vec<_>>(),
            "ignored_settings": self.ignored,
            "packages": self.packages, "stopped_services": self.stopped,
            "complete": self.is_complete(), "reasons": self.reasons(),
        })
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (device, endpoints) in &self.devices {
            let version = device.version.as_deref().unwrap_or("no driver");
            writeln!(f, "{}  {version}  {}", device.id, device.inf.as_deref().unwrap_or(""))?;
            for endpoint in endpoints {
                let way = if endpoint.is_render { "render " } else { "capture" };
                let state = match endpoint.state {
                    1 => "active",
                    2 => "disabled",
                    8 => "unplugged",
                    _ => "not present",
                };
                writeln!(f, "  {way}  {:<11}  {}", state, endpoint.name)?;
            }
        }
        for end in &self.hidden {
            writeln!(f, "  {end}")?;
        }
        for setting in &self.ignored {
            writeln!(f, "{setting}")?;
        }
        for package in &self.packages {
            writeln!(f, "package {package}")?;
        }
        let reasons = self.reasons();
        for reason in &reasons {
            writeln!(f, "{reason}")?;
        }
        if reasons.is_empty() { write!(f, "everything is there") } else { Ok(()) }
    }
}
