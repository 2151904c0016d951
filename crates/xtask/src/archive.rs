//! Reproducible zip archives: the same files give the same bytes, and nothing is unpacked outside
//! its folder.

use std::collections::BTreeMap;
use std::io::{Cursor, Read, Write};
use std::path::Path;

use cargo_acx::files::{at, below, write};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipArchive, ZipWriter};

/// Files by their names in the archive, with `/` between folders.
pub(crate) type Files = BTreeMap<String, Vec<u8>>;

/// Adds every file below `folder`, with `prefix` before its name.
pub(crate) fn add(files: &mut Files, prefix: &str, folder: &Path) -> Result<(), String> {
    for file in below(folder)? {
        let name = file.strip_prefix(folder).map_err(|why| why.to_string())?;
        let name = name.to_string_lossy().replace('\\', "/");
        files.insert(format!("{prefix}{name}"), at(&file, std::fs::read(&file))?);
    }
    Ok(())
}

/// The licence texts, which belong in every archive that holds programs or the driver.
pub(crate) const LICENCES: [&str; 2] = ["LICENSE-APACHE", "LICENSE-MIT"];

/// Adds the licence texts of the repository at `root`.
pub(crate) fn add_licences(files: &mut Files, root: &Path) -> Result<(), String> {
    for name in LICENCES {
        let file = root.join(name);
        files.insert(name.to_owned(), at(&file, std::fs::read(&file))?);
    }
    Ok(())
}

/// Returns the archive of `files`: sorted by name, without times or users.
pub(crate) fn zip(files: &Files) -> Result<Vec<u8>, String> {
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .last_modified_time(DateTime::default())
        .unix_permissions(0o644);
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        archive.start_file(name, options).map_err(|why| format!("{name}: {why}"))?;
        archive.write_all(bytes).map_err(|why| format!("{name}: {why}"))?;
    }
    archive.finish().map(Cursor::into_inner).map_err(|why| why.to_string())
}

/// The largest size of an unpacked archive.
const MOST: u64 = 4 << 30;

/// Unpacks an archive into `folder`, and returns the number of files.
///
/// # Errors
///
/// It is not an archive, is damaged, has a name outside the folder, or is too large when unpacked.
pub(crate) fn unzip(bytes: &[u8], folder: &Path) -> Result<usize, String> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|why| why.to_string())?;
    let mut left = MOST;
    let mut count = 0;
    for index in 0..archive.len() {
        let file = archive.by_index(index).map_err(|why| why.to_string())?;
        let name = file.name().map_err(|why| why.to_string())?.into_owned();
        let Some(path) = file.enclosed_name() else {
            return Err(format!("{name} in the archive leads out of its folder"));
        };
        if file.is_dir() {
            continue;
        }
        let mut contents = Vec::new();
        let read = file.take(left + 1).read_to_end(&mut contents);
        let read = read.map_err(|why| format!("{name} in the archive: {why}"))?;
        left = left
            .checked_sub(read as u64)
            .ok_or_else(|| format!("the archive unpacks to more than {MOST} bytes"))?;
        write(&folder.join(path), contents)?;
        count += 1;
    }
    Ok(count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_files_make_the_same_archive_and_come_out_again() {
        let folder = tempfile::tempdir().unwrap();
        write(&folder.path().join("in/b/c.txt"), "two").unwrap();
        write(&folder.path().join("in/a.txt"), "one".repeat(1000)).unwrap();
        let pack = || {
            let mut files = Files::new();
            add(&mut files, "kit/", &folder.path().join("in")).unwrap();
            (files.keys().cloned().collect::<Vec<_>>(), zip(&files).unwrap())
        };
        let (names, archive) = pack();
        assert_eq!(names, ["kit/a.txt", "kit/b/c.txt"]);
        // Another time of the file changes nothing.
        std::fs::remove_file(folder.path().join("in/a.txt")).unwrap();
        write(&folder.path().join("in/a.txt"), "one".repeat(1000)).unwrap();
        assert_eq!(pack().1, archive);
        assert!(archive.len() < 1000, "it is compressed: {}", archive.len());
        let out = folder.path().join("out");
        assert_eq!(unzip(&archive, &out), Ok(2));
        assert_eq!(std::fs::read_to_string(out.join("kit/b/c.txt")).unwrap(), "two");
    }

    #[test]
    fn a_bad_archive_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().join("out");
        let escape = Files::from([("../escaped.txt".to_owned(), b"x".to_vec())]);
        let said = unzip(&zip(&escape).unwrap(), &out).unwrap_err();
        assert_eq!(said, "../escaped.txt in the archive leads out of its folder");
        assert!(!folder.path().join("escaped.txt").exists());
        let good = zip(&Files::from([("a".to_owned(), vec![7; 5000])])).unwrap();
        assert!(unzip(&good[..good.len() / 2], &out).is_err(), "half of an archive");
        assert!(unzip(b"nothing of the kind", &out).is_err());
        let mut damaged = good.clone();
        damaged[35] ^= 0x55;
        assert!(unzip(&damaged, &out).is_err(), "a damaged archive");
    }

    /// By a program that nobody here wrote. Where there is no Python the test passes.
    #[test]
    fn another_program_reads_it() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("some.zip");
        let files = Files::from([
            ("one.txt".to_owned(), b"first".to_vec()),
            ("a/two".to_owned(), vec![7; 70_000]),
        ]);
        let bytes = zip(&files).unwrap();
        let program = "import sys, zipfile\nz = zipfile.ZipFile(sys.argv[1])\nbad = z.testzip()\n\
                       print(bad, [(i.filename, i.file_size) for i in z.infolist()])";
        let read = |bytes: &[u8]| {
            std::fs::write(&file, bytes).unwrap();
            let python = std::process::Command::new("python3");
            let mut python = python;
            python.arg("-c").arg(program).arg(&file).output().ok()
        };
        let Some(output) = read(&bytes) else {
            eprintln!("no python3: not compared");
            return;
        };
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert_eq!(said.trim(), "None [('a/two', 70000), ('one.txt', 5)]", "{output:?}");
        // It does find a wrong byte: in the checksum of the last entry, 16 bytes into its header.
        let mut wrong = bytes;
        let at = wrong.windows(4).rposition(|own| own == b"PK\x01\x02").unwrap();
        wrong[at + 16] ^= 1;
        let said = read(&wrong).unwrap();
        assert!(String::from_utf8_lossy(&said.stdout).starts_with("one.txt"), "{said:?}");
    }
}
