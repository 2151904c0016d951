//! The virtual DMA and timer engine that stands in for audio hardware.
//!
//! It owns the device clock, moves audio between a stream's packets and the wire that joins two
//! endpoints, and says when a packet is done. Pure logic: no Windows types, no allocation, no
//! locks, no `unsafe`.
//!
//! # Vocabulary
//!
//! *Frame*: one sample of every channel. *Device frame*: the device clock's frame number at a rate;
//! all streams of that rate are anchored to it, so they cannot drift. *Packet*: what the client
//! writes or reads at a time; one or two per stream. *Step*: how much the engine moves at a tick,
//! cut at a packet's end. *Wire*: what two endpoints share. *Mark*: the client's word that a render
//! packet is valid.
//!
//! # A render stream in time
//!
//! ```text
//!   packet k                            packet k+1
//!   |----------------------------------|--------------------------------->  frames
//!   |<- step ->|<- step ->|<- step ->|  |
//!                  ^ position   ^ fetched_to
//!                  |            everything before it has been moved to the wire
//!                  min(clock, fetched_to): what clients are told
//! ```
//!
//! A tick runs when the position reaches `fetched_to`. It completes the packet that ended there,
//! fetches the next step, and asks to be called again at the absolute time at which that step ends.
//! Capture is the mirror image: `filled_to` runs ahead of the position, with frames that the wire
//! got a constant delay earlier.
//!
//! # Rooms
//!
//! | module | what is in it |
//! |---|---|
//! | [`clock`] | device clock: frame numbers from the performance counter and back, exactly |
//! | [`format`](mod@format) | sample types, channels, rates |
//! | [`packets`] | geometry of the packets in memory; marks and packet numbers |
//! | [`position`] | what position calls read without a lock |
//! | [`burst`] | packets that are given out as fast as they are read |
//! | [`channel`] | the moving half of a stream: ticks |
//! | [`wire`] | the ring between two endpoints; mixing |
//! | [`convert`] | sample types; adding |
//! | `mix` | channels that differ |
//! | `divide` | division by what stays the same |
//! | [`resample`] | ends of different rates |
//! | [`gain`] | volume, mute, ramps |
//! | [`meter`] | peaks of the real samples |
//! | [`source`] | what a microphone hears: cable, tone, silence |
//! | [`telemetry`] | counters of everything that went wrong |
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

/// A divisor: at least one, and the compiler knows it, so that no division can panic.
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

/// Why the engine refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// The packet has been played or is being played; the client is late.
    Late,
    /// The packet lies beyond what the buffer can hold; the client is too early.
    Overrun,
    /// A packet was set after the last packet of the stream.
    AfterEndOfStream,
    /// The length of the last packet is longer than a packet or not a whole number of frames.
    BadEndOfStreamLength,
    /// No capture packet has been filled yet.
    NotReady,
    /// A stream has one packet or two.
    BadPacketCount,
    /// A packet is empty, not a whole number of frames, or outside the limits.
    BadPacketSize,
    /// The wire has no place for another stream.
    TooManyStreams,
    /// The format is outside what the engine knows.
    UnsupportedFormat,
}

/// A result of the engine.
pub type Result<T> = core::result::Result<T, Error>;

/// A count of frames since the start of a stream, or a device frame number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Frames(pub u64);

/// A value of the performance counter, in its own ticks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Qpc(pub u64);

/// Eight samples of 16 bits: what 16 bytes hold.
pub type Lanes = [i16; 8];

/// The audio memory of one stream as the client sees it: packet 0, then packet 1, without a gap.
///
/// A client may write or read it at any time, so the engine never borrows it: it copies.
pub trait PacketMemory {
    /// Copies `into.len()` bytes from `offset`. Bytes outside the memory read as zero.
    fn read(&self, offset: usize, into: &mut [u8]);

    /// [`read`](Self::read) of whole frames of 1, 2, 4 or 8 samples of 16 bits, which may look at
    /// them on the way: `high` and `low` become the greatest and the least of what they are and of
    /// the samples at their places, counted in eights from the beginning of `into` or of any other
    /// frame. Whether it did.
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
    /// Clears `length` bytes from `offset`.
    fn zero(&self, offset: usize, length: usize);
}
