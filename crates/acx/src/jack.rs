//! Jacks: the connectors where the audio path leaves the device. DDI: AcxJackCreate,
//! AcxPinAddJacks, EVT_ACX_JACK_RETRIEVE_PRESENCE_STATE.
//!
//! ```
//! # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/example/host.rs"));
//! # fn main() { host::run(prepare) }
//! use acx::circuit::{CircuitInit, Direction};
//! use acx::device::PrepareHardware;
//! use acx::guid::KSNODETYPE_HEADPHONES;
//! use acx::jack::{JackDescription, Presence};
//! use acx::pin::Mode;
//! use acx::{Passive, Result, wide};
//!
//! /// The switch in a socket.
//! struct Socket;
//!
//! impl Presence for Socket {
//!     fn is_connected(&self, _passive: &mut Passive) -> Result<bool> {
//!         Ok(true)
//!     }
//! }
//!
//! fn prepare(hardware: &mut PrepareHardware<'_>) -> Result<()> {
//!     let name = wide!("Speaker0");
//!     let init = CircuitInit::new(hardware, Direction::Render, name, &host::COMPONENT)?;
//!     let mut circuit = init.create(host::Still)?;
//!     circuit.host_pin(1)?.formats(Mode::Raw, [host::STEREO])?;
//!     let jack = JackDescription { channel_mask: 3, color: 0x00B3_C98C };
//!     let change = circuit.bridge_pin(&KSNODETYPE_HEADPHONES)?.detected_jack(jack, Socket)?;
//!     circuit.add()?;
//!     // When the switch moves: clients then query the state.
//!     change.notify(hardware.passive());
//!     Ok(())
//! }
//! ```

use core::ptr::null_mut;

use acx_sys::*;

use crate::debug::Level;
use crate::error::{check, status};
use crate::event::{ChangeNotifier, Changed};
use crate::items::one;
use crate::pin::Pin;
use crate::trace;
use crate::{Error, Passive, Result, context};

/// The presence detection of a jack. ACX calls it at `PASSIVE_LEVEL`.
pub trait Presence: Send + Sync + 'static {
    /// EvtAcxJackRetrievePresenceState.
    fn is_connected(&self, passive: &mut Passive) -> Result<bool>;
}

/// The appearance of a jack.
#[derive(Clone, Copy, Debug)]
pub struct JackDescription {
    /// Speaker positions, one bit each.
    pub channel_mask: u32,
    /// 0x00RRGGBB, or 0 for unknown.
    pub color: u32,
}

impl JackDescription {
    pub(crate) fn to_acx(self) -> ACX_JACK_DESCRIPTION {
        ACX_JACK_DESCRIPTION {
            ChannelMapping: self.channel_mask,
            Color: self.color,
            ConnectionType: _ACX_JACK_CONNECTION_TYPE::AcxConnTypeOtherDigital,
            GeoLocation: _ACX_JACK_GEO_LOCATION::AcxGeoLocNotApplicable,
            GenLocation: _ACX_JACK_GEN_LOCATION::AcxGenLocOther,
            PortConnection: _ACX_JACK_PORT_CONNECTION::AcxPortConnUnknown,
        }
    }
}

/// The jacks of a bridge pin.
impl Pin<'_> {
    /// Adds a jack without presence detection, which is always connected.
    ///
    /// # Errors
    ///
    /// ACX's errors.
    #[doc(alias = "AcxJackCreate")]
    #[doc(alias = "AcxPinAddJacks")]
    pub fn fixed_jack(&mut self, description: JackDescription) -> Result<&mut Self> {
        self.create_jack(&mut config(description), ())?;
        Ok(self)
    }

    /// Adds a jack with presence detection. Returns its change notifier.
    ///
    /// # Errors
    ///
    /// ACX's errors.
    pub fn detected_jack<P: Presence>(
        &mut self,
        description: JackDescription,
        presence: P,
    ) -> Result<ChangeNotifier> {
        let mut callbacks = ACX_JACK_CALLBACKS::default();
        ACX_JACK_CALLBACKS_INIT(&mut callbacks);
        callbacks.EvtAcxJackRetrievePresenceState = Some(is_connected::<P>);
        let mut config = config(description);
        config.Flags = _ACX_JACK_CONFIG_FLAGS::AcxJackConfigJackDetection.cast_unsigned();
        config.Callbacks = &raw mut callbacks;
        let jack = self.create_jack(&mut config, presence)?;
        // SAFETY: the jack was created just now, and is alive while its pin is being built.
        Ok(unsafe { ChangeNotifier::new(jack.cast(), Changed::Jack) })
    }

    fn create_jack<T: Send + Sync + 'static>(
        &mut self,
        config: &mut ACX_JACK_CONFIG,
        value: T,
    ) -> Result<ACXJACK> {
        let pin = self.handle();
        let create = |attributes: &mut WDF_OBJECT_ATTRIBUTES, handle: &mut ACXJACK| {
            // SAFETY: the pin is alive while its circuit is being built, at PASSIVE_LEVEL by its
            // token; ACX copies configuration and callbacks.
            unsafe { AcxJackCreate(pin, attributes, config, handle) }
        };
        // SAFETY: `create` makes a new object with the attributes it gets.
        let mut handle = unsafe {
            context::create(pin.cast(), value, null_mut(), <*mut ACXJACK__>::cast, create)
        }?;
        let (place, count) = one(&mut handle);
        // SAFETY: a jack of this pin, created just now and not yet added; ACX copies the array.
        check(unsafe { AcxPinAddJacks(pin, place, count) })?;
        Ok(handle)
    }
}

fn config(description: JackDescription) -> ACX_JACK_CONFIG {
    let mut config = ACX_JACK_CONFIG::default();
    ACX_JACK_CONFIG_INIT(&mut config);
    config.Description = description.to_acx();
    config
}

unsafe extern "C" fn is_connected<P: Presence>(jack: ACXJACK, out: PBOOLEAN) -> NTSTATUS {
    trace::callback(Level::Info, c"EvtAcxJackRetrievePresenceState", jack, [0, 0]);
    // SAFETY: EvtAcxJackRetrievePresenceState runs at PASSIVE_LEVEL.
    let mut passive = unsafe { Passive::assume() };
    // SAFETY: ACX calls back for a live jack, and not after its cleanup.
    let presence = unsafe { context::get::<P>(jack.cast()) }.ok_or(Error::InvalidState);
    status(presence.and_then(|presence| presence.is_connected(&mut passive)).map(|connected| {
        // SAFETY: ACX passes a valid output parameter.
        unsafe { out.write(BOOLEAN::from(connected)) };
    }))
}
