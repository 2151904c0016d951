//! Programs' access to a driver's own devices: device-control requests to its queues.

use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use acx_sys::*;

use crate::kernel::Kernel;
use crate::kernel::call::invoke;
use crate::kernel::interface::Interfaces;
use crate::kernel::object;
use crate::kernel::object::{Object, Ref};
use crate::kernel::report::Rule;
use crate::kernel::security::{Client, Clients};
use crate::wdf::callback;
use crate::wdf::device::Device;
use crate::wdf::file::FileObject;
use crate::wdf::request::{self, ClientRequest, Method, Origin};
use crate::wdf::{dispatch, pnp, queue};
use acx_client::{File, Handle, Reply};

/// The maximum wait of a program for a completion.
const PATIENCE: Duration = Duration::from_secs(10);

/// A program's open file on one of the driver's devices. Closed when dropped.
pub struct DeviceFile {
    kernel: Arc<Kernel>,
    device: Ref<Device>,
    file: Rc<Object>,
    client: Option<Client>,
}

// SAFETY: the counts in it are touched only inside the machine, which one thread at a time is.
unsafe impl Send for DeviceFile {}
// SAFETY: a shared reference touches those counts in the machine only, too.
unsafe impl Sync for DeviceFile {}

/// Drivers open them too, through I/O targets.
impl Handle for DeviceFile {
    fn ioctl(&self, code: u32, input: &[u8], output: Option<&mut [u8]>) -> Reply {
        Self::ioctl(self, code, input, output.unwrap_or_default())
    }

    fn create_pin(&self, _connect: &[u8]) -> Result<File, NTSTATUS> {
        Err(STATUS_NOT_SUPPORTED)
    }
}

/// Opens an interface of a driver's own device for an I/O target. ACX has opened those of circuits.
pub(super) fn open_target(kernel: &Kernel, name: &str) -> Option<Box<dyn Handle>> {
    DeviceFile::open(kernel, name, None).ok().map(|file| -> Box<dyn Handle> { Box::new(file) })
}

/// A program's device-control request.
struct Control {
    code: u32,
    input: Vec<u8>,
    sender: Option<Client>,
}

impl ClientRequest for Control {
    fn code(&self) -> u32 {
        self.code
    }

    fn input(&self) -> &[u8] {
        &self.input
    }

    fn sender(&self) -> Option<Client> {
        self.sender
    }
}

impl DeviceFile {
    /// Opens the device that has an interface.
    ///
    /// # Errors
    ///
    /// STATUS_OBJECT_NAME_NOT_FOUND if no device has it enabled; the status of EvtDeviceFileCreate.
    pub(crate) fn open(
        kernel: &Kernel,
        name: &str,
        client: Option<Client>,
    ) -> Result<Self, NTSTATUS> {
        let found = kernel.part::<Interfaces>().find(name).filter(|own| own.enabled);
        let handle = found.ok_or(STATUS_OBJECT_NAME_NOT_FOUND)?.device;
        let device = object::get::<Device>(kernel, handle)?;
        // What follows the class of an interface is the reference string, with its backslash.
        let tail = name.rsplit_once('}').map_or("", |(_, tail)| tail);
        let file = FileObject::open(kernel, &device, tail)?;
        device.files_open.set(device.files_open.get() + 1);
        let own = Self { kernel: kernel.this(), device, file, client };
        if let Some(create) = own.device.files.and_then(|files| files.EvtDeviceFileCreate) {
            let origin =
                Origin::Client(Box::new(Control { code: 0, input: Vec::new(), sender: client }));
            let request = request::new(kernel, origin, Vec::new(), own.device.object())?;
            request.file.set(own.file.handle());
            request.shows_file.set(true);
            request.kind.set(_WDF_REQUEST_TYPE::WdfRequestTypeCreate);
            let arguments =
                (own.device.object().as_ptr(), request.object().as_ptr(), own.file.as_ptr());
            let _running = kernel.part::<Clients>().enter(client);
            invoke(kernel, &callback::EvtDeviceFileCreate, own.device.handle(), create, arguments);
            let reply = answer(kernel, &request);
            if !NT_SUCCESS(reply.status) {
                return Err(reply.status);
            }
        }
        Ok(own)
    }

    /// Sends a device-control request; `output` gets the driver's output.
    pub fn ioctl(&self, code: u32, input: &[u8], output: &mut [u8]) -> Reply {
        match self.send(code, input, output) {
            Ok(sent) => sent.wait(output),
            Err(status) => Reply { status, information: 0 },
        }
    }

    /// Like [`ioctl`](Self::ioctl), without waiting: overlapped I/O. `output` is the initial
    /// content of the driver's buffer.
    ///
    /// # Errors
    ///
    /// STATUS_INVALID_DEVICE_REQUEST if the device has no queue for it.
    pub fn send(&self, code: u32, input: &[u8], output: &[u8]) -> Result<Sent, NTSTATUS> {
        let _inside = self.kernel.enter();
        let kernel = &self.kernel;
        let queue = self.device.control_queue().ok_or(STATUS_INVALID_DEVICE_REQUEST)?;
        let control = Control { code, input: input.to_vec(), sender: self.client };
        let origin = Origin::Client(Box::new(control));
        let _running = kernel.part::<Clients>().enter(self.client);
        let (method, buffer) = match code & 3 {
            // One buffer for both, that begins as the input.
            0 => {
                let mut buffer = vec![0; input.len().max(output.len())];
                buffer[..input.len()].copy_from_slice(input);
                (Method::Buffered { input: input.len(), output: output.len() }, buffer)
            }
            3 => (Method::Neither, output.to_vec()),
            _ => (Method::Direct, output.to_vec()),
        };
        let request = request::new(kernel, origin, buffer, self.device.object())?;
        request.method.set(method);
        request.file.set(self.file.handle());
        request.shows_file.set(self.device.files.is_some());
        dispatch::arrive(kernel, &self.device, &queue, &request);
        Ok(Sent { kernel: kernel.clone(), request })
    }
}

/// A pending request of a program.
pub struct Sent {
    kernel: Arc<Kernel>,
    request: Ref<request::Request>,
}

impl Sent {
    /// The result, if the driver has completed the request.
    pub fn reply(&self) -> Option<Reply> {
        let _inside = self.kernel.enter();
        self.request.reply()
    }

    /// Cancels the request: CancelIoEx.
    pub fn cancel(&self) {
        let _inside = self.kernel.enter();
        queue::cancel(&self.kernel, &self.request);
    }

    /// Waits for the completion; `output` gets the output.
    pub fn wait(self, output: &mut [u8]) -> Reply {
        let _inside = self.kernel.enter();
        let reply = answer(&self.kernel, &self.request);
        let value = self.request.value.borrow();
        // METHOD_BUFFERED copies back as many bytes as the driver reports.
        let written = match self.request.method.get() {
            Method::Buffered { .. } if NT_ERROR(reply.status) => 0,
            Method::Buffered { .. } => reply.information,
            Method::Direct | Method::Neither => value.len(),
        };
        let length = output.len().min(value.len()).min(written);
        output[..length].copy_from_slice(&value[..length]);
        reply
    }
}

/// Waits for a driver's answer.
fn answer(kernel: &Kernel, request: &Ref<request::Request>) -> Reply {
    let until = kernel.qpc() + kernel.ticks_of_duration(PATIENCE);
    kernel.block(until, &|| request.reply().is_some());
    request.reply().unwrap_or_else(|| {
        kernel.violate(Rule::RequestLost, "a request was never completed".to_owned());
        object::delete(kernel, request.object());
        Reply { status: STATUS_CANCELLED, information: 0 }
    })
}

impl Drop for DeviceFile {
    fn drop(&mut self) {
        let kernel = self.kernel.clone();
        let _inside = kernel.enter();
        let queues = self.device.queues.borrow().clone();
        for (queue, managed) in queues {
            managed.flush(&kernel, &queue, self.file.handle());
        }
        if let Some(files) = self.device.files {
            for (name, callback) in [
                (&callback::EvtFileCleanup, files.EvtFileCleanup),
                (&callback::EvtFileClose, files.EvtFileClose),
            ] {
                if let Some(callback) = callback {
                    invoke(&kernel, name, self.file.handle(), callback, (self.file.as_ptr(),));
                }
            }
        }
        object::delete(&kernel, &self.file);
        self.device.files_open.set(self.device.files_open.get() - 1);
        pnp::delete_if_unused(&kernel, self.device.object());
    }
}
