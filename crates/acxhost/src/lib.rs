//! The parts of the command line beyond the conformance suite (`acx-conform`): the description of
//! acxvad for the suite, topology, counters, and the report.
//!
//! # Modules
//!
//! | module | contents |
//! |---|---|
//! | [`subject`] | the drivers that the command line works on |
//! | [`topology`] | circuits, pins, formats and elements as a tree |
//! | [`probe`] | experiments on the host's assumptions, in the host and on Windows |
//! | [`trace`] | a driver's own trace of its callbacks, in the host and on Windows |
//! | [`watch`] | the counters of streams while they run |
//! | `serve` | a driver's endpoints as devices of the desktop's sound server (Linux) |
//! | [`given`] | input files of commands |
//! | [`report`] | one HTML page with every result for a driver |

pub mod given;
pub mod probe;
pub mod report;
#[cfg(target_os = "linux")]
pub mod serve;
pub mod subject;
pub mod topology;
pub mod trace;
pub mod watch;
