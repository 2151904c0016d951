//! `wasapi-latency`: plays bursts of noise and measures how long they take to come back.

#[cfg(windows)]
mod measure;

use std::process::ExitCode;

use wasapi_samples::options::Latency;
use wasapi_samples::report;

fn main() -> ExitCode {
    #[cfg(windows)]
    let measure = measure::measure;
    #[cfg(not(windows))]
    let measure = wasapi_samples::error::only_on_windows;
    report::run::<Latency>("wasapi-latency", measure)
}
