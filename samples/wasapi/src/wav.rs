//! WAV files in and out.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use hound::{SampleFormat, WavReader, WavSpec, WavWriter};
use tempfile::NamedTempFile;

use crate::format::{Format, Sample};
use crate::samples;

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
    /// It is something else.
    #[error("{path}: not a WAV file ({why}): give a RIFF/WAVE file")]
    NotWav {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        why: String,
    },
    /// A WAV, but coded in a way that is neither PCM nor float.
    #[error(
        "{0}: its sample type is not supported: convert it to PCM of 8, 16, 24 or 32 bits, or to 32-bit float"
    )]
    SampleType(PathBuf),
    /// It has a header and no audio.
    #[error("{0}: no audio in the file: give a WAV file with at least one frame")]
    NoFrames(PathBuf),
    /// The output cannot be written.
    #[error("{path}: cannot be written ({why}): choose another output file")]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system said.
        why: String,
    },
}

/// Audio in memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Audio {
    /// Its format.
    pub format: Format,
    /// Its frames.
    pub bytes: Vec<u8>,
}

impl Audio {
    /// How many frames it has.
    pub fn frames(&self) -> u64 {
        (self.bytes.len() / self.format.frame_bytes().max(1)) as u64
    }

    /// The same audio in samples that hold it.
    pub fn widened(&self, sample: Sample) -> Option<Self> {
        let bytes = samples::widen(&self.bytes, self.format.sample, sample)?;
        Some(Self { format: Format { sample, ..self.format }, bytes })
    }
}

/// What a file has.
#[derive(Clone, Debug)]
pub struct Wav {
    /// The audio.
    pub audio: Audio,
    /// Frames that the header promises and the file does not have.
    pub missing: u64,
}

/// Reads a file whole. One that ends early is taken as far as it goes.
pub fn read(path: &Path) -> Result<Wav, WavError> {
    let bytes =
        fs::read(path).map_err(|source| WavError::Read { path: path.to_owned(), source })?;
    parse(&bytes, path)
}

fn parse(bytes: &[u8], path: &Path) -> Result<Wav, WavError> {
    let refused = |error: hound::Error| match error {
        hound::Error::Unsupported | hound::Error::InvalidSampleFormat | hound::Error::TooWide => {
            WavError::SampleType(path.to_owned())
        }
        hound::Error::IoError(_) => not_wav(path, "it ends in its header"),
        hound::Error::FormatError(why) => not_wav(path, why),
        hound::Error::UnfinishedSample => not_wav(path, "its last frame is not whole"),
    };
    let mut reader = WavReader::new(bytes).map_err(refused)?;
    let spec = reader.spec();
    let promised = u64::from(reader.duration());
    let sample = match (spec.sample_format, spec.bits_per_sample) {
        (SampleFormat::Int, 1..=16) => Sample::Pcm16,
        (SampleFormat::Int, 17..=24) => Sample::Pcm24,
        (SampleFormat::Int, 25..=32) => Sample::Pcm32,
        (SampleFormat::Float, 32) => Sample::Float32,
        _ => return Err(WavError::SampleType(path.to_owned())),
    };
    if spec.channels == 0 || spec.sample_rate == 0 {
        return Err(not_wav(path, "no channels or no sample rate"));
    }
    let format = Format { rate: spec.sample_rate, channels: spec.channels, sample };
    let mut audio = Vec::new();
    // Reading stops at the first error: that is where a truncated file ends.
    if spec.sample_format == SampleFormat::Float {
        for one in reader.samples::<f32>().map_while(Result::ok) {
            samples::push_word(sample, one.to_bits().cast_signed(), &mut audio);
        }
    } else {
        let shift = 32 - u32::from(spec.bits_per_sample);
        for one in reader.samples::<i32>().map_while(Result::ok) {
            samples::push_word(sample, one << shift, &mut audio);
        }
    }
    audio.truncate(audio.len() - audio.len() % format.frame_bytes());
    let audio = Audio { format, bytes: audio };
    if audio.frames() == 0 {
        return Err(WavError::NoFrames(path.to_owned()));
    }
    Ok(Wav { missing: promised.saturating_sub(audio.frames()), audio })
}

fn not_wav(path: &Path, why: &str) -> WavError {
    WavError::NotWav { path: path.to_owned(), why: why.to_owned() }
}

/// A file to be written: it takes its place only when it is complete. An interrupted run leaves nothing behind, and a file of that
/// name stays as it was.
#[derive(Debug)]
pub struct Output {
    path: PathBuf,
}

impl Output {
    /// Makes sure that `path` can be written before anything is recorded.
    pub fn create(path: &Path) -> Result<Self, WavError> {
        let failed = |why: &str| WavError::Write { path: path.to_owned(), why: why.to_owned() };
        if path.file_name().is_none() || path.is_dir() {
            return Err(failed("it is not a file's name"));
        }
        let output = Self { path: path.to_owned() };
        // A file beside it that goes away at once shows that the folder takes one.
        output.temporary().map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => failed("its folder does not exist"),
            kind => failed(&kind.to_string()),
        })?;
        Ok(output)
    }

    fn temporary(&self) -> io::Result<NamedTempFile> {
        let folder = self.path.parent().filter(|folder| !folder.as_os_str().is_empty());
        tempfile::Builder::new()
            .prefix(".wasapi-")
            .tempfile_in(folder.unwrap_or_else(|| Path::new(".")))
    }

    /// Writes the audio and puts the file in its place.
    pub fn finish(self, audio: &Audio) -> Result<(), WavError> {
        self.place(audio)
            .map_err(|error| WavError::Write { path: self.path.clone(), why: error.to_string() })
    }

    fn place(&self, audio: &Audio) -> io::Result<()> {
        let mut file = self.temporary()?;
        write(file.as_file_mut(), audio).map_err(io::Error::other)?;
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            // A temporary file is private; the result is a file like any other.
            file.as_file().set_permissions(fs::Permissions::from_mode(0o644))?;
        }
        file.persist(&self.path)?;
        Ok(())
    }
}

fn write(file: &mut fs::File, audio: &Audio) -> hound::Result<()> {
    let Format { rate, channels, sample } = audio.format;
    let bits = if sample == Sample::Float32 { 32 } else { sample.valid_bits() };
    let sample_format =
        if sample == Sample::Float32 { SampleFormat::Float } else { SampleFormat::Int };
    // RIFF has 32 bits for its length.
    if u64::from(u32::MAX) < audio.bytes.len() as u64 + 128 {
        return Err(hound::Error::IoError(io::Error::other("longer than a WAV file can hold")));
    }
    let spec = WavSpec { channels, sample_rate: rate, bits_per_sample: bits, sample_format };
    let mut writer = WavWriter::new(io::BufWriter::new(file), spec)?;
    for word in samples::to_words(sample, &audio.bytes) {
        match sample {
            Sample::Float32 => writer.write_sample(f32::from_bits(word.cast_unsigned()))?,
            _ => writer.write_sample(word >> (32 - u32::from(bits)))?,
        }
    }
    writer.finalize()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noise(format: Format, frames: u32) -> Audio {
        let mut bytes = Vec::new();
        for index in 1..=frames * u32::from(format.channels) {
            let word = index.wrapping_mul(2_654_435_761).cast_signed();
            let word = match format.sample {
                Sample::Float32 => (word as f32 / 2_147_483_648.0).to_bits().cast_signed(),
                _ => word,
            };
            samples::push_word(format.sample, word, &mut bytes);
        }
        Audio { format, bytes }
    }

    fn encoded(audio: &Audio) -> Vec<u8> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out.wav");
        Output::create(&path).unwrap().finish(audio).unwrap();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing else is left");
        fs::read(&path).unwrap()
    }

    fn parse(bytes: &[u8]) -> Result<Wav, WavError> {
        super::parse(bytes, Path::new("in.wav"))
    }

    #[test]
    fn every_kind_of_sample_comes_back_as_it_went() {
        for sample in [Sample::Pcm16, Sample::Pcm24, Sample::Pcm32, Sample::Float32] {
            for channels in 1..=8 {
                let audio = noise(Format { rate: 44_100, channels, sample }, 101);
                let wav = parse(&encoded(&audio)).unwrap();
                assert_eq!((wav.audio, wav.missing), (audio, 0));
            }
        }
    }

    #[test]
    fn twenty_four_bits_in_32_are_written_packed() {
        let format = Format { rate: 48_000, channels: 2, sample: Sample::Pcm24In32 };
        let wav = parse(&encoded(&noise(format, 7))).unwrap();
        let packed = noise(Format { sample: Sample::Pcm24, ..format }, 7);
        assert_eq!(wav.audio, packed);
        assert_eq!(packed.widened(Sample::Pcm24In32), Some(noise(format, 7)));
    }

    #[test]
    fn eight_bits_are_read_as_sixteen() {
        let spec = WavSpec {
            channels: 1,
            sample_rate: 8_000,
            bits_per_sample: 8,
            sample_format: SampleFormat::Int,
        };
        let mut file = io::Cursor::new(Vec::new());
        let mut writer = WavWriter::new(&mut file, spec).unwrap();
        writer.write_sample(-128_i8).unwrap();
        writer.write_sample(1_i8).unwrap();
        writer.finalize().unwrap();
        let wav = parse(&file.into_inner()).unwrap();
        assert_eq!(wav.audio.format.sample, Sample::Pcm16);
        assert_eq!(wav.audio.bytes, [0, 0x80, 0, 1]);
    }

    #[test]
    fn truncated_data_is_taken_as_far_as_it_goes() {
        let format = Format { rate: 48_000, channels: 2, sample: Sample::Pcm16 };
        let mut bytes = encoded(&noise(format, 100));
        bytes.truncate(bytes.len() - 42);
        let wav = parse(&bytes).unwrap();
        assert_eq!((wav.audio.frames(), wav.missing), (89, 11));
    }

    #[test]
    fn wrong_files_are_named_for_what_they_are() {
        assert!(matches!(parse(b""), Err(WavError::NotWav { .. })));
        assert!(matches!(parse(b"#!/bin/sh\n"), Err(WavError::NotWav { .. })));
        let format = Format { rate: 48_000, channels: 2, sample: Sample::Pcm16 };
        assert!(matches!(parse(&encoded(&noise(format, 0))), Err(WavError::NoFrames(_))));
        let mut a_law = encoded(&noise(format, 1));
        a_law[20] = 6;
        let refused = parse(&a_law).unwrap_err();
        assert!(matches!(refused, WavError::SampleType(_)), "{refused}");
        let gone = read(Path::new("no/such.wav")).unwrap_err().to_string();
        assert!(gone.starts_with("no/such.wav: cannot be read"), "{gone}");
    }

    #[test]
    fn any_prefix_and_any_flipped_byte_of_a_header_is_parsed_without_a_panic() {
        let bytes = encoded(&noise(Format { rate: 48_000, channels: 3, sample: Sample::Pcm24 }, 9));
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

    #[test]
    fn an_output_that_is_not_finished_leaves_nothing_and_spoils_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out.wav");
        fs::write(&path, b"before").unwrap();
        drop(Output::create(&path).unwrap());
        assert_eq!(fs::read(&path).unwrap(), b"before");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        let nowhere = folder.path().join("no/such/folder/out.wav");
        assert!(matches!(Output::create(&nowhere), Err(WavError::Write { .. })));
        assert!(matches!(Output::create(folder.path()), Err(WavError::Write { .. })));
    }
}
