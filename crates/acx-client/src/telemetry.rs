//! acxvad's counters of its streams (docs/telemetry.md), which any program can read: a property of
//! each circuit's filter.

use std::fmt::Write as _;

use acx_sys::{GUID, STATUS_REVISION_MISMATCH};
use acxvad_abi::properties;
pub use acxvad_abi::properties::STREAMS;
use acxvad_abi::telemetry::{ANOMALIES, Entry, Header};
pub use acxvad_abi::telemetry::{COUNTERS, ENTRY_BYTES, HEADER_BYTES, VERSION};
use serde_json::{Value, json};

use crate::Failed;
use crate::endpoint::Endpoint;
use crate::request::get;

/// acxvad's property set.
pub const PROPERTY_SET: GUID = GUID {
    Data1: properties::PROPERTY_SET.data1,
    Data2: properties::PROPERTY_SET.data2,
    Data3: properties::PROPERTY_SET.data3,
    Data4: properties::PROPERTY_SET.data4,
};

/// The driver's counters of one stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counters {
    /// The circuit.
    pub circuit: String,
    /// The stream's number in the circuit.
    pub stream: u64,
    /// The pin.
    pub pin: u32,
    /// Whether it is in RUN.
    pub running: bool,
    /// Frames per second.
    pub rate: u32,
    /// Frames since its start.
    pub position: u64,
    /// The counters, in the order of [`COUNTERS`].
    pub counts: [u64; COUNTERS.len()],
    /// The largest delay of a tick, in units of 100 ns.
    pub worst_lateness: u64,
    /// The trim of the cable's clock, in parts per billion.
    pub trim: i32,
}

impl Counters {
    /// The number of anomalies.
    pub fn anomalies(&self) -> u64 {
        ANOMALIES.into_iter().map(|index| self.counts[index]).sum()
    }

    /// As JSON.
    pub fn value(&self) -> Value {
        let mut value = json!({
            "circuit": self.circuit, "stream": self.stream, "pin": self.pin, "running": self.running,
            "rate": self.rate, "position_frames": self.position,
            "worst_lateness_us": self.worst_lateness as f64 / 10.0,
            "clock_trim_ppm": f64::from(self.trim) / 1000.0,
        });
        for ((_, name), count) in COUNTERS.into_iter().zip(self.counts) {
            value[name] = count.into();
        }
        value
    }
}

/// The header of a table of counters, whose lines are [`Counters`]' `Display`.
pub const HEAD: &str = "endpoint          time packets  latest  glitches";

/// The maximum width of a line.
const COLUMNS: usize = 80;

/// A line of at most 80 columns: circuit, position, packets, the largest delay of a tick, and the
/// anomalies.
impl std::fmt::Display for Counters {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let seconds = self.position as f64 / f64::from(self.rate.max(1));
        let latest = self.worst_lateness as f64 / 10_000.0;
        let mut line = format!(
            "{:<13} {seconds:>6.1} s {:>7} {latest:>4.0} ms  ",
            self.circuit, self.counts[0]
        );
        let wrong = ANOMALIES.into_iter().filter(|index| self.counts[*index] > 0);
        let words: Vec<_> =
            wrong.map(|index| format!("{} {}", self.counts[index], COUNTERS[index].0)).collect();
        let mut rest = words.len();
        let mut separator = "";
        for word in &words {
            // The end of a line gives the number of omitted kinds.
            let reserve = if rest > 1 { ", 6 more".len() } else { 0 };
            if line.chars().count() + separator.len() + word.len() + reserve > COLUMNS {
                let _ = write!(line, "{separator}{rest} more");
                break;
            }
            line.push_str(separator);
            line.push_str(word);
            separator = ", ";
            rest -= 1;
        }
        if words.is_empty() {
            line.push_str("none");
        }
        f.write_str(&line)
    }
}

/// Reads the counters of a circuit's streams.
///
/// # Errors
///
/// [`Failed`]: the circuit does not belong to acxvad, or its property has another version.
pub fn counters(endpoint: &Endpoint) -> Result<Vec<Counters>, Failed> {
    let what = "the telemetry of acxvad";
    let value = get(&endpoint.filter, what, &PROPERTY_SET, STREAMS, &[])?;
    let header = Header::read(&value)
        .filter(|header| header.version == VERSION && header.entry_bytes as usize == ENTRY_BYTES)
        .ok_or(Failed { what, status: STATUS_REVISION_MISMATCH })?;
    let (entries, _) = value[HEADER_BYTES..].as_chunks::<ENTRY_BYTES>();
    let read = |entry: &[u8; ENTRY_BYTES]| {
        let entry = Entry::from_bytes(entry);
        Counters {
            circuit: endpoint.name().to_owned(),
            stream: entry.stream,
            pin: entry.pin,
            running: entry.running,
            rate: entry.rate,
            position: entry.position,
            counts: entry.counters,
            worst_lateness: entry.worst_lateness,
            trim: header.trim,
        }
    };
    Ok(entries.iter().map(read).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counters(counts: [u64; COUNTERS.len()]) -> Counters {
        Counters {
            circuit: "MicrophoneDsp".to_owned(),
            stream: 1,
            pin: 0,
            running: true,
            rate: 48_000,
            position: 96_000,
            counts,
            worst_lateness: 300_000,
            trim: 0,
        }
    }

    #[test]
    fn a_line_fits_into_80_columns_and_says_how_much_it_leaves_out() {
        assert!(HEAD.len() <= COLUMNS);
        let quiet = counters([197, 0, 0, 0, 0, 0, 0, 3, 0, 9]).to_string();
        assert_eq!(quiet, "MicrophoneDsp    2.0 s     197   30 ms  none");
        let some = counters([197, 1, 2, 0, 1, 0, 0, 0, 1, 9]).to_string();
        assert_eq!(
            some,
            "MicrophoneDsp    2.0 s     197   30 ms  1 late, 2 skipped, 1 overwrites, 1 more"
        );
        for count in [1, 1_000, 10_000_000] {
            let line = counters([count; COUNTERS.len()]).to_string();
            assert!(line.len() <= COLUMNS && line.ends_with(" more"), "{line}");
        }
    }
}
