//! The build script of `wdk/`, which Microsoft's tools build: what `wdk-build` gives a driver, and
//! what it leaves out.
//!
//! It is not the script of the package in this folder, which has none (`build = false`): the driver
//! without the WDK needs no tool.

use std::path::PathBuf;

#[path = "crates/cargo-acx/src/version.rs"]
mod version;

fn main() {
    for file in ["../build.rs", "../crates/cargo-acx/src/version.rs"] {
        println!("cargo::rerun-if-changed={file}");
    }
    // Search paths, the entry point and linker flags. Without a WDK, acx-sys' script names what is
    // missing.
    if let Err(error) = wdk_build::configure_wdk_binary_build() {
        println!("cargo::error=wdk-build: {error}");
        return;
    }
    // A checksum, Control Flow Guard (the compiler's part is in .cargo/config.toml), the name of
    // the symbols without the folder of this machine, and on x64 shadow stacks.
    for argument in ["/RELEASE", "/GUARD:CF", "/PDBALTPATH:acxvad.pdb"] {
        println!("cargo::rustc-cdylib-link-arg={argument}");
    }
    if std::env::var("CARGO_CFG_TARGET_ARCH").as_deref() == Ok("x86_64") {
        println!("cargo::rustc-cdylib-link-arg=/CETCOMPAT");
    }
    let resource =
        PathBuf::from(std::env::var_os("OUT_DIR").unwrap_or_default()).join("acxvad.res");
    let about = version::About {
        name: "acxvad",
        version: env!("CARGO_PKG_VERSION"),
        company: "acxvad",
        description: "acxvad virtual audio device",
        copyright: "MIT OR Apache-2.0",
    };
    match std::fs::write(&resource, version::res(about)) {
        Ok(()) => println!("cargo::rustc-cdylib-link-arg={}", resource.display()),
        Err(error) => println!("cargo::error={}: {error}", resource.display()),
    }
}
