//! A client's request, on its way to its handler.

use std::cell::RefCell;
use std::ops::Deref;
use std::rc::Rc;

use acx_client::bytes::number;
use acx_sys::*;

use crate::acx::arguments::guid_bytes;
use crate::acx::circuit::Circuit;
use crate::acx::descriptor::Descriptor;
use crate::acx::factory::Factory;
use crate::acx::properties::{self, Recipient};
use crate::acx::stream::Stream;
use crate::kernel::Kernel;
use crate::kernel::object::Ref;
use crate::kernel::security::Client;
use crate::wdf::request::{ClientRequest, Request};

/// The requests of KSPROPSETID_RtAudio that are about packets and positions.
const DIRECT: [u32; 4] = [
    KSPROPERTY_RTAUDIO_PACKETCOUNT,
    KSPROPERTY_RTAUDIO_PRESENTATION_POSITION,
    KSPROPERTY_RTAUDIO_GETREADPACKET,
    KSPROPERTY_RTAUDIO_SETWRITEPACKET,
];

/// A property, method or event request, and its target.
#[derive(Clone)]
pub(crate) struct Sent<'a> {
    pub(crate) descriptor: Descriptor<'a>,
    /// The file that it is sent through.
    pub(crate) file: u64,
    /// The client that sends it; None: a driver.
    pub(crate) sender: Option<Client>,
    pub(crate) to: Addressee,
    /// Of a create: what it makes.
    pub(crate) creation: Option<Rc<Creation>>,
    /// Where the client has its value.
    pub(crate) address: usize,
}

/// How a stream is made, and the stream.
type Make = Box<dyn Fn(&Kernel, &Ref<Circuit>) -> Result<Ref<Stream>, NTSTATUS>>;

/// A create that a driver preprocesses.
pub(crate) struct Creation {
    make: Make,
    made: RefCell<Option<Ref<Stream>>>,
}

impl Creation {
    pub(crate) fn new(make: Make) -> Rc<Self> {
        Rc::new(Self { make, made: RefCell::default() })
    }

    /// Makes the stream.
    pub(crate) fn run(&self, kernel: &Kernel, circuit: &Ref<Circuit>) -> Result<(), NTSTATUS> {
        let stream = (self.make)(kernel, circuit)?;
        *self.made.borrow_mut() = Some(stream);
        Ok(())
    }

    pub(crate) fn take(&self) -> Option<Ref<Stream>> {
        self.made.borrow_mut().take()
    }
}

/// The target of a request.
#[derive(Clone)]
pub(crate) enum Addressee {
    Circuit(Ref<Circuit>),
    Stream(Ref<Circuit>, Ref<Stream>),
    Factory(Ref<Factory>),
}

impl<'a> Deref for Sent<'a> {
    type Target = Descriptor<'a>;

    fn deref(&self) -> &Descriptor<'a> {
        &self.descriptor
    }
}

impl ClientRequest for Sent<'static> {
    fn code(&self) -> u32 {
        self.descriptor.code
    }

    fn input(&self) -> &[u8] {
        &self.descriptor.input
    }

    fn sender(&self) -> Option<Client> {
        self.sender
    }
}

/// What a driver's request came of.
pub(crate) fn of(request: &Request) -> Result<&Sent<'static>, NTSTATUS> {
    request.client()
}

impl Sent<'_> {
    /// With its bytes copied, as a driver sees it.
    pub(crate) fn into_owned(self) -> Sent<'static> {
        Sent { descriptor: self.descriptor.into_owned(), ..self }
    }

    /// The circuit that it is sent to, or whose stream it is sent to.
    pub(crate) fn circuit(&self) -> Option<&Ref<Circuit>> {
        match &self.to {
            Addressee::Circuit(circuit) | Addressee::Stream(circuit, _) => Some(circuit),
            Addressee::Factory(_) => None,
        }
    }

    /// The stream that it is sent to.
    pub(crate) fn stream(&self) -> Option<&Ref<Stream>> {
        match &self.to {
            Addressee::Stream(_, stream) => Some(stream),
            Addressee::Circuit(_) | Addressee::Factory(_) => None,
        }
    }

    /// Whether it is about packets or positions: such requests wait for no other.
    /// Source: Microsoft's page acx-irps, and those of
    /// these callbacks.
    pub(crate) fn is_direct(&self) -> bool {
        let asks = self.stream().is_some() && self.code == IOCTL_KS_PROPERTY;
        if !asks {
            return false;
        }
        let set = self.set();
        let is = |id: &GUID, all: &[u32]| set == guid_bytes(id) && all.contains(&self.id());
        is(&KSPROPSETID_RtAudio, &DIRECT) || is(&KSPROPSETID_Audio, &[KSPROPERTY_AUDIO_POSITION])
    }

    /// Element, pin, or the circuit or stream itself; and the id.
    pub(crate) fn item(&self) -> (ACX_ITEM_TYPE, u32) {
        let has_id = self.input.len() >= size_of::<KSP_PIN>();
        let row = properties::row(&self.set(), self.id());
        let is_node = number(&self.input, 20) & KSPROPERTY_TYPE_TOPOLOGY != 0
            || row.is_some_and(|row| matches!(row.target, Recipient::Node | Recipient::Element));
        // A pin's own items are not in the tables.
        let declared = || {
            let circuit = self.circuit().filter(|_| self.stream().is_none());
            let pin = circuit.and_then(|circuit| circuit.pin(number(&self.input, 24)));
            pin.is_some_and(|pin| pin.items.iter().any(|item| item.is(self)))
        };
        let is_pin = row.is_some_and(|row| row.target == Recipient::PinFactory) || declared();
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
