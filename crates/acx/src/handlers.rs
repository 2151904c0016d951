//! The functions of a driver that receive protected content. DDI: AcxDrmAddContentHandlers.

use acx_sys::*;

use crate::drm::Content;
use crate::error::check;
use crate::stream::{RtStream, handlers};
use crate::{Error, Passive, Result};

impl Content {
    /// Registers the callbacks of streams `S` as content handlers, for a driver that passes content
    /// from one of its functions to the next. ACX checks that the driver is allowed to.
    ///
    /// # IRQL
    ///
    /// `PASSIVE_LEVEL`.
    ///
    /// # Errors
    ///
    /// ACX's errors.
    #[doc(alias = "AcxDrmAddContentHandlers")]
    pub fn add_handlers<S: RtStream>(self, _passive: &Passive) -> Result<()> {
        let mut handlers = handlers::<S>();
        let count = ULONG::try_from(handlers.len()).map_err(|_| Error::InvalidParameter)?;
        // SAFETY: at PASSIVE_LEVEL by the token; functions of this driver, in an array of ours.
        check(unsafe { AcxDrmAddContentHandlers(self.0, handlers.as_mut_ptr(), count) })
    }
}
