//! Jacks: what a person sees where the path leaves the device.

use acx_sys::*;

/// A jack that is always connected: it has no presence detection.
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
