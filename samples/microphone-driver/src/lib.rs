//! A microphone on `acx`: it records a tone of 1 kHz, and has a volume. The next driver to read
//! after the minimal one.
//!
//! The tone is written two steps ahead of the position, so that a client can read up to the
//! position. A step is an eighth of a packet. There is no `unsafe` code here, and nothing can
//! panic.

#![no_std]
#![deny(unsafe_code)]

use core::sync::atomic::{AtomicI32, AtomicU64, Ordering};

use acx::circuit::{Circuit, CircuitInit, Direction};
use acx::clock::{PacketClock, PacketEnds};
use acx::device::{Device, DeviceInit, PrepareHardware};
use acx::driver::Driver;
use acx::element::{Fade, VolumeControl, VolumeRange};
use acx::format::WaveFormat;
use acx::guid::{GUID, KSNODETYPE_MICROPHONE};
use acx::jack::JackDescription;
use acx::packets::{PacketLayout, PacketView, RtPackets};
use acx::pin::Mode;
use acx::pool::Arc;
use acx::stream::{CapturedPacket, CreateStream, HwLatency, Position, RtStream, Stream};
use acx::time::Qpc;
use acx::timer::{Expire, Timer};
use acx::units::{Bytes, Frames};
use acx::{Dispatch, Error, Passive, Result};

/// The circuit's component id: generate a new GUID for your driver.
const COMPONENT: GUID = acx::guid!("6E0C8B6F-2B0D-4B0C-8B52-6D8C1E7A9F10");

/// The one format: a microphone has one channel.
const FORMAT: WaveFormat = WaveFormat::mono(48_000, 16);

/// Levels of the volume, from -48 dB to 0 in steps of 6 dB: each halves the tone.
const RANGE: VolumeRange = VolumeRange { minimum: -8 * DECIBELS_6, maximum: 0, step: 6 << 16 };
const DECIBELS_6: i32 = 6 << 16;

/// The tone, before the volume: a triangle of 48 frames, 1 kHz.
pub fn tone(frame: u64) -> i16 {
    let phase = i16::try_from(frame % 48).unwrap_or(0);
    phase.min(48_i16.saturating_sub(phase)).saturating_mul(1024).saturating_sub(12_288)
}

/// The driver.
#[derive(Debug)]
pub struct Microphone;

impl Driver for Microphone {
    fn device_add(init: DeviceInit<'_>, passive: &mut Passive) -> Result<()> {
        init.create(
            |_settings, _passive| Ok(Recorder(Arc::new(Volume(AtomicI32::new(0)))?)),
            passive,
        )
    }
}

acx::driver!(Microphone);

/// The device. It outlives its circuits, so the volume survives a rebalance.
pub struct Recorder(Arc<Volume>);

impl Device for Recorder {
    fn prepare_hardware(&self, hardware: &mut PrepareHardware<'_>) -> Result<()> {
        let name = acx::wide!("Microphone0");
        let init = CircuitInit::new(hardware, Direction::Capture, name, &COMPONENT)?;
        let mut circuit = init.create(Path(self.0.clone()))?;
        circuit.volume(1, RANGE, SharedVolume(self.0.clone()))?;
        circuit.host_pin(4)?.formats(Mode::Raw, [FORMAT])?.formats(Mode::Default, [FORMAT])?;
        let jack = JackDescription { channel_mask: FORMAT.mask, color: 0 };
        circuit.bridge_pin(&KSNODETYPE_MICROPHONE)?.fixed_jack(jack)?;
        circuit.add()
    }
}

/// The level, in 1/65536 dB.
#[derive(Debug)]
struct Volume(AtomicI32);

impl Volume {
    /// `sample` at the volume's level.
    fn apply(&self, sample: i16) -> i16 {
        let steps = self.0.load(Ordering::Relaxed).checked_div(-DECIBELS_6).unwrap_or(0);
        sample.checked_shr(u32::try_from(steps).unwrap_or(0)).unwrap_or(0)
    }
}

/// The volume element.
struct SharedVolume(Arc<Volume>);

impl VolumeControl for SharedVolume {
    fn set_level(
        &self,
        _channel: Option<u32>,
        level: i32,
        _fade: Fade,
        _passive: &mut Passive,
    ) -> Result<()> {
        // A level between two steps is rounded down.
        let steps = level.clamp(RANGE.minimum, 0).div_euclid(DECIBELS_6);
        self.0.0.store(steps.saturating_mul(DECIBELS_6), Ordering::Relaxed);
        Ok(())
    }

    fn level(&self, _channel: Option<u32>) -> Result<i32> {
        Ok(self.0.0.load(Ordering::Relaxed))
    }
}

/// The circuit.
struct Path(Arc<Volume>);

impl Circuit for Path {
    fn create_stream(&self, request: CreateStream<'_>) -> Result<()> {
        request.create_rt(|stream| {
            let clock = Arc::new(PacketClock::new(FORMAT.rate))?;
            let shared = Arc::new(Recorded { clock: clock.clone(), packets: AtomicU64::new(0) })?;
            let writer = Writer {
                ends: PacketEnds::new(clock, stream.notifier()),
                shared: shared.clone(),
                volume: self.0.clone(),
                packets: None,
                step: 1,
                written: 0,
            };
            Ok((Recording(shared), Timer::new(stream, writer)?))
        })
    }
}

/// The state that position and packet calls read.
struct Recorded {
    clock: Arc<PacketClock>,
    /// The number of packets reported as complete.
    packets: AtomicU64,
}

/// The timer's state: it writes the tone, and reports the ends of packets.
struct Writer {
    ends: PacketEnds,
    shared: Arc<Recorded>,
    volume: Arc<Volume>,
    packets: Option<PacketView>,
    /// Frames of a step.
    step: u64,
    /// The number of frames written.
    written: u64,
}

impl Writer {
    /// Writes up to two steps ahead of `now`, and returns the end of the current step.
    fn write(&mut self, now: Qpc) -> Qpc {
        let clock = &self.shared.clock;
        let Frames(position) = clock.position(now).frames;
        let end = position.saturating_add(self.step.saturating_mul(2));
        if let Some(packets) = &self.packets {
            // After a stall, frames that would be overwritten at once are skipped.
            let capacity = u64::try_from(packets.length() / 2).unwrap_or(0);
            for frame in self.written.max(end.saturating_sub(capacity))..end {
                let at = usize::try_from(frame.checked_rem(capacity).unwrap_or(0)).unwrap_or(0);
                let sample = self.volume.apply(tone(frame)).to_le_bytes();
                packets.write(at.saturating_mul(2), &sample);
            }
        }
        self.written = end;
        clock.time_of(Frames(position.saturating_add(self.step)))
    }
}

impl Expire for Writer {
    fn expire(&mut self, level: &mut Dispatch) -> Option<Qpc> {
        let now = Qpc::now();
        let next = self.write(now);
        // Published before the client is notified, so that it can read the packet.
        self.shared.packets.store(self.shared.clock.current_packet(now), Ordering::Release);
        Some(self.ends.report(now, level).min(next))
    }
}

/// The stream.
struct Recording(Arc<Recorded>);

impl Recording {
    fn reset(&self, timer: &mut Timer<Writer>, passive: &mut Passive) {
        let writer = timer.stop(passive);
        writer.ends.reset();
        writer.written = 0;
        self.0.packets.store(0, Ordering::Release);
    }
}

impl Stream for Recording {
    type Control = Timer<Writer>;

    fn prepare_hardware(&self, timer: &mut Self::Control, passive: &mut Passive) -> Result<()> {
        self.reset(timer, passive);
        Ok(())
    }

    fn release_hardware(&self, timer: &mut Self::Control, passive: &mut Passive) -> Result<()> {
        self.reset(timer, passive);
        Ok(())
    }

    fn run(&self, timer: &mut Self::Control, passive: &mut Passive) -> Result<()> {
        let now = Qpc::now();
        let end = self.0.clock.run(now);
        let next = timer.stop(passive).write(now);
        timer.start(end.min(next), passive);
        Ok(())
    }

    fn pause(&self, timer: &mut Self::Control, passive: &mut Passive) -> Result<()> {
        timer.stop(passive);
        self.0.clock.pause(Qpc::now());
        Ok(())
    }
}

impl RtStream for Recording {
    fn allocate_packets(
        &self,
        timer: &mut Self::Control,
        count: u32,
        size: Bytes,
        passive: &mut Passive,
    ) -> Result<RtPackets> {
        let frames = size.whole_frames(FORMAT.block()).ok_or(Error::InvalidParameter)?;
        self.0.clock.set_packet(frames)?;
        // An event-driven client has two packets, here in one buffer; a timer-driven one has one.
        let layout = match count {
            2 => PacketLayout::one_buffer(size)?,
            _ => PacketLayout::contiguous(count, size)?,
        };
        let packets = RtPackets::new(layout, passive)?;
        let writer = timer.stop(passive);
        writer.packets = Some(packets.view());
        writer.step = (frames.0 / 8).max(1);
        Ok(packets)
    }

    fn free_packets(&self, timer: &mut Self::Control, passive: &mut Passive) {
        timer.stop(passive).packets = None;
    }

    fn hw_latency(&self) -> Result<HwLatency> {
        Ok(HwLatency::default())
    }

    fn current_packet(&self) -> Result<u64> {
        Ok(self.0.clock.current_packet(Qpc::now()))
    }

    fn presentation_position(&self) -> Result<Position> {
        Ok(self.0.clock.position(Qpc::now()))
    }

    fn capture_packet(&self, _level: &mut Dispatch) -> Result<CapturedPacket> {
        let complete = self.0.packets.load(Ordering::Acquire);
        let number = complete.checked_sub(1).ok_or(Error::NotReady)?;
        Ok(CapturedPacket { number, began: self.0.clock.time_of_packet(number), more: false })
    }
}
