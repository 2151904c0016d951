//! A spin lock's guard holds the IRQL of its thread.

use acx::lock::SpinLock;
use acx::Passive;

fn is_send<T: Send>(_: T) {}

fn send(lock: &SpinLock<u32>, passive: Passive<'_>) {
    is_send(lock.lock(passive.at_most_dispatch()));
}

fn main() {}
