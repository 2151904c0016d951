//! A thread that holds a spin lock takes no second one: it would wait for itself, or for a thread
//! that waits for it.

use acx::lock::SpinLock;
use acx::Dispatch;

fn twice(lock: &SpinLock<u32>, level: &mut Dispatch) {
    lock.with(level, |_, level| {
        lock.with(level, |_, _| ());
    });
}

fn main() {}
