//! Contestants take turns, round by round, so that whatever else the machine does hits all of them:
//! a ratio is the median over the rounds.

use std::time::Instant;

/// Rounds of a comparison; odd, so that there is one in the middle.
pub(crate) const ROUNDS: usize = 101;

/// What a contestant does over and over.
pub(crate) type Work<'a> = &'a mut dyn FnMut();

/// Nanoseconds that each of `works` takes, round by round, each in turn first.
pub(crate) fn take_turns(works: &mut [Work<'_>]) -> Vec<Vec<f64>> {
    let time = |work: &mut Work<'_>, times: u32| {
        let start = Instant::now();
        (0..times).for_each(|_| work());
        start.elapsed().as_nanos() as f64 / f64::from(times)
    };
    // About half a millisecond each: short beside what a scheduler gives, long beside what a clock
    // costs.
    let times: Vec<u32> = works
        .iter_mut()
        .map(|work| (500_000.0 / time(work, 200)).clamp(10.0, 1e6) as u32)
        .collect();
    let mut found = vec![Vec::with_capacity(ROUNDS); works.len()];
    for round in 0..ROUNDS {
        for turn in 0..works.len() {
            let index = (round + turn) % works.len();
            found[index].push(time(&mut works[index], times[index]));
        }
    }
    found
}

/// Lower quartile, median and upper quartile.
pub(crate) fn quartiles(values: impl Iterator<Item = f64>) -> [f64; 3] {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    [1, 2, 3].map(|quarter| values[(values.len() - 1) * quarter / 4])
}
