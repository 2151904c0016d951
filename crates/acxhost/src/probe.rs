//! Experiments that test the host's choices where ACX's documentation is silent. They run in the
//! host and on Windows, and the answers are compared.
//!
//! # Vocabulary
//!
//! *Assumption*: a line of `docs/host-assumptions.md`, with its id. *Experiment*: requests of a
//! client that test an assumption. *Answer*: the result of one, as text that depends only on the
//! behaviour, not on the driver's formats, handles and times. *Switch*: a field of
//! [`Assumptions`](acx_host::assumptions::Assumptions) that an answer sets. *Observation*: a
//! question that only a driver can answer, not its clients.
//!
//! # Modules
//!
//! | module | contents |
//! |---|---|
//! | `opening` | experiments about filters, and pins that are opened |
//! | `requests` | experiments about properties |
//! | `events` | experiments about events |
//! | `streams` | experiments about streams |
//! | [`observe`] | observations of the driver |
//! | [`answers`] | files of answers, and the differences between two of them |
//! | [`assume`] | the host's switches, set from answers |

pub mod answers;
pub mod assume;
mod events;
pub mod observe;
mod opening;
mod requests;
mod streams;

use std::collections::BTreeMap;

use acx_client::bytes::{guid_at, guid_bytes};
use acx_client::endpoint::{Endpoint, WaveFormat};
use acx_client::{Direction, Failed, File, System};
use acx_conform::Subject;
use acx_conform::play::word;
use acx_sys::{GUID, NTSTATUS, STATUS_OBJECT_NAME_NOT_FOUND};

use answers::{Answer, Answers, VERSION};

/// One experiment.
pub struct Experiment {
    /// The id of its assumption.
    pub id: &'static str,
    /// Its question.
    pub asks: &'static str,
    /// The effect of a different answer on a driver or its clients.
    pub changes: &'static str,
    ask: fn(&Bench<'_>) -> Result<String, String>,
}

/// Experiments, one per line.
macro_rules! experiments {
    ($($id:literal $ask:path: $asks:literal => $changes:literal;)*) => {
        &[$(Experiment { id: $id, asks: $asks, changes: $changes, ask: $ask }),*]
    };
}

/// All experiments, in order of execution.
pub static EXPERIMENTS: &[Experiment] = experiments! {
    "link" opening::link: "What does the symbolic link of an audio interface look like?"
        => "how programs find a circuit by its name";
    "filter-opens" opening::filter_opens: "Can a filter be opened twice?"
        => "whether two programs can use a filter at once";
    "pin-checks" opening::pin_checks: "How is a pin refused when a part of its description is wrong?"
        => "which statuses a client sees, and whether a driver's create callback is called";
    "bridge-open" opening::bridge_open: "How is a bridge pin refused?"
        => "which status a client sees";
    "format-mask" opening::format_mask: "Are formats without speaker positions accepted?"
        => "whether a driver has to list formats without a mask";
    "short-descriptor" requests::short_descriptor: "How is a descriptor of 23 bytes refused?"
        => "the switch statuses.short_descriptor";
    "unknown-set" requests::unknown_set: "How is an unknown property set refused?"
        => "the switch statuses.unknown_set";
    "unknown-id" requests::unknown_id: "How is an unknown id of a known set refused?"
        => "the switch statuses.unknown_id";
    "wrong-verb" requests::wrong_verb: "How is SET of a read-only property refused?"
        => "the switch statuses.wrong_verb";
    "wrong-target" requests::wrong_target: "What happens to a property that is sent to the wrong kind of handle?"
        => "the switch statuses.wrong_target";
    "no-such-item" requests::no_such_item: "How is a pin id or node id refused that is out of range?"
        => "the switch statuses.no_such_item";
    "wrong-item" requests::wrong_item: "How is a node of the wrong kind refused?"
        => "the switch statuses.wrong_item";
    "bridge-instances" requests::bridge_instances: "How many instances does a bridge pin have?"
        => "whether an endpoint builder takes a bridge pin for a streaming pin";
    "no-value" requests::no_value: "How is a property without a value answered when there is no buffer?"
        => "whether REGISTER_NOTIFICATION_EVENT succeeds for such a client";
    "basic-support" requests::basic_support: "What does BASICSUPPORT answer without a buffer?"
        => "how a client asks for the size";
    "format-offsets" requests::format_offsets: "What are the offsets of KSPROPERTY_PIN_MODEDATAFORMATS?"
        => "the switch format_offsets";
    "data-ranges" requests::data_ranges: "How many data ranges does a pin have?"
        => "what programs that do not know modes see of a pin";
    "no-jacks" requests::no_jacks: "What does KSPROPERTY_JACK_DESCRIPTION of a streaming pin answer?"
        => "which status a client sees";
    "level-range" requests::level_range: "What happens to a level above the range?"
        => "whether EvtAcxVolumeAssignLevel has to clamp";
    "pin-name" requests::pin_name: "What are the pins called?"
        => "the names that people see";
    "unanswered" requests::unanswered: "Are data intersections and the filter's name answered?"
        => "properties that the host lacks";
    "loopback-modes" requests::loopback_modes: "Which modes does a loopback pin list?"
        => "how a client finds the formats of a loopback pin";
    "engine-controls" requests::engine_controls: "Are an engine's controls reached through its node?"
        => "how a client finds the volume of an offload pin";
    "engine-volume-short" requests::engine_volume_short: "How is a short KSAUDIOENGINE_VOLUMELEVEL refused?"
        => "which status a client sees";
    "module-answer" requests::module_answer: "Which length is reported for an audio module's answer?"
        => "how a client asks for the size";
    "reset-state" requests::reset_state: "How is IOCTL_KS_RESET_STATE answered?"
        => "which status a client sees";
    "event-target" events::target: "Which handle do control and pin events have to be sent to?"
        => "which KSEVENT a client needs";
    "event-kinds" events::kinds: "How is a notification refused that is not an event handle?"
        => "which status a client sees";
    "event-disable" events::disable: "What happens when an event is disabled from another address?"
        => "how KSEVENTDATA is recognized";
    "jump" streams::jump: "What happens on a jump from STOP to RUN?"
        => "the switch jump";
    "same-state" streams::same_state: "How is a state answered that the stream is in already?"
        => "which status a client sees";
    "run-without-packets" streams::run_without_packets: "How far does a stream without a buffer go?"
        => "whether EvtAcxStreamRun can come without packets";
    "second-buffer" streams::second_buffer: "How are a second buffer, and one in PAUSE, refused?"
        => "whether EvtAcxStreamAllocateRtPackets can come twice or late";
    "packet-layout" streams::packet_layout: "Where does a buffer lie in its pages?"
        => "where a driver has to place packets";
    "first-state" streams::first_state: "In which state does a stream begin?"
        => "which state callback comes first";
    "notification-events" streams::notification_events: "How many notification events can be registered?"
        => "whether a second client of a stream is woken";
    "packet-hash" streams::packet_hash: "How is the hash of the packet register computed?"
        => "the switch packet_hash";
    "write-offset" streams::write_offset: "What is the write offset of KSPROPERTY_AUDIO_POSITION?"
        => "what programs that poll positions see";
    "unplugged" streams::unplugged: "What happens to a stream when its jack is unplugged?"
        => "the switch unplugged";
};

/// The environment of experiments.
pub(crate) struct Bench<'a> {
    /// The system.
    pub(crate) system: &'a dyn System,
    /// The driver.
    pub(crate) subject: &'a Subject,
}

/// Why nothing can be asked.
const NO_ENDPOINT: &str = "no endpoint that streams";

/// A status as answers have it.
pub(crate) fn hex(status: NTSTATUS) -> String {
    format!("{status:#010x}")
}

/// The status of a request.
pub(crate) fn outcome<T>(result: Result<T, Failed>) -> String {
    hex(result.err().map_or(0, |failed| failed.status))
}

/// The reason why an experiment could not be done.
pub(crate) fn why(failed: Failed) -> String {
    failed.to_string()
}

impl Bench<'_> {
    /// The endpoint of a direction, if there is one.
    fn find(&self, direction: Direction) -> Result<Option<Endpoint>, String> {
        match self.subject.endpoint(self.system, direction) {
            Ok(endpoint) => Ok(Some(endpoint)),
            Err(Failed { status: STATUS_OBJECT_NAME_NOT_FOUND, .. }) => Ok(None),
            Err(failed) => Err(why(failed)),
        }
    }

    /// The endpoint of a direction.
    pub(crate) fn end(&self, direction: Direction) -> Result<Endpoint, String> {
        // A driver without any is told so in the same words everywhere.
        self.any()?;
        self.find(direction)?.ok_or_else(|| format!("no {}", word(direction)))
    }

    /// The first endpoint: that of the speaker, else that of the microphone.
    pub(crate) fn any(&self) -> Result<Endpoint, String> {
        match self.find(Direction::Render)? {
            Some(speaker) => Ok(speaker),
            None => self.find(Direction::Capture)?.ok_or_else(|| NO_ENDPOINT.to_owned()),
        }
    }

    /// An endpoint that has a node of one of these kinds, and the node.
    pub(crate) fn node(&self, kinds: &[&GUID]) -> Result<(Endpoint, u32), String> {
        let kinds: Vec<[u8; 16]> = kinds.iter().map(|kind| guid_bytes(kind)).collect();
        for direction in [Direction::Render, Direction::Capture] {
            let Ok(endpoint) = self.end(direction) else { continue };
            let found = endpoint.nodes.iter().position(|node| kinds.contains(node));
            if let Some(id) = found.and_then(|id| u32::try_from(id).ok()) {
                return Ok((endpoint, id));
            }
        }
        self.any()?;
        Err("no endpoint has such a node".to_owned())
    }

    /// A stream at the first endpoint, in its default format.
    pub(crate) fn pin(&self) -> Result<File, String> {
        let endpoint = self.any()?;
        let (mode, format) = first(&endpoint)?;
        endpoint.open_stream(format, &mode).map_err(why)
    }
}

/// The first mode of an endpoint's pin, and the default format there.
pub(crate) fn first(endpoint: &Endpoint) -> Result<(GUID, WaveFormat), String> {
    let pin = endpoint.host_pin().map_err(why)?;
    let (mode, formats) = pin.modes.first().ok_or("the pin lists no mode")?;
    let format = formats.first().ok_or("the mode lists no format")?;
    Ok((guid_at(mode, 0), *format))
}

/// Every question of experiments and observations: its id, its text, and the effect of the answer.
pub fn questions() -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
    let experiments = EXPERIMENTS.iter().map(|own| (own.id, own.asks, own.changes));
    experiments.chain(observe::OBSERVATIONS.iter().map(|own| (own.id, own.asks, own.changes)))
}

/// Runs every experiment.
pub fn ask(system: &dyn System, subject: &Subject) -> Answers {
    let bench = Bench { system, subject };
    let done = EXPERIMENTS.iter().map(|experiment| {
        let answer = match (experiment.ask)(&bench) {
            Ok(answer) => Answer::Answered(answer),
            Err(why) => Answer::NotAsked(why),
        };
        (experiment.id.to_owned(), answer)
    });
    let mut answers: BTreeMap<String, Answer> = done.collect();
    let system = if subject.installed_on().is_some() {
        answers.extend(observe::not_asked());
        "windows"
    } else {
        answers.extend(observe::of_host(&subject.assumptions));
        "host"
    };
    Answers { acxhost_answers: VERSION, system: system.to_owned(), driver: subject.name(), answers }
}
