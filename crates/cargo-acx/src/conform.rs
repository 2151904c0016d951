//! `cargo acx conform`: the conformance suite on the image that Windows loads, in the host, and a
//! check that the INF names the driver's circuits.

use std::collections::BTreeSet;
use std::path::Path;

use acx_client::Direction;
use acx_client::endpoint::Endpoint;
use acx_conform::run::Time;
use acx_conform::suite::{self, Breach, Level, Results, Selection, Transport, Verdict};
use acx_conform::{Driver as Code, Subject};
use acx_host::Image;

use crate::check::Check;
use crate::inf;

/// The cases to run, and the kind of time.
#[derive(Clone, Copy, Debug, Default)]
pub struct Cases<'a> {
    /// Only cases of this level.
    pub level: Option<Level>,
    /// Only the case with this id.
    pub case: Option<&'a str>,
    /// In real time; cases that need virtual time are left out.
    pub is_realtime: bool,
}

/// The suite's result.
#[derive(Debug)]
pub struct Conformance {
    /// Each case and its outcome.
    pub verdicts: Vec<Verdict>,
    /// Rules of the verifier that the driver broke, each once.
    pub breaches: Vec<Breach>,
    /// The check that the INF names the driver's circuits.
    pub interfaces: Check,
}

impl Conformance {
    /// The number of failed cases and broken rules, with the check of the INF as one.
    pub fn failed(&self) -> usize {
        let cases = self.verdicts.iter().filter(|verdict| verdict.outcome.is_failure()).count();
        cases + self.breaches.len() + usize::from(self.interfaces.found.is_err())
    }

    /// The number of cases that do not apply.
    pub fn not_applicable(&self) -> usize {
        self.verdicts.iter().filter(|verdict| verdict.outcome.is_not_applicable()).count()
    }

    /// The number of passed cases.
    pub fn passed(&self) -> usize {
        let is_open = |verdict: &&Verdict| {
            verdict.outcome.is_failure()
                || verdict.outcome.is_not_applicable()
                || verdict.outcome.is_uncovered()
        };
        self.verdicts.len() - self.verdicts.iter().filter(is_open).count()
    }

    /// Whether something was tested and nothing failed.
    pub fn is_good(&self) -> bool {
        self.failed() == 0 && self.passed() > 0
    }
}

/// Runs the suite on an image. `progress` is called with the number of cases done and of all cases.
///
/// # Errors
///
/// The image cannot be read, its driver does not start, or there is no such case.
pub fn conform(
    image: &Path,
    inx: &Path,
    cases: Cases<'_>,
    progress: &mut dyn FnMut(usize, usize),
) -> Result<Conformance, String> {
    if !cfg!(all(target_os = "linux", target_arch = "x86_64")) {
        return Err(
            "the host loads images on x86-64 Linux only: `cargo test` runs the suite on the \
                    driver linked in, anywhere"
                .to_owned(),
        );
    }
    let code = Image::read(image).map_err(|why| why.to_string())?;
    let subject = Subject::new(Code::Image(code));
    let interfaces = Check { name: "inf-circuits", found: interfaces(&subject, inx)? };
    let time = if cases.is_realtime { Time::Real } else { Time::Virtual };
    let selection = Selection { level: cases.level, case: cases.case, ..Selection::default() };
    let run = suite::run_over(Transport::Host(time), &subject, selection, progress);
    let Results { verdicts, breaches, .. } = run.map_err(|why| why.to_string())?;
    if let Some(case) = cases.case.filter(|_| verdicts.is_empty()) {
        let ids = suite::ids().collect::<Vec<_>>().join(", ");
        return Err(format!("{case}: not a case of the suite; there are {ids}"));
    }
    Ok(Conformance { verdicts, breaches, interfaces })
}

/// Compares the driver's circuits with those in its INF. Fails only if the driver does not start.
fn interfaces(subject: &Subject, inx: &Path) -> Result<Result<String, String>, String> {
    let (driver, _) = subject
        .on_system(Time::Virtual, |system| {
            let mut names = BTreeSet::new();
            for direction in [Direction::Render, Direction::Capture] {
                for endpoint in Endpoint::all(system, direction)? {
                    names.extend(endpoint.path(system)?);
                }
            }
            Ok(names)
        })
        .map_err(|why| why.to_string())?;
    let read = std::fs::read(inx).map_err(|why| format!("{}: {why}", inx.display()));
    Ok(read.and_then(|bytes| inf::text(&bytes)).and_then(|text| {
        let named = inf::circuit_names(&text);
        let is_named =
            |circuit: &&String| named.iter().any(|name| name.eq_ignore_ascii_case(circuit));
        let strange: Vec<&str> =
            driver.iter().filter(|circuit| !is_named(circuit)).map(String::as_str).collect();
        if strange.is_empty() {
            Ok(driver.iter().map(String::as_str).collect::<Vec<_>>().join(", "))
        } else {
            Err(format!(
                "the driver's circuit {} is not in {}: Windows would not find it",
                strange.join(", "),
                inx.display()
            ))
        }
    }))
}
