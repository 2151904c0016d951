//! The fact tables: tab-separated text, `#` comments, some with a heading.

/// The data rows of a fact table: no comments, no heading.
pub(crate) fn rows(table: &str) -> impl Iterator<Item = Vec<&str>> {
    const HEADINGS: [&str; 4] = ["index\t", "group\t", "enum\tname\t", "header\t"];
    table
        .lines()
        .filter(|line| {
            // `#define` rows of the enum tables are data.
            let comment = line.starts_with('#') && !line.starts_with("#define\t");
            !comment
                && !line.is_empty()
                && !HEADINGS.iter().any(|heading| line.starts_with(heading))
        })
        .map(|line| line.split('\t').collect())
}
