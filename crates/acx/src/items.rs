//! Driver-defined methods, and elements, factories and pins with properties and methods. DDI:
//! ACX_METHOD_ITEM, ACX_PROPERTY_ITEM, EVT_ACX_OBJECT_PROCESS_REQUEST.
//!
//! ```
//! # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/example/host.rs"));
//! # fn main() { host::run(prepare) }
//! use acx::Result;
//! use acx::circuit::Circuit;
//! use acx::device::PrepareHardware;
//! use acx::guid::GUID;
//! use acx::items::Method;
//! use acx::request::Request;
//! use acx::stream::CreateStream;
//!
//! const CONTOSO: GUID = acx::guid!("6B2F4F35-6C4F-4E0E-8DA9-5A3D4E2AB6F1");
//!
//! struct Speaker;
//!
//! impl Circuit for Speaker {
//!     const METHODS: &'static [Method] = &[Method::new(&CONTOSO, 1)];
//!
//!     fn create_stream(&self, request: CreateStream<'_>) -> Result<()> {
//!         request.create_rt(|_| Ok((host::STILL, ())))
//!     }
//!
//!     fn method(&self, mut request: Request<'_>) {
//!         let mut arguments = [0; 4];
//!         let length = request.read_input(&mut arguments);
//!         // The result is the input, as much as fits.
//!         let written = request.write_value(arguments.get(..length).unwrap_or_default());
//!         request.complete(Ok(written));
//!     }
//! }
//!
//! fn prepare(hardware: &mut PrepareHardware<'_>) -> Result<()> {
//!     host::speaker_of(hardware, Speaker)?.add()
//! }
//! ```

use acx_sys::*;

use crate::debug::Level;
use crate::pool::Vec;
use crate::request::{Property, Recipient, Request, deliver};
use crate::trace;
use crate::{Error, Result};

/// A driver-defined method: ACX passes the client's calls to the driver.
#[derive(Clone, Copy, Debug)]
pub struct Method {
    /// The set.
    pub set: &'static GUID,
    /// The id in the set.
    pub id: u32,
}

impl Method {
    /// Method `id` of `set`.
    pub const fn new(set: &'static GUID, id: u32) -> Self {
        Self { set, id }
    }

    /// The item for the DDI.
    pub(crate) fn item(&self, process: PFN_ACX_OBJECT_PROCESS_REQUEST) -> ACX_METHOD_ITEM {
        ACX_METHOD_ITEM {
            Set: self.set,
            Id: self.id,
            Flags: ACX_METHOD_ITEM_FLAG_SEND,
            EvtAcxObjectProcessRequest: process,
            ..Default::default()
        }
    }
}

/// An object with driver-defined properties and methods and nothing else. ACX calls these at
/// `PASSIVE_LEVEL`.
pub trait Handler: Send + Sync + 'static {
    /// Properties, handled by [`property`](Self::property).
    const PROPERTIES: &'static [Property] = &[];

    /// Methods, handled by [`method`](Self::method).
    const METHODS: &'static [Method] = &[];

    /// EvtAcxObjectProcessRequest, for one of [`PROPERTIES`](Self::PROPERTIES): complete it.
    fn property(&self, request: Request<'_>) {
        request.complete(Err(Error::NotSupported));
    }

    /// EvtAcxObjectProcessRequest, for one of [`METHODS`](Self::METHODS): complete it.
    fn method(&self, request: Request<'_>) {
        request.complete(Err(Error::NotSupported));
    }
}

/// No property and no method.
impl Handler for () {}

/// The items of a [`Handler`], for the DDI. ACX copies them.
pub(crate) struct Items {
    pub(crate) properties: Vec<ACX_PROPERTY_ITEM>,
    pub(crate) methods: Vec<ACX_METHOD_ITEM>,
}

impl Items {
    /// The items of `H`, for objects whose context is an `H`.
    pub(crate) fn new<H: Handler>() -> Result<Self> {
        let mut items = Self { properties: Vec::new(), methods: Vec::new() };
        let properties = H::PROPERTIES.iter().map(|own| own.item(Some(process_property::<H>)));
        items.properties.extend(properties)?;
        items.methods.extend(H::METHODS.iter().map(|own| own.item(Some(process_method::<H>))))?;
        Ok(items)
    }

    pub(crate) fn properties(&mut self) -> Result<(PACX_PROPERTY_ITEM, ULONG)> {
        let count = self.properties.len().try_into().map_err(|_| Error::InvalidParameter)?;
        Ok((self.properties.as_mut_ptr(), count))
    }

    pub(crate) fn methods(&mut self) -> Result<(PACX_METHOD_ITEM, ULONG)> {
        let count = self.methods.len().try_into().map_err(|_| Error::InvalidParameter)?;
        Ok((self.methods.as_mut_ptr(), count))
    }
}

/// A thing and the count 1, for functions that take several.
pub(crate) const fn one<T>(thing: &mut T) -> (*mut T, ULONG) {
    (thing, 1)
}

unsafe extern "C" fn process_property<H: Handler>(object: ACXOBJECT, request: WDFREQUEST) {
    trace::callback(Level::Info, c"EvtAcxObjectProcessRequest", object, [0, 0]);
    let answer = |own: &H, request: Request<'_>| own.property(request);
    // SAFETY: the callback's own arguments.
    unsafe { deliver(object, request, Recipient::Driver, answer) };
}

unsafe extern "C" fn process_method<H: Handler>(object: ACXOBJECT, request: WDFREQUEST) {
    trace::callback(Level::Info, c"EvtAcxObjectProcessRequest", object, [0, 0]);
    let answer = |own: &H, request: Request<'_>| own.method(request);
    // SAFETY: the callback's own arguments.
    unsafe { deliver(object, request, Recipient::Driver, answer) };
}
