//! A timer-driven client: one packet, mapped twice back to back, positions polled.
//! `ks/interface.md`, section 4.2.

use acx_sys::*;

use crate::endpoint::{Endpoint, WaveFormat};
use crate::request::{self, long, number, set_state};
use crate::{Buffer, Failed, File};

/// A timer-driven stream. Each service moves as many frames as the position shows to be free or
/// filled.
pub struct TimerStream {
    pin: File,
    buffer: Buffer,
    /// Bytes of the one packet: the ring.
    ring: usize,
    block: usize,
    /// Bytes that the client has written or read since the start.
    moved: u64,
}

impl TimerStream {
    /// Opens a stream with a ring of at least `frames` frames, in whole pages and whole frames. The
    /// stream is in STOP.
    ///
    /// # Errors
    ///
    /// [`Failed`] of the first request that failed.
    pub fn open(
        endpoint: &Endpoint,
        format: WaveFormat,
        mode: &GUID,
        frames: u32,
    ) -> Result<Self, Failed> {
        let pin = endpoint.open_stream(format, mode)?;
        let block = format.block_align();
        let unit = block * 4096 / gcd(block, 4096);
        let ring = (frames as usize * block).next_multiple_of(unit);
        let mut instance = vec![0; 8];
        instance.extend((ring as u32).to_le_bytes());
        instance.extend([0; 4]);
        let set = &KSPROPSETID_RtAudio;
        let id = KSPROPERTY_RTAUDIO_BUFFER;
        let value = request::get_known(&pin, "allocating the buffer", set, id, &instance, 16)?;
        let (address, length) = (long(&value, 0) as usize, number(&value, 8) as usize);
        // SAFETY: the pin returned the address; one packet is mapped twice, and the pin is kept
        // open with the buffer.
        let buffer = unsafe { Buffer::new(address, 2 * length) };
        request::hw_latency(&pin)?;
        Ok(Self { pin, buffer, ring: length, block, moved: 0 })
    }

    /// The pin, for the caller's own requests.
    pub fn pin(&self) -> &File {
        &self.pin
    }

    /// The size of the ring in bytes.
    pub fn ring_bytes(&self) -> usize {
        self.ring
    }

    /// The size of both mappings in bytes.
    pub fn mapped_bytes(&self) -> usize {
        self.buffer.length()
    }

    /// Sets the state, passing through ACQUIRE where necessary.
    ///
    /// # Errors
    ///
    /// [`Failed`].
    pub fn set_state(&mut self, state: i32) -> Result<(), Failed> {
        if state == KSSTATE::KSSTATE_STOP {
            self.moved = 0;
        }
        set_state(&self.pin, state)
    }

    /// The number of bytes that the device has read or written since the start.
    ///
    /// # Errors
    ///
    /// [`Failed`].
    pub fn device_bytes(&self) -> Result<u64, Failed> {
        Ok(request::presentation(&self.pin)?.0 * self.block as u64)
    }

    /// Writes as much of `source` as fits after the last byte written. Returns the number of bytes.
    ///
    /// # Errors
    ///
    /// [`Failed`].
    pub fn write(&mut self, source: &[u8]) -> Result<usize, Failed> {
        let device = self.device_bytes()?;
        // A client that was late by more than the ring continues at the device's position.
        self.moved = self.moved.max(device);
        // A device that was removed restarts at 0.
        let free = (device + self.ring as u64).saturating_sub(self.moved) as usize;
        let count = free.min(source.len()) / self.block * self.block;
        // One piece: the second mapping follows the first.
        self.buffer.write(self.moved as usize % self.ring, &source[..count]);
        self.moved += count as u64;
        Ok(count)
    }

    /// Writes at a byte offset from the stream's start, whatever the device's position. At most the
    /// ring's size: the caller must know which part is free.
    pub fn write_at(&mut self, at: u64, bytes: &[u8]) {
        self.buffer.write((at % self.ring as u64) as usize, bytes);
    }

    /// Reads all new frames. Frames that were already overwritten are omitted.
    ///
    /// # Errors
    ///
    /// [`Failed`].
    pub fn read(&mut self, into: &mut Vec<u8>) -> Result<usize, Failed> {
        let device = self.device_bytes()?;
        self.moved = self.moved.max(device.saturating_sub(self.ring as u64));
        let count = device.saturating_sub(self.moved) as usize;
        let begin = into.len();
        into.resize(begin + count, 0);
        self.buffer.read(self.moved as usize % self.ring, &mut into[begin..]);
        self.moved += count as u64;
        Ok(count)
    }

    /// Position in frames and its QPC.
    ///
    /// # Errors
    ///
    /// [`Failed`].
    pub fn position(&self) -> Result<(u64, u64), Failed> {
        request::presentation(&self.pin)
    }
}

fn gcd(one: usize, other: usize) -> usize {
    if other == 0 { one } else { gcd(other, one % other) }
}
