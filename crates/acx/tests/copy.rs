//! Copies to and from memory that clients share.

#[path = "../src/copy.rs"]
mod copy;

use copy::{copy_in, copy_out, words_in, words_out};

type Out = unsafe fn(*const u8, &mut [u8]);
type In = unsafe fn(*mut u8, &[u8]);

/// Bytes around a copy, which it must leave as they are.
const AROUND: usize = 32;

fn audio(length: usize) -> Vec<u8> {
    (0..length).map(|at| (at * 7 + at / 251) as u8 | 1).collect()
}

/// Every length up to some blocks, from and to places of every alignment: all of it, and nothing
/// beside it.
#[test]
fn every_byte_is_copied_and_no_other() {
    let lengths = || (0..=300).chain([959, 960, 961, 3840, 4096]);
    for (from, to) in (0..17).flat_map(|from| [0, 1, 4, 8, 13, 15, 16].map(|to| (from, to))) {
        for length in lengths() {
            let source = audio(from + length);
            let source = &source[from..];
            let begin = AROUND + to;
            let wanted = [&vec![0; begin], source, &[0; AROUND]].concat();
            for copy in [copy_out as Out, words_out] {
                let mut made = vec![0; wanted.len()];
                // SAFETY: `source` is so long.
                unsafe { copy(source.as_ptr(), &mut made[begin..begin + length]) };
                assert_eq!(made, wanted, "{length} bytes out, {from} to {to}");
            }
            for copy in [copy_in as In, words_in] {
                let mut made = vec![0; wanted.len()];
                // SAFETY: `made` is so long.
                unsafe { copy(made[begin..begin + length].as_mut_ptr(), source) };
                assert_eq!(made, wanted, "{length} bytes in, {from} to {to}");
            }
        }
    }
}
