//! Drivers and devices that use ACX. Source: acxdriver.h, acxdevice.h pages.

use acx_sys::*;

use crate::acx::arguments::sized;
use crate::acx::circuit::{self, Leaving};
use crate::acx::{manager, power};
use crate::kernel::Kernel;
use crate::kernel::abi::{read, status};
use crate::kernel::function::entries;
use crate::kernel::object;
use crate::kernel::report::Rule;
use crate::wdf::device::Device;
use crate::wdf::{callback, framework, init, pnp};

/// Source: acxdriver.h.
fn AcxDriverInitialize(kernel: &Kernel, driver: WDFDRIVER, config: PACX_DRIVER_CONFIG) -> NTSTATUS {
    let known =
        framework::driver(kernel).as_ref().is_some_and(|own| own.handle() == driver as usize);
    if !known {
        return STATUS_INVALID_PARAMETER;
    }
    status(sized(kernel, config, |config| config.Size).map(drop))
}

/// Source: acxdevice.h: before WdfDeviceCreate.
fn AcxDeviceInitInitialize(
    kernel: &Kernel,
    init: PWDFDEVICE_INIT,
    config: PACX_DEVICEINIT_CONFIG,
) -> NTSTATUS {
    status(sized(kernel, config, |config| config.Size).and_then(|_| {
        init::find(kernel, init).map(|init| {
            init.acx.set(true);
            // A raw device has no other driver: this one owns its power policy.
            let raw = _ACX_DEVICEINIT_CONFIG_FLAGS::AcxDeviceInitConfigRawDevice as u32;
            if read(config).is_some_and(|config| config.Flags & raw != 0) {
                init.owns_power_policy.set(true);
            }
        })
    }))
}

/// Source: acxdevice.h: after WdfDeviceCreate.
fn AcxDeviceInitialize(kernel: &Kernel, device: WDFDEVICE, config: PACX_DEVICE_CONFIG) -> NTSTATUS {
    let device = match object::get::<Device>(kernel, device as usize) {
        Ok(device) => device,
        Err(status) => return status,
    };
    if !device.acx.get() {
        kernel.violate(
            Rule::OutOfPlace,
            "AcxDeviceInitialize without AcxDeviceInitInitialize".to_owned(),
        );
        return STATUS_INVALID_DEVICE_STATE;
    }
    status(sized(kernel, config, |config| config.Size).map(drop))
}

/// Source: acxdevice.h: only in EvtDevicePrepareHardware.
fn AcxDeviceAddCircuit(kernel: &Kernel, device: WDFDEVICE, circuit: ACXCIRCUIT) -> NTSTATUS {
    if !kernel.is_inside(&callback::EvtDevicePrepareHardware) {
        kernel.violate(
            Rule::OutOfPlace,
            "AcxDeviceAddCircuit outside EvtDevicePrepareHardware".to_owned(),
        );
        return STATUS_INVALID_DEVICE_STATE;
    }
    status(circuit::add(kernel, device as usize, circuit as usize))
}

/// In EvtDeviceReleaseHardware; the power-management page also allows EvtDevicePrepareHardware.
fn leave(kernel: &Kernel, name: &str, circuit: ACXCIRCUIT, how: Leaving) -> NTSTATUS {
    if !kernel.is_inside(&callback::EvtDeviceReleaseHardware)
        && !kernel.is_inside(&callback::EvtDevicePrepareHardware)
    {
        kernel.violate(Rule::OutOfPlace, format!("{name} outside EvtDeviceReleaseHardware"));
        return STATUS_INVALID_DEVICE_STATE;
    }
    status(manager::remove_circuit(kernel, circuit as usize, how))
}

/// Source: acxdevice.h: the circuit is removed, and ACX deletes it.
fn AcxDeviceRemoveCircuit(kernel: &Kernel, _device: WDFDEVICE, circuit: ACXCIRCUIT) -> NTSTATUS {
    leave(kernel, "AcxDeviceRemoveCircuit", circuit, Leaving::Removed)
}

/// Source: acxdevice.h: the driver owns the circuit from then on.
fn AcxDeviceDetachCircuit(kernel: &Kernel, _device: WDFDEVICE, circuit: ACXCIRCUIT) -> NTSTATUS {
    leave(kernel, "AcxDeviceDetachCircuit", circuit, Leaving::Detached)
}

/// A child that carries circuits, at any time.
fn AcxDeviceAddCircuitDevice(kernel: &Kernel, parent: WDFDEVICE, child: WDFDEVICE) -> NTSTATUS {
    let own = object::get::<Device>(kernel, child as usize);
    if own.is_ok_and(|child| !child.acx.get()) {
        kernel.violate(
            Rule::OutOfPlace,
            "AcxDeviceAddCircuitDevice of a device without AcxDeviceInitInitialize".to_owned(),
        );
        return STATUS_INVALID_DEVICE_STATE;
    }
    status(pnp::adopt(kernel, parent, child))
}

fn AcxDeviceRemoveCircuitDevice(kernel: &Kernel, _parent: WDFDEVICE, child: WDFDEVICE) -> NTSTATUS {
    status(pnp::disown(kernel, child))
}

/// The exit latency that the system wants: instant with streams, fast while the system runs,
/// otherwise responsive.
fn AcxDeviceGetCurrentDxExitLatency(
    kernel: &Kernel,
    device: WDFDEVICE,
    action: POWER_ACTION::Type,
    _state: WDF_POWER_DEVICE_STATE,
) -> ACX_DX_EXIT_LATENCY {
    use _ACX_DX_EXIT_LATENCY as L;
    match object::get::<Device>(kernel, device as usize) {
        Ok(device) if power::has_streams(kernel, device.object()) => L::AcxDxExitLatencyInstant,
        Ok(_) if action == POWER_ACTION::PowerActionNone => L::AcxDxExitLatencyResponsive,
        _ => L::AcxDxExitLatencyFast,
    }
}

fn AcxDriverIsVersionAvailable(
    kernel: &Kernel,
    driver: WDFDRIVER,
    parameters: PACX_DRIVER_VERSION_AVAILABLE_PARAMS,
) -> BOOLEAN {
    let _ = object::any(kernel, driver as usize);
    read(parameters)
        .map_or(0, |wanted| BOOLEAN::from(wanted.MajorVersion == 1 && wanted.MinorVersion <= 1))
}

entries! {
    /// Driver and device.
    entries:
    AcxDriverInitialize: PASSIVE, fallible;
    AcxDeviceInitInitialize: PASSIVE, fallible;
    AcxDeviceInitialize: PASSIVE, fallible;
    AcxDeviceAddCircuit: PASSIVE, fallible;
    AcxDeviceRemoveCircuit: PASSIVE;
    AcxDeviceDetachCircuit: PASSIVE, fallible;
    AcxDeviceAddCircuitDevice: PASSIVE, fallible;
    AcxDeviceRemoveCircuitDevice: PASSIVE;
    AcxDeviceGetCurrentDxExitLatency: DISPATCH;
    AcxDriverIsVersionAvailable: PASSIVE;
}
