//! One zip of everything.

use std::fs::File;
use std::io::{Error, copy};
use std::path::{Path, PathBuf};

use zip::write::SimpleFileOptions;

use crate::plan::MINUTE;

/// The file's name in the folder of results.
pub const FILE: &str = "first-run.zip";

/// Writes every file of the results except the zip itself and the audio played.
///
/// # Errors
///
/// The system's error.
pub fn write(results: &Path) -> Result<PathBuf, Error> {
    let path = results.join(FILE);
    let mut zip = zip::ZipWriter::new(File::create(&path)?);
    let mut files = Vec::new();
    list(results, "", &mut files)?;
    files.sort();
    for (name, file) in
        files.into_iter().filter(|(name, _)| ![FILE, MINUTE].contains(&name.as_str()))
    {
        zip.start_file(name, SimpleFileOptions::default()).map_err(Error::other)?;
        copy(&mut File::open(file)?, &mut zip)?;
    }
    zip.finish().map_err(Error::other)?.sync_all()?;
    Ok(path)
}

/// Files below a folder, each with its name in the zip.
fn list(folder: &Path, prefix: &str, files: &mut Vec<(String, PathBuf)>) -> Result<(), Error> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if entry.file_type()?.is_dir() {
            list(&entry.path(), &format!("{name}/"), files)?;
        } else {
            files.push((name, entry.path()));
        }
    }
    Ok(())
}
