//! The short form of each fuzz target, without a fuzzer: the inputs in `fuzz/seeds`, and mutations
//! of them. `ACXVAD_LONG=1` runs a hundred times as many; `ACXVAD_SEED` selects others. The
//! loader's is in `tests/image.rs`.

mod variants;

use std::path::Path;

use acx_fuzz::session::Session;
use acx_fuzz::several::{self, Files, Flaw};
use acx_fuzz::{Body, target};
use acx_host::Image;
use wave::noise::{Rng, seeded};

variants::test_each!(formats, packets, requests, settings, several, unwind, wav);

/// Mutates inputs.
struct Mutator(Rng);

impl Mutator {
    fn below(&mut self, end: usize) -> usize {
        self.0.usize(..end.max(1))
    }

    /// Some bytes of `input` changed, removed or inserted; or the end of `other` after its
    /// beginning.
    fn mutate(&mut self, input: &[u8], other: &[u8]) -> Vec<u8> {
        let mut bytes = input.to_vec();
        for _ in 0..=self.below(6) {
            let at = self.below(bytes.len());
            let value = [0, 1, 2, 0x7F, 0x80, 0xFF, self.below(256) as u8][self.below(7)];
            match self.below(6) {
                0 if !bytes.is_empty() => drop(bytes.remove(at)),
                1 => bytes.insert(at, value),
                2 => bytes.truncate(at),
                3 => bytes
                    .splice(at.., other[self.below(other.len())..].iter().copied())
                    .for_each(drop),
                _ if !bytes.is_empty() => bytes[at] = value,
                _ => {}
            }
        }
        bytes
    }
}

/// The inputs of a target: its seeds, and inputs that the fuzzer found to reach more code.
fn kept(name: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds").join(name);
    let files =
        std::fs::read_dir(&folder).unwrap_or_else(|why| panic!("{}: {why}", folder.display()));
    let mut files: Vec<_> = files.map(|file| file.unwrap().path()).collect();
    files.sort();
    files.iter().map(|file| std::fs::read(file).unwrap()).collect()
}

/// The inputs of a target, and `count` mutations of them.
fn short_form(name: &str, count: usize) {
    let count = if std::env::var_os("ACXVAD_LONG").is_some() { 100 * count } else { count };
    let seed = std::env::var("ACXVAD_SEED").ok();
    let seed = seed.map_or(2026, |text| text.parse().expect("ACXVAD_SEED is a number"));
    println!("{name}: seed {seed}, {count} changes");
    let mut mutator = Mutator(seeded(seed));
    let seeds = kept(name);
    assert!(!seeds.is_empty());
    let changed = (0..count).map(|_| {
        let (input, other) = (mutator.below(seeds.len()), mutator.below(seeds.len()));
        mutator.mutate(&seeds[input], &seeds[other])
    });
    let inputs = seeds.iter().cloned().chain(changed.collect::<Vec<_>>());
    match target(name).expect("a target of that name").body {
        Body::Alone(body) => inputs.for_each(|input| {
            during(name, &input, || body(&input));
        }),
        Body::OnDriver(body) => inputs.for_each(|input| {
            during(name, &input, || body(&variants::subject(), &input));
        }),
        // They are files in either form.
        Body::OnFiles(_) if !variants::is_image() => {}
        Body::OnFiles(body) => {
            let parts = variants::built("c-driver/parts.sys", "cargo xtask c-driver");
            let Some(folder) = parts.as_deref().and_then(Path::parent) else { return };
            let files = Files::of(folder).unwrap();
            inputs.for_each(|input| {
                during(name, &input, || body(&files, &input));
            });
        }
        Body::OnMachine(body) => {
            let image = variants::is_image()
                .then(|| Image::read(&variants::image_file().unwrap()).unwrap());
            let mut session = Session::new(body, image);
            for input in inputs {
                during(name, &input, || session.run(&input));
            }
            session.end();
        }
    }
}

/// Runs an input, which is kept if it does not hold.
fn during(name: &str, input: &[u8], run: impl FnOnce()) {
    struct Kept<'a>(&'a str, &'a [u8]);
    impl Drop for Kept<'_> {
        fn drop(&mut self) {
            if std::thread::panicking() {
                let file = std::env::temp_dir().join(format!("acxvad-{}", self.0));
                let kept = std::fs::write(&file, self.1);
                let file = file.display();
                println!("kept: {kept:?}; again: cargo run -p acx-fuzz -- run {} {file}", self.0);
            }
        }
    }
    let _kept = Kept(name, input);
    run();
}

/// Every target must be built and have seeds.
#[test]
fn every_target_is_built_and_has_its_seeds() {
    let fuzz = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz");
    let read = |path: &str| std::fs::read_to_string(fuzz.join(path)).unwrap_or_default();
    let mut size = 0;
    for target in &acx_fuzz::TARGETS {
        let name = target.name;
        let program = read(&format!("fuzz_targets/{name}.rs"));
        assert!(program.contains(&format!("acx_fuzz::fuzz(\"{name}\", bytes)")), "{name}");
        let listed = read("Cargo.toml").contains(&format!("path = \"fuzz_targets/{name}.rs\""));
        assert!(listed, "fuzz/Cargo.toml has no {name}");
        assert!(read(&format!("options/{name}.options")).contains("max_len = "), "{name}");
        // Images are built, and not kept.
        if name != "loader" {
            let kept = kept(name);
            assert!(!kept.is_empty(), "{name} has no seeds");
            size += kept.iter().map(Vec::len).sum::<usize>();
        }
    }
    let programs = std::fs::read_dir(fuzz.join("fuzz_targets")).unwrap().count();
    assert_eq!(programs, acx_fuzz::TARGETS.len(), "a program that is no target");
    assert!(size < 320_000, "{size} bytes of seeds: merge them, as docs/fuzzing.md says");
}

/// Drivers that differ from their plan, as a wrong host would have them, are noticed by a seed that
/// holds without the flaw.
#[test]
fn several_notices_links_that_are_kept_and_a_uri_that_is_ignored() {
    let Some(parts) = variants::built("c-driver/parts.sys", "cargo xtask c-driver") else { return };
    let files = Files::of(parts.parent().unwrap()).unwrap();
    let seeds = acx_fuzz::seeds::of("several");
    let flaws = [
        (Flaw::LinksKept, "changing-power", "left == right"),
        (Flaw::UriIgnored, "strangers-uri-removed", "no template has"),
    ];
    for (flaw, name, words) in flaws {
        let (_, seed) = seeds.iter().find(|(own, _)| own == name).unwrap();
        several::run(&files, seed);
        let noticed = std::panic::catch_unwind(|| several::run_flawed(&files, seed, Some(flaw)));
        let why = noticed.expect_err(name);
        let why = why.downcast_ref::<String>().unwrap();
        assert!(why.contains(words), "{flaw:?}: {why}");
    }
}

fn formats() {
    short_form("formats", 3_000);
}

fn packets() {
    short_form("packets", 4_000);
}

fn requests() {
    short_form("requests", 4_000);
}

fn settings() {
    short_form("settings", 250);
}

fn several() {
    short_form("several", 3_000);
}

fn unwind() {
    short_form("unwind", 100_000);
}

fn wav() {
    short_form("wav", 3_000);
}
