//! Reads the shape of our own ABI sources: which structs have which fields, which enum module holds
//! which constant.
//!
//! Not a Rust parser: it understands the text that `rustfmt` makes of bindgen's output and of the
//! `define!` tables in `acx-sys`, and what it does not understand it leaves out, so that the
//! measuring step complains.

use std::collections::HashMap;

/// What the sources declare.
#[derive(Default)]
pub(crate) struct Source {
    /// Struct or union name to its fields: name and type.
    structs: HashMap<String, Vec<(String, String)>>,
    /// `pub type A = B;` where B is a plain name.
    aliases: HashMap<String, String>,
    /// Enum module to its constants.
    modules: HashMap<String, Vec<String>>,
    /// Constants outside of modules.
    constants: Vec<String>,
}

impl Source {
    /// Adds what one file declares.
    pub(crate) fn read(&mut self, text: &str) {
        let mut joined = String::with_capacity(text.len());
        for line in text.lines().filter(|line| !line.trim_start().starts_with("//")) {
            joined.push_str(line);
            // `rustfmt` breaks long aliases after the `=`.
            joined.push(if line.ends_with(" =") { ' ' } else { '\n' });
        }
        self.read_structs(&joined);
        self.read_lines(&joined);
    }

    fn read_structs(&mut self, text: &str) {
        for keyword in ["struct ", "union "] {
            for (at, _) in text.match_indices(keyword) {
                if at > 0 && !text[..at].ends_with(|c: char| c.is_whitespace()) {
                    continue;
                }
                let rest = &text[at + keyword.len()..];
                let Some(open) = rest.find(['{', ';', '(']) else { continue };
                if !rest[open..].starts_with('{') {
                    continue;
                }
                let name = rest[..open].split(',').next().unwrap_or_default().trim().to_owned();
                let Some(body) = matching(&rest[open..]) else { continue };
                let fields = fields(body);
                if is_name(&name) && !fields.is_empty() {
                    self.structs.entry(name).or_insert(fields);
                }
            }
        }
    }

    fn read_lines(&mut self, text: &str) {
        let mut module: Option<String> = None;
        for line in text.lines() {
            if line == "}" {
                module = None;
            }
            let line = line.trim_start();
            if let Some(name) = between(line, "pub mod ", " {") {
                self.modules.entry(name.to_owned()).or_default();
                module = Some(name.to_owned());
            } else if let Some(name) = between(line, "pub const ", ":") {
                match &module {
                    Some(module) => {
                        self.modules.entry(module.clone()).or_default().push(name.to_owned());
                    }
                    None => {
                        self.constants.push(name.to_owned());
                    }
                }
            } else if let Some(alias) = between(line, "pub type ", ";") {
                if module.is_some() {
                    continue;
                }
                if let Some((name, target)) = alias.split_once(" = ") {
                    self.aliases.insert(name.to_owned(), target.trim().to_owned());
                }
            }
        }
    }

    /// The struct or union that `name` means, through aliases and with the underscore of a C tag.
    pub(crate) fn structure(&self, name: &str) -> Option<&str> {
        let mut name = name.trim();
        for _ in 0..8 {
            if let Some((known, _)) = self.structs.get_key_value(name) {
                return Some(known);
            }
            name = self.aliases.get(name)?;
        }
        None
    }

    /// The Rust path of C field path `path` in `structure`: anonymous members get the names that
    /// bindgen gives them.
    pub(crate) fn field(&self, structure: &str, path: &str) -> Option<String> {
        let (first, rest) = path.split_once('.').map_or((path, None), |(a, b)| (a, Some(b)));
        let fields = self.structs.get(self.structure(structure)?)?;
        for (name, kind) in fields {
            if name == first || name.strip_suffix('_') == Some(first) {
                return match rest {
                    None => Some(name.clone()),
                    Some(rest) => Some(format!("{name}.{}", self.field(kind, rest)?)),
                };
            }
        }
        fields
            .iter()
            .filter(|(name, _)| name.starts_with("__bindgen_anon_"))
            .find_map(|(name, kind)| Some(format!("{name}.{}", self.field(kind, path)?)))
    }

    /// The Rust type of C field path `path` in `structure`.
    pub(crate) fn field_type(&self, structure: &str, path: &str) -> Option<String> {
        let path = self.field(structure, path)?;
        let mut kind = structure.to_owned();
        for name in path.split('.') {
            let fields = self.structs.get(self.structure(&kind)?)?;
            kind = fields.iter().find(|(field, _)| field == name)?.1.clone();
        }
        Some(kind)
    }

    /// The Rust path of an enumerator of C enum `tag` (or of a `#define`).
    pub(crate) fn constant(&self, tag: &str, name: &str) -> Option<String> {
        for module in [format!("_{tag}"), tag.to_owned()] {
            if self.modules.get(&module).is_some_and(|names| names.iter().any(|n| n == name)) {
                return Some(format!("{module}::{name}"));
            }
        }
        if self.constants.iter().any(|known| known == name) {
            return Some(name.to_owned());
        }
        // The tag differs from the typedef (`_DEVICE_POWER_STATE` and the like).
        let mut found = self.modules.iter().filter(|(_, names)| names.iter().any(|n| n == name));
        match (found.next(), found.next()) {
            (Some((module, _)), None) => Some(format!("{module}::{name}")),
            _ => None,
        }
    }
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

fn between<'a>(line: &'a str, before: &str, after: &str) -> Option<&'a str> {
    let rest = line.strip_prefix(before)?;
    rest.split_once(after).map(|(found, _)| found)
}

/// The text between the opening brace that `text` begins with and its match.
fn matching(text: &str) -> Option<&str> {
    let mut depth = 0_usize;
    for (at, c) in text.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => {
                depth -= 1;
                if depth == 0 {
                    return Some(&text[1..at]);
                }
            }
            _ => {}
        }
    }
    None
}

/// `pub a: T, b: U` as pairs; commas inside brackets do not separate.
fn fields(body: &str) -> Vec<(String, String)> {
    let mut pieces = vec![String::new()];
    let mut depth = 0_i32;
    for c in body.chars() {
        match c {
            '(' | '[' | '<' => depth += 1,
            ')' | ']' | '>' => depth -= 1,
            _ => {}
        }
        if c == ',' && depth <= 0 {
            pieces.push(String::new());
        } else if let Some(last) = pieces.last_mut() {
            last.push(c);
        }
    }
    pieces
        .iter()
        .filter_map(|piece| {
            let (name, kind) = piece.split_once(':')?;
            let name = name.split_whitespace().next_back()?;
            is_name(name).then(|| (name.to_owned(), kind.trim().to_owned()))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::Source;

    fn sample() -> Source {
        let mut source = Source::default();
        source.read(
            "pub struct _A {\n    pub Size: ULONG,\n    pub __bindgen_anon_1: _A__bindgen_ty_1,\n    pub Call: Option<unsafe extern \"C\" fn(a: u8, b: u8) -> u8>,\n    pub type_: u8,\n}\npub type A = _A;\npub union _A__bindgen_ty_1 {\n    pub B: B,\n    pub Whole: u64,\n}\nstruct B, PB { C: ULONG, }\npub mod _E {\n    pub type Type = i32;\n    pub const One: Type = 1;\n}\npub const TWO: u32 = 2;\n",
        );
        source
    }

    #[test]
    fn a_field_is_found_through_aliases_and_anonymous_members() {
        let source = sample();
        assert_eq!(source.field("A", "Size").as_deref(), Some("Size"));
        assert_eq!(source.field("A", "B.C").as_deref(), Some("__bindgen_anon_1.B.C"));
        assert_eq!(source.field("A", "Call").as_deref(), Some("Call"));
        assert_eq!(source.field("A", "type").as_deref(), Some("type_"));
        assert_eq!(source.field("A", "Nothing"), None);
        assert_eq!(source.field_type("A", "B.C").as_deref(), Some("ULONG"));
    }

    #[test]
    fn a_constant_is_found_in_its_module_or_outside() {
        let source = sample();
        assert_eq!(source.constant("E", "One").as_deref(), Some("_E::One"));
        assert_eq!(source.constant("#define", "TWO").as_deref(), Some("TWO"));
        assert_eq!(source.constant("E", "Three"), None);
    }
}
