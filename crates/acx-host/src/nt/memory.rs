//! Pool by its old names, MDLs, and the memory and string functions that the kernel exports for the
//! C runtime.

use acx_sys::*;

use crate::kernel::abi::{read, read_bytes, write, write_bytes};
use crate::kernel::exports::KeBugCheckEx;
use crate::kernel::failure;
use crate::kernel::function::{Export, services};
use crate::kernel::pool::Pool;
use crate::kernel::report::Rule;
use crate::kernel::{Kernel, PASSIVE};
use crate::os::PAGE;

const NONE: u32 = u32::from_le_bytes(*b"None");

/// POOL_TYPE: bit 0 is paged.
fn allocate(kernel: &Kernel, kind: i32, bytes: usize, tag: u32, zeroed: bool) -> PVOID {
    let paged = kind & 1 != 0;
    if paged && kernel.irql() > PASSIVE + 1 {
        kernel.violate(Rule::PagedPool, "paged pool above APC_LEVEL".to_owned());
    }
    // Nothing is said of executable pool: POOL_NX_OPTIN makes the old name mean the new pool at run
    // time, and an image does not show it.
    if failure::fails(kernel, "ExAllocatePoolWithTag") {
        return std::ptr::null_mut();
    }
    let address = kernel.part::<Pool>().allocate(kernel, bytes, tag, paged);
    if !zeroed && address != 0 {
        // Old pool has whatever was there: a driver that counts on zeros finds out here.
        // SAFETY: just allocated, of that length.
        unsafe { (address as *mut u8).write_bytes(0xCD, bytes) };
    }
    address as PVOID
}

fn ExAllocatePool(kernel: &Kernel, PoolType: i32, NumberOfBytes: usize) -> PVOID {
    allocate(kernel, PoolType, NumberOfBytes, NONE, false)
}

fn ExAllocatePoolWithTag(
    kernel: &Kernel,
    PoolType: i32,
    NumberOfBytes: usize,
    Tag: ULONG,
) -> PVOID {
    allocate(kernel, PoolType, NumberOfBytes, Tag, false)
}

pub(super) fn ExAllocatePoolWithQuotaTag(
    kernel: &Kernel,
    PoolType: i32,
    NumberOfBytes: usize,
    Tag: ULONG,
) -> PVOID {
    allocate(kernel, PoolType, NumberOfBytes, Tag, false)
}

fn ExAllocatePoolWithTagPriority(
    kernel: &Kernel,
    PoolType: i32,
    NumberOfBytes: usize,
    Tag: ULONG,
    _priority: i32,
) -> PVOID {
    allocate(kernel, PoolType, NumberOfBytes, Tag, false)
}

fn ExAllocatePool3(
    kernel: &Kernel,
    Flags: u64,
    NumberOfBytes: usize,
    Tag: ULONG,
    _parameters: PVOID,
    _count: ULONG,
) -> PVOID {
    let uninitialized = Flags & POOL_FLAG_UNINITIALIZED != 0;
    let paged = Flags & POOL_FLAG_PAGED != 0;
    allocate(kernel, i32::from(paged), NumberOfBytes, Tag, !uninitialized)
}

fn ExFreePool2(kernel: &Kernel, P: PVOID, Tag: ULONG, _parameters: PVOID, _count: ULONG) {
    kernel.part::<Pool>().free(kernel, P as usize, Some(Tag));
}

fn MmAllocateContiguousMemory(kernel: &Kernel, NumberOfBytes: usize, _highest: u64) -> PVOID {
    kernel.part::<Pool>().allocate(kernel, NumberOfBytes.max(PAGE), NONE, false) as PVOID
}

fn MmAllocateContiguousMemorySpecifyCache(
    kernel: &Kernel,
    NumberOfBytes: usize,
    _lowest: u64,
    _highest: u64,
    _boundary: u64,
    _cache: i32,
) -> PVOID {
    kernel.part::<Pool>().allocate(kernel, NumberOfBytes.max(PAGE), NONE, false) as PVOID
}

fn MmFreeContiguousMemory(kernel: &Kernel, BaseAddress: PVOID) {
    kernel.part::<Pool>().free(kernel, BaseAddress as usize, None);
}

fn MmFreeContiguousMemorySpecifyCache(
    kernel: &Kernel,
    BaseAddress: PVOID,
    _bytes: usize,
    _cache: i32,
) {
    kernel.part::<Pool>().free(kernel, BaseAddress as usize, None);
}

/// The pages come from pool, and are what MmFreePagesFromMdl gives back.
fn MmAllocatePagesForMdlEx(
    kernel: &Kernel,
    _low: u64,
    _high: u64,
    _skip: u64,
    TotalBytes: usize,
    _cache: i32,
    _flags: ULONG,
) -> PMDL {
    kernel.part::<Pool>().allocate_pages(kernel, TotalBytes)
}

fn MmAllocatePagesForMdl(
    kernel: &Kernel,
    _low: u64,
    _high: u64,
    _skip: u64,
    TotalBytes: usize,
) -> PMDL {
    kernel.part::<Pool>().allocate_pages(kernel, TotalBytes)
}

/// The MDL stays, and goes by ExFreePool.
fn MmFreePagesFromMdl(kernel: &Kernel, MemoryDescriptorList: PMDL) {
    kernel.part::<Pool>().free_pages(kernel, MemoryDescriptorList);
}

fn MmMapLockedPages(kernel: &Kernel, MemoryDescriptorList: PMDL, _mode: KPROCESSOR_MODE) -> PVOID {
    kernel.part::<Pool>().map_mdl(kernel, MemoryDescriptorList)
}

fn MmUnmapLockedPages(_kernel: &Kernel, _address: PVOID, MemoryDescriptorList: PMDL) {
    if let Some(mdl) = read(MemoryDescriptorList) {
        write(
            MemoryDescriptorList,
            MDL { MdlFlags: mdl.MdlFlags & !(MDL_MAPPED_TO_SYSTEM_VA as i16), ..mdl },
        );
    }
}

/// The memory of a driver and its clients is always there: it is locked by saying so.
pub(super) fn MmProbeAndLockPages(
    kernel: &Kernel,
    MemoryDescriptorList: PMDL,
    _mode: KPROCESSOR_MODE,
    _operation: i32,
) {
    kernel.part::<Pool>().lock_mdl(kernel, MemoryDescriptorList);
}

fn MmUnlockPages(_kernel: &Kernel, MemoryDescriptorList: PMDL) {
    if let Some(mdl) = read(MemoryDescriptorList) {
        write(MemoryDescriptorList, MDL { MdlFlags: mdl.MdlFlags & !0x2, ..mdl });
    }
}

/// There is no other address than the one there is.
fn MmGetPhysicalAddress(_kernel: &Kernel, BaseAddress: PVOID) -> u64 {
    BaseAddress as u64
}

fn MmIsAddressValid(_kernel: &Kernel, VirtualAddress: PVOID) -> BOOLEAN {
    BOOLEAN::from(!VirtualAddress.is_null())
}

fn MmSizeOfMdl(_kernel: &Kernel, Base: PVOID, Length: usize) -> usize {
    let pages = ((Base as usize & 0xFFF) + Length).div_ceil(4096);
    size_of::<MDL>() + 8 * pages
}

fn MmMapIoSpaceEx(kernel: &Kernel, _address: u64, _bytes: usize, _protect: ULONG) -> PVOID {
    kernel.violate(Rule::BadArgument, "a virtual device has no registers to map".to_owned());
    std::ptr::null_mut()
}

fn MmMapIoSpace(kernel: &Kernel, _address: u64, _bytes: usize, _cache: i32) -> PVOID {
    kernel.violate(Rule::BadArgument, "a virtual device has no registers to map".to_owned());
    std::ptr::null_mut()
}

fn MmUnmapIoSpace(_kernel: &Kernel, _address: PVOID, _bytes: usize) {}

fn MmLockPagableDataSection(_kernel: &Kernel, Address: PVOID) -> PVOID {
    Address
}

fn MmUnlockPagableImageSection(_kernel: &Kernel, _handle: PVOID) {}

fn _purecall(kernel: &Kernel) {
    kernel.violate(Rule::Assertion, "a pure virtual function was called".to_owned());
}

/// A handler of C++ exceptions: none is ever raised in a kernel, so it wants nothing; 1 is
/// ExceptionContinueSearch.
fn __CxxFrameHandler3(
    _kernel: &Kernel,
    _record: PVOID,
    _frame: PVOID,
    _context: PVOID,
    _dispatcher: PVOID,
) -> i64 {
    1
}

fn __CxxFrameHandler4(
    _kernel: &Kernel,
    _record: PVOID,
    _frame: PVOID,
    _context: PVOID,
    _dispatcher: PVOID,
) -> i64 {
    1
}

fn KeBugCheck(_kernel: &Kernel, BugCheckCode: ULONG) {
    KeBugCheckEx(BugCheckCode, 0, 0, 0, 0)
}

services! {
    /// Pool, MDLs.
    services:
    ExAllocatePool: DISPATCH;
    ExAllocatePoolWithTag: DISPATCH;
    ExAllocatePoolWithTagPriority: DISPATCH;
    ExAllocatePool3: DISPATCH;
    ExFreePool2: DISPATCH;
    MmAllocateContiguousMemory: DISPATCH;
    MmAllocateContiguousMemorySpecifyCache: DISPATCH;
    MmFreeContiguousMemory: DISPATCH;
    MmFreeContiguousMemorySpecifyCache: DISPATCH;
    MmAllocatePagesForMdlEx: APC;
    MmAllocatePagesForMdl: APC;
    MmFreePagesFromMdl: APC;
    MmMapLockedPages: DISPATCH;
    MmUnmapLockedPages: DISPATCH;
    MmUnlockPages: DISPATCH;
    MmGetPhysicalAddress: ANY;
    MmIsAddressValid: DISPATCH;
    MmSizeOfMdl: DISPATCH;
    MmMapIoSpaceEx: PASSIVE;
    MmMapIoSpace: PASSIVE;
    MmUnmapIoSpace: PASSIVE;
    MmLockPagableDataSection: APC;
    MmUnlockPagableImageSection: APC;
    _purecall: ANY;
    __CxxFrameHandler3: ANY;
    __CxxFrameHandler4: ANY;
    KeBugCheck: ANY;
}

/// A unit of text, one or two bytes wide.
trait Unit: Copy + PartialEq + Default + Into<u32> {
    fn lower(self) -> u32 {
        let unit: u32 = self.into();
        char::from_u32(unit).map_or(unit, |unit| u32::from(unit.to_ascii_lowercase()))
    }
}
impl Unit for u8 {}
impl Unit for u16 {}

fn at<T: Unit>(from: *const T, index: usize) -> T {
    read(from.wrapping_add(index)).unwrap_or_default()
}

fn length<T: Unit>(from: *const T, most: usize) -> usize {
    (0..most).take_while(|index| at(from, *index) != T::default()).count()
}

/// Compares up to `most` units or the first zero.
fn compare<T: Unit>(one: *const T, other: *const T, most: usize, fold: bool) -> i64 {
    let value = |unit: T| if fold { unit.lower() } else { unit.into() };
    for index in 0..most {
        let (left, right) = (at(one, index), at(other, index));
        if value(left) != value(right) {
            return i64::from(value(left)) - i64::from(value(right));
        }
        if left == T::default() {
            break;
        }
    }
    0
}

/// Copies up to the zero, which is copied too, or `most` units; with `fill` the rest of `most` is
/// zeroed.
fn copy<T: Unit>(to: *mut T, from: *const T, most: usize, fill: bool) -> *mut T {
    let count = length(from, most);
    (0..count).for_each(|index| write(to.wrapping_add(index), at(from, index)));
    let end = if fill { most } else { count + 1 };
    (count..end).for_each(|index| write(to.wrapping_add(index), T::default()));
    to
}

/// Results of the functions with `_s`, beside 0.
const EINVAL: i64 = 22;
const ERANGE: i64 = 34;
const STRUNCATE: i64 = 80;

/// _TRUNCATE, the count of a copy that is cut to what fits.
const TRUNCATE: usize = usize::MAX;

/// Copies into a buffer of known size, as the functions with `_s` do.
fn copy_s<T: Unit>(to: *mut T, used: usize, size: usize, from: *const T, most: usize) -> i64 {
    if to.is_null() || size == 0 {
        return EINVAL;
    }
    if from.is_null() {
        write(to, T::default());
        return EINVAL;
    }
    let count = length(from, most);
    if used + count >= size {
        write(to, T::default());
        return ERANGE;
    }
    copy(to.wrapping_add(used), from, count, false);
    0
}

/// [`copy_s`] of at most `most` units, or of those that fit.
fn copy_n_s<T: Unit>(to: *mut T, size: usize, from: *const T, most: usize) -> i64 {
    if most == TRUNCATE && size > 0 && length(from, size) == size {
        let answer = copy_s(to, 0, size, from, size - 1);
        return if answer == 0 { STRUNCATE } else { answer };
    }
    copy_s(to, 0, size, from, most)
}

fn find<T: Unit>(from: *const T, unit: u32, last: bool) -> *mut T {
    let all = length(from, usize::MAX);
    // The zero itself can be looked for.
    let mut hits = (0..=all).filter(|index| at(from, *index).into() == unit);
    let hit = if last { hits.next_back() } else { hits.next() };
    hit.map_or(std::ptr::null_mut(), |index| from.wrapping_add(index).cast_mut())
}

fn find_text<T: Unit>(from: *const T, text: *const T) -> *mut T {
    let (all, wanted) = (length(from, usize::MAX), length(text, usize::MAX));
    let hit = (0..=all).find(|start| compare(from.wrapping_add(*start), text, wanted, false) == 0);
    hit.map_or(std::ptr::null_mut(), |start| from.wrapping_add(start).cast_mut())
}

fn wcslen(_kernel: &Kernel, s: *const u16) -> usize {
    length(s, usize::MAX)
}

fn strlen(_kernel: &Kernel, s: *const u8) -> usize {
    length(s, usize::MAX)
}

fn wcsnlen(_kernel: &Kernel, s: *const u16, n: usize) -> usize {
    length(s, n)
}

fn strnlen(_kernel: &Kernel, s: *const u8, n: usize) -> usize {
    length(s, n)
}

fn wcscmp(_kernel: &Kernel, a: *const u16, b: *const u16) -> i64 {
    compare(a, b, usize::MAX, false)
}

fn strcmp(_kernel: &Kernel, a: *const u8, b: *const u8) -> i64 {
    compare(a, b, usize::MAX, false)
}

fn wcsncmp(_kernel: &Kernel, a: *const u16, b: *const u16, n: usize) -> i64 {
    compare(a, b, n, false)
}

fn strncmp(_kernel: &Kernel, a: *const u8, b: *const u8, n: usize) -> i64 {
    compare(a, b, n, false)
}

fn _wcsicmp(_kernel: &Kernel, a: *const u16, b: *const u16) -> i64 {
    compare(a, b, usize::MAX, true)
}

fn _stricmp(_kernel: &Kernel, a: *const u8, b: *const u8) -> i64 {
    compare(a, b, usize::MAX, true)
}

fn _wcsnicmp(_kernel: &Kernel, a: *const u16, b: *const u16, n: usize) -> i64 {
    compare(a, b, n, true)
}

fn _strnicmp(_kernel: &Kernel, a: *const u8, b: *const u8, n: usize) -> i64 {
    compare(a, b, n, true)
}

fn wcscpy(_kernel: &Kernel, to: *mut u16, from: *const u16) -> *mut u16 {
    copy(to, from, usize::MAX, false)
}

fn strcpy(_kernel: &Kernel, to: *mut u8, from: *const u8) -> *mut u8 {
    copy(to, from, usize::MAX, false)
}

fn wcsncpy(_kernel: &Kernel, to: *mut u16, from: *const u16, n: usize) -> *mut u16 {
    copy(to, from, n, true)
}

fn strncpy(_kernel: &Kernel, to: *mut u8, from: *const u8, n: usize) -> *mut u8 {
    copy(to, from, n, true)
}

fn wcscat(_kernel: &Kernel, to: *mut u16, from: *const u16) -> *mut u16 {
    copy(to.wrapping_add(length(to, usize::MAX)), from, usize::MAX, false);
    to
}

fn strcat(_kernel: &Kernel, to: *mut u8, from: *const u8) -> *mut u8 {
    copy(to.wrapping_add(length(to, usize::MAX)), from, usize::MAX, false);
    to
}

fn wcscpy_s(_kernel: &Kernel, to: *mut u16, size: usize, from: *const u16) -> i64 {
    copy_s(to, 0, size, from, usize::MAX)
}

fn strcpy_s(_kernel: &Kernel, to: *mut u8, size: usize, from: *const u8) -> i64 {
    copy_s(to, 0, size, from, usize::MAX)
}

fn wcsncpy_s(_kernel: &Kernel, to: *mut u16, size: usize, from: *const u16, n: usize) -> i64 {
    copy_n_s(to, size, from, n)
}

fn strncpy_s(_kernel: &Kernel, to: *mut u8, size: usize, from: *const u8, n: usize) -> i64 {
    copy_n_s(to, size, from, n)
}

fn wcscat_s(_kernel: &Kernel, to: *mut u16, size: usize, from: *const u16) -> i64 {
    copy_s(to, length(to, size), size, from, usize::MAX)
}

fn strcat_s(_kernel: &Kernel, to: *mut u8, size: usize, from: *const u8) -> i64 {
    copy_s(to, length(to, size), size, from, usize::MAX)
}

fn wcschr(_kernel: &Kernel, s: *const u16, c: u32) -> *mut u16 {
    find(s, c & 0xFFFF, false)
}

fn strchr(_kernel: &Kernel, s: *const u8, c: u32) -> *mut u8 {
    find(s, c & 0xFF, false)
}

fn wcsrchr(_kernel: &Kernel, s: *const u16, c: u32) -> *mut u16 {
    find(s, c & 0xFFFF, true)
}

fn strrchr(_kernel: &Kernel, s: *const u8, c: u32) -> *mut u8 {
    find(s, c & 0xFF, true)
}

fn wcsstr(_kernel: &Kernel, s: *const u16, t: *const u16) -> *mut u16 {
    find_text(s, t)
}

fn strstr(_kernel: &Kernel, s: *const u8, t: *const u8) -> *mut u8 {
    find_text(s, t)
}

fn towupper(_kernel: &Kernel, c: u16) -> u16 {
    if (0x61..=0x7A).contains(&c) { c - 32 } else { c }
}

fn towlower(_kernel: &Kernel, c: u16) -> u16 {
    if (0x41..=0x5A).contains(&c) { c + 32 } else { c }
}

fn toupper(_kernel: &Kernel, c: u32) -> u32 {
    if (0x61..=0x7A).contains(&c) { c - 32 } else { c }
}

fn tolower(_kernel: &Kernel, c: u32) -> u32 {
    if (0x41..=0x5A).contains(&c) { c + 32 } else { c }
}

fn memchr(_kernel: &Kernel, s: *const u8, c: u32, n: usize) -> *mut u8 {
    let hit = (0..n).find(|index| u32::from(at(s, *index)) == c & 0xFF);
    hit.map_or(std::ptr::null_mut(), |index| s.wrapping_add(index).cast_mut())
}

fn memcpy_s(_kernel: &Kernel, to: *mut u8, size: usize, from: *const u8, n: usize) -> i64 {
    if n == 0 {
        return 0;
    }
    if to.is_null() {
        return EINVAL;
    }
    if from.is_null() || n > size {
        write_bytes(to, &vec![0; size]);
        return if from.is_null() { EINVAL } else { ERANGE };
    }
    let bytes: Vec<u8> = read_bytes(from, n);
    write_bytes(to, &bytes);
    0
}

services! {
    /// Text functions of the C runtime.
    text:
    wcslen: ANY, untracked;
    strlen: ANY, untracked;
    wcsnlen: ANY, untracked;
    strnlen: ANY, untracked;
    wcscmp: ANY, untracked;
    strcmp: ANY, untracked;
    wcsncmp: ANY, untracked;
    strncmp: ANY, untracked;
    _wcsicmp: ANY, untracked;
    _stricmp: ANY, untracked;
    _wcsnicmp: ANY, untracked;
    _strnicmp: ANY, untracked;
    wcscpy: ANY, untracked;
    strcpy: ANY, untracked;
    wcsncpy: ANY, untracked;
    strncpy: ANY, untracked;
    wcscat: ANY, untracked;
    strcat: ANY, untracked;
    wcscpy_s: ANY, untracked;
    strcpy_s: ANY, untracked;
    wcsncpy_s: ANY, untracked;
    strncpy_s: ANY, untracked;
    wcscat_s: ANY, untracked;
    strcat_s: ANY, untracked;
    wcschr: ANY, untracked;
    strchr: ANY, untracked;
    wcsrchr: ANY, untracked;
    strrchr: ANY, untracked;
    wcsstr: ANY, untracked;
    strstr: ANY, untracked;
    towupper: ANY, untracked;
    towlower: ANY, untracked;
    toupper: ANY, untracked;
    tolower: ANY, untracked;
    memchr: ANY, untracked;
    memcpy_s: ANY, untracked;
}

/// A variable of the kernel that drivers import.
#[repr(transparent)]
struct Variable([usize; 2]);

/// Data that is imported by address; what it holds is what the public headers say of it.
pub(crate) fn runtime() -> Vec<Export> {
    static NT_BUILD_NUMBER: Variable = Variable([26_100, 0]);
    static INIT_SAFE_BOOT_MODE: Variable = Variable([0, 0]);
    static OBJECT_TYPE: Variable = Variable([0, 0]);
    let data =
        |name, variable: &'static Variable| Export { name, windows: (&raw const *variable).cast() };
    let mut all = text();
    all.push(data("NtBuildNumber", &NT_BUILD_NUMBER));
    all.push(data("InitSafeBootMode", &INIT_SAFE_BOOT_MODE));
    for name in ["PsThreadType", "PsProcessType", "IoFileObjectType", "ExEventObjectType"] {
        all.push(data(name, &OBJECT_TYPE));
    }
    all
}
