//! WAV files and noise, for programs and tests that stream audio. The format of audio is
//! `acx_client::endpoint::WaveFormat` everywhere.
//!
//! # Modules
//!
//! | module | contents |
//! |---|---|
//! | [`wav`] | WAV files: read leniently, written back with the samples that came in |
//! | [`output`] | files that take their place only when they are complete |
//! | [`noise`] | audio and other bytes from a seed |

pub mod noise;
pub mod output;
pub mod wav;
