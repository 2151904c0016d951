//! Audio through the two ends of a cable in different formats: samples as numbers, played and
//! recorded.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use acx_client::endpoint::WaveFormat;
use acx_client::event::EventStream;
use acx_client::timer::TimerStream;
use acx_client::{Failed, System, request};
use acx_sys::{KSSTATE, STATUS_DATA_LATE_ERROR};

use super::client::Driving;
use super::end::{End, preroll};
use super::packets::{MILLISECOND, collect};
use super::{IN_FLIGHT, Unmet, describe, ensure};

/// The message of a case whose client was late, which is not the driver's fault.
pub(crate) const LATE: &str = "the client was late";

/// The milliseconds at the end of a recording of a steady signal that are looked at.
pub(crate) const EXAMINED: u32 = 5;

/// The number of attempts of a client that the system wakes up too late.
const ATTEMPTS: usize = 5;

/// Repeats `test` until its client and the system's wake-ups are in time: the driver's timers are
/// as late as those. In virtual time neither is late, and what is wrong is the driver's fault.
pub(crate) fn in_time<T>(
    system: &dyn System,
    test: impl Fn() -> Result<T, Unmet>,
) -> Result<T, Unmet> {
    if !is_real(system) {
        return test();
    }
    attempt(|| {
        let watch = Watch::begin();
        let (found, was_late) = (test(), watch.was_late());
        if found.is_err() {
            // What is in flight must not be heard by the next attempt.
            system.sleep(IN_FLIGHT);
        }
        (found, was_late)
    })
}

/// Repeats `test`, which also tells whether the system was late meanwhile.
fn attempt<T>(test: impl Fn() -> (Result<T, Unmet>, bool)) -> Result<T, Unmet> {
    for _ in 0..ATTEMPTS {
        match test() {
            (Err(Unmet::Wrong(why)), is_late) if why.contains(LATE) || is_late => {}
            (found, _) => return found,
        }
    }
    Err(Unmet::apart("this system wakes its clients up too late"))
}

/// The maximum delay of a thread's wake-up with which a finding is valid.
const WAKES: Duration = Duration::from_millis(4);

/// Whether time is real.
pub(crate) fn is_real(system: &dyn System) -> bool {
    let before = system.qpc();
    std::thread::sleep(BETWEEN);
    system.qpc() != before
}

/// Measures how late the system wakes a thread, in real time.
struct Watch {
    ends: Arc<AtomicBool>,
    thread: Option<JoinHandle<Duration>>,
}

impl Watch {
    fn begin() -> Self {
        let ends = Arc::new(AtomicBool::new(false));
        let own = ends.clone();
        let thread = std::thread::spawn(move || {
            let slept = || {
                let slept = nap();
                (!own.load(Relaxed)).then_some(slept)
            };
            latest(std::iter::from_fn(slept))
        });
        Self { ends, thread: Some(thread) }
    }

    /// Returns whether the thread was late since the watch began.
    fn was_late(mut self) -> bool {
        let thread = self.thread.take();
        drop(self);
        let worst = thread.and_then(|thread| thread.join().ok());
        worst.is_some_and(|worst| worst > WAKES)
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.ends.store(true, Relaxed);
    }
}

/// Sleeps for a millisecond. Returns how long that took.
fn nap() -> Duration {
    let before = Instant::now();
    std::thread::sleep(MILLISECOND);
    before.elapsed()
}

/// How late a thread was at worst that slept for a millisecond again and again.
fn latest(slept: impl Iterator<Item = Duration>) -> Duration {
    slept.max().unwrap_or_default().saturating_sub(MILLISECOND)
}

/// The number of positions from which a stream's start is derived, and the time between two: not a
/// whole frame of any rate.
const ANSWERS: usize = 12;
const BETWEEN: Duration = Duration::from_micros(109);

/// The answer to a packet that was written.
pub(crate) fn late(why: Failed) -> String {
    match why.status {
        STATUS_DATA_LATE_ERROR => format!("{LATE}: {why}"),
        _ => describe(why),
    }
}

/// The valid bits of a format's samples, at most the sample size.
fn valid_bits(format: WaveFormat) -> u16 {
    format.valid_bits.min(format.bits)
}

/// Appends a sample: 1 is full scale.
pub(crate) fn push(bytes: &mut Vec<u8>, format: WaveFormat, value: f64) {
    match (format.float, format.bits) {
        (true, 64) => bytes.extend(value.to_le_bytes()),
        (true, _) => bytes.extend((value as f32).to_le_bytes()),
        (false, bits) => {
            // The valid bits are the highest ones.
            let valid = valid_bits(format);
            let scale = 2f64.powi(i32::from(valid) - 1);
            let number = (value * scale).round().clamp(-scale, scale - 1.0) as i64;
            let number = number << bits.saturating_sub(valid);
            bytes.extend(&number.to_le_bytes()[..usize::from(bits / 8)]);
        }
    }
}

/// The samples of a recording: 1 is full scale.
pub(crate) fn samples(format: WaveFormat, bytes: &[u8]) -> Vec<f64> {
    let size = usize::from(format.bits / 8).max(1);
    let number = |sample: &[u8]| match (format.float, size) {
        (true, 8) => sample.try_into().map_or(0.0, f64::from_le_bytes),
        (true, _) => sample.try_into().map_or(0.0, |own| f64::from(f32::from_le_bytes(own))),
        (false, size) => {
            let mut wide = [0; 8];
            wide[8 - size..].copy_from_slice(sample);
            i64::from_le_bytes(wide) as f64 / 2f64.powi(63)
        }
    };
    bytes.chunks_exact(size).map(number).collect()
}

/// The samples of a channel.
pub(crate) fn channel(format: WaveFormat, bytes: &[u8], channel: u16) -> Vec<f64> {
    let all = samples(format, bytes).into_iter().skip(channel.into());
    all.step_by(usize::from(format.channels).max(1)).collect()
}

/// Half a step of a format's samples, the maximum rounding error. Floating point has no steps.
pub(crate) fn half_step(format: WaveFormat) -> f64 {
    if format.float { 0.0 } else { 0.5 / 2f64.powi(i32::from(valid_bits(format)) - 1) }
}

/// Frames of one value for each channel.
pub(crate) fn steady(format: WaveFormat, value: f64, frames: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    for _ in 0..frames * u32::from(format.channels) {
        push(&mut bytes, format, value);
    }
    bytes
}

/// A stream of either kind, in PAUSE.
enum Either {
    Event(EventStream),
    Timer(TimerStream),
}

impl Either {
    fn open(system: &dyn System, end: &End, kind: Driving) -> Result<Self, String> {
        Ok(match kind {
            Driving::Event => {
                let stream = end.open(system, end.period()).map_err(describe)?;
                stream.prepare().map_err(describe)?;
                Self::Event(stream)
            }
            Driving::Timer => {
                let mut stream = end.open_timer(4 * end.period()).map_err(describe)?;
                stream.set_state(KSSTATE::KSSTATE_PAUSE).map_err(describe)?;
                Self::Timer(stream)
            }
        })
    }

    fn run(&mut self) -> Result<(), String> {
        match self {
            Self::Event(stream) => stream.run(),
            Self::Timer(stream) => stream.set_state(KSSTATE::KSSTATE_RUN),
        }
        .map_err(describe)
    }

    fn position(&self) -> Result<(u64, u64), String> {
        match self {
            Self::Event(stream) => stream.position(),
            Self::Timer(stream) => stream.position(),
        }
        .map_err(describe)
    }

    /// The event of a stream that has one.
    fn event(&self) -> Option<u64> {
        match self {
            Self::Event(stream) => Some(stream.event()),
            Self::Timer(_) => None,
        }
    }

    fn pin(&self) -> &acx_client::File {
        match self {
            Self::Event(stream) => stream.pin(),
            Self::Timer(stream) => stream.pin(),
        }
    }

    fn pause(&mut self) -> Result<(), String> {
        match self {
            Self::Event(stream) => stream.pause(),
            Self::Timer(stream) => stream.set_state(KSSTATE::KSSTATE_PAUSE),
        }
        .map_err(describe)
    }

    /// The time of frame 0 at the stream's end of the cable, in seconds. A position is in whole
    /// frames, so the earliest of several results is the closest.
    fn origin(&self, system: &dyn System, format: WaveFormat) -> Result<f64, String> {
        let (rate, frequency) = (f64::from(format.rate), system.qpc_frequency() as f64);
        let mut earliest = f64::MAX;
        for _ in 0..ANSWERS {
            let (frames, at) = self.position()?;
            earliest = earliest.min(at as f64 / frequency - frames as f64 / rate);
            system.sleep(BETWEEN);
        }
        Ok(earliest)
    }

    /// The delay that the stream reports, in seconds.
    fn delay(&self) -> Result<f64, String> {
        let (_, delay) = request::hw_latency(self.pin()).map_err(describe)?;
        Ok(f64::from(delay) * 1e-7)
    }
}

/// The next bytes of audio from `at` on: again from its beginning, or silence after its end.
fn next(audio: &[u8], repeats: bool, at: usize, length: usize) -> Vec<u8> {
    let all = audio.iter().copied();
    if repeats {
        let at = at.checked_rem(audio.len()).unwrap_or_default();
        all.cycle().skip(at).take(length).collect()
    } else {
        all.skip(at).chain(std::iter::repeat_with(u8::default)).take(length).collect()
    }
}

/// Whether a client is in time that has come to `own`, where `due` is the least.
const fn is_in_time(own: u64, due: u64) -> bool {
    due <= own
}

/// A speaker that plays frames, and silence after them.
pub(crate) struct Player {
    stream: Either,
    format: WaveFormat,
    audio: Vec<u8>,
    /// Whether they are repeated.
    repeats: bool,
    at: usize,
    /// The number of bytes that the device reads ahead of its position.
    ahead: u64,
}

impl Player {
    /// A speaker in PAUSE that will play `audio`, once or repeatedly.
    pub(crate) fn open(
        system: &dyn System,
        end: &End,
        kind: Driving,
        audio: Vec<u8>,
        repeats: bool,
    ) -> Result<Self, String> {
        let stream = Either::open(system, end, kind)?;
        let (ahead, _) = request::hw_latency(stream.pin()).map_err(describe)?;
        Ok(Self { stream, format: end.format, audio, repeats, at: 0, ahead: ahead.into() })
    }

    /// PAUSE to RUN, after writing as much as fits.
    pub(crate) fn run(&mut self) -> Result<(), String> {
        if let Either::Event(_) = &self.stream {
            for number in 0..2 {
                let packet = self.take(self.packet());
                if let Either::Event(stream) = &mut self.stream {
                    preroll(stream, number, &packet)?;
                }
            }
        } else {
            self.service()?;
        }
        self.stream.run()
    }

    fn packet(&self) -> usize {
        match &self.stream {
            Either::Event(stream) => stream.packet_bytes(),
            Either::Timer(stream) => stream.ring_bytes(),
        }
    }

    /// The next bytes.
    fn take(&mut self, length: usize) -> Vec<u8> {
        let found = self.peek(length);
        self.at += length;
        found
    }

    fn peek(&self, length: usize) -> Vec<u8> {
        next(&self.audio, self.repeats, self.at, length)
    }

    /// Writes as much as fits.
    pub(crate) fn service(&mut self) -> Result<(), String> {
        match &self.stream {
            Either::Event(stream) => {
                let (completed, next) = (stream.completed().0, stream.next());
                ensure(is_in_time(next, completed), || {
                    format!("{LATE}: packet {next} was due, {completed} are complete")
                })?;
                for number in next..=completed + 1 {
                    let packet = self.take(self.packet());
                    if let Either::Event(stream) = &mut self.stream {
                        stream.write(number, &packet, None).map_err(late)?;
                    }
                }
            }
            Either::Timer(stream) => {
                let device = stream.device_bytes().map_err(describe)?;
                // The device reads this many bytes ahead of its position.
                let due = device + self.ahead;
                // Nothing is written before the first time.
                ensure(self.at == 0 || is_in_time(self.at as u64, due), || {
                    format!("{LATE}: {due} bytes were due, {} are written", self.at)
                })?;
                let bytes = self.peek(self.packet());
                if let Either::Timer(stream) = &mut self.stream {
                    self.at += stream.write(&bytes).map_err(describe)?;
                }
            }
        }
        Ok(())
    }

    /// RUN to STOP, ready to start again.
    pub(crate) fn stop(&mut self) -> Result<(), String> {
        self.at = 0;
        match &mut self.stream {
            Either::Event(stream) => {
                stream.pause().and_then(|()| stream.stop()).and_then(|()| stream.prepare())
            }
            Either::Timer(stream) => stream
                .set_state(KSSTATE::KSSTATE_STOP)
                .and_then(|()| stream.set_state(KSSTATE::KSSTATE_PAUSE)),
        }
        .map_err(describe)
    }

    /// RUN to PAUSE.
    pub(crate) fn pause(&mut self) -> Result<(), String> {
        self.stream.pause()
    }

    /// PAUSE to RUN, without writing.
    pub(crate) fn resume(&mut self) -> Result<(), String> {
        self.stream.run()
    }

    /// Its pin.
    pub(crate) fn pin(&self) -> &acx_client::File {
        self.stream.pin()
    }

    /// The time of its frame 0, in seconds of the counter.
    pub(crate) fn origin(&self, system: &dyn System) -> Result<f64, String> {
        self.stream.origin(system, self.format)
    }

    /// The delay that it reports, in seconds.
    pub(crate) fn delay(&self) -> Result<f64, String> {
        self.stream.delay()
    }
}

/// A microphone that records.
pub(crate) struct Listener {
    stream: Either,
    format: WaveFormat,
    /// The recording since it was last cleared.
    pub(crate) recording: Vec<u8>,
    /// The number of bytes read since the start.
    read: u64,
}

impl Listener {
    /// A microphone in RUN.
    pub(crate) fn open(system: &dyn System, end: &End, kind: Driving) -> Result<Self, String> {
        let mut stream = Either::open(system, end, kind)?;
        stream.run()?;
        Ok(Self { stream, format: end.format, recording: Vec::new(), read: 0 })
    }

    /// A microphone in RUN on a stream that is already open.
    pub(crate) fn on(stream: EventStream, format: WaveFormat) -> Result<Self, String> {
        stream.prepare().and_then(|()| stream.run()).map_err(describe)?;
        Ok(Self { stream: Either::Event(stream), format, recording: Vec::new(), read: 0 })
    }

    fn service(&mut self) -> Result<(), String> {
        match &mut self.stream {
            Either::Event(stream) => {
                let (completed, next) = (stream.completed().0, stream.next());
                ensure(is_in_time(next + 2, completed), || {
                    format!("{LATE}: packet {next} is gone, {completed} are complete")
                })?;
                collect(stream, &mut self.recording);
            }
            Either::Timer(stream) => {
                let device = stream.device_bytes().map_err(describe)?;
                let oldest = device.saturating_sub(stream.ring_bytes() as u64);
                ensure(is_in_time(self.read, oldest), || {
                    format!("{LATE}: {oldest} bytes are gone, {} are read", self.read)
                })?;
                self.read += stream.read(&mut self.recording).map_err(describe)? as u64;
            }
        }
        Ok(())
    }

    /// The samples of a channel of the recording.
    pub(crate) fn channel(&self, channel: u16) -> Vec<f64> {
        self::channel(self.format, &self.recording, channel)
    }

    /// The last milliseconds of a channel of the recording.
    pub(crate) fn tail(&self, channel: u16, milliseconds: u32) -> Result<Vec<f64>, String> {
        let frames = super::end::frames(self.format, milliseconds) as usize;
        let all = self.channel(channel);
        let from = all.len().checked_sub(frames).ok_or("the microphone records too little")?;
        Ok(all[from..].to_vec())
    }

    /// The time of its frame 0, in seconds of the counter.
    pub(crate) fn origin(&self, system: &dyn System) -> Result<f64, String> {
        self.stream.origin(system, self.format)
    }

    /// The delay that it reports, in seconds.
    pub(crate) fn delay(&self) -> Result<f64, String> {
        self.stream.delay()
    }
}

/// Lets time pass in steps of at most a millisecond, while speakers play and microphones record.
pub(crate) fn pass<'l>(
    system: &dyn System,
    milliseconds: u32,
    players: &mut [Player],
    listeners: impl IntoIterator<Item = &'l mut Listener>,
) -> Result<(), String> {
    let mut listeners: Vec<&mut Listener> = listeners.into_iter().collect();
    let until = system.qpc() + u64::from(milliseconds) * system.qpc_frequency() / 1000;
    let heard = listeners.iter().map(|own| &own.stream);
    let streams = players.iter().map(|own| &own.stream).chain(heard);
    let events: Vec<u64> = streams.filter_map(Either::event).collect();
    loop {
        players.iter_mut().try_for_each(Player::service)?;
        listeners.iter_mut().try_for_each(|own| own.service())?;
        if system.qpc() >= until {
            return Ok(());
        }
        if events.is_empty() {
            system.sleep(MILLISECOND);
        } else {
            system.wait_any(&events, MILLISECOND);
        }
    }
}

#[cfg(test)]
mod tests {
    use acx_host::LinkedImage;
    use acx_sys::{NTSTATUS, PDRIVER_OBJECT, PUNICODE_STRING, STATUS_NOT_SUPPORTED};

    use super::*;
    use crate::melody::STEREO;
    use crate::subject::{Driver, Subject};

    /// A driver that is never loaded: the machines are those of a subject, as in a command.
    fn subject() -> Subject {
        extern "C" fn entry(_: PDRIVER_OBJECT, _: PUNICODE_STRING) -> NTSTATUS {
            STATUS_NOT_SUPPORTED
        }
        Subject::new(Driver::Linked(LinkedImage { name: "never-loaded", entry }))
    }

    #[test]
    fn a_client_that_is_late_begins_anew_where_time_is_real() {
        let asked = std::cell::Cell::new(0);
        let late = || {
            asked.set(asked.get() + 1);
            if asked.get() < 3 { Err(format!("x: {LATE}: y").into()) } else { Ok("z") }
        };
        let machine = subject().builder().real_time(true).build();
        let begun = Instant::now();
        assert_eq!((in_time(&machine, late), asked.replace(0)), (Ok("z"), 3));
        assert!(begun.elapsed() >= 2 * IN_FLIGHT, "what is in flight is not waited for");
        let machine = subject().builder().build();
        let found = in_time(&machine, late);
        assert!(matches!(found, Err(Unmet::Wrong(_))), "{found:?}");
        assert_eq!(asked.get(), 1, "in virtual time nobody is late");
    }

    #[test]
    fn what_is_wrong_while_the_system_is_late_is_asked_again() {
        let found = |why: &'static str, is_late: &'static [bool]| {
            let asked = std::cell::Cell::new(0);
            let found = attempt::<()>(|| {
                asked.set(asked.get() + 1);
                (Err(why.into()), is_late.get(asked.get() - 1).copied().unwrap_or(true))
            });
            (found, asked.get())
        };
        let wrong = || Err("wrong".into());
        assert_eq!(found("wrong", &[false]), (wrong(), 1));
        assert_eq!(found("wrong", &[true, true, false]), (wrong(), 3));
        let apart = || Err(Unmet::apart("this system wakes its clients up too late"));
        assert_eq!(found("wrong", &[]), (apart(), ATTEMPTS));
        assert_eq!(found(LATE, &[false; ATTEMPTS]), (apart(), ATTEMPTS));
        // A watch that was woken in time, and one that was not.
        for (late, is_late) in [(0, false), (4_000, false), (4_001, true), (20_000, true)] {
            let thread = std::thread::spawn(move || Duration::from_micros(late));
            let watch = Watch { ends: Arc::default(), thread: Some(thread) };
            assert_eq!(watch.was_late(), is_late);
        }
    }

    #[test]
    fn samples_come_back_in_every_type() {
        let values = [-1.0, -0.5, 0.0, 0.25];
        for (float, bits, valid_bits) in
            [(false, 16, 16), (false, 24, 24), (false, 32, 24), (false, 32, 32), (true, 32, 32)]
        {
            let format = WaveFormat { float, bits, valid_bits, ..STEREO };
            let mut bytes = Vec::new();
            for value in values {
                push(&mut bytes, format, value);
            }
            assert_eq!(samples(format, &bytes), values, "{format}");
        }
        let mut bytes = Vec::new();
        push(&mut bytes, STEREO, 1.0);
        push(&mut bytes, STEREO, -1.0);
        assert_eq!(bytes, [0xFF, 0x7F, 0, 0x80]);
        // The valid bits are the highest ones, and as many as there are.
        for (valid_bits, wanted) in [(24, [0, 0xFF, 0xFF, 0x7F]), (40, [0xFF, 0xFF, 0xFF, 0x7F])] {
            let mut bytes = Vec::new();
            push(&mut bytes, WaveFormat { bits: 32, valid_bits, ..STEREO }, 1.0);
            assert_eq!(bytes, wanted, "{valid_bits}");
        }
        // Of a format that is none, too.
        let none = WaveFormat { bits: 4, channels: 0, ..STEREO };
        assert_eq!(samples(none, &[0x40, 0]), [0.5, 0.0]);
        assert_eq!(channel(none, &[0x40, 0], 0), [0.5, 0.0]);
        assert_eq!(channel(STEREO, &[0, 0x40, 0, 0x20, 0, 0xC0, 0, 0xE0], 1), [0.25, -0.25]);
    }

    #[test]
    fn half_a_step_is_of_the_valid_bits() {
        let of = |bits, valid_bits| half_step(WaveFormat { bits, valid_bits, ..STEREO });
        let float = half_step(WaveFormat { float: true, ..STEREO });
        let all = vec![of(8, 8), of(8, 16), of(16, 8), float];
        assert_eq!(all, [1.0 / 256.0, 1.0 / 256.0, 1.0 / 256.0, 0.0]);
    }

    #[test]
    fn audio_is_followed_by_itself_or_by_silence() {
        assert_eq!(next(&[1, 2, 3], false, 1, 4), [2, 3, 0, 0]);
        assert_eq!(next(&[1, 2, 3], false, 4, 1), [0]);
        assert_eq!(next(&[1, 2, 3], true, 4, 4), [2, 3, 1, 2]);
        assert_eq!(next(&[], true, 0, 4), [0; 0]);
    }

    #[test]
    fn a_client_is_late_behind_what_is_due() {
        assert!(is_in_time(4, 3) && is_in_time(4, 4) && !is_in_time(4, 5));
        let slept = |all: &[u64]| latest(all.iter().copied().map(Duration::from_millis));
        assert_eq!([slept(&[1, 9, 2]), slept(&[])], [Duration::from_millis(8), Duration::ZERO]);
        assert!(nap() >= MILLISECOND);
    }
}
