//! The microphone's keyword spotter. While it is armed it listens to the cable, keeps the newest
//! seconds as a history, and raises a PnP event when it detects the pattern. Streams at its pin
//! ([`keyword_stream`](crate::keyword_stream)) read the history.
//!
//! It does not recognize speech: a *pattern* is sound that is louder than a level for some time.

use core::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};

use acx::circuit::NewCircuit;
use acx::format::{Coding, WaveFormat};
use acx::guid::KSNOTIFICATIONID_SoundDetector;
use acx::keyword::{KeywordSpotter, Patterns, PnpEvent};
use acx::lock::WaitLock;
use acx::packets::{PacketLayout, PacketView, RtPackets};
use acx::pool::{Arc, Box, Buffer};
use acx::time::Qpc;
use acx::timer::{Expire, Timer};
use acx::units::{Bytes, Hns};
use acx::work::{Work, WorkItem};
use acx::{Dispatch, Error, Passive, Result};
use acxvad_abi::properties::{KEYWORD_PATTERN_BYTES, LONGEST_PATTERN_MS};
use vdma::channel::Channel;
use vdma::format::Format;
use vdma::gain::gain_of_level;
use vdma::packets::Layout;
use vdma::position::Shared;
use vdma::source::Source;

use crate::cable::Cable;
use crate::clock::now;
use crate::error::{DriverError, engine_error};
use crate::formats;
use crate::packets::EnginePackets;
use crate::properties::KEYWORD_PATTERN;

/// The one format of the keyword pin.
pub const FORMAT: WaveFormat = WaveFormat {
    coding: Coding::Pcm,
    channels: 1,
    mask: 0x4,
    rate: RATE,
    bits: 16,
    valid_bits: 16,
};

/// Frames per second.
pub const RATE: u32 = 16_000;

/// The size of a frame in bytes.
pub const BYTES_PER_FRAME: u32 = 2;

/// Half of the history in frames: three of six seconds.
const HALF: u32 = 3 * RATE;

/// Frames of the history.
pub const HISTORY: u64 = 6 * 16_000;

/// The spotter: its published state, and the control of its timer.
pub struct Spotter {
    detector: Arc<Detector>,
    step: u32,
    /// Clients arm the spotter while streams open and close: the lock serializes them.
    listening: WaitLock<Listening>,
}

/// The part of the spotter that its timer publishes.
struct Detector {
    cable: Arc<Cable>,
    /// The pattern: a peak of 16-bit samples, and a number of frames; 0 frames is no pattern.
    peak: AtomicU32,
    frames: AtomicU32,
    armed: AtomicBool,
    /// The number of armings: sound from before the last one does not count.
    armings: AtomicU32,
    shared: Arc<Shared>,
    history: PacketView,
    /// The device frame at which listening began.
    started: AtomicU64,
    /// One more than the frame of the last detection, relative to `started`; 0 if there was none.
    detected: AtomicU64,
}

/// The timer, which owns the mutable part, and the demand for it.
struct Listening {
    /// None until the element is added to the circuit.
    timer: Option<Timer<Listener>>,
    demand: Demand,
    is_on: bool,
}

/// The users of the spotter.
#[derive(Clone, Copy, Default)]
struct Demand {
    armed: bool,
    /// Streams that read the history.
    readers: u32,
}

/// The state of the timer.
struct Listener {
    channel: Box<Channel<Buffer>>,
    detector: Arc<Detector>,
    history: EnginePackets,
    notification: WorkItem<Notification>,
    /// The frames examined, and the number of loud ones at the end.
    examined: u64,
    loud: u64,
    /// The arming for which they are counted.
    arming: u32,
}

/// Raises the PnP event of a detection.
struct Notification(PnpEvent);

impl Work for Notification {
    fn work(&self, passive: &mut Passive) {
        // It fails if no client has registered for the event. The spotter continues either way.
        let _ = self.0.generate([], passive);
    }
}

impl Expire for Listener {
    fn expire(&mut self, level: &mut Dispatch) -> Option<Qpc> {
        let cable = self.detector.cable.clone();
        let ring = cable.ring_at(level);
        let endpoint = ring.endpoint(&cable.spotter, None);
        let tick = self.channel.tick(now(), &self.history, &self.detector.shared, &endpoint);
        self.examine(level);
        Some(Qpc(tick.next.0))
    }
}

impl Listener {
    /// Searches the new frames for the pattern.
    fn examine(&mut self, level: &mut Dispatch) {
        let end = self.detector.shared.fetched().0;
        self.examined = self.examined.max(end.saturating_sub(HISTORY));
        let (peak, wanted) = (
            self.detector.peak.load(Ordering::Relaxed),
            u64::from(self.detector.frames.load(Ordering::Relaxed)),
        );
        let is_armed = self.detector.armed.load(Ordering::Acquire);
        let arming = self.detector.armings.load(Ordering::Relaxed);
        if core::mem::replace(&mut self.arming, arming) != arming {
            self.loud = 0;
        }
        let mut bytes = [0; 128];
        while self.examined < end {
            let count = end.saturating_sub(self.examined).min(64);
            let length = usize::try_from(count.saturating_mul(2)).unwrap_or(0);
            let Some(bytes) = bytes.get_mut(..length) else { break };
            self.detector.read(self.examined, bytes);
            for (frame, sample) in (self.examined..).zip(bytes.as_chunks::<2>().0) {
                let value = i16::from_le_bytes(*sample).unsigned_abs();
                if u32::from(value) <= peak {
                    self.loud = 0;
                    continue;
                }
                // At least 1, so that without a pattern one of 0 frames is not found.
                self.loud = self.loud.saturating_add(1);
                if is_armed && self.loud == wanted {
                    self.detector.detected.store(frame.saturating_add(2), Ordering::Release);
                    self.notification.enqueue(level);
                }
            }
            self.examined = self.examined.saturating_add(count);
        }
    }
}

impl Spotter {
    /// A spotter that is not listening.
    ///
    /// # Errors
    ///
    /// [`Error::OutOfMemory`].
    #[inline(never)]
    pub fn new(cable: &Arc<Cable>, step: u32, passive: &mut Passive) -> Result<Arc<Self>> {
        let format = formats::engine_format(FORMAT)?;
        let detector = Detector {
            cable: cable.clone(),
            peak: AtomicU32::default(),
            frames: AtomicU32::new(0),
            armed: AtomicBool::new(false),
            armings: AtomicU32::default(),
            shared: Arc::new(Shared::new(format))?,
            history: packets(2, Bytes(HALF.saturating_mul(BYTES_PER_FRAME)), passive)?.view(),
            started: AtomicU64::default(),
            detected: AtomicU64::default(),
        };
        let listening = Listening { timer: None, demand: Demand::default(), is_on: false };
        let listening = WaitLock::new(listening, passive)?;
        Arc::new(Self { detector: Arc::new(detector)?, step, listening })
    }

    /// Adds the element to `circuit`, with its event and its timer.
    ///
    /// # Errors
    ///
    /// ACX's errors.
    #[inline(never)]
    pub fn add_to(this: &Arc<Self>, circuit: &mut NewCircuit<'_>) -> Result<()> {
        let event = PnpEvent::new(circuit, &KSNOTIFICATIONID_SoundDetector)?;
        let listener = Listener {
            channel: channel(this.detector.shared.format(), this.step)?,
            detector: this.detector.clone(),
            history: EnginePackets(this.detector.history.clone()),
            notification: WorkItem::new(circuit, Notification(event))?,
            examined: 0,
            loud: 0,
            arming: 0,
        };
        let timer = Timer::new(circuit, listener)?;
        this.listening.with(circuit.passive(), |listening, _| listening.timer = Some(timer))?;
        circuit.keyword_spotter(&KEYWORD_PATTERN, Element(this.clone())).map(|_| ())
    }

    /// Adds a reader of the history, which makes the spotter listen.
    ///
    /// # Errors
    ///
    /// The engine's or the framework's errors; the reader is then not added.
    pub fn add_reader(&self, passive: &mut Passive) -> Result<()> {
        self.demand(passive, |demand, _| demand.readers = demand.readers.saturating_add(1))
    }

    /// Removes a reader.
    ///
    /// # Errors
    ///
    /// The framework's errors.
    pub fn remove_reader(&self, passive: &mut Passive) -> Result<()> {
        self.demand(passive, |demand, _| demand.readers = demand.readers.saturating_sub(1))
    }

    /// The cable that it listens to.
    pub fn cable(&self) -> &Cable {
        &self.detector.cable
    }

    /// The frame of the last detection, if there was one.
    pub fn detection(&self) -> Option<u64> {
        self.detector.detected.load(Ordering::Acquire).checked_sub(1)
    }

    /// The frame after the newest of the history. The engine moves steps ahead of the clock; their
    /// frames count from the time at which they are captured.
    pub fn end(&self) -> u64 {
        let detector = &self.detector;
        let captured = detector.cable.clock.frame(RATE, now()).0;
        let captured = captured.saturating_sub(detector.started.load(Ordering::Acquire));
        captured.min(detector.shared.fetched().0)
    }

    /// Copies frames of the history, from `frame` on.
    pub fn read(&self, frame: u64, into: &mut [u8]) {
        self.detector.read(frame, into);
    }

    /// The time at which `frame` was captured.
    pub fn time_of(&self, frame: u64) -> Qpc {
        let detector = &self.detector;
        let device = detector.started.load(Ordering::Acquire).saturating_add(frame);
        Qpc(detector.cable.clock.time_of(RATE, vdma::Frames(device)).0)
    }

    /// The delay of the capture path, in 100 ns.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] for one that does not fit 32 bits.
    pub fn delay(&self) -> Result<Hns> {
        let detector = &self.detector;
        let delay = vdma::channel::capture_delay(detector.shared.format(), &detector.cable.wire);
        u32::try_from(delay).map(Hns).map_err(|_| Error::InvalidParameter)
    }

    /// Half of the shortest packet from now.
    pub fn next_poll(&self) -> Qpc {
        Qpc(now().0.saturating_add(self.detector.cable.clock.span(500)))
    }

    /// Changes the demand, and listens while there is any. On an error the demand is unchanged.
    fn demand(
        &self,
        passive: &mut Passive,
        change: impl FnOnce(&mut Demand, &Detector),
    ) -> Result<()> {
        let done = self.listening.with(passive, |listening, passive| {
            let before = listening.demand;
            change(&mut listening.demand, &self.detector);
            let done = listening.follow(&self.detector, passive);
            if done.is_err() {
                listening.demand = before;
            }
            self.detector.armed.store(listening.demand.armed, Ordering::Release);
            done
        })?;
        self.detector.cable.sleepers.wake(passive);
        done
    }
}

impl Listening {
    /// Starts or stops listening, by the demand. Stopping never fails.
    fn follow(&mut self, detector: &Detector, passive: &Passive) -> Result<()> {
        let wanted = self.demand.armed || self.demand.readers > 0;
        if wanted == self.is_on {
            return Ok(());
        }
        let timer = self.timer.as_mut().ok_or(Error::NotReady)?;
        let (cable, shared) = (&detector.cable, &detector.shared);
        let listener = timer.stop(passive);
        if wanted {
            let layout = Layout::new(2, HALF.saturating_mul(BYTES_PER_FRAME), 2);
            listener.channel.set_packets(layout.map_err(engine_error)?, shared);
            let memory = |bytes| Buffer::zeroed(bytes).map_err(DriverError);
            listener.channel.prepare(&cable.wire, memory).map_err(|DriverError(error)| error)?;
            (listener.examined, listener.loud) = (0, 0);
            let start = now();
            let frame = cable.clock.frame(RATE, start);
            detector.started.store(frame.0, Ordering::Release);
            detector.detected.store(0, Ordering::Release);
            listener.channel.run(|| start, shared, &cable.clock, &cable.wire);
            timer.start(Qpc(start.0), passive);
        } else {
            listener.channel.pause(now, shared, &cable.clock, &cable.wire);
            listener.channel.release(&cable.wire, shared);
        }
        self.is_on = wanted;
        Ok(())
    }
}

impl Detector {
    /// Copies frames of the history, from `frame` on.
    fn read(&self, frame: u64, into: &mut [u8]) {
        let view = &self.history;
        let offset = usize::try_from(frame % HISTORY).unwrap_or(0).saturating_mul(2);
        let (first, rest) = into.split_at_mut(into.len().min(view.length().saturating_sub(offset)));
        view.read(offset, first);
        view.read(0, rest);
    }
}

/// Memory for packets.
fn packets(count: u32, size: Bytes, passive: &Passive) -> Result<RtPackets> {
    RtPackets::new(PacketLayout::contiguous(count, size)?, passive)
}

/// Not inlined: it is large, and built on the stack before it is moved to the pool.
#[inline(never)]
fn channel(format: Format, step: u32) -> Result<Box<Channel<Buffer>>> {
    Box::new(Channel::capture(format, step, Source::Cable))
}

/// The element, with ACX's callbacks.
struct Element(Arc<Spotter>);

impl KeywordSpotter for Element {
    fn set_patterns(&self, patterns: &Patterns<'_>, passive: &mut Passive) -> Result<()> {
        // KSMULTIPLE_ITEM and one pattern: this spotter supports one at a time.
        let mut bytes = [0; 8 + KEYWORD_PATTERN_BYTES];
        if patterns.read_at(0, &mut bytes) < bytes.len() {
            return Err(Error::InvalidParameter);
        }
        let word = |at: usize| {
            let four = bytes.get(at..at.saturating_add(4)).and_then(|four| four.first_chunk::<4>());
            four.map_or(0, |four| u32::from_le_bytes(*four))
        };
        let is_ours = word(12) == KEYWORD_PATTERN.Data1
            && word(16)
                == u32::from(KEYWORD_PATTERN.Data2) | u32::from(KEYWORD_PATTERN.Data3) << 16
            && bytes.get(20..28) == Some(&KEYWORD_PATTERN.Data4[..]);
        let (loudness, milliseconds) = (word(28).cast_signed(), word(32));
        let is_good = word(4) == 1
            && usize::try_from(word(8)).is_ok_and(|size| size == KEYWORD_PATTERN_BYTES)
            && loudness <= 0
            && (1..=LONGEST_PATTERN_MS).contains(&milliseconds);
        if !is_ours || !is_good {
            return Err(Error::InvalidParameter);
        }
        self.0.demand(passive, |demand, detector| {
            demand.armed = false;
            // Full scale is 2^31 in the engine, 32767 here.
            detector.peak.store((gain_of_level(loudness) >> 16).min(32_766), Ordering::Relaxed);
            detector.frames.store(milliseconds.saturating_mul(RATE / 1000), Ordering::Relaxed);
        })
    }

    fn arm(&self, armed: bool, passive: &mut Passive) -> Result<()> {
        self.0.demand(passive, |demand, detector| {
            // Without a pattern there is nothing to listen for.
            let armed = armed && detector.frames.load(Ordering::Relaxed) != 0;
            if armed && !demand.armed {
                detector.armings.fetch_add(1, Ordering::Relaxed);
            }
            demand.armed = armed;
        })
    }

    fn is_armed(&self) -> Result<bool> {
        Ok(self.0.detector.armed.load(Ordering::Acquire))
    }

    fn reset(&self, passive: &mut Passive) -> Result<()> {
        self.0.demand(passive, |demand, detector| {
            demand.armed = false;
            detector.frames.store(0, Ordering::Relaxed);
        })
    }
}
