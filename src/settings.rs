//! Settings: values of the device's registry key, read when the device starts. Their table is
//! [`acxvad_abi::settings`].
//!
//! A value that is not allowed is ignored and the default applies. A trace event reports it with
//! its name, its value, and the allowed values.

use core::ffi::CStr;

use acx::device::Settings;
use acx::format::WaveFormat;
use acx::pool::Vec;
use acx::{Error, Passive};
pub use acxvad_abi::settings::MAX_CABLES;
use acxvad_abi::settings::{
    self as table, Allowed, ENDS, EndSwitch, MAX_NUMBER_NAME, Number, is_good_name,
};
use vdma::source::Source;

use crate::formats;
use crate::trace::TRACE;

/// The size of a megabyte in `PacketMegabytes`.
const MEGABYTE: usize = 1024 * 1024;

/// The settings of a device, with defaults for those that are absent or not allowed.
#[derive(Clone, Copy, Debug)]
pub struct Config {
    /// Pairs of a speaker and a microphone.
    pub cables: u32,
    /// The source of microphones.
    pub source: Source,
    /// The maximum number of channels of a format, and the channels of controls.
    pub channels: u32,
    /// The default format, first in every list that contains it.
    pub format: WaveFormat,
    /// The step in microseconds, cut at a packet's end. The default is half of the usual packet:
    /// its client has most of a period to respond, and the timer costs little.
    pub step: u32,
    /// The initial deviation of each cable's clock, in parts per million.
    pub trim: i32,
    /// The memory budget for the packets of all streams, in bytes.
    pub packets: usize,
    /// The elements of circuits.
    pub elements: Elements,
    /// The users that may stream at hidden ends.
    pub hidden_ends_for: HiddenEndsFor,
    /// Whether each callback is traced.
    pub trace_callbacks: bool,
}

/// The users that may stream at hidden ends, beside administrators and the system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HiddenEndsFor {
    /// Interactive users.
    Interactive,
    /// No other users.
    Administrators,
    /// All users, including services and network logons.
    Everyone,
}

/// The elements of circuits.
#[derive(Clone, Copy, Debug)]
pub struct Elements {
    /// Volume.
    pub volume: bool,
    /// Mute.
    pub mute: bool,
    /// Peak meter.
    pub meter: bool,
    /// The speaker's audio engine, which has all three, and offload and loopback pins.
    pub engine: bool,
    /// The audio module that reports the streams' counters.
    pub module: bool,
    /// The microphone's keyword spotter, with its own pin.
    pub spotter: bool,
    /// The two composite endpoints.
    pub composite: bool,
}

/// Reads numbers, and reports those that are not allowed.
struct Reader<'a> {
    settings: &'a Settings<'a>,
    passive: &'a Passive,
}

impl Reader<'_> {
    /// The value of a setting, or its default.
    fn number(&self, number: &Number) -> u32 {
        self.value(number.label, number.allowed, number.default)
    }

    #[inline(never)]
    fn value(&self, name: &CStr, allowed: Allowed, default: u32) -> u32 {
        let mut units = [0; MAX_NUMBER_NAME];
        let label = name.to_bytes();
        for (unit, byte) in units.iter_mut().zip(label) {
            *unit = u16::from(*byte);
        }
        let key = units.get(..label.len()).unwrap_or(&units);
        let (value, status) = match self.settings.number(key, self.passive) {
            Err(Error::NotFound) => return default,
            Err(error) => (0, error.status()),
            Ok(value) if allowed.contains(value) => return value,
            Ok(value) => (value, Error::InvalidParameter.status()),
        };
        let (least, most) = allowed.bounds();
        bad(name, value, least, most, status);
        default
    }

    /// The channels of the default format at `rate`, on a device with at most `most`.
    fn channels(&self, rate: u32, most: u32) -> u32 {
        let number = &table::DEFAULT_CHANNELS;
        let (channels, most) = (self.number(number), formats::channels_at(rate, most));
        if channels <= most {
            return channels;
        }
        bad(number.label, channels, 1, most, Error::InvalidParameter.status());
        number.default
    }

    fn switch(&self, number: &Number) -> bool {
        self.number(number) != 0
    }
}

/// Reports a value that is not allowed.
#[inline(never)]
fn bad(name: &CStr, value: u32, least: u32, most: u32, status: i32) {
    acx::trace!(TRACE, Warning, "BadSetting",
        "Name": cstr = name, "Value": u32 = value, "Least": u32 = least,
        "Most": u32 = most, "Status": i32 = status);
}

impl Config {
    /// Reads the device's registry key.
    #[inline(never)]
    pub fn read(settings: &Settings<'_>, passive: &Passive) -> Self {
        let reader = Reader { settings, passive };
        let rate = reader.number(&table::DEFAULT_RATE);
        let most = reader.number(&table::MAX_CHANNELS);
        let channels = reader.channels(rate, most);
        let sample = reader.number(&table::DEFAULT_SAMPLE);
        let trim = reader.number(&table::CLOCK_TRIM);
        let profile = reader.number(&table::PROFILE);
        let by_profile = |number: &Number| reader.value(number.label, number.allowed, profile) != 0;
        Self {
            cables: reader.number(&table::CABLES),
            source: match reader.number(&table::CAPTURE_SOURCE) {
                1 => Source::Tone,
                2 => Source::Silence,
                _ => Source::Cable,
            },
            channels: most,
            format: formats::named(rate, channels, sample).unwrap_or(formats::DEFAULT),
            step: reader.number(&table::STEP_MICROSECONDS),
            trim: trim.cast_signed(),
            packets: usize::try_from(reader.number(&table::PACKET_MEGABYTES))
                .unwrap_or(0)
                .saturating_mul(MEGABYTE),
            elements: Elements {
                volume: reader.switch(&table::VOLUME),
                mute: reader.switch(&table::MUTE),
                meter: reader.switch(&table::PEAK_METER),
                engine: reader.switch(&table::AUDIO_ENGINE),
                module: reader.switch(&table::AUDIO_MODULE),
                spotter: by_profile(&table::KEYWORD_SPOTTER),
                composite: by_profile(&table::COMPOSITE),
            },
            hidden_ends_for: match reader.number(&table::HIDDEN_ENDS_FOR) {
                1 => HiddenEndsFor::Administrators,
                2 => HiddenEndsFor::Everyone,
                _ => HiddenEndsFor::Interactive,
            },
            trace_callbacks: reader.switch(&table::TRACE_CALLBACKS),
        }
    }
}

/// The switches of the two ends of a cable, the speaker's first.
#[derive(Clone, Copy, Debug)]
pub struct EndSwitches {
    /// Whether the end is hidden: Windows creates no endpoint for it.
    pub hidden: [bool; 2],
    /// Whether the end's jack follows the streams at the other end, if that is hidden.
    pub jack_follows: [bool; 2],
}

impl EndSwitches {
    /// Reads the switches of cable `index` (from 0).
    #[inline(never)]
    pub fn read(settings: &Settings<'_>, index: u32, passive: &Passive) -> Self {
        let reader = Reader { settings, passive };
        let both = |switch: &EndSwitch| {
            ENDS.map(|end| {
                let mut label = [0; MAX_NUMBER_NAME + 1];
                let name = switch.name_in(end, index, &mut label);
                name.is_some_and(|name| reader.value(name, table::SWITCH, 0) != 0)
            })
        };
        Self { hidden: both(&table::HIDDEN), jack_follows: both(&table::JACK_FOLLOWS) }
    }
}

/// The name that Windows shows for an end of cable `index` (from 0): the value of `key`, such as
/// `Speaker0Name`, or `default` with the cable's number before it. None for an end of the first
/// cable without such a value: Windows names it by its type.
///
/// # Errors
///
/// [`Error::OutOfMemory`].
#[inline(never)]
pub fn end_name(
    settings: &Settings<'_>,
    key: &[u16],
    index: u32,
    default: &[u16],
    passive: &Passive,
) -> acx::Result<Option<Vec<u16>>> {
    let status = match settings.text(key, passive) {
        Ok(text) if is_good_name(&text) => return Ok(Some(text)),
        Ok(_) => Some(Error::InvalidParameter.status()),
        Err(Error::NotFound) => None,
        Err(Error::OutOfMemory) => return Err(Error::OutOfMemory),
        Err(error) => Some(error.status()),
    };
    if let Some(status) = status {
        acx::trace!(TRACE, Warning, "BadName", "Cable": u32 = index, "Status": i32 = status);
    }
    if index == 0 {
        return Ok(None);
    }
    let mut name = numbered(acx::wide!("Cable "), index.saturating_add(1))?;
    default.iter().try_for_each(|unit| name.push(*unit))?;
    Ok(Some(name))
}

/// `text` followed by `number` in decimal.
///
/// # Errors
///
/// [`Error::OutOfMemory`].
pub fn numbered(text: &[u16], number: u32) -> acx::Result<Vec<u16>> {
    let mut name = Vec::new();
    text.iter().try_for_each(|unit| name.push(*unit))?;
    let mut power = 1_000_000_000_u32;
    while power > 0 {
        let left = number.checked_div(power).unwrap_or_default();
        if left > 0 || power == 1 {
            name.push(
                u16::try_from(left % 10).map_or(u16::from(b'0'), |digit| digit | u16::from(b'0')),
            )?;
        }
        power /= 10;
    }
    Ok(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_formats_that_settings_may_name_are_those_of_the_table() {
        let allowed =
            |number: Number| (0..=400_000).filter(move |value| number.allowed.contains(*value));
        assert_eq!(allowed(table::DEFAULT_RATE).count(), formats::RATES.len());
        for rate in allowed(table::DEFAULT_RATE) {
            for channels in allowed(table::DEFAULT_CHANNELS) {
                for sample in allowed(table::DEFAULT_SAMPLE) {
                    assert!(formats::named(rate, channels, sample).is_some());
                }
            }
        }
        let default = [table::DEFAULT_RATE, table::DEFAULT_CHANNELS, table::DEFAULT_SAMPLE]
            .map(|n| n.default);
        let [rate, channels, sample] = default;
        assert_eq!(formats::named(rate, channels, sample), Some(formats::DEFAULT));
        for number in table::SETTINGS.map(|setting| setting.number) {
            assert!(number.allowed.contains(number.default), "{number:?}");
        }
    }
}
