//! Jacks that a property unplugs and plugs in.

use core::sync::atomic::{AtomicBool, Ordering};

use acx::event::ChangeNotifier;
use acx::guid::GUID;
use acx::jack::{JackDescription, Presence};
use acx::lock::SpinLock;
use acx::pin::Pin;
use acx::pool::Arc;
use acx::request::{Request, Verb};
use acx::{Error, Passive, Result};

use crate::Flaw;

/// The property set of the driver, and the property for a circuit's jack state.
pub const SET: GUID = acx::guid!("2F0B8F0C-8F8B-4E5B-9C5C-0D1F5A3C1E1F");
/// See [`SET`].
pub const JACK: u32 = 1;

/// A jack.
pub(crate) struct Jack {
    flaw: Flaw,
    is_connected: AtomicBool,
    notifier: SpinLock<Option<ChangeNotifier>>,
}

/// ACX's presence callback.
struct State(Arc<Jack>);

impl Presence for State {
    fn is_connected(&self, _passive: &mut Passive) -> Result<bool> {
        Ok(self.0.is_connected.load(Ordering::Relaxed) || self.0.flaw == Flaw::StuckJack)
    }
}

impl Jack {
    /// A jack.
    pub(crate) fn new(flaw: Flaw, is_connected: bool) -> Result<Arc<Self>> {
        let notifier = SpinLock::new(None);
        Arc::new(Self { flaw, is_connected: AtomicBool::new(is_connected), notifier })
    }

    /// Adds it to a bridge pin.
    pub(crate) fn add_to(
        this: &Arc<Self>,
        bridge: &mut Pin<'_>,
        description: JackDescription,
    ) -> Result<()> {
        let notifier = bridge.detected_jack(description, State(this.clone()))?;
        this.notifier.with(bridge.passive(), |place, _| *place = Some(notifier));
        Ok(())
    }

    /// Handles [`JACK`].
    pub(crate) fn handle(&self, request: Request<'_>) {
        let Some(mut request) = request.require_length(4) else { return };
        match request.verb() {
            Verb::Get => {
                let state = u32::from(self.is_connected.load(Ordering::Relaxed));
                let written = request.write_value(&state.to_le_bytes());
                request.complete(Ok(written));
            }
            Verb::Set => {
                let allowed = match self.flaw {
                    Flaw::Unguarded => Ok(()),
                    _ => request.require_administrator(),
                };
                if allowed.is_ok() || self.flaw == Flaw::DeniedAndDone {
                    let mut bytes = [0; 4];
                    request.read_value(&mut bytes);
                    self.set(u32::from_le_bytes(bytes) != 0, request.passive());
                }
                request.complete(allowed.map(|()| 0));
            }
            _ => request.complete(Err(Error::NotSupported)),
        }
    }

    /// Plugs it in or unplugs it.
    pub(crate) fn set(&self, is_connected: bool, passive: &mut Passive) {
        let before = self.is_connected.swap(is_connected, Ordering::AcqRel);
        let is_told = match self.flaw {
            Flaw::SilentJack => is_connected && !before,
            Flaw::NoisyJack => true,
            _ => is_connected != before,
        };
        let notifier = self.notifier.with(passive, |notifier, _| notifier.clone());
        if let Some(notifier) = notifier.filter(|_| is_told) {
            notifier.notify(passive);
        }
    }
}
