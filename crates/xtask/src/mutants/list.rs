//! `crates/xtask/mutants.toml`: the handwritten faults, taken from bugs of real drivers, and the
//! generated ones that change nothing, each with the reason.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;

use super::source::{Mutant, Wanted};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct List {
    pub(crate) short: Short,
    /// The expected scores of the long form in percent: of each part, and of the suite alone for
    /// the parts that a client can reach.
    #[serde(default)]
    pub(crate) expected: BTreeMap<String, f64>,
    #[serde(default)]
    pub(crate) fault: Vec<Fault>,
    #[serde(default)]
    pub(crate) equivalent: Vec<Equivalent>,
    #[serde(default)]
    cheaper: Vec<Cheaper>,
    /// Checks that do not run, each with the reason.
    #[serde(default)]
    pub(crate) not_asked: Vec<NotAsked>,
}

/// The short form: the engine's faults of the list and one in so many of its generated ones, and
/// the engine's own tests.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Short {
    one_in: u64,
    /// The expected score in percent.
    pub(crate) score: f64,
    /// The least number of faults.
    pub(crate) faults: usize,
    /// Tests that take too long for it, and for the form with the list alone; a `*` stands for any
    /// text.
    #[serde(default)]
    without: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Fault {
    pub(crate) name: String,
    pub(crate) file: String,
    /// Code around `find` that occurs once in the file, where `find` itself does not.
    #[serde(default)]
    pub(crate) context: Option<String>,
    /// The code: an expression, or whole statements.
    pub(crate) find: String,
    /// The replacement.
    pub(crate) with: String,
    /// A client of the driver can observe it: the conformance suite alone must find it.
    #[serde(default)]
    pub(crate) client: bool,
    /// The check that finds it, which runs first; a `*` stands for any text.
    #[serde(default)]
    pub(crate) by: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Equivalent {
    /// Its name in the report; a `*` stands for any text.
    pub(crate) mutant: String,
    pub(crate) why: String,
}

/// An edit of the copy, with or without a fault: a check that would take too long.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Cheaper {
    file: String,
    find: String,
    with: String,
    why: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NotAsked {
    /// Its name; a `*` stands for any text.
    pub(crate) check: String,
    pub(crate) why: String,
}

/// Returns whether `text` matches `pattern`, in which a `*` stands for any text.
pub(crate) fn is_like(text: &str, pattern: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| text.strip_prefix(first)) else {
        return false;
    };
    let mut parts: Vec<_> = parts.collect();
    let Some(last) = parts.pop() else { return rest.is_empty() };
    for part in parts {
        let Some((_, behind)) = rest.split_once(part) else { return false };
        rest = behind;
    }
    rest.ends_with(last)
}

impl Fault {
    /// Returns whether this check is known to find it.
    pub(crate) fn is_noticed_by(&self, check: &str) -> bool {
        self.by.as_ref().is_some_and(|by| is_like(check, by))
    }

    pub(crate) fn wanted(&self) -> Wanted<'_> {
        let context = self.context.as_deref().unwrap_or(&self.find);
        Wanted { key: &self.name, context, find: &self.find, with: &self.with }
    }
}

impl List {
    pub(crate) fn read(path: &Path) -> Result<Self, String> {
        let text = cargo_acx::files::read(path)?;
        let list: Self =
            toml::from_str(&text).map_err(|why| format!("{}: {why}", path.display()))?;
        let equivalent = list.equivalent.iter().map(|one| (&one.mutant, &one.why));
        let cheaper = list.cheaper.iter().map(|one| (&one.file, &one.why));
        let not_asked = list.not_asked.iter().map(|one| (&one.check, &one.why));
        if let Some((bare, _)) =
            equivalent.chain(cheaper).chain(not_asked).find(|(_, why)| why.trim().is_empty())
        {
            return Err(format!("{}: `{bare}` needs its reason in `why`", path.display()));
        }
        Ok(list)
    }

    /// Whether the list says that this generated fault changes nothing.
    pub(crate) fn changes_nothing(&self, key: &str) -> bool {
        self.equivalent.iter().any(|one| is_like(key, &one.mutant))
    }

    /// Whether the short form has this generated fault.
    pub(crate) fn is_in_short(&self, mutant: &Mutant) -> bool {
        mutant.draw(0).is_multiple_of(self.short.one_in.max(1))
    }

    /// Whether the short form leaves a check out.
    pub(crate) fn is_too_long(&self, check: &str) -> bool {
        self.short.without.iter().any(|own| is_like(check, own))
    }

    /// A file of the copy, with the edits that make checks cheaper.
    pub(crate) fn made_cheaper(&self, file: &str, mut text: String) -> Result<String, String> {
        for edit in self.cheaper.iter().filter(|edit| edit.file == file) {
            if text.matches(&edit.find).count() != 1 {
                return Err(format!("{file} does not have once, as `cheaper` says: {}", edit.find));
            }
            text = text.replace(&edit.find, &edit.with);
        }
        Ok(text)
    }

    /// Returns an error if the code no longer has one of the listed faults that change nothing.
    pub(crate) fn is_up_to_date(&self, keys: &[&str]) -> Result<(), String> {
        let is_gone = |one: &&Equivalent| !keys.iter().any(|key| is_like(key, &one.mutant));
        let gone: Vec<_> =
            self.equivalent.iter().filter(is_gone).map(|one| one.mutant.as_str()).collect();
        if gone.is_empty() {
            return Ok(());
        }
        Err(format!(
            "the code has these faults no more; take them out of the list:\n{}",
            gone.join("\n")
        ))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::checks::CASES;
    use super::super::source::Source;
    use super::*;

    /// The list follows the code: each fault has its one place, and what changes nothing is there.
    #[test]
    fn each_fault_of_the_list_has_its_place() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let list = List::read(&root.join("crates/xtask/mutants.toml")).expect("the list");
        assert!(!list.fault.is_empty());
        // A fault's name begins with its file; what stands for several files needs all of them.
        let in_files = list
            .equivalent
            .iter()
            .map(|one| one.mutant.split_whitespace().next().unwrap_or_default().to_owned());
        let mut files: BTreeSet<_> = in_files.filter(|file| !file.contains('*')).collect();
        files.extend(list.fault.iter().map(|fault| fault.file.clone()));
        files.extend(list.cheaper.iter().map(|edit| edit.file.clone()));
        let mut sources = BTreeMap::new();
        for file in files {
            let text = cargo_acx::files::read(&root.join(&file)).expect("a file of the list");
            let text = list.made_cheaper(&file, text).expect("what is made cheaper");
            sources.insert(file.clone(), Source::parse(&file, text).expect("it parses"));
        }
        let mut wrong = Vec::new();
        let mut names = BTreeSet::new();
        for fault in &list.fault {
            assert!(names.insert(&fault.name), "{} is there twice", fault.name);
            let source = sources.get_mut(&fault.file).expect("its file");
            wrong.extend(source.add(&fault.file, &fault.wanted()).err());
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        let known = sources.values().flat_map(|source| &source.mutants);
        let known: Vec<_> = known.map(|mutant| mutant.key.as_str()).collect();
        assert_eq!(list.is_up_to_date(&known), Ok(()));
    }

    /// What notices a fault is there: a case of the suite, or a test of the engine.
    #[test]
    fn each_check_of_the_list_is_there() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let list = List::read(&root.join("crates/xtask/mutants.toml")).expect("the list");
        let mut text = cargo_acx::files::read(&root.join(CASES)).expect("the cases");
        for file in cargo_acx::files::below(&root.join("crates/vdma")).expect("the engine") {
            if file.extension().is_some_and(|own| own == "rs") {
                text.push_str(&cargo_acx::files::read(&file).expect("a file of the engine"));
            }
        }
        for fault in &list.fault {
            let Some(by) = &fault.by else { continue };
            let is_there = match by.split_once(": ") {
                None => text.contains(&format!(" \"{by}\" \"")),
                Some((_, test)) => {
                    let name = test.rsplit("::").next().unwrap_or(test);
                    text.contains(&format!("fn {name}("))
                }
            };
            assert!(is_there, "{}: there is no {by}", fault.name);
        }
    }

    fn list(text: &str) -> List {
        let short = "short = { one_in = 1, score = 1, faults = 1 }\n";
        toml::from_str(&format!("{short}{text}")).expect("a list")
    }

    #[test]
    fn what_the_code_has_no_more_is_stale() {
        let list = list(
            "[[equivalent]]\nmutant = \"a.rs f: 1 -> 2\"\nwhy = \"x\"\n\
             [[equivalent]]\nmutant = \"a.rs *: trace(*) -> skipped\"\nwhy = \"x\"\n\
             [[cheaper]]\nfile = \"a.rs\"\nfind = \"24\"\nwith = \"2\"\nwhy = \"x\"",
        );
        let both = ["a.rs f: 1 -> 2", "a.rs g: trace(7) -> skipped"];
        assert_eq!(list.is_up_to_date(&both), Ok(()));
        assert!(list.is_up_to_date(&both[..1]).unwrap_err().contains("trace"));
        assert!(list.changes_nothing("a.rs h: trace(8) -> skipped"));
        assert!(!list.changes_nothing("a.rs h: trace(8) -> other"));
        assert_eq!(list.made_cheaper("a.rs", "f(24)".to_owned()), Ok("f(2)".to_owned()));
        assert_eq!(list.made_cheaper("b.rs", "f(24)".to_owned()), Ok("f(24)".to_owned()));
        assert!(list.made_cheaper("a.rs", "f(23)".to_owned()).is_err());
    }

    #[test]
    fn a_star_stands_for_any_text() {
        for (pattern, is) in [
            ("abc", true),
            ("*", true),
            ("a*", true),
            ("*c", true),
            ("a*c", true),
            ("b*", false),
            ("ab", false),
            ("a*b", false),
            ("a*b*c", true),
            ("abc*c", false),
        ] {
            assert_eq!(is_like("abc", pattern), is, "{pattern}");
        }
    }
}
