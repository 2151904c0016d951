//! Where circuits are built: on a device whose hardware is being prepared.

use acx_sys::*;

use crate::error::check;
use crate::pool::Vec;
use crate::reference::Reference;
use crate::{Passive, Result};

/// Where a circuit is built: the device, the callback's token, and the list of circuits that were
/// added.
pub(crate) struct Site<'hardware> {
    pub(crate) device: WDFDEVICE,
    pub(crate) passive: &'hardware mut Passive,
    pub(crate) added: &'hardware mut Vec<AddedCircuit>,
}

impl Site<'_> {
    /// Adds `circuit` to the device, which owns it from then on. After an error it is still the
    /// caller's.
    ///
    /// # Errors
    ///
    /// [`Error::OutOfMemory`](crate::Error::OutOfMemory), or ACX's errors.
    ///
    /// # Safety
    ///
    /// A live circuit that was created for this device and not yet added.
    #[doc(alias = "AcxDeviceAddCircuit")]
    #[inline(never)]
    pub(crate) unsafe fn add(&mut self, circuit: ACXCIRCUIT) -> Result<()> {
        // SAFETY: alive, says the caller.
        let reference = unsafe { Reference::new(circuit.cast()) };
        // The list comes first: once ACX has the circuit, nothing may fail.
        self.added.push(AddedCircuit(reference))?;
        // SAFETY: a site is lent in EvtDevicePrepareHardware of its device only; the circuit was
        // created for it, says the caller.
        let added = check(unsafe { AcxDeviceAddCircuit(self.device, circuit) });
        if added.is_err() {
            drop(self.added.pop());
        }
        added
    }
}

/// A circuit that the device has.
pub(crate) struct AddedCircuit(Reference);

impl AddedCircuit {
    /// Removes the circuit from `device`.
    pub(crate) fn remove(self, device: WDFDEVICE, _passive: &Passive) {
        // ACX removes a circuit whose power-up failed.
        if let Some(circuit) = self.0.alive() {
            // SAFETY: added to this device and not removed since; the reference keeps the handle
            // valid. A refusal leaves the circuit to the device's own deletion.
            let _ = unsafe { AcxDeviceRemoveCircuit(device, circuit.cast()) };
        }
    }
}
