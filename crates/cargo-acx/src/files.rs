//! Files, with errors that name them.

use std::fs;
use std::path::{Path, PathBuf};

/// Writes a file, and creates its folder if necessary. A file that already has the contents is not
/// touched, so that nothing is rebuilt.
///
/// # Errors
///
/// The file or its folder cannot be written.
pub fn write(path: &Path, contents: impl AsRef<[u8]>) -> Result<(), String> {
    let contents = contents.as_ref();
    if fs::read(path).is_ok_and(|there| there == contents) {
        return Ok(());
    }
    let folder = path.parent().unwrap_or(path);
    fs::create_dir_all(folder).map_err(|why| format!("{}: {why}", folder.display()))?;
    fs::write(path, contents).map_err(|why| format!("{}: {why}", path.display()))
}

/// The text of a file.
///
/// # Errors
///
/// It cannot be read, or is not text.
pub fn read(path: &Path) -> Result<String, String> {
    fs::read_to_string(path).map_err(|why| format!("{}: {why}", path.display()))
}

/// Every file below `folder`.
///
/// # Errors
///
/// A folder cannot be read.
pub fn below(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let files = fs::read_dir(folder).map_err(|why| format!("{}: {why}", folder.display()))?;
    let mut found = Vec::new();
    for file in files.flatten() {
        if file.path().is_dir() {
            found.extend(below(&file.path())?);
        } else {
            found.push(file.path());
        }
    }
    Ok(found)
}

/// Adds the path to the error of `outcome`.
///
/// # Errors
///
/// That of `outcome`.
pub fn at<T>(path: &Path, outcome: std::io::Result<T>) -> Result<T, String> {
    outcome.map_err(|why| format!("{}: {why}", path.display()))
}
