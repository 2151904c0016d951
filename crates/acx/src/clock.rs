//! The clock of a stream without hardware: its position at any time, in one word that position
//! calls read without a lock.
//!
//! ```
//! # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/example/host.rs"));
//! # fn main() { host::create(|_device| {
//! use acx::clock::PacketClock;
//! use acx::time::Qpc;
//! use acx::units::Frames;
//!
//! let clock = PacketClock::new(48_000);
//! clock.set_packet(Frames(480))?;
//! let start = Qpc::now();
//! // The end of the first packet, for the timer that reports it.
//! let end = clock.run(start);
//! assert_eq!(clock.current_packet(start), 0);
//! assert_eq!(clock.current_packet(end), 1);
//! assert_eq!(clock.position(end).frames, Frames(480));
//! # Ok(())
//! # }); }
//! ```

use core::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use crate::pool::Arc;
use crate::stream::{Notifier, Position};
use crate::time::Qpc;
use crate::timer::Expire;
use crate::units::{Frames, low_half};
use crate::{Dispatch, Error, Result};

/// The word's highest bit: the clock is stopped, and the other bits are its frame. Otherwise the
/// word is the counter's value at frame 0, which may be before the start.
const STOPPED: u64 = 1 << 63;

/// Counts frames and packets in real time while its stream runs.
///
/// Control callbacks set it; any callback reads it, at any IRQL. Frames are computed from the
/// counter's value and never summed, so no rounding error accumulates.
#[derive(Debug)]
pub struct PacketClock {
    /// Frames per second.
    rate: u32,
    /// Ticks of the performance counter per second.
    frequency: u64,
    word: AtomicU64,
    /// Frames of a packet.
    packet: AtomicU64,
    /// The client has written its last packet.
    ended: AtomicBool,
}

impl PacketClock {
    /// A stopped clock at frame 0. `rate`: frames per second.
    pub fn new(rate: u32) -> Self {
        Self::with_frequency(rate, Qpc::frequency())
    }

    /// Like [`new`](Self::new), for a counter of `frequency` ticks per second. For tests.
    pub const fn with_frequency(rate: u32, frequency: u64) -> Self {
        let frequency = if frequency == 0 { 1 } else { frequency };
        let rate = if rate == 0 { 1 } else { rate };
        Self {
            rate,
            frequency,
            word: AtomicU64::new(STOPPED),
            packet: AtomicU64::new(1),
            ended: AtomicBool::new(false),
        }
    }

    /// Sets the length of a packet. For `allocate_packets`.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] for a packet of no frames.
    pub fn set_packet(&self, length: Frames) -> Result<()> {
        if length.0 == 0 {
            return Err(Error::InvalidParameter);
        }
        self.packet.store(length.0, Ordering::Relaxed);
        Ok(())
    }

    /// Stops at frame 0. For `prepare_hardware` and `release_hardware`.
    pub fn reset(&self) {
        self.ended.store(false, Ordering::Relaxed);
        self.word.store(STOPPED, Ordering::Release);
    }

    /// Continues at `now` from its position, and returns the end of the current packet. For `run`.
    pub fn run(&self, now: Qpc) -> Qpc {
        let Frames(frames) = self.position(now).frames;
        self.word.store(now.0.wrapping_sub(self.ticks(frames)) & !STOPPED, Ordering::Release);
        self.time_of_packet(self.current_packet(now).saturating_add(1))
    }

    /// Stops at its position at `now`. For `pause`.
    pub fn pause(&self, now: Qpc) {
        let Frames(frames) = self.position(now).frames;
        self.word.store(frames | STOPPED, Ordering::Release);
    }

    /// The position at `now`.
    pub fn position(&self, now: Qpc) -> Position {
        let word = self.word.load(Ordering::Acquire);
        let frames = if word & STOPPED == 0 {
            let elapsed = u128::from(now.0.saturating_sub(word));
            let frames =
                elapsed.saturating_mul(self.rate.into()).checked_div(self.frequency.into());
            u64::try_from(frames.unwrap_or(0)).unwrap_or(u64::MAX)
        } else {
            word & !STOPPED
        };
        Position { frames: Frames(frames), at: now }
    }

    /// The current packet at `now`, counted from 0.
    pub fn current_packet(&self, now: Qpc) -> u64 {
        let Position { frames, .. } = self.position(now);
        frames.0.checked_div(self.packet.load(Ordering::Relaxed)).unwrap_or(0)
    }

    /// The time at which `frames` have passed, if the clock runs.
    pub fn time_of(&self, frames: Frames) -> Qpc {
        let origin = self.word.load(Ordering::Acquire) & !STOPPED;
        Qpc(origin.saturating_add(self.ticks(frames.0)))
    }

    /// The time at which packet `number` begins, if the clock runs.
    pub fn time_of_packet(&self, number: u64) -> Qpc {
        self.time_of(Frames(number.saturating_mul(self.packet.load(Ordering::Relaxed))))
    }

    /// Checks whether `packet`, written by a client at `now`, is in time: it must be the next
    /// packet, or the current one while the clock is stopped. `packet` is truncated to 32 bits, as
    /// clients count. `end`: this is the stream's last packet, with this number of frames.
    ///
    /// # Errors
    ///
    /// [`Error::Late`] or [`Error::Overrun`]; [`Error::InvalidParameter`] for an end beyond the
    /// packet, [`Error::InvalidState`] after the last packet.
    pub fn check_render_packet(&self, packet: u32, end: Option<Frames>, now: Qpc) -> Result<()> {
        if end.is_some_and(|end| end.0 > self.packet.load(Ordering::Relaxed)) {
            return Err(Error::InvalidParameter);
        }
        if self.ended.load(Ordering::Relaxed) {
            return Err(Error::InvalidState);
        }
        match packet.wrapping_sub(low_half(self.current_packet(now))).cast_signed() {
            ..0 => Err(Error::Late),
            0 if self.word.load(Ordering::Acquire) & STOPPED == 0 => Err(Error::Late),
            0 | 1 => {
                self.ended.store(end.is_some(), Ordering::Relaxed);
                Ok(())
            }
            2.. => Err(Error::Overrun),
        }
    }

    /// The duration of `frames` in counter ticks, rounded up so that the last frame has passed.
    fn ticks(&self, frames: u64) -> u64 {
        let ticks = u128::from(frames).saturating_mul(self.frequency.into());
        u64::try_from(ticks.div_ceil(u128::from(self.rate).max(1))).unwrap_or(u64::MAX)
    }
}

/// Reports the end of each packet, from the timer of a stream without an interrupt.
pub struct PacketEnds {
    clock: Arc<PacketClock>,
    notifier: Notifier,
    /// The number of packets reported.
    reported: u64,
}

impl PacketEnds {
    /// For the stream to which `clock` and `notifier` belong.
    pub fn new(clock: Arc<PacketClock>, notifier: Notifier) -> Self {
        Self { clock, notifier, reported: 0 }
    }

    /// Restarts at packet 0, with the clock. For `prepare_hardware`.
    pub fn reset(&mut self) {
        self.clock.reset();
        self.reported = 0;
    }

    /// Reports the newest packet that has ended at `now`, with the time of its end, unless it was
    /// reported before. Returns the end of the current packet. After a stall it reports only the
    /// newest packet.
    pub fn report(&mut self, now: Qpc, level: &mut Dispatch) -> Qpc {
        let current = self.clock.current_packet(now);
        if let Some(last) = current.checked_sub(1)
            && current > self.reported
        {
            self.notifier.notify_packet_complete(last, self.clock.time_of_packet(current), level);
            self.reported = current;
        }
        self.clock.time_of_packet(current.saturating_add(1))
    }
}

impl Expire for PacketEnds {
    fn expire(&mut self, level: &mut Dispatch) -> Option<Qpc> {
        Some(self.report(Qpc::now(), level))
    }
}
