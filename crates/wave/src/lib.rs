//! WAV files and noise, for programs and tests that stream audio. The format of audio is
//! `acx_client::endpoint::WaveFormat` everywhere.
//!
//! # Modules
//!
//! | module | contents |
//! |---|---|
//! | [`wav`] | WAV files: a lenient reader, and a writer that keeps the samples of the source |
//! | [`output`] | files that appear at their path only when they are complete |
//! | [`noise`] | pseudo-random audio and bytes from a seed |

pub mod noise;
pub mod output;
pub mod wav;
