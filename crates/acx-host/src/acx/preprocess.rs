//! Requests that a driver gets before ACX. Source:
//! AcxCircuitInitAssignAcxRequestPreprocessCallback,
//! AcxStreamInitAssignAcxRequestPreprocessCallback.

use acx_sys::*;

use crate::acx::arguments::guid_bytes;
use crate::acx::descriptor::Descriptor;
use crate::kernel::abi::read;

/// A driver's request filter.
pub(crate) struct Preprocess {
    pub(crate) callback: unsafe extern "C" fn(ACXOBJECT, ACXCONTEXT, WDFREQUEST),
    pub(crate) context: ACXCONTEXT,
    kind: ACX_REQUEST_TYPE,
    set: Option<[u8; 16]>,
    id: Option<u32>,
}

impl Preprocess {
    pub(crate) fn new(
        callback: PFN_ACX_OBJECT_PREPROCESS_REQUEST,
        context: ACXCONTEXT,
        kind: ACX_REQUEST_TYPE,
        set: *const GUID,
        id: u32,
    ) -> Result<Self, NTSTATUS> {
        let callback = callback.ok_or(STATUS_INVALID_PARAMETER)?;
        let set = read(set).map(|set| guid_bytes(&set));
        Ok(Self { callback, context, kind, set, id: (id != AcxItemIdNone).then_some(id) })
    }

    pub(crate) fn wants(&self, sent: &Descriptor<'_>) -> bool {
        let kind = self.kind == _ACX_REQUEST_TYPE::AcxRequestTypeAny || self.kind == sent.kind();
        // A create or a reset of the state has neither set nor id.
        if !kind || !sent.has_identifier() {
            return kind;
        }
        let set = self.set.is_none_or(|set| set == sent.set());
        set && self.id.is_none_or(|id| id == sent.id())
    }
}
