//! The device: cables, each with a speaker at one end and a microphone at the other.

use acx::device::{Device, PrepareHardware, Settings};
use acx::pool::{Arc, Vec};
use acx::{Error, Passive, Result};

use crate::cable::{Cable, Common};
use crate::cables::{Cables, NewCable};
use crate::formats::{self, DeviceLists};
use crate::settings::Config;
use crate::trace::TRACE;
use crate::{composite, endpoint};

/// The context of the WDFDEVICE.
pub struct VirtualDevice {
    /// The cables of the settings.
    fixed: Vec<Arc<Cable>>,
    /// The cable between the composite endpoints, if there are any.
    composite: Option<Arc<Cable>>,
    cables: Arc<Cables>,
    lists: DeviceLists,
}

impl VirtualDevice {
    /// A device with the settings of its registry key.
    ///
    /// # Errors
    ///
    /// [`acx::Error::OutOfMemory`].
    pub fn new(settings: &Settings<'_>, passive: &mut Passive) -> Result<Self> {
        let config = Config::read(settings, passive);
        TRACE.trace_callbacks(config.trace_callbacks);
        let common =
            Common::new(config.trim, config.packets, formats::ring_bytes(config.channels))?;
        let cables = Cables::new(&common, &config, endpoint::add_cable)?;
        let mut fixed = Vec::new();
        for _ in 0..config.cables {
            fixed.push(Cable::new(common.clone())?)?;
        }
        let composite = if config.elements.composite { Some(Cable::new(common)?) } else { None };
        Ok(Self { fixed, composite, cables, lists: DeviceLists::default() })
    }
}

impl Device for VirtualDevice {
    /// Builds the circuits, at the start and after a rebalance, which removes them.
    fn prepare_hardware(&self, hardware: &mut PrepareHardware<'_>) -> Result<()> {
        self.cables.start(hardware)?;
        let device = hardware.parent();
        let config = &self.cables.config;
        let lists =
            &self.lists.of(hardware, config.format, config.channels, config.elements.engine)?;
        for (index, cable) in (0..).zip(&*self.fixed) {
            let new = NewCable { cable, index, lists, settings: &device.settings() };
            Cables::build(&self.cables, hardware, &new)?;
        }
        let Some(cable) = &self.composite else { return Ok(()) };
        // The cables do not depend on the composite endpoints: if ACX refuses those, the device
        // starts without them.
        composite::add(hardware, cable, &self.cables, lists).or_else(|error| match error {
            Error::OutOfMemory => Err(error),
            _ => {
                acx::trace!(TRACE, Warning, "NoComposite", "Status": i32 = error.status());
                Ok(())
            }
        })
    }
}
