//! The `*_INIT` helpers that the fact tables cannot say in full: conditions, and copies through a
//! pointer.

use super::zero;
use crate::*;

/// `WDF_IO_QUEUE_CONFIG_INIT`: with parallel dispatching, no limit on requests presented at once.
#[inline]
pub fn WDF_IO_QUEUE_CONFIG_INIT(
    config: &mut WDF_IO_QUEUE_CONFIG,
    dispatch: WDF_IO_QUEUE_DISPATCH_TYPE,
) {
    zero(config);
    config.Size = size_of::<WDF_IO_QUEUE_CONFIG>() as ULONG;
    config.PowerManaged = _WDF_TRI_STATE::WdfUseDefault;
    config.DispatchType = dispatch;
    if dispatch == _WDF_IO_QUEUE_DISPATCH_TYPE::WdfIoQueueDispatchParallel {
        config.Settings.Parallel.NumberOfPresentedRequests = ULONG::MAX;
    }
}

/// `WDF_IO_QUEUE_CONFIG_INIT_DEFAULT_QUEUE`.
#[inline]
pub fn WDF_IO_QUEUE_CONFIG_INIT_DEFAULT_QUEUE(
    config: &mut WDF_IO_QUEUE_CONFIG,
    dispatch: WDF_IO_QUEUE_DISPATCH_TYPE,
) {
    WDF_IO_QUEUE_CONFIG_INIT(config, dispatch);
    config.DefaultQueue = TRUE as BOOLEAN;
}

/// `WDF_DEVICE_POWER_POLICY_IDLE_SETTINGS_INIT`: which Dx state depends on whether the device can
/// wake itself.
#[inline]
pub fn WDF_DEVICE_POWER_POLICY_IDLE_SETTINGS_INIT(
    settings: &mut WDF_DEVICE_POWER_POLICY_IDLE_SETTINGS,
    capabilities: WDF_POWER_POLICY_S0_IDLE_CAPABILITIES,
) {
    zero(settings);
    settings.Size = size_of::<WDF_DEVICE_POWER_POLICY_IDLE_SETTINGS>() as ULONG;
    settings.IdleTimeout =
        _WDF_POWER_POLICY_IDLE_TIMEOUT_CONSTANTS::IdleTimeoutDefaultConstant as ULONG;
    settings.UserControlOfIdleSettings =
        _WDF_POWER_POLICY_S0_IDLE_USER_CONTROL::IdleAllowUserControl;
    settings.Enabled = _WDF_TRI_STATE::WdfUseDefault;
    settings.PowerUpIdleDeviceOnSystemWake = _WDF_TRI_STATE::WdfUseDefault;
    settings.IdleTimeoutType = _WDF_POWER_POLICY_IDLE_TIMEOUT_TYPE::DriverManagedIdleTimeout;
    settings.ExcludeD3Cold = _WDF_TRI_STATE::WdfUseDefault;
    settings.IdleCaps = capabilities;
    settings.DxState = match capabilities {
        _WDF_POWER_POLICY_S0_IDLE_CAPABILITIES::IdleCanWakeFromS0
        | _WDF_POWER_POLICY_S0_IDLE_CAPABILITIES::IdleUsbSelectiveSuspend => {
            _DEVICE_POWER_STATE::PowerDeviceMaximum
        }
        _ => _DEVICE_POWER_STATE::PowerDeviceD3,
    };
}

/// `WDF_IO_TARGET_OPEN_PARAMS_INIT_CREATE_BY_NAME`: the name is copied by its descriptor, not by
/// its text.
#[inline]
pub fn WDF_IO_TARGET_OPEN_PARAMS_INIT_CREATE_BY_NAME(
    params: &mut WDF_IO_TARGET_OPEN_PARAMS,
    target_device_name: &UNICODE_STRING,
    desired_access: ACCESS_MASK,
) {
    zero(params);
    params.Size = size_of::<WDF_IO_TARGET_OPEN_PARAMS>() as ULONG;
    params.Type = _WDF_IO_TARGET_OPEN_TYPE::WdfIoTargetOpenByName;
    params.TargetDeviceName = *target_device_name;
    params.DesiredAccess = desired_access;
    params.CreateOptions = FILE_NON_DIRECTORY_FILE;
}

/// `WDF_IO_TARGET_OPEN_PARAMS_INIT_OPEN_BY_NAME`: as above, and the device must exist.
#[inline]
pub fn WDF_IO_TARGET_OPEN_PARAMS_INIT_OPEN_BY_NAME(
    params: &mut WDF_IO_TARGET_OPEN_PARAMS,
    target_device_name: &UNICODE_STRING,
    desired_access: ACCESS_MASK,
) {
    WDF_IO_TARGET_OPEN_PARAMS_INIT_CREATE_BY_NAME(params, target_device_name, desired_access);
    params.CreateDisposition = FILE_OPEN;
}

/// `WDF_WMI_PROVIDER_CONFIG_INIT`.
#[inline]
pub fn WDF_WMI_PROVIDER_CONFIG_INIT(config: &mut WDF_WMI_PROVIDER_CONFIG, guid: &GUID) {
    zero(config);
    config.Size = size_of::<WDF_WMI_PROVIDER_CONFIG>() as ULONG;
    config.Guid = *guid;
}
