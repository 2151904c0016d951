//! A thread that holds a wait lock takes no second one.

use acx::lock::WaitLock;
use acx::Passive;

fn twice(lock: &WaitLock<u32>, passive: &mut Passive) {
    lock.with(passive, |_, passive| {
        lock.with(passive, |_, _| ());
    });
}

fn main() {}
