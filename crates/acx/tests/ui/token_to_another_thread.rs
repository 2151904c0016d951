//! The level is the thread's: a token stays on its thread.

use acx::{Dispatch, Passive};

fn is_send<T: Send>(_: T) {}

fn lend(passive: &mut Passive) {
    is_send(passive);
}

fn share(level: &Dispatch) {
    is_send(level);
}

fn main() {}
