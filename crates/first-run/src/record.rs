//! The record of a run: one JSON file, rewritten before and after each step, so that a run
//! continues after a restart, and a step that crashed the machine is known.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::program::Answer;
use crate::setup::Setup;

/// The file's name in the folder of results.
pub const FILE: &str = "first-run.json";

/// The state of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// It has begun. When read from a file: the machine crashed, or the program was killed.
    Started,
    /// It passed.
    Passed,
    /// It failed.
    Failed,
    /// It was not run; its sentence has the reason.
    NotRun,
}

impl State {
    /// As text.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Started => "started",
            Self::Passed => "passed",
            Self::Failed => "FAILED",
            Self::NotRun => "not run",
        }
    }
}

/// A step that has begun.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Done {
    /// The row's id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Its state.
    pub state: State,
    /// A figure, or the reason.
    pub sentence: String,
    /// The calls.
    pub calls: Vec<Answer>,
    /// Its duration.
    pub seconds: u64,
}

/// A run.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Record {
    /// The version of this file's form.
    pub first_run: u32,
    /// The program's version.
    pub version: String,
    /// Its start time, UTC.
    pub began: String,
    /// The paths and options.
    pub setup: Setup,
    /// Values from steps for later ones.
    pub facts: BTreeMap<String, String>,
    /// The steps that have begun, in their order.
    pub steps: Vec<Done>,
}

/// The reason why a record cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No file, or one that cannot be read.
    #[error(
        "{path}: {why}: give the folder of results of a run that was begun with `first-run run`"
    )]
    Read {
        /// The file.
        path: String,
        /// The system's error.
        why: std::io::Error,
    },
    /// Not a record.
    #[error("{path} is not a record of a first run: {why}")]
    Form {
        /// The file.
        path: String,
        /// The problem.
        why: serde_json::Error,
    },
    /// Written by another version.
    #[error("{path} has form {form}; this program reads form 1")]
    Version {
        /// The file.
        path: String,
        /// Its form.
        form: u32,
    },
}

impl Record {
    /// A new run.
    pub fn new(setup: Setup) -> Self {
        Self {
            first_run: 1,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            began: now(),
            setup,
            facts: BTreeMap::new(),
            steps: Vec::new(),
        }
    }

    /// Reads the record of a run to continue. A step that had begun counts as failed: its end was
    /// not seen.
    ///
    /// # Errors
    ///
    /// [`Error`].
    pub fn read(results: &Path) -> Result<Self, Error> {
        let file = results.join(FILE);
        let path = file.display().to_string();
        let text = std::fs::read(&file).map_err(|why| Error::Read { path: path.clone(), why })?;
        let mut record: Self =
            serde_json::from_slice(&text).map_err(|why| Error::Form { path: path.clone(), why })?;
        if record.first_run != 1 {
            return Err(Error::Version { path, form: record.first_run });
        }
        for step in record.steps.iter_mut().filter(|step| step.state == State::Started) {
            step.state = State::Failed;
            "the machine went down, or this program was ended, during this step"
                .clone_into(&mut step.sentence);
        }
        Ok(record)
    }

    /// Writes it atomically: the old file stays complete until the new one is.
    ///
    /// # Errors
    ///
    /// What the system says.
    pub fn write(&self) -> std::io::Result<()> {
        let results = &self.setup.results;
        let mut file = tempfile::NamedTempFile::new_in(results)?;
        serde_json::to_writer_pretty(&mut file, self)?;
        file.write_all(b"\n")?;
        file.as_file().sync_all()?;
        file.persist(results.join(FILE))?;
        Ok(())
    }

    /// A step that has begun.
    pub fn step(&self, id: &str) -> Option<&Done> {
        self.steps.iter().find(|step| step.id == id)
    }

    /// Whether a step has passed.
    pub fn has_passed(&self, id: &str) -> bool {
        self.step(id).is_some_and(|step| step.state == State::Passed)
    }

    /// A value from a step.
    pub fn fact(&self, name: &str) -> &str {
        self.facts.get(name).map_or("", String::as_str)
    }

    /// The number of steps with this state.
    pub fn count(&self, state: State) -> usize {
        self.steps.iter().filter(|step| step.state == state).count()
    }

    /// Whether the run succeeded: nothing failed, and the driver was installed and conforms.
    pub fn is_good(&self) -> bool {
        self.count(State::Failed) == 0
            && self.count(State::Started) == 0
            && crate::plan::CORE.iter().all(|id| self.has_passed(id))
    }
}

/// The time, UTC, to the second.
fn now() -> String {
    let now = time::OffsetDateTime::now_utc();
    let (date, hour, minute, second) = (now.date(), now.hour(), now.minute(), now.second());
    format!("{date} {hour:02}:{minute:02}:{second:02} UTC")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{CORE, STEPS};

    fn run(states: impl Fn(&str) -> State) -> Record {
        let mut record = Record::new(Setup::default());
        let done = |id: &str| Done {
            id: id.to_owned(),
            title: String::new(),
            state: states(id),
            sentence: String::new(),
            calls: Vec::new(),
            seconds: 0,
        };
        record.steps = STEPS.iter().map(|step| done(step.id)).collect();
        record
    }

    #[test]
    fn a_run_that_ran_nothing_has_failed() {
        assert!(run(|_| State::Passed).is_good());
        assert!(!run(|_| State::NotRun).is_good());
        let mut nothing = run(|_| State::Passed);
        nothing.steps.clear();
        assert!(!nothing.is_good());
        for lacks in CORE {
            let without = run(|id| if id == lacks { State::NotRun } else { State::Passed });
            assert!(!without.is_good(), "{lacks}");
        }
        for bad in [State::Failed, State::Started] {
            assert!(!run(|id| if id == "probe" { bad } else { State::Passed }).is_good());
        }
        assert!(run(|id| if id == "sleep" { State::NotRun } else { State::Passed }).is_good());
    }
}
