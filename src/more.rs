//! Cables that come and go while the device runs. Those of the settings are there from the start, on the device itself; each of the others
//! has a child device of its own, because ACX takes circuits of a device at its start only.

use core::sync::atomic::{AtomicU32, Ordering};

use acx::circuit_device::{ChildId, CircuitDevice, Parent};
use acx::device::{Device, PrepareHardware};
use acx::exclusive::Exclusive;
use acx::pool::{Arc, Vec};
use acx::request::{Property, Request, Verb};
use acx::{Error, Passive, Result};

use crate::cable::{Cable, Common};
use crate::endpoint;
use crate::settings::{self, Config, MAX_CABLES};
use crate::telemetry::PROPERTY_SET;

/// How many cables there are: GET and SET of a ULONG on any filter of the device, of the driver's own property set. No fewer than the
/// setting says, and no more than 16. The next start of the device has the setting's number again.
pub const CABLES: u32 = 5;

/// The property, as a circuit declares it.
pub const PROPERTY: Property = Property::read_write(&PROPERTY_SET, CABLES);

/// The cables beyond those of the settings.
pub struct More {
    common: Arc<Common>,
    /// What the device's settings say.
    pub config: Config,
    count: AtomicU32,
    /// One request changes the number at a time.
    added: Exclusive<Added>,
}

#[derive(Default)]
struct Added {
    parent: Option<Parent>,
    children: Vec<Option<CircuitDevice>>,
}

impl More {
    /// None yet.
    ///
    /// # Errors
    ///
    /// [`Error::OutOfMemory`].
    pub fn new(common: &Arc<Common>, config: &Config) -> Result<Arc<Self>> {
        Arc::new(Self {
            common: common.clone(),
            config: *config,
            count: AtomicU32::new(config.cables),
            added: Exclusive::new(Added::default()),
        })
    }

    /// The device starts: its children will be this one's.
    ///
    /// # Errors
    ///
    /// [`Error::Busy`].
    pub fn start(&self, hardware: &PrepareHardware<'_>) -> Result<()> {
        self.added.enter(|added| {
            added.parent = Some(hardware.parent());
            Ok(())
        })
    }

    /// Answers [`PROPERTY`].
    #[inline(never)]
    pub fn answer(this: &Arc<Self>, request: Request<'_>) {
        let mut bytes = [0; 4];
        let Some(mut request) = request.with_room(bytes.len()) else { return };
        let answer = match request.verb() {
            Verb::Get => Ok(request.write_value(&this.count.load(Ordering::Relaxed).to_le_bytes())),
            Verb::Set => {
                request.read_value(&mut bytes);
                Self::set(this, u32::from_le_bytes(bytes), request.passive()).map(|()| 0)
            }
            _ => Err(Error::NotSupported),
        };
        request.complete(answer);
    }

    fn set(this: &Arc<Self>, wanted: u32, passive: &mut Passive) -> Result<()> {
        if !(this.config.cables..=MAX_CABLES).contains(&wanted) {
            return Err(Error::InvalidParameter);
        }
        this.added.enter(|added| {
            let parent = added.parent.clone().ok_or(Error::NotReady)?;
            let mut count = this.count.load(Ordering::Relaxed);
            while count != wanted {
                if count < wanted {
                    // Room first: a child that was added must be kept.
                    added.children.push(None)?;
                    match Self::add(this, &parent, count, passive) {
                        Ok(child) => {
                            if let Some(place) = added.children.last_mut() {
                                *place = Some(child);
                            }
                        }
                        Err(error) => {
                            let _ = added.children.pop();
                            return Err(error);
                        }
                    }
                    count = count.saturating_add(1);
                } else {
                    if let Some(child) = added.children.pop().flatten() {
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
        let device = CableDevice { more: this.clone(), parent: parent.clone(), cable, index };
        parent.add_circuit_device(&id, device, passive)
    }
}

/// The context of a child device.
struct CableDevice {
    more: Arc<More>,
    parent: Parent,
    cable: Arc<Cable>,
    index: u32,
}

impl Device for CableDevice {
    fn prepare_hardware(&self, hardware: &mut PrepareHardware<'_>) -> Result<()> {
        // The names are in the parent's key.
        let settings = self.parent.settings();
        endpoint::add_cable(hardware, &self.cable, self.index, &self.more, &settings)
    }
}
