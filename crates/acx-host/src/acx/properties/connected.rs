//! The properties of what is connected: microphones, digital jacks, the next filter of a composite
//! endpoint, names of nodes. Source: the pages of KSPROPSETID_Audio, KSPROPSETID_Jack,
//! KSPROPSETID_Pin and KSPROPSETID_Topology.

use acx_sys::*;

use super::table::{Property, PropertyRequest, Recipient, rows};
use super::value::{text, words};
use crate::acx::arguments::guid_bytes;
use crate::acx::assumptions;
use crate::acx::pin::Microphone;
use crate::kernel::interface;

fn geometry(request: &PropertyRequest<'_>) -> Result<Vec<u8>, NTSTATUS> {
    let pin = request.pin()?;
    let geometry = pin.microphone.as_ref().and_then(|own| own.geometry.clone());
    geometry.map(|own| own.to_ks()).ok_or(assumptions::of(request.kernel).statuses.wrong_item)
}

fn microphone(
    request: &PropertyRequest<'_>,
    which: fn(&Microphone) -> i32,
) -> Result<Vec<u8>, NTSTATUS> {
    let pin = request.pin()?;
    let wrong = assumptions::of(request.kernel).statuses.wrong_item;
    pin.microphone.as_ref().map(|own| which(own).to_le_bytes().to_vec()).ok_or(wrong)
}

/// KSPIN_PHYSICALCONNECTION: its size, the other pin, the other filter's link.
fn physical_connection(request: &PropertyRequest<'_>) -> Result<Vec<u8>, NTSTATUS> {
    let pin = request.pin()?;
    let joined = pin.joined.borrow().clone();
    let (link, id) = joined.ok_or(assumptions::of(request.kernel).statuses.wrong_item)?;
    let name = text(&link);
    let mut bytes = words([(8 + name.len()) as u32, id]);
    bytes.extend(name);
    Ok(bytes)
}

fn name(request: &PropertyRequest<'_>) -> Result<Vec<u8>, NTSTATUS> {
    let element = request.node()?;
    // A name that is not in the registry is its GUID; one that was never given is the node's type.
    let none = guid_bytes(&element.name) == [0; 16];
    let guid = if none { element.node_type() } else { element.name };
    Ok(text(&interface::guid_text(guid_bytes(&guid))))
}

fn sensitivity(request: &PropertyRequest<'_>) -> Result<Vec<u8>, NTSTATUS> {
    microphone(request, |own| own.sensitivity)
}

fn signal_to_noise(request: &PropertyRequest<'_>) -> Result<Vec<u8>, NTSTATUS> {
    microphone(request, |own| own.signal_to_noise)
}

fn sensitivity2(request: &PropertyRequest<'_>) -> Result<Vec<u8>, NTSTATUS> {
    microphone(request, |own| own.sensitivity)
}

fn sink_info(request: &PropertyRequest<'_>) -> Result<Vec<u8>, NTSTATUS> {
    request.pin()?.sink_information(request.kernel)
}

/// The properties of what is connected.
pub(super) static TABLE: &[Property] = rows! {
    KSPROPSETID_Audio {
        KSPROPERTY_AUDIO_MIC_ARRAY_GEOMETRY PinFactory any get geometry,;
        KSPROPERTY_AUDIO_MIC_SENSITIVITY PinFactory 4 get sensitivity,;
        KSPROPERTY_AUDIO_MIC_SNR PinFactory 4 get signal_to_noise,;
        KSPROPERTY_AUDIO_MIC_SENSITIVITY2 PinFactory 4 get sensitivity2,;
    }
    KSPROPSETID_Jack {
        KSPROPERTY_JACK_SINK_INFO PinFactory 96 get sink_info,;
    }
    KSPROPSETID_Pin {
        KSPROPERTY_PIN_PHYSICALCONNECTION PinFactory any get physical_connection,;
    }
    KSPROPSETID_Topology {
        KSPROPERTY_TOPOLOGY_NAME Element any get name,;
    }
};
