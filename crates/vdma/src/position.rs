//! The half of a stream that any thread may use at any time: positions, packet numbers, marks,
//! counters. Atomics only.

use crate::clock::Clock;
use crate::format::Format;
use crate::packets::{Layout, Marks, cut};
use crate::snapshot::Snapshot;
use crate::sync::{AtomicU64, Ordering};
use crate::telemetry::{Event, Telemetry};
use crate::{Error, Frames, Qpc, Result};

/// The state of a stream that its moving half last published.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Published {
    pub(crate) running: bool,
    /// The stream sleeps: only whole packets are moved.
    pub(crate) asleep: bool,
    /// Stream position at `start`.
    pub(crate) base: u64,
    /// The device frame at which the stream last started to run.
    pub(crate) start: u64,
    /// The stream position up to which everything has been moved or, for a sleeping stream, will
    /// be.
    pub(crate) limit: u64,
    /// Completed packets.
    pub(crate) completed: u64,
}

/// Flags in its first word.
const RUNNING: u64 = 1;
const ASLEEP: u64 = 2;

impl Published {
    fn from_words([flags, base, start, limit, completed]: [u64; 5]) -> Self {
        let (running, asleep) = (flags & RUNNING != 0, flags & ASLEEP != 0);
        Self { running, asleep, base, start, limit, completed }
    }

    fn words(self) -> [u64; 5] {
        let flag = |is: bool, flag: u64| if is { flag } else { 0 };
        let flags = flag(self.running, RUNNING) | flag(self.asleep, ASLEEP);
        [flags, self.base, self.start, self.limit, self.completed]
    }

    /// The position at device frame `device`: never ahead of it, and never ahead of the frames
    /// moved.
    pub(crate) fn position(self, device: u64) -> u64 {
        self.reached(device).0
    }

    /// The position, and the device frame after the one at which it was reached, if `device` is
    /// past it: then a tick is late, and nothing has been moved since.
    fn reached(self, device: u64) -> (u64, Option<u64>) {
        if !self.running {
            return (self.base, None);
        }
        let elapsed = device.saturating_sub(self.start);
        let moved = self.limit.saturating_sub(self.base);
        let held = (elapsed > moved).then(|| self.start.saturating_add(moved).saturating_add(1));
        (self.base.saturating_add(elapsed.min(moved)), held)
    }
}

/// The shared half of a stream.
#[derive(Debug)]
pub struct Shared {
    format: Format,
    position: Snapshot<5>,
    /// The number of completed packets, the end of the last one, and its start.
    last: Snapshot<3>,
    /// One more than the newest capture packet that the client has read.
    read_to: AtomicU64,
    packet_bytes: AtomicU64,
    marks: Marks,
    telemetry: Telemetry,
}

impl Shared {
    /// A stream of `format`, stopped.
    pub fn new(format: Format) -> Self {
        Self {
            format,
            position: Snapshot::new(),
            last: Snapshot::new(),
            read_to: AtomicU64::new(0),
            packet_bytes: AtomicU64::new(0),
            marks: Marks::default(),
            telemetry: Telemetry::default(),
        }
    }

    /// The stream's format.
    pub fn format(&self) -> Format {
        self.format
    }

    /// The stream's counters.
    pub fn telemetry(&self) -> &Telemetry {
        &self.telemetry
    }

    /// The position and its time, both from one call of `now`. Frozen in pause, zero after a stop,
    /// never ahead of real time. While a tick is late, position and time stop at the last time of
    /// that position, so that each result is on the line however late the tick is, and times never
    /// go back.
    pub fn position(&self, clock: &Clock, now: impl Fn() -> Qpc) -> (Frames, Qpc) {
        let rate = self.format.rate();
        self.position.read(|words| {
            let now = now();
            let device = clock.frame(rate, now).0;
            let (position, held) = Published::from_words(words).reached(device);
            let last = |next| Qpc(clock.time_of(rate, Frames(next)).0.saturating_sub(1));
            let at = held.map_or(now, |next| last(next).min(now));
            (Frames(position), at)
        })
    }

    /// Whether the stream is running.
    pub fn is_running(&self) -> bool {
        self.published().running
    }

    /// The number of frames moved from or to its packets since the start, for a stream that never
    /// sleeps.
    pub fn fetched(&self) -> Frames {
        Frames(self.published().limit)
    }

    /// The number of frames read from its packets since the start. Never less than the position;
    /// equal to it while the stream sleeps.
    pub fn taken(&self, clock: &Clock, now: impl Fn() -> Qpc) -> Frames {
        let rate = self.format.rate();
        self.position.read(|words| {
            let published = Published::from_words(words);
            let taken = if published.asleep {
                published.position(clock.frame(rate, now()).0)
            } else {
                published.limit
            };
            Frames(taken)
        })
    }

    /// Whether the stream sleeps until its packet ends. This may change at any time.
    pub fn is_asleep(&self) -> bool {
        self.published().asleep
    }

    /// The size of a packet in bytes; 0 before packets are allocated.
    pub fn packet_bytes(&self) -> usize {
        usize::try_from(self.packet_bytes.load(Ordering::Relaxed)).unwrap_or(0)
    }

    /// Ends the stream at byte `position` of its two packets, in the packet that the client would
    /// write next.
    ///
    /// # Errors
    ///
    /// The same as [`set_render_packet`](Self::set_render_packet); [`Error::NotReady`] before
    /// packets are allocated.
    pub fn end_at(&self, position: u32) -> Result<()> {
        let bytes = u32::try_from(self.packet_bytes()).unwrap_or(0);
        let slot = position.checked_div(bytes).ok_or(Error::NotReady)?;
        let length = position.saturating_sub(slot.saturating_mul(bytes));
        let published = self.published();
        let next = published.completed.saturating_add(u64::from(published.running));
        // The next packet or the one after it is there.
        let packet = next.saturating_add(next.wrapping_add(u64::from(slot)) % 2);
        let (packet, length) = match (length, packet == next) {
            // Where a packet begins that nobody can write yet, the next one ends.
            (0, false) if published.running => (next, bytes),
            // The end of both, before the stream runs.
            (0, true) if slot == 2 && !published.running => (next.saturating_add(1), bytes),
            _ => (packet, length),
        };
        self.set_render_packet(cut(packet), Some(length))
    }

    /// The number of the current packet, which is the number of completed ones. Truncated to 32
    /// bits.
    pub fn current_packet(&self) -> u32 {
        cut(self.published().completed)
    }

    /// The newest filled capture packet (truncated to 32 bits) and its start time.
    ///
    /// # Errors
    ///
    /// [`Error::NotReady`] before the first packet.
    pub fn capture_packet(&self) -> Result<(u32, Qpc)> {
        let [completed, _, start] = self.last.load();
        let newest = completed.checked_sub(1).ok_or(Error::NotReady)?;
        self.read_to.store(completed, Ordering::Relaxed);
        Ok((cut(newest), Qpc(start)))
    }

    /// Marks `packet` as written by the client; with `last`, it is the stream's last, with that
    /// many valid bytes.
    ///
    /// While the stream does not run, the current packet and the next one are accepted; while it
    /// runs, only the next one.
    ///
    /// # Errors
    ///
    /// [`Error::Late`], [`Error::Overrun`], [`Error::AfterEndOfStream`],
    /// [`Error::BadEndOfStreamLength`]; all but the last error are counted.
    pub fn set_render_packet(&self, packet: u32, last: Option<u32>) -> Result<()> {
        let published = self.published();
        let bytes = usize::try_from(self.packet_bytes.load(Ordering::Relaxed)).unwrap_or(0);
        let answer = self.marks.set(
            published.completed,
            published.running,
            packet,
            last,
            bytes,
            self.format.block_align(),
        );
        match answer {
            Err(Error::Late) => self.telemetry.count(Event::LateAnswer),
            Err(Error::Overrun) => self.telemetry.count(Event::OverrunAnswer),
            Ok(()) if last.is_some() => self.telemetry.count(Event::EndOfStream),
            _ => {}
        }
        answer
    }

    pub(crate) fn marks(&self) -> &Marks {
        &self.marks
    }

    pub(crate) fn published(&self) -> Published {
        Published::from_words(self.position.load())
    }

    pub(crate) fn publish(&self, state: impl FnOnce() -> Published) {
        self.position.publish(|| state().words());
    }

    /// Publishes a tick's move: the position continues, up to a new limit.
    pub(crate) fn moved(&self, state: Published) {
        self.position.store(state.words());
    }

    /// [`moved`](Self::moved) for a stream that stays awake: only two words change.
    pub(crate) fn moved_on(&self, state: Published) {
        self.position.store_last([state.limit, state.completed]);
    }

    pub(crate) fn complete(&self, completed: u64, done: Qpc, began: Qpc) {
        self.last.store([completed, done.0, began.0]);
    }

    /// Whether the client has read capture packets, but not `packet`.
    pub(crate) fn left_unread(&self, packet: u64) -> bool {
        let read_to = self.read_to.load(Ordering::Relaxed);
        read_to > 0 && read_to <= packet
    }

    /// Resets the stream, for packets of `layout`.
    pub(crate) fn reset(&self, layout: Option<Layout>) {
        self.marks.clear();
        self.read_to.store(0, Ordering::Relaxed);
        if let Some(layout) = layout {
            let bytes = u64::try_from(layout.bytes()).unwrap_or(0);
            self.packet_bytes.store(bytes, Ordering::Relaxed);
        }
        self.last.publish(|| [0; 3]);
        self.publish(Published::default);
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use crate::format::SampleType;
    use crate::packets::Mark;

    /// A byte of the two packets is in the next packet, or in the one after it.
    #[test]
    fn a_stream_ends_at_a_byte_of_the_packet_that_is_there() {
        let format = Format::new(SampleType::Int16, 2, 3, 48_000).unwrap();
        assert_eq!(Shared::new(format).end_at(0), Err(Error::NotReady));
        for (running, completed, byte, packet, length) in [
            (false, 0, 0, 0, 0),
            (false, 0, 400, 0, 400),
            (false, 0, 1920 + 40, 1, 40),
            (false, 5, 1920 + 40, 5, 40),
            (false, 5, 400, 6, 400),
            (true, 4, 1920 + 40, 5, 40),
            (true, 7, 1916, 8, 1916),
            // The end of a packet: of the one before the next one, of the next one, of both.
            (true, 0, 1920, 1, 0),
            (true, 0, 0, 1, 1920),
            (true, 0, 2 * 1920, 1, 1920),
            (true, 1, 2 * 1920, 2, 0),
            (true, 1, 1920, 2, 1920),
            (false, 0, 1920, 1, 0),
            (false, 0, 2 * 1920, 1, 1920),
            (false, 5, 2 * 1920, 6, 0),
            (false, 6, 2 * 1920, 7, 1920),
        ] {
            let shared = Shared::new(format);
            shared.reset(Some(Layout::new(2, 1920, 4).unwrap()));
            shared.publish(|| Published { running, completed, ..Published::default() });
            assert_eq!(shared.end_at(byte), Ok(()), "{completed}, byte {byte}");
            assert_eq!(shared.telemetry().total(Event::EndOfStream), 1);
            let (found, wanted) = (shared.marks().take(packet), Mark::Valid(length));
            assert_eq!(found, wanted, "{completed}, byte {byte}");
        }
        // A stream that runs takes the next packet alone.
        let shared = Shared::new(format);
        shared.reset(Some(Layout::new(2, 1920, 4).unwrap()));
        let state = Published { running: true, completed: 4, ..Published::default() };
        shared.publish(|| state);
        assert_eq!(shared.end_at(400), Err(Error::Overrun));
        assert_eq!(shared.set_render_packet(5, None), Ok(()));
        assert_eq!(shared.telemetry().total(Event::EndOfStream), 0);
    }

    /// What a stream that sleeps has taken follows the clock; of one that is awake it is what was
    /// moved.
    #[test]
    fn what_is_taken_is_the_limit_or_the_position_in_sleep() {
        let shared = Shared::new(Format::new(SampleType::Int16, 2, 3, 48_000).unwrap());
        let clock = Clock::new(48_000);
        for (asleep, taken) in [(false, 480), (true, 100)] {
            let state = Published { running: true, asleep, limit: 480, ..Published::default() };
            shared.publish(|| state);
            assert_eq!(shared.taken(&clock, || Qpc(100)), Frames(taken));
        }
    }

    /// A client that reads no packet of its run has not lost one, whatever an earlier run read.
    #[test]
    fn nothing_is_unread_before_something_was_read() {
        let shared = Shared::new(Format::new(SampleType::Int16, 2, 3, 48_000).unwrap());
        let any = || (0..10).any(|packet| shared.left_unread(packet));
        assert!(!any());
        shared.complete(1, Qpc(1), Qpc(0));
        assert_eq!(shared.capture_packet().map(|(packet, _)| packet), Ok(0));
        assert!(!shared.left_unread(0) && shared.left_unread(1));
        shared.complete(3, Qpc(1), Qpc(0));
        assert_eq!(shared.capture_packet().map(|(packet, _)| packet), Ok(2));
        assert!(!shared.left_unread(2) && shared.left_unread(3));
        shared.reset(None);
        assert!(!any());
    }
}
