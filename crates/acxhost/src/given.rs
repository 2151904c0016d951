//! Input files of commands: `-` is standard input.

use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// A file's bytes, and its name in errors.
///
/// # Errors
///
/// The system's errors, with that name.
pub fn read(path: &Path) -> Result<(Vec<u8>, PathBuf), (PathBuf, io::Error)> {
    let (read, name) = if path == Path::new("-") {
        let mut bytes = Vec::new();
        (io::stdin().read_to_end(&mut bytes).map(|_| bytes), Path::new("standard input"))
    } else {
        (std::fs::read(path), path)
    };
    match read {
        Ok(bytes) => Ok((bytes, name.to_owned())),
        Err(error) => Err((name.to_owned(), error)),
    }
}
