//! The NT functions that a linked-in driver imports. Each asks the machine that the calling thread is in.
//!
//! Sources: the functions' DDI pages; IRQLs are the documented highest ones.

#![expect(non_snake_case, reason = "names are the functions' own")]

use std::ffi::c_void;

use acx_sys::*;

use crate::abi::{enter, read, write};
use crate::kernel::{self, DISPATCH, PASSIVE};
use crate::report::Rule;

/// Above any IRQL: callable anywhere.
const ANY: u8 = u8::MAX;

macro_rules! exports {
    ($([$irql:expr] fn $name:ident($kernel:ident $(, $argument:ident: $kind:ty)*) $(-> $result:ty)? $body:block)*) => {
        $(
            #[unsafe(no_mangle)]
            extern "C" fn $name($($argument: $kind),*) $(-> $result)? {
                enter(stringify!($name), $irql, |$kernel| $body)
            }
        )*
    };
}

exports! {
    [DISPATCH] fn ExAllocatePool2(kernel, Flags: POOL_FLAGS, NumberOfBytes: SIZE_T, Tag: ULONG) -> PVOID {
        if NumberOfBytes == 0 || Tag == 0 {
            kernel.violate(Rule::Contract, "ExAllocatePool2 of no bytes or without a tag".to_owned());
        }
        if Flags & POOL_FLAG_PAGED != 0 && kernel.irql() > PASSIVE + 1 {
            kernel.violate(Rule::Irql, "paged pool above APC_LEVEL".to_owned());
        }
        if Flags & POOL_FLAG_NON_PAGED_EXECUTE != 0 {
            kernel.violate(Rule::Contract, "executable pool".to_owned());
        }
        if kernel.fails("ExAllocatePool2") {
            return std::ptr::null_mut();
        }
        kernel.pool.allocate(NumberOfBytes as usize, Tag) as PVOID
    }
    [DISPATCH] fn ExFreePool(kernel, P: PVOID) {
        kernel.pool.free(kernel, P as usize, None);
    }
    [DISPATCH] fn ExFreePoolWithTag(kernel, P: PVOID, Tag: ULONG) {
        kernel.pool.free(kernel, P as usize, Some(Tag));
    }
    [DISPATCH] fn IoAllocateMdl(kernel, VirtualAddress: PVOID, Length: ULONG, _SecondaryBuffer: BOOLEAN, _ChargeQuota: BOOLEAN, _Irp: PIRP) -> PMDL {
        if kernel.fails("IoAllocateMdl") {
            return std::ptr::null_mut();
        }
        kernel.pool.allocate_mdl(VirtualAddress as usize, Length)
    }
    [DISPATCH] fn IoFreeMdl(kernel, Mdl: PMDL) {
        kernel.pool.free_mdl(kernel, Mdl);
    }
    [DISPATCH] fn MmBuildMdlForNonPagedPool(kernel, MemoryDescriptorList: PMDL) {
        kernel.pool.build_mdl(kernel, MemoryDescriptorList);
    }
    [DISPATCH] fn KeAcquireSpinLockRaiseToDpc(kernel, SpinLock: PKSPIN_LOCK) -> KIRQL {
        let before = kernel.set_irql(DISPATCH);
        kernel.spin_lock(SpinLock as usize);
        before
    }
    [DISPATCH] fn KeReleaseSpinLock(kernel, SpinLock: PKSPIN_LOCK, NewIrql: KIRQL) {
        kernel.spin_unlock(SpinLock as usize);
        kernel.set_irql(NewIrql);
    }
    [ANY] fn KeGetCurrentIrql(kernel) -> KIRQL {
        kernel.irql()
    }
    [ANY] fn KfRaiseIrql(kernel, NewIrql: KIRQL) -> KIRQL {
        if NewIrql < kernel.irql() {
            kernel.violate(Rule::Irql, "KfRaiseIrql lowers".to_owned());
        }
        kernel.set_irql(NewIrql)
    }
    [ANY] fn KeLowerIrql(kernel, NewIrql: KIRQL) {
        if NewIrql > kernel.irql() {
            kernel.violate(Rule::Irql, "KeLowerIrql raises".to_owned());
        }
        kernel.set_irql(NewIrql);
    }
    [DISPATCH] fn RtlInitUnicodeString(_kernel, DestinationString: PUNICODE_STRING, SourceString: PCWSTR) {
        let units = (0..0x7FFF).take_while(|at| read(SourceString.wrapping_add(*at)).is_some_and(|unit| unit != 0)).count();
        let length = (units * 2) as u16;
        let maximum = if SourceString.is_null() { 0 } else { length + 2 };
        write(DestinationString, UNICODE_STRING { Length: length, MaximumLength: maximum, Buffer: SourceString.cast_mut() });
    }
}

/// The performance counter: not an entry of the stack, because it is asked all the time. Any IRQL.
#[unsafe(no_mangle)]
extern "C" fn KeQueryPerformanceCounter(PerformanceFrequency: PLARGE_INTEGER) -> LARGE_INTEGER {
    let kernel = kernel::current();
    let frequency = kernel.qpc_frequency() as i64;
    write(PerformanceFrequency, LARGE_INTEGER { QuadPart: frequency });
    LARGE_INTEGER { QuadPart: kernel.qpc() as i64 }
}

/// A driver that stops the system stops the run: there is nothing sensible to return to.
#[unsafe(no_mangle)]
extern "C" fn KeBugCheckEx(
    BugCheckCode: ULONG,
    first: ULONG_PTR,
    second: ULONG_PTR,
    third: ULONG_PTR,
    fourth: ULONG_PTR,
) -> ! {
    let what =
        format!("bug check {BugCheckCode:#x} ({first:#x}, {second:#x}, {third:#x}, {fourth:#x})");
    let kernel = kernel::current();
    kernel.violate(Rule::BugCheck, what);
    for violation in kernel.report().violations() {
        eprintln!("{violation}");
    }
    std::process::abort()
}

/// Nothing maps driver memory into kernel space a second time yet: `MmGetSystemAddressForMdlSafe` finds it mapped.
#[unsafe(no_mangle)]
extern "C" fn MmMapLockedPagesSpecifyCache(
    _MemoryDescriptorList: PMDL,
    _AccessMode: KPROCESSOR_MODE,
    _CacheType: MEMORY_CACHING_TYPE,
    _RequestedAddress: PVOID,
    _BugCheckOnFailure: ULONG,
    _Priority: ULONG,
) -> *mut c_void {
    kernel::current().report().gap("MmMapLockedPagesSpecifyCache");
    std::ptr::null_mut()
}
