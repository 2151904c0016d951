//! Volume, mute and jack of a driver's endpoint, as Windows clients use them, and the changes that
//! a user can make in the driver.

use acx_client::bytes::{guid_bytes, number};
use acx_client::endpoint::{Endpoint, node_value};
use acx_client::telemetry::PROPERTY_SET;
use acx_client::{Failed, request};
use acx_sys::{
    GUID, KSNODETYPE_AUDIO_ENGINE, KSNODETYPE_MUTE, KSNODETYPE_VOLUME, KSPROPERTY_AUDIO_MUTE,
    KSPROPERTY_AUDIO_VOLUMELEVEL, KSPROPERTY_JACK_DESCRIPTION, KSPROPSETID_Audio, KSPROPSETID_Jack,
    STATUS_INVALID_PARAMETER,
};
use acxvad_abi::properties::{DEFAULT_FORMAT, FORMAT_BYTES, JACK_CONNECTED};

/// 1 dB of a level.
const DECIBEL: f64 = 65_536.0;

/// The lowest level used: silence for 16 bits.
pub(crate) const LOWEST: i32 = -96 * 65_536;

/// The server's volume at 0 dB.
const NORM: f64 = 65_536.0;

/// The maximum compensation of a level: 60 dB, below which 16 bits have no signal.
const MOST_TAKEN_BACK: f64 = 10.0 * NORM;

/// The level of a server's volume, which is cubic.
pub(crate) fn level_of(volume: u32) -> i32 {
    let decibels = 60.0 * (f64::from(volume) / NORM).log10();
    // Volume 0 is a level of minus infinity.
    (decibels * DECIBEL).round().max(f64::from(LOWEST)).min(0.0) as i32
}

/// The volume of the server at a level.
pub(crate) fn volume_of(level: i32) -> u32 {
    (NORM * 10f64.powf(f64::from(level) / DECIBEL / 60.0)).round() as u32
}

/// The volume that compensates a level.
pub(crate) fn inverse_of(level: i32) -> u32 {
    let volume = NORM * 10f64.powf(f64::from(level) / DECIBEL / -60.0);
    volume.min(MOST_TAKEN_BACK).round() as u32
}

/// The settings of an endpoint.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Setting {
    /// The level of each channel in 1/65536 dB; empty if the driver has no volume.
    pub(crate) levels: Vec<i32>,
    /// None if it has no mute.
    pub(crate) is_muted: Option<bool>,
}

/// A node or pin, and the index of its filter in an endpoint's path.
type Place = (usize, u32);

/// The controls of an endpoint, by their nodes, and its jack's pin. In a composite endpoint any of
/// its filters may have them; the first on a stream's path is used.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Controls {
    volume: Option<Place>,
    mute: Option<Place>,
    jack: Option<Place>,
    channels: u32,
}

impl Controls {
    /// For an endpoint and the filters after it.
    pub(crate) fn of(path: &[Endpoint], channels: u16) -> Self {
        let node = |kind: &GUID| {
            let kind = guid_bytes(kind);
            path.iter().enumerate().find_map(|(filter, own)| {
                let node = own.nodes.iter().position(|node| *node == kind)?;
                Some((filter, u32::try_from(node).ok()?))
            })
        };
        let jack = path.iter().enumerate().find_map(|(filter, own)| {
            let pin = own.pins.iter().find(|pin| pin.jacks > 0)?;
            Some((filter, pin.id))
        });
        // An audio engine's controls are reached through its node.
        let engine = node(&KSNODETYPE_AUDIO_ENGINE);
        Self {
            volume: node(&KSNODETYPE_VOLUME).or(engine),
            mute: node(&KSNODETYPE_MUTE).or(engine),
            jack,
            channels: channels.into(),
        }
    }

    /// Reads the endpoint's settings. Controls that the driver does not report count as missing.
    pub(crate) fn get(self, path: &[Endpoint]) -> Setting {
        let value = |id, (filter, node): Place, channel| {
            node_value(&path[filter].filter, id, node, Some(channel)).ok()
        };
        let levels = self.volume.map(|place| {
            let level = |channel| value(KSPROPERTY_AUDIO_VOLUMELEVEL, place, channel);
            (0..self.channels).map_while(level).collect()
        });
        let is_muted = self.mute.and_then(|place| value(KSPROPERTY_AUDIO_MUTE, place, 0));
        Setting { levels: levels.unwrap_or_default(), is_muted: is_muted.map(|value| value != 0) }
    }

    /// Sets the controls that the driver has.
    pub(crate) fn set(self, path: &[Endpoint], setting: &Setting) -> Result<(), Failed> {
        let set = |id, (filter, node): Place, channel, value: i32| {
            let instance = request::node(node, channel);
            let (what, value) = ("setting volume or mute", value.to_le_bytes());
            request::set(&path[filter].filter, what, &KSPROPSETID_Audio, id, &instance, &value)
        };
        if let Some(place) = self.volume {
            for (channel, level) in (0..).zip(&setting.levels) {
                set(KSPROPERTY_AUDIO_VOLUMELEVEL, place, Some(channel), *level)?;
            }
        }
        match (self.mute, setting.is_muted) {
            (Some(place), Some(is_muted)) => {
                set(KSPROPERTY_AUDIO_MUTE, place, None, is_muted.into())
            }
            _ => Ok(()),
        }
    }

    /// Whether the jack is plugged in; an endpoint without one always is.
    pub(crate) fn is_plugged(self, path: &[Endpoint]) -> bool {
        let Some((filter, pin)) = self.jack else { return true };
        let (set, id) = (&KSPROPSETID_Jack, KSPROPERTY_JACK_DESCRIPTION);
        let jack = request::get(&path[filter].filter, "the jack", set, id, &request::pin(pin));
        // KSMULTIPLE_ITEM of 8 bytes, KSJACK_DESCRIPTION of 28 with IsConnected at its end.
        jack.map_or(true, |value| value.len() < 36 || number(&value, 32) != 0)
    }
}

/// A change in the driver, as Windows or a user would make it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Change {
    /// The level of every channel, in dB.
    Volume(f64),
    /// Mute.
    Mute(bool),
    /// The jack is plugged in or unplugged: acxvad only.
    Jack(bool),
    /// The rate of the default format, in Hz: acxvad only.
    Rate(u32),
}

/// A change of one endpoint.
#[derive(Clone, Debug, PartialEq)]
pub struct Order {
    /// The endpoint's name.
    pub(crate) name: String,
    pub(crate) change: Change,
}

impl std::str::FromStr for Order {
    type Err = String;

    fn from_str(line: &str) -> Result<Self, String> {
        let wrong = || {
            format!(
                "{line:?} is no order: volume NAME DECIBELS, mute NAME on|off, jack NAME in|out or \
                 rate NAME HERTZ"
            )
        };
        let (verb, rest) = line.trim().split_once(' ').ok_or_else(wrong)?;
        let (name, value) = rest.trim().rsplit_once(' ').ok_or_else(wrong)?;
        let change = match (verb, value) {
            ("volume", level) => {
                let level: f64 = level.parse().map_err(|_| wrong())?;
                if !(-96.0..=0.0).contains(&level) {
                    return Err(format!("{line:?}: a volume is from -96 to 0 dB"));
                }
                Change::Volume(level)
            }
            ("mute", "on") => Change::Mute(true),
            ("mute", "off") => Change::Mute(false),
            ("jack", "in") => Change::Jack(true),
            ("jack", "out") => Change::Jack(false),
            ("rate", hertz) => Change::Rate(hertz.parse().map_err(|_| wrong())?),
            _ => return Err(wrong()),
        };
        Ok(Self { name: name.trim().to_owned(), change })
    }
}

impl std::fmt::Display for Order {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let name = &self.name;
        match self.change {
            Change::Volume(decibels) => write!(f, "volume {name} {decibels}"),
            Change::Mute(is_on) => write!(f, "mute {name} {}", if is_on { "on" } else { "off" }),
            Change::Jack(is_in) => write!(f, "jack {name} {}", if is_in { "in" } else { "out" }),
            Change::Rate(hertz) => write!(f, "rate {name} {hertz}"),
        }
    }
}

impl Change {
    /// Makes it.
    pub(crate) fn make(self, controls: Controls, path: &[Endpoint]) -> Result<(), Failed> {
        let mut setting = controls.get(path);
        match self {
            Self::Volume(decibels) if !setting.levels.is_empty() => {
                setting.levels.fill((decibels * DECIBEL).round() as i32);
            }
            Self::Mute(is_muted) if setting.is_muted.is_some() => {
                setting.is_muted = Some(is_muted);
            }
            Self::Jack(is_plugged) => {
                let (what, value) = ("setting the jack", u32::from(is_plugged).to_le_bytes());
                let place = controls.jack.map_or(0, |(filter, _)| filter);
                let (filter, set) = (&path[place].filter, &PROPERTY_SET);
                return request::set(filter, what, set, JACK_CONNECTED, &[], &value);
            }
            Self::Rate(hertz) => {
                let (filter, what, set) = (&path[0].filter, "the default format", &PROPERTY_SET);
                let id = DEFAULT_FORMAT;
                let old = request::get_known(filter, what, set, id, &[], FORMAT_BYTES)?;
                let value = [&hertz.to_le_bytes(), old.get(4..).unwrap_or_default()].concat();
                return request::set(filter, what, set, id, &[], &value);
            }
            _ => {
                let what = "a control that the driver does not have";
                return Err(Failed { what, status: STATUS_INVALID_PARAMETER });
            }
        }
        controls.set(path, &setting)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_and_volumes_are_each_others() {
        assert_eq!((level_of(65_536), volume_of(0), inverse_of(0)), (0, 65_536, 65_536));
        // The server's own table: half the slider is -18.06 dB.
        let half = f64::from(level_of(32_768)) / DECIBEL;
        assert!((half + 18.062).abs() < 0.001, "{half}");
        assert_eq!(volume_of(level_of(32_768)), 32_768);
        assert_eq!(inverse_of(level_of(32_768)), 131_072);
        assert_eq!((level_of(0), level_of(99_999)), (LOWEST, 0));
        assert_eq!(inverse_of(LOWEST), 655_360);
    }

    #[test]
    fn orders_are_read_and_what_is_none_is_named() {
        let order = |line: &str| line.parse::<Order>().map(|order| (order.name, order.change));
        assert_eq!(
            order("volume My Speaker -6.5"),
            Ok(("My Speaker".to_owned(), Change::Volume(-6.5)))
        );
        assert_eq!(order(" mute Speaker0 on "), Ok(("Speaker0".to_owned(), Change::Mute(true))));
        assert_eq!(order("jack Speaker0 out"), Ok(("Speaker0".to_owned(), Change::Jack(false))));
        assert_eq!(order("rate Speaker0 44100"), Ok(("Speaker0".to_owned(), Change::Rate(44_100))));
        let wrong =
            ["", "mute", "mute Speaker0", "mute Speaker0 maybe", "volume S loud", "rate S 44.1"];
        for line in wrong {
            let words = order(line).unwrap_err();
            assert!(words.contains(line) && words.contains("volume NAME"), "{words}");
        }
        assert!(order("volume Speaker0 6").unwrap_err().contains("-96 to 0 dB"));
        assert!(order("volume Speaker0 nan").is_err());
    }
}
