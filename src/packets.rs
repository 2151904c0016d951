//! The engine's access to a stream's packets.

use acx::packets::PacketView;
use vdma::{Lanes, PacketMemory};

/// The packets of one stream.
pub struct EnginePackets(pub PacketView);

impl PacketMemory for EnginePackets {
    fn read(&self, offset: usize, into: &mut [u8]) {
        self.0.read(offset, into);
    }

    fn read_with_peaks(
        &self,
        offset: usize,
        into: &mut [u8],
        high: &mut Lanes,
        low: &mut Lanes,
    ) -> bool {
        self.0.read_with_peaks(offset, into, high, low)
    }

    fn write(&self, offset: usize, from: &[u8]) {
        self.0.write(offset, from);
    }

    fn zero(&self, offset: usize, length: usize) {
        self.0.zero(offset, length);
    }
}
