//! The performance counter. DDI: KeQueryPerformanceCounter. Any IRQL.

use acx_sys::LARGE_INTEGER;
use acx_sys::ntddk::KeQueryPerformanceCounter;

/// A value of the performance counter, in its own ticks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Qpc(pub u64);

impl Qpc {
    /// Now.
    pub fn now() -> Self {
        // SAFETY: any IRQL; the frequency is not requested.
        let now = unsafe { KeQueryPerformanceCounter(core::ptr::null_mut()) };
        Self(value(now))
    }

    /// Ticks per second; constant while the system runs.
    pub fn frequency() -> u64 {
        let mut frequency = LARGE_INTEGER { QuadPart: 0 };
        // SAFETY: any IRQL; the place is ours.
        unsafe { KeQueryPerformanceCounter(&raw mut frequency) };
        value(frequency).max(1)
    }
}

fn value(number: LARGE_INTEGER) -> u64 {
    // SAFETY: every bit pattern is a number.
    unsafe { number.QuadPart }.cast_unsigned()
}
