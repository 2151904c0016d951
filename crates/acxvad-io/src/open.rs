//! Selection of an end, and opening of its stream, also again after the device was removed.

use std::collections::VecDeque;
use std::time::Duration;

use acx_client::endpoint::{Endpoint, WaveFormat};
use acx_client::event::EventStream;
use acx_client::hidden::{self, HiddenEnd};
use acx_client::telemetry::{self, COUNTERS};
use acx_client::{Direction, Failed, System};
use acx_sys::{AUDIO_SIGNALPROCESSINGMODE_RAW, STATUS_OBJECT_NAME_NOT_FOUND};

use crate::{Counts, EVENTS, Error, Event};

/// The wait for a packet after which the device counts as stalled.
pub(crate) const STALLED: Duration = Duration::from_secs(1);

/// The interval at which a removed device is looked for.
const LOOK: Duration = Duration::from_millis(100);

/// Selects an end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Which {
    /// That of a cable, counted from 0.
    Cable(u32),
    /// The end with a name; case is ignored: the circuit's (`Speaker0`), the end's own, or for a
    /// hidden end the one that users see for the other end of its cable.
    Named(String),
}

impl From<u32> for Which {
    fn from(cable: u32) -> Self {
        Self::Cable(cable)
    }
}

impl From<&str> for Which {
    fn from(name: &str) -> Self {
        Self::Named(name.to_owned())
    }
}

/// Options for opening a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// The format that the program writes or reads.
    pub format: WaveFormat,
    /// Frames per packet: at least one millisecond. A feed is two packets ahead of the cable.
    pub packet: u32,
    /// The maximum wait for a device that is gone; None for no limit.
    pub patience: Option<Duration>,
}

impl Options {
    /// Two channels of 32-bit float, packets of 10 ms, and no limit of the wait.
    pub fn stereo_f32(rate: u32) -> Self {
        let format =
            WaveFormat { float: true, channels: 2, mask: 3, rate, bits: 32, valid_bits: 32 };
        Self::new(format)
    }

    /// This format, packets of 10 ms, and no limit of the wait.
    pub fn new(format: WaveFormat) -> Self {
        Self { format, packet: format.rate / 100, patience: None }
    }

    /// The same options with packets of `frames` frames.
    #[must_use]
    pub fn packet(self, frames: u32) -> Self {
        Self { packet: frames, ..self }
    }
}

fn end(system: &dyn System, direction: Direction, which: &Which) -> Result<Endpoint, Failed> {
    let wanted = match which {
        Which::Cable(cable) => hidden::Which::Cable(*cable),
        Which::Named(name) => hidden::Which::Named(name),
    };
    match HiddenEnd::find(system, direction, wanted) {
        Ok(found) => return Ok(found.endpoint),
        Err(failed) if failed.status != STATUS_OBJECT_NAME_NOT_FOUND => return Err(failed),
        Err(_) => {}
    }
    match which {
        Which::Named(name) => Endpoint::named(system, &[direction], name),
        Which::Cable(cable) => {
            let mut all = hidden::visible(system, direction)?.into_iter();
            let found = all.find(|(number, _)| *number == *cable as usize);
            found.map(|(_, endpoint)| endpoint).ok_or(Failed {
                what: "finding the end of a cable",
                status: STATUS_OBJECT_NAME_NOT_FOUND,
            })
        }
    }
}

/// A stream that is opened again when its device returns.
pub(crate) struct Line<S> {
    pub(crate) system: S,
    direction: Direction,
    which: Which,
    pub(crate) options: Options,
    pub(crate) stream: Option<EventStream>,
    /// Whether the stream is in Run.
    pub(crate) running: bool,
    pub(crate) counts: Counts,
    events: VecDeque<Event>,
}

impl<S: System> Line<S> {
    pub(crate) fn open(
        system: S,
        direction: Direction,
        which: Which,
        options: Options,
    ) -> Result<Self, Error> {
        let (frames, rate) = (options.packet, options.format.rate);
        if !(1..=rate.saturating_mul(2)).contains(&frames) {
            return Err(Error::Packet { frames, rate });
        }
        let (counts, events) = (Counts::default(), VecDeque::new());
        let (stream, running) = (None, false);
        let mut line = Self { system, direction, which, options, stream, running, counts, events };
        line.stream = Some(line.opened()?);
        Ok(line)
    }

    fn opened(&self) -> Result<EventStream, Failed> {
        let endpoint = end(&self.system, self.direction, &self.which)?;
        let (format, mode) = (self.options.format, &AUDIO_SIGNALPROCESSINGMODE_RAW);
        let stream = EventStream::open(&self.system, &endpoint, format, mode, self.options.packet)?;
        stream.prepare()?;
        Ok(stream)
    }

    /// The number of losses at this end due to late timers of the driver, from its telemetry.
    pub(crate) fn lost_by_driver(&self) -> Result<u64, Failed> {
        let endpoint = end(&self.system, self.direction, &self.which)?;
        let streams = telemetry::counters(&endpoint)?;
        let is_loss = |name| matches!(name, "packets_skipped" | "wire_silence");
        let lost = |stream: &telemetry::Counters| {
            let counts = COUNTERS.iter().zip(stream.counts);
            counts.filter(|((_, name), _)| is_loss(*name)).map(|(_, count)| count).sum::<u64>()
        };
        Ok(streams.iter().map(lost).sum())
    }

    pub(crate) fn tell(&mut self, event: Event) {
        if self.events.len() == EVENTS {
            self.events.pop_front();
        }
        self.events.push_back(event);
    }

    pub(crate) fn event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    /// Runs the stream, if the device exists.
    pub(crate) fn run(&mut self) -> Result<(), Failed> {
        if let Some(stream) = &self.stream {
            stream.run()?;
            self.running = true;
        }
        Ok(())
    }

    /// Returns whether a packet was transferred; a failed request means that the device was
    /// removed.
    pub(crate) fn or_lost(&mut self, done: Result<bool, Failed>) -> bool {
        done.unwrap_or_else(|failed| {
            self.lost(failed);
            false
        })
    }

    /// Handles the removal of the device.
    pub(crate) fn lost(&mut self, failed: Failed) {
        self.running = false;
        if self.stream.take().is_some() {
            self.counts.gone += 1;
            self.tell(Event::Gone(failed.status));
        }
    }

    /// Looks once for a removed device. Returns whether it exists.
    pub(crate) fn look(&mut self) -> bool {
        if self.stream.is_none()
            && let Ok(stream) = self.opened()
        {
            self.stream = Some(stream);
            self.tell(Event::Back);
        }
        self.stream.is_some()
    }

    /// Waits until the device exists.
    pub(crate) fn await_device(&mut self) -> Result<(), Error> {
        let mut waited = Duration::ZERO;
        while !self.look() {
            if self.options.patience.is_some_and(|patience| waited >= patience) {
                return Err(Error::Gone);
            }
            self.system.sleep(LOOK);
            waited += LOOK;
        }
        Ok(())
    }

    /// Waits for the next packet. Returns whether one was completed.
    pub(crate) fn await_packet(&self) -> bool {
        let event = self.stream.as_ref().map(EventStream::event);
        event.is_none_or(|event| self.system.wait_any(&[event], STALLED).is_some())
    }

    pub(crate) fn block(&self) -> usize {
        self.options.format.block_align()
    }

    pub(crate) fn packet_bytes(&self) -> usize {
        self.options.packet as usize * self.block()
    }

    pub(crate) fn check(&self, bytes: usize) -> Result<(), Error> {
        let block = self.block();
        if bytes.is_multiple_of(block) { Ok(()) } else { Err(Error::Frames { bytes, block }) }
    }
}
