//! A stream: its clock, its packets, and what each flaw does to them.

use core::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering::Relaxed};

use acx::clock::{PacketClock, PacketEnds};
use acx::format::WaveFormat;
use acx::packets::{PacketView, RtPackets};
use acx::pool::Arc;
use acx::request::{Filter, Request};
use acx::stream::{CapturedPacket, HwLatency, Notifier, Position, RtStream, Stream};
use acx::time::Qpc;
use acx::timer::{Expire, Timer};
use acx::units::{Bytes, Frames, Hns};
use acx::{Dispatch, Error, Passive, Result};
use flaws::Packets;

use crate::engine::Own;
use crate::keyword::History;
use crate::{Flaw, RING, STEREO, Shape, Shared, answers};

/// Frames between the two ends of the cable.
const LATENCY: u64 = 480;

/// The same in 100 ns.
const LATENCY_HNS: u32 = 100_000;

/// The longest step of a microphone: with two of them ahead it hears only what has sounded. What is
/// mixed is never further ahead than that either.
const LONGEST_STEP: u64 = 96;

/// At which pin a stream is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Host,
    Offload,
    Loopback,
    Keyword,
}

/// What a stream is.
pub(crate) struct Spec {
    pub(crate) format: WaveFormat,
    pub(crate) place: Place,
    pub(crate) is_render: bool,
    /// In the DEFAULT mode.
    pub(crate) is_default: bool,
    /// The first stream of the device.
    pub(crate) is_first: bool,
}

/// What the callbacks of a stream share.
pub(crate) struct Line {
    card: Arc<Shared>,
    clock: Arc<PacketClock>,
    spec: Spec,
    rate: u64,
    block: u32,
    is_render: bool,
    /// What an offload stream has of its own.
    own: Option<Own>,
    /// Bytes that are reserved for the packets of an offload stream.
    reserved: AtomicU32,
    /// Packets of the buffer.
    count: AtomicU32,
    packets: Packets,
    prepares: AtomicU32,
    runs: AtomicU32,
    pauses: AtomicU32,
    /// Position queries.
    queries: AtomicU32,
    /// When the stream paused; 0 while it runs.
    paused: AtomicU64,
    /// Frames by which the position is wrong.
    offset: AtomicU64,
    /// Position queries in the pause before the last stop.
    looks: AtomicU32,
    /// Whether the stream has ended once.
    ended_once: AtomicBool,
    /// Whether it could not be prepared.
    was_refused: AtomicBool,
    /// The newest packet that a client read.
    read: AtomicU64,
    /// When a client asked for the position last.
    asked: AtomicU64,
    /// Bytes that it reads ahead of its position.
    fifo: AtomicU32,
    /// Whether the clock passes while the driver runs.
    is_real: AtomicBool,
    /// Whether the timer was late by more than five seconds.
    has_stalled: AtomicBool,
    /// Events that a client has registered.
    events: AtomicU32,
    /// Whether its buffer came after its hardware was prepared.
    is_late_buffer: AtomicBool,
    /// What a stream at the keyword pin delivers before the present.
    history: History,
}

impl Line {
    pub(crate) fn new(card: Arc<Shared>, spec: Spec) -> Result<Self> {
        let format = spec.format;
        let clock = Arc::new(PacketClock::new(format.rate))?;
        let zero = || AtomicU32::new(0);
        let own = if spec.place == Place::Offload { Some(Own::new(card.flaw)?) } else { None };
        let line = Self {
            clock,
            rate: format.rate.into(),
            block: format.block().0,
            is_render: spec.is_render,
            spec,
            own,
            reserved: zero(),
            count: zero(),
            packets: Packets::new(format.block()),
            prepares: zero(),
            runs: zero(),
            pauses: zero(),
            queries: zero(),
            paused: AtomicU64::new(0),
            offset: AtomicU64::new(0),
            looks: zero(),
            ended_once: AtomicBool::new(false),
            was_refused: AtomicBool::new(false),
            read: AtomicU64::new(0),
            asked: AtomicU64::new(0),
            fifo: zero(),
            is_real: AtomicBool::new(false),
            has_stalled: AtomicBool::new(false),
            events: zero(),
            is_late_buffer: AtomicBool::new(false),
            history: History::default(),
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

    pub(crate) fn flaw(&self) -> Flaw {
        self.card.flaw
    }

    pub(crate) fn card(&self) -> &Shared {
        &self.card
    }

    pub(crate) fn own(&self) -> Option<&Own> {
        self.own.as_ref()
    }

    pub(crate) fn is_at(&self, place: Place) -> bool {
        self.spec.place == place
    }

    /// Whether a client has packets.
    pub(crate) fn has_packets(&self) -> bool {
        self.count.load(Relaxed) > 0
    }

    /// Whether it ever ran.
    pub(crate) fn has_run(&self) -> bool {
        self.runs.load(Relaxed) > 0
    }

    /// A client registers an event. Whether it has one already.
    pub(crate) fn is_second_event(&self) -> bool {
        self.events.fetch_add(1, Relaxed) > 0
    }

    /// The packets of a client that has halves of 2.7 ms, and does not say what it writes.
    fn is_legacy(&self) -> bool {
        let is_short = self.packets.length() == 130 && !self.is_timer_driven();
        self.is_render && is_short && !self.packets.has_written()
    }

    /// Whether its frames are those of the ring: of a microphone, the left channel of them at
    /// least.
    fn is_mixed(&self) -> bool {
        let WaveFormat { rate, bits, channels, .. } = self.spec.format;
        let is_there = (rate, bits) == (STEREO.rate, STEREO.bits);
        is_there && (channels == 2 || channels == 1 && !self.is_render)
    }

    /// Returns the memory of an offload stream's packets.
    fn release(&self) {
        self.card.offload.release(self.reserved.swap(0, Relaxed));
    }

    fn is_timer_driven(&self) -> bool {
        self.count.load(Relaxed) == 1
    }

    /// The ring of a client that polls, with periods of 10 ms, on a machine with the usual counter.
    fn is_usual_ring(&self) -> bool {
        let is_usual = self.is_timer_driven() && self.packets.length() == 2048;
        is_usual && Self::has_usual_clock()
    }

    /// The counter that most machines have: another case has the others.
    fn has_usual_clock() -> bool {
        Qpc::frequency() == 10_000_000
    }

    /// Whether no other stream is open.
    fn is_alone(&self) -> bool {
        self.card.open.iter().map(|open| open.load(Relaxed)).sum::<u32>() == 1
    }

    /// A stream at the speaker's host pin runs since then, or no longer.
    fn plays(&self, since: Option<Qpc>) {
        if self.is_render && self.is_at(Place::Host) {
            self.card.plays_since.store(since.map_or(0, |since| since.0), Relaxed);
        }
    }

    /// Whether it is a loopback stream, and the host pin plays.
    fn is_beside_host(&self) -> bool {
        self.is_at(Place::Loopback) && self.card.plays_since.load(Relaxed) > 0
    }

    /// Ends the stream at a position of its buffer, in bytes, the next time that it gets there.
    pub(crate) fn end_at(&self, position: u32) {
        let ring = self.packets.length().saturating_mul(self.count.load(Relaxed).max(1).into());
        let place = u64::from(position / self.block.max(1));
        let played = self.clock.position(Qpc::now()).frames.0;
        let end = (played / ring).saturating_mul(ring).saturating_add(place);
        self.packets.end_at(if end < played { end.saturating_add(ring) } else { end });
    }

    /// The position that a client is told.
    pub(crate) fn position(&self, now: Qpc) -> Position {
        let Position { frames: Frames(frames), at } = self.clock.position(now);
        let milliseconds = |span: u64| span.saturating_mul(self.rate / 1000);
        let stops = |span: u64| frames.min(milliseconds(span));
        let packet = self.packets.length();
        let paused = self.paused.load(Relaxed);
        let is_narrow = self.rate == 8_000;
        let queries = self.queries.fetch_add(1, Relaxed);
        let since = now.0.saturating_sub(self.asked.swap(now.0, Relaxed));
        let is_seldom = since > Qpc::frequency() / 100;
        if paused > 0 {
            self.looks.fetch_add(1, Relaxed);
        }
        let told = match self.card.flaw {
            Flaw::MovesInPause if self.pauses.load(Relaxed) == 2 && paused > 0 => {
                let ticks = now.0.saturating_sub(paused);
                frames.saturating_add(ticks / (Qpc::frequency() / 20).max(1))
            }
            Flaw::StopsInSecondRun if self.is_second_run() && packet == 480 => stops(400),
            Flaw::StartsAhead if self.is_real.load(Relaxed) => frames.saturating_add(4_800),
            Flaw::LegacyAhead if self.is_legacy() && self.has_run() => frames.saturating_add(130),
            Flaw::StillAfterMany if self.card.made.load(Relaxed) > 1_500 => 0,
            Flaw::KeepsPosition if frames == 0 && self.looks.load(Relaxed) > 10 => 1,
            Flaw::KeepsFrame
                if frames == 0 && self.runs.load(Relaxed) > 0 && self.looks.load(Relaxed) == 1 =>
            {
                1
            }
            Flaw::RunsAhead if self.is_usual_ring() && self.is_alone() && !is_narrow => {
                frames.saturating_add(2)
            }
            Flaw::StopsAtShortPeriod if packet == 48 && !self.is_timer_driven() => stops(300),
            Flaw::StopsAtLongPeriod if packet > 90_000 => stops(300),
            Flaw::StopsAtFormat if is_narrow && self.is_timer_driven() => stops(100),
            Flaw::StopsInSecondMode if self.spec.is_default => stops(90),
            Flaw::SlowClock if self.is_usual_ring() => {
                frames.saturating_sub(frames.saturating_sub(24_000) / 5_000)
            }
            Flaw::Jitters
                if self.is_usual_ring()
                    && self.pauses.load(Relaxed) == 0
                    && is_seldom
                    && matches!(queries % 4, 1 | 2) =>
            {
                frames.saturating_sub(240)
            }
            Flaw::WrongClock if Qpc::frequency() == 19_200_000 => {
                frames.saturating_sub(frames / 5_000)
            }
            Flaw::StartsLate if self.is_usual_ring() && self.is_alone() && !is_narrow => {
                frames.saturating_sub(1008)
            }
            Flaw::Jumps if self.is_usual_ring() && frames > 72_000 => frames.saturating_add(2),
            Flaw::EndsDrift if !self.is_render && !self.is_alone() && frames > 38_400 => {
                frames.saturating_add(5)
            }
            Flaw::OffLine if queries > 10_000 => frames.saturating_add(3),
            // Right again beyond 2^32 frames, which is another case's.
            Flaw::Drifts if frames > 3600 * 48_000 && frames >> 32 == 0 => frames.saturating_add(5),
            Flaw::MovesAsleep if paused > 0 && frames == 1584 => 1585,
            Flaw::LoopbackMovesInPause if self.is_beside_host() && paused > 0 => {
                frames.saturating_add(now.0.saturating_sub(paused))
            }
            Flaw::LoopbackStill if self.is_beside_host() && is_narrow => 0,
            Flaw::StillInMode if is_narrow && self.spec.is_default => 0,
            Flaw::AheadAfterRebalance if self.card.failing.was_rebalanced() && self.has_run() => {
                frames.saturating_add(100)
            }
            _ if self.card.failing.stands_still() => 0,
            _ => frames.saturating_add(self.offset.load(Relaxed)),
        };
        Position { frames: Frames(told), at }
    }

    /// What a frame of the mix becomes that this stream's frame joins at `at`.
    fn mix(&self, mixed: u32, frame: u32, at: Qpc) -> u32 {
        let samples = |frame: u32| {
            let [first, second, third, fourth] = frame.to_le_bytes();
            [i16::from_le_bytes([first, second]), i16::from_le_bytes([third, fourth])]
        };
        let [mut left, mut right] = samples(mixed);
        for (channel, sample) in samples(frame).into_iter().enumerate() {
            let own = self.own.as_ref();
            let sample = own.map_or(sample, |own| own.controls.apply(channel, sample, at));
            let sample = self.card.controls.apply(channel, sample, at);
            let sum = if channel == 0 { &mut left } else { &mut right };
            *sum = sum.saturating_add(sample);
            self.card.controls.meter(channel, *sum);
        }
        let ([first, second], [third, fourth]) = (left.to_le_bytes(), right.to_le_bytes());
        u32::from_le_bytes([first, second, third, fourth])
    }

    /// Whether it is the second run, after one Stop, of a client that has events.
    fn is_second_run(&self) -> bool {
        let is_second = self.prepares.load(Relaxed) == 2 && self.runs.load(Relaxed) == 2;
        is_second && !self.is_timer_driven()
    }

    /// Whether packets complete in silence now.
    fn is_silent(&self, now: Qpc) -> bool {
        let (runs, prepares) = (self.runs.load(Relaxed), self.prepares.load(Relaxed));
        match self.card.flaw {
            Flaw::NoEventAfterReset => runs == 3 && prepares == 3,
            Flaw::CounterStops => {
                let is_usual = self.is_render && self.packets.length() == 480;
                let is_unwritten = self.packets.written() <= 1;
                is_usual && is_unwritten && (41..=60).contains(&self.clock.current_packet(now))
            }
            Flaw::ForgetsPackets => self.pauses.load(Relaxed) > 30 && Self::has_usual_clock(),
            Flaw::KeywordMute => self.is_at(Place::Keyword) && self.card.detector.has_heard(),
            Flaw::SilentAfterStall => self.has_stalled.load(Relaxed),
            Flaw::SilentLongPackets => self.packets.length() == 24_000,
            Flaw::LosesLongPacket => {
                self.packets.length() == 24_000 && self.clock.current_packet(now) > 2
            }
            Flaw::StopsCounting => {
                let is_unwritten = self.is_render && !self.packets.has_written();
                self.is_second_run() && is_unwritten && self.clock.current_packet(now) > 10
            }
            Flaw::KeywordSlow => {
                self.is_at(Place::Keyword) && !self.clock.current_packet(now).is_multiple_of(2)
            }
            Flaw::NoEventLegacy => self.is_legacy(),
            Flaw::SilentInOrder => self.is_late_buffer.load(Relaxed),
            Flaw::SilentLegacy => self.is_render && !self.packets.has_written(),
            _ => false,
        }
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        if let Some(open) = self.open() {
            open.fetch_sub(1, Relaxed);
        }
        self.release();
        if let Some(own) = self.own.as_ref().filter(|_| !self.has(Flaw::StaysProtected)) {
            own.protect(&self.card.offload, false);
        }
    }
}

/// What the timer does: moves audio, and reports the ends of packets.
pub(crate) struct Mover {
    line: Arc<Line>,
    ends: PacketEnds,
    /// Reports packets with a stamp that is wrong, and how many it has reported.
    notifier: Notifier,
    told: u64,
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
    pub(crate) fn new(line: Arc<Line>, [notifier, own]: [Notifier; 2]) -> Self {
        let ends = PacketEnds::new(line.clock.clone(), own);
        Self { line, ends, notifier, told: 0, view: None, step: 1, moved: 0, looked: 0, due: 0 }
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
            let is_mixed = self.line.is_mixed();
            if self.line.is_render && (!is_mixed || !is_heard && !self.line.card.has_parts) {
                // Nobody listens.
                let at = usize::try_from(first % capacity).unwrap_or(0).saturating_mul(block);
                let length = usize::try_from(end.saturating_sub(first)).unwrap_or(0);
                let length = length.saturating_mul(block);
                let piece = length.min(view.length().saturating_sub(at));
                view.zero(at, piece);
                view.zero(0, length.saturating_sub(piece));
            } else if is_mixed {
                self.through_the_ring(view, first..end, capacity);
            }
        }
        self.moved = end;
        clock.time_of(Frames(position.saturating_add(self.step)))
    }

    fn through_the_ring(&self, view: &PacketView, frames: core::ops::Range<u64>, capacity: u64) {
        let line = &self.line;
        let (base, end) = (Packets::base(&line.clock, line.rate), line.packets.end());
        let has_written = line.packets.has_written();
        let is_first = line.prepares.load(Relaxed) == 1;
        let is_unwritten = has_written && line.packets.written() <= 1;
        let is_legacy = line.is_legacy();
        let keeps = line.has(Flaw::PlaysTwice) && is_unwritten && is_first
            || line.has(Flaw::RepeatsLegacy) && is_legacy;
        let drops = line.has(Flaw::DropsLegacy) && is_legacy
            || line.has(Flaw::SilentAfterEnd) && line.ended_once.load(Relaxed) && !is_first;
        let protected = line.card.offload.protected.load(Relaxed);
        let is_deaf = line.is_at(Place::Loopback) && protected > 0
            || line.card.failing.is_deaf()
            || line.card.shape == Shape::NoCable;
        let packet = line.packets.length();
        let block = usize::try_from(line.block).unwrap_or(4);
        for frame in frames {
            let at = usize::try_from(frame % capacity).unwrap_or(0).saturating_mul(block);
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
                // What lies in a packet that was not written is not played.
                let is_written = line.packets.is_written(frame);
                let is_second = line.has(Flaw::DropsSecond)
                    && line.is_second_run()
                    && !line.ended_once.load(Relaxed)
                    && is_unwritten
                    && frame / packet == line.packets.written().max(1).into();
                let is_played =
                    is_written && !is_second || keeps && frame > packet.saturating_mul(20);
                let is_next = line.packets.is_refused(frame.saturating_sub(packet));
                let is_other = line.has(Flaw::HeardLater) && is_next;
                let other = frame.saturating_add(packet).checked_rem(capacity).unwrap_or(0);
                let other = usize::try_from(other).unwrap_or(0).saturating_mul(block);
                let from = if is_other { other } else { at };
                if (frame < end || line.has(Flaw::PlaysPastTheEnd)) && !drops && is_played {
                    view.read(from, &mut bytes);
                }
                let flip = line.has(Flaw::FlipsBit) && frame == 30_000
                    || line.has(Flaw::ClicksAtTheEnd) && frame == end
                    || line.has(Flaw::FlipsLegacy) && is_legacy && frame == 1_000
                    || line.has(Flaw::FillsWithNoise) && is_unwritten && frame == 12_000;
                let mut played = u32::from_le_bytes(bytes) ^ u32::from(flip);
                if line.card.has_parts {
                    let is_there = kept_time.load(Relaxed) == sounds;
                    let mixed = if is_there { kept.load(Relaxed) } else { 0 };
                    played = line.mix(mixed, played, line.clock.time_of(Frames(frame)));
                }
                kept.store(played, Relaxed);
                kept_time.store(sounds, Relaxed);
                if !keeps {
                    view.zero(at, 4);
                }
            } else {
                let is_there = kept_time.load(Relaxed) == sounds && !is_deaf;
                let heard = if is_there { kept.load(Relaxed) } else { 0 };
                view.write(at, heard.to_le_bytes().get(..block).unwrap_or_default());
            }
        }
    }

    fn reset(&mut self) {
        self.ends.reset();
        self.told = 0;
        self.moved = 0;
        self.looked = 0;
        self.due = 0;
    }
}

impl Mover {
    /// Whether it has reported the newest packet with a stamp that is wrong, if it is over: as a
    /// flaw says.
    fn has_reported(&mut self, now: Qpc, late: u64, level: &mut Dispatch) -> bool {
        let current = self.line.clock.current_packet(now);
        let end = self.line.clock.time_of_packet(current);
        let stamp = match self.line.card.flaw {
            Flaw::LateStamps if self.line.has_stalled.load(Relaxed) => {
                Qpc(end.0.saturating_add(Qpc::frequency() / 1000))
            }
            Flaw::StampsWhenLate if self.is_made_late(late) => now,
            _ => return false,
        };
        if let Some(last) = current.checked_sub(1)
            && current > self.told
        {
            self.notifier.notify_packet_complete(last, stamp, level);
            self.told = current;
        }
        true
    }

    /// Whether the host made the timer late by some milliseconds. A busy machine is late in real
    /// time, in cases that ask something else.
    fn is_made_late(&self, late: u64) -> bool {
        self.due > 0 && (1..5).contains(&late) && !self.line.is_real.load(Relaxed)
    }
}

impl Expire for Mover {
    fn expire(&mut self, level: &mut Dispatch) -> Option<Qpc> {
        let now = Qpc::now();
        let since = now.0.saturating_sub(self.looked);
        if self.line.has(Flaw::ShiftsAfterStall) && self.looked > 0 && since > Qpc::frequency() {
            self.line.offset.store(2, Relaxed);
        }
        if self.looked > 0 && since > Qpc::frequency().saturating_mul(5) {
            self.line.has_stalled.store(true, Relaxed);
        }
        // In ticks of which a second has a thousand.
        let late = now.0.saturating_sub(self.due).saturating_mul(1000) / Qpc::frequency().max(1);
        if self.line.has(Flaw::ShiftsWhenLate) && self.is_made_late(late) {
            self.line.offset.store(2, Relaxed);
        }
        self.looked = now.0;
        let step = self.carry(now);
        let silent = self.line.is_silent(now) || self.has_reported(now, late, level);
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
        self.0.packets.reset(false);
        self.0.history.reset();
    }
}

impl Stream for Playing {
    type Control = Timer<Mover>;

    const PREPROCESS: &'static [Filter] = answers::OF_STREAM;

    fn preprocess(&self, request: Request<'_>) {
        answers::of_stream(&self.0, request);
    }

    fn prepare_hardware(&self, timer: &mut Self::Control, passive: &mut Passive) -> Result<()> {
        if self.0.has(Flaw::RefusesRetry) {
            let block = Arc::new([0_u32; 5]);
            if block.is_err() || self.0.was_refused.load(Relaxed) {
                self.0.was_refused.store(true, Relaxed);
                return Err(Error::OutOfMemory);
            }
        }
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
        let is_worn = line.pauses.load(Relaxed) > 30 && Line::has_usual_clock();
        if line.has(Flaw::LosesFrames) && is_worn {
            line.offset.store(3, Relaxed);
        }
        line.card.has_run.store(true, Relaxed);
        let before = Qpc::now().0;
        line.is_real.store((0..1_000).any(|_| Qpc::now().0 != before), Relaxed);
        line.paused.store(0, Relaxed);
        let now = Qpc::now();
        line.plays(Some(now));
        if line.is_at(Place::Keyword) {
            line.history.begin(&line.card.detector, now);
        } else if line.is_render {
            line.card.detector.hear(now, passive);
        }
        let end = line.clock.run(now);
        let mover = timer.stop(passive);
        mover.looked = 0;
        mover.due = 0;
        let next = mover.carry(now);
        timer.start(end.min(next), passive);
        Ok(())
    }

    fn pause(&self, timer: &mut Self::Control, passive: &mut Passive) -> Result<()> {
        if self.0.has(if self.0.is_render { Flaw::KeepsPlaying } else { Flaw::KeepsRecording }) {
            return Err(Error::InvalidState);
        }
        self.0.plays(None);
        let due = timer.stop(passive).due;
        let now = Qpc::now();
        let is_early = self.0.clock.position(now).frames.0 == 0 && self.0.is_usual_ring();
        if self.0.has(Flaw::RefusesEarlyPause) && is_early {
            return Err(Error::InvalidState);
        }
        self.0.clock.pause(now);
        let late = now.0.saturating_sub(due).saturating_mul(1000) / Qpc::frequency().max(1);
        if self.0.has(Flaw::LateInPause) && due > 0 && (1..5).contains(&late) {
            self.0.offset.store(5, Relaxed);
        }
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
        // Down to 0.8 ms.
        let least = u32::try_from(line.rate / 1250).unwrap_or(0).saturating_mul(line.block);
        let accepts_short = line.has(Flaw::AcceptsShortPackets) && size.0 >= least;
        if size.whole_frames(Bytes(line.block)).is_none() && line.has(Flaw::WrongStatus) {
            return Err(Error::NotSupported);
        }
        let frames = line.packets.frames(size, line.rate, accepts_short);
        let is_long_mode = card.shape == Shape::LongDefault && line.spec.is_default;
        if is_long_mode && frames.is_ok_and(|frames| frames.0.saturating_mul(500) < line.rate) {
            return Err(Error::InvalidParameter);
        }
        let is_short = size.0 > 0 && size.whole_frames(Bytes(line.block)).is_some();
        if frames.is_err() && is_short && line.has(Flaw::RefusesOtherwise) {
            return Err(Error::NotSupported);
        }
        let frames = frames?;
        line.is_late_buffer.store(line.prepares.load(Relaxed) > 0, Relaxed);
        let is_new_format = line.rate == 8_000 && frames.0 == 80 && count == 2;
        let refuses =
            card.flaw == Flaw::RefusesFormat && is_new_format && !card.has_run.load(Relaxed)
                || count == 1 && card.refuses.swap(false, Relaxed);
        if refuses {
            return Err(Error::InvalidState);
        }
        line.clock.set_packet(frames)?;
        let layout = Packets::layout(count, size)?;
        card.failing.is_stuck()?;
        if line.is_at(Place::Offload) {
            let bytes = size.0.saturating_mul(count);
            card.offload.reserve(line.spec.format, size, bytes)?;
            line.reserved.store(bytes, Relaxed);
        }
        let packets = RtPackets::new(layout, passive).map_err(|why| {
            line.release();
            card.failing.refused(why)
        })?;
        line.count.store(count, Relaxed);
        line.packets.set_length(frames);
        let mover = timer.stop(passive);
        mover.view = Some(packets.view());
        if line.is_at(Place::Keyword) {
            line.history.set_view(packets.view(), frames.0)?;
        }
        let longest = if line.is_render && !card.has_parts { u64::MAX } else { LONGEST_STEP };
        mover.step = (frames.0 / 8).clamp(1, longest);
        let ahead = mover.step.saturating_mul(2).saturating_mul(line.block.into());
        let fifo = if line.is_render { u32::try_from(ahead).unwrap_or(u32::MAX) } else { 0 };
        line.fifo.store(fifo, Relaxed);
        Ok(packets)
    }

    fn free_packets(&self, timer: &mut Self::Control, passive: &mut Passive) {
        timer.stop(passive).view = None;
        let line = &self.0;
        line.release();
        let never_ran = line.prepares.load(Relaxed) > 0 && line.runs.load(Relaxed) == 0;
        if line.has(Flaw::RefusesAfterClose) && never_ran && line.is_timer_driven() {
            line.card.refuses.store(true, Relaxed);
        }
    }

    fn hw_latency(&self) -> Result<HwLatency> {
        let is_late = self.0.has(Flaw::LateOnLoopback) && self.0.is_at(Place::Loopback);
        let delay = match self.0.is_render {
            true => 0,
            false if is_late => 2 * LATENCY_HNS,
            false => LATENCY_HNS,
        };
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
        let is_played = u64::from(packet) < line.clock.current_packet(Qpc::now());
        if line.has(Flaw::AcceptsPlayed) && is_played {
            return Ok(());
        }
        let accepts_far = line.has(Flaw::AcceptsFarPackets);
        if line.packets.write(&line.clock, packet, end, accepts_far)? {
            line.ended_once.store(true, Relaxed);
        }
        if line.has(Flaw::CallsLate) && packet == 60 { Err(Error::Late) } else { Ok(()) }
    }

    fn capture_packet(&self, _level: &mut Dispatch) -> Result<CapturedPacket> {
        self.0.card.failing.is_readable()?;
        let before = self.0.history.packets();
        if let Some(packet) = self.0.history.next(self.0.flaw()) {
            return Ok(packet);
        }
        let clock = &self.0.clock;
        if self.0.has(Flaw::KeywordEarly) && self.0.is_at(Place::Keyword) && !self.0.has_run() {
            return Ok(CapturedPacket { number: 0, began: Qpc::now(), more: false });
        }
        let current = clock.current_packet(Qpc::now());
        let is_second = self.0.prepares.load(Relaxed) == 2;
        let number = match current.checked_sub(1) {
            None if self.0.has(Flaw::ReadyAtOnce) && is_second => 0,
            None if self.0.has(Flaw::WrongEarly) && self.0.spec.is_first => {
                return Err(Error::InvalidState);
            }
            number => number.ok_or(Error::NotReady)?,
        };
        let last = self.0.read.load(Relaxed);
        let is_far = number.saturating_sub(last) > 4 && self.0.spec.is_first;
        let number = match self.0.card.flaw {
            Flaw::NoJump if is_far => last.saturating_add(1),
            _ => number,
        };
        self.0.read.store(number, Relaxed);
        let skips = self.0.has(Flaw::KeywordSkips) && self.0.is_at(Place::Keyword);
        let number = if skips && number > 9 { number.saturating_add(1) } else { number };
        let told =
            if self.0.has(Flaw::WrongStart) && self.0.spec.is_first { current } else { number };
        let began = clock.time_of_packet(told);
        let more = self.0.has(Flaw::SaysMore) && self.0.is_at(Place::Host);
        Ok(CapturedPacket { number: number.saturating_add(before), began, more })
    }
}
