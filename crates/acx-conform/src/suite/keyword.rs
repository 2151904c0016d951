//! The case about a keyword pin.

use std::ops::{RangeFrom, RangeInclusive};
use std::time::Duration;

use acx_client::bytes::guid_bytes as bytes;
use acx_client::endpoint::{Endpoint, WaveFormat, mode_formats, name_of};
use acx_client::event::EventStream;
use acx_client::request::{self, get, number};
use acx_client::{Direction, System};
use acx_sys::*;

use super::end::preroll;
use super::{Context, Finding, HostContext, STEREO, Unmet, describe, ensure, is_next_to, wait_for};
use crate::analysis::peak;
use crate::vendor::Keyword;

const RAW: &GUID = &AUDIO_SIGNALPROCESSINGMODE_RAW;

/// The microphone, its keyword pin, and that pin's first format.
pub(crate) fn keyword_pin(context: &Context<'_>) -> Option<(Endpoint, u32, WaveFormat)> {
    let endpoint = context.endpoint(Direction::Capture).ok()?;
    let pin = endpoint.pins.iter().find(|pin| is_keyword(&endpoint, pin.id))?.id;
    let format = *mode_formats(&endpoint.filter, pin, &bytes(RAW)).ok()?.first()?;
    Some((endpoint, pin, format))
}

/// Whether a pin carries the recording of a keyword spotter.
pub fn is_keyword(endpoint: &Endpoint, pin: u32) -> bool {
    let kind = bytes(&KSNODETYPE_AUDIO_KEYWORDDETECTOR);
    endpoint.pins.iter().any(|own| own.id == pin && own.category == kind)
}

/// Whether each sample is at least half as loud as the sound played.
fn loud(audio: &[u8]) -> impl Iterator<Item = bool> {
    let samples = audio.as_chunks::<2>().0.iter().map(|sample| i16::from_le_bytes(*sample));
    samples.map(|sample| LOUD.contains(&sample.unsigned_abs()))
}

/// The magnitudes of a sample that is half as loud at least as the sound played.
const LOUD: RangeFrom<u16> = 4_000..;

/// The samples of 0.4 s.
fn sounding(format: WaveFormat) -> u32 {
    format.rate * 2 / 5 * u32::from(format.channels)
}

/// Ticks from the begin of a packet to one of its samples.
fn ticks_to(sample: usize, format: WaveFormat, frequency: u64) -> u64 {
    let frame = sample as u64 / u64::from(format.channels);
    frame * frequency / u64::from(format.rate)
}

/// Packets of 10 ms of the burst: one second before the sound, and the 1.2 s since its detection.
const BURST: RangeInclusive<u32> = 200..=260;

/// More packets than any burst has.
const ENDLESS: u32 = 1_000;

/// The loudest sample: a sound with an abrupt start overshoots when it is resampled.
const LOUDEST: RangeInclusive<u16> = 7_900..=9_000;

/// The duration of 20 packets of 10 ms in real time, in milliseconds.
const REAL_TIME: RangeInclusive<u64> = 180..=220;

/// Whether a sound begins where it should, but for less than 2 ms.
const fn begins(onset: u64, wanted: u64, frequency: u64) -> bool {
    onset.abs_diff(wanted) < frequency / 500
}

/// Whether the newest packet of a burst began less than 50 ms ago.
const fn is_new(ticks: u64, frequency: u64) -> bool {
    ticks < frequency / 20
}

/// A speaker that this microphone records: the one under test, or if that is on another cable, the
/// speaker of the microphone's own cable, hidden or not.
fn speaker_of(microphone: &Endpoint, context: &Context<'_>) -> Result<Option<Endpoint>, String> {
    if context.has_cable {
        return context.endpoint(Direction::Render).map(Some);
    }
    let Some(vendor) = context.subject.vendor else { return Ok(None) };
    let Some(cables) = vendor.cables else { return Ok(None) };
    let own = |cable: &u32| (cables.microphone)(*cable) == microphone.name();
    let Some(cable) = (0..cables.most).find(own) else { return Ok(None) };
    let name = (cables.speaker)(cable);
    let categories = vendor.hidden.map(|hidden| hidden.category);
    let links = categories.into_iter().chain([KSCATEGORY_RENDER]);
    let mut links = links.flat_map(|category| context.system.interfaces(&category));
    let link = links.find(|link| name_of(link) == name);
    link.map(|link| Endpoint::open(context.system, &link).map_err(describe)).transpose()
}

pub(crate) fn burst(host: &HostContext<'_, '_>) -> Finding {
    let machine = host.machine;
    let (endpoint, pin, format) = keyword_pin(&host.context).ok_or("no keyword pin")?;
    let set = &KSPROPSETID_SoundDetector;
    let id = KSPROPERTY_SOUNDDETECTOR_SUPPORTEDPATTERNS;
    let kinds = get(&endpoint.filter, "the patterns", set, id, &[]).map_err(describe)?;
    let is_known =
        |own: &Keyword| kinds.get(8..24).is_some_and(|first| first == bytes(&own.pattern));
    let known = host.context.subject.vendor.and_then(|vendor| vendor.keyword).filter(is_known);
    let keyword = match known {
        Some(keyword) => {
            let speaker = speaker_of(&endpoint, &host.context)?;
            let why = "no speaker of the cable whose sound the keyword spotter hears";
            Some((keyword, speaker.ok_or_else(|| Unmet::apart(why))?))
        }
        None => None,
    };
    let change = |id, value: &[u8]| {
        request::set(&endpoint.filter, "the detector", set, id, &[], value).map_err(describe)
    };
    let frames = format.rate / 100;
    let open = || {
        let file = endpoint.open_stream_at(pin, format, RAW).map_err(describe)?;
        EventStream::on(machine, file, format, frames).map_err(describe)
    };
    // The speaker continues to play: the path from it to the pin is part of the pin's delay.
    let (mut sounded, mut playing) = (0, None);
    if let Some((keyword, speaker)) = &keyword {
        change(KSPROPERTY_SOUNDDETECTOR_PATTERNS, &(keyword.loud_sound)())?;
        change(KSPROPERTY_SOUNDDETECTOR_ARMED, &1u32.to_le_bytes())?;
        machine.sleep(Duration::from_secs(2));
        ensure(machine.take_pnp_events().is_empty(), || "heard something in silence".to_owned())?;
        let mut stream =
            EventStream::open(machine, speaker, STEREO, RAW, 24_000).map_err(describe)?;
        stream.prepare().map_err(describe)?;
        let loud: Vec<u8> =
            8000i16.to_le_bytes().into_iter().cycle().take(stream.packet_bytes()).collect();
        preroll(&mut stream, 0, &loud)?;
        sounded = machine.qpc();
        stream.run().map_err(describe)?;
        machine.sleep(Duration::from_millis(300));
        let events = machine.take_pnp_events();
        let is_notified = events
            .first()
            .is_some_and(|(event, _)| bytes(event) == bytes(&KSNOTIFICATIONID_SoundDetector));
        ensure(is_notified && events.len() == 1, || {
            format!("{} events for one sound", events.len())
        })?;
        machine.sleep(Duration::from_secs(1));
        playing = Some(stream);
    }
    let mut stream = open()?;
    ensure(!stream.has_register(), || "it has a packet register".to_owned())?;
    stream.prepare().map_err(describe)?;
    let early = stream.read_packet();
    ensure(early.is_err(), || "a packet before the stream runs".to_owned())?;
    stream.run().map_err(describe)?;

    // The burst: no time passes, and the packets are consecutive in number and time.
    let (started, mut burst, mut last) = (machine.qpc(), 0_u32, None::<u64>);
    let (mut heard, mut onset) = (Vec::new(), None);
    // Samples since the onset, of which those of the first 0.4 s are all loud.
    let (mut sound, whole) = (0, sounding(format));
    let length = machine.qpc_frequency() * u64::from(frames) / u64::from(format.rate);
    let mut has_more = keyword.is_some();
    while has_more {
        let packet = stream.read_packet().map_err(describe)?;
        ensure(packet.packet == burst, || format!("packet {} after {burst}", packet.packet))?;
        let step = last.map_or(length, |last| packet.start.wrapping_sub(last));
        ensure(is_next_to(step, length), || format!("packets are {step} ticks apart"))?;
        let mut audio = vec![0; stream.packet_bytes()];
        stream.copy(packet.packet, &mut audio);
        for (sample, is_loud) in loud(&audio).enumerate() {
            if onset.is_none() && is_loud {
                onset = Some(packet.start + ticks_to(sample, format, machine.qpc_frequency()));
            }
            sound += u32::from(onset.is_some());
            ensure(onset.is_none() || is_loud || sound > whole, || {
                format!("the sound has a gap at its sample {sound}, in packet {burst}")
            })?;
        }
        heard.extend(audio);
        (last, has_more) = (Some(packet.start), packet.more);
        burst += 1;
        ensure(burst != ENDLESS, || "the burst has no end".to_owned())?;
    }
    ensure(machine.qpc() == started, || "the burst took time".to_owned())?;
    if keyword.is_some() {
        ensure(BURST.contains(&burst), || format!("{burst} packets of 10 ms in the burst"))?;
        let loudest = peak(&heard);
        ensure(LOUDEST.contains(&loudest), || format!("loudest {loudest}, not 8000"))?;
        // Its time is the time at which it was played plus the delay that the pin reports.
        let (_, delay) = request::hw_latency(stream.pin()).map_err(describe)?;
        let delay = u64::from(delay) * machine.qpc_frequency() / 10_000_000;
        let (onset, wanted) = (onset.ok_or("the burst is silent")?, sounded + delay);
        ensure(begins(onset, wanted, machine.qpc_frequency()), || {
            format!("the sound begins at {onset} by its packet's time, not at {wanted}")
        })?;
        drop(playing);
        let newest = started.wrapping_sub(last.ok_or("the burst is empty")?);
        ensure(is_new(newest, machine.qpc_frequency()), || format!("it ends {newest} ticks ago"))?;
    }

    // Real time from here.
    let mut numbers = Vec::new();
    let since = machine.qpc();
    while numbers.len() < 20 {
        wait_for("packet", machine, stream.event())?;
        numbers.push(stream.read_packet().map_err(describe)?.packet);
    }
    let milliseconds = (machine.qpc() - since) * 1000 / machine.qpc_frequency();
    ensure(REAL_TIME.contains(&milliseconds), || format!("20 packets in {milliseconds} ms"))?;
    for pair in numbers.windows(2) {
        ensure(pair[1] == pair[0] + 1, || {
            format!("packet {} follows packet {}", pair[1], pair[0])
        })?;
    }
    stream.pause().map_err(describe)?;
    stream.stop().map_err(describe)?;
    drop(stream);
    if keyword.is_some() {
        let armed = number(
            &get(&endpoint.filter, "armed", set, KSPROPERTY_SOUNDDETECTOR_ARMED, &[])
                .map_err(describe)?,
            0,
        );
        ensure(armed == 1, || "disarmed by itself".to_owned())?;
        change(KSPROPERTY_SOUNDDETECTOR_RESET, &1u32.to_le_bytes())?;
        let value = get(&endpoint.filter, "armed", set, KSPROPERTY_SOUNDDETECTOR_ARMED, &[])
            .map_err(describe)?;
        ensure(number(&value, 0) == 0, || "armed after a reset".to_owned())?;
        // Earlier detections are discarded.
        let stream = open()?;
        stream.prepare().map_err(describe)?;
        stream.run().map_err(describe)?;
        let early = stream.read_packet();
        ensure(early.is_err(), || "a burst of what was heard before the reset".to_owned())?;
    }
    Ok(format!("{burst} packets in no time, then 20 in {milliseconds} ms"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sound_is_there_where_it_is_loud_and_in_its_time() {
        let audio: Vec<u8> = [3_999i16, 4_000, -4_000, -3_999, i16::MIN]
            .into_iter()
            .flat_map(i16::to_le_bytes)
            .collect();
        assert_eq!(loud(&audio).collect::<Vec<_>>(), [false, true, true, false, true]);
        assert_eq!(
            [95, 96, 97].map(|at| ticks_to(at, STEREO, 10_000_000)),
            [9_791, 10_000, 10_000]
        );
        let mono = WaveFormat { channels: 1, ..STEREO };
        assert_eq!((ticks_to(48, mono, 10_000_000), sounding(mono)), (10_000, 19_200));
        assert_eq!(sounding(STEREO), 38_400);
        // At 10 MHz: 20,000 and 500,000 ticks.
        assert!(begins(50_000, 69_999, 10_000_000) && begins(69_999, 50_000, 10_000_000));
        assert!(!begins(50_000, 70_000, 10_000_000));
        assert!(is_new(499_999, 10_000_000) && !is_new(500_000, 10_000_000));
    }
}
