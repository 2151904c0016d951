//! An overload in virtual time, and the recovery from it.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use acx_client::System;
use acx_host::ks::Requests;
use serde::Serialize;

use super::clients::{Clients, gained};
use super::noise::Recorded;
use super::{Options, all, machine, not_zero};
use crate::run::RunError;
use crate::subject::Subject;
use crate::vendor::counter;

/// A part of an overload.
#[derive(Clone, Debug, Serialize)]
pub struct Phase {
    /// Its description.
    pub name: &'static str,
    /// Seconds.
    pub seconds: f64,
    /// Packets completed by all streams.
    pub packets: u64,
    /// Packets that clients wrote too late or not at all.
    pub late: u64,
    /// Packets that clients missed.
    pub lost: u64,
    /// The driver's counters.
    pub counters: BTreeMap<&'static str, u64>,
    /// The frames that the microphones recorded; None if they were not compared.
    pub recorded: Option<Recorded>,
}

/// The result of an overload.
#[derive(Clone, Debug, Serialize)]
pub struct Overload {
    /// The requested load, with the cables and streams that were there.
    pub options: Options,
    /// Its parts, in order.
    pub phases: Vec<Phase>,
    /// Why what is recorded is not compared.
    pub not_compared: Option<String>,
    /// Whether everything in the last part was in time, whole and right, in the exact cadence.
    pub recovered: bool,
    /// The broken rules.
    pub violations: Vec<String>,
    /// The requests of the clients.
    #[serde(skip)]
    pub requests: Requests,
}

impl Phase {
    /// Whether the streams completed `wanted` packets, all of them in time, whole and right.
    pub(super) fn is_in_time(&self, wanted: u64) -> bool {
        self.packets == wanted
            && self.late == 0
            && self.lost == 0
            && not_zero(&self.counters).is_none()
            && self.recorded.is_none_or(|own| own.whole > 0 && own.is_whole())
    }
}

impl Overload {
    /// The number of recorded frames that are neither silence nor a sum of streams.
    pub fn wrong(&self) -> u64 {
        self.phases.iter().filter_map(|phase| phase.recorded).map(|own| own.wrong).sum()
    }

    /// Whether the driver went past the limit and recovered: late ticks are counted, no wrong frame
    /// was recorded, clients that do not write are silent, no rule was violated, and everything is
    /// in time again at the end.
    pub fn is_orderly(&self) -> bool {
        let counted = |phase: usize, name: &str| {
            self.phases.get(phase).and_then(|own| own.counters.get(name)).is_none_or(|own| *own > 0)
        };
        counted(1, counter::LATE_TICKS)
            && counted(2, counter::UNDERRUNS)
            && counted(3, counter::LATE_TICKS)
            && self.wrong() == 0
            && self.recovered
            && self.violations.is_empty()
    }
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, seconds, packets, late, lost, recorded, .. } = self;
        write!(f, "{name:<20} {seconds:>7.2} s  {packets} packets, {late} late, {lost} lost")?;
        recorded.map_or(Ok(()), |recorded| write!(f, "\n    {recorded}"))?;
        not_zero(&self.counters).map_or(Ok(()), |counted| write!(f, "\n    {counted}"))
    }
}

/// The names of the parts.
pub const PHASES: [&str; 6] = [
    "in time",
    "timers late",
    "clients stop writing",
    "machine stalls",
    "after it",
    "in time again",
];

/// Periods before the first part.
const WARM_UP: u32 = 100;

/// Overloads the driver in virtual time and lets it recover: `span` for each part.
///
/// # Errors
///
/// The same as [`load`](super::load).
pub fn overload(
    subject: &Subject,
    options: Options,
    progress: &mut dyn FnMut(usize),
) -> Result<Overload, RunError> {
    let options = Options { realtime: false, ..options };
    let (machine, subject) = machine(subject, options);
    let (mut found, findings) = subject.on_machine(&machine, |machine, _| {
        let mut clients = Clients::open(&subject, machine, options)?;
        let options = clients.opened(options);
        // Until the first sound was recorded.
        for _ in 0..WARM_UP {
            clients.step(true)?;
        }
        let steps = (options.span.as_nanos() / clients.period.as_nanos()).max(40) as u32;
        let mut phases = Vec::new();
        for (done, name) in PHASES.into_iter().enumerate() {
            progress(done);
            let before = clients.counted();
            let (late, lost) = (clients.late, clients.lost);
            clients.recorded = Recorded::default();
            let started = machine.qpc();
            // A client is two packets ahead.
            machine.set_timer_lateness(if done == 1 {
                clients.period * 7 / 2
            } else {
                Duration::ZERO
            });
            for step in 0..steps {
                if done == 3 && step % 20 == 0 {
                    machine.stall(clients.period * 10);
                }
                clients.step(done != 2)?;
            }
            let after = clients.counted();
            phases.push(Phase {
                name,
                seconds: (machine.qpc() - started) as f64 / machine.qpc_frequency() as f64,
                packets: after.packets - before.packets,
                late: clients.late - late,
                lost: clients.lost - lost,
                counters: gained(&before.counters, &after.counters),
                recorded: clients.is_exact.then_some(clients.recorded),
            });
        }
        let wanted = u64::from(steps) * u64::from(options.streams);
        let recovered = phases.last().is_some_and(|last: &Phase| last.is_in_time(wanted));
        let not_compared = clients.not_compared.clone();
        Ok(Overload {
            options,
            phases,
            not_compared,
            recovered,
            violations: Vec::new(),
            requests: Requests::default(),
        })
    })?;
    (found.requests, found.violations) = (findings.requests, all(findings));
    Ok(found)
}
