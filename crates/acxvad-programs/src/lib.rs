//! What `acxvad-feed` and `acxvad-tap` are made of.
//!
//! | module | contents |
//! |---|---|
//! | [`arguments`] | the command lines |
//! | [`audio`] | files, pipes and tones: where audio comes from, and where it goes |
//! | [`ends`] | which ends of which cable, of which driver |
//! | [`stream`] | from the one to the other |
//! | [`end`] | how a program ends: status, counters, messages |

pub mod arguments;
pub mod audio;
pub mod end;
pub mod ends;
pub mod stream;
