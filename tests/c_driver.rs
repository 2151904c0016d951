//! Drivers that are not ours: in C, compiled as drivers for Windows are, through the same suite.
//!
//! `cargo xtask c-driver` makes them of tests/c-driver, with clang and a header made of the fact tables.

#![cfg(all(target_os = "linux", target_arch = "x86_64"))]

mod form;

use acx_host::Image;
use acxhost::conform;

fn driver(name: &str) -> Option<Image> {
    let file = form::built(&format!("c-driver/{name}.sys"), "cargo xtask c-driver");
    file.map(|path| Image::read(&path).unwrap())
}

#[test]
fn the_cable_in_c_conforms() {
    let Some(image) = driver("cable") else { return };
    acxhost::run::use_image(image);
    assert_eq!(acxhost::run::driver_name(), "cable");
    let verdicts = conform::run(None, None, &mut |_, _| {});
    let failed: Vec<String> = verdicts
        .iter()
        .filter(|verdict| verdict.outcome.is_failure())
        .map(ToString::to_string)
        .collect();
    assert!(failed.is_empty(), "{failed:#?}");
    let passed = verdicts.iter().filter(|verdict| !verdict.outcome.is_uncovered());
    assert_eq!(passed.count(), 33);
}
