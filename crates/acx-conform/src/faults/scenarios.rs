//! The scenarios: one use of a driver by a system or a client each.

use std::time::Duration;

use acx_client::bytes::guid_bytes;
use acx_client::endpoint::{Endpoint, EnginePins, WaveFormat, preferred_format};
use acx_client::event::{EventStream, ReadPacket};
use acx_client::legacy::LegacyStream;
use acx_client::request::{self, get, get_known, node, number, set_state};
use acx_client::{Direction, Failed, File, System};
use acx_host::machine::{DeviceNode, Driver};
use acx_sys::*;

use super::{Addition, Attempt, Body, Check, Scenario, Stop, Trial};
use crate::suite::end::{End, before_run, frames};
use crate::suite::{Context, Needs, STEREO, composites, guid, keyword_pin};
use crate::vendor::{Cables, DefaultFormat, Hidden, Vendor};

const RAW: &GUID = &AUDIO_SIGNALPROCESSINGMODE_RAW;
/// Frames of 10 ms in [`STEREO`].
const PERIOD: u32 = 480;

/// The samples that clients play: usually, of protected content, and for a keyword to be heard.
const USUAL: i16 = 1000;
const PROTECTED: i16 = 3000;
const LOUD: i16 = 8000;

/// Packets of 10 ms that the history of a keyword has at least.
const HISTORY: usize = 21;

macro_rules! scenarios {
    ($($name:literal $sentence:literal => $needs:ident $(($addition:ident))?, $body:ident $work:path;)*) => {
        &[$(Scenario {
            name: $name,
            sentence: $sentence,
            needs: Needs::$needs,
            addition: scenarios!(@ $($addition)?),
            body: Body::$body($work),
        }),*]
    };
    (@ $addition:ident) => { Some(Addition::$addition) };
    (@) => { None };
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
    "cable" "what is played is recorded" => Cable, Device cable;
    "states" "a stream goes up and down, again and again" => Ends, Device states;
    "modes" "streams of every mode at once" => Ends, Device modes;
    "formats" "streams of the smallest and the widest formats" => Ends, Device formats;
    "many" "as many streams as a pin takes, and one more" => Ends, Device many;
    "rates" "two ends of a cable at unequal rates" => Cable (ConvertsRates), Device rates;
    "composite" "streams through several circuits" => Composite, Device composite_usual;
    "inverted" "streams through several circuits, states inverted" => Composite (InvertedMode), Device composite_inverted;
    "offload" "an offload stream with a volume, a mute and an end of its own" => Engine, Device offload;
    "loopback" "the mix is heard at the loopback pin" => Engine, Device loopback;
    "keyword" "a keyword is heard, and its history read" => Keyword (Keyword), Device keyword;
    "keyword-stream" "a client records from the keyword pin" => Keyword, Device keyword_stream;
    "cables" "a cable comes, is played on, and goes" => Cable (Cables), Device cables;
    "default-format" "the default format changes while a stream runs" => Ends (DefaultFormat), Device new_default;
    "controls" "volume, mute and peak meter" => Ends, Device controls;
    "jack" "the jack is pulled and plugged in while a client waits for that" => Ends (Jack), Device jack;
    "hidden" "a program streams at a hidden end, and the visible end's jack follows" => Hidden, Device hidden;
    "hidden-device" "the device sleeps, wakes and is pulled with a program at a hidden end" => Hidden, Driver hidden_device;
    "protection" "protected content is played while somebody listens" => Cable (SilencesProtected), Device protection;
    "telemetry" "the counters are read, as a property and from the audio module" => Ends (Counters), Device telemetry;
};

/// The vendor's addition for which the scenario was chosen.
fn described<T>(trial: &Trial<'_>, of: fn(&Vendor) -> Option<T>) -> Result<T, Stop> {
    let missing = || Stop::Wrong(Check::Vendor, "the vendor does not describe it".to_owned());
    trial.vendor.and_then(of).ok_or_else(missing)
}

/// The first endpoint of each direction, read without faults.
fn ends(trial: &Trial<'_>) -> Result<Vec<End>, Stop> {
    if !trial.has_ends {
        return Ok(Vec::new());
    }
    whole(trial, trial.without_faults(|| context(trial).ends()))
}

/// A filter lacks something.
fn wrong(why: impl Into<String>) -> Stop {
    Stop::Wrong(Check::Describes, why.into())
}

/// An incomplete endpoint is wrong, unless a failed call explains it.
fn whole<T>(trial: &Trial<'_>, found: Result<T, String>) -> Result<T, Stop> {
    let check = Check::Describes;
    found.or_else(|why| trial.expect(check, false, || why.clone()).and(Err(wrong(why))))
}

fn context<'a>(trial: &Trial<'a>) -> Context<'a> {
    Context::new(trial.subject, trial.machine)
}

fn end(trial: &Trial<'_>, direction: Direction) -> Result<End, Stop> {
    whole(trial, trial.without_faults(|| context(trial).end(direction)))
}

fn open(trial: &Trial<'_>, end: &End) -> Result<EventStream, Stop> {
    trial.ask(|| end.open(trial.machine, end.period()))
}

/// A stream at a pin, with packets of `frames` frames.
fn open_at(
    trial: &Trial<'_>,
    endpoint: &Endpoint,
    (pin, format, frames): (u32, WaveFormat, u32),
) -> Result<EventStream, Stop> {
    trial.ask(|| {
        EventStream::on(trial.machine, endpoint.open_stream_at(pin, format, RAW)?, format, frames)
    })
}

fn start_stream(trial: &Trial<'_>, stream: &EventStream) -> Attempt {
    trial.ask(|| stream.prepare())?;
    trial.ask(|| stream.run())
}

/// A packet of one value in every 16-bit sample.
fn value_packet(stream: &EventStream, value: i16) -> Vec<u8> {
    value.to_le_bytes().into_iter().cycle().take(stream.packet_bytes()).collect()
}

/// Fills both packets with one value and runs the stream.
fn play(trial: &Trial<'_>, stream: &mut EventStream, value: i16) -> Attempt {
    trial.ask(|| stream.prepare())?;
    let packet = value_packet(stream, value);
    for number in 0..2 {
        stream.fill(number, &packet);
        trial.ask(|| before_run(stream.set_packet(number as u32, None)))?;
    }
    trial.ask(|| stream.run())
}

/// Lets time pass, and checks that the stream moves.
fn expect_progress(trial: &Trial<'_>, pin: &File) -> Attempt {
    let before = trial.ask(|| request::presentation(pin))?.0;
    trial.machine.sleep(Duration::from_millis(25));
    let after = trial.ask(|| request::presentation(pin))?.0;
    trial.expect(Check::Moves, after > before, || {
        format!("position {after} after {before}, 25 ms later")
    })
}

fn stop(trial: &Trial<'_>, stream: &EventStream) -> Attempt {
    trial.ask(|| stream.pause())?;
    for state in [KSSTATE::KSSTATE_ACQUIRE, KSSTATE::KSSTATE_STOP] {
        trial.ask(|| set_state(stream.pin(), state))?;
    }
    Ok(())
}

/// The loudest sample of the newest packet, after a pause.
fn loudest(trial: &Trial<'_>, stream: &EventStream) -> Result<u16, Stop> {
    trial.machine.sleep(Duration::from_millis(50));
    Ok(crate::analysis::peak(&trial.ask(|| stream.newest())?))
}

fn load(trial: &Trial<'_>) -> Attempt {
    trial.once(|| trial.subject.load(trial.machine)).map(drop)
}

/// A device, started without faults.
fn started<'d>(trial: &Trial<'_>, driver: &'d Driver<'_>) -> Result<DeviceNode<'d>, Stop> {
    Ok(trial.without_faults(|| driver.add_device())?)
}

fn start(trial: &Trial<'_>, driver: &Driver<'_>) -> Attempt {
    let device = trial.once(|| driver.add_device())?;
    trial.expect(Check::Starts, device.is_powered(), || {
        "the device started, and has no power".to_owned()
    })?;
    // A start creates some objects later; a failure there shows as an incomplete endpoint.
    for end in ends(trial)? {
        let stream = end.open(trial.machine, end.period());
        let name = end.endpoint.name();
        trial.expect(Check::Starts, stream.is_ok(), || {
            format!("no stream at {name} of a new device")
        })?;
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
    for end in ends(trial)? {
        let stream = open(trial, &end)?;
        start_stream(trial, &stream)?;
        streams.push(stream);
    }
    Ok(streams)
}

fn power(trial: &Trial<'_>, driver: &Driver<'_>) -> Attempt {
    let device = started(trial, driver)?;
    let streams = trial.without_faults(|| running(trial))?;
    device.power_down();
    trial.machine.sleep(Duration::from_millis(25));
    trial.power_up(&device)?;
    streams.iter().try_for_each(|stream| expect_progress(trial, stream.pin()))
}

fn surprise_removal(trial: &Trial<'_>, driver: &Driver<'_>) -> Attempt {
    let device = started(trial, driver)?;
    let streams = running(trial)?;
    trial.machine.sleep(Duration::from_millis(13));
    device.surprise_remove();
    trial.machine.sleep(Duration::from_millis(25));
    let gone =
        |stream: &EventStream| stream.run().is_err_and(|why| why.status == STATUS_DEVICE_REMOVED);
    trial.expect(Check::Removal, streams.iter().all(gone), || {
        "a stream outlives its device".to_owned()
    })
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
    for end in ends(trial)? {
        let end = end.endpoint;
        let again = trial.ask(|| Endpoint::open(trial.machine, &end.link))?;
        let same = (again.pins.len(), &again.nodes) == (end.pins.len(), &end.nodes);
        trial.expect(Check::Describes, same, || format!("{} is not what it was", end.name()))?;
        let pin = again.host_pin()?;
        for (mode, _) in &pin.modes {
            trial.ask(|| preferred_format(&again.filter, pin.id, mode))?;
        }
    }
    Ok(())
}

fn play_event(trial: &Trial<'_>) -> Attempt {
    let speaker = end(trial, Direction::Render)?;
    let mut stream = open(trial, &speaker)?;
    play(trial, &mut stream, USUAL)?;
    expect_progress(trial, stream.pin())?;
    stop(trial, &stream)
}

/// Like [`rest`], for a timer-driven stream from STOP to RUN and back.
fn timed(trial: &Trial<'_>, direction: Direction) -> Attempt {
    let end = end(trial, direction)?;
    let stream = trial.ask(|| end.open_timer(end.frames(40)))?;
    for state in [KSSTATE::KSSTATE_ACQUIRE, KSSTATE::KSSTATE_PAUSE, KSSTATE::KSSTATE_RUN] {
        trial.ask(|| set_state(stream.pin(), state))?;
    }
    expect_progress(trial, stream.pin())?;
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
    // Whole pages: if there is no buffer with notification, such a client takes one without.
    let pages = |end: &End| 4096 * end.frames(20).div_ceil(4096);
    let stream = trial.ask(|| {
        let (format, frames) = (speaker.format, pages(&speaker));
        LegacyStream::open(trial.machine, &speaker.endpoint, format, &speaker.mode, frames)
    })?;
    let audio = vec![1; 2 * stream.half_bytes()];
    trial.ask(|| stream.start(&audio))?;
    let signalled = trial.machine.wait_any(&[stream.event()], Duration::from_secs(1));
    trial.expect(Check::Signals, signalled.is_some(), || "no event in a second".to_owned())?;
    trial.ask(|| stream.service(&audio[..stream.half_bytes()]))?;
    trial.ask(|| stream.stop())
}

fn record_event(trial: &Trial<'_>) -> Attempt {
    let microphone = end(trial, Direction::Capture)?;
    let stream = open(trial, &microphone)?;
    start_stream(trial, &stream)?;
    expect_progress(trial, stream.pin())?;
    trial.ask(|| stream.read_packet())?;
    stop(trial, &stream)
}

/// Whether [`USUAL`] was heard, played in one format and recorded in the other: exactly, if they
/// are equal and have 16 bits, else at all.
fn is_heard([played, recorded]: [WaveFormat; 2], loudest: u16) -> bool {
    if played == recorded && played.bits == 16 {
        loudest == USUAL.unsigned_abs()
    } else {
        loudest > 0
    }
}

fn expect_heard(trial: &Trial<'_>, formats: [WaveFormat; 2], loudest: u16) -> Attempt {
    trial.expect(Check::Hears, is_heard(formats, loudest), || {
        format!("{loudest} is heard, not {USUAL}")
    })
}

fn cable(trial: &Trial<'_>) -> Attempt {
    let microphone = end(trial, Direction::Capture)?;
    let speaker = end(trial, Direction::Render)?;
    let formats = [speaker.format, microphone.format];
    let microphone = open(trial, &microphone)?;
    start_stream(trial, &microphone)?;
    let mut speaker = trial.ask(|| speaker.open(trial.machine, speaker.frames(100)))?;
    play(trial, &mut speaker, USUAL)?;
    expect_heard(trial, formats, loudest(trial, &microphone)?)?;
    stop(trial, &speaker)?;
    stop(trial, &microphone)
}

fn states(trial: &Trial<'_>) -> Attempt {
    for end in ends(trial)? {
        let stream = open(trial, &end)?;
        for _ in 0..2 {
            start_stream(trial, &stream)?;
            expect_progress(trial, stream.pin())?;
            trial.ask(|| stream.pause())?;
            trial.ask(|| stream.run())?;
            expect_progress(trial, stream.pin())?;
            stop(trial, &stream)?;
        }
    }
    Ok(())
}

fn modes(trial: &Trial<'_>) -> Attempt {
    for end in ends(trial)? {
        let mut streams = Vec::new();
        let pin = end.endpoint.host_pin()?;
        let most = end.limit().map_or(usize::MAX, |limit| limit as usize);
        for (mode, formats) in pin.modes.iter().take(most) {
            let Some(format) = formats.first() else { continue };
            let (mode, frames) = (guid(*mode), frames(*format, 10));
            let endpoint = &end.endpoint;
            let opened =
                trial.ask(|| EventStream::open(trial.machine, endpoint, *format, &mode, frames))?;
            start_stream(trial, &opened)?;
            streams.push(opened);
        }
        for stream in &streams {
            expect_progress(trial, stream.pin())?;
        }
    }
    Ok(())
}

fn formats(trial: &Trial<'_>) -> Attempt {
    for end in ends(trial)? {
        let formats = end.formats();
        let bytes = |format: &&WaveFormat| format.block_align() as u32 * format.rate;
        let (least, most) = (formats.iter().min_by_key(bytes), formats.iter().max_by_key(bytes));
        for format in least.into_iter().chain(most) {
            let (endpoint, mode, frames) = (&end.endpoint, &end.mode, frames(*format, 10));
            let stream =
                trial.ask(|| EventStream::open(trial.machine, endpoint, *format, mode, frames))?;
            start_stream(trial, &stream)?;
            expect_progress(trial, stream.pin())?;
        }
    }
    Ok(())
}

/// How many streams of a pin with this limit are opened, and whether no more are allowed.
fn as_many(limit: Option<u32>) -> (u32, bool) {
    let most = limit.unwrap_or(8).min(64);
    (most, limit == Some(most))
}

fn many(trial: &Trial<'_>) -> Attempt {
    for end in ends(trial)? {
        let (most, is_all) = as_many(end.limit());
        let mut streams = Vec::new();
        let open = || end.endpoint.open_stream(end.format, &end.mode);
        for _ in 0..most {
            streams.push(trial.ask(open)?);
        }
        let takes_more = is_all && open().is_ok();
        trial.expect(Check::Limit, !takes_more, || format!("a stream more than {most}"))?;
    }
    Ok(())
}

fn rates(trial: &Trial<'_>) -> Attempt {
    let (speaker, microphone) = (end(trial, Direction::Render)?, end(trial, Direction::Capture)?);
    let mut ends = Vec::new();
    for (end, rate) in [(&microphone, 44_100), (&speaker, 48_000), (&speaker, 96_000)] {
        let (format, end) = (WaveFormat { rate, ..STEREO }, &end.endpoint);
        let stream =
            trial.ask(|| EventStream::open(trial.machine, end, format, RAW, rate.div_ceil(100)))?;
        start_stream(trial, &stream)?;
        ends.push(stream);
    }
    ends.iter().try_for_each(|stream| expect_progress(trial, stream.pin()))
}

fn through_circuits(trial: &Trial<'_>, mode: Option<GUID>) -> Attempt {
    for (endpoint, _) in trial.without_faults(|| composites(trial.machine)) {
        let mut end = End::of(endpoint).map_err(wrong)?;
        end.mode = mode.unwrap_or(end.mode);
        let stream = open(trial, &end)?;
        start_stream(trial, &stream)?;
        expect_progress(trial, stream.pin())?;
        if let Some(read) = trial.vendor.and_then(|vendor| vendor.read_stream) {
            trial.ask(|| read(stream.pin()))?;
        }
        stop(trial, &stream)?;
    }
    Ok(())
}

fn composite_usual(trial: &Trial<'_>) -> Attempt {
    through_circuits(trial, None)
}

fn composite_inverted(trial: &Trial<'_>) -> Attempt {
    let mode = described(trial, |vendor| vendor.promises.inverted_mode)?;
    through_circuits(trial, Some(mode))
}

fn engine(trial: &Trial<'_>) -> Result<(Endpoint, EnginePins), Stop> {
    let speaker = end(trial, Direction::Render)?.endpoint;
    let pins = speaker.engine.ok_or_else(|| wrong("the engine is gone"))?;
    Ok((speaker, pins))
}

fn offload(trial: &Trial<'_>) -> Attempt {
    let (speaker, pins) = engine(trial)?;
    let mut stream = open_at(trial, &speaker, (pins.offload, STEREO, 48_000))?;
    play(trial, &mut stream, USUAL)?;
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
        let instance = node(pins.node, None);
        request::set(stream.pin(), "the stream's mute", set, id, &instance, &state.to_le_bytes())
    };
    trial.ask(|| mute(1))?;
    expect_progress(trial, stream.pin())?;
    trial.ask(|| stream.set_packet(1, Some(stream.packet_bytes() / 2)))?;
    stop(trial, &stream)
}

fn loopback(trial: &Trial<'_>) -> Attempt {
    let (speaker, pins) = engine(trial)?;
    let listener = open_at(trial, &speaker, (pins.loopback, STEREO, PERIOD))?;
    start_stream(trial, &listener)?;
    let mut host = open_at(trial, &speaker, (pins.host, STEREO, STEREO.rate / 10))?;
    play(trial, &mut host, USUAL)?;
    expect_heard(trial, [STEREO; 2], loudest(trial, &listener)?)?;
    stop(trial, &host)?;
    stop(trial, &listener)
}

fn keyword_stream(trial: &Trial<'_>) -> Attempt {
    let found = trial.without_faults(|| keyword_pin(&context(trial)));
    let (end, pin, format) = found.ok_or_else(|| wrong("the pin is gone"))?;
    let stream = open_at(trial, &end, (pin, format, format.rate / 100))?;
    start_stream(trial, &stream)?;
    expect_progress(trial, stream.pin())?;
    stop(trial, &stream)
}

fn keyword(trial: &Trial<'_>) -> Attempt {
    let keyword = described(trial, |vendor| vendor.keyword)?;
    let found = trial.without_faults(|| keyword_pin(&context(trial)));
    let (end, pin, format) = found.ok_or_else(|| wrong("the pin is gone"))?;
    let change = |id, value: &[u8]| {
        request::set(&end.filter, "the detector", &KSPROPSETID_SoundDetector, id, &[], value)
    };
    trial.machine.take_pnp_events();
    // Forget the audio of an earlier attempt.
    trial.without_faults(|| change(KSPROPERTY_SOUNDDETECTOR_RESET, &1u32.to_le_bytes()))?;
    trial.ask(|| change(KSPROPERTY_SOUNDDETECTOR_PATTERNS, &(keyword.loud_sound)()))?;
    trial.ask(|| change(KSPROPERTY_SOUNDDETECTOR_ARMED, &1u32.to_le_bytes()))?;
    let speaker = self::end(trial, Direction::Render)?;
    let mut loud = trial.ask(|| speaker.open(trial.machine, speaker.frames(200)))?;
    play(trial, &mut loud, LOUD)?;
    trial.machine.sleep(Duration::from_millis(300));
    let events = trial.machine.take_pnp_events().len();
    trial.expect(Check::Vendor, events == 1, || format!("{events} events for one sound"))?;
    let stream = open_at(trial, &end, (pin, format, format.rate / 100))?;
    start_stream(trial, &stream)?;
    let mut burst = Vec::new();
    while burst.last().is_none_or(|read: &ReadPacket| read.more) {
        burst.push(trial.ask(|| stream.read_packet())?);
    }
    let packets = burst.len();
    trial.expect(Check::Vendor, packets >= HISTORY, || format!("{packets} packets of history"))?;
    stop(trial, &stream)?;
    stop(trial, &loud)?;
    trial.ask(|| change(KSPROPERTY_SOUNDDETECTOR_RESET, &1u32.to_le_bytes()))
}

fn cables(trial: &Trial<'_>) -> Attempt {
    let Cables { set, speaker, most, .. } = described(trial, |vendor| vendor.cables)?;
    let filter = end(trial, Direction::Capture)?.endpoint.filter;
    let change = |cables: u32| set(&filter, cables);
    // The smallest allowed number, whatever an earlier attempt left.
    let least = trial.without_faults(|| (1..=most).find(|cables| change(*cables).is_ok()));
    let Some(least) = least.filter(|least| *least < most) else { return Ok(()) };
    trial.ask(|| change(least + 1))?;
    let name = speaker(least);
    let all = trial.without_faults(|| Endpoint::all(trial.machine, Direction::Render))?;
    let Some(new) = all.iter().find(|end| end.name() == name) else {
        return trial.expect(Check::Vendor, false, || format!("there is no {name}"));
    };
    let end = trial.without_faults(|| Endpoint::open(trial.machine, &new.link))?;
    let stream = open(trial, &End::of(end).map_err(wrong)?)?;
    start_stream(trial, &stream)?;
    expect_progress(trial, stream.pin())?;
    drop(stream);
    trial.ask(|| change(least))
}

fn new_default(trial: &Trial<'_>) -> Attempt {
    let DefaultFormat { get, set, other } = described(trial, |vendor| vendor.default_format)?;
    for end in ends(trial)? {
        let stream = open(trial, &end)?;
        start_stream(trial, &stream)?;
        let end = end.endpoint;
        let pin = end.host_pin()?;
        let before = trial.without_faults(|| get(&end.filter))?;
        trial.ask(|| set(&end.filter, other))?;
        if let Some((mode, _)) = pin.modes.first() {
            let rate = trial.ask(|| preferred_format(&end.filter, pin.id, mode))?.rate;
            trial
                .expect(Check::Vendor, rate == other.rate, || format!("{rate} Hz are proposed"))?;
        }
        trial.ask(|| set(&end.filter, before))?;
        expect_progress(trial, stream.pin())?;
    }
    Ok(())
}

fn controls(trial: &Trial<'_>) -> Attempt {
    for end in ends(trial)? {
        let endpoint = &end.endpoint;
        let control_node = |kind: &GUID| {
            let kind = guid_bytes(kind);
            let at = endpoint.nodes.iter().position(|node| *node == kind);
            at.map(|at| at as u32).or(endpoint.engine.map(|engine| engine.node))
        };
        let mut stream = open(trial, &end)?;
        if end.direction() == Direction::Render {
            play(trial, &mut stream, USUAL)?;
        } else {
            start_stream(trial, &stream)?;
        }
        let change = |id, at, value: i32| {
            let (filter, instance) = (&endpoint.filter, node(at, None));
            let value = value.to_le_bytes();
            request::set(filter, "a control", &KSPROPSETID_Audio, id, &instance, &value)
        };
        for (kind, id, values) in [
            (KSNODETYPE_VOLUME, KSPROPERTY_AUDIO_VOLUMELEVEL, [-6 * 65_536, 0]),
            (KSNODETYPE_MUTE, KSPROPERTY_AUDIO_MUTE, [1, 0]),
        ] {
            let Some(at) = control_node(&kind) else { continue };
            for value in values {
                trial.ask(|| change(id, at, value))?;
                expect_progress(trial, stream.pin())?;
            }
        }
        if let Some(at) = control_node(&KSNODETYPE_PEAKMETER) {
            let (set, id) = (&KSPROPSETID_Audio, KSPROPERTY_AUDIO_PEAKMETER2);
            let instance = node(at, Some(0));
            trial.ask(|| get_known(&endpoint.filter, "the meter", set, id, &instance, 4))?;
        }
        stop(trial, &stream)?;
    }
    Ok(())
}

fn jack(trial: &Trial<'_>) -> Attempt {
    let set_jack = described(trial, |vendor| vendor.set_jack)?;
    for end in ends(trial)? {
        let stream = open(trial, &end)?;
        start_stream(trial, &stream)?;
        let end = end.endpoint;
        let Some(bridge) = end.pins.iter().find(|pin| pin.jacks > 0).map(|pin| pin.id) else {
            continue;
        };
        let event = trial.machine.create_event();
        let (set, id) = (&KSEVENTSETID_PinCapsChange, KSEVENT_PINCAPS_JACKINFOCHANGE);
        let input = request::descriptor(set, id, KSEVENT_TYPE_ENABLE, &request::pin(bridge));
        let mut data = [1u32.to_le_bytes(), [0; 4]].concat();
        data.extend(event.to_le_bytes());
        data.extend([0; 16]);
        // The address of its data identifies the event, so it must not move.
        let data = std::cell::RefCell::new(data);
        trial.ask(|| {
            let reply =
                end.filter.ioctl(IOCTL_KS_ENABLE_EVENT, &input, Some(&mut data.borrow_mut()));
            match reply.status {
                STATUS_SUCCESS => Ok(()),
                status => Err(Failed { what: "waiting for the jack", status }),
            }
        })?;
        for plugged in [false, true] {
            trial.ask(|| set_jack(&end.filter, plugged))?;
            let notified = trial.machine.wait_any(&[event], Duration::ZERO).is_some();
            trial.expect(Check::Vendor, notified, || {
                "no client was notified of the jack".to_owned()
            })?;
        }
        expect_progress(trial, stream.pin())?;
    }
    Ok(())
}

/// A stream at the hidden end, opened.
fn program(trial: &Trial<'_>, hidden: Hidden) -> Result<(EventStream, WaveFormat), Stop> {
    let link = trial.machine.interfaces(&hidden.category).into_iter().next();
    let link = link.ok_or_else(|| wrong("no interface of the category for hidden ends"))?;
    let opened = trial.without_faults(|| Endpoint::open(trial.machine, &link));
    let speaker = End::of(opened?).map_err(wrong)?;
    let stream = trial.ask(|| speaker.open(trial.machine, speaker.frames(100)))?;
    Ok((stream, speaker.format))
}

fn hidden(trial: &Trial<'_>) -> Attempt {
    let hidden = described(trial, |vendor| vendor.hidden)?;
    let listener = end(trial, Direction::Capture)?;
    let bridge = listener.endpoint.pins.iter().find(|pin| pin.jacks > 0);
    let bridge = bridge.ok_or_else(|| wrong("the visible end has no jack"))?.id;
    let expect_jack = |plugged: bool| {
        let (set, id) = (&KSPROPSETID_Jack, KSPROPERTY_JACK_DESCRIPTION);
        let (filter, pin) = (&listener.endpoint.filter, request::pin(bridge));
        // KSMULTIPLE_ITEM of 8 bytes, KSJACK_DESCRIPTION of 28 with IsConnected at its end.
        let value = trial.ask(|| get_known(filter, "the jack", set, id, &pin, 36))?;
        trial.expect(Check::Vendor, (number(&value, 32) != 0) == plugged, || {
            format!("the jack is to be plugged in: {plugged}, and is not so")
        })
    };
    let microphone = open(trial, &listener)?;
    start_stream(trial, &microphone)?;
    let (mut speaker, format) = program(trial, hidden)?;
    play(trial, &mut speaker, USUAL)?;
    expect_jack(true)?;
    expect_heard(trial, [format, listener.format], loudest(trial, &microphone)?)?;
    stop(trial, &speaker)?;
    expect_jack(true)?;
    trial.machine.sleep(hidden.hold + Duration::from_millis(20));
    expect_jack(false)?;
    stop(trial, &microphone)
}

fn hidden_device(trial: &Trial<'_>, driver: &Driver<'_>) -> Attempt {
    let hidden = described(trial, |vendor| vendor.hidden)?;
    let device = started(trial, driver)?;
    let (stream, _) = program(trial, hidden)?;
    start_stream(trial, &stream)?;
    device.power_down();
    trial.machine.sleep(Duration::from_millis(25));
    trial.power_up(&device)?;
    expect_progress(trial, stream.pin())?;
    device.surprise_remove();
    trial.machine.sleep(2 * hidden.hold);
    let is_gone = stream.run().is_err_and(|why| why.status == STATUS_DEVICE_REMOVED);
    let there = trial.machine.interfaces(&hidden.category).len();
    trial.expect(Check::Removal, (is_gone, there) == (true, 0), || {
        "a hidden end, or a stream there, outlives its device".to_owned()
    })
}

fn protection(trial: &Trial<'_>) -> Attempt {
    let microphone = open(trial, &end(trial, Direction::Capture)?)?;
    start_stream(trial, &microphone)?;
    let speaker = end(trial, Direction::Render)?;
    let mut film = trial.ask(|| speaker.open(trial.machine, speaker.frames(200)))?;
    play(trial, &mut film, PROTECTED)?;
    let protect = |protected| {
        let what = "the content's rights";
        film.pin().assign_content(protected, false).map_err(|status| Failed { what, status })
    };
    for (protected, wanted) in [(true, 0), (false, PROTECTED.unsigned_abs())] {
        trial.ask(|| protect(protected))?;
        let loudest_sample = loudest(trial, &microphone)?;
        trial.expect(Check::Vendor, loudest_sample == wanted, || {
            format!("{loudest_sample} is heard, not {wanted}")
        })?;
    }
    stop(trial, &film)?;
    stop(trial, &microphone)
}

fn telemetry(trial: &Trial<'_>) -> Attempt {
    let counters = described(trial, |vendor| vendor.counters)?;
    for end in ends(trial)? {
        let stream = open(trial, &end)?;
        start_stream(trial, &stream)?;
        trial.machine.sleep(Duration::from_millis(25));
        let end = end.endpoint;
        let streams = trial.ask(|| counters(&end))?;
        trial.expect(Check::Vendor, streams.len() == 1, || {
            format!("{} streams, not 1", streams.len())
        })?;
        let Some(class) = trial.vendor.and_then(|vendor| vendor.module) else { continue };
        let (set, id) = (&KSPROPSETID_AudioModule, KSPROPERTY_AUDIOMODULE_DESCRIPTORS);
        let list = trial.ask(|| get(&end.filter, "the modules", set, id, &[]))?;
        trial.expect(Check::Vendor, number(&list, 4) == 1, || {
            format!("{} modules", number(&list, 4))
        })?;
        let mut instance = guid_bytes(&class).to_vec();
        instance.extend([0; 8]);
        let id = KSPROPERTY_AUDIOMODULE_COMMAND;
        let notified = trial.ask(|| get(&end.filter, "the module", set, id, &instance))?;
        trial
            .expect(Check::Vendor, !notified.is_empty(), || "the module says nothing".to_owned())?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::melody::STEREO;

    #[test]
    fn one_stream_more_is_asked_for_where_the_limit_was_reached() {
        let found = [None, Some(3), Some(64), Some(65)].map(as_many);
        assert_eq!(found, [(8, false), (3, true), (64, true), (64, false)]);
    }

    #[test]
    fn a_value_is_heard_exactly_where_nothing_converts_it() {
        let (wide, other) =
            (WaveFormat { bits: 32, ..STEREO }, WaveFormat { rate: 44_100, ..STEREO });
        for loudest in [0, 1, 999, 1000, 1001] {
            assert_eq!(is_heard([STEREO; 2], loudest), loudest == 1000);
            for formats in [[wide; 2], [STEREO, other], [other, STEREO]] {
                assert_eq!(is_heard(formats, loudest), loudest > 0);
            }
        }
    }
}
