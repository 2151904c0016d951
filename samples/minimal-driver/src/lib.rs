//! The smallest driver on `acx`: one speaker that discards its audio in real time. Copy it to
//! begin a driver of your own; docs/writing-a-driver.md walks through it.
//!
//! A device has a circuit, a circuit has pins, a pin has streams. A client writes its audio into
//! packets; a timer reports the end of each packet. There is no `unsafe` code here, and nothing can
//! panic.

#![no_std]
#![deny(unsafe_code)]

use acx::circuit::{Circuit, CircuitInit, Direction};
use acx::clock::{PacketClock, PacketEnds};
use acx::device::{Device, DeviceInit, PrepareHardware};
use acx::driver::Driver;
use acx::format::WaveFormat;
use acx::guid::{GUID, KSNODETYPE_SPEAKER};
use acx::jack::JackDescription;
use acx::packets::{PacketLayout, RtPackets};
use acx::pin::Mode;
use acx::pool::Arc;
use acx::stream::{CreateStream, HwLatency, Position, RtStream, Stream};
use acx::time::Qpc;
use acx::timer::Timer;
use acx::units::Bytes;
use acx::{Error, Passive, Result};

/// The circuit's component id: generate a new GUID for your driver.
const COMPONENT: GUID = acx::guid!("A2F163C0-5D1B-4C1E-9D41-0B7E55103A77");

/// The one format.
const FORMAT: WaveFormat = WaveFormat::stereo(48_000, 16);

/// The driver.
#[derive(Debug)]
pub struct Minimal;

impl Driver for Minimal {
    fn device_add(init: DeviceInit<'_>, passive: &mut Passive) -> Result<()> {
        init.create(|_settings, _passive| Ok(Soundcard), passive)
    }
}

acx::driver!(Minimal);

/// The device.
#[derive(Debug)]
pub struct Soundcard;

impl Device for Soundcard {
    fn prepare_hardware(&self, hardware: &mut PrepareHardware<'_>) -> Result<()> {
        let name = acx::wide!("Speaker0");
        let init = CircuitInit::new(hardware, Direction::Render, name, &COMPONENT)?;
        let mut circuit = init.create(Speaker)?;
        circuit.host_pin(1)?.formats(Mode::Raw, [FORMAT])?.formats(Mode::Default, [FORMAT])?;
        let jack = JackDescription { channel_mask: FORMAT.mask, color: 0 };
        circuit.bridge_pin(&KSNODETYPE_SPEAKER)?.fixed_jack(jack)?;
        circuit.add()
    }
}

/// The circuit.
#[derive(Debug)]
pub struct Speaker;

impl Circuit for Speaker {
    fn create_stream(&self, request: CreateStream<'_>) -> Result<()> {
        request.create_rt(|stream| {
            let clock = Arc::new(PacketClock::new(FORMAT.rate))?;
            let ends = PacketEnds::new(clock.clone(), stream.notifier());
            Ok((Playing { clock }, Timer::new(stream, ends)?))
        })
    }
}

/// The stream.
struct Playing {
    clock: Arc<PacketClock>,
}

impl Stream for Playing {
    type Control = Timer<PacketEnds>;

    fn prepare_hardware(&self, timer: &mut Self::Control, passive: &mut Passive) -> Result<()> {
        timer.stop(passive).reset();
        Ok(())
    }

    fn release_hardware(&self, _timer: &mut Self::Control, _passive: &mut Passive) -> Result<()> {
        self.clock.reset();
        Ok(())
    }

    fn run(&self, timer: &mut Self::Control, passive: &mut Passive) -> Result<()> {
        timer.start(self.clock.run(Qpc::now()), passive);
        Ok(())
    }

    fn pause(&self, timer: &mut Self::Control, passive: &mut Passive) -> Result<()> {
        timer.stop(passive);
        self.clock.pause(Qpc::now());
        Ok(())
    }
}

impl RtStream for Playing {
    fn allocate_packets(
        &self,
        _timer: &mut Self::Control,
        count: u32,
        size: Bytes,
        passive: &mut Passive,
    ) -> Result<RtPackets> {
        let frames = size.whole_frames(FORMAT.block()).ok_or(Error::InvalidParameter)?;
        self.clock.set_packet(frames)?;
        RtPackets::new(PacketLayout::contiguous(count, size)?, passive)
    }

    fn hw_latency(&self) -> Result<HwLatency> {
        Ok(HwLatency::default())
    }

    fn current_packet(&self) -> Result<u64> {
        Ok(self.clock.current_packet(Qpc::now()))
    }

    fn presentation_position(&self) -> Result<Position> {
        Ok(self.clock.position(Qpc::now()))
    }

    fn set_render_packet(&self, packet: u32, end: Option<Bytes>) -> Result<()> {
        let frames = |end: Bytes| end.whole_frames(FORMAT.block()).ok_or(Error::InvalidParameter);
        self.clock.check_render_packet(packet, end.map(frames).transpose()?, Qpc::now())
    }
}
