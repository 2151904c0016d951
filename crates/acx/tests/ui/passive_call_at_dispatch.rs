//! A timer's callback runs at DISPATCH_LEVEL: what needs PASSIVE_LEVEL cannot be called from it.

use acx::packets::{PacketLayout, RtPackets};
use acx::time::Qpc;
use acx::timer::Expire;
use acx::Dispatch;

struct Ticker;

impl Expire for Ticker {
    fn expire(&mut self, level: &mut Dispatch) -> Option<Qpc> {
        let layout = PacketLayout::contiguous(1, acx::units::Bytes(4096)).ok()?;
        let _packets = RtPackets::new(layout, level);
        None
    }
}

fn main() {}
