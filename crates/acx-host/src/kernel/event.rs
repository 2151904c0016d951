//! Auto-reset events of clients.

use std::cell::RefCell;

use super::base::Kernel;

/// The events of a machine, signalled or not.
#[derive(Default)]
struct Events {
    all: RefCell<Vec<bool>>,
}

fn index(handle: u64) -> Option<usize> {
    usize::try_from(handle / 4).ok()?.checked_sub(1)
}

/// A new event; its handle value is not zero.
pub(crate) fn create(kernel: &Kernel) -> u64 {
    let mut events = kernel.part::<Events>().all.borrow_mut();
    events.push(false);
    events.len() as u64 * 4
}

pub(crate) fn exists(kernel: &Kernel, handle: u64) -> bool {
    let events = kernel.part::<Events>().all.borrow();
    index(handle).is_some_and(|index| index < events.len())
}

/// Signals an event.
pub(crate) fn set(kernel: &Kernel, handle: u64) {
    let mut events = kernel.part::<Events>().all.borrow_mut();
    if let Some(event) = index(handle).and_then(|index| events.get_mut(index)) {
        *event = true;
    }
    kernel.wake();
}

/// Whether the event was signalled; it is not any more.
pub(crate) fn take(kernel: &Kernel, handle: u64) -> bool {
    let mut events = kernel.part::<Events>().all.borrow_mut();
    index(handle).and_then(|index| events.get_mut(index)).is_some_and(std::mem::take)
}

#[cfg(test)]
mod tests {
    use super::super::base::tests::kernel;
    use super::*;

    #[test]
    fn an_event_is_taken_once_for_each_time_that_it_is_set() {
        let kernel = kernel();
        let events = [create(&kernel), create(&kernel)];
        assert_eq!(events, [4, 8], "handles are multiples of four");
        for (handle, is_one) in [(0, false), (4, true), (8, true), (12, false)] {
            assert_eq!(exists(&kernel, handle), is_one, "{handle}");
            assert!(!take(&kernel, handle));
        }
        set(&kernel, 12);
        set(&kernel, 8);
        set(&kernel, 8);
        assert!(!take(&kernel, 4) && take(&kernel, 8) && !take(&kernel, 8));
    }
}
