//! The microphone's keyword spotter: it listens to the cable while somebody has armed it, keeps the newest seconds, and tells the system
//! when it heard what it was told to listen for. Its pin gives out what it kept, as fast as it is read, and then real time.
//!
//! There is no speech here to recognize: a *pattern* is sound that is louder than a level for some time.

use core::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};

use acx::circuit::{Direction, NewCircuit};
use acx::format::{Coding, WaveFormat};
use acx::guid::{GUID, KSNOTIFICATIONID_SoundDetector, KSPROPSETID_RtAudio};
use acx::keyword::{KeywordSpotter, Patterns, PnpEvent};
use acx::lock::WaitLock;
use acx::once::Once;
use acx::packets::{PacketLayout, PacketView, RtPackets};
use acx::pool::{Arc, Box, Bytes};
use acx::request::{Filter, Request};
use acx::stream::{self, CapturedPacket, CreateStream, Notifier, RtStream};
use acx::time::Qpc;
use acx::timer::{Expire, Timer};
use acx::work::{Work, WorkItem};
use acx::{Dispatch, Error, Passive, Result};
use vdma::burst::{Burst, Fill};
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

/// The spotter: what it publishes, and what it wants of its timer.
pub struct Spotter {
    ears: Arc<Ears>,
    step: u32,
    /// Clients arm the spotter, and streams come and go, at the same time: each waits for its turn.
    listening: WaitLock<Listening>,
}

/// What the timer shares with everybody.
struct Ears {
    cable: Arc<Cable>,
    /// Peak of a 16-bit sample, and frames; no frames is no pattern.
    peak: AtomicU32,
    frames: AtomicU32,
    armed: AtomicBool,
    /// How often it was armed: what was loud before does not count.
    armings: AtomicU32,
    shared: Arc<Shared>,
    kept: PacketView,
    /// The device frame at which listening began.
    started: AtomicU64,
    /// One more than the frame at which the pattern was heard last, counted from there; 0 if it was not.
    heard: AtomicU64,
}

/// The timer, which has the moving half, and for whom it runs.
struct Listening {
    /// None until the circuit has the element.
    timer: Option<Timer<Ear>>,
    wishes: Wishes,
    is_on: bool,
}

/// Who wants the spotter to listen.
#[derive(Clone, Copy, Default)]
struct Wishes {
    armed: bool,
    /// Streams that read what is kept.
    readers: u32,
}

/// What the timer works on.
struct Ear {
    channel: Box<Channel<Bytes>>,
    ears: Arc<Ears>,
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
        let cable = self.ears.cable.clone();
        let ring = cable.at(level);
        let endpoint = ring.endpoint(&cable.ears, None);
        let tick = self.channel.tick(now(), &self.memory, &self.ears.shared, &endpoint);
        self.look(level);
        Some(Qpc(tick.next.0))
    }
}

impl Ear {
    /// Looks at what has come since.
    fn look(&mut self, level: &mut Dispatch) {
        let there = self.ears.shared.fetched().0;
        self.seen = self.seen.max(there.saturating_sub(KEPT));
        let (peak, wanted) = (
            self.ears.peak.load(Ordering::Relaxed),
            u64::from(self.ears.frames.load(Ordering::Relaxed)),
        );
        let is_armed = wanted > 0 && self.ears.armed.load(Ordering::Acquire);
        let arming = self.ears.armings.load(Ordering::Relaxed);
        if core::mem::replace(&mut self.arming, arming) != arming {
            self.loud = 0;
        }
        let mut bytes = [0; 128];
        while self.seen < there {
            let count = there.saturating_sub(self.seen).min(64);
            let length = usize::try_from(count.saturating_mul(2)).unwrap_or(0);
            let Some(bytes) = bytes.get_mut(..length) else { break };
            self.ears.read(self.seen, bytes);
            for (frame, sample) in (self.seen..).zip(bytes.as_chunks::<2>().0) {
                let value = i16::from_le_bytes(*sample).unsigned_abs();
                self.loud = if u32::from(value) > peak { self.loud.saturating_add(1) } else { 0 };
                if is_armed && self.loud == wanted {
                    self.ears.heard.store(frame.saturating_add(2), Ordering::Release);
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
        let ears = Ears {
            cable: cable.clone(),
            peak: AtomicU32::new(0),
            frames: AtomicU32::new(0),
            armed: AtomicBool::new(false),
            armings: AtomicU32::new(0),
            shared: Arc::new(Shared::new(format))?,
            kept: packets(2, HALF.saturating_mul(BYTES_PER_FRAME), passive)?.view(),
            started: AtomicU64::new(0),
            heard: AtomicU64::new(0),
        };
        let listening = Listening { timer: None, wishes: Wishes::default(), is_on: false };
        let listening = WaitLock::new(listening, passive)?;
        Arc::new(Self { ears: Arc::new(ears)?, step, listening })
    }

    /// Gives `circuit` its element, and what it needs there.
    ///
    /// # Errors
    ///
    /// What ACX answers.
    #[inline(never)]
    pub fn add_to(this: &Arc<Self>, circuit: &mut NewCircuit<'_>) -> Result<()> {
        let event = PnpEvent::new(circuit, &KSNOTIFICATIONID_SoundDetector)?;
        let ear = Ear {
            channel: ear_channel(this.ears.shared.format(), this.step)?,
            ears: this.ears.clone(),
            memory: Memory(this.ears.kept.clone()),
            tell: WorkItem::new(circuit, Tell(event))?,
            seen: 0,
            loud: 0,
            arming: 0,
        };
        let timer = Timer::new(circuit, ear)?;
        this.listening.with(circuit.passive(), |listening, _| listening.timer = Some(timer))?;
        circuit.keyword_spotter(&PATTERN, Handle(this.clone())).map(|_| ())
    }

    /// Changes what is wanted, and listens while somebody wants it. What could not be done is not
    /// wanted.
    ///
    /// # Errors
    ///
    /// What the engine answers, when the spotter is to begin; what the framework does.
    fn want(&self, passive: &mut Passive, change: impl FnOnce(&mut Wishes, &Ears)) -> Result<()> {
        self.listening.with(passive, |listening, passive| {
            let before = listening.wishes;
            change(&mut listening.wishes, &self.ears);
            let done = listening.follow(&self.ears, passive);
            if done.is_err() {
                listening.wishes = before;
            }
            self.ears.armed.store(listening.wishes.armed, Ordering::Release);
            done
        })?
    }
}

impl Listening {
    /// Begins or ends, as is wanted. Ending always can.
    fn follow(&mut self, ears: &Ears, passive: &Passive) -> Result<()> {
        let wanted = self.wishes.armed || self.wishes.readers > 0;
        if wanted == self.is_on {
            return Ok(());
        }
        let timer = self.timer.as_mut().ok_or(Error::NotReady)?;
        let cable = &ears.cable;
        let ear = timer.stop(passive);
        if wanted {
            let layout = Layout::new(2, HALF.saturating_mul(BYTES_PER_FRAME), 2);
            ear.channel.set_packets(layout.map_err(status_of)?, &ears.shared);
            let memory = |_| Err(vdma::Error::TooManyStreams);
            ear.channel.prepare(&cable.wire, memory).map_err(status_of)?;
            (ear.seen, ear.loud) = (0, 0);
            let start = now();
            let frame = cable.common.clock.frame(RATE, start);
            ears.started.store(frame.0, Ordering::Release);
            ears.heard.store(0, Ordering::Release);
            ear.channel.run(|| start, &ears.shared, &cable.common.clock, &cable.wire);
            timer.start(Qpc(start.0), passive);
        } else {
            ear.channel.pause(now, &ears.shared, &cable.common.clock, &cable.wire);
            ear.channel.release(&cable.wire, &ears.shared);
        }
        self.is_on = wanted;
        Ok(())
    }
}

impl Ears {
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

impl KeywordSpotter for Handle {
    fn set_patterns(&self, patterns: &Patterns<'_>, passive: &mut Passive) -> Result<()> {
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
        self.0.want(passive, |wishes, ears| {
            wishes.armed = false;
            // Full scale is 2^31 there, 32767 here.
            ears.peak.store((gain_of_level(loudness) >> 16).min(32_766), Ordering::Relaxed);
            ears.frames.store(milliseconds.saturating_mul(RATE / 1000), Ordering::Relaxed);
        })
    }

    fn arm(&self, armed: bool, passive: &mut Passive) -> Result<()> {
        self.0.want(passive, |wishes, ears| {
            // Without a pattern there is nothing to listen for.
            let armed = armed && ears.frames.load(Ordering::Relaxed) > 0;
            if armed && !wishes.armed {
                ears.armings.fetch_add(1, Ordering::Relaxed);
            }
            wishes.armed = armed;
        })
    }

    fn is_armed(&self) -> Result<bool> {
        Ok(self.0.ears.armed.load(Ordering::Acquire))
    }

    fn reset(&self, passive: &mut Passive) -> Result<()> {
        self.0.want(passive, |wishes, ears| {
            wishes.armed = false;
            ears.frames.store(0, Ordering::Relaxed);
        })
    }
}

/// A stream at the keyword pin, as any callback may see it. Nothing here is waited for: the packets'
/// memory is given once, and [`Burst`] says who fills the next one.
struct Feed {
    spotter: Arc<Spotter>,
    burst: Burst,
    packets: Once<Packets>,
    /// The kept frame at which packet 0 begins.
    begin: AtomicU64,
    notifier: Notifier,
}

/// What a client maps.
struct Packets {
    view: PacketView,
    /// Frames of a packet.
    frames: u64,
}

impl Feed {
    fn ears(&self) -> &Ears {
        &self.spotter.ears
    }

    /// The kept frame at which `packet` begins.
    fn frame_of(&self, packet: u64) -> u64 {
        let frames = self.packets.get().map_or(0, |packets| packets.frames);
        self.begin.load(Ordering::Acquire).saturating_add(packet.saturating_mul(frames))
    }

    /// Fills the next packet if all of it has been heard; which one.
    fn fill(&self, mut fill: Fill<'_>) -> Option<u64> {
        let Packets { view, frames } = self.packets.get()?;
        let there = self.ears().shared.fetched().0;
        // What is kept no longer is passed over: the numbers say so.
        while self.frame_of(fill.packet()).saturating_add(KEPT) < there.saturating_add(*frames) {
            fill.skip();
        }
        let packet = fill.packet();
        let from = self.frame_of(packet);
        if from.saturating_add(*frames) > there {
            return None;
        }
        let bytes = usize::try_from(frames.saturating_mul(2)).unwrap_or(0);
        let slot = usize::try_from(packet % 2).unwrap_or(0).saturating_mul(bytes);
        let mut piece = [0; 128];
        let mut done = 0_usize;
        while done < bytes {
            let length = bytes.saturating_sub(done).min(piece.len());
            let Some(piece) = piece.get_mut(..length) else { break };
            let frame = from.saturating_add(u64::try_from(done / 2).unwrap_or(0));
            self.ears().read(frame, piece);
            view.write(slot.saturating_add(done), piece);
            done = done.saturating_add(length);
        }
        fill.done().then_some(packet)
    }

    /// Fills the next packet, if there is one to fill, and tells the client of it; whether it did.
    fn go_on(&self, fill: Option<Fill<'_>>, level: &mut Dispatch) -> bool {
        let Some(packet) = fill.and_then(|fill| self.fill(fill)) else { return false };
        let at = self.ears().time_of(self.frame_of(packet.saturating_add(1)));
        self.notifier.notify_packet_complete(packet, at, level);
        true
    }
}

struct Feeder(Arc<Feed>);

impl Expire for Feeder {
    fn expire(&mut self, level: &mut Dispatch) -> Option<Qpc> {
        self.0.go_on(self.0.burst.next(), level);
        Some(soon(self.0.ears()))
    }
}

/// Half of the shortest packet from now.
fn soon(ears: &Ears) -> Qpc {
    Qpc(now().0.saturating_add(ears.cable.common.clock.span(500)))
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
            let feed = Arc::new(Feed {
                spotter,
                burst: Burst::default(),
                packets: Once::default(),
                begin: AtomicU64::new(0),
                notifier: stream.notifier(),
            })?;
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
            let join = |wishes: &mut Wishes, _: &Ears| {
                wishes.readers = wishes.readers.saturating_add(1);
            };
            spotter.want(passive, join)?;
            control.is_prepared = true;
        }
        // From before the detection, if there was one; else from now.
        let heard = spotter.ears.heard.load(Ordering::Acquire);
        let begin = match heard.checked_sub(1) {
            Some(frame) => frame.saturating_sub(BEFORE),
            None => spotter.ears.shared.fetched().0,
        };
        self.0.burst.reset();
        self.0.begin.store(begin, Ordering::Release);
        Ok(())
    }

    fn release_hardware(&self, control: &mut Control, passive: &mut Passive) -> Result<()> {
        control.timer.stop(passive);
        self.0.burst.reset();
        if control.is_prepared {
            let leave = |wishes: &mut Wishes, _: &Ears| {
                wishes.readers = wishes.readers.saturating_sub(1);
            };
            self.0.spotter.want(passive, leave)?;
            control.is_prepared = false;
        }
        Ok(())
    }

    fn run(&self, control: &mut Control, passive: &mut Passive) -> Result<()> {
        self.0.burst.run();
        // What is there already is told at once.
        self.0.go_on(self.0.burst.next(), passive);
        control.timer.start(soon(self.0.ears()), passive);
        Ok(())
    }

    fn pause(&self, control: &mut Control, passive: &mut Passive) -> Result<()> {
        control.timer.stop(passive);
        self.0.burst.pause();
        Ok(())
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
        self.0.packets.set(Packets { view: packets.view(), frames })?;
        Ok(packets)
    }

    fn free_packets(&self, control: &mut Control, passive: &mut Passive) {
        // The stream goes next, and the memory with it.
        control.timer.stop(passive);
    }

    fn hw_latency(&self) -> Result<(u32, u32)> {
        let ears = self.0.ears();
        let delay = vdma::channel::capture_delay(ears.shared.format(), &ears.cable.wire);
        Ok((0, u32::try_from(delay).map_err(|_| Error::InvalidParameter)?))
    }

    fn current_packet(&self) -> Result<u32> {
        Ok(u32::try_from(self.0.burst.filled() & 0xFFFF_FFFF).unwrap_or(0))
    }

    fn presentation_position(&self) -> Result<(u64, Qpc)> {
        let frames = self.0.packets.get().map_or(0, |packets| packets.frames);
        Ok((self.0.burst.filled().saturating_mul(frames), Qpc(now().0)))
    }

    fn capture_packet(&self, level: &mut Dispatch) -> Result<CapturedPacket> {
        let (newest, fill) = self.0.burst.read().ok_or(Error::NotReady)?;
        let began = self.0.ears().time_of(self.0.frame_of(newest));
        let number = u32::try_from(newest & 0xFFFF_FFFF).unwrap_or(0);
        let more = self.0.go_on(fill, level);
        Ok(CapturedPacket { number, began, more })
    }
}
