//! Calling conventions, and the entries of the framework's function tables.
//!
//! A driver that is linked in calls with the process's own C convention, one that is loaded from a PE image with the Windows one. Table
//! entries exist in both; callbacks are made in the driver's own.

use std::ffi::c_void;

use crate::kernel::Kernel;
use crate::report::Rule;

/// How a driver is called and calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Convention {
    /// The process's own.
    C,
    /// Windows x64: a driver that was loaded from an image.
    #[cfg(target_arch = "x86_64")]
    Win64,
}

/// What a callback answers that did not come back.
pub(crate) trait Ended {
    /// The answer of a callback that a fault ended.
    fn ended() -> Self;

    /// What it says of how it went, if it is a status.
    fn status(self) -> Option<acx_sys::NTSTATUS>
    where
        Self: Sized,
    {
        None
    }
}

impl Ended for () {
    fn ended() -> Self {}
}

impl Ended for u8 {
    fn ended() -> Self {
        0
    }
}

impl Ended for acx_sys::NTSTATUS {
    fn ended() -> Self {
        acx_sys::STATUS_ACCESS_VIOLATION
    }

    fn status(self) -> Option<acx_sys::NTSTATUS> {
        Some(self)
    }
}

/// A function pointer of a driver.
pub(crate) trait Pointer: Copy {
    type Arguments: Copy;
    type Answer: Copy + Ended;
    /// # Safety
    ///
    /// The driver gave the pointer for this callback, and the arguments keep the callback's contract.
    unsafe fn call(self, convention: Convention, arguments: Self::Arguments) -> Self::Answer;
}

macro_rules! pointers {
    ($($argument:ident: $kind:ident),*) => {
        impl<R: Copy + Ended, $($kind: Copy),*> Pointer for unsafe extern "C" fn($($kind),*) -> R {
            type Arguments = ($($kind,)*);
            type Answer = R;
            unsafe fn call(self, convention: Convention, ($($argument,)*): Self::Arguments) -> R {
                match convention {
                    // SAFETY: handed on to the caller.
                    Convention::C => unsafe { self($($argument),*) },
                    #[cfg(target_arch = "x86_64")]
                    Convention::Win64 => {
                        // SAFETY: the pointer comes from a PE image, where "C" is the Windows convention.
                        let function = unsafe {
                            std::mem::transmute::<Self, unsafe extern "win64" fn($($kind),*) -> R>(self)
                        };
                        // SAFETY: handed on to the caller.
                        unsafe { function($($argument),*) }
                    }
                }
            }
        }
    };
}

pointers!(a: A);
pointers!(a: A, b: B);
pointers!(a: A, b: B, c: C);
pointers!(a: A, b: B, c: C, d: D);
pointers!(a: A, b: B, c: C, d: D, e: E);
pointers!(a: A, b: B, c: C, d: D, e: E, f: F);
pointers!(a: A, b: B, c: C, d: D, e: E, f: F, g: G);

/// An entry of a function table that the host has.
pub(crate) struct Entry {
    pub(crate) name: &'static str,
    pub(crate) c: *const c_void,
    #[cfg(target_arch = "x86_64")]
    pub(crate) win64: *const c_void,
}

impl Entry {
    pub(crate) fn address(&self, convention: Convention) -> *const c_void {
        match convention {
            Convention::C => self.c,
            #[cfg(target_arch = "x86_64")]
            Convention::Win64 => self.win64,
        }
    }
}

/// An answer of a function, which may be made to fail on purpose.
pub(crate) trait Answer: Copy {
    /// What a call answers that fails for want of resources; None for types that say so in another way.
    const FAILURE: Option<Self> = None;
}

impl Answer for acx_sys::NTSTATUS {
    const FAILURE: Option<Self> = Some(acx_sys::STATUS_INSUFFICIENT_RESOURCES);
}

/// Types whose functions cannot fail, or say so in another way.
macro_rules! answers {
    ($($kind:ty),*) => { $(impl Answer for $kind {})* };
}
answers!((), i8, u8, i16, u16, u32, i64, u64, usize, isize, acx_sys::LARGE_INTEGER);
impl Answer for acx_sys::GUID {}
impl<T> Answer for *mut T {}

/// The highest IRQLs that tables give, by name.
pub(crate) mod irql {
    pub(crate) const PASSIVE: u8 = 0;
    pub(crate) const APC: u8 = 1;
    pub(crate) const DISPATCH: u8 = 2;
    /// Above any IRQL: callable anywhere.
    pub(crate) const ANY: u8 = u8::MAX;
}

/// A function that drivers call, as its table describes it.
pub(crate) trait Function {
    const NAME: &'static str;
    /// The highest IRQL that the function's page gives.
    const HIGHEST: u8;
    /// Whether fault injection may make it fail. A function that a driver calls to take things down, to notify, to wait or to ask
    /// is not fallible: the driver could do nothing about a failure.
    const FALLIBLE: bool;
    /// Whether it is an entry of the stack of calls. A function that is called all the time is not.
    const TRACKED: bool;
}

/// Enters a function that a driver called: its IRQL is checked, and it fails if fault injection says so.
pub(crate) fn enter<F: Function, R: Answer>(body: impl FnOnce(&Kernel) -> R) -> R {
    const {
        assert!(!F::FALLIBLE || R::FAILURE.is_some(), "only a status says that a call failed");
    }
    let kernel = crate::kernel::current();
    if !F::TRACKED {
        return body(&kernel);
    }
    kernel.push_call(F::NAME);
    if kernel.irql() > F::HIGHEST {
        let (name, highest) = (F::NAME, F::HIGHEST);
        let what = format!("{name} called at IRQL {}, highest is {highest}", kernel.irql());
        kernel.violate(Rule::Irql, what);
    }
    let fails = F::FALLIBLE && !kernel.failures.is_idle() && kernel.fails(F::NAME);
    let failure = R::FAILURE.filter(|_| fails);
    let answer = failure.unwrap_or_else(|| body(&kernel));
    kernel.pop();
    answer
}

/// The value of a function item's type.
fn item<F: Copy>() -> F {
    const { assert!(size_of::<F>() == 0, "a table names functions") };
    // SAFETY: a type without a size has no bytes to read, and the table had a value of this one.
    unsafe { std::ptr::NonNull::<F>::dangling().read() }
}

/// A function that drivers call through a table or import by name, without its way in: the machine, then the driver's arguments.
pub(crate) trait Body<Arguments>: Copy {
    /// Its entry in a framework's table, in each calling convention.
    fn entry<F: Function>(self) -> Entry;

    /// What images import.
    fn service<F: Function>(self) -> Export;
}

/// The ways into functions of so many arguments.
macro_rules! bodies {
    ($($argument:ident: $kind:ident),*) => {
        impl<B, R, $($kind),*> Body<($($kind,)*)> for B
        where
            B: Fn(&Kernel $(, $kind)*) -> R + Copy,
            R: Answer,
        {
            fn entry<F: Function>(self) -> Entry {
                unsafe extern "C" fn c<F, B, R, $($kind),*>(
                    _globals: *mut c_void,
                    $($argument: $kind),*
                ) -> R
                where
                    F: Function,
                    B: Fn(&Kernel $(, $kind)*) -> R + Copy,
                    R: Answer,
                {
                    enter::<F, R>(|kernel| item::<B>()(kernel $(, $argument)*))
                }
                #[cfg(target_arch = "x86_64")]
                unsafe extern "win64" fn win64<F, B, R, $($kind),*>(
                    _globals: *mut c_void,
                    $($argument: $kind),*
                ) -> R
                where
                    F: Function,
                    B: Fn(&Kernel $(, $kind)*) -> R + Copy,
                    R: Answer,
                {
                    enter::<F, R>(|kernel| item::<B>()(kernel $(, $argument)*))
                }
                Entry {
                    name: F::NAME,
                    c: c::<F, B, R, $($kind),*> as *const c_void,
                    #[cfg(target_arch = "x86_64")]
                    win64: win64::<F, B, R, $($kind),*> as *const c_void,
                }
            }

            fn service<F: Function>(self) -> Export {
                #[cfg(target_arch = "x86_64")]
                extern "win64" fn win64<F, B, R, $($kind),*>($($argument: $kind),*) -> R
                where
                    F: Function,
                    B: Fn(&Kernel $(, $kind)*) -> R + Copy,
                    R: Answer,
                {
                    enter::<F, R>(|kernel| item::<B>()(kernel $(, $argument)*))
                }
                Export {
                    name: F::NAME,
                    #[cfg(target_arch = "x86_64")]
                    win64: win64::<F, B, R, $($kind),*> as *const c_void,
                }
            }
        }
    };
}

bodies!();
bodies!(a: A1);
bodies!(a: A1, b: A2);
bodies!(a: A1, b: A2, c: A3);
bodies!(a: A1, b: A2, c: A3, d: A4);
bodies!(a: A1, b: A2, c: A3, d: A4, e: A5);
bodies!(a: A1, b: A2, c: A3, d: A4, e: A5, f: A6);
bodies!(a: A1, b: A2, c: A3, d: A4, e: A5, f: A6, g: A7);
bodies!(a: A1, b: A2, c: A3, d: A4, e: A5, f: A6, g: A7, h: A8);
bodies!(a: A1, b: A2, c: A3, d: A4, e: A5, f: A6, g: A7, h: A8, i: A9);
bodies!(a: A1, b: A2, c: A3, d: A4, e: A5, f: A6, g: A7, h: A8, i: A9, j: A10);
bodies!(a: A1, b: A2, c: A3, d: A4, e: A5, f: A6, g: A7, h: A8, i: A9, j: A10, k: A11);

/// What a row of a table says of its function: the highest IRQL, and its flags.
macro_rules! function {
    ($row:ident = $name:ident: $irql:ident $(, $flag:ident)*) => {
        impl $crate::abi::Function for $row {
            const NAME: &'static str = stringify!($name);
            const HIGHEST: u8 = $crate::abi::irql::$irql;
            const FALLIBLE: bool = false $(|| $crate::abi::function!(@fallible $flag))*;
            const TRACKED: bool = true $(&& $crate::abi::function!(@tracked $flag))*;
        }
    };
    (@fallible fallible) => { true };
    (@fallible untracked) => { false };
    (@tracked fallible) => { true };
    (@tracked untracked) => { false };
}
pub(crate) use function;

/// The table of a file's framework functions, each with its highest IRQL and its flags (see [`Function`]).
macro_rules! entries {
    ($(#[$meta:meta])* $list:ident: $($name:ident: $irql:ident $(, $flag:ident)*;)*) => {
        $(#[$meta])*
        pub(crate) fn $list() -> Vec<$crate::abi::Entry> {
            vec![$({
                struct Row;
                $crate::abi::function!(Row = $name: $irql $(, $flag)*);
                $crate::abi::Body::entry::<Row>($name)
            }),*]
        }
    };
}
pub(crate) use entries;

/// The table of a file's functions that both forms of drivers import. Drivers that are linked in find each by its symbol, whose
/// signature the table therefore has to repeat.
macro_rules! exports {
    ($(#[$meta:meta])* $list:ident: $(
        $name:ident($($argument:ident: $kind:ty),*) $(-> $result:ty)?: $irql:ident $(, $flag:ident)*;
    )*) => {
        $(#[$meta])*
        pub(crate) fn $list() -> Vec<$crate::abi::Export> {
            vec![$({
                struct Row;
                $crate::abi::function!(Row = $name: $irql $(, $flag)*);
                #[unsafe(export_name = stringify!($name))]
                extern "C" fn symbol($($argument: $kind),*) $(-> $result)? {
                    $crate::abi::enter::<Row, _>(|kernel| $name(kernel $(, $argument)*))
                }
                $crate::abi::Body::service::<Row>($name)
            }),*]
        }
    };
}
pub(crate) use exports;

/// The table of a file's functions for images only: what compiled C drivers import, much of it under names that every process has itself.
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
macro_rules! services {
    ($(#[$meta:meta])* $list:ident: $($name:ident: $irql:ident $(, $flag:ident)*;)*) => {
        $(#[$meta])*
        pub(crate) fn $list() -> Vec<$crate::abi::Export> {
            vec![$({
                struct Row;
                $crate::abi::function!(Row = $name: $irql $(, $flag)*);
                $crate::abi::Body::service::<Row>($name)
            }),*]
        }
    };
}
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
pub(crate) use services;

/// A function that drivers import by name.
pub(crate) struct Export {
    pub(crate) name: &'static str,
    #[cfg(target_arch = "x86_64")]
    pub(crate) win64: *const c_void,
}

/// What `place` holds.
///
/// Pointers that a driver passes are trusted, as Windows trusts them: a bad one faults, here as there.
pub(crate) fn read<T: Copy>(place: *const T) -> Option<T> {
    // SAFETY: the driver's pointer, which its contract says is valid or null.
    (!place.is_null()).then(|| unsafe { place.read_unaligned() })
}

/// Stores `value` at `place`, if there is one. Trusts the pointer as [`read`] does.
pub(crate) fn write<T>(place: *mut T, value: T) {
    if !place.is_null() {
        // SAFETY: the driver's pointer, which its contract says is valid or null.
        unsafe { place.write_unaligned(value) };
    }
}

/// `length` bytes at `place`; none if it is null. Trusts the pointer as [`read`] does.
pub(crate) fn read_bytes<T>(place: *const T, length: usize) -> Vec<u8> {
    if place.is_null() {
        return Vec::new();
    }
    // SAFETY: the driver's pointer, which its contract says is valid for so many bytes.
    unsafe { std::slice::from_raw_parts(place.cast::<u8>(), length) }.to_vec()
}

/// Stores `bytes` at `place`, if there is one. Trusts the pointer as [`read`] does.
pub(crate) fn write_bytes<T>(place: *mut T, bytes: &[u8]) {
    if !place.is_null() {
        // SAFETY: the driver's pointer, which its contract says is valid for so many bytes; `bytes` are the host's own.
        unsafe { std::ptr::copy_nonoverlapping(bytes.as_ptr(), place.cast(), bytes.len()) };
    }
}

/// The text of a UNICODE_STRING. Trusts the pointer as [`read`] does.
pub(crate) fn text(string: acx_sys::PCUNICODE_STRING) -> Option<String> {
    let string = read(string)?;
    let units = usize::from(string.Length / 2);
    if units > 0 && string.Buffer.is_null() {
        return None;
    }
    let text: Vec<u16> =
        (0..units).filter_map(|at| read(string.Buffer.wrapping_add(at).cast_const())).collect();
    Some(String::from_utf16_lossy(&text))
}

/// Fills a function table of `names` with entries, and with thunks that name themselves where there is none.
fn table(
    names: &[&'static str],
    entries: &[Entry],
    missing: &[*const c_void],
    convention: Convention,
) -> Vec<*const c_void> {
    let found = |name: &str| entries.iter().find(|entry| entry.name == name);
    names
        .iter()
        .zip(missing)
        .map(|(name, missing)| found(name).map_or(*missing, |entry| entry.address(convention)))
        .collect()
}

/// Called in the place of an entry that the host lacks.
fn missing(name: &'static str) -> i32 {
    crate::kernel::current().report().gap(name);
    acx_sys::STATUS_NOT_IMPLEMENTED
}

macro_rules! ten {
    ($thunk:ident, $tens:literal) => {
        [
            $thunk::<{ $tens * 10 }> as *const std::ffi::c_void,
            $thunk::<{ $tens * 10 + 1 }> as _,
            $thunk::<{ $tens * 10 + 2 }> as _,
            $thunk::<{ $tens * 10 + 3 }> as _,
            $thunk::<{ $tens * 10 + 4 }> as _,
            $thunk::<{ $tens * 10 + 5 }> as _,
            $thunk::<{ $tens * 10 + 6 }> as _,
            $thunk::<{ $tens * 10 + 7 }> as _,
            $thunk::<{ $tens * 10 + 8 }> as _,
            $thunk::<{ $tens * 10 + 9 }> as _,
        ]
    };
}

macro_rules! thunks {
    ($thunk:ident: $($tens:literal)*) => { [$(ten!($thunk, $tens)),*].concat() };
}

/// The KMDF table.
pub(crate) fn wdf_table(entries: &[Entry], convention: Convention) -> Vec<*const c_void> {
    // The answer is in a register and the arguments are the caller's to drop, in both conventions.
    unsafe extern "C" fn thunk<const INDEX: usize>() -> i32 {
        missing(acx_sys::WDF_FUNCTION_NAMES.get(INDEX).copied().unwrap_or("?"))
    }
    let thunks = thunks!(thunk: 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32 33 34 35 36 37 38 39 40 41 42 43 44 45);
    table(&acx_sys::WDF_FUNCTION_NAMES, entries, &thunks, convention)
}

/// The ACX table.
pub(crate) fn acx_table(entries: &[Entry], convention: Convention) -> Vec<*const c_void> {
    // As above.
    unsafe extern "C" fn thunk<const INDEX: usize>() -> i32 {
        missing(acx_sys::ACX_FUNCTION_NAMES.get(INDEX).copied().unwrap_or("?"))
    }
    let thunks = thunks!(thunk: 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22);
    table(&acx_sys::ACX_FUNCTION_NAMES, entries, &thunks, convention)
}

#[cfg(test)]
mod tests {
    /// An entry that the host lacks names itself when it is called; of ACX there is none.
    #[test]
    fn every_acx_entry_is_there() {
        let entries = crate::acx::entries();
        let lacks = |name: &&&str| !entries.iter().any(|entry| entry.name == **name);
        let missing: Vec<_> = acx_sys::ACX_FUNCTION_NAMES.iter().filter(lacks).collect();
        assert!(missing.is_empty(), "{missing:?}");
        assert_eq!(entries.len(), acx_sys::ACX_FUNCTION_NAMES.len(), "one entry each");
    }
}
