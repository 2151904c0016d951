//! How a program ends.

use std::io::{self, Write};
use std::process::{ExitCode, exit};
use std::sync::atomic::{AtomicBool, Ordering};

use acxvad_io::Counts;
use acxvad_io::host::StartError;
use serde_json::{Value, json};
use wave::output::OutputError;
use wave::wav::WavError;

/// Why a program cannot do what it should.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The input.
    #[error(transparent)]
    Input(#[from] WavError),
    /// The output.
    #[error(transparent)]
    Output(#[from] OutputError),
    /// The driver did not start in this program.
    #[error(transparent)]
    Host(#[from] StartError),
    /// The driver refused something, or is gone.
    #[error("{end}: {error}")]
    Stream {
        /// Which end.
        end: String,
        /// What it was.
        error: acxvad_io::Error,
    },
    /// There is no such end.
    #[error("{end:?}: there is no such end; there are {present}")]
    NoEnd {
        /// What was asked for.
        end: String,
        /// The ends that there are.
        present: String,
    },
    /// There is no driver.
    #[error("{0}")]
    NoDriver(String),
    /// Standard output was closed by who read it: no failure, but the end.
    #[error("the reader is gone")]
    ReaderGone,
}

/// What ended it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// The input did.
    Input,
    /// `--seconds` did.
    Time,
    /// Ctrl-C did.
    Stopped,
    /// The reader of the pipe did.
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

/// What was streamed.
#[derive(Debug)]
pub struct Outcome {
    /// What ended it.
    pub ended: Ended,
    /// Frames that were fed, if any end was.
    pub fed: Option<(u64, Counts)>,
    /// Frames that were read, if any end was.
    pub read: Option<(u64, Counts)>,
    /// How often the driver's timers were so late that it lost audio; None if the device is gone.
    pub lost_by_driver: Option<u64>,
    /// Bytes of the input behind its last whole frame.
    pub left_out: u64,
    /// What the host's verifier saw.
    pub violations: Vec<String>,
    /// Whether standard output has audio.
    pub aside: bool,
}

impl Outcome {
    /// Whether every frame that was fed was heard, as far as this program can say.
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

/// A line on standard error. Nobody hears of it if that fails.
fn complain(name: &str, line: &str) {
    let _ = writeln!(io::stderr(), "{name}: {line}");
}

/// Says how it ended, and gives the status.
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
    // A table of what went well is nobody's business in a pipe.
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

/// From now on Ctrl-C ends what is streamed, and a second one the program.
pub fn stop_on_ctrl_c() {
    // Where the system does not take it, Ctrl-C ends the program as ever.
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
