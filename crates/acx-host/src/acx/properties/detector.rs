//! The properties of a keyword spotter. Source: the pages of KSPROPSETID_SoundDetector and
//! KSPROPSETID_SoundDetector2.

use acx_client::bytes::{guid_at, number};
use acx_sys::*;

use super::table::{Property, PropertyRequest, Recipient, call, rows};
use super::value::{list, words};
use crate::acx::element::{Element, ElementKind};
use crate::kernel::object::Ref;

/// A spotter: its element, its callbacks, its patterns, and the event that a request names.
type Spotter = (Ref<Element>, ACX_KEYWORDSPOTTER_CALLBACKS, Vec<[u8; 16]>, GUID);

fn spotter(request: &PropertyRequest<'_>) -> Result<Spotter, NTSTATUS> {
    let elements = request.circuit.elements.borrow();
    let found = elements.iter().find_map(|element| match &element.kind {
        ElementKind::KeywordSpotter(callbacks, patterns) => {
            Some((element.clone(), *callbacks, patterns.clone()))
        }
        _ => None,
    });
    let (element, callbacks, patterns) = found.ok_or(STATUS_NOT_SUPPORTED)?;
    // The second set names the event after the property.
    let event =
        if request.input.len() >= 40 { guid_at(request.input, 24) } else { GUID::default() };
    Ok((element, callbacks, patterns, event))
}

fn supported_patterns(request: &PropertyRequest<'_>) -> Result<Vec<u8>, NTSTATUS> {
    let (_, _, patterns, _) = spotter(request)?;
    Ok(list(&patterns.iter().map(|pattern| pattern.to_vec()).collect::<Vec<_>>()))
}

fn set_patterns(request: &PropertyRequest<'_>, value: &[u8]) -> Result<(), NTSTATUS> {
    let (element, callbacks, _, mut event) = spotter(request)?;
    if value.len() < 8 || number(value, 0) as usize != value.len() {
        return Err(STATUS_INVALID_PARAMETER);
    }
    let mut patterns = value.to_vec();
    call!(
        request,
        element,
        callbacks.EvtAcxKeywordSpotterAssignPatterns,
        (&raw mut event, patterns.as_mut_ptr().cast(), value.len() as u32)
    )
}

fn armed(request: &PropertyRequest<'_>) -> Result<Vec<u8>, NTSTATUS> {
    let (element, callbacks, _, mut event) = spotter(request)?;
    let mut armed = 0;
    call!(
        request,
        element,
        callbacks.EvtAcxKeywordSpotterRetrieveArm,
        (&raw mut event, &raw mut armed)
    )?;
    Ok(words([u32::from(armed != 0)]))
}

fn arm(request: &PropertyRequest<'_>, value: &[u8]) -> Result<(), NTSTATUS> {
    let (element, callbacks, _, mut event) = spotter(request)?;
    let arm = BOOLEAN::from(number(value, 0) != 0);
    call!(request, element, callbacks.EvtAcxKeywordSpotterAssignArm, (&raw mut event, arm))
}

fn reset_detector(request: &PropertyRequest<'_>, value: &[u8]) -> Result<(), NTSTATUS> {
    let (element, callbacks, _, mut event) = spotter(request)?;
    if number(value, 0) == 0 {
        return Ok(());
    }
    call!(request, element, callbacks.EvtAcxKeywordSpotterAssignReset, (&raw mut event))
}

fn streaming_support(_request: &PropertyRequest<'_>) -> Result<Vec<u8>, NTSTATUS> {
    Ok(words([1]))
}

/// The properties of a spotter.
pub(super) static TABLE: &[Property] = rows! {
    KSPROPSETID_SoundDetector {
        KSPROPERTY_SOUNDDETECTOR_SUPPORTEDPATTERNS Filter list get supported_patterns,;
        KSPROPERTY_SOUNDDETECTOR_PATTERNS Filter any, set set_patterns;
        KSPROPERTY_SOUNDDETECTOR_ARMED Filter 4 get armed, set arm;
        KSPROPERTY_SOUNDDETECTOR_RESET Filter 4, set reset_detector;
        KSPROPERTY_SOUNDDETECTOR_STREAMINGSUPPORT Filter 4 get streaming_support,;
    }
    KSPROPSETID_SoundDetector2 {
        KSPROPERTY_SOUNDDETECTOR_SUPPORTEDPATTERNS Filter list + 40 get supported_patterns,;
        KSPROPERTY_SOUNDDETECTOR_PATTERNS Filter any + 40, set set_patterns;
        KSPROPERTY_SOUNDDETECTOR_ARMED Filter 4 + 40 get armed, set arm;
        KSPROPERTY_SOUNDDETECTOR_RESET Filter 4 + 40, set reset_detector;
        KSPROPERTY_SOUNDDETECTOR_STREAMINGSUPPORT Filter 4 + 40 get streaming_support,;
    }
};
