//! The cost of a stream among many.
//!
//! Packets of 1 ms of 16 bit stereo at 48 kHz, half of the streams at speakers and half at
//! microphones, on up to 16 cables, one tick each half millisecond. The rows take turns.

use vdma::format::{Format, SampleType};

use crate::cable::FREQUENCY;
use crate::rig::Rig;
use crate::turns::{Work, quartiles, take_turns};

/// Streams, at speakers and microphones together.
const STREAMS: [usize; 8] = [2, 4, 8, 16, 32, 64, 128, 256];
const CABLES: usize = 16;

fn rigs(streams: usize) -> Vec<Rig> {
    let format = Format::new(SampleType::Int16, 2, 3, 48_000).expect("the engine knows it");
    let pairs = streams / 2;
    let cables = pairs.min(CABLES);
    let ends = [pairs / cables; 2];
    (0..cables).map(|_| Rig::with_packets(format, format, ends, true, 1)).collect()
}

pub(crate) fn compare() {
    let mut works: Vec<Box<dyn FnMut()>> = STREAMS
        .into_iter()
        .map(|streams| {
            let mut rigs = rigs(streams);
            Box::new(move || rigs.iter_mut().for_each(|rig| rig.tick(FREQUENCY / 2000)))
                as Box<dyn FnMut()>
        })
        .collect();
    let mut works: Vec<Work<'_>> = works.iter_mut().map(|work| &mut **work as Work<'_>).collect();
    let found = take_turns(&mut works);
    println!("half a millisecond of n streams; of one of them, to one of two (quartiles)");
    for (streams, times) in STREAMS.into_iter().zip(&found) {
        let [_, whole, _] = quartiles(times.iter().copied());
        let first = found[0].iter().map(|first| first / 2.0);
        let ratios = times.iter().zip(first).map(|(own, first)| own / streams as f64 / first);
        let [low, middle, high] = quartiles(ratios);
        println!("  {streams:>4} {whole:>9.1} ns   {middle:.2} ({low:.2} to {high:.2})");
    }
}
