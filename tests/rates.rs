//! Ends of a cable at unequal rates, from the clients' view: the recording is the audio played, at
//! the other rate.

mod variants;

use std::time::Duration;

use acx_client::endpoint::{Endpoint, WaveFormat};
use acx_client::event::EventStream;
use acx_client::request::{get, number};
use acx_client::{Direction, System};
use acx_conform::play::{Player, Recorder};
use acx_host::Machine;
use acx_host::trace::TraceEvent;
use acx_sys::{
    AUDIO_SIGNALPROCESSINGMODE_RAW as RAW, KSPROPERTY_RTAUDIO_HWLATENCY, KSPROPSETID_RtAudio,
};

variants::test_each_form!(
    a_sine_arrives_at_the_other_rate,
    every_pair_of_rates_streams_without_a_glitch,
    latency_and_packet_register_are_what_the_engine_does
);

const fn float(rate: u32) -> WaveFormat {
    WaveFormat { float: true, channels: 1, mask: 4, rate, bits: 32, valid_bits: 32 }
}

fn open(machine: &Machine, direction: Direction, format: WaveFormat) -> EventStream {
    let endpoint = Endpoint::find(machine, direction).unwrap();
    EventStream::open(machine, &endpoint, format, &RAW, format.rate.div_ceil(100)).unwrap()
}

fn sine(format: WaveFormat, hertz: f64, seconds: f64) -> Vec<u8> {
    let frames = (f64::from(format.rate) * seconds) as u32;
    (0..frames)
        .flat_map(|frame| {
            let turns = f64::from(frame) * hertz / f64::from(format.rate);
            ((turns * std::f64::consts::TAU).sin() as f32 / 2.0).to_le_bytes()
        })
        .collect()
}

/// The microphone's recording at one rate while the speaker plays at another, and the stream's
/// reported delay in 100 ns.
fn through(from: WaveFormat, to: WaveFormat, audio: &[u8]) -> (Vec<f32>, u32) {
    let machine = Machine::builder().build();
    let (heard, findings) = variants::on_machine(&machine, |machine, _| {
        let mut recorder = Recorder::prepare(open(machine, Direction::Capture, to))?;
        let mut player = Player::prepare(open(machine, Direction::Render, from), audio)?;
        let (set, id) = (&KSPROPSETID_RtAudio, KSPROPERTY_RTAUDIO_HWLATENCY);
        let latency = get(recorder.stream.pin(), "the latency", set, id, &[])?;
        recorder.stream.run()?;
        player.stream.run()?;
        let events = [player.stream.event(), recorder.stream.event()];
        let mut heard = Vec::new();
        while !player.finished() {
            match machine.wait_any(&events, Duration::from_secs(1)) {
                Some(0) => player.service()?,
                Some(_) => recorder.service(|packet| heard.extend_from_slice(packet))?,
                None => panic!("nobody signals"),
            }
        }
        assert_eq!((player.glitches, recorder.glitches), (0, 0), "{from} -> {to}");
        Ok((heard, number(&latency, 8)))
    })
    .unwrap();
    assert_eq!(findings.count(), 0, "{findings:?}");
    let warnings = machine.take_trace().filter(TraceEvent::is_warning);
    assert_eq!(warnings.collect::<Vec<_>>(), [], "{from} -> {to}");
    let samples = heard.0.as_chunks::<4>().0.iter().map(|sample| f32::from_le_bytes(*sample));
    (samples.collect(), heard.1)
}

fn a_sine_arrives_at_the_other_rate() {
    for (from, to) in [(48_000, 44_100), (44_100, 48_000), (192_000, 16_000), (8_000, 96_000)] {
        let (from, to) = (float(from), float(to));
        let (heard, delay) = through(from, to, &sine(from, 1_000.0, 0.5));
        // The frame in which the tone begins is the one that the stream's latency says, give or
        // take the last one of rounding.
        let lag = f64::from(delay) * f64::from(to.rate) / 10_000_000.0;
        let steady = 2 * lag as usize + to.rate as usize / 20;
        let expected = |index: usize, shift: f64| {
            let turns = (index as f64 - lag.floor() - shift) * 1_000.0 / f64::from(to.rate);
            (turns * std::f64::consts::TAU).sin() / 2.0
        };
        let off = |shift: f64| {
            let errors = heard.iter().enumerate().skip(steady).take(to.rate as usize / 10);
            errors.fold(0.0_f64, |worst, (index, value)| {
                worst.max((f64::from(*value) - expected(index, shift)).abs())
            })
        };
        let best = [-1.0, 0.0, 1.0].into_iter().map(off).fold(f64::MAX, f64::min);
        assert!(best < 5e-5, "{from} -> {to}: off by {best}");
    }
}

fn every_pair_of_rates_streams_without_a_glitch() {
    const RATES: [u32; 6] = [44_100, 48_000, 88_200, 96_000, 176_400, 192_000];
    for from in RATES {
        for to in RATES {
            let (from, to) = (float(from), float(to));
            let (heard, _) = through(from, to, &sine(from, 440.0, 0.08));
            let loudest = heard.iter().fold(0.0_f32, |most, value| most.max(value.abs()));
            assert!((0.49..0.51).contains(&loudest), "{from} -> {to}: {loudest}");
        }
    }
}

/// KSRTAUDIO_HWLATENCY says what the engine does: a step ahead, at most half a packet, and the
/// cable's delay at the microphone. The packet register counts completed packets, each with the
/// moment at which it was full.
fn latency_and_packet_register_are_what_the_engine_does() {
    for (step, period, fifo_frames) in [(5_000, 480, 240), (2_000, 480, 96), (5_000, 96, 48)] {
        let machine = Machine::builder().build();
        machine.set_registry("StepMicroseconds", step);
        let ((), findings) = variants::on_machine(&machine, |machine, _| {
            for (direction, delay) in [(Direction::Render, 0), (Direction::Capture, 100_000)] {
                let endpoint = Endpoint::find(machine, direction)?;
                let stream = EventStream::open(machine, &endpoint, float(48_000), &RAW, period)?;
                let (set, id) = (&KSPROPSETID_RtAudio, KSPROPERTY_RTAUDIO_HWLATENCY);
                let latency = get(stream.pin(), "the latency", set, id, &[])?;
                assert_eq!(number(&latency, 0), 4 * fifo_frames, "{direction:?}, step {step}");
                assert_eq!(number(&latency, 8), delay, "{direction:?}");
                assert_eq!(stream.completed(), (0, 0));
                stream.prepare()?;
                stream.run()?;
                let began = machine.qpc();
                let packet = machine.qpc_frequency() * u64::from(period) / 48_000;
                for count in 1..=10 {
                    assert!(machine.wait_any(&[stream.event()], Duration::from_secs(1)).is_some());
                    assert_eq!(stream.completed(), (count, began + count * packet));
                }
            }
            Ok(())
        })
        .unwrap();
        assert_eq!(findings.count(), 0, "{findings:?}");
    }
}
