//! Composite endpoints: several circuits, of one driver or of many, that ACX joins to one endpoint.
//! DDI: AcxGetManager, AcxManagerAddCompositeTemplate, AcxCompositeTemplateCreate,
//! AcxCircuitTemplateCreate, ACX_CIRCUIT_COMPOSITE_CALLBACKS.
//!
//! A driver says with [`Driver::COMPOSITES`](crate::driver::Driver::COMPOSITES) which circuits
//! belong together, builds each with
//! [`CircuitInit::in_composite`](crate::circuit::CircuitInit::in_composite), and gives it pins
//! towards its neighbours ([`pin_between`](crate::circuit::NewCircuit::pin_between)). Clients see
//! nothing of it until every circuit is there. They stream at the first circuit; how a stream
//! continues in the others is the subject of [`bridge`](crate::bridge).

use core::ptr::null_mut;

use acx_sys::*;

use crate::bag::Bag;
use crate::constraints::PacketSizes;
use crate::error::check;
use crate::pool::Vec;
use crate::view::CircuitView;
use crate::{Error, Passive, Result, context};

/// A composite endpoint.
#[derive(Clone, Copy, Debug)]
pub struct Composite {
    /// What its circuits are (the component ids that they are created with), from the one where
    /// clients stream to the one with the jack.
    pub circuits: &'static [GUID],
}

/// Templates that the manager has.
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
        let template = create(driver, composite)?;
        // The list comes first: what the manager has must be removed.
        self.0.push(Template(template))?;
        // SAFETY: at PASSIVE_LEVEL; the manager is ACX's, the template complete.
        let added = check(unsafe { AcxManagerAddCompositeTemplate(manager(), template) });
        if added.is_err() {
            let _ = self.0.pop();
        }
        added
    }

    /// Removes them: in EvtDriverUnload, before the driver object is deleted with its templates.
    pub(crate) fn remove(&self, _passive: &Passive) {
        for Template(template) in &*self.0 {
            // SAFETY: added by `add`; the driver object still has it. A refusal leaves it to the
            // driver object's deletion.
            let _ = unsafe { AcxManagerRemoveCompositeTemplate(manager(), *template) };
        }
    }
}

/// ACX's one manager.
fn manager() -> ACXMANAGER {
    // SAFETY: there is one manager, and the context is reserved.
    unsafe { AcxGetManager(null_mut()) }
}

/// A template, the driver object's child.
fn create(driver: WDFDRIVER, composite: &Composite) -> Result<ACXCOMPOSITETEMPLATE> {
    let mut attributes = context::attributes::<()>(driver.cast());
    let mut config = ACX_COMPOSITE_TEMPLATE_CONFIG::default();
    ACX_COMPOSITE_TEMPLATE_CONFIG_INIT(&mut config);
    let mut template: ACXCOMPOSITETEMPLATE = null_mut();
    // SAFETY: a live driver; a filled configuration.
    check(unsafe {
        AcxCompositeTemplateCreate(driver, &raw mut attributes, &raw mut config, &raw mut template)
    })?;
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
    let core = circuits.first().copied().ok_or(Error::InvalidParameter)?;
    let count = ULONG::try_from(circuits.len()).map_err(|_| Error::InvalidParameter)?;
    // SAFETY: live templates; ACX copies the array.
    check(unsafe { AcxCompositeTemplateAssignCircuits(template, circuits.as_mut_ptr(), count) })?;
    // SAFETY: one of the template's own circuits.
    unsafe { AcxCompositeTemplateSetCoreCircuit(template, core) };
    Ok(template)
}

/// A circuit that ACX has found to be part of a composite endpoint. Its interfaces exist and are
/// not yet enabled.
pub struct JoiningCircuit<'callback> {
    circuit: ACXCIRCUIT,
    properties: Option<Bag>,
    passive: &'callback mut Passive,
}

impl<'callback> JoiningCircuit<'callback> {
    /// # Safety
    ///
    /// The arguments of EvtAcxCircuitCompositeCircuitInitialize, for the time of the callback, and
    /// the callback's token.
    pub(crate) unsafe fn new(
        circuit: ACXCIRCUIT,
        properties: ACXOBJECTBAG,
        passive: &'callback mut Passive,
    ) -> Self {
        // SAFETY: the callback's own bag, says the caller.
        Self { circuit, properties: unsafe { Bag::lent(properties) }, passive }
    }

    /// The circuit's properties in the template of the endpoint.
    pub fn properties(&self) -> Option<&Bag> {
        self.properties.as_ref()
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

    /// Publishes the packet sizes that the endpoint takes. For the circuit where clients stream.
    ///
    /// # Errors
    ///
    /// The kernel's errors.
    pub fn publish<const N: usize>(&self, sizes: &PacketSizes<N>) -> Result<()> {
        // SAFETY: alive in the callback, and its interfaces are there, says the callback's page.
        unsafe { sizes.publish(self.circuit, self.passive) }
    }
}
