//! `cargo xtask kit`: the files for the first run on a Windows machine, in one archive.
//!
//! Unpacked, it is a folder with `first-run.exe`, `acxhost.exe` and `acxvadctl.exe`, the folder
//! `scripts`, and the x64 package in the folder `package`. The same files make the same archive.

use std::path::{Path, PathBuf};

use cargo_acx::files::{at, below, write};

use crate::archive::{self, Files};
use crate::programs;

const PROGRAMS: [&str; 3] = ["first-run.exe", "acxhost.exe", "acxvadctl.exe"];

/// Writes target/kit.zip, and returns its path.
///
/// # Errors
///
/// A part is not built: the message has the command that builds it.
pub(crate) fn make(root: &Path) -> Result<PathBuf, String> {
    let root = at(root, root.canonicalize())?;
    let kit = root.join("target/kit.zip");
    write(&kit, archive::zip(&files(&root)?)?)?;
    Ok(kit)
}

fn files(root: &Path) -> Result<Files, String> {
    let mut files = Files::new();
    let built = programs::built(root);
    for program in PROGRAMS {
        let file = built.join(program);
        let bytes = std::fs::read(&file).map_err(|why| {
            format!("{}: {why}; `cargo xtask programs` builds it", file.display())
        })?;
        files.insert(program.to_owned(), bytes);
    }
    let scripts = root.join("scripts");
    for file in below(&scripts)? {
        let name = file.strip_prefix(&scripts).map_err(|why| why.to_string())?;
        let name = name.to_string_lossy().replace('\\', "/");
        files.insert(format!("scripts/{name}"), at(&file, std::fs::read(&file))?);
    }
    archive::add_licences(&mut files, root)?;
    let package = root.join("target/package/x64");
    for name in ["acxvad.sys", "acxvad.inf", "acxvad.cat"] {
        if !package.join(name).is_file() {
            return Err(format!(
                "{}: not made; `cargo xtask build --release` and `cargo xtask package` make it",
                package.join(name).display()
            ));
        }
    }
    archive::add(&mut files, "package/", &package)?;
    if files.contains_key("package/acxvad.cer") {
        Ok(files)
    } else {
        Err(format!(
            "{}: the package is not signed, so Windows would not load it: \
             sudo apt-get install osslsigncode, then `cargo xtask package`",
            package.display()
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kit_has_all_that_the_first_run_wants_and_what_is_missing_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let programs = PROGRAMS.map(|name| {
            (format!("target/programs/x86_64-pc-windows-gnu/release/{name}"), "xtask programs")
        });
        let package = ["acxvad.sys", "acxvad.inf", "acxvad.cat"]
            .map(|name| (format!("target/package/x64/{name}"), "xtask package"));
        let certificate = ("target/package/x64/acxvad.cer".to_owned(), "osslsigncode");
        let all: Vec<_> = programs.into_iter().chain(package).chain([certificate]).collect();
        for (name, _) in &all {
            write(&folder.path().join(name), name).unwrap();
        }
        write(&folder.path().join("scripts/Common.ps1"), "x").unwrap();
        for name in archive::LICENCES {
            write(&folder.path().join(name), "licence").unwrap();
        }
        let kit = std::fs::read(make(folder.path()).unwrap()).unwrap();
        let names: Vec<String> = files(folder.path()).unwrap().into_keys().collect();
        let expected = [
            "LICENSE-APACHE",
            "LICENSE-MIT",
            "acxhost.exe",
            "acxvadctl.exe",
            "first-run.exe",
            "package/acxvad.cat",
            "package/acxvad.cer",
            "package/acxvad.inf",
            "package/acxvad.sys",
            "scripts/Common.ps1",
        ];
        assert_eq!(names, expected);
        for (name, remedy) in &all {
            let file = folder.path().join(name);
            let hidden = file.with_extension("hidden");
            std::fs::rename(&file, &hidden).unwrap();
            let why = make(folder.path()).unwrap_err();
            assert!(why.contains(remedy), "{name}: {why}");
            std::fs::rename(&hidden, &file).unwrap();
        }
        assert_eq!(std::fs::read(make(folder.path()).unwrap()).unwrap(), kit, "the same again");
    }
}
