//! Settings: values of the device's registry key, read when the device starts. `docs/settings.md`
//! is the list for people.
//!
//! An absent value means the default. So does a bad one, and an event says which it was, what it
//! should have been, and what is used.

use core::ffi::CStr;
use core::ops::RangeInclusive;

use acx::device::Settings;
use acx::format::WaveFormat;
use acx::pool::Vec;
use acx::{Error, Passive};
use vdma::source::Source;

use crate::formats;
use crate::trace::TRACE;

/// Pairs of a speaker and a microphone.
pub const MAX_CABLES: u32 = 16;

/// Units of a name.
const MAX_NAME: usize = 63;

/// What the registry says, made good.
#[derive(Clone, Copy, Debug)]
pub struct Config {
    /// Pairs of a speaker and a microphone.
    pub cables: u32,
    /// What microphones hear.
    pub source: Source,
    /// The first format of every list that has it.
    pub format: WaveFormat,
    /// How much is moved at a time, in microseconds, cut at a packet's end. The default is half of
    /// the usual packet, so that its client has most of a period to answer, and the timer costs
    /// little.
    pub step: u32,
    /// What the device's clock is off by on purpose, in parts per million.
    pub trim: i32,
    /// Which elements circuits have.
    pub elements: Elements,
}

/// Which elements circuits have.
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
    /// The audio module that tells the streams' counters.
    pub module: bool,
    /// The microphone's keyword spotter, with a pin of its own.
    pub spotter: bool,
    /// The two endpoints of several circuits.
    pub composite: bool,
}

/// Reads numbers, and says what was wrong with them.
struct Reader<'a> {
    settings: &'a Settings<'a>,
    passive: &'a Passive,
}

/// A name as the registry has it, and as an event does.
macro_rules! name {
    ($name:literal) => {{
        const NAME: &CStr = match CStr::from_bytes_with_nul(concat!($name, "\0").as_bytes()) {
            Ok(name) => name,
            Err(_) => c"",
        };
        (acx::wide!($name), NAME)
    }};
}
pub(crate) use name;

impl Reader<'_> {
    /// The value of `name`, if there is one and it is `good`, else `default`.
    fn value(
        &self,
        (name, label): (&'static [u16], &CStr),
        allowed: RangeInclusive<u32>,
        default: u32,
        good: &dyn Fn(u32) -> bool,
    ) -> u32 {
        let (value, status) = match self.settings.number(name, self.passive) {
            Err(Error::NotFound) => return default,
            Err(error) => (0, error.status()),
            Ok(value) if good(value) => return value,
            Ok(value) => (value, Error::InvalidParameter.status()),
        };
        acx::trace!(TRACE, Warning, "BadSetting",
            "Name": cstr = label, "Value": u32 = value, "Least": u32 = *allowed.start(),
            "Most": u32 = *allowed.end(), "Status": i32 = status);
        default
    }

    fn number(
        &self,
        name: (&'static [u16], &CStr),
        allowed: RangeInclusive<u32>,
        default: u32,
    ) -> u32 {
        self.value(name, allowed.clone(), default, &|value| allowed.contains(&value))
    }

    fn switch(&self, name: (&'static [u16], &CStr)) -> bool {
        self.number(name, 0..=1, 1) == 1
    }
}

impl Config {
    /// What the device's key holds.
    #[inline(never)]
    pub fn read(settings: &Settings<'_>, passive: &Passive) -> Self {
        let reader = Reader { settings, passive };
        let usual = formats::DEFAULT;
        let rate = reader.value(name!("DefaultRate"), 8_000..=192_000, usual.rate, &|rate| {
            formats::RATES.contains(&rate)
        });
        let channels = reader.number(name!("DefaultChannels"), 1..=8, u32::from(usual.channels));
        let sample = reader.number(name!("DefaultSample"), 0..=3, 0);
        // Two's complement, as regedit shows it.
        let trim = reader.value(name!("ClockTrim"), 0..=1_000, 0, &|value| {
            (-1_000..=1_000).contains(&value.cast_signed())
        });
        Self {
            cables: reader.number(name!("Cables"), 1..=MAX_CABLES, 1),
            source: match reader.number(name!("CaptureSource"), 0..=2, 0) {
                1 => Source::Tone,
                2 => Source::Silence,
                _ => Source::Cable,
            },
            format: formats::named(rate, channels, sample).unwrap_or(usual),
            step: reader.number(name!("StepMicroseconds"), 1_000..=5_000, 5_000),
            trim: trim.cast_signed(),
            elements: Elements {
                volume: reader.switch(name!("Volume")),
                mute: reader.switch(name!("Mute")),
                meter: reader.switch(name!("PeakMeter")),
                engine: reader.switch(name!("AudioEngine")),
                module: reader.switch(name!("AudioModule")),
                spotter: reader.switch(name!("KeywordSpotter")),
                composite: reader.switch(name!("Composite")),
            },
        }
    }
}

/// The name that people see of an end of cable `index` (from 0): the value of `key`, such as
/// `Speaker0Name`, or `default` with the cable's number before it. None for an end of the first
/// cable that has no such value: Windows names it by its kind.
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

/// Not empty, not too long, and nothing in it that a list of devices could not show.
fn is_good_name(text: &[u16]) -> bool {
    (1..=MAX_NAME).contains(&text.len()) && text.iter().all(|unit| *unit >= 0x20 && *unit != 0x7F)
}

/// `text`, and behind it `number` in decimal.
///
/// # Errors
///
/// [`Error::OutOfMemory`].
pub fn numbered(text: &[u16], number: u32) -> acx::Result<Vec<u16>> {
    let mut name = Vec::new();
    text.iter().try_for_each(|unit| name.push(*unit))?;
    let mut power = 1_000_000_000_u32;
    while power > 0 {
        let left = number.checked_div(power).unwrap_or(0);
        if left > 0 || power == 1 {
            name.push(
                u16::try_from(left % 10).map_or(u16::from(b'0'), |digit| digit | u16::from(b'0')),
            )?;
        }
        power /= 10;
    }
    Ok(name)
}
