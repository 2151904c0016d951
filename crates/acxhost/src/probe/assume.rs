//! The host's switches, set from a file of answers.

use acx_client::event::PacketHash;
use acx_host::assumptions::{Assumptions, FormatOffsets, Jump, Statuses, Unplugged};
use acx_sys::{NTSTATUS, STATUS_INVALID_DEVICE_STATE};

use super::answers::Answers;
use super::{observe, requests, streams};

/// A switch: its experiment, and the function that sets it from an answer, which returns false if
/// the host has no such behaviour.
pub struct Switch {
    /// The id of the assumption.
    pub id: &'static str,
    set: fn(&mut Assumptions, &str) -> bool,
}

/// The switches that a client's experiments can set.
pub static SWITCHES: [Switch; 11] = [
    Switch {
        id: "short-descriptor",
        set: |own, text| status(own, text, |all| &mut all.short_descriptor),
    },
    Switch { id: "unknown-set", set: |own, text| status(own, text, |all| &mut all.unknown_set) },
    Switch { id: "unknown-id", set: |own, text| status(own, text, |all| &mut all.unknown_id) },
    Switch { id: "wrong-verb", set: |own, text| status(own, text, |all| &mut all.wrong_verb) },
    Switch { id: "wrong-target", set: |own, text| status(own, text, |all| &mut all.wrong_target) },
    Switch { id: "no-such-item", set: |own, text| status(own, text, |all| &mut all.no_such_item) },
    Switch { id: "wrong-item", set: |own, text| status(own, text, |all| &mut all.wrong_item) },
    Switch { id: "format-offsets", set: format_offsets },
    Switch { id: "jump", set: jump },
    Switch { id: "packet-hash", set: packet_hash },
    Switch { id: "unplugged", set: unplugged },
];

/// The first status of an answer.
fn parse(text: &str) -> Option<NTSTATUS> {
    let digits = text.split("0x").nth(1)?.get(..8)?;
    u32::from_str_radix(digits, 16).ok().map(u32::cast_signed)
}

/// A request that succeeds has no refusal status, for which the host has no switch.
fn status(own: &mut Assumptions, text: &str, place: fn(&mut Statuses) -> &mut NTSTATUS) -> bool {
    match parse(text).filter(|status| *status < 0) {
        Some(status) => {
            *place(&mut own.statuses) = status;
            true
        }
        None => false,
    }
}

fn format_offsets(own: &mut Assumptions, text: &str) -> bool {
    own.format_offsets = match text {
        requests::FROM_START => FormatOffsets::UlonglongFromStart,
        requests::FROM_HEADER => FormatOffsets::UlongFromHeaderEnd,
        _ => return false,
    };
    true
}

fn jump(own: &mut Assumptions, text: &str) -> bool {
    own.jump = match parse(text) {
        Some(0) => Jump::Walk,
        Some(STATUS_INVALID_DEVICE_STATE) => Jump::Refuse,
        _ => return false,
    };
    true
}

fn packet_hash(own: &mut Assumptions, text: &str) -> bool {
    own.packet_hash = match text {
        streams::QPC_ABOVE => PacketHash::QpcAboveCount,
        streams::COUNT_ABOVE => PacketHash::CountAboveQpc,
        _ => return false,
    };
    true
}

fn unplugged(own: &mut Assumptions, text: &str) -> bool {
    own.unplugged = match text {
        streams::GOES_ON => Unplugged::StreamsGoOn,
        streams::ENDS => Unplugged::StreamsEnd,
        _ => return false,
    };
    true
}

/// The host's behaviour by a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Assumed {
    /// The switches.
    pub assumptions: Assumptions,
    /// Ids of switches for which the host has no such behaviour, each with the answer. They keep
    /// their defaults.
    pub unknown: Vec<(&'static str, String)>,
}

/// The host's switches for these answers.
pub fn assume(answers: &Answers) -> Assumed {
    let mut assumed = Assumed::default();
    add(&mut assumed, answers);
    assumed
}

/// Like [`assume`], for one more file.
pub fn add(assumed: &mut Assumed, answers: &Answers) {
    for switch in &SWITCHES {
        let Some(answer) = answers.answer(switch.id) else { continue };
        if !(switch.set)(&mut assumed.assumptions, answer) {
            assumed.unknown.push((switch.id, answer.to_owned()));
        }
    }
    for own in observe::OBSERVATIONS {
        let Some(answer) = answers.answer(own.id) else { continue };
        if !observe::set(own, &mut assumed.assumptions, answer) {
            assumed.unknown.push((own.id, answer.to_owned()));
        }
    }
}
