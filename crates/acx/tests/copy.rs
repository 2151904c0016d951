//! Tests of copies to and from memory that is shared with clients.

#[path = "../src/copy.rs"]
mod copy;

use copy::{copy_in, copy_out, copy_out_with_peaks, words_in, words_out};

type Out = unsafe fn(*const u8, &mut [u8]);
type In = unsafe fn(*mut u8, &[u8]);

/// Long copies with and without string moves, whichever is faster on this processor.
#[cfg(target_arch = "x86_64")]
mod either {
    use super::copy::x64;

    const LEAST: usize = 128;

    unsafe fn copy(from: *const u8, to: *mut u8, length: usize, strings: bool) {
        if length >= LEAST {
            // SAFETY: the caller's contract.
            unsafe { x64::copy(from, to, length, strings) };
        } else {
            // SAFETY: the caller's contract, as for the other way.
            unsafe { from.copy_to_nonoverlapping(to, length) };
        }
    }

    pub(super) unsafe fn by_strings(from: *const u8, into: &mut [u8]) {
        // SAFETY: the caller's contract.
        unsafe { copy(from, into.as_mut_ptr(), into.len(), true) };
    }

    pub(super) unsafe fn by_blocks(from: *const u8, into: &mut [u8]) {
        // SAFETY: the caller's contract.
        unsafe { copy(from, into.as_mut_ptr(), into.len(), false) };
    }

    /// Two queries of the processor return the same.
    #[test]
    fn a_processor_keeps_to_its_word() {
        assert_eq!(x64::moves_strings(), x64::moves_strings());
    }
}

#[cfg(not(target_arch = "x86_64"))]
mod either {
    pub(super) use super::copy::{words_out as by_blocks, words_out as by_strings};
}

/// Bytes around a copy, which must not change.
const AROUND: usize = 32;

fn audio(length: usize) -> Vec<u8> {
    (0..length).map(|at| (at * 7 + at / 251) as u8 | 1).collect()
}

/// Every length up to a few blocks, with every alignment of source and target: all bytes are
/// copied, and no others change.
#[test]
fn every_byte_is_copied_and_no_other() {
    let lengths = || (0..=300).chain([959, 960, 961, 1535, 1536, 1537, 1600, 3840, 4096]);
    for (from, to) in (0..17).flat_map(|from| [0, 1, 4, 8, 13, 15, 16, 63].map(|to| (from, to))) {
        for length in lengths() {
            let source = audio(from + length);
            let source = &source[from..];
            let begin = AROUND + to;
            let wanted = [&vec![0; begin], source, &[0; AROUND]].concat();
            for copy in [copy_out as Out, words_out, either::by_strings, either::by_blocks] {
                let mut made = vec![0; wanted.len()];
                // SAFETY: `source` has that length.
                unsafe { copy(source.as_ptr(), &mut made[begin..begin + length]) };
                assert_eq!(made, wanted, "{length} bytes out, {from} to {to}");
            }
            for copy in [copy_in as In, words_in] {
                let mut made = vec![0; wanted.len()];
                // SAFETY: `made` has that length.
                unsafe { copy(made[begin..begin + length].as_mut_ptr(), source) };
                assert_eq!(made, wanted, "{length} bytes in, {from} to {to}");
            }
        }
    }
}

/// Frames with so many samples, with every alignment of source and target: the peaks are the
/// largest of each channel and the previous peaks, and every byte is copied.
#[test]
fn what_is_copied_with_peaks_has_them() {
    const KNOWN: ([i16; 8], [i16; 8]) = ([100; 8], [-100; 8]);
    for channels in [1_usize, 2, 4, 8] {
        let lengths = (1..=12).chain([29, 30, 31, 32, 33, 480, 960]).map(|frames| frames * 10);
        for (frames, apart) in lengths.flat_map(|frames| [0, 1, 2, 6, 16].map(|at| (frames, at))) {
            for loud in [0, 1, frames / 2, frames - 1] {
                let mut samples: Vec<i16> =
                    (0..frames * channels).map(|at| (at * 37 % 200) as i16 - 99).collect();
                samples[loud * channels] = i16::MAX - 1;
                samples[loud * channels + channels - 1] = i16::MIN;
                let bytes: Vec<u8> = samples.iter().flat_map(|own| own.to_le_bytes()).collect();
                let source = [&vec![0x55; apart], &bytes[..]].concat();
                let mut made = vec![0_u8; AROUND + bytes.len() + AROUND];
                let (mut high, mut low) = KNOWN;
                let into = &mut made[AROUND..][..bytes.len()];
                // SAFETY: `source` has that length.
                let found = unsafe {
                    copy_out_with_peaks(source[apart..].as_ptr(), into, &mut high, &mut low)
                };
                assert_eq!(found, cfg!(target_arch = "x86_64") && bytes.len() >= 128);
                let wanted = [&[0; AROUND], &bytes[..], &[0; AROUND]].concat();
                assert!(made == wanted, "{frames} frames of {channels}, from {apart}");
                if !found {
                    assert_eq!((high, low), KNOWN);
                    continue;
                }
                for channel in 0..channels {
                    let own = || samples.iter().skip(channel).step_by(channels).copied();
                    let wanted = (own().max().max(Some(100)), own().min().min(Some(-100)));
                    let lanes = || (channel..8).step_by(channels);
                    let found = (lanes().map(|at| high[at]).max(), lanes().map(|at| low[at]).min());
                    assert_eq!(found, wanted, "channel {channel} of {channels}, {frames} frames");
                }
            }
        }
    }
}
