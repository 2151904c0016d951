//! WAV files: read leniently, and written back with the format chunk that came in.
//!
//! The reader is our own, not `hound`: it keeps the channel mask and the whole format chunk, which hound
//! drops, and of a truncated file it gives what is there and how much is missing. The tests compare it
//! with hound.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use acx_client::endpoint::WaveFormat;

use crate::output::{Output, OutputError};

/// Why a file cannot be used. Each says what to do about it.
#[derive(Debug, thiserror::Error)]
pub enum WavError {
    /// It cannot be read at all.
    #[error("{path}: cannot be read ({source}): check the path and its permissions")]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// It has no bytes.
    #[error("{0}: the file is empty: give a WAV file with audio in it")]
    Empty(PathBuf),
    /// It has no RIFF/WAVE header, or chunks that make no sense.
    #[error("{path}: not a WAV file ({why}): give a RIFF/WAVE file")]
    NotWav {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        why: &'static str,
    },
    /// A WAV, but coded in a way that is not PCM or float.
    #[error(
        "{path}: {what} is not supported: convert it to PCM of 8, 16, 24 or 32 bits, or to 32-bit float"
    )]
    Coding {
        /// The file.
        path: PathBuf,
        /// The coding.
        what: String,
    },
    /// It has a header and no audio.
    #[error("{0}: no audio in the file: give a WAV file with at least one frame")]
    NoFrames(PathBuf),
}

/// The format of a file's audio.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WavFormat {
    /// The format chunk as it was read.
    chunk: Vec<u8>,
    /// The format of [`Wav::audio`], which endpoints carry: 16 bits for 8 in the file, and 24 bits in 32
    /// for packed 24.
    pub carried: WaveFormat,
    /// Bytes of a sample in the file: 1 to 4.
    sample_bytes: usize,
}

/// A file's audio.
#[derive(Clone, Debug)]
pub struct Wav {
    /// Its format.
    pub format: WavFormat,
    /// Its frames, as the endpoint carries them.
    pub audio: Vec<u8>,
    /// Bytes of audio that the header promises and the file does not have.
    pub missing: u64,
}

impl WavFormat {
    /// The format of a file that is written from `carried`, with samples as they are there.
    pub fn of(carried: WaveFormat) -> Self {
        // KSDATAFORMAT is 64 bytes; the WAVEFORMATEXTENSIBLE behind it is what a format chunk holds.
        let chunk = carried.to_ks().split_off(64);
        Self { chunk, carried, sample_bytes: usize::from(carried.bits / 8) }
    }

    /// As [`of`](Self::of), with 24 bits in 32 packed into 3 bytes.
    pub fn packed(carried: WaveFormat) -> Self {
        if carried.float || (carried.bits, carried.valid_bits) != (32, 24) {
            return Self::of(carried);
        }
        Self { carried, ..Self::of(WaveFormat { bits: 24, ..carried }) }
    }

    fn parse(chunk: &[u8], path: &Path) -> Result<Self, WavError> {
        let not_wav = |why| WavError::NotWav { path: path.to_owned(), why };
        if chunk.len() < 16 {
            return Err(not_wav("the format chunk is too short"));
        }
        let u16_at = |at: usize| u16::from_le_bytes([chunk[at], chunk[at + 1]]);
        let u32_at = |at: usize| u32::from(u16_at(at)) | u32::from(u16_at(at + 2)) << 16;
        let (mut tag, channels, rate, bits) = (u16_at(0), u16_at(2), u32_at(4), u16_at(14));
        let (mut valid_bits, mut mask) = (bits, WaveFormat::usual_mask(channels));
        if tag == 0xFFFE {
            if chunk.len() < 40 {
                return Err(not_wav("the extensible format chunk is too short"));
            }
            if (1..=bits).contains(&u16_at(18)) {
                valid_bits = u16_at(18);
            }
            mask = u32_at(20);
            // The subformat is the tag followed by the rest of the KSDATAFORMAT_SUBTYPE base GUID.
            let base = [0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xAA, 0, 0x38, 0x9B, 0x71];
            tag = if chunk[26..40] == base { u16_at(24) } else { 0 };
        }
        if channels == 0 || rate == 0 {
            return Err(not_wav("no channels or no sample rate"));
        }
        let (float, carried_bits, carried_valid) = match (tag, bits) {
            (1, 8 | 16) => (false, 16, 16),
            (1, 24) => (false, 32, 24),
            (1, 32) => (false, 32, if valid_bits <= 24 { 24 } else { 32 }),
            (3, 32) => (true, 32, 32),
            _ => {
                let what = match tag {
                    1 => format!("{bits}-bit PCM"),
                    3 => format!("{bits}-bit float"),
                    tag => format!("WAV coding {tag:#06x}"),
                };
                return Err(WavError::Coding { path: path.to_owned(), what });
            }
        };
        let carried = WaveFormat {
            float,
            channels,
            mask,
            rate,
            bits: carried_bits,
            valid_bits: carried_valid,
        };
        Ok(Self { chunk: chunk.to_vec(), carried, sample_bytes: usize::from(bits / 8) })
    }

    /// Bytes of a frame in the file.
    pub fn frame_bytes(&self) -> usize {
        self.sample_bytes * usize::from(self.carried.channels)
    }

    /// From the file's bytes to the endpoint's: packed 24 bits become the high bytes of 32, and 8 bits,
    /// which have no sign in files, the high byte of 16.
    fn unpack(&self, bytes: &[u8]) -> Vec<u8> {
        match (self.sample_bytes, self.carried.bits) {
            (1, 16) => bytes.iter().flat_map(|sample| [0, sample ^ 0x80]).collect(),
            (3, 32) => bytes.chunks_exact(3).flat_map(|own| [0, own[0], own[1], own[2]]).collect(),
            _ => bytes.to_vec(),
        }
    }

    /// The way back.
    fn pack(&self, audio: &[u8]) -> Vec<u8> {
        match (self.sample_bytes, self.carried.bits) {
            (1, 16) => audio.chunks_exact(2).map(|sample| sample[1] ^ 0x80).collect(),
            (3, 32) => audio.chunks_exact(4).flat_map(|own| [own[1], own[2], own[3]]).collect(),
            _ => audio.to_vec(),
        }
    }
}

impl Wav {
    /// Reads a file.
    pub fn read(path: &Path) -> Result<Self, WavError> {
        let bytes =
            fs::read(path).map_err(|source| WavError::Read { path: path.to_owned(), source })?;
        Self::parse(&bytes, path)
    }

    /// Reads the bytes of the file that `path` names in errors.
    pub fn parse(bytes: &[u8], path: &Path) -> Result<Self, WavError> {
        let not_wav = |why| WavError::NotWav { path: path.to_owned(), why };
        if bytes.is_empty() {
            return Err(WavError::Empty(path.to_owned()));
        }
        if bytes.len() < 12 || &bytes[..4] != b"RIFF" || &bytes[8..12] != b"WAVE" {
            return Err(not_wav("no RIFF/WAVE header"));
        }
        let mut rest = &bytes[12..];
        let mut format = None;
        while let Some((header, body)) = rest.split_first_chunk::<8>() {
            let promised =
                u32::from_le_bytes([header[4], header[5], header[6], header[7]]) as usize;
            let length = promised.min(body.len());
            match &header[..4] {
                b"fmt " => format = Some(WavFormat::parse(&body[..length], path)?),
                b"data" => {
                    let format = format.ok_or_else(|| not_wav("audio before its format"))?;
                    let whole = length - length % format.frame_bytes();
                    if whole == 0 {
                        return Err(WavError::NoFrames(path.to_owned()));
                    }
                    let audio = format.unpack(&body[..whole]);
                    return Ok(Self { format, audio, missing: (promised - whole) as u64 });
                }
                _ => {}
            }
            // Chunks begin at even offsets.
            rest = body.get(length + length % 2..).unwrap_or_default();
        }
        Err(if format.is_some() {
            WavError::NoFrames(path.to_owned())
        } else {
            not_wav("no format")
        })
    }

    /// Frames of audio.
    pub fn frames(&self) -> u64 {
        (self.audio.len() / self.format.carried.block_align()) as u64
    }
}

/// Writes frames in `format` and puts the file in its place.
pub fn write(output: &Output, format: &WavFormat, audio: &[u8]) -> Result<(), OutputError> {
    output.finish(|file| write_to(file, format, audio))
}

/// Writes a file of these frames.
///
/// # Errors
///
/// Those of `file`, and audio that is longer than a WAV file can hold.
pub fn write_to(file: &mut impl Write, format: &WavFormat, audio: &[u8]) -> io::Result<()> {
    let data = format.pack(audio);
    let too_long = || io::Error::other("longer than a WAV file can hold");
    let length = u32::try_from(data.len()).map_err(|_| too_long())?;
    let frames = data.len() / format.frame_bytes();
    let padding = data.len() % 2;
    // A decoder of float or extensible formats may want to know the number of frames.
    let fact = format.chunk.len() > 16;
    let fact_bytes = if fact { 12 } else { 0 };
    let format_padding = format.chunk.len() % 2;
    let riff = 4 + 8 + format.chunk.len() + format_padding + fact_bytes + 8 + data.len() + padding;
    let riff = u32::try_from(riff).map_err(|_| too_long())?;
    file.write_all(b"RIFF")?;
    file.write_all(&riff.to_le_bytes())?;
    file.write_all(b"WAVEfmt ")?;
    file.write_all(&(format.chunk.len() as u32).to_le_bytes())?;
    file.write_all(&format.chunk)?;
    file.write_all(&[0][..format_padding])?;
    if fact {
        file.write_all(b"fact")?;
        file.write_all(&4_u32.to_le_bytes())?;
        file.write_all(&(frames as u32).to_le_bytes())?;
    }
    file.write_all(b"data")?;
    file.write_all(&length.to_le_bytes())?;
    file.write_all(&data)?;
    file.write_all(&[0][..padding])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(bytes: &[u8]) -> Result<Wav, WavError> {
        Wav::parse(bytes, Path::new("in.wav"))
    }

    /// What `hound` writes: a plain format for 16 bits and up to two channels, else an extensible one.
    fn sample(channels: u16, bits: u16, float: bool, frames: u32) -> Vec<u8> {
        let sample_format =
            if float { hound::SampleFormat::Float } else { hound::SampleFormat::Int };
        let spec =
            hound::WavSpec { channels, sample_rate: 48_000, bits_per_sample: bits, sample_format };
        let mut file = io::Cursor::new(Vec::new());
        let mut writer = hound::WavWriter::new(&mut file, spec).unwrap();
        for index in 0..frames * u32::from(channels) {
            if float {
                writer.write_sample(index as f32 / 7.0).unwrap();
            } else {
                let shifted = (index.wrapping_mul(2_654_435_761) as i32) >> (32 - u32::from(bits));
                writer.write_sample(shifted).unwrap();
            }
        }
        writer.finalize().unwrap();
        file.into_inner()
    }

    #[test]
    fn every_kind_of_sample_comes_back_as_it_came() {
        let folder = tempfile::tempdir().unwrap();
        for (bits, float) in [(8, false), (16, false), (24, false), (32, false), (32, true)] {
            for channels in 1..=8 {
                let bytes = sample(channels, bits, float, 101);
                let wav = parse(&bytes).unwrap();
                assert_eq!((wav.frames(), wav.missing), (101, 0));
                let path = folder.path().join("out.wav");
                write(&Output::create(&path, None).unwrap(), &wav.format, &wav.audio).unwrap();
                let written = fs::read(&path).unwrap();
                assert_eq!(parse(&written).unwrap().format, wav.format);
                let (a, b) = (io::Cursor::new(bytes), io::Cursor::new(written));
                let (a, b) = (hound::WavReader::new(a).unwrap(), hound::WavReader::new(b).unwrap());
                assert_eq!(a.spec(), b.spec());
                if float {
                    let bits = |reader: hound::WavReader<io::Cursor<Vec<u8>>>| -> Vec<u32> {
                        reader
                            .into_samples::<f32>()
                            .map(|sample| sample.unwrap().to_bits())
                            .collect()
                    };
                    assert_eq!(bits(a), bits(b));
                } else {
                    let values = |reader: hound::WavReader<io::Cursor<Vec<u8>>>| -> Vec<i32> {
                        reader.into_samples().map(Result::unwrap).collect()
                    };
                    assert_eq!(values(a), values(b));
                }
            }
        }
    }

    #[test]
    fn a_packed_sample_is_carried_in_the_high_bytes() {
        let wav = parse(&sample(1, 24, false, 2)).unwrap();
        assert_eq!((wav.format.carried.bits, wav.format.carried.valid_bits), (32, 24));
        assert_eq!(wav.audio[4..], [0, 0x79, 0x37, 0x9E]);
    }

    #[test]
    fn eight_bits_are_the_high_byte_of_sixteen() {
        let bytes = sample(1, 8, false, 2);
        let wav = parse(&bytes).unwrap();
        assert_eq!(wav.format.carried.bits, 16);
        let low: Vec<u8> = wav.audio.iter().copied().step_by(2).collect();
        let high: Vec<u8> = wav.audio.iter().copied().skip(1).step_by(2).collect();
        assert_eq!((low, high), (vec![0, 0], vec![0, 0x9E]));
    }

    #[test]
    fn twenty_four_bits_in_32_can_be_written_packed() {
        let wav = parse(&sample(2, 24, false, 5)).unwrap();
        for (format, bytes) in
            [(WavFormat::packed(wav.format.carried), 30), (WavFormat::of(wav.format.carried), 40)]
        {
            let mut file = Vec::new();
            write_to(&mut file, &format, &wav.audio).unwrap();
            let again = parse(&file).unwrap();
            assert_eq!((again.format.frame_bytes() * 5, &again.audio), (bytes, &wav.audio));
            assert_eq!(again.format.carried.valid_bits, 24);
        }
    }

    #[test]
    fn the_mask_of_an_extensible_file_is_kept() {
        let format =
            WaveFormat { mask: 0x30, ..parse(&sample(2, 16, false, 1)).unwrap().format.carried };
        let mut file = Vec::new();
        write_to(&mut file, &WavFormat::of(format), &[1, 2, 3, 4]).unwrap();
        assert_eq!(parse(&file).unwrap().format.carried.mask, 0x30);
    }

    #[test]
    fn truncated_data_is_played_as_far_as_it_goes() {
        let mut bytes = sample(2, 16, false, 100);
        bytes.truncate(bytes.len() - 42);
        let wav = parse(&bytes).unwrap();
        assert_eq!((wav.frames(), wav.missing), (89, 44));
    }

    #[test]
    fn wrong_files_are_named_for_what_they_are() {
        assert!(matches!(parse(b""), Err(WavError::Empty(_))));
        assert!(matches!(parse(b"#!/bin/sh\n"), Err(WavError::NotWav { .. })));
        assert!(matches!(parse(b"RIFF\x04\0\0\0WAVE"), Err(WavError::NotWav { .. })));
        assert!(matches!(parse(&sample(2, 16, false, 0)), Err(WavError::NoFrames(_))));
        let mut a_law = sample(1, 16, false, 4);
        a_law[20] = 6;
        assert!(matches!(parse(&a_law), Err(WavError::Coding { .. })));
        let gone = Wav::read(Path::new("no/such.wav")).unwrap_err().to_string();
        assert!(gone.starts_with("no/such.wav: cannot be read"), "{gone}");
    }

    #[test]
    fn any_prefix_and_any_changed_byte_is_parsed_without_a_panic() {
        let bytes = sample(3, 24, false, 9);
        for length in 0..bytes.len() {
            let _ = parse(&bytes[..length]);
        }
        for at in 0..80 {
            for value in [0, 1, 0x7F, 0xFF] {
                let mut damaged = bytes.clone();
                damaged[at] = value;
                let _ = parse(&damaged);
            }
        }
    }
}
