//! The site of new circuits: a device whose hardware is being prepared.

use acx_sys::*;

use crate::error::check;
use crate::pool::Vec;
use crate::reference::Reference;
use crate::{Passive, Result};

/// The device, the callback's token, and the list of circuits that were added.
pub(crate) struct Site<'hardware> {
    pub(crate) device: WDFDEVICE,
    pub(crate) passive: &'hardware mut Passive,
    pub(crate) added: &'hardware mut Vec<AddedCircuit>,
}

impl Site<'_> {
    /// Adds `circuit` to the device, which then owns it. After an error the caller still owns it.
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
        // SAFETY: alive, by the caller's contract.
        let object = unsafe { Reference::new(circuit.cast()) };
        // Into the list first: once ACX has the circuit, nothing may fail.
        self.added.push(AddedCircuit { object, remove: remove_circuit })?;
        // SAFETY: a site is lent in EvtDevicePrepareHardware of its device only; the circuit was
        // created for it, by the caller's contract.
        check(unsafe { AcxDeviceAddCircuit(self.device, circuit) })
    }

    /// Adds `factory` to the device, which then owns it. After an error the caller still owns it.
    ///
    /// # Errors
    ///
    /// [`Error::OutOfMemory`](crate::Error::OutOfMemory), or ACX's errors.
    ///
    /// # Safety
    ///
    /// A live factory that was created for this device and not yet added.
    pub(crate) unsafe fn add_factory(&mut self, factory: ACXFACTORYCIRCUIT) -> Result<()> {
        // SAFETY: alive, by the caller's contract.
        let object = unsafe { Reference::new(factory.cast()) };
        // Into the list first: once ACX has the factory, nothing may fail.
        self.added.push(AddedCircuit { object, remove: remove_factory })?;
        // SAFETY: a site is lent in EvtDevicePrepareHardware of its device only; the factory was
        // created for it, by the caller's contract.
        check(unsafe { AcxDeviceAddFactoryCircuit(self.device, factory) })
    }
}

/// # Safety
///
/// A circuit that the device has, in its EvtDevicePrepareHardware or EvtDeviceReleaseHardware.
unsafe fn remove_circuit(device: WDFDEVICE, circuit: WDFOBJECT) -> NTSTATUS {
    // SAFETY: by the caller's contract.
    unsafe { AcxDeviceRemoveCircuit(device, circuit.cast()) }
}

/// # Safety
///
/// A factory that the device has, in its EvtDevicePrepareHardware or EvtDeviceReleaseHardware.
unsafe fn remove_factory(device: WDFDEVICE, factory: WDFOBJECT) -> NTSTATUS {
    // SAFETY: by the caller's contract.
    unsafe { AcxDeviceRemoveFactoryCircuit(device, factory.cast()) }
}

/// A circuit or factory that the device has.
pub(crate) struct AddedCircuit {
    object: Reference,
    remove: unsafe fn(WDFDEVICE, WDFOBJECT) -> NTSTATUS,
}

impl AddedCircuit {
    /// Removes the circuit or factory from `device`.
    pub(crate) fn remove(self, device: WDFDEVICE, _passive: &Passive) {
        // The object may be gone: ACX removes a circuit whose power-up failed, and one that was not
        // added is deleted by who built it.
        if let Some(object) = self.object.alive() {
            // SAFETY: added to this device as the type of object that `remove` takes, and not
            // removed since; the reference keeps the handle valid. On an error the object is left
            // to the device's deletion.
            let _ = unsafe { (self.remove)(device, object) };
        }
    }
}
