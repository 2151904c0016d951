//! WAV files: a lenient reader of files and pipes, and a writer that keeps the samples of the
//! source.
//!
//! The reader is our own and not `hound`: it keeps the channel mask and the whole format chunk,
//! which hound drops; it reads RF64 and the headers of streaming programs; and of a truncated file
//! it returns the audio that exists and the number of missing bytes. The tests compare it with
//! hound.

mod format;
mod read;
mod write;

use std::fmt::{self, Display};
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

pub use format::WavFormat;
pub use read::Reader;
pub use write::Writer;

use crate::output::{Output, OutputError};

/// The source of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// A file.
    File(PathBuf),
    /// Standard input.
    Stdin,
}

/// Why a file cannot be used. Each message names the remedy.
#[derive(Debug, thiserror::Error)]
pub enum WavError {
    /// It cannot be read.
    #[error("{input}: cannot be read ({source}): check the path and its permissions")]
    Read {
        /// The file.
        input: Input,
        /// The system's error.
        source: io::Error,
    },
    /// It is empty.
    #[error("{0}: the file is empty: give a WAV file with audio in it")]
    Empty(Input),
    /// It has no RIFF/WAVE header, or invalid chunks.
    #[error("{input}: not a WAV file ({why}): give a RIFF/WAVE file")]
    NotWav {
        /// The file.
        input: Input,
        /// What is wrong.
        why: String,
    },
    /// It is an audio file of another type.
    #[error("{input}: not a WAV file but {what}: convert it with `{}`", .input.conversion())]
    Container {
        /// The file.
        input: Input,
        /// The type.
        what: &'static str,
    },
    /// A big-endian WAV file (RIFX).
    #[error(
        "{0}: not a WAV file but RIFX, a WAV file of the other byte order: convert it with `{command}`",
        command = .0.reordering()
    )]
    OtherOrder(Input),
    /// A WAV file with an unsupported coding.
    #[error("{input}: {what} is not supported: convert it with `{}`", .input.conversion())]
    Coding {
        /// The file.
        input: Input,
        /// The coding.
        what: String,
    },
    /// A sample of the file exceeds 32-bit float, which endpoints carry.
    #[error(
        "{input}: sample {sample} needs 64-bit float, and endpoints carry 32 bits: convert it with `{}`",
        .input.conversion_to("pcm_f32le")
    )]
    TooFine {
        /// The file.
        input: Input,
        /// The index of the first such sample; the samples of all channels count.
        sample: u64,
    },
    /// It has a header and no audio.
    #[error("{0}: no audio in the file: give a WAV file with at least one frame")]
    NoFrames(Input),
}

impl Input {
    /// The file at a path; `-` is standard input.
    pub fn at(path: &Path) -> Self {
        if path == Path::new("-") { Self::Stdin } else { Self::File(path.to_owned()) }
    }

    /// Opens it.
    ///
    /// # Errors
    ///
    /// [`WavError::Read`].
    pub fn open(&self) -> Result<Box<dyn Read + Send>, WavError> {
        match self {
            Self::File(path) => match File::open(path) {
                Ok(file) => Ok(Box::new(file)),
                Err(source) => Err(self.unreadable(source)),
            },
            Self::Stdin => Ok(Box::new(io::stdin())),
        }
    }

    /// Opens it and reads up to the first frame.
    ///
    /// # Errors
    ///
    /// [`WavError`], with the remedy.
    pub fn read(self) -> Result<Reader<Box<dyn Read + Send>>, WavError> {
        let source = self.open()?;
        Reader::new(source, self)
    }

    fn unreadable(&self, source: io::Error) -> WavError {
        WavError::Read { input: self.clone(), source }
    }

    fn not_wav(&self, why: &str) -> WavError {
        WavError::NotWav { input: self.clone(), why: why.to_owned() }
    }

    fn coding(&self, what: String) -> WavError {
        WavError::Coding { input: self.clone(), what }
    }

    /// The command that converts it to a supported WAV file.
    fn conversion(&self) -> String {
        self.conversion_to("pcm_s24le")
    }

    fn conversion_to(&self, coding: &str) -> String {
        format!("ffmpeg -i {} -c:a {coding} converted.wav", self.argument())
    }

    /// Like [`conversion`](Self::conversion), for RIFX, which ffmpeg does not read in full.
    fn reordering(&self) -> String {
        format!("sox -t wav {} -b 24 -e signed-integer converted.wav", self.argument())
    }

    fn argument(&self) -> String {
        match self {
            Self::File(path) => quoted(&path.to_string_lossy()),
            Self::Stdin => "-".to_owned(),
        }
    }
}

/// Quoted for a shell.
fn quoted(path: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-/\\:+,".contains(&byte);
    if !path.is_empty() && path.bytes().all(is_plain) {
        path.to_owned()
    } else {
        format!("'{}'", path.replace('\'', "'\\''"))
    }
}

impl Display for Input {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(to, "{}", path.display()),
            Self::Stdin => to.write_str("standard input"),
        }
    }
}

/// The whole audio of a file.
#[derive(Clone, Debug)]
pub struct Wav {
    /// Its format.
    pub format: WavFormat,
    /// Its frames in the endpoint's format.
    pub audio: Vec<u8>,
    /// The bytes of audio that the header announces and the file lacks.
    pub missing: u64,
}

impl Wav {
    /// Reads a file; `-` is standard input.
    ///
    /// # Errors
    ///
    /// [`WavError`], with the remedy.
    pub fn read(path: &Path) -> Result<Self, WavError> {
        Self::collect(Input::at(path).read()?)
    }

    /// Parses the bytes of a file; `path` is its name in errors.
    ///
    /// # Errors
    ///
    /// [`WavError`], with the remedy.
    pub fn parse(bytes: &[u8], path: &Path) -> Result<Self, WavError> {
        Self::collect(Reader::new(bytes, Input::at(path))?)
    }

    fn collect<R: Read>(mut reader: Reader<R>) -> Result<Self, WavError> {
        let mut audio = Vec::new();
        let mut piece = vec![0; reader.format().carried.block_align() * 4096];
        loop {
            match reader.read_frames(&mut piece)? {
                0 => break,
                count => audio.extend(&piece[..count]),
            }
        }
        Ok(Self { format: reader.format().clone(), audio, missing: reader.missing() })
    }

    /// The number of frames.
    pub fn frames(&self) -> u64 {
        (self.audio.len() / self.format.carried.block_align()) as u64
    }
}

/// Writes frames in `format`, and moves the file to its path.
///
/// # Errors
///
/// [`OutputError::Write`]; a file that was at the path stays there.
pub fn write(output: &Output, format: &WavFormat, audio: &[u8]) -> Result<(), OutputError> {
    output.finish(|file| write_to(file, format, audio))
}

/// Writes a file with these frames.
///
/// # Errors
///
/// The errors of `to`.
pub fn write_to(to: impl io::Write, format: &WavFormat, audio: &[u8]) -> io::Result<()> {
    let frames = audio.len() / format.carried.block_align();
    let mut writer = Writer::new(to, format.clone(), Some(frames as u64))?;
    writer.write(audio)?;
    writer.end().map(drop)
}

#[cfg(test)]
mod tests;
