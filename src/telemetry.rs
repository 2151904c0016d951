//! Telemetry of streams: a property of each circuit, the same value from an audio module, and a
//! trace event when something goes wrong. `docs/telemetry.md` describes the three.

use acx::circuit::{Direction, NewCircuit};
use acx::lock::SpinLock;
use acx::module::{AudioModule, ModuleCommand, ModuleDescription};
use acx::pool::{Arc, Vec};
use acx::request::Request;
use acx::{Dispatch, Error, Result};
pub use acxvad_abi::telemetry::{ENTRY_BYTES, HEADER_BYTES, VERSION};
use acxvad_abi::telemetry::{Entry, Header};
use vdma::clock::Clock;
use vdma::position::Shared;
use vdma::telemetry::{EVENTS, Event};

use crate::cable::Cable;
use crate::clock::now;
use crate::properties::MODULE_CLASS;
use crate::trace::TRACE;

/// A stream that is open, or was closed recently.
struct Open {
    id: u64,
    pin: u32,
    shared: Arc<Shared>,
}

/// The buffer for the value, and the token of the callback that writes it.
trait Output {
    fn level(&mut self) -> &mut Dispatch;
    fn write(&mut self, offset: usize, bytes: &[u8]);
}

impl Output for Request<'_> {
    fn level(&mut self) -> &mut Dispatch {
        self.passive()
    }

    fn write(&mut self, offset: usize, bytes: &[u8]) {
        self.write_value_at(offset, bytes);
    }
}

impl Output for ModuleCommand<'_> {
    fn level(&mut self) -> &mut Dispatch {
        self.passive()
    }

    fn write(&mut self, offset: usize, bytes: &[u8]) {
        self.write_at(offset, bytes);
    }
}

/// The streams of a circuit. Opening a stream and querying them take the lock; streaming never
/// does.
pub struct Streams(SpinLock<List>);

#[derive(Default)]
struct List {
    opened: u64,
    streams: Vec<Open>,
}

impl Streams {
    /// An empty list.
    ///
    /// # Errors
    ///
    /// [`Error::OutOfMemory`].
    pub fn new() -> Result<Arc<Self>> {
        Arc::new(Self(SpinLock::new(List::default())))
    }

    /// Adds a stream at `pin`, and returns its number, which no other stream of the circuit ever
    /// has.
    ///
    /// # Errors
    ///
    /// [`Error::OutOfMemory`].
    pub fn add(&self, pin: u32, shared: &Arc<Shared>, level: &mut Dispatch) -> Result<u64> {
        self.0.with(level, |list, _| {
            list.remove_closed();
            list.opened = list.opened.wrapping_add(1);
            let id = list.opened;
            list.streams.push(Open { id, pin, shared: shared.clone() })?;
            Ok(id)
        })
    }

    /// The current size of the value in bytes, and the number of streams in it.
    fn size(&self, level: &mut Dispatch) -> (usize, usize) {
        self.0.with(level, |list, _| {
            list.remove_closed();
            let count = list.streams.len();
            (count.saturating_mul(ENTRY_BYTES).saturating_add(HEADER_BYTES), count)
        })
    }

    /// Writes the value for `count` streams, and returns its length in bytes. A stream that was
    /// closed meanwhile is omitted.
    fn write(&self, count: usize, clock: &Clock, output: &mut dyn Output) -> usize {
        let mut written = 0_usize;
        for index in 0..count {
            let found = self.0.with(output.level(), |list, _| {
                list.streams.get(index).map(|open| (open.id, open.pin, open.shared.clone()))
            });
            let Some((id, pin, shared)) = found else { break };
            let offset = written.saturating_mul(ENTRY_BYTES).saturating_add(HEADER_BYTES);
            output.write(offset, &entry(id, pin, &shared, clock));
            written = written.saturating_add(1);
        }
        output.write(0, &Header::new(written, clock.trim()).to_bytes());
        written.saturating_mul(ENTRY_BYTES).saturating_add(HEADER_BYTES)
    }

    /// Handles the property [`STREAMS`](crate::properties::STREAMS).
    pub fn handle(&self, mut request: Request<'_>, clock: &Clock) {
        let (size, count) = self.size(request.passive());
        let Some(mut request) = request.require_length(size) else { return };
        let written = self.write(count, clock, &mut request);
        request.complete(Ok(written));
    }
}

/// The audio module of a circuit.
struct Module {
    streams: Arc<Streams>,
    cable: Arc<Cable>,
}

impl AudioModule for Module {
    fn command(&self, command: &mut ModuleCommand<'_>) -> Result<usize> {
        if command.length() > 0 {
            return Err(Error::InvalidParameter);
        }
        let (size, count) = self.streams.size(command.passive());
        if command.output_length() < size {
            return Ok(size);
        }
        Ok(self.streams.write(count, &self.cable.clock, command))
    }
}

/// Adds the audio module to `circuit`, at an end of `cable`.
///
/// # Errors
///
/// ACX's errors.
#[inline(never)]
pub fn add_module(
    circuit: &mut NewCircuit<'_>,
    streams: &Arc<Streams>,
    cable: &Arc<Cable>,
) -> Result<()> {
    let description = ModuleDescription {
        class: MODULE_CLASS,
        instance: 0,
        version: (VERSION, 0),
        name: acx::wide!("acxvad telemetry"),
    };
    let module = Module { streams: streams.clone(), cable: cable.clone() };
    circuit.audio_module(&description, module).map(|_| ())
}

impl List {
    /// Removes the streams to which only this list refers: they are closed.
    fn remove_closed(&mut self) {
        let mut index = 0;
        while let Some(open) = self.streams.get(index) {
            if open.shared.is_alone() {
                self.streams.swap_remove(index);
            } else {
                index = index.saturating_add(1);
            }
        }
    }
}

/// The entry of a stream. Not inlined: its stack frame is large.
#[inline(never)]
fn entry(id: u64, pin: u32, shared: &Shared, clock: &Clock) -> [u8; ENTRY_BYTES] {
    let format = shared.format();
    let (position, _) = shared.position(clock, now);
    let telemetry = shared.telemetry();
    let half = |value: u64| u32::try_from(value).unwrap_or(0);
    let entry = Entry {
        stream: id,
        pin,
        running: shared.is_running(),
        rate: format.rate(),
        channels: u32::try_from(format.channels()).unwrap_or(0),
        sample: half(format.sample().code()),
        position: position.0,
        counters: EVENTS.map(|event| telemetry.total(event)),
        worst_lateness: clock.hundreds_of_nanoseconds(telemetry.worst_lateness()),
    };
    entry.to_bytes()
}

/// The location of a stream, for its trace events.
#[derive(Clone, Copy)]
pub struct StreamId {
    /// The cable's number.
    pub cable: u32,
    /// The end of the cable.
    pub direction: Direction,
    /// The stream's number at its circuit.
    pub stream: u64,
}

/// Traces the counters of a stream after an error. Not inlined, because it would enlarge the stack
/// frame of normal ticks.
#[inline(never)]
#[cold]
pub fn report(id: StreamId, shared: &Shared, clock: &Clock) {
    let telemetry = shared.telemetry();
    let total = |event| telemetry.total(event);
    acx::trace!(TRACE, Warning, "Glitch",
        "Cable": u32 = id.cable,
        "Render": u32 = u32::from(id.direction == Direction::Render),
        "Stream": u64 = id.stream,
        "Packet": u32 = shared.current_packet(),
        "LateTicks": u64 = total(Event::LateTick),
        "WorstLateness100ns": u64 = clock.hundreds_of_nanoseconds(telemetry.worst_lateness()),
        "PacketsSkipped": u64 = total(Event::PacketSkipped),
        "Underruns": u64 = total(Event::Underrun),
        "Overwrites": u64 = total(Event::Overwrite),
        "LateAnswers": u64 = total(Event::LateAnswer),
        "OverrunAnswers": u64 = total(Event::OverrunAnswer),
        "WireSilence": u64 = total(Event::WireSilence));
}
