//! What clients can ask about streams: a property of each circuit, and an event for what goes wrong. `docs/telemetry.md` is the page for
//! people.

use acx::circuit::{Direction, NewCircuit};
use acx::lock::SpinLock;
use acx::module::{AudioModule, ModuleCommand, ModuleDescription};
use acx::pool::{Arc, Vec};
use acx::request::{Property, Request};
use acx::{Dispatch, Error, Result, guid::GUID};
use vdma::clock::Clock;
use vdma::position::Shared;
use vdma::telemetry::{EVENTS, Event};

use crate::TRACE;
use crate::cable::{Cable, now};
use crate::endpoint::End;

/// {B6C5E1B0-7B1D-4D2C-9C53-0C6B2B2A5E10}, the driver's own property set.
pub const PROPERTY_SET: GUID = GUID {
    Data1: 0xB6C5_E1B0,
    Data2: 0x7B1D,
    Data3: 0x4D2C,
    Data4: [0x9C, 0x53, 0x0C, 0x6B, 0x2B, 0x2A, 0x5E, 0x10],
};

/// The streams of a circuit: GET on the filter, no more than the property's descriptor.
pub const STREAMS: u32 = 1;

/// What the value begins with: the version, bytes of an entry, how many there are, and a word that is zero.
pub const HEADER_BYTES: usize = 16;

/// The version of the value's layout.
pub const VERSION: u32 = 1;

/// Bytes of a stream's entry.
pub const ENTRY_BYTES: usize = 40 + 8 * EVENTS.len() + 8;

/// The property, as a circuit declares it.
pub const PROPERTY: Property = Property::read_only(&PROPERTY_SET, STREAMS);

/// A stream that is open, or was until just now.
struct Open {
    id: u64,
    pin: u32,
    shared: Arc<Shared>,
}

/// Where the value goes, and the level of the callback that writes it.
trait Place {
    fn level(&mut self) -> &mut Dispatch;
    fn put(&mut self, offset: usize, bytes: &[u8]);
}

impl Place for Request<'_> {
    fn level(&mut self) -> &mut Dispatch {
        self.passive()
    }

    fn put(&mut self, offset: usize, bytes: &[u8]) {
        self.write_value_at(offset, bytes);
    }
}

impl Place for ModuleCommand<'_> {
    fn level(&mut self) -> &mut Dispatch {
        self.passive()
    }

    fn put(&mut self, offset: usize, bytes: &[u8]) {
        self.write_at(offset, bytes);
    }
}

/// The streams of a circuit. Opening one and asking about them take the lock; streaming never does.
pub struct Streams(SpinLock<List>);

#[derive(Default)]
struct List {
    opened: u64,
    streams: Vec<Open>,
}

impl Streams {
    /// No streams.
    ///
    /// # Errors
    ///
    /// [`Error::OutOfMemory`].
    pub fn new() -> Result<Arc<Self>> {
        Arc::new(Self(SpinLock::new(List::default())))
    }

    /// Adds a stream at `pin`; its number, which no other stream of the circuit ever has.
    ///
    /// # Errors
    ///
    /// [`Error::OutOfMemory`].
    pub fn add(&self, pin: u32, shared: &Arc<Shared>, level: &mut Dispatch) -> Result<u64> {
        self.0.with(level, |list, _| {
            list.forget_closed();
            list.opened = list.opened.wrapping_add(1);
            let id = list.opened;
            list.streams.push(Open { id, pin, shared: shared.clone() })?;
            Ok(id)
        })
    }

    /// Bytes that the value has now, and how many streams that are.
    fn size(&self, level: &mut Dispatch) -> (usize, usize) {
        self.0.with(level, |list, _| {
            list.forget_closed();
            let count = list.streams.len();
            (count.saturating_mul(ENTRY_BYTES).saturating_add(HEADER_BYTES), count)
        })
    }

    /// Writes the value for `count` streams, piece by piece by their offset; its bytes. A stream that has gone since is one less.
    fn write(&self, count: usize, clock: &Clock, place: &mut dyn Place) -> usize {
        let mut written = 0_usize;
        for index in 0..count {
            let found = self.0.with(place.level(), |list, _| {
                list.streams.get(index).map(|open| (open.id, open.pin, open.shared.clone()))
            });
            let Some((id, pin, shared)) = found else { break };
            let offset = written.saturating_mul(ENTRY_BYTES).saturating_add(HEADER_BYTES);
            place.put(offset, &entry(id, pin, &shared, clock));
            written = written.saturating_add(1);
        }
        let word = |value: usize| u32::try_from(value).unwrap_or(0);
        let header = [VERSION, word(ENTRY_BYTES), word(written), 0];
        for (index, word) in header.into_iter().enumerate() {
            place.put(index.saturating_mul(4), &word.to_le_bytes());
        }
        written.saturating_mul(ENTRY_BYTES).saturating_add(HEADER_BYTES)
    }

    /// Answers [`PROPERTY`].
    pub fn answer(&self, mut request: Request<'_>, clock: &Clock) {
        let (size, count) = self.size(request.passive());
        let Some(mut request) = request.with_room(size) else { return };
        let written = self.write(count, clock, &mut request);
        request.complete(Ok(written));
    }
}

/// What the audio module is: its one command, which has no arguments, is answered with the same value as [`PROPERTY`].
pub const MODULE_CLASS: GUID = GUID { Data1: 0xB6C5_E1B1, ..PROPERTY_SET };

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
        if command.room() < size {
            return Ok(size);
        }
        Ok(self.streams.write(count, &self.cable.common.clock, command))
    }
}

/// Gives `circuit`, which is `end` of a cable, its audio module.
///
/// # Errors
///
/// What ACX answers.
#[inline(never)]
pub fn add_module(circuit: &mut NewCircuit<'_>, end: &End) -> Result<()> {
    let description = ModuleDescription {
        class: MODULE_CLASS,
        instance: 0,
        version: (VERSION, 0),
        name: acx::wide!("acxvad telemetry"),
    };
    let module = Module { streams: end.streams.clone(), cable: end.cable.clone() };
    circuit.audio_module(&description, module).map(|_| ())
}

impl List {
    /// Streams that nobody but this list knows are closed.
    fn forget_closed(&mut self) {
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

/// One stream: number, pin, whether it runs, rate, channels, sample type, position in frames, the counters in the order of [`EVENTS`], and
/// the worst lateness of a tick in 100 ns.
#[inline(never)]
fn entry(id: u64, pin: u32, shared: &Shared, clock: &Clock) -> [u8; ENTRY_BYTES] {
    let mut bytes = [0; ENTRY_BYTES];
    let format = shared.format();
    let (position, _) = shared.position(clock, now);
    let telemetry = shared.telemetry();
    let half = |value: usize| u64::from(u32::try_from(value).unwrap_or(0));
    let pair = |low: u64, high: u64| low | high << 32;
    let numbers = [
        id,
        pair(pin.into(), shared.is_running().into()),
        pair(format.rate().into(), half(format.channels())),
        pair(format.sample().code(), 0),
        position.0,
    ];
    let counters = EVENTS.into_iter().map(|event| telemetry.total(event));
    let worst = clock.hundreds_of_nanoseconds(telemetry.worst_lateness());
    let words = numbers.into_iter().chain(counters).chain([worst]);
    for (place, word) in bytes.as_chunks_mut::<8>().0.iter_mut().zip(words) {
        *place = word.to_le_bytes();
    }
    bytes
}

/// Says that something went wrong with stream `id` at `end`, which the counters tell. Not inlined: ticks that are well have no room for it.
#[inline(never)]
#[cold]
pub fn report(end: &End, id: u64, shared: &Shared) {
    let clock = &end.cable.common.clock;
    let telemetry = shared.telemetry();
    let total = |event| telemetry.total(event);
    acx::trace!(TRACE, Warning, "Glitch",
        "Cable": u32 = end.index,
        "Render": u32 = u32::from(end.direction == Direction::Render),
        "Stream": u64 = id,
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
