//! Sources and sinks of audio.

use std::f64::consts::TAU;
use std::io::{self, Read, Stdout, Write};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::time::Duration;

use acxvad_io::WaveFormat;
use wave::output::{Output, OutputError, Partial};
use wave::wav::{Input, Reader, WavError, WavFormat, Writer};

use crate::end::{self, Failure};

/// The interval at which Ctrl-C is checked while a pipe is empty.
const LOOK: Duration = Duration::from_millis(100);

/// The number of bytes read at a time.
const PIECE: usize = 16 * 1024;

/// A pipe or file that is read on a separate thread, so that Ctrl-C ends a program that waits for
/// it.
struct Ahead {
    pieces: Receiver<io::Result<Vec<u8>>>,
    piece: Vec<u8>,
    taken: usize,
}

impl Ahead {
    fn new(mut source: Box<dyn Read + Send>) -> Self {
        let (sender, pieces) = sync_channel(8);
        // The thread ends at the end of its input, or with the program.
        std::thread::spawn(move || {
            let mut room = vec![0; PIECE];
            loop {
                let piece = match source.read(&mut room) {
                    Ok(0) => return,
                    Ok(count) => Ok(room[..count].to_vec()),
                    Err(why) if why.kind() == io::ErrorKind::Interrupted => continue,
                    Err(why) => Err(why),
                };
                let failed = piece.is_err();
                if sender.send(piece).is_err() || failed {
                    return;
                }
            }
        });
        Self { pieces, piece: Vec::new(), taken: 0 }
    }
}

impl Read for Ahead {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        while self.taken == self.piece.len() {
            if end::is_stopped() {
                return Ok(0);
            }
            match self.pieces.recv_timeout(LOOK) {
                Ok(piece) => (self.piece, self.taken) = (piece?, 0),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return Ok(0),
            }
        }
        let count = room.len().min(self.piece.len() - self.taken);
        room[..count].copy_from_slice(&self.piece[self.taken..self.taken + count]);
        self.taken += count;
        Ok(count)
    }
}

enum Kind {
    Wav(Box<Reader<Ahead>>),
    Raw { from: Ahead, left_out: u64 },
    Tone { radians: f64, frame: u64 },
}

/// A source of audio.
pub struct Source {
    kind: Kind,
    /// Its format, as that of a file.
    format: WavFormat,
    input: Input,
}

impl Source {
    /// A WAV file; `-` is standard input.
    ///
    /// # Errors
    ///
    /// [`WavError`].
    pub fn wav(path: &Path) -> Result<Self, WavError> {
        let input = Input::at(path);
        let reader = Reader::new(Ahead::new(input.open()?), input.clone())?;
        let format = reader.format().clone();
        Ok(Self { kind: Kind::Wav(Box::new(reader)), format, input })
    }

    /// Raw PCM; `-` is standard input.
    ///
    /// # Errors
    ///
    /// [`WavError::Read`].
    pub fn raw(path: &Path, format: WaveFormat) -> Result<Self, WavError> {
        let input = Input::at(path);
        let from = Ahead::new(input.open()?);
        Ok(Self { kind: Kind::Raw { from, left_out: 0 }, format: WavFormat::of(format), input })
    }

    /// An endless sine, 12 dB below full scale.
    pub fn tone(hertz: f64, format: WaveFormat) -> Self {
        let radians = TAU * hertz / f64::from(format.rate);
        let kind = Kind::Tone { radians, frame: 0 };
        Self { kind, format: WavFormat::of(format), input: Input::Stdin }
    }

    /// The format.
    pub fn format(&self) -> &WavFormat {
        &self.format
    }

    /// The number of bytes after the last whole frame, known at the end.
    pub fn left_out(&self) -> u64 {
        match &self.kind {
            Kind::Wav(reader) => reader.left_out(),
            Kind::Raw { left_out, .. } => *left_out,
            Kind::Tone { .. } => 0,
        }
    }

    /// Fills the buffer with whole frames; partially only at the end.
    ///
    /// # Errors
    ///
    /// [`WavError`].
    pub fn read(&mut self, room: &mut [u8]) -> Result<usize, WavError> {
        let carried = self.format.carried;
        let block = carried.block_align();
        match &mut self.kind {
            Kind::Wav(reader) => reader.read_frames(room),
            Kind::Raw { from, left_out } => {
                let mut filled = 0;
                while filled < room.len() {
                    let read = from.read(&mut room[filled..]);
                    let unreadable = |source| WavError::Read { input: self.input.clone(), source };
                    match read.map_err(unreadable)? {
                        0 => break,
                        count => filled += count,
                    }
                }
                *left_out += (filled % block) as u64;
                Ok(filled - filled % block)
            }
            Kind::Tone { radians, frame } => {
                for place in room.chunks_exact_mut(block) {
                    let value = (*radians * *frame as f64).sin() * 0.25;
                    *frame += 1;
                    for sample in place.chunks_exact_mut(usize::from(carried.bits / 8)) {
                        put(sample, carried.float, value);
                    }
                }
                Ok(room.len() - room.len() % block)
            }
        }
    }
}

/// Writes a sample of any type.
fn put(sample: &mut [u8], float: bool, value: f64) {
    if float {
        sample.copy_from_slice(&(value as f32).to_le_bytes());
    } else {
        let whole = ((value * 2_147_483_648.0) as i32).to_le_bytes();
        sample.copy_from_slice(&whole[4 - sample.len()..]);
    }
}

enum To {
    File(Writer<Partial>),
    RawFile(Partial),
    Stdout(Writer<Stdout>),
    RawStdout(Stdout),
    Nowhere,
}

/// A sink of audio.
pub struct Sink {
    to: To,
    path: PathBuf,
}

/// Whether a path stands for standard output.
pub fn is_pipe(path: &Path) -> bool {
    path == Path::new("-")
}

impl Sink {
    /// A file, which gets its final path when it is complete, or standard output (`-`); `input`
    /// must not be overwritten.
    ///
    /// # Errors
    ///
    /// [`Failure`].
    pub fn create(
        path: &Path,
        input: Option<&Path>,
        format: &WavFormat,
        raw: bool,
    ) -> Result<Self, Failure> {
        let wrong = |why| Self::failure(path, &why);
        let to = match (is_pipe(path), raw) {
            (true, true) => To::RawStdout(io::stdout()),
            (true, false) => {
                To::Stdout(Writer::new(io::stdout(), format.clone(), None).map_err(wrong)?)
            }
            (false, true) => To::RawFile(Output::create(path, input)?.begin()?),
            (false, false) => {
                let partial = Output::create(path, input)?.begin()?;
                To::File(Writer::of_any_length(partial, format.clone()).map_err(wrong)?)
            }
        };
        let mut sink = Self { to, path: path.to_owned() };
        // The reader of a pipe may wait for the header.
        sink.write(&[])?;
        Ok(sink)
    }

    /// Discards the audio.
    pub fn nowhere() -> Self {
        Self { to: To::Nowhere, path: PathBuf::new() }
    }

    fn failure(path: &Path, why: &io::Error) -> Failure {
        if is_pipe(path) && why.kind() == io::ErrorKind::BrokenPipe {
            return Failure::ReaderGone;
        }
        let name = if is_pipe(path) { Path::new("standard output") } else { path };
        OutputError::of(name, why).into()
    }

    /// Writes whole frames.
    ///
    /// # Errors
    ///
    /// [`Failure::Output`], [`Failure::ReaderGone`].
    pub fn write(&mut self, audio: &[u8]) -> Result<(), Failure> {
        let written = match &mut self.to {
            To::File(writer) => writer.write(audio),
            To::RawFile(file) => file.write_all(audio),
            // Flush for the reader of a pipe.
            To::Stdout(writer) => writer.write(audio).and_then(|()| io::stdout().flush()),
            To::RawStdout(out) => out.write_all(audio).and_then(|()| out.flush()),
            To::Nowhere => Ok(()),
        };
        written.map_err(|why| Self::failure(&self.path, &why))
    }

    /// Ends the output, and moves a file to its final path.
    ///
    /// # Errors
    ///
    /// The same as [`write`](Self::write).
    pub fn finish(self) -> Result<(), Failure> {
        let Self { to, path } = self;
        let wrong = |why| Self::failure(&path, &why);
        match to {
            To::File(writer) => Ok(writer.finish().map_err(wrong)?.place()?),
            To::RawFile(mut file) => {
                file.flush().map_err(wrong)?;
                Ok(file.place()?)
            }
            To::Stdout(writer) => writer.end().map(drop).map_err(wrong),
            To::RawStdout(mut out) => out.flush().map_err(wrong),
            To::Nowhere => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_of_any_type_is_as_loud() {
        let mut room = [0; 4];
        put(&mut room[..2], false, -0.25);
        assert_eq!(i16::from_le_bytes([room[0], room[1]]), -8192);
        put(&mut room[..3], false, 0.25);
        assert_eq!(room[..3], [0, 0, 0x20]);
        put(&mut room, false, 0.25);
        assert_eq!(i32::from_le_bytes(room), 1 << 29);
        put(&mut room, true, 0.25);
        assert_eq!(f32::from_le_bytes(room).to_bits(), 0.25_f32.to_bits());
    }
}
