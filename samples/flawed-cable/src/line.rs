//! A stream: its clock, its packets, and its timer.

use core::ops::Range;
use core::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering::Relaxed};

use acx::clock::{PacketClock, PacketEnds};
use acx::guid::KSPROPSETID_RtAudio;
use acx::packets::{PacketView, RtPackets};
use acx::pool::Arc;
use acx::request::{Filter, Request};
use acx::stream::{CapturedPacket, HwLatency, Notifier, Position, RtStream, Stream};
use acx::time::Qpc;
use acx::timer::{Expire, Timer};
use acx::units::{Bytes, Frames, Hns};
use acx::{Dispatch, Error, Passive, Result};
use flaws::Packets;

use crate::follow::Follow;
use crate::sound::{CHANNELS, Controls, Frame, Gain, pack, unpack};
use crate::{BUDGET, Flaw, Place, STEREO, Shared};

/// Frames between the two ends of the cable: 10 ms.
const LATENCY: u64 = 480;
const LATENCY_HNS: u32 = 100_000;

/// The longest step of a microphone: two steps ahead it records only audio that was already played.
const LONGEST_STEP: u64 = 96;

/// The signal of a microphone with its own one, on the left alone.
const OWN_SOUND: Frame = [4_000, 0];

/// The size of a frame in bytes.
const BLOCK: Bytes = Bytes(4);

/// The requests for packets, which a stream at a hidden speaker sees: with and without
/// notification.
pub(crate) const PACKETS: &[Filter] =
    &[Filter::property(&KSPROPSETID_RtAudio, 1), Filter::property(&KSPROPSETID_RtAudio, 5)];

/// Packets that are long: more than those of half a second, and than rings of two.
const LONG: u64 = 400 * 1024;

/// The state that the callbacks of a stream share.
pub(crate) struct Line {
    card: Arc<Shared>,
    controls: Arc<Controls>,
    place: Place,
    clock: Arc<PacketClock>,
    rate: u64,
    packets: Packets,
    /// Bytes that its packets have taken of the budget.
    reserved: AtomicU64,
    /// Bytes that it reads ahead of its position.
    fifo: AtomicU32,
    is_prepared: AtomicBool,
    is_protected: AtomicBool,
    /// Whether its client ever wrote a packet.
    has_ever_written: AtomicBool,
    runs: AtomicU32,
    /// How often a stream at a speaker had begun to run when this one last did.
    number: AtomicU32,
    /// Frames that a stall skipped and that were looked at.
    looked_at: AtomicU64,
    /// The microphone's jack, at a hidden speaker.
    follow: Option<Arc<Follow>>,
}

impl Line {
    pub(crate) fn new(
        card: &Arc<Shared>,
        controls: &Arc<Controls>,
        place: Place,
        rate: u32,
        follow: Option<&Arc<Follow>>,
    ) -> Result<Self> {
        let no = || AtomicBool::new(false);
        Ok(Self {
            card: card.clone(),
            controls: controls.clone(),
            place,
            clock: Arc::new(PacketClock::new(rate))?,
            rate: rate.into(),
            packets: Packets::new(BLOCK),
            reserved: AtomicU64::new(0),
            fifo: AtomicU32::new(0),
            is_prepared: no(),
            is_protected: no(),
            has_ever_written: no(),
            runs: AtomicU32::new(0),
            number: AtomicU32::new(0),
            looked_at: AtomicU64::new(0),
            follow: follow.cloned(),
        })
    }

    fn has(&self, flaw: Flaw) -> bool {
        self.card.flaw == flaw
    }

    fn has_at_hidden(&self, flaw: Flaw) -> bool {
        self.has(flaw) && self.follow.is_some()
    }

    fn is_render(&self) -> bool {
        self.place != Place::Microphone
    }

    /// Frames of the ring that one of the stream's lasts.
    fn ratio(&self) -> u64 {
        u64::from(STEREO.rate).checked_div(self.rate).unwrap_or(1).max(1)
    }

    /// The time of frame 0, in frames of the ring.
    fn base(&self) -> u64 {
        Packets::base(&self.clock, STEREO.rate.into())
    }

    /// Whether a frame is to be played: before the end, in a packet that was written, if the client
    /// says which ones it writes, and in none that was refused.
    fn is_valid(&self, frame: u64) -> bool {
        let is_second = self.packets.has_written()
            && frame.checked_div(self.packets.length()).unwrap_or(0) % 2 == 1;
        let is_written = match self.card.flaw {
            Flaw::StaleMark => !is_second || self.packets.is_written(frame),
            Flaw::StaleRest => is_second || self.packets.is_written(frame),
            _ => self.packets.is_written(frame),
        };
        let is_refused = match self.card.flaw {
            Flaw::HalfHeard => false,
            Flaw::LosesNext => {
                let next = frame.saturating_sub(self.packets.length());
                self.packets.is_refused(frame) || self.packets.is_refused(next)
            }
            _ => self.packets.is_refused(frame),
        };
        frame < self.packets.end() && is_written && !is_refused
    }

    /// Whether its client writes nothing.
    fn stalls(&self) -> bool {
        !self.packets.has_written()
    }

    /// Takes bytes of the budget.
    fn reserve(&self, bytes: u64) -> Result<()> {
        let most = if self.has(Flaw::Overdraws) { u64::MAX } else { BUDGET };
        let take = |taken: u64| taken.checked_add(bytes).filter(|taken| *taken <= most);
        let taken = self.card.taken.fetch_update(Relaxed, Relaxed, take);
        let is_other = self.has(Flaw::RefusesOtherwise);
        taken.map_err(|_| if is_other { Error::InvalidState } else { Error::OutOfMemory })?;
        self.reserved.store(bytes, Relaxed);
        Ok(())
    }

    /// Returns its part of the budget.
    fn give_back(&self) {
        let bytes = self.reserved.swap(0, Relaxed);
        let kept = match self.card.flaw {
            _ if bytes < LONG => 0,
            Flaw::KeepsReservation => bytes,
            Flaw::KeepsFew => 4,
            _ => 0,
        };
        self.card.taken.fetch_sub(bytes.saturating_sub(kept), Relaxed);
    }

    /// Its buffer could not be allocated.
    fn fails(&self) {
        self.give_back();
        if let Some(follow) = &self.follow {
            follow.fails();
        }
    }

    fn position(&self, now: Qpc) -> Position {
        let found = self.clock.position(now);
        let stops = self.has(Flaw::StillElsewhere) && self.place == Place::Elsewhere;
        let stands = self.follow.as_ref().is_some_and(|own| own.has_failed(Flaw::StandsStill));
        let limit = match (stops, stands) {
            (true, _) => self.rate.saturating_mul(6) / 100,
            (_, true) => 0,
            _ => u64::MAX,
        };
        Position { frames: Frames(found.frames.0.min(limit)), at: found.at }
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        let has_stalled = self.runs.load(Relaxed) > 0 && !self.has_ever_written.load(Relaxed);
        if self.has_at_hidden(Flaw::Haunts) && has_stalled {
            self.card.is_haunted.store(true, Relaxed);
        }
        if self.has(Flaw::StaysProtected) && self.is_protected.load(Relaxed) {
            self.card.is_locked.store(true, Relaxed);
        }
    }
}

/// The timer's state: it moves audio, and reports the ends of packets.
pub(crate) struct Mover {
    line: Arc<Line>,
    ends: PacketEnds,
    view: Option<PacketView>,
    gain: Gain,
    /// The frame before the next one, and before the last stop.
    last: Frame,
    kept: Frame,
    /// Frames of a step.
    step: u64,
    /// Frames that are moved.
    moved: u64,
}

impl Mover {
    pub(crate) fn new(line: Arc<Line>, notifier: Notifier) -> Self {
        let ends = PacketEnds::new(line.clock.clone(), notifier);
        let last = [0; CHANNELS];
        let gain = Gain::default();
        Self { line, ends, view: None, gain, last, kept: last, step: 1, moved: 0 }
    }

    /// Moves up to two steps ahead of `now`, and returns the end of the current step.
    fn carry(&mut self, now: Qpc) -> Qpc {
        let Frames(position) = self.line.clock.position(now).frames;
        let end = position.saturating_add(self.step.saturating_mul(2));
        let block = usize::try_from(BLOCK.0).unwrap_or(1);
        let length = self.view.as_ref().map_or(0, PacketView::length);
        let capacity = u64::try_from(length / block).unwrap_or(1).max(1);
        let first = self.moved.max(end.saturating_sub(capacity));
        if self.line.has(Flaw::WorksLong) {
            for frame in (self.moved..first).step_by(48) {
                self.line.looked_at.store(frame, Relaxed);
            }
        }
        if self.line.has(Flaw::AsksOften) {
            for frame in (self.moved..first).step_by(48_000) {
                self.line.looked_at.store(frame ^ Qpc::now().0, Relaxed);
            }
        }
        if self.line.is_render() {
            self.play(first..end, capacity);
        } else {
            self.record(first..end, capacity);
        }
        self.moved = end;
        self.line.clock.time_of(Frames(position.saturating_add(self.step)))
    }

    /// Where a frame lies in the packets.
    fn place(frame: u64, capacity: u64) -> usize {
        let frame = frame.checked_rem(capacity).unwrap_or(0);
        usize::try_from(frame).unwrap_or(0).saturating_mul(4)
    }

    fn play(&mut self, frames: Range<u64>, capacity: u64) {
        let Some(view) = &self.view else { return };
        let line = &self.line;
        let (base, ratio) = (line.base(), line.ratio());
        let is_blind = line.has(Flaw::BlindMeter) && line.runs.load(Relaxed) > 1;
        let is_copied = match line.card.flaw {
            Flaw::Copies => true,
            Flaw::CopiesBeside => line.card.runs.load(Relaxed) != line.number.load(Relaxed),
            _ => false,
        };
        let is_protected = line.is_protected.load(Relaxed) && !is_copied;
        let is_silent = is_protected
            || line.card.is_locked.load(Relaxed)
            || line.card.has_one_rate && ratio > 1
            || line.place == Place::Elsewhere;
        for frame in frames {
            let at = Self::place(frame, capacity);
            let mut bytes = [0; 4];
            if line.is_valid(frame) {
                view.read(at, &mut bytes);
            }
            view.zero(at, 4);
            let is_lost = line.has(Flaw::HalfAfterStop)
                && line.runs.load(Relaxed) == 2
                && line.packets.has_written()
                && line.packets.written() == 0
                && frame < 240;
            let bytes = match line.has_at_hidden(Flaw::NoisyStall) && line.stalls() {
                true => [5; 4],
                false if is_lost => [0; 4],
                false => bytes,
            };
            let is_second = line.has(Flaw::KeptFifo) && line.runs.load(Relaxed) == 2;
            let is_kept = is_second && frame < 10 && self.kept != [0; CHANNELS];
            let frame_of = if is_kept { self.kept } else { unpack(u32::from_le_bytes(bytes)) };
            let sound = self.gain.apply(&line.controls, frame_of);
            if !is_blind {
                line.controls.measure(sound);
            }
            let time = base.saturating_add(frame.saturating_mul(ratio));
            if !is_silent && ratio > 1 {
                self.play_twice(time, sound);
            } else if !is_silent {
                let clipped = |sample: i16| sample.clamp(-4_096, 4_096);
                let sound =
                    if line.has_at_hidden(Flaw::ClipsFeed) { sound.map(clipped) } else { sound };
                if line.has_at_hidden(Flaw::Replaces) {
                    line.card.ring.put(time, sound);
                } else {
                    line.card.ring.add(time, sound);
                }
            }
            self.last = sound;
        }
    }

    /// A frame at half the rate of the ring: what lies half way to it, and the frame.
    fn play_twice(&self, time: u64, frame: Frame) {
        let line = &self.line;
        let quieter = |sample: i16| sample.saturating_sub(sample / 87);
        let left = |[left, _]: Frame| [left, 0];
        let (frame, last) = match line.card.flaw {
            Flaw::Quiet => (frame.map(quieter), self.last.map(quieter)),
            Flaw::LeftAlone => (left(frame), left(self.last)),
            _ => (frame, self.last),
        };
        let between = if line.has(Flaw::Holds) { frame } else { middle(last, frame) };
        let late = if line.has(Flaw::LateAtHalfRate) { 4 } else { 0 };
        let time = time.saturating_add(late);
        line.card.ring.add(time, between);
        line.card.ring.add(time.saturating_add(1), frame);
    }

    fn record(&mut self, frames: Range<u64>, capacity: u64) {
        let Some(view) = &self.view else { return };
        let base = self.line.base();
        for frame in frames {
            let time = base.saturating_add(frame).saturating_sub(LATENCY);
            let heard = if frame < self.line.card.begins_at {
                [0; CHANNELS]
            } else if self.line.card.has_own_sound() {
                OWN_SOUND
            } else {
                self.line.card.ring.at(time)
            };
            let mut sound = self.gain.apply(&self.line.controls, heard);
            if self.line.card.is_haunted.load(Relaxed) {
                sound = sound.map(|sample| sample.saturating_add(1));
            }
            self.line.controls.measure(sound);
            view.write(Self::place(frame, capacity), &pack(sound).to_le_bytes());
        }
    }

    fn reset(&mut self) {
        self.ends.reset();
        self.gain.reset();
        if self.moved > 0 {
            self.kept = self.last;
        }
        self.moved = 0;
        self.last = [0; CHANNELS];
    }
}

/// Half way from one frame to the next.
fn middle(one: Frame, other: Frame) -> Frame {
    let mut result = one;
    for (sample, other) in result.iter_mut().zip(other) {
        let sum = i32::from(*sample).saturating_add(other.into());
        *sample = i16::try_from(sum / 2).unwrap_or(0);
    }
    result
}

impl Expire for Mover {
    fn expire(&mut self, level: &mut Dispatch) -> Option<Qpc> {
        let now = Qpc::now();
        let step = self.carry(now);
        Some(self.ends.report(now, level).min(step))
    }
}

/// The stream.
pub(crate) struct Playing(Arc<Line>);

impl Playing {
    pub(crate) fn new(line: Arc<Line>) -> Self {
        Self(line)
    }

    fn reset(&self, timer: &mut Timer<Mover>, passive: &mut Passive) {
        let line = &self.0;
        timer.stop(passive).reset();
        line.packets.reset(line.has(Flaw::KeptMark));
    }
}

impl Stream for Playing {
    type Control = Timer<Mover>;

    fn preprocess(&self, mut request: Request<'_>) {
        let may = match self.0.card.flaw {
            Flaw::DeniesUsers => request.require_administrator(),
            _ => request.require_interactive(),
        };
        match may {
            Ok(()) => request.dispatch(),
            Err(error) => request.complete(Err(error)),
        }
    }

    fn prepare_hardware(&self, timer: &mut Self::Control, passive: &mut Passive) -> Result<()> {
        self.reset(timer, passive);
        self.0.is_prepared.store(true, Relaxed);
        self.0.follow.as_ref().map_or(Ok(()), |follow| follow.comes(false, passive))
    }

    fn release_hardware(&self, timer: &mut Self::Control, passive: &mut Passive) -> Result<()> {
        self.reset(timer, passive);
        self.0.clock.reset();
        self.0.is_prepared.store(false, Relaxed);
        let has_run_twice = self.0.runs.load(Relaxed) > 1;
        self.0.follow.as_ref().map_or(Ok(()), |follow| {
            follow.goes(false, passive)?;
            if has_run_twice { follow.ends(passive) } else { Ok(()) }
        })
    }

    fn run(&self, timer: &mut Self::Control, passive: &mut Passive) -> Result<()> {
        self.0.runs.fetch_add(1, Relaxed);
        if self.0.is_render() {
            let before = self.0.card.runs.fetch_add(1, Relaxed);
            self.0.number.store(before.saturating_add(1), Relaxed);
        }
        let now = Qpc::now();
        let end = self.0.clock.run(now);
        let next = timer.stop(passive).carry(now);
        timer.start(end.min(next), passive);
        self.0.follow.as_ref().map_or(Ok(()), |follow| follow.comes(true, passive))
    }

    fn pause(&self, timer: &mut Self::Control, passive: &mut Passive) -> Result<()> {
        let is_timer_driven = self.0.packets.length() > 1_000;
        if self.0.has(Flaw::FadeStops) && is_timer_driven {
            timer.stop(passive).gain.freeze(&self.0.controls);
        }
        timer.stop(passive);
        self.0.clock.pause(Qpc::now());
        self.0.follow.as_ref().map_or(Ok(()), |follow| follow.goes(true, passive))
    }

    fn set_copy_protected(&self, protected: bool) -> Result<()> {
        let stays = self.0.has(Flaw::StaysSilent) && self.0.is_protected.load(Relaxed);
        self.0.is_protected.store(protected || stays, Relaxed);
        Ok(())
    }
}

impl RtStream for Playing {
    fn allocate_packets(
        &self,
        timer: &mut Self::Control,
        count: u32,
        size: Bytes,
        passive: &mut Passive,
    ) -> Result<RtPackets> {
        let line = &self.0;
        if line.has(Flaw::OneOrder) && line.is_prepared.load(Relaxed) {
            return Err(Error::InvalidState);
        }
        let frames = line.packets.frames(size, line.rate, false)?;
        line.clock.set_packet(frames)?;
        let bytes = u64::from(size.0).saturating_mul(count.into());
        if let Err(why) = line.reserve(bytes) {
            if line.has(Flaw::LosesOnRefusal) {
                line.card.keep(passive)?;
            }
            return Err(why);
        }
        if bytes >= LONG && line.has(Flaw::LosesOnClose) {
            line.card.keep(passive)?;
        }
        let packets =
            RtPackets::new(Packets::layout(count, size)?, passive).inspect_err(|_| line.fails())?;
        line.packets.set_length(frames);
        let mover = timer.stop(passive);
        mover.view = Some(packets.view());
        mover.step = (frames.0 / 8).clamp(1, LONGEST_STEP);
        let steps = if line.has(Flaw::HalfFifo) { 1 } else { 2 };
        let ahead = mover.step.saturating_mul(steps).saturating_mul(BLOCK.0.into());
        let is_told = line.is_render() && !line.has(Flaw::NoFifo);
        let fifo = if is_told { u32::try_from(ahead).unwrap_or(u32::MAX) } else { 0 };
        line.fifo.store(fifo, Relaxed);
        Ok(packets)
    }

    fn free_packets(&self, timer: &mut Self::Control, passive: &mut Passive) {
        timer.stop(passive).view = None;
        self.0.give_back();
    }

    fn hw_latency(&self) -> Result<HwLatency> {
        let is_told = !self.0.is_render() && !self.0.has(Flaw::NoDelay);
        let delay = if is_told { LATENCY_HNS } else { 0 };
        Ok(HwLatency { fifo: Bytes(self.0.fifo.load(Relaxed)), delay: Hns(delay) })
    }

    fn current_packet(&self) -> Result<u64> {
        Ok(self.0.clock.current_packet(Qpc::now()))
    }

    fn presentation_position(&self) -> Result<Position> {
        Ok(self.0.position(Qpc::now()))
    }

    fn set_render_packet(&self, packet: u32, end: Option<Bytes>) -> Result<()> {
        let line = &self.0;
        line.has_ever_written.store(true, Relaxed);
        let is_later = line.clock.current_packet(Qpc::now()) > 0;
        let takes_all = line.has_at_hidden(Flaw::TakesAll) && is_later;
        line.packets.write(&line.clock, packet, end, takes_all).map(drop)
    }

    fn capture_packet(&self, _level: &mut Dispatch) -> Result<CapturedPacket> {
        let clock = &self.0.clock;
        let number = clock.current_packet(Qpc::now()).checked_sub(1).ok_or(Error::NotReady)?;
        Ok(CapturedPacket { number, began: clock.time_of_packet(number), more: false })
    }
}
