//! Jacks: what a person sees where the path leaves the device. DDI: AcxJackCreate, AcxPinAddJacks,
//! EVT_ACX_JACK_RETRIEVE_PRESENCE_STATE.

use core::marker::PhantomData;
use core::ptr::null_mut;

use acx_sys::*;

use crate::debug::{self, Level};
use crate::error::{check, status};
use crate::event::{ChangeNotifier, Changed};
use crate::pin::Pin;
use crate::{Error, Passive, Result, context};

/// Whether something is plugged in. ACX asks at `PASSIVE_LEVEL`.
pub trait Presence: Send + Sync + 'static {
    /// EvtAcxJackRetrievePresenceState.
    fn is_connected(&self, passive: &mut Passive) -> Result<bool>;
}

/// A jack of a pin that is being built.
#[derive(Debug)]
pub struct Jack<'pin> {
    handle: ACXJACK,
    pin: PhantomData<&'pin ()>,
}

/// How a jack looks.
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

impl<'pin> Jack<'pin> {
    /// A jack that is always connected: it has no presence detection.
    ///
    /// # Errors
    ///
    /// What ACX answers.
    #[doc(alias = "AcxJackCreate")]
    pub fn fixed(pin: &'pin Pin<'_>, description: JackDescription) -> Result<Self> {
        let mut config = config(description);
        let mut attributes = context::attributes::<()>(pin.handle().cast());
        let mut handle: ACXJACK = null_mut();
        // SAFETY: a live pin; ACX copies the configuration.
        check(unsafe {
            AcxJackCreate(pin.handle(), &raw mut attributes, &raw mut config, &raw mut handle)
        })?;
        Ok(Self { handle, pin: PhantomData })
    }

    /// A jack that things are plugged into and pulled out of.
    ///
    /// # Errors
    ///
    /// What ACX answers.
    pub fn detected<P: Presence>(
        pin: &'pin Pin<'_>,
        description: JackDescription,
        presence: P,
    ) -> Result<Self> {
        let mut callbacks = ACX_JACK_CALLBACKS::default();
        ACX_JACK_CALLBACKS_INIT(&mut callbacks);
        callbacks.EvtAcxJackRetrievePresenceState = Some(is_connected::<P>);
        let mut config = config(description);
        config.Flags = _ACX_JACK_CONFIG_FLAGS::AcxJackConfigJackDetection.cast_unsigned();
        config.Callbacks = &raw mut callbacks;
        let create = |attributes: &mut WDF_OBJECT_ATTRIBUTES, handle: &mut ACXJACK| {
            // SAFETY: a live pin; ACX copies configuration and callbacks.
            unsafe { AcxJackCreate(pin.handle(), attributes, &raw mut config, handle) }
        };
        let parent = pin.handle().cast();
        // SAFETY: `create` makes a new object with the attributes it gets.
        let handle = unsafe {
            context::create(parent, presence, null_mut(), <*mut ACXJACK__>::cast, create)
        }?;
        Ok(Self { handle, pin: PhantomData })
    }

    pub(crate) fn handle(&self) -> ACXJACK {
        self.handle
    }

    /// Tells clients that something was plugged in or pulled out.
    pub fn change_notifier(&self) -> ChangeNotifier {
        // SAFETY: the jack is alive while its pin is being built.
        unsafe { ChangeNotifier::new(self.handle.cast(), Changed::Jack) }
    }
}

fn config(description: JackDescription) -> ACX_JACK_CONFIG {
    let mut config = ACX_JACK_CONFIG::default();
    ACX_JACK_CONFIG_INIT(&mut config);
    config.Description = description.to_acx();
    config
}

unsafe extern "C" fn is_connected<P: Presence>(jack: ACXJACK, place: PBOOLEAN) -> NTSTATUS {
    debug::callback(Level::Info, "EvtAcxJackRetrievePresenceState");
    // SAFETY: EvtAcxJackRetrievePresenceState runs at PASSIVE_LEVEL.
    let mut passive = unsafe { Passive::assume() };
    // SAFETY: ACX makes the callback for a live jack, and not after its cleanup.
    let presence = unsafe { context::get::<P>(jack.cast()) }.ok_or(Error::InvalidState);
    status(presence.and_then(|presence| presence.is_connected(&mut passive)).map(|connected| {
        // SAFETY: ACX gives a valid place for the answer.
        unsafe { place.write(BOOLEAN::from(connected)) };
    }))
}
