//! Programs on a machine, each as a separate system: each opens files with its own token, which
//! files keep.

use std::sync::Arc;
use std::time::Duration;

use acx_client::{File, System};
use acx_sys::*;

use crate::kernel::interface::Interfaces;
use crate::kernel::security::{self, Clients, Token};
use crate::kernel::{Kernel, event};
use crate::ks;
use crate::machine::control::DeviceFile;

/// A program on a machine: it has the machine's interfaces, events and time, and its own token.
#[derive(Clone, Copy, Debug)]
pub struct Client<'machine> {
    kernel: &'machine Arc<Kernel>,
    own: security::Client,
}

impl<'machine> Client<'machine> {
    /// Creates a program that runs with this token.
    pub(super) fn new(kernel: &'machine Arc<Kernel>, token: Token) -> Self {
        let _inside = kernel.enter();
        Self { kernel, own: kernel.part::<Clients>().add(token) }
    }

    /// The machine's own.
    pub(super) fn first(kernel: &'machine Arc<Kernel>) -> Self {
        Self { kernel, own: security::Client::default() }
    }

    /// Makes its thread impersonate this token, like a server does for its client; None ends that.
    pub fn impersonate(&self, token: Option<Token>) {
        let _inside = self.kernel.enter();
        self.kernel.part::<Clients>().impersonate(self.own, token);
    }

    /// Opens one of the driver's own devices by the link of one of its interfaces.
    ///
    /// # Errors
    ///
    /// STATUS_OBJECT_NAME_NOT_FOUND if there is none; otherwise the driver's status.
    pub fn open_device(&self, name: &str) -> Result<DeviceFile, NTSTATUS> {
        let _inside = self.kernel.enter();
        self.kernel.settle();
        DeviceFile::open(self.kernel, name, Some(self.own))
    }
}

impl System for Client<'_> {
    fn interfaces(&self, category: &GUID) -> Vec<String> {
        let _inside = self.kernel.enter();
        self.kernel.settle();
        self.kernel.part::<Interfaces>().of_class(acx_client::bytes::guid_bytes(category), false)
    }

    fn open(&self, name: &str) -> Result<File, NTSTATUS> {
        let _inside = self.kernel.enter();
        self.kernel.settle();
        ks::open(self.kernel, name, self.own)
    }

    fn interface_property(&self, link: &str, key: &DEVPROPKEY) -> Option<Vec<u8>> {
        let _inside = self.kernel.enter();
        self.kernel.part::<Interfaces>().property(link, key).map(|(_, bytes)| bytes)
    }

    fn create_event(&self) -> u64 {
        let _inside = self.kernel.enter();
        event::create(self.kernel)
    }

    fn wait_any(&self, events: &[u64], timeout: Duration) -> Option<usize> {
        let _inside = self.kernel.enter();
        let kernel = &self.kernel;
        let until = kernel.qpc() + kernel.ticks_of_duration(timeout);
        let mut signalled = None;
        kernel.pass(until, || {
            signalled = events.iter().position(|event| event::take(kernel, *event));
            signalled.is_some()
        });
        signalled
    }

    fn sleep(&self, span: Duration) {
        self.wait_any(&[], span);
    }

    fn qpc(&self) -> u64 {
        self.kernel.qpc()
    }

    fn qpc_frequency(&self) -> u64 {
        self.kernel.qpc_frequency()
    }
}
