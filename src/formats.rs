//! The formats that every streaming pin lists, and their translation to the engine's.

use acx::format::{Coding, WaveFormat};
use acx::pin::Mode;
use acx::{Error, Result};
use vdma::format::{Format, SampleType};

/// Frames a second, the default first.
const RATES: [u32; 12] = [
    48_000, 44_100, 96_000, 192_000, 88_200, 176_400, 32_000, 24_000, 22_050, 16_000, 11_025, 8_000,
];

/// Channels with their speaker positions, the default first. Counts without a name of their own take positions in order.
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

/// Every format, the default first.
pub fn all() -> impl Iterator<Item = WaveFormat> {
    SPEAKERS.into_iter().flat_map(|(channels, mask)| {
        CODINGS.into_iter().flat_map(move |(coding, bits, valid_bits)| {
            RATES.into_iter().map(move |rate| WaveFormat {
                coding,
                channels,
                mask,
                rate,
                bits,
                valid_bits,
            })
        })
    })
}

/// The formats of a mode, the default first. RAW and DEFAULT take everything; the others what such audio comes in.
pub fn of(mode: Mode) -> impl Iterator<Item = WaveFormat> {
    all().filter(move |format| match mode {
        Mode::Raw | Mode::Default => true,
        Mode::Communications => format.channels <= 2,
        Mode::Media => format.channels == 2,
        Mode::Movie => matches!(format.channels, 2 | 6 | 8),
    })
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
    Format::new(sample, channels, format.mask, format.rate).map_err(crate::status_of)
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
    fn a_format_outside_the_table_is_no_match() {
        let stereo = all().next().unwrap();
        for wrong in [
            WaveFormat { bits: 24, valid_bits: 24, ..stereo },
            WaveFormat { channels: 9, ..stereo },
            WaveFormat { rate: 384_000, ..stereo },
        ] {
            assert_eq!(engine_format(wrong), Err(Error::NoMatch), "{wrong:?}");
        }
    }
}
