//! A spin lock borrows the token: what waits cannot be called while the lock is held.

use acx::lock::SpinLock;
use acx::timer::{Expire, Timer};
use acx::Passive;

fn stop<T: Expire>(timer: &mut Timer<T>, lock: &SpinLock<u32>, passive: &mut Passive) {
    lock.with(passive, |_, _| {
        timer.stop(passive);
    });
}

fn main() {}
