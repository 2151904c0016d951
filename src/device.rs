//! The device: cables, each with a speaker at one end and a microphone at the other.

use acx::device::{Device, PrepareHardware, Settings};
use acx::pool::{Arc, Vec};
use acx::{Error, Passive, Result};

use crate::cable::{Cable, Common};
use crate::endpoint::option;
use crate::more::More;
use crate::settings::Config;
use crate::{TRACE, composite, endpoint};

/// The context of the WDFDEVICE.
pub struct VirtualDevice {
    cables: Vec<Arc<Cable>>,
    /// The cable between the composite endpoints, if there are any.
    composite: Option<Arc<Cable>>,
    more: Arc<More>,
}

impl VirtualDevice {
    /// A device with the settings of its registry key.
    ///
    /// # Errors
    ///
    /// [`acx::Error::OutOfMemory`].
    pub fn new(settings: &Settings<'_>, passive: &mut Passive) -> Result<Self> {
        let config = Config::read(settings, passive);
        let common = Common::new(config.trim)?;
        let more = More::new(&common, &config)?;
        let mut cables = Vec::new();
        for _ in 0..config.cables {
            cables.push(Cable::new(common.clone())?)?;
        }
        let composite = option(config.elements.composite, || Cable::new(common))?;
        Ok(Self { cables, composite, more })
    }
}

impl Device for VirtualDevice {
    /// Builds the circuits: also after a rebalance, which has removed them.
    fn prepare_hardware(&self, hardware: &mut PrepareHardware<'_>) -> Result<()> {
        self.more.start(hardware)?;
        let device = hardware.parent();
        for (index, cable) in (0..).zip(&*self.cables) {
            endpoint::add_cable(hardware, cable, index, &self.more, &device.settings())?;
        }
        let Some(cable) = &self.composite else { return Ok(()) };
        // The cables do not depend on what ACX makes of several circuits: where it refuses that, they are there all the same.
        composite::add(hardware, cable, &self.more).or_else(|error| match error {
            Error::OutOfMemory => Err(error),
            _ => {
                acx::trace!(TRACE, Warning, "NoComposite", "Status": i32 = error.status());
                Ok(())
            }
        })
    }
}
