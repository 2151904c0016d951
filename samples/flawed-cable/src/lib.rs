//! A cable on `acx` with audio flaws, enabled one at a time by the setting `Flaw`. Each makes one
//! audio case of the conformance suite fail, and no other. Without a flaw it keeps every rule.
//! `samples/flawed-driver` has the flaws for the other cases.
//!
//! The microphone records the speaker's audio, at 48 or 24 kHz, 10 ms later at 48 kHz. Streams are
//! mixed; each end has a volume, a mute and a meter; protected content is silent; a property
//! unplugs jacks. A second speaker is not connected. With the setting `Hidden` the first speaker
//! has a separate category, and the microphone's jack follows the programs there. With the setting
//! `Muted` every end starts muted, at its lowest volume; with `OwnSound` the microphone records a
//! signal of its own; before the frame `BeginsAt` of a stream it records silence. With `OneRate` it
//! does not record what is played at 24 kHz.
//!
//! | module | contents |
//! |---|---|
//! | `flaw` | the flaws, each with the case that fails |
//! | `line` | streams |
//! | `follow` | the microphone's jack with a hidden speaker |
//! | `sound` | gain, meter, mix, and the ring between the ends |
//! | `jack` | jacks that a property unplugs |

#![no_std]
#![deny(unsafe_code)]

mod flaw;
mod follow;
mod jack;
mod line;
mod sound;

use core::sync::atomic::{AtomicBool, AtomicU32, AtomicU64};

use acx::circuit::{Circuit, CircuitInit, Direction};
use acx::constraints::PacketSizes;
use acx::device::{Device, DeviceInit, PrepareHardware};
use acx::driver::Driver;
use acx::format::WaveFormat;
use acx::guid::{GUID, KSCATEGORY_AUDIO, KSNODETYPE_MICROPHONE, KSNODETYPE_SPEAKER};
use acx::jack::JackDescription;
use acx::lock::SpinLock;
use acx::pin::Mode;
use acx::pool::{Arc, Vec};
use acx::request::{Property, Request};
use acx::stream::CreateStream;
use acx::timer::Timer;
use acx::units::Hns;
use acx::{Passive, Result};

pub use flaw::Flaw;
use follow::Follow;
pub use follow::HOLD_SECONDS;
use jack::Jack;
pub use jack::{JACK, SET};
use line::{Line, Mover, Playing};
use sound::{CHANNELS, Controls, Elements, RANGE, Ring};

/// The parts of both ends.
const STEREO: WaveFormat = WaveFormat::stereo(48_000, 16);
/// The additional parts of the speaker.
const HALF: WaveFormat = WaveFormat::stereo(24_000, 16);

/// Streams of an end.
const STREAMS: u32 = 4;

/// The shortest packet, in 100 ns.
const SHORTEST: PacketSizes<0> =
    PacketSizes { minimum: Hns::from_milliseconds(1), maximum: None, modes: [] };

/// The memory budget for the packets of all streams, in bytes.
pub const BUDGET: u64 = 2 * 1024 * 1024;

/// The driver.
#[derive(Debug)]
pub struct Flawed;

impl Driver for Flawed {
    fn device_add(init: DeviceInit<'_>, passive: &mut Passive) -> Result<()> {
        init.create(
            |settings, passive| {
                let number = settings.number(acx::wide!("Flaw"), passive).unwrap_or(0);
                let flaw = Flaw::from(number);
                let hidden = settings.number(acx::wide!("Hidden"), passive).unwrap_or(0);
                let muted = settings.number(acx::wide!("Muted"), passive).unwrap_or(0);
                let own_sound = settings.number(acx::wide!("OwnSound"), passive).unwrap_or(0);
                let begins_at = settings.number(acx::wide!("BeginsAt"), passive).unwrap_or(0);
                let one_rate = settings.number(acx::wide!("OneRate"), passive).unwrap_or(0);
                let shared = Shared {
                    flaw,
                    ring: Ring::new(flaw),
                    is_locked: AtomicBool::new(false),
                    taken: AtomicU64::new(0),
                    is_hidden: hidden != 0,
                    starts_muted: muted != 0,
                    has_own_sound: own_sound != 0,
                    begins_at: begins_at.into(),
                    has_one_rate: one_rate != 0,
                    runs: AtomicU32::new(0),
                    is_haunted: AtomicBool::new(false),
                    kept: SpinLock::new(Vec::new()),
                };
                Ok(Card(Arc::new(shared)?))
            },
            passive,
        )
    }
}

acx::driver!(Flawed);

/// The device.
pub struct Card(Arc<Shared>);

/// The state that the ends share.
pub(crate) struct Shared {
    pub(crate) flaw: Flaw,
    pub(crate) ring: Ring,
    /// Whether the cable is silenced.
    pub(crate) is_locked: AtomicBool,
    /// Bytes that packets have taken of [`BUDGET`].
    pub(crate) taken: AtomicU64,
    /// Whether the first speaker is hidden.
    pub(crate) is_hidden: bool,
    /// Whether every end starts muted.
    starts_muted: bool,
    /// Whether the microphone records its own signal instead of the speaker.
    has_own_sound: bool,
    /// The first frame of a microphone's stream that is not silent.
    pub(crate) begins_at: u64,
    /// Whether only streams at 48 kHz are recorded.
    pub(crate) has_one_rate: bool,
    /// How often a stream at a speaker began to run.
    pub(crate) runs: AtomicU32,
    /// Whether a killed program is still audible.
    pub(crate) is_haunted: AtomicBool,
    /// Blocks of pool that are kept until the unload.
    kept: SpinLock<Vec<Arc<[u32; 1024]>>>,
}

impl Shared {
    /// Whether the microphone records its own signal instead of the speaker.
    pub(crate) fn has_own_sound(&self) -> bool {
        let is_flaws = matches!(self.flaw, Flaw::OwnVolume | Flaw::OwnMute);
        self.has_own_sound || is_flaws && !self.is_hidden
    }

    /// Keeps a block of pool until the unload.
    pub(crate) fn keep(&self, passive: &mut Passive) -> Result<()> {
        let block = Arc::new([0; 1024])?;
        self.kept.with(passive, |kept, _| kept.push(block))
    }
}

/// The interface category of a hidden speaker.
pub const HIDDEN: GUID = acx::guid!("2F0B8F0C-8F8B-4E5B-9C5C-0D1F5A3C1E1E");

/// The circuits of the device.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Speaker,
    Microphone,
    /// The second speaker, which is not connected.
    Elsewhere,
}

impl Place {
    fn identity(self) -> (&'static [u16], GUID) {
        match self {
            Self::Speaker => {
                (acx::wide!("Speaker0"), acx::guid!("2F0B8F0C-8F8B-4E5B-9C5C-0D1F5A3C1E11"))
            }
            Self::Microphone => {
                (acx::wide!("Microphone0"), acx::guid!("2F0B8F0C-8F8B-4E5B-9C5C-0D1F5A3C1E12"))
            }
            Self::Elsewhere => {
                (acx::wide!("Speaker1"), acx::guid!("2F0B8F0C-8F8B-4E5B-9C5C-0D1F5A3C1E13"))
            }
        }
    }

    fn direction(self) -> Direction {
        if self == Self::Microphone { Direction::Capture } else { Direction::Render }
    }
}

impl Device for Card {
    fn prepare_hardware(&self, hardware: &mut PrepareHardware<'_>) -> Result<()> {
        // The flaws of jacks are B29's, of a device without hidden ends.
        let flaw = if self.0.is_hidden { Flaw::Nothing } else { self.0.flaw };
        let is_connected = !self.0.is_hidden || self.0.flaw == Flaw::StartsPlugged;
        let jack = Jack::new(flaw, is_connected)?;
        let follow = if self.0.is_hidden {
            Some(Follow::new(&jack, self.0.flaw, hardware.passive())?)
        } else {
            None
        };
        for place in [Place::Speaker, Place::Microphone, Place::Elsewhere] {
            let jack = match place {
                Place::Microphone => jack.clone(),
                _ => Jack::new(self.0.flaw, true)?,
            };
            self.add(place, &jack, follow.as_ref(), hardware)?;
        }
        Ok(())
    }
}

impl Card {
    fn add(
        &self,
        place: Place,
        jack: &Arc<Jack>,
        follow: Option<&Arc<Follow>>,
        hardware: &mut PrepareHardware<'_>,
    ) -> Result<()> {
        let (name, component) = place.identity();
        let direction = place.direction();
        let is_render = direction == Direction::Render;
        let controls = Arc::new(Controls::new(self.0.flaw, is_render, self.0.starts_muted))?;
        let followed = follow.filter(|_| place == Place::Speaker);
        let end = End {
            card: self.0.clone(),
            place,
            controls: controls.clone(),
            jack: jack.clone(),
            follow: followed.cloned(),
        };
        let mut init = CircuitInit::new(hardware, direction, name, &component)?;
        if followed.is_some() {
            let also = self.0.flaw == Flaw::AlsoVisible;
            let categories = [HIDDEN, KSCATEGORY_AUDIO];
            init = init.categories(if also { &categories } else { &[HIDDEN] })?;
        }
        let mut circuit = init.create(end)?;
        let channels = u32::try_from(CHANNELS).unwrap_or(0);
        circuit.volume(channels, RANGE, Elements(controls.clone()))?;
        circuit.mute(channels, Elements(controls.clone()))?;
        circuit.peak_meter(channels, Elements(controls))?;
        let has_half = place == Place::Speaker;
        let mut host = circuit.host_pin(STREAMS)?;
        for mode in [Mode::Raw, Mode::Default] {
            let half = has_half.then_some(HALF);
            host.formats(mode, core::iter::once(STEREO).chain(half))?;
        }
        let category = match direction {
            Direction::Render => KSNODETYPE_SPEAKER,
            Direction::Capture => KSNODETYPE_MICROPHONE,
        };
        let description = JackDescription { channel_mask: STEREO.mask, color: 0 };
        Jack::add_to(jack, &mut circuit.bridge_pin(&category)?, description)?;
        if let Some(follow) = follow.filter(|_| place == Place::Microphone) {
            Follow::add_to(follow, &mut circuit)?;
        }
        if followed.is_some() { circuit.add() } else { circuit.add_endpoint(&SHORTEST) }
    }
}

/// The circuit of an end.
struct End {
    card: Arc<Shared>,
    place: Place,
    controls: Arc<Controls>,
    jack: Arc<Jack>,
    /// The microphone's jack, at a hidden speaker.
    follow: Option<Arc<Follow>>,
}

impl Circuit for End {
    const PROPERTIES: &'static [Property] = &[Property::read_write(&SET, JACK)];

    fn property(&self, request: Request<'_>) {
        self.jack.handle(request);
    }

    fn power_up(&self, passive: &mut Passive) -> Result<()> {
        self.follow.as_ref().map_or(Ok(()), |follow| follow.sleeps(false, passive))
    }

    fn power_down(&self, passive: &mut Passive) -> Result<()> {
        self.follow.as_ref().map_or(Ok(()), |follow| follow.sleeps(true, passive))
    }

    fn create_stream(&self, mut request: CreateStream<'_>) -> Result<()> {
        let format = request.format().wave_format()?;
        if self.follow.is_some() && self.card.flaw != Flaw::ServesServices {
            request.preprocess(line::PACKETS);
        }
        request.create_rt(|stream| {
            let line = Line::new(
                &self.card,
                &self.controls,
                self.place,
                format.rate,
                self.follow.as_ref(),
            )?;
            let line = Arc::new(line)?;
            let mover = Mover::new(line.clone(), stream.notifier());
            Ok((Playing::new(line), Timer::new(stream, mover)?))
        })
    }
}
