//! What is known of a driver's locks beyond who holds them: the order in which they are taken, and on which paths.
//!
//! The packet path is what must never wait for a control path: the calls that ACX makes past a stream's queue (the fact collection's
//! `acx/semantics.md`, section 1), and the timer or DPC that completes packets. A lock is known by its address or handle.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};

use crate::kernel::Kernel;
use crate::kernel::callback::{Callback, Path};
use crate::report::Rule;

/// Who took a lock: the first callback on each path.
#[derive(Default)]
struct Takers {
    packet: Option<&'static str>,
    control: Option<&'static str>,
    is_reported: bool,
}

#[derive(Default)]
pub(crate) struct Locks {
    /// (held, taken) of every lock that was taken while another was held.
    order: RefCell<HashSet<(usize, usize)>>,
    takers: RefCell<HashMap<usize, Takers>>,
    /// Timers and DPCs that have completed a packet.
    clocks: RefCell<HashSet<(&'static str, usize)>>,
}

impl Locks {
    /// `lock` is taken while `held` are, inside `callback` (the innermost, with its object).
    pub(crate) fn taken(
        &self,
        kernel: &Kernel,
        lock: usize,
        held: &[usize],
        callback: Option<(&'static Callback, usize)>,
    ) {
        for other in held.iter().filter(|other| **other != lock) {
            let is_new = self.order.borrow_mut().insert((*other, lock));
            if is_new && self.comes_before(lock, *other) {
                let what = format!(
                    "lock {lock:#x} taken while {other:#x} is held, and elsewhere the other way round"
                );
                kernel.violate(Rule::LockOrder, what);
            }
        }
        let Some((callback, object)) = callback else { return };
        let mut all = self.takers.borrow_mut();
        let takers = all.entry(lock).or_default();
        let name = callback.name;
        match callback.path {
            Path::Packet => {
                takers.packet.get_or_insert(name);
            }
            Path::Clock if self.clocks.borrow().contains(&(name, object)) => {
                takers.packet.get_or_insert(name);
            }
            Path::Control => {
                takers.control.get_or_insert(name);
            }
            Path::Clock | Path::Other => {}
        }
        if let (Some(packet), Some(control), false) =
            (takers.packet, takers.control, takers.is_reported)
        {
            takers.is_reported = true;
            let what = format!("lock {lock:#x} is taken in {packet} and in {control}");
            drop(all);
            kernel.violate(Rule::SharedLock, what);
        }
    }

    /// Whether `first` is taken before `second` somewhere, over any number of locks.
    fn comes_before(&self, first: usize, second: usize) -> bool {
        let order = self.order.borrow();
        let (mut reached, mut at) = (vec![first], 0);
        while let Some(lock) = reached.get(at).copied() {
            if lock == second {
                return true;
            }
            for (_, next) in order.iter().filter(|(held, _)| *held == lock) {
                if !reached.contains(next) {
                    reached.push(*next);
                }
            }
            at += 1;
        }
        false
    }

    /// A packet is completed inside `callback`: if that is a timer's or a DPC's, it is a stream's clock.
    pub(crate) fn completes(&self, callback: Option<(&'static Callback, usize)>) {
        if let Some((callback, object)) = callback.filter(|(own, _)| own.path == Path::Clock) {
            self.clocks.borrow_mut().insert((callback.name, object));
        }
    }

    /// The memory from `start` to `end` goes, and locks in it: what comes there next is another lock.
    pub(crate) fn forget(&self, start: usize, end: usize) {
        let is_in = |lock: usize| (start..end).contains(&lock);
        self.order.borrow_mut().retain(|(held, taken)| !is_in(*held) && !is_in(*taken));
        self.takers.borrow_mut().retain(|lock, _| !is_in(*lock));
    }
}
