//! Jacks that are plugged and pulled: B29.

use std::time::Duration;

use acx_client::endpoint::Endpoint;
use acx_client::{System, request};
use acx_sys::*;

use super::{Context, Finding, Unmet, describe, ensure};
use crate::run::counted;

/// The wait for an event, whether it is expected or not.
const PATIENCE: Duration = Duration::from_millis(50);

/// A client that waits for changes of a jack. The data of its event must not move.
pub(crate) struct Waiting<'a> {
    endpoint: &'a Endpoint,
    event: u64,
    data: Box<[u8; 32]>,
}

impl<'a> Waiting<'a> {
    pub(crate) fn new(
        system: &dyn System,
        endpoint: &'a Endpoint,
        bridge: u32,
    ) -> Result<Self, String> {
        let event = system.create_event();
        let (set, id) = (&KSEVENTSETID_PinCapsChange, KSEVENT_PINCAPS_JACKINFOCHANGE);
        let input = request::descriptor(set, id, KSEVENT_TYPE_ENABLE, &request::pin(bridge));
        let mut data = Box::new([0; 32]);
        data[0] = 1;
        data[8..16].copy_from_slice(&event.to_le_bytes());
        let reply = endpoint.filter.ioctl(IOCTL_KS_ENABLE_EVENT, &input, Some(&mut *data));
        ensure(reply.status == STATUS_SUCCESS, || format!("waiting for the jack: {reply:x?}"))?;
        Ok(Self { endpoint, event, data })
    }

    /// Returns whether there was an event since the last call.
    pub(crate) fn is_signalled(&self, system: &dyn System) -> bool {
        system.wait_any(&[self.event], PATIENCE).is_some()
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        let _ = self.endpoint.filter.ioctl(IOCTL_KS_DISABLE_EVENT, &*self.data, None);
    }
}

/// Whether the first jack of a pin is plugged in.
pub(super) fn is_connected(endpoint: &Endpoint, bridge: u32) -> Result<bool, String> {
    let (set, id, instance) =
        (&KSPROPSETID_Jack, KSPROPERTY_JACK_DESCRIPTION, request::pin(bridge));
    let value = request::get(&endpoint.filter, "the jack", set, id, &instance).map_err(describe)?;
    // KSMULTIPLE_ITEM of 8 bytes, KSJACK_DESCRIPTION of 28 with IsConnected at its end.
    ensure(value.len() >= 36, || format!("{} bytes of a description", value.len()))?;
    Ok(request::number(&value, 32) != 0)
}

pub(crate) fn changes(context: &Context<'_>) -> Finding {
    let system = context.system;
    let mut asked = 0;
    let mut apart = "no jack";
    for direction in context.directions() {
        // The jack of an endpoint of several circuits is the last one's.
        let first = context.endpoint(direction)?;
        let behind = first.behind(system).map_err(describe)?;
        let jack =
            |circuit: &Endpoint| circuit.pins.iter().find(|pin| pin.jacks > 0).map(|pin| pin.id);
        let mut way = std::iter::once(first).chain(behind);
        let Some((endpoint, bridge)) = way.find_map(|own| jack(&own).map(|id| (own, id))) else {
            continue;
        };
        let vendor = context.subject.vendor.filter(|vendor| (vendor.is_present)(&endpoint));
        let Some(set_jack) = vendor.and_then(|vendor| vendor.set_jack) else {
            apart = "nothing plugs or pulls the jacks of this driver";
            continue;
        };
        let set = |plugged| set_jack(&endpoint.filter, plugged).map_err(describe);
        set(true)?;
        let waiting = Waiting::new(system, &endpoint, bridge)?;
        let _ = waiting.is_signalled(system);
        let mut before = true;
        for plugged in [true, false, false, true, true, false, true] {
            set(plugged)?;
            let (signalled, is_change) = (waiting.is_signalled(system), plugged != before);
            ensure(signalled == is_change, || {
                let (now, event) = (state(plugged), if signalled { "an" } else { "no" });
                format!(
                    "{}: {event} event when a jack that is {} is set to that it is {now}",
                    endpoint.name(),
                    state(before)
                )
            })?;
            ensure(!waiting.is_signalled(system), || "a second event for one change".to_owned())?;
            let found = is_connected(&endpoint, bridge)?;
            ensure(found == plugged, || {
                format!(
                    "{}: described as {}, it is {}",
                    endpoint.name(),
                    state(found),
                    state(plugged)
                )
            })?;
            before = plugged;
        }
        asked += 1;
    }
    match asked {
        0 => Err(Unmet::apart(apart)),
        _ => Ok(format!("4 changes and 3 repetitions at {}", counted(asked, "jack"))),
    }
}

fn state(plugged: bool) -> &'static str {
    if plugged { "plugged in" } else { "pulled" }
}
