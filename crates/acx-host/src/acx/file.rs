//! Open files of clients: a circuit, or a stream on it. Requests arrive here.

use std::borrow::Cow;
use std::mem::ManuallyDrop;
use std::sync::Arc;

use acx_client::{Handle, Reply};
use acx_sys::*;

use crate::acx::chain;
use crate::acx::circuit::{self, Circuit};
use crate::acx::descriptor::{CREATE, Descriptor};
use crate::acx::drm::Contents;
use crate::acx::format::{Format, new_format};
use crate::acx::pin::Pin;
use crate::acx::sent::{Addressee, Creation, Sent};
use crate::acx::stream::{self, Opening, Stream};
use crate::acx::{assumptions, listener, request, stops};
use crate::kernel::Kernel;
use crate::kernel::gate::{Gate, Passage};
use crate::kernel::interface::Interfaces;
use crate::kernel::object::{self, Ref};
use crate::kernel::security::{Client, Clients};
use crate::wdf::device::Device;
use crate::wdf::{pnp, power};

enum Opened {
    Filter(Ref<Circuit>),
    Pin(Ref<Circuit>, Ref<Stream>),
}

impl Opened {
    fn parts(&self) -> (&Ref<Circuit>, Option<&Ref<Stream>>) {
        match self {
            Self::Filter(circuit) => (circuit, None),
            Self::Pin(circuit, stream) => (circuit, Some(stream)),
        }
    }

    /// Waits for its turn in the queue of its requests, once that runs.
    fn turn<'a>(&'a self, kernel: &'a Kernel) -> Result<Passage<'a>, NTSTATUS> {
        let own = match self {
            Self::Pin(_, stream) => &stream.io_stops,
            Self::Filter(circuit) => &circuit.stops,
        };
        loop {
            stops::wait(kernel, own)?;
            let turn = self.gate(kernel).pass(kernel);
            // The driver may have stopped it while this waited.
            if !own.are_any() {
                return Ok(turn);
            }
        }
    }

    /// The gate that serializes its requests: that of its stream, or of its circuit.
    fn gate<'a>(&'a self, kernel: &'a Kernel) -> &'a Gate {
        match self {
            Self::Pin(_, stream) => chain::gate(kernel, stream),
            Self::Filter(circuit) => &circuit.gate,
        }
    }
}

/// A client's open file object: a filter or a pin. Closed when dropped.
pub(crate) struct File {
    kernel: Arc<Kernel>,
    opened: ManuallyDrop<Opened>,
    /// Its id, unique in a machine.
    id: u64,
    /// Whether closing it closes the stream.
    owns: bool,
    /// The client that owns it; None for a driver.
    client: Option<Client>,
}

// SAFETY: its contents are accessed only inside the machine, which one thread at a time enters.
unsafe impl Send for File {}
// SAFETY: a shared reference accesses its cells only inside the machine.
unsafe impl Sync for File {}

impl File {
    pub(crate) fn filter(kernel: Arc<Kernel>, circuit: Ref<Circuit>) -> Self {
        Self::new(kernel, Opened::Filter(circuit))
    }

    fn new(kernel: Arc<Kernel>, opened: Opened) -> Self {
        let (Opened::Filter(circuit) | Opened::Pin(circuit, _)) = &opened;
        object::reference(circuit.object());
        let id = kernel.next_number();
        Self { kernel, opened: ManuallyDrop::new(opened), id, owns: true, client: None }
    }

    /// A file on a stream that a driver made itself.
    pub(crate) fn owned(kernel: Arc<Kernel>, circuit: Ref<Circuit>, stream: Ref<Stream>) -> Self {
        Self::new(kernel, Opened::Pin(circuit, stream))
    }

    /// A file on a stream that outlives it.
    pub(crate) fn borrowed(
        kernel: Arc<Kernel>,
        circuit: Ref<Circuit>,
        stream: Ref<Stream>,
    ) -> Self {
        let mut file = Self::owned(kernel, circuit, stream);
        file.owns = false;
        file
    }

    pub(crate) fn kernel(&self) -> &Kernel {
        &self.kernel
    }

    fn parts(&self) -> (&Ref<Circuit>, Option<&Ref<Stream>>) {
        self.opened.parts()
    }

    fn gate(&self) -> &Gate {
        self.opened.gate(&self.kernel)
    }
}

/// While it lives, a client is in a call to a device, which is kept alive.
struct Call<'a> {
    kernel: &'a Kernel,
    device: Ref<Device>,
}

impl<'a> Call<'a> {
    /// None if the device is gone, or the circuit, which a rebalance removes: handles outlive both.
    fn begin(kernel: &'a Kernel, circuit: &Circuit) -> Option<Self> {
        if !kernel.are_threaded() {
            kernel.settle();
        }
        pend(kernel, circuit);
        if circuit.removed.get() {
            return None;
        }
        let device = object::get_alive::<Device>(kernel, circuit.device)?;
        device.calls.set(device.calls.get() + 1);
        Some(Self { kernel, device })
    }
}

impl Drop for Call<'_> {
    fn drop(&mut self) {
        self.device.calls.set(self.device.calls.get() - 1);
        pnp::delete_if_unused(self.kernel, self.device.object());
    }
}

impl File {
    /// Opens the circuit that has this interface, for a client or a driver.
    pub(crate) fn open(
        kernel: &Kernel,
        name: &str,
        client: Option<Client>,
    ) -> Result<Self, NTSTATUS> {
        let found = kernel.part::<Interfaces>().find(name).filter(|own| own.enabled);
        let circuit = found.and_then(|interface| circuit::find(kernel, &interface.link));
        let circuit = circuit.ok_or(STATUS_OBJECT_NAME_NOT_FOUND)?;
        let mut file = Self::filter(kernel.this(), circuit);
        file.client = client;
        Ok(file)
    }

    /// A file on the stream that `create` makes on the circuit, of what `connect` says.
    pub(crate) fn create_pin(
        &self,
        connect: &[u8],
        create: impl Fn(&Kernel, &Ref<Circuit>) -> Result<Ref<Stream>, NTSTATUS> + 'static,
    ) -> Result<Self, NTSTATUS> {
        let kernel = &self.kernel;
        let _inside = kernel.enter();
        let (circuit, _) = self.parts();
        let _call = Call::begin(kernel, circuit).ok_or(STATUS_DEVICE_REMOVED)?;
        wake(kernel, circuit);
        let _turn = self.opened.turn(kernel)?;
        let creation = Creation::new(Box::new(create));
        let sent = Sent {
            descriptor: Descriptor { code: CREATE, input: Cow::Borrowed(connect) },
            file: self.id,
            sender: self.client,
            to: Addressee::Circuit(circuit.clone()),
            creation: Some(creation.clone()),
            address: 0,
        };
        let _running = kernel.part::<Clients>().enter(self.client);
        let status = request::serve(kernel, sent, &mut []).status;
        let stream = creation.take().filter(|_| NT_SUCCESS(status));
        // A driver that completes the create itself makes no stream.
        let failed = if NT_SUCCESS(status) { STATUS_UNSUCCESSFUL } else { status };
        let stream = stream.ok_or(failed)?;
        let mut file = Self::new(kernel.clone(), Opened::Pin(circuit.clone(), stream));
        file.client = self.client;
        Ok(file)
    }

    /// A request of KS, by its code.
    pub(crate) fn request(&self, code: u32, input: &[u8], output: Option<&mut [u8]>) -> Reply {
        let _inside = self.kernel.enter();
        let kernel = &self.kernel;
        let output = output.unwrap_or_default();
        let (circuit, stream) = self.parts();
        let Some(_call) = Call::begin(kernel, circuit) else {
            return Reply::failed(STATUS_DEVICE_REMOVED);
        };
        match code {
            IOCTL_KS_PROPERTY | IOCTL_KS_METHOD | IOCTL_KS_ENABLE_EVENT | IOCTL_KS_RESET_STATE => {}
            IOCTL_KS_DISABLE_EVENT => {
                let _turn = self.gate().pass(kernel);
                return Reply::of(listener::disable(kernel, self.id, input));
            }
            _ => return Reply::failed(STATUS_INVALID_DEVICE_REQUEST),
        }
        if code != IOCTL_KS_RESET_STATE && input.len() < size_of::<KSIDENTIFIER>() {
            return Reply::failed(assumptions::of(kernel).statuses.short_descriptor);
        }
        if stream.is_some_and(|stream| stream.ended.get()) {
            return Reply::failed(STATUS_DEVICE_NOT_CONNECTED);
        }
        wake(kernel, circuit);
        let sent = Sent {
            descriptor: Descriptor { code, input: Cow::Borrowed(input) },
            file: self.id,
            sender: self.client,
            to: match stream {
                Some(stream) => Addressee::Stream(circuit.clone(), stream.clone()),
                None => Addressee::Circuit(circuit.clone()),
            },
            creation: None,
            address: output.as_ptr() as usize,
        };
        let turn = if sent.is_direct() { None } else { Some(self.opened.turn(kernel)) };
        if let Some(Err(status)) = turn {
            return Reply::failed(status);
        }
        let _running = kernel.part::<Clients>().enter(self.client);
        request::serve(kernel, sent, output)
    }

    /// Assigns content with these rights to the stream. Returns the content's id.
    pub(crate) fn assign_content(
        &self,
        copy_protect: bool,
        no_digital_output: bool,
    ) -> Result<u32, NTSTATUS> {
        let _inside = self.kernel.enter();
        let (circuit, stream) = self.parts();
        let stream = stream.ok_or(STATUS_INVALID_DEVICE_REQUEST)?;
        let _call = Call::begin(&self.kernel, circuit).ok_or(STATUS_DEVICE_REMOVED)?;
        let _turn = self.gate().pass(&self.kernel);
        let rights = ACXDRMRIGHTS {
            CopyProtect: i32::from(copy_protect),
            DigitalOutputDisable: i32::from(no_digital_output),
            ..ACXDRMRIGHTS::default()
        };
        let id = self.kernel.part::<Contents>().create(rights);
        chain::assign_rights(&self.kernel, stream, id, rights).map(|()| id)
    }
}

/// During a resource rebalance, requests wait. A PnP callback's own request does not, because the
/// rebalance would never end.
fn pend(kernel: &Kernel, circuit: &Circuit) {
    let is_over = || {
        let device = object::get_alive::<Device>(kernel, circuit.device);
        device.is_none_or(|device| !device.is_rebalanced(kernel))
    };
    if !kernel.is_in_pnp() {
        kernel.wait_for("a rebalance", is_over);
    }
}

/// The circuit is used: its device wakes up, because its queue is power-managed.
fn wake(kernel: &Kernel, circuit: &Circuit) {
    if let Ok(device) = object::any(kernel, circuit.device) {
        power::touch(kernel, &device);
    }
}

impl Drop for File {
    fn drop(&mut self) {
        let kernel = self.kernel.clone();
        let _inside = kernel.enter();
        // SAFETY: taken once, here, where the machine is entered.
        let opened = unsafe { ManuallyDrop::take(&mut self.opened) };
        let (circuit, stream) = opened.parts();
        let _call = Call::begin(&kernel, circuit);
        {
            let _turn = opened.gate(&kernel).pass(&kernel);
            // All waits of the file end.
            let _ = listener::disable(&kernel, self.id, &[]);
            if let Some(stream) = stream.filter(|_| self.owns) {
                chain::close(&kernel, stream);
            }
        }
        object::dereference(&kernel, circuit.object());
    }
}

/// The pin that a client requests, if it can have another stream.
pub(crate) fn free_pin(circuit: &Circuit, id: u32) -> Result<Ref<Pin>, NTSTATUS> {
    let pin = circuit.pin(id).ok_or(STATUS_INVALID_PARAMETER)?;
    if !pin.is_streaming() || pin.streams.borrow().len() >= pin.max_streams as usize {
        return Err(STATUS_INSUFFICIENT_RESOURCES);
    }
    Ok(pin)
}

/// A stream for a client, in a format that the pin lists for the mode.
pub(crate) fn create_stream(
    kernel: &Kernel,
    circuit: &Ref<Circuit>,
    pin: &Ref<Pin>,
    asked: &Format,
    mode: Option<GUID>,
) -> Result<Ref<Stream>, NTSTATUS> {
    let mode = mode.unwrap_or(AUDIO_SIGNALPROCESSINGMODE_DEFAULT);
    let formats = pin.formats(&mode).ok_or(STATUS_NO_MATCH)?;
    let listed = formats.iter().find(|format| format.matches(asked)).ok_or(STATUS_NO_MATCH)?;
    // The stream gets the pin's own format, which has a mask and valid bits even if the client's
    // has not.
    let own = Format { bytes: listed.bytes.clone() };
    let none = std::ptr::null_mut();
    let own = new_format(kernel, own, none, Some(circuit.object()))?;
    let format = Ref::<Format>::of(own.clone()).ok_or(STATUS_UNSUCCESSFUL)?;
    let opening = Opening { format: &format, mode: Some(&mode), arguments: None };
    let opened = chain::open(kernel, circuit, pin, &opening);
    match &opened {
        // The format lives as long as its stream.
        Ok(stream) => stream.object().on_delete(move |kernel| object::delete(kernel, &own)),
        // A failed stream may still exist, and keeps it until it is deleted.
        Err(_) => stream::soon(kernel, move |kernel| object::delete(kernel, &own)),
    }
    opened
}

/// An I/O target that a driver opens; it cannot create pins.
pub(crate) struct TargetFile(pub(crate) File);

impl Handle for TargetFile {
    fn create_pin(&self, _connect: &[u8]) -> Result<acx_client::File, NTSTATUS> {
        Err(STATUS_INVALID_DEVICE_REQUEST)
    }

    fn ioctl(&self, code: u32, input: &[u8], output: Option<&mut [u8]>) -> Reply {
        self.0.request(code, input, output)
    }

    fn assign_content(&self, copy_protect: bool, no_digital: bool) -> Result<u32, NTSTATUS> {
        self.0.assign_content(copy_protect, no_digital)
    }
}

/// Opens a circuit by the name of its interface, for a driver.
pub(crate) fn open_target(kernel: &Kernel, name: &str) -> Option<Box<dyn Handle>> {
    let file = File::open(kernel, name, None).ok()?;
    Some(Box::new(TargetFile(file)))
}
