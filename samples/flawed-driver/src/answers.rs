//! Requests that the driver gets before ACX. It dispatches them to ACX, except those that a flaw
//! handles.

use core::sync::atomic::Ordering::Relaxed;

use acx::Error;
use acx::circuit::Direction;
use acx::guid::{GUID, KSPROPSETID_Pin, KSPROPSETID_RtAudio};
use acx::pin::Mode;
use acx::request::{Filter, Request, Verb};
use acx::time::Qpc;

use crate::line::{Line, Place};
use crate::{Flaw, STREAMS, Shared};

/// KSPROPSETID_AudioSignalProcessing.
const PROCESSING: GUID = acx::guid!("4F67B528-30C9-40DE-B2FB-859DDD1F3470");

/// Properties of a filter: KSPROPERTY_AUDIOSIGNALPROCESSING_MODES, KSPROPERTY_PIN_CINSTANCES,
/// KSPROPERTY_PIN_CTYPES, KSPROPERTY_PIN_PROPOSEDATAFORMAT, KSPROPERTY_PIN_PROPOSEDATAFORMAT2,
/// KSPROPERTY_PIN_MODEDATAFORMATS.
const MODES: u32 = 0;
const INSTANCES: u32 = 0;
const COUNT: u32 = 1;
const PROPOSE_USUAL: u32 = 14;
const PROPOSE: u32 = 15;
const FORMATS: u32 = 16;

/// Properties of a stream: KSPROPERTY_RTAUDIO_REGISTER_NOTIFICATION_EVENT,
/// KSPROPERTY_RTAUDIO_QUERY_NOTIFICATION_SUPPORT, KSPROPERTY_RTAUDIO_SETWRITEPACKET,
/// KSPROPERTY_RTAUDIO_PACKETVREGISTER.
const EVENT: u32 = 6;
const SUPPORT: u32 = 8;
const WRITE: u32 = 12;
const REGISTER: u32 = 13;

/// A property that no pin has, and a set that nothing has, as a client asks for them.
const UNKNOWN: u32 = 4711;
const FOREIGN: GUID = GUID { Data1: 0x1234_5678, ..KSPROPSETID_Pin };

/// The requests of a circuit.
pub(crate) const OF_CIRCUIT: &[Filter] = &[
    Filter::property(&PROCESSING, MODES),
    Filter::property(&KSPROPSETID_Pin, INSTANCES),
    Filter::property(&KSPROPSETID_Pin, COUNT),
    Filter::property(&KSPROPSETID_Pin, PROPOSE_USUAL),
    Filter::property(&KSPROPSETID_Pin, PROPOSE),
    Filter::property(&KSPROPSETID_Pin, FORMATS),
    Filter::property(&KSPROPSETID_Pin, UNKNOWN),
    Filter::property(&FOREIGN, 0),
];

/// The requests of a stream.
pub(crate) const OF_STREAM: &[Filter] = &[
    Filter::property(&KSPROPSETID_RtAudio, EVENT),
    Filter::property(&KSPROPSETID_RtAudio, SUPPORT),
    Filter::property(&KSPROPSETID_RtAudio, WRITE),
    Filter::property(&KSPROPSETID_RtAudio, REGISTER),
];

/// 44.1 kHz in two channels of 16 bits, which no pin lists: a KSDATAFORMAT and a
/// WAVEFORMATEXTENSIBLE.
const UNLISTED: [u8; 104] = *b"\x68\0\0\0\0\0\0\0\x04\0\0\0\0\0\0\0\
    auds\0\0\x10\0\x80\0\0\xAA\0\x38\x9B\x71\
    \x01\0\0\0\0\0\x10\0\x80\0\0\xAA\0\x38\x9B\x71\
    \x81\x9F\x58\x05\x56\xC3\xCE\x11\xBF\x01\0\xAA\0\x55\x59\x5A\
    \xFE\xFF\x02\0\x44\xAC\0\0\x10\xB1\x02\0\x04\0\x10\0\x16\0\x10\0\x03\0\0\0\
    \x01\0\0\0\0\0\x10\0\x80\0\0\xAA\0\x38\x9B\x71";

/// A list of two modes with half a GUID after it.
fn odd_modes() -> [u8; 48] {
    let mut list = [0; 48];
    let mut put = |at: usize, bytes: &[u8]| {
        for (place, byte) in list.iter_mut().skip(at).zip(bytes) {
            *place = *byte;
        }
    };
    put(0, &[48, 0, 0, 0, 2, 0, 0, 0]);
    for (at, mode) in [(8, Mode::Raw), (24, Mode::Default)] {
        let GUID { Data1, Data2, Data3, Data4 } = mode.guid();
        put(at, &Data1.to_le_bytes());
        put(at.saturating_add(4), &Data2.to_le_bytes());
        put(at.saturating_add(6), &Data3.to_le_bytes());
        put(at.saturating_add(8), &Data4);
    }
    list
}

/// Answers a GET with a value.
fn give(request: Request<'_>, value: &[u8]) {
    if let Some(mut request) = request.require_length(value.len()) {
        let written = request.write_value(value);
        request.complete(Ok(written));
    }
}

/// Answers a circuit's request, or passes it on.
pub(crate) fn of_circuit(card: &Shared, direction: Direction, request: Request<'_>) {
    let Some((set, id)) = request.identifier() else { return request.dispatch() };
    if request.verb() != Verb::Get {
        return request.dispatch();
    }
    if (set.Data1, id) == (KSPROPSETID_Pin.Data1, INSTANCES) {
        return instances(card, direction, request);
    }
    let is_new = !card.has_run.load(Relaxed);
    let length = request.value_length();
    let is_size = length == 0;
    if set.Data1 == FOREIGN.Data1 || id == UNKNOWN {
        let is_known = match card.flaw {
            Flaw::KnowsAnyId => id == UNKNOWN,
            Flaw::KnowsAnySet => id != UNKNOWN,
            _ => false,
        };
        return if is_known { request.complete(Ok(0)) } else { request.dispatch() };
    }
    match (card.flaw, id) {
        (Flaw::ShortModes, MODES) if is_new && is_size => request.complete_with_size(56),
        (Flaw::HalfGuid, MODES) if is_new => give(request, &odd_modes()),
        (Flaw::NoHeader, MODES) if length == 8 => request.complete(Err(Error::BufferTooSmall)),
        (Flaw::OddHeader, MODES) if length == 9 => request.complete(Ok(8)),
        (Flaw::ShortProposal, PROPOSE_USUAL) if length == UNLISTED.len() => {
            request.complete(Ok(length.saturating_sub(1)));
        }
        // Another case asks later, with other buffers and for other pins.
        (Flaw::HidesFormats, FORMATS) if card.plays_since.load(Relaxed) == Qpc::now().0 => {
            give(request, &[8, 0, 0, 0, 0, 0, 0, 0]);
        }
        (Flaw::UnlistedDefault, PROPOSE) if is_new => give(request, &UNLISTED),
        (Flaw::ForgetsPin, COUNT) if !is_size => {
            let asked = card.counted.fetch_add(1, Relaxed);
            if asked % 5 == 4 { give(request, &[1, 0, 0, 0]) } else { request.dispatch() }
        }
        _ => request.dispatch(),
    }
}

/// Answers how many streams a pin takes and has: a KSPIN_CINSTANCES.
fn instances(card: &Shared, direction: Direction, request: Request<'_>) {
    let end = card.open.get(usize::from(direction == Direction::Capture));
    let open = end.map_or(0, |open| open.load(Relaxed));
    let is_new = !card.has_run.load(Relaxed);
    let (most, open) = match card.flaw {
        Flaw::Miscounts if open > 2 => (STREAMS, 2),
        Flaw::CountsOneMore if card.made.load(Relaxed) == 0 => (STREAMS, 1),
        Flaw::ForgetsClose if card.made.load(Relaxed) > 0 && open == 0 => (STREAMS, 1),
        Flaw::SmallLimit | Flaw::SmallerLimit if is_new => (STREAMS - 1, open),
        _ => return request.dispatch(),
    };
    // KSPIN_CINSTANCES: the possible ones, then the current ones.
    let counts = u64::from(open) << 32 | u64::from(most);
    give(request, &counts.to_le_bytes());
}

/// Answers a stream's request, or passes it on.
pub(crate) fn of_stream(line: &Line, request: Request<'_>) {
    let Some((_, id)) = request.identifier() else { return request.dispatch() };
    let (flaw, length) = (line.flaw(), request.value_length());
    match id {
        REGISTER if line.is_at(Place::Keyword) && flaw != Flaw::KeywordRegister => {
            request.complete(Err(Error::NotSupported));
        }
        EVENT if flaw == Flaw::EarlyEvent && !line.has_packets() => request.complete(Ok(0)),
        EVENT if flaw == Flaw::EventTwice && line.has_packets() && !line.has_run() => {
            let is_get = request.verb() == Verb::Get;
            if is_get && line.is_second_event() {
                request.complete(Ok(0));
            } else {
                request.dispatch();
            }
        }
        SUPPORT if flaw == Flaw::NoNotifications && request.verb() == Verb::Get => {
            give(request, &[0; 4]);
        }
        WRITE if flaw == Flaw::ReadsSet && request.verb() == Verb::Get => {
            request.complete(Ok(0));
        }
        // Another case asks streams that have not run.
        SUPPORT if line.has_run() => support(flaw, request, length),
        _ => request.dispatch(),
    }
}

/// Answers a question about the support of notifications wrongly, or passes it on.
fn support(flaw: Flaw, request: Request<'_>, length: usize) {
    match (request.verb(), length, flaw) {
        (Verb::Get, 1..4, Flaw::ShortAnswer) => request.complete(Ok(length)),
        (Verb::Get, 0, Flaw::WrongSize) => request.complete_with_size(8),
        (Verb::Get, 0, Flaw::NoBytes) => request.complete_with_size(0),
        (Verb::Get, 4, Flaw::FewBytes) => request.complete(Ok(3)),
        (Verb::Get, 5.., Flaw::LongAnswer) | (Verb::BasicSupport, 39, Flaw::OddDescription) => {
            request.complete(Ok(length));
        }
        (Verb::BasicSupport, 4, Flaw::NoVerbs) => give(request, &[0; 4]),
        (Verb::BasicSupport, 4, Flaw::NoBasicSupport) | (Verb::Other, 0, Flaw::NoSetSupport) => {
            request.complete(Err(Error::NotSupported));
        }
        (Verb::BasicSupport, 40, Flaw::ShortDescription) => request.complete(Ok(8)),
        (Verb::Get, 0, Flaw::NoSize)
        | (Verb::BasicSupport, 0, Flaw::NoDescription)
        | (Verb::Other, 64, Flaw::HasRelations)
        | (Verb::Set, _, Flaw::TakesSet) => request.complete(Ok(0)),
        _ => request.dispatch(),
    }
}
