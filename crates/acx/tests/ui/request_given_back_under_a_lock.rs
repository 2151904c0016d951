//! A request carries its callback's token: ACX gets it back at PASSIVE_LEVEL.

use acx::lock::SpinLock;
use acx::request::Request;

fn give_back(lock: &SpinLock<u32>, mut request: Request<'_>) {
    lock.with(request.passive(), |_, _| request.dispatch());
}

fn main() {}
