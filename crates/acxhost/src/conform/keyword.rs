//! The case about a keyword pin.

use std::time::Duration;

use acx_client::bytes::guid_bytes as bytes;
use acx_client::endpoint::{Endpoint, WaveFormat, mode_formats};
use acx_client::event::EventStream;
use acx_client::request::{self, get, number};
use acx_client::{Direction, System};
use acx_sys::*;
use acxvad::properties::KEYWORD_PATTERN;

use super::{Finding, Host, STEREO, ensure, said};
use crate::analysis::peak;
use crate::topology::is_keyword;

const RAW: &GUID = &AUDIO_SIGNALPROCESSINGMODE_RAW;

/// The microphone, its keyword pin, and that pin's first format.
pub(crate) fn keyword_pin(system: &dyn System) -> Option<(Endpoint, u32, WaveFormat)> {
    let endpoint = Endpoint::find(system, Direction::Capture).ok()?;
    let pin = endpoint.pins.iter().find(|pin| is_keyword(&endpoint, pin.id))?.id;
    let format = *mode_formats(&endpoint.filter, pin, &bytes(RAW)).ok()?.first()?;
    Some((endpoint, pin, format))
}

/// A pattern of acxvad's kind: louder than 20 dB below full scale for 100 ms.
pub(crate) fn pattern() -> Vec<u8> {
    let mut list = [36u32, 1, 28].map(u32::to_le_bytes).concat();
    list.extend(bytes(&KEYWORD_PATTERN));
    list.extend((-20 * 65_536_i32).to_le_bytes());
    list.extend(100u32.to_le_bytes());
    list
}

pub(crate) fn burst(host: &Host<'_, '_>) -> Finding {
    let machine = host.machine;
    let (endpoint, pin, format) = keyword_pin(machine).ok_or("no keyword pin")?;
    let set = &KSPROPSETID_SoundDetector;
    let id = KSPROPERTY_SOUNDDETECTOR_SUPPORTEDPATTERNS;
    let kinds = get(&endpoint.filter, "the patterns", set, id, &[]).map_err(said)?;
    let is_ours = kinds.get(8..24) == Some(&bytes(&KEYWORD_PATTERN)[..]);
    let change = |id, value: &[u8]| {
        request::set(&endpoint.filter, "the detector", set, id, &[], value).map_err(said)
    };
    let frames = format.rate / 100;
    let open = || {
        let file = endpoint.open_stream_at(pin, format, RAW).map_err(said)?;
        EventStream::on(machine, file, format, frames).map_err(said)
    };
    if is_ours {
        change(KSPROPERTY_SOUNDDETECTOR_PATTERNS, &pattern())?;
        change(KSPROPERTY_SOUNDDETECTOR_ARMED, &1u32.to_le_bytes())?;
        machine.sleep(Duration::from_secs(2));
        ensure(machine.take_pnp_events().is_empty(), || "heard something in silence".to_owned())?;
        let speaker = Endpoint::find(machine, Direction::Render).map_err(said)?;
        let mut stream = EventStream::open(machine, &speaker, STEREO, RAW, 24_000).map_err(said)?;
        stream.prepare().map_err(said)?;
        let loud: Vec<u8> =
            8000i16.to_le_bytes().into_iter().cycle().take(stream.packet_bytes()).collect();
        stream.write(0, &loud, None).map_err(said)?;
        stream.run().map_err(said)?;
        machine.sleep(Duration::from_millis(300));
        let heard = machine.take_pnp_events();
        let is_told = heard
            .first()
            .is_some_and(|(event, _)| bytes(event) == bytes(&KSNOTIFICATIONID_SoundDetector));
        ensure(is_told && heard.len() == 1, || format!("{} events for one sound", heard.len()))?;
        machine.sleep(Duration::from_secs(1));
    }
    let mut stream = open()?;
    ensure(!stream.has_register(), || "it has a packet register".to_owned())?;
    stream.prepare().map_err(said)?;
    let early = stream.read_packet();
    ensure(early.is_err(), || "a packet before the stream runs".to_owned())?;
    stream.run().map_err(said)?;

    // The burst: no time passes, and every packet is the next one, in number and in time.
    let (began, mut burst, mut last) = (machine.qpc(), 0_u32, None::<u64>);
    let mut loudest = 0;
    let length = machine.qpc_frequency() * u64::from(frames) / u64::from(format.rate);
    let mut more = is_ours;
    while more {
        let packet = stream.read_packet().map_err(said)?;
        ensure(packet.packet == burst, || format!("packet {} after {burst}", packet.packet))?;
        let step = last.map(|last| packet.start - last);
        ensure(step.is_none_or(|step| step.abs_diff(length) <= 1), || {
            format!("{step:?} ticks apart")
        })?;
        let mut audio = vec![0; stream.packet_bytes()];
        stream.copy(packet.packet, &mut audio);
        loudest = loudest.max(peak(&audio));
        (last, more) = (Some(packet.start), packet.more);
        burst += 1;
        ensure(burst < 1000, || "the burst has no end".to_owned())?;
    }
    ensure(machine.qpc() == began, || "the burst took time".to_owned())?;
    if is_ours {
        // A second before the sound, and the 1.2 s since it was heard.
        ensure((200..=260).contains(&burst), || format!("{burst} packets of 10 ms in the burst"))?;
        // A sound that begins at once overshoots where it is resampled.
        ensure((7900..=9000).contains(&loudest), || format!("loudest {loudest}, not 8000"))?;
        let newest = began - last.unwrap_or(0);
        ensure(newest < machine.qpc_frequency() / 20, || format!("it ends {newest} ticks ago"))?;
    }

    // Real time from here.
    let mut numbers = Vec::new();
    let since = machine.qpc();
    while numbers.len() < 20 {
        let signalled = machine.wait_any(&[stream.event()], Duration::from_millis(100));
        ensure(signalled.is_some(), || "no packet in 100 ms".to_owned())?;
        numbers.push(stream.read_packet().map_err(said)?.packet);
    }
    let milliseconds = (machine.qpc() - since) * 1000 / machine.qpc_frequency();
    ensure((180..=220).contains(&milliseconds), || format!("20 packets in {milliseconds} ms"))?;
    let gone = numbers.windows(2).find(|pair| pair[1] != pair[0] + 1);
    ensure(gone.is_none(), || format!("{gone:?}"))?;
    stream.pause().map_err(said)?;
    stream.stop().map_err(said)?;
    drop(stream);
    if is_ours {
        let armed = number(
            &get(&endpoint.filter, "armed", set, KSPROPERTY_SOUNDDETECTOR_ARMED, &[])
                .map_err(said)?,
            0,
        );
        ensure(armed == 1, || "disarmed by itself".to_owned())?;
        change(KSPROPERTY_SOUNDDETECTOR_RESET, &1u32.to_le_bytes())?;
        let value = get(&endpoint.filter, "armed", set, KSPROPERTY_SOUNDDETECTOR_ARMED, &[])
            .map_err(said)?;
        ensure(number(&value, 0) == 0, || "armed after a reset".to_owned())?;
    }
    Ok(format!("{burst} packets in no time, then 20 in {milliseconds} ms"))
}
