//! Names by which a driver opens devices: each module above the kernel opens the names that it
//! knows.

use std::cell::RefCell;

use acx_client::Handle;
use acx_sys::{NTSTATUS, STATUS_OBJECT_NAME_NOT_FOUND};

use super::base::Kernel;

/// Opens what has this name, if it knows it.
type Opener = fn(&Kernel, &str) -> Option<Box<dyn Handle>>;

/// Who opens what, in one machine.
#[derive(Default)]
struct Namespace {
    openers: RefCell<Vec<Opener>>,
}

/// Names that `opener` knows can be opened from now on.
pub(crate) fn register(kernel: &Kernel, opener: Opener) {
    kernel.part::<Namespace>().openers.borrow_mut().push(opener);
}

/// Opens what has this name.
pub(crate) fn open(kernel: &Kernel, name: &str) -> Result<Box<dyn Handle>, NTSTATUS> {
    let openers = kernel.part::<Namespace>().openers.borrow().clone();
    openers.iter().find_map(|open| open(kernel, name)).ok_or(STATUS_OBJECT_NAME_NOT_FOUND)
}
