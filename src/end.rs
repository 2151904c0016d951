//! One end of a cable, as data that its circuits, elements and streams share.

use core::ops::Deref;

use acx::Result;
use acx::circuit::Direction;
use acx::pool::Arc;
use vdma::source::Source;

use crate::bridges::Bridges;
use crate::cable::Cable;
use crate::cables::Cables;
use crate::controls::Controls;
use crate::default_format::{Chosen, DefaultFormat};
use crate::follow::Follow;
use crate::formats::Lists;
use crate::jack::Jack;
use crate::offload::Offload;
use crate::settings::HiddenEndsFor;
use crate::spotter::Spotter;
use crate::telemetry::Streams;

/// The maximum number of streams of a host pin: more than Windows opens, and fewer than the wire's
/// limit.
pub const MAX_STREAMS: u32 = 32;

/// The shortest packet, in milliseconds: the engine's timer expires every half millisecond.
pub const SHORTEST_MS: u32 = 1;

/// One end of a cable: the context of its circuit and of everything on it.
#[derive(Clone)]
pub struct End {
    /// The direction of the end.
    pub direction: Direction,
    /// Whether it is the loopback of the speaker's mix, rather than the microphone.
    pub loopback: bool,
    parts: Arc<Parts>,
}

/// The parts of an end.
pub struct Parts {
    /// The cable.
    pub cable: Arc<Cable>,
    /// The cable's number, from 0.
    pub index: u32,
    /// The state that offload streams share; None without an audio engine.
    pub offload: Option<Arc<Offload>>,
    /// The source of a capture stream.
    pub source: Source,
    /// The step of a stream, in microseconds.
    pub step: u32,
    /// The open streams.
    pub streams: Arc<Streams>,
    /// The keyword spotter, if there is one.
    pub spotter: Option<Arc<Spotter>>,
    /// Whether it is hidden: Windows creates no endpoint for it.
    pub hidden: bool,
    /// The jack.
    pub jack: Arc<Jack>,
    /// The follower of the other end's streams, if the jack follows them.
    pub follows: Option<Arc<Follow>>,
    /// The follower of this end's streams, if the other end's jack follows them.
    pub follower: Option<Arc<Follow>>,
    /// The default format.
    pub default: DefaultFormat,
    /// The stream bridges to the next circuit of a composite endpoint.
    pub bridges: Bridges,
    /// The device's cables.
    pub cables: Arc<Cables>,
    /// The formats that its pins list.
    pub lists: Arc<Lists>,
}

impl Deref for End {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.parts
    }
}

impl Parts {
    /// The parts of an end of `cable`, with neither an audio engine nor a keyword spotter.
    ///
    /// # Errors
    ///
    /// [`acx::Error::OutOfMemory`].
    #[inline(never)]
    pub fn new(
        cable: &Arc<Cable>,
        index: u32,
        cables: &Arc<Cables>,
        lists: &Arc<Lists>,
    ) -> Result<Self> {
        let config = &cables.config;
        Ok(Self {
            cable: cable.clone(),
            index,
            offload: None,
            source: config.source,
            step: config.step,
            streams: Streams::new()?,
            spotter: None,
            hidden: false,
            jack: Jack::new(true)?,
            follows: None,
            follower: None,
            default: DefaultFormat::new(config.format),
            bridges: Bridges::default(),
            cables: cables.clone(),
            lists: lists.clone(),
        })
    }
}

impl End {
    /// An end of these parts.
    ///
    /// # Errors
    ///
    /// [`acx::Error::OutOfMemory`].
    pub fn new(parts: Parts, direction: Direction) -> Result<Self> {
        Ok(Self { direction, loopback: false, parts: Arc::new(parts)? })
    }

    /// The speaker's end, for its loopback pin.
    #[must_use]
    pub fn as_loopback(&self) -> Self {
        Self { direction: Direction::Capture, loopback: true, ..self.clone() }
    }

    /// The users that may stream there; None for any program.
    pub fn guard(&self) -> Option<HiddenEndsFor> {
        let whom = self.cables.config.hidden_ends_for;
        (self.hidden && whom != HiddenEndsFor::Everyone).then_some(whom)
    }

    /// The place of its chosen default format.
    pub fn chosen(&self) -> &Chosen {
        let [speaker, microphone] = &self.cable.chosen;
        match self.direction {
            Direction::Render => speaker,
            Direction::Capture => microphone,
        }
    }

    /// The end's volume, mute and meter.
    pub fn controls(&self) -> &Controls {
        match self.direction {
            Direction::Render => &self.cable.speaker,
            Direction::Capture if self.loopback => &self.cable.loopback,
            Direction::Capture => &self.cable.microphone,
        }
    }
}
