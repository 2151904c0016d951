//! Writes the audio that a microphone records.
//!
//! A packet is either recorded completely, or it is late and counts as an underrun. The driver
//! itself counts audio that it loses when its timer is late: `docs/programs.md`.

use acx_client::event::EventStream;
use acx_client::{Direction, Failed, System, request};
use acx_sys::STATUS_DATA_LATE_ERROR;

use crate::open::{Line, Options, Which};
use crate::{Counts, Error, Event};

/// Writes into a cable.
pub struct Feed<S> {
    line: Line<S>,
    /// The packet that is being filled.
    pending: Vec<u8>,
}

impl<S: System> Feed<S> {
    /// Opens the speaker's end of a cable.
    ///
    /// # Errors
    ///
    /// [`Error::Request`]: there is no such end, or it does not accept the format or the packets.
    pub fn open(system: S, which: impl Into<Which>, options: Options) -> Result<Self, Error> {
        let line = Line::open(system, Direction::Render, which.into(), options)?;
        Ok(Self { line, pending: Vec::new() })
    }

    /// Writes frames, and waits for buffer space. The stream starts with its second packet.
    ///
    /// # Errors
    ///
    /// [`Error`].
    pub fn write(&mut self, frames: &[u8]) -> Result<(), Error> {
        self.line.check(frames.len())?;
        let mut rest = frames;
        loop {
            rest = &rest[self.take(rest)..];
            if rest.is_empty() && self.pending.len() < self.line.packet_bytes() {
                return Ok(());
            }
            if self.line.stream.is_none() {
                // A stream that was just opened accepts packets at once.
                self.line.await_device()?;
                continue;
            }
            // The event of a removed device is never signalled: the next request fails.
            if !self.line.await_packet() && !self.take_over() && self.line.stream.is_some() {
                return Err(Error::Stalled);
            }
        }
    }

    /// Writes as many of these bytes as fit, in whole frames, without waiting. Returns their
    /// number. A packet that was filled early is passed to the device by a later call, which may
    /// have no bytes.
    ///
    /// # Errors
    ///
    /// [`Error::Gone`] while the device is gone; [`Error::Frames`].
    pub fn try_write(&mut self, frames: &[u8]) -> Result<usize, Error> {
        self.line.check(frames.len())?;
        if !self.line.look() {
            return Err(Error::Gone);
        }
        Ok(self.take(frames))
    }

    /// Fills a partial packet with silence, and waits until everything has been played.
    ///
    /// # Errors
    ///
    /// [`Error`].
    pub fn drain(&mut self) -> Result<(), Error> {
        let packet = self.line.packet_bytes();
        let whole = self.pending.len().next_multiple_of(packet);
        let silence = vec![0; whole - self.pending.len()];
        self.write(&silence)?;
        self.start();
        let last = self.line.stream.as_ref().map_or(0, EventStream::next);
        while let Some(stream) = &self.line.stream
            && stream.completed().0 < last
        {
            if !self.line.await_packet() {
                return Err(Error::Stalled);
            }
        }
        Ok(())
    }

    /// The number of frames that are played before the next frame written, including the driver's
    /// own delay at this end. The microphone's end records it after the cable's delay: 10 ms, and
    /// the delay of a resampler.
    ///
    /// # Errors
    ///
    /// [`Error::Request`]; [`Error::Gone`].
    pub fn latency(&self) -> Result<u64, Error> {
        let stream = self.line.stream.as_ref().ok_or(Error::Gone)?;
        let block = self.line.block() as u64;
        let written = stream.next() * u64::from(self.line.options.packet);
        let (position, _) = stream.position()?;
        let (_, delay) = request::hw_latency(stream.pin())?;
        let delay = u64::from(delay) * u64::from(self.line.options.format.rate) / 10_000_000;
        Ok(written.saturating_sub(position) + self.pending.len() as u64 / block + delay)
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

    /// Takes as many bytes as fit, and passes full packets to the device.
    fn take(&mut self, bytes: &[u8]) -> usize {
        let packet = self.line.packet_bytes();
        let mut taken = 0;
        loop {
            let more = (packet - self.pending.len()).min(bytes.len() - taken);
            self.pending.extend(&bytes[taken..taken + more]);
            taken += more;
            if self.pending.len() < packet || !self.take_over() {
                return taken;
            }
        }
    }

    /// Passes the pending packet to the device if it is full and its time is due. Returns whether
    /// it did.
    fn take_over(&mut self) -> bool {
        if self.pending.len() < self.line.packet_bytes() {
            return false;
        }
        let done = self.hand_over();
        self.line.or_lost(done)
    }

    fn hand_over(&mut self) -> Result<bool, Failed> {
        let Some(stream) = &mut self.line.stream else { return Ok(false) };
        // The register of a removed stream stops: only a request fails.
        let mut next = stream.next();
        let mut missed = 0;
        if self.line.running {
            stream.position()?;
            let (completed, _) = stream.completed();
            if next > completed + 1 {
                return Ok(false);
            }
            missed = (completed + 1) - next;
            next = completed + 1;
        }
        let is_late = match stream.write(next, &self.pending, None) {
            // It has already begun, with silence: its audio goes into the next packet.
            Err(failed) if failed.status == STATUS_DATA_LATE_ERROR => true,
            done => done.map(|()| false)?,
        };
        missed += u64::from(is_late);
        if missed > 0 {
            self.line.counts.underruns += missed;
            self.line.tell(Event::Underrun(missed));
        }
        if is_late {
            return Ok(true);
        }
        self.pending.clear();
        self.line.counts.packets += 1;
        if !self.line.running && next == 1 {
            self.line.run()?;
        }
        Ok(true)
    }

    /// Starts a stream that has fewer than two packets.
    fn start(&mut self) {
        if !self.line.running
            && let Err(failed) = self.line.run()
        {
            self.line.lost(failed);
        }
    }
}
