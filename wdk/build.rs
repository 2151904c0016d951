//! What Microsoft's `wdk-build` gives a driver, and what it leaves out.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=../inf/acxvad.inx");
    // Where there is no WDK, the build script of acx-sys says so.
    if let Err(error) = wdk_build::configure_wdk_binary_build() {
        println!("cargo::error=wdk-build: {error}");
        return;
    }
    if let Err(error) = std::fs::copy("../inf/acxvad.inx", "acxvad.inx") {
        println!(
            "cargo::error=inf/acxvad.inx cannot be copied to where Microsoft's tools look for it: {error}"
        );
    }
    // A checksum, Control Flow Guard (the compiler's part is in .cargo/config.toml), and on x64 shadow stacks.
    for argument in ["/RELEASE", "/GUARD:CF"] {
        println!("cargo::rustc-cdylib-link-arg={argument}");
    }
    if std::env::var("CARGO_CFG_TARGET_ARCH").as_deref() == Ok("x86_64") {
        println!("cargo::rustc-cdylib-link-arg=/CETCOMPAT");
    }
}
