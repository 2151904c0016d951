//! Systems: an installed driver, or one in this process.

use std::ffi::{c_char, c_int};
use std::sync::Arc;
use std::time::Duration;

use acx_client::System;

use crate::arguments::{Out, text, value};
use crate::status::{AcxvadStatus, Failure, call};
use crate::table::Table;

/// A system with cables.
pub struct AcxvadSystem {
    _nothing: (),
}

/// The system of a feed or a tap.
pub(crate) type Shared = Box<dyn System + Send>;

pub(crate) enum Place {
    #[cfg(feature = "host")]
    Host(host::Running),
    #[cfg(windows)]
    Installed(String),
}

impl Place {
    /// Returns the system for one feed or tap, or for a wait.
    pub(crate) fn system(&self) -> Result<Shared, Failure> {
        match self {
            #[cfg(feature = "host")]
            Self::Host(host) => Ok(Box::new(host.host()?)),
            // Each has its own, because it is used by one thread at a time.
            #[cfg(windows)]
            Self::Installed(service) => Ok(Box::new(acx_client::Windows::new(service))),
            #[cfg(not(any(windows, feature = "host")))]
            _ => Err(not_here("no system")),
        }
    }
}

pub(crate) static SYSTEMS: Table<Place> = Table::new(1);

#[cfg_attr(all(windows, feature = "host"), expect(dead_code, reason = "both are here"))]
fn not_here(what: &str) -> Failure {
    Failure::new(AcxvadStatus::NotHere, what)
}

#[cfg(feature = "host")]
mod host {
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::sync::{Arc, Mutex, PoisonError};

    use acxvad_io::host::StartError;
    use acxvad_io::{Host, Time};

    use crate::status::{AcxvadStatus, Failure};

    /// Whether this process has a host.
    static RUNS: AtomicBool = AtomicBool::new(false);

    /// The host of this process; None while it is being closed.
    pub(crate) struct Running(Mutex<Option<Arc<Host>>>);

    impl Running {
        pub(crate) fn start(settings: &[&str], time: Time) -> Result<Self, Failure> {
            if RUNS.swap(true, Ordering::AcqRel) {
                let text = "this process has a host: acxvad_system_close ends it";
                return Err(Failure::new(AcxvadStatus::Busy, text));
            }
            let started = Host::start(settings, time).map_err(|why| {
                RUNS.store(false, Ordering::Release);
                let status = match why {
                    StartError::Setting(_) => AcxvadStatus::Setting,
                    StartError::Driver(_) => AcxvadStatus::Start,
                };
                Failure::new(status, why.to_string())
            })?;
            Ok(Self(Mutex::new(Some(Arc::new(started)))))
        }

        pub(crate) fn host(&self) -> Result<Arc<Host>, Failure> {
            let host = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            host.clone()
                .ok_or_else(|| Failure::new(AcxvadStatus::Handle, "the system is being closed"))
        }

        /// Stops it, if it is not in use.
        pub(crate) fn stop(&self) -> Result<(), Failure> {
            let mut place = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            let Some(host) = place.take() else { return Ok(()) };
            let host = Arc::try_unwrap(host).map_err(|host| {
                *place = Some(host);
                let text =
                    "a feed or a tap of the system is open, or a call waits: close it before";
                Failure::new(AcxvadStatus::InUse, text)
            })?;
            drop(place);
            let violations = host.stop();
            RUNS.store(false, Ordering::Release);
            match violations.first() {
                None => Ok(()),
                Some(first) => {
                    let text = format!("{first} ({} in all)", violations.len());
                    Err(Failure::new(AcxvadStatus::Violation, text))
                }
            }
        }
    }
}

/// Opens the installed driver (Windows). Nothing is started. `service` is its service; NULL means
/// "acxvad".
#[unsafe(no_mangle)]
pub unsafe extern "C" fn acxvad_installed_open(
    service: *const c_char,
    system: *mut *mut AcxvadSystem,
) -> AcxvadStatus {
    call(|| {
        // SAFETY: as the header says of results.
        let out = unsafe { Out::new(system, "system") }?;
        let service = if service.is_null() {
            "acxvad"
        } else {
            // SAFETY: as the header says of texts.
            unsafe { text(service, "service") }?
        };
        installed(service, out)
    })
}

#[cfg(windows)]
#[expect(clippy::unnecessary_wraps, reason = "elsewhere there is no such driver")]
fn installed(service: &str, out: Out<*mut AcxvadSystem>) -> Result<(), Failure> {
    out.set(SYSTEMS.add(Arc::new(Place::Installed(service.to_owned()))));
    Ok(())
}

#[cfg(not(windows))]
fn installed(service: &str, _: Out<*mut AcxvadSystem>) -> Result<(), Failure> {
    let text = format!("{service} cannot be installed here, this is not Windows: acxvad_host_open");
    Err(not_here(&text))
}

/// Starts the driver in this process, for machines where it is not installed. A process can have
/// one such system at a time. `settings` are `count` texts, each NAME=VALUE, such as "Cables=2";
/// NULL if there are none. If `virtual_time` is not 0, time passes only while a call waits, and
/// then as fast as possible: the same calls of one thread give the same audio in every run.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn acxvad_host_open(
    settings: *const *const c_char,
    count: usize,
    virtual_time: c_int,
    system: *mut *mut AcxvadSystem,
) -> AcxvadStatus {
    call(|| {
        // SAFETY: as the header says of results.
        let out = unsafe { Out::new(system, "system") }?;
        let mut texts = Vec::new();
        for index in 0..count {
            let place = if settings.is_null() { settings } else { settings.wrapping_add(index) };
            // SAFETY: null, or one of `count` pointers, by the header's rule.
            let setting = unsafe { value(place, "settings") }?;
            // SAFETY: as the header says of texts.
            texts.push(unsafe { text(setting, "a setting") }?);
        }
        start(&texts, virtual_time != 0, out)
    })
}

#[cfg(feature = "host")]
fn start(
    settings: &[&str],
    virtual_time: bool,
    out: Out<*mut AcxvadSystem>,
) -> Result<(), Failure> {
    let time = if virtual_time { acxvad_io::Time::Virtual } else { acxvad_io::Time::Real };
    out.set(SYSTEMS.add(Arc::new(Place::Host(host::Running::start(settings, time)?))));
    Ok(())
}

#[cfg(not(feature = "host"))]
fn start(_: &[&str], _: bool, _: Out<*mut AcxvadSystem>) -> Result<(), Failure> {
    Err(not_here("this library was built without the host: build it with its default features"))
}

/// Closes a system. ACXVAD_STATUS_IN_USE: a feed or a tap of a host is open, so the system stays
/// open. ACXVAD_STATUS_VIOLATION: it is closed, but the host found an error of the driver; please
/// report it with the text of acxvad_error_text.
#[unsafe(no_mangle)]
pub extern "C" fn acxvad_system_close(system: *mut AcxvadSystem) -> AcxvadStatus {
    call(|| {
        let place = SYSTEMS.take(system)?;
        let closed = match &*place {
            #[cfg(feature = "host")]
            Place::Host(host) => host.stop(),
            #[cfg(windows)]
            Place::Installed(_) => Ok(()),
            #[cfg(not(any(windows, feature = "host")))]
            _ => Ok(()),
        };
        if closed.as_ref().is_err_and(|failure| failure.status == AcxvadStatus::InUse) {
            SYSTEMS.put_back(system, place);
        }
        closed
    })
}

/// Lets time pass. In virtual time only this and calls that wait do so.
#[unsafe(no_mangle)]
pub extern "C" fn acxvad_system_sleep(
    system: *mut AcxvadSystem,
    milliseconds: u32,
) -> AcxvadStatus {
    call(|| {
        let span = Duration::from_millis(u64::from(milliseconds));
        SYSTEMS.get(system)?.system()?.sleep(span);
        Ok(())
    })
}

/// Unplugs the device of a host, for tests of programs. Does nothing if it is unplugged.
#[unsafe(no_mangle)]
pub extern "C" fn acxvad_host_unplug(system: *mut AcxvadSystem) -> AcxvadStatus {
    call(|| plug(system, false))
}

/// Plugs the device of a host in again.
#[unsafe(no_mangle)]
pub extern "C" fn acxvad_host_plug(system: *mut AcxvadSystem) -> AcxvadStatus {
    call(|| plug(system, true))
}

fn plug(system: *const AcxvadSystem, is_in: bool) -> Result<(), Failure> {
    match &*SYSTEMS.get(system)? {
        #[cfg(feature = "host")]
        Place::Host(running) if is_in => {
            running.host()?.plug().map_err(|why| Failure::new(AcxvadStatus::Start, why.to_string()))
        }
        #[cfg(feature = "host")]
        Place::Host(running) => {
            running.host()?.unplug();
            Ok(())
        }
        #[cfg(windows)]
        Place::Installed(_) => {
            let _ = is_in;
            Err(Failure::new(AcxvadStatus::NotHere, "the device of a host, not an installed one"))
        }
        #[cfg(not(any(windows, feature = "host")))]
        _ => Err(not_here("no system")),
    }
}
