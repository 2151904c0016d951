//! Functions that drivers call: how one is entered, and the tables that list them.
//!
//! A function is an ordinary one that gets the machine and the driver's arguments. The table of its
//! file gives its highest IRQL and its flags, and generates its entries: in a framework's table or
//! as an import, in each calling convention.

use std::ffi::c_void;

use super::abi::Convention;
use super::base::{Kernel, current};
use super::callback::Frame;
use super::failed;
use super::failure;
use super::report::Rule;
use super::required;

/// An entry of a function table that the host has.
pub(crate) struct Entry {
    pub(crate) name: &'static str,
    pub(crate) c: *const c_void,
    pub(crate) windows: *const c_void,
}

impl Entry {
    pub(crate) fn address(&self, convention: Convention) -> *const c_void {
        match convention {
            Convention::C => self.c,
            Convention::Windows => self.windows,
        }
    }
}

/// The result of a function, which fault injection may make fail.
pub(crate) trait Answer: Copy {
    /// The result of a call that fails for lack of resources; None for types that report failures
    /// differently.
    const FAILURE: Option<Self> = None;

    /// The status of the call, if it is one.
    fn status(self) -> Option<acx_sys::NTSTATUS> {
        None
    }
}

impl Answer for acx_sys::NTSTATUS {
    const FAILURE: Option<Self> = Some(acx_sys::STATUS_INSUFFICIENT_RESOURCES);

    fn status(self) -> Option<acx_sys::NTSTATUS> {
        Some(self)
    }
}

/// Types whose functions cannot fail, or report failures differently.
macro_rules! answers {
    ($($kind:ty),*) => { $(impl Answer for $kind {})* };
}
answers!((), i8, u8, i16, u16, u32, i64, u64, usize, isize, acx_sys::LARGE_INTEGER);
impl Answer for acx_sys::GUID {}
impl<T> Answer for *mut T {}

/// An argument of a function: whether it is a null pointer.
pub(crate) trait Argument: Copy {
    fn is_null_pointer(self) -> bool {
        false
    }
}

/// Types of arguments that are no pointers.
macro_rules! values {
    ($($kind:ty),*) => { $(impl Argument for $kind {})* };
}
values!(i8, u8, i16, u16, u32, i64, u64, isize, usize, i32, acx_sys::LARGE_INTEGER);
impl Argument for acx_sys::GUID {}

impl<T> Argument for *mut T {
    fn is_null_pointer(self) -> bool {
        self.is_null()
    }
}

impl<T> Argument for *const T {
    fn is_null_pointer(self) -> bool {
        self.is_null()
    }
}

/// Callbacks.
impl<T: Copy> Argument for Option<T> {
    fn is_null_pointer(self) -> bool {
        self.is_none()
    }
}

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
    /// Whether fault injection may make it fail. A function that frees, notifies, waits or queries
    /// is not fallible: the driver could not handle a failure.
    const FALLIBLE: bool;
    /// Whether it appears in the call stack. Functions that are called very often do not.
    const TRACKED: bool;
    /// The arguments that must not be null: bit n is argument n.
    const REQUIRED: u32 = required::arguments(Self::NAME);
}

/// Enters a function that a driver called: checks its IRQL, and makes it fail if fault injection
/// selects the call.
pub(crate) fn enter<F: Function, R: Answer>(
    arguments: &[bool],
    body: impl FnOnce(&Kernel) -> R,
) -> R {
    const {
        assert!(!F::FALLIBLE || R::FAILURE.is_some(), "only a status says that a call failed");
    }
    let kernel = current();
    kernel.count_call();
    if !F::TRACKED {
        return body(&kernel);
    }
    kernel.push(Frame { name: F::NAME, callback: None });
    check_required::<F>(arguments);
    if kernel.irql() > F::HIGHEST {
        let (name, highest) = (F::NAME, F::HIGHEST);
        let what = format!("{name} called at IRQL {}, highest is {highest}", kernel.irql());
        kernel.violate(Rule::Irql, what);
    }
    let fails = F::FALLIBLE && failure::fails(&kernel, F::NAME);
    let failure = R::FAILURE.filter(|_| fails);
    let answer = failure.unwrap_or_else(|| body(&kernel));
    kernel.pop();
    if let Some(status) = answer.status() {
        failed::note(&kernel, F::NAME, status);
    }
    answer
}

/// A required pointer is null: KMDF bug-checks at once. Here the function continues.
fn check_required<F: Function>(arguments: &[bool]) {
    let is_missing = |(at, null): (usize, &bool)| *null && F::REQUIRED >> at & 1 != 0;
    if let Some(at) = arguments.iter().enumerate().position(is_missing) {
        let what = format!("bug check 0x10d (4, ...): argument {} of {} is null", at + 1, F::NAME);
        current().violate(Rule::WdfViolation, what);
    }
}

/// The value of a function item's type.
fn item<F: Copy>() -> F {
    const { assert!(size_of::<F>() == 0, "a table names functions") };
    // SAFETY: a type without a size has no bytes to read, and the table had a value of this one.
    unsafe { std::ptr::NonNull::<F>::dangling().read() }
}

/// A function that drivers call through a table or import by name, without its entry: the machine,
/// then the driver's arguments.
pub(crate) trait Body<Arguments>: Copy {
    /// Its entry in a framework's table, in each calling convention.
    fn entry<F: Function>(self) -> Entry;

    /// What images import.
    fn service<F: Function>(self) -> Export;
}

/// A function in the convention of images. `extern "efiapi"` would be it on both processors, but
/// for structures that are returned: rustc 1.95 returns a GUID there as the process's own
/// convention does.
macro_rules! windows {
    (unsafe fn $($function:tt)*) => {
        #[cfg(target_arch = "x86_64")]
        unsafe extern "win64" fn $($function)*
        #[cfg(not(target_arch = "x86_64"))]
        unsafe extern "C" fn $($function)*
    };
}

/// The entries of functions with so many arguments.
macro_rules! bodies {
    ($($argument:ident: $kind:ident),*) => {
        impl<B, R, $($kind),*> Body<($($kind,)*)> for B
        where
            B: Fn(&Kernel $(, $kind)*) -> R + Copy,
            R: Answer,
            $($kind: Argument,)*
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
            $($kind: Argument,)*
                {
                    enter::<F, R>(&[$($argument.is_null_pointer()),*], |kernel| {
                        item::<B>()(kernel $(, $argument)*)
                    })
                }
                windows! {
                unsafe fn windows<F, B, R, $($kind),*>(
                    _globals: *mut c_void,
                    $($argument: $kind),*
                ) -> R
                where
                    F: Function,
                    B: Fn(&Kernel $(, $kind)*) -> R + Copy,
                    R: Answer,
            $($kind: Argument,)*
                {
                    enter::<F, R>(&[$($argument.is_null_pointer()),*], |kernel| {
                        item::<B>()(kernel $(, $argument)*)
                    })
                }
                }
                Entry {
                    name: F::NAME,
                    c: c::<F, B, R, $($kind),*> as *const c_void,
                    windows: windows::<F, B, R, $($kind),*> as *const c_void,
                }
            }

            fn service<F: Function>(self) -> Export {
                windows! {
                unsafe fn windows<F, B, R, $($kind),*>($($argument: $kind),*) -> R
                where
                    F: Function,
                    B: Fn(&Kernel $(, $kind)*) -> R + Copy,
                    R: Answer,
            $($kind: Argument,)*
                {
                    enter::<F, R>(&[$($argument.is_null_pointer()),*], |kernel| {
                        item::<B>()(kernel $(, $argument)*)
                    })
                }
                }
                Export {
                    name: F::NAME,
                    windows: windows::<F, B, R, $($kind),*> as *const c_void,
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

/// A table row's data about its function: the highest IRQL, and its flags.
macro_rules! function {
    ($row:ident = $name:ident: $irql:ident $(, $flag:ident)*) => {
        impl $crate::kernel::function::Function for $row {
            const NAME: &'static str = stringify!($name);
            const HIGHEST: u8 = $crate::kernel::function::irql::$irql;
            const FALLIBLE: bool = false $(|| $crate::kernel::function::function!(@fallible $flag))*;
            const TRACKED: bool = true $(&& $crate::kernel::function::function!(@tracked $flag))*;
        }
    };
    (@fallible fallible) => { true };
    (@fallible untracked) => { false };
    (@tracked fallible) => { true };
    (@tracked untracked) => { false };
}
pub(crate) use function;

/// The table of a file's framework functions, each with its highest IRQL and its flags (see
/// [`Function`]).
macro_rules! entries {
    ($(#[$meta:meta])* $list:ident: $($name:ident: $irql:ident $(, $flag:ident)*;)*) => {
        $(#[$meta])*
        pub(crate) fn $list() -> Vec<$crate::kernel::function::Entry> {
            vec![$({
                struct Row;
                $crate::kernel::function::function!(Row = $name: $irql $(, $flag)*);
                $crate::kernel::function::Body::entry::<Row>($name)
            }),*]
        }
    };
}
pub(crate) use entries;

/// The table of a file's functions that both forms of drivers import. Linked-in drivers find each
/// by its symbol, so the table has to repeat its signature.
macro_rules! exports {
    ($(#[$meta:meta])* $list:ident: $(
        $name:ident($($argument:ident: $kind:ty),*) $(-> $result:ty)?: $irql:ident $(, $flag:ident)*;
    )*) => {
        $(#[$meta])*
        pub(crate) fn $list() -> Vec<$crate::kernel::function::Export> {
            vec![$({
                struct Row;
                $crate::kernel::function::function!(Row = $name: $irql $(, $flag)*);
                #[unsafe(export_name = stringify!($name))]
                extern "C" fn symbol($($argument: $kind),*) $(-> $result)? {
                    $crate::kernel::function::enter::<Row, _>(&[], |kernel| $name(kernel $(, $argument)*))
                }
                $crate::kernel::function::Body::service::<Row>($name)
            }),*]
        }
    };
}
pub(crate) use exports;

/// The table of a file's functions for images only: the imports of compiled C drivers, many with
/// names that every process also has.
#[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
macro_rules! services {
    ($(#[$meta:meta])* $list:ident: $($name:ident: $irql:ident $(, $flag:ident)*;)*) => {
        $(#[$meta])*
        pub(crate) fn $list() -> Vec<$crate::kernel::function::Export> {
            vec![$({
                struct Row;
                $crate::kernel::function::function!(Row = $name: $irql $(, $flag)*);
                $crate::kernel::function::Body::service::<Row>($name)
            }),*]
        }
    };
}
#[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
pub(crate) use services;

/// A function that drivers import by name.
pub(crate) struct Export {
    pub(crate) name: &'static str,
    pub(crate) windows: *const c_void,
}

/// Fills a function table of `names` with entries; missing ones get thunks that report their names.
pub(crate) fn table(
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

/// Called instead of an entry that the host lacks.
pub(crate) fn missing(name: &'static str) -> i32 {
    current().report().gap(name);
    acx_sys::STATUS_NOT_IMPLEMENTED
}

/// The addresses of ten thunks in a row.
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

/// The addresses of a generic thunk, ten for each number.
macro_rules! thunks {
    ($thunk:ident: $($tens:literal)*) => { [$($crate::kernel::function::ten!($thunk, $tens)),*].concat() };
}
pub(crate) use {ten, thunks};
