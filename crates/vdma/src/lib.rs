//! The virtual DMA and timer engine that stands in for audio hardware.
//!
//! It owns the device clock, moves audio between a stream's packets and the wire that connects two
//! endpoints, and reports completed packets. Pure logic: no Windows types, no allocation, no locks,
//! no `unsafe`.
//!
//! # Vocabulary
//!
//! *Frame*: one sample of every channel. *Device frame*: the device clock's frame number at a rate;
//! all streams of that rate are anchored to it, so they cannot drift. *Packet*: the unit in which
//! the client writes or reads; one or two per stream. *Step*: the audio that the engine moves in a
//! tick, cut at a packet's end. *Wire*: the ring that two endpoints share. *Mark*: the client's
//! notification that a render packet is valid.
//!
//! # A render stream in time
//!
//! ```text
//!   packet k                            packet k+1
//!   |----------------------------------|--------------------------------->  frames
//!   |<- step ->|<- step ->|<- step ->|  |
//!                  ^ position   ^ fetched_to
//!                  |            everything before it has been moved to the wire
//!                  min(clock, fetched_to): reported to clients
//! ```
//!
//! A tick runs when the position reaches `fetched_to`. It completes the packet that ended there,
//! fetches the next step, and requests the next tick at the absolute time at which that step ends.
//! Capture is the mirror image: `filled_to` runs ahead of the position, with frames that were
//! written to the wire a constant delay earlier.
//!
//! # Modules
//!
//! | module | contents |
//! |---|---|
//! | [`clock`] | device clock: frame numbers from the performance counter and back, exactly |
//! | [`format`](mod@format) | sample types, channels, rates |
//! | [`packets`] | geometry of the packets in memory; marks and packet numbers |
//! | [`position`] | the state that position calls read without a lock |
//! | [`burst`] | packets that are delivered as fast as they are read |
//! | [`channel`] | the moving half of a stream: ticks |
//! | [`wire`] | the ring between two endpoints; mixing |
//! | [`convert`] | sample types; adding |
//! | `mix` | mixing of different channels |
//! | `divide` | division by constant divisors |
//! | [`resample`] | resampling between ends with different rates |
//! | [`gain`] | volume, mute, ramps |
//! | [`meter`] | peaks of the samples |
//! | [`source`] | the source of a microphone: cable, tone, silence |
//! | [`telemetry`] | counters of events and errors |
//! | [`snapshot`] | the sequence lock under clock and position |

#![cfg_attr(not(test), no_std)]
#![forbid(unsafe_code)]
#![cfg_attr(
    not(test),
    warn(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        clippy::arithmetic_side_effects,
        clippy::as_conversions
    )
)]

pub mod burst;
pub mod channel;
pub mod clock;
pub mod convert;
pub mod format;
pub mod gain;
pub mod meter;
mod mix;
pub mod packets;
pub mod position;
pub mod resample;
pub mod snapshot;
pub mod source;
pub mod telemetry;
pub mod wire;

mod divide;
mod sync;

use core::num::{NonZeroU64, NonZeroUsize};

/// A divisor, at least one. The compiler knows it, so no division can panic.
fn divisor(value: u64) -> NonZeroU64 {
    NonZeroU64::new(value).unwrap_or(NonZeroU64::MIN)
}

/// `value / divisor`, rounded up.
fn divide_up(value: u64, divisor: NonZeroU64) -> u64 {
    (value / divisor).saturating_add(u64::from(value % divisor != 0))
}

/// Like [`divisor`], for bytes and samples in memory.
fn size(value: usize) -> NonZeroUsize {
    NonZeroUsize::new(value).unwrap_or(NonZeroUsize::MIN)
}

/// The reason for a refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// The packet was played or is being played; the client is late.
    Late,
    /// The packet is beyond the buffer; the client is too early.
    Overrun,
    /// A packet after the last packet of the stream.
    AfterEndOfStream,
    /// The length of the last packet is longer than a packet or not a whole number of frames.
    BadEndOfStreamLength,
    /// No capture packet has been filled yet.
    NotReady,
    /// The number of packets is neither one nor two.
    BadPacketCount,
    /// A packet is empty, not a whole number of frames, or outside the limits.
    BadPacketSize,
    /// The wire has reached its limit of streams.
    TooManyStreams,
    /// The engine does not support the format.
    UnsupportedFormat,
}

/// The engine's result type.
pub type Result<T> = core::result::Result<T, Error>;

/// A count of frames since the start of a stream, or a device frame number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Frames(pub u64);

/// A value of the performance counter, in its own ticks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Qpc(pub u64);

/// Eight 16-bit samples, which fill 16 bytes.
pub type Lanes = [i16; 8];

/// The audio memory of one stream as the client sees it: packet 0, then packet 1, without a gap.
///
/// A client may write or read it at any time, so the engine copies and never borrows it.
pub trait PacketMemory {
    /// Copies `into.len()` bytes from `offset`. Bytes outside the memory read as zero.
    fn read(&self, offset: usize, into: &mut [u8]);

    /// Like [`read`](Self::read), for whole frames of 1, 2, 4 or 8 samples of 16 bits, and may find
    /// their peaks: each lane of `high` and `low` becomes the maximum or minimum of itself and of
    /// the samples in that lane, eight lanes to a row from the beginning of `into` or of any other
    /// frame. Returns whether it did.
    fn read_with_peaks(
        &self,
        offset: usize,
        into: &mut [u8],
        high: &mut Lanes,
        low: &mut Lanes,
    ) -> bool {
        let _ = (high, low);
        self.read(offset, into);
        false
    }
    /// Copies `from` to `offset`. Bytes outside the memory are dropped.
    fn write(&self, offset: usize, from: &[u8]);
    /// Zeroes `length` bytes from `offset` on.
    fn zero(&self, offset: usize, length: usize);
}
