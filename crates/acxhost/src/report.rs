//! The report on a driver, as data and as one page: conformance, rules, faults, completions,
//! jitter, the null test, growth, cost. The linked-in driver and the file that Windows loads are
//! shown side by side.

pub mod page;

mod chart;
mod measure;

use std::fmt::Write;
use std::path::Path;
use std::process::Command;

use acx_host::{Image, Rule};
use serde::Serialize;
use serde_json::Value;

use acx_conform::Subject;
use acx_conform::bench::{self, Bench, Spread};
use acx_conform::faults::{self, ScenarioFaults};
use acx_conform::run::RunError;
use acx_conform::suite::{self, Outcome, Verdict};

use crate::subject::{self, linked_name};

/// Where `cargo xtask build --release` puts the file that Windows loads.
const BUILT: &str = "target/image/x64/acxvad.sys";

/// The extent of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Depth {
    /// Half a minute on two idle cores.
    Quick,
    /// A minute.
    Usual,
    /// Two minutes.
    Full,
}

impl Depth {
    /// The duration in real time of the completion measurement, in seconds.
    const fn seconds(self) -> u64 {
        match self {
            Self::Quick => 1,
            Self::Usual => 4,
            Self::Full => 20,
        }
    }

    /// The maximum number of streams in the growth measurement.
    const fn streams(self) -> usize {
        match self {
            Self::Quick => 8,
            Self::Usual => 64,
            Self::Full => 256,
        }
    }

    /// The number of timed rounds.
    const fn rounds(self) -> usize {
        match self {
            Self::Quick => 5,
            Self::Usual => 51,
            Self::Full => 201,
        }
    }

    /// The number of failing calls of each function per scenario. `acxhost faults --all` fails all
    /// of them.
    const fn faults(self) -> usize {
        match self {
            Self::Quick => 1,
            Self::Usual => 4,
            Self::Full => 16,
        }
    }

    /// Its option, if it has one.
    const fn flag(self) -> &'static str {
        match self {
            Self::Quick => " --quick",
            Self::Usual => "",
            Self::Full => " --full",
        }
    }
}

/// The subject, time and place of a report.
#[derive(Clone, Debug, Serialize)]
pub struct About {
    /// The driver's name.
    pub driver: String,
    /// The day, in UTC.
    pub date: String,
    /// The commit of the sources of this program, if git knows it.
    pub commit: Option<String>,
    /// The host's version.
    pub version: &'static str,
    /// Operating system and processor.
    pub system: String,
    /// How much was done.
    pub depth: Depth,
    /// The seed by which machines in virtual time order equal deadlines.
    pub seed: u64,
}

/// The text in place of a figure of a driver that could not be run.
pub const NOTHING: &str = "–";

/// The beginning of a reason for a missing figure.
const NOT_MEASURED: &str = "not measured: ";

/// A measured value, or the reason why there is none.
#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
pub enum Measured<T> {
    /// The value.
    Value(T),
    /// No value.
    Missing {
        /// Why.
        why: String,
    },
}

impl<T> Measured<T> {
    fn of(result: Result<T, RunError>) -> Self {
        result.map_or_else(|why| Self::Missing { why: why.to_string() }, Self::Value)
    }

    /// A figure of the value, or the reason why there is none.
    fn figure(&self, figure: impl FnOnce(&T) -> String) -> String {
        match self {
            Self::Value(it) => figure(it),
            Self::Missing { why } => {
                format!("{NOT_MEASURED}{}", why.lines().next().unwrap_or_default())
            }
        }
    }

    /// The value, if there is one.
    pub fn value(&self) -> Option<&T> {
        match self {
            Self::Value(it) => Some(it),
            Self::Missing { .. } => None,
        }
    }
}

/// A rule and its violations.
#[derive(Clone, Debug, Serialize)]
pub struct RuleCount {
    /// Its name.
    pub rule: String,
    /// Its explanation.
    pub explanation: &'static str,
    /// Each violation: the event, and the callbacks that led to it.
    pub violations: Vec<String>,
    /// Whether `--allow` names it, so that it is ignored.
    pub allowed: bool,
}

/// A completed packet: nanoseconds after its ideal boundary.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Completion {
    /// Packets since the stream's start.
    pub packet: u64,
    /// The driver's stamp.
    pub stamp_ns: f64,
    /// The time at which the client ran.
    pub woken_ns: f64,
}

/// Completions at one end. Boundaries follow one another at the nominal rate, from the earliest
/// stamp on.
#[derive(Clone, Debug, Serialize)]
pub struct Completions {
    /// Speaker or microphone.
    pub end: &'static str,
    /// Duration of a packet in milliseconds.
    pub period_ms: u32,
    /// Each packet that the client got.
    pub packets: Vec<Completion>,
    /// Packets that the client missed or wrote too late.
    pub glitches: u64,
}

/// Audio and its recording.
#[derive(Clone, Debug, Serialize)]
pub struct NullTest {
    /// The format.
    pub format: String,
    /// The number of frames played.
    pub frames: u64,
    /// The frame of the recording at which the original begins.
    pub latency: u64,
    /// Frames that differ or are missing.
    pub different: u64,
    /// Seconds of audio.
    pub seconds: f64,
    /// The lowest and highest sample of the first channel, from -1 to 1, for pieces of equal
    /// length.
    pub played: Vec<(f32, f32)>,
    /// The same for the recording, from the start of the original.
    pub recorded: Vec<(f32, f32)>,
    /// The same for the difference of both.
    pub difference: Vec<(f32, f32)>,
    /// The beginning of the sound, sample by sample: played and recorded.
    pub detail: Vec<(f32, f32)>,
}

/// Many streams at once.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Growth {
    /// Streams, half at speakers and half at microphones.
    pub streams: usize,
    /// The time per period of all streams, in nanoseconds.
    pub period_ns: Spread,
    /// The time per stream, relative to one stream alone.
    pub each_to_first: f64,
    /// The pool per stream in bytes.
    pub pool_bytes: f64,
}

/// The results of one driver: linked in, or a file.
#[derive(Clone, Debug, Serialize)]
pub struct DriverReport {
    /// Its name.
    pub name: String,
    /// The reason why the driver could not be run at all.
    pub not_run: Option<String>,
    /// Whether that is for want of something, so that nothing is known to be wrong.
    pub is_lack: bool,
    /// Settings that it ignored, in words.
    pub ignored_settings: Vec<String>,
    /// The conformance suite.
    pub conformance: Vec<Value>,
    /// Cases that passed, failed, do not apply, are not covered yet.
    pub passed: [usize; 4],
    /// The number of machines that the verifier watched.
    pub machines: usize,
    /// Every rule.
    pub rules: Vec<RuleCount>,
    /// Fault injection: each fallible call fails in turn.
    pub faults: Measured<Vec<ScenarioFaults>>,
    /// Completions in real time.
    pub completions: Measured<Vec<Completions>>,
    /// Completions in virtual time, with every timer a millisecond late.
    pub completions_when_late: Measured<Vec<Completions>>,
    /// The distances of a stream's positions from their line in real time, in nanoseconds: the
    /// samples of conformance case K1.
    pub positions: Measured<Vec<f64>>,
    /// The null test.
    pub null_test: Measured<NullTest>,
    /// The growth with the number of streams.
    pub growth: Measured<Vec<Growth>>,
}

impl DriverReport {
    /// Of a driver that cannot be run: one sentence, everywhere.
    fn not_run(name: String, error: &RunError) -> Self {
        fn missing<T>(why: &str) -> Measured<T> {
            Measured::Missing { why: why.to_owned() }
        }
        let why = &error.to_string();
        Self {
            name,
            not_run: Some(why.clone()),
            is_lack: error.is_lack(),
            ignored_settings: Vec::new(),
            conformance: Vec::new(),
            passed: [0; 4],
            machines: 0,
            rules: Vec::new(),
            faults: missing(why),
            completions: missing(why),
            completions_when_late: missing(why),
            positions: missing(why),
            null_test: missing(why),
            growth: missing(why),
        }
    }

    /// The number of violations.
    pub fn violations(&self) -> usize {
        self.rules.iter().map(|rule| rule.violations.len()).sum()
    }

    /// Whether the recording equals the original, if that was tested.
    pub fn is_exact(&self) -> bool {
        self.null_test.value().is_none_or(|test| test.different == 0)
    }

    /// The number of injected failures.
    pub fn failed_calls(&self) -> usize {
        let scenarios = self.faults.value().into_iter().flatten();
        scenarios.map(ScenarioFaults::failed).sum()
    }

    /// The number of problems when calls failed.
    pub fn fault_violations(&self) -> usize {
        let scenarios = self.faults.value().into_iter().flatten();
        scenarios.map(|scenario| scenario.violations.len()).sum()
    }

    /// Whether something is wrong with the driver; not that it lacks what could be tried.
    fn is_wrong(&self) -> bool {
        let [_, failed, ..] = self.passed;
        (self.not_run.is_some() && !self.is_lack)
            || failed > 0
            || self.violations() + self.fault_violations() > 0
            || !self.is_exact()
    }

    /// Whether it ran and a case applied to it.
    fn is_tried(&self) -> bool {
        self.not_run.is_none() && self.passed[0] > 0
    }

    /// Whether everything that was tested passed.
    pub fn passes(&self) -> bool {
        self.is_tried() && !self.is_wrong()
    }
}

/// A report.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// What was run.
    pub about: About,
    /// Each driver.
    pub drivers: Vec<DriverReport>,
    /// The reason why there is no second driver, and how to get it.
    pub missing: Option<String>,
    /// The cost of packets, positions and streams, the second driver compared with the first.
    pub cost: Measured<Bench>,
}

impl Report {
    /// Whether everything that was tested passed.
    pub fn passes(&self) -> bool {
        self.drivers.iter().all(DriverReport::passes)
    }

    /// Whether something is wrong with a driver; not that one lacks what could be tried.
    pub fn is_wrong(&self) -> bool {
        self.drivers.iter().any(DriverReport::is_wrong)
    }

    /// Whether each driver was tried.
    pub fn is_tried(&self) -> bool {
        self.drivers.iter().all(DriverReport::is_tried)
    }

    /// The verdict in a sentence, which names only what was tried.
    pub fn verdict(&self) -> String {
        let sum =
            |figure: fn(&DriverReport) -> usize| self.drivers.iter().map(figure).sum::<usize>();
        if self.passes() {
            let mut all = vec![self.cases_that_pass(), "no rule is broken".to_owned()];
            if sum(DriverReport::failed_calls) > 0 {
                all.push("every failed call is handled".to_owned());
            }
            if self.drivers.iter().any(|driver| driver.null_test.value().is_some()) {
                all.push("every frame comes back as it was played".to_owned());
            }
            return all.join(", ");
        }
        let wrong = [
            (sum(|driver| driver.passed[1]), "conformance case fails", "conformance cases fail"),
            (sum(DriverReport::violations), "rule is broken once", "violations of rules"),
            (
                sum(DriverReport::fault_violations),
                "error after a failed call",
                "errors after failed calls",
            ),
            (
                sum(|driver| usize::from(!driver.is_exact())),
                "recording differs",
                "recordings differ",
            ),
            (
                sum(|driver| usize::from(driver.passed[0] == 0 && driver.not_run.is_none())),
                "driver passes no case",
                "drivers pass no case",
            ),
            (
                sum(|driver| usize::from(driver.not_run.is_some())),
                "driver could not be run",
                "drivers could not be run",
            ),
        ];
        let wrong = wrong.into_iter().filter(|(count, ..)| *count > 0);
        let words = wrong.map(|(count, one, many)| {
            let what = if count == 1 { one } else { many };
            format!("{count} {what}")
        });
        words.collect::<Vec<_>>().join(", ")
    }

    /// The number of passed cases of each driver, not of all together.
    fn cases_that_pass(&self) -> String {
        let counts: Vec<_> = self.drivers.iter().map(|own| own.passed[0]).collect();
        match counts[..] {
            [one] => format!("{one} conformance cases pass"),
            [one, other] if one == other => format!("{one} conformance cases pass in both forms"),
            _ => format!("{} conformance cases pass in all", counts.iter().sum::<usize>()),
        }
    }

    /// The summary: a line for each claim, with each driver's figure.
    pub fn summary(&self) -> Vec<(&'static str, Vec<String>)> {
        type Row<'a> = (&'static str, &'a dyn Fn(usize, &DriverReport) -> String);
        let rows: [Row<'_>; 11] = [
            ("Conformance cases that pass", &|_, driver| cases(driver)),
            ("Rules of the framework that are broken", &|_, driver| {
                let runs = driver.machines;
                match driver.violations() {
                    0 => format!("none, in {runs} runs from load to unload"),
                    1 => format!("once, in {runs} runs from load to unload"),
                    count => format!("{count} times, in {runs} runs from load to unload"),
                }
            }),
            ("Fault injection: calls that were made to fail", &|_, driver| {
                driver.faults.figure(|all| injected(all))
            }),
            ("Frames of a recording that differ from what was played", &|_, driver| {
                driver.null_test.figure(|test| {
                    format!("{} of {}", grouped(test.different), grouped(test.frames))
                })
            }),
            ("Delay from speaker to microphone", &|_, driver| {
                driver.null_test.figure(|test| {
                    let rate = test.frames as f64 / test.seconds;
                    format!("{:.1} ms", test.latency as f64 * 1000.0 / rate)
                })
            }),
            ("Packet time stamps: furthest from the boundary, exact timers", &|at, _| {
                self.bench(at, |own| stamp(own.completions))
            }),
            ("Packet time stamps: furthest from the boundary, timers 1 ms late", &|at, _| {
                self.bench(at, |own| stamp(own.completions_when_late))
            }),
            ("Packet time stamps: furthest from their own line, in real time", &|_, driver| {
                driver.completions.figure(|all| span(worst(all, |packet| packet.stamp_ns)))
            }),
            ("Processor time of a packet", &|at, _| {
                self.bench(at, |own| span(own.packet_ns.median))
            }),
            ("Processor time of a position query", &|at, _| {
                self.bench(at, |own| span(own.position_ns.median))
            }),
            ("Time of a stream among many, compared with one alone", &|_, driver| {
                driver.growth.figure(|growth| match growth.last() {
                    Some(last) if last.streams > 1 => {
                        format!("{:.2} times, with {} streams", last.each_to_first, last.streams)
                    }
                    Some(_) => "the driver takes one stream".to_owned(),
                    None => "the driver takes no stream".to_owned(),
                })
            }),
        ];
        // The first line has the reason why a driver could not be run.
        let cell = |row: usize, at: usize, figure: &dyn Fn(usize, &DriverReport) -> String| {
            let driver = &self.drivers[at];
            if row > 0 && driver.not_run.is_some() {
                NOTHING.to_owned()
            } else {
                figure(at, driver)
            }
        };
        // A reason given in a line above is not repeated.
        let mut given = vec![Vec::new(); self.drivers.len()];
        let mut lines = Vec::new();
        for (row, (claim, figure)) in rows.into_iter().enumerate() {
            let mut cells = Vec::new();
            for (at, given) in given.iter_mut().enumerate() {
                let mut text = cell(row, at, figure);
                if text.starts_with(NOT_MEASURED) {
                    if given.contains(&text) {
                        "not measured".clone_into(&mut text);
                    } else {
                        given.push(text.clone());
                    }
                }
                cells.push(text);
            }
            lines.push((claim, cells));
        }
        lines
    }

    /// A benchmark figure of the driver at an index.
    fn bench(&self, at: usize, figure: impl Fn(&bench::Figures) -> String) -> String {
        self.cost.figure(|found| {
            let own = if at == 0 { Some(&found.driver) } else { found.against.as_ref() };
            own.map_or_else(|| "not measured".to_owned(), figure)
        })
    }

    /// The summary as a section of a Markdown document.
    pub fn markdown(&self) -> String {
        let About { date, commit, version, system, depth, .. } = &self.about;
        let commit = commit.as_deref().unwrap_or("unknown");
        let line = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
        let cell = |text: &str| text.replace('|', "\\|");
        let mut text = format!(
            "`acxhost report{}`, {date}, commit {commit}, version {version}, {system}.\n\n",
            depth.flag()
        );
        let names = self.drivers.iter().map(|driver| cell(&driver.name));
        text += &line(std::iter::once("what".to_owned()).chain(names).collect());
        text += &line(vec!["---".to_owned(); self.drivers.len() + 1]);
        for (claim, figures) in self.summary() {
            let figures = figures.iter().map(|figure| cell(figure));
            text += &line(std::iter::once(claim.to_owned()).chain(figures).collect());
        }
        text
    }
}

/// The number of passed cases, of those that apply.
fn cases(driver: &DriverReport) -> String {
    let [passed, failed, not_applicable, not_covered] = driver.passed;
    if let Some(why) = &driver.not_run {
        return format!("not run: {}", why.lines().next().unwrap_or_default());
    }
    let mut text = match passed + failed {
        0 => "none applies".to_owned(),
        of => format!("{passed} of {of}"),
    };
    if not_applicable > 0 {
        let _ = write!(text, "; {not_applicable} do not apply");
    }
    if not_covered > 0 {
        let _ = write!(text, "; {not_covered} not covered yet");
    }
    text
}

/// The number of failed calls, and the problems.
fn injected(all: &[ScenarioFaults]) -> String {
    let sum = |count: fn(&ScenarioFaults) -> usize| all.iter().map(count).sum::<usize>();
    let (failed, calls) = (sum(ScenarioFaults::failed), sum(|own| own.calls));
    let wrong = match sum(|own| own.violations.len()) {
        0 if calls == 0 => return "no call of the driver can fail".to_owned(),
        0 => "each is handled".to_owned(),
        1 => "1 error".to_owned(),
        count => format!("{} errors", grouped(count as u64)),
    };
    format!("{} of {}; {wrong}", grouped(failed as u64), grouped(calls as u64))
}

/// The error of a driver's stamps.
fn stamp(found: Option<bench::Completions>) -> String {
    found.map_or_else(|| "no packet register".to_owned(), |found| span(found.stamp_off_ns))
}

/// The largest absolute value of a figure over all packets.
fn worst(all: &[Completions], figure: fn(&Completion) -> f64) -> f64 {
    let packets = all.iter().flat_map(|end| &end.packets);
    packets.map(figure).fold(0.0, |worst, value| worst.max(value.abs()))
}

/// A number in groups of three digits.
pub(crate) fn grouped(number: impl Into<u64>) -> String {
    let digits = number.into().to_string();
    let groups = digits.as_bytes().rchunks(3).rev();
    groups.map(String::from_utf8_lossy).collect::<Vec<_>>().join(",")
}

/// A span of time as text.
pub(crate) fn span(nanoseconds: f64) -> String {
    match nanoseconds.abs() {
        ..1e3 => format!("{nanoseconds:.0} ns"),
        ..1e6 => format!("{:.1} µs", nanoseconds / 1e3),
        _ => format!("{:.2} ms", nanoseconds / 1e6),
    }
}

/// The commit of the sources of this program, if they still exist.
fn commit() -> Option<String> {
    let git = Command::new("git")
        .args(["-C", env!("CARGO_MANIFEST_DIR"), "describe", "--always", "--dirty"])
        .output()
        .ok()?;
    let text = String::from_utf8(git.stdout).ok()?;
    Some(text.trim().to_owned()).filter(|text| git.status.success() && !text.is_empty())
}

/// The drivers to report on, and the reason why there is no second one: acxvad both linked in and
/// as a file, any other driver alone.
fn drivers(given: &Subject) -> (Vec<Subject>, Option<String>) {
    let linked = || subject::linked().with_settings(given.settings.clone());
    match given.image() {
        Some(image) if image.service() == linked_name() => (vec![linked(), given.clone()], None),
        Some(_) => (vec![given.clone()], None),
        None => match Image::read(Path::new(BUILT)) {
            Ok(image)
                if cfg!(all(
                    target_os = "linux",
                    any(target_arch = "x86_64", target_arch = "aarch64")
                )) =>
            {
                let file = subject::image(image).with_settings(given.settings.clone());
                (vec![given.clone(), file], None)
            }
            Ok(_) => (
                vec![given.clone()],
                Some(
                    "images run on x86-64 Linux only; this is the driver that is linked in"
                        .to_owned(),
                ),
            ),
            Err(_) => {
                let why = format!(
                    "there is no {BUILT} below this folder: `cargo xtask build --release` makes it, or name it with --driver"
                );
                (vec![given.clone()], Some(why))
            }
        },
    }
}

/// Called with the current step, the amount done, and the total.
pub type Progress<'a> = &'a mut dyn FnMut(&str, usize, usize);

/// Runs everything on a driver.
pub fn collect(given: &Subject, depth: Depth, progress: Progress<'_>) -> Report {
    let (subjects, missing) = drivers(given);
    let about = About {
        driver: given.name(),
        date: time::OffsetDateTime::now_utc().date().to_string(),
        commit: commit(),
        version: env!("CARGO_PKG_VERSION"),
        system: format!("{} on {}", std::env::consts::OS, std::env::consts::ARCH),
        depth,
        seed: 0,
    };
    let drivers: Vec<DriverReport> =
        subjects.iter().map(|subject| driver(subject, depth, progress)).collect();
    let load = bench::Load { rounds: depth.rounds(), streams: 1 };
    let cost = bench::bench(&subjects[0], subjects.get(1), load, &mut |done| {
        progress("cost of a packet", done, depth.rounds());
    });
    Report { about, drivers, missing, cost: Measured::of(cost) }
}

/// Runs everything on one driver.
fn driver(subject: &Subject, depth: Depth, progress: Progress<'_>) -> DriverReport {
    let name = subject.label();
    let found =
        suite::run(subject, &mut |done, all| progress(&format!("{name}: cases"), done, all));
    let verdicts = match found {
        Ok(found) => found.verdicts,
        Err(why) => {
            let ignored_settings = subject.ignored_settings();
            return DriverReport { ignored_settings, ..DriverReport::not_run(name, &why) };
        }
    };
    let how = faults::Options { each: Some(depth.faults()), ..faults::Options::default() };
    let faults = Measured::of(faults::run(subject, &how, &mut |what, done, all| {
        progress(&format!("{name}: failures, {what}"), done, all);
    }));
    let mut say = |what: &str| progress(&format!("{name}: {what}"), 0, 1);
    say("completions");
    let completions = Measured::of(measure::completions(subject, depth.seconds()));
    let completions_when_late = Measured::of(measure::completions_when_late(subject));
    say("positions");
    let positions = Measured::of(measure::positions(subject));
    say("null test");
    let null_test = Measured::of(measure::null_test(subject));
    say("growth");
    let growth = Measured::of(measure::growth(subject, depth.streams(), depth.rounds()));
    let seen = subject.take_seen();
    let rules = Rule::ALL
        .iter()
        .map(|rule| {
            let broken = seen.violations.iter().filter(|violation| violation.rule == *rule);
            let violations = broken.map(ToString::to_string).collect();
            let (name, allowed) = (rule.name().to_owned(), subject.allowed.contains(rule));
            RuleCount { rule: name, explanation: rule.explanation(), violations, allowed }
        })
        .collect();
    DriverReport {
        name,
        not_run: None,
        is_lack: false,
        ignored_settings: subject.ignored_settings(),
        passed: tally(&verdicts),
        conformance: verdicts.iter().map(Verdict::value).collect(),
        machines: seen.machines,
        rules,
        faults,
        completions,
        completions_when_late,
        positions,
        null_test,
        growth,
    }
}

/// Cases that passed, failed, do not apply, are not covered yet.
fn tally(verdicts: &[Verdict]) -> [usize; 4] {
    let mut tally = [0; 4];
    for verdict in verdicts {
        tally[match verdict.outcome {
            Outcome::Passed(_) => 0,
            Outcome::Failed(_) => 1,
            Outcome::NotApplicable(_) => 2,
            Outcome::NotCovered => 3,
        }] += 1;
    }
    tally
}
