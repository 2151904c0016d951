//! Where a pattern is in a recording: normalised cross-correlation.

/// A peak below this may be chance: noise of [`FRAMES`](crate::pattern::FRAMES) frames correlates
/// with a pattern it does not hold by 0.02 (one sigma), and a second of it by 0.1 at its best.
pub const LEAST_PEAK: f32 = 0.2;

/// The next best place, away from the peak, must correlate less than this part of the peak.
pub const MOST_RIVAL: f32 = 0.5;

/// So many frames around the peak belong to it: what resamplers and near reflections smear.
const SMEAR: usize = 512;

/// Below this mean power (-120 dB) a stretch is silence, in which nothing is found.
const SILENCE: f64 = 1e-12;

/// What the search says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Found {
    /// It is there, once.
    Heard {
        /// The frame it begins at.
        at: usize,
        /// How alike: 1 is the pattern itself.
        peak: f32,
        /// It came back upside down.
        inverted: bool,
    },
    /// It is not there, or could be in two places.
    NotHeard {
        /// How alike the best place is.
        peak: f32,
        /// How alike the next best is.
        rival: f32,
    },
}

/// Looks for `pattern` in `recording`, both mono. Takes one multiplication for each frame of one
/// and each frame of the other.
pub fn find(recording: &[f32], pattern: &[f32]) -> Found {
    let alike = correlations(recording, pattern);
    let best = |skip: std::ops::Range<usize>| {
        let candidates = alike.iter().enumerate().filter(|(at, _)| !skip.contains(at));
        candidates.max_by(|(_, a), (_, b)| a.abs().total_cmp(&b.abs())).map(|(at, &one)| (at, one))
    };
    let Some((at, peak)) = best(0..0) else {
        return Found::NotHeard { peak: 0.0, rival: 0.0 };
    };
    let rival = best(at.saturating_sub(SMEAR)..at + SMEAR + 1).map_or(0.0, |(_, one)| one.abs());
    if peak.abs() >= LEAST_PEAK && rival < peak.abs() * MOST_RIVAL {
        Found::Heard { at, peak: peak.abs(), inverted: peak < 0.0 }
    } else {
        Found::NotHeard { peak: peak.abs(), rival }
    }
}

/// How alike the recording is to the pattern from each frame on, -1 to 1.
fn correlations(recording: &[f32], pattern: &[f32]) -> Vec<f32> {
    let length = pattern.len();
    if length == 0 || recording.len() < length {
        return Vec::new();
    }
    // A microphone's offset would count as likeness to everything.
    let mean = recording.iter().map(|&one| f64::from(one)).sum::<f64>() / recording.len() as f64;
    let recording: Vec<f32> = recording.iter().map(|&one| one - mean as f32).collect();
    let pattern_energy = energy(pattern);
    let mut stretch_energy = energy(&recording[..length]);
    let mut alike = Vec::with_capacity(recording.len() - length + 1);
    for (at, stretch) in recording.windows(length).enumerate() {
        if at > 0 {
            let (left, came) = (recording[at - 1], recording[at + length - 1]);
            stretch_energy += f64::from(came) * f64::from(came) - f64::from(left) * f64::from(left);
        }
        let silent = stretch_energy <= SILENCE * length as f64 || pattern_energy <= 0.0;
        alike.push(if silent {
            0.0
        } else {
            (f64::from(dot(stretch, pattern)) / (stretch_energy * pattern_energy).sqrt()) as f32
        });
    }
    alike
}

fn energy(samples: &[f32]) -> f64 {
    samples.iter().map(|&one| f64::from(one) * f64::from(one)).sum()
}

/// Eight sums side by side, which is what a processor's vector unit wants to see.
fn dot(a: &[f32], b: &[f32]) -> f32 {
    let mut sums = [0.0_f32; 8];
    let (a, b) = (a.chunks_exact(8), b.chunks_exact(8));
    let rest: f32 = a.remainder().iter().zip(b.remainder()).map(|(a, b)| a * b).sum();
    for (a, b) in a.zip(b) {
        for (sum, (a, b)) in sums.iter_mut().zip(a.iter().zip(b)) {
            *sum += a * b;
        }
    }
    sums.iter().sum::<f32>() + rest
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pattern::{FRAMES, burst};
    use wasapi_client::format::Sample;
    use wasapi_client::samples::to_mono;

    fn pattern(round: u32) -> Vec<f32> {
        let format = Sample::Float32.format(48_000, 1);
        to_mono(Sample::Float32, 1, &burst(format, round))
    }

    /// The pattern at a frame of a longer recording, as loud as `gain`, in noise as loud as `noise`
    /// against it.
    fn recorded(at: usize, gain: f32, noise: f32) -> Vec<f32> {
        let hiss = (100..104).flat_map(pattern);
        let mut recording: Vec<f32> = hiss.map(|one| one * noise * gain).collect();
        for (heard, played) in recording[at..].iter_mut().zip(pattern(0)) {
            *heard += played * gain;
        }
        recording
    }

    #[test]
    fn a_pattern_is_found_where_it_is() {
        for at in [0, 1, 777, 3 * FRAMES] {
            let mut recording = vec![0.0; 4 * FRAMES];
            recording[at..at + FRAMES].copy_from_slice(&pattern(0));
            match find(&recording, &pattern(0)) {
                Found::Heard { at: found, peak, inverted: false } => {
                    assert_eq!(found, at);
                    assert!(peak > 0.99, "{peak}");
                }
                found => panic!("{at}: {found:?}"),
            }
        }
    }

    #[test]
    fn it_is_found_in_noise_quiet_with_an_offset_and_upside_down() {
        let found = find(&recorded(1234, 0.001, 1.0), &pattern(0));
        assert!(matches!(found, Found::Heard { at: 1234, .. }), "{found:?}");
        let offset: Vec<f32> = recorded(999, 0.1, 0.5).iter().map(|one| one + 0.3).collect();
        let found = find(&offset, &pattern(0));
        assert!(matches!(found, Found::Heard { at: 999, inverted: false, .. }), "{found:?}");
        let found = find(&recorded(55, -0.5, 0.2), &pattern(0));
        assert!(matches!(found, Found::Heard { at: 55, inverted: true, .. }), "{found:?}");
    }

    #[test]
    fn what_is_not_there_is_not_heard() {
        for other in [recorded(1234, 0.0, 0.0), (1..5).flat_map(pattern).collect(), vec![0.5; 9000]]
        {
            let found = find(&other, &pattern(0));
            assert!(matches!(found, Found::NotHeard { .. }), "{found:?}");
        }
        assert!(matches!(find(&[], &pattern(0)), Found::NotHeard { .. }));
        assert!(matches!(find(&[0.1; 10], &pattern(0)), Found::NotHeard { .. }));
        assert!(matches!(find(&[0.1; 10], &[]), Found::NotHeard { .. }));
    }

    #[test]
    fn what_is_there_twice_is_not_heard_either() {
        let mut twice = pattern(0);
        twice.extend(pattern(9));
        twice.extend(pattern(0));
        assert!(
            matches!(find(&twice, &pattern(0)), Found::NotHeard { peak, rival } if rival > peak / 2.0)
        );
    }

    #[test]
    fn a_near_reflection_does_not_make_it_ambiguous() {
        let mut recording = recorded(500, 1.0, 0.1);
        for (heard, played) in recording[700..].iter_mut().zip(pattern(0)) {
            *heard += played * 0.7;
        }
        assert!(matches!(find(&recording, &pattern(0)), Found::Heard { at: 500, .. }));
    }
}
