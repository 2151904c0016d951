//! HANDLEs and their objects.

use std::cell::RefCell;
use std::rc::Rc;

use acx_sys::*;

use crate::kernel::Kernel;
use crate::kernel::abi::read;
use crate::kernel::abi::status;
use crate::kernel::function::services;
use crate::kernel::loaded;
use crate::kernel::report::Rule;
use crate::nt::sandbox::Opened;

/// Kernel handles differ from all small numbers.
const BASE: usize = 0xFFFF_FFFF_8000_0000;

/// The object of a handle.
#[derive(Clone)]
pub(crate) enum HandleObject {
    /// A registry key, by its path.
    Key(String),
    File(Rc<Opened>),
    /// A system thread, by its object's address.
    Thread(usize),
    /// A registered notification; the host never sends it.
    Registration,
}

/// The handles of a machine.
#[derive(Default)]
pub(crate) struct Handles {
    /// With the number of the driver that opened it.
    all: RefCell<Vec<Option<(HandleObject, u32)>>>,
}

impl Handles {
    pub(crate) fn open(&self, kernel: &Kernel, target: HandleObject) -> HANDLE {
        let mut all = self.all.borrow_mut();
        all.push(Some((target, loaded::number(kernel))));
        (BASE + 4 * all.len()) as HANDLE
    }

    fn index(handle: HANDLE) -> Option<usize> {
        (handle as usize).checked_sub(BASE + 4).map(|offset| offset / 4)
    }

    pub(crate) fn get(&self, kernel: &Kernel, handle: HANDLE) -> Result<HandleObject, NTSTATUS> {
        let found = Self::index(handle).and_then(|at| self.all.borrow().get(at)?.clone());
        found.map(|(target, _)| target).ok_or_else(|| {
            kernel.violate(Rule::BadHandle, format!("{handle:p} is no open handle"));
            STATUS_INVALID_HANDLE
        })
    }

    /// The path of an open key.
    pub(crate) fn key(&self, kernel: &Kernel, handle: HANDLE) -> Result<String, NTSTATUS> {
        match self.get(kernel, handle)? {
            HandleObject::Key(path) => Ok(path),
            _ => Err(STATUS_OBJECT_TYPE_MISMATCH),
        }
    }

    pub(crate) fn close(&self, kernel: &Kernel, handle: HANDLE) -> Result<(), NTSTATUS> {
        self.get(kernel, handle)?;
        if let Some(at) = Self::index(handle) {
            self.all.borrow_mut()[at] = None;
        }
        Ok(())
    }

    /// No handle of a driver may be open at unload.
    pub(crate) fn check_empty(&self, kernel: &Kernel, driver: u32) {
        let is_its_own = |(_, own): &mut (HandleObject, u32)| *own == driver;
        let take = |own: &mut Option<_>| own.take_if(is_its_own);
        let left: Vec<_> = self.all.borrow_mut().iter_mut().filter_map(take).collect();
        for (target, _) in left {
            let what = match target {
                HandleObject::Key(path) => format!("the registry key {path}"),
                HandleObject::File(file) => format!("the file {}", file.name()),
                HandleObject::Thread(_) => "a system thread".to_owned(),
                HandleObject::Registration => "a notification".to_owned(),
            };
            kernel.violate(Rule::HandleLeak, format!("a handle of {what} was never closed"));
        }
    }
}

/// The path that OBJECT_ATTRIBUTES name.
pub(crate) fn path(
    kernel: &Kernel,
    attributes: *const OBJECT_ATTRIBUTES,
) -> Result<String, NTSTATUS> {
    let attributes = read(attributes).ok_or(STATUS_INVALID_PARAMETER)?;
    let name = crate::kernel::abi::text(attributes.ObjectName).unwrap_or_default();
    if attributes.RootDirectory.is_null() {
        return Ok(name);
    }
    let root = match kernel.part::<Handles>().get(kernel, attributes.RootDirectory)? {
        HandleObject::Key(path) => path,
        HandleObject::File(file) => file.name().to_owned(),
        _ => return Err(STATUS_OBJECT_TYPE_MISMATCH),
    };
    Ok(format!("{}\\{name}", root.trim_end_matches('\\')))
}

fn ZwClose(kernel: &Kernel, Handle: HANDLE) -> NTSTATUS {
    status(kernel.part::<Handles>().close(kernel, Handle))
}

services! {
    /// Handles.
    services:
    ZwClose: PASSIVE;
}
