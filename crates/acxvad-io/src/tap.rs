//! Reads the audio that a speaker plays.

use acx_client::{Direction, Failed, System};
use acx_sys::STATUS_DEVICE_NOT_READY;

use crate::open::{Line, Options, Which};
use crate::{Counts, Error, Event};

/// Reads from a cable.
pub struct Tap<S> {
    line: Line<S>,
    /// Audio read from the device but not yet by the program.
    ready: Vec<u8>,
    taken: usize,
}

impl<S: System> Tap<S> {
    /// Opens the microphone's end of a cable, and starts to record.
    ///
    /// # Errors
    ///
    /// [`Error::Request`]: there is no such end, or it does not accept the format or the packets.
    pub fn open(system: S, which: impl Into<Which>, options: Options) -> Result<Self, Error> {
        let line = Line::open(system, Direction::Capture, which.into(), options)?;
        let mut tap = Self { line, ready: Vec::new(), taken: 0 };
        tap.line.run()?;
        Ok(tap)
    }

    /// Fills `frames`, and waits for them.
    ///
    /// # Errors
    ///
    /// [`Error`].
    pub fn read(&mut self, frames: &mut [u8]) -> Result<(), Error> {
        self.line.check(frames.len())?;
        let mut done = 0;
        loop {
            done += self.give(&mut frames[done..]);
            if done == frames.len() {
                return Ok(());
            }
            if self.line.stream.is_none() {
                // The next check runs it.
                self.line.await_device()?;
                continue;
            }
            if !self.line.await_packet() {
                // The event of a removed device is never signalled: the next request fails.
                let is_there = self.fetch();
                if self.line.stream.is_some() && !is_there {
                    return Err(Error::Stalled);
                }
            }
        }
    }

    /// Reads the available audio, in whole frames, without waiting. Returns the number of bytes.
    ///
    /// # Errors
    ///
    /// [`Error::Gone`] while the device is gone; [`Error::Frames`].
    pub fn try_read(&mut self, frames: &mut [u8]) -> Result<usize, Error> {
        self.line.check(frames.len())?;
        let done = self.give(frames);
        if done == 0 && !self.line.look() { Err(Error::Gone) } else { Ok(done) }
    }

    /// The maximum age, in frames, of the oldest frame that can be read next, since it passed the
    /// microphone's end: a packet, and the audio buffered here.
    pub fn latency(&self) -> u64 {
        let ready = (self.ready.len() - self.taken) / self.line.block();
        u64::from(self.line.options.packet) + ready as u64
    }

    /// The counts so far.
    pub fn counts(&self) -> Counts {
        self.line.counts
    }

    /// The number of times that the driver itself lost audio of the streams at this end, because
    /// the system ran its timers too late: packets skipped, and silence for lack of data
    /// (docs/telemetry.md).
    ///
    /// # Errors
    ///
    /// [`Error::Request`].
    pub fn lost_by_driver(&self) -> Result<u64, Error> {
        Ok(self.line.lost_by_driver()?)
    }

    /// The next event, if any.
    pub fn event(&mut self) -> Option<Event> {
        self.line.event()
    }

    fn give(&mut self, into: &mut [u8]) -> usize {
        let mut done = 0;
        loop {
            let more = (self.ready.len() - self.taken).min(into.len() - done);
            into[done..done + more].copy_from_slice(&self.ready[self.taken..self.taken + more]);
            self.taken += more;
            done += more;
            if done == into.len() || !self.fetch() {
                return done;
            }
        }
    }

    /// Fetches the newest packet, unless it was already fetched. Returns whether it did.
    fn fetch(&mut self) -> bool {
        let done = self.fetched();
        self.line.or_lost(done)
    }

    fn fetched(&mut self) -> Result<bool, Failed> {
        if !self.line.running {
            self.line.run()?;
        }
        let packet_bytes = self.line.packet_bytes();
        let Some(stream) = &mut self.line.stream else { return Ok(false) };
        let newest = match stream.read_packet() {
            Ok(read) => read.packet,
            Err(failed) if failed.status == STATUS_DEVICE_NOT_READY => return Ok(false),
            Err(failed) => return Err(failed),
        };
        // Packet numbers have 32 bits.
        let ahead = newest.wrapping_sub(stream.next() as u32).cast_signed();
        if ahead < 0 {
            return Ok(false);
        }
        let number = stream.next() + u64::from(ahead.cast_unsigned());
        self.ready.resize(packet_bytes, 0);
        stream.copy(newest, &mut self.ready);
        // Once the next packet is full, the driver overwrites the packet just read. The position
        // follows the clock; the register is updated later.
        let (position, _) = stream.position()?;
        let is_whole = position < (number + 2) * u64::from(self.line.options.packet);
        // In any case the next call looks for a later packet.
        stream.set_next(number + 1);
        let missed = u64::from(ahead.cast_unsigned()) + u64::from(!is_whole);
        self.taken = if is_whole { 0 } else { self.ready.len() };
        self.line.counts.packets += u64::from(is_whole);
        if missed > 0 {
            self.line.counts.overruns += missed;
            self.line.tell(Event::Overrun(missed));
        }
        Ok(true)
    }
}
