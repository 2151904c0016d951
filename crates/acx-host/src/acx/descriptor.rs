//! The descriptor of a client's request: a KSIDENTIFIER and what follows it. Layouts: ks.h.

use std::borrow::Cow;

use acx_client::bytes::{field, guid_at, number};
use acx_sys::*;

/// The code for IRP_MJ_CREATE in place of an IOCTL's code.
pub(crate) const CREATE: u32 = 0;

/// A property, method or event request, as bytes; for a create, its parameters.
#[derive(Clone)]
pub(crate) struct Descriptor<'a> {
    /// IOCTL_KS_*.
    pub(crate) code: u32,
    pub(crate) input: Cow<'a, [u8]>,
}

impl Descriptor<'_> {
    /// With its bytes copied, as a driver sees it.
    pub(crate) fn into_owned(self) -> Descriptor<'static> {
        Descriptor { code: self.code, input: Cow::Owned(self.input.into_owned()) }
    }

    pub(crate) fn kind(&self) -> ACX_REQUEST_TYPE {
        match self.code {
            IOCTL_KS_METHOD => _ACX_REQUEST_TYPE::AcxRequestTypeMethod,
            IOCTL_KS_ENABLE_EVENT => _ACX_REQUEST_TYPE::AcxRequestTypeEvent,
            IOCTL_KS_RESET_STATE => _ACX_REQUEST_TYPE::AcxRequestTypeResetState,
            CREATE => _ACX_REQUEST_TYPE::AcxRequestTypeCreate,
            _ => _ACX_REQUEST_TYPE::AcxRequestTypeProperty,
        }
    }

    /// Whether it names a set and an item of it.
    pub(crate) fn has_identifier(&self) -> bool {
        !matches!(self.code, IOCTL_KS_RESET_STATE | CREATE)
    }

    pub(crate) fn set(&self) -> [u8; 16] {
        field(&self.input, 0)
    }

    pub(crate) fn set_guid(&self) -> GUID {
        guid_at(&self.input, 0)
    }

    pub(crate) fn id(&self) -> u32 {
        number(&self.input, 16)
    }

    /// The flags without the one for nodes.
    pub(crate) fn flags(&self) -> u32 {
        number(&self.input, 20) & !KSPROPERTY_TYPE_TOPOLOGY
    }

    /// The flags as ACX's verbs, which have one numbering for each kind.
    pub(crate) fn verb(&self) -> i32 {
        let flags = self.flags();
        match (self.code, flags) {
            (IOCTL_KS_METHOD, KSMETHOD_TYPE_BASICSUPPORT) => {
                _ACX_METHOD_VERB::AcxMethodVerbBasicSupport
            }
            (IOCTL_KS_METHOD, KSMETHOD_TYPE_SETSUPPORT) => {
                _ACX_METHOD_VERB::AcxMethodVerbSetSupport
            }
            (IOCTL_KS_METHOD, _) => _ACX_METHOD_VERB::AcxMethodVerbSend,
            (_, KSPROPERTY_TYPE_BASICSUPPORT) => _ACX_PROPERTY_VERB::AcxPropertyVerbBasicSupport,
            (_, KSPROPERTY_TYPE_SETSUPPORT) => _ACX_PROPERTY_VERB::AcxPropertyVerbSetSupport,
            (IOCTL_KS_ENABLE_EVENT, _) => _ACX_EVENT_VERB::AcxEventVerbEnable,
            (_, KSPROPERTY_TYPE_GET) => _ACX_PROPERTY_VERB::AcxPropertyVerbGet,
            (_, KSPROPERTY_TYPE_SET) => _ACX_PROPERTY_VERB::AcxPropertyVerbSet,
            _ => _ACX_PROPERTY_VERB::AcxPropertyVerbNone,
        }
    }
}
