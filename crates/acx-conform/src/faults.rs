//! Fault injection: every fallible call of the driver fails in turn, per scenario.
//!
//! A *scenario* is a use of a driver by a system or a client: start it, play, remove the device. It
//! is run once to record the driver's fallible calls: allocations, and framework functions that
//! return a status. Then each of them fails in turn, in two ways. Either the client gives up at the
//! first failed request, closes everything and starts over; or it retries the failed request at
//! once. In both cases a failed request must have a documented status, the retry and then the whole
//! scenario must succeed, the driver must not hold more memory or objects than before, and no rule
//! may be violated. In a *pair* a second call fails after the first: while the first failure
//! unwinds, in the retry, or later.

mod scenarios;

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use acx_client::Failed;
use acx_host::Machine;
use acx_host::ks::Requests;
use acx_host::machine::{Allocations, DeviceNode, Driver, HostError};
use acx_sys::{
    NTSTATUS, STATUS_DEVICE_POWER_FAILURE, STATUS_DEVICE_REMOVED, STATUS_INSUFFICIENT_RESOURCES,
    STATUS_NO_MEMORY, STATUS_NO_SUCH_DEVICE,
};
use serde::Serialize;
use wave::noise;

use crate::run::{RunError, Time, allocations};
use crate::subject::Subject;
use crate::suite::{Context, Features, Needs, kind};
use crate::vendor::Vendor;
use scenarios::SCENARIOS;

macro_rules! checks {
    ($($name:ident $id:literal $sentence:literal)*) => {
        /// The checks of a scenario.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Check {
            $(#[doc = $sentence] $name,)*
        }

        impl Check {
            /// Every check.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// Its name.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => $id),* }
            }

            /// Its description.
            pub const fn sentence(self) -> &'static str {
                match self { $(Self::$name => $sentence),* }
            }
        }
    };
}

checks! {
    Status "status" "a refused request has a documented status"
    Retry "retry" "what was refused succeeds when it is asked again"
    Memory "memory" "the driver holds as much memory and as many objects as before"
    Rules "rules" "no rule is broken, up to and including the unload"
    Repeats "repeats" "a scenario makes the same calls each time"
    Moves "moves" "a running stream moves"
    Hears "hears" "what is played is heard"
    Signals "signals" "a client's event is signalled"
    Describes "describes" "a filter describes itself as before"
    Starts "starts" "a device that starts has power, and takes streams"
    Removal "removal" "no stream outlives its device"
    Limit "limit" "a pin takes no more streams than it says"
    Vendor "vendor" "what the vendor describes works"
}

/// The extent of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// Only this scenario.
    pub scenario: Option<String>,
    /// The maximum number of failing calls of each function per scenario, spread evenly from the
    /// first to the last; None for all.
    pub each: Option<usize>,
    /// The number of pairs of calls in each scenario.
    pub pairs: usize,
    /// The seed of the random pairs.
    pub seed: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self { scenario: None, each: Some(4), pairs: 8, seed: 1 }
    }
}

/// The result of a scenario.
#[derive(Clone, Debug, Default, Serialize)]
pub struct ScenarioFaults {
    /// Its name.
    pub name: &'static str,
    /// Its description.
    pub sentence: &'static str,
    /// What the driver lacks, if the scenario does not apply.
    pub does_not_apply: Option<String>,
    /// The number of the driver's fallible calls in it.
    pub calls: usize,
    /// The requests of its clients.
    #[serde(skip)]
    pub requests: Requests,
    /// The calls that failed in turn, by function.
    pub failed: BTreeMap<&'static str, usize>,
    /// Pairs of calls that failed.
    pub pairs: usize,
    /// Pairs in which both calls were made and failed.
    pub both_failed: usize,
    /// The problems, each with the failed call; among them the broken rules, each once.
    pub violations: Vec<String>,
    /// The checks that found them.
    #[serde(skip)]
    pub checks: BTreeSet<Check>,
    /// The rules broken so far, without run-dependent parts.
    #[serde(skip)]
    pub kinds: BTreeSet<String>,
}

impl ScenarioFaults {
    /// The number of calls that failed in turn.
    pub fn failed(&self) -> usize {
        self.failed.values().sum()
    }

    /// Whether enough is wrong, so that no more calls are made to fail.
    fn is_abandoned(&self) -> bool {
        self.violations.len() >= ENOUGH
    }

    /// Adds a check's finding.
    fn note(&mut self, check: Check, what: String) {
        self.checks.insert(check);
        // What is wrong while nothing fails is so each time.
        if !self.violations.contains(&what) {
            self.violations.push(what);
        }
    }

    /// Whether no rule was broken that way before. One that is broken each time is reported once.
    fn is_new(&mut self, kind: String) -> bool {
        self.kinds.insert(kind)
    }

    /// Those of the broken rules that are not known yet.
    fn untold(&mut self, broken: &[String]) -> Vec<String> {
        broken.iter().filter(|what| self.is_new(kind(what))).cloned().collect()
    }

    /// Adds the rules that were broken after the last run, and what the host lacks.
    fn note_the_rest(&mut self, broken: &[String], gaps: &[&str]) {
        for why in self.untold(broken) {
            self.note(Check::Rules, format!("at the unload: {why}"));
        }
        for gap in gaps {
            if self.is_new((*gap).to_owned()) {
                self.note(Check::Rules, format!("the host lacks {gap}"));
            }
        }
    }
}

/// The head of a table of scenarios.
pub const HEAD: &str = "scenario                calls    failed  pairs  violations";

impl fmt::Display for ScenarioFaults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(what) = &self.does_not_apply {
            return write!(f, "{:<22} does not apply: {what}", self.name);
        }
        let (failed, wrong) = (self.failed(), self.violations.len());
        write!(f, "{:<22} {:>6} {failed:>9} {:>6} {wrong:>11}", self.name, self.calls, self.pairs)
    }
}

/// The names of the scenarios.
pub fn names() -> Vec<&'static str> {
    SCENARIOS.iter().map(|scenario| scenario.name).collect()
}

/// Runs the scenarios, or one of them. `progress` is called with the scenario, the number of
/// failures done and the number of all. The result is empty if no scenario has the requested name.
///
/// # Errors
///
/// The driver does not start even without a fault.
pub fn run(
    subject: &Subject,
    options: &Options,
    progress: &mut dyn FnMut(&'static str, usize, usize),
) -> Result<Vec<ScenarioFaults>, RunError> {
    let (features, _) = subject
        .on_device(Time::Virtual, |machine, _| Ok(Features::of(&Context::new(subject, machine))))?;
    let is_chosen = |name: &str| options.scenario.as_deref().is_none_or(|only| only == name);
    let chosen = SCENARIOS.iter().filter(|scenario| is_chosen(scenario.name));
    chosen.map(|scenario| one(scenario, subject, &features, options, progress)).collect()
}

/// The way in which a scenario is run.
enum Body {
    /// On an empty machine.
    Machine(fn(&Trial<'_>) -> Attempt),
    /// With the driver loaded; the scenario starts a device itself.
    Driver(fn(&Trial<'_>, &Driver<'_>) -> Attempt),
    /// On a device that is already started.
    Device(fn(&Trial<'_>) -> Attempt),
}

/// A scenario.
struct Scenario {
    name: &'static str,
    sentence: &'static str,
    needs: Needs,
    /// The vendor's addition to ACX that it needs.
    addition: Option<Addition>,
    body: Body,
}

/// The reason why a scenario ended early.
#[derive(Debug)]
enum Stop {
    /// A request was refused because of an injected fault.
    Refused,
    /// A check failed.
    Wrong(Check, String),
}

/// The result of one pass through a scenario.
type Attempt = Result<(), Stop>;

impl From<Failed> for Stop {
    fn from(why: Failed) -> Self {
        Self::Wrong(Check::Retry, format!("{why}, though nothing failed in it"))
    }
}

impl From<HostError> for Stop {
    fn from(why: HostError) -> Self {
        Self::Wrong(Check::Retry, format!("{why}, though nothing failed in it"))
    }
}

/// An error with a status.
trait Refusal: fmt::Display {
    fn status(&self) -> Option<NTSTATUS>;

    /// Whether this is the framework's status, whatever the driver returned.
    fn is_the_frameworks(&self) -> bool {
        false
    }
}

impl Refusal for Failed {
    fn status(&self) -> Option<NTSTATUS> {
        Some(self.status)
    }
}

impl Refusal for HostError {
    fn status(&self) -> Option<NTSTATUS> {
        match self {
            Self::Load { status, .. } | Self::Start { status } | Self::Refused { status } => {
                Some(*status)
            }
            _ => None,
        }
    }

    fn is_the_frameworks(&self) -> bool {
        // A start that fails after EvtDevicePrepareHardware.
        matches!(self, Self::Start { status: STATUS_DEVICE_POWER_FAILURE })
    }
}

impl Refusal for RunError {
    fn status(&self) -> Option<NTSTATUS> {
        match self {
            Self::Host(why) => why.status(),
            Self::Client(why) => why.status(),
            _ => None,
        }
    }
}

/// A feature that only some vendors' drivers have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Addition {
    ConvertsRates,
    SilencesProtected,
    InvertedMode,
    Cables,
    Counters,
    DefaultFormat,
    Jack,
    Keyword,
}

impl Addition {
    /// What is missing, if anything.
    fn lacks(self, vendor: Option<&Vendor>) -> Option<&'static str> {
        let has = |of: fn(&Vendor) -> bool| vendor.is_some_and(of);
        let (is_there, what) = match self {
            Self::ConvertsRates => {
                (has(|own| own.promises.converts_rates), "it promises no conversion of rates")
            }
            Self::SilencesProtected => (
                has(|own| own.promises.silences_protected),
                "it does not promise to silence protected content",
            ),
            Self::InvertedMode => {
                (has(|own| own.promises.inverted_mode.is_some()), "no mode with inverted states")
            }
            Self::Cables => (has(|own| own.cables.is_some()), "its cables cannot be changed"),
            Self::Counters => (has(|own| own.counters.is_some()), "it has no counters"),
            Self::DefaultFormat => {
                (has(|own| own.default_format.is_some()), "its default format cannot be changed")
            }
            Self::Jack => (has(|own| own.set_jack.is_some()), "its jacks cannot be unplugged"),
            Self::Keyword => (has(|own| own.keyword.is_some()), "no keyword that can be played"),
        };
        (!is_there).then_some(what)
    }
}

/// The statuses of a request that failed for lack of a resource.
fn documented(vendor: Option<&'static Vendor>) -> &'static [NTSTATUS] {
    match vendor.map(|vendor| vendor.promises.out_of_resources) {
        None | Some([]) => &[STATUS_INSUFFICIENT_RESOURCES, STATUS_NO_MEMORY],
        Some(promised) => promised,
    }
}

/// The statuses of requests to a device that the framework removed.
const TAKEN_OUT: [NTSTATUS; 2] = [STATUS_DEVICE_REMOVED, STATUS_NO_SUCH_DEVICE];

/// A scenario's environment, which knows the injected failures.
struct Trial<'a> {
    subject: &'a Subject,
    /// The vendor, if the device is one of its devices.
    vendor: Option<&'static Vendor>,
    /// Whether the device has an end that lists formats.
    has_ends: bool,
    machine: &'a Machine,
    /// Whether refused requests are retried; otherwise the client gives up.
    retries: bool,
    documented: &'static [NTSTATUS],
    /// Failed calls that already explained a problem: each explains one.
    explained: Cell<usize>,
    /// Whether the framework removed the device, after a failure between two power states.
    is_taken_out: Cell<bool>,
}

impl Trial<'_> {
    /// The failed call that explains a problem, if there is a new one.
    fn explain(&self) -> Option<&'static str> {
        let failed = self.machine.failed_calls();
        let before = self.explained.replace(failed.len());
        failed.get(before..)?.last().copied()
    }

    /// Makes one attempt at something that may fail.
    fn once<T, E: Refusal>(&self, act: impl FnOnce() -> Result<T, E>) -> Result<T, Stop> {
        act().map_err(|why| match self.explain() {
            None => Stop::Wrong(Check::Retry, format!("{why}, though nothing was made to fail")),
            Some(_) if self.is_documented(&why) => Stop::Refused,
            Some(call) => {
                let what = format!("{call} failed: {why}, which is not documented");
                Stop::Wrong(Check::Status, what)
            }
        })
    }

    /// Whether a driver may return this status, or the framework returns it.
    fn is_documented(&self, why: &impl Refusal) -> bool {
        let is_one = |all: &[NTSTATUS]| why.status().is_some_and(|own| all.contains(&own));
        let is_of_gone = self.is_taken_out.get() && is_one(&TAKEN_OUT);
        is_one(self.documented) || why.is_the_frameworks() || is_of_gone
    }

    /// Powers the device up. The framework removes one that failed while powering down or up.
    fn power_up(&self, device: &DeviceNode<'_>) -> Attempt {
        let answer = device.power_up();
        self.is_taken_out.set(!device.is_powered());
        self.once(|| answer)
    }

    /// Makes an attempt at something that may fail, and a second one if the client retries.
    fn ask<T, E: Refusal>(&self, act: impl Fn() -> Result<T, E>) -> Result<T, Stop> {
        loop {
            match self.once(&act) {
                Err(Stop::Refused) if self.retries => {}
                answer => return answer,
            }
        }
    }

    /// Checks a condition, unless a call that failed without an error status explains it.
    fn expect(&self, check: Check, holds: bool, what: impl FnOnce() -> String) -> Attempt {
        match holds || self.explain().is_some() {
            true if holds => Ok(()),
            true => Err(Stop::Refused),
            false => Err(Stop::Wrong(check, what())),
        }
    }

    /// Runs `work` without faults, for preparation.
    fn without_faults<T>(&self, work: impl FnOnce() -> T) -> T {
        self.machine.without_failures(work)
    }
}

/// The number of problems after which a scenario is abandoned.
const ENOUGH: usize = 20;

/// Runs of a scenario on one machine.
struct Trials<'a> {
    subject: &'a Subject,
    features: &'a Features,
    machine: &'a Machine,
    body: &'a dyn Fn(&Trial<'_>) -> Attempt,
    /// The driver's allocations between two runs.
    allocated: Allocations,
    found: &'a mut ScenarioFaults,
}

impl Trials<'_> {
    /// Like [`inject`](Self::inject), and counts it, unless the scenario was abandoned.
    fn take(&mut self, inject: &Injection) {
        if self.found.is_abandoned() {
            return;
        }
        let failures = self.inject(inject);
        if inject.at.len() == 2 {
            self.found.pairs += 1;
            self.found.both_failed += usize::from(failures == 2);
        } else if !inject.retries {
            // The other way injects the same call; count it once.
            *self.found.failed.entry(inject.call).or_default() += 1;
        }
    }

    /// Makes calls fail, and repeats the scenario until everything succeeds. Returns the number of
    /// failed calls.
    fn inject(&mut self, Injection { at, call, retries }: &Injection) -> usize {
        let Self { subject, features, machine, .. } = *self;
        let (vendor, has_ends) = (features.vendor, features.has_ends());
        machine.fail_at(at);
        let documented = documented(vendor);
        let (mut before, mut is_first) = (0, true);
        let wrong = loop {
            let explained = Cell::new(before);
            let trial = Trial {
                subject,
                vendor,
                has_ends,
                machine,
                retries: *retries,
                documented,
                explained,
                is_taken_out: Cell::new(false),
            };
            let outcome = (self.body)(&trial);
            let failures = machine.failed_calls().len();
            if is_first && failures == 0 && !at.is_empty() {
                let why = "the call did not come again: the scenario does not repeat";
                break Some((Check::Repeats, why.to_owned()));
            }
            match outcome {
                Err(Stop::Wrong(check, why)) => break Some((check, why)),
                Ok(()) if failures == before => break None,
                Ok(()) | Err(Stop::Refused) => {}
            }
            (before, is_first) = (failures, false);
        };
        let failures = machine.failed_calls();
        machine.fail_at(&[]);
        let mut problems: Vec<(Check, String)> = wrong.into_iter().collect();
        let allocated = machine.allocations();
        if allocated != self.allocated && !at.is_empty() {
            let [now, before] = [allocated, self.allocated].map(allocations);
            let what = format!("the driver holds {now}, not {before}");
            problems.push((Check::Memory, what));
        }
        self.allocated = allocated;
        let broken = self.subject.violations(machine);
        let broken: Vec<String> = broken.iter().map(ToString::to_string).collect();
        problems.extend(self.found.untold(&broken).into_iter().map(|what| (Check::Rules, what)));
        let way = if *retries { "asked again" } else { "given up" };
        let what = match (&at[..], &failures[..]) {
            ([], _) => "nothing fails".to_owned(),
            ([number], _) => format!("{call}, call {number}, {way}"),
            ([one, other], [_, second, ..]) => {
                format!("{call}, call {one}, and {second}, call {other}, {way}")
            }
            ([one, other, ..], _) => {
                format!("{call}, call {one}, without call {other}, which did not come, {way}")
            }
        };
        for (check, why) in problems {
            self.found.note(check, format!("{what}: {why}"));
        }
        failures.len()
    }
}

/// One injected failure, or a pair.
struct Injection {
    /// The calls' numbers.
    at: Vec<u64>,
    /// The first call.
    call: &'static str,
    retries: bool,
}

/// The failures to inject into a scenario's calls.
fn plan(calls: &[&'static str], ways: &[bool], options: &Options) -> Vec<Injection> {
    let mut all = Vec::new();
    for index in chosen(calls, options.each) {
        let inject = |retries: &bool| Injection {
            at: vec![index as u64],
            call: calls[index],
            retries: *retries,
        };
        all.extend(ways.iter().map(inject));
    }
    let mut random = noise::seeded(options.seed);
    for done in 0..if calls.is_empty() { 0 } else { options.pairs } {
        let first = random.u64(..calls.len() as u64);
        // Half of the second calls are close to the first: in its cleanup or in the retry.
        let reach = if done % 2 == 0 { 8 } else { calls.len() as u64 };
        let second = first + 1 + random.u64(..reach);
        let retries = ways[random.usize(..ways.len())];
        all.push(Injection { at: vec![first, second], call: calls[first as usize], retries });
    }
    all
}

/// The calls that fail in turn: all of each function, or some, spread from the first to the last.
fn chosen(calls: &[&'static str], each: Option<usize>) -> Vec<usize> {
    let mut functions = BTreeMap::<&str, Vec<usize>>::new();
    for (index, call) in calls.iter().enumerate() {
        functions.entry(call).or_default().push(index);
    }
    let mut taken: Vec<usize> = functions
        .into_values()
        .flat_map(|places| {
            let count = each.unwrap_or(usize::MAX).min(places.len());
            let (last, steps) = (places.len() - 1, count.saturating_sub(1).max(1));
            (0..count).map(move |step| places[last * step / steps])
        })
        .collect();
    taken.sort_unstable();
    taken
}

/// Runs of scenarios that start the device, on one machine. A machine remembers every object that
/// it ever had, and a start makes thousands.
const STARTS_OF_A_MACHINE: usize = 32;

/// Runs of the others.
const RUNS_OF_A_MACHINE: usize = 1024;

impl Scenario {
    /// The ways in which clients react to a refusal. The system itself does not retry.
    fn ways(&self) -> &'static [bool] {
        match self.body {
            Body::Machine(_) | Body::Driver(_) => &[false],
            Body::Device(_) => &[false, true],
        }
    }

    /// The number of runs on one machine.
    fn batch(&self) -> usize {
        match self.body {
            Body::Machine(_) | Body::Driver(_) => STARTS_OF_A_MACHINE,
            Body::Device(_) => RUNS_OF_A_MACHINE,
        }
    }

    /// Runs `work` on a prepared machine, and takes everything down again.
    fn on_machine(
        &self,
        subject: &Subject,
        features: &Features,
        found: &mut ScenarioFaults,
        work: &mut dyn FnMut(&mut Trials<'_>),
    ) -> Result<(), RunError> {
        let machine = subject.builder().build();
        let mut trials = |body: &dyn Fn(&Trial<'_>) -> Attempt| {
            let mut trials = Trials {
                subject,
                features,
                machine: &machine,
                body,
                allocated: Allocations::default(),
                found: &mut *found,
            };
            // The first run creates some objects that stay, so it is not the one to compare with.
            trials.inject(&Injection { at: Vec::new(), call: "", retries: false });
            work(&mut trials);
        };
        match &self.body {
            Body::Machine(body) => trials(body),
            Body::Driver(body) => {
                let driver = subject.load(&machine)?;
                trials(&|trial| body(trial, &driver));
            }
            Body::Device(body) => {
                let driver = subject.load(&machine)?;
                let _device = driver.add_device()?;
                trials(body);
            }
        }
        let late: Vec<String> =
            subject.violations(&machine).iter().map(ToString::to_string).collect();
        found.note_the_rest(&late, &machine.report().gaps());
        Ok(())
    }
}

fn one(
    scenario: &Scenario,
    subject: &Subject,
    features: &Features,
    options: &Options,
    progress: &mut dyn FnMut(&'static str, usize, usize),
) -> Result<ScenarioFaults, RunError> {
    let (name, sentence) = (scenario.name, scenario.sentence);
    let addition = scenario.addition.and_then(|addition| addition.lacks(features.vendor));
    let mut found = ScenarioFaults {
        name,
        sentence,
        does_not_apply: scenario.needs.lacks(features).or(addition.map(str::to_owned)),
        calls: 0,
        requests: Requests::default(),
        failed: BTreeMap::new(),
        pairs: 0,
        both_failed: 0,
        violations: Vec::new(),
        checks: BTreeSet::new(),
        kinds: BTreeSet::new(),
    };
    if found.does_not_apply.is_some() {
        return Ok(found);
    }
    let hidden = features.vendor.and_then(|vendor| vendor.hidden);
    let hidden = hidden.filter(|_| scenario.needs == Needs::Hidden);
    let own = hidden.map(|hidden| subject.clone().with_settings((hidden.settings)()));
    let subject = own.as_ref().unwrap_or(subject);
    let (mut calls, mut requests) = (Vec::new(), Requests::default());
    scenario.on_machine(subject, features, &mut found, &mut |trials| {
        trials.machine.record_fallible_calls();
        trials.inject(&Injection { at: Vec::new(), call: "", retries: false });
        calls = trials.machine.take_fallible_calls();
        requests = trials.machine.requests();
    })?;
    (found.calls, found.requests) = (calls.len(), requests);
    // What does not work while nothing fails says nothing of failures.
    if found.checks.iter().any(|check| *check != Check::Rules) {
        progress(name, 0, 0);
        return Ok(found);
    }
    let all = plan(&calls, scenario.ways(), options);
    let mut done = 0;
    for batch in all.chunks(scenario.batch()) {
        scenario.on_machine(subject, features, &mut found, &mut |trials| {
            for inject in batch {
                progress(name, done, all.len());
                trials.take(inject);
                done += 1;
            }
            requests = requests.and(trials.machine.requests());
        })?;
    }
    found.requests = requests;
    progress(name, all.len(), all.len());
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usually_four_calls_of_each_function_and_eight_pairs_fail() {
        let wanted = Options { scenario: None, each: Some(4), pairs: 8, seed: 1 };
        assert_eq!(Options::default(), wanted);
    }

    #[test]
    fn a_rule_that_is_broken_each_time_and_what_the_host_lacks_are_told_once() {
        let mut found = ScenarioFaults::default();
        assert!(found.is_new(kind("Irql: WdfA")) && !found.is_new(kind("Irql: WdfA")));
        for _ in 0..2 {
            let broken = ["Irql: WdfA", "PoolLeak: WdfB"].map(str::to_owned);
            found.note_the_rest(&broken, &["WdfC", "WdfD"]);
        }
        let wanted =
            ["at the unload: PoolLeak: WdfB", "the host lacks WdfC", "the host lacks WdfD"];
        assert_eq!(found.violations, wanted);
        assert!(found.checks.iter().eq([&Check::Rules]));
        found.note(Check::Memory, "more".to_owned());
        found.note(Check::Memory, "more".to_owned());
        assert_eq!(found.violations.len(), 4);
        assert!(found.checks.contains(&Check::Memory));
    }

    #[test]
    fn a_scenario_is_abandoned_with_its_twentieth_problem() {
        let mut found = ScenarioFaults::default();
        for number in 1..=20 {
            assert!(!found.is_abandoned(), "{number}");
            found.note(Check::Memory, number.to_string());
        }
        assert!(found.is_abandoned());
    }

    #[test]
    fn the_first_and_the_last_call_of_each_function_are_chosen() {
        let calls = ["a", "b", "a", "a", "b", "a", "a", "c"];
        assert_eq!(chosen(&calls, None), [0, 1, 2, 3, 4, 5, 6, 7]);
        assert_eq!(chosen(&calls, Some(3)), [0, 1, 3, 4, 6, 7]);
        assert_eq!(chosen(&calls, Some(2)), [0, 1, 4, 6, 7]);
        assert_eq!(chosen(&calls, Some(1)), [0, 1, 7]);
        assert!(chosen(&calls, Some(0)).is_empty());
        assert!(chosen(&[], Some(3)).is_empty());
    }

    #[test]
    fn the_second_call_of_a_pair_comes_after_the_first_and_half_of_them_soon() {
        let calls = vec!["a"; 1000];
        let options = Options { each: Some(2), pairs: 200, ..Options::default() };
        let all = plan(&calls, &[false, true], &options);
        let (single, pairs) = all.split_at(4);
        let single: Vec<_> = single.iter().map(|own| (own.at.clone(), own.retries)).collect();
        let wanted = [(0, false), (0, true), (999, false), (999, true)];
        assert_eq!(single, wanted.map(|(at, retries)| (vec![at], retries)));
        assert_eq!(pairs.len(), 200);
        let apart: Vec<u64> = pairs.iter().map(|own| own.at[1] - own.at[0]).collect();
        let (soon, any): (Vec<_>, Vec<_>) =
            apart.chunks(2).map(|two| (two[0], two[1])).collect::<Vec<_>>().into_iter().unzip();
        // Among 100 numbers of 8 each one occurs.
        assert_eq!((soon.iter().min(), soon.iter().max()), (Some(&1), Some(&8)));
        assert!(any.iter().all(|apart| (1..=1000).contains(apart)));
        assert!(any.iter().filter(|apart| **apart > 8).count() > 90);
        assert!(pairs.iter().all(|own| own.at[0] < 1000));
        let again = pairs.iter().filter(|own| own.retries).count();
        assert!((60..140).contains(&again), "{again}");
        assert!(plan(&[], &[false], &options).is_empty());
    }
}
