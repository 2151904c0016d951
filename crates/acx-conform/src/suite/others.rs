//! The endpoints that no other case tests, including those of several circuits: B37.

use acx_client::Direction;
use acx_client::endpoint::Endpoint;

use super::constraints::honoured_at;
use super::end::End;
use super::stream::{KINDS, moves};
use super::{Context, Finding, Unmet, describe};

/// One of this many formats is tested; the tested endpoints of other cases use every format.
const SOME: usize = 23;

/// The maximum number of endpoints to test: a driver may have hundreds of equal ones.
const MOST: usize = 6;

pub(crate) fn other_endpoints(context: &Context<'_>) -> Finding {
    let (mut names, mut streams) = (Vec::new(), 0);
    for direction in [Direction::Render, Direction::Capture] {
        let tested = context.endpoint(direction).ok();
        let all = Endpoint::all(context.system, direction).map_err(describe)?;
        let others = all
            .into_iter()
            .filter(|own| tested.as_ref().is_none_or(|tested| tested.name() != own.name()));
        for endpoint in others {
            // A circuit in the middle of an endpoint has no host pin.
            let Ok(end) = End::of(endpoint) else { continue };
            if names.len() == MOST {
                break;
            }
            let name = end.endpoint.name().to_owned();
            streams += other(context, end).map_err(|why| format!("{name}: {why}"))?;
            names.push(name);
        }
    }
    if names.is_empty() {
        return Err(Unmet::apart("no endpoint beside those that the other cases ask"));
    }
    Ok(format!("{streams} streams at {}", names.join(", ")))
}

/// W4 and B15.
fn other(context: &Context<'_>, mut end: End) -> Result<usize, String> {
    let mut count = 0;
    for format in end.formats().into_iter().step_by(SOME) {
        end.format = format;
        for kind in KINDS {
            moves(context.system, &end, kind)?;
            count += 1;
        }
    }
    let (_, streams) = honoured_at(context, &end.endpoint, SOME)?;
    Ok(count + streams)
}
