//! Calling conventions, and access to drivers' memory.
//!
//! A driver that is linked in calls with the process's own C convention, one that is loaded from a
//! PE image with the Windows one. Callbacks are made in the driver's own.

/// A driver's calling convention.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Convention {
    /// The process's own.
    C,
    /// Windows x64: a driver that was loaded from an image.
    Windows,
}

/// The result of a callback that did not return.
pub(crate) trait Ended: Default {
    /// The answer of a callback that a fault ended.
    fn ended() -> Self {
        Self::default()
    }

    /// What it says of how it went, if it is a status.
    fn status(self) -> Option<acx_sys::NTSTATUS>
    where
        Self: Sized,
    {
        None
    }
}

impl Ended for () {}

/// FALSE.
impl Ended for u8 {}

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
    /// Where the function is.
    fn address(self) -> usize;
    /// # Safety
    ///
    /// The driver gave the pointer for this callback, and the arguments keep the callback's
    /// contract.
    unsafe fn call(self, convention: Convention, arguments: Self::Arguments) -> Self::Answer;
}

macro_rules! pointers {
    ($($argument:ident: $kind:ident),*) => {
        impl<R: Copy + Ended, $($kind: Copy),*> Pointer for unsafe extern "C" fn($($kind),*) -> R {
            type Arguments = ($($kind,)*);
            type Answer = R;
            fn address(self) -> usize {
                self as usize
            }
            unsafe fn call(self, convention: Convention, ($($argument,)*): Self::Arguments) -> R {
                match convention {
                    // SAFETY: handed on to the caller.
                    Convention::C => unsafe { self($($argument),*) },
                    Convention::Windows => {
                        // SAFETY: the pointer comes from a PE image, where "C" is the Windows
                        // convention.
                        let function = unsafe {
                            std::mem::transmute::<Self, unsafe extern "efiapi" fn($($kind),*) -> R>(self)
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

/// Reads the value at `place`.
///
/// A driver's pointers are trusted, as on Windows: an invalid one faults.
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
pub(crate) fn read_bytes<T>(from: *const T, length: usize) -> Vec<u8> {
    if from.is_null() {
        return Vec::new();
    }
    // SAFETY: the driver's pointer, which its contract says is valid for so many bytes.
    unsafe { std::slice::from_raw_parts(from.cast::<u8>(), length) }.to_vec()
}

/// Stores `bytes` at `place`, if there is one. Trusts the pointer as [`read`] does.
pub(crate) fn write_bytes<T>(out: *mut T, bytes: &[u8]) {
    if !out.is_null() {
        // SAFETY: the driver's pointer, which its contract says is valid for so many bytes; `bytes`
        // are the host's own.
        unsafe { std::ptr::copy_nonoverlapping(bytes.as_ptr(), out.cast(), bytes.len()) };
    }
}

/// The text of a UNICODE_STRING. Trusts the pointer as [`read`] does.
pub(crate) fn text(string: acx_sys::PCUNICODE_STRING) -> Option<String> {
    let string = read(string)?;
    let units = 0..usize::from(string.Length / 2);
    let text: Option<Vec<u16>> =
        units.map(|at| read(string.Buffer.wrapping_add(at).cast_const())).collect();
    Some(String::from_utf16_lossy(&text?))
}

/// The status of a result.
pub(crate) fn status(result: Result<(), acx_sys::NTSTATUS>) -> acx_sys::NTSTATUS {
    result.err().unwrap_or(acx_sys::STATUS_SUCCESS)
}
