//! Running a program: what it says goes into files at once, so that a machine that goes down leaves
//! them, and a program that never ends is ended.

use std::fs::File;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

/// A program with its arguments.
#[derive(Clone, Debug)]
pub struct Call {
    /// The file, or a name that the PATH has.
    pub program: String,
    /// As the program gets them.
    pub arguments: Vec<String>,
    /// The statuses that mean that it did its work.
    pub good: &'static [i32],
    /// It is ended after so long.
    pub limit: Duration,
    /// It runs while the next calls do, and is waited for after the last one. It may end with any
    /// status: what the others do to it is what is tried.
    pub meanwhile: bool,
    /// It is run also when a call before it failed: it puts back what those changed.
    pub always: bool,
    /// Its output is this file of the results, too.
    pub keep: Option<&'static str>,
}

impl Call {
    /// A call that ends with 0 within five minutes.
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

    /// Other statuses than 0 are good as well.
    #[must_use]
    pub fn good(mut self, statuses: &'static [i32]) -> Self {
        self.good = statuses;
        self
    }

    /// It may take longer.
    #[must_use]
    pub fn minutes(mut self, minutes: u64) -> Self {
        self.limit = Duration::from_secs(60 * minutes);
        self
    }

    /// It runs while the next calls do.
    #[must_use]
    pub fn meanwhile(mut self) -> Self {
        self.meanwhile = true;
        self
    }

    /// It is run whatever came before.
    #[must_use]
    pub fn always(mut self) -> Self {
        self.always = true;
        self
    }

    /// Its output is a file of the results.
    #[must_use]
    pub fn keep(mut self, file: &'static str) -> Self {
        self.keep = Some(file);
        self
    }

    /// As somebody would type it.
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

/// What a call came to.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Answer {
    /// As somebody would type it.
    pub line: String,
    /// What the program ended with; none if it did not start, was ended, or ended by a signal.
    pub status: Option<i32>,
    /// Whether that is a status which means that it did its work.
    pub is_good: bool,
    /// Why there is no status.
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

/// How long the longest wait between two looks at a program is. Short programs are looked at
/// sooner.
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
    /// Starts a program; what it prints goes to `log` and, with `errors` in its name, beside it.
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

/// Waits for a program; none if it had to be ended.
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
