//! Cancelling a DPC waits for its callback: not at DISPATCH_LEVEL, where the callback may wait.

use acx::dpc::{Deferred, Dpc};
use acx::Dispatch;

struct Meter;

impl Deferred for Meter {
    fn run(&self, _level: &mut Dispatch) {}
}

fn cancel(dpc: &Dpc<Meter>, level: &mut Dispatch) {
    dpc.cancel(level);
}

fn main() {}
