//! The audio that a microphone records.

use crate::divisor;
use crate::format::Format;

/// The source of a capture stream's frames.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Source {
    /// The wire: the speaker's audio.
    #[default]
    Cable,
    /// A sine of 1 kHz at a quarter of full scale, the same for all channels.
    Tone,
    /// Nothing.
    Silence,
}

/// Hertz.
const TONE: u64 = 1_000;

/// Fills whole frames of `format`, left-justified, with the tone from device frame `first` on. Its
/// phase is that of the device frame, so it is continuous.
pub(crate) fn tone(format: Format, first: u64, samples: &mut [i32]) {
    let rate = divisor(u64::from(format.rate()));
    for (index, frame) in (first..).zip(samples.chunks_exact_mut(format.channels().max(1))) {
        // The phase in 1/65536 of a turn, exact at every second.
        let phase = (index % rate).saturating_mul(TONE).saturating_mul(65_536) / rate % 65_536;
        frame.fill(sine(phase) / 4);
    }
}

/// Sine of `phase` / 65536 of a turn, left-justified; Bhaskara's approximation, within 0.2 % of
/// full scale.
fn sine(phase: u64) -> i32 {
    let half = phase % 32_768;
    // With x the phase of half a turn in 0..32768: 16 x (h - x) / (5 h^2 - 4 x (h - x)).
    let product = half.saturating_mul(32_768_u64.saturating_sub(half));
    let below = divisor(5_368_709_120_u64.saturating_sub(product.saturating_mul(4)));
    let value = product.saturating_mul(16).saturating_mul(1 << 24) / below;
    // 24 bits after the point, to 31.
    let value = i32::try_from(value.saturating_mul(128)).unwrap_or(i32::MAX);
    if phase < 32_768 { value } else { value.saturating_neg() }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn sine_is_a_sine() {
        for phase in 0..65_536u64 {
            let exact = (phase as f64 / 65_536.0 * std::f64::consts::TAU).sin();
            let ours = f64::from(sine(phase)) / 2f64.powi(31);
            assert!((ours - exact).abs() < 0.002, "{phase}: {ours} for {exact}");
        }
    }

    #[test]
    fn the_tone_is_a_thousand_waves_in_a_second_of_each_rate() {
        for rate in [8_000, 44_100, 384_000] {
            let format = Format::new(crate::format::SampleType::Int16, 2, 3, rate).unwrap();
            let mut samples = vec![0; rate as usize * 2];
            tone(format, 3, &mut samples);
            let frames = samples.as_chunks::<2>().0;
            assert!(frames.iter().all(|[left, right]| left == right));
            let rises = frames.windows(2).filter(|pair| pair[0][0] < 0 && pair[1][0] >= 0).count();
            assert!((999..=1_000).contains(&rises), "{rises} at {rate} Hz");
            let loudest = frames.iter().map(|[left, _]| *left).max().unwrap();
            assert!((i32::MAX / 5..=i32::MAX / 4 + 1).contains(&loudest), "{loudest} at {rate} Hz");
            let one = Format::new(crate::format::SampleType::Int16, 1, 4, rate).unwrap();
            let mut alone = vec![0; rate as usize];
            tone(one, 3, &mut alone);
            assert!(alone.iter().eq(frames.iter().map(|[left, _]| left)), "one channel");
        }
    }
}
