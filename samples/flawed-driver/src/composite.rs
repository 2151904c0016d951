//! A speaker of two circuits, if the device has one: clients stream at the DSP, the amplifier has
//! the jack.

use acx::bridge::Order;
use acx::circuit::{Circuit, CircuitInit, Direction};
use acx::composite::Composite;
use acx::device::PrepareHardware;
use acx::guid::{GUID, KSNODETYPE_SPEAKER};
use acx::jack::JackDescription;
use acx::pin::{Mode, Neighbour, Side, TargetCircuit};
use acx::pool::Arc;
use acx::stream::{CreateStream, Stream};
use acx::{Passive, Result};

use crate::{End, Flaw, STEREO, STREAMS, Shared};

static CIRCUITS: [GUID; 2] = [
    acx::guid!("2F0B8F0C-8F8B-4E5B-9C5C-0D1F5A3C1E03"),
    acx::guid!("2F0B8F0C-8F8B-4E5B-9C5C-0D1F5A3C1E04"),
];

/// What ACX joins.
pub(crate) const COMPOSITES: &[Composite] = &[Composite { circuits: &CIRCUITS }];

/// Gives the device both circuits.
pub(crate) fn add(hardware: &mut PrepareHardware<'_>, card: &Arc<Shared>) -> Result<()> {
    let [dsp, amplifier] = &CIRCUITS;
    let name = acx::wide!("SpeakerDsp");
    let init = CircuitInit::new(hardware, Direction::Render, name, dsp)?;
    let mut circuit = init.in_composite::<End>().create(End(card.clone(), Direction::Render))?;
    let mut host = circuit.host_pin(STREAMS)?;
    host.formats(Mode::Raw, [STEREO])?.formats(Mode::Default, [STEREO])?;
    let mut far = circuit.pin_between(Side::Far, Amplifier)?;
    far.formats(Mode::Raw, [STEREO])?;
    let modes = [Mode::Raw, Mode::Default];
    let continued = if card.flaw == Flaw::EndsAtDsp { 1 } else { 2 };
    let modes = modes.into_iter().take(continued);
    far.stream_bridge(modes, Mode::Raw, Order::Usual)?;
    circuit.add()?;

    let name = acx::wide!("SpeakerAmp");
    let init = CircuitInit::new(hardware, Direction::Render, name, amplifier)?;
    let mut circuit = init.in_composite::<Amplifier>().create(Amplifier)?;
    circuit.pin_between(Side::Near, Amplifier)?.formats(Mode::Raw, [STEREO])?;
    let jack = JackDescription { channel_mask: STEREO.mask, color: 0 };
    circuit.bridge_pin(&KSNODETYPE_SPEAKER)?.fixed_jack(jack)?;
    circuit.add()
}

/// The amplifier's circuit, and a pin that leads to it.
struct Amplifier;

impl Circuit for Amplifier {
    fn create_stream(&self, request: CreateStream<'_>) -> Result<()> {
        request.create_basic(|_| Ok((Amplified, ())))
    }
}

impl Neighbour for Amplifier {
    fn connected(&self, _circuit: &TargetCircuit<'_>, _passive: &mut Passive) {}

    fn disconnected(&self, _passive: &mut Passive) {}
}

/// A stream of it, which has states only.
struct Amplified;

impl Stream for Amplified {
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
}
