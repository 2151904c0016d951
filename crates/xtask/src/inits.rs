//! Writes `shared/inits.rs` of `acx-sys`: the `*_INIT` and `*_SET` helpers that the headers define
//! inline, from what the tables say that each of them stores.

use std::fmt::Write as _;

use crate::bindings::rust_type;
use crate::source::Source;
use crate::table::rows;

/// Helpers that the tables cannot say in full (conditions, copies through a pointer);
/// `shared/inits_by_hand.rs` has them.
const BY_HAND: [&str; 6] = [
    "WDF_DEVICE_POWER_POLICY_IDLE_SETTINGS_INIT",
    "WDF_IO_QUEUE_CONFIG_INIT",
    "WDF_IO_QUEUE_CONFIG_INIT_DEFAULT_QUEUE",
    "WDF_IO_TARGET_OPEN_PARAMS_INIT_CREATE_BY_NAME",
    "WDF_IO_TARGET_OPEN_PARAMS_INIT_OPEN_BY_NAME",
    "WDF_WMI_PROVIDER_CONFIG_INIT",
];

/// One helper.
struct Init<'a> {
    name: &'a str,
    structure: &'a str,
    /// Name and Rust type of each argument after the structure.
    arguments: Vec<(&'a str, String)>,
    zeroed: bool,
    /// Left side (C path, with `|` if it is or-ed) and right side of each store.
    stores: Vec<(&'a str, &'a str)>,
    /// The helper and the value that this one passes on to it.
    forwards: Option<(&'a str, &'a str)>,
}

pub(crate) fn inits(source: &Source, wdf: &str, acx: &str) -> Result<String, String> {
    let mut out = String::from(
        "//! Written by `cargo xtask bindings` from facts/wdf-inits.tsv and facts/acx-inits.tsv: the `*_INIT` helpers of the headers.\n\
         //!\n\
         //! The driver requires the version it targets, so `WDF_STRUCTURE_SIZE` and `ACX_STRUCTURE_SIZE` are `sizeof`. Helpers for USB are left out.\n\n\
         use super::zero;\nuse crate::*;\n\n",
    );
    for init in wdf_inits(wdf).into_iter().chain(acx_inits(source, acx)) {
        write_init(&mut out, source, &init).map_err(|why| format!("{}: {why}", init.name))?;
    }
    Ok(out)
}

fn wdf_inits(table: &str) -> Vec<Init<'_>> {
    let mut found = Vec::new();
    for row in rows(table) {
        let [header, name, parameters, writes] = row[..4] else { continue };
        if matches!(header, "wdfusb.h" | "wdfinstaller.h") || BY_HAND.contains(&name) {
            continue;
        }
        let mut parameters = parameters.split(',').map(str::trim).map(|parameter| {
            let at =
                parameter.rfind(|c: char| c.is_whitespace() || c == '*').map_or(0, |at| at + 1);
            (parameter[at..].trim(), parameter[..at].trim())
        });
        let Some((_, structure)) = parameters.next() else { continue };
        let stores = writes.split(';').filter_map(|store| store.trim().split_once("= "));
        found.push(Init {
            name,
            structure: structure.trim_start_matches('P'),
            arguments: parameters.map(|(name, kind)| (name, rust_type(kind))).collect(),
            zeroed: writes.starts_with("zeroed"),
            stores: stores.map(|(left, right)| (left.trim(), right.trim())).collect(),
            forwards: None,
        });
    }
    found
}

fn acx_inits<'a>(source: &Source, table: &'a str) -> Vec<Init<'a>> {
    let mut found: Vec<Init<'a>> = Vec::new();
    for row in rows(table) {
        let [structure, signature, field, value] = row[..4] else { continue };
        if signature == "(none)" || signature.ends_with("[macro]") {
            continue;
        }
        let (name, parameters) = signature.split_once('(').unwrap_or((signature, ")"));
        if found.last().is_none_or(|last| last.name != name) {
            let names = parameters.trim_end_matches(')').split(',').skip(1).map(|parameter| {
                let parameter = parameter.trim().trim_end_matches(" [by value]");
                parameter.rsplit_once(' ').map_or((parameter, None), |(kind, name)| {
                    (name, Some(kind.trim_start_matches("const ")))
                })
            });
            found.push(Init {
                name,
                structure,
                arguments: names
                    .map(|(name, kind)| (name, kind.map_or_else(String::new, rust_type)))
                    .collect(),
                zeroed: false,
                stores: Vec::new(),
                forwards: None,
            });
        }
        let Some(init) = found.last_mut() else { continue };
        match field {
            "(all)" => init.zeroed = true,
            "(macro)" => {
                // `= X_INIT_ID(cfg, AcxElementIdDefault = 0xFFFFFFFF)`
                let call = value.trim_start_matches("= ");
                init.forwards = call.split_once('(').and_then(|(name, arguments)| {
                    let (_, id) = arguments.split_once(", ")?;
                    Some((name, id.split(' ').next()?))
                });
            }
            _ => {
                init.stores.push((field, value));
                // Arguments whose type the table leaves out have that of the field they go to.
                for (name, kind) in &mut init.arguments {
                    if *name == value && kind.is_empty() {
                        *kind = source.field_type(structure, field).unwrap_or_default();
                    }
                }
            }
        }
    }
    found
}

fn write_init(out: &mut String, source: &Source, init: &Init) -> Result<(), String> {
    let structure = init.structure;
    let _ =
        writeln!(out, "/// Fills a `{structure}` as the header's inline helper does. Any IRQL.");
    let _ = write!(out, "#[inline]\npub fn {}(structure: &mut {structure}", init.name);
    for (name, kind) in &init.arguments {
        let _ = write!(out, ", {name}: {kind}");
    }
    out.push_str(") {\n");
    if let Some((name, id)) = init.forwards {
        let _ = writeln!(out, "{name}(structure, {id});\n}}\n");
        return Ok(());
    }
    if init.zeroed {
        out.push_str("zero(structure);\n");
    }
    for (left, right) in &init.stores {
        let operator = if left.ends_with('|') { "|=" } else { "=" };
        let left = left.trim_end_matches('|').trim();
        // `DeviceState[i]`: every element.
        let (left, every) = left.strip_suffix("[i]").map_or((left, false), |left| (left, true));
        let unknown = || format!("no field {left} in {structure}");
        let path = source.field(structure, left).ok_or_else(unknown)?;
        let kind = source.field_type(structure, left).ok_or_else(unknown)?;
        let value = value(source, init, &kind, right)?;
        let _ = if every {
            writeln!(out, "structure.{path}.fill({value});")
        } else {
            writeln!(out, "structure.{path} {operator} {value};")
        };
    }
    out.push_str("}\n\n");
    Ok(())
}

/// The Rust of what is stored in a field of type `kind`.
fn value(source: &Source, init: &Init, kind: &str, text: &str) -> Result<String, String> {
    if kind == "ULONG" && init.arguments.iter().any(|(name, of)| *name == text && of == "LONG") {
        return Ok(format!("{text}.cast_unsigned()"));
    }
    if init.arguments.iter().any(|(name, _)| *name == text) {
        // The table's KsFormat is a PVOID argument for a typed pointer field.
        let same = init.arguments.iter().any(|(name, of)| *name == text && of != "PVOID");
        let pointer = kind.starts_with('*') || (kind.starts_with('P') && kind != "PVOID");
        return Ok(if !same && pointer { format!("{text}.cast()") } else { text.to_owned() });
    }
    for size in ["WDF_STRUCTURE_SIZE(", "ACX_STRUCTURE_SIZE("] {
        if let Some((_, of)) = text.split_once(size) {
            return Ok(format!("size_of::<{}>() as {kind}", of.trim_end_matches(')')));
        }
    }
    // The tables add what it comes to, as in `AcxPinIdDefault (0xFFFFFFFF)`, and synonyms, as in
    // `A = B (1)`.
    let text = text.split(" (").next().unwrap_or(text);
    let text = text.split(" = ").next().unwrap_or(text).trim();
    match text {
        "(ULONG) -1" | "(ULONG)-1" | "" => return Ok("ULONG::MAX".to_owned()),
        "TRUE" => return Ok("TRUE as BOOLEAN".to_owned()),
        "LONG_MIN" => return Ok("LONG::MIN".to_owned()),
        number if number.parse::<u32>().is_ok() => return Ok(number.to_owned()),
        _ => {}
    }
    let mut parts = Vec::new();
    for name in text.split('|').map(str::trim) {
        let path = source.constant("", name).ok_or_else(|| format!("no constant {name}"))?;
        // Enumerators are i32, `#define`s u32; flag fields are ULONG and IRP codes UCHAR.
        let cast = if path.contains("::") { kind == "ULONG" } else { kind == "UCHAR" };
        parts.push(if cast { format!("{path} as {kind}") } else { path });
    }
    Ok(parts.join(" | "))
}

/// Expressions that run each helper without arguments, or with an id, over bytes that are not zero;
/// `tests/inits.rs` compares.
pub(crate) fn runs(source: &Source, wdf: &str, acx: &str) -> String {
    let mut out = String::from(
        "//! Written by `cargo xtask bindings` from facts/*-inits.tsv: the helpers that take no argument or an id. `tests/inits.rs` compares.\n\n\
         use acx_sys::*;\n\nuse crate::{ID, Ran, run};\n\n\
         pub(crate) fn all() -> Vec<Ran> {\n    vec![\n",
    );
    for init in wdf_inits(wdf).into_iter().chain(acx_inits(source, acx)) {
        let (name, structure) = (init.name, init.structure);
        let _ = match init.arguments.as_slice() {
            [] => writeln!(out, "        run({name:?}, {structure:?}, {name}),"),
            [("Id", _)] => {
                writeln!(out, "        run({name:?}, {structure:?}, |s| {{ {name}(s, ID); }}),")
            }
            _ => continue,
        };
    }
    out.push_str("    ]\n}\n");
    out
}
