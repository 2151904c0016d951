//! Files that take their place only when they are complete.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Seek, SeekFrom, Write};
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
    /// The disk has no room for it.
    #[error("{path}: needs {} and the disk has {}: choose another disk, or record less",
        size(*.needed), size(*.free))]
    NoRoom {
        /// The file.
        path: PathBuf,
        /// Bytes that it takes.
        needed: u64,
        /// Bytes that there are.
        free: u64,
    },
    /// The output is the input.
    #[error("{0}: is the input as well: choose another output file")]
    SameFile(PathBuf),
}

impl OutputError {
    /// What the system said of a file.
    pub fn of(path: &Path, why: &io::Error) -> Self {
        Self::Write { path: path.to_owned(), why: why.to_string() }
    }
}

/// Bytes, for people.
fn size(bytes: u64) -> String {
    match bytes {
        0..10_000_000 => format!("{} kB", bytes.div_ceil(1000)),
        10_000_000..10_000_000_000 => format!("{} MB", bytes.div_ceil(1_000_000)),
        _ => format!("{} GB", bytes.div_ceil(1_000_000_000)),
    }
}

/// A file to be written: it takes its place only when it is complete. Until then nothing of it is
/// at its path, so that what was there stays as it was.
#[derive(Clone, Debug)]
pub struct Output {
    path: PathBuf,
}

/// The file while it is being written, beside its place. It goes away when it is dropped.
#[derive(Debug)]
pub struct Partial {
    file: NamedTempFile,
    path: PathBuf,
}

impl Output {
    /// Makes sure that `path` can be written before anything is played; `input` is the file that
    /// must not be overwritten.
    ///
    /// # Errors
    ///
    /// [`OutputError`], with what to do.
    pub fn create(path: &Path, input: Option<&Path>) -> Result<Self, OutputError> {
        let failed = |why: String| OutputError::Write { path: path.to_owned(), why };
        let mut place = path.to_owned();
        if let Ok(metadata) = fs::metadata(path) {
            // A link stays one: what it names is replaced.
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
        // A file beside it that goes away at once shows that the folder takes one.
        output.temporary().map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => failed("its folder does not exist".to_owned()),
            kind => failed(kind.to_string()),
        })?;
        Ok(output)
    }

    /// Makes sure that there is room for so many bytes.
    ///
    /// # Errors
    ///
    /// [`OutputError::NoRoom`].
    pub fn fits(&self, bytes: u64) -> Result<(), OutputError> {
        // Where the system does not say, writing will.
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
        // A temporary file is private; the result is a file like any other.
        #[cfg(unix)]
        let builder = {
            use std::os::unix::fs::PermissionsExt;
            builder.permissions(fs::Permissions::from_mode(0o666))
        };
        builder.tempfile_in(self.folder())
    }

    /// Begins the file.
    ///
    /// # Errors
    ///
    /// [`OutputError::Write`].
    pub fn begin(&self) -> Result<Partial, OutputError> {
        let file = self.temporary().map_err(|error| OutputError::of(&self.path, &error))?;
        Ok(Partial { file, path: self.path.clone() })
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
        let mut partial = self.begin()?;
        write(partial.file.as_file_mut()).map_err(|error| OutputError::of(&self.path, &error))?;
        partial.place()
    }
}

impl Partial {
    /// The file that this will be.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Puts it in its place. A file that it replaces hands its permissions on.
    ///
    /// # Errors
    ///
    /// [`OutputError::Write`]; what was at the path before is there still.
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

        // A new one is as any program's.
        let new = folder.path().join("new.wav");
        Output::create(&new, None).unwrap().finish(|file| file.write_all(b"x")).unwrap();
        let plain = folder.path().join("plain");
        fs::write(&plain, b"x").unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode();
        assert_eq!(mode(&new), mode(&plain));
    }
}
