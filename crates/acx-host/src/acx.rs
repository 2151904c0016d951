//! ACX: circuits, pins, formats, elements, streams, requests, events. Contracts: the fact collection's `acx/semantics.md` and `acx/practice.md`.
//!
//! Audio engines, keyword spotters, modules, PnP events, bridges, targets, composites and factories are not here yet: their entries name
//! themselves when they are called.

pub(crate) mod circuit;
pub(crate) mod element;
pub(crate) mod event;
pub(crate) mod pin;
pub(crate) mod power;
pub(crate) mod request;
pub(crate) mod stream;

use std::cell::RefCell;
use std::ffi::c_void;
use std::rc::Rc;

use acx_sys::*;

use crate::abi::{self, entries, read};
use crate::kernel::Kernel;
use crate::kernel::object::Object;
use crate::report::Rule;
use crate::wdf::device::{self, Device};
use crate::wdf::status;

/// ACX's state in one machine.
pub(crate) struct Framework {
    /// What AcxDriverGlobals points at: opaque to drivers.
    globals: Box<[u64; 8]>,
    /// Circuits whose interfaces are registered, in the order they were added.
    pub(crate) circuits: RefCell<Vec<Rc<Object>>>,
    pub(crate) circuit_inits: RefCell<Vec<Rc<circuit::CircuitInit>>>,
    pub(crate) stream_inits: RefCell<Vec<Rc<stream::StreamInit>>>,
    /// Clients that wait for events.
    pub(crate) listeners: RefCell<Vec<event::Listener>>,
}

impl Default for Framework {
    fn default() -> Self {
        Self {
            globals: Box::new([0; 8]),
            circuits: RefCell::default(),
            circuit_inits: RefCell::default(),
            stream_inits: RefCell::default(),
            listeners: RefCell::default(),
        }
    }
}

impl Framework {
    pub(crate) fn globals_address(&self) -> PVOID {
        (&raw const *self.globals).cast_mut().cast()
    }
}

/// Every ACX entry that the host has.
pub(crate) fn table(kernel: &Kernel) -> Vec<*const c_void> {
    let mut entries = general();
    entries.extend(circuit::entries());
    entries.extend(pin::entries());
    entries.extend(element::entries());
    entries.extend(stream::entries());
    entries.extend(request::entries());
    entries.extend(event::entries());
    abi::acx_table(&entries, kernel.convention())
}

/// GUIDs have no equality of their own.
pub(crate) fn same(one: &GUID, other: &GUID) -> bool {
    guid_bytes(one) == guid_bytes(other)
}

/// A GUID as it lies in memory.
pub(crate) fn guid_bytes(guid: &GUID) -> [u8; 16] {
    let mut bytes = [0; 16];
    bytes[..4].copy_from_slice(&guid.Data1.to_le_bytes());
    bytes[4..6].copy_from_slice(&guid.Data2.to_le_bytes());
    bytes[6..8].copy_from_slice(&guid.Data3.to_le_bytes());
    bytes[8..].copy_from_slice(&guid.Data4);
    bytes
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
    kernel.violate(Rule::Contract, format!("{name} was not initialized: wrong Size"));
    Err(STATUS_INFO_LENGTH_MISMATCH)
}

entries! {
    /// Driver and device.
    general:

    /// Source: acxdriver.h.
    [0] fn AcxDriverInitialize(kernel, driver: WDFDRIVER, config: PACX_DRIVER_CONFIG) -> NTSTATUS {
        let known = kernel.wdf.driver.borrow().as_ref().is_some_and(|own| own.handle() == driver as usize);
        if !known {
            return STATUS_INVALID_PARAMETER;
        }
        status(sized(kernel, config, |config| config.Size).map(drop))
    }

    /// Source: acxdevice.h: before WdfDeviceCreate.
    [0] fn AcxDeviceInitInitialize(kernel, init: PWDFDEVICE_INIT, config: PACX_DEVICEINIT_CONFIG) -> NTSTATUS {
        status(sized(kernel, config, |config| config.Size).and_then(|_| device::with_init(kernel, init, |init| init.acx.set(true))))
    }

    /// Source: acxdevice.h: after WdfDeviceCreate.
    [0] fn AcxDeviceInitialize(kernel, device: WDFDEVICE, config: PACX_DEVICE_CONFIG) -> NTSTATUS {
        let device = match kernel.objects.get::<Device>(kernel, device as usize) {
            Ok(device) => device,
            Err(status) => return status,
        };
        if !device.acx.get() {
            kernel.violate(Rule::Contract, "AcxDeviceInitialize without AcxDeviceInitInitialize".to_owned());
            return STATUS_INVALID_DEVICE_STATE;
        }
        status(sized(kernel, config, |config| config.Size).map(drop))
    }

    /// Source: acxdevice.h: only in EvtDevicePrepareHardware.
    [0] fn AcxDeviceAddCircuit(kernel, device: WDFDEVICE, circuit: ACXCIRCUIT) -> NTSTATUS {
        if !kernel.is_inside("EvtDevicePrepareHardware") {
            kernel.violate(Rule::Contract, "AcxDeviceAddCircuit outside EvtDevicePrepareHardware".to_owned());
            return STATUS_INVALID_DEVICE_STATE;
        }
        status(circuit::add(kernel, device as usize, circuit as usize))
    }

    /// Source: acxdevice.h: in EvtDeviceReleaseHardware; the power-management page also allows EvtDevicePrepareHardware.
    [0] fn AcxDeviceRemoveCircuit(kernel, _device: WDFDEVICE, circuit: ACXCIRCUIT) -> NTSTATUS {
        if !kernel.is_inside("EvtDeviceReleaseHardware") && !kernel.is_inside("EvtDevicePrepareHardware") {
            kernel.violate(Rule::Contract, "AcxDeviceRemoveCircuit outside EvtDeviceReleaseHardware".to_owned());
            return STATUS_INVALID_DEVICE_STATE;
        }
        status(circuit::remove(kernel, circuit as usize))
    }
}
