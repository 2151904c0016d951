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
pub(crate) trait Callback: Copy {
    type Arguments: Copy;
    type Answer: Copy + Ended;
    /// # Safety
    ///
    /// The driver gave the pointer for this callback, and the arguments keep the callback's contract.
    unsafe fn call(self, convention: Convention, arguments: Self::Arguments) -> Self::Answer;
}

macro_rules! callbacks {
    ($($argument:ident: $kind:ident),*) => {
        impl<R: Copy + Ended, $($kind: Copy),*> Callback for unsafe extern "C" fn($($kind),*) -> R {
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

callbacks!(a: A);
callbacks!(a: A, b: B);
callbacks!(a: A, b: B, c: C);
callbacks!(a: A, b: B, c: C, d: D);
callbacks!(a: A, b: B, c: C, d: D, e: E);
callbacks!(a: A, b: B, c: C, d: D, e: E, f: F);
callbacks!(a: A, b: B, c: C, d: D, e: E, f: F, g: G);

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

/// An answer of a framework function, which may be made to fail on purpose.
pub(crate) trait Answer: Sized {
    /// The answer of a call that fails for want of resources; None if the function cannot fail, or says so in another way.
    fn failure() -> Option<Self> {
        None
    }
}

impl Answer for acx_sys::NTSTATUS {
    fn failure() -> Option<Self> {
        Some(acx_sys::STATUS_INSUFFICIENT_RESOURCES)
    }
}

/// Functions that cannot fail, or say so in another way.
macro_rules! answers {
    ($($kind:ty),*) => { $(impl Answer for $kind {})* };
}
answers!((), i8, u8, i16, u16, u32, i64, u64, usize, isize, acx_sys::LARGE_INTEGER);
impl Answer for acx_sys::GUID {}
impl<T> Answer for *mut T {}

/// Whether a function can fail for want of resources. One that a driver calls to take things down, to tell of them, to wait or to ask
/// cannot: it could do nothing about a failure.
fn can_fail(name: &str) -> bool {
    let makes = ["Create", "Allocate", "Add", "Assign", "Initialize", "Open", "Register"];
    let framework = name.starts_with("Acx") || name.starts_with("Wdf");
    let opens = name.starts_with("Zw") || name.starts_with("Ps") || name.starts_with("Io");
    let ends = ["Remove", "Notify", "Dispatch", "Close"].iter().any(|word| name.contains(word));
    // What is got is there already, and may be an enum; but what became of a request may be that it failed.
    let asks = name.contains("Get") && name != "WdfRequestGetStatus";
    !ends && !asks && (framework || opens && makes.iter().any(|word| name.contains(word)))
}

/// Enters a framework function: the IRQL must not be above `highest`.
pub(crate) fn enter<R: Answer>(
    name: &'static str,
    highest: u8,
    body: impl FnOnce(&Kernel) -> R,
) -> R {
    let kernel = crate::kernel::current();
    kernel.push(name, 0);
    if kernel.irql() > highest {
        kernel.violate(
            Rule::Irql,
            format!("{name} called at IRQL {}, highest is {highest}", kernel.irql()),
        );
    }
    // Names are looked at only while somebody makes calls fail.
    let strikes = |_: &R| !kernel.failures.is_idle() && can_fail(name) && kernel.fails(name);
    let failure = R::failure().filter(strikes);
    let answer = failure.unwrap_or_else(|| body(&kernel));
    kernel.pop();
    answer
}

/// Defines table entries: for each, a body, and a function in each calling convention that enters it.
macro_rules! entries {
    ($(#[$meta:meta])* $list:ident: $($(#[$doc:meta])* [$irql:literal] fn $name:ident($kernel:ident $(, $argument:ident: $kind:ty)*) $(-> $result:ty)? $body:block)*) => {
        $(
            $(#[$doc])*
            #[expect(non_snake_case, clippy::allow_attributes, reason = "the entry's own name")]
            #[allow(clippy::unnecessary_wraps, clippy::needless_pass_by_value, clippy::too_many_arguments, reason = "the entry's own shape")]
            fn $name($kernel: &$crate::kernel::Kernel $(, $argument: $kind)*) $(-> $result)? $body
        )*

        $(#[$meta])*
        pub(crate) fn $list() -> Vec<$crate::abi::Entry> {
            vec![$({
                #[expect(clippy::allow_attributes, reason = "not every entry has the case")]
                #[allow(clippy::too_many_arguments, reason = "the entry's own shape")]
                unsafe extern "C" fn c(_globals: *mut std::ffi::c_void $(, $argument: $kind)*) $(-> $result)? {
                    $crate::abi::enter(stringify!($name), $irql, |kernel| $name(kernel $(, $argument)*))
                }
                #[cfg(target_arch = "x86_64")]
                #[expect(clippy::allow_attributes, reason = "not every entry has the case")]
                #[allow(clippy::too_many_arguments, reason = "the entry's own shape")]
                unsafe extern "win64" fn win64(_globals: *mut std::ffi::c_void $(, $argument: $kind)*) $(-> $result)? {
                    $crate::abi::enter(stringify!($name), $irql, |kernel| $name(kernel $(, $argument)*))
                }
                $crate::abi::Entry {
                    name: stringify!($name),
                    c: c as *const std::ffi::c_void,
                    #[cfg(target_arch = "x86_64")]
                    win64: win64 as *const std::ffi::c_void,
                }
            }),*]
        }
    };
}
pub(crate) use entries;

/// Defines what a driver imports by name: a symbol for drivers that are linked in, and for images a function in the Windows convention
/// that the loader finds in the list. With a highest IRQL in the brackets the function is entered as [`enter`] says.
macro_rules! exports {
    ($(#[$meta:meta])* $list:ident: $($(#[$doc:meta])* [$($irql:expr)?] fn $name:ident($kernel:ident $(, $argument:ident: $kind:ty)*) $(-> $result:ty)? $body:block)*) => {
        $(
            $(#[$doc])*
            #[expect(clippy::allow_attributes, reason = "not every function has the case")]
            #[allow(non_snake_case, clippy::unnecessary_wraps, clippy::needless_pass_by_value, clippy::too_many_arguments, reason = "the function's own shape")]
            #[unsafe(no_mangle)]
            extern "C" fn $name($($argument: $kind),*) $(-> $result)? {
                $crate::abi::exports!(@ $name [$($irql)?] $kernel $body)
            }
        )*

        $(#[$meta])*
        pub(crate) fn $list() -> Vec<$crate::abi::Export> {
            vec![$({
                #[cfg(target_arch = "x86_64")]
                #[expect(clippy::allow_attributes, reason = "not every function has the case")]
                #[allow(non_snake_case, clippy::too_many_arguments, reason = "the function's own shape")]
                extern "win64" fn win64($($argument: $kind),*) $(-> $result)? {
                    $name($($argument),*)
                }
                $crate::abi::Export {
                    name: stringify!($name),
                    #[cfg(target_arch = "x86_64")]
                    win64: win64 as *const std::ffi::c_void,
                }
            }),*]
        }
    };
    (@ $name:ident [$irql:expr] $kernel:ident $body:block) => {
        $crate::abi::enter(stringify!($name), $irql, |$kernel| $body)
    };
    (@ $name:ident [] $kernel:ident $body:block) => {{
        let $kernel = &$crate::kernel::current();
        $body
    }};
}
pub(crate) use exports;

/// As [`exports`], for images only: what compiled C drivers import, much of it under names that every process has itself.
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
macro_rules! services {
    ($(#[$meta:meta])* $list:ident: $($(#[$doc:meta])* [$($irql:expr)?] fn $name:ident($kernel:ident $(, $argument:ident: $kind:ty)* $(,)?) $(-> $result:ty)? $body:block)*) => {
        $(#[$meta])*
        pub(crate) fn $list() -> Vec<$crate::abi::Export> {
            vec![$({
                $(#[$doc])*
                #[expect(clippy::allow_attributes, reason = "not every function has the case")]
                #[allow(non_snake_case, clippy::too_many_arguments, clippy::unnecessary_wraps, clippy::used_underscore_binding, reason = "the function's own shape")]
                extern "win64" fn $name($($argument: $kind),*) $(-> $result)? {
                    $crate::abi::exports!(@ $name [$($irql)?] $kernel $body)
                }
                $crate::abi::Export { name: stringify!($name), win64: $name as *const std::ffi::c_void }
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
