//! Tables by a number that is the host's own: an address, an id. What they cost does not grow with
//! what is in them, and the numbers are no attacker's, so two multiplications are hash enough.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// Values by number. Their order is no order: it is for looking up.
pub(crate) type Table<K, V> = HashMap<K, V, BuildHasherDefault<Spread>>;

/// Spreads numbers that lie side by side.
#[derive(Default)]
pub(crate) struct Spread(u64);

impl Hasher for Spread {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64(u64::from(*byte));
        }
    }

    fn write_u64(&mut self, number: u64) {
        // 2^64 by the golden ratio, twice: the upper bits of a product are the good ones, and the
        // table looks at both ends.
        const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;
        let once = (self.0 ^ number).wrapping_mul(GOLDEN);
        let twice = (once ^ once >> 32).wrapping_mul(GOLDEN);
        self.0 = twice ^ twice >> 32;
    }

    fn write_usize(&mut self, number: usize) {
        self.write_u64(number as u64);
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;
    use std::hash::{BuildHasher, Hash};

    /// How many places 1024 keys have, by the bits that the table looks at first.
    fn places<K: Hash>(key: impl Fn(u32) -> K) -> usize {
        let hashes = BuildHasherDefault::<Spread>::default();
        let place = |index| hashes.hash_one(key(index)) % 4096;
        (0..1024).map(place).collect::<HashSet<u64>>().len()
    }

    /// Addresses and ids, of any width.
    #[test]
    fn numbers_side_by_side_fall_apart() {
        for distance in [1, 8, 64, 4096, 8192] {
            let found = [
                places(|index| 0x7F00_0000_0000 + u64::from(index * distance)),
                places(|index| (index * distance) as usize),
                places(|index| index * distance),
            ];
            assert!(found.iter().all(|count| *count > 850), "{distance} apart: {found:?} of 1024");
        }
    }
}
