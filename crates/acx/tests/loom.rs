//! What callbacks share without a lock, in every order of their memory accesses. Run with `RUSTFLAGS="--cfg loom"`.

#![cfg(loom)]

use acx::exclusive::Exclusive;
use acx::pool::Arc;
use acx::{Error, Result};
// The system that the crate's other parts call, which nothing here does.
use acx_host as _;
use loom::cell::UnsafeCell;
use loom::thread;

/// Two callbacks at once: loom sees it if both are inside, and if what one did were not there for the next.
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
        // Whoever was refused did not count, and whoever came second saw what the first did. (A third try is not modelled: loom lets a swap
        // that read an older value come last.)
        let highest = answers.into_iter().filter_map(Result::ok).max();
        assert_eq!(highest, Some(inside));
    });
}

/// What owners share; loom knows who touches it, and that it goes once.
struct Shared(UnsafeCell<u32>, loom::sync::Arc<loom::sync::atomic::AtomicU32>);

// SAFETY: the models below say who touches it when, and loom checks.
unsafe impl Sync for Shared {}
// SAFETY: as above.
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
        // SAFETY: as above.
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
