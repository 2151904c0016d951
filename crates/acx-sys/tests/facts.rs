//! Every row of the fact tables against what the compiler makes of the bundled ABI: sizes,
//! alignments, offsets, constants, enums, names.
//!
//! `measured` is generated from the same tables (`cargo xtask bindings`): a row that our sources do
//! not declare has no measurement, and so is reported as missing.

use std::collections::HashMap;

use acx_sys::{ACX_FUNCTION_NAMES, WDF_FUNCTION_NAMES};

mod measured;

/// What the compiler makes of a type (`field` is empty; size and alignment) or of a field (offset
/// and size).
pub(crate) struct Measured {
    structure: &'static str,
    field: &'static str,
    first: usize,
    second: usize,
}

/// Size and alignment of a type.
macro_rules! size {
    ($structure:ty) => {
        Measured {
            structure: stringify!($structure),
            field: "",
            first: size_of::<$structure>(),
            second: align_of::<$structure>(),
        }
    };
}

/// Offset and size of a field, named as in C and by its path in Rust.
macro_rules! field {
    ($structure:ty, $name:literal, $($path:tt)+) => {
        Measured {
            structure: stringify!($structure),
            field: $name,
            first: std::mem::offset_of!($structure, $($path)+),
            second: {
                let value = std::mem::MaybeUninit::<$structure>::uninit();
                // SAFETY: takes an address inside `value` and reads nothing.
                $crate::size_behind(unsafe { &raw const (*value.as_ptr()).$($path)+ })
            },
        }
    };
}
pub(crate) use {field, size};

const fn size_behind<T>(_: *const T) -> usize {
    size_of::<T>()
}

/// One row of a layout table, in the terms of [`Measured`]; what the table does not say is `None`.
#[derive(Clone, Debug)]
struct Row {
    structure: String,
    field: String,
    first: usize,
    second: Option<usize>,
    /// The minor version of KMDF 1 that the row came with; 0 where it is not KMDF's.
    minor: u32,
}

/// `1.33` as 33.
fn minor(version: &str) -> u32 {
    version
        .strip_prefix("1.")
        .and_then(|minor| minor.parse().ok())
        .unwrap_or_else(|| panic!("{version:?} is not a version of KMDF 1"))
}

/// The minor version of KMDF 1 that the driver binds, from the metadata that Microsoft's tools
/// read.
fn target() -> u32 {
    let manifest = include_str!("../../../wdk/Cargo.toml");
    let line = manifest.lines().find_map(|line| line.strip_prefix("target-kmdf-version-minor = "));
    line.expect("wdk/Cargo.toml names the version").parse().unwrap()
}

/// The `rows` that the driver's KMDF has, and those that came with a later one.
fn by_version<T>(rows: Vec<T>, minor: impl Fn(&T) -> u32) -> (Vec<T>, Vec<T>) {
    let target = target();
    rows.into_iter().partition(|row| minor(row) <= target)
}

/// Rows of `wdf-layouts.tsv` and `ks-layouts.tsv`. Bit fields have no address and are left to the
/// size of their structure.
fn wdf_rows(table: &str) -> Vec<Row> {
    table
        .lines()
        .filter(|line| {
            !line.starts_with('#') && !line.starts_with("group\t") && !line.starts_with("NT-")
        })
        .filter_map(|line| {
            let columns: Vec<&str> = line.split('\t').collect();
            let [group, structure, field, first, second] = columns[..5] else {
                panic!("short row: {line}");
            };
            let version = group.strip_prefix("WDF-").filter(|version| version.starts_with('1'));
            if second.starts_with("bits") {
                return None;
            }
            let field = if field == "(sizeof)" { "" } else { field };
            Some(Row {
                structure: structure.to_owned(),
                field: field.to_owned(),
                first: first.parse().unwrap(),
                second: Some(second.trim_start_matches("align ").parse().unwrap()),
                minor: version.map_or(0, minor),
            })
        })
        .collect()
}

/// Rows of `acx-layouts.tsv`, which does not give the sizes of fields.
fn acx_rows(table: &str) -> Vec<Row> {
    table
        .lines()
        .filter(|line| !line.starts_with('#') && !line.is_empty())
        .map(|line| {
            let columns: Vec<&str> = line.split('\t').collect();
            let [structure, size, field, offset, kind] = columns[..5] else {
                panic!("short row: {line}");
            };
            let whole = field == "-";
            Row {
                structure: structure.to_owned(),
                field: if whole { String::new() } else { field.to_owned() },
                first: if whole { size } else { offset }.parse().unwrap(),
                second: whole.then(|| kind.trim_start_matches("align=").parse().unwrap()),
                minor: 0,
            }
        })
        .collect()
}

/// What the rows and the measurements disagree about, one sentence each.
fn layout_differences(rows: &[Row], measured: &[Measured]) -> Vec<String> {
    let measured: HashMap<_, _> =
        measured.iter().map(|m| ((m.structure, m.field), (m.first, m.second))).collect();
    rows.iter()
        .filter_map(|row| {
            let name = [row.structure.as_str(), row.field.as_str()].join(".");
            let name = name.trim_end_matches('.');
            match measured.get(&(row.structure.as_str(), row.field.as_str())) {
                None => Some(format!("{name}: not declared by the crate")),
                Some(&(first, second)) => {
                    let agree = first == row.first && row.second.is_none_or(|said| said == second);
                    (!agree).then(|| {
                        format!(
                            "{name}: table {}/{:?}, crate {first}/{second}",
                            row.first, row.second
                        )
                    })
                }
            }
        })
        .collect()
}

/// Rows that the crate rightly disagrees with: name, reason.
fn exceptions() -> impl Iterator<Item = (&'static str, &'static str)> {
    let rows = include_str!("../facts/layout-exceptions.tsv").lines();
    rows.filter(|row| !row.starts_with('#')).filter_map(|row| row.split_once('\t'))
}

/// What is left of `found` without the exceptions, each of which must still be one.
fn without_exceptions(found: Vec<String>) -> Vec<String> {
    fn is(difference: &str, name: &str) -> bool {
        difference.split_once(':').is_some_and(|(place, _)| place == name)
    }
    for (name, reason) in exceptions() {
        let still = found.iter().any(|difference| is(difference, name));
        assert!(still, "{name} ({reason}) is no exception any more");
    }
    found
        .into_iter()
        .filter(|difference| !exceptions().any(|(name, _)| is(difference, name)))
        .collect()
}

/// The rows that the driver's KMDF has, and those that came with a later one.
fn layout_rows() -> (Vec<Row>, Vec<Row>) {
    let mut rows = wdf_rows(include_str!("../facts/wdf-layouts.tsv"));
    rows.extend(wdf_rows(include_str!("../facts/ks-layouts.tsv")));
    rows.extend(acx_rows(include_str!("../facts/acx-layouts.tsv")));
    by_version(rows, |row| row.minor)
}

/// The fields that the crate declares although they came with a KMDF later than the driver's.
fn fields_of_the_future(rows: &[Row], measured: &[Measured]) -> Vec<String> {
    let is_declared = |row: &&Row| {
        let is = |m: &&Measured| m.structure == row.structure && m.field == row.field;
        !row.field.is_empty() && measured.iter().any(|m| is(&m))
    };
    let name = |row: &Row| format!("{}.{} is KMDF 1.{}'s", row.structure, row.field, row.minor);
    rows.iter().filter(is_declared).map(name).collect()
}

#[test]
fn no_field_is_of_a_later_kmdf_than_the_drivers() {
    let (rows, later) = layout_rows();
    assert!(!later.is_empty(), "the tables name no later field");
    assert_eq!(fields_of_the_future(&later, measured::LAYOUTS), [""; 0]);
    // A field that is there would be found.
    let row = rows.iter().find(|row| row.field == "PoFxDeviceContext").unwrap();
    let row = Row { minor: 33, ..row.clone() };
    let found = fields_of_the_future(&[row], measured::LAYOUTS);
    assert_eq!(found, ["WDF_POWER_FRAMEWORK_SETTINGS.PoFxDeviceContext is KMDF 1.33's"]);
}

#[test]
fn layouts_are_those_of_the_tables() {
    let (rows, _) = layout_rows();
    assert!(rows.len() > 2000, "the tables have only {} rows", rows.len());
    let found = without_exceptions(layout_differences(&rows, measured::LAYOUTS));
    assert!(found.is_empty(), "{} rows differ:\n{}", found.len(), found.join("\n"));
}

#[test]
fn a_wrong_layout_row_is_found() {
    let (mut rows, _) = layout_rows();
    let row = rows
        .iter_mut()
        .find(|row| row.structure == "WDF_TIMER_CONFIG" && row.field == "Period")
        .unwrap();
    row.first += 4;
    let found = without_exceptions(layout_differences(&rows, measured::LAYOUTS));
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].starts_with("WDF_TIMER_CONFIG.Period: table 20/"), "{found:?}");
}

/// Tag, name, value and KMDF minor version (0 where the row names none) of every row of an enum
/// table.
type Constant = (String, String, i64, u32);

fn constant_rows(table: &str) -> Vec<Constant> {
    table
        .lines()
        .filter(|line| {
            !line.starts_with("# ") && !line.starts_with("enum\tname\t") && !line.is_empty()
        })
        .map(|line| {
            let columns: Vec<&str> = line.split('\t').collect();
            let version = columns.get(5).map_or(0, |version| minor(version));
            (columns[0].to_owned(), columns[1].to_owned(), columns[2].parse().unwrap(), version)
        })
        .collect()
}

/// C says 0x80000000 of a flag whose enum is an `int`: the same 32 bits are the same value.
fn bits(value: i64) -> u32 {
    value as u32
}

fn constant_differences(rows: &[Constant], measured: &[(&str, &str, i64)]) -> Vec<String> {
    let measured: HashMap<_, _> =
        measured.iter().map(|&(tag, name, value)| ((tag, name), value)).collect();
    rows.iter()
        .filter_map(|(tag, name, value, _)| match measured.get(&(tag.as_str(), name.as_str())) {
            None => Some(format!("{tag}.{name}: not declared by the crate")),
            Some(&ours) if bits(ours) != bits(*value) => {
                Some(format!("{tag}.{name}: table {value}, crate {ours}"))
            }
            Some(_) => None,
        })
        .collect()
}

/// The rows that the driver's KMDF has, and those that came with a later one.
fn all_constant_rows() -> (Vec<Constant>, Vec<Constant>) {
    let mut rows = constant_rows(include_str!("../facts/wdf-constants.tsv"));
    rows.extend(constant_rows(include_str!("../facts/acx-enums.tsv")));
    rows.extend(constant_rows(include_str!("../facts/ks-constants.tsv")));
    by_version(rows, |row| row.3)
}

#[test]
fn no_constant_is_of_a_later_kmdf_than_the_drivers() {
    let (_, later) = all_constant_rows();
    assert!(!later.is_empty(), "the tables name no later constant");
    for (tag, name, ..) in &later {
        let declared = measured::CONSTANTS.iter().any(|(of, ours, _)| of == tag && ours == name);
        assert!(!declared, "{tag}.{name} came with a later KMDF than 1.{}", target());
    }
}

#[test]
fn constants_are_those_of_the_tables() {
    let (rows, _) = all_constant_rows();
    assert!(rows.len() > 1500, "the tables have only {} rows", rows.len());
    let found = constant_differences(&rows, measured::CONSTANTS);
    assert!(found.is_empty(), "{} rows differ:\n{}", found.len(), found.join("\n"));
}

#[test]
fn a_wrong_constant_row_is_found() {
    let (mut rows, _) = all_constant_rows();
    rows.iter_mut().find(|row| row.1 == "AcxPinTypeSource").unwrap().2 += 1;
    let found = constant_differences(&rows, measured::CONSTANTS);
    assert_eq!(found.len(), 1, "{found:?}");
}

#[test]
fn enumerators_of_acx_are_where_bindgen_puts_them() {
    let ours: HashMap<_, _> = measured::ENUMERATORS.iter().copied().collect();
    let mut rows = 0;
    for line in include_str!("../facts/acx-names.tsv").lines().filter(|l| !l.starts_with('#')) {
        if let [module, name, value] = line.split('\t').collect::<Vec<_>>()[..] {
            rows += 1;
            let path = format!("{module}::{name}");
            assert_eq!(ours.get(path.as_str()), Some(&value.parse().unwrap()), "{path}");
        }
    }
    assert!(rows > 400, "the table has only {rows} enumerators");
}

#[test]
fn the_enums_of_table_indexes_count_the_entries() {
    let kmdf: Vec<_> = WDF_FUNCTION_NAMES.into_iter().zip(0..).collect();
    assert_eq!(measured::WDF_INDEXES, kmdf);
    let acx: Vec<_> = ACX_FUNCTION_NAMES.into_iter().zip(0..).collect();
    assert_eq!(measured::ACX_INDEXES, acx);
}
