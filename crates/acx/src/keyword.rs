//! Keyword spotters: elements of a microphone's circuit that listen for patterns and notify the
//! system of a detection. DDI: AcxKeywordSpotterCreate, AcxPnpEventCreate,
//! AcxPnpEventGenerateEvent.
//!
//! ```
//! # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/example/host.rs"));
//! # fn main() { host::run(prepare) }
//! use acx::circuit::{CircuitInit, Direction};
//! use acx::device::PrepareHardware;
//! use acx::guid::{GUID, KSNODETYPE_MICROPHONE, KSNOTIFICATIONID_SoundDetector};
//! use acx::keyword::{KeywordSpotter, Patterns, PnpEvent};
//! use acx::pin::Mode;
//! use acx::{Passive, Result, wide};
//!
//! /// The kind of pattern that the hardware understands.
//! const PATTERN: GUID = acx::guid!("6B2F4F35-6C4F-4E0E-8DA9-5A3D4E2AB6F3");
//!
//! /// The part of the hardware that listens.
//! struct Listener;
//!
//! impl KeywordSpotter for Listener {
//!     fn set_patterns(&self, patterns: &Patterns<'_>, _passive: &mut Passive) -> Result<()> {
//!         let mut first = [0; 64];
//!         let _read = patterns.read_at(0, &mut first);
//!         Ok(())
//!     }
//!     fn arm(&self, _armed: bool, _passive: &mut Passive) -> Result<()> {
//!         Ok(())
//!     }
//!     fn is_armed(&self) -> Result<bool> {
//!         Ok(true)
//!     }
//!     fn reset(&self, _passive: &mut Passive) -> Result<()> {
//!         Ok(())
//!     }
//! }
//!
//! fn prepare(hardware: &mut PrepareHardware<'_>) -> Result<()> {
//!     let name = wide!("Microphone0");
//!     let init = CircuitInit::new(hardware, Direction::Capture, name, &host::COMPONENT)?;
//!     let mut circuit = init.create(host::Still)?;
//!     circuit.keyword_spotter(&PATTERN, Listener)?;
//!     circuit.host_pin(1)?.formats(Mode::Raw, [host::STEREO])?;
//!     circuit.bridge_pin(&KSNODETYPE_MICROPHONE)?;
//!     circuit.keyword_pin(1)?.formats(Mode::Raw, [host::STEREO])?;
//!     let detection = PnpEvent::new(&circuit, &KSNOTIFICATIONID_SoundDetector)?;
//!     circuit.add()?;
//!     // On a detection, from a work item: Windows wakes the programs that registered for it.
//!     detection.generate([], hardware.passive())
//! }
//! ```

use core::marker::PhantomData;
use core::ptr::null_mut;

use acx_sys::*;

use crate::circuit::NewCircuit;
use crate::copy::copy_out;
use crate::debug::Level;
use crate::element::{Element, answer};
use crate::error::{check, status};
use crate::reference::Reference;
use crate::trace;
use crate::{Error, Passive, Result, context};

/// A spotter's callbacks. ACX calls them at `PASSIVE_LEVEL`.
pub trait KeywordSpotter: Send + Sync + 'static {
    /// EvtAcxKeywordSpotterAssignPatterns: sets the patterns to listen for. The spotter is
    /// disarmed.
    fn set_patterns(&self, patterns: &Patterns<'_>, passive: &mut Passive) -> Result<()>;

    /// EvtAcxKeywordSpotterAssignArm: starts or stops listening.
    fn arm(&self, armed: bool, passive: &mut Passive) -> Result<()>;

    /// EvtAcxKeywordSpotterRetrieveArm.
    fn is_armed(&self) -> Result<bool>;

    /// EvtAcxKeywordSpotterAssignReset: no patterns, not armed.
    fn reset(&self, passive: &mut Passive) -> Result<()>;
}

/// The patterns of a client: a list (KSMULTIPLE_ITEM) of SOUNDDETECTOR_PATTERNHEADERs, each
/// followed by the data of its kind of pattern.
pub struct Patterns<'callback> {
    place: *const u8,
    length: usize,
    callback: PhantomData<&'callback ()>,
}

impl Patterns<'_> {
    /// The length of the list in bytes.
    pub fn length(&self) -> usize {
        self.length
    }

    /// Copies the bytes from `offset` on into `into`, as many as fit. Returns the number of bytes.
    pub fn read_at(&self, offset: usize, into: &mut [u8]) -> usize {
        let length = self.length.saturating_sub(offset).min(into.len());
        if let Some(into) = into.get_mut(..length) {
            // The copy's length is at most that of the bytes after `offset`, so the sum is inside
            // the list.
            let place = self.place.wrapping_add(offset);
            // SAFETY: ACX passes this many bytes, valid during the callback.
            unsafe { copy_out(place, into) };
        }
        length
    }
}

impl NewCircuit<'_> {
    /// Adds a spotter for patterns of the kind `pattern`.
    ///
    /// # Errors
    ///
    /// ACX's errors.
    #[doc(alias = "AcxKeywordSpotterCreate")]
    #[inline(never)]
    pub fn keyword_spotter<K: KeywordSpotter>(
        &mut self,
        pattern: &GUID,
        spotter: K,
    ) -> Result<Element<'_>> {
        let mut callbacks = ACX_KEYWORDSPOTTER_CALLBACKS::default();
        ACX_KEYWORDSPOTTER_CALLBACKS_INIT(&mut callbacks);
        callbacks.EvtAcxKeywordSpotterRetrieveArm = Some(is_armed::<K>);
        callbacks.EvtAcxKeywordSpotterAssignArm = Some(arm::<K>);
        callbacks.EvtAcxKeywordSpotterAssignPatterns = Some(set_patterns::<K>);
        callbacks.EvtAcxKeywordSpotterAssignReset = Some(reset::<K>);
        let mut config = ACX_KEYWORDSPOTTER_CONFIG::default();
        ACX_KEYWORDSPOTTER_CONFIG_INIT(&mut config);
        config.Pattern = pattern;
        config.Callbacks = &raw mut callbacks;
        let parent = self.handle();
        let create = |attributes: &mut WDF_OBJECT_ATTRIBUTES, handle: &mut ACXKEYWORDSPOTTER| {
            // SAFETY: the circuit is alive while it is being built, at PASSIVE_LEVEL by its token;
            // ACX copies configuration, callbacks and GUID.
            unsafe { AcxKeywordSpotterCreate(parent, attributes, &raw mut config, handle) }
        };
        // SAFETY: `create` makes a new object with the attributes it gets.
        let handle = unsafe {
            let empty = null_mut();
            context::create(parent.cast(), spotter, empty, <*mut ACXKEYWORDSPOTTER__>::cast, create)
        }?;
        self.keep(handle.cast(), None)
    }
}

/// A custom PnP event of a circuit's device, which notifies the system of a detection.
pub struct PnpEvent(Reference);

impl PnpEvent {
    /// The event `id`, of `circuit`.
    ///
    /// # Errors
    ///
    /// ACX's errors.
    #[doc(alias = "AcxPnpEventCreate")]
    pub fn new(circuit: &NewCircuit<'_>, id: &GUID) -> Result<Self> {
        let mut config = ACX_PNPEVENT_CONFIG::default();
        ACX_PNPEVENT_CONFIG_INIT(&mut config);
        config.Event = *id;
        let object = circuit.handle().cast();
        let mut attributes = context::attributes::<()>(object);
        let mut handle: ACXPNPEVENT = null_mut();
        // SAFETY: a live device and a live circuit of it; ACX copies the configuration.
        check(unsafe {
            AcxPnpEventCreate(
                circuit.device(),
                object.cast(),
                &raw mut attributes,
                &raw mut config,
                &raw mut handle,
            )
        })?;
        // SAFETY: created just now.
        Ok(Self(unsafe { Reference::new(handle.cast()) }))
    }

    /// Notifies the registered clients, with `payload`. `PASSIVE_LEVEL`.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidState`] if the circuit is gone, or ACX's errors.
    #[doc(alias = "AcxPnpEventGenerateEvent")]
    pub fn generate<const N: usize>(&self, mut payload: [u8; N], _passive: &Passive) -> Result<()> {
        let size = USHORT::try_from(N).map_err(|_| Error::InvalidParameter)?;
        let event = self.0.alive().ok_or(Error::InvalidState)?;
        // SAFETY: an event, by `new`'s contract; the reference keeps its handle valid.
        // PASSIVE_LEVEL by the token; the payload is ours.
        check(unsafe { AcxPnpEventGenerateEvent(event.cast(), payload.as_mut_ptr().cast(), size) })
    }
}

/// The driver's value in the context of a spotter.
///
/// # Safety
///
/// Inside a callback that ACX makes for `object`, which [`NewCircuit::keyword_spotter`] made.
unsafe fn spotter<'a, K: KeywordSpotter>(object: ACXKEYWORDSPOTTER) -> Result<&'a K> {
    // SAFETY: ACX calls back for a live element, and not after its cleanup has begun.
    unsafe { context::get::<K>(object.cast()) }.ok_or(Error::InvalidState)
}

unsafe extern "C" fn is_armed<K: KeywordSpotter>(
    object: ACXKEYWORDSPOTTER,
    _event: *mut GUID,
    out: PBOOLEAN,
) -> NTSTATUS {
    trace::callback(Level::Info, c"EvtAcxKeywordSpotterRetrieveArm", object, [0, 0]);
    // SAFETY: in a callback for this spotter.
    let armed = unsafe { spotter::<K>(object) }.and_then(KeywordSpotter::is_armed);
    // SAFETY: EvtAcxKeywordSpotterRetrieveArm's own output parameter.
    unsafe { answer(out, armed.map(BOOLEAN::from)) }
}

unsafe extern "C" fn arm<K: KeywordSpotter>(
    object: ACXKEYWORDSPOTTER,
    _event: *mut GUID,
    armed: BOOLEAN,
) -> NTSTATUS {
    trace::callback(Level::Info, c"EvtAcxKeywordSpotterAssignArm", object, [armed.into(), 0]);
    // SAFETY: EvtAcxKeywordSpotterAssignArm is called at PASSIVE_LEVEL; this is its one token.
    let mut passive = unsafe { Passive::assume() };
    // SAFETY: in a callback for this spotter.
    let spotter = unsafe { spotter::<K>(object) };
    status(spotter.and_then(|spotter| spotter.arm(armed != 0, &mut passive)))
}

unsafe extern "C" fn set_patterns<K: KeywordSpotter>(
    object: ACXKEYWORDSPOTTER,
    _event: *mut GUID,
    place: PVOID,
    length: ULONG,
) -> NTSTATUS {
    trace::callback(Level::Info, c"EvtAcxKeywordSpotterAssignPatterns", object, [length, 0]);
    let length = if place.is_null() { 0 } else { usize::try_from(length).unwrap_or(0) };
    let patterns =
        Patterns { place: place.cast::<u8>().cast_const(), length, callback: PhantomData };
    // SAFETY: EvtAcxKeywordSpotterAssignPatterns is called at PASSIVE_LEVEL; this is its one token.
    let mut passive = unsafe { Passive::assume() };
    // SAFETY: in a callback for this spotter.
    let spotter = unsafe { spotter::<K>(object) };
    status(spotter.and_then(|spotter| spotter.set_patterns(&patterns, &mut passive)))
}

unsafe extern "C" fn reset<K: KeywordSpotter>(
    object: ACXKEYWORDSPOTTER,
    _event: *mut GUID,
) -> NTSTATUS {
    trace::callback(Level::Info, c"EvtAcxKeywordSpotterAssignReset", object, [0, 0]);
    // SAFETY: EvtAcxKeywordSpotterAssignReset is called at PASSIVE_LEVEL; this is its one token.
    let mut passive = unsafe { Passive::assume() };
    // SAFETY: in a callback for this spotter.
    let spotter = unsafe { spotter::<K>(object) };
    status(spotter.and_then(|spotter| spotter.reset(&mut passive)))
}
