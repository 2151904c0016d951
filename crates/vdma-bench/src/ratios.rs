//! The committed table of ratios: what the smoke test expects, and the goals.

use std::fs;
use std::path::PathBuf;

/// A ratio may be off by less than this factor, in either direction: a row that has become much
/// faster needs a new reference. Less than two, so that one that takes twice as long is not just
/// inside.
const FACTOR: f64 = 1.8;

/// A row of the table.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Reference {
    /// The row's name.
    pub(crate) name: String,
    /// Its ratio to its yardstick, of the engine as it is in the image.
    pub(crate) ratio: f64,
    /// Goal and peer, for people: tab-separated.
    pub(crate) rest: String,
}

fn path() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("ratios.tsv")
}

fn text() -> Result<String, String> {
    fs::read_to_string(path()).map_err(|error| format!("{}: {error}", path().display()))
}

fn parse(line: &str) -> Result<Reference, String> {
    let mut fields = line.splitn(4, '\t');
    // The ratio to `memcpy` is for people.
    let [name, _, ratio] = [(); 3].map(|()| fields.next().unwrap_or_default());
    let ratio = ratio.parse().map_err(|_| format!("{name}: {ratio} is not a ratio"))?;
    Ok(Reference { name: name.to_owned(), ratio, rest: fields.next().unwrap_or("").to_owned() })
}

/// The table.
pub(crate) fn read() -> Result<Vec<Reference>, String> {
    text()?.lines().skip(1).map(parse).collect()
}

/// Puts new ratios into the table, and the peers that were measured; the rest of each row stays.
pub(crate) fn write(ratios: &[(&str, [f64; 2], Option<String>)]) -> Result<(), String> {
    let text = text()?;
    let rows: Vec<Reference> = text.lines().skip(1).map(parse).collect::<Result<_, _>>()?;
    let mut new = text.lines().next().unwrap_or_default().to_owned();
    for (name, [ratio, yards], peer) in ratios {
        let rest = rows.iter().find(|row| row.name == *name).map_or("\t", |row| &row.rest);
        let (goals, known) = rest.rsplit_once('\t').unwrap_or((rest, ""));
        let peer = peer.as_deref().unwrap_or(known);
        let rest = format!("{goals}\t{peer}");
        new.extend(["\n", name, "\t", &format!("{ratio:.2}\t{yards:.2}"), "\t", &rest]);
    }
    new.push('\n');
    fs::write(path(), new).map_err(|error| format!("{}: {error}", path().display()))
}

/// Whether a ratio is what it usually is.
pub(crate) fn judge(name: &str, is: f64, usual: f64) -> Result<(), String> {
    if is < usual * FACTOR && is > usual / FACTOR {
        return Ok(());
    }
    Err(format!("{name}: {is:.2} times its yardstick, which ratios.tsv has as {usual:.2}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ratio_is_off_by_a_factor_of_two() {
        assert_eq!(judge("a", 1.7, 1.0), Ok(()));
        assert_eq!(judge("a", 0.6, 1.0), Ok(()));
        assert!(judge("a", 1.9, 1.0).is_err() && judge("a", 0.5, 1.0).is_err());
        assert!(judge("a", f64::NAN, 1.0).is_err());
    }
}
