//! The microphone's keyword pin, if the device has one. Its audio is made up: the first stream that
//! runs at the speaker while the spotter is armed is the sound that it detects. A stream at the pin
//! begins a second before that sound, with a burst; without one it begins with the present.

use core::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};

use acx::circuit::NewCircuit;
use acx::format::WaveFormat;
use acx::guid::{GUID, KSNOTIFICATIONID_SoundDetector};
use acx::keyword::{KeywordSpotter, Patterns, PnpEvent};
use acx::once::Once;
use acx::packets::PacketView;
use acx::pin::Mode;
use acx::pool::Arc;
use acx::stream::CapturedPacket;
use acx::time::Qpc;
use acx::{Passive, Result};

use crate::Flaw;

/// The pin, after the host and the bridge pin.
pub(crate) const PIN: u32 = 2;

/// The pin's format.
pub(crate) const FORMAT: WaveFormat = WaveFormat::mono(16_000, 16);

/// The kind of pattern that the spotter takes.
const PATTERN: GUID = acx::guid!("2F0B8F0C-8F8B-4E5B-9C5C-0D1F5A3C1E10");

/// A sample of the sound.
const LOUD: i16 = 8000;

/// Gives the microphone's circuit spotter and pin.
pub(crate) fn add(circuit: &mut NewCircuit<'_>, detector: &Arc<Detector>) -> Result<()> {
    if detector.event.get().is_none() {
        detector.event.set(PnpEvent::new(circuit, &KSNOTIFICATIONID_SoundDetector)?)?;
    }
    circuit.keyword_spotter(&PATTERN, Spotter(detector.clone()))?;
    circuit.keyword_pin(1)?.formats(Mode::Raw, [FORMAT])?;
    Ok(())
}

/// What the spotter and the streams share.
pub(crate) struct Detector {
    flaw: Flaw,
    armed: AtomicBool,
    /// When the sound that was detected began; 0 without one.
    sounded: AtomicU64,
    event: Once<PnpEvent>,
}

impl Detector {
    pub(crate) fn new(flaw: Flaw) -> Self {
        let (armed, sounded) = (AtomicBool::new(false), AtomicU64::new(0));
        Self { flaw, armed, sounded, event: Once::default() }
    }

    /// Whether a sound was detected.
    pub(crate) fn has_heard(&self) -> bool {
        self.sounded.load(Relaxed) > 0
    }

    /// Notifies the system.
    fn notify(&self, passive: &Passive) {
        if let Some(event) = self.event.get() {
            // It fails where no client has registered for it.
            let _ = event.generate([], passive);
        }
    }

    /// A stream begins to run at the speaker.
    pub(crate) fn hear(&self, now: Qpc, passive: &Passive) {
        if !self.armed.load(Relaxed) || self.sounded.load(Relaxed) > 0 {
            return;
        }
        self.sounded.store(now.0, Relaxed);
        self.notify(passive);
        match self.flaw {
            Flaw::KeywordTwice => self.notify(passive),
            Flaw::KeywordDisarms => self.armed.store(false, Relaxed),
            _ => {}
        }
    }
}

/// The element.
struct Spotter(Arc<Detector>);

impl KeywordSpotter for Spotter {
    fn set_patterns(&self, _patterns: &Patterns<'_>, _passive: &mut Passive) -> Result<()> {
        self.0.armed.store(false, Relaxed);
        Ok(())
    }

    fn arm(&self, armed: bool, passive: &mut Passive) -> Result<()> {
        self.0.armed.store(armed, Relaxed);
        if self.0.flaw == Flaw::KeywordAtOnce {
            self.0.notify(passive);
        }
        Ok(())
    }

    fn is_armed(&self) -> Result<bool> {
        Ok(self.0.armed.load(Relaxed))
    }

    fn reset(&self, _passive: &mut Passive) -> Result<()> {
        if self.0.flaw != Flaw::KeywordStaysArmed {
            self.0.armed.store(false, Relaxed);
        }
        if self.0.flaw != Flaw::KeywordKeeps {
            self.0.sounded.store(0, Relaxed);
        }
        Ok(())
    }
}

/// What a stream at the pin delivers before the present. The packet path takes no lock that a
/// control callback takes.
#[derive(Default)]
pub(crate) struct History {
    /// Where its packets go.
    view: Once<PacketView>,
    /// Frames of a packet.
    frames: AtomicU64,
    /// When the history begins (0 before it does), what of it is loud, and ticks of a packet.
    began: AtomicU64,
    loud_from: AtomicU64,
    length: AtomicU64,
    /// Packets that it has, and those that were read.
    packets: AtomicU64,
    read: AtomicU64,
}

impl History {
    /// Takes the buffer of the stream.
    pub(crate) fn set_view(&self, view: PacketView, frames: u64) -> Result<()> {
        self.frames.store(frames, Relaxed);
        self.view.set(view)
    }

    /// Forgets what was read.
    pub(crate) fn reset(&self) {
        for number in [&self.began, &self.packets, &self.read] {
            number.store(0, Relaxed);
        }
    }

    /// The stream runs: its history reaches from a second before the sound to the present.
    pub(crate) fn begin(&self, detector: &Detector, now: Qpc) {
        let sounded = detector.sounded.load(Relaxed);
        if sounded == 0 || self.began.load(Relaxed) > 0 {
            return;
        }
        let second = Qpc::frequency();
        let is_short = detector.flaw == Flaw::KeywordShort;
        let before = if is_short { second / 2 } else { second };
        let frames = self.frames.load(Relaxed);
        let length = (second.saturating_mul(frames) / u64::from(FORMAT.rate)).max(1);
        let span = now.0.saturating_sub(sounded).saturating_add(before);
        let packets = span.checked_div(length).unwrap_or(0);
        // The pin is as late as the other streams of the microphone.
        let delays = if detector.flaw == Flaw::KeywordMoves { 2 } else { 1 };
        let loud_from = sounded.saturating_add((second / 100).saturating_mul(delays));
        self.length.store(length, Relaxed);
        self.packets.store(packets, Relaxed);
        self.began.store(now.0.saturating_sub(packets.saturating_mul(length)), Relaxed);
        self.loud_from.store(loud_from, Relaxed);
    }

    /// Packets before the present.
    pub(crate) fn packets(&self) -> u64 {
        self.packets.load(Relaxed)
    }

    /// The next packet of the history, if there is one that was not read.
    pub(crate) fn next(&self, flaw: Flaw) -> Option<CapturedPacket> {
        let (number, packets) = (self.read.load(Relaxed), self.packets());
        let is_endless = flaw == Flaw::KeywordEndless && packets > 0;
        if number >= packets && !is_endless {
            return None;
        }
        let read = number.saturating_add(1);
        self.read.store(read, Relaxed);
        let first = self.began.load(Relaxed);
        let began = first.saturating_add(number.saturating_mul(self.length.load(Relaxed)));
        self.fill(number, began, flaw);
        let left = packets.saturating_sub(read);
        let (began, more) = match flaw {
            Flaw::KeywordStops => (began, false),
            Flaw::KeywordEndsEarly => (began, left > 10),
            Flaw::KeywordSameTime => (first, left > 0),
            _ => (began, left > 0 || is_endless),
        };
        let first = u64::from(flaw == Flaw::KeywordNumbers);
        Some(CapturedPacket { number: number.saturating_add(first), began: Qpc(began), more })
    }

    /// Writes a packet, one of two: silence, and the sound from its time on.
    fn fill(&self, number: u64, began: u64, flaw: Flaw) {
        let Some(view) = self.view.get() else { return };
        let frames = self.frames.load(Relaxed);
        let loud = if flaw == Flaw::KeywordQuiet { LOUD / 2 } else { LOUD };
        let first = (number % 2).saturating_mul(frames);
        for frame in 0..frames {
            let ticks = frame.saturating_mul(Qpc::frequency()) / u64::from(FORMAT.rate);
            let is_loud = began.saturating_add(ticks) >= self.loud_from.load(Relaxed);
            let is_gap = flaw == Flaw::KeywordGap && number % 2 == 1 && frame < 64;
            let sample = if is_loud && !is_gap { loud } else { 0 };
            let at = first.saturating_add(frame).saturating_mul(2);
            view.write(usize::try_from(at).unwrap_or(0), &sample.to_le_bytes());
        }
    }
}
