//! Requests that a driver handles itself or sees before ACX. DDI:
//! EVT_ACX_OBJECT_PREPROCESS_REQUEST, AcxRequestGetParameters, AcxCircuitDispatchAcxRequest,
//! AcxStreamDispatchAcxRequest, WdfRequestComplete.
//!
//! ```
//! # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/example/host.rs"));
//! # fn main() {
//! #     host::run_with(prepare, |machine| {
//! #         let device = acx_client::endpoint::Endpoint::find(
//! #             machine,
//! #             acx_client::Direction::Render,
//! #         );
//! #         let filter = device.unwrap().filter;
//! #         let value = acx_client::request::get(&filter, "the value", &CONTOSO, 1, &[]);
//! #         assert_eq!(value.unwrap(), 42_u32.to_le_bytes());
//! #     });
//! # }
//! use acx::circuit::Circuit;
//! use acx::device::PrepareHardware;
//! use acx::guid::{GUID, KSPROPSETID_Pin};
//! use acx::request::{Filter, Property, Request, Verb};
//! use acx::stream::CreateStream;
//! use acx::{Error, Result};
//!
//! const CONTOSO: GUID = acx::guid!("6B2F4F35-6C4F-4E0E-8DA9-5A3D4E2AB6F5");
//!
//! struct Speaker;
//!
//! impl Circuit for Speaker {
//!     /// ACX checks the verb and handles basic support.
//!     const PROPERTIES: &'static [Property] = &[Property::read_only(&CONTOSO, 1)];
//!
//!     /// Selects every property of the set, before ACX handles it.
//!     const PREPROCESS: &'static [Filter] =
//!         &[Filter { request_type: None, set: Some(&KSPROPSETID_Pin), id: None }];
//!
//!     fn property(&self, request: Request<'_>) {
//!         // A client without a buffer gets the size, one with a short buffer an error.
//!         if let Some(mut request) = request.require_length(4) {
//!             let written = request.write_value(&42_u32.to_le_bytes());
//!             request.complete(Ok(written));
//!         }
//!     }
//!
//!     fn preprocess(&self, request: Request<'_>) {
//!         if request.verb() == Verb::Set {
//!             return request.complete(Err(Error::NotSupported));
//!         }
//!         request.dispatch();
//!     }
//!
//!     fn create_stream(&self, request: CreateStream<'_>) -> Result<()> {
//!         request.create_rt(|_| Ok((host::STILL, ())))
//!     }
//! }
//!
//! # fn prepare(hardware: &mut PrepareHardware<'_>) -> Result<()> {
//! #     host::speaker_of(hardware, Speaker)?.add()
//! # }
//! ```

use core::mem::ManuallyDrop;

use acx_sys::*;

use crate::copy::{copy_in, copy_out};
use crate::error::check;
use crate::{Error, Passive, Result, context};

/// The type of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RequestType {
    /// A property: KSPROPERTY.
    Property,
    /// A method: KSMETHOD.
    Method,
    /// An event: KSEVENT.
    Event,
}

impl RequestType {
    const fn to_acx(self) -> ACX_REQUEST_TYPE {
        match self {
            Self::Property => _ACX_REQUEST_TYPE::AcxRequestTypeProperty,
            Self::Method => _ACX_REQUEST_TYPE::AcxRequestTypeMethod,
            Self::Event => _ACX_REQUEST_TYPE::AcxRequestTypeEvent,
        }
    }
}

/// Selects requests that a driver gets before ACX.
#[derive(Clone, Copy, Debug)]
pub struct Filter {
    /// Properties, methods or events; None for all of these and any other request that ACX passes
    /// to drivers.
    pub request_type: Option<RequestType>,
    /// The set; None for any.
    pub set: Option<&'static GUID>,
    /// The id in the set; None for any.
    pub id: Option<u32>,
}

impl Filter {
    /// One property.
    pub const fn property(set: &'static GUID, id: u32) -> Self {
        Self { request_type: Some(RequestType::Property), set: Some(set), id: Some(id) }
    }

    /// The DDI's form.
    pub(crate) fn parts(&self) -> (ACX_REQUEST_TYPE, *const GUID, ULONG) {
        let request_type =
            self.request_type.map_or(_ACX_REQUEST_TYPE::AcxRequestTypeAny, RequestType::to_acx);
        let set = self.set.map_or(core::ptr::null(), core::ptr::from_ref);
        (request_type, set, self.id.unwrap_or(AcxItemIdNone))
    }
}

/// A driver-defined property. ACX checks the verb and handles basic support.
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
    /// A property that clients can read.
    pub const fn read_only(set: &'static GUID, id: u32) -> Self {
        Self { set, id, get: true, set_value: false }
    }

    /// A property that clients can read and write.
    pub const fn read_write(set: &'static GUID, id: u32) -> Self {
        Self { set, id, get: true, set_value: true }
    }

    /// The DDI's form.
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

/// The verb of a property request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    /// The client reads the value.
    Get,
    /// The client writes the value.
    Set,
    /// The client queries the property's verbs.
    BasicSupport,
    /// Anything else.
    Other,
}

/// The object that the request was sent to, and whether ACX can handle it.
#[derive(Clone, Copy)]
pub(crate) enum Recipient {
    Circuit(ACXCIRCUIT),
    Stream(ACXSTREAM),
    /// A stream, for a driver-defined property.
    StreamProperty(ACXSTREAM),
    /// A circuit, for a driver-defined property.
    Driver,
}

/// A client's request, which the driver owns until it completes it or passes it to ACX. If it is
/// dropped without either, it is completed with STATUS_UNSUCCESSFUL, so that its client does not
/// wait forever.
#[doc(alias = "AcxRequestGetParameters")]
pub struct Request<'callback> {
    handle: WDFREQUEST,
    recipient: Recipient,
    parameters: ACX_REQUEST_PARAMETERS,
    passive: &'callback mut Passive,
}

impl<'callback> Request<'callback> {
    /// # Safety
    ///
    /// A request that the driver just received, the live object it was sent to, and the token of
    /// the callback that received it.
    pub(crate) unsafe fn new(
        handle: WDFREQUEST,
        recipient: Recipient,
        passive: &'callback mut Passive,
    ) -> Self {
        let mut parameters = ACX_REQUEST_PARAMETERS::default();
        ACX_REQUEST_PARAMETERS_INIT(&mut parameters);
        // SAFETY: a live request, and a structure with its size set.
        unsafe { AcxRequestGetParameters(handle, &raw mut parameters) };
        Self { handle, recipient, parameters, passive }
    }

    pub(crate) fn handle(&self) -> WDFREQUEST {
        self.handle
    }

    pub(crate) fn recipient(&self) -> Recipient {
        self.recipient
    }

    pub(crate) fn parameters(&self) -> ACX_REQUEST_PARAMETERS {
        self.parameters
    }

    /// `PASSIVE_LEVEL`.
    pub fn passive(&mut self) -> &mut Passive {
        self.passive
    }

    /// The type of the request, if it is one of the three.
    pub fn request_type(&self) -> Option<RequestType> {
        [RequestType::Property, RequestType::Method, RequestType::Event]
            .into_iter()
            .find(|own| own.to_acx() == self.parameters.Type)
    }

    /// The parameters of a property or method, which have the same layout: input and value, or
    /// arguments and result. None for another kind.
    fn property(&self) -> Option<&_ACX_REQUEST_PARAMETERS__bindgen_ty_1__bindgen_ty_1> {
        if !matches!(self.request_type(), Some(RequestType::Property | RequestType::Method)) {
            return None;
        }
        // SAFETY: the type is one of the two variants.
        Some(unsafe { &self.parameters.Parameters.Property })
    }

    /// Copies the beginning of the request's input (a method's arguments) into `into`, as much as
    /// fits. Returns the number of bytes.
    pub fn read_input(&self, into: &mut [u8]) -> usize {
        let Some(property) = self.property().filter(|own| !own.Control.is_null()) else { return 0 };
        let length = usize::try_from(property.ControlCb).unwrap_or(0).min(into.len());
        if let Some(into) = into.get_mut(..length) {
            // SAFETY: ACX has locked `ControlCb` bytes there for as long as the driver owns the
            // request.
            unsafe { copy_out(property.Control.cast::<u8>().cast_const(), into) };
        }
        length
    }

    /// Set and id, which the three kinds have at the same offset; None for another request.
    pub fn identifier(&self) -> Option<(GUID, u32)> {
        self.request_type()?;
        // SAFETY: each of the three variants begins with a GUID and a number, and ACX filled one of
        // them.
        let common = unsafe { &self.parameters.Parameters.Property };
        Some((common.Set, common.Id))
    }

    /// The verb of the property.
    pub fn verb(&self) -> Verb {
        let is_property = self.request_type() == Some(RequestType::Property);
        match self.property().filter(|_| is_property).map(|property| property.Verb) {
            Some(_ACX_PROPERTY_VERB::AcxPropertyVerbGet) => Verb::Get,
            Some(_ACX_PROPERTY_VERB::AcxPropertyVerbSet) => Verb::Set,
            Some(_ACX_PROPERTY_VERB::AcxPropertyVerbBasicSupport) => Verb::BasicSupport,
            _ => Verb::Other,
        }
    }

    /// The size of the client's buffer for the property's value or the method's result.
    pub fn value_length(&self) -> usize {
        let length = self.property().filter(|property| !property.Value.is_null());
        length.map_or(0, |property| usize::try_from(property.ValueCb).unwrap_or(0))
    }

    /// Copies the beginning of the property's value into `into`, as much as fits. Returns the
    /// number of bytes.
    ///
    /// The client may change its memory at any time, so no reference to it is created.
    pub fn read_value(&self, into: &mut [u8]) -> usize {
        let length = self.value_length().min(into.len());
        if let (Some(property), Some(into)) = (self.property(), into.get_mut(..length)) {
            // SAFETY: ACX has locked `ValueCb` bytes there for as long as the driver owns the
            // request.
            unsafe { copy_out(property.Value.cast::<u8>().cast_const(), into) };
        }
        length
    }

    /// Copies as much of `from` as fits to the property's value. Returns the number of bytes.
    pub fn write_value(&mut self, from: &[u8]) -> usize {
        self.write_value_at(0, from)
    }

    /// Copies as much of `from` as fits to the property's value, from byte `offset` on. Returns the
    /// number of bytes.
    pub fn write_value_at(&mut self, offset: usize, from: &[u8]) -> usize {
        let length = self.value_length().saturating_sub(offset).min(from.len());
        if let (Some(property), Some(from)) = (self.property(), from.get(..length)) {
            // The copy's length is at most that of the bytes after `offset`, so the sum is inside
            // the value.
            let place = property.Value.cast::<u8>().wrapping_add(offset);
            // SAFETY: as in `read_value`.
            unsafe { copy_in(place, from) };
        }
        length
    }

    /// Completes the request with success and this number of value bytes, or with an error. The
    /// number is limited to the client's buffer, because the system may copy that many bytes.
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

    /// Returns the request if its value has at least `needed` bytes. Otherwise completes it: a GET
    /// without a buffer is a size query, a short buffer is STATUS_BUFFER_TOO_SMALL.
    pub fn require_length(self, needed: usize) -> Option<Self> {
        match self.value_length() {
            0 if self.verb() == Verb::Get => self.complete_with_size(needed),
            room if room < needed => self.complete(Err(Error::BufferTooSmall)),
            _ => return Some(self),
        }
        None
    }

    /// Completes a size query with STATUS_BUFFER_OVERFLOW and the value's length. A client with a
    /// buffer did not query the size and gets STATUS_BUFFER_TOO_SMALL: with STATUS_BUFFER_OVERFLOW
    /// the system may copy that many bytes.
    pub fn complete_with_size(self, needed: usize) {
        if self.value_length() > 0 {
            return self.complete(Err(Error::BufferTooSmall));
        }
        let this = ManuallyDrop::new(self);
        let needed = ULONG_PTR::try_from(needed).unwrap_or(0);
        // SAFETY: the driver owns the request until now.
        unsafe { WdfRequestCompleteWithInformation(this.handle, STATUS_BUFFER_OVERFLOW, needed) };
    }

    /// Passes the request to ACX for its default handling.
    #[doc(alias = "AcxCircuitDispatchAcxRequest")]
    #[doc(alias = "AcxStreamDispatchAcxRequest")]
    pub fn dispatch(self) {
        let this = ManuallyDrop::new(self);
        let answer = match this.recipient {
            // SAFETY: the driver owns the request, at PASSIVE_LEVEL by the token that it carries,
            // and the circuit is alive in its callback.
            Recipient::Circuit(circuit) => unsafe {
                AcxCircuitDispatchAcxRequest(circuit, this.handle)
            },
            // SAFETY: the same for a stream.
            Recipient::Stream(stream) => unsafe {
                AcxStreamDispatchAcxRequest(stream, this.handle)
            },
            Recipient::StreamProperty(_) | Recipient::Driver => STATUS_NOT_SUPPORTED,
        };
        if check(answer).is_err() {
            // SAFETY: ACX refused the request, so the driver still owns it.
            unsafe { WdfRequestComplete(this.handle, answer) };
        }
    }
}

/// Passes a request to the context of the object that it was sent to, a `T`, which completes it.
///
/// # Safety
///
/// The arguments of EvtAcxObjectPreprocessRequest or EvtAcxObjectProcessRequest, in that callback;
/// `recipient` is the same object.
pub(crate) unsafe fn deliver<T: 'static>(
    object: ACXOBJECT,
    request: WDFREQUEST,
    recipient: Recipient,
    handle: impl FnOnce(&T, Request<'_>),
) {
    // SAFETY: ACX makes both callbacks at PASSIVE_LEVEL; this is the callback's one token.
    let mut passive = unsafe { Passive::assume() };
    // SAFETY: the callback's own arguments, during the callback.
    let request = unsafe { Request::new(request, recipient, &mut passive) };
    // Without a context the request is dropped, which completes it.
    // SAFETY: ACX calls back for a live object, and not after its cleanup has begun.
    if let Some(context) = unsafe { context::get::<T>(object.cast()) } {
        handle(context, request);
    }
}

impl Drop for Request<'_> {
    fn drop(&mut self) {
        // SAFETY: `complete` and `dispatch` forget the request, so the driver still owns it.
        unsafe { WdfRequestComplete(self.handle, STATUS_UNSUCCESSFUL) };
    }
}
