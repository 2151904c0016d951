//! Generated parts of `acx-sys`: one row per function-table entry, GUIDs, KS constants, statuses,
//! and what its tests measure.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;

use crate::inits;
use crate::measure::{Tables, measured};
use crate::source::Source;
use crate::table::rows;

/// Writes (or with `check` only compares) every generated file below `acx_sys`.
pub(crate) fn run(acx_sys: &Path, check: bool) -> Result<(), String> {
    let ks_constants_table = read(acx_sys, "facts/ks-constants.tsv")?;
    let sources = [
        ("src/shared/wdf_functions.rs", wdf(&read(acx_sys, "facts/wdf-functions.tsv")?)?),
        ("src/shared/acx_functions.rs", acx(&read(acx_sys, "facts/acx-functions.tsv")?)?),
        ("src/shared/guids.rs", guids(&read(acx_sys, "facts/ks-guids.tsv")?)?),
        ("src/shared/ks_constants.rs", ks_constants(&ks_constants_table)?),
        ("src/shared/status.rs", statuses(&read(acx_sys, "facts/nt-status.tsv")?)?),
    ];
    for (name, text) in sources {
        put(acx_sys, name, &text, check)?;
    }
    let wdf_inits = read(acx_sys, "facts/wdf-inits.tsv")?;
    let acx_inits = read(acx_sys, "facts/acx-inits.tsv")?;
    let source = declared(acx_sys)?;
    put(acx_sys, "src/shared/inits.rs", &inits::inits(&source, &wdf_inits, &acx_inits)?, check)?;
    put(acx_sys, "tests/runs/mod.rs", &inits::runs(&source, &wdf_inits, &acx_inits), check)?;
    // The tests measure what the sources, just written, declare.
    let text = measured(
        &source,
        &Tables {
            layouts: &read(acx_sys, "facts/wdf-layouts.tsv")?,
            acx_layouts: &read(acx_sys, "facts/acx-layouts.tsv")?,
            ks_layouts: &read(acx_sys, "facts/ks-layouts.tsv")?,
            constants: &read(acx_sys, "facts/wdf-constants.tsv")?,
            acx_enums: &read(acx_sys, "facts/acx-enums.tsv")?,
            ks_constants: &ks_constants_table,
            names: &read(acx_sys, "facts/acx-names.tsv")?,
            functions: &read(acx_sys, "facts/wdf-functions.tsv")?,
            acx_functions: &read(acx_sys, "facts/acx-functions.tsv")?,
        },
    );
    put(acx_sys, "tests/measured/mod.rs", &text, check)
}

/// Writes one generated file, or with `check` compares it with the committed one.
fn put(acx_sys: &Path, name: &str, text: &str, check: bool) -> Result<(), String> {
    let path = acx_sys.join(name);
    let text = rustfmt(text)?;
    if !check {
        return fs::write(&path, text).map_err(|e| format!("{}: {e}", path.display()));
    }
    if fs::read_to_string(&path).ok().as_deref() != Some(text.as_str()) {
        return Err(format!("{name} is stale; run `cargo xtask bindings`"));
    }
    Ok(())
}

/// What the sources of `acx-sys` declare.
pub(crate) fn declared(acx_sys: &Path) -> Result<Source, String> {
    let mut source = Source::default();
    for name in [
        "bundled/nt.rs",
        "bundled/wdf.rs",
        "bundled/wdf_rare.rs",
        "bundled/acx.rs",
        "bundled/constants.rs",
        "shared/bind.rs",
        "shared/constants.rs",
        "shared/ks.rs",
        "shared/ks_constants.rs",
    ] {
        source.read(&read(&acx_sys.join("src"), name)?);
    }
    Ok(source)
}

fn read(folder: &Path, name: &str) -> Result<String, String> {
    fs::read_to_string(folder.join(name)).map_err(|e| format!("{name}: {e}"))
}

/// Formats with the toolchain's rustfmt, so that `cargo fmt --check` agrees with the generator.
fn rustfmt(text: &str) -> Result<String, String> {
    use std::io::Write as _;
    use std::process::Stdio;
    let mut child = Command::new("rustfmt")
        .args(["--edition", "2024", "--config", "max_width=100,use_small_heuristics=Max"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|e| format!("rustfmt: {e}; install it with `rustup component add rustfmt`"))?;
    let mut input = child.stdin.take().ok_or("rustfmt has no standard input")?;
    input.write_all(text.as_bytes()).map_err(|e| format!("rustfmt: {e}"))?;
    drop(input);
    let output = child.wait_with_output().map_err(|e| format!("rustfmt: {e}"))?;
    if !output.status.success() {
        return Err("rustfmt refused the generated text".to_owned());
    }
    String::from_utf8(output.stdout).map_err(|e| e.to_string())
}

fn wdf(table: &str) -> Result<String, String> {
    let mut out = header("facts/wdf-functions.tsv", "every entry of the KMDF function table");
    out.push_str("wdf_functions! {\n");
    for row in rows(table) {
        let [index, name, result, parameters] = row[..4] else {
            return Err(format!("short row: {row:?}"));
        };
        let parameters = parameters
            .strip_prefix("PWDF_DRIVER_GLOBALS DriverGlobals")
            .ok_or_else(|| format!("{name} does not begin with DriverGlobals"))?
            .trim_start_matches(',');
        if is_apart(name) {
            out.push_str("    #[cfg(not(feature = \"wdk\"))]\n");
        }
        function(&mut out, index, name, result, parameters);
    }
    out.push_str("}\n");
    Ok(out)
}

/// Entries that `wdf.h` does not declare, only headers for USB, class extensions and miniports:
/// wdk-sys has neither them nor their types.
pub(crate) fn is_apart(name: &str) -> bool {
    ["WdfUsb", "WdfCx"].iter().any(|start| name.starts_with(start))
        || ["Miniport", "SelfIoTarget", "SelfAssign"].iter().any(|part| name.contains(part))
}

fn acx(table: &str) -> Result<String, String> {
    let mut out = header("facts/acx-functions.tsv", "every entry of the ACX function table");
    out.push_str("acx_functions! {\n");
    for row in rows(table) {
        let [index, name, result, parameters] = row[..4] else {
            return Err(format!("short row: {row:?}"));
        };
        function(&mut out, index, name, result, parameters);
    }
    out.push_str("}\n");
    Ok(out)
}

fn header(source: &str, what: &str) -> String {
    format!("//! Written by `cargo xtask bindings` from {source}: {what}.\n\nuse crate::*;\n\n")
}

/// One row of the `wdf_functions!` or `acx_functions!` macro.
fn function(out: &mut String, index: &str, name: &str, result: &str, parameters: &str) {
    let upper = name.to_uppercase();
    let _ = write!(out, "    {index} {name} PFN_{upper} (");
    for parameter in parameters.split(',').map(str::trim) {
        if parameter.is_empty() || parameter == "VOID" || parameter == "void" {
            continue;
        }
        let (kind, name) = parameter
            .rsplit_once(|c: char| c.is_whitespace() || c == '*')
            .map_or((parameter, ""), |(_, name)| {
                (parameter[..parameter.len() - name.len()].trim(), name)
            });
        let _ = write!(out, "{name}: {}, ", rust_type(kind));
    }
    let result = if matches!(result, "VOID" | "void") { "()".into() } else { rust_type(result) };
    let _ = writeln!(out, ") -> {result};");
}

/// How bindgen spells a C type of the tables.
pub(crate) fn rust_type(c: &str) -> String {
    let c = c.trim();
    if let Some(pointee) = c.strip_suffix('*') {
        let pointee = pointee.trim();
        let constant = pointee.strip_prefix("const ").or_else(|| pointee.strip_prefix("CONST "));
        return match constant {
            Some(pointee) => format!("*const {}", rust_type(pointee)),
            None => format!("*mut {}", rust_type(pointee)),
        };
    }
    match c {
        "size_t" => "usize".into(),
        // A macro in C, so no name for bindgen.
        "DEVICE_TYPE" => "ULONG".into(),
        "LPCGUID" => "*const GUID".into(),
        // Of function type in the tables, a pointer in the ABI.
        "EVT_ACX_OBJECT_PREPROCESS_REQUEST" => "PFN_ACX_OBJECT_PREPROCESS_REQUEST".into(),
        // Typedefs of untagged enums: bindgen makes modules of them.
        "POWER_ACTION" | "DEVICE_REGISTRY_PROPERTY" => format!("{c}::Type"),
        other => other.into(),
    }
}

/// The braces' content of a GUID as one `u128` literal, grouped as GUIDs are written.
fn guid_literal(text: &str) -> Option<String> {
    let digits: String = text.chars().filter(char::is_ascii_hexdigit).collect();
    if digits.len() != 32 {
        return None;
    }
    let groups: Vec<&str> = [0..8, 8..12, 12..16, 16..20, 20..24, 24..28, 28..32]
        .into_iter()
        .map(|group| &digits[group])
        .collect();
    Some(format!("0x{}_{}", &groups[0][..4], &groups[0][4..]) + "_" + &groups[1..].join("_"))
}

fn guids(table: &str) -> Result<String, String> {
    let mut out = header("facts/ks-guids.tsv", "GUIDs and property keys as values");
    out.push_str("use super::guid;\n\nguid_constants! {\n");
    for row in rows(table) {
        let [name, value, kind, source] = row[..4] else {
            return Err(format!("short row: {row:?}"));
        };
        if !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
            continue;
        }
        let (guid, rest) =
            value.split_once('}').ok_or_else(|| format!("{name}: no GUID in {value:?}"))?;
        let Some(literal) = guid_literal(guid) else { continue };
        let pid = rest.trim_matches(|c: char| !c.is_ascii_digit());
        let _ = writeln!(out, "    /// {kind}; {}.", source.trim_end_matches('.'));
        if pid.is_empty() {
            let _ = writeln!(out, "    {name}: GUID = guid({literal});");
        } else {
            let _ = writeln!(
                out,
                "    {name}: DEVPROPKEY = DEVPROPKEY {{ fmtid: guid({literal}), pid: {pid} }};"
            );
        }
    }
    out.push_str("}\n");
    Ok(out)
}

/// A number as people write it: long ones in hexadecimal, in groups of four digits.
fn literal(value: &str) -> Result<String, String> {
    let number = match value.strip_prefix("0x") {
        Some(digits) => i64::from_str_radix(digits, 16),
        None => value.parse(),
    };
    let number = number.map_err(|e| format!("{value}: {e}"))?;
    if (-9999..=9999).contains(&number) {
        return Ok(number.to_string());
    }
    let number = u32::try_from(number).map_err(|e| format!("{value}: {e}"))?;
    Ok(format!("0x{:04X}_{:04X}", number >> 16, number & 0xFFFF))
}

/// KS constants. Ids of properties, methods and events go in `KSIDENTIFIER::Id`, a ULONG, and so do
/// flags: they are flat `ULONG`s. Enums of values are modules, as bindgen makes of an untagged C
/// enum.
fn ks_constants(table: &str) -> Result<String, String> {
    let mut out = header("facts/ks-constants.tsv", "KS ids, flags and enums of values");
    let mut modules: Vec<(&str, String)> = Vec::new();
    for row in rows(table) {
        let [tag, name, value] = row[..3] else {
            return Err(format!("short row: {row:?}"));
        };
        let value = literal(value)?;
        let id = ["KSPROPERTY_", "KSEVENT_", "KSINTERFACE_"].iter().any(|p| tag.starts_with(p));
        if tag == "#define" && name.starts_with("WAVE_FORMAT_") {
            let _ = writeln!(out, "pub const {name}: WORD = {value};");
        } else if tag == "#define" || id {
            let _ = writeln!(out, "pub const {name}: ULONG = {value};");
        } else {
            if modules.last().is_none_or(|(last, _)| *last != tag) {
                modules.push((tag, String::new()));
            }
            if let Some((_, text)) = modules.last_mut() {
                let _ = writeln!(text, "    pub const {name}: Type = {value};");
            }
        }
    }
    for (tag, text) in modules {
        let _ = write!(out, "\npub mod {tag} {{\n    pub type Type = i32;\n{text}}}\n");
    }
    Ok(out)
}

fn statuses(table: &str) -> Result<String, String> {
    let mut out = header("facts/nt-status.tsv", "NTSTATUS values");
    out.push_str("statuses! {\n");
    for row in rows(table) {
        let [name, value] = row[..] else {
            return Err(format!("bad row: {row:?}"));
        };
        let _ = writeln!(out, "    {name} = {};", literal(value)?);
    }
    out.push_str("}\n");
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::{guid_literal, rust_type};

    #[test]
    fn types_are_spelled_as_bindgen_does() {
        for (c, rust) in [
            ("ULONG", "ULONG"),
            ("const GUID *", "*const GUID"),
            ("CONST UNICODE_STRING*", "*const UNICODE_STRING"),
            ("PWDFDEVICE_INIT*", "*mut PWDFDEVICE_INIT"),
            ("PVOID *", "*mut PVOID"),
            ("size_t", "usize"),
        ] {
            assert_eq!(rust_type(c), rust, "for {c}");
        }
    }

    #[test]
    fn a_guid_keeps_its_digits_in_order() {
        let literal = guid_literal("{6994AD04-93EF-11D0-A3CC-00A0C9223196").unwrap();
        assert_eq!(literal, "0x6994_AD04_93EF_11D0_A3CC_00A0_C922_3196");
        assert!(guid_literal("{6994}").is_none());
    }

    #[test]
    fn the_committed_files_are_what_the_tables_say() {
        let acx_sys = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../acx-sys");
        super::run(&acx_sys, true).unwrap();
    }
}
