//! The files of drivers, in a folder of the machine's own: whatever path a driver names, what it
//! writes lands below that folder, and goes with the machine.

use std::cell::{Cell, OnceCell, RefCell};
use std::fs::{self, File};
use std::path::{Component, Path, PathBuf};

use acx_sys::*;

/// An open file.
#[derive(Debug)]
pub(crate) struct Opened {
    pub(super) name: String,
    pub(super) place: PathBuf,
    /// None for a folder.
    pub(super) file: Option<File>,
    pub(super) position: Cell<u64>,
    pub(super) delete: Cell<bool>,
}

impl Opened {
    pub(crate) fn name(&self) -> &str {
        &self.name
    }
}

impl Drop for Opened {
    fn drop(&mut self) {
        if self.delete.get() {
            let _ = fs::remove_file(&self.place);
        }
    }
}

/// The folder, made when the first file is asked for and removed with the machine.
#[derive(Default)]
pub(crate) struct Sandbox {
    folder: OnceCell<Option<tempfile::TempDir>>,
    given: RefCell<Option<PathBuf>>,
}

impl Sandbox {
    /// Keeps files in `folder`, which stays.
    pub(crate) fn keep_in(&self, folder: &Path) {
        *self.given.borrow_mut() = Some(folder.to_owned());
    }

    fn root(&self) -> Result<PathBuf, NTSTATUS> {
        if let Some(given) = &*self.given.borrow() {
            return Ok(given.clone());
        }
        let made = self.folder.get_or_init(|| tempfile::tempdir().ok());
        made.as_ref().map(|folder| folder.path().to_owned()).ok_or(STATUS_DISK_FULL)
    }

    /// Where a driver's path lies. Nothing leads out of the folder.
    pub(super) fn place(&self, name: &str) -> Result<PathBuf, NTSTATUS> {
        let relative = name.replace('\\', "/").replace([':', '?'], "");
        let mut place = self.root()?;
        for part in Path::new(&relative).components() {
            match part {
                Component::Normal(part) => place.push(part),
                Component::ParentDir => return Err(STATUS_OBJECT_NAME_INVALID),
                _ => {}
            }
        }
        Ok(place)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_path_leads_out_of_the_sandbox() {
        let sandbox = Sandbox::default();
        let root = sandbox.root().expect("a temporary folder");
        let place = sandbox.place(r"\SystemRoot\..\a");
        assert_eq!(place, Err(STATUS_OBJECT_NAME_INVALID));
        let place = sandbox.place(r"\DosDevices\C:\DriverData\x.wav").expect("a plain path");
        assert_eq!(place, root.join("DosDevices/C/DriverData/x.wav"));
    }
}
