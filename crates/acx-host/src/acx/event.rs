//! Events that drivers raise. Source: acxevents.h pages.

use std::cell::{Cell, RefCell};

use acx_sys::*;

use crate::acx::arguments::{guid_bytes, sized};
use crate::kernel::Kernel;
use crate::kernel::abi::{read, status, write};
use crate::kernel::function::entries;
use crate::kernel::object;

/// An event that a driver raises.
pub(crate) struct Event {
    pub(crate) set: [u8; 16],
    pub(crate) id: u32,
    pub(crate) callbacks: ACX_EVENT_CALLBACKS,
    pub(crate) listeners: Cell<u32>,
}

/// A PnP event that a driver raises.
struct PnpEvent {
    id: GUID,
}

/// PnP events that were raised: their id and payload.
#[derive(Default)]
pub(crate) struct PnpEvents {
    pub(crate) raised: RefCell<Vec<(GUID, Vec<u8>)>>,
}

fn AcxEventCreate(
    kernel: &Kernel,
    object: ACXOBJECT,
    attributes: PWDF_OBJECT_ATTRIBUTES,
    config: PACX_EVENT_CONFIG,
    handle: *mut ACXEVENT,
) -> NTSTATUS {
    let created = sized(kernel, config, |config| config.Size).and_then(|config| {
        let set = read(config.Set).ok_or(STATUS_INVALID_PARAMETER)?;
        let callbacks = match read(config.Callbacks) {
            Some(_) => sized(kernel, config.Callbacks, |callbacks| callbacks.Size)?,
            None => ACX_EVENT_CALLBACKS::default(),
        };
        let parent = object::any(kernel, object as usize)?;
        let event =
            Event { set: guid_bytes(&set), id: config.Id, callbacks, listeners: Cell::new(0) };
        object::create(kernel, "ACXEVENT", event, attributes, Some(&parent))
    });
    status(created.map(|event| write(handle, event.as_ptr())))
}

fn AcxPnpEventCreate(
    kernel: &Kernel,
    device: WDFDEVICE,
    object: ACXOBJECT,
    attributes: PWDF_OBJECT_ATTRIBUTES,
    config: PACX_PNPEVENT_CONFIG,
    handle: *mut ACXPNPEVENT,
) -> NTSTATUS {
    let created = sized(kernel, config, |config| config.Size).and_then(|config| {
        object::any(kernel, device as usize)?;
        let parent = object::any(kernel, object as usize)?;
        object::create(
            kernel,
            "ACXPNPEVENT",
            PnpEvent { id: config.Event },
            attributes,
            Some(&parent),
        )
    });
    status(created.map(|event| write(handle, event.as_ptr())))
}

/// A custom PnP event of the device: the registered clients get the payload.
fn AcxPnpEventGenerateEvent(
    kernel: &Kernel,
    event: ACXPNPEVENT,
    payload: PVOID,
    size: USHORT,
) -> NTSTATUS {
    status(object::get::<PnpEvent>(kernel, event as usize).map(|event| {
        let place = payload.cast::<u8>().cast_const();
        let bytes = (0..usize::from(size)).filter_map(|at| read(place.wrapping_add(at))).collect();
        kernel.part::<PnpEvents>().raised.borrow_mut().push((event.id, bytes));
    }))
}

entries! {
    /// Events.
    entries:
    AcxEventCreate: PASSIVE, fallible;
    AcxPnpEventCreate: PASSIVE, fallible;
    AcxPnpEventGenerateEvent: PASSIVE, fallible;
}
