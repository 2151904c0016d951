//! Composite endpoints: several circuits, of one driver or of several, that ACX joins into one
//! endpoint. DDI: AcxGetManager, AcxManagerAddCompositeTemplate, AcxCompositeTemplateCreate,
//! AcxCircuitTemplateCreate, ACX_CIRCUIT_COMPOSITE_CALLBACKS.
//!
//! A driver lists with [`Driver::COMPOSITES`](crate::driver::Driver::COMPOSITES) which circuits
//! belong together, builds each with
//! [`CircuitInit::in_composite`](crate::circuit::CircuitInit::in_composite), and gives it pins to
//! its neighbours ([`pin_between`](crate::circuit::NewCircuit::pin_between)). Clients do not see
//! the endpoint until every circuit is present. They open streams on the first circuit;
//! [`bridge`](crate::bridge) describes how a stream continues in the others.
//!
//! With [`Driver::composites`](crate::driver::Driver::composites) an endpoint can have more:
//! circuits of other drivers by name or URI, circuits that a [`factory`](crate::factory) creates at
//! once or on demand, and properties that its circuits read:
//!
//! ```
//! # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/example/host.rs"));
//! # fn main() {
//! #     host::load(acx_host::LinkedImage { name: "contoso", entry: FxDriverEntry }, |_, _| {});
//! # }
//! use acx::bag::ObjectBag;
//! use acx::composite::{CircuitTemplate, Composites, Named};
//! use acx::device::DeviceInit;
//! use acx::driver::Driver;
//! use acx::guid::GUID;
//! use acx::{Passive, Result, wide};
//! # struct Nothing;
//! # impl acx::device::Device for Nothing {
//! #     fn prepare_hardware(&self, _: &mut acx::device::PrepareHardware<'_>) -> Result<()> {
//! #         Ok(())
//! #     }
//! # }
//!
//! const AMPLIFIERS: GUID = acx::guid!("E9E1CF5B-3C0A-4C2B-9E31-5B8C3F5E2A10");
//!
//! struct Contoso;
//!
//! impl Driver for Contoso {
//!     fn composites(composites: &mut Composites<'_>) -> Result<()> {
//!         let properties = ObjectBag::new(composites.passive())?;
//!         properties.add(wide!("drv_contoso_zone"), 7_u32, composites.passive())?;
//!         let circuits = [
//!             CircuitTemplate::of(Named::Text(wide!("Speaker0"))),
//!             CircuitTemplate::made_by(Named::Id(&AMPLIFIERS)).on_demand(),
//!         ];
//!         let properties = composites.keep(properties);
//!         composites.add(&circuits, Some(properties))
//!     }
//!
//!     fn device_add(init: DeviceInit<'_>, passive: &mut Passive) -> Result<()> {
//! #       return init.create(|_, _| Ok(Nothing), passive);
//!         // ...
//! #       #[allow(unreachable_code)]
//! #       Ok(())
//!     }
//! }
//!
//! acx::driver!(Contoso);
//! ```

use core::ptr::null_mut;

use acx_sys::*;

use crate::bag::{Bag, KeptBag, ObjectBag};
use crate::constraints::PacketSizes;
use crate::error::check;
use crate::pool::Vec;
use crate::unicode::unicode;
use crate::view::CircuitView;
use crate::{Error, Passive, Result, context};

/// A composite endpoint.
#[derive(Clone, Copy, Debug)]
pub struct Composite {
    /// The component ids of its circuits, from the streaming circuit to the one with the jack.
    pub circuits: &'static [GUID],
}

/// The templates that were added to the manager.
#[derive(Default)]
pub(crate) struct Templates(Vec<Template>);

struct Template(ACXCOMPOSITETEMPLATE);

// SAFETY: a handle is a number that the framework checks; it belongs to no thread.
unsafe impl Send for Template {}
// SAFETY: sharing one gives out that number only.
unsafe impl Sync for Template {}

impl Templates {
    /// Adds `composites` to the manager.
    pub(crate) fn add(
        driver: WDFDRIVER,
        composites: &[Composite],
        passive: &Passive,
    ) -> Result<Self> {
        let mut templates = Self(Vec::new());
        let added =
            composites.iter().try_for_each(|composite| templates.add_one(driver, composite));
        if added.is_err() {
            templates.remove(passive);
        }
        added.map(|()| templates)
    }

    fn add_one(&mut self, driver: WDFDRIVER, composite: &Composite) -> Result<()> {
        self.add_template(create(driver, composite)?)
    }

    fn add_template(&mut self, template: ACXCOMPOSITETEMPLATE) -> Result<()> {
        // Into the list first: a template that was added must be removed later.
        self.0.push(Template(template))?;
        // SAFETY: at PASSIVE_LEVEL; the manager is ACX's, the template complete.
        let added = check(unsafe { AcxManagerAddCompositeTemplate(manager(), template) });
        if added.is_err() {
            let _ = self.0.pop();
        }
        added
    }

    /// Removes the templates. In EvtDriverUnload, before the driver object is deleted with them.
    pub(crate) fn remove(&self, _passive: &Passive) {
        for Template(template) in &*self.0 {
            // SAFETY: added by `add`; the driver object still has it. On an error it is left to the
            // driver object's deletion.
            let _ = unsafe { AcxManagerRemoveCompositeTemplate(manager(), *template) };
        }
    }
}

/// The name of a circuit or factory.
#[derive(Clone, Copy, Debug)]
pub enum Named<'a> {
    /// Its component id.
    Id(&'a GUID),
    /// Its component URI, UTF-16 without a terminating zero.
    Uri(&'a [u16]),
    /// Its name, UTF-16 without a terminating zero.
    Text(&'a [u16]),
}

/// A circuit of an endpoint, as its template describes it.
#[derive(Clone, Copy, Debug, Default)]
pub struct CircuitTemplate<'a> {
    circuit: Option<Named<'a>>,
    factory: Option<Named<'a>>,
    container: Option<&'a GUID>,
    is_on_demand: bool,
    circuit_properties: Option<KeptBag<'a>>,
    factory_properties: Option<KeptBag<'a>>,
}

impl<'a> CircuitTemplate<'a> {
    /// A circuit that a device has.
    pub const fn of(circuit: Named<'a>) -> Self {
        Self { circuit: Some(circuit), ..Self::NONE }
    }

    /// A circuit that a factory creates.
    pub const fn made_by(factory: Named<'a>) -> Self {
        Self { factory: Some(factory), ..Self::NONE }
    }

    const NONE: Self = Self {
        circuit: None,
        factory: None,
        container: None,
        is_on_demand: false,
        circuit_properties: None,
        factory_properties: None,
    };

    /// Sets the name of the circuit that a factory creates.
    #[must_use]
    pub const fn called(self, circuit: Named<'a>) -> Self {
        Self { circuit: Some(circuit), ..self }
    }

    /// Creates the circuit only when it is needed.
    #[doc(alias = "AcxCircuitTemplateCircuitOnDemand")]
    #[must_use]
    pub const fn on_demand(self) -> Self {
        Self { is_on_demand: true, ..self }
    }

    /// Sets the container of the device with the circuit or factory, in case several devices have
    /// it.
    #[must_use]
    pub const fn in_container(self, container: &'a GUID) -> Self {
        Self { container: Some(container), ..self }
    }

    /// Sets the properties that the circuit gets when it joins the endpoint
    /// ([`JoiningCircuit::properties`]) or is created.
    #[must_use]
    pub const fn with_properties(self, properties: KeptBag<'a>) -> Self {
        Self { circuit_properties: Some(properties), ..self }
    }

    /// Sets the properties that the factory gets when it creates the circuit.
    #[must_use]
    pub const fn with_factory_properties(self, properties: KeptBag<'a>) -> Self {
        Self { factory_properties: Some(properties), ..self }
    }
}

/// Adds a driver's composite endpoints during
/// [`Driver::composites`](crate::driver::Driver::composites).
pub struct Composites<'callback> {
    driver: WDFDRIVER,
    templates: &'callback mut Templates,
    passive: &'callback Passive,
}

impl<'callback> Composites<'callback> {
    /// # Safety
    ///
    /// The live driver object, in DriverEntry.
    pub(crate) unsafe fn new(
        driver: WDFDRIVER,
        templates: &'callback mut Templates,
        passive: &'callback Passive,
    ) -> Self {
        Self { driver, templates, passive }
    }

    /// `PASSIVE_LEVEL`.
    pub fn passive(&self) -> &'callback Passive {
        self.passive
    }

    /// Keeps a bag open until the driver is unloaded, for the templates that name it.
    pub fn keep(&mut self, bag: ObjectBag) -> KeptBag<'callback> {
        bag.keep()
    }

    /// Adds an endpoint: its circuits, from the streaming circuit to the one with the jack, and the
    /// properties that they get when it is complete. It is removed when the driver is unloaded.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] for no circuits; [`Error::OutOfMemory`]; ACX's errors.
    #[doc(alias = "AcxManagerAddCompositeTemplate")]
    #[doc(alias = "AcxCompositeTemplateCreate")]
    #[doc(alias = "AcxCircuitTemplateCreate")]
    pub fn add(
        &mut self,
        circuits: &[CircuitTemplate<'_>],
        properties: Option<KeptBag<'_>>,
    ) -> Result<()> {
        let mut config = ACX_COMPOSITE_TEMPLATE_CONFIG::default();
        ACX_COMPOSITE_TEMPLATE_CONFIG_INIT(&mut config);
        config.Properties = properties.map_or(null_mut(), |bag| bag.handle);
        let template = create_template(self.driver, &mut config)?;
        let mut handles = Vec::new();
        for circuit in circuits {
            handles.push(create_circuit_template(self.driver, circuit)?)?;
        }
        assign(template, &mut handles)?;
        self.templates.add_template(template)
    }
}

/// The names of a circuit or factory, as the DDI takes them.
struct Names {
    id: *const GUID,
    uri: UNICODE_STRING,
    text: UNICODE_STRING,
}

impl Names {
    fn new(named: Option<Named<'_>>) -> Result<Self> {
        let mut names = Self {
            id: core::ptr::null(),
            uri: UNICODE_STRING::default(),
            text: UNICODE_STRING::default(),
        };
        match named {
            Some(Named::Id(id)) => names.id = id,
            Some(Named::Uri(uri)) => names.uri = unicode(uri)?,
            Some(Named::Text(text)) => names.text = unicode(text)?,
            None => {}
        }
        Ok(names)
    }

    fn place(of: &UNICODE_STRING) -> PCUNICODE_STRING {
        if of.Buffer.is_null() { core::ptr::null() } else { of }
    }
}

/// The DDI's form of a template. It points to the names and to what the template names.
fn config(
    circuit: &CircuitTemplate<'_>,
    own: &Names,
    factory: &Names,
) -> ACX_CIRCUIT_TEMPLATE_CONFIG {
    let mut config = ACX_CIRCUIT_TEMPLATE_CONFIG::default();
    ACX_CIRCUIT_TEMPLATE_CONFIG_INIT(&mut config);
    if circuit.is_on_demand {
        config.Flags |=
            _ACX_CIRCUIT_TEMPLATE_CONFIG_FLAGS::AcxCircuitTemplateCircuitOnDemand.cast_unsigned();
    }
    config.ContainerId = circuit.container.map_or(core::ptr::null(), core::ptr::from_ref);
    config.CircuitId = own.id;
    config.CircuitUri = Names::place(&own.uri);
    config.CircuitName = Names::place(&own.text);
    config.FactoryId = factory.id;
    config.FactoryUri = Names::place(&factory.uri);
    config.FactoryName = Names::place(&factory.text);
    config.CircuitProperties = circuit.circuit_properties.map_or(null_mut(), |bag| bag.handle);
    config.FactoryProperties = circuit.factory_properties.map_or(null_mut(), |bag| bag.handle);
    config
}

fn create_circuit_template(
    driver: WDFDRIVER,
    circuit: &CircuitTemplate<'_>,
) -> Result<ACXCIRCUITTEMPLATE> {
    let (own, factory) = (Names::new(circuit.circuit)?, Names::new(circuit.factory)?);
    let mut config = config(circuit, &own, &factory);
    let mut attributes = context::attributes::<()>(driver.cast());
    let mut handle: ACXCIRCUITTEMPLATE = null_mut();
    // SAFETY: a live driver and live bags; ACX copies the configuration, its GUIDs and its strings.
    check(unsafe {
        AcxCircuitTemplateCreate(driver, &raw mut attributes, &raw mut config, &raw mut handle)
    })?;
    Ok(handle)
}

/// ACX's one manager.
fn manager() -> ACXMANAGER {
    // SAFETY: there is one manager, and the context is reserved.
    unsafe { AcxGetManager(null_mut()) }
}

/// A template, the driver object's child.
fn create(driver: WDFDRIVER, composite: &Composite) -> Result<ACXCOMPOSITETEMPLATE> {
    let mut config = ACX_COMPOSITE_TEMPLATE_CONFIG::default();
    ACX_COMPOSITE_TEMPLATE_CONFIG_INIT(&mut config);
    let template = create_template(driver, &mut config)?;
    let mut attributes = context::attributes::<()>(driver.cast());
    let mut circuits = Vec::new();
    for id in composite.circuits {
        let mut config = ACX_CIRCUIT_TEMPLATE_CONFIG::default();
        ACX_CIRCUIT_TEMPLATE_CONFIG_INIT(&mut config);
        config.CircuitId = id;
        let mut circuit: ACXCIRCUITTEMPLATE = null_mut();
        // SAFETY: a live driver; ACX copies the configuration and its GUID.
        check(unsafe {
            AcxCircuitTemplateCreate(driver, &raw mut attributes, &raw mut config, &raw mut circuit)
        })?;
        circuits.push(circuit)?;
    }
    assign(template, &mut circuits)?;
    Ok(template)
}

/// A template without circuits, the driver object's child. The configuration's bag is alive.
fn create_template(
    driver: WDFDRIVER,
    config: &mut ACX_COMPOSITE_TEMPLATE_CONFIG,
) -> Result<ACXCOMPOSITETEMPLATE> {
    let mut attributes = context::attributes::<()>(driver.cast());
    let mut template: ACXCOMPOSITETEMPLATE = null_mut();
    // SAFETY: a live driver; a filled configuration.
    check(unsafe {
        AcxCompositeTemplateCreate(driver, &raw mut attributes, config, &raw mut template)
    })?;
    Ok(template)
}

/// Assigns a template's circuits; the first is the core circuit.
fn assign(template: ACXCOMPOSITETEMPLATE, circuits: &mut Vec<ACXCIRCUITTEMPLATE>) -> Result<()> {
    let core = circuits.first().copied().ok_or(Error::InvalidParameter)?;
    let count = ULONG::try_from(circuits.len()).map_err(|_| Error::InvalidParameter)?;
    // SAFETY: live templates; ACX copies the array.
    check(unsafe { AcxCompositeTemplateAssignCircuits(template, circuits.as_mut_ptr(), count) })?;
    // SAFETY: one of the template's own circuits.
    unsafe { AcxCompositeTemplateSetCoreCircuit(template, core) };
    Ok(())
}

/// A circuit that ACX has found to be part of a composite endpoint. Its interfaces exist but are
/// not yet enabled.
pub struct JoiningCircuit<'callback> {
    circuit: ACXCIRCUIT,
    properties: Option<Bag>,
    passive: &'callback mut Passive,
}

impl<'callback> JoiningCircuit<'callback> {
    /// # Safety
    ///
    /// The arguments of EvtAcxCircuitCompositeCircuitInitialize, during the callback, and the
    /// callback's token.
    pub(crate) unsafe fn new(
        circuit: ACXCIRCUIT,
        properties: ACXOBJECTBAG,
        passive: &'callback mut Passive,
    ) -> Self {
        // SAFETY: the callback's own bag, by the caller's contract.
        Self { circuit, properties: unsafe { Bag::lent(properties) }, passive }
    }

    /// The circuit's properties in the template of the endpoint, with the token to read them.
    pub fn properties(&self) -> Option<(&Bag, &Passive)> {
        self.properties.as_ref().map(|bag| (bag, &*self.passive))
    }

    /// The circuit.
    pub fn circuit(&self) -> CircuitView<'_> {
        // SAFETY: alive in the callback.
        unsafe { CircuitView::new(self.circuit) }
    }

    /// `PASSIVE_LEVEL`.
    pub fn passive(&mut self) -> &mut Passive {
        self.passive
    }

    /// Publishes the packet sizes that the endpoint accepts. For the streaming circuit.
    ///
    /// # Errors
    ///
    /// The kernel's errors.
    pub fn publish<const N: usize>(&self, sizes: &PacketSizes<N>) -> Result<()> {
        // SAFETY: alive in the callback, and its interfaces exist, by the callback's documentation.
        unsafe { sizes.publish(self.circuit, self.passive) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    static ID: GUID = crate::guid!("ACE00001-0001-0002-0303-030303030305");
    static CONTAINER: GUID = crate::guid!("ACE00001-0001-0002-0303-030303030306");

    /// Which of id, URI and name there are, and where the text is.
    fn given(
        id: *const GUID,
        uri: PCUNICODE_STRING,
        text: PCUNICODE_STRING,
    ) -> (bool, bool, bool, *const u16) {
        let string = if uri.is_null() { text } else { uri };
        // SAFETY: null, or a string that is alive in the test.
        let string = unsafe { string.as_ref() };
        let text_at = string.map_or(core::ptr::null(), |own| own.Buffer.cast_const());
        (id == &raw const ID, !uri.is_null(), !text.is_null(), text_at)
    }

    #[test]
    fn circuits_and_factories_are_named_by_id_by_uri_and_by_name() -> Result<()> {
        let none = core::ptr::null();
        let name: &[u16] = &[b'n'.into(), b'o'.into()];
        let names = [
            (Named::Id(&ID), (true, false, false, none)),
            (Named::Uri(name), (false, true, false, name.as_ptr())),
            (Named::Text(name), (false, false, true, name.as_ptr())),
        ];
        for (circuit, is_circuit) in names {
            for (factory, is_factory) in names {
                let template = CircuitTemplate::made_by(factory).called(circuit);
                let own = Names::new(template.circuit)?;
                let maker = Names::new(template.factory)?;
                let config = config(&template, &own, &maker);
                let found = given(config.CircuitId, config.CircuitUri, config.CircuitName);
                assert_eq!(found, is_circuit);
                let found = given(config.FactoryId, config.FactoryUri, config.FactoryName);
                assert_eq!(found, is_factory);
            }
        }
        Ok(())
    }

    #[test]
    fn a_template_says_what_was_asked_of_it_and_nothing_else() -> Result<()> {
        let none = Names::new(None)?;
        let on_demand =
            _ACX_CIRCUIT_TEMPLATE_CONFIG_FLAGS::AcxCircuitTemplateCircuitOnDemand.cast_unsigned();
        let template = CircuitTemplate::of(Named::Id(&ID));
        let plain = config(&template, &none, &none);
        assert_eq!(plain.Flags & on_demand, 0);
        assert!(plain.ContainerId.is_null());
        assert!(plain.CircuitProperties.is_null() && plain.FactoryProperties.is_null());
        let full = config(&template.on_demand().in_container(&CONTAINER), &none, &none);
        assert_eq!(full.Flags & on_demand, on_demand);
        assert_eq!(full.ContainerId, &raw const CONTAINER);
        Ok(())
    }
}
