//! A driver for the commands: its name, the paths of its parts, its limits.

use std::path::{Path, PathBuf};

use cargo_metadata::{Metadata, MetadataCommand, Package};

use crate::check::Limits;
use crate::files::read;
use crate::inf::Expected;
use crate::toolchain::Arch;
use crate::version::{self, About};

/// A driver that is built, packaged and checked.
#[derive(Clone, Debug)]
pub struct Driver {
    /// The package with the image's library.
    pub package: String,
    /// The name of the image, the INF and the catalog.
    pub name: String,
    /// Its version in cargo's form.
    pub version: String,
    /// The author, for the properties of the image.
    pub company: String,
    /// A one-line description.
    pub description: String,
    /// The license.
    pub copyright: String,
    /// The folder where cargo runs. Images do not contain this path.
    pub folder: PathBuf,
    /// Cargo's target folder for images. Each architecture has a folder in it.
    pub images: PathBuf,
    /// The folder for packages, with a folder for each architecture.
    pub packages: PathBuf,
    /// The INX: the INF without version and architecture.
    pub inx: PathBuf,
    /// The folder of the test certificate.
    pub certificate: PathBuf,
    /// The limits of its image.
    pub limits: Limits,
    /// The requirements for its INF.
    pub expected: Expected,
    /// Whether cargo may not change the lock file.
    pub is_locked: bool,
    /// Whether the manifest has the profiles of images; otherwise defaults apply.
    pub has_profiles: bool,
    /// The command that builds it, for messages.
    pub build_command: &'static str,
}

impl Driver {
    /// The driver of the package at `manifest`, or of the package with this name in its workspace.
    ///
    /// # Errors
    ///
    /// There is no such package, or cargo cannot read it.
    pub fn find(manifest: Option<&Path>, package: Option<&str>) -> Result<Self, String> {
        let mut command = MetadataCommand::new();
        command.no_deps();
        if let Some(manifest) = manifest {
            command.manifest_path(manifest);
        }
        let metadata = command.exec().map_err(|why| {
            let why = why.to_string();
            format!("{}\nrun this in the driver's folder, or give --manifest-path", why.trim())
        })?;
        let package = chosen(&metadata, package)?;
        Self::new(&metadata, package)
    }

    fn new(metadata: &Metadata, package: &Package) -> Result<Self, String> {
        let manifest = package.manifest_path.as_std_path();
        let home = manifest.parent().unwrap_or(manifest);
        let name = package.name.to_string();
        if !package.targets.iter().any(|target| target.is_lib() || target.is_rlib()) {
            return Err(format!("{name} has no library: a driver's code is in src/lib.rs"));
        }
        let given = Given::read(package)?;
        let workspace = metadata.workspace_root.as_std_path();
        let profiles = read(&workspace.join("Cargo.toml"))?;
        let target = metadata.target_directory.as_std_path().join("acx");
        let mut limits = Limits { imports: given.imports, ..Limits::default() };
        limits.imports.sort();
        Ok(Self {
            version: package.version.to_string(),
            company: package.authors.first().map_or(&name, |author| author).clone(),
            description: package.description.clone().unwrap_or_else(|| name.clone()),
            copyright: package.license.clone().unwrap_or_default(),
            folder: workspace.to_owned(),
            packages: target.join("package"),
            images: target,
            inx: home.join(given.inx.unwrap_or_else(|| format!("{name}.inx"))),
            certificate: home.join(".test-certificate"),
            limits,
            expected: Expected {
                name: name.clone(),
                hardware_id: None,
                circuits: None,
                hidden: None,
            },
            is_locked: false,
            has_profiles: profiles.lines().any(|line| line.trim() == "[profile.image]"),
            build_command: "cargo acx build",
            package: name.clone(),
            name,
        })
    }

    /// The folder of the image for `arch`, with its symbols, the linker's map and the version
    /// resource.
    pub fn place(&self, arch: Arch, is_debug: bool) -> PathBuf {
        self.images.join(if is_debug { format!("{arch}-debug") } else { arch.to_string() })
    }

    /// The image for `arch`.
    pub fn image(&self, arch: Arch, is_debug: bool) -> PathBuf {
        self.file(&self.place(arch, is_debug), "sys")
    }

    /// A file of the driver in `folder`, by its extension.
    pub(crate) fn file(&self, folder: &Path, extension: &str) -> PathBuf {
        folder.join(format!("{}.{extension}", self.name))
    }

    /// The version resource of the image.
    pub(crate) fn resource(&self) -> Vec<u8> {
        version::res(About {
            name: &self.name,
            version: &self.version,
            company: &self.company,
            description: &self.description,
            copyright: &self.copyright,
        })
    }

    /// The folder of the package for `arch`.
    pub fn package_folder(&self, arch: Arch) -> PathBuf {
        self.packages.join(arch.to_string())
    }
}

/// The selected package.
fn chosen<'m>(metadata: &'m Metadata, name: Option<&str>) -> Result<&'m Package, String> {
    let members = metadata.workspace_packages();
    let names = || {
        let names: Vec<&str> = members.iter().map(|package| package.name.as_str()).collect();
        names.join(", ")
    };
    let found = match name {
        Some(name) => members.iter().find(|package| package.name == name),
        None => match metadata.root_package() {
            Some(root) => members.iter().find(|package| package.id == root.id),
            None if members.len() == 1 => members.first(),
            None => {
                return Err(format!("say which package is the driver: --package {}", names()));
            }
        },
    };
    let wanted = name.unwrap_or_default();
    found
        .copied()
        .ok_or_else(|| format!("there is no package {wanted} here; there are {}", names()))
}

/// `[package.metadata.acx]` of a manifest.
#[derive(Debug, Default)]
struct Given {
    inx: Option<String>,
    imports: Vec<String>,
}

impl Given {
    fn read(package: &Package) -> Result<Self, String> {
        let mut given = Self::default();
        let Some(table) = package.metadata.get("acx") else { return Ok(given) };
        let table = table.as_object().ok_or("[package.metadata] acx is not a table")?;
        for (key, value) in table {
            let wrong = |what| format!("[package.metadata.acx] {key} is not {what}: {value}");
            match key.as_str() {
                "inx" => {
                    given.inx = Some(value.as_str().ok_or_else(|| wrong("a path"))?.to_owned());
                }
                "imports" => {
                    let list = value.as_array().ok_or_else(|| wrong("a list"))?;
                    for function in list {
                        let name = function.as_str().filter(|name| name.contains('!'));
                        let name = name.ok_or_else(|| wrong("a list of LIBRARY!FUNCTION"))?;
                        given.imports.push(name.to_owned());
                    }
                }
                _ => {
                    return Err(format!(
                        "[package.metadata.acx] {key}: there is no such key; there are inx, imports"
                    ));
                }
            }
        }
        Ok(given)
    }
}
