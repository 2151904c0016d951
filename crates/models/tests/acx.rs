//! What callbacks share without a lock, in every order of their memory accesses. Run with
//! `RUSTFLAGS="--cfg loom"`.

#![cfg(loom)]

use acx::cancel::Cancel;
use acx::exclusive::Exclusive;
use acx::life::{Cleanup, Life};
use acx::once::Once;
use acx::pool::Arc;
use acx::{Error, Result};
use loom::cell::UnsafeCell;
use loom::thread;

/// Two callbacks at once: loom sees it if both are inside, and if what one did were not there for
/// the next.
#[test]
fn a_value_is_used_by_one_callback_at_a_time() {
    loom::model(|| {
        let value = loom::sync::Arc::new(Exclusive::new(0));
        let count = |value: &Exclusive<u32>| -> Result<u32> {
            value.enter(|count| {
                *count += 1;
                Ok(*count)
            })
        };
        let other = {
            let value = loom::sync::Arc::clone(&value);
            thread::spawn(move || count(&value))
        };
        let answers = [count(&value), other.join().unwrap()];
        let inside = answers.iter().filter(|answer| answer.is_ok()).count() as u32;
        assert!(inside >= 1, "whoever comes first finds it open");
        assert!(answers.iter().all(|answer| matches!(answer, Ok(_) | Err(Error::Busy))));
        // Whoever was refused did not count, and whoever came second saw what the first did. (A
        // third try is not modelled: loom lets a swap that read an older value come last.)
        let highest = answers.into_iter().filter_map(Result::ok).max();
        assert_eq!(highest, Some(inside));
    });
}

/// What owners share; loom knows who touches it, and that it goes once.
struct Shared(UnsafeCell<u32>, loom::sync::Arc<loom::sync::atomic::AtomicU32>);

// SAFETY: the models below say who touches it when, and loom checks.
unsafe impl Sync for Shared {}
// SAFETY: loom runs each order of the accesses and fails where two of them race.
unsafe impl Send for Shared {}

impl Drop for Shared {
    fn drop(&mut self) {
        // Alone with it: everything that the other owner did is done.
        self.0.with_mut(|_| ());
        self.1.fetch_add(1, loom::sync::atomic::Ordering::Relaxed);
    }
}

#[test]
fn the_last_owner_drops_once_and_after_the_others() {
    loom::model(|| {
        let dropped = loom::sync::Arc::new(loom::sync::atomic::AtomicU32::new(0));
        let owner = Arc::new(Shared(UnsafeCell::new(7), dropped.clone())).ok().unwrap();
        let other = {
            let owner = owner.clone();
            // SAFETY: reading, as the other owner does.
            thread::spawn(move || owner.0.with(|value| unsafe { *value }))
        };
        // SAFETY: `owner` is one of two that keep the value, and both only read it.
        assert_eq!(owner.0.with(|value| unsafe { *value }), 7);
        drop(owner);
        assert_eq!(other.join().unwrap(), 7);
        assert_eq!(dropped.load(loom::sync::atomic::Ordering::Relaxed), 1);
    });
}

/// An owner that finds itself alone may write: the other one has come to its end.
#[test]
fn who_is_alone_is_alone() {
    loom::model(|| {
        let dropped = loom::sync::Arc::new(loom::sync::atomic::AtomicU32::new(0));
        let owner = Arc::new(Shared(UnsafeCell::new(7), dropped)).ok().unwrap();
        let other = {
            let owner = owner.clone();
            thread::spawn(move || {
                // SAFETY: nobody writes while there are two owners.
                owner.0.with(|value| unsafe { *value })
            })
        };
        if owner.is_alone() {
            // SAFETY: alone; loom would see a reader.
            owner.0.with_mut(|value| unsafe { *value = 8 });
        }
        assert_eq!(other.join().unwrap(), 7);
    });
}

/// A timer object: its life, the state that it gives up once, and how often it was deleted.
struct Timer {
    life: Life,
    state: UnsafeCell<u32>,
    deleted: loom::sync::atomic::AtomicU32,
    released: loom::sync::atomic::AtomicU32,
}

// SAFETY: the life says who touches the state when, and loom checks.
unsafe impl Sync for Timer {}
// SAFETY: loom runs each order of the accesses and fails where two of them race.
unsafe impl Send for Timer {}

impl Timer {
    fn new() -> loom::sync::Arc<Self> {
        loom::sync::Arc::new(Self {
            life: Life::new(),
            state: UnsafeCell::new(0),
            deleted: loom::sync::atomic::AtomicU32::new(0),
            released: loom::sync::atomic::AtomicU32::new(0),
        })
    }

    fn release(&self) {
        // Alone with it: loom would see a callback that is still there.
        self.state.with_mut(|_| ());
        self.released.fetch_add(1, loom::sync::atomic::Ordering::Relaxed);
    }

    /// The framework's cleanup.
    fn clean_up(&self) {
        if self.life.go() {
            self.release();
        }
    }

    /// WdfObjectDelete, where nobody waits for a callback.
    fn delete(&self) {
        self.deleted.fetch_add(1, loom::sync::atomic::Ordering::Relaxed);
        self.clean_up();
    }

    fn expire(&self) {
        self.callback(|| {
            // SAFETY: one expiry at a time; loom would see the state being given up meanwhile.
            self.state.with_mut(|state| unsafe { *state += 1 });
        });
    }

    fn callback(&self, act: impl FnOnce()) {
        match self.life.callback(act) {
            Cleanup::Nothing => {}
            Cleanup::Delete => self.delete(),
            Cleanup::Release => self.release(),
        }
    }

    /// The handle's drop, where it cannot wait.
    fn close(&self) {
        if self.life.close() {
            self.delete();
        }
    }

    fn counts(&self) -> (u32, u32) {
        let order = loom::sync::atomic::Ordering::Relaxed;
        (self.deleted.load(order), self.released.load(order))
    }
}

/// A handle that is dropped while the callback may be anywhere: one of the two deletes the timer,
/// and the state is given up once, after the callback.
#[test]
fn a_timer_is_deleted_once_by_its_handle_or_its_callback() {
    loom::model(|| {
        let timer = Timer::new();
        let other = {
            let timer = timer.clone();
            thread::spawn(move || timer.expire())
        };
        timer.close();
        other.join().unwrap();
        assert_eq!(timer.counts(), (1, 1));
    });
}

/// The framework cleans a timer up with its parent, while the handle goes and a callback that was
/// started too late runs. Nobody deletes what is gone; a deletion that had begun is allowed.
#[test]
fn a_timer_that_goes_with_its_parent_gives_its_state_up_once() {
    loom::model(|| {
        let timer = Timer::new();
        let callback = {
            let timer = timer.clone();
            thread::spawn(move || timer.expire())
        };
        let handle = {
            let timer = timer.clone();
            thread::spawn(move || timer.life.close())
        };
        timer.clean_up();
        callback.join().unwrap();
        let deletes = handle.join().unwrap();
        let (deleted, released) = timer.counts();
        assert!(u32::from(deletes) + deleted <= 1, "deleted twice");
        assert_eq!(released, 1);
    });
}

/// Two expiries that overlap for a moment, because the first armed the timer as its last act.
#[test]
fn the_last_callback_under_way_deletes() {
    // Every order with three interruptions: all of them take too long.
    let mut model = loom::model::Builder::new();
    model.preemption_bound = Some(3);
    model.check(|| {
        let timer = Timer::new();
        let ends: Vec<_> = (0..2)
            .map(|_| {
                let timer = timer.clone();
                // Without the state: the second begins when the first has done with it.
                thread::spawn(move || timer.callback(|| ()))
            })
            .collect();
        timer.close();
        ends.into_iter().for_each(|end| end.join().unwrap());
        assert_eq!(timer.counts(), (1, 1));
    });
}

/// Two give a value at once, and a third looks: one of the two succeeds, and what is seen is all of
/// it.
#[test]
fn a_value_is_given_once_and_seen_whole() {
    loom::model(|| {
        let place = loom::sync::Arc::new(Once::default());
        let other = {
            let place = place.clone();
            thread::spawn(move || place.set([1, 1]).is_ok())
        };
        let reader = {
            let place = place.clone();
            thread::spawn(move || place.get().copied())
        };
        let first = place.set([2, 2]).is_ok();
        let seen = reader.join().unwrap();
        assert!(first != other.join().unwrap(), "one of the two gives it");
        let value = if first { [2, 2] } else { [1, 1] };
        assert_eq!(place.get(), Some(&value));
        assert!(seen.is_none_or(|seen| seen == value));
    });
}

/// The cancel callback and the holder of a request, in every order. The framework answers the
/// holder that it is too late once the cancellation has begun, before or after the callback.
#[test]
fn a_request_that_waits_is_completed_once() {
    for begun in [false, true] {
        loom::model(move || {
            let cancel = loom::sync::Arc::new(Cancel::new());
            let completed = loom::sync::Arc::new(loom::sync::atomic::AtomicU32::new(0));
            let complete = |completed: &loom::sync::atomic::AtomicU32| {
                completed.fetch_add(1, loom::sync::atomic::Ordering::Relaxed);
            };
            // What the framework decides once: whether the callback comes, or the holder is first.
            let callback = begun.then(|| {
                let (cancel, completed) = (cancel.clone(), completed.clone());
                thread::spawn(move || {
                    if cancel.canceled() {
                        complete(&completed);
                    }
                })
            });
            if cancel.take() && (!begun || cancel.lost()) {
                complete(&completed);
            }
            if let Some(callback) = callback {
                callback.join().unwrap();
            }
            assert_eq!(completed.load(loom::sync::atomic::Ordering::Relaxed), 1);
        });
    }
}
