//! A sequence lock: several words that are read consistently without a lock.
//!
//! One writer at a time (the engine's: a timer tick, or a state callback while the timer is
//! stopped). A reader retries during a write; it never delays the writer.

use core::array;

use crate::sync::{AtomicU64, Ordering, fence, pause};

/// `N` words that are published together.
#[derive(Debug)]
pub struct Snapshot<const N: usize> {
    /// Odd during a write.
    sequence: AtomicU64,
    words: [AtomicU64; N],
}

impl<const N: usize> Default for Snapshot<N> {
    fn default() -> Self {
        Self::new()
    }
}

impl<const N: usize> Snapshot<N> {
    /// All words zero.
    pub fn new() -> Self {
        Self { sequence: AtomicU64::new(0), words: array::from_fn(|_| AtomicU64::new(0)) }
    }

    /// Publishes the result of `words`. Once `words` is called, no read that began before can
    /// succeed, so a clock sampled in `words` is at or after every clock sampled by a read of the
    /// old words.
    ///
    /// Only one writer at a time.
    pub fn publish(&self, words: impl FnOnce() -> [u64; N]) {
        // Sequentially consistent, and paired with the reader's: either the reader sees the odd
        // number, or its clock sample came first.
        self.write(|| fence(Ordering::SeqCst), words);
    }

    /// Publishes `words`, which do not depend on the clock, without a fence that waits for the
    /// processor's stores.
    ///
    /// Only one writer at a time.
    pub fn store(&self, words: [u64; N]) {
        self.store_last(words);
    }

    /// [`store`](Self::store) for the last words; the others do not change.
    ///
    /// Only one writer at a time.
    pub fn store_last<const M: usize>(&self, words: [u64; M]) {
        // A reader that sees one of the new words sees the odd number or a later one.
        self.write(|| fence(Ordering::Release), || words);
    }

    /// Writes the last words while the number is odd, which `order` puts before them.
    fn write<const M: usize>(&self, order: impl FnOnce(), words: impl FnOnce() -> [u64; M]) {
        let sequence = self.sequence.load(Ordering::Relaxed);
        self.sequence.store(sequence.wrapping_add(1), Ordering::Relaxed);
        order();
        for (word, value) in self.words.iter().skip(N.saturating_sub(M)).zip(words()) {
            word.store(value, Ordering::Relaxed);
        }
        self.sequence.store(sequence.wrapping_add(2), Ordering::Release);
    }

    /// A number that changes with each publication, and during one: words loaded later belong to
    /// this number, unless the number has changed.
    pub fn number(&self) -> u64 {
        self.sequence.load(Ordering::Acquire)
    }

    /// Returns words that were published together, for uses that need no clock or one sampled
    /// before.
    pub fn load(&self) -> [u64; N] {
        loop {
            let before = self.sequence.load(Ordering::Acquire);
            let words = self.words.each_ref().map(|word| word.load(Ordering::Relaxed));
            fence(Ordering::Acquire);
            if before.is_multiple_of(2) && self.sequence.load(Ordering::Relaxed) == before {
                return words;
            }
            pause();
        }
    }

    /// Calls `answer` with words that were published together, and again whenever a write
    /// interferes.
    pub fn read<R>(&self, mut answer: impl FnMut([u64; N]) -> R) -> R {
        loop {
            let before = self.sequence.load(Ordering::Acquire);
            if before.is_multiple_of(2) {
                let words = self.words.each_ref().map(|word| word.load(Ordering::Relaxed));
                let result = answer(words);
                fence(Ordering::SeqCst);
                if self.sequence.load(Ordering::Relaxed) == before {
                    return result;
                }
            }
            pause();
        }
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use std::sync::mpsc;
    use std::thread;
    use std::time::Duration;

    use super::*;

    #[test]
    fn words_are_those_that_were_last_written() {
        let snapshot = Snapshot::<3>::new();
        let check = |words| {
            assert_eq!((snapshot.load(), snapshot.read(|words| words)), (words, words));
        };
        check([0; 3]);
        snapshot.publish(|| [1, 2, 3]);
        check([1, 2, 3]);
        snapshot.store([4, 5, 6]);
        check([4, 5, 6]);
        snapshot.store_last([7, 8]);
        check([4, 7, 8]);
    }

    /// It is odd during a write.
    #[test]
    fn the_number_goes_up_by_two_with_each_write() {
        let snapshot = Snapshot::<1>::new();
        for before in [0, 2, 4] {
            assert_eq!(snapshot.number(), before);
            snapshot.publish(|| {
                assert_eq!(snapshot.number(), before + 1);
                [before]
            });
        }
        snapshot.store([7]);
        assert_eq!(snapshot.number(), 8);
    }

    #[test]
    fn a_read_during_a_write_waits_for_its_end() {
        let ways: [fn(&Snapshot<2>) -> [u64; 2]; 2] =
            [Snapshot::load, |snapshot| snapshot.read(|words| words)];
        for read in ways {
            let snapshot = &Snapshot::<2>::new();
            thread::scope(|scope| {
                let (begins, begun) = mpsc::channel();
                let mut reader = None;
                snapshot.publish(|| {
                    let own = move || {
                        begins.send(()).unwrap();
                        read(snapshot)
                    };
                    reader = Some(scope.spawn(own));
                    begun.recv().unwrap();
                    // Time for it to read the old words, if it would.
                    thread::sleep(Duration::from_millis(20));
                    [1, 2]
                });
                assert_eq!(reader.unwrap().join().unwrap(), [1, 2]);
            });
        }
    }
}
