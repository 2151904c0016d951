//! Errors of the samples, each as one line that names the object and the remedy.

use wasapi_client::choose::ChooseError;
use wasapi_client::error::Failure as ClientFailure;

use crate::report::Report;
use wave::output::OutputError;
use wave::wav::WavError;

/// An error that ends a sample early.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The input file.
    #[error(transparent)]
    Wav(#[from] WavError),
    /// The file to write.
    #[error(transparent)]
    Output(#[from] OutputError),
    /// The device, or a stream on it.
    #[error(transparent)]
    Client(#[from] ClientFailure),
    /// The device accepts none of the formats tried.
    #[error(
        "{0}: takes none of the usual formats in exclusive mode: give --rate, --channels and --sample, or leave --exclusive out"
    )]
    NoExclusiveFormat(String),
    /// The engine's mix format is not supported here.
    #[error(
        "{0}: its format is not one that these samples know: give --rate, --channels and --sample"
    )]
    UnknownFormat(String),
    /// There is no format that both ends accept.
    #[error(
        "{render} and {capture}: have no format in common in exclusive mode: leave --exclusive out, or give --rate, --channels and --sample"
    )]
    NothingInCommon {
        /// The speaker.
        render: String,
        /// The microphone.
        capture: String,
    },
    /// The recording has no frames: Ctrl-C came first, or nothing was played to a loopback stream.
    #[error(
        "{0}: nothing was recorded, and no file written: record longer, and play something meanwhile"
    )]
    NothingRecorded(String),
    /// The playing thread ended without an error.
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
    /// The exit status: 2 for wrong input, 1 for other errors.
    pub fn status(&self) -> u8 {
        match self {
            Self::Client(why) => why.status(),
            Self::Thread(_) | Self::NothingRecorded(_) => 1,
            _ => 2,
        }
    }
}

/// The samples' behaviour on systems without WASAPI.
pub fn only_on_windows<Arguments>(_: &Arguments) -> Result<Report, Failure> {
    Err(Failure::NotWindows)
}
