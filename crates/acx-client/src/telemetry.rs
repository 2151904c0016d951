//! What acxvad counts of its streams (docs/telemetry.md), as any program can ask for it: a property of each circuit's filter.

use acx_sys::{GUID, STATUS_REVISION_MISMATCH};
use serde_json::{Value, json};

use crate::Failed;
use crate::endpoint::Endpoint;
use crate::request::{get, long, number};

/// acxvad's own properties.
pub const PROPERTY_SET: GUID = GUID {
    Data1: 0xB6C5_E1B0,
    Data2: 0x7B1D,
    Data3: 0x4D2C,
    Data4: [0x9C, 0x53, 0x0C, 0x6B, 0x2B, 0x2A, 0x5E, 0x10],
};

/// The property that has the streams.
pub const STREAMS: u32 = 1;

/// The version of its value that is understood here.
pub const VERSION: u32 = 1;

/// Bytes before the first stream.
pub const HEADER_BYTES: usize = 16;

/// Bytes of a stream.
pub const ENTRY_BYTES: usize = 120;

/// The counters of a stream, in the order of the driver's: what they are called for people and for programs.
pub const COUNTERS: [(&str, &str); 9] = [
    ("packets", "packets_done"),
    ("late", "late_ticks"),
    ("skipped", "packets_skipped"),
    ("underruns", "underruns"),
    ("overwrites", "overwrites"),
    ("late answers", "late_answers"),
    ("early answers", "overrun_answers"),
    ("ends", "ends_of_stream"),
    ("wire silence", "wire_silence"),
];

/// Those of them that say that something went wrong.
const ANOMALIES: [usize; 7] = [1, 2, 3, 4, 5, 6, 8];

/// What the driver says of one stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counters {
    /// The circuit.
    pub circuit: String,
    /// The stream's number there.
    pub stream: u64,
    /// The pin.
    pub pin: u32,
    /// Whether it runs.
    pub running: bool,
    /// Frames a second.
    pub rate: u32,
    /// Frames since its start.
    pub position: u64,
    /// As [`COUNTERS`] names them.
    pub counts: [u64; 9],
    /// The latest that a tick was, in 100 ns.
    pub worst_lateness: u64,
}

impl Counters {
    /// How often something went wrong.
    pub fn anomalies(&self) -> u64 {
        ANOMALIES.into_iter().map(|index| self.counts[index]).sum()
    }

    /// For programs.
    pub fn value(&self) -> Value {
        let mut value = json!({
            "circuit": self.circuit, "stream": self.stream, "pin": self.pin, "running": self.running,
            "rate": self.rate, "position_frames": self.position,
            "worst_lateness_us": self.worst_lateness as f64 / 10.0,
        });
        for ((_, name), count) in COUNTERS.into_iter().zip(self.counts) {
            value[name] = count.into();
        }
        value
    }
}

impl std::fmt::Display for Counters {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let seconds = self.position as f64 / f64::from(self.rate.max(1));
        write!(f, "{:<12} {seconds:>8.2} s {:>7} packets", self.circuit, self.counts[0])?;
        write!(f, "  worst lateness {:>7.1} us", self.worst_lateness as f64 / 10.0)?;
        let wrong = ANOMALIES.into_iter().filter(|index| self.counts[*index] > 0);
        wrong
            .into_iter()
            .try_for_each(|index| write!(f, "  {} {}", self.counts[index], COUNTERS[index].0))?;
        if self.anomalies() == 0 { write!(f, "  no glitch") } else { Ok(()) }
    }
}

/// Asks a circuit for its streams.
///
/// # Errors
///
/// [`Failed`]: the circuit is not one of acxvad's, or its property has another version.
pub fn counters(endpoint: &Endpoint) -> Result<Vec<Counters>, Failed> {
    let what = "the telemetry of acxvad";
    let value = get(&endpoint.filter, what, &PROPERTY_SET, STREAMS, &[])?;
    if number(&value, 0) != VERSION || number(&value, 4) as usize != ENTRY_BYTES {
        return Err(Failed { what, status: STATUS_REVISION_MISMATCH });
    }
    let entries = value[HEADER_BYTES..].chunks_exact(ENTRY_BYTES);
    let read = |entry: &[u8]| Counters {
        circuit: endpoint.name().to_owned(),
        stream: long(entry, 0),
        pin: number(entry, 8),
        running: number(entry, 12) != 0,
        rate: number(entry, 16),
        position: long(entry, 32),
        counts: std::array::from_fn(|index| long(entry, 40 + 8 * index)),
        worst_lateness: long(entry, 40 + 8 * 9),
    };
    Ok(entries.map(read).collect())
}
