//! Every failure, one at a time: for each scenario, each call of the driver that can fail fails in turn.
//!
//! A *scenario* is what a system or a client does with a driver: start it, play, pull the device. It is run once to count the driver's calls
//! that can fail (allocations, and framework functions that answer a status). Then each of them fails in turn, in two ways: the client gives
//! up at the first refusal, closes everything and begins anew; and it asks the refused thing again at once. Either way a refusal must have
//! the documented status, what is asked again must succeed, then the whole scenario must, the driver may hold no more than before, and no
//! rule may be broken. In a *pair* a second call fails after the first, wherever that is: while the first failure unwinds, in the second
//! try, or later.

mod scenarios;

use std::cell::Cell;
use std::collections::BTreeMap;
use std::fmt;

use acx_client::Failed;
use acx_client::endpoint::Endpoint;
use acx_client::telemetry::counters;
use acx_host::Machine;
use acx_host::machine::{Allocations, Driver, HostError};
use acx_sys::{NTSTATUS, STATUS_INSUFFICIENT_RESOURCES, STATUS_NO_MEMORY};
use serde::Serialize;

use crate::conform::{Has, Needs};
use crate::run::{self, RunError, Setup, on_device};
use scenarios::SCENARIOS;

/// How much of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// Only this scenario.
    pub scenario: Option<String>,
    /// Of each scenario's calls of one function at most so many fail, evenly chosen, the first and the last among them; None: all.
    pub each: Option<usize>,
    /// Pairs of calls in each scenario.
    pub pairs: usize,
    /// What the pairs are drawn by.
    pub seed: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self { scenario: None, each: Some(4), pairs: 8, seed: 1 }
    }
}

/// What became of a scenario.
#[derive(Clone, Debug, Serialize)]
pub struct ScenarioFaults {
    /// Its name.
    pub name: &'static str,
    /// What happens in it.
    pub sentence: &'static str,
    /// What the driver lacks for it, if it does not apply.
    pub does_not_apply: Option<&'static str>,
    /// Calls of the driver in it that can fail.
    pub calls: usize,
    /// Those of them that failed in turn, by function.
    pub failed: BTreeMap<&'static str, usize>,
    /// Pairs of calls that failed.
    pub pairs: usize,
    /// Those whose second call came, too.
    pub struck_twice: usize,
    /// What was wrong, and after which call; rules that were broken among it.
    pub violations: Vec<String>,
}

impl ScenarioFaults {
    /// How many calls failed in turn.
    pub fn failed(&self) -> usize {
        self.failed.values().sum()
    }
}

impl fmt::Display for ScenarioFaults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(what) = self.does_not_apply {
            return write!(f, "{:<22} does not apply: {what}", self.name);
        }
        let (failed, wrong) = (self.failed(), self.violations.len());
        write!(f, "{:<22} {:>6} calls  {failed:>6} failed in turn  ", self.name, self.calls)?;
        write!(f, "{:>5} pairs  {wrong} violations", self.pairs)
    }
}

/// What the scenarios are called.
pub fn names() -> Vec<&'static str> {
    SCENARIOS.iter().map(|scenario| scenario.name).collect()
}

/// Runs the scenarios, or one of them, on the driver of this thread. `progress` is told the scenario, and how many of its failures are done
/// of how many. No scenario of the name that was asked for: none comes back.
///
/// # Errors
///
/// The driver does not even start while nothing fails.
pub fn run(
    options: &Options,
    progress: &mut dyn FnMut(&'static str, usize, usize),
) -> Result<Vec<ScenarioFaults>, RunError> {
    let (has, _) = on_device(Setup::default(), |machine, _| {
        let mut ends = Has::of(machine).ends.into_iter();
        let speaks = |end| Endpoint::find(machine, end).and_then(|end| counters(&end)).is_ok();
        Ok((Has::of(machine), ends.any(speaks)))
    })?;
    let is_chosen = |name: &str| options.scenario.as_deref().is_none_or(|only| only == name);
    let chosen = SCENARIOS.iter().filter(|scenario| is_chosen(scenario.name));
    chosen.map(|scenario| one(scenario, &has, options, progress)).collect()
}

/// How a scenario is run.
enum Body {
    /// On an empty machine.
    Machine(fn(&Trial<'_>) -> Attempt),
    /// With the driver loaded; it starts a device of its own.
    Driver(fn(&Trial<'_>, &Driver<'_>) -> Attempt),
    /// On a device that runs all the time.
    Device(fn(&Trial<'_>) -> Attempt),
}

/// A scenario.
struct Scenario {
    name: &'static str,
    sentence: &'static str,
    needs: Needs,
    /// Whether it is about what acxvad alone has.
    is_own: bool,
    body: Body,
}

/// Why a scenario was not gone through.
#[derive(Debug)]
enum Stop {
    /// Something was refused, as it was made to be.
    Refused,
    /// Something is wrong.
    Wrong(String),
}

/// One go through a scenario.
type Attempt = Result<(), Stop>;

impl From<Failed> for Stop {
    fn from(why: Failed) -> Self {
        Self::Wrong(format!("{why}, though nothing failed in it"))
    }
}

impl From<HostError> for Stop {
    fn from(why: HostError) -> Self {
        Self::Wrong(format!("{why}, though nothing failed in it"))
    }
}

/// An error with a status.
trait Refusal: fmt::Display {
    fn status(&self) -> Option<NTSTATUS>;
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
}

/// What acxvad's documents promise of a request for which there is not enough of something, and what others may answer.
fn documented(driver: &str) -> &'static [NTSTATUS] {
    match driver {
        "acxvad" => &[STATUS_INSUFFICIENT_RESOURCES],
        _ => &[STATUS_INSUFFICIENT_RESOURCES, STATUS_NO_MEMORY],
    }
}

/// What a scenario goes through with: it tells failures that were made from those that were not.
struct Trial<'a> {
    machine: &'a Machine,
    /// Whether what is refused is asked again; else the client gives up.
    asks_again: bool,
    documented: &'static [NTSTATUS],
    /// Calls that failed and have made a difference already: each is good for one.
    explained: Cell<usize>,
}

impl Trial<'_> {
    /// What failed since the last time that something made a difference.
    fn explain(&self) -> Option<&'static str> {
        let failed = self.machine.failed_calls();
        let before = self.explained.replace(failed.len());
        failed.get(before..)?.last().copied()
    }

    /// Does what may fail once.
    fn once<T, E: Refusal>(&self, act: impl FnOnce() -> Result<T, E>) -> Result<T, Stop> {
        act().map_err(|why| match self.explain() {
            None => Stop::Wrong(format!("{why}, though nothing was made to fail")),
            Some(_) if why.status().is_some_and(|status| self.documented.contains(&status)) => {
                Stop::Refused
            }
            Some(call) => Stop::Wrong(format!("{call} failed: {why}, which is not documented")),
        })
    }

    /// Does what may fail, and again if it is refused and the client is one that asks again.
    fn ask<T, E: Refusal>(&self, act: impl Fn() -> Result<T, E>) -> Result<T, Stop> {
        loop {
            match self.once(&act) {
                Err(Stop::Refused) if self.asks_again => {}
                answer => return answer,
            }
        }
    }

    /// A condition that holds unless something that failed without a word is the reason.
    fn expect(&self, holds: bool, what: impl FnOnce() -> String) -> Attempt {
        match holds || self.explain().is_some() {
            true if holds => Ok(()),
            true => Err(Stop::Refused),
            false => Err(Stop::Wrong(what())),
        }
    }

    /// Prepares: nothing fails.
    fn quietly<T>(&self, work: impl FnOnce() -> T) -> T {
        self.machine.without_failures(work)
    }
}

/// Problems of one scenario, after which there is no sense in going on.
const ENOUGH: usize = 20;

/// Goes through a scenario again and again, on one machine.
struct Trials<'a> {
    machine: &'a Machine,
    body: &'a dyn Fn(&Trial<'_>) -> Attempt,
    /// What the driver holds between two goes.
    held: Allocations,
    /// Violations of rules so far.
    seen: usize,
    found: &'a mut ScenarioFaults,
}

impl Trials<'_> {
    /// As [`go`](Self::go), and counts it, unless so much was wrong that there is no sense in going on.
    fn take(&mut self, go: &Go) {
        if self.found.violations.len() >= ENOUGH {
            return;
        }
        let struck = self.go(go);
        if go.at.len() == 2 {
            self.found.pairs += 1;
            self.found.struck_twice += usize::from(struck == 2);
        } else if !go.asks_again {
            // The other way is the same call's.
            *self.found.failed.entry(go.call).or_default() += 1;
        }
    }

    /// Makes calls fail, and goes on until everything succeeds. How many of them came.
    fn go(&mut self, Go { at, call, asks_again }: &Go) -> usize {
        let machine = self.machine;
        machine.fail_at(at);
        let documented = documented(&run::driver_name());
        let (mut before, mut attempts) = (0, 0);
        let wrong = loop {
            let explained = Cell::new(before);
            let trial = Trial { machine, asks_again: *asks_again, documented, explained };
            let outcome = (self.body)(&trial);
            let struck = machine.failed_calls().len();
            if attempts == 0 && struck == 0 && !at.is_empty() {
                break Some("the call did not come again: the scenario does not repeat".to_owned());
            }
            match outcome {
                Err(Stop::Wrong(why)) => break Some(why),
                Ok(()) if struck == before => break None,
                Ok(()) | Err(Stop::Refused) => {}
            }
            (before, attempts) = (struck, attempts + 1);
        };
        let struck = machine.failed_calls();
        machine.fail_at(&[]);
        let mut problems: Vec<String> = wrong.into_iter().collect();
        let held = machine.allocations();
        if held != self.held && !at.is_empty() {
            problems.push(format!("the driver holds {held:?}, not {:?}", self.held));
        }
        self.held = held;
        let violations = machine.report().violations();
        problems.extend(violations[self.seen..].iter().map(ToString::to_string));
        self.seen = violations.len();
        let way = if *asks_again { "asked again" } else { "given up" };
        let what = match at[..] {
            [] => "nothing fails".to_owned(),
            [_] => format!("{call}, call {at:?}, {way}"),
            _ => format!("{struck:?}, calls {at:?}, {way}"),
        };
        self.found.violations.extend(problems.into_iter().map(|why| format!("{what}: {why}")));
        struck.len()
    }
}

/// One failure to make, or a pair.
struct Go {
    /// The calls' numbers.
    at: Vec<u64>,
    /// The first call.
    call: &'static str,
    asks_again: bool,
}

/// What to make fail of a scenario's calls.
fn plan(calls: &[&'static str], ways: &[bool], options: &Options) -> Vec<Go> {
    let mut all = Vec::new();
    for index in chosen(calls, options.each) {
        let go = |asks_again: &bool| Go {
            at: vec![index as u64],
            call: calls[index],
            asks_again: *asks_again,
        };
        all.extend(ways.iter().map(go));
    }
    let mut random = Random::new(options.seed);
    for done in 0..if calls.is_empty() { 0 } else { options.pairs } {
        let first = random.below(calls.len() as u64);
        // Half of the second calls are close: in what the first failure undoes, or in the second try.
        let reach = if done % 2 == 0 { 8 } else { calls.len() as u64 };
        let second = first + 1 + random.below(reach);
        let asks_again = ways[random.below(ways.len() as u64) as usize];
        all.push(Go { at: vec![first, second], call: calls[first as usize], asks_again });
    }
    all
}

/// Which calls fail in turn: of each function all, or so many from the first to the last.
fn chosen(calls: &[&'static str], each: Option<usize>) -> Vec<usize> {
    let mut functions = BTreeMap::<&str, Vec<usize>>::new();
    for (index, call) in calls.iter().enumerate() {
        functions.entry(call).or_default().push(index);
    }
    let mut taken: Vec<usize> = functions
        .into_values()
        .flat_map(|places| {
            let (last, most) = (places.len() - 1, each.unwrap_or(usize::MAX));
            let steps = most.min(places.len()).saturating_sub(1);
            (0..=steps).map(move |step| places[last * step / steps.max(1)])
        })
        .collect();
    taken.sort_unstable();
    taken
}

/// Numbers that a seed makes (xorshift).
struct Random(u64);

impl Random {
    fn new(seed: u64) -> Self {
        // Any seed will do, 0 as well, and neighbours are far apart.
        Self(seed.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % end
    }
}

impl Scenario {
    /// The ways in which clients take a refusal. The system does not try again by itself.
    fn ways(&self) -> &'static [bool] {
        match self.body {
            Body::Machine(_) | Body::Driver(_) => &[false],
            Body::Device(_) => &[false, true],
        }
    }

    /// How often it is gone through on one machine, which remembers every object that it ever had: a start makes thousands.
    fn batch(&self) -> usize {
        match self.body {
            Body::Machine(_) | Body::Driver(_) => 32,
            Body::Device(_) => 1024,
        }
    }

    /// Does `work` on a machine that is ready for it, and takes everything down again.
    fn on_machine(
        &self,
        found: &mut ScenarioFaults,
        work: &mut dyn FnMut(&mut Trials<'_>),
    ) -> Result<(), RunError> {
        let machine = Machine::builder().build();
        let mut trials = |body: &dyn Fn(&Trial<'_>) -> Attempt| {
            let mut trials = Trials {
                machine: &machine,
                body,
                held: Allocations::default(),
                seen: 0,
                found: &mut *found,
            };
            // The first time some things are made that stay: it is not the one to compare with.
            trials.go(&Go { at: Vec::new(), call: "", asks_again: false });
            work(&mut trials);
            trials.seen
        };
        let seen = match &self.body {
            Body::Machine(body) => trials(body),
            Body::Driver(body) => {
                let driver = run::load(&machine)?;
                trials(&|trial| body(trial, &driver))
            }
            Body::Device(body) => {
                let driver = run::load(&machine)?;
                let _device = driver.add_device()?;
                trials(body)
            }
        };
        let report = machine.report();
        let late = report.violations().into_iter().skip(seen);
        found.violations.extend(late.map(|why| format!("at the unload: {why}")));
        let gaps = report.gaps().into_iter().map(|gap| format!("the host lacks {gap}"));
        found.violations.extend(gaps);
        Ok(())
    }
}

fn one(
    scenario: &Scenario,
    (has, is_own): &(Has, bool),
    options: &Options,
    progress: &mut dyn FnMut(&'static str, usize, usize),
) -> Result<ScenarioFaults, RunError> {
    let (name, sentence) = (scenario.name, scenario.sentence);
    let own = (scenario.is_own && !is_own).then_some("not acxvad");
    let mut found = ScenarioFaults {
        name,
        sentence,
        does_not_apply: scenario.needs.lacks(has).or(own),
        calls: 0,
        failed: BTreeMap::new(),
        pairs: 0,
        struck_twice: 0,
        violations: Vec::new(),
    };
    if found.does_not_apply.is_some() {
        return Ok(found);
    }
    let mut calls = Vec::new();
    scenario.on_machine(&mut found, &mut |trials| {
        trials.machine.record_fallible_calls();
        trials.go(&Go { at: Vec::new(), call: "", asks_again: false });
        calls = trials.machine.take_fallible_calls();
    })?;
    found.calls = calls.len();
    let all = plan(&calls, scenario.ways(), options);
    let mut done = 0;
    for batch in all.chunks(scenario.batch()) {
        if found.violations.len() >= ENOUGH {
            break;
        }
        scenario.on_machine(&mut found, &mut |trials| {
            for go in batch {
                progress(name, done, all.len());
                trials.take(go);
                done += 1;
            }
        })?;
    }
    progress(name, all.len(), all.len());
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_and_the_last_call_of_each_function_are_chosen() {
        let calls = ["a", "b", "a", "a", "b", "a", "a", "c"];
        assert_eq!(chosen(&calls, None), [0, 1, 2, 3, 4, 5, 6, 7]);
        assert_eq!(chosen(&calls, Some(3)), [0, 1, 3, 4, 6, 7]);
        assert_eq!(chosen(&calls, Some(2)), [0, 1, 4, 6, 7]);
        assert_eq!(chosen(&calls, Some(1)), [0, 1, 7]);
        assert!(chosen(&[], Some(3)).is_empty());
    }

    #[test]
    fn a_seed_makes_the_same_numbers() {
        let numbers = |seed| {
            let mut random = Random::new(seed);
            [(); 8].map(|()| random.below(1000))
        };
        assert_eq!(numbers(7), numbers(7));
        assert_ne!(numbers(7), numbers(8));
        assert!(numbers(0).iter().any(|number| *number > 0));
    }
}
