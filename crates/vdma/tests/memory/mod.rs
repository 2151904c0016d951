//! Packets in the memory of a test or a benchmark.

use std::cell::RefCell;

use vdma::PacketMemory;

pub(crate) struct Memory(pub(crate) RefCell<Vec<u8>>);

impl PacketMemory for Memory {
    fn read(&self, offset: usize, into: &mut [u8]) {
        into.copy_from_slice(&self.0.borrow()[offset..offset + into.len()]);
    }
    fn write(&self, offset: usize, from: &[u8]) {
        self.0.borrow_mut()[offset..offset + from.len()].copy_from_slice(from);
    }
    fn zero(&self, offset: usize, length: usize) {
        self.0.borrow_mut()[offset..offset + length].fill(0);
    }
}
