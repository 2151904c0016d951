//! acxvad for the tasks: its names, its files, the limits of its image, and the circuits of its
//! INF.

#[cfg(test)]
mod image_tests;
#[cfg(test)]
mod inf_tests;
#[cfg(test)]
mod package_tests;

use std::path::Path;
#[cfg(test)]
use std::path::PathBuf;

use cargo_acx::check::Limits;
use cargo_acx::driver::Driver;
use cargo_acx::inf::Expected;
use cargo_acx::vectors::Hot;

/// The driver's package, the package of its image, and the image's name.
pub(crate) const PACKAGE: &str = "acxvad-driver";
const LAST_PACKAGE: &str = "acxvad-image";
const NAME: &str = "acxvad";

/// The engine's functions that process every sample.
const HOT: [Hot; 8] = [
    hot("convert::convert", 40),
    hot("convert::add_all", 8),
    hot("gain::Slope::apply", 20),
    hot("meter::Meter::measure", 20),
    hot("mix::Mix::floats", 20),
    hot("resample::products", 8),
    hot("resample::products_of_two", 16),
    hot("wire::Ring::load", 4),
];

const fn hot(path: &'static str, least: usize) -> Hot {
    Hot { library: "vdma", path, least }
}

/// The rules for the image: fast code for audio, small code for the start of a device.
fn limits() -> Limits {
    Limits { frame: 1024, image: Some(216 * 1024), hot: HOT.to_vec(), imports: Vec::new() }
}

/// acxvad, in the workspace at `root`.
pub(crate) fn driver(root: &Path) -> Driver {
    Driver {
        package: LAST_PACKAGE.to_owned(),
        name: NAME.to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        company: NAME.to_owned(),
        description: "acxvad virtual audio device".to_owned(),
        copyright: "MIT OR Apache-2.0".to_owned(),
        folder: root.to_owned(),
        images: root.join("target/image"),
        packages: root.join("target/package"),
        inx: root.join("wdk/acxvad.inx"),
        certificate: root.join(".test-certificate"),
        limits: limits(),
        expected: expected(),
        is_locked: true,
        has_profiles: true,
        build_command: "cargo xtask build --release",
    }
}

/// The driver in a package of the workspace.
pub(crate) fn package(root: &Path, package: &str) -> Driver {
    let driver = driver(root);
    if package == PACKAGE {
        return driver;
    }
    Driver {
        package: package.to_owned(),
        name: package.to_owned(),
        description: package.to_owned(),
        ..driver
    }
}

/// The driver in a package of the workspace, for packaging: with the INF beside its manifest, and
/// its own folder.
pub(crate) fn packaged(root: &Path, name: &str) -> Result<Driver, String> {
    let own = package(root, name);
    if name == PACKAGE {
        return Ok(own);
    }
    let found = Driver::find(Some(&root.join("Cargo.toml")), Some(name))?;
    let packages = own.packages.join(name);
    let (inx, limits, expected) = (found.inx, found.limits, found.expected);
    Ok(Driver { packages, inx, limits, expected, ..own })
}

/// The required contents of the INF.
fn expected() -> Expected {
    Expected {
        name: NAME.to_owned(),
        hardware_id: Some("ROOT\\acxvad".to_owned()),
        circuits: Some(all_circuits()),
        hidden: Some((hidden_category(), ends().into_iter().map(|(name, _)| name).collect())),
    }
}

/// The largest number of cables of a device.
const CABLES: usize = acxvad_abi::settings::MAX_CABLES as usize;

/// The category of hidden ends in an INF.
fn hidden_category() -> String {
    let guid = acxvad_abi::properties::HIDDEN_END;
    let last = u64::from_be_bytes(guid.data4);
    let (short, long) = (last >> 48, last & 0xFFFF_FFFF_FFFF);
    format!("{{{:08X}-{:04X}-{:04X}-{short:04X}-{long:012X}}}", guid.data1, guid.data2, guid.data3)
}

/// The endpoints: name, and whether it renders.
fn ends() -> Vec<(String, bool)> {
    let pair = |index| [(format!("Speaker{index}"), true), (format!("Microphone{index}"), false)];
    (0..CABLES).flat_map(pair).collect()
}

/// All circuits of a device: name, and whether it renders.
fn all_circuits() -> Vec<(String, bool)> {
    let composite = [
        ("SpeakerDsp", true),
        ("SpeakerCodec", true),
        ("SpeakerAmp", true),
        ("MicrophoneDsp", false),
        ("MicrophoneCodec", false),
    ];
    let composite = composite.map(|(name, renders)| (name.to_owned(), renders));
    ends().into_iter().chain(composite).collect()
}

/// The path of the x64 build for tests; CI has one.
#[cfg(test)]
fn built() -> Option<PathBuf> {
    built_in("target/image/x64", "cargo xtask build --release")
}

/// The path of the x64 build by Microsoft's tools for tests; CI has one.
#[cfg(test)]
pub(crate) fn built_by_wdk() -> Option<PathBuf> {
    built_in("target/wdk/x64", "cargo xtask wdk-check")
}

#[cfg(test)]
fn built_in(folder: &str, made_by: &str) -> Option<PathBuf> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..").join(folder);
    if folder.join("acxvad.sys").exists() {
        return Some(folder);
    }
    let required = std::env::var("ACXVAD_IMAGE").is_ok_and(|how| how == "required");
    assert!(!required, "{made_by} comes first");
    println!("not run: there is no image; `{made_by}` makes it");
    None
}
