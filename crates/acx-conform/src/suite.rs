//! The conformance suite: every case has an id, a sentence and a figure. In the host each case runs on
//! a machine of its own. Cases run with event-driven and timer-driven streams where both apply. Over
//! an installed driver, and through WASAPI, the suite runs the cases that can be asked there.

mod client;
mod composite;
mod constraints;
mod edges;
mod engine;
mod format;
mod keyword;
mod packets;
mod requests;
mod stream;
mod threads;
#[cfg(windows)]
pub mod wasapi;

use std::fmt;
use std::ops::RangeInclusive;

use acx_client::endpoint::Endpoint;
use acx_client::{Direction, Failed, System};
use acx_host::Machine;
use acx_host::machine::DeviceNode;
use serde_json::{Value, json};

pub(crate) use crate::melody::STEREO;
use crate::run::{Findings, RunError, Time};
use crate::subject::Subject;
use crate::vendor::Vendor;
pub(crate) use composite::composites;
pub(crate) use constraints::guid;
pub use keyword::is_keyword;
pub(crate) use keyword::keyword_pin;

/// Whose conditions a case holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// Those of Microsoft's published tests.
    A,
    /// What the written contracts promise beyond.
    B,
}

/// What a case found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It holds; the figure that shows it.
    Passed(String),
    /// It does not; why.
    Failed(String),
    /// The driver does not have what the case is about; what that is.
    NotApplicable(&'static str),
    /// The suite does not have it yet.
    NotCovered,
}

impl Outcome {
    /// Whether the driver does not conform.
    pub fn is_failure(&self) -> bool {
        matches!(self, Self::Failed(_))
    }

    /// Whether the driver has nothing to check.
    pub fn is_not_applicable(&self) -> bool {
        matches!(self, Self::NotApplicable(_))
    }

    /// Whether the suite cannot check it.
    pub fn is_uncovered(&self) -> bool {
        matches!(self, Self::NotCovered)
    }
}

/// What a case works with: the driver under test, and the system that its clients use, with a
/// started device.
#[derive(Clone, Copy)]
pub(crate) struct Context<'a> {
    pub(crate) subject: &'a Subject,
    pub(crate) system: &'a dyn System,
}

/// What a case works with that does what only the host can: a new machine with a started device.
pub(crate) struct HostContext<'a, 'd> {
    pub(crate) context: Context<'a>,
    pub(crate) machine: &'a Machine,
    pub(crate) device: &'a DeviceNode<'d>,
}

/// What a device has, as far as cases and scenarios depend on it.
pub(crate) struct Features {
    /// The directions that it has an endpoint of.
    pub(crate) directions: Vec<Direction>,
    /// An audio engine at its speaker.
    engine: bool,
    /// A keyword pin at its microphone.
    keyword: bool,
    /// An endpoint of several circuits.
    composite: bool,
    /// The subject's vendor, if the device is one of its devices.
    pub(crate) vendor: Option<&'static Vendor>,
}

impl Features {
    /// Asks the device.
    pub(crate) fn of(context: &Context<'_>) -> Self {
        let speaker = context.endpoint(Direction::Render);
        let directions = context.directions();
        let is_present = |vendor: &&Vendor| {
            let mut endpoints =
                directions.iter().filter_map(|direction| context.endpoint(*direction).ok());
            endpoints.any(|endpoint| (vendor.is_present)(&endpoint))
        };
        Self {
            engine: speaker.is_ok_and(|speaker| speaker.engine.is_some()),
            keyword: keyword_pin(context).is_some(),
            composite: !composites(context.system).is_empty(),
            vendor: context.subject.vendor.filter(is_present),
            directions,
        }
    }
}

impl Context<'_> {
    /// The directions that the device has an endpoint of.
    pub(crate) fn directions(&self) -> Vec<Direction> {
        let exists = |direction: &Direction| self.endpoint(*direction).is_ok();
        [Direction::Render, Direction::Capture].into_iter().filter(exists).collect()
    }

    /// The endpoint under test.
    pub(crate) fn endpoint(&self, direction: Direction) -> Result<Endpoint, String> {
        self.subject.endpoint(self.system, direction).map_err(describe)
    }
}

/// When a stream began to run: between two readings of the clock, which are one in virtual time.
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

    /// The frames that it may have moved at `at`: a frame more at most, for the device may have begun inside a tick of the clock.
    pub(crate) fn frames(&self, rate: u32, at: u64) -> RangeInclusive<u64> {
        let since = |start: u64| {
            let ticks = u128::from(at.saturating_sub(start));
            (ticks * u128::from(rate) / u128::from(self.frequency)) as u64
        };
        since(self.after).saturating_sub(1)..=since(self.before) + 1
    }

    /// Holds a position with its stamp to the clock.
    pub(crate) fn check(&self, rate: u32, (frames, at): (u64, u64)) -> Result<(), String> {
        let ideal = self.frames(rate, at);
        ensure(ideal.contains(&frames), || format!("{frames} frames, not {ideal:?}"))
    }
}

/// A figure, or what was found instead.
pub(crate) type Finding = Result<String, String>;

/// What a device must have for a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Needs {
    /// No more than a device.
    Nothing,
    /// Any end.
    Ends,
    /// A speaker.
    Render,
    /// A microphone.
    Capture,
    /// A speaker and a microphone.
    Both,
    /// A speaker with an audio engine.
    Engine,
    /// A microphone with a keyword pin.
    Keyword,
    /// An endpoint of several circuits.
    Composite,
}

impl Needs {
    /// What a device lacks for the case.
    pub(crate) fn lacks(self, features: &Features) -> Option<&'static str> {
        let has = |direction| features.directions.contains(&direction);
        match self {
            Self::Engine if !features.engine => Some("no audio engine"),
            Self::Keyword if !features.keyword => Some("no keyword pin"),
            Self::Composite if !features.composite => Some("no composite endpoint"),
            Self::Ends if features.directions.is_empty() => Some("no endpoint"),
            Self::Render | Self::Both if !has(Direction::Render) => Some("no speaker"),
            Self::Capture | Self::Both if !has(Direction::Capture) => Some("no microphone"),
            _ => None,
        }
    }
}

/// How a case is run.
enum Test {
    /// On any system.
    Anywhere(fn(&Context<'_>) -> Finding),
    /// In the host alone: it stops time, takes away what the driver calls for, pulls the device, or watches its callbacks.
    Hosted(fn(&HostContext<'_, '_>) -> Finding),
    /// In the host, on machines of its own.
    Alone(fn(&Subject) -> Finding),
    /// On any system; in the host on a threaded machine, whose time is real.
    Threads(fn(&Context<'_>) -> Finding),
}

/// A case.
struct Case {
    id: &'static str,
    level: Level,
    sentence: &'static str,
    needs: Needs,
    test: Option<Test>,
}

/// A request that a case relies on failed.
pub(crate) fn describe(failed: Failed) -> String {
    failed.to_string()
}

/// A condition of a case.
pub(crate) fn ensure(holds: bool, what: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(what()) }
}

macro_rules! cases {
    ($($level:ident $id:literal $sentence:literal => $needs:ident $(, $how:ident $test:path)?;)*) => {
        &[$(Case {
            id: $id,
            level: Level::$level,
            sentence: $sentence,
            needs: Needs::$needs,
            test: cases!(@ $($how $test)?),
        }),*]
    };
    (@ $how:ident $test:path) => { Some(Test::$how($test)) };
    (@) => { None };
}

const CASES: &[Case] = cases! {
    A "Q1" "the mode list answers a size query, then data" => Ends, Anywhere format::mode_lists;
    A "Q2" "the mode list's data minus its header is whole GUIDs" => Ends, Anywhere format::mode_list_sizes;
    A "Q3" "the host pin lists RAW or DEFAULT" => Ends, Anywhere format::raw_or_default;
    A "Q4" "offload pins list stereo 16 bit at 44.1, 48, 88.2 and 96 kHz" => Engine, Anywhere engine::offload_formats;
    A "Q5" "the preferred format of a mode is a member of its list" => Ends, Anywhere format::preferred_is_listed;
    A "Q6" "a period of 10 ms is accepted for every format" => Ends, Anywhere format::ten_milliseconds;
    A "Q7" "pin instance counts follow the open streams, and the limit holds" => Render, Anywhere format::instances;
    A "Q9" "every endpoint supports event-driven streaming" => Ends, Anywhere format::event_driven;
    A "S1" "open, set the buffer, close: in any state" => Ends, Anywhere stream::open_and_close;
    A "S2" "the notification event is accepted once the buffer is there" => Render, Anywhere stream::set_event;
    A "S3" "start and stop succeed, again and again" => Ends, Anywhere stream::start_and_stop;
    A "S4" "reset succeeds, and nothing ever waits for ever" => Ends, Anywhere stream::reset;
    A "W1" "the position moves in run, freezes in pause, is zero after a stop" => Ends, Anywhere stream::state_control;
    A "W2" "W1's running part at the smallest period" => Ends, Anywhere stream::smallest_period;
    A "W3" "W1's running part at the largest period" => Ends, Anywhere stream::largest_period;
    A "W4" "W1's running part for every format" => Ends, Anywhere stream::every_format;
    A "W5" "two modes of one pin at once" => Ends, Anywhere stream::two_modes;
    A "W6" "W1 on the loopback pin, while the host pin plays" => Engine, Anywhere engine::loopback_states;
    A "W7" "W4 on the loopback pin, while the host pin plays" => Engine, Anywhere engine::loopback_formats;
    A "K1" "position against its own stamp: rate, jitter" => Ends, Anywhere stream::drift_and_jitter;
    A "K2" "the position starts in time, and is never ahead of real time" => Ends, Anywhere stream::latency;
    B "B1" "the position never decreases and never outruns the stamp" => Ends, Anywhere stream::monotonic;
    B "B2" "100,000 concurrent answers lie within one frame and one tick of the line" => Ends, Threads threads::concurrent;
    B "B3" "rate error over 24 hours is 0 frames; no overflow at extreme uptimes" => Render, Alone stream::rate_and_uptime;
    B "B4" "the counter keeps its rate when the client stops writing; silence, once" => Both, Anywhere packets::underrun;
    B "B5" "every answer to SETWRITEPACKET, end of stream included" => Both, Anywhere packets::set_packet_answers;
    B "B6" "capture: not ready, then number and start of the same packet; a skip is seen" => Both, Anywhere packets::capture_answers;
    B "B7" "packet geometry; bad counts and sizes are refused" => Render, Anywhere packets::geometry;
    B "B8" "every state edge with each call that can fail failing in turn" => Ends, Hosted edges::every_edge;
    B "B9" "a pause at each of N points of a packet keeps the cadence" => Render, Anywhere packets::pause_points;
    B "B10" "D0 exit while running, idle D3, surprise removal, handles kept open" => Render, Hosted stream::power;
    B "B11" "stalls of 1 packet, 2 packets, 10 s, 10 min: bounded work, no clock shift" => Render, Hosted packets::stalls;
    B "B12" "every format, period, mode and endpoint together" => Both, Anywhere edges::everything;
    B "B13" "volume, mute and peak meter: ranges, channels, the meter equals the data" => Render, Anywhere requests::controls;
    B "B14" "the ends of the cable do not drift; the recording is what was played" => Both, Anywhere stream::null_test;
    B "B15" "packet-size constraints are published and honoured" => Ends, Anywhere constraints::honoured;
    B "B16" "state-change order over a composite endpoint" => Composite, Hosted composite::order;
    B "B17" "offload: limits, large packets, mix, own volume and mute, positions, loopback protection" => Engine, Anywhere engine::offload;
    B "B18" "keyword pin: no packet register; the burst gives the history as fast as it is read, then real time" => Keyword, Hosted keyword::burst;
    B "B19" "a legacy KS client is played, bit exact; silence when it stops writing" => Both, Anywhere packets::legacy;
    B "B20" "request rules for every property" => Ends, Anywhere requests::rules;
};

/// The ids of all cases, in their order.
pub fn ids() -> impl Iterator<Item = &'static str> {
    CASES.iter().map(|case| case.id)
}

/// A case and what it found.
#[derive(Clone, Debug)]
pub struct Verdict {
    /// Its id, as in the conformance document; those of level B begin with a B.
    pub id: &'static str,
    /// Whose condition it is.
    pub level: Level,
    /// What it says.
    pub sentence: &'static str,
    /// What was found.
    pub outcome: Outcome,
}

impl Verdict {
    /// For programs.
    pub fn value(&self) -> Value {
        let (result, figure) = match &self.outcome {
            Outcome::Passed(figure) => ("passed", figure.as_str()),
            Outcome::Failed(why) => ("failed", why.as_str()),
            Outcome::NotApplicable(why) => ("does not apply", *why),
            Outcome::NotCovered => ("not covered yet", ""),
        };
        json!({
            "id": self.id, "level": format!("{:?}", self.level), "sentence": self.sentence,
            "result": result, "figure": figure,
        })
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (word, figure) = match &self.outcome {
            Outcome::Passed(figure) => ("ok", figure.as_str()),
            Outcome::Failed(why) => ("FAILED", why.as_str()),
            Outcome::NotApplicable(why) => ("does not apply", *why),
            Outcome::NotCovered => ("not covered yet", ""),
        };
        write!(f, "{:<4} {word:<16} {}", self.id, self.sentence)?;
        if figure.is_empty() { Ok(()) } else { write!(f, "\n     {:<16} {figure}", "") }
    }
}

/// The cases that failed, each as a person sees it.
pub fn failures(verdicts: &[Verdict]) -> Vec<String> {
    let failed = verdicts.iter().filter(|verdict| verdict.outcome.is_failure());
    failed.map(ToString::to_string).collect()
}

/// How the suite reaches the driver.
#[derive(Clone, Copy)]
pub enum Transport<'a> {
    /// In the host, each case in a machine of its own.
    Host(Time),
    /// On the system with the installed driver, one case after the other.
    Live(&'a dyn System),
    /// Through WASAPI, at these endpoints: the cases that can be asked that way.
    #[cfg(windows)]
    Wasapi(&'a wasapi::Endpoints<'a>),
}

/// Which cases run.
#[derive(Clone, Copy, Debug, Default)]
pub struct Selection<'a> {
    /// Those of one level.
    pub level: Option<Level>,
    /// The one with this id, whatever its case.
    pub case: Option<&'a str>,
}

impl Selection<'_> {
    fn has(self, case: &Case) -> bool {
        self.level.is_none_or(|level| case.level == level)
            && self.case.is_none_or(|id| case.id.eq_ignore_ascii_case(id))
    }
}

/// A run of the suite.
#[derive(Clone, Copy)]
struct Suite<'a> {
    subject: &'a Subject,
    transport: Transport<'a>,
}

impl Suite<'_> {
    fn features(self) -> Result<Features, String> {
        let subject = self.subject;
        match self.transport {
            Transport::Live(system) => Ok(Features::of(&Context { subject, system })),
            // Only endpoints are visible; what else a driver has is not known.
            #[cfg(windows)]
            Transport::Wasapi(_) => Ok(Features {
                directions: vec![Direction::Render, Direction::Capture],
                engine: true,
                keyword: true,
                composite: true,
                vendor: None,
            }),
            Transport::Host(time) => {
                let found = subject.on_device(time, |machine, _| {
                    Ok(Features::of(&Context { subject, system: machine }))
                });
                found.map(|(features, _)| features).map_err(|why| why.to_string())
            }
        }
    }

    /// Runs a case on a driver with these features; in the host, a violation of any rule fails it
    /// as well.
    fn judge(self, case: &Case, features: &Result<Features, String>) -> Outcome {
        let Some(test) = &case.test else { return Outcome::NotCovered };
        match features {
            Err(why) => return Outcome::Failed(why.clone()),
            Ok(features) if features.directions.is_empty() => {
                return Outcome::Failed("the driver has no endpoint".to_owned());
            }
            Ok(features) => {
                if let Some(what) = case.needs.lacks(features) {
                    return Outcome::NotApplicable(what);
                }
            }
        }
        let subject = self.subject;
        let finding = match (self.transport, test) {
            #[cfg(windows)]
            (Transport::Wasapi(endpoints), _) => match wasapi::case(case.id) {
                Some(test) => match test(endpoints) {
                    Err(why) if why == wasapi::NO_EXCLUSIVE => {
                        return Outcome::NotApplicable(wasapi::NO_EXCLUSIVE);
                    }
                    finding => finding,
                },
                None => return Outcome::NotApplicable("asked by KS requests: leave --wasapi out"),
            },
            (Transport::Live(system), Test::Anywhere(test) | Test::Threads(test)) => {
                test(&Context { subject, system })
            }
            (Transport::Host(_), Test::Threads(test)) => {
                let machine = subject.builder().threaded(true).build();
                let run = subject.on_machine(&machine, |machine, _| {
                    Ok(test(&Context { subject, system: machine }))
                });
                without_violations(run)
            }
            (Transport::Live(_) | Transport::Host(Time::Real), _)
                if !matches!(test, Test::Anywhere(_)) =>
            {
                return Outcome::NotApplicable("in the host and in virtual time only");
            }
            (_, Test::Alone(test)) => test(subject),
            (Transport::Host(time), Test::Anywhere(test)) => without_violations(
                subject
                    .on_device(time, |machine, _| Ok(test(&Context { subject, system: machine }))),
            ),
            (_, Test::Hosted(test)) => {
                without_violations(subject.on_device(Time::Virtual, |machine, device| {
                    let context = Context { subject, system: machine };
                    Ok(test(&HostContext { context, machine, device }))
                }))
            }
        };
        finding.map_or_else(Outcome::Failed, Outcome::Passed)
    }
}

/// What a case found, if the driver violated no rule meanwhile.
fn without_violations(run: Result<(Finding, Findings), RunError>) -> Finding {
    let (finding, found) = run.map_err(|why| why.to_string())?;
    let first = found.violations.iter().chain(&found.gaps).next();
    first.map_or(finding, |violation| Err(violation.clone()))
}

/// Runs the whole suite in the host, in virtual time. `progress` is called with the number of cases
/// that are done and of all cases.
pub fn run(subject: &Subject, progress: &mut dyn FnMut(usize, usize)) -> Vec<Verdict> {
    run_over(Transport::Host(Time::Virtual), subject, Selection::default(), progress)
}

/// Runs one case in the host, in virtual time. None: the suite has no case of this id.
pub fn run_case(subject: &Subject, id: &str) -> Option<Verdict> {
    let selection = Selection { level: None, case: Some(id) };
    run_over(Transport::Host(Time::Virtual), subject, selection, &mut |_, _| {}).pop()
}

/// As [`run`], over any transport, and a selection of the cases.
pub fn run_over(
    transport: Transport<'_>,
    subject: &Subject,
    selection: Selection<'_>,
    progress: &mut dyn FnMut(usize, usize),
) -> Vec<Verdict> {
    let suite = Suite { subject, transport };
    let chosen: Vec<&Case> = CASES.iter().filter(|case| selection.has(case)).collect();
    // What the driver has does not change from case to case.
    let features = suite.features();
    let mut verdicts = Vec::new();
    for case in &chosen {
        progress(verdicts.len(), chosen.len());
        verdicts.push(Verdict {
            id: case.id,
            level: case.level,
            sentence: case.sentence,
            outcome: suite.judge(case, &features),
        });
    }
    verdicts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_case_applies_to_drivers_with_the_endpoints_it_needs() {
        let (speaker, microphone) = (Direction::Render, Direction::Capture);
        for (needs, directions, lacks) in [
            (Needs::Ends, &[microphone][..], None),
            (Needs::Render, &[speaker], None),
            (Needs::Render, &[microphone], Some("no speaker")),
            (Needs::Both, &[speaker], Some("no microphone")),
            (Needs::Both, &[speaker, microphone], None),
            (Needs::Engine, &[speaker], Some("no audio engine")),
        ] {
            let features = Features {
                directions: directions.to_vec(),
                engine: false,
                keyword: false,
                composite: false,
                vendor: None,
            };
            assert_eq!(needs.lacks(&features), lacks);
        }
    }
}
