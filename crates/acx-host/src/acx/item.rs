//! Properties and methods that a driver declares: on a circuit, a stream, a pin, an element.
//! Source: acxrequest.h, ACX_PROPERTY_ITEM, ACX_METHOD_ITEM; AcxCircuitInitAssignProperties,
//! AcxStreamInitAssignMethods and similar functions.

use acx_sys::*;

use crate::acx::arguments::guid_bytes;
use crate::acx::assumptions::Statuses;
use crate::acx::descriptor::Descriptor;
use crate::kernel::abi::read;

/// A declared property or method.
#[derive(Clone, Copy)]
pub(crate) struct Item {
    set: [u8; 16],
    id: u32,
    flags: u32,
    pub(crate) callback: unsafe extern "C" fn(ACXOBJECT, WDFREQUEST),
    /// Bytes of the control or of the arguments, at least.
    control: usize,
    /// Bytes of the value or of the result, at least.
    value: usize,
    is_method: bool,
}

/// The check of a request by its item, before the driver gets it.
pub(crate) enum Verdict {
    /// The driver answers.
    Ask,
    /// The result: a status, and the number of bytes written or needed.
    Answer(NTSTATUS, usize),
}

/// `count` entries at `place`, each made an item by `make`.
fn list<T: Copy>(
    from: *const T,
    count: u32,
    make: impl Fn(T) -> Option<Item>,
) -> Result<Vec<Item>, NTSTATUS> {
    (0..count as usize)
        .map(|at| read(from.wrapping_add(at)).and_then(&make).ok_or(STATUS_INVALID_PARAMETER))
        .collect()
}

/// The properties at `place`.
pub(crate) fn properties(from: PACX_PROPERTY_ITEM, count: u32) -> Result<Vec<Item>, NTSTATUS> {
    list(from.cast_const(), count, |item| {
        Some(Item {
            set: guid_bytes(&read(item.Set)?),
            id: item.Id,
            flags: item.Flags,
            callback: item.EvtAcxObjectProcessRequest?,
            control: item.ControlCb as usize,
            value: item.ValueCb as usize,
            is_method: false,
        })
    })
}

/// The methods at `place`.
pub(crate) fn methods(from: PACX_METHOD_ITEM, count: u32) -> Result<Vec<Item>, NTSTATUS> {
    list(from.cast_const(), count, |item| {
        Some(Item {
            set: guid_bytes(&read(item.Set)?),
            id: item.Id,
            flags: item.Flags,
            callback: item.EvtAcxObjectProcessRequest?,
            control: item.ArgsCb as usize,
            value: item.ResultCb as usize,
            is_method: true,
        })
    })
}

impl Item {
    pub(crate) fn is(&self, sent: &Descriptor<'_>) -> bool {
        self.is_method == (sent.code == IOCTL_KS_METHOD)
            && sent.code != IOCTL_KS_ENABLE_EVENT
            && self.set == sent.set()
            && self.id == sent.id()
    }

    /// Verbs and lengths, which ACX checks; `control` is how long the control is.
    pub(crate) fn judge(
        &self,
        sent: &Descriptor<'_>,
        control: usize,
        output: &mut [u8],
        statuses: &Statuses,
    ) -> Verdict {
        // ACX_PROPERTY_ITEM_FLAG_*, ACX_METHOD_ITEM_FLAG_* and the KS flags have one numbering: 1
        // is GET or SEND.
        let (get, set, basic) =
            (KSPROPERTY_TYPE_GET, KSPROPERTY_TYPE_SET, KSPROPERTY_TYPE_BASICSUPPORT);
        let flags = sent.flags();
        let wanted = match (self.is_method, flags) {
            (_, KSPROPERTY_TYPE_SETSUPPORT) => return Verdict::Answer(STATUS_SUCCESS, 0),
            (_, KSPROPERTY_TYPE_BASICSUPPORT) if self.flags & basic != 0 => return Verdict::Ask,
            (_, KSPROPERTY_TYPE_BASICSUPPORT) => {
                let access = (self.flags & (get | set)) | KSPROPERTY_TYPE_BASICSUPPORT;
                let bytes = access.to_le_bytes();
                if output.is_empty() {
                    return Verdict::Answer(STATUS_BUFFER_OVERFLOW, 4);
                }
                if output.len() < 4 {
                    return Verdict::Answer(STATUS_BUFFER_TOO_SMALL, 0);
                }
                output[..4].copy_from_slice(&bytes);
                return Verdict::Answer(STATUS_SUCCESS, 4);
            }
            (false, KSPROPERTY_TYPE_SET) => set,
            (false, KSPROPERTY_TYPE_GET) | (true, KSMETHOD_TYPE_NONE | KSMETHOD_TYPE_SEND) => get,
            _ => return Verdict::Answer(statuses.wrong_verb, 0),
        };
        if self.flags & wanted == 0 {
            return Verdict::Answer(statuses.wrong_verb, 0);
        }
        if control < self.control {
            return Verdict::Answer(statuses.short_descriptor, 0);
        }
        match output.len() {
            0 if self.value > 0 && wanted == get && !self.is_method => {
                Verdict::Answer(STATUS_BUFFER_OVERFLOW, self.value)
            }
            length if length < self.value => Verdict::Answer(STATUS_BUFFER_TOO_SMALL, 0),
            _ => Verdict::Ask,
        }
    }
}
