//! Where drivers keep their settings, and what of them is pageable.

use super::base::Kernel;
use super::loaded::{Loaded, service};
use super::pool::Pool;
use super::registry::{CLASS, SERVICES};

/// The driver's own key below its service's.
pub(crate) fn parameters_key(kernel: &Kernel) -> String {
    format!(r"{SERVICES}\{}\Parameters", service(kernel))
}

/// The hardware key of the driver's first device: what settings of a test go to.
pub(crate) fn hardware_key(kernel: &Kernel) -> String {
    let service = service(kernel);
    format!(
        r"\Registry\Machine\System\CurrentControlSet\Enum\ROOT\{service}\0000\Device Parameters"
    )
}

/// The driver (software) key of the one device of the driver of this number: what `HKR` in a
/// DDInstall section means.
pub(crate) fn software_key(number: u32) -> String {
    format!(r"{CLASS}\{:04}", number.saturating_sub(1))
}

/// Of images, takes what is pageable out of reach, or back.
pub(super) fn page_out(kernel: &Kernel, out: bool) {
    kernel.part::<Pool>().page_out(out);
    kernel.part::<Loaded>().each_image(|image| image.page_out(out));
}
