//! A stream: its clock, its packets, and what each flaw does to them.

use core::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering::Relaxed};

use acx::clock::{PacketClock, PacketEnds};
use acx::format::WaveFormat;
use acx::packets::{PacketLayout, PacketView, RtPackets};
use acx::pool::Arc;
use acx::stream::{CapturedPacket, HwLatency, Notifier, Position, RtStream, Stream};
use acx::time::Qpc;
use acx::timer::{Expire, Timer};
use acx::units::{Bytes, Frames};
use acx::{Dispatch, Error, Passive, Result};

use crate::{Flaw, RING, Shared};

/// Frames between the two ends of the cable.
const LATENCY: u64 = 480;

/// The longest step of a microphone: with two of them ahead it hears only what has sounded.
const LONGEST_STEP: u64 = 96;

/// What the callbacks of a stream share.
pub(crate) struct Line {
    card: Arc<Shared>,
    clock: Arc<PacketClock>,
    rate: u64,
    block: u32,
    is_render: bool,
    /// In the DEFAULT mode.
    is_default: bool,
    /// The first stream of the device.
    is_first: bool,
    /// Packets of the buffer, and frames of one.
    count: AtomicU32,
    packet: AtomicU64,
    /// The frame where the audio ends.
    end: AtomicU64,
    has_ended: AtomicBool,
    /// The newest packet that the client wrote, if it wrote one.
    written: AtomicU32,
    has_written: AtomicBool,
    prepares: AtomicU32,
    runs: AtomicU32,
    pauses: AtomicU32,
    /// Position queries.
    queries: AtomicU32,
    /// When the stream paused; 0 while it runs.
    paused: AtomicU64,
    /// Frames by which the position is wrong.
    offset: AtomicU64,
}

impl Line {
    pub(crate) fn new(
        card: Arc<Shared>,
        format: WaveFormat,
        is_render: bool,
        is_default: bool,
        is_first: bool,
    ) -> Result<Self> {
        let clock = Arc::new(PacketClock::new(format.rate))?;
        let zero = || AtomicU32::new(0);
        let line = Self {
            clock,
            rate: format.rate.into(),
            block: format.block().0,
            is_render,
            is_default,
            is_first,
            count: zero(),
            packet: AtomicU64::new(1),
            end: AtomicU64::new(u64::MAX),
            has_ended: AtomicBool::new(false),
            written: zero(),
            has_written: AtomicBool::new(false),
            prepares: zero(),
            runs: zero(),
            pauses: zero(),
            queries: zero(),
            paused: AtomicU64::new(0),
            offset: AtomicU64::new(0),
            card,
        };
        if let Some(open) = line.open() {
            open.fetch_add(1, Relaxed);
        }
        Ok(line)
    }

    fn open(&self) -> Option<&AtomicU32> {
        self.card.open.get(usize::from(!self.is_render))
    }

    fn has(&self, flaw: Flaw) -> bool {
        self.card.flaw == flaw
    }

    fn is_timer_driven(&self) -> bool {
        self.count.load(Relaxed) == 1
    }

    /// The ring of a client that polls, with periods of 10 ms.
    fn is_usual_ring(&self) -> bool {
        self.is_timer_driven() && self.packet.load(Relaxed) == 2048
    }

    /// Whether no other stream is open.
    fn is_alone(&self) -> bool {
        self.card.open.iter().map(|open| open.load(Relaxed)).sum::<u32>() == 1
    }

    /// The time of frame 0, in frames.
    fn base(&self) -> u64 {
        let ticks = u128::from(self.clock.time_of(Frames(0)).0);
        let frames = ticks.saturating_mul(self.rate.into());
        let frames = frames.checked_div(Qpc::frequency().into()).unwrap_or(0);
        u64::try_from(frames).unwrap_or(0)
    }

    /// The position that a client is told.
    fn position(&self, now: Qpc) -> Position {
        let Position { frames: Frames(frames), at } = self.clock.position(now);
        let milliseconds = |span: u64| span.saturating_mul(self.rate / 1000);
        let stops = |span: u64| frames.min(milliseconds(span));
        let packet = self.packet.load(Relaxed);
        let paused = self.paused.load(Relaxed);
        let is_narrow = self.rate == 8_000;
        let queries = self.queries.fetch_add(1, Relaxed);
        let told = match self.card.flaw {
            Flaw::MovesInPause if self.pauses.load(Relaxed) == 2 && paused > 0 => {
                let ticks = now.0.saturating_sub(paused);
                frames.saturating_add(ticks / (Qpc::frequency() / 20).max(1))
            }
            Flaw::StopsAtShortPeriod if packet == 48 && !self.is_timer_driven() => stops(300),
            Flaw::StopsAtLongPeriod if packet > 90_000 => stops(300),
            Flaw::StopsAtFormat if is_narrow && self.is_timer_driven() => stops(100),
            Flaw::StopsInSecondMode if self.is_default => stops(90),
            Flaw::SlowClock if self.is_usual_ring() => {
                frames.saturating_sub(frames.saturating_sub(24_000) / 5_000)
            }
            Flaw::WrongClock if Qpc::frequency() == 19_200_000 => {
                frames.saturating_sub(frames / 5_000)
            }
            Flaw::StartsLate if self.is_usual_ring() && self.is_alone() && !is_narrow => {
                frames.saturating_sub(1440)
            }
            Flaw::Jumps if self.is_usual_ring() && frames > 72_000 => frames.saturating_add(5),
            Flaw::OffLine if queries > 10_000 => frames.saturating_add(3),
            // Right again beyond 2^32 frames, which is another case's.
            Flaw::Drifts if frames > 3600 * 48_000 && frames >> 32 == 0 => frames.saturating_add(5),
            Flaw::MovesAsleep if paused > 0 && frames == 1584 => 1585,
            Flaw::StillInMode if is_narrow && self.is_default => 0,
            _ => frames.saturating_add(self.offset.load(Relaxed)),
        };
        Position { frames: Frames(told), at }
    }

    /// Whether packets complete in silence now.
    fn is_silent(&self, now: Qpc) -> bool {
        let (runs, prepares) = (self.runs.load(Relaxed), self.prepares.load(Relaxed));
        match self.card.flaw {
            Flaw::NoEventAfterReset => runs == 3 && prepares == 3,
            Flaw::CounterStops => {
                let is_usual = self.is_render && self.packet.load(Relaxed) == 480;
                let is_unwritten = self.written.load(Relaxed) <= 1;
                is_usual && is_unwritten && (41..=60).contains(&self.clock.current_packet(now))
            }
            _ => false,
        }
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        if let Some(open) = self.open() {
            open.fetch_sub(1, Relaxed);
        }
    }
}

/// What the timer does: moves audio, and reports the ends of packets.
pub(crate) struct Mover {
    line: Arc<Line>,
    ends: PacketEnds,
    view: Option<PacketView>,
    /// Frames of a step.
    step: u64,
    /// Frames that are moved.
    moved: u64,
    /// When it looked last, and when it should look next; 0 before it has.
    looked: u64,
    due: u64,
}

impl Mover {
    pub(crate) fn new(line: Arc<Line>, notifier: Notifier) -> Self {
        let ends = PacketEnds::new(line.clock.clone(), notifier);
        Self { line, ends, view: None, step: 1, moved: 0, looked: 0, due: 0 }
    }

    /// Moves up to two steps ahead of `now`, and answers when a step is over.
    fn carry(&mut self, now: Qpc) -> Qpc {
        let clock = &self.line.clock;
        let Frames(position) = clock.position(now).frames;
        let end = position.saturating_add(self.step.saturating_mul(2));
        if let Some(view) = &self.view {
            let block = usize::try_from(self.line.block).unwrap_or(1).max(1);
            let capacity = u64::try_from(view.length() / block).unwrap_or(1).max(1);
            let first = self.moved.max(end.saturating_sub(capacity));
            let is_heard = self.line.card.open.get(1).is_some_and(|open| open.load(Relaxed) > 0);
            if self.line.is_render && !is_heard {
                // Nobody listens.
                let at = usize::try_from(first % capacity).unwrap_or(0).saturating_mul(block);
                let length = usize::try_from(end.saturating_sub(first)).unwrap_or(0);
                let length = length.saturating_mul(block);
                let piece = length.min(view.length().saturating_sub(at));
                view.zero(at, piece);
                view.zero(0, length.saturating_sub(piece));
            } else if self.line.block == 4 {
                self.through_the_ring(view, first..end, capacity);
            }
        }
        self.moved = end;
        clock.time_of(Frames(position.saturating_add(self.step)))
    }

    fn through_the_ring(&self, view: &PacketView, frames: core::ops::Range<u64>, capacity: u64) {
        let line = &self.line;
        let (base, end) = (line.base(), line.end.load(Relaxed));
        let has_written = line.has_written.load(Relaxed);
        let is_first = line.prepares.load(Relaxed) == 1;
        let is_unwritten = has_written && line.written.load(Relaxed) <= 1;
        let keeps = line.has(Flaw::PlaysTwice) && is_unwritten && is_first;
        let drops = line.has(Flaw::DropsLegacy)
            && !has_written
            && line.packet.load(Relaxed) == 130
            && !line.is_timer_driven();
        for frame in frames {
            let at = usize::try_from(frame % capacity).unwrap_or(0).saturating_mul(4);
            let time = base.saturating_add(frame);
            let sounds = if line.is_render { time } else { time.saturating_sub(LATENCY) };
            let place = usize::try_from(sounds).unwrap_or(0) % RING;
            let (Some(kept_time), Some(kept)) =
                (line.card.times.get(place), line.card.frames.get(place))
            else {
                return;
            };
            if line.is_render {
                let mut bytes = [0; 4];
                if (frame < end || line.has(Flaw::PlaysPastTheEnd)) && !drops {
                    view.read(at, &mut bytes);
                }
                let flip = line.has(Flaw::FlipsBit) && frame == 30_000;
                kept.store(u32::from_le_bytes(bytes) ^ u32::from(flip), Relaxed);
                kept_time.store(sounds, Relaxed);
                if !keeps {
                    view.zero(at, 4);
                }
            } else {
                let is_there = kept_time.load(Relaxed) == sounds;
                let heard = if is_there { kept.load(Relaxed) } else { 0 };
                view.write(at, &heard.to_le_bytes());
            }
        }
    }

    fn reset(&mut self) {
        self.ends.reset();
        self.moved = 0;
        self.looked = 0;
        self.due = 0;
    }
}

impl Expire for Mover {
    fn expire(&mut self, level: &mut Dispatch) -> Option<Qpc> {
        let now = Qpc::now();
        let since = now.0.saturating_sub(self.looked);
        if self.line.has(Flaw::ShiftsAfterStall) && self.looked > 0 && since > Qpc::frequency() {
            self.line.offset.store(2, Relaxed);
        }
        // In ticks of which a second has a thousand.
        let late = now.0.saturating_sub(self.due).saturating_mul(1000) / Qpc::frequency().max(1);
        if self.line.has(Flaw::ShiftsWhenLate) && self.due > 0 && (2..5).contains(&late) {
            self.line.offset.store(2, Relaxed);
        }
        self.looked = now.0;
        let step = self.carry(now);
        let silent = self.line.is_silent(now);
        let next = if silent { step } else { self.ends.report(now, level).min(step) };
        self.due = next.0;
        Some(next)
    }
}

/// The stream.
pub(crate) struct Playing(Arc<Line>);

impl Playing {
    pub(crate) fn new(line: Arc<Line>) -> Self {
        Self(line)
    }

    fn reset(&self, timer: &mut Timer<Mover>, passive: &mut Passive) {
        timer.stop(passive).reset();
        self.0.offset.store(0, Relaxed);
        self.0.end.store(u64::MAX, Relaxed);
        self.0.has_ended.store(false, Relaxed);
        self.0.written.store(0, Relaxed);
        self.0.has_written.store(false, Relaxed);
    }

    /// What a buffer that cannot be allocated is answered with.
    fn refused(&self, why: Error) -> Error {
        let card = &self.0.card;
        match card.flaw {
            Flaw::WrongFailure | Flaw::UndocumentedFailure => return Error::NotFound,
            Flaw::LeaksOnFailure => {
                if let Ok(lost) = Arc::new([0_u32; 5]) {
                    core::mem::forget(lost);
                }
            }
            Flaw::StaysFailed => card.is_stuck.store(true, Relaxed),
            _ => {}
        }
        why
    }
}

impl Stream for Playing {
    type Control = Timer<Mover>;

    fn prepare_hardware(&self, timer: &mut Self::Control, passive: &mut Passive) -> Result<()> {
        self.reset(timer, passive);
        self.0.prepares.fetch_add(1, Relaxed);
        Ok(())
    }

    fn release_hardware(&self, timer: &mut Self::Control, passive: &mut Passive) -> Result<()> {
        self.reset(timer, passive);
        Ok(())
    }

    fn run(&self, timer: &mut Self::Control, passive: &mut Passive) -> Result<()> {
        let line = &self.0;
        let runs = line.runs.fetch_add(1, Relaxed).saturating_add(1);
        if line.has(Flaw::FifthRun) && runs == 5 && line.is_timer_driven() {
            return Err(Error::InvalidState);
        }
        if line.has(Flaw::LosesFrames) && line.pauses.load(Relaxed) > 30 {
            line.offset.store(3, Relaxed);
        }
        line.card.has_run.store(true, Relaxed);
        line.paused.store(0, Relaxed);
        let now = Qpc::now();
        let end = line.clock.run(now);
        let mover = timer.stop(passive);
        mover.looked = 0;
        mover.due = 0;
        let next = mover.carry(now);
        timer.start(end.min(next), passive);
        Ok(())
    }

    fn pause(&self, timer: &mut Self::Control, passive: &mut Passive) -> Result<()> {
        timer.stop(passive);
        let now = Qpc::now();
        self.0.clock.pause(now);
        self.0.pauses.fetch_add(1, Relaxed);
        self.0.paused.store(now.0, Relaxed);
        if self.0.has(Flaw::LosesFrames) {
            self.0.offset.store(0, Relaxed);
        }
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
        let (line, card) = (&self.0, &self.0.card);
        let half = match card.flaw {
            Flaw::WrongStatus => Error::NotSupported,
            _ => Error::InvalidParameter,
        };
        let frames = size.whole_frames(Bytes(line.block)).ok_or(half)?;
        let is_short = frames.0.saturating_mul(1000) < line.rate;
        if is_short && !line.has(Flaw::AcceptsShortPackets) {
            return Err(Error::InvalidParameter);
        }
        let is_new_format = line.rate == 8_000 && frames.0 == 80 && count == 2;
        let refuses =
            card.flaw == Flaw::RefusesFormat && is_new_format && !card.has_run.load(Relaxed)
                || count == 1 && card.refuses.swap(false, Relaxed)
                || card.is_stuck.load(Relaxed);
        if refuses {
            return Err(Error::InvalidState);
        }
        line.clock.set_packet(frames)?;
        let layout = match count {
            2 => PacketLayout::one_buffer(size)?,
            _ => PacketLayout::contiguous(count, size)?,
        };
        let packets = RtPackets::new(layout, passive).map_err(|why| self.refused(why))?;
        line.count.store(count, Relaxed);
        line.packet.store(frames.0, Relaxed);
        let mover = timer.stop(passive);
        mover.view = Some(packets.view());
        let longest = if line.is_render { u64::MAX } else { LONGEST_STEP };
        mover.step = (frames.0 / 8).clamp(1, longest);
        Ok(packets)
    }

    fn free_packets(&self, timer: &mut Self::Control, passive: &mut Passive) {
        timer.stop(passive).view = None;
        let line = &self.0;
        let never_ran = line.prepares.load(Relaxed) > 0 && line.runs.load(Relaxed) == 0;
        if line.has(Flaw::RefusesAfterClose) && never_ran && line.is_timer_driven() {
            line.card.refuses.store(true, Relaxed);
        }
    }

    fn hw_latency(&self) -> Result<HwLatency> {
        Ok(HwLatency::default())
    }

    fn current_packet(&self) -> Result<u64> {
        Ok(self.0.clock.current_packet(Qpc::now()))
    }

    fn presentation_position(&self) -> Result<Position> {
        Ok(self.0.position(Qpc::now()))
    }

    fn set_render_packet(&self, packet: u32, end: Option<Bytes>) -> Result<()> {
        let line = &self.0;
        if line.has_ended.load(Relaxed) {
            return Err(Error::InvalidState);
        }
        let length = line.packet.load(Relaxed);
        let valid =
            end.map(|end| end.whole_frames(Bytes(line.block)).ok_or(Error::InvalidParameter));
        let valid = valid.transpose()?;
        if valid.is_some_and(|Frames(valid)| valid > length) {
            return Err(Error::InvalidParameter);
        }
        match line.clock.check_render_packet(packet, None, Qpc::now()) {
            Err(Error::Overrun) if line.has(Flaw::AcceptsFarPackets) => {}
            answer => answer?,
        }
        line.has_written.store(true, Relaxed);
        line.written.store(packet, Relaxed);
        if let Some(Frames(valid)) = valid {
            let begin = u64::from(packet).saturating_mul(length);
            line.end.store(begin.saturating_add(valid), Relaxed);
            line.has_ended.store(true, Relaxed);
        }
        Ok(())
    }

    fn capture_packet(&self, _level: &mut Dispatch) -> Result<CapturedPacket> {
        let clock = &self.0.clock;
        let current = clock.current_packet(Qpc::now());
        let is_second = self.0.prepares.load(Relaxed) == 2;
        let number = match current.checked_sub(1) {
            None if self.0.has(Flaw::ReadyAtOnce) && is_second => 0,
            number => number.ok_or(Error::NotReady)?,
        };
        let told = if self.0.has(Flaw::WrongStart) && self.0.is_first { current } else { number };
        Ok(CapturedPacket { number, began: clock.time_of_packet(told), more: false })
    }
}
