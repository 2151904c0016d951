//! `wdf.h` and `acx.h` of the stand-in: types from the bundled declarations, functions from the
//! fact tables.

use std::fmt::Write as _;
use std::path::Path;

use super::declarations::Declarations;
use super::source;
use crate::bindings::is_apart;
use crate::table::rows;
use cargo_acx::files::read;

/// What the loader exports.
pub(crate) const LOADER_FUNCTIONS: [&str; 4] =
    ["WdfVersionBind", "WdfVersionBindClass", "WdfVersionUnbind", "WdfVersionUnbindClass"];

/// What compilers and Microsoft's crates call of the kernel, beside what `acx-sys` declares.
const COMPILERS_FUNCTIONS: [&str; 9] = [
    "memcpy",
    "memmove",
    "memset",
    "memcmp",
    "strlen",
    "__chkstk",
    "DbgPrint",
    "KeBugCheckEx",
    "ExFreePool",
];

/// The names of the functions that the bundled `ntddk` declares.
pub(crate) fn kernel_functions(acx_sys: &Path) -> Result<Vec<String>, String> {
    let text = source(acx_sys, "bundled/ntddk.rs")?;
    let mut names: Vec<String> = text
        .lines()
        .filter_map(|line| line.trim_start().strip_prefix("pub fn "))
        .filter_map(|rest| rest.split('(').next())
        .map(str::to_owned)
        .collect();
    names.extend(COMPILERS_FUNCTIONS.map(str::to_owned));
    names.sort();
    names.dedup();
    Ok(names)
}

/// What the headers are made of.
pub(crate) struct Headers {
    wdf: String,
    acx: String,
    bind: String,
    wdf_functions: String,
    acx_functions: String,
}

impl Headers {
    pub(crate) fn read(acx_sys: &Path) -> Result<Self, String> {
        let facts = acx_sys.join("facts");
        Ok(Self {
            wdf: source(acx_sys, "bundled/wdf.rs")?,
            acx: source(acx_sys, "bundled/acx.rs")?,
            bind: source(acx_sys, "shared/bind.rs")?,
            wdf_functions: read(&facts.join("wdf-functions.tsv"))?,
            acx_functions: read(&facts.join("acx-functions.tsv"))?,
        })
    }

    /// KMDF's header.
    pub(crate) fn wdf(&self) -> Result<String, String> {
        let mut out = String::from(WDF_BEGIN);
        out.push_str(&declared(&self.wdf, WDF_BY_HAND)?);
        out.push_str(WDF_DATA);
        for row in rows(&self.wdf_functions) {
            let [_, name, result, parameters] = row[..4] else { continue };
            if !is_apart(name) {
                let parameters = parameters
                    .trim_start_matches("PWDF_DRIVER_GLOBALS DriverGlobals")
                    .trim_start_matches(',');
                function(&mut out, "Wdf", name, result, parameters);
            }
        }
        Ok(out)
    }

    /// ACX's header.
    pub(crate) fn acx(&self) -> Result<String, String> {
        let mut out = String::from(ACX_BEGIN);
        out.push_str(&declared(&self.acx, ACX_BY_HAND)?);
        out.push_str(ACX_DATA);
        for row in rows(&self.acx_functions) {
            let [_, name, result, parameters] = row[..4] else { continue };
            function(&mut out, "Acx", name, result, parameters);
        }
        Ok(out)
    }

    /// What a driver and the loader hand each other.
    pub(crate) fn bind(&self) -> Result<String, String> {
        let text = declared(&self.bind, &[])?;
        Ok(format!("#pragma once\ntypedef void (*ACXFUNC)(void);\n{text}"))
    }
}

/// The C of `source`, without the names in `but`.
fn declared(source: &str, but: &[&str]) -> Result<String, String> {
    let mut declarations = Declarations::default();
    declarations.add(source, but)?;
    declarations.c()
}

/// The type of a table's entry, and the inline function that calls it.
fn function(out: &mut String, table: &str, name: &str, result: &str, parameters: &str) {
    let upper = name.to_uppercase();
    let globals = if table == "Wdf" { "PWDF_DRIVER_GLOBALS" } else { "PACX_DRIVER_GLOBALS" };
    let parameters: Vec<&str> = parameters
        .split(',')
        .map(str::trim)
        .filter(|parameter| !parameter.is_empty() && !parameter.eq_ignore_ascii_case("void"))
        .collect();
    let declared = if parameters.is_empty() { "VOID".to_owned() } else { parameters.join(", ") };
    let typed: Vec<&str> =
        std::iter::once("DriverGlobals").chain(parameters.iter().copied()).collect();
    let names = parameters.iter().map(|parameter| {
        let name = parameter.trim_end_matches("[]");
        &name[name.rfind([' ', '*']).map_or(0, |at| at + 1)..]
    });
    let values: Vec<String> =
        std::iter::once(format!("{table}DriverGlobals")).chain(names.map(str::to_owned)).collect();
    let returns = if result.eq_ignore_ascii_case("void") { "" } else { "return " };
    let _ = writeln!(out, "typedef {result} (NTAPI *PFN_{upper})({globals} {});", typed.join(", "));
    let _ = writeln!(
        out,
        "FORCEINLINE {result} {name}({declared}) {{ {returns}((PFN_{upper}){table}Functions[{name}TableIndex])({}); }}",
        values.join(", ")
    );
}

/// Macros with casts, which bindgen does not see, and what is written by hand below.
const WDF_BY_HAND: &[&str] = &[
    "WDFFUNC",
    "WDF_NO_OBJECT_ATTRIBUTES",
    "WDF_NO_EVENT_CALLBACK",
    "WDF_NO_HANDLE",
    "WDF_NO_CONTEXT",
    "WDF_NO_SEND_OPTIONS",
];

const WDF_BEGIN: &str = "\
/* KMDF, as far as drivers of audio devices reach. Written by `cargo xtask wdk-check`. */
#pragma once
typedef VOID (*WDFFUNC)(VOID);
#define WDF_NO_OBJECT_ATTRIBUTES (NULL)
#define WDF_NO_EVENT_CALLBACK (NULL)
#define WDF_NO_HANDLE (NULL)
#define WDF_NO_CONTEXT (NULL)
#define WDF_NO_SEND_OPTIONS (NULL)
";

const WDF_DATA: &str = "\
#define WdfFunctions WdfFunctions_01031
extern const WDFFUNC *WdfFunctions;
extern PWDF_DRIVER_GLOBALS WdfDriverGlobals;
extern BOOLEAN WdfClientVersionHigherThanFramework;
extern ULONG WdfFunctionCount;
extern ULONG WdfStructureCount;
extern size_t *WdfStructures;
#ifndef KMDF_MINIMUM_VERSION_REQUIRED
#define KMDF_MINIMUM_VERSION_REQUIRED KMDF_VERSION_MINOR
#endif
const __declspec(selectany) ULONG WdfMinimumVersionRequired = KMDF_MINIMUM_VERSION_REQUIRED;
";

const ACX_BY_HAND: &[&str] = &["ACXFUNC"];

const ACX_BEGIN: &str = "\
/* ACX 1.1. Written by `cargo xtask wdk-check`. */
#pragma once
typedef VOID (*ACXFUNC)(VOID);
/* A plain macro in Microsoft's header: bindgen makes a constant of it. acx-sys has its own. */
#define ACX_ALWAYS_AVAILABLE_FUNCTION_COUNT 221
";

const ACX_DATA: &str = "\
extern ACXFUNC AcxFunctions[];
extern PACX_DRIVER_GLOBALS AcxDriverGlobals;
extern BOOLEAN AcxClientVersionHigherThanFramework;
extern ULONG AcxFunctionCount;
extern ULONG AcxStructureCount;
extern size_t *AcxStructures;
const __declspec(selectany) ULONG AcxMinimumVersionRequired = ACX_VERSION_MINOR;
";
