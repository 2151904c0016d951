//! Volume, mute and peak meter of an end: B13.

use std::fmt;
use std::time::Duration;

use acx_client::endpoint::{Endpoint, WaveFormat, node_value};
use acx_client::{Direction, System, request};
use acx_sys::*;

use super::end::{End, preroll};
use super::gain::forget;
use super::requests::node_of_type;
use super::{Context, Finding, Unmet, describe, ensure, is_close};
use crate::run::counted;

const VOLUME: u32 = KSPROPERTY_AUDIO_VOLUMELEVEL;
const MUTE: u32 = KSPROPERTY_AUDIO_MUTE;
const METER: u32 = KSPROPERTY_AUDIO_PEAKMETER2;

/// 1 dB of a volume.
pub(crate) const DECIBEL: i32 = 65_536;

/// A level in words.
pub(crate) fn decibels(level: i32) -> String {
    let text = format!("{:.4}", f64::from(level) / f64::from(DECIBEL));
    format!("{} dB", text.trim_end_matches('0').trim_end_matches('.'))
}

/// An element: a node of one of the circuits that a stream of the end goes through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Element {
    /// The circuit's place on the way, from the client on.
    place: usize,
    node: u32,
}

/// The controls of an end: in its own circuit, else in the first one behind it that has one.
pub(crate) struct Controls<'a> {
    end: &'a End,
    behind: Vec<Endpoint>,
    pub(crate) volume: Option<Element>,
    pub(crate) mute: Option<Element>,
    pub(crate) meter: Option<Element>,
    /// Channels of the widest format.
    pub(crate) channels: u32,
}

/// A control's range of values (KSPROPERTY_STEPPING_LONG).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Range {
    /// The number of the control's channels.
    pub(crate) channels: u32,
    pub(crate) step: i32,
    pub(crate) minimum: i32,
    pub(crate) maximum: i32,
}

impl Range {
    /// Whether there are two levels at least, and steps from one to the other.
    pub(crate) const fn is_one(&self) -> bool {
        self.minimum < self.maximum && self.step > 0
    }
}

impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [minimum, maximum, step] = [self.minimum, self.maximum, self.step].map(decibels);
        let channels = counted(self.channels as usize, "channel");
        write!(f, "{channels}, {minimum} to {maximum} in steps of {step}")
    }
}

impl<'a> Controls<'a> {
    pub(crate) fn of(system: &dyn System, end: &'a End) -> Result<Self, String> {
        let pin = end.endpoint.host_pin().map_err(describe)?;
        let formats = pin.modes.iter().flat_map(|(_, formats)| formats);
        let channels = formats.map(|format| u32::from(format.channels)).max().unwrap_or(0);
        let behind = end.endpoint.behind(system).map_err(describe)?;
        let find = |kind: &GUID| {
            let mut way = std::iter::once(&end.endpoint).chain(&behind).enumerate();
            way.find_map(|(place, circuit)| {
                // An audio engine's controls are reached through its node.
                let engine = || node_of_type(circuit, &KSNODETYPE_AUDIO_ENGINE);
                let node = node_of_type(circuit, kind).or_else(engine)?;
                Some(Element { place, node })
            })
        };
        let (volume, mute) = (find(&KSNODETYPE_VOLUME), find(&KSNODETYPE_MUTE));
        let meter = find(&KSNODETYPE_PEAKMETER);
        Ok(Self { end, behind, volume, mute, meter, channels })
    }

    /// The circuit that an element is of.
    fn circuit(&self, element: Element) -> &Endpoint {
        let behind = element.place.checked_sub(1).and_then(|at| self.behind.get(at));
        behind.unwrap_or(&self.end.endpoint)
    }

    /// The name of an element's circuit.
    pub(crate) fn name(&self, element: Element) -> &str {
        self.circuit(element).name()
    }

    pub(crate) fn set(
        &self,
        property: u32,
        element: Element,
        channel: Option<u32>,
        value: i32,
    ) -> Result<(), String> {
        let filter = &self.circuit(element).filter;
        let instance = request::node(element.node, channel);
        let value = value.to_le_bytes();
        request::set(filter, "a control", &KSPROPSETID_Audio, property, &instance, &value)
            .map_err(describe)
    }

    /// Sets a mute: a BOOL.
    pub(crate) fn set_muted(
        &self,
        mute: Element,
        channel: Option<u32>,
        is_muted: bool,
    ) -> Result<(), String> {
        self.set(MUTE, mute, channel, is_muted.into())
    }

    pub(crate) fn get(
        &self,
        property: u32,
        element: Element,
        channel: Option<u32>,
    ) -> Result<i32, String> {
        let filter = &self.circuit(element).filter;
        node_value(filter, property, element.node, channel).map_err(describe)
    }

    /// The range of the first channel's values, if the element publishes steps.
    pub(crate) fn range(&self, property: u32, element: Element) -> Option<Range> {
        let instance = request::node(element.node, Some(0));
        let flags = KSPROPERTY_TYPE_BASICSUPPORT;
        let input = request::descriptor(&KSPROPSETID_Audio, property, flags, &instance);
        let mut output = vec![0; 4096];
        let filter = &self.circuit(element).filter;
        let reply = filter.ioctl(IOCTL_KS_PROPERTY, &input, Some(&mut output));
        // KSPROPERTY_DESCRIPTION of 40 bytes, KSPROPERTY_MEMBERSHEADER of 16, the steps.
        let is_stepped = request::number(&output, 40) == KSPROPERTY_MEMBER_STEPPEDRANGES;
        if reply.status != STATUS_SUCCESS || reply.information < 72 || !is_stepped {
            return None;
        }
        let long = |at| request::number(&output, at).cast_signed();
        let channels = request::number(&output, 48);
        Some(Range { channels, step: long(56), minimum: long(64), maximum: long(68) })
    }
}

pub(crate) fn controls(context: &Context<'_>) -> Finding {
    let mut figures = Vec::new();
    for end in context.ends()? {
        let found = controls_of(context, &end)?;
        figures.extend(found.map(|figure| format!("{}: {figure}", end.endpoint.name())));
    }
    if figures.is_empty() {
        return Err(Unmet::apart("no volume and no mute"));
    }
    Ok(figures.join("; "))
}

fn controls_of(context: &Context<'_>, end: &End) -> Result<Option<String>, String> {
    let own = Controls::of(context.system, end)?;
    if let Some(node) = own.mute {
        for state in [1, 0] {
            own.set(MUTE, node, None, state)?;
            let found = own.get(MUTE, node, Some(0))?;
            ensure(found == state, || format!("mute set to {state} reads {found}"))?;
        }
    }
    let Some(volume) = own.volume else {
        return Ok(own.mute.map(|_| "no volume; mute".to_owned()));
    };
    // Whole steps, so that a driver need not round them.
    let range = own.range(VOLUME, volume);
    let step = range.map_or(DECIBEL, |range| apart(range.step));
    let channels = range.map_or(own.channels, |range| range.channels);
    let level_of = |channel: u32| -(channel as i32 + 1) * step;
    for channel in 0..channels {
        own.set(VOLUME, volume, Some(channel), level_of(channel))?;
    }
    for channel in 0..channels {
        let level = own.get(VOLUME, volume, Some(channel))?;
        let wanted = level_of(channel);
        ensure(level == wanted, || {
            format!("channel {channel}: {}, not {}", decibels(level), decibels(wanted))
        })?;
    }
    own.set(VOLUME, volume, None, i32::MIN)?;
    let lowest = own.get(VOLUME, volume, Some(0))?;
    own.set(VOLUME, volume, None, i32::MAX)?;
    let highest = own.get(VOLUME, volume, None)?;
    ensure(is_held(lowest, highest), || {
        format!("not held to a range: {} to {}", decibels(lowest), decibels(highest))
    })?;
    let over = own.set(VOLUME, volume, Some(channels), 0);
    ensure(over.is_err(), || "a channel too many".to_owned())?;
    let channels = counted(channels as usize, "channel");
    let mut figure = format!("{channels}, {} to {}", decibels(lowest), decibels(highest));
    if volume.place > 0 {
        figure = format!("{figure}, in {}", own.name(volume));
    }
    match meter_follows(context, &own, volume)? {
        Some(left) => Ok(Some(format!("{figure}; left at {left:.3} of full scale"))),
        None => Ok(Some(format!("{figure}; no meter of what is played"))),
    }
}

/// The distance of the levels to set: a decibel if it is a number of steps, otherwise a step.
const fn apart(step: i32) -> i32 {
    if step > 0 && DECIBEL % step != 0 { step } else { DECIBEL }
}

/// Whether a volume keeps to a range when it is set to the lowest and the highest number.
const fn is_held(lowest: i32, highest: i32) -> bool {
    i32::MIN < lowest && lowest < highest && highest < i32::MAX
}

/// The nearest level towards 0 dB that is a number of steps.
pub(crate) fn in_steps(level: i32, step: i32) -> i32 {
    let step = step.max(1);
    level / step * step
}

/// Whether a format has a second channel.
const fn has_right(format: WaveFormat) -> bool {
    format.channels > 1
}

/// Left at half, right muted: the meter must show the audio played. None if there is no meter, or
/// its expected value is unknown.
fn meter_follows(
    context: &Context<'_>,
    own: &Controls<'_>,
    volume: Element,
) -> Result<Option<f64>, String> {
    let (system, end) = (context.system, own.end);
    let (Some(mute), Some(meter)) = (own.mute, own.meter) else { return Ok(None) };
    if end.direction() == Direction::Capture || end.format.bits != 16 {
        return Ok(None);
    }
    own.set(VOLUME, volume, Some(0), -6 * DECIBEL)?;
    let has_right = has_right(end.format);
    if has_right {
        own.set_muted(mute, Some(1), true)?;
    }
    forget(own, meter, end.format)?;
    let mut stream = end.open(system, end.period()).map_err(describe)?;
    stream.prepare().map_err(describe)?;
    let loud = 16_384i16.to_le_bytes();
    let packet: Vec<u8> = loud.into_iter().cycle().take(stream.packet_bytes()).collect();
    preroll(&mut stream, 0, &packet)?;
    preroll(&mut stream, 1, &packet)?;
    stream.run().map_err(describe)?;
    system.sleep(Duration::from_millis(15));
    let left = f64::from(own.get(METER, meter, Some(0))?) / 2f64.powi(31);
    let wanted = 0.5 * 10f64.powf(-6.0 / 20.0);
    ensure(is_close(left, wanted, 0.001), || format!("left at {left}, not {wanted}"))?;
    if has_right {
        let right = own.get(METER, meter, Some(1))?;
        ensure(right == 0, || format!("muted right at {right}"))?;
    }
    system.sleep(Duration::from_millis(100));
    own.get(METER, meter, None)?;
    system.sleep(Duration::from_millis(50));
    let silent = own.get(METER, meter, None)?;
    ensure(silent == 0, || format!("{silent} in silence"))?;
    Ok(Some(left))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_has_two_levels_and_a_step() {
        let range = |minimum, maximum, step| Range { channels: 1, step, minimum, maximum }.is_one();
        assert!(range(-1, 0, 1));
        assert!(!range(0, 0, 1) && !range(1, 0, 1) && !range(-1, 0, 0) && !range(-1, 0, -1));
    }

    #[test]
    fn levels_are_whole_steps() {
        let half = DECIBEL / 2;
        assert_eq!(
            [half, DECIBEL, 3 * half, 1_000, 0, -half].map(apart),
            [DECIBEL, DECIBEL, 3 * half, 1_000, DECIBEL, DECIBEL]
        );
        assert_eq!(apart(1), DECIBEL);
        assert_eq!(
            [(-7, 3), (-7, 1), (-7, 0), (-7, -2), (7, 3)].map(|(l, s)| in_steps(l, s)),
            [-6, -7, -7, -7, 6]
        );
    }

    #[test]
    fn the_right_channel_is_the_second_one() {
        let of = |channels| has_right(WaveFormat { channels, ..crate::melody::STEREO });
        assert_eq!([1, 2, 8].map(of), [false, true, true]);
    }

    #[test]
    fn a_volume_is_held_to_a_range_within_the_numbers() {
        assert!(is_held(i32::MIN + 1, i32::MAX - 1) && is_held(-1, 0));
        assert!(!is_held(0, 0) && !is_held(i32::MIN, 0) && !is_held(0, i32::MAX));
    }
}
