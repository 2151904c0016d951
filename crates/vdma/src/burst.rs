//! Packets that are delivered as fast as they are read, then in real time: which party fills the
//! next one, and which packets are filled.
//!
//! Two parties fill packets: a timer, and the call in which a client reports that it has read one.
//! They share one word, so neither waits for the other, and clients' queries read it.
//!
//! # Invariants
//!
//! At most one [`Fill`] exists. At most one filled packet is unread, because the client may still
//! use the other one of two packets in memory. A [`reset`](Burst::reset) invalidates earlier
//! `Fill`s: their results are ignored.

use crate::sync::{AtomicU64, Ordering};

/// Packets are wanted.
const RUNNING: u64 = 1;
/// The newest packet was not read.
const UNREAD: u64 = 2;
/// The next packet is being filled.
const FILLING: u64 = 4;
/// One filled packet; the count takes 45 bits, which 0.1 ms packets fill in a century.
const PACKET: u64 = 8;
/// One reset.
const RESET: u64 = 1 << 48;

/// The packets of a stream.
#[derive(Debug)]
pub struct Burst(AtomicU64);

/// The right to fill the next packet. If it is dropped without [`done`](Self::done), the packet is
/// not filled.
#[derive(Debug)]
pub struct Fill<'burst> {
    burst: &'burst Burst,
    /// The word at the claim.
    word: u64,
    skipped: u64,
}

const fn count(word: u64) -> u64 {
    word % RESET / PACKET
}

/// Nothing is filled or wanted.
impl Default for Burst {
    fn default() -> Self {
        Self(AtomicU64::new(0))
    }
}

impl Burst {
    /// Packets are wanted from now on.
    pub fn run(&self) {
        self.0.fetch_or(RUNNING, Ordering::AcqRel);
    }

    /// No more packets for now.
    pub fn pause(&self) {
        self.0.fetch_and(!RUNNING, Ordering::AcqRel);
    }

    /// Restarts at packet 0, not running.
    pub fn reset(&self) {
        self.change(|word| Some((word & !(RESET - 1)).wrapping_add(RESET)));
    }

    /// The number of packets filled or skipped.
    pub fn filled(&self) -> u64 {
        count(self.0.load(Ordering::Acquire))
    }

    /// Changes the word. Returns its value before and after, or None if `to` returns None.
    fn change(&self, to: impl Fn(u64) -> Option<u64>) -> Option<(u64, u64)> {
        let mut before = self.0.load(Ordering::Acquire);
        loop {
            let after = to(before)?;
            match self.0.compare_exchange(before, after, Ordering::AcqRel, Ordering::Acquire) {
                Ok(_) => return Some((before, after)),
                Err(found) => before = found,
            }
        }
    }

    const fn fill(&self, word: u64) -> Fill<'_> {
        Fill { burst: self, word, skipped: 0 }
    }

    /// For the timer: the right to fill the next packet, if packets are wanted, the client has read
    /// all filled ones, and the other party is not filling.
    pub fn next(&self) -> Option<Fill<'_>> {
        let claim =
            |word| (word & (RUNNING | UNREAD | FILLING) == RUNNING).then_some(word | FILLING);
        self.change(claim).map(|(_, word)| self.fill(word))
    }

    /// For the client's call: the newest packet, which now counts as read, and the right to fill
    /// the next one, if packets are wanted and the other party is not filling. None if nothing was
    /// filled yet.
    pub fn read(&self) -> Option<(u64, Option<Fill<'_>>)> {
        let (before, word) = self.change(|word| {
            let read = word & !UNREAD;
            let claimed = if word & (RUNNING | FILLING) == RUNNING { read | FILLING } else { read };
            (count(word) > 0).then_some(claimed)
        })?;
        let is_ours = (before ^ word) & FILLING != 0;
        Some((count(word).checked_sub(1)?, is_ours.then(|| self.fill(word))))
    }
}

impl Fill<'_> {
    /// The packet to fill.
    #[must_use]
    pub const fn packet(&self) -> u64 {
        count(self.word).saturating_add(self.skipped)
    }

    /// Skips the packet, whose audio is no longer available.
    pub const fn skip(&mut self) {
        self.skipped = self.skipped.saturating_add(1);
    }

    /// Reports the packet as filled. Returns false if the stream was reset meanwhile.
    #[must_use]
    pub fn done(mut self) -> bool {
        self.skip();
        self.end(UNREAD)
    }

    /// Returns the right. Since the claim only `RUNNING` may have changed.
    fn end(&mut self, flags: u64) -> bool {
        let claimed = core::mem::take(&mut self.word);
        let more = core::mem::take(&mut self.skipped).wrapping_mul(PACKET);
        let end = |word: u64| {
            let is_same = word & !RUNNING == claimed & !RUNNING;
            is_same.then(|| (word & !FILLING).wrapping_add(more) | flags)
        };
        self.burst.change(end).is_some()
    }
}

impl Drop for Fill<'_> {
    fn drop(&mut self) {
        self.end(0);
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    fn filled(fill: Option<Fill<'_>>) -> Option<u64> {
        fill.map(|fill| {
            let packet = fill.packet();
            assert!(fill.done());
            packet
        })
    }

    #[test]
    fn packets_come_one_at_a_time_as_fast_as_they_are_read() {
        let burst = Burst::default();
        assert!(burst.next().is_none(), "not running");
        assert!(burst.read().is_none(), "nothing filled");
        burst.run();
        assert_eq!(filled(burst.next()), Some(0));
        assert!(burst.next().is_none(), "the client has not read");
        for packet in 0..100 {
            let (newest, fill) = burst.read().unwrap();
            assert_eq!((newest, filled(fill)), (packet, Some(packet + 1)));
        }
        burst.pause();
        let (newest, fill) = burst.read().unwrap();
        assert!(newest == 100 && fill.is_none(), "paused: read, and nothing new");
        assert_eq!(burst.filled(), 101);
    }

    #[test]
    fn a_packet_that_is_not_there_is_filled_later_and_by_one_at_a_time() {
        let burst = Burst::default();
        burst.run();
        let first = burst.next().unwrap();
        assert!(burst.next().is_none(), "somebody is at it");
        drop(first);
        assert_eq!((burst.filled(), filled(burst.next())), (0, Some(0)));
        let (_, fill) = burst.read().unwrap();
        let (newest, other) = burst.read().unwrap();
        assert!(newest == 0 && other.is_none(), "the same packet again, while the next is filled");
        assert_eq!(filled(fill), Some(1));
    }

    #[test]
    fn what_is_passed_over_shows_in_the_numbers() {
        let burst = Burst::default();
        burst.run();
        let mut fill = burst.next().unwrap();
        fill.skip();
        fill.skip();
        assert_eq!(filled(Some(fill)), Some(2));
        let (_, fill) = burst.read().unwrap();
        let mut fill = fill.unwrap();
        fill.skip();
        drop(fill);
        assert_eq!(burst.filled(), 4, "passed over, and not filled");
        assert_eq!(filled(burst.next()), Some(4));
    }

    #[test]
    fn a_read_too_early_claims_nothing() {
        let burst = Burst::default();
        burst.run();
        assert!(burst.read().is_none());
        assert_eq!(filled(burst.next()), Some(0));
    }

    #[test]
    fn a_packet_that_is_given_up_starts_nothing() {
        let burst = Burst::default();
        burst.run();
        let fill = burst.next().unwrap();
        burst.pause();
        drop(fill);
        assert!(burst.next().is_none(), "paused");
        burst.run();
        assert_eq!(filled(burst.next()), Some(0));
    }

    #[test]
    fn a_reset_begins_anew_and_ignores_who_was_at_it() {
        let burst = Burst::default();
        burst.run();
        let fill = burst.next().unwrap();
        burst.reset();
        assert!(burst.next().is_none(), "it does not run");
        burst.run();
        let second = burst.next().unwrap();
        assert!(!fill.done());
        assert!(burst.next().is_none(), "the second one is still at it");
        assert!(second.done());
        assert_eq!((burst.filled(), burst.read().unwrap().0), (1, 0));
    }
}
