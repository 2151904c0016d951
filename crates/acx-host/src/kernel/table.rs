//! Tables by a number that is the host's own: an address, an id. What they cost does not grow with
//! what is in them, and the numbers are no attacker's, so one multiplication is hash enough.

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
        // 2^64 by the golden ratio; the upper bits of the product are the good ones, and the table
        // looks at both ends.
        self.0 = (self.0 ^ number).wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(24);
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

    /// Addresses and ids, by the bits that the table looks at first.
    #[test]
    fn numbers_side_by_side_fall_apart() {
        for distance in [1, 8, 64, 4096, 8192] {
            let places: HashSet<u64> = (0..1024_u64)
                .map(|index| {
                    let mut spread = Spread::default();
                    spread.write_u64(0x7F00_0000_0000 + index * distance);
                    spread.finish() % 4096
                })
                .collect();
            assert!(places.len() > 850, "{distance} apart: {} of 1024", places.len());
        }
    }
}
