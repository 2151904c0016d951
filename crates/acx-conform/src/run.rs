//! Runs of a driver: in which time, what was found, and why one could not be finished.

use acx_client::Failed;
use acx_host::machine::HostError;
use serde::Serialize;

/// How time passes in a machine of the host.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Time {
    /// As fast as everything can be done, and exact.
    #[default]
    Virtual,
    /// As it does.
    Real,
}

/// What the verifier saw, up to and including unload.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Findings {
    /// Violations of its rules.
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
    /// The driver is installed on this system, and the host was to load it.
    #[error("{0} is installed on this system: the host cannot load it")]
    Installed(String),
    /// The driver stopped signalling.
    #[error("the driver completed no packet for {0} ms")]
    Silent(u64),
    /// The device has fewer cables.
    #[error("there is no cable {cable}: the driver has {present}, counted from 0")]
    NoCable {
        /// The one that was asked for.
        cable: usize,
        /// How many there are.
        present: usize,
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
