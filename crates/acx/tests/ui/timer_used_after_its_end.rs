//! Dropping a timer ends it: nothing starts it again.

use acx::time::Qpc;
use acx::timer::{Expire, Timer};
use acx::Dispatch;

fn start<T: Expire>(mut timer: Timer<T>, level: &mut Dispatch) {
    timer.start(Qpc::now(), level);
    drop(timer);
    timer.start(Qpc::now(), level);
}

fn main() {}
