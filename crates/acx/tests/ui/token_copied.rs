//! A callback has one token. A second one would say the level of a thread that a lock has raised.

use acx::lock::SpinLock;
use acx::timer::{Expire, Timer};
use acx::Passive;

fn copy<T: Expire>(timer: &mut Timer<T>, lock: &SpinLock<u32>, passive: &mut Passive) {
    let second: Passive = *passive;
    lock.with(passive, |_, _| {
        timer.stop(&second);
    });
}

fn clone(passive: &Passive) -> Passive {
    passive.clone()
}

fn main() {}
