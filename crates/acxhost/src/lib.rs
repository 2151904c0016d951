//! What the command line does beyond the conformance suite (`acx-conform`): it describes acxvad to
//! the suite, shows topology and counters, and writes the report.
//!
//! # Modules
//!
//! | module | contents |
//! |---|---|
//! | [`subject`] | the drivers that the command line works on |
//! | [`topology`] | circuits, pins, formats and elements as a tree |
//! | [`probe`] | what a client can ask about the host's assumptions, of the host and of Windows |
//! | [`trace`] | the callbacks of a driver, traced by itself, of the host and of Windows |
//! | [`watch`] | the counters of streams while they run |
//! | `serve` | a driver's endpoints as devices of the desktop's sound server (Linux) |
//! | [`given`] | files that commands are given |
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
