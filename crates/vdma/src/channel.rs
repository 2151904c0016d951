//! The moving half of a stream, used by its timer.
//!
//! It belongs to the timer while the stream runs, and to the state callbacks while the timer is
//! stopped, so it needs no lock. One tick completes the packets that ended (a bounded number; after
//! a stall the rest is skipped and counted), moves the next step, publishes, and returns the
//! absolute time of the next tick.

use crate::clock::{Clock, Pace};
mod ahead;
mod resampled;
mod sleep;

use self::ahead::{Ahead, Due};
use self::resampled::{Heard, History, PIECE};
use crate::convert::store_all;
use crate::divide::Divisor;
use crate::format::{Format, SampleType};
use crate::gain::{LEVEL, Ramp, Slope, Volume, frames_in_block};
use crate::meter::{Attention, Extremes, Meter, Meters};
use crate::mix::Mix;
use crate::packets::{Layout, Mark};
use crate::position::{Published, Shared};
use crate::resample::{self, BLOCK, Ratio, Resampler, Word};
use crate::source::{Source, tone};
use crate::telemetry::Event;
use crate::wire::{Move, Ring, RingLock, State, WireShared, Writer, Writing, offset, word_of};
use crate::{PacketMemory, Qpc, divide_up, divisor, size};

/// A completed packet, and its ideal time, not the time of its detection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Completion {
    /// The packet's number since the stream's start.
    pub packet: u64,
    /// The end of its last frame.
    pub at: Qpc,
}

/// The outcome of a tick.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tick {
    /// Packets to report, in order.
    pub completions: [Option<Completion>; 2],
    /// The time of the next tick.
    pub next: Qpc,
}

/// The endpoint of a stream: its controls and its wire.
#[derive(Clone, Copy)]
pub struct Endpoint<'a> {
    /// The device clock.
    pub clock: &'a Clock,
    /// The lock-free part of the wire.
    pub wire: &'a WireShared,
    /// The ring, under the wire's lock.
    pub ring: &'a dyn RingLock,
    /// Volume and mute.
    pub volume: &'a Volume,
    /// Peak meter.
    pub meter: &'a Meter,
    /// The stream's own volume and meter, if it has them.
    pub own: Option<(&'a Volume, &'a Meter)>,
    /// The resampler's table: [`fill_kernel`](crate::resample::fill_kernel).
    pub kernel: &'a [f32],
}

/// The direction, with its own state.
#[derive(Debug)]
enum Direction {
    Render {
        writer: Option<Writer>,
        /// The packet whose mark was taken, and its number of valid bytes.
        taken: Option<(u64, usize)>,
        /// The frames played, if the wire runs at another rate.
        history: Option<History>,
    },
    Capture {
        attached: bool,
        source: Source,
        /// The delay of the microphone relative to the speaker in frames.
        delay: u64,
        /// The source of its frames, if the wire runs at another rate.
        heard: Option<Heard>,
    },
}

/// The moving half of a render or capture stream. `B` is memory for a resampler.
#[derive(Debug)]
pub struct Channel<B> {
    moving: Moving,
    /// The resampler's words and, for a render stream, its newest frames.
    memory: Option<B>,
    newest: State,
}

/// The memory of a stream while it is used.
struct Work<'a> {
    bytes: &'a mut [u8],
    newest: &'a mut State,
}

impl Work<'_> {
    /// Splits the memory into `words` words, or as many as it has, and the newest frames in
    /// `format`.
    fn split(&mut self, words: usize, format: Format) -> (&mut [Word], Ring<'_>) {
        let length = words.saturating_mul(4).min(self.bytes.len());
        let (words, newest) = self.bytes.split_at_mut_checked(length).unwrap_or_default();
        (words.as_chunks_mut().0, Ring::of(format, newest, self.newest))
    }
}

/// A channel without its own memory. Its code is not generic over `B`, and is optimized once.
#[derive(Debug)]
struct Moving {
    direction: Direction,
    format: Format,
    /// The format in the encoding of a wire's word.
    word: u64,
    layout: Option<Layout>,
    rate: Divisor,
    /// Frames of a packet and of a step.
    packet: Divisor,
    step: Divisor,
    /// The first frame of the current packet.
    first: u64,
    step_microseconds: u32,
    ramp: Ramp,
    /// The ramp of the stream's own volume.
    own_ramp: Ramp,
    /// The attention of the endpoint's meter, and of the stream's own.
    attention: Attention,
    own_attention: Attention,
    /// The mix of the stream's channels and the wire's.
    mix: Mix,
    state: Published,
    /// Whether it may sleep, and then its position on the wire.
    sleeps: bool,
    moved: u64,
    /// Whether the frames being moved were played while the stream slept.
    is_late: bool,
    /// The start of the current packet.
    began: Qpc,
    /// The requested time of the next tick.
    deadline: Qpc,
    /// The work of the next tick, if it is in time.
    ahead: Option<Ahead>,
    /// The distance between steps.
    pace: Pace,
}

/// The delay of a frame from the speaker to a capture stream of `format`, in units of 100 ns,
/// rounded up.
pub fn capture_delay(format: Format, wire: &WireShared) -> u64 {
    let bus = wire.format().map_or(format.rate(), Format::rate);
    let resampled = resample::delay(bus, format.rate()).saturating_mul(10_000_000);
    let resampled = divide_up(resampled, divisor(u64::from(format.rate())));
    CABLE_DELAY.saturating_mul(10).saturating_add(resampled)
}

/// The delay of the microphone relative to the speaker, in microseconds: two of the longest steps,
/// so that a render timer may be a step late.
pub const CABLE_DELAY: u64 = 10_000;

impl<B: AsMut<[u8]>> Channel<B> {
    /// A stream of `format` that moves `step_microseconds` at a time: a capture stream from
    /// `source`, or a render stream.
    #[inline(never)]
    pub fn new(format: Format, step_microseconds: u32, source: Option<Source>) -> Self {
        let direction = match source {
            None => Direction::Render { writer: None, taken: None, history: None },
            Some(source) => {
                let delay = u64::from(format.rate()).saturating_mul(CABLE_DELAY) / 1_000_000;
                Direction::Capture { attached: false, source, delay, heard: None }
            }
        };
        let moving = Moving::new(direction, format, step_microseconds);
        Self { moving, memory: None, newest: State::new() }
    }

    /// A render stream.
    pub fn render(format: Format, step_microseconds: u32) -> Self {
        Self::new(format, step_microseconds, None)
    }

    /// A capture stream.
    pub fn capture(format: Format, step_microseconds: u32, source: Source) -> Self {
        Self::new(format, step_microseconds, Some(source))
    }

    /// Lets a render stream sleep through each packet while no capture stream listens, no gain is
    /// changing, and peaks are not queried. Code that changes this must make the stream tick.
    pub fn let_sleep(&mut self) {
        self.moving.sleeps = true;
    }

    /// Gives the stream its packets.
    pub fn set_packets(&mut self, layout: Layout, shared: &Shared) {
        self.moving.set_packets(layout, shared);
    }

    /// The number of bytes moved ahead of the position: the FIFO of KSPROPERTY_RTAUDIO_HWLATENCY.
    pub fn fifo_bytes(&self) -> usize {
        let step = usize::try_from(self.moving.step.get()).unwrap_or(0);
        step.saturating_mul(self.moving.format.block_align())
    }

    /// Joins the wire (stop to pause). A stream that needs or may need a resampler gets its memory
    /// from `memory`, which is called with the number of bytes.
    ///
    /// # Errors
    ///
    /// [`Error::TooManyStreams`](crate::Error::TooManyStreams), or the error of `memory`; nothing
    /// has then changed.
    pub fn prepare<E: From<crate::Error>>(
        &mut self,
        wire: &WireShared,
        memory: impl FnOnce(usize) -> Result<B, E>,
    ) -> Result<(), E> {
        if let Some(bytes) = self.moving.prepare(wire)? {
            match memory(bytes) {
                Ok(memory) => (self.memory, self.newest) = (Some(memory), State::new()),
                Err(why) => {
                    self.moving.leave(wire);
                    return Err(why);
                }
            }
        }
        Ok(())
    }

    /// Leaves the wire and resets the stream (pause to stop).
    pub fn release(&mut self, wire: &WireShared, shared: &Shared) {
        self.memory = None;
        self.moving.release(wire, shared);
    }

    /// Starts or continues (pause to run). Returns the time of the first tick, which is immediate.
    /// The timer must do it, because a state callback may not take the wire's lock.
    pub fn run(
        &mut self,
        now: impl Fn() -> Qpc,
        shared: &Shared,
        clock: &Clock,
        wire: &WireShared,
    ) -> Qpc {
        let start = now();
        self.moving.start(start, shared, clock, wire);
        start
    }

    /// Stops the clock (run to pause): position and packet count stay. The timer is already
    /// stopped.
    pub fn pause(
        &mut self,
        now: impl Fn() -> Qpc,
        shared: &Shared,
        clock: &Clock,
        wire: &WireShared,
    ) {
        self.moving.pause(&now, shared, clock, wire);
    }

    /// The work of the timer's callback.
    pub fn tick(
        &mut self,
        now: Qpc,
        memory: &dyn PacketMemory,
        shared: &Shared,
        endpoint: &Endpoint<'_>,
    ) -> Tick {
        let bytes = self.memory.as_mut().map(AsMut::as_mut).unwrap_or_default();
        let work = &mut Work { bytes, newest: &mut self.newest };
        let mut tick = Tick::default();
        if self.moving.state.running {
            self.moving.tick(now, memory, shared, endpoint, work, &mut tick);
        }
        tick
    }
}

impl Moving {
    fn new(direction: Direction, format: Format, step_microseconds: u32) -> Self {
        Self {
            direction,
            format,
            word: word_of(format),
            layout: None,
            rate: Divisor::new(u64::from(format.rate())),
            packet: Divisor::new(1),
            step: Divisor::new(1),
            first: 0,
            step_microseconds,
            ramp: Ramp::default(),
            own_ramp: Ramp::default(),
            attention: Attention::default(),
            own_attention: Attention::default(),
            mix: Mix::new(format, format),
            state: Published::default(),
            sleeps: false,
            moved: 0,
            is_late: false,
            began: Qpc(0),
            deadline: Qpc(0),
            ahead: None,
            pace: Pace::default(),
        }
    }

    fn set_packets(&mut self, layout: Layout, shared: &Shared) {
        let block = size(self.format.block_align());
        self.layout = Some(layout);
        self.packet = Divisor::new(u64::try_from(layout.bytes() / block).unwrap_or(0));
        let step = u64::from(self.format.rate()).saturating_mul(u64::from(self.step_microseconds))
            / 1_000_000;
        // At most half a packet, so that the FIFO is shorter than a packet: legacy clients add it
        // to the position to find the half of their buffer that they may write.
        self.step = Divisor::new(step.min((self.packet.get() / 2).max(1)));
        shared.reset(Some(layout));
    }

    /// Joins the wire. Returns the number of bytes that a resampler needs, if there is one.
    fn prepare(&mut self, wire: &WireShared) -> crate::Result<Option<usize>> {
        let mut bytes = None;
        match &mut self.direction {
            Direction::Render { writer: Some(_), .. }
            | Direction::Capture { attached: true, .. } => {}
            Direction::Render { writer, history, .. } => {
                *writer = Some(wire.attach_writer(self.format)?);
                if let Some(bus) = wire.format().filter(|bus| bus.rate() != self.format.rate()) {
                    let ratio = Ratio::new(self.format.rate(), bus.rate());
                    let resampler = Resampler::new(ratio, self.format.channels());
                    let made = self.format.with(SampleType::Float32, bus.rate())?;
                    // The ring's capacity is a power of two.
                    let frames = ratio.reach().saturating_mul(2).saturating_add(2 * PIECE);
                    let frames = frames.checked_next_power_of_two().unwrap_or(frames);
                    let newest = offset(frames, self.format.block_align());
                    bytes = Some(resampler.words().saturating_mul(4).saturating_add(newest));
                    *history = Some(History { resampler, made, done: 0 });
                }
            }
            Direction::Capture { attached, heard, .. } => {
                wire.attach_reader(self.format)?;
                *attached = true;
                // The wire may get another rate while it is recorded.
                let bus = wire.format().filter(|bus| bus.rate() != self.format.rate());
                *heard = bus.map(|bus| Heard::new(bus, self.format));
                let words = heard
                    .as_ref()
                    .map_or(Resampler::least_words(), |heard| heard.resampler.words());
                bytes = Some(words.saturating_mul(4));
            }
        }
        Ok(bytes)
    }

    fn leave(&mut self, wire: &WireShared) {
        match &mut self.direction {
            Direction::Render { writer, taken, history } => {
                if let Some(writer) = writer.take() {
                    wire.detach_writer(&writer);
                }
                (*taken, *history) = (None, None);
            }
            Direction::Capture { attached, .. } => {
                if core::mem::take(attached) {
                    wire.detach_reader();
                }
            }
        }
    }

    fn release(&mut self, wire: &WireShared, shared: &Shared) {
        self.leave(wire);
        self.ramp.reset();
        (self.attention, self.own_attention) = (Attention::default(), Attention::default());
        (self.state, self.first) = (Published::default(), 0);
        shared.reset(None);
    }

    fn start(&mut self, start: Qpc, shared: &Shared, clock: &Clock, wire: &WireShared) {
        self.state.start = clock.frame(self.format.rate(), start).0;
        self.state.running = true;
        (self.deadline, self.ahead) = (start, None);
        self.pace = clock.pace(self.rate, self.step.get());
        if self.state.base.is_multiple_of(self.packet.get()) {
            self.began = start;
        }
        if let Direction::Render { writer: Some(writer), history, .. } = &mut self.direction {
            let mut frontier = self.state.start;
            if let Some(history) = history {
                frontier = history.resampler.ratio().output_frames(frontier);
                history.done = frontier;
            }
            wire.advance(writer, frontier);
        }
        let state = self.state;
        shared.publish(|| state);
    }

    fn pause(&mut self, now: &dyn Fn() -> Qpc, shared: &Shared, clock: &Clock, wire: &WireShared) {
        if let Direction::Render { writer: Some(writer), .. } = &self.direction {
            wire.idle(writer);
        }
        // A fade in progress ends: the stream continues at its volume.
        self.own_ramp.reset();
        let (state, rate) = (&mut self.state, self.format.rate());
        shared.publish(|| {
            state.base = state.position(clock.frame(rate, now()).0);
            state.running = false;
            Self::pause_asleep(state);
            *state
        });
    }

    #[inline(never)]
    fn tick(
        &mut self,
        now: Qpc,
        memory: &dyn PacketMemory,
        shared: &Shared,
        endpoint: &Endpoint<'_>,
        work: &mut Work<'_>,
        tick: &mut Tick,
    ) {
        let clock = endpoint.clock;
        shared.telemetry().count(Event::WakeUp);
        let lateness = now.0.saturating_sub(self.deadline.0);
        shared.telemetry().lateness(lateness);
        if lateness > clock.millisecond() {
            shared.telemetry().count(Event::LateTick);
        }
        match self.due(now, clock) {
            Due::Nothing => tick.next = self.deadline,
            Due::Step(ahead) => self.step(ahead, now, memory, shared, endpoint, work, tick),
            Due::Unknown => self.catch_up_and_step(now, memory, shared, endpoint, work, tick),
        }
    }

    /// Does all work that is due: packets that ended, and the current step.
    #[inline(never)]
    fn catch_up_and_step(
        &mut self,
        now: Qpc,
        memory: &dyn PacketMemory,
        shared: &Shared,
        endpoint: &Endpoint<'_>,
        work: &mut Work<'_>,
        tick: &mut Tick,
    ) {
        let clock = endpoint.clock;
        let real = self.real(now, clock);
        self.catch_up(now, real, memory, shared, endpoint, work);
        let due = self.packet.divide(real).0.saturating_sub(self.state.completed);
        for (index, place) in (0..due).zip(&mut tick.completions) {
            if index == 1 && due > 2 {
                self.skip(due.saturating_sub(2), shared);
            }
            let boundary = self.packet_end();
            self.move_to(boundary, now, memory, shared, endpoint, work);
            let at = clock.time_at(self.rate, crate::Frames(self.device_frame(boundary)));
            *place = Some(self.complete(at, shared));
        }
        let mut is_whole = false;
        if self.may_sleep(real, shared, endpoint) {
            self.fall_asleep();
        } else {
            let begin = self.first;
            let steps = self.step.divide(real.saturating_sub(begin)).0.saturating_add(1);
            let target =
                begin.saturating_add(steps.saturating_mul(self.step.get()).min(self.packet.get()));
            self.move_to(target, now, memory, shared, endpoint, work);
            is_whole = self.state.limit == target;
        }
        shared.moved(self.state);
        let trim = clock.trim_number();
        self.wake(now, clock, tick);
        self.ahead = if is_whole { self.look_ahead(trim, clock) } else { None };
    }

    /// Ends a tick, and computes the time of the next one.
    fn wake(&mut self, now: Qpc, clock: &Clock, tick: &mut Tick) {
        let (real, limit) = (self.real(now, clock), self.state.limit);
        // Nothing could be moved ahead: look again in a quarter of a step.
        let soon = real.saturating_add((self.step.get() / 4).max(1));
        let wake = if limit > real { limit } else { soon };
        self.deadline = clock.time_at(self.rate, crate::Frames(self.device_frame(wake)));
        tick.next = self.deadline;
    }

    /// The position now, if the stream had been served in time.
    fn real(&self, now: Qpc, clock: &Clock) -> u64 {
        let device = clock.frame(self.format.rate(), now).0;
        self.state.base.saturating_add(device.saturating_sub(self.state.start))
    }

    fn packet_end(&self) -> u64 {
        self.first.saturating_add(self.packet.get())
    }

    /// The device frame of the stream's `position`.
    fn device_frame(&self, position: u64) -> u64 {
        self.state.start.saturating_add(position.saturating_sub(self.state.base))
    }

    /// Skips packets that could not be played or written in time.
    fn skip(&mut self, packets: u64, shared: &Shared) {
        self.state.completed = self.state.completed.saturating_add(packets);
        self.first = self.state.completed.saturating_mul(self.packet.get());
        self.state.limit = self.first;
        shared.telemetry().add(Event::PacketSkipped, packets);
    }

    /// Completes the current packet, which ended at `at`.
    fn complete(&mut self, at: Qpc, shared: &Shared) -> Completion {
        let packet = self.state.completed;
        self.state.completed = packet.saturating_add(1);
        self.first = self.packet_end();
        let capture = matches!(self.direction, Direction::Capture { .. });
        // The next packet of two overwrites the one before this one.
        if capture && packet.checked_sub(1).is_some_and(|before| shared.left_unread(before)) {
            shared.telemetry().count(Event::Overwrite);
        }
        shared.telemetry().count(Event::PacketDone);
        shared.complete(self.state.completed, at, self.began);
        self.began = at;
        Completion { packet, at }
    }

    /// Moves everything up to `target`, which is in the current packet.
    fn move_to(
        &mut self,
        target: u64,
        now: Qpc,
        memory: &dyn PacketMemory,
        shared: &Shared,
        endpoint: &Endpoint<'_>,
        work: &mut Work<'_>,
    ) {
        let from = self.state.limit;
        if from >= target {
            return;
        }
        self.state.limit = match self.direction {
            Direction::Render { .. } => {
                self.fetch(from, target, memory, shared, endpoint, work);
                target
            }
            Direction::Capture { .. } => {
                self.fill(from, target, now, memory, shared, endpoint, work)
            }
        };
    }

    /// The meters of the move that begins at `position`.
    fn meters<'a>(&mut self, endpoint: &Endpoint<'a>, position: u64) -> Meters<'a> {
        let own = endpoint.own.map(|(_, meter)| meter);
        if self.is_late {
            return Meters(Some(endpoint.meter), own);
        }
        let rate = self.format.rate();
        let wanted = self.attention.wants(endpoint.meter, position, rate);
        let own = own.filter(|own| self.own_attention.wants(own, position, rate));
        Meters(wanted.then_some(endpoint.meter), own)
    }

    /// Whether the gain of the next move is [`LEVEL`].
    fn stays_level(&self, endpoint: &Endpoint<'_>) -> bool {
        !self.is_late
            && self.ramp.stays_at_unity(endpoint.volume)
            && endpoint.own.is_none_or(|(volume, _)| self.own_ramp.stays_at_unity(volume))
    }

    /// The gain of the next `frames`.
    #[inline(never)]
    fn slope(&mut self, endpoint: &Endpoint<'_>, frames: u64) -> Slope {
        if self.is_late {
            return self.slope_as_it_is();
        }
        let rate = self.format.rate();
        let slope = self.ramp.next(endpoint.volume, frames, rate);
        match endpoint.own {
            Some((volume, _)) => slope.times(&self.own_ramp.next(volume, frames, rate)),
            None => slope,
        }
    }

    /// The offset of `position`, which is in the current packet, in the client's memory and in the
    /// packet; both in bytes.
    fn place(&self, position: u64) -> (usize, usize) {
        let layout = self.layout.map(|layout| (layout.count(), layout.bytes()));
        let (count, bytes) = layout.unwrap_or_default();
        let within = position.saturating_sub(self.first);
        let within = offset(within, self.format.block_align());
        let is_second = count == 2 && !self.state.completed.is_multiple_of(2);
        let begin = if is_second { bytes } else { 0 };
        (begin.saturating_add(within), within)
    }

    /// The number of valid bytes of `packet`. Its mark is read once, at the packet's start.
    fn valid_bytes(&mut self, packet: u64, shared: &Shared) -> usize {
        let Direction::Render { taken, .. } = &mut self.direction else { return 0 };
        if let Some((known, valid)) = *taken
            && known == packet
        {
            return valid;
        }
        let mark = shared.marks().take(packet);
        if mark == Mark::Missing {
            shared.telemetry().count(Event::Underrun);
        }
        let valid = match mark {
            Mark::NotInForce => usize::MAX,
            Mark::Valid(bytes) => bytes,
            Mark::Ended | Mark::Missing => 0,
        };
        *taken = Some((packet, valid));
        valid
    }

    /// Render: packets to wire.
    fn fetch(
        &mut self,
        from: u64,
        to: u64,
        memory: &dyn PacketMemory,
        shared: &Shared,
        endpoint: &Endpoint<'_>,
        work: &mut Work<'_>,
    ) {
        let (packet, (begin, within)) = (self.state.completed, self.place(from));
        let block = self.format.block_align();
        let frames = to.saturating_sub(from);
        let length = offset(frames, block);
        let at = self.device_frame(from);
        let end = at.saturating_add(frames);
        let meter = self.meters(endpoint, from);
        let slope;
        let slope = if self.stays_level(endpoint) {
            &LEVEL
        } else {
            slope = self.slope(endpoint, frames);
            &slope
        };
        let valid = self.valid_bytes(packet, shared);
        let Direction::Render { writer: Some(writer), history, .. } = &mut self.direction else {
            return;
        };
        let playing = if valid == usize::MAX && shared.marks().is_refused(packet) {
            0
        } else {
            valid.saturating_sub(within)
        };
        let playing = if playing >= length {
            frames
        } else {
            u64::try_from(playing / size(block)).unwrap_or(0)
        };
        let read = &mut |start: usize, into: &mut [u8], found: Option<&mut Extremes>| {
            let at = begin.saturating_add(start);
            if let Some(found) = found {
                return found.read(memory, at, into);
            }
            memory.read(at, into);
            false
        };
        let (format, word) = (self.format, self.word);
        let what = Move { at, frames: playing, format, word, slope, meter };
        let mix = &mut self.mix;
        let frontier = match history {
            Some(history) => {
                history.play(work, mix, &what, end, endpoint, read);
                history.done
            }
            None => {
                if playing > 0 {
                    endpoint.ring.with(&mut |ring| ring.write(endpoint.wire, mix, &what, read));
                }
                end
            }
        };
        if !shared.marks().in_force() {
            // The client may not write these bytes again before they are played again.
            memory.zero(begin, length);
        }
        endpoint.wire.advance(writer, frontier);
    }

    /// Capture: wire to packets. Returns the position reached: less than `to` if the speaker's end
    /// is late and there is time to wait.
    #[expect(clippy::too_many_arguments, reason = "a move between all that a stream is joined to")]
    fn fill(
        &mut self,
        from: u64,
        to: u64,
        now: Qpc,
        memory: &dyn PacketMemory,
        shared: &Shared,
        endpoint: &Endpoint<'_>,
        work: &mut Work<'_>,
    ) -> u64 {
        let Direction::Capture { source, delay, .. } = self.direction else { return from };
        let bus = endpoint.wire.format();
        let ratio = if source == Source::Cable { self.ratio(bus) } else { None };
        let on_wire = |position: u64| self.device_frame(position).saturating_sub(delay);
        let mut until = to;
        if source == Source::Cable
            && let Some(frontier) = endpoint.wire.frontier()
        {
            // In frames of this stream's rate.
            let frontier = ratio.map_or(frontier, |ratio| ratio.output_frames(frontier));
            if on_wire(to) > frontier {
                let missing = on_wire(to).saturating_sub(frontier);
                let there = to.saturating_sub(missing).max(from);
                let due = self.real(now, endpoint.clock).min(to).max(from);
                if there < due {
                    shared.telemetry().count(Event::WireSilence);
                }
                until = there.max(due);
            }
        }
        let frames = until.saturating_sub(from);
        if frames == 0 {
            return from;
        }
        let (begin, _) = self.place(from);
        let (at, block) = (on_wire(from), self.format.block_align());
        let meter = self.meters(endpoint, from);
        let slope;
        let slope = if self.stays_level(endpoint) {
            &LEVEL
        } else {
            slope = self.slope(endpoint, frames);
            &slope
        };
        let (format, word) = (self.format, self.word);
        let what = Move { at, frames, format, word, slope, meter };
        let write = &mut |start: usize, bytes: &[u8]| {
            memory.write(begin.saturating_add(start), bytes);
        };
        match (source, bus.filter(|_| ratio.is_some())) {
            (Source::Cable, None) => {
                let mix = &mut self.mix;
                endpoint.ring.with(&mut |ring| ring.read(endpoint.wire, mix, &what, write));
            }
            (Source::Cable, Some(bus)) => self.resample(bus, &what, endpoint, work, write),
            (Source::Silence, _) => memory.zero(begin, offset(frames, block)),
            (Source::Tone, _) => self.fill_with_tone(&what, write),
        }
        until
    }

    /// The tone. Not inlined, so that its buffer is not on every tick's stack.
    #[inline(never)]
    fn fill_with_tone(&self, what: &Move<'_>, write: &mut Writing<'_>) {
        let (mut values, mut bytes) = ([0; BLOCK], [0; BLOCK * 4]);
        let (channels, block) = (self.format.channels(), self.format.block_align());
        let chunk = u64::try_from(frames_in_block(channels)).unwrap_or(1);
        let mut done = 0;
        while done < what.frames {
            let count = chunk.min(what.frames.saturating_sub(done));
            let Some(values) = values.get_mut(..offset(count, channels)) else { break };
            let Some(bytes) = bytes.get_mut(..offset(count, block)) else { break };
            tone(self.format, what.at.saturating_add(done), values);
            store_all(self.format.sample(), values, bytes);
            what.scale_and_measure(done, bytes);
            write(offset(done, block), bytes);
            done = done.saturating_add(count.max(1));
        }
    }
}
