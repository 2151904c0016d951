//! WAV files: refused with a reason, or what is read is what is written again; and a short one that
//! an endpoint carries is played and recorded.

use std::path::Path;

use acx_client::endpoint::WaveFormat;
use acx_conform::analysis::compare;
use acx_conform::play::{Options, play};
use acx_conform::run::RunError;
use wave::wav::{Wav, write_to};

use crate::session::Bench;

/// The longest that is played.
const FRAMES: u64 = 2_000;

/// What is read of the file that is written for `wav`.
fn written_again(wav: &Wav, path: &Path) -> Wav {
    let mut written = Vec::new();
    write_to(&mut written, &wav.format, &wav.audio).expect("short enough to be written");
    let again = Wav::parse(&written, path).expect("what was written can be read");
    assert_eq!(again.missing, 0);
    assert!(again.audio == wav.audio, "what was read is not what was written");
    again
}

/// One execution.
///
/// # Panics
///
/// If the audio that is read is not the audio that is written or played.
pub fn run(bench: &Bench<'_>, bytes: &[u8]) {
    let path = Path::new("in.wav");
    let Ok(wav) = Wav::parse(bytes, path) else { return };
    let block = wav.format.carried.block_align();
    assert!(!wav.audio.is_empty() && wav.audio.len().is_multiple_of(block), "whole frames");
    let again = written_again(&wav, path);
    let (first, second) = (wav.format.carried, again.format.carried);
    assert!(second.valid_bits >= first.valid_bits, "samples lost bits: {first:?}, {second:?}");
    // A file that is written says that samples fill their bytes, whatever came in.
    assert_eq!(WaveFormat { valid_bits: first.valid_bits, ..second }, first);
    assert_eq!(written_again(&again, path).format, again.format);
    if wav.frames() > FRAMES {
        return;
    }
    match play(bench.machine, wav.format.carried, &wav.audio, Options::default(), &mut |_| {}) {
        Ok(outcome) => {
            assert_eq!(outcome.glitches, 0);
            assert!(compare(&wav.audio, &outcome.recording, block).bit_exact);
        }
        Err(RunError::Format { .. }) => {}
        Err(error) => panic!("{error}"),
    }
}
