//! The template of `cargo acx new` is the sample.

use std::path::Path;

#[test]
fn the_driver_of_the_template_is_the_sample() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let sample = root.join("samples/minimal-driver/src/lib.rs");
    let sample = std::fs::read_to_string(sample).unwrap();
    assert!(
        sample == cargo_acx::new::LIBRARY,
        "copy samples/minimal-driver/src/lib.rs to crates/cargo-acx/templates/lib.rs"
    );
}

#[test]
fn the_test_of_the_template_is_one_of_the_samples() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let sample = root.join("samples/minimal-driver/tests/conforms.rs");
    let sample = std::fs::read_to_string(sample).unwrap();
    let files = cargo_acx::new::files("minimal-driver");
    let (_, template) = files.iter().find(|(path, _)| path == "tests/conforms.rs").unwrap();
    assert!(
        sample == *template,
        "samples/minimal-driver/tests/conforms.rs is crates/cargo-acx/templates/conforms.rs, filled in"
    );
}

#[test]
fn the_inf_of_the_template_and_of_acxvad_agree_in_what_no_driver_changes() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let own = std::fs::read_to_string(root.join("wdk/acxvad.inx")).unwrap();
    let files = cargo_acx::new::files("acxvad");
    let (_, template) = files.iter().find(|(path, _)| path == "acxvad.inx").unwrap();
    // GUIDs, versions and targets: whatever a person would have to look up.
    let facts = |text: &str| -> Vec<String> {
        let is_fact = |line: &&str| {
            // A private category of one driver is its own matter.
            (line.contains("= \"{") && !line.contains("ACXVAD_"))
                || line.contains("19041")
                || line.contains("KmdfLibraryVersion")
        };
        let lines = text.lines().filter(is_fact);
        lines.map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect()
    };
    assert_eq!(facts(template), facts(&own));
    assert_eq!(facts(template).len(), 11);
}
