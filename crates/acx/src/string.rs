//! Strings that the framework keeps. DDI: WdfStringCreate, WdfStringGetUnicodeString.
//!
//! ```
//! # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/example/host.rs"));
//! use acx::string::FrameworkString;
//! use acx::wide;
//!
//! # fn main() { host::create(|device| {
//! let name = FrameworkString::new(wide!("Line In"), device.passive())?;
//! assert_eq!(name.units(device.passive()), wide!("Line In"));
//! # Ok(())
//! # }); }
//! ```

use core::ptr::null_mut;

use acx_sys::*;

use crate::error::check;
use crate::owned::Owned;
use crate::unicode::unicode;
use crate::{Passive, Result, context};

/// A string object, deleted when dropped. Some functions return one.
#[doc(alias = "WDFSTRING")]
pub struct FrameworkString(Owned);

impl FrameworkString {
    /// A copy of `text`.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`](crate::Error::InvalidParameter) if the text does not fit a
    /// UNICODE_STRING, or the framework's errors.
    #[doc(alias = "WdfStringCreate")]
    pub fn new(text: &[u16], _passive: &Passive) -> Result<Self> {
        let text = unicode(text)?;
        // SAFETY: the framework copies the text, which outlives the call.
        unsafe { Self::create(&raw const text) }
    }

    /// A string for a framework function to fill.
    pub(crate) fn empty(_passive: &Passive) -> Result<Self> {
        // SAFETY: null creates an empty string.
        unsafe { Self::create(core::ptr::null()) }
    }

    /// # Safety
    ///
    /// Null, or a valid counted string; at `PASSIVE_LEVEL`.
    unsafe fn create(text: PCUNICODE_STRING) -> Result<Self> {
        let mut attributes = context::attributes::<()>(null_mut());
        let mut string: WDFSTRING = null_mut();
        // SAFETY: a valid string or none, by the caller's contract; filled attributes, and an
        // output parameter for the handle. Without a parent it is the driver's.
        check(unsafe { WdfStringCreate(text, &raw mut attributes, &raw mut string) })?;
        // SAFETY: created just now.
        Ok(Self(unsafe { Owned::new(string.cast()) }))
    }

    pub(crate) fn handle(&self) -> WDFSTRING {
        self.0.object().cast()
    }

    /// The text, without a terminating zero.
    ///
    /// # IRQL
    ///
    /// `PASSIVE_LEVEL`.
    #[doc(alias = "WdfStringGetUnicodeString")]
    pub fn units(&self, _passive: &Passive) -> &[u16] {
        let mut text = UNICODE_STRING::default();
        // SAFETY: the string is this value's own; at PASSIVE_LEVEL by the token.
        unsafe { WdfStringGetUnicodeString(self.handle(), &raw mut text) };
        let length = usize::from(text.Length / 2);
        if text.Buffer.is_null() || length == 0 {
            return &[];
        }
        // SAFETY: the string's own buffer holds this many units. It stays as long as the object is
        // referenced, and nothing changes the string after it was returned.
        unsafe { core::slice::from_raw_parts(text.Buffer, length) }
    }
}
