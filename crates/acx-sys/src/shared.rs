//! The items of both backends that bindgen cannot generate.

/// Defines the KMDF calls: the table type of each entry and one plain function that calls it.
macro_rules! wdf_functions {
    ($($(#[$only:meta])* $index:literal $name:ident $pfn:ident ($($argument:ident: $kind:ty,)*) -> $result:ty;)*) => {
        $(
            // The WDK's headers have it.
            #[cfg(not(feature = "wdk"))]
            pub type $pfn = Option<
                unsafe extern "C" fn(DriverGlobals: PWDF_DRIVER_GLOBALS, $($argument: $kind,)*) -> $result,
            >;

            #[doc = concat!("KMDF table entry ", $index, ".\n\n# Safety\n\nThe contract of `", stringify!($name), "` in the DDI documentation, from a driver that is bound to KMDF.")]
            $(#[$only])*
            #[inline]
            pub unsafe fn $name($($argument: $kind,)*) -> $result {
                // SAFETY: the caller vouches that the driver is bound, so the table has 458
                // entries, entry $index has the type `$pfn` (from the fact table), and the
                // arguments keep the function's contract.
                unsafe {
                    let function: $pfn =
                        core::mem::transmute::<WDFFUNC, $pfn>(crate::entry::wdf_function($index));
                    match function {
                        Some(function) => function(crate::entry::wdf_globals(), $($argument,)*),
                        None => crate::entry::not_bound(),
                    }
                }
            }
        )*

        /// The names of the KMDF entries, in table order.
        #[cfg(not(feature = "wdk"))]
        pub const WDF_FUNCTION_NAMES: [&str; 458] = [$(stringify!($name),)*];

        /// What the fact table says of each entry: its index and how many parameters follow the
        /// globals.
        #[cfg(not(feature = "wdk"))]
        pub const WDF_FUNCTION_SHAPES: [(usize, usize); 458] =
            [$(($index, <[&str]>::len(&[$(stringify!($argument),)*])),)*];
    };
}

/// Defines the ACX calls, as `wdf_functions!` does for KMDF.
macro_rules! acx_functions {
    ($($(#[$only:meta])* $index:literal $name:ident $pfn:ident ($($argument:ident: $kind:ty,)*) -> $result:ty;)*) => {
        $(
            // The WDK's headers have it.
            #[cfg(not(feature = "wdk"))]
            pub type $pfn = Option<
                unsafe extern "C" fn(DriverGlobals: PACX_DRIVER_GLOBALS, $($argument: $kind,)*) -> $result,
            >;

            #[doc = concat!("ACX table entry ", $index, ".\n\n# Safety\n\nThe contract of `", stringify!($name), "` in the DDI documentation, from a driver that is bound to ACX.")]
            $(#[$only])*
            #[inline]
            pub unsafe fn $name($($argument: $kind,)*) -> $result {
                // SAFETY: the caller vouches that the driver is bound, so the table has 221
                // entries, entry $index has the type `$pfn` (from the fact table), and the
                // arguments keep the function's contract.
                unsafe {
                    let function: $pfn =
                        core::mem::transmute::<ACXFUNC, $pfn>(crate::entry::acx_function($index));
                    match function {
                        Some(function) => function(crate::entry::acx_globals(), $($argument,)*),
                        None => crate::entry::not_bound(),
                    }
                }
            }
        )*

        /// The names of the ACX entries, in table order.
        #[cfg(not(feature = "wdk"))]
        pub const ACX_FUNCTION_NAMES: [&str; 221] = [$(stringify!($name),)*];

        /// What the fact table says of each entry: its index and how many parameters follow the
        /// globals.
        #[cfg(not(feature = "wdk"))]
        pub const ACX_FUNCTION_SHAPES: [(usize, usize); 221] =
            [$(($index, <[&str]>::len(&[$(stringify!($argument),)*])),)*];
    };
}

/// A GUID from its digits in written order.
pub(crate) const fn guid(digits: u128) -> crate::GUID {
    let bytes = digits.to_be_bytes();
    crate::GUID {
        Data1: u32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]),
        Data2: u16::from_be_bytes([bytes[4], bytes[5]]),
        Data3: u16::from_be_bytes([bytes[6], bytes[7]]),
        Data4: [
            bytes[8], bytes[9], bytes[10], bytes[11], bytes[12], bytes[13], bytes[14], bytes[15],
        ],
    }
}

/// One constant per row.
macro_rules! guid_constants {
    ($($(#[$documentation:meta])* $name:ident: $kind:ty = $value:expr;)*) => {
        $($(#[$documentation])* pub const $name: $kind = $value;)*
    };
}

/// `NTSTATUS` values from their unsigned form.
#[cfg(not(feature = "wdk"))]
macro_rules! statuses {
    ($($name:ident = $value:literal;)*) => {
        $(pub const $name: NTSTATUS = NTSTATUS::from_ne_bytes(u32::to_ne_bytes($value));)*

        /// The name of a status; of several the first in the alphabet.
        pub fn status_name(status: NTSTATUS) -> Option<&'static str> {
            const NAMES: &[(NTSTATUS, &str)] = &[$(($name, stringify!($name))),*];
            NAMES.iter().find(|(own, _)| *own == status).map(|(_, name)| *name)
        }
    };
}

/// `RtlZeroMemory` of a whole C structure, its padding too, as the `*_INIT` helpers do first.
fn zero<T: Copy + Default>(structure: &mut T) {
    // SAFETY: only structures of the C ABI get here: integers, nullable pointers and unions of them
    // may be all zero.
    unsafe { core::ptr::write_bytes(structure, 0, 1) };
}

pub(crate) mod acx_functions;
#[cfg(not(feature = "wdk"))]
pub(crate) mod bind;
pub(crate) mod constants;
pub(crate) mod context;
pub(crate) mod guids;
pub(crate) mod inits;
pub(crate) mod inits_by_hand;
pub(crate) mod inline;
pub(crate) mod ks;
pub(crate) mod ks_constants;
#[cfg(not(feature = "wdk"))]
pub(crate) mod only_bundled;
#[cfg(not(feature = "wdk"))]
pub(crate) mod status;
pub(crate) mod wdf_functions;
