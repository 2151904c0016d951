//! What a microphone hears.

use crate::convert::{Frame, store_frame};
use crate::format::{Format, MAX_CHANNELS};

/// Where the frames of a capture stream come from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Source {
    /// The wire: what the speaker plays.
    #[default]
    Cable,
    /// A sine of 1 kHz at a quarter of full scale, the same for all channels.
    Tone,
    /// Nothing.
    Silence,
}

/// Hertz.
const TONE: u64 = 1_000;

/// Fills whole frames of `format` with the tone. Its phase is that of the device frame, so it has no seams.
pub(crate) fn tone(format: Format, first: u64, bytes: &mut [u8]) {
    let rate = u64::from(format.rate());
    for (index, place) in (first..).zip(bytes.chunks_exact_mut(format.block_align().max(1))) {
        // The phase in 1/65536 of a turn, exact at every second.
        let phase = (index % rate).saturating_mul(TONE).saturating_mul(65_536) / rate % 65_536;
        let frame: Frame = [sine(phase) / 4; MAX_CHANNELS];
        store_frame(format, &frame, place);
    }
}

/// Sine of `phase` / 65536 of a turn, left-justified; Bhaskara's approximation, within 0.2 % of full scale.
fn sine(phase: u64) -> i32 {
    let half = i64::try_from(phase % 32_768).unwrap_or(0);
    // With x the phase of half a turn in 0..32768: 16 x (h - x) / (5 h^2 - 4 x (h - x)).
    let product = half.saturating_mul(32_768_i64.saturating_sub(half));
    let divisor = 5_368_709_120_i64.saturating_sub(product.saturating_mul(4));
    let value = product.saturating_mul(16).saturating_mul(1 << 24) / divisor.max(1);
    // 24 bits after the point, to 31.
    let value = i32::try_from(value.saturating_mul(128).min(i64::from(i32::MAX))).unwrap_or(0);
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
}
