//! Division by values that rarely change: a rate, a frequency, the frames of a packet. A processor
//! takes tens of cycles for a 64-bit division, and a tick has a dozen of them; with a reciprocal
//! each is a multiplication.

use core::num::NonZeroU64;

/// A divisor, at least one, and its reciprocal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Divisor {
    value: NonZeroU64,
    /// `floor((2^64 - 1) / value)`.
    reciprocal: u64,
}

impl Divisor {
    /// Zero is treated as one.
    pub(crate) fn new(value: u64) -> Self {
        let value = NonZeroU64::new(value).unwrap_or(NonZeroU64::MIN);
        Self { value, reciprocal: u64::MAX / value }
    }

    pub(crate) fn get(self) -> u64 {
        self.value.get()
    }

    /// Quotient and remainder, exactly.
    pub(crate) fn divide(self, value: u64) -> (u64, u64) {
        let product = u128::from(value).wrapping_mul(u128::from(self.reciprocal));
        // Too small by less than two: value / divisor - value * (1 + divisor) / (divisor * 2^64).
        let mut quotient = u64::try_from(product >> 64).unwrap_or(0);
        let mut rest = value.wrapping_sub(quotient.wrapping_mul(self.get()));
        for _ in 0..2 {
            if rest >= self.get() {
                quotient = quotient.wrapping_add(1);
                rest = rest.wrapping_sub(self.get());
            }
        }
        (quotient, rest)
    }

    /// The quotient, rounded up.
    pub(crate) fn divide_up(self, value: u64) -> u64 {
        let (quotient, rest) = self.divide(value);
        quotient.saturating_add(u64::from(rest != 0))
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn numbers() -> impl Strategy<Value = u64> {
        prop_oneof![any::<u64>(), 0u64..1 << 32, u64::MAX - 4..=u64::MAX, 0u64..4]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4096))]

        #[test]
        fn it_is_the_quotient_and_the_remainder(value in numbers(), divisor in numbers()) {
            let divisor = divisor.max(1);
            let found = Divisor::new(divisor).divide(value);
            prop_assert_eq!(found, (value / divisor, value % divisor));
            // Also around multiples, where an off-by-one quotient shows.
            let multiple = value / divisor * divisor;
            for value in [multiple.wrapping_sub(1), multiple, multiple.saturating_add(1)] {
                let found = Divisor::new(divisor).divide(value);
                prop_assert_eq!(found, (value / divisor, value % divisor));
            }
        }
    }

    #[test]
    fn nothing_divides_as_one_does() {
        assert_eq!(Divisor::new(0).divide(7), (7, 0));
    }
}
