//! Experiments about filters, and pins that are opened.

use acx_client::Direction;
use acx_client::endpoint::{Endpoint, WaveFormat, connect};

use super::{Bench, first, hex, why};

/// The number of streams after which an experiment gives up.
const MANY: usize = 300;

/// The link without its machine-dependent parts: the instance and the circuit's name.
pub(super) fn link(bench: &Bench<'_>) -> Result<String, String> {
    let link = bench.any()?.link;
    let mut parts: Vec<&str> = link.split('#').collect();
    let [_, service, instance, last] = parts.as_mut_slice() else {
        return Ok(format!("{} parts", parts.len()));
    };
    (*service, *instance) = ("*", "*");
    let name = last.rsplit_once('\\').map_or("*", |(head, _)| head).to_owned();
    let kept = [parts[0], "*", "*", &format!("{name}\\*")].join("#");
    Ok(kept.to_lowercase())
}

pub(super) fn filter_opens(bench: &Bench<'_>) -> Result<String, String> {
    let one = bench.any()?;
    let other = match bench.system.open(&one.link) {
        Ok(_) => Endpoint::open(bench.system, &one.link).map_err(why)?,
        Err(status) => return Ok(format!("the second open {}", hex(status))),
    };
    let same = one.pins.len() == other.pins.len() && one.nodes == other.nodes;
    Ok(format!("twice, with the same pins and nodes: {same}"))
}

/// Offsets in a KSPIN_CONNECT.
const INTERFACE: usize = 0;
const MEDIUM: usize = 24;
const PIN: usize = 48;
/// The sample rate of the format that follows it.
const RATE: usize = 72 + 64 + 4;

pub(super) fn pin_checks(bench: &Bench<'_>) -> Result<String, String> {
    let endpoint = bench.any()?;
    let (mode, format) = first(&endpoint)?;
    let pin = endpoint.host_pin().map_err(why)?.id;
    let right = connect(pin, &format.to_ks(), Some(&mode));
    let open = |wrong: &[usize]| {
        let mut bytes = right.clone();
        for at in wrong {
            bytes[*at] ^= 0x55;
        }
        hex(endpoint.filter.create_pin(&bytes).err().unwrap_or(0))
    };
    let mut answers: Vec<String> = [
        ("interface", &[INTERFACE][..]),
        ("medium", &[MEDIUM]),
        ("pin", &[PIN]),
        ("format", &[RATE]),
        ("interface and pin", &[INTERFACE, PIN]),
        ("pin and format", &[PIN, RATE]),
    ]
    .iter()
    .map(|(what, wrong)| format!("{what} {}", open(wrong)))
    .collect();
    let mut streams = Vec::new();
    let full = loop {
        match endpoint.filter.create_pin(&right) {
            Ok(stream) if streams.len() < MANY => streams.push(stream),
            Ok(_) => break "none".to_owned(),
            Err(status) => break hex(status),
        }
    };
    answers.push(format!("one too many {full}"));
    answers.push(format!("one too many, of a wrong format {}", open(&[RATE])));
    Ok(answers.join("; "))
}

pub(super) fn bridge_open(bench: &Bench<'_>) -> Result<String, String> {
    let endpoint = bench.any()?;
    let (mode, format) = first(&endpoint)?;
    let bridge = endpoint.pins.iter().find(|pin| !pin.is_streaming).ok_or("no bridge pin")?;
    let connect = connect(bridge.id, &format.to_ks(), Some(&mode));
    Ok(hex(endpoint.filter.create_pin(&connect).err().unwrap_or(0)))
}

/// A format as a WAVEFORMATEX, which has no speaker positions.
fn without_mask(format: WaveFormat) -> Vec<u8> {
    let mut bytes = format.to_ks();
    bytes.truncate(64 + 18);
    bytes[0] = 82;
    bytes[64..66].copy_from_slice(&1_u16.to_le_bytes());
    bytes[80..82].copy_from_slice(&0_u16.to_le_bytes());
    bytes
}

pub(super) fn format_mask(bench: &Bench<'_>) -> Result<String, String> {
    let endpoint = bench.end(Direction::Render).or_else(|_| bench.any())?;
    let pin = endpoint.host_pin().map_err(why)?;
    let (mode, formats) = pin.modes.first().ok_or("the pin lists no mode")?;
    let mode = acx_client::bytes::guid_at(mode, 0);
    let plain = |channels: fn(u16) -> bool| {
        let is_plain = |own: &&WaveFormat| !own.float && own.bits == own.valid_bits;
        formats.iter().filter(is_plain).find(|own| channels(own.channels)).copied()
    };
    let ask = |format: Option<WaveFormat>| {
        let Some(format) = format else { return "not listed".to_owned() };
        let connect = connect(pin.id, &without_mask(format), Some(&mode));
        hex(endpoint.filter.create_pin(&connect).err().unwrap_or(0))
    };
    let (few, many) = (ask(plain(|own| own <= 2)), ask(plain(|own| own > 2)));
    Ok(format!("mono or stereo {few}; more channels {many}"))
}
