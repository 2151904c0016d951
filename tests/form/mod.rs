//! The forms of the driver: linked into the test, the file that is built without a WDK, and the file that Microsoft's tools build. Every
//! end-to-end test runs on the first two; the third is the same code behind other bindings, and runs the conformance suite.
//!
//! The files come from `cargo xtask build --release` and `cargo xtask wdk-check`. Where one has not been built, its tests say so and pass: a
//! toolchain for Windows images is not something that every contributor has. CI builds both first and sets `ACXVAD_IMAGE=required`.

// Each test file that has this module uses its own part of it.
#![allow(dead_code, unused_imports, unused_macros, reason = "shared by several test programs")]

use std::cell::RefCell;
use std::path::{Path, PathBuf};

/// A file of the `target` folder, if it was made. `made_by` is the command that makes it.
pub(crate) fn built(name: &str, made_by: &str) -> Option<PathBuf> {
    if !cfg!(all(target_os = "linux", target_arch = "x86_64")) {
        println!("not run: images load on x86-64 Linux only");
        return None;
    }
    // The workspace's root is the nearest folder with a lock file: this file is shared by tests of several packages.
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let root = here.ancestors().find(|folder| folder.join("Cargo.lock").exists()).unwrap();
    let path = root.join("target").join(name);
    if path.exists() {
        return Some(path);
    }
    let required = std::env::var("ACXVAD_IMAGE").is_ok_and(|how| how == "required");
    assert!(!required, "{} was not built: {made_by}", path.display());
    println!("not run: there is no {}; `{made_by}` makes it", path.display());
    None
}

/// The driver as a file.
pub(crate) fn driver_file() -> Option<PathBuf> {
    built("image/x64/acxvad.sys", "cargo xtask build --release")
}

thread_local! {
    static FILE: RefCell<Option<PathBuf>> = const { RefCell::new(None) };
}

/// The file that this test is to run on; none if it runs on the driver linked in.
pub(crate) fn file() -> Option<PathBuf> {
    FILE.with_borrow(Clone::clone)
}

/// Whether this test is to run on a file.
pub(crate) fn is_image() -> bool {
    file().is_some()
}

/// The driver as the file that Microsoft's tools build.
pub(crate) fn wdk_file() -> Option<PathBuf> {
    built("wdk/x64/acxvad.sys", "cargo xtask wdk-check")
}

/// The driver as Microsoft's tools build it with debug assertions.
pub(crate) fn wdk_debug_file() -> Option<PathBuf> {
    built("wdk/x64-debug/acxvad.sys", "cargo xtask wdk-check --arch x64 --debug")
}

/// Runs a test on the file. Each test has a thread of its own, so this is for one test.
pub(crate) fn on_image(test: fn()) {
    on_file(driver_file(), test);
}

/// Runs a test on the file that Microsoft's tools build.
pub(crate) fn on_wdk(test: fn()) {
    on_file(wdk_file(), test);
}

fn on_file(file: Option<PathBuf>, test: fn()) {
    if let Some(file) = file {
        acxhost::run::use_image(acx_host::Image::read(&file).unwrap());
        FILE.set(Some(file));
        test();
    }
}

/// Makes two tests of each function: `linked::name` and `image::name`.
macro_rules! on_both_forms {
    ($($name:ident),* $(,)?) => {
        mod linked {
            $(#[test] fn $name() { super::$name(); })*
        }
        mod image {
            $(#[test] fn $name() { super::form::on_image(super::$name); })*
        }
    };
}
pub(crate) use on_both_forms;
