//! What C passes.

use std::ffi::{CStr, c_char, c_void};

use crate::status::{AcxvadStatus, Failure};

fn null(what: &str) -> Failure {
    Failure::new(AcxvadStatus::Null, format!("{what} is NULL"))
}

/// A text.
///
/// # Safety
///
/// `pointer` is null, or of a text with a zero at its end that nobody changes during the call.
pub(crate) unsafe fn text<'a>(pointer: *const c_char, what: &str) -> Result<&'a str, Failure> {
    if pointer.is_null() {
        return Err(null(what));
    }
    // SAFETY: what the caller promises.
    let text = unsafe { CStr::from_ptr(pointer) };
    text.to_str().map_err(|why| Failure::new(AcxvadStatus::Text, format!("{what}: {why}")))
}

/// Audio that is read.
///
/// # Safety
///
/// `pointer` is null, or of `length` bytes that nobody changes during the call.
pub(crate) unsafe fn audio<'a>(pointer: *const c_void, length: usize) -> Result<&'a [u8], Failure> {
    if length == 0 {
        return Ok(&[]);
    }
    if pointer.is_null() {
        return Err(null("audio"));
    }
    fits(length)?;
    // SAFETY: what the caller promises; no slice is longer than an isize.
    Ok(unsafe { std::slice::from_raw_parts(pointer.cast(), length) })
}

/// Room for audio.
///
/// # Safety
///
/// `pointer` is null, or of `length` bytes that nobody else uses during the call.
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
    // The room of a program may never have been written.
    // SAFETY: what the caller promises; zeros are bytes.
    unsafe { pointer.cast::<u8>().write_bytes(0, length) };
    // SAFETY: what the caller promises, and every byte is written.
    Ok(unsafe { std::slice::from_raw_parts_mut(pointer.cast(), length) })
}

fn fits(length: usize) -> Result<(), Failure> {
    if isize::try_from(length).is_ok() {
        return Ok(());
    }
    Err(Failure::new(AcxvadStatus::Frames, format!("{length} bytes: no memory is so large")))
}

/// Where a result goes.
pub(crate) struct Out<T>(*mut T);

impl<T> Out<T> {
    /// # Safety
    ///
    /// `pointer` is null, or of a value that nobody else uses during the call.
    pub(crate) unsafe fn new(pointer: *mut T, what: &str) -> Result<Self, Failure> {
        if pointer.is_null() { Err(null(what)) } else { Ok(Self(pointer)) }
    }

    /// Writes it.
    pub(crate) fn set(self, value: T) {
        // SAFETY: what was promised to `new`; no value of C's has to be dropped.
        unsafe { self.0.write(value) };
    }
}

/// A value that is read.
///
/// # Safety
///
/// `pointer` is null, or of a value that nobody changes during the call.
pub(crate) unsafe fn value<T: Copy>(pointer: *const T, what: &str) -> Result<T, Failure> {
    if pointer.is_null() {
        return Err(null(what));
    }
    // SAFETY: what the caller promises.
    Ok(unsafe { pointer.read() })
}
