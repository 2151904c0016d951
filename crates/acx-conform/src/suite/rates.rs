//! Ends of a cable in different formats: the latency, B26, and the conversion of sample types and
//! rates, B38.

use std::f64::consts::TAU;

use acx_client::Direction;
use acx_client::endpoint::WaveFormat;
use acx_client::event::EventStream;
use acx_client::request;
use acx_sys::AUDIO_SIGNALPROCESSINGMODE_RAW as RAW;

use super::client::Driving;
use super::end::End;
use super::fifo::is_heard_behind;
use super::gain::{both_ends, sample_types};
use super::stream::KINDS;
use super::through::{EXAMINED, Listener, Player, in_time, pass, push};
use super::{Context, Finding, Unmet, describe, ensure, is_close};

/// The position and the length of the pulse in the audio played, in milliseconds. It is slow enough
/// for 8 kHz.
const PULSE_AT: u32 = 20;
const PULSE: u32 = 5;

/// The length of recordings, in milliseconds.
const RECORDED: u32 = 90;

/// The tolerance of a latency in frames of the slower rate: the pulse begins inside a frame, and
/// delays are reported in whole frames.
const FRAMES: f64 = 1.5;

/// The two ends of the cable, with possibly different formats.
struct Pair {
    speaker: End,
    microphone: End,
}

impl Pair {
    fn new(
        context: &Context<'_>,
        played: WaveFormat,
        recorded: WaveFormat,
    ) -> Result<Self, String> {
        let mut speaker = context.end(Direction::Render)?;
        let mut microphone = context.end(Direction::Capture)?;
        (speaker.format, microphone.format) = (played, recorded);
        Ok(Self { speaker, microphone })
    }

    fn slower(&self) -> u32 {
        self.speaker.format.rate.min(self.microphone.format.rate)
    }
}

/// A smooth pulse in each channel. Its middle is at the returned time, in seconds.
fn pulse(format: WaveFormat) -> (Vec<u8>, f64) {
    let frames = |milliseconds: u32| format.rate * milliseconds / 1000;
    let (begin, length) = (frames(PULSE_AT), frames(PULSE));
    let mut audio = Vec::new();
    for frame in 0..begin + length {
        let way = f64::from(frame.saturating_sub(begin)) / f64::from(length);
        let value = 0.25 * (1.0 - (TAU * way).cos());
        (0..format.channels).for_each(|_| push(&mut audio, format, value));
    }
    let middle = f64::from(begin) + f64::from(length) / 2.0;
    (audio, middle / f64::from(format.rate))
}

/// The middle of the first channel of a recording, in seconds since its frame 0. None for silence.
fn middle(recording: &[f64], rate: u32) -> Option<f64> {
    let total: f64 = recording.iter().sum();
    let moment: f64 = recording.iter().enumerate().map(|(at, value)| at as f64 * value).sum();
    (total > 1.0).then(|| moment / total / f64::from(rate))
}

/// The latency of a pulse in seconds, measured and reported. None if it is not recorded.
fn latency_of(
    context: &Context<'_>,
    pair: &Pair,
    kind: Driving,
) -> Result<Option<(f64, f64)>, String> {
    let system = context.system;
    let mut listener = Listener::open(system, &pair.microphone, kind)?;
    let (audio, at) = pulse(pair.speaker.format);
    let mut players = [Player::open(system, &pair.speaker, kind, audio, false)?];
    players[0].run()?;
    pass(system, RECORDED, &mut players, Some(&mut listener))?;
    let heard = middle(&listener.channel(0), pair.microphone.format.rate);
    let Some(heard) = heard else { return Ok(None) };
    let measured = listener.origin(system)? + heard - (players[0].origin(system)? + at);
    Ok(Some((measured, players[0].delay()? + listener.delay()?)))
}

/// Whether a latency is the one that is reported, in seconds.
fn is_as_reported(measured: f64, reported: f64, rate: u32) -> bool {
    is_close(measured, reported, FRAMES / f64::from(rate))
}

/// The rates of the formats with the channels and sample type of a format, that format's rate
/// first.
fn rates(formats: &[WaveFormat], like: WaveFormat) -> Vec<u32> {
    let mut all = vec![like.rate];
    for format in formats {
        let is_alike = WaveFormat { rate: like.rate, ..*format } == like;
        if is_alike && !all.contains(&format.rate) {
            all.push(format.rate);
        }
    }
    all
}

/// Pairs of rates: equal ones, pairs with the usual one at either end, and neighbours in the lists.
fn pairs(played: &[u32], recorded: &[u32]) -> Vec<(u32, u32)> {
    let mut all: Vec<(u32, u32)> = Vec::new();
    let mut add = |one: Option<&u32>, other: Option<&u32>| {
        if let (Some(one), Some(other)) = (one, other)
            && !all.contains(&(*one, *other))
        {
            all.push((*one, *other));
        }
    };
    for rate in played {
        add(Some(rate), recorded.iter().find(|own| *own == rate));
        add(Some(rate), recorded.first());
    }
    for rate in recorded {
        add(played.first(), Some(rate));
    }
    for at in 1..played.len().min(recorded.len()) {
        add(played.get(at), recorded.get(at - 1));
        add(played.get(at - 1), recorded.get(at));
    }
    all
}

/// Whether the vendor promises a connection between ends at different rates.
fn is_promised(context: &Context<'_>, end: &End) -> bool {
    let vendor = context.subject.vendor.filter(|own| (own.is_present)(&end.endpoint));
    vendor.is_some_and(|own| own.promises.converts_rates)
}

/// Whether a cable may carry nothing from one rate to the other.
const fn may_be_silent(played: u32, recorded: u32, is_promised: bool) -> bool {
    played != recorded && !is_promised
}

pub(crate) fn latency(context: &Context<'_>) -> Finding {
    let Some((speaker, microphone)) = both_ends(context)? else {
        return Err(Unmet::apart("the two ends of the cable list no format in common"));
    };
    let usual = speaker.format;
    let promised = is_promised(context, &speaker);
    let (mut asked, mut silent, mut worst) = (0, 0, 0.0_f64);
    let [played, recorded] = [&speaker, &microphone].map(|end| rates(&end.formats(), usual));
    for (played, recorded) in pairs(&played, &recorded) {
        let [played, recorded] = [played, recorded].map(|rate| WaveFormat { rate, ..usual });
        let pair = Pair::new(context, played, recorded)?;
        // Timer-driven streams at equal rates, and between the usual rate and the next one.
        let kinds = if played == recorded || asked < 4 { &KINDS[..] } else { &KINDS[..1] };
        for kind in kinds.iter().copied() {
            let what = || format!("{kind:?}, {} to {} Hz", played.rate, recorded.rate);
            let found =
                latency_of(context, &pair, kind).map_err(|why| format!("{}: {why}", what()))?;
            let Some((measured, reported)) = found else {
                ensure(may_be_silent(played.rate, recorded.rate, promised), || {
                    format!("{}: nothing is heard", what())
                })?;
                silent += 1;
                continue;
            };
            let off = (measured - reported).abs();
            ensure(is_as_reported(measured, reported, pair.slower()), || {
                let [measured, reported] = [measured, reported].map(|seconds| seconds * 1e3);
                format!("{}: {measured:.3} ms late, {reported:.3} ms reported", what())
            })?;
            (asked, worst) = (asked + 1, worst.max(off));
        }
    }
    let latencies = latencies(worst, engine_pins(context)?);
    let fifo = match is_heard_behind(context, &speaker, &microphone) {
        Ok(bytes) => format!("heard behind a FIFO of {bytes} bytes"),
        Err(Unmet::Apart(why)) => why,
        Err(wrong) => return Err(wrong),
    };
    let unheard = if silent > 0 {
        format!("; {silent} hear nothing at unequal rates")
    } else {
        String::new()
    };
    Ok(format!("{asked} pairs of streams{latencies}{unheard}; {fifo}"))
}

/// What is said of the latencies: how many seconds off they are at most, between the two ends and
/// between the engine's pins, if there are any.
fn latencies(ends: f64, pins: Option<[f64; 2]>) -> String {
    let worst = pins.into_iter().flatten().fold(ends, f64::max);
    let also = if pins.is_some() { ", host and offload pin to the loopback pin" } else { "" };
    format!("{also}, off by {:.0} us at most", worst * 1e6)
}

/// The other pins of a speaker with an audio engine: audio from the host and offload pins, on the
/// loopback pin. Returns how many seconds the latency of each is off.
fn engine_pins(context: &Context<'_>) -> Result<Option<[f64; 2]>, String> {
    let speaker = context.end(Direction::Render)?;
    let Some(pins) = speaker.endpoint.engine else { return Ok(None) };
    let system = context.system;
    let format = super::STEREO;
    let open = |pin: u32, milliseconds: u32| {
        let endpoint = context.endpoint(Direction::Render)?;
        let file = endpoint.open_stream_at(pin, format, &RAW).map_err(describe)?;
        let frames = super::end::frames(format, milliseconds);
        EventStream::on(system, file, format, frames).map_err(describe)
    };
    let off = |played: u32, milliseconds: u32| -> Result<f64, String> {
        let mut listener = Listener::on(open(pins.loopback, 10)?, format)?;
        let mut stream = open(played, milliseconds)?;
        stream.prepare().map_err(describe)?;
        let (audio, at) = pulse(format);
        super::end::preroll(&mut stream, 0, &audio)?;
        stream.run().map_err(describe)?;
        pass(system, RECORDED, &mut [], Some(&mut listener))?;
        let heard = middle(&listener.channel(0), format.rate);
        let heard =
            heard.ok_or_else(|| format!("pin {played} is not heard on the loopback pin"))?;
        let (frames, now) = stream.position().map_err(describe)?;
        let origin =
            now as f64 / system.qpc_frequency() as f64 - frames as f64 / f64::from(format.rate);
        let (_, delay) = request::hw_latency(stream.pin()).map_err(describe)?;
        let measured = listener.origin(system)? + heard - (origin + at);
        let reported = f64::from(delay) * 1e-7 + listener.delay()?;
        ensure(is_as_reported(measured, reported, format.rate), || {
            format!("pin {played} to the loopback pin: {measured} s late, {reported} s reported")
        })?;
        Ok((measured - reported).abs())
    };
    Ok(Some([off(pins.host, 100)?, off(pins.offload, 1000)?]))
}

/// Of full scale.
const LOUDNESS: f64 = 0.5;

/// The milliseconds of a sine that are played, and recorded, and the last ones that are looked at.
const SINE_PLAYED: u32 = 200;
const SINE_RECORDED: u32 = 150;
const SINE_EXAMINED: u32 = 80;

/// The allowed residue beside the sine: 60 dB below it, or the rounding error of 16 bits.
const RESIDUE: f64 = 1e-3;

/// The tolerance of its amplitude, in decibels.
const AMPLITUDE: f64 = 0.05;

/// Amplitude of a sine of a known frequency in a recording, and the root mean square of the rest
/// over that of the sine: least squares.
fn sine(recording: &[f64], turns: f64) -> (f64, f64) {
    // The normal equations of a sine, a cosine and a constant.
    let mut matrix = [[0.0; 4]; 3];
    for (at, value) in recording.iter().enumerate() {
        let angle = TAU * turns * at as f64;
        let row = [angle.sin(), angle.cos(), 1.0, *value];
        for (line, left) in matrix.iter_mut().zip(row) {
            line.iter_mut().zip(row).for_each(|(place, right)| *place += left * right);
        }
    }
    for pivot in 0..3 {
        let own = matrix[pivot];
        for (number, line) in matrix.iter_mut().enumerate() {
            let factor = if number == pivot { 0.0 } else { line[pivot] / own[pivot] };
            line.iter_mut().zip(own).for_each(|(place, value)| *place -= factor * value);
        }
    }
    let [a, b, c] = [0, 1, 2].map(|at| matrix[at][3] / matrix[at][at]);
    let squares = recording.iter().enumerate().map(|(at, value)| {
        let angle = TAU * turns * at as f64;
        (value - a * angle.sin() - b * angle.cos() - c).powi(2)
    });
    let amplitude = a.hypot(b);
    let rest = (squares.sum::<f64>() / recording.len() as f64).sqrt();
    (amplitude, rest / (amplitude / 2f64.sqrt()).max(f64::MIN_POSITIVE))
}

/// Plays a sine in one format and records it in the other. Returns the residue; None for silence.
fn sine_of(context: &Context<'_>, pair: &Pair, kind: Driving) -> Result<Option<f64>, String> {
    let system = context.system;
    let (played, recorded) = (pair.speaker.format, pair.microphone.format);
    let hertz = f64::from(pair.slower()) / 64.0;
    let mut audio = Vec::new();
    for frame in 0..super::end::frames(played, SINE_PLAYED) {
        let value = LOUDNESS * (TAU * hertz * f64::from(frame) / f64::from(played.rate)).sin();
        (0..played.channels).for_each(|_| push(&mut audio, played, value));
    }
    let mut listener = Listener::open(system, &pair.microphone, kind)?;
    let mut players = [Player::open(system, &pair.speaker, kind, audio, false)?];
    players[0].run()?;
    pass(system, SINE_RECORDED, &mut players, Some(&mut listener))?;
    let mut worst = 0.0_f64;
    for channel in 0..recorded.channels {
        let heard = listener.tail(channel, SINE_EXAMINED)?;
        let (amplitude, rest) = sine(&heard, hertz / f64::from(recorded.rate));
        if channel == 0 && heard.iter().all(|value| *value == 0.0) {
            return Ok(None);
        }
        is_the_sine(amplitude, rest).map_err(|why| format!("channel {channel}{why}"))?;
        worst = worst.max(rest);
    }
    padding(recorded, &listener.recording)?;
    Ok(Some(worst))
}

/// Checks the amplitude of a sine, and the rest over it.
fn is_the_sine(amplitude: f64, rest: f64) -> Result<(), String> {
    let off = 20.0 * (amplitude / LOUDNESS).log10();
    ensure(is_close(off, 0.0, AMPLITUDE), || format!(" is {off:.2} dB off"))?;
    ensure(rest <= RESIDUE, || {
        let decibels = 20.0 * rest.log10();
        format!(": what is not the sine is at {decibels:.1} dB of it")
    })
}

/// Checks that invalid bits are 0.
fn padding(format: WaveFormat, recording: &[u8]) -> Result<(), String> {
    let spare = usize::from(format.bits.saturating_sub(format.valid_bits) / 8);
    let size = usize::from(format.bits / 8).max(1);
    let used =
        recording.chunks_exact(size).filter(|own| own[..spare].iter().any(|byte| *byte != 0));
    let count = used.count();
    ensure(count == 0, || format!("{count} samples have bits set that are not valid"))
}

pub(crate) fn sample_types_at_other_rates(context: &Context<'_>) -> Finding {
    let speaker = context.end(Direction::Render)?;
    let microphone = context.end(Direction::Capture)?;
    let promised = is_promised(context, &speaker);
    let (mut asked, mut listed, mut worst) = (0, 0, 0.0_f64);
    let usual = speaker.format;
    for (played, recorded) in conversions(usual, &speaker.formats(), &microphone.formats()) {
        listed += 1;
        let pair = Pair::new(context, played, recorded)?;
        // Streams of either kind in turn.
        let kind = KINDS[listed % KINDS.len()];
        let what = || format!("{kind:?}, {played} to {recorded}");
        let found = in_time(context.system, || {
            sine_of(context, &pair, kind).map_err(|why| Unmet::Wrong(format!("{}: {why}", what())))
        });
        match found? {
            Some(rest) => (asked, worst) = (asked + 1, worst.max(rest)),
            None => ensure(!promised, || format!("{}: nothing is heard", what()))?,
        }
    }
    let placed = positions(context, &speaker, &microphone, promised)?;
    match (asked + placed, listed) {
        (0, 0) => Err(Unmet::apart("the two ends list one rate and one sample type in common")),
        (0, _) => Err(Unmet::apart("the cable carries nothing between ends in unlike formats")),
        _ => {
            let decibels = 20.0 * worst.max(1e-12).log10();
            Ok(format!(
                "{asked} pairs of formats, the rest at most {decibels:.0} dB of a sine; {placed} \
                 pairs of channel counts"
            ))
        }
    }
}

/// One format for each number of channels, in order, with the rate and sample type of a format, if
/// each channel has a speaker position.
fn by_channels(formats: &[WaveFormat], like: WaveFormat) -> Vec<WaveFormat> {
    let mut all: Vec<WaveFormat> = Vec::new();
    for format in formats {
        let WaveFormat { channels, mask, .. } = *format;
        let is_alike = WaveFormat { channels, mask, ..like } == *format;
        let has_positions = mask.count_ones() == u32::from(channels);
        if is_alike && has_positions && all.iter().all(|own| own.channels != channels) {
            all.push(*format);
        }
    }
    all.sort_by_key(|own| own.channels);
    all
}

/// Audio of a speaker position is recorded at the same position if both ends have it, whatever the
/// other positions are. Returns the number of pairs of channel counts.
fn positions(
    context: &Context<'_>,
    speaker: &End,
    microphone: &End,
    promised: bool,
) -> Result<usize, Unmet> {
    let [played, recorded] =
        [speaker, microphone].map(|end| by_channels(&end.formats(), speaker.format));
    let mut asked = 0;
    // Each count with its neighbours.
    for played in &played {
        let near = |own: &&WaveFormat| (1..=2).contains(&own.channels.abs_diff(played.channels));
        for recorded in recorded.iter().filter(near) {
            let shared = played.mask & recorded.mask;
            let Some(highest) = shared.checked_ilog2() else { continue };
            let pair = Pair::new(context, *played, *recorded)?;
            let heard = in_time(context.system, || {
                at_position(context, &pair, highest)
                    .map_err(|why| Unmet::Wrong(format!("{played} to {recorded}: {why}")))
            })?;
            ensure(heard || !promised, || format!("{played} to {recorded}: nothing is heard"))?;
            asked += usize::from(heard);
        }
    }
    Ok(asked)
}

/// Plays at one speaker position. Returns whether anything is recorded.
fn at_position(context: &Context<'_>, pair: &Pair, position: u32) -> Result<bool, String> {
    let system = context.system;
    let (played, recorded) = (pair.speaker.format, pair.microphone.format);
    let channel_of = |mask: u32| (mask & ((1 << position) - 1)).count_ones();
    let mut frame = Vec::new();
    for channel in 0..u32::from(played.channels) {
        let value = if channel == channel_of(played.mask) { LOUDNESS } else { 0.0 };
        push(&mut frame, played, value);
    }
    let audio = frame.repeat(pair.speaker.period() as usize);
    let mut listener = Listener::open(system, &pair.microphone, Driving::Event)?;
    let mut players = [Player::open(system, &pair.speaker, Driving::Event, audio, true)?];
    players[0].run()?;
    pass(system, RECORDED, &mut players, Some(&mut listener))?;
    let levels: Vec<f64> = (0..recorded.channels)
        .map(|channel| listener.tail(channel, EXAMINED).map(|heard| heard[0].abs()))
        .collect::<Result<_, _>>()?;
    expect_in(&levels, position, channel_of(recorded.mask) as usize)
}

/// Checks that what was played at a speaker position, the number of its bit in masks, is heard in
/// the channel of that position.
/// Returns whether anything is heard.
fn expect_in(levels: &[f64], position: u32, channel: usize) -> Result<bool, String> {
    let heard = is_heard_in(levels, channel);
    ensure(heard != Some(false), || {
        format!("what is played at position {:#x} is heard as {levels:.3?}", 1u32 << position)
    })?;
    Ok(heard.is_some())
}

/// Whether a channel is as loud as any other one, and not much too quiet. None for silence.
fn is_heard_in(levels: &[f64], channel: usize) -> Option<bool> {
    let loudest = levels.iter().copied().fold(0.0, f64::max);
    let own = levels.get(channel).copied().unwrap_or_default();
    (loudest > 0.0).then_some(own >= loudest && own >= LOUDNESS / 4.0)
}

/// Pairs of formats with equal channels: each sample type with each, from the usual rate to another
/// one and back; only the types if there is one rate.
fn conversions(
    usual: WaveFormat,
    speaker: &[WaveFormat],
    microphone: &[WaveFormat],
) -> Vec<(WaveFormat, WaveFormat)> {
    let like = |formats: &[WaveFormat], rate: u32, kind: WaveFormat| {
        let wanted = WaveFormat { rate, channels: usual.channels, mask: usual.mask, ..kind };
        formats.contains(&wanted).then_some(wanted)
    };
    let types = sample_types(usual, speaker, microphone);
    let other_rates =
        |formats: &[WaveFormat]| rates(formats, usual).into_iter().find(|rate| *rate != usual.rate);
    let mut all = Vec::new();
    for played in &types {
        for recorded in &types {
            let up = other_rates(speaker).and_then(|rate| like(speaker, rate, *played));
            let down = other_rates(microphone).and_then(|rate| like(microphone, rate, *recorded));
            let usual_played = like(speaker, usual.rate, *played);
            let usual_recorded = like(microphone, usual.rate, *recorded);
            all.extend(up.zip(usual_recorded));
            all.extend(usual_played.zip(down));
            if up.is_none() && down.is_none() && played != recorded {
                all.extend(usual_played.zip(usual_recorded));
            }
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::melody::STEREO;

    #[test]
    fn the_middle_of_a_pulse_is_where_it_was_put() {
        let (audio, at) = pulse(STEREO);
        let all = super::super::through::samples(STEREO, &audio);
        let left: Vec<f64> = all.into_iter().step_by(2).collect();
        let found = middle(&left, STEREO.rate).unwrap();
        assert!((found - at).abs() < 1e-6, "{found}, not {at}");
        // As much as one sample of full scale is none.
        assert_eq!(middle(&[1.0 / 64.0; 64], STEREO.rate), None);
        assert_eq!(middle(&[0.0, 1.25, 0.0], 8), Some(0.125));
    }

    #[test]
    fn a_sine_is_found_with_what_is_beside_it() {
        let turns = 1.0 / 64.0;
        let wave = |at: usize| 0.5 * (TAU * turns * at as f64 + 1.0).sin() + 0.1;
        let mut recording: Vec<f64> = (0..6400).map(wave).collect();
        let (amplitude, rest) = sine(&recording, turns);
        assert!((amplitude - 0.5).abs() < 1e-9 && rest < 1e-9);
        recording.iter_mut().step_by(2).for_each(|value| *value += 0.01);
        let (_, rest) = sine(&recording, turns);
        assert!((rest - 0.01414).abs() < 1e-3, "{rest}");
    }

    #[test]
    fn a_sine_may_be_a_little_off_and_have_a_little_beside_it() {
        let by = |decibels: f64| LOUDNESS * 10f64.powf(decibels / 20.0);
        assert!(
            [-0.0499, 0.0, 0.0499].into_iter().all(|off| is_the_sine(by(off), RESIDUE).is_ok())
        );
        assert!([-0.0501, 0.0501].into_iter().all(|off| is_the_sine(by(off), 0.0).is_err()));
        assert!(is_the_sine(LOUDNESS, RESIDUE * 1.001).is_err());
        // Nothing was recorded.
        assert!(is_the_sine(0.0, 0.0).is_err() && is_the_sine(f64::NAN, f64::NAN).is_err());
    }

    #[test]
    fn a_latency_may_be_a_frame_and_a_half_off() {
        let off = |frames: f64| is_as_reported(0.01 + frames / 8_000.0, 0.01, 8_000);
        assert!(off(1.4) && off(-1.4) && !off(1.6) && !off(-1.6));
    }

    #[test]
    fn the_worst_latency_is_told_wherever_it_is() {
        assert_eq!(latencies(20e-6, None), ", off by 20 us at most");
        for (ends, pins) in [(20e-6, [0.0, 0.0]), (0.0, [20e-6, 0.0]), (10e-6, [10e-6, 20e-6])] {
            let said = ", host and offload pin to the loopback pin, off by 20 us at most";
            assert_eq!(latencies(ends, Some(pins)), said);
        }
    }

    #[test]
    fn only_a_cable_that_promises_no_conversion_is_silent_and_at_unequal_rates() {
        assert!(may_be_silent(48_000, 24_000, false) && may_be_silent(24_000, 48_000, false));
        assert!(!may_be_silent(48_000, 24_000, true));
        assert!(!may_be_silent(24_000, 24_000, false) && !may_be_silent(24_000, 24_000, true));
    }

    #[test]
    fn every_rate_is_paired_with_itself_and_the_usual_one() {
        let found = pairs(&[48, 44, 96], &[48, 44, 8]);
        // The last two are neighbours in the lists.
        let all = [(48, 48), (44, 44), (44, 48), (96, 48), (48, 44), (48, 8), (96, 44), (44, 8)];
        assert_eq!(found, all);
        assert_eq!(pairs(&[48, 44, 96], &[48, 44])[4..], [(48, 44)]);
    }

    #[test]
    fn sample_types_are_converted_with_rates_if_there_are_several() {
        let long = WaveFormat { bits: 32, valid_bits: 32, ..STEREO };
        let [half, long_half] = [STEREO, long].map(|own| WaveFormat { rate: 24_000, ..own });
        let fast = WaveFormat { rate: 96_000, ..STEREO };
        let found = |played: &[_], recorded: &[_]| conversions(STEREO, played, recorded);
        assert_eq!(found(&[STEREO, half], &[STEREO]), [(half, STEREO)]);
        assert_eq!(found(&[STEREO], &[fast, STEREO]), [(STEREO, fast)]);
        assert_eq!(found(&[STEREO, half], &[STEREO, fast]), [(half, STEREO), (STEREO, fast)]);
        assert_eq!(found(&[STEREO, long], &[long, STEREO]), [(STEREO, long), (long, STEREO)]);
        let all = [(half, STEREO), (half, long), (long_half, STEREO), (long_half, long)];
        assert_eq!(found(&[STEREO, long, half, long_half], &[STEREO, long]), all);
    }

    #[test]
    fn each_number_of_channels_with_speaker_positions_is_there_once() {
        let [mono, quad, other] = [(1, 4), (4, 0x33), (4, 0xF)]
            .map(|(channels, mask)| WaveFormat { channels, mask, ..STEREO });
        let fast = WaveFormat { rate: 96_000, channels: 6, mask: 0x3F, ..STEREO };
        let bare = WaveFormat { channels: 3, mask: 0, ..STEREO };
        let found = by_channels(&[quad, fast, bare, STEREO, other, mono], STEREO);
        assert_eq!(found, [mono, STEREO, quad]);
    }

    #[test]
    fn a_channel_is_heard_if_none_is_louder_and_it_is_not_too_quiet() {
        assert_eq!(is_heard_in(&[0.0, 0.0], 1), None);
        for (levels, is_heard) in [
            ([0.0, 0.5], true),
            ([0.5, 0.5], true),
            ([0.51, 0.5], false),
            ([0.5, 0.0], false),
            ([0.0, 0.125], true),
            ([0.0, 0.124], false),
        ] {
            assert_eq!(is_heard_in(&levels, 1), Some(is_heard), "{levels:?}");
        }
        assert_eq!(is_heard_in(&[0.5], 1), Some(false));
        assert_eq!([[0.0; 2], [0.0, 0.5]].map(|own| expect_in(&own, 3, 1)), [Ok(false), Ok(true)]);
        let wrong = "what is played at position 0x8 is heard as [0.500, 0.000]";
        assert_eq!(expect_in(&[0.5, 0.0], 3, 1), Err(wrong.to_owned()));
    }

    #[test]
    fn padding_is_zero() {
        let format = WaveFormat { bits: 32, valid_bits: 24, ..STEREO };
        assert!(padding(format, &[0, 1, 2, 3, 0, 9, 9, 9]).is_ok());
        assert!(padding(format, &[1, 1, 2, 3]).is_err());
        assert!(padding(STEREO, &[1, 1]).is_ok());
    }
}
