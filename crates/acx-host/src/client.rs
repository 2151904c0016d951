//! Clients: programs that stream as the Windows audio stack (AudioKSE) and as legacy KS programs do. Sequences: the fact collection's
//! `ks/interface.md`, section 4.
//!
//! | module | who |
//! |---|---|
//! | [`endpoint`] | a filter with its pins, formats, nodes |
//! | [`event`] | event driven: two packets, notification event, packet register |
//! | [`timer`] | timer driven: one packet, seen twice, positions polled |
//! | [`legacy`] | PortAudio's WDM-KS order: two halves, positions only, no packet calls |
//!
//! None of them blocks: a stream is serviced when its event is signalled or its time has come, so that one loop on one thread can serve a
//! speaker and a microphone.

pub mod endpoint;
pub mod event;
pub mod legacy;
pub mod request;
pub mod timer;

use acx_sys::NTSTATUS;

/// A request that a client relies on failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what} failed with status {status:#010x}")]
pub struct Failed {
    /// What the client asked for.
    pub what: &'static str,
    /// The answer.
    pub status: NTSTATUS,
}

/// Which way audio goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// To the device.
    Render,
    /// From the device.
    Capture,
}

/// A client's view of its RT buffer.
///
/// The driver's side of the same memory changes at any time, so it is copied, byte by byte volatile, never borrowed.
#[derive(Debug)]
pub(crate) struct Buffer {
    address: usize,
    length: usize,
}

impl Buffer {
    /// # Safety
    ///
    /// `address` was answered by a buffer request of `length` bytes, and its pin stays open while the value lives.
    pub(crate) unsafe fn new(address: usize, length: usize) -> Self {
        Self { address, length }
    }

    pub(crate) fn length(&self) -> usize {
        self.length
    }

    /// Words and the bytes behind them, for `length` bytes at `offset`.
    fn check(&self, offset: usize, length: usize) {
        assert!(offset + length <= self.length, "a client stays inside its buffer");
    }

    pub(crate) fn write(&self, offset: usize, bytes: &[u8]) {
        self.check(offset, bytes.len());
        let start = (self.address + offset) as *mut u8;
        for (at, byte) in bytes.iter().enumerate() {
            // SAFETY: inside the mapping, which lives as long as the pin.
            unsafe { start.add(at).write_volatile(*byte) };
        }
    }

    pub(crate) fn read(&self, offset: usize, bytes: &mut [u8]) {
        self.check(offset, bytes.len());
        let start = (self.address + offset) as *const u8;
        for (at, byte) in bytes.iter_mut().enumerate() {
            // SAFETY: inside the mapping, which lives as long as the pin.
            *byte = unsafe { start.add(at).read_volatile() };
        }
    }
}
