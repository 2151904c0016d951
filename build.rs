//! Says early, and in one sentence, what a build cannot do.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let wdk = std::env::var_os("CARGO_FEATURE_WDK").is_some();
    let windows = std::env::var("CARGO_CFG_TARGET_OS").is_ok_and(|os| os == "windows");
    if wdk && !windows {
        println!(
            "cargo::error=feature `wdk` needs Windows and the WDK; without the feature the bundled bindings build anywhere"
        );
    }
}
