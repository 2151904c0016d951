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
        static REACHED: [AtomicU32; 1024] = [const { AtomicU32::new(0) }; 1024];
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
            let word = &REACHED[(number / 32) as usize % 1024];
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

/// More numbers than the switches have room for would share a bit.
const MOST: u32 = 1024 * 32;

pub(crate) struct Tree {
    pub(crate) folder: PathBuf,
    pub(crate) target: PathBuf,
    sources: BTreeMap<String, Source>,
    /// By number; those that do not compile are taken out.
    pub(crate) mutants: BTreeMap<u32, Mutant>,
    pub(crate) not_compiling: usize,
    /// The test programs: the package's folder, the program.
    pub(crate) tests: Vec<(String, PathBuf, PathBuf)>,
    is_short: bool,
}

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
                if !is_rust(&name) {
                    continue;
                }
                let source = Source::parse(&name, files::read(&path)?)?;
                sources.insert(name, (part, source));
            }
        }
        for fault in &list.fault {
            let (_, source) = sources
                .get_mut(&fault.file)
                .ok_or_else(|| format!("{}: there is no {}", fault.name, fault.file))?;
            let wanted = fault.wanted();
            source.add(&fault.file, &wanted)?;
        }
        let listed: BTreeSet<_> = list.fault.iter().map(|fault| fault.name.as_str()).collect();
        let equivalent: BTreeSet<_> =
            list.equivalent.iter().map(|one| one.mutant.as_str()).collect();
        let known: BTreeSet<_> = sources
            .values()
            .flat_map(|(_, source)| source.mutants.iter().map(|mutant| mutant.key.as_str()))
            .collect();
        if let Some(gone) = list.equivalent.iter().find(|one| !known.contains(one.mutant.as_str()))
        {
            return Err(format!(
                "the code has no fault `{}` any more: take it out of the list",
                gone.mutant
            ));
        }
        let mut mutants = BTreeMap::new();
        let mut random = fastrand::Rng::with_seed(options.seed);
        for (part, _) in PARTS {
            if options.part.as_ref().is_some_and(|only| only != part) {
                continue;
            }
            let own = sources.values().filter(|(of, _)| *of == part);
            let own = own.flat_map(|(_, source)| &source.mutants);
            let own = own.filter(|mutant| {
                !equivalent.contains(mutant.key.as_str())
                    && options.only.as_ref().is_none_or(|word| mutant.key.contains(word.as_str()))
            });
            let (by_hand, mut generated): (Vec<_>, Vec<_>) =
                own.cloned().partition(|mutant| listed.contains(mutant.key.as_str()));
            if let Some(sample) = options.sample {
                random.shuffle(&mut generated);
                generated.truncate(sample);
            }
            if options.short {
                generated.clear();
            }
            for mutant in by_hand.into_iter().chain(generated) {
                let number = u32::try_from(mutants.len()).map_or(MOST, |count| count + 1);
                if number >= MOST {
                    return Err("too many faults at once: choose a --part or a --sample".into());
                }
                mutants.insert(number, mutant);
            }
        }
        if mutants.is_empty() {
            return Err("there is no such fault".to_owned());
        }
        Ok(Self {
            folder,
            target: root.join("target/mutants/build"),
            sources: sources.into_iter().map(|(name, (_, source))| (name, source)).collect(),
            mutants,
            not_compiling: 0,
            tests: Vec::new(),
            is_short: options.short,
        })
    }

    /// Builds the copy, without the faults that do not compile.
    pub(crate) fn build(&mut self) -> Result<(), String> {
        for round in 1.. {
            let patched = self.write()?;
            eprintln!("round {round}: {} faults, compiling", self.mutants.len());
            // The libraries alone find nearly everything that does not compile, and in a tenth of the time.
            let all = ["--workspace", "--exclude", "xtask", "--exclude", "acxvadctl"];
            let (mut messages, mut is_built) = (Vec::new(), true);
            if !self.is_short {
                (messages, is_built) = self.cargo(&["check", "--keep-going"], &all)?;
            }
            if is_built {
                let program = ["--package", "acxhost", "--bin", "acxhost"];
                (messages, is_built) = self.cargo(&["build"], &program)?;
            }
            if is_built {
                // The short form has the suite and the engine's tests.
                let (packages, kinds): (&[&str], &[&str]) = if self.is_short {
                    (&["--package", "vdma"], &["--test", "engine"])
                } else {
                    (&all, &["--lib", "--bins", "--tests"])
                };
                let words = [&["test", "--no-run"], kinds].concat();
                (messages, is_built) = self.cargo(&words, packages)?;
            }
            if is_built {
                self.tests = messages
                    .into_iter()
                    .filter(|message| message.profile.as_ref().is_some_and(|own| own.test))
                    .filter_map(|message| {
                        let folder = message.manifest_path?.parent()?.to_owned();
                        Some((message.target?.name, folder, message.executable?))
                    })
                    .collect();
                return Ok(());
            }
            let before = self.mutants.len();
            let errors: Vec<_> = messages
                .into_iter()
                .filter_map(|message| message.diagnostic)
                .filter(|message| message.level == "error")
                .collect();
            for error in &errors {
                self.take_out(error, &patched);
            }
            if self.mutants.len() == before {
                let texts: Vec<_> = errors.into_iter().filter_map(|error| error.rendered).collect();
                return Err(format!("the copy does not compile:\n{}", texts.join("\n")));
            }
            self.not_compiling += before - self.mutants.len();
            if self.is_short {
                let texts: Vec<_> = errors.into_iter().filter_map(|error| error.rendered).collect();
                return Err(format!("a fault of the list does not compile:\n{}", texts.join("\n")));
            }
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

    fn cargo(&self, words: &[&str], packages: &[&str]) -> Result<(Vec<Message>, bool), String> {
        let mut command = Command::new(env!("CARGO"));
        command
            .args(words)
            .args(packages)
            .arg("--message-format=json")
            .current_dir(&self.folder)
            .env("CARGO_TARGET_DIR", &self.target)
            .env("RUSTFLAGS", "--cap-lints=allow")
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
        // A function that has to be constant after all.
        if error.text.starts_with("cannot call non-const")
            && let Some(name) = error.text.split('`').nth(1)
        {
            let name = name.rsplit("::").next().unwrap_or(name).split('<').next().unwrap_or(name);
            let Self { mutants, sources, .. } = self;
            mutants.retain(|_, mutant| {
                let source = sources.get(&mutant.file);
                !source.is_some_and(|source| source.is_in_constant(mutant, name))
            });
        }
        for span in error.spans.iter().filter(|span| span.is_primary) {
            if let Some(patched) = patched.get(&span.file_name)
                && let Some(number) = patched.blame(&(span.byte_start..span.byte_end))
            {
                self.mutants.remove(&number);
            }
        }
    }
}

fn is_rust(name: &str) -> bool {
    Path::new(name).extension().is_some_and(|extension| extension == "rs")
}

fn relative(root: &Path, path: &Path) -> String {
    path.strip_prefix(root).unwrap_or(path).to_string_lossy().replace('\\', "/")
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
        PARTS.iter().any(|(_, below)| name.starts_with(&format!("{below}/"))) && is_rust(name)
    };
    let mut names = BTreeSet::new();
    for name in String::from_utf8_lossy(&output.stdout).split('\0').filter(|name| !name.is_empty())
    {
        let from = root.join(name);
        if !from.is_file() {
            continue;
        }
        names.insert(to.join(name));
        if !mutated(name) {
            let bytes = fs::read(&from).map_err(|why| format!("{}: {why}", from.display()))?;
            files::write(&to.join(name), bytes)?;
        }
    }
    // A test or a module that is gone would be built still.
    if to.exists() {
        for stale in files::below(to)?.into_iter().filter(|path| !names.contains(path)) {
            fs::remove_file(&stale).map_err(|why| format!("{}: {why}", stale.display()))?;
        }
    }
    Ok(())
}
