//! Writes `tests/measured/mod.rs` of `acx-sys`: for every row of the fact tables, the expression
//! that makes the compiler say what it makes of that row. `tests/facts.rs` compares the two.

use std::fmt::Write as _;

use crate::source::Source;
use crate::table::rows;

/// The tables that `measured` turns into expressions.
pub(crate) struct Tables<'a> {
    pub(crate) layouts: &'a str,
    pub(crate) acx_layouts: &'a str,
    pub(crate) ks_layouts: &'a str,
    pub(crate) constants: &'a str,
    pub(crate) acx_enums: &'a str,
    pub(crate) ks_constants: &'a str,
    pub(crate) names: &'a str,
    pub(crate) functions: &'a str,
    pub(crate) acx_functions: &'a str,
}

/// The text of the generated test module.
pub(crate) fn measured(source: &Source, tables: &Tables) -> String {
    let mut out = String::from(
        "//! Written by `cargo xtask bindings` from facts/*.tsv: what the compiler makes of each row. `tests/facts.rs` compares.\n\n\
         #![expect(clippy::unnecessary_cast, reason = \"constants of every width become i64 alike\")]\n\n",
    );
    out.push_str(
        "use acx_sys::entry::*;\nuse acx_sys::*;\n\nuse crate::{Measured, field, size};\n\n",
    );
    layouts(&mut out, source, tables);
    constants(&mut out, source, tables);
    names(&mut out, tables.names);
    indexes(&mut out, "WDF", tables.functions);
    indexes(&mut out, "ACX", tables.acx_functions);
    out
}

fn layouts(out: &mut String, source: &Source, tables: &Tables) {
    out.push_str("pub(crate) const LAYOUTS: &[Measured] = &[\n");
    let mut done = std::collections::HashSet::new();
    for (structure, field) in layout_rows(tables) {
        if !done.insert((structure, field)) || source.structure(structure).is_none() {
            continue;
        }
        if field.is_empty() {
            let _ = writeln!(out, "    size!({structure}),");
        } else if let Some(path) = source.field(structure, field) {
            let _ = writeln!(out, "    field!({structure}, {field:?}, {path}),");
        }
    }
    out.push_str("];\n\n");
}

/// Type and field of every layout row; the field is empty in a row about the whole type. Bit fields
/// have no address to measure.
fn layout_rows<'a>(tables: &Tables<'a>) -> impl Iterator<Item = (&'a str, &'a str)> {
    let wdf = rows(tables.layouts).chain(rows(tables.ks_layouts)).filter_map(|row| {
        let [group, structure, field, _, size] = row[..5] else { return None };
        (!group.starts_with("NT-") && !size.starts_with("bits"))
            .then_some((structure, if field == "(sizeof)" { "" } else { field }))
    });
    let acx = rows(tables.acx_layouts)
        .filter_map(|row| Some((*row.first()?, if row.get(2)? == &"-" { "" } else { row[2] })));
    wdf.chain(acx)
}

/// A crate's text that does not compile where sizes, alignments or offsets are not those of the
/// layout tables, but for the `exceptions`. Rows about NT's own structures are asked of a WDK only
/// (`with_nt`).
pub(crate) fn layout_asserts(
    source: &Source,
    tables: &[&str; 3],
    exceptions: &str,
    with_nt: bool,
) -> String {
    let excepted: Vec<&str> = rows(exceptions).filter_map(|row| row.first().copied()).collect();
    let mut out = String::from(
        "#![no_std]\n#![allow(warnings)]\nuse acx_sys::entry::*;\nuse acx_sys::*;\nuse core::mem::offset_of;\n",
    );
    let mut must = |what: String, number: &str, name: &str| {
        let _ =
            writeln!(out, "const _: () = assert!({what} == {number}, \"{name} is not {number}\");");
    };
    let [wdf, ks, acx] = tables;
    // What binds a driver is Microsoft's stub's own there.
    let loaders: Vec<&str> = rows(wdf)
        .filter(|row| row[0] == "WDF-bind")
        .filter_map(|row| row.get(1).copied())
        .collect();
    for row in rows(wdf).chain(rows(ks)) {
        let [group, structure, field, first, second] = row[..5] else { continue };
        let is_left_out = group.starts_with("NT-") || (group == "NT" && !with_nt);
        if is_left_out || group == "WDF-1.33" || second.starts_with("bits") {
            continue;
        }
        let name = format!("{structure}.{}", if field == "(sizeof)" { "" } else { field });
        let name = name.trim_end_matches('.');
        let left_out = excepted.contains(&name) || loaders.contains(&structure);
        if left_out || source.structure(structure).is_none() {
            continue;
        }
        if field == "(sizeof)" {
            must(format!("size_of::<{structure}>()"), first, name);
            let alignment = second.trim_start_matches("align ");
            must(format!("align_of::<{structure}>()"), alignment, name);
        } else if let Some(path) = source.field(structure, field) {
            must(format!("offset_of!({structure}, {path})"), first, name);
        }
    }
    for row in rows(acx) {
        let [structure, size, field, offset, kind] = row[..5] else { continue };
        let is_loaders = loaders.contains(&structure) || structure == "WDF_CLASS_VERSION";
        if is_loaders || source.structure(structure).is_none() {
            continue;
        }
        if field == "-" {
            must(format!("size_of::<{structure}>()"), size, structure);
            let alignment = kind.trim_start_matches("align=");
            must(format!("align_of::<{structure}>()"), alignment, structure);
        } else if let Some(path) = source.field(structure, field) {
            must(
                format!("offset_of!({structure}, {path})"),
                offset,
                &format!("{structure}.{field}"),
            );
        }
    }
    out
}

fn constants(out: &mut String, source: &Source, tables: &Tables) {
    out.push_str("pub(crate) const CONSTANTS: &[(&str, &str, i64)] = &[\n");
    for table in [tables.constants, tables.acx_enums, tables.ks_constants] {
        for row in rows(table) {
            let [tag, name] = row[..2] else { continue };
            if let Some(path) = source.constant(tag, name) {
                let _ = writeln!(out, "    ({tag:?}, {name:?}, {path} as i64),");
            }
        }
    }
    out.push_str("];\n\n");
}

/// Importing a name is the check that it exists; nothing uses it.
fn names(out: &mut String, table: &str) {
    out.push_str("/// Every name of the ACX headers, as bindgen spells it.\nmod acx_names {\n");
    out.push_str("    #[expect(unused_imports, reason = \"the import is the check that the name exists\")]\n");
    out.push_str("    use acx_sys::{\n");
    for row in rows(table) {
        if let [name] = row[..] {
            let _ = writeln!(out, "        {name},");
        }
    }
    out.push_str("    };\n}\n\n");
    out.push_str("pub(crate) const ENUMERATORS: &[(&str, i64)] = &[\n");
    for row in rows(table) {
        if let [module, constant, ..] = row[..] {
            let _ = writeln!(out, "    (\"{module}::{constant}\", {module}::{constant} as i64),");
        }
    }
    out.push_str("];\n");
}

/// What the headers' enum of table indexes says of each function.
fn indexes(out: &mut String, which: &str, table: &str) {
    let _ = writeln!(out, "pub(crate) const {which}_INDEXES: &[(&str, i64)] = &[");
    for row in rows(table) {
        let [_, name] = row[..2] else { continue };
        let _ = writeln!(out, "    ({name:?}, _{which}FUNCENUM::{name}TableIndex as i64),");
    }
    out.push_str("];\n\n");
}
