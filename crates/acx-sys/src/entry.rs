//! `FxDriverEntry`: binds a driver to KMDF and ACX before its `DriverEntry` runs, and unbinds it
//! after its unload.
//!
//! The same steps serve an image, whose PE entry point calls [`driver_entry`], and a driver that is
//! linked into a process, where the `Wdf*` imports below are the host's. The contract is
//! `docs/contracts/binding.md`.
//!
//! There is one set of globals per image. For linked-in drivers that is one per process, so only
//! one such driver can be loaded at a time.

use core::cell::UnsafeCell;
use core::ffi::c_void;
use core::ptr::null_mut;

use crate::*;

pub use crate::shared::bind::*;

/// `DriverEntry` of the driver, and the shape of `FxDriverEntry` too. PASSIVE_LEVEL.
pub type DriverEntry =
    unsafe extern "C" fn(DriverObject: PDRIVER_OBJECT, RegistryPath: PUNICODE_STRING) -> NTSTATUS;

/// Entries of the KMDF table (KMDF 1.31 and 1.33).
pub const WDF_FUNCTION_COUNT: ULONG = 458;
/// Entries of the ACX 1.1 table.
pub const ACX_FUNCTION_COUNT: ULONG = 221;
/// Structures whose size KMDF reports.
pub const WDF_STRUCTURE_COUNT: ULONG = 81;
/// Structures whose size ACX reports.
pub const ACX_STRUCTURE_COUNT: ULONG = 62;

#[cfg_attr(
    all(windows, acx_image),
    link(name = "WDFLDR.SYS", kind = "raw-dylib", modifiers = "+verbatim")
)]
// The callers of these are inline, so that a program without a driver and a host (a client on
// Windows) links without them.
unsafe extern "C" {
    fn WdfVersionBind(
        DriverObject: PDRIVER_OBJECT,
        RegistryPath: PUNICODE_STRING,
        BindInfo: *mut WDF_BIND_INFO,
        Globals: *mut PVOID,
    ) -> NTSTATUS;
    fn WdfVersionUnbind(
        RegistryPath: PUNICODE_STRING,
        BindInfo: *mut WDF_BIND_INFO,
        Globals: PVOID,
    );
    fn WdfVersionBindClass(
        BindInfo: *mut WDF_BIND_INFO,
        Globals: PVOID,
        ClassBindInfo: *mut WDF_CLASS_BIND_INFO,
    ) -> NTSTATUS;
    fn WdfVersionUnbindClass(
        BindInfo: *mut WDF_BIND_INFO,
        Globals: PVOID,
        ClassBindInfo: *mut WDF_CLASS_BIND_INFO,
    );
}

/// A global that the loader and the framework write through its address.
///
/// `repr(transparent)`, so that they see the value itself.
#[repr(transparent)]
struct Global<T>(UnsafeCell<T>);

// SAFETY: written only by the loader's bind and unbind calls and by this module's entry and unload
// paths, all of them serialized by the loader of drivers and before or after every other use;
// read-only in between.
unsafe impl<T> Sync for Global<T> {}

impl<T> Global<T> {
    const fn new(value: T) -> Self {
        Self(UnsafeCell::new(value))
    }

    const fn as_ptr(&self) -> *mut T {
        self.0.get()
    }
}

impl<T: Copy> Global<T> {
    /// # Safety
    ///
    /// Not while the loader binds or unbinds.
    unsafe fn get(&self) -> T {
        // SAFETY: by the caller's contract, no writer runs.
        unsafe { *self.0.get() }
    }

    /// # Safety
    ///
    /// Only on the entry and unload paths.
    unsafe fn set(&self, value: T) {
        // SAFETY: nothing else runs on the entry and unload paths.
        unsafe { *self.0.get() = value };
    }
}

static WDF_FUNCTIONS: Global<*const WDFFUNC> = Global::new(core::ptr::null());
static WDF_GLOBALS: Global<PVOID> = Global::new(null_mut());
static WDF_MINIMUM_VERSION_REQUIRED: Global<ULONG> = Global::new(31);
static WDF_CLIENT_VERSION_HIGHER: Global<BOOLEAN> = Global::new(0);
static WDF_COUNT: Global<ULONG> = Global::new(WDF_FUNCTION_COUNT);
static WDF_STRUCTURES: Global<ULONG> = Global::new(WDF_STRUCTURE_COUNT);
static WDF_STRUCTURE_SIZES: Global<*const usize> = Global::new(core::ptr::null());

static ACX_FUNCTIONS: Global<[ACXFUNC; ACX_FUNCTION_COUNT as usize]> =
    Global::new([None; ACX_FUNCTION_COUNT as usize]);
static ACX_GLOBALS: Global<PVOID> = Global::new(null_mut());
static ACX_MINIMUM_VERSION_REQUIRED: Global<ULONG> = Global::new(1);
static ACX_CLIENT_VERSION_HIGHER: Global<BOOLEAN> = Global::new(0);
static ACX_COUNT: Global<ULONG> = Global::new(ACX_FUNCTION_COUNT);
static ACX_STRUCTURES: Global<ULONG> = Global::new(ACX_STRUCTURE_COUNT);
static ACX_STRUCTURE_SIZES: Global<*const usize> = Global::new(core::ptr::null());

/// `L"..."` with its terminating zero, from ASCII.
const fn wide<const N: usize>(text: &[u8]) -> [WCHAR; N] {
    let mut units = [0; N];
    let mut at = 0;
    while at < text.len() {
        units[at] = text[at] as WCHAR;
        at += 1;
    }
    units
}

static KMDF_LIBRARY: [WCHAR; 12] = wide(b"KmdfLibrary");
static ACX_CLASS: [WCHAR; 4] = wide(b"Acx");

static BIND_INFO: Global<WDF_BIND_INFO2> = Global::new(WDF_BIND_INFO2 {
    V1: WDF_BIND_INFO {
        Size: size_of::<WDF_BIND_INFO2>() as ULONG,
        Component: (&raw const KMDF_LIBRARY).cast(),
        Version: VERSION { Major: 1, Minor: 31, Build: 0 },
        FuncCount: WDF_FUNCTION_COUNT,
        FuncTable: WDF_FUNCTIONS.as_ptr(),
        Module: null_mut(),
    },
    MinimumVersionRequired: WDF_MINIMUM_VERSION_REQUIRED.as_ptr(),
    ClientVersionHigherThanFramework: WDF_CLIENT_VERSION_HIGHER.as_ptr(),
    FuncCountPtr: WDF_COUNT.as_ptr(),
    StructCountPtr: WDF_STRUCTURES.as_ptr(),
    StructTable: WDF_STRUCTURE_SIZES.as_ptr(),
});

/// The class record of ACX. In an image it lies between the two marks of its section, where the
/// records of other class libraries that are linked in would lie too; all of them have to be
/// writable data, or the linker makes two sections of one name.
#[cfg_attr(all(windows, acx_image), used, unsafe(link_section = ".kmdfclassbind$b"))]
static ACX_BIND_INFO: Global<WDF_CLASS_BIND_INFO2> = Global::new(WDF_CLASS_BIND_INFO2 {
    V1: WDF_CLASS_BIND_INFO {
        Size: size_of::<WDF_CLASS_BIND_INFO2>() as ULONG,
        ClassName: (&raw const ACX_CLASS).cast(),
        Version: VERSION { Major: 1, Minor: 1, Build: 0 },
        FunctionTable: ACX_FUNCTIONS.as_ptr().cast(),
        FunctionTableCount: ACX_FUNCTION_COUNT,
        ClassBindInfo: ACX_GLOBALS.as_ptr().cast(),
        ClientBindClass: None,
        ClientUnbindClass: None,
        ClassModule: null_mut(),
    },
    MinimumVersionRequired: ACX_MINIMUM_VERSION_REQUIRED.as_ptr(),
    ClientVersionHigherThanFramework: ACX_CLIENT_VERSION_HIGHER.as_ptr(),
    FuncCountPtr: ACX_COUNT.as_ptr(),
    StructCountPtr: ACX_STRUCTURES.as_ptr(),
    StructTable: ACX_STRUCTURE_SIZES.as_ptr(),
});

#[cfg(all(windows, acx_image))]
#[used]
#[unsafe(link_section = ".kmdfclassbind$a")]
static CLASSES_START: Global<MARKER_TYPE> = Global::new(MARKER_TYPE { Pad: [0; 16] });

#[cfg(all(windows, acx_image))]
#[used]
#[unsafe(link_section = ".kmdfclassbind$c")]
static CLASSES_END: Global<usize> = Global::new(0);

/// Where the class records of this image begin and end.
#[cfg(all(windows, acx_image))]
fn class_records() -> Records {
    Records {
        next: CLASSES_START.as_ptr().wrapping_add(1).cast(),
        end: CLASSES_END.as_ptr().cast(),
    }
}

/// A linked-in driver has no section to walk: the record of ACX is the only one.
#[cfg(not(all(windows, acx_image)))]
fn class_records() -> Records {
    let start = ACX_BIND_INFO.as_ptr();
    Records { next: start.cast(), end: start.wrapping_add(1).cast() }
}

/// Consecutive class records, with zero words between them that the linker inserts for alignment.
struct Records {
    next: *mut u64,
    end: *mut u64,
}

impl Records {
    /// The next record, or none at the end.
    ///
    /// # Errors
    ///
    /// `STATUS_INVALID_IMAGE_FORMAT` for data that is neither a record nor a zero word.
    ///
    /// # Safety
    ///
    /// Everything between `next` and `end` can be read.
    unsafe fn next(&mut self) -> Result<Option<*mut WDF_CLASS_BIND_INFO>, NTSTATUS> {
        while self.next < self.end {
            // SAFETY: the word is before the end.
            let word = unsafe { self.next.read() };
            if word == 0 {
                self.next = self.next.wrapping_add(1);
                continue;
            }
            // A record begins with its size, in the low half of its first word.
            let size = word as ULONG as usize;
            let known = size == size_of::<WDF_CLASS_BIND_INFO>()
                || size == size_of::<WDF_CLASS_BIND_INFO2>();
            if !known || size > self.end.addr() - self.next.addr() {
                return Err(STATUS_INVALID_IMAGE_FORMAT);
            }
            let record = self.next.cast();
            self.next = self.next.wrapping_add(size / size_of::<u64>());
            return Ok(Some(record));
        }
        Ok(None)
    }
}

/// The registry path outlives `DriverEntry`: KMDF keeps the copy that it was bound with.
const PATH_UNITS: usize = 260;
static PATH: Global<[WCHAR; PATH_UNITS]> = Global::new([0; PATH_UNITS]);
static REGISTRY_PATH: Global<UNICODE_STRING> =
    Global::new(UNICODE_STRING { Length: 0, MaximumLength: 0, Buffer: null_mut() });
/// The number of class records that were bound or tried, in the order of the section: as many are
/// unbound.
static CLASSES_TRIED: Global<usize> = Global::new(0);
/// The driver's unload routine, if the framework has requested its replacement.
static DISPLACED_UNLOAD: Global<PDRIVER_UNLOAD> = Global::new(None);

fn bind_info() -> *mut WDF_BIND_INFO {
    BIND_INFO.as_ptr().cast()
}

/// Restores the initial values of an image: the framework may have written lower counts into a
/// driver that is loaded again.
///
/// # Safety
///
/// On the entry path, before the bind.
unsafe fn reset() {
    // SAFETY: nothing is bound, so no other code reads or writes these.
    unsafe {
        WDF_FUNCTIONS.set(core::ptr::null());
        WDF_GLOBALS.set(null_mut());
        WDF_CLIENT_VERSION_HIGHER.set(0);
        WDF_COUNT.set(WDF_FUNCTION_COUNT);
        WDF_STRUCTURES.set(WDF_STRUCTURE_COUNT);
        WDF_STRUCTURE_SIZES.set(core::ptr::null());
        // In place: the table is larger than a stack frame should be. None is null.
        ACX_FUNCTIONS.as_ptr().write_bytes(0, 1);
        ACX_GLOBALS.set(null_mut());
        ACX_CLIENT_VERSION_HIGHER.set(0);
        ACX_COUNT.set(ACX_FUNCTION_COUNT);
        ACX_STRUCTURES.set(ACX_STRUCTURE_COUNT);
        ACX_STRUCTURE_SIZES.set(core::ptr::null());
        CLASSES_TRIED.set(0);
        DISPLACED_UNLOAD.set(None);
    }
}

/// Binds every class record, until one fails.
///
/// # Safety
///
/// On the entry path, bound to KMDF.
#[inline]
unsafe fn bind_classes() -> NTSTATUS {
    let mut records = class_records();
    // SAFETY: the records are statics of this image between its marks, and each is bound the way it
    // asks for.
    unsafe {
        loop {
            let record = match records.next() {
                Ok(Some(record)) => record,
                Ok(None) => return STATUS_SUCCESS,
                Err(status) => return status,
            };
            CLASSES_TRIED.set(CLASSES_TRIED.get() + 1);
            let status = match (*record).ClientBindClass {
                Some(bind) => {
                    bind(Some(WdfVersionBindClass), bind_info(), WDF_GLOBALS.get(), record)
                }
                None => WdfVersionBindClass(bind_info(), WDF_GLOBALS.get(), record),
            };
            if !NT_SUCCESS(status) {
                return status;
            }
        }
    }
}

/// The body of the PE entry point: binds to KMDF and ACX, runs `entry`, and replaces its unload
/// routine if the framework requests it. PASSIVE_LEVEL.
///
/// # Errors
///
/// The status of the first step that failed; everything before it is undone.
///
/// # Safety
///
/// Called by the loader of drivers with its driver object and registry path, not again before the
/// driver was unloaded.
#[inline]
pub unsafe fn driver_entry(
    driver_object: PDRIVER_OBJECT,
    registry_path: PUNICODE_STRING,
    entry: DriverEntry,
) -> NTSTATUS {
    // SAFETY: the loader calls once per load, with valid pointers; every pointer in the records is
    // to a static of this module.
    unsafe {
        if driver_object.is_null() {
            return entry(driver_object, registry_path);
        }
        let path = &*registry_path;
        let bytes = path.Length as usize;
        // One unit is kept for the terminating zero.
        if bytes / 2 >= PATH_UNITS {
            return STATUS_BUFFER_TOO_SMALL;
        }
        PATH.set([0; PATH_UNITS]);
        core::ptr::copy_nonoverlapping(path.Buffer, PATH.as_ptr().cast::<WCHAR>(), bytes / 2);
        REGISTRY_PATH.set(UNICODE_STRING {
            Length: path.Length,
            MaximumLength: (PATH_UNITS * 2) as USHORT,
            Buffer: PATH.as_ptr().cast(),
        });
        reset();

        let status = WdfVersionBind(
            driver_object,
            REGISTRY_PATH.as_ptr(),
            bind_info(),
            WDF_GLOBALS.as_ptr(),
        );
        if !NT_SUCCESS(status) {
            return status;
        }
        let mut status = bind_classes();
        if NT_SUCCESS(status) {
            status = entry(driver_object, registry_path);
        }
        if !NT_SUCCESS(status) {
            unbind();
            return status;
        }
        let globals: PWDF_DRIVER_GLOBALS = WDF_GLOBALS.get().cast();
        if (*globals).DisplaceDriverUnload != 0 {
            DISPLACED_UNLOAD.set((*driver_object).DriverUnload);
            (*driver_object).DriverUnload = Some(unload);
        }
        STATUS_SUCCESS
    }
}

/// The replacement of the driver's unload routine: it calls that routine, then unbinds.
#[inline]
unsafe extern "C" fn unload(driver_object: *mut _DRIVER_OBJECT) {
    // SAFETY: the loader unloads once, after a load that succeeded, with nothing of the driver
    // running any more.
    unsafe {
        if let Some(unload) = DISPLACED_UNLOAD.get() {
            unload(driver_object);
        }
        unbind();
    }
}

/// # Safety
///
/// On the entry or unload path, bound to KMDF.
#[inline]
unsafe fn unbind() {
    // SAFETY: the records are those that the driver was bound with; the loader accepts an unbind of
    // a class whose bind failed, as the last one tried.
    unsafe {
        let mut records = class_records();
        for _ in 0..CLASSES_TRIED.get() {
            let Ok(Some(record)) = records.next() else { break };
            match (*record).ClientUnbindClass {
                Some(unbind) => {
                    unbind(Some(WdfVersionUnbindClass), bind_info(), WDF_GLOBALS.get(), record);
                }
                None => WdfVersionUnbindClass(bind_info(), WDF_GLOBALS.get(), record),
            }
        }
        WdfVersionUnbind(REGISTRY_PATH.as_ptr(), bind_info(), WDF_GLOBALS.get());
        reset();
    }
}

/// Entry `index` of the KMDF table; empty if the driver is not bound.
///
/// # Safety
///
/// Not while the loader binds or unbinds; `index` below [`WDF_FUNCTION_COUNT`].
#[inline]
pub(crate) unsafe fn wdf_function(index: usize) -> WDFFUNC {
    // SAFETY: a bound table has WDF_FUNCTION_COUNT entries.
    unsafe {
        let table = WDF_FUNCTIONS.get();
        if table.is_null() { None } else { *table.add(index) }
    }
}

/// Entry `index` of the ACX table; empty if the driver is not bound.
///
/// # Safety
///
/// Not while the loader binds or unbinds; `index` below [`ACX_FUNCTION_COUNT`].
#[inline]
pub(crate) unsafe fn acx_function(index: usize) -> ACXFUNC {
    // SAFETY: the table is a static of ACX_FUNCTION_COUNT entries.
    unsafe { *ACX_FUNCTIONS.as_ptr().cast::<ACXFUNC>().add(index) }
}

#[inline]
pub(crate) unsafe fn wdf_globals() -> PWDF_DRIVER_GLOBALS {
    // SAFETY: read between bind and unbind, as the caller of a table entry must be.
    unsafe { WDF_GLOBALS.get().cast() }
}

#[inline]
pub(crate) unsafe fn acx_globals() -> PACX_DRIVER_GLOBALS {
    // SAFETY: read between bind and unbind, as the caller of a table entry must be.
    unsafe { ACX_GLOBALS.get().cast() }
}

/// `WdfGetDriver`: the driver object of this driver, which KMDF keeps first in its globals. Any
/// IRQL.
///
/// # Safety
///
/// The driver is bound and has created its driver object.
#[inline]
pub unsafe fn WdfGetDriver() -> WDFDRIVER {
    // SAFETY: the globals live while the driver is bound.
    unsafe { (*wdf_globals()).Driver }
}

/// A call through an unfilled table, which cannot return.
#[cold]
#[inline]
pub(crate) fn not_bound() -> ! {
    // SAFETY: KeBugCheckEx may be called at any IRQL and does not return.
    unsafe {
        // DRIVER_VIOLATION (0x121), with a first parameter that identifies this crate: "ACXS".
        ntddk::KeBugCheckEx(0x121, 0x4143_5853, 0, 0, 0)
    }
}

const _: () = {
    assert!(size_of::<WDF_BIND_INFO>() == 48);
    assert!(size_of::<WDF_BIND_INFO2>() == 88);
    assert!(size_of::<WDF_CLASS_BIND_INFO>() == 80);
    assert!(size_of::<WDF_CLASS_BIND_INFO2>() == 0x78);
    assert!(size_of::<*mut c_void>() == 8);
};

#[cfg(test)]
mod tests {
    use super::*;

    /// A section with room for two records and padding, as words.
    fn section(sizes: &[(usize, u64)]) -> [u64; 32] {
        let mut words = [0; 32];
        for &(at, size) in sizes {
            words[at] = size;
            // The next field of a record is not zero either.
            words[at + 1] = 1;
        }
        words
    }

    /// The word at which each record of the section begins.
    fn walk(words: &mut [u64; 32]) -> Result<[Option<usize>; 3], NTSTATUS> {
        let start = words.as_mut_ptr();
        let mut records = Records { next: start, end: start.wrapping_add(words.len()) };
        let mut found = [None; 3];
        for slot in &mut found {
            // SAFETY: walks the array it was made from.
            let record = unsafe { records.next() }?;
            *slot = record.map(|record| (record.addr() - start.addr()) / 8);
        }
        Ok(found)
    }

    #[test]
    fn records_of_both_sizes_are_found_between_padding() {
        let mut words = section(&[(1, 80), (12, 120)]);
        assert_eq!(walk(&mut words), Ok([Some(1), Some(12), None]));
    }

    #[test]
    fn an_empty_section_has_no_records() {
        assert_eq!(walk(&mut section(&[])), Ok([None; 3]));
    }

    #[test]
    fn a_record_of_unknown_size_or_beyond_the_end_is_a_bad_image() {
        assert_eq!(walk(&mut section(&[(2, 96)])), Err(STATUS_INVALID_IMAGE_FORMAT));
        assert_eq!(walk(&mut section(&[(20, 120)])), Err(STATUS_INVALID_IMAGE_FORMAT));
    }
}
