//! Why the host could not do what a test asked for.

use acx_sys::NTSTATUS;

use crate::image::ImageError;
use crate::kernel::failed::Status;

/// Why the host could not do what a test asked for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HostError {
    /// The image cannot be loaded.
    #[error(transparent)]
    Image(#[from] ImageError),
    /// DriverEntry, or the binding before it, failed.
    #[error("the driver {name} did not load: {}", Status(*.status))]
    Load {
        /// The driver.
        name: String,
        /// What it answered.
        status: NTSTATUS,
    },
    /// EvtDriverDeviceAdd succeeded and created no device.
    #[error("EvtDriverDeviceAdd succeeded and created no device")]
    NoDevice,
    /// EvtDriverDeviceAdd or the device's start failed.
    #[error("the device did not start: {}", Status(*.status))]
    Start {
        /// What the driver answered.
        status: NTSTATUS,
    },
    /// The driver refused query-stop or query-remove.
    #[error("the driver refused to have its device stopped: {}", Status(*.status))]
    Refused {
        /// What it answered.
        status: NTSTATUS,
    },
    /// ACX refuses query-stop and query-remove while a stream runs.
    #[error("a stream is running, so the device cannot be stopped")]
    Streaming,
}
