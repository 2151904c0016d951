//! `wasapi-play`: plays a WAV file on a render device.

#[cfg(windows)]
mod play;

use std::process::ExitCode;

use wasapi_samples::options::Play;
use wasapi_samples::report;

fn main() -> ExitCode {
    #[cfg(windows)]
    let play = play::play;
    #[cfg(not(windows))]
    let play = wasapi_samples::error::only_on_windows;
    report::run::<Play>("wasapi-play", play)
}
