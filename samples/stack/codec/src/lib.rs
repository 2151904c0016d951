//! The codec of a speaker that three drivers form together: a circuit between two others.
//!
//! ```text
//! client -> stack-dsp -> stack-codec -> stack-amp -> jack
//! ```
//!
//! stack-dsp has the endpoint's template. This driver only defines its circuit's component id, and
//! that it is part of a composite: clients do not see it alone.

#![no_std]
#![deny(unsafe_code)]

use acx::circuit::{Circuit, CircuitInit, Direction};
use acx::device::{Device, DeviceInit, PrepareHardware};
use acx::driver::Driver;
use acx::drm::{Content, Rights};
use acx::format::WaveFormat;
use acx::guid::GUID;
use acx::pin::{Mode, Neighbour, Side, TargetCircuit};
use acx::stream::{CreateStream, Stream};
use acx::{Error, Passive, Result};

/// The circuit's component id, which stack-dsp's template names.
const CODEC: GUID = acx::guid!("5B0B6E0A-2F61-4C0C-9D0A-6D1D3C1E7A02");

/// The one format that it accepts from the DSP.
const FORMAT: WaveFormat = WaveFormat::stereo(48_000, 16);

/// The driver.
#[derive(Debug)]
pub struct Codec;

impl Driver for Codec {
    fn device_add(init: DeviceInit<'_>, passive: &mut Passive) -> Result<()> {
        init.create(|_settings, _passive| Ok(Board), passive)
    }
}

acx::driver!(Codec);

/// The device.
#[derive(Debug)]
pub struct Board;

impl Device for Board {
    fn prepare_hardware(&self, hardware: &mut PrepareHardware<'_>) -> Result<()> {
        let name = acx::wide!("SpeakerCodec0");
        let init = CircuitInit::new(hardware, Direction::Render, name, &CODEC)?;
        let mut circuit = init.in_composite::<Converter>().create(Converter)?;
        circuit.pin_between(Side::Near, Converter)?.formats(Mode::Raw, [FORMAT])?;
        circuit.pin_between(Side::Far, Converter)?;
        circuit.add()
    }
}

/// The circuit, and its pins towards its neighbours.
#[derive(Debug)]
pub struct Converter;

impl Circuit for Converter {
    fn create_stream(&self, request: CreateStream<'_>) -> Result<()> {
        request.create_basic(|_| Ok((Playing, ())))
    }
}

impl Neighbour for Converter {
    fn connected(&self, _circuit: &TargetCircuit<'_>, _passive: &mut Passive) {}

    fn disconnected(&self, _passive: &mut Passive) {}
}

/// A continued stream, with states and without packets.
struct Playing;

impl Stream for Playing {
    type Control = ();

    fn prepare_hardware(&self, (): &mut (), _passive: &mut Passive) -> Result<()> {
        Ok(())
    }

    fn release_hardware(&self, (): &mut (), _passive: &mut Passive) -> Result<()> {
        Ok(())
    }

    fn run(&self, (): &mut (), _passive: &mut Passive) -> Result<()> {
        Ok(())
    }

    fn pause(&self, (): &mut (), _passive: &mut Passive) -> Result<()> {
        Ok(())
    }

    /// The audio leaves as an unprotected digital signal, which is not recorded.
    fn assign_content(
        &self,
        _content: Content,
        rights: Rights,
        _passive: &mut Passive,
    ) -> Result<()> {
        if rights.digital_output_disable { Err(Error::NotSupported) } else { Ok(()) }
    }
}
