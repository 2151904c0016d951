//! Counted strings for the kernel. DDI: UNICODE_STRING.

use acx_sys::*;

use crate::{Error, Result};

/// A UNICODE_STRING over text that outlives the call.
pub(crate) fn unicode(text: &[u16]) -> Result<UNICODE_STRING> {
    let bytes = text.len().checked_mul(2).ok_or(Error::InvalidParameter)?;
    let length = u16::try_from(bytes).map_err(|_| Error::InvalidParameter)?;
    // The calls that take it only read it.
    Ok(UNICODE_STRING { Length: length, MaximumLength: length, Buffer: text.as_ptr().cast_mut() })
}
