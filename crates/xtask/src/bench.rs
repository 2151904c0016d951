//! `cargo xtask bench`: measures the engine and writes the tables of docs/benchmarks.md.

use std::path::Path;
use std::process::Command;

/// The markers around the tables.
const BEGIN: &str = "<!-- `cargo xtask bench` writes these tables. -->\n";
const END: &str = "<!-- end of the tables -->\n";

/// The engine as it is in the image, and as it is linked in.
const PROFILES: [&str; 2] = ["bench-image", "release"];

/// A row of the program's output.
#[derive(Debug, PartialEq)]
struct Row {
    name: String,
    figure: String,
    /// The ratio to a copy of 16 bytes at a time, of rows that are ratios to a copy.
    plain: Option<String>,
}

/// A field of one of its objects, which are flat and have no quotes in their values.
fn field<'a>(line: &'a str, name: &str) -> Option<&'a str> {
    let rest = line.split_once(&format!("\"{name}\":"))?.1;
    let end = rest.find([',', '}'])?;
    match rest.strip_prefix('"') {
        Some(text) => text.split('"').next(),
        None => Some(&rest[..end]),
    }
}

fn row(line: &str) -> Option<Row> {
    let number = |name| field(line, name).and_then(|text| text.parse::<f64>().ok());
    let figure = match field(line, "unit")? {
        "" => {
            let (lower, upper) = (number("lower_quartile")?, number("upper_quartile")?);
            format!("{:.2} ({lower:.2} to {upper:.2})", number("ratio")?)
        }
        "ns" => format!("{:.0} ns", number("figure")?),
        unit => format!("{:.2} {unit}", number("figure")?),
    };
    let copies = field(line, "unit")?.is_empty() && field(line, "yardstick")? == "copy";
    let plain = copies.then(|| number("yards").map(|ratio| format!("{ratio:.2}"))).flatten();
    Some(Row { name: field(line, "name")?.to_owned(), figure, plain })
}

/// Runs the program in one profile.
fn measure(root: &Path, profile: &str) -> Result<Vec<Row>, String> {
    let mut command = Command::new(env!("CARGO"));
    command.args(["run", "--quiet", "--locked", "-p", "vdma-bench", "--profile", profile]);
    command.args(["--", "--json"]).current_dir(root);
    // The reference of the smoke test is of the image.
    command.args((profile == PROFILES[0]).then_some("--write"));
    let output = command.output().map_err(|why| format!("cargo does not run: {why}"))?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned());
    }
    let text = String::from_utf8_lossy(&output.stdout);
    text.lines().map(|line| row(line).ok_or_else(|| format!("not a row: {line}"))).collect()
}

/// The first line of each table.
const HEAD: &str = "| what | goal | in the image | the same, to 16 bytes at a time \
                    | linked in | peer |\n\
                    |---|---|---|---|---|---|\n";

/// Returns the tables, from `ratios.tsv` and the rows of both profiles: goals that are ratios,
/// goals that are times, and rows without a goal.
fn table(ratios: &str, image: &[Row], linked: &[Row]) -> String {
    let mut tables = [const { String::new() }; 3];
    for line in ratios.lines().skip(1) {
        let mut fields = line.split('\t');
        let name = fields.next().unwrap_or_default();
        let rest: Vec<&str> = fields.skip(2).collect();
        let [goal, peer] = [0, 1].map(|at| rest.get(at).copied().unwrap_or("-"));
        let figure = |rows: &[Row]| {
            let row = rows.iter().find(|row| row.name == name);
            row.map_or_else(|| "not measured".to_owned(), |row| row.figure.clone())
        };
        let plain = image.iter().find(|row| row.name == name).and_then(|row| row.plain.as_deref());
        let (image, linked) = (figure(image), figure(linked));
        let kind = match goal.parse::<f64>() {
            Ok(_) => 0,
            Err(_) if goal != "-" => 1,
            Err(_) => 2,
        };
        let text = &mut tables[kind];
        text.extend(["| ", name, " | ", goal, " | ", &*image, " | "]);
        text.extend([plain.unwrap_or("-"), " | ", &*linked, " | ", peer, " |\n"]);
    }
    let tables = tables.iter().filter(|rows| !rows.is_empty());
    let tables: Vec<_> = tables.map(|rows| format!("{HEAD}{rows}")).collect();
    tables.join("\n")
}

/// Returns the page with the table replaced.
fn with_table(page: &str, table: &str) -> Option<String> {
    let (before, rest) = page.split_once(BEGIN)?;
    let (_, after) = rest.split_once(END)?;
    Some([before, BEGIN, table, END, after].concat())
}

/// Measures both forms and writes the tables.
pub(crate) fn run(root: &Path) -> Result<(), String> {
    let [image, linked] = PROFILES.map(|profile| measure(root, profile));
    let read = |name: &str| {
        std::fs::read_to_string(root.join(name)).map_err(|why| format!("{name}: {why}"))
    };
    let table = table(&read("crates/vdma-bench/ratios.tsv")?, &image?, &linked?);
    print!("{table}");
    let name = "docs/benchmarks.md";
    let page = with_table(&read(name)?, &table).ok_or_else(|| format!("{name} has no table"))?;
    std::fs::write(root.join(name), page).map_err(|why| format!("{name}: {why}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_become_a_table_on_the_page() {
        let ratio = r#"{"name":"a, b","unit":"","figure":1.5,"ratio":1.5,"lower_quartile":1.4,"upper_quartile":1.6,"yardstick":"copy","yards":1.2}"#;
        let time = r#"{"name":"c","unit":"ns","figure":30.4,"ratio":1.0,"lower_quartile":1.0,"upper_quartile":1.0,"yardstick":"products","yards":2.0}"#;
        let rows = [row(ratio).unwrap(), row(time).unwrap()];
        let ratios = "row\tratio\tyards\tgoal\tpeer\na, b\t1.50\t1.20\t1.2\t1\nc\t1.00\t2\t30 ns\t-\nd\t1.00\t2\t-\t-\n";
        let table = table(ratios, &rows, &rows[..1]);
        let wanted = [
            "| a, b | 1.2 | 1.50 (1.40 to 1.60) | 1.20 | 1.50 (1.40 to 1.60) | 1 |\n",
            "| c | 30 ns | 30 ns | - | not measured | - |\n",
            "| d | - | not measured | - | not measured | - |\n",
        ];
        assert_eq!(table, wanted.map(|rows| format!("{HEAD}{rows}")).join("\n"));
        let page = format!("x\n{BEGIN}old\n{END}y\n");
        assert_eq!(with_table(&page, "new\n").unwrap(), format!("x\n{BEGIN}new\n{END}y\n"));
        assert_eq!(with_table("no table", "new"), None);
        assert_eq!(row("not json"), None);
    }

    #[test]
    fn the_page_has_a_place_for_the_table() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let page = std::fs::read_to_string(root.join("docs/benchmarks.md")).unwrap();
        assert!(with_table(&page, "").is_some());
    }
}
