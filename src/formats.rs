//! The formats that every streaming pin lists, and their translation to the engine's.
//!
//! Each format is made once for a device, and each list of them as well: its pins and modes share
//! them.

use acx::device::PrepareHardware;
use acx::format::{Coding, WaveFormat};
use acx::format_list::{DataFormats, FormatList};
use acx::once::Once;
use acx::pin::{Mode, Pin};
use acx::pool::Arc;
use acx::{Error, Result};
use vdma::format::{Format, SampleType};

use crate::error::engine_error;

/// Frames a second, the default first.
pub const RATES: [u32; 12] = [
    48_000, 44_100, 96_000, 192_000, 88_200, 176_400, 32_000, 24_000, 22_050, 16_000, 11_025, 8_000,
];

/// Channels with their speaker positions, the default first. Counts without a name of their own
/// take positions in order.
const SPEAKERS: [(u16, u32); 8] = [
    (2, 0x003),
    (1, 0x004),
    (3, 0x00B),
    (4, 0x033),
    (5, 0x037),
    (6, 0x03F),
    (7, 0x13F),
    (8, 0x63F),
];

/// Coding, bits, valid bits; the default first.
const CODINGS: [(Coding, u16, u16); 4] =
    [(Coding::Pcm, 16, 16), (Coding::Pcm, 32, 24), (Coding::Pcm, 32, 32), (Coding::Float, 32, 32)];

/// The default, unless the registry has another.
pub const DEFAULT: WaveFormat = WaveFormat {
    coding: Coding::Pcm,
    channels: 2,
    mask: 0x003,
    rate: 48_000,
    bits: 16,
    valid_bits: 16,
};

/// The format of a rate, a number of channels, and the index of a sample type: 16, 24 in 32, 32
/// bit, float.
pub fn named(rate: u32, channels: u32, sample: u32) -> Option<WaveFormat> {
    let (channels, mask) = SPEAKERS.into_iter().find(|(own, _)| u32::from(*own) == channels)?;
    let (coding, bits, valid_bits) = *CODINGS.get(usize::try_from(sample).ok()?)?;
    RATES.contains(&rate).then_some(WaveFormat { coding, channels, mask, rate, bits, valid_bits })
}

/// The sample type of a format, as [`named`] takes it.
pub fn sample_number(format: &WaveFormat) -> u32 {
    let kind = (format.coding, format.bits, format.valid_bits);
    let at = CODINGS.iter().position(|own| *own == kind);
    at.and_then(|at| u32::try_from(at).ok()).unwrap_or(0)
}

/// The format at `index` of the table: rates change fastest, channels slowest.
fn at(index: usize) -> Option<WaveFormat> {
    const RATE_COUNT: usize = RATES.len();
    const CODING_COUNT: usize = CODINGS.len();
    let (index, rate) = (index / RATE_COUNT, index % RATE_COUNT);
    let (index, coding) = (index / CODING_COUNT, index % CODING_COUNT);
    let (channels, mask) = *SPEAKERS.get(index)?;
    let (coding, bits, valid_bits) = *CODINGS.get(coding)?;
    Some(WaveFormat { coding, channels, mask, rate: *RATES.get(rate)?, bits, valid_bits })
}

/// Every format, in order.
pub fn all() -> impl Iterator<Item = WaveFormat> {
    (0..).map_while(at)
}

/// Whether pins list a format of the table. Of counts that no common layout of speakers has, those
/// at the rates of telephones are left out: nobody records so, and each format costs two calls at
/// the start of each device.
fn is_listed(format: &WaveFormat) -> bool {
    format.rate >= 44_100 || !matches!(format.channels, 3 | 5 | 7)
}

/// The formats that pins list, `default` first, whatever it is.
pub fn listed(default: WaveFormat) -> impl Iterator<Item = WaveFormat> {
    let others = all().filter(move |format| is_listed(format) && *format != default);
    core::iter::once(default).chain(others)
}

/// The formats of a device and its lists of them.
pub struct Lists {
    formats: DataFormats,
    /// Every format, for every mode of a pin.
    all: FormatList,
    /// What offload streams can have. None without an audio engine.
    offloaded: Option<FormatList>,
}

/// The lists of a device, which are made when it starts first: a rebalance finds them there.
#[derive(Default)]
pub struct DeviceLists(Once<Arc<Lists>>);

impl DeviceLists {
    /// The lists of the device, with `default` first.
    ///
    /// # Errors
    ///
    /// ACX's errors.
    #[inline(never)]
    pub fn of(
        &self,
        hardware: &mut PrepareHardware<'_>,
        default: WaveFormat,
        has_engine: bool,
    ) -> Result<Arc<Lists>> {
        if let Some(lists) = self.0.get() {
            return Ok(lists.clone());
        }
        let formats = hardware.data_formats(listed(default))?;
        let passive = hardware.passive();
        let all = formats.list(&|_| true, passive)?;
        let mut offloaded = None;
        if has_engine {
            offloaded = Some(formats.list(&is_offloaded, passive)?);
        }
        let lists = Arc::new(Lists { formats, all, offloaded })?;
        self.0.set(lists.clone())?;
        Ok(lists)
    }
}

impl Lists {
    /// The formats themselves.
    pub const fn formats(&self) -> &DataFormats {
        &self.formats
    }

    /// Lists every format for `modes` of `pin`.
    ///
    /// # Errors
    ///
    /// ACX's errors.
    pub fn list_all(&self, pin: &mut Pin<'_>, modes: &[Mode]) -> Result<()> {
        self.share(pin, modes, Some(&self.all), &|_| true)
    }

    /// Lists what offload streams can have for every mode of `pin`.
    ///
    /// # Errors
    ///
    /// ACX's errors.
    pub fn list_offloaded(&self, pin: &mut Pin<'_>) -> Result<()> {
        self.share(pin, &Mode::ALL, self.offloaded.as_ref(), &is_offloaded)
    }

    /// Where ACX does not share a list, the mode gets one of its own, of the same formats.
    #[inline(never)]
    fn share(
        &self,
        pin: &mut Pin<'_>,
        modes: &[Mode],
        list: Option<&FormatList>,
        is_listed: &dyn Fn(&WaveFormat) -> bool,
    ) -> Result<()> {
        let lists = pin.lists();
        for mode in modes {
            let shared = list.ok_or(Error::NotSupported);
            match shared.and_then(|list| lists.assign(*mode, list, pin.passive())) {
                Ok(()) => {}
                Err(Error::OutOfMemory) => return Err(Error::OutOfMemory),
                Err(_) => pin.list(*mode, &self.formats, is_listed)?,
            }
        }
        Ok(())
    }
}

/// What the audio engine mixes in, for a device whose default is `default`: that, if offload
/// streams can have it.
pub fn mix(default: WaveFormat) -> WaveFormat {
    if is_offloaded(&default) { default } else { DEFAULT }
}

/// Whether offload streams can have a format: stereo at 44.1 kHz and more.
pub fn is_offloaded(format: &WaveFormat) -> bool {
    let number = sample_number(format);
    format.channels == 2 && format.rate >= 44_100 && named(format.rate, 2, number) == Some(*format)
}

/// The engine's name for a format.
///
/// # Errors
///
/// [`Error::NoMatch`] for one that is not in the table.
pub fn engine_format(format: WaveFormat) -> Result<Format> {
    let sample = match (format.coding, format.bits, format.valid_bits) {
        (Coding::Pcm, 16, 16) => SampleType::Int16,
        (Coding::Pcm, 32, 24) => SampleType::Int24In32,
        (Coding::Pcm, 32, 32) => SampleType::Int32,
        (Coding::Float, 32, 32) => SampleType::Float32,
        _ => return Err(Error::NoMatch),
    };
    let channels = u8::try_from(format.channels).map_err(|_| Error::NoMatch)?;
    Format::new(sample, channels, format.mask, format.rate).map_err(engine_error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_engine_knows_every_format_of_the_table() {
        assert_eq!(all().count(), 8 * 4 * 12);
        for format in all() {
            let known = engine_format(format).unwrap();
            assert_eq!(known.mask().count_ones(), u32::from(format.channels), "{format:?}");
        }
    }

    #[test]
    fn the_default_comes_first_and_once_whatever_it_is() {
        for default in all() {
            assert_eq!(listed(default).next(), Some(default));
            assert_eq!(listed(default).filter(|format| *format == default).count(), 1);
            // The engine's own is the first of those that offload streams can have.
            assert_eq!(listed(default).find(is_offloaded), Some(mix(default)));
            let more = usize::from(!is_listed(&default));
            assert_eq!(listed(default).count(), 312 + more);
        }
    }

    #[test]
    fn a_format_outside_the_table_is_no_match() {
        let stereo = DEFAULT;
        for wrong in [
            WaveFormat { bits: 24, valid_bits: 24, ..stereo },
            WaveFormat { channels: 17, ..stereo },
            WaveFormat { rate: 384_001, ..stereo },
        ] {
            assert_eq!(engine_format(wrong), Err(Error::NoMatch), "{wrong:?}");
        }
    }
}
