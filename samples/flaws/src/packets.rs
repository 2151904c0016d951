//! Packets of a stream: their length, what a client wrote, where the audio ends.

use core::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering::Relaxed};

use acx::clock::PacketClock;
use acx::packets::PacketLayout;
use acx::time::Qpc;
use acx::units::{Bytes, Frames};
use acx::{Error, Result};

/// The packet state that the callbacks of a stream share.
#[derive(Debug)]
pub struct Packets {
    /// The size of a frame in bytes.
    block: Bytes,
    /// Frames of a packet.
    length: AtomicU64,
    /// The frame where the audio ends.
    end: AtomicU64,
    has_ended: AtomicBool,
    /// The newest packet that the client wrote, if it wrote one.
    written: AtomicU32,
    has_written: AtomicBool,
    /// The current packet that was refused as late, plus one.
    refused: AtomicU64,
}

impl Packets {
    /// For a stream without packets, whose frames have this many bytes.
    pub fn new(block: Bytes) -> Self {
        Self {
            block,
            length: AtomicU64::new(1),
            end: AtomicU64::new(u64::MAX),
            has_ended: AtomicBool::new(false),
            written: AtomicU32::new(0),
            has_written: AtomicBool::new(false),
            refused: AtomicU64::new(0),
        }
    }

    /// Frames of so many bytes, at least a millisecond of them unless `accepts_short`.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`].
    pub fn frames(&self, size: Bytes, rate: u64, accepts_short: bool) -> Result<Frames> {
        let frames = size.whole_frames(self.block).ok_or(Error::InvalidParameter)?;
        let is_short = frames.0.saturating_mul(1000) < rate;
        if is_short && !accepts_short { Err(Error::InvalidParameter) } else { Ok(frames) }
    }

    /// The layout of the packets: two in one buffer.
    ///
    /// # Errors
    ///
    /// [`PacketLayout`]'s errors.
    pub fn layout(count: u32, size: Bytes) -> Result<PacketLayout> {
        match count {
            2 => PacketLayout::one_buffer(size),
            _ => PacketLayout::contiguous(count, size),
        }
    }

    /// Sets the length of the packets.
    pub fn set_length(&self, frames: Frames) {
        self.length.store(frames.0, Relaxed);
    }

    /// Frames of a packet.
    pub fn length(&self) -> u64 {
        self.length.load(Relaxed).max(1)
    }

    /// Resets the stream. With a flaw the mark of a packet may stay.
    pub fn reset(&self, keeps_mark: bool) {
        self.end.store(u64::MAX, Relaxed);
        self.has_ended.store(false, Relaxed);
        if !keeps_mark {
            self.written.store(0, Relaxed);
        }
        self.has_written.store(false, Relaxed);
        self.refused.store(0, Relaxed);
    }

    /// The frame where the audio ends.
    pub fn end(&self) -> u64 {
        self.end.load(Relaxed)
    }

    /// The audio ends at this frame, whose packet counts as written.
    pub fn end_at(&self, frame: u64) {
        let last = frame.saturating_sub(1).checked_div(self.length()).unwrap_or(0);
        self.written.fetch_max(u32::try_from(last).unwrap_or(u32::MAX), Relaxed);
        self.end.store(frame, Relaxed);
    }

    /// The newest packet that the client wrote.
    pub fn written(&self) -> u32 {
        self.written.load(Relaxed)
    }

    /// Whether the client reports the packets that it writes.
    pub fn has_written(&self) -> bool {
        self.has_written.load(Relaxed)
    }

    /// Whether a frame lies in a packet that was written, if the client says which ones it writes.
    pub fn is_written(&self, frame: u64) -> bool {
        let number = frame.checked_div(self.length()).unwrap_or(0);
        !self.has_written() || number <= self.written().into()
    }

    /// Whether a frame lies in a packet that was refused as late.
    pub fn is_refused(&self, frame: u64) -> bool {
        let number = frame.checked_div(self.length()).unwrap_or(0);
        self.refused.load(Relaxed) == number.saturating_add(1)
    }

    /// A client wrote a packet, whose audio may end in it. Whether it does. A packet too far ahead
    /// may be accepted, which is wrong.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidState`] behind the end of the stream, [`Error::InvalidParameter`] for an end
    /// that is none, and what [`PacketClock::check_render_packet`] answers.
    pub fn write(
        &self,
        clock: &PacketClock,
        packet: u32,
        end: Option<Bytes>,
        accepts_far: bool,
    ) -> Result<bool> {
        if self.has_ended.load(Relaxed) {
            return Err(Error::InvalidState);
        }
        let valid = end.map(|end| end.whole_frames(self.block).ok_or(Error::InvalidParameter));
        let valid = valid.transpose()?;
        if valid.is_some_and(|Frames(valid)| valid > self.length()) {
            return Err(Error::InvalidParameter);
        }
        match clock.check_render_packet(packet, None, Qpc::now()) {
            Err(Error::Overrun) if accepts_far => {}
            Err(Error::Late) => {
                self.refused.store(u64::from(packet).saturating_add(1), Relaxed);
                return Err(Error::Late);
            }
            answer => answer?,
        }
        self.has_written.store(true, Relaxed);
        self.written.fetch_max(packet, Relaxed);
        let Some(Frames(valid)) = valid else { return Ok(false) };
        let begin = u64::from(packet).saturating_mul(self.length());
        self.end.store(begin.saturating_add(valid), Relaxed);
        self.has_ended.store(true, Relaxed);
        Ok(true)
    }

    /// The time of frame 0, in frames of this rate.
    pub fn base(clock: &PacketClock, rate: u64) -> u64 {
        let ticks = u128::from(clock.time_of(Frames(0)).0);
        let frames = ticks.saturating_mul(rate.into());
        let frames = frames.checked_div(Qpc::frequency().into()).unwrap_or(0);
        u64::try_from(frames).unwrap_or(0)
    }
}
