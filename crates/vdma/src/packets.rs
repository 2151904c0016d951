//! Packets in memory, packet numbers, and the client's marks.

use core::array;

use crate::sync::{AtomicBool, AtomicU64, Ordering, fence};
use crate::{Error, Result};

/// Bytes of a page; buffers that are mapped into a client are whole pages.
pub const PAGE: usize = 4096;

/// The longest packet: its length easily fits in the mark's 30 bits.
pub const MAX_PACKET: usize = 1 << 28;

/// The memory layout of a stream's packets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layout {
    /// Whether there are two packets.
    is_double: bool,
    bytes: u32,
}

impl Layout {
    /// `count` packets (1: timer driven, 2: event driven) of `bytes` each, for frames of
    /// `block_align` bytes.
    ///
    /// # Errors
    ///
    /// [`Error::BadPacketCount`], or [`Error::BadPacketSize`]: empty, not whole frames, above
    /// [`MAX_PACKET`], or, for a single packet, which is mapped twice back to back, not whole
    /// pages.
    pub fn new(count: u32, bytes: u32, block_align: usize) -> Result<Self> {
        let is_double = match count {
            1 => false,
            2 => true,
            _ => return Err(Error::BadPacketCount),
        };
        let size = usize::try_from(bytes).map_err(|_| Error::BadPacketSize)?;
        let whole = size.is_multiple_of(block_align);
        let mappable = is_double || size.is_multiple_of(PAGE);
        if size == 0 || size > MAX_PACKET || !whole || !mappable {
            return Err(Error::BadPacketSize);
        }
        Ok(Self { is_double, bytes })
    }

    /// The number of packets: 1 or 2.
    pub const fn count(self) -> usize {
        if self.is_double { 2 } else { 1 }
    }

    /// The size of a packet in bytes.
    #[expect(clippy::as_conversions, reason = "at most MAX_PACKET, which is of this type")]
    pub const fn bytes(self) -> usize {
        self.bytes as usize
    }

    /// The size of one packet's pages in bytes.
    pub const fn allocation(self) -> usize {
        self.bytes().next_multiple_of(PAGE)
    }

    /// The offset of packet `slot` in its pages: packet 0 of two ends at the end of its last page,
    /// every other packet begins at its first page, so that two packets are contiguous when their
    /// pages are mapped consecutively.
    pub const fn offset(self, slot: usize) -> usize {
        if self.is_double && slot == 0 { self.allocation().saturating_sub(self.bytes()) } else { 0 }
    }
}

/// The low 32 bits of a packet's number, as in the DDI.
#[expect(clippy::as_conversions, reason = "cutting to 32 bits is what it is for")]
pub(crate) fn cut(number: u64) -> u32 {
    number as u32
}

const VALID: u64 = 1 << 63;

/// The state of a render packet when the engine reaches it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mark {
    /// The client does not use marks: play the memory's contents.
    NotInForce,
    /// This many bytes are valid.
    Valid(usize),
    /// The client has not written it.
    Missing,
    /// The stream has ended.
    Ended,
}

/// Whether a word is the mark of a packet.
fn is_mark_of(word: u64, number: u32) -> bool {
    word & VALID != 0 && cut(word) == number
}

impl Mark {
    /// Decodes a word of [`Marks`].
    fn of(word: u64) -> Self {
        Self::Valid(usize::try_from(word >> 32 & 0x3FFF_FFFF).unwrap_or(0))
    }
}

/// The client's marks: the packets that it has written, and the length of the last one.
#[derive(Debug)]
pub struct Marks {
    slots: [AtomicU64; 2],
    /// True from the first mark after a stop on, accepted or refused.
    in_force: AtomicBool,
    /// True from the mark of the last packet on.
    ended: AtomicBool,
    /// The current packet that was refused as late before marks were in force, and [`VALID`].
    refused: AtomicU64,
    /// The last packet that began without a mark, and [`VALID`].
    missed: AtomicU64,
}

impl Default for Marks {
    fn default() -> Self {
        Self {
            slots: array::from_fn(|_| AtomicU64::new(0)),
            in_force: AtomicBool::new(false),
            ended: AtomicBool::new(false),
            refused: AtomicU64::new(0),
            missed: AtomicU64::new(0),
        }
    }
}

impl Marks {
    /// Clears everything after a stop.
    pub(crate) fn clear(&self) {
        for slot in &self.slots {
            slot.store(0, Ordering::Relaxed);
        }
        self.in_force.store(false, Ordering::Relaxed);
        self.ended.store(false, Ordering::Relaxed);
        self.refused.store(0, Ordering::Relaxed);
        self.missed.store(0, Ordering::Relaxed);
    }

    /// Marks `packet` while `current` is the current packet. `last` holds the valid bytes of the
    /// stream's last packet.
    ///
    /// The numbers are compared modulo 2^32.
    pub(crate) fn set(
        &self,
        current: u64,
        running: bool,
        packet: u32,
        last: Option<u32>,
        packet_bytes: usize,
        block_align: usize,
    ) -> Result<()> {
        let length = match last {
            None => packet_bytes,
            Some(length) => {
                let length = usize::try_from(length).map_err(|_| Error::BadEndOfStreamLength)?;
                if length > packet_bytes || !length.is_multiple_of(block_align.max(1)) {
                    return Err(Error::BadEndOfStreamLength);
                }
                length
            }
        };
        if self.ended.load(Ordering::Relaxed) {
            return Err(Error::AfterEndOfStream);
        }
        let ahead = packet.wrapping_sub(cut(current)).cast_signed();
        let answer = match ahead {
            0 if running => Err(Error::Late),
            0 | 1 => Ok(()),
            ahead if ahead > 0 => Err(Error::Overrun),
            _ => Err(Error::Late),
        };
        if answer.is_err() {
            // The client uses marks, so packets not marked in time are not played. The current
            // packet began before that was known: the rest of it is silence.
            if !self.in_force.load(Ordering::Relaxed) {
                if ahead == 0 {
                    self.refused.store(VALID | u64::from(packet), Ordering::Relaxed);
                }
                self.in_force.store(true, Ordering::Release);
            }
            return answer;
        }
        let length = u64::try_from(length).unwrap_or(0);
        let word = VALID | length << 32 | u64::from(packet);
        if last.is_some() {
            self.ended.store(true, Ordering::Relaxed);
        }
        // Release: the tick that reads the mark sees the client's earlier writes.
        self.slot(packet).store(word, Ordering::Release);
        self.in_force.store(true, Ordering::Release);
        // The packet may have begun since `current` was read. Either this call sees that, or the
        // tick, which reads the mark again after publishing it, sees the mark: the exchange decides
        // for both.
        fence(Ordering::SeqCst);
        if running
            && self.missed.load(Ordering::Relaxed) == VALID | u64::from(packet)
            && self.withdraw(packet, word)
        {
            if last.is_some() {
                self.ended.store(false, Ordering::Relaxed);
            }
            return Err(Error::Late);
        }
        Ok(())
    }

    /// Removes a mark, if it is still set.
    fn withdraw(&self, packet: u32, word: u64) -> bool {
        let slot = self.slot(packet);
        slot.compare_exchange(word, 0, Ordering::Acquire, Ordering::Relaxed).is_ok()
    }

    /// Consumes the mark of `packet`, which has begun. Only the tick does this, and it publishes
    /// the packet's completion later: until then no client marks the packet after the next, which
    /// uses the same slot. So a client can only set this packet's mark or an older one there, and
    /// clearing it needs no exchange, which would wait for every store before it.
    ///
    /// A packet without a mark is [`Mark::Missing`] exactly if a client that marks it too late gets
    /// an error.
    pub(crate) fn take(&self, packet: u64) -> Mark {
        if !self.in_force.load(Ordering::Acquire) {
            return Mark::NotInForce;
        }
        let number = cut(packet);
        let slot = self.slot(number);
        let word = slot.load(Ordering::Acquire);
        if is_mark_of(word, number) {
            slot.store(0, Ordering::Relaxed);
            return Mark::of(word);
        }
        self.take_late(number)
    }

    /// [`take`](Self::take) for a packet without a mark: reads it once more. Rare, so kept out of
    /// the usual path.
    #[cold]
    #[inline(never)]
    fn take_late(&self, number: u32) -> Mark {
        self.missed.store(VALID | u64::from(number), Ordering::Relaxed);
        fence(Ordering::SeqCst);
        let word = self.slot(number).load(Ordering::Acquire);
        if is_mark_of(word, number) && self.withdraw(number, word) {
            return Mark::of(word);
        }
        if self.ended.load(Ordering::Relaxed) { Mark::Ended } else { Mark::Missing }
    }

    /// Whether `packet`, which began without a mark, was since refused as late.
    pub(crate) fn is_refused(&self, packet: u64) -> bool {
        self.in_force.load(Ordering::Acquire)
            && self.refused.load(Ordering::Relaxed) == VALID | u64::from(cut(packet))
    }

    /// Whether the client uses marks.
    pub(crate) fn in_force(&self) -> bool {
        self.in_force.load(Ordering::Relaxed)
    }

    fn slot(&self, packet: u32) -> &AtomicU64 {
        let [even, odd] = &self.slots;
        if packet.is_multiple_of(2) { even } else { odd }
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn two_packets_are_contiguous_when_their_pages_are() {
        for bytes in [4u32, 1920, 4096, 4100, 7680, 65_536] {
            let layout = Layout::new(2, bytes, 4).unwrap();
            assert_eq!(layout.offset(0) + layout.bytes(), layout.allocation());
            assert_eq!(layout.offset(1), 0);
            assert!(layout.allocation().is_multiple_of(PAGE));
        }
    }

    #[test]
    fn bad_geometry_is_refused() {
        for count in [0, 3, u32::MAX] {
            assert_eq!(Layout::new(count, 4096, 4), Err(Error::BadPacketCount));
        }
        for (count, bytes) in
            [(2, 0), (2, 1921), (2, u32::MAX), (1, 1920), (1, 0), (1, u32::MAX - 4095)]
        {
            assert_eq!(
                Layout::new(count, bytes, 4),
                Err(Error::BadPacketSize),
                "{count} of {bytes}"
            );
        }
        assert_eq!(Layout::new(2, 4096, 0), Err(Error::BadPacketSize));
        let most = u32::try_from(MAX_PACKET).unwrap();
        assert_eq!(Layout::new(2, most, 1).map(Layout::bytes), Ok(MAX_PACKET));
        assert_eq!(Layout::new(2, most + 1, 1), Err(Error::BadPacketSize));
    }

    fn set(
        marks: &Marks,
        current: u64,
        running: bool,
        packet: u32,
        last: Option<u32>,
    ) -> Result<()> {
        marks.set(current, running, packet, last, 1920, 4)
    }

    proptest! {
        #[test]
        fn answers_hold_across_the_32_bit_wrap(current in any::<u64>()) {
            let at = |offset: i32| cut(current).wrapping_add_signed(offset);
            for (running, offset, answer) in [
                (false, -1, Err(Error::Late)),
                (false, 0, Ok(())),
                (false, 1, Ok(())),
                (false, 2, Err(Error::Overrun)),
                (true, -1, Err(Error::Late)),
                (true, 0, Err(Error::Late)),
                (true, 1, Ok(())),
                (true, 2, Err(Error::Overrun)),
                (true, i32::MAX, Err(Error::Overrun)),
                (true, i32::MIN, Err(Error::Late)),
            ] {
                let marks = Marks::default();
                prop_assert_eq!(set(&marks, current, running, at(offset), None), answer);
            }
        }

        #[test]
        fn a_mark_is_taken_once_and_only_by_its_packet(current in any::<u32>()) {
            let current = u64::from(current);
            let marks = Marks::default();
            prop_assert_eq!(marks.take(current), Mark::NotInForce);
            set(&marks, current, false, cut(current + 1), None).unwrap();
            prop_assert_eq!(marks.take(current), Mark::Missing);
            // Every second packet uses its slot; after a stall the slot has a stale mark.
            prop_assert_eq!(marks.take(current + 3), Mark::Missing);
            prop_assert_eq!(marks.take(current + 1), Mark::Valid(1920));
            prop_assert_eq!(marks.take(current + 1), Mark::Missing);
        }
    }

    #[test]
    fn a_mark_that_comes_after_its_packet_has_begun_is_refused() {
        let marks = Marks::default();
        set(&marks, 0, false, 0, None).unwrap();
        assert_eq!(marks.take(0), Mark::Valid(1920));
        assert_eq!(marks.take(1), Mark::Missing);
        // The client read the current packet, 0, before it ended.
        assert_eq!(set(&marks, 0, true, 1, None), Err(Error::Late));
        assert_eq!(set(&marks, 0, true, 1, Some(100)), Err(Error::Late));
        assert_eq!(
            set(&marks, 1, true, 2, None),
            Ok(()),
            "a last packet that was refused ends nothing"
        );
        assert_eq!(marks.take(2), Mark::Valid(1920));
        // A paused stream accepts the current packet, as always.
        assert_eq!(marks.take(3), Mark::Missing);
        assert_eq!(set(&marks, 3, false, 3, None), Ok(()));
        marks.clear();
        assert_eq!(set(&marks, 2, true, 3, None), Ok(()), "nothing is known of a stream before");
    }

    #[test]
    fn a_client_that_was_refused_marks_what_it_writes() {
        let marks = Marks::default();
        assert_eq!(set(&marks, 4, true, 4, None), Err(Error::Late));
        assert!(marks.is_refused(4) && !marks.is_refused(5));
        // From now on unmarked packets are not played.
        assert_eq!(marks.take(5), Mark::Missing);
        marks.clear();
        assert!(!marks.is_refused(4));
        assert_eq!(marks.take(5), Mark::NotInForce);
        assert_eq!(set(&marks, 4, false, 5, None), Ok(()));
        assert!(!marks.is_refused(4), "it was refused in an earlier run");
    }

    #[test]
    fn the_first_packet_is_missing_like_any_other() {
        let marks = Marks::default();
        assert_eq!(set(&marks, 0, false, 1, None), Ok(()));
        assert_eq!(marks.take(0), Mark::Missing);
    }

    #[test]
    fn a_stream_that_waits_keeps_the_marks_of_both_packets() {
        for current in 0..6 {
            let marks = Marks::default();
            for packet in [current, current + 1] {
                assert_eq!(set(&marks, current, false, cut(packet), None), Ok(()));
            }
            let taken = [current, current + 1].map(|packet| marks.take(packet));
            assert_eq!(taken, [Mark::Valid(1920); 2], "{current}");
        }
    }

    #[test]
    fn the_last_packet_ends_the_stream() {
        let marks = Marks::default();
        assert_eq!(set(&marks, 4, true, 5, Some(1921)), Err(Error::BadEndOfStreamLength));
        assert_eq!(set(&marks, 4, true, 5, Some(6)), Err(Error::BadEndOfStreamLength));
        let whole = Marks::default();
        assert_eq!(set(&whole, 4, true, 5, Some(1920)), Ok(()));
        assert_eq!(whole.take(5), Mark::Valid(1920));
        assert_eq!(set(&marks, 4, true, 5, Some(100)), Ok(()));
        assert_eq!(set(&marks, 5, true, 6, None), Err(Error::AfterEndOfStream));
        assert_eq!(marks.take(5), Mark::Valid(100));
        assert_eq!(marks.take(6), Mark::Ended);
        marks.clear();
        assert_eq!(set(&marks, 0, false, 0, Some(0)), Ok(()), "an empty last packet is allowed");
        assert_eq!(marks.take(0), Mark::Valid(0));
    }
}

#[cfg(all(test, loom))]
mod model {
    use super::*;
    use crate::snapshot::Snapshot;
    use loom::sync::Arc;
    use loom::thread;

    /// A tick clears the mark that it takes, without an exchange. The mark of the packet after the
    /// next, which uses the same slot, is not lost: no client sets it before the tick has published
    /// that it may.
    #[test]
    fn a_mark_that_is_taken_takes_no_later_one_with_it() {
        loom::model(|| {
            let marks = Arc::new(Marks::default());
            let completed = Arc::new(Snapshot::<1>::new());
            completed.store([1]);
            assert_eq!(marks.set(0, true, 1, None, 1920, 4), Ok(()));
            let client = {
                let (marks, completed) = (Arc::clone(&marks), Arc::clone(&completed));
                thread::spawn(move || {
                    let [current] = completed.load();
                    let next = cut(current).wrapping_add(1);
                    assert_eq!(marks.set(current, true, next, None, 1920, 4), Ok(()));
                    u64::from(next)
                })
            };
            assert_eq!(marks.take(1), Mark::Valid(1920));
            completed.store([2]);
            let next = client.join().unwrap();
            assert_eq!(marks.take(next), Mark::Valid(1920), "packet {next}");
        });
    }

    /// A tick that takes a mark sees the client's earlier writes, and takes the mark once.
    #[test]
    fn a_mark_brings_its_packet_and_is_taken_once() {
        loom::model(|| {
            let marks = Arc::new(Marks::default());
            let packet = Arc::new(AtomicU64::new(0));
            let client = {
                let (marks, packet) = (Arc::clone(&marks), Arc::clone(&packet));
                thread::spawn(move || {
                    packet.store(7, Ordering::Relaxed);
                    marks.set(0, true, 1, None, 1920, 4)
                })
            };
            let first = marks.take(1);
            if first == Mark::Valid(1920) {
                assert_eq!(packet.load(Ordering::Relaxed), 7);
            }
            let answer = client.join().unwrap();
            let second = marks.take(1);
            let valid = [first, second].into_iter().filter(|mark| *mark == Mark::Valid(1920));
            assert_eq!(valid.count(), usize::from(answer.is_ok()), "{first:?}, {second:?}");
        });
    }

    /// A client that marks a packet at its start gets the right result.
    #[test]
    fn a_mark_is_heard_or_refused() {
        loom::model(|| {
            let marks = Arc::new(Marks::default());
            assert_eq!(marks.set(0, false, 0, None, 1920, 4), Ok(()));
            let client = {
                let marks = Arc::clone(&marks);
                thread::spawn(move || marks.set(0, true, 1, None, 1920, 4))
            };
            let heard = marks.take(1) == Mark::Valid(1920);
            assert_eq!(client.join().unwrap().is_ok(), heard);
            assert_eq!(marks.take(1), Mark::Missing, "the mark is gone in either case");
        });
    }
}
