//! `cargo acx new --checkout`: a driver on the crates of a checkout.

use std::path::Path;

use cargo_acx::new::configuration;

#[test]
fn crates_come_from_a_checkout() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap();
    let text = configuration(&root).unwrap();
    // What the driver names, what that needs, and a package that is not called as its folder.
    for (name, folder) in [("acx", "acx"), ("acx-sys", "acx-sys"), ("acx-wave", "wave")] {
        let line =
            format!("{name} = {{ path = '{}' }}", root.join("crates").join(folder).display());
        assert!(text.contains(&line), "{line} is not in\n{text}");
    }
    // cargo warns of a patch that nothing needs.
    assert!(!text.contains("acxhost") && !text.contains("cargo-acx"), "{text}");

    let place = tempfile::tempdir().unwrap();
    let why = configuration(place.path()).unwrap_err();
    assert!(why.contains("give --checkout a checkout of acxvad"), "{why}");
    let manifest = "[package]\nname = \"other\"\n[lib]\npath = \"lib.rs\"\n";
    std::fs::write(place.path().join("Cargo.toml"), manifest).unwrap();
    let why = configuration(place.path()).unwrap_err();
    assert!(why.contains("is not a checkout of https://"), "{why}");
}
