//! Reads what a speaker plays.

use acx_client::{Direction, Failed, System};
use acx_sys::STATUS_DEVICE_NOT_READY;

use crate::open::{Line, Options, Which};
use crate::{Counts, Error, Event};

/// Reads from a cable.
pub struct Tap<S> {
    line: Line<S>,
    /// What was read of the device and not by the program yet.
    ready: Vec<u8>,
    taken: usize,
}

impl<S: System> Tap<S> {
    /// Opens the microphone's end of a cable, and starts to record.
    ///
    /// # Errors
    ///
    /// [`Error::Request`]: there is no such end, or it does not take the format or the packets.
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
                // The next look at it lets it run.
                self.line.await_device()?;
                continue;
            }
            if !self.line.await_packet() {
                // The event of a device that went does not come: the next request says so.
                let is_there = self.fetch();
                if self.line.stream.is_some() && !is_there {
                    return Err(Error::Stalled);
                }
            }
        }
    }

    /// Reads what is there, in whole frames, and waits for nothing; how many bytes it was.
    ///
    /// # Errors
    ///
    /// [`Error::Gone`] while the device is gone; [`Error::Frames`].
    pub fn try_read(&mut self, frames: &mut [u8]) -> Result<usize, Error> {
        self.line.check(frames.len())?;
        let done = self.give(frames);
        if done == 0 && !self.line.look() { Err(Error::Gone) } else { Ok(done) }
    }

    /// Frames since the oldest one that can be read next went past the microphone's end, at most: a
    /// packet, and what is ready here.
    pub fn latency(&self) -> u64 {
        let ready = (self.ready.len() - self.taken) / self.line.block();
        u64::from(self.line.options.packet) + ready as u64
    }

    /// The counts so far.
    pub fn counts(&self) -> Counts {
        self.line.counts
    }

    /// How often the driver itself lost audio of the streams at this end, because the system ran
    /// its timers too late: packets skipped, and silence for want of data (docs/telemetry.md).
    ///
    /// # Errors
    ///
    /// [`Error::Request`].
    pub fn lost_by_driver(&self) -> Result<u64, Error> {
        Ok(self.line.lost_by_driver()?)
    }

    /// The events since the last call, one at a time.
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

    /// Fetches the newest packet, if it has not been; whether it did.
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
        // Once the next packet is full, the driver writes where this one was read from. The
        // position goes by the clock; the register is told after the fact.
        let (position, _) = stream.position()?;
        let is_whole = position < (number + 2) * u64::from(self.line.options.packet);
        // Whatever came of it, the next call looks for a later packet.
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
