//! Measures a row and its yardstick in turns, batch by batch.

use std::time::Instant;

use crate::rows::Row;

/// The length of a batch in nanoseconds: short compared with a scheduler's time slice.
const BATCH: f64 = 60_000.0;

/// The measurements of a row.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Measured {
    /// Nanoseconds of one call, at best.
    pub(crate) nanoseconds: f64,
    /// The best call, to the best of what it is compared with.
    pub(crate) ratio: f64,
    /// Quartiles of the ratios of each round.
    pub(crate) quartiles: (f64, f64),
    /// The best call of the row's peer, to the best of what it is compared with.
    pub(crate) peer: Option<f64>,
    /// Nanoseconds of one call of the row's yardstick, at best.
    pub(crate) yardstick: f64,
}

/// Nanoseconds of one of `count` calls.
fn batch(count: u32, work: &mut dyn FnMut()) -> f64 {
    let start = Instant::now();
    for _ in 0..count {
        work();
    }
    start.elapsed().as_nanos() as f64 / f64::from(count)
}

/// How many calls are a batch.
fn calls(work: &mut dyn FnMut()) -> u32 {
    let mut count = 1;
    loop {
        let took = batch(count, work) * f64::from(count);
        if took >= BATCH / 2.0 || count >= 1 << 20 {
            return ((f64::from(count) * BATCH / took.max(1.0)) as u32).max(1);
        }
        count *= 2;
    }
}

/// Measures a row, in `rounds` turns.
pub(crate) fn measure(row: &Row, rounds: usize) -> Measured {
    let (mut work, mut other) = ((row.work)(), (row.against)());
    let mut yardstick = row.yardstick.work(row.format);
    let counts = (calls(&mut *work), calls(&mut *other));
    let (yards, mut shortest) = (calls(&mut *yardstick), f64::INFINITY);
    let mut peer = row.peer.as_ref().map(|peer| {
        let mut work = (peer.work)();
        (calls(&mut *work), work, f64::INFINITY)
    });
    let mut times = Vec::new();
    for _ in 0..rounds.max(2) {
        times.push((batch(counts.0, &mut *work), batch(counts.1, &mut *other)));
        shortest = shortest.min(batch(yards, &mut *yardstick));
        if let Some((count, work, least)) = &mut peer {
            *least = least.min(batch(*count, &mut **work));
        }
    }
    let least = |of: fn(&(f64, f64)) -> f64| times.iter().map(of).fold(f64::INFINITY, f64::min);
    let (nanoseconds, other) = (least(|own| own.0), least(|own| own.1));
    let mut ratios: Vec<f64> = times.iter().map(|(own, other)| own / other).collect();
    ratios.sort_by(f64::total_cmp);
    let at = |quarter: usize| ratios[(ratios.len() - 1) * quarter / 4];
    let peer = peer.map(|(.., least)| least / other);
    let (ratio, quartiles) = (nanoseconds / other, (at(1), at(3)));
    Measured { nanoseconds, ratio, quartiles, peer, yardstick: shortest }
}
