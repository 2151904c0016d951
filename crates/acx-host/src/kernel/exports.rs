//! The NT functions that a driver imports. Each asks the machine that the calling thread is in.
//!
//! Sources: the functions' DDI pages; IRQLs are the documented highest ones.

use acx_sys::*;

use crate::kernel::abi::{read, text, write};
use crate::kernel::failure;
use crate::kernel::function::exports;
use crate::kernel::interface::Interfaces;
use crate::kernel::interface::{check_property, kernel_form};
use crate::kernel::locks;
use crate::kernel::pool::Pool;
use crate::kernel::report::Rule;
use crate::kernel::string::allocate;
use crate::kernel::{DISPATCH, Kernel, PASSIVE, current};

/// What pool holds that was asked for uninitialized.
const UNINITIALIZED: u8 = 0xCD;

fn IoGetDeviceInterfaceAlias(
    kernel: &Kernel,
    SymbolicLinkName: PUNICODE_STRING,
    AliasInterfaceClassGuid: *const GUID,
    AliasSymbolicLinkName: PUNICODE_STRING,
) -> NTSTATUS {
    let (Some(name), Some(class)) = (text(SymbolicLinkName), read(AliasInterfaceClassGuid)) else {
        return STATUS_INVALID_PARAMETER;
    };
    match kernel.part::<Interfaces>().alias(&name, &class) {
        Some(alias) => allocate(
            kernel,
            AliasSymbolicLinkName,
            &kernel_form(&alias).encode_utf16().collect::<Vec<_>>(),
        ),
        None => STATUS_OBJECT_NAME_NOT_FOUND,
    }
}

fn IoSetDeviceInterfacePropertyData(
    kernel: &Kernel,
    SymbolicLinkName: PUNICODE_STRING,
    PropertyKey: *const DEVPROPKEY,
    Lcid: LCID,
    Flags: ULONG,
    Type: DEVPROPTYPE,
    Size: ULONG,
    Data: PVOID,
) -> NTSTATUS {
    let (Some(name), Some(key)) = (text(SymbolicLinkName), read(PropertyKey)) else {
        return STATUS_INVALID_PARAMETER;
    };
    if let Err(status) = check_property(kernel, Lcid, Flags, Type) {
        return status;
    }
    let interfaces = kernel.part::<Interfaces>();
    if interfaces.find(&name).is_none() {
        return STATUS_OBJECT_NAME_NOT_FOUND;
    }
    interfaces.assign_property(&name, &key, Type, Size, Data);
    STATUS_SUCCESS
}

fn RtlFreeUnicodeString(kernel: &Kernel, String: PUNICODE_STRING) {
    if let Some(own) = read(String).filter(|own| !own.Buffer.is_null()) {
        kernel.part::<Pool>().free(kernel, own.Buffer as usize, None);
        write(String, UNICODE_STRING { Length: 0, MaximumLength: 0, Buffer: std::ptr::null_mut() });
    }
}

pub(crate) fn ExAllocatePool2(
    kernel: &Kernel,
    Flags: POOL_FLAGS,
    NumberOfBytes: SIZE_T,
    Tag: ULONG,
) -> PVOID {
    if NumberOfBytes == 0 || Tag == 0 {
        kernel
            .violate(Rule::PoolRequest, "ExAllocatePool2 of no bytes or without a tag".to_owned());
    }
    if Flags & POOL_FLAG_PAGED != 0 && kernel.irql() > PASSIVE + 1 {
        kernel.violate(Rule::PagedPool, "paged pool above APC_LEVEL".to_owned());
    }
    if Flags & POOL_FLAG_NON_PAGED_EXECUTE != 0 {
        kernel.violate(Rule::PoolRequest, "executable pool".to_owned());
    }
    if failure::fails(kernel, "ExAllocatePool2") {
        return std::ptr::null_mut();
    }
    let is_paged = Flags & POOL_FLAG_PAGED != 0;
    let block = kernel.part::<Pool>().allocate(kernel, NumberOfBytes as usize, Tag, is_paged);
    if Flags & POOL_FLAG_UNINITIALIZED != 0 && block != 0 {
        // Filled with a pattern, so that a driver that relies on zeros fails.
        // SAFETY: just allocated, of that length.
        unsafe { (block as *mut u8).write_bytes(UNINITIALIZED, NumberOfBytes as usize) };
    }
    block as PVOID
}

fn ExFreePool(kernel: &Kernel, P: PVOID) {
    kernel.part::<Pool>().free(kernel, P as usize, None);
}

fn ExFreePoolWithTag(kernel: &Kernel, P: PVOID, Tag: ULONG) {
    kernel.part::<Pool>().free(kernel, P as usize, Some(Tag));
}

fn IoAllocateMdl(
    kernel: &Kernel,
    VirtualAddress: PVOID,
    Length: ULONG,
    _SecondaryBuffer: BOOLEAN,
    _ChargeQuota: BOOLEAN,
    _Irp: PIRP,
) -> PMDL {
    if failure::fails(kernel, "IoAllocateMdl") {
        return std::ptr::null_mut();
    }
    kernel.part::<Pool>().allocate_mdl(kernel, VirtualAddress as usize, Length)
}

fn IoFreeMdl(kernel: &Kernel, Mdl: PMDL) {
    kernel.part::<Pool>().free_mdl(kernel, Mdl);
}

fn MmBuildMdlForNonPagedPool(kernel: &Kernel, MemoryDescriptorList: PMDL) {
    kernel.part::<Pool>().build_mdl(kernel, MemoryDescriptorList);
}

fn KeAcquireSpinLockRaiseToDpc(kernel: &Kernel, SpinLock: PKSPIN_LOCK) -> KIRQL {
    let before = kernel.set_irql(DISPATCH);
    locks::acquire_spin_lock(kernel, SpinLock as usize);
    before
}

fn KeReleaseSpinLock(kernel: &Kernel, SpinLock: PKSPIN_LOCK, NewIrql: KIRQL) {
    locks::release_spin_lock(kernel, SpinLock as usize);
    kernel.lower_irql(NewIrql);
}

fn KeGetCurrentIrql(kernel: &Kernel) -> KIRQL {
    kernel.irql()
}

fn KfRaiseIrql(kernel: &Kernel, NewIrql: KIRQL) -> KIRQL {
    if NewIrql < kernel.irql() {
        kernel.violate(Rule::IrqlChange, "KfRaiseIrql lowers".to_owned());
    }
    kernel.set_irql(NewIrql)
}

fn KeLowerIrql(kernel: &Kernel, NewIrql: KIRQL) {
    if NewIrql > kernel.irql() {
        kernel.violate(Rule::IrqlChange, "KeLowerIrql raises".to_owned());
    }
    kernel.lower_irql(NewIrql);
}

fn RtlInitUnicodeString(
    _kernel: &Kernel,
    DestinationString: PUNICODE_STRING,
    SourceString: PCWSTR,
) {
    // The length counts 0xFFFC bytes at most, and the zero goes beside them.
    let units = (0..0x7FFE)
        .take_while(|at| read(SourceString.wrapping_add(*at)).is_some_and(|unit| unit != 0))
        .count();
    let length = (units * 2) as u16;
    let maximum = if SourceString.is_null() { 0 } else { length + 2 };
    write(
        DestinationString,
        UNICODE_STRING { Length: length, MaximumLength: maximum, Buffer: SourceString.cast_mut() },
    );
}

/// The performance counter: not an entry of the stack, because it is asked all the time. Any IRQL.
fn KeQueryPerformanceCounter(
    kernel: &Kernel,
    PerformanceFrequency: PLARGE_INTEGER,
) -> LARGE_INTEGER {
    let frequency = kernel.qpc_frequency() as i64;
    write(PerformanceFrequency, LARGE_INTEGER { QuadPart: frequency });
    LARGE_INTEGER { QuadPart: kernel.qpc() as i64 }
}

/// The memory of a driver is mapped where it is: a second mapping is the first.
fn MmMapLockedPagesSpecifyCache(
    kernel: &Kernel,
    MemoryDescriptorList: PMDL,
    _AccessMode: KPROCESSOR_MODE,
    _CacheType: MEMORY_CACHING_TYPE,
    _RequestedAddress: PVOID,
    _BugCheckOnFailure: ULONG,
    _Priority: ULONG,
) -> PVOID {
    kernel.part::<Pool>().map_mdl(kernel, MemoryDescriptorList)
}

exports! {
    /// The NT functions.
    exports:
    IoGetDeviceInterfaceAlias(
        SymbolicLinkName: PUNICODE_STRING, AliasInterfaceClassGuid: *const GUID,
        AliasSymbolicLinkName: PUNICODE_STRING
    ) -> NTSTATUS: PASSIVE;
    IoSetDeviceInterfacePropertyData(
        SymbolicLinkName: PUNICODE_STRING, PropertyKey: *const DEVPROPKEY, Lcid: LCID,
        Flags: ULONG, Type: DEVPROPTYPE, Size: ULONG, Data: PVOID
    ) -> NTSTATUS: PASSIVE;
    RtlFreeUnicodeString(String: PUNICODE_STRING): PASSIVE;
    ExAllocatePool2(Flags: POOL_FLAGS, NumberOfBytes: SIZE_T, Tag: ULONG) -> PVOID: DISPATCH;
    ExFreePool(P: PVOID): DISPATCH;
    ExFreePoolWithTag(P: PVOID, Tag: ULONG): DISPATCH;
    IoAllocateMdl(
        VirtualAddress: PVOID, Length: ULONG, _SecondaryBuffer: BOOLEAN, _ChargeQuota: BOOLEAN,
        _Irp: PIRP
    ) -> PMDL: DISPATCH;
    IoFreeMdl(Mdl: PMDL): DISPATCH;
    MmBuildMdlForNonPagedPool(MemoryDescriptorList: PMDL): DISPATCH;
    KeAcquireSpinLockRaiseToDpc(SpinLock: PKSPIN_LOCK) -> KIRQL: DISPATCH;
    KeReleaseSpinLock(SpinLock: PKSPIN_LOCK, NewIrql: KIRQL): DISPATCH;
    KeGetCurrentIrql() -> KIRQL: ANY;
    KfRaiseIrql(NewIrql: KIRQL) -> KIRQL: ANY;
    KeLowerIrql(NewIrql: KIRQL): ANY;
    RtlInitUnicodeString(DestinationString: PUNICODE_STRING, SourceString: PCWSTR): DISPATCH;
    KeQueryPerformanceCounter(
        PerformanceFrequency: PLARGE_INTEGER
    ) -> LARGE_INTEGER: ANY, untracked;
    MmMapLockedPagesSpecifyCache(
        MemoryDescriptorList: PMDL, _AccessMode: KPROCESSOR_MODE, _CacheType: MEMORY_CACHING_TYPE,
        _RequestedAddress: PVOID, _BugCheckOnFailure: ULONG, _Priority: ULONG
    ) -> PVOID: DISPATCH;
}

/// A bug check ends the run: there is nothing sensible to return to.
#[unsafe(no_mangle)]
#[expect(non_snake_case, reason = "the function's own name")]
pub(crate) extern "C" fn KeBugCheckEx(
    BugCheckCode: ULONG,
    first: ULONG_PTR,
    second: ULONG_PTR,
    third: ULONG_PTR,
    fourth: ULONG_PTR,
) -> ! {
    let what =
        format!("bug check {BugCheckCode:#x} ({first:#x}, {second:#x}, {third:#x}, {fourth:#x})");
    let kernel = current();
    kernel.violate(Rule::BugCheck, what);
    for violation in kernel.report().violations() {
        eprintln!("{violation}");
    }
    std::process::abort()
}

/// What images import beside [`exports`]: functions whose C namesakes every process has, and those
/// that are no ordinary functions.
#[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
pub(crate) fn for_images() -> Vec<super::function::Export> {
    use std::ffi::c_void;

    use crate::image::engine::{Caller, service};
    use crate::image::standing::Service;
    use crate::kernel::function::Export;

    extern "efiapi" fn bug_check(
        code: ULONG,
        first: ULONG_PTR,
        second: ULONG_PTR,
        third: ULONG_PTR,
        fourth: ULONG_PTR,
    ) -> ! {
        KeBugCheckEx(code, first, second, third, fourth)
    }
    /// The functions of this process's C library, which every Rust program is linked with. Their
    /// namesakes in Rust check pointers where debug assertions are on, and end the process: a wrong
    /// one here is a fault of the driver's, to be reported as its own.
    mod c {
        unsafe extern "C" {
            pub(super) fn memmove(to: *mut u8, from: *const u8, bytes: usize) -> *mut u8;
            pub(super) fn memset(to: *mut u8, value: i32, bytes: usize) -> *mut u8;
            pub(super) fn memcmp(one: *const u8, other: *const u8, bytes: usize) -> i32;
        }
    }
    unsafe extern "C" fn copy(
        to: *mut u8,
        from: *const u8,
        bytes: usize,
        caller: *const Caller,
    ) -> *mut u8 {
        let _service = Service::begin("memcpy", caller);
        // SAFETY: the driver's own call, with memcpy's or memmove's contract.
        unsafe { c::memmove(to, from, bytes) }
    }
    unsafe extern "C" fn fill(
        to: *mut u8,
        value: usize,
        bytes: usize,
        caller: *const Caller,
    ) -> *mut u8 {
        let _service = Service::begin("memset", caller);
        // SAFETY: the driver's own call, with memset's contract.
        unsafe { c::memset(to, i32::from(value as u8), bytes) }
    }
    unsafe extern "C" fn compare(
        one: *const u8,
        other: *const u8,
        bytes: usize,
        caller: *const Caller,
    ) -> i32 {
        let _service = Service::begin("memcmp", caller);
        // SAFETY: the driver's own call, with memcmp's contract.
        unsafe { c::memcmp(one, other, bytes) }.signum()
    }
    /// The stack probe: it gets the size in rax, or in x15, and changes nothing. The stack of this
    /// process grows by itself.
    #[unsafe(naked)]
    unsafe extern "efiapi" fn probe() {
        core::arch::naked_asm!("ret")
    }
    vec![
        Export { name: "KeBugCheckEx", windows: bug_check as *const c_void },
        Export { name: "memcpy", windows: service!(copy) },
        Export { name: "memmove", windows: service!(copy) },
        Export { name: "memset", windows: service!(fill) },
        Export { name: "memcmp", windows: service!(compare) },
        Export { name: "__chkstk", windows: probe as *const c_void },
    ]
}
