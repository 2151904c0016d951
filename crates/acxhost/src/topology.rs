//! Circuits, pins, formats and elements as a tree.

use acx_client::bytes::{guid_at, guid_bytes as bytes};
use acx_client::endpoint::{Endpoint, WaveFormat, name_of};
use acx_client::hidden::{self, HiddenEnd};
use acx_client::{Direction, System};
use acx_sys::*;
use serde_json::{Value, json};

use acx_conform::play::summary;
use acx_conform::run::{RunError, counted};
use acx_conform::suite::is_keyword;

use crate::subject::VENDOR;

fn named(guid: [u8; 16]) -> String {
    let known: [(&GUID, &str); 18] = [
        (&KSNODETYPE_VOLUME, "volume"),
        (&KSNODETYPE_MUTE, "mute"),
        (&KSNODETYPE_PEAKMETER, "peak meter"),
        (&KSNODETYPE_AUDIO_ENGINE, "audio engine"),
        (&KSNODETYPE_AUDIO_KEYWORDDETECTOR, "keyword detector"),
        (&KSNODETYPE_AUDIO_MODULE, "audio module"),
        (&KSNODETYPE_DAC, "DAC"),
        (&KSNODETYPE_ADC, "ADC"),
        (&KSNODETYPE_SUM, "sum"),
        (&KSNODETYPE_MICROPHONE_ARRAY_PROCESSOR, "microphone array processor"),
        (&AUDIO_SIGNALPROCESSINGMODE_RAW, "RAW"),
        (&AUDIO_SIGNALPROCESSINGMODE_DEFAULT, "DEFAULT"),
        (&AUDIO_SIGNALPROCESSINGMODE_COMMUNICATIONS, "COMMUNICATIONS"),
        (&AUDIO_SIGNALPROCESSINGMODE_SPEECH, "SPEECH"),
        (&AUDIO_SIGNALPROCESSINGMODE_FAR_FIELD_SPEECH, "FAR_FIELD_SPEECH"),
        (&AUDIO_SIGNALPROCESSINGMODE_NOTIFICATION, "NOTIFICATION"),
        (&AUDIO_SIGNALPROCESSINGMODE_MEDIA, "MEDIA"),
        (&AUDIO_SIGNALPROCESSINGMODE_MOVIE, "MOVIE"),
    ];
    let name = known.into_iter().find(|(known, _)| bytes(known) == guid);
    name.map_or_else(|| guid_text(&guid_at(&guid, 0)), |(_, name)| name.to_owned())
}

/// A GUID as it is written.
fn guid_text(guid: &GUID) -> String {
    let GUID { Data1, Data2, Data3, Data4 } = guid;
    let last = u64::from_be_bytes(*Data4);
    let (group, rest) = (last >> 48, last & 0xFFFF_FFFF_FFFF);
    format!("{{{Data1:08x}-{Data2:04x}-{Data3:04x}-{group:04x}-{rest:012x}}}")
}

fn endpoints(system: &dyn System) -> Result<Vec<Endpoint>, RunError> {
    let mut endpoints = Vec::new();
    for link in system.interfaces(&KSCATEGORY_AUDIO) {
        match Endpoint::open(system, &link) {
            Ok(endpoint) => endpoints.push(endpoint),
            // A factory of the audio category, which clients do not open.
            Err(why) if why.status == STATUS_OBJECT_NAME_NOT_FOUND => {}
            Err(why) => return Err(why.into()),
        }
    }
    for direction in [Direction::Render, Direction::Capture] {
        let hidden = HiddenEnd::all(system, direction)?;
        endpoints.extend(hidden.into_iter().map(|end| end.endpoint));
    }
    Ok(endpoints)
}

/// The other interfaces: factories, and circuits that belong to no endpoint.
fn others(system: &dyn System, endpoints: &[Endpoint]) -> Vec<String> {
    let mut known: Vec<String> = endpoints.iter().map(|own| own.name().to_owned()).collect();
    // A pin may lead to a circuit that does not exist.
    known.extend(endpoints.iter().filter_map(|own| own.path(system).ok()).flatten());
    unknown(&system.interfaces(&KSCATEGORY_ACXCIRCUIT), &known)
}

/// The names of links that are not in `known`.
fn unknown(links: &[String], known: &[String]) -> Vec<String> {
    let names = links.iter().map(|link| name_of(link));
    names.filter(|name| known.iter().all(|own| own != name)).map(str::to_owned).collect()
}

/// Whether it is hidden, so that Windows creates no endpoint for it.
fn is_hidden(endpoint: &Endpoint, hidden: &[String]) -> bool {
    hidden.contains(&endpoint.link)
}

const fn word(direction: Direction) -> &'static str {
    match direction {
        Direction::Render => "render",
        Direction::Capture => "capture",
    }
}

/// Information from a machine of the host that clients do not have; empty for an installed driver.
#[derive(Default)]
pub struct Inside {
    /// Factories without a circuit.
    pub idle: Vec<String>,
    /// Circuits for which composite templates wait.
    pub missing: Vec<String>,
}

/// The tree as text, below the driver's name.
pub fn tree(driver: &str, system: &dyn System, inside: &Inside) -> Result<String, RunError> {
    let Inside { idle, missing } = inside;
    let mut lines = vec![driver.to_owned()];
    let endpoints = endpoints(system)?;
    let others = others(system, &endpoints);
    if endpoints.is_empty() && others.is_empty() && idle.is_empty() {
        lines.push("└─ no circuit: the device has added none".to_owned());
    }
    let hidden = system.interfaces(&hidden::CATEGORY);
    for (index, endpoint) in endpoints.iter().enumerate() {
        let (branch, stem) = branches(index + 1 == endpoints.len());
        let also = if is_hidden(endpoint, &hidden) { ", hidden" } else { "" };
        lines.push(format!("{branch}{} ({}{also})", endpoint.name(), word(endpoint.direction)));
        for pin in &endpoint.pins {
            let (open, most) = (pin.instances.1, pin.instances.0);
            if pin.is_streaming {
                let role = role(endpoint, pin.id);
                let most =
                    if most == u32::MAX { "any number".to_owned() } else { most.to_string() };
                lines.push(format!(
                    "{stem}├─ pin {}: {role}, {open} of {most} streams open",
                    pin.id
                ));
                if pin.modes.is_empty() {
                    lines.push(format!("{stem}│  └─ no mode, and no format"));
                }
                for (at, (mode, formats)) in pin.modes.iter().enumerate() {
                    let (branch, under) = branches(at + 1 == pin.modes.len());
                    lines.push(format!("{stem}│  {branch}mode {}", named(*mode)));
                    if let Some(first) = formats.first() {
                        lines.push(format!("{stem}│  {under}├─ default: {first}"));
                    }
                    let all = summary(formats.iter().copied());
                    let count = counted(formats.len(), "format");
                    lines.push(format!("{stem}│  {under}└─ {count}: {all}"));
                }
            } else if let Some((link, other)) = &pin.joined {
                let name = name_of(link);
                lines.push(format!("{stem}├─ pin {}: goes on at pin {other} of {name}", pin.id));
            } else {
                let name =
                    if pin.name.is_empty() { String::new() } else { format!(" \"{}\"", pin.name) };
                lines.push(format!(
                    "{stem}├─ pin {}: bridge{name}, {}",
                    pin.id,
                    counted(pin.jacks as usize, "jack")
                ));
            }
        }
        let none = if endpoint.nodes.is_empty() { ": none" } else { "" };
        lines.push(format!("{stem}└─ elements{none}"));
        for (id, node) in endpoint.nodes.iter().enumerate() {
            let (branch, _) = branches(id + 1 == endpoint.nodes.len());
            lines.push(format!("{stem}   {branch}{id}: {}", named(*node)));
        }
    }
    for name in others.into_iter().filter(|own| !idle.contains(own)) {
        lines.push(format!("also {name}: a factory, or a circuit that belongs to no endpoint"));
    }
    for name in idle {
        lines
            .push(format!("factory {name}: it has made no circuit (--ask-factory {name} asks it)"));
    }
    for circuit in missing {
        lines.push(format!("a composite endpoint waits for the {circuit}: is its driver loaded?"));
    }
    if let Some(how) = unequal_channels(&endpoints) {
        lines.push(format!("ends of a cable with unequal channels: {how} (docs/channels.md)"));
    }
    Ok(lines.join("\n"))
}

/// acxvad's rule for ends with unequal channels. Those of other drivers are unknown.
const CHANNELS: &str = "mixed by speaker positions, as ITU-R BS.775 says";

/// The rule of the endpoints' driver, if known.
fn unequal_channels(endpoints: &[Endpoint]) -> Option<&'static str> {
    endpoints.first().filter(|endpoint| (VENDOR.is_present)(endpoint)).map(|_| CHANNELS)
}

/// The role of a streaming pin.
fn role(endpoint: &Endpoint, pin: u32) -> &'static str {
    match endpoint.engine {
        Some(engine) if pin == engine.offload => "offload",
        Some(engine) if pin == engine.loopback => "loopback",
        _ if is_keyword(endpoint, pin) => "keyword",
        _ => "host",
    }
}

const fn branches(last: bool) -> (&'static str, &'static str) {
    if last { ("└─ ", "   ") } else { ("├─ ", "│  ") }
}

fn format(format: &WaveFormat) -> Value {
    json!({
        "float": format.float, "channels": format.channels, "mask": format.mask,
        "rate": format.rate, "bits": format.bits, "valid_bits": format.valid_bits,
    })
}

/// The same as JSON.
pub fn value(system: &dyn System, inside: &Inside) -> Result<Value, RunError> {
    let hidden = system.interfaces(&hidden::CATEGORY);
    let endpoints = endpoints(system)?;
    let circuits: Vec<Value> = endpoints
        .iter()
        .map(|endpoint| {
            let pins: Vec<Value> = endpoint
                .pins
                .iter()
                .map(|pin| {
                    let modes: Vec<Value> = pin
                        .modes
                        .iter()
                        .map(|(mode, formats)| {
                            let formats: Vec<Value> = formats.iter().map(format).collect();
                            json!({ "mode": named(*mode), "formats": formats })
                        })
                        .collect();
                    json!({
                        "id": pin.id, "host": pin.is_streaming,
                        "role": if pin.is_streaming { role(endpoint, pin.id) } else { "bridge" }, "modes": modes, "jacks": pin.jacks,
                        "name": pin.name,
                        "streams_possible": pin.instances.0, "streams_open": pin.instances.1,
                    })
                })
                .collect();
            let elements: Vec<String> = endpoint.nodes.iter().map(|node| named(*node)).collect();
            json!({
                "name": endpoint.name(), "direction": word(endpoint.direction),
                "hidden": is_hidden(endpoint, &hidden),
                "pins": pins, "elements": elements,
            })
        })
        .collect();
    let others = others(system, &endpoints);
    Ok(json!({
        "circuits": circuits, "others": others, "idle_factories": inside.idle,
        "missing_circuits": inside.missing,
        "unequal_channels": unequal_channels(&endpoints),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_no_name_here_is_a_guid_as_it_is_written() {
        assert_eq!(named(bytes(&KSNODETYPE_MUTE)), "mute");
        let own = GUID { Data1: 0xACE0_0041, Data2: 1, Data3: 2, Data4: [3, 4, 5, 6, 7, 8, 9, 10] };
        assert_eq!(named(bytes(&own)), "{ace00041-0001-0002-0304-05060708090a}");
    }

    #[test]
    fn what_belongs_to_no_endpoint_is_named() {
        let links = [r"\\?\ROOT#a#{0}\Speaker0", r"\\?\ROOT#a#{0}\Factory0"].map(str::to_owned);
        assert_eq!(unknown(&links, &["Speaker0".to_owned()]), ["Factory0"]);
        assert_eq!(unknown(&links, &[]).len(), 2);
    }
}
