//! A timer's callback runs at DISPATCH_LEVEL: what needs PASSIVE_LEVEL cannot be called from it.

use acx::packets::{PacketLayout, RtPackets};
use acx::time::Qpc;
use acx::timer::Expire;
use acx::Dispatch;

struct Ticker;

impl Expire for Ticker {
    fn expire(&mut self, level: &mut Dispatch) -> Option<Qpc> {
        let layout = PacketLayout { count: 1, bytes: 4096, allocation: 4096, offsets: [0; 2] };
        let _packets = RtPackets::new(layout, level);
        None
    }
}

fn main() {}
