//! Checks of an image's instructions: vector instructions in audio functions, and none that a
//! kernel driver may not use on every 64-bit processor.
//!
//! Sources: the x86-64 baseline (System V ABI, microarchitecture levels); Arm Architecture
//! Reference Manual, "Data processing: Scalar Floating-Point and Advanced SIMD".

use iced_x86::{CpuidFeature, Decoder, DecoderOptions, Mnemonic, Register};

/// An audio function: its crate, the end of its path, and the minimum number of its instructions
/// that work on several samples at once.
#[derive(Clone, Copy, Debug)]
pub struct Hot {
    /// The crate that it is in.
    pub library: &'static str,
    /// The end of its path, such as `gain::Slope::apply`.
    pub path: &'static str,
    /// The minimum number of vector instructions.
    pub least: usize,
}

/// A function in an image.
pub(crate) struct Function<'a> {
    /// The linker's name for it.
    pub(crate) symbol: &'a str,
    pub(crate) code: &'a [u8],
}

/// Whether the linker's name, mangled by Rust (RFC 2603), belongs to the function with this path in
/// `library`.
fn is_named(symbol: &str, library: &str, path: &str) -> bool {
    // Each part of a path is its length and its letters; between them are crate, module or type.
    let mut rest = symbol;
    rest.contains(&format!("{}{library}", library.len()))
        && path.split("::").all(|part| {
            let wanted = format!("{}{part}", part.len());
            match rest.find(&wanted) {
                Some(at) => {
                    rest = &rest[at + wanted.len()..];
                    true
                }
                None => false,
            }
        })
        && rest.is_empty()
}

/// Instructions that compute with several samples: not those that only move them.
fn packed_x64(code: &[u8]) -> usize {
    use Mnemonic as M;
    let computes = |mnemonic| {
        matches!(
            mnemonic,
            M::Addps
                | M::Subps
                | M::Mulps
                | M::Divps
                | M::Minps
                | M::Maxps
                | M::Andps
                | M::Andnps
                | M::Orps
                | M::Xorps
                | M::Cmpps
                | M::Cvtdq2ps
                | M::Cvttps2dq
                | M::Cvtps2dq
                | M::Paddb
                | M::Paddw
                | M::Paddd
                | M::Paddq
                | M::Paddsw
                | M::Psubw
                | M::Psubd
                | M::Psubsw
                | M::Pmuludq
                | M::Pmulhw
                | M::Pmullw
                | M::Pmaxsw
                | M::Pminsw
                | M::Pand
                | M::Pandn
                | M::Por
                | M::Pxor
                | M::Pcmpgtd
                | M::Pcmpgtw
                | M::Pcmpeqd
                | M::Pcmpeqw
                | M::Psrad
                | M::Pslld
                | M::Psrld
                | M::Psraw
                | M::Psllw
                | M::Psrlw
                | M::Packssdw
                | M::Punpcklwd
                | M::Punpckhwd
        )
    };
    let instructions = Decoder::new(64, code, DecoderOptions::NONE).into_iter();
    let packed = instructions.filter(|found| {
        // A register with itself is a zero.
        let zero = found.op_count() == 2
            && found.op0_register() != Register::None
            && found.op0_register() == found.op1_register();
        computes(found.mnemonic()) && found.op0_register().is_xmm() && !zero
    });
    packed.count()
}

/// Like [`packed_x64`]: Advanced SIMD on 128 bits, three registers of a kind, two, with an element,
/// or shifted.
fn packed_arm64(code: &[u8]) -> usize {
    const CLASSES: [(u32, u32); 4] = [
        (0xDF20_0400, 0x4E20_0400),
        (0xDF3E_0C00, 0x4E20_0800),
        (0xDF00_0400, 0x4F00_0000),
        (0xDF80_0400, 0x4F00_0400),
    ];
    let words = code.as_chunks::<4>().0.iter().map(|word| u32::from_le_bytes(*word));
    words
        .filter(|word| CLASSES.iter().any(|(mask, value)| word & mask & !(1 << 29) == *value))
        .count()
}

/// The hot functions with their vector instructions; or the one that has too few.
pub(crate) fn hot(wanted: &[Hot], functions: &[Function<'_>], x64: bool) -> Result<String, String> {
    let count = |code| if x64 { packed_x64(code) } else { packed_arm64(code) };
    let mut found = Vec::new();
    for Hot { library, path: name, least } in wanted.iter().copied() {
        let all = functions.iter().filter(|function| is_named(function.symbol, library, name));
        let Some(packed) = all.map(|function| count(function.code)).max() else {
            return Err(format!("there is no {name} in the map"));
        };
        if packed < least {
            return Err(format!("{name} has {packed} vector instructions, not {least} or more"));
        }
        found.push(format!("{name} {packed}"));
    }
    Ok(found.join(", "))
}

/// Instructions that not every 64-bit processor of Intel and AMD has, or whose state a kernel would
/// have to save.
pub(crate) fn baseline(functions: &[Function<'_>]) -> Result<String, String> {
    use CpuidFeature as F;
    let mut count = 0;
    for function in functions {
        for instruction in Decoder::new(64, function.code, DecoderOptions::NONE) {
            count += 1;
            // Older processors execute it as BSF, which differs only for zero: compilers use it
            // where zero cannot occur.
            if instruction.mnemonic() == Mnemonic::Tzcnt {
                continue;
            }
            let beyond = instruction.cpuid_features().iter().find(|feature| {
                matches!(
                    feature,
                    F::SSE3
                        | F::SSSE3
                        | F::SSE4_1
                        | F::SSE4_2
                        | F::SSE4A
                        | F::AVX
                        | F::AVX2
                        | F::FMA
                        | F::FMA4
                        | F::F16C
                        | F::BMI1
                        | F::BMI2
                        | F::AVX512F
                        | F::AVX512VL
                        | F::AVX512BW
                        | F::AVX512DQ
                        | F::POPCNT
                        | F::LZCNT
                        | F::MOVBE
                        | F::AES
                        | F::PCLMULQDQ
                )
            });
            if let Some(feature) = beyond {
                let mnemonic = instruction.mnemonic();
                return Err(format!("{mnemonic:?} in {} is {feature:?}", function.symbol));
            }
        }
    }
    if count == 0 {
        return Err("there is no function in the map".to_owned());
    }
    Ok(format!("{count} instructions, SSE2 at most"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_the_functions_and_not_of_what_is_in_them() {
        let apply = "_RNvMs1_NtCs2pVpc1I1VnA_4vdma4gainNtB5_5Slope5apply";
        assert!(is_named(apply, "vdma", "gain::Slope::apply"));
        assert!(!is_named(apply, "vdma", "gain::Slope::times"));
        assert!(!is_named(
            "_RNvMs1_NtCsuvHRqEfxlf_6acxvad4gainNtB5_5Slope5apply",
            "vdma",
            "gain::Slope::apply"
        ));
        let products = "_RNvNtCs2pVpc1I1VnA_4vdma8resample8products";
        assert!(is_named(products, "vdma", "resample::products"));
    }

    #[test]
    fn vector_instructions_are_counted() {
        // mulps xmm1, xmm2; xorps xmm1, xmm1 (a zero); mulss xmm1, xmm2; movups xmm1, [rax]
        let code = [0x0F, 0x59, 0xCA, 0x0F, 0x57, 0xC9, 0xF3, 0x0F, 0x59, 0xCA, 0x0F, 0x10, 0x08];
        assert_eq!(packed_x64(&code), 1);
        // fmul v0.4s, v1.4s, v2.4s; sqadd v0.8h, v1.8h, v2.8h; fmul s0, s1, s2; add x0, x1, x2
        let words = [0x6E22_DC20_u32, 0x4E62_0C20, 0x1E22_0820, 0x8B02_0020];
        let code: Vec<u8> = words.into_iter().flat_map(u32::to_le_bytes).collect();
        assert_eq!(packed_arm64(&code), 2);
    }

    #[test]
    fn what_a_kernel_may_not_assume_is_named() {
        let function = |code| [Function { symbol: "hot", code }];
        assert!(baseline(&function(&[0x0F, 0x59, 0xCA])).is_ok());
        // vzeroupper
        let why = baseline(&function(&[0xC5, 0xF8, 0x77])).unwrap_err();
        assert!(why.contains("AVX") && why.contains("hot"), "{why}");
        // pmaxsd xmm0, xmm1
        let why = baseline(&function(&[0x66, 0x0F, 0x38, 0x3D, 0xC1])).unwrap_err();
        assert!(why.contains("SSE4_1"), "{why}");
        assert!(baseline(&[]).is_err());
    }
}
