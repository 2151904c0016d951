//! The scenarios: what systems and clients do with a driver, one thing each.

use std::time::Duration;

use acx_client::bytes::guid_bytes;
use acx_client::endpoint::{Endpoint, EnginePins, Pin, WaveFormat, preferred_format};
use acx_client::event::EventStream;
use acx_client::legacy::LegacyStream;
use acx_client::request::{self, get, get_known, node, number, set_state};
use acx_client::telemetry::counters;
use acx_client::timer::TimerStream;
use acx_client::{Direction, Failed, File, System};
use acx_host::machine::{DeviceNode, Driver};
use acx_sys::*;
use acxvad::properties;
use acxvad::properties::PROPERTY_SET;

use super::{Attempt, Body, Scenario, Stop, Trial};
use crate::conform::{Needs, STEREO, composites, guid, keyword_pin, pattern};

const RAW: &GUID = &AUDIO_SIGNALPROCESSINGMODE_RAW;
const COMMUNICATIONS: &GUID = &AUDIO_SIGNALPROCESSINGMODE_COMMUNICATIONS;
const PERIOD: u32 = 480;

macro_rules! scenarios {
    ($($name:literal $sentence:literal => $needs:ident $(($own:ident))?, $body:ident $work:path;)*) => {
        &[$(Scenario {
            name: $name,
            sentence: $sentence,
            needs: Needs::$needs,
            is_own: scenarios!(@ $($own)?),
            body: Body::$body($work),
        }),*]
    };
    (@ own) => { true };
    (@) => { false };
}

pub(super) const SCENARIOS: &[Scenario] = scenarios! {
    "load" "the driver is loaded and unloaded" => Nothing, Machine load;
    "start" "a device is found, started and removed" => Nothing, Driver start;
    "rebalance" "a device is stopped and started with other resources" => Nothing, Driver rebalance;
    "power" "a device sleeps and wakes while streams run" => Ends, Driver power;
    "surprise-removal" "the device is pulled while streams run" => Ends, Driver surprise_removal;
    "query-remove" "the device is removed while streams pause" => Ends, Driver query_remove;
    "ask" "a filter is opened and asked for everything" => Ends, Device ask;
    "play-event" "a client plays, event driven" => Render, Device play_event;
    "play-timer" "a client plays, timer driven" => Render, Device play_timer;
    "play-legacy" "a client that knows no packets plays" => Render, Device play_legacy;
    "record-event" "a client records, event driven" => Capture, Device record_event;
    "record-timer" "a client records, timer driven" => Capture, Device record_timer;
    "cable" "what is played is recorded" => Both, Device cable;
    "states" "a stream goes up and down, again and again" => Ends, Device states;
    "modes" "streams of every mode at once" => Ends, Device modes;
    "formats" "streams of the smallest and the widest formats" => Ends, Device formats;
    "many" "as many streams as a pin takes, and one more" => Ends, Device many;
    "rates" "two ends of a cable at unequal rates" => Both (own), Device rates;
    "composite" "streams through several circuits" => Composite, Device composite_usual;
    "inverted" "streams through several circuits, states inverted" => Composite (own), Device composite_inverted;
    "offload" "an offload stream with a volume, a mute and an end of its own" => Engine, Device offload;
    "loopback" "the mix is heard at the loopback pin" => Engine, Device loopback;
    "keyword" "a keyword is heard, and its history read" => Keyword (own), Device keyword;
    "keyword-stream" "a client records from the keyword pin" => Keyword, Device keyword_stream;
    "cables" "a cable comes, is played on, and goes" => Both (own), Device cables;
    "default-format" "the default format changes while a stream runs" => Ends (own), Device new_default;
    "controls" "volume, mute and peak meter" => Render, Device controls;
    "jack" "the jack is pulled and plugged in while a client waits for that" => Ends (own), Device jack;
    "protection" "protected content is played while somebody listens" => Both (own), Device protection;
    "telemetry" "the counters are read, as a property and from the audio module" => Ends (own), Device telemetry;
};

/// The endpoints that there are, each direction's first; asked for while nothing fails.
fn ends(trial: &Trial<'_>) -> Vec<Endpoint> {
    let find = |direction| Endpoint::find(trial.machine, direction).ok();
    trial.quietly(|| [Direction::Render, Direction::Capture].into_iter().filter_map(find).collect())
}

fn end(trial: &Trial<'_>, direction: Direction) -> Result<Endpoint, Stop> {
    Ok(trial.quietly(|| Endpoint::find(trial.machine, direction))?)
}

fn open(trial: &Trial<'_>, endpoint: &Endpoint, mode: &GUID) -> Result<EventStream, Stop> {
    trial.ask(|| EventStream::open(trial.machine, endpoint, STEREO, mode, PERIOD))
}

/// A stream at a pin, with packets of so many frames.
fn open_at(
    trial: &Trial<'_>,
    endpoint: &Endpoint,
    (pin, format, frames): (u32, WaveFormat, u32),
) -> Result<EventStream, Stop> {
    trial.ask(|| {
        EventStream::on(trial.machine, endpoint.open_stream_at(pin, format, RAW)?, format, frames)
    })
}

fn go(trial: &Trial<'_>, stream: &EventStream) -> Attempt {
    trial.ask(|| stream.prepare())?;
    trial.ask(|| stream.run())
}

/// A packet of one value in every 16-bit sample.
fn value_packet(stream: &EventStream, value: i16) -> Vec<u8> {
    value.to_le_bytes().into_iter().cycle().take(stream.packet_bytes()).collect()
}

/// Both packets of one value, and running.
fn play(trial: &Trial<'_>, stream: &mut EventStream, value: i16) -> Attempt {
    trial.ask(|| stream.prepare())?;
    let packet = value_packet(stream, value);
    for number in 0..2 {
        stream.fill(number, &packet);
        trial.ask(|| stream.set_packet(number as u32, None))?;
    }
    trial.ask(|| stream.run())
}

/// A while passes, and the stream moves in it.
fn moves(trial: &Trial<'_>, pin: &File) -> Attempt {
    let before = trial.ask(|| request::presentation(pin))?.0;
    trial.machine.sleep(Duration::from_millis(25));
    let after = trial.ask(|| request::presentation(pin))?.0;
    trial.expect(after > before, || format!("position {after} after {before}, 25 ms later"))
}

fn rest(trial: &Trial<'_>, stream: &EventStream) -> Attempt {
    trial.ask(|| stream.pause())?;
    for state in [KSSTATE::KSSTATE_ACQUIRE, KSSTATE::KSSTATE_STOP] {
        trial.ask(|| set_state(stream.pin(), state))?;
    }
    Ok(())
}

/// The loudest sample of the newest packet, a while from now.
fn loudest(trial: &Trial<'_>, stream: &EventStream) -> Result<u16, Stop> {
    trial.machine.sleep(Duration::from_millis(50));
    Ok(crate::analysis::peak(&trial.ask(|| stream.newest())?))
}

fn load(trial: &Trial<'_>) -> Attempt {
    trial.once(|| crate::run::load(trial.machine)).map(drop)
}

/// A device, started while nothing fails.
fn started<'d>(trial: &Trial<'_>, driver: &'d Driver<'_>) -> Result<DeviceNode<'d>, Stop> {
    Ok(trial.quietly(|| driver.add_device())?)
}

fn start(trial: &Trial<'_>, driver: &Driver<'_>) -> Attempt {
    let device = trial.once(|| driver.add_device())?;
    trial.expect(device.is_powered(), || "the device started, and has no power".to_owned())?;
    // Some things that a start makes it makes later; what failed there shows as an endpoint that is not whole.
    for end in ends(trial) {
        let stream = EventStream::open(trial.machine, &end, STEREO, RAW, PERIOD);
        trial.expect(stream.is_ok(), || format!("no stream at {} of a new device", end.name()))?;
    }
    Ok(())
}

fn rebalance(trial: &Trial<'_>, driver: &Driver<'_>) -> Attempt {
    let device = started(trial, driver)?;
    trial.once(|| device.rebalance())
}

/// A running stream at each end.
fn running(trial: &Trial<'_>) -> Result<Vec<EventStream>, Stop> {
    let mut streams = Vec::new();
    for end in ends(trial) {
        let stream = open(trial, &end, RAW)?;
        go(trial, &stream)?;
        streams.push(stream);
    }
    Ok(streams)
}

fn power(trial: &Trial<'_>, driver: &Driver<'_>) -> Attempt {
    let device = started(trial, driver)?;
    let streams = trial.quietly(|| running(trial))?;
    device.power_down();
    trial.machine.sleep(Duration::from_millis(25));
    trial.once(|| device.power_up())?;
    streams.iter().try_for_each(|stream| moves(trial, stream.pin()))
}

fn surprise_removal(trial: &Trial<'_>, driver: &Driver<'_>) -> Attempt {
    let device = started(trial, driver)?;
    let streams = running(trial)?;
    trial.machine.sleep(Duration::from_millis(13));
    device.surprise_remove();
    trial.machine.sleep(Duration::from_millis(25));
    let gone =
        |stream: &EventStream| stream.run().is_err_and(|why| why.status == STATUS_DEVICE_REMOVED);
    trial.expect(streams.iter().all(gone), || "a stream outlives its device".to_owned())
}

fn query_remove(trial: &Trial<'_>, driver: &Driver<'_>) -> Attempt {
    let device = started(trial, driver)?;
    let streams = running(trial)?;
    for stream in &streams {
        trial.once(|| stream.pause())?;
    }
    trial.once(|| device.query_remove())
}

fn ask(trial: &Trial<'_>) -> Attempt {
    for end in ends(trial) {
        let again = trial.ask(|| Endpoint::open(trial.machine, &end.link))?;
        let same = again.pins.len() == end.pins.len() && again.nodes == end.nodes;
        trial.expect(same, || format!("{} is not what it was", end.name()))?;
        let pin = again.host_pin()?;
        for (mode, _) in &pin.modes {
            trial.ask(|| preferred_format(&again.filter, pin.id, mode))?;
        }
    }
    Ok(())
}

fn play_event(trial: &Trial<'_>) -> Attempt {
    let speaker = end(trial, Direction::Render)?;
    let mut stream = open(trial, &speaker, RAW)?;
    play(trial, &mut stream, 1000)?;
    moves(trial, stream.pin())?;
    rest(trial, &stream)
}

/// As [`rest`], of a timer-driven stream from STOP to RUN and back.
fn timed(trial: &Trial<'_>, direction: Direction) -> Attempt {
    let end = end(trial, direction)?;
    let stream = trial.ask(|| TimerStream::open(&end, STEREO, RAW, 4 * PERIOD))?;
    for state in [KSSTATE::KSSTATE_ACQUIRE, KSSTATE::KSSTATE_PAUSE, KSSTATE::KSSTATE_RUN] {
        trial.ask(|| set_state(stream.pin(), state))?;
    }
    moves(trial, stream.pin())?;
    for state in [KSSTATE::KSSTATE_PAUSE, KSSTATE::KSSTATE_ACQUIRE, KSSTATE::KSSTATE_STOP] {
        trial.ask(|| set_state(stream.pin(), state))?;
    }
    Ok(())
}

fn play_timer(trial: &Trial<'_>) -> Attempt {
    timed(trial, Direction::Render)
}

fn record_timer(trial: &Trial<'_>) -> Attempt {
    timed(trial, Direction::Capture)
}

fn play_legacy(trial: &Trial<'_>) -> Attempt {
    let speaker = end(trial, Direction::Render)?;
    // Whole pages: where there is no buffer with notification such a client takes one without.
    let stream = trial.ask(|| LegacyStream::open(trial.machine, &speaker, STEREO, 1024))?;
    let audio = vec![1; 2 * stream.half_bytes()];
    trial.ask(|| stream.start(&audio))?;
    let heard = trial.machine.wait_any(&[stream.event()], Duration::from_millis(100));
    trial.expect(heard.is_some(), || "no event in 100 ms".to_owned())?;
    trial.ask(|| stream.service(&audio[..stream.half_bytes()]))?;
    trial.ask(|| stream.stop())
}

fn record_event(trial: &Trial<'_>) -> Attempt {
    let microphone = end(trial, Direction::Capture)?;
    let stream = open(trial, &microphone, RAW)?;
    go(trial, &stream)?;
    moves(trial, stream.pin())?;
    trial.ask(|| stream.read_packet())?;
    rest(trial, &stream)
}

fn cable(trial: &Trial<'_>) -> Attempt {
    let microphone = open(trial, &end(trial, Direction::Capture)?, RAW)?;
    go(trial, &microphone)?;
    let speaker = end(trial, Direction::Render)?;
    let mut speaker =
        trial.ask(|| EventStream::open(trial.machine, &speaker, STEREO, RAW, STEREO.rate / 10))?;
    play(trial, &mut speaker, 1000)?;
    let heard = loudest(trial, &microphone)?;
    trial.expect(heard == 1000, || format!("{heard} is heard, not 1000"))?;
    rest(trial, &speaker)?;
    rest(trial, &microphone)
}

fn states(trial: &Trial<'_>) -> Attempt {
    for end in ends(trial) {
        let stream = open(trial, &end, RAW)?;
        for _ in 0..2 {
            go(trial, &stream)?;
            moves(trial, stream.pin())?;
            trial.ask(|| stream.pause())?;
            trial.ask(|| stream.run())?;
            moves(trial, stream.pin())?;
            rest(trial, &stream)?;
        }
    }
    Ok(())
}

fn modes(trial: &Trial<'_>) -> Attempt {
    for end in ends(trial) {
        let mut streams = Vec::new();
        let pin = end.host_pin()?;
        for (mode, formats) in pin.modes.iter().take(pin.instances.0 as usize) {
            let Some(format) = formats.first() else { continue };
            let (mode, frames) = (guid(*mode), format.rate / 100);
            let opened =
                trial.ask(|| EventStream::open(trial.machine, &end, *format, &mode, frames))?;
            go(trial, &opened)?;
            streams.push(opened);
        }
        for stream in &streams {
            moves(trial, stream.pin())?;
        }
    }
    Ok(())
}

fn formats(trial: &Trial<'_>) -> Attempt {
    for end in ends(trial) {
        let pin: &Pin = end.host_pin()?;
        let Some((mode, formats)) = pin.modes.first() else { continue };
        let bytes = |format: &&WaveFormat| format.block_align() as u32 * format.rate;
        let (least, most) = (formats.iter().min_by_key(bytes), formats.iter().max_by_key(bytes));
        for format in least.into_iter().chain(most) {
            let (mode, frames) = (guid(*mode), format.rate.div_ceil(100));
            let stream =
                trial.ask(|| EventStream::open(trial.machine, &end, *format, &mode, frames))?;
            go(trial, &stream)?;
            moves(trial, stream.pin())?;
        }
    }
    Ok(())
}

fn many(trial: &Trial<'_>) -> Attempt {
    for end in ends(trial) {
        let pin = end.host_pin()?;
        let (most, _) = pin.instances;
        // A pin without a limit has none to come to.
        let most = most.min(64);
        let mut streams = Vec::new();
        for _ in 0..most {
            streams.push(trial.ask(|| end.open_stream(STEREO, RAW))?);
        }
        let full = most < 64 && end.open_stream(STEREO, RAW).is_ok();
        trial.expect(!full, || format!("a stream more than {most}"))?;
    }
    Ok(())
}

fn rates(trial: &Trial<'_>) -> Attempt {
    let (speaker, microphone) = (end(trial, Direction::Render)?, end(trial, Direction::Capture)?);
    let mut ends = Vec::new();
    for (end, rate) in [(&microphone, 44_100), (&speaker, 48_000), (&speaker, 96_000)] {
        let format = WaveFormat { rate, ..STEREO };
        let stream =
            trial.ask(|| EventStream::open(trial.machine, end, format, RAW, rate.div_ceil(100)))?;
        go(trial, &stream)?;
        ends.push(stream);
    }
    ends.iter().try_for_each(|stream| moves(trial, stream.pin()))
}

fn through_circuits(trial: &Trial<'_>, mode: &GUID) -> Attempt {
    for (end, _) in trial.quietly(|| composites(trial.machine)) {
        let stream = open(trial, &end, mode)?;
        go(trial, &stream)?;
        moves(trial, stream.pin())?;
        let asks = || {
            let (set, id) = (&PROPERTY_SET, properties::OUTPUT_FORMAT);
            match get_known(stream.pin(), "the output format", set, id, &[], 12) {
                // Not acxvad's.
                Err(Failed { status: STATUS_PROPSET_NOT_FOUND | STATUS_NOT_FOUND, .. }) => Ok(()),
                answer => answer.map(drop),
            }
        };
        trial.ask(asks)?;
        rest(trial, &stream)?;
    }
    Ok(())
}

fn composite_usual(trial: &Trial<'_>) -> Attempt {
    through_circuits(trial, RAW)
}

fn composite_inverted(trial: &Trial<'_>) -> Attempt {
    through_circuits(trial, COMMUNICATIONS)
}

fn engine(trial: &Trial<'_>) -> Result<(Endpoint, EnginePins), Stop> {
    let speaker = end(trial, Direction::Render)?;
    let pins = speaker.engine.ok_or_else(|| Stop::Wrong("the engine is gone".to_owned()))?;
    Ok((speaker, pins))
}

fn offload(trial: &Trial<'_>) -> Attempt {
    let (speaker, pins) = engine(trial)?;
    let mut stream = open_at(trial, &speaker, (pins.offload, STEREO, 48_000))?;
    play(trial, &mut stream, 1000)?;
    let level = |target: i32| {
        let mut value = target.to_le_bytes().to_vec();
        value.extend(1u32.to_le_bytes());
        value.extend(100_000u64.to_le_bytes());
        let (set, id) = (&KSPROPSETID_AudioEngine, KSPROPERTY_AUDIOENGINE_VOLUMELEVEL);
        request::set(stream.pin(), "the stream's volume", set, id, &node(pins.node, None), &value)
    };
    trial.ask(|| level(-6 * 65_536))?;
    let mute = |state: u32| {
        let (set, id) = (&KSPROPSETID_Audio, KSPROPERTY_AUDIO_MUTE);
        let behind = node(pins.node, None);
        request::set(stream.pin(), "the stream's mute", set, id, &behind, &state.to_le_bytes())
    };
    trial.ask(|| mute(1))?;
    moves(trial, stream.pin())?;
    trial.ask(|| stream.set_packet(1, Some(stream.packet_bytes() / 2)))?;
    rest(trial, &stream)
}

fn loopback(trial: &Trial<'_>) -> Attempt {
    let (speaker, pins) = engine(trial)?;
    let listener = open_at(trial, &speaker, (pins.loopback, STEREO, PERIOD))?;
    go(trial, &listener)?;
    let mut host = open_at(trial, &speaker, (pins.host, STEREO, STEREO.rate / 10))?;
    play(trial, &mut host, 1000)?;
    let heard = loudest(trial, &listener)?;
    trial.expect(heard == 1000, || format!("{heard} is heard, not 1000"))?;
    rest(trial, &host)?;
    rest(trial, &listener)
}

fn keyword_stream(trial: &Trial<'_>) -> Attempt {
    let found = trial.quietly(|| keyword_pin(trial.machine));
    let (end, pin, format) = found.ok_or_else(|| Stop::Wrong("the pin is gone".to_owned()))?;
    let stream = open_at(trial, &end, (pin, format, format.rate / 100))?;
    go(trial, &stream)?;
    moves(trial, stream.pin())?;
    rest(trial, &stream)
}

fn keyword(trial: &Trial<'_>) -> Attempt {
    let found = trial.quietly(|| keyword_pin(trial.machine));
    let (end, pin, format) = found.ok_or_else(|| Stop::Wrong("the pin is gone".to_owned()))?;
    let change = |id, value: &[u8]| {
        request::set(&end.filter, "the detector", &KSPROPSETID_SoundDetector, id, &[], value)
    };
    trial.machine.take_pnp_events();
    // What an attempt before this one played is not what it listens for.
    trial.quietly(|| change(KSPROPERTY_SOUNDDETECTOR_RESET, &1u32.to_le_bytes()))?;
    trial.ask(|| change(KSPROPERTY_SOUNDDETECTOR_PATTERNS, &pattern()))?;
    trial.ask(|| change(KSPROPERTY_SOUNDDETECTOR_ARMED, &1u32.to_le_bytes()))?;
    let speaker = self::end(trial, Direction::Render)?;
    let mut loud =
        trial.ask(|| EventStream::open(trial.machine, &speaker, STEREO, RAW, STEREO.rate / 5))?;
    play(trial, &mut loud, 8000)?;
    trial.machine.sleep(Duration::from_millis(300));
    let heard = trial.machine.take_pnp_events().len();
    trial.expect(heard == 1, || format!("{heard} events for one sound"))?;
    let stream = open_at(trial, &end, (pin, format, format.rate / 100))?;
    go(trial, &stream)?;
    let mut burst = 1;
    while trial.ask(|| stream.read_packet())?.more {
        burst += 1;
    }
    trial.expect(burst > 20, || format!("{burst} packets of history"))?;
    rest(trial, &stream)?;
    rest(trial, &loud)?;
    trial.ask(|| change(KSPROPERTY_SOUNDDETECTOR_RESET, &1u32.to_le_bytes()))
}

fn cables(trial: &Trial<'_>) -> Attempt {
    let filter = end(trial, Direction::Capture)?.filter;
    let change = |cables: u32| {
        let value = cables.to_le_bytes();
        request::set(&filter, "the cables", &PROPERTY_SET, properties::CABLES, &[], &value)
    };
    // The least that is allowed, whatever an attempt before this one left.
    let least = trial.quietly(|| (1..=16).find(|cables| change(*cables).is_ok()));
    let Some(least) = least.filter(|least| *least < 16) else { return Ok(()) };
    trial.ask(|| change(least + 1))?;
    let name = format!("Speaker{least}");
    let all = trial.quietly(|| Endpoint::all(trial.machine, Direction::Render))?;
    let new = all.iter().find(|end| end.name() == name);
    trial.expect(new.is_some(), || format!("there is no {name}"))?;
    if let Some(new) = new {
        let stream = open(trial, new, RAW)?;
        go(trial, &stream)?;
        moves(trial, stream.pin())?;
    }
    trial.ask(|| change(least))
}

fn new_default(trial: &Trial<'_>) -> Attempt {
    for end in ends(trial) {
        let pin = end.host_pin()?;
        let before = trial.quietly(|| {
            get(&end.filter, "the default", &PROPERTY_SET, properties::DEFAULT_FORMAT, &[])
        })?;
        let stream = open(trial, &end, RAW)?;
        go(trial, &stream)?;
        let change = |value: &[u8]| {
            let (set, id) = (&PROPERTY_SET, properties::DEFAULT_FORMAT);
            request::set(&end.filter, "the default", set, id, &[], value)
        };
        trial.ask(|| change(&[96_000u32, 2, 3].map(u32::to_le_bytes).concat()))?;
        if let Some((mode, _)) = pin.modes.first() {
            let rate = trial.ask(|| preferred_format(&end.filter, pin.id, mode))?.rate;
            trial.expect(rate == 96_000, || format!("{rate} Hz are proposed"))?;
        }
        trial.ask(|| change(&before))?;
        moves(trial, stream.pin())?;
    }
    Ok(())
}

fn controls(trial: &Trial<'_>) -> Attempt {
    let speaker = end(trial, Direction::Render)?;
    let place = |kind: &GUID| {
        let kind = guid_bytes(kind);
        let at = speaker.nodes.iter().position(|node| *node == kind);
        at.map(|at| at as u32).or(speaker.engine.map(|engine| engine.node))
    };
    let mut stream = open(trial, &speaker, RAW)?;
    play(trial, &mut stream, 1000)?;
    let change = |id, at, value: i32| {
        let behind = node(at, None);
        request::set(
            &speaker.filter,
            "a control",
            &KSPROPSETID_Audio,
            id,
            &behind,
            &value.to_le_bytes(),
        )
    };
    for (kind, id, values) in [
        (KSNODETYPE_VOLUME, KSPROPERTY_AUDIO_VOLUMELEVEL, [-6 * 65_536, 0]),
        (KSNODETYPE_MUTE, KSPROPERTY_AUDIO_MUTE, [1, 0]),
    ] {
        let Some(at) = place(&kind) else { continue };
        for value in values {
            trial.ask(|| change(id, at, value))?;
            moves(trial, stream.pin())?;
        }
    }
    if let Some(at) = place(&KSNODETYPE_PEAKMETER) {
        let (set, id) = (&KSPROPSETID_Audio, KSPROPERTY_AUDIO_PEAKMETER2);
        trial.ask(|| get_known(&speaker.filter, "the meter", set, id, &node(at, Some(0)), 4))?;
    }
    rest(trial, &stream)
}

fn jack(trial: &Trial<'_>) -> Attempt {
    for end in ends(trial) {
        let Some(bridge) = end.pins.iter().find(|pin| pin.jacks > 0).map(|pin| pin.id) else {
            continue;
        };
        let event = trial.machine.create_event();
        let (set, id) = (&KSEVENTSETID_PinCapsChange, KSEVENT_PINCAPS_JACKINFOCHANGE);
        let input = request::descriptor(set, id, KSEVENT_TYPE_ENABLE, &request::pin(bridge));
        let mut data = [1u32.to_le_bytes(), [0; 4]].concat();
        data.extend(event.to_le_bytes());
        data.extend([0; 16]);
        // The event is named by the address of its data, which stays as it is.
        let data = std::cell::RefCell::new(data);
        trial.ask(|| {
            let reply =
                end.filter.ioctl(IOCTL_KS_ENABLE_EVENT, &input, Some(&mut data.borrow_mut()));
            match reply.status {
                STATUS_SUCCESS => Ok(()),
                status => Err(Failed { what: "waiting for the jack", status }),
            }
        })?;
        let stream = open(trial, &end, RAW)?;
        go(trial, &stream)?;
        for state in [0u32, 1] {
            let value = state.to_le_bytes();
            trial.ask(|| {
                request::set(
                    &end.filter,
                    "the jack",
                    &PROPERTY_SET,
                    properties::JACK_CONNECTED,
                    &[],
                    &value,
                )
            })?;
        }
        let told = trial.machine.wait_any(&[event], Duration::ZERO).is_some();
        trial.expect(told, || "nobody was told of the jack".to_owned())?;
        moves(trial, stream.pin())?;
    }
    Ok(())
}

fn protection(trial: &Trial<'_>) -> Attempt {
    let microphone = open(trial, &end(trial, Direction::Capture)?, RAW)?;
    go(trial, &microphone)?;
    let speaker = end(trial, Direction::Render)?;
    let mut film =
        trial.ask(|| EventStream::open(trial.machine, &speaker, STEREO, RAW, STEREO.rate / 5))?;
    play(trial, &mut film, 3000)?;
    let protect = |protected| {
        let what = "the content's rights";
        film.pin().assign_content(protected, false).map_err(|status| Failed { what, status })
    };
    for (protected, wanted) in [(true, 0), (false, 3000)] {
        trial.ask(|| protect(protected))?;
        let heard = loudest(trial, &microphone)?;
        trial.expect(heard == wanted, || format!("{heard} is heard, not {wanted}"))?;
    }
    rest(trial, &film)?;
    rest(trial, &microphone)
}

fn telemetry(trial: &Trial<'_>) -> Attempt {
    for end in ends(trial) {
        let stream = open(trial, &end, RAW)?;
        go(trial, &stream)?;
        trial.machine.sleep(Duration::from_millis(25));
        let streams = trial.ask(|| counters(&end))?;
        trial.expect(streams.len() == 1, || format!("{} streams, not 1", streams.len()))?;
        let (set, id) = (&KSPROPSETID_AudioModule, KSPROPERTY_AUDIOMODULE_DESCRIPTORS);
        let list = trial.ask(|| get(&end.filter, "the modules", set, id, &[]))?;
        trial.expect(number(&list, 4) == 1, || format!("{} modules", number(&list, 4)))?;
        let mut behind = guid_bytes(&properties::MODULE_CLASS).to_vec();
        behind.extend([0; 8]);
        let id = KSPROPERTY_AUDIOMODULE_COMMAND;
        let told = trial.ask(|| get(&end.filter, "the module", set, id, &behind))?;
        trial.expect(!told.is_empty(), || "the module says nothing".to_owned())?;
    }
    Ok(())
}
