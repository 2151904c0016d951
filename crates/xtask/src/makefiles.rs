//! Tests of the makefiles: the real cargo-make runs them, with stand-ins for the programs that they
//! start. The task variants for Windows run here as well: a copy of each makefile declares them for
//! this system.
//!
//! cargo-make is searched in `target/tools/bin` and in the search path. Without it these tests do
//! nothing and print a message, unless `ACXVAD_CI=required`.

use std::path::{Path, PathBuf};
use std::process::Command;

use cargo_metadata::MetadataCommand;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

#[test]
fn the_lock_file_of_the_wdk_package_is_current() {
    let manifest = root().join("wdk/Cargo.toml");
    let metadata = MetadataCommand::new()
        .manifest_path(&manifest)
        .other_options(["--locked".to_owned()])
        .exec()
        .unwrap_or_else(|why| panic!("{}: {why}", manifest.display()));
    // cargo-wdk builds with `-p acxvad`: exactly one package may have this name.
    let named = metadata.packages.iter().filter(|package| package.name == "acxvad").count();
    assert_eq!(named, 1);
    // wdk-build's load script refuses a second version of itself.
    let tools = metadata.packages.iter().filter(|package| package.name == "wdk-build").count();
    assert_eq!(tools, 1);
}

#[test]
fn the_build_step_of_cargo_wdk_resolves() {
    // Everything that cargo resolves before it compiles, with cargo-wdk's selection of the package.
    let output = Command::new(env!("CARGO"))
        .args(["tree", "--locked", "-p", "acxvad", "--target", "x86_64-pc-windows-msvc"])
        .args(["--edges", "normal,build", "--depth", "1", "--prefix", "none", "--manifest-path"])
        .arg(root().join("wdk/Cargo.toml"))
        .current_dir(root().join("wdk"))
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let names: Vec<&str> = text.lines().filter_map(|line| line.split_whitespace().next()).collect();
    assert_eq!(names, ["acxvad", "acxvad-driver", "wdk-build"]);
}

/// Only where a shell script can stand in for a program.
#[cfg(unix)]
mod flows {
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    use std::process::Output;

    use super::*;

    /// Programs that the makefiles start.
    const PROGRAMS: [&str; 8] = [
        "cargo",
        "rust-script",
        "powershell",
        "stampinf",
        "infverif",
        "inf2cat",
        "signtool",
        "makecert",
    ];

    fn cargo_make() -> Option<PathBuf> {
        let own = root().join("target/tools/bin/cargo-make");
        let found = [own, PathBuf::from("cargo-make")].into_iter().find(|program| {
            let version = Command::new(program).args(["make", "--version"]).output();
            version.is_ok_and(|output| output.status.success())
        });
        if found.is_none() {
            let required = std::env::var("ACXVAD_CI").is_ok_and(|how| how == "required");
            assert!(!required, "cargo-make is missing");
            println!("not run: cargo-make is missing (cargo install cargo-make --locked)");
        }
        found
    }

    /// The text of a makefile with the variants for `system` as those of the system it runs on.
    fn seen_from(system: &str, makefile: &str) -> String {
        let here = if cfg!(target_os = "macos") { "mac" } else { "linux" };
        makefile
            .replace(&format!(".{system}]"), &format!(".{here}]"))
            .replace(&format!(".{system}."), &format!(".{here}."))
            .replace(&format!("[\"{system}\"]"), &format!("[\"{here}\"]"))
    }

    /// A copy of the repository to run cargo-make in: makefiles of its own, links for the rest.
    struct Copy {
        folder: tempfile::TempDir,
        cargo_make: PathBuf,
    }

    impl Copy {
        fn new(system: &str, change: impl Fn(String) -> String) -> Option<Self> {
            let cargo_make = cargo_make()?;
            let folder = tempfile::tempdir().unwrap();
            for part in ["repository/wdk", "programs"] {
                std::fs::create_dir_all(folder.path().join(part)).unwrap();
            }
            let copy = Self { folder, cargo_make };
            let own = ["Makefile.toml", "wdk", "target", ".git"];
            for entry in std::fs::read_dir(root()).unwrap() {
                let entry = entry.unwrap();
                if !own.iter().any(|name| entry.file_name() == *name) {
                    symlink(entry.path(), copy.root().join(entry.file_name())).unwrap();
                }
            }
            for file in ["Cargo.toml", "Cargo.lock", "acxvad.inx"] {
                let place = Path::new("wdk").join(file);
                std::fs::copy(root().join(&place), copy.root().join(&place)).unwrap();
            }
            symlink(root().join("wdk/src"), copy.root().join("wdk/src")).unwrap();
            for file in ["Makefile.toml", "wdk/Makefile.toml"] {
                let text = std::fs::read_to_string(root().join(file)).unwrap();
                std::fs::write(copy.root().join(file), change(seen_from(system, &text))).unwrap();
            }
            for program in PROGRAMS {
                let file = copy.folder.path().join("programs").join(program);
                std::fs::write(&file, include_str!("makefiles/stand_in.sh")).unwrap();
                std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o755)).unwrap();
            }
            Some(copy)
        }

        fn root(&self) -> PathBuf {
            self.folder.path().canonicalize().unwrap().join("repository")
        }

        fn log(&self) -> PathBuf {
            self.folder.path().join("log")
        }

        /// Runs `cargo make` at the root. The second part is what the stand-ins wrote down.
        fn run(&self, arguments: &[&str], set: &[(&str, &str)]) -> (Output, Vec<String>) {
            let _ = std::fs::remove_file(self.log());
            let metadata = MetadataCommand::new()
                .manifest_path(root().join("wdk/Cargo.toml"))
                .other_options(["--locked".to_owned()])
                .exec()
                .unwrap();
            let mut packages = metadata.packages.iter();
            let wdk_build = packages.find(|package| package.name == "wdk-build").unwrap();
            let makefile = wdk_build.manifest_path.with_file_name("rust-driver-makefile.toml");
            let search = std::env::join_paths(
                std::iter::once(self.folder.path().join("programs"))
                    .chain(std::env::split_paths(&std::env::var_os("PATH").unwrap())),
            );
            let mut command = Command::new(&self.cargo_make);
            for (name, _) in std::env::vars_os() {
                if name.to_string_lossy().starts_with("CARGO_MAKE_") {
                    command.env_remove(name);
                }
            }
            let output = command
                .args(["make", "--disable-check-for-updates", "--no-color"])
                .args(arguments)
                .current_dir(self.root())
                .env("PATH", search.unwrap())
                .env("FLOW_LOG", self.log())
                .env("FLOW_CARGO", env!("CARGO"))
                .env("FLOW_CARGO_MAKE", &self.cargo_make)
                .env("FLOW_MAKEFILE", makefile)
                .env_remove("CARGO_TARGET_DIR")
                .env_remove("ACXVAD_PACKAGE")
                .envs(set.iter().copied())
                .output()
                .unwrap();
            let root = self.root().display().to_string();
            let log = std::fs::read_to_string(self.log()).unwrap_or_default();
            (output, log.replace(&root, "ROOT").lines().map(str::to_owned).collect())
        }

        fn works(&self, arguments: &[&str]) -> Vec<String> {
            let (output, log) = self.run(arguments, &[]);
            assert!(
                output.status.success(),
                "cargo make {}: {}{}\n{log:#?}",
                arguments.join(" "),
                String::from_utf8_lossy(&output.stdout),
                String::from_utf8_lossy(&output.stderr),
            );
            log
        }
    }

    /// The stand-in for cargo writes down what a nested `cargo make` starts with.
    const WINDOWS: [&str; 18] = [
        "cargo make --profile release (in ROOT/wdk)",
        // cargo-make gives it the folder of the task, which is what the flow wants.
        "CARGO_MAKE_WORKSPACE_WORKING_DIRECTORY: ROOT/wdk",
        "CARGO_MAKE_CRATE_CUSTOM_TRIPLE_TARGET_DIRECTORY: unset",
        "CARGO_MAKE_CRATE_TARGET_DIRECTORY: unset",
        "link in ROOT/wdk/target",
        "cargo build --profile release (in ROOT/wdk)",
        // wdk-build runs the packaging as a flow of its own, which begins with a build as well.
        "cargo build --profile release (in ROOT/wdk)",
        "stampinf -f ROOT/wdk/target/release/acxvad.inf",
        "makecert ROOT/wdk/target/release/WDRLocalTestCert.cer",
        "makecert ROOT/wdk/target/release/WDRLocalTestCert.cer",
        "signtool sign ROOT/wdk/target/release/acxvad_package/acxvad.sys",
        "signtool verify ROOT/wdk/target/release/acxvad_package/acxvad.sys",
        "inf2cat /driver:ROOT/wdk/target/release/acxvad_package",
        "makecert ROOT/wdk/target/release/WDRLocalTestCert.cer",
        "signtool sign ROOT/wdk/target/release/acxvad_package/acxvad.cat",
        "signtool verify ROOT/wdk/target/release/acxvad_package/acxvad.cat",
        "infverif /v /w ROOT/wdk/target/release/acxvad.inf",
        "infverif /v /h ROOT/wdk/target/release/acxvad_package/acxvad.inf",
    ];

    /// The calls without the installation of tools, and without arguments that are wdk-build's own.
    /// In a CI, which it knows by the environment, cargo-make has cargo say more.
    fn calls(log: &[String]) -> Vec<String> {
        let calls = log.iter().filter(|line| !line.starts_with("cargo install "));
        let short = calls.map(|line| {
            let words: Vec<&str> = line.split(' ').filter(|word| *word != "--verbose").collect();
            match words[..] {
                ["makecert", .., file] => format!("makecert {file}"),
                ["signtool", action, .., file] => format!("signtool {action} {file}"),
                ["inf2cat", folder, ..] => format!("inf2cat {folder}"),
                ["stampinf", "-f", file, ..] => format!("stampinf -f {file}"),
                _ => words.join(" "),
            }
        });
        short.collect()
    }

    const VERIFY: [(&str, &str); 1] = [("WDK_BUILD_ENABLE_SIGNTOOL_VERIFY", "true")];

    #[test]
    fn on_windows_the_root_makes_the_package_in_the_folder_of_the_wdk() {
        let Some(copy) = Copy::new("windows", |text| text) else { return };
        for arguments in [&[][..], &["package"]] {
            let (output, log) = copy.run(arguments, &VERIFY);
            let said = String::from_utf8_lossy(&output.stdout);
            assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
            assert_eq!(calls(&log), WINDOWS);
            // KMDF 1.31 in the INF, and no target folder beside the one of `wdk/`.
            assert!(log.iter().any(|line| line.ends_with(" -k 1.31")), "{log:#?}");
            assert!(!copy.root().join("target/rust-driver-makefile.toml").exists());
        }
    }

    #[test]
    fn the_flow_fails_where_a_program_fails() {
        let Some(copy) = Copy::new("windows", |text| text) else { return };
        for program in ["stampinf", "inf2cat", "infverif", "makecert", "signtool"] {
            let (output, log) = copy.run(&[], &[("FLOW_FAILS", program)]);
            assert!(!output.status.success(), "{program} failed: {log:#?}");
            assert!(log.last().is_some_and(|line| line.starts_with(program)), "{log:#?}");
        }
    }

    #[test]
    fn the_faults_that_the_makefiles_had_are_found() {
        let outer = |line: &str| line.starts_with("CARGO_MAKE_") && line.contains("unset");
        let without = |text: String, wrong: &dyn Fn(&str) -> bool| -> String {
            let lines = text.lines().filter(|line| !wrong(line));
            lines.collect::<Vec<_>>().join("\n")
        };
        // The folders of the outer flow, inherited.
        let Some(copy) = Copy::new("windows", |text| without(text, &outer)) else { return };
        let (_, log) = copy.run(&[], &VERIFY);
        assert_ne!(calls(&log), WINDOWS);
        assert!(log.contains(&"link in ROOT/target".to_owned()), "{log:#?}");
        // Two actions in one task.
        let clear = |line: &str| line == "clear = true";
        let Some(copy) = Copy::new("windows", |text| without(text, &clear)) else { return };
        let (output, log) = copy.run(&[], &VERIFY);
        assert!(!output.status.success() && log.is_empty(), "{log:#?}");
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(said.contains("contains multiple actions"), "{said}");
    }

    #[test]
    fn elsewhere_the_root_makes_the_package_with_xtask() {
        let Some(copy) = Copy::new("linux", |text| text) else { return };
        let expected = [
            "cargo xtask build --release (in ROOT)",
            "cargo xtask package (in ROOT)",
            "cargo xtask check (in ROOT)",
        ];
        assert_eq!(calls(&copy.works(&[])), expected);
        assert_eq!(calls(&copy.works(&["conform"])), ["cargo run --release -- conform (in ROOT)"]);
        // What is for Windows only does nothing.
        for task in ["install", "uninstall", "verifier-on", "verifier-off", "hlk-prepare"] {
            assert_eq!(copy.works(&[task]), [""; 0], "{task}");
        }
    }

    #[test]
    fn the_tasks_for_a_test_machine_start_their_scripts() {
        let Some(copy) = Copy::new("windows", |text| text) else { return };
        // The folder that `cargo make` makes, as above.
        let package = "-Package wdk/target/release/acxvad_package";
        for (task, script, arguments) in [
            ("install", "Install-Package.ps1", package),
            ("uninstall", "Uninstall-Package.ps1", package),
            ("verifier-on", "Set-DriverVerifier.ps1", "-On"),
            ("verifier-off", "Set-DriverVerifier.ps1", "-Off"),
            ("hlk-prepare", "Initialize-HlkClient.ps1", package),
        ] {
            assert!(copy.root().join("scripts").join(script).exists(), "{script}");
            let expected = format!(
                "powershell -NoProfile -ExecutionPolicy Bypass -File scripts/{script} {arguments}"
            );
            assert_eq!(copy.works(&[task]), [expected]);
        }
        let log = copy.works(&["--env", "ACXVAD_PACKAGE=elsewhere", "install"]);
        assert!(log[0].ends_with(" -Package elsewhere"), "{log:?}");
        let conform = calls(&copy.works(&["conform"]));
        assert_eq!(conform, ["cargo run --release -- --live conform (in ROOT)"]);
    }
}
