//! The value is lent for as long as its lock is held: locks end in the order of a stack.

use acx::lock::SpinLock;
use acx::Dispatch;

fn keep<'a>(first: &'a SpinLock<u32>, second: &SpinLock<u32>, level: &mut Dispatch) {
    let first: &'a mut u32 = first.with(level, |value, _| value);
    second.with(level, |second, _| *second = *first);
}

fn main() {}
