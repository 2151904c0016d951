//! The checks of packages, on acxvad's.

use std::path::Path;

use cargo_acx::check::Check;
use cargo_acx::driver::Driver;
use cargo_acx::package::{check, package, package_with};
use cargo_acx::toolchain::Arch;

use super::{built, driver};

/// A folder with what a package is made of; none where the image was not built.
fn sources() -> Option<tempfile::TempDir> {
    let image = built()?.join("acxvad.sys");
    let inx = concat!(env!("CARGO_MANIFEST_DIR"), "/../../wdk/acxvad.inx");
    let folder = tempfile::tempdir().unwrap();
    let own = folder.path();
    std::fs::create_dir_all(own.join("target/image/x64")).unwrap();
    std::fs::create_dir_all(own.join("wdk")).unwrap();
    std::fs::copy(image, own.join("target/image/x64/acxvad.sys")).unwrap();
    std::fs::copy(inx, own.join("wdk/acxvad.inx")).unwrap();
    Some(folder)
}

fn failures(folder: &Path, driver: &Driver) -> Vec<&'static str> {
    let checks = check(driver, folder).unwrap();
    checks.iter().filter(|check| check.found.is_err()).map(|check| check.name).collect()
}

/// What is changed in which file, and the checks that must say so.
type Break = (&'static str, fn(&mut Vec<u8>), &'static [&'static str]);

fn replace(bytes: &mut [u8], what: &[u8], by: &[u8]) {
    let at = bytes.windows(what.len()).position(|window| window == what).unwrap();
    bytes[at..at + by.len()].copy_from_slice(by);
}

#[test]
fn each_check_of_a_package_fails_for_what_it_is_about() {
    let Some(sources) = sources() else { return };
    let driver = &driver(sources.path());
    let made = package(driver, Arch::X64).unwrap();
    assert_eq!(failures(&made.folder, driver), Vec::<&str>::new());
    let breaks: [Break; 4] = [
        (
            "acxvad.inf",
            |bytes| replace(bytes, b"DriverVer   = 1", b"DriverVer   = ,"),
            &["inf-driver-ver", "catalog-members"],
        ),
        (
            "acxvad.inf",
            |bytes| replace(bytes, b"CatalogFile = a", b"CatalogFile = b"),
            &["inf-catalog", "catalog-members"],
        ),
        (
            "acxvad.sys",
            |bytes| replace(bytes, b"ExAllocatePool2", b"ExAllocatePool9"),
            &["catalog-members", "signature", "catalog-signature"],
        ),
        ("readme.txt", |_| {}, &["package-files", "catalog-members"]),
    ];
    for (name, break_it, wanted) in breaks {
        let path = made.folder.join(name);
        let good = std::fs::read(&path).ok();
        let mut bytes = good.clone().unwrap_or_default();
        break_it(&mut bytes);
        std::fs::write(&path, bytes).unwrap();
        let mut wanted = wanted.to_vec();
        wanted.retain(|check| made.is_signed || !check.ends_with("signature"));
        assert_eq!(failures(&made.folder, driver), wanted, "{name}");
        match good {
            Some(good) => std::fs::write(&path, good).unwrap(),
            None => std::fs::remove_file(&path).unwrap(),
        }
    }
}

#[test]
fn a_package_without_signatures_is_whole_and_says_what_it_is_not() {
    let Some(sources) = sources() else { return };
    let driver = &driver(sources.path());
    let made = package_with(None, driver, Arch::X64).unwrap();
    let files = std::fs::read_dir(&made.folder).unwrap();
    let mut names: Vec<_> = files.map(|file| file.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["acxvad.cat", "acxvad.inf", "acxvad.sys"]);
    let checks = check(driver, &made.folder).unwrap();
    assert!(checks.iter().all(|check| check.found.is_ok()));
    let unsigned = |check: &&Check| check.to_string().contains("NOT SIGNED");
    assert_eq!(checks.iter().filter(unsigned).count(), 2);
    // And the same again, byte for byte.
    let first = std::fs::read(made.folder.join("acxvad.cat")).unwrap();
    package_with(None, driver, Arch::X64).unwrap();
    assert_eq!(std::fs::read(made.folder.join("acxvad.cat")).unwrap(), first);
}
