//! The driver, its device and its templates.

#![forbid(unsafe_code)]

use acx::bag::ObjectBag;
use acx::composite::{CircuitTemplate, Composites, Named};
use acx::device::{Device, DeviceInit, PrepareHardware};
use acx::driver::{Driver, is_acx_available};
use acx::guid::GUID;
use acx::latency::{DxExitLatency, LowPower};
use acx::pool::Arc;
use acx::{Passive, Result, guid, wide};

use crate::ask::Links;
use crate::{front, note, others, values};

/// The driver-defined set of properties, methods and events.
pub(crate) const SET: GUID = guid!("ACE00001-0001-0002-0303-030303030303");
/// The component IDs of the circuits and the factory.
pub(crate) const FRONT: GUID = guid!("ACE00001-0001-0002-0303-0303030303F0");
pub(crate) const BACK: GUID = guid!("ACE00001-0001-0002-0303-0303030303B0");
pub(crate) const SOURCE: GUID = guid!("ACE00001-0001-0002-0303-0303030303A0");
pub(crate) const FACTORY: GUID = guid!("ACE00001-0001-0002-0303-0303030303C0");

pub(crate) const IDLE: GUID = guid!("ACE00001-0001-0002-0303-0303030303D0");

pub(crate) struct Whole;

impl Driver for Whole {
    fn composites(composites: &mut Composites<'_>) -> Result<()> {
        let passive = composites.passive();
        values::kept_bag(passive)?;
        let endpoint = ObjectBag::new(passive)?;
        endpoint.add(wide!("drv_test_endpoint"), 1_u32, passive)?;
        let circuit = ObjectBag::new(passive)?;
        circuit.add(wide!("drv_test_circuit"), 2_u32, passive)?;
        let factory = ObjectBag::new(passive)?;
        factory.add(wide!("drv_test_factory"), 3_u32, passive)?;
        let (endpoint, circuit) = (composites.keep(endpoint), composites.keep(circuit));
        let factory = composites.keep(factory);
        let front = CircuitTemplate::of(Named::Text(wide!("Front0"))).with_properties(circuit);
        let back = CircuitTemplate::of(Named::Id(&BACK));
        composites.add(&[front, back], Some(endpoint))?;
        let source = CircuitTemplate::of(Named::Uri(wide!("test:source")));
        let made = CircuitTemplate::made_by(Named::Uri(wide!("test:factory")))
            .on_demand()
            .with_properties(circuit)
            .with_factory_properties(factory);
        composites.add(&[source, made], Some(endpoint))?;
        sure!(composites.add(&[], None).is_err(), "an endpoint has circuits");
        Ok(())
    }

    fn device_add(init: DeviceInit<'_>, passive: &mut Passive) -> Result<()> {
        init.create(|_, _| Ok(Whole), passive)
    }
}

impl Device for Whole {
    fn prepare_hardware(&self, hardware: &mut PrepareHardware<'_>) -> Result<()> {
        let device = hardware.parent();
        let passive = hardware.passive();
        sure!(is_acx_available(&device, (1, 1), passive)?);
        same!(device.dx_exit_latency(LowPower::D3, passive)?, DxExitLatency::Responsive);
        values::bags(passive)?;
        values::rights(passive)?;
        values::formats(hardware)?;
        let links = Arc::new(Links::default())?;
        front::add(hardware, &links)?;
        others::back(hardware, &links)?;
        others::source(hardware, &links)?;
        others::factory(hardware, &links)?;
        others::idle_factory(hardware, &links)
    }

    fn d0_entry(&self, _passive: &mut Passive) -> Result<()> {
        note("device: to D0");
        Ok(())
    }

    fn d0_exit(&self, _passive: &mut Passive) -> Result<()> {
        note("device: from D0");
        Ok(())
    }

    fn surprise_removal(&self, _passive: &mut Passive) {
        note("device: pulled out");
    }
}
