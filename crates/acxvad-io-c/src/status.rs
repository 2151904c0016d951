//! Results of functions.

use std::any::Any;
use std::cell::RefCell;
use std::ffi::{CStr, CString, c_char, c_int};
use std::panic::{AssertUnwindSafe, catch_unwind};

use acx_sys::{STATUS_OBJECT_NAME_COLLISION, STATUS_OBJECT_NAME_NOT_FOUND};
use acxvad_io::Error;

/// The result of a function. New ones may be added at the end.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AcxvadStatus {
    /// Success.
    Ok = 0,
    /// A required pointer is NULL.
    Null = 1,
    /// A text is not UTF-8.
    Text = 2,
    /// The handle is closed, invalid, or of another kind.
    Handle = 3,
    /// The driver does not have the setting, or does not accept the value.
    Setting = 4,
    /// The driver did not start.
    Start = 5,
    /// This process already has a host; it can have one at a time.
    Busy = 6,
    /// A feed or a tap of the system is still open.
    InUse = 7,
    /// This library or this operating system does not support it.
    NotHere = 8,
    /// No end of a cable has this name, or several do.
    NoEnd = 9,
    /// The options are not a valid format, or the packets are too short or too long.
    Format = 10,
    /// The driver refused a request, such as opening a stream in this format.
    Refused = 11,
    /// Not a whole number of frames.
    Frames = 12,
    /// The device is gone, and did not return in time.
    Gone = 13,
    /// No packet was completed in a second: the device has stalled.
    Stalled = 14,
    /// The host saw the driver break a Windows rule.
    Violation = 15,
    /// An error in this library.
    Internal = 16,
}

const TEXTS: [&CStr; 17] = [
    c"done",
    c"a pointer is NULL that must not be",
    c"a text is not UTF-8",
    c"the handle is of nothing that is open, or of something else",
    c"the driver does not have such a setting, or does not take the value",
    c"the driver did not start",
    c"this process has a host already: close that one before",
    c"a feed or a tap of the system is still open: close it before",
    c"this library or this operating system does not have it",
    c"no end of a cable has this name, or several have it",
    c"the options are of no format, or the packets are too short or too long",
    c"the driver refused a request",
    c"not a whole number of frames",
    c"the device is gone, and did not come back in time",
    c"no packet passed in a second: the device stands still",
    c"the host saw the driver break a rule of Windows'",
    c"an error in this library",
];

/// The reason why a call failed.
pub(crate) struct Failure {
    pub(crate) status: AcxvadStatus,
    pub(crate) text: String,
}

impl Failure {
    pub(crate) fn new(status: AcxvadStatus, text: impl Into<String>) -> Self {
        Self { status, text: text.into() }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let status = match error {
            Error::Request(failed) => match failed.status {
                STATUS_OBJECT_NAME_NOT_FOUND | STATUS_OBJECT_NAME_COLLISION => AcxvadStatus::NoEnd,
                _ => AcxvadStatus::Refused,
            },
            Error::Gone => AcxvadStatus::Gone,
            Error::Stalled => AcxvadStatus::Stalled,
            Error::Packet { .. } => AcxvadStatus::Format,
            Error::Frames { .. } => AcxvadStatus::Frames,
        };
        Self::new(status, error.to_string())
    }
}

thread_local! {
    static LAST: RefCell<CString> = RefCell::default();
}

/// Stores the reason why a call failed.
fn tell(failure: &Failure) {
    let text: Vec<u8> = failure.text.bytes().filter(|byte| *byte != 0).collect();
    LAST.set(CString::new(text).unwrap_or_default());
}

fn words(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or(panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("a panic")
}

/// Runs a function of the interface. No panic reaches C.
pub(crate) fn call(work: impl FnOnce() -> Result<(), Failure>) -> AcxvadStatus {
    let done = catch_unwind(AssertUnwindSafe(work));
    let done = done.unwrap_or_else(|panic| {
        Err(Failure::new(AcxvadStatus::Internal, format!("panic: {}", words(&*panic))))
    });
    match done {
        Ok(()) => AcxvadStatus::Ok,
        Err(failure) => {
            tell(&failure);
            failure.status
        }
    }
}

/// A sentence for a status, in English; "unknown status" for an invalid number. The text must not
/// be freed.
#[unsafe(no_mangle)]
pub extern "C" fn acxvad_status_text(status: c_int) -> *const c_char {
    let text = usize::try_from(status).ok().and_then(|at| TEXTS.get(at).copied());
    text.unwrap_or(c"unknown status").as_ptr()
}

/// The error of this thread's last failed call; empty if none failed. The text is valid until
/// another call of this thread fails.
#[unsafe(no_mangle)]
pub extern "C" fn acxvad_error_text() -> *const c_char {
    LAST.with_borrow(|text| text.as_ptr())
}

/// The version of the library, such as "0.1.0". The text must not be freed.
#[unsafe(no_mangle)]
pub extern "C" fn acxvad_version() -> *const c_char {
    const VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), "\0");
    VERSION.as_ptr().cast()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_a_status_with_its_words() {
        assert_eq!(call(|| panic!("number {}", 7)), AcxvadStatus::Internal);
        // SAFETY: the text of this thread, which does not change meanwhile.
        let text = unsafe { CStr::from_ptr(acxvad_error_text()) };
        assert_eq!(text, c"panic: number 7");
    }

    #[test]
    fn each_status_has_a_text() {
        // SAFETY: a text that is never freed.
        let text = |status| unsafe { CStr::from_ptr(acxvad_status_text(status)) };
        assert_eq!(text(AcxvadStatus::Internal as c_int), *TEXTS.last().unwrap());
        assert_eq!(text(0), c"done");
        for none in [-1, TEXTS.len() as c_int, c_int::MAX, c_int::MIN] {
            assert_eq!(text(none), c"unknown status");
        }
    }
}
