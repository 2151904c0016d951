//! Running of programs: output goes to files at once, so that they survive a crash of the machine,
//! and a program that hangs is killed.

use std::fs::File;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

/// A program with its arguments.
#[derive(Clone, Debug)]
pub struct Call {
    /// The file, or a name in the PATH.
    pub program: String,
    /// The arguments.
    pub arguments: Vec<String>,
    /// The exit statuses of success.
    pub good: &'static [i32],
    /// The time after which it is killed.
    pub limit: Duration,
    /// It runs in parallel with the next calls, and is waited for after the last one. It may end
    /// with any status, because the others disturb it on purpose.
    pub meanwhile: bool,
    /// It also runs after a failed call, because it undoes changes.
    pub always: bool,
    /// A file of the results for its output.
    pub keep: Option<&'static str>,
}

impl Call {
    /// A call that must end with 0 within five minutes.
    pub fn new(program: impl Into<String>, arguments: &[&str]) -> Self {
        Self {
            program: program.into(),
            arguments: arguments.iter().map(|&word| word.to_owned()).collect(),
            good: &[0],
            limit: Duration::from_secs(5 * 60),
            meanwhile: false,
            always: false,
            keep: None,
        }
    }

    /// One more argument.
    #[must_use]
    pub fn with(mut self, argument: impl Into<String>) -> Self {
        self.arguments.push(argument.into());
        self
    }

    /// Accepts other statuses than 0.
    #[must_use]
    pub fn good(mut self, statuses: &'static [i32]) -> Self {
        self.good = statuses;
        self
    }

    /// Sets a longer timeout.
    #[must_use]
    pub fn minutes(mut self, minutes: u64) -> Self {
        self.limit = Duration::from_secs(60 * minutes);
        self
    }

    /// Runs in parallel with the next calls.
    #[must_use]
    pub fn meanwhile(mut self) -> Self {
        self.meanwhile = true;
        self
    }

    /// Always runs.
    #[must_use]
    pub fn always(mut self) -> Self {
        self.always = true;
        self
    }

    /// Writes its output to a file of the results.
    #[must_use]
    pub fn keep(mut self, file: &'static str) -> Self {
        self.keep = Some(file);
        self
    }

    /// The command line.
    pub fn line(&self) -> String {
        let quoted = |word: &String| {
            if word.contains([' ', '"']) || word.is_empty() {
                format!("\"{}\"", word.replace('"', "\\\""))
            } else {
                word.clone()
            }
        };
        let words = std::iter::once(&self.program).chain(&self.arguments);
        words.map(quoted).collect::<Vec<_>>().join(" ")
    }
}

/// The result of a call.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Answer {
    /// The command line.
    pub line: String,
    /// The exit status; None if it did not start, was killed, or ended by a signal.
    pub status: Option<i32>,
    /// Whether that is a status of success.
    pub is_good: bool,
    /// The reason why there is no status.
    pub trouble: Option<String>,
    /// The file with its output, below the results.
    pub log: String,
    /// How long it took.
    pub seconds: u64,
    /// What it printed.
    #[serde(skip)]
    pub output: String,
    /// The last line of its error output.
    pub error: String,
}

/// The maximum interval between two checks of a program. Short programs are checked sooner.
const LOOK: Duration = Duration::from_millis(100);

/// A call that has begun.
pub struct Running<'a> {
    call: &'a Call,
    child: Result<Child, String>,
    begun: Instant,
    log: std::path::PathBuf,
    name: String,
}

impl<'a> Running<'a> {
    /// Starts a program. Its output goes to `log`, its errors to a file beside it with `errors` in
    /// its name.
    ///
    /// # Errors
    ///
    /// A log that cannot be written.
    pub fn start(call: &'a Call, results: &Path, name: &str) -> std::io::Result<Self> {
        let log = results.join(name);
        if let Some(folder) = log.parent() {
            std::fs::create_dir_all(folder)?;
        }
        let child = Command::new(&call.program)
            .args(&call.arguments)
            .stdin(Stdio::null())
            .stdout(File::create(&log)?)
            .stderr(File::create(log.with_extension("errors.txt"))?)
            .spawn()
            .map_err(|why| format!("it did not start: {why}"));
        Ok(Self { call, child, begun: Instant::now(), log, name: name.to_owned() })
    }

    /// Waits for its end.
    ///
    /// # Errors
    ///
    /// A log that cannot be read or kept.
    pub fn wait(self, results: &Path) -> std::io::Result<Answer> {
        let (status, trouble) = match self.child {
            Err(why) => (None, Some(why)),
            Ok(mut child) => match ended(&mut child, self.begun, self.call.limit)? {
                Some(end) => {
                    (end.code(), end.code().is_none().then(|| format!("it ended with {end}")))
                }
                None => {
                    let seconds = self.call.limit.as_secs();
                    (None, Some(format!("it had not ended after {seconds} s")))
                }
            },
        };
        let read = |path: &Path| {
            std::fs::read(path).map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
        };
        let errors = self.log.with_extension("errors.txt");
        let last =
            |text: &str| text.lines().rev().find(|line| !line.trim().is_empty()).map(str::to_owned);
        let error = last(&read(&errors)?).unwrap_or_default();
        if std::fs::metadata(&errors)?.len() == 0 {
            std::fs::remove_file(&errors)?;
        }
        let output = read(&self.log)?;
        if let Some(file) = self.call.keep {
            std::fs::write(results.join(file), &output)?;
        }
        Ok(Answer {
            line: self.call.line(),
            status,
            is_good: status.is_some_and(|status| self.call.good.contains(&status)),
            trouble,
            log: self.name,
            seconds: self.begun.elapsed().as_secs(),
            output,
            error,
        })
    }
}

/// Waits for a program; None if it had to be killed.
fn ended(
    child: &mut Child,
    begun: Instant,
    limit: Duration,
) -> std::io::Result<Option<std::process::ExitStatus>> {
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if begun.elapsed() >= limit {
            // It may have ended just now.
            child.kill().or_else(|_| child.try_wait().map(|_| ()))?;
            child.wait()?;
            return Ok(None);
        }
        std::thread::sleep((begun.elapsed() / 8).clamp(Duration::from_millis(1), LOOK));
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn run(call: &Call) -> (Answer, tempfile::TempDir) {
        let folder = tempfile::tempdir().unwrap();
        let running = Running::start(call, folder.path(), "step/1-sh.txt").unwrap();
        (running.wait(folder.path()).unwrap(), folder)
    }

    #[test]
    fn a_program_that_never_ends_is_ended() {
        let mut call = Call::new("sleep", &["1000"]);
        call.limit = Duration::from_millis(50);
        let (answer, _folder) = run(&call);
        assert_eq!((answer.status, answer.is_good), (None, false));
        assert_eq!(answer.trouble.as_deref(), Some("it had not ended after 0 s"));
    }

    #[test]
    fn what_a_program_says_is_kept_and_its_last_error_named() {
        let call = Call::new("sh", &["-c", "echo out; echo first >&2; echo last >&2; exit 3"])
            .keep("kept.txt");
        let (answer, folder) = run(&call);
        assert_eq!(
            (answer.status, answer.is_good, answer.error.as_str()),
            (Some(3), false, "last")
        );
        assert_eq!(std::fs::read_to_string(folder.path().join("kept.txt")).unwrap(), "out\n");
        let errors = std::fs::read_to_string(folder.path().join("step/1-sh.errors.txt")).unwrap();
        assert_eq!(errors, "first\nlast\n");
        assert!(run(&call.good(&[3])).0.is_good);
    }

    #[test]
    fn a_program_that_is_not_there_is_said() {
        let (answer, _folder) = run(&Call::new("no-such-program", &[]));
        assert!(answer.trouble.unwrap().starts_with("it did not start"));
    }

    #[test]
    fn a_line_can_be_typed() {
        let call = Call::new("C:/a b/x", &["/v", "", "say \"x\""]);
        assert_eq!(call.line(), r#""C:/a b/x" /v "" "say \"x\"""#);
    }
}
