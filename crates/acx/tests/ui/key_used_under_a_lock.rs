//! A registry key borrows the token from when it is opened until it is closed.

use acx::device::{DeviceKey, NewDevice};
use acx::lock::SpinLock;
use acx::registry::Access;
use acx::wide;

fn under_a_lock(lock: &SpinLock<u32>, device: &mut NewDevice<'_>) {
    let key = device.open_key(DeviceKey::Hardware, Access::Read).unwrap();
    lock.with(device.passive(), |value, _| *value = key.number(wide!("Value")).unwrap_or(0));
}

fn main() {}
