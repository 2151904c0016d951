//! The driver's own property set, for its circuits and streams. The ids and GUIDs are those of
//! [`acxvad_abi::properties`].

use acx::guid::{GUID, KSPROPSETID_RtAudio};
use acx::request::{Filter, Property, Request, Verb};
use acxvad_abi::properties::{self, Guid};
pub use acxvad_abi::properties::{
    CABLES, CLOCK_TRIM, DEFAULT_FORMAT, JACK_CONNECTED, OUTPUT_FORMAT, STREAMS,
};

use crate::settings::HiddenEndsFor;

const fn guid(guid: Guid) -> GUID {
    GUID { Data1: guid.data1, Data2: guid.data2, Data3: guid.data3, Data4: guid.data4 }
}

/// The driver's own property set.
pub const PROPERTY_SET: GUID = guid(properties::PROPERTY_SET);

/// The class of the audio module.
pub const MODULE_CLASS: GUID = guid(properties::MODULE_CLASS);

/// The kind of keyword pattern.
pub const KEYWORD_PATTERN: GUID = guid(properties::KEYWORD_PATTERN);

/// The interface category of hidden ends.
pub const HIDDEN_END: GUID = guid(properties::HIDDEN_END);

/// The properties of a circuit.
pub const CIRCUIT: &[Property] = &[
    Property::read_only(&PROPERTY_SET, STREAMS),
    Property::read_write(&PROPERTY_SET, JACK_CONNECTED),
    Property::read_write(&PROPERTY_SET, DEFAULT_FORMAT),
    Property::read_write(&PROPERTY_SET, CABLES),
    Property::read_write(&PROPERTY_SET, CLOCK_TRIM),
];

/// Returns the request if its client may make it: any client of a filter may read, but only an
/// administrator may change other clients' state or audio. Otherwise completes the request.
pub fn admit(mut request: Request<'_>) -> Option<Request<'_>> {
    if request.verb() == Verb::Set
        && let Err(error) = request.require_administrator()
    {
        request.complete(Err(error));
        return None;
    }
    Some(request)
}

/// The properties of a stream.
pub const STREAM: &[Property] = &[Property::read_only(&PROPERTY_SET, OUTPUT_FORMAT)];

/// The request for packets that a client polls for.
pub const BUFFER: Filter = Filter::property(&KSPROPSETID_RtAudio, 1);
/// The request for packets with an event.
pub const BUFFER_WITH_NOTIFICATION: Filter = Filter::property(&KSPROPSETID_RtAudio, 5);

/// The requests for packets, which a stream at a guarded end gets before ACX. Without packets a
/// stream neither plays nor records. They are checked here because ACX does not tell the driver who
/// opens a stream.
pub const PACKETS: &[Filter] = &[BUFFER, BUFFER_WITH_NOTIFICATION];

/// Passes a request of [`PACKETS`] to ACX if its client may stream at an end with this guard.
#[inline(never)]
pub fn admit_to_packets(mut request: Request<'_>, guard: Option<HiddenEndsFor>) {
    let admitted = match guard {
        Some(HiddenEndsFor::Interactive) => request.require_interactive(),
        Some(HiddenEndsFor::Administrators) => request.require_administrator(),
        Some(HiddenEndsFor::Everyone) | None => Ok(()),
    };
    match admitted {
        Ok(()) => request.dispatch(),
        Err(error) => request.complete(Err(error)),
    }
}
