//! The package for a test machine, in one folder: driver, INF, catalog, test certificate; and its
//! checks.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, SystemTime};

use der::DateTime;
use der::asn1::UtcTime;

use crate::catalog::{About, Member, catalog, read};
use crate::certificate::test_certificate;
use crate::check::Check;
use crate::driver::Driver;
use crate::files::at;
use crate::toolchain::Arch;
use crate::{inf, version};

/// The name of `arch` in INF sections and in catalogs.
const fn names(arch: Arch) -> (&'static str, &'static str) {
    match arch {
        Arch::X64 => ("amd64", "10_X64"),
        Arch::Arm64 => ("arm64", "10_ARM64"),
    }
}

/// The time of the last change of the sources, so that packages are reproducible:
/// SOURCE_DATE_EPOCH, else the last commit, else now.
pub(crate) fn date(root: &Path) -> Result<DateTime, String> {
    let committed = || {
        let mut git = Command::new("git");
        let output = git.arg("-C").arg(root).args(["log", "-1", "--format=%ct"]).output().ok()?;
        String::from_utf8(output.stdout).ok()
    };
    let chosen = std::env::var("SOURCE_DATE_EPOCH").ok().or_else(committed);
    let seconds = chosen.and_then(|seconds| seconds.trim().parse().ok());
    let since = match seconds {
        Some(seconds) => Duration::from_secs(seconds),
        None => SystemTime::UNIX_EPOCH.elapsed().map_err(|why| why.to_string())?,
    };
    // Whole days, because DriverVer has no time of day.
    let days = Duration::from_secs(since.as_secs() / 86_400 * 86_400);
    DateTime::from_unix_duration(days).map_err(|why| format!("the date: {why}"))
}

/// The two parts of a DriverVer line: day and version.
pub(crate) fn version_line(date: DateTime, version: &str) -> (String, String) {
    let [a, b, c, d] = version::numbers(version);
    let day = format!("{:02}/{:02}/{:04}", date.month(), date.day(), date.year());
    (day, format!("{a}.{b}.{c}.{d}"))
}

/// The INX with its architecture and version substituted.
///
/// # Errors
///
/// It has no line for the version.
pub fn stamped(inx: &str, arch: Arch, date: DateTime, version: &str) -> Result<String, String> {
    let (day, numbers) = version_line(date, version);
    let lines: Vec<String> = inx
        .replace("$ARCH$", names(arch).0)
        .lines()
        .filter(|line| !line.starts_with(';'))
        .map(|line| match line.split_once('=') {
            Some((key, _)) if key.trim() == "DriverVer" => format!("{key}= {day},{numbers}"),
            _ => line.to_owned(),
        })
        .collect();
    let text = lines.join("\r\n").trim_start().to_owned() + "\r\n";
    if text.contains(&day) {
        Ok(text)
    } else {
        Err("the INX has no DriverVer line to stamp".to_owned())
    }
}

fn sign(tool: &str, file: &Path, driver: &Driver) -> Result<(), String> {
    let certificate = test_certificate(&driver.certificate, &driver.name)?;
    let signed = file.with_extension("signed");
    let _ = std::fs::remove_file(&signed);
    let output = Command::new(tool)
        .args(["sign", "-h", "sha256", "-n", &driver.name, "-certs"])
        .arg(&certificate.pem)
        .arg("-key")
        .arg(&certificate.key)
        .arg("-in")
        .arg(file)
        .arg("-out")
        .arg(&signed)
        .output();
    let output = at(Path::new(tool), output)?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        let more = String::from_utf8_lossy(&output.stderr);
        return Err(format!("{tool} cannot sign {}: {said}{more}", file.display()));
    }
    at(&signed, std::fs::rename(&signed, file))
}

const SIGNER: &str = "osslsigncode";

/// Whether there is something to sign with.
pub fn has_signer() -> bool {
    Command::new(SIGNER).arg("--version").output().is_ok()
}

/// A package, and whether it is signed.
#[derive(Clone, Debug)]
pub struct Package {
    /// Its folder.
    pub folder: PathBuf,
    /// Whether its image and its catalog are signed.
    pub is_signed: bool,
}

impl Package {
    /// The machines on which the package loads, as a sentence.
    pub fn remark(&self, driver: &Driver) -> String {
        if self.is_signed {
            format!(
                "signed with the test certificate in {}: it loads only on a machine in \
                 test-signing mode that trusts {}.cer",
                driver.certificate.display(),
                driver.name
            )
        } else {
            UNSIGNED.to_owned()
        }
    }
}

/// The remark on a package without signatures.
const UNSIGNED: &str = "\
NOT SIGNED, because osslsigncode is missing (Debian: sudo apt-get install osslsigncode): Windows will not load it";

/// Makes the package of the built image, signed if a signing tool is available.
///
/// # Errors
///
/// There is no image or no INF, or a file cannot be written or signed.
pub fn package(driver: &Driver, arch: Arch) -> Result<Package, String> {
    package_with(has_signer().then_some(SIGNER), driver, arch)
}

/// Like [`package`], signed with `signer` or not at all.
///
/// # Errors
///
/// The same as [`package`].
pub fn package_with(signer: Option<&str>, driver: &Driver, arch: Arch) -> Result<Package, String> {
    let built = driver.image(arch, false);
    let image = std::fs::read(&built).map_err(|why| {
        format!("{}: {why}; build it first: {}", built.display(), driver.build_command)
    })?;
    let inx = std::fs::read(&driver.inx)
        .map_err(|why| format!("{}: {why}; a package needs an INF", driver.inx.display()))?;
    let date = date(&driver.folder)?;
    let text = inf::text(&inx).map_err(|why| format!("{}: {why}", driver.inx.display()))?;
    let text = stamped(&text, arch, date, &driver.version)?;
    let hardware_id = inf::hardware_ids(&text).into_iter().next();
    let hardware_id = hardware_id
        .ok_or_else(|| format!("{}: no hardware id in a Models section", driver.inx.display()))?;
    let inf = inf::bytes(&text);
    // Made in a temporary folder and moved, so that an existing package is always complete.
    let folder = driver.package_folder(arch);
    let making = folder.with_extension("making");
    let _ = std::fs::remove_dir_all(&making);
    at(&making, std::fs::create_dir_all(&making))?;
    let file = |extension: &str| driver.file(&making, extension);
    let name = |extension: &str| format!("{}.{extension}", driver.name);
    at(&file("sys"), std::fs::write(file("sys"), &image))?;
    at(&file("inf"), std::fs::write(file("inf"), &inf))?;
    if let Some(tool) = signer {
        sign(tool, &file("sys"), driver)?;
    }
    let members = [Member::of(&name("inf"), &inf)?, Member::of(&name("sys"), &image)?];
    let made = UtcTime::from_date_time(date).map_err(|why| format!("the date: {why}"))?;
    let hardware_id = hardware_id.to_lowercase();
    let about = About { hardware_id: &hardware_id, system: names(arch).1, made };
    at(&file("cat"), std::fs::write(file("cat"), catalog(&members, &about)?))?;
    if let Some(tool) = signer {
        sign(tool, &file("cat"), driver)?;
        let certificate = test_certificate(&driver.certificate, &driver.name)?;
        at(&certificate.der, std::fs::copy(&certificate.der, file("cer")))?;
    }
    let _ = std::fs::remove_dir_all(&folder);
    at(&folder, std::fs::rename(&making, &folder))?;
    Ok(Package { folder, is_signed: signer.is_some() })
}

/// The files of a folder, in order.
fn files(folder: &Path) -> Result<Vec<String>, String> {
    let mut names = Vec::new();
    for entry in at(folder, std::fs::read_dir(folder))? {
        names.push(at(folder, entry)?.file_name().to_string_lossy().into_owned());
    }
    names.sort();
    Ok(names)
}

fn verified(folder: &Path, driver: &Driver, arguments: &[&str]) -> Result<String, String> {
    if !has_signer() {
        return Ok(format!("signed; not verified, because {SIGNER} is missing"));
    }
    let certificate = driver.file(&driver.certificate, "crt.pem");
    let output = Command::new(SIGNER)
        .current_dir(folder)
        .arg("verify")
        .arg("-CAfile")
        .arg(&certificate)
        .args(arguments)
        .output();
    let output = at(Path::new(SIGNER), output)?;
    let said = String::from_utf8_lossy(&output.stdout);
    if output.status.success() && said.contains("Succeeded") {
        Ok("signed with the test certificate, verified".to_owned())
    } else {
        let reason = said.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or_default();
        Err(format!("{SIGNER}: {}", reason.trim()))
    }
}

/// The checks of a package that Microsoft's programs may have made: its files and its INF.
///
/// # Errors
///
/// A file is missing.
pub fn check_files(driver: &Driver, folder: &Path) -> Result<Vec<Check>, String> {
    let name = |extension: &str| format!("{}.{extension}", driver.name);
    let (sys, inf, cat, cer) = (&name("sys"), &name("inf"), &name("cat"), &name("cer"));
    let read_file = |name: &str| at(&folder.join(name), std::fs::read(folder.join(name)));
    let names = files(folder)?;
    let listed = || {
        let is_signed = names.iter().any(|name| name == cer);
        let mut wanted = vec![cat, cer, inf, sys];
        wanted.retain(|name| is_signed || *name != cer);
        if names.iter().eq(wanted) { Ok(names.join(" ")) } else { Err(names.join(" ")) }
    };
    let mut checks = vec![Check { name: "package-files", found: listed() }];
    let inf_bytes = read_file(inf)?;
    checks.extend(inf::inf(&inf_bytes, &driver.expected));
    let stamp = || {
        let text = inf::text(&inf_bytes)?;
        let mut lines = text.lines().filter_map(|line| line.split_once('='));
        let found = lines.find(|(key, _)| key.trim() == "DriverVer").map(|(_, value)| value.trim());
        let [a, b, c, d] = version::numbers(&driver.version);
        let numbers = format!("{a}.{b}.{c}.{d}");
        let parts = found.and_then(|found| found.split_once(','));
        match parts {
            Some((day, own)) if day.len() == 10 && own == numbers => Ok(format!("{day} {own}")),
            _ => Err(format!(
                "DriverVer is {:?}, the image's version {numbers}",
                found.unwrap_or("")
            )),
        }
    };
    checks.push(Check { name: "inf-driver-ver", found: stamp() });
    Ok(checks)
}

/// The checks of a package. Missing signatures are reported, but are not a failure.
///
/// # Errors
///
/// A file is missing.
pub fn check(driver: &Driver, folder: &Path) -> Result<Vec<Check>, String> {
    let name = |extension: &str| format!("{}.{extension}", driver.name);
    let (sys, cat, cer) = (&name("sys"), &name("cat"), &name("cer"));
    let read_file = |name: &str| at(&folder.join(name), std::fs::read(folder.join(name)));
    let names = files(folder)?;
    let mut checks = check_files(driver, folder)?;
    let catalog = read_file(cat)?;
    let members = || {
        let (mut found, _) = read(&catalog)?;
        found.sort_by(|one, other| one.name.cmp(&other.name));
        let mut wanted = Vec::new();
        let is_member = |name: &&String| ![cat, cer].contains(name);
        for name in names.iter().filter(is_member) {
            wanted.push(Member::of(name, &read_file(name)?)?);
        }
        let shown = |all: &[Member]| -> String {
            let each =
                |one: &Member| format!("{} {:02x}{:02x}..", one.name, one.hash[0], one.hash[1]);
            all.iter().map(each).collect::<Vec<_>>().join(", ")
        };
        if found == wanted {
            Ok(shown(&found))
        } else {
            Err(format!("lists {}; the files are {}", shown(&found), shown(&wanted)))
        }
    };
    checks.push(Check { name: "catalog-members", found: members() });
    let signed = |is_signed: bool, arguments: &[&str]| {
        if is_signed {
            verified(folder, driver, arguments)
        } else {
            Ok("NOT SIGNED: Windows will not load it".to_owned())
        }
    };
    let image = read_file(sys)?;
    let catalog_is_signed = read(&catalog).is_ok_and(|(_, is_signed)| is_signed);
    let image_is_signed = has_certificates(&image);
    checks.push(Check { name: "signature", found: signed(image_is_signed, &["-in", sys]) });
    checks.push(Check {
        name: "catalog-signature",
        found: signed(catalog_is_signed, &["-catalog", cat, "-in", sys]),
    });
    Ok(checks)
}

/// Whether an image has a certificate table.
fn has_certificates(image: &[u8]) -> bool {
    let word = |at: usize| {
        let word = image.get(at..at + 4)?;
        Some(u32::from_le_bytes([word[0], word[1], word[2], word[3]]) as usize)
    };
    word(0x3C).and_then(|at| word(at + 24 + 112 + 8 * 4 + 4)).is_some_and(|length| length > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_inx_without_a_place_for_the_version_is_refused() {
        let date = DateTime::new(2026, 1, 2, 0, 0, 0).unwrap();
        let text = stamped("[Version]\nDriverVer =\n", Arch::Arm64, date, "1.2.3").unwrap();
        assert!(text.contains("DriverVer = 01/02/2026,1.2.3.0\r\n"), "{text}");
        assert!(stamped("[Version]\n", Arch::X64, date, "1.2.3").is_err());
    }
}
