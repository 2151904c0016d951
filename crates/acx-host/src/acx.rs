//! ACX: circuits, pins, formats, elements, streams, requests, events. Contracts: the fact collection's `acx/semantics.md` and `acx/practice.md`.
//!
//! | module | what is in it |
//! |---|---|
//! | `circuit`, `pin`, `format`, `element` | what a driver describes: circuits, pins with jacks and microphones, formats, elements |
//! | `item`, `request`, `event` | what clients ask, and wait for |
//! | `stream` | streams |
//! | `bridge`, `target`, `manager`, `factory` | composite endpoints: streams through several circuits, circuits made on demand |
//! | `bag`, `drm` | named values; rights of content |
//! | `power` | ACX's part of PnP and power |

pub(crate) mod bag;
pub(crate) mod bridge;
pub(crate) mod callback;
pub(crate) mod circuit;
pub(crate) mod drm;
pub(crate) mod element;
pub(crate) mod event;
pub(crate) mod factory;
pub(crate) mod format;
pub(crate) mod item;
pub(crate) mod manager;
pub(crate) mod pin;
pub(crate) mod power;
pub(crate) mod request;
pub(crate) mod stream;
pub(crate) mod target;

use std::cell::RefCell;
use std::collections::HashMap;
use std::ffi::c_void;
use std::rc::Rc;

use acx_sys::*;

use crate::abi::{self, Entry, entries, read};
use crate::kernel::Kernel;
use crate::kernel::object::Object;
use crate::kernel::thread::Gate;
use crate::report::Rule;
use crate::wdf::callback as wdf_callback;
use crate::wdf::device::Device;
use crate::wdf::init;
use crate::wdf::status;
pub(crate) use acx_client::bytes::guid_bytes;

/// ACX's state in one machine.
#[derive(Default)]
pub(crate) struct Framework {
    /// What AcxDriverGlobals points at: opaque to drivers.
    globals: Box<[u64; 8]>,
    /// Circuits whose interfaces are registered, in the order they were added.
    pub(crate) circuits: RefCell<Vec<Rc<Object>>>,
    pub(crate) circuit_inits: RefCell<Vec<Rc<circuit::CircuitInit>>>,
    pub(crate) stream_inits: RefCell<Vec<Rc<stream::StreamInit>>>,
    /// Clients that wait for events.
    pub(crate) listeners: RefCell<Vec<event::Listener>>,
    /// Those whose request a driver of an event answers itself.
    pub(crate) pending_listeners: RefCell<HashMap<usize, event::Listener>>,
    /// PnP events that were raised: their id and payload.
    pub(crate) pnp_events: RefCell<Vec<(GUID, Vec<u8>)>>,
    pub(crate) factories: RefCell<Vec<Rc<Object>>>,
    pub(crate) factory_inits: RefCell<Vec<Rc<factory::FactoryInit>>>,
    pub(crate) templates: RefCell<Vec<Rc<Object>>>,
    pub(crate) manager: RefCell<Option<Rc<Object>>>,
    /// What EvtAcxPinConnected was given, by the pin's handle.
    pub(crate) pin_targets: RefCell<HashMap<usize, Rc<Object>>>,
    /// The state callbacks of streams, if somebody wants to know.
    pub(crate) state_calls: RefCell<Option<Vec<crate::machine::StateCall>>>,
    /// Strings with the links of objects, by the object's handle.
    pub(crate) link_names: RefCell<HashMap<usize, usize>>,
    /// Streams that go through several circuits share what is behind them: their states and lives go one after the other.
    pub(crate) chains: Gate,
    pub(crate) bags: bag::Bags,
    pub(crate) contents: drm::Contents,
}

impl Framework {
    pub(crate) fn globals_address(&self) -> PVOID {
        (&raw const *self.globals).cast_mut().cast()
    }
}

/// Every ACX entry.
pub(crate) fn entries() -> Vec<Entry> {
    let mut entries = general();
    for list in [
        bag::entries,
        bridge::entries,
        circuit::entries,
        drm::entries,
        element::entries,
        event::entries,
        factory::entries,
        format::entries,
        manager::entries,
        pin::entries,
        request::entries,
        stream::entries,
        target::entries,
    ] {
        entries.extend(list());
    }
    entries
}

/// The ACX table, for a driver of the machine's convention.
pub(crate) fn table(kernel: &Kernel) -> Vec<*const c_void> {
    abi::acx_table(&entries(), kernel.convention())
}

/// GUIDs have no equality of their own.
pub(crate) fn same(one: &GUID, other: &GUID) -> bool {
    guid_bytes(one) == guid_bytes(other)
}

/// The GUID that lies like this in memory.
pub(crate) fn guid_of(bytes: [u8; 16]) -> GUID {
    crate::ks::guid_at(&bytes, 0)
}

/// The structure at `place`, if its Size says that it was initialized.
pub(crate) fn sized<T: Copy>(
    kernel: &Kernel,
    place: *const T,
    size: impl FnOnce(&T) -> u32,
) -> Result<T, NTSTATUS> {
    let value = read(place).ok_or(STATUS_INVALID_PARAMETER)?;
    if size(&value) == size_of::<T>() as u32 {
        return Ok(value);
    }
    let name =
        std::any::type_name::<T>().rsplit("::").next().unwrap_or_default().trim_start_matches('_');
    kernel.violate(Rule::Uninitialized, format!("{name} was not initialized: wrong Size"));
    Err(STATUS_INFO_LENGTH_MISMATCH)
}

/// Source: acxdriver.h.
fn AcxDriverInitialize(kernel: &Kernel, driver: WDFDRIVER, config: PACX_DRIVER_CONFIG) -> NTSTATUS {
    let known =
        kernel.wdf.driver.borrow().as_ref().is_some_and(|own| own.handle() == driver as usize);
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
                init.identity.borrow_mut().is_raw = true;
                init.owns_power_policy.set(true);
            }
        })
    }))
}

/// Source: acxdevice.h: after WdfDeviceCreate.
fn AcxDeviceInitialize(kernel: &Kernel, device: WDFDEVICE, config: PACX_DEVICE_CONFIG) -> NTSTATUS {
    let device = match kernel.objects.get::<Device>(kernel, device as usize) {
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
    if !kernel.is_inside(&wdf_callback::EvtDevicePrepareHardware) {
        kernel.violate(
            Rule::OutOfPlace,
            "AcxDeviceAddCircuit outside EvtDevicePrepareHardware".to_owned(),
        );
        return STATUS_INVALID_DEVICE_STATE;
    }
    status(circuit::add(kernel, device as usize, circuit as usize))
}

/// Source: acxdevice.h: in EvtDeviceReleaseHardware; the power-management page also allows EvtDevicePrepareHardware.
fn AcxDeviceRemoveCircuit(kernel: &Kernel, _device: WDFDEVICE, circuit: ACXCIRCUIT) -> NTSTATUS {
    if !kernel.is_inside(&wdf_callback::EvtDeviceReleaseHardware)
        && !kernel.is_inside(&wdf_callback::EvtDevicePrepareHardware)
    {
        kernel.violate(
            Rule::OutOfPlace,
            "AcxDeviceRemoveCircuit outside EvtDeviceReleaseHardware".to_owned(),
        );
        return STATUS_INVALID_DEVICE_STATE;
    }
    status(circuit::remove(kernel, circuit as usize))
}

/// The driver deletes the circuit itself.
fn AcxDeviceDetachCircuit(kernel: &Kernel, device: WDFDEVICE, circuit: ACXCIRCUIT) -> NTSTATUS {
    AcxDeviceRemoveCircuit(kernel, device, circuit)
}

/// A child that carries circuits, at any time.
fn AcxDeviceAddCircuitDevice(kernel: &Kernel, parent: WDFDEVICE, child: WDFDEVICE) -> NTSTATUS {
    let own = kernel.objects.get::<Device>(kernel, child as usize);
    if own.is_ok_and(|child| !child.acx.get()) {
        kernel.violate(
            Rule::OutOfPlace,
            "AcxDeviceAddCircuitDevice of a device without AcxDeviceInitInitialize".to_owned(),
        );
        return STATUS_INVALID_DEVICE_STATE;
    }
    status(crate::wdf::device::adopt(kernel, parent, child))
}

fn AcxDeviceRemoveCircuitDevice(kernel: &Kernel, _parent: WDFDEVICE, child: WDFDEVICE) -> NTSTATUS {
    status(crate::wdf::device::disown(kernel, child))
}

/// How soon the system wants the device back: at once with streams, fast while the system runs, else as it comes.
fn AcxDeviceGetCurrentDxExitLatency(
    kernel: &Kernel,
    device: WDFDEVICE,
    action: POWER_ACTION::Type,
    _state: WDF_POWER_DEVICE_STATE,
) -> ACX_DX_EXIT_LATENCY {
    use _ACX_DX_EXIT_LATENCY as L;
    match kernel.objects.get::<Device>(kernel, device as usize) {
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
    let _ = kernel.objects.any(kernel, driver as usize);
    read(parameters)
        .map_or(0, |wanted| BOOLEAN::from(wanted.MajorVersion == 1 && wanted.MinorVersion <= 1))
}

entries! {
    /// Driver and device.
    general:
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
