//! The copy of the repository with the faults in it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde::Deserialize;

use super::list::List;
use super::source::{Mutant, Patched, Source};
use super::{Options, PARTS};
use cargo_acx::files;

/// Each mutated crate gets this module. `ACXVAD_MUTANT` is the number of the fault; `reach` instead
/// writes the number of each place that is come by to the file `ACXVAD_MUTANTS_REACHED`.
const SWITCH: &str = r#"
/// The switches of the faults.
#[doc(hidden)]
#[allow(warnings, clippy::all)]
pub mod mutant {
    extern crate std;
    use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

    const UNREAD: u32 = u32::MAX;
    const REACH: u32 = u32::MAX - 1;
    static CHOSEN: AtomicU32 = AtomicU32::new(UNREAD);

    #[inline(always)]
    pub fn on(number: u32) -> bool {
        let chosen = CHOSEN.load(Relaxed);
        chosen == number || (chosen >= REACH && slow(number, chosen))
    }

    #[cold]
    fn slow(number: u32, chosen: u32) -> bool {
        static REACHED: [AtomicU32; 2048] = [const { AtomicU32::new(0) }; 2048];
        let chosen = if chosen == UNREAD {
            let chosen = match std::env::var("ACXVAD_MUTANT") {
                Ok(word) if word == "reach" => REACH,
                Ok(word) => word.parse().unwrap_or(0),
                Err(_) => 0,
            };
            CHOSEN.store(chosen, Relaxed);
            chosen
        } else {
            chosen
        };
        if chosen == REACH {
            let bit = 1 << (number % 32);
            let word = &REACHED[(number / 32) as usize % 2048];
            if word.fetch_or(bit, Relaxed) & bit == 0 {
                use std::io::Write;
                if let Some(path) = std::env::var_os("ACXVAD_MUTANTS_REACHED") {
                    let file = std::fs::OpenOptions::new().append(true).create(true).open(path);
                    let _ = file.and_then(|mut file| {
                        file.write_all(std::format!("{number}\n").as_bytes())
                    });
                }
            }
        }
        chosen == number
    }
}
"#;

/// Numbers for each part: an edit in one part leaves those of the others as they are, so that they
/// are not compiled again. The switches have a bit for each.
const NUMBERS: u32 = 2048 * 32 / PARTS.len() as u32;

pub(crate) struct Tree {
    pub(crate) folder: PathBuf,
    pub(crate) target: PathBuf,
    sources: BTreeMap<String, Source>,
    /// All faults in the build, by number; those that do not compile are removed.
    pub(crate) mutants: BTreeMap<u32, Mutant>,
    /// Those that this run is about.
    pub(crate) chosen: BTreeSet<u32>,
    pub(crate) not_compiling: usize,
    /// The test programs: the name, the package's folder, the program.
    pub(crate) tests: Vec<(String, PathBuf, PathBuf)>,
    is_short: bool,
    is_listed: bool,
    /// Where the keys of those are written that do not compile: the next build leaves them out.
    refused: PathBuf,
}

/// The packages whose tests run: all that depend on code with faults, except tools that only
/// contain it.
const PACKAGES: [&str; 12] = [
    "vdma",
    "acx",
    "acx-client",
    "acx-host",
    "acx-conform",
    "acx-fuzz",
    "acxhost",
    "acxvad-driver",
    "flawed-cable",
    "flawed-driver",
    "minimal-driver",
    "microphone-driver",
];

/// The part of the short form, whose tests need no other package. Beside the suite they are asked
/// of the faults of the list.
const SHORT_PART: &str = "vdma";

/// A line of `--message-format=json`.
#[derive(Deserialize)]
struct Message {
    reason: String,
    #[serde(rename = "message")]
    diagnostic: Option<Diagnostic>,
    target: Option<Target>,
    manifest_path: Option<PathBuf>,
    profile: Option<Profile>,
    executable: Option<PathBuf>,
}

#[derive(Deserialize)]
struct Target {
    name: String,
}

#[derive(Deserialize)]
struct Profile {
    test: bool,
}

#[derive(Deserialize)]
struct Diagnostic {
    level: String,
    #[serde(rename = "message")]
    text: String,
    rendered: Option<String>,
    spans: Vec<Span>,
}

#[derive(Deserialize)]
struct Span {
    file_name: String,
    byte_start: usize,
    byte_end: usize,
    is_primary: bool,
}

impl Tree {
    pub(crate) fn copy(root: &Path, list: &List, options: &Options) -> Result<Self, String> {
        let folder = root.join("target/mutants/tree");
        copy_tracked(root, &folder)?;
        let mut sources = BTreeMap::new();
        for (part, below) in PARTS {
            for path in files::below(&root.join(below))? {
                let name = relative(root, &path);
                if !has_faults(&name) {
                    continue;
                }
                let text = list.made_cheaper(&name, files::read(&path)?)?;
                sources.insert(name.clone(), (part, Source::parse(&name, text)?));
            }
        }
        for fault in &list.fault {
            let (_, source) = sources
                .get_mut(&fault.file)
                .ok_or_else(|| format!("{}: there is no {}", fault.name, fault.file))?;
            let wanted = fault.wanted();
            source.add(&fault.file, &wanted)?;
        }
        let known = sources.values().flat_map(|(_, source)| &source.mutants);
        let known: Vec<_> = known.map(|mutant| mutant.key.as_str()).collect();
        list.is_up_to_date(&known)?;
        let refused = root.join("target/mutants/refused.txt");
        let text = fs::read_to_string(&refused).unwrap_or_default();
        let mut is_refused: BTreeSet<_> = text.lines().collect();
        let listed: BTreeSet<_> = list.fault.iter().map(|fault| fault.name.as_str()).collect();
        is_refused.retain(|key| !listed.contains(key));
        let (mut mutants, mut chosen) = (BTreeMap::new(), BTreeSet::new());
        let mut not_compiling = 0;
        for (first, (part, _)) in (0..).step_by(NUMBERS as usize).zip(PARTS) {
            let own = sources.values().filter(|(of, _)| *of == part);
            let own = own.flat_map(|(_, source)| &source.mutants);
            let (mut by_hand, mut generated) = (Vec::new(), Vec::new());
            for (number, mutant) in (first + 1..).zip(own) {
                if number >= first + NUMBERS {
                    return Err(format!("{part} has more than {NUMBERS} faults"));
                }
                let is_listed = listed.contains(mutant.key.as_str());
                if !is_listed && list.changes_nothing(&mutant.key) {
                    continue;
                }
                if is_refused.contains(mutant.key.as_str()) {
                    not_compiling += 1;
                    continue;
                }
                // The build of the short form is short, too, and that of the list.
                let is_in_short = part == SHORT_PART && (is_listed || list.is_in_short(mutant));
                if (options.short && !is_in_short) || (options.listed && !is_listed) {
                    continue;
                }
                let word = options.only.as_deref().unwrap_or_default();
                if (options.part.is_empty() || options.part.iter().any(|only| only == part))
                    && mutant.key.contains(word)
                {
                    if is_listed { &mut by_hand } else { &mut generated }.push(number);
                }
                mutants.insert(number, mutant.clone());
            }
            if let Some(sample) = options.sample {
                generated.sort_by_cached_key(|number| {
                    mutants.get(number).map(|mutant: &Mutant| mutant.draw(options.seed))
                });
                generated.truncate(sample);
            }
            chosen.extend(by_hand.into_iter().chain(generated));
        }
        if chosen.is_empty() {
            return Err("there is no such fault".to_owned());
        }
        // Each fault that is built costs its place a look at the switch. The whole is built once
        // for every part; a sample is quicker alone.
        if options.sample.is_some() {
            mutants.retain(|number, _| chosen.contains(number));
        }
        Ok(Self {
            folder,
            target: root.join("target/mutants/build"),
            sources: sources.into_iter().map(|(name, (_, source))| (name, source)).collect(),
            mutants,
            chosen,
            not_compiling,
            tests: Vec::new(),
            is_short: options.short,
            is_listed: options.listed,
            refused,
        })
    }

    /// Builds the copy, without the faults that do not compile.
    pub(crate) fn build(&mut self) -> Result<(), String> {
        for round in 1.. {
            let patched = self.write()?;
            eprintln!("round {round}: {} faults, compiling", self.mutants.len());
            let (messages, is_built) = self.compile()?;
            if is_built {
                self.tests = messages
                    .into_iter()
                    .filter(|message| message.profile.as_ref().is_some_and(|own| own.test))
                    .filter_map(|message| {
                        let folder = message.manifest_path?.parent()?.to_owned();
                        Some((message.target?.name, folder, message.executable?))
                    })
                    .collect();
                return self.leave_out_what_is_not_built();
            }
            let before = self.mutants.clone();
            let errors: Vec<_> = messages
                .into_iter()
                .filter_map(|message| message.diagnostic)
                .filter(|message| message.level == "error")
                .collect();
            for error in &errors {
                self.take_out(error, &patched);
            }
            let gone: Vec<_> = before
                .iter()
                .filter(|(number, _)| !self.mutants.contains_key(number))
                .map(|(_, mutant)| mutant.key.as_str())
                .collect();
            let texts = || {
                let texts = errors.iter().filter_map(|error| error.rendered.as_deref());
                texts.collect::<Vec<_>>().join("\n")
            };
            if gone.is_empty() {
                return Err(format!("the copy does not compile:\n{}", texts()));
            }
            self.refuse(&gone)?;
            self.chosen.retain(|number| self.mutants.contains_key(number));
        }
        Ok(())
    }

    fn compile(&self) -> Result<(Vec<Message>, bool), String> {
        let test = ["test", "--no-run", "--lib", "--bins", "--tests"];
        if self.is_short {
            return self.cargo(&test, &["--package", SHORT_PART]);
        }
        let packages = if self.is_listed { &[SHORT_PART][..] } else { &PACKAGES };
        let packages: Vec<_> = packages.iter().flat_map(|own| ["--package", *own]).collect();
        if !self.is_listed {
            // The libraries alone find nearly everything that does not compile, in a tenth of the
            // time.
            let (messages, is_built) = self.cargo(&["check", "--keep-going"], &packages)?;
            if !is_built {
                return Ok((messages, is_built));
            }
        }
        let program = ["--package", "acxhost", "--bin", "acxhost"];
        let (messages, is_built) = self.cargo(&["build"], &program)?;
        if !is_built {
            return Ok((messages, is_built));
        }
        self.cargo(&test, &packages)
    }

    /// Adds to the faults that the next build leaves out.
    fn refuse(&mut self, keys: &[&str]) -> Result<(), String> {
        self.not_compiling += keys.len();
        let mut text = fs::read_to_string(&self.refused).unwrap_or_default();
        for key in keys {
            text.push_str(key);
            text.push('\n');
        }
        files::write(&self.refused, text)
    }

    /// Source files for another system have faults that nothing can notice here.
    fn leave_out_what_is_not_built(&mut self) -> Result<(), String> {
        let mut built = BTreeSet::new();
        for file in files::below(&self.target.join("debug/deps"))? {
            if file.extension().is_some_and(|extension| extension == "d") {
                let text = fs::read_to_string(&file).unwrap_or_default();
                built.extend(text.split_whitespace().map(|word| {
                    let word = word.trim_end_matches(':');
                    relative(&self.folder, Path::new(word))
                }));
            }
        }
        self.mutants.retain(|_, mutant| built.contains(&mutant.file));
        self.chosen.retain(|number| self.mutants.contains_key(number));
        if self.chosen.is_empty() {
            return Err("none of these faults is in what is built here".to_owned());
        }
        Ok(())
    }

    fn write(&self) -> Result<BTreeMap<String, Patched>, String> {
        let numbers: BTreeMap<_, _> =
            self.mutants.iter().map(|(number, mutant)| (mutant.key.as_str(), *number)).collect();
        let mut all = BTreeMap::new();
        for (name, source) in &self.sources {
            let patched = source.patch(|mutant| numbers.get(mutant.key.as_str()).copied());
            let is_root = PARTS.iter().any(|(_, below)| *name == format!("{below}/lib.rs"));
            let text = format!("{}{}", patched.text, if is_root { SWITCH } else { "" });
            files::write(&self.folder.join(name), text)?;
            all.insert(name.clone(), patched);
        }
        Ok(all)
    }

    /// What each call of cargo in the copy has: another one would build anew.
    pub(crate) fn variables(&self) -> Vec<(&'static str, String)> {
        vec![
            ("CARGO_TARGET_DIR", self.target.display().to_string()),
            ("RUSTFLAGS", "--cap-lints=allow".to_owned()),
            // Nobody looks at a backtrace.
            ("CARGO_PROFILE_DEV_DEBUG", "0".to_owned()),
        ]
    }

    fn cargo(&self, words: &[&str], packages: &[&str]) -> Result<(Vec<Message>, bool), String> {
        let mut command = Command::new(env!("CARGO"));
        command
            .args(words)
            .args(packages)
            .arg("--message-format=json")
            .current_dir(&self.folder)
            .envs(self.variables())
            .stdin(Stdio::null())
            .stderr(Stdio::inherit());
        let output = command.output().map_err(|why| format!("cargo: {why}"))?;
        let text = String::from_utf8_lossy(&output.stdout);
        let messages = text
            .lines()
            .filter_map(|line| serde_json::from_str::<Message>(line).ok())
            .filter(|message| {
                ["compiler-message", "compiler-artifact"].contains(&message.reason.as_str())
            })
            .collect();
        Ok((messages, output.status.success()))
    }

    fn take_out(&mut self, error: &Diagnostic, patched: &BTreeMap<String, Patched>) {
        // A function that has to stay constant.
        if let Some(name) = not_constant(&error.text) {
            let Self { mutants, sources, .. } = self;
            mutants.retain(|_, mutant| {
                let source = sources.get(&mutant.file);
                !source.is_some_and(|source| source.is_in_constant(mutant, name))
            });
        }
        let blamed = |is_primary: bool| {
            let spans = error.spans.iter().filter(|span| span.is_primary == is_primary);
            let blamed = spans.filter_map(|span| {
                patched.get(&span.file_name)?.blame(&(span.byte_start..span.byte_end))
            });
            blamed.collect::<Vec<_>>()
        };
        // A variable that is not set then is an error where it is used; the label is at the fault.
        // One that is not given away is an error from its borrow to its end; the fault is between.
        let between = || {
            let file = &error.spans.first()?.file_name;
            let spans = || error.spans.iter().filter(|span| span.file_name == *file);
            let begin = spans().map(|span| span.byte_start).min()?;
            let end = spans().map(|span| span.byte_end).max()?;
            Some(patched.get(file)?.within(&(begin..end)))
        };
        let mut found = blamed(true);
        for other in [&|| blamed(false), &|| between().unwrap_or_default()] as [&dyn Fn() -> _; 2] {
            if found.is_empty() {
                found = other();
            }
        }
        for number in found {
            self.mutants.remove(&number);
        }
    }
}

/// The function that the compiler says it cannot call in a constant.
fn not_constant(error: &str) -> Option<&str> {
    let path = error.strip_prefix("cannot call non-const")?.split('`').nth(1)?;
    // Without arguments at the end; those of the type before it may stay.
    let path = if path.ends_with('>') { path.rsplit_once("::<")?.0 } else { path };
    path.rsplit("::").next()
}

fn is_rust(name: &str) -> bool {
    Path::new(name).extension().is_some_and(|extension| extension == "rs")
}

/// Whether a file below a part has faults: code that is not tests alone.
fn has_faults(name: &str) -> bool {
    is_rust(name) && !is_tests(name)
}

/// Whether a source file has tests alone: a module of tests in a file of its own. What its
/// functions do is no check's to notice.
fn is_tests(name: &str) -> bool {
    name.ends_with("/tests.rs") || name.ends_with("_tests.rs")
}

fn relative(root: &Path, path: &Path) -> String {
    path.strip_prefix(root).unwrap_or(path).to_string_lossy().replace('\\', "/")
}

/// What benchmarks alone need: it is not built.
const BENCHMARKS: [&str; 3] = ["criterion", "libloading", "rubato"];

/// A package's manifest without its benchmarks.
fn without_benchmarks(manifest: &str) -> String {
    let (mut kept, mut is_bench) = (String::new(), false);
    for line in manifest.lines() {
        if line.starts_with('[') {
            is_bench = line == "[[bench]]";
        }
        let is_theirs = |name: &&str| line == format!("{name}.workspace = true");
        if !is_bench && !BENCHMARKS.iter().any(is_theirs) {
            kept.push_str(line);
            kept.push('\n');
        }
    }
    kept
}

/// A test that has a source file of its crate as a module of its own: the faults in that one want
/// their switches there.
fn with_switches(mut file: Vec<u8>) -> Vec<u8> {
    let marker = b"#[path = \"../src/";
    if file.windows(marker.len()).any(|part| part == marker) {
        file.extend(SWITCH.as_bytes());
    }
    file
}

/// Images that tests run, below `target`. They have no faults in them, but call functions of the
/// host that nothing else calls.
const IMAGES: [&str; 2] = ["image/x64", "c-driver"];

/// Copies the images that were built. Returns their places in the copy.
fn copy_built(root: &Path, to: &Path) -> Result<BTreeSet<PathBuf>, String> {
    let mut copied = BTreeSet::new();
    for folder in IMAGES.map(|name| root.join("target").join(name)) {
        if !folder.exists() {
            eprintln!("there is no {}: faults that only images reach stay", folder.display());
            continue;
        }
        for from in files::below(&folder)? {
            let bytes = fs::read(&from).map_err(|why| format!("{}: {why}", from.display()))?;
            let place = to.join(from.strip_prefix(root).unwrap_or(&from));
            files::write(&place, bytes)?;
            copied.insert(place);
        }
    }
    Ok(copied)
}

/// What git knows of, and what it would know of; files that are the same already stay untouched.
fn copy_tracked(root: &Path, to: &Path) -> Result<(), String> {
    let output = Command::new("git")
        .args(["ls-files", "--cached", "--others", "--exclude-standard", "-z"])
        .current_dir(root)
        .output()
        .map_err(|why| format!("git: {why}"))?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned());
    }
    let mutated = |name: &str| {
        let is_below = PARTS.iter().any(|(_, below)| name.starts_with(&format!("{below}/")));
        is_below && has_faults(name)
    };
    let mut names = BTreeSet::new();
    for name in String::from_utf8_lossy(&output.stdout).split('\0').filter(|name| !name.is_empty())
    {
        let from = root.join(name);
        if !from.is_file() {
            continue;
        }
        names.insert(to.join(name));
        if name.ends_with("Cargo.toml") {
            files::write(&to.join(name), without_benchmarks(&files::read(&from)?))?;
        } else if !mutated(name) {
            let bytes = fs::read(&from).map_err(|why| format!("{}: {why}", from.display()))?;
            files::write(&to.join(name), with_switches(bytes))?;
        }
    }
    names.extend(copy_built(root, to)?);
    // A test or a module that is gone would be built still.
    if to.exists() {
        for stale in files::below(to)?.into_iter().filter(|path| !names.contains(path)) {
            fs::remove_file(&stale).map_err(|why| format!("{}: {why}", stale.display()))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_function_that_has_to_be_constant_is_known_by_its_name() {
        let name = |path: &str| {
            not_constant(&format!("cannot call non-const function `{path}` in statics"))
                .map(str::to_owned)
        };
        for path in [
            "sized",
            "sized::<47>",
            "trace::sized::<{ N }>",
            "crate::trace::sized",
            "Lock::<format::Current>::sized",
        ] {
            assert_eq!(name(path).as_deref(), Some("sized"), "{path}");
        }
        assert_eq!(not_constant("mismatched types"), None);
    }

    #[test]
    fn a_test_that_has_a_source_file_gets_the_switches() {
        let test = b"#[path = \"../src/copy.rs\"]\nmod copy;\n".to_vec();
        assert!(with_switches(test).ends_with(SWITCH.as_bytes()));
        assert_eq!(with_switches(b"mod copy;".to_vec()), b"mod copy;");
    }

    #[test]
    fn a_file_of_tests_has_no_faults() {
        let all =
            ["src/bench/tests.rs", "src/unwind/x64_tests.rs", "src/bench.rs", "src/latests.rs"];
        assert_eq!(all.map(is_tests), [true, true, false, false]);
    }

    #[test]
    fn a_manifest_loses_its_benchmarks() {
        let manifest = "[dev-dependencies]\ncriterion.workspace = true\nfastrand.workspace = true\n\n\
                        [[bench]]\nname = \"engine\"\nharness = false\n\n[features]\nx = []\n";
        let kept = "[dev-dependencies]\nfastrand.workspace = true\n\n[features]\nx = []\n";
        assert_eq!(without_benchmarks(manifest), kept);
        assert_eq!(without_benchmarks(kept), kept);
    }
}
