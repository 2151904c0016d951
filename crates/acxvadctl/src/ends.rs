//! Hidden ends of cables, for the status: whether a program streams there, and whether the jack of
//! the visible end follows it.

use std::fmt;

use acx_client::hidden::HiddenEnd as Found;
use acx_client::request::{get_known, number};
use acx_client::telemetry::{self, PROPERTY_SET};
use acx_client::{Direction, Failed, System};
use acxvad_abi::properties::JACK_CONNECTED;
use acxvad_abi::settings::{ENDS, JACK_FOLLOWS};
use serde_json::{Value, json};

/// A hidden end.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HiddenEnd {
    /// Its circuit, such as `Speaker0`.
    pub circuit: String,
    /// Whether programs play there; otherwise they record.
    pub is_render: bool,
    /// The number of open streams.
    pub streams: usize,
    /// The number of running streams: programs feed or read the cable.
    pub running: usize,
    /// The other end of the cable, if it is visible.
    pub other: Option<OtherEnd>,
}

/// The visible end of a cable whose other end is hidden.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OtherEnd {
    /// Its circuit.
    pub circuit: String,
    /// Whether its jack follows the hidden end.
    pub follows: bool,
    /// Whether its jack is plugged in.
    pub plugged: bool,
}

impl HiddenEnd {
    /// Whether an endpoint of this direction is unplugged because no program streams here.
    pub fn unplugs(&self, is_render: bool) -> bool {
        let waits = |other: &OtherEnd| other.follows && !other.plugged;
        self.is_render != is_render && self.other.as_ref().is_some_and(waits)
    }

    /// As JSON.
    pub fn value(&self) -> Value {
        let other = |own: &OtherEnd| {
            json!({
                "circuit": own.circuit, "jack_follows": own.follows, "plugged_in": own.plugged,
            })
        };
        json!({
            "circuit": self.circuit, "render": self.is_render, "streams": self.streams,
            "running": self.running, "attached": self.running > 0,
            "visible_end": self.other.as_ref().map(other),
        })
    }
}

impl fmt::Display for HiddenEnd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let way = if self.is_render { "render " } else { "capture" };
        write!(f, "{way}  hidden       {}: ", self.circuit)?;
        match (self.running, self.streams) {
            (0, 0) => write!(f, "no program"),
            (0, open) => write!(f, "{open} open, none runs"),
            (running, open) => write!(f, "{running} of {open} running"),
        }?;
        let Some(other) = self.other.as_ref().filter(|other| other.follows) else { return Ok(()) };
        let state = if other.plugged { "plugged in" } else { "unplugged" };
        write!(f, "; {} follows, {state}", other.circuit)
    }
}

/// Every hidden end, speakers first. `is_on` returns whether a switch of the registry is on.
///
/// # Errors
///
/// [`Failed`] of the first request that failed.
pub fn hidden(system: &dyn System, is_on: &dyn Fn(&str) -> bool) -> Result<Vec<HiddenEnd>, Failed> {
    let mut all = Vec::new();
    for (direction, other_name) in [(Direction::Render, ENDS[1]), (Direction::Capture, ENDS[0])] {
        for end in Found::all(system, direction)? {
            let streams = telemetry::counters(&end.endpoint)?;
            let other = end.other(system, direction)?.map(|other| {
                let what = "the jack of a hidden end's cable";
                let id = JACK_CONNECTED;
                let state = get_known(&other.filter, what, &PROPERTY_SET, id, &[], 4)?;
                Ok(OtherEnd {
                    circuit: other.name().to_owned(),
                    follows: is_on(&format!("{other_name}{}{}", end.cable, JACK_FOLLOWS.suffix)),
                    plugged: number(&state, 0) != 0,
                })
            });
            all.push(HiddenEnd {
                circuit: end.endpoint.name().to_owned(),
                is_render: direction == Direction::Render,
                streams: streams.len(),
                running: streams.iter().filter(|stream| stream.running).count(),
                other: other.transpose()?,
            });
        }
    }
    Ok(all)
}
