//! Circuits. DDI: AcxCircuitInitAllocate, AcxCircuitCreate, AcxCircuitAddElements,
//! AcxCircuitAddPins.

use core::ptr::null_mut;

use acx_sys::*;

use crate::bag::Bag;
use crate::composite::JoiningCircuit;
use crate::constraints::PacketSizes;
use crate::debug::Level;
use crate::device::PrepareHardware;
pub use crate::direction::Direction;
use crate::error::{check, status};
use crate::items::{Method, one};
use crate::once::Once;
use crate::pool::{Arc, Vec};
use crate::reference::Reference;
use crate::request::{Filter, Property, Recipient, Request, deliver};
use crate::site::Site;
use crate::stream::{CreateStream, StreamSite};
use crate::trace;
use crate::unicode::unicode;
use crate::view::CircuitView;
use crate::{Error, Passive, Result, context};

/// A circuit's callbacks. ACX calls them at `PASSIVE_LEVEL`.
pub trait Circuit: Send + Sync + 'static {
    /// Requests that [`preprocess`](Self::preprocess) sees before ACX.
    #[doc(alias = "AcxCircuitInitAssignAcxRequestPreprocessCallback")]
    const PREPROCESS: &'static [Filter] = &[];

    /// Driver-defined properties, handled by [`property`](Self::property).
    #[doc(alias = "AcxCircuitInitAssignProperties")]
    const PROPERTIES: &'static [Property] = &[];

    /// Driver-defined methods, handled by [`method`](Self::method).
    #[doc(alias = "AcxCircuitInitAssignMethods")]
    const METHODS: &'static [Method] = &[];

    /// Whether ACX calls [`prepare_hardware`](Self::prepare_hardware) and
    /// [`release_hardware`](Self::release_hardware).
    const HAS_HARDWARE: bool = false;

    /// EvtAcxCircuitCreateStream: a client opens a pin. Create a stream from `request`, or refuse
    /// with an error.
    fn create_stream(&self, request: CreateStream<'_>) -> Result<()>;

    /// EvtAcxObjectPreprocessRequest, for a request that [`PREPROCESS`](Self::PREPROCESS) names:
    /// complete it, or pass it to ACX with [`dispatch`](Request::dispatch).
    fn preprocess(&self, request: Request<'_>) {
        request.dispatch();
    }

    /// EvtAcxObjectProcessRequest, for one of [`PROPERTIES`](Self::PROPERTIES): complete it.
    fn property(&self, request: Request<'_>) {
        request.complete(Err(Error::NotSupported));
    }

    /// EvtAcxObjectProcessRequest, for one of [`METHODS`](Self::METHODS): complete it.
    fn method(&self, request: Request<'_>) {
        request.complete(Err(Error::NotSupported));
    }

    /// EvtAcxCircuitPrepareHardware, after EvtDevicePrepareHardware. Called if
    /// [`HAS_HARDWARE`](Self::HAS_HARDWARE) is set.
    fn prepare_hardware(&self, _passive: &mut Passive) -> Result<()> {
        Ok(())
    }

    /// EvtAcxCircuitReleaseHardware, before EvtDeviceReleaseHardware. Called if
    /// [`HAS_HARDWARE`](Self::HAS_HARDWARE) is set.
    fn release_hardware(&self, _passive: &mut Passive) -> Result<()> {
        Ok(())
    }

    /// EvtAcxCircuitCompositeCircuitInitialize: ACX has found the circuit to be part of a composite
    /// endpoint. Called for circuits that were created with
    /// [`in_composite`](CircuitInit::in_composite).
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

/// A circuit that is notified when its composite endpoint is completed or removed; see
/// [`CircuitInit::seeing_composite`]. ACX calls these at `PASSIVE_LEVEL`.
pub trait CompositeCircuit: Circuit {
    /// EvtAcxCircuitCompositeInitialize: the endpoint is complete, and clients see it after this
    /// call. `properties` are those of its template.
    fn composite_complete(&self, properties: Option<&Bag>, passive: &mut Passive) -> Result<()>;

    /// EvtAcxCircuitCompositeDeinitialize: the endpoint is being removed. Not called if the device
    /// is gone.
    fn composite_parted(&self, _properties: Option<&Bag>, _passive: &mut Passive) {}
}

/// A circuit that is about to be created (PACXCIRCUIT_INIT). Freed when dropped, used up by
/// [`create`](Self::create).
///
/// It borrows the hardware, with the callback's token, until the circuit is added or dropped.
pub struct CircuitInit<'hardware> {
    init: Init,
    direction: Direction,
    site: Site<'hardware>,
}

impl<'hardware> CircuitInit<'hardware> {
    /// A circuit of `hardware`'s device. `name` is the reference string of the INF's AddInterface
    /// lines; `component` says what it is.
    ///
    /// # Errors
    ///
    /// ACX's errors.
    #[doc(alias = "AcxCircuitInitFree")]
    #[doc(alias = "AcxCircuitInitSetComponentId")]
    #[doc(alias = "AcxCircuitInitAssignName")]
    #[doc(alias = "AcxCircuitInitSetCircuitType")]
    #[doc(alias = "AcxCircuitInitAllocate")]
    #[inline(never)]
    pub fn new(
        hardware: &'hardware mut PrepareHardware<'_>,
        direction: Direction,
        name: &[u16],
        component: &GUID,
    ) -> Result<Self> {
        let site = hardware.site();
        // SAFETY: a live device, in its own callback at PASSIVE_LEVEL.
        let init = unsafe { AcxCircuitInitAllocate(site.device) };
        if init.is_null() {
            return Err(Error::OutOfMemory);
        }
        // SAFETY: the init object is ours until a create takes it; ACX copies the GUID.
        unsafe { AcxCircuitInitSetComponentId(init, component) };
        Self { init: Init { init, is_lent: false }, direction, site }.named(name)
    }

    /// The circuit that ACX requests from a factory, on the device that was created for it.
    ///
    /// # Safety
    ///
    /// ACX's init object in EvtAcxFactoryCircuitCreateCircuit, for the device of the site.
    #[inline(never)]
    pub(crate) unsafe fn asked_for(
        init: PACXCIRCUIT_INIT,
        site: Site<'hardware>,
        direction: Direction,
        name: &[u16],
    ) -> Result<Self> {
        Self { init: Init { init, is_lent: true }, direction, site }.named(name)
    }

    fn named(self, name: &[u16]) -> Result<Self> {
        let (init, direction) = (self.init.init, self.direction);
        let name = unicode(name)?;
        // SAFETY: the init object is ours until a create takes it; ACX copies the name.
        check(unsafe { AcxCircuitInitAssignName(init, &raw const name) })?;
        let kind = match direction {
            Direction::Render => _ACX_CIRCUIT_TYPE::AcxCircuitTypeRender,
            Direction::Capture => _ACX_CIRCUIT_TYPE::AcxCircuitTypeCapture,
        };
        // SAFETY: the init object is ours until a create takes it.
        unsafe { AcxCircuitInitSetCircuitType(init, kind) };
        Ok(self)
    }

    /// Sets the circuit's id as a URI, which other drivers' templates may name.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] for more than 32,767 units; ACX's errors.
    #[doc(alias = "AcxCircuitInitAssignComponentUri")]
    pub fn component_uri(self, uri: &[u16]) -> Result<Self> {
        let uri = unicode(uri)?;
        // SAFETY: the init object is ours until a create takes it; ACX copies the text.
        check(unsafe { AcxCircuitInitAssignComponentUri(self.init.init, &raw const uri) })?;
        Ok(self)
    }

    /// Adds interface categories under which the circuit's filter is registered, beside ACX's own.
    ///
    /// # Errors
    ///
    /// ACX's errors.
    ///
    /// ```
    /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/example/host.rs"));
    /// # fn main() { host::run(prepare) }
    /// use acx::circuit::{CircuitInit, Direction};
    /// use acx::device::PrepareHardware;
    /// use acx::guid::{KSCATEGORY_AUDIO, KSCATEGORY_RENDER};
    /// use acx::{Result, wide};
    ///
    /// fn prepare(hardware: &mut PrepareHardware<'_>) -> Result<()> {
    ///     let name = wide!("Speaker0");
    ///     let init = CircuitInit::new(hardware, Direction::Render, name, &host::COMPONENT)?
    ///         .component_uri(wide!("contoso:speaker"))?
    ///         .categories(&[KSCATEGORY_AUDIO, KSCATEGORY_RENDER])?;
    ///     init.create(host::Still)?.add()
    /// }
    /// ```
    #[doc(alias = "AcxCircuitInitAssignCategories")]
    pub fn categories(self, categories: &[GUID]) -> Result<Self> {
        let count = ULONG::try_from(categories.len()).map_err(|_| Error::InvalidParameter)?;
        let place = categories.as_ptr();
        // SAFETY: the init object is ours until a create takes it; ACX copies the GUIDs.
        check(unsafe { AcxCircuitInitAssignCategories(self.init.init, place, count) })?;
        Ok(self)
    }

    /// Lets the driver add the circuit's streams to bridges itself
    /// ([`ManualBridge`](crate::bridge::ManualBridge)): ACX neither creates bridges nor adds
    /// streams to them.
    #[doc(alias = "AcxCircuitInitDisableDefaultStreamBridgeHandling")]
    #[must_use]
    pub fn with_bridges_by_hand(self) -> Self {
        // SAFETY: the init object is ours until a create takes it.
        unsafe { AcxCircuitInitDisableDefaultStreamBridgeHandling(self.init.init) };
        self
    }

    /// Like [`in_composite`](Self::in_composite), with the callbacks of [`CompositeCircuit`].
    #[doc(alias = "AcxCircuitInitSetAcxCircuitCompositeCallbacks")]
    #[must_use]
    pub fn seeing_composite<C: CompositeCircuit>(self) -> Self {
        let mut callbacks = ACX_CIRCUIT_COMPOSITE_CALLBACKS::default();
        ACX_CIRCUIT_COMPOSITE_CALLBACKS_INIT(&mut callbacks);
        callbacks.EvtAcxCircuitCompositeCircuitInitialize = Some(joins_composite::<C>);
        callbacks.EvtAcxCircuitCompositeInitialize = Some(composite_complete::<C>);
        callbacks.EvtAcxCircuitCompositeDeinitialize = Some(composite_parted::<C>);
        let place = &raw mut callbacks;
        // SAFETY: the init object is ours until a create takes it; ACX copies the callbacks.
        unsafe { AcxCircuitInitSetAcxCircuitCompositeCallbacks(self.init.init, place) };
        self
    }

    /// Makes the circuit part of a composite endpoint: clients do not see it until all its circuits
    /// are present.
    #[doc(alias = "AcxCircuitInitSetAcxCircuitCompositeCallbacks")]
    #[must_use]
    pub fn in_composite<C: Circuit>(self) -> Self {
        let mut callbacks = ACX_CIRCUIT_COMPOSITE_CALLBACKS::default();
        ACX_CIRCUIT_COMPOSITE_CALLBACKS_INIT(&mut callbacks);
        callbacks.EvtAcxCircuitCompositeCircuitInitialize = Some(joins_composite::<C>);
        // SAFETY: the init object is ours until a create takes it; ACX copies the callbacks.
        unsafe {
            AcxCircuitInitSetAcxCircuitCompositeCallbacks(self.init.init, &raw mut callbacks);
        };
        self
    }

    /// Creates the circuit with `circuit` as its context, which also creates its streams.
    ///
    /// # Errors
    ///
    /// ACX's errors.
    #[doc(alias = "AcxCircuitInitSetAcxCircuitPnpPowerCallbacks")]
    #[doc(alias = "AcxCircuitInitAssignAcxCreateStreamCallback")]
    #[doc(alias = "AcxCircuitCreate")]
    #[inline(never)]
    pub fn create<C: Circuit>(mut self, circuit: C) -> Result<NewCircuit<'hardware>> {
        let shared = Arc::new(Shared::new(self.direction))?;
        let mut callbacks = ACX_CIRCUIT_PNPPOWER_CALLBACKS::default();
        ACX_CIRCUIT_PNPPOWER_CALLBACKS_INIT(&mut callbacks);
        callbacks.EvtAcxCircuitPowerUp = Some(power_up::<C>);
        callbacks.EvtAcxCircuitPowerDown = Some(power_down::<C>);
        if C::HAS_HARDWARE {
            callbacks.EvtAcxCircuitPrepareHardware = Some(prepare_hardware::<C>);
            callbacks.EvtAcxCircuitReleaseHardware = Some(release_hardware::<C>);
        }
        self.assign(&mut callbacks, Some(create_stream::<C>))?;
        self.assign_filters(C::PREPROCESS, Some(preprocess::<C>))?;
        self.assign_properties(C::PROPERTIES, Some(process::<C>))?;
        if !C::METHODS.is_empty() {
            self.assign_methods(C::METHODS, Some(process_method::<C>))?;
        }
        let mut attributes = context::attributes::<CircuitContext<C>>(null_mut());
        let mut handle: ACXCIRCUIT = null_mut();
        // SAFETY: the init object is ours, and ACX takes and clears it if it succeeds.
        check(unsafe {
            let device = self.site.device;
            AcxCircuitCreate(device, &raw mut attributes, &raw mut self.init.init, &raw mut handle)
        })?;
        let state = CircuitContext { circuit, shared: shared.clone() };
        // SAFETY: created just now with these attributes, and not yet added, so no callback can
        // run.
        let set = unsafe { context::set(handle.cast(), state) };
        let new = self.into_circuit(handle, shared);
        set.map(|()| new)
    }

    // These are not generic, so the image has each once. The callbacks are for circuits of the type
    // that `create` makes.

    #[inline(never)]
    fn assign(
        &self,
        callbacks: &mut ACX_CIRCUIT_PNPPOWER_CALLBACKS,
        create_stream: PFN_ACX_CIRCUIT_CREATE_STREAM,
    ) -> Result<()> {
        // SAFETY: the init object is ours until a create takes it; ACX copies the callbacks.
        unsafe { AcxCircuitInitSetAcxCircuitPnpPowerCallbacks(self.init.init, callbacks) };
        // SAFETY: the init object is ours until a create takes it.
        check(unsafe { AcxCircuitInitAssignAcxCreateStreamCallback(self.init.init, create_stream) })
    }

    #[inline(never)]
    fn assign_filters(
        &self,
        filters: &[Filter],
        preprocess: PFN_ACX_OBJECT_PREPROCESS_REQUEST,
    ) -> Result<()> {
        for filter in filters {
            let (request_type, set, id) = filter.parts();
            // SAFETY: the init object is ours until a create takes it; ACX copies the GUID.
            check(unsafe {
                AcxCircuitInitAssignAcxRequestPreprocessCallback(
                    self.init.init,
                    preprocess,
                    null_mut(),
                    request_type,
                    set,
                    id,
                )
            })?;
        }
        Ok(())
    }

    #[inline(never)]
    fn assign_properties(
        &self,
        properties: &[Property],
        process: PFN_ACX_OBJECT_PROCESS_REQUEST,
    ) -> Result<()> {
        for property in properties {
            let mut item = property.item(process);
            let (place, count) = one(&mut item);
            // SAFETY: the init object is ours until a create takes it; ACX copies the item and its
            // GUID.
            check(unsafe { AcxCircuitInitAssignProperties(self.init.init, place, count) })?;
        }
        Ok(())
    }

    #[inline(never)]
    fn assign_methods(
        &self,
        methods: &[Method],
        process: PFN_ACX_OBJECT_PROCESS_REQUEST,
    ) -> Result<()> {
        for method in methods {
            let mut item = method.item(process);
            let (place, count) = one(&mut item);
            // SAFETY: the init object is ours until a create takes it; ACX copies the item and its
            // GUID.
            check(unsafe { AcxCircuitInitAssignMethods(self.init.init, place, count) })?;
        }
        Ok(())
    }

    #[inline(never)]
    fn into_circuit(self, handle: ACXCIRCUIT, shared: Arc<Shared>) -> NewCircuit<'hardware> {
        let Self { direction, site, .. } = self;
        NewCircuit {
            handle,
            direction,
            site,
            shared,
            elements: Vec::new(),
            pins: Vec::new(),
            events: Vec::new(),
            engine_pins: EnginePins::default(),
            is_added: false,
        }
    }
}

/// The init object itself. Freed when dropped, unless ACX has taken and cleared it, or only lent
/// it.
struct Init {
    init: PACXCIRCUIT_INIT,
    is_lent: bool,
}

impl Drop for Init {
    fn drop(&mut self) {
        if !self.init.is_null() && !self.is_lent {
            // SAFETY: allocated by `CircuitInit::new`; no create has taken it.
            unsafe { AcxCircuitInitFree(self.init) };
        }
    }
}

/// The context of a circuit.
struct CircuitContext<C> {
    circuit: C,
    shared: Arc<Shared>,
}

/// The part of a circuit's construction that its callbacks need.
pub(crate) struct Shared {
    direction: Direction,
    /// The audio engine.
    pub(crate) engine: Once<Reference>,
    /// The id of the loopback pin.
    pub(crate) loopback: Once<u32>,
}

impl Shared {
    fn new(direction: Direction) -> Self {
        Self { direction, engine: Once::default(), loopback: Once::default() }
    }
}

/// The pins of an audio engine.
#[derive(Default)]
pub(crate) struct EnginePins {
    pub(crate) host: Option<ACXPIN>,
    pub(crate) offload: Option<ACXPIN>,
    pub(crate) loopback: Option<ACXPIN>,
}

/// A circuit that is not yet added to its device. Its elements, pins and events are created through
/// it and belong to it. Pin ids and element ids count from 0 in the order of creation; elements are
/// connected in that order. Deleted when dropped.
pub struct NewCircuit<'hardware> {
    handle: ACXCIRCUIT,
    pub(crate) direction: Direction,
    pub(crate) site: Site<'hardware>,
    pub(crate) shared: Arc<Shared>,
    /// Handles of the circuit's own elements, pins and events, in the order of their ids. The
    /// handles are kept as `WDFOBJECT`: a handle's value does not depend on its type.
    pub(crate) elements: Vec<WDFOBJECT>,
    pub(crate) pins: Vec<WDFOBJECT>,
    pub(crate) events: Vec<WDFOBJECT>,
    pub(crate) engine_pins: EnginePins,
    is_added: bool,
}

impl NewCircuit<'_> {
    pub(crate) fn handle(&self) -> ACXCIRCUIT {
        self.handle
    }

    pub(crate) fn device(&self) -> WDFDEVICE {
        self.site.device
    }

    /// The direction of the audio.
    pub fn direction(&self) -> Direction {
        self.direction
    }

    /// `PASSIVE_LEVEL`.
    pub fn passive(&mut self) -> &mut Passive {
        self.site.passive
    }

    /// Adds the circuit to its device.
    ///
    /// # Errors
    ///
    /// ACX's errors; the circuit is then deleted.
    #[doc(alias = "AcxDeviceRemoveCircuit")]
    #[doc(alias = "AcxDeviceAddCircuit")]
    #[doc(alias = "AcxCircuitAddElements")]
    #[doc(alias = "AcxCircuitAddPins")]
    #[doc(alias = "AcxCircuitAddEvents")]
    pub fn add(mut self) -> Result<()> {
        self.add_to_device()
    }

    /// Like [`add`](Self::add), and publishes the packet sizes that the circuit's endpoint accepts.
    ///
    /// # Errors
    ///
    /// ACX's or the kernel's errors. The circuit may have been added all the same: return the
    /// error.
    pub fn add_endpoint<const N: usize>(mut self, sizes: &PacketSizes<N>) -> Result<()> {
        self.add_to_device()?;
        self.publish(sizes)
    }

    /// Publishes packet sizes of a circuit that was added.
    pub(crate) fn publish<const N: usize>(&self, sizes: &PacketSizes<N>) -> Result<()> {
        if !self.is_added {
            return Err(Error::InvalidState);
        }
        // SAFETY: the device has the circuit, and keeps it at least until this callback returns.
        unsafe { sizes.publish(self.handle, self.site.passive) }
    }

    /// Like [`add`](Self::add), and then lends the circuit to `look`: its parts now have their ids,
    /// and the circuit has a symbolic link.
    ///
    /// # Errors
    ///
    /// The same as [`add`](Self::add).
    pub fn add_then<R>(
        mut self,
        look: impl FnOnce(&CircuitView<'_>, &mut Passive) -> R,
    ) -> Result<R> {
        self.add_to_device()?;
        Ok(self.look(look))
    }

    /// Lends the circuit, which may have been added, to `look`.
    pub(crate) fn look<R>(&mut self, look: impl FnOnce(&CircuitView<'_>, &mut Passive) -> R) -> R {
        // SAFETY: not added, the circuit is ours. Added, the device has it, and keeps it at least
        // until this callback returns.
        let view = unsafe { CircuitView::new(self.handle) };
        look(&view, self.site.passive)
    }

    #[inline(never)]
    fn add_to_device(&mut self) -> Result<()> {
        self.assemble()?;
        self.add_assembled()
    }

    /// Adds a circuit that is assembled.
    pub(crate) fn add_assembled(&mut self) -> Result<()> {
        // SAFETY: created for this device, and not yet added.
        unsafe { self.site.add(self.handle) }?;
        self.is_added = true;
        Ok(())
    }

    /// Assembles a circuit that its device will add itself.
    pub(crate) fn into_assembled(mut self) -> Result<ACXCIRCUIT> {
        self.assemble()?;
        self.is_added = true;
        Ok(self.handle)
    }

    #[inline(never)]
    pub(crate) fn assemble(&mut self) -> Result<()> {
        let count = |length: usize| ULONG::try_from(length).map_err(|_| Error::InvalidParameter);
        let elements = count(self.elements.len())?;
        if elements > 0 {
            let place = self.elements.as_mut_ptr().cast();
            // SAFETY: elements of this circuit, each made and kept once; ACX copies the array.
            check(unsafe { AcxCircuitAddElements(self.handle, place, elements) })?;
        }
        let pins = count(self.pins.len())?;
        // SAFETY: pins of this circuit, each made and kept once; ACX copies the array.
        check(unsafe { AcxCircuitAddPins(self.handle, self.pins.as_mut_ptr().cast(), pins) })?;
        let events = count(self.events.len())?;
        if events > 0 {
            let place = self.events.as_mut_ptr().cast();
            // SAFETY: events of this circuit, each made and kept once; ACX copies the array.
            check(unsafe { AcxCircuitAddEvents(self.handle, place, events) })?;
        }
        Ok(())
    }
}

impl Drop for NewCircuit<'_> {
    fn drop(&mut self) {
        if !self.is_added {
            // SAFETY: created by `create`, and no device took it.
            unsafe { context::delete(self.handle.cast()) };
        }
    }
}

/// The context of a circuit.
///
/// # Safety
///
/// Inside a callback that ACX makes for `handle`, a circuit that `create` made.
unsafe fn state<'a, C: Circuit>(handle: ACXCIRCUIT) -> Result<&'a CircuitContext<C>> {
    // SAFETY: ACX calls back for a live circuit, and not after its cleanup has begun.
    unsafe { context::get::<CircuitContext<C>>(handle.cast()) }.ok_or(Error::InvalidState)
}

/// The driver's value in the context of a circuit.
///
/// # Safety
///
/// The same as [`state`].
unsafe fn circuit<'a, C: Circuit>(handle: ACXCIRCUIT) -> Result<&'a C> {
    // SAFETY: in a callback for this circuit, by the caller's contract.
    unsafe { state::<C>(handle) }.map(|state| &state.circuit)
}

/// A mode's value in the trace: the first number of its GUID.
///
/// # Safety
///
/// `mode` is valid, or null.
unsafe fn named(mode: *const GUID) -> [u32; 2] {
    // SAFETY: as this function demands.
    [unsafe { mode.as_ref() }.map_or(0, |mode| mode.Data1), 0]
}

unsafe extern "C" fn create_stream<C: Circuit>(
    device: WDFDEVICE,
    handle: ACXCIRCUIT,
    pin: ACXPIN,
    init: PACXSTREAM_INIT,
    format: ACXDATAFORMAT,
    mode: *const GUID,
    arguments: ACXOBJECTBAG,
) -> NTSTATUS {
    // SAFETY: a valid GUID during the callback, or null.
    trace::callback(Level::Info, c"EvtAcxCircuitCreateStream", handle, unsafe { named(mode) });
    // SAFETY: EvtAcxCircuitCreateStream is called at PASSIVE_LEVEL; this is its one token.
    let mut passive = unsafe { Passive::assume() };
    // SAFETY: in a callback for this circuit.
    let Ok(state) = (unsafe { state::<C>(handle) }) else { return Error::InvalidState.status() };
    let shared = &*state.shared;
    let site = StreamSite {
        device,
        circuit: handle,
        pin,
        direction: shared.direction,
        loopback: shared.loopback.get().copied(),
        engine: shared.engine.get(),
        arguments,
    };
    // SAFETY: EvtAcxCircuitCreateStream's own arguments, during the callback.
    let request = unsafe { CreateStream::new(site, init, format, mode, &mut passive) };
    status(state.circuit.create_stream(request))
}

unsafe extern "C" fn joins_composite<C: Circuit>(
    _device: WDFDEVICE,
    handle: ACXCIRCUIT,
    properties: ACXOBJECTBAG,
) -> NTSTATUS {
    trace::callback(Level::Info, c"EvtAcxCircuitCompositeCircuitInitialize", handle, [0, 0]);
    // SAFETY: EvtAcxCircuitCompositeCircuitInitialize is called at PASSIVE_LEVEL; this is its one
    // token.
    let mut passive = unsafe { Passive::assume() };
    // SAFETY: the callback's own argument, during the callback.
    let joining = unsafe { JoiningCircuit::new(handle, properties, &mut passive) };
    // SAFETY: in a callback for this circuit.
    let circuit = unsafe { circuit::<C>(handle) };
    status(circuit.and_then(|circuit| circuit.joins_composite(joining)))
}

unsafe extern "C" fn preprocess<C: Circuit>(
    handle: ACXOBJECT,
    _context: ACXCONTEXT,
    request: WDFREQUEST,
) {
    trace::callback(Level::Info, c"EvtAcxObjectPreprocessRequest", handle, [0, 0]);
    let answer = |own: &CircuitContext<C>, request: Request<'_>| own.circuit.preprocess(request);
    // SAFETY: the callback's own arguments.
    unsafe { deliver(handle, request, Recipient::Circuit(handle.cast()), answer) };
}

unsafe extern "C" fn process<C: Circuit>(handle: ACXOBJECT, request: WDFREQUEST) {
    trace::callback(Level::Info, c"EvtAcxObjectProcessRequest", handle, [0, 0]);
    let answer = |own: &CircuitContext<C>, request: Request<'_>| own.circuit.property(request);
    // SAFETY: the callback's own arguments.
    unsafe { deliver(handle, request, Recipient::Driver, answer) };
}

unsafe extern "C" fn process_method<C: Circuit>(handle: ACXOBJECT, request: WDFREQUEST) {
    trace::callback(Level::Info, c"EvtAcxObjectProcessRequest", handle, [0, 0]);
    let answer = |own: &CircuitContext<C>, request: Request<'_>| own.circuit.method(request);
    // SAFETY: the callback's own arguments.
    unsafe { deliver(handle, request, Recipient::Driver, answer) };
}

unsafe extern "C" fn composite_complete<C: CompositeCircuit>(
    device: WDFDEVICE,
    handle: ACXCIRCUIT,
    properties: ACXOBJECTBAG,
) -> NTSTATUS {
    trace::callback(Level::Info, c"EvtAcxCircuitCompositeInitialize", device, [0, 0]);
    // SAFETY: EvtAcxCircuitCompositeInitialize is called at PASSIVE_LEVEL; this is its one token.
    let mut passive = unsafe { Passive::assume() };
    // SAFETY: the callback's own bag, during the callback.
    let properties = unsafe { Bag::lent(properties) };
    // SAFETY: in a callback for this circuit.
    let circuit = unsafe { circuit::<C>(handle) };
    status(circuit.and_then(|own| own.composite_complete(properties.as_ref(), &mut passive)))
}

unsafe extern "C" fn composite_parted<C: CompositeCircuit>(
    device: WDFDEVICE,
    handle: ACXCIRCUIT,
    properties: ACXOBJECTBAG,
) {
    trace::callback(Level::Info, c"EvtAcxCircuitCompositeDeinitialize", device, [0, 0]);
    // SAFETY: EvtAcxCircuitCompositeDeinitialize is called at PASSIVE_LEVEL; this is its one token.
    let mut passive = unsafe { Passive::assume() };
    // SAFETY: the callback's own bag, during the callback.
    let properties = unsafe { Bag::lent(properties) };
    // SAFETY: in a callback for this circuit.
    if let Ok(circuit) = unsafe { circuit::<C>(handle) } {
        circuit.composite_parted(properties.as_ref(), &mut passive);
    }
}

unsafe extern "C" fn prepare_hardware<C: Circuit>(
    device: WDFDEVICE,
    handle: ACXCIRCUIT,
    _raw: WDFCMRESLIST,
    _translated: WDFCMRESLIST,
) -> NTSTATUS {
    trace::callback(Level::Info, c"EvtAcxCircuitPrepareHardware", device, [0, 0]);
    // SAFETY: EvtAcxCircuitPrepareHardware is called at PASSIVE_LEVEL; this is its one token.
    let mut passive = unsafe { Passive::assume() };
    // SAFETY: in a callback for this circuit.
    let circuit = unsafe { circuit::<C>(handle) };
    status(circuit.and_then(|circuit| circuit.prepare_hardware(&mut passive)))
}

unsafe extern "C" fn release_hardware<C: Circuit>(
    device: WDFDEVICE,
    handle: ACXCIRCUIT,
    _translated: WDFCMRESLIST,
) -> NTSTATUS {
    trace::callback(Level::Info, c"EvtAcxCircuitReleaseHardware", device, [0, 0]);
    // SAFETY: EvtAcxCircuitReleaseHardware is called at PASSIVE_LEVEL; this is its one token.
    let mut passive = unsafe { Passive::assume() };
    // SAFETY: in a callback for this circuit.
    let circuit = unsafe { circuit::<C>(handle) };
    status(circuit.and_then(|circuit| circuit.release_hardware(&mut passive)))
}

unsafe extern "C" fn power_up<C: Circuit>(
    _device: WDFDEVICE,
    handle: ACXCIRCUIT,
    previous: WDF_POWER_DEVICE_STATE,
) -> NTSTATUS {
    trace::callback(Level::Info, c"EvtAcxCircuitPowerUp", handle, [previous.cast_unsigned(), 0]);
    // SAFETY: EvtAcxCircuitPowerUp is called at PASSIVE_LEVEL; this is its one token.
    let mut passive = unsafe { Passive::assume() };
    // SAFETY: in a callback for this circuit.
    let circuit = unsafe { circuit::<C>(handle) };
    status(circuit.and_then(|circuit| circuit.power_up(&mut passive)))
}

unsafe extern "C" fn power_down<C: Circuit>(
    _device: WDFDEVICE,
    handle: ACXCIRCUIT,
    target: WDF_POWER_DEVICE_STATE,
) -> NTSTATUS {
    trace::callback(Level::Info, c"EvtAcxCircuitPowerDown", handle, [target.cast_unsigned(), 0]);
    // SAFETY: EvtAcxCircuitPowerDown is called at PASSIVE_LEVEL; this is its one token.
    let mut passive = unsafe { Passive::assume() };
    // SAFETY: in a callback for this circuit.
    let circuit = unsafe { circuit::<C>(handle) };
    status(circuit.and_then(|circuit| circuit.power_down(&mut passive)))
}
