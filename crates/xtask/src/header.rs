//! Generates C declarations of KMDF and ACX from the fact tables, for a driver in C without the
//! WDK.
//!
//! They are simple: structures with every field at its offset, pointers and handles as `void *`,
//! enumerations as `int`, and an inline function for each entry of the two function tables.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

use cargo_acx::files::read;

/// A field of a structure: its place, its name, its C type in the table.
type Field = (usize, String, String);

struct Structure {
    size: usize,
    fields: Vec<Field>,
}

type Structures = BTreeMap<String, Structure>;

fn rows(text: &str) -> impl Iterator<Item = Vec<&str>> {
    text.lines().filter(|line| !line.starts_with('#')).map(|line| line.split('\t').collect())
}

/// Whether a row came with a KMDF later than 1.31, which drivers bind here.
fn is_later(group: &str) -> bool {
    group == "WDF-1.33"
}

fn number(text: &str) -> usize {
    text.parse().unwrap_or(0)
}

/// What the two layout tables say, KMDF's and ACX's own structures only.
fn structures(facts: &Path) -> Result<Structures, String> {
    let mut all = Structures::new();
    for row in rows(&read(&facts.join("wdf-layouts.tsv"))?) {
        let [group, name, field, at, _, kind, ..] = row[..] else { continue };
        if !group.starts_with("WDF") || is_later(group) {
            continue;
        }
        let own =
            all.entry(name.to_owned()).or_insert_with(|| Structure { size: 0, fields: Vec::new() });
        if field == "(sizeof)" {
            own.size = number(at);
        } else {
            own.fields.push((number(at), field.to_owned(), kind.to_owned()));
        }
    }
    for row in rows(&read(&facts.join("acx-layouts.tsv"))?) {
        let [name, size, field, at, kind] = row[..] else { continue };
        let own = all
            .entry(name.to_owned())
            .or_insert_with(|| Structure { size: number(size), fields: Vec::new() });
        if field != "-" {
            own.fields.push((number(at), field.to_owned(), kind.to_owned()));
        }
    }
    Ok(all)
}

/// A type of the tables in C. None for a structure by value that is declared here under its own
/// name.
fn c_type(kind: &str, enums: &BTreeSet<String>, structures: &Structures) -> String {
    let kind = kind.trim();
    let plain = kind.trim_start_matches("CONST ").trim_start_matches("const ").trim();
    match plain {
        "VOID" | "void" => "void".to_owned(),
        "ULONG" | "LONG" | "USHORT" | "SHORT" | "UCHAR" | "CHAR" | "BOOLEAN" | "ULONGLONG"
        | "LONGLONG" | "ULONG64" | "LONG64" | "NTSTATUS" | "GUID" | "ULONG_PTR" | "size_t"
        | "DWORD" | "ACCESS_MASK" => plain.to_owned(),
        "_GUID" => "GUID".to_owned(),
        "int" | "BOOL" => "int".to_owned(),
        "LCID" | "DEVPROPTYPE" => "ULONG".to_owned(),
        "CCHAR" | "KPROCESSOR_MODE" => "CHAR".to_owned(),
        _ if enums.contains(plain) => "int".to_owned(),
        _ if structures.contains_key(plain) => plain.to_owned(),
        _ => "void *".to_owned(),
    }
}

/// Bytes of a type in C.
fn size_of(kind: &str, structures: &Structures) -> usize {
    match kind {
        "UCHAR" | "CHAR" | "BOOLEAN" => 1,
        "USHORT" | "SHORT" => 2,
        "ULONG" | "LONG" | "NTSTATUS" | "DWORD" | "ACCESS_MASK" | "int" => 4,
        "GUID" => 16,
        _ => structures.get(kind).map_or(8, |own| own.size),
    }
}

/// The fields that have no fields of their own, one for each place.
fn leaves(own: &Structure) -> Vec<&Field> {
    let has_parts = |name: &str| {
        let prefix = format!("{name}.");
        own.fields.iter().any(|(_, other, _)| other.starts_with(&prefix))
    };
    let mut taken = BTreeSet::new();
    let all = own.fields.iter().filter(|(at, name, _)| !has_parts(name) && taken.insert(*at));
    let mut all: Vec<&Field> = all.collect();
    all.sort_by_key(|(at, ..)| *at);
    // Of a union the first variant is taken: what begins inside it is of another.
    all
}

fn structure(
    out: &mut String,
    name: &str,
    all: &Structures,
    enums: &BTreeSet<String>,
    done: &mut BTreeSet<String>,
) {
    let Some(own) = all.get(name) else { return };
    if own.size == 0 || !done.insert(name.to_owned()) {
        return;
    }
    let mut body = String::new();
    let mut end = 0;
    let fields = leaves(own);
    for (index, (at, field, kind)) in fields.iter().enumerate() {
        let next = fields.get(index + 1).map_or(own.size, |next| next.0);
        let c = c_type(kind, enums, all);
        structure(out, &c, all, enums, done);
        if *at < end {
            continue;
        }
        if *at > end {
            let _ = writeln!(body, "    UCHAR Padding{index}[{}];", at - end);
        }
        let field = field.replace(['.', '[', ']'], "_");
        let size = size_of(&c, all);
        let cut = at + size > next && own.fields.iter().any(|(other, ..)| *other == next);
        if kind.contains('[') || kind == "union" || kind == "struct" || cut {
            let _ = writeln!(body, "    UCHAR {field}[{}];", next - at);
            end = next;
        } else {
            let _ = writeln!(body, "    {c} {field};");
            end = at + size;
        }
    }
    if end < own.size {
        let _ = writeln!(body, "    UCHAR PaddingEnd[{}];", own.size - end);
    }
    let _ = writeln!(out, "typedef struct {name} {{\n{body}}} {name};");
    let _ = writeln!(out, "_Static_assert(sizeof({name}) == {}, \"{name}\");", own.size);
}

/// `VOID (A one, B *two)` as types and names in C.
fn parameters(
    text: &str,
    enums: &BTreeSet<String>,
    structures: &Structures,
) -> Vec<(String, String)> {
    let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty() && *part != "VOID");
    parts
        .enumerate()
        .map(|(index, part)| {
            let part = part.trim_end_matches("[]");
            let cut = part.rfind([' ', '*']).map_or(0, |at| at + 1);
            let (kind, name) = part.split_at(cut);
            let c = if kind.contains('*') {
                "void *".to_owned()
            } else {
                c_type(kind, enums, structures)
            };
            let name = if name.is_empty() { format!("Argument{index}") } else { name.to_owned() };
            (c, name)
        })
        .collect()
}

fn function(
    out: &mut String,
    table: &str,
    globals: &str,
    row: [&str; 4],
    enums: &BTreeSet<String>,
    structures: &Structures,
) {
    let [index, name, answer, list] = row;
    let list = list.trim_start_matches("PWDF_DRIVER_GLOBALS DriverGlobals").trim_start_matches(',');
    let parameters = parameters(list, enums, structures);
    let answer =
        if answer.contains('*') { "void *".to_owned() } else { c_type(answer, enums, structures) };
    let join = |parts: Vec<String>| parts.join(", ");
    let declared = join(parameters.iter().map(|(kind, name)| format!("{kind} {name}")).collect());
    let types = join(
        ["void *".to_owned()].into_iter().chain(parameters.iter().map(|p| p.0.clone())).collect(),
    );
    let values = join(
        [globals.to_owned()].into_iter().chain(parameters.iter().map(|p| p.1.clone())).collect(),
    );
    let declared = if declared.is_empty() { "void".to_owned() } else { declared };
    let returns = if answer == "void" { "" } else { "return " };
    let _ = writeln!(
        out,
        "static inline {answer} {name}({declared}) {{ {returns}(({answer} (*)({types})){table}[{index}])({values}); }}"
    );
}

/// The header.
pub(crate) fn header(facts: &Path) -> Result<String, String> {
    let structures = structures(facts)?;
    let mut out = String::from(PRELUDE);
    let mut enums: BTreeSet<String> =
        ["POOL_TYPE", "DEVICE_REGISTRY_PROPERTY", "POWER_ACTION", "DEVICE_POWER_STATE"]
            .map(str::to_owned)
            .into();
    let mut constants = BTreeMap::new();
    for row in rows(&read(&facts.join("acx-enums.tsv"))?) {
        let [owner, name, value, ..] = row[..] else { continue };
        if owner != "#define" {
            enums.insert(owner.to_owned());
        }
        constants.insert(name.to_owned(), value.to_owned());
    }
    for row in rows(&read(&facts.join("wdf-constants.tsv"))?) {
        if let [owner, name, value, ..] = row[..]
            && value.parse::<i64>().is_ok()
        {
            enums.insert(owner.to_owned());
            constants.insert(name.to_owned(), value.to_owned());
        }
    }
    for (name, value) in constants {
        let _ = writeln!(out, "#define {name} ({value})");
    }
    let mut done = BTreeSet::new();
    for name in structures.keys() {
        structure(&mut out, name, &structures, &enums, &mut done);
    }
    for row in rows(&read(&facts.join("ks-guids.tsv"))?) {
        let [name, text, ..] = row[..] else { continue };
        if let Some(guid) = guid(text) {
            let _ = writeln!(out, "static const GUID {name} = {guid};");
        }
    }
    for (file, table, globals) in [
        ("wdf-functions.tsv", "WdfTable", "WdfDriverGlobals"),
        ("acx-functions.tsv", "AcxFunctions", "AcxDriverGlobals"),
    ] {
        for row in rows(&read(&facts.join(file))?) {
            if let [index, name, answer, list, ..] = row[..]
                && index != "index"
            {
                function(
                    &mut out,
                    table,
                    globals,
                    [index, name, answer, list],
                    &enums,
                    &structures,
                );
            }
        }
    }
    Ok(out)
}

/// `{8-4-4-4-12}` as an initializer.
fn guid(text: &str) -> Option<String> {
    let inner = text.split('}').next()?.strip_prefix('{')?;
    let digits: String = inner.split('-').collect();
    if digits.len() != 32 || !text.ends_with('}') {
        return None;
    }
    let bytes: Vec<String> =
        (8..16).map(|at| format!("0x{}", &digits[2 * at..2 * at + 2])).collect();
    let (first, second, third) = (&digits[..8], &digits[8..12], &digits[12..16]);
    Some(format!("{{ 0x{first}, 0x{second}, 0x{third}, {{ {} }} }}", bytes.join(", ")))
}

const PRELUDE: &str = "\
/* Made by `cargo xtask c-driver` of the fact tables in crates/acx-sys/facts. */
#pragma once
typedef unsigned char UCHAR, BOOLEAN;
typedef char CHAR;
typedef unsigned short USHORT, WCHAR;
typedef short SHORT;
typedef unsigned int ULONG, DWORD, ACCESS_MASK;
typedef int LONG, NTSTATUS;
typedef unsigned long long ULONGLONG, ULONG64, ULONG_PTR, size_t;
typedef long long LONGLONG, LONG64;
typedef struct GUID { ULONG Data1; USHORT Data2; USHORT Data3; UCHAR Data4[8]; } GUID;
extern void **WdfTable;
extern void *WdfDriverGlobals;
extern void *AcxFunctions[221];
extern void *AcxDriverGlobals;
";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_make_a_header_with_every_function() {
        let facts = Path::new(env!("CARGO_MANIFEST_DIR")).join("../acx-sys/facts");
        let header = header(&facts).unwrap();
        assert_eq!(header.matches("static inline").count(), 458 + 221);
        assert!(header.contains("static inline NTSTATUS AcxPinCreate(void * Circuit, void * Attributes, void * Config, void * Pin)"), "{header}");
        assert!(header.contains("_Static_assert(sizeof(ACX_RTPACKET) == 40"));
    }
}
