//! Reads a filter's properties and their values directly from the driver, without the audio stack.
//!
//! A property is a set, an id, and a target: the filter, one of its pins, or one of its nodes. A
//! client queries the size with an empty buffer, then the value; BASICSUPPORT returns the verbs.
//! Documentation: KSPROPERTY structure (ks.h).

use std::fmt;

use acx_client::bytes::guid_bytes;
use acx_client::endpoint::Endpoint;
use acx_client::request::{descriptor, get_sized, node, number, pin};
use acx_client::{Failed, File, System};
use acx_sys::*;
use serde_json::{Value, json};

/// The target of a property.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// The filter.
    Filter,
    /// A pin, through the filter.
    Pin(u32),
    /// A node, all its channels.
    Node(u32),
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Filter => f.write_str("filter"),
            Self::Pin(id) => write!(f, "pin {id}"),
            Self::Node(id) => write!(f, "node {id}"),
        }
    }
}

impl Target {
    /// The data after the KSPROPERTY, and the flag of a node's request.
    fn parts(self) -> (Vec<u8>, u32) {
        match self {
            Self::Filter => (Vec::new(), 0),
            Self::Pin(id) => (pin(id), 0),
            Self::Node(id) => (node(id, None), KSPROPERTY_TYPE_TOPOLOGY),
        }
    }
}

/// A property and the filter's results.
#[derive(Clone, Debug)]
pub struct Property {
    /// Its target.
    pub target: Target,
    /// The names of its set and itself, or numbers.
    pub name: String,
    /// Its set.
    pub set: [u8; 16],
    /// Its id.
    pub id: u32,
    /// Its verbs from BASICSUPPORT; None if that was refused.
    pub access: Option<u32>,
    /// Its value, or the status of GET.
    pub value: Result<Vec<u8>, NTSTATUS>,
}

/// Values longer than this are truncated in text; JSON has all bytes.
const SHOWN: usize = 32;

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(" ")
}

impl Property {
    /// The verbs as text.
    fn verbs(&self) -> String {
        let Some(access) = self.access else { return "?".to_owned() };
        let verbs = [(KSPROPERTY_TYPE_GET, "get"), (KSPROPERTY_TYPE_SET, "set")];
        let has = verbs.into_iter().filter(|(verb, _)| access & verb != 0);
        has.map(|(_, word)| word).collect::<Vec<_>>().join(", ")
    }

    /// As JSON.
    pub fn value(&self) -> Value {
        json!({
            "target": self.target.to_string(), "name": self.name, "set": hex(&self.set),
            "id": self.id, "access": self.access,
            "value": self.value.as_ref().ok().map(|bytes| hex(bytes)),
            "status": self.value.as_ref().err().map(|status| format!("{status:#010x}")),
        })
    }
}

impl fmt::Display for Property {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:<9} {:<38} {:<9}", self.target.to_string(), self.name, self.verbs())?;
        match &self.value {
            Err(status) => write!(f, "{status:#010x}"),
            Ok(bytes) => {
                let cut = &bytes[..bytes.len().min(SHOWN)];
                let more = if cut.len() < bytes.len() { " ..." } else { "" };
                write!(f, "{:>5} bytes  {}{more}", bytes.len(), hex(cut))?;
                // Four bytes are usually a number.
                if let [_, _, _, _] = bytes[..] {
                    write!(f, "  = {}", number(bytes, 0).cast_signed())?;
                }
                Ok(())
            }
        }
    }
}

/// Reads one property. None if the target does not have it.
pub fn ask(filter: &File, name: String, set: &GUID, id: u32, target: Target) -> Option<Property> {
    let (instance, flag) = target.parts();
    let input = descriptor(set, id, KSPROPERTY_TYPE_BASICSUPPORT | flag, &instance);
    let mut verbs = [0; 4];
    let support = filter.ioctl(IOCTL_KS_PROPERTY, &input, Some(&mut verbs));
    let access = NT_SUCCESS(support.status).then(|| u32::from_le_bytes(verbs));
    let value = get(filter, set, id, flag, &instance);
    let absent = [
        STATUS_NOT_FOUND,
        STATUS_PROPSET_NOT_FOUND,
        STATUS_INVALID_PARAMETER,
        STATUS_INVALID_DEVICE_REQUEST,
        STATUS_NOT_SUPPORTED,
    ];
    if access.is_none() && value.as_ref().is_err_and(|status| absent.contains(status)) {
        return None;
    }
    Some(Property { target, name, set: guid_bytes(set), id, access, value })
}

/// The size, then the value.
fn get(
    filter: &File,
    set: &GUID,
    id: u32,
    flag: u32,
    instance: &[u8],
) -> Result<Vec<u8>, NTSTATUS> {
    let input = descriptor(set, id, KSPROPERTY_TYPE_GET | flag, instance);
    let size = filter.ioctl(IOCTL_KS_PROPERTY, &input, None);
    if size.status != STATUS_BUFFER_OVERFLOW {
        return Err(size.status);
    }
    let mut value = vec![0; size.information];
    let reply = filter.ioctl(IOCTL_KS_PROPERTY, &input, Some(&mut value));
    value.truncate(reply.information);
    if NT_SUCCESS(reply.status) { Ok(value) } else { Err(reply.status) }
}

macro_rules! names {
    ($($set:ident: $($name:ident)*;)*) => {
        &[$((&$set, &[$((stringify!($name), $name)),*])),*]
    };
}

/// A set with its properties, each by its name.
type Set = (&'static GUID, &'static [(&'static str, u32)]);

/// The properties of a filter.
const OF_FILTERS: &[Set] = names! {
    KSPROPSETID_Topology: KSPROPERTY_TOPOLOGY_CATEGORIES KSPROPERTY_TOPOLOGY_NODES KSPROPERTY_TOPOLOGY_CONNECTIONS;
    KSPROPSETID_General: KSPROPERTY_GENERAL_COMPONENTID;
    KSPROPSETID_SoundDetector: KSPROPERTY_SOUNDDETECTOR_SUPPORTEDPATTERNS KSPROPERTY_SOUNDDETECTOR_ARMED
        KSPROPERTY_SOUNDDETECTOR_STREAMINGSUPPORT;
    KSPROPSETID_AudioModule: KSPROPERTY_AUDIOMODULE_DESCRIPTORS;
};

/// The properties of each pin.
const OF_PINS: &[Set] = names! {
    KSPROPSETID_Pin: KSPROPERTY_PIN_CINSTANCES KSPROPERTY_PIN_DATAFLOW KSPROPERTY_PIN_DATARANGES
        KSPROPERTY_PIN_INTERFACES KSPROPERTY_PIN_MEDIUMS KSPROPERTY_PIN_COMMUNICATION KSPROPERTY_PIN_CATEGORY
        KSPROPERTY_PIN_NAME KSPROPERTY_PIN_PHYSICALCONNECTION KSPROPERTY_PIN_PROPOSEDATAFORMAT;
    KSPROPSETID_AudioSignalProcessing: KSPROPERTY_AUDIOSIGNALPROCESSING_MODES;
    KSPROPSETID_Jack: KSPROPERTY_JACK_DESCRIPTION KSPROPERTY_JACK_DESCRIPTION2 KSPROPERTY_JACK_SINK_INFO;
    KSPROPSETID_Audio: KSPROPERTY_AUDIO_MIC_ARRAY_GEOMETRY KSPROPERTY_AUDIO_MIC_SENSITIVITY2 KSPROPERTY_AUDIO_MIC_SNR;
};

/// The properties of each node.
const OF_NODES: &[Set] = names! {
    KSPROPSETID_Audio: KSPROPERTY_AUDIO_VOLUMELEVEL KSPROPERTY_AUDIO_MUTE KSPROPERTY_AUDIO_PEAKMETER2
        KSPROPERTY_AUDIO_CHANNEL_CONFIG;
    KSPROPSETID_AudioEngine: KSPROPERTY_AUDIOENGINE_DESCRIPTOR KSPROPERTY_AUDIOENGINE_DEVICEFORMAT
        KSPROPERTY_AUDIOENGINE_SUPPORTEDDEVICEFORMATS KSPROPERTY_AUDIOENGINE_GFXENABLE KSPROPERTY_AUDIOENGINE_VOLUMELEVEL;
};

/// Every known property that a filter has.
///
/// # Errors
///
/// [`Failed`]: it cannot be opened, or does not return its pins and nodes.
pub fn browse(system: &dyn System, link: &str) -> Result<Vec<Property>, Failed> {
    let filter = Endpoint::open(system, link)?;
    let targets = [Target::Filter]
        .into_iter()
        .chain(filter.pins.iter().map(|pin| Target::Pin(pin.id)))
        .chain((0..filter.nodes.len()).map(|node| Target::Node(node as u32)));
    let mut found = Vec::new();
    for target in targets {
        let sets = match target {
            Target::Filter => OF_FILTERS,
            Target::Pin(_) => OF_PINS,
            Target::Node(_) => OF_NODES,
        };
        for (set, properties) in sets {
            for (name, id) in *properties {
                let name = name.trim_start_matches("KSPROPERTY_").to_owned();
                found.extend(ask(&filter.filter, name, set, *id, target));
            }
        }
    }
    Ok(found)
}

/// Parses a GUID with or without braces.
///
/// # Errors
///
/// The expected form.
pub fn guid(text: &str) -> Result<GUID, String> {
    let wrong = || format!("{text}: give a GUID such as {{8C134960-51AD-11CF-878A-94F801C10000}}");
    let parts: Vec<&str> = text.trim_matches(['{', '}']).split('-').collect();
    let lengths: Vec<usize> = parts.iter().map(|part| part.len()).collect();
    if lengths != [8, 4, 4, 4, 12] || !text.is_ascii() {
        return Err(wrong());
    }
    let digits = |text: &str| u64::from_str_radix(text, 16).map_err(|_| wrong());
    let tail = digits(parts[3])? << 48 | digits(parts[4])?;
    Ok(GUID {
        Data1: digits(parts[0])? as u32,
        Data2: digits(parts[1])? as u16,
        Data3: digits(parts[2])? as u16,
        Data4: tail.to_be_bytes(),
    })
}

/// Reads any property, also an unknown one, as raw bytes.
pub fn raw(
    system: &dyn System,
    link: &str,
    set: &GUID,
    id: u32,
    target: Target,
) -> Result<Property, Failed> {
    let filter =
        system.open(link).map_err(|status| Failed { what: "opening the filter", status })?;
    let what = "the property";
    let property = ask(&filter, format!("id {id}"), set, id, target);
    property.ok_or_else(|| {
        let (instance, _) = target.parts();
        Failed { what, status: get_sized(&filter, set, id, &instance, 0).0.status }
    })
}
