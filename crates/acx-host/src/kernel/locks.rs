//! A driver's locks: their holders, their order, and the paths on which they are taken.
//!
//! The packet path must never wait for a control path. It consists of the calls that ACX makes past
//! a stream's queue (Microsoft's page acx-irps), and the timer or DPC that completes packets. A
//! lock is known by its address or handle.

use std::cell::RefCell;
use std::collections::BTreeSet;

use super::base::Kernel;
use super::callback::{Callback, Path};
use super::report::Rule;
use super::table::Table;
use super::thread::this_thread;

/// How long a spin lock may be held, in 100 ns: 25 us (KeAcquireSpinLock's page).
const LONGEST_HOLD: u64 = 250;

/// The callers that took a lock: the first callback on each path.
#[derive(Default)]
struct Takers {
    packet: Option<&'static str>,
    control: Option<&'static str>,
    is_reported: bool,
}

#[derive(Default)]
pub(crate) struct Locks {
    /// (held, taken) of every lock that was taken while another was held.
    order: RefCell<BTreeSet<(usize, usize)>>,
    takers: RefCell<Table<usize, Takers>>,
    /// Objects whose timers and DPCs have completed a packet, with the names of those callbacks.
    clocks: RefCell<Table<usize, Vec<&'static str>>>,
}

impl Locks {
    /// `lock` is taken while `held` are, inside `callback` (the innermost, with its object).
    fn taken(
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
            Path::Clock if takers.packet.is_none() && self.is_clock(name, object) => {
                takers.packet = Some(name);
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
            kernel.violate(Rule::SharedLock, what);
        }
    }

    fn is_clock(&self, name: &'static str, object: usize) -> bool {
        self.clocks.borrow().get(&object).is_some_and(|names| names.contains(&name))
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

    /// A packet is completed inside `callback`: if that is a timer's or a DPC's, it is a stream's
    /// clock.
    pub(crate) fn completes(&self, callback: Option<(&'static Callback, usize)>) {
        if let Some((callback, object)) = callback.filter(|(own, _)| own.path == Path::Clock) {
            let mut clocks = self.clocks.borrow_mut();
            let names = clocks.entry(object).or_default();
            if !names.contains(&callback.name) {
                names.push(callback.name);
            }
        }
    }

    /// The memory from `start` to `end` is freed, with its locks: a later lock at the same address
    /// is another one.
    pub(crate) fn forget(&self, start: usize, end: usize) {
        let is_in = |lock: usize| (start..end).contains(&lock);
        self.order.borrow_mut().retain(|(held, taken)| !is_in(*held) && !is_in(*taken));
        self.takers.borrow_mut().retain(|lock, _| !is_in(*lock));
    }
}

/// This thread acquires the lock at `address`, before others.
fn spin(kernel: &Kernel, address: usize) {
    if kernel.are_threaded() {
        let this = this_thread();
        let free = || {
            let locks = kernel.threads.spin_locks.borrow();
            locks.get(&address).is_none_or(|holder| *holder == this)
        };
        kernel.wait_for("another thread's hold of a spin lock", free);
        kernel.threads.spin_locks.borrow_mut().insert(address, this);
    }
}

/// Whether another thread has the spin lock at `address`.
#[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
pub(crate) fn is_taken_by_another(kernel: &Kernel, address: usize) -> bool {
    let this = this_thread();
    kernel.threads.spin_locks.borrow().get(&address).is_some_and(|holder| *holder != this)
}

/// The lock at `address` is free.
fn let_go(kernel: &Kernel, address: usize) {
    if kernel.are_threaded() {
        kernel.threads.spin_locks.borrow_mut().remove(&address);
        kernel.wake();
    }
}

/// A spin lock is acquired.
pub(crate) fn acquire_spin_lock(kernel: &Kernel, address: usize) {
    spin(kernel, address);
    let is_taken = kernel.spin_locks.borrow().iter().any(|(lock, _)| *lock == address);
    if is_taken {
        kernel.violate(Rule::Deadlock, format!("spin lock {address:#x} taken twice: a deadlock"));
    } else {
        taken(kernel, address);
    }
    kernel.spin_locks.borrow_mut().push((address, kernel.qpc()));
}

/// A spin lock is released.
pub(crate) fn release_spin_lock(kernel: &Kernel, address: usize) {
    let found = kernel.spin_locks.borrow().iter().rposition(|(lock, _)| *lock == address);
    let Some(at) = found else {
        let what = format!("spin lock {address:#x} released, not held");
        kernel.violate(Rule::LockNotHeld, what);
        return;
    };
    let (_, since) = kernel.spin_locks.borrow_mut().remove(at);
    let_go(kernel, address);
    let ticks = kernel.qpc() - since;
    // In real time the system may preempt the thread, which is not the driver's fault.
    if kernel.is_virtual() && ticks > kernel.ticks_of(LONGEST_HOLD) {
        let microseconds = u128::from(ticks) * 1_000_000 / u128::from(kernel.qpc_frequency());
        let what = format!("spin lock {address:#x} was held for {microseconds} us");
        kernel.violate(Rule::LockHoldTime, what);
    }
}

/// Whether this thread holds the lock, of either kind.
pub(crate) fn holds(kernel: &Kernel, address: usize) -> bool {
    kernel.wait_locks.borrow().contains(&address)
        || kernel.spin_locks.borrow().iter().any(|(lock, _)| *lock == address)
}

/// Returns the number of spin locks that this thread holds.
pub(crate) fn spin_locks(kernel: &Kernel) -> usize {
    kernel.spin_locks.borrow().len()
}

/// A packet is completed: no spin lock may be held there.
pub(crate) fn expect_none(kernel: &Kernel) {
    let held = kernel.spin_locks.borrow().last().map(|(lock, _)| *lock);
    if let Some(lock) = held {
        let what = format!("a packet was completed while spin lock {lock:#x} is held");
        kernel.violate(Rule::NotifyUnderLock, what);
    }
}

/// Releases this thread's spin locks except the first `count`.
pub(crate) fn drop_spin_locks(kernel: &Kernel, count: usize) {
    let left = kernel.spin_locks.borrow_mut().split_off(count);
    for (address, _) in left {
        let_go(kernel, address);
    }
}

/// A wait lock is acquired.
pub(crate) fn acquire_wait_lock(kernel: &Kernel, address: usize) {
    taken(kernel, address);
    kernel.wait_locks.borrow_mut().push(address);
    enter_region(kernel);
}

/// A wait lock is released.
pub(crate) fn release_wait_lock(kernel: &Kernel, address: usize) {
    kernel.wait_locks.borrow_mut().retain(|lock| *lock != address);
    leave_region(kernel);
}

/// A kernel mutex is acquired that does not enter a critical region by itself.
pub(crate) fn acquire_mutex(kernel: &Kernel, address: usize) {
    taken(kernel, address);
    kernel.wait_locks.borrow_mut().push(address);
}

/// A kernel mutex is released.
pub(crate) fn release_mutex(kernel: &Kernel, address: usize) {
    kernel.wait_locks.borrow_mut().retain(|lock| *lock != address);
}

/// KeEnterCriticalRegion.
pub(crate) fn enter_region(kernel: &Kernel) {
    kernel.regions.set(kernel.regions.get() + 1);
}

/// KeLeaveCriticalRegion.
pub(crate) fn leave_region(kernel: &Kernel) {
    kernel.regions.set(kernel.regions.get().saturating_sub(1));
}

fn taken(kernel: &Kernel, lock: usize) {
    let mut others = kernel.wait_locks.borrow().clone();
    others.extend(kernel.spin_locks.borrow().iter().map(|(lock, _)| lock));
    kernel.part::<Locks>().taken(kernel, lock, &others, kernel.callback());
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::base::tests::kernel;
    use super::super::callback::Frame;
    use super::*;

    fn found(kernel: &Kernel) -> Vec<(Rule, String)> {
        kernel.report().violations().into_iter().map(|own| (own.rule, own.what)).collect()
    }

    #[test]
    fn a_spin_lock_may_be_held_for_25_microseconds() {
        let kernel = kernel();
        for nanoseconds in [0, 333] {
            acquire_spin_lock(&kernel, 8);
            assert!(holds(&kernel, 8) && !holds(&kernel, 9) && spin_locks(&kernel) == 1);
            kernel.stall(Duration::from_micros(25));
            assert_eq!(found(&kernel), []);
            kernel.stall(Duration::from_nanos(nanoseconds));
            release_spin_lock(&kernel, 8);
            assert!(!holds(&kernel, 8) && spin_locks(&kernel) == 0);
        }
        let what = "spin lock 0x8 was held for 25 us".to_owned();
        assert_eq!(found(&kernel), [(Rule::LockHoldTime, what)]);
    }

    #[test]
    fn locks_have_one_order_over_any_number_of_them_while_they_are_there() {
        for (freed, is_wrong) in [(0..1, true), (2..3, false), (4..9, true), (3..4, false)] {
            let kernel = kernel();
            for pair in [[1, 2], [2, 3], [3, 1]] {
                if pair == [3, 1] {
                    kernel.part::<Locks>().forget(freed.start, freed.end);
                }
                for lock in pair {
                    acquire_spin_lock(&kernel, lock);
                }
                for lock in pair {
                    release_spin_lock(&kernel, lock);
                }
            }
            let rules: Vec<Rule> = found(&kernel).into_iter().map(|(rule, _)| rule).collect();
            let wanted = if is_wrong { &[Rule::LockOrder][..] } else { &[] };
            assert_eq!(rules, wanted, "{freed:?}");
        }
    }

    /// Takes a lock in a callback.
    fn take_in(kernel: &Kernel, callback: &'static Callback, lock: usize) {
        kernel.push(Frame { name: callback.name, callback: Some((callback, 0)) });
        acquire_spin_lock(kernel, lock);
        release_spin_lock(kernel, lock);
        kernel.pop();
    }

    #[test]
    fn a_lock_in_memory_that_was_used_before_is_another_one() {
        static PACKET: Callback = Callback::named("packet").packet();
        static CONTROL: Callback = Callback::named("control").control();
        for (freed, is_shared) in [(0..8, true), (8..9, false), (9..16, true)] {
            let kernel = kernel();
            take_in(&kernel, &PACKET, 8);
            kernel.part::<Locks>().forget(freed.start, freed.end);
            take_in(&kernel, &CONTROL, 8);
            let what = "lock 0x8 is taken in packet and in control".to_owned();
            let wanted = is_shared.then_some((Rule::SharedLock, what));
            assert_eq!(found(&kernel), wanted.as_slice(), "{freed:?}");
        }
    }

    #[test]
    fn what_is_not_held_is_not_released_and_what_is_held_not_taken() {
        let kernel = kernel();
        release_spin_lock(&kernel, 8);
        acquire_spin_lock(&kernel, 8);
        acquire_spin_lock(&kernel, 8);
        let rules: Vec<Rule> = found(&kernel).into_iter().map(|(rule, _)| rule).collect();
        assert_eq!(rules, [Rule::LockNotHeld, Rule::Deadlock]);
        acquire_spin_lock(&kernel, 9);
        drop_spin_locks(&kernel, 2);
        assert!(holds(&kernel, 8) && !holds(&kernel, 9) && spin_locks(&kernel) == 2);
    }

    #[test]
    fn a_wait_lock_is_a_critical_region_and_a_mutex_is_none() {
        let kernel = kernel();
        leave_region(&kernel);
        assert_eq!(kernel.regions.get(), 0);
        acquire_wait_lock(&kernel, 8);
        enter_region(&kernel);
        acquire_mutex(&kernel, 9);
        assert!(holds(&kernel, 8) && holds(&kernel, 9) && kernel.regions.get() == 2);
        release_wait_lock(&kernel, 8);
        assert!(!holds(&kernel, 8) && holds(&kernel, 9) && kernel.regions.get() == 1);
        release_mutex(&kernel, 9);
        assert!(!holds(&kernel, 9) && kernel.regions.get() == 1);
    }
}
