//! Factories: circuits that are created on request, each on its own child device. DDI:
//! AcxFactoryCircuitInitAllocate, AcxFactoryCircuitCreate, AcxDeviceAddFactoryCircuit,
//! ACX_FACTORY_CIRCUIT_OPERATION_CALLBACKS, AcxDeviceDetachCircuit.
//!
//! ACX requests the circuits of an endpoint from a factory ([`CircuitTemplate::made_by`]), and
//! another driver can request one by the factory's symbolic link ([`OpenFactory::add_circuit`]).
//!
//! [`CircuitTemplate::made_by`]: crate::composite::CircuitTemplate::made_by
//! [`OpenFactory::add_circuit`]: crate::opened::OpenFactory::add_circuit
//!
//! ```
//! # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/example/host.rs"));
//! # fn main() { host::run(prepare) }
//! use acx::circuit::{Direction, NewCircuit};
//! use acx::circuit_device::ChildId;
//! use acx::device::PrepareHardware;
//! use acx::factory::{AskedCircuit, Factory, FactoryInit};
//! use acx::guid::{GUID, KSNODETYPE_LINE_CONNECTOR};
//! use acx::{Result, wide};
//!
//! const AMPLIFIERS: GUID = acx::guid!("E9E1CF5B-3C0A-4C2B-9E31-5B8C3F5E2A10");
//!
//! struct Amplifiers;
//!
//! impl Factory for Amplifiers {
//!     fn child(&self, _id: &GUID) -> Result<ChildId<'_>> {
//!         let (device, text) = (wide!(r"Contoso\Amplifier"), wide!("Contoso amplifier"));
//!         Ok(ChildId { device, instance: wide!("0"), text })
//!     }
//!
//!     fn create_circuit<'a>(&self, circuit: AskedCircuit<'a>) -> Result<NewCircuit<'a>> {
//!         let init = circuit.init(Direction::Render, wide!("Amplifier0"))?;
//!         let mut circuit = init.create(host::Still)?;
//!         circuit.bridge_pin(&KSNODETYPE_LINE_CONNECTOR)?;
//!         Ok(circuit)
//!     }
//! }
//!
//! fn prepare(hardware: &mut PrepareHardware<'_>) -> Result<()> {
//!     let init = FactoryInit::new(hardware, wide!("Amplifiers0"), &AMPLIFIERS)?;
//!     init.create(Amplifiers)?.add()
//! }
//! ```

use core::ptr::null_mut;

use acx_sys::*;

use crate::bag::ObjectBag;
use crate::circuit::{CircuitInit, Direction, NewCircuit};
use crate::circuit_device::{ChildId, CircuitDevice};
use crate::debug::Level;
use crate::device::{Device, Parent, PrepareHardware, value_of};
use crate::element::{ElementId, general};
use crate::error::{check, status};
use crate::items::{Method, one};
use crate::once::Once;
use crate::pool::Vec;
use crate::reference::Reference;
use crate::request::{Filter, Property, Recipient, Request, deliver};
use crate::site::Site;
use crate::trace;
use crate::unicode::unicode;
use crate::wdf_text::{copy_of, text_of};
use crate::{Error, Passive, Result, context};

/// A factory's callbacks. ACX calls them at `PASSIVE_LEVEL`.
pub trait Factory: Send + Sync + 'static {
    /// Requests that [`preprocess`](Self::preprocess) sees before ACX.
    #[doc(alias = "AcxFactoryCircuitInitAssignAcxRequestPreprocessCallback")]
    const PREPROCESS: &'static [Filter] = &[];

    /// Driver-defined properties, handled by [`property`](Self::property).
    #[doc(alias = "AcxFactoryCircuitInitAssignProperties")]
    const PROPERTIES: &'static [Property] = &[];

    /// Driver-defined methods, handled by [`method`](Self::method).
    #[doc(alias = "AcxFactoryCircuitInitAssignMethods")]
    const METHODS: &'static [Method] = &[];

    /// EvtAcxFactoryCircuitCreateCircuitDevice: describes the child device for circuit `id`. The
    /// circuit is created next.
    fn child(&self, id: &GUID) -> Result<ChildId<'_>>;

    /// EvtAcxFactoryCircuitCreateCircuit: builds the circuit. Its child device adds it, and keeps
    /// it when its hardware is released and prepared again.
    fn create_circuit<'a>(&self, circuit: AskedCircuit<'a>) -> Result<NewCircuit<'a>>;

    /// EvtAcxFactoryCircuitDeleteCircuitDevice: a created circuit is being removed with its device.
    fn circuit_goes(&self, _passive: &mut Passive) {}

    /// EvtAcxFactoryCircuitPrepareHardware, after EvtDevicePrepareHardware.
    fn prepare_hardware(&self, _passive: &mut Passive) -> Result<()> {
        Ok(())
    }

    /// EvtAcxFactoryCircuitReleaseHardware, before EvtDeviceReleaseHardware.
    fn release_hardware(&self, _passive: &mut Passive) -> Result<()> {
        Ok(())
    }

    /// EvtAcxFactoryCircuitPowerUp, after EvtDeviceD0Entry.
    fn power_up(&self, _passive: &mut Passive) -> Result<()> {
        Ok(())
    }

    /// EvtAcxFactoryCircuitPowerDown, before EvtDeviceD0Exit.
    fn power_down(&self, _passive: &mut Passive) -> Result<()> {
        Ok(())
    }

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
}

/// A circuit that is requested from a factory, during [`create_circuit`](Factory::create_circuit).
pub struct AskedCircuit<'callback> {
    init: PACXCIRCUIT_INIT,
    site: Site<'callback>,
    asked: ACX_FACTORY_CIRCUIT_ADD_CIRCUIT,
}

impl<'callback> AskedCircuit<'callback> {
    /// The requested circuit's id.
    pub fn id(&self) -> GUID {
        self.asked.CircuitUniqueId
    }

    /// `PASSIVE_LEVEL`.
    pub fn passive(&mut self) -> &mut Passive {
        self.site.passive
    }

    /// The properties of the endpoint, in its template.
    ///
    /// # Errors
    ///
    /// ACX's errors.
    pub fn composite_properties(&self) -> Result<Option<ObjectBag>> {
        self.bag(self.asked.CompositeProperties)
    }

    /// The factory's properties in the template.
    ///
    /// # Errors
    ///
    /// ACX's errors.
    pub fn factory_properties(&self) -> Result<Option<ObjectBag>> {
        self.bag(self.asked.FactoryProperties)
    }

    /// The circuit's properties in the template.
    ///
    /// # Errors
    ///
    /// ACX's errors.
    pub fn circuit_properties(&self) -> Result<Option<ObjectBag>> {
        self.bag(self.asked.CircuitProperties)
    }

    fn bag(&self, handle: HANDLE) -> Result<Option<ObjectBag>> {
        if handle.is_null() {
            return Ok(None);
        }
        // SAFETY: ACX's handle of a bag, which is valid while the callback runs.
        unsafe { ObjectBag::of_handle(handle, self.site.passive) }.map(Some)
    }

    /// The symbolic link of the circuit that the new one will be connected to; empty if none is
    /// given.
    ///
    /// # Errors
    ///
    /// [`Error::OutOfMemory`].
    pub fn target_link(&self) -> Result<Vec<u16>> {
        // SAFETY: ACX's string, or null, which is valid while the callback runs.
        match unsafe { self.asked.TargetSymbolicLinkName.as_ref() } {
            // SAFETY: ACX's string, which does not change while the callback runs.
            Some(link) => unsafe { copy_of(link) },
            None => Ok(Vec::new()),
        }
    }

    /// Returns the init object of the circuit. `name` is the reference string of the INF's
    /// AddInterface lines for the child device.
    ///
    /// # Errors
    ///
    /// ACX's errors.
    pub fn init(self, direction: Direction, name: &[u16]) -> Result<CircuitInit<'callback>> {
        // SAFETY: ACX's init object, in EvtAcxFactoryCircuitCreateCircuit, for this device.
        unsafe { CircuitInit::asked_for(self.init, self.site, direction, name) }
    }
}

/// A factory that is about to be created (PACXFACTORYCIRCUIT_INIT). Freed when dropped, used up by
/// [`create`](Self::create).
///
/// It borrows the hardware, with the callback's token, until the factory is added or dropped.
pub struct FactoryInit<'hardware> {
    init: Init,
    site: Site<'hardware>,
}

/// The init object itself. Freed when dropped, unless ACX has taken and cleared it.
struct Init(PACXFACTORYCIRCUIT_INIT);

impl Drop for Init {
    fn drop(&mut self) {
        if !self.0.is_null() {
            // SAFETY: allocated by `FactoryInit::new`; no create has taken it.
            unsafe { AcxFactoryCircuitInitFree(self.0) };
        }
    }
}

impl<'hardware> FactoryInit<'hardware> {
    /// A factory of `hardware`'s device. `name` is the reference string of its interface;
    /// `component` is its id, which templates name.
    ///
    /// # Errors
    ///
    /// ACX's errors.
    #[doc(alias = "AcxFactoryCircuitInitAllocate")]
    #[doc(alias = "AcxFactoryCircuitInitFree")]
    #[doc(alias = "AcxFactoryCircuitInitAssignName")]
    #[doc(alias = "AcxFactoryCircuitInitSetComponentId")]
    pub fn new(
        hardware: &'hardware mut PrepareHardware<'_>,
        name: &[u16],
        component: &GUID,
    ) -> Result<Self> {
        let site = hardware.site();
        // SAFETY: a live device, in its own callback at PASSIVE_LEVEL.
        let init = Init(unsafe { AcxFactoryCircuitInitAllocate(site.device) });
        if init.0.is_null() {
            return Err(Error::OutOfMemory);
        }
        // SAFETY: the init object is ours until a create takes it; ACX copies the GUID.
        unsafe { AcxFactoryCircuitInitSetComponentId(init.0, component) };
        let name = unicode(name)?;
        // SAFETY: the init object is ours until a create takes it; ACX copies the name.
        check(unsafe { AcxFactoryCircuitInitAssignName(init.0, &raw const name) })?;
        Ok(Self { init, site })
    }

    /// Sets the factory's id as a URI, which templates may name.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] for more than 32,767 units; ACX's errors.
    #[doc(alias = "AcxFactoryCircuitInitAssignComponentUri")]
    pub fn component_uri(self, uri: &[u16]) -> Result<Self> {
        let uri = unicode(uri)?;
        // SAFETY: the init object is ours until a create takes it; ACX copies the text.
        check(unsafe { AcxFactoryCircuitInitAssignComponentUri(self.init.0, &raw const uri) })?;
        Ok(self)
    }

    /// Adds interface categories for the factory, beside ACX's own.
    ///
    /// # Errors
    ///
    /// ACX's errors.
    #[doc(alias = "AcxFactoryCircuitInitAssignCategories")]
    pub fn categories(self, categories: &[GUID]) -> Result<Self> {
        let count = ULONG::try_from(categories.len()).map_err(|_| Error::InvalidParameter)?;
        let place = categories.as_ptr();
        // SAFETY: the init object is ours until a create takes it; ACX copies the GUIDs.
        check(unsafe { AcxFactoryCircuitInitAssignCategories(self.init.0, place, count) })?;
        Ok(self)
    }

    /// Creates the factory with `factory` as its context, which also creates its circuits.
    ///
    /// # Errors
    ///
    /// ACX's errors.
    #[doc(alias = "AcxFactoryCircuitCreate")]
    #[doc(alias = "AcxFactoryCircuitInitSetOperationCallbacks")]
    #[doc(alias = "AcxFactoryCircuitInitSetAcxCircuitPnpPowerCallbacks")]
    pub fn create<F: Factory>(mut self, factory: F) -> Result<NewFactory<'hardware>> {
        let mut operations = ACX_FACTORY_CIRCUIT_OPERATION_CALLBACKS::default();
        ACX_FACTORY_CIRCUIT_OPERATION_CALLBACKS_INIT(&mut operations);
        operations.EvtAcxFactoryCircuitCreateCircuitDevice = Some(create_device::<F>);
        operations.EvtAcxFactoryCircuitCreateCircuit = Some(create_circuit::<F>);
        operations.EvtAcxFactoryCircuitDeleteCircuitDevice = Some(delete_device::<F>);
        let mut power = ACX_FACTORY_CIRCUIT_PNPPOWER_CALLBACKS::default();
        ACX_FACTORY_CIRCUIT_PNPPOWER_CALLBACKS_INIT(&mut power);
        power.EvtAcxFactoryCircuitPrepareHardware = Some(prepare_hardware::<F>);
        power.EvtAcxFactoryCircuitReleaseHardware = Some(release_hardware::<F>);
        power.EvtAcxFactoryCircuitPowerUp = Some(power_up::<F>);
        power.EvtAcxFactoryCircuitPowerDown = Some(power_down::<F>);
        let init = self.init.0;
        // SAFETY: the init object is ours until a create takes it; ACX copies the callbacks.
        unsafe { AcxFactoryCircuitInitSetOperationCallbacks(init, &raw mut operations) };
        // SAFETY: the init object is ours until a create takes it; ACX copies the callbacks.
        unsafe { AcxFactoryCircuitInitSetAcxCircuitPnpPowerCallbacks(init, &raw mut power) };
        self.assign_items::<F>()?;
        let device = self.site.device;
        let place = &raw mut self.init.0;
        let create = |attributes: &mut WDF_OBJECT_ATTRIBUTES, handle: &mut ACXFACTORYCIRCUIT| {
            // SAFETY: the init object is ours, and ACX takes and clears it if it succeeds; the
            // device is alive in its own callback.
            unsafe { AcxFactoryCircuitCreate(device, attributes, place, handle) }
        };
        // SAFETY: `create` makes a new object with the attributes it gets.
        let handle = unsafe {
            let none = null_mut();
            context::create(none, factory, none.cast(), <*mut ACXFACTORYCIRCUIT__>::cast, create)
        }?;
        let Self { site, .. } = self;
        Ok(NewFactory { handle, site, elements: Vec::new(), is_added: false })
    }

    fn assign_items<F: Factory>(&self) -> Result<()> {
        for property in F::PROPERTIES {
            let mut item = property.item(Some(process::<F>));
            let (place, count) = one(&mut item);
            // SAFETY: the init object is ours until a create takes it; ACX copies the item and its
            // GUID.
            check(unsafe { AcxFactoryCircuitInitAssignProperties(self.init.0, place, count) })?;
        }
        for method in F::METHODS {
            let mut item = method.item(Some(process_method::<F>));
            let (place, count) = one(&mut item);
            // SAFETY: the init object is ours until a create takes it; ACX copies the item and its
            // GUID.
            check(unsafe { AcxFactoryCircuitInitAssignMethods(self.init.0, place, count) })?;
        }
        for filter in F::PREPROCESS {
            let (request_type, set, id) = filter.parts();
            // SAFETY: the init object is ours until a create takes it; ACX copies the GUID.
            check(unsafe {
                AcxFactoryCircuitInitAssignAcxRequestPreprocessCallback(
                    self.init.0,
                    Some(preprocess::<F>),
                    null_mut(),
                    request_type,
                    set,
                    id,
                )
            })?;
        }
        Ok(())
    }
}

/// A factory that is not yet added to its device. Deleted when dropped.
pub struct NewFactory<'hardware> {
    handle: ACXFACTORYCIRCUIT,
    site: Site<'hardware>,
    elements: Vec<ACXELEMENT>,
    is_added: bool,
}

impl NewFactory<'_> {
    /// `PASSIVE_LEVEL`.
    pub fn passive(&mut self) -> &mut Passive {
        self.site.passive
    }

    /// A driver-defined element, with the properties and methods of `handler`.
    ///
    /// # Errors
    ///
    /// ACX's errors.
    #[doc(alias = "AcxFactoryCircuitAddElements")]
    pub fn element<H: crate::items::Handler>(
        &mut self,
        id: ElementId<'_>,
        handler: H,
    ) -> Result<&mut Self> {
        // SAFETY: the factory is alive while it is being built, at PASSIVE_LEVEL by its token.
        let handle = unsafe { general(self.handle.cast(), id, handler) }?;
        self.elements.push(handle)?;
        Ok(self)
    }

    /// The symbolic link of its interface, by which other drivers open it.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidState`] if there is none; [`Error::OutOfMemory`].
    #[doc(alias = "AcxFactoryCircuitGetSymbolicLinkName")]
    pub fn link(&self) -> Result<Vec<u16>> {
        // SAFETY: the factory is alive while it is being built, at PASSIVE_LEVEL by its token. The
        // function takes it as a circuit handle.
        let string = unsafe { AcxFactoryCircuitGetSymbolicLinkName(self.handle.cast()) };
        if string.is_null() {
            return Err(Error::InvalidState);
        }
        // SAFETY: the factory's own string, which lasts as long as it and does not change.
        unsafe { text_of(string) }
    }

    /// Adds the factory to its device. It is removed when the hardware is released.
    ///
    /// # Errors
    ///
    /// ACX's errors; the factory is then deleted.
    #[doc(alias = "AcxDeviceAddFactoryCircuit")]
    #[doc(alias = "AcxDeviceRemoveFactoryCircuit")]
    pub fn add(mut self) -> Result<()> {
        let count = ULONG::try_from(self.elements.len()).map_err(|_| Error::InvalidParameter)?;
        if count > 0 {
            let place = self.elements.as_mut_ptr();
            // SAFETY: elements of this factory, each made and kept once; ACX copies the array.
            check(unsafe { AcxFactoryCircuitAddElements(self.handle, place, count) })?;
        }
        // SAFETY: created for this device, and not yet added.
        unsafe { self.site.add_factory(self.handle) }?;
        self.is_added = true;
        Ok(())
    }
}

impl Drop for NewFactory<'_> {
    fn drop(&mut self) {
        if !self.is_added {
            // SAFETY: created by `create`, and no device took it.
            unsafe { context::delete(self.handle.cast()) };
        }
    }
}

/// The child device of a circuit that a factory created. It adds the circuit when its hardware is
/// prepared and detaches it when that is released, so the circuit still exists if the hardware is
/// prepared again.
#[derive(Default)]
struct Made {
    circuit: Once<Reference>,
    device: Once<Parent>,
}

impl Device for Made {
    #[doc(alias = "AcxDeviceAddCircuit")]
    fn prepare_hardware(&self, hardware: &mut PrepareHardware<'_>) -> Result<()> {
        let circuit = self.circuit.get().and_then(Reference::alive).ok_or(Error::InvalidState)?;
        let _ = self.device.set(hardware.parent());
        // SAFETY: in EvtDevicePrepareHardware of the device that the circuit was created for, to
        // which it is not added: it was created just now, or detached when the hardware was
        // released.
        check(unsafe { AcxDeviceAddCircuit(hardware.site().device, circuit.cast()) })
    }

    #[doc(alias = "AcxDeviceDetachCircuit")]
    fn release_hardware(&self, _passive: &mut Passive) {
        let device = self.device.get().and_then(|device| device.alive().ok());
        let circuit = self.circuit.get().and_then(Reference::alive);
        if let (Some(device), Some(circuit)) = (device, circuit) {
            // SAFETY: in EvtDeviceReleaseHardware of the device that has the circuit.
            let detached = check(unsafe { AcxDeviceDetachCircuit(device, circuit.cast()) });
            if detached.is_err() {
                // Detaching failed, so the circuit is removed and cannot be added again. On an
                // error it is left to the device's deletion.
                // SAFETY: in EvtDeviceReleaseHardware of the device that has the circuit.
                let _ = unsafe { AcxDeviceRemoveCircuit(device, circuit.cast()) };
            }
        }
    }
}

/// The driver's value in the context of a factory.
///
/// # Safety
///
/// Inside a callback that ACX makes for `factory`, which [`FactoryInit::create`] made.
unsafe fn own<'a, F: Factory>(factory: ACXFACTORYCIRCUIT) -> Result<&'a F> {
    // SAFETY: ACX calls back for a live factory, and not after its cleanup has begun.
    unsafe { context::get::<F>(factory.cast()) }.ok_or(Error::InvalidState)
}

unsafe extern "C" fn create_device<F: Factory>(
    parent: WDFDEVICE,
    factory: ACXFACTORYCIRCUIT,
    asked: PACX_FACTORY_CIRCUIT_ADD_CIRCUIT,
    out: *mut WDFDEVICE,
) -> NTSTATUS {
    trace::callback(Level::Info, c"EvtAcxFactoryCircuitCreateCircuitDevice", parent, [0, 0]);
    // SAFETY: EvtAcxFactoryCircuitCreateCircuitDevice is called at PASSIVE_LEVEL; this is its one
    // token.
    let mut passive = unsafe { Passive::assume() };
    // SAFETY: ACX's own argument, which is valid while the callback runs.
    let id = unsafe { (*asked).CircuitUniqueId };
    // SAFETY: the parent is alive in its factory's callback.
    let parent = unsafe { Parent::new(parent) };
    // SAFETY: in a callback for this factory.
    let made = unsafe { own::<F>(factory) }
        .and_then(|own| parent.create_child(&own.child(&id)?, Made::default(), &mut passive));
    status(made.map(|child| {
        // SAFETY: ACX's own output parameter.
        unsafe { out.write(child) };
    }))
}

unsafe extern "C" fn create_circuit<F: Factory>(
    parent: WDFDEVICE,
    device: WDFDEVICE,
    factory: ACXFACTORYCIRCUIT,
    asked: PACX_FACTORY_CIRCUIT_ADD_CIRCUIT,
    init: PACXCIRCUIT_INIT,
) -> NTSTATUS {
    trace::callback(Level::Info, c"EvtAcxFactoryCircuitCreateCircuit", parent, [0, 0]);
    // SAFETY: EvtAcxFactoryCircuitCreateCircuit is called at PASSIVE_LEVEL; this is its one token.
    let mut passive = unsafe { Passive::assume() };
    let mut added = Vec::new();
    let site = Site { device, passive: &mut passive, added: &mut added };
    // SAFETY: ACX's own argument, which is valid while the callback runs.
    let asked = AskedCircuit { init, site, asked: unsafe { asked.read() } };
    // SAFETY: the child device that `create_device` made is alive in this callback.
    let made = unsafe { value_of::<Made>(device) };
    // SAFETY: in a callback for this factory.
    let circuit = unsafe { own::<F>(factory) }.and_then(|own| own.create_circuit(asked));
    status(circuit.and_then(|circuit| {
        if circuit.device() != device {
            return Err(Error::InvalidParameter);
        }
        let handle = circuit.into_assembled()?;
        // SAFETY: created just now; its device is alive.
        made?.circuit.set(unsafe { Reference::new(handle.cast()) })
    }))
}

unsafe extern "C" fn delete_device<F: Factory>(
    parent: WDFDEVICE,
    factory: ACXFACTORYCIRCUIT,
    device: WDFDEVICE,
) -> NTSTATUS {
    trace::callback(Level::Info, c"EvtAcxFactoryCircuitDeleteCircuitDevice", parent, [0, 0]);
    // SAFETY: EvtAcxFactoryCircuitDeleteCircuitDevice is called at PASSIVE_LEVEL; this is its one
    // token.
    let mut passive = unsafe { Passive::assume() };
    // SAFETY: in a callback for this factory.
    if let Ok(own) = unsafe { own::<F>(factory) } {
        own.circuit_goes(&mut passive);
    }
    // SAFETY: a device and its child, which are alive in this callback.
    unsafe { CircuitDevice::new(parent, device) }.remove(&passive);
    STATUS_SUCCESS
}

unsafe extern "C" fn prepare_hardware<F: Factory>(
    device: WDFDEVICE,
    factory: ACXFACTORYCIRCUIT,
    _raw: WDFCMRESLIST,
    _translated: WDFCMRESLIST,
) -> NTSTATUS {
    trace::callback(Level::Info, c"EvtAcxFactoryCircuitPrepareHardware", device, [0, 0]);
    // SAFETY: EvtAcxFactoryCircuitPrepareHardware is called at PASSIVE_LEVEL; this is its one
    // token.
    let mut passive = unsafe { Passive::assume() };
    // SAFETY: in a callback for this factory.
    let own = unsafe { own::<F>(factory) };
    status(own.and_then(|own| own.prepare_hardware(&mut passive)))
}

unsafe extern "C" fn release_hardware<F: Factory>(
    device: WDFDEVICE,
    factory: ACXFACTORYCIRCUIT,
    _translated: WDFCMRESLIST,
) -> NTSTATUS {
    trace::callback(Level::Info, c"EvtAcxFactoryCircuitReleaseHardware", device, [0, 0]);
    // SAFETY: EvtAcxFactoryCircuitReleaseHardware is called at PASSIVE_LEVEL; this is its one
    // token.
    let mut passive = unsafe { Passive::assume() };
    // SAFETY: in a callback for this factory.
    let own = unsafe { own::<F>(factory) };
    status(own.and_then(|own| own.release_hardware(&mut passive)))
}

unsafe extern "C" fn power_up<F: Factory>(
    device: WDFDEVICE,
    factory: ACXFACTORYCIRCUIT,
    _previous: WDF_POWER_DEVICE_STATE,
) -> NTSTATUS {
    trace::callback(Level::Info, c"EvtAcxFactoryCircuitPowerUp", device, [0, 0]);
    // SAFETY: EvtAcxFactoryCircuitPowerUp is called at PASSIVE_LEVEL; this is its one token.
    let mut passive = unsafe { Passive::assume() };
    // SAFETY: in a callback for this factory.
    let own = unsafe { own::<F>(factory) };
    status(own.and_then(|own| own.power_up(&mut passive)))
}

unsafe extern "C" fn power_down<F: Factory>(
    device: WDFDEVICE,
    factory: ACXFACTORYCIRCUIT,
    _target: WDF_POWER_DEVICE_STATE,
) -> NTSTATUS {
    trace::callback(Level::Info, c"EvtAcxFactoryCircuitPowerDown", device, [0, 0]);
    // SAFETY: EvtAcxFactoryCircuitPowerDown is called at PASSIVE_LEVEL; this is its one token.
    let mut passive = unsafe { Passive::assume() };
    // SAFETY: in a callback for this factory.
    let own = unsafe { own::<F>(factory) };
    status(own.and_then(|own| own.power_down(&mut passive)))
}

unsafe extern "C" fn preprocess<F: Factory>(
    factory: ACXOBJECT,
    _context: ACXCONTEXT,
    request: WDFREQUEST,
) {
    trace::callback(Level::Info, c"EvtAcxObjectPreprocessRequest", factory, [0, 0]);
    // ACX takes a factory's request back under a circuit handle.
    let answer = |own: &F, request: Request<'_>| own.preprocess(request);
    // SAFETY: the callback's own arguments.
    unsafe { deliver(factory, request, Recipient::Circuit(factory.cast()), answer) };
}

unsafe extern "C" fn process<F: Factory>(factory: ACXOBJECT, request: WDFREQUEST) {
    trace::callback(Level::Info, c"EvtAcxObjectProcessRequest", factory, [0, 0]);
    let answer = |own: &F, request: Request<'_>| own.property(request);
    // SAFETY: the callback's own arguments.
    unsafe { deliver(factory, request, Recipient::Driver, answer) };
}

unsafe extern "C" fn process_method<F: Factory>(factory: ACXOBJECT, request: WDFREQUEST) {
    trace::callback(Level::Info, c"EvtAcxObjectProcessRequest", factory, [0, 0]);
    let answer = |own: &F, request: Request<'_>| own.method(request);
    // SAFETY: the callback's own arguments.
    unsafe { deliver(factory, request, Recipient::Driver, answer) };
}
