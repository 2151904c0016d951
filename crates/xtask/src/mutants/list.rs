//! `crates/xtask/mutants.toml`: the faults that somebody thought of, taken from those that real drivers
//! had, and the generated ones that change nothing, each with the reason.

use std::path::Path;

use serde::Deserialize;

use super::source::Wanted;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct List {
    #[serde(default)]
    pub(crate) fault: Vec<Fault>,
    #[serde(default)]
    pub(crate) equivalent: Vec<Equivalent>,
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
    /// What becomes of it.
    pub(crate) with: String,
    /// A client of the driver could tell: the conformance suite alone has to notice.
    #[serde(default)]
    pub(crate) client: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Equivalent {
    /// As the report names it.
    pub(crate) mutant: String,
    pub(crate) why: String,
}

impl Fault {
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
        if let Some(bare) = list.equivalent.iter().find(|one| one.why.trim().is_empty()) {
            return Err(format!("{}: `{}` needs its reason in `why`", path.display(), bare.mutant));
        }
        Ok(list)
    }
}

#[cfg(test)]
mod tests {
    use super::super::source::Source;
    use super::*;

    /// The list follows the code: each fault has its one place.
    #[test]
    fn each_fault_of_the_list_has_its_place() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let list = List::read(&root.join("crates/xtask/mutants.toml")).expect("the list");
        assert!(!list.fault.is_empty());
        let mut wrong = Vec::new();
        let mut names = std::collections::BTreeSet::new();
        for fault in &list.fault {
            assert!(names.insert(&fault.name), "{} is there twice", fault.name);
            let text = cargo_acx::files::read(&root.join(&fault.file)).expect("a file of the list");
            let mut source = Source::parse(&fault.file, text).expect("it parses");
            let wanted = fault.wanted();
            wrong.extend(source.add(&fault.file, &wanted).err());
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }
}
