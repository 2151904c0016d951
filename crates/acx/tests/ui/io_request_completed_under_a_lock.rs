//! A request has its callback's token: with a lock held none is completed, and none retrieved.

use acx::io_request::IoRequest;
use acx::lock::SpinLock;
use acx::queue::ManualQueue;
use acx::Dispatch;

fn complete(lock: &SpinLock<u32>, mut request: IoRequest<'_>) {
    lock.with(request.level(), |_, _| request.complete(Ok(())));
}

fn retrieve(lock: &SpinLock<u32>, queue: &ManualQueue, level: &mut Dispatch) {
    lock.with(level, |_, level| queue.retrieve(level).is_ok());
}

fn main() {}
