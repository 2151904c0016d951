//! The amplifier of a speaker that three drivers form together: a circuit with a jack.
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
use acx::format::WaveFormat;
use acx::guid::{GUID, KSNODETYPE_SPEAKER};
use acx::jack::JackDescription;
use acx::pin::{Neighbour, Side, TargetCircuit};
use acx::stream::{CreateStream, Stream};
use acx::{Passive, Result};

/// The circuit's component id, which stack-dsp's template names.
const AMPLIFIER: GUID = acx::guid!("5B0B6E0A-2F61-4C0C-9D0A-6D1D3C1E7A03");

/// The channels of the jack.
const FORMAT: WaveFormat = WaveFormat::stereo(48_000, 16);

/// The driver.
#[derive(Debug)]
pub struct Amplifier;

impl Driver for Amplifier {
    fn device_add(init: DeviceInit<'_>, passive: &mut Passive) -> Result<()> {
        init.create(|_settings, _passive| Ok(Board), passive)
    }
}

acx::driver!(Amplifier);

/// The device.
#[derive(Debug)]
pub struct Board;

impl Device for Board {
    fn prepare_hardware(&self, hardware: &mut PrepareHardware<'_>) -> Result<()> {
        let name = acx::wide!("SpeakerAmp0");
        let init = CircuitInit::new(hardware, Direction::Render, name, &AMPLIFIER)?;
        let mut circuit = init.in_composite::<Speaker>().create(Speaker)?;
        circuit.pin_between(Side::Near, Speaker)?;
        let jack = JackDescription { channel_mask: FORMAT.mask, color: 0 };
        circuit.bridge_pin(&KSNODETYPE_SPEAKER)?.fixed_jack(jack)?;
        circuit.add()
    }
}

/// The circuit, and its pin towards the codec.
#[derive(Debug)]
pub struct Speaker;

impl Circuit for Speaker {
    fn create_stream(&self, request: CreateStream<'_>) -> Result<()> {
        request.create_basic(|_| Ok((Playing, ())))
    }
}

impl Neighbour for Speaker {
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

    /// The audio leaves through an analog jack, so protected content is allowed.
    fn set_copy_protected(&self, _protected: bool) -> Result<()> {
        Ok(())
    }
}
