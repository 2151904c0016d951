//! The lock-free part of a wire, for state callbacks and ticks: the attached streams, the wire's
//! format, each writer's progress.

use core::array;

use crate::format::Format;
use crate::sync::{AtomicU64, AtomicUsize, Ordering};
use crate::{Error, Result};

/// The maximum number of render streams of one wire.
pub const MAX_WRITERS: usize = 64;

const FREE: u64 = u64::MAX;
const IDLE: u64 = u64::MAX - 1;

// The wire's state in one word: rate (19 bits), shape of the format (25), writers (10), readers
// (10).
const RATE_BITS: u32 = 19;
const SHAPE_SHIFT: u32 = RATE_BITS;
const WRITERS_SHIFT: u32 = 44;
const READERS_SHIFT: u32 = 54;
const COUNT: u64 = 0x3FF;
pub(super) const FORMAT: u64 = (1 << WRITERS_SHIFT) - 1;

/// The part of a wire that needs no lock.
#[derive(Debug)]
pub struct WireShared {
    pub(super) state: AtomicU64,
    /// For each writer the device frame up to which it has written.
    frontiers: [AtomicU64; MAX_WRITERS],
    /// The number of slots that were ever used; the others are skipped.
    used: AtomicUsize,
}

impl Default for WireShared {
    fn default() -> Self {
        Self {
            state: AtomicU64::new(0),
            frontiers: array::from_fn(|_| AtomicU64::new(FREE)),
            used: AtomicUsize::new(0),
        }
    }
}

/// The slot of a render stream on a wire.
#[derive(Debug, PartialEq, Eq)]
pub struct Writer(usize);

impl WireShared {
    /// Attaches a render stream. The first one gives the wire its format.
    ///
    /// # Errors
    ///
    /// [`Error::TooManyStreams`].
    pub fn attach_writer(&self, format: Format) -> Result<Writer> {
        let slot = self
            .frontiers
            .iter()
            .position(|slot| {
                slot.compare_exchange(FREE, IDLE, Ordering::AcqRel, Ordering::Relaxed).is_ok()
            })
            .ok_or(Error::TooManyStreams)?;
        self.used.fetch_max(slot.saturating_add(1), Ordering::AcqRel);
        // There are fewer slots than the count can hold, so this cannot fail.
        self.update(|state| join(state, format, WRITERS_SHIFT))?;
        Ok(Writer(slot))
    }

    /// Attaches a capture stream.
    ///
    /// # Errors
    ///
    /// [`Error::TooManyStreams`].
    pub fn attach_reader(&self, format: Format) -> Result<()> {
        self.update(|state| join(state, format, READERS_SHIFT))
    }

    /// Detaches a render stream.
    pub fn detach_writer(&self, writer: &Writer) {
        self.set_frontier(writer, FREE);
        let _ = self.update(|state| Ok(leave(state, WRITERS_SHIFT)));
    }

    /// Detaches a capture stream.
    pub fn detach_reader(&self) {
        let _ = self.update(|state| Ok(leave(state, READERS_SHIFT)));
    }

    /// The wire's format; None while no stream is attached.
    pub fn format(&self) -> Option<Format> {
        format_of(self.state.load(Ordering::Acquire))
    }

    /// Whether a capture stream is attached.
    pub fn is_heard(&self) -> bool {
        count(self.state.load(Ordering::Acquire), READERS_SHIFT) > 0
    }

    /// The device frame up to which every running writer has written; None if none plays.
    pub(crate) fn frontier(&self) -> Option<u64> {
        self.frontiers
            .iter()
            .take(self.used.load(Ordering::Acquire))
            .map(|slot| slot.load(Ordering::Acquire))
            .filter(|frontier| *frontier < IDLE)
            .min()
    }

    pub(crate) fn advance(&self, writer: &Writer, frontier: u64) {
        self.set_frontier(writer, frontier);
    }

    pub(crate) fn idle(&self, writer: &Writer) {
        self.set_frontier(writer, IDLE);
    }

    fn set_frontier(&self, writer: &Writer, value: u64) {
        if let Some(slot) = self.frontiers.get(writer.0) {
            slot.store(value, Ordering::Release);
        }
    }

    fn update(&self, change: impl Fn(u64) -> Result<u64>) -> Result<()> {
        let mut state = self.state.load(Ordering::Acquire);
        loop {
            let next = change(state)?;
            match self.state.compare_exchange(state, next, Ordering::AcqRel, Ordering::Acquire) {
                Ok(_) => return Ok(()),
                Err(now) => state = now,
            }
        }
    }
}

fn count(state: u64, shift: u32) -> u64 {
    state >> shift & COUNT
}

pub(super) fn format_of(state: u64) -> Option<Format> {
    let rate = u32::try_from(state & ((1 << RATE_BITS) - 1)).ok()?;
    Format::from_shape(state >> SHAPE_SHIFT & 0x1FF_FFFF, rate)
}

/// A format in the encoding of the wire's word.
pub(crate) fn word_of(format: Format) -> u64 {
    format.shape() << SHAPE_SHIFT | u64::from(format.rate())
}

fn join(state: u64, format: Format, shift: u32) -> Result<u64> {
    let (writers, readers) = (count(state, WRITERS_SHIFT), count(state, READERS_SHIFT));
    if count(state, shift) == COUNT {
        return Err(Error::TooManyStreams);
    }
    // Render streams determine the format; a capture stream only while it is the only stream.
    let decides = writers == 0 && (shift == WRITERS_SHIFT || readers == 0);
    let kept =
        if decides { state >> WRITERS_SHIFT << WRITERS_SHIFT | word_of(format) } else { state };
    Ok(kept.wrapping_add(1 << shift))
}

fn leave(state: u64, shift: u32) -> u64 {
    if count(state, shift) == 0 {
        return state;
    }
    let left = state.wrapping_sub(1 << shift);
    if left >> WRITERS_SHIFT == 0 { 0 } else { left }
}
