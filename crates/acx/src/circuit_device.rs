//! Circuit devices: circuits that are added and removed while their device runs, each on its own
//! child device. DDI: AcxDeviceAddCircuitDevice, AcxDeviceRemoveCircuitDevice, WdfPdoInitAllocate,
//! ACX_DEVICEINIT_CONFIG_FLAGS.
//!
//! A device can add circuits in [`prepare_hardware`](Device::prepare_hardware) only. A child device
//! has its own `prepare_hardware`, whenever it is added.
//!
//! ```
//! # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/example/host.rs"));
//! # fn main() { host::run_for_a_second(prepare) }
//! use acx::circuit_device::ChildId;
//! use acx::device::{Device, PrepareHardware};
//! use acx::{Result, wide};
//!
//! /// A headset that was plugged in: its circuit comes and goes with it.
//! struct Headset;
//!
//! impl Device for Headset {
//!     fn prepare_hardware(&self, hardware: &mut PrepareHardware<'_>) -> Result<()> {
//!         host::speaker(hardware)?.add()
//!     }
//! }
//!
//! fn prepare(hardware: &mut PrepareHardware<'_>) -> Result<()> {
//!     let (device, text) = (wide!(r"Contoso\Headset"), wide!("Contoso headset"));
//!     let id = ChildId { device, instance: wide!("0"), text };
//!     // Often from a work item, when the hardware reports a new device. Keep the result to remove
//!     // the child later; otherwise it is removed with its parent.
//!     let _headset = hardware.parent().add_circuit_device(&id, Headset, hardware.passive())?;
//!     Ok(())
//! }
//! ```

use acx_sys::*;

pub use crate::device::Parent;
use crate::device::{Device, create};
use crate::error::check;
use crate::reference::Reference;
use crate::unicode::unicode;
use crate::{Error, Passive, Result, context, wide};

/// en-US, the language of the names that Device Manager shows.
const LOCALE: LCID = 0x409;

/// Access to a child device: full for the system and administrators, read and write for all users,
/// as audio programs need.
#[expect(clippy::indexing_slicing, clippy::as_conversions, reason = "when it is compiled")]
const SDDL: &[u16] = wide!("D:P(A;;GA;;;SY)(A;;GA;;;BA)(A;;GRGWGX;;;WD)");

/// The identification of a child device.
#[derive(Clone, Copy, Debug)]
pub struct ChildId<'a> {
    /// Enumerator and device, such as `ACXVAD\Cable`; also the hardware id.
    pub device: &'a [u16],
    /// The instance id, unique below its parent.
    pub instance: &'a [u16],
    /// The name that Device Manager shows.
    pub text: &'a [u16],
}

/// A child device that was added.
pub struct CircuitDevice {
    parent: Reference,
    device: Reference,
}

/// A child that is about to be created (PWDFDEVICE_INIT). Freed when dropped, used up by creating.
struct ChildInit(PWDFDEVICE_INIT);

impl Drop for ChildInit {
    fn drop(&mut self) {
        if !self.0.is_null() {
            // SAFETY: allocated by `Parent::create_child`; no create has taken it.
            unsafe { WdfDeviceInitFree(self.0) };
        }
    }
}

impl Parent {
    /// Adds a child device. The system starts it soon, and its
    /// [`prepare_hardware`](Device::prepare_hardware) adds its circuits.
    ///
    /// # Errors
    ///
    /// The framework's errors, or those of `make`; no child is left then.
    #[doc(alias = "AcxDeviceAddCircuitDevice")]
    #[inline(never)]
    pub fn add_circuit_device<D: Device>(
        &self,
        id: &ChildId<'_>,
        device: D,
        passive: &mut Passive,
    ) -> Result<CircuitDevice> {
        let parent = self.alive()?;
        let child = self.create_child(id, device, passive)?;
        // SAFETY: a child of this device, created just now; ACX allows this call at any time.
        let added = check(unsafe { AcxDeviceAddCircuitDevice(parent, child) });
        if added.is_err() {
            // SAFETY: created just now, and not added.
            unsafe { context::delete(child.cast()) };
        }
        added.map(|()| {
            // SAFETY: alive: it was added.
            let device = unsafe { Reference::new(child.cast()) };
            CircuitDevice { parent: self.reference(), device }
        })
    }

    /// A child device that was not added yet.
    pub(crate) fn create_child<D: Device>(
        &self,
        id: &ChildId<'_>,
        device: D,
        passive: &mut Passive,
    ) -> Result<WDFDEVICE> {
        // SAFETY: the reference keeps the handle valid.
        let mut init = ChildInit(unsafe { WdfPdoInitAllocate(self.alive()?) });
        if init.0.is_null() {
            return Err(Error::OutOfMemory);
        }
        // The init object is used up exactly when a device was created, even an unfinished one.
        // SAFETY: allocated just now, and ours until a create takes it.
        let (child, done) = unsafe { create_from(&mut init.0, id, device, passive) }?;
        if done.is_err() {
            // SAFETY: created just now, and not added.
            unsafe { context::delete(child.cast()) };
        }
        done.map(|()| child)
    }
}

/// Creates a child device from a child's init object. Returns the device, and whether it could be
/// finished; without a device the init object is unchanged.
///
/// # Safety
///
/// The init object of a child, which is the caller's until this call uses it up.
pub(crate) unsafe fn create_from<D: Device>(
    init: &mut PWDFDEVICE_INIT,
    id: &ChildId<'_>,
    device: D,
    passive: &mut Passive,
) -> Result<(WDFDEVICE, Result<()>)> {
    // SAFETY: the caller's init object.
    unsafe { describe(*init, id) }?;
    let flag = _ACX_DEVICEINIT_CONFIG_FLAGS::AcxDeviceInitConfigRawDevice.cast_unsigned();
    create(init, flag, |_, _| Ok(device), passive)
}

/// Describes the child in `init`.
///
/// # Safety
///
/// The init object of a child, which is the caller's.
#[inline(never)]
unsafe fn describe(init: PWDFDEVICE_INIT, id: &ChildId<'_>) -> Result<()> {
    let (device, instance) = (unicode(id.device)?, unicode(id.instance)?);
    let (text, sddl) = (unicode(id.text)?, unicode(SDDL)?);
    // SAFETY: the init object is the caller's until a create takes it; the framework copies the
    // string.
    check(unsafe { WdfPdoInitAssignDeviceID(init, &raw const device) })?;
    // SAFETY: the init object is the caller's until a create takes it; the framework copies the
    // string.
    check(unsafe { WdfPdoInitAddHardwareID(init, &raw const device) })?;
    // SAFETY: the init object is the caller's until a create takes it; the framework copies the
    // string.
    check(unsafe { WdfPdoInitAssignInstanceID(init, &raw const instance) })?;
    // SAFETY: the init object is the caller's until a create takes it; the framework copies the
    // string.
    check(unsafe { WdfPdoInitAddDeviceText(init, &raw const text, &raw const text, LOCALE) })?;
    // SAFETY: the init object is the caller's until a create takes it.
    unsafe { WdfPdoInitSetDefaultLocale(init, LOCALE) };
    // It has no function driver but this one.
    // SAFETY: the init object is the caller's; the framework copies the GUID.
    check(unsafe { WdfPdoInitAssignRawDevice(init, &GUID_DEVCLASS_SYSTEM) })?;
    // SAFETY: the init object is the caller's until a create takes it; the framework copies the
    // string.
    check(unsafe { WdfDeviceInitAssignSDDLString(init, &raw const sddl) })?;
    Ok(())
}

impl CircuitDevice {
    /// # Safety
    ///
    /// A device and its child, both alive.
    pub(crate) unsafe fn new(parent: WDFDEVICE, device: WDFDEVICE) -> Self {
        // SAFETY: alive, by the caller's contract.
        let parent = unsafe { Reference::new(parent.cast()) };
        // SAFETY: alive, by the caller's contract.
        Self { parent, device: unsafe { Reference::new(device.cast()) } }
    }

    /// Starts the removal of the child and its circuits. Their streams end, and clients get an
    /// error because the device is gone.
    #[doc(alias = "AcxDeviceRemoveCircuitDevice")]
    pub fn remove(self, _passive: &Passive) {
        if let (Some(parent), Some(device)) = (self.parent.alive(), self.device.alive()) {
            // SAFETY: a device and its child, whose handles the references keep valid. An error
            // means that the child is already being removed.
            let _ = unsafe { AcxDeviceRemoveCircuitDevice(parent.cast(), device.cast()) };
        }
    }
}

/// The setup class of child devices: {4d36e97d-e325-11ce-bfc1-08002be10318}, as devguid.h has it.
const GUID_DEVCLASS_SYSTEM: GUID = GUID {
    Data1: 0x4D36_E97D,
    Data2: 0xE325,
    Data3: 0x11CE,
    Data4: [0xBF, 0xC1, 0x08, 0x00, 0x2B, 0xE1, 0x03, 0x18],
};
