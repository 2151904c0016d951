//! The time, and the processors.

use acx_sys::*;

use crate::kernel::Kernel;
use crate::kernel::abi::{read, write};
use crate::kernel::function::services;

fn KeQuerySystemTimePrecise(kernel: &Kernel, CurrentTime: *mut i64) {
    write(CurrentTime, kernel.system_time());
}

fn KeQueryInterruptTime(kernel: &Kernel) -> u64 {
    kernel.interrupt_time()
}

fn KeQueryInterruptTimePrecise(kernel: &Kernel, QpcTimeStamp: *mut u64) -> u64 {
    write(QpcTimeStamp, kernel.qpc());
    kernel.interrupt_time()
}

fn KeQueryUnbiasedInterruptTime(kernel: &Kernel) -> u64 {
    kernel.interrupt_time()
}

fn KeQueryTimeIncrement(_kernel: &Kernel) -> ULONG {
    156_250
}

fn ExSystemTimeToLocalTime(_kernel: &Kernel, SystemTime: *const i64, LocalTime: *mut i64) {
    write(LocalTime, read(SystemTime).unwrap_or_default());
}

fn ExSetTimerResolution(kernel: &Kernel, DesiredTime: ULONG, SetResolution: BOOLEAN) -> ULONG {
    kernel.set_grain(if SetResolution != 0 { u64::from(DesiredTime) } else { u64::MAX });
    DesiredTime
}

fn KeSaveFloatingPointState(_kernel: &Kernel, _save: PVOID) -> NTSTATUS {
    STATUS_SUCCESS
}

fn KeRestoreFloatingPointState(_kernel: &Kernel, _save: PVOID) -> NTSTATUS {
    STATUS_SUCCESS
}

fn KeSaveExtendedProcessorState(_kernel: &Kernel, _mask: u64, _save: PVOID) -> NTSTATUS {
    STATUS_SUCCESS
}

fn KeRestoreExtendedProcessorState(_kernel: &Kernel, _save: PVOID) {}

fn KeGetCurrentProcessorNumberEx(_kernel: &Kernel, Number: PVOID) -> ULONG {
    write(Number.cast::<u32>(), 0);
    0
}

fn KeQueryActiveProcessorCountEx(_kernel: &Kernel, _group: USHORT) -> ULONG {
    1
}

fn KeQueryActiveProcessorCount(_kernel: &Kernel, Affinity: *mut usize) -> ULONG {
    write(Affinity, 1);
    1
}

fn KeQueryMaximumProcessorCountEx(_kernel: &Kernel, _group: USHORT) -> ULONG {
    1
}

services! {
    /// Time and processors.
    services:
    KeQuerySystemTimePrecise: ANY;
    KeQueryInterruptTime: ANY;
    KeQueryInterruptTimePrecise: ANY;
    KeQueryUnbiasedInterruptTime: ANY;
    KeQueryTimeIncrement: ANY;
    ExSystemTimeToLocalTime: ANY;
    ExSetTimerResolution: DISPATCH;
    KeSaveFloatingPointState: DISPATCH;
    KeRestoreFloatingPointState: DISPATCH;
    KeSaveExtendedProcessorState: DISPATCH;
    KeRestoreExtendedProcessorState: DISPATCH;
    KeGetCurrentProcessorNumberEx: ANY;
    KeQueryActiveProcessorCountEx: ANY;
    KeQueryActiveProcessorCount: ANY;
    KeQueryMaximumProcessorCountEx: ANY;
}
