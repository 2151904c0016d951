//! The manager: composite templates, and the endpoints that it makes of circuits. Source:
//! acxmanager.h pages, and those of ACX_CIRCUIT_COMPOSITE_CALLBACKS.
//!
//! A circuit that a template names is not visible to clients until every circuit of the template
//! exists. Then all of them are initialized, connected at their bridge pins, and made visible.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::rc::Rc;

use acx_sys::*;

use crate::acx::arguments::{guid_bytes, handles, same, sized};
use crate::acx::assumptions::{self, Composites};
use crate::acx::bag::Bag;
use crate::acx::callback;
use crate::acx::circuit::{self, Circuit, Circuits, Leaving};
use crate::acx::factory::{self, Factories, Factory};
use crate::acx::pin::Pin;
use crate::acx::target;
use crate::wdf::framework;

use crate::kernel::Kernel;
use crate::kernel::abi::status;
use crate::kernel::abi::{self, read, write};
use crate::kernel::call::invoke;
use crate::kernel::function::entries;
use crate::kernel::gate;
use crate::kernel::interface::guid_text;
use crate::kernel::loaded;
use crate::kernel::object;
use crate::kernel::object::{Object, Ref};
use crate::kernel::report::Rule;
use crate::wdf::device::{Device, Power};

/// The manager's state in one machine.
#[derive(Default)]
struct Manager {
    /// The handle of each driver's that asked.
    objects: RefCell<Vec<Rc<Object>>>,
    templates: RefCell<Vec<Rc<Object>>>,
}

/// The manager object's body.
struct ManagerObject;

/// A template's name of a circuit or factory.
#[derive(Default)]
struct Identity {
    id: Option<GUID>,
    uri: Option<String>,
    name: Option<String>,
}

impl Identity {
    fn is_given(&self) -> bool {
        self.id.is_some() || self.uri.is_some() || self.name.is_some()
    }

    /// Whether everything that is named fits.
    fn fits(&self, id: Option<&GUID>, uri: Option<&str>, name: &str) -> bool {
        self.is_given()
            && self.id.as_ref().is_none_or(|own| id.is_some_and(|id| same(own, id)))
            && self
                .uri
                .as_deref()
                .is_none_or(|own| uri.is_some_and(|uri| own.eq_ignore_ascii_case(uri)))
            && self.name.as_deref().is_none_or(|own| own.eq_ignore_ascii_case(name))
    }
}

impl fmt::Display for Identity {
    /// The words of the template: its name, else its URI, else its id.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.name, &self.uri, &self.id) {
            (Some(name), ..) => f.write_str(name),
            (None, Some(uri), _) => f.write_str(uri),
            (None, None, Some(id)) => write!(f, "of component {}", guid_text(guid_bytes(id))),
            (None, None, None) => f.write_str("without a name"),
        }
    }
}

/// A slot for a circuit.
pub(crate) struct CircuitTemplate {
    circuit: Identity,
    factory: Identity,
    on_demand: bool,
    circuit_properties: Option<Ref<Bag>>,
    factory_properties: Option<Ref<Bag>>,
}

impl CircuitTemplate {
    fn words(&self) -> String {
        let Self { circuit, factory, .. } = self;
        if circuit.is_given() {
            format!("circuit {circuit}")
        } else {
            format!("a circuit of factory {factory}")
        }
    }
}

/// What a factory was asked for, for a place of a template.
#[derive(Clone)]
struct Asked {
    place: usize,
    factory: Ref<Factory>,
    id: GUID,
    on_demand: bool,
}

/// A composite template.
pub(crate) struct Template {
    properties: Option<Ref<Bag>>,
    circuits: RefCell<Vec<Ref<CircuitTemplate>>>,
    core: Cell<usize>,
    active: Cell<bool>,
    /// The circuits of the endpoint, once all are there.
    made: RefCell<Vec<Ref<Circuit>>>,
    /// Circuits that the manager has initialized.
    seen: RefCell<Vec<usize>>,
    /// Circuits that factories made for it.
    asked: RefCell<Vec<Asked>>,
}

impl Template {
    /// Whether its endpoint is there and has a circuit.
    fn has(&self, circuit: &Ref<Circuit>) -> bool {
        self.made.borrow().iter().any(|own| own.handle() == circuit.handle())
    }

    /// Whether a circuit may take a place. One that only names its factory takes what that made.
    fn takes(&self, part: &Ref<CircuitTemplate>, circuit: &Circuit) -> bool {
        if part.circuit.is_given() {
            let name = &circuit.name;
            return part.circuit.fits(Some(&circuit.component), circuit.uri.as_deref(), name);
        }
        self.asked.borrow().iter().filter(|asked| asked.place == part.handle()).any(|asked| {
            let device = asked.factory.device_of(&asked.id);
            device.is_some_and(|device| device.handle() == circuit.device)
        })
    }
}

fn pointer(bag: Option<&Ref<Bag>>) -> ACXOBJECTBAG {
    bag.map_or(std::ptr::null_mut(), |bag| bag.object().as_ptr())
}

fn templates(kernel: &Kernel) -> Vec<Ref<Template>> {
    let all = kernel.part::<Manager>().templates.borrow();
    all.iter().filter_map(|object| Ref::<Template>::of(object.clone())).collect()
}

/// The circuits that an endpoint waits for, of which another circuit is there already. A template
/// none of whose circuits is there waits for nothing: a driver may register it for a device that
/// has no such endpoint.
pub(crate) fn missing(kernel: &Kernel) -> Vec<String> {
    let circuits = awake(kernel);
    let of = |template: &Ref<Template>| -> Vec<String> {
        let parts = template.circuits.borrow();
        let is_there =
            |part: &&Ref<CircuitTemplate>| circuits.iter().any(|own| template.takes(part, own));
        if !parts.iter().any(|part| is_there(&part)) {
            return Vec::new();
        }
        parts.iter().filter(|part| !is_there(part)).map(|part| part.words()).collect()
    };
    let incomplete = templates(kernel).into_iter().filter(|own| own.made.borrow().is_empty());
    incomplete.flat_map(|template| of(&template)).collect()
}

/// Every circuit whose device is in D0.
fn awake(kernel: &Kernel) -> Vec<Ref<Circuit>> {
    let circuits = kernel.part::<Circuits>().all.borrow();
    let all = circuits.iter().filter_map(|object| Ref::<Circuit>::of(object.clone()));
    all.filter(|circuit| {
        let device = object::get::<Device>(kernel, circuit.device);
        circuit.usable.get() && device.is_ok_and(|device| device.power() == Power::D0)
    })
    .collect()
}

fn device_of(kernel: &Kernel, circuit: &Circuit) -> WDFDEVICE {
    object::get::<Device>(kernel, circuit.device)
        .map_or(std::ptr::null_mut(), |device| device.object().as_ptr())
}

/// Called when circuits or templates were added or removed: forms endpoints from the existing ones.
pub(crate) fn circuits_changed(kernel: &Kernel) {
    for template in templates(kernel) {
        let circuits = awake(kernel);
        // One that fits and is not needed waits unseen until the one in its place is gone.
        for part in &*template.circuits.borrow() {
            for circuit in circuits.iter().filter(|circuit| template.takes(part, circuit)) {
                if !templates(kernel).iter().any(|other| other.has(circuit)) {
                    circuit::show(kernel, circuit, false);
                }
            }
        }
        if template.made.borrow().is_empty() {
            make(kernel, &template, &circuits);
        }
    }
}

/// Later, when no driver call is in progress.
pub(crate) fn look_again(kernel: &Kernel) {
    if !kernel.part::<Manager>().templates.borrow().is_empty() {
        gate::queue_pnp(kernel, circuits_changed);
    }
}

/// Asks the factory of a part for its circuit, once.
fn ask_factory(kernel: &Kernel, template: &Ref<Template>, part: &Ref<CircuitTemplate>) {
    template.asked.borrow_mut().retain(|asked| asked.factory.device_of(&asked.id).is_some());
    if template.asked.borrow().iter().any(|asked| asked.place == part.handle()) {
        return;
    }
    let factories = kernel.part::<Factories>().all.borrow().clone();
    for factory in factories.into_iter().filter_map(Ref::<Factory>::of) {
        let fits =
            part.factory.fits(factory.component.as_ref(), factory.uri.as_deref(), &factory.name);
        let id = part.circuit.id.unwrap_or_else(|| factory::unique(kernel));
        if fits && factory.device_of(&id).is_none() {
            let bags = [
                template.properties.as_ref(),
                part.factory_properties.as_ref(),
                part.circuit_properties.as_ref(),
            ];
            let (place, on_demand) = (part.handle(), part.on_demand);
            let asked = Asked { place, factory: factory.clone(), id, on_demand };
            template.asked.borrow_mut().push(asked);
            // What it refuses has no device: the next look asks again.
            let _ = factory.make(kernel, &id, bags);
            return;
        }
    }
}

fn make(kernel: &Kernel, template: &Ref<Template>, circuits: &[Ref<Circuit>]) {
    let mut chosen: Vec<Ref<Circuit>> = Vec::new();
    let parts = template.circuits.borrow().clone();
    // The core circuit gives the endpoint its identity: nothing is built before it is there.
    let core = parts.iter().find(|part| part.handle() == template.core.get());
    if let Some(core) = core.filter(|core| !circuits.iter().any(|own| template.takes(core, own))) {
        if core.factory.is_given() {
            ask_factory(kernel, template, core);
        }
        return;
    }
    let mut missing = Vec::new();
    for part in &parts {
        // One that is in another endpoint is not there for this one.
        let free = |circuit: &&Ref<Circuit>| {
            template.takes(part, circuit)
                && !chosen.iter().any(|own| own.handle() == circuit.handle())
                && !templates(kernel).iter().any(|other| other.has(circuit))
        };
        match circuits.iter().find(free).cloned() {
            Some(circuit) => {
                see(kernel, template, part, &circuit);
                chosen.push(circuit);
            }
            None => missing.push(part),
        }
    }
    // A circuit on demand is wanted when all the others are there.
    let only_on_demand = missing.iter().all(|part| part.on_demand);
    for part in missing.iter().filter(|part| part.factory.is_given()) {
        if !part.on_demand || only_on_demand {
            ask_factory(kernel, template, part);
        }
    }
    if missing.is_empty() {
        // From the streaming circuit on.
        let streams =
            |circuit: &Ref<Circuit>| circuit.pins.borrow().iter().any(|pin| pin.is_streaming());
        if chosen.last().is_some_and(streams) {
            chosen.reverse();
        }
        assemble(kernel, template, &chosen);
    }
}

/// EvtAcxCircuitCompositeCircuitInitialize, the first time.
fn see(kernel: &Kernel, template: &Ref<Template>, part: &CircuitTemplate, circuit: &Ref<Circuit>) {
    if template.seen.borrow().contains(&circuit.handle()) {
        return;
    }
    template.seen.borrow_mut().push(circuit.handle());
    if let Some(initialize) =
        circuit.composite.and_then(|own| own.EvtAcxCircuitCompositeCircuitInitialize)
    {
        let arguments = (
            device_of(kernel, circuit),
            circuit.object().as_ptr(),
            pointer(part.circuit_properties.as_ref()),
        );
        let name = &callback::EvtAcxCircuitCompositeCircuitInitialize;
        if !NT_SUCCESS(invoke(kernel, name, circuit.handle(), initialize, arguments)) {
            circuit.usable.set(false);
        }
    }
}

use _ACX_PIN_TYPE::{AcxPinTypeSink as SINK, AcxPinTypeSource as SOURCE};

/// The bridge pins that join two circuits, the first of them nearer to the client.
fn joints(near: &Circuit, far: &Circuit) -> Option<(Ref<Pin>, Ref<Pin>)> {
    let streaming = near.pins.borrow().iter().find(|pin| pin.is_streaming()).map(|pin| pin.kind);
    let free = |circuit: &Circuit, kind: ACX_PIN_TYPE| {
        let pins = circuit.pins.borrow();
        let fits = |pin: &&Ref<Pin>| {
            !pin.is_streaming() && pin.kind == kind && pin.joined.borrow().is_none()
        };
        pins.iter().find(fits).cloned()
    };
    let renders = match streaming {
        Some(kind) => kind == SINK,
        // Behind the first: what is joined already shows the way.
        None => {
            near.pins.borrow().iter().any(|pin| pin.joined.borrow().is_some() && pin.kind == SINK)
        }
    };
    let (near_kind, far_kind) = if renders { (SOURCE, SINK) } else { (SINK, SOURCE) };
    Some((free(near, near_kind)?, free(far, far_kind)?))
}

fn audio_link(kernel: &Kernel, circuit: &Circuit) -> String {
    circuit::links(kernel, circuit).into_iter().next().unwrap_or_default()
}

fn assemble(kernel: &Kernel, template: &Ref<Template>, circuits: &[Ref<Circuit>]) {
    let mut joined = Vec::new();
    for pair in circuits.windows(2) {
        let Some((near, far)) = joints(&pair[0], &pair[1]) else {
            let what = format!(
                "circuits {} and {} of a composite have no bridge pins that fit",
                pair[0].name, pair[1].name
            );
            kernel.violate(Rule::BadArgument, what);
            undo(circuits);
            return;
        };
        *near.joined.borrow_mut() = Some((audio_link(kernel, &pair[1]), far.id.get().unwrap_or(0)));
        *far.joined.borrow_mut() = Some((audio_link(kernel, &pair[0]), near.id.get().unwrap_or(0)));
        joined.extend([near, far]);
    }
    *template.made.borrow_mut() = circuits.to_vec();
    for circuit in circuits {
        if let Some(initialize) =
            circuit.composite.and_then(|own| own.EvtAcxCircuitCompositeInitialize)
        {
            let arguments = (
                device_of(kernel, circuit),
                circuit.object().as_ptr(),
                pointer(template.properties.as_ref()),
            );
            invoke(
                kernel,
                &callback::EvtAcxCircuitCompositeInitialize,
                circuit.handle(),
                initialize,
                arguments,
            );
        }
    }
    for circuit in circuits {
        circuit::show(kernel, circuit, true);
    }
    for pin in joined {
        let joined = pin.joined.borrow().clone();
        let (Some(connected), Some((link, id))) = (pin.callbacks.EvtAcxPinConnected, joined) else {
            continue;
        };
        let Ok(circuit) = object::get::<Circuit>(kernel, pin.circuit) else { continue };
        // The target is the pin's; it goes with the circuit.
        let none = std::ptr::null_mut();
        if let Ok(target) =
            target::of_circuit(kernel, circuit.device, circuit.object(), none, &link)
        {
            *pin.target.borrow_mut() = Some(target.clone());
            invoke(
                kernel,
                &callback::EvtAcxPinConnected,
                pin.handle(),
                connected,
                (pin.object().as_ptr(), target.as_ptr(), id),
            );
        }
    }
}

fn undo(circuits: &[Ref<Circuit>]) {
    for circuit in circuits {
        for pin in &*circuit.pins.borrow() {
            pin.joined.borrow_mut().take();
        }
    }
}

/// The circuit's interfaces are gone; clients keep what they have open.
pub(crate) fn remove_circuit(
    kernel: &Kernel,
    circuit: usize,
    how: Leaving,
) -> Result<(), NTSTATUS> {
    let circuit = object::get::<Circuit>(kernel, circuit)?;
    let is_own = |other: &Rc<Object>| other.handle() == circuit.handle();
    let at = kernel.part::<Circuits>().all.borrow().iter().position(is_own);
    let Some(at) = at else {
        if circuit.left.get().is_some_and(|before| before != how) {
            let what = "a circuit is removed or detached, never both";
            kernel.violate(Rule::OutOfPlace, what.to_owned());
        }
        return Err(STATUS_NOT_FOUND);
    };
    kernel.part::<Circuits>().all.borrow_mut().remove(at);
    circuit.removed.set(true);
    circuit_gone(kernel, &circuit);
    circuit::forget_links(kernel, &circuit);
    circuit::left(kernel, &circuit, how);
    Ok(())
}

/// Takes apart the endpoint of a circuit.
fn circuit_gone(kernel: &Kernel, gone: &Ref<Circuit>) {
    for template in templates(kernel) {
        template.seen.borrow_mut().retain(|seen| *seen != gone.handle());
        if template.has(gone) {
            part(kernel, &template);
        }
    }
    look_again(kernel);
}

fn part(kernel: &Kernel, template: &Ref<Template>) {
    let circuits = template.made.take();
    for circuit in &circuits {
        // Taken out first: what is called may change the list.
        let pins = circuit.pins.borrow().clone();
        for pin in pins {
            let target = pin.target.borrow_mut().take();
            let joined = pin.joined.borrow_mut().take();
            if let (Some(disconnected), Some(target), Some((_, id))) =
                (pin.callbacks.EvtAcxPinDisconnected, &target, joined)
            {
                invoke(
                    kernel,
                    &callback::EvtAcxPinDisconnected,
                    pin.handle(),
                    disconnected,
                    (pin.object().as_ptr(), target.as_ptr(), id),
                );
            }
            if let Some(target) = target {
                object::delete(kernel, &target);
            }
        }
    }
    for circuit in &circuits {
        let device = object::get::<Device>(kernel, circuit.device);
        let there = device.is_ok_and(|device| device.power() != Power::Removed);
        if let (true, Some(deinitialize)) =
            (there, circuit.composite.and_then(|own| own.EvtAcxCircuitCompositeDeinitialize))
        {
            let arguments = (
                device_of(kernel, circuit),
                circuit.object().as_ptr(),
                pointer(template.properties.as_ref()),
            );
            invoke(
                kernel,
                &callback::EvtAcxCircuitCompositeDeinitialize,
                circuit.handle(),
                deinitialize,
                arguments,
            );
        }
        circuit::show(kernel, circuit, false);
    }
    give_back(kernel, template, |asked| asked.on_demand);
}

/// Factories remove the circuits that they made for a template, soon.
fn give_back(kernel: &Kernel, template: &Ref<Template>, which: fn(&Asked) -> bool) {
    let (gone, left) = template.asked.take().into_iter().partition(which);
    *template.asked.borrow_mut() = left;
    for Asked { factory, id, .. } in gone {
        gate::queue_pnp(kernel, move |kernel| {
            if factory.object().is_alive() && factory.device_of(&id).is_some() {
                let _ = factory.remove(kernel, &id);
            }
        });
    }
}

fn circuit_template(
    kernel: &Kernel,
    config: PACX_CIRCUIT_TEMPLATE_CONFIG,
) -> Result<CircuitTemplate, NTSTATUS> {
    let config = sized(kernel, config, |config| config.Size)?;
    let circuit = Identity {
        id: read(config.CircuitId),
        uri: abi::text(config.CircuitUri),
        name: abi::text(config.CircuitName),
    };
    let factory = Identity {
        id: read(config.FactoryId),
        uri: abi::text(config.FactoryUri),
        name: abi::text(config.FactoryName),
    };
    if !circuit.is_given() && !factory.is_given() {
        let what = "a circuit template names neither a circuit nor a factory";
        kernel.violate(Rule::BadArgument, what.to_owned());
        return Err(STATUS_INVALID_PARAMETER);
    }
    let on_demand = config.Flags
        & _ACX_CIRCUIT_TEMPLATE_CONFIG_FLAGS::AcxCircuitTemplateCircuitOnDemand as u32
        != 0;
    Ok(CircuitTemplate {
        circuit,
        factory,
        on_demand,
        circuit_properties: object::optional(kernel, config.CircuitProperties as usize)?,
        factory_properties: object::optional(kernel, config.FactoryProperties as usize)?,
    })
}

fn template(kernel: &Kernel, handle: ACXCOMPOSITETEMPLATE) -> Result<Ref<Template>, NTSTATUS> {
    object::get::<Template>(kernel, handle as usize)
}

/// One for all drivers; each has a handle of its own, which lives as long as the driver.
fn AcxGetManager(kernel: &Kernel, _context: ACXCONTEXT) -> ACXMANAGER {
    let number = loaded::number(kernel);
    let is_own = |manager: &&Rc<Object>| manager.owner() == number;
    let known = kernel.part::<Manager>().objects.borrow().iter().find(is_own).cloned();
    let manager = known.or_else(|| {
        let driver = framework::driver(kernel);
        let made = object::create(
            kernel,
            "ACXMANAGER",
            ManagerObject,
            std::ptr::null_mut(),
            driver.as_ref(),
        )
        .ok()?;
        kernel.part::<Manager>().objects.borrow_mut().push(made.clone());
        Some(made)
    });
    manager.map_or(std::ptr::null_mut(), |manager| manager.as_ptr())
}

fn AcxCircuitTemplateCreate(
    kernel: &Kernel,
    driver: WDFDRIVER,
    attributes: PWDF_OBJECT_ATTRIBUTES,
    config: PACX_CIRCUIT_TEMPLATE_CONFIG,
    handle: *mut ACXCIRCUITTEMPLATE,
) -> NTSTATUS {
    let made = object::any(kernel, driver as usize).and_then(|driver| {
        let template = circuit_template(kernel, config)?;
        object::create(kernel, "ACXCIRCUITTEMPLATE", template, attributes, Some(&driver))
    });
    status(made.map(|template| write(handle, template.as_ptr())))
}

fn AcxCompositeTemplateCreate(
    kernel: &Kernel,
    driver: WDFDRIVER,
    attributes: PWDF_OBJECT_ATTRIBUTES,
    config: PACX_COMPOSITE_TEMPLATE_CONFIG,
    handle: *mut ACXCOMPOSITETEMPLATE,
) -> NTSTATUS {
    let made = object::any(kernel, driver as usize).and_then(|driver| {
        let config = sized(kernel, config, |config| config.Size)?;
        let template = Template {
            properties: object::optional(kernel, config.Properties as usize)?,
            circuits: RefCell::default(),
            core: Cell::default(),
            active: Cell::default(),
            made: RefCell::default(),
            seen: RefCell::default(),
            asked: RefCell::default(),
        };
        object::create(kernel, "ACXCOMPOSITETEMPLATE", template, attributes, Some(&driver))
    });
    status(made.map(|template| write(handle, template.as_ptr())))
}

fn AcxCompositeTemplateAssignCircuits(
    kernel: &Kernel,
    composite: ACXCOMPOSITETEMPLATE,
    circuits: *mut ACXCIRCUITTEMPLATE,
    count: ULONG,
) -> NTSTATUS {
    status(template(kernel, composite).and_then(|template| {
        *template.circuits.borrow_mut() = handles::<CircuitTemplate, _>(kernel, circuits, count)?;
        Ok(())
    }))
}

fn AcxCompositeTemplateSetCoreCircuit(
    kernel: &Kernel,
    composite: ACXCOMPOSITETEMPLATE,
    circuit: ACXCIRCUITTEMPLATE,
) {
    if let Ok(template) = template(kernel, composite) {
        if !template.circuits.borrow().iter().any(|own| own.handle() == circuit as usize) {
            kernel
                .violate(Rule::BadArgument, "the core circuit is one of the template's".to_owned());
        }
        template.core.set(circuit as usize);
    }
}

fn AcxManagerAddCompositeTemplate(
    kernel: &Kernel,
    _manager: ACXMANAGER,
    composite: ACXCOMPOSITETEMPLATE,
) -> NTSTATUS {
    status(template(kernel, composite).and_then(|template| {
        if template.circuits.borrow().is_empty() {
            return Err(STATUS_INVALID_PARAMETER);
        }
        if assumptions::of(kernel).composites == Composites::Refused {
            return Err(STATUS_NOT_SUPPORTED);
        }
        if template.active.replace(true) {
            return Err(STATUS_OBJECT_NAME_COLLISION);
        }
        kernel.part::<Manager>().templates.borrow_mut().push(template.object().clone());
        // It goes with its driver at the latest, while circuits of other drivers stay.
        let own = Rc::downgrade(template.object());
        template.object().on_delete(move |kernel| {
            if let Some(template) = own.upgrade().and_then(Ref::<Template>::of) {
                withdraw(kernel, &template);
            }
        });
        look_again(kernel);
        Ok(())
    }))
}

/// Takes a template back, with its endpoint: its circuits may be in others from then on. Whether it
/// was there.
fn withdraw(kernel: &Kernel, template: &Ref<Template>) -> bool {
    if !template.active.replace(false) {
        return false;
    }
    let is_other = |own: &Rc<Object>| own.handle() != template.handle();
    kernel.part::<Manager>().templates.borrow_mut().retain(is_other);
    part(kernel, template);
    give_back(kernel, template, |_| true);
    look_again(kernel);
    true
}

fn AcxManagerRemoveCompositeTemplate(
    kernel: &Kernel,
    _manager: ACXMANAGER,
    composite: ACXCOMPOSITETEMPLATE,
) -> NTSTATUS {
    status(template(kernel, composite).and_then(|template| {
        if withdraw(kernel, &template) { Ok(()) } else { Err(STATUS_NOT_FOUND) }
    }))
}

entries! {
    /// The manager.
    entries:
    AcxGetManager: PASSIVE;
    AcxCircuitTemplateCreate: PASSIVE, fallible;
    AcxCompositeTemplateCreate: PASSIVE, fallible;
    AcxCompositeTemplateAssignCircuits: PASSIVE, fallible;
    AcxCompositeTemplateSetCoreCircuit: DISPATCH;
    AcxManagerAddCompositeTemplate: PASSIVE, fallible;
    AcxManagerRemoveCompositeTemplate: PASSIVE;
}
