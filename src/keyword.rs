//! The microphone's keyword spotter: it listens to the cable while somebody has armed it, keeps the newest seconds, and tells the system
//! when it heard what it was told to listen for. Its pin gives out what it kept, as fast as it is read, and then real time.
//!
//! There is no speech here to recognize: a *pattern* is sound that is louder than a level for some time.

use core::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};

use acx::circuit::{Direction, NewCircuit};
use acx::element::Element;
use acx::exclusive::Exclusive;
use acx::format::{Coding, WaveFormat};
use acx::guid::{GUID, KSNOTIFICATIONID_SoundDetector, KSPROPSETID_RtAudio};
use acx::keyword::{KeywordSpotter, Patterns, PnpEvent};
use acx::packets::{PacketLayout, PacketView, RtPackets};
use acx::pool::{Arc, Box, Bytes};
use acx::request::{Filter, Request};
use acx::stream::{self, CapturedPacket, CreateStream, Notifier, RtStream};
use acx::time::Qpc;
use acx::timer::{Expire, Timer};
use acx::work::{Work, WorkItem};
use acx::{Dispatch, Error, Passive, Result};
use vdma::channel::Channel;
use vdma::format::Format;
use vdma::gain::gain_of_level;
use vdma::packets::Layout;
use vdma::position::Shared;
use vdma::source::Source;

use crate::cable::{Cable, now};
use crate::stream::Memory;
use crate::{formats, status_of};

/// The one format of the keyword pin.
pub const FORMAT: WaveFormat = WaveFormat {
    coding: Coding::Pcm,
    channels: 1,
    mask: 0x4,
    rate: RATE,
    bits: 16,
    valid_bits: 16,
};

const RATE: u32 = 16_000;
const BYTES_PER_FRAME: u32 = 2;

/// Frames that are kept: six seconds, in two halves.
const HALF: u32 = 3 * RATE;
const KEPT: u64 = 6 * 16_000;

/// Frames before a detection that a client gets: what was said before it was clear that it is said.
const BEFORE: u64 = 16_000;

/// The keyword pin's id.
pub const PIN: u32 = 2;

/// {B6C5E1B2-7B1D-4D2C-9C53-0C6B2B2A5E10}, the kind of pattern: behind its header a level in 1/65536 dB (LONG, at most 0) and milliseconds
/// (ULONG, 1 to 5000) that sound is louder than that.
pub const PATTERN: GUID = GUID { Data1: 0xB6C5_E1B2, ..crate::telemetry::PROPERTY_SET };

/// Bytes of a pattern: SOUNDDETECTOR_PATTERNHEADER, level, milliseconds.
const PATTERN_BYTES: usize = 28;

/// KSPROPERTY_RTAUDIO_PACKETVREGISTER: a stack that gets it does not ask for packets by number, which a burst needs.
const PACKET_REGISTER: u32 = 13;

/// What the spotter knows, whoever asks.
pub struct Spotter {
    cable: Arc<Cable>,
    step: u32,
    /// Peak of a 16-bit sample, and frames; no frames is no pattern.
    peak: AtomicU32,
    frames: AtomicU32,
    armed: AtomicBool,
    /// How often it was armed: what was loud before does not count.
    armings: AtomicU32,
    /// Streams that read what is kept.
    readers: AtomicU32,
    listening: AtomicBool,
    timer: Exclusive<Option<Timer<Ear>>>,
    shared: Arc<Shared>,
    kept: PacketView,
    /// The device frame at which listening began.
    started: AtomicU64,
    /// One more than the frame at which the pattern was heard last, counted from there; 0 if it was not.
    heard: AtomicU64,
}

/// What the timer works on.
struct Ear {
    channel: Box<Channel<Bytes>>,
    spotter: Arc<Spotter>,
    memory: Memory,
    tell: WorkItem<Tell>,
    /// Frames that were looked at, and how many of the last ones were loud.
    seen: u64,
    loud: u64,
    /// The arming that they are counted for.
    arming: u32,
}

/// Tells the system.
struct Tell(PnpEvent);

impl Work for Tell {
    fn work(&self, passive: &mut Passive) {
        // Nobody may have registered for it; there is nothing to do about any answer.
        let _ = self.0.generate([], passive);
    }
}

impl Expire for Ear {
    fn expire(&mut self, level: &mut Dispatch) -> Option<Qpc> {
        let cable = self.spotter.cable.clone();
        let ring = cable.at(level);
        let endpoint = ring.endpoint(&cable.ears, None);
        let tick = self.channel.tick(now(), &self.memory, &self.spotter.shared, &endpoint);
        self.look(level);
        Some(Qpc(tick.next.0))
    }
}

impl Ear {
    /// Looks at what has come since.
    fn look(&mut self, level: &mut Dispatch) {
        let there = self.spotter.shared.fetched().0;
        self.seen = self.seen.max(there.saturating_sub(KEPT));
        let (peak, wanted) = (
            self.spotter.peak.load(Ordering::Relaxed),
            u64::from(self.spotter.frames.load(Ordering::Relaxed)),
        );
        let is_armed = wanted > 0 && self.spotter.armed.load(Ordering::Acquire);
        let arming = self.spotter.armings.load(Ordering::Relaxed);
        if core::mem::replace(&mut self.arming, arming) != arming {
            self.loud = 0;
        }
        let mut bytes = [0; 128];
        while self.seen < there {
            let count = there.saturating_sub(self.seen).min(64);
            let length = usize::try_from(count.saturating_mul(2)).unwrap_or(0);
            let Some(bytes) = bytes.get_mut(..length) else { break };
            self.spotter.read(self.seen, bytes);
            for (frame, sample) in (self.seen..).zip(bytes.as_chunks::<2>().0) {
                let value = i16::from_le_bytes(*sample).unsigned_abs();
                self.loud = if u32::from(value) > peak { self.loud.saturating_add(1) } else { 0 };
                if is_armed && self.loud == wanted {
                    self.spotter.heard.store(frame.saturating_add(2), Ordering::Release);
                    self.tell.enqueue(level);
                }
            }
            self.seen = self.seen.saturating_add(count);
        }
    }
}

impl Spotter {
    /// Hears nothing yet.
    ///
    /// # Errors
    ///
    /// [`Error::OutOfMemory`].
    #[inline(never)]
    pub fn new(cable: &Arc<Cable>, step: u32, passive: &mut Passive) -> Result<Arc<Self>> {
        let format = formats::engine_format(FORMAT)?;
        Arc::new(Self {
            cable: cable.clone(),
            step,
            peak: AtomicU32::new(0),
            frames: AtomicU32::new(0),
            armed: AtomicBool::new(false),
            armings: AtomicU32::new(0),
            readers: AtomicU32::new(0),
            listening: AtomicBool::new(false),
            timer: Exclusive::new(None),
            shared: Arc::new(Shared::new(format))?,
            kept: packets(2, HALF.saturating_mul(BYTES_PER_FRAME), passive)?.view(),
            started: AtomicU64::new(0),
            heard: AtomicU64::new(0),
        })
    }

    /// The element of `circuit`, and what it needs there.
    ///
    /// # Errors
    ///
    /// What ACX answers.
    #[inline(never)]
    pub fn element<'a>(this: &Arc<Self>, circuit: &'a NewCircuit<'_>) -> Result<Element<'a>> {
        let event = PnpEvent::new(circuit, &KSNOTIFICATIONID_SoundDetector)?;
        let ear = Ear {
            channel: ear_channel(this.shared.format(), this.step)?,
            spotter: this.clone(),
            memory: Memory(this.kept.clone()),
            tell: WorkItem::new(circuit, Tell(event))?,
            seen: 0,
            loud: 0,
            arming: 0,
        };
        let timer = Timer::new(circuit, ear)?;
        this.timer.enter(|place| {
            *place = Some(timer);
            Ok(())
        })?;
        Element::keyword_spotter(circuit, &PATTERN, Handle(this.clone()))
    }

    /// Listens while somebody wants it.
    ///
    /// # Errors
    ///
    /// [`Error::Busy`] while another client does the same; what the engine answers.
    fn update(&self, passive: &mut Passive) -> Result<()> {
        self.timer.enter(|timer| {
            let timer = timer.as_mut().ok_or(Error::NotReady)?;
            let wanted =
                self.armed.load(Ordering::Acquire) || self.readers.load(Ordering::Acquire) > 0;
            if wanted == self.listening.load(Ordering::Relaxed) {
                return Ok(());
            }
            let cable = &self.cable;
            let ear = timer.stop(passive);
            if wanted {
                let layout = Layout::new(2, HALF.saturating_mul(BYTES_PER_FRAME), 2);
                ear.channel.set_packets(layout.map_err(status_of)?, &self.shared);
                let memory = |_| Err(vdma::Error::TooManyStreams);
                ear.channel.prepare(&cable.wire, memory).map_err(status_of)?;
                (ear.seen, ear.loud) = (0, 0);
                let start = now();
                let frame = cable.common.clock.frame(RATE, start);
                self.started.store(frame.0, Ordering::Release);
                self.heard.store(0, Ordering::Release);
                let (clock, wire) = (&cable.common.clock, &cable.wire);
                ear.channel.run(|| start, &self.shared, clock, wire);
                timer.start(Qpc(start.0), passive);
            } else {
                ear.channel.pause(now, &self.shared, &cable.common.clock, &cable.wire);
                ear.channel.release(&cable.wire, &self.shared);
            }
            self.listening.store(wanted, Ordering::Relaxed);
            Ok(())
        })
    }

    /// Copies kept frames from `frame` on.
    fn read(&self, frame: u64, into: &mut [u8]) {
        let view = &self.kept;
        let place = usize::try_from(frame % KEPT).unwrap_or(0).saturating_mul(2);
        let (first, rest) = into.split_at_mut(into.len().min(view.length().saturating_sub(place)));
        view.read(place, first);
        view.read(0, rest);
    }

    /// When frame `frame` was heard.
    fn time_of(&self, frame: u64) -> Qpc {
        let device = self.started.load(Ordering::Acquire).saturating_add(frame);
        Qpc(self.cable.common.clock.time_of(RATE, vdma::Frames(device)).0)
    }
}

/// Memory for packets.
fn packets(count: u32, bytes: u32, passive: &Passive) -> Result<RtPackets> {
    RtPackets::new(PacketLayout::contiguous(count, bytes)?, passive)
}

/// Not inlined: it is large, and made on the stack before it is moved to the pool.
#[inline(never)]
fn ear_channel(format: Format, step: u32) -> Result<Box<Channel<Bytes>>> {
    Box::new(Channel::capture(format, step, Source::Cable))
}

/// What ACX asks.
struct Handle(Arc<Spotter>);

impl Drop for Handle {
    /// The element goes, and with it the timer, whose state knows the spotter.
    fn drop(&mut self) {
        let timer = self.0.timer.enter(|timer| Ok(timer.take()));
        drop(timer);
    }
}

impl KeywordSpotter for Handle {
    fn set_patterns(&self, patterns: &Patterns<'_>) -> Result<()> {
        // KSMULTIPLE_ITEM, and one pattern: this spotter listens for one thing at a time.
        let mut bytes = [0; 8 + PATTERN_BYTES];
        if patterns.read_at(0, &mut bytes) < bytes.len() {
            return Err(Error::InvalidParameter);
        }
        let word = |at: usize| {
            let four = bytes.get(at..at.saturating_add(4)).and_then(|four| four.first_chunk::<4>());
            four.map_or(0, |four| u32::from_le_bytes(*four))
        };
        let is_ours = word(12) == PATTERN.Data1
            && word(16) == u32::from(PATTERN.Data2) | u32::from(PATTERN.Data3) << 16
            && bytes.get(20..28) == Some(&PATTERN.Data4[..]);
        let (loudness, milliseconds) = (word(28).cast_signed(), word(32));
        let is_good = word(4) == 1
            && usize::try_from(word(8)).is_ok_and(|size| size == PATTERN_BYTES)
            && loudness <= 0
            && (1..=5_000).contains(&milliseconds);
        if !is_ours || !is_good {
            return Err(Error::InvalidParameter);
        }
        let spotter = &self.0;
        spotter.armed.store(false, Ordering::Release);
        // Full scale is 2^31 there, 32767 here.
        spotter.peak.store((gain_of_level(loudness) >> 16).min(32_766), Ordering::Relaxed);
        spotter.frames.store(milliseconds.saturating_mul(RATE / 1000), Ordering::Relaxed);
        Ok(())
    }

    fn arm(&self, armed: bool, passive: &mut Passive) -> Result<()> {
        // Without a pattern there is nothing to listen for.
        let armed = armed && self.0.frames.load(Ordering::Relaxed) > 0;
        if armed && !self.0.armed.load(Ordering::Relaxed) {
            self.0.armings.fetch_add(1, Ordering::Relaxed);
        }
        let before = self.0.armed.swap(armed, Ordering::AcqRel);
        self.0.update(passive).inspect_err(|_| self.0.armed.store(before, Ordering::Release))
    }

    fn is_armed(&self) -> Result<bool> {
        Ok(self.0.armed.load(Ordering::Acquire))
    }

    fn reset(&self, passive: &mut Passive) -> Result<()> {
        self.0.frames.store(0, Ordering::Relaxed);
        self.0.armed.store(false, Ordering::Release);
        self.0.update(passive)
    }
}

/// What is given out.
struct Given {
    packets: Option<PacketView>,
    /// Frames of a packet.
    frames: u64,
    /// The kept frame at which packet 0 begins.
    begin: u64,
    /// Packets that were filled, and how many of them the client has asked for.
    filled: u64,
    read: u64,
    is_running: bool,
}

/// A stream at the keyword pin, as any callback may see it.
struct Feed {
    spotter: Arc<Spotter>,
    given: Exclusive<Given>,
    notifier: Notifier,
}

impl Feed {
    /// Fills the next packet if it is all there and the client has read the one before; whether it did.
    fn fill(&self, given: &mut Given) -> bool {
        let Some(packets) = given.packets.as_ref().filter(|_| given.is_running) else {
            return false;
        };
        let there = self.spotter.shared.fetched().0;
        let mut from = given.begin.saturating_add(given.filled.saturating_mul(given.frames));
        // What is kept no longer is passed over: the numbers say so.
        while from.saturating_add(KEPT) < there.saturating_add(given.frames) {
            given.filled = given.filled.saturating_add(1);
            given.read = given.filled;
            from = from.saturating_add(given.frames);
        }
        if given.filled != given.read || from.saturating_add(given.frames) > there {
            return false;
        }
        let bytes = usize::try_from(given.frames.saturating_mul(2)).unwrap_or(0);
        let slot = usize::try_from(given.filled % 2).unwrap_or(0).saturating_mul(bytes);
        let mut piece = [0; 128];
        let mut done = 0_usize;
        while done < bytes {
            let length = bytes.saturating_sub(done).min(piece.len());
            let Some(piece) = piece.get_mut(..length) else { break };
            let frame = from.saturating_add(u64::try_from(done / 2).unwrap_or(0));
            self.spotter.read(frame, piece);
            packets.write(slot.saturating_add(done), piece);
            done = done.saturating_add(length);
        }
        given.filled = given.filled.saturating_add(1);
        true
    }

    /// Tells the client of the packet that was filled last.
    fn tell(&self, given: (u64, u64, u64), level: &mut Dispatch) {
        let (begin, filled, frames) = given;
        let end = begin.saturating_add(filled.saturating_mul(frames));
        let at = self.spotter.time_of(end);
        self.notifier.notify_packet_complete(filled.saturating_sub(1), at, level);
    }

    /// Fills and tells, unless somebody else is at it.
    fn go_on(&self, level: &mut Dispatch) {
        let filled = self.given.enter(|given| {
            Ok(self.fill(given).then_some((given.begin, given.filled, given.frames)))
        });
        if let Ok(Some(given)) = filled {
            self.tell(given, level);
        }
    }
}

struct Feeder(Arc<Feed>);

impl Expire for Feeder {
    fn expire(&mut self, level: &mut Dispatch) -> Option<Qpc> {
        self.0.go_on(level);
        Some(soon(&self.0.spotter))
    }
}

/// Half of the shortest packet from now.
fn soon(spotter: &Spotter) -> Qpc {
    Qpc(now().0.saturating_add(spotter.cable.common.clock.span(500)))
}

/// A stream at the keyword pin.
pub struct KeywordStream(Arc<Feed>);

/// What only state callbacks touch.
pub struct Control {
    timer: Timer<Feeder>,
    is_prepared: bool,
}

impl KeywordStream {
    /// Creates the stream that `request` asks for.
    ///
    /// # Errors
    ///
    /// [`Error::OutOfMemory`], or what the framework answers.
    pub fn create(spotter: Arc<Spotter>, request: CreateStream<'_>) -> Result<()> {
        request.create_rt(Direction::Capture, |stream| {
            let given =
                Given { packets: None, frames: 0, begin: 0, filled: 0, read: 0, is_running: false };
            let notifier = stream.notifier();
            let feed = Arc::new(Feed { spotter, given: Exclusive::new(given), notifier })?;
            let timer = Timer::new(stream, Feeder(feed.clone()))?;
            Ok((Self(feed), Control { timer, is_prepared: false }))
        })
    }
}

impl stream::Stream for KeywordStream {
    type Control = Control;

    const PREPROCESS: &'static [Filter] =
        &[Filter::property(&KSPROPSETID_RtAudio, PACKET_REGISTER)];

    fn preprocess(&self, request: Request<'_>) {
        request.complete(Err(Error::NotSupported));
    }

    fn prepare_hardware(&self, control: &mut Control, passive: &mut Passive) -> Result<()> {
        let spotter = &self.0.spotter;
        if !control.is_prepared {
            spotter.readers.fetch_add(1, Ordering::AcqRel);
            if let Err(why) = spotter.update(passive) {
                spotter.readers.fetch_sub(1, Ordering::AcqRel);
                return Err(why);
            }
            control.is_prepared = true;
        }
        // From before the detection, if there was one; else from now.
        let heard = spotter.heard.load(Ordering::Acquire);
        let begin = match heard.checked_sub(1) {
            Some(frame) => frame.saturating_sub(BEFORE),
            None => spotter.shared.fetched().0,
        };
        self.0.given.enter(|given| {
            (given.begin, given.filled, given.read) = (begin, 0, 0);
            Ok(())
        })
    }

    fn release_hardware(&self, control: &mut Control, passive: &mut Passive) -> Result<()> {
        control.timer.stop(passive);
        self.0.given.enter(|given| {
            (given.filled, given.read) = (0, 0);
            Ok(())
        })?;
        if core::mem::take(&mut control.is_prepared) {
            self.0.spotter.readers.fetch_sub(1, Ordering::AcqRel);
            self.0.spotter.update(passive)?;
        }
        Ok(())
    }

    fn run(&self, control: &mut Control, passive: &mut Passive) -> Result<()> {
        self.0.given.enter(|given| {
            given.is_running = true;
            Ok(())
        })?;
        // What is there already is told at once.
        self.0.go_on(passive);
        control.timer.start(soon(&self.0.spotter), passive);
        Ok(())
    }

    fn pause(&self, control: &mut Control, passive: &mut Passive) -> Result<()> {
        control.timer.stop(passive);
        self.0.given.enter(|given| {
            given.is_running = false;
            Ok(())
        })
    }
}

impl RtStream for KeywordStream {
    fn allocate_packets(
        &self,
        _control: &mut Control,
        count: u32,
        size: u32,
        passive: &mut Passive,
    ) -> Result<RtPackets> {
        let frames = u64::from(size / BYTES_PER_FRAME);
        // Packets of 1 ms to a second, two of them.
        let is_whole = size.is_multiple_of(BYTES_PER_FRAME);
        if count != 2 || !is_whole || !(16..=16_000).contains(&frames) {
            return Err(Error::InvalidParameter);
        }
        let packets = packets(count, size, passive)?;
        self.0.given.enter(|given| {
            (given.packets, given.frames) = (Some(packets.view()), frames);
            Ok(())
        })?;
        Ok(packets)
    }

    fn free_packets(&self, control: &mut Control, passive: &mut Passive) {
        control.timer.stop(passive);
        // Nobody else is left: the timer stands, and the client has closed.
        let _ = self.0.given.enter(|given| {
            given.packets = None;
            Ok(())
        });
    }

    fn hw_latency(&self) -> Result<(u32, u32)> {
        let spotter = &self.0.spotter;
        let delay = vdma::channel::capture_delay(spotter.shared.format(), &spotter.cable.wire);
        Ok((0, u32::try_from(delay).map_err(|_| Error::InvalidParameter)?))
    }

    fn current_packet(&self) -> Result<u32> {
        self.0.given.enter(|given| Ok(u32::try_from(given.filled & 0xFFFF_FFFF).unwrap_or(0)))
    }

    fn presentation_position(&self) -> Result<(u64, Qpc)> {
        let frames = self.0.given.enter(|given| Ok(given.filled.saturating_mul(given.frames)))?;
        Ok((frames, Qpc(now().0)))
    }

    fn capture_packet(&self, level: &mut Dispatch) -> Result<CapturedPacket> {
        let (packet, next) = self.0.given.enter(|given| {
            let newest = given.filled.checked_sub(1).ok_or(Error::NotReady)?;
            given.read = given.filled;
            let frame = given.begin.saturating_add(newest.saturating_mul(given.frames));
            let number = u32::try_from(newest & 0xFFFF_FFFF).unwrap_or(0);
            let more = self.0.fill(given);
            let began = self.0.spotter.time_of(frame);
            let next = more.then_some((given.begin, given.filled, given.frames));
            Ok((CapturedPacket { number, began, more }, next))
        })?;
        if let Some(given) = next {
            self.0.tell(given, level);
        }
        Ok(packet)
    }
}
