//! Function tables: order, indexes and parameter counts as the fact tables say.

use acx_sys::{ACX_FUNCTION_NAMES, ACX_FUNCTION_SHAPES, WDF_FUNCTION_NAMES, WDF_FUNCTION_SHAPES};

/// Index, name and parameter count (without the globals) of each row.
fn rows(table: &str, globals_listed: bool) -> Vec<(usize, &str, usize)> {
    table
        .lines()
        .filter(|line| line.starts_with(|c: char| c.is_ascii_digit()))
        .map(|line| {
            let columns: Vec<&str> = line.split('\t').collect();
            let parameters =
                columns[3].split(',').filter(|p| !matches!(p.trim(), "" | "VOID" | "void")).count();
            (columns[0].parse().unwrap(), columns[1], parameters - usize::from(globals_listed))
        })
        .collect()
}

fn differences(
    rows: &[(usize, &str, usize)],
    names: &[&str],
    shapes: &[(usize, usize)],
) -> Vec<String> {
    let mut found = Vec::new();
    if rows.len() != names.len() {
        found.push(format!("{} rows, {} entries", rows.len(), names.len()));
    }
    for (place, (row, (name, shape))) in rows.iter().zip(names.iter().zip(shapes)).enumerate() {
        let ours = (shape.0, *name, shape.1);
        if *row != ours || shape.0 != place {
            found.push(format!("table {row:?}, crate {ours:?} at {place}"));
        }
    }
    found
}

#[test]
fn kmdf_entries_are_those_of_the_table() {
    let rows = rows(include_str!("../facts/wdf-functions.tsv"), true);
    let found = differences(&rows, &WDF_FUNCTION_NAMES, &WDF_FUNCTION_SHAPES);
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn acx_entries_are_those_of_the_table() {
    let rows = rows(include_str!("../facts/acx-functions.tsv"), false);
    let found = differences(&rows, &ACX_FUNCTION_NAMES, &ACX_FUNCTION_SHAPES);
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn a_wrong_row_is_found() {
    let mut rows = rows(include_str!("../facts/acx-functions.tsv"), false);
    rows[7].2 += 1;
    let found = differences(&rows, &ACX_FUNCTION_NAMES, &ACX_FUNCTION_SHAPES);
    assert_eq!(found.len(), 1, "{found:?}");
}
