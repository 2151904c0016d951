// A stream whose clock stands still, for examples and tests that need a stream and not its audio.

use acx::packets::{PacketLayout, RtPackets};
use acx::stream::{HwLatency, Position, RtStream, Stream};
use acx::time::Qpc;
use acx::units::{Bytes, Frames};
use acx::{Passive, Result};

pub(crate) struct Silent {
    /// Its packets have the size that the client requested, divided by this.
    pub(crate) divisor: u32,
}

impl Stream for Silent {
    type Control = ();

    fn prepare_hardware(&self, (): &mut (), _passive: &mut Passive) -> Result<()> {
        Ok(())
    }
    fn release_hardware(&self, (): &mut (), _passive: &mut Passive) -> Result<()> {
        Ok(())
    }
    fn run(&self, (): &mut (), _passive: &mut Passive) -> Result<()> {
        Ok(())
    }
    fn pause(&self, (): &mut (), _passive: &mut Passive) -> Result<()> {
        Ok(())
    }
}

impl RtStream for Silent {
    fn allocate_packets(
        &self,
        (): &mut (),
        count: u32,
        size: Bytes,
        passive: &mut Passive,
    ) -> Result<RtPackets> {
        RtPackets::new(PacketLayout::contiguous(count, Bytes(size.0 / self.divisor))?, passive)
    }
    fn hw_latency(&self) -> Result<HwLatency> {
        Ok(HwLatency::default())
    }
    fn current_packet(&self) -> Result<u64> {
        Ok(0)
    }
    fn presentation_position(&self) -> Result<Position> {
        Ok(Position { frames: Frames(0), at: Qpc::now() })
    }
}
