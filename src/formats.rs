//! The formats that every streaming pin lists, and their translation to the engine's.

use acx::format::{Coding, WaveFormat};
use acx::pin::Mode;
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

/// The formats of a mode, `default` first if it is one of them. RAW and DEFAULT take everything;
/// the others what such audio comes in.
pub fn of(mode: Mode, default: WaveFormat) -> impl Iterator<Item = WaveFormat> {
    listed(mode, default, false)
}

fn listed(mode: Mode, default: WaveFormat, offloaded: bool) -> impl Iterator<Item = WaveFormat> {
    let is_of = move |format: &WaveFormat| {
        let suits = match mode {
            Mode::Raw | Mode::Default => true,
            Mode::Communications => format.channels <= 2,
            Mode::Media => format.channels == 2,
            Mode::Movie => matches!(format.channels, 2 | 6 | 8),
        };
        suits && (!offloaded || is_offloaded(format))
    };
    let first = Some(default).filter(is_of);
    first.into_iter().chain(all().filter(is_of).filter(move |format| *format != default))
}

/// What the audio engine mixes in, for a device whose default is `default`: that, if offload
/// streams can have it.
pub fn mix(default: WaveFormat) -> WaveFormat {
    if is_offloaded(&default) { default } else { DEFAULT }
}

/// The formats of a mode that offload streams can have, the engine's own first: stereo at 44.1 kHz
/// and more.
pub fn offloaded(mode: Mode, default: WaveFormat) -> impl Iterator<Item = WaveFormat> {
    listed(mode, mix(default), true)
}

/// Whether offload streams can have a format.
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
    fn the_default_comes_first_and_once_in_every_list_that_has_it() {
        for default in all() {
            assert_eq!(of(Mode::Raw, default).next(), Some(default));
            for mode in Mode::ALL {
                let first = of(mode, default).take_while(|format| *format == default).count();
                let all = of(mode, default).filter(|format| *format == default).count();
                assert_eq!(first, all, "{mode:?} {default:?}");
                assert_eq!(of(mode, default).count(), of(mode, DEFAULT).count());
            }
        }
    }

    #[test]
    fn a_format_outside_the_table_is_no_match() {
        let stereo = DEFAULT;
        for wrong in [
            WaveFormat { bits: 24, valid_bits: 24, ..stereo },
            WaveFormat { channels: 9, ..stereo },
            WaveFormat { rate: 384_000, ..stereo },
        ] {
            assert_eq!(engine_format(wrong), Err(Error::NoMatch), "{wrong:?}");
        }
    }
}
