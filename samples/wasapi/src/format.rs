//! What a frame is made of, and how Windows spells it.

use std::fmt;

use clap::ValueEnum;

/// How one sample is stored, little endian.
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
    /// Bytes that it takes.
    pub const fn bytes(self) -> usize {
        match self {
            Self::Pcm16 => 2,
            Self::Pcm24 => 3,
            Self::Pcm24In32 | Self::Pcm32 | Self::Float32 => 4,
        }
    }

    /// Bits that say something. A float has 24: its significand.
    pub const fn valid_bits(self) -> u16 {
        match self {
            Self::Pcm16 => 16,
            Self::Pcm24 | Self::Pcm24In32 | Self::Float32 => 24,
            Self::Pcm32 => 32,
        }
    }

    /// This one, then those that hold every value of it exactly: what an exclusive stream may be opened with instead.
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

/// The format of a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Format {
    /// Frames a second.
    pub rate: u32,
    /// Samples in a frame.
    pub channels: u16,
    /// How each is stored.
    pub sample: Sample,
}

/// What KSDATAFORMAT_SUBTYPE_PCM and KSDATAFORMAT_SUBTYPE_IEEE_FLOAT have after the format tag.
const SUBTYPE_BASE: [u8; 14] = [0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xAA, 0, 0x38, 0x9B, 0x71];
const WAVE_FORMAT_PCM: u16 = 1;
const WAVE_FORMAT_IEEE_FLOAT: u16 = 3;
const WAVE_FORMAT_EXTENSIBLE: u16 = 0xFFFE;

/// The usual speaker positions for a number of channels.
const fn speakers(channels: u16) -> u32 {
    match channels {
        1 => 0x4,
        2 => 0x3,
        3 => 0xB,
        4 => 0x33,
        5 => 0x37,
        6 => 0x3F,
        7 => 0x13F,
        8 => 0x63F,
        _ => 0,
    }
}

impl Format {
    /// Bytes of a frame.
    pub fn frame_bytes(&self) -> usize {
        self.sample.bytes() * usize::from(self.channels)
    }

    /// Frames that last so many seconds, to the nearest one.
    pub fn frames_in(&self, seconds: f64) -> u64 {
        (seconds * f64::from(self.rate)).round() as u64
    }

    /// Seconds that so many frames last.
    pub fn seconds(&self, frames: u64) -> f64 {
        frames as f64 / f64::from(self.rate)
    }

    /// The [WAVEFORMATEXTENSIBLE](https://learn.microsoft.com/windows/win32/api/mmreg/ns-mmreg-waveformatextensible) that says it, as
    /// bytes. Microsoft asks for the extensible form wherever samples are wider than 16 bits or channels more than two; every
    /// driver takes it.
    pub fn to_bytes(&self) -> [u8; 40] {
        let tag = match self.sample {
            Sample::Float32 => WAVE_FORMAT_IEEE_FLOAT,
            _ => WAVE_FORMAT_PCM,
        };
        let container = self.sample.bytes() as u16 * 8;
        let valid = match self.sample {
            Sample::Float32 => 32,
            sample => sample.valid_bits(),
        };
        let frame = self.frame_bytes() as u16;
        let second = self.rate.saturating_mul(u32::from(frame));
        let mut bytes = [0; 40];
        bytes[0..2].copy_from_slice(&WAVE_FORMAT_EXTENSIBLE.to_le_bytes());
        bytes[2..4].copy_from_slice(&self.channels.to_le_bytes());
        bytes[4..8].copy_from_slice(&self.rate.to_le_bytes());
        bytes[8..12].copy_from_slice(&second.to_le_bytes());
        bytes[12..14].copy_from_slice(&frame.to_le_bytes());
        bytes[14..16].copy_from_slice(&container.to_le_bytes());
        bytes[16..18].copy_from_slice(&22_u16.to_le_bytes());
        bytes[18..20].copy_from_slice(&valid.to_le_bytes());
        bytes[20..24].copy_from_slice(&speakers(self.channels).to_le_bytes());
        bytes[24..26].copy_from_slice(&tag.to_le_bytes());
        bytes[26..40].copy_from_slice(&SUBTYPE_BASE);
        bytes
    }

    /// What a WAVEFORMATEX or WAVEFORMATEXTENSIBLE says; `None` where these samples have no name for it.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let u16_at = |at: usize| Some(u16::from_le_bytes([*bytes.get(at)?, *bytes.get(at + 1)?]));
        let (low, high) = (u16_at(4)?, u16_at(6)?);
        let rate = u32::from(low) | u32::from(high) << 16;
        let (channels, container) = (u16_at(2)?, u16_at(14)?);
        let (tag, valid) = match u16_at(0)? {
            WAVE_FORMAT_EXTENSIBLE if bytes.get(26..40)? == SUBTYPE_BASE => {
                // Zero bits are valid where a driver leaves the field out.
                (u16_at(24)?, Some(u16_at(18)?).filter(|&valid| valid != 0).unwrap_or(container))
            }
            tag => (tag, container),
        };
        let sample = match (tag, container, valid) {
            (WAVE_FORMAT_PCM, 16, _) => Sample::Pcm16,
            (WAVE_FORMAT_PCM, 24, _) => Sample::Pcm24,
            (WAVE_FORMAT_PCM, 32, ..=24) => Sample::Pcm24In32,
            (WAVE_FORMAT_PCM, 32, _) => Sample::Pcm32,
            (WAVE_FORMAT_IEEE_FLOAT, 32, _) => Sample::Float32,
            _ => return None,
        };
        (rate != 0 && channels != 0).then_some(Self { rate, channels, sample })
    }
}

impl fmt::Display for Format {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plural = if self.channels == 1 { "" } else { "s" };
        write!(out, "{} Hz, {} channel{plural}, {}", self.rate, self.channels, self.sample)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_format_comes_back_from_its_bytes() {
        for &sample in Sample::value_variants() {
            for channels in [1, 2, 6, 8] {
                let format = Format { rate: 96_000, channels, sample };
                assert_eq!(Format::from_bytes(&format.to_bytes()), Some(format));
            }
        }
    }

    #[test]
    fn the_bytes_are_those_of_mmreg() {
        let format = Format { rate: 48_000, channels: 2, sample: Sample::Pcm24In32 };
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
        let format = Format::from_bytes(&plain).unwrap();
        assert_eq!(format.to_string(), "44100 Hz, 1 channel, 16 bit");
    }

    #[test]
    fn what_has_no_name_here_is_none_and_no_panic() {
        let bytes = Format { rate: 48_000, channels: 2, sample: Sample::Pcm16 }.to_bytes();
        for length in 0..26 {
            assert_eq!(Format::from_bytes(&bytes[..length]), None);
        }
        let mut other_guid = bytes;
        other_guid[30] ^= 1;
        assert_eq!(Format::from_bytes(&other_guid), None);
        let mut no_channels = bytes;
        no_channels[2] = 0;
        assert_eq!(Format::from_bytes(&no_channels), None);
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
