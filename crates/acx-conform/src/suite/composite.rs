//! Composite endpoints: B16.

use acx_client::endpoint::{Endpoint, Pin, WaveFormat};
use acx_client::event::EventStream;
use acx_client::{Direction, System};
use acx_host::Machine;
use acx_host::machine::StateCall;
use acx_sys::GUID;

use super::constraints::guid;
use super::{Finding, HostContext, describe, ensure};
use crate::run::counted;

/// The endpoints whose streams pass more than one circuit, with these circuits in order from the
/// client.
pub(crate) fn composites(system: &dyn System) -> Vec<(Endpoint, Vec<String>)> {
    let all = [Direction::Render, Direction::Capture]
        .into_iter()
        .flat_map(|direction| Endpoint::all(system, direction).unwrap_or_default());
    let paths = all.filter_map(|endpoint| {
        let path = endpoint.path(system).ok()?;
        Some((endpoint, path))
    });
    paths.filter(|(_, path)| path.len() > 1).collect()
}

/// Up to RUN and down to STOP, in the usual order of a direction or the inverted one.
fn expected(path: &[String], direction: Direction, is_inverted: bool) -> Vec<StateCall> {
    let near_first = (direction == Direction::Render) != is_inverted;
    let ways = [
        ("EvtAcxStreamPrepareHardware", near_first),
        ("EvtAcxStreamRun", near_first),
        ("EvtAcxStreamPause", !near_first),
        ("EvtAcxStreamReleaseHardware", !near_first),
    ];
    let mut calls = Vec::new();
    for (callback, near_first) in ways {
        let mut circuits = path.to_vec();
        if !near_first {
            circuits.reverse();
        }
        let call = |circuit| StateCall { circuit, callback, is_inverted: false };
        calls.extend(circuits.into_iter().map(call));
    }
    calls
}

fn walk(
    machine: &Machine,
    endpoint: &Endpoint,
    format: WaveFormat,
    mode: &GUID,
) -> Result<Vec<StateCall>, String> {
    machine.record_state_calls();
    let frames = format.rate / 100;
    let mut stream =
        EventStream::open(machine, endpoint, format, mode, frames).map_err(describe)?;
    stream.prepare().map_err(describe)?;
    stream.run().map_err(describe)?;
    stream.pause().map_err(describe)?;
    stream.stop().map_err(describe)?;
    Ok(machine.take_state_calls())
}

pub(crate) fn order(host: &HostContext<'_, '_>) -> Finding {
    let mut figures = Vec::new();
    for (endpoint, path) in composites(host.machine) {
        let (mut usual, mut inverted) = (0, 0);
        let pin: &Pin = endpoint.host_pin().map_err(describe)?;
        for (mode, formats) in &pin.modes {
            let Some(format) = formats.first() else { continue };
            let mut calls = walk(host.machine, &endpoint, *format, &guid(*mode))?;
            let is_inverted = calls.iter().any(|call| call.is_inverted);
            for call in &mut calls {
                call.is_inverted = false;
            }
            let wanted = expected(&path, endpoint.direction, is_inverted);
            ensure(calls == wanted, || {
                let order = if is_inverted { "inverted" } else { "usual" };
                format!("{}, {order} order: {calls:?}, not {wanted:?}", endpoint.name())
            })?;
            *(if is_inverted { &mut inverted } else { &mut usual }) += 1;
        }
        figures.push(format!(
            "{}: {} in the usual order, {inverted} inverted",
            path.join(" - "),
            counted(usual, "mode")
        ));
    }
    Ok(figures.join("; "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_is_that_of_the_page() {
        let path = ["dsp".to_owned(), "amp".to_owned()];
        let circuits = |direction, is_inverted| {
            let calls = expected(&path, direction, is_inverted);
            calls.into_iter().map(|call| call.circuit).collect::<Vec<_>>().concat()
        };
        let near_first = "dspampdspampampdspampdsp";
        let far_first = "ampdspampdspdspampdspamp";
        assert_eq!(circuits(Direction::Render, false), near_first);
        assert_eq!(circuits(Direction::Render, true), far_first);
        assert_eq!(circuits(Direction::Capture, false), far_first);
        assert_eq!(circuits(Direction::Capture, true), near_first);
    }
}
