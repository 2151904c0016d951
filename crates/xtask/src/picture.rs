//! `cargo xtask picture`: docs/architecture.svg, from docs/architecture.toml.
//!
//! Graphviz would draw the graph, but differently from version to version, and not by layers that
//! mean something. Here boxes have rows and columns, and arrows go straight down.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use cargo_acx::files::{read, write};
use serde::Deserialize;

const COLUMN: usize = 152;
const ROW: usize = 106;
/// Between boxes, and around all of them.
const GAP: usize = 10;
const HEIGHT: usize = 72;
/// Room above the first row and below the last.
const EDGE: usize = 14;
const LEGEND: usize = 40;
/// The width of a character of the small type, in tenths.
const CHARACTER: usize = 64;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Picture {
    title: String,
    arrows: Vec<String>,
    kinds: BTreeMap<String, Kind>,
    #[serde(rename = "box")]
    boxes: Vec<Crate>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Kind {
    text: String,
    fill: String,
    line: String,
}

/// A box.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Crate {
    name: String,
    /// The package, if it has another name.
    #[cfg_attr(not(test), expect(dead_code, reason = "the test compares with the packages"))]
    package: Option<String>,
    kind: String,
    row: usize,
    /// The first and the last.
    columns: [usize; 2],
    text: Vec<String>,
}

impl Crate {
    fn left(&self) -> usize {
        self.columns[0] * COLUMN + GAP
    }

    fn width(&self) -> usize {
        (self.columns[1] + 1).saturating_sub(self.columns[0]) * COLUMN - 2 * GAP
    }

    fn top(&self) -> usize {
        EDGE + self.row * ROW
    }

    fn covers(&self, column: usize) -> bool {
        (self.columns[0]..=self.columns[1]).contains(&column)
    }
}

impl Picture {
    fn parse(text: &str) -> Result<Self, String> {
        let picture: Self = toml::from_str(text).map_err(|why| why.to_string())?;
        for (at, one) in picture.boxes.iter().enumerate() {
            if one.columns[0] > one.columns[1] {
                return Err(format!("{}: its columns are the wrong way round", one.name));
            }
            if !picture.kinds.contains_key(&one.kind) {
                return Err(format!("{}: there is no kind {}", one.name, one.kind));
            }
            for line in &one.text {
                if line.chars().count() * CHARACTER / 10 > one.width() {
                    return Err(format!("{}: too long for its box: {line}", one.name));
                }
            }
            for other in &picture.boxes[at + 1..] {
                let is_over = (one.columns[0]..=one.columns[1]).any(|own| other.covers(own));
                if one.row == other.row && is_over {
                    return Err(format!("{} and {} lie on each other", one.name, other.name));
                }
            }
        }
        Ok(picture)
    }

    fn find(&self, name: &str) -> Result<&Crate, String> {
        let found = self.boxes.iter().find(|own| own.name == name);
        found.ok_or_else(|| format!("an arrow names {name}, which is no box"))
    }

    /// The ends of each arrow.
    fn arrows(&self) -> Result<Vec<(&Crate, &Crate)>, String> {
        let ends = |arrow: &String| {
            let (from, to) = arrow
                .split_once(" -> ")
                .ok_or_else(|| format!("{arrow} is no arrow such as \"a -> b\""))?;
            Ok((self.find(from)?, self.find(to)?))
        };
        self.arrows.iter().map(ends).collect()
    }

    /// Where an arrow goes down: the middle of the columns that both ends have and no box between
    /// them.
    fn way(&self, from: &Crate, to: &Crate) -> Result<usize, String> {
        let is_free = |column: usize| {
            let mut between =
                self.boxes.iter().filter(|own| own.row > from.row && own.row < to.row);
            !between.any(|own| own.covers(column))
        };
        let columns = from.columns[0]..=from.columns[1];
        let both = columns.filter(|column| to.covers(*column) && is_free(*column));
        let both: Vec<usize> = both.collect();
        let (Some(first), Some(last)) = (both.first(), both.last()) else {
            return Err(format!("there is no way straight down from {} to {}", from.name, to.name));
        };
        Ok((first + last + 1) * COLUMN / 2)
    }

    fn svg(&self) -> Result<String, String> {
        let columns = self.boxes.iter().map(|own| own.columns[1] + 1).max().unwrap_or(0);
        let rows = self.boxes.iter().map(|own| own.row).max().unwrap_or(0);
        let (width, floor) = (columns * COLUMN, EDGE + rows * ROW + HEIGHT);
        let mut out = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {}\" role=\"img\" \
             font-family=\"system-ui, sans-serif\" font-size=\"15\">\n\
             <!-- Written by `cargo xtask picture` from architecture.toml. -->\n  \
             <title>{}</title>\n  <style>\n",
            floor + LEGEND,
            escaped(&self.title)
        );
        for (name, kind) in &self.kinds {
            let Kind { fill, line, .. } = kind;
            let _ =
                writeln!(out, "    .{name} {{ fill: {fill}; stroke: {line}; stroke-width: 1.5 }}");
        }
        out.push_str(
            "    .arrow { stroke: #46545f; stroke-width: 1.6; fill: none; marker-end: url(#tip) }\n    \
             text { fill: #18222b; text-anchor: middle }\n    \
             .name { font-weight: 600 }\n    \
             .small { font-size: 12px; fill: #46545f }\n    \
             .legend { font-size: 12px; text-anchor: start }\n  </style>\n  \
             <defs><marker id=\"tip\" markerWidth=\"8\" markerHeight=\"8\" refX=\"7\" refY=\"4\" \
             orient=\"auto\"><path d=\"M0 0 8 4 0 8z\" fill=\"#46545f\"/></marker></defs>\n",
        );
        let _ = writeln!(
            out,
            "  <rect width=\"{width}\" height=\"{}\" fill=\"#ffffff\"/>",
            floor + LEGEND
        );
        for (from, to) in self.arrows()? {
            let x = self.way(from, to)?;
            let (y, end) = (from.top() + HEIGHT, to.top());
            let _ = writeln!(out, "  <path class=\"arrow\" d=\"M{x} {y}V{end}\"/>");
        }
        for own in &self.boxes {
            let (x, y, width) = (own.left(), own.top(), own.width());
            let middle = x + width / 2;
            let _ = writeln!(
                out,
                "  <rect class=\"{}\" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{HEIGHT}\" rx=\"8\"/>\n  \
                 <text class=\"name\" x=\"{middle}\" y=\"{}\">{}</text>",
                own.kind,
                y + 24,
                escaped(&own.name)
            );
            for (at, line) in own.text.iter().enumerate() {
                let y = y + 44 + 16 * at;
                let _ = writeln!(
                    out,
                    "  <text class=\"small\" x=\"{middle}\" y=\"{y}\">{}</text>",
                    escaped(line)
                );
            }
        }
        for (at, (name, kind)) in self.kinds.iter().enumerate() {
            let (x, y) = (GAP + at * width / self.kinds.len(), floor + 14);
            let _ = writeln!(
                out,
                "  <rect class=\"{name}\" x=\"{x}\" y=\"{y}\" width=\"16\" height=\"16\" rx=\"3\"/>\n  \
                 <text class=\"legend\" x=\"{}\" y=\"{}\">{}</text>",
                x + 24,
                y + 12,
                escaped(&kind.text)
            );
        }
        Ok(out + "</svg>\n")
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// Writes the picture.
///
/// # Errors
///
/// The source is wrong: what in it, and how.
pub(crate) fn run(root: &Path) -> Result<(), String> {
    let source = root.join("docs/architecture.toml");
    let svg = Picture::parse(&read(&source)?).and_then(|picture| picture.svg());
    let svg = svg.map_err(|why| format!("{}: {why}", source.display()))?;
    write(&root.join("docs/architecture.svg"), svg)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use cargo_metadata::{DependencyKind, MetadataCommand};

    use super::*;

    fn root() -> std::path::PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
    }

    fn source() -> String {
        read(&root().join("docs/architecture.toml")).unwrap()
    }

    #[test]
    fn the_picture_is_what_its_source_says() {
        let svg = Picture::parse(&source()).unwrap().svg().unwrap();
        let kept = read(&root().join("docs/architecture.svg")).unwrap();
        assert_eq!(svg, kept, "`cargo xtask picture` writes it");
        let mut reader = quick_xml::Reader::from_str(&svg);
        while reader.read_event().unwrap() != quick_xml::events::Event::Eof {}
    }

    type Graph = BTreeMap<String, BTreeSet<String>>;

    /// What differs between arrows and dependencies.
    fn differences(picture: &Picture, may: &Graph, must: &Graph) -> Vec<String> {
        let mut drawn = Graph::new();
        for (from, to) in picture.arrows().unwrap() {
            drawn.entry(from.name.clone()).or_default().insert(to.name.clone());
        }
        let reaches = |from: &str, to: &str| {
            let mut next = vec![from.to_owned()];
            let mut seen = BTreeSet::new();
            while let Some(name) = next.pop() {
                for below in drawn.get(&name).into_iter().flatten() {
                    if seen.insert(below.clone()) {
                        next.push(below.clone());
                    }
                }
            }
            seen.contains(to)
        };
        let package = |own: &Crate| own.package.clone().unwrap_or_else(|| own.name.clone());
        let mut wrong = Vec::new();
        for from in &picture.boxes {
            let (Some(may), Some(must)) = (may.get(&package(from)), must.get(&package(from)))
            else {
                wrong.push(format!("there is no package {}", package(from)));
                continue;
            };
            for to in &picture.boxes {
                let is_drawn = drawn.get(&from.name).is_some_and(|own| own.contains(&to.name));
                if is_drawn && !may.contains(&package(to)) {
                    wrong.push(format!("{} does not depend on {}", from.name, to.name));
                }
                if must.contains(&package(to)) && !reaches(&from.name, &to.name) {
                    wrong.push(format!("{} depends on {}", from.name, to.name));
                }
            }
        }
        wrong
    }

    #[test]
    fn arrows_are_dependencies_and_dependencies_are_arrows() {
        let metadata =
            MetadataCommand::new().manifest_path(root().join("Cargo.toml")).no_deps().exec();
        let needs = |package: &cargo_metadata::Package| {
            let all: BTreeSet<String> = package
                .dependencies
                .iter()
                .filter(|needed| needed.kind == DependencyKind::Normal)
                .map(|needed| needed.name.clone())
                .collect();
            // What a feature brings along may be drawn, and need not be: the host in acxvad-io.
            let optional = |name: &String| {
                package.dependencies.iter().any(|needed| needed.optional && needed.name == *name)
            };
            let must = all.iter().filter(|name| !optional(name)).cloned().collect();
            (package.name.to_string(), (all, must))
        };
        let (may, must): (Graph, Graph) = metadata
            .unwrap()
            .packages
            .iter()
            .map(needs)
            .map(|(name, (all, must))| ((name.clone(), all), (name, must)))
            .unzip();
        let picture = Picture::parse(&source()).unwrap();
        assert_eq!(differences(&picture, &may, &must), Vec::<String>::new());
        for (from, to, said) in [
            ("    \"acx -> acx-sys\",\n", "", "acx depends on acx-sys"),
            ("acx-host -> acx-client", "acxvad -> acxvad-abi", "acx-host depends on acx-client"),
            ("acx -> acx-sys", "acx -> vdma", "acx does not depend on vdma"),
            ("\"acxvad-driver\"", "\"acxvad-dirver\"", "there is no package acxvad-dirver"),
        ] {
            assert!(source().contains(from), "{from}");
            let broken = Picture::parse(&source().replace(from, to)).unwrap();
            let found = differences(&broken, &may, &must);
            assert!(found.iter().any(|own| own == said), "{to}: {found:#?}");
        }
    }

    #[test]
    fn a_picture_that_cannot_be_drawn_says_why() {
        for (from, to, said) in [
            ("columns = [2, 2]", "columns = [3, 3]", "acx and acx-client lie on each other"),
            ("columns = [0, 0]", "columns = [2, 1]", "vdma: its columns are the wrong way round"),
            ("kind = \"seam\"", "kind = \"seem\"", "acx-sys: there is no kind seem"),
            ("acxvad-io -> acx-client", "acxvad-io -> client", "an arrow names client"),
            ("acxvad-io -> acx-client", "acxvad-io: acx-client", "is no arrow such as"),
            ("acxvad -> acxvad-abi", "acxvad -> acx-conform", "no way straight down from acxvad"),
            ("safe wrappers of", "safe wrappers of all of it", "acx: too long for its box"),
            ("row = 5", "rwo = 5", "unknown field `rwo`"),
        ] {
            assert!(source().contains(from), "{from}");
            let broken = Picture::parse(&source().replacen(from, to, 1));
            let why = broken.and_then(|picture| picture.svg()).unwrap_err();
            assert!(why.contains(said), "{to}: {why}");
        }
    }
}
