//! The cables of a device, whose number a property changes while the device runs. The cables of the
//! settings exist from the start, on the device itself. Each additional cable has its own child
//! device, because a device can add circuits only at its start.

use core::sync::atomic::{AtomicU32, Ordering};

use acx::circuit_device::{ChildId, CircuitDevice, Parent};
use acx::device::{Device, PrepareHardware, Settings};
use acx::exclusive::Exclusive;
use acx::pool::{Arc, Vec};
use acx::request::{Request, Verb};
use acx::{Error, Passive, Result};

use crate::cable::{Cable, Common};
use crate::formats::{DeviceLists, Lists};
use crate::settings::{self, Config, MAX_CABLES};

/// A cable whose circuits are being built.
pub struct NewCable<'a> {
    /// The cable.
    pub cable: &'a Arc<Cable>,
    /// Its number, from 0.
    pub index: u32,
    /// The formats of its device.
    pub lists: &'a Arc<Lists>,
    /// The settings with the names of its ends.
    pub settings: &'a Settings<'a>,
}

/// Builds the circuits of a cable.
pub type BuildCable = fn(&mut PrepareHardware<'_>, &NewCable<'_>, &Arc<Cables>) -> Result<()>;

/// The cables of a device.
pub struct Cables {
    common: Arc<Common>,
    /// The device's settings.
    pub config: Config,
    build: BuildCable,
    count: AtomicU32,
    /// One request at a time changes the number.
    children: Exclusive<Children>,
}

/// The cables beyond those of the settings.
#[derive(Default)]
struct Children {
    parent: Option<Parent>,
    devices: Vec<Option<CircuitDevice>>,
}

impl Cables {
    /// The cables of the settings, and no others.
    ///
    /// # Errors
    ///
    /// [`Error::OutOfMemory`].
    pub fn new(common: &Arc<Common>, config: &Config, build: BuildCable) -> Result<Arc<Self>> {
        Arc::new(Self {
            common: common.clone(),
            config: *config,
            build,
            count: AtomicU32::new(config.cables),
            children: Exclusive::new(Children::default()),
        })
    }

    /// Builds the circuits of a cable.
    ///
    /// # Errors
    ///
    /// The framework's errors; the device then removes the circuits that were added.
    pub fn build(
        this: &Arc<Self>,
        hardware: &mut PrepareHardware<'_>,
        cable: &NewCable<'_>,
    ) -> Result<()> {
        (this.build)(hardware, cable, this)
    }

    /// Called when the device starts: it becomes the parent of child devices.
    ///
    /// # Errors
    ///
    /// [`Error::Busy`].
    pub fn start(&self, hardware: &PrepareHardware<'_>) -> Result<()> {
        self.children.enter(|children| {
            children.parent = Some(hardware.parent());
            Ok(())
        })
    }

    /// Handles the property [`CABLES`](crate::properties::CABLES).
    #[inline(never)]
    pub fn handle(this: &Arc<Self>, request: Request<'_>) {
        let mut bytes = [0; 4];
        let Some(mut request) = request.require_length(bytes.len()) else { return };
        let result = match request.verb() {
            Verb::Get => Ok(request.write_value(&this.count.load(Ordering::Relaxed).to_le_bytes())),
            Verb::Set => {
                request.read_value(&mut bytes);
                Self::set(this, u32::from_le_bytes(bytes), request.passive()).map(|()| 0)
            }
            _ => Err(Error::NotSupported),
        };
        request.complete(result);
    }

    fn set(this: &Arc<Self>, wanted: u32, passive: &mut Passive) -> Result<()> {
        if !(this.config.cables..=MAX_CABLES).contains(&wanted) {
            return Err(Error::InvalidParameter);
        }
        this.children.enter(|children| {
            let parent = children.parent.clone().ok_or(Error::NotReady)?;
            let mut count = this.count.load(Ordering::Relaxed);
            while count != wanted {
                if count < wanted {
                    // The entry first: a child that was added must not be lost for lack of memory.
                    children.devices.push(None)?;
                    match Self::add(this, &parent, count, passive) {
                        Ok(child) => {
                            if let Some(entry) = children.devices.last_mut() {
                                *entry = Some(child);
                            }
                        }
                        Err(error) => {
                            let _ = children.devices.pop();
                            return Err(error);
                        }
                    }
                    count = count.saturating_add(1);
                } else {
                    if let Some(child) = children.devices.pop().flatten() {
                        child.remove(passive);
                    }
                    count = count.saturating_sub(1);
                }
                this.count.store(count, Ordering::Relaxed);
            }
            Ok(())
        })
    }

    fn add(
        this: &Arc<Self>,
        parent: &Parent,
        index: u32,
        passive: &mut Passive,
    ) -> Result<CircuitDevice> {
        let number = settings::numbered(&[], index)?;
        let text = settings::numbered(acx::wide!("acxvad cable "), index.saturating_add(1))?;
        let id = ChildId { device: acx::wide!("ACXVAD\\Cable"), instance: &number, text: &text };
        let cable = Cable::new(this.common.clone())?;
        let (cables, parent_of) = (this.clone(), parent.clone());
        let lists = DeviceLists::default();
        let device = CableDevice { cables, parent: parent_of, cable, index, lists };
        parent.add_circuit_device(&id, device, passive)
    }
}

/// The context of a child device.
struct CableDevice {
    cables: Arc<Cables>,
    parent: Parent,
    cable: Arc<Cable>,
    index: u32,
    lists: DeviceLists,
}

impl Device for CableDevice {
    fn prepare_hardware(&self, hardware: &mut PrepareHardware<'_>) -> Result<()> {
        // The names are in the parent's registry key.
        let settings = self.parent.settings();
        let config = &self.cables.config;
        let lists =
            self.lists.of(hardware, config.format, config.channels, config.elements.engine)?;
        let (cable, index) = (&self.cable, self.index);
        let new = NewCable { cable, index, lists: &lists, settings: &settings };
        Cables::build(&self.cables, hardware, &new)
    }
}
