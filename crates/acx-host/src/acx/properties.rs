//! The properties that ACX handles.
//!
//! | module | contents |
//! |---|---|
//! | `table` | the rows, and the rules for lengths and statuses |
//! | `value` | values as bytes |
//! | `endpoint` | the properties of every endpoint |
//! | `engine`, `module`, `detector`, `connected` | the properties of an audio engine, modules, a keyword spotter, microphones and jacks |

mod connected;
#[expect(clippy::unnecessary_wraps, reason = "the functions of a table have one shape")]
mod detector;
#[expect(clippy::unnecessary_wraps, reason = "the functions of a table have one shape")]
mod endpoint;
mod engine;
#[expect(clippy::unnecessary_wraps, reason = "the functions of a table have one shape")]
mod module;
mod table;
mod value;

use acx_client::Reply;
use acx_sys::*;

use crate::acx::arguments::guid_bytes;
use crate::acx::assumptions;
use crate::acx::circuit::Circuit;
use crate::acx::descriptor::Descriptor;
use crate::acx::element::ElementKind;
use crate::acx::stream::Stream;
use crate::kernel::Kernel;
use crate::kernel::object::Ref;

pub use endpoint::TABLE;
use table::PropertyRequest;
pub use table::{Property, Recipient};
pub(crate) use value::mode;

/// Every property that the host supports.
fn rows() -> impl Iterator<Item = &'static Property> {
    let tables = [TABLE, engine::TABLE, module::TABLE, detector::TABLE, connected::TABLE];
    tables.into_iter().flatten()
}

/// The property of a set, as bytes, with this id. Streaming comes here with every packet, so the
/// number is compared first.
pub(crate) fn row(set: &[u8; 16], id: u32) -> Option<&'static Property> {
    rows().find(|row| row.id == id && guid_bytes(&row.set) == *set)
}

/// Whether an endpoint has the kind of element that a property set is for.
fn has(set: &GUID, circuit: &Circuit, stream: Option<&Ref<Stream>>) -> bool {
    let set = guid_bytes(set);
    let any = |is: fn(&ElementKind) -> bool| {
        let of_stream =
            stream.is_some_and(|stream| stream.elements.borrow().iter().any(|own| is(&own.kind)));
        of_stream || circuit.elements.borrow().iter().any(|own| is(&own.kind))
    };
    if set == guid_bytes(&KSPROPSETID_AudioEngine) {
        any(|kind| {
            matches!(kind, ElementKind::AudioEngine(..) | ElementKind::StreamAudioEngine(..))
        })
    } else if set == guid_bytes(&KSPROPSETID_AudioModule) {
        any(|kind| matches!(kind, ElementKind::AudioModule(..)))
    } else if set == guid_bytes(&KSPROPSETID_SoundDetector)
        || set == guid_bytes(&KSPROPSETID_SoundDetector2)
    {
        any(|kind| matches!(kind, ElementKind::KeywordSpotter(..)))
    } else {
        true
    }
}

/// ACX's own answer to a property request to a circuit, or to a stream on it.
pub(crate) fn answer(
    kernel: &Kernel,
    asked: &Descriptor<'_>,
    (circuit, stream): (&Ref<Circuit>, Option<&Ref<Stream>>),
    output: &mut [u8],
) -> Reply {
    let (set, id, flags) = (asked.set(), asked.id(), asked.flags());
    let statuses = &assumptions::of(kernel).statuses;
    let row = row(&set, id).filter(|row| has(&row.set, circuit, stream));
    let is_here = |row: &Property| guid_bytes(&row.set) == set && has(&row.set, circuit, stream);
    if row.is_none() && !rows().any(is_here) {
        return Reply::failed(statuses.unknown_set);
    }
    if flags == KSPROPERTY_TYPE_SETSUPPORT {
        return Reply::failed(STATUS_SUCCESS);
    }
    let Some(row) = row else {
        return Reply::failed(statuses.unknown_id);
    };
    let input = &*asked.input;
    // Requests for a pin instance need its handle; the others are accepted on either.
    if row.target == Recipient::Pin && stream.is_none() {
        return Reply::failed(statuses.wrong_target);
    }
    if input.len() < row.target.descriptor().max(row.descriptor) {
        return Reply::failed(statuses.short_descriptor);
    }
    let request = PropertyRequest { kernel, circuit, stream, input };
    if matches!(flags, KSPROPERTY_TYPE_GET | KSPROPERTY_TYPE_SET)
        && let Err(status) = row.check(&request)
    {
        return Reply::failed(status);
    }
    if let (KSPROPERTY_TYPE_GET, Some(raw)) = (flags, row.raw) {
        return raw(&request, output);
    }
    match (flags, row.get, row.assign) {
        (KSPROPERTY_TYPE_BASICSUPPORT, ..) => row.basic_support(&request, output),
        (KSPROPERTY_TYPE_GET, Some(get), _) => row.answer(output, || get(&request)),
        (KSPROPERTY_TYPE_SET, _, Some(assign)) => {
            if output.len() < row.size {
                return Reply::failed(STATUS_BUFFER_TOO_SMALL);
            }
            Reply::of(assign(&request, output))
        }
        _ => Reply::failed(statuses.wrong_verb),
    }
}
