//! The host's assumptions where the documentation of ACX and the audio stack is silent. Each is a
//! setting: run a driver with every value to check that it does not depend on it.
//! `docs/host-assumptions.md` has the defaults and the reasons.

use std::cell::OnceCell;

pub use acx_client::event::PacketHash;
use acx_sys::*;

use crate::kernel::Kernel;

/// The form of the offsets of KSPROPERTY_PIN_MODEDATAFORMATS.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FormatOffsets {
    /// 64 bits, from the start of the KSMULTIPLE_ITEM, as in the documentation's text.
    #[default]
    UlonglongFromStart,
    /// 32 bits, from the end of the header, as in the documentation's example.
    UlongFromHeaderEnd,
}

/// The behaviour when a client skips a stream state, such as from RUN to STOP.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Jump {
    /// The states are passed one by one.
    #[default]
    Walk,
    /// STATUS_INVALID_DEVICE_STATE, and no state change.
    Refuse,
}

/// The status of each kind of invalid request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Statuses {
    /// A descriptor that is shorter than its type.
    pub short_descriptor: NTSTATUS,
    /// An unknown property set.
    pub unknown_set: NTSTATUS,
    /// An id that a known set does not have.
    pub unknown_id: NTSTATUS,
    /// A verb that a known property does not have.
    pub wrong_verb: NTSTATUS,
    /// A property of a pin instance, sent to a filter.
    pub wrong_target: NTSTATUS,
    /// A pin or node id out of range.
    pub no_such_item: NTSTATUS,
    /// A node or pin of another kind than the property's.
    pub wrong_item: NTSTATUS,
}

impl Default for Statuses {
    fn default() -> Self {
        Self {
            short_descriptor: STATUS_INVALID_PARAMETER,
            unknown_set: STATUS_PROPSET_NOT_FOUND,
            unknown_id: STATUS_NOT_FOUND,
            wrong_verb: STATUS_INVALID_DEVICE_REQUEST,
            wrong_target: STATUS_INVALID_DEVICE_REQUEST,
            no_such_item: STATUS_INVALID_PARAMETER,
            wrong_item: STATUS_NOT_SUPPORTED,
        }
    }
}

/// The order in which the circuits of a composite endpoint create their streams if a bridge inverts
/// the order of states.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Creation {
    /// The order of states: if inverted, the streaming circuit creates its stream last.
    #[default]
    AsStates,
    /// The streaming circuit always creates its stream first.
    StreamingCircuitFirst,
}

/// Whether the manager accepts composite templates.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Composites {
    /// They are accepted, and become endpoints.
    #[default]
    Made,
    /// STATUS_NOT_SUPPORTED: a driver should continue without them.
    Refused,
}

/// The time at which ACX deletes a stream whose create callback failed, or that could not continue
/// through a bridge.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FailedStreams {
    /// From a work item, after the client has its result.
    #[default]
    Later,
    /// Before the client has its result.
    AtOnce,
}

/// The effect of AcxDeviceRemoveCircuit on the circuit object.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RemovedCircuits {
    /// It stays until its device goes, and can be added again.
    #[default]
    Kept,
    /// It is deleted, when the last stream on it is closed. Its context stays until its device
    /// goes.
    Deleted,
}

/// The order of packet and hardware callbacks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Hardware {
    /// Allocate, prepare, release, free.
    #[default]
    InsidePackets,
    /// Prepare, allocate, free, release.
    AroundPackets,
}

/// The effect on a circuit's streams when its driver reports that a jack was unplugged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Unplugged {
    /// They continue.
    #[default]
    StreamsGoOn,
    /// They are stopped, and return STATUS_DEVICE_NOT_CONNECTED until their client closes them.
    StreamsEnd,
}

/// Whether pins and modes share a list of formats.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SharedLists {
    /// Any number of them can be assigned the same list.
    #[default]
    Shared,
    /// STATUS_INVALID_DEVICE_REQUEST for a list that is already assigned to a pin, for any mode.
    Refused,
}

/// The time at which the last reference of a closed stream is released and its EvtDestroyCallback
/// runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Destroy {
    /// At its deletion.
    #[default]
    AtOnce,
    /// From a work item: ACX keeps its own references for a while.
    Later,
}

/// Every assumption.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Assumptions {
    /// The formula of the packet register's hash.
    pub packet_hash: PacketHash,
    /// The form of the offsets of a list of formats.
    pub format_offsets: FormatOffsets,
    /// The behaviour when a stream state is skipped.
    pub jump: Jump,
    /// The order in which streams are created with inverted bridges.
    pub creation: Creation,
    /// Whether composite templates are accepted.
    pub composites: Composites,
    /// When failed streams are deleted.
    pub failed_streams: FailedStreams,
    /// The effect of removing circuits.
    pub removed_circuits: RemovedCircuits,
    /// The order of packets and hardware.
    pub hardware: Hardware,
    /// The effect of an unplugged jack on streams.
    pub unplugged: Unplugged,
    /// Whether pins and modes share a list of formats.
    pub shared_lists: SharedLists,
    /// The time of EvtDestroyCallback.
    pub destroy: Destroy,
    /// The statuses of invalid requests.
    pub statuses: Statuses,
}

/// The assumptions of one machine.
#[derive(Default)]
struct Configured {
    assumptions: OnceCell<Assumptions>,
}

/// Sets a machine's assumptions, before the first of them is read.
pub(crate) fn set(kernel: &Kernel, assumptions: Assumptions) {
    let _ = kernel.part::<Configured>().assumptions.set(assumptions);
}

/// The machine's assumptions.
pub(crate) fn of(kernel: &Kernel) -> &Assumptions {
    kernel.part::<Configured>().assumptions.get_or_init(Assumptions::default)
}
