//! The engine between two rates, and other resamplers, in one run.
//!
//! `cargo bench -p vdma-bench --bench resamplers --profile bench-image`. Stereo float, 10 ms at a
//! time. The engine's row is its whole cable: two ticks at both ends, ring, packets. The others'
//! are the call that resamples, and nothing else. Each row says what it measured of itself in the
//! same run: the level of a sine at 0.47 of the lower rate; what is left besides it of a sine that
//! the lower rate cannot carry (0.53 of it, from a higher rate), or of that at 0.47 (images, from a
//! lower rate); and how much later an impulse comes out, which for some is a matter of the 10 ms at
//! a time as well.
//!
//! rubato is a library of this build. soxr is a C library that is looked for when this runs; where
//! it is not there it is not run.

#[path = "shared/cable.rs"]
mod cable;
#[path = "../../vdma/tests/memory/mod.rs"]
mod memory;
#[path = "resamplers/soxr.rs"]
mod soxr;
#[path = "shared/turns.rs"]
mod turns;

use std::cell::RefCell;
use std::f64::consts::TAU;

use rubato::audioadapter_buffers::direct::InterleavedSlice;
use rubato::{
    Async, FixedAsync, Resampler, SincInterpolationParameters, SincInterpolationType,
    WindowFunction,
};
use vdma::channel::{CABLE_DELAY, Channel};
use vdma::format::{Format, SampleType};
use vdma::packets::Layout;
use vdma::position::Shared;
use vdma::source::Source;
use vdma::{PacketMemory, Qpc};

use crate::cable::{Cable, FREQUENCY};
use crate::memory::Memory;
use crate::turns::{Work, quartiles, take_turns};

const CHANNELS: usize = 2;

/// Makes frames of one rate from frames of another.
trait Resample {
    /// Takes 10 ms of interleaved stereo, and appends what comes out.
    fn pass(&mut self, packet: &[f32], out: &mut Vec<f32>);
    /// What it adds to its delay for other reasons, in seconds.
    fn besides(&self) -> f64 {
        0.0
    }
}

/// A speaker and a microphone of the engine.
struct Engine {
    cable: Cable,
    ends: [(Channel<Vec<u8>>, Shared, Memory); 2],
    bytes: Vec<u8>,
    packets: u64,
}

impl Engine {
    fn new(from: u32, to: u32) -> Self {
        let cable = Cable::new(256 * 1024);
        let end = |rate: u32, source| {
            let format = Format::new(SampleType::Float32, 2, 3, rate).expect("the engine knows it");
            let packet = rate as usize / 100 * format.block_align();
            let mut channel = Channel::new(format, 5_000, source);
            let shared = Shared::new(format);
            let layout = Layout::new(2, packet as u32, format.block_align());
            channel.set_packets(layout.expect("a good packet"), &shared);
            let memory = |bytes| Ok::<_, vdma::Error>(vec![0; bytes]);
            channel.prepare(&cable.wire, memory).expect("there is a place");
            channel.run(|| Qpc(FREQUENCY), &shared, &cable.clock, &cable.wire);
            (channel, shared, Memory(RefCell::new(vec![0; 2 * packet])))
        };
        let ends = [end(from, None), end(to, Some(Source::Cable))];
        Self { cable, ends, bytes: Vec::new(), packets: 0 }
    }
}

impl Resample for Engine {
    fn pass(&mut self, packet: &[f32], out: &mut Vec<f32>) {
        self.bytes.clear();
        self.bytes.extend(packet.iter().flat_map(|sample| sample.to_le_bytes()));
        let slot = self.packets as usize % 2 * self.bytes.len();
        let [(_, shared, memory), _] = &self.ends;
        memory.write(slot, &self.bytes);
        // The first packet is marked before anything moves, the others while the last one plays.
        let _ = shared.set_render_packet(self.packets as u32, None);
        self.cable.with(|endpoint| {
            for step in 0..2 {
                let now = FREQUENCY + (2 * self.packets + step) * FREQUENCY / 200;
                for (channel, shared, memory) in &mut self.ends {
                    channel.tick(Qpc(now), memory, shared, endpoint);
                }
            }
        });
        let (_, _, memory) = &self.ends[1];
        let memory = memory.0.borrow();
        let slot = self.packets as usize % 2 * (memory.len() / 2);
        let words = memory[slot..slot + memory.len() / 2].as_chunks::<4>().0;
        out.extend(words.iter().map(|word| f32::from_le_bytes(*word)));
        self.packets += 1;
    }

    fn besides(&self) -> f64 {
        CABLE_DELAY as f64 / 1e6
    }
}

/// rubato's windowed sine.
struct Rubato {
    resampler: Async<f32>,
    out: Vec<f32>,
}

impl Rubato {
    fn new(from: u32, to: u32, length: usize, window: WindowFunction) -> Self {
        let parameters = SincInterpolationParameters::new(length, window)
            .oversampling_factor(256)
            .interpolation(SincInterpolationType::Linear);
        let (ratio, chunk) = (f64::from(to) / f64::from(from), from as usize / 100);
        let resampler =
            Async::new_sinc(ratio, 1.0, &parameters, chunk, CHANNELS, FixedAsync::Input);
        let resampler = resampler.expect("good parameters");
        let out = vec![0.0; CHANNELS * resampler.output_frames_max()];
        Self { resampler, out }
    }
}

impl Resample for Rubato {
    fn pass(&mut self, packet: &[f32], out: &mut Vec<f32>) {
        let frames = self.out.len() / CHANNELS;
        let from = InterleavedSlice::new(packet, CHANNELS, packet.len() / CHANNELS);
        let to = InterleavedSlice::new_mut(&mut self.out, CHANNELS, frames);
        let (from, mut to) = (from.expect("whole frames"), to.expect("whole frames"));
        let done = self.resampler.process_into_buffer(&from, &mut to, None);
        let (_, made) = done.expect("buffers that are large enough");
        out.extend_from_slice(&self.out[..made * CHANNELS]);
    }
}

impl Resample for soxr::Soxr<'_> {
    fn pass(&mut self, packet: &[f32], out: &mut Vec<f32>) {
        self.process(packet, out);
    }
}

/// What becomes of a signal of `frames` frames, the same in both channels: the left one.
fn through(
    of: &mut dyn Resample,
    from: u32,
    frames: usize,
    signal: &dyn Fn(usize) -> f64,
) -> Vec<f64> {
    let signal: Vec<f32> = (0..frames).flat_map(|n| [signal(n) as f32; CHANNELS]).collect();
    let mut out = Vec::new();
    for packet in signal.chunks_exact(from as usize / 100 * CHANNELS) {
        of.pass(packet, &mut out);
    }
    out.chunks_exact(CHANNELS).map(|frame| f64::from(frame[0])).collect()
}

/// The level of a sine of `hertz` in `signal`, and the peak of what is left without it.
fn fit(signal: &[f64], rate: u32, hertz: f64) -> (f64, f64) {
    let phase = |n: usize| n as f64 * hertz / f64::from(rate) * TAU;
    // Least squares of a sine and a cosine.
    let [mut ss, mut sc, mut cc, mut sy, mut cy] = [0.0; 5];
    for (n, value) in signal.iter().enumerate() {
        let (sine, cosine) = phase(n).sin_cos();
        ss += sine * sine;
        sc += sine * cosine;
        cc += cosine * cosine;
        sy += sine * value;
        cy += cosine * value;
    }
    let below = ss * cc - sc * sc;
    let (a, b) = ((sy * cc - cy * sc) / below, (cy * ss - sy * sc) / below);
    let left = signal.iter().enumerate().map(|(n, value)| {
        let (sine, cosine) = phase(n).sin_cos();
        (value - a * sine - b * cosine).abs()
    });
    (a.hypot(b), left.fold(0.0, f64::max))
}

fn decibel(ratio: f64) -> f64 {
    20.0 * ratio.max(1e-9).log10()
}

/// Makes a resampler anew for each question.
type Make<'a> = Box<dyn Fn() -> Box<dyn Resample + 'a> + 'a>;

/// A way to resample.
type Way<'a> = (&'static str, Make<'a>);

/// Level at the end of the pass band and of the stop band in dB, and the delay in milliseconds.
fn quality(make: &Make<'_>, from: u32, to: u32) -> [f64; 3] {
    const LEVEL: f64 = 0.5;
    let lower = f64::from(from.min(to));
    let frames = from as usize;
    let sine = |part: f64| {
        let turn = lower * part / f64::from(from) * TAU;
        let heard = through(&mut *make(), from, frames, &|n| LEVEL * (n as f64 * turn).sin());
        // Away from both ends.
        heard[heard.len() / 4..heard.len() * 3 / 4].to_vec()
    };
    let (level, images) = fit(&sine(0.47), to, lower * 0.47);
    let left = if from > to {
        sine(0.53).iter().fold(0.0, |most: f64, value| most.max(value.abs()))
    } else {
        images
    };
    let at = frames / 2;
    let mut of = make();
    let pulse = through(&mut *of, from, frames, &|n| if n == at { LEVEL } else { 0.0 });
    let peak =
        pulse.iter().enumerate().max_by(|(_, one), (_, other)| one.abs().total_cmp(&other.abs()));
    let peak = peak.map_or(0, |(n, _)| n) as f64 / f64::from(to);
    // Some leave the silence of their delay out, and are as many frames short.
    let short = frames as f64 / f64::from(from) - pulse.len() as f64 / f64::from(to);
    let delay = peak + short.max(0.0) - at as f64 / f64::from(from) - of.besides();
    [decibel(level / LEVEL), decibel(left / LEVEL), delay * 1e3]
}

fn compare(from: u32, to: u32) {
    let library = soxr::Library::open();
    let mut ways: Vec<Way<'_>> = vec![
        ("the engine, as a whole cable", Box::new(move || Box::new(Engine::new(from, to)))),
        (
            "rubato, 128 taps, Blackman-Harris",
            Box::new(move || Box::new(Rubato::new(from, to, 128, WindowFunction::BlackmanHarris))),
        ),
        (
            "rubato, 256 taps, Blackman-Harris",
            Box::new(move || Box::new(Rubato::new(from, to, 256, WindowFunction::BlackmanHarris))),
        ),
    ];
    if let Some(library) = &library {
        let rates = (from, to);
        let high = move || Box::new(library.high_quality(rates)) as Box<dyn Resample + '_>;
        ways.push(("soxr, HQ", Box::new(high)));
        let equal =
            move || Box::new(library.with_bands(rates, 0.94, 1.06)) as Box<dyn Resample + '_>;
        ways.push(("soxr, HQ with the engine's bands", Box::new(equal)));
    }
    let mut noise = fastrand::Rng::with_seed(u64::from(from));
    let packet: Vec<f32> = (0..from as usize / 100 * CHANNELS).map(|_| noise.f32() - 0.5).collect();
    let mut works: Vec<Box<dyn FnMut() + '_>> = Vec::new();
    for (_, make) in &ways {
        let (packet, mut of, mut out) = (&packet, make(), Vec::new());
        works.push(Box::new(move || {
            out.clear();
            of.pass(packet, &mut out);
        }));
    }
    let mut works: Vec<Work<'_>> = works.iter_mut().map(|work| &mut **work as Work<'_>).collect();
    let found = take_turns(&mut works);
    println!(
        "{from} to {to} Hz: ms a second; to the engine (quartiles); at 0.47, left over, delay"
    );
    for ((name, make), times) in ways.iter().zip(&found) {
        let [_, nanoseconds, _] = quartiles(times.iter().copied());
        let ratios = times.iter().zip(&found[0]).map(|(own, engine)| own / engine);
        let [low, middle, high] = quartiles(ratios);
        let [pass, stop, delay] = quality(make, from, to);
        println!(
            "  {name:<34} {:>6.2} ms   {middle:>5.2} ({low:.2} to {high:.2})   {pass:>6.2} dB   \
             {stop:>7.1} dB   {delay:>5.2} ms",
            nanoseconds / 1e4
        );
    }
    if library.is_none() {
        println!("  soxr: not run, the library is not there");
    }
}

fn main() {
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    for (from, to) in [(44_100, 48_000), (48_000, 96_000), (48_000, 44_100)] {
        compare(from, to);
    }
}
