//! The conformance suite: every case has an id, a sentence and a figure. In the host each case runs
//! on its own machine. Cases run with event-driven and timer-driven streams where both apply. With
//! an installed driver, and through WASAPI, the suite runs the cases that are possible there.
//!
//! A case takes formats, modes and packet sizes from each end's lists (`end`). A case does not
//! apply if the device lacks a feature that it needs (`features`). Rules that the verifier saw
//! broken are listed separately (`verdict`): they do not fail a case.

mod access;
mod cases;
mod client;
mod composite;
mod constraints;
mod continued;
mod controls;
mod edges;
pub(crate) mod end;
mod engine;
mod features;
mod fifo;
mod format;
mod gain;
mod hidden;
mod jack;
mod keyword;
mod legacy;
mod others;
mod packets;
mod rates;
mod rebalance;
mod refused;
mod requests;
mod rights;
mod stalled;
mod stream;
mod threads;
mod through;
mod verdict;
#[cfg(windows)]
pub mod wasapi;

use std::cell::Cell;
use std::ops::RangeInclusive;
use std::time::Duration;

use acx_client::endpoint::Endpoint;
use acx_client::{Direction, Failed, System};
use acx_host::Machine;
use acx_host::machine::DeviceNode;

pub(crate) use crate::melody::STEREO;
use crate::run::{Findings, RunError, Time};
use crate::subject::Subject;
use cases::{CASES, Case, Test};
pub(crate) use composite::composites;
pub(crate) use constraints::guid;
use end::End;
pub(crate) use features::{Features, Needs};
pub use keyword::is_keyword;
pub(crate) use keyword::keyword_pin;
pub(crate) use verdict::kind;
pub use verdict::{Breach, Level, Outcome, Results, Verdict};

/// A case's environment: the driver under test, and the system of its clients, with a started
/// device.
#[derive(Clone, Copy)]
pub(crate) struct Context<'a> {
    pub(crate) subject: &'a Subject,
    pub(crate) system: &'a dyn System,
    /// Whether the microphone records what the speaker plays.
    pub(crate) has_cable: bool,
}

/// The environment of a case that needs the host: a new machine with a started device.
pub(crate) struct HostContext<'a, 'd> {
    pub(crate) context: Context<'a>,
    pub(crate) machine: &'a Machine,
    pub(crate) device: &'a DeviceNode<'d>,
}

impl<'a> Context<'a> {
    /// For a device about which nothing is known yet.
    pub(crate) fn new(subject: &'a Subject, system: &'a dyn System) -> Self {
        Self { subject, system, has_cable: false }
    }

    /// The directions for which the device has an endpoint.
    pub(crate) fn directions(&self) -> Vec<Direction> {
        let exists = |direction: &Direction| self.endpoint(*direction).is_ok();
        [Direction::Render, Direction::Capture].into_iter().filter(exists).collect()
    }

    /// The endpoint under test.
    pub(crate) fn endpoint(&self, direction: Direction) -> Result<Endpoint, String> {
        self.subject.endpoint(self.system, direction).map_err(describe)
    }

    /// The endpoint under test, with its mode and format.
    pub(crate) fn end(&self, direction: Direction) -> Result<End, String> {
        End::of(self.endpoint(direction)?)
    }

    /// The endpoints under test that list formats, the speaker first.
    pub(crate) fn ends(&self) -> Result<Vec<End>, String> {
        let all = self.directions().into_iter().map(|direction| self.end(direction));
        let ends: Vec<End> = all.filter_map(Result::ok).collect();
        ensure(!ends.is_empty(), || "no pin lists a format".to_owned())?;
        Ok(ends)
    }

    /// Opens up the controls of each end that has some.
    pub(crate) fn open_up(&self) {
        self.ends().into_iter().flatten().for_each(|end| gain::open_up(self.system, &end));
    }

    /// The directions of those.
    pub(crate) fn streaming(&self) -> Result<Vec<Direction>, String> {
        Ok(self.ends()?.iter().map(End::direction).collect())
    }
}

/// The start time of a stream: between two readings of the clock, which are equal in virtual time.
pub(crate) struct StartTime {
    pub(crate) before: u64,
    pub(crate) after: u64,
    frequency: u64,
}

impl StartTime {
    /// Reads the clock around `run`.
    pub(crate) fn with(
        system: &dyn System,
        run: impl FnOnce() -> Result<(), Failed>,
    ) -> Result<Self, String> {
        let before = system.qpc();
        run().map_err(describe)?;
        Ok(Self { before, after: system.qpc(), frequency: system.qpc_frequency() })
    }

    /// The range of its possible positions at `at`: at most a frame more, since the device may have
    /// begun inside a clock tick.
    pub(crate) fn frames(&self, rate: u32, at: u64) -> RangeInclusive<u64> {
        let since = |start: u64| {
            let ticks = u128::from(at.saturating_sub(start));
            (ticks * u128::from(rate) / u128::from(self.frequency)) as u64
        };
        since(self.after).saturating_sub(1)..=since(self.before) + 1
    }

    /// Compares a position and its stamp with the clock.
    pub(crate) fn check(&self, rate: u32, (frames, at): (u64, u64)) -> Result<(), String> {
        let ideal = self.frames(rate, at);
        ensure(ideal.contains(&frames), || format!("{frames} frames, not {ideal:?}"))
    }
}

/// The reason why a case has no figure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Unmet {
    /// Something is wrong.
    Wrong(String),
    /// The device lacks what the case tests.
    Apart(String),
}

impl Unmet {
    /// The device lacks what the case tests.
    pub(crate) fn apart(why: impl Into<String>) -> Self {
        Self::Apart(why.into())
    }
}

impl From<String> for Unmet {
    fn from(why: String) -> Self {
        Self::Wrong(why)
    }
}

impl From<&str> for Unmet {
    fn from(why: &str) -> Self {
        Self::Wrong(why.to_owned())
    }
}

/// A figure, or the reason why there is none.
pub(crate) type Finding = Result<String, Unmet>;

/// A request that a case relies on failed.
pub(crate) fn describe(failed: Failed) -> String {
    failed.to_string()
}

/// The conditions that cases checked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Checked {
    /// Their number.
    pub count: u64,
    /// A checksum of what each says if it does not hold, with the numbers that it compares.
    pub checksum: u32,
}

impl Checked {
    fn with(self, what: &str) -> Self {
        let mixed = |sum: u32, byte| (sum ^ u32::from(byte)).wrapping_mul(0x0100_0193);
        let checksum = what.bytes().chain([0]).fold(self.checksum, mixed);
        Self { count: self.count + 1, checksum }
    }
}

thread_local! {
    /// What was checked on this thread, while it is recorded.
    static CHECKED: Cell<Option<Checked>> = const { Cell::new(None) };
}

/// Runs cases, and records the conditions that they check on this thread. In virtual time they are
/// the same in each run.
pub fn recorded<T>(run: impl FnOnce() -> T) -> (T, Checked) {
    CHECKED.set(Some(Checked::default()));
    let found = run();
    (found, CHECKED.take().unwrap_or_default())
}

/// Checks a condition of a case.
pub(crate) fn ensure(holds: bool, what: impl FnOnce() -> String) -> Result<(), String> {
    match (holds, CHECKED.get()) {
        (true, None) => Ok(()),
        (false, None) => Err(what()),
        (holds, Some(checked)) => {
            let what = what();
            CHECKED.set(Some(checked.with(&what)));
            if holds { Ok(()) } else { Err(what) }
        }
    }
}

/// Whether two numbers differ by rounding at most.
pub(crate) const fn is_next_to(one: u64, other: u64) -> bool {
    one.abs_diff(other) <= 1
}

/// Whether two times are the same, but for 100 us.
pub(crate) const fn is_same_time(one: u64, other: u64, frequency: u64) -> bool {
    one.abs_diff(other) <= frequency / 10_000
}

/// Whether a measured value is the wanted one, but for `most`.
pub(crate) fn is_close(found: f64, wanted: f64, most: f64) -> bool {
    (found - wanted).abs() <= most
}

/// The maximum wait for an event of a stream, whose packets are shorter.
const PATIENCE: Duration = Duration::from_millis(100);

/// Waits for an event of a stream.
pub(crate) fn wait_for(what: &str, system: &dyn System, event: u64) -> Result<(), String> {
    let signalled = system.wait_any(&[event], PATIENCE);
    ensure(signalled.is_some(), || format!("no {what} in {} ms", PATIENCE.as_millis()))
}

/// Ticks from the moment a stream ran to its answer's stamp.
pub(crate) fn ticks_since(start: u64, at: u64) -> Result<u64, String> {
    at.checked_sub(start)
        .ok_or_else(|| format!("a stamp of {at}, before the stream ran at {start}"))
}

/// Several conditions of one case, all of which are checked: the first failure does not hide the
/// others.
#[derive(Default)]
pub(crate) struct Conditions {
    asked: usize,
    broken: Vec<String>,
}

impl Conditions {
    /// A condition.
    pub(crate) fn expect(&mut self, holds: bool, what: impl FnOnce() -> String) {
        self.asked += 1;
        self.broken.extend(ensure(holds, what).err());
    }

    /// The number of conditions, if all held.
    pub(crate) fn all(self) -> Result<usize, String> {
        ensure(self.broken.is_empty(), || self.broken.join("; "))?;
        Ok(self.asked)
    }
}

/// Checks that the microphone of the driver under test records its speaker: by playing and
/// recording, unless the vendor promises it.
///
/// # Errors
///
/// The reason.
pub fn cable(subject: &Subject, system: &dyn System) -> Result<(), String> {
    Features::of(&Context::new(subject, system)).into_cable()
}

/// The ids of all cases, in order.
pub fn ids() -> impl Iterator<Item = &'static str> {
    CASES.iter().map(|case| case.id)
}

/// The ids and sentences of all cases, in order.
pub fn sentences() -> impl Iterator<Item = (&'static str, &'static str)> {
    CASES.iter().map(|case| (case.id, case.sentence))
}

/// How the suite reaches the driver.
#[derive(Clone, Copy)]
pub enum Transport<'a> {
    /// In the host, each case on its own machine.
    Host(Time),
    /// On the system with the installed driver, one case after the other.
    Live(&'a dyn System),
    /// Through WASAPI, at these endpoints: the cases that are possible that way.
    #[cfg(windows)]
    Wasapi(&'a wasapi::Endpoints<'a>),
}

/// The selection of cases to run.
#[derive(Clone, Copy, Debug, Default)]
pub struct Selection<'a> {
    /// Only cases of this level.
    pub level: Option<Level>,
    /// Only the case with this id; upper and lower case are equal.
    pub case: Option<&'a str>,
    /// All cases but those with these ids.
    pub without: &'a [&'a str],
}

impl Selection<'_> {
    fn has(self, case: &Case) -> bool {
        self.level.is_none_or(|level| case.level == level)
            && self.case.is_none_or(|id| case.id.eq_ignore_ascii_case(id))
            && !self.without.contains(&case.id)
    }
}

/// A run of the suite.
#[derive(Clone, Copy)]
struct Suite<'a> {
    subject: &'a Subject,
    transport: Transport<'a>,
}

/// The time after which nothing of an earlier stream is recorded.
pub(crate) const IN_FLIGHT: Duration = Duration::from_millis(100);

/// A case's finding, and those of the verifier meanwhile.
type Judged = (Finding, Findings);

impl Suite<'_> {
    /// Starts the device once without a client, and finds out its features.
    fn features(self, results: &mut Results) -> Result<Features, RunError> {
        let subject = self.subject;
        match self.transport {
            Transport::Live(system) => Ok(Features::of(&Context::new(subject, system))),
            #[cfg(windows)]
            Transport::Wasapi(_) => Ok(Features::of_endpoints()),
            Transport::Host(time) => {
                let ((), found) = subject.on_device(time, |_, _| Ok(()))?;
                results.note(Breach::START, found.all());
                // Rules broken here by clients are broken in cases too.
                let (features, found) = subject.on_device(time, |machine, _| {
                    Ok(Features::of(&Context::new(subject, machine)))
                })?;
                results.start = found.requests;
                Ok(features)
            }
        }
    }

    /// Runs a case on a driver with these features.
    fn judge(self, case: &Case, features: &Features) -> (Outcome, Findings) {
        let nothing = Findings::default();
        let Some(test) = &case.test else { return (Outcome::NotCovered, nothing) };
        if let Some(what) = case.needs.lacks(features) {
            return (Outcome::NotApplicable(what), nothing);
        }
        let (finding, found) = self.ask(case.id, test, features.has_cable());
        let outcome = match finding {
            Ok(figure) => Outcome::Passed(figure),
            Err(Unmet::Wrong(why)) => Outcome::Failed(why),
            Err(Unmet::Apart(why)) => Outcome::NotApplicable(why),
        };
        (outcome, found)
    }

    fn ask(self, _id: &str, test: &Test, has_cable: bool) -> Judged {
        let subject = self.subject;
        let alone = |finding| (finding, Findings::default());
        match (self.transport, test) {
            #[cfg(windows)]
            (Transport::Wasapi(endpoints), _) => alone(match wasapi::case(_id) {
                Some(test) => test(endpoints),
                None => Err(Unmet::apart("asked by KS requests: leave --wasapi out")),
            }),
            (Transport::Live(system), Test::Anywhere(test) | Test::Threads(test)) => {
                let finding = through::in_time(system, || {
                    let context = in_context(subject, system, has_cable);
                    let finding = test(&context);
                    // The device stays in use, by the next case at first.
                    context.open_up();
                    finding
                });
                system.sleep(IN_FLIGHT);
                alone(finding)
            }
            (Transport::Host(_), Test::Threads(test)) => {
                let machine = subject.builder().threaded(true).build();
                judged(subject.on_machine(&machine, |machine, _| {
                    Ok(test(&in_context(subject, machine, has_cable)))
                }))
            }
            (Transport::Live(_) | Transport::Host(Time::Real), _)
                if !matches!(test, Test::Anywhere(_)) =>
            {
                alone(Err(Unmet::apart("in the host and in virtual time only")))
            }
            (_, Test::Alone(test)) => match test(subject) {
                Ok((figure, found)) => (Ok(figure), found),
                Err(why) => alone(Err(why)),
            },
            (Transport::Host(time), Test::Anywhere(test)) => {
                judged(subject.on_device(time, |machine, _| {
                    let asked = || test(&in_context(subject, machine, has_cable));
                    Ok(through::in_time(machine, asked))
                }))
            }
            (_, Test::Hosted(test)) => {
                judged(subject.on_device(Time::Virtual, |machine, device| {
                    Ok(test(&HostContext {
                        context: in_context(subject, machine, has_cable),
                        machine,
                        device,
                    }))
                }))
            }
        }
    }
}

/// The environment of a case that begins: every end is heard. A device may start muted, and a user
/// or an earlier case may have left it so.
fn in_context<'c>(subject: &'c Subject, system: &'c dyn System, has_cable: bool) -> Context<'c> {
    let context = Context { subject, system, has_cable };
    context.open_up();
    context
}

/// A case's finding on a device that may not have started.
fn judged(run: Result<(Finding, Findings), RunError>) -> Judged {
    run.unwrap_or_else(|why| (Err(why.to_string().into()), Findings::default()))
}

/// Runs the whole suite in the host, in virtual time. `progress` is called with the number of cases
/// that are done and of all cases.
///
/// # Errors
///
/// The same as [`run_over`].
pub fn run(subject: &Subject, progress: &mut dyn FnMut(usize, usize)) -> Result<Results, RunError> {
    run_over(Transport::Host(Time::Virtual), subject, Selection::default(), progress)
}

/// Runs one case in the host, in virtual time. None if the suite has no case with this id, or the
/// driver does not start.
pub fn run_case(subject: &Subject, id: &str) -> Option<Verdict> {
    let selection = Selection { case: Some(id), ..Selection::default() };
    let found = run_over(Transport::Host(Time::Virtual), subject, selection, &mut |_, _| {});
    found.ok()?.verdicts.pop()
}

/// Like [`run`], over any transport and with a selection of cases.
///
/// # Errors
///
/// The driver does not load, its device does not start, or it has no endpoint.
pub fn run_over(
    transport: Transport<'_>,
    subject: &Subject,
    selection: Selection<'_>,
    progress: &mut dyn FnMut(usize, usize),
) -> Result<Results, RunError> {
    let suite = Suite { subject, transport };
    let chosen: Vec<&Case> = CASES.iter().filter(|case| selection.has(case)).collect();
    let mut results = Results::default();
    if chosen.is_empty() {
        return Ok(results);
    }
    // The driver's features do not change from case to case.
    let features = suite.features(&mut results)?;
    if features.directions.is_empty() {
        return Err(RunError::NoEndpoint { driver: subject.label() });
    }
    for case in &chosen {
        progress(results.verdicts.len(), chosen.len());
        let (outcome, found) = suite.judge(case, &features);
        results.note(case.id, found.all());
        let (id, level, sentence) = (case.id, case.level, case.sentence);
        let requests = found.requests;
        results.verdicts.push(Verdict { id, level, sentence, outcome, requests });
    }
    Ok(results)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_are_recorded_with_what_they_compare() {
        let check = |numbers: &[u32]| {
            let check = || {
                let all = numbers.iter().map(|own| ensure(*own < 3, || format!("{own} of 3")));
                all.collect::<Result<(), _>>()
            };
            recorded(check)
        };
        let (found, two) = check(&[1, 2]);
        assert_eq!((found, two.count), (Ok(()), 2));
        assert_eq!(check(&[1, 2]).1, two);
        assert_ne!(check(&[2, 1]).1.checksum, two.checksum);
        let (found, wrong) = check(&[1, 4, 2]);
        assert_eq!((found, wrong.count), (Err("4 of 3".to_owned()), 2));
        let mut both = Conditions::default();
        let ((), checked) = recorded(|| {
            both.expect(true, || "one".to_owned());
            both.expect(false, || "two".to_owned());
            both.expect(false, || "three".to_owned());
        });
        assert_eq!((checked.count, both.asked), (3, 3));
        assert_eq!(both.all(), Err("two; three".to_owned()));
    }

    #[test]
    fn what_is_measured_may_be_off_by_so_much_and_no_more() {
        assert!(is_next_to(5, 6) && is_next_to(6, 5) && !is_next_to(5, 7) && !is_next_to(7, 5));
        // At 10 MHz: 1,000 ticks.
        assert!(is_same_time(5_000, 6_000, 10_000_000) && is_same_time(6_000, 5_000, 10_000_000));
        assert!(!is_same_time(5_000, 6_001, 10_000_000));
        assert!(is_close(1.0, 1.5, 0.5) && is_close(1.5, 1.0, 0.5) && !is_close(1.0, 1.75, 0.5));
        assert!(!is_close(-1.0, 1.0, 0.5));
    }

    #[test]
    fn a_stream_may_begin_inside_a_tick_of_the_clock() {
        // 48 kHz, 10 MHz: 1 ms is 48 frames.
        let started = StartTime { before: 10_000, after: 20_000, frequency: 10_000_000 };
        assert_eq!(started.frames(48_000, 110_000), 431..=481);
        assert_eq!(started.frames(48_000, 20_000), 0..=49);
        assert_eq!(started.frames(48_000, 0), 0..=1);
        for (frames, is_there) in [(430, false), (431, true), (481, true), (482, false)] {
            assert_eq!(started.check(48_000, (frames, 110_000)).is_ok(), is_there, "{frames}");
        }
        assert_eq!(ticks_since(5, 5), Ok(0));
        assert!(ticks_since(5, 4).is_err());
    }

    #[test]
    fn a_selection_is_by_level_id_and_what_is_left_out() {
        let chosen = |selection: Selection<'_>| {
            let all = CASES.iter().filter(|case| selection.has(case));
            all.map(|case| case.id).collect::<Vec<_>>()
        };
        let all = Selection::default();
        assert_eq!(chosen(all).len(), CASES.len());
        assert_eq!(chosen(Selection { case: Some("b4"), ..all }), ["B4"]);
        assert_eq!(chosen(Selection { case: Some("B99"), ..all }), [""; 0]);
        assert_eq!(chosen(Selection { case: Some("B4"), level: Some(Level::A), ..all }), [""; 0]);
        assert_eq!(chosen(Selection { case: Some("B4"), without: &["B4"], ..all }), [""; 0]);
        let of_b = chosen(Selection { level: Some(Level::B), without: &["B1"], ..all });
        assert!(of_b.iter().all(|id| id.starts_with('B') && *id != "B1"));
        assert_eq!(
            chosen(Selection { level: Some(Level::A), ..all }).len() + of_b.len() + 1,
            CASES.len()
        );
    }
}
