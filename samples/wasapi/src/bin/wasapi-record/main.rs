//! `wasapi-record`: records a capture device, or what a render device plays, to a WAV file.

#[cfg(windows)]
mod record;

use std::process::ExitCode;

use wasapi_samples::options::Record;
use wasapi_samples::report;

fn main() -> ExitCode {
    #[cfg(windows)]
    let record = record::record;
    #[cfg(not(windows))]
    let record = wasapi_samples::error::only_on_windows;
    report::run::<Record>("wasapi-record", record)
}
