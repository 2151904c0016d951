//! Files, with errors that name them.

use std::fs;
use std::path::{Path, PathBuf};

/// Makes the file's folder if there is none. A file that has the contents already stays untouched, so that nothing is built again.
pub(crate) fn write(path: &Path, contents: impl AsRef<[u8]>) -> Result<(), String> {
    let contents = contents.as_ref();
    if fs::read(path).is_ok_and(|there| there == contents) {
        return Ok(());
    }
    let folder = path.parent().unwrap_or(path);
    fs::create_dir_all(folder).map_err(|why| format!("{}: {why}", folder.display()))?;
    fs::write(path, contents).map_err(|why| format!("{}: {why}", path.display()))
}

pub(crate) fn read(path: &Path) -> Result<String, String> {
    fs::read_to_string(path).map_err(|why| format!("{}: {why}", path.display()))
}

/// Every file below `folder`.
pub(crate) fn below(folder: &Path) -> Result<Vec<PathBuf>, String> {
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
