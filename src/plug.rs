//! The jack of an end: plugged in, until somebody says otherwise. What is not there can be pulled out all the same: to see what programs make
//! of it.

use core::sync::atomic::{AtomicBool, Ordering};

use acx::event::ChangeNotifier;
use acx::jack::{JackDescription, Presence};
use acx::lock::SpinLock;
use acx::pin::Pin;
use acx::pool::Arc;
use acx::request::{Property, Request, Verb};
use acx::{Error, Passive, Result};

use crate::telemetry::PROPERTY_SET;

/// Whether the jack is plugged in: GET and SET of a ULONG on the filter, 0 or 1, of the driver's own property set.
pub const PLUGGED: u32 = 2;

/// The property, as a circuit declares it.
pub const PROPERTY: Property = Property::read_write(&PROPERTY_SET, PLUGGED);

/// The state of one jack.
pub struct Plug {
    plugged: AtomicBool,
    notifier: SpinLock<Option<ChangeNotifier>>,
}

/// What ACX asks.
struct Inside(Arc<Plug>);

impl Presence for Inside {
    fn is_connected(&self, _passive: &mut Passive) -> Result<bool> {
        Ok(self.0.plugged.load(Ordering::Relaxed))
    }
}

impl Plug {
    /// Plugged in.
    ///
    /// # Errors
    ///
    /// [`Error::OutOfMemory`].
    pub fn new() -> Result<Arc<Self>> {
        Arc::new(Self { plugged: AtomicBool::new(true), notifier: SpinLock::new(None) })
    }

    /// Gives `bridge` the jack that this is the state of.
    ///
    /// # Errors
    ///
    /// What ACX answers.
    pub fn add_to(this: &Arc<Self>, bridge: &mut Pin<'_>) -> Result<()> {
        let description = JackDescription { channel_mask: 0x3, color: 0 };
        let notifier = bridge.detected_jack(description, Inside(this.clone()))?;
        this.notifier.with(bridge.passive(), |place, _| *place = Some(notifier));
        Ok(())
    }

    /// Answers [`PROPERTY`].
    pub fn answer(&self, request: Request<'_>) {
        let mut bytes = [0; 4];
        let Some(mut request) = request.with_room(bytes.len()) else { return };
        match request.verb() {
            Verb::Get => {
                bytes = u32::from(self.plugged.load(Ordering::Relaxed)).to_le_bytes();
                let written = request.write_value(&bytes);
                request.complete(Ok(written));
            }
            Verb::Set => {
                request.read_value(&mut bytes);
                let done = match u32::from_le_bytes(bytes) {
                    state @ 0..=1 => {
                        self.set(state == 1, request.passive());
                        Ok(0)
                    }
                    _ => Err(Error::InvalidParameter),
                };
                request.complete(done);
            }
            _ => request.complete(Err(Error::NotSupported)),
        }
    }

    fn set(&self, plugged: bool, passive: &mut Passive) {
        if self.plugged.swap(plugged, Ordering::AcqRel) == plugged {
            return;
        }
        // ACX is not called with a lock held.
        let notifier = self.notifier.with(passive, |notifier, _| notifier.clone());
        if let Some(notifier) = notifier {
            notifier.notify(passive);
        }
    }
}
