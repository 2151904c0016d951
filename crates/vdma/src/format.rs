//! Sample types, channels and rates.

use crate::{Error, Result};

/// The maximum number of channels of a format.
pub const MAX_CHANNELS: usize = 16;

/// The lowest and the highest rate of a format, in frames per second.
pub const RATES: [u32; 2] = [8_000, 384_000];

/// The memory layout of a sample, little endian.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SampleType {
    /// 16-bit integer.
    Int16,
    /// 24-bit integer, left-justified in 32 bits.
    Int24In32,
    /// 32-bit integer.
    Int32,
    /// 32-bit IEEE float, full scale 1.0.
    Float32,
    /// 24-bit integer in three bytes.
    Int24,
}

impl SampleType {
    /// Every type, in the order of their numbers.
    pub const ALL: [Self; 5] =
        [Self::Int16, Self::Int24In32, Self::Int32, Self::Float32, Self::Int24];

    /// The size of a sample in bytes.
    pub const fn bytes(self) -> usize {
        match self {
            Self::Int16 => 2,
            Self::Int24 => 3,
            Self::Int24In32 | Self::Int32 | Self::Float32 => 4,
        }
    }

    /// The type as a number: its index in the list above.
    pub const fn code(self) -> u64 {
        match self {
            Self::Int16 => 0,
            Self::Int24In32 => 1,
            Self::Int32 => 2,
            Self::Float32 => 3,
            Self::Int24 => 4,
        }
    }

    pub(crate) const fn from_code(code: u64) -> Self {
        match code {
            0 => Self::Int16,
            1 => Self::Int24In32,
            2 => Self::Int32,
            3 => Self::Float32,
            _ => Self::Int24,
        }
    }
}

/// The format of a stream or of a wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Format {
    sample: SampleType,
    channels: u8,
    mask: u32,
    rate: u32,
    /// The size of a frame in bytes.
    block: u8,
}

impl Format {
    /// A format of 1 to 16 channels at 8 kHz to 384 kHz. `mask` holds one bit per speaker position,
    /// in channel order, as in WAVEFORMATEXTENSIBLE; zero means positions in order from front left
    /// on.
    ///
    /// # Errors
    ///
    /// [`Error::UnsupportedFormat`] outside these limits.
    pub const fn new(sample: SampleType, channels: u8, mask: u32, rate: u32) -> Result<Self> {
        let [lowest, highest] = RATES;
        // The wire keeps a mask in 18 bits: every position that WAVEFORMATEXTENSIBLE defines.
        if channels == 0 || channels > 16 || rate < lowest || rate > highest || mask >= 1 << 18 {
            return Err(Error::UnsupportedFormat);
        }
        let block = match sample {
            SampleType::Int16 => channels << 1,
            SampleType::Int24 => (channels << 1).wrapping_add(channels),
            SampleType::Int24In32 | SampleType::Int32 | SampleType::Float32 => channels << 2,
        };
        Ok(Self { sample, channels, mask, rate, block })
    }

    /// The same channels with another sample type and rate.
    pub(crate) const fn with(self, sample: SampleType, rate: u32) -> Result<Self> {
        Self::new(sample, self.channels, self.mask, rate)
    }

    /// The sample type.
    pub const fn sample(self) -> SampleType {
        self.sample
    }

    /// The number of channels, 1 to 16.
    pub fn channels(self) -> usize {
        usize::from(self.channels)
    }

    /// Speaker positions, one bit each.
    pub const fn mask(self) -> u32 {
        self.mask
    }

    /// Frames per second.
    pub const fn rate(self) -> u32 {
        self.rate
    }

    /// The size of a frame in bytes.
    pub fn block_align(self) -> usize {
        usize::from(self.block)
    }

    /// Encodes everything but the rate in 25 bits: four of them are the number of channels minus
    /// one.
    pub(crate) fn shape(self) -> u64 {
        let channels = u64::from(self.channels).wrapping_sub(1);
        self.sample.code() | channels << 3 | u64::from(self.mask) << 7
    }

    pub(crate) fn from_shape(shape: u64, rate: u32) -> Option<Self> {
        let channels = u8::try_from(shape >> 3 & 0xF).ok()?.wrapping_add(1);
        let mask = u32::try_from(shape >> 7 & 0x3_FFFF).ok()?;
        Self::new(SampleType::from_code(shape & 7), channels, mask, rate).ok()
    }
}
