//! A burst of noise that is like nothing else, and unlike the burst of any other round.

use wasapi_client::format::{FormatExt, Sample, WaveFormat};
use wasapi_client::samples;
use wave::noise;

/// Frames of a burst: 43 ms at 48 kHz.
pub const FRAMES: usize = 2048;

/// How loud it is, full scale at 1: loud enough for a loudspeaker, far from any limiter.
const PEAK: f64 = 0.25;

/// The burst of one round: white noise, the same in every channel, so that neither up- nor
/// downmixing hides it. Its samples use every bit that the format has; that is what makes "bit
/// exact" mean something.
pub fn burst(format: WaveFormat, round: u32) -> Vec<u8> {
    let mut random = noise::seeded(u64::from(round));
    let mut bytes = Vec::with_capacity(FRAMES * format.block_align());
    for _ in 0..FRAMES {
        let level = f64::from(random.i32(..)) * PEAK;
        let word = match format.sample() {
            Sample::Float32 => ((level / 2_147_483_648.0) as f32).to_bits().cast_signed(),
            _ => level as i32,
        };
        (0..format.channels).for_each(|_| samples::push_word(format.sample(), word, &mut bytes));
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_has_its_length_and_level_in_every_format() {
        for sample in
            [Sample::Pcm16, Sample::Pcm24, Sample::Pcm24In32, Sample::Pcm32, Sample::Float32]
        {
            let format = sample.format(48_000, 2);
            let bytes = burst(format, 0);
            assert_eq!(bytes.len(), FRAMES * format.block_align());
            let mono = samples::to_mono(sample, 2, &bytes);
            let loudest = mono.iter().fold(0.0_f32, |loudest, one| loudest.max(one.abs()));
            assert!((0.24..=0.25).contains(&loudest), "{sample}: {loudest}");
        }
    }

    #[test]
    fn rounds_differ_and_repeat() {
        let format = Sample::Pcm16.format(48_000, 1);
        assert_eq!(burst(format, 3), burst(format, 3));
        assert_ne!(burst(format, 3), burst(format, 4));
    }
}
