//! Arguments from C.

use std::ffi::{CStr, c_char, c_void};

use crate::status::{AcxvadStatus, Failure};

fn null(what: &str) -> Failure {
    Failure::new(AcxvadStatus::Null, format!("{what} is NULL"))
}

/// A text.
///
/// # Safety
///
/// `pointer` is null, or points to a zero-terminated text that does not change during the call.
pub(crate) unsafe fn text<'a>(pointer: *const c_char, what: &str) -> Result<&'a str, Failure> {
    if pointer.is_null() {
        return Err(null(what));
    }
    // SAFETY: by the caller's contract.
    let text = unsafe { CStr::from_ptr(pointer) };
    text.to_str().map_err(|why| Failure::new(AcxvadStatus::Text, format!("{what}: {why}")))
}

/// Audio to read.
///
/// # Safety
///
/// `pointer` is null, or points to `length` bytes that do not change during the call.
pub(crate) unsafe fn audio<'a>(pointer: *const c_void, length: usize) -> Result<&'a [u8], Failure> {
    if length == 0 {
        return Ok(&[]);
    }
    if pointer.is_null() {
        return Err(null("audio"));
    }
    fits(length)?;
    // SAFETY: by the caller's contract; the length fits an isize.
    Ok(unsafe { std::slice::from_raw_parts(pointer.cast(), length) })
}

/// A buffer for audio.
///
/// # Safety
///
/// `pointer` is null, or points to `length` bytes that nothing else uses during the call.
pub(crate) unsafe fn room<'a>(
    pointer: *mut c_void,
    length: usize,
) -> Result<&'a mut [u8], Failure> {
    if length == 0 {
        return Ok(&mut []);
    }
    if pointer.is_null() {
        return Err(null("audio"));
    }
    fits(length)?;
    // The program's buffer may be uninitialized.
    // SAFETY: by the caller's contract; zeros are valid bytes.
    unsafe { pointer.cast::<u8>().write_bytes(0, length) };
    // SAFETY: by the caller's contract, and every byte is initialized.
    Ok(unsafe { std::slice::from_raw_parts_mut(pointer.cast(), length) })
}

fn fits(length: usize) -> Result<(), Failure> {
    if isize::try_from(length).is_ok() {
        return Ok(());
    }
    Err(Failure::new(AcxvadStatus::Frames, format!("{length} bytes: no memory is so large")))
}

/// The destination of a result.
pub(crate) struct Out<T>(*mut T);

impl<T> Out<T> {
    /// # Safety
    ///
    /// `pointer` is null, or points to a value that nothing else uses during the call.
    pub(crate) unsafe fn new(pointer: *mut T, what: &str) -> Result<Self, Failure> {
        if pointer.is_null() { Err(null(what)) } else { Ok(Self(pointer)) }
    }

    /// Writes it.
    pub(crate) fn set(self, value: T) {
        // SAFETY: by `new`'s contract; C values need no drop.
        unsafe { self.0.write(value) };
    }
}

/// A value to read.
///
/// # Safety
///
/// `pointer` is null, or points to a value that does not change during the call.
pub(crate) unsafe fn value<T: Copy>(pointer: *const T, what: &str) -> Result<T, Failure> {
    if pointer.is_null() {
        return Err(null(what));
    }
    // SAFETY: by the caller's contract.
    Ok(unsafe { pointer.read() })
}
