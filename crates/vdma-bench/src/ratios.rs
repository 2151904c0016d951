//! The committed table of ratios: what the smoke test expects, and the goals.

use std::fs;
use std::path::PathBuf;

/// A ratio may be off by less than this factor, in either direction: a row that has become much faster
/// needs a new reference.
const FACTOR: f64 = 2.0;

/// A row of the table.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Reference {
    /// The row's name.
    pub(crate) name: String,
    /// Its ratio to `memcpy`, of the engine as it is in the image.
    pub(crate) ratio: f64,
    /// Goal, figure before and peer, for people: tab-separated.
    pub(crate) rest: String,
}

fn path() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("ratios.tsv")
}

fn text() -> Result<String, String> {
    fs::read_to_string(path()).map_err(|error| format!("{}: {error}", path().display()))
}

fn parse(line: &str) -> Result<Reference, String> {
    let mut fields = line.splitn(3, '\t');
    let (name, ratio) = (fields.next().unwrap_or_default(), fields.next().unwrap_or_default());
    let ratio = ratio.parse().map_err(|_| format!("{name}: {ratio} is not a ratio"))?;
    Ok(Reference { name: name.to_owned(), ratio, rest: fields.next().unwrap_or("").to_owned() })
}

/// The table.
pub(crate) fn read() -> Result<Vec<Reference>, String> {
    text()?.lines().skip(1).map(parse).collect()
}

/// Puts new ratios into the table, and the peers that were measured; the rest of each row stays.
pub(crate) fn write(ratios: &[(&str, f64, Option<String>)]) -> Result<(), String> {
    let text = text()?;
    let rows: Vec<Reference> = text.lines().skip(1).map(parse).collect::<Result<_, _>>()?;
    let mut new = text.lines().next().unwrap_or_default().to_owned();
    for (name, ratio, peer) in ratios {
        let rest = rows.iter().find(|row| row.name == *name).map_or("\t\t", |row| &row.rest);
        let (goals, known) = rest.rsplit_once('\t').unwrap_or((rest, ""));
        let peer = peer.as_deref().unwrap_or(known);
        let rest = format!("{goals}\t{peer}");
        new.extend(["\n", name, "\t", &format!("{ratio:.2}"), "\t", &rest]);
    }
    new.push('\n');
    fs::write(path(), new).map_err(|error| format!("{}: {error}", path().display()))
}

/// Whether a ratio is what it usually is.
pub(crate) fn judge(name: &str, is: f64, usual: f64) -> Result<(), String> {
    if is < usual * FACTOR && is > usual / FACTOR {
        return Ok(());
    }
    Err(format!("{name}: {is:.2} times memcpy, which ratios.tsv has as {usual:.2}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ratio_is_off_from_a_factor_of_two_on() {
        assert_eq!(judge("a", 1.9, 1.0), Ok(()));
        assert_eq!(judge("a", 0.51, 1.0), Ok(()));
        assert!(judge("a", 2.0, 1.0).is_err() && judge("a", 0.5, 1.0).is_err());
        assert!(judge("a", f64::NAN, 1.0).is_err());
    }
}
