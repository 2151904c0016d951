//! The forms of the driver: linked into the test, the file that is built without a WDK, and the file that Microsoft's tools build. Every
//! end-to-end test runs on the first two; the third is the same code behind other bindings, and runs the conformance suite.
//!
//! The files come from `cargo xtask build --release` and `cargo xtask wdk-check`. Where one has not been built, its tests say so and pass: a
//! toolchain for Windows images is not something that every contributor has. CI builds both first and sets `ACXVAD_IMAGE=required`.

// Each test file that has this module uses its own part of it.
#![allow(dead_code, unused_imports, unused_macros, reason = "shared by several test programs")]

mod built;

use std::cell::RefCell;
use std::path::PathBuf;

use acx_conform::Subject;
use acx_conform::run::{Findings, RunError};
use acx_host::machine::{DeviceNode, Driver};
use acx_host::{Image, Machine};

pub(crate) use built::built;

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

/// The driver that this test is to run on.
pub(crate) fn subject() -> Subject {
    acxhost::subject::of(file().map(|file| Image::read(&file).unwrap()))
}

/// As [`Subject::load`], of the driver that this test is to run on.
pub(crate) fn load(machine: &Machine) -> Result<Driver<'_>, RunError> {
    subject().load(machine)
}

/// As [`Subject::on_machine`], of the driver that this test is to run on.
pub(crate) fn on_machine<T>(
    machine: &Machine,
    work: impl FnOnce(&Machine, &DeviceNode<'_>) -> Result<T, RunError>,
) -> Result<(T, Findings), RunError> {
    subject().on_machine(machine, work)
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
