//! The end of a program: status, counters, messages.

use std::io::{self, Write};
use std::process::{ExitCode, exit};
use std::sync::atomic::{AtomicBool, Ordering};

use acxvad_io::Counts;
use acxvad_io::host::StartError;
use serde_json::{Value, json};
use wave::output::OutputError;
use wave::wav::WavError;

/// The reason why a program fails.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// An error of the input.
    #[error(transparent)]
    Input(#[from] WavError),
    /// An error of the output.
    #[error(transparent)]
    Output(#[from] OutputError),
    /// The driver did not start in this program.
    #[error(transparent)]
    Host(#[from] StartError),
    /// The driver refused a request, or is gone.
    #[error("{end}: {error}")]
    Stream {
        /// The end.
        end: String,
        /// The error.
        error: acxvad_io::Error,
    },
    /// There is no such end.
    #[error("{end:?}: there is no such end; there are {present}")]
    NoEnd {
        /// The requested end.
        end: String,
        /// The existing ends.
        present: String,
    },
    /// There is no driver.
    #[error("{0}")]
    NoDriver(String),
    /// The reader closed standard output: not a failure, but the end.
    #[error("the reader is gone")]
    ReaderGone,
}

/// The reason of the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// The end of the input.
    Input,
    /// `--seconds`.
    Time,
    /// Ctrl-C.
    Stopped,
    /// The reader closed the pipe.
    ReaderGone,
}

impl Ended {
    const fn word(self) -> &'static str {
        match self {
            Self::Input => "input",
            Self::Time => "time",
            Self::Stopped => "stopped",
            Self::ReaderGone => "reader gone",
        }
    }
}

/// The outcome of streaming.
#[derive(Debug)]
pub struct Outcome {
    /// The reason of the end.
    pub ended: Ended,
    /// Frames fed, if an end was fed.
    pub fed: Option<(u64, Counts)>,
    /// Frames read, if an end was read.
    pub read: Option<(u64, Counts)>,
    /// The number of losses due to the driver's late timers; None if the device is gone.
    pub lost_by_driver: Option<u64>,
    /// The number of input bytes after the last whole frame.
    pub left_out: u64,
    /// The findings of the host's verifier.
    pub violations: Vec<String>,
    /// Whether standard output is audio.
    pub aside: bool,
}

impl Outcome {
    /// Whether every frame fed was recorded, as far as this program knows.
    pub fn is_clean(&self) -> bool {
        let lost = |part: &Option<(u64, Counts)>| {
            part.is_some_and(|(_, counts)| counts.underruns + counts.overruns + counts.gone > 0)
        };
        let by_driver = self.lost_by_driver.unwrap_or(0);
        !lost(&self.fed) && !lost(&self.read) && by_driver == 0 && self.violations.is_empty()
    }

    fn value(&self) -> Value {
        let part = |part: &Option<(u64, Counts)>| {
            part.map(|(frames, counts)| {
                json!({
                    "frames": frames, "packets": counts.packets, "underruns": counts.underruns,
                    "overruns": counts.overruns, "gone": counts.gone,
                })
            })
        };
        json!({
            "ended": self.ended.word(), "fed": part(&self.fed), "read": part(&self.read),
            "lost_by_driver": self.lost_by_driver, "bytes_left_out_of_input": self.left_out, "violations": self.violations,
        })
    }

    fn sentences(&self) -> Vec<String> {
        let part = |word: &str, part: &Option<(u64, Counts)>| {
            part.map(|(frames, counts)| {
                let Counts { underruns, overruns, gone, .. } = counts;
                format!("{frames} frames {word}; {underruns} underruns, {overruns} overruns, the device went {gone} times")
            })
        };
        let mut all: Vec<_> =
            [part("fed", &self.fed), part("read", &self.read)].into_iter().flatten().collect();
        if self.left_out > 0 {
            all.push(format!(
                "{} bytes behind the last whole frame of the input were left out",
                self.left_out
            ));
        }
        if let Some(times @ 1..) = self.lost_by_driver {
            all.push(format!("the driver lost audio {times} times: its timers came too late"));
        }
        all.extend(self.violations.iter().map(|why| format!("the driver has an error: {why}")));
        all
    }
}

/// Prints a line on standard error; a failure is ignored.
fn complain(name: &str, line: &str) {
    let _ = writeln!(io::stderr(), "{name}: {line}");
}

/// Reports the outcome. Returns the exit status.
pub fn report(name: &str, json: bool, outcome: Result<Outcome, Failure>) -> ExitCode {
    let outcome = match outcome {
        Ok(outcome) => outcome,
        Err(failure) => {
            complain(name, &failure.to_string());
            if json {
                let _ = print(&json!({ "error": failure.to_string() }).to_string());
            }
            return ExitCode::from(2);
        }
    };
    // In a pipe, print the table only if something went wrong.
    if !outcome.is_clean() || outcome.left_out > 0 {
        outcome.sentences().iter().for_each(|line| complain(name, line));
    }
    if json {
        let line = outcome.value().to_string();
        let printed = if outcome.aside { writeln!(io::stderr(), "{line}") } else { print(&line) };
        if let Err(why) = printed
            && why.kind() != io::ErrorKind::BrokenPipe
        {
            complain(name, &format!("the counters cannot be written: {why}"));
            return ExitCode::from(2);
        }
    }
    ExitCode::from(u8::from(!outcome.is_clean()))
}

fn print(line: &str) -> io::Result<()> {
    let mut out = io::stdout();
    writeln!(out, "{line}")?;
    out.flush()
}

/// Whether Ctrl-C was pressed.
static STOPPED: AtomicBool = AtomicBool::new(false);

/// From now on Ctrl-C ends streaming, and a second one ends the program.
pub fn stop_on_ctrl_c() {
    // If the handler cannot be set, Ctrl-C ends the program as usual.
    let _ = ctrlc::set_handler(|| {
        if STOPPED.swap(true, Ordering::Relaxed) {
            exit(130);
        }
    });
}

/// Whether Ctrl-C was pressed.
pub fn is_stopped() -> bool {
    STOPPED.load(Ordering::Relaxed)
}
