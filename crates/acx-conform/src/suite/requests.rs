//! The rules of KS requests: B20.

use std::time::Duration;

use acx_client::Direction;
use acx_client::File;
use acx_client::bytes::guid_bytes;
use acx_client::endpoint::Endpoint;
use acx_client::request;
use acx_host::ks::{Property, Recipient, TABLE};
use acx_sys::*;

use super::{Context, Finding, describe, ensure};

/// Properties whose GET has a side effect: each is tested with a fresh pin.
const ACTING: [u32; 4] = [
    KSPROPERTY_RTAUDIO_BUFFER,
    KSPROPERTY_RTAUDIO_BUFFER_WITH_NOTIFICATION,
    KSPROPERTY_RTAUDIO_REGISTER_NOTIFICATION_EVENT,
    KSPROPERTY_RTAUDIO_UNREGISTER_NOTIFICATION_EVENT,
];

/// KSMULTIPLE_ITEM, which is all of a list without items.
const HEADER: usize = 8;

/// A valid descriptor for `row`.
fn instance(row: &Property, endpoint: &Endpoint, node: u32) -> Vec<u8> {
    let mut bytes = match row.target {
        Recipient::Filter | Recipient::Pin => Vec::new(),
        Recipient::Node => request::node(node, Some(0)),
        Recipient::Element => request::pin(node),
        Recipient::PinFactory => {
            let jack = row.name.contains("JACK");
            let pin = endpoint.pins.iter().find(|pin| pin.is_streaming != jack);
            request::pin(pin.map(|pin| pin.id).unwrap_or_default())
        }
    };
    // A mode, for MODEDATAFORMATS, or as the attribute for PROPOSEDATAFORMAT2.
    let mode = endpoint.pins.iter().find_map(|pin| pin.modes.first()).map_or([0; 16], |m| m.0);
    match row.name {
        "KSPROPERTY_PIN_MODEDATAFORMATS" => bytes.extend(mode),
        "KSPROPERTY_PIN_PROPOSEDATAFORMAT2" => {
            for number in [48u32, 1, 40, 0] {
                bytes.extend(number.to_le_bytes());
            }
            let id = KSATTRIBUTEID_AUDIOSIGNALPROCESSING_MODE;
            bytes.extend(id.Data1.to_le_bytes());
            bytes.extend(id.Data2.to_le_bytes());
            bytes.extend(id.Data3.to_le_bytes());
            bytes.extend(id.Data4);
            bytes.extend(mode);
        }
        _ => bytes.resize(bytes.len().max(row.descriptor.saturating_sub(24)), 0),
    }
    bytes
}

/// Status and length of the answer to a request, with room for so many bytes.
fn answer(file: &File, input: &[u8], length: usize) -> (NTSTATUS, usize) {
    let mut output = vec![0; length];
    let reply = file.ioctl(IOCTL_KS_PROPERTY, input, Some(&mut output));
    (reply.status, reply.information)
}

struct Asked<'a> {
    file: &'a File,
    row: &'a Property,
    instance: Vec<u8>,
}

impl Asked<'_> {
    fn flags(&self, flags: u32, length: usize) -> (NTSTATUS, usize) {
        let input = request::descriptor(&self.row.set, self.row.id, flags, &self.instance);
        answer(self.file, &input, length)
    }

    fn expect(
        &self,
        what: &str,
        found: (NTSTATUS, usize),
        wanted: (NTSTATUS, usize),
    ) -> Result<(), String> {
        ensure(found == wanted, || {
            let name = self.row.name;
            format!("{name}, {what}: {:#x} {}, not {:#x} {}", found.0, found.1, wanted.0, wanted.1)
        })
    }

    /// Whether the queried pin has a jack: one without refuses jack properties.
    fn has_jack(&self) -> bool {
        self.flags(KSPROPERTY_TYPE_GET, 0) != (STATUS_NOT_SUPPORTED, 0)
    }

    /// Size query, short, exact and long buffers; for lists the header alone.
    fn lengths(&self) -> Result<(), String> {
        let get = |length| self.flags(KSPROPERTY_TYPE_GET, length);
        let (status, size) = get(0);
        self.expect("size query", (status, size), (STATUS_BUFFER_OVERFLOW, size))?;
        ensure(size > 0, || format!("{}: no bytes", self.row.name))?;
        if self.row.size > 0 {
            self.expect("size", (0, size), (0, self.row.size))?;
        }
        self.expect("short", get(size - 1), (STATUS_BUFFER_TOO_SMALL, 0))?;
        self.expect("exact", get(size), (STATUS_SUCCESS, size))?;
        self.expect("long", get(size + 9), (STATUS_SUCCESS, size))?;
        if self.row.is_list && size > HEADER {
            self.expect("header", get(HEADER), (STATUS_SUCCESS, HEADER))?;
            self.expect("header and a byte", get(HEADER + 1), (STATUS_BUFFER_TOO_SMALL, 0))?;
        }
        Ok(())
    }

    fn verbs(&self) -> Result<(), String> {
        let row = self.row;
        let access = KSPROPERTY_TYPE_BASICSUPPORT
            | if row.can_get() { KSPROPERTY_TYPE_GET } else { 0 }
            | if row.can_set() { KSPROPERTY_TYPE_SET } else { 0 };
        let flags = KSPROPERTY_TYPE_BASICSUPPORT;
        let input = request::descriptor(&row.set, row.id, flags, &self.instance);
        let mut output = [0; 4];
        let reply = self.file.ioctl(IOCTL_KS_PROPERTY, &input, Some(&mut output));
        self.expect("basic support", (reply.status, reply.information), (STATUS_SUCCESS, 4))?;
        self.expect("access", (0, u32::from_le_bytes(output) as usize), (0, access as usize))?;
        let (status, full) = self.flags(flags, 0);
        self.expect("description size", (status, full), (STATUS_BUFFER_OVERFLOW, full.max(40)))?;
        self.expect("description", self.flags(flags, 40), (STATUS_SUCCESS, 40))?;
        self.expect("odd description", self.flags(flags, 39), (STATUS_BUFFER_TOO_SMALL, 0))?;
        let set_support = self.flags(KSPROPERTY_TYPE_SETSUPPORT, 0);
        self.expect("set support", set_support, (STATUS_SUCCESS, 0))?;
        let wrong = (STATUS_INVALID_DEVICE_REQUEST, 0);
        self.expect("relations", self.flags(KSPROPERTY_TYPE_RELATIONS, 64), wrong)?;
        if !row.can_set() {
            self.expect("set", self.flags(KSPROPERTY_TYPE_SET, 256), wrong)?;
        }
        if !row.can_get() {
            self.expect("get", self.flags(KSPROPERTY_TYPE_GET, 256), wrong)?;
        }
        Ok(())
    }

    /// A descriptor that is too short; a pin or node that does not exist.
    fn descriptors(&self) -> Result<(), String> {
        let mut least = self.row.target.descriptor().max(self.row.descriptor);
        let input =
            request::descriptor(&self.row.set, self.row.id, KSPROPERTY_TYPE_GET, &self.instance);
        while least > 23 {
            least -= 1;
            let found = answer(self.file, &input[..least], 256);
            self.expect("short descriptor", found, (STATUS_INVALID_PARAMETER, 0))?;
        }
        if matches!(self.row.target, Recipient::PinFactory | Recipient::Node) && self.row.can_get()
        {
            let mut wrong = input.clone();
            wrong[24..28].copy_from_slice(&77u32.to_le_bytes());
            let found = answer(self.file, &wrong, 256);
            self.expect("no such pin or node", found, (STATUS_INVALID_PARAMETER, 0))?;
        }
        Ok(())
    }
}

/// The node of a type, if the filter has one.
pub(crate) fn node_of_type(endpoint: &Endpoint, kind: &GUID) -> Option<u32> {
    let kind = guid_bytes(kind);
    endpoint.nodes.iter().position(|node| *node == kind).and_then(|at| u32::try_from(at).ok())
}

/// The node of the filter that has a property. None if the driver has no such node, so the property
/// does not apply.
fn node_of(row: &Property, endpoint: &Endpoint) -> Option<u32> {
    if row.target != Recipient::Node && row.target != Recipient::Element {
        return Some(0);
    }
    let kind = match row.id {
        KSPROPERTY_AUDIO_VOLUMELEVEL => KSNODETYPE_VOLUME,
        KSPROPERTY_AUDIO_MUTE => KSNODETYPE_MUTE,
        KSPROPERTY_AUDIO_PEAKMETER2 => KSNODETYPE_PEAKMETER,
        _ => return Some(0),
    };
    node_of_type(endpoint, &kind)
}

pub(crate) fn rules(context: &Context<'_>) -> Finding {
    let mut count = 0;
    for end in context.ends()? {
        let (endpoint, direction) = (&end.endpoint, end.direction());
        let stream = end.open(context.system, end.period()).map_err(describe)?;
        stream.prepare().map_err(describe)?;
        stream.run().map_err(describe)?;
        // A query for a format without a mode means DEFAULT.
        let default = guid_bytes(&AUDIO_SIGNALPROCESSINGMODE_DEFAULT);
        let pin = endpoint.host_pin().map_err(describe)?;
        let has_default = pin.modes.iter().any(|(mode, _)| *mode == default);
        // So that capture has a packet.
        context.system.sleep(Duration::from_millis(50));
        for row in TABLE {
            let Some(node) = node_of(row, endpoint) else { continue };
            let file = if row.target == Recipient::Pin { stream.pin() } else { &endpoint.filter };
            let asked = Asked { file, row, instance: instance(row, endpoint, node) };
            if row.name.contains("JACK") && !asked.has_jack() {
                continue;
            }
            let acts = row.target == Recipient::Pin && ACTING.contains(&row.id);
            let is_capture = row.name == "KSPROPERTY_RTAUDIO_GETREADPACKET";
            let is_skipped = is_capture && direction == Direction::Render
                || !has_default && row.name == "KSPROPERTY_PIN_PROPOSEDATAFORMAT";
            if row.can_get() && !acts && !is_skipped {
                asked.lengths()?;
            }
            asked.verbs()?;
            asked.descriptors()?;
            if row.target == Recipient::Pin {
                let wrong = Asked { file: &endpoint.filter, row, instance: asked.instance };
                let found = wrong.flags(KSPROPERTY_TYPE_GET, 64);
                wrong.expect("on the filter", found, (STATUS_INVALID_DEVICE_REQUEST, 0))?;
            }
            count += 1;
        }
        unknown(&endpoint.filter)?;
    }
    Ok(format!("{count} properties, each end's counted"))
}

/// Unknown ids and sets, unknown codes, inputs that are not descriptors.
fn unknown(filter: &File) -> Result<(), String> {
    let ask = |set: &GUID, id| {
        let input = request::descriptor(set, id, KSPROPERTY_TYPE_GET, &[0; 64]);
        answer(filter, &input, 64).0
    };
    let id = ask(&KSPROPSETID_Pin, 4711);
    ensure(id == STATUS_NOT_FOUND, || format!("unknown id: {id:#x}"))?;
    let set = ask(&GUID { Data1: 0x1234_5678, ..KSPROPSETID_Pin }, 0);
    ensure(set == STATUS_PROPSET_NOT_FOUND, || format!("unknown set: {set:#x}"))?;
    for length in 0..24 {
        let (status, _) = answer(filter, &vec![0; length], 64);
        ensure(status == STATUS_INVALID_PARAMETER, || format!("{length} bytes: {status:#x}"))?;
    }
    let code = filter.ioctl(0x1234, &[0; 24], None).status;
    ensure(code == STATUS_INVALID_DEVICE_REQUEST, || format!("unknown code: {code:#x}"))
}
