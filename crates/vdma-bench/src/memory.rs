//! Packets in memory, copied as the driver copies those that it shares with clients.

use std::cell::RefCell;

use vdma::{Lanes, PacketMemory};

use crate::copy::{copy_in, copy_out, copy_out_with_peaks};

pub(crate) struct Memory(pub(crate) RefCell<Vec<u8>>);

impl PacketMemory for Memory {
    fn read(&self, offset: usize, into: &mut [u8]) {
        let from = &self.0.borrow()[offset..offset + into.len()];
        // SAFETY: `from` is as long as `into`.
        unsafe { copy_out(from.as_ptr(), into) };
    }
    fn read_with_peaks(
        &self,
        offset: usize,
        into: &mut [u8],
        high: &mut Lanes,
        low: &mut Lanes,
    ) -> bool {
        let from = &self.0.borrow()[offset..offset + into.len()];
        // SAFETY: `from` is as long as `into`.
        unsafe { copy_out_with_peaks(from.as_ptr(), into, high, low) }
    }

    fn write(&self, offset: usize, from: &[u8]) {
        let to = &mut self.0.borrow_mut()[offset..offset + from.len()];
        // SAFETY: `to` is as long as `from`.
        unsafe { copy_in(to.as_mut_ptr(), from) };
    }
    fn zero(&self, offset: usize, length: usize) {
        self.0.borrow_mut()[offset..offset + length].fill(0);
    }
}
