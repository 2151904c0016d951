//! Makes the endpoints of a driver in the host sinks and sources of the desktop's sound server, so
//! that any program on the machine can play and record through the driver.
//!
//! ```text
//! a program ─► sink Speaker0 ─► its monitor ─► ring ─► the driver's speaker, event driven
//!                                                              │ the cable
//! a program ◄─ source Microphone0 ◄─ its feed ◄──────── the driver's microphone
//! ```
//!
//! One thread is the client of the driver, another reads the server's messages, a third queries its
//! volumes (`mixer`). The server buffers the jitter of audio sent to it; `ring` buffers the jitter
//! of audio from it.

mod clock;
mod controls;
mod devices;
mod mixer;
mod priority;
mod ring;
mod server;
mod sides;

use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use acx_client::endpoint::{Endpoint, WaveFormat, mode_formats};
use acx_client::event::EventStream;
use acx_client::{Direction, Failed, System};
use acx_conform::play::{Recorder, open_event_at, period_frames};
use acx_conform::run::RunError;
use pulseaudio::protocol::stream::BufferAttr;
use pulseaudio::protocol::{Command, SubscriptionMask};
use serde_json::{Value, json};

use self::clock::Clock;
use self::controls::{Controls, Setting};
use self::devices::{CLIENT, Devices, Stream, sample_format};
use self::mixer::Message;
use self::ring::Ring;
use self::server::{Listen, Server};
use self::sides::{Level, Microphone, Speaker};

pub use self::controls::{Change, Order};
pub use self::priority::Given;
pub use self::server::ServerError;

/// The reason why serving ended.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// An error of the sound server.
    #[error(transparent)]
    Server(#[from] ServerError),
    /// An error of the driver.
    #[error(transparent)]
    Driver(#[from] RunError),
    /// The server ended a stream.
    #[error("the sound server ended the stream of {0}")]
    Killed(String),
    /// The driver has no endpoint whose format the server supports.
    #[error("{0}: no endpoint with a format that a sound server has")]
    NoEndpoint(String),
}

impl From<Failed> for ServeError {
    fn from(failed: Failed) -> Self {
        Self::Driver(failed.into())
    }
}

/// Options of serving.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// The duration in seconds; None until it is stopped.
    pub seconds: Option<f64>,
    /// Duration of a packet.
    pub period_ms: u32,
    /// The audio buffered in each direction beyond a packet.
    pub reserve_ms: u32,
}

/// The current state of a served endpoint.
#[derive(Clone, Debug, PartialEq)]
pub struct State {
    /// The sink or source.
    pub name: String,
    /// The name that users see.
    pub description: String,
    /// A sink, or a source.
    pub direction: Direction,
    /// Its format, in the server and in the driver.
    pub format: WaveFormat,
    /// Packets that the driver completed.
    pub packets: u64,
    /// Packets that this client wrote or read too late.
    pub late: u64,
    /// The number of underruns: too little audio from the server, or in the server.
    pub underruns: u64,
    /// Overruns: frames dropped by this client, or times that the server's buffer was full.
    pub overruns: u64,
    /// Queued frames: for a sink, waiting for the driver; for a source, in the server.
    pub queued: u64,
    /// The level of its loudest channel in the driver, in dB, if the driver has a volume.
    pub volume: Option<f64>,
    /// Whether it is muted in the driver, if the driver has a mute.
    pub is_muted: Option<bool>,
    /// The trim of the driver's clock in parts per million, and whether it is locked to the
    /// server's, if it follows this endpoint's stream.
    pub trim: Option<(f64, bool)>,
}

impl State {
    /// The number of glitches.
    pub const fn glitches(&self) -> u64 {
        self.late + self.underruns + self.overruns
    }

    /// As JSON.
    pub fn value(&self) -> Value {
        json!({
            "name": self.name, "description": self.description,
            "kind": match self.direction { Direction::Render => "sink", Direction::Capture => "source" },
            "format": self.format.to_string(), "packets": self.packets, "late": self.late,
            "underruns": self.underruns, "overruns": self.overruns, "queued_frames": self.queued,
            "volume_db": self.volume, "muted": self.is_muted,
            "trim_ppm": self.trim.map(|(ppm, _)| ppm), "in_step": self.trim.map(|(_, is)| is),
        })
    }
}

/// The header of a table of [`State`]s.
pub const HEAD: &str =
    "device          packets    late  underruns  overruns    volume        clock";

impl std::fmt::Display for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { name, packets, late, underruns, overruns, .. } = self;
        let volume = match (self.volume, self.is_muted) {
            (_, Some(true)) => "muted".to_owned(),
            (Some(decibels), _) => format!("{decibels:.1} dB"),
            (None, _) => "-".to_owned(),
        };
        let clock = self.trim.map_or_else(|| "-".to_owned(), |(ppm, _)| format!("{ppm:+.1} ppm"));
        let mut line = String::new();
        write!(
            line,
            "{name:<14} {packets:>8} {late:>7} {underruns:>10} {overruns:>9} {volume:>9} {clock:>12}"
        )?;
        f.write_str(&line)
    }
}

/// An observer of serving.
pub trait Watcher {
    /// Whether serving should end.
    fn is_stopped(&self) -> bool;

    /// The devices exist. `left` stale modules of other processes were removed; `priority` is the
    /// source of real-time priority, if any.
    fn began(&mut self, states: &[State], left: usize, priority: Option<Given>);

    /// A second has passed.
    fn seen(&mut self, seconds: f64, states: &[State]);

    /// A jack was plugged in or unplugged, and its device was created or removed.
    fn jack(&mut self, name: &str, is_plugged: bool);

    /// The default format of an endpoint has changed, and its device now has it.
    fn format(&mut self, name: &str, format: WaveFormat);

    /// The next change to make in the driver.
    fn order(&mut self) -> Option<Order>;

    /// A change could not be made.
    fn refused(&mut self, order: &Order, why: &str);
}

/// The time between two reports.
const LOOK: f64 = 1.0;

/// The interval at which a stop request is checked.
const TURN: Duration = Duration::from_millis(100);

/// The maximum length of the pieces in which the server sends programs' audio: a longer one would
/// arrive late.
const PIECE_MS: u32 = 2;

/// The maximum audio beyond the reserve, above which the surplus is dropped.
const SURPLUS_MS: u32 = 100;

/// The server's state of a stream that it plays.
#[derive(Default)]
struct Playback {
    underruns: u64,
    overruns: u64,
    /// Whether it plays.
    flows: bool,
    /// Bytes that it requested: those it has played, and those it wants to buffer beyond that.
    requested: u64,
    /// The time of the last request.
    asked: Option<Instant>,
    /// The number of times that its buffer ran empty.
    emptied: u64,
    /// At the last such time: bytes that it had played, and bytes that it had requested.
    empty_at: (u64, u64),
}

/// A device by its direction, and the channel of its stream.
type Key = (Direction, u32);

/// The server's messages.
#[derive(Default)]
struct Inbox {
    rings: HashMap<u32, Ring>,
    /// The time of the newest audio of each stream.
    came: HashMap<u32, Instant>,
    playbacks: HashMap<u32, Playback>,
    /// Streams that the server ended.
    killed: Vec<Key>,
    /// The settings to make in the driver.
    wanted: Vec<(Key, Setting)>,
}

#[derive(Clone)]
struct Shared {
    inbox: Arc<Mutex<Inbox>>,
    mixer: Sender<Message>,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Inbox> {
        self.inbox.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Listen for Shared {
    fn audio(&self, channel: u32, bytes: &[u8]) {
        let now = Instant::now();
        let mut inbox = self.lock();
        if let Some(ring) = inbox.rings.get_mut(&channel) {
            ring.push(bytes);
            inbox.came.insert(channel, now);
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
                // Before the first audio it is not an underrun.
                playback.underruns += u64::from(playback.flows);
                playback.flows = false;
                playback.emptied += 1;
                playback.empty_at = (what.offset.cast_unsigned(), playback.requested);
            }
            Command::Request(what) => {
                let playback = inbox.playbacks.entry(what.channel).or_default();
                playback.requested += u64::from(what.length);
                playback.asked = Some(Instant::now());
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
            Command::SubscribeEvent(_) => {
                let _ = self.mixer.send(Message::Changed);
            }
            _ => {}
        }
    }
}

/// One end of the driver.
enum Side {
    Speaker(Speaker),
    Microphone(Microphone),
}

/// An endpoint of the driver that can be served.
struct End {
    /// The endpoint, with the other filters of a composite one.
    path: Vec<Endpoint>,
    format: WaveFormat,
    description: String,
    controls: Controls,
    /// Whether the clock of its cable follows the server through this stream.
    leads: bool,
}

impl End {
    fn endpoint(&self) -> &Endpoint {
        &self.path[0]
    }

    fn is_plugged(&self) -> bool {
        self.controls.is_plugged(&self.path)
    }
}

/// The device of an endpoint, and the streams of both.
struct Served {
    /// The index of the endpoint.
    end: usize,
    name: String,
    side: Side,
    channel: u32,
    modules: Vec<u32>,
    /// The driver's settings at the last check.
    setting: Setting,
    clock: Option<Clock>,
}

impl Served {
    fn key(&self) -> Key {
        let direction = match self.side {
            Side::Speaker(_) => Direction::Render,
            Side::Microphone(_) => Direction::Capture,
        };
        (direction, self.channel)
    }

    fn stream(&self) -> &EventStream {
        match &self.side {
            Side::Speaker(speaker) => &speaker.stream,
            Side::Microphone(microphone) => &microphone.recorder.stream,
        }
    }

    fn stop(&mut self) -> Result<(), Failed> {
        let stream = match &mut self.side {
            Side::Speaker(speaker) => &mut speaker.stream,
            Side::Microphone(microphone) => &mut microphone.recorder.stream,
        };
        stream.pause()?;
        stream.stop()
    }

    fn service(&mut self, server: &Server, shared: &Shared) -> Result<(), ServeError> {
        match &mut self.side {
            Side::Speaker(speaker) => Ok(speaker.service(shared, self.channel)?),
            Side::Microphone(microphone) => microphone.service(server, shared, self.channel),
        }
    }

    /// The time of the server's newest audio, and the length of its stream at that time in frames.
    fn reading(&self, inbox: &Inbox, block: usize) -> Option<(Instant, f64)> {
        let (at, bytes) = match self.side {
            Side::Speaker(_) => {
                let ring = inbox.rings.get(&self.channel)?;
                (*inbox.came.get(&self.channel)?, ring.received)
            }
            Side::Microphone(_) => {
                let playback = inbox.playbacks.get(&self.channel)?;
                (playback.asked?, playback.requested)
            }
        };
        Some((at, bytes as f64 / block as f64))
    }

    fn state(&self, end: &End, inbox: &Inbox) -> State {
        let (packets, late, underruns, overruns, queued) = match &self.side {
            Side::Speaker(speaker) => {
                let ring = inbox.rings.get(&self.channel);
                let (underruns, dropped) =
                    ring.map_or((0, 0), |ring| (ring.underruns, ring.dropped));
                let queued = ring.map_or(0, Ring::frames);
                (speaker.stream.completed().0, speaker.late, underruns, dropped, queued)
            }
            Side::Microphone(Microphone { recorder, packets, level, .. }) => {
                let playback = inbox.playbacks.get(&self.channel);
                let block = end.format.block_align() as u64;
                let queued = playback.map_or(0, |own| level.now(own) / block);
                let (underruns, overruns) =
                    playback.map_or((0, 0), |own| (own.underruns, own.overruns));
                (*packets, recorder.glitches, underruns, overruns, queued)
            }
        };
        let direction = self.key().0;
        State {
            name: self.name.clone(),
            description: end.description.clone(),
            direction,
            format: end.format,
            packets,
            late,
            underruns,
            overruns,
            queued,
            volume: self.setting.levels.iter().max().map(|level| f64::from(*level) / 65_536.0),
            is_muted: self.setting.is_muted,
            trim: self.clock.as_ref().map(|clock| (clock.ppm(), clock.is_locked())),
        }
    }
}

/// The default format of an endpoint's first mode with a default that the server supports.
fn format_of(endpoint: &Endpoint) -> Option<WaveFormat> {
    let pin = endpoint.host_pin().ok()?;
    let of_mode = |(mode, _): &_| mode_formats(&endpoint.filter, pin.id, mode).unwrap_or_default();
    let mut formats = pin.modes.iter().flat_map(of_mode);
    formats.find(|format| sample_format(*format).is_some() && (1..=32).contains(&format.channels))
}

/// The endpoints that can be served.
fn ends(system: &dyn System, driver: &str) -> Result<Vec<End>, ServeError> {
    let mut endpoints = Endpoint::all(system, Direction::Render)?;
    endpoints.extend(Endpoint::all(system, Direction::Capture)?);
    let mut ends: Vec<End> = Vec::new();
    for endpoint in endpoints {
        let Some(format) = format_of(&endpoint) else { continue };
        let description = format!("{} ({driver})", endpoint.name());
        // Both ends of a cable have one clock, which follows the speaker's stream.
        let cable = |own: &Endpoint| acx_client::hidden::cable(own.name(), own.direction);
        let leads = cable(&endpoint).is_some()
            && !ends.iter().any(|other| cable(other.endpoint()) == cable(&endpoint));
        let mut path = endpoint.behind(system)?;
        path.insert(0, endpoint);
        let controls = Controls::of(&path, format.channels);
        ends.push(End { path, format, description, controls, leads });
    }
    if ends.is_empty() {
        return Err(ServeError::NoEndpoint(driver.to_owned()));
    }
    Ok(ends)
}

/// Serves every endpoint of a system until the time is over or the watcher stops it. Returns the
/// final states.
///
/// # Errors
///
/// [`ServeError`]. The devices are then removed, too.
pub fn serve(
    driver: &str,
    system: &dyn System,
    options: Options,
    watcher: &mut dyn Watcher,
) -> Result<Vec<State>, ServeError> {
    let ends = ends(system, driver)?;
    let (mixer, messages) = channel();
    let shared = Shared { inbox: Arc::default(), mixer };
    let client = std::ffi::CString::new(CLIENT).unwrap_or_default();
    let server = Server::connect(&client, shared.clone())?;
    let what = "to say when a volume changes";
    let mask = SubscriptionMask::SINK | SubscriptionMask::SOURCE;
    server.tell(what, &Command::Subscribe(mask))?;
    let (devices, left) = Devices::new(&server)?;
    std::thread::scope(|scope| {
        let (server, shared, served) = (&server, &shared, Vec::new());
        scope.spawn(move || mixer::run(server, shared, &messages));
        let start = Instant::now();
        Session { system, options, ends, server, shared, devices, served, start }.run(left, watcher)
    })
}

/// The state of a running session.
struct Session<'a> {
    system: &'a dyn System,
    options: Options,
    ends: Vec<End>,
    server: &'a Server,
    shared: &'a Shared,
    devices: Devices<'a>,
    served: Vec<Served>,
    start: Instant,
}

impl Drop for Session<'_> {
    fn drop(&mut self) {
        let _ = self.shared.mixer.send(Message::Stop);
    }
}

impl Session<'_> {
    fn run(mut self, left: usize, watcher: &mut dyn Watcher) -> Result<Vec<State>, ServeError> {
        let priority = priority::ask();
        for index in 0..self.ends.len() {
            if self.ends[index].is_plugged() {
                self.add(index)?;
            }
        }
        // Microphones first, so that a cable is recorded from its first frame.
        for own in self.served.iter().rev() {
            own.stream().run()?;
        }
        watcher.began(&self.states(), left, priority);
        let mut events = self.events();
        let (mut next_look, mut next_turn) = (LOOK, TURN);
        let seconds = self.options.seconds.unwrap_or(f64::INFINITY);
        while !watcher.is_stopped() && self.start.elapsed().as_secs_f64() < seconds {
            if let Some(index) = self.system.wait_any(&events, TURN) {
                self.served[index].service(self.server, self.shared)?;
                self.follow(index)?;
            }
            self.server.still_there()?;
            let killed = self.shared.lock().killed.pop();
            if let Some(own) = self.served.iter().find(|own| Some(own.key()) == killed) {
                return Err(ServeError::Killed(own.name.clone()));
            }
            while let Some(order) = watcher.order() {
                self.obey(&order).unwrap_or_else(|why| watcher.refused(&order, &why));
            }
            if self.start.elapsed() >= next_turn {
                next_turn = self.start.elapsed() + TURN;
                self.settings()?;
                self.jacks(watcher)?;
                events = self.events();
            }
            let now = self.start.elapsed().as_secs_f64();
            if now >= next_look {
                self.formats(watcher)?;
                events = self.events();
                watcher.seen(now, &self.states());
                next_look += LOOK;
            }
        }
        let last = self.states();
        for own in &mut self.served {
            own.stop()?;
        }
        Ok(last)
    }

    /// The driver's packet events.
    fn events(&self) -> Vec<u64> {
        self.served.iter().map(|own| own.stream().event()).collect()
    }

    fn states(&self) -> Vec<State> {
        let inbox = self.shared.lock();
        self.served.iter().map(|own| own.state(&self.ends[own.end], &inbox)).collect()
    }

    /// Lets the driver's clock follow the server's.
    fn follow(&mut self, index: usize) -> Result<(), Failed> {
        let own = &mut self.served[index];
        let end = &self.ends[own.end];
        let reading = own.reading(&self.shared.lock(), end.format.block_align());
        let (Some((at, frames)), Some(clock)) = (reading, &mut own.clock) else { return Ok(()) };
        let at = at.saturating_duration_since(self.start).as_secs_f64();
        clock.follow(end.endpoint(), (at, frames / f64::from(end.format.rate)))
    }

    /// Applies the settings of the server's devices to the driver, and reports changes in the
    /// driver.
    fn settings(&mut self) -> Result<(), Failed> {
        let wanted = std::mem::take(&mut self.shared.lock().wanted);
        for own in &mut self.served {
            let end = &self.ends[own.end];
            // Of several settings use the newest.
            let new = wanted.iter().rev().find(|(key, _)| *key == own.key());
            if let Some((_, setting)) = new {
                end.controls.set(&end.path, setting)?;
            }
            let setting = end.controls.get(&end.path);
            if new.is_some() || setting != own.setting {
                own.setting.clone_from(&setting);
                let (key, was_asked) = (own.key(), new.is_some());
                let _ = self.shared.mixer.send(Message::Driver { key, setting, was_asked });
            }
        }
        Ok(())
    }

    /// An endpoint whose jack is unplugged has no device.
    fn jacks(&mut self, watcher: &mut dyn Watcher) -> Result<(), ServeError> {
        for index in 0..self.ends.len() {
            let is_plugged = self.ends[index].is_plugged();
            match (is_plugged, self.place(index)) {
                (true, None) => self.bring(index)?,
                (false, Some(place)) => self.take(place)?,
                _ => continue,
            }
            watcher.jack(self.ends[index].endpoint().name(), is_plugged);
        }
        Ok(())
    }

    /// If the default format of an endpoint has changed, its device is created again in that
    /// format. A format that the server does not support leaves the device unchanged.
    fn formats(&mut self, watcher: &mut dyn Watcher) -> Result<(), ServeError> {
        for index in 0..self.ends.len() {
            let end = &mut self.ends[index];
            let Some(format) = format_of(end.endpoint()) else { continue };
            if format == end.format {
                continue;
            }
            end.format = format;
            end.controls = Controls::of(&end.path, format.channels);
            if let Some(place) = self.place(index) {
                self.take(place)?;
                self.bring(index)?;
                watcher.format(self.ends[index].endpoint().name(), format);
            }
        }
        Ok(())
    }

    /// The index of an endpoint's device, if it has one.
    fn place(&self, index: usize) -> Option<usize> {
        self.served.iter().position(|own| own.end == index)
    }

    /// Creates the device of an endpoint and runs it.
    fn bring(&mut self, index: usize) -> Result<(), ServeError> {
        self.add(index)?;
        if let Some(own) = self.served.last() {
            own.stream().run()?;
        }
        Ok(())
    }

    /// Removes a device and its streams.
    fn take(&mut self, place: usize) -> Result<(), ServeError> {
        let mut own = self.served.remove(place);
        let _ = self.shared.mixer.send(Message::Removed(own.key()));
        own.stop()?;
        self.devices.remove(&own.modules);
        Ok(())
    }

    /// Makes a change in the driver.
    fn obey(&self, order: &Order) -> Result<(), String> {
        let named = self.ends.iter().find(|end| end.endpoint().name() == order.name);
        let end = named.ok_or_else(|| {
            let names: Vec<_> = self.ends.iter().map(|end| end.endpoint().name()).collect();
            format!("no endpoint is called so; there are {}", names.join(", "))
        })?;
        let made = order.change.make(end.controls, &end.path);
        made.map_err(|failed| failed.to_string())
    }

    /// Creates the device of an endpoint, and the streams on both sides.
    fn add(&mut self, index: usize) -> Result<(), ServeError> {
        let End { path, format, description, controls, leads } = &self.ends[index];
        let endpoint = &path[0];
        let (format, options) = (*format, self.options);
        let bytes = |span| period_frames(format, span) * format.block_align() as u32;
        let [period, reserve] =
            [options.period_ms, options.period_ms + options.reserve_ms].map(bytes);
        let most = reserve + bytes(SURPLUS_MS);
        let stream = open_event_at(self.system, endpoint, format, options.period_ms)?;
        let name = endpoint.name();
        let (side, made) = match endpoint.direction {
            Direction::Render => {
                let speaker = Speaker::prepare(stream)?;
                let made =
                    self.devices.speaker(name, description, format, period.min(bytes(PIECE_MS)))?;
                let ring = Ring::new(format.block_align(), reserve as usize, most as usize);
                self.shared.lock().rings.insert(made.channel, ring);
                (Side::Speaker(speaker), made)
            }
            Direction::Capture => {
                let recorder = Recorder::prepare(stream)?;
                let buffer = BufferAttr {
                    max_length: most,
                    target_length: reserve,
                    pre_buffering: reserve,
                    minimum_request_length: period.min(bytes(PIECE_MS)),
                    ..BufferAttr::default()
                };
                let made = self.devices.microphone(name, description, format, buffer)?;
                let playback = Playback { requested: made.requested.into(), ..Playback::default() };
                let mut inbox = self.shared.lock();
                let old = inbox.playbacks.insert(made.channel, playback);
                // Messages that arrived before it was registered.
                if let (Some(old), Some(own)) = (old, inbox.playbacks.get_mut(&made.channel)) {
                    own.requested += old.requested;
                }
                drop(inbox);
                let reserve = vec![0; reserve as usize];
                let level = Level::new(made.target);
                let microphone = Microphone { recorder, packets: 0, reserve, waited: None, level };
                (Side::Microphone(microphone), made)
            }
        };
        let Stream { channel, index: stream, device: name, modules, .. } = made;
        let setting = controls.get(path);
        let clock = leads.then(|| Clock::of(endpoint)).flatten();
        let end = index;
        let own = Served { end, name, side, channel, modules, setting: setting.clone(), clock };
        let _ = self.shared.mixer.send(Message::Added(mixer::Device {
            key: own.key(),
            name: std::ffi::CString::new(own.name.as_str()).unwrap_or_default(),
            stream,
            channels: format.channels as u8,
            takes_back: !(self.devices.is_pipewire && endpoint.direction == Direction::Render),
            seen: None,
            taken_back: vec![1 << 16; format.channels.into()],
            setting,
        }));
        self.served.push(own);
        Ok(())
    }
}
