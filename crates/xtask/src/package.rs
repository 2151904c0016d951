//! `cargo xtask package`: what is installed on a test machine, in one folder: driver, INF, catalog, test certificate; and the checks of it.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, SystemTime};

use der::DateTime;
use der::asn1::UtcTime;

use crate::catalog::{About, Member, catalog, read};
use crate::certificate::test_certificate;
use crate::check::Check;
use crate::image::Arch;
use crate::{inf, version};

const HARDWARE_ID: &str = r"root\acxvad";

/// What a package of `arch` is called in INF sections and in catalogs.
const fn names(arch: Arch) -> (&'static str, &'static str) {
    match arch {
        Arch::X64 => ("amd64", "10_X64"),
        Arch::Arm64 => ("arm64", "10_ARM64"),
    }
}

fn at<T>(path: &Path, outcome: std::io::Result<T>) -> Result<T, String> {
    outcome.map_err(|why| format!("{}: {why}", path.display()))
}

/// When the sources were last changed, so that the same sources make the same package: SOURCE_DATE_EPOCH, else the last commit, else now.
fn date(root: &Path) -> Result<DateTime, String> {
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
    // Whole days: DriverVer has no hours.
    let days = Duration::from_secs(since.as_secs() / 86_400 * 86_400);
    DateTime::from_unix_duration(days).map_err(|why| format!("the date: {why}"))
}

/// The INX with its architecture and its version put in.
pub(crate) fn stamped(
    inx: &str,
    arch: Arch,
    date: DateTime,
    version: &str,
) -> Result<String, String> {
    let [a, b, c, d] = version::numbers(version);
    let day = format!("{:02}/{:02}/{:04}", date.month(), date.day(), date.year());
    let lines: Vec<String> = inx
        .replace("$ARCH$", names(arch).0)
        .lines()
        .filter(|line| !line.starts_with(';'))
        .map(|line| match line.split_once('=') {
            Some((key, _)) if key.trim() == "DriverVer" => format!("{key}= {day},{a}.{b}.{c}.{d}"),
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

fn sign(tool: &str, file: &Path, root: &Path) -> Result<(), String> {
    let certificate = test_certificate(&root.join(".test-certificate"))?;
    let signed = file.with_extension("signed");
    let _ = std::fs::remove_file(&signed);
    let output = Command::new(tool)
        .args(["sign", "-h", "sha256", "-n", "acxvad", "-certs"])
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
        let heard = String::from_utf8_lossy(&output.stderr);
        return Err(format!("{tool} cannot sign {}: {said}{heard}", file.display()));
    }
    at(&signed, std::fs::rename(&signed, file))
}

/// What a signed package is good for.
pub(crate) const SIGNED: &str = "\
signed with the test certificate in .test-certificate: it loads only on a machine in test-signing mode that trusts acxvad.cer";

/// What is said of a package without signatures.
pub(crate) const UNSIGNED: &str = "\
NOT SIGNED, for want of osslsigncode (Debian: sudo apt-get install osslsigncode): Windows will not load it";

const SIGNER: &str = "osslsigncode";

/// Whether there is something to sign with.
pub(crate) fn has_signer() -> bool {
    Command::new(SIGNER).arg("--version").output().is_ok()
}

/// A package, and whether it is signed.
pub(crate) struct Package {
    pub(crate) folder: PathBuf,
    pub(crate) is_signed: bool,
}

/// Makes the package of what `build` left, signed if there is something to sign with.
pub(crate) fn package(root: &Path, arch: Arch, version: &str) -> Result<Package, String> {
    package_with(has_signer().then_some(SIGNER), root, arch, version)
}

fn package_with(
    signer: Option<&str>,
    root: &Path,
    arch: Arch,
    version: &str,
) -> Result<Package, String> {
    let built = root.join("target/image").join(arch.to_string()).join("acxvad.sys");
    let image = std::fs::read(&built).map_err(|why| {
        format!("{}: {why}; build it first: cargo xtask build --release", built.display())
    })?;
    let inx = root.join("wdk/acxvad.inx");
    let date = date(root)?;
    let inf = stamped(&at(&inx, std::fs::read_to_string(&inx))?, arch, date, version)?;
    // Made beside its place and moved there: whoever finds a package finds a whole one.
    let folder = root.join("target/package").join(arch.to_string());
    let making = folder.with_extension("making");
    let _ = std::fs::remove_dir_all(&making);
    at(&making, std::fs::create_dir_all(&making))?;
    let file = |name: &str| making.join(name);
    at(&file("acxvad.sys"), std::fs::write(file("acxvad.sys"), &image))?;
    at(&file("acxvad.inf"), std::fs::write(file("acxvad.inf"), &inf))?;
    if let Some(tool) = signer {
        sign(tool, &file("acxvad.sys"), root)?;
    }
    let members = [Member::of("acxvad.inf", inf.as_bytes())?, Member::of("acxvad.sys", &image)?];
    let made = UtcTime::from_date_time(date).map_err(|why| format!("the date: {why}"))?;
    let about = About { hardware_id: HARDWARE_ID, system: names(arch).1, made };
    at(&file("acxvad.cat"), std::fs::write(file("acxvad.cat"), catalog(&members, &about)?))?;
    if let Some(tool) = signer {
        sign(tool, &file("acxvad.cat"), root)?;
        let certificate = test_certificate(&root.join(".test-certificate"))?;
        at(&certificate.der, std::fs::copy(&certificate.der, file("acxvad.cer")))?;
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

fn verified(folder: &Path, root: &Path, arguments: &[&str]) -> Result<String, String> {
    if !has_signer() {
        return Ok(format!("signed; not verified, for want of {SIGNER}"));
    }
    let certificate = root.join(".test-certificate/acxvad.crt.pem");
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

/// The checks of a package. Without signatures it says so, and that is no failure.
pub(crate) fn check(folder: &Path, root: &Path, version: &str) -> Result<Vec<Check>, String> {
    let read_file = |name: &str| at(&folder.join(name), std::fs::read(folder.join(name)));
    let names = files(folder)?;
    let listed = || {
        let is_signed = names.iter().any(|name| name == "acxvad.cer");
        let mut wanted = vec!["acxvad.cat", "acxvad.cer", "acxvad.inf", "acxvad.sys"];
        wanted.retain(|name| is_signed || *name != "acxvad.cer");
        if names == wanted { Ok(names.join(" ")) } else { Err(names.join(" ")) }
    };
    let mut checks = vec![Check { name: "package-files", found: listed() }];
    let inf_bytes = read_file("acxvad.inf")?;
    checks.extend(inf::inf(&inf_bytes));
    let stamp = || {
        let text = String::from_utf8_lossy(&inf_bytes).into_owned();
        let mut lines = text.lines().filter_map(|line| line.split_once('='));
        let found = lines.find(|(key, _)| key.trim() == "DriverVer").map(|(_, value)| value.trim());
        let [a, b, c, d] = version::numbers(version);
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
    let catalog = read_file("acxvad.cat")?;
    let members = || {
        let (mut found, _) = read(&catalog)?;
        found.sort_by(|one, other| one.name.cmp(&other.name));
        let mut wanted = Vec::new();
        let is_member = |name: &&String| !["acxvad.cat", "acxvad.cer"].contains(&name.as_str());
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
            verified(folder, root, arguments)
        } else {
            Ok("NOT SIGNED: Windows will not load it".to_owned())
        }
    };
    let image = read_file("acxvad.sys")?;
    let catalog_is_signed = read(&catalog).is_ok_and(|(_, is_signed)| is_signed);
    let image_is_signed = has_certificates(&image);
    checks
        .push(Check { name: "signature", found: signed(image_is_signed, &["-in", "acxvad.sys"]) });
    checks.push(Check {
        name: "catalog-signature",
        found: signed(catalog_is_signed, &["-catalog", "acxvad.cat", "-in", "acxvad.sys"]),
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

    const VERSION: &str = env!("CARGO_PKG_VERSION");

    /// A folder with what a package is made of; none where the image was not built.
    fn sources() -> Option<tempfile::TempDir> {
        let image = crate::image::built()?.join("acxvad.sys");
        let inx = concat!(env!("CARGO_MANIFEST_DIR"), "/../../wdk/acxvad.inx");
        let folder = tempfile::tempdir().unwrap();
        let own = folder.path();
        std::fs::create_dir_all(own.join("target/image/x64")).unwrap();
        std::fs::create_dir_all(own.join("wdk")).unwrap();
        std::fs::copy(image, own.join("target/image/x64/acxvad.sys")).unwrap();
        std::fs::copy(inx, own.join("wdk/acxvad.inx")).unwrap();
        Some(folder)
    }

    fn failures(folder: &Path, root: &Path) -> Vec<&'static str> {
        let checks = check(folder, root, VERSION).unwrap();
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
        let root = sources.path();
        let made = package(root, Arch::X64, VERSION).unwrap();
        assert_eq!(failures(&made.folder, root), Vec::<&str>::new());
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
            assert_eq!(failures(&made.folder, root), wanted, "{name}");
            match good {
                Some(good) => std::fs::write(&path, good).unwrap(),
                None => std::fs::remove_file(&path).unwrap(),
            }
        }
    }

    #[test]
    fn a_package_without_signatures_is_whole_and_says_what_it_is_not() {
        let Some(sources) = sources() else { return };
        let made = package_with(None, sources.path(), Arch::X64, VERSION).unwrap();
        assert_eq!(files(&made.folder).unwrap(), ["acxvad.cat", "acxvad.inf", "acxvad.sys"]);
        let checks = check(&made.folder, sources.path(), VERSION).unwrap();
        assert!(checks.iter().all(|check| check.found.is_ok()));
        let unsigned = |check: &&Check| check.to_string().contains("NOT SIGNED");
        assert_eq!(checks.iter().filter(unsigned).count(), 2);
        // And the same again, byte for byte.
        let first = std::fs::read(made.folder.join("acxvad.cat")).unwrap();
        package_with(None, sources.path(), Arch::X64, VERSION).unwrap();
        assert_eq!(std::fs::read(made.folder.join("acxvad.cat")).unwrap(), first);
    }

    #[test]
    fn the_certificate_is_made_once() {
        let folder = tempfile::tempdir().unwrap();
        let first = std::fs::read(test_certificate(folder.path()).unwrap().der).unwrap();
        let again = std::fs::read(test_certificate(folder.path()).unwrap().der).unwrap();
        assert_eq!(first, again);
    }

    #[test]
    fn an_inx_without_a_place_for_the_version_is_refused() {
        let date = DateTime::new(2026, 1, 2, 0, 0, 0).unwrap();
        let text = stamped("[Version]\nDriverVer =\n", Arch::Arm64, date, "1.2.3").unwrap();
        assert!(text.contains("DriverVer = 01/02/2026,1.2.3.0\r\n"), "{text}");
        assert!(stamped("[Version]\n", Arch::X64, date, "1.2.3").is_err());
    }
}
