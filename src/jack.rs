//! The jack of an end of a cable. It is connected until a property disconnects it, for tests of
//! programs with an unplugged jack; or it [follows](crate::follow) a hidden end.

use core::sync::atomic::{AtomicBool, Ordering};

use acx::event::ChangeNotifier;
use acx::jack::{JackDescription, Presence};
use acx::lock::SpinLock;
use acx::pin::Pin;
use acx::pool::Arc;
use acx::request::{Request, Verb};
use acx::{Error, Passive, Result};

/// The state of one jack.
pub struct Jack {
    connected: AtomicBool,
    notifier: SpinLock<Option<ChangeNotifier>>,
}

/// The jack's presence callback for ACX.
struct JackPresence(Arc<Jack>);

impl Presence for JackPresence {
    fn is_connected(&self, _passive: &mut Passive) -> Result<bool> {
        Ok(self.0.connected.load(Ordering::Relaxed))
    }
}

impl Jack {
    /// A jack.
    ///
    /// # Errors
    ///
    /// [`Error::OutOfMemory`].
    pub fn new(connected: bool) -> Result<Arc<Self>> {
        let connected = AtomicBool::new(connected);
        Arc::new(Self { connected, notifier: SpinLock::new(None) })
    }

    /// Adds the jack to a bridge pin.
    ///
    /// # Errors
    ///
    /// ACX's errors.
    pub fn add_to(this: &Arc<Self>, bridge: &mut Pin<'_>) -> Result<()> {
        let description = JackDescription { channel_mask: 0x3, color: 0 };
        let notifier = bridge.detected_jack(description, JackPresence(this.clone()))?;
        this.notifier.with(bridge.passive(), |slot, _| *slot = Some(notifier));
        Ok(())
    }

    /// Handles the property [`JACK_CONNECTED`](crate::properties::JACK_CONNECTED).
    pub fn handle(&self, request: Request<'_>) {
        let mut bytes = [0; 4];
        let Some(mut request) = request.require_length(bytes.len()) else { return };
        match request.verb() {
            Verb::Get => {
                bytes = u32::from(self.connected.load(Ordering::Relaxed)).to_le_bytes();
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

    /// Connects or disconnects it, and notifies clients that wait for a change.
    pub fn set(&self, connected: bool, passive: &mut Passive) {
        if self.connected.swap(connected, Ordering::AcqRel) == connected {
            return;
        }
        // ACX is not called with a lock held.
        let notifier = self.notifier.with(passive, |notifier, _| notifier.clone());
        if let Some(notifier) = notifier {
            notifier.notify(passive);
        }
    }
}
