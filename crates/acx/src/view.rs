//! Lookup of the pins and elements of a circuit or stream, in a callback or during construction.
//! DDI: AcxCircuitGetPinById, AcxCircuitGetElementById, AcxStreamGetElementById and their siblings.
//!
//! ```
//! # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/example/host.rs"));
//! # fn main() { host::run(prepare) }
//! use acx::device::PrepareHardware;
//! use acx::view::PinKind;
//! use acx::Result;
//!
//! fn prepare(hardware: &mut PrepareHardware<'_>) -> Result<()> {
//!     let circuit = host::speaker(hardware)?;
//!     circuit.add_then(|circuit, passive| {
//!         assert_eq!((circuit.pins_count(), circuit.elements_count()), (2, 0));
//!         let bridge = circuit.pin(1).expect("the second pin");
//!         assert_eq!((bridge.id(), bridge.kind()), (1, PinKind::Source));
//!         assert!(circuit.pin(2).is_none());
//!         assert!(circuit.link(passive).is_ok());
//!     })
//! }
//! ```

use core::marker::PhantomData;

use acx_sys::*;

use crate::device::Parent;
use crate::pool::Vec;
use crate::wdf_text::text_of;
use crate::{Error, Passive, Result};

/// A borrowed circuit.
#[derive(Clone, Copy, Debug)]
pub struct CircuitView<'a> {
    handle: ACXCIRCUIT,
    lent: PhantomData<&'a ()>,
}

impl<'a> CircuitView<'a> {
    /// # Safety
    ///
    /// The circuit must be alive for the lifetime.
    pub(crate) unsafe fn new(handle: ACXCIRCUIT) -> Self {
        Self { handle, lent: PhantomData }
    }

    /// The number of its pins. They are added together with the circuit.
    #[doc(alias = "AcxCircuitGetPinsCount")]
    pub fn pins_count(&self) -> u32 {
        // SAFETY: alive while it is lent.
        unsafe { AcxCircuitGetPinsCount(self.handle) }
    }

    /// The number of its elements. They are added together with the circuit.
    #[doc(alias = "AcxCircuitGetElementsCount")]
    pub fn elements_count(&self) -> u32 {
        // SAFETY: alive while it is lent.
        unsafe { AcxCircuitGetElementsCount(self.handle) }
    }

    /// The pin `id`.
    #[doc(alias = "AcxCircuitGetPinById")]
    pub fn pin(&self, id: u32) -> Option<PinView<'a>> {
        // SAFETY: alive while it is lent.
        let handle = unsafe { AcxCircuitGetPinById(self.handle, id) };
        // SAFETY: pins live as long as their circuit.
        (!handle.is_null()).then(|| unsafe { PinView::new(handle) })
    }

    /// The element `id`.
    #[doc(alias = "AcxCircuitGetElementById")]
    pub fn element(&self, id: u32) -> Option<ElementView<'a>> {
        // SAFETY: alive while it is lent.
        let handle = unsafe { AcxCircuitGetElementById(self.handle, id) };
        (!handle.is_null()).then_some(ElementView { handle, lent: PhantomData })
    }

    /// Its device.
    #[doc(alias = "AcxCircuitGetWdfDevice")]
    pub fn device(&self) -> Parent {
        // SAFETY: alive while it is lent.
        let device = unsafe { AcxCircuitGetWdfDevice(self.handle) };
        // SAFETY: a circuit's device lives at least as long as the circuit.
        unsafe { Parent::new(device) }
    }

    /// The id of its ACX notifications.
    #[doc(alias = "AcxCircuitGetNotificationId")]
    pub fn notification_id(&self) -> GUID {
        // SAFETY: alive while it is lent.
        unsafe { AcxCircuitGetNotificationId(self.handle) }
    }

    /// The symbolic link of its interface in ACX's category, by which other drivers open it. It
    /// exists once the circuit is added to its device.
    ///
    /// # IRQL
    ///
    /// `PASSIVE_LEVEL`.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidState`] if there is none; [`Error::OutOfMemory`].
    #[doc(alias = "AcxCircuitGetSymbolicLinkName")]
    pub fn link(&self, _passive: &Passive) -> Result<Vec<u16>> {
        // SAFETY: alive while it is lent; at PASSIVE_LEVEL by the token.
        let string = unsafe { AcxCircuitGetSymbolicLinkName(self.handle) };
        if string.is_null() {
            return Err(Error::InvalidState);
        }
        // SAFETY: the circuit's own string, which lasts as long as the circuit and does not change.
        unsafe { text_of(string) }
    }
}

/// The direction of audio through a pin, from its circuit's view.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PinKind {
    /// Into the circuit.
    Sink,
    /// Out of it.
    Source,
}

/// A borrowed pin.
#[derive(Clone, Copy, Debug)]
pub struct PinView<'a> {
    handle: ACXPIN,
    lent: PhantomData<&'a ()>,
}

impl<'a> PinView<'a> {
    /// # Safety
    ///
    /// The pin must be alive for the lifetime.
    pub(crate) unsafe fn new(handle: ACXPIN) -> Self {
        Self { handle, lent: PhantomData }
    }

    /// Its id.
    #[doc(alias = "AcxPinGetId")]
    pub fn id(&self) -> u32 {
        // SAFETY: alive while it is lent.
        unsafe { AcxPinGetId(self.handle) }
    }

    /// The direction of the audio.
    #[doc(alias = "AcxPinGetType")]
    pub fn kind(&self) -> PinKind {
        // SAFETY: alive while it is lent.
        let kind = unsafe { AcxPinGetType(self.handle) };
        if kind == _ACX_PIN_TYPE::AcxPinTypeSink { PinKind::Sink } else { PinKind::Source }
    }

    /// Its circuit.
    #[doc(alias = "AcxPinGetCircuit")]
    pub fn circuit(&self) -> CircuitView<'a> {
        // SAFETY: alive while it is lent.
        let circuit = unsafe { AcxPinGetCircuit(self.handle) };
        // SAFETY: a pin's circuit lives at least as long as the pin.
        unsafe { CircuitView::new(circuit) }
    }
}

/// A borrowed element.
#[derive(Clone, Copy, Debug)]
pub struct ElementView<'a> {
    handle: ACXELEMENT,
    lent: PhantomData<&'a ()>,
}

impl<'a> ElementView<'a> {
    /// # Safety
    ///
    /// The element must be alive for the lifetime.
    pub(crate) unsafe fn new(handle: ACXELEMENT) -> Self {
        Self { handle, lent: PhantomData }
    }

    /// Its id.
    #[doc(alias = "AcxElementGetId")]
    pub fn id(&self) -> u32 {
        // SAFETY: alive while it is lent.
        unsafe { AcxElementGetId(self.handle) }
    }

    /// Returns whether it is an element of `circuit`.
    #[doc(alias = "AcxElementGetContainer")]
    pub fn is_of_circuit(&self, circuit: &CircuitView<'a>) -> bool {
        // SAFETY: alive while it is lent.
        unsafe { AcxElementGetContainer(self.handle) == circuit.handle.cast() }
    }

    /// Returns whether it is an element of `stream`.
    #[doc(alias = "AcxElementGetContainer")]
    pub fn is_of_stream(&self, stream: &StreamView<'a>) -> bool {
        // SAFETY: alive while it is lent.
        unsafe { AcxElementGetContainer(self.handle) == stream.handle.cast() }
    }
}

/// A borrowed stream.
#[derive(Clone, Copy, Debug)]
pub struct StreamView<'a> {
    handle: ACXSTREAM,
    lent: PhantomData<&'a ()>,
}

impl<'a> StreamView<'a> {
    /// # Safety
    ///
    /// The stream must be alive for the lifetime.
    pub(crate) unsafe fn new(handle: ACXSTREAM) -> Self {
        Self { handle, lent: PhantomData }
    }

    /// Its circuit.
    #[doc(alias = "AcxStreamGetCircuit")]
    pub fn circuit(&self) -> CircuitView<'a> {
        // SAFETY: alive while it is lent.
        let circuit = unsafe { AcxStreamGetCircuit(self.handle) };
        // SAFETY: a stream's circuit lives at least as long as the stream.
        unsafe { CircuitView::new(circuit) }
    }

    /// The number of its elements.
    #[doc(alias = "AcxStreamGetElementsCount")]
    pub fn elements_count(&self) -> u32 {
        // SAFETY: alive while it is lent.
        unsafe { AcxStreamGetElementsCount(self.handle) }
    }

    /// The element `id`.
    #[doc(alias = "AcxStreamGetElementById")]
    pub fn element(&self, id: u32) -> Option<ElementView<'a>> {
        // SAFETY: alive while it is lent.
        let handle = unsafe { AcxStreamGetElementById(self.handle, id) };
        // SAFETY: elements live as long as their stream.
        (!handle.is_null()).then(|| unsafe { ElementView::new(handle) })
    }

    /// The id of its ACX notifications.
    #[doc(alias = "AcxStreamGetNotificationId")]
    pub fn notification_id(&self) -> GUID {
        // SAFETY: alive while it is lent.
        unsafe { AcxStreamGetNotificationId(self.handle) }
    }
}
