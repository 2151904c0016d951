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
        let sequence = self.sequence.load(Ordering::Relaxed);
        self.sequence.store(sequence.wrapping_add(1), Ordering::Relaxed);
        // Sequentially consistent, and paired with the reader's: either the reader sees the odd
        // number, or its clock sample came first.
        fence(Ordering::SeqCst);
        for (word, value) in self.words.iter().zip(words()) {
            word.store(value, Ordering::Relaxed);
        }
        self.sequence.store(sequence.wrapping_add(2), Ordering::Release);
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
        let sequence = self.sequence.load(Ordering::Relaxed);
        self.sequence.store(sequence.wrapping_add(1), Ordering::Relaxed);
        // A reader that sees one of the new words sees the odd number or a later one.
        fence(Ordering::Release);
        for (word, value) in self.words.iter().skip(N.saturating_sub(M)).zip(words) {
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
            let mut words = [0; N];
            for (value, word) in words.iter_mut().zip(&self.words) {
                *value = word.load(Ordering::Relaxed);
            }
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
                let mut words = [0; N];
                for (value, word) in words.iter_mut().zip(&self.words) {
                    *value = word.load(Ordering::Relaxed);
                }
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
