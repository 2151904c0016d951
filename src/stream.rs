//! Streams: the engine's channel behind ACX's callbacks.
//!
//! The moving half ([`Channel`]) lives in the stream's timer. While the timer runs it is the timer's; a state callback that needs it
//! stops the timer first, which waits for a tick under way. Packet and position calls use the shared half only.

use acx::circuit::Direction;
use acx::format::WaveFormat;
use acx::packets::{PacketLayout, PacketView, RtPackets};
use acx::pin::Mode;
use acx::pool::{Arc, Box, Bytes};
use acx::request::{Property, Request};
use acx::stream::{self, CapturedPacket, CreateStream, Notifier, RtStream};
use acx::time::Qpc;
use acx::timer::{Expire, Timer};
use acx::{Dispatch, Error, Passive, Result};
use core::sync::atomic::{AtomicU32, Ordering};
use vdma::PacketMemory;
use vdma::channel::{Channel, Tick};
use vdma::format::Format;
use vdma::packets::Layout;
use vdma::position::Shared;

use crate::cable::{Controls, now};
use crate::endpoint::{End, SHORTEST_MS};
use crate::offload::{Offload, Protection, Reserved};
use crate::{composite, formats, offload, status_of, telemetry};

/// A stream, as any callback may see it.
pub struct Stream {
    end: End,
    wave: WaveFormat,
    mode: Mode,
    shared: Arc<Shared>,
    /// Bytes that are moved ahead.
    fifo: AtomicU32,
    /// What the audio engine shares out to an offload stream; none for another one.
    offload: Option<Arc<Offload>>,
    protection: Arc<Protection>,
}

/// What only state callbacks touch.
pub struct Control {
    timer: Timer<Ticker>,
    /// An offload stream's share of the memory.
    reserved: Option<Reserved>,
}

/// What the timer works on.
struct Ticker {
    channel: Box<Channel<Bytes>>,
    end: End,
    shared: Arc<Shared>,
    packets: Option<Memory>,
    /// An offload stream's own volume and meter.
    own: Option<Arc<Controls>>,
    notifier: Notifier,
    /// The stream's number, and how much had gone wrong when it was last said.
    id: u64,
    told: u64,
}

/// The packets, as the engine sees them.
pub struct Memory(pub PacketView);

/// Why the engine refused, as this driver says it.
struct Refused(Error);

impl From<vdma::Error> for Refused {
    fn from(error: vdma::Error) -> Self {
        Self(status_of(error))
    }
}

impl PacketMemory for Memory {
    fn read(&self, offset: usize, into: &mut [u8]) {
        self.0.read(offset, into);
    }

    fn write(&self, offset: usize, from: &[u8]) {
        self.0.write(offset, from);
    }

    fn zero(&self, offset: usize, length: usize) {
        self.0.zero(offset, length);
    }
}

impl Stream {
    /// Creates the stream that `request` asks for, at `end` of the cable; with `offloaded` it is one that the audio engine mixes.
    ///
    /// # Errors
    ///
    /// [`Error::NoMatch`] for a format or mode that the pin does not list, or what the framework answers.
    pub fn create(end: End, offloaded: bool, request: CreateStream<'_>) -> Result<()> {
        let wave = request.format().wave_format()?;
        let format = formats::engine_format(wave)?;
        let mode = request.mode().ok_or(Error::NoMatch)?;
        let (direction, pin) = (end.direction, request.pin_id());
        request.create_rt(direction, |stream| {
            let shared = Arc::new(Shared::new(format))?;
            let protection = Arc::new(Protection::new(end.cable.clone()))?;
            let own = if offloaded { Some(Arc::new(Controls::default())?) } else { None };
            if let Some(own) = &own {
                offload::equip(stream, own, &shared, &protection)?;
            }
            let ticker = Ticker {
                channel: channel(&end, format)?,
                end: end.clone(),
                shared: shared.clone(),
                packets: None,
                own,
                notifier: stream.notifier(),
                id: end.streams.add(pin, &shared, stream.passive())?,
                told: 0,
            };
            let timer = Timer::new(stream, ticker)?;
            let offload = end.offload.clone().filter(|_| offloaded);
            let stream =
                Self { end, wave, mode, shared, fifo: AtomicU32::new(0), offload, protection };
            Ok((stream, Control { timer, reserved: None }))
        })
    }
}

/// The moving half of a stream of `format`. Not inlined: it is large, and made on the stack before it is moved to the pool.
#[inline(never)]
fn channel(end: &End, format: Format) -> Result<Box<Channel<Bytes>>> {
    let source = (end.direction == Direction::Capture).then_some(end.source);
    Box::new(Channel::new(format, end.step, source))
}

impl Ticker {
    /// Tells ACX of the packets that a tick completed. No lock is held here.
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
        let ring = self.end.cable.at(level);
        let endpoint = ring.endpoint(self.end.controls(), self.own.as_deref());
        let tick = self.channel.tick(now(), memory, &self.shared, &endpoint);
        let anomalies = self.shared.telemetry().anomalies();
        if anomalies != self.told {
            self.told = anomalies;
            telemetry::report(&self.end, self.id, &self.shared);
        }
        Some(self.report(tick, level))
    }
}

impl stream::Stream for Stream {
    type Control = Control;

    const PROPERTIES: &'static [Property] = &[composite::PROPERTY];

    fn property(&self, request: Request<'_>) {
        self.end.behind.answer(request, self.mode, &self.wave);
    }

    fn prepare_hardware(&self, control: &mut Control, passive: &mut Passive) -> Result<()> {
        let ticker = control.timer.stop(passive);
        ticker
            .channel
            .prepare(&self.end.cable.wire, |bytes| Bytes::zeroed(bytes).map_err(Refused))
            .map_err(|Refused(error)| error)
    }

    fn release_hardware(&self, control: &mut Control, passive: &mut Passive) -> Result<()> {
        let ticker = control.timer.stop(passive);
        ticker.channel.release(&self.end.cable.wire, &self.shared);
        Ok(())
    }

    fn run(&self, control: &mut Control, passive: &mut Passive) -> Result<()> {
        let cable = &self.end.cable;
        let ticker = control.timer.stop(passive);
        if ticker.packets.is_none() {
            return Err(Error::InvalidState);
        }
        let start = ticker.channel.run(now, &self.shared, &cable.common.clock, &cable.wire);
        control.timer.start(Qpc(start.0), passive);
        Ok(())
    }

    fn set_copy_protected(&self, protected: bool) -> Result<()> {
        self.protection.set_copies(protected);
        Ok(())
    }

    fn pause(&self, control: &mut Control, passive: &mut Passive) -> Result<()> {
        let cable = &self.end.cable;
        let ticker = control.timer.stop(passive);
        ticker.channel.pause(now, &self.shared, &cable.common.clock, &cable.wire);
        Ok(())
    }
}

impl RtStream for Stream {
    fn allocate_packets(
        &self,
        control: &mut Control,
        count: u32,
        size: u32,
        passive: &mut Passive,
    ) -> Result<RtPackets> {
        let format = self.shared.format();
        let block = format.block_align();
        let layout = Layout::new(count, size, block).map_err(status_of)?;
        // What is published holds: a millisecond, whichever way its frames were rounded.
        let frames = layout.bytes().checked_div(block).unwrap_or(0).saturating_add(1);
        let shortest = u64::from(format.rate()).saturating_mul(u64::from(SHORTEST_MS));
        if u64::try_from(frames).is_ok_and(|frames| frames.saturating_mul(1000) <= shortest) {
            return Err(Error::InvalidParameter);
        }
        let reserved = match &self.offload {
            Some(offload) => Some(Offload::reserve(offload, self.wave, count, size)?),
            None => None,
        };
        let packets = RtPackets::new(
            PacketLayout {
                count: layout.count(),
                bytes: layout.bytes(),
                allocation: layout.allocation(),
                offsets: [layout.offset(0), layout.offset(1)],
            },
            passive,
        )?;
        let ticker = control.timer.stop(passive);
        ticker.channel.set_packets(layout, &self.shared);
        ticker.packets = Some(Memory(packets.view()));
        let fifo = u32::try_from(ticker.channel.fifo_bytes()).unwrap_or(u32::MAX);
        self.fifo.store(fifo, Ordering::Relaxed);
        control.reserved = reserved;
        Ok(packets)
    }

    fn free_packets(&self, control: &mut Control, passive: &mut Passive) {
        control.timer.stop(passive).packets = None;
        control.reserved = None;
    }

    fn hw_latency(&self) -> Result<(u32, u32)> {
        // The wire's own delay is the microphone's, and so is that of a resampler between the ends.
        let delay = match self.end.direction {
            Direction::Render => 0,
            Direction::Capture => {
                vdma::channel::capture_delay(self.shared.format(), &self.end.cable.wire)
            }
        };
        let delay = u32::try_from(delay).map_err(|_| Error::InvalidParameter)?;
        Ok((self.fifo.load(Ordering::Relaxed), delay))
    }

    fn current_packet(&self) -> Result<u32> {
        Ok(self.shared.current_packet())
    }

    fn presentation_position(&self) -> Result<(u64, Qpc)> {
        let (frames, at) = self.shared.position(&self.end.cable.common.clock, now);
        Ok((frames.0, Qpc(at.0)))
    }

    fn set_render_packet(&self, packet: u32, end: Option<u32>) -> Result<()> {
        self.shared.set_render_packet(packet, end).map_err(status_of)
    }

    fn capture_packet(&self, _level: &mut Dispatch) -> Result<CapturedPacket> {
        let (number, began) = self.shared.capture_packet().map_err(status_of)?;
        // Real time: the next packet comes when it is full.
        Ok(CapturedPacket { number, began: Qpc(began.0), more: false })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The engine's limit: 8 KiB per stream beside its packets; and no state so large that moving it takes a deep stack.
    #[test]
    fn a_stream_is_small() {
        let bytes = size_of::<Stream>()
            + size_of::<Control>()
            + size_of::<Ticker>()
            + size_of::<Channel<Bytes>>()
            + size_of::<Shared>()
            + size_of::<Controls>()
            + size_of::<Protection>()
            + size_of::<RtPackets>();
        assert!(bytes <= 2048, "{bytes} bytes");
    }
}
