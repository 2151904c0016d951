//! The paths of the package, the programs, the results.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// The command line's options. They are kept in the record, so that a run can continue after a
/// restart.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Setup {
    /// The folder that `cargo xtask package` made.
    pub package: PathBuf,
    /// The folder with acxhost and acxvadctl.
    pub tools: PathBuf,
    /// The folder with the PowerShell scripts.
    pub scripts: PathBuf,
    /// The folder for logs, the page and the zip.
    pub results: PathBuf,
    /// The folder with the Device Fundamentals tests, if it was named.
    pub kit: Option<PathBuf>,
    /// The destination of the zip for `curl -T`.
    pub upload: Option<String>,
    /// The user restarts Windows and resumes, not the program.
    pub no_restart: bool,
}

/// A file that must exist before the start.
#[derive(Debug, thiserror::Error)]
#[error("{}: there is no {file} in it: {remedy}", folder.display())]
pub struct Missing {
    folder: PathBuf,
    file: String,
    remedy: &'static str,
}

/// The package's files.
const PACKAGE: [&str; 3] = ["acxvad.inf", "acxvad.sys", "acxvad.cat"];
/// The scripts that steps run.
pub const SCRIPTS: [&str; 6] = [
    "Common.ps1",
    "DevFund.psd1",
    "Install-Package.ps1",
    "Invoke-DevFund.ps1",
    "Test-Sleep.ps1",
    "Uninstall-Package.ps1",
];
/// Below `Program Files (x86)`, where the WDK puts the Device Fundamentals tests.
const KIT: &str = "Windows Kits/10/Testing/Tests/Additional Tests/x64/DevFund";

impl Setup {
    /// Checks that all files exist, before the first step, because a run takes long.
    ///
    /// # Errors
    ///
    /// The first missing file.
    pub fn check(&self) -> Result<(), Missing> {
        let programs = ["acxhost", "acxvadctl"].map(executable);
        let wanted = [
            (
                &self.package,
                PACKAGE.map(str::to_owned).to_vec(),
                "give --package the folder that `cargo xtask package` made, such as target/package/x64",
            ),
            (
                &self.tools,
                programs.to_vec(),
                "give --tools the folder with both programs; `cargo xtask programs` builds them",
            ),
            (
                &self.scripts,
                SCRIPTS.map(str::to_owned).to_vec(),
                "give --scripts the folder `scripts` of the sources",
            ),
        ];
        for (folder, files, remedy) in wanted {
            if let Some(file) = files.into_iter().find(|file| !folder.join(file).is_file()) {
                return Err(Missing { folder: folder.clone(), file, remedy });
            }
        }
        // Its name is its maker's.
        let is_certificate = |entry: std::fs::DirEntry| {
            entry.path().extension().is_some_and(|end| end.eq_ignore_ascii_case("cer"))
        };
        let mut files = std::fs::read_dir(&self.package).into_iter().flatten().flatten();
        if files.any(is_certificate) {
            return Ok(());
        }
        Err(Missing {
            folder: self.package.clone(),
            file: "certificate (*.cer)".to_owned(),
            remedy: "the package is not signed; `cargo xtask package` signs it where osslsigncode is",
        })
    }

    /// Whether this folder of results has a run.
    pub fn has_run(&self) -> bool {
        self.results.join(crate::record::FILE).exists()
    }

    /// One of our programs.
    pub fn tool(&self, name: &str) -> String {
        text(&self.tools.join(executable(name)))
    }

    /// A file of the results.
    pub fn result(&self, name: &str) -> String {
        text(&self.results.join(name))
    }

    /// The folder with the Device Fundamentals tests, if there is one.
    pub fn find_kit(&self) -> Option<PathBuf> {
        let installed = || {
            let programs = std::env::var_os("ProgramFiles(x86)")?;
            Some(Path::new(&programs).join(KIT)).filter(|folder| folder.is_dir())
        };
        self.kit.clone().or_else(installed)
    }
}

/// A Windows program, by its full path, because the PATH may have another one of that name first.
pub fn system(name: &str) -> String {
    let Some(root) = std::env::var_os("SystemRoot") else { return name.to_owned() };
    let folder = match name {
        "powershell" => "System32/WindowsPowerShell/v1.0",
        _ => "System32",
    };
    text(&Path::new(&root).join(folder).join(executable(name)))
}

/// Windows' folder.
pub fn windows() -> Option<PathBuf> {
    std::env::var_os("SystemRoot").map(PathBuf::from)
}

fn executable(name: &str) -> String {
    format!("{name}{}", std::env::consts::EXE_SUFFIX)
}

/// A path as a program's argument.
pub fn text(path: &Path) -> String {
    path.display().to_string()
}
