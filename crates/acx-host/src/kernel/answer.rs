//! What is looked at when a driver's callback comes back: its status, and how long PnP had to wait for it.

use acx_sys::*;

use crate::kernel::Kernel;
use crate::report::Rule;

/// How long a PnP or power callback may take before the host says that it waits for somebody, in 100 ns: a minute.
const LONGEST_PNP: u64 = 60 * 10_000_000;

/// Whether PnP or the power manager waits for this callback.
pub(crate) fn is_pnp(name: &str) -> bool {
    let of_device = name.starts_with("EvtDevice") && name != "EvtDeviceFileCreate";
    let of_circuit = name.starts_with("EvtAcxCircuit") || name.starts_with("EvtAcxFactoryCircuit");
    let step = ["PrepareHardware", "ReleaseHardware", "PowerUp", "PowerDown"];
    of_device || of_circuit && step.iter().any(|step| name.ends_with(step))
}

/// Whether `callback` may answer `status`. Source: the callbacks' pages; [MS-ERREF] on the parts of an NTSTATUS.
fn is_documented(callback: &str, status: NTSTATUS) -> bool {
    // A module that is asked how much it has to say answers so.
    let asked = callback == "EvtAcxAudioModuleProcessCommand" && status == STATUS_BUFFER_OVERFLOW;
    if status == STATUS_SUCCESS || asked {
        return true;
    }
    let bits = status.cast_unsigned();
    // Severity 3, an error; not a customer's, not an HRESULT's; facilities end at 0xFF.
    let is_error = bits >> 30 == 3 && bits & 0x3000_0000 == 0 && (bits >> 16) & 0xFFF < 0x100;
    let of_set_packet = [
        STATUS_DATA_LATE_ERROR,
        STATUS_DATA_OVERRUN,
        STATUS_INVALID_DEVICE_STATE,
        STATUS_INVALID_PARAMETER,
        // The device is going.
        STATUS_DEVICE_NOT_READY,
        STATUS_DEVICE_REMOVED,
        STATUS_ACCESS_VIOLATION,
    ];
    is_error && (callback != "EvtAcxStreamSetRenderPacket" || of_set_packet.contains(&status))
}

impl Kernel {
    pub(crate) fn check_status(&self, callback: &str, status: NTSTATUS) {
        if callback.starts_with("Evt") && !is_documented(callback, status) {
            self.violate(Rule::UndocumentedStatus, format!("{callback} answered {status:#010x}"));
        }
    }

    /// A PnP callback that was called at the tick `since` is back.
    pub(crate) fn check_pnp(&self, callback: &str, since: u64) {
        let took = self.qpc() - since;
        if took > self.ticks_of(LONGEST_PNP) {
            let seconds = took / self.qpc_frequency();
            let what = format!("{callback} took {seconds} s: it waits for somebody");
            self.violate(Rule::PnpWait, what);
        }
    }
}
