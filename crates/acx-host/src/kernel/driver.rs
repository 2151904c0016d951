//! The loaded driver: its service, its object, its image, and what it printed.

use std::cell::{Cell, RefCell};

use super::base::Kernel;
use super::pool::Pool;
use super::registry::SERVICES;
use crate::image::Places;

/// What a machine knows of the driver that is loaded into it.
#[derive(Default)]
pub(crate) struct Loaded {
    /// The name of its service.
    pub(crate) service: RefCell<String>,
    /// The address of its DRIVER_OBJECT.
    pub(crate) object: Cell<usize>,
    /// What it is, if it is an image: to name places in it.
    pub(crate) places: RefCell<Option<Places>>,
    /// What it printed for a debugger.
    pub(crate) debug_output: RefCell<String>,
}

/// The name of the driver's service.
pub(crate) fn service(kernel: &Kernel) -> String {
    kernel.part::<Loaded>().service.borrow().clone()
}

/// The driver's own key below its service's.
pub(crate) fn parameters_key(kernel: &Kernel) -> String {
    format!(r"{SERVICES}\{}\Parameters", service(kernel))
}

/// The hardware key of the first device: what settings of a test go to.
pub(crate) fn hardware_key(kernel: &Kernel) -> String {
    let service = service(kernel);
    format!(
        r"\Registry\Machine\System\CurrentControlSet\Enum\ROOT\{service}\0000\Device Parameters"
    )
}

/// Of an image, takes what is pageable out of reach, or back.
pub(super) fn page_out(kernel: &Kernel, out: bool) {
    kernel.part::<Pool>().page_out(out);
    if let Some(image) = &*kernel.part::<Loaded>().places.borrow() {
        image.page_out(out);
    }
}
