//! Conformance suite, fault injection, load and benchmarks for any ACX driver, in the host or
//! installed on Windows.
//!
//! # Vocabulary
//!
//! *Subject*: the driver under test, as a value: its code, the settings it starts with, the
//! endpoints that are tested, and what its vendor promises beyond ACX. *Vendor*: what drivers of
//! one vendor have in addition to what ACX defines; the caller describes it, and this crate names
//! no driver. *Run*: one machine with the driver loaded and its device started, from load to
//! unload. *Findings*: what the host's verifier saw in a run. *Latency*: the frame of a recording
//! at which the original begins.
//!
//! # Modules
//!
//! | module | contents |
//! |---|---|
//! | [`subject`] | the driver under test |
//! | [`vendor`] | what a vendor's drivers have in addition to what ACX defines |
//! | [`run`] | runs of a subject, and what was found in them |
//! | [`suite`] | the conformance suite: cases with an id, a sentence and a figure |
//! | [`faults`] | fault injection: every fallible call fails in turn, per scenario |
//! | [`load`] | many streams on many cables: cost, and behaviour past the limit |
//! | [`mod@bench`] | one driver, or two compared: what packets, positions and streams cost |
//! | [`play`] | playing to the speaker while the microphone records |
//! | [`soak`] | hours of audio in virtual time, compared as they are recorded |
//! | [`analysis`] | latency, bit exactness, position error, drift |
//! | [`melody`] | a short tune to play |

pub mod analysis;
pub mod bench;
pub mod faults;
pub mod load;
pub mod melody;
pub mod play;
pub mod run;
pub mod soak;
pub mod subject;
pub mod suite;
pub mod vendor;

pub use subject::{Driver, Subject};
pub use vendor::Vendor;
