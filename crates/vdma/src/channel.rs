//! The moving half of a stream: what its timer does.
//!
//! It belongs to the timer while the stream runs, and to the state callbacks while the timer is stopped, so it needs no lock. One tick
//! completes the packets that ended (a bounded number; after a stall the rest is skipped and counted), moves the next step, publishes,
//! and says at which absolute moment it wants the next tick.

use crate::clock::Clock;
use crate::convert::store_all;
use crate::format::{Format, MAX_CHANNELS, SampleType};
use crate::gain::{Ramp, Slope, Volume};
use crate::meter::{Meter, Meters};
use crate::packets::{Layout, Mark};
use crate::position::{Published, Shared};
use crate::resample::{self, Ratio};
use crate::source::{Source, tone};
use crate::telemetry::Event;
use crate::wire::{Reading, Ring, RingLock, RingMemory, WireShared, Writer};
use crate::{PacketMemory, Qpc, divide_up, divisor, size};
use core::num::NonZeroU64;

/// A packet that is done, and the ideal moment at which it was: not when somebody noticed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Completion {
    /// The packet's number since the stream's start.
    pub packet: u64,
    /// The moment of its last frame's end.
    pub at: Qpc,
}

/// What a tick found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tick {
    /// Packets to report, in order.
    pub completions: [Option<Completion>; 2],
    /// When to tick next.
    pub next: Qpc,
}

/// What a stream is joined to: its endpoint's controls and its wire.
#[derive(Clone, Copy)]
pub struct Endpoint<'a> {
    /// The device clock.
    pub clock: &'a Clock,
    /// The lock-free part of the wire.
    pub wire: &'a WireShared,
    /// The ring, behind the wire's lock.
    pub ring: &'a dyn RingLock,
    /// Volume and mute.
    pub volume: &'a Volume,
    /// Peak meter.
    pub meter: &'a Meter,
    /// What the stream has beside them: its own volume and meter.
    pub own: Option<(&'a Volume, &'a Meter)>,
    /// The resampler's table: [`fill_kernel`](crate::resample::fill_kernel).
    pub kernel: &'a [f32],
}

impl<'a> Endpoint<'a> {
    fn meters(&self) -> Meters<'a> {
        Meters(self.meter, self.own.map(|(_, meter)| meter))
    }
}

/// Which way the frames go, with what only that way needs.
#[derive(Debug)]
enum Direction {
    Render {
        writer: Option<Writer>,
        /// The packet whose mark was taken, and how many of its bytes play.
        taken: Option<(u64, usize)>,
        /// What it plays, if the wire runs at another rate.
        history: Option<History>,
    },
    Capture {
        attached: bool,
        source: Source,
        /// Frames that the microphone lags the speaker.
        delay: u64,
    },
}

/// The newest frames of a stream whose wire runs at another rate: what its resampler looks at.
#[derive(Debug)]
struct History {
    ratio: Ratio,
    /// The wire's.
    rate: u32,
    /// The wire's frame that it has been written up to.
    done: u64,
    /// Peaks are measured before resampling.
    unheard: Meter,
}

/// The moving half of a render or capture stream. `B` is memory for a resampler.
#[derive(Debug)]
pub struct Channel<B> {
    moving: Moving,
    /// The newest frames, for the resampler of a stream whose wire runs at another rate.
    newest: Option<RingMemory<B>>,
}

/// A channel without memory of its own. Code for it is made once, and made fast, whatever `B` is.
#[derive(Debug)]
struct Moving {
    direction: Direction,
    format: Format,
    layout: Option<Layout>,
    /// Frames of a packet and of a step.
    packet: NonZeroU64,
    step: NonZeroU64,
    step_microseconds: u32,
    ramp: Ramp,
    /// For the stream's own volume.
    own_ramp: Ramp,
    state: Published,
    /// When the packet in progress began.
    began: Qpc,
    /// When the next tick was asked for.
    deadline: Qpc,
}

/// How long a frame takes from the speaker to a capture stream of `format`, in 100 ns; rounds up.
pub fn capture_delay(format: Format, wire: &WireShared) -> u64 {
    let bus = wire.format().map_or(format.rate(), Format::rate);
    let resampled = resample::delay(bus, format.rate()).saturating_mul(10_000_000);
    let resampled = divide_up(resampled, divisor(u64::from(format.rate())));
    CABLE_DELAY.saturating_mul(10).saturating_add(resampled)
}

/// Frames of a stream that go into its history at a time.
const PIECE: u64 = 256;

/// Frames that are resampled with the wire's lock held.
const RESAMPLED: u64 = 8;

impl History {
    /// Plays `frames` frames of `format` from device frame `at` on, and silence up to `end`.
    #[inline(never)]
    #[expect(
        clippy::too_many_arguments,
        reason = "one move, said once; a structure would only rename it"
    )]
    fn play(
        &mut self,
        newest: &mut Ring<'_>,
        format: Format,
        at: u64,
        frames: u64,
        end: u64,
        slope: &Slope,
        endpoint: &Endpoint<'_>,
        read: &mut Reading<'_>,
    ) {
        let (mut from, playing) = (at, at.saturating_add(frames));
        while from < end {
            let to = end.min(from.saturating_add(PIECE));
            let count = playing.min(to).saturating_sub(from);
            let done = from.saturating_sub(at);
            let skip = usize::try_from(done).unwrap_or(0).saturating_mul(format.block_align());
            if count > 0 {
                let (slope, meter) = (slope.from(done), endpoint.meters());
                newest.put(format, from, count, format, &slope, meter, &mut |start, into| {
                    read(skip.saturating_add(start), into);
                });
            }
            self.resample(newest, format, to, endpoint);
            from = to;
        }
    }

    /// Makes the wire's frames up to what source frame `to` is there. The wire's lock is held for copies only.
    fn resample(
        &mut self,
        newest: &mut Ring<'_>,
        format: Format,
        to: u64,
        endpoint: &Endpoint<'_>,
    ) {
        const SAMPLES: usize = 64;
        let to = self.ratio.output_frames(to);
        // The wire converts from here: the same channels, at its rate, as wide as can be.
        let channels = format.channels();
        let Ok(wide) = format.with(SampleType::Int32, self.rate) else { return };
        let most = u64::try_from(SAMPLES / size(channels)).unwrap_or(1);
        let mut bytes = [0; SAMPLES * 4];
        let mut made = [0; MAX_CHANNELS];
        let Some(made) = made.get_mut(..channels) else { return };
        while self.done < to {
            let frames = to.saturating_sub(self.done).min(most);
            for (n, place) in (self.done..).zip(bytes.chunks_exact_mut(wide.block_align().max(1))) {
                let n = n.saturating_sub(self.ratio.delay());
                newest.resample(format, endpoint.kernel, self.ratio, n, made);
                store_all(SampleType::Int32, made, place);
            }
            let (at, meter) = (self.done, Meters(&self.unheard, None));
            let copy = &mut |start: usize, into: &mut [u8]| {
                for (place, made) in into.iter_mut().zip(bytes.iter().skip(start)) {
                    *place = *made;
                }
            };
            endpoint.ring.with(&mut |ring| {
                ring.write(endpoint.wire, at, frames, wide, &Slope::unity(), meter, copy);
            });
            self.done = self.done.saturating_add(frames.max(1));
        }
    }
}

/// How far the microphone lags the speaker, in microseconds: two of the longest steps, so that a render timer may be a step late.
pub const CABLE_DELAY: u64 = 10_000;

impl<B: AsMut<[u8]>> Channel<B> {
    /// A render stream of `format` that moves `step_microseconds` at a time.
    pub fn render(format: Format, step_microseconds: u32) -> Self {
        let direction = Direction::Render { writer: None, taken: None, history: None };
        Self { moving: Moving::new(direction, format, step_microseconds), newest: None }
    }

    /// A capture stream of `format` that moves `step_microseconds` at a time.
    pub fn capture(format: Format, step_microseconds: u32, source: Source) -> Self {
        let delay = u64::from(format.rate()).saturating_mul(CABLE_DELAY) / 1_000_000;
        let direction = Direction::Capture { attached: false, source, delay };
        Self { moving: Moving::new(direction, format, step_microseconds), newest: None }
    }

    /// Gives the stream its packets.
    pub fn set_packets(&mut self, layout: Layout, shared: &Shared) {
        self.moving.set_packets(layout, shared);
    }

    /// Bytes that are moved ahead of the position: what KSPROPERTY_RTAUDIO_HWLATENCY calls the FIFO.
    pub fn fifo_bytes(&self) -> usize {
        let step = usize::try_from(self.moving.step.get()).unwrap_or(0);
        step.saturating_mul(self.moving.format.block_align())
    }

    /// Joins the wire (stop to pause). A render stream of another rate than the wire's asks `memory` for so many bytes.
    ///
    /// # Errors
    ///
    /// [`Error::TooManyStreams`](crate::Error::TooManyStreams), or what `memory` answers; nothing has changed then.
    pub fn prepare<E: From<crate::Error>>(
        &mut self,
        wire: &WireShared,
        memory: impl FnOnce(usize) -> Result<B, E>,
    ) -> Result<(), E> {
        if let Some(bytes) = self.moving.prepare(wire)? {
            match memory(bytes) {
                Ok(memory) => self.newest = Some(RingMemory::new(memory)),
                Err(why) => {
                    self.moving.leave(wire);
                    return Err(why);
                }
            }
        }
        Ok(())
    }

    /// Leaves the wire and goes back to the beginning (pause to stop).
    pub fn release(&mut self, wire: &WireShared, shared: &Shared) {
        self.newest = None;
        self.moving.release(wire, shared);
    }

    /// Starts or goes on (pause to run). When the first tick is due: at once. It is the timer's, because a state callback may not take the
    /// wire's lock.
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

    /// Stops the clock (run to pause): position and packet count stay. The timer is stopped already.
    pub fn pause(
        &mut self,
        now: impl Fn() -> Qpc,
        shared: &Shared,
        clock: &Clock,
        wire: &WireShared,
    ) {
        self.moving.pause(&now, shared, clock, wire);
    }

    /// What the timer does.
    pub fn tick(
        &mut self,
        now: Qpc,
        memory: &dyn PacketMemory,
        shared: &Shared,
        endpoint: &Endpoint<'_>,
    ) -> Tick {
        let mut newest = self.newest.as_mut().map(RingMemory::ring);
        self.moving.tick(now, memory, shared, endpoint, newest.as_mut())
    }
}

impl Moving {
    fn new(direction: Direction, format: Format, step_microseconds: u32) -> Self {
        Self {
            direction,
            format,
            layout: None,
            packet: divisor(1),
            step: divisor(1),
            step_microseconds,
            ramp: Ramp::default(),
            own_ramp: Ramp::default(),
            state: Published::default(),
            began: Qpc(0),
            deadline: Qpc(0),
        }
    }

    fn set_packets(&mut self, layout: Layout, shared: &Shared) {
        let block = size(self.format.block_align());
        self.layout = Some(layout);
        self.packet = divisor(u64::try_from(layout.bytes() / block).unwrap_or(1));
        let step = u64::from(self.format.rate()).saturating_mul(u64::from(self.step_microseconds))
            / 1_000_000;
        self.step = divisor(step.min(self.packet.get()));
        shared.reset(Some(layout));
        self.state = Published::default();
    }

    /// Joins the wire; how many bytes of memory a resampler needs, if there is one.
    fn prepare(&mut self, wire: &WireShared) -> crate::Result<Option<usize>> {
        let mut bytes = None;
        match &mut self.direction {
            Direction::Render { writer: Some(_), .. }
            | Direction::Capture { attached: true, .. } => {}
            Direction::Render { writer, history, .. } => {
                *writer = Some(wire.attach_writer(self.format)?);
                if let Some(bus) = wire.format().filter(|bus| bus.rate() != self.format.rate()) {
                    let (rate, ratio) = (bus.rate(), Ratio::new(self.format.rate(), bus.rate()));
                    let frames = ratio.reach().saturating_mul(2).saturating_add(2 * PIECE);
                    let frames = usize::try_from(frames).unwrap_or(usize::MAX);
                    bytes = Some(frames.saturating_mul(self.format.block_align()));
                    *history = Some(History { ratio, rate, done: 0, unheard: Meter::default() });
                }
            }
            Direction::Capture { attached, .. } => {
                wire.attach_reader(self.format)?;
                *attached = true;
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
        self.own_ramp.reset();
        self.state = Published::default();
        shared.reset(None);
    }

    fn start(&mut self, start: Qpc, shared: &Shared, clock: &Clock, wire: &WireShared) {
        self.state.start = clock.frame(self.format.rate(), start).0;
        self.state.running = true;
        self.deadline = start;
        if self.state.base.is_multiple_of(self.packet.get()) {
            self.began = start;
        }
        if let Direction::Render { writer: Some(writer), history, .. } = &mut self.direction {
            let mut frontier = self.state.start;
            if let Some(history) = history {
                frontier = history.ratio.output_frames(frontier);
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
        // A fade that is under way is over: the stream goes on at its volume.
        self.own_ramp.reset();
        let (state, rate) = (&mut self.state, self.format.rate());
        shared.publish(|| {
            state.base = state.position(clock.frame(rate, now()).0);
            state.running = false;
            *state
        });
    }

    fn tick(
        &mut self,
        now: Qpc,
        memory: &dyn PacketMemory,
        shared: &Shared,
        endpoint: &Endpoint<'_>,
        mut newest: Option<&mut Ring<'_>>,
    ) -> Tick {
        let clock = endpoint.clock;
        let mut tick = Tick::default();
        if !self.state.running {
            return tick;
        }
        let lateness = now.0.saturating_sub(self.deadline.0);
        shared.telemetry().lateness(lateness);
        if lateness > clock.span(1_000) {
            shared.telemetry().count(Event::LateTick);
        }
        // Where the stream would be if it had been served in time.
        let device = clock.frame(self.format.rate(), now).0;
        let real = self.state.base.saturating_add(device.saturating_sub(self.state.start));

        let due = (real / self.packet).saturating_sub(self.state.completed);
        for (index, place) in (0..due.min(2)).zip(&mut tick.completions) {
            if index == 1 && due > 2 {
                self.skip(due.saturating_sub(2), shared);
            }
            let boundary = self.packet_start().saturating_add(self.packet.get());
            self.move_to(boundary, real, memory, shared, endpoint, newest.as_deref_mut());
            *place = Some(self.complete(boundary, clock, shared));
        }

        let begin = self.packet_start();
        let steps = (real.saturating_sub(begin) / self.step).saturating_add(1);
        let target =
            begin.saturating_add(steps.saturating_mul(self.step.get()).min(self.packet.get()));
        self.move_to(target, real, memory, shared, endpoint, newest);

        let state = self.state;
        shared.publish(|| state);
        // Nothing could be moved ahead: look again in a quarter of a step.
        let soon = real.saturating_add((self.step.get() / 4).max(1));
        let wake = if state.limit > real { state.limit } else { soon };
        self.deadline = clock.time_of(self.format.rate(), crate::Frames(self.device_frame(wake)));
        tick.next = self.deadline;
        tick
    }

    /// How the wire's rate stands to this stream's; none if they are equal.
    fn ratio(&self, wire: &WireShared) -> Option<Ratio> {
        let bus = wire.format().filter(|bus| bus.rate() != self.format.rate())?;
        Some(Ratio::new(bus.rate(), self.format.rate()))
    }

    fn packet_start(&self) -> u64 {
        self.state.completed.saturating_mul(self.packet.get())
    }

    /// The device frame at which the stream is at `position`.
    fn device_frame(&self, position: u64) -> u64 {
        self.state.start.saturating_add(position.saturating_sub(self.state.base))
    }

    /// Passes over packets that nobody could have heard or written in time.
    fn skip(&mut self, packets: u64, shared: &Shared) {
        self.state.completed = self.state.completed.saturating_add(packets);
        self.state.limit = self.packet_start();
        shared.telemetry().add(Event::PacketSkipped, packets);
    }

    fn complete(&mut self, boundary: u64, clock: &Clock, shared: &Shared) -> Completion {
        let frame = crate::Frames(self.device_frame(boundary));
        let at = clock.time_of(self.format.rate(), frame);
        let packet = self.state.completed;
        self.state.completed = packet.saturating_add(1);
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

    /// Moves everything up to `target`, which lies in the packet in progress. `real` is where the clock is.
    fn move_to(
        &mut self,
        target: u64,
        real: u64,
        memory: &dyn PacketMemory,
        shared: &Shared,
        endpoint: &Endpoint<'_>,
        newest: Option<&mut Ring<'_>>,
    ) {
        let from = self.state.limit;
        if from >= target {
            return;
        }
        self.state.limit = match self.direction {
            Direction::Render { .. } => {
                self.fetch(from, target, memory, shared, endpoint, newest);
                target
            }
            Direction::Capture { .. } => self.fill(from, target, real, memory, shared, endpoint),
        };
    }

    /// The gain over the next `frames`.
    fn slope(&mut self, endpoint: &Endpoint<'_>, frames: u64) -> Slope {
        let rate = self.format.rate();
        let slope = self.ramp.next(endpoint.volume, frames, rate);
        match endpoint.own {
            Some((volume, _)) => slope.times(&self.own_ramp.next(volume, frames, rate)),
            None => slope,
        }
    }

    /// Where `position` lies in the client's memory, and how many bytes `frames` are.
    fn place(&self, position: u64) -> (usize, usize) {
        let (layout, block) = (self.layout, self.format.block_align());
        let (count, bytes) = layout.map_or((1, 0), |layout| (layout.count(), layout.bytes()));
        let packet = position / self.packet;
        let slot =
            usize::try_from(packet % divisor(u64::try_from(count).unwrap_or(1))).unwrap_or(0);
        let within = usize::try_from(position % self.packet).unwrap_or(0).saturating_mul(block);
        (slot.saturating_mul(bytes).saturating_add(within), within)
    }

    /// Render: packets to wire.
    fn fetch(
        &mut self,
        from: u64,
        to: u64,
        memory: &dyn PacketMemory,
        shared: &Shared,
        endpoint: &Endpoint<'_>,
        newest: Option<&mut Ring<'_>>,
    ) {
        let packet = from / self.packet;
        let (offset, within) = self.place(from);
        let block = self.format.block_align();
        let frames = to.saturating_sub(from);
        let length = usize::try_from(frames).unwrap_or(0).saturating_mul(block);
        let at = self.device_frame(from);
        let end = self.device_frame(to);
        let slope = self.slope(endpoint, frames);
        let Direction::Render { writer: Some(writer), taken, history } = &mut self.direction else {
            return;
        };
        let valid = match *taken {
            Some((known, valid)) if known == packet => valid,
            _ => {
                let valid = match shared.marks().take(packet) {
                    Mark::NotInForce => usize::MAX,
                    Mark::Valid(bytes) => bytes,
                    Mark::Ended => 0,
                    Mark::Missing => {
                        shared.telemetry().count(Event::Underrun);
                        0
                    }
                };
                *taken = Some((packet, valid));
                valid
            }
        };
        let playing = length.min(valid.saturating_sub(within));
        let playing_frames = u64::try_from(playing / size(block)).unwrap_or(0);
        let read = &mut |start: usize, into: &mut [u8]| {
            memory.read(offset.saturating_add(start), into);
        };
        let frontier = match (history, newest) {
            (Some(history), Some(newest)) => {
                let format = self.format;
                history.play(newest, format, at, playing_frames, end, &slope, endpoint, read);
                history.done
            }
            _ => {
                if playing_frames > 0 {
                    endpoint.ring.with(&mut |ring| {
                        let (wire, meter) = (endpoint.wire, endpoint.meters());
                        ring.write(wire, at, playing_frames, self.format, &slope, meter, read);
                    });
                }
                end
            }
        };
        if !shared.marks().in_force() {
            // Nothing tells whether the client writes this place again before it is played again.
            memory.zero(offset, length);
        }
        endpoint.wire.advance(writer, frontier);
    }

    /// Capture: wire to packets. Returns how far it came: less than `to` if the speaker's end is late and there is time to wait.
    fn fill(
        &mut self,
        from: u64,
        to: u64,
        real: u64,
        memory: &dyn PacketMemory,
        shared: &Shared,
        endpoint: &Endpoint<'_>,
    ) -> u64 {
        let Direction::Capture { source, delay, .. } = self.direction else { return from };
        let on_wire = |position: u64| self.device_frame(position).saturating_sub(delay);
        let mut until = to;
        let ratio = self.ratio(endpoint.wire);
        // In frames of this stream's rate.
        let frontier = endpoint.wire.frontier();
        let frontier =
            frontier.map(|frontier| ratio.map_or(frontier, |ratio| ratio.output_frames(frontier)));
        if source == Source::Cable
            && let Some(frontier) = frontier
            && on_wire(to) > frontier
        {
            let missing = on_wire(to).saturating_sub(frontier);
            let there = to.saturating_sub(missing).max(from);
            let due = real.min(to).max(from);
            if there < due {
                shared.telemetry().count(Event::WireSilence);
            }
            until = there.max(due);
        }
        let frames = until.saturating_sub(from);
        if frames == 0 {
            return from;
        }
        let (offset, _) = self.place(from);
        let (at, block) = (on_wire(from), self.format.block_align());
        let length = usize::try_from(frames).unwrap_or(0).saturating_mul(block);
        let slope = self.slope(endpoint, frames);
        match source {
            Source::Cable => {
                let at = at.saturating_sub(ratio.map_or(0, Ratio::delay));
                // Resampling takes long, so the lock is given up between a few frames.
                let most = ratio.map_or(frames, |_| RESAMPLED);
                let mut done = 0;
                while done < frames {
                    let count = frames.saturating_sub(done).min(most);
                    let skip = usize::try_from(done).unwrap_or(0).saturating_mul(block);
                    let place = offset.saturating_add(skip);
                    endpoint.ring.with(&mut |ring| {
                        ring.read(
                            endpoint.wire,
                            at.saturating_add(done),
                            count,
                            self.format,
                            &slope.from(done),
                            endpoint.meters(),
                            endpoint.kernel,
                            &mut |start, bytes| memory.write(place.saturating_add(start), bytes),
                        );
                    });
                    done = done.saturating_add(count.max(1));
                }
            }
            Source::Silence => memory.zero(offset, length),
            Source::Tone => {
                self.fill_with_tone(at, frames, offset, &slope, memory, endpoint.meters());
            }
        }
        until
    }

    /// The tone from device frame `at` on, at `offset` of the client's memory. Not inlined, so that its scratch is not on every tick's
    /// stack.
    #[inline(never)]
    fn fill_with_tone(
        &self,
        at: u64,
        frames: u64,
        offset: usize,
        slope: &Slope,
        memory: &dyn PacketMemory,
        meter: Meters<'_>,
    ) {
        const SAMPLES: usize = 64;
        let (mut values, mut bytes) = ([0; SAMPLES], [0; SAMPLES * 4]);
        let (channels, block) = (self.format.channels(), self.format.block_align());
        let chunk = u64::try_from(SAMPLES / size(channels)).unwrap_or(1);
        let mut done = 0;
        while done < frames {
            let count = chunk.min(frames.saturating_sub(done));
            let frames = usize::try_from(count).unwrap_or(0);
            let Some(values) = values.get_mut(..frames.saturating_mul(channels)) else { break };
            let Some(bytes) = bytes.get_mut(..frames.saturating_mul(block)) else { break };
            tone(self.format, at.saturating_add(done), values);
            slope.apply(done, channels, values);
            store_all(self.format.sample(), values, bytes);
            meter.measure(self.format, bytes);
            let begin = usize::try_from(done).unwrap_or(0).saturating_mul(block);
            memory.write(offset.saturating_add(begin), bytes);
            done = done.saturating_add(count.max(1));
        }
    }
}
