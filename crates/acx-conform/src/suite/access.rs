//! Changes that standard users must not make: B43. The memory budget of all packets: B44.

use acx_client::endpoint::{Endpoint, WaveFormat};
use acx_client::event::EventStream;
use acx_client::{Direction, File, System};
use acx_host::Machine;
use acx_host::machine::Allocations;
use acx_host::security::Token;
use acx_sys::{KSCATEGORY_AUDIO, STATUS_ACCESS_DENIED, STATUS_INSUFFICIENT_RESOURCES};

use super::jack::is_connected;
use super::{Context, Finding, HostContext, Unmet, describe, ensure};
use crate::run::{Findings, allocations, counted};
use crate::subject::Subject;
use crate::vendor::{Answer, PacketBudget, Vendor};

/// A change of the device: its name, and its request.
type Change = (&'static str, Box<dyn Fn(&File) -> Answer<()>>);

/// The changes that a vendor describes.
fn changes(vendor: &Vendor) -> Vec<Change> {
    let mut all: Vec<Change> = Vec::new();
    if let Some(set_jack) = vendor.set_jack {
        all.push(("the jack", Box::new(move |file| set_jack(file, false))));
    }
    if let Some(own) = vendor.default_format {
        all.push(("the default format", Box::new(move |file| (own.set)(file, own.other))));
    }
    if let Some(own) = vendor.cables {
        all.push(("the number of cables", Box::new(move |file| (own.set)(file, 2))));
    }
    all
}

/// The state that these change, as any client sees it: circuits, jacks, default formats.
fn state(context: &Context<'_>, vendor: &Vendor) -> Result<Vec<String>, String> {
    let mut state = vec![format!("{:?}", context.system.interfaces(&KSCATEGORY_AUDIO))];
    for endpoint in Endpoint::all(context.system, Direction::Render)
        .into_iter()
        .chain(Endpoint::all(context.system, Direction::Capture))
        .flatten()
    {
        for pin in endpoint.pins.iter().filter(|pin| pin.jacks > 0) {
            state.push(is_connected(&endpoint, pin.id)?.to_string());
        }
        if let Some(own) = vendor.default_format {
            state.push(format!("{:?}", (own.get)(&endpoint.filter).ok()));
        }
    }
    Ok(state)
}

pub(crate) fn changes_are_guarded(host: &HostContext<'_, '_>) -> Finding {
    let context = &host.context;
    let is_present = |vendor: &&Vendor| {
        let mut all = context.directions().into_iter().filter_map(|own| context.endpoint(own).ok());
        all.any(|endpoint| (vendor.is_present)(&endpoint))
    };
    let vendor = context.subject.vendor.filter(is_present);
    let Some(vendor) = vendor.filter(|vendor| vendor.promises.guards_changes) else {
        return Err(Unmet::apart("nothing says who may change what of this driver"));
    };
    let changes = changes(vendor);
    if changes.is_empty() {
        return Err(Unmet::apart("nothing can be changed"));
    }
    let links: Vec<String> = context
        .directions()
        .into_iter()
        .map(|direction| context.endpoint(direction).map(|endpoint| endpoint.link))
        .collect::<Result<_, _>>()?;
    let before = state(context, vendor)?;
    for (who, token) in [("a plain user", Token::user()), ("not elevated", Token::not_elevated())] {
        let client = host.machine.as_client(token);
        for link in &links {
            let file = client.open(link).map_err(|status| format!("opening: {status:#x}"))?;
            for (what, change) in &changes {
                let answer = change(&file).map_err(|failed| failed.status);
                ensure(answer == Err(STATUS_ACCESS_DENIED), || {
                    format!("{who}, {what}: {answer:x?}, not STATUS_ACCESS_DENIED")
                })?;
                let after = state(context, vendor)?;
                ensure(after == before, || format!("{who}, {what}: denied, and changed"))?;
            }
        }
    }
    for (who, token) in
        [("an administrator", Token::administrator()), ("the system", Token::system())]
    {
        let client = host.machine.as_client(token);
        for link in &links {
            let file = client.open(link).map_err(|status| format!("opening: {status:#x}"))?;
            for (what, change) in &changes {
                change(&file).map_err(|failed| format!("{who}, {what}: {failed}"))?;
            }
        }
    }
    let changes: Vec<_> = changes.iter().map(|(what, _)| *what).collect();
    Ok(format!("{} at {}", changes.join(", "), counted(links.len(), "end")))
}

pub(crate) fn packet_budget(subject: &Subject) -> Result<(String, Findings), Unmet> {
    let Some(budget) = subject.vendor.and_then(|vendor| vendor.packet_budget) else {
        return Err(Unmet::apart("nothing says how much its packets may take"));
    };
    let subject = subject.clone().with_settings((budget.settings)());
    let spent = subject.on_machine(&subject.builder().build(), |machine, _| {
        Ok(spend_twice(&Context::new(&subject, machine), machine, &budget))
    });
    let (spent, findings) = spent.map_err(|why| why.to_string())?;
    spent.map(|figure| (figure, findings))
}

fn spend_twice(context: &Context<'_>, machine: &Machine, budget: &PacketBudget) -> Finding {
    let ends = context.ends()?;
    let vendor = context.subject.vendor;
    if !ends.iter().any(|end| vendor.is_some_and(|vendor| (vendor.is_present)(&end.endpoint))) {
        return Err(Unmet::apart("nothing says how much its packets may take"));
    }
    let first = spend(context, machine, budget)?;
    let before = machine.allocations();
    let second = spend(context, machine, budget)?;
    ensure(second == first, || {
        format!("{second} streams in the second round, {first} in the first")
    })?;
    let left = machine.allocations();
    ensure(left == before, || {
        format!(
            "{} after the second round, {} after the first",
            allocations(left),
            allocations(before)
        )
    })?;
    Ok(format!("{first} streams in {} bytes, and again", budget.bytes))
}

/// Opens streams until one is refused. Returns the number opened.
fn spend(context: &Context<'_>, machine: &Machine, budget: &PacketBudget) -> Result<usize, Unmet> {
    let ends = context.ends()?;
    let mut streams = Vec::new();
    let mut taken = 0;
    let places = ends.iter().flat_map(|end| {
        let most = end.limit().unwrap_or(u32::MAX);
        std::iter::repeat_n(end, most as usize)
    });
    for end in places {
        let block = end.format.block_align() as u64;
        let frames = packet_frames(budget.bytes, end.format);
        let total = 2 * frames * block;
        let (time, before) = (machine.qpc(), machine.allocations());
        let pin = end.endpoint.open_stream(end.format, &end.mode).map_err(describe)?;
        match EventStream::on(context.system, pin, end.format, frames as u32) {
            Ok(stream) => {
                taken += total;
                ensure(taken <= budget.bytes, || {
                    format!("{taken} bytes of packets, of {} at most", budget.bytes)
                })?;
                streams.push(stream);
            }
            Err(failed) => {
                ensure(failed.status == STATUS_INSUFFICIENT_RESOURCES, || {
                    format!("beyond the budget: {failed}, not STATUS_INSUFFICIENT_RESOURCES")
                })?;
                ensure(machine.qpc() == time, || "it was not refused at once".to_owned())?;
                let left = machine.allocations();
                ensure(!holds_packets(left, before), || {
                    let [left, before] = [left, before].map(allocations);
                    format!("{left} after a stream that was refused, {before} before")
                })?;
                let room = budget.bytes.saturating_sub(taken + total);
                ensure(is_spent(room, streams.len()), || {
                    format!("refused at {taken} of {} bytes", budget.bytes)
                })?;
                return Ok(streams.len());
            }
        }
    }
    Err(Unmet::apart("its pins take too few streams to come to the end of the budget"))
}

/// The frames of a packet with which four streams of two packets spend a budget, but at most two
/// seconds.
fn packet_frames(budget: u64, format: WaveFormat) -> u64 {
    (budget / 8 / format.block_align() as u64).min(2 * u64::from(format.rate))
}

/// Whether one more stream may be refused though its bytes would leave `room`: two packets of each
/// stream fill whole pages.
const fn is_spent(room: u64, streams: usize) -> bool {
    room < (streams as u64 + 1) * 2 * 4096
}

/// Whether a driver holds an MDL more than before, or a page of pool. It may keep a little memory
/// of a closed stream.
const fn holds_packets(left: Allocations, before: Allocations) -> bool {
    left.mdls != before.mdls || left.bytes >= before.bytes + 4096
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::melody::STEREO;

    #[test]
    fn four_streams_spend_a_budget_in_packets_of_two_seconds_at_most() {
        for (budget, frames) in [
            (1 << 20, 32_768),
            (8 * 4 * 95_999, 95_999),
            (8 * 4 * 96_000, 96_000),
            (8 * 4 * 96_001, 96_000),
            (u64::MAX, 96_000),
        ] {
            assert_eq!(packet_frames(budget, STEREO), frames, "{budget}");
        }
    }

    #[test]
    fn a_budget_is_spent_within_two_pages_for_each_stream() {
        for (room, streams, is_spent) in [
            (0, 0, true),
            (8_191, 0, true),
            (8_192, 0, false),
            (32_767, 3, true),
            (32_768, 3, false),
        ] {
            assert_eq!(super::is_spent(room, streams), is_spent, "{room}, {streams}");
        }
    }

    #[test]
    fn packets_are_an_mdl_or_a_page() {
        let before = Allocations { blocks: 3, bytes: 100, mdls: 2, objects: 5 };
        for (bytes, mdls, holds) in [
            (100, 2, false),
            (100 + 4095, 2, false),
            (100 + 4096, 2, true),
            (100, 3, true),
            (0, 2, false),
        ] {
            let left = Allocations { bytes, mdls, ..before };
            assert_eq!(holds_packets(left, before), holds, "{left:?}");
        }
    }
}
