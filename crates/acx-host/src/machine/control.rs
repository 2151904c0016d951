//! What programs open of a driver's own devices: device-control requests that its queues answer.

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
use crate::wdf::callback;
use crate::wdf::device::Device;
use crate::wdf::queue;
use crate::wdf::request::{self, ClientRequest, Origin};
use acx_client::Reply;

/// How long a program waits for an answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// A file that a program has open on a device of the driver's. Closed when dropped.
pub struct DeviceFile {
    kernel: Arc<Kernel>,
    device: Ref<Device>,
    file: Rc<Object>,
}

/// A device-control request of a program's.
struct Control {
    code: u32,
    input: Vec<u8>,
}

impl ClientRequest for Control {
    fn code(&self) -> u32 {
        self.code
    }

    fn input(&self) -> &[u8] {
        &self.input
    }
}

/// The file object's body.
struct FileObject;

impl DeviceFile {
    /// Opens the device that has an interface.
    ///
    /// # Errors
    ///
    /// STATUS_OBJECT_NAME_NOT_FOUND if no device has it enabled; what EvtDeviceFileCreate answered.
    pub(crate) fn open(kernel: &Kernel, name: &str) -> Result<Self, NTSTATUS> {
        let found = kernel.part::<Interfaces>().find(name).filter(|own| own.enabled);
        let handle = found.ok_or(STATUS_OBJECT_NAME_NOT_FOUND)?.device;
        let device = object::get::<Device>(kernel, handle)?;
        let none = std::ptr::null_mut();
        let parent = Some(device.object());
        let file = object::create(kernel, "WDFFILEOBJECT", FileObject, none, parent)?;
        let own = Self { kernel: kernel.this(), device, file };
        if let Some(create) = own.device.files.and_then(|files| files.EvtDeviceFileCreate) {
            let origin = Origin::Client(Box::new(Control { code: 0, input: Vec::new() }));
            let request = request::new(kernel, origin, Vec::new(), &own.file)?;
            let arguments =
                (own.device.object().as_ptr(), request.object().as_ptr(), own.file.as_ptr());
            invoke(kernel, &callback::EvtDeviceFileCreate, own.device.handle(), create, arguments);
            let reply = own.answer(&request);
            object::delete(kernel, request.object());
            if !NT_SUCCESS(reply.status) {
                return Err(reply.status);
            }
        }
        Ok(own)
    }

    fn answer(&self, request: &Ref<request::Request>) -> Reply {
        let kernel = &self.kernel;
        let until = kernel.qpc() + kernel.ticks_of_duration(PATIENCE);
        kernel.block(until, &|| request.reply().is_some());
        request.reply().unwrap_or_else(|| {
            kernel.violate(Rule::RequestLost, "a request was never completed".to_owned());
            Reply { status: STATUS_CANCELLED, information: 0 }
        })
    }

    /// A device-control request; `output` gets what the driver answers.
    pub fn ioctl(&self, code: u32, input: &[u8], output: &mut [u8]) -> Reply {
        let _inside = self.kernel.enter();
        let kernel = &self.kernel;
        let Some(default) = self.device.default_queue.borrow().clone() else {
            return Reply { status: STATUS_INVALID_DEVICE_REQUEST, information: 0 };
        };
        let origin = Origin::Client(Box::new(Control { code, input: input.to_vec() }));
        let request = match request::new(kernel, origin, output.to_vec(), &self.file) {
            Ok(request) => request,
            Err(status) => return Reply { status, information: 0 },
        };
        queue::deliver(kernel, &default, request.object().clone());
        let reply = self.answer(&request);
        let value = request.value.borrow();
        let length = output.len().min(value.len());
        output[..length].copy_from_slice(&value[..length]);
        drop(value);
        object::delete(kernel, request.object());
        reply
    }
}

impl Drop for DeviceFile {
    fn drop(&mut self) {
        let kernel = self.kernel.clone();
        let _inside = kernel.enter();
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
    }
}
