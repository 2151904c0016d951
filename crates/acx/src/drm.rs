//! Digital rights: what a driver may do with the content of a stream. DDI:
//! EVT_ACX_STREAM_ASSIGN_DRM_CONTENT_ID, AcxDrmCreateContentMixed, AcxDrmRetrieveContentRights,
//! AcxDrmAddContentHandlers, AcxDrmForwardContentToDeviceObject, AcxDrmDestroyContent.
//!
//! A stream gets its content and the rights in
//! [`Stream::assign_content`](crate::stream::Stream::assign_content). A driver that mixes streams
//! creates a content for the mix, which has the strictest of their rights. A driver that passes
//! content to another circuit's stream makes that stream enforce them too:
//! [`assign_content`](crate::target::Stream::assign_content),
//! [`forward_content`](crate::target::Stream::forward_content).
//!
//! ```
//! # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/example/host.rs"));
//! # fn main() { host::run(prepare) }
//! use acx::device::PrepareHardware;
//! use acx::drm::{Content, MixedContent};
//! use acx::{Error, Result};
//!
//! fn prepare(hardware: &mut PrepareHardware<'_>) -> Result<()> {
//!     let passive = hardware.passive();
//!     let mix = MixedContent::new(&[Content::UNPROTECTED, Content::UNPROTECTED], passive)?;
//!     let content = mix.content();
//!     assert!(!content.rights(passive)?.is_protected());
//!     mix.destroy(passive)?;
//!     assert_eq!(content.rights(passive).err(), Some(Error::InvalidParameter));
//!     Ok(())
//! }
//! ```

use acx_sys::*;

use crate::error::check;
use crate::{Error, Passive, Result};

/// The rights of a content.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rights {
    /// CopyProtect: the content may be neither recorded nor looped back.
    pub copy_protect: bool,
    /// DigitalOutputDisable: the content may not leave the device as an unprotected digital signal.
    pub digital_output_disable: bool,
}

impl Rights {
    /// Returns whether any restriction applies.
    pub const fn is_protected(self) -> bool {
        self.copy_protect || self.digital_output_disable
    }

    pub(crate) fn from_acx(rights: &ACXDRMRIGHTS) -> Self {
        Self {
            copy_protect: rights.CopyProtect != 0,
            digital_output_disable: rights.DigitalOutputDisable != 0,
        }
    }

    pub(crate) fn to_acx(self) -> ACXDRMRIGHTS {
        ACXDRMRIGHTS {
            CopyProtect: self.copy_protect.into(),
            DigitalOutputDisable: self.digital_output_disable.into(),
            ..Default::default()
        }
    }
}

/// The content of a stream: its id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Content(pub(crate) ULONG);

impl Content {
    /// Content without protection.
    pub const UNPROTECTED: Self = Self(0);

    /// The id, for use with other drivers.
    pub const fn id(self) -> u32 {
        self.0
    }

    /// Its rights.
    ///
    /// # IRQL
    ///
    /// `PASSIVE_LEVEL`.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] if the content does not exist or no longer exists; ACX's errors.
    #[doc(alias = "AcxDrmRetrieveContentRights")]
    pub fn rights(self, _passive: &Passive) -> Result<Rights> {
        let mut rights = ACXDRMRIGHTS::default();
        // SAFETY: at PASSIVE_LEVEL by the token; the output parameter is ours.
        check(unsafe { AcxDrmRetrieveContentRights(self.0, &raw mut rights) })?;
        Ok(Rights::from_acx(&rights))
    }
}

/// A content that the driver created as a mix of others. End it with [`destroy`](Self::destroy): if
/// it is only dropped, it stays until the system restarts, because only code at `PASSIVE_LEVEL` may
/// destroy it.
#[derive(Debug)]
pub struct MixedContent(Content);

impl MixedContent {
    /// The mix of `parts`, with the strictest of their rights.
    ///
    /// # IRQL
    ///
    /// `PASSIVE_LEVEL`.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] if one of `parts` does not exist; ACX's errors.
    #[doc(alias = "AcxDrmCreateContentMixed")]
    pub fn new<const N: usize>(parts: &[Content; N], _passive: &Passive) -> Result<Self> {
        let mut ids = parts.map(Content::id);
        let count = ULONG::try_from(N).map_err(|_| Error::InvalidParameter)?;
        let mut mixed = 0;
        // SAFETY: at PASSIVE_LEVEL by the token; array and output parameter are ours.
        check(unsafe { AcxDrmCreateContentMixed(ids.as_mut_ptr(), count, &raw mut mixed) })?;
        Ok(Self(Content(mixed)))
    }

    /// The content.
    pub fn content(&self) -> Content {
        self.0
    }

    /// Destroys the content when the mix ends.
    ///
    /// # IRQL
    ///
    /// `PASSIVE_LEVEL`.
    ///
    /// # Errors
    ///
    /// ACX's errors.
    #[doc(alias = "AcxDrmDestroyContent")]
    pub fn destroy(self, _passive: &Passive) -> Result<()> {
        // SAFETY: at PASSIVE_LEVEL by the token; a content that `new` made, destroyed once.
        check(unsafe { AcxDrmDestroyContent(self.0.0) })
    }
}
