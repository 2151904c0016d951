//! The format chunk of a file, and the conversion of samples between file and endpoint.

use std::borrow::Cow;

use acx_client::endpoint::WaveFormat;

use super::{Input, WavError};

/// WAVE_FORMAT_PCM, WAVE_FORMAT_IEEE_FLOAT and WAVE_FORMAT_EXTENSIBLE of mmreg.h.
const PCM: u16 = 1;
const FLOAT: u16 = 3;
const EXTENSIBLE: u16 = 0xFFFE;

/// Bytes 2 to 16 of KSDATAFORMAT_SUBTYPE_PCM and the like; the first two are the coding.
const SUBTYPE: [u8; 14] = [0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xAA, 0, 0x38, 0x9B, 0x71];

/// The format of a file's audio.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WavFormat {
    /// The format chunk as it was read.
    pub(super) chunk: Vec<u8>,
    /// The format of the frames that [`Reader`](super::Reader) returns, for endpoints: 16 bits for
    /// up to 8 bits in the file, 24 in 32 bits for 3 bytes or 24 bits in 4, and 32-bit float for
    /// 64.
    pub carried: WaveFormat,
    /// The size of a sample in the file in bytes: 1 to 4, or 8.
    sample_bytes: usize,
}

impl WavFormat {
    /// The format of a file that is written from `carried`, with the same samples; but 24 bits in 4
    /// bytes, which other programs misread, are packed into 3.
    ///
    /// One or two channels of 16 bits or float get the chunk that the oldest readers know; all
    /// others get a WAVEFORMATEXTENSIBLE.
    pub fn of(carried: WaveFormat) -> Self {
        let is_padded = !carried.float && (carried.bits, carried.valid_bits) == (32, 24);
        let in_file = WaveFormat { bits: if is_padded { 24 } else { carried.bits }, ..carried };
        // KSDATAFORMAT is 64 bytes; the WAVEFORMATEXTENSIBLE after it is the content of a format
        // chunk.
        let mut chunk = in_file.to_ks().split_off(64);
        let is_usual = carried.channels <= 2
            && [0, WaveFormat::usual_mask(carried.channels)].contains(&carried.mask)
            && carried.bits == carried.valid_bits;
        match (carried.float, carried.bits) {
            (false, 16) if is_usual => {
                chunk.truncate(16);
                chunk[..2].copy_from_slice(&PCM.to_le_bytes());
            }
            (true, 32) if is_usual => {
                chunk.truncate(18);
                chunk[..2].copy_from_slice(&FLOAT.to_le_bytes());
                chunk[16..].fill(0);
            }
            _ => {}
        }
        Self { chunk, carried, sample_bytes: usize::from(in_file.bits / 8) }
    }

    /// The format chunk of a file to write. It declares samples that fill their bytes: other
    /// programs refuse 20 bits in 3 bytes, and read 24 in 4 as noise. The samples are the same.
    pub(super) fn written(&self) -> Vec<u8> {
        let mut chunk = self.chunk.clone();
        let bits = (8 * self.sample_bytes as u16).to_le_bytes();
        chunk[14..16].copy_from_slice(&bits);
        if chunk[..2] == EXTENSIBLE.to_le_bytes() {
            chunk[18..20].copy_from_slice(&bits);
        }
        chunk
    }

    /// Parses a format chunk. The block align defines the bytes of a sample, whatever the number of
    /// bits: samples are in the high bits of their bytes.
    pub(super) fn parse(chunk: &[u8], input: &Input) -> Result<Self, WavError> {
        let not_wav = |why: &str| input.not_wav(why);
        if chunk.len() < 16 {
            return Err(not_wav("the format chunk is too short"));
        }
        let u16_at = |at: usize| u16::from_le_bytes([chunk[at], chunk[at + 1]]);
        let u32_at = |at: usize| u32::from(u16_at(at)) | u32::from(u16_at(at + 2)) << 16;
        let (mut tag, channels, rate, block, bits) =
            (u16_at(0), u16_at(2), u32_at(4), u16_at(12), u16_at(14));
        let (mut valid_bits, mut mask) = (bits, WaveFormat::usual_mask(channels));
        if tag == EXTENSIBLE {
            if chunk.len() < 40 {
                return Err(not_wav("the extensible format chunk is too short"));
            }
            if (1..=bits).contains(&u16_at(18)) {
                valid_bits = u16_at(18);
            }
            mask = u32_at(20);
            tag = if chunk[26..40] == SUBTYPE { u16_at(24) } else { 0 };
        }
        if channels == 0 || rate == 0 {
            return Err(not_wav("no channels or no sample rate"));
        }
        if ![PCM, FLOAT].contains(&tag) {
            return Err(input.coding(coding(tag)));
        }
        if !block.is_multiple_of(channels) || block / channels < bits.div_ceil(8) || bits == 0 {
            return Err(not_wav(&format!(
                "{channels} channels of {bits} bits do not take {block} bytes a frame"
            )));
        }
        let sample_bytes = block / channels;
        let (carried_bits, carried_valid) = match (tag, sample_bytes) {
            (PCM, 1 | 2) => (16, 16),
            (PCM, 3) => (32, 24),
            (PCM, 4) if valid_bits <= 24 => (32, 24),
            (PCM, 4) => (32, 32),
            (FLOAT, 4 | 8) if bits == 8 * sample_bytes => (32, 32),
            (PCM, _) => return Err(input.coding(format!("{bits}-bit PCM"))),
            _ => return Err(input.coding(format!("{bits}-bit float"))),
        };
        let carried = WaveFormat {
            float: tag == FLOAT,
            channels,
            mask,
            rate,
            bits: carried_bits,
            valid_bits: carried_valid,
        };
        Ok(Self { chunk: chunk.to_vec(), carried, sample_bytes: usize::from(sample_bytes) })
    }

    /// The size of a frame in the file in bytes.
    pub fn frame_bytes(&self) -> usize {
        self.sample_bytes * usize::from(self.carried.channels)
    }

    /// Returns whether samples have the same bytes in the file and at the endpoint.
    fn is_same(&self) -> bool {
        self.sample_bytes == usize::from(self.carried.bits / 8)
    }

    /// Converts the file's bytes to the endpoint's: 3 bytes become the high bytes of 4; one byte,
    /// which is unsigned in files, becomes the high byte of 2; and 64-bit float becomes 32-bit
    /// float. The error is the index of a sample that 32 bits cannot hold; the samples before it
    /// stay converted.
    pub(super) fn unpack(&self, bytes: &[u8], into: &mut Vec<u8>) -> Result<(), usize> {
        match self.sample_bytes {
            _ if self.is_same() => into.extend(bytes),
            1 => into.extend(bytes.iter().flat_map(|sample| [0, sample ^ 0x80])),
            3 => into.extend(bytes.as_chunks::<3>().0.iter().flat_map(|[a, b, c]| [0, *a, *b, *c])),
            8 => {
                for (index, sample) in bytes.as_chunks::<8>().0.iter().enumerate() {
                    let wide = f64::from_le_bytes(*sample);
                    let narrow = wide as f32;
                    if f64::from(narrow).to_bits() != wide.to_bits() && !wide.is_nan() {
                        return Err(index);
                    }
                    into.extend(narrow.to_le_bytes());
                }
            }
            _ => into.extend(bytes),
        }
        Ok(())
    }

    /// Converts the endpoint's bytes to the file's.
    pub(super) fn pack<'a>(&self, audio: &'a [u8]) -> Cow<'a, [u8]> {
        let words = || audio.as_chunks::<4>().0.iter();
        match self.sample_bytes {
            _ if self.is_same() => Cow::Borrowed(audio),
            1 => audio.as_chunks::<2>().0.iter().map(|sample| sample[1] ^ 0x80).collect(),
            3 => words().flat_map(|own| [own[1], own[2], own[3]]).collect(),
            8 => {
                words().flat_map(|own| f64::from(f32::from_le_bytes(*own)).to_le_bytes()).collect()
            }
            _ => Cow::Borrowed(audio),
        }
    }
}

/// The name of an unsupported coding of mmreg.h.
fn coding(tag: u16) -> String {
    let name = match tag {
        0x02 => "Microsoft ADPCM",
        0x06 => "A-law",
        0x07 => "mu-law",
        0x11 => "IMA ADPCM",
        0x31 => "GSM 6.10",
        0x50 | 0x55 => "MPEG",
        _ => return format!("WAV coding {tag:#06x}"),
    };
    format!("{name} (WAV coding {tag:#06x})")
}
