//! The uses between the files of a crate, read from their sources.
//!
//! A file uses another if it names an item of it: in a `use`, or by a path that begins with
//! `crate`, `super`, `self`, a child module or something that a `use` gave a name. Names that a
//! module re-exports (`pub use`) lead to the file that defines them. Items that a file uses without
//! naming them, such as methods of a function's result, come from a file that it names. For this to
//! hold, a type's methods must be in its own file, which is also checked. Tests are excluded.

use std::collections::{BTreeMap, BTreeSet};

/// The sources of a crate, by module: `["kernel", "pool"]` for `kernel/pool.rs`, nothing for
/// `lib.rs`.
pub(crate) type Sources = BTreeMap<Vec<String>, String>;

/// The uses, with their paths.
pub(crate) type Edges = BTreeMap<(String, String), String>;

/// What was read.
#[derive(Debug, Default)]
pub(crate) struct Files {
    pub(crate) edges: Edges,
    /// Methods of a type that are in another file than the type, one sentence each.
    pub(crate) strays: Vec<String>,
}

/// A source as words: identifiers, `::`, and single characters. Comments, strings and lifetimes are
/// gone.
fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let is_part = |c: char| c.is_alphanumeric() || c == '_';
        let length = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            rest.find("*/").map_or(rest.len(), |end| end + 2)
        } else if let Some(length) = string(rest) {
            length
        } else if first == '\'' {
            character(rest)
        } else if is_part(first) {
            let length = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
            words.push(rest[..length].to_owned());
            length
        } else if rest.starts_with("::") {
            words.push("::".to_owned());
            2
        } else {
            if !first.is_whitespace() {
                words.push(first.to_string());
            }
            first.len_utf8()
        };
        rest = &rest[length..];
    }
    words
}

/// How long the string literal at the beginning is, if there is one.
fn string(text: &str) -> Option<usize> {
    let start = text.trim_start_matches(['b', 'c']);
    let prefix = text.len() - start.len();
    if prefix > 1 {
        return None;
    }
    if let Some(raw) = start.strip_prefix('r') {
        let hashes = raw.len() - raw.trim_start_matches('#').len();
        let body = raw[hashes..].strip_prefix('"')?;
        let end = format!("\"{}", "#".repeat(hashes));
        let length = body.find(&end).map_or(body.len(), |at| at + end.len());
        return Some(prefix + 1 + hashes + 1 + length);
    }
    let body = start.strip_prefix('"')?;
    let mut escaped = false;
    for (at, c) in body.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return Some(prefix + 1 + at + 1),
            _ => {}
        }
    }
    Some(text.len())
}

/// How long the character literal or the lifetime at the beginning is.
fn character(text: &str) -> usize {
    let body = &text[1..];
    let first = body.chars().next().map_or(0, char::len_utf8);
    if body.starts_with('\\') {
        return body[2..].find('\'').map_or(text.len(), |end| end + 4);
    }
    if body[first..].starts_with('\'') { first + 2 } else { 1 }
}

/// The index of the bracket that closes the one at `open`.
fn close(words: &[String], open: usize) -> usize {
    let mut depth = 0;
    for (at, word) in words.iter().enumerate().skip(open) {
        match word.as_str() {
            "{" | "(" | "[" => depth += 1,
            "}" | ")" | "]" => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return at;
        }
    }
    words.len()
}

/// The words without modules that are compiled for tests only.
fn without_tests(words: &[String]) -> Vec<String> {
    let test = ["#", "[", "cfg", "(", "test", ")", "]"];
    let mut kept = Vec::new();
    let mut at = 0;
    while at < words.len() {
        if words[at..].iter().zip(test).filter(|(word, wanted)| word == wanted).count() == 7 {
            let open = (at..words.len()).find(|at| words[*at] == "{" || words[*at] == ";");
            let open = open.unwrap_or(words.len() - 1);
            at = if words[open] == "{" { close(words, open) + 1 } else { open + 1 };
        } else {
            kept.push(words[at].clone());
            at += 1;
        }
    }
    kept
}

/// A path that a file names, and the name that it gets in it.
#[derive(Clone, Debug)]
struct Named {
    path: Vec<String>,
    alias: String,
    is_public: bool,
}

/// The paths of a `use`, from `words[at]` on, each below `prefix`.
fn tree(words: &[String], at: &mut usize, prefix: &[String], found: &mut Vec<Named>) {
    let mut path = prefix.to_vec();
    while let Some(word) = words.get(*at).map(String::as_str) {
        *at += 1;
        match word {
            "{" => {
                while words.get(*at).is_some_and(|word| word != "}" && word != ";") {
                    tree(words, at, &path, found);
                    if words.get(*at).is_some_and(|word| word == ",") {
                        *at += 1;
                    }
                }
                *at += 1;
                return;
            }
            "," | "}" | ";" => {
                *at -= 1;
                break;
            }
            "as" => {
                let alias = words.get(*at).cloned().unwrap_or_default();
                *at += 1;
                found.push(Named { path, alias, is_public: false });
                return;
            }
            "::" | "$" => {}
            word => path.push(word.to_owned()),
        }
    }
    // `{self}` names the module itself.
    if path.len() > 1 && path.last().is_some_and(|last| last == "self") {
        path.pop();
    }
    let alias = path.last().cloned().unwrap_or_default();
    found.push(Named { path, alias, is_public: false });
}

/// One file, read.
#[derive(Debug, Default)]
struct File {
    /// What its `use`s name.
    uses: Vec<Named>,
    /// Its other paths.
    paths: Vec<Vec<String>>,
    /// Types and traits that it defines.
    types: BTreeSet<String>,
    /// What inherent `impl`s are for: the type, and everything that its arguments name.
    impls: Vec<(String, Vec<String>)>,
}

fn is_name(word: &str) -> bool {
    word.starts_with(|c: char| c.is_alphabetic() || c == '_')
}

fn read(text: &str) -> File {
    let words = without_tests(&words(text));
    let mut file = File::default();
    let mut at = 0;
    while at < words.len() {
        match words[at].as_str() {
            // `use<>` is what a type captures.
            "use" if words.get(at + 1).is_some_and(|next| next != "<") => {
                let is_public = at > 0 && (words[at - 1] == "pub" || words[at - 1] == ")");
                at += 1;
                let mut found = Vec::new();
                tree(&words, &mut at, &[], &mut found);
                file.uses.extend(found.into_iter().map(|named| Named { is_public, ..named }));
            }
            "struct" | "enum" | "union" | "trait" | "type" if words.len() > at + 1 => {
                file.types.insert(words[at + 1].clone());
                at += 1;
            }
            // Not the `impl Trait` of an argument.
            "impl" if at == 0 || [";", "{", "}", "]", "unsafe"].contains(&&*words[at - 1]) => {
                inherent(&words, at, &mut file);
                at += 1;
            }
            word if is_name(word) && words.get(at + 1).is_some_and(|next| next == "::") => {
                let mut path = vec![word.to_owned()];
                at += 1;
                while words.get(at).is_some_and(|word| word == "::")
                    && words.get(at + 1).is_some_and(|word| is_name(word))
                {
                    path.push(words[at + 1].clone());
                    at += 2;
                }
                file.paths.push(path);
            }
            _ => at += 1,
        }
    }
    file
}

/// Notes the `impl` at `at`, if it is of no trait.
fn inherent(words: &[String], at: usize, file: &mut File) {
    let end = (at..words.len()).find(|at| words[*at] == "{" || words[*at] == ";");
    let Some(end) = end.filter(|end| words[*end] == "{") else { return };
    let mut head = &words[at + 1..end];
    if head.iter().any(|word| word == "for") || head.is_empty() {
        return;
    }
    // The parameters of the impl itself.
    if head[0] == "<" {
        let mut depth = 0;
        let closes = |word: &String| {
            depth += i32::from(word == "<") - i32::from(word == ">");
            depth == 0
        };
        let Some(closing) = head.iter().position(closes) else { return };
        head = &head[closing + 1..];
    }
    let head = head.split(|word| word == "where").next().unwrap_or_default();
    let names: Vec<String> = head.iter().filter(|word| is_name(word)).cloned().collect();
    if let Some((kind, arguments)) = names.split_first() {
        file.impls.push((kind.clone(), arguments.to_vec()));
    }
}

/// Every file of a crate, to look names up in.
struct Crate<'a> {
    files: BTreeMap<&'a [String], File>,
}

impl Crate<'_> {
    /// The module whose file defines what an absolute path names.
    fn find(&self, path: &[String], depth: usize) -> Option<Vec<String>> {
        let mut module: Vec<String> = Vec::new();
        for (at, name) in path.iter().enumerate() {
            let mut child = module.clone();
            child.push(name.clone());
            if self.files.contains_key(&*child) {
                module = child;
                continue;
            }
            let handed_on = self.files[&*module].uses.iter().find(|own| own.alias == *name);
            let Some(named) = handed_on.filter(|named| named.is_public && depth < 8) else { break };
            let mut target = self.absolute(&module, &named.path)?;
            target.extend_from_slice(&path[at + 1..]);
            return self.find(&target, depth + 1);
        }
        Some(module)
    }

    /// A path in a file, from the crate's root on; none if it leads out of the crate.
    fn absolute(&self, module: &[String], path: &[String]) -> Option<Vec<String>> {
        let mut base = module.to_vec();
        let mut rest = path;
        match rest.first()?.as_str() {
            "crate" => {
                base.clear();
                rest = &rest[1..];
            }
            "self" | "super" => {
                while let Some(word) =
                    rest.first().filter(|word| *word == "self" || *word == "super")
                {
                    if word == "super" {
                        base.pop();
                    }
                    rest = &rest[1..];
                }
            }
            first => {
                let mut child = base.clone();
                child.push(first.to_owned());
                if !self.files.contains_key(&*child) {
                    let alias = self.files[module].uses.iter().find(|own| own.alias == first)?;
                    if alias.path.first().is_some_and(|own| own == first) {
                        return None;
                    }
                    base = self.absolute(module, &alias.path)?;
                    rest = &rest[1..];
                }
            }
        }
        base.extend_from_slice(rest);
        Some(base)
    }
}

fn name(module: &[String]) -> String {
    if module.is_empty() { "lib.rs".to_owned() } else { format!("{}.rs", module.join("/")) }
}

/// Reads the files of a crate.
pub(crate) fn files(sources: &Sources) -> Files {
    let files = sources.iter().map(|(module, text)| (module.as_slice(), read(text))).collect();
    let own = Crate { files };
    let mut found = Files::default();
    for (module, file) in &own.files {
        let paths = file.uses.iter().map(|named| &named.path).chain(&file.paths);
        for path in paths {
            let target = own.absolute(module, path).and_then(|path| own.find(&path, 0));
            if let Some(target) = target.filter(|target| target != module) {
                found.edges.entry((name(module), name(&target))).or_insert_with(|| path.join("::"));
            }
        }
        for (kind, arguments) in &file.impls {
            let is_own = |name: &String| file.types.contains(name);
            let home = own
                .absolute(module, std::slice::from_ref(kind))
                .and_then(|path| own.find(&path, 0))
                .filter(|home| home != module);
            if let Some(home) = home.filter(|_| !is_own(kind) && !arguments.iter().any(is_own)) {
                found.strays.push(format!(
                    "{}: methods of {kind} belong in {}",
                    name(module),
                    name(&home)
                ));
            }
        }
    }
    found
}

/// The cycles between files, each with its paths.
pub(crate) fn circles(edges: &Edges) -> Vec<String> {
    let mut next: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (from, to) in edges.keys() {
        next.entry(from).or_default().push(to);
    }
    let reach = |start: &str| {
        let (mut reached, mut open) = (BTreeSet::new(), vec![start]);
        while let Some(file) = open.pop() {
            for target in next.get(file).into_iter().flatten() {
                if reached.insert((*target).to_owned()) {
                    open.push(target);
                }
            }
        }
        reached
    };
    let reached: BTreeMap<&str, BTreeSet<String>> =
        next.keys().map(|file| (*file, reach(file))).collect();
    let mut seen = BTreeSet::new();
    let mut found = Vec::new();
    for (file, targets) in &reached {
        if !targets.contains(*file) || seen.contains(*file) {
            continue;
        }
        let back =
            |other: &&String| reached.get(other.as_str()).is_some_and(|all| all.contains(*file));
        let circle: BTreeSet<&str> = targets.iter().filter(back).map(String::as_str).collect();
        let mut lines = vec![format!("{} files use each other:", circle.len())];
        for ((from, to), path) in edges {
            if circle.contains(from.as_str()) && circle.contains(to.as_str()) {
                lines.push(format!("  {from} uses {to}: {path}"));
            }
        }
        seen.extend(circle.iter().map(|file| (*file).to_owned()));
        found.push(lines.join("\n"));
    }
    found
}

/// Files that use a higher layer. Layers are given from the lowest up, by the first part of their
/// files' names; `lib.rs` is above all.
pub(crate) fn upward(edges: &Edges, floors: &[&str]) -> Vec<String> {
    let floor = |file: &str| {
        let first = file.split('/').next().unwrap_or_default().trim_end_matches(".rs");
        floors.iter().position(|own| *own == first).or((file == "lib.rs").then_some(floors.len()))
    };
    let mut wrong = Vec::new();
    for ((from, to), path) in edges {
        match (floor(from), floor(to)) {
            (Some(low), Some(high)) if high > low => {
                wrong.push(format!("{from} must not use {to}, which stands above it: {path}"));
            }
            (Some(_), Some(_)) => {}
            (None, _) => wrong.push(format!("{from} stands on no floor")),
            (_, None) => wrong.push(format!("{to} stands on no floor")),
        }
    }
    wrong.sort();
    wrong.dedup();
    wrong
}
