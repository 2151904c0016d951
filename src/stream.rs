//! Streams: ACX's callbacks over a channel of the engine.
//!
//! The mutable half ([`Channel`]) lives in the stream's timer and belongs to it while the timer
//! runs. A state callback that needs it stops the timer first, which waits for a tick in progress.
//! Packet and position calls use only the shared half.

use acx::circuit::Direction;
use acx::format::WaveFormat;
use acx::lock::WaitLock;
use acx::packets::{PacketLayout, RtPackets};
use acx::pin::Mode;
use acx::pool::{Arc, Box, Buffer};
use acx::request::{Property, Request};
use acx::stream::{
    self, CapturedPacket, CreateStream, HwLatency, NewStream, Notifier, Position, RtStream,
};
use acx::time::Qpc;
use acx::timer::{Expire, Timer};
use acx::units::{Bytes, Frames, Hns};
use acx::work::{Work, WorkItem};
use acx::{Dispatch, Error, Passive, Result};
use core::sync::atomic::{AtomicU32, Ordering};
use vdma::channel::{Channel, Tick};
use vdma::format::Format;
use vdma::packets::{Layout, PAGE};
use vdma::position::Shared;

use crate::budget::{Budget, LONGEST_SECONDS, Reservation};
use crate::clock::now;
use crate::controls::Controls;
use crate::end::{End, SHORTEST_MS};
use crate::error::{DriverError, engine_error};
use crate::offload::{Offload, Protection};
use crate::packets::EnginePackets;
use crate::sleepers::Sleeper;
use crate::telemetry::StreamId;
use crate::{formats, offload, properties, telemetry};

/// A stream of an endpoint: the half that every callback uses.
pub struct CableStream {
    end: End,
    wave: WaveFormat,
    mode: Mode,
    shared: Arc<Shared>,
    /// The number of bytes read ahead of the position.
    fifo: AtomicU32,
    /// The audio engine's memory for offload streams; None for other streams.
    offload: Option<Arc<Offload>>,
    protection: Arc<Protection>,
}

/// The half that only state callbacks use.
pub struct Control {
    timer: StreamTimer,
    /// Its part of the device's memory budget, and of the audio engine's for an offload stream,
    /// until it is closed.
    reservation: Option<(Reservation, Option<Reservation>)>,
    /// Whether the jack that follows this end counts the stream.
    is_followed: bool,
}

/// The timer of a stream.
enum StreamTimer {
    /// Only state callbacks start and stop it.
    Own(Timer<Ticker>),
    /// The timer of an offload stream, which others may wake.
    Shared(Arc<WaitLock<Timer<Ticker>>>, Sleeper),
}

/// Makes the timer of an offload stream expire at once.
struct Alarm(Arc<WaitLock<Timer<Ticker>>>);

/// The state of the timer.
struct Ticker {
    channel: Box<Channel<Buffer>>,
    end: End,
    shared: Arc<Shared>,
    packets: Option<EnginePackets>,
    /// An offload stream's own volume and meter.
    own: Option<Arc<Controls>>,
    notifier: Notifier,
    id: StreamId,
    /// The number of anomalies at the last report.
    reported: u64,
}

impl CableStream {
    /// Creates the requested stream, at `end` of the cable. With `offloaded` it is an offload
    /// stream of the audio engine.
    ///
    /// # Errors
    ///
    /// [`Error::NoMatch`] for a format or mode that the pin does not list, or the framework's
    /// errors.
    pub fn create(end: End, offloaded: bool, mut request: CreateStream<'_>) -> Result<()> {
        let wave = request.format().wave_format()?;
        let format = formats::engine_format(wave)?;
        let mode = request.mode().ok_or(Error::NoMatch)?;
        let (direction, pin) = (end.direction, request.pin_id());
        if end.guard().is_some() {
            request.preprocess(properties::PACKETS);
        }
        request.create_rt(|stream| {
            let shared = Arc::new(Shared::new(format))?;
            let protection = Arc::new(Protection::new(end.cable.clone()))?;
            let own = if offloaded { Some(Arc::new(Controls::default())?) } else { None };
            if let Some(own) = &own {
                let channels = end.cables.config.channels;
                offload::add_stream_engine(stream, own, &shared, &protection, channels)?;
            }
            let mut channel = channel(&end, format)?;
            if offloaded {
                channel.let_sleep();
            }
            let ticker = Ticker {
                channel,
                end: end.clone(),
                shared: shared.clone(),
                packets: None,
                own,
                notifier: stream.notifier(),
                id: StreamId {
                    cable: end.index,
                    direction,
                    stream: end.streams.add(pin, &shared, stream.passive())?,
                },
                reported: 0,
            };
            let timer = Timer::new(stream, ticker)?;
            let timer = if offloaded {
                StreamTimer::shared(stream, timer, &shared)?
            } else {
                StreamTimer::Own(timer)
            };
            let offload = end.offload.clone().filter(|_| offloaded);
            let stream =
                Self { end, wave, mode, shared, fifo: AtomicU32::new(0), offload, protection };
            Ok((stream, Control { timer, reservation: None, is_followed: false }))
        })
    }
}

/// The mutable half of a stream of `format`. Not inlined: it is large, and built on the stack
/// before it is moved to the pool.
#[inline(never)]
fn channel(end: &End, format: Format) -> Result<Box<Channel<Buffer>>> {
    let source = (end.direction == Direction::Capture).then_some(end.source);
    Box::new(Channel::new(format, end.step, source))
}

/// Whether a packet's length is within the limits.
#[inline(never)]
fn is_good_length(layout: Layout, format: Format) -> bool {
    let block = format.block_align();
    let second = usize::try_from(format.rate()).unwrap_or(0).saturating_mul(block);
    // The published limit is one millisecond, with its frames rounded in either direction.
    let rounded = layout.bytes().saturating_add(block).saturating_mul(1000);
    let shortest = second.saturating_mul(usize::try_from(SHORTEST_MS).unwrap_or(0));
    let longest = second.saturating_mul(usize::try_from(LONGEST_SECONDS).unwrap_or(0));
    // A single packet fills whole pages with whole frames, so its client may have rounded it up.
    let odd = block.unbounded_shr(block.trailing_zeros());
    let pages = PAGE.saturating_mul(odd);
    let unit = if layout.count() == 1 { pages } else { block };
    rounded > shortest && layout.bytes() < longest.saturating_add(unit)
}

impl StreamTimer {
    /// The timer of an offload stream.
    #[inline(never)]
    fn shared(
        stream: &mut NewStream<'_>,
        timer: Timer<Ticker>,
        shared: &Arc<Shared>,
    ) -> Result<Self> {
        let timer = Arc::new(WaitLock::new(timer, stream.passive())?)?;
        let alarm = WorkItem::new(stream, Alarm(timer.clone()))?.into_dyn();
        let sleeper = Sleeper { shared: shared.clone(), alarm: Arc::new(alarm)? };
        Ok(Self::Shared(timer, sleeper))
    }

    /// Calls `use_it` with the timer.
    ///
    /// # Errors
    ///
    /// Those of `use_it`, or the framework's.
    fn with<R>(
        &mut self,
        passive: &mut Passive,
        use_it: impl FnOnce(&mut Timer<Ticker>, &Passive) -> Result<R>,
    ) -> Result<R> {
        match self {
            Self::Own(timer) => use_it(timer, passive),
            Self::Shared(timer, _) => timer.with(passive, use_it)?,
        }
    }

    /// The sleeper by which others wake an offload stream.
    fn sleeper(&self) -> Option<&Sleeper> {
        match self {
            Self::Own(_) => None,
            Self::Shared(_, sleeper) => Some(sleeper),
        }
    }
}

impl Work for Alarm {
    fn work(&self, passive: &mut Passive) {
        // It does not fail in practice; a stream that is not woken continues at the end of its
        // packet.
        let _ = self.0.with(passive, |timer, passive| {
            if timer.stop(passive).shared.is_running() {
                timer.start(Qpc(now().0), passive);
            }
        });
    }
}

impl Ticker {
    /// Notifies ACX of the packets that a tick completed. No lock is held here.
    #[inline(never)]
    fn report(&self, tick: Tick, level: &mut Dispatch) -> Qpc {
        for completion in tick.completions.into_iter().flatten() {
            let at = Qpc(completion.at.0);
            self.notifier.notify_packet_complete(completion.packet, at, level);
        }
        Qpc(tick.next.0)
    }
}

impl Expire for Ticker {
    fn expire(&mut self, level: &mut Dispatch) -> Option<Qpc> {
        let memory = self.packets.as_ref()?;
        let ring = self.end.cable.ring_at(level);
        let endpoint = ring.endpoint(self.end.controls(), self.own.as_deref());
        let tick = self.channel.tick(now(), memory, &self.shared, &endpoint);
        let anomalies = self.shared.telemetry().anomalies();
        if anomalies != self.reported {
            self.reported = anomalies;
            telemetry::report(self.id, &self.shared, &self.end.cable.clock);
        }
        Some(self.report(tick, level))
    }
}

impl CableStream {
    /// Tells the jack that follows this end whether the stream runs. A loopback stream does not
    /// count.
    #[inline(never)]
    fn follow(&self, control: &mut Control, runs: bool, passive: &mut Passive) -> Result<()> {
        let Some(jack) = self.end.follower.as_ref().filter(|_| !self.end.loopback) else {
            return Ok(());
        };
        if core::mem::replace(&mut control.is_followed, runs) == runs {
            return Ok(());
        }
        if runs { jack.started(passive) } else { jack.stopped(passive) }
    }
}

impl stream::Stream for CableStream {
    type Control = Control;

    const PROPERTIES: &'static [Property] = properties::STREAM;

    fn preprocess(&self, request: Request<'_>) {
        properties::admit_to_packets(request, self.end.guard());
    }

    fn property(&self, request: Request<'_>) {
        self.end.bridges.handle(request, self.mode, &self.wave);
    }

    fn prepare_hardware(&self, control: &mut Control, passive: &mut Passive) -> Result<()> {
        let cable = &self.end.cable;
        control.timer.with(passive, |timer, passive| {
            let memory = |bytes| Buffer::zeroed(bytes).map_err(DriverError);
            let prepared = timer.stop(passive).channel.prepare(&cable.wire, memory);
            prepared.map_err(|DriverError(error)| error)
        })?;
        if let Some(sleeper) = control.timer.sleeper()
            && let Err(error) = cable.sleepers.add(sleeper, passive)
        {
            self.release_hardware(control, passive)?;
            return Err(error);
        }
        if self.end.direction == Direction::Capture {
            cable.sleepers.wake(passive);
        }
        Ok(())
    }

    fn release_hardware(&self, control: &mut Control, passive: &mut Passive) -> Result<()> {
        let cable = &self.end.cable;
        if let Some(sleeper) = control.timer.sleeper() {
            cable.sleepers.remove(sleeper, passive);
        }
        control.timer.with(passive, |timer, passive| {
            timer.stop(passive).channel.release(&cable.wire, &self.shared);
            Ok(())
        })
    }

    fn run(&self, control: &mut Control, passive: &mut Passive) -> Result<()> {
        let cable = &self.end.cable;
        self.follow(control, true, passive)?;
        let started = control.timer.with(passive, |timer, passive| {
            let ticker = timer.stop(passive);
            if ticker.packets.is_none() {
                return Err(Error::InvalidState);
            }
            let start = ticker.channel.run(now, &self.shared, &cable.clock, &cable.wire);
            timer.start(Qpc(start.0), passive);
            Ok(())
        });
        if started.is_err() {
            self.follow(control, false, passive)?;
        }
        started
    }

    fn set_copy_protected(&self, protected: bool) -> Result<()> {
        self.protection.set_copies(protected);
        Ok(())
    }

    fn pause(&self, control: &mut Control, passive: &mut Passive) -> Result<()> {
        let cable = &self.end.cable;
        control.timer.with(passive, |timer, passive| {
            let ticker = timer.stop(passive);
            ticker.channel.pause(now, &self.shared, &cable.clock, &cable.wire);
            Ok(())
        })?;
        self.follow(control, false, passive)
    }
}

impl RtStream for CableStream {
    fn allocate_packets(
        &self,
        control: &mut Control,
        count: u32,
        size: Bytes,
        passive: &mut Passive,
    ) -> Result<RtPackets> {
        let format = self.shared.format();
        let layout = Layout::new(count, size.0, format.block_align()).map_err(engine_error)?;
        if !is_good_length(layout, format) {
            return Err(Error::InvalidParameter);
        }
        let engine = match &self.offload {
            Some(offload) => Some(offload.reserve(self.wave, count, size)?),
            None => None,
        };
        let bytes = layout.allocation().saturating_mul(layout.count());
        let own = Budget::reserve(&self.end.cable.common.packets, bytes)?;
        let packets = RtPackets::new(
            PacketLayout {
                count: layout.count(),
                buffers: layout.count(),
                bytes: layout.bytes(),
                allocation: layout.allocation(),
                offsets: [layout.offset(0), layout.offset(1)],
            },
            passive,
        )?;
        control.timer.with(passive, |timer, passive| {
            let ticker = timer.stop(passive);
            ticker.channel.set_packets(layout, &self.shared);
            ticker.packets = Some(EnginePackets(packets.view()));
            let fifo = u32::try_from(ticker.channel.fifo_bytes()).unwrap_or(u32::MAX);
            self.fifo.store(fifo, Ordering::Relaxed);
            Ok(())
        })?;
        control.reservation = Some((own, engine));
        Ok(packets)
    }

    fn free_packets(&self, control: &mut Control, passive: &mut Passive) {
        let _ = control.timer.with(passive, |timer, passive| {
            timer.stop(passive).packets = None;
            Ok(())
        });
    }

    fn hw_latency(&self) -> Result<HwLatency> {
        // The microphone reports the wire's delay, and that of a resampler between the ends.
        let delay = match self.end.direction {
            Direction::Render => 0,
            Direction::Capture => {
                vdma::channel::capture_delay(self.shared.format(), &self.end.cable.wire)
            }
        };
        let delay = u32::try_from(delay).map_err(|_| Error::InvalidParameter)?;
        Ok(HwLatency { fifo: Bytes(self.fifo.load(Ordering::Relaxed)), delay: Hns(delay) })
    }

    fn current_packet(&self) -> Result<u64> {
        Ok(self.shared.current_packet().into())
    }

    fn presentation_position(&self) -> Result<Position> {
        let (frames, at) = self.shared.position(&self.end.cable.clock, now);
        Ok(Position { frames: Frames(frames.0), at: Qpc(at.0) })
    }

    fn set_render_packet(&self, packet: u32, end: Option<Bytes>) -> Result<()> {
        self.shared.set_render_packet(packet, end.map(|bytes| bytes.0)).map_err(engine_error)
    }

    fn capture_packet(&self, _level: &mut Dispatch) -> Result<CapturedPacket> {
        let (number, began) = self.shared.capture_packet().map_err(engine_error)?;
        // The next packet is completed in real time, not earlier.
        Ok(CapturedPacket { number: number.into(), began: Qpc(began.0), more: false })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The engine's limits: 8 KiB per stream beside its packets, and no state so large that moving
    /// it takes a deep stack.
    #[test]
    fn a_stream_is_small() {
        let bytes = size_of::<CableStream>()
            + size_of::<Control>()
            + size_of::<Ticker>()
            + size_of::<Channel<Buffer>>()
            + size_of::<Shared>()
            + size_of::<Controls>()
            + size_of::<Protection>()
            + size_of::<RtPackets>();
        assert!(bytes <= 2048, "{bytes} bytes");
    }
}
