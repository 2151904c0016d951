//! A device, and its PnP and power operations.

use std::mem::ManuallyDrop;
use std::rc::Rc;
use std::sync::Arc;

use acx_sys::_WDF_POWER_DEVICE_STATE;

use super::HostError;
use crate::acx::power as acx_power;
use crate::kernel::object::{Object, Ref};
use crate::kernel::{Kernel, gate, loaded};
use crate::wdf::device::{self, Device, Power};
use crate::wdf::{pnp, power};

/// A device of a loaded driver, with the devices of the drivers [used
/// together](super::Driver::with) with it. Removed when dropped.
pub struct DeviceNode<'driver> {
    kernel: &'driver Arc<Kernel>,
    device: ManuallyDrop<Rc<Object>>,
    /// In the order in which they were plugged.
    beside: Vec<Self>,
}

// SAFETY: the count of the device is touched only inside the machine, which one thread at a time
// is.
unsafe impl Send for DeviceNode<'_> {}
// SAFETY: a shared reference touches that count in the machine only, too.
unsafe impl Sync for DeviceNode<'_> {}

impl<'driver> DeviceNode<'driver> {
    pub(super) fn new(kernel: &'driver Arc<Kernel>, device: Rc<Object>) -> Self {
        Self { kernel, device: ManuallyDrop::new(device), beside: Vec::new() }
    }

    pub(super) fn join(&mut self, other: Self) {
        self.beside.push(other);
    }

    /// PnP and power are the kernel's own business, one thing at a time. What is found wrong is the
    /// device's driver's.
    fn in_turn<T>(&self, work: impl FnOnce(&Kernel) -> T) -> T {
        let _inside = self.kernel.enter();
        let _turn = gate::pnp(self.kernel);
        loaded::on_behalf(self.kernel, self.device.owner(), || work(self.kernel))
    }

    pub(super) fn start(&self) -> Result<(), HostError> {
        self.in_turn(|kernel| pnp::start(kernel, &self.device))
            .map_err(|status| HostError::Start { status })
    }

    fn state(&self) -> Ref<Device> {
        device::body(&self.device)
    }

    /// The instance path of the device, as PnP writes it.
    pub fn instance(&self) -> String {
        let _inside = self.kernel.enter();
        self.state().instance.clone()
    }

    /// Whether the device is in D0.
    pub fn is_powered(&self) -> bool {
        let _inside = self.kernel.enter();
        self.state().power() == Power::D0 && self.beside.iter().all(Self::is_powered)
    }

    /// D0 to D3 and its streams paused, as an idle device goes.
    pub fn power_down(&self) {
        let to = _WDF_POWER_DEVICE_STATE::WdfPowerDeviceD3;
        self.in_turn(|kernel| power::power_down(kernel, &self.device, to));
        self.beside.iter().for_each(Self::power_down);
    }

    /// Another driver of the device's stack, which owns the stack's power policy, sends the device
    /// to D3. A driver that owns the policy as well breaks [`Rule::WdfViolation`](crate::Rule).
    pub fn power_down_by_another_owner(&self) {
        self.in_turn(|kernel| power::foreign_power_down(kernel, &self.device));
        self.beside.iter().for_each(Self::power_down_by_another_owner);
    }

    /// D3 to D0; streams go on where they were.
    ///
    /// # Errors
    ///
    /// [`HostError::Start`].
    pub fn power_up(&self) -> Result<(), HostError> {
        self.in_turn(|kernel| power::power_back(kernel, &self.device))
            .map_err(|status| HostError::Start { status })?;
        self.beside.iter().try_for_each(Self::power_up)
    }

    /// Query-stop, stop, start: resources are dealt anew.
    ///
    /// # Errors
    ///
    /// [`HostError::Streaming`], [`HostError::Start`].
    pub fn rebalance(&self) -> Result<(), HostError> {
        self.in_turn(|kernel| {
            if acx_power::is_streaming(kernel, &self.device) {
                return Err(HostError::Streaming);
            }
            pnp::query(kernel, &self.device, false)
                .map_err(|status| HostError::Refused { status })?;
            let state = self.state();
            state.rebalances.set(true);
            pnp::stop(kernel, &self.device);
            let started = self.start();
            state.rebalances.set(false);
            kernel.wake();
            started
        })?;
        self.beside.iter().try_for_each(Self::rebalance)
    }

    /// Query-remove, then remove.
    ///
    /// # Errors
    ///
    /// [`HostError::Streaming`]; the device goes on then.
    pub fn query_remove(&self) -> Result<(), HostError> {
        self.in_turn(|kernel| {
            if acx_power::is_streaming(kernel, &self.device) {
                return Err(HostError::Streaming);
            }
            pnp::query(kernel, &self.device, true)
                .map_err(|status| HostError::Refused { status })?;
            pnp::remove(kernel, &self.device);
            Ok(())
        })?;
        self.beside.iter().try_for_each(Self::query_remove)
    }

    /// The hardware is pulled out.
    pub fn surprise_remove(&self) {
        self.in_turn(|kernel| {
            if self.state().power() != Power::Removed {
                pnp::surprise_remove(kernel, &self.device);
            }
        });
        self.beside.iter().for_each(Self::surprise_remove);
    }
}

impl Drop for DeviceNode<'_> {
    fn drop(&mut self) {
        let _inside = self.kernel.enter();
        self.in_turn(|kernel| {
            if self.state().power() != Power::Removed {
                pnp::remove(kernel, &self.device);
            }
        });
        // SAFETY: taken once, here, where the machine is entered.
        drop(unsafe { ManuallyDrop::take(&mut self.device) });
    }
}
