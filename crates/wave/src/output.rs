//! Files that take their place only when they are complete.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

/// Why a file cannot be written. Each says what to do about it.
#[derive(Debug, thiserror::Error)]
pub enum OutputError {
    /// The output cannot be written.
    #[error("{path}: cannot be written ({why}): choose another output file")]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system said.
        why: String,
    },
    /// The output is the input.
    #[error("{0}: is the input as well: choose another output file")]
    SameFile(PathBuf),
}

/// A file to be written: it takes its place only when it is complete. Until then nothing of it is on the disk, so that an interrupted run
/// leaves nothing behind.
#[derive(Clone, Debug)]
pub struct Output {
    path: PathBuf,
}

impl Output {
    /// Makes sure that `path` can be written before anything is played; `input` is the file that must not be overwritten.
    ///
    /// # Errors
    ///
    /// [`OutputError`], with what to do.
    pub fn create(path: &Path, input: Option<&Path>) -> Result<Self, OutputError> {
        let failed = |why: String| OutputError::Write { path: path.to_owned(), why };
        if let Ok(metadata) = fs::metadata(path) {
            let same = input.is_some_and(|input| {
                matches!((path.canonicalize(), input.canonicalize()), (Ok(a), Ok(b)) if a == b)
            });
            if same {
                return Err(OutputError::SameFile(path.to_owned()));
            }
            if !metadata.is_file() {
                return Err(failed("it is not a regular file".to_owned()));
            }
            OpenOptions::new().write(true).open(path).map_err(|error| failed(error.to_string()))?;
        }
        if path.file_name().is_none() {
            return Err(failed("it names no file".to_owned()));
        }
        let output = Self { path: path.to_owned() };
        // A file beside it that goes away at once shows that the folder takes one.
        output.temporary().map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => failed("its folder does not exist".to_owned()),
            kind => failed(kind.to_string()),
        })?;
        Ok(output)
    }

    fn temporary(&self) -> io::Result<NamedTempFile> {
        let folder = self.path.parent().filter(|folder| !folder.as_os_str().is_empty());
        tempfile::Builder::new()
            .prefix(".partial-")
            .tempfile_in(folder.unwrap_or_else(|| Path::new(".")))
    }

    /// Writes the file by `write` and puts it in its place.
    ///
    /// # Errors
    ///
    /// [`OutputError::Write`]; what was at the path before is there still.
    pub fn finish(
        &self,
        write: impl FnOnce(&mut File) -> io::Result<()>,
    ) -> Result<(), OutputError> {
        self.place(write)
            .map_err(|error| OutputError::Write { path: self.path.clone(), why: error.to_string() })
    }

    fn place(&self, write: impl FnOnce(&mut File) -> io::Result<()>) -> io::Result<()> {
        let mut file = self.temporary()?;
        write(file.as_file_mut())?;
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            // A temporary file is private; the result is a file like any other.
            file.as_file().set_permissions(fs::Permissions::from_mode(0o644))?;
        }
        file.persist(&self.path)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_output_that_is_not_finished_leaves_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        drop(Output::create(&folder.path().join("out.wav"), None).unwrap());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
        let nowhere = folder.path().join("no/such/folder/out.wav");
        assert!(matches!(Output::create(&nowhere, None), Err(OutputError::Write { .. })));
        assert!(matches!(Output::create(folder.path(), None), Err(OutputError::Write { .. })));
    }

    #[test]
    fn the_input_is_never_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("in.wav");
        fs::write(&path, b"x").unwrap();
        let other = folder.path().join(".").join("in.wav");
        assert!(matches!(Output::create(&other, Some(&path)), Err(OutputError::SameFile(_))));
    }
}
