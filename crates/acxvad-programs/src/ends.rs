//! Selection of driver, cable and end.

use acx_client::endpoint::Endpoint;
use acx_client::hidden::{self, HiddenEnd};
use acx_client::{Direction, System};
use acx_sys::STATUS_OBJECT_NAME_NOT_FOUND;
use acxvad_io::{Error, Host, Time};

use crate::arguments::Common;
use crate::end::Failure;

/// The number of the cable, if the name is a circuit's.
fn number(end: &str) -> Option<u32> {
    hidden::cable(end, Direction::Render).or_else(|| hidden::cable(end, Direction::Capture))
}

/// Starts the driver in this program, with as many cables as the name requires. The end at which
/// the program streams is hidden, unless settings say otherwise.
///
/// # Errors
///
/// [`Failure::Host`].
pub fn host(given: &Common, end: &str, streams: Direction) -> Result<Host, Failure> {
    let cable = number(end).unwrap_or(0);
    let circuit = match streams {
        Direction::Render => "Speaker",
        Direction::Capture => "Microphone",
    };
    let usual = [format!("Cables={}", cable + 1), format!("{circuit}{cable}Hidden=1")];
    let name = |setting: &str| setting.split('=').next().map(str::to_lowercase);
    let is_own = |setting: &String| given.settings.iter().any(|own| name(own) == name(setting));
    let mut settings: Vec<_> = usual.into_iter().filter(|setting| !is_own(setting)).collect();
    settings.extend(given.settings.iter().cloned());
    let time = if given.realtime { Time::Real } else { Time::Virtual };
    Ok(Host::start(&settings, time)?)
}

/// The installed driver.
///
/// # Errors
///
/// [`Failure::NoDriver`].
#[cfg(windows)]
pub fn installed(given: &Common) -> Result<acx_client::Windows, Failure> {
    let system = acx_client::Windows::new(&given.service);
    let is_there = |category| !system.interfaces(category).is_empty();
    if is_there(&acx_sys::KSCATEGORY_AUDIO) || is_there(&hidden::CATEGORY) {
        return Ok(system);
    }
    let text =
        format!("{} is not installed, or has no end: `acxvadctl status` says why", given.service);
    Err(Failure::NoDriver(text))
}

/// The installed driver, which exists only on Windows.
///
/// # Errors
///
/// [`Failure::NoDriver`].
#[cfg(not(windows))]
pub fn installed(_: &Common) -> Result<std::sync::Arc<Host>, Failure> {
    let text = "this is not Windows: --host runs the driver in this program";
    Err(Failure::NoDriver(text.to_owned()))
}

/// The cable of an end, by any of its names.
pub fn cable(system: &dyn System, end: &str, streams: Direction) -> Option<u32> {
    let hidden = || HiddenEnd::find(system, streams, hidden::Which::Named(end)).ok();
    let seen = || Endpoint::named(system, &[streams], end).ok();
    number(end)
        .or_else(|| hidden().map(|found| found.cable))
        .or_else(|| seen().and_then(|found| hidden::cable(found.name(), streams)))
}

/// Explains an error at an end.
pub fn failed(system: &dyn System, end: &str, streams: Direction, error: Error) -> Failure {
    let Error::Request(request) = error else {
        return Failure::Stream { end: end.to_owned(), error };
    };
    if request.status != STATUS_OBJECT_NAME_NOT_FOUND {
        return Failure::Stream { end: end.to_owned(), error };
    }
    let mut present: Vec<String> = Vec::new();
    let shown = Endpoint::all(system, streams).unwrap_or_default();
    present.extend(shown.iter().map(|found| found.name().to_owned()));
    let hidden = HiddenEnd::all(system, streams).unwrap_or_default();
    present.extend(hidden.iter().map(|found| format!("{} (hidden)", found.endpoint.name())));
    if present.is_empty() {
        present.push("none".to_owned());
    }
    Failure::NoEnd { end: end.to_owned(), present: present.join(", ") }
}
