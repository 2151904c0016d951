//! The DSP of a speaker that three drivers form together: a factory creates the circuit on which
//! clients open streams.
//!
//! ```text
//! client -> stack-dsp -> stack-codec -> stack-amp -> jack
//! ```
//!
//! This driver has the endpoint's template, which names the circuits of the other two drivers by
//! their component ids. ACX forms the endpoint when all are present, in any order of loading, and
//! takes it apart when one is removed. Clients write packets here; the codec and the amplifier
//! follow with streams that have only states.

#![no_std]
#![deny(unsafe_code)]

use acx::bridge::Order;
use acx::circuit::{Circuit, Direction, NewCircuit};
use acx::circuit_device::ChildId;
use acx::clock::{PacketClock, PacketEnds};
use acx::composite::{CircuitTemplate, Composites, Named};
use acx::device::{Device, DeviceInit, PrepareHardware};
use acx::driver::Driver;
use acx::factory::{AskedCircuit, Factory, FactoryInit};
use acx::format::WaveFormat;
use acx::guid::GUID;
use acx::packets::{PacketLayout, RtPackets};
use acx::pin::{Mode, Neighbour, Side, TargetCircuit};
use acx::pool::Arc;
use acx::stream::{CreateStream, HwLatency, Position, RtStream, Stream};
use acx::time::Qpc;
use acx::timer::Timer;
use acx::units::Bytes;
use acx::{Error, Passive, Result};

/// The factory's component id.
const DSPS: GUID = acx::guid!("5B0B6E0A-2F61-4C0C-9D0A-6D1D3C1E7A00");

/// The component id of its circuit.
const DSP: GUID = acx::guid!("5B0B6E0A-2F61-4C0C-9D0A-6D1D3C1E7A01");

/// The circuit of stack-codec.
const CODEC: GUID = acx::guid!("5B0B6E0A-2F61-4C0C-9D0A-6D1D3C1E7A02");

/// The circuit of stack-amp.
const AMPLIFIER: GUID = acx::guid!("5B0B6E0A-2F61-4C0C-9D0A-6D1D3C1E7A03");

/// The one format.
const FORMAT: WaveFormat = WaveFormat::stereo(48_000, 16);

/// The driver.
#[derive(Debug)]
pub struct Dsp;

impl Driver for Dsp {
    fn composites(composites: &mut Composites<'_>) -> Result<()> {
        let circuits = [
            CircuitTemplate::made_by(Named::Id(&DSPS)).called(Named::Id(&DSP)),
            CircuitTemplate::of(Named::Id(&CODEC)),
            CircuitTemplate::of(Named::Id(&AMPLIFIER)),
        ];
        match composites.add(&circuits, None) {
            // If ACX refuses composites, the circuit is alone when it is requested from the
            // factory.
            Err(Error::NotSupported) => Ok(()),
            added => added,
        }
    }

    fn device_add(init: DeviceInit<'_>, passive: &mut Passive) -> Result<()> {
        init.create(|_settings, _passive| Ok(Board), passive)
    }
}

acx::driver!(Dsp);

/// The device.
#[derive(Debug)]
pub struct Board;

impl Device for Board {
    fn prepare_hardware(&self, hardware: &mut PrepareHardware<'_>) -> Result<()> {
        FactoryInit::new(hardware, acx::wide!("Dsps0"), &DSPS)?.create(Dsps)?.add()
    }
}

/// The factory.
#[derive(Debug)]
pub struct Dsps;

impl Factory for Dsps {
    fn child(&self, _id: &GUID) -> Result<ChildId<'_>> {
        let (device, text) = (acx::wide!(r"ACXVAD\StackDsp"), acx::wide!("stack DSP circuit"));
        Ok(ChildId { device, instance: acx::wide!("0"), text })
    }

    fn create_circuit<'a>(&self, circuit: AskedCircuit<'a>) -> Result<NewCircuit<'a>> {
        let init = circuit.init(Direction::Render, acx::wide!("SpeakerDsp0"))?;
        let mut circuit = init.in_composite::<Speaker>().create(Speaker)?;
        circuit.host_pin(1)?.formats(Mode::Raw, [FORMAT])?.formats(Mode::Default, [FORMAT])?;
        let mut far = circuit.pin_between(Side::Far, Speaker)?;
        far.formats(Mode::Raw, [FORMAT])?;
        far.stream_bridge([Mode::Raw, Mode::Default], Mode::Raw, Order::Usual)?;
        Ok(circuit)
    }
}

/// The circuit, and its pin towards the codec.
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

impl Neighbour for Speaker {
    fn connected(&self, _circuit: &TargetCircuit<'_>, _passive: &mut Passive) {}

    fn disconnected(&self, _passive: &mut Passive) {}
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

    /// Nothing is recorded here, so protected content is allowed.
    fn set_copy_protected(&self, _protected: bool) -> Result<()> {
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
