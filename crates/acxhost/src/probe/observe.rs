//! Observations that only a driver can make: in the order of its callbacks, or in the results of
//! functions. The host's file has the host's behaviour. On Windows a person observes a driver's log
//! and writes one of the possible answers into the file; some answers are taken from a trace of the
//! driver's callbacks.

use acx_host::assumptions::{
    Assumptions, Composites, Creation, Destroy, FailedStreams, Hardware, RemovedCircuits,
    SharedLists,
};

use super::answers::{Answer, Answers, VERSION};
use crate::trace::{Call, Trace};

/// An observation of a driver.
pub struct Observation {
    /// The id of its assumption.
    pub id: &'static str,
    /// Its question.
    pub asks: &'static str,
    /// The effect of a different answer.
    pub changes: &'static str,
    /// The possible answers.
    pub answers: &'static [&'static str],
    get: fn(&Assumptions) -> &'static str,
    set: fn(&mut Assumptions, &str) -> bool,
}

/// Observations, one per line, each with the switch that it sets.
macro_rules! observations {
    ($($id:literal $field:ident: $asks:literal => $changes:literal;
       $kind:ident { $($value:ident = $text:literal),* };)*) => {
        &[$(Observation {
            id: $id,
            asks: $asks,
            changes: $changes,
            answers: &[$($text),*],
            get: |own| match own.$field { $($kind::$value => $text),* },
            set: |own, text| {
                own.$field = match text {
                    $($text => $kind::$value,)*
                    _ => return false,
                };
                true
            },
        }),*]
    };
}

/// All observations.
pub static OBSERVATIONS: &[Observation] = observations! {
    "hardware-order" hardware: "Which comes first, the packets or the hardware?"
        => "the switch hardware";
        Hardware { InsidePackets = "the packets", AroundPackets = "the hardware" };
    "stream-creation" creation: "Does a bridge that inverts the order of states invert that of creation?"
        => "the switch creation";
        Creation { AsStates = "yes", StreamingCircuitFirst = "no" };
    "composites" composites: "What does AcxManagerAddCompositeTemplate answer?"
        => "the switch composites";
        Composites { Made = "STATUS_SUCCESS", Refused = "STATUS_NOT_SUPPORTED" };
    "failed-streams" failed_streams: "When is a stream deleted whose create callback failed?"
        => "the switch failed_streams";
        FailedStreams { Later = "later", AtOnce = "at once" };
    "removed-circuits" removed_circuits: "What happens to a circuit that AcxDeviceRemoveCircuit removed?"
        => "the switch removed_circuits";
        RemovedCircuits { Kept = "it is kept", Deleted = "it is deleted" };
    "shared-lists" shared_lists: "Can two pins be assigned the same list of formats?"
        => "the switch shared_lists";
        SharedLists { Shared = "yes", Refused = "no" };
    "destroy-callback" destroy: "When does the EvtDestroyCallback of a closed stream come?"
        => "the switch destroy";
        Destroy { AtOnce = "at once", Later = "later" };
};

/// The answers of a host with these switches.
pub(super) fn of_host(assumptions: &Assumptions) -> impl Iterator<Item = (String, Answer)> {
    OBSERVATIONS
        .iter()
        .map(|own| (own.id.to_owned(), Answer::Answered((own.get)(assumptions).to_owned())))
}

/// Their entries in a file of a client's answers.
pub(super) fn not_asked() -> impl Iterator<Item = (String, Answer)> {
    OBSERVATIONS.iter().map(|own| {
        let answers = own.answers.join("\" or \"");
        let why = format!("only a driver sees it: look, and answer \"{answers}\"");
        (own.id.to_owned(), Answer::NotAsked(why))
    })
}

/// Sets the switch of an observation. Returns false if the host has no such behaviour.
pub(super) fn set(observation: &Observation, own: &mut Assumptions, text: &str) -> bool {
    (observation.set)(own, text)
}

/// The answers that a trace of a driver's callbacks shows.
pub fn of_trace(trace: &Trace) -> Answers {
    let mut answers = Answers {
        acxhost_answers: VERSION,
        system: trace.system.clone(),
        driver: trace.driver.clone(),
        answers: not_asked().collect(),
    };
    if let Some(order) = hardware_order(&trace.calls) {
        answers.answers.insert("hardware-order".to_owned(), Answer::Answered(order.to_owned()));
    }
    answers
}

/// The first of the two callbacks in a stream with both.
fn hardware_order(calls: &[Call]) -> Option<&'static str> {
    let place = |name: &str, object: u32| {
        calls.iter().position(|call| call.callback == name && call.object == object)
    };
    let allocates = calls.iter().filter(|call| call.callback == "EvtAcxStreamAllocateRtPackets");
    allocates.map(|call| call.object).find_map(|stream| {
        let packets = place("EvtAcxStreamAllocateRtPackets", stream)?;
        let hardware = place("EvtAcxStreamPrepareHardware", stream)?;
        Some(if packets < hardware { "the packets" } else { "the hardware" })
    })
}
