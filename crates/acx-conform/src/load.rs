//! Many streams on many cables with short packets: their cost, and the behaviour past the limit.
//!
//! Streams are spread over the cables: the first is at a speaker, the second at its microphone, the
//! third at the next cable's speaker. Every client wakes once per period, and writes its next
//! packet or reads the newest one. All speakers of a cable play the same noise, which depends only
//! on the packet number. So each recorded frame must be silence, or the sum of the streams whose
//! clients were in time.

mod clients;
mod noise;
mod overload;

use std::collections::BTreeMap;
use std::fmt::Write;
use std::time::{Duration, Instant};

use acx_client::System;
use acx_host::Machine;
use acx_host::ks::Requests;
use serde::Serialize;

use self::clients::{Clients, Counted};
pub use self::noise::Recorded;
pub use self::overload::{Overload, PHASES, Phase, overload};
use crate::run::{Findings, RunError, counted};
use crate::subject::Subject;
use crate::vendor::counter;

/// The size of a load.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Options {
    /// Cables.
    pub cables: u32,
    /// The number of streams, at both ends together.
    pub streams: u32,
    /// Duration of a packet in milliseconds.
    pub period_ms: u32,
    /// Whether time is real; virtual otherwise.
    pub realtime: bool,
    /// The duration, in that time.
    pub span: Duration,
}

impl Default for Options {
    fn default() -> Self {
        let span = Duration::from_secs(10);
        Self { cables: 16, streams: 256, period_ms: 1, realtime: false, span }
    }
}

/// The memory of the driver and the process at a time.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Holding {
    /// The time in seconds since the streams started.
    pub seconds: f64,
    /// Blocks of pool.
    pub blocks: usize,
    /// Bytes of pool.
    pub bytes: usize,
    /// Framework objects.
    pub objects: usize,
    /// Resident bytes of the whole process, including host and clients, if the system reports them.
    pub resident: Option<u64>,
}

/// The result of a load.
#[derive(Clone, Debug, Serialize)]
pub struct Load {
    /// The requested load, with the cables and streams that were there.
    pub options: Options,
    /// The number of streams requested.
    pub streams_asked: u32,
    /// A description of the endpoints that the streams were at.
    pub place: String,
    /// Seconds of audio.
    pub audio_seconds: f64,
    /// The elapsed time in seconds.
    pub wall_seconds: f64,
    /// Processor time in seconds, of host, driver and clients together, if the system reports it.
    pub cpu_seconds: Option<f64>,
    /// Packets completed.
    pub packets: u64,
    /// Packets that should have been completed by the streams that count them.
    pub packets_due: u64,
    /// Packets that a client wrote too late or not at all.
    pub late: u64,
    /// Packets that a client missed.
    pub lost: u64,
    /// The frames that the microphones recorded; None if they were not compared.
    pub recorded: Option<Recorded>,
    /// Why they were not compared.
    pub not_compared: Option<String>,
    /// The driver's own counters, summed over its streams; empty if it has none.
    pub counters: BTreeMap<&'static str, u64>,
    /// The largest delay of a driver's tick, in microseconds.
    pub worst_tick_us: f64,
    /// The largest delay from a packet's time until its client was done with it, in microseconds.
    pub worst_client_us: f64,
    /// The driver's and the process's memory, from the first second to the last.
    pub memory: Vec<Holding>,
    /// The broken rules.
    pub violations: Vec<String>,
    /// The requests of the clients.
    #[serde(skip)]
    pub requests: Requests,
}

impl Load {
    /// Whether pool and objects are the same at the end as at the beginning.
    pub fn is_flat(&self) -> bool {
        let usage_of = |at: &Holding| (at.blocks, at.bytes, at.objects);
        self.memory.iter().all(|at| usage_of(at) == usage_of(&self.memory[0]))
    }

    /// The growth of the process in bytes.
    pub fn growth(&self) -> Option<i64> {
        let (first, last) = (self.memory.first()?, self.memory.last()?);
        Some(last.resident?.cast_signed() - first.resident?.cast_signed())
    }

    /// The share of one processor that the audio takes. None if the system does not report it, or
    /// if its clock did not advance in so short a run.
    pub fn share(&self) -> Option<f64> {
        let measured = self.cpu_seconds.filter(|seconds| *seconds > 0.0);
        measured.map(|seconds| seconds / self.audio_seconds.max(f64::MIN_POSITIVE))
    }

    /// Glitches at clients, or in the driver by its own counters.
    pub fn glitches(&self) -> u64 {
        let counted = self.counters.iter().filter(|(name, _)| ANOMALIES.contains(name));
        self.late + self.lost + counted.map(|(_, count)| count).sum::<u64>()
    }
}

impl Load {
    /// Returns whether the streams completed their packets: in virtual time all except those in
    /// progress, in real time at least one.
    pub fn moves(&self) -> bool {
        let streams = u64::from(self.options.streams);
        let all = if self.options.realtime { 1 } else { self.packets_due.saturating_sub(streams) };
        self.packets_due == 0 || self.packets >= all.max(1)
    }

    /// Returns whether there were no errors. In real time the machine may be too slow, which is not
    /// a fault; in virtual time it never is.
    pub fn is_clean(&self) -> bool {
        let whole = self.recorded.unwrap_or_default().is_whole();
        let timely = self.options.realtime || self.glitches() == 0;
        self.moves() && timely && whole && self.is_flat() && self.violations.is_empty()
    }

    /// The rows of a table: name and value.
    pub fn rows(&self) -> Vec<(&'static str, String)> {
        let Options { streams, period_ms, .. } = self.options;
        let pool = |at: Option<&Holding>| {
            at.map_or(String::new(), |at| {
                format!("{} bytes in {}", at.bytes, counted(at.blocks, "block"))
            })
        };
        let mut completed = self.packets.to_string();
        if self.packets_due == 0 {
            "not counted: the streams have no packet register".clone_into(&mut completed);
        } else if !self.moves() {
            let _ = write!(completed, " of {} that were due", self.packets_due);
        }
        let mut rows = vec![
            ("Streams", format!("{streams} {}, packets of {period_ms} ms", self.place)),
            ("Audio", format!("{:.1} s in {:.1} s", self.audio_seconds, self.wall_seconds)),
            ("Packets completed", completed),
            ("Packets late", self.late.to_string()),
            ("Packets lost", self.lost.to_string()),
        ];
        if streams < self.streams_asked {
            rows.insert(1, ("Asked for", format!("{}: the pins take no more", self.streams_asked)));
        }
        if self.counters.keys().any(|name| !counter::is_work(name)) {
            let words = not_zero(&self.counters).unwrap_or_else(|| "all 0".to_owned());
            rows.push(("Driver's counters", words));
        }
        if let Some(recorded) = self.recorded {
            rows.push(("Recorded", recorded.to_string()));
        }
        if let Some(why) = &self.not_compared {
            rows.push(("Not compared", why.clone()));
        }
        rows.push(("Worst tick", format!("{:.1} us late", self.worst_tick_us)));
        rows.push(("Worst client", format!("{:.1} us after the packet", self.worst_client_us)));
        if let Some(share) = self.share() {
            let each = share * 1e6 / f64::from(streams);
            let text = format!(
                "{:.1} % of a processor; {each:.1} us for a second of a stream",
                share * 100.0
            );
            rows.push(("Processor", text));
        }
        rows.push(("Pool at first", pool(self.memory.first())));
        rows.push(("Pool at last", pool(self.memory.last())));
        if let Some(growth) = self.growth() {
            rows.push(("Process grew by", format!("{growth} bytes")));
        }
        rows.push(("Violations", self.violations.len().to_string()));
        rows
    }

    /// A row of the table with [`HEAD`]; growth is relative to `first`.
    pub fn line(&self, first: &Self) -> String {
        let streams = self.options.streams;
        let each = |own: &Self| Some(own.share()? / f64::from(own.options.streams));
        let bytes = self.memory.last().map_or(0, |at| at.bytes);
        let shown = |figure: Option<f64>, digits: usize| {
            figure.map_or_else(|| "-".to_owned(), |figure| format!("{figure:.digits$}"))
        };
        let factor = each(self).zip(each(first)).map(|(own, first)| own / first);
        format!(
            "{streams:>7} {:>8} {:>9} {:>8} {:>11} {:>9} {:>8} {:>8} {:>10.1} {:>10.1}",
            shown(self.share().map(|share| share * 100.0), 2),
            shown(each(self).map(|share| share * 1e6), 1),
            shown(factor, 2),
            bytes,
            self.packets,
            self.glitches(),
            self.counters.get(counter::LATE_TICKS).copied().unwrap_or(0),
            self.worst_tick_us,
            self.worst_client_us,
        )
    }
}

/// The head of a table of loads.
pub const HEAD: &str = "streams    cpu %   us each to first  pool bytes   packets glitches     late   tick us  client us";

/// Counters of audible errors. A late tick alone need not be audible.
const ANOMALIES: [&str; 3] = [counter::SKIPPED, counter::UNDERRUNS, counter::OVERWRITES];

/// The driver's error counters that are not 0; None if all are 0.
fn not_zero(counters: &BTreeMap<&'static str, u64>) -> Option<String> {
    let wrong = counters.iter().filter(|(name, count)| !counter::is_work(name) && **count > 0);
    let wrong: Vec<_> = wrong.map(|(name, count)| format!("{name} {count}")).collect();
    (!wrong.is_empty()).then(|| wrong.join(", "))
}

/// Nanoseconds that this thread has run.
fn cpu() -> Option<u64> {
    let times = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    times.split(' ').next()?.parse().ok()
}

/// The seconds between two times in nanoseconds.
fn seconds_between(then: u64, now: u64) -> f64 {
    (now - then) as f64 / 1e9
}

/// Ticks of a second in which counters give the delay of a tick.
const TICKS_OF_LATENESS: u64 = 10_000_000;

/// Ticks of a counter in microseconds.
fn microseconds(ticks: u64, frequency: u64) -> f64 {
    ticks as f64 * 1e6 / frequency as f64
}

/// The number of memory samples in a run.
const LOOKS: u32 = 12;

/// A machine, and the driver with settings for the number of cables.
fn machine(subject: &Subject, options: Options) -> (Machine, Subject) {
    let machine = subject.builder().real_time(options.realtime).build();
    let cables = subject.vendor.and_then(|vendor| vendor.cables);
    let settings = cables.map(|cables| (cables.settings)(options.cables)).unwrap_or_default();
    // The caller's settings come last, so they take precedence.
    let own = subject.settings.clone();
    let with_cables = subject.clone().with_settings(settings).with_settings(own);
    (machine, with_cables)
}

/// Runs a load. `progress` is called with the seconds of audio done.
///
/// # Errors
///
/// The driver has fewer cables, or a request failed.
pub fn load(
    subject: &Subject,
    options: Options,
    progress: &mut dyn FnMut(f64),
) -> Result<Load, RunError> {
    let (machine, subject) = machine(subject, options);
    let streams_asked = options.streams;
    let (mut found, findings) = subject.on_machine(&machine, |machine, _| {
        let mut clients = Clients::open(&subject, machine, options)?;
        let options = clients.opened(options);
        let started = machine.qpc();
        let since = || (machine.qpc() - started) as f64 / machine.qpc_frequency() as f64;
        let (wall, busy) = (Instant::now(), cpu());
        let span = options.span.as_secs_f64();
        let mut memory = Vec::new();
        while since() < span {
            clients.step(true)?;
            // The first sample is taken when the machine has settled.
            if since() >= span * (memory.len() + 1) as f64 / f64::from(LOOKS) {
                memory.push(clients.memory(since()));
            }
            progress(since());
        }
        let cpu_seconds = busy.zip(cpu()).map(|(then, now)| seconds_between(then, now));
        let Counted { counters, worst_lateness, packets } = clients.counted();
        let audio_seconds = since();
        let due = clients.packet_ns.iter().map(|own| (audio_seconds * 1e9 / own) as u64);
        Ok(Load {
            options,
            streams_asked,
            place: clients.place.clone(),
            audio_seconds,
            wall_seconds: wall.elapsed().as_secs_f64(),
            cpu_seconds,
            packets,
            packets_due: due.sum(),
            late: clients.late,
            lost: clients.lost,
            recorded: clients.is_exact.then_some(clients.recorded),
            not_compared: clients.not_compared.clone(),
            counters,
            worst_tick_us: microseconds(worst_lateness, TICKS_OF_LATENESS),
            worst_client_us: microseconds(clients.worst_client, machine.qpc_frequency()),
            memory,
            violations: Vec::new(),
            requests: Requests::default(),
        })
    })?;
    (found.requests, found.violations) = (findings.requests, all(findings));
    Ok(found)
}

fn all(findings: Findings) -> Vec<String> {
    findings.violations.into_iter().chain(findings.gaps).collect()
}

/// As [`load`], with 1, 2, 4 streams and so on up to the number that was asked for, or to what the
/// driver takes. `progress` is called with the number of rows that are done, parts of a row
/// included, and the number of all rows.
///
/// # Errors
///
/// The same as [`load`].
pub fn growth(
    subject: &Subject,
    options: Options,
    progress: &mut dyn FnMut(f64, usize),
) -> Result<Vec<Load>, RunError> {
    let span = options.span.as_secs_f64();
    let powers = (0..u32::BITS).map(|power| 1 << power);
    let mut counts: Vec<u32> = powers.take_while(|count| *count < options.streams).collect();
    counts.push(options.streams);
    let mut rows = Vec::new();
    for streams in &counts {
        let done = rows.len() as f64;
        let mut part = |seconds: f64| progress(done + (seconds / span).min(1.0), counts.len());
        let row = load(subject, Options { streams: *streams, ..options }, &mut part)?;
        let is_full = row.options.streams < *streams;
        // As many streams as before are no other row.
        let is_known = |known: &Load| known.options.streams == row.options.streams;
        if !rows.iter().any(is_known) {
            rows.push(row);
        }
        if is_full {
            break;
        }
    }
    Ok(rows)
}

#[cfg(test)]
mod tests;
