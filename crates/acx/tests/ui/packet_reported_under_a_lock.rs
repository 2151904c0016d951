//! ACX is not called with a lock held.

use acx::lock::SpinLock;
use acx::stream::Notifier;
use acx::time::Qpc;
use acx::Dispatch;

fn report(lock: &SpinLock<u64>, notifier: &Notifier, level: &mut Dispatch) {
    lock.with(level, |packet, level| {
        notifier.notify_packet_complete(*packet, Qpc::now(), level);
    });
}

fn main() {}
