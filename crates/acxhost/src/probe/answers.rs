//! Files of answers: JSON, written by `acxhost probe --json`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{fmt, io};

use serde::{Deserialize, Serialize};

use super::questions;
use crate::given;

/// The version of the file. Other versions have other experiments or answers.
pub const VERSION: u32 = 1;

/// The result of an experiment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Answer {
    /// An answer.
    Answered(String),
    /// No answer, and the reason.
    NotAsked(#[serde(with = "not_asked")] String),
}

/// `{"not_asked": "why"}`.
mod not_asked {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[derive(Serialize, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct NotAsked {
        not_asked: String,
    }

    pub(super) fn serialize<S: Serializer>(why: &str, to: S) -> Result<S::Ok, S::Error> {
        NotAsked { not_asked: why.to_owned() }.serialize(to)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
        NotAsked::deserialize(from).map(|own| own.not_asked)
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Answered(answer) => f.write_str(answer),
            Self::NotAsked(why) => write!(f, "not asked: {why}"),
        }
    }
}

/// The answers of one system with one driver.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answers {
    /// The version of the file.
    pub acxhost_answers: u32,
    /// `host` or `windows`.
    pub system: String,
    /// The driver.
    pub driver: String,
    /// The answers, by the id of the assumption.
    pub answers: BTreeMap<String, Answer>,
}

/// The reason why a file of answers cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum AnswersError {
    /// It cannot be read.
    #[error("{path}: cannot be read ({error}): check the path and its permissions")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// It is not JSON.
    #[error("{path}: not JSON: {error}: give a file that `acxhost probe --json` wrote")]
    Syntax {
        /// The file.
        path: PathBuf,
        /// Where.
        error: serde_json::Error,
    },
    /// It is JSON, but not a file of answers.
    #[error("{path}: not a file of answers: {error}: give one that `acxhost probe --json` wrote")]
    Foreign {
        /// The file.
        path: PathBuf,
        /// What is missing or wrong.
        error: serde_json::Error,
    },
    /// It has another version.
    #[error(
        "{path}: answers of version {found}, and this program has version {VERSION}: ask again with \
         this program"
    )]
    Version {
        /// The file.
        path: PathBuf,
        /// Its version.
        found: u32,
    },
    /// It has an answer to an unknown question.
    #[error("{path}: there is no question {id}: `acxhost probe` lists them")]
    NoSuchExperiment {
        /// The file.
        path: PathBuf,
        /// The id in it.
        id: String,
    },
}

impl Answers {
    /// Reads a file; `-` is standard input.
    ///
    /// # Errors
    ///
    /// The same as [`parse`](Self::parse), or the file cannot be read.
    pub fn read(path: &Path) -> Result<Self, AnswersError> {
        let (text, path) =
            given::read(path).map_err(|(path, error)| AnswersError::Read { path, error })?;
        Self::parse(&text, &path)
    }

    /// Parses the answers of a file; errors name it `path`.
    ///
    /// # Errors
    ///
    /// [`AnswersError`]: not JSON, or not a file of answers of this version.
    pub fn parse(text: &[u8], path: &Path) -> Result<Self, AnswersError> {
        let own = || path.to_owned();
        let value: serde_json::Value = serde_json::from_slice(text)
            .map_err(|error| AnswersError::Syntax { path: own(), error })?;
        let found = value.get("acxhost_answers").and_then(serde_json::Value::as_u64);
        if let Some(found) = found.and_then(|found| u32::try_from(found).ok())
            && found != VERSION
        {
            return Err(AnswersError::Version { path: own(), found });
        }
        let answers: Self = serde_json::from_value(value)
            .map_err(|error| AnswersError::Foreign { path: own(), error })?;
        let is_known = |id: &&String| questions().any(|(known, ..)| known == **id);
        match answers.answers.keys().find(|id| !is_known(id)) {
            Some(id) => Err(AnswersError::NoSuchExperiment { path: own(), id: id.clone() }),
            None => Ok(answers),
        }
    }

    /// The answer to an experiment, if there is one.
    pub fn answer(&self, id: &str) -> Option<&str> {
        match self.answers.get(id) {
            Some(Answer::Answered(answer)) => Some(answer),
            _ => None,
        }
    }

    /// The system and the driver of the answers.
    pub fn title(&self) -> String {
        format!("{} on {}", self.driver, self.system)
    }
}

/// A difference between the answers of two files.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// The id of the assumption.
    pub id: &'static str,
    /// The question.
    pub asks: &'static str,
    /// The effect of the difference.
    pub changes: &'static str,
    /// The first file's answer.
    pub one: String,
    /// The second file's answer.
    pub other: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { id, asks, changes, one, other } = self;
        write!(f, "{id}: {asks}\n  {one}\n  {other}\n  changes: {changes}")
    }
}

/// A comparison of two files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Comparison {
    /// The number of equal answers.
    pub same: usize,
    /// The differences.
    pub differences: Vec<Difference>,
    /// Experiments for which one of the files has no answer.
    pub not_compared: Vec<&'static str>,
}

/// Compares two files.
pub fn compare(one: &Answers, other: &Answers) -> Comparison {
    let mut found = Comparison::default();
    for (id, asks, changes) in questions() {
        match (one.answer(id), other.answer(id)) {
            (Some(one), Some(other)) if one == other => found.same += 1,
            (Some(one), Some(other)) => found.differences.push(Difference {
                id,
                asks,
                changes,
                one: one.to_owned(),
                other: other.to_owned(),
            }),
            _ => found.not_compared.push(id),
        }
    }
    found
}
