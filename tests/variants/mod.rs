//! The variants of the driver: linked into the test, built as an image without a WDK, and built
//! with Microsoft's tools. Every end-to-end test runs on the first two. The third is the same code
//! over other bindings, and runs the conformance suite. Tests that hold for any default format also
//! run on a device whose cables have sixteen channels.
//!
//! The images come from `cargo xtask build --release` and `cargo xtask wdk-check`. If one was not
//! built, its tests report that and pass: not every contributor has a toolchain for Windows images.
//! CI builds both first and sets `ACXVAD_IMAGE=required`.

// Each test file that has this module uses its own part of it.
#![allow(dead_code, unused_imports, unused_macros, reason = "shared by several test programs")]

mod built;

use std::cell::{Cell, RefCell};
use std::path::PathBuf;

use acx_conform::Subject;
use acx_conform::run::{Findings, RunError};
use acx_host::machine::{DeviceNode, Driver, Setting};
use acx_host::trace::TraceEvent;
use acx_host::{Image, Machine};

pub(crate) use built::built;

/// The image that is built without a WDK.
pub(crate) fn image_file() -> Option<PathBuf> {
    built("image/x64/acxvad.sys", "cargo xtask build --release")
}

thread_local! {
    static FILE: RefCell<Option<PathBuf>> = const { RefCell::new(None) };
    static IS_WIDE: Cell<bool> = const { Cell::new(false) };
}

/// The image on which this test runs; None if it runs on the linked-in driver.
pub(crate) fn image_path() -> Option<PathBuf> {
    FILE.with_borrow(Clone::clone)
}

/// Whether this test runs on an image.
pub(crate) fn is_image() -> bool {
    image_path().is_some()
}

/// The driver on which this test runs, with all its endpoints.
pub(crate) fn subject() -> Subject {
    acxhost::subject::showcase(plain())
}

/// The driver on which this test runs, with the default settings.
pub(crate) fn plain() -> Subject {
    let subject = acxhost::subject::of(image_path().map(|file| Image::read(&file).unwrap()));
    if !IS_WIDE.get() {
        return subject;
    }
    subject.with_settings(["MaxChannels", "DefaultChannels"].map(|name| (name, 16.into())))
}

/// The channels of its default format.
pub(crate) fn default_channels() -> u32 {
    if IS_WIDE.get() { 16 } else { 2 }
}

/// The most channels that it has.
pub(crate) fn max_channels() -> u32 {
    if IS_WIDE.get() { 16 } else { 8 }
}

/// Like [`Subject::load`], for the driver that this test runs on.
pub(crate) fn load(machine: &Machine) -> Result<Driver<'_>, RunError> {
    subject().load(machine)
}

/// Like [`Subject::on_machine`], for the driver that this test runs on.
pub(crate) fn on_machine<T>(
    machine: &Machine,
    work: impl FnOnce(&Machine, &DeviceNode<'_>) -> Result<T, RunError>,
) -> Result<(T, Findings), RunError> {
    subject().on_machine(machine, work)
}

/// Runs a test on a device with these settings and all of the driver's endpoints. No rule may be
/// broken. Returns the driver's reports of invalid settings.
#[track_caller]
pub(crate) fn with<S: Into<Setting> + Clone>(
    settings: &[(&str, S)],
    test: impl FnOnce(&Machine, &DeviceNode<'_>),
) -> Vec<TraceEvent> {
    let subject = subject();
    let machine = subject.builder().build();
    for (name, value) in settings {
        machine.set_registry(name, value.clone());
    }
    let done = subject.on_machine(&machine, |machine, device| {
        test(machine, device);
        Ok(())
    });
    let ((), findings) = done.unwrap();
    assert_eq!(findings.count(), 0, "{findings:?}");
    machine.take_trace().filter(TraceEvent::is_warning).collect()
}

/// The image that Microsoft's tools build.
pub(crate) fn wdk_file() -> Option<PathBuf> {
    built("wdk/x64/acxvad.sys", "cargo xtask wdk-check")
}

/// The image that Microsoft's tools build with debug assertions.
pub(crate) fn wdk_debug_file() -> Option<PathBuf> {
    built("wdk/x64-debug/acxvad.sys", "cargo xtask wdk-check --arch x64 --debug")
}

/// Runs a test on the image. Each test has a thread of its own, so that this affects one test.
pub(crate) fn on_image(test: fn()) {
    on_file(image_file(), test);
}

/// Runs a test on the image that Microsoft's tools build.
pub(crate) fn on_wdk(test: fn()) {
    on_file(wdk_file(), test);
}

/// Runs a test on the driver linked in, with cables of sixteen channels.
pub(crate) fn on_sixteen_channels(test: fn()) {
    IS_WIDE.set(true);
    test();
}

fn on_file(file: Option<PathBuf>, test: fn()) {
    if let Some(file) = file {
        FILE.set(Some(file));
        test();
    }
}

/// Makes two tests of each function: `linked::name` and `image::name`.
macro_rules! test_each {
    ($($name:ident),* $(,)?) => {
        mod linked {
            $(#[test] fn $name() { super::$name(); })*
        }
        mod image {
            $(#[test] fn $name() { super::variants::on_image(super::$name); })*
        }
    };
}
pub(crate) use test_each;

/// Like [`test_each`], with a third test of each function, `sixteen_channels::name`.
macro_rules! test_each_form {
    ($($name:ident),* $(,)?) => {
        variants::test_each!($($name),*);
        mod sixteen_channels {
            $(#[test] fn $name() { super::variants::on_sixteen_channels(super::$name); })*
        }
    };
}
pub(crate) use test_each_form;
