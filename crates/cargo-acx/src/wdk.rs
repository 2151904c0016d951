//! Microsoft's programs, if there is a WDK: the driver with the WDK's bindings and libraries, and
//! stampinf, inf2cat, signtool and infverif for its package.
//!
//! **Nothing here has run on Windows.** The order of the programs and their arguments are those of
//! wdk-build's makefile; tests run stand-ins that record how they were called.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::check::Check;
use crate::driver::Driver;
use crate::files::{at, write};
use crate::package::{Package, date, version_line};
use crate::toolchain::{self, Arch};

/// The programs of a WDK.
#[derive(Clone, Debug)]
pub struct Kit {
    folders: Vec<PathBuf>,
}

/// The default path of the WDK.
const INSTALLED: &str = r"C:\Program Files (x86)\Windows Kits\10";

/// The programs that make a package.
const NEEDED: [&str; 6] = ["stampinf", "inf2cat", "signtool", "infverif", "makecert", "certmgr"];

/// The store of the test certificate.
const STORE: &str = "cargo-acx-test";

impl Kit {
    /// The WDK in the search path (a developer prompt), that `WDKContentRoot` names, or that is
    /// installed. None outside Windows.
    pub fn find() -> Option<Self> {
        if !cfg!(windows) {
            return None;
        }
        let path = std::env::var_os("PATH").unwrap_or_default();
        let mut folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
        let root = std::env::var_os("WDKContentRoot").map_or(INSTALLED.into(), PathBuf::from);
        for part in ["bin", "tools"] {
            let versions = std::fs::read_dir(root.join(part)).into_iter().flatten().flatten();
            let mut versions: Vec<PathBuf> = versions.map(|version| version.path()).collect();
            // The newest first.
            versions.sort();
            for version in versions.iter().rev() {
                folders.extend(["x64", "x86"].map(|arch| version.join(arch)));
            }
        }
        Self::in_folders(folders)
    }

    /// The kit with its programs in these folders, if all exist.
    fn in_folders(folders: Vec<PathBuf>) -> Option<Self> {
        let kit = Self { folders };
        NEEDED.iter().all(|name| kit.program(name).is_some()).then_some(kit)
    }

    fn program(&self, name: &str) -> Option<PathBuf> {
        let file = format!("{name}{}", std::env::consts::EXE_SUFFIX);
        self.folders.iter().map(|folder| folder.join(&file)).find(|file| file.is_file())
    }

    /// The output of a program. An error includes the output, too.
    fn run(&self, name: &str, arguments: &[&str], folder: &Path) -> Result<String, String> {
        let program = self.program(name).ok_or_else(|| format!("the WDK has no {name}"))?;
        let output = Command::new(&program).args(arguments).current_dir(folder).output();
        let output = at(&program, output)?;
        let said = [output.stdout, output.stderr].concat();
        let said = String::from_utf8_lossy(&said).trim().to_owned();
        if output.status.success() { Ok(said) } else { Err(format!("{name} failed: {said}")) }
    }

    /// Makes the package of the built image with Microsoft's programs.
    ///
    /// # Errors
    ///
    /// There is no image or no INF, or a program failed.
    pub fn package(&self, driver: &Driver, arch: Arch) -> Result<Package, String> {
        let (inf_arch, system) = match arch {
            Arch::X64 => ("amd64", "10_x64"),
            Arch::Arm64 => ("arm64", "Server10_arm64"),
        };
        let folder = driver.package_folder(arch);
        let making = folder.with_extension("making");
        let _ = std::fs::remove_dir_all(&making);
        at(&making, std::fs::create_dir_all(&making))?;
        let name = |extension: &str| format!("{}.{extension}", driver.name);
        let copy = |from: &Path, to: &str| at(from, std::fs::copy(from, making.join(to)).map(drop));
        copy(&driver.image(arch, false), &name("sys"))?;
        copy(&driver.inx, &name("inf"))?;
        let (day, version) = version_line(date(&driver.folder)?, &driver.version);
        let run = |program: &str, arguments: &[&str]| self.run(program, arguments, &making);
        let (inf, cat, cer) = (&*name("inf"), &*name("cat"), &*name("cer"));
        run(
            "stampinf",
            &["-f", inf, "-d", &day, "-a", inf_arch, "-c", cat, "-v", &version, "-k", "1.31"],
        )?;
        run("inf2cat", &["/driver:.", &format!("/os:{system}"), "/uselocaltime"])?;
        let subject = format!("{} test certificate", driver.name);
        // The certificate is created once.
        let kept = ["-put", "-s", STORE, "-c", "-n", &subject, cer];
        if run("certmgr", &kept).is_err() {
            let name = format!("CN={subject}");
            let usage = ["-r", "-pe", "-a", "SHA256", "-eku", "1.3.6.1.5.5.7.3.3"];
            run("makecert", &[&usage[..], &["-ss", STORE, "-n", &name, cer]].concat())?;
        }
        for file in [name("sys"), name("cat")] {
            run("signtool", &["sign", "/s", STORE, "/n", &subject, "/fd", "SHA256", &file])?;
        }
        let _ = std::fs::remove_dir_all(&folder);
        at(&folder, std::fs::rename(&making, &folder))?;
        Ok(Package { folder, is_signed: true })
    }

    /// Checks the INF of a package: the rules of Windows drivers, and of the hardware dashboard.
    pub fn check(&self, driver: &Driver, folder: &Path) -> Vec<Check> {
        let inf = format!("{}.inf", driver.name);
        let rules = [("infverif-w", "/w"), ("infverif-h", "/h")];
        let check = |(name, rule)| Check {
            name,
            found: self.run("infverif", &["/v", rule, &inf], folder).map(|_| "passed".to_owned()),
        };
        rules.into_iter().map(check).collect()
    }
}

/// The manifest of the package for Microsoft's build crates. `wdk-build` reads its metadata.
const MANIFEST: &str = r#"# Written by `cargo acx build --wdk`: the driver as a dynamic library.
[package]
name = "NAME-image"
version = "VERSION"
edition = "2024"
publish = false

[lib]
name = "CRATE"
path = "lib.rs"
crate-type = ["cdylib"]

[dependencies]
driver = { package = "PACKAGE", path = 'FOLDER', features = ["wdk"] }

[build-dependencies]
wdk-build = "0.6.0"

[workspace]

[package.metadata.wdk.driver-model]
driver-type = "KMDF"
kmdf-version-major = 1
target-kmdf-version-minor = 31

[profile.release]
debug = "line-tables-only"
panic = "abort"
lto = "fat"
codegen-units = 1
"#;

const LIBRARY: &str = "\
//! The driver. Its DriverEntry is what WdfDriverEntry.lib calls.

#![no_std]

extern crate driver as _;
";

const SCRIPT: &str = r#"fn main() -> Result<(), wdk_build::ConfigError> {
    for argument in ["/RELEASE", "/GUARD:CF", "/PDBALTPATH:NAME.pdb", "NAME.res"] {
        println!("cargo::rustc-cdylib-link-arg={argument}");
    }
    println!("cargo::rustc-link-search=native={}", env!("CARGO_MANIFEST_DIR"));
    if std::env::var("CARGO_CFG_TARGET_ARCH").as_deref() == Ok("x86_64") {
        println!("cargo::rustc-cdylib-link-arg=/CETCOMPAT");
    }
    wdk_build::configure_wdk_binary_build()
}
"#;

/// Writes the package for Microsoft's build crates. Returns its folder.
fn write_package(driver: &Driver) -> Result<PathBuf, String> {
    let folder = driver.images.join("wdk");
    let home = driver.inx.parent().unwrap_or(&driver.folder);
    let resource = folder.join(format!("{}.res", driver.name));
    let script = SCRIPT
        .replace("\"NAME.res\"", &format!("r\"{}\"", resource.display()))
        .replace("NAME", &driver.name);
    let manifest = MANIFEST
        .replace("NAME", &driver.name)
        .replace("VERSION", &driver.version)
        .replace("CRATE", &driver.package.replace('-', "_"))
        .replace("PACKAGE", &driver.package)
        .replace("FOLDER", &home.display().to_string());
    write(&folder.join("Cargo.toml"), manifest)?;
    write(&folder.join("build.rs"), script)?;
    write(&folder.join("lib.rs"), LIBRARY)?;
    write(&resource, driver.resource())?;
    Ok(folder)
}

/// Builds the image of a driver on the WDK's bindings and libraries; returns its path.
///
/// # Errors
///
/// There is no WDK, or the driver does not compile with its feature `wdk`.
pub fn build(driver: &Driver, arch: Arch) -> Result<PathBuf, String> {
    let folder = write_package(driver)?;
    let library = driver.package.replace('-', "_");
    let mut flags = vec![
        "-Ctarget-feature=+crt-static",
        "-Ccontrol-flow-guard=yes",
        "-Csymbol-mangling-version=v0",
    ];
    if arch == Arch::X64 {
        // The target has SSE3; a kernel may assume SSE2.
        flags.push("-Ctarget-feature=-sse3");
    }
    let mut command = toolchain::cargo(arch, "build")?;
    command
        .current_dir(&folder)
        .env("CARGO_ENCODED_RUSTFLAGS", flags.join("\u{1f}"))
        .args(["--release", "--target-dir"])
        .arg(folder.join("target"));
    match command.status() {
        Ok(status) if status.success() => {}
        Ok(_) => return Err(format!("building with the WDK for {arch} failed")),
        Err(why) => return Err(format!("{command:?}: {why}")),
    }
    let built = folder.join("target").join(arch.target()).join("release");
    let place = driver.place(arch, false);
    at(&place, std::fs::create_dir_all(&place))?;
    for (from, extension) in [
        (built.join(format!("{library}.dll")), "sys"),
        (built.join(format!("{library}.pdb")), "pdb"),
        (built.join(format!("deps/{library}.map")), "map"),
    ] {
        at(&from, std::fs::copy(&from, driver.file(&place, extension)))?;
    }
    // For `check`, which has different checks for such an image.
    write(&place.join(BY_WDK), "")?;
    Ok(driver.image(arch, false))
}

/// The file beside an image that Microsoft's tools linked.
const BY_WDK: &str = "linked-by-the-wdk";

/// Whether Microsoft's tools linked the image in `place`.
pub fn is_by_wdk(place: &Path) -> bool {
    place.join(BY_WDK).exists()
}

/// The image in `place` is about to be linked without the WDK.
pub(crate) fn forget(place: &Path) {
    let _ = std::fs::remove_file(place.join(BY_WDK));
}

/// Only where a shell script can replace a program.
#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;
    use crate::files::read;

    /// A kit of stand-ins: each records its name and arguments; `failing` fails.
    fn kit(folder: &Path, failing: &str) -> Kit {
        for name in NEEDED {
            let status = u8::from(name == failing);
            let log = folder.join("log");
            let script =
                format!("#!/bin/sh\necho {name} \"$@\" >> {}\nexit {status}\n", log.display());
            let file = folder.join("bin").join(name);
            write(&file, script).unwrap();
            std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o755)).unwrap();
        }
        Kit::in_folders(vec![folder.join("nothing"), folder.join("bin")]).unwrap()
    }

    fn driver(folder: &Path) -> Driver {
        crate::new::new(folder, "my-speaker").unwrap();
        let manifest = folder.join("my-speaker/Cargo.toml");
        let driver = Driver::find(Some(&manifest), None).unwrap();
        write(&driver.image(Arch::X64, false), "image").unwrap();
        driver
    }

    #[test]
    fn a_package_is_stamped_catalogued_and_signed_in_this_order() {
        let place = tempfile::tempdir().unwrap();
        let driver = driver(place.path());
        let made = kit(place.path(), "certmgr").package(&driver, Arch::X64).unwrap();
        assert!(made.folder.join("my-speaker.sys").exists());
        let log = read(&place.path().join("log")).unwrap();
        let lines: Vec<&str> = log.lines().collect();
        assert!(lines[0].starts_with("stampinf -f my-speaker.inf -d "), "{log}");
        assert!(lines[0].ends_with("-a amd64 -c my-speaker.cat -v 0.1.0.0 -k 1.31"), "{log}");
        assert_eq!(lines[1], "inf2cat /driver:. /os:10_x64 /uselocaltime");
        assert!(lines[2].starts_with("certmgr -put -s cargo-acx-test"), "{log}");
        assert!(lines[3].starts_with("makecert -r -pe -a SHA256"), "{log}");
        let sign = "signtool sign /s cargo-acx-test /n my-speaker test certificate /fd SHA256";
        assert_eq!(
            lines[4..],
            [format!("{sign} my-speaker.sys"), format!("{sign} my-speaker.cat")]
        );
        // The existing certificate is reused.
        std::fs::remove_file(place.path().join("log")).unwrap();
        kit(place.path(), "").package(&driver, Arch::X64).unwrap();
        assert!(!read(&place.path().join("log")).unwrap().contains("makecert"));
    }

    #[test]
    fn the_package_for_microsofts_build_crates_is_one() {
        let place = tempfile::tempdir().unwrap();
        let folder = write_package(&driver(place.path())).unwrap();
        let metadata = cargo_metadata::MetadataCommand::new()
            .manifest_path(folder.join("Cargo.toml"))
            .no_deps()
            .exec()
            .unwrap();
        let package = metadata.root_package().unwrap();
        assert_eq!(package.name, "my-speaker-image");
        assert!(
            package.targets.iter().any(|target| target.is_cdylib() && target.name == "my_speaker")
        );
        let driver = package.dependencies.iter().find(|own| own.name == "my-speaker").unwrap();
        assert_eq!(driver.features, ["wdk"]);
        assert_eq!(package.metadata["wdk"]["driver-model"]["driver-type"], "KMDF");
    }

    #[test]
    fn a_program_that_fails_ends_it_and_leaves_no_package() {
        for program in ["stampinf", "inf2cat", "signtool"] {
            let place = tempfile::tempdir().unwrap();
            let driver = driver(place.path());
            let why = kit(place.path(), program).package(&driver, Arch::X64).unwrap_err();
            assert!(why.contains(&format!("{program} failed")), "{why}");
            assert!(!driver.package_folder(Arch::X64).exists());
        }
        let place = tempfile::tempdir().unwrap();
        let driver = driver(place.path());
        let checks = kit(place.path(), "infverif").check(&driver, place.path());
        assert!(checks.len() == 2 && checks.iter().all(|check| check.found.is_err()));
        assert!(Kit::in_folders(vec![place.path().join("nothing")]).is_none());
    }
}
