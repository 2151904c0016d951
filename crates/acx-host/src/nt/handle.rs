//! HANDLEs and the objects they stand for.

use std::cell::RefCell;
use std::rc::Rc;

use acx_sys::*;

use crate::abi::{read, services};
use crate::kernel::Kernel;
use crate::nt::file::Opened;
use crate::report::Rule;

/// Kernel handles are far from any small number.
const BASE: usize = 0xFFFF_FFFF_8000_0000;

/// What a handle stands for.
#[derive(Clone)]
pub(crate) enum Target {
    /// A registry key, by its path.
    Key(String),
    File(Rc<Opened>),
    /// A system thread, by its object's address.
    Thread(usize),
    /// A notification that was asked for; nothing comes of it in the host.
    Registration,
}

/// The handles of a machine.
#[derive(Default)]
pub(crate) struct Handles {
    all: RefCell<Vec<Option<Target>>>,
}

impl Handles {
    pub(crate) fn open(&self, target: Target) -> HANDLE {
        let mut all = self.all.borrow_mut();
        all.push(Some(target));
        (BASE + 4 * all.len()) as HANDLE
    }

    fn index(handle: HANDLE) -> Option<usize> {
        (handle as usize).checked_sub(BASE + 4).map(|offset| offset / 4)
    }

    pub(crate) fn get(&self, kernel: &Kernel, handle: HANDLE) -> Result<Target, NTSTATUS> {
        let all = self.all.borrow();
        let found = Self::index(handle).and_then(|at| all.get(at)?.clone());
        found.ok_or_else(|| {
            drop(all);
            kernel.violate(Rule::BadHandle, format!("{handle:p} is no open handle"));
            STATUS_INVALID_HANDLE
        })
    }

    /// The path of an open key.
    pub(crate) fn key(&self, kernel: &Kernel, handle: HANDLE) -> Result<String, NTSTATUS> {
        match self.get(kernel, handle)? {
            Target::Key(path) => Ok(path),
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

    /// At unload no handle of a driver may be open.
    pub(crate) fn check_empty(&self, kernel: &Kernel) {
        for target in self.all.take().into_iter().flatten() {
            let what = match target {
                Target::Key(path) => format!("the registry key {path}"),
                Target::File(file) => format!("the file {}", file.name()),
                Target::Thread(_) => "a system thread".to_owned(),
                Target::Registration => "a notification".to_owned(),
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
    let name = crate::abi::text(attributes.ObjectName).unwrap_or_default();
    if attributes.RootDirectory.is_null() {
        return Ok(name);
    }
    let root = match kernel.nt.handles.get(kernel, attributes.RootDirectory)? {
        Target::Key(path) => path,
        Target::File(file) => file.name().to_owned(),
        _ => return Err(STATUS_OBJECT_TYPE_MISMATCH),
    };
    Ok(format!("{}\\{name}", root.trim_end_matches('\\')))
}

fn ZwClose(kernel: &Kernel, Handle: HANDLE) -> NTSTATUS {
    crate::wdf::status(kernel.nt.handles.close(kernel, Handle))
}

fn ObReferenceObjectByHandle(
    kernel: &Kernel,
    Handle: HANDLE,
    _access: ACCESS_MASK,
    _kind: PVOID,
    _mode: KPROCESSOR_MODE,
    Object: *mut PVOID,
    _information: PVOID,
) -> NTSTATUS {
    match kernel.nt.handles.get(kernel, Handle) {
        Ok(Target::Thread(address)) => {
            kernel.nt.threads.reference(address);
            crate::abi::write(Object, address as PVOID);
            STATUS_SUCCESS
        }
        Ok(_) => STATUS_NOT_SUPPORTED,
        Err(status) => status,
    }
}

fn ObfReferenceObject(kernel: &Kernel, Object: PVOID) -> LONG_PTR {
    kernel.nt.threads.reference(Object as usize);
    2
}

fn ObfDereferenceObject(kernel: &Kernel, Object: PVOID) -> LONG_PTR {
    kernel.nt.threads.dereference(Object as usize);
    1
}

fn ObDereferenceObjectDeferDelete(kernel: &Kernel, Object: PVOID) {
    kernel.nt.threads.dereference(Object as usize);
}

services! {
    /// Handles.
    services:
    ZwClose: PASSIVE;
    ObReferenceObjectByHandle: PASSIVE;
    ObfReferenceObject: DISPATCH;
    ObfDereferenceObject: DISPATCH;
    ObDereferenceObjectDeferDelete: DISPATCH;
}
