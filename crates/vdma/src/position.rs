//! The half of a stream that any thread may ask at any time: positions, packet numbers, marks,
//! counters. Atomics only.

use crate::clock::Clock;
use crate::format::Format;
use crate::packets::{Layout, Marks, cut};
use crate::snapshot::Snapshot;
use crate::sync::{AtomicU64, Ordering};
use crate::telemetry::{Event, Telemetry};
use crate::{Error, Frames, Qpc, Result};

/// Where a stream is, as its moving half last published it.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Published {
    pub(crate) running: bool,
    /// Nothing but whole packets is moved until somebody needs more.
    pub(crate) asleep: bool,
    /// Stream position at `start`.
    pub(crate) base: u64,
    /// Device frame at which the stream last began to run.
    pub(crate) start: u64,
    /// Stream position that everything has been moved up to, or, of a stream that is asleep, will
    /// be.
    pub(crate) limit: u64,
    /// Completed packets.
    pub(crate) completed: u64,
}

/// Flags in the first of its words.
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

    /// The position when the device clock shows `device`: never ahead of it, never ahead of what
    /// has been moved.
    pub(crate) fn position(self, device: u64) -> u64 {
        self.reached(device).0
    }

    /// The position, and the device frame behind the one at which it was reached, if `device` has
    /// come that far: a tick is late, and nothing has been moved since.
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
    /// Completed packets, when the last of them was done, when its filling began.
    last: Snapshot<3>,
    /// One more than the newest capture packet that the client asked for.
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

    /// The position and the moment at which it holds: both from one call of `now`. Frozen in pause,
    /// zero after a stop, never ahead of real time. While a tick is late the position stands still,
    /// and so does the moment: the last one at which the clock stood there, so that each answer
    /// lies on the line, however late the tick, and no moment is before that of an answer which
    /// came in time.
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

    /// Whether the stream runs.
    pub fn is_running(&self) -> bool {
        self.published().running
    }

    /// How far the stream's frames have been taken from its packets or put there, since its start,
    /// by a stream that never sleeps.
    pub fn fetched(&self) -> Frames {
        Frames(self.published().limit)
    }

    /// How far the stream's frames have been taken from its packets, since its start. Never behind
    /// the position; at it while the stream sleeps.
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

    /// Whether the stream sleeps until its packet ends. It may have begun to a moment later.
    pub fn is_asleep(&self) -> bool {
        self.published().asleep
    }

    /// Bytes of a packet; 0 before there are any.
    pub fn packet_bytes(&self) -> usize {
        usize::try_from(self.packet_bytes.load(Ordering::Relaxed)).unwrap_or(0)
    }

    /// The stream ends at byte `position` of its two packets: in the one that the client would hand
    /// over next.
    ///
    /// # Errors
    ///
    /// The same as [`set_render_packet`](Self::set_render_packet); [`Error::NotReady`] before there
    /// are packets.
    pub fn end_at(&self, position: u32) -> Result<()> {
        let bytes = u32::try_from(self.packet_bytes()).unwrap_or(0);
        let slot = position.checked_div(bytes).ok_or(Error::NotReady)?;
        let length = position.saturating_sub(slot.saturating_mul(bytes));
        let published = self.published();
        let next = published.completed.saturating_add(u64::from(published.running));
        // The next packet, or the one after it, lies there.
        let packet = next.saturating_add(next.wrapping_add(u64::from(slot)) % 2);
        self.set_render_packet(cut(packet), Some(length))
    }

    /// The number of the packet in progress: as many as are completed. Cut to 32 bits.
    pub fn current_packet(&self) -> u32 {
        cut(self.published().completed)
    }

    /// The newest filled capture packet (cut to 32 bits) and when its filling began.
    ///
    /// # Errors
    ///
    /// [`Error::NotReady`] before the first.
    pub fn capture_packet(&self) -> Result<(u32, Qpc)> {
        let [completed, _, start] = self.last.load();
        let newest = completed.checked_sub(1).ok_or(Error::NotReady)?;
        self.read_to.store(completed, Ordering::Relaxed);
        Ok((cut(newest), Qpc(start)))
    }

    /// The client has written `packet`; with `last`, it is the stream's last, with that many valid
    /// bytes.
    ///
    /// While the stream does not run, the packet in progress and the next one are accepted; while
    /// it runs, the next one.
    ///
    /// # Errors
    ///
    /// [`Error::Late`], [`Error::Overrun`], [`Error::AfterEndOfStream`],
    /// [`Error::BadEndOfStreamLength`]; all but the last are counted.
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

    /// What a tick moved: the position goes on as before, and further.
    pub(crate) fn moved(&self, state: Published) {
        self.position.store(state.words());
    }

    /// [`moved`](Self::moved) by a stream that goes on awake, as it began: two words say all.
    pub(crate) fn moved_on(&self, state: Published) {
        self.position.store_last([state.limit, state.completed]);
    }

    pub(crate) fn complete(&self, completed: u64, done: Qpc, began: Qpc) {
        self.last.store([completed, done.0, began.0]);
    }

    /// Whether the client asked for capture packets, but not for `packet`.
    pub(crate) fn left_unread(&self, packet: u64) -> bool {
        let read_to = self.read_to.load(Ordering::Relaxed);
        read_to > 0 && read_to <= packet
    }

    /// Back to the beginning, for packets of `layout`.
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
