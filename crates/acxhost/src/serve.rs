//! The endpoints of a driver in the host as sinks and sources of the desktop's sound server, so that
//! any program of the machine plays and records through the driver.
//!
//! ```text
//! a program ─► sink Speaker0 ─► its monitor ─► ring ─► the driver's speaker, event driven
//!                                                              │ the cable
//! a program ◄─ source Microphone0 ◄─ its feed ◄──────── the driver's microphone
//! ```
//!
//! One thread is the client of the driver, another reads what the server sends. The server bridges the
//! jitter of what goes to it, `ring` of what comes from it.

mod devices;
mod ring;
mod server;

use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use acx_client::endpoint::{Endpoint, WaveFormat};
use acx_client::event::EventStream;
use acx_client::{Direction, Failed, System};
use acx_conform::play::{Recorder, open_event_at, period_frames};
use acx_conform::run::RunError;
use acx_sys::{STATUS_DATA_LATE_ERROR, STATUS_DATA_OVERRUN};
use pulseaudio::protocol::Command;
use pulseaudio::protocol::stream::BufferAttr;
use serde_json::{Value, json};

use self::devices::{CLIENT, Devices, Stream, sample_format};
use self::ring::Ring;
use self::server::{Listen, Server};

pub use self::server::ServerError;

/// Serving ended.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// Because of the sound server.
    #[error(transparent)]
    Server(#[from] ServerError),
    /// Because of the driver.
    #[error(transparent)]
    Driver(#[from] RunError),
    /// The server ended a stream.
    #[error("the sound server ended the stream of {0}")]
    Killed(String),
    /// The driver has no endpoint that the server could carry.
    #[error("{0}: no endpoint with a format that a sound server has")]
    NoEndpoint(String),
}

impl From<Failed> for ServeError {
    fn from(failed: Failed) -> Self {
        Self::Driver(failed.into())
    }
}

/// How to serve.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// How long; None is until it is stopped.
    pub seconds: Option<f64>,
    /// Duration of a packet.
    pub period_ms: u32,
    /// How much audio each way is kept in reserve beside a packet.
    pub reserve_ms: u32,
}

/// An endpoint that is served, as it is now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct State {
    /// The sink or source.
    pub name: String,
    /// What people see.
    pub description: String,
    /// A sink, or a source.
    pub direction: Direction,
    /// Its format, at the server and at the driver.
    pub format: WaveFormat,
    /// Packets that went through the driver.
    pub packets: u64,
    /// Packets that this client brought or took too late.
    pub late: u64,
    /// Times that there was too little audio: from the server, or at the server.
    pub underruns: u64,
    /// Frames that were dropped because they were too many: by this client, or times that the server
    /// had no room.
    pub overruns: u64,
    /// Frames of a sink that wait for the driver.
    pub queued: u64,
}

impl State {
    /// How often something went wrong.
    pub const fn glitches(&self) -> u64 {
        self.late + self.underruns + self.overruns
    }

    /// For programs.
    pub fn value(&self) -> Value {
        json!({
            "name": self.name, "description": self.description,
            "kind": match self.direction { Direction::Render => "sink", Direction::Capture => "source" },
            "format": self.format.to_string(), "packets": self.packets, "late": self.late,
            "underruns": self.underruns, "overruns": self.overruns, "queued_frames": self.queued,
        })
    }
}

/// The words above a table of [`State`]s.
pub const HEAD: &str = "device        kind    packets    late  underruns  overruns  format";

impl std::fmt::Display for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let kind = match self.direction {
            Direction::Render => "sink",
            Direction::Capture => "source",
        };
        let Self { name, packets, late, underruns, overruns, format, .. } = self;
        let mut line = String::new();
        write!(
            line,
            "{name:<13} {kind:<6} {packets:>8} {late:>7} {underruns:>10} {overruns:>9}  {format}"
        )?;
        f.write_str(&line)
    }
}

/// Time between two looks.
const LOOK: f64 = 1.0;

/// How often the end of it is looked for.
const TURN: Duration = Duration::from_millis(100);

/// How much audio is kept at most beyond the reserve before the surplus is dropped.
const SURPLUS_MS: u32 = 100;

/// What the server says of a stream that it plays.
#[derive(Default)]
struct Playback {
    underruns: u64,
    overruns: u64,
    /// It plays what it gets.
    flows: bool,
    /// Bytes that it asked for: what it has played, and what it wants to have beyond that.
    requested: u64,
    /// Times that it played all it had, for whoever counts what it has.
    emptied: u64,
}

/// What came from the server.
#[derive(Default)]
struct Inbox {
    rings: HashMap<u32, Ring>,
    playbacks: HashMap<u32, Playback>,
    /// Streams that the server ended.
    killed: Vec<(Direction, u32)>,
}

#[derive(Clone, Default)]
struct Shared(Arc<Mutex<Inbox>>);

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Inbox> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Listen for Shared {
    fn audio(&self, channel: u32, bytes: &[u8]) {
        if let Some(ring) = self.lock().rings.get_mut(&channel) {
            ring.push(bytes);
        }
    }

    fn event(&self, event: Command) {
        let mut inbox = self.lock();
        match event {
            Command::Started(channel) => {
                inbox.playbacks.entry(channel).or_default().flows = true;
            }
            Command::Underflow(what) => {
                let playback = inbox.playbacks.entry(what.channel).or_default();
                // Before the first audio there is none.
                playback.underruns += u64::from(playback.flows);
                playback.flows = false;
                playback.emptied += 1;
            }
            Command::Request(what) => {
                let playback = inbox.playbacks.entry(what.channel).or_default();
                playback.requested += u64::from(what.length);
            }
            Command::Overflow(channel) => {
                inbox.playbacks.entry(channel).or_default().overruns += 1;
            }
            Command::PlaybackStreamKilled(channel) => {
                inbox.killed.push((Direction::Capture, channel));
            }
            Command::RecordStreamKilled(channel) => {
                inbox.killed.push((Direction::Render, channel));
            }
            _ => {}
        }
    }
}

/// A speaker of the driver: what programs play goes there.
struct Speaker {
    stream: EventStream,
    next: u64,
    late: u64,
    packet: Vec<u8>,
}

impl Speaker {
    fn prepare(stream: EventStream) -> Result<Self, Failed> {
        stream.prepare()?;
        let packet = vec![0; stream.packet_bytes()];
        let mut speaker = Self { stream, next: 0, late: 0, packet };
        // Two packets of silence are there before it runs.
        for _ in 0..2 {
            speaker.hand_over(true)?;
        }
        Ok(speaker)
    }

    fn hand_over(&mut self, is_first: bool) -> Result<(), Failed> {
        match self.stream.write(self.next, &self.packet, None) {
            Ok(()) => {}
            // Whether the first packet is late before the stream runs is left open: suite case B5.
            Err(late) if late.status == STATUS_DATA_LATE_ERROR && is_first => {}
            Err(late) if [STATUS_DATA_LATE_ERROR, STATUS_DATA_OVERRUN].contains(&late.status) => {
                self.late += 1;
            }
            Err(error) => return Err(error),
        }
        self.next += 1;
        Ok(())
    }

    /// On the event: the packet after the one that plays now.
    fn service(&mut self, shared: &Shared, channel: u32) -> Result<(), Failed> {
        let wanted = self.stream.completed().0 + 1;
        if self.next < wanted {
            self.late += wanted - self.next;
            self.next = wanted;
        }
        if self.next > wanted {
            return Ok(());
        }
        if let Some(ring) = shared.lock().rings.get_mut(&channel) {
            ring.take(&mut self.packet);
        }
        self.hand_over(false)
    }
}

/// A microphone of the driver: what it records goes to the server.
struct Microphone {
    recorder: Recorder,
    packets: u64,
    /// Silence for the server to begin with.
    reserve: Vec<u8>,
    /// Packets since the server got it and has not begun to play.
    waited: Option<u32>,
    level: Level,
}

/// How much audio the server has of a stream, by what it was sent and what it asks for.
#[derive(Default)]
struct Level {
    /// Bytes that the server wants to have.
    target: u64,
    sent: u64,
    /// How often it had been empty when that was counted.
    emptied: u64,
    /// Packets in this window, and the lowest level before one.
    window: (u32, u64),
    /// Windows one after the other that had a surplus, and packets to leave out.
    surpluses: u32,
    surplus: u64,
}

impl Level {
    /// Whether a packet is left out, because the server has had more than `usual` bytes before each of
    /// many: a stall left them, and they would be heard as latency for ever. Silence goes at once,
    /// anything else when the surplus has been there for long.
    fn leaves_out(&mut self, packet: &[u8], usual: u64, playback: &mut Playback) -> bool {
        if self.emptied != playback.emptied {
            self.emptied = playback.emptied;
            self.sent = playback.requested.saturating_sub(self.target);
            (self.window, self.surpluses, self.surplus) = ((0, u64::MAX), 0, 0);
        }
        let level = (self.sent + self.target).saturating_sub(playback.requested);
        let (count, lowest) = self.window;
        self.window = (count + 1, lowest.min(level));
        if self.window.0 >= ring::WINDOW {
            let surplus = self.window.1.saturating_sub(usual) / packet.len() as u64;
            self.window = (0, u64::MAX);
            // A packet or two are jitter.
            self.surplus = surplus.saturating_sub(2);
            self.surpluses = if self.surplus > 0 { self.surpluses + 1 } else { 0 };
        }
        let is_silence = packet.iter().all(|byte| *byte == 0);
        if self.surplus == 0 || !is_silence && self.surpluses < ring::PATIENCE {
            return false;
        }
        self.surplus -= 1;
        playback.overruns += u64::from(!is_silence);
        true
    }
}

/// Packets after which a server that does not begin is asked again.
const WAITED: u32 = 200;

impl Microphone {
    /// On the event: hands on what was recorded.
    ///
    /// A stream that does not play yet gets its reserve at once, and nothing more until it plays: with
    /// each piece that comes before, PulseAudio begins anew, and pieces that come as fast as it begins
    /// keep it from playing at all.
    fn service(
        &mut self,
        server: &Server,
        shared: &Shared,
        channel: u32,
    ) -> Result<(), ServeError> {
        let mut played = Ok(());
        let Self { recorder, packets, reserve, waited, level } = self;
        recorder.service(|packet| {
            *packets += 1;
            let mut inbox = shared.lock();
            let playback = inbox.playbacks.entry(channel).or_default();
            let audio: Option<&[u8]> = match *waited {
                _ if playback.flows => {
                    *waited = None;
                    let usual = (reserve.len() - packet.len()) as u64;
                    (!level.leaves_out(packet, usual, playback)).then_some(packet)
                }
                Some(packets) if packets < WAITED => {
                    *waited = Some(packets + 1);
                    None
                }
                _ => {
                    *waited = Some(0);
                    Some(reserve)
                }
            };
            drop(inbox);
            if let (Ok(()), Some(audio)) = (&played, audio) {
                level.sent += audio.len() as u64;
                played = server.play(channel, audio);
            }
        })?;
        Ok(played?)
    }
}

/// One end of the driver.
enum Side {
    Speaker(Speaker),
    Microphone(Microphone),
}

/// An endpoint, its device and their streams.
struct Served {
    name: String,
    description: String,
    format: WaveFormat,
    side: Side,
    channel: u32,
}

impl Served {
    /// Whether its stream at the server is this one.
    fn is_at(&self, (direction, channel): (Direction, u32)) -> bool {
        let own = match self.side {
            Side::Speaker(_) => Direction::Render,
            Side::Microphone(_) => Direction::Capture,
        };
        (own, self.channel) == (direction, channel)
    }

    fn stream(&self) -> &EventStream {
        match &self.side {
            Side::Speaker(speaker) => &speaker.stream,
            Side::Microphone(microphone) => &microphone.recorder.stream,
        }
    }

    fn service(&mut self, server: &Server, shared: &Shared) -> Result<(), ServeError> {
        match &mut self.side {
            Side::Speaker(speaker) => Ok(speaker.service(shared, self.channel)?),
            Side::Microphone(microphone) => microphone.service(server, shared, self.channel),
        }
    }

    fn state(&self, inbox: &Inbox) -> State {
        let (direction, packets, late, underruns, overruns) = match &self.side {
            Side::Speaker(speaker) => {
                let ring = inbox.rings.get(&self.channel);
                let (underruns, dropped) =
                    ring.map_or((0, 0), |ring| (ring.underruns, ring.dropped));
                let packets = speaker.stream.completed().0;
                (Direction::Render, packets, speaker.late, underruns, dropped)
            }
            Side::Microphone(Microphone { recorder, packets, .. }) => {
                let playback = inbox.playbacks.get(&self.channel);
                let (underruns, overruns) =
                    playback.map_or((0, 0), |own| (own.underruns, own.overruns));
                (Direction::Capture, *packets, recorder.glitches, underruns, overruns)
            }
        };
        let (name, description) = (self.name.clone(), self.description.clone());
        let format = self.format;
        // Channels of both directions are counted on their own.
        let ring = inbox.rings.get(&self.channel).filter(|_| direction == Direction::Render);
        let queued = ring.map_or(0, Ring::frames);
        State { name, description, direction, format, packets, late, underruns, overruns, queued }
    }
}

/// What the driver streams at an endpoint where nothing else is asked for, and the server can carry:
/// the default of the first mode that has one.
fn format_of(endpoint: &Endpoint) -> Option<WaveFormat> {
    let modes = endpoint.host_pin().into_iter().flat_map(|pin| &pin.modes);
    let mut formats = modes.flat_map(|(_, formats)| formats).copied();
    formats.find(|format| sample_format(*format).is_some() && (1..=32).contains(&format.channels))
}

/// Serves every endpoint of a system until the time is over or `is_stopped`. `began` is called once
/// the devices are there, with how many were left behind by others and are gone; `seen` every second.
/// Gives how it was at the end.
///
/// # Errors
///
/// [`ServeError`]. The devices are gone then, too.
pub fn serve(
    driver: &str,
    system: &dyn System,
    options: Options,
    is_stopped: &dyn Fn() -> bool,
    began: &mut dyn FnMut(&[State], usize),
    seen: &mut dyn FnMut(f64, &[State]),
) -> Result<Vec<State>, ServeError> {
    let mut ends = Endpoint::all(system, Direction::Render)?;
    ends.extend(Endpoint::all(system, Direction::Capture)?);
    let shared = Shared::default();
    let client = std::ffi::CString::new(CLIENT).unwrap_or_default();
    let server = Server::connect(&client, shared.clone())?;
    let (mut devices, left) = Devices::new(&server)?;
    let mut served = Vec::new();
    for end in &ends {
        if let Some(format) = format_of(end) {
            let description = format!("{} ({driver})", end.name());
            served.push(start(system, end, (format, description), options, &shared, &mut devices)?);
        }
    }
    if served.is_empty() {
        return Err(ServeError::NoEndpoint(driver.to_owned()));
    }
    // Microphones first: a cable that is heard from its first frame.
    for own in served.iter().rev() {
        own.stream().run()?;
    }
    let states = |served: &[Served]| {
        let inbox = shared.lock();
        served.iter().map(|own| own.state(&inbox)).collect::<Vec<_>>()
    };
    began(&states(&served), left);
    let events: Vec<u64> = served.iter().map(|own| own.stream().event()).collect();
    let frequency = system.qpc_frequency() as f64;
    let start = system.qpc();
    let since = || (system.qpc() - start) as f64 / frequency;
    let mut next_look = LOOK;
    while !is_stopped() && options.seconds.is_none_or(|seconds| since() < seconds) {
        if let Some(index) = system.wait_any(&events, TURN) {
            served[index].service(&server, &shared)?;
        }
        server.still_there()?;
        let killed = shared.lock().killed.pop();
        if let Some(own) = killed.and_then(|gone| served.iter().find(|own| own.is_at(gone))) {
            return Err(ServeError::Killed(own.name.clone()));
        }
        if since() >= next_look {
            seen(since(), &states(&served));
            next_look += LOOK;
        }
    }
    let last = states(&served);
    for own in &mut served {
        let stream = match &mut own.side {
            Side::Speaker(speaker) => &mut speaker.stream,
            Side::Microphone(microphone) => &mut microphone.recorder.stream,
        };
        stream.pause()?;
        stream.stop()?;
    }
    Ok(last)
}

/// Makes the device of an endpoint, and the streams on both sides.
fn start(
    system: &dyn System,
    end: &Endpoint,
    (format, description): (WaveFormat, String),
    options: Options,
    shared: &Shared,
    devices: &mut Devices<'_>,
) -> Result<Served, ServeError> {
    let name = end.name().to_owned();
    let bytes = |span| period_frames(format, span) * format.block_align() as u32;
    let [period, reserve] = [options.period_ms, options.period_ms + options.reserve_ms].map(bytes);
    let most = reserve + bytes(SURPLUS_MS);
    let stream = open_event_at(system, end, format, options.period_ms)?;
    let (side, Stream { channel, device, .. }) = match end.direction {
        Direction::Render => {
            let speaker = Speaker::prepare(stream)?;
            let made = devices.speaker(&name, &description, format, period)?;
            let ring = Ring::new(format.block_align(), reserve as usize, most as usize);
            shared.lock().rings.insert(made.channel, ring);
            (Side::Speaker(speaker), made)
        }
        Direction::Capture => {
            let recorder = Recorder::prepare(stream)?;
            let buffer = BufferAttr {
                max_length: most,
                target_length: reserve,
                pre_buffering: reserve,
                minimum_request_length: period,
                ..BufferAttr::default()
            };
            let made = devices.microphone(&name, &description, format, buffer)?;
            let reserve = vec![0; reserve as usize];
            let playback = Playback { requested: made.requested.into(), ..Playback::default() };
            let mut inbox = shared.lock();
            let old = inbox.playbacks.insert(made.channel, playback);
            // What it said before it was here.
            if let (Some(old), Some(own)) = (old, inbox.playbacks.get_mut(&made.channel)) {
                own.requested += old.requested;
            }
            drop(inbox);
            let level = Level { target: made.target.into(), ..Level::default() };
            let microphone = Microphone { recorder, packets: 0, reserve, waited: None, level };
            (Side::Microphone(microphone), made)
        }
    };
    Ok(Served { name: device, description, format, side, channel })
}
