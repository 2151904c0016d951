//! Playback through the speaker while the microphone records, event driven or timer driven, in one
//! loop on one thread.

use std::io::{self, Read};
use std::mem;
use std::time::Duration;

use acx_client::bytes::guid_bytes;
use acx_client::endpoint::{Endpoint, WaveFormat, preferred_format};
use acx_client::event::{EventStream, ReadPacket};
use acx_client::hidden::{self, HiddenEnd};
use acx_client::timer::TimerStream;
use acx_client::{Direction, Failed, System};
use acx_sys::{
    AUDIO_SIGNALPROCESSINGMODE_RAW, GUID, KSSTATE, STATUS_DATA_LATE_ERROR, STATUS_DATA_OVERRUN,
    STATUS_DEVICE_NOT_READY,
};

use crate::analysis::{IdealLine, Position};
use crate::run::RunError;
use crate::subject::Subject;
use crate::suite::end::{End, before_run};
use crate::suite::{self, guid};

/// Options of streaming.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Duration of a packet, or half of a timer-driven ring.
    pub period_ms: u32,
    /// Whether to use one packet and positions instead of two packets and an event.
    pub timer_driven: bool,
    /// The cable, counted from 0.
    pub cable: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self { period_ms: 10, timer_driven: false, cable: 0 }
    }
}

/// The result of playing.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// Frames that the speaker played.
    pub frames_played: u64,
    /// The recording, from the start of the microphone's stream.
    pub recording: Vec<u8>,
    /// Packets that were late at either end.
    pub glitches: u64,
    /// Packets that the driver completed at both ends; rounds of the ring when timer driven.
    pub packets_completed: u64,
    /// The largest distance of any position from the ideal line, in frames.
    pub max_position_error: f64,
    /// The drift between the two ends in frames.
    pub drift: i64,
}

/// The maximum time without a completed packet, beyond the period itself.
const PATIENCE: Duration = Duration::from_secs(2);

/// The endpoint's format for `wanted`. Only the speaker positions may differ, which a cable
/// ignores.
pub fn listed(endpoint: &Endpoint, wanted: WaveFormat) -> Result<WaveFormat, RunError> {
    let modes = endpoint.host_pin().into_iter().flat_map(|pin| &pin.modes);
    let formats: Vec<WaveFormat> = modes.flat_map(|(_, formats)| formats).copied().collect();
    matching(&formats, wanted).ok_or_else(|| RunError::Format {
        wanted: wanted.to_string(),
        endpoint: endpoint.name().to_owned(),
        has: summary(formats.iter().copied()),
    })
}

/// The format among those that is wanted, or that differs in its speaker positions alone.
fn matching(formats: &[WaveFormat], wanted: WaveFormat) -> Option<WaveFormat> {
    let is_alike = |format: &&WaveFormat| WaveFormat { mask: wanted.mask, ..**format } == wanted;
    let found = formats.iter().find(|format| **format == wanted);
    found.or_else(|| formats.iter().find(is_alike)).copied()
}

/// Summarizes formats in one line: each property with its values.
pub fn summary(formats: impl Iterator<Item = WaveFormat>) -> String {
    let (mut rates, mut channels, mut codings) = (Vec::new(), Vec::new(), Vec::new());
    for format in formats {
        rates.push(format.rate);
        channels.push(format.channels);
        let coding = match (format.float, format.bits == format.valid_bits) {
            (true, _) => "float".to_owned(),
            (false, true) => format!("{} bit", format.bits),
            (false, false) => format!("{} in {} bit", format.valid_bits, format.bits),
        };
        if !codings.contains(&coding) {
            codings.push(coding);
        }
    }
    let (Some(least), Some(most)) = (channels.iter().min(), channels.iter().max()) else {
        return "no format".to_owned();
    };
    rates.sort_unstable();
    rates.dedup();
    let rates: Vec<String> = rates.iter().map(ToString::to_string).collect();
    let channels = match (least, most) {
        (1, 1) => "1 channel".to_owned(),
        (least, most) if least == most => format!("{most} channels"),
        _ => format!("{least} to {most} channels"),
    };
    format!("{} Hz, {channels}, {}", rates.join("/"), codings.join(", "))
}

/// The number of frames of a period.
pub fn period_frames(format: WaveFormat, period_ms: u32) -> u32 {
    (u64::from(format.rate) * u64::from(period_ms)).div_ceil(1000) as u32
}

/// A packet of audio.
#[derive(Default)]
struct Packet {
    bytes: Vec<u8>,
    /// The number of its bytes that are audio; silence fills the rest.
    filled: usize,
}

/// Audio read one packet ahead, so that the last packet is known when it is written.
struct Ahead<R> {
    source: R,
    /// The size of a packet.
    size: usize,
    packet: Packet,
    next: Packet,
}

impl<R: Read> Ahead<R> {
    fn new(source: R, size: usize) -> Result<Self, RunError> {
        let (packet, next) = Default::default();
        let mut ahead = Self { source, size, packet, next };
        ahead.advance()?;
        ahead.advance()?;
        Ok(ahead)
    }

    fn is_last(&self) -> bool {
        self.next.filled == 0
    }

    /// Advances to the next packet.
    fn advance(&mut self) -> Result<(), RunError> {
        mem::swap(&mut self.packet, &mut self.next);
        self.next.filled = fill(&mut self.source, &mut self.next.bytes, self.size)?;
        self.next.bytes.resize(self.size, 0);
        Ok(())
    }
}

/// Reads so many bytes, fewer where the audio ends. Returns their number. Readers of audio give
/// whole frames, so it asks for all that is missing at once.
fn fill(source: &mut impl Read, bytes: &mut Vec<u8>, size: usize) -> Result<usize, RunError> {
    bytes.resize(size, 0);
    let mut filled = 0;
    while filled < size {
        match source.read(&mut bytes[filled..]) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(RunError::Audio(error)),
        }
    }
    bytes.truncate(filled);
    Ok(filled)
}

/// Whether a packet was written too late, or too early.
pub(crate) fn was_missed(answer: Result<(), Failed>) -> Result<bool, Failed> {
    match answer {
        Err(Failed { status: STATUS_DATA_LATE_ERROR | STATUS_DATA_OVERRUN, .. }) => Ok(true),
        answer => answer.map(|()| false),
    }
}

/// The newest packet, if there is one yet.
pub(crate) fn newest(answer: Result<ReadPacket, Failed>) -> Result<Option<u32>, Failed> {
    match answer {
        Err(Failed { status: STATUS_DEVICE_NOT_READY, .. }) => Ok(None),
        answer => answer.map(|read| Some(read.packet)),
    }
}

/// The order in which packets are read.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Sequence(u32);

impl Sequence {
    /// The number of the next packet.
    pub(crate) fn next(self) -> u32 {
        self.0
    }

    /// The number of packets that were lost before this one; None if it was read before.
    pub(crate) fn accept(&mut self, number: u32) -> Option<u32> {
        let lost = number.wrapping_sub(self.0);
        if lost.cast_signed() < 0 {
            return None;
        }
        self.0 = number.wrapping_add(1);
        Some(lost)
    }
}

/// A speaker that plays audio from a reader, event driven.
pub struct Player<R> {
    /// The stream.
    pub stream: EventStream,
    audio: Ahead<R>,
    /// Bytes of audio written.
    played: u64,
    next: u64,
    last: Option<u64>,
    /// Packets that were late.
    pub glitches: u64,
}

impl<R: Read> Player<R> {
    /// Fills both packets; the stream is ready to run.
    ///
    /// # Errors
    ///
    /// Those of the stream, and [`RunError::Audio`].
    pub fn prepare(stream: EventStream, audio: R) -> Result<Self, RunError> {
        stream.prepare()?;
        let audio = Ahead::new(audio, stream.packet_bytes())?;
        let (played, next, last) = (0, 0, None);
        let mut player = Self { stream, audio, played, next, last, glitches: 0 };
        player.hand_over(before_run)?;
        player.hand_over(before_run)?;
        Ok(player)
    }

    /// Writes the next packet; `judge` turns the driver's answer into the one that counts.
    fn hand_over(
        &mut self,
        judge: fn(Result<(), Failed>) -> Result<(), Failed>,
    ) -> Result<(), RunError> {
        if self.last.is_some() {
            return Ok(());
        }
        let (ends, length) = (self.audio.is_last(), self.audio.packet.filled);
        let answer = self.stream.write(self.next, &self.audio.packet.bytes, ends.then_some(length));
        self.glitches += u64::from(was_missed(judge(answer))?);
        if ends {
            self.last = Some(self.next);
        } else {
            self.audio.advance()?;
        }
        self.played += length as u64;
        self.next += 1;
        Ok(())
    }

    /// On the event: writes the packet after the current one.
    ///
    /// # Errors
    ///
    /// Those of the stream, and [`RunError::Audio`].
    pub fn service(&mut self) -> Result<(), RunError> {
        let wanted = self.stream.completed().0 + 1;
        if self.last.is_none() {
            let lost = wanted.saturating_sub(self.next);
            self.glitches += lost;
            self.next += lost;
        }
        if self.next == wanted { self.hand_over(|answer| answer) } else { Ok(()) }
    }

    /// Whether the last packet has been played.
    pub fn finished(&self) -> bool {
        self.last.is_some_and(|last| self.stream.completed().0 > last)
    }

    /// The length of the audio, once the last packet was written.
    fn all(&self) -> Option<u64> {
        self.last.map(|_| self.played)
    }
}

/// An event-driven recording of a microphone.
pub struct Recorder {
    /// The stream.
    pub stream: EventStream,
    packet: Vec<u8>,
    read: Sequence,
    /// Packets that were lost.
    pub glitches: u64,
}

impl Recorder {
    /// Prepares the stream; it is ready to run.
    pub fn prepare(stream: EventStream) -> Result<Self, Failed> {
        stream.prepare()?;
        let packet = vec![0; stream.packet_bytes()];
        Ok(Self { stream, packet, read: Sequence::default(), glitches: 0 })
    }

    /// On the event: reads the newest packet and passes it on. A lost packet is passed on as
    /// silence, so that the position of later packets is right.
    pub fn service(&mut self, mut take: impl FnMut(&[u8])) -> Result<(), Failed> {
        let Some(number) = newest(self.stream.read_packet())? else { return Ok(()) };
        let Some(lost) = self.read.accept(number) else { return Ok(()) };
        self.packet.fill(0);
        for _ in 0..lost {
            self.glitches += 1;
            take(&self.packet);
        }
        self.stream.copy(number, &mut self.packet);
        take(&self.packet);
        Ok(())
    }
}

/// One end of a cable: the endpoint of a direction, by the cable's number.
///
/// # Errors
///
/// [`RunError::NoEnd`]: there is no endpoint of the direction; [`RunError::NoCable`]: there are
/// fewer cables; [`RunError::Hidden`]: the end is hidden.
pub fn end_of(
    system: &dyn System,
    direction: Direction,
    cable: usize,
) -> Result<Endpoint, RunError> {
    let all = hidden::visible(system, direction)?;
    let present = all.len();
    if let Some((_, end)) = all.into_iter().find(|(number, _)| *number == cable) {
        return Ok(end);
    }
    let is_it = |end: &HiddenEnd| end.cable as usize == cable;
    Err(match HiddenEnd::all(system, direction)?.iter().find(|end| is_it(end)) {
        Some(end) => RunError::Hidden { end: end.endpoint.name().to_owned() },
        None if present == 0 => RunError::NoEnd { what: word(direction) },
        None => RunError::NoCable { cable, present },
    })
}

/// The microphone of a cable, for recording its speaker in `format`.
///
/// # Errors
///
/// The microphone does not record the speaker, or does not list the format.
pub fn hearing(
    subject: &Subject,
    system: &dyn System,
    format: WaveFormat,
    cable: usize,
) -> Result<Endpoint, String> {
    suite::cable(subject, system)?;
    let found = end_of(system, Direction::Capture, cable);
    let microphone = found.map_err(|why| why.to_string())?;
    listed(&microphone, format).map_err(|why| why.to_string())?;
    Ok(microphone)
}

/// The word for an endpoint of a direction.
pub const fn word(direction: Direction) -> &'static str {
    match direction {
        Direction::Render => "speaker",
        Direction::Capture => "microphone",
    }
}

/// The format that streams at an endpoint have where the choice does not matter:
/// [`STEREO`](crate::melody::STEREO) where it is listed.
///
/// # Errors
///
/// [`RunError::Wrong`]: the endpoint lists none.
pub fn usual_format(endpoint: Endpoint) -> Result<WaveFormat, RunError> {
    Ok(End::of(endpoint).map_err(RunError::Wrong)?.format)
}

/// The endpoint's default format, in which ordinary programs record; if it is not in the list, the
/// [usual](usual_format) one.
///
/// # Errors
///
/// [`RunError::Wrong`]: the endpoint lists none.
pub fn default_format(endpoint: Endpoint) -> Result<WaveFormat, RunError> {
    let own = endpoint.host_pin().ok().and_then(|pin| {
        pin.modes.iter().find_map(|(mode, listed)| {
            let preferred = preferred_format(&endpoint.filter, pin.id, mode).ok()?;
            listed.contains(&preferred).then_some(preferred)
        })
    });
    own.map_or_else(|| usual_format(endpoint), Ok)
}

/// The mode for streams of a format: RAW if it lists the format, otherwise the first mode that
/// does.
pub fn mode_of(endpoint: &Endpoint, format: WaveFormat) -> GUID {
    let modes = endpoint.host_pin().map_or(&[][..], |pin| &pin.modes);
    mode_among(modes, format).unwrap_or(AUDIO_SIGNALPROCESSINGMODE_RAW)
}

/// The mode among those, each with its formats.
fn mode_among(modes: &[([u8; 16], Vec<WaveFormat>)], format: WaveFormat) -> Option<GUID> {
    let raw = guid_bytes(&AUDIO_SIGNALPROCESSINGMODE_RAW);
    let takes = |own: &&([u8; 16], Vec<WaveFormat>)| own.1.contains(&format);
    let found = modes.iter().filter(takes).find(|(mode, _)| *mode == raw);
    found.or_else(|| modes.iter().find(takes)).map(|(mode, _)| guid(*mode))
}

/// Opens an event-driven stream at the endpoint of a direction.
pub fn open_event(
    system: &dyn System,
    direction: Direction,
    wanted: WaveFormat,
    options: Options,
) -> Result<EventStream, RunError> {
    let endpoint = end_of(system, direction, options.cable)?;
    let format = listed(&endpoint, wanted)?;
    open_event_at(system, &endpoint, format, options.period_ms)
}

/// Opens an event-driven stream with a format that the endpoint lists.
pub fn open_event_at(
    system: &dyn System,
    endpoint: &Endpoint,
    format: WaveFormat,
    period_ms: u32,
) -> Result<EventStream, RunError> {
    let frames = period_frames(format, period_ms);
    Ok(EventStream::open(system, endpoint, format, &mode_of(endpoint, format), frames)?)
}

fn open_timer(
    endpoint: &Endpoint,
    wanted: WaveFormat,
    period_ms: u32,
) -> Result<TimerStream, RunError> {
    let format = listed(endpoint, wanted)?;
    let frames = 2 * period_frames(format, period_ms);
    Ok(TimerStream::open(endpoint, format, &mode_of(endpoint, format), frames)?)
}

/// The positions of both ends compared with the ideal line.
#[derive(Debug)]
struct Lines {
    speaker: IdealLine,
    microphone: IdealLine,
}

impl Lines {
    fn new(system: &dyn System, format: WaveFormat) -> Self {
        let line = IdealLine::new(format.rate, system.qpc_frequency());
        Self { speaker: line, microphone: line }
    }

    fn add(line: &mut IdealLine, (frames, qpc): (u64, u64)) {
        line.add(Position { frames, qpc });
    }
}

/// The two endpoints of a cable.
pub struct Cable {
    /// The endpoint that plays.
    pub speaker: Endpoint,
    /// The endpoint that records, if any.
    pub microphone: Option<Endpoint>,
}

/// Plays `audio` on a cable of the system, and records until all of it must have arrived.
/// `progress` is called with the frames played.
pub fn play(
    system: &dyn System,
    format: WaveFormat,
    audio: &[u8],
    options: Options,
    progress: &mut dyn FnMut(u64),
) -> Result<Outcome, RunError> {
    let speaker = end_of(system, Direction::Render, options.cable)?;
    let microphone = end_of(system, Direction::Capture, options.cable)?;
    play_on(
        system,
        &Cable { speaker, microphone: Some(microphone) },
        format,
        audio,
        options,
        progress,
    )
}

/// Like [`play`], between two endpoints that the caller opened.
pub fn play_on(
    system: &dyn System,
    cable: &Cable,
    format: WaveFormat,
    audio: &[u8],
    options: Options,
    progress: &mut dyn FnMut(u64),
) -> Result<Outcome, RunError> {
    let mut recording = Vec::new();
    let sound = Sound {
        source: &mut &*audio,
        hear: &mut |heard| {
            recording.extend_from_slice(heard);
            Ok(())
        },
    };
    let outcome = stream_on(system, cable, format, sound, options, progress)?;
    Ok(Outcome { recording, ..outcome })
}

/// The audio to play, and the receiver of the recording.
pub struct Sound<'a> {
    /// Audio to its end, in whole frames.
    pub source: &'a mut dyn Read,
    /// Receives the microphone's recording, from the start of its stream.
    pub hear: &'a mut dyn FnMut(&[u8]) -> io::Result<()>,
}

/// Like [`play_on`], for audio in pieces: only a few packets are in memory, and
/// [`Outcome::recording`] is empty.
///
/// # Errors
///
/// [`RunError::Audio`] if the source or the receiver fails; those of the streams.
pub fn stream_on(
    system: &dyn System,
    cable: &Cable,
    format: WaveFormat,
    sound: Sound<'_>,
    options: Options,
    progress: &mut dyn FnMut(u64),
) -> Result<Outcome, RunError> {
    if options.timer_driven {
        play_timer(system, cable, format, sound, options, progress)
    } else {
        play_event(system, cable, format, sound, options, progress)
    }
}

/// The number of bytes to record after the speaker's end: more than any latency of the cable.
fn tail_bytes(format: WaveFormat, period_ms: u32) -> u64 {
    let frames = period_frames(format, 4 * period_ms) + format.rate / 10;
    u64::from(frames) * format.block_align() as u64
}

fn play_event(
    system: &dyn System,
    cable: &Cable,
    format: WaveFormat,
    sound: Sound<'_>,
    options: Options,
    progress: &mut dyn FnMut(u64),
) -> Result<Outcome, RunError> {
    let open = |endpoint: &Endpoint| {
        open_event_at(system, endpoint, listed(endpoint, format)?, options.period_ms)
    };
    let speaker = open(&cable.speaker)?;
    let microphone = cable.microphone.as_ref().map(open).transpose()?;
    let mut recorder = microphone.map(Recorder::prepare).transpose()?;
    let mut player = Player::prepare(speaker, sound.source)?;
    let period_ms = options.period_ms;
    let mut lines = Lines::new(system, format);
    let patience = PATIENCE + Duration::from_millis(u64::from(period_ms) * 2);
    let tail = tail_bytes(format, period_ms);
    let (mut outcome, mut heard) = (Outcome::default(), 0);
    let mut events = vec![player.stream.event()];
    if let Some(recorder) = &recorder {
        recorder.stream.run()?;
        events.push(recorder.stream.event());
    }
    player.stream.run()?;
    let is_heard = |heard: u64, all: Option<u64>| all.is_some_and(|all| heard >= all + tail);
    while !player.finished() || (recorder.is_some() && !is_heard(heard, player.all())) {
        match system.wait_any(&events, patience) {
            Some(0) => {
                player.service()?;
                let position = player.stream.position()?;
                Lines::add(&mut lines.speaker, position);
                progress(position.0);
            }
            Some(_) => {
                let Some(recorder) = &mut recorder else { continue };
                let mut failed = None;
                recorder.service(|packet| {
                    heard += packet.len() as u64;
                    failed = failed.take().or((sound.hear)(packet).err());
                })?;
                if let Some(error) = failed {
                    return Err(RunError::Audio(error));
                }
                Lines::add(&mut lines.microphone, recorder.stream.position()?);
            }
            None => return Err(RunError::Silent(patience.as_millis() as u64)),
        }
    }
    outcome.frames_played = player.played / format.block_align() as u64;
    outcome.glitches = player.glitches;
    outcome.packets_completed = player.stream.completed().0;
    player.stream.pause()?;
    player.stream.stop()?;
    if let Some(recorder) = &mut recorder {
        outcome.glitches += recorder.glitches;
        outcome.packets_completed += recorder.stream.completed().0;
        recorder.stream.pause()?;
        recorder.stream.stop()?;
    }
    judge(&mut outcome, &lines, recorder.is_some());
    Ok(outcome)
}

fn judge(outcome: &mut Outcome, lines: &Lines, has_both: bool) {
    outcome.max_position_error = lines.speaker.max_error();
    outcome.drift = lines.speaker.drift();
    if has_both {
        outcome.max_position_error = outcome.max_position_error.max(lines.microphone.max_error());
        outcome.drift -= lines.microphone.drift();
    }
}

/// Audio that waits for free space in a ring.
struct Waiting<'a> {
    source: &'a mut dyn Read,
    /// The size of the ring; its last part waits.
    bytes: Vec<u8>,
    from: usize,
    ended: bool,
}

impl Waiting<'_> {
    /// Writes as much as fits. Returns the number of bytes.
    fn write(&mut self, speaker: &mut TimerStream) -> Result<usize, RunError> {
        let mut written = 0;
        loop {
            if self.from == self.bytes.len() && !self.ended {
                let size = speaker.ring_bytes();
                self.ended = fill(&mut self.source, &mut self.bytes, size)? < size;
                self.from = 0;
            }
            let moved = speaker.write(&self.bytes[self.from..])?;
            self.from += moved;
            written += moved;
            if moved == 0 || self.is_empty() {
                return Ok(written);
            }
        }
    }

    /// Whether all of it was written.
    fn is_empty(&self) -> bool {
        self.ended && self.from == self.bytes.len()
    }
}

fn play_timer(
    system: &dyn System,
    cable: &Cable,
    format: WaveFormat,
    sound: Sound<'_>,
    options: Options,
    progress: &mut dyn FnMut(u64),
) -> Result<Outcome, RunError> {
    let Sound { source, hear } = sound;
    let mut speaker = open_timer(&cable.speaker, format, options.period_ms)?;
    let microphone = cable.microphone.as_ref();
    let mut microphone =
        microphone.map(|end| open_timer(end, format, options.period_ms)).transpose()?;
    for stream in microphone.iter_mut().chain([&mut speaker]) {
        stream.set_state(KSSTATE::KSSTATE_ACQUIRE)?;
        stream.set_state(KSSTATE::KSSTATE_PAUSE)?;
    }
    let period_ms = options.period_ms;
    let mut lines = Lines::new(system, format);
    let mut outcome = Outcome::default();
    let mut audio = Waiting { source, bytes: Vec::new(), from: 0, ended: false };
    let mut at = audio.write(&mut speaker)? as u64;
    let mut written = at;
    if let Some(microphone) = &mut microphone {
        microphone.set_state(KSSTATE::KSSTATE_RUN)?;
    }
    speaker.set_state(KSSTATE::KSSTATE_RUN)?;
    let tail = tail_bytes(format, period_ms);
    let poll = Duration::from_millis(u64::from(period_ms)) / 2;
    let mut idle = Duration::ZERO;
    let (mut before, mut heard, mut piece) = (0, 0, Vec::new());
    loop {
        system.sleep(poll);
        let played = speaker.device_bytes()?;
        idle = if played == before { idle + poll } else { Duration::ZERO };
        if idle > PATIENCE {
            return Err(RunError::Silent(PATIENCE.as_millis() as u64));
        }
        before = played;
        if !audio.is_empty() {
            if played > written {
                outcome.glitches += 1;
                written = played;
            }
            let moved = audio.write(&mut speaker)? as u64;
            written += moved;
            at += moved;
        }
        let position = speaker.position()?;
        Lines::add(&mut lines.speaker, position);
        progress(position.0);
        if let Some(microphone) = &mut microphone {
            piece.clear();
            heard += microphone.read(&mut piece)? as u64;
            hear(&piece).map_err(RunError::Audio)?;
            Lines::add(&mut lines.microphone, microphone.position()?);
        }
        let is_recorded = microphone.is_none() || heard >= at + tail;
        if audio.is_empty() && played >= written && is_recorded {
            break;
        }
    }
    outcome.frames_played = at / format.block_align() as u64;
    outcome.packets_completed = before / speaker.ring_bytes() as u64;
    for stream in [&mut speaker].into_iter().chain(&mut microphone) {
        stream.set_state(KSSTATE::KSSTATE_PAUSE)?;
        stream.set_state(KSSTATE::KSSTATE_ACQUIRE)?;
        stream.set_state(KSSTATE::KSSTATE_STOP)?;
    }
    judge(&mut outcome, &lines, cable.microphone.is_some());
    Ok(outcome)
}

/// Records `frames` frames from the microphone. Returns the audio and the number of lost packets.
pub fn record(
    system: &dyn System,
    format: WaveFormat,
    frames: u64,
    options: Options,
    progress: &mut dyn FnMut(u64),
) -> Result<(Vec<u8>, u64), RunError> {
    let mut recording = Vec::new();
    let lost = record_to(system, format, frames, options, &mut |heard| {
        recording.extend_from_slice(heard);
        progress((recording.len() / format.block_align()) as u64);
        Ok(true)
    })?;
    Ok((recording, lost))
}

/// Like [`record`], but passes each packet to `hear`, which returns whether to continue. Returns
/// the number of lost packets.
///
/// # Errors
///
/// [`RunError::Audio`] if `hear` fails; those of the stream.
pub fn record_to(
    system: &dyn System,
    format: WaveFormat,
    frames: u64,
    options: Options,
    hear: &mut dyn FnMut(&[u8]) -> io::Result<bool>,
) -> Result<u64, RunError> {
    let stream = open_event(system, Direction::Capture, format, options)?;
    let mut recorder = Recorder::prepare(stream)?;
    recorder.stream.run()?;
    let patience = PATIENCE + Duration::from_millis(u64::from(options.period_ms) * 2);
    let mut rest = frames * format.block_align() as u64;
    while rest > 0 {
        if system.wait_any(&[recorder.stream.event()], patience).is_none() {
            return Err(RunError::Silent(patience.as_millis() as u64));
        }
        let mut goes_on = Ok(true);
        recorder.service(|packet| {
            let wanted = &packet[..rest.min(packet.len() as u64) as usize];
            if matches!(goes_on, Ok(true)) && !wanted.is_empty() {
                goes_on = hear(wanted);
                rest -= wanted.len() as u64;
            }
        })?;
        if !goes_on.map_err(RunError::Audio)? {
            break;
        }
    }
    recorder.stream.pause()?;
    recorder.stream.stop()?;
    Ok(recorder.glitches)
}

#[cfg(test)]
mod tests;
