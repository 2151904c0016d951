//! Events that clients can wait for, and change notifications. DDI: AcxEventCreate,
//! AcxEventGenerateEvent, AcxVolumeChangeLevelNotification, AcxMuteChangeStateNotification,
//! AcxJackChangeStateNotification.
//!
//! For events of pins, elements and streams, and events whose clients the driver handles itself,
//! see [`own_events`](crate::own_events).
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
//!     // Call this where the battery is measured; it notifies waiting clients.
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

/// The source of an event. ACX calls these at `PASSIVE_LEVEL`.
pub trait EventSource: Send + Sync + 'static {
    /// EvtAcxEventEnable: the first client has started to wait.
    fn enable(&self) -> Result<()> {
        Ok(())
    }

    /// EvtAcxEventDisable: the last client has stopped waiting.
    fn disable(&self) {}
}

impl NewCircuit<'_> {
    /// Adds the event `id` of `set`, which clients can wait for. Returns its generator.
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

/// Raises one event. Keep it in the circuit's context.
pub struct EventGenerator(Reference);

impl EventGenerator {
    /// # Safety
    ///
    /// A live event.
    pub(crate) unsafe fn new(event: ACXEVENT) -> Self {
        // SAFETY: alive, by the caller's contract.
        Self(unsafe { Reference::new(event.cast()) })
    }

    /// Notifies every waiting client. Does nothing once the circuit is gone. `PASSIVE_LEVEL`.
    #[doc(alias = "AcxEventGenerateEvent")]
    pub fn generate(&self, _passive: &Passive) {
        if let Some(event) = self.0.alive() {
            // SAFETY: an event, by `NewCircuit::event`'s contract; the reference keeps its handle
            // valid. PASSIVE_LEVEL by the token.
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

/// Notifies clients of a change of a volume, mute or jack that no client made. Keep it in the
/// circuit's context.
#[derive(Clone)]
pub struct ChangeNotifier(Reference, Changed);

impl ChangeNotifier {
    /// # Safety
    ///
    /// `object` must be a live volume, mute or jack, of the type that `changed` names.
    pub(crate) unsafe fn new(object: WDFOBJECT, changed: Changed) -> Self {
        // SAFETY: alive, by the caller's contract.
        Self(unsafe { Reference::new(object) }, changed)
    }

    /// Notifies the waiting clients, which then query the new value. Microsoft's documentation
    /// states no IRQL for it; this crate requires the strictest, `PASSIVE_LEVEL`.
    #[doc(alias = "AcxVolumeChangeLevelNotification")]
    #[doc(alias = "AcxMuteChangeStateNotification")]
    #[doc(alias = "AcxJackChangeStateNotification")]
    pub fn notify(&self, _passive: &Passive) {
        let Some(object) = self.0.alive() else { return };
        match self.1 {
            // SAFETY: the reference keeps the handle valid; a volume, by `new`'s contract.
            Changed::Volume => unsafe { AcxVolumeChangeLevelNotification(object.cast()) },
            // SAFETY: the reference keeps the handle valid; a mute, by `new`'s contract.
            Changed::Mute => unsafe { AcxMuteChangeStateNotification(object.cast()) },
            // SAFETY: the reference keeps the handle valid; a jack, by `new`'s contract.
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
    // SAFETY: ACX calls back for a live event, and not after its cleanup has begun.
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
