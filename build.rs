//! The build script of `wdk/`, which Microsoft's tools build: what `wdk-build` gives a driver, and what it leaves out.
//!
//! It is not the script of the package in this folder, which has none (`build = false`): the driver without the WDK needs no tool.

fn main() {
    println!("cargo::rerun-if-changed=../build.rs");
    // Search paths, the entry point and linker flags. Without a WDK, acx-sys' script names what is missing.
    if let Err(error) = wdk_build::configure_wdk_binary_build() {
        println!("cargo::error=wdk-build: {error}");
        return;
    }
    // A checksum, Control Flow Guard (the compiler's part is in .cargo/config.toml), and on x64 shadow stacks.
    for argument in ["/RELEASE", "/GUARD:CF"] {
        println!("cargo::rustc-cdylib-link-arg={argument}");
    }
    if std::env::var("CARGO_CFG_TARGET_ARCH").as_deref() == Ok("x86_64") {
        println!("cargo::rustc-cdylib-link-arg=/CETCOMPAT");
    }
}
