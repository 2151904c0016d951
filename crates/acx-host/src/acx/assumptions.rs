//! What the host assumes where the documentation of ACX and the audio stack is silent, each as a
//! setting: run a driver with every value of one to see that it does not depend on it. The
//! defaults, and the reasons, are in `docs/host-assumptions.md`.

use std::cell::OnceCell;

pub use acx_client::event::PacketHash;
use acx_sys::*;

use crate::kernel::Kernel;

/// The form of the offsets of KSPROPERTY_PIN_MODEDATAFORMATS.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FormatOffsets {
    /// 64 bits, from the start of the KSMULTIPLE_ITEM: the page's text.
    #[default]
    UlonglongFromStart,
    /// 32 bits, from the end of the header: the page's example.
    UlongFromHeaderEnd,
}

/// What happens when a client jumps over a stream state, such as from RUN to STOP.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Jump {
    /// One step after the other.
    #[default]
    Walk,
    /// STATUS_INVALID_DEVICE_STATE; nothing happens.
    Refuse,
}

/// The status of each kind of request that is wrong.
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

/// In which order the circuits of a composite endpoint make their streams, where a bridge inverts
/// the order of states.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Creation {
    /// As the states change: inverted, the streaming circuit makes its stream last.
    #[default]
    AsStates,
    /// The streaming circuit makes its stream first, whatever the bridge says.
    StreamingCircuitFirst,
}

/// Whether the manager takes composite templates.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Composites {
    /// Endpoints.
    #[default]
    Made,
    /// STATUS_NOT_SUPPORTED: a driver should do without.
    Refused,
}

/// When ACX deletes a stream whose create callback failed, or that could not go on through a
/// bridge.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FailedStreams {
    /// From a work item, when the client has its answer.
    #[default]
    Later,
    /// Before the client has its answer.
    AtOnce,
}

/// What AcxDeviceRemoveCircuit does with the circuit's object.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RemovedCircuits {
    /// It stays until its device goes, and can be added again.
    #[default]
    Kept,
    /// It is deleted, when the last stream on it is closed. Its context stays until its device
    /// goes.
    Deleted,
}

/// In which order packets and hardware come and go.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Hardware {
    /// Allocate, prepare, release, free.
    #[default]
    InsidePackets,
    /// Prepare, allocate, free, release.
    AroundPackets,
}

/// What happens to the streams of a circuit when its driver reports that nothing is plugged into a
/// jack of it any more.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Unplugged {
    /// They go on.
    #[default]
    StreamsGoOn,
    /// They are stopped, and answer STATUS_DEVICE_NOT_CONNECTED until their client closes them.
    StreamsEnd,
}

/// Whether pins and modes share a list of formats.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SharedLists {
    /// Any number of them can be assigned the same list.
    #[default]
    Shared,
    /// STATUS_INVALID_DEVICE_REQUEST for a list that a pin has, for any mode.
    Refused,
}

/// When the last reference of a stream that is closed goes, and its EvtDestroyCallback comes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Destroy {
    /// With its deletion.
    #[default]
    AtOnce,
    /// From a work item: ACX has references of its own for a while.
    Later,
}

/// Every assumption.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Assumptions {
    /// How the packet register's hash is made.
    pub packet_hash: PacketHash,
    /// The form of the offsets of a list of formats.
    pub format_offsets: FormatOffsets,
    /// What happens on a jump over a stream state.
    pub jump: Jump,
    /// The order in which inverted bridges have streams made.
    pub creation: Creation,
    /// Whether composite templates are taken.
    pub composites: Composites,
    /// When failed streams are deleted.
    pub failed_streams: FailedStreams,
    /// What happens to circuits that are removed.
    pub removed_circuits: RemovedCircuits,
    /// The order of packets and hardware.
    pub hardware: Hardware,
    /// What happens to streams when a jack is unplugged.
    pub unplugged: Unplugged,
    /// Whether pins and modes share a list of formats.
    pub shared_lists: SharedLists,
    /// When EvtDestroyCallback comes.
    pub destroy: Destroy,
    /// Statuses of wrong requests.
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
