//! Streams that run while somebody watches their counters, as another program would: through the driver's own property.

use std::time::Duration;

use acx_client::endpoint::Endpoint;
use acx_client::request::{get, long, number};
use acx_client::{Direction, Failed, System};
use acx_host::trace::TraceEvent;
use acx_sys::STATUS_REVISION_MISMATCH;
use acxvad::telemetry::{ENTRY_BYTES, HEADER_BYTES, PROPERTY_SET, STREAMS, VERSION};
use serde_json::{Value, json};

use crate::melody::{STEREO, melody};
use crate::play::{Options, Player, Recorder, open_event};
use crate::run::RunError;

/// The counters of a stream, in the order of the driver's: what they are called for people and for programs.
pub const COUNTERS: [(&str, &str); 9] = [
    ("packets", "packets_done"),
    ("late", "late_ticks"),
    ("skipped", "packets_skipped"),
    ("underruns", "underruns"),
    ("overwrites", "overwrites"),
    ("late answers", "late_answers"),
    ("early answers", "overrun_answers"),
    ("ends", "ends_of_stream"),
    ("wire silence", "wire_silence"),
];

/// Those of them that say that something went wrong.
const ANOMALIES: [usize; 7] = [1, 2, 3, 4, 5, 6, 8];

/// What the driver says of one stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counters {
    /// The circuit.
    pub circuit: String,
    /// The stream's number there.
    pub stream: u64,
    /// The pin.
    pub pin: u32,
    /// Whether it runs.
    pub running: bool,
    /// Frames a second.
    pub rate: u32,
    /// Frames since its start.
    pub position: u64,
    /// As [`COUNTERS`] names them.
    pub counts: [u64; 9],
    /// The latest that a tick was, in 100 ns.
    pub worst_lateness: u64,
}

impl Counters {
    /// How often something went wrong.
    pub fn anomalies(&self) -> u64 {
        ANOMALIES.into_iter().map(|index| self.counts[index]).sum()
    }

    /// For programs.
    pub fn value(&self) -> Value {
        let mut value = json!({
            "circuit": self.circuit, "stream": self.stream, "pin": self.pin, "running": self.running,
            "rate": self.rate, "position_frames": self.position,
            "worst_lateness_us": self.worst_lateness as f64 / 10.0,
        });
        for ((_, name), count) in COUNTERS.into_iter().zip(self.counts) {
            value[name] = count.into();
        }
        value
    }
}

impl std::fmt::Display for Counters {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let seconds = self.position as f64 / f64::from(self.rate.max(1));
        write!(f, "{:<12} {seconds:>8.2} s {:>7} packets", self.circuit, self.counts[0])?;
        write!(f, "  worst lateness {:>7.1} us", self.worst_lateness as f64 / 10.0)?;
        let wrong = ANOMALIES.into_iter().filter(|index| self.counts[*index] > 0);
        wrong
            .into_iter()
            .try_for_each(|index| write!(f, "  {} {}", self.counts[index], COUNTERS[index].0))?;
        if self.anomalies() == 0 { write!(f, "  no glitch") } else { Ok(()) }
    }
}

/// An event for programs.
pub fn event(event: &TraceEvent) -> Value {
    let fields: serde_json::Map<String, Value> = event
        .fields
        .iter()
        .map(|(name, value)| {
            let number = value.parse::<u64>().map(Value::from);
            (name.clone(), number.unwrap_or_else(|_| value.clone().into()))
        })
        .collect();
    json!({
        "provider": event.provider, "name": event.name, "level": event.level, "qpc": event.qpc,
        "fields": fields,
    })
}

/// Asks a circuit for its streams.
///
/// # Errors
///
/// [`Failed`]: the circuit is not one of acxvad's, or its property has another version.
pub fn counters(endpoint: &Endpoint) -> Result<Vec<Counters>, Failed> {
    let what = "the telemetry of acxvad";
    let value = get(&endpoint.filter, what, &PROPERTY_SET, STREAMS, &[])?;
    if number(&value, 0) != VERSION || number(&value, 4) as usize != ENTRY_BYTES {
        return Err(Failed { what, status: STATUS_REVISION_MISMATCH });
    }
    let entries = value[HEADER_BYTES..].chunks_exact(ENTRY_BYTES);
    let read = |entry: &[u8]| Counters {
        circuit: endpoint.name().to_owned(),
        stream: long(entry, 0),
        pin: number(entry, 8),
        running: number(entry, 12) != 0,
        rate: number(entry, 16),
        position: long(entry, 32),
        counts: std::array::from_fn(|index| long(entry, 40 + 8 * index)),
        worst_lateness: long(entry, 40 + 8 * 9),
    };
    Ok(entries.map(read).collect())
}

/// How to watch.
#[derive(Clone, Copy, Debug)]
pub struct Watch {
    /// How long.
    pub seconds: f64,
    /// Every second the whole machine stands still for so long.
    pub stall: Duration,
}

/// Time between two looks.
const LOOK: Duration = Duration::from_millis(250);

/// Plays and records on every cable, and tells `seen` of all streams' counters four times a second. `stall` lets the machine
/// stand still. The last look is the answer.
///
/// # Errors
///
/// As [`counters`], or what a stream answers.
pub fn watch(
    system: &dyn System,
    options: Watch,
    stall: &dyn Fn(Duration),
    seen: &mut dyn FnMut(f64, &[Counters]),
) -> Result<Vec<Counters>, RunError> {
    let tune = melody().audio;
    let frames = (options.seconds * f64::from(STEREO.rate)).round() as usize;
    let bytes = frames * STEREO.block_align();
    let audio: Vec<u8> = tune.iter().copied().cycle().take(bytes).collect();
    let mut looks = Endpoint::all(system, Direction::Render)?;
    looks.extend(Endpoint::all(system, Direction::Capture)?);
    let cables = looks.len() / 2;
    let mut players = Vec::new();
    let mut recorders = Vec::new();
    for cable in 0..cables {
        let how = Options { cable, ..Options::default() };
        let microphone = open_event(system, Direction::Capture, STEREO, how)?;
        let speaker = open_event(system, Direction::Render, STEREO, how)?;
        recorders.push(Recorder::prepare(microphone)?);
        players.push(Player::prepare(speaker, &audio)?);
    }
    for (player, recorder) in players.iter().zip(&recorders) {
        recorder.stream.run()?;
        player.stream.run()?;
    }
    let look = || -> Result<Vec<Counters>, Failed> {
        let found = looks.iter().map(counters).collect::<Result<Vec<_>, _>>()?;
        Ok(found.into_iter().flatten().collect())
    };
    let speakers = players.iter().map(|player| player.stream.event());
    let events: Vec<u64> = speakers.chain(recorders.iter().map(|own| own.stream.event())).collect();
    let frequency = system.qpc_frequency() as f64;
    let began = system.qpc();
    let since = || (system.qpc() - began) as f64 / frequency;
    let (mut next_look, mut next_stall) = (LOOK.as_secs_f64(), 1.0);
    while since() < options.seconds {
        if !options.stall.is_zero() && since() >= next_stall {
            stall(options.stall);
            next_stall += 1.0;
        }
        match system.wait_any(&events, LOOK) {
            Some(index) if index < cables => players[index].service()?,
            Some(index) => recorders[index - cables].service(|_| {})?,
            None => {}
        }
        if since() >= next_look {
            seen(since(), &look()?);
            next_look += LOOK.as_secs_f64();
        }
    }
    let last = look()?;
    for (player, recorder) in players.iter_mut().zip(&mut recorders) {
        for stream in [&mut player.stream, &mut recorder.stream] {
            stream.pause()?;
            stream.stop()?;
        }
    }
    Ok(last)
}
