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

/// `MmGetSystemAddressForMdlSafe`: where the kernel sees the pages; null if they cannot be mapped.
/// At most `DISPATCH_LEVEL`.
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

/// `KeAcquireSpinLock`: raises to `DISPATCH_LEVEL` and takes the lock; `old_irql` gets the IRQL for
/// `KeReleaseSpinLock`.
///
/// # Safety
///
/// `lock` is an initialized spin lock that this processor does not hold; the caller is at most at
/// `DISPATCH_LEVEL`.
#[inline]
pub unsafe fn KeAcquireSpinLock(lock: PKSPIN_LOCK, old_irql: &mut KIRQL) {
    // SAFETY: the caller vouches for the lock and the IRQL.
    *old_irql = unsafe { ntddk::KeAcquireSpinLockRaiseToDpc(lock) };
}

/// `IoGetCurrentIrpStackLocation`. Any IRQL.
///
/// # Safety
///
/// The caller owns `irp`.
#[inline]
pub unsafe fn IoGetCurrentIrpStackLocation(irp: PIRP) -> PIO_STACK_LOCATION {
    // SAFETY: every member of the unions up to the field is plain data of a live IRP.
    unsafe { (*irp).Tail.Overlay.__bindgen_anon_2.__bindgen_anon_1.CurrentStackLocation }
}

/// `IsEqualGUID`: C's GUIDs have no `PartialEq`.
#[inline]
pub const fn IsEqualGUID(a: &GUID, b: &GUID) -> bool {
    a.Data1 == b.Data1
        && a.Data2 == b.Data2
        && a.Data3 == b.Data3
        && u64::from_ne_bytes(a.Data4) == u64::from_ne_bytes(b.Data4)
}

/// `CTL_CODE`: an I/O control code from its parts.
#[inline]
pub const fn CTL_CODE(device_type: u32, function: u32, method: u32, access: u32) -> u32 {
    device_type << 16 | access << 14 | function << 2 | method
}

/// `ADDRESS_AND_SIZE_TO_SPAN_PAGES`: how many pages `size` bytes from `address` touch.
#[inline]
pub fn ADDRESS_AND_SIZE_TO_SPAN_PAGES(address: PVOID, size: usize) -> usize {
    let page = PAGE_SIZE as usize;
    (address.addr() % page + size).div_ceil(page)
}

/// `WDF_REL_TIMEOUT_IN_MS`: a relative due time in 100 ns units, which NT wants negative.
#[inline]
pub const fn WDF_REL_TIMEOUT_IN_MS(milliseconds: ULONGLONG) -> LONGLONG {
    -((milliseconds * 10_000).cast_signed())
}

/// `WDF_REL_TIMEOUT_IN_US`: a relative due time in 100 ns units, which NT wants negative.
#[inline]
pub const fn WDF_REL_TIMEOUT_IN_US(microseconds: ULONGLONG) -> LONGLONG {
    -((microseconds * 10).cast_signed())
}

/// `RtlZeroMemory`. Any IRQL at which the memory may be touched.
///
/// # Safety
///
/// `length` bytes at `destination` may be written.
#[inline]
pub unsafe fn RtlZeroMemory(destination: PVOID, length: usize) {
    // SAFETY: the caller vouches for the memory.
    unsafe { destination.cast::<u8>().write_bytes(0, length) };
}

/// `RtlCopyMemory`. Any IRQL at which the memory may be touched.
///
/// # Safety
///
/// `length` bytes at `source` may be read and at `destination` written, and the two do not overlap.
#[inline]
pub unsafe fn RtlCopyMemory(destination: PVOID, source: *const core::ffi::c_void, length: usize) {
    // SAFETY: the caller vouches for the memory.
    unsafe { source.cast::<u8>().copy_to_nonoverlapping(destination.cast(), length) };
}

/// `KeMemoryBarrier`: a full fence. Any IRQL.
#[inline]
pub fn KeMemoryBarrier() {
    core::sync::atomic::fence(core::sync::atomic::Ordering::SeqCst);
}

/// `InitializeListHead`: an empty list.
///
/// # Safety
///
/// `head` may be written, and stays where it is while the list is used.
#[inline]
pub unsafe fn InitializeListHead(head: PLIST_ENTRY) {
    // SAFETY: the caller vouches for the head.
    unsafe {
        (*head).Flink = head;
        (*head).Blink = head;
    }
}

/// `IsListEmpty`.
///
/// # Safety
///
/// `head` is an initialized list head.
#[inline]
pub unsafe fn IsListEmpty(head: *const LIST_ENTRY) -> bool {
    // SAFETY: the caller vouches for the head.
    unsafe { core::ptr::eq((*head).Flink, head) }
}

/// `InsertTailList`.
///
/// # Safety
///
/// `head` is an initialized list head, `entry` is in no list and stays where it is while it is in
/// this one.
#[inline]
pub unsafe fn InsertTailList(head: PLIST_ENTRY, entry: PLIST_ENTRY) {
    // SAFETY: the caller vouches for the list and the entry.
    unsafe {
        let last = (*head).Blink;
        (*entry).Flink = head;
        (*entry).Blink = last;
        (*last).Flink = entry;
        (*head).Blink = entry;
    }
}

/// `RemoveEntryList`: true if the list is empty now.
///
/// # Safety
///
/// `entry` is in a list.
#[inline]
pub unsafe fn RemoveEntryList(entry: PLIST_ENTRY) -> bool {
    // SAFETY: the caller vouches for the list.
    unsafe {
        let (next, previous) = ((*entry).Flink, (*entry).Blink);
        (*previous).Flink = next;
        (*next).Blink = previous;
        next == previous
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_is_one_of_four_kinds() {
        for (status, kinds) in [
            (STATUS_SUCCESS, (true, false, false, false)),
            (0x4000_0000, (true, true, false, false)),
            (STATUS_BUFFER_OVERFLOW, (false, false, true, false)),
            (STATUS_UNSUCCESSFUL, (false, false, false, true)),
        ] {
            let found =
                (NT_SUCCESS(status), NT_INFORMATION(status), NT_WARNING(status), NT_ERROR(status));
            assert_eq!(found, kinds, "{status:#X}");
        }
    }

    #[test]
    fn the_ks_control_codes_are_what_ctl_code_makes() {
        assert_eq!(CTL_CODE(FILE_DEVICE_KS, 0, METHOD_NEITHER, FILE_ANY_ACCESS), IOCTL_KS_PROPERTY);
        assert_eq!(CTL_CODE(FILE_DEVICE_KS, 4, METHOD_NEITHER, FILE_READ_ACCESS), 0x2F_4013,);
    }

    #[test]
    fn pages_are_counted_where_the_bytes_touch_them() {
        for (address, size, pages) in
            [(0x1000, 0, 0), (0x1000, 1, 1), (0x1FFF, 1, 1), (0x1FFF, 2, 2), (0x1000, 0x1001, 2)]
        {
            assert_eq!(ADDRESS_AND_SIZE_TO_SPAN_PAGES(address as PVOID, size), pages);
        }
    }

    #[test]
    fn a_list_is_empty_again_after_its_entries_left() {
        let mut head = LIST_ENTRY::default();
        let mut entries = [LIST_ENTRY::default(); 2];
        let (head, first) = (&raw mut head, entries.as_mut_ptr());
        // SAFETY: the head and both entries stay on this stack while they are linked.
        unsafe {
            InitializeListHead(head);
            assert!(IsListEmpty(head));
            InsertTailList(head, first);
            InsertTailList(head, first.add(1));
            assert_eq!((*head).Flink, first);
            assert!(!RemoveEntryList(first));
            assert_eq!((*head).Flink, first.add(1));
            assert!(RemoveEntryList(first.add(1)));
            assert!(IsListEmpty(head));
        }
    }

    #[test]
    fn guids_are_equal_only_if_every_field_is() {
        let mut other = KSPROPSETID_Audio;
        assert!(IsEqualGUID(&other, &KSPROPSETID_Audio));
        other.Data4[7] ^= 1;
        assert!(!IsEqualGUID(&other, &KSPROPSETID_Audio));
    }
}
