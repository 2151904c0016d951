//! Conformance suite, fault injection, load and benchmarks for any ACX driver, in the host or
//! installed on Windows.
//!
//! # Vocabulary
//!
//! *Subject*: the driver under test: its code, its settings, the endpoints that are tested, and its
//! vendor's promises beyond ACX. *Vendor*: the additions of one vendor's drivers to ACX; the caller
//! describes them, and this crate names no driver. *Run*: one machine with the driver loaded and
//! its device started, from load to unload. *Findings*: the reports of the host's verifier in a
//! run. *Latency*: the frame of a recording at which the original begins.
//!
//! # Modules
//!
//! | module | contents |
//! |---|---|
//! | [`subject`] | the driver under test |
//! | [`vendor`] | additions of a vendor's drivers to ACX |
//! | [`run`] | runs of a subject, and their findings |
//! | [`suite`] | the conformance suite: cases with an id, a sentence and a figure |
//! | [`faults`] | fault injection: every fallible call fails in turn, per scenario |
//! | [`load`] | many streams on many cables: cost, and behaviour past the limit |
//! | [`mod@bench`] | one driver, or two compared: the cost of packets, positions and streams |
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
