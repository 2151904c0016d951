//! Every row of the fact tables against what the compiler makes of the bundled ABI: sizes, alignments, offsets, constants, enums, names.
//!
//! `measured` is generated from the same tables (`cargo xtask bindings`): a row that our sources do not declare has no measurement, and
//! so is reported as missing.

use std::collections::HashMap;

use acx_sys::{ACX_FUNCTION_NAMES, WDF_FUNCTION_NAMES};

mod measured;

/// What the compiler makes of a type (`field` is empty; size and alignment) or of a field (offset and size).
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
}

/// Rows of `wdf-layouts.tsv` and `ks-layouts.tsv`. Bit fields have no address and are left to the size of their structure.
fn wdf_rows(table: &str) -> Vec<Row> {
    table
        .lines()
        .filter(|line| {
            !line.starts_with('#') && !line.starts_with("group\t") && !line.starts_with("NT-")
        })
        .filter_map(|line| {
            let columns: Vec<&str> = line.split('\t').collect();
            let [_, structure, field, first, second] = columns[..5] else {
                panic!("short row: {line}");
            };
            if second.starts_with("bits") {
                return None;
            }
            let field = if field == "(sizeof)" { "" } else { field };
            Some(Row {
                structure: structure.to_owned(),
                field: field.to_owned(),
                first: first.parse().unwrap(),
                second: Some(second.trim_start_matches("align ").parse().unwrap()),
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

fn layout_rows() -> Vec<Row> {
    let mut rows = wdf_rows(include_str!("../facts/wdf-layouts.tsv"));
    rows.extend(wdf_rows(include_str!("../facts/ks-layouts.tsv")));
    rows.extend(acx_rows(include_str!("../facts/acx-layouts.tsv")));
    rows
}

#[test]
fn layouts_are_those_of_the_tables() {
    let rows = layout_rows();
    assert!(rows.len() > 2000, "the tables have only {} rows", rows.len());
    let found = without_exceptions(layout_differences(&rows, measured::LAYOUTS));
    assert!(found.is_empty(), "{} rows differ:\n{}", found.len(), found.join("\n"));
}

#[test]
fn a_wrong_layout_row_is_found() {
    let mut rows = layout_rows();
    let row = rows
        .iter_mut()
        .find(|row| row.structure == "WDF_TIMER_CONFIG" && row.field == "Period")
        .unwrap();
    row.first += 4;
    let found = without_exceptions(layout_differences(&rows, measured::LAYOUTS));
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].starts_with("WDF_TIMER_CONFIG.Period: table 20/"), "{found:?}");
}

/// Tag, name and value of every row of an enum table, whose value is in column `value`.
fn constant_rows(table: &str) -> Vec<(String, String, i64)> {
    table
        .lines()
        .filter(|line| {
            !line.starts_with("# ") && !line.starts_with("enum\tname\t") && !line.is_empty()
        })
        .map(|line| {
            let columns: Vec<&str> = line.split('\t').collect();
            (columns[0].to_owned(), columns[1].to_owned(), columns[2].parse().unwrap())
        })
        .collect()
}

/// C says 0x80000000 of a flag whose enum is an `int`: the same 32 bits are the same value.
fn bits(value: i64) -> u32 {
    value as u32
}

fn constant_differences(
    rows: &[(String, String, i64)],
    measured: &[(&str, &str, i64)],
) -> Vec<String> {
    let measured: HashMap<_, _> =
        measured.iter().map(|&(tag, name, value)| ((tag, name), value)).collect();
    rows.iter()
        .filter_map(|(tag, name, value)| match measured.get(&(tag.as_str(), name.as_str())) {
            None => Some(format!("{tag}.{name}: not declared by the crate")),
            Some(&ours) if bits(ours) != bits(*value) => {
                Some(format!("{tag}.{name}: table {value}, crate {ours}"))
            }
            Some(_) => None,
        })
        .collect()
}

fn all_constant_rows() -> Vec<(String, String, i64)> {
    let mut rows = constant_rows(include_str!("../facts/wdf-constants.tsv"));
    rows.extend(constant_rows(include_str!("../facts/acx-enums.tsv")));
    rows.extend(constant_rows(include_str!("../facts/ks-constants.tsv")));
    rows
}

#[test]
fn constants_are_those_of_the_tables() {
    let rows = all_constant_rows();
    assert!(rows.len() > 1500, "the tables have only {} rows", rows.len());
    let found = constant_differences(&rows, measured::CONSTANTS);
    assert!(found.is_empty(), "{} rows differ:\n{}", found.len(), found.join("\n"));
}

#[test]
fn a_wrong_constant_row_is_found() {
    let mut rows = all_constant_rows();
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
