//! Why there is nothing to report, in one line that names the thing and the remedy.

use wasapi_client::choose::ChooseError;
use wasapi_client::error::Failure as ClientFailure;

use crate::report::Report;
use wave::output::OutputError;
use wave::wav::WavError;

/// Anything that ends a sample early.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The file that was given.
    #[error(transparent)]
    Wav(#[from] WavError),
    /// The file to write.
    #[error(transparent)]
    Output(#[from] OutputError),
    /// The device, or a stream on it.
    #[error(transparent)]
    Client(#[from] ClientFailure),
    /// The device takes none of the formats that were tried.
    #[error(
        "{0}: takes none of the usual formats in exclusive mode: give --rate, --channels and --sample, or leave --exclusive out"
    )]
    NoExclusiveFormat(String),
    /// What the engine mixes in has no name here.
    #[error(
        "{0}: its format is not one that these samples know: give --rate, --channels and --sample"
    )]
    UnknownFormat(String),
    /// No format that both ends take.
    #[error(
        "{render} and {capture}: have no format in common in exclusive mode: leave --exclusive out, or give --rate, --channels and --sample"
    )]
    NothingInCommon {
        /// The speaker.
        render: String,
        /// The microphone.
        capture: String,
    },
    /// The recording has no frames: Ctrl-C came first, or a loopback stream had nothing to hear.
    #[error(
        "{0}: nothing was recorded, and no file written: record longer, and play something meanwhile"
    )]
    NothingRecorded(String),
    /// The thread that plays is gone without a word.
    #[error("{0}: the thread that plays ended early: try again")]
    Thread(String),
    /// Not this system.
    #[error(
        "for Windows: this system has no WASAPI; build and run it there (samples/wasapi/README.md)"
    )]
    NotWindows,
}

impl From<ChooseError> for Failure {
    fn from(why: ChooseError) -> Self {
        Self::Client(why.into())
    }
}

impl Failure {
    /// The exit status: 2 for what was given, 1 for what happened.
    pub fn status(&self) -> u8 {
        match self {
            Self::Client(why) => why.status(),
            Self::Thread(_) | Self::NothingRecorded(_) => 1,
            _ => 2,
        }
    }
}

/// What each sample does where there is no WASAPI.
pub fn only_on_windows<Arguments>(_: &Arguments) -> Result<Report, Failure> {
    Err(Failure::NotWindows)
}
