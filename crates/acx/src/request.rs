//! Requests that a driver sees before ACX does. DDI: EVT_ACX_OBJECT_PREPROCESS_REQUEST, AcxRequestGetParameters,
//! AcxCircuitDispatchAcxRequest, AcxStreamDispatchAcxRequest, WdfRequestComplete.

use core::mem::ManuallyDrop;

use acx_sys::*;

use crate::error::check;
use crate::packets::{copy_in, copy_out};
use crate::{Error, Passive, Result};

/// What a request asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RequestKind {
    /// A property: KSPROPERTY.
    Property,
    /// A method: KSMETHOD.
    Method,
    /// An event: KSEVENT.
    Event,
}

impl RequestKind {
    const fn to_acx(self) -> ACX_REQUEST_TYPE {
        match self {
            Self::Property => _ACX_REQUEST_TYPE::AcxRequestTypeProperty,
            Self::Method => _ACX_REQUEST_TYPE::AcxRequestTypeMethod,
            Self::Event => _ACX_REQUEST_TYPE::AcxRequestTypeEvent,
        }
    }
}

/// Which requests a driver wants to see.
#[derive(Clone, Copy, Debug)]
pub struct Filter {
    /// Properties, methods, events; None is any of them, and everything else that ACX lets a driver see.
    pub kind: Option<RequestKind>,
    /// The set; None is any.
    pub set: Option<&'static GUID>,
    /// The id in the set; None is any.
    pub id: Option<u32>,
}

impl Filter {
    /// One property.
    pub const fn property(set: &'static GUID, id: u32) -> Self {
        Self { kind: Some(RequestKind::Property), set: Some(set), id: Some(id) }
    }

    /// As the DDI takes it.
    pub(crate) fn parts(&self) -> (ACX_REQUEST_TYPE, *const GUID, ULONG) {
        let kind = self.kind.map_or(_ACX_REQUEST_TYPE::AcxRequestTypeAny, RequestKind::to_acx);
        let set = self.set.map_or(core::ptr::null(), core::ptr::from_ref);
        (kind, set, self.id.unwrap_or(AcxItemIdNone))
    }
}

/// A property that a driver has of its own. ACX checks the verb and answers basic support.
#[derive(Clone, Copy, Debug)]
pub struct Property {
    /// The set.
    pub set: &'static GUID,
    /// The id in the set.
    pub id: u32,
    /// Whether clients may read it.
    pub get: bool,
    /// Whether clients may write it.
    pub set_value: bool,
}

impl Property {
    /// A property that clients read.
    pub const fn read_only(set: &'static GUID, id: u32) -> Self {
        Self { set, id, get: true, set_value: false }
    }

    /// A property that clients read and write.
    pub const fn read_write(set: &'static GUID, id: u32) -> Self {
        Self { set, id, get: true, set_value: true }
    }

    /// As the DDI takes it.
    pub(crate) fn item(&self, process: PFN_ACX_OBJECT_PROCESS_REQUEST) -> ACX_PROPERTY_ITEM {
        let get = if self.get { ACX_PROPERTY_ITEM_FLAG_GET } else { 0 };
        let set = if self.set_value { ACX_PROPERTY_ITEM_FLAG_SET } else { 0 };
        ACX_PROPERTY_ITEM {
            Set: self.set,
            Id: self.id,
            Flags: get | set,
            EvtAcxObjectProcessRequest: process,
            ..Default::default()
        }
    }
}

/// What is done with a property.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    /// The client reads the value.
    Get,
    /// The client writes the value.
    Set,
    /// The client asks what it can do.
    BasicSupport,
    /// Anything else.
    Other,
}

/// Who the request goes back to.
#[derive(Clone, Copy)]
pub(crate) enum Target {
    Circuit(ACXCIRCUIT),
    Stream(ACXSTREAM),
    /// Nobody: the property is the driver's own, of this stream.
    StreamProperty(ACXSTREAM),
    /// Nobody: the property is the driver's own.
    Driver,
}

/// A client's request, which the driver owns until it completes it or gives it back. Dropped without either, it fails with
/// STATUS_UNSUCCESSFUL: a client never waits for ever.
pub struct Request<'callback> {
    handle: WDFREQUEST,
    target: Target,
    parameters: ACX_REQUEST_PARAMETERS,
    passive: &'callback mut Passive,
}

impl<'callback> Request<'callback> {
    /// # Safety
    ///
    /// A request that the driver was just given, the live object it was given for, and the token of
    /// the callback that it came with.
    pub(crate) unsafe fn new(
        handle: WDFREQUEST,
        target: Target,
        passive: &'callback mut Passive,
    ) -> Self {
        let mut parameters = ACX_REQUEST_PARAMETERS::default();
        ACX_REQUEST_PARAMETERS_INIT(&mut parameters);
        // SAFETY: a live request, and a structure that says its size.
        unsafe { AcxRequestGetParameters(handle, &raw mut parameters) };
        Self { handle, target, parameters, passive }
    }

    pub(crate) fn handle(&self) -> WDFREQUEST {
        self.handle
    }

    pub(crate) fn target(&self) -> Target {
        self.target
    }

    pub(crate) fn parameters(&self) -> ACX_REQUEST_PARAMETERS {
        self.parameters
    }

    /// `PASSIVE_LEVEL`.
    pub fn passive(&mut self) -> &mut Passive {
        self.passive
    }

    /// What the request asks for, if it is one of the three kinds.
    pub fn kind(&self) -> Option<RequestKind> {
        [RequestKind::Property, RequestKind::Method, RequestKind::Event]
            .into_iter()
            .find(|kind| kind.to_acx() == self.parameters.Type)
    }

    /// The parameters of a property; None for another kind.
    fn property(&self) -> Option<&_ACX_REQUEST_PARAMETERS__bindgen_ty_1__bindgen_ty_1> {
        if self.kind() != Some(RequestKind::Property) {
            return None;
        }
        // SAFETY: the type says which variant it is.
        Some(unsafe { &self.parameters.Parameters.Property })
    }

    /// Set and id, which the three kinds have in the same place; None for another request.
    pub fn identifier(&self) -> Option<(GUID, u32)> {
        self.kind()?;
        // SAFETY: each of the three variants begins with a GUID and a number, and ACX filled one of them.
        let common = unsafe { &self.parameters.Parameters.Property };
        Some((common.Set, common.Id))
    }

    /// What is done with the property.
    pub fn verb(&self) -> Verb {
        match self.property().map(|property| property.Verb) {
            Some(_ACX_PROPERTY_VERB::AcxPropertyVerbGet) => Verb::Get,
            Some(_ACX_PROPERTY_VERB::AcxPropertyVerbSet) => Verb::Set,
            Some(_ACX_PROPERTY_VERB::AcxPropertyVerbBasicSupport) => Verb::BasicSupport,
            _ => Verb::Other,
        }
    }

    /// Bytes that the client has for the property's value.
    pub fn value_length(&self) -> usize {
        let length = self.property().filter(|property| !property.Value.is_null());
        length.map_or(0, |property| usize::try_from(property.ValueCb).unwrap_or(0))
    }

    /// Copies the beginning of the property's value, as much as `into` holds; how many bytes that were.
    ///
    /// The client may change its memory meanwhile, so there is no reference to it.
    pub fn read_value(&self, into: &mut [u8]) -> usize {
        let length = self.value_length().min(into.len());
        if let (Some(property), Some(into)) = (self.property(), into.get_mut(..length)) {
            // SAFETY: ACX has locked `ValueCb` bytes there for as long as the driver owns the request.
            unsafe { copy_out(property.Value.cast::<u8>().cast_const(), into) };
        }
        length
    }

    /// Copies `from` to the property's value, as much as there is room for; how many bytes that were.
    pub fn write_value(&mut self, from: &[u8]) -> usize {
        self.write_value_at(0, from)
    }

    /// Copies `from` to the property's value from byte `offset` on, as much as there is room for; how many bytes that were.
    pub fn write_value_at(&mut self, offset: usize, from: &[u8]) -> usize {
        let length = self.value_length().saturating_sub(offset).min(from.len());
        if let (Some(property), Some(from)) = (self.property(), from.get(..length)) {
            // As many bytes as follow `offset` are there, so the sum is inside the value.
            let place = property.Value.cast::<u8>().wrapping_add(offset);
            // SAFETY: as in `read_value`.
            unsafe { copy_in(place, from) };
        }
        length
    }

    /// Completes the request with success and as many bytes of value, or with an error. No more bytes than the client has: the system
    /// may copy as many as it is told.
    #[doc(alias = "WdfRequestCompleteWithInformation")]
    pub fn complete(self, result: Result<usize>) {
        let this = ManuallyDrop::new(self);
        let (status, information) = match result {
            Ok(written) => {
                let written = written.min(this.value_length());
                (STATUS_SUCCESS, ULONG_PTR::try_from(written).unwrap_or(0))
            }
            Err(error) => (error.status(), 0),
        };
        // SAFETY: the driver owns the request until now.
        unsafe { WdfRequestCompleteWithInformation(this.handle, status, information) };
    }

    /// Gives the request back if its value has room for `needed` bytes. Otherwise it is answered here: no room at all asks for the size, too
    /// little is STATUS_BUFFER_TOO_SMALL.
    pub fn with_room(self, needed: usize) -> Option<Self> {
        match self.value_length() {
            0 if self.verb() == Verb::Get => self.complete_with_size(needed),
            room if room < needed => self.complete(Err(Error::BufferTooSmall)),
            _ => return Some(self),
        }
        None
    }

    /// Answers a size query: STATUS_BUFFER_OVERFLOW and the bytes that the value takes. A client that has bytes for the value asks for no
    /// size, and is answered STATUS_BUFFER_TOO_SMALL: with that status the system may copy as many bytes as it is told.
    pub fn complete_with_size(self, needed: usize) {
        if self.value_length() > 0 {
            return self.complete(Err(Error::BufferTooSmall));
        }
        let this = ManuallyDrop::new(self);
        let needed = ULONG_PTR::try_from(needed).unwrap_or(0);
        // SAFETY: the driver owns the request until now.
        unsafe { WdfRequestCompleteWithInformation(this.handle, STATUS_BUFFER_OVERFLOW, needed) };
    }

    /// Gives the request back: ACX answers it as if nobody had looked.
    #[doc(alias = "AcxCircuitDispatchAcxRequest")]
    #[doc(alias = "AcxStreamDispatchAcxRequest")]
    pub fn dispatch(self) {
        let this = ManuallyDrop::new(self);
        let answer = match this.target {
            // SAFETY: the driver owns the request, at PASSIVE_LEVEL by the token that it carries, and the
            // circuit is alive in its callback.
            Target::Circuit(circuit) => unsafe {
                AcxCircuitDispatchAcxRequest(circuit, this.handle)
            },
            // SAFETY: the same for a stream.
            Target::Stream(stream) => unsafe { AcxStreamDispatchAcxRequest(stream, this.handle) },
            Target::StreamProperty(_) | Target::Driver => STATUS_NOT_SUPPORTED,
        };
        if check(answer).is_err() {
            // SAFETY: ACX refused the request, so it is still the driver's.
            unsafe { WdfRequestComplete(this.handle, answer) };
        }
    }
}

impl Drop for Request<'_> {
    fn drop(&mut self) {
        // SAFETY: `complete` and `dispatch` forget the request, so it is still the driver's.
        unsafe { WdfRequestComplete(self.handle, STATUS_UNSUCCESSFUL) };
    }
}
