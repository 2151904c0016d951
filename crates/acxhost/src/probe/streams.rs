//! Experiments about streams.

use std::time::Duration;

use acx_client::endpoint::Endpoint;
use acx_client::event::{EventStream, PacketHash};
use acx_client::request::{
    audio_position, descriptor, get_known, long, number, presentation, rt, set_state,
};
use acx_client::timer::TimerStream;
use acx_client::{Direction, File};
use acx_sys::*;

use super::{Bench, first, hex, outcome, why};

/// The hash of the packet register.
pub(super) const QPC_ABOVE: &str = "QPC above count";
/// The hash of the packet register.
pub(super) const COUNT_ABOVE: &str = "count above QPC";
/// A stream whose jack is unplugged.
pub(super) const GOES_ON: &str = "it goes on";
/// A stream whose jack is unplugged.
pub(super) const ENDS: &str = "it ends";

/// An event-driven stream with packets of 10 ms, in STOP.
fn stream(bench: &Bench<'_>, endpoint: &Endpoint) -> Result<EventStream, String> {
    let (mode, format) = first(endpoint)?;
    EventStream::open(bench.system, endpoint, format, &mode, format.rate / 100).map_err(why)
}

/// Requests a buffer. Returns the address and the length.
fn buffer(pin: &File, bytes: u32, packets: u32) -> Result<(u64, u32), NTSTATUS> {
    let mut instance = vec![0; 8];
    instance.extend(bytes.to_le_bytes());
    instance.extend(packets.to_le_bytes());
    let id = match packets {
        1 => KSPROPERTY_RTAUDIO_BUFFER,
        _ => KSPROPERTY_RTAUDIO_BUFFER_WITH_NOTIFICATION,
    };
    let value = get_known(pin, "", &KSPROPSETID_RtAudio, id, &instance, 16);
    value.map(|value| (long(&value, 0), number(&value, 8))).map_err(|failed| failed.status)
}

pub(super) fn jump(bench: &Bench<'_>) -> Result<String, String> {
    let stream = stream(bench, &bench.any()?)?;
    let status = outcome(set_state(stream.pin(), KSSTATE::KSSTATE_RUN));
    let _ = set_state(stream.pin(), KSSTATE::KSSTATE_PAUSE);
    let _ = set_state(stream.pin(), KSSTATE::KSSTATE_ACQUIRE);
    let _ = set_state(stream.pin(), KSSTATE::KSSTATE_STOP);
    Ok(status)
}

pub(super) fn same_state(bench: &Bench<'_>) -> Result<String, String> {
    let stream = stream(bench, &bench.any()?)?;
    let stopped = outcome(set_state(stream.pin(), KSSTATE::KSSTATE_STOP));
    stream.prepare().map_err(why)?;
    let paused = outcome(set_state(stream.pin(), KSSTATE::KSSTATE_PAUSE));
    Ok(format!("STOP {stopped}; PAUSE {paused}"))
}

pub(super) fn run_without_packets(bench: &Bench<'_>) -> Result<String, String> {
    let pin = bench.pin()?;
    let states = [
        ("ACQUIRE", KSSTATE::KSSTATE_ACQUIRE),
        ("PAUSE", KSSTATE::KSSTATE_PAUSE),
        ("RUN", KSSTATE::KSSTATE_RUN),
    ];
    let answers = states.map(|(name, state)| format!("{name} {}", outcome(set_state(&pin, state))));
    Ok(answers.join("; "))
}

pub(super) fn second_buffer(bench: &Bench<'_>) -> Result<String, String> {
    let status = |found: Result<_, NTSTATUS>| hex(found.err().unwrap_or(0));
    let own = stream(bench, &bench.any()?)?;
    let second = status(buffer(own.pin(), own.packet_bytes() as u32 * 2, 2));
    let pin = bench.pin()?;
    for state in [KSSTATE::KSSTATE_ACQUIRE, KSSTATE::KSSTATE_PAUSE] {
        set_state(&pin, state).map_err(why)?;
    }
    let late = status(buffer(&pin, own.packet_bytes() as u32 * 2, 2));
    Ok(format!("a second one {second}; one in PAUSE {late}"))
}

pub(super) fn packet_layout(bench: &Bench<'_>) -> Result<String, String> {
    let endpoint = bench.any()?;
    let (_, format) = first(&endpoint)?;
    let block = format.block_align() as u32;
    let ask = |bytes, packets| bench.pin().map(|pin| buffer(&pin, bytes, packets));
    let one = match ask(25 * block, 1)? {
        Ok((address, length)) if length == 25 * block => {
            format!("as long as asked, {} bytes into its page", address % 4096)
        }
        Ok((address, _)) => format!("longer, {} bytes into its page", address % 4096),
        Err(status) => hex(status),
    };
    let into = |at: u64| if at.is_multiple_of(4096) { "at a page" } else { "inside a page" };
    let two = match ask(960 * block, 2)? {
        Ok((address, length)) => {
            let half = u64::from(length / 2);
            format!("the first {}, the second {}", into(address), into(address + half))
        }
        Err(status) => hex(status),
    };
    Ok(format!("one packet of 25 frames: {one}; two of 480: {two}"))
}

pub(super) fn first_state(bench: &Bench<'_>) -> Result<String, String> {
    let (set, id) = (&KSPROPSETID_Connection, KSPROPERTY_CONNECTION_STATE);
    let state = get_known(&bench.pin()?, "the state", set, id, &[], 4).map_err(why)?;
    let names = ["STOP", "ACQUIRE", "PAUSE", "RUN"];
    let name = names.get(number(&state, 0) as usize);
    Ok(name.map_or_else(|| number(&state, 0).to_string(), |name| (*name).to_owned()))
}

pub(super) fn notification_events(bench: &Bench<'_>) -> Result<String, String> {
    let stream = stream(bench, &bench.any()?)?;
    let ask = |id: u32, event: u64| {
        let event = event.to_le_bytes();
        let input = descriptor(&KSPROPSETID_RtAudio, id, KSPROPERTY_TYPE_GET, &event);
        hex(stream.pin().ioctl(IOCTL_KS_PROPERTY, &input, None).status)
    };
    let (register, unregister) = (
        KSPROPERTY_RTAUDIO_REGISTER_NOTIFICATION_EVENT,
        KSPROPERTY_RTAUDIO_UNREGISTER_NOTIFICATION_EVENT,
    );
    // The stream has already registered one.
    let more = [bench.system.create_event(), bench.system.create_event()];
    let [second, third] = more.map(|event| ask(register, event));
    let again = ask(register, more[0]);
    for event in more {
        ask(unregister, event);
    }
    Ok(format!("a second {second}; a third {third}; the second again {again}"))
}

pub(super) fn packet_hash(bench: &Bench<'_>) -> Result<String, String> {
    let endpoint = bench.end(Direction::Capture).or_else(|_| bench.any())?;
    let mut stream = stream(bench, &endpoint)?;
    if !stream.has_register() {
        return Err("the driver has no packet register".to_owned());
    }
    stream.prepare().map_err(why)?;
    stream.run().map_err(why)?;
    bench.system.sleep(Duration::from_millis(55));
    let order = stream.hash_order();
    stream.pause().map_err(why)?;
    stream.stop().map_err(why)?;
    Ok(match order {
        Some(PacketHash::QpcAboveCount) => QPC_ABOVE.to_owned(),
        Some(PacketHash::CountAboveQpc) => COUNT_ABOVE.to_owned(),
        None => "neither half above the other".to_owned(),
    })
}

pub(super) fn write_offset(bench: &Bench<'_>) -> Result<String, String> {
    let endpoint = bench.end(Direction::Render)?;
    let mut two = stream(bench, &endpoint)?;
    two.prepare().map_err(why)?;
    let packet = vec![0; two.packet_bytes()];
    two.write(0, &packet, None).map_err(why)?;
    let (_, write) = audio_position(two.pin()).map_err(why)?;
    let name = |write: u64, bytes: usize| match write {
        0 => "0".to_owned(),
        _ if write == bytes as u64 => "one packet".to_owned(),
        _ => "another place".to_owned(),
    };
    let two = name(write, packet.len());
    let (mode, format) = first(&endpoint)?;
    let mut one = TimerStream::open(&endpoint, format, &mode, format.rate / 50).map_err(why)?;
    for state in [KSSTATE::KSSTATE_ACQUIRE, KSSTATE::KSSTATE_PAUSE] {
        one.set_state(state).map_err(why)?;
    }
    let (play, write) = audio_position(one.pin()).map_err(why)?;
    let one = if play == write { "the play offset" } else { "another place" };
    Ok(format!("two packets, the first one written: {two}; one packet, nothing written: {one}"))
}

pub(super) fn unplugged(bench: &Bench<'_>) -> Result<String, String> {
    let endpoint = bench.any()?;
    let vendor = bench.subject.vendor.filter(|vendor| (vendor.is_present)(&endpoint));
    let plug = vendor.and_then(|vendor| vendor.set_jack);
    let plug = plug.ok_or("this program cannot unplug a jack of this driver")?;
    let stream = stream(bench, &endpoint)?;
    stream.prepare().map_err(why)?;
    stream.run().map_err(why)?;
    plug(&endpoint.filter, false).map_err(why)?;
    bench.system.sleep(Duration::from_millis(20));
    let state = rt(stream.pin(), "", KSPROPERTY_RTAUDIO_PACKETCOUNT, 4);
    let one = presentation(stream.pin());
    bench.system.sleep(Duration::from_millis(30));
    let other = presentation(stream.pin());
    plug(&endpoint.filter, true).map_err(why)?;
    Ok(match (one, other, state) {
        (Ok(one), Ok(other), _) if other.0 > one.0 => GOES_ON.to_owned(),
        (Ok(_), Ok(_), _) => "it stands still".to_owned(),
        (Err(failed), ..) if failed.status == STATUS_DEVICE_NOT_CONNECTED => ENDS.to_owned(),
        (one, _, _) => format!("it fails: {}", outcome(one)),
    })
}
