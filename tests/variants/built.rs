//! Files that cargo does not build for a test; `cargo xtask` builds them.

use std::path::{Path, PathBuf};

/// A file of the `target` folder, if it was made; on ARM64, its counterpart for that. `made_by` is
/// the command that makes it.
pub(crate) fn built(name: &str, made_by: &str) -> Option<PathBuf> {
    if !cfg!(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64"))) {
        println!("not run: images load on x86-64 and AArch64 Linux only");
        return None;
    }
    // The workspace's root is the nearest folder with a lock file: this file is shared by tests of
    // several packages.
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let root = here.ancestors().find(|folder| folder.join("Cargo.lock").exists()).unwrap();
    let name = if cfg!(target_arch = "aarch64") {
        name.replace("image/x64/", "image/arm64/").replace("c-driver/", "c-driver/arm64/")
    } else {
        name.to_owned()
    };
    let path = root.join("target").join(name);
    if path.exists() {
        return Some(path);
    }
    let required = std::env::var("ACXVAD_IMAGE").is_ok_and(|how| how == "required");
    assert!(!required, "{} was not built: {made_by}", path.display());
    println!("not run: there is no {}; `{made_by}` makes it", path.display());
    None
}
