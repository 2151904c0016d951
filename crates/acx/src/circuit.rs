//! Circuits. DDI: AcxCircuitInitAllocate, AcxCircuitCreate, AcxCircuitAddElements, AcxCircuitAddPins.

use core::marker::PhantomData;
use core::ptr::null_mut;

use acx_sys::*;

use crate::composite::JoiningCircuit;
use crate::debug::{self, Level};
use crate::device::{PrepareHardware, unicode};
use crate::element::Element;
use crate::error::{check, status};
use crate::event::Event;
use crate::pin::Pin;
use crate::pool::Vec;
use crate::request::{Filter, Property, Request, Target};
use crate::stream::CreateStream;
use crate::{Error, Passive, Result, context};

/// What a circuit does. ACX makes these callbacks at `PASSIVE_LEVEL`.
pub trait Circuit: Send + Sync + 'static {
    /// Requests that [`preprocess`](Self::preprocess) sees before ACX.
    #[doc(alias = "AcxCircuitInitAssignAcxRequestPreprocessCallback")]
    const PREPROCESS: &'static [Filter] = &[];

    /// Properties of the driver's own, which [`property`](Self::property) answers.
    #[doc(alias = "AcxCircuitInitAssignProperties")]
    const PROPERTIES: &'static [Property] = &[];

    /// EvtAcxCircuitCreateStream: a client opens a pin. Create a stream from `request`, or refuse with an error.
    fn create_stream(&self, request: CreateStream<'_>) -> Result<()>;

    /// EvtAcxObjectPreprocessRequest, for a request that [`PREPROCESS`](Self::PREPROCESS) names: complete it, or give it back to ACX.
    fn preprocess(&self, request: Request<'_>) {
        request.dispatch();
    }

    /// EvtAcxObjectProcessRequest, for one of [`PROPERTIES`](Self::PROPERTIES): complete it.
    fn property(&self, request: Request<'_>) {
        request.complete(Err(Error::NotSupported));
    }

    /// EvtAcxCircuitCompositeCircuitInitialize: ACX has found the circuit to be part of a composite endpoint. Comes to circuits that were
    /// created with [`in_composite`](CircuitInit::in_composite).
    fn joins_composite(&self, _circuit: JoiningCircuit<'_>) -> Result<()> {
        Ok(())
    }

    /// EvtAcxCircuitPowerUp, after EvtDeviceD0Entry.
    fn power_up(&self, _passive: &mut Passive) -> Result<()> {
        Ok(())
    }

    /// EvtAcxCircuitPowerDown, before EvtDeviceD0Exit; the streams are paused.
    fn power_down(&self, _passive: &mut Passive) -> Result<()> {
        Ok(())
    }
}

/// Which way audio goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// From the client to the device.
    Render,
    /// From the device to the client.
    Capture,
}

/// A circuit that is about to be created (PACXCIRCUIT_INIT). Freed when dropped, used up by [`create`](Self::create).
pub struct CircuitInit<'callback> {
    init: PACXCIRCUIT_INIT,
    device: WDFDEVICE,
    callback: PhantomData<&'callback ()>,
}

impl<'callback> CircuitInit<'callback> {
    /// A circuit of `hardware`'s device. `name` is the reference string of the INF's AddInterface lines; `component` says what it is.
    ///
    /// # Errors
    ///
    /// What ACX answers.
    #[doc(alias = "AcxCircuitInitAllocate")]
    #[inline(never)]
    pub fn new(
        hardware: &PrepareHardware<'callback>,
        direction: Direction,
        name: &[u16],
        component: &GUID,
    ) -> Result<Self> {
        let device = hardware.device();
        // SAFETY: a live device, at PASSIVE_LEVEL.
        let init = unsafe { AcxCircuitInitAllocate(device) };
        if init.is_null() {
            return Err(Error::OutOfMemory);
        }
        let this = Self { init, device, callback: PhantomData };
        // SAFETY: a live init object; ACX copies the GUID.
        unsafe { AcxCircuitInitSetComponentId(init, component) };
        let name = unicode(name)?;
        // SAFETY: as above; ACX copies the name.
        check(unsafe { AcxCircuitInitAssignName(init, &raw const name) })?;
        let kind = match direction {
            Direction::Render => _ACX_CIRCUIT_TYPE::AcxCircuitTypeRender,
            Direction::Capture => _ACX_CIRCUIT_TYPE::AcxCircuitTypeCapture,
        };
        // SAFETY: a live init object.
        unsafe { AcxCircuitInitSetCircuitType(init, kind) };
        Ok(this)
    }

    /// The circuit is part of a composite endpoint: clients do not see it before the others are there.
    #[doc(alias = "AcxCircuitInitSetAcxCircuitCompositeCallbacks")]
    #[must_use]
    pub fn in_composite<C: Circuit>(self) -> Self {
        let mut callbacks = ACX_CIRCUIT_COMPOSITE_CALLBACKS::default();
        ACX_CIRCUIT_COMPOSITE_CALLBACKS_INIT(&mut callbacks);
        callbacks.EvtAcxCircuitCompositeCircuitInitialize = Some(joins_composite::<C>);
        // SAFETY: a live init object; ACX copies the callbacks.
        unsafe { AcxCircuitInitSetAcxCircuitCompositeCallbacks(self.init, &raw mut callbacks) };
        self
    }

    /// Creates the circuit with `circuit` as its context and the one that its streams come from.
    ///
    /// # Errors
    ///
    /// What ACX answers.
    #[doc(alias = "AcxCircuitCreate")]
    #[inline(never)]
    pub fn create<C: Circuit>(mut self, circuit: C) -> Result<NewCircuit<'callback>> {
        let mut callbacks = ACX_CIRCUIT_PNPPOWER_CALLBACKS::default();
        ACX_CIRCUIT_PNPPOWER_CALLBACKS_INIT(&mut callbacks);
        callbacks.EvtAcxCircuitPowerUp = Some(power_up::<C>);
        callbacks.EvtAcxCircuitPowerDown = Some(power_down::<C>);
        // SAFETY: a live init object; ACX copies the callbacks.
        unsafe { AcxCircuitInitSetAcxCircuitPnpPowerCallbacks(self.init, &raw mut callbacks) };
        // SAFETY: a live init object.
        check(unsafe {
            AcxCircuitInitAssignAcxCreateStreamCallback(self.init, Some(create_stream::<C>))
        })?;
        for filter in C::PREPROCESS {
            let (kind, set, id) = filter.parts();
            // SAFETY: a live init object; ACX copies the GUID.
            check(unsafe {
                AcxCircuitInitAssignAcxRequestPreprocessCallback(
                    self.init,
                    Some(preprocess::<C>),
                    null_mut(),
                    kind,
                    set,
                    id,
                )
            })?;
        }
        for property in C::PROPERTIES {
            let mut item = property.item(Some(process::<C>));
            // SAFETY: a live init object; ACX copies the item and its GUID.
            check(unsafe { AcxCircuitInitAssignProperties(self.init, &raw mut item, 1) })?;
        }
        let mut attributes = context::attributes::<C>(null_mut());
        let mut handle: ACXCIRCUIT = null_mut();
        // SAFETY: a live init object, which ACX takes and clears if it succeeds.
        check(unsafe {
            AcxCircuitCreate(self.device, &raw mut attributes, &raw mut self.init, &raw mut handle)
        })?;
        let new = NewCircuit { handle, device: self.device, given: false, callback: PhantomData };
        // SAFETY: created just now with these attributes, and not yet added, so no callback can come.
        unsafe { context::set(handle.cast(), circuit) }?;
        Ok(new)
    }
}

impl Drop for CircuitInit<'_> {
    fn drop(&mut self) {
        if !self.init.is_null() {
            // SAFETY: allocated in `new`; no create has taken it.
            unsafe { AcxCircuitInitFree(self.init) };
        }
    }
}

/// A circuit that the device does not have yet. Deleted when dropped; see
/// [`PrepareHardware::add_circuit`](crate::device::PrepareHardware::add_circuit).
pub struct NewCircuit<'callback> {
    handle: ACXCIRCUIT,
    device: WDFDEVICE,
    given: bool,
    callback: PhantomData<&'callback ()>,
}

impl NewCircuit<'_> {
    pub(crate) fn handle(&self) -> ACXCIRCUIT {
        self.handle
    }

    pub(crate) fn device(&self) -> WDFDEVICE {
        self.device
    }

    /// The device owns it now.
    pub(crate) fn given(mut self) {
        self.given = true;
    }

    /// Gives the circuit its elements, connected in this order, and its pins, whose ids count from 0 in this order.
    ///
    /// # Errors
    ///
    /// What ACX answers.
    #[doc(alias = "AcxCircuitAddPins")]
    pub fn assemble<'a>(
        &'a self,
        elements: impl IntoIterator<Item = Element<'a>>,
        pins: impl IntoIterator<Item = Pin<'a>>,
    ) -> Result<()> {
        let mut elements = elements.into_iter().map(|element| element.handle());
        self.add_elements(&mut elements)?;
        self.add_pins(&mut pins.into_iter().map(|pin| pin.handle()))
    }

    // These two are not generic: there is one of each in the image, however circuits are assembled.

    #[inline(never)]
    fn add_elements(&self, elements: &mut dyn Iterator<Item = ACXELEMENT>) -> Result<()> {
        let mut handles = Vec::new();
        for element in elements {
            handles.push(element)?;
        }
        let count = ULONG::try_from(handles.len()).map_err(|_| Error::InvalidParameter)?;
        if count == 0 {
            return Ok(());
        }
        // SAFETY: elements of this circuit, created and not yet added; ACX copies the array.
        check(unsafe { AcxCircuitAddElements(self.handle, handles.as_mut_ptr(), count) })
    }

    #[inline(never)]
    fn add_pins(&self, pins: &mut dyn Iterator<Item = ACXPIN>) -> Result<()> {
        let mut handles = Vec::new();
        for pin in pins {
            handles.push(pin)?;
        }
        let count = ULONG::try_from(handles.len()).map_err(|_| Error::InvalidParameter)?;
        // SAFETY: pins of this circuit, created and not yet added; ACX copies the array.
        check(unsafe { AcxCircuitAddPins(self.handle, handles.as_mut_ptr(), count) })
    }
}

impl NewCircuit<'_> {
    /// Gives the circuit events that clients can wait for.
    ///
    /// # Errors
    ///
    /// What ACX answers.
    #[doc(alias = "AcxCircuitAddEvents")]
    pub fn add_events<const N: usize>(&self, events: [Event<'_>; N]) -> Result<()> {
        let mut events = events.map(|event| event.handle());
        let count = ULONG::try_from(N).map_err(|_| Error::InvalidParameter)?;
        // SAFETY: events of this circuit, created and not yet added; ACX copies the array.
        check(unsafe { AcxCircuitAddEvents(self.handle, events.as_mut_ptr(), count) })
    }
}

impl Drop for NewCircuit<'_> {
    fn drop(&mut self) {
        if !self.given {
            // SAFETY: created by `create`, and no device took it.
            unsafe { context::delete(self.handle.cast()) };
        }
    }
}

fn circuit<'a, C: Circuit>(handle: ACXCIRCUIT) -> Result<&'a C> {
    // SAFETY: ACX makes callbacks for a live circuit, and not after its cleanup.
    unsafe { context::get::<C>(handle.cast()) }.ok_or(Error::InvalidState)
}

unsafe extern "C" fn create_stream<C: Circuit>(
    device: WDFDEVICE,
    handle: ACXCIRCUIT,
    pin: ACXPIN,
    init: PACXSTREAM_INIT,
    format: ACXDATAFORMAT,
    mode: *const GUID,
    _arguments: ACXOBJECTBAG,
) -> NTSTATUS {
    debug::callback(Level::Info, "EvtAcxCircuitCreateStream");
    // SAFETY: EvtAcxCircuitCreateStream is called at PASSIVE_LEVEL; this is its one token.
    let mut passive = unsafe { Passive::assume() };
    // SAFETY: EvtAcxCircuitCreateStream's own arguments, for the time of the callback.
    let request =
        unsafe { CreateStream::new(device, handle, pin, init, format, mode, &mut passive) };
    status(circuit::<C>(handle).and_then(|circuit| circuit.create_stream(request)))
}

unsafe extern "C" fn joins_composite<C: Circuit>(
    _device: WDFDEVICE,
    handle: ACXCIRCUIT,
    _properties: ACXOBJECTBAG,
) -> NTSTATUS {
    debug::callback(Level::Info, "EvtAcxCircuitCompositeCircuitInitialize");
    // SAFETY: EvtAcxCircuitCompositeCircuitInitialize is called at PASSIVE_LEVEL; this is its one
    // token.
    let mut passive = unsafe { Passive::assume() };
    // SAFETY: the callback's own argument, for the time of the callback.
    let joining = unsafe { JoiningCircuit::new(handle, &mut passive) };
    status(circuit::<C>(handle).and_then(|circuit| circuit.joins_composite(joining)))
}

unsafe extern "C" fn preprocess<C: Circuit>(
    handle: ACXOBJECT,
    _context: ACXCONTEXT,
    request: WDFREQUEST,
) {
    debug::callback(Level::Info, "EvtAcxObjectPreprocessRequest");
    // SAFETY: EvtAcxObjectPreprocessRequest is called at PASSIVE_LEVEL; this is its one token.
    let mut passive = unsafe { Passive::assume() };
    // SAFETY: the callback's own arguments, for the time of the callback.
    let request = unsafe { Request::new(request, Target::Circuit(handle.cast()), &mut passive) };
    // A request that nobody takes is answered when it is dropped.
    if let Ok(circuit) = circuit::<C>(handle.cast()) {
        circuit.preprocess(request);
    }
}

unsafe extern "C" fn process<C: Circuit>(handle: ACXOBJECT, request: WDFREQUEST) {
    debug::callback(Level::Info, "EvtAcxObjectProcessRequest");
    // SAFETY: EvtAcxObjectProcessRequest is called at PASSIVE_LEVEL; this is its one token.
    let mut passive = unsafe { Passive::assume() };
    // SAFETY: the callback's own arguments, for the time of the callback.
    let request = unsafe { Request::new(request, Target::Driver, &mut passive) };
    // A request that nobody takes is answered when it is dropped.
    if let Ok(circuit) = circuit::<C>(handle.cast()) {
        circuit.property(request);
    }
}

unsafe extern "C" fn power_up<C: Circuit>(
    _device: WDFDEVICE,
    handle: ACXCIRCUIT,
    _previous: WDF_POWER_DEVICE_STATE,
) -> NTSTATUS {
    debug::callback(Level::Info, "EvtAcxCircuitPowerUp");
    // SAFETY: EvtAcxCircuitPowerUp is called at PASSIVE_LEVEL; this is its one token.
    let mut passive = unsafe { Passive::assume() };
    status(circuit::<C>(handle).and_then(|circuit| circuit.power_up(&mut passive)))
}

unsafe extern "C" fn power_down<C: Circuit>(
    _device: WDFDEVICE,
    handle: ACXCIRCUIT,
    _target: WDF_POWER_DEVICE_STATE,
) -> NTSTATUS {
    debug::callback(Level::Info, "EvtAcxCircuitPowerDown");
    // SAFETY: EvtAcxCircuitPowerDown is called at PASSIVE_LEVEL; this is its one token.
    let mut passive = unsafe { Passive::assume() };
    status(circuit::<C>(handle).and_then(|circuit| circuit.power_down(&mut passive)))
}
