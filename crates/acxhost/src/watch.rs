//! Counters of running streams, read through the driver's property like another program would.

use std::time::Duration;

use acx_client::endpoint::Endpoint;
use acx_client::hidden::{self, HiddenEnd};
pub use acx_client::telemetry::{COUNTERS, Counters, HEAD, counters};
use acx_client::{Direction, Failed, System};
use acx_host::trace::TraceEvent;
use serde_json::{Value, json};

use acx_conform::Subject;
use acx_conform::melody::{STEREO, melody};
use acx_conform::play::{Options, Player, Recorder, open_event};
use acx_conform::run::RunError;

/// The counters as a table of at most 80 columns.
pub fn table(streams: &[Counters]) -> impl Iterator<Item = String> {
    std::iter::once(HEAD.to_owned()).chain(streams.iter().map(ToString::to_string))
}

/// An event as JSON.
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

/// Options of watching.
#[derive(Clone, Copy, Debug)]
pub struct Watch {
    /// The duration in seconds.
    pub seconds: f64,
    /// The duration of a stall of the whole machine, once per second.
    pub stall: Duration,
}

/// The time between two readings.
const LOOK: Duration = Duration::from_millis(250);

/// Plays and records on every cable, and calls `seen` with the counters of all streams four times
/// per second. Returns the last counters.
///
/// # Errors
///
/// The same as [`counters`]; errors of streams.
pub fn watch(
    subject: &Subject,
    system: &dyn System,
    options: Watch,
    stall: &dyn Fn(Duration),
    seen: &mut dyn FnMut(f64, &[Counters]),
) -> Result<Vec<Counters>, RunError> {
    let tune = melody();
    let frames = (options.seconds * f64::from(STEREO.rate)).round() as usize;
    let bytes = frames * STEREO.block_align();
    let audio: Vec<u8> = tune.iter().copied().cycle().take(bytes).collect();
    let speakers = hidden::visible(system, Direction::Render)?;
    let microphones = hidden::visible(system, Direction::Capture)?;
    let is_whole = |cable: &usize| microphones.iter().any(|(other, _)| other == cable);
    let whole: Vec<usize> = speakers.iter().map(|(cable, _)| *cable).filter(is_whole).collect();
    let mut looks: Vec<Endpoint> =
        speakers.into_iter().chain(microphones).map(|(_, endpoint)| endpoint).collect();
    for direction in [Direction::Render, Direction::Capture] {
        let hidden = HiddenEnd::all(system, direction)?;
        looks.extend(hidden.into_iter().map(|end| end.endpoint));
    }
    if looks.is_empty() {
        return Err(RunError::NoEndpoint { driver: subject.label() });
    }
    if looks.iter().any(|end| counters(end).is_err()) {
        return Err(RunError::NoCounters { driver: subject.label() });
    }
    let cables = whole.len();
    let mut players = Vec::new();
    let mut recorders = Vec::new();
    for cable in whole {
        let how = Options { cable, ..Options::default() };
        let microphone = open_event(system, Direction::Capture, STEREO, how)?;
        let speaker = open_event(system, Direction::Render, STEREO, how)?;
        recorders.push(Recorder::prepare(microphone)?);
        players.push(Player::prepare(speaker, &audio[..])?);
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
