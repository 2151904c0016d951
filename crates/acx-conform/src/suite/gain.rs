//! Meter, mixing and volume, measured in the audio: B27 at the speaker, B33 at the microphone.

use acx_client::endpoint::WaveFormat;
use acx_client::{Direction, System};
use acx_sys::{
    KSPROPERTY_AUDIO_MUTE as MUTE, KSPROPERTY_AUDIO_PEAKMETER2 as METER,
    KSPROPERTY_AUDIO_VOLUMELEVEL as VOLUME,
};

use super::client::Driving;
use super::controls::{Controls, DECIBEL, Element, Range, in_steps};
use super::end::End;
use super::stream::KINDS;
use super::through::{EXAMINED, Listener, Player, half_step, pass, push, steady};
use super::{Context, Finding, Unmet, ensure, is_close};

/// The level of test signals, relative to full scale.
const LEVEL: f64 = 0.5;

/// The levels in decibels to test, if the control supports them.
const DECIBELS: [i32; 7] = [-1, -2, -3, -6, -10, -20, -40];

/// The number of channel counts with which a meter is tested.
const METERED: usize = 8;

/// The tolerance of a meter, relative to full scale.
const METER_TOLERANCE: f64 = 0.001;

/// The tolerance of a gain, in decibels.
const TOLERANCE: f64 = 0.01;

/// The milliseconds of a microphone's own sound whose loudness is measured.
const MEASURED: u32 = 100;

/// Milliseconds after which a change has reached the microphone: the delay of the cable, packets of
/// 10 ms at both ends, and a short fade.
const SETTLED: u32 = 80;

/// The largest allowed step between two samples of a steady signal whose volume changes: a
/// sixteenth of its level. A change over a millisecond makes steps of a third of that at 48 kHz.
const CLICK: f64 = LEVEL / 16.0;

impl Controls<'_> {
    /// Lets everything through: no mute, and the volume at 0 dB, or at its highest below that.
    pub(crate) fn open_up(&self) -> Result<(), String> {
        if let Some(node) = self.mute {
            self.set_muted(node, None, false)?;
        }
        if let Some(node) = self.volume {
            let highest = self.range(VOLUME, node).map_or(0, |range| range.maximum);
            self.set(VOLUME, node, None, highest.min(0))?;
        }
        Ok(())
    }
}

/// Opens up the controls of an end, if it has any. What they refuse is B13's finding.
pub(crate) fn open_up(system: &dyn System, end: &End) {
    let _ = Controls::of(system, end).and_then(|own| own.open_up());
}

/// The two ends of the cable in a format that both list: the speaker's usual one if the microphone
/// has it, otherwise the first common one.
pub(crate) fn both_ends(context: &Context<'_>) -> Result<Option<(End, End)>, String> {
    if !context.has_cable {
        return Ok(None);
    }
    let mut speaker = context.end(Direction::Render)?;
    let mut microphone = context.end(Direction::Capture)?;
    let (own, other) = (speaker.formats(), microphone.formats());
    let is_heard = |format: &&WaveFormat| other.contains(format) && format.bits >= 16;
    let usual = own.iter().find(|format| **format == speaker.format).filter(is_heard);
    let Some(shared) = usual.or_else(|| own.iter().find(is_heard)) else { return Ok(None) };
    (speaker.format, microphone.format) = (*shared, *shared);
    Ok(Some((speaker, microphone)))
}

pub(crate) fn meter_mix_and_volume(context: &Context<'_>) -> Finding {
    let mut figures = Vec::new();
    let metered = meters(context)?;
    if metered > 0 {
        figures.push(format!("peaks of {metered} streams"));
    }
    if let Some((speaker, microphone)) = both_ends(context)? {
        if let Some(mixed) = saturates(context, &speaker, &microphone)? {
            figures.push(mixed);
        }
        let controls = Controls::of(context.system, &speaker)?;
        if controls.volume.is_some() {
            match volume_is_heard(context, &controls, &speaker, &microphone)? {
                Some(off) => figures.push(format!("gain within {off:.4} dB, no click")),
                None => figures.push("the cable is before the volume".to_owned()),
            }
        }
    }
    if figures.is_empty() {
        return Err(Unmet::apart("no peak meter, and nothing to hear a mix or a volume with"));
    }
    Ok(figures.join("; "))
}

/// Measures the speaker's meter with each number of channels and both kinds of streams. Returns the
/// number of streams.
fn meters(context: &Context<'_>) -> Result<usize, String> {
    if !context.directions().contains(&Direction::Render) {
        return Ok(0);
    }
    let Ok(usual) = context.end(Direction::Render) else { return Ok(0) };
    let Some(meter) = Controls::of(context.system, &usual)?.meter else { return Ok(0) };
    let mut chosen: Vec<WaveFormat> = Vec::new();
    for format in usual.formats().into_iter().filter(|format| format.bits >= 16) {
        if chosen.iter().all(|own| own.channels != format.channels) {
            chosen.push(format);
        }
    }
    let mut streams = 0;
    for format in chosen.into_iter().take(METERED) {
        for kind in KINDS {
            let end = End { endpoint: context.endpoint(Direction::Render)?, format, ..usual };
            meter_of(context.system, &end, meter, kind, 1)
                .map_err(|why| format!("{kind:?}, {format}: {why}"))?;
            streams += 1;
        }
    }
    Ok(streams)
}

/// One stream with a negative peak in each channel of its first frame, and a positive one in its
/// last frame.
fn meter_of(
    system: &dyn System,
    end: &End,
    meter: Element,
    kind: Driving,
    rounds: usize,
) -> Result<(), String> {
    const LAST_MS: u32 = 200;
    let own = Controls::of(system, end)?;
    let format = end.format;
    let count = f64::from(format.channels);
    // The last channel's first peak is full scale; a second round ignores signs.
    let sign = if rounds > 1 { 1.0 } else { -1.0 };
    let low = |channel: u16| sign * (f64::from(channel) + 1.0) / count;
    let high = |channel: u16| (count - f64::from(channel)) / (2.0 * count);
    let mut audio = Vec::new();
    (0..format.channels).for_each(|channel| push(&mut audio, format, low(channel)));
    audio.resize(end.frames(LAST_MS) as usize * format.block_align(), 0);
    (0..format.channels).for_each(|channel| push(&mut audio, format, high(channel)));
    let mut players = [Player::open(system, end, kind, audio, false)?];
    let expect = |what: &str, wanted: &dyn Fn(u16) -> f64| {
        for channel in 0..format.channels {
            let found = own.get(METER, meter, Some(channel.into()))?;
            let (found, wanted) = (f64::from(found) / 2f64.powi(31), wanted(channel));
            ensure(is_close(found, wanted, METER_TOLERANCE), || {
                format!("{what}, channel {channel}: the meter is at {found:.4}, not {wanted:.4}")
            })?;
        }
        Ok::<_, String>(())
    };
    forget(&own, meter, format)?;
    for _ in 0..rounds {
        players[0].run()?;
        pass(system, 100, &mut players, None)?;
        expect("a peak in the first frame", &|channel| low(channel).abs())?;
        pass(system, 150, &mut players, None)?;
        expect("a peak in the last frame", &high)?;
        players[0].stop()?;
    }
    Ok(())
}

/// Queries the meter of each channel, which resets it.
pub(crate) fn forget(
    controls: &Controls<'_>,
    meter: Element,
    format: WaveFormat,
) -> Result<(), String> {
    (0..u32::from(format.channels))
        .try_for_each(|channel| controls.get(METER, meter, Some(channel)).map(drop))
}

/// B22: the same peaks of the same stream, a second time. Returns whether there is a meter.
pub(crate) fn meter_again(context: &Context<'_>, end: &End) -> Result<bool, String> {
    let Some(meter) = Controls::of(context.system, end)?.meter.filter(|_| end.format.bits >= 16)
    else {
        return Ok(false);
    };
    for kind in KINDS {
        meter_of(context.system, end, meter, kind, 2).map_err(|why| format!("{kind:?}: {why}"))?;
    }
    Ok(true)
}

/// B22: a volume that changes, and a pause in the middle of the fade. The stream continues towards
/// the volume, and begins at it after a stop. Returns whether the volume affects the recording.
pub(crate) fn pause_in_a_fade(context: &Context<'_>) -> Result<bool, String> {
    let Some((speaker, microphone)) = both_ends(context)? else { return Ok(false) };
    let controls = Controls::of(context.system, &speaker)?;
    let Some(node) = controls.volume else { return Ok(false) };
    let (system, format) = (context.system, speaker.format);
    let range = controls.range(VOLUME, node);
    let (lowest, step) = range.map_or((i32::MIN, DECIBEL), |own| (own.minimum, own.step));
    let level = in_steps(-20 * DECIBEL, step).max(lowest);
    let wanted = LEVEL * gain_of(level);
    let mut is_heard = true;
    for kind in KINDS {
        controls.open_up()?;
        let mut listener = Listener::open(system, &microphone, Driving::Event)?;
        let audio = steady(format, LEVEL, speaker.period());
        let mut players = [Player::open(system, &speaker, kind, audio, true)?];
        players[0].run()?;
        pass(system, SETTLED, &mut players, Some(&mut listener))?;
        controls.set(VOLUME, node, None, level)?;
        pass(system, 2, &mut players, Some(&mut listener))?;
        players[0].pause()?;
        pass(system, 30, &mut [], Some(&mut listener))?;
        players[0].resume()?;
        for what in ["after a pause in a fade", "after a stop"] {
            pass(system, SETTLED, &mut players, Some(&mut listener))?;
            let heard = listener.tail(0, EXAMINED)?;
            if heard.iter().all(|found| is_close(*found, LEVEL, 1e-3)) {
                is_heard = false;
                break;
            }
            let off = heard.iter().find(|found| !is_at_level(**found, wanted, format));
            ensure(off.is_none(), || {
                format!("{kind:?}, {what}: {off:?} is heard, not {wanted:.4}")
            })?;
            players[0].stop()?;
            players[0].run()?;
        }
    }
    Ok(is_heard)
}

/// Whether a sample is at the level to which a volume was set: but for rounding, and 0.2 % of it.
fn is_at_level(found: f64, wanted: f64, format: WaveFormat) -> bool {
    is_close(found, wanted, rounding(format) + wanted / 500.0)
}

/// Two streams whose sum exceeds full scale. None if the pin takes only one stream.
fn saturates(
    context: &Context<'_>,
    speaker: &End,
    microphone: &End,
) -> Result<Option<String>, String> {
    const LOUD: f64 = 0.75;
    let system = context.system;
    if speaker.format.float || !speaker.takes_two() {
        return Ok(None);
    }
    let format = speaker.format;
    for (value, wanted) in [(LOUD, 1.0 - 2.0 * half_step(format)), (-LOUD, -1.0)] {
        let mut listener = Listener::open(system, microphone, Driving::Event)?;
        let mut players = Vec::new();
        for kind in KINDS {
            let audio = steady(format, value, speaker.period());
            let mut player = Player::open(system, speaker, kind, audio, true)?;
            player.run()?;
            players.push(player);
        }
        pass(system, SETTLED, &mut players, Some(&mut listener))?;
        for channel in 0..format.channels {
            let heard = listener.tail(channel, EXAMINED)?;
            // A pin that takes two streams need not mix them.
            if heard.iter().all(|found| is_close(*found, value, 1e-9)) {
                return Ok(Some("one of two streams is heard".to_owned()));
            }
            let off = heard.iter().find(|found| !is_close(**found, wanted, 1e-9));
            ensure(off.is_none(), || {
                format!("two streams at {value} each are heard at {off:?}, not {wanted}")
            })?;
        }
    }
    Ok(Some("a mix stays within full scale".to_owned()))
}

/// The ends of the cable in this format.
fn ends_in(
    context: &Context<'_>,
    speaker: &End,
    microphone: &End,
    format: WaveFormat,
) -> Result<(End, End), String> {
    let end = |own: &End| {
        let endpoint = context.endpoint(own.direction())?;
        Ok::<_, String>(End { endpoint, format, ..*own })
    };
    Ok((end(speaker)?, end(microphone)?))
}

/// One format for each sample type that both ends list, with the rate and channels of the usual
/// format, which is first.
pub(crate) fn sample_types(
    usual: WaveFormat,
    played: &[WaveFormat],
    recorded: &[WaveFormat],
) -> Vec<WaveFormat> {
    let mut found = vec![usual];
    for format in played {
        let is_alike = (format.rate, format.channels) == (usual.rate, usual.channels);
        let kind = |own: &WaveFormat| (own.float, own.bits, own.valid_bits);
        let is_new = found.iter().all(|own| kind(own) != kind(format));
        if is_alike && is_new && format.bits >= 16 && recorded.contains(format) {
            found.push(*format);
        }
    }
    found
}

/// Tests the volume of `controls` on a steady signal: each level on each channel, with the next
/// level on the other channels; and its changes, which must not click. Returns the largest error of
/// the gain in decibels. None if the volume does not affect the recording.
fn volume_is_heard(
    context: &Context<'_>,
    controls: &Controls<'_>,
    speaker: &End,
    microphone: &End,
) -> Result<Option<f64>, String> {
    let mut worst = 0.0_f64;
    let types = sample_types(speaker.format, &speaker.formats(), &microphone.formats());
    for (number, format) in types.into_iter().enumerate() {
        // Both kinds of streams in the usual format, one in the others.
        let kinds = if number == 0 { &KINDS[..] } else { &KINDS[..1] };
        for kind in kinds.iter().copied() {
            let (speaker, microphone) = ends_in(context, speaker, microphone, format)?;
            let found = levels(context.system, controls, &speaker, &microphone, kind);
            match found.map_err(|why| format!("{kind:?}, {format}: {why}"))? {
                Some(off) => worst = worst.max(off),
                None => return Ok(None),
            }
        }
    }
    Ok(Some(worst))
}

/// The gain of a level.
fn gain_of(level: i32) -> f64 {
    10f64.powf(f64::from(level) / f64::from(DECIBEL) / 20.0)
}

/// The tolerance of a sample that a driver rounds.
fn rounding(format: WaveFormat) -> f64 {
    half_step(format) * 1.001 + 1e-9
}

/// The error of a level in decibels, or 0 if it is one of rounding.
fn error_of(found: f64, wanted: f64, rounding: f64) -> f64 {
    if is_close(found, wanted, rounding) {
        0.0
    } else {
        20.0 * (found.max(0.0) / wanted).log10().abs()
    }
}

/// The levels to test, in whole steps of a range if there is one.
fn levels_in(range: Option<Range>) -> Vec<i32> {
    let (lowest, step) = range.map_or((i32::MIN, DECIBEL), |own| (own.minimum, own.step));
    let usable = |decibels: i32| in_steps(decibels * DECIBEL, step);
    DECIBELS.map(usable).into_iter().filter(|own| *own >= lowest).collect()
}

fn levels(
    system: &dyn System,
    controls: &Controls<'_>,
    speaker: &End,
    microphone: &End,
    kind: Driving,
) -> Result<Option<f64>, String> {
    let Some(node) = controls.volume else { return Ok(None) };
    let format = speaker.format;
    let range = controls.range(VOLUME, node);
    let channels = u32::from(format.channels).min(range.map_or(u32::MAX, |range| range.channels));
    let levels = levels_in(range);
    let audio = steady(format, LEVEL, speaker.period());
    let mut listener = Listener::open(system, microphone, kind)?;
    let mut players = [Player::open(system, speaker, kind, audio, true)?];
    players[0].run()?;
    pass(system, SETTLED, &mut players, Some(&mut listener))?;
    let expect = |listener: &Listener, gains: &[f64]| -> Result<f64, String> {
        let mut worst = 0.0_f64;
        for (channel, gain) in (0..).zip(gains) {
            let heard = listener.tail(channel, EXAMINED)?;
            for found in heard {
                let wanted = LEVEL * gain;
                let off = error_of(found, wanted, rounding(format));
                worst = worst.max(off);
                ensure(off <= TOLERANCE, || {
                    let gain = 20.0 * gain.log10();
                    format!(
                        "channel {channel} at {gain:.2} dB: {found:.6} is heard, not {wanted:.6}"
                    )
                })?;
            }
        }
        Ok(worst)
    };
    let mut worst = expect(&listener, &vec![1.0; channels as usize])?;
    let mut is_heard = false;
    for first in 0..levels.len() {
        let level = |channel: u32| levels[(first + channel as usize) % levels.len()];
        for channel in 0..channels {
            controls.set(VOLUME, node, Some(channel), level(channel))?;
        }
        pass(system, SETTLED, &mut players, Some(&mut listener))?;
        let gains: Vec<f64> = (0..channels).map(|channel| gain_of(level(channel))).collect();
        if !is_heard && expect(&listener, &vec![1.0; channels as usize]).is_ok() {
            return Ok(None);
        }
        is_heard = true;
        worst = worst.max(expect(&listener, &gains)?);
    }
    clicks(system, controls, channels, &mut players, &mut listener)?;
    Ok(Some(worst))
}

/// Changes of the volume, down and up again, and of the mute: no step between two samples may be
/// large.
fn clicks(
    system: &dyn System,
    controls: &Controls<'_>,
    channels: u32,
    players: &mut [Player],
    listener: &mut Listener,
) -> Result<(), String> {
    controls.open_up()?;
    pass(system, SETTLED, players, Some(&mut *listener))?;
    let changes = [
        (controls.volume, VOLUME, i32::MIN, "the volume goes down"),
        (controls.volume, VOLUME, 0, "the volume goes up"),
        (controls.mute, MUTE, 1, "the mute comes on"),
        (controls.mute, MUTE, 0, "the mute goes off"),
    ];
    for (node, property, value, what) in changes {
        let Some(node) = node else { continue };
        listener.recording.clear();
        pass(system, 30, players, Some(&mut *listener))?;
        controls.set(property, node, None, value)?;
        pass(system, SETTLED, players, Some(&mut *listener))?;
        let is_open = value == 0;
        for channel in 0..channels {
            let heard = listener.channel(channel as u16);
            let step = largest_step(&heard);
            ensure(step <= CLICK, || {
                format!("{what}: two samples of channel {channel} are {step:.4} apart")
            })?;
            let last = heard.last().copied().unwrap_or_default();
            ensure(is_close(last, if is_open { LEVEL } else { 0.0 }, LEVEL / 2.0), || {
                format!("{what}: {last:.4} is heard of channel {channel}")
            })?;
        }
    }
    Ok(())
}

/// The largest distance of two samples.
fn largest_step(samples: &[f64]) -> f64 {
    samples.windows(2).map(|pair| (pair[1] - pair[0]).abs()).fold(0.0, f64::max)
}

pub(crate) fn microphone_controls(context: &Context<'_>) -> Finding {
    let Some((speaker, microphone)) = both_ends(context)? else {
        return of_its_own(context);
    };
    let controls = Controls::of(context.system, &microphone)?;
    if controls.volume.or(controls.mute).is_none() {
        return Err(Unmet::apart("the microphone has no volume and no mute"));
    }
    let mut figures = Vec::new();
    if controls.volume.is_some() {
        let found = volume_is_heard(context, &controls, &speaker, &microphone)?;
        let off = found.ok_or("the microphone's volume is not heard in what it records")?;
        figures.push(format!("gain within {off:.4} dB, no click"));
    }
    mute_is_heard(context, &controls, &speaker, &microphone)?;
    figures.push("mute by channel".to_owned());
    if microphone_meter(context, &controls, &speaker, &microphone)? {
        figures.push("the meter equals the recording".to_owned());
    }
    Ok(figures.join("; "))
}

/// A microphone that records its own signal instead of the speaker: if that is steady, its volume
/// and mute are measured in it.
fn of_its_own(context: &Context<'_>) -> Finding {
    let microphone = context.end(Direction::Capture)?;
    let controls = Controls::of(context.system, &microphone)?;
    if controls.volume.or(controls.mute).is_none() {
        return Err(Unmet::apart("the microphone has no volume and no mute"));
    }
    if microphone.format.bits < 16 {
        return Err(Unmet::apart("the microphone has no samples of 16 bits or more"));
    }
    let mut listener = Listener::open(context.system, &microphone, Driving::Event)?;
    let mut loudness = || -> Result<f64, String> {
        pass(context.system, SETTLED + MEASURED, &mut [], Some(&mut listener))?;
        Ok(root_mean_square(&listener.tail(0, MEASURED)?))
    };
    let (before, open) = (loudness()?, loudness()?);
    if !is_steady(before, open) {
        return Err(Unmet::apart("the microphone hears nothing that is steady"));
    }
    let mut figures = Vec::new();
    if let Some(node) = controls.volume {
        let step = controls.range(VOLUME, node).map_or(DECIBEL, |own| own.step);
        let level = in_steps(-6 * DECIBEL, step);
        controls.set(VOLUME, node, None, level)?;
        let found = decibels(loudness()?, open);
        let wanted = f64::from(level) / f64::from(DECIBEL);
        ensure(is_close(found, wanted, 0.2), || {
            format!("a volume of {wanted:.1} dB is heard as {found:.1} dB")
        })?;
        figures.push(format!("a volume of {wanted:.1} dB is heard as {found:.2} dB"));
    }
    controls.open_up()?;
    if let Some(node) = controls.mute {
        controls.set_muted(node, None, true)?;
        let found = loudness()?;
        ensure(found == 0.0, || {
            format!("{found:.4} of full scale is heard of a muted microphone")
        })?;
        figures.push("mute".to_owned());
    }
    Ok(figures.join("; "))
}

/// The loudness of some samples.
fn root_mean_square(samples: &[f64]) -> f64 {
    (samples.iter().map(|value| value * value).sum::<f64>() / samples.len() as f64).sqrt()
}

/// One level over another, in decibels.
fn decibels(one: f64, other: f64) -> f64 {
    20.0 * (one / other).log10()
}

/// Whether there is a sound, as loud as it was before.
fn is_steady(before: f64, now: f64) -> bool {
    before >= 0.001 && is_close(decibels(before, now), 0.0, 0.1)
}

/// Mutes one channel after the other.
fn mute_is_heard(
    context: &Context<'_>,
    controls: &Controls<'_>,
    speaker: &End,
    microphone: &End,
) -> Result<(), String> {
    let Some(node) = controls.mute else { return Ok(()) };
    let (system, format) = (context.system, speaker.format);
    let mut listener = Listener::open(system, microphone, Driving::Event)?;
    let audio = steady(format, LEVEL, speaker.period());
    let mut players = [Player::open(system, speaker, Driving::Event, audio, true)?];
    players[0].run()?;
    for muted in 0..format.channels {
        controls.set_muted(node, Some(muted.into()), true)?;
        pass(system, SETTLED, &mut players, Some(&mut listener))?;
        for channel in 0..format.channels {
            let wanted = if channel == muted { 0.0 } else { LEVEL };
            let heard = listener.tail(channel, EXAMINED)?;
            let off = heard.iter().find(|found| !is_close(**found, wanted, 1e-4));
            ensure(off.is_none(), || {
                format!("channel {muted} is muted: {off:?} is heard of channel {channel}")
            })?;
        }
        controls.set_muted(node, Some(muted.into()), false)?;
    }
    Ok(())
}

/// The meter shows the recorded audio, of either sign. Returns whether there is a meter.
fn microphone_meter(
    context: &Context<'_>,
    controls: &Controls<'_>,
    speaker: &End,
    microphone: &End,
) -> Result<bool, String> {
    let (system, format) = (context.system, speaker.format);
    let Some(meter) = controls.meter else { return Ok(false) };
    for value in [LEVEL, -LEVEL] {
        let mut listener = Listener::open(system, microphone, Driving::Event)?;
        let audio = steady(format, value, speaker.period());
        let mut players = [Player::open(system, speaker, Driving::Event, audio, true)?];
        players[0].run()?;
        pass(system, SETTLED, &mut players, Some(&mut listener))?;
        // Forget louder audio of the transition.
        forget(controls, meter, format)?;
        pass(system, SETTLED, &mut players, Some(&mut listener))?;
        for channel in 0..format.channels {
            let found = controls.get(METER, meter, Some(channel.into()))?;
            let found = f64::from(found) / 2f64.powi(31);
            ensure(is_close(found, LEVEL, METER_TOLERANCE), || {
                format!("the meter of channel {channel} is at {found:.4} for {value}")
            })?;
        }
    }
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::super::STEREO;
    use super::*;

    #[test]
    fn the_error_of_a_level_is_in_decibels_unless_it_is_one_of_rounding() {
        assert!(is_close(gain_of(-6 * DECIBEL), 0.501_187, 1e-6) && is_close(gain_of(0), 1.0, 0.0));
        assert!(is_close(error_of(0.51, 0.5, 0.02), 0.0, 0.0));
        for (found, decibels) in [(0.25, 6.0206), (1.0, 6.0206), (0.505, 0.0864)] {
            assert!(is_close(error_of(found, 0.5, 0.001), decibels, 1e-4), "{found}");
        }
        assert!(error_of(-0.5, 0.5, 0.001).is_infinite());
        let step = 1.0 / f64::from(1 << 15);
        assert!(rounding(STEREO) > step / 2.0 && rounding(STEREO) < step * 0.51);
        let float = WaveFormat { float: true, bits: 32, valid_bits: 32, ..STEREO };
        assert!(rounding(float) > 0.0 && rounding(float) < 1e-8);
    }

    #[test]
    fn a_level_may_be_off_by_rounding_and_a_five_hundredth() {
        let found = [0.5, 0.50101, 0.498_99, 0.501_02, 0.498_98];
        let wanted = [true, true, true, false, false];
        assert_eq!(found.map(|found| is_at_level(found, 0.5, STEREO)), wanted);
        assert!(is_close(root_mean_square(&[0.5, -0.1, 0.1, -0.3]), 0.3, 1e-9));
    }

    #[test]
    fn levels_are_tested_down_to_the_lowest_one_of_a_range() {
        let within = |minimum: i32, step: i32| {
            let range =
                Range { channels: 2, step: step * DECIBEL, minimum: minimum * DECIBEL, maximum: 0 };
            levels_in(Some(range)).into_iter().map(|level| level / DECIBEL).collect::<Vec<_>>()
        };
        assert_eq!(within(-96, 1), DECIBELS);
        assert_eq!(within(-10, 1), [-1, -2, -3, -6, -10]);
        assert_eq!(within(-9, 2), [0, -2, -2, -6]);
        assert_eq!(levels_in(None), DECIBELS.map(|decibels| decibels * DECIBEL));
    }

    #[test]
    fn a_sound_is_steady_within_a_tenth_of_a_decibel() {
        assert!(is_steady(0.001, 0.001) && is_steady(0.5, 0.495) && is_steady(0.495, 0.5));
        assert!(!is_steady(0.000_9, 0.000_9) && !is_steady(0.5, 0.49) && !is_steady(0.49, 0.5));
        assert!(!is_steady(0.0, 0.0) && !is_steady(0.5, 0.0));
    }

    #[test]
    fn the_largest_step_is_up_or_down() {
        let samples = [&[0.5][..], &[0.0, 0.25, -0.5, 0.0], &[0.0, 0.75, 0.5]];
        assert_eq!(samples.map(largest_step).to_vec(), [0.0, 0.75, 0.75]);
    }

    #[test]
    fn each_sample_type_of_both_ends_is_there_once() {
        let long = WaveFormat { bits: 32, valid_bits: 32, ..STEREO };
        let float = WaveFormat { float: true, ..long };
        let cut = WaveFormat { valid_bits: 24, ..long };
        let [fast, mono] = [WaveFormat { rate: 96_000, ..cut }, WaveFormat { channels: 1, ..cut }];
        let [narrow, surround] =
            [WaveFormat { bits: 8, valid_bits: 8, ..STEREO }, WaveFormat { mask: 12, ..float }];
        let played = [STEREO, long, fast, mono, narrow, float, surround, cut];
        let recorded = [fast, mono, narrow, surround, float, long, STEREO];
        assert_eq!(sample_types(STEREO, &played, &recorded), [STEREO, long, float]);
        assert_eq!(sample_types(long, &played, &recorded), [long, STEREO, float]);
        assert_eq!(sample_types(STEREO, &played[4..], &[narrow, surround]), [STEREO, surround]);
    }
}
