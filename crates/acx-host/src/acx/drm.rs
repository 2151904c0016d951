//! Content ids and the rights that go with them. Source: acxstreams.h pages, the AcxDrm functions.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use acx_sys::*;

use crate::kernel::Kernel;
use crate::kernel::abi::status;
use crate::kernel::abi::{read, write};
use crate::kernel::function::entries;

/// The content of a machine.
#[derive(Default)]
pub(crate) struct Contents {
    rights: RefCell<BTreeMap<u32, ACXDRMRIGHTS>>,
    last: Cell<u32>,
}

impl Contents {
    /// New content with these rights.
    pub(crate) fn create(&self, rights: ACXDRMRIGHTS) -> u32 {
        let id = self.last.get() + 1;
        self.last.set(id);
        self.rights.borrow_mut().insert(id, rights);
        id
    }

    pub(crate) fn get(&self, id: u32) -> Result<ACXDRMRIGHTS, NTSTATUS> {
        // Content 0 is unprotected.
        if id == 0 {
            return Ok(ACXDRMRIGHTS::default());
        }
        self.rights.borrow().get(&id).copied().ok_or(STATUS_INVALID_PARAMETER)
    }

    fn destroy(&self, id: u32) -> Result<(), NTSTATUS> {
        self.rights.borrow_mut().remove(&id).map(drop).ok_or(STATUS_INVALID_PARAMETER)
    }
}

/// The strictest of several rights.
fn mixed(kernel: &Kernel, ids: *const u32, count: u32) -> Result<ACXDRMRIGHTS, NTSTATUS> {
    let mut all = ACXDRMRIGHTS::default();
    for at in 0..count as usize {
        let own = kernel
            .part::<Contents>()
            .get(read(ids.wrapping_add(at)).ok_or(STATUS_INVALID_PARAMETER)?)?;
        all.CopyProtect |= own.CopyProtect;
        all.DigitalOutputDisable |= own.DigitalOutputDisable;
    }
    Ok(all)
}

/// The handlers must be functions of the driver itself; nothing else is checked.
fn AcxDrmAddContentHandlers(
    kernel: &Kernel,
    id: ULONG,
    handlers: *mut PVOID,
    count: ULONG,
) -> NTSTATUS {
    let all = (0..count as usize)
        .all(|at| read(handlers.wrapping_add(at)).is_some_and(|handler| !handler.is_null()));
    status(kernel.part::<Contents>().get(id).and(if all {
        Ok(())
    } else {
        Err(STATUS_INVALID_PARAMETER)
    }))
}

fn AcxDrmCreateContentMixed(kernel: &Kernel, ids: PULONG, count: ULONG, out: PULONG) -> NTSTATUS {
    status(
        mixed(kernel, ids, count)
            .map(|rights| write(out, kernel.part::<Contents>().create(rights))),
    )
}

fn AcxDrmDestroyContent(kernel: &Kernel, id: ULONG) -> NTSTATUS {
    status(kernel.part::<Contents>().destroy(id))
}

/// No lower driver of a machine enforces rights, so protected content cannot be forwarded to one.
fn AcxDrmForwardContentToDeviceObject(
    kernel: &Kernel,
    id: ULONG,
    _reserved: PVOID,
    forward: PCACXDRMFORWARD,
) -> NTSTATUS {
    let Some(_) = read(forward) else { return STATUS_INVALID_PARAMETER };
    status(kernel.part::<Contents>().get(id).and_then(|rights| {
        if rights.CopyProtect != 0 || rights.DigitalOutputDisable != 0 {
            Err(STATUS_NOT_IMPLEMENTED)
        } else {
            Ok(())
        }
    }))
}

fn AcxDrmRetrieveContentRights(kernel: &Kernel, id: ULONG, out: PACXDRMRIGHTS) -> NTSTATUS {
    status(kernel.part::<Contents>().get(id).map(|rights| write(out, rights)))
}

entries! {
    /// Rights.
    entries:
    AcxDrmAddContentHandlers: PASSIVE, fallible;
    AcxDrmCreateContentMixed: PASSIVE, fallible;
    AcxDrmDestroyContent: PASSIVE, fallible;
    AcxDrmForwardContentToDeviceObject: PASSIVE, fallible;
    AcxDrmRetrieveContentRights: PASSIVE, fallible;
}
