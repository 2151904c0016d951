//! Runs of a driver: the kind of time, the findings, and the errors that end a run.

use std::{fmt, io};

use acx_client::Failed;
use acx_host::Machine;
use acx_host::ks::Requests;
use acx_host::machine::{Allocations, HostError, Status};
use acx_sys::{NTSTATUS, STATUS_OBJECT_NAME_NOT_FOUND};
use serde::Serialize;

/// The kind of time in a machine of the host.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Time {
    /// Virtual time: as fast as possible, and exact.
    #[default]
    Virtual,
    /// Real time.
    Real,
}

/// The verifier's findings, up to and including unload.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Findings {
    /// Violations of its rules.
    pub violations: Vec<String>,
    /// Framework functions that the host lacks.
    pub gaps: Vec<String>,
    /// The requests of clients.
    #[serde(skip)]
    pub requests: Requests,
}

impl Findings {
    /// All of them, as text.
    pub fn all(&self) -> impl Iterator<Item = String> + '_ {
        let lacks = self.gaps.iter().map(|gap| format!("the host does not have {gap} yet"));
        self.violations.iter().cloned().chain(lacks)
    }

    /// Adds those of another run.
    pub fn add(&mut self, other: Self) {
        self.violations.extend(other.violations);
        self.gaps.extend(other.gaps);
        self.requests = self.requests.and(other.requests);
    }

    /// The number of findings.
    pub fn count(&self) -> usize {
        self.violations.len() + self.gaps.len()
    }
}

/// A driver that did not load or whose device did not start, with the information that helps its
/// author.
#[derive(Debug)]
pub struct NotStarted {
    /// The error.
    pub error: HostError,
    /// The last failed calls and callbacks of the driver, oldest first.
    pub calls: Vec<String>,
    /// Violations so far.
    pub violations: Vec<String>,
    /// Framework functions that were called and that the host lacks.
    pub gaps: Vec<String>,
    /// The driver's debugger output.
    pub output: String,
}

impl NotStarted {
    /// Collects the information about a driver that did not start on `machine`.
    pub fn new(error: HostError, machine: &Machine) -> Self {
        let report = machine.report();
        Self {
            error,
            calls: machine.last_failed_calls().iter().map(ToString::to_string).collect(),
            violations: report.violations().iter().map(ToString::to_string).collect(),
            gaps: report.gaps().into_iter().map(str::to_owned).collect(),
            output: machine.debug_output(),
        }
    }
}

impl RunError {
    /// Whether the driver lacks what was asked for, or the system cannot run it: nothing was tried,
    /// so nothing is wrong with it.
    pub fn is_lack(&self) -> bool {
        match self {
            Self::Host(HostError::Image(_))
            | Self::Installed(_)
            | Self::NoCable { .. }
            | Self::Hidden { .. }
            | Self::NoEnd { .. }
            | Self::NotHeard(_)
            | Self::NoCounters { .. }
            | Self::NoEndpoint { .. }
            | Self::NothingInCommon { .. }
            | Self::Format { .. } => true,
            Self::Factory { status, .. } => *status == STATUS_OBJECT_NAME_NOT_FOUND,
            Self::Host(_)
            | Self::NotStarted(_)
            | Self::Client(_)
            | Self::Audio(_)
            | Self::Wrong(_)
            | Self::Silent(_) => false,
        }
    }

    /// With what is known of a driver that did not load or start on `machine`.
    #[must_use]
    pub fn not_started(self, machine: &Machine) -> Self {
        match self {
            Self::Host(error @ (HostError::Load { .. } | HostError::Start { .. })) => {
                Self::NotStarted(Box::new(NotStarted::new(error, machine)))
            }
            other => other,
        }
    }
}

impl fmt::Display for NotStarted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.error)?;
        let gaps = self.gaps.iter().map(|gap| format!("{gap} is called: the host lacks it"));
        let gaps: Vec<String> = gaps.collect();
        let output: Vec<String> = self.output.lines().map(str::to_owned).collect();
        for (head, lines) in [
            ("the last calls that failed", &self.calls),
            ("violations", &self.violations),
            ("gaps of the host", &gaps),
            ("what the driver printed", &output),
        ] {
            if !lines.is_empty() {
                write!(f, "\n  {head}:")?;
            }
            for line in lines {
                write!(f, "\n    {}", line.replace('\n', "\n    "))?;
            }
        }
        Ok(())
    }
}

/// The reason why a run could not be finished.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// An error of the host.
    #[error(transparent)]
    Host(#[from] HostError),
    /// The driver did not load or its device did not start, with details from the machine.
    #[error("{0}")]
    NotStarted(Box<NotStarted>),
    /// A request of a client failed.
    #[error(transparent)]
    Client(#[from] Failed),
    /// The driver is installed on this system, and the host was to load it.
    #[error("{0} is installed on this system: the host cannot load it")]
    Installed(String),
    /// A requested factory did not create a circuit.
    #[error("the factory {name} made no circuit: {}; `topology` lists factories", Status(*.status))]
    Factory {
        /// The factory.
        name: String,
        /// Its status.
        status: NTSTATUS,
    },
    /// The audio to play cannot be read, or the recording cannot be written.
    #[error(transparent)]
    Audio(io::Error),
    /// A condition does not hold.
    #[error("{0}")]
    Wrong(String),
    /// The driver stopped signalling.
    #[error("the driver completed no packet for {0} ms")]
    Silent(u64),
    /// The device has fewer cables.
    #[error("there is no cable {cable}: the driver has {present}, counted from 0")]
    NoCable {
        /// The requested cable.
        cable: usize,
        /// The number of findings.
        present: usize,
    },
    /// The end of a cable is hidden.
    #[error("{end} is hidden: programs that know of it stream there; `acxhost topology` shows it")]
    Hidden {
        /// Its circuit.
        end: String,
    },
    /// The driver has no endpoint of a direction.
    #[error("the driver has no {what}: `acxhost topology` shows what it has")]
    NoEnd {
        /// What is missing.
        what: &'static str,
    },
    /// A recording cannot be compared with what is played.
    #[error("nothing to compare: {0}")]
    NotHeard(String),
    /// The driver has no counters of its own.
    #[error("{driver} has no counters: `watch` reads the counters of acxvad")]
    NoCounters {
        /// The driver.
        driver: String,
    },
    /// The device has no end to stream at.
    #[error(
        "{driver} has no endpoint that streams: `acxhost topology` shows what it has; drivers that \
         make an endpoint together are given with a --driver each"
    )]
    NoEndpoint {
        /// The driver.
        driver: String,
    },
    /// The two drivers to compare have no common end.
    #[error("{one} has a {has}, and {other} has not: there is nothing to compare")]
    NothingInCommon {
        /// The first driver.
        one: String,
        /// The second driver.
        other: String,
        /// The end of the first.
        has: &'static str,
    },
    /// No pin takes the format.
    #[error("{wanted} is not a format of {endpoint}; it has {has}")]
    Format {
        /// The requested format.
        wanted: String,
        /// The endpoint.
        endpoint: String,
        /// The endpoint's formats.
        has: String,
    },
}

/// A count with its noun: "1 format", "2 formats".
pub fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

/// The driver's allocations: "1 block with 32 bytes, 0 MDLs, 7 objects".
pub(crate) fn allocations(of: Allocations) -> String {
    let Allocations { blocks, bytes, mdls, objects } = of;
    let (blocks, bytes) = (counted(blocks, "block"), counted(bytes, "byte"));
    format!("{blocks} with {bytes}, {}, {}", counted(mdls, "MDL"), counted(objects, "object"))
}

#[cfg(test)]
mod tests {
    use acx_sys::STATUS_INSUFFICIENT_RESOURCES;

    use super::*;

    #[test]
    fn a_factory_that_is_not_there_is_a_lack_and_one_that_fails_is_not() {
        for (status, is_lack) in
            [(STATUS_OBJECT_NAME_NOT_FOUND, true), (STATUS_INSUFFICIENT_RESOURCES, false)]
        {
            let asked = RunError::Factory { name: "Factory0".to_owned(), status };
            assert_eq!(asked.is_lack(), is_lack, "{asked}");
        }
        assert!(RunError::NoCable { cable: 2, present: 1 }.is_lack());
        assert!(!RunError::Wrong("no sound".to_owned()).is_lack());
    }

    #[test]
    fn findings_are_violations_and_gaps() {
        let own = |what: &str| Findings {
            violations: vec![format!("Irql {what}")],
            gaps: vec![format!("Wdf{what}")],
            ..Findings::default()
        };
        let mut all = own("Open");
        all.add(own("Close"));
        assert_eq!((all.count(), all.all().count()), (4, 4));
        assert_eq!(all.all().nth(3).as_deref(), Some("the host does not have WdfClose yet"));
    }

    #[test]
    fn what_is_known_of_a_driver_that_did_not_start_is_told_in_lists() {
        let lines = |all: &[&str]| all.iter().map(|own| (*own).to_owned()).collect();
        let error = HostError::Streaming;
        let told = format!("{error}");
        let mut not = NotStarted {
            error,
            calls: lines(&["one\nin it", "two"]),
            violations: Vec::new(),
            gaps: lines(&["WdfX"]),
            output: "a\nb\n".to_owned(),
        };
        let lists = "\n  the last calls that failed:\n    one\n    in it\n    two\n  gaps of the \
                     host:\n    WdfX is called: the host lacks it\n  what the driver printed:\n    \
                     a\n    b";
        assert_eq!(not.to_string(), format!("{told}{lists}"));
        not.calls.clear();
        not.gaps.clear();
        not.output.clear();
        not.violations = lines(&["Irql"]);
        assert_eq!(not.to_string(), format!("{told}\n  violations:\n    Irql"));
    }

    #[test]
    fn one_is_not_many() {
        let of = Allocations { blocks: 1, bytes: 32, mdls: 0, objects: 2 };
        assert_eq!(allocations(of), "1 block with 32 bytes, 0 MDLs, 2 objects");
    }
}
