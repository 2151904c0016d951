//! Events of circuits, pins, elements and streams, and events whose clients the driver handles
//! itself. DDI: AcxPinAddEvents, AcxElementAddEvents, AcxStreamAddEvents,
//! EVT_ACX_OBJECT_PROCESS_EVENT_REQUEST, AcxEventAddEventData.
//!
//! Either ACX keeps an event's clients, or the driver handles each client's enable and disable
//! request:
//!
//! ```
//! # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/example/host.rs"));
//! # fn main() { host::run(prepare) }
//! use acx::device::PrepareHardware;
//! use acx::own_events::{EventHandler, EventRequest, EventVerb, HasEvents};
//! use acx::guid::{GUID, KSNODETYPE_LINE_CONNECTOR};
//! use acx::{Error, Result};
//!
//! const CONTOSO: GUID = acx::guid!("6B2F4F35-6C4F-4E0E-8DA9-5A3D4E2AB6F1");
//!
//! /// Refuses clients while the hardware is busy.
//! struct Overload;
//!
//! impl EventHandler for Overload {
//!     fn request(&self, request: EventRequest<'_>) {
//!         match request.verb() {
//!             EventVerb::Enable => request.complete(Err(Error::Busy)),
//!             _ => request.complete(Ok(())),
//!         }
//!     }
//! }
//!
//! fn prepare(hardware: &mut PrepareHardware<'_>) -> Result<()> {
//!     let mut circuit = host::speaker(hardware)?;
//!     let generator = circuit.handled_event(&CONTOSO, 1, Overload)?;
//!     let mut pin = circuit.bridge_pin(&KSNODETYPE_LINE_CONNECTOR)?;
//!     pin.handled_event(&CONTOSO, 2, Overload)?;
//!     generator.generate(circuit.passive());
//!     circuit.add()
//! }
//! ```

use core::ptr::null_mut;

use acx_sys::*;

use crate::circuit::NewCircuit;
use crate::debug::Level;
use crate::element::Element;
use crate::error::{check, status};
use crate::event::{EventGenerator, EventSource, disable, enable};
use crate::items::one;
use crate::pin::Pin;
use crate::stream::NewStream;
use crate::trace;
use crate::{Passive, Result, context};

/// A circuit, pin, element or stream under construction, to which driver-defined events can be
/// added.
pub trait HasEvents: sealed::Object {
    /// Adds the event `id` of `set`, which clients can wait for. ACX keeps its clients. Returns its
    /// generator.
    ///
    /// # Errors
    ///
    /// ACX's errors.
    #[doc(alias = "AcxEventCreate")]
    #[doc(alias = "AcxPinAddEvents")]
    #[doc(alias = "AcxElementAddEvents")]
    #[doc(alias = "AcxStreamAddEvents")]
    fn source_event<S: EventSource>(
        &mut self,
        set: &GUID,
        id: u32,
        source: S,
    ) -> Result<EventGenerator>
    where
        Self: Sized,
    {
        let mut callbacks = ACX_EVENT_CALLBACKS::default();
        ACX_EVENT_CALLBACKS_INIT(&mut callbacks);
        callbacks.EvtAcxEventEnable = Some(enable::<S>);
        callbacks.EvtAcxEventDisable = Some(disable::<S>);
        make(self, set, id, &mut callbacks, source)
    }

    /// Adds the event `id` of `set`, whose clients' requests `handler` completes. Returns its
    /// generator.
    ///
    /// # Errors
    ///
    /// ACX's errors.
    #[doc(alias = "EVT_ACX_OBJECT_PROCESS_EVENT_REQUEST")]
    fn handled_event<H: EventHandler>(
        &mut self,
        set: &GUID,
        id: u32,
        handler: H,
    ) -> Result<EventGenerator>
    where
        Self: Sized,
    {
        let mut callbacks = ACX_EVENT_CALLBACKS::default();
        ACX_EVENT_CALLBACKS_INIT(&mut callbacks);
        callbacks.EvtAcxEventProcessRequest = Some(process::<H>);
        make(self, set, id, &mut callbacks, handler)
    }
}

impl<T: sealed::Object> HasEvents for T {}

mod sealed {
    use acx_sys::{ACXEVENT, ACXOBJECT};

    use crate::Result;

    pub trait Object {
        #[doc(hidden)]
        fn event_parent(&self) -> ACXOBJECT;

        /// # Safety
        ///
        /// The event must belong to this object and not be added yet.
        #[doc(hidden)]
        unsafe fn add_event(&mut self, event: ACXEVENT) -> Result<()>;
    }
}

impl sealed::Object for NewCircuit<'_> {
    fn event_parent(&self) -> ACXOBJECT {
        self.handle().cast()
    }

    unsafe fn add_event(&mut self, event: ACXEVENT) -> Result<()> {
        self.events.push(event.cast())
    }
}

impl sealed::Object for Pin<'_> {
    fn event_parent(&self) -> ACXOBJECT {
        self.handle().cast()
    }

    unsafe fn add_event(&mut self, mut event: ACXEVENT) -> Result<()> {
        let (place, count) = one(&mut event);
        // SAFETY: the pin is alive while its circuit is being built; an event of it, by the
        // caller's contract. ACX copies the array.
        check(unsafe { AcxPinAddEvents(self.handle(), place, count) })
    }
}

impl sealed::Object for Element<'_> {
    fn event_parent(&self) -> ACXOBJECT {
        self.handle().cast()
    }

    unsafe fn add_event(&mut self, mut event: ACXEVENT) -> Result<()> {
        let (place, count) = one(&mut event);
        // SAFETY: the element is alive while its owner is being built; an event of it, by the
        // caller's contract. ACX copies the array.
        check(unsafe { AcxElementAddEvents(self.handle(), place, count) })
    }
}

impl sealed::Object for NewStream<'_> {
    fn event_parent(&self) -> ACXOBJECT {
        self.handle().cast()
    }

    unsafe fn add_event(&mut self, mut event: ACXEVENT) -> Result<()> {
        let (place, count) = one(&mut event);
        // SAFETY: the stream is alive while it is being created; an event of it, by the caller's
        // contract. ACX copies the array.
        check(unsafe { AcxStreamAddEvents(self.handle(), place, count) })
    }
}

/// Creates an event of `owner`. The callbacks are for events whose context is a `T`.
fn make<T: Send + Sync + 'static>(
    owner: &mut impl sealed::Object,
    set: &GUID,
    id: u32,
    callbacks: &mut ACX_EVENT_CALLBACKS,
    value: T,
) -> Result<EventGenerator> {
    let mut config = ACX_EVENT_CONFIG::default();
    ACX_EVENT_CONFIG_INIT(&mut config);
    config.Set = set;
    config.Id = id;
    config.Callbacks = callbacks;
    let parent = owner.event_parent();
    let create = |attributes: &mut WDF_OBJECT_ATTRIBUTES, handle: &mut ACXEVENT| {
        // SAFETY: the owner is alive while it is being built, at PASSIVE_LEVEL by its token; ACX
        // copies configuration, callbacks and GUID.
        unsafe { AcxEventCreate(parent, attributes, &raw mut config, handle) }
    };
    // SAFETY: `create` makes a new object with the attributes it gets.
    let handle = unsafe {
        context::create(parent.cast(), value, null_mut(), <*mut ACXEVENT__>::cast, create)
    }?;
    // SAFETY: created just now for this owner.
    unsafe { owner.add_event(handle) }?;
    // SAFETY: the event is alive while its owner is being built.
    Ok(unsafe { EventGenerator::new(handle) })
}

/// The operation that a client requests of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventVerb {
    /// The client starts to wait.
    Enable,
    /// The client stops waiting.
    Disable,
    /// The client queries what the event supports.
    Support,
}

/// Handles the clients of an event. ACX calls these at `PASSIVE_LEVEL`.
pub trait EventHandler: Send + Sync + 'static {
    /// EvtAcxEventProcessRequest: complete it.
    fn request(&self, request: EventRequest<'_>);
}

/// A client's request to an event. If it is dropped without being completed, it fails with
/// STATUS_UNSUCCESSFUL.
pub struct EventRequest<'callback> {
    event: ACXEVENT,
    data: ACXEVENTDATA,
    verb: EventVerb,
    /// Null if the client closed its handle without a request.
    request: WDFREQUEST,
    passive: &'callback mut Passive,
}

impl EventRequest<'_> {
    /// `PASSIVE_LEVEL`.
    pub fn passive(&mut self) -> &mut Passive {
        self.passive
    }

    /// The operation that the client requests.
    pub fn verb(&self) -> EventVerb {
        self.verb
    }

    /// Completes the request. On success an enabling client now waits; on an error it is refused.
    #[doc(alias = "AcxEventAddEventData")]
    pub fn complete(mut self, result: Result<()>) {
        if result.is_ok() && self.verb == EventVerb::Enable && !self.data.is_null() {
            // SAFETY: the callback's own event and client, at PASSIVE_LEVEL by the token; added
            // once, since the request is completed next.
            unsafe { AcxEventAddEventData(self.event, self.data) };
        }
        self.finish(status(result));
    }

    fn finish(&mut self, status: NTSTATUS) {
        let request = core::mem::replace(&mut self.request, null_mut());
        if !request.is_null() {
            // SAFETY: the driver owned the request until now, and cannot access it any more.
            unsafe { WdfRequestComplete(request, status) };
        }
    }
}

impl Drop for EventRequest<'_> {
    fn drop(&mut self) {
        self.finish(STATUS_UNSUCCESSFUL);
    }
}

unsafe extern "C" fn process<H: EventHandler>(
    object: ACXOBJECT,
    event: ACXEVENT,
    verb: ACX_EVENT_VERB,
    data: ACXEVENTDATA,
    request: WDFREQUEST,
) {
    trace::callback(Level::Info, c"EvtAcxEventProcessRequest", object, [0, 0]);
    let verb = match verb {
        _ACX_EVENT_VERB::AcxEventVerbEnable => EventVerb::Enable,
        _ACX_EVENT_VERB::AcxEventVerbDisable => EventVerb::Disable,
        _ => EventVerb::Support,
    };
    // SAFETY: EvtAcxEventProcessRequest is called at PASSIVE_LEVEL; this is its one token.
    let mut passive = unsafe { Passive::assume() };
    // Without a context the request is dropped, which completes it.
    let request = EventRequest { event, data, verb, request, passive: &mut passive };
    // SAFETY: ACX calls back for a live event, and not after its cleanup.
    if let Some(handler) = unsafe { context::get::<H>(event.cast()) } {
        handler.request(request);
    }
}
