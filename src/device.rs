//! The device: one cable, a speaker at one end, a microphone at the other.

use acx::device::{Device, PrepareHardware, Settings};
use acx::pool::Arc;
use acx::{Passive, Result};
use vdma::source::Source;

use crate::cable::Cable;
use crate::{endpoint, settings};

/// The context of the WDFDEVICE.
pub struct VirtualDevice {
    cable: Arc<Cable>,
    source: Source,
}

impl VirtualDevice {
    /// A device with the settings of its registry key.
    ///
    /// # Errors
    ///
    /// [`acx::Error::OutOfMemory`].
    pub fn new(settings: &Settings, passive: Passive<'_>) -> Result<Self> {
        Ok(Self { cable: Cable::new()?, source: settings::capture_source(settings, passive) })
    }
}

impl Device for VirtualDevice {
    /// Builds the circuits: also after a rebalance, which has removed them.
    fn prepare_hardware(&self, hardware: &mut PrepareHardware<'_>) -> Result<()> {
        endpoint::add_speaker(hardware, &self.cable)?;
        endpoint::add_microphone(hardware, &self.cable, self.source)
    }
}
