//! Sound between files or pipes and a driver, in pieces.

use std::cell::RefCell;
use std::io::{self, Read, Stdout};
use std::path::Path;
use std::process;
use std::sync::atomic::{AtomicBool, Ordering};

use acx_client::endpoint::WaveFormat;
use acx_conform::analysis::{Comparing, Comparison};
use wave::output::{Output, OutputError, Partial};
use wave::wav::{WavFormat, Writer};

/// The maximum audio in flight, in seconds. No cable has this much latency.
const ON_ITS_WAY: usize = 10;

/// More than the size of any header.
const HEADER: u64 = 4096;

/// Whether Ctrl-C was pressed. It ends playback like the end of the file, and a recording, too.
static STOPPED: AtomicBool = AtomicBool::new(false);

/// From now on Ctrl-C ends streaming, and a second one ends the program.
pub(crate) fn stop_on_ctrl_c() {
    // If the handler cannot be set, Ctrl-C ends the program as usual.
    let _ = ctrlc::set_handler(|| {
        if STOPPED.swap(true, Ordering::Relaxed) {
            process::exit(130);
        }
    });
}

/// Whether Ctrl-C was pressed.
pub(crate) fn is_stopped() -> bool {
    STOPPED.load(Ordering::Relaxed)
}

/// The note after a number of frames if Ctrl-C was pressed.
pub(crate) fn stopped_early() -> &'static str {
    if is_stopped() { ", then stopped by Ctrl-C" } else { "" }
}

/// Whether a path stands for standard input or output.
pub(crate) fn is_pipe(path: &Path) -> bool {
    path == Path::new("-")
}

/// The name of an output in errors.
pub(crate) fn output_name(path: &Path) -> &Path {
    if is_pipe(path) { Path::new("standard output") } else { path }
}

/// The destination of a recording.
pub(crate) enum Target {
    /// To a file.
    File(Output),
    /// To standard output.
    Stdout,
}

/// A recording that is being written.
pub(crate) enum Recording {
    /// To a file.
    File(Writer<Partial>),
    /// To standard output.
    Stdout(Writer<Stdout>),
}

impl Target {
    /// Checks that a file can be written; `-` is standard output. `input` must not be overwritten.
    ///
    /// # Errors
    ///
    /// [`OutputError`], with what to do.
    pub(crate) fn create(path: &Path, input: Option<&Path>) -> Result<Self, OutputError> {
        if is_pipe(path) {
            return Ok(Self::Stdout);
        }
        Output::create(path, input).map(Self::File)
    }

    /// Begins the recording, of exactly or about `frames` frames, or of unknown length.
    ///
    /// # Errors
    ///
    /// [`OutputError`]: the disk is too small, or the system's error.
    pub(crate) fn begin(
        &self,
        format: &WavFormat,
        frames: Option<u64>,
        exactly: bool,
    ) -> Result<Recording, OutputError> {
        let bytes = frames.map(|frames| frames.saturating_mul(format.frame_bytes() as u64));
        match self {
            Self::File(output) => {
                output.fits(bytes.map_or(0, |bytes| bytes.saturating_add(HEADER)))?;
                let partial = output.begin()?;
                let path = partial.path().to_owned();
                // A short file gets the header that every reader supports.
                let is_short = bytes.is_some_and(|bytes| exactly || bytes < 3 << 30);
                let writer = if is_short {
                    Writer::new(partial, format.clone(), frames)
                } else {
                    Writer::of_any_length(partial, format.clone())
                };
                writer.map(Recording::File).map_err(|error| OutputError::of(&path, &error))
            }
            Self::Stdout => Writer::new(io::stdout(), format.clone(), frames.filter(|_| exactly))
                .map(Recording::Stdout)
                .map_err(|error| OutputError::of(output_name(Path::new("-")), &error)),
        }
    }
}

impl Recording {
    /// Writes whole frames.
    ///
    /// # Errors
    ///
    /// The system's error.
    pub(crate) fn write(&mut self, audio: &[u8]) -> io::Result<()> {
        match self {
            Self::File(writer) => writer.write(audio),
            Self::Stdout(writer) => writer.write(audio),
        }
    }

    /// Ends the recording, and moves a file to its final path.
    ///
    /// # Errors
    ///
    /// [`OutputError::Write`].
    pub(crate) fn finish(self, path: &Path) -> Result<(), OutputError> {
        let failed = |error| OutputError::of(output_name(path), &error);
        match self {
            Self::File(writer) => writer.finish().map_err(failed)?.place(),
            Self::Stdout(writer) => writer.end().map(drop).map_err(failed),
        }
    }
}

/// The audio and its recording, compared and written in pieces.
pub(crate) struct Heard {
    comparing: Comparing,
    block: usize,
    /// The original has ended.
    ended: bool,
    recording: Option<Recording>,
    /// Bytes recorded, and bytes written.
    came: u64,
    written: u64,
}

impl Heard {
    /// Nothing yet.
    pub(crate) fn new(format: WaveFormat, recording: Option<Recording>) -> Self {
        let block = format.block_align();
        let most = ON_ITS_WAY * format.rate as usize * block;
        let comparing = Comparing::new(block, most);
        Self { comparing, block, ended: false, recording, came: 0, written: 0 }
    }

    /// Takes a piece of the recording.
    ///
    /// # Errors
    ///
    /// The system's error for the file.
    pub(crate) fn take(&mut self, audio: &[u8]) -> io::Result<()> {
        self.came += audio.len() as u64;
        self.comparing.came(audio);
        // The first sound determines whether silence before it belongs to the recording.
        if !self.comparing.has_come() {
            return Ok(());
        }
        let latency = self.comparing.latency().unwrap_or(0);
        let silence = self.came - audio.len() as u64 - self.written;
        if self.written == 0 {
            self.write_silence(silence)?;
        }
        let end = (latency + self.comparing.frames()) * self.block as u64;
        let rest = if self.ended { end.saturating_sub(self.written) } else { u64::MAX };
        let audio = &audio[..rest.min(audio.len() as u64) as usize];
        self.write(audio)
    }

    fn write(&mut self, audio: &[u8]) -> io::Result<()> {
        self.written += audio.len() as u64;
        match &mut self.recording {
            Some(recording) => recording.write(audio),
            None => Ok(()),
        }
    }

    fn write_silence(&mut self, mut bytes: u64) -> io::Result<()> {
        let silence = vec![0; self.block * 1024];
        while bytes > 0 {
            let count = bytes.min(silence.len() as u64);
            self.write(&silence[..count as usize])?;
            bytes -= count;
        }
        Ok(())
    }

    /// Whether the original is silent so far.
    pub(crate) fn is_silent(&self) -> bool {
        self.comparing.is_silent()
    }

    /// Ends the recording. Returns the comparison, and the number of frames recorded: from the
    /// start of the microphone's stream to the end of the original.
    ///
    /// # Errors
    ///
    /// [`OutputError::Write`].
    pub(crate) fn finish(mut self, path: &Path) -> Result<(Comparison, u64), OutputError> {
        if !self.comparing.has_come() {
            // Only silence was recorded: write as much as the original's length.
            let all = self.comparing.frames() * self.block as u64;
            let silence = self.came.min(all);
            self.write_silence(silence)
                .map_err(|error| OutputError::of(output_name(path), &error))?;
        }
        if let Some(recording) = self.recording {
            recording.finish(path)?;
        }
        Ok((self.comparing.finish(), self.written / self.block as u64))
    }
}

/// Audio that is played, and compared with its recording.
pub(crate) struct Played<'a, R> {
    source: R,
    heard: Option<&'a RefCell<Heard>>,
}

impl<'a, R> Played<'a, R> {
    /// Compared by `heard`, if it is recorded.
    pub(crate) fn new(source: R, heard: Option<&'a RefCell<Heard>>) -> Self {
        Self { source, heard }
    }
}

impl<R: Read> Read for Played<'_, R> {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        let count = if is_stopped() { 0 } else { self.source.read(room)? };
        if let Some(heard) = self.heard {
            let mut heard = heard.borrow_mut();
            heard.comparing.sent(&room[..count]);
            heard.ended |= count == 0;
        }
        Ok(count)
    }
}
