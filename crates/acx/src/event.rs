//! Events that clients wait for, and change notifications. DDI: AcxEventCreate,
//! AcxEventGenerateEvent, AcxVolumeChangeLevelNotification, AcxMuteChangeStateNotification,
//! AcxJackChangeStateNotification.
//!
//! Events of pins, elements and streams, and those whose clients the driver answers itself:
//! [`own_events`](crate::own_events).
//!
//! ```
//! # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/example/host.rs"));
//! # fn main() { host::run(prepare) }
//! use acx::Result;
//! use acx::device::PrepareHardware;
//! use acx::event::EventSource;
//! use acx::guid::GUID;
//!
//! const CONTOSO: GUID = acx::guid!("6B2F4F35-6C4F-4E0E-8DA9-5A3D4E2AB6F2");
//!
//! /// Event 1 of Contoso's set: the battery of a headset is low.
//! struct BatteryLow;
//!
//! impl EventSource for BatteryLow {}
//!
//! fn prepare(hardware: &mut PrepareHardware<'_>) -> Result<()> {
//!     let mut circuit = host::speaker(hardware)?;
//!     let low = circuit.event(&CONTOSO, 1, BatteryLow)?;
//!     circuit.add()?;
//!     // Whoever measures the battery does this; clients that wait are told.
//!     low.generate(hardware.passive());
//!     Ok(())
//! }
//! ```

use core::ptr::null_mut;

use acx_sys::*;

use crate::circuit::NewCircuit;
use crate::debug::Level;
use crate::error::status;
use crate::reference::Reference;
use crate::trace;
use crate::{Error, Passive, Result, context};

/// The source of an event. ACX makes these callbacks at `PASSIVE_LEVEL`.
pub trait EventSource: Send + Sync + 'static {
    /// EvtAcxEventEnable: the first client begins to wait.
    fn enable(&self) -> Result<()> {
        Ok(())
    }

    /// EvtAcxEventDisable: the last client has stopped waiting.
    fn disable(&self) {}
}

impl NewCircuit<'_> {
    /// The event `id` of `set`, which clients can wait for. Returns its generator.
    ///
    /// # Errors
    ///
    /// ACX's errors.
    #[doc(alias = "AcxEventCreate")]
    pub fn event<S: EventSource>(
        &mut self,
        set: &GUID,
        id: u32,
        source: S,
    ) -> Result<EventGenerator> {
        let mut callbacks = ACX_EVENT_CALLBACKS::default();
        ACX_EVENT_CALLBACKS_INIT(&mut callbacks);
        callbacks.EvtAcxEventEnable = Some(enable::<S>);
        callbacks.EvtAcxEventDisable = Some(disable::<S>);
        let mut config = ACX_EVENT_CONFIG::default();
        ACX_EVENT_CONFIG_INIT(&mut config);
        config.Set = set;
        config.Id = id;
        config.Callbacks = &raw mut callbacks;
        let parent = self.handle().cast();
        let create = |attributes: &mut WDF_OBJECT_ATTRIBUTES, handle: &mut ACXEVENT| {
            // SAFETY: the circuit is alive while it is being built, at PASSIVE_LEVEL by its token;
            // ACX copies configuration, callbacks and GUID.
            unsafe { AcxEventCreate(parent, attributes, &raw mut config, handle) }
        };
        // SAFETY: `create` makes a new object with the attributes it gets.
        let handle = unsafe {
            context::create(parent, source, null_mut(), <*mut ACXEVENT__>::cast, create)
        }?;
        self.events.push(handle.cast())?;
        // SAFETY: the event is alive while its circuit is being built.
        Ok(EventGenerator(unsafe { Reference::new(handle.cast()) }))
    }
}

/// Raises one event. Keep it in what the circuit's context owns.
pub struct EventGenerator(Reference);

impl EventGenerator {
    /// # Safety
    ///
    /// A live event.
    pub(crate) unsafe fn new(event: ACXEVENT) -> Self {
        // SAFETY: alive, says the caller.
        Self(unsafe { Reference::new(event.cast()) })
    }

    /// Notifies every client that waits. Does nothing once the circuit is gone.
    #[doc(alias = "AcxEventGenerateEvent")]
    pub fn generate(&self, _passive: &Passive) {
        if let Some(event) = self.0.alive() {
            // SAFETY: an event, says `NewCircuit::event`; the reference keeps its handle valid.
            // PASSIVE_LEVEL by the token.
            unsafe { AcxEventGenerateEvent(event.cast()) };
        }
    }
}

/// What changed.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Changed {
    Volume,
    Mute,
    Jack,
}

/// Notifies clients that a volume, mute or jack changed by itself. Keep it in what the circuit's
/// context owns.
#[derive(Clone)]
pub struct ChangeNotifier(Reference, Changed);

impl ChangeNotifier {
    /// # Safety
    ///
    /// `object` is a live volume, mute or jack, as `changed` says.
    pub(crate) unsafe fn new(object: WDFOBJECT, changed: Changed) -> Self {
        // SAFETY: alive, says the caller.
        Self(unsafe { Reference::new(object) }, changed)
    }

    /// Clients that wait for the change ask for the new value. The pages state no IRQL; this crate
    /// takes the strictest.
    #[doc(alias = "AcxVolumeChangeLevelNotification")]
    #[doc(alias = "AcxMuteChangeStateNotification")]
    #[doc(alias = "AcxJackChangeStateNotification")]
    pub fn notify(&self, _passive: &Passive) {
        let Some(object) = self.0.alive() else { return };
        match self.1 {
            // SAFETY: the reference keeps the handle valid; `new`'s caller says it is a volume.
            Changed::Volume => unsafe { AcxVolumeChangeLevelNotification(object.cast()) },
            // SAFETY: the reference keeps the handle valid; `new`'s caller says it is a mute.
            Changed::Mute => unsafe { AcxMuteChangeStateNotification(object.cast()) },
            // SAFETY: the reference keeps the handle valid; `new`'s caller says it is a jack.
            Changed::Jack => unsafe { AcxJackChangeStateNotification(object.cast()) },
        }
    }
}

/// The driver's value in the context of an event.
///
/// # Safety
///
/// Inside a callback that ACX makes for `event`, which [`NewCircuit::event`] made.
unsafe fn source<'a, S: EventSource>(event: ACXEVENT) -> Result<&'a S> {
    // SAFETY: ACX makes callbacks for a live event, and none after its cleanup has begun.
    unsafe { context::get::<S>(event.cast()) }.ok_or(Error::InvalidState)
}

pub(crate) unsafe extern "C" fn enable<S: EventSource>(event: ACXEVENT) -> NTSTATUS {
    trace::callback(Level::Info, c"EvtAcxEventEnable", event, [0, 0]);
    // SAFETY: in a callback for this event.
    status(unsafe { source::<S>(event) }.and_then(EventSource::enable))
}

pub(crate) unsafe extern "C" fn disable<S: EventSource>(event: ACXEVENT) {
    trace::callback(Level::Info, c"EvtAcxEventDisable", event, [0, 0]);
    // SAFETY: in a callback for this event.
    if let Ok(source) = unsafe { source::<S>(event) } {
        source.disable();
    }
}
