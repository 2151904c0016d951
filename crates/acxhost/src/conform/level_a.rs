//! Level A: the conditions of Microsoft's published tests; their warnings are failures here.

use std::time::Duration;

use acx_host::Machine;
use acx_host::client::Direction;
use acx_host::client::endpoint::{Endpoint, WaveFormat, preferred_format};
use acx_host::client::event::EventStream;
use acx_host::client::request::{get, pin};
use acx_host::client::timer::TimerStream;
use acx_host::machine::DeviceNode;
use acx_sys::*;

use super::{Broken, Case, Checked, Level, ensure};
use crate::melody::STEREO;
use crate::play::{open_event, open_event_at, period_frames};

macro_rules! cases {
    ($($id:literal $check:expr, $sentence:literal;)*) => {
        &[$(Case { id: $id, level: Level::A, sentence: $sentence, check: $check }),*]
    };
}

pub(super) const CASES: &[Case] = cases! {
    "Q1" Some(modes), "the modes of every host pin answer a size query, then data";
    "Q2" Some(modes), "the size of the mode list less its header is a multiple of 16";
    "Q3" Some(raw_or_default), "every host pin lists RAW or DEFAULT";
    "Q4" None, "offload formats";
    "Q5" Some(preferred), "the preferred format is in the list of its mode";
    "Q6" Some(ten_milliseconds), "a period of 10 ms is accepted for every format";
    "Q7" Some(instances), "the instance counts follow the open pins";
    "Q9" Some(event_driven), "every endpoint streams event driven";
    "S1" Some(life), "open, buffer and event succeed";
    "S2" Some(life), "start succeeds";
    "S3" Some(life), "stop succeeds";
    "S4" Some(life), "reset succeeds, and the next start as well";
    "W1" Some(state_control), "position moves in Run, stands in Pause, is zero in Stop, and moves again";
    "W2" Some(smallest), "W1's running part at the smallest period";
    "W3" Some(largest), "W1's running part at the largest period";
    "W4" Some(every_format), "W1's running part for every format";
    "W5" None, "two modes of one pin at once";
    "W6" None, "W1 on the loopback pin while the host pin plays";
    "W7" None, "W4 on the loopback pin while the host pin plays";
    "K1" Some(jitter), "drift and jitter of the position against its stamp";
    "K2" Some(latency), "the position starts in time and is never ahead of real time";
};

const DIRECTIONS: [Direction; 2] = [Direction::Render, Direction::Capture];

/// A stream of either packet mode, as far as positions and states go.
enum Stream {
    Event(EventStream),
    Timer(TimerStream),
}

impl Stream {
    /// Both packet modes of an endpoint in turn.
    fn both(
        machine: &Machine,
        direction: Direction,
        period_ms: u32,
        check: impl FnMut(Self) -> Result<(), Broken>,
    ) -> Result<(), Broken> {
        let endpoint = Endpoint::find(machine, direction)?;
        Self::both_at(machine, &endpoint, STEREO, period_ms, check)
    }

    /// The same with a format of one's own.
    fn both_at(
        machine: &Machine,
        endpoint: &Endpoint,
        format: WaveFormat,
        period_ms: u32,
        mut check: impl FnMut(Self) -> Result<(), Broken>,
    ) -> Result<(), Broken> {
        check(Self::Event(open_event_at(machine, endpoint, format, period_ms)?))?;
        let frames = period_frames(format, period_ms);
        let mode = &AUDIO_SIGNALPROCESSINGMODE_RAW;
        check(Self::Timer(TimerStream::open(endpoint, format, mode, frames)?))
    }

    fn set(&mut self, states: &[i32]) -> Result<(), Broken> {
        let pin = match self {
            Self::Event(stream) => stream.pin(),
            Self::Timer(stream) => stream.pin(),
        };
        for state in states {
            acx_host::client::request::set_state(pin, *state)?;
        }
        Ok(())
    }

    fn position(&self) -> Result<(u64, u64), Broken> {
        Ok(match self {
            Self::Event(stream) => stream.position()?,
            Self::Timer(stream) => stream.position()?,
        })
    }
}

const START: [i32; 3] = [KSSTATE::KSSTATE_ACQUIRE, KSSTATE::KSSTATE_PAUSE, KSSTATE::KSSTATE_RUN];
const STOP: [i32; 3] = [KSSTATE::KSSTATE_PAUSE, KSSTATE::KSSTATE_ACQUIRE, KSSTATE::KSSTATE_STOP];

fn milliseconds(count: u64) -> Duration {
    Duration::from_millis(count)
}

/// W1's running part: ten times 50 ms, and the position is another each time.
fn moves(machine: &Machine, stream: &Stream) -> Result<(), Broken> {
    machine.sleep(milliseconds(100));
    let mut before = stream.position()?.0;
    for _ in 0..10 {
        machine.sleep(milliseconds(50));
        let now = stream.position()?.0;
        ensure(now > before, || format!("the position stands at {now} in Run"))?;
        before = now;
    }
    Ok(())
}

fn modes(machine: &Machine, _: &DeviceNode<'_>) -> Checked {
    let mut figures = Vec::new();
    for direction in DIRECTIONS {
        let endpoint = Endpoint::find(machine, direction)?;
        let id = endpoint.host_pin()?.id;
        let set = &KSPROPSETID_AudioSignalProcessing;
        let property = KSPROPERTY_AUDIOSIGNALPROCESSING_MODES;
        // Asks for the size first, then for the data.
        let list = get(&endpoint.filter, "the modes", set, property, &pin(id))?;
        ensure(list.len() > 8 && (list.len() - 8) % 16 == 0, || format!("{} bytes", list.len()))?;
        figures.push(format!("{} modes", (list.len() - 8) / 16));
    }
    Ok(figures.join(", "))
}

fn raw_or_default(machine: &Machine, _: &DeviceNode<'_>) -> Checked {
    let known = [AUDIO_SIGNALPROCESSINGMODE_RAW, AUDIO_SIGNALPROCESSINGMODE_DEFAULT];
    let known = known.map(|guid| super::guid_bytes(&guid));
    for direction in DIRECTIONS {
        let endpoint = Endpoint::find(machine, direction)?;
        let modes = &endpoint.host_pin()?.modes;
        let listed = modes.iter().any(|(mode, _)| known.contains(mode));
        ensure(listed, || format!("{} lists neither", endpoint.name()))?;
    }
    Ok(String::new())
}

fn preferred(machine: &Machine, _: &DeviceNode<'_>) -> Checked {
    let mut figures = Vec::new();
    for direction in DIRECTIONS {
        let endpoint = Endpoint::find(machine, direction)?;
        let pin = endpoint.host_pin()?;
        for (mode, formats) in &pin.modes {
            let format = preferred_format(&endpoint.filter, pin.id, mode)?;
            ensure(formats.contains(&format), || format!("{format} is not listed"))?;
            figures.push(format.to_string());
        }
    }
    figures.dedup();
    Ok(figures.join("; "))
}

fn ten_milliseconds(machine: &Machine, _: &DeviceNode<'_>) -> Checked {
    let mut count = 0;
    for direction in DIRECTIONS {
        let endpoint = Endpoint::find(machine, direction)?;
        for format in endpoint.host_pin()?.modes.iter().flat_map(|(_, formats)| formats) {
            open_event_at(machine, &endpoint, *format, 10)?;
            count += 1;
        }
    }
    Ok(format!("{count} formats"))
}

fn instances(machine: &Machine, _: &DeviceNode<'_>) -> Checked {
    for direction in DIRECTIONS {
        let open = || -> Result<u32, Broken> {
            Ok(Endpoint::find(machine, direction)?.host_pin()?.instances.1)
        };
        ensure(open()? == 0, || "a pin counts as open before any was opened".to_owned())?;
        let first = open_event(machine, direction, STEREO, 10)?;
        let second = open_event(machine, direction, STEREO, 10)?;
        let both = open()?;
        ensure(both == 2, || format!("two pins are open and {both} are counted"))?;
        drop((first, second));
        let none = open()?;
        ensure(none == 0, || format!("all pins are closed and {none} are counted"))?;
        let endpoint = Endpoint::find(machine, direction)?;
        let bridge = endpoint.pins.iter().find(|pin| !pin.is_streaming);
        let possible = bridge.map_or(0, |pin| pin.instances.0);
        ensure(possible == 0, || "the bridge pin looks as if it could be opened".to_owned())?;
    }
    Ok("0, 2, 0".to_owned())
}

fn event_driven(machine: &Machine, _: &DeviceNode<'_>) -> Checked {
    for direction in DIRECTIONS {
        let stream = open_event(machine, direction, STEREO, 10)?;
        let event = stream.event();
        let mut stream = Stream::Event(stream);
        stream.set(&START)?;
        for packet in 0..10 {
            let woken = machine.wait_any(&[event], milliseconds(100));
            ensure(woken.is_some(), || format!("no event for packet {packet}"))?;
        }
        stream.set(&STOP)?;
    }
    Ok("10 events at each end".to_owned())
}

fn life(machine: &Machine, _: &DeviceNode<'_>) -> Checked {
    for direction in DIRECTIONS {
        Stream::both(machine, direction, 10, |mut stream| {
            for _ in 0..3 {
                stream.set(&START)?;
                machine.sleep(milliseconds(35));
                stream.set(&STOP)?;
            }
            Ok(())
        })?;
    }
    Ok("3 rounds at each end, both packet modes".to_owned())
}

fn state_control(machine: &Machine, _: &DeviceNode<'_>) -> Checked {
    for direction in DIRECTIONS {
        Stream::both(machine, direction, 10, |mut stream| {
            for _ in 0..2 {
                stream.set(&START)?;
                moves(machine, &stream)?;
                stream.set(&[KSSTATE::KSSTATE_PAUSE])?;
                let held = stream.position()?.0;
                for _ in 0..10 {
                    machine.sleep(milliseconds(50));
                    let now = stream.position()?.0;
                    ensure(now == held, || format!("moved from {held} to {now} in Pause"))?;
                }
                stream.set(&STOP[1..])?;
                for _ in 0..10 {
                    machine.sleep(milliseconds(50));
                    let now = stream.position()?.0;
                    ensure(now == 0, || format!("position {now} in Stop"))?;
                }
            }
            Ok(())
        })?;
    }
    Ok("2 rounds at each end, both packet modes".to_owned())
}

fn at_period(machine: &Machine, period_ms: u32) -> Checked {
    for direction in DIRECTIONS {
        Stream::both(machine, direction, period_ms, |mut stream| {
            stream.set(&START)?;
            moves(machine, &stream)?;
            stream.set(&STOP)
        })?;
    }
    Ok(format!("{period_ms} ms"))
}

/// The driver publishes no limits of the period yet, so these are the suite's own.
fn smallest(machine: &Machine, _: &DeviceNode<'_>) -> Checked {
    at_period(machine, 3)
}

fn largest(machine: &Machine, _: &DeviceNode<'_>) -> Checked {
    at_period(machine, 500)
}

fn every_format(machine: &Machine, _: &DeviceNode<'_>) -> Checked {
    let mut count = 0;
    for direction in DIRECTIONS {
        let endpoint = Endpoint::find(machine, direction)?;
        let mode = endpoint.host_pin()?.modes.first().cloned();
        for format in mode.into_iter().flat_map(|(_, formats)| formats) {
            Stream::both_at(machine, &endpoint, format, 10, |mut stream| {
                stream.set(&START)?;
                moves(machine, &stream)?;
                stream.set(&STOP)
            })
            .map_err(|Broken(why)| Broken(format!("{format}: {why}")))?;
            count += 1;
        }
    }
    Ok(format!("{count} formats, both packet modes"))
}

fn jitter(machine: &Machine, _: &DeviceNode<'_>) -> Checked {
    let frequency = machine.qpc_frequency() as f64;
    let (mut worst_rate, mut worst) = (0.0_f64, 0.0_f64);
    for direction in DIRECTIONS {
        Stream::both(machine, direction, 10, |mut stream| {
            stream.set(&START)?;
            machine.sleep(milliseconds(100));
            let mut samples = Vec::new();
            for _ in 0..100 {
                machine.sleep(milliseconds(10));
                let (frames, qpc) = stream.position()?;
                samples.push((qpc as f64 / frequency, frames as f64 / f64::from(STEREO.rate)));
            }
            stream.set(&STOP)?;
            let count = samples.len() as f64;
            let mean = |pick: fn(&(f64, f64)) -> f64| samples.iter().map(pick).sum::<f64>() / count;
            let (x, y) = (mean(|sample| sample.0), mean(|sample| sample.1));
            let products = samples.iter().map(|(a, b)| (a - x) * (b - y)).sum::<f64>();
            let squares = samples.iter().map(|(a, _)| (a - x).powi(2)).sum::<f64>();
            let rate = products / squares;
            worst_rate = worst_rate.max((rate - 1.0).abs());
            let late: Vec<f64> = samples.iter().map(|(a, b)| (a - x - (b - y)) * 1000.0).collect();
            let largest = late.iter().fold(0.0_f64, |most, late| most.max(late.abs()));
            let deviation = (late.iter().map(|late| late * late).sum::<f64>() / count).sqrt();
            worst = worst.max(largest);
            ensure((rate - 1.0).abs() < 0.01, || format!("rate error {}", rate - 1.0))?;
            ensure(largest < 4.0 && deviation < 1.0, || format!("{largest} ms late at most"))
        })?;
    }
    Ok(format!("rate off by {worst_rate:.1e}, jitter {worst:.4} ms at most"))
}

fn latency(machine: &Machine, _: &DeviceNode<'_>) -> Checked {
    let frequency = machine.qpc_frequency() as f64;
    let mut worst = 0.0_f64;
    for direction in DIRECTIONS {
        Stream::both(machine, direction, 10, |mut stream| {
            stream.set(&START)?;
            let began = machine.qpc();
            for _ in 0..500 {
                machine.sleep(milliseconds(1));
                let (frames, qpc) = stream.position()?;
                let elapsed = (qpc - began) as f64 / frequency * 1000.0;
                let behind = elapsed - frames as f64 / f64::from(STEREO.rate) * 1000.0;
                // A frame is whole: the line and the position may differ by less than one.
                ensure(behind > -0.021, || format!("{} ms ahead of real time", -behind))?;
                worst = worst.max(behind);
            }
            stream.set(&STOP)
        })?;
    }
    ensure(worst <= 20.0, || format!("{worst:.3} ms behind real time"))?;
    Ok(format!("{worst:.3} ms behind real time at most"))
}
