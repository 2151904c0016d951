//! What clients stand on. A client sends bytes to a file and waits; whether a machine of the host
//! or Windows answers is behind these two traits, so that one client and one conformance suite
//! serve both.

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
    /// A status alone.
    pub fn failed(status: NTSTATUS) -> Self {
        Self { status, information: 0 }
    }

    /// STATUS_SUCCESS, or the error's status.
    pub fn of(result: Result<(), NTSTATUS>) -> Self {
        Self::failed(result.err().unwrap_or(STATUS_SUCCESS))
    }
}

/// Whose drivers a client talks to, and whose time it waits in.
pub trait System {
    /// Symbolic links of the enabled interfaces of a category.
    fn interfaces(&self, category: &GUID) -> Vec<String>;

    /// Opens a filter by its symbolic link.
    ///
    /// # Errors
    ///
    /// STATUS_OBJECT_NAME_NOT_FOUND if there is none.
    fn open(&self, link: &str) -> Result<File, NTSTATUS>;

    /// A property of an interface, by its link: what a driver set with
    /// IoSetDeviceInterfacePropertyData.
    fn interface_property(&self, link: &str, key: &DEVPROPKEY) -> Option<Vec<u8>>;

    /// A new auto-reset event; the value of its handle. It lives as long as the system.
    fn create_event(&self) -> u64;

    /// Waits until one of `events` is signalled, or for `timeout`; which one it was.
    fn wait_any(&self, events: &[u64], timeout: Duration) -> Option<usize>;

    /// Lets time pass.
    fn sleep(&self, span: Duration);

    /// The performance counter.
    fn qpc(&self) -> u64;

    /// Ticks of the performance counter in a second.
    fn qpc_frequency(&self) -> u64;
}

/// A system behind a pointer is one.
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

/// An open filter or pin, as its system has it. Closed when dropped.
pub trait Handle: Send + Sync {
    /// A device-control request. For KS_PROPERTY, `output` is where the value goes on GET and where
    /// it is on SET; None is a null pointer. For KS_ENABLE_EVENT it is the KSEVENTDATA, which
    /// KS_DISABLE_EVENT names again, by its address, as `input`.
    fn ioctl(&self, code: u32, input: &[u8], output: Option<&mut [u8]>) -> Reply;

    /// Opens a pin: `connect` is a KSPIN_CONNECT and behind it a KSDATAFORMAT, with attributes if
    /// it says so.
    ///
    /// # Errors
    ///
    /// What the filter answered.
    fn create_pin(&self, connect: &[u8]) -> Result<File, NTSTATUS>;

    /// What a kernel client does for protected content: the stream plays content with these rights
    /// from now on. The content's id.
    ///
    /// # Errors
    ///
    /// STATUS_NOT_SUPPORTED where there is no way to do it; else what the driver answered.
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
    /// What the filter answered.
    pub fn create_pin(&self, connect: &[u8]) -> Result<Self, NTSTATUS> {
        self.0.create_pin(connect)
    }

    /// See [`Handle::assign_content`].
    ///
    /// # Errors
    ///
    /// STATUS_NOT_SUPPORTED where there is no way to do it; else what the driver answered.
    pub fn assign_content(
        &self,
        copy_protect: bool,
        no_digital_output: bool,
    ) -> Result<u32, NTSTATUS> {
        self.0.assign_content(copy_protect, no_digital_output)
    }
}
