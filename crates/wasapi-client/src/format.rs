//! Sample formats, and their WAVEFORMATEXTENSIBLE.

use std::fmt;

pub use acx_client::endpoint::WaveFormat;
use clap::ValueEnum;

/// The storage of a sample, little endian.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Sample {
    /// 16 bits.
    #[value(name = "s16")]
    Pcm16,
    /// 24 bits in 3 bytes.
    #[value(name = "s24")]
    Pcm24,
    /// 24 bits in the high bytes of 4.
    #[value(name = "s24in32")]
    Pcm24In32,
    /// 32 bits.
    #[value(name = "s32")]
    Pcm32,
    /// 32-bit float, full scale at 1.
    #[value(name = "f32")]
    Float32,
}

impl Sample {
    /// Its size in bytes.
    pub const fn bytes(self) -> usize {
        match self {
            Self::Pcm16 => 2,
            Self::Pcm24 => 3,
            Self::Pcm24In32 | Self::Pcm32 | Self::Float32 => 4,
        }
    }

    /// The significant bits. A float has 24.
    pub const fn valid_bits(self) -> u16 {
        match self {
            Self::Pcm16 => 16,
            Self::Pcm24 | Self::Pcm24In32 | Self::Float32 => 24,
            Self::Pcm32 => 32,
        }
    }

    /// Returns a format with these samples and the usual speaker positions.
    pub const fn format(self, rate: u32, channels: u16) -> WaveFormat {
        let valid_bits = match self {
            Self::Float32 => 32,
            _ => self.valid_bits(),
        };
        WaveFormat {
            float: matches!(self, Self::Float32),
            channels,
            mask: WaveFormat::usual_mask(channels),
            rate,
            bits: self.bytes() as u16 * 8,
            valid_bits,
        }
    }

    /// Returns this type, then those that represent its values exactly: alternatives for an
    /// exclusive stream.
    pub const fn that_hold_it(self) -> &'static [Self] {
        match self {
            Self::Pcm16 => &[Self::Pcm16, Self::Pcm24In32, Self::Pcm24, Self::Pcm32],
            Self::Pcm24 => &[Self::Pcm24, Self::Pcm24In32, Self::Pcm32],
            Self::Pcm24In32 => &[Self::Pcm24In32, Self::Pcm24, Self::Pcm32],
            Self::Pcm32 => &[Self::Pcm32],
            Self::Float32 => &[Self::Float32],
        }
    }
}

impl fmt::Display for Sample {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Pcm16 => "16 bit",
            Self::Pcm24 => "24 bit",
            Self::Pcm24In32 => "24 bit in 32",
            Self::Pcm32 => "32 bit",
            Self::Float32 => "32-bit float",
        })
    }
}

/// What KSDATAFORMAT_SUBTYPE_PCM and KSDATAFORMAT_SUBTYPE_IEEE_FLOAT have after the format tag.
const SUBTYPE_BASE: [u8; 14] = [0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xAA, 0, 0x38, 0x9B, 0x71];
const WAVE_FORMAT_PCM: u16 = 1;
const WAVE_FORMAT_IEEE_FLOAT: u16 = 3;
const WAVE_FORMAT_EXTENSIBLE: u16 = 0xFFFE;

/// Bytes of a KSDATAFORMAT, which a WAVEFORMATEXTENSIBLE follows in [`WaveFormat::to_ks`].
const KSDATAFORMAT_BYTES: usize = 64;

/// The methods of [`WaveFormat`] that this crate and the samples need.
pub trait FormatExt: Copy {
    /// Returns the type of its samples. For a format that this crate did not make, it is the
    /// nearest type by the number of bits.
    fn sample(self) -> Sample;

    /// Returns the same format with other samples.
    #[must_use]
    fn with(self, sample: Sample) -> Self;

    /// Converts seconds to frames, rounded.
    fn frames_in(self, seconds: f64) -> u64;

    /// Converts frames to seconds.
    fn seconds(self, frames: u64) -> f64;

    /// The
    /// [WAVEFORMATEXTENSIBLE](https://learn.microsoft.com/windows/win32/api/mmreg/ns-mmreg-waveformatextensible)
    /// as bytes. Microsoft requires the extensible form for samples wider than 16 bits and for more
    /// than two channels; every driver accepts it.
    fn to_bytes(self) -> Vec<u8>;
}

impl FormatExt for WaveFormat {
    fn sample(self) -> Sample {
        match (self.float, self.bits, self.valid_bits) {
            (true, ..) => Sample::Float32,
            (_, ..=16, _) => Sample::Pcm16,
            (_, ..=24, _) => Sample::Pcm24,
            (.., ..=24) => Sample::Pcm24In32,
            _ => Sample::Pcm32,
        }
    }

    fn with(self, sample: Sample) -> Self {
        Self { mask: self.mask, ..sample.format(self.rate, self.channels) }
    }

    fn frames_in(self, seconds: f64) -> u64 {
        (seconds * f64::from(self.rate)).round() as u64
    }

    fn seconds(self, frames: u64) -> f64 {
        frames as f64 / f64::from(self.rate)
    }

    fn to_bytes(self) -> Vec<u8> {
        self.to_ks().split_off(KSDATAFORMAT_BYTES)
    }
}

/// Parses a WAVEFORMATEX or WAVEFORMATEXTENSIBLE; `None` if [`Sample`] has no such type.
pub fn from_bytes(bytes: &[u8]) -> Option<WaveFormat> {
    let u16_at = |at: usize| Some(u16::from_le_bytes([*bytes.get(at)?, *bytes.get(at + 1)?]));
    let u32_at = |at: usize| Some(u32::from(u16_at(at)?) | u32::from(u16_at(at + 2)?) << 16);
    let (channels, rate, container) = (u16_at(2)?, u32_at(4)?, u16_at(14)?);
    let (tag, valid, mask) = match u16_at(0)? {
        WAVE_FORMAT_EXTENSIBLE if bytes.get(26..40)? == SUBTYPE_BASE => {
            // Zero is valid: some drivers do not set the field.
            let valid = Some(u16_at(18)?).filter(|&valid| valid != 0).unwrap_or(container);
            (u16_at(24)?, valid, u32_at(20)?)
        }
        tag => (tag, container, WaveFormat::usual_mask(channels)),
    };
    let sample = match (tag, container, valid) {
        (WAVE_FORMAT_PCM, 16, _) => Sample::Pcm16,
        (WAVE_FORMAT_PCM, 24, _) => Sample::Pcm24,
        (WAVE_FORMAT_PCM, 32, ..=24) => Sample::Pcm24In32,
        (WAVE_FORMAT_PCM, 32, _) => Sample::Pcm32,
        (WAVE_FORMAT_IEEE_FLOAT, 32, _) => Sample::Float32,
        _ => return None,
    };
    let format = WaveFormat { mask, ..sample.format(rate, channels) };
    (rate != 0 && channels != 0).then_some(format)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_format_comes_back_from_its_bytes() {
        for &sample in Sample::value_variants() {
            for channels in [1, 2, 6, 8] {
                let format = sample.format(96_000, channels);
                assert_eq!(from_bytes(&format.to_bytes()), Some(format));
                assert_eq!(format.sample(), sample);
            }
        }
    }

    #[test]
    fn the_bytes_are_those_of_mmreg() {
        let format = Sample::Pcm24In32.format(48_000, 2);
        let bytes = format.to_bytes();
        assert_eq!(
            bytes[..18],
            [0xFE, 0xFF, 2, 0, 0x80, 0xBB, 0, 0, 0, 0xDC, 5, 0, 8, 0, 32, 0, 22, 0]
        );
        assert_eq!(bytes[18..26], [24, 0, 3, 0, 0, 0, 1, 0]);
    }

    #[test]
    fn a_plain_format_is_read_as_well() {
        let plain = [1, 0, 1, 0, 0x44, 0xAC, 0, 0, 0x88, 0x58, 1, 0, 2, 0, 16, 0, 0, 0];
        assert_eq!(from_bytes(&plain), Some(Sample::Pcm16.format(44_100, 1)));
    }

    #[test]
    fn formats_with_other_samples_give_none() {
        let bytes = Sample::Pcm16.format(48_000, 2).to_bytes();
        for length in 0..26 {
            assert_eq!(from_bytes(&bytes[..length]), None);
        }
        let mut other_guid = bytes.clone();
        other_guid[30] ^= 1;
        assert_eq!(from_bytes(&other_guid), None);
        let mut no_channels = bytes;
        no_channels[2] = 0;
        assert_eq!(from_bytes(&no_channels), None);
    }

    #[test]
    fn what_holds_a_sample_is_never_narrower() {
        for &sample in Sample::value_variants() {
            let holders = sample.that_hold_it();
            assert_eq!(holders.first(), Some(&sample));
            assert!(holders.iter().all(|holder| holder.valid_bits() >= sample.valid_bits()));
        }
    }
}
