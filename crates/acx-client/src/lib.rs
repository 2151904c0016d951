//! Clients that stream like the Windows audio stack (AudioKSE) and like legacy KS programs.
//!
//! | module | contents |
//! |---|---|
//! | [`endpoint`] | a filter with its pins, formats, nodes |
//! | [`event`] | event driven: two packets, notification event, packet register |
//! | [`timer`] | timer driven: one packet, mapped twice, positions polled |
//! | [`legacy`] | PortAudio's WDM-KS order: two halves, positions only, no packet calls |
//! | [`telemetry`] | acxvad's counters |
//! | [`hidden`] | the hidden ends of acxvad's cables |
//! | [`trim`] | the clock of an acxvad cable |
//! | [`follow`] | keeps that clock in step with another device |
//!
//! A client runs on a [`System`]: a machine of the host, or Windows with an installed driver.
//!
//! The sequences follow public sources: Microsoft's pages acx-streaming, low-latency-audio,
//! KSPROPERTY_RTAUDIO_PACKETCOUNT, _GETREADPACKET and _SETWRITEPACKET, and PortAudio's
//! `pa_win_wdmks.c` for the legacy client. `docs/contracts/clients.md` lists them step by step.
//!
//! No client blocks: a stream is serviced when its event is signalled or its time is due, so one
//! loop on one thread can serve a speaker and a microphone.

pub mod bytes;
pub mod endpoint;
pub mod event;
pub mod follow;
pub mod hidden;
pub mod legacy;
pub mod request;
pub mod telemetry;
pub mod timer;
pub mod trim;

mod system;
#[cfg(windows)]
mod windows;

use acx_sys::NTSTATUS;

pub use system::{File, Handle, Reply, System};
#[cfg(windows)]
pub use windows::{Windows, audio_interfaces};

/// A request that a client relies on failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what} failed with status {status:#010x}")]
pub struct Failed {
    /// The request that failed.
    pub what: &'static str,
    /// Its status.
    pub status: NTSTATUS,
}

/// The direction of the audio.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// To the device.
    Render,
    /// From the device.
    Capture,
}

impl Direction {
    /// The other one.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::Render => Self::Capture,
            Self::Capture => Self::Render,
        }
    }
}

/// A client's view of its RT buffer.
///
/// The driver may change the same memory at any time, so it is copied with volatile accesses and
/// never borrowed. Aligned parts are copied word by word, for speed: every sample of a soak test
/// passes here.
#[derive(Debug)]
pub(crate) struct Buffer {
    address: usize,
    length: usize,
}

impl Buffer {
    /// # Safety
    ///
    /// A buffer request of `length` bytes returned `address`, and its pin stays open while the
    /// value lives.
    pub(crate) unsafe fn new(address: usize, length: usize) -> Self {
        Self { address, length }
    }

    pub(crate) fn length(&self) -> usize {
        self.length
    }

    /// The address of `length` bytes at `offset`, and the number of bytes before the first aligned
    /// word.
    fn at(&self, offset: usize, length: usize) -> (*mut u8, usize) {
        assert!(offset + length <= self.length, "a client stays inside its buffer");
        let start = self.address + offset;
        (start as *mut u8, (start.next_multiple_of(8) - start).min(length))
    }

    pub(crate) fn write(&self, offset: usize, bytes: &[u8]) {
        let (start, head) = self.at(offset, bytes.len());
        let (first, rest) = bytes.split_at(head);
        let (words, last) = rest.as_chunks::<8>();
        let tail = head + 8 * words.len();
        let store = |at: usize, byte: u8| {
            // SAFETY: inside the mapping, which lives as long as the pin.
            unsafe { start.add(at).write_volatile(byte) };
        };
        first.iter().enumerate().for_each(|(at, byte)| store(at, *byte));
        for (index, word) in words.iter().enumerate() {
            let place = start.wrapping_add(head + 8 * index).cast::<[u8; 8]>();
            // SAFETY: inside the mapping, which lives as long as the pin.
            unsafe { place.write_volatile(*word) };
        }
        last.iter().enumerate().for_each(|(at, byte)| store(tail + at, *byte));
    }

    pub(crate) fn read(&self, offset: usize, bytes: &mut [u8]) {
        let (start, head) = self.at(offset, bytes.len());
        let (first, rest) = bytes.split_at_mut(head);
        let (words, last) = rest.as_chunks_mut::<8>();
        let tail = head + 8 * words.len();
        // SAFETY: inside the mapping, which lives as long as the pin.
        let load = |at: usize| unsafe { start.add(at).read_volatile() };
        first.iter_mut().enumerate().for_each(|(at, byte)| *byte = load(at));
        for (index, word) in words.iter_mut().enumerate() {
            let place = start.wrapping_add(head + 8 * index).cast::<[u8; 8]>();
            // SAFETY: inside the mapping, which lives as long as the pin.
            *word = unsafe { place.read_volatile() };
        }
        last.iter_mut().enumerate().for_each(|(at, byte)| *byte = load(tail + at));
    }
}
