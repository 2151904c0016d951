//! The platform of clients. A client sends bytes to a file and waits. These two traits hide whether
//! a machine of the host or Windows handles them, so one client and one conformance suite work with
//! both.

use std::sync::Arc;
use std::time::Duration;

use acx_sys::{DEVPROPKEY, GUID, NTSTATUS, STATUS_NOT_SUPPORTED, STATUS_SUCCESS};

/// The outcome of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reply {
    /// The status.
    pub status: NTSTATUS,
    /// Bytes written, or bytes needed with STATUS_BUFFER_OVERFLOW.
    pub information: usize,
}

impl Reply {
    /// A reply with only a status.
    pub fn failed(status: NTSTATUS) -> Self {
        Self { status, information: 0 }
    }

    /// STATUS_SUCCESS, or the error's status.
    pub fn of(result: Result<(), NTSTATUS>) -> Self {
        Self::failed(result.err().unwrap_or(STATUS_SUCCESS))
    }
}

/// The system with a client's drivers and its clock.
pub trait System {
    /// Symbolic links of the enabled interfaces of a category.
    fn interfaces(&self, category: &GUID) -> Vec<String>;

    /// Opens a filter by its symbolic link.
    ///
    /// # Errors
    ///
    /// STATUS_OBJECT_NAME_NOT_FOUND if there is none.
    fn open(&self, link: &str) -> Result<File, NTSTATUS>;

    /// A property of an interface, by its link, which a driver set with
    /// IoSetDeviceInterfacePropertyData.
    fn interface_property(&self, link: &str, key: &DEVPROPKEY) -> Option<Vec<u8>>;

    /// Creates an auto-reset event and returns its handle's value. It lives as long as the system.
    fn create_event(&self) -> u64;

    /// Waits until one of `events` is signalled, at most for `timeout`. Returns its index.
    fn wait_any(&self, events: &[u64], timeout: Duration) -> Option<usize>;

    /// Lets time pass.
    fn sleep(&self, span: Duration);

    /// The performance counter.
    fn qpc(&self) -> u64;

    /// Ticks of the performance counter per second.
    fn qpc_frequency(&self) -> u64;
}

/// A pointer to a system is a system.
macro_rules! forward {
    ($pointer:ty) => {
        impl<S: System + ?Sized> System for $pointer {
            fn interfaces(&self, category: &GUID) -> Vec<String> {
                (**self).interfaces(category)
            }

            fn open(&self, link: &str) -> Result<File, NTSTATUS> {
                (**self).open(link)
            }

            fn interface_property(&self, link: &str, key: &DEVPROPKEY) -> Option<Vec<u8>> {
                (**self).interface_property(link, key)
            }

            fn create_event(&self) -> u64 {
                (**self).create_event()
            }

            fn wait_any(&self, events: &[u64], timeout: Duration) -> Option<usize> {
                (**self).wait_any(events, timeout)
            }

            fn sleep(&self, span: Duration) {
                (**self).sleep(span);
            }

            fn qpc(&self) -> u64 {
                (**self).qpc()
            }

            fn qpc_frequency(&self) -> u64 {
                (**self).qpc_frequency()
            }
        }
    };
}

forward!(&S);
forward!(Arc<S>);
forward!(Box<S>);

/// A system's open filter or pin. Closed when dropped.
pub trait Handle: Send + Sync {
    /// A device-control request. For KS_PROPERTY, `output` is the value's buffer, for GET and SET;
    /// None is a null pointer. For KS_ENABLE_EVENT it is the KSEVENTDATA, whose address
    /// KS_DISABLE_EVENT passes as `input`.
    fn ioctl(&self, code: u32, input: &[u8], output: Option<&mut [u8]>) -> Reply;

    /// Opens a pin: `connect` is a KSPIN_CONNECT followed by a KSDATAFORMAT, with attributes if its
    /// flag says so.
    ///
    /// # Errors
    ///
    /// The filter's status.
    fn create_pin(&self, connect: &[u8]) -> Result<File, NTSTATUS>;

    /// Assigns protected content to a stream, as a kernel client does: from now on it plays content
    /// with these rights. Returns the content's id.
    ///
    /// # Errors
    ///
    /// STATUS_NOT_SUPPORTED if the system has no way to do it; otherwise the driver's status.
    fn assign_content(
        &self,
        _copy_protect: bool,
        _no_digital_output: bool,
    ) -> Result<u32, NTSTATUS> {
        Err(STATUS_NOT_SUPPORTED)
    }
}

/// An open filter or pin. Closed when dropped.
pub struct File(Box<dyn Handle>);

impl File {
    /// Wraps a handle that a system opened.
    pub fn new(handle: impl Handle + 'static) -> Self {
        Self(Box::new(handle))
    }

    /// See [`Handle::ioctl`].
    pub fn ioctl(&self, code: u32, input: &[u8], output: Option<&mut [u8]>) -> Reply {
        self.0.ioctl(code, input, output)
    }

    /// See [`Handle::create_pin`].
    ///
    /// # Errors
    ///
    /// The filter's status.
    pub fn create_pin(&self, connect: &[u8]) -> Result<Self, NTSTATUS> {
        self.0.create_pin(connect)
    }

    /// See [`Handle::assign_content`].
    ///
    /// # Errors
    ///
    /// STATUS_NOT_SUPPORTED if the system has no way to do it; otherwise the driver's status.
    pub fn assign_content(
        &self,
        copy_protect: bool,
        no_digital_output: bool,
    ) -> Result<u32, NTSTATUS> {
        self.0.assign_content(copy_protect, no_digital_output)
    }
}
