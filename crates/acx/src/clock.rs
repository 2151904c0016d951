//! The clock of a stream without hardware: how far it is at any moment, as one word that position
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
//! // When the first packet will be done: for the timer that reports it.
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

/// The word's highest bit: the clock is stopped, and the rest is its frame. Otherwise the word is
/// the moment at which frame 0 was, or would have been.
const STOPPED: u64 = 1 << 63;

/// Counts frames and packets in real time while its stream runs.
///
/// Control callbacks set it; any callback reads it, at any IRQL. Frames are counted from the
/// counter's value and never added up, so no rounding accumulates.
#[derive(Debug)]
pub struct PacketClock {
    /// Frames in a second.
    rate: u32,
    /// Ticks of the performance counter in a second.
    frequency: u64,
    word: AtomicU64,
    /// Frames of a packet.
    packet: AtomicU64,
    /// The client has written its last packet.
    ended: AtomicBool,
}

impl PacketClock {
    /// A stopped clock at frame 0. `rate`: frames in a second.
    pub fn new(rate: u32) -> Self {
        Self::with_frequency(rate, Qpc::frequency())
    }

    /// As [`new`](Self::new), for a counter of `frequency` ticks in a second. For tests.
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
    /// [`Error::InvalidParameter`] for a packet without a frame.
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

    /// Goes on at `now` from where it is, and answers when the packet in progress ends. For `run`.
    pub fn run(&self, now: Qpc) -> Qpc {
        let Frames(frames) = self.position(now).frames;
        self.word.store(now.0.wrapping_sub(self.ticks(frames)) & !STOPPED, Ordering::Release);
        self.time_of_packet(self.current_packet(now).saturating_add(1))
    }

    /// Stops where it is at `now`. For `pause`.
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

    /// The packet in progress at `now`, counted from 0.
    pub fn current_packet(&self, now: Qpc) -> u64 {
        let Position { frames, .. } = self.position(now);
        frames.0.checked_div(self.packet.load(Ordering::Relaxed)).unwrap_or(0)
    }

    /// When `frames` are over, if the clock runs.
    pub fn time_of(&self, frames: Frames) -> Qpc {
        let origin = self.word.load(Ordering::Acquire) & !STOPPED;
        Qpc(origin.saturating_add(self.ticks(frames.0)))
    }

    /// When packet `number` begins, if the clock runs.
    pub fn time_of_packet(&self, number: u64) -> Qpc {
        self.time_of(Frames(number.saturating_mul(self.packet.load(Ordering::Relaxed))))
    }

    /// The answer to a client that has written `packet` at `now`: the next one is in time, and the
    /// one in progress while the clock stands. `packet` is cut to 32 bits, as clients count. `end`:
    /// it is the stream's last one, and has so many frames.
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

    /// Ticks of the counter that `frames` last, rounded up: the frame is over then.
    fn ticks(&self, frames: u64) -> u64 {
        let ticks = u128::from(frames).saturating_mul(self.frequency.into());
        u64::try_from(ticks.div_ceil(u128::from(self.rate).max(1))).unwrap_or(u64::MAX)
    }
}

/// Reports the ends of a stream's packets: what the timer of a stream without an interrupt does.
pub struct PacketEnds {
    clock: Arc<PacketClock>,
    notifier: Notifier,
    /// Packets that are reported.
    reported: u64,
}

impl PacketEnds {
    /// For the stream that `clock` and `notifier` belong to.
    pub fn new(clock: Arc<PacketClock>, notifier: Notifier) -> Self {
        Self { clock, notifier, reported: 0 }
    }

    /// Starts over at packet 0, with the clock. For `prepare_hardware`.
    pub fn reset(&mut self) {
        self.clock.reset();
        self.reported = 0;
    }

    /// Reports the newest packet that is over at `now`, with the moment at which it was, unless it
    /// is reported already; answers when the packet in progress ends. After a stall it reports the
    /// newest packet only.
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
