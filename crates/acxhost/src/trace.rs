//! A driver's own trace of its callbacks. The same trace can be taken in the host and on Windows,
//! and compared.
//!
//! A driver built on `acx` that has called `Provider::trace_callbacks` writes an event `Callback`
//! when a callback begins, with its name, its object, two numbers and the IRQL. acxvad does this
//! with the setting `TraceCallbacks`. Objects are numbered in the order of their first callback,
//! and times are relative to the first one, so that two traces can be compared.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::Duration;
use std::{fmt, io};

use acx_client::bytes::guid_at;
use acx_client::endpoint::{Endpoint, connect, node_value};
use acx_client::event::EventStream;
use acx_client::{Direction, Failed, System};
use acx_conform::Subject;
use acx_conform::run::{Findings, RunError};
use acx_host::trace::TraceEvent;
use acx_sys::{KSNODETYPE_VOLUME, KSPROPERTY_AUDIO_VOLUMELEVEL};
use serde::{Deserialize, Serialize};

use crate::given;

/// The version of the file.
const VERSION: u32 = 1;

/// The setting of the driver.
const SETTING: &str = "TraceCallbacks";

/// Callbacks whose number depends on a client's polling or on time: shown but not compared.
const POLLED: [&str; 5] = [
    "EvtAcxPeakMeterRetrieveLevel",
    "EvtAcxStreamAudioEngineRetrieveLinearBufferPosition",
    "EvtAcxStreamGetCapturePacket",
    "EvtAcxStreamGetCurrentPacket",
    "EvtAcxStreamGetPresentationPosition",
];

/// Assumptions that a trace shows, by their ids in `docs/host-assumptions.md`, each with a callback
/// whose order or numbers show it.
pub const SHOWN: [(&str, &str); 9] = [
    ("acquire", "EvtAcxStreamPrepareHardware"),
    ("acquire", "EvtAcxStreamReleaseHardware"),
    ("default-mode", "EvtAcxCircuitCreateStream"),
    ("hardware-order", "EvtAcxStreamAllocateRtPackets"),
    ("hardware-order", "EvtAcxStreamPrepareHardware"),
    ("null-mode", "EvtAcxCircuitCreateStream"),
    ("pre-roll", "EvtAcxStreamSetRenderPacket"),
    ("removal-streams", "EvtAcxStreamFreeRtPackets"),
    ("stream-creation", "EvtAcxCircuitCreateStream"),
];

/// One callback.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Call {
    /// Its start in microseconds after the first one; 0 if unknown.
    pub at: u64,
    /// The DDI's name.
    pub callback: String,
    /// The object's number.
    pub object: u32,
    /// The first two of its numbers.
    pub numbers: [u32; 2],
    /// The IRQL.
    pub irql: u32,
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { at, callback, object, numbers: [first, second], irql } = self;
        let seconds = *at as f64 / 1e6;
        write!(f, "{seconds:>10.6}  #{object:<3} {callback}({first}, {second}), IRQL {irql}")
    }
}

/// A trace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trace {
    #[serde(rename = "acxhost_trace")]
    version: u32,
    /// `host` or `windows`.
    pub system: String,
    /// The driver.
    pub driver: String,
    /// The callbacks, in order.
    pub calls: Vec<Call>,
}

/// The reason why a trace cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TraceError {
    /// The file cannot be read.
    #[error("{path}: cannot be read ({error}): check the path and its permissions")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// It is neither a trace nor XML of `tracerpt`.
    #[error(
        "{path}: not a trace: {why}: give a file of `acxhost trace --json` or of `tracerpt -of XML`"
    )]
    Foreign {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// The driver wrote no such event.
    #[error("{0} traced no callback: it has no setting {SETTING}")]
    NoCallbacks(String),
}

/// Numbers objects, and converts events to calls.
#[derive(Default)]
struct Reader {
    objects: HashMap<u64, u32>,
    last: u32,
    calls: Vec<Call>,
}

impl Reader {
    fn add(&mut self, at: u64, field: impl Fn(&str) -> Option<String>) -> Option<()> {
        let number = |name| {
            let text = field(name)?;
            match text.strip_prefix("0x") {
                Some(digits) => u64::from_str_radix(digits, 16).ok(),
                None => text.parse().ok(),
            }
        };
        let word = |name| number(name).and_then(|number| u32::try_from(number).ok());
        let callback = field("Name")?;
        let address = number("Object")?;
        let (numbers, irql) = ([word("First")?, word("Second")?], word("Irql")?);
        let object = *self.objects.entry(address).or_insert_with(|| {
            self.last += 1;
            self.last
        });
        if callback == "EvtCleanupCallback" {
            // Another object may get the address later.
            self.objects.remove(&address);
        }
        self.calls.push(Call { at, callback, object, numbers, irql });
        Some(())
    }
}

impl Trace {
    /// The trace of a machine's events.
    fn of(driver: String, events: impl Iterator<Item = TraceEvent>, frequency: u64) -> Self {
        let mut reader = Reader::default();
        let mut begin = None;
        for event in events.filter(|event| event.name == "Callback") {
            let ticks = u128::from(event.qpc - *begin.get_or_insert(event.qpc));
            let at = ticks * 1_000_000 / u128::from(frequency);
            let field = |name: &str| {
                let found = event.fields.iter().find(|(own, _)| own == name);
                found.map(|(_, value)| value.clone())
            };
            reader.add(at as u64, field);
        }
        Self { version: VERSION, system: "host".to_owned(), driver, calls: reader.calls }
    }

    /// Reads a file of `acxhost trace --json` or of `tracerpt -of XML`; `-` is standard input.
    ///
    /// # Errors
    ///
    /// The same as [`parse`](Self::parse), or the file cannot be read.
    pub fn read(path: &Path) -> Result<Self, TraceError> {
        let (bytes, path) =
            given::read(path).map_err(|(path, error)| TraceError::Read { path, error })?;
        Self::parse(&bytes, &path)
    }

    /// Parses the trace of a file; errors name it `path`.
    ///
    /// # Errors
    ///
    /// [`TraceError`]: it is neither.
    pub fn parse(bytes: &[u8], path: &Path) -> Result<Self, TraceError> {
        let text = text(bytes);
        let foreign = |why: String| TraceError::Foreign { path: path.to_owned(), why };
        if text.trim_start().starts_with('<') {
            return xml(&text).ok_or_else(|| foreign("it has no event Callback".to_owned()));
        }
        let trace: Self =
            serde_json::from_str(&text).map_err(|error| foreign(error.to_string()))?;
        match trace.version {
            VERSION => Ok(trace),
            other => Err(foreign(format!("it has version {other}, not {VERSION}"))),
        }
    }

    /// The system and the driver of the trace.
    pub fn title(&self) -> String {
        format!("{} on {}, {} callbacks", self.driver, self.system, self.calls.len())
    }

    /// The calls to compare: without polls, and renumbered, because a poll may be an object's first
    /// callback.
    fn compared(&self) -> Vec<Call> {
        let mut numbers: Vec<u32> = Vec::new();
        let calls = self.calls.iter().filter(|call| !POLLED.contains(&&*call.callback));
        calls
            .map(|call| {
                let known = numbers.iter().position(|own| *own == call.object);
                let index = known.unwrap_or_else(|| {
                    numbers.push(call.object);
                    numbers.len() - 1
                });
                Call { object: index as u32 + 1, ..call.clone() }
            })
            .collect()
    }
}

/// Decodes UTF-16 if the bytes begin with its byte order mark, else UTF-8.
fn text(bytes: &[u8]) -> String {
    match bytes {
        [0xFF, 0xFE, rest @ ..] => {
            let units = rest.as_chunks::<2>().0.iter().map(|unit| u16::from_le_bytes(*unit));
            String::from_utf16_lossy(&units.collect::<Vec<_>>())
        }
        _ => String::from_utf8_lossy(bytes).trim_start_matches('\u{FEFF}').to_owned(),
    }
}

/// The events of `tracerpt`: `<Event>` with `<Data Name="...">` for each field. Not yet seen from a
/// real machine.
fn xml(text: &str) -> Option<Trace> {
    let mut reader = Reader::default();
    let mut driver = String::new();
    for event in text.split("<Event ").skip(1) {
        let field = |name: &str| {
            let (_, rest) = event.split_once(&format!("<Data Name=\"{name}\">"))?;
            let (value, _) = rest.split_once('<')?;
            Some(value.trim().to_owned())
        };
        if reader.add(0, field).is_some() && driver.is_empty() {
            let name =
                event.split_once("<Provider Name=\"").and_then(|(_, rest)| rest.split_once('"'));
            driver = name.map_or_else(|| "a driver".to_owned(), |(name, _)| name.to_owned());
        }
    }
    let calls = reader.calls;
    let system = "windows".to_owned();
    (!calls.is_empty()).then_some(Trace { version: VERSION, system, driver, calls })
}

/// A client at every endpoint: a stream without a mode, one in each mode, one that plays or records
/// for 50 ms, and the volume.
///
/// # Errors
///
/// The error of a request.
pub fn client(system: &dyn System) -> Result<(), RunError> {
    for direction in [Direction::Render, Direction::Capture] {
        for endpoint in Endpoint::all(system, direction)? {
            streams(system, &endpoint)?;
            let volume = acx_client::bytes::guid_bytes(&KSNODETYPE_VOLUME);
            for (node, _) in (0..).zip(&endpoint.nodes).filter(|(_, kind)| **kind == volume) {
                node_value(&endpoint.filter, KSPROPERTY_AUDIO_VOLUMELEVEL, node, Some(0))?;
            }
        }
    }
    Ok(())
}

fn streams(system: &dyn System, endpoint: &Endpoint) -> Result<(), RunError> {
    let pin = endpoint.host_pin()?;
    let Some((_, format)) = pin.modes.first().and_then(|(mode, all)| Some((mode, *all.first()?)))
    else {
        return Ok(());
    };
    let plain = connect(pin.id, &format.to_ks(), None);
    let opened = endpoint.filter.create_pin(&plain);
    drop(opened.map_err(|status| Failed { what: "opening a pin without a mode", status })?);
    for (mode, formats) in &pin.modes {
        if let Some(format) = formats.first() {
            drop(endpoint.open_stream(*format, &guid_at(mode, 0))?);
        }
    }
    let mode = guid_at(&pin.modes[0].0, 0);
    let mut stream = EventStream::open(system, endpoint, format, &mode, format.rate / 100)?;
    stream.prepare()?;
    if endpoint.direction == Direction::Render {
        let packet = vec![0; stream.packet_bytes()];
        stream.write(0, &packet, None)?;
        stream.write(1, &packet, None)?;
    }
    stream.run()?;
    system.sleep(Duration::from_millis(50));
    stream.pause()?;
    stream.stop()?;
    Ok(())
}

/// Loads the driver, starts its device, runs the [`client`], and removes the device. Returns its
/// callbacks.
///
/// # Errors
///
/// The same as [`Subject::on_machine`]; the inner result is a [`TraceError`] if the driver traces
/// no callbacks.
pub fn take(subject: &Subject) -> Result<(Result<Trace, TraceError>, Findings), RunError> {
    let subject = subject.clone().with_settings([(SETTING, 1.into())]);
    let machine = subject.builder().build();
    let ((), findings) = subject.on_machine(&machine, |machine, _| client(machine))?;
    let trace = Trace::of(subject.name(), machine.take_trace(), machine.qpc_frequency());
    let is_empty = trace.calls.is_empty();
    let trace = if is_empty { Err(TraceError::NoCallbacks(subject.name())) } else { Ok(trace) };
    Ok((trace, findings))
}

/// The first difference of two traces.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// The last three equal callbacks before it.
    pub before: Vec<Call>,
    /// The first trace's callback.
    pub one: Option<Call>,
    /// The second trace's callback.
    pub other: Option<Call>,
    /// The assumptions that may be affected.
    pub assumptions: Vec<&'static str>,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "the first difference:")?;
        for call in &self.before {
            writeln!(f, "  both:  {call}")?;
        }
        let show = |call: &Option<Call>| {
            call.as_ref().map_or_else(|| "nothing more".to_owned(), ToString::to_string)
        };
        writeln!(f, "  one:   {}", show(&self.one))?;
        write!(f, "  other: {}", show(&self.other))?;
        if self.assumptions.is_empty() {
            return Ok(());
        }
        write!(f, "\n  see docs/host-assumptions.md: {}", self.assumptions.join(", "))
    }
}

/// Compares two traces: callbacks, objects, numbers and IRQLs in order. Times, and callbacks that a
/// client polls for, are not compared.
pub fn compare(one: &Trace, other: &Trace) -> Option<Difference> {
    let (first, second) = (one.compared(), other.compared());
    let same = |one: &Call, other: &Call| {
        (&one.callback, one.object, one.numbers, one.irql)
            == (&other.callback, other.object, other.numbers, other.irql)
    };
    let most = first.len().max(second.len());
    let at = (0..most).find(|at| match (first.get(*at), second.get(*at)) {
        (Some(one), Some(other)) => !same(one, other),
        _ => true,
    })?;
    let before = first[at.saturating_sub(3)..at].to_vec();
    let (one, other) = (first.get(at).cloned(), second.get(at).cloned());
    let is_about =
        |name: &str| [&one, &other].into_iter().flatten().any(|call| call.callback == name);
    let mut assumptions: Vec<_> =
        SHOWN.iter().filter(|(_, name)| is_about(name)).map(|(id, _)| *id).collect();
    assumptions.dedup();
    Some(Difference { before, one, other, assumptions })
}
