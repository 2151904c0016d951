//! The features of a device on which cases and scenarios depend.

use std::time::Duration;

use acx_client::Direction;
use acx_client::event::EventStream;

use super::end::preroll;
use super::through::steady;
use super::{Context, IN_FLIGHT, composites, describe, ensure, keyword_pin};
use crate::play::word;
use crate::vendor::Vendor;

/// The features of a device.
pub(crate) struct Features {
    /// The directions for which it has an endpoint.
    pub(crate) directions: Vec<Direction>,
    /// The directions whose endpoint lists a format, so that streams can be opened.
    streaming: Vec<Direction>,
    /// An audio engine at its speaker.
    engine: bool,
    /// A keyword pin at its microphone.
    keyword: bool,
    /// An endpoint of several circuits.
    composite: bool,
    /// The reason why the microphone does not record the speaker, if it does not.
    cable: Result<(), String>,
    /// The subject's vendor, if the device is one of its devices.
    pub(crate) vendor: Option<&'static Vendor>,
}

impl Features {
    /// Queries the device.
    pub(crate) fn of(context: &Context<'_>) -> Self {
        let speaker = context.endpoint(Direction::Render);
        let directions = context.directions();
        let is_present = |vendor: &&Vendor| {
            let mut endpoints =
                directions.iter().filter_map(|direction| context.endpoint(*direction).ok());
            endpoints.any(|endpoint| (vendor.is_present)(&endpoint))
        };
        let vendor = context.subject.vendor.filter(is_present);
        // With a hidden end the visible speaker and microphone may belong to two cables.
        let has_hidden = |vendor: &Vendor| {
            let hidden = vendor.hidden.as_ref();
            hidden.is_some_and(|own| !context.system.interfaces(&own.category).is_empty())
        };
        let is_promised =
            vendor.is_some_and(|vendor| vendor.cables.is_some() && !has_hidden(vendor));
        let streams = |direction: &Direction| context.end(*direction).is_ok();
        Self {
            streaming: directions.iter().copied().filter(streams).collect(),
            engine: speaker.is_ok_and(|speaker| speaker.engine.is_some()),
            keyword: keyword_pin(context).is_some(),
            composite: !composites(context.system).is_empty(),
            cable: if is_promised { Ok(()) } else { probe(context) },
            vendor,
            directions,
        }
    }

    /// The features visible through WASAPI: endpoints. Others are not known.
    #[cfg(windows)]
    pub(crate) fn of_endpoints() -> Self {
        Self {
            directions: vec![Direction::Render, Direction::Capture],
            streaming: vec![Direction::Render, Direction::Capture],
            engine: true,
            keyword: true,
            composite: true,
            cable: Err("not probed through WASAPI".to_owned()),
            vendor: None,
        }
    }

    /// The reason why the microphone does not record the speaker, if it does not.
    pub(crate) fn into_cable(self) -> Result<(), String> {
        self.cable
    }

    /// Whether an end lists a format.
    pub(crate) fn has_ends(&self) -> bool {
        !self.streaming.is_empty()
    }

    /// Whether the microphone records the speaker.
    pub(crate) fn has_cable(&self) -> bool {
        self.cable.is_ok()
    }
}

/// Packets of 10 ms for which the probe listens, and the maximum wait for each.
const LISTENS: u32 = 15;
const PATIENCE: Duration = Duration::from_millis(20);

/// What the speaker plays meanwhile: packets of so many milliseconds, at this part of full scale.
const PACKET: u32 = 100;
const LOUD: f64 = 0.25;

/// Checks that the microphone is silent while the speaker is, and records it while it plays.
fn probe(context: &Context<'_>) -> Result<(), String> {
    for direction in [Direction::Render, Direction::Capture] {
        let what = word(direction);
        ensure(context.endpoint(direction).is_ok(), || format!("the driver has no {what}"))?;
        ensure(context.end(direction).is_ok(), || format!("the {what}'s pin lists no format"))?;
    }
    let try_it = || -> Result<(bool, bool), String> {
        let speaker = context.end(Direction::Render)?;
        let microphone = context.end(Direction::Capture)?;
        let mut listener = microphone
            .open(context.system, microphone.period())
            .map_err(|why| format!("the microphone: {why}"))?;
        let mut player = speaker
            .open(context.system, speaker.frames(PACKET))
            .map_err(|why| format!("the speaker: {why}"))?;
        listener.prepare().map_err(describe)?;
        player.prepare().map_err(describe)?;
        listener.run().map_err(describe)?;
        let before = hears(context, &mut listener, LISTENS);
        let packet = steady(speaker.format, LOUD, speaker.frames(PACKET));
        preroll(&mut player, 0, &packet)?;
        preroll(&mut player, 1, &packet)?;
        player.run().map_err(describe)?;
        let during = hears(context, &mut listener, LISTENS);
        drop(player);
        context.system.sleep(IN_FLIGHT);
        Ok((before, during))
    };
    context.open_up();
    let (before, during) =
        try_it().map_err(|why| format!("no cable: it could not be probed: {why}"))?;
    ensure(!before, || {
        "no cable: the microphone hears something while the speaker is silent".to_owned()
    })?;
    ensure(during, || "no cable: the microphone does not hear the speaker".to_owned())
}

/// Returns whether one of the next packets has sound.
fn hears(context: &Context<'_>, listener: &mut EventStream, packets: u32) -> bool {
    let mut has_sound = false;
    for _ in 0..packets {
        context.system.wait_any(&[listener.event()], PATIENCE);
        has_sound |= listener.newest().is_ok_and(|audio| audio.iter().any(|byte| *byte != 0));
    }
    has_sound
}

/// The feature that a case needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Needs {
    /// Only a device.
    Nothing,
    /// Any endpoint, whether it lists formats or not.
    Endpoint,
    /// Any end with formats.
    Ends,
    /// A speaker.
    Render,
    /// A microphone.
    Capture,
    /// A speaker and a microphone that records it.
    Cable,
    /// A speaker with an audio engine.
    Engine,
    /// A microphone with a keyword pin.
    Keyword,
    /// An endpoint of several circuits.
    Composite,
    /// Ends that can be hidden.
    Hidden,
}

impl Needs {
    /// The missing feature, if any.
    pub(crate) fn lacks(self, features: &Features) -> Option<String> {
        let has = |direction| features.directions.contains(&direction);
        let streams = |direction| features.streaming.contains(&direction);
        let what = match self {
            Self::Engine if !features.engine => "no audio engine",
            Self::Keyword if !features.keyword => "no keyword pin",
            Self::Hidden if features.vendor.is_none_or(|vendor| vendor.hidden.is_none()) => {
                "no end that can be hidden"
            }
            Self::Composite if !features.composite => "no composite endpoint",
            Self::Endpoint | Self::Ends if features.directions.is_empty() => "no endpoint",
            Self::Ends if features.streaming.is_empty() => "no pin lists a format",
            Self::Render | Self::Cable if !has(Direction::Render) => "no speaker",
            Self::Capture | Self::Cable if !has(Direction::Capture) => "no microphone",
            Self::Render | Self::Cable if !streams(Direction::Render) => {
                "the speaker's pin lists no format"
            }
            Self::Capture | Self::Cable if !streams(Direction::Capture) => {
                "the microphone's pin lists no format"
            }
            Self::Cable => return features.cable.clone().err(),
            _ => return None,
        };
        Some(what.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_case_applies_to_drivers_with_the_endpoints_it_needs() {
        let (speaker, microphone) = (Direction::Render, Direction::Capture);
        for (needs, directions, streaming, lacks) in [
            (Needs::Ends, &[microphone][..], 1, None),
            (Needs::Ends, &[microphone], 0, Some("no pin lists a format")),
            (Needs::Endpoint, &[microphone], 0, None),
            (Needs::Render, &[speaker], 1, None),
            (Needs::Render, &[microphone], 1, Some("no speaker")),
            (Needs::Cable, &[speaker], 1, Some("no microphone")),
            (Needs::Cable, &[speaker, microphone], 1, Some("the microphone's pin lists no format")),
            (Needs::Cable, &[speaker, microphone], 2, Some("no cable")),
            (Needs::Engine, &[speaker], 1, Some("no audio engine")),
        ] {
            let features = Features {
                directions: directions.to_vec(),
                streaming: directions[..directions.len().min(streaming)].to_vec(),
                engine: false,
                keyword: false,
                composite: false,
                cable: Err("no cable".to_owned()),
                vendor: None,
            };
            assert_eq!(needs.lacks(&features).as_deref(), lacks);
        }
    }
}
