//! How fast a device must leave its low-power state. DDI: AcxDeviceGetCurrentDxExitLatency.

use acx_sys::*;

use crate::device::Parent;
use crate::{Dispatch, Error, Result};

/// How long a device may take to leave its low-power state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DxExitLatency {
    /// Without a noticeable delay: a stream may be opened at any time.
    Instant,
    /// As fast as possible.
    Fast,
    /// A delay is acceptable.
    Responsive,
}

/// The low-power state that a device enters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LowPower {
    /// WdfPowerDeviceD1.
    D1,
    /// WdfPowerDeviceD2.
    D2,
    /// WdfPowerDeviceD3.
    D3,
}

impl Parent {
    /// How fast the device must leave `state` again. For
    /// [`d0_exit`](crate::device::Device::d0_exit), where the driver chooses the depth of its
    /// hardware's sleep. The system's current power action is taken into account.
    ///
    /// # IRQL
    ///
    /// At most `DISPATCH_LEVEL`.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidState`] if the device is gone.
    ///
    /// ```
    /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/example/host.rs"));
    /// # fn main() { host::run(prepare) }
    /// use acx::Result;
    /// use acx::device::PrepareHardware;
    /// use acx::latency::{DxExitLatency, LowPower};
    ///
    /// fn prepare(hardware: &mut PrepareHardware<'_>) -> Result<()> {
    ///     let device = hardware.parent();
    ///     let latency = device.dx_exit_latency(LowPower::D3, hardware.passive())?;
    ///     assert_eq!(latency, DxExitLatency::Responsive);
    ///     Ok(())
    /// }
    /// ```
    #[doc(alias = "AcxDeviceGetCurrentDxExitLatency")]
    #[doc(alias = "WdfDeviceGetSystemPowerAction")]
    pub fn dx_exit_latency(&self, state: LowPower, _level: &Dispatch) -> Result<DxExitLatency> {
        let device = self.alive()?;
        let state = match state {
            LowPower::D1 => _WDF_POWER_DEVICE_STATE::WdfPowerDeviceD1,
            LowPower::D2 => _WDF_POWER_DEVICE_STATE::WdfPowerDeviceD2,
            LowPower::D3 => _WDF_POWER_DEVICE_STATE::WdfPowerDeviceD3,
        };
        // SAFETY: alive, and referenced; at most DISPATCH_LEVEL by the token.
        let action = unsafe { WdfDeviceGetSystemPowerAction(device) };
        // SAFETY: alive, and referenced; at most DISPATCH_LEVEL by the token.
        match unsafe { AcxDeviceGetCurrentDxExitLatency(device, action, state) } {
            _ACX_DX_EXIT_LATENCY::AcxDxExitLatencyInstant => Ok(DxExitLatency::Instant),
            _ACX_DX_EXIT_LATENCY::AcxDxExitLatencyFast => Ok(DxExitLatency::Fast),
            _ACX_DX_EXIT_LATENCY::AcxDxExitLatencyResponsive => Ok(DxExitLatency::Responsive),
            _ => Err(Error::InvalidState),
        }
    }
}
