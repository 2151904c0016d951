//! A sequence lock: several words that belong together, read without a lock.
//!
//! One writer at a time (the engine's: a timer tick, or a state callback while the timer is
//! stopped). A reader retries while a write is under way; it never makes the writer wait.

use core::array;

use crate::sync::{AtomicU64, Ordering, fence, pause};

/// `N` words that are published together.
#[derive(Debug)]
pub struct Snapshot<const N: usize> {
    /// Odd while a write is under way.
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

    /// Publishes what `words` returns. From its call on, no read that began before can succeed any
    /// more, so a clock that `words` samples is at or after every clock sampled by a read of the
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

    /// Publishes `words`, which hold whatever the clock shows: no fence that waits for the
    /// processor's stores.
    ///
    /// Only one writer at a time.
    pub fn store(&self, words: [u64; N]) {
        self.store_last(words);
    }

    /// [`store`](Self::store) of the last words; the others stay as they are.
    ///
    /// Only one writer at a time.
    pub fn store_last<const M: usize>(&self, words: [u64; M]) {
        let sequence = self.sequence.load(Ordering::Relaxed);
        self.sequence.store(sequence.wrapping_add(1), Ordering::Relaxed);
        // Who reads one of the new words sees the odd number, or a later one.
        fence(Ordering::Release);
        for (word, value) in self.words.iter().skip(N.saturating_sub(M)).zip(words) {
            word.store(value, Ordering::Relaxed);
        }
        self.sequence.store(sequence.wrapping_add(2), Ordering::Release);
    }

    /// Another number after each publication, and while one is under way: words that are loaded
    /// later are those of this number, or it is not the number any more.
    pub fn number(&self) -> u64 {
        self.sequence.load(Ordering::Acquire)
    }

    /// Words that were published together, for an answer that needs no clock, or one that was
    /// sampled before.
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

    /// Calls `answer` with words that were published together, and once more whenever a write came
    /// in between.
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
