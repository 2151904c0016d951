//! KS: what a client opens and sends requests to, as bytes. Rules: the fact collection's `ks/interface.md`, sections 1 and 2.
//!
//! Where that text marks something as inferred, the host's choice is written in `docs/host-assumptions.md`.

mod optional;
mod properties;

use std::borrow::Cow;
use std::mem::ManuallyDrop;
use std::sync::Arc;

pub use acx_client::Reply;
pub(crate) use acx_client::bytes::{field, guid_at, number};
use acx_client::{Handle, bytes::guid_bytes};
use acx_sys::*;

pub use properties::{Property, TABLE, Target};

use crate::acx::circuit::Circuit;
use crate::acx::format::{self, Format};
use crate::acx::pin::Pin;
use crate::acx::stream::{self, Opening, Stream};
use crate::acx::{event, request};
use crate::kernel::Kernel;
use crate::kernel::object::{Objects, Ref};
use crate::kernel::thread::Gate;
use crate::wdf::device::Device;

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

    /// What its requests go through one after the other: the queue of its stream, or of its circuit.
    fn gate<'a>(&'a self, kernel: &'a Kernel) -> &'a Gate {
        match self {
            Self::Pin(_, stream) => stream.gate(kernel),
            Self::Filter(circuit) => &circuit.gate,
        }
    }
}

/// A file object that a client has open: a filter or a pin. Closed when dropped.
pub(crate) struct File {
    kernel: Arc<Kernel>,
    opened: ManuallyDrop<Opened>,
    /// No two files of a machine have the same.
    id: u64,
    /// Whether closing it closes the stream.
    owns: bool,
}

// SAFETY: what is opened is touched only inside the machine, which one thread at a time is.
unsafe impl Send for File {}
// SAFETY: as above.
unsafe impl Sync for File {}

/// The requests of KSPROPSETID_RtAudio that are about packets and positions.
const DIRECT: [u32; 4] = [
    KSPROPERTY_RTAUDIO_PACKETCOUNT,
    KSPROPERTY_RTAUDIO_PRESENTATION_POSITION,
    KSPROPERTY_RTAUDIO_GETREADPACKET,
    KSPROPERTY_RTAUDIO_SETWRITEPACKET,
];

/// A property, method or event request on its way to whoever answers it.
#[derive(Clone)]
pub(crate) struct Sent<'a> {
    pub(crate) code: u32,
    pub(crate) file: u64,
    pub(crate) circuit: Ref<Circuit>,
    pub(crate) stream: Option<Ref<Stream>>,
    /// The descriptor: a KSIDENTIFIER and what follows it.
    pub(crate) input: Cow<'a, [u8]>,
    /// Where the client has its value.
    pub(crate) address: usize,
}

impl Sent<'_> {
    /// The request with its bytes copied, as a driver sees it.
    pub(crate) fn into_owned(self) -> Sent<'static> {
        Sent { input: Cow::Owned(self.input.into_owned()), ..self }
    }

    pub(crate) fn kind(&self) -> ACX_REQUEST_TYPE {
        match self.code {
            IOCTL_KS_METHOD => _ACX_REQUEST_TYPE::AcxRequestTypeMethod,
            IOCTL_KS_ENABLE_EVENT => _ACX_REQUEST_TYPE::AcxRequestTypeEvent,
            _ => _ACX_REQUEST_TYPE::AcxRequestTypeProperty,
        }
    }

    pub(crate) fn set(&self) -> [u8; 16] {
        field(&self.input, 0)
    }

    pub(crate) fn set_guid(&self) -> GUID {
        guid_at(&self.input, 0)
    }

    pub(crate) fn id(&self) -> u32 {
        number(&self.input, 16)
    }

    /// Whether it is about packets or positions: such requests wait for no other. The fact collection's `acx/semantics.md`, section 0.
    fn is_direct(&self) -> bool {
        let set = self.set();
        let asks = self.stream.is_some() && self.code == IOCTL_KS_PROPERTY;
        let is = |id: &GUID, all: &[u32]| set == guid_bytes(id) && all.contains(&self.id());
        asks && (is(&KSPROPSETID_RtAudio, &DIRECT)
            || is(&KSPROPSETID_Audio, &[KSPROPERTY_AUDIO_POSITION]))
    }

    /// The flags without the one for nodes.
    pub(crate) fn flags(&self) -> u32 {
        number(&self.input, 20) & !KSPROPERTY_TYPE_TOPOLOGY
    }

    /// The flags as ACX's verbs, which have one numbering for each kind.
    pub(crate) fn verb(&self) -> i32 {
        let flags = self.flags();
        match (self.code, flags) {
            (IOCTL_KS_METHOD, KSMETHOD_TYPE_BASICSUPPORT) => {
                _ACX_METHOD_VERB::AcxMethodVerbBasicSupport
            }
            (IOCTL_KS_METHOD, KSMETHOD_TYPE_SETSUPPORT) => {
                _ACX_METHOD_VERB::AcxMethodVerbSetSupport
            }
            (IOCTL_KS_METHOD, _) => _ACX_METHOD_VERB::AcxMethodVerbSend,
            (_, KSPROPERTY_TYPE_BASICSUPPORT) => _ACX_PROPERTY_VERB::AcxPropertyVerbBasicSupport,
            (_, KSPROPERTY_TYPE_SETSUPPORT) => _ACX_PROPERTY_VERB::AcxPropertyVerbSetSupport,
            (IOCTL_KS_ENABLE_EVENT, _) => _ACX_EVENT_VERB::AcxEventVerbEnable,
            (_, KSPROPERTY_TYPE_GET) => _ACX_PROPERTY_VERB::AcxPropertyVerbGet,
            (_, KSPROPERTY_TYPE_SET) => _ACX_PROPERTY_VERB::AcxPropertyVerbSet,
            _ => _ACX_PROPERTY_VERB::AcxPropertyVerbNone,
        }
    }

    /// Element, pin, or the circuit or stream itself; and the id.
    pub(crate) fn item(&self) -> (ACX_ITEM_TYPE, u32) {
        let has_id = self.input.len() >= size_of::<KSP_PIN>();
        let row = row(&self.set(), self.id());
        let is_node = number(&self.input, 20) & KSPROPERTY_TYPE_TOPOLOGY != 0
            || row.is_some_and(|row| matches!(row.target, Target::Node | Target::Element));
        // A pin's own items are not in the tables.
        let declared = || {
            let pin = self.circuit.pin(number(&self.input, 24)).filter(|_| self.stream.is_none());
            pin.is_some_and(|pin| pin.items.iter().any(|item| item.is(self)))
        };
        let is_pin = row.is_some_and(|row| row.target == Target::PinFactory) || declared();
        match (has_id, is_node, is_pin) {
            (true, true, _) => (_ACX_ITEM_TYPE::AcxItemTypeElement, number(&self.input, 24)),
            (true, _, true) => (_ACX_ITEM_TYPE::AcxItemTypePin, number(&self.input, 24)),
            _ => (_ACX_ITEM_TYPE::AcxItemTypeDefault, AcxItemIdNone),
        }
    }

    /// What follows the identifier, and the item's id where there is one.
    pub(crate) fn control(&self) -> &[u8] {
        let head = match self.item() {
            (_ACX_ITEM_TYPE::AcxItemTypeDefault, _) => size_of::<KSPROPERTY>(),
            _ => size_of::<KSP_PIN>(),
        };
        self.input.get(head..).unwrap_or_default()
    }
}

/// What a property handler works on.
pub(crate) struct Request<'a> {
    pub(crate) kernel: &'a Kernel,
    pub(crate) circuit: &'a Ref<Circuit>,
    pub(crate) stream: Option<&'a Ref<Stream>>,
    /// The descriptor: the property and what follows it.
    pub(crate) input: &'a [u8],
}

impl Request<'_> {
    /// The pin that a KSP_PIN names.
    fn pin(&self) -> Result<Ref<Pin>, NTSTATUS> {
        let id = number(self.input, 24);
        self.circuit.pin(id).ok_or(self.kernel.switches.statuses.no_such_item)
    }

    fn stream(&self) -> Result<&Ref<Stream>, NTSTATUS> {
        self.stream.ok_or(STATUS_INVALID_DEVICE_REQUEST)
    }
}

impl File {
    pub(crate) fn filter(kernel: Arc<Kernel>, circuit: Ref<Circuit>) -> Self {
        Self::new(kernel, Opened::Filter(circuit))
    }

    fn new(kernel: Arc<Kernel>, opened: Opened) -> Self {
        let (Opened::Filter(circuit) | Opened::Pin(circuit, _)) = &opened;
        Objects::reference(circuit.object());
        let id = kernel.next_number();
        Self { kernel, opened: ManuallyDrop::new(opened), id, owns: true }
    }

    /// A file on a stream that a driver made itself.
    pub(crate) fn owned(kernel: Arc<Kernel>, circuit: Ref<Circuit>, stream: Ref<Stream>) -> Self {
        Self::new(kernel, Opened::Pin(circuit, stream))
    }

    /// A file on a stream that goes on when it is closed.
    pub(crate) fn borrowed(
        kernel: Arc<Kernel>,
        circuit: Ref<Circuit>,
        stream: Ref<Stream>,
    ) -> Self {
        let mut file = Self::owned(kernel, circuit, stream);
        file.owns = false;
        file
    }

    fn parts(&self) -> (&Ref<Circuit>, Option<&Ref<Stream>>) {
        self.opened.parts()
    }

    fn gate(&self) -> &Gate {
        self.opened.gate(&self.kernel)
    }
}

/// While it lives, a client is in a call to a device, which stays as long.
struct Call<'a> {
    kernel: &'a Kernel,
    device: Ref<Device>,
}

impl<'a> Call<'a> {
    /// None if the device is gone, or the circuit, which a rebalance takes away: handles outlive both.
    fn begin(kernel: &'a Kernel, circuit: &Circuit) -> Option<Self> {
        if !kernel.threads.are_on() {
            kernel.settle();
        }
        if circuit.removed.get() {
            return None;
        }
        let device = kernel.objects.get_alive::<Device>(circuit.device)?;
        device.calls.set(device.calls.get() + 1);
        Some(Self { kernel, device })
    }
}

impl Drop for Call<'_> {
    fn drop(&mut self) {
        self.device.calls.set(self.device.calls.get() - 1);
        crate::acx::power::delete_when_closed(self.kernel, self.device.object());
    }
}

impl Handle for File {
    fn create_pin(&self, connect: &[u8]) -> Result<acx_client::File, NTSTATUS> {
        let kernel = &self.kernel;
        let _inside = kernel.enter();
        let (circuit, _) = self.parts();
        let _call = Call::begin(kernel, circuit).ok_or(STATUS_DEVICE_REMOVED)?;
        wake(kernel, circuit);
        let _turn = circuit.gate.pass(kernel);
        let stream = create_pin(kernel, circuit, connect)?;
        Ok(acx_client::File::new(Self::new(kernel.clone(), Opened::Pin(circuit.clone(), stream))))
    }

    fn ioctl(&self, code: u32, input: &[u8], output: Option<&mut [u8]>) -> Reply {
        let _inside = self.kernel.enter();
        let kernel = &self.kernel;
        let output = output.unwrap_or_default();
        let (circuit, stream) = self.parts();
        let Some(_call) = Call::begin(kernel, circuit) else {
            return Reply::failed(STATUS_DEVICE_REMOVED);
        };
        match code {
            IOCTL_KS_PROPERTY | IOCTL_KS_METHOD | IOCTL_KS_ENABLE_EVENT => {}
            IOCTL_KS_DISABLE_EVENT => {
                let _turn = self.gate().pass(kernel);
                return Reply::of(event::disable(kernel, self.id, input));
            }
            _ => return Reply::failed(STATUS_INVALID_DEVICE_REQUEST),
        }
        if input.len() < size_of::<KSIDENTIFIER>() {
            return Reply::failed(kernel.switches.statuses.short_descriptor);
        }
        wake(kernel, circuit);
        let sent = Sent {
            code,
            file: self.id,
            circuit: circuit.clone(),
            stream: stream.cloned(),
            input: Cow::Borrowed(input),
            address: output.as_ptr() as usize,
        };
        let _turn = (!sent.is_direct()).then(|| self.gate().pass(kernel));
        request::serve(kernel, sent, output)
    }

    fn assign_content(&self, copy_protect: bool, no_digital_output: bool) -> Result<u32, NTSTATUS> {
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
        let id = self.kernel.acx.contents.create(rights);
        stream.assign_rights(&self.kernel, id, rights).map(|()| id)
    }
}

/// Somebody uses the circuit: its device is awake, for its queue is power-managed. What waited runs.
fn wake(kernel: &Kernel, circuit: &Circuit) {
    if !kernel.threads.are_on() {
        kernel.settle();
    }
    if let Ok(device) = kernel.objects.any(kernel, circuit.device) {
        crate::wdf::device::touch(kernel, &device);
    }
}

/// Every property that the host knows.
fn rows() -> impl Iterator<Item = &'static Property> {
    TABLE.iter().chain(optional::TABLE)
}

/// The property of a set, as bytes, with this id. Streaming comes here with every packet, so the number is compared first.
fn row(set: &[u8; 16], id: u32) -> Option<&'static Property> {
    rows().find(|row| row.id == id && guid_bytes(&row.set) == *set)
}

/// ACX's own answer to a request.
pub(crate) fn answer(kernel: &Kernel, sent: &Sent<'_>, output: &mut [u8]) -> Reply {
    match sent.code {
        IOCTL_KS_ENABLE_EVENT => Reply::of(event::enable(kernel, sent, output)),
        // ACX itself has no methods.
        IOCTL_KS_METHOD => Reply::failed(STATUS_PROPSET_NOT_FOUND),
        _ => property(kernel, sent, output),
    }
}

fn property(kernel: &Kernel, sent: &Sent<'_>, output: &mut [u8]) -> Reply {
    let (set, id, flags) = (sent.set(), sent.id(), sent.flags());
    let statuses = &kernel.switches.statuses;
    let row = row(&set, id).filter(|row| optional::has(&row.set, sent));
    let has = |row: &Property| guid_bytes(&row.set) == set && optional::has(&row.set, sent);
    if row.is_none() && !rows().any(has) {
        return Reply::failed(statuses.unknown_set);
    }
    if flags == KSPROPERTY_TYPE_SETSUPPORT {
        return Reply::failed(STATUS_SUCCESS);
    }
    let Some(row) = row else {
        return Reply::failed(statuses.unknown_id);
    };
    let (circuit, stream, input) = (&sent.circuit, sent.stream.as_ref(), &*sent.input);
    // Requests for a pin instance need its handle; the others are accepted on either.
    if row.target == Target::Pin && stream.is_none() {
        return Reply::failed(statuses.wrong_target);
    }
    if input.len() < row.target.descriptor().max(row.descriptor) {
        return Reply::failed(statuses.short_descriptor);
    }
    let request = Request { kernel, circuit, stream, input };
    if matches!(flags, KSPROPERTY_TYPE_GET | KSPROPERTY_TYPE_SET)
        && let Err(status) = row.check(&request)
    {
        return Reply::failed(status);
    }
    if let (KSPROPERTY_TYPE_GET, Some(raw)) = (flags, row.raw) {
        return raw(&request, output);
    }
    match (flags, row.get, row.assign) {
        (KSPROPERTY_TYPE_BASICSUPPORT, ..) => row.basic_support(&request, output),
        (KSPROPERTY_TYPE_GET, Some(get), _) => row.answer(output, || get(&request)),
        (KSPROPERTY_TYPE_SET, _, Some(assign)) => {
            if output.len() < row.size {
                return Reply::failed(STATUS_BUFFER_TOO_SMALL);
            }
            Reply::of(assign(&request, output))
        }
        _ => Reply::failed(statuses.wrong_verb),
    }
}

impl Drop for File {
    fn drop(&mut self) {
        let kernel = self.kernel.clone();
        let _inside = kernel.enter();
        // SAFETY: taken once, here, where the machine is entered.
        let opened = unsafe { ManuallyDrop::take(&mut self.opened) };
        let (circuit, stream) = opened.parts();
        let call = Call::begin(&kernel, circuit);
        let turn = opened.gate(&kernel).pass(&kernel);
        // Whatever the file still waits for is over.
        let _ = event::disable(&kernel, self.id, &[]);
        if let Some(stream) = stream.filter(|_| self.owns) {
            stream.close(&kernel);
        }
        drop(turn);
        kernel.objects.dereference(&kernel, circuit.object());
        drop(call);
    }
}

/// The checks of `ks/interface.md`, section 1.2, in its order.
fn create_pin(
    kernel: &Kernel,
    circuit: &Ref<Circuit>,
    connect: &[u8],
) -> Result<Ref<Stream>, NTSTATUS> {
    let head = size_of::<KSPIN_CONNECT>();
    if connect.len() < head + size_of::<KSDATAFORMAT>() {
        return Err(STATUS_INVALID_PARAMETER);
    }
    let interface = (field::<16>(connect, 0), number(connect, 16));
    let medium = (field::<16>(connect, 24), number(connect, 40));
    let looped = (guid_bytes(&KSINTERFACESETID_Standard), KSINTERFACE_STANDARD_LOOPED_STREAMING);
    let any = (guid_bytes(&KSMEDIUMSETID_Standard), KSMEDIUM_TYPE_ANYINSTANCE);
    if interface != looped || medium != any {
        return Err(STATUS_NO_MATCH);
    }
    let pin = circuit.pin(number(connect, 48)).ok_or(STATUS_INVALID_PARAMETER)?;
    if !pin.is_streaming() || pin.streams.borrow().len() >= pin.max_streams as usize {
        return Err(STATUS_INSUFFICIENT_RESOURCES);
    }
    let asked = Format::parse(&connect[head..]).ok_or(STATUS_NO_MATCH)?;
    let has_attributes = number(connect, head + 4) & KSDATAFORMAT_ATTRIBUTES != 0;
    let behind = head + asked.bytes.len().next_multiple_of(8);
    let mode = if has_attributes { mode(connect.get(behind..).unwrap_or_default())? } else { None };
    let mode = mode.unwrap_or(AUDIO_SIGNALPROCESSINGMODE_DEFAULT);
    let formats = pin.formats(&mode).ok_or(STATUS_NO_MATCH)?;
    let listed = formats.iter().find(|format| format.matches(&asked)).ok_or(STATUS_NO_MATCH)?;
    // The stream gets the pin's own copy, which has a mask and valid bits whatever the client wrote.
    let own = Format { bytes: listed.bytes.clone() };
    let none = std::ptr::null_mut();
    let own = format::new_format(kernel, own, none, Some(circuit.object()))?;
    let format = Ref::<Format>::of(own.clone()).ok_or(STATUS_UNSUCCESSFUL)?;
    let opening = Opening { format: &format, mode: Some(&mode), arguments: None };
    let opened = stream::open(kernel, circuit, &pin, &opening);
    match &opened {
        // The format lives as long as its stream.
        Ok(stream) => stream.object().on_delete(move |kernel| kernel.objects.delete(kernel, &own)),
        Err(_) => kernel.objects.delete(kernel, &own),
    }
    opened
}

/// The mode of an attribute list.
fn mode(attributes: &[u8]) -> Result<Option<GUID>, NTSTATUS> {
    let (size, count) = (number(attributes, 0) as usize, number(attributes, 4));
    if size < 8 || size > attributes.len() {
        return Err(STATUS_INVALID_PARAMETER);
    }
    let mut mode = None;
    let mut rest = &attributes[8..size];
    for _ in 0..count {
        let length = number(rest, 0) as usize;
        if length < size_of::<KSATTRIBUTE>() || length > rest.len() {
            return Err(STATUS_INVALID_PARAMETER);
        }
        if field::<16>(rest, 8) != guid_bytes(&KSATTRIBUTEID_AUDIOSIGNALPROCESSING_MODE) {
            return Err(STATUS_NOT_SUPPORTED);
        }
        if length != size_of::<KSATTRIBUTE_AUDIOSIGNALPROCESSING_MODE>() {
            return Err(STATUS_INVALID_PARAMETER);
        }
        mode = Some(guid_at(rest, 24));
        rest = &rest[length.next_multiple_of(8).min(rest.len())..];
    }
    Ok(mode)
}
