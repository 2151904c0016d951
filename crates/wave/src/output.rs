//! Files that appear at their path only when they are complete.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

/// Why a file cannot be written. Each message names the remedy.
#[derive(Debug, thiserror::Error)]
pub enum OutputError {
    /// The output cannot be written.
    #[error("{path}: cannot be written ({why}): choose another output file")]
    Write {
        /// The file.
        path: PathBuf,
        /// The system's error.
        why: String,
    },
    /// The disk is too full for it.
    #[error("{path}: needs {} and the disk has {}: choose another disk, or record less",
        size(*.needed), size(*.free))]
    NoRoom {
        /// The file.
        path: PathBuf,
        /// The bytes that it needs.
        needed: u64,
        /// The bytes that are free.
        free: u64,
    },
    /// The output is the input.
    #[error("{0}: is the input as well: choose another output file")]
    SameFile(PathBuf),
}

impl OutputError {
    /// The system's error about a file.
    pub fn of(path: &Path, why: &io::Error) -> Self {
        Self::Write { path: path.to_owned(), why: why.to_string() }
    }
}

/// A number of bytes as text.
fn size(bytes: u64) -> String {
    match bytes {
        0..10_000_000 => format!("{} kB", bytes.div_ceil(1000)),
        10_000_000..10_000_000_000 => format!("{} MB", bytes.div_ceil(1_000_000)),
        _ => format!("{} GB", bytes.div_ceil(1_000_000_000)),
    }
}

/// A file that appears at its path only when it is complete. Until then, a file that is already
/// there stays unchanged.
#[derive(Clone, Debug)]
pub struct Output {
    path: PathBuf,
}

/// The temporary file in the same folder. It is deleted when it is dropped.
#[derive(Debug)]
pub struct Partial {
    file: NamedTempFile,
    path: PathBuf,
}

impl Output {
    /// Checks that `path` can be written, before anything is played; `input` is the file that must
    /// not be overwritten.
    ///
    /// # Errors
    ///
    /// [`OutputError`], with the remedy.
    pub fn create(path: &Path, input: Option<&Path>) -> Result<Self, OutputError> {
        let failed = |why: String| OutputError::Write { path: path.to_owned(), why };
        let mut place = path.to_owned();
        if let Ok(metadata) = fs::metadata(path) {
            // A symbolic link is kept: its target is replaced.
            place = path.canonicalize().map_err(|error| failed(error.to_string()))?;
            if input.is_some_and(|input| input.canonicalize().is_ok_and(|input| input == place)) {
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
        let output = Self { path: place };
        // A temporary file shows that the folder is writable.
        output.temporary().map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => failed("its folder does not exist".to_owned()),
            kind => failed(kind.to_string()),
        })?;
        Ok(output)
    }

    /// Checks that the disk has room for so many bytes.
    ///
    /// # Errors
    ///
    /// [`OutputError::NoRoom`].
    pub fn fits(&self, bytes: u64) -> Result<(), OutputError> {
        // If the system does not report it, the write itself fails.
        match fs4::available_space(self.folder()) {
            Ok(free) if free < bytes => {
                Err(OutputError::NoRoom { path: self.path.clone(), needed: bytes, free })
            }
            _ => Ok(()),
        }
    }

    fn folder(&self) -> &Path {
        let folder = self.path.parent().filter(|folder| !folder.as_os_str().is_empty());
        folder.unwrap_or_else(|| Path::new("."))
    }

    fn temporary(&self) -> io::Result<NamedTempFile> {
        let mut builder = tempfile::Builder::new();
        builder.prefix(".partial-");
        // A temporary file is private; the result has the usual permissions.
        #[cfg(unix)]
        let builder = {
            use std::os::unix::fs::PermissionsExt;
            builder.permissions(fs::Permissions::from_mode(0o666))
        };
        builder.tempfile_in(self.folder())
    }

    /// Creates the file.
    ///
    /// # Errors
    ///
    /// [`OutputError::Write`].
    pub fn begin(&self) -> Result<Partial, OutputError> {
        let file = self.temporary().map_err(|error| OutputError::of(&self.path, &error))?;
        Ok(Partial { file, path: self.path.clone() })
    }

    /// Writes the file with `write`, and moves it to its path.
    ///
    /// # Errors
    ///
    /// [`OutputError::Write`]; a file that was at the path stays there.
    pub fn finish(
        &self,
        write: impl FnOnce(&mut File) -> io::Result<()>,
    ) -> Result<(), OutputError> {
        let mut partial = self.begin()?;
        write(partial.file.as_file_mut()).map_err(|error| OutputError::of(&self.path, &error))?;
        partial.place()
    }
}

impl Partial {
    /// The path of the complete file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Moves the file to its path. It takes over the permissions of a file that it replaces.
    ///
    /// # Errors
    ///
    /// [`OutputError::Write`]; a file that was at the path stays there.
    pub fn place(self) -> Result<(), OutputError> {
        let Self { file, path } = self;
        let placed = match fs::metadata(&path) {
            Ok(replaced) => file.as_file().set_permissions(replaced.permissions()),
            Err(_) => Ok(()),
        };
        placed
            .and_then(|()| file.persist(&path).map_err(|error| error.error))
            .map(drop)
            .map_err(|error| OutputError::of(&path, &error))
    }
}

impl Write for Partial {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Seek for Partial {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.file.seek(to)
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

    #[test]
    fn what_cannot_fit_is_refused_before_it_begins() {
        let folder = tempfile::tempdir().unwrap();
        let output = Output::create(&folder.path().join("out.wav"), None).unwrap();
        output.fits(1).unwrap();
        let refused = output.fits(u64::MAX).unwrap_err().to_string();
        assert!(refused.contains("out.wav: needs 18446744074 GB and the disk has"), "{refused}");
    }

    #[cfg(unix)]
    #[test]
    fn a_replaced_file_keeps_its_permissions_and_a_link_what_it_names() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let (path, link) = (folder.path().join("out.wav"), folder.path().join("link.wav"));
        fs::write(&path, b"before").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        std::os::unix::fs::symlink(&path, &link).unwrap();
        let output = Output::create(&link, None).unwrap();
        output.finish(|file| file.write_all(b"after")).unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::read(&path).unwrap(), b"after");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o640);

        // A new file gets the usual permissions.
        let new = folder.path().join("new.wav");
        Output::create(&new, None).unwrap().finish(|file| file.write_all(b"x")).unwrap();
        let plain = folder.path().join("plain");
        fs::write(&plain, b"x").unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode();
        assert_eq!(mode(&new), mode(&plain));
    }
}
