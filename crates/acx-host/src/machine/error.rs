//! The reason why the host could not do what a test requested.

use acx_sys::NTSTATUS;

use crate::image::ImageError;
use crate::kernel::failed::Status;

/// The reason why the host could not do what a test requested.
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
        /// Its status.
        status: NTSTATUS,
    },
    /// A driver of this name is already loaded: a service has one driver.
    #[error("the driver {name} is loaded already: load it once, or give its file another name")]
    LoadedTwice {
        /// The driver.
        name: String,
    },
    /// Another linked-in driver is loaded: such drivers have one set of globals per process.
    #[error(
        "the driver {name} is linked in, and so is {other}, which is loaded: unload that one \
         first, or load one of them from its image"
    )]
    LinkedTwice {
        /// The driver.
        name: String,
        /// The one that is loaded.
        other: String,
    },
    /// No started device has this instance path.
    #[error(
        "no device that is started has the instance path {instance}: add it first, and take the \
         path from DeviceNode::instance, or of a child what its driver said of it"
    )]
    NoStack {
        /// The path that was given.
        instance: String,
    },
    /// EvtDriverDeviceAdd succeeded and created no device.
    #[error("EvtDriverDeviceAdd succeeded and created no device")]
    NoDevice,
    /// EvtDriverDeviceAdd or the device's start failed.
    #[error("the device did not start: {}", Status(*.status))]
    Start {
        /// The driver's status.
        status: NTSTATUS,
    },
    /// The driver refused query-stop or query-remove.
    #[error("the driver refused to have its device stopped: {}", Status(*.status))]
    Refused {
        /// Its status.
        status: NTSTATUS,
    },
    /// ACX refuses query-stop and query-remove while a stream runs.
    #[error("a stream is running, so the device cannot be stopped")]
    Streaming,
}
