//! `cargo xtask outside`: the steps of a driver's author without this repository.
//!
//! The crates are packaged as they would be published, and unpacked. `cargo acx` is installed from
//! there, a driver is started in a temporary folder, built for each architecture, packaged,
//! checked, and run in the host. Then faults are put in, each of which must be found. Our crates
//! come from the unpacked packages through `[patch.crates-io]`, all others from crates.io.
//!
//! Each step prints its time, and on Linux its processor time, which depends less on other load.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use cargo_acx::files::{at, below, read, write};
use cargo_metadata::{MetadataCommand, Package};

const DRIVER: &str = "my-speaker";

/// When a step began, and how much processor time this program's children had had.
struct Start(Instant, Option<Duration>);

impl Start {
    fn now() -> Self {
        Self(Instant::now(), Self::processor_time())
    }

    /// User and system time of the children that have ended. The kernel counts it in hundredths of
    /// a second, on every architecture that this runs on.
    fn processor_time() -> Option<Duration> {
        let text = fs::read_to_string("/proc/self/stat").ok()?;
        // The name, the second field, is in parentheses and may have spaces; 14 fields follow.
        let fields: Vec<_> = text.rsplit_once(')')?.1.split_whitespace().collect();
        let field = |index: usize| fields.get(index)?.parse::<u64>().ok();
        Some(Duration::from_millis((field(13)? + field(14)?) * 10))
    }

    /// What has passed since.
    fn passed(&self) -> String {
        let time = format!("{:.1?}", self.0.elapsed());
        let spent = Self::processor_time().zip(self.1).map(|(now, then)| now.saturating_sub(then));
        spent.map_or(time.clone(), |spent| format!("{time}, {spent:.1?} of processor time"))
    }
}

/// Runs all steps.
///
/// # Errors
///
/// The step that failed, with its output.
pub(crate) fn run(root: &Path) -> Result<(), String> {
    let root = at(root, root.canonicalize())?;
    let place = root.join("target/outside");
    let whole = Start::now();
    let published = published(&root)?;
    let start = Start::now();
    let crates = unpack(&root, &place, &published)?;
    println!("{} crates packaged: {}", crates.len(), start.passed());
    let mut patches = "[patch.crates-io]\n".to_owned();
    for (name, folder) in &crates {
        let folder = folder.display().to_string();
        let _ = writeln!(patches, "{name} = {{ path = '{folder}' }}");
    }
    // Where `cargo install --path` looks for its configuration. A key takes a minute without.
    let faster = "[profile.dev.package.num-bigint-dig]\nopt-level = 3\n";
    write(&place.join("crates/.cargo/config.toml"), format!("{patches}\n{faster}"))?;
    let start = Start::now();
    let program = crates.iter().find(|(name, _)| name == "cargo-acx");
    let (_, program) = program.ok_or("cargo-acx is not published")?;
    install(&place, program)?;
    println!("cargo install cargo-acx: {}", start.passed());
    let home = tempfile::tempdir().map_err(|why| format!("a temporary folder: {why}"))?;
    let home = at(home.path(), home.path().canonicalize())?;
    write(&home.join(".cargo/config.toml"), &patches)?;
    let author = Author { place: &place, home: &home, driver: home.join(DRIVER) };
    author.makes_a_driver()?;
    author.is_shown_faults()?;
    a_missing_file_is_found(&place, program)?;
    println!("in all: {}", whole.passed());
    Ok(())
}

/// The packages of the workspace that are published.
fn published(root: &Path) -> Result<Vec<(String, String)>, String> {
    let metadata = MetadataCommand::new()
        .manifest_path(root.join("Cargo.toml"))
        .no_deps()
        .exec()
        .map_err(|why| why.to_string())?;
    let packages = metadata.packages.iter().filter(|package| package.publish.is_none());
    let packages: Vec<_> = packages.collect();
    let lacks: Vec<_> = packages.iter().flat_map(|package| lacks(package)).collect();
    if !lacks.is_empty() {
        return Err(format!("packages that are published lack something:\n{}", lacks.join("\n")));
    }
    Ok(packages.iter().map(|own| (own.name.to_string(), own.version.to_string())).collect())
}

/// Returns what a published package must contain and lacks.
fn lacks(package: &Package) -> Vec<String> {
    let words = |words: &[String]| (1..=5).contains(&words.len());
    let wanted = [
        ("a description", package.description.is_some()),
        ("a README", package.readme.is_some()),
        ("one to five keywords", words(&package.keywords)),
        ("one to five categories", words(&package.categories)),
        ("a licence", package.license.is_some()),
        ("a repository", package.repository.is_some()),
        ("a minimum Rust version", package.rust_version.is_some()),
        ("[package.metadata.docs.rs]", package.metadata["docs"]["rs"].is_object()),
    ];
    let missing = wanted.into_iter().filter(|(_, is_there)| !is_there);
    missing.map(|(what, _)| format!("{}: {what}", package.name)).collect()
}

/// Packages the crates and unpacks them: each with its folder.
fn unpack(
    root: &Path,
    place: &Path,
    published: &[(String, String)],
) -> Result<Vec<(String, PathBuf)>, String> {
    let mut package = Command::new(env!("CARGO"));
    // Compiled below, as an author compiles them.
    package.args(["package", "--no-verify", "--allow-dirty", "--quiet", "--target-dir"]);
    package.arg(place).args(published.iter().flat_map(|(name, _)| ["--package", name]));
    succeed("cargo package", package.current_dir(root))?;
    let fresh = place.join("fresh");
    let _ = fs::remove_dir_all(&fresh);
    at(&fresh, fs::create_dir_all(&fresh))?;
    let mut crates = Vec::new();
    for (name, version) in published {
        let whole = format!("{name}-{version}");
        let archive = place.join("package").join(&whole).with_extension("crate");
        let archive = archive.with_file_name(format!("{whole}.crate"));
        succeed("tar", Command::new("tar").arg("xzf").arg(&archive).arg("-C").arg(&fresh))?;
        let folder = place.join("crates").join(name);
        mirror(&fresh.join(&whole), &folder)?;
        crates.push((name.clone(), folder));
    }
    Ok(crates)
}

/// Makes `to` what `from` is. Files that are the same already stay untouched, so that only what has
/// changed is compiled again: archives have no times.
fn mirror(from: &Path, to: &Path) -> Result<(), String> {
    let named = |folder: &Path| -> Result<Vec<PathBuf>, String> {
        let strip = |file: PathBuf| file.strip_prefix(folder).map(Path::to_owned);
        let files = below(folder)?.into_iter().map(strip).collect::<Result<_, _>>();
        files.map_err(|why| why.to_string())
    };
    let files = named(from)?;
    for file in &files {
        write(&to.join(file), at(file, fs::read(from.join(file)))?)?;
    }
    for file in named(to)?.into_iter().filter(|file| !files.contains(file)) {
        at(&file, fs::remove_file(to.join(&file)))?;
    }
    Ok(())
}

/// Installs `cargo acx`, quickly compiled.
fn install(place: &Path, program: &Path) -> Result<(), String> {
    let mut command = Command::new(env!("CARGO"));
    command.env("CARGO_TARGET_DIR", place.join("target")).env("CARGO_PROFILE_DEV_DEBUG", "0");
    command.args(["install", "--debug", "--force", "--quiet", "--root"]);
    command.arg(place.join("root")).arg("--path").arg(program);
    succeed("cargo install cargo-acx", command.current_dir(program))
}

/// Runs a command to its end; an error has what it printed.
fn succeed(name: &str, command: &mut Command) -> Result<(), String> {
    let output = command.output().map_err(|why| format!("{name}: {why}"))?;
    if output.status.success() { Ok(()) } else { Err(format!("{name} failed\n{}", said(&output))) }
}

fn said(output: &Output) -> String {
    let both = [&output.stderr[..], &output.stdout[..]].concat();
    String::from_utf8_lossy(&both).into_owned()
}

/// The author of a driver, with a temporary folder.
struct Author<'a> {
    place: &'a Path,
    home: &'a Path,
    driver: PathBuf,
}

impl Author<'_> {
    fn acx(&self, folder: &Path, words: &[&str]) -> Result<Output, String> {
        let bin = self.place.join("root/bin");
        let path = std::env::var_os("PATH").unwrap_or_default();
        let path = [bin].into_iter().chain(std::env::split_paths(&path));
        let path = std::env::join_paths(path).map_err(|why| why.to_string())?;
        let mut command = Command::new(env!("CARGO"));
        command.arg("acx").args(words).current_dir(folder).env("PATH", path);
        command.output().map_err(|why| format!("cargo acx {}: {why}", words.join(" ")))
    }

    /// A step that has to succeed, and how long it took.
    fn does(&self, folder: &Path, words: &[&str]) -> Result<(), String> {
        let name = format!("cargo acx {}", words.join(" "));
        let start = Start::now();
        let output = self.acx(folder, words)?;
        if !output.status.success() {
            return Err(format!("{name} failed\n{}", said(&output)));
        }
        println!("{name}: {}", start.passed());
        Ok(())
    }

    fn makes_a_driver(&self) -> Result<(), String> {
        let start = Start::now();
        self.does(self.home, &["new", DRIVER])?;
        for words in [&["build"], &["package"], &["check"], &["conform"]] {
            self.does(&self.driver, words)?;
        }
        println!("from new to a .sys that conforms: {}", start.passed());
        let mut fmt = Command::new(env!("CARGO"));
        succeed("cargo fmt", fmt.args(["fmt", "--check"]).current_dir(&self.driver))?;
        for arch in ["x64", "arm64"] {
            let package = self.driver.join("target/acx/package").join(arch);
            for extension in ["sys", "inf", "cat"] {
                let file = package.join(format!("{DRIVER}.{extension}"));
                if !file.exists() {
                    return Err(format!("{} is not in the package", file.display()));
                }
            }
        }
        Ok(())
    }

    /// Puts faults in. Each has to be found by the command that it is about, which has to name it.
    fn is_shown_faults(&self) -> Result<(), String> {
        let fails = |folder: &Path, words: &[&str], named: &str| -> Result<(), String> {
            let name = words.join(" ");
            let start = Start::now();
            let output = self.acx(folder, words)?;
            let text = said(&output);
            if output.status.success() {
                return Err(format!("cargo acx {name} succeeds in spite of a fault: {named}"));
            }
            if !text.contains(named) {
                return Err(format!("cargo acx {name} does not say {named}\n{text}"));
            }
            println!("found by cargo acx {name}: {named}: {}", start.passed());
            Ok(())
        };
        fails(self.home, &["new", DRIVER], "exists already")?;
        fails(self.home, &["new", "My Speaker"], "such as my-speaker")?;
        fails(self.home, &["build"], "could not find `Cargo.toml`")?;
        let driver = self.driver.as_path();
        let inx = driver.join(format!("{DRIVER}.inx"));
        for (from, to, words, named) in [
            ("PnpLockdown = 1", "PnpLockdown = 0", &["check"][..], "FAILED  inf-pnp-lockdown"),
            ("DriverVer   =", "", &["package"], "no DriverVer line"),
            // A circuit that Windows would not find, because the INF has another name.
            ("\"Speaker0\"", "\"Speaker7\"", &["conform", "--case", "W1"], "FAILED  inf-circuits"),
        ] {
            let good = read(&inx)?;
            write(&inx, replaced(&good, from, to)?)?;
            fails(driver, words, named)?;
            write(&inx, good)?;
        }
        let code = driver.join("src/lib.rs");
        for (from, to, words, named) in [
            (
                "acx::driver!(Minimal);",
                "acx::driver!(Maximal);",
                &["build", "--arch", "x64"][..],
                "failed",
            ),
            // Never announces that a packet is done.
            (
                "timer.start(self.clock.run(Qpc::now()), passive);",
                "let _ = (timer, self.clock.run(Qpc::now()), passive);",
                &["conform"],
                "FAILED",
            ),
        ] {
            let good = read(&code)?;
            write(&code, replaced(&good, from, to)?)?;
            if words[0] == "conform" {
                self.does(driver, &["build", "--arch", "x64"])?;
            }
            fails(driver, words, named)?;
            write(&code, good)?;
        }
        Ok(())
    }
}

/// `text` with every `from` replaced, of which there is one at least.
fn replaced(text: &str, from: &str, to: &str) -> Result<String, String> {
    if text.contains(from) {
        Ok(text.replace(from, to))
    } else {
        Err(format!("no {from} to break"))
    }
}

/// A file that is not in a package is missed when the package is compiled.
fn a_missing_file_is_found(place: &Path, program: &Path) -> Result<(), String> {
    let file = program.join("templates/driver.inx");
    let good = read(&file)?;
    at(&file, fs::remove_file(&file))?;
    let built = install(place, program);
    write(&file, good)?;
    match built {
        Ok(()) => Err("cargo-acx compiles without a file of its package".to_owned()),
        Err(why) if why.contains("driver.inx") => {
            println!("found by cargo install: a file that is missing from the package");
            Ok(())
        }
        Err(why) => Err(why),
    }
}
