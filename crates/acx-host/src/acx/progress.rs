//! The progress of an RT stream for its client: the packet register, its events, positions.

use std::cell::{Cell, RefCell};
use std::sync::atomic::{AtomicU64, Ordering};

use crate::acx::assumptions;
use crate::kernel::Kernel;
use crate::kernel::event;

/// The progress of a stream.
#[derive(Default)]
pub(crate) struct Progress {
    /// Completed packets (from 1), their QPC, both combined: what PACKETVREGISTER shows a client.
    register: Box<[AtomicU64; 3]>,
    /// The last packet that was completed.
    pub(super) completed: Cell<Option<u64>>,
    /// The client's notification events.
    events: RefCell<Vec<u64>>,
    /// The last position, in frames.
    pub(super) position: Cell<u64>,
    /// One more than the last packet that the client set.
    pub(super) written: Cell<u32>,
}

impl Progress {
    /// Addresses of count, QPC and hash.
    pub(crate) fn register(&self) -> [usize; 3] {
        [0, 1, 2].map(|index| &raw const self.register[index] as usize)
    }

    /// Sets `event` with each packet from now on; whether it did not before.
    pub(crate) fn add_event(&self, event: u64) -> bool {
        let mut events = self.events.borrow_mut();
        let is_new = !events.contains(&event);
        if is_new {
            events.push(event);
        }
        is_new
    }

    /// Sets `event` no longer; whether it did before.
    pub(crate) fn remove_event(&self, event: u64) -> bool {
        let mut events = self.events.borrow_mut();
        let before = events.len();
        events.retain(|own| *own != event);
        events.len() < before
    }

    /// Count and QPC first, the hash last: a reader that finds them equal has a pair.
    fn publish(&self, kernel: &Kernel, count: u64, at: u64) {
        let [counts, times, hashes] = &*self.register;
        counts.store(count, Ordering::Release);
        times.store(at, Ordering::Release);
        hashes.store(assumptions::of(kernel).packet_hash.of(count, at), Ordering::Release);
    }

    /// A packet is complete: the register shows it, and the client's events are set.
    pub(super) fn complete(&self, kernel: &Kernel, packet: u64, at: u64) {
        self.completed.set(Some(packet));
        self.publish(kernel, packet + 1, at);
        for handle in &*self.events.borrow() {
            event::set(kernel, *handle);
        }
    }

    /// Resets the stream's progress.
    pub(super) fn reset(&self, kernel: &Kernel) {
        self.publish(kernel, 0, 0);
        self.completed.set(None);
        self.position.set(0);
        self.written.set(0);
    }
}
