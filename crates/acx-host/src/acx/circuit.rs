//! Circuits. Source: acxcircuit.h pages.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::{Rc, Weak};

use acx_sys::*;

use crate::acx::arguments::{guid_bytes, handles, same, sized};
use crate::acx::assumptions::{self, RemovedCircuits};
use crate::acx::connection::{self, Connection};
use crate::acx::element::{self, Element, ElementKind};
use crate::acx::event::Event;
use crate::acx::item::{self, Item};
use crate::acx::pin::{self, Pin};
use crate::acx::preprocess::Preprocess;
use crate::acx::stops::Stops;
use crate::kernel::Kernel;
use crate::kernel::abi::status;
use crate::kernel::abi::{self, read, write};
use crate::kernel::failure;
use crate::kernel::function::entries;
use crate::kernel::gate::Gate;
use crate::kernel::interface::Interfaces;
use crate::kernel::interface::{Enabling, Interface, link};
use crate::kernel::loaded;
use crate::kernel::object;
use crate::kernel::object::{Object, Ref};
use crate::kernel::report::Rule;
use crate::wdf::data::Text;
use crate::wdf::device::Device;

/// A driver's description of a circuit before its creation.
#[derive(Default)]
pub(crate) struct CircuitInit {
    device: usize,
    /// The number of the driver that it is for.
    owner: u32,
    component: Cell<Option<GUID>>,
    name: RefCell<Option<String>>,
    kind: Cell<ACX_CIRCUIT_TYPE>,
    callbacks: Cell<Option<ACX_CIRCUIT_PNPPOWER_CALLBACKS>>,
    create_stream: Cell<PFN_ACX_CIRCUIT_CREATE_STREAM>,
    preprocess: RefCell<Vec<Preprocess>>,
    categories: RefCell<Vec<GUID>>,
    uri: RefCell<Option<String>>,
    items: RefCell<Vec<Item>>,
    composite: Cell<Option<ACX_CIRCUIT_COMPOSITE_CALLBACKS>>,
    own_bridges: Cell<bool>,
    /// ACX lent it to a callback, and frees it.
    is_lent: Cell<bool>,
}

/// A circuit: one KS filter.
pub(crate) struct Circuit {
    pub(crate) device: usize,
    pub(crate) name: String,
    pub(crate) component: GUID,
    pub(crate) uri: Option<String>,
    /// The id that clients use to listen for PnP events of modules.
    pub(crate) notification: GUID,
    pub(crate) items: Vec<Item>,
    pub(crate) composite: Option<ACX_CIRCUIT_COMPOSITE_CALLBACKS>,
    /// The driver adds streams of composite endpoints to bridges itself.
    pub(crate) own_bridges: bool,
    pub(crate) connections: RefCell<Vec<Connection>>,
    /// The number of times that the driver stopped its requests.
    pub(crate) stops: Stops,
    pub(crate) kind: ACX_CIRCUIT_TYPE,
    own_categories: Vec<GUID>,
    pub(crate) callbacks: Option<ACX_CIRCUIT_PNPPOWER_CALLBACKS>,
    pub(crate) create_stream: PFN_ACX_CIRCUIT_CREATE_STREAM,
    pub(crate) pins: RefCell<Vec<Ref<Pin>>>,
    pub(crate) elements: RefCell<Vec<Ref<Element>>>,
    pub(crate) events: RefCell<Vec<Ref<Event>>>,
    pub(crate) preprocess: Vec<Preprocess>,
    /// No callback of it has failed.
    pub(crate) usable: Cell<bool>,
    /// Its device has removed it; clients may still have it open.
    pub(crate) removed: Cell<bool>,
    /// The way in which it left its device.
    pub(crate) left: Cell<Option<Leaving>>,
    /// It is deleted when the last stream on it is closed.
    ends: Cell<bool>,
    /// The gate that serializes its requests.
    pub(crate) gate: Gate,
}

/// The circuits of a machine.
#[derive(Default)]
pub(crate) struct Circuits {
    /// Circuits that were removed and could be added again.
    removed: RefCell<Vec<Weak<Object>>>,
    /// Circuits whose interfaces are registered, in the order they were added.
    pub(crate) all: RefCell<Vec<Rc<Object>>>,
    inits: RefCell<Vec<Rc<CircuitInit>>>,
    /// Strings with the links of objects, by the object's handle.
    link_names: RefCell<HashMap<usize, usize>>,
}

impl Circuit {
    /// The interface classes by which it is found: its own, or ACX's for its type.
    pub(crate) fn categories(&self) -> Vec<GUID> {
        if !self.own_categories.is_empty() {
            return self.own_categories.clone();
        }
        let mut all = vec![KSCATEGORY_AUDIO, KSCATEGORY_REALTIME, KSCATEGORY_TOPOLOGY];
        match self.kind {
            _ACX_CIRCUIT_TYPE::AcxCircuitTypeRender => all.push(KSCATEGORY_RENDER),
            _ACX_CIRCUIT_TYPE::AcxCircuitTypeCapture => all.push(KSCATEGORY_CAPTURE),
            _ => {}
        }
        all
    }

    /// All its interface classes, including ACX's own, by which circuits find each other.
    fn classes(&self) -> Vec<GUID> {
        let mut all = self.categories();
        all.push(KSCATEGORY_ACXCIRCUIT);
        all
    }

    pub(crate) fn element(&self, id: u32) -> Option<Ref<Element>> {
        self.elements.borrow().iter().find(|element| element.id() == Some(id)).cloned()
    }

    pub(crate) fn pin(&self, id: u32) -> Option<Ref<Pin>> {
        self.pins.borrow().iter().find(|pin| pin.id.get() == Some(id)).cloned()
    }

    /// The engine, if it has one.
    pub(crate) fn engine(&self) -> Option<Ref<Element>> {
        let elements = self.elements.borrow();
        elements
            .iter()
            .find(|element| matches!(element.kind, ElementKind::AudioEngine(..)))
            .cloned()
    }
}

/// At unload no init object may be left: each is used up or freed.
pub(crate) fn check_inits(kernel: &Kernel, driver: u32) {
    for _ in loaded::take(&kernel.part::<Circuits>().inits, |init| init.owner == driver) {
        let what = "a PACXCIRCUIT_INIT was neither used up nor freed".to_owned();
        kernel.violate(Rule::ObjectLeak, what);
    }
}

/// Adds the circuit to its device, and registers its interface.
pub(crate) fn add(kernel: &Kernel, device: usize, circuit: usize) -> Result<(), NTSTATUS> {
    let circuit = object::get::<Circuit>(kernel, circuit)?;
    if circuit.device != device {
        kernel.violate(Rule::WrongParent, "a circuit was added to another device".to_owned());
        return Err(STATUS_INVALID_PARAMETER);
    }
    if !circuit.object().is_alive() {
        return Err(STATUS_DELETE_PENDING);
    }
    let streams = circuit.pins.borrow().iter().any(|pin| pin.is_streaming());
    if streams && circuit.create_stream.is_none() {
        let what = "a circuit with a streaming pin, without EvtAcxCircuitCreateStream".to_owned();
        kernel.violate(Rule::BadArgument, what);
        return Err(STATUS_INVALID_DEVICE_STATE);
    }
    // It may have existed before a rebalance.
    circuit.removed.set(false);
    circuit.object().unprotect();
    let all = &kernel.part::<Circuits>().all;
    let is_there = |has: &dyn Fn(&Circuit) -> bool| {
        let all = all.borrow();
        let mut all = all.iter().filter_map(|other| other.body::<Circuit>());
        all.any(|other| other.device == device && has(other))
    };
    if is_there(&|other| other.name == circuit.name) {
        return Err(STATUS_OBJECT_NAME_COLLISION);
    }
    let is_double =
        circuit.uri.is_none() && is_there(&|other| same(&other.component, &circuit.component));
    all.borrow_mut().push(circuit.object().clone());
    if is_double {
        let what = format!("circuit {} has the component id of another circuit", circuit.name);
        kernel.violate(Rule::BadArgument, what);
    }
    complete(kernel, &circuit)?;
    replace(kernel, &circuit);
    let device = object::get::<Device>(kernel, device)?;
    for category in circuit.classes() {
        let class = guid_bytes(&category);
        let link = link(&device.instance, class, &circuit.name);
        kernel.part::<Interfaces>().register(Interface {
            link,
            class,
            device: device.handle(),
            // Its device is about to start.
            enabled: false,
            enabling: Enabling::EveryStart,
        });
    }
    Ok(())
}

/// A circuit replaces a removed one, which can then never be added again and is deleted.
fn replace(kernel: &Kernel, circuit: &Ref<Circuit>) {
    let mut gone = Vec::new();
    kernel.part::<Circuits>().removed.borrow_mut().retain(|other| {
        let Some(other) = other.upgrade().and_then(Ref::<Circuit>::of) else { return false };
        if other.device != circuit.device || other.name != circuit.name {
            return true;
        }
        // It is back itself, or replaced.
        if other.handle() != circuit.handle() {
            gone.push(other);
        }
        false
    });
    for other in gone {
        other.ends.set(true);
        delete_if_unused(kernel, &other);
    }
}

/// A circuit has at least one sink and one source: ACX creates a missing one.
fn complete(kernel: &Kernel, circuit: &Ref<Circuit>) -> Result<(), NTSTATUS> {
    for kind in [_ACX_PIN_TYPE::AcxPinTypeSink, _ACX_PIN_TYPE::AcxPinTypeSource] {
        let mut pins = circuit.pins.borrow_mut();
        if !pins.iter().any(|pin| pin.kind == kind) {
            let pin = pin::of_acx(kernel, circuit.object(), kind)?;
            pin.id.set(Some(pin::next_id(&pins, &pin)?));
            pins.push(pin);
        }
    }
    Ok(())
}

/// Enables or disables the interfaces by which clients find a circuit; ACX's own stays.
pub(crate) fn show(kernel: &Kernel, circuit: &Circuit, visible: bool) {
    for link in links(kernel, circuit) {
        kernel.part::<Interfaces>().enable(&link, visible);
    }
}

/// The links of a circuit, that of its audio interface first.
pub(crate) fn links(kernel: &Kernel, circuit: &Circuit) -> Vec<String> {
    let Ok(device) = object::get::<Device>(kernel, circuit.device) else {
        return Vec::new();
    };
    let mut categories = circuit.categories();
    categories.sort_by_key(|category| !same(category, &KSCATEGORY_AUDIO));
    let of = |category: &GUID| link(&device.instance, guid_bytes(category), &circuit.name);
    categories.iter().map(of).collect()
}

/// The link of ACX's own interface of a circuit.
fn own_link(kernel: &Kernel, circuit: &Circuit) -> Option<String> {
    let device = object::get::<Device>(kernel, circuit.device).ok()?;
    Some(link(&device.instance, guid_bytes(&KSCATEGORY_ACXCIRCUIT), &circuit.name))
}

/// The circuit's interfaces are gone.
pub(crate) fn forget_links(kernel: &Kernel, circuit: &Circuit) {
    for link in links(kernel, circuit).into_iter().chain(own_link(kernel, circuit)) {
        kernel.part::<Interfaces>().forget_link(&link);
    }
}

/// How a circuit leaves its device.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Leaving {
    /// ACX deletes it.
    Removed,
    /// The driver deletes it, or it goes with its device.
    Detached,
}

/// Handles a circuit that has left its device, by the assumption about its deletion.
pub(crate) fn left(kernel: &Kernel, circuit: &Ref<Circuit>, how: Leaving) {
    circuit.left.set(Some(how));
    if how == Leaving::Detached {
        return;
    }
    circuit.object().protect();
    kernel.part::<Circuits>().removed.borrow_mut().push(Rc::downgrade(circuit.object()));
    if assumptions::of(kernel).removed_circuits == RemovedCircuits::Deleted {
        circuit.ends.set(true);
        delete_if_unused(kernel, circuit);
    }
}

/// Deletes a circuit that is marked for deletion and has no stream. Its handle and context stay
/// valid until its device is gone.
pub(crate) fn delete_if_unused(kernel: &Kernel, circuit: &Ref<Circuit>) {
    let is_free = circuit.pins.borrow().iter().all(|pin| pin.streams.borrow().is_empty());
    if !circuit.ends.get() || !is_free || !circuit.object().is_alive() {
        return;
    }
    let own = circuit.object().clone();
    object::reference(&own);
    if let Some(device) = own.parent() {
        let kept = own.clone();
        device.on_delete(move |kernel| object::dereference(kernel, &kept));
    }
    object::delete(kernel, &own);
}

/// An id that no other circuit has.
fn notification(kernel: &Kernel) -> GUID {
    GUID { Data1: 0x0ACE_0001, Data4: kernel.next_number().to_be_bytes(), ..GUID::default() }
}

/// The circuit of an interface, whether that is enabled or not.
pub(crate) fn find(kernel: &Kernel, name: &str) -> Option<Ref<Circuit>> {
    let interface = kernel.part::<Interfaces>().find(name)?;
    let reference = interface.link.rsplit('\\').next().unwrap_or_default();
    let circuits = kernel.part::<Circuits>().all.borrow();
    let mut circuits = circuits.iter().filter_map(|object| Ref::<Circuit>::of(object.clone()));
    circuits.find(|circuit| circuit.device == interface.device && circuit.name == reference)
}

fn init(kernel: &Kernel, address: PACXCIRCUIT_INIT) -> Result<Rc<CircuitInit>, NTSTATUS> {
    let is_it = |init: &&Rc<CircuitInit>| std::ptr::eq(Rc::as_ptr(init), address.cast());
    let found = kernel.part::<Circuits>().inits.borrow().iter().find(is_it).cloned();
    found.ok_or_else(|| {
        kernel.violate(Rule::WrongHandle, "a circuit init that is none (any more)".to_owned());
        STATUS_INVALID_PARAMETER
    })
}

pub(crate) fn forget(kernel: &Kernel, address: PACXCIRCUIT_INIT) {
    let mut inits = kernel.part::<Circuits>().inits.borrow_mut();
    inits.retain(|init| !std::ptr::eq(Rc::as_ptr(init), address.cast()));
}

/// A new init object.
fn allocate(kernel: &Kernel, device: &Rc<Object>) -> PACXCIRCUIT_INIT {
    let (device, owner) = (device.handle(), device.owner());
    let init = Rc::new(CircuitInit { device, owner, ..CircuitInit::default() });
    let address = Rc::as_ptr(&init).cast_mut().cast();
    kernel.part::<Circuits>().inits.borrow_mut().push(init);
    address
}

/// The init object of a circuit that ACX asks a factory for: ACX frees it.
pub(crate) fn lend(kernel: &Kernel, device: &Rc<Object>) -> PACXCIRCUIT_INIT {
    let address = allocate(kernel, device);
    if let Ok(init) = init(kernel, address) {
        init.is_lent.set(true);
    }
    address
}

/// The requested identity of a factory's circuit.
pub(crate) fn identify(kernel: &Kernel, address: PACXCIRCUIT_INIT, component: GUID) {
    if let Ok(init) = init(kernel, address) {
        init.component.set(Some(component));
    }
}

/// A string object with a link, which `owner` keeps; the same object each time.
pub(crate) fn link_name(kernel: &Kernel, owner: &Rc<Object>, link: &str) -> WDFSTRING {
    let known = kernel.part::<Circuits>().link_names.borrow().get(&owner.handle()).copied();
    let name = known.or_else(|| {
        let text = crate::kernel::interface::kernel_form(link);
        let none = std::ptr::null_mut();
        let string = crate::wdf::data::new_text(kernel, none, Some(owner), &text).ok()?;
        kernel.part::<Circuits>().link_names.borrow_mut().insert(owner.handle(), string.handle());
        Some(string.handle())
    });
    name.map_or(std::ptr::null_mut(), |name| name as WDFSTRING)
}

fn get(kernel: &Kernel, circuit: ACXCIRCUIT) -> Result<Ref<Circuit>, NTSTATUS> {
    object::get::<Circuit>(kernel, circuit as usize)
}

fn create(
    kernel: &Kernel,
    device: WDFDEVICE,
    address: PACXCIRCUIT_INIT,
    attributes: PWDF_OBJECT_ATTRIBUTES,
) -> Result<Rc<Object>, NTSTATUS> {
    let init = init(kernel, address)?;
    let parent = object::get::<Device>(kernel, device as usize)?;
    let name = init.name.borrow().clone();
    let uri = init.uri.borrow().clone();
    let has_identity = init.component.get().is_some() || uri.is_some();
    let Some(name) = name.filter(|_| has_identity) else {
        let what = "a circuit needs a name, and a component id or URI".to_owned();
        kernel.violate(Rule::BadArgument, what);
        return Err(STATUS_INVALID_DEVICE_STATE);
    };
    let component = init.component.get().unwrap_or_default();
    if init.device != parent.handle() {
        return Err(STATUS_INVALID_PARAMETER);
    }
    let circuit = Circuit {
        device: parent.handle(),
        name,
        component,
        uri,
        notification: notification(kernel),
        items: init.items.take(),
        composite: init.composite.get(),
        own_bridges: init.own_bridges.get(),
        connections: RefCell::default(),
        stops: Stops::default(),
        kind: init.kind.get(),
        own_categories: init.categories.take(),
        callbacks: init.callbacks.get(),
        create_stream: init.create_stream.get(),
        pins: RefCell::default(),
        elements: RefCell::default(),
        events: RefCell::default(),
        preprocess: init.preprocess.take(),
        usable: Cell::new(true),
        removed: Cell::new(false),
        left: Cell::default(),
        ends: Cell::default(),
        gate: Gate::default(),
    };
    object::create(kernel, "ACXCIRCUIT", circuit, attributes, Some(parent.object()))
}

fn AcxCircuitInitAllocate(kernel: &Kernel, device: WDFDEVICE) -> PACXCIRCUIT_INIT {
    let Ok(device) = object::get::<Device>(kernel, device as usize) else {
        return std::ptr::null_mut();
    };
    if failure::fails(kernel, "AcxCircuitInitAllocate") {
        return std::ptr::null_mut();
    }
    allocate(kernel, device.object())
}

fn AcxCircuitInitFree(kernel: &Kernel, address: PACXCIRCUIT_INIT) {
    let Ok(init) = init(kernel, address) else { return };
    if init.is_lent.get() {
        kernel.violate(Rule::BadArgument, "ACX's own circuit init was freed".to_owned());
        return;
    }
    forget(kernel, address);
}

fn AcxCircuitInitSetComponentId(
    kernel: &Kernel,
    address: PACXCIRCUIT_INIT,
    component: *const GUID,
) {
    if let Ok(init) = init(kernel, address) {
        init.component.set(read(component));
    }
}

fn AcxCircuitInitAssignName(
    kernel: &Kernel,
    address: PACXCIRCUIT_INIT,
    name: PCUNICODE_STRING,
) -> NTSTATUS {
    let Some(name) = abi::text(name).filter(|name| !name.is_empty()) else {
        return STATUS_INVALID_PARAMETER;
    };
    status(init(kernel, address).map(|init| *init.name.borrow_mut() = Some(name)))
}

fn AcxCircuitInitAssignComponentUri(
    kernel: &Kernel,
    address: PACXCIRCUIT_INIT,
    uri: PCUNICODE_STRING,
) -> NTSTATUS {
    let Some(uri) = abi::text(uri).filter(|uri| !uri.is_empty()) else {
        return STATUS_INVALID_PARAMETER;
    };
    status(init(kernel, address).map(|init| *init.uri.borrow_mut() = Some(uri)))
}

fn AcxCircuitInitAssignCategories(
    kernel: &Kernel,
    address: PACXCIRCUIT_INIT,
    categories: *const GUID,
    count: ULONG,
) -> NTSTATUS {
    status(init(kernel, address).and_then(|init| {
        for at in 0..count as usize {
            init.categories
                .borrow_mut()
                .push(read(categories.wrapping_add(at)).ok_or(STATUS_INVALID_PARAMETER)?);
        }
        Ok(())
    }))
}

fn AcxCircuitInitAssignProperties(
    kernel: &Kernel,
    address: PACXCIRCUIT_INIT,
    properties: PACX_PROPERTY_ITEM,
    count: ULONG,
) -> NTSTATUS {
    status(init(kernel, address).and_then(|init| {
        init.items.borrow_mut().extend(item::properties(properties, count)?);
        Ok(())
    }))
}

fn AcxCircuitInitAssignMethods(
    kernel: &Kernel,
    address: PACXCIRCUIT_INIT,
    methods: PACX_METHOD_ITEM,
    count: ULONG,
) -> NTSTATUS {
    status(init(kernel, address).and_then(|init| {
        init.items.borrow_mut().extend(item::methods(methods, count)?);
        Ok(())
    }))
}

fn AcxCircuitInitSetAcxCircuitCompositeCallbacks(
    kernel: &Kernel,
    address: PACXCIRCUIT_INIT,
    callbacks: PACX_CIRCUIT_COMPOSITE_CALLBACKS,
) {
    if let (Ok(init), Ok(callbacks)) =
        (init(kernel, address), sized(kernel, callbacks, |callbacks| callbacks.Size))
    {
        init.composite.set(Some(callbacks));
    }
}

fn AcxCircuitInitDisableDefaultStreamBridgeHandling(kernel: &Kernel, address: PACXCIRCUIT_INIT) {
    if let Ok(init) = init(kernel, address) {
        init.own_bridges.set(true);
    }
}

fn AcxCircuitInitSetCircuitType(
    kernel: &Kernel,
    address: PACXCIRCUIT_INIT,
    kind: ACX_CIRCUIT_TYPE,
) {
    if let Ok(init) = init(kernel, address) {
        init.kind.set(kind);
    }
}

fn AcxCircuitInitSetAcxCircuitPnpPowerCallbacks(
    kernel: &Kernel,
    address: PACXCIRCUIT_INIT,
    callbacks: PACX_CIRCUIT_PNPPOWER_CALLBACKS,
) {
    if let (Ok(init), Ok(callbacks)) =
        (init(kernel, address), sized(kernel, callbacks, |callbacks| callbacks.Size))
    {
        init.callbacks.set(Some(callbacks));
    }
}

fn AcxCircuitInitAssignAcxCreateStreamCallback(
    kernel: &Kernel,
    address: PACXCIRCUIT_INIT,
    callback: PFN_ACX_CIRCUIT_CREATE_STREAM,
) -> NTSTATUS {
    status(init(kernel, address).map(|init| init.create_stream.set(callback)))
}

fn AcxCircuitInitAssignAcxRequestPreprocessCallback(
    kernel: &Kernel,
    address: PACXCIRCUIT_INIT,
    callback: PFN_ACX_OBJECT_PREPROCESS_REQUEST,
    context: ACXCONTEXT,
    kind: ACX_REQUEST_TYPE,
    set: *const GUID,
    id: ULONG,
) -> NTSTATUS {
    status(init(kernel, address).and_then(|init| {
        init.preprocess.borrow_mut().push(Preprocess::new(callback, context, kind, set, id)?);
        Ok(())
    }))
}

/// A success uses the init object up and clears the pointer.
fn AcxCircuitCreate(
    kernel: &Kernel,
    device: WDFDEVICE,
    attributes: PWDF_OBJECT_ATTRIBUTES,
    out: *mut PACXCIRCUIT_INIT,
    handle: *mut ACXCIRCUIT,
) -> NTSTATUS {
    let Some(address) = read(out) else { return STATUS_INVALID_PARAMETER };
    status(create(kernel, device, address, attributes).map(|circuit| {
        forget(kernel, address);
        write(out, std::ptr::null_mut());
        write(handle, circuit.as_ptr());
    }))
}

fn AcxCircuitAddElements(
    kernel: &Kernel,
    circuit: ACXCIRCUIT,
    elements: *mut ACXELEMENT,
    count: ULONG,
) -> NTSTATUS {
    let added = object::get::<Circuit>(kernel, circuit as usize).and_then(|circuit| {
        element::add(
            kernel,
            &circuit.elements,
            circuit.handle(),
            handles::<Element, _>(kernel, elements, count)?,
        )
    });
    status(added)
}

fn AcxCircuitGetElementById(kernel: &Kernel, circuit: ACXCIRCUIT, id: ULONG) -> ACXELEMENT {
    get(kernel, circuit)
        .ok()
        .and_then(|circuit| circuit.element(id))
        .map_or(std::ptr::null_mut(), |element| element.object().as_ptr())
}

fn AcxCircuitGetElementsCount(kernel: &Kernel, circuit: ACXCIRCUIT) -> ULONG {
    get(kernel, circuit).map_or(0, |circuit| circuit.elements.borrow().len() as u32)
}

fn AcxCircuitGetPinById(kernel: &Kernel, circuit: ACXCIRCUIT, id: ULONG) -> ACXPIN {
    get(kernel, circuit)
        .ok()
        .and_then(|circuit| circuit.pin(id))
        .map_or(std::ptr::null_mut(), |pin| pin.object().as_ptr())
}

fn AcxCircuitGetPinsCount(kernel: &Kernel, circuit: ACXCIRCUIT) -> ULONG {
    get(kernel, circuit).map_or(0, |circuit| circuit.pins.borrow().len() as u32)
}

fn AcxCircuitGetWdfDevice(kernel: &Kernel, circuit: ACXCIRCUIT) -> WDFDEVICE {
    get(kernel, circuit).map_or(std::ptr::null_mut(), |circuit| circuit.device as WDFDEVICE)
}

fn AcxCircuitGetNotificationId(kernel: &Kernel, circuit: ACXCIRCUIT) -> GUID {
    get(kernel, circuit).map_or_else(|_| GUID::default(), |circuit| circuit.notification)
}

/// The link of ACX's own interface, once the circuit was added: what else it has are aliases of it.
/// The string is the circuit's.
fn AcxCircuitGetSymbolicLinkName(kernel: &Kernel, circuit: ACXCIRCUIT) -> WDFSTRING {
    let Ok(circuit) = get(kernel, circuit) else { return std::ptr::null_mut() };
    let link =
        own_link(kernel, &circuit).filter(|link| kernel.part::<Interfaces>().find(link).is_some());
    link.map_or(std::ptr::null_mut(), |link| link_name(kernel, circuit.object(), &link))
}

fn AcxCircuitAddConnections(
    kernel: &Kernel,
    circuit: ACXCIRCUIT,
    out: PACX_CONNECTION,
    count: ULONG,
) -> NTSTATUS {
    status(get(kernel, circuit).and_then(|circuit| {
        let all = connection::all(kernel, out, count)?;
        let own = |handle: usize| {
            handle == circuit.handle()
                || circuit.elements.borrow().iter().any(|element| element.handle() == handle)
        };
        if !all.iter().all(|connection| own(connection.from.0) && own(connection.to.0)) {
            kernel.violate(
                Rule::WrongParent,
                "a connection joins the circuit and its own elements".to_owned(),
            );
            return Err(STATUS_INVALID_PARAMETER);
        }
        circuit.connections.borrow_mut().extend(all);
        Ok(())
    }))
}

/// A bridge pin of the circuit is wired to a pin of another filter.
fn AcxCircuitAddPhysicalConnections(
    kernel: &Kernel,
    circuit: ACXCIRCUIT,
    from: PACX_PHYSICAL_CONNECTION,
    count: ULONG,
) -> NTSTATUS {
    status(get(kernel, circuit).and_then(|circuit| {
        for at in 0..count as usize {
            let own = sized(kernel, from.wrapping_add(at), |own| own.Size)?;
            // SAFETY: plain data of at most a pointer's size. A handle is never a small number.
            let raw = unsafe { own.FromPin.Object as usize };
            let pin = match u32::try_from(raw) {
                Ok(id) => circuit.pin(id).ok_or(STATUS_INVALID_PARAMETER)?,
                Err(_) => object::get::<Pin>(kernel, raw)?,
            };
            let target = object::get::<Text>(kernel, own.TargetName as usize)?.text();
            *pin.joined.borrow_mut() = Some((target, own.TargetPinId));
        }
        Ok(())
    }))
}

fn AcxCircuitAddPins(
    kernel: &Kernel,
    circuit: ACXCIRCUIT,
    pins: *mut ACXPIN,
    count: ULONG,
) -> NTSTATUS {
    let added = object::get::<Circuit>(kernel, circuit as usize).and_then(|circuit| {
        let pins = handles::<Pin, _>(kernel, pins, count)?;
        let mut own = circuit.pins.borrow_mut();
        for pin in pins {
            if pin.circuit != circuit.handle() || pin.id.get().is_some() {
                kernel.violate(Rule::WrongParent, "a pin joins its own circuit, once".to_owned());
                return Err(STATUS_INVALID_PARAMETER);
            }
            let id = pin::next_id(&own, &pin)?;
            pin.id.set(Some(id));
            own.push(pin);
        }
        Ok(())
    });
    status(added)
}

fn AcxPinCreate(
    kernel: &Kernel,
    circuit: ACXCIRCUIT,
    attributes: PWDF_OBJECT_ATTRIBUTES,
    config: PACX_PIN_CONFIG,
    handle: *mut ACXPIN,
) -> NTSTATUS {
    status(
        object::get::<Circuit>(kernel, circuit as usize)
            .and_then(|circuit| pin::create(kernel, circuit.object(), attributes, config))
            .map(|pin| write(handle, pin.as_ptr())),
    )
}

fn AcxCircuitAddEvents(
    kernel: &Kernel,
    circuit: ACXCIRCUIT,
    events: *mut ACXEVENT,
    count: ULONG,
) -> NTSTATUS {
    status(object::get::<Circuit>(kernel, circuit as usize).and_then(|circuit| {
        circuit.events.borrow_mut().extend(handles::<Event, _>(kernel, events, count)?);
        Ok(())
    }))
}

entries! {
    /// Circuits.
    entries:
    AcxPinCreate: PASSIVE, fallible;
    AcxCircuitAddEvents: PASSIVE, fallible;
    AcxCircuitInitAllocate: PASSIVE;
    AcxCircuitInitFree: DISPATCH;
    AcxCircuitInitSetComponentId: DISPATCH;
    AcxCircuitInitAssignName: PASSIVE, fallible;
    AcxCircuitInitAssignComponentUri: PASSIVE, fallible;
    AcxCircuitInitAssignCategories: PASSIVE, fallible;
    AcxCircuitInitAssignProperties: PASSIVE, fallible;
    AcxCircuitInitAssignMethods: PASSIVE, fallible;
    AcxCircuitInitSetAcxCircuitCompositeCallbacks: PASSIVE;
    AcxCircuitInitDisableDefaultStreamBridgeHandling: DISPATCH;
    AcxCircuitInitSetCircuitType: DISPATCH;
    AcxCircuitInitSetAcxCircuitPnpPowerCallbacks: PASSIVE;
    AcxCircuitInitAssignAcxCreateStreamCallback: PASSIVE, fallible;
    AcxCircuitInitAssignAcxRequestPreprocessCallback: PASSIVE, fallible;
    AcxCircuitCreate: PASSIVE, fallible;
    AcxCircuitAddElements: PASSIVE, fallible;
    AcxCircuitGetElementById: DISPATCH;
    AcxCircuitGetElementsCount: DISPATCH;
    AcxCircuitGetPinById: DISPATCH;
    AcxCircuitGetPinsCount: DISPATCH;
    AcxCircuitGetWdfDevice: DISPATCH;
    AcxCircuitGetNotificationId: DISPATCH;
    AcxCircuitGetSymbolicLinkName: PASSIVE;
    AcxCircuitAddConnections: PASSIVE, fallible;
    AcxCircuitAddPhysicalConnections: PASSIVE, fallible;
    AcxCircuitAddPins: PASSIVE, fallible;
}
