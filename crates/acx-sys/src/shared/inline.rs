//! NT helpers that the headers define inline.

use crate::*;

/// `MmGetMdlVirtualAddress`: the address that the MDL was built from. Any IRQL.
///
/// # Safety
///
/// `mdl` points at a valid MDL.
#[inline]
pub unsafe fn MmGetMdlVirtualAddress(mdl: PMDL) -> PVOID {
    // SAFETY: the caller vouches for the MDL.
    unsafe { (*mdl).StartVa.cast::<u8>().wrapping_add((*mdl).ByteOffset as usize).cast() }
}

/// `MmGetMdlByteCount`. Any IRQL.
///
/// # Safety
///
/// `mdl` points at a valid MDL.
#[inline]
pub unsafe fn MmGetMdlByteCount(mdl: PMDL) -> ULONG {
    // SAFETY: the caller vouches for the MDL.
    unsafe { (*mdl).ByteCount }
}

/// `MmGetMdlByteOffset`. Any IRQL.
///
/// # Safety
///
/// `mdl` points at a valid MDL.
#[inline]
pub unsafe fn MmGetMdlByteOffset(mdl: PMDL) -> ULONG {
    // SAFETY: the caller vouches for the MDL.
    unsafe { (*mdl).ByteOffset }
}

/// `MmGetSystemAddressForMdlSafe`: where the kernel sees the pages; null if they cannot be mapped. At most `DISPATCH_LEVEL`.
///
/// # Safety
///
/// `mdl` points at a valid MDL of locked or non-paged pages.
#[inline]
pub unsafe fn MmGetSystemAddressForMdlSafe(mdl: PMDL, priority: ULONG) -> PVOID {
    const MAPPED: u32 = MDL_MAPPED_TO_SYSTEM_VA | MDL_SOURCE_IS_NONPAGED_POOL;
    // SAFETY: the caller vouches for the MDL.
    unsafe {
        if (*mdl).MdlFlags as u32 & MAPPED != 0 {
            (*mdl).MappedSystemVa
        } else {
            ntddk::MmMapLockedPagesSpecifyCache(
                mdl,
                _MODE::KernelMode as KPROCESSOR_MODE,
                _MEMORY_CACHING_TYPE::MmCached,
                core::ptr::null_mut(),
                FALSE,
                priority,
            )
        }
    }
}

/// `KeRaiseIrql` to `DISPATCH_LEVEL`; returns the IRQL to give back to `KeLowerIrql`.
///
/// # Safety
///
/// The caller is at most at `DISPATCH_LEVEL` and lowers the IRQL again.
#[inline]
pub unsafe fn KeRaiseIrqlToDpcLevel() -> KIRQL {
    // SAFETY: the caller is at most at DISPATCH_LEVEL.
    unsafe { ntddk::KfRaiseIrql(DISPATCH_LEVEL as KIRQL) }
}

/// A status of success or information.
#[inline]
pub const fn NT_SUCCESS(status: NTSTATUS) -> bool {
    status >= 0
}
